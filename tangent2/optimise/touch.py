"""What each statement touches when it is printed in place: which memory it reads and writes, and what it binds.

Core is pure, but at printing time `u2 = setitem(u1, ...)` overwrites the memory that `u1` and its views name.
Values that may share memory are one class; a write to a class may not be crossed by a read of it.
"""
from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from tangent2.analysis.opaque import UNKNOWN_CODE, is_opaque
from tangent2.analysis.returned import call_facts
from tangent2.core import prims
from tangent2.core.kinds import UNKNOWN, Array, FunctionKind, Kind, NoneKind, Number, Object, Range, Str
from tangent2.core.prims import Prim
from tangent2.core.sharing import shares
from tangent2.core.syntax import (
    Atom, Break, Call, Continue, Exit, For, Function, If, Note, Op, Raise, Region, Return, Stmt, Try, Value, While,
    inner_bindings, regions, walk,
)

# A tag names a part of memory: ("data", class) the elements of arrays, ("list", class) which items a list holds,
# WORLD everything outside the function.
Tag = tuple[str, object]
Tags = frozenset[Tag]
NOTHING: Tags = frozenset()
WORLD: Tag = ("world", None)

_IMMUTABLE = (Number, Str, NoneKind, Range)
_LIST_WRITES = frozenset({prims.PUSH, prims.POP})
_ITEM_WRITES = frozenset({prims.SETITEM, prims.ADDITEM, prims.SUBITEM, prims.MULITEM, prims.DIVITEM, prims.AT_ADD,
                          prims.ACCUMULATE, prims.INPLACE, prims.SETTLE})


@dataclass(frozen=True, slots=True)
class Touch:
    """The effects of a statement, those of its regions included.

    effect: calls, output and the like, whose order must stay; leaves: some path goes elsewhere.
    rebinds: hints of the user's names that get a new version.
    """

    reads: Tags = NOTHING
    writes: Tags = NOTHING
    effect: bool = False
    leaves: bool = False
    rebinds: frozenset[str] = frozenset()


