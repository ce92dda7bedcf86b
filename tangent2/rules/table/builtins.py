"""Python's built-in functions."""
from __future__ import annotations

import bisect
import math
from collections.abc import Mapping

import numpy as np

from tangent2.core.build import Builder
from tangent2.core.dtypes import widest
from tangent2.core.indexing import iterated
from tangent2.core.kinding import kinds_of
from tangent2.core.kinds import BOOL, FLOAT, INT, STR, UNKNOWN, Array, Dict, List, Number, Tuple
from tangent2.core.prims import ADD, COMPARE, FLOORDIV, GETITEM, LIST, MOD, MUL, NOT
from tangent2.core.syntax import ONE_ITEM, Atom, Const, Op
from tangent2.rules.declare import by_name, coded, constant, declare, linear, rule
from tangent2.rules.families import BOOLEAN, INTEGER, RANGE, TEXT, fixed, real_dtype
from tangent2.rules.iterables import element, enumerated, listed, places, reversed_kind, summed, tupled, zipped
from tangent2.rules.numbers import of_number, python_number
from tangent2.rules.questions import (
    broadcast_to, is_complex, is_number, is_sequence, is_unknown, ndim, or_zero, refuse, same_type, splat,
    zeros_if_none, zeros_of,
)
from tangent2.rules.simplify import make
from tangent2.rules.template import bar, dot
from tangent2.runtime.elements import pick_places, put_places, sorted_places
from tangent2.runtime.parts import structure_like
from tangent2.runtime.scans import products_after, products_before
from tangent2.runtime.shapes import broadcast_like
from tangent2.runtime.trees import rows_like


def magnitude(op, kind):
    """The built-in `abs`: a number of the same kind (of a complex one, a real one), or an array."""
    own = kind(op.args[0])
    if isinstance(own, Number):
        return INT if own == BOOL else Number(real_dtype(own.dtype), own.weak)
    return Array(real_dtype(own.dtype), own.shape) if isinstance(own, Array) else UNKNOWN


def product(op, kind):
    """The kind of `math.prod(xs)`: that of the elements together."""
    part = iterated(kind(op.args[0]))
    return part if len(op.args) == 1 and isinstance(part, Number) and widest(part.dtype) == "float64" else UNKNOWN


def in_order(op, kind):
    """The kind of `sorted(xs)`."""
    return List(iterated(kind(op.args[0])))


def paired(op, kind):
    """The kind of `dict(xs)`, a copy of a dict or made of pairs."""
    own = kind(op.args[0])
    if isinstance(own, Dict):
        return own if own.cls is None else UNKNOWN
    pair = iterated(own)
    return Dict(None, pair.elts[1]) if isinstance(pair, Tuple) and len(pair.elts) == 2 else UNKNOWN


def divided(op, kind):
    """The kind of `divmod(x, y)`: those of `x // y` and `x % y`."""
    return Tuple((kinds_of(Op(op.outs, FLOORDIV, op.args), kind)[0], kinds_of(Op(op.outs, MOD, op.args), kind)[0]))


def rounded(op, kind):
    """The kind of `round(x)`, an integer, and of `round(x, 2)`, which is of the kind of `x`."""
    own = kind(op.args[0])
    if op.args[1:] in ((), (Const(None),)):
        return INT
    return own if isinstance(own, Number) else UNKNOWN


@linear(float, wrt="x", infer=python_number)
def to_float(out, x):
    if is_number(x):
        bar[x] = bar[out]
    else:
        bar[x] = broadcast_like(bar[out], x)


@rule(abs, infer=magnitude, elementwise=True)
def absolute(out, x):
    if is_complex(x) is False:
        dot[out] = dot[x] * np.sign(x)
    else:
        direction = np.conj(x) / np.where(out == 0.0, 1.0, out)
        dot[out] = np.real(dot[x] * direction)
        bar[x] = bar[out] * direction


@rule(divmod, infer=divided, elementwise=True)
def divide(out, x, y):
    dot[out] = (zeros_of(out[0]), or_zero(dot[x]) - or_zero(dot[y]) * out[0])
    bar[x] = bar[out][1]
    bar[y] = -bar[out][1] * out[0]


declare(dict, infer=paired)         # what it makes is known by kinds: see `analysis/changing.py`


@rule(sum, infer=summed)
def total(out, x, start=0):
    if start == 0:
        dot[out] = sum(dot[x])
    else:
        dot[out] = sum(dot[x]) + dot[start]
    bar[start] = bar[out]
    if is_sequence(start):
        bar[x] = refuse("sum() of lists or tuples")
    elif is_sequence(x) or ndim(x) == 1:
        bar[x] = splat(bar[out])
    elif ndim(x) is None:
        bar[x] = refuse("sum() of something not known to be a list, a tuple or an array")
    else:
        bar[x] = broadcast_to(bar[out], x)


