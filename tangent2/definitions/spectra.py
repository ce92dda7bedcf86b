"""Fourier transforms along several axes, of real and Hermitian signals, and their frequencies."""
from __future__ import annotations

from typing import Any

import numpy as np

from tangent2.definitions.define import defines


@defines(np.fft.fftn)
def fftn(a: Any, *, axes: Any = None, norm: Any = None) -> Any:
    found = a
    for axis in range(np.ndim(a)) if axes is None else axes:
        found = np.fft.fft(found, axis=axis, norm=norm)
    return found


@defines(np.fft.ifftn)
def ifftn(a: Any, *, axes: Any = None, norm: Any = None) -> Any:
    found = a
    for axis in range(np.ndim(a)) if axes is None else axes:
        found = np.fft.ifft(found, axis=axis, norm=norm)
    return found


@defines(np.fft.fft2)
def fft2(a: Any, *, norm: Any = None) -> Any:
    return np.fft.fft(np.fft.fft(a, axis=-1, norm=norm), axis=-2, norm=norm)


@defines(np.fft.ifft2)
def ifft2(a: Any, *, norm: Any = None) -> Any:
    return np.fft.ifft(np.fft.ifft(a, axis=-1, norm=norm), axis=-2, norm=norm)


@defines(np.fft.rfft2)
def rfft2(a: Any, *, norm: Any = None) -> Any:
    return np.fft.fft(np.fft.rfft(a, axis=-1, norm=norm), axis=-2, norm=norm)


@defines(np.fft.irfft2)
def irfft2(a: Any, s: Any = None, *, norm: Any = None) -> Any:
    if s is None:
        return np.fft.irfft(np.fft.ifft(a, axis=-2, norm=norm), axis=-1, norm=norm)
    return np.fft.irfft(np.fft.ifft(a, s[0], axis=-2, norm=norm), s[1], axis=-1, norm=norm)


@defines(np.fft.rfftn)
def rfftn(a: Any, *, norm: Any = None) -> Any:
    found = np.fft.rfft(a, axis=-1, norm=norm)
    for axis in range(np.ndim(a) - 1):
        found = np.fft.fft(found, axis=axis, norm=norm)
    return found


@defines(np.fft.irfftn)
def irfftn(a: Any, s: Any = None, *, norm: Any = None) -> Any:
    found = a
    for axis in range(np.ndim(a) - 1):
        found = np.fft.ifft(found, None if s is None else s[axis], axis=axis, norm=norm)
    return np.fft.irfft(found, None if s is None else s[-1], axis=-1, norm=norm)


@defines(np.fft.hfft)
def hfft(a: Any, n: Any = None, axis: Any = -1, norm: Any = None) -> Any:
    if norm == "ortho":
        return np.fft.irfft(np.conj(a), n, axis=axis, norm="ortho")
    if norm == "forward":
        return np.fft.irfft(np.conj(a), n, axis=axis)
    return np.fft.irfft(np.conj(a), n, axis=axis, norm="forward")


@defines(np.fft.ihfft)
def ihfft(a: Any, n: Any = None, axis: Any = -1, norm: Any = None) -> Any:
    if norm == "ortho":
        return np.conj(np.fft.rfft(a, n, axis=axis, norm="ortho"))
    if norm == "forward":
        return np.conj(np.fft.rfft(a, n, axis=axis))
    return np.conj(np.fft.rfft(a, n, axis=axis, norm="forward"))


@defines(np.fft.fftshift)
def fftshift(x: Any, axes: Any = None) -> Any:
    if isinstance(axes, int):
        return np.roll(x, np.shape(x)[axes] // 2, axis=axes)
    found = x
    for axis in range(np.ndim(x)) if axes is None else axes:
        found = np.roll(found, np.shape(x)[axis] // 2, axis=axis)
    return found


@defines(np.fft.ifftshift)
def ifftshift(x: Any, axes: Any = None) -> Any:
    if isinstance(axes, int):
        return np.roll(x, -(np.shape(x)[axes] // 2), axis=axes)
    found = x
    for axis in range(np.ndim(x)) if axes is None else axes:
        found = np.roll(found, -(np.shape(x)[axis] // 2), axis=axis)
    return found


@defines(np.fft.fftfreq)
def fftfreq(n: Any, d: Any = 1.0) -> Any:
    return np.fft.fftfreq(n) / d


@defines(np.fft.rfftfreq)
def rfftfreq(n: Any, d: Any = 1.0) -> Any:
    return np.fft.rfftfreq(n) / d
