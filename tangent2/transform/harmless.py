"""Operations where not all lanes come: harmless in the others, and stores for those that do."""
from __future__ import annotations

from typing import TYPE_CHECKING

from tangent2.core import prims
from tangent2.core.build import Builder
from tangent2.core.indexing import getitem_kind
from tangent2.core.kinds import Array, Kind, Number
from tangent2.core.layouts import CannotBatch, Each, Layout
from tangent2.core.syntax import Atom, Const, Op, Value
from tangent2.rules.batching.guards import safe_operands
from tangent2.rules.batching.parts import getitem
from tangent2.rules.batching.products import spread
from tangent2.rules.declare import by_name

if TYPE_CHECKING:
    from tangent2.transform.batch import Sweep

_NEUTRAL = {prims.ADDITEM: 0.0, prims.SUBITEM: 0.0, prims.MULITEM: 1.0, prims.DIVITEM: 1.0, prims.AT_ADD: 0.0}


class Harmless:
    """What `Masks` does with single operations."""

    sweep: Sweep
    build: Builder
    now: Value | None

    def choose(self, mask: Atom, a: Atom, b: Atom, kind: Kind, layout: Layout) -> Atom:
        """For each lane one of two values."""
        raise NotImplementedError

    def guarded(self, op: Op) -> Op:
        """An operation that is harmless in the lanes that do not execute it."""
        if self.now is None:
            return op
        stores = op.prim is prims.SETITEM or op.prim in _NEUTRAL
        if not stores and all(self.sweep.layout(a) is False for a in op.args):
            return op
        safe = safe_operands(op.prim)
        if safe is None:
            raise CannotBatch(f"`{op.prim.name}` is not known to be harmless in lanes that do not come here", op.origin)
        args = list(op.args)
        power = op.prim is prims.POW and isinstance(op.args[1], Const) and _is_power(op.args[1].value)
        for k, literal in ({} if power else safe).items():
            at = len(args) - 1 if op.prim is prims.DIVITEM else k
            if at < len(args) - len(op.kw) and not isinstance(args[at], Const):
                args[at] = self._harmless(args[at], literal)
        if op.prim in (prims.GETITEM, prims.SETITEM, prims.AT_ADD, *_NEUTRAL):
            self._places(op, args)
        made = Op(op.outs, op.prim, tuple(args), op.kw, op.static, op.origin) if tuple(args) != op.args else op
        return self._stored(made)

    def _harmless(self, atom: Atom, literal: object) -> Value:
        """An operand in the lanes of the mask, a literal in the others."""
        sweep, kind = self.sweep, self.sweep.kind(atom)
        if not isinstance(kind, (Number, Array)) or isinstance(kind, Array) and kind.shape is None:
            raise CannotBatch("what stands where not all lanes come is of unknown kind")
        rank = sweep.rank(atom)
        mask = spread(sweep, self.now, ":" + "+" * rank) if rank else self.now     # type: ignore[arg-type]
        assert mask is not None
        exact = kind.dtype is not None and kind.dtype[0] in "iub"
        filler = Const(int(literal)) if exact else Const(literal)       # type: ignore[call-overload]
        found = self.build.op(by_name("np.where"), mask, sweep.atom(atom), filler)
        return self.stand_in(kind, found)

    def stand_in(self, kind: Kind, found: Atom) -> Value:
        """An operand of one lane that stands for what was made for all."""
        made = Value()
        self.sweep.virtual[made] = kind, True
        self.sweep.now[made] = found
        return made

    def _places(self, op: Op, args: list[Atom]) -> None:
        """Indices of lanes that do not come here are 0: theirs may lie outside."""
        if not isinstance(self.sweep.kind(op.args[0]), Array):
            return
        end = len(args) if op.prim is prims.GETITEM else len(args) - 1
        for k in range(1, end):
            if self.sweep.layout(args[k]) is not False:
                args[k] = self._harmless(args[k], 0)

    def _stored(self, op: Op) -> Op:
        """What is written to an array, in the lanes of the mask; in the others what was there."""
        if op.prim is not prims.SETITEM and op.prim not in _NEUTRAL:
            return op
        sweep, base = self.sweep, self.sweep.kind(op.args[0])
        *before, value = op.args
        read = Op((Value(),), prims.GETITEM, tuple(before), (), op.static)
        kind = getitem_kind(read, sweep.kind)
        if not isinstance(base, Array) and isinstance(kind, (Number, Array)):
            if op.prim in _NEUTRAL:         # becomes a store of what it makes (`structures.py`)
                return op
            now = [sweep.atom(a) for a in before]
            old: Atom = self.build.op(prims.GETITEM, *now, static=op.static)
            layout: Layout = sweep.layout(op.args[0])
            inner = layout.elt if isinstance(layout, Each) else True
            new = self.choose(self.now, sweep.shaped(value, True), old, kind, inner)        # type: ignore[arg-type]
            return Op(op.outs, op.prim, (*before, self.stand_in(kind, new)), op.kw, op.static, op.origin)
        if not isinstance(base, Array) or not isinstance(kind, (Number, Array)):
            raise CannotBatch("a container is changed where not all lanes come", op.origin)
        rank = 0 if isinstance(kind, Number) else len(kind.shape or ())
        mask = spread(sweep, self.now, ":" + "+" * rank) if rank else self.now     # type: ignore[arg-type]
        other: Atom = getitem(sweep, read) if op.prim is prims.SETITEM else Const(_NEUTRAL[op.prim])  # type: ignore[assignment]
        found = self.build.op(by_name("np.where"), mask, sweep.aligned(value, rank), other)     # type: ignore[arg-type]
        return Op(op.outs, op.prim, (*before, self.stand_in(kind, found)), op.kw, op.static, op.origin)


def _is_power(value: object) -> bool:
    """Whether a literal exponent is harmless for any base."""
    return isinstance(value, (int, float)) and value >= 1 and value == int(value)
