"""Lists and trees of objects at the transforms: gradients in them, results that are such, what is refused."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tangent2
from tangent2.errors import TangentError


class Node:
    def __init__(self, v: Any, next: Any = None) -> None:
        self.v, self.next = v, next

    def scale(self, k: Any) -> None:
        self.v = self.v * k


def walked(node: Any) -> Any:
    s = 0.0
    while node is not None:
        s = s * 0.5 + node.v ** 2
        node = node.next
    return s


def first_two(node: Any) -> Any:
    s, k = 0.0, 0
    while node is not None and k < 2:
        s, k, node = s + node.v ** 2, k + 1, node.next
    return s


def made(x: Any) -> Any:
    node = None
    for i in range(3):
        node = Node(x * (i + 1), node)
    return node


def chain(*values: float) -> Any:
    node = None
    for v in reversed(values):
        node = Node(v, node)
    return node


def values(node: Any) -> list[float]:
    return [] if node is None else [node.v, *values(node.next)]


@pytest.mark.parametrize("count", [1, 3, 9])
def test_gradients_in_lists(count: int) -> None:
    given = [0.5 * k + 1.0 for k in range(count)]
    wanted = [2.0 * v * 0.5 ** (count - 1 - k) for k, v in enumerate(given)]
    found = tangent2.grad(walked)(chain(*given))
    assert type(found) is Node
    np.testing.assert_allclose(values(found), wanted)


def test_what_is_not_read_has_zeros() -> None:
    assert values(tangent2.grad(first_two)(chain(1.0, 2.0, 3.0))) == [2.0, 4.0, 0.0]


def test_results_that_are_lists() -> None:
    out, pull = tangent2.vjp(made, 1.5)
    assert type(out) is Node and values(out) == [4.5, 3.0, 1.5]
    assert pull(chain(1.0, 10.0, 100.0)) == (123.0,)
    assert values(tangent2.jvp(made, (1.5,), (1.0,))[1]) == [3.0, 2.0, 1.0]


def test_lists_of_a_class_inside() -> None:
    def loss(x: Any) -> Any:
        class Cell:
            def __init__(self, v: Any, next: Any) -> None:
                self.v, self.next = v, next

            def total(self) -> Any:
                return self.v * x + (0.0 if self.next is None else self.next.total())
        cell: Any = None
        for i in range(3):
            cell = Cell(x * i, cell)
        return cell.total()
    assert tangent2.grad(loss)(1.5) == 9.0 and tangent2.grad(tangent2.grad(loss))(1.5) == 6.0


def changes_the_second(x: Any) -> Any:
    node = made(x)
    node.next.v = x ** 3
    return walked(node)


def changes_by_another_name(x: Any) -> Any:
    node = made(x)
    other = node.next
    other.scale(x)
    return walked(node)


def changes_while_it_walks(x: Any) -> Any:
    node = made(x)
    each = node
    while each is not None:
        each.v = each.v * x
        each = each.next
    return walked(node)


def adds_at_the_end(x: Any) -> Any:
    first = last = Node(x)
    for i in range(3):
        new = Node(x * i)
        last.next = new
        last = new
    return walked(first)


def changes_what_two_share(x: Any) -> Any:
    end = made(x)
    a, b = Node(1.0, end), Node(2.0, end)
    end.scale(x)
    return walked(a) * walked(b)


def turns_round_in_place(x: Any) -> Any:
    node, done = made(x), None
    while node is not None:
        rest = node.next
        node.next = done
        done, node = node, rest
    return walked(done)


@pytest.mark.parametrize("function", [
    changes_the_second, changes_by_another_name, changes_while_it_walks, adds_at_the_end, changes_what_two_share,
    turns_round_in_place])
def test_nodes_inside_are_not_changed(function: Callable[[Any], Any]) -> None:
    for call in (lambda: tangent2.grad(function)(1.5), lambda: tangent2.jvp(function, (1.5,), (1.0,))):
        with pytest.raises(TangentError):
            call()
