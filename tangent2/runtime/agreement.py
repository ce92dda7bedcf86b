"""What all lanes of a batch have to agree on, where code that is computed for all of them at once has one answer."""
from __future__ import annotations

from typing import Any


class LanesDiffer(BaseException):
    """The lanes of a batch differ where they have to agree; `vmap` then calls the function once for each.

    No handler of the user's catches it.
    """


def agreed(values: Any) -> Any:
    """The one value of all lanes; raises `LanesDiffer` if it is another one in some.

    >>> import numpy as np
    >>> agreed(np.array([True, True]))
    np.True_
    """
    first = values[0]
    if (values != first).any():
        raise LanesDiffer("the lanes of a batch go different ways")
    return first
