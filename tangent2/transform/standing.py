"""Reads that stand: `u[t]` in `u[t + 1] = f(u[t])` can be read again from what `u` is after the loop.

The core is pure, so that is so if no write on the way from the version that is read to the one after all loops goes to
the same place.  Two places differ if they differ on one axis where both are indexed by a number: a loop's target, or a
literal, plus an offset.  Numbers that may be negative prove nothing, as they count from the end.
"""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tangent2.core import prims
from tangent2.core.kinds import Array, List, Number, Range
from tangent2.core.syntax import (
    Atom, Break, Const, Continue, For, If, Op, Raise, Region, Return, Stmt, Value, While, Yield, regions, walk,
)
from tangent2.transform.sweep import Sweep

Loop = For | While
Place = tuple[Value | None, int]        # a value (None: nothing) plus an offset
_WRITES = frozenset({prims.SETITEM, prims.AT_ADD, *prims.UPDATES.values()})


def standing(sweep: Sweep, read: Op) -> Value | None:
    """The version of a buffer after all loops at hand, if reading from it gives what an operation in the innermost of
    them reads; else None."""
    if read.prim is not prims.GETITEM or not sweep.loops or not isinstance(read.args[0], Value):
        return None
    if not isinstance(sweep.kind(read.args[0]), (Array, List)):
        return None
    return _Standing(sweep, read).found()


@dataclass
class _Standing:
    """The proof for one read, from the innermost loop outwards."""

    sweep: Sweep
    read: Op

    def found(self) -> Value | None:
        version = self.read.args[0]
        assert isinstance(version, Value)
        loops = self.sweep.loops
        place = self.axes(self.read, self.read.args[1:])
        if not any(place):
            return None
        for level in range(len(loops) - 1, -1, -1):
            after = self.after(loops[level], version, level, place)
            if after is None:
                return None
            version = after
        return version

    def after(self, loop: Loop, version: Value, level: int, place: list[Place | None]) -> Value | None:
        """What a version of a loop's body is after the loop, if the place stands until then."""
        ends = loop.body.exit.vals
        if not isinstance(loop.body.exit, Yield) or not _is_plain(loop.body):
            return None
        trail = _Trail(loop.body)
        for k, param in enumerate(loop.params):
            rest: list[Op] = []
            if trail.back(ends[k], version, param, rest):
                every: list[Op] = []
                stands = trail.back(ends[k], param, param, every) \
                    and all(self.apart(place, op, level, False) for op in rest) \
                    and all(self.apart(place, op, level, True) for op in every)
                return loop.outs[k] if stands else None
        return None

    def apart(self, place: list[Place | None], write: Op, level: int, later: bool) -> bool:
        """Whether a write is to another place: in the same iteration of a loop around the read, or in later ones."""
        other = self.axes(write, write.args[1:-1])
        return any(a is not None and b is not None and self.differ(a, b, level, later) for a, b in zip(place, other))

    def differ(self, read: Place, write: Place, level: int, later: bool) -> bool:
        (root, d), (other, c) = read, write
        lowest, lowest_other = self.lowest(root), self.lowest(other)
        if lowest is None or lowest_other is None or lowest + d < 0 or lowest_other + c < 0:
            return False
        if root is None or other is None:       # the other one is never as small
            return d < lowest_other + c if root is None and other is not None else \
                c < lowest + d if root is not None else c != d
        if root is not other:
            return False
        at = next(k for k, loop in enumerate(self.sweep.loops) if isinstance(loop, For) and loop.target is root)
        if at > level:
            return False
        if at < level or not later:
            return c != d
        return d <= c if self.step(at) > 0 else d >= c

    def lowest(self, root: Value | None) -> int | None:
        """The least value of a target."""
        if root is None:
            return 0
        at = next((k for k, loop in enumerate(self.sweep.loops) if isinstance(loop, For) and loop.target is root), None)
        made = None if at is None else self.range(at)
        if made is None or at is None:
            return None
        bound = Const(0) if len(made.args) == 1 else made.args[0]
        if self.step(at) < 0:
            bound = made.args[1]
        if not isinstance(bound, Const) or not isinstance(bound.value, int):
            return None
        return bound.value + (1 if self.step(at) < 0 else 0)

    def step(self, at: int) -> int:
        made = self.range(at)
        assert made is not None
        return made.args[2].value if len(made.args) == 3 else 1     # type: ignore[union-attr]

    def range(self, at: int) -> Op | None:
        """The range that a loop runs over, if its step is known."""
        loop = self.sweep.loops[at]
        assert isinstance(loop, For)
        made = self.sweep.definitions.get(loop.iter) if isinstance(loop.iter, Value) else None
        if made is None or made.kw or made.prim.name != "range" or not isinstance(self.sweep.kind(loop.iter), Range):
            return None
        known = len(made.args) < 3 or isinstance(made.args[2], Const) and made.args[2].value != 0
        return made if known else None

    def axes(self, op: Op, atoms: tuple[Atom, ...]) -> list[Place | None]:
        """Where an index stands on each axis, None for slices; up to what takes no axis, or several."""
        found: list[Place | None] = []
        rest = iter(atoms)
        for item in op.static.items:
            if item is not None:
                for there in (item.lower, item.upper, item.step):
                    if there:
                        next(rest)
                found.append(None)
                continue
            kind = self.sweep.kind(atom := next(rest))
            if not isinstance(kind, Number) or kind.dtype is None or not kind.dtype.startswith(("int", "uint")):
                break
            found.append(self.place(atom))
        return found

    def place(self, atom: Atom) -> Place | None:
        """A number as a value plus an offset."""
        if isinstance(atom, Const):
            return None, int(atom.value)
        made = self.sweep.definitions.get(atom) if isinstance(atom, Value) else None
        if made is not None and made.prim in (prims.ADD, prims.SUB):
            left, right = made.args
            if isinstance(left, Const) and made.prim is prims.ADD:
                left, right = right, left
            if isinstance(right, Const) and type(right.value) is int and (found := self.place(left)) is not None:
                return found[0], found[1] + (right.value if made.prim is prims.ADD else -right.value)
        return (atom, 0) if isinstance(atom, Value) else None


class _Trail:
    """The versions of what a loop carries, in its body."""

    def __init__(self, body: Region) -> None:
        self.made: dict[Value, tuple[Stmt, int]] = {v: (s, k) for s in walk(body) for k, v in enumerate(s.outs)}

    def back(self, atom: Atom, until: Value, param: Value, writes: list[Op]) -> bool:
        """Whether a version comes of another by `writes` alone, on every path."""
        while atom is not until:
            if not isinstance(atom, Value) or atom is param or atom not in self.made:
                return False
            stmt, k = self.made[atom]
            if isinstance(stmt, Op) and stmt.prim in _WRITES:
                writes.append(stmt)
                atom = stmt.args[0]
            elif isinstance(stmt, If):
                return all(isinstance(r.exit, Yield) and self.back(r.exit.vals[k], until, param, writes)
                           for r in regions(stmt))
            elif isinstance(stmt, (For, While)):
                if not _is_plain(stmt.body) or not isinstance(stmt.body.exit, Yield) \
                        or not self.back(stmt.body.exit.vals[k], stmt.params[k], stmt.params[k], writes):
                    return False
                atom = stmt.init[k]
            else:
                return False
        return True


def _is_plain(body: Region) -> bool:
    """Whether every iteration ends at its end."""
    return not any(isinstance(r.exit, (Break, Continue, Return, Raise)) for r in _regions(body))


def _regions(body: Region) -> Iterator[Region]:
    yield body
    for stmt in walk(body):
        yield from regions(stmt)
