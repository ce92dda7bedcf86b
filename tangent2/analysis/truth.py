"""Whether an object is true: what `if`, `while`, `not` and `bool` ask of its class.

A branch or a loop whose condition is an object asks first, by an operation that is made here; so the core only ever
branches on what Python takes for true or false by itself.
"""
from __future__ import annotations

from typing import TYPE_CHECKING

from tangent2.analysis.expansion import Expansion, class_of
from tangent2.analysis.lost import refuse_tested
from tangent2.core import prims
from tangent2.core.kinds import Class, Dict, Kind
from tangent2.core.objects import written_member
from tangent2.core.syntax import Atom, Const, If, Op, Region, Stmt, Value, While, Yield

if TYPE_CHECKING:
    from tangent2.analysis.infer import Facts


def condition(stmt: If | While, asked: Atom, facts: Facts) -> Atom:
    """What decides a branch or a loop: the truth of an object; anything else itself."""
    facts.expansions.pop(stmt, None)
    refuse_tested(stmt, asked, facts)
    if not _has_class(facts.kind(asked)):
        return asked
    found = facts.made.get((stmt, "truth"))
    if found is None:
        test = Op((Value(),), prims.TRUTH, (asked,), (), None, stmt.origin)
        found = facts.made[stmt, "truth"] = Expansion((test,), test.outs)
    facts.expansions[stmt] = found
    for each in found.stmts:
        facts.run(each)
    return found.results[0]


def _has_class(kind: Kind) -> bool:
    return class_of(kind) is not None and not isinstance(kind, Class)


def asked_only(op: Op, facts: Facts) -> Expansion | None:
    """An operand of `and` in a condition, of which only the truth is read: what is no object stands for itself."""
    if op.prim is not prims.TRUTH or op.static != prims.TEST or _has_class(facts.kind(op.args[0])):
        return None
    return Expansion((), op.args)


def truth(op: Op, facts: Facts) -> Expansion | None:
    """`bool(obj)`, `not obj`: its `__bool__`, else whether it has a length, else true; None is not."""
    kind = facts.kind(op.args[0])
    if not _has_class(kind):
        return None
    cls = class_of(kind)
    name = next((name for name in ("__bool__", "__len__") if written_member(cls, name, facts.lookups.member)), None)
    if not isinstance(kind, Dict):
        return None if name is None else Expansion(_called(op, name, op.out), op.outs)
    there = _is_there(op, op.out)
    if name is None:
        return Expansion((there,), op.outs) if kind.optional else Expansion((), (Const(op.prim is not prims.NOT),))
    if not kind.optional:
        return Expansion(_called(op, name, op.out), op.outs)
    test, out = _is_there(Op(op.outs, prims.TRUTH, op.args, (), None, op.origin), Value()), Value()
    otherwise = Region((), Yield((Const(op.prim is prims.NOT),)))
    return Expansion((test, If(op.outs, test.out, Region(_called(op, name, out), Yield((out,))), otherwise, op.origin)),
                     op.outs)


def _called(op: Op, name: str, out: Value) -> tuple[Stmt, ...]:
    """The call of the method that tells."""
    found = Value()
    prim = prims.NOT if op.prim is prims.NOT else prims.TRUTH
    return (Op((found,), prims.METHOD, op.args, (), name, op.origin),
            Op((out,), prim, (found,), (), None, op.origin))


def _is_there(op: Op, out: Value) -> Op:
    """Whether it is not None; the other way round for `not`."""
    test = prims.IS if op.prim is prims.NOT else prims.IS_NOT
    return Op((out,), test, (op.args[0], Const(None)), (), None, op.origin)
