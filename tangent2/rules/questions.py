"""The questions a template may ask at compile time, and the few things it can only say in Python."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from tangent2.core.dims import same_extent
from tangent2.core.dims import shape_of as extents
from tangent2.core.kinds import Array, Kind, List, Number, Tuple, Unknown
from tangent2.core.prims import COMPARE, EXTENT, GETITEM, MUL, TUPLE, UNARY
from tangent2.core.syntax import Atom, Const, IndexSpec, SliceSpec, Value
from tangent2.rules.declare import by_name
from tangent2.rules.frames import DYNAMIC, Frame, Splat
from tangent2.rules.simplify import make

F = TypeVar("F", bound=Callable[..., Any])


def question(function: F) -> F:
    """Mark a function that templates call while they are applied; it gets the frame before its arguments."""
    function.is_question = True  # type: ignore[attr-defined]
    return function


def rank(kind: Kind) -> int | None:
    """The number of axes, None if unknown."""
    if isinstance(kind, Number):
        return 0
    return kind.rank if isinstance(kind, Array) else None


@question
def ndim(frame: Frame, x: Atom) -> int | None:
    """The rank of an operand, None if unknown."""
    return rank(frame.build.kind(x))


@question
def is_number(frame: Frame, x: Atom) -> bool:
    """Whether an operand is known to be a number."""
    return isinstance(frame.build.kind(x), Number)


@question
def is_sequence(frame: Frame, x: Atom) -> bool:
    """Whether an operand is known to be a list or a tuple."""
    return isinstance(frame.build.kind(x), (List, Tuple))


@question
def is_vector_norm(frame: Frame, x: Atom, axis: Atom) -> bool:
    """Whether a norm of `x` along `axis` is known to be that of vectors."""
    whole = axis == Const(None) and rank(frame.build.kind(x)) == 1
    return whole or isinstance(axis, Const) and type(axis.value) is int


@question
def is_unknown(frame: Frame, x: Atom) -> bool:
    """Whether nothing is known of an operand: it may be a number, an array or a sequence."""
    return isinstance(frame.build.kind(x), Unknown)


@question
def first_elements(frame: Frame, g: Atom, x: Atom) -> Atom:
    """As many elements from the beginning of a list or tuple as another one has."""
    return _elements(frame, g, x, slice(None, _length(frame, x)))


@question
def last_elements(frame: Frame, g: Atom, x: Atom) -> Atom:
    """The elements of a list or tuple after as many as another one has."""
    return _elements(frame, g, x, slice(_length(frame, x), None))


def _length(frame: Frame, x: Atom) -> Any:
    kind = frame.build.kind(x)
    return len(kind.elts) if isinstance(kind, Tuple) else frame.build.op(by_name("len"), x)


def _elements(frame: Frame, g: Atom, x: Atom, part: slice) -> Atom:
    build, own = frame.build, frame.build.kind(g)
    if isinstance(own, Tuple) and isinstance(build.kind(x), Tuple):
        return build.op(TUPLE, *[build.getitem(g, k) for k in range(len(own.elts))[part]])
    bounds = [Const(b) if isinstance(b, int) else b for b in (part.start, part.stop) if b is not None]
    spec = SliceSpec(lower=part.start is not None, upper=part.stop is not None)
    return build.op(GETITEM, g, *bounds, static=IndexSpec((spec,)))


@question
def same_type(frame: Frame, a: Atom, b: Atom) -> bool:
    """Whether two values are known to be both lists, or both tuples."""
    first = frame.build.kind(a)
    return isinstance(first, (List, Tuple)) and type(first) is type(frame.build.kind(b))


@question
def literal(frame: Frame, x: Atom) -> bool:
    """Whether an operand is a literal."""
    return isinstance(x, Const)


@question
def is_written(frame: Frame, x: Atom) -> bool:
    """Whether an operand is a literal, or a number by its name: `np.inf`."""
    return isinstance(x, Const) or isinstance(x, Value) and frame.named(x) is not None


@question
def value_of(frame: Frame, x: Atom) -> Any:
    """The literal an operand is."""
    return x.value if isinstance(x, Const) else DYNAMIC


@question
def have(frame: Frame, x: Atom) -> bool:
    """Whether the reverse sweep can read this primal value at no cost."""
    return frame.have(x)


@question
def splat(frame: Frame, x: Atom) -> Splat:
    """An adjoint all of whose elements are `x`."""
    return Splat(x)


@question
def as_float(frame: Frame, x: Atom) -> Atom:
    """A literal number as a float."""
    return Const(float(x.value)) if isinstance(x, Const) and type(x.value) is int else x


@question
def extent(frame: Frame, x: Atom, axis: Atom) -> Atom:
    """The extent of one axis."""
    assert isinstance(axis, Const)
    return frame.build.op(EXTENT, x, static=axis.value)


@question
def shape_of(frame: Frame, x: Atom) -> Atom:
    """The shape of an operand: `x.shape` of an array."""
    known = isinstance(frame.build.kind(x), Array)
    return frame.build.op(by_name(".shape" if known else "np.shape"), x)


@question
def tuple_of(frame: Frame, *atoms: Atom) -> Atom:
    """The tuple that variadic operands are, however they were given."""
    if len(atoms) == 1 and isinstance(frame.build.kind(atoms[0]), Tuple):
        return atoms[0]
    if all(isinstance(a, Const) for a in atoms):
        return Const(tuple([a.value for a in atoms if isinstance(a, Const)]))
    return frame.build.op(TUPLE, *atoms)


@question
def size_of(frame: Frame, x: Atom) -> Atom:
    """The number of elements of an operand: `x.size` of an array."""
    known = isinstance(frame.build.kind(x), Array)
    return frame.build.op(by_name(".size" if known else "np.size"), x)


@question
def broadcast_to(frame: Frame, g: Atom, x: Atom) -> Atom:
    """`g` broadcast to the shape of `x`."""
    found = frame.build.op(by_name("np.broadcast_to"), g, shape_of(frame, x))
    own, like = frame.build.kind(found), extents(frame.build.kind(x))
    if like is not None and isinstance(own, Array):
        frame.build.kinds[found] = Array(own.dtype, like)
    return found


@question
def over(frame: Frame, dot: Atom | None, out: Atom) -> Atom | None:
    """A tangent that is to be broadcast, for each element of a result."""
    if dot is None or isinstance(frame.build.kind(out), Number):
        return dot
    return broadcast_to(frame, dot, out)


@question
def along_first(frame: Frame, x: Atom, like: Atom) -> Atom:
    """One axis, as the first of as many as a result has."""
    own = rank(frame.build.kind(like))
    if own is None:
        return frame.build.op(by_name("along_first"), x, like)
    axes = tuple(range(1, own))
    return frame.build.op(by_name("np.expand_dims"), x, Const(axes)) if axes else x


@question
def or_zero(frame: Frame, x: Atom | None) -> Atom:
    """A tangent, or the number zero where there is none."""
    return Const(0.0) if x is None else x


@question
def sum_present(frame: Frame, out: Atom, a: Atom | None, b: Atom | None) -> Atom | None:
    """The sum of two tangents of structures, of which one may be zero; what there is may be None where `out` is not."""
    if a is None or b is None:
        found = a if b is None else b
        return found and frame.build.op(by_name("or_zero"), found, out)
    return frame.build.op(by_name("add_trees"), a, b)


@question
def scalar_for_array(frame: Frame, g: Atom | None, x: Atom) -> bool:
    """Whether a seed is a number although the operand is an array: all its elements are the same."""
    return g is not None and rank(frame.build.kind(g)) == 0 and rank(frame.build.kind(x)) != 0


@question
def refuse(frame: Frame, message: Atom) -> None:
    """There is no derivative in this case."""
    raise LookupError(message.value if isinstance(message, Const) else "no derivative")


@question
def zeros_if_none(frame: Frame, dot: Atom | None, x: Atom) -> Atom:
    """A tangent, or zeros like the operand where there is none."""
    if dot is not None:
        return dot
    if isinstance(frame.build.kind(x), Number):
        return Const(0.0)
    known = isinstance(frame.build.kind(x), Array)
    return frame.build.op(by_name("np.zeros_like" if known else "zero_like"), x)


@question
def is_complex(frame: Frame, x: Atom) -> bool | None:
    """Whether an operand is complex; None if its dtype is not known."""
    dtype = getattr(frame.build.kind(x), "dtype", None)
    return None if dtype is None else dtype.startswith("complex")


@question
def conjugate(frame: Frame, x: Atom, like: Atom) -> Atom:
    """The conjugate: of what is as complex as `like`, the thing itself where that is known to be real."""
    return x if is_complex(frame, like) is False else frame.build.op(by_name("np.conj"), x)


@question
def real_part(frame: Frame, x: Atom | None, like: Atom) -> Atom | None:
    """The real part: of what is as complex as `like`, the thing itself where that is known to be real."""
    return x if x is None or is_complex(frame, like) is False else frame.build.op(by_name("np.real"), x)


@question
def of_reals(frame: Frame, x: Atom) -> Atom:
    """What a formula for real numbers reads: checked when it runs if that is not known."""
    return x if is_complex(frame, x) is False else frame.build.op(by_name("real_only"), x)


@question
def is_integral(frame: Frame, x: Atom) -> bool:
    """Whether an operand is known to hold integers."""
    return str(getattr(frame.build.kind(x), "dtype", None)).startswith(("int", "uint"))


@question
def zeros_of(frame: Frame, x: Atom) -> Atom:
    """Zeros like an operand."""
    return zeros_if_none(frame, None, x)


@question
def opposite(frame: Frame, x: Atom) -> Atom:
    """`not x`."""
    return Const(not x.value) if isinstance(x, Const) else frame.build.op(UNARY["not"], x)


@question
def is_square(frame: Frame, x: Atom) -> bool:
    """Whether an operand is known to be a square matrix."""
    shape = extents(frame.build.kind(x))
    return shape is not None and len(shape) == 2 and same_extent(*shape)


@question
def with_shape(frame: Frame, g: Atom, x: Atom) -> Atom:
    """An adjoint that is known to have the shape of an operand, though its kind does not tell."""
    if not isinstance(frame.build.kind(x), (Array, Number)):
        return frame.build.op(by_name("cast_like"), g, x)
    own, like = frame.build.kind(g), extents(frame.build.kind(x))
    if like is not None and isinstance(own, Array) and isinstance(g, Value):
        frame.build.kinds[g] = Array(own.dtype, like)
    return g


@question
def count_along(frame: Frame, x: Atom, axis: Atom) -> Atom:
    """Over how many elements each result of a reduction of `x` over `axis` runs."""
    build = frame.build
    if axis == Const(None):
        return size_of(frame, x)
    axes = axis.value if isinstance(axis, Const) else None
    if axes is None or not isinstance(build.kind(x), Array):
        return build.op(by_name("reduced_count"), x, axis)
    first, *rest = [build.op(EXTENT, x, static=k) for k in (axes if isinstance(axes, tuple) else (axes,))]
    total: Atom = first
    for size in rest:
        total = make(build, MUL, total, size)
    return total


@question
def spread(frame: Frame, g: Atom, x: Atom, axis: Atom, keepdims: Atom) -> Atom:
    """What a reduction of `x` over `axis` gave, broadcast to the shape of `x`."""
    if not (isinstance(axis, Const) and isinstance(keepdims, Const)):
        return frame.build.op(by_name("expand_reduced"), g, x, axis, keepdims)
    return broadcast_to(frame, against(frame, g, x, axis, keepdims), x)


@question
def equal(frame: Frame, x: Atom, y: Atom) -> Atom:
    """Where `x` is `y`: as an operator if that is known not to compare lists."""
    kinds = [frame.build.kind(a) for a in (x, y)]
    plain = any(isinstance(k, Array) for k in kinds) or all(isinstance(k, Number) for k in kinds)
    return frame.build.op(COMPARE["=="] if plain else by_name("np.equal"), x, y)


@question
def inverse_order(frame: Frame, axes: Atom) -> Atom:
    """The axes by which a transposition along `axes` is undone."""
    op = frame.build.made.get(axes) if isinstance(axes, Value) else None
    parts = op.args if op is not None and op.prim is TUPLE else ()
    known = tuple([a.value for a in parts if isinstance(a, Const)])
    if isinstance(axes, Const):
        known = axes.value
    if known and (isinstance(axes, Const) or len(known) == len(parts)):
        order = [k % len(known) for k in known]
        return Const(tuple([order.index(k) for k in range(len(order))]))
    return frame.build.op(by_name("np.argsort"), axes)


@question
def against(frame: Frame, g: Atom, x: Atom, axis: Atom, keepdims: Atom) -> Atom:
    """What a reduction of `x` over `axis` gave, to be multiplied with something of the shape of `x`."""
    if isinstance(axis, Const) and isinstance(keepdims, Const):
        whole = axis.value is None or bool(keepdims.value) or rank(frame.build.kind(x)) == 0
        return g if whole else frame.build.op(by_name("np.expand_dims"), g, axis)
    return frame.build.op(by_name("expand_reduced"), g, x, axis, keepdims)
