"""Rearrangement: transposition, reshaping, broadcasting, and the questions about shape that have no derivative."""
from __future__ import annotations

import numpy as np

from tangent2.core import prims
from tangent2.core.indexing import literal_axes
from tangent2.core.kinding import as_array
from tangent2.core.kinds import INT, STR, UNKNOWN, Array, may_be_one
from tangent2.core.syntax import Const, Op
from tangent2.rules.declare import constant, linear
from tangent2.rules.families import (
    BOOLEAN, array_operand, broadcast_kind, expanded, fixed, flattened, reshaped, shape_tuple, to_array, transposed,
)
from tangent2.rules.joining import last_rank
from tangent2.rules.questions import inverse_order, ndim, refuse, shape_of
from tangent2.rules.template import bar
from tangent2.runtime.shapes import unbroadcast


def _literal_axes(op, kind):
    """An array of known rank and the literal axes given with it; None where they are not known."""
    own, axes = as_array(kind(op.args[0])), op.args[1:]
    plain = all(isinstance(a, Const) and type(a.value) is int for a in axes)
    return (own, [a.value % len(own.shape) for a in axes]) if isinstance(own, Array) and own.shape and plain else None


def squeezed(op, kind):
    """The kind of `np.squeeze(x, axis)`."""
    found = _literal_axes(op, kind)
    if found is not None and (not found[1] or op.args[1:] == (Const(None),)):
        sure = all(d == 1 or not may_be_one(d) for d in found[0].shape)
        return Array(found[0].dtype, tuple([d for d in found[0].shape if d != 1])) if sure else UNKNOWN
    own = as_array(kind(op.args[0]))
    gone = literal_axes(op.args[1], own.rank) if isinstance(own, Array) and own.rank and len(op.args) == 2 else None
    return UNKNOWN if gone is None else Array(own.dtype, tuple([d for k, d in enumerate(own.shape) if k not in gone]))


def swapped(op, kind):
    """The kind of `np.swapaxes(x, axis1, axis2)`."""
    found = _literal_axes(op, kind)
    if found is None or len(found[1]) != 2:
        own = as_array(kind(op.args[0]))
        return Array(own.dtype, own.shape and (None,) * len(own.shape)) if isinstance(own, Array) else UNKNOWN
    shape, (a, b) = list(found[0].shape), found[1]
    shape[a], shape[b] = shape[b], shape[a]
    return Array(found[0].dtype, tuple(shape))


def moved(op, kind):
    """The kind of `np.moveaxis(x, source, destination)`."""
    found = _literal_axes(op, kind)
    if found is None or len(found[1]) != 2:
        return swapped(op, kind)
    shape = list(found[0].shape)
    shape.insert(found[1][1], shape.pop(found[1][0]))
    return Array(found[0].dtype, tuple(shape))


def order(op, kind):
    """The kind of `np.argsort(x, axis)`."""
    own = as_array(kind(op.args[0]))
    flat = any(a == Const(None) for a in op.args[1:])
    return Array("int64", (None,) if flat else own.shape) if isinstance(own, Array) else Array("int64", None)


@linear(np.transpose, wrt="x", alias="view", infer=transposed)
def transpose(out, x, axes=None):
    if ndim(x) == 0:
        bar[x] = bar[out]
    elif axes is None:
        bar[x] = bar[out].T
    else:
        bar[x] = np.transpose(bar[out], inverse_order(axes))


@linear(np.reshape, wrt="x", alias="maybe_view", infer=reshaped)
def reshape(out, x, shape, order="C"):
    if order == "C" or order == "F":
        bar[x] = np.reshape(bar[out], shape_of(x), order=order)
    else:
        refuse("np.reshape in an order that depends on how the array is stored")


@linear(np.ravel, wrt="x", alias="maybe_view", infer=flattened)
def ravel(out, x, order="C"):
    if order == "C" or order == "F":
        bar[x] = np.reshape(bar[out], shape_of(x), order=order)
    else:
        refuse("np.ravel in an order that depends on how the array is stored")


@linear(np.expand_dims, wrt="x", alias="view", infer=expanded)
def expand_dims(out, x, axis):
    bar[x] = np.reshape(bar[out], shape_of(x))


@linear(np.squeeze, wrt="x", alias="view", infer=squeezed)
def squeeze(out, x, axis=None):
    bar[x] = np.reshape(bar[out], shape_of(x))


@linear(np.broadcast_to, wrt="x", alias="view", infer=broadcast_kind)
def broadcast_to(out, x, shape):
    if ndim(x) is None or ndim(out) is None:
        bar[x] = unbroadcast(bar[out], x)
    else:
        bar[x] = bar[out]          # which the sweep fits to x


@linear(np.swapaxes, wrt="x", alias="view", infer=swapped)
def swapaxes(out, x, axis1, axis2):
    bar[x] = np.swapaxes(bar[out], axis1, axis2)


@linear(np.moveaxis, wrt="x", alias="view", infer=moved)
def moveaxis(out, x, source, destination):
    bar[x] = np.moveaxis(bar[out], destination, source)


@linear(np.rot90, wrt="x", alias="view", infer=last_rank)
def rot90(out, x, k=1, axes=(0, 1)):
    bar[x] = np.rot90(bar[out], -k, axes)


@linear(np.flip, wrt="x", alias="view", infer=array_operand)
def flip(out, x, axis=None):
    bar[x] = np.flip(bar[out], axis=axis)


def copied(op, kind):
    """The kind of `np.copy(x, order)`."""
    return to_array(Op(op.outs, op.prim, op.args[:1]), kind)


@linear(prims.COPY, wrt="x")
@linear(np.copy, wrt="x", infer=copied)
def copy(out, x, order=None):
    bar[x] = bar[out]


constant(np.shape, infer=shape_tuple)
constant(np.size, np.ndim, infer=fixed(INT))
constant(np.argsort, infer=order, params=("x", "axis", "kind", "stable"))
constant(np.result_type, np.promote_types, np.finfo, np.iinfo, np.broadcast_shapes)
constant(np.common_type, np.min_scalar_type, np.mintypecode, np.einsum_path, np.packbits, np.unpackbits)
constant(np.typename, infer=fixed(STR))
constant(np.isdtype, np.iterable, infer=BOOLEAN)
constant(np.issubdtype, np.can_cast, np.shares_memory, np.may_share_memory, np.isfortran, infer=BOOLEAN)
