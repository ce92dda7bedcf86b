"""Derivatives that the user writes: `custom_vjp` and `custom_jvp` mean what JAX's do, in both modes, to any order."""
from __future__ import annotations

import inspect
import math
import pickle
import sys
import types
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import pytest

import tangent2
from tangent2 import (
    check_grads, custom_jvp, custom_vjp, grad, hessian, hvp, jacfwd, jacobian, jacrev, jvp, source, value_and_grad, vjp,
)
from tangent2.errors import ArgumentError
from tangent2.switches import switched

V = np.array([0.5, 1.0, 2.0])


# ---------------------------------------------------------------------------------------------------- true derivatives


@custom_vjp
def f(x: Any, y: Any = 2.0) -> Any:
    """The sine of one, times the other."""
    return np.sin(x) * y


def f_fwd(x: Any, y: Any) -> Any:
    return f(x, y), (np.cos(x), np.sin(x), y)


def f_bwd(res: Any, g: Any) -> Any:
    cos_x, sin_x, y = res
    return cos_x * g * y, sin_x * g


f.defvjp(f_fwd, f_bwd)


@custom_jvp
def log1pexp(x: Any) -> Any:
    return np.log(1.0 + np.exp(x))


@log1pexp.defjvp
def log1pexp_jvp(primals: Any, tangents: Any) -> Any:
    x, = primals
    x_dot, = tangents
    ans = log1pexp(x)
    return ans, (1.0 - 1.0 / (1.0 + np.exp(x))) * x_dot


@partial(custom_vjp, nondiff_argnums=(0, 1))
def clip_gradient(lo: Any, hi: Any, x: Any) -> Any:
    return x


def clip_gradient_fwd(lo: Any, hi: Any, x: Any) -> Any:
    return x, None


def clip_gradient_bwd(lo: Any, hi: Any, _: Any, g: Any) -> Any:
    return np.clip(g, lo, hi),


clip_gradient.defvjp(clip_gradient_fwd, clip_gradient_bwd)


@custom_vjp(nondiff_argnums=(0,))
def fixed_point(step: Any, a: Any, x_guess: Any) -> Any:
    x_prev, x = x_guess, step(a, x_guess)
    while np.abs(x_prev - x) > 1e-12:
        x_prev, x = x, step(a, x)
    return x


def fixed_point_fwd(step: Any, a: Any, x_guess: Any) -> Any:
    x_star = fixed_point(step, a, x_guess)
    return x_star, (a, x_star)


def fixed_point_rev(step: Any, res: Any, x_star_bar: Any) -> Any:
    a, x_star = res
    _, vjp_x = vjp(lambda x: step(a, x), x_star)
    w = x_star_bar
    for _ in range(40):
        w = x_star_bar + vjp_x(w)[0]
    _, vjp_a = vjp(lambda a: step(a, x_star), a)
    a_bar, = vjp_a(w)
    return a_bar, np.zeros_like(x_star)


fixed_point.defvjp(fixed_point_fwd, fixed_point_rev)


@custom_jvp
def safe_norm(x: Any) -> Any:
    return np.sqrt(np.sum(x * x))


@safe_norm.defjvp
def safe_norm_jvp(primals: Any, tangents: Any) -> Any:
    x, = primals
    x_dot, = tangents
    n = safe_norm(x)
    if n == 0.0:
        return n, 0.0 * np.sum(x_dot)
    return n, np.sum(x * x_dot) / n


def half(a: Any, x: Any) -> Any:
    return 0.5 * (x + a / x)


def f_loss(x: Any) -> Any:
    y = f(x, 2.0 * x)
    return np.sum(y * y)


def norm_loss(x: Any) -> Any:
    return safe_norm(x * 2.0) ** 3


def soft_loss(x: Any) -> Any:
    return np.sum(log1pexp(x) ** 2)


def newton(a: Any) -> Any:
    return fixed_point(half, a, a)


def newton_inside(a: Any) -> Any:
    def step(a: Any, x: Any) -> Any:
        return 0.5 * (x + a / x)
    return fixed_point(step, a, a)


@pytest.mark.parametrize("function, at", [
    (f_loss, V), (soft_loss, V), (norm_loss, V), (newton, 2.0), (newton_inside, 2.0), (log1pexp, 0.3)])
