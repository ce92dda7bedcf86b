"""Rules that users declare for functions of their own: in both modes, of second order, and every mistake at once."""
from __future__ import annotations

import bisect
import operator
import cmath
import functools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import tangent2
from tangent2 import ArgumentError, NoDerivativeError, TangentError, check_grads, constant, grad, jvp, linear, rule
from tangent2.rules import declare
from tests.harness import modes
from tests.harness.functions import namespace_of

dot: Any = None     # what templates speak of: they are never run
bar: Any = None
SCALE = 2.0
X = np.array([0.3, -0.7, 1.1])
RAISED = []


def sigmoid(x: Any) -> Any:
    return 0.5 * (np.tanh(0.5 * x) + 1.0)


def log1pexp(x: Any) -> Any:
    RAISED.append("run")
    with np.errstate(over="ignore"):        # nothing that is differentiated
        return np.where(x > 30.0, x, np.log(1.0 + np.exp(x)))


@rule(log1pexp)
def log1pexp_rule(out: Any, x: Any) -> None:
    dot[out] = dot[x] * sigmoid(x)


def softened(x: Any, y: Any, power: int = 2) -> Any:
    return (x * x + y * y) ** (1.0 / power)


@rule(softened)
def softened_rule(out: Any, x: Any, y: Any, power: Any) -> None:
    factor = 2.0 / power * out / (x * x + y * y)
    dot[out] = factor * x * dot[x] + factor * y * dot[y]


def half_over(root: Any) -> Any:
    return 0.5 / root if root > 0.0 else np.inf


@rule(np.emath.sqrt)
def sqrt_rule(out: Any, x: Any) -> None:
    dot[out] = dot[x] * half_over(out)


@rule(operator.mul)
def mul_rule(out: Any, a: Any, b: Any) -> None:
    dot[out] = dot[a] * b + a * dot[b]


cube = np.frompyfunc(lambda x: x ** 3, 1, 1)


@rule(cube)
def cube_rule(out: Any, x: Any) -> None:
    dot[out] = 1.5 * SCALE * dot[x] * x ** 2


def energy(a: Any, x: Any) -> Any:
    return x @ a @ x


@rule(energy)
def energy_rule(out: Any, a: Any, x: Any) -> None:
    dot[out] = x @ dot[a] @ x + dot[x] @ ((a + a.T) @ x)
    bar[a] = bar[out] * np.outer(x, x)
    bar[x] = bar[out] * ((a + a.T) @ x)


def mirror(x: Any) -> Any:
    return x[::-1]


@linear(mirror, wrt="x")
def mirror_rule(out: Any, x: Any) -> None:
    bar[x] = mirror(bar[out])


def total(x: Any, y: Any) -> Any:
    return np.sum(x) + np.sum(y)


@linear(total, wrt=("x", "y"))
def total_rule(out: Any, x: Any, y: Any) -> None:
    bar[x] = np.full_like(x, 1.0) * bar[out]
    bar[y] = np.full_like(y, 1.0) * bar[out]


def bucket(x: Any) -> Any:
    return bisect.bisect([0.0, 1.0], x)


constant(bucket, operator.countOf)


def through(x: Any) -> Any:
    return np.round(x)


@rule(through)
def through_rule(out: Any, x: Any) -> None:
    dot[out] = 1.0 * dot[x]


def same(x: Any) -> Any:
    return x


@rule(same)
def same_rule(out: Any, x: Any) -> None:
    dot[out] = dot[x]


# ---- right ones, in all modes

def of_python(x: Any) -> Any:
    return np.sum(log1pexp(x) ** 2)


def of_number(x: Any) -> Any:
    return log1pexp(x) * log1pexp(-x)


def of_several(x: Any, y: Any) -> Any:
    return np.sum(np.sin(softened(x, y)))


def by_keyword(x: Any, y: Any) -> Any:
    return np.sum(softened(x, power=4, y=y))


def of_numpy(x: Any) -> Any:
    return 2.0 * np.emath.sqrt(x) ** 3 + x


def of_operator(x: Any, y: Any) -> Any:
    return np.sum(operator.mul(np.sin(x), y)) * SCALE


def of_ufunc(x: Any) -> Any:
    return cube(x) * x


def of_matrix(a: Any, x: Any) -> Any:
    return energy(a, np.sin(x))


def of_linear(x: Any) -> Any:
    return np.dot(mirror(x), x ** 2)


