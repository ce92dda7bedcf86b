"""Mistakes of users: each gives the right result, or one clear error: the function, the place, a way out."""
from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tangent2
from tangent2 import (
    check_grads, differentiable, grad, hessian, hvp, jacfwd, jacobian, jacrev, jvp, register_pytree_node, source,
    tree_flatten, tree_map, tree_unflatten, value_and_grad, vjp,
)

X = np.array([1.0, 2.0, 3.0])
HERE = __file__


def square(x: Any) -> Any:
    return x * x


def dot(x: Any, y: Any) -> Any:
    return np.sum(x * y)


def scaled(x: Any, *, s: Any = 2.0) -> Any:
    return s * x * x


def nothing(x: Any) -> Any:
    x * x


def text(x: Any) -> Any:
    return "a"


def in_a_list(x: Any) -> Any:
    return [x, x]


def in_a_dict(x: Any) -> Any:
    return {"a": x * x, "b": np.sum(x)}


def three(x: Any) -> Any:
    return x * x, x, x


def mask(x: Any) -> Any:
    return x > 1.0


def whole(x: Any) -> Any:
    return int(x)


def count(x: Any) -> Any:
    return np.sum(x > 1.0)


def one_row(x: Any) -> Any:
    return np.array([np.sum(x * x)])


def spiral(x: Any) -> Any:
    return x * 1j


def product(items: Any) -> Any:
    return items[0] * items[1]


def generated(x: Any) -> Any:
    yield x


async def awaited(x: Any) -> Any:
    return x


class Model:
    def __init__(self, w: Any) -> None:
        self.w = w

    def __call__(self, x: Any) -> Any:
        return self.w * x

    def loss(self, x: Any) -> Any:
        return self.w * x


class Bad:
    pass


made: dict[str, Any] = {}
exec("def hidden(x):\n    return x * x\n", made)

Error = tangent2.TangentError
Call = Callable[[], Any]


def refused(call: Call, words: str, kind: type[Exception]) -> str:
    """The message of the error that a call raises; it has to hold the words, in any order."""
    with pytest.raises(Error) as caught:
        call()
    message = str(caught.value)
    assert isinstance(caught.value, kind), type(caught.value)
    for word in words.split(" ~ "):
        assert word in message, message
    return message


@pytest.mark.parametrize("argnums, words", [
    (1, "`square` has no argument 1 ~ (x)"), (-2, "no argument -2"), (None, "no argument None"),
    (1.5, "no argument 1.5"), ((0, 0), "chosen twice"), ((0, -1), "chosen twice"), ((0, 1), "no argument 1"),
    (True, "no argument True"), ({0}, "no argument {0}"), ("y", "`square` has no parameter `y` ~ parameters are x"),
    ("x,y", "no parameter `x,y`"), (("x", "x"), "chosen twice"),
])
@pytest.mark.parametrize("transform", [grad, value_and_grad, jacfwd, jacrev, hessian, hvp])
def test_argnums(transform: Any, argnums: Any, words: str) -> None:
    message = refused(lambda: transform(square, argnums), words, TypeError)
    assert f"{HERE}:" in message and "in square:" in message and "advice:" in message


def test_argnums_that_are_right() -> None:
    assert grad(square, np.int64(0))(3.0) == grad(square, -1)(3.0) == grad(square, "x")(3.0) == 6.0
    assert grad(square, [0])(3.0) == (6.0,) and grad(square, ())(3.0) == ()
    assert grad(scaled, "s")(2.0) == grad(scaled, "s")(2.0, s=5.0) == 4.0


@pytest.mark.parametrize("function, at, words", [
    (nothing, 2.0, "not return a number but None"), (text, 2.0, "but a string"), (in_a_list, 2.0, "but a list"),
    (in_a_dict, X, "but a dict"), (three, 2.0, "but a tuple"), (square, X, "but an array ~ sum the result"),
    (one_row, X, "but an array"), (mask, X, "but an array"), (mask, 2.0, "returns a bool, no float"),
    (whole, 2.0, "returns an int, no float"), (count, X, "returns an int, no float"),
    (spiral, 2.0, "returns a complex, no float"), (generated, 2.0, "generator"), (awaited, 2.0, "asynchronous"),
])
@pytest.mark.parametrize("transform", [grad, value_and_grad, hessian, lambda f: lambda x: hvp(f)(x, x)])
def test_results_without_a_gradient(transform: Any, function: Any, at: Any, words: str) -> None:
    message = refused(lambda: transform(function)(at), f"`{function.__name__}` ~ {words}", Exception)
    assert f"{HERE}:" in message