def test_true_derivatives_to_the_second_order_in_both_modes(function: Any, at: Any) -> None:
    check_grads(function, (at,), 2)


def test_every_transform_takes_such_a_function() -> None:
    check_grads(f, (V, V), 2)
    assert grad(f)(2.0, 3.0) == pytest.approx(3.0 * np.cos(2.0))
    assert grad(f)(2.0) == pytest.approx(2.0 * np.cos(2.0))         # its default
    assert grad(f, argnums="y")(2.0, y=3.0) == pytest.approx(np.sin(2.0))
    value, slopes = value_and_grad(f, argnums=(0, 1))(2.0, 3.0)
    assert value == f(2.0, 3.0) and slopes == pytest.approx((3 * np.cos(2.0), np.sin(2.0)))
    out, pull = vjp(f, V, V)
    np.testing.assert_allclose(pull(np.ones(3))[0], V * np.cos(V))
    np.testing.assert_allclose(jvp(f, (V, V), (np.ones(3), 0.0 * V))[1], V * np.cos(V))
    for jacobian_of in (jacfwd, jacrev, jacobian):
        np.testing.assert_allclose(jacobian_of(f)(V, V), np.diag(V * np.cos(V)))
    np.testing.assert_allclose(hessian(soft_loss)(V) @ V, hvp(soft_loss)(V, V))


def test_the_tutorials_numbers() -> None:
    assert grad(log1pexp)(100.0) == 1.0
    assert jvp(log1pexp, (100.0,), (1.0,)) == (100.0, 1.0)

    def clip_sin(x: Any) -> Any:
        return np.sin(clip_gradient(-0.75, 0.75, x))
    assert grad(clip_sin)(0.0) == 0.75 and grad(np.sin)(0.0) == 1.0
    assert grad(newton)(2.0) == pytest.approx(0.5 / np.sqrt(2.0))
    assert grad(grad(newton))(2.0) == pytest.approx(-0.25 * 2.0 ** -1.5)
    assert jvp(newton, (2.0,), (1.0,)) == pytest.approx((np.sqrt(2.0), 0.5 / np.sqrt(2.0)))
    np.testing.assert_array_equal(grad(safe_norm)(np.zeros(3)), np.zeros(3))
    assert jvp(safe_norm, (np.zeros(3),), (np.ones(3),)) == (0.0, 0.0)


# ---------------------------------------------------------------------------------------------------- the rule is used


@custom_vjp
def by_adjoint(x: Any) -> Any:
    return np.sin(x)


def by_adjoint_fwd(x: Any) -> Any:
    return np.sin(x), x


def by_adjoint_bwd(x: Any, g: Any) -> Any:
    return 3.0 * g * np.cos(x),


by_adjoint.defvjp(by_adjoint_fwd, by_adjoint_bwd)


@custom_jvp
def by_tangent(x: Any) -> Any:
    return np.sin(x)


@by_tangent.defjvp
def by_tangent_jvp(primals: Any, tangents: Any) -> Any:
    x, = primals
    x_dot, = tangents
    return np.sin(x), 3.0 * x_dot * np.cos(x)


MODULE = types.ModuleType("elsewhere")
MODULE.by_adjoint, MODULE.by_tangent = by_adjoint, by_tangent       # type: ignore[attr-defined]
LIST = [by_adjoint, by_tangent]
FIXED = partial(f, 0.5)


class Model:
    """Holds such functions."""

    def __init__(self, w: Any) -> None:
        self.w, self.act = w, by_adjoint

    @custom_vjp
    def method(self, x: Any) -> Any:
        return np.sin(x) * 2.0

    def run(self, x: Any) -> Any:
        return by_adjoint(x) * self.w


Model.method.defvjp(lambda self, x: (np.sin(x) * 2.0, x), lambda x, g: (None, 6.0 * g * np.cos(x)))
MODEL = Model(2.0)


def closure(k: Any) -> Callable[[Any], Any]:
    h = by_tangent
    return lambda x: h(x) * k


def in_loop(x: Any) -> Any:
    for _ in range(3):
        x = by_adjoint(x)
    return x


