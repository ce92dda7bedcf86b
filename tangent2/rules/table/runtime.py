"""The run-time helpers that emitted code calls: each a primitive with a rule, as emitted code is transformed again."""
from __future__ import annotations

import numpy as np

from tangent2.core.indexing import getitem_kind, iterated
from tangent2.core.kinds import (
    FLOAT, INT, NONE, OBJECT, UNKNOWN, Array, Bottom, Derived, Dict, List, Number, Tuple, join,
)
from tangent2.core.layouts import CannotBatch, batched, whole
from tangent2.core.prims import GETITEM
from tangent2.core.syntax import ONE_ITEM, Const, Op
from tangent2.rules.declare import constant, declare, linear, rule
from tangent2.rules.families import first_operand, fixed, like_second, tangent_kind
from tangent2.rules.questions import refuse, sum_present
from tangent2.rules.template import bar, dot
from tangent2.runtime.agreement import agreed
from tangent2.runtime.attempts import entered, held, instance, iterable, left
from tangent2.runtime.directions import all_directions, blocks_by_columns, blocks_by_rows, unit_directions
from tangent2.runtime.elements import (
    across, common_length, lanes_apart, lanes_together, last_key, pick_first, pick_places, put_places, same_lanes,
    sorted_places, spread_first, without,
)
from tangent2.runtime.parts import credit_last, item_adjoint, restored, structure_like, unstored
from tangent2.runtime.products import dot_left, dot_right, matmul_left, matmul_right, of_square, turned
from tangent2.runtime.sequences import place_of_max, place_of_min, ranked
from tangent2.runtime.shapes import (
    along_first, as_place, as_stored, broadcast_like, cast_like, expand_reduced, real_only, reduced_count,
    unbroadcast, uncut,
)
from tangent2.runtime.trees import (
    add_trees, deep_copy, each_like, number_zeros, or_zero, repeat_like, rows_like, splat_like, stop_gradient, sum_each,
    sum_leaves, sum_repeats, zero_filled, zero_item, zero_like,
)


def operand(position):
    """A result like one of the operands, as an adjoint."""
    def infer(op, kind):
        return tangent_kind(kind(op.args[position]))
    return infer


def expanded_infer(op, kind):
    """The kind of `expand_reduced(g, x, axis, keepdims)`: of the dtype of g and the shape of x."""
    g, x = kind(op.args[0]), kind(op.args[1])
    dtype = g.dtype if isinstance(g, (Array, Number)) else None
    return Array(dtype, x.shape) if isinstance(x, Array) else UNKNOWN


def numbered(op, kind):
    """The kind of `number_zeros(dots)`."""
    return List(Tuple((FLOAT, iterated(kind(op.args[0])))))


def picked(op, kind):
    """The kind of `pick_first(items, keys, key)`: of an item."""
    found = iterated(kind(op.args[0]))
    return found if isinstance(found, (Array, Number)) else UNKNOWN


def item_or_value(op, kind):
    """The kind of `zero_item(base, key, value)`: of the item, or of the value where the key is new."""
    base, value = kind(op.args[0]), kind(op.args[2])
    read = getitem_kind(Op(op.outs, GETITEM, op.args[:2], (), ONE_ITEM), kind)
    known = not isinstance(base, Dict) or base.items is not None and isinstance(op.args[1], Const)
    return tangent_kind(value if isinstance(read, Bottom) else read if known else join(read, value))


@linear(unbroadcast, wrt="g", alias="maybe_view", infer=like_second)
def unbroadcast_rule(out, g, like):
    bar[g] = broadcast_like(bar[out], g)


@linear(broadcast_like, wrt="x", alias="maybe_view", infer=like_second)
def broadcast_like_rule(out, x, like):
    bar[x] = unbroadcast(bar[out], x)


@linear(as_stored, wrt="g", alias="maybe_view", infer=operand(1))
def as_stored_rule(out, g, value):
    bar[g] = as_place(bar[out], g)


@linear(as_place, wrt="g", alias="maybe_view", infer=operand(1))
def as_place_rule(out, g, place):
    bar[g] = as_stored(bar[out], g)


@linear(uncut, wrt="value", alias="same", infer=first_operand)
def uncut_rule(out, value, place):
    bar[value] = bar[out]


@linear(real_only, wrt="value", alias="same", infer=first_operand)
def real_only_rule(out, value):
    bar[value] = bar[out]


@linear(of_square, wrt="u", alias="same", infer=first_operand)
def of_square_rule(out, u, v):
    bar[u] = bar[out]


