"""What users write that is not differentiated is refused, with its place; what they raise passes through."""
from __future__ import annotations

import cmath
import copy
import linecache
import os
import re
import signal
import subprocess
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tangent2
from tangent2 import grad, hessian, jacrev, jvp, source, value_and_grad, vjp
from tangent2.switches import switched

X = np.array([1.0, 2.0, 3.0])
KIND = "int32"
COUNT = 0.0


def writes(x: Any) -> Any:
    x[0] = 1.0
    return np.sum(x)


def appends(items: Any) -> Any:
    items.append(1.0)
    return items[0]


def tries(x: Any) -> Any:
    try:  # here
        return x * x
    finally:
        return x        # noqa: B012


def asks_for_the_cause(x: Any) -> Any:
    try:
        raise RuntimeError from KeyError("k")
    except RuntimeError as error:
        return x * x if isinstance(error.__cause__, KeyError) else x  # here


def asks_where_it_is_handled(x: Any) -> Any:
    try:
        raise ValueError
    except ValueError:
        return x * x if sys.exc_info()[0] is ValueError else x  # here


def makes_warnings_errors(x: Any) -> Any:
    with warnings.catch_warnings():  # here
        warnings.simplefilter("error")
        try:
            y = np.log(x - 5.0)
        except RuntimeWarning:
            y = x * x
    return y


def makes_all_warnings_errors(x: Any) -> Any:
    warnings.filterwarnings("error")  # here
    return x * x


def sets_how_errors_are_told(x: Any) -> Any:
    np.seterr(all="raise")  # here
    return x * x


def catches_unbound_names(x: Any) -> Any:
    try:  # here
        return np.sin(x)
    except NameError:
        return x * x


def part(k: int) -> float:
    return 1.0 / (2 - k)


class Guarded:
    def __init__(self, v: Any) -> None:
        self._rate = v

    @property
    def rate(self) -> Any:
        return self._rate

    @rate.setter
    def rate(self, v: Any) -> None:
        if v > 0:
            raise ValueError("positive")
        self._rate = v


def sets_what_may_raise(x: Any) -> Any:
    made = Guarded(x)
    try:
        made.rate = 3.0 * x  # here
    except ValueError:
        return x ** 3
    return made.rate


def imports_beside_others(x: Any) -> Any:
    try:
        y = x
        import colorsys  # noqa: F401 # here
    except ImportError:
        y = x ** 3
    return y


def loops_over_what_raises_late(x: Any) -> Any:
    t = 0.0
    try:
        for v in map(part, range(4)):  # here
            t += v * x
    except ZeroDivisionError:
        t *= x
    return t


def starts_a_thread(x: Any) -> Any:
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(x * x))  # here
    thread.start()
    thread.join()
    return found[0]


class Pair:
    def __init__(self, first: Any, second: Any = 3.0) -> None:
        self.first, self.second = first, second

    def __call__(self, u: Any, v: Any = 2.0) -> Any:
        return self.first * u + self.second * v


def makes_of_many(x: Any) -> Any:
    def make(cls: Any, xs: Any) -> Any:
        return cls(*xs)  # here
    return np.sum(make(Pair, np.array([x, 2.0])[:2]).first)


def calls_with_many(x: Any) -> Any:
    def call(pair: Any, xs: Any) -> Any:
        return pair(*xs)  # here
    return np.sum(call(Pair(x), [x, x, x][1:]))


class Empty:
    pass


def asks_for_an_attribute(x: Any) -> Any:
    made = Empty()
    held = [made]
    held[0].w = x  # type: ignore[attr-defined]
    return x * (2.0 if hasattr(made, "w") else 3.0)  # here


def compares_functions(x: Any) -> Any:
    fs = [lambda v, a=a: v * a for a in (x, 2.0 * x)]
    return sum([f(1.0) if f == fs[0] else 0.0 for f in fs])  # here


def enters(x: Any) -> Any:
    with np.errstate(**dict(all="raise")):  # here
        return x * x


def assigns_a_global(x: Any) -> Any:
    global COUNT  # here
    COUNT = x
    return x * x


