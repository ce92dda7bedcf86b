"""The examples are what the tool writes now, they import, and their numbers are right."""
from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tangent2 import examples
from tangent2.targets import module_named
from tests.harness import trees
from tests.harness.differences import derivative

PLACE = Path(__file__).resolve().parent.parent / "generated_examples"
FILES = sorted(PLACE.glob("*.py"))
SECTIONS = [pytest.param(path, k, id=f"{path.stem}-{k}")
            for path in FILES for k, line in enumerate(examples.commands(path))]


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_fresh(path: Path) -> None:
    changed = examples.changes(path, examples.written(path))
    assert not changed, "stale: run `tangent2 examples`\n" + "".join(changed)


def test_the_index_is_fresh() -> None:
    texts = {path: path.read_text() for path in FILES}
    changed = examples.changes(PLACE / "README.md", examples.index(texts))
    assert not changed, "stale: run `tangent2 examples`\n" + "".join(changed)


@pytest.mark.parametrize(("path", "number"), SECTIONS)
def test_numbers(path: Path, number: int) -> None:
    """At the arguments of the command and near them, along random directions."""
    wanted = examples.sections(path)[number].wanted
    entry = entry_of(path, number)
    forward = wanted.modes[-1] == "forward"
    positions = [k for k, on in enumerate(wanted.active()) if on] if forward else list(wanted.positions())
    rng = np.random.default_rng(number)
    for far in (0.0, 0.1):
        args = _moved(wanted.args(), positions, trees.random_like(rng, _at(wanted.args(), positions)), far)
        before = trees.copied(args)
        verify(wanted, entry, args, positions, rng)
        assert trees.same(before, args), "the arguments were changed"


def entry_of(path: Path, number: int) -> Any:
    """The derivative that a command of an example file made: the last function below it."""
    body = path.read_text().split(examples.ASKS)[number + 1].partition("\n")[2]
    *_, entry = [node.name for node in ast.parse(body).body if isinstance(node, ast.FunctionDef)]
    return getattr(module_named(str(path)), entry)


def verify(wanted: Any, entry: Any, args: tuple[Any, ...], positions: list[int], rng: np.random.Generator) -> None:
    """Compare an emitted derivative with differences of the function (or derivative) that it is the derivative of."""
    original = wanted.request()[1]

    def subject(*given: Any) -> Any:
        return original(*trees.copied(given))       # it may write to what it is given
    dots = trees.random_like(rng, _at(args, positions))
    weights = trees.random_like(rng, subject(*args))
    expected = derivative(lambda t: trees.inner(subject(*_moved(args, positions, dots, t)), weights))
    if wanted.modes[-1] == "forward":
        out, out_dot = entry(*args, *dots)
        assert trees.inner(out, weights) == pytest.approx(trees.inner(subject(*args), weights))
        found = trees.inner(out_dot, weights)
    else:
        result = entry(*args)
        if wanted.value:
            assert result[0] == pytest.approx(subject(*args))
            result = result[1]
        found = trees.inner(result, dots if len(dots) > 1 else dots[0]) * weights
    assert expected.smooth and expected.agrees(found), (found, expected)


def _at(args: Any, positions: list[int]) -> tuple[Any, ...]:
    return tuple(args[k] for k in positions)


def _moved(args: Any, positions: list[int], dots: tuple[Any, ...], step: float) -> tuple[Any, ...]:
    along = dict(zip(positions, dots))
    return tuple(trees.moved(arg, along[k], step) if k in along else arg for k, arg in enumerate(args))
