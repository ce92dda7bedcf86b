"""Discrete Fourier transforms: their matrices are symmetric, so that products with them are transforms too.

Brigham, The Fast Fourier Transform (1974).  The other transforms are defined by these (`definitions/spectra.py`).
"""
from __future__ import annotations

import numpy as np

from tangent2.core.kinding import as_array
from tangent2.core.kinds import UNKNOWN, Array
from tangent2.core.syntax import Const
from tangent2.rules.declare import bind, linear
from tangent2.rules.families import first_operand
from tangent2.rules.questions import extent, is_written, refuse
from tangent2.rules.template import bar
from tangent2.runtime.spectra import doubled, fitted

_NARROW = {"float16": "float32", "float32": "float32", "complex64": "float32"}
_COMPLEX = {"float32": "complex64", "float64": "complex128"}


def spectrum(real, whole):
    """The kind of a transform: `real`: of the result; `whole`: whether the extent along the axis stays without `n`."""
    def infer(op, kind):
        try:
            atoms = bind(op, ("a", "n", "axis", "norm"), None,
                         {"n": Const(None), "axis": Const(-1), "norm": Const(None)})
        except LookupError:
            return UNKNOWN
        own, axis = as_array(kind(atoms["a"])), atoms["axis"]
        if not isinstance(own, Array) or own.dtype is None or own.dtype.startswith("long"):
            return UNKNOWN
        width = _NARROW.get(own.dtype, "float64")
        dtype = width if real else _COMPLEX[width]
        if own.shape is None or not isinstance(axis, Const) or not -len(own.shape) <= axis.value < len(own.shape):
            return Array(dtype, None)
        shape = list(own.shape)
        if atoms["n"] != Const(None) or not whole:
            shape[axis.value] = None
        return Array(dtype, tuple(shape))
    return infer


def as_long(op, kind):
    """The kind of a spectrum that is cut or filled: its own dtype, and the extents of the second operand."""
    own, like = as_array(kind(op.args[0])), as_array(kind(op.args[1]))
    known = isinstance(own, Array) and isinstance(like, Array)
    return Array(own.dtype, like.shape) if known else UNKNOWN


@linear(np.fft.fft, wrt="a", infer=spectrum(False, True))
def fft(out, a, n=None, axis=-1, norm=None):
    if n is None:
        bar[a] = np.fft.fft(bar[out], axis=axis, norm=norm)
    else:
        bar[a] = fitted(np.fft.fft(bar[out], axis=axis, norm=norm), a, axis)


@linear(np.fft.ifft, wrt="a", infer=spectrum(False, True))
def ifft(out, a, n=None, axis=-1, norm=None):
    if n is None:
        bar[a] = np.fft.ifft(bar[out], axis=axis, norm=norm)
    else:
        bar[a] = fitted(np.fft.ifft(bar[out], axis=axis, norm=norm), a, axis)


@linear(np.fft.rfft, wrt="a", infer=spectrum(False, False))
def rfft(out, a, n=None, axis=-1, norm=None):
    if n is None and is_written(axis):
        bar[a] = np.real(np.fft.fft(bar[out], extent(a, axis), axis=axis, norm=norm))
    elif n is None:
        refuse("np.fft.rfft along an axis that is computed")
    else:
        bar[a] = fitted(np.real(np.fft.fft(bar[out], n, axis=axis, norm=norm)), a, axis)


@linear(np.fft.irfft, wrt="a", infer=spectrum(True, False))
def irfft(out, a, n=None, axis=-1, norm=None):
    if not is_written(axis):
        refuse("np.fft.irfft along an axis that is computed")
    elif norm is None or norm == "backward":
        spread = doubled(np.conj(np.fft.rfft(bar[out], axis=axis, norm="forward")), extent(out, axis), axis)
    elif norm == "forward":
        spread = doubled(np.conj(np.fft.rfft(bar[out], axis=axis)), extent(out, axis), axis)
    elif norm == "ortho":
        spread = doubled(np.conj(np.fft.rfft(bar[out], axis=axis, norm="ortho")), extent(out, axis), axis)
    else:
        refuse("np.fft.irfft with a norm that is computed")
    if n is None:
        bar[a] = spread
    else:
        bar[a] = fitted(spread, a, axis)


@linear(fitted, wrt="g", infer=as_long)
def fitted_rule(out, g, like, axis):
    bar[g] = fitted(bar[out], g, axis)


@linear(doubled, wrt="g", infer=first_operand)
def doubled_rule(out, g, count, axis):
    bar[g] = doubled(bar[out], count, axis)
