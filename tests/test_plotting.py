"""`tangent2 plot`: the curves are the derivatives, the file is a PNG, and what cannot be drawn is refused."""
from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tangent2.plotting import Plot, draw
from tests.test_cli import run  # noqa: F401  (a fixture)

MODEL = '''
import math

import numpy as np


def wave(x, b=0.5, *, c=1.0):
    return c * np.sin(b * x)


def scaled(a, x):
    return a * x ** 3


def log(x):
    return np.log(x)


def strict(x):
    return math.log(x)


def root(x):
    return math.sqrt(x)


def pair(x):
    return np.array([x, x])


def row(x):
    return [[x], [x, x]]


def complex_root(x):
    return x ** 0.5


def step(x):
    return int(x)


def star(*xs):
    return xs[0]


def _hidden(x):
    return x
'''


@pytest.fixture
def model(tmp_path: Path) -> str:
    path = tmp_path / f"plotted_{tmp_path.name}.py"
    path.write_text(MODEL)
    return str(path)


def wave(x: Any, b: Any = 0.5, *, c: Any = 1.0) -> Any:
    return c * np.sin(b * x)


def test_the_curves_are_the_derivatives() -> None:
    xs = np.linspace(-10.0, 10.0, 41)
    found = dict(Plot(wave, -10.0, 10.0, 3, points=41).curves())
    wanted = {"wave": np.sin(xs / 2), "wave'": np.cos(xs / 2) / 2, "wave''": -np.sin(xs / 2) / 4,
              "wave'''": -np.cos(xs / 2) / 8}
    assert list(found) == list(wanted)
    for name in wanted:
        np.testing.assert_allclose(found[name], wanted[name], atol=1e-14)


@pytest.mark.parametrize("along, at, wanted", [
    ("b", "x=2.0", lambda t: 4.0 * -np.sin(2.0 * t)), (1, "x=2.0, c=3.0", lambda t: 12.0 * -np.sin(2.0 * t)),
    ("c", "x=2.0,", lambda t: 0.0 * t), (0, "b=1.0", lambda t: -np.sin(t)), ("x", None, lambda t: -np.sin(t / 2) / 4),
])
def test_any_parameter_may_move(along: Any, at: str | None, wanted: Any) -> None:
    xs = np.linspace(0.0, 1.0, 5)
    np.testing.assert_allclose(Plot(wave, 0.0, 1.0, 2, along, at, 5).curves()[2][1], wanted(xs), atol=1e-14)


def test_functions_of_c() -> None:
    xs = np.linspace(1.0, 2.0, 5)
    np.testing.assert_allclose(Plot(np.sin, 1.0, 2.0, 1, points=5).curves()[1][1], np.cos(xs))
    found = Plot(np.power, 1.0, 2.0, 1, 1, "base=3.0", 5).curves()
    np.testing.assert_allclose(found[1][1], np.log(3.0) * 3.0 ** xs)
    found = Plot(np.power, 1.0, 2.0, 1, 0, "exponent=3.0", 5).curves()
    np.testing.assert_allclose(found[1][1], 3.0 * xs ** 2)


def test_normalized_curves_say_by_how_much() -> None:
    found = Plot(wave, -10.0, 10.0, 2, points=101, normalize=True).curves()
    assert [label.split(" / ")[0] for label, _ in found] == ["wave", "wave'", "wave''"]
    plain = Plot(wave, -10.0, 10.0, 2, points=101).curves()
    for (label, values), (_, own) in zip(found, plain):
        assert np.abs(values).max() == 1.0
        np.testing.assert_allclose(float(label.split(" / ")[1]), np.abs(own).max(), rtol=1e-3)
    assert Plot(lambda x: 0.0 * x, 0.0, 1.0, points=3, normalize=True).curves()[0][0] == "fn"


def test_what_is_not_finite_is_a_gap(run: Any, model: str) -> None:  # noqa: F811
    (_, values), (_, slopes) = Plot(lambda x: np.log(x), -1.0, 1.0, points=5).curves()
    assert np.isnan(values).tolist() == [True, True, True, False, False]
    assert np.isnan(slopes[2])                          # 1 / 0
    assert slopes[4] == 1.0
    pytest.importorskip("matplotlib")
    assert run("plot", f"{model}:root", "--range", "0", "4", "-o", f"{model}.png")[0] == 0      # no slope at 0


