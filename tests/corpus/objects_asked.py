"""What Python asks objects for without a call that is written: which number they are, where they are indices."""
from typing import Any

import numpy as np

from tests.corpus.cases import at


class Slot:
    def __init__(self, v: Any, k: int) -> None:
        self.v, self.k = v, k

    def __index__(self) -> int:
        return self.k


@at(0.4, 0.7)
def indices_of_lists(x: Any, y: Any) -> Any:
    s = Slot(x, 2)
    values = [x, y, x * y]
    values[s] = values[s] * y + s.v
    return values[s] * values[Slot(y, 0)] + sum(values[:s])


@at(0.4, 0.7)
def indices_of_arrays(x: Any, y: Any) -> Any:
    a, s = np.array([[x, y], [x * y, x]]), Slot(y, 1)
    a[0, s] *= y
    return a[s, 0] * a[0, s] * s.v
