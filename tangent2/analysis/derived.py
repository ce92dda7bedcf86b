"""Transforms of function values must be called where they are made: there is no function to hand on."""
from __future__ import annotations

from tangent2.core import prims
from tangent2.core.syntax import Op, Region, operands, regions, walk
from tangent2.errors import UnsupportedError


def check_derived(body: Region) -> None:
    """Refuse transforms of function values that are not called at once: there is no function to hand on."""
    made = {s.out: s for s in walk(body) if isinstance(s, Op) and s.prim is prims.DERIVE}
    if not made:
        return
    calls = (prims.DERIVE, prims.APPLY)         # calls of what is handed on here are resolved where that is made
    read = {a for s in walk(body) for a in (s.args[1:] if isinstance(s, Op) and s.prim in calls else operands(s))}
    read |= {a for s in walk(body) for r in regions(s) for a in r.exit.vals} | set(body.exit.vals)
    for value, op in made.items():
        if value in read:
            name = op.static.function.__name__
            raise UnsupportedError(f"a function made by `{name}` inside a differentiated one is handed on",
                                   origin=op.origin, construct=name, advice="call it where it is made")
