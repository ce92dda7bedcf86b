"""New arrays: filled, made of other values, or counted."""
from __future__ import annotations

import numpy as np

from tangent2.rules.declare import constant, linear, rule
from tangent2.rules.families import constructor, constructor_like, counted, full, spaced, to_array
from tangent2.rules.questions import is_sequence, size_of
from tangent2.rules.template import bar, dot
from tangent2.runtime.trees import rows_like


@linear(np.full, wrt="fill_value", infer=full)
def full_of(out, shape, fill_value, dtype=None):
    bar[fill_value] = np.sum(bar[out])


@linear(np.full_like, wrt="fill_value", infer=constructor_like(("x", "fill_value", "dtype")))
def full_like(out, x, fill_value, dtype=None):
    bar[fill_value] = np.sum(bar[out])


@linear(np.array, wrt="x", infer=to_array)
@linear(np.asarray, wrt="x", alias="same", infer=to_array)
def array(out, x, dtype=None):
    if is_sequence(x):
        bar[x] = rows_like(bar[out], x)
    else:
        bar[x] = bar[out]


@rule(np.arange, infer=counted)
def arange(out, start, stop=None, step=None):
    if stop is not None:
        dot[out] = dot[start] + dot[step] * np.arange(size_of(out))


@rule(np.linspace, infer=spaced)
def linspace(out, start, stop, num=50):
    unit = np.linspace(0.0, 1.0, num)
    dot[out] = dot[start] * (1.0 - unit) + dot[stop] * unit


constant(np.zeros, np.ones, np.empty, infer=constructor)
constant(np.zeros_like, np.ones_like, np.empty_like, infer=constructor_like(("x", "dtype")))
constant(np.eye, np.identity)