def test_a_png_is_written_without_a_display(run: Any, model: str, tmp_path: Path,  # noqa: F811
                                            monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("matplotlib")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.setenv("MPLBACKEND", "tkagg")
    out = tmp_path / "out.png"
    assert run("plot", f"{model}:wave", "--range", "-10", "10", "--order", "2", "--normalize", "-o", str(out)) == (
        0, f"wrote {out}\n", "")
    assert out.read_bytes().startswith(b"\x89PNG\r\n\x1a\n") and len(out.read_bytes()) > 10_000
    assert "matplotlib.pyplot" not in sys.modules
    monkeypatch.chdir(tmp_path)
    assert run("plot", f"{model}:scaled", "--range", "0", "1", "--at", "a=2.0", "--argnum", "x")[0] == 0
    assert (tmp_path / "scaled.png").is_file()


def test_the_picture_holds_the_curves(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    figure = pytest.importorskip("matplotlib.figure")
    drawn: list[Any] = []
    monkeypatch.setattr(figure.Figure, "savefig", lambda self, *_, **__: drawn.append(self))
    draw(Plot(wave, 0.0, 3.0, 1, points=7), tmp_path / "a.png")

    def _hidden(x: Any) -> Any:
        return np.log(-1.0 - x)
    draw(Plot(_hidden, 0.0, 3.0, 0, points=7), tmp_path / "b.png")
    axes = drawn[0].axes[0]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["wave", "wave'"]
    np.testing.assert_allclose(axes.lines[1].get_ydata(), np.cos(np.linspace(0, 3, 7) / 2) / 2)
    (label,) = [text.get_text() for text in drawn[1].axes[0].get_legend().get_texts()]
    assert label.strip() == "_hidden (nowhere finite)"


@pytest.mark.parametrize("name, options, status, said", [
    ("strict", (), 2, ("`strict` fails at x=-1", "return math.log(x)", "ValueError")),
    ("pair", (), 1, ("in pair", "def pair(x):", "an array of shape (2,) at x=-1")),
    ("row", (), 1, ("in row", "a list at x=-1")),
    ("complex_root", (), 1, ("in complex_root", "a complex at x=-1")),
    ("step", (), 1, ("in step", "returns an int")),
    ("star", (), 2, ("`xs` is any number of arguments",)),
    ("scaled", (), 2, ('`scaled` takes x too: give --at "x=..."',)),
    ("scaled", ("--argnum", "x", "--at", "a=1.0, x=2.0"), 2, ("--at gives `x`",)),
    ("scaled", ("--argnum", "y", "--at", "a=1.0"), 1, ("has no parameter `y`",)),
    ("scaled", ("--argnum", "a,x"), 2, ("--argnum takes one",)),
    ("wave", ("--order", "-1"), 2, ("the order is",)),
    ("wave", ("--points", "1"), 2, ("2 points",)),
    ("wave", ("--range", "1", "1"), 2, ("no range from 1 to 1",)),
    ("wave", ("--range", "0", "inf"), 2, ("no range from 0 to inf",)),
    ("wave", ("-o", "a.pdf"), 2, ("plot writes PNG, name it a.png",)),
    ("wave", ("-o", "no/where.png"), 2, ("no such directory",)),
    ("wave", ("-o", "."), 2, ("it is a directory",)),
    ("nothing", (), 2, ("there is no `nothing`",)),
])
def test_what_cannot_be_drawn_is_refused(run: Any, model: str, name: str, options: tuple[str, ...],  # noqa: F811
                                         status: int, said: tuple[str, ...], tmp_path: Path,
                                         monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("matplotlib")
    monkeypatch.chdir(tmp_path)
    found, out, err = run("plot", f"{model}:{name}", "--range", "-1", "1", *options)
    assert found == status and out == "" and not list(tmp_path.glob("*.p[nd]*"))
    for part in said:
        assert part in err


def test_matplotlib_is_asked_for(run: Any, model: str, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    for name in [name for name in sys.modules if name.split(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    status, _, err = run("plot", f"{model}:wave", "--range", "0", "1")
    assert status == 2 and "pip install 'tangent2[plot]'" in err
