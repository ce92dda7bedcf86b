"""NumPy's functions that are defined by others: they give what NumPy gives, and right derivatives in all modes."""
from __future__ import annotations

import inspect
import math
import statistics
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import tangent2
from tangent2.definitions.define import completed, definitions
from tangent2.rules.declare import recognise_prim
from tests.rules.test_special import PROGRAMS as SPECIAL
from tests.harness import modes

X = np.array([0.7, 0.2, 1.3, -0.4, 0.9])
Y = np.array([0.1, 0.5, -0.3, 0.8, 0.6])
M = np.array([[0.3, 0.5, 1.1], [0.1, -0.4, 0.7]])
T = np.arange(24.0).reshape(2, 3, 4) ** 1.5 % 1.7 + 0.1
SQUARE = np.array([[1.3, 0.2, 0.5], [0.1, 0.9, -0.3], [0.4, 0.7, 2.0]])
HOLES = np.array([[True, True, False], [False, True, True]])


def holed(m: Any) -> Any:
    """A matrix of which some elements are NaN."""
    return np.where(HOLES, m, np.nan)


def picked(parts: Any) -> Any:
    return np.concatenate([np.ravel(p) for p in parts])


def halves(z: Any) -> Any:
    """The real and imaginary parts of complex numbers."""
    return np.concatenate([np.ravel(z.real), np.ravel(z.imag)])


