"""Functions that walk nested dicts, lists and tuples by calling themselves; loops over parts that differ in kind."""
from typing import Any

import numpy as np

from tests.corpus.cases import at

A = np.array([0.5, 1.2])
INSIDE = {"a": {"b": 0.5}, "c": {"b": 1.5}}
MIXED = {"a": {"b": 0.5}, "c": [1.0, 0.3], "d": A}
NETWORK = {"layers": [(A, 0.3), (2.0 * A, 0.1)], "scale": 2.0}
ROWS = [{"w": A, "b": 0.3}, {"w": 2.0 * A, "b": 0.7}]


def total(tree: Any) -> Any:
    if isinstance(tree, dict):
        return sum([total(part) for part in tree.values()])
    if isinstance(tree, (list, tuple)):
        return sum([total(part) for part in tree])
    return np.sum(np.sin(tree))


def flat(tree: Any) -> Any:
    if isinstance(tree, dict):
        return [part for key in sorted(tree) for part in flat(tree[key])]
    if isinstance(tree, (list, tuple)):
        out = []
        for part in tree:
            out.extend(flat(part))
        return out
    return [tree]


def scaled(tree: Any, s: Any) -> Any:
    if isinstance(tree, dict):
        return {key: scaled(part, s) for key, part in tree.items()}
    if isinstance(tree, list):
        return [scaled(part, s) for part in tree]
    return tree * s


def mapped(f: Any, a: Any, b: Any) -> Any:
    if isinstance(a, dict):
        return {key: mapped(f, a[key], b[key]) for key in a}
    return f(a, b)


@at(INSIDE, 0.1)
def dicts_mapped_in_pairs(tree: Any, rate: Any) -> Any:
    return total(mapped(lambda p, g: p - rate * np.sin(g), tree, tree))


@at(INSIDE)
def dicts_in_dicts(tree: Any) -> Any:
    return total(tree)


@at(MIXED)
def parts_of_all_kinds(tree: Any) -> Any:
    return total(tree)


@at(NETWORK)
def list_beside_a_number(tree: Any) -> Any:
    return total(tree)


@at(ROWS)
def dicts_in_a_list(tree: Any) -> Any:
    return total(tree)


@at(MIXED)
def leaves_in_a_row(tree: Any) -> Any:
    return sum(np.sum(part ** 2) for part in flat(tree))


@at(MIXED, 0.7)
def every_leaf_scaled(tree: Any, s: Any) -> Any:
    return total(scaled(tree, s))


@at((A, [0.3, 0.4], 0.5))
def tuple_of_several_kinds(parts: Any) -> Any:
    out = 1.0
    for part in parts:
        out = out * total(part)
    return out


@at(MIXED)
def items_of_several_kinds(tree: Any) -> Any:
    out = 0.0
    for key, part in tree.items():
        if key == "a":
            out += np.sin(part["b"])
        elif key == "c":
            out *= part[0] * part[1]
        else:
            out += np.sum(part ** 2)
    return out
