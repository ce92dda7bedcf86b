"""Complex numbers: the adjoint of z = a + ib is that of a minus i times that of b, so that products need no conjugate.

This is the convention of JAX: `<w, dz>` is the real part of the plain product `w * dz`.
"""
from __future__ import annotations

import numpy as np

from tangent2.core.kinds import COMPLEX
from tangent2.rules.declare import linear, rule
from tangent2.rules.families import fixed, real_dtype, same_dtype, ufunc
from tangent2.rules.questions import is_complex
from tangent2.rules.template import bar, dot

REAL, SAME = ufunc(real_dtype), ufunc(same_dtype)


@linear(np.real, wrt="x", alias="maybe_view", infer=REAL)
def real(out, x):
    bar[x] = bar[out]


@linear(np.imag, wrt="x", alias="maybe_view", infer=REAL)
def imag(out, x):
    bar[x] = -1j * bar[out]


@linear(np.conj, name="conj", wrt="x", infer=SAME, elementwise=True)
def conj(out, x):
    bar[x] = np.conj(bar[out])


@rule(np.angle, infer=REAL)
def angle(out, x):
    if is_complex(x) is not False:
        dot[out] = np.imag(dot[x] / x)
        bar[x] = -1j * bar[out] / x


@rule(complex, infer=fixed(COMPLEX))
def to_complex(out, re, im=0.0):
    dot[out] = dot[re] + 1j * dot[im]
    bar[re] = bar[out]
    bar[im] = np.real(1j * bar[out])