CASES: list[tuple[Callable[..., Any], tuple[Any, ...]]] = [
    (lambda x: np.ediff1d(x), (X,)),
    (lambda m: np.ediff1d(m, to_end=m[0, :2], to_begin=[0.5]), (M,)),
    (lambda x: np.cumulative_sum(x), (X,)),
    (lambda m: np.cumulative_sum(m, axis=1), (M,)),
    (lambda m: np.cumulative_prod(m, axis=0), (M,)),
    (lambda m: np.nancumsum(holed(m), axis=1), (M,)),
    (lambda m: np.nancumprod(holed(m)), (M,)),
    (lambda x, y: np.correlate(x, y[:2]), (X, Y)),
    (lambda x, y: np.correlate(x[:2], y), (X, Y)),
    (lambda x, y: np.correlate(x, y[:2], mode="full"), (X, Y)),
    (lambda x, y: np.correlate(x[:3], y, "full"), (X, Y)),
    (lambda x, y: np.correlate(x, y[:2], "same"), (X, Y)),
    (lambda x, y: np.correlate(x, y[:3], "same"), (X, Y)),
    (lambda x, y: np.correlate(x[:2], y, "same"), (X, Y)),
    (lambda x, y: np.correlate(x[:3], y, "same"), (X, Y)),
    (lambda x: np.unwrap(x * 10), (X,)),
    (lambda m: np.unwrap(m * 9, axis=0), (M,)),
    (lambda x: np.unwrap(x * 9, discont=5.0, period=3.0), (X,)),
    (lambda a, b: np.geomspace(a, b, 5), (0.5, 3.0)),
    (lambda a, b: np.geomspace(a, b, num=4, endpoint=False), (0.5, 3.0)),
    (lambda a, b: np.logspace(a, b, 5), (0.5, 1.2)),
    (lambda a, b: np.logspace(a, b, 5, base=2.0), (0.5, 1.2)),
    (lambda m: np.corrcoef(m), (M,)),
    (lambda m: np.corrcoef(m, rowvar=False), (T[0],)),
    (lambda x, y: np.corrcoef(x, y), (X, Y)),
    (lambda m: np.nanprod(holed(m), axis=0), (M,)),
    (lambda m: np.nanmax(holed(m), axis=1), (M,)),
    (lambda m: np.nanmin(holed(m)), (M,)),
    (lambda m: np.nanmean(holed(m)), (M,)),
    (lambda m: np.nanmean(holed(m), 0), (M,)),
    (lambda m: np.nanvar(holed(m), axis=1), (M,)),
    (lambda m: np.nanvar(holed(m), axis=1, ddof=1, keepdims=True), (M,)),
    (lambda m: np.nanstd(holed(m)), (M,)),
    (lambda x: np.quantile(x, 0.3), (X,)),
    (lambda x, q: np.quantile(x, q), (X, 0.3)),
    (lambda x: np.quantile(x, [0.0, 0.3, 1.0]), (X,)),
    (lambda m: np.quantile(m, 0.3, axis=1), (M,)),
    (lambda m: np.quantile(m, np.array([0.3, 0.6]), axis=0), (M,)),
    (lambda m: np.quantile(m, 0.4, keepdims=True), (M,)),
    (lambda m: np.quantile(m, [0.4, 0.1], axis=-1, keepdims=True), (M,)),
    (lambda m: np.quantile(m, 0.4, axis=0, keepdims=True), (M,)),
    (lambda x: np.percentile(x, 30), (X,)),
    (lambda m: np.percentile(m, [10, 90], axis=1), (M,)),
    (lambda x: np.unique(x * x), (X,)),
    (lambda x: np.unique_values(x), (X,)),
    (lambda x: picked(np.unique(x * x, return_counts=True)), (X,)),
    (lambda m: picked(np.unique(m, True, True)), (M,)),
    (lambda x: picked(np.unique_counts(x)), (X,)),
    (lambda m: picked(np.unique_inverse(m)), (M,)),
    (lambda m: picked(np.unique_all(m)), (M,)),
    (lambda x, y: np.union1d(x, y), (X, Y)),
    (lambda x, y: np.intersect1d(np.append(x, 3.0), np.append(y, 3.0)) + x[0], (X, Y)),
    (lambda x, y: np.setdiff1d(x, y), (X, Y)),
    (lambda x, y: np.setxor1d(x, y), (X, Y)),
    (lambda x, y: np.histogram(x, bins=[-1.0, 0.3, 0.8, 1.5], weights=y)[0], (X, Y)),
    (lambda x, y: picked(np.histogram(x, 3, weights=y, density=True)), (X, Y)),
    (lambda m: picked(np.histogram(m, 4, range=(-1.0, 2.0))), (M,)),
    (lambda x: np.histogram_bin_edges(x, 4), (X,)),
    (lambda x: np.histogram_bin_edges(x, "sqrt"), (X,)),
    (lambda x: np.histogram(0.0 * x[:1] + 0.5, 2)[1], (X,)),
    (lambda x, y: np.histogram2d(x, y, 3, weights=x)[0], (X, Y)),
    (lambda x, y: picked(np.histogram2d(x, y, [[-1.0, 0.55, 2.0], 2], weights=y, density=True)), (X, Y)),
    (lambda x, y: picked(np.histogram2d(x, y, [-1.0, 0.55, 2.0])), (X, Y)),
    (lambda m, x: np.histogramdd(m.T, (2, 3), weights=x[:3] ** 2)[0], (M, X)),
    (lambda x, y: np.histogramdd([x, y], bins=2, density=True, range=((-1, 1), (0, 2)), weights=y)[0], (X, Y)),
    (lambda x, y: picked(np.histogramdd([x, y], 2)[1]), (X, Y)),
    (lambda b: np.kaiser(5, b), (0.7,)),
    (lambda x: np.gradient(x, np.array([0.0, 1.0, 1.5, 3.0, 3.2])), (X,)),
    (lambda x: np.gradient(x, x[0] + 1.0, edge_order=2), (X,)),
    (lambda m: picked(np.gradient(m)), (M,)),
    (lambda m, x: picked(np.gradient(m, x[0] + 1.0, np.sort(x)[:3])), (M, X)),
    (lambda t: picked(np.gradient(t, 2.0)), (T,)),
    (lambda t: picked(np.gradient(t, 2.0, 0.5, axis=(2, 0))), (T,)),
    (lambda m: np.gradient(m, axis=1, edge_order=2), (M,)),
    (lambda x: np.array([0, 1, 1, 0, 1]).choose([x, x ** 2]), (X,)),
    (lambda m: m.compress([True, False, True], axis=1), (M,)),
    (lambda m: m.compress([True, False, True]), (M,)),
    (lambda m: np.cumsum(m, axis=0, dtype=float), (M,)),
    (lambda x: np.cumprod(x, dtype=np.float64), (X,)),
    (lambda m: np.quantile(m, 0.3, method="lower"), (M,)),
    (lambda m: np.quantile(m, [0.3, 0.8], axis=1, method="higher"), (M,)),
    (lambda x: np.quantile(x, [0.3, 0.8], method="nearest"), (X,)),
    (lambda x: np.quantile(x, [0.3, 0.8], method="midpoint"), (X,)),
    (lambda x: np.percentile(x, [0, 33, 98], method="hazen"), (X,)),
    (lambda x: np.percentile(x, [0, 33, 98], method="weibull"), (X,)),
    (lambda x: np.percentile(x, [0, 33, 98], method="median_unbiased"), (X,)),
    (lambda x: np.percentile(x, [0, 33, 98], method="normal_unbiased"), (X,)),
    (lambda x: np.percentile(x, [0, 33, 98], method="interpolated_inverted_cdf"), (X,)),
    (lambda m: np.linalg.matrix_power(m, -2), (SQUARE,)),
    (lambda m: np.add(m, m, dtype=np.float64) * m.mT.copy("F").mT, (M,)),
    (lambda m: m.reshape((2, -1), order="F"), (M,)),
    (lambda b: np.kaiser(1, b) * b, (0.7,)),
    (lambda x: np.asarray_chkfinite(x) ** 2, (X,)),
    (lambda x: np.require(x, np.float64) ** 2, (X,)),
    (lambda x: np.astype(x, np.float64) ** 2, (X,)),
    (lambda x: np.real_if_close(np.fft.ifft(np.fft.fft(x))) ** 2, (X,)),
    (lambda x: halves(np.real_if_close(x * (1.0 + 1.0j))), (X,)),
    (lambda m: np.nanquantile(holed(m), 0.3), (M,)),
    (lambda m: np.nanquantile(holed(m), [0.3, 0.8], axis=1), (M,)),
    (lambda m: np.nanquantile(holed(m), 0.3, axis=0, keepdims=True), (M,)),
    (lambda m: np.nanquantile(holed(m), 0.3, keepdims=True), (M,)),
    (lambda m: np.nanpercentile(holed(m), [20, 60], 1), (M,)),
    (lambda m: np.nanmedian(holed(m), axis=1), (M,)),
    (lambda m: np.nanmedian(holed(m)), (M,)),
    (lambda x: np.sort_complex(x).real, (X,)),
    (lambda x: np.trim_zeros(x * (x > 0.3)), (np.array([0.1, 0.7, 0.2, 1.3, -0.4]),)),
    (lambda x: np.trim_zeros(x * (x > 0.3), "f"), (np.array([0.1, 0.7, 0.2, 1.3, -0.4]),)),
    (lambda x: np.delete(x, 1), (X,)),
    (lambda x: np.delete(x, [0, 2]), (X,)),
    (lambda x: np.delete(x, slice(0, 4, 2)), (X,)),
    (lambda m: np.delete(m, 1), (M,)),
    (lambda m: np.delete(m, 1, axis=1), (M,)),
    (lambda m: np.delete(m, [0, 2], -1), (M,)),
    (lambda x: np.insert(x, 1, x[0] * 2), (X,)),
    (lambda x: np.insert(x, 2, x[:2]), (X,)),
    (lambda x: np.insert(x, [0, 2], x[:2] ** 2), (X,)),
    (lambda x: np.insert(x, [0, 2], x[0]), (X,)),
    (lambda m: np.insert(m, 1, m[0, :2]), (M,)),
    (lambda m: np.insert(m, 1, m[0] * 2, axis=0), (M,)),
    (lambda m: np.insert(m, 1, m[:, 0] * 2, axis=1), (M,)),
    (lambda m: np.insert(m, 1, m[0, 0], axis=1), (M,)),
    (lambda m: np.insert(m, 0, m * 2, axis=0), (M,)),
    (lambda m: np.insert(m, [1, 2], m[:, :2] * 2, axis=1), (M,)),
    (lambda x, m: picked(np.broadcast_arrays(x[:3], m, 2.0)), (X, M)),
    (lambda t: picked(np.unstack(t, axis=1)), (T,)),
    (lambda t: np.rollaxis(t, 2), (T,)),
    (lambda t: np.rollaxis(t, 0, 2), (T,)),
    (lambda t: np.rollaxis(t, -1, 1), (T,)),
    (lambda m: np.diagflat(m, 1), (M,)),
    (lambda t: np.matrix_transpose(t), (T,)),
    (lambda x: np.resize(x, (3, 4)), (X,)),
    (lambda x: np.resize(x, 3), (X,)),
    (lambda x: np.fromiter((v * v for v in x), float), (X,)),
    (lambda m: np.apply_along_axis(np.cumsum, 0, m), (M,)),
    (lambda m: np.apply_along_axis(lambda r: np.sum(r * r), 1, m), (M,)),
    (lambda t: np.apply_along_axis(lambda r: np.outer(r, r), 1, t), (T,)),
    (lambda m: np.apply_along_axis(lambda r, c: r * c, -1, m, 3.0), (M,)),
    (lambda t: picked(np.dsplit(t, 2)), (T,)),
    (lambda t: np.apply_over_axes(np.sum, t, [0, 2]), (T,)),
    (lambda m: np.array([v * (i + 2 * j) for (i, j), v in np.ndenumerate(m)]), (M,)),
    (lambda x: np.fromfunction(lambda i, j: x[0] * i + x[1] ** 2 * j, (3, 2)), (X,)),
    (lambda x: np.fromfunction(lambda i: x[0] * i, (4,)), (X,)),
    (lambda t: np.fromfunction(lambda i, j, k: t[0, 0, 0] * i + j * k, (2, 2, 3)), (T,)),
    (lambda x, y: np.choose([0, 1, 1, 0, 1], [x, y]), (X, Y)),
    (lambda m: np.choose(m > 0, [m, m[0]]), (M,)),
    (lambda x, y: np.choose([0, 3, 2, -1, 1], [x, y], mode="wrap"), (X, Y)),
    (lambda x, y: np.choose([0, 3, 2, -1, 1], [x, y], mode="clip"), (X, Y)),
    (lambda x: np.maximum.accumulate(x), (X,)),
    (lambda m: np.minimum.accumulate(m, axis=1), (M,)),
    (lambda x: np.logaddexp.reduce(x), (X,)),
    (lambda m: np.logaddexp.reduce(m, axis=1, keepdims=True), (M,)),
    (lambda x: np.add.reduceat(x * x, [0, 3, 1, 4]), (X,)),
    (lambda m: np.multiply.reduceat(m, [0, 2], axis=1), (M,)),
    (lambda a: np.array(list(dict.fromkeys("ab", a * a).values())), (0.7,)),
    (lambda x, y: picked(np.divmod(x, y + 0.05)), (X, Y)),
    (lambda m: np.extract(m > 0.2, m), (M,)),
    (lambda m: np.compress([True, False, True], m, axis=1), (M,)),
    (lambda m: np.compress([True, False, True], m), (M,)),
    (lambda x, y: np.vecdot(x, x * y), (X, Y)),
    (lambda m, x: np.vecdot(m, x[:3]), (M, X)),
    (lambda t, x: np.matvec(t, x[:4]), (T, X)),
    (lambda x, t: np.vecmat(x[:3], t), (X, T)),
    (lambda m: np.linalg.multi_dot([m, m.T, m]), (M,)),
    (lambda m: np.linalg.svdvals(m), (M,)),
    (lambda m: np.linalg.cond(m), (SQUARE,)),
    (lambda m: np.linalg.vector_norm(m), (M,)),
    (lambda m: np.linalg.vector_norm(m, axis=1, ord=3), (M,)),
    (lambda m: np.linalg.matrix_norm(m), (M,)),
    (lambda m: np.linalg.matrix_norm(m, ord=1), (M,)),
    (lambda m, y: np.linalg.lstsq(m, y[:3])[0], (T[0].T[:3, :2], Y)),
    (lambda m, y: np.linalg.lstsq(m, y[:4], rcond=None)[1], (T[0].T, Y)),
    (lambda t, m: np.linalg.tensorsolve(np.reshape(np.eye(6) + 0.1 * t[0, 0, 0], (2, 3, 2, 3)), m), (T, M)),
    (lambda t: np.linalg.tensorinv(np.reshape(np.eye(6) * t[0, 1, 1] + 0.1, (2, 3, 2, 3))), (T,)),
    (lambda x, y: np.linalg.outer(x, y), (X, Y)),
    (lambda a, b: np.linalg.matmul(a, b), (M, SQUARE)),
    (lambda a, b: np.linalg.tensordot(a, b, axes=1), (M, SQUARE)),
    (lambda t: np.linalg.trace(t, offset=1), (T,)),
    (lambda t: np.linalg.diagonal(t), (T,)),
    (lambda x, y: np.linalg.cross(x[:3], y[:3]), (X, Y)),
    (lambda x: np.vander(x, 3), (X,)),
    (lambda x: np.vander(x[:2], increasing=True), (X,)),
    (lambda x, y: np.polyfit(x, y, 2), (X, Y)),
    (lambda x, y: np.polyfit(x, y, deg=1, w=np.arange(1.0, 6.0)), (X, Y)),
    (lambda x, y: np.polyadd(x, y[:2]), (X, Y)),
    (lambda x, y: np.polysub(x[:3], y), (X, Y)),
    (lambda x, y: np.polymul(x, y), (X, Y)),
    (lambda x: np.polyder(x), (X,)),
    (lambda x: np.polyder(x, 2), (X,)),
    (lambda x: np.polyint(x), (X,)),
    (lambda x: np.polyint(x, 2, [0.5, 0.1]), (X,)),
    (lambda x: np.poly(x), (X,)),
    (lambda x, y: picked(np.polydiv(x, y[:2])), (X, Y)),
    (lambda x, y: picked(np.polydiv(x[:2], y)), (X, Y)),
    (lambda x: np.abs(np.roots(x)), (X,)),
    (lambda x: np.abs(np.roots([0.0, x[0], x[1] - 3.0, 0.0])), (X,)),
    (lambda m: halves(np.fft.fft2(m)), (M,)),
    (lambda m: halves(np.fft.ifft2(m, norm="ortho")), (M,)),
    (lambda m: halves(np.fft.fftn(m)), (M,)),
    (lambda t: halves(np.fft.fftn(t, axes=(0, 2))), (T,)),
    (lambda t: halves(np.fft.ifftn(t)), (T,)),
    (lambda m: halves(np.fft.rfft2(m)), (M,)),
    (lambda t: halves(np.fft.rfftn(t)), (T,)),
    (lambda m: np.fft.irfft2(np.fft.rfft2(m) * 2.0), (T[0],)),
    (lambda m: np.fft.irfft2(np.fft.rfft2(m) * 2.0, m.shape), (M,)),
    (lambda t: np.fft.irfftn(np.fft.rfftn(t)), (T,)),
    (lambda m: np.fft.irfftn(np.fft.rfftn(m), m.shape), (M,)),
    (lambda x: np.fft.hfft(x), (X,)),
    (lambda x: np.fft.hfft(x, 7, norm="ortho"), (X,)),
    (lambda x: halves(np.fft.ihfft(x)), (X,)),
    (lambda x: halves(np.fft.ihfft(x, 3, norm="forward")), (X,)),
    (lambda x: np.fft.fftshift(x), (X,)),
    (lambda m: np.fft.fftshift(m, axes=1), (M,)),
    (lambda t: np.fft.fftshift(t, axes=(0, 2)), (T,)),
    (lambda m: np.fft.ifftshift(m), (M,)),
    (lambda d: np.fft.fftfreq(5, d), (0.3,)),
    (lambda d: np.fft.rfftfreq(5, d), (0.3,)),
    (lambda x: statistics.mean(x), ([0.3, 0.9, 0.4],)),
    *[(lambda x: statistics.fmean(x, [1.0, 2.0, 3.0]), ([0.3, 0.9, 0.4],))] * (sys.version_info >= (3, 11)),
    (lambda x: statistics.fmean([v * v for v in x]), (X,)),
    (lambda x: statistics.geometric_mean(x), ([0.3, 0.9, 0.4],)),
    (lambda x: statistics.harmonic_mean(x), ([0.3, 0.9, 0.4],)),
    (lambda x: statistics.harmonic_mean(x, weights=[1.0, 2.0, 1.0]), ([0.3, 0.9, 0.4],)),
    (lambda x: statistics.median(x), ([0.3, 0.9, 0.4, 0.1],)),
    (lambda x: statistics.median(x), ([0.3, 0.9, 0.4],)),
    (lambda x: statistics.median_low(x) * statistics.median_high(x), ([0.3, 0.9, 0.4, 0.1],)),
    (lambda x: statistics.pvariance(x) + statistics.variance(x, x[0]), ([0.3, 0.9, 0.4],)),
    (lambda x: statistics.pstdev(x) * statistics.stdev(x), ([0.3, 0.9, 0.4],)),
]
COMPLETED: list[tuple[Callable[..., Any], tuple[Any, ...]]] = [
    (lambda x: np.diff(x * x, prepend=1.0), (X,)),
    (lambda x: np.diff(x, 2, append=x[:2] ** 2), (X,)),
    (lambda m: np.diff(m, axis=0, prepend=m[1:] ** 2), (M,)),
    (lambda m: np.diff(m, prepend=m[0, 0] ** 2, append=0.0), (M,)),
    (lambda x, y: np.interp(np.array([-5.0, 0.5, 9.0]), np.arange(5.0), x, left=y[0], right=y[1] ** 2), (X, Y)),
    (lambda x: np.take(x, [0, 7, -1], mode="wrap"), (X,)),
    (lambda m: np.take(m, [0, 7], axis=1, mode="clip"), (M,)),
    (lambda x, y: np.prod(x, initial=y[0]), (X, Y)),
    (lambda m: np.prod(m, axis=0, where=[True, False, True]), (M,)),
    (lambda x, y: np.nan_to_num(np.array([x[0], np.nan, np.inf, -np.inf]), nan=y[0], posinf=y[1], neginf=3.0),
     (X, Y)),
    (lambda x, y: np.convolve(x, y[:2], "same"), (X, Y)),
    (lambda x, y: np.convolve(x, y[:4], mode="same"), (X, Y)),
    (lambda x, y: np.convolve(x[:3], y, "valid"), (X, Y)),
    (lambda a, b: picked(np.linspace(a, b, 5, retstep=True)), (0.5, 1.2)),
    (lambda a, b: picked(np.linspace(a, b, 5, False, True)), (0.5, 1.2)),
    (lambda a: np.linalg.cholesky(a @ a.T, upper=True), (SQUARE,)),
    (lambda a: np.abs(np.linalg.eigh(a, UPLO="U")[1]), (SQUARE,)),
    (lambda a: np.linalg.eigvalsh(a, "U"), (SQUARE,)),
    (lambda m, y: np.cov(m[0], y[:3]), (M, Y)),
    (lambda m: np.cov(m, rowvar=False), (T[0],)),
    (lambda m: np.cov(m, bias=True), (M,)),
    (lambda m: np.cov(m, ddof=0, aweights=[1.0, 2.0, 0.5]), (M,)),
    (lambda m: np.cov(m, aweights=m[0] + 2.0), (M,)),
    (lambda x: np.cov(x, fweights=[1, 2, 3, 1, 1]), (X,)),
    (lambda m: np.average(m, axis=1), (M,)),
    (lambda m, w: np.average(m, axis=1, weights=w[:3] + 2.0), (M, X)),
    (lambda m: np.average(m, 0, m + 1.0), (M,)),
    (lambda m: np.average(m, axis=1, weights=m * m, keepdims=True), (M,)),
    (lambda m: picked(np.average(m, axis=0, weights=[0.3, 0.9], returned=True)), (M,)),
    *[(lambda m, mode=mode: np.pad(m, 1, mode), (M,)) for mode in ("edge", "symmetric", "wrap", "mean", "median")],
    (lambda m: np.pad(m, ((1, 0), (0, 2)), mode="reflect"), (M,)),
    (lambda m: np.pad(m, ((1, 0), (0, 2)), mode="maximum"), (M,)),
    (lambda m: np.pad(m, ((1, 0), (0, 2)), mode="minimum"), (M,)),
    (lambda m: np.pad(m, ((1, 2), (0, 2)), "linear_ramp", end_values=0.5), (M,)),
    (lambda x: np.pad(x, (1, 2), constant_values=3.0), (X,)),
    (lambda x: np.pad(x, 2, constant_values=(x[0], 1.5)), (X,)),
    (lambda x: math.prod(x, start=2.0), (X,)),
]


