"""Which of compiled code and the text runs: decided by clocks that tests set, and by rules about sizes."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from tangent2 import grad, jit
from tangent2.jitting import choosing
from tangent2.jitting.choosing import Measured, measured

pytest.importorskip("numba", reason="jit needs Numba, an extra")


class Clock:
    """Tells the times that calls take: those of the compiled one and of the text, turn by turn."""

    def __init__(self, compiled: Callable[[int], float], plain: Callable[[int], float]) -> None:
        self.now, self.asked, self.takes = 0.0, 0, (compiled, plain)

    def __call__(self) -> float:
        call, is_end = divmod(self.asked, 2)
        if is_end:
            self.now += self.takes[call % 2](call // 2)
        self.asked += 1
        return self.now


def decided(compiled: float, plain: float, has_loop: bool = True) -> Measured:
    return measured(lambda: "c", lambda: "p", has_loop, Clock(lambda n: compiled, lambda n: plain))


def test_the_faster_one() -> None:
    assert decided(1.0e-6, 2.0e-6).is_faster and not decided(2.0e-6, 1.0e-6).is_faster
    assert decided(0.1, 3.0).is_faster and not decided(0.1, 0.05).is_faster


def test_the_first_call_of_anything_is_slow() -> None:
    clock = Clock(lambda n: 1e-3 if n == 0 else 1e-6, lambda n: 2e-6)
    found = measured(lambda: 1, lambda: 1, True, clock)
    assert found.is_faster and found.compiled == pytest.approx(1e-6)


def test_measuring_ends() -> None:
    clock = Clock(lambda n: 1e-9, lambda n: 1e-9)
    measured(lambda: 1, lambda: 1, True, clock)
    assert clock.asked < 200


def test_what_takes_long_is_not_run_as_python() -> None:
    """Only where there is no loop is the text known not to take minutes."""
    found = decided(1.0, 1e9)
    assert found.plain is None and found.is_faster and found.result == "c"
    assert decided(1.0, 0.5, has_loop=False).plain == 0.5


@pytest.fixture
def clock(monkeypatch: Any) -> Iterator[dict[str, float]]:
    """What calls take, in seconds, as `jit` measures it."""
    takes = {"compiled": 1e-6, "plain": 1e-5}
    now = [0.0, 0]

    def tell() -> float:
        call, is_end = divmod(int(now[1]), 2)
        now[0] += takes["plain" if call % 2 else "compiled"] * is_end
        now[1] += 1
        return now[0]
    monkeypatch.setattr(choosing, "CLOCK", tell)
    yield takes


def total(x, n):
    s = 0.0
    for _ in range(n):
        s += np.sum(np.exp(x))
    return s


def test_each_size_is_decided_by_itself(clock: dict[str, float]) -> None:
    def f(x, n):
        return total(x, n)
    slope = jit(grad(f))
    assert slope.decided(np.ones(10), 3) == "compiled by Numba: 1 us against 10 us"
    clock["compiled"] = 1e-4
    assert slope.decided(np.ones(10), 3) == "compiled by Numba: 1 us against 10 us"      # as it was decided
    assert slope.decided(np.ones(1000), 3) == "runs as NumPy: compiled it is slower (100 us against 10 us)"
    assert slope.decided(np.ones(12), 3).startswith("compiled by Numba")
    for n in 10, 1000, 12, 1000:
        np.testing.assert_allclose(slope(np.ones(n), 3), 3 * np.exp(np.ones(n)))


def test_large_arrays_without_a_loop_are_left_to_numpy(clock: dict[str, float]) -> None:
    slope = jit(grad(lambda x: np.sum(np.tanh(x) * x)))
    assert slope.decided(np.ones(100)).startswith("compiled by Numba")
    assert slope.decided(np.ones(5000)).startswith("runs as NumPy: it has no loop")


def test_long_runs_are_trusted(clock: dict[str, float]) -> None:
    clock["compiled"] = 10.0
    slope = jit(grad(lambda x, n: total(x, n) * 2.0))
    found = slope(np.ones(4), 3)
    np.testing.assert_allclose(found, 6 * np.exp(np.ones(4)))
    assert slope.decided(np.ones(4), 3) == "compiled by Numba: 10 s"


def test_the_clock_is_asked_once(clock: dict[str, float]) -> None:
    def f(x):
        return x * x
    slope = jit(grad(f))
    slope(2.0)
    clock["compiled"] = 1.0
    assert slope(3.0) == 6.0 and slope.decided(2.0).startswith("compiled")
    again = jit(grad(f))        # is not compiled anew
    assert again.decided(2.0) == slope.decided(2.0)


def test_wrong_numbers_are_never_kept(clock: dict[str, float], monkeypatch: Any) -> None:
    """If Numba's code gave something else, the text would be run."""
    from tangent2 import JitWarning
    from tangent2.jitting import running
    real = running.built

    def wrong(text: Any, entry: str, keep: bool) -> Any:
        function, file = real(text, entry, keep)
        return Wrong(function), file

    class Wrong:
        def __init__(self, function: Any) -> None:
            self.compile, self.function = function.compile, function

        def __call__(self, *args: Any) -> Any:
            return self.function(*args) * 1.001
    monkeypatch.setattr(running, "built", wrong)
    slope = jit(grad(lambda x: x ** 3))
    with pytest.warns(JitWarning, match="another result"):
        assert slope(2.0) == 12.0
    assert slope(3.0) == 27.0
