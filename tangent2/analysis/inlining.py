"""Methods that change their object, put in the place of their calls: attributes become plain values there."""
from __future__ import annotations

from typing import TYPE_CHECKING

from tangent2.analysis.expansion import Expansion
from tangent2.core import prims
from tangent2.core.syntax import (
    Atom, Call, Function, Op, Region, Return, Value, regions, walk,
)
from tangent2.core.walk import bound, renamed, renew

if TYPE_CHECKING:
    from tangent2.analysis.infer import Facts

LONGEST = 60        # statements of a method that is put in the place of its call


def inlined(call: Call, new: Value, facts: Facts, op: Op) -> Expansion | None:
    """The statements of a method, `new` being its object after it; None if it is too long, or leaves in its midst."""
    around = facts.inside.get(op, ())
    key = call.callee.key, getattr(facts.kind(call.args[0]), "cls", None)
    if key in around:
        return None
    source = facts.lookups.giving(call.callee)
    if source is None or not _is_plain(source) or len(source.params) != len(call.args):
        return None
    last = source.body.stmts[-1]
    assert isinstance(last, Op)
    value, own = last.args
    mapping: dict[Value, Atom] = dict(zip(source.params, call.args))
    inner = bound(source.body)
    body = renew(Region(source.body.stmts[:-1], Return((own,))), mapping)
    names: dict[Value, Value] = {}
    for atom, out in ((own, new), (value, call.out)):
        now = mapping.get(atom) if isinstance(atom, Value) and atom in inner else None
        if isinstance(now, Value) and (out is new or out.hint is not None) and now not in names.values():
            names[now] = Value(out.hint, out.user)
            mapping[atom] = names[now]      # type: ignore[index]
    body = renamed(body, names)
    for stmt in walk(body):
        if isinstance(stmt, Op):
            facts.inside[stmt] = (*around, key)
    return Expansion(body.stmts, tuple([mapping.get(a, a) if isinstance(a, Value) else a for a in (own, value)]))


def _is_plain(function: Function) -> bool:
    """Whether a function is short, and returns at its end only."""
    stmts = list(walk(function.body))
    last = function.body.stmts[-1] if function.body.stmts else None
    exits = [r.exit for s in stmts for r in regions(s)]
    return len(stmts) <= LONGEST and isinstance(function.body.exit, Return) and isinstance(last, Op) \
        and last.prim is prims.TUPLE and function.body.exit.vals == (last.out,) \
        and not any(isinstance(e, Return) for e in exits)
