"""Operations of one lane that a batching rule puts its primitive together of: each is batched by its own rule."""
from __future__ import annotations

from collections.abc import Callable

from tangent2.core import prims
from tangent2.core.kinds import Kind
from tangent2.core.prims import Prim
from tangent2.core.syntax import ONE_ITEM, Atom, Const, IndexSpec, Op, SliceSpec, Value
from tangent2.rules.batching.declare import Lanes, Result, Rule, answer, batching_rule, is_uniform, refuse
from tangent2.rules.declare import by_name


class Inside:
    """What emits operations of one lane: their results are operands of others there.

    A rule that is written by it says what its primitive is in one lane, and nothing of the axis of the batch.
    """

    def __init__(self, lanes: Lanes, op: Op) -> None:
        self.lanes, self.asked = lanes, op

    def op(self, name: str | Prim, *args: object, static: object = None, **options: object) -> Value:
        """The result of a primitive, of atoms and of what is written out."""
        prim = by_name(name) if isinstance(name, str) else name
        given = [a if isinstance(a, (Value, Const)) else Const(a) for a in (*args, *options.values())]
        op = Op((Value(),), prim, tuple(given), tuple(options), static, self.asked.origin)
        kind = self.lanes.build.kinds_of(op, self.lanes.kind)[0]
        mapped = any(self.lanes.layout(a) is not False for a in given)
        return self.stand_in(kind, self._emitted(op) if mapped else self._same(op), mapped and not is_uniform(prim))

    def _emitted(self, op: Op) -> Atom:
        if is_uniform(op.prim):
            found: Result | None = answer(self.lanes, op)
        else:
            rule = batching_rule(op.prim)
            found = rule(self.lanes, op) if rule is not None else None
        if found is None or isinstance(found, tuple):
            raise refuse(self.asked, f"is put together of `{op.prim.name}`, which is not known for all lanes")
        return found

    def _same(self, op: Op) -> Atom:
        return self.lanes.build.op(op.prim, *map(self.lanes.atom, op.args), kw=op.kw, static=op.static)

    def stand_in(self, kind: Kind, found: Atom, mapped: bool = True) -> Value:
        """An operand of one lane for what was emitted for all."""
        if not mapped and isinstance(found, Value):
            self.lanes.virtual[found] = kind, False
            return found
        made = Value()
        self.lanes.virtual[made] = kind, mapped
        self.lanes.now[made] = found
        return made

    def item(self, base: Atom, *index: object) -> Value:
        """`base[index]`: atoms, what is written out, and slices."""
        items = [_slice(i) if isinstance(i, slice) else None for i in index]
        parts = [(i.start, i.stop, i.step) if isinstance(i, slice) else (i,) for i in index]
        bounds = [[b for b in p if b is not None] if isinstance(i, slice) else p for i, p in zip(index, parts)]
        spec = IndexSpec(tuple(items), len(items) > 1)
        return self.op(prims.GETITEM, base, *[atom for some in bounds for atom in some], static=spec)

    def at_add(self, base: Atom, index: Atom, value: Atom) -> Value:
        """`np.add.at(base, index, value)`."""
        return self.op(prims.AT_ADD, base, index, value, static=ONE_ITEM)

    def axes(self, base: Atom, pattern: str) -> Value:
        """An operand with new axes (`+`) between its own (`:`)."""
        if set(pattern) == {":"} or not pattern:
            return base     # type: ignore[return-value]
        if not self.rank(base):
            return self.op("np.reshape", base, (1,) * len(pattern))
        return self.item(base, *[slice(None) if c == ":" else None for c in pattern])

    def tuple(self, *parts: object) -> Value:
        """A tuple of what is the same in all lanes, such as a shape."""
        return self.op(prims.TUPLE, *parts)

    def extent(self, atom: Atom, axis: int) -> Value:
        return self.op(prims.EXTENT, atom, static=axis)

    def shape(self, atom: Atom) -> Value:
        """The shape of an operand in one lane."""
        return self.tuple(*[self.extent(atom, k) for k in range(self.rank(atom))])

    def rank(self, atom: Atom) -> int:
        return self.lanes.rank(atom)

    def result(self, atom: Atom) -> Result:
        """What a rule gives: with the axis of the batch."""
        return self.lanes.full(atom)


def _slice(given: slice) -> SliceSpec:
    return SliceSpec(given.start is not None, given.stop is not None, given.step is not None)


Formula = Callable[[Inside, Op], Atom]


def inside(formula: Formula) -> Rule:
    """A batching rule that says what its primitive is in one lane, in terms of others."""
    def rule(lanes: Lanes, op: Op) -> Result:
        own = Inside(lanes, op)
        return own.result(formula(own, op))
    rule.__doc__ = formula.__doc__
    return rule
