"""Functions: the core of one, and functions inside of it as closures that capture values.

A Python closure captures names, ours values; they mean the same only while no captured name gets another value as
long as the closure may be called.  That is checked here, and refused where it is not sure.
"""
from __future__ import annotations

from dataclasses import replace
from typing import Any

import gast

from tangent2.core import prims
from tangent2.core.latebinding import is_late
from tangent2.core.syntax import Atom, Const, Exit, Form, Function, Knot, Region, Return, Undef, Value
from tangent2.python.lower_binding import Inner
from tangent2.python.lower_liveness import Liveness
from tangent2.python.lower_names import free_names, parameters, reads, scan, target_names
from tangent2.python.lower_outside import reread
from tangent2.python.lower_state import Lowering, Unit, expression, hint_of, statement, title_of
from tangent2.python.parts import children, walk


def lower_function(unit: Unit, node: Any, name: str, captured: dict[str, Atom], around: frozenset[str]) -> Function:
    """The core of a function; `captured`: what names from the function around, and defaults that nobody overrides,
    are bound to there.  Values of them become the first params; `around`: all names of the functions around.
    """
    body = node.body if isinstance(node.body, list) else []
    names = [p.id for p in parameters(node.args)]
    own = frozenset(names).union(scan(body).bound)
    L = Lowering(unit, name, node, own | around, Liveness(body), {})
    L.origin = origin = L.origin_of(node)
    params = [param for key, atom in captured.items() for param in _capture(L, key, atom)]
    L.env.update((str(p.hint), p) for p in params if p.user)
    given = {key: Value(title_of(key), True) for key in names if key not in captured}
    params += given.values()
    L.env.update(given)
    for key, other in getattr(node, "group", {}).items():
        if key in free_names(node):
            L.env[key] = _knot(L, key, other)
    exit = L.block(body) if body else _returned(L, node.body)
    exit = Return((Const(None),)) if exit is None else exit
    return Function(name, tuple(params), Region(tuple(L.stmts), exit), origin, doc=_docstring(body),
                    form=_form(node.args, captured), late=tuple(filter(is_late, names)))


def _form(args: Any, captured: dict[str, Atom]) -> Form | None:
    """How the parameters that are not captured are given, if their number is open."""
    if args.vararg is None and args.kwarg is None:
        return None
    positional = [p for p in (*args.posonlyargs, *args.args) if p.id not in captured]
    named = tuple([p.id for p in args.kwonlyargs if p.id not in captured])
    return Form(len(positional), args.vararg is not None, named, args.kwarg is not None)


def _capture(L: Lowering, name: str, atom: Atom) -> list[Value]:
    """Bind a captured name: to a literal, to a module or function read again, or to a param."""
    if not isinstance(atom, Value):
        L.env[name] = atom
        return []
    if atom in L.unit.reads:
        L.env[name] = reread(L, atom)
        return []
    param = Value(name, True)
    params, inner = [param], L.unit.closures.get(atom)
    if inner is not None:
        defaults = dict(inner.defaults)
        for key, _ in _default_values(inner):
            defaults[key] = Value(key)
            params.append(defaults[key])
        L.unit.closures[param] = replace(inner, defaults=defaults)
    return params


def _default_values(inner: Inner) -> list[tuple[str, Value]]:
    """The defaults of a function that whoever captures it must capture too, as calls fill them in."""
    return [] if inner.fixed else [(key, a) for key, a in inner.defaults.items() if isinstance(a, Value)]


def _docstring(body: list[Any]) -> str | None:
    first = body[0] if body else None
    if isinstance(first, gast.Expr) and isinstance(first.value, gast.Constant) and isinstance(first.value.value, str):
        return first.value.value
    return None


def _returned(L: Lowering, node: Any) -> Exit:
    L.statement = node
    L.transient.add(id(node))
    return Return((L.expr(node),))


@statement(gast.Return)
def return_statement(L: Lowering, node: Any) -> Exit:
    """`return`; a lambda returned outlives no assignment of this function."""
    if node.value is None:
        return Return((Const(None),))
    L.transient.add(id(node.value))
    return Return((L.expr(node.value),))


