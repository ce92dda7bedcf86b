"""How much there is between edges: of numbers, and of points with several coordinates."""
from __future__ import annotations

import math
from typing import Any

import numpy as np

from tangent2.definitions.define import defines


@defines(np.histogram_bin_edges)
def histogram_bin_edges(a: Any, bins: Any = 10, range: Any = None) -> Any:
    if isinstance(bins, str):
        return _between(a, len(np.histogram_bin_edges(a, bins, range)) - 1, range)
    return np.asarray(bins) if np.ndim(bins) == 1 else _between(a, bins, range)


def _between(a: Any, count: Any, range: Any) -> Any:
    low, high = (np.min(a), np.max(a)) if range is None else (range[0], range[1])
    if low == high:
        return np.linspace(low - 0.5, high + 0.5, count + 1)
    return np.linspace(low, high, count + 1)


@defines(np.histogram)
def histogram(a: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None) -> Any:
    line, edges = np.ravel(a), histogram_bin_edges(a, bins, range)
    count = len(edges) - 1
    places = _places(line, edges)
    there = (places >= 0) & (places < count)
    if weights is None:
        found = np.bincount(places[there], minlength=count)
    else:
        found = np.bincount(places[there], np.ravel(weights)[there], count)
    if density:
        return found / (np.sum(found) * np.diff(edges)), edges
    return found, edges


def _places(line: Any, edges: Any) -> Any:
    """Between which edges each number is: the last bin holds its right edge too."""
    return np.searchsorted(edges, line, side="right") - 1 - (line == edges[-1]).astype(int)


@defines(np.histogramdd)
def histogramdd(sample: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None) -> Any:
    lines = np.atleast_2d(sample) if isinstance(sample, (list, tuple)) else np.transpose(np.asarray(sample))
    edges = [histogram_bin_edges(line, bins if isinstance(bins, int) else bins[k], None if range is None else range[k])
             for k, line in enumerate(lines)]
    return _counted(lines, edges, density, weights), edges


@defines(np.histogram2d)
def histogram2d(x: Any, y: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None) -> Any:
    both = bins if isinstance(bins, (list, tuple)) and len(bins) == 2 else (bins, bins)
    first = histogram_bin_edges(x, both[0], None if range is None else range[0])
    second = histogram_bin_edges(y, both[1], None if range is None else range[1])
    return _counted([np.asarray(x), np.asarray(y)], [first, second], density, weights), first, second


def _counted(lines: Any, edges: Any, density: Any, weights: Any) -> Any:
    counts = [len(e) - 1 for e in edges]
    places, there = np.zeros(len(lines[0]), int), np.ones(len(lines[0]), bool)
    for line, own, count in zip(lines, edges, counts):
        at = _places(line, own)
        there = there & (at >= 0) & (at < count)
        places = places * count + at
    total = math.prod(counts)
    if weights is None:
        found: Any = np.bincount(places[there], minlength=total) * 1.0
    else:
        found = np.bincount(places[there], np.ravel(weights)[there], total)
    found = np.reshape(found, counts)
    if density:
        found = found / np.sum(found)
        for axis, own in enumerate(edges):
            found = np.moveaxis(np.moveaxis(found, axis, -1) / np.diff(own), -1, axis)
    return found