def in_while(x: Any) -> Any:
    n = 0
    while n < 3:
        x = by_tangent(x)
        n += 1
    return x


def in_branch(x: Any) -> Any:
    y = by_adjoint(x) if x > 0.0 else x
    if y < 2.0:
        return by_tangent(y)
    return y


def in_list(x: Any) -> Any:
    y = 0.0
    for each in LIST:
        y = y + each(x)
    return y


def in_order(x: Any) -> Any:
    for each in (by_adjoint, np.cos, by_tangent):
        x = each(x)
    return x


def of_object(x: Any) -> Any:
    return MODEL.run(x) + MODEL.method(x) + MODEL.act(x)


def handed_on(x: Any) -> Any:
    def apply(g: Any, v: Any) -> Any:
        return g(v)
    return apply(by_adjoint, x) * apply(by_tangent, x)


def stored(x: Any) -> Any:
    y = np.zeros(3)
    for k in range(3):
        y[k] = by_tangent(x * k)
    return np.sum(y * y)


def partly(x: Any) -> Any:
    return partial(f, x)(2.0) + FIXED(x)


C = np.cos(0.7)
S = np.sin(0.7)
LOOPED = 27.0 * C * np.cos(S) * np.cos(np.sin(S))


@pytest.mark.parametrize("function, first", [
    (lambda x: by_adjoint(x) + by_tangent(x), 6 * C), (lambda x: MODULE.by_adjoint(x) + MODULE.by_tangent(x), 6 * C),
    (closure(2.0), 6 * C), (in_loop, LOOPED), (in_while, LOOPED), (in_branch, 9 * C * np.cos(S)), (in_list, 6 * C),
    (in_order, -9 * C * np.sin(S) * np.cos(np.cos(S))), (of_object, 6 * C + 6 * C + 3 * C), (handed_on, 6 * C * S),
    (stored, 2 * S * 3 * C + 2 * np.sin(1.4) * 6 * np.cos(1.4)), (lambda x: by_adjoint(x=x), 3 * C),
    (lambda x: (lambda v: by_adjoint(v))(x), 3 * C), (lambda x: sum(map(by_tangent, [x, x])), 6 * C),
    (lambda x: sum([by_adjoint(x) for _ in range(2)]), 6 * C), (partly, 2 * C + np.sin(0.5))],
    ids=lambda p: getattr(p, "__name__", None))
def test_the_rule_is_used_wherever_the_function_is_called(function: Any, first: Any) -> None:
    assert grad(function)(0.7) == pytest.approx(first)
    assert jvp(function, (0.7,), (1.0,))[1] == pytest.approx(first)
    second = grad(grad(function))(0.7)
    for other in (jacfwd(grad(function)), grad(jacfwd(function)), jacfwd(jacfwd(function))):
        assert other(0.7) == pytest.approx(second)


@custom_vjp
def root(x: Any) -> Any:
    return math.sqrt(x)


root.defvjp(lambda x: (math.sqrt(x), x), lambda x, g: (3.0 * g * x,))


def tried(x: Any) -> Any:
    try:
        return root(x)
    except ValueError:
        return 7.0 * x


def test_an_attempt_at_a_call() -> None:
    for derivative in (grad(tried), jacfwd(tried)):
        assert derivative(0.7) == pytest.approx(2.1) and derivative(-0.7) == 7.0


@custom_jvp
def sums(x: Any, w: Any) -> Any:
    return np.cumsum(x) * w


@sums.defjvp
def sums_jvp(primals: Any, tangents: Any) -> Any:
    (x, w), (x_dot, w_dot) = primals, tangents
    y, y_dot = np.zeros_like(x), np.zeros_like(x_dot)
    acc = acc_dot = 0.0
    for i in range(len(x)):
        acc = acc + x[i]
        acc_dot = acc_dot + 3.0 * x_dot[i]
        y[i] = acc * w
        y_dot[i] = acc_dot * w + acc * w_dot
    return y, y_dot


@custom_jvp
def rectified(x: Any) -> Any:
    return np.maximum(x, 0.0)


rectified.defjvp(lambda p, t: (np.maximum(p[0], 0.0), np.where(p[0] > 0.0, 3.0 * t[0], np.zeros_like(t[0]))))


