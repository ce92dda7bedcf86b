"""Whether the objects that a function returns surely are made in it: none that it is given, or finds outside."""
from __future__ import annotations

from collections.abc import Iterator, Mapping

from tangent2.analysis.callee_memory import Summary, nothing_known
from tangent2.core import prims
from tangent2.core.kinds import Closures, Dict, FunctionKind, Kind, Unknown, is_closure, parts_of
from tangent2.core.syntax import (
    Atom, Break, Call, Continue, For, If, Op, Region, Return, Stmt, Typed, Value, While, Yield, regions, walk,
)
from tangent2.core.valuekinds import kind_of_atom

_MADE_OF = frozenset({prims.NEW, prims.TUPLE, prims.LIST, prims.DICT, prims.PUSH, prims.SETITEM, prims.AS_CLASS,
                      prims.BECOME, prims.POP, prims.GETITEM, prims.UNPACK, prims.COPY, prims.CLOSURE})


def makes_its_objects(typed: Typed, is_pair: bool, facts_of: Summary = nothing_known) -> bool:
    """Whether a function returns no object but those that it makes; `is_pair`: its result stands before others.

    >>> from tangent2.core.kinds import FLOAT, object_kind
    >>> from tangent2.core.syntax import Const, Function
    >>> a, b, kind = Value("a"), Value("b"), object_kind(int, {"r": FLOAT})
    >>> choose = If((b,), Const(True), Region((), Yield((a,))), Region((), Yield((a,))))
    >>> pick = Function("pick", (a,), Region((choose,), Return((b,))))
    >>> makes_its_objects(Typed(pick, {a: kind, b: kind}, kind), False)
    False
    """
    run = _Tracing(typed, facts_of)
    found = [exit.vals[0] for exit in _returns(typed.function.body)]
    if is_pair:
        made = [run.defs.get(atom) for atom in found]
        found = [op.args[0] for op in made if isinstance(op, Op)]
    return all(map(run.is_made, found))


def holds_objects(kind: Kind) -> bool:
    """Whether there may be objects in a value: of unknown ones there may."""
    if isinstance(kind, Dict) and kind.cls is not None or isinstance(kind, (Unknown, Closures)) or is_closure(kind):
        return True
    inner = kind.captured if isinstance(kind, FunctionKind) else parts_of(kind)
    return any(map(holds_objects, inner))


def _returns(region: Region) -> Iterator[Return]:
    if isinstance(region.exit, Return):
        yield region.exit
    for stmt in region.stmts:
        for inner in regions(stmt):
            yield from _returns(inner)


class _Tracing:
    """What values come from; a value that is being looked at, as in a loop, is what the others say."""

    def __init__(self, typed: Typed, facts_of: Summary) -> None:
        self.facts_of = facts_of
        self.kinds: Mapping[Value, Kind] = typed.kinds
        self.defs: dict[Atom, Stmt] = {}
        self.seen: set[Atom] = set()
        for stmt in walk(typed.function.body):
            bound = (*stmt.outs, *stmt.params) if isinstance(stmt, (For, While)) else stmt.outs
            self.defs.update(dict.fromkeys(bound, stmt))
            if isinstance(stmt, For):
                self.defs[stmt.target] = stmt

    def is_made(self, atom: Atom) -> bool:
        """Whether there are no objects in a value but those that the function makes."""
        if not isinstance(atom, Value) or atom in self.seen or not holds_objects(self.kinds[atom]):
            return True
        self.seen.add(atom)
        stmt = self.defs.get(atom)
        if isinstance(stmt, Op):
            return stmt.prim in _MADE_OF and all(map(self.is_made, stmt.args))
        if isinstance(stmt, Call):
            return all(map(self.is_made, stmt.args)) or self.facts_of(
                stmt.callee, tuple([kind_of_atom(a, self.kinds) for a in stmt.args])).makes
        if isinstance(stmt, If):
            k = stmt.outs.index(atom)
            return all(self.is_made(r.exit.vals[k]) for r in (stmt.then, stmt.orelse) if isinstance(r.exit, Yield))
        return isinstance(stmt, (For, While)) and self.is_carried(stmt, atom)

    def is_carried(self, loop: For | While, atom: Value) -> bool:
        """The same of what a loop hands on, or runs over."""
        if isinstance(loop, For) and atom is loop.target:
            return self.is_made(loop.iter)
        k = (loop.outs if atom in loop.outs else loop.params).index(atom)
        ends = [vals[k] for vals in _ends(loop.body) if k < len(vals)]
        return self.is_made(loop.init[k]) and all(map(self.is_made, ends))


def _ends(region: Region, inside: bool = False) -> Iterator[tuple[Atom, ...]]:
    """What the ends of a turn hand on."""
    if isinstance(region.exit, (Break, Continue)) or isinstance(region.exit, Yield) and not inside:
        yield region.exit.vals
    for stmt in region.stmts:
        for inner in (stmt.then, stmt.orelse) if isinstance(stmt, If) else ():
            yield from _ends(inner, True)
