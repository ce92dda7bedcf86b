"""Functions that return a function defined inside: their calls are replaced by their bodies.

So the closure is made in sight of its calls, which are then calls of a known function with what it captured.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import CodeType, FunctionType

from tangent2.core import prims
from tangent2.core.prims import Prim
from tangent2.core.syntax import (
    Atom, Call, Callee, Function, If, Op, Raise, Region, Return, Stmt, Value, Yield, regions, walk,
)
from tangent2.core.walk import map_regions, renew, substitute
from tangent2.errors import TangentError

Source = Callable[[Callee], "Function | None"]
_FOLLOWED = frozenset({prims.APPLY, prims.CLOSURE, prims.DERIVE, prims.UNPACK})
_DISPLAYS = frozenset({prims.LIST, prims.TUPLE})        # which loops may run over


def inline_factories(function: Function, source: Source) -> Function:
    """A function in whose body, and in those of the functions inside, no known factory is called any more.

    `source`: the core of a callee before kinds were known, None where that is not to be had.

    >>> n, x, f, y, k = map(Value, "n x f y k".split())
    >>> inner = Function("add", (n, x), Region((Op((y,), prims.ADD, (x, n)),), Return((y,))))
    >>> adder = Function("adder", (n,), Region((Op((f,), prims.CLOSURE, (n,), static=inner),), Return((f,))))
    >>> a, g, r = map(Value, "a g r".split())
    >>> made = Callee("adder", "adder", lambda kinds: None)
    >>> user = Function("user", (a,), Region((Call((g,), made, (a,)), Op((r,), prims.APPLY, (g, a))), Return((r,))))
    >>> [s.prim for s in inline_factories(user, lambda callee: adder).body.stmts]
    [closure, apply]
    """
    state = _Inlining(source, followed(function.body, _DISPLAYS))
    body = state.region(function.body)
    return function if body is function.body else replace(function, body=substitute(body, state.became))


def factory_of(lower: Callable[[FunctionType], Function]) -> Source:
    """What gives the cores of user functions that may return a function they define; `lower`: of any function."""
    def source(callee: Callee) -> Function | None:
        fn = callee.key
        if not isinstance(fn, FunctionType) or not any(isinstance(c, CodeType) for c in fn.__code__.co_consts):
            return None
        try:
            return lower(fn)
        except TangentError:
            return None
    return source


def is_factory(function: Function) -> bool:
    """Whether a function ends, and ends only, by returning functions that it defines.

    >>> is_factory(Function("f", (), Region((), Return(()))))
    False
    """
    if any(isinstance(r.exit, Return) for s in walk(function.body) for r in regions(s)):
        return False
    return isinstance(function.body.exit, Return) and _gives_functions(function.body, {}, 0)


def _gives_functions(region: Region, around: Mapping[Atom, Stmt], position: int) -> bool:
    """Whether a region ends by giving a function that it defines, or one of several, or a tuple with one."""
    made: dict[Atom, Stmt] = {**around, **{v: s for s in region.stmts for v in s.outs}}
    if len(region.exit.vals) <= position:
        return isinstance(region.exit, Raise)
    value = region.exit.vals[position]
    whole = made.get(value)
    if isinstance(whole, If):
        at = whole.outs.index(value)
        return all(_gives_functions(r, made, at) for r in regions(whole))
    if not isinstance(whole, Op) or whole.prim is not prims.TUPLE:
        return isinstance(whole, Op) and whole.prim is prims.CLOSURE
    parts = [made.get(a) for a in whole.args]
    return any(isinstance(p, Op) and p.prim is prims.CLOSURE for p in parts)


def with_one_return(function: Function) -> Function:
    """A function in which branches that return end in one return; the same one where other exits are in the way.

    >>> c, f, g = map(Value, "cfg")
    >>> early = If((), c, Region((), Return((f,))), Region((), Yield(())))
    >>> made = with_one_return(Function("h", (c, f, g), Region((early,), Return((g,)))))
    >>> len(made.body.stmts), made.body.exit.vals == made.body.stmts[0].outs
    (1, True)
    """
    region = _joined(function.body)
    return function if region is None or region is function.body else replace(function, body=region)


def _joined(region: Region) -> Region | None:
    """A region whose only return is its exit; None if that cannot be."""
    for k, stmt in enumerate(region.stmts):
        if not any(isinstance(r.exit, Return) or _returns(r) for r in regions(stmt)):
            continue
        if not isinstance(stmt, If):
            return None
        arms = []
        for arm in regions(stmt):
            if isinstance(arm.exit, Yield):
                rest = renew(Region(region.stmts[k + 1:], region.exit), dict(zip(stmt.outs, arm.exit.vals)))
                arm = Region((*arm.stmts, *rest.stmts), rest.exit)
            joined = _joined(arm)
            if joined is None or not isinstance(joined.exit, (Return, Raise)):
                return None
            arms.append(joined)
        if all(isinstance(a.exit, Raise) for a in arms):
            return None
        out = Value("fn")
        then, orelse = [Region(a.stmts, Yield(a.exit.vals)) if isinstance(a.exit, Return) else a for a in arms]
        return Region((*region.stmts[:k], If((out,), stmt.cond, then, orelse, stmt.origin)), Return((out,)))
    return region


def _returns(region: Region) -> bool:
    return any(isinstance(r.exit, Return) or _returns(r) for s in region.stmts for r in regions(s))


def followed(region: Region, more: frozenset[Prim] = frozenset()) -> set[Atom]:
    """Values that are read where a closure in sight is of use; also through the results of branches."""
    stmts, prim = list(walk(region)), _FOLLOWED | more
    found = {a for s in stmts if isinstance(s, Call) or isinstance(s, Op) and s.prim in prim for a in s.args}
    for stmt in reversed(stmts):
        if isinstance(stmt, If):
            for side in regions(stmt):
                found |= {a for out, a in zip(stmt.outs, side.exit.vals) if out in found}
    return found


@dataclass
class _Inlining:
    """`made`: what makes the closures and tuples in sight; `became`: what the results of factories are now."""

    source: Source
    followed: set[Atom]
    made: dict[Value, Op] = field(default_factory=dict)
    became: dict[Value, Atom] = field(default_factory=dict)

    def region(self, region: Region) -> Region:
        stmts: list[Stmt] = []
        for stmt in region.stmts:
            stmts += self.stmt(stmt)
        same = len(stmts) == len(region.stmts) and all(a is b for a, b in zip(stmts, region.stmts))
        return region if same else Region(tuple(stmts), region.exit)

    def stmt(self, stmt: Stmt) -> list[Stmt]:
        if isinstance(stmt, Op):
            return self.op(stmt)
        if isinstance(stmt, Call):
            return self.opened(stmt, self.source(stmt.callee), stmt.args) if stmt.out in self.followed else [stmt]
        new = map_regions(stmt, self.region)
        return [stmt if all(a is b for a, b in zip(regions(new), regions(stmt))) else new]

    def op(self, op: Op) -> list[Stmt]:
        base = self.made.get(self.now(op.args[0])) if op.args else None     # type: ignore[arg-type]
        if op.prim is prims.CLOSURE and isinstance(op.static, Function):
            inner = inline_factories(op.static, self.source)
            op = op if inner is op.static else replace(op, static=inner)
        elif op.prim is prims.APPLY and not op.kw and base is not None and base.prim is prims.CLOSURE:
            if op.out in self.followed and isinstance(base.static, Function):
                return self.opened(op, base.static, (*base.args, *op.args[1:]))
        elif op.prim is prims.UNPACK and base is not None and op.static == (len(base.args), False, 0):
            if base.prim is prims.TUPLE and any(self.now(a) in self.made for a in base.args):
                self.became.update(zip(op.outs, base.args))
                return []
        if op.prim in (prims.CLOSURE, prims.TUPLE):
            self.made[op.out] = op
        return [op]

    def now(self, atom: Atom) -> Atom:
        while isinstance(atom, Value) and atom in self.became:
            atom = self.became[atom]
        return atom

    def opened(self, call: Call | Op, factory: Function | None, args: tuple[Atom, ...]) -> list[Stmt]:
        """The body of a factory in the place of a call of it."""
        factory = None if factory is None else with_one_return(factory)
        if factory is None or len(factory.params) != len(args) or not is_factory(factory):
            return [call]
        body = renew(factory.body, dict(zip(factory.params, args)))
        self.became[call.outs[0]] = body.exit.vals[0]
        self.followed |= followed(body, _DISPLAYS)
        return list(self.region(body).stmts)
