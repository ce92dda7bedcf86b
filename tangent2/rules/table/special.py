"""Functions of `scipy.special` that are no Python: loaded where the user imported it, never otherwise."""
from __future__ import annotations

import numpy as np
from scipy import special

from tangent2.core.kinding import inexact
from tangent2.rules.declare import rule
from tangent2.rules.families import ufunc
from tangent2.rules.template import dot
from tangent2.runtime.gammas import each_polygamma



def computed_dtype(dtype):
    """There is no half precision."""
    return "float32" if dtype == "float16" else inexact(dtype)


FLOATING = ufunc(computed_dtype)


@rule(special.gammaln, infer=FLOATING, elementwise=True)
def gammaln(out, x):
    dot[out] = dot[x] * special.digamma(x)


@rule(special.gamma, infer=FLOATING, elementwise=True)
def gamma(out, x):
    dot[out] = dot[x] * out * special.digamma(x)


@rule(special.digamma, infer=FLOATING, elementwise=True)
def digamma(out, x):
    dot[out] = dot[x] * each_polygamma(1, x)


@rule(special.erf, infer=FLOATING, elementwise=True)
def erf(out, x):
    dot[out] = dot[x] * 2.0 / np.sqrt(np.pi) * np.exp(-x ** 2)


@rule(special.erfc, infer=FLOATING, elementwise=True)
def erfc(out, x):
    dot[out] = -dot[x] * 2.0 / np.sqrt(np.pi) * np.exp(-x ** 2)


@rule(special.ndtr, infer=FLOATING, elementwise=True)
def ndtr(out, x):
    dot[out] = dot[x] * np.exp(-0.5 * x ** 2) / np.sqrt(2.0 * np.pi)


@rule(special.expit, infer=FLOATING, elementwise=True)
def expit(out, x):
    dot[out] = dot[x] * out * (1.0 - out)


@rule(special.log_expit, infer=FLOATING, elementwise=True)
def log_expit(out, x):
    dot[out] = dot[x] * special.expit(-x)


@rule(special.logit, infer=FLOATING, elementwise=True)
def logit(out, x):
    dot[out] = dot[x] / (x * (1.0 - x))


@rule(special.xlogy, infer=FLOATING, elementwise=True)
def xlogy(out, x, y):
    dot[out] = dot[x] * np.log(y) + dot[y] * x / y