def column(op, kind):
    """The kind of `along_first(x, like)`."""
    x, like = kind(op.args[0]), kind(op.args[1])
    known = isinstance(x, Array) and x.rank == 1 and isinstance(like, Array) and like.rank
    return Array(x.dtype, (x.shape[0], *(1,) * (like.rank - 1))) if known else UNKNOWN


def turned_kind(op, kind):
    """The kind of `turned(y)`."""
    y = kind(op.args[0])
    if not isinstance(y, Array) or y.shape is None:
        return UNKNOWN
    return y if len(y.shape) < 2 else Array(y.dtype, (*y.shape[:-2], y.shape[-1], y.shape[-2]))


def summed_leaves(op, kind):
    """The kind of `sum_leaves(tree)`, of an array or a number."""
    tree = kind(op.args[0])
    known = isinstance(tree, (Array, Number)) and tree.dtype in ("float64", "float32", "complex128")
    return Number(tree.dtype, False) if known else UNKNOWN


@linear(along_first, wrt="x", alias="view", infer=column)
def along_first_rule(out, x, like):
    bar[x] = np.ravel(bar[out])


@linear(cast_like, wrt="g", alias="maybe_view", infer=operand(0))
def cast_like_rule(out, g, like):
    bar[g] = cast_like(bar[out], g)


@linear(expand_reduced, wrt="g", alias="view", infer=expanded_infer)
def expand_reduced_rule(out, g, x, axis, keepdims):
    bar[g] = np.sum(bar[out], axis=axis, keepdims=keepdims)


@rule(add_trees, alias="same", infer=operand(0))
def add_trees_rule(out, a, b):
    dot[out] = sum_present(out, dot[a], dot[b])
    bar[a] = bar[out]
    bar[b] = bar[out]


@linear(or_zero, wrt="bar_", alias="same", infer=operand(1))
def or_zero_rule(out, bar_, like):
    bar[bar_] = bar[out]


@linear(splat_like, wrt="g", infer=operand(1))
def splat_like_rule(out, g, like):
    bar[g] = sum_leaves(bar[out])


@linear(each_like, wrt="g", infer=operand(1), sequences=("like",))
def each_like_rule(out, g, like):
    bar[g] = sum_each(bar[out], g)


@linear(sum_each, wrt="rows", infer=operand(1), sequences=("rows",))
def sum_each_rule(out, rows, g):
    bar[rows] = each_like(bar[out], rows)


@linear(sum_leaves, wrt="tree", infer=summed_leaves)
def sum_leaves_rule(out, tree):
    bar[tree] = splat_like(bar[out], tree)


@linear(deep_copy, wrt="tree", infer=first_operand)
def deep_copy_rule(out, tree):
    bar[tree] = bar[out]


@linear(item_adjoint, wrt="g", alias="same", infer=operand(1))
def item_adjoint_rule(out, g, like, key):
    bar[g] = bar[out][key]


@linear(structure_like, wrt="parts", alias="same", infer=operand(1))
def structure_like_rule(out, parts, like):
    bar[parts] = structure_like(bar[out], parts)


@linear(credit_last, wrt="g", alias="maybe_view", infer=operand(0))
def credit_last_rule(out, g, index, base_bar):
    bar[g] = credit_last(bar[out], index, base_bar)


@linear(number_zeros, wrt="dots", alias="same", infer=numbered)
def number_zeros_rule(out, dots):
    bar[dots] = refuse("adjoints of the tangents of enumerate()")


@linear(rows_like, wrt="g", alias="view", infer=operand(1))
def rows_like_rule(out, g, like):
    bar[g] = np.array(bar[out])


@linear(sum_repeats, wrt="g", alias="same", infer=operand(1))
def sum_repeats_rule(out, g, like):
    bar[g] = repeat_like(bar[out], g)


@linear(repeat_like, wrt="x", alias="same", infer=operand(0))
def repeat_like_rule(out, x, like):
    bar[x] = sum_repeats(bar[out], x)


@linear(pick_first, wrt="items", alias="view", infer=picked)
def pick_first_rule(out, items, keys, key):
    bar[items] = spread_first(bar[out], keys, key)


@linear(spread_first, wrt="g", alias="same", infer=operand(1))
def spread_first_rule(out, g, keys, key):
    bar[g] = pick_first(bar[out], keys, key)


@rule(matmul_left, infer=operand(1))
def matmul_left_rule(out, g, x, y):
    dot[out] = matmul_left(dot[g], x, y) + matmul_left(g, x, dot[y])
    bar[g] = np.matmul(bar[out], y)
    bar[y] = matmul_right(g, bar[out], y)


