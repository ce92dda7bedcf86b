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
from tangent2.core.syntax import Atom, Const, Value
from tangent2.rules.declare import by_name
from tangent2.rules.simplify import make

ZERO = Const(0.0)


@dataclass(frozen=True)
class Mask:
    """An adjoint that is `seed` where a condition holds (`side` 1; or where not: 2), and zero elsewhere.

    summed: it is the sum of that over the axes along which its value was broadcast.
    """

    whole: Atom
    seed: Atom
    cond: Atom
    side: int
    summed: bool

    def over(self, build: Builder, c: Atom) -> Atom:
        """What was made of the seed, with zero elsewhere."""
        if c is self.seed:
            return self.whole
        return build.op(by_name("np.where"), self.cond, *((c, ZERO) if self.side == 1 else (ZERO, c)))

    def plus(self, build: Builder, other: Mask | None) -> Atom | None:
        """The sum with another one on the same side of the same condition; None if it is another."""
        if other is None or self.summed or other.summed or (self.cond, self.side) != (other.cond, other.side):
            return None
        return self.over(build, make(build, prims.ADD, self.seed, other.seed))


def mask_of(build: Builder, g: Atom) -> Mask | None:
    """How an adjoint is masked."""
    made = build.made.get(g) if isinstance(g, Value) else None
    summed = made is not None and made.prim is by_name("unbroadcast")
    while made is not None and made.prim is by_name("unbroadcast"):
        made = build.made.get(made.args[0])       # type: ignore[arg-type]
    if made is None or made.prim is not by_name("np.where") or len(made.args) != 3:
        return None
    sides = [k for k in (1, 2) if made.args[3 - k] == ZERO]
    return Mask(g, made.args[sides[0]], made.args[0], sides[0], summed) if len(sides) == 1 else None
