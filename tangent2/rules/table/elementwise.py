"""Functions of each element alone: NumPy's, and those of the module `math` for numbers."""
from __future__ import annotations

import math
from functools import reduce

import numpy as np

from tangent2.core.kinding import inexact
from tangent2.core.kinds import Array, Number
from tangent2.core.prims import ADD, DIV, MUL
from tangent2.rules.declare import coded, constant, rule
from tangent2.rules.families import BOOLEAN, INTEGER, among, bool_dtype, real_dtype, same_dtype, selected, ufunc
from tangent2.rules.numbers import python_number
from tangent2.rules.questions import is_complex, or_zero
from tangent2.rules.simplify import make
from tangent2.rules.template import bar, dot
from tangent2.runtime.bessel import bessel
from tangent2.runtime.gammas import each_polygamma, polygamma

FLOATING = ufunc(inexact)
SQRT_PI = 2.0 / math.sqrt(math.pi)
CLIPPED, ROUNDED, CLOSE = ("x", "min", "max"), ("x", "decimals"), ("x", "b", "rtol", "atol", "equal_nan")
LOG_2, LOG_10 = math.log(2.0), math.log(10.0)
DEGREE = math.pi / 180.0
MATH_CBRT, MATH_EXP2 = [[getattr(math, name)] if hasattr(math, name) else [] for name in ("cbrt", "exp2")]


@rule(np.sin, infer=FLOATING, elementwise=True)
def sin(out, x):
    dot[out] = dot[x] * np.cos(x)


@rule(np.cos, infer=FLOATING, elementwise=True)
def cos(out, x):
    dot[out] = -dot[x] * np.sin(x)


@rule(math.sin, infer=python_number, elementwise=True)
def math_sin(out, x):
    dot[out] = dot[x] * math.cos(x)


@rule(math.cos, infer=python_number, elementwise=True)
def math_cos(out, x):
    dot[out] = -dot[x] * math.sin(x)


@rule(np.tan, infer=FLOATING, elementwise=True)
@rule(math.tan, infer=python_number, elementwise=True)
def tan(out, x):
    dot[out] = dot[x] * (1.0 + out ** 2)


@rule(np.arcsin, infer=FLOATING, elementwise=True)
def arcsin(out, x):
    dot[out] = dot[x] / np.sqrt(1.0 - x ** 2)


@rule(np.arccos, infer=FLOATING, elementwise=True)
def arccos(out, x):
    dot[out] = -dot[x] / np.sqrt(1.0 - x ** 2)


@rule(math.asin, infer=python_number, elementwise=True)
def math_asin(out, x):
    dot[out] = dot[x] / math.sqrt(1.0 - x ** 2)


@rule(math.acos, infer=python_number, elementwise=True)
def math_acos(out, x):
    dot[out] = -dot[x] / math.sqrt(1.0 - x ** 2)


@rule(np.arctan, infer=FLOATING, elementwise=True)
@rule(math.atan, infer=python_number, elementwise=True)
def arctan(out, x):
    dot[out] = dot[x] / (1.0 + x ** 2)


@rule(np.arctan2, infer=FLOATING, elementwise=True)
@rule(math.atan2, infer=python_number, elementwise=True)
def arctan2(out, x, y):
    dot[out] = (dot[x] * y - x * dot[y]) / (x ** 2 + y ** 2)


@rule(np.hypot, infer=FLOATING, elementwise=True)
def hypot(out, x, y):
    dot[out] = (x * dot[x] + y * dot[y]) / out


def _hypot_tangent(build, op, dots):
    terms = [make(build, MUL, op.args[k], dot) for k, dot in dots.items()]
    return make(build, DIV, reduce(lambda a, b: make(build, ADD, a, b), terms), op.out)


def _hypot_adjoint(build, op, g, wanted):
    return {k: make(build, MUL, make(build, DIV, g, op.out), op.args[k]) for k in sorted(wanted)}


coded(math.hypot, adjoint=_hypot_adjoint, tangent=_hypot_tangent, infer=python_number)


@rule(np.copysign, infer=FLOATING, elementwise=True)
@rule(math.copysign, infer=python_number, elementwise=True)
def copysign(out, x, y):
    dot[out] = dot[x] * np.copysign(1.0, x) * np.copysign(1.0, y)


@rule(np.sinh, infer=FLOATING, elementwise=True)
def sinh(out, x):
    dot[out] = dot[x] * np.cosh(x)


@rule(np.cosh, infer=FLOATING, elementwise=True)
def cosh(out, x):
    dot[out] = dot[x] * np.sinh(x)


@rule(math.sinh, infer=python_number, elementwise=True)
def math_sinh(out, x):
    dot[out] = dot[x] * math.cosh(x)


@rule(math.cosh, infer=python_number, elementwise=True)
def math_cosh(out, x):
    dot[out] = dot[x] * math.sinh(x)


