"""What `np.piecewise` does, by one function for each number of conditions."""
from __future__ import annotations

from typing import Any

import numpy as np


def pieces1(x: Any, a: Any, f: Any, rest: Any) -> Any:
    """A function of `x` where a condition holds, another one elsewhere; numbers stand for functions that give them.

    >>> pieces1(np.array([4.0, -1.0]), np.array([True, False]), np.sqrt, 2.5)
    array([2. , 2.5])
    """
    values = np.asarray(x)
    return pieces_of(pieces_of(np.zeros_like(values), values, ~a, rest), values, a, f)


def pieces2(x: Any, a: Any, b: Any, f: Any, g: Any, rest: Any) -> Any:
    """The same for two conditions; the last one that holds decides."""
    values = np.asarray(x)
    found = pieces_of(np.zeros_like(values), values, ~(a | b), rest)
    return pieces_of(pieces_of(found, values, a, f), values, b, g)


def pieces3(x: Any, a: Any, b: Any, c: Any, f: Any, g: Any, h: Any, rest: Any) -> Any:
    """The same for three conditions."""
    values = np.asarray(x)
    found = pieces_of(np.zeros_like(values), values, ~(a | b | c), rest)
    return pieces_of(pieces_of(pieces_of(found, values, a, f), values, b, g), values, c, h)


def pieces_of(found: Any, values: Any, there: Any, function: Any) -> Any:
    """What was found, with that of one piece."""
    found = np.array(found)
    found[there] = function(values[there]) if callable(function) else function
    return found


PIECES = (pieces1, pieces2, pieces3)
