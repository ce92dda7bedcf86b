"""`tangent2 emit`, `check` and `rules`: complete modules, comparisons, and what is supported."""
from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tangent2
from tangent2.literals import literal
from tangent2.rules.declare import all_rules
from tangent2.rulebook import shown, label
from tangent2.targets import function_named
from tests.test_cli import run  # noqa: F401  (a fixture)

MODEL = '''
import functools
import math

import numpy as np

SCALE = 2.0
W = np.arange(6.0).reshape(2, 3)
NAMES = {"a": (1.0, [2.0, -float("inf")]), "on": True}
BIG = np.ones(20000)
double = lambda x: 2 * x


def act(x):
    return np.tanh(x) * SCALE


def helper(x, n=3):
    # a comment
    for _ in range(n):
        x = act(x)
    return x


def loss(x, params):
    h = helper(W @ x) + double(params["b"])
    return np.sum(h ** 2) + math.sin(params["b"][0]) * NAMES["a"][0]


def anything(x, y):
    return np.sum(x @ y) ** 2


def of_big(x):
    return np.sum(x * BIG)


def log(x):
    return math.log(x - 5)


def kink(x):
    return x if x > 0.0 else 3.0 * x


def option(x, *, gain=2.0):
    return gain * x


def count(n):
    return n + 1


def make(gain):
    def scaled(x):
        return gain * act(x)
    return scaled


closure = make(3.0)


def decorated(f):
    @functools.wraps(f)
    def inner(x):
        return f(x)
    return inner


@decorated
def wrapped(x):
    return np.sin(x)


def calls_wrapped(x):
    return wrapped(x) * 2.0
'''
AT = 'x=np.ones(3), params={"b": np.array([1.0, 2.0])}'


@pytest.fixture
def model(tmp_path: Path) -> str:
    path = tmp_path / f"emitted_{tmp_path.name}.py"
    path.write_text(MODEL)
    return str(path)


def in_a_process(path: Path, text: str, cwd: Path) -> str:
    """What a program prints that runs where neither the user's module nor tangent2 is at hand."""
    path.write_text(path.read_text() + text)
    command = [sys.executable, "-I", "-c", f"exec(open({str(path)!r}).read(), {{'__name__': 'm'}})"]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_standalone_module_needs_numpy_only(run: Any, model: str, tmp_path: Path) -> None:  # noqa: F811
    out = tmp_path / "elsewhere" / "made.py"
    out.parent.mkdir()
    command = ["emit", f"{model}:loss", "--wrt", "x,params", "--at", AT, "--standalone", "-o", str(out)]
    assert run(*command) == (0, "", "")
    text = out.read_text()
    assert text.startswith("# Written by: tangent2 emit ") and "import tangent2" not in text
    assert "from tangent2" not in text and "SCALE = 2.0" in text and text.count("def loss(") == 0
    printed = in_a_process(out, "\nprint([[float(v) for v in np.ravel(g['b'] if isinstance(g, dict) else g)] for g in "
                                "grad_loss(np.ones(3), {'b': np.array([1.0, 2.0])})])\n", out.parent)
    expected = tangent2.grad(function_named(f"{model}:loss"), (0, 1))(np.ones(3), {"b": np.array([1.0, 2.0])})
    x_bar, b_bar = eval(printed)
    assert np.array_equal(x_bar, expected[0]) and np.array_equal(b_bar, expected[1]["b"])


def test_helpers_are_printed_into_a_standalone_module(run: Any, model: str, tmp_path: Path) -> None:  # noqa: F811
    out = tmp_path / "made.py"
    assert run("emit", f"{model}:anything", "--standalone", "-o", str(out))[0] == 0
    assert "def unbroadcast(" in out.read_text() and "from tangent2" not in out.read_text()
    printed = in_a_process(out, "\nprint(grad_anything(np.ones((2, 3)), np.ones((3, 2))).tolist())\n", tmp_path)
    expected = tangent2.grad(function_named(f"{model}:anything"))(np.ones((2, 3)), np.ones((3, 2)))
    assert np.array_equal(eval(printed), expected)


def test_a_module_imports_what_it_can(run: Any, model: str, tmp_path: Path) -> None:  # noqa: F811
    beside = tmp_path / "made.py"
    assert run("emit", f"{model}:loss", "--at", AT, "-o", str(beside))[0] == 0
    assert f"from {Path(model).stem} import SCALE, W" in beside.read_text()
    away = tmp_path / "away"
    away.mkdir()
    assert run("emit", f"{model}:loss", "--at", AT, "-o", str(away / "made.py"))[0] == 0
    assert Path(model).stem not in (away / "made.py").read_text().split("\n", 1)[1]


