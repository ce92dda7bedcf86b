"""Attempts: what a `try` block calls, once kinds are known.

An attempted call is made by the run time, which gives its exception as a value.  What it calls is the user's function,
or a primitive, where the attempt does nothing else.
"""
from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tangent2.analysis.concrete import attempted
from tangent2.analysis.returning import surely_returns
from tangent2.analysis.lifting import lift
from tangent2.analysis.memory import known_of
from tangent2.core import prims
from tangent2.core.calling import PLAIN, ways
from tangent2.core.dims import canonical, own_extents, rename
from tangent2.core.kinds import Kind
from tangent2.core.objectkinds import frozen
from tangent2.core.prims import Prim
from tangent2.core.syntax import (
    Atom, Call, Callee, Const, Op, Raise, Return, Stmt, Typed, Value, regions, walk,
)
from tangent2.core.walk import renew
from tangent2.core.widening import bounded
from tangent2.errors import UnsupportedError

if TYPE_CHECKING:
    from tangent2.analysis.resolve import Resolving

_CALLED = ("call", "builtin")


def resolve_attempt(state: Resolving, op: Op) -> None:
    """`caught(closure, classes)` as `caught(classes, *arguments)` of a callee."""
    if op.static.what is not None:
        state.stmts.append(op)
        return
    call = attempted(op, state.facts)
    if call is None:
        raise UnsupportedError("what is called in a `try` block is not known before the code runs", origin=op.origin,
                               construct="`try`", advice="call a function by its own name there")
    call = lift(replace(call, args=state.atoms(call.args)), state.facts, state.facts.compile)
    kinds = tuple(map(state.kind, call.args))
    if known_of(call.callee, kinds, state.facts.done).writes:
        raise UnsupportedError("a function that writes to its argument is called in a `try` block", origin=op.origin,
                               construct="`try`", advice="write to a copy, and hand that back as the result")
    given, names = canonical(tuple([frozen(bounded(kind)) for kind in kinds]))
    core = call.callee.core(given)
    if surely_returns(core, op.static) and (given == tuple(map(bounded, kinds)) or not core.function.body.stmts):
        stmts, value = inlined(call, core, names, state.facts.kinds)
        state.stmts += stmts
        state.op(prims.TUPLE, Const(None), value, out=op.out)
        state.tuples[op.out] = (Const(None), value)
        return
    if op.static.gives:
        raise UnsupportedError("a function that assigns by `nonlocal` is called in a `try` block, and may raise",
                               origin=op.origin, construct="`try`",
                               advice="let it return the value, and assign that where it is called")
    what, args = _inner(call, core)
    state.stmts.append(Op(op.outs, prims.CAUGHT, (op.args[1], *args), (), replace(op.static, what=what), op.origin))


def inlined(call: Call, core: Typed, names: dict[Any, Any], kinds: dict[Value, Kind]) -> tuple[tuple[Stmt, ...], Atom]:
    """The statements of a function whose only exit is its last return, for the arguments of a call; and its result."""
    mapping: dict[Value, Atom] = dict(zip(core.function.params, call.args))
    body = renew(core.function.body, mapping)
    for old, new in mapping.items():
        if isinstance(new, Value) and old not in core.function.params:
            kinds[new] = own_extents(rename(core.kinds[old], names), new)
    return body.stmts, body.exit.vals[0]


def is_straight(core: Typed) -> bool:
    """Whether the only exit of a function is its last return, and it writes to nothing."""
    body = core.function.body
    left = any(isinstance(r.exit, (Return, Raise)) for s in walk(body) for r in regions(s))
    return isinstance(body.exit, Return) and not left and not core.function.writes


def _inner(call: Call, typed: Typed) -> tuple[Callee | Prim, tuple[Atom, ...]]:
    """What is called with what, where the function does no more than call another."""
    body = typed.function.body
    whole: tuple[Callee | Prim, tuple[Atom, ...]] = (call.callee, call.args)
    if len(body.stmts) != 1 or not isinstance(body.exit, Return):
        return whole
    stmt = body.stmts[0]
    if body.exit.vals != stmt.outs or not isinstance(stmt, (Call, Op)):
        return whole
    given: dict[Atom, Atom] = dict(zip(typed.function.params, call.args))
    args = tuple([given.get(a, a) for a in stmt.args])
    if isinstance(stmt, Op):
        simple = stmt.prim.spelling[0] in _CALLED and not stmt.kw and stmt.static is None and not stmt.prim.update
        return (stmt.prim, args) if simple else whole
    own = stmt.callee.python
    simple = own is None or all(way == PLAIN for way, _ in ways(own))
    return (stmt.callee, args) if simple else whole