def named(case: tuple[Callable[..., Any], Any]) -> str:
    """The names of NumPy that a case reads."""
    names = [n for n in case[0].__code__.co_names if n not in ("np", "linalg", "array")]
    return ".".join(names[:2])


@pytest.mark.parametrize("case", CASES + COMPLETED, ids=named)
def test_value_is_that_of_numpy(case: tuple[Callable[..., Any], tuple[Any, ...]]) -> None:
    function, args = case
    found, _ = tangent2.jvp(function, args, args)
    wanted = function(*args)
    assert np.shape(found) == np.shape(wanted)
    np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("case", CASES + COMPLETED, ids=named)
def test_modes(case: tuple[Callable[..., Any], tuple[Any, ...]]) -> None:
    function, args = case
    entry = (lambda a: np.sum(function(a) ** 2)) if len(args) == 1 else (lambda a, b: np.sum(function(a, b) ** 2))
    modes.check(tangent2, entry, args, tuple(range(len(args))))


def parameters() -> Iterator[tuple[Any, Any]]:
    for function, definition in definitions().items():
        try:
            yield inspect.signature(function).parameters, inspect.signature(definition).parameters
        except ValueError:      # ufuncs do not say
            continue


def test_parameters_are_those_of_numpy() -> None:
    for theirs, ours in parameters():
        for name in ours:
            assert name in theirs or "kwargs" in theirs, (name, theirs)