@statement(gast.FunctionDef)
def def_statement(L: Lowering, node: Any) -> None:
    """A function inside."""
    if node.decorator_list:
        L.refuse(node, "a decorated function inside a function is not supported", "define it at module level",
                 "decorator")
    if hasattr(node, "group"):
        L.env[node.name] = _knot(L, node.name, node)
        return
    if node.name in free_names(node):
        L.refuse(node, f"`{node.name}` calls itself, and is defined inside a function", "move it to module level",
                 "recursion")
    L.env[node.name] = _closure(L, node, node.name)


@expression(gast.Lambda)
def lambda_expression(L: Lowering, node: Any, hint: str | None) -> Atom:
    """`lambda`."""
    if hasattr(node, "group"):
        return _knot(L, hint or "fn", node)
    assigned = isinstance(L.statement, gast.Assign) and L.statement.value is node and len(L.statement.targets) == 1
    return _closure(L, node, hint_of(L.statement.targets[0]) if assigned else None)


def _knot(L: Lowering, name: str, node: Any) -> Value:
    """A function that captures nothing but the names of its like: its core is made when it is first called."""
    knots = L.unit.knots
    if id(node) not in knots:
        around = L.locals | frozenset(L.scoped)
        knots[id(node)] = Knot(name, lambda: lower_function(L.unit, node, name, {}, around))
    out = L.op(prims.CLOSURE, static=knots[id(node)], hint=name)
    L.unit.closures[out] = Inner(name, node.args, _constants(node.args), False)
    return out


def _constants(args: Any) -> dict[str, Atom]:
    positional = [*args.posonlyargs, *args.args]
    pairs = list(zip(positional[len(positional) - len(args.defaults):], args.defaults))
    pairs += [(p, d) for p, d in zip(args.kwonlyargs, args.kw_defaults) if d is not None]
    return {p.id: Const(d.value) for p, d in pairs}


def _closure(L: Lowering, node: Any, name: str | None) -> Value:
    """The value of a function inside: the core function and the values it captures."""
    for part in walk(node):
        if isinstance(part, (gast.Yield, gast.YieldFrom, gast.Await)):
            L.fence(part)
    args = node.args
    defaults = _defaults(L, args)
    captured = _captured(L, node)
    check_late_binding(L, node, name)
    inner = Inner(name or "fn", args, defaults, not _called_only(L, name))
    values = {**captured, **defaults} if inner.fixed else captured
    core = lower_function(L.unit, node, inner.name, values, L.locals | frozenset(L.scoped))
    atoms: list[Atom] = []
    for atom in values.values():
        if isinstance(atom, Value) and atom not in L.unit.reads:
            known = L.unit.closures.get(atom)
            atoms += [atom, *(a for _, a in _default_values(known))] if known is not None else [atom]
    out = L.op(prims.CLOSURE, *atoms, static=core, hint=name)
    L.unit.closures[out] = inner
    return out


def _defaults(L: Lowering, args: Any) -> dict[str, Atom]:
    """The defaults of a function inside, evaluated where it is defined."""
    positional = [*args.posonlyargs, *args.args]
    pairs = list(zip(positional[len(positional) - len(args.defaults):], args.defaults))
    pairs += [(p, d) for p, d in zip(args.kwonlyargs, args.kw_defaults) if d is not None]
    return {p.id: L.expr(d) for p, d in pairs}


def _called_only(L: Lowering, name: str | None) -> bool:
    """Whether a function inside is known at all its uses: it has one definition, and is only called."""
    if name is None or not isinstance(L.node.body, list):
        return False
    uses = _uses(L, name)
    return uses.definitions == 1 and not uses.escapes and not uses.passed