@rule(matmul_right, infer=operand(2))
def matmul_right_rule(out, g, x, y):
    dot[out] = matmul_right(dot[g], x, y) + matmul_right(g, dot[x], y)
    bar[g] = np.matmul(x, bar[out])
    bar[x] = matmul_left(g, x, bar[out])


@linear(turned, wrt="y", alias="view", infer=turned_kind)
def turned_rule(out, y):
    bar[y] = turned(bar[out])


@rule(dot_left, infer=operand(1))
def dot_left_rule(out, g, x, y):
    dot[out] = dot_left(dot[g], x, y) + dot_left(g, x, dot[y])
    bar[g] = np.dot(bar[out], y)
    bar[y] = dot_right(g, bar[out], y)


@rule(dot_right, infer=operand(2))
def dot_right_rule(out, g, x, y):
    dot[out] = dot_right(dot[g], x, y) + dot_right(g, dot[x], y)
    bar[g] = np.dot(x, bar[out])
    bar[x] = dot_left(g, x, bar[out])


@linear(across, wrt="rows", alias="same", infer=first_operand, sequences=("rows",))
def across_rule(out, rows):
    bar[rows] = across(bar[out])


@linear(lanes_together, wrt="results", infer=fixed(UNKNOWN), sequences=("results",))
def lanes_together_rule(out, results):
    bar[results] = lanes_apart(bar[out], results)


@linear(lanes_apart, wrt="whole", infer=operand(1), sequences=("results",))
def lanes_apart_rule(out, whole, results):
    bar[whole] = lanes_together(bar[out])


@linear(unstored, wrt="g", infer=operand(1))
def unstored_rule(out, g, base, key):
    bar[g] = restored(bar[out], g, key)


@linear(restored, wrt="g", infer=operand(1))
def restored_rule(out, g, like, key):
    bar[g] = unstored(bar[out], g, key)


def of_any_keys(op, kind):
    """The kind of `without(table, key)`: which keys are left is not known."""
    table = kind(op.args[0])
    return Dict(None, table.elt) if isinstance(table, Dict) else UNKNOWN


@linear(without, wrt="table", alias="holds", infer=of_any_keys)
def without_rule(out, table, key, missing=False):
    bar[table] = restored(bar[out], table, key)


def picked(op, kind):
    """The kind of `pick_places(items, places)`."""
    return List(iterated(kind(op.args[0])))


@linear(pick_places, wrt="x", infer=picked, sequences=("x",))
def pick_places_rule(out, x, places):
    bar[x] = put_places(bar[out], x, places)


@linear(put_places, wrt="g", infer=operand(1), sequences=("g", "like"))
def put_places_rule(out, g, like, places):
    bar[g] = pick_places(bar[out], places)


constant(sorted_places, infer=fixed(List(INT)))
constant(common_length, infer=fixed(INT))
constant(last_key, infer=lambda op, kind: iterated(kind(op.args[0])))
constant(zero_like, zero_filled, infer=operand(0))
constant(zero_item, infer=item_or_value)
constant(reduced_count, infer=fixed(INT))


def directions_infer(op, kind):
    """The kind of `unit_directions(x)`: one array like x for each of its elements."""
    x = kind(op.args[0])
    return Array(x.dtype, (None, *x.shape)) if isinstance(x, Array) and x.shape is not None else UNKNOWN


def all_directions_infer(op, kind):
    """The kind of `all_directions(x)`: a tree like x, with one more axis in each leaf."""
    try:
        return batched(kind(op.args[0]), whole(kind(op.args[0])), Derived(("lanes",)))
    except CannotBatch:
        return UNKNOWN


constant(stop_gradient, alias="same", infer=first_operand)
constant(unit_directions, infer=directions_infer)
constant(all_directions, infer=all_directions_infer)


constant(ranked, infer=fixed(List(INT)))
constant(place_of_max, place_of_min, infer=fixed(INT))


declare(blocks_by_columns, infer=fixed(UNKNOWN))
declare(blocks_by_rows, infer=fixed(UNKNOWN))
declare(instance, result="same", infer=fixed(UNKNOWN))
declare(iterable, infer=fixed(NONE))
declare(same_lanes, effect="effect", infer=fixed(NONE))
constant(agreed, infer=lambda op, kind: Number(getattr(kind(op.args[0]), "dtype", None), False))
declare(entered, result="same", effect="effect", infer=fixed(OBJECT))
declare(held, result="same", effect="effect", infer=fixed(UNKNOWN))
declare(left, effect="effect", infer=fixed(NONE))