@rule(np.tanh, infer=FLOATING, elementwise=True)
@rule(math.tanh, infer=python_number, elementwise=True)
def tanh(out, x):
    dot[out] = dot[x] * (1.0 - out ** 2)


@rule(np.arcsinh, infer=FLOATING, elementwise=True)
def arcsinh(out, x):
    dot[out] = dot[x] / np.sqrt(x ** 2 + 1.0)


@rule(np.arccosh, infer=FLOATING, elementwise=True)
def arccosh(out, x):
    dot[out] = dot[x] / np.sqrt(x ** 2 - 1.0)


@rule(math.asinh, infer=python_number, elementwise=True)
def math_asinh(out, x):
    dot[out] = dot[x] / math.sqrt(x ** 2 + 1.0)


@rule(math.acosh, infer=python_number, elementwise=True)
def math_acosh(out, x):
    dot[out] = dot[x] / math.sqrt(x ** 2 - 1.0)


@rule(np.arctanh, infer=FLOATING, elementwise=True)
@rule(math.atanh, infer=python_number, elementwise=True)
def arctanh(out, x):
    dot[out] = dot[x] / (1.0 - x ** 2)


@rule(np.exp, infer=FLOATING, elementwise=True)
@rule(math.exp, infer=python_number, elementwise=True)
def exp(out, x):
    dot[out] = dot[x] * out


@rule(np.exp2, infer=FLOATING, elementwise=True)
@rule(*MATH_EXP2, infer=python_number, elementwise=True)
def exp2(out, x):
    dot[out] = LOG_2 * dot[x] * out


@rule(np.expm1, infer=FLOATING, elementwise=True)
@rule(math.expm1, infer=python_number, elementwise=True)
def expm1(out, x):
    dot[out] = dot[x] * (out + 1.0)


@rule(np.log, infer=FLOATING, elementwise=True)
def log(out, x):
    dot[out] = dot[x] / x


@rule(math.log, infer=python_number, elementwise=True)
def math_log(out, x, base=None):
    if base is None:
        dot[out] = dot[x] / x
    else:
        dot[out] = (dot[x] / x - out * dot[base] / base) / math.log(base)


@rule(np.log2, infer=FLOATING, elementwise=True)
@rule(math.log2, infer=python_number, elementwise=True)
def log2(out, x):
    dot[out] = dot[x] / (LOG_2 * x)


@rule(np.log10, infer=FLOATING, elementwise=True)
@rule(math.log10, infer=python_number, elementwise=True)
def log10(out, x):
    dot[out] = dot[x] / (LOG_10 * x)


@rule(np.log1p, infer=FLOATING, elementwise=True)
@rule(math.log1p, infer=python_number, elementwise=True)
def log1p(out, x):
    dot[out] = dot[x] / (1.0 + x)


@rule(np.logaddexp, infer=FLOATING, elementwise=True)
def logaddexp(out, x, y):
    dot[out] = dot[x] * np.exp(x - out) + dot[y] * np.exp(y - out)


@rule(np.logaddexp2, infer=FLOATING, elementwise=True)
def logaddexp2(out, x, y):
    dot[out] = dot[x] * np.exp2(x - out) + dot[y] * np.exp2(y - out)


@rule(np.sqrt, infer=FLOATING, elementwise=True)
@rule(math.sqrt, infer=python_number, elementwise=True)
def sqrt(out, x):
    dot[out] = dot[x] / (2.0 * out)


@rule(np.cbrt, infer=FLOATING, elementwise=True)
@rule(*MATH_CBRT, infer=python_number, elementwise=True)
def cbrt(out, x):
    dot[out] = dot[x] / (3.0 * out ** 2)


@rule(math.erf, infer=python_number, elementwise=True)
def erf(out, x):
    dot[out] = SQRT_PI * dot[x] * math.exp(-x ** 2)


@rule(math.erfc, infer=python_number, elementwise=True)
def erfc(out, x):
    dot[out] = -SQRT_PI * dot[x] * math.exp(-x ** 2)


@rule(math.gamma, infer=python_number, elementwise=True)
def gamma(out, x):
    dot[out] = dot[x] * out * polygamma(0, x)


@rule(math.lgamma, infer=python_number, elementwise=True)
def lgamma(out, x):
    dot[out] = dot[x] * polygamma(0, x)


@rule(polygamma, infer=python_number, elementwise=True)
def polygamma_rule(out, n, x):
    dot[out] = dot[x] * polygamma(n + 1, x)


@rule(each_polygamma, infer=among(("x",), ("n", "x"), inexact), elementwise=True)
def each_polygamma_rule(out, n, x):
    dot[out] = dot[x] * each_polygamma(n + 1, x)


def _of_array(op, kind):
    """An array even where the operand is a number."""
    found = FLOATING(op, kind)
    return Array(found.dtype, ()) if isinstance(found, Number) else found


