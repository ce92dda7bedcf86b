"""Functions of Python's that take numbers, as `float` and `math.sin`: given an array, they raise."""
from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from tangent2.core.kinds import BOTTOM, FLOAT, Array, Kind, may_be_one
from tangent2.core.syntax import Atom, Op
from tangent2.rules.declare import Infer

KindOf = Callable[[Atom], Kind]


def of_number(result: Kind) -> Infer:
    """Functions of Python's that take numbers: given an array, they raise."""
    def infer(op: Op, kind: KindOf) -> Any:
        return BOTTOM if any(map(_is_no_number, map(kind, op.args))) else result
    infer.raises = True     # type: ignore[attr-defined]
    return infer


def _takes_one_element() -> bool:
    """Whether this NumPy lets an array of axes and one element be a number, as it did before 2.4."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return float(np.ones(1)) == 1.0
        except TypeError:
            return False


_ONE_ELEMENT = _takes_one_element()


def _is_no_number(kind: Kind) -> bool:
    if not isinstance(kind, Array) or not kind.shape:
        return False
    return not _ONE_ELEMENT or not all(map(may_be_one, kind.shape))


python_number = of_number(FLOAT)        # `math.sin` and its like
