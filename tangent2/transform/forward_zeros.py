"""Zero tangents, made where an inactive value meets an active one that needs a partner."""
from __future__ import annotations

from collections.abc import Mapping

from tangent2.core.build import Builder
from tangent2.core.dims import same_shape
from tangent2.core.dtypes import INEXACT
from tangent2.core.kinds import Array, Bottom, Kind, List, Number, Tuple, Unknown, may_be_one
from tangent2.core.prims import LIST, TAPE, TUPLE, UNPACK
from tangent2.core.recursive import nests
from tangent2.core.syntax import UNDEF, Atom, Const, Op, Undef, Value
from tangent2.rules.apply import is_own
from tangent2.rules.declare import by_name
from tangent2.rules.families import tangent_kind

_FRESH = (LIST, TAPE)
ITERATORS = (zip, enumerate, reversed)


def zero(build: Builder, atom: Atom, made: Mapping[Value, Op]) -> Atom:
    """The zero tangent of a value; `made` says which operation made a list, since that of a new list is a new list.

    >>> build, x = Builder(), Value("x")
    >>> build.kinds[x] = Number()
    >>> zero(build, x, {}), zero(build, Const("a"), {}), zero(build, UNDEF, {})
    (0.0, None, undef)
    """
    if isinstance(atom, Undef):
        return UNDEF
    kind = build.kind(atom)
    if isinstance(kind, Number):
        return Const(0.0)
    if isinstance(atom, Const):
        return Const(None)
    op = made.get(atom)
    if op is not None and op.prim in (*_FRESH, TUPLE):
        return build.op(op.prim, *[zero(build, a, made) for a in op.args])
    if op is not None and op.prim.obj in ITERATORS:
        return iterate(build, op, [zero(build, a, made) for a in op.args])
    if isinstance(kind, Array) and kind.dtype in INEXACT:
        return build.op(by_name("np.zeros_like"), atom)
    if isinstance(kind, Tuple) and not nests(kind) and not (kind.record is not None and kind.record.optional):
        parts = build.ops(UNPACK, (atom,), static=(len(kind.elts), False, 0), hints=((None, False),) * len(kind.elts))
        return build.op(TUPLE, *[zero(build, part, made) for part in parts])
    if isinstance(tangent_kind(kind), (Unknown, Bottom, Array, Tuple)) or hasattr(kind, "elt"):
        return build.op(by_name("zero_like"), atom)
    return Const(None)


def iterate(build: Builder, op: Op, dots: list[Atom]) -> Atom:
    """The tangents that `zip`, `enumerate` or `reversed` goes over, from those of its operands."""
    if op.prim.obj is enumerate:
        dots = dots[:1]
    some = [build.op(by_name("zero_like"), a) if dot == Const(None) else dot for a, dot in zip(op.args, dots)]
    return build.op(by_name("number_zeros") if op.prim.obj is enumerate else op.prim, *some)


def conform(build: Builder, dot: Atom, op: Op, tangents: frozenset[int]) -> Atom:
    """Spread a tangent to the shape of the result, and cast it to its dtype, where the rule gave less."""
    kind, out = build.kind(dot), build.kind(op.out)
    if is_own(op.prim) and not isinstance(out, (List, Tuple)) and same_shape(kind, out) is not True:
        return build.op(by_name("broadcast_like"), dot, op.out)
    if op.prim.name in THIN and any(k not in tangents and not isinstance(build.kind(a), Number)
                                     for k, a in enumerate(op.args)):
        same = same_shape(kind, out)
        if not same and not _is_widest(kind, out):
            return _spread(build, dot, op.out, same is None or not isinstance(kind, Number))
    if isinstance(kind, (Array, Number)) and isinstance(out, (Array, Number)) and type(kind) is type(out):
        differs = kind.dtype in INEXACT and out.dtype in INEXACT and kind.dtype != out.dtype
        real = kind.dtype is not None and kind.dtype.startswith("f")
        if differs and real and not getattr(kind, "weak", False) and not getattr(out, "weak", False):
            return build.op(by_name(".astype"), dot, Const(out.dtype))
    return dot


# rules whose tangent may lack the extents of an operand without one: sums, not products
THIN = frozenset({"add", "sub", "mod", "np.add", "np.subtract", "np.remainder", "np.fmod", "np.where"})


def _is_widest(kind: Kind, out: Kind) -> bool:
    """Whether a tangent has all the axes of the result, none of extent 1: then nothing made it wider."""
    if not isinstance(kind, Array) or not isinstance(out, Array) or kind.shape is None or kind.rank != out.rank:
        return False
    return kind.dtype == out.dtype and not any(map(may_be_one, kind.shape))


def _spread(build: Builder, dot: Atom, out: Value, generic: bool) -> Atom:
    return build.op(by_name("broadcast_like"), dot, out) if generic else build.op(by_name("np.full_like"), out, dot)
