"""Rearrangement: transposition, reshaping, broadcasting, and the questions about shape that have no derivative."""
from __future__ import annotations

import numpy as np

from tangent2.core import prims
from tangent2.core.kinds import INT
from tangent2.rules.declare import constant, linear
from tangent2.rules.families import (
    broadcast_kind, expanded, fixed, flattened, reshaped, shape_tuple, to_array, transposed,
)
from tangent2.rules.questions import shape_of
from tangent2.rules.template import bar
from tangent2.runtime.shapes import unbroadcast


@linear(np.transpose, wrt="x", alias="view", infer=transposed)
def transpose(out, x, axes=None):
    if axes is None:
        bar[x] = bar[out].T
    else:
        bar[x] = np.transpose(bar[out], np.argsort(axes))


@linear(np.reshape, wrt="x", alias="maybe_view", infer=reshaped)
def reshape(out, x, shape):
    bar[x] = np.reshape(bar[out], shape_of(x))


@linear(np.ravel, wrt="x", alias="maybe_view", infer=flattened)
def ravel(out, x):
    bar[x] = np.reshape(bar[out], shape_of(x))


@linear(np.expand_dims, wrt="x", alias="view", infer=expanded)
def expand_dims(out, x, axis):
    bar[x] = np.reshape(bar[out], shape_of(x))


@linear(np.squeeze, wrt="x", alias="view")
def squeeze(out, x, axis=None):
    bar[x] = np.reshape(bar[out], shape_of(x))


@linear(np.broadcast_to, wrt="x", alias="view", infer=broadcast_kind)
def broadcast_to(out, x, shape):
    bar[x] = unbroadcast(bar[out], x)


@linear(np.swapaxes, wrt="x", alias="view")
def swapaxes(out, x, axis1, axis2):
    bar[x] = np.swapaxes(bar[out], axis1, axis2)


@linear(np.moveaxis, wrt="x", alias="view")
def moveaxis(out, x, source, destination):
    bar[x] = np.moveaxis(bar[out], destination, source)


@linear(np.flip, wrt="x", alias="view")
def flip(out, x, axis=None):
    bar[x] = np.flip(bar[out], axis=axis)


@linear(prims.COPY, wrt="x")
@linear(np.copy, wrt="x", infer=to_array)
def copy(out, x):
    bar[x] = bar[out]


constant(np.shape, infer=shape_tuple)
constant(np.size, np.ndim, infer=fixed(INT))
constant(np.argsort, np.result_type, np.shares_memory)