@linear(list, wrt="x", infer=listed)
@linear(tuple, wrt="x", infer=tupled)
def sequence(out, x):
    if same_type(out, x):
        bar[x] = bar[out]
    elif is_sequence(x):
        bar[x] = structure_like(bar[out], x)
    elif ndim(x) is not None:
        bar[x] = np.array(bar[out])
    elif is_unknown(x):
        bar[x] = structure_like(bar[out], x)
    else:
        bar[x] = refuse("list() or tuple() of something not known to be a list, a tuple or an array")


@rule(sorted, infer=in_order, sequences=("x",))
def ordered(out, x, reverse=False):
    if is_sequence(x) or ndim(x) == 1:
        places = sorted_places(x, reverse)
        dot[out] = pick_places(dot[x], places)
        bar[x] = put_places(bar[out], x, places)
    else:
        refuse("sorted() of something not known to be a list, a tuple or an array of one axis")


# max and min of several operands choose the first extreme one; of one sequence, its first extreme element

def _chain(build: Builder, op: Op) -> list[Atom]:
    """The extreme of the first k operands, for each k from 1."""
    found: list[Atom] = [op.args[0]]
    for atom in op.args[1:-1]:
        found.append(build.op(op.prim, found[-1], atom))
    return found


def _extreme_adjoint(build: Builder, op: Op, g: Atom, wanted: frozenset[int]) -> dict[int, Atom]:
    if op.kw:
        raise LookupError(f"{op.prim} with keyword arguments")
    if len(op.args) == 1:
        return {0: build.op(by_name("spread_first"), g, op.args[0], op.out)}
    if isinstance(build.kind(op.out), (Tuple, List)):
        spread = build.op(by_name("spread_first"), g, build.op(LIST, *op.args), op.out)
        return {k: build.op(GETITEM, spread, Const(k), static=ONE_ITEM) for k in wanted}
    before, found = _chain(build, op), {}
    for k in range(len(op.args) - 1, 0, -1):
        takes = _takes(build, op, before[k - 1], op.args[k])
        if k in wanted:
            found[k] = make(build, MUL, g, takes)
        if not any(j in wanted for j in range(k)):
            return found
        g = make(build, MUL, g, build.op(NOT, takes))
    return {**found, 0: g}


def _takes(build: Builder, op: Op, first: Atom, second: Atom) -> Atom:
    """Whether the second of two operands is the result."""
    return build.op(COMPARE[">" if op.prim.obj is max else "<"], second, first)


def _extreme_tangent(build: Builder, op: Op, dots: Mapping[int, Atom]) -> Atom | None:
    if op.kw:
        raise LookupError(f"{op.prim} with keyword arguments")
    if len(op.args) == 1:
        return build.op(by_name("pick_first"), dots[0], op.args[0], op.out)
    if isinstance(build.kind(op.out), (Tuple, List)):
        tangents = [dots[k] if k in dots else build.op(by_name("zero_like"), a) for k, a in enumerate(op.args)]
        return build.op(by_name("pick_first"), build.op(LIST, *tangents), build.op(LIST, *op.args), op.out)
    before, total = _chain(build, op), dots.get(0)
    for k in range(1, len(op.args)):
        takes = _takes(build, op, before[k - 1], op.args[k])
        if total is not None:
            total = make(build, MUL, total, build.op(NOT, takes))
        if k in dots:
            term = make(build, MUL, dots[k], takes)
            total = term if total is None else make(build, ADD, total, term)
    return total


coded(max, min, adjoint=_extreme_adjoint, tangent=_extreme_tangent, infer=element)
@linear(math.fsum, wrt="x", infer=fixed(FLOAT))
def fsum(out, x):
    if is_sequence(x) or ndim(x) == 1:
        bar[x] = splat(bar[out])
    else:
        bar[x] = refuse("math.fsum() of something not known to be a list, a tuple or an array")


@rule(math.prod, infer=product)
def prod(out, x):
    others = products_before(np.array(x), 0) * products_after(np.array(x), 0)
    dot[out] = np.sum(np.array(dot[x]) * others)
    bar[x] = rows_like(bar[out] * others, x)


@rule(math.dist, infer=fixed(FLOAT))
def distance(out, x, y):
    size = np.where(out == 0.0, 1.0, out)
    steps = np.array(x) - np.array(y)
    dot[out] = np.sum((np.array(zeros_if_none(dot[x], x)) - np.array(zeros_if_none(dot[y], y))) * steps) / size
    bar[x] = rows_like(bar[out] / size * steps, x)
    bar[y] = rows_like(-bar[out] / size * steps, y)


constant(np.ndindex, infer=places)
constant(len, infer=INTEGER)
constant(bisect.bisect_left, bisect.bisect_right, infer=INTEGER, params=("a", "x", "lo", "hi"))
constant(round, infer=rounded)
constant(int, infer=of_number(INT))
constant(bool, isinstance, any, all, callable, hasattr, infer=BOOLEAN)
constant(str, repr, infer=fixed(STR))
constant(type, id, hash, infer=TEXT)
constant(range, infer=RANGE)
for _iterator, _infer in ((enumerate, enumerated), (zip, zipped), (reversed, reversed_kind)):
    declare(_iterator, result="same", infer=_infer)
