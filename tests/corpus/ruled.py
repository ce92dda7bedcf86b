"""Functions with rules of the user: in loops and branches, with lists, results written to, kinds unknown."""
from typing import Any

import numpy as np

from tangent2 import rule
from tests.corpus.cases import at

X3 = np.array([0.3, -0.7, 1.2])
dot: Any = None
bar: Any = None


def known(x: Any, y: Any) -> Any:
    return np.sin(x) * y


@rule(known)
def known_rule(out: Any, x: Any, y: Any) -> None:
    dot[out] = np.cos(x) * y * dot[x] + np.sin(x) * dot[y]


def unknown(x: Any) -> Any:
    with np.errstate(all="ignore"):         # nothing that is read
        return x * np.tanh(x)


def slope(x: Any) -> Any:
    return np.tanh(x) + x * (1.0 - np.tanh(x) ** 2)


@rule(unknown)
def unknown_rule(out: Any, x: Any) -> None:
    dot[out] = slope(x) * dot[x]


def itself(x: Any) -> Any:
    return x


@rule(itself)
def itself_rule(out: Any, x: Any) -> None:
    dot[out] = dot[x]


@at(X3)
def ruled_in_a_loop(x: Any) -> Any:
    total = 0.0
    for k in range(3):
        x = known(x, total + 1.0) + unknown(x) * k
        total += np.sum(x)
    return total


@at(0.4)
@at(1.7)
def ruled_until(x: Any) -> Any:
    y = x
    while y < 2.0:
        y = y + unknown(y) + 0.3
        if y > 1.9:
            y = known(y, x)
            break
    return y


@at(X3)
def ruled_and_written_to(x: Any) -> Any:
    y = itself(x * 2.0)
    u = known(y, 0.5).copy()
    u[1:] += y[:-1]
    v = u.copy()
    v[0] = np.sum(unknown(u))
    return np.sum(v * y)


@at([0.3, 0.8])
def ruled_lists(xs: Any) -> Any:
    out = []
    for x in xs:
        out.append(known(x, x))
    return known(out[0], out[1])