def of_jointly_linear(x: Any, y: Any) -> Any:
    return total(x ** 2, 3.0) * y


def of_constant(x: Any) -> Any:
    return x * bucket(x) + operator.countOf([x, 0.1, x], x) * x


def changed_after(x: Any) -> Any:
    y = same(np.sin(x))
    z = y + 0.0
    z[0] = 2.0
    return np.sum(z * y)


def in_loop(x: Any) -> Any:
    y = 0.1
    for k in range(3):
        y = softened(y, x, 3) + k
    return y


def from_its_result_in_a_loop(x: Any) -> Any:
    y = x
    for _ in range(3):
        y = np.emath.sqrt(y)
    return y * np.emath.sqrt(x + 1.0)


def handed_on(x: Any) -> Any:
    return np.sum(applied(log1pexp, x))


def applied(f: Callable[[Any], Any], x: Any) -> Any:
    return f(x) * 2.0


RIGHT = (
    (of_python, (X,)), (of_number, (0.4,)), (of_several, (X, 0.5)), (of_several, (X, X[::-1].copy())),
    (by_keyword, (X, 2.0)), (of_numpy, (2.5,)),
    (from_its_result_in_a_loop, (2.5,)), (of_operator, (X, 2.0)), (of_operator, (X, X + 1.0)),
    (of_ufunc, (1.3,)), (of_matrix, (np.array([[1.0, 2.0], [0.5, -1.0]]), X[:2])), (of_linear, (X,)),
    (of_jointly_linear, (X, 2.0)), (changed_after, (X,)), (in_loop, (0.8,)), (handed_on, (X,)),
    (log1pexp, (0.4,)), (sigmoid, (0.2,)),
)


@pytest.mark.parametrize(("f", "args"), RIGHT, ids=[f"{f.__name__}-{k}" for k, (f, _) in enumerate(RIGHT)])
def test_all_modes(f: Any, args: tuple[Any, ...]) -> None:
    modes.check(tangent2, f, args)


@pytest.mark.parametrize(("f", "args"), RIGHT, ids=[f"{f.__name__}-{k}" for k, (f, _) in enumerate(RIGHT)])
def test_the_checks_of_the_registry(f: Any, args: tuple[Any, ...]) -> None:
    check_grads(f, args, order=2, rtol=1e-5)


def test_values_without_a_derivative() -> None:
    assert grad(of_constant)(0.4) == 3.0
    assert grad(lambda x: through(x) * 3.0)(3.2) == 3.0 and through(3.2) == 3.0


def test_the_body_is_not_looked_at() -> None:
    assert "with" not in tangent2.source(of_python, X) and "errstate" not in tangent2.source(of_python, X)
    assert grad(log1pexp)(40.0) == 1.0


def test_the_formula_stands_in_the_text() -> None:
    text = tangent2.source(of_numpy, 2.0)
    assert "from tests.rules.test_own import half_over\n" in text and "half_over(" in text and "scimath.sqrt(x)" in text
    assert "sigmoid(x)" in tangent2.source(of_python, X)
    assert "unbroadcast" not in tangent2.source(of_several, 0.3, 0.5)
    assert "cube(x)" in tangent2.source(of_ufunc, 1.0) and "operator.mul(" in tangent2.source(of_operator, X, X)
    assert "factor" not in tangent2.source(of_several, X, X)


def test_values_are_read_when_the_derivative_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    derivative = grad(of_ufunc)
    assert derivative(1.0) == pytest.approx(4.0)
    monkeypatch.setitem(globals(), "SCALE", 4.0)
    assert derivative(1.0) == pytest.approx(7.0)
    monkeypatch.setitem(globals(), "sigmoid", lambda x: x)
    assert grad(log1pexp)(5.0) == 5.0


def test_a_helper_that_is_replaced_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    derivative = grad(of_number)
    before = derivative(0.4)
    monkeypatch.setitem(globals(), "sigmoid", lambda x: 0.0 * x)
    assert derivative(0.4) == 0.0 != before


def made() -> tuple[Any, Any]:
    weight = 3.0

    def inner(x: Any) -> Any:
        return weight * x

    @rule(inner)
    def inner_rule(out: Any, x: Any) -> None:
        dot[out] = weight * dot[x]

    def set_weight(value: float) -> None:
        nonlocal weight
        weight = value
    return inner, set_weight


