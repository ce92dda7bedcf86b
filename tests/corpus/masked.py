"""Lists of computed numbers among the operands of array functions whose results `np.where` chooses from."""
from typing import Any

import numpy as np

from tests.corpus.cases import at

X3 = np.array([1.3, 0.7, 2.1])
SQUARE = np.array([[1.0, -2.0], [-1.0, 0.5]])
TALL = np.array([[1.0, 2.0], [-1.0, 0.5], [3.0, -2.0]])


@at(X3, SQUARE)
def lists_under_a_choice(x: Any, m: Any) -> Any:
    return np.sum(np.where(m > 0, np.multiply([x[0], x[1] * x[2]], m), 0.0))


@at(X3, TALL)
def lists_divided_by_under_a_choice(x: Any, m: Any) -> Any:
    return np.sum(np.where(m < 0, 0.0, np.divide(m, [x[0], x[1]]))) * x[2]


@at(X3, SQUARE)
def list_of_lists_under_a_choice(x: Any, m: Any) -> Any:
    return np.sum(np.where(m > 0, np.arctan2([[x[0]], [x[1]]], m * x[2]), [x[2], 0.0]))
