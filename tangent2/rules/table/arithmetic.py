"""Arithmetic: the operators, and the functions of NumPy that they stand for."""
from __future__ import annotations

import math

import numpy as np

from tangent2.core import prims
from tangent2.core.kinding import elementwise, inexact, kinds_of
from tangent2.core.kinds import FLOAT, INT, UNKNOWN, Array, Number, Tuple
from tangent2.core.syntax import Op
from tangent2.rules.declare import constant, linear, rule
from tangent2.rules.families import bool_dtype, fixed, quotient_dtype, same_dtype, ufunc
from tangent2.rules.numbers import python_number
from tangent2.rules.questions import (
    as_float, first_elements, have, is_integral, is_number, is_sequence, last_elements, literal, scalar_for_array,
    value_of, zeros_of,
)
from tangent2.rules.template import bar, dot
from tangent2.runtime.trees import sum_repeats


def double_dtype(dtype):
    """Of `np.float_power`, which computes in double precision."""
    return dtype and ("complex128" if dtype.startswith("c") else "float64")


def raised(op, kind):
    """The kind of `pow(x, y)`."""
    return kinds_of(Op(op.outs, prims.POW, op.args), kind)[0] if len(op.args) == 2 else UNKNOWN


def scaled_by(op, kind):
    """The kind of `np.ldexp(x, i)`, which is of the dtype of `x`."""
    own = elementwise([kind(op.args[0])], inexact)
    dtype = own.dtype if isinstance(own, (Array, Number)) else None
    return elementwise(list(map(kind, op.positional)), lambda _: dtype)


def taken_apart(second):
    """The kind of two results, the first of the dtype of the operand, made inexact."""
    def infer(op, kind):
        return Tuple(tuple([elementwise([kind(op.args[0])], dtype) for dtype in (inexact, second)]))
    return infer


def exponent_dtype(dtype):
    """Of the exponents that `np.frexp` gives."""
    return "int32"


@rule(prims.ADD)
def add(out, x, y):
    dot[out] = dot[x] + dot[y]
    if is_sequence(x) and is_sequence(y):
        bar[x] = first_elements(bar[out], x)
        bar[y] = last_elements(bar[out], x)


@rule(np.add, infer=ufunc(same_dtype), elementwise=True)
def np_add(out, x, y):
    dot[out] = dot[x] + dot[y]


@rule(prims.SUB)
@rule(np.subtract, infer=ufunc(same_dtype), elementwise=True)
def subtract(out, x, y):
    dot[out] = dot[x] - dot[y]


@rule(prims.MUL)
def multiply(out, x, y):
    dot[out] = dot[x] * y + x * dot[y]
    if is_sequence(x) and is_number(y):
        bar[x] = sum_repeats(bar[out], x)
    elif is_sequence(y) and is_number(x):
        bar[y] = sum_repeats(bar[out], y)


@rule(np.multiply, infer=ufunc(same_dtype), elementwise=True)
def np_multiply(out, x, y):
    dot[out] = dot[x] * y + x * dot[y]


@rule(prims.DIV)
@rule(np.divide, infer=ufunc(quotient_dtype), elementwise=True)
def divide(out, x, y):
    dot[out] = (dot[x] - out * dot[y]) / y
    if value_of(x) == 1 and have(out):
        bar[y] = -bar[out] * out ** 2
    else:
        bar[y] = -bar[out] * x / y ** 2


