"""Elements that are changed in place and replaced in a loop, while another name of them is read: right, or refused."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tangent2
from tests.harness import modes


def of_a_dict(y: Any) -> Any:
    t = {"b": np.sin(y) * np.ones(3)}
    u = t["b"]
    for _ in range(1):
        t["b"] *= 0.7
        t["b"] = np.ones(3)
    return np.sum(u)


def by_a_number(y: Any) -> Any:
    t = {k: np.sin(v) for k, v in {"b": y * np.ones(3)}.items()}
    u = t["b"]
    for _ in range(3):
        t["b"] *= 0.7
        t["b"] = 0.7
    return np.sum(u)


def of_a_list(y: Any) -> Any:
    t = [np.sin(y) * np.ones(3)]
    u = t[0]
    for _ in range(2):
        t[0] *= 0.7
        t[0] = np.ones(3)
    return np.sum(u)


def on_one_path(y: Any) -> Any:
    t = {"b": np.sin(y) * np.ones(3)}
    u = t["b"]
    for _ in range(3):
        if y > 0:
            t["b"] *= 0.7
        else:
            t["b"] = np.ones(3)
    return np.sum(u)


def taken_out(y: Any) -> Any:
    t = [np.sin(y) * np.ones(3)]
    u = t[-1]
    for _ in range(1):
        t[-1] *= 0.7
        t.pop()
    return np.sum(u)


def swapped(y: Any) -> Any:
    t = [np.sin(y) * np.ones(3), np.ones(3) * y]
    u, v = t[0], t[1]
    for _ in range(2):
        t[0] *= 0.7
        t[0], t[1] = t[1], t[0]
    return np.sum(u) + np.sum(v) * 2 + np.sum(t[0])


def first_replaced(y: Any) -> Any:
    t = [np.sin(y) * np.ones(3)]
    u = t[0]
    for _ in range(2):
        t[0] = np.ones(3) * y
        t[0] *= 0.7
    return np.sum(u) + np.sum(t[0])


class Box:
    def __init__(self, w: Any) -> None:
        self.w = w
        self.n = 0.0


def of_an_object(y: Any) -> Any:
    o = Box(np.sin(y) * np.ones(3))
    u = o.w
    for _ in range(2):
        o.w *= 0.7
        o.w = np.ones(3)
    return np.sum(u)


def without_a_loop(y: Any) -> Any:
    t = {"b": np.sin(y) * np.ones(3)}
    u = t["b"]
    t["b"] *= 0.7
    t["b"] = np.ones(3)
    return np.sum(u)


def a_number_beside(y: Any) -> Any:
    o = Box(np.sin(y) * np.ones(3))
    u = o.w
    for _ in range(2):
        o.n += y
        o.w = np.ones(3) * y
    return np.sum(u) * np.sum(o.w) * o.n


RIGHT = {without_a_loop, a_number_beside}


@pytest.mark.parametrize("function", [
    of_a_dict, by_a_number, of_a_list, on_one_path, taken_out, swapped, first_replaced, of_an_object, without_a_loop,
    a_number_beside,
], ids=lambda f: f.__name__)
def test_right_or_refused(function: Callable[..., Any]) -> None:
    verdict = modes.worst(modes.run_modes(modes.subject(tangent2, function, (0.17,))))
    assert verdict.verdict in ((modes.RIGHT,) if function in RIGHT else (modes.RIGHT, modes.REFUSED)), verdict
