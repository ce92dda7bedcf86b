"""Iteration by index: `for v in xs` becomes `for i in range(len(xs))` with `v = xs[i]`, whatever is iterated over.

`enumerate`, `zip`, `reversed` and views of dicts dissolve; what is no sequence is listed first.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Union

from tangent2.core import prims
from tangent2.core.dims import same_extent
from tangent2.core.kinds import INT, Array, Dict, Iterator, List, Range, Str, Tuple, Unknown
from tangent2.core.syntax import Atom, Const, For, IndexSpec, Op, Region, SliceSpec, Value, regions
from tangent2.core.walk import count_uses
from tangent2.errors import UnsupportedError
from tangent2.runtime.elements import common_length

if TYPE_CHECKING:
    from tangent2.analysis.resolve import Resolving

ITERATORS = frozenset({"enumerate", "zip", "reversed", "range"})


# What a loop runs over: each knows how many elements there are and how to emit the one at an index.


@dataclass(frozen=True)
class Sequence:
    """A list, tuple, array, string or range that can be indexed."""

    base: Atom

    def count(self, state: Resolving) -> Atom:
        kind = state.kind(self.base)
        return Const(len(kind.elts)) if isinstance(kind, Tuple) else state.op(state.facts.lookups.prim(len), self.base)

    def at(self, state: Resolving, index: Atom, out: Value | None) -> Atom:
        return state.item(self.base, index, out)


@dataclass(frozen=True)
class Steps:
    """`range(start, stop)` with step 1."""

    start: Atom
    stop: Atom

    def count(self, state: Resolving) -> Atom:
        return self.stop if _is(self.start, 0) else _plus(state, prims.SUB, self.stop, self.start)

    def at(self, state: Resolving, index: Atom, out: Value | None) -> Atom:
        return _bind(state, out, _plus(state, prims.ADD, index, self.start, out))


@dataclass(frozen=True)
class Backwards:
    """`reversed(...)` of something with `length` elements."""

    of: Source
    length: Atom

    def count(self, state: Resolving) -> Atom:
        return self.length

    def at(self, state: Resolving, index: Atom, out: Value | None) -> Atom:
        last = _plus(state, prims.SUB, self.length, Const(1))
        return self.of.at(state, state.op(prims.SUB, last, index), out)


@dataclass(frozen=True)
class Together:
    """`zip(...)`: tuples of elements; `enumerate(...)` is one of `Steps` and what it counts.

    `strict`: the parts must have equally many elements.
    """

    parts: tuple[Source, ...]
    strict: bool = False

    def count(self, state: Resolving) -> Atom:
        first, *rest = [p for p in self.parts if not isinstance(p, Endless)] or self.parts
        counts = [first.count(state)]
        counts += [p.count(state) for p in rest if not _as_long(state, first, p)]
        if len(counts) == 1:
            return counts[0]
        if self.strict:
            return state.op(state.facts.lookups.prim(common_length), *counts)
        if all(isinstance(c, Const) for c in counts):
            return min(counts, key=lambda c: c.value)      # type: ignore[union-attr]
        return state.op(state.facts.lookups.prim(min), *counts)

    def at(self, state: Resolving, index: Atom, out: Value | None) -> Atom:
        elts = tuple([p.at(state, index, None) for p in self.parts])
        made = state.op(prims.TUPLE, *elts, out=out)
        state.tuples[made] = elts
        return made


@dataclass(frozen=True)
class Endless:
    """The numbers that `enumerate` counts, from `start` on."""

    start: Atom

    def count(self, state: Resolving) -> Atom:
        raise AssertionError

    def at(self, state: Resolving, index: Atom, out: Value | None) -> Atom:
        return _bind(state, out, _plus(state, prims.ADD, index, self.start, out))


@dataclass(frozen=True)
class Values:
    """`d.values()`: what a dict holds under the keys in a list."""

    base: Atom
    keys: Atom

    def count(self, state: Resolving) -> Atom:
        return Sequence(self.keys).count(state)

    def at(self, state: Resolving, index: Atom, out: Value | None) -> Atom:
        return state.item(self.base, state.item(self.keys, index), out)


Source = Union[Sequence, Steps, Backwards, Together, Endless, Values]


@dataclass(frozen=True)
class Element:
    """The target of a loop over tuples that is only taken apart: its parts are made where that happens."""

    of: Together
    index: Value

    def unpack(self, state: Resolving, op: Op) -> None:
        for part, out in zip(self.of.parts, op.outs):
            if isinstance(part, Together) and out in state.uses.unpacked:
                state.elements[out] = Element(part, self.index)
            elif out is not self.index:
                part.at(state, self.index, out)


def _bind(state: Resolving, out: Value | None, atom: Atom) -> Atom:
    if out is not None and atom is not out:
        state.replace(out, atom)
    return atom


def _is(atom: Atom, number: int) -> bool:
    return isinstance(atom, Const) and atom.value == number


def _plus(state: Resolving, prim: prims.Prim, a: Atom, b: Atom, out: Value | None = None) -> Atom:
    """`a + b` or `a - b` of integers, without adding zero."""
    if _is(b, 0):
        return a
    if prim is prims.ADD and _is(a, 0):
        return b
    if isinstance(a, Const) and isinstance(b, Const):
        return Const(a.value + b.value if prim is prims.ADD else a.value - b.value)
    return state.op(prim, a, b, out=out)


def _as_long(state: Resolving, first: Source, other: Source) -> bool:
    """Whether two arrays (or tuples) surely have equally many elements, or the same thing is meant."""
    if first == other:
        return True
    if not (isinstance(first, Sequence) and isinstance(other, Sequence)):
        return False
    a, b = state.kind(first.base), state.kind(other.base)
    if isinstance(a, Tuple) and isinstance(b, Tuple):
        return len(a.elts) == len(b.elts)
    if not (isinstance(a, Array) and isinstance(b, Array) and a.shape and b.shape):
        return False
    return same_extent(a.shape[0], b.shape[0])


# ------------------------------------------------------------------------------------------- what is iterated over


def source_of(state: Resolving, atom: Atom) -> Source | None:
    """How to run over a value by index; None if it has to be listed first."""
    op = state.facts.defs.get(atom) if isinstance(atom, Value) else None
    kind = state.kind(atom)
    if op is not None and op.prim.name in ITERATORS:
        return _ITERATORS[op.prim.name](state, op)
    if isinstance(kind, (List, Tuple, Str, Range)) or isinstance(kind, Array) and kind.shape != ():
        return Sequence(state.atom(atom))
    if isinstance(kind, Dict):
        return Sequence(_listed(state, state.atom(atom)))
    if op is not None and op.prim is prims.METHOD and isinstance(kind, Iterator):
        return _view(state, op)
    return None


def _listed(state: Resolving, atom: Atom) -> Value:
    if atom in state.pending:
        op = state.pending.pop(atom)        # type: ignore[arg-type]
        state.stmts.append(Op(op.outs, op.prim, state.atoms(op.args), op.kw, op.static, op.origin))
    return state.op(state.facts.lookups.prim(list), atom)


def _sure_source(state: Resolving, atom: Atom) -> Source:
    source = source_of(state, atom)
    return Sequence(_listed(state, state.atom(atom))) if source is None else source


def _view(state: Resolving, op: Op) -> Source:
    """`d.keys()`, `d.values()`, `d.items()`."""
    base = state.atom(op.args[0])
    keys = Sequence(_listed(state, base))
    if op.static == "keys":
        return keys
    values = Values(base, keys.base)
    return values if op.static == "values" else Together((keys, values))


def _enumerate(state: Resolving, op: Op) -> Source | None:
    start = op.args[1] if len(op.args) > 1 else Const(0)
    return Together((Endless(state.atom(start)), _sure_source(state, op.args[0])))


def _zip(state: Resolving, op: Op) -> Source | None:
    strict = dict(op.keywords).get("strict", Const(False))
    if not op.positional or not isinstance(strict, Const) or set(op.kw) - {"strict"}:
        return None
    return Together(tuple([_sure_source(state, a) for a in op.positional]), bool(strict.value))


def _reversed(state: Resolving, op: Op) -> Source | None:
    inner = source_of(state, op.args[0])
    return None if inner is None else Backwards(inner, inner.count(state))


def _range(state: Resolving, op: Op) -> Source | None:
    args = state.atoms(op.args)
    if len(args) == 1:
        return Steps(Const(0), args[0])
    if len(args) == 2 or _is(args[2], 1):
        return Steps(args[0], args[1])
    return Sequence(state.op(op.prim, *args))


_ITERATORS = {"enumerate": _enumerate, "zip": _zip, "reversed": _reversed, "range": _range}


# ----------------------------------------------------------------------------------------------------------- the loop


def resolve_for(state: Resolving, stmt: For) -> None:
    """Emit a loop that runs over a range."""
    if isinstance(state.kind(stmt.iter), Range) and stmt.iter not in state.pending:
        _emit(state, stmt, state.atom(stmt.iter), stmt.target, None)
        return
    if isinstance(state.kind(stmt.iter), Unknown) and stmt.iter in stmt.init:
        raise UnsupportedError("what is iterated over may change in the loop", origin=stmt.origin,
                               advice="iterate over a copy: `for x in list(xs)`")
    source = _sure_source(state, stmt.iter)
    steps = state.facts.lookups.prim(range)
    if not isinstance(source, Backwards):
        target = _index_of(state, stmt, source)
        _emit(state, stmt, state.op(steps, source.count(state)), target, source)
    elif isinstance(source.of, Steps):
        last, before = [_plus(state, prims.SUB, a, Const(1)) for a in (source.of.stop, source.of.start)]
        _emit(state, stmt, state.op(steps, last, before, Const(-1)), stmt.target, None)
    elif isinstance(source.of, Sequence) and isinstance(state.kind(source.of.base), Range):
        spec = IndexSpec((SliceSpec(step=True),))
        _emit(state, stmt, state.op(prims.GETITEM, source.of.base, Const(-1), static=spec), stmt.target, None)
    else:
        last = _plus(state, prims.SUB, source.length, Const(1))
        iter = state.op(steps, last, Const(-1), Const(-1))
        _emit(state, stmt, iter, _index_of(state, stmt, source.of), source.of)


def _index_of(state: Resolving, stmt: For, source: Source) -> Value:
    """The loop's new target: what the user calls the index, if the loop gives it a name."""
    first = stmt.body.stmts[0] if stmt.body.stmts else None
    if isinstance(source, Together) and isinstance(first, Op) and first.prim is prims.UNPACK \
            and first.args[0] is stmt.target and stmt.target in state.uses.unpacked:
        for part, out in zip(source.parts, first.outs):
            if isinstance(part, (Endless, Steps)) and _is(part.start, 0):
                return out
    index = Value("i")
    state.facts.kinds[index] = INT
    return index