def assigns_outside(x: Any) -> Any:
    total = 0.0

    def add() -> None:
        nonlocal total  # here
        total = x * x
    for each in [add, add]:
        each()
    return total


def defines_a_class(x: Any) -> Any:
    for _ in range(2):
        class Inner:  # here
            pass
    return x


def defines_before_it_binds(x: Any) -> Any:
    s = x

    class Inner:  # here
        def f(self) -> Any:
            return s
    o = Inner()
    s = x * 2
    return o.f()


def reads_in_a_class(x: Any) -> Any:
    class Inner:  # here
        k = x
    return Inner().k


def hands_on_a_class(x: Any) -> Any:
    class Inner:
        def f(self) -> Any:
            return x
    return [cls().f() for cls in [Inner]][0]  # here


def holds_a_list(x: Any) -> Any:
    class Inner:  # here
        items: list[Any] = []
    return x * len(Inner.items)


def reads_without_an_object(x: Any) -> Any:
    class Inner:  # here
        @staticmethod
        def f(y: Any) -> Any:
            return y * x
    return Inner.f(x)


def has_asynchronous_code(x: Any) -> Any:
    async def later() -> Any:  # here
        return x
    return x


def yields_inside(x: Any) -> Any:
    def steps() -> Any:
        y = yield x  # here
        yield y
    return sum(steps())


def executes(x: Any) -> Any:
    exec("y = x")  # here
    return x


def spreads_a_dict(x: Any) -> Any:
    parts = dict(x=x)
    parts["y"] = x
    return np.sum(**parts)  # here


def reads_what_is_gone(x: Any) -> Any:
    y = x * x
    del y
    return y  # here  # noqa: F821


def reads_what_never_was(x: Any) -> Any:
    return x * never_bound  # type: ignore[name-defined]  # here  # noqa: F821


def both_draw(x: Any) -> Any:
    rng = np.random.default_rng(0)

    def draw() -> Any:
        for _ in range(2):
            yield x * rng.normal()
        yield 1.0
    t = 0.0
    for w in draw():  # here
        t += w * rng.normal()
    return t


def has_no_end(x: Any) -> Any:
    def halves() -> Any:
        y = x
        while True:
            y = y * 0.5
            yield y
    return sum(halves())  # here


def grad_target(x: Any) -> Any:
    return x * x


def calls_wrongly(x: Any) -> Any:
    return grad_target(x, x)  # type: ignore[call-arg]  # here


def calls_c(x: Any) -> Any:
    return cmath.rect(x, 0.0).real * x  # here


def calls_without_rule(x: Any) -> Any:
    return np.sum(np.emath.log10(x))  # here


def dtype_by_name(x: Any) -> Any:
    z = np.zeros(3, dtype=KIND)  # here
    z[0] = x
    return np.sum(z) * 1.5


def casts_by_name(x: Any, kind: Any = "int64") -> Any:
    return np.sum(np.asarray([x, x], dtype=kind) * 1.0)  # here


def writes_into_a_mask(x: Any) -> Any:
    z = np.ones(3) * x
    z[True][0] = 5.0  # here
    return np.sum(z)