def _captured(L: Lowering, node: Any) -> dict[str, Atom]:
    """What the names that a function inside takes from the function around are bound to, by first occurrence."""
    free = free_names(node)
    body = node.body if isinstance(node.body, list) else [node.body]
    order = [n.id for part in body for n in walk(part) if isinstance(n, gast.Name) and n.id in free]
    found: dict[str, Atom] = {}
    for name in dict.fromkeys(order):
        atom = L.env.get(name)
        if atom is None and name not in L.locals:
            continue
        if atom is None or isinstance(atom, Undef):
            L.refuse(node, f"`{name}` is captured before it is bound", f"bind `{name}` before the function is defined")
        found[name] = atom
    return found


# --- late binding -----------------------------------------------------------------------------------------------------

_Site = tuple[Any, tuple[Any, ...]]     # (statement or loop, the loops around it)


class _Uses:
    """How a name of a function is used: called, passed as an argument, called in another function, kept elsewhere."""

    def __init__(self) -> None:
        self.definitions = 0
        self.passed = self.nested = self.escapes = False


def _uses(L: Lowering, name: str) -> _Uses:
    found = L.uses.get(name)
    if found is None:
        found = L.uses[name] = _Uses()
        for node in L.node.body:
            _find_uses(node, name, found, False)
    return found


def _find_uses(node: Any, name: str, found: _Uses, inside: bool) -> None:
    if isinstance(node, gast.FunctionDef) and node.name == name and not inside:
        found.definitions += 1
    if isinstance(node, gast.Name) and node.id == name:
        if isinstance(node.ctx, gast.Load):
            found.escapes = True
        elif not inside:
            found.definitions += 1
    inside = inside or isinstance(node, (gast.FunctionDef, gast.Lambda))
    plain = _harmless(node, name)
    func = getattr(node, "func", None)
    if inside:
        plain = [p for p in plain if p is func]
    found.nested |= bool(inside and plain)
    found.passed |= any(p is not func for p in plain)
    for child in children(node):
        if not any(child is p for p in plain):
            _find_uses(child, name, found, inside)


def _harmless(node: Any, name: str) -> list[Any]:
    """Uses of a name that do not outlive their statement: it is called, an argument of a call, or returned."""
    if isinstance(node, gast.Return):
        parts = [node.value]
    elif isinstance(node, gast.Call):
        keeps = isinstance(node.func, gast.Attribute) and node.func.attr in ("append", "insert", "add", "setdefault")
        parts = [node.func] if keeps else [node.func, *node.args, *(k.value for k in node.keywords)]
    else:
        return []
    return [p for p in parts if isinstance(p, gast.Name) and p.id == name]


def check_late_binding(L: Lowering, node: Any, name: str | None) -> None:
    """Refuse a closure one of whose captured names may get another value while the closure may still be called.

    `name`: what the closure is bound to.  A closure that is only called, or passed on, lives while its name does; a
    lambda that is an argument itself lives for its statement; any other closure may live until the function ends.
    """
    body = L.node.body if isinstance(L.node.body, list) else []
    here = scan(_expressions(L.statement)).given
    for key in sorted(n for n in free_names(node) if n in L.env or n in L.locals):
        sites = sites_of(body, key)
        sites += [site for other in _other_names(L, body, key) for site in sites_of(body, other, True)]
        again = key in here and not key.startswith("?once")      # that is given before the closure is made
        if (key in L.scoped and id(node) not in L.transient) or again or (
                sites and _outlives(L, node, name, key, sites)):
            what = "what a call gives" if key[0] == "?" else f"`{key}`"
            L.refuse(node, f"{what} is captured, and may get another value while the function can still be called",
                     "give the value as an argument instead, or as a default: `lambda x, k=k: ...`", "late binding")


def _outlives(L: Lowering, node: Any, name: str | None, key: str, sites: list[_Site]) -> bool:
    """Whether a closure may be called after one of the sites that give `key` another value."""
    body = L.node.body
    if name is not None:
        uses = _uses(L, name)
        if not (uses.escapes or uses.nested or (uses.passed and _becomes_function(body, name, L.node))):
            return any(_called_after(L, site, name, key) for site, _ in sites)
    elif id(node) in L.transient and not _becomes_function([L.statement], None, L.node):
        return False
    return any(may_follow(site, node) for site in sites)


