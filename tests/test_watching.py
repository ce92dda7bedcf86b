"""`TANGENT2_CHECK=1`: text that watches its memory catches a forgotten copy; the right ones pass in `tests/corpus`."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tangent2
from tangent2 import pipeline
from tangent2.cli import main
from tangent2.errors import Overwritten
from tangent2.optimise import copies
from tangent2.switches import WATCH, current, switched

X = np.array([0.3, -1.2, 0.7, 0.9])


def recorded(x: Any) -> Any:
    u = x.copy()
    s = 0.0
    for _ in range(3):
        s += np.sum(u ** 3)
        u[1:] = 0.5 * u[:-1] * u[1:]
    return s


def kept(x: Any) -> Any:
    u = np.sin(x)
    a = u ** 2
    u[0] = a[1] * 2.0
    return np.sum(a * u)


def argument(x: Any) -> Any:
    x[0] = 1.0
    return np.sum(x ** 2)


def _forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pass that inserts copies inserts none."""
    monkeypatch.setattr(pipeline, "FINISH", (*pipeline.FINISH[:1], *pipeline.FINISH[2:]))


@pytest.mark.parametrize("function", [recorded, kept])
def test_a_copy_that_is_forgotten_is_caught(function: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    with switched(watched=True):
        right = tangent2.grad(function)(X)
    _forgetful(monkeypatch)
    wrong = tangent2.grad(_twin(function))(X)
    with switched(watched=True), pytest.raises(Overwritten, match=r"`.*test_watching.py:\d+.* overwritten before"):
        tangent2.grad(_twin(function))(X)
    assert not np.allclose(wrong, right)


def _twin(function: Any) -> Any:
    """The same function, which nothing has been compiled for."""
    return type(function)(function.__code__.replace(), function.__globals__)


def test_the_message_names_variable_and_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    _forgetful(monkeypatch)
    first = kept.__code__.co_firstlineno
    with switched(watched=True), pytest.raises(Overwritten) as caught:
        tangent2.grad(_twin(kept))(X)
    assert str(caught.value).startswith(f"grad_kept: `a_bar`, made at {__file__}:{first + 1}, has been overwritten "
                                        f"before it is read at {__file__}:{first + 2}\n")


def test_an_argument_that_is_written_to_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    _forgetful(monkeypatch)
    with switched(watched=True), pytest.raises(Overwritten, match="the argument `x` has been overwritten"):
        tangent2.grad(_twin(argument))(X.copy())


def test_one_forgotten_kind_of_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only that of what a container keeps."""
    monkeypatch.setattr(copies._Plan, "cut", lambda self, value, node, base: True)
    monkeypatch.setattr(copies._Plan, "copy", lambda self, edge, atom, whole=False: None)
    with switched(watched=True), pytest.raises(Overwritten, match="what was recorded on"):
        tangent2.grad(_twin(recorded))(X)


class Slope:
    def __init__(self, value: Any) -> None:
        self.value = value

    def of(self, place: Any, variables: Any) -> Any:
        return self.value * np.sum(place ** 2) + variables


def test_variables_may_have_any_name() -> None:
    """`self`, and those of the methods that watch."""
    with switched(watched=True):
        assert tangent2.grad(Slope.of)(Slope(2.0), X, 1.0).value == np.sum(X ** 2)
        np.testing.assert_allclose(tangent2.grad(Slope.of, 1)(Slope(2.0), X, 1.0), 4.0 * X)


@pytest.mark.parametrize("value, on", [("1", True), ("0", False), ("", False)])
def test_the_environment_turns_it_on(value: str, on: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    import contextvars
    monkeypatch.setenv(WATCH, value)
    assert contextvars.Context().run(current).watched is on


def test_text_is_as_before_where_it_is_off() -> None:
    plain = tangent2.source(tangent2.grad(recorded), X)
    with switched(watched=True):
        watched = tangent2.source(tangent2.grad(recorded), X)
    assert "watch" not in plain and "from tangent2.runtime.watching import Watch" in watched
    left = [line for line in watched.splitlines() if "atch" not in line]
    assert left == [line for line in plain.splitlines() if "= []" not in line]


def test_a_standalone_module_is_not_watched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(WATCH, "1")
    out = tmp_path / "made.py"
    assert main(["emit", f"{__file__}:kept", "--standalone", "-o", str(out)]) == 0
    assert "def grad_kept" in out.read_text() and "watch" not in out.read_text().partition("\n")[2]


def test_what_a_pullback_keeps_is_watched() -> None:
    with switched(watched=True):
        _, pullback = tangent2.vjp(kept, X)
        assert np.array_equal(pullback(1.0)[0], pullback(1.0)[0])
    kept_arrays = [cell.cell_contents for cell in _cells(pullback) if isinstance(cell.cell_contents, list)]
    kept_arrays[0][0][...] = 7.0
    with pytest.raises(Overwritten, match="what the pullback keeps"):
        pullback(1.0)


def _cells(function: Any) -> Iterator[Any]:
    for cell in function.__closure__ or ():
        yield cell
        if callable(cell.cell_contents):
            yield from _cells(cell.cell_contents) if hasattr(cell.cell_contents, "__closure__") else ()


def watch(x: Any, locals: Any) -> Any:
    Watch = x * locals
    watch = [Watch[k] ** 2 for k in range(3)]
    watch[0] *= 2.0
    return watch[0] * watch[2]


def test_names_of_the_user_stay() -> None:
    wanted = tangent2.grad(watch)(X, 2.0)
    with switched(watched=True):
        np.testing.assert_allclose(tangent2.grad(watch)(X, 2.0), wanted)
        _, pullback = tangent2.vjp(watch, X, 2.0)
        np.testing.assert_allclose(pullback(1.0)[0], wanted)