@pytest.mark.parametrize("function, words", [
    (asks_for_an_attribute, "by another name"), (compares_functions, "a function is handed"),
    (makes_of_many, "how many arguments"), (calls_with_many, "how many arguments"),
    (asks_for_the_cause, "`__cause__`"), (asks_where_it_is_handled, "`exc_info`"),
    (makes_warnings_errors, "`with`"), (makes_all_warnings_errors, "warnings are made exceptions"),
    (sets_how_errors_are_told, "`seterr`"), (catches_unbound_names, "`except NameError`"),
    (sets_what_may_raise, "the setter of `rate`"), (imports_beside_others, "an import beside other statements"),
    (loops_over_what_raises_late, "may raise after its first items"),
    (tries, "`try`"), (enters, "`with`"), (starts_a_thread, "names are changed"),
    (assigns_a_global, "`global`"), (assigns_outside, "`nonlocal`"),
    (defines_a_class, "class in a branch or a loop"), (defines_before_it_binds, "bound after the class is made"),
    (reads_in_a_class, "where it is made"), (hands_on_a_class, "is handed on"), (holds_a_list, "`items: list"),
    (reads_without_an_object, "no object that keeps it"),
    (has_asynchronous_code, "`async def`"), (yields_inside, "`yield`"),
    (executes, "`exec`"), (spreads_a_dict, "`**` of a dict"),
    (both_draw, "draw random numbers"),
    (has_no_end, "has no end"),
    (reads_what_is_gone, "`y` is read where it is not bound"), (reads_what_never_was, "`never_bound` is not defined"),
    (calls_wrongly, "1 positional arguments expected, 2 given"), (calls_c, "cmath.rect(x, 0.0) has no derivative rule"),
    (calls_without_rule, "np.emath.log10(x) has no derivative rule"),
    (dtype_by_name, "known only when the code runs"),
    (casts_by_name, "known only when the code runs"), (writes_into_a_mask, "what is written here is lost"),
])
def test_refused_where_it_stands(function: Any, words: str) -> None:
    lines, first = Path(__file__).read_text().splitlines(), function.__code__.co_firstlineno
    line = next(k for k in range(first, len(lines)) if "# here" in lines[k - 1])
    for call in (lambda: grad(function)(2.0), lambda: grad(lambda z: grad(function)(z) * 1.0)(2.0),
                 lambda: jvp(function, (2.0,), (1.0,)), lambda: vjp(function, 2.0), lambda: hessian(function)(2.0),
                 lambda: source(function)):
        with pytest.raises(tangent2.TangentError) as caught:
            call()
        message = str(caught.value)
        assert words in message and "advice:" in message, message
        assert re.search(rf"{re.escape(__file__)}:({line}|{line - 1}): in ", message), message


@pytest.mark.parametrize("function, at, there", [(writes, X, [0.0, *[1.0] * (len(X) - 1)]),
                                                 (appends, [2.0, 3.0], [1.0, 0.0])])
def test_arguments_stay_what_they_are(function: Any, at: Any, there: Any) -> None:
    before = copy.deepcopy(at)
    np.testing.assert_array_equal(grad(function)(at), there)
    np.testing.assert_array_equal(at, before)
    assert jvp(function, (at,), (at,))[1] == np.dot(before, there)
    np.testing.assert_array_equal(vjp(function, at)[1](1.0)[0], there)
    np.testing.assert_array_equal(at, before)


def changes_in_place(v: Any) -> Any:
    v += 1.0
    return v * v


def hands_on(x: Any) -> Any:
    y = x * 2.0
    changes_in_place(y)
    return np.sum(y * y)


def test_a_callee_that_may_write_to_its_argument() -> None:
    np.testing.assert_allclose(grad(hands_on)(X), 4.0 * (2.0 * X + 1.0))
    with switched(generic=True), pytest.raises(tangent2.TangentError, match="in changes_in_place: "):
        grad(hands_on)(X)
    with pytest.raises(tangent2.TangentError):
        source(hands_on)
    assert grad(lambda x: changes_in_place(x) * 1.0)(2.0) == 6.0


def of_a_dict(d: Any) -> Any:
    return d["a"] * d["b"]


def of_a_place(x: Any) -> Any:
    return x[7] * x[0]


def of_a_quotient(x: Any) -> Any:
    return x / (x - x)


def of_a_matrix(x: Any) -> Any:
    return np.sum(np.linalg.inv(x))


def of_its_own(x: Any) -> Any:
    if x > 0.0:
        raise ValueError(f"no {x}")
    return x


def of_an_assertion(x: Any) -> Any:
    assert x < 0.0, "not negative"
    return x * x


def of_shapes(x: Any) -> Any:
    return np.sum((x @ np.ones((3, 2))) * x)


def of_what_it_calls(x: Any) -> Any:
    return of_its_own(x) * 2.0