@rule(np.i0, infer=_of_array, elementwise=True)
def i0(out, x):
    dot[out] = dot[x] * bessel(1, x)


@rule(bessel, infer=among(("x",), ("n", "x"), inexact), elementwise=True)
def bessel_rule(out, n, x):
    dot[out] = dot[x] * 0.5 * (bessel(n - 1, x) + bessel(n + 1, x))


@rule(np.abs, name="abs", infer=ufunc(real_dtype), elementwise=True)
def magnitude(out, x):
    if is_complex(x) is False:
        dot[out] = dot[x] * np.sign(x)
    else:
        direction = np.conj(x) / np.where(out == 0.0, 1.0, out)
        dot[out] = np.real(dot[x] * direction)
        bar[x] = bar[out] * direction


@rule(np.sign, infer=ufunc(same_dtype), elementwise=True)
def sign(out, x):
    if is_complex(x) is not False:      # z / abs(z)
        size = np.where(out == 0.0, 1.0, np.abs(x))
        dot[out] = np.abs(out) * (dot[x] - out * np.real(np.conj(out) * dot[x])) / size
        bar[x] = np.abs(out) * (bar[out] - np.conj(out) * np.real(bar[out] * out)) / size


@rule(np.heaviside, infer=FLOATING, elementwise=True)
def heaviside(out, x, there):
    dot[out] = dot[there] * (x == 0.0)


@rule(np.fabs, infer=FLOATING, elementwise=True)
@rule(math.fabs, infer=python_number, elementwise=True)
def absolute(out, x):
    dot[out] = dot[x] * np.sign(x)


@rule(np.deg2rad, np.radians, infer=FLOATING, elementwise=True)
@rule(math.radians, infer=python_number, elementwise=True)
def radians(out, x):
    dot[out] = DEGREE * dot[x]


@rule(np.rad2deg, np.degrees, infer=FLOATING, elementwise=True)
@rule(math.degrees, infer=python_number, elementwise=True)
def degrees(out, x):
    dot[out] = dot[x] / DEGREE


@rule(np.sinc, infer=FLOATING, elementwise=True)
def sinc(out, x):
    safe = np.where(x == 0.0, 1.0, x)
    dot[out] = dot[x] * np.where(x == 0.0, 0.0, (np.cos(np.pi * safe) - np.sinc(safe)) / safe)


@rule(np.maximum, np.fmax, infer=ufunc(same_dtype), elementwise=True)
def maximum(out, x, y):
    dot[out] = dot[x] * ((x > y) + 0.5 * (x == y)) + dot[y] * ((y > x) + 0.5 * (x == y))


@rule(np.minimum, np.fmin, infer=ufunc(same_dtype), elementwise=True)
def minimum(out, x, y):
    dot[out] = dot[x] * ((x < y) + 0.5 * (x == y)) + dot[y] * ((y < x) + 0.5 * (x == y))


@rule(np.clip, infer=among(CLIPPED, CLIPPED), elementwise=True)
def clip(out, x, min=None, max=None):
    raised = np.maximum(x, min)
    inside = (raised < max) + 0.5 * (raised == max)
    if min is None and max is None:
        dot[out] = dot[x]
    elif min is None:
        dot[out] = dot[x] * ((x < max) + 0.5 * (x == max)) + dot[max] * ((x > max) + 0.5 * (x == max))
    elif max is None:
        dot[out] = dot[x] * ((x > min) + 0.5 * (x == min)) + dot[min] * ((x < min) + 0.5 * (x == min))
    else:
        dot[out] = (dot[x] * (((x > min) + 0.5 * (x == min)) * inside)
                    + dot[min] * (((x < min) + 0.5 * (x == min)) * inside)
                    + dot[max] * ((raised > max) + 0.5 * (raised == max)))


@rule(np.where, infer=selected, elementwise=True)
def where(out, condition, x, y):
    dot[out] = np.where(condition, or_zero(dot[x]), or_zero(dot[y]))
    bar[x] = np.where(condition, bar[out], 0.0)
    bar[y] = np.where(condition, 0.0, bar[out])


constant(np.floor, np.ceil, np.trunc, np.rint, infer=ufunc(same_dtype), elementwise=True)
constant(np.round, np.around, np.fix, infer=among(("x",), ROUNDED), elementwise=True, params=ROUNDED)
constant(math.floor, math.ceil, math.trunc, math.gcd, math.lcm, math.factorial, math.comb, math.perm, math.isqrt,
         infer=INTEGER)
constant(math.ulp, infer=python_number)
constant(np.spacing, infer=FLOATING, elementwise=True)
constant(math.isnan, math.isinf, math.isfinite, math.isclose, infer=BOOLEAN)
constant(np.isclose, infer=among(CLOSE[:4], CLOSE, bool_dtype), elementwise=True, params=CLOSE)
