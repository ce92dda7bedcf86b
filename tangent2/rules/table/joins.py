"""Joining arrays and taking them apart: the adjoint of a list of arrays is a list of parts of that of the whole."""
from __future__ import annotations

import numpy as np

from tangent2.rules.declare import linear, rule
from tangent2.rules.joining import (
    appended, are_pieces, atleast, block_kind, is_axis, is_written_out, joins, like_parts, part_rank, pieces_of,
    selected_kind,
    split_as, split_kind, split_rows,
)
from tangent2.rules.questions import (
    extent, is_number, ndim, refuse, shape_of, size_of, with_shape, zeros_if_none, zeros_of,
)
from tangent2.rules.template import bar, dot
from tangent2.runtime.joins import block_parts, choose_like, split_like
from tangent2.runtime.shapes import unbroadcast
from tangent2.runtime.trees import rows_like

CONCATENATE = joins(lambda rank, axis: (1, 0) if axis is None else (rank, axis) if rank else None)
STACK = joins(lambda rank, axis: (rank + 1, axis))
HSTACK = joins(lambda rank, axis: (1, 0) if rank < 2 else (rank, 1))
VSTACK = joins(lambda rank, axis: (max(rank, 2), 0) if rank else None)
DSTACK = joins(lambda rank, axis: (max(rank, 3), 2))
COLUMNS = joins(lambda rank, axis: (2, 1) if rank in (1, 2) else None)


@linear(np.concatenate, wrt="arrays", sequences=("arrays",), infer=CONCATENATE)
def concatenate(out, arrays, axis=0):
    if axis is None and are_pieces(arrays, out):
        bar[arrays] = pieces_of(bar[out], arrays, out, 0)
    elif is_axis(axis) and part_rank(arrays) is not None and is_written_out(arrays) and like_parts(arrays, out):
        bar[arrays] = split_as(bar[out], arrays, axis)
    else:
        bar[arrays] = split_like(bar[out], arrays, axis)


@linear(np.stack, wrt="arrays", sequences=("arrays",), infer=STACK)
def stack(out, arrays, axis=0):
    if axis == 0:
        bar[arrays] = rows_like(bar[out], arrays)
    elif part_rank(arrays) == 1 and (axis == 1 or axis == -1):
        bar[arrays] = rows_like(bar[out].T, arrays)
    else:
        bar[arrays] = rows_like(np.moveaxis(bar[out], axis, 0), arrays)


@linear(np.hstack, wrt="arrays", sequences=("arrays",), infer=HSTACK)
def hstack(out, arrays):
    if part_rank(arrays) == 1 and is_written_out(arrays) and like_parts(arrays, out):
        bar[arrays] = split_as(bar[out], arrays, 0)
    elif part_rank(arrays) == 2 and is_written_out(arrays) and like_parts(arrays, out):
        bar[arrays] = split_as(bar[out], arrays, 1)
    elif part_rank(arrays) == 0:
        bar[arrays] = rows_like(bar[out], arrays)
    elif part_rank(arrays) == 1:
        bar[arrays] = split_like(bar[out], arrays, 0)
    elif part_rank(arrays) is not None:
        bar[arrays] = split_like(bar[out], arrays, 1)
    else:
        bar[arrays] = split_like(bar[out], arrays, min(np.ndim(bar[out]) - 1, 1))


@linear(np.vstack, wrt="arrays", sequences=("arrays",), infer=VSTACK)
def vstack(out, arrays):
    if part_rank(arrays) == 1:
        bar[arrays] = rows_like(bar[out], arrays)
    elif part_rank(arrays) == 2 and is_written_out(arrays) and like_parts(arrays, out):
        bar[arrays] = split_as(bar[out], arrays, 0)
    elif are_pieces(arrays, out):
        bar[arrays] = pieces_of(bar[out], arrays, out, 0)
    else:
        bar[arrays] = split_like(bar[out], arrays, 0)


@linear(np.dstack, wrt="arrays", sequences=("arrays",), infer=DSTACK)
def dstack(out, arrays):
    if part_rank(arrays) == 2:
        bar[arrays] = rows_like(np.moveaxis(bar[out], 2, 0), arrays)
    elif part_rank(arrays) == 1:
        bar[arrays] = rows_like(bar[out][0].T, arrays)
    elif are_pieces(arrays, out):
        bar[arrays] = pieces_of(bar[out], arrays, out, 2)
    else:
        bar[arrays] = split_like(bar[out], arrays, 2)


@linear(np.column_stack, wrt="arrays", sequences=("arrays",), infer=COLUMNS)
def column_stack(out, arrays):
    if part_rank(arrays) == 1:
        bar[arrays] = rows_like(bar[out].T, arrays)
    elif part_rank(arrays) == 2 and is_written_out(arrays) and like_parts(arrays, out):
        bar[arrays] = split_as(bar[out], arrays, 1)
    elif are_pieces(arrays, out):
        bar[arrays] = pieces_of(bar[out], arrays, out, 1)
    else:
        bar[arrays] = split_like(bar[out], arrays, 1)


@linear(np.block, wrt="arrays", sequences=("arrays",), infer=block_kind)
def block(out, arrays):
    bar[arrays] = block_parts(bar[out], arrays)


@rule(np.append, infer=appended)
def append(out, x, values, axis=None):
    if axis is not None:
        refuse("np.append along an axis: use np.concatenate")
    dot[out] = np.append(zeros_if_none(dot[x], x), zeros_if_none(dot[values], values))
    if ndim(x) == 1:
        bar[x] = with_shape(bar[out][:extent(x, 0)], x)
    else:
        bar[x] = with_shape(np.reshape(bar[out][:size_of(x)], shape_of(x)), x)
    if ndim(values) == 1 and ndim(x) == 1:
        bar[values] = with_shape(bar[out][extent(x, 0):], values)
    elif ndim(values) == 0:
        bar[values] = bar[out][-1]
    else:
        bar[values] = with_shape(np.reshape(bar[out][size_of(x):], shape_of(values)), values)


# ---- taking apart ----

@linear(np.split, np.array_split, wrt="x", alias="same", infer=split_kind)
def split(out, x, sections, axis=0):
    bar[x] = np.concatenate(bar[out], axis=axis)


@linear(np.vsplit, wrt="x", alias="same", infer=split_rows)
def vsplit(out, x, sections):
    bar[x] = np.concatenate(bar[out])


@linear(np.hsplit, wrt="x", alias="same", infer=split_rows)
def hsplit(out, x, sections):
    bar[x] = np.hstack(bar[out])


for _rank, _function in ((1, np.atleast_1d), (2, np.atleast_2d), (3, np.atleast_3d)):
    @linear(_function, wrt="x", alias="maybe_view", infer=atleast(_rank))
    def at_least(out, x):
        bar[x] = np.reshape(bar[out], shape_of(x))


@rule(np.select, sequences=("conditions", "choices"), infer=selected_kind)
def select(out, conditions, choices, default=0):
    dot[out] = np.select(conditions, zeros_if_none(dot[choices], choices), zeros_if_none(dot[default], default))
    bar[choices] = choose_like(bar[out], conditions, choices)
    rest = np.select(conditions, zeros_of(choices), bar[out])
    if is_number(default):
        bar[default] = np.sum(rest)
    else:
        bar[default] = unbroadcast(rest, default)
