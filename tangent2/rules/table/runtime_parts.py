"""The run-time helpers for joins, scans, picked elements and contractions."""
from __future__ import annotations

from dataclasses import replace

import numpy as np

from tangent2.core.kinding import as_array, promote
from tangent2.core.kinds import UNKNOWN, Array
from tangent2.rules.declare import constant, linear, rule
from tangent2.rules.families import first_operand
from tangent2.rules.table.runtime import operand
from tangent2.rules.questions import opposite
from tangent2.rules.template import bar, dot
from tangent2.runtime.contractions import kron_left, kron_right, tensordot_left, tensordot_right, windows_dot
from tangent2.runtime.joins import block_parts, choose_like, join_like, split_like
from tangent2.runtime.matching import checked_by, matching
from tangent2.runtime.places import (
    diagonal_like, diagonal_places, gradient_back, median_weights, place_diagonal, places_of, put_along, put_taken,
    sum_repeated, sum_tiles, unpad,
)
from tangent2.runtime.scans import delay, products_after, products_before, recurrence
from tangent2.runtime.shapes import unbroadcast


@linear(split_like, wrt="g", alias="same", infer=operand(1))
def split_like_rule(out, g, parts, axis):
    bar[g] = join_like(bar[out], g, axis)


@linear(join_like, wrt="parts", sequences=("parts",), infer=operand(1))
def join_like_rule(out, parts, g, axis):
    bar[parts] = split_like(bar[out], parts, axis)


@linear(choose_like, wrt="g", infer=operand(2))
def choose_like_rule(out, g, conditions, choices):
    bar[g] = np.select(conditions, bar[out], np.zeros_like(g))


@linear(block_parts, wrt="g", alias="same", infer=operand(1))
def block_parts_rule(out, g, blocks):
    bar[g] = np.block(bar[out])


@linear(checked_by, wrt="dot_", alias="same", infer=operand(0))
def checked_by_rule(out, dot_, found, like, rule):
    bar[dot_] = bar[out]


@linear(matching, wrt="found", alias="same", infer=operand(1))
def matching_rule(out, found, like, rule):
    bar[found] = bar[out]


# ---- scans ----

@linear(delay, wrt="x", infer=first_operand)
def delay_rule(out, x, axis, backward):
    bar[x] = delay(bar[out], axis, opposite(backward))


@rule(recurrence, infer=operand(1))
def recurrence_rule(out, a, b, axis, backward):
    before = delay(out, axis, backward)
    back = recurrence(delay(a, axis, opposite(backward)), bar[out], axis, opposite(backward))
    if dot[a] is not None and dot[b] is not None:
        dot[out] = recurrence(a, dot[a] * before + dot[b], axis, backward)
    elif dot[a] is not None:
        dot[out] = recurrence(a, dot[a] * before, axis, backward)
    else:
        dot[out] = recurrence(a, dot[b], axis, backward)
    bar[a] = back * before
    bar[b] = back


@rule(products_before, infer=first_operand)
def products_before_rule(out, x, axis):
    dot[out] = recurrence(delay(x, axis, False), delay(dot[x] * out, axis, False), axis, False)
    back = recurrence(delay(delay(x, axis, False), axis, True), bar[out], axis, True)
    bar[x] = out * delay(back, axis, True)


@rule(products_after, infer=first_operand)
def products_after_rule(out, x, axis):
    dot[out] = recurrence(delay(x, axis, True), delay(dot[x] * out, axis, True), axis, True)
    back = recurrence(delay(delay(x, axis, True), axis, False), bar[out], axis, False)
    bar[x] = out * delay(back, axis, False)


# ---- picked, repeated, rearranged ----

@linear(place_diagonal, wrt="g", infer=operand(1))
def place_diagonal_rule(out, g, like, offset, axis1, axis2):
    bar[g] = unbroadcast(np.diagonal(bar[out], offset, axis1, axis2), g)


@linear(diagonal_like, wrt="g", infer=operand(1))
def diagonal_like_rule(out, g, x, k):
    bar[g] = np.diag(bar[out], k)


@linear(sum_tiles, wrt="g", infer=operand(1))
def sum_tiles_rule(out, g, x, reps):
    bar[g] = np.tile(bar[out], reps)


@linear(sum_repeated, wrt="g", infer=operand(1))
def sum_repeated_rule(out, g, x, repeats, axis):
    bar[g] = np.repeat(bar[out], repeats, axis)


@linear(put_taken, wrt="g", infer=operand(1))
def put_taken_rule(out, g, x, indices, axis):
    bar[g] = np.take(bar[out], indices, axis)


@linear(put_along, wrt="g", infer=operand(1))
def put_along_rule(out, g, x, indices, axis):
    bar[g] = np.take_along_axis(bar[out], indices, axis)


@linear(unpad, wrt="g", alias="view", infer=operand(1))
def unpad_rule(out, g, x, pad_width):
    bar[g] = np.pad(bar[out], pad_width)


@linear(gradient_back, wrt="g", infer=first_operand)
def gradient_back_rule(out, g, axis):
    bar[g] = np.gradient(bar[out], axis=axis)


# ---- contractions ----

def stretches(op, kind):
    """The kind of `windows_dot(g, x)`: of one axis."""
    return Array(promote(as_array(kind(op.args[0])), as_array(kind(op.args[1])))[0], (None,))



@rule(tensordot_left, infer=operand(1))
def tensordot_left_rule(out, g, a, b, axes):
    dot[out] = tensordot_left(dot[g], a, b, axes) + tensordot_left(g, a, dot[b], axes)
    bar[g] = np.tensordot(bar[out], b, axes)
    bar[b] = tensordot_right(g, bar[out], b, axes)


@rule(tensordot_right, infer=operand(2))
def tensordot_right_rule(out, g, a, b, axes):
    dot[out] = tensordot_right(dot[g], a, b, axes) + tensordot_right(g, dot[a], b, axes)
    bar[g] = np.tensordot(a, bar[out], axes)
    bar[a] = tensordot_left(g, a, bar[out], axes)


@rule(kron_left, infer=operand(1))
def kron_left_rule(out, g, a, b):
    dot[out] = kron_left(dot[g], a, b) + kron_left(g, a, dot[b])
    bar[g] = np.kron(bar[out], b)
    bar[b] = kron_right(g, bar[out], b)


@rule(kron_right, infer=operand(2))
def kron_right_rule(out, g, a, b):
    dot[out] = kron_right(dot[g], a, b) + kron_right(g, dot[a], b)
    bar[g] = np.kron(a, bar[out])
    bar[a] = kron_left(g, a, bar[out])


@rule(windows_dot, infer=stretches)
def windows_dot_rule(out, g, x):
    dot[out] = windows_dot(dot[g], x) + windows_dot(g, dot[x])
    bar[g] = np.convolve(bar[out], x)
    bar[x] = windows_dot(g, bar[out])


constant(median_weights, infer=first_operand)
constant(places_of, infer=lambda op, kind: replace(own, dtype="int64")
         if isinstance(own := as_array(kind(op.args[0])), Array) else UNKNOWN)
constant(diagonal_places, infer=lambda op, kind: Array("int64", (None,)))
