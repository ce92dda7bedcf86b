"""New arrays: filled, made of other values, or counted."""
from __future__ import annotations

import numpy as np

from tangent2.core.kinds import Array
from tangent2.core.syntax import Const
from tangent2.rules.declare import constant, linear, rule
from tangent2.rules.families import constructor, constructor_like, counted, extent_of, full, spaced, to_array
from tangent2.rules.questions import is_number, is_sequence, is_unknown, size_of
from tangent2.rules.template import bar, dot
from tangent2.runtime.shapes import unbroadcast
from tangent2.runtime.trees import rows_like


def eye(op, kind):
    """The kind of `np.eye(n, m, k)`."""
    sizes = [a for a in op.args[:len(op.args) - len(op.kw)][:2] if a != Const(None)]
    plain = not op.kw or op.kw == ("k",)
    return Array("float64", (extent_of(sizes[0]), extent_of(sizes[-1])) if plain and sizes else (None, None))


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
@linear(np.asarray, wrt="x", sequences=("x",), alias="same", infer=to_array)
def array(out, x, dtype=None, order=None):
    if is_sequence(x) or is_unknown(x):
        bar[x] = rows_like(bar[out], x)
    else:
        bar[x] = bar[out]


@rule(np.arange, infer=counted)
def arange(out, start, stop=None, step=None):
    if stop is not None:
        dot[out] = dot[start] * np.ones_like(out) + dot[step] * np.arange(size_of(out))


@rule(np.linspace, infer=spaced)
def linspace(out, start, stop, num=50):
    unit = np.linspace(0.0, 1.0, num)
    dot[out] = dot[start] * (1.0 - unit) + dot[stop] * unit


constant(np.zeros, np.ones, np.empty, infer=constructor)
constant(np.zeros_like, np.ones_like, np.empty_like, infer=constructor_like(("x", "dtype")))
constant(np.eye, np.identity, infer=eye)
