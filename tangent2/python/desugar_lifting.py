"""Functions inside that captured names alone cannot express: these names become parameters, given at each call.

So a function sees what a name is when it is called, as in Python; what it assigns by `nonlocal` it returns as well;
and one that calls itself, or others defined later, needs nothing but their names.
"""
from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Any

import gast

from tangent2.python.desugar_generators import is_generator, located_new, own_parts
from tangent2.python.desugar_state import STARTS, Desugaring, build
from tangent2.python.lower_functions import may_follow, sites_of
from tangent2.python.lower_names import free_names, parameters, scan, target_names
from tangent2.python.parts import walk

_FUNCTIONS = (gast.FunctionDef, gast.Lambda)


@dataclass
class Inner:
    """A function inside that has one definition: `takes` and `gives` are names that calls hand in and take back."""

    name: str
    node: Any               # the function
    statement: Any
    calls: set[str] = field(default_factory=set)        # other functions inside whose names it reads
    mine: set[str] = field(default_factory=set)         # other names of the function around that it reads
    takes: set[str] = field(default_factory=set)
    gives: set[str] = field(default_factory=set)
    escapes: bool = False
    knot: bool = False


def lift(D: Desugaring, node: Any) -> Any:
    """A function in which the functions inside that must be are lifted.

    >>> text = "def f(x):\\n def g(n): return x if n == 0 else x * g(n - 1)\\n return g(3)"
    >>> print(gast.unparse(lift(Desugaring(lambda name: None), gast.parse(text).body[0])))
    def f(x):
    <BLANKLINE>
        def g(n, *, x):
            return x if n == 0 else x * g(n - 1, x=x)
        return g(3, x=x)
    """
    if not isinstance(node.body, list):
        return node
    found = _candidates(node)
    if not found:
        return node
    own = {p.id for p in parameters(node.args)} | set(scan(node.body).bound)
    _needs(node, found, own)
    _spread(found)
    _drop(node, found)
    group = {name: inner.node for name, inner in found.items()}
    for inner in found.values():
        _open(inner, group)
    return _Calls(found).function(node) if found else node


def _drop(node: Any, found: dict[str, Inner]) -> None:
    """Leave out functions that need not be lifted, or cannot; and knots that read the name of one of those."""
    every = set(found)
    while True:
        bad = [n for n, f in found.items() if not (f.takes or f.gives or f.knot) or not _can(f)
               or f.knot and not (f.calls & every) <= set(found) or _is_hidden(node, f, found)]
        if not bad:
            return
        for name in bad:
            del found[name]


def _is_hidden(node: Any, inner: Inner, found: dict[str, Inner]) -> bool:
    """Whether a name that calls hand in is another one where a call stands: in a comprehension, or another function."""
    lifted = {id(f.node) for f in found.values()}
    for part in walk(node):
        if part is node or id(part) in lifted:
            continue
        own: set[str] = set()
        if isinstance(part, _FUNCTIONS):
            own = {p.id for p in parameters(part.args)}
            own |= set(scan(part.body).bound) if isinstance(part.body, list) else set()
        elif hasattr(part, "generators"):
            own = {n for g in part.generators for n in target_names(g.target)}
        if (own & inner.takes or inner.gives and isinstance(part, _FUNCTIONS)) and any(
                isinstance(n, gast.Name) and n.id == inner.name for n in walk(part)):
            return True
    return False


def _candidates(node: Any) -> dict[str, Inner]:
    """Functions with one definition whose name no other function binds."""
    found: dict[str, Inner] = {}
    stores: dict[str, int] = {}
    for part in own_parts(node):
        if isinstance(part, gast.FunctionDef):
            stores[part.name] = stores.get(part.name, 0) + 1
            if not part.decorator_list and not is_generator(part):
                found[part.name] = Inner(part.name, part, part)
        elif isinstance(part, gast.Name) and not isinstance(part.ctx, gast.Load):
            stores[part.id] = stores.get(part.id, 0) + 1
        elif isinstance(part, gast.Assign) and isinstance(part.value, gast.Lambda) and len(part.targets) == 1 \
                and isinstance(part.targets[0], gast.Name):
            found[part.targets[0].id] = Inner(part.targets[0].id, part.value, part)
    inside: set[str] = set()
    for part in walk(node):
        if isinstance(part, _FUNCTIONS) and part is not node:
            inside |= {p.id for p in parameters(part.args)}
            inside |= set(scan(part.body).bound) if isinstance(part.body, list) else set()
    params = {p.id for p in parameters(node.args)}
    return {n: f for n, f in found.items() if stores[n] == 1 and n not in inside and n not in params}


