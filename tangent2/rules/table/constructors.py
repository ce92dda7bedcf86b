"""New arrays: filled, made of other values, or counted."""
from __future__ import annotations

import numpy as np

from tangent2.core.kinding import as_array, shaped
from tangent2.core.kinds import UNKNOWN, Array, Number
from tangent2.core.syntax import Const
from tangent2.rules.declare import bind, constant, linear, rule
from tangent2.rules.dtypes import dtype_of
from tangent2.rules.families import constructor, constructor_like, counted, extent_of, full, spaced, to_array
from tangent2.rules.questions import along_first, is_number, is_sequence, is_unknown, ndim, over, shape_of, size_of
from tangent2.rules.template import bar, dot
from tangent2.runtime.shapes import unbroadcast
from tangent2.runtime.trees import rows_like

EYE, IDENTITY = ("N", "M", "k", "dtype"), ("n", "dtype")


def of_diagonal(params):
    """The kind of `np.eye(n, m, k)` and `np.identity(n)`."""
    def infer(op, kind):
        try:
            atoms = bind(op, params, None, dict.fromkeys(params, Const(None)))
        except LookupError:
            return UNKNOWN
        rows, columns = atoms[params[0]], atoms.get("M", Const(None))
        shape = extent_of(rows), extent_of(rows if columns == Const(None) else columns)
        return Array(dtype_of(op, atoms["dtype"], kind(atoms["dtype"]), "float64"), shape)
    return infer


def window(op, kind):
    """The kind of `np.hanning(M)`."""
    return Array("float64", (extent_of(op.args[0]),))


def cast(op, kind):
    """The kind of `np.float64(x)`."""
    own, dtype = as_array(kind(op.args[0])), op.prim.name.removeprefix("np.")
    if isinstance(own, Number):
        return Number(dtype, False)
    return shaped(dtype, own.shape) if isinstance(own, Array) and own.shape is not None else UNKNOWN


@linear(np.full, wrt="fill_value", infer=full)
def full_of(out, shape, fill_value, dtype=None):
    if is_number(fill_value):
        bar[fill_value] = np.sum(bar[out])
    else:
        bar[fill_value] = unbroadcast(bar[out], fill_value)


@linear(np.full_like, wrt="fill_value", infer=constructor_like(("x", "fill_value", "dtype")))
def full_like(out, x, fill_value, dtype=None):
    if is_number(fill_value):
        bar[fill_value] = np.sum(bar[out])
    else:
        bar[fill_value] = unbroadcast(bar[out], fill_value)


@linear(np.array, wrt="x", sequences=("x",), infer=to_array)
@linear(np.asarray, np.asanyarray, wrt="x", sequences=("x",), alias="same", infer=to_array)
def array(out, x, dtype=None, order=None):
    if is_sequence(x) or is_unknown(x):
        bar[x] = rows_like(bar[out], x)
    else:
        bar[x] = bar[out]


def to_rows(op, kind):
    """`np.ascontiguousarray(x)`: an array of at least one axis."""
    found = to_array(op, kind)
    return Array(found.dtype, (1,), found.solid) if isinstance(found, Array) and found.shape == () else found


@linear(np.ascontiguousarray, wrt="x", sequences=("x",), alias="maybe_view", infer=to_rows)
@linear(np.asfortranarray, wrt="x", sequences=("x",), alias="maybe_view", infer=to_array)
def stored(out, x, dtype=None):
    if is_sequence(x) or is_unknown(x):
        bar[x] = rows_like(bar[out], x)
    elif ndim(x) == 0:
        bar[x] = np.reshape(bar[out], shape_of(x))
    else:
        bar[x] = bar[out]


@linear(np.float64, np.float32, wrt="x", alias="same", infer=cast)
def to_dtype(out, x):
    bar[x] = bar[out]


@rule(np.arange, infer=counted)
def arange(out, start, stop=None, step=None):
    if stop is not None:
        dot[out] = dot[start] * np.ones_like(out) + dot[step] * np.arange(size_of(out))


@rule(np.linspace, infer=spaced)
def linspace(out, start, stop, num=50, endpoint=True):
    if is_number(start) and is_number(stop):
        unit = np.linspace(0.0, 1.0, num, endpoint=endpoint)
        dot[out] = dot[start] * (1.0 - unit) + dot[stop] * unit
    else:
        unit = along_first(np.linspace(0.0, 1.0, num, endpoint=endpoint), out)
        dot[out] = over(dot[start] * (1.0 - unit), out) + over(dot[stop] * unit, out)
        if is_unknown(start) or is_unknown(stop):
            bar[start] = unbroadcast(np.sum(bar[out] * (1.0 - unit), axis=0), start)
            bar[stop] = unbroadcast(np.sum(bar[out] * unit, axis=0), stop)
        else:
            bar[start] = np.sum(bar[out] * (1.0 - unit), axis=0)        # which the sweep fits to the ends
            bar[stop] = np.sum(bar[out] * unit, axis=0)


constant(np.zeros, np.ones, np.empty, infer=constructor, params=("shape", "dtype"))
constant(np.zeros_like, np.ones_like, np.empty_like, infer=constructor_like(("x", "dtype")), params=("x", "dtype"))
constant(np.eye, infer=of_diagonal(EYE), params=EYE)
constant(np.identity, infer=of_diagonal(IDENTITY), params=IDENTITY)
constant(np.hanning, np.hamming, np.blackman, np.bartlett, infer=window, params=("M",))
constant(np.indices, np.tri, np.ix_, np.mask_indices, np.diag_indices_from, np.tril_indices_from, np.triu_indices_from)
