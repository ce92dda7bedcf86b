"""Lists and trees of objects: made and walked by loops and by recursion, however deep they are."""
from typing import Any

import numpy as np

from tests.corpus.cases import at

X = np.array([0.3, 0.7, 1.1])


class Node:
    def __init__(self, v: Any, next: Any = None) -> None:
        self.v = v
        self.next = next


class Tree:
    def __init__(self, left: Any, right: Any, value: Any) -> None:
        self.left, self.right, self.value = left, right, value

    def total(self) -> Any:
        s = self.value * self.value
        if self.left is not None:
            s = s + self.left.total()
        if self.right is not None:
            s = s + 0.5 * self.right.total()
        return s


class Rose:
    def __init__(self, value: Any, children: Any) -> None:
        self.value, self.children = value, children

    def total(self) -> Any:
        s = self.value * self.value
        for child in self.children:
            s = s + 0.5 * child.total()
        return s


def walked(node: Any) -> Any:
    s = 0.0
    while node is not None:
        s = s * 0.5 + np.sum(node.v) ** 2
        node = node.next
    return s


@at(X)
def list_of_nodes(x: Any) -> Any:
    node = None
    for i in range(len(x)):
        node = Node(x[i] * x[i], node)
    s = 0.0
    while node is not None:
        s = s * 0.5 + node.v
        node = node.next
    return s


@at(1.5)
def list_that_is_empty(x: Any) -> Any:
    node = None
    for i in range(0):
        node = Node(x * i, node)
    return walked(node) + x


@at(1.5, Node(1.0, Node(2.0, Node(3.0))), wrt=(0,))
def list_from_outside(x: Any, node: Any) -> Any:
    s = 0.0
    while node is not None:
        s = s * 0.5 + x * node.v ** 2
        node = node.next
    return s


@at(1.5)
def list_turned_round(x: Any) -> Any:
    node = None
    for i in range(3):
        node = Node(x + i, node)
    turned = None
    while node is not None:
        turned = Node(node.v, turned)
        node = node.next
    return walked(turned)


@at(1.5)
def two_lists_of_one_end(x: Any) -> Any:
    end = None
    for i in range(2):
        end = Node(x * (i + 1), end)
    return walked(Node(2.0, end)) * walked(Node(x, end))


@at(1.5)
def first_node_of_another_kind(x: Any) -> Any:
    node: Any = None
    for i in range(3):
        node = Node(x * i, node)
    node.v = np.array([x, x * x])
    return walked(node)


@at(1.5)
def longer_on_one_path(x: Any) -> Any:
    node = Node(2.0)
    if x > 1:
        node = Node(x, Node(x * 2))
    return walked(node)


@at(1.5)
def nodes_in_a_list(x: Any) -> Any:
    node, nodes = None, []
    for i in range(3):
        node = Node(x * i, node)
        nodes.append(node)
    return walked(nodes[1]) + nodes[2].v * x


def grown(x: Any, depth: int) -> Any:
    return None if depth == 0 else Tree(grown(x * 0.5, depth - 1), grown(x + 1.0, depth - 1), x)


@at(1.5)
def tree_by_recursion(x: Any) -> Any:
    return grown(x, 3).total()


def product(tree: Any) -> Any:
    return 0.5 if tree is None else tree.value ** 2 + product(tree.left) * product(tree.right)


@at(1.5)
def tree_by_recursion_walked_by_recursion(x: Any) -> Any:
    return product(grown(x, 2))


def rose(x: Any, depth: int) -> Any:
    return Rose(x, [rose(x * (k + 1) * 0.5, depth - 1) for k in range(2)] if depth > 0 else [])


@at(1.5)
def tree_of_lists(x: Any) -> Any:
    return rose(x, 2).total()


def mapped(node: Any, k: Any) -> Any:
    return None if node is None else Node(node.v * k, mapped(node.next, k))


@at(1.5)
def list_mapped_by_recursion(x: Any) -> Any:
    node = None
    for i in range(3):
        node = Node(x * i, node)
    return walked(mapped(node, x))
