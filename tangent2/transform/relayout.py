"""Values of one lane in the code of all: what they became; how they get the axis of the batch where they lack it."""
from __future__ import annotations

from collections.abc import Callable

from tangent2.analysis.mapped import Mapped
from tangent2.core import prims
from tangent2.core.build import Builder
from tangent2.core.kinding import kind_of_const
from tangent2.core.kinds import Array, Bottom, Derived, Dict, Dim, Kind, List, Number, Tuple, Unknown, is_inexact
from tangent2.core.layouts import CannotBatch, Each, Layout, Parts, batched, element, refitted
from tangent2.core.syntax import (
    Atom, Const, IndexSpec, Op, SliceSpec, Stmt, Typed, Undef, Value,
)
from tangent2.rules.declare import by_name
from tangent2.transform.lanes import comprehension


class Relayout:
    """What batching rules ask (`rules/batching/declare.py`)."""

    def __init__(self, build: Builder, typed: Typed, facts: Mapped, size: Dim) -> None:
        self.build, self.typed, self.facts = build, typed, facts
        self.extent: Dim = Derived(("lanes",)) if size is None else size
        self.now: dict[Value, Atom] = {}
        self.virtual: dict[Value, tuple[Kind, Layout]] = {}     # operands that stand for others: kind, layout
        self.merged: frozenset[Value] = frozenset()     # values that need no name
        self.blanks: set[Value] = set()         # what lanes are given one after the other
        self.unsure: set[Value] = set()         # what may not be bound: no path was taken that binds it
        self.bound: set[Atom] = set()       # what values became
        self._size: Value | None = None

    # ---- of one lane ----

    def kind(self, atom: Atom) -> Kind:
        if isinstance(atom, Value):
            return self.virtual[atom][0] if atom in self.virtual else self.typed.kinds[atom]
        return Bottom() if isinstance(atom, Undef) else kind_of_const(atom.value)

    def layout(self, atom: Atom) -> Layout:
        if isinstance(atom, Value) and atom in self.virtual:
            return self.virtual[atom][1]
        return self.facts.of(atom)

    def rank(self, atom: Atom) -> int:
        kind = self.kind(atom)
        if isinstance(kind, Number):
            return 0
        if isinstance(kind, Array) and kind.shape is not None:
            return len(kind.shape)
        raise CannotBatch("how many axes an array has is not known before the code runs")

    # ---- of all lanes ----

    def atom(self, atom: Atom) -> Atom:
        return self.now.get(atom, atom) if isinstance(atom, Value) else atom

    def full(self, atom: Atom) -> Atom:
        return self.atom(atom) if self.layout(atom) is not False else self.repeated(self.atom(atom), self.kind(atom))

    def shaped(self, atom: Atom, layout: Layout) -> Atom:
        return self.to_layout(self.atom(atom), self.kind(atom), self.layout(atom), layout)

    def fitted(self, atom: Atom, target: Value) -> Atom:
        """What an atom gives to a value that joins several."""
        if isinstance(atom, Undef) or isinstance(self.kind(atom), Bottom):
            return self.blank(atom, target)
        return self.shaped(atom, refitted(self.layout(target), self.kind(target), self.kind(atom)))

    def blank(self, atom: Atom, target: Value) -> Atom:
        """What stands where nothing is bound yet, so that each lane may be given something in its turn."""
        kind, layout = self.kind(target), self.layout(target)
        if isinstance(atom, Undef) and target in self.blanks and isinstance(layout, Parts):
            return self._blank_parts(kind, layout)
        if not isinstance(atom, Undef) or layout is not True:
            return self.atom(atom)
        if not isinstance(kind, Number) and target not in self.blanks:
            return atom
        if not isinstance(kind, Number):
            raise CannotBatch("an array is bound first where not all lanes come")
        return self._numbers(Const(0.0 if kind.dtype[0] == "f" else 0), kind)

    def _blank_parts(self, kind: Kind, layout: Parts) -> Atom:
        """A tuple of numbers where none is bound yet."""
        elts: list[Atom] = []
        for elt, part in zip(kind.elts if isinstance(kind, Tuple) else (kind,), layout.elts):
            if not isinstance(elt, Number) or not isinstance(kind, Tuple):
                raise CannotBatch("a container is bound first where not all lanes come")
            blank = Const(0.0 if elt.dtype is None or elt.dtype[0] == "f" else 0)
            elts.append(self._numbers(blank, elt) if part is True else blank)
        assert isinstance(kind, Tuple)
        return self.build.op(prims.TUPLE, *elts, static=kind.record)

    def aligned(self, atom: Atom, rank: int) -> Atom:
        layout, now = self.layout(atom), self.atom(atom)
        if layout is False:
            return now
        missing = rank - self.rank(atom)
        return now if missing <= 0 else self.with_axes(now, missing, self.rank(atom))

    def with_axes(self, now: Atom, missing: int, own: int) -> Value:
        """Axes of extent 1 behind that of the batch: `x[:, None]`."""
        items = (SliceSpec(), *[None] * missing, *[SliceSpec()] * own)
        return self.build.op(prims.GETITEM, now, *[Const(None)] * missing, static=IndexSpec(items, True))

    def size(self) -> Atom:
        """How many lanes there are: a number that is computed first of all."""
        if self._size is None:
            self._size = self.build.value(Number("int64"), "size")
        return self._size

    def repeated(self, atom: Atom, kind: Kind) -> Atom:
        """What is the same in all lanes, for each of them."""
        if isinstance(kind, Number):
            return self._numbers(atom, kind)
        if not isinstance(kind, Array) or kind.shape is None:
            raise CannotBatch("how many axes an array has is not known before the code runs")
        zeros = self._zeros_of(atom, len(kind.shape))
        extents = zeros or [self.extent_of(atom, k) for k in range(len(kind.shape))]
        shape = self.build.op(prims.TUPLE, self.size(), *extents)
        if zeros is None or kind.dtype is None:
            found = self.build.op(by_name("np.broadcast_to"), atom, shape)
        else:
            own = (Const(kind.dtype),) if kind.dtype != "float64" else ()
            found = self.build.op(by_name("np.zeros"), shape, *own, kw=("dtype",) * len(own))
        self.build.kinds[found] = batched(kind, True, self.extent)
        return found

    def zeros(self, atom: Atom, kind: Kind, layout: Layout) -> Atom:
        """Zeros like what is the same in all lanes, with the axis of the batch in those parts that a layout says."""
        if layout is True and isinstance(kind, Number):
            return self._numbers(Const(0.0), kind)
        if isinstance(layout, Parts) and isinstance(kind, (Tuple, Dict)):
            return self._parts(atom, kind, (False,) * len(layout.elts), layout.elts, self.zeros_in)
        own = "np.zeros_like" if isinstance(kind, Array) and is_inexact(kind) else "zero_like"
        return self.to_layout(self.build.op(by_name(own), atom), kind, False, layout)

    def zeros_in(self, atom: Atom, kind: Kind, have: Layout, want: Layout) -> Atom:
        """The same, as a change of layouts."""
        return self.zeros(atom, kind, want)

    def _zeros_of(self, atom: Atom, rank: int) -> list[Atom] | None:
        """The extents of an array of zeros; None of any other."""
        zeros_like, zeros = by_name("np.zeros_like"), by_name("np.zeros")
        made = self.build.made.get(atom) if isinstance(atom, Value) else None
        if made is None or made.prim not in (zeros_like, zeros):
            return None
        while made is not None and made.prim is zeros_like and isinstance(made.args[0], Value):
            atom, made = made.args[0], self.build.made.get(made.args[0])
        if made is not None and made.prim is zeros and isinstance(self.build.kind(made.args[0]), Number):
            return [made.args[0]]
        return [self.extent_of(atom, k) for k in range(rank)]

    def extent_of(self, atom: Atom, axis: int) -> Value:
        """How long an axis is: of a vector, how long that is."""
        own = self.build.kind(atom)
        if isinstance(own, Array) and len(own.shape or ()) == 1:
            return self.build.op(by_name("len"), atom)
        return self.build.op(prims.EXTENT, atom, static=axis)

    def _numbers(self, atom: Atom, kind: Number) -> Value:
        if isinstance(atom, Const) and type(atom.value) is float and atom.value == 0.0 and str(atom.value)[0] != "-":
            found = self.build.op(by_name("np.zeros"), self.size())
        else:
            found = self.build.op(by_name("np.full"), self.size(), atom)
        self.build.kinds[found] = batched(kind, True, self.extent)
        return found

    def to_layout(self, atom: Atom, kind: Kind, have: Layout, want: Layout) -> Atom:
        """A value with more of its parts repeated."""
        if have == want:
            return atom
        if want is True:
            return self.repeated(atom, kind)
        if isinstance(want, Parts) and isinstance(kind, (Tuple, Dict)):
            given = have.elts if isinstance(have, Parts) else (False,) * len(want.elts)
            return self._parts(atom, kind, given, want.elts, self.to_layout)
        if isinstance(want, Each) and isinstance(kind, List):
            inner, elt, own = want.elt, kind.elt, element(have)
            return comprehension(self.build, atom, lambda item: self.to_layout(item, elt, own, inner))
        raise CannotBatch("a container holds what is the same in all lanes, and gets other elements in each")

    def _parts(self, atom: Atom, kind: Tuple | Dict, have: tuple[Layout, ...], want: tuple[Layout, ...],
               each: Callable[[Atom, Kind, Layout, Layout], Atom]) -> Atom:
        keys = [key for key, _ in kind.items or ()] if isinstance(kind, Dict) else range(len(kind.elts))
        kinds = [k for _, k in kind.items or ()] if isinstance(kind, Dict) else kind.elts
        elts = []
        for key, k, a, b in zip(keys, kinds, have, want):
            elts.append(each(self.build.getitem(atom, Const(key)), k, a, b))
        if isinstance(kind, Dict):
            return self.build.op(prims.DICT, *elts, static=tuple(keys))
        return self.build.op(prims.TUPLE, *elts, static=kind.record)

    # ---- values of the function ----

    def out(self, value: Value) -> Value:
        """What a value becomes that a statement with regions binds."""
        layout = self.layout(value)
        if layout is False:
            return value
        new = self.build.value(batched(self.kind(value), layout, self.extent), value.hint, value.user)
        self.now[value] = new
        return new

    def bind(self, value: Value, atom: Atom) -> None:
        """What a value becomes: under its name, if that was just made and has none."""
        last = self.build.stmts[-1] if self.build.stmts else None
        named = value.hint is not None and value not in self.merged and atom not in self.bound
        if named and isinstance(last, Op) and last.outs == (atom,) and last.out.hint is None:
            new = self.build.value(self.build.kind(atom), value.hint, value.user)
            self.build.made[new] = Op((new,), last.prim, last.args, last.kw, last.static, last.origin)
            self.build.stmts[-1] = self.build.made[new]
            atom = new
        self.now[value] = atom
        self.bound.add(atom)
        kind = self.build.kind(atom)
        if isinstance(atom, Value) and (isinstance(kind, Unknown) or isinstance(kind, Array) and kind.shape is None):
            self.build.kinds[atom] = batched(self.kind(value), self.layout(value), self.extent)

    def rows(self, iterable: Atom) -> Atom:
        """What a loop runs over: the rows of all lanes at once where it ran over those of one."""
        kind, layout = self.kind(iterable), self.layout(iterable)
        if layout is not True or not isinstance(kind, Array):
            return self.atom(iterable)
        if self.rank(iterable) == 1:
            return self.build.op(by_name(".T"), self.atom(iterable))
        return self.build.op(by_name("np.swapaxes"), self.atom(iterable), Const(0), Const(1))

    def prologue(self, params: tuple[Value, ...], given: tuple[Layout, ...]) -> list[Stmt]:
        """The statement that counts the lanes, if that is asked."""
        if self._size is None:
            return []
        for old, new, layout in zip(self.typed.function.params, params, given):
            with self.build.region() as stmts:
                found = self._leaf(new, self.typed.kinds[old], layout)
                if found is not None:
                    return [*stmts, Op((self._size,), by_name("len"), (found,))]
        if len(params) > len(self.typed.function.params):       # there is a mask
            return [Op((self._size,), by_name("len"), (params[-1],))]
        raise CannotBatch("how many lanes there are is not known", self.typed.function.origin)

    def _leaf(self, atom: Value, kind: Kind, layout: Layout) -> Value | None:
        """A part of a parameter that has the axis of the batch."""
        if layout is True:
            return atom
        if isinstance(layout, Parts) and isinstance(kind, (Tuple, Dict)):
            keys = [key for key, _ in kind.items or ()] if isinstance(kind, Dict) else range(len(kind.elts))
            kinds = [k for _, k in kind.items or ()] if isinstance(kind, Dict) else kind.elts
            for key, k, part in zip(keys, kinds, layout.elts):
                if part is not False:
                    found = self._leaf(self.build.getitem(atom, Const(key)), k, part)
                    if found is not None:
                        return found
        if isinstance(layout, Each):
            return self._leaf(self.build.getitem(atom, Const(0)), getattr(kind, "elt", kind), layout.elt)
        return None