def _needs(node: Any, found: dict[str, Inner], own: set[str]) -> None:
    written: set[str] = set()
    for inner in found.values():
        inner.gives = _assigned_outside(inner.node) & own
        written |= inner.gives
    for name, inner in found.items():
        free = free_names(inner.node) | inner.gives
        inner.calls = set(free & set(found))
        places = {n: found[n].statement for n in inner.calls}
        late = any(n == name or (p.lineno, p.col_offset) > (inner.statement.lineno, inner.statement.col_offset)
                   for n, p in places.items())
        inner.mine = set((free & own) - set(found))
        inner.knot = late
        inner.takes = set(inner.gives)
        for key in inner.mine:
            sites = sites_of(node.body, key)
            if late or key in written or any(may_follow(site, inner.statement) for site in sites):
                inner.takes.add(key)
        inner.escapes = _escapes(node, name)


def _assigned_outside(node: Any) -> set[str]:
    """The names of functions around that a function, or one inside of it, assigns by `nonlocal`."""
    parts = own_parts(node)
    declared = {n for part in parts if isinstance(part, gast.Nonlocal) for n in part.names}
    body = node.body if isinstance(node.body, list) else []
    local = ({p.id for p in parameters(node.args)} | set(scan(body).bound)) - declared
    return declared.union(*[_assigned_outside(part) - local for part in parts if isinstance(part, _FUNCTIONS)])


def _spread(found: dict[str, Inner]) -> None:
    """What a function hands on it must be given itself; so must all that take part in a recursion."""
    changed = True
    while changed:
        changed = False
        for inner in found.values():
            for name in inner.calls:
                other = found[name]
                before = len(inner.takes), len(inner.gives), other.knot, len(other.takes)
                inner.takes |= other.takes
                inner.gives |= other.gives
                if inner.knot and not other.knot:       # a knot captures nothing
                    other.knot = True
                    other.takes |= other.mine
                changed |= before != (len(inner.takes), len(inner.gives), other.knot, len(other.takes))


def _can(inner: Inner) -> bool:
    args = inner.node.args
    local = {p.id for p in parameters(args)}
    if isinstance(inner.node.body, list):
        local |= set(scan(inner.node.body).bound) - inner.gives
    if inner.takes & local or inner.gives and (inner.escapes or isinstance(inner.node, gast.Lambda)):
        return False
    if inner.knot and not all(isinstance(d, gast.Constant) for d in (*args.defaults, *args.kw_defaults) if d):
        return False
    plain = not (args.vararg or args.kwarg or args.defaults or args.kwonlyargs)
    return plain or not inner.escapes


def _escapes(node: Any, name: str) -> bool:
    """Whether a function's name is read otherwise than to call it."""
    called = {id(n.func) for n in walk(node) if isinstance(n, gast.Call)}
    return any(isinstance(n, gast.Name) and n.id == name and isinstance(n.ctx, gast.Load) and id(n) not in called
               for n in walk(node))


def _open(inner: Inner, group: dict[str, Any]) -> None:
    """Give a function its new parameters, and let it return what it gives."""
    node = inner.node
    for key in sorted(inner.takes):
        param = gast.copy_location(gast.Name(key, gast.Param(), None, None), inner.statement)
        node.args.kwonlyargs.append(param)
        node.args.kw_defaults.append(None)
    if inner.knot:
        node.group = group
    if inner.gives:
        names = sorted(inner.gives)
        node.body = [s for s in (_Returns(names).visit(s) for s in node.body) if s is not None]
        last = _Returns(names).visit(gast.copy_location(gast.Return(None), node.body[-1] if node.body else node))
        node.body.append(last)


class _Returns(gast.NodeTransformer):
    """Returns of a value together with names; no `nonlocal` any more."""

    def __init__(self, names: list[str]) -> None:
        self.names = names

    def _function(self, node: Any) -> Any:
        return node

    visit_FunctionDef = visit_Lambda = _function

    def visit_Nonlocal(self, node: Any) -> Any:
        node.names = [n for n in node.names if n not in self.names]
        return node if node.names else gast.copy_location(gast.Pass(), node)

    def visit_Return(self, node: Any) -> Any:
        value = node.value or gast.Constant(None, None)
        parts = [value, *[gast.Name(n, gast.Load(), None, None) for n in self.names]]
        return located_new(gast.copy_location(gast.Return(gast.Tuple(parts, gast.Load())), node), node)