def _emit(state: Resolving, stmt: For, iter: Atom, target: Value, source: Source | None) -> None:
    """Emit the loop; `source` gives the old target at the index that the new one is."""
    init = state.atoms(stmt.init)
    if source is not None:
        state.walked[target] = tuple(_bases(source))

    def element() -> None:
        if source is None:
            return
        if isinstance(source, Together) and stmt.target in state.uses.unpacked:
            state.elements[stmt.target] = Element(source, target)
        else:
            source.at(state, target, stmt.target)
    body = state.region(stmt.body, element)
    state.stmts.append(For(stmt.outs, target, iter, stmt.params, init, body, stmt.origin))


def _bases(source: Source) -> list[Atom]:
    """What a loop takes its elements from."""
    if isinstance(source, Together):
        return [base for part in source.parts for base in _bases(part)]
    if isinstance(source, Backwards):
        return _bases(source.of)
    return [source.base] if isinstance(source, (Sequence, Values)) else []


# -------------------------------------------------------------------------------------------- what need not be made


@dataclass(frozen=True)
class Uses:
    """Values that nothing but a loop, or another iterator, takes; and values that are only unpacked."""

    by_loops: frozenset[Value] = frozenset()
    by_iterators: frozenset[Value] = frozenset()
    unpacked: frozenset[Value] = frozenset()