def test_what_has_a_rule_is_not_defined() -> None:
    assert not [function for function in definitions() if recognise_prim(function)]


def test_every_definition_has_a_case() -> None:
    called = [calls_of(function.__code__) for function, _ in [*CASES, *COMPLETED, *SPECIAL.values()]]
    read = {".".join(names[k:]) for names in called for k in range(len(names))}
    wanted = {f.__name__ for f in (*definitions(), *completed())}
    assert not [name for name in wanted if not any(f"{name}." in f"{each}." for each in read)]


def calls_of(code: Any) -> tuple[str, ...]:
    """The names that code reads, also in the functions inside of it."""
    inner = [name for const in code.co_consts if hasattr(const, "co_names") for name in calls_of(const)]
    return (*code.co_names, *inner)


@pytest.mark.parametrize("view", [
    np.matrix_transpose, lambda a: np.rollaxis(a, 1), lambda a: np.unstack(a)[0],
    lambda a: np.broadcast_arrays(a, 1.0)[0],
])
def test_views_are_not_copies(view: Callable[[Any], Any]) -> None:
    def shares(x: Any) -> Any:
        a = np.outer(x, x)
        other = view(a)
        a[0, 1] = 3.0 * x[0]
        return np.sum(other ** 2)
    assert modes.worst(modes.run_modes(modes.subject(tangent2, shares, (X,)))).verdict in (modes.RIGHT, modes.REFUSED)


def test_a_definition_is_a_function_too() -> None:
    np.testing.assert_allclose(tangent2.grad(np.quantile)(X, 0.3), tangent2.grad(lambda x: np.quantile(x, 0.3))(X))


def test_the_text_is_whole() -> None:
    text = tangent2.source(tangent2.grad(lambda m: np.sum(np.quantile(m, 0.3, axis=1))), M)
    assert "fwd_quantile(a, q)" in text and "tangent2.definitions" not in text and "is None" not in text
