"""Adjoints of elements that `np.where` did not choose: zero, also where they would be multiplied by what is infinite.

`np.where(c, g, 0.0) / x` is emitted as `np.where(c, g / x, 0.0)`:

>>> from tangent2.core.build import Builder
>>> from tangent2.core.kinds import FLOAT
>>> from tangent2.core.show import show
>>> from tangent2.core.syntax import Function, Region, Return
>>> c, g, x = Value("c"), Value("g"), Value("x")
>>> build = Builder(dict.fromkeys((c, g, x), FLOAT))
>>> mask = mask_of(build, build.op(by_name("np.where"), c, g, ZERO))
>>> out = mask.over(build, build.op(prims.DIV, mask.seed, x))
>>> print(show(Function("f", (c, g, x), Region(tuple(build.stmts), Return((out,))))))
def f(c.0, g.1, x.2):
    t.3 = np.where(c.0, g.1, 0.0)
    t.4 = div(g.1, x.2)
    t.5 = np.where(c.0, t.4, 0.0)
    return t.5
"""
from __future__ import annotations

from dataclasses import dataclass

from tangent2.core import prims
from tangent2.core.build import Builder
from tangent2.core.syntax import Atom, Const, Op, Value
from tangent2.rules.apply import Splat
from tangent2.rules.declare import by_name
from tangent2.rules.simplify import make

ZERO = Const(0.0)


@dataclass(frozen=True)
class Mask:
    """An adjoint that is `seed` where a condition holds (`side` 1; or where not: 2), and zero elsewhere."""

    whole: Atom
    seed: Atom
    cond: Atom
    side: int

    def over(self, build: Builder, c: Atom) -> Atom:
        """What was made of the seed, with zero elsewhere."""
        if c is self.seed:
            return self.whole
        return build.op(by_name("np.where"), self.cond, *((c, ZERO) if self.side == 1 else (ZERO, c)))


def mask_of(build: Builder, g: Atom | Splat) -> Mask | None:
    """How an adjoint is masked; it may have been summed over axes along which its value was broadcast."""
    made = build.made.get(g) if isinstance(g, Value) else None
    while made is not None and made.prim is by_name("unbroadcast"):
        made = build.made.get(made.args[0])  # type: ignore[arg-type]
    if made is None or isinstance(g, Splat) or not _chooses(made):
        return None
    sides = [k for k in (1, 2) if made.args[3 - k] == ZERO]
    return Mask(g, made.args[sides[0]], made.args[0], sides[0]) if len(sides) == 1 else None


def sum_of_choices(build: Builder, a: Atom, b: Atom) -> Atom | None:
    """`np.where(c, x, 0.0) + np.where(c, 0.0, y)` as `np.where(c, x, y)`; None if they are no such choices."""
    first, second = [build.made.get(atom) if isinstance(atom, Value) else None for atom in (a, b)]
    if first is not None and first.prim is prims.ADD:
        last = sum_of_choices(build, first.args[1], b)
        return None if last is None else make(build, prims.ADD, first.args[0], last)
    if first is None or second is None or not (_chooses(first) and _chooses(second)) \
            or first.args[0] is not second.args[0] or build.kind(a) != build.kind(b):
        return None
    sides = [x if y == ZERO else y if x == ZERO else make(build, prims.ADD, x, y)
             for x, y in zip(first.args[1:], second.args[1:])]
    return build.op(by_name("np.where"), first.args[0], *sides)


def _chooses(op: Op) -> bool:
    return op.prim is by_name("np.where") and len(op.args) == 3