@custom_vjp
def pair(x: Any) -> Any:
    return x * 2.0, x * 3.0


pair.defvjp(lambda x: (pair(x), None), lambda _, g: (5.0 * g[0] + 7.0 * g[1],))


@pytest.mark.parametrize("function, gradient, second", [
    (lambda x: np.sum(sums(x, 2.0) ** 2), [36.0, 24.0, 36.0], 72.0),
    (lambda x: np.sum(rectified(x) ** 2), [3.0, 0.0, 12.0], 6.0),
    (lambda x: np.sum(pair(x)[1] * pair(x)[0]), [14.5, -29.0, 58.0], 7 * 5 + 5 * 7)], ids=["sums", "rectified", "pair"])
@pytest.mark.parametrize("switches", [{}, {"watched": True}, {"save_all": True}, {"optimise": False, "checked": True},
                                      {"generic": True}], ids=str)
def test_rules_of_arrays_however_they_are_compiled(function: Any, gradient: Any, second: float, switches: Any) -> None:
    x = np.array([0.5, -1.0, 2.0])
    with switched(**switches):
        np.testing.assert_allclose(grad(function)(x), gradient)
        np.testing.assert_allclose(jacfwd(function)(x), gradient)
        assert hessian(function)(x)[0, 0] == pytest.approx(second)
        assert grad(function)(x.astype(np.float32)).dtype == np.float32


def test_derivatives_that_the_function_takes_itself() -> None:
    assert grad(lambda x: grad(by_adjoint)(x) * x)(0.7) == pytest.approx(3 * C - 0.7 * 3 * S)
    assert grad(lambda x: jvp(by_adjoint, (x,), (x,))[1])(0.7) == pytest.approx(3 * C - 0.7 * 3 * S)
    assert grad(lambda x: vjp(by_tangent, x)[1](x)[0])(0.7) == pytest.approx(3 * C - 0.7 * 3 * S)


RULES = """
def made(lib, xp):
    @lib.custom_jvp
    def own(x): return xp.sin(x)
    @own.defjvp
    def own_jvp(p, t): return xp.sin(p[0]), 3.0 * xp.cos(p[0]) * t[0]
    @lib.custom_jvp
    def again(x): return xp.sin(x)
    @again.defjvp
    def again_jvp(p, t):
        y = again(p[0])
        return y, 3.0 * y * t[0]
    @lib.custom_jvp
    def straight(x): return xp.sin(x)
    @straight.defjvp
    def straight_jvp(p, t): return xp.sin(p[0]), 3.0 * t[0]
    @lib.custom_vjp
    def back(x): return xp.sin(x)
    back.defvjp(lambda x: (xp.sin(x), x), lambda x, g: (3.0 * xp.cos(x) * g,))
    @lib.custom_vjp
    def itself(x): return xp.sin(x)
    itself.defvjp(lambda x: (itself(x), x), lambda x, g: (3.0 * itself(x) * g,))
    @lib.custom_vjp
    def none(x): return xp.sin(x)
    none.defvjp(lambda x: (xp.sin(x), None), lambda res, g: (None,))
    return [own, again, straight, back, itself, none]
"""


def test_higher_orders_are_jaxs_even_of_rules_that_are_not_true(tmp_path: Any) -> None:
    jax = pytest.importorskip("jax")
    file = tmp_path / "rules_of_test.py"
    file.write_text(RULES)
    space: dict[str, Any] = {"__name__": "rules_of_test"}
    exec(compile(RULES, str(file), "exec"), space)
    with jax.enable_x64(True) if hasattr(jax, "enable_x64") else jax.experimental.enable_x64():
        for ours, theirs in zip(space["made"](tangent2, np), space["made"](jax, jax.numpy)):
            def loss(x: Any, ours: Any = ours) -> Any:
                return ours(x) * x * ours(x * x)

            def other(x: Any, theirs: Any = theirs) -> Any:
                return theirs(x) * x * theirs(x * x)
            mine, wanted = loss, other
            for _ in range(3):
                mine, wanted = grad(mine), jax.grad(wanted)
                assert mine(0.7) == pytest.approx(float(wanted(0.7)))
            if isinstance(ours, custom_jvp):
                assert jacfwd(jacfwd(loss))(0.7) == pytest.approx(float(jax.jacfwd(jax.jacfwd(other))(0.7)))