def _expressions(node: Any) -> list[Any]:
    """The expressions that a statement evaluates itself, targets without what they assign."""
    if isinstance(node, (gast.If, gast.While)):
        return [node.test]
    if isinstance(node, gast.For):
        return [node.iter]
    if isinstance(node, gast.FunctionDef):
        return []
    return list(children(node))


def _becomes_function(stmts: list[Any], name: str | None, whole: Any) -> bool:
    """Whether an assignment among statements binds a name that `whole` calls: a function that is an argument in it
    (`name`; any if it is None) may live on in that name.
    """
    assigned = [n for s in stmts for n in walk(s) if isinstance(n, gast.Assign)]
    targets = {key for n in assigned if name is None or name in reads(n.value) for t in n.targets
               for key in target_names(t)}
    return bool(targets) and any(isinstance(n, gast.Call) and isinstance(n.func, gast.Name) and n.func.id in targets
                                 for n in walk(whole))


def _other_names(L: Lowering, body: list[Any], name: str) -> set[str]:
    """Names that may be bound to the same object."""
    found, copied = {name}, scan(body).copied
    pending = [name]
    while pending:
        key = pending.pop()
        atom = L.env.get(key)
        others = {n for n, a in L.env.items() if a is atom and isinstance(atom, Value)}
        others |= {new for new, old in copied if old == key} | {old for new, old in copied if new == key}
        pending += others - found
        found |= others
    return found - {name}


def sites_of(body: list[Any], name: str, written: bool = False) -> list[_Site]:
    """The statements that give a name, or what it is bound to, another value; `written`: only the latter."""
    found: list[_Site] = []
    _find_sites(body, name, written, (), found)
    return found


def _find_sites(body: list[Any], name: str, written: bool, loops: tuple[Any, ...], found: list[_Site]) -> None:
    def touches(part: Any) -> bool:
        facts = scan([part])
        return name in (facts.stored if written else facts.given)
    for node in body:
        if isinstance(node, (gast.If, gast.For, gast.While)):
            around = loops if isinstance(node, gast.If) else (*loops, node)
            target = scan([], node.target) if isinstance(node, gast.For) else scan([])
            if name in (target.stored if written else target.given) or touches(
                    node.iter if isinstance(node, gast.For) else node.test):
                found.append((node, around))
            _find_sites(node.body, name, written, around, found)
            _find_sites(node.orelse, name, written, loops, found)
        elif isinstance(node, (gast.Try, gast.With)):
            handlers = getattr(node, "handlers", ())
            heads = [*getattr(node, "items", ()), *[h.name for h in handlers if h.name is not None]]
            if any(touches(head) for head in heads):
                found.append((node, loops))
            inner = [s for handler in handlers for s in handler.body]
            _find_sites([*node.body, *inner, *getattr(node, "orelse", ()), *getattr(node, "finalbody", ())],
                        name, written, loops, found)
        elif touches(node):
            found.append((node, loops))


def _called_after(L: Lowering, site: Any, name: str, key: str) -> bool:
    """Whether a function's name may be read after a site has given `key` another value, in the same statement too."""
    if isinstance(site, gast.For) and key not in scan([site.iter]).given:
        return name in L.live.entry[id(site)]
    if isinstance(site, (gast.If, gast.For, gast.While)):
        return name in L.live.after[id(site)] or name in reads(site)
    in_itself = key in scan(_expressions(site)).given and name in reads(site)
    return in_itself or name in L.live.after[id(site)]


def may_follow(site: _Site, node: Any) -> bool:
    """Whether a site may run after the closure is made: it stands behind it, or in a loop around both."""
    statement, loops = site
    place = (node.lineno, node.col_offset)
    if (statement.lineno, statement.col_offset) > place:
        return True
    return any((loop.lineno, loop.col_offset) <= place <= (loop.end_lineno, loop.end_col_offset) for loop in loops)