def test_functions_and_rules_inside_of_others() -> None:
    inner, set_weight = made()
    derivative = grad(lambda x: inner(x) ** 2)
    assert derivative(1.0) == 18.0
    set_weight(1.0)
    assert derivative(1.0) == 2.0
    assert jvp(inner, (2.0,), (1.0,)) == (2.0, 1.0)


def test_a_rule_declared_later_counts() -> None:
    def twice(x: Any) -> Any:
        return 2.0 * x
    derivative = grad(lambda x: twice(x) * 1.0)
    assert derivative(3.0) == 2.0

    @rule(twice)
    def first(out: Any, x: Any) -> None:
        dot[out] = 5.0 * dot[x]
    assert derivative(3.0) == 5.0

    @rule(twice)
    def second(out: Any, x: Any) -> None:
        dot[out] = 7.0 * dot[x]
    assert derivative(3.0) == 7.0


def test_arguments_that_a_rule_says_nothing_of() -> None:
    def raised(x: Any, n: Any) -> Any:
        return x ** n

    @rule(raised)
    def raised_rule(out: Any, x: Any, n: Any) -> None:
        dot[out] = n * x ** (n - 1) * dot[x]
    assert grad(raised)(2.0, 3) == 12.0 and grad(lambda x: raised(x, 2.0))(3.0) == 6.0
    for wrong in (lambda: grad(raised, 1)(2.0, 3.0), lambda: jvp(raised, (2.0, 3.0), (1.0, 1.0))):
        with pytest.raises(NoDerivativeError, match="says nothing of `n`"):
            wrong()


def test_conditions_are_decided_when_they_are_known() -> None:
    def scaled(x: Any, by: Any = None) -> Any:
        return x if by is None else x * by

    @rule(scaled)
    def scaled_rule(out: Any, x: Any, by: Any) -> None:
        if by is None:
            dot[out] = 1.0 * dot[x]
        else:
            dot[out] = by * dot[x] + x * dot[by]
    assert grad(lambda x: scaled(x) * 2.0)(3.0) == 2.0 and grad(lambda x: scaled(x, x))(3.0) == 6.0
    assert grad(lambda x, k: scaled(x, k))(3.0, 4.0) == 4.0

    def clipped(x: Any) -> Any:
        return max(x, 0.0)

    @rule(clipped)
    def clipped_rule(out: Any, x: Any) -> None:
        if x > 0.0:
            dot[out] = 1.0 * dot[x]
        else:
            dot[out] = 0.0 * dot[x]
    with pytest.raises(NoDerivativeError, match="not known before the code runs"):
        grad(clipped)(1.0)


def test_a_wrong_rule_is_caught_by_check_grads() -> None:
    def wrong(x: Any) -> Any:
        return np.sin(x)

    @rule(wrong)
    def wrong_rule(out: Any, x: Any) -> None:
        dot[out] = np.sin(x) * dot[x]
    with pytest.raises(AssertionError, match="order 1"):
        check_grads(wrong, (0.3,))

    @rule(wrong)
    def not_dual(out: Any, x: Any) -> None:
        dot[out] = np.cos(x) * dot[x]
        bar[x] = 2.0 * np.cos(x) * bar[out]
    with pytest.raises(AssertionError):
        check_grads(wrong, (0.3,))


def test_functions_of_c_that_a_formula_calls() -> None:
    def f(x: Any) -> Any:
        return x * x

    @rule(f)
    def f_rule(out: Any, x: Any) -> None:
        dot[out] = 2.0 * abs(cmath.rect(x, 0.0)) * dot[x]
    assert grad(f)(3.0) == 6.0
    with pytest.raises(NoDerivativeError, match="rect"):
        grad(grad(f))(3.0)


def sloppy(x: Any, w: Any) -> Any:
    return x * w


@rule(sloppy)
def sloppy_rule(out: Any, x: Any, w: Any) -> None:
    dot[out] = dot[x] * w + x * dot[w]


WEIGHTS = np.array([1.0, -2.0, 0.5])


def of_broadcast(x: Any, w: Any) -> Any:
    return np.sum(sloppy(x, w)) * 2.0


def of_scaled(x: Any) -> Any:
    return np.sum(scaled_by_global(x))


def scaled_by_global(x: Any) -> Any:
    return x * WEIGHTS


@rule(scaled_by_global)
def scaled_by_global_rule(out: Any, x: Any) -> None:
    dot[out] = dot[x] * WEIGHTS


GRID = np.arange(6.0).reshape(2, 3) / 7.0