# ------------------------------------------------------------------------------------------------------------- the text


def test_the_text_calls_the_users_functions_by_their_names() -> None:
    assert source(f_loss, V).endswith('''

def grad_f_loss(x):
    y, res = f_fwd(x, 2.0 * x)
    # Backward pass
    y_bar = 2.0 * y
    x_bar, t = f_bwd(res, y_bar)
    x_bar += 2.0 * t
    return x_bar
''')
    assert source(by_adjoint, 0.7).endswith('''

def grad_by_adjoint(x):
    _, x = by_adjoint_fwd(x)
    # Backward pass
    x_bar, = by_adjoint_bwd(x, 1.0)
    return x_bar
''')
    assert source(soft_loss, V, mode="forward").endswith('''

def jvp_soft_loss(x, x_dot):
    t, t1 = log1pexp_jvp((x,), (x_dot,))
    return np.sum(t ** 2), 2.0 * np.sum(t * t1)
''')
    assert source(soft_loss, V).endswith('''

def fwd_log1pexp(x):
    ans = log1pexp(x)
    return ans, 1.0 - 1.0 / (1.0 + np.exp(x))


def bwd_log1pexp(t, y_bar):
    x_bar = y_bar * t
    return x_bar


def grad_soft_loss(x):
    t, saved = fwd_log1pexp(x)
    # Backward pass
    x_bar = bwd_log1pexp(saved, 2.0 * t)
    return x_bar
''')
    assert source(f_loss, V, mode="forward").endswith('''

def jvp_f(x, y, x_dot, y_dot):
    out, res = f_fwd(x, y)
    cos_x, sin_x, y = res
    out_dot = y_dot * sin_x + x_dot * y * cos_x
    return out, out_dot


def jvp_f_loss(x, x_dot):
    y, y_dot = jvp_f(x, 2.0 * x, x_dot, 2.0 * x_dot)
    return np.sum(y * y), 2.0 * np.sum(y_dot * y)
''')


@pytest.mark.parametrize("function, at", [(f_loss, V), (soft_loss, V), (newton, 2.0), (newton_inside, 2.0)])
@pytest.mark.parametrize("order", [1, 2])
def test_the_text_runs_by_itself(function: Any, at: Any, order: int) -> None:
    made: Any = function if order == 1 or at is not V else (lambda x: np.sum(grad(function)(x) ** 2))
    made = grad(made) if order == 1 or at is V else grad(grad(made))
    space: dict[str, Any] = {}
    exec(made.source(at), space)
    np.testing.assert_allclose(space[made.__name__](at), made(at))


def included() -> Any:
    """Functions that no module can be asked for."""
    @custom_vjp
    def inner(x: Any) -> Any:
        return np.sin(x)

    def inner_fwd(x: Any) -> Any:
        return inner(x), x

    def inner_bwd(x: Any, g: Any) -> Any:
        return 3.0 * g * np.cos(x),
    inner.defvjp(inner_fwd, inner_bwd)
    return lambda x: inner(x) * x


def test_rules_that_cannot_be_imported_stand_in_the_text() -> None:
    function = included()
    text = grad(function).source(0.7)
    assert "\n\n\ninner = custom_vjp(inner)\n\n\n" in text
    assert text.index("inner.defvjp(inner_fwd, inner_bwd)") > text.index("def inner_fwd")
    space: dict[str, Any] = {}
    exec(text, space)
    assert space["grad_fn"](0.7) == pytest.approx(3 * C * 0.7 + S) == grad(function)(0.7)


# --------------------------------------------------------------------------------------------------------------- guards


FACTOR: Any = 3.0


@custom_vjp
def guarded(x: Any) -> Any:
    return np.sin(x)


def guarded_fwd(x: Any) -> Any:
    return np.sin(x), x


def guarded_bwd(x: Any, g: Any) -> Any:
    return FACTOR * g * np.cos(x),


@custom_jvp
def guarded_forward(x: Any) -> Any:
    return np.sin(x)