@pytest.mark.parametrize(("name", "options", "args"), [
    ("loss", ["--at", AT], (np.ones(3), {"b": np.array([1.0, 2.0])})),
    ("anything", [], (np.ones((2, 3)), np.ones((3, 2)))),
    ("anything", ["--order", "2", "--at", "x=1.0 * W[0], y=W[1]"], None),
    ("loss", ["--mode", "forward", "--wrt", "x", "--at", AT], None),
    ("closure", ["--at", "x=0.5"], (0.5,)),
])
def test_modules_run_in_an_empty_namespace(run: Any, model: str, name: str, options: list[str],  # noqa: F811
                                           args: Any) -> None:
    for standalone in [], ["--standalone"]:
        status, out, err = run("emit", f"{model}:{name}", *options, *standalone)
        if "--order" in options:
            assert status == 1      # the gradient is no number
            continue
        assert (status, err) == (0, "")
        names: dict[str, Any] = {}
        exec(out, names)
        if args is not None:
            entry = re.findall(r"^def (\w+)", out, re.MULTILINE)[-1]
            assert np.array_equal(names[entry](*args), tangent2.grad(function_named(f"{model}:{name}"))(*args))


def test_what_cannot_be_included_is_refused(run: Any, model: str, tmp_path: Path) -> None:  # noqa: F811
    status, out, err = run("emit", f"{model}:of_big", "--standalone", "--at", "x=np.ones(20000)")
    assert status == 1 and out == "" and "`BIG` cannot be part" in err and "20000 elements" in err and "advice" in err
    assert run("emit", f"{model}:of_big", "--at", "x=np.ones(20000)", "-o", str(tmp_path / "a.py"))[0] == 0
    status, _, err = run("emit", f"{model}:loss", "-o", str(tmp_path / "no" / "where.py"))
    assert status == 2 and "no such directory" in err


def test_a_decorated_function_keeps_its_meaning_or_is_refused(run: Any, model: str) -> None:  # noqa: F811
    status, out, err = run("emit", f"{model}:calls_wrapped", "--standalone", "--at", "x=1.0")
    if status:
        assert status == 1 and "decorator" in err
    else:
        names: dict[str, Any] = {}
        exec(out, names)
        assert names["grad_calls_wrapped"](1.0) == pytest.approx(2.0 * np.cos(1.0))


def test_literals() -> None:
    values = [1, -2.5, float("inf"), 1 + 2j, "a'b", b"x", None, (), (1,), [[1.0], []], {"k": {1, 2}}, set(),
              np.float32(1.5), np.zeros((0, 3)), np.array([[1.0, np.inf]]), np.array([True]), np.ones(2, np.float32)]
    for value in values:
        made = eval(literal(value, lambda: "np"), {"np": np})
        assert type(made) is type(value)
        assert made == value if not isinstance(value, np.ndarray) else np.array_equal(made, value)
        assert getattr(made, "dtype", None) == getattr(value, "dtype", None)


def test_check_compares(run: Any, model: str) -> None:  # noqa: F811
    status, out, _ = run("check", f"{model}:loss", "--at", AT)
    assert status == 0 and out.count("agrees") == 4 and "gradient in params" in out
    assert run("check", f"{model}:anything", "--order", "2", "--at", "x=W, y=W.T")[0] == 0
    assert run("check", f"{model}:act", "--at", "x=np.ones((2, 2), np.float32)")[0] == 0


def test_check_fails_where_there_is_no_derivative(run: Any, model: str) -> None:  # noqa: F811
    status, out, _ = run("check", f"{model}:kink", "--at", "x=0.0")
    assert status == 1 and "WRONG" in out


