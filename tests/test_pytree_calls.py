"""Calls with lists, tuples and dicts: what is looked at before and after each tells when another derivative is due."""
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import tangent2
from tests.harness.trees import leaves


def total(tree: Any) -> Any:
    if isinstance(tree, dict):
        return total([tree[key] for key in tree])
    if isinstance(tree, (list, tuple)):
        found = 0.0
        for part in tree:
            found = found + total(part)
        return found
    return np.sum(np.sin(tree))


def layers(params: Any, x: Any) -> Any:
    h = x
    for w, b in params:
        h = np.tanh(h * w + b)
    return np.sum(h)


def one(n: int) -> Any:
    return np.linspace(0.1, 0.9, n)


LAYERS = (
    [(one(3), 0.5)], [(one(3), 0.5), (one(3), 0.1)], [(one(3), one(3))], [(one(1), one(3))], [(one(3), one(1))],
    [(one(3), 0.5), (one(3), one(3))], [(0.5, 0.25)], [(0.5, 1)], [(np.float32(0.5), 1.0)], [(one(3).astype("f"), 0.5)],
    ((one(3), 0.5),), [[0.5, 0.25], [0.1, 0.2]], [(one(3), 0.5)],
    [(one(2).reshape(2, 1), 0.5)], [(one(3)[::-1], 0.5)], [(one(3), np.float64(0.5))], [], [(0.5, one(3))],
)


@pytest.mark.parametrize("start", range(len(LAYERS)))
def test_one_derivative_after_another(start: int) -> None:
    """Kinds follow one another in one gradient function; each result is that of a function made for them alone."""
    used = tangent2.grad(layers)
    for params in (*LAYERS[start:], *LAYERS[:start]):
        for _ in range(2):
            assert_same(_outcome(used, params, one(3)), _outcome(tangent2.grad(layers), params, one(3)))


def _outcome(df: Any, *args: Any) -> Any:
    try:
        return df(*args)
    except tangent2.TangentError as error:
        return type(error), str(error)


def assert_same(found: Any, expected: Any) -> None:
    assert type(found) is type(expected)
    if isinstance(found, (list, tuple)):
        assert len(found) == len(expected)
        for a, b in zip(found, expected):
            assert_same(a, b)
    elif isinstance(found, np.ndarray):
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)
    else:
        assert found == expected


def trees() -> Iterator[Any]:
    for leaf in (0.5, one(3), one(1), np.float32(0.25), one(4).reshape(2, 2), one(4).reshape(4, 1)):
        yield from (leaf, [leaf], (leaf,), {"a": leaf}, [leaf, leaf], {"b": leaf}, {"a": leaf, "b": [leaf]},
                    [{"a": leaf}], [(leaf, [leaf, leaf])], {"a": (leaf, {"c": [leaf]})})


def test_gradients_of_trees() -> None:
    df = tangent2.grad(total)
    for tree in (*trees(), *trees()):
        for found, value in zip(leaves(df(tree)), leaves(tree)):
            np.testing.assert_allclose(found, np.cos(value), rtol=1e-6)
            assert np.shape(found) == np.shape(value)


def test_what_does_not_fit_together_raises() -> None:
    df = tangent2.grad(layers)
    df([(one(3), one(3))], one(3))
    with pytest.raises((ValueError, tangent2.TangentError)):
        df([(one(3), one(4))], one(3))


def test_elements_of_a_list_may_change_between_calls() -> None:
    df = tangent2.grad(layers)
    params: list[Any] = [(one(3), one(3)), (one(3), one(3))]
    df(params, one(3))
    params[1] = (2.0, one(3))
    found = df(params, one(3))
    assert type(found[1][0]) is not np.ndarray or found[1][0].ndim == 0
    np.testing.assert_allclose(found[1][0], np.sum(found[1][1] * np.tanh(one(3) * one(3) + one(3))), rtol=1e-12)