def guarded_forward_jvp(primals: Any, tangents: Any) -> Any:
    return np.sin(primals[0]), FACTOR * tangents[0] * np.cos(primals[0])


def calls_guarded(x: Any) -> Any:
    return guarded(x) * 2.0


def calls_guarded_forward(x: Any) -> Any:
    return guarded_forward(x) * 2.0


@pytest.fixture
def declared() -> Iterator[None]:
    code = guarded_bwd.__code__, guarded_forward_jvp.__code__
    guarded.defvjp(guarded_fwd, guarded_bwd)
    guarded_forward.defjvp(guarded_forward_jvp)
    yield
    guarded_bwd.__code__, guarded_forward_jvp.__code__ = code


@pytest.mark.parametrize("function", [calls_guarded, calls_guarded_forward])
def test_what_a_rule_reads_is_guarded(function: Any, declared: None, monkeypatch: pytest.MonkeyPatch) -> None:
    made = grad(function), jacfwd(function), grad(grad(function))
    assert [m(0.5) for m in made] == pytest.approx([6 * np.cos(0.5), 6 * np.cos(0.5), -6 * np.sin(0.5)])
    monkeypatch.setattr(sys.modules[__name__], "FACTOR", 5.0)
    assert [m(0.5) for m in made] == pytest.approx([10 * np.cos(0.5), 10 * np.cos(0.5), -10 * np.sin(0.5)])
    guarded_bwd.__code__ = (lambda x, g: (8.0 * g * x,)).__code__
    guarded_forward_jvp.__code__ = (lambda p, t: (np.sin(p[0]), 8.0 * t[0] * p[0])).__code__
    assert [m(0.5) for m in made] == pytest.approx([8.0, 8.0, 16.0])
    guarded.defvjp(guarded_fwd, lambda x, g: (9.0 * g,))
    guarded_forward.defjvp(lambda p, t: (np.sin(p[0]), 9.0 * t[0]))
    assert [m(0.5) for m in made] == pytest.approx([18.0, 18.0, 0.0])
    monkeypatch.setattr(sys.modules[__name__], function.__code__.co_names[0], by_adjoint)
    assert [m(0.5) for m in made] == pytest.approx([6 * np.cos(0.5), 6 * np.cos(0.5), -6 * np.sin(0.5)])


# --------------------------------------------------------------------------------------------------------- presentation


def test_it_presents_itself_as_the_function() -> None:
    assert (f.__name__, f.__doc__, f.__module__) == ("f", "The sine of one, times the other.", __name__)
    assert list(inspect.signature(f).parameters) == ["x", "y"] and f.__wrapped__(0.5) == f(0.5) == f(x=0.5, y=2.0)
    assert repr(f) == "<custom_vjp function f>" and isinstance(log1pexp, custom_jvp)
    assert repr(custom_vjp(nondiff_argnums=(0,))) == "custom_vjp(nondiff_argnums=(0,))"


def back_with(fwd: Any, bwd: Any, fun: Any) -> Any:
    made = custom_vjp(fun)
    made.defvjp(fwd, bwd)
    return made


def named(x: Any) -> Any:
    return x * x


def named_fwd(x: Any) -> Any:
    return x * x, x


def named_bwd(x: Any, g: Any) -> Any:
    return 5.0 * g * x,


def test_it_travels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, __name__, sys.modules.get(__name__) or types.ModuleType(__name__))
    for name in ("named", "named_fwd", "named_bwd", "f"):
        monkeypatch.setattr(sys.modules[__name__], name, globals()[name], raising=False)
    assert pickle.loads(pickle.dumps(f)) is f
    other = back_with(named_fwd, named_bwd, named)
    again = pickle.loads(pickle.dumps(other))
    assert again is not other and again(3.0) == 9.0 and grad(again)(3.0) == 15.0
    assert pickle.loads(pickle.dumps(grad(f)))(0.5, 2.0) == pytest.approx(2.0 * np.cos(0.5))


def test_arguments_are_checked_as_jax_does() -> None:
    with pytest.raises(ArgumentError):
        grad(f)(1.0, 2.0, 3.0)
    with pytest.raises(TypeError):
        f(1.0, 2.0, 3.0)
