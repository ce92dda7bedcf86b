"""Sorting, picking, repeating and rearranging elements."""
from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tangent2.core.dims import same_extent, shape_of
from tangent2.core.kinding import as_array, shaped
from tangent2.core.kinds import NOT_ONE, UNKNOWN, Array, Derived, Kind, Number, Tuple, may_be_one
from tangent2.core.syntax import Atom, Const, Op
from tangent2.rules.declare import bind, constant, linear, rule
from tangent2.rules.families import BOOLEAN, array_operand, fixed, found_places, reduction, same_dtype
from tangent2.rules.joining import last_rank, own_extents
from tangent2.rules.placing import (
    can_be_taken, pads_known, put_back, repeats_known, repeats_summed, tiles_known, tiles_summed, unpadded,
)
from tangent2.rules.questions import against, extent, is_number, is_square, literal, ndim, refuse
from tangent2.rules.template import bar, dot
from tangent2.runtime.places import (
    diagonal_like, median_weights, place_diagonal, places_of, put_along, put_taken, sum_repeated, sum_tiles, unpad,
)
from tangent2.runtime.shapes import unbroadcast

COUNTS = ("x", "weights", "minlength")


def same_array(op, kind):
    """A result of the kind of the first operand, which is an array."""
    own = as_array(kind(op.args[0]))
    return own if isinstance(own, Array) else UNKNOWN


def sorted_kind(op, kind):
    """The kind of `np.sort(x, axis)`: that of x, along an axis; without one of one axis."""
    own = same_array(op, kind)
    flat = any(a == Const(None) for a in op.args[1:])
    return Array(own.dtype, (None,)) if flat and isinstance(own, Array) else own


def taken(op, kind):
    """The kind of `np.take(x, indices, axis)`."""
    try:
        atoms = bind(op, ("x", "indices", "axis"), None, {"axis": Const(None)})
    except LookupError:
        return UNKNOWN
    own, places, axis = as_array(kind(atoms["x"])), as_array(kind(atoms["indices"])), atoms["axis"]
    if not isinstance(own, Array) or own.dtype is None or not isinstance(places, (Array, Number)):
        return UNKNOWN
    if own.shape is None or not isinstance(axis, Const):
        return UNKNOWN
    inner = places.shape if isinstance(places, Array) else ()
    if inner is None:
        return Array(own.dtype, None)
    if axis.value is None:
        return Array(own.dtype, inner) if inner else Number(own.dtype, False)
    at = axis.value % len(own.shape)
    shape = (*own.shape[:at], *inner, *own.shape[at + 1:])
    return Array(own.dtype, shape) if shape else Number(own.dtype, False)


def taken_along(op, kind):
    """The kind of `np.take_along_axis(x, indices, axis)`: of the dtype of x and the shape of the indices."""
    own, places = as_array(kind(op.args[0])), kind(op.args[1])
    if not isinstance(own, Array) or not isinstance(places, Array):
        return UNKNOWN
    axis = op.args[2] if len(op.args) > 2 else Const(-1)
    if own.shape is None or places.shape is None or own.rank != places.rank or not isinstance(axis, Const):
        return Array(own.dtype, places.shape and (None,) * len(places.shape))
    return Array(own.dtype, tuple([
        d if k == axis.value % own.rank or same_extent(d, n) or not may_be_one(d) else None
        for k, (d, n) in enumerate(zip(places.shape, own.shape))]) if axis.value is not None else places.shape)


def diagonal_part(op, kind):
    """The kind of `np.diagonal(x, ...)`: one axis less."""
    own = as_array(kind(op.args[0]))
    if not isinstance(own, Array) or own.shape is None:
        return UNKNOWN
    square = len(op.args) == 1 and len(own.shape) == 2 and same_extent(*own.shape)
    return Array(own.dtype, own.shape[:1] if square else own_extents(op, len(own.shape) - 1))


def sought(op, kind):
    """The kind of `np.searchsorted(x, v)`: an index for each element of v."""
    own = as_array(kind(op.args[1])) if len(op.args) > 1 else UNKNOWN
    if isinstance(own, Number):
        return Number("int64", False)
    return shaped("int64", own.shape) if isinstance(own, Array) and own.shape is not None else UNKNOWN


def tiled(op, kind):
    """The kind of `np.tile(x, reps)`."""
    own, reps = as_array(kind(op.args[0])), kind(op.args[1])
    if not isinstance(own, (Array, Number)) or shape_of(own) is None or not isinstance(reps, (Number, Tuple)):
        return UNKNOWN
    size = len(reps.elts) if isinstance(reps, Tuple) else 1
    return Array(own.dtype, own_extents(op, max(size, len(shape_of(own)))))


def repeated(op, kind):
    """The kind of `np.repeat(x, repeats, axis)`."""
    own = as_array(kind(op.args[0]))
    if len(op.args) > 2 or not isinstance(own, (Array, Number)):
        return last_rank(op, kind)
    dim = own.shape[0] if isinstance(own, Array) and own.rank == 1 else None
    known = dim is not None and dim != NOT_ONE and isinstance(op.args[1], Const)
    return Array(own.dtype, (Derived(("times", dim, op.args[1].value)) if known else None,))