def uses_of(body: Region) -> Uses:
    """How iterators and tuples are used in a function."""
    counts = count_uses(body)
    found: tuple[set[Value], set[Value], set[Value]] = set(), set(), set()
    _consumers(body, *found)
    return Uses(*[frozenset(v for v in taken if counts.get(v) == 1) for taken in found])


def _consumers(region: Region, loops: set[Value], iterators: set[Value], unpacked: set[Value]) -> None:
    for stmt in region.stmts:
        if isinstance(stmt, For) and isinstance(stmt.iter, Value):
            loops.add(stmt.iter)
        elif isinstance(stmt, Op) and stmt.prim.name in ITERATORS:
            iterators.update(a for a in stmt.args if isinstance(a, Value))
        elif isinstance(stmt, Op) and stmt.prim is prims.UNPACK and not stmt.static[1]:
            unpacked.update(a for a in stmt.args if isinstance(a, Value))
        for inner in regions(stmt):
            _consumers(inner, loops, iterators, unpacked)


def deferred(state: Resolving, op: Op) -> bool:
    """Whether an iterator need not be made: the loop that takes it runs by index instead."""
    if op.prim.name == "range":
        return state.has_iterators and op.out in state.uses.by_iterators
    return op.out in state.uses.by_loops or op.out in state.uses.by_iterators
