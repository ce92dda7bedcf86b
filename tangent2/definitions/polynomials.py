"""Functions of polynomials by their coefficients, the highest power first."""
from __future__ import annotations

from typing import Any

import numpy as np

from tangent2.definitions.define import defines


@defines(np.vander)
def vander(x: Any, N: Any = None, increasing: Any = False) -> Any:
    points = np.asarray(x)
    count = len(points) if N is None else N
    powers = np.stack([points ** k for k in range(count)], axis=-1)
    return powers if increasing else powers[:, ::-1]


@defines(np.polyfit)
def polyfit(x: Any, y: Any, deg: Any, *, w: Any = None) -> Any:
    points, values = np.asarray(x), np.asarray(y)
    powers = np.stack([points ** k for k in range(deg, -1, -1)], axis=-1)
    if w is not None:
        weights = np.asarray(w)
        powers = powers * weights[:, None]
        values = values * (weights if values.ndim == 1 else weights[:, None])
    scale = np.sqrt(np.sum(powers * powers, axis=0))
    found = np.linalg.pinv(powers / scale) @ values
    return found / (scale if values.ndim == 1 else scale[:, None])


@defines(np.polyadd)
def polyadd(a1: Any, a2: Any) -> Any:
    p, q = np.atleast_1d(a1), np.atleast_1d(a2)
    count = max(len(p), len(q))
    return np.concatenate([np.zeros(count - len(p)), p]) + np.concatenate([np.zeros(count - len(q)), q])


@defines(np.polysub)
def polysub(a1: Any, a2: Any) -> Any:
    p, q = np.atleast_1d(a1), np.atleast_1d(a2)
    count = max(len(p), len(q))
    return np.concatenate([np.zeros(count - len(p)), p]) - np.concatenate([np.zeros(count - len(q)), q])


@defines(np.polymul)
def polymul(a1: Any, a2: Any) -> Any:
    return np.convolve(np.atleast_1d(a1), np.atleast_1d(a2))


@defines(np.polyder)
def polyder(p: Any, m: Any = 1) -> Any:
    found = np.asarray(p)
    for _ in range(m):
        found = found[:-1] * np.arange(len(found) - 1, 0, -1)
    return found


@defines(np.polyint)
def polyint(p: Any, m: Any = 1, k: Any = None) -> Any:
    found = np.asarray(p)
    constants = np.zeros(m) if k is None else np.broadcast_to(np.atleast_1d(k), (m,))
    for j in range(m):
        found = np.concatenate([found / np.arange(len(found), 0, -1), np.reshape(constants[j], (1,))])
    return found


@defines(np.poly)
def poly(seq_of_zeros: Any) -> Any:
    found = np.ones(1)
    for zero in np.asarray(seq_of_zeros):
        found = np.concatenate([found, np.zeros(1)]) - zero * np.concatenate([np.zeros(1), found])
    return found


@defines(np.polydiv)
def polydiv(u: Any, v: Any) -> Any:
    rest, divisor = np.atleast_1d(u) + 0.0, np.atleast_1d(v)
    count = len(rest) - len(divisor) + 1
    if count < 1:
        return np.zeros(1), rest
    found = np.zeros(count)
    for k in range(count):
        found[k] = rest[k] / divisor[0]
        rest[k:k + len(divisor)] = rest[k:k + len(divisor)] - found[k] * divisor
    first = 0
    while first < len(rest) - 1 and np.allclose(rest[first], 0, rtol=1e-14):
        first += 1
    return found, rest[first:]


@defines(np.roots)
def roots(p: Any) -> Any:
    line = np.ravel(p)
    there = np.flatnonzero(line)
    if len(there) == 0:
        return np.zeros(0)
    zeros = np.zeros(len(line) - 1 - there[-1])
    line = line[there[0]:there[-1] + 1]
    count = len(line) - 1
    if count < 1:
        return zeros
    below = np.eye(count, k=-1)
    below[0] = -line[1:] / line[0]
    return np.concatenate([np.linalg.eigvals(below), zeros])
