"""Programs in which what is tried fails, or shares memory with what is written later; found by random programs."""
from contextlib import suppress
from typing import Any

import numpy as np

from tests.corpus.cases import at

X3 = np.array([0.3, 0.8, -0.4])


@at(X3)
def written_after_a_copy_was_tried(x: Any) -> Any:
    s = 0.7
    try:
        v = x.copy()
        v -= 0.18
        s = np.sum(v * v)
    except IndexError:
        pass
    return s


@at(X3)
def slice_written_where_it_is_tried(x: Any) -> Any:
    y = np.sin(x)
    try:
        s = 0.7
        y[1:] = 0.7 * x[1:]
    except KeyError:
        pass
    return s + np.sum(y ** 2)


@at(X3, 2 * X3)
def copied_on_trial(x: Any, y: Any) -> Any:
    u = y
    with suppress(KeyError):
        u = u.copy()
    y += u
    return np.sum(y * np.cos(u) * x)


def _two(x: Any, y: Any) -> Any:
    yield 0.75 * x
    yield y


@at(0.4, 0.3)
def argument_of_a_generator_bound_again(x: Any, y: Any) -> Any:
    b = x * y
    t = 0.0
    for s in _two(y, b):
        b = 0.16 * s
        t += b
    return t
