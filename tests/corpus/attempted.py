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


class Scoped:
    """A manager that changes itself."""

    def __init__(self, gain: Any) -> None:
        self.gain = gain

    def __enter__(self) -> Any:
        self.gain = 0.5 * self.gain
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        self.gain = np.cos(self.gain)
        return False


@at(0.4)
@at(1.4)
def manager_left_by_a_return(x: Any) -> Any:
    t = x
    with Scoped(x * x) as m:
        t += m.gain
        if x > 1.0:
            return t * m.gain
        t *= 2
    return t * m.gain


@at(X3)
def manager_left_by_break_and_continue(x: Any) -> Any:
    t = 0.0
    for v in x:
        with Scoped(v * v) as m:
            t += m.gain
            if v < 0.0:
                break
            if v > 0.5:
                continue
            t += v
        t += m.gain
    return t * m.gain


@at(np.array([0.7, 1.2, 0.4, 1.3]), np.array([0.6, 1.3, 1.1, 0.3]))
def appended_unless_left(x: Any, y: Any) -> Any:
    w, terms = 0.7, []
    for n in range(3):
        if n:
            while w < 0.1:
                u = terms
                w += np.sum(w * w) - u
            return w
        try:
            b = y[4]
        except RuntimeError:
            pass
        except IndexError:
            continue
        terms.append(b)
