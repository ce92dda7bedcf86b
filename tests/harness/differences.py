"""Derivatives by differences, with an estimate of their error and of whether there is a derivative at all."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

_STEPS = (1e-2, 1e-3, 1e-4, 1e-5)       # where the ladders of halved steps begin
_SHARP = 1e-9                   # of the scale: two ladders may agree by chance if one is no sharper
_LEVELS = 6
_TINY = (1e-8, 1e-9)            # rough, for rounding, but free of waves longer than these


@dataclass(frozen=True)
class Estimate:
    """The derivative of a function of one number at 0.

    error: how far `value` may be off.  scale: the size of the numbers it was made of.
    smooth: False where the function has a kink or a jump near 0, or is not finite there.
    """

    value: float
    error: float
    scale: float
    smooth: bool

    def agrees(self, other: float, tolerance: float = 1e-7) -> bool:
        return bool(abs(self.value - other) <= max(tolerance * self.scale, 20.0 * self.error))

    def meets(self, other: Estimate) -> bool:
        """Whether two estimates are of the same derivative: what is uncertain of itself confirms no other."""
        near = max(1e-6 * min(self.scale, other.scale), 20.0 * min(self.error, other.error))
        return bool(abs(self.value - other.value) <= near)


def derivative(phi: Callable[[float], float]) -> Estimate:
    """Two ladders of steps must agree: an error estimate from one is now and then small by chance.

    If one of two is not sharp, a third is asked: a function that waves finely misleads both.

    >>> e = derivative(lambda t: np.sin(1.0 + t))
    >>> bool(abs(e.value - np.cos(1.0)) < 1e-9), e.smooth
    (True, True)
    >>> derivative(abs).smooth, derivative(lambda t: float(t > 0)).smooth, derivative(lambda t: 1e13).smooth
    (False, False, False)
    """
    here = phi(0.0)
    ladders: list[Estimate] = []
    found = None
    for step in _STEPS:
        ladders.append(_ladder(phi, here, step))
        met = _met(*ladders[-2:]) if len(ladders) > 1 else None
        found = met or found
        if met is not None and all(e.error <= _SHARP * e.scale for e in ladders[-2:]):
            break
    if found is None or not found.meets(min(filter(_is_smooth, ladders), key=_error)):
        return replace(ladders[-1], smooth=False)
    return replace(found, smooth=not _ripples(phi, found))


def _met(before: Estimate, now: Estimate) -> Estimate | None:
    """The better one of two estimates of the same derivative."""
    return min(before, now, key=_error) if before.smooth and now.smooth and before.meets(now) else None


def _is_smooth(estimate: Estimate) -> bool:
    return estimate.smooth


def _error(estimate: Estimate) -> float:
    return estimate.error


def _ripples(phi: Callable[[float], float], found: Estimate) -> bool:
    """Whether the function waves too finely for the ladders: a far smaller step, if rough, tells otherwise.

    >>> fine = derivative(lambda t: t + 1e-6 * np.sin(3e7 * t))
    >>> fine.smooth
    False
    """
    far = [abs((phi(h) - phi(-h)) / (2.0 * h) - found.value) - 1e-13 * found.scale / h for h in _TINY]
    return all(off > 1e-4 * found.scale for off in far)


def _ladder(phi: Callable[[float], float], here: float, step: float) -> Estimate:
    """Central differences for halved steps, extrapolated (Ridders); one-sided differences tell kinks and jumps."""
    steps = np.array([step / 2.0 ** k for k in range(_LEVELS)])
    ahead = np.array([phi(h) for h in steps])
    behind = np.array([phi(-h) for h in steps])
    size = float(np.max(np.abs([here, *ahead, *behind])))
    if not size < 1e12:
        return Estimate(np.nan, np.inf, size, False)
    value, error = _extrapolated((ahead - behind) / (2.0 * steps))
    scale = 1.0 + abs(value) + size
    error += float(1e-15 * size / steps[-1])
    smooth = error < 1e-4 * scale and not _kink(here, ahead, behind, steps, scale)
    return Estimate(value, error, scale, smooth)


def _extrapolated(first: np.ndarray) -> tuple[float, float]:
    """The best entry of Neville's tableau for even powers of the step, and the spread around it."""
    column, best, error = first, float(first[-1]), float(abs(first[-1] - first[-2]))
    for order in range(1, len(first)):
        factor = 4.0 ** order
        finer = (factor * column[1:] - column[:-1]) / (factor - 1.0)
        spread = np.maximum(np.abs(finer - column[1:]), np.abs(finer - column[:-1]))
        k = int(np.argmin(spread))
        if spread[k] < error:
            best, error = float(finer[k]), float(spread[k])
        column = finer
    return best, error


def _kink(here: float, ahead: np.ndarray, behind: np.ndarray, steps: np.ndarray, scale: float) -> bool:
    """At a kink, the one-sided differences stay apart as the step shrinks; where it is smooth, the gap halves."""
    gaps = np.abs((ahead - here) - (here - behind)) / steps
    noise = 1e-14 * scale / steps[-1]
    return bool(gaps[-1] > 1e-5 * scale + noise and gaps[-1] > 0.75 * gaps[-2])