@pytest.mark.parametrize(("f", "args"), (
    (of_broadcast, (GRID, X)), (of_broadcast, (X, GRID)), (of_broadcast, (GRID, GRID[:1].copy())),
    (of_broadcast, (GRID[:, :1].copy(), X)), (of_broadcast, (GRID, 2.0)), (of_broadcast, (2.0, X)),
    (of_broadcast, (GRID, GRID + 1.0)), (of_scaled, (X,)), (of_scaled, (GRID,)), (of_scaled, (GRID[:, :1].copy(),)),
    (of_scaled, (3.0,)),
))
def test_adjoints_have_the_shapes_of_arguments(f: Any, args: tuple[Any, ...]) -> None:
    modes.check(tangent2, f, args)
    for k, arg in enumerate(args):
        assert np.shape(grad(f, k)(*args)) == np.shape(arg)


def test_sums_need_no_array_of_ones() -> None:
    assert "full_like" not in tangent2.source(lambda x: np.sum(softened(x, 2.0)), X)


def summing(f: Any) -> Any:
    @functools.wraps(f)
    def summed(*args: Any) -> Any:
        return np.sum(f(*args))
    return summed


@summing
def decorated(x: Any) -> Any:
    return x ** 2


@rule(decorated)
def decorated_rule(out: Any, x: Any) -> None:
    dot[out] = 2.0 * np.dot(x, dot[x])
    bar[x] = 2.0 * x * bar[out]


def distance(a: Any, b: Any) -> Any:
    try:
        return np.sqrt(np.sum((np.asarray(a) - np.asarray(b)) ** 2))
    finally:
        pass


@rule(distance)
def distance_rule(out: Any, a: Any, b: Any) -> None:
    bar[a] = bar[out] * (a - b) / out
    bar[b] = -bar[out] * (a - b) / out
    dot[out] = np.sum((a - b) * (dot[a] - dot[b])) / out


def of_lists(x: Any) -> Any:
    return distance([x, 2.0 * x], [1.0, x * x])


def of_two_arrays(x: Any, y: Any) -> Any:
    return distance(x, np.sin(y)) * 2.0


slope_of_sigmoid = grad(sigmoid)


def squashed(x: Any) -> Any:
    return sigmoid(float(x))


@rule(squashed)
def squashed_rule(out: Any, x: Any) -> None:
    dot[out] = slope_of_sigmoid(x) * dot[x]


def of_squashed(x: Any) -> Any:
    return squashed(x) ** 2


@pytest.mark.parametrize(("f", "args"), ((of_lists, (0.7,)), (of_two_arrays, (X, X + 1.0)), (of_squashed, (0.7,))))
def test_lists_are_arrays_in_a_formula(f: Any, args: tuple[Any, ...]) -> None:
    modes.check(tangent2, f, args)


def test_containers_have_no_rule() -> None:
    def two(x: Any) -> Any:
        return x * x, 2.0 * x

    @rule(two)
    def two_rule(out: Any, x: Any) -> None:
        dot[out] = (x * dot[x], 2.0 * dot[x])
        bar[x] = x * bar[out][0] + 2.0 * bar[out][1]
    for wrong in (lambda: grad(lambda x: two(x)[0])(1.0), lambda: jvp(lambda x: two(x)[0], (1.0,), (1.0,))):
        with pytest.raises(NoDerivativeError, match="a number or an array"):
            wrong()


def of_decorated(x: Any) -> Any:
    return np.sin(decorated(x)) * 2.0


def test_a_wrapper_is_not_what_it_wraps() -> None:
    modes.check(tangent2, of_decorated, (X,))


# ---- mistakes