@rule(prims.POW)
@rule(np.power, infer=ufunc(same_dtype), elementwise=True)
@rule(np.float_power, infer=ufunc(double_dtype), elementwise=True)
@rule(math.pow, infer=python_number, elementwise=True)
@rule(pow, infer=raised, elementwise=True)
def power(out, x, y):
    if literal(x) and value_of(x) > 0:
        dot[out] = out * np.log(x) * dot[y]
        bar[y] = bar[out] * out * np.log(x)
    elif is_integral(y) and not literal(y):
        dot[out] = y * x ** (y - (y != 0)) * dot[x]             # zero where y is
    elif not literal(y):
        base = x + (x == 0.0) * (y == 0.0)                      # where both are zero so is the derivative
        dot[out] = y * base ** (y - 1) * dot[x] + out * np.log(x + (x == 0.0)) * dot[y]
    elif value_of(y) == 1:
        dot[out] = dot[x]
    elif value_of(y) == 2:
        dot[out] = 2.0 * x * dot[x]
        if scalar_for_array(bar[out], x):
            bar[x] = 2.0 * bar[out] * x
        else:
            bar[x] = 2.0 * x * bar[out]
    elif value_of(y) != 0:
        dot[out] = as_float(y) * x ** (y - 1) * dot[x]
        if scalar_for_array(bar[out], x):
            bar[x] = as_float(y) * bar[out] * x ** (y - 1)
        else:
            bar[x] = as_float(y) * x ** (y - 1) * bar[out]


@rule(np.square, infer=ufunc(same_dtype), elementwise=True)
def square(out, x):
    dot[out] = 2.0 * x * dot[x]
    if scalar_for_array(bar[out], x):
        bar[x] = 2.0 * bar[out] * x
    else:
        bar[x] = 2.0 * x * bar[out]


@rule(prims.NEG)
@rule(np.negative, infer=ufunc(same_dtype), elementwise=True)
def negative(out, x):
    dot[out] = -dot[x]


@rule(prims.POS)
@rule(np.positive, infer=ufunc(same_dtype), elementwise=True)
def positive(out, x):
    dot[out] = dot[x]


@rule(prims.MOD)
@rule(np.mod, np.remainder, infer=ufunc(same_dtype), elementwise=True)
def modulo(out, x, y):
    dot[out] = dot[x] - dot[y] * (x // y)


@rule(np.fmod, infer=ufunc(same_dtype), elementwise=True)
@rule(math.fmod, math.remainder, infer=python_number, elementwise=True)
def remainder(out, x, y):
    dot[out] = dot[x] - dot[y] * np.rint((x - out) / y)


@linear(np.ldexp, wrt="x", infer=scaled_by, elementwise=True)
@linear(math.ldexp, wrt="x", infer=python_number, elementwise=True)
def scaled_by_a_power(out, x, i):
    bar[x] = np.ldexp(bar[out], i)


@rule(np.frexp, infer=taken_apart(exponent_dtype), elementwise=True)
@rule(math.frexp, infer=fixed(Tuple((FLOAT, INT))), elementwise=True)
def mantissa_and_exponent(out, x):
    dot[out] = (np.ldexp(dot[x], -out[1]), zeros_of(out[1]))
    bar[x] = np.ldexp(bar[out][0], -out[1])


@rule(np.modf, infer=taken_apart(inexact), elementwise=True)
@rule(math.modf, infer=fixed(Tuple((FLOAT, FLOAT))), elementwise=True)
def fraction_and_whole(out, x):
    dot[out] = (dot[x], zeros_of(out[1]))
    bar[x] = bar[out][0]


@rule(np.nextafter, infer=ufunc(inexact), elementwise=True)
@rule(math.nextafter, infer=python_number, elementwise=True)
def neighbour(out, x, y):
    dot[out] = dot[x]


@rule(np.reciprocal, infer=ufunc(same_dtype), elementwise=True)
def reciprocal(out, x):
    dot[out] = -dot[x] * out ** 2


constant(np.floor_divide, infer=ufunc(same_dtype), elementwise=True)
constant(np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal, np.isfinite, np.isinf,
         np.isnan, np.logical_and, np.logical_or, np.logical_not, np.logical_xor, np.signbit,
         np.isposinf, np.isneginf, np.isreal, np.iscomplex, infer=ufunc(bool_dtype), elementwise=True)
constant(np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.invert, np.left_shift, np.right_shift, np.gcd, np.lcm,
         np.bitwise_count, infer=ufunc(same_dtype), elementwise=True)
