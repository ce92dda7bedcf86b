"""What a condition tells of the class of an object: where `isinstance(s, Circle)` holds `s` is a circle, else none.

It is known in the branches of the condition; and behind it, if one of them leaves.
"""
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tangent2.analysis.polymorphism import NOTHING, classes_at
from tangent2.core import prims
from tangent2.core.kinds import Objects
from tangent2.core.syntax import Atom, Const, If, Value, Yield

if TYPE_CHECKING:
    from tangent2.analysis.infer import Facts

Told = Mapping[Atom, frozenset[Any]]        # of which classes an object may be


def told_by(facts: Facts, cond: Atom, holds: bool) -> Told:
    """What is known of the classes of objects where a condition holds, or does not, with what was known before."""
    found = dict(facts.told)
    for atom, classes, among in _said(facts, cond, holds):
        there = found.get(atom, classes_at(facts, atom))
        found[atom] = there & classes if among else there - classes
    return found


def _said(facts: Facts, cond: Atom, holds: bool) -> list[tuple[Atom, frozenset[Any], bool]]:
    """Objects, classes, and whether they are of one of these or of none."""
    made = facts.defs.get(cond) if isinstance(cond, Value) else None
    if made is not None and made.prim is prims.OF_CLASS:
        return [(made.args[0], frozenset(made.static), holds)]
    if made is not None and made.prim in (prims.NOT, prims.TRUTH):
        return _said(facts, made.args[0], holds is (made.prim is prims.TRUTH))
    if made is not None and made.prim in (prims.IS, prims.IS_NOT):
        if made.args[1] == Const(None) and isinstance(facts.kind(made.args[0]), Objects):
            return [(made.args[0], frozenset({NOTHING}), holds is (made.prim is prims.IS))]
        return []
    branch = facts.chosen.get(cond) if isinstance(cond, Value) else None
    return [] if branch is None or not isinstance(cond, Value) else _said_by_branch(facts, branch, cond, holds)


def _said_by_branch(facts: Facts, branch: If, cond: Value, holds: bool) -> list[tuple[Atom, frozenset[Any], bool]]:
    """`a and b` holds if both do: of a branch that gives a literal on one side, the other side was taken."""
    k = branch.outs.index(cond)
    sides = [(side, taken) for side, taken in ((branch.then, True), (branch.orelse, False))
             if isinstance(side.exit, Yield) and not _differs(facts, side.exit.vals[k], holds)]
    if len(sides) != 1:
        return []
    side, taken = sides[0]
    return _said(facts, branch.cond, taken) + _said(facts, side.exit.vals[k], holds)


def _differs(facts: Facts, atom: Atom, holds: bool) -> bool:
    known = facts.const(atom)
    return known is not None and bool(known.value) is not holds