def matrix(op, kind):
    """A result of the kind of the first operand, which has at least two axes."""
    own = as_array(kind(op.args[0]))
    return own if isinstance(own, Array) and own.shape is not None and len(own.shape) > 1 else UNKNOWN


def diagonal_kind(op, kind):
    """The kind of `np.diag(x, k)`."""
    own = as_array(kind(op.args[0]))
    if not isinstance(own, Array) or own.rank not in (1, 2):
        return UNKNOWN
    if len(op.args) > 1:
        return Array(own.dtype, own_extents(op, 3 - own.rank))
    if own.rank == 1:
        return Array(own.dtype, (own.shape[0], own.shape[0]))
    return Array(own.dtype, own.shape[:1] if same_extent(*own.shape) else own_extents(op, 1))


@rule(np.sort, infer=sorted_kind)
def sort(out, x, axis=-1):
    order = np.argsort(x, axis)
    if ndim(x) == 1:
        dot[out] = dot[x][np.argsort(x)]
        bar[x] = bar[out][np.argsort(np.argsort(x))]
    elif axis is None or not literal(axis):
        refuse("np.sort without an axis: sort np.ravel(x)")
    else:
        dot[out] = np.take_along_axis(dot[x], order, axis)
        bar[x] = np.take_along_axis(bar[out], np.argsort(order, axis), axis)


@rule(np.partition, infer=sorted_kind)
def partition(out, x, kth, axis=-1):
    places = places_of(x, out, axis)
    if axis is None or not literal(axis):
        refuse("np.partition without an axis: partition np.ravel(x)")
    else:
        dot[out] = np.take_along_axis(dot[x], places, axis)
        bar[x] = np.take_along_axis(bar[out], np.argsort(places, axis), axis)


@linear(np.take, wrt="x", infer=taken)
def take(out, x, indices, axis=None):
    if can_be_taken(x, indices, axis):
        bar[x] = put_back(bar[out], x, indices, axis)
    else:
        bar[x] = put_taken(bar[out], x, indices, axis)


@linear(np.take_along_axis, wrt="x", infer=taken_along)
def take_along_axis(out, x, indices, axis):
    bar[x] = put_along(bar[out], x, indices, axis)


@linear(np.repeat, wrt="x", infer=repeated)
def repeat(out, x, repeats, axis=None):
    if ndim(x) == 1 and is_number(repeats) and literal(repeats):
        bar[x] = np.sum(np.reshape(bar[out], (-1, repeats)), axis=1)
    elif ndim(x) == 1 and is_number(repeats):       # which may be 0
        bar[x] = np.sum(np.reshape(bar[out], (np.shape(x)[0], repeats)), axis=1)
    elif repeats_known(x, repeats, axis):
        bar[x] = repeats_summed(bar[out], x, repeats, axis)
    else:
        bar[x] = sum_repeated(bar[out], x, repeats, axis)


@linear(np.tile, wrt="x", infer=tiled)
def tile(out, x, reps):
    if tiles_known(x, reps):
        bar[x] = tiles_summed(bar[out], x, reps)
    else:
        bar[x] = sum_tiles(bar[out], x, reps)


@linear(np.roll, wrt="x", infer=same_array)
def roll(out, x, shift, axis=None):
    if is_number(shift):
        bar[x] = np.roll(bar[out], -shift, axis=axis)
    else:
        refuse("np.roll by more than one number")


@linear(np.fliplr, wrt="x", alias="view", infer=array_operand)
def fliplr(out, x):
    bar[x] = np.fliplr(bar[out])


@linear(np.flipud, wrt="x", alias="view", infer=array_operand)
def flipud(out, x):
    bar[x] = np.flipud(bar[out])


@linear(np.rot90, wrt="x", alias="view", infer=last_rank)
def rot90(out, x, k=1):
    bar[x] = np.rot90(bar[out], -k)


@linear(np.triu, wrt="x", infer=matrix)
def triu(out, x, k=0):
    if ndim(x) is None:
        bar[x] = unbroadcast(np.triu(bar[out], k), x)
    else:
        bar[x] = np.triu(bar[out], k)


@linear(np.tril, wrt="x", infer=matrix)
def tril(out, x, k=0):
    if ndim(x) is None:
        bar[x] = unbroadcast(np.tril(bar[out], k), x)
    else:
        bar[x] = np.tril(bar[out], k)


@linear(np.diag, wrt="x", alias="maybe_view", infer=diagonal_kind)
def diag(out, x, k=0):
    if ndim(x) == 1 or is_square(x) and k == 0:
        bar[x] = np.diag(bar[out], k=k)
    elif ndim(x) == 2:
        bar[x] = place_diagonal(bar[out], x, k, 0, 1)
    else:
        bar[x] = diagonal_like(bar[out], x, k)


