"""`source` gives complete modules: run in an empty namespace, or as a file of its own, they give the same numbers."""
from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tangent2
from tests.harness.functions import namespace_of

PROGRAMS = '''
import math
from collections import namedtuple
from dataclasses import dataclass

import numpy as np
import numpy.linalg as la

import tangent2
from tangent2 import grad, jvp

RATE = 0.25
NAMES = ("a", "b")
WEIGHTS = np.array([1.0, -2.0, 0.5])
GRID = [[1.0, 2.0], [3.0, 4.0]]
OPTIONS = {"power": 2, "scale": 0.5}
Line = namedtuple("Line", "slope offset")


@dataclass
class Params:
    w: np.ndarray
    b: float


def sigmoid(x):
    return 0.5 * (np.tanh(0.5 * x) + 1.0)


def helper(x, power=2):
    return sigmoid(x) ** power + RATE


def plain(x):
    return x ** 3


def of_globals(x):
    return np.sum(WEIGHTS * x) * RATE + OPTIONS["scale"] * np.sum(x)


def of_helpers(x):
    return np.sum(helper(x)) + helper(x[0], 3)


def of_lists(x):
    total = 0.0
    for row in GRID:
        for item in row:
            total += item * x
    return total


def of_math(x):
    return math.sin(x) * la.norm(np.array([x, 1.0]))


def recursive(x, n=3):
    return x if n == 0 else x * recursive(x, n - 1) + RATE


def of_recursion(x):
    return recursive(x)


def of_inner(x):
    return grad(plain)(x) * x


def of_inner_data(x):
    return x * grad(of_globals)(x * WEIGHTS)[0]


def of_jvp(x):
    return jvp(plain, (x,), (1.0,))[1]


def of_lambda(x):
    square = lambda t: t * t * RATE
    return square(x) + square(2.0 * x)


def of_loop(x):
    y = x
    for k in range(3):
        y = np.sin(y) + WEIGHTS[k] * y
    return y


def of_dict(p):
    return np.sum(p["w"] * WEIGHTS) * p["b"]


def factory(scale):
    offsets = [1.0, 2.0]

    def made(x):
        return scale * x * offsets[1] + helper(x)
    return made


closure = factory(3.0)
unnamed = lambda x: RATE * x * x


def declared(x):
    return np.log(1.0 + np.exp(x))


def slope(x):
    return 1.0 / (1.0 + np.exp(-RATE / RATE * x))


@tangent2.rule(declared)
def declared_rule(out, x):
    dot[out] = dot[x] * slope(x) * WEIGHTS[0]


def of_declared(x):
    return declared(x) * declared(2.0 * x)


def of_line(line):
    return line.slope * 2.0 + line.offset ** 2 * RATE


def of_params(p):
    return np.sum(p.w * WEIGHTS) * p.b


def of_star(*xs):
    return xs[0] * xs[1] * RATE


def with_default(x, data=WEIGHTS):
    return np.sum(x * data)


def of_branch(x):
    if x > RATE:
        return helper(x)
    return x
'''

X = np.array([0.3, -0.7, 1.1])
CASES: tuple[tuple[str, tuple[Any, ...]], ...] = (
    ("plain", (2.0,)), ("of_globals", (X,)), ("of_helpers", (X,)), ("of_lists", (2.0,)), ("of_math", (0.3,)),
    ("of_recursion", (1.5,)), ("of_inner", (1.5,)), ("of_inner_data", (1.5,)), ("of_jvp", (1.5,)),
    ("of_lambda", (1.5,)), ("of_loop", (0.4,)), ("of_dict", ({"w": X, "b": 2.0},)), ("closure", (1.5,)),
    ("unnamed", (1.5,)), ("of_declared", (0.7,)), ("declared", (0.7,)), ("of_star", (1.5, 2.0)),
    ("with_default", (X, X)), ("of_branch", (0.7,)), ("of_line", ("Line(2.0, 1.0)",)),
    ("of_params", ("Params(w=np.array([0.3, -0.7, 1.1]), b=2.0)",)),
)
MAKERS: dict[str, Callable[[Any], Any]] = {
    "grad": tangent2.grad, "value_and_grad": tangent2.value_and_grad,
    "second": lambda f: tangent2.grad(tangent2.grad(f)),
}