@pytest.mark.parametrize("at", [
    2, True, "a", None, np.int32(2), np.arange(3), np.ones(3, bool), [1, 2], (1.0, 2), {"a": 1}, {"a": 1.0, "b": 2},
    [], {}, {1.0}, range(3), square, np.array(["a"]), np.array([1.0, None], object), np.array(["2020"], "M8[D]"),
])
def test_arguments_without_a_gradient(at: Any) -> None:
    for transform in grad, value_and_grad:
        message = refused(lambda t=transform: t(product)(at), "of `product` ~ no float ~ 1.0, not 1", TypeError)
        assert f"{HERE}:" in message and "in product:" in message
    refused(lambda: hessian(product)(at), "in product: ~ no float", TypeError)
    refused(lambda: jacfwd(product)(at), "of `product` ~ no float", TypeError)
    refused(lambda: jacrev(product)(at), "of `product` ~ no float", TypeError)


TANGENTS: list[tuple[Any, str]] = [
    (np.ones(2), "of shape (2,)"), (1.0, "of shape ()"), (np.ones((3, 1)), "of shape (3, 1)"), (None, "is None"),
    ("a", "is a str"), (X + 1j, "of dtype complex128"), (np.array([1, None, 2]), "of dtype object"),
    ([1.0, 2.0], "of shape (2,)"), ({"a": X}, "is a dict of 'a'"), ([[1.0], [2.0, 3.0]], "a list of 2"),
]


@pytest.mark.parametrize("tangent, words", TANGENTS)
def test_tangents_adjoints_and_directions(tangent: Any, words: str) -> None:
    for call in (lambda: jvp(square, (X,), (tangent,)), lambda: vjp(square, X)[1](tangent),
                 lambda: hvp(lambda x: np.sum(x * x))(X, tangent)):
        message = refused(call, f"{words} ~ of shape (3,) ~ same structure and shapes", TypeError)
        assert f"{HERE}:" in message


def test_tangents_that_are_right() -> None:
    for tangent in ([1, 0, 0], np.array([1, 0, 0]), np.array([True, False, False]), np.array([1.0, 0, 0], "f4")):
        np.testing.assert_array_equal(jvp(square, (X,), (tangent,))[1], [2.0, 0.0, 0.0])
        np.testing.assert_array_equal(vjp(square, X)[1](tangent)[0], [2.0, 0.0, 0.0])
    assert jvp(dot, (2.0, 3), (1.0, None))[1] == jvp(dot, (2.0, 3), (1.0, 0))[1] == 3.0


