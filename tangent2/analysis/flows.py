"""Where the memory of an operation's results comes from: new, an operand's, what an operand holds, or the outside."""
from __future__ import annotations

from collections.abc import Callable, Iterable

from tangent2.analysis.callee_memory import Source as Given
from tangent2.analysis.callee_memory import by_position
from tangent2.analysis.nodes import OUTSIDE, Key, Relation, Source
from tangent2.core import kinds as k
from tangent2.core import prims
from tangent2.core.kinding import kind_of_const
from tangent2.core.prims import Prim
from tangent2.core.sharing import shares
from tangent2.core.syntax import Atom, Call, Const, Op, Value

Sources = tuple[list[Source], bool]         # and whether parts of one source are told apart


_NEW = (list, tuple, sorted)
_OVER_KEYS = (*_NEW, set, frozenset, min, max, iter, reversed, enumerate)      # keys share memory with nothing


def _is_plain_dict(kind: k.Kind) -> bool:
    return isinstance(kind, k.Dict) and kind.cls is None


class Flows(Relation):
    """A relation between values whose kinds are known."""

    def __init__(self, kinds: dict[Value, k.Kind]) -> None:
        super().__init__()
        self.kinds = kinds

    def kind(self, atom: Atom) -> k.Kind:
        if isinstance(atom, Value):
            return self.kinds.get(atom, k.UNKNOWN)
        return kind_of_const(atom.value) if isinstance(atom, Const) else k.BOTTOM

    def sources(self, op: Op) -> Sources:
        special = _OPS.get(op.prim)
        if special is not None:
            return special(self, op)
        out, kind = op.out, self.kinds.get(op.out, k.UNKNOWN)
        held = self.all(*op.args)
        if isinstance(kind, (k.Iterator, k.FunctionKind)):
            return self.each(out, held), False
        how = shares(op, self.kind)
        if how == "fresh":
            return self.fresh(op, kind, held), False
        if how == "holds":
            return _copy(self, op)
        if op.prim.spelling[-1] in _READ_ONLY:
            return self.each(out, held | OUTSIDE), False
        if how != "same" and op.args and isinstance(self.kind(op.args[0]), k.Array):
            return self.each(out, self.tops(op.args[0])), False
        return self.each(out, held), False

    def attribute(self, atom: Atom, key: Key) -> int:
        """The source of a node of an attribute, whose value is `atom`."""
        there = dict(self.keys.get(atom, ())) if isinstance(atom, Value) else {}
        below = key[0][1:], key[1], key[2]
        return 1 << there[below] if below in there else self.all(atom)

    def fresh(self, op: Op, kind: k.Kind, held: int) -> list[Source]:
        """The sources of a new object; what Python's own `list(x)` or `a + b` makes of lists holds their items."""
        how = op.prim.spelling[0]
        if how in ("call", "object") or isinstance(kind, k.Array) or how in ("unary", "compare"):
            return self.each(op.out, 0)
        if how != "builtin":
            return self.inside(op.out, held)
        if op.prim.obj in _OVER_KEYS:
            held = self.all(*[a for a in op.args if not _is_plain_dict(self.kind(a))])
        return self.inside(op.out, held) if op.prim.obj in _NEW else self.each(op.out, held)

    def given(self, call: Call, sources: Iterable[Given], whole: bool = False) -> int:
        """The nodes of the arguments (and the outside) that parts of a result may come from; `whole`: all of these."""
        mask = 0
        for parts, outside in sources:
            mask |= OUTSIDE if outside else 0
            for position, key in parts:
                mask |= self.all(call.args[position]) if whole else self.node_of(call.args[position], key)
        return mask

    def node_of(self, atom: Atom, key: Key | None) -> int:
        """The node of a value that a key means in the core of a callee; all nodes if it has no such."""
        there = self.keys.get(atom, ()) if isinstance(atom, Value) else ()
        found = [n for own, n in there if key is not None and by_position(own, self.kind(atom)) == key]
        return sum(1 << n for n in found) if found else self.all(atom)


