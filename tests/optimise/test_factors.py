"""Laws that save passes over arrays, read off the text of gradients; and gradients that are stored, not added."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tangent2

M, V, T = np.arange(1.0, 7.0).reshape(2, 3), np.array([0.3, 0.5, 0.7]), np.array([True, False, True])


def spread(x: Any) -> Any:
    return np.sum(np.log(np.sum(x, axis=1, keepdims=True)) * x)


def smaller_first(x: Any) -> Any:
    return np.sum((x ** 2) * np.exp(np.sum(x, axis=1, keepdims=True)))


def factored(p: Any, t: Any) -> Any:
    return np.sum(np.log(p * t + (1 - p) * (1 - t)))


def halves(x: Any) -> Any:
    return np.sum(0.5 * np.tanh(x / 2))


def mean_of_sums(x: Any) -> Any:
    return np.mean(np.sum(np.sin(x), axis=1))


def stored(xs: Any) -> Any:
    total = 0.0
    for i in range(len(xs)):
        total += np.sin(xs[i])
    return total


def added(xs: Any) -> Any:
    total = 0.0
    for i in range(-3, 3):
        total += np.sin(xs[i])
    return total


def chained(weights: Any, x: Any) -> Any:
    h = x
    for i in range(len(weights)):
        h = np.tanh(weights[i] @ h)
    return np.sum(h)


CASES: list[tuple[Callable[..., Any], tuple[Any, ...], list[str], list[str]]] = [
    (spread, (M,), [], ["broadcast_to"]),
    (smaller_first, (M,), [], ["broadcast_to", "2.0 * x *"]),
    (factored, (V, T), ["(t - t1)"], []),
    (halves, (V,), ["0.25 *"], ["/ 2\n"]),
    (mean_of_sums, (M,), ["np.cos(x) / x.shape[0]"], ["expand_dims", "full_like"]),
    (stored, ([0.1, 0.2],), ["xs_bar[i] = "], ["+="]),
    (stored, (V,), ["xs_bar[i] = "], ["+="]),
    (added, (V,), ["xs_bar[i] += "], []),
    (chained, ([np.eye(2), np.eye(2)], np.ones(2)), ["if i > 0:"], ["add_trees"]),
]


@pytest.mark.parametrize("f, args, there, gone", CASES, ids=lambda a: getattr(a, "__name__", None))
def test_text(f: Any, args: Any, there: list[str], gone: list[str]) -> None:
    text = tangent2.source(f, *args).partition("# Backward pass")
    text = text[2] or text[0]
    assert all(part in text for part in there) and not any(part in text for part in gone), text


def test_small_whole_numbers_keep_their_products() -> None:
    assert "(t - " not in tangent2.source(factored, V, np.array([1, 0, 1], np.uint8))