@pytest.mark.parametrize("call, words", [
    (lambda: jvp(square, 2.0, 1.0), "tuples or lists ~ jvp(f, (x,), (x_dot,))"),
    (lambda: jvp(square, (2.0,), ()), "1 primals and 0 tangents"),
    (lambda: jvp(square, (2,), (1.0,)), "primal 0 of `square` is no float"),
    (lambda: jvp(square, (np.arange(3),), (X,)), "primal 0 of `square` is no float"),
    (lambda: jvp(product, ((1.0, 2),), ((0.0, 1.0),)), "not zero for a primal that is an int"),
    (lambda: vjp(nothing, 2.0)[1](1.0), "a result that is None"),
    (lambda: vjp(text, 2.0)[1](1.0), "a result that is a str"),
    (lambda: vjp(count, X)[1](1.0), "not zero for a result that is an int64"),
    (lambda: vjp(in_a_dict, X)[1]({"a": X}), "a dict of 'a' for a result that is a dict of 'a', 'b'"),
    (lambda: vjp(in_a_list, 2.0)[1](1.0), "a result that is a list of 2"),
    (lambda: jacrev(text)(X), "`text` returns a str, no float"),
    (lambda: jacfwd(count)(X), "`count` returns an int64, no float"),
    (lambda: jacfwd(mask)(X), "`mask` returns a ndarray, no float"),
    (lambda: hvp(square)(2.0), "got no direction ~ give it last"),
    (lambda: hvp(square)(), "got no direction"),
    (lambda: hvp(dot, (0, 1))(X, X, (X,)), "1 directions for 2 arguments"),
    (lambda: grad(three, has_aux=True)(2.0), "`three` does not return a pair ~ (value, aux)"),
    (lambda: grad(square, has_aux=True)(2.0), "`square` does not return a pair"),
    (lambda: grad(in_a_list, has_aux=True)(2.0), "`in_a_list` does not return a pair"),
    (lambda: grad(dot)(X), "`dot` ~ missing a required argument: 'y'"),
    (lambda: grad(square)(), "missing a required argument: 'x'"),
    (lambda: grad(square)(1.0, 2.0), "too many positional arguments"),
    (lambda: grad(square)(y=1.0), "missing a required argument: 'x'"),
    (lambda: grad(square)(1.0, x=1.0), "multiple values for argument 'x'"),
    (lambda: grad(scaled)(1.0, 2.0), "too many positional arguments"),
    (lambda: grad(lambda x, *xs: x)(), "missing a required argument: 'x'"),
    (lambda: jvp(dot, (X,), (X,)), "missing a required argument: 'y'"),
    (lambda: jacobian(dot)(X), "missing a required argument: 'y'"),
    (lambda: check_grads(dot, (X,)), "missing a required argument: 'y'"),
    (lambda: check_grads(square, 2.0), "args is a tuple"),
    (lambda: check_grads(square, (2.0,), order=0), "no derivative of order 0"),
    (lambda: check_grads(square, (2.0,), order="2"), "no derivative of order '2'"),
    (lambda: check_grads(square, (2.0,), modes=()), "modes are"),
    (lambda: check_grads(square, (2.0,), modes="fwd"), "modes are"),
    (lambda: check_grads(square, (2,)), "no argument of `square` holds a float"),
    (lambda: check_grads(text, (2.0,)), "`text` returns no float"),
    (lambda: check_grads(square, (2j,)), "cannot be checked at complex128"),
    (lambda: check_grads(square, (np.float16(2.0),)), "cannot be checked at float16"),
    (lambda: source(square, mode="sideways"), "no mode 'sideways'"),
    (lambda: source(square, order="2"), "no derivative of order '2'"),
    (lambda: source(square, 1.0, 2.0), "too many positional arguments"),
    (lambda: source(square, argnums=4), "no argument 4"),
    (lambda: source(grad(square), argnums=1), "chosen already"),
    (lambda: source(square, 2), "is no float"),
    (lambda: differentiable(argnums=3)(square), "no argument 3"),
    (lambda: grad(np.sum)(X, axis=0), "options by name ~ lambda x"),
    (lambda: register_pytree_node(3, tree_flatten, tree_unflatten), "no class"),     # type: ignore[arg-type]
    (lambda: register_pytree_node(list, tree_flatten, tree_unflatten), "list has its meaning in trees already"),
    (lambda: [register_pytree_node(Bad, lambda b: 3, tree_unflatten) for _ in range(2)],       # type: ignore
     "Bad is registered already"),
    (lambda: tree_flatten(Bad()), "flatten of Bad gives no pair"),
    (lambda: tree_map(square, [1.0], [1.0, 2.0]), "differ in structure"),
    (lambda: tree_unflatten(tree_flatten([1, 2])[1], [1]), "too few leaves"),
    (lambda: tree_unflatten(tree_flatten([1, 2])[1], [1, 2, 3]), "too many leaves"),
    (lambda: tree_unflatten([1, 2], tree_flatten([1, 2])[1]), "tree_unflatten(structure, leaves)"),   # type: ignore
])
def test_calls(call: Call, words: str) -> None:
    assert "advice:" in refused(call, words, TypeError)


TRANSFORMS: list[Callable[[Any], Any]] = [
    lambda f: grad(f)(2.0), lambda f: value_and_grad(f)(2.0), lambda f: jvp(f, (2.0,), (1.0,)), lambda f: vjp(f, 2.0),
    lambda f: jacfwd(f)(2.0), lambda f: jacrev(f)(2.0), lambda f: hessian(f)(2.0), lambda f: hvp(f)(2.0, 1.0),
    lambda f: check_grads(f, (2.0,)), source, lambda f: differentiable(f).grad(2.0),
]


@pytest.mark.parametrize("function, words", [
    (3, "takes a function, not int ~ not the result of calling it"), ("square", "takes a function, not str"),
    (None, "takes a function, not NoneType"), (Model, "takes a function, not the class Model"),
    (np.float64, "not the class float64"), (functools.partial, "not the class partial"),
])
@pytest.mark.parametrize("transform", TRANSFORMS[:-1])
def test_what_is_no_function(transform: Any, function: Any, words: str) -> None:
    refused(lambda: transform(function), words, TypeError)


@pytest.mark.parametrize("function, words", [
    (functools.partial(np.emath.power, 2.0), "a partial of `power` is not differentiated ~ lambda"),
    (made["hidden"], "source of `hidden` was not found ~ not by `exec`"),
    (eval("lambda x: x"), "source of `<lambda>` was not found"),
    (np.emath.log10, "`log10` has neither a rule nor Python source"),
    (generated, "generator"), (awaited, "asynchronous"),
])
@pytest.mark.parametrize("transform", [t for k, t in enumerate(TRANSFORMS) if k != 8])
def test_functions_that_are_not_differentiated(transform: Any, function: Any, words: str) -> None:
    assert "advice:" in refused(lambda: transform(function), words, Error)


@functools.lru_cache
def remembered(x: Any) -> Any:
    return x * x


def doubled(f: Any) -> Any:
    @functools.wraps(f)
    def inner(x: Any) -> Any:
        return 2.0 * f(x)
    return inner


