"""Loops of which few states are kept, and which these are: a schedule by which the fewest iterations run again.

The states before some iterations are kept, in the order of the iterations; the last of them is taken off, its part of
the loop runs again up to its last iteration, of which the adjoint is had then, and on the way states are kept where
places for them are free.  Where they are kept is the optimal, binomial choice of Griewank and Walther (Algorithm 799:
Revolve, ACM TOMS 26(1), 2000, pages 19-45; Griewank, Optimization Methods and Software 1, 1992, pages 35-54).  With `s`
places a chain of `n` steps is reversed by

    t(n, s) = r n - beta(s + 1, r - 1),     beta(s, r) = (s + r)! / (s! r!),     beta(s, r - 1) < n <= beta(s, r)

steps forward, besides one for the adjoint of each.  What follows a loop of `n` iterations is one more step of the
chain, so it takes `t(n + 1, s)`, of which `n` are the loop itself.
"""
from __future__ import annotations

import operator
from math import comb
from typing import Any

from tangent2.errors import ArgumentError


def checkpointed(over: range, snapshots: int) -> range:
    """The range `over`, for a loop of which the reverse sweep has few states kept, and runs the others anew.

    over: what the loop runs over.  snapshots: of how many states that it carries from turn to turn copies may be kept
    at a time, the one before the loop included.  In reverse mode nothing else is saved: memory is that of `snapshots`
    states and of one iteration, time grows by the least number of iterations that have to run again.  Those that do
    have no effects: what they print is printed once.  For whoever calls the function plainly, or in forward mode, it
    is a loop over a range; so it is where no derivative flows through the loop.  Raises `ArgumentError` if `over` is
    no range, or `snapshots` no positive whole number; and `UnsupportedError`, when it is differentiated, where an
    iteration may not give the same again.

    >>> import tangent2
    >>> def growth(x, n):
    ...     for i in tangent2.checkpointed(range(n), snapshots=3):
    ...         x = x + 0.1 * x * x
    ...     return x
    >>> growth(1.0, 2)
    1.221
    >>> round(tangent2.grad(growth)(1.0, 2), 6)
    1.464
    """
    if not isinstance(over, range):
        raise ArgumentError(f"`checkpointed` takes a range, not {type(over).__name__}", construct="checkpointed",
                            advice="write `for i in checkpointed(range(len(xs)), snapshots=c)`, and read `xs[i]`")
    if not is_count(snapshots):
        raise ArgumentError(f"`snapshots` is a positive whole number, not {snapshots!r}", construct="checkpointed",
                            advice="keep at least the state with which the loop begins: snapshots=1")
    return over


def is_count(found: Any) -> bool:
    """Whether something is a positive whole number."""
    try:
        return operator.index(found) > 0 and type(found) is not bool
    except TypeError:
        return False


def parts_between(over: range, snapshots: int) -> list[range]:
    """The parts of a range before each of which a state is kept, so many at most, if one more step follows it.

    >>> parts_between(range(9), 3)
    [range(0, 4), range(4, 7), range(7, 9)]
    >>> parts_between(range(9, 0, -3), 5), parts_between(range(0), 5), parts_between(range(9), 1)
    ([range(9, 6, -3), range(6, 3, -3), range(3, 0, -3)], [], [range(0, 9)])
    """
    if operator.index(snapshots) < 1:
        raise ValueError(f"`snapshots` is a positive whole number, not {snapshots!r}")
    found = []
    while over:
        size = len(over) if snapshots == 1 else _first_part(len(over) + 1, snapshots)
        found.append(over[:size])
        over, snapshots = over[size:], snapshots - 1
    return found


def _first_part(steps: int, snapshots: int) -> int:
    """After how many steps of a chain the second state is kept, if it is to be reversed with the fewest steps."""
    times, reach = 0, 1         # beta(snapshots, times)
    while reach < steps:
        times += 1
        reach = reach * (snapshots + times) // times
    least = comb(snapshots + times - 2, snapshots) if times > 1 else 1
    return max(least, steps - comb(snapshots - 1 + times, times))


def steps_forward(steps: int, snapshots: int) -> int:
    """How many steps forward it takes to reverse a chain: the formula above.

    >>> steps_forward(10, 1), steps_forward(10, 3), steps_forward(10, 9)
    (45, 15, 9)
    """
    times, reach = 0, 1
    while reach < steps:
        times += 1
        reach = reach * (snapshots + times) // times
    return times * steps - comb(snapshots + times, times - 1) if times else 0