@pytest.fixture(scope="module")
def included() -> dict[str, Any]:
    """The programs in a namespace that nothing can be imported from, as in a notebook."""
    return namespace_of(PROGRAMS, {"__name__": "__main__"}, "notebook")


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The programs as a module on the path."""
    place = tmp_path_factory.mktemp("programs")
    (place / "source_programs.py").write_text(PROGRAMS)
    sys.path.insert(0, str(place))
    yield vars(importlib.import_module("source_programs"))
    sys.path.remove(str(place))
    del sys.modules["source_programs"]


def run(text: str, entry: str) -> Any:
    names: dict[str, Any] = {}
    exec(compile(text, "<source>", "exec"), names)
    return names[entry]


@pytest.mark.parametrize("home", ("included", "imported"))
@pytest.mark.parametrize("mode", MAKERS)
@pytest.mark.parametrize(("name", "args"), CASES, ids=[name for name, _ in CASES])
def test_the_text_gives_the_same(name: str, args: tuple[Any, ...], mode: str, home: str,
                                 request: pytest.FixtureRequest) -> None:
    names = request.getfixturevalue(home)
    if mode == "second" and not isinstance(args[0], float):
        pytest.skip("second derivatives are those of numbers")
    args = tuple([eval(a, dict(names)) if isinstance(a, str) else a for a in args])
    made = MAKERS[mode](names[name])
    expected = made(*args)
    for given in (args, ()) if name not in ("of_star", "of_line", "of_params") else (args,):
        text = tangent2.source(made, *given)
        found = run(text, made.__name__)(*args)
        assert flat(found) == pytest.approx(flat(expected)), text


def test_tangents(included: dict[str, Any], imported: dict[str, Any]) -> None:
    for names in included, imported:
        for name in "of_helpers", "closure", "of_declared":
            x = X if name == "of_helpers" else 0.7
            text = tangent2.source(names[name], x, mode="forward")
            entry = "jvp_made" if name == "closure" else f"jvp_{name}"
            expected = tangent2.jvp(names[name], (x,), (x,))
            assert flat(run(text, entry)(x, x)) == pytest.approx(flat(expected))


def test_a_file_in_a_fresh_process(included: dict[str, Any], tmp_path: Path) -> None:
    derivative = tangent2.grad(included["closure"])
    path = tmp_path / "fresh.py"
    path.write_text(tangent2.source(derivative, 1.5) + "\nprint(float(grad_made(1.5)))\n")
    done = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) == derivative(1.5)


def test_what_is_not_needed_is_not_there() -> None:
    assert tangent2.source(lambda x: x * x, 2.0) == "def grad_fn(x):\n    x_bar = 2.0 * x\n    return x_bar\n"


def test_records_are_spoken_of(included: dict[str, Any]) -> None:
    text = tangent2.source(tangent2.grad(included["of_params"]), included["Params"](X, 2.0))
    assert text.startswith("# the gradient in `p`, of class Params, is a tuple: w, b\n")


def test_what_is_needed_is_said() -> None:
    names = namespace_of("def f(x):\n    return x * np.mean(sum)\n\n\ndef g(x):\n    return x * np.sum(data)\n",
                         {"np": np, "data": np.ones(20_000), "sum": np.ones(20_000), "__name__": "__main__"})
    text = tangent2.source(tangent2.grad(names["g"]), 2.0)
    line = "data  # it is an array of 20000 elements: bind it before this runs\n"
    assert line in text
    with pytest.raises(NameError, match="data"):
        run(text, "grad_g")
    space = {"data": names["data"]}
    exec(text, space)
    assert space["grad_g"](2.0) == 20_000.0      # type: ignore[operator]
    with pytest.raises(NameError, match="`sum` cannot be bound here"):      # never the builtin
        run(tangent2.source(tangent2.grad(names["f"]), 2.0), "grad_f")


def test_two_things_of_one_name_fail_loudly() -> None:
    one = namespace_of("SCALE = 2.0\n\n\ndef one(x):\n    return SCALE * x ** 2\n", {"__name__": "__main__"})
    two = namespace_of("SCALE = 3.0\n\n\ndef two(x):\n    return SCALE * x * one(x)\n",
                       {"__name__": "__main__", "one": one["one"]})
    assert tangent2.grad(two["two"])(1.0) == 18.0
    text = tangent2.source(tangent2.grad(two["two"]), 1.0)
    try:
        assert run(text, "grad_two")(1.0) == 18.0
    except NameError as error:
        assert "two things have this name" in str(error)


def flat(tree: Any) -> list[float]:
    if isinstance(tree, dict):
        return [x for key in sorted(tree) for x in flat(tree[key])]
    if hasattr(tree, "__dataclass_fields__"):
        return [x for part in vars(tree).values() for x in flat(part)]
    if isinstance(tree, (tuple, list)):
        return [x for part in tree for x in flat(part)]
    return [float(x) for x in np.ravel(tree)]