MISTAKES = {
    "dot[out] = dot[z]": "no argument `z`",
    "dot[out] = z * dot[x]": "`z` is not known",
    "dot[out] = cos(x) * dot[x]": "`cos` is not known",
    "dot[out] = np.coss(x) * dot[x]": "has no `coss`",
    "dot[out] = np.cos(x)": "does not depend on",
    "dot[out] = dot[x] + y": "the term `y` has no",
    "dot[out] = y * (dot[x] + 1.0)": "the term `1.0` has no",
    "dot[out] = dot[x] ** 2": "not linear",
    "dot[out] = dot[x] * dot[y]": "not linear",
    "dot[out] = x / dot[x]": "not linear",
    "dot[out] = np.sin(dot[x])": "not known to be linear",
    "dot[out] = np.where(x > 0.0, dot[x], 1.0)": "not known to be linear",
    "dot[out] = np.sum(x * dot[x])": "cannot transpose",
    "dot[x] = dot[out]": "given, not to be computed",
    "bar[z] = bar[out]": "no argument `z`",
    "bar[x] = bar[y]": "to be computed, not given",
    "bar[x] = dot[x]": "may not stand here",
    "dot[out] = bar[out] * dot[x]": "may not stand here",
    "pass": "has no formula",
    "x = 2.0": "may not assign to `x`",
    "t = 1.0; t = 2.0; dot[out] = t * dot[x]": "assigned twice",
    "dot[out] = t * dot[x]; t = 1.0": "read before",
    "t = dot[x]; dot[out] = t": "may not stand here",
    "g = bar[out]; dot[out] = g * dot[x]": "holds an adjoint",
    "return dot[x]": "may not contain",
    "dot[out] = dot[x] if x > 0 else 0.0": "may not contain",
    "dot[out] = [dot[x]]": "may not contain",
    "dot[out] = (0 < x < 1) * dot[x]": "may not contain",
    "dot[out] += dot[x]": "may not contain",
    "for k in x: pass": "may not contain",
    "dot[out] = x.tofile() * dot[x]": "no method of arrays",
}


def declared(body: str, head: str = "@rule(f)", params: str = "out, x, y") -> Callable[[], Any]:
    text = (f"def f(x, y):\n    return x * y\n\n\n{head}\ndef f_rule({params}):\n"
            + "".join([f"    {line.strip()}\n" for line in body.split(";")]))
    return lambda: namespace_of(text, {"np": np, "rule": rule, "linear": linear}, "rules")


@pytest.mark.parametrize("body", MISTAKES)
def test_mistakes_show_where_the_rule_is_declared(body: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        declared(body)()
    assert MISTAKES[body] in str(caught.value) and caught.value.line is not None and "advice" in str(caught.value)


def test_mistakes_show_their_place() -> None:
    with pytest.raises(ArgumentError) as caught:
        declared("s = 1.0; dot[out] = s * dot[z]")()
    lines = str(caught.value).splitlines()
    assert ":8: in f_rule: `dot[z]`: the function has no argument `z`" in lines[0]
    assert lines[1] == "    dot[out] = s * dot[z]" and lines[2] == "    " + " " * 15 + "^"
    assert lines[3] == "  advice: its arguments are x, y"


@pytest.mark.parametrize(("params", "match"), (
    ("out, x", r"`f` takes \(x, y\), the rule \(x\)"), ("out, x, y, z", "takes"), ("out, y, x", "no argument `y` in"),
    ("x, y", "is `out`"), ("out, x, *, y", "plain parameters"),
))
def test_the_parameters_are_those_of_the_function(params: str, match: str) -> None:
    with pytest.raises(ArgumentError, match=match):
        declared("dot[out] = dot[x]", params=params)()


def test_linear_rules_give_adjoints() -> None:
    for body, match in (("pass", "adjoint of `x` is missing"), ("bar[x] = bar[out]; dot[out] = dot[x]", "leave")):
        with pytest.raises(ArgumentError, match=match):
            declared(body, "@linear(f, wrt='x')")()
    with pytest.raises(ArgumentError, match="no argument of the rule"):
        declared("bar[x] = bar[out]", "@linear(f, wrt='z')")()


@pytest.mark.parametrize("wrong", (
    lambda: rule(3.0), lambda: rule(), lambda: rule(np.sin), lambda: constant("f"), lambda: rule(dict),
    lambda: rule(X.sum), lambda: linear(None, wrt="x"), lambda: rule(log1pexp)(3.0), lambda: rule(len),
))
def test_what_cannot_have_a_rule(wrong: Any) -> None:
    with pytest.raises(TangentError):
        wrong()


def test_rules_without_text() -> None:
    names: dict[str, Any] = {"rule": rule}
    with pytest.raises(tangent2.SourceError, match="cannot be read"):
        exec("def f(x): return x\n@rule(f)\ndef f_rule(out, x):\n    dot[out] = dot[x]\n", names)


@pytest.fixture(autouse=True)
def no_rules_are_left() -> Iterator[None]:
    before = set(declare._rules)
    yield
    for prim in set(declare._rules) - before:
        declare._rules.pop(prim)
        declare._by_object.pop(id(prim.obj), None)
