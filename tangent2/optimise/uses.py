"""Who reads each value, and in which region: what folding asks before it moves anything."""
from __future__ import annotations

from dataclasses import dataclass

from tangent2.core import prims
from tangent2.core.syntax import (
    For, Function, If, Op, Region, Return, Stmt, Try, Value, operands, regions,
)
from tangent2.core.walk import used_by

Reader = tuple[Region, "Stmt | None"]       # None: the exit of the region


@dataclass(frozen=True, slots=True)
class Uses:
    """`readers`: every read of a value; `around`: the region in which the statement that holds a region stands."""

    readers: dict[Value, list[Reader]]
    around: dict[Region, Region | None]     # None where a loop lies between

    def count(self, value: Value) -> int:
        return len(self.readers.get(value, ()))

    def home(self, value: Value) -> Region | None:
        """The region of the only reader."""
        found = self.readers.get(value, ())
        return found[0][0] if len(found) == 1 else None

    def near(self, value: Value, region: Region) -> bool:
        """Whether all readers are in a region or in branches inside it, none in a loop."""
        return all(self._inside(reader, region) for reader, _ in self.readers[value])

    def _inside(self, inner: Region | None, outer: Region) -> bool:
        while inner is not None and inner is not outer:
            inner = self.around.get(inner)
        return inner is outer

    def returned(self, value: Value, region: Region) -> bool:
        """Whether a region returns the value, alone or in a tuple, and nothing else reads it."""
        if not isinstance(region.exit, Return) or self.home(value) is not region:
            return False
        reader = self.readers[value][0][1]
        if isinstance(reader, Op) and reader.prim is prims.TUPLE and self.count(reader.out) == 1:
            reader = self.readers[reader.out][0][1]
        return reader is None


def uses_of(function: Function) -> Uses:
    """Collect all reads of a function."""
    uses = Uses({}, {function.body: None})
    _collect(function.body, uses)
    return uses


def _collect(region: Region, uses: Uses) -> None:
    readers = uses.readers
    for stmt in region.stmts:
        for atom in operands(stmt):
            if isinstance(atom, Value):
                readers.setdefault(atom, []).append((region, stmt))
        skip = shortcut(stmt) if isinstance(stmt, If) else None
        for inner in regions(stmt):
            branch = isinstance(stmt, If) or isinstance(stmt, Try) and inner is not stmt.body
            uses.around[inner] = region if branch else None
            if inner is not skip:
                _collect(inner, uses)
    for atom in region.exit.vals:
        if isinstance(atom, Value):
            readers.setdefault(atom, []).append((region, None))


def shortcut(stmt: If) -> Region | None:
    """The region that yields just the condition itself: `c and b`, `c or b` read it once."""
    if len(stmt.outs) == 1:
        for region in (stmt.then, stmt.orelse):
            if not region.stmts and len(region.exit.vals) == 1 and region.exit.vals[0] is stmt.cond:
                return region
    return None


def read_after(param: Value, made: Value, body: Region) -> bool:
    """Whether a loop's param is still read where its next version `made` already exists."""
    after = False
    for stmt in body.stmts:
        if after and param in used_by(stmt):
            return True
        after = after or made in stmt.outs
    return after and param in body.exit.vals


def unpacks_target(stmt: For) -> bool:
    """Whether a loop's target is only taken apart by the first statement of the body: `for a, b in ...`."""
    first = stmt.body.stmts[0] if stmt.body.stmts else None
    return isinstance(first, Op) and first.prim is prims.UNPACK and first.args[0] is stmt.target