@linear(np.diagonal, wrt="x", alias="view", infer=diagonal_part)
def diagonal(out, x, offset=0, axis1=0, axis2=1):
    if is_square(x) and offset == 0:
        bar[x] = np.diag(bar[out])
    else:
        bar[x] = place_diagonal(bar[out], x, offset, axis1, axis2)


@linear(np.trace, wrt="x", infer=lambda op, kind: matrix_number(op, kind))
def trace(out, x, offset=0, axis1=0, axis2=1):
    if ndim(x) == 2 and offset == 0:
        bar[x] = bar[out] * np.eye(extent(x, 0), extent(x, 1))
    elif ndim(x) == 2 and axis1 == 0 and axis2 == 1:
        bar[x] = bar[out] * np.eye(extent(x, 0), extent(x, 1), offset)
    else:
        bar[x] = place_diagonal(np.expand_dims(bar[out], -1), x, offset, axis1, axis2)


def matrix_number(op, kind):
    """A number of the dtype of a matrix."""
    own = as_array(kind(op.args[0]))
    if not isinstance(own, Array) or own.shape is None or not own.dtype:
        return UNKNOWN
    return shaped(own.dtype, own_extents(op, len(own.shape) - 2))


@rule(np.pad, infer=last_rank)
def pad(out, x, pad_width, mode="constant", constant_values=0):
    if mode != "constant":
        refuse("np.pad in a mode other than 'constant'")
    elif constant_values != 0:
        refuse("np.pad with other values than zero")
    dot[out] = np.pad(dot[x], pad_width)
    if pads_known(x, pad_width):
        bar[x] = unpadded(bar[out], x, pad_width)
    else:
        bar[x] = unpad(bar[out], x, pad_width)


@rule(np.median, infer=reduction(same_dtype))
def median(out, x, axis=None, *, keepdims=False):
    weights = median_weights(x, axis)
    dot[out] = np.sum(dot[x] * weights, axis=axis, keepdims=keepdims)
    bar[x] = against(bar[out], x, axis, keepdims) * weights


@rule(np.ptp, infer=reduction(same_dtype))
def ptp(out, x, axis=None, *, keepdims=False):
    high = np.equal(x, np.max(x, axis=axis, keepdims=True))
    low = np.equal(x, np.min(x, axis=axis, keepdims=True))
    weights = (high / np.sum(high, axis=axis, keepdims=True) - low / np.sum(low, axis=axis, keepdims=True))
    dot[out] = np.sum(dot[x] * weights, axis=axis, keepdims=keepdims)
    bar[x] = against(bar[out], x, axis, keepdims) * weights


@rule(np.nan_to_num, infer=array_operand)
def nan_to_num(out, x):
    dot[out] = np.where(np.isfinite(x), dot[x], 0.0)
    bar[x] = np.where(np.isfinite(x), bar[out], 0.0)


def counts(op, kind):
    """The kind of `np.bincount(x, weights)`."""
    try:
        weights = bind(op, COUNTS, None, dict.fromkeys(COUNTS, Const(None)))["weights"]
    except LookupError:
        return UNKNOWN
    return Array("int64" if weights == Const(None) else "float64", own_extents(op, 1))


@linear(np.bincount, wrt="weights", infer=counts)
def bincount(out, x, weights=None, minlength=0):
    bar[weights] = bar[out][x]


def membership(op: Op, kind: Callable[[Atom], Kind]) -> Kind:
    """Booleans, one for each element of the first operand."""
    found = as_array(kind(op.args[0]))
    return Array("bool", found.shape) if isinstance(found, Array) else UNKNOWN


constant(np.searchsorted, infer=sought, params=("x", "v", "side", "sorter"))
constant(np.nonzero, infer=found_places)
constant(np.flatnonzero, infer=fixed(Array("int64", (None,))))
def places_along(op: Op, kind: Callable[[Atom], Kind]) -> Kind:
    """Indices like the elements of the first operand."""
    found = sorted_kind(op, kind)
    return Array("int64", found.shape) if isinstance(found, Array) else UNKNOWN


def bins(op: Op, kind: Callable[[Atom], Kind]) -> Kind:
    """The number of a bin for each element of the first operand."""
    found = as_array(kind(op.args[0]))
    known = isinstance(found, (Array, Number)) and shape_of(found) is not None
    return shaped("int64", shape_of(found)) if known else UNKNOWN


def unraveled(op: Op, kind: Callable[[Atom], Kind]) -> Kind:
    """An index for each axis of a shape that is written out."""
    each, shape = bins(op, kind), kind(op.args[1]) if len(op.args) == 2 else UNKNOWN
    return Tuple((each,) * len(shape.elts)) if isinstance(shape, Tuple) else UNKNOWN


constant(np.argwhere, np.lexsort, np.ravel_multi_index, np.tril_indices, np.triu_indices, np.diag_indices)
constant(np.argpartition, infer=places_along)
constant(np.digitize, infer=bins)
constant(np.unravel_index, infer=unraveled)
constant(np.allclose, np.array_equal, np.array_equiv, np.isscalar, np.iscomplexobj, np.isrealobj, infer=BOOLEAN)
constant(np.isin, infer=membership)
