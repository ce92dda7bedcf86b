"""What NumPy broadcasts, and lists that it takes for arrays: by names, in sums, in choices."""
from typing import Any

import numpy as np

from tests.corpus.cases import at

X4 = np.array([1.036, 0.435, -0.469, -0.384])


@at(X4)
def called_by_names(x: Any) -> Any:
    bounds = np.clip(x[0], a_min=np.array([0.1, 0.9]), a_max=2.0) * np.array([1.0, 3.0])
    steps = np.linspace(x[:3], x[1:], 3) * np.arange(9.0).reshape(3, 3)
    turned = np.transpose(axes=(1, 0), a=np.outer(x, x))
    return np.sum(bounds) + np.sum(steps) + turned[2, 0] * np.linalg.norm(x, np.inf) + np.add.reduce(x * x)


@at(X4, np.outer([0.5, 1.0], X4))
def sums_of_lists_of_several_shapes(x: Any, y: Any) -> Any:
    items = [x, 2.0, y, x[0]]
    for v in y:
        items.append(v)
    return np.sum(sum(items) ** 2) + np.sum(sum([x, y])) + np.sum(sum({"a": x, "b": y}.values()) * y)


@at(X4, np.outer([0.5, 1.0], X4))
def choices_that_are_broadcast(x: Any, y: Any) -> Any:
    chosen = np.select([x > 0.5, x > 0], [x, 2 * y], 0.1)
    return np.sum(chosen ** 2) + np.sum(np.select([x > 0.3], [x * x], y) * y) + np.std(x[:1]) + np.std(y, axis=1)[0]


@at([[0.5, 0.7], [1.5, 0.2]], [0.3, 0.4])
def lists_as_arrays(x: Any, y: Any) -> Any:
    whole = np.sum(x) * np.mean(np.maximum(x, y)) + np.sum(np.flip(x) * np.array(y))
    return whole + np.sum(np.float64(2.0) * np.array(y) + y) + np.sum(np.matmul(np.ones((2, 2, 2)), x))


@at(X4)
def norms_of_zeros(x: Any) -> Any:
    still = x * 0.0
    return np.linalg.norm(still, np.inf) * x[0] + np.linalg.norm(still, 3) * x[1] + np.linalg.norm(x, -np.inf)


@at(np.array([[0.3], [0.4]]), np.array([[0.7, 0.2], [0.1, 0.5]]))
def letters_that_are_broadcast(x: Any, y: Any) -> Any:
    return np.sum(np.einsum("ij,jk->ik", x, y) ** 2) + np.sum(np.einsum("...i,...i->...", x, y) ** 2)
