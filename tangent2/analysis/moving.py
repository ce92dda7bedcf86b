"""Parts of an array that a name stands for in turn, `best = row`: the same view at an index that a loop carries."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Union

from tangent2.analysis.aliases import Place, View
from tangent2.core.kinds import BOTTOM, Kind, join
from tangent2.core.syntax import Atom, Op


@dataclass(frozen=True)
class Moving:
    """The views of `base` by one operation whose operands, but for those fixed, change from turn to turn."""

    base: Place
    form: tuple[object, ...]
    fixed: tuple[Atom | None, ...]      # after the base
    kinds: tuple[Kind, ...]
    op: Op = field(compare=False, repr=False)

    @property
    def holes(self) -> tuple[int, ...]:
        """The operands that change."""
        return tuple([p for p, atom in enumerate(self.fixed) if atom is None])

    def alike(self, place: Place | None) -> bool:
        """Whether a place is such a view, whatever its operands."""
        return isinstance(place, View) and place.base == self.base and _form(place) == self.form

    def covers(self, place: Place | None) -> bool:
        """Whether a place is one of these views."""
        return isinstance(place, View) and self.alike(place) and all(
            own is None or own == other for own, other in zip(self.fixed, place.op.args[1:]))

    def at(self, operands: tuple[Atom, ...]) -> View:
        """The view for some operands in the holes."""
        given = iter(operands)
        args = [next(given) if atom is None else atom for atom in self.fixed]
        return View(self.base, replace(self.op, args=(self.op.args[0], *args)))


Leaf = Union[Place, Moving]


def _form(view: View) -> tuple[object, ...]:
    return view.op.prim, view.op.static, view.op.kw, len(view.op.args)


def moving(there: tuple[Leaf, ...], leaf: View, kind_of: Callable[[Atom], Kind],
           stays: Callable[[Atom], bool]) -> tuple[Leaf, ...]:
    """Places in which those views that differ from one only in operands are one with it.

    `stays`: whether an operand was there before the loop.
    """
    operands: list[tuple[Atom | None, ...]] = [leaf.op.args[1:]]
    kinds = [tuple(map(kind_of, leaf.op.args[1:]))]
    others: list[Leaf] = []
    for t in there:
        if isinstance(t, Moving) and t.alike(leaf):
            operands.append(t.fixed)
            kinds.append(t.kinds)
        elif isinstance(t, View) and t.base == leaf.base and _form(t) == _form(leaf):
            operands.append(t.op.args[1:])
            kinds.append(tuple(map(kind_of, t.op.args[1:])))
        else:
            others.append(t)
    fixed = tuple([atoms[0] if atoms[0] is not None and all(a == atoms[0] for a in atoms) and stays(atoms[0]) else None
                   for atoms in zip(*operands)])
    joined = tuple([_all(parts) for parts in zip(*kinds)])
    return (*others, Moving(leaf.base, _form(leaf), fixed, joined, leaf.op))


def _all(kinds: tuple[Kind, ...]) -> Kind:
    found: Kind = BOTTOM
    for kind in kinds:
        found = join(found, kind)
    return found