@pytest.mark.parametrize("function, at, error", [
    (of_a_dict, {"a": 1.0}, KeyError), (of_a_place, X, IndexError), (of_a_quotient, 2.0, ZeroDivisionError),
    (of_a_matrix, np.zeros((2, 2)), np.linalg.LinAlgError), (of_its_own, 2.0, ValueError),
    (of_an_assertion, 2.0, AssertionError), (of_what_it_calls, 2.0, ValueError), (of_shapes, X, ValueError),
])
def test_what_the_user_raises_passes_through(function: Any, at: Any, error: Any) -> None:
    calls: list[Callable[[], Any]] = [
        lambda: grad(function)(at), lambda: value_and_grad(function)(at), lambda: vjp(function, at),
        lambda: jvp(function, (at,), (at,)), lambda: jacrev(function)(at), lambda: hessian(function)(at)]
    for call in calls:
        with pytest.raises(error) as caught:
            call()
        assert not isinstance(caught.value, tangent2.TangentError)
        known = [f for f in traceback.extract_tb(caught.value.__traceback__)
                 if f.filename.startswith("<tangent2 ") or f.name.startswith("of_")]
        assert known, "no line of the user's, nor of what was emitted, is in the traceback"
        assert all(linecache.getline(f.filename, f.lineno or 0).strip() for f in known)


def command(*argv: str, **options: Any) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-m", "tangent2", *argv], text=True, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, **options)


def test_a_pipe_that_is_closed(tmp_path: Path) -> None:
    lines = "".join([f"    x = np.sin(x) * {k}.5\n" for k in range(3000)])
    path = tmp_path / "long_model.py"
    path.write_text(f"import numpy as np\n\n\ndef long(x):\n{lines[:60 * 30]}    return x\n")
    run = command("explain", f"{path}:long", "--at", "x=2.0")
    assert run.stdout is not None and run.stderr is not None
    run.stdout.readline()
    run.stdout.close()
    assert "Traceback" not in run.stderr.read()
    run.wait(60)
    run.stderr.close()


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_a_command_that_is_stopped(tmp_path: Path) -> None:
    path = tmp_path / "slow_model.py"
    path.write_text("import time\nprint('started', flush=True)\ntime.sleep(60)\n\n\ndef f(x):\n    return x\n")
    run = command("show", f"{path}:f")
    assert run.stdout is not None and run.stdout.readline().strip() == "started"
    time.sleep(0.2)
    run.send_signal(signal.SIGINT)
    _, err = run.communicate(timeout=60)
    assert run.returncode == 130 and err.strip() == "tangent2: stopped"


def test_names_that_are_nearly_right(tmp_path: Path) -> None:
    path = tmp_path / "near_model.py"
    path.write_text("def loss(x):\n    return x * x\n")
    run = command("show", f"{path}:lss")
    _, err = run.communicate(timeout=60)
    assert run.returncode == 2 and "did you mean `loss`?" in err


def test_functions_of_the_command_line_and_of_exec() -> None:
    code = "import tangent2\ndef f(x): return x * x\nprint(tangent2.grad(f)(1.5))\n"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    if sys.version_info >= (3, 13):         # keeps the text of `-c`
        assert done.stdout == "3.0\n"
    else:
        assert "the source of `f` was not found" in done.stderr
    hidden = "import tangent2\nd = {}\nexec('def f(x):\\n    return x * x * x', d)\n" + "tangent2.grad(d['f'])(1.5)"
    same = f"{hidden}\ndef f(x): return x * x\n"
    for text in (hidden, same):
        done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True)
        assert "the source of `f` was not found" in done.stderr, done.stderr


def factors_of_complex_ones(x: Any) -> Any:
    return np.linalg.svd(np.outer(x, x) * (1 + 1j) + np.eye(3), compute_uv=False)[0]


def test_a_rule_for_real_numbers_that_meets_complex_ones() -> None:
    with pytest.raises(tangent2.TangentError, match="np.linalg.svd of complex matrices"):
        grad(factors_of_complex_ones)(X)
    with switched(generic=True), pytest.raises(TypeError, match="complex numbers are given"):
        grad(factors_of_complex_ones)(X)


def test_full_factors_of_a_matrix_that_is_not_square() -> None:
    def largest(m: Any) -> Any:
        return np.linalg.svd(m)[1][0]
    square, other = np.array([[1.0, 0.5], [0.2, 2.0]]), np.ones((3, 2))
    np.testing.assert_allclose(grad(largest)(square), grad(lambda m: np.linalg.norm(m, 2))(square))
    with pytest.raises(TypeError, match="give full_matrices=False"):
        grad(largest)(other)