def test_check_catches_a_wrong_rule(run: Any, model: str, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    monkeypatch.setattr("tangent2.verify.jvp", lambda f, args, dots: (0.0, 1.0))
    status, out, _ = run("check", f"{model}:act", "--at", "x=0.5")
    assert status == 1 and re.search("duality .*WRONG", out)


@pytest.mark.parametrize(("name", "options", "words"), [
    ("loss", [], "give its arguments"), ("option", ["--at", "x=1.0"], "plain parameters"),
    ("count", ["--at", "n=2"], "is a float"),
    ("log", ["--at", "x=2.0"], r"in log\n    return math.log\(x - 5\)\n +\^\n  ValueError"),
])
def test_wrong_usage_of_check(run: Any, model: str, name: str, options: list[str], words: str) -> None:  # noqa: F811
    status, out, err = run("check", f"{model}:{name}", *options)
    assert status == 2 and out == "" and re.search(words, err), err


def test_rules_are_listed_and_printed(run: Any) -> None:  # noqa: F811
    status, out, _ = run("rules")
    assert status == 0 and all(label(prim) in out for prim in shown())
    status, out, _ = run("rules", "np.tanh")
    assert status == 0 and "dot[out] = dot[x] * (1.0 - out ** 2)" in out and "def grad_tanh(x):" in out
    assert "derivative is zero" in run("rules", "numpy.floor")[1]
    status, out, err = run("rules", "tahn")
    assert status == 2 and "did you mean" in err and "np.tanh" in err


def test_every_rule_can_be_printed(run: Any) -> None:  # noqa: F811
    for prim in {p.name: p for p in all_rules()}.values():
        name = label(prim) if prim.spelling[0] != "special" else prim.name
        status, out, _ = run("rules", name)
        assert status == 0 and out.startswith("# ")


def test_rules_of_ones_own_are_printed(run: Any, tmp_path: Path) -> None:  # noqa: F811
    path = tmp_path / "own_rules_model.py"
    path.write_text('''
import numpy as np
import tangent2


def softplus(x):
    return np.log(1.0 + np.exp(x))


@tangent2.rule(softplus)
def softplus_rule(out, x):
    dot[out] = dot[x] / (1.0 + np.exp(-x))


def loss(x):
    return np.sum(softplus(x))
''')
    status, out, _ = run("rules", f"{path}:softplus")
    assert status == 0 and out.startswith("# own_rules_model.softplus\n\n@tangent2.rule(softplus)\n")
    assert out.endswith("def grad_softplus(x):\n    x_bar = 1.0 / (1.0 + np.exp(-x))\n    return x_bar\n")
    assert run("rules", f"{path}:loss")[0] == 2
    assert run("check", f"{path}:loss", "--at", "x=np.ones(3)")[0] == 0


def test_versions_with_the_same_text_are_printed_once(run: Any, tmp_path: Path) -> None:  # noqa: F811
    path = tmp_path / "pendulum_model.py"
    path.write_text('''
import numpy as np


def slope(state, length):
    angle, speed = state
    return np.array([speed, -9.81 / length * np.sin(angle)])


def end(state, length, dt, steps):
    for _ in range(steps):
        k1 = slope(state, length)
        k2 = slope(state + dt * k1, length)
        state = state + dt / 2.0 * (k1 + k2)
    return np.sum(state ** 2)
''')
    at = "state=np.array([1.0, 0.0]), length=1.0, dt=0.1, steps=3"
    _, out, _ = run("show", f"{path}:end", "--wrt", "state,length", "--at", at)
    assert re.findall(r"^def (\w+)", out, re.MULTILINE) == ["fwd_slope", "bwd_slope", "grad_end"]
    assert run("check", f"{path}:end", "--at", at)[0] == 0


def test_a_linear_layer_reads_as_in_a_textbook(run: Any, tmp_path: Path) -> None:  # noqa: F811
    path = tmp_path / "layer_model.py"
    path.write_text("import numpy as np\n\n\ndef f(x, W, y):\n    return np.sum((x @ W.T - y) ** 2)\n")
    at = "x=np.ones((4, 3)), W=np.ones((2, 3)), y=np.ones((4, 2))"
    _, out, _ = run("show", f"{path}:f", "--wrt", "W,x", "--at", at)
    assert "    x_bar = t @ W\n    W_bar = t.T @ x\n" in out


def test_a_module_says_that_arguments_must_be_apart(run: Any, tmp_path: Path) -> None:  # noqa: F811
    """A derivative that is called checks it; a module that is written cannot."""
    model = tmp_path / "writing.py"
    model.write_text("import numpy as np\n\n\n"
                     "def poked(a, b):\n    a[0] = a[0] ** 2 * b[1]\n    return np.sum(a ** 2 * b)\n\n\n"
                     "def plain(a, b):\n    return np.sum(a * b)\n")
    at = ["--at", "a=np.ones(3), b=np.ones(3)", "--wrt", "a,b", "--standalone"]
    status, text, _ = run("emit", f"{model}:poked", *at)
    assert status == 0 and "arguments must not share memory" in text
    assert "a = a.copy()  # poked() writes to its argument\n" in text
    status, text, _ = run("emit", f"{model}:plain", *at)
    assert status == 0 and "share memory" not in text and "writes to" not in text