# Operations with a meaning of their own.


def _outside(run: Flows, op: Op) -> Sources:
    return run.each(op.out, OUTSIDE), False


def _opaque(run: Flows, op: Op) -> Sources:
    """Unknown code: its result may be anything it was given or found outside."""
    return [s for out in op.outs for s in run.each(out, run.all(*op.args) | OUTSIDE)], False


def _holds(run: Flows, op: Op) -> Sources:
    return run.inside(op.out, run.all(*op.args)), False


def _tuple(run: Flows, op: Op) -> Sources:
    kind = run.kind(op.out)
    if not isinstance(kind, k.Tuple) or len(kind.elts) != len(op.args):
        return run.each(op.out, run.all(*op.args)), False
    found = []
    for key, n in run.keys[op.out]:
        atom = op.args[key[0][0]]
        there = dict(run.keys.get(atom, ())) if isinstance(atom, Value) else {}
        below = key[0][1:], key[1], key[2]
        found.append((n, 1 << there[below] if below in there else run.all(atom)))
    return found, False


def _new(run: Flows, op: Op) -> Sources:
    """An object: of each attribute what it is."""
    values = dict(zip(op.static.names, op.args))
    keys = run.keys.get(op.out, ())
    return [(n, 0 if not key[0] else run.attribute(values[key[0][0]], key)) for key, n in keys], False


def _copy(run: Flows, op: Op) -> Sources:
    return run.inside(op.out, run.insides(op.args[0])), False


def _getitem(run: Flows, op: Op) -> Sources:
    base, out = op.args[0], op.out
    kind = run.kind(base)
    if isinstance(kind, k.Array):
        fancy = any(isinstance(run.kind(a), (k.Array, k.List, k.Tuple)) for a in op.args[1:])
        return run.each(out, 0 if fancy else run.tops(base)), False
    index = getattr(op.args[1], "value", None) if len(op.args) == 2 else None
    if isinstance(kind, k.Dict) and kind.cls is not None and isinstance(index, str):
        return run.matched(out, base, (index,)), False
    sliced = any(item is not None for item in op.static.items)
    if isinstance(kind, k.Tuple) and not sliced and isinstance(index, int):
        return run.matched(out, base, (index % max(len(kind.elts), 1),)), False
    if isinstance(kind, k.List) and sliced:
        return run.inside(out, run.insides(base)), False
    return run.each(out, run.all(base) if isinstance(kind, (k.Unknown, k.Tuple)) else run.insides(base)), False


def _unpack(run: Flows, op: Op) -> Sources:
    base = op.args[0]
    kind, starred = run.kind(base), op.static[1]
    if isinstance(kind, k.Tuple) and not starred and len(kind.elts) == len(op.outs):
        return [s for i, out in enumerate(op.outs) for s in run.matched(out, base, (i,))], True
    parts = run.insides(base) if isinstance(kind, (k.List, k.Dict, k.Iterator)) else run.all(base)
    return [s for i, out in enumerate(op.outs)
            for s in (run.inside(out, parts) if starred and i == op.static[0] else run.each(out, parts))], True


_READ_ONLY = frozenset({"broadcast_to", "broadcast_like", "expand_reduced", "diagonal", "diag"})
_OPS: dict[Prim, Callable[[Flows, Op], Sources]] = {
    prims.READ: _outside, prims.TAPE: _holds, prims.LIST: _holds, prims.DICT: _holds, prims.NEW: _new,
    prims.SET: _holds,
    prims.TUPLE: _tuple, prims.COPY: _copy, prims.GETITEM: _getitem, prims.UNPACK: _unpack,
    **dict.fromkeys((prims.ATTRIBUTE, prims.METHOD, prims.APPLY, prims.VERBATIM, prims.CAUGHT), _opaque),
    **dict.fromkeys((prims.CLOSURE, prims.DERIVE), lambda run, op: (run.each(op.out, run.all(*op.args)), False)),
}