def give_first(node: Any) -> None:
    """Let a function return its first parameter, as it is then, beside its result.

    >>> f = gast.parse("def f(self, x): self.x = x").body[0]
    >>> give_first(f)
    >>> gast.unparse(f).splitlines()[-1].strip()
    'return (None, self)'
    """
    first = parameters(node.args)[0].id
    if isinstance(node, gast.Lambda):
        node.body = located_new(gast.Tuple([node.body, gast.Name(first, gast.Load(), None, None)], gast.Load()), node)
        return
    returns = _Returns([first])
    node.body = [returns.visit(s) for s in node.body]
    node.body.append(returns.visit(gast.copy_location(gast.Return(None), node)))


class _Calls:
    """Rewrites the calls of lifted functions."""

    def __init__(self, found: dict[str, Inner]) -> None:
        self.found = found
        self.count = 0

    def function(self, node: Any) -> Any:
        node.body = self.block(node.body)
        return node

    def block(self, stmts: list[Any]) -> list[Any]:
        return [self.statement(s) for s in stmts]

    def statement(self, stmt: Any) -> Any:
        if isinstance(stmt, (gast.Expr, gast.Assign)) and self.gives(stmt.value) and (
                isinstance(stmt, gast.Expr) or len(stmt.targets) == 1 and isinstance(stmt.targets[0], gast.Name)):
            inner = self.found[stmt.value.func.id]
            first = stmt.targets[0] if isinstance(stmt, gast.Assign) else gast.Name("?unused", gast.Store(), None, None)
            names = [gast.Name(n, gast.Store(), None, None) for n in sorted(inner.gives)]
            target = located_new(gast.Tuple([first, *names], gast.Store()), stmt)
            return gast.copy_location(gast.Assign([target], self.given(stmt.value, inner), None), stmt)
        for name in stmt._fields:
            part = getattr(stmt, name, None)
            if isinstance(part, list):
                setattr(stmt, name, list(map(self.part, part)))
            elif isinstance(part, gast.AST):
                setattr(stmt, name, self.expression(part))
        return stmt

    def part(self, node: Any) -> Any:
        return self.statement(node) if isinstance(node, gast.stmt) else self.expression(node)

    def gives(self, node: Any) -> bool:
        return isinstance(node, gast.Call) and isinstance(node.func, gast.Name) and node.func.id in self.found \
            and bool(self.found[node.func.id].gives)

    def given(self, call: Any, inner: Inner) -> Any:
        """A call with what the function takes."""
        args = [self.expression(a) for a in call.args]
        more = [gast.keyword(n, gast.Name(n, gast.Load(), None, None)) for n in sorted(inner.takes)]
        keywords = [gast.keyword(k.arg, self.expression(k.value)) for k in call.keywords]
        made = located_new(gast.copy_location(gast.Call(call.func, args, [*keywords, *more]), call), call)
        made.gives = bool(inner.gives)
        return made

    def expression(self, node: Any) -> Any:
        if isinstance(node, gast.Call) and isinstance(node.func, gast.Name) and node.func.id in self.found:
            inner = self.found[node.func.id]
            new = self.given(node, inner)
            return self.taken_back(new, inner) if inner.gives else new
        if isinstance(node, gast.Name) and isinstance(node.ctx, gast.Load) and node.id in self.found:
            return self.handed_on(node)
        if isinstance(node, gast.AST):
            for name in node._fields:
                part = getattr(node, name, None)
                if isinstance(part, list):
                    setattr(node, name, list(map(self.part, part)))
                elif isinstance(part, gast.AST):
                    setattr(node, name, self.expression(part))
        return node

    def taken_back(self, call: Any, inner: Inner) -> Any:
        """The result of a call in an expression, names being assigned what it gives."""
        self.count += 1
        name = f"?result#{self.count}.{call.lineno}.{call.col_offset}"
        parts = [f"({n} := R[{k}])" for k, n in enumerate(sorted(inner.gives), 1)]
        made = build(f"((H := C), {', '.join(parts)}, R[0])[-1]", call, C=call,
                     R=gast.copy_location(gast.Name(name, gast.Load(), None, None), call))
        first = made.value.elts[0]
        first.target = gast.copy_location(gast.Name(name, gast.Store(), None, None), call)
        return made

    def handed_on(self, node: Any) -> Any:
        """A lifted function that is not called here."""
        inner = self.found[node.id]
        names = [p.id for p in (*inner.node.args.posonlyargs, *inner.node.args.args)]
        taken = {n: n + "_" if n in inner.takes or n in self.found else n for n in names}
        call = gast.copy_location(gast.Call(node, [], []), node)
        made = build(f"lambda {', '.join(taken.values())}: F({', '.join(taken.values())})", node, F=copy.copy(node))
        call.args = made.body.args
        made.body = self.given(call, inner)
        return made


STARTS.append(lift)
