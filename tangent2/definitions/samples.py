"""Python's own statistics of numbers in a list."""
from __future__ import annotations

import math
import statistics
import sys
from typing import Any

from tangent2.definitions.define import defines


@defines(statistics.mean)
def mean(data: Any) -> Any:
    numbers = list(data)
    return sum(numbers) / len(numbers)


if sys.version_info >= (3, 11):
    @defines(statistics.fmean)
    def fmean(data: Any, weights: Any = None) -> Any:
        numbers = list(data)
        if weights is None:
            return sum(numbers) / len(numbers)
        shares = list(weights)
        return sum([x * w for x, w in zip(numbers, shares)]) / sum(shares)
else:
    @defines(statistics.fmean)
    def fmean(data: Any) -> Any:
        numbers = list(data)
        return sum(numbers) / len(numbers)


@defines(statistics.geometric_mean)
def geometric_mean(data: Any) -> Any:
    numbers = list(data)
    return math.exp(sum([math.log(x) for x in numbers]) / len(numbers))


@defines(statistics.harmonic_mean)
def harmonic_mean(data: Any, weights: Any = None) -> Any:
    numbers = list(data)
    if weights is None:
        return len(numbers) / sum([1.0 / x for x in numbers])
    shares = list(weights)
    return sum(shares) / sum([w / x for x, w in zip(numbers, shares)])


@defines(statistics.median)
def median(data: Any) -> Any:
    numbers = sorted(data)
    half = len(numbers) // 2
    if len(numbers) % 2 == 1:
        return numbers[half]
    return (numbers[half - 1] + numbers[half]) / 2


@defines(statistics.median_low)
def median_low(data: Any) -> Any:
    numbers = sorted(data)
    return numbers[(len(numbers) - 1) // 2]


@defines(statistics.median_high)
def median_high(data: Any) -> Any:
    numbers = sorted(data)
    return numbers[len(numbers) // 2]


@defines(statistics.pvariance)
def pvariance(data: Any, mu: Any = None) -> Any:
    numbers = list(data)
    centre = sum(numbers) / len(numbers) if mu is None else mu
    return sum([(x - centre) ** 2 for x in numbers]) / len(numbers)


@defines(statistics.variance)
def variance(data: Any, xbar: Any = None) -> Any:
    numbers = list(data)
    centre = sum(numbers) / len(numbers) if xbar is None else xbar
    return sum([(x - centre) ** 2 for x in numbers]) / (len(numbers) - 1)


@defines(statistics.pstdev)
def pstdev(data: Any, mu: Any = None) -> Any:
    return math.sqrt(pvariance(data, mu))


@defines(statistics.stdev)
def stdev(data: Any, xbar: Any = None) -> Any:
    return math.sqrt(variance(data, xbar))