class Memory:
    """Classes of values that may share memory, computed once for a function."""

    def __init__(self, function: Function, kinds: Mapping[Value, Kind]) -> None:
        self.kinds = kinds
        self.parent: dict[object, object] = {}
        self._touched: dict[Stmt, Touch] = {}
        self._tags: dict[Value, Tags] = {}
        self.stmts = tuple(walk(function.body))
        self.quiet = not any(map(_writes_memory, self.stmts))
        if not self.quiet:
            self._relate(function.body, None, ())

    def settled(self, read: Op) -> bool:
        """Whether what is read from outside stays as it is while the function runs."""
        captured, kind = read.static, self.kinds.get(read.out, UNKNOWN)
        if captured.where not in ("global", "cell") or isinstance(kind, (Object, FunctionKind)):
            return True
        return self.settles and not ("." in captured.name and self.calls)      # an attribute may be set by a callee

    @cached_property
    def settles(self) -> bool:
        """Whether no code that nobody knows runs."""
        return not any(isinstance(s, Op) and s.prim in UNKNOWN_CODE and is_opaque(s, self.kind) for s in self.stmts)

    @cached_property
    def calls(self) -> bool:
        return any(isinstance(s, Call) for s in self.stmts)

    def kind(self, atom: Atom) -> Kind:
        return self.kinds.get(atom, UNKNOWN) if isinstance(atom, Value) else UNKNOWN

    def immutable(self, atom: Atom) -> bool:
        return not isinstance(atom, Value) or isinstance(self.kinds.get(atom, UNKNOWN), _IMMUTABLE)

    def tags(self, atom: Atom) -> Tags:
        """The memory that reading a value may read."""
        if self.quiet or not isinstance(atom, Value):
            return NOTHING
        known = self._tags.get(atom)
        if known is None:
            known = self._tags[atom] = self._make_tags(atom)
        return known

    def _make_tags(self, value: Value) -> Tags:
        kind = self.kinds.get(value, UNKNOWN)
        if isinstance(kind, _IMMUTABLE):
            return NOTHING
        root = self.find(value)
        if isinstance(kind, Array):
            return frozenset({("data", root)})
        return frozenset({("data", root), ("list", root)})

    def touch(self, stmt: Stmt) -> Touch:
        """What a statement touches."""
        found = self._touched.get(stmt)
        if found is None:
            found = self._touched[stmt] = self._make(stmt)
        return found

    def _make(self, stmt: Stmt) -> Touch:
        if isinstance(stmt, Note):
            return Touch()
        rebinds = frozenset([v.hint for v in (*stmt.outs, *inner_bindings(stmt)) if v.user and v.hint])
        if isinstance(stmt, Op):
            return self._op(stmt, rebinds)
        if isinstance(stmt, Call):
            args = self._all(stmt.args)
            emitted = stmt.callee.python is None        # may empty a tape it was handed
            writes = emitted and self._may_write(stmt)
            return Touch(args | {WORLD}, args if writes else NOTHING, effect=not emitted or writes, rebinds=rebinds)
        inner = [self.region(r) for r in regions(stmt)]
        own = stmt.cond if isinstance(stmt, If) else stmt.iter if isinstance(stmt, For) else None
        leaves = any(t.leaves for t in inner)
        if isinstance(stmt, (For, While)):
            leaves = _returns(stmt)
        reads = NOTHING if own is None else self.tags(own)
        return Touch(reads.union(*[t.reads for t in inner]), NOTHING.union(*[t.writes for t in inner]),
                     any(t.effect for t in inner), leaves, rebinds.union(*[t.rebinds for t in inner]))

    def region(self, region: Region) -> Touch:
        """What a region touches."""
        parts = [self.touch(s) for s in region.stmts]
        reads = NOTHING.union(*[t.reads for t in parts], *[self.tags(a) for a in region.exit.vals])
        writes = NOTHING.union(*[t.writes for t in parts])
        rebinds: frozenset[str] = frozenset()
        leaves = any(t.leaves for t in parts) or _leaves(region.exit)
        return Touch(reads, writes, any(t.effect for t in parts), leaves, rebinds.union(*[t.rebinds for t in parts]))

    def _op(self, op: Op, rebinds: frozenset[str]) -> Touch:
        prim = op.prim
        reads = self._all(op.args)
        if prim is prims.READ:
            return Touch(frozenset({WORLD}), rebinds=rebinds)
        if prim is prims.ATTRIBUTE:         # may be a property
            return Touch(reads | {WORLD}, effect=True, rebinds=rebinds)
        if prim.effect == "effect" and not (prim is prims.VERBATIM and op.static.pure):
            return Touch(reads | {WORLD}, reads | {WORLD}, effect=True, rebinds=rebinds)
        if not prim.update:
            return Touch(reads, rebinds=rebinds)
        base = self.tags(op.args[0])
        if prim in _LIST_WRITES:
            base = frozenset([t for t in base if t[0] == "list"])
        return Touch(reads, base, rebinds=rebinds)

    def _may_write(self, call: Call) -> bool:
        """Whether an emitted function may empty a tape, or write to an array, that it is handed."""
        tapes = any(not isinstance(self.kinds.get(a, UNKNOWN), (Array, Number))
                    for a in call.args if isinstance(a, Value))
        return tapes or bool(call_facts(call.callee, tuple(map(self.kind, call.args))).consumes)

    def _all(self, atoms: Iterable[Atom]) -> Tags:
        return NOTHING.union(*[self.tags(a) for a in atoms])

    # classes

    def find(self, item: object) -> object:
        root = item
        while (up := self.parent.get(root)) is not None:
            root = up
        return root

    def union(self, *items: Atom) -> None:
        """Values that may share memory: one class."""
        found = [self.find(v) for v in items if not self.immutable(v)]
        for other in found[1:]:
            if self.find(other) is not self.find(found[0]):
                self.parent[self.find(other)] = self.find(found[0])

    def _relate(self, region: Region, loop: For | While | None, outs: tuple[Value, ...]) -> None:
        for stmt in region.stmts:
            if isinstance(stmt, (Op, Call)):
                self._relate_simple(stmt)
            elif isinstance(stmt, If):
                self._relate(stmt.then, loop, stmt.outs)
                self._relate(stmt.orelse, loop, stmt.outs)
            elif isinstance(stmt, Try):
                self._relate(stmt.body, loop, ())
                self._relate(stmt.then, loop, stmt.outs)
                self._relate(stmt.orelse, loop, stmt.outs)
            elif isinstance(stmt, (For, While)):
                self._relate_loop(stmt)
        self._relate_exit(region.exit, loop, outs)

    def _relate_exit(self, exit: Exit, loop: For | While | None, outs: tuple[Value, ...]) -> None:
        if isinstance(exit, Return):
            return
        if loop is not None and isinstance(exit, (Break, Continue)):
            outs = loop.outs if isinstance(exit, Break) else loop.params
        for out, val in zip(outs, exit.vals):
            self.union(out, val)

    def _relate_loop(self, stmt: For | While) -> None:
        for group in zip(stmt.outs, stmt.params, stmt.init):
            self.union(*group)
        if isinstance(stmt, For):
            self.union(stmt.target, stmt.iter)
        else:
            self._relate(stmt.cond, stmt, ())
        self._relate(stmt.body, stmt, stmt.params)

    def _relate_simple(self, stmt: Op | Call) -> None:
        if isinstance(stmt, Call) or _opaque(stmt.prim):
            self.union(*stmt.outs, *stmt.args)
            return
        how = shares(stmt, self.kind)
        if stmt.prim in _LIST_WRITES or how == "same":
            self.union(*stmt.outs, *stmt.args)
        elif stmt.prim in _ITEM_WRITES:
            alone = stmt.prim is not prims.SETTLE and isinstance(self.kinds.get(stmt.out, UNKNOWN), Array)
            value = [] if alone else list(stmt.args)
            self.union(stmt.out, stmt.args[0], *value)
        elif how in ("view", "maybe_view") or stmt.prim.update:
            self.union(*stmt.outs, *stmt.args[:1])
        elif stmt.prim.spelling[0] not in ("call", "object") and not isinstance(self.kind(stmt.outs[0]), Array):
            self.union(*stmt.outs, *stmt.args)      # a new list or dict of the same items


def _opaque(prim: Prim) -> bool:
    return prim.effect == "effect" or prim in (prims.METHOD, prims.ATTRIBUTE, prims.CLOSURE)


def _writes_memory(stmt: Stmt) -> bool:
    if isinstance(stmt, Op):
        return stmt.prim.update or stmt.prim.effect == "effect"
    return isinstance(stmt, Call)


def _leaves(exit: Exit) -> bool:
    return isinstance(exit, (Break, Continue, Return, Raise))


def _returns(stmt: Stmt) -> bool:
    """Whether a loop may be left for good: by a return or an exception."""
    return any(isinstance(r.exit, (Return, Raise)) or any(map(_returns, r.stmts))
               for r in regions(stmt))