@doubled
def decorated(x: Any) -> Any:
    return x * x


@grad(argnums=1)
def slope(x: Any, y: Any) -> Any:
    return x * y ** 2


@value_and_grad(has_aux=True)
def both(x: Any) -> Any:
    return x * x, "aux"


def test_functions_of_all_sorts() -> None:
    one, other = (lambda x: x * x), (lambda x: x * x * x)
    assert (grad(one)(2.0), grad(other)(2.0)) == (4.0, 12.0)
    assert grad(remembered)(3.0) == 6.0 and grad(decorated)(3.0) == 12.0
    assert grad(lambda x: remembered(x) * decorated(x))(1.0) == 8.0
    assert slope(2.0, 3.0) == 12.0 and both(3.0) == ((9.0, "aux"), 6.0)
    for transform in jacfwd, jacrev, jacobian, hessian, hvp:
        assert transform(argnums=1)(dot)(X, X, *([X] if transform is hvp else [])).shape[0] == 3
    np.testing.assert_array_equal(grad(np.sum)(X), np.ones(3))
    np.testing.assert_array_equal(hessian(np.prod)(X), [[0, 3, 2], [3, 0, 1], [2, 1, 0]])
    assert grad(np.dot, 1)(2.0, 3.0) == 2.0 and grad(np.clip)(2.0, 0.0, 3.0) == 1.0
    assert grad(lambda x: float(x) * 2.0)(np.array(3.0)) == 2.0


def test_long_doubles() -> None:
    three = np.longdouble(3)
    assert grad(square)(three) == 6 and grad(square)(three).dtype == np.longdouble
    assert grad(lambda x: x * three)(2.0) == 3.0
    assert jvp(square, (three,), (three,))[1] == 18 and vjp(square, three)[1](three)[0] == 18
    assert grad(lambda x: np.sum(x.astype(np.longdouble)))(X).dtype == np.float64


def predicted(w: Any, x: Any) -> Any:
    return x @ w


def test_shapes_that_do_not_fit() -> None:
    w, x = np.ones(3), np.ones((4, 2))
    for function, args in ((dot, (w, np.ones(2))), (lambda w, x: np.dot(w, x), (w, np.ones(2))),
                           (lambda w, x: np.sum(predicted(w, x)), (w, x)),
                           (lambda p, x: np.sum(p["w"] * x), ({"w": w}, np.ones(2)))):
        for transform in grad, value_and_grad:
            with pytest.raises(ValueError):
                transform(function)(*args)


def test_errors_do_not_show_the_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    def frames() -> int:
        with pytest.raises(tangent2.TangentError) as caught:
            tangent2.grad(lambda x: eval("x"))(1.0)
        return len(caught.traceback)
    assert frames() < 7
    monkeypatch.setenv("TANGENT2_TRACEBACK", "1")
    assert frames() > 10


class Adding:
    def __init__(self) -> None:
        self.t = 0.0

    def add(self, v: Any) -> Any:
        self.t += v
        return self.t * v


def none_returned(x: Any) -> Any:
    return None


def sends(x: Any) -> Any:
    def numbers() -> Any:
        t = 0.0
        while True:
            r = yield t
            t = t + r
    g = numbers()
    next(g)
    return g.send(x)


SQUARES = np.vectorize(lambda v: v * v, signature="()->()")


@pytest.mark.parametrize("call, words", [
    (lambda: grad(lambda x: np.sinn(x))(2.0), "did you mean `np.sin`"),     # type: ignore[attr-defined]
    (lambda: grad(lambda x: np.linalg.norrm(x))(X), "`np.linalg.norm`"),    # type: ignore[attr-defined]
    (lambda: grad(lambda x: x.summ())(X), "did you mean `.sum`"),
    (lambda: grad(lambda x: np.sum(SQUARES(x)))(X), r"np.array\(\[f\(v\) for v in x\]\)"),
    (lambda: grad(Adding().add)(2.0), "in the function that is differentiated"),
    (lambda: grad(none_returned)(2.0), "a path without `return`"),
    (lambda: grad(lambda x: (x, x))(2.0), "has_aux"),
    (lambda: grad(grad(square_sum))(X), "the gradient of `square_sum`"),
    (lambda: grad(sends)(2.0), "by `send`"),
    (lambda: grad(square_sum)(np.ma.array(X)), "MaskedArray"),
])
def test_advice(call: Callable[[], Any], words: str) -> None:
    with pytest.raises(tangent2.TangentError, match=words) as caught:
        call()
    assert caught.value.file == HERE and caught.value.line and caught.value.advice


def square_sum(x: Any) -> Any:
    return np.sum(x * x)


def test_the_advice_about_objects_that_change_works() -> None:
    assert grad(lambda x: Adding().add(x))(2.0) == 4.0
