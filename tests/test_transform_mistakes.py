"""Mistakes in what transforms are given: the error says what is wrong, in JAX's words where it has any, and where."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tangent2 import (
    TangentError, checkpoint, custom_jvp, custom_vjp, elementwise_grad, grad, hessian, hvp, jacfwd, jvp, linearize, vjp,
    vmap,
)

V, M = np.array([1.0, 2.0, 3.0]), np.arange(6.0).reshape(2, 3)


def product(x: Any, y: Any) -> Any:
    return x * y


def squares(x: Any) -> Any:
    return np.sum(x ** 2)


def tree(x: Any) -> Any:
    return {"a": x["a"] * 2.0, "b": x["b"]}


def pair(x: Any) -> Any:
    return x, x * 2.0


OUTSIDE: dict[str, tuple[Callable[[], Any], str]] = {
    "no axis": (lambda: vmap(product, in_axes=1.0), "but 1.0 is no axis"),
    "a word as axis": (lambda: vmap(product, in_axes="0"), "but '0' is no axis"),
    "a truth value as axis": (lambda: vmap(product, in_axes=(True, 0)), "but True is no axis"),
    "a word in a tree": (lambda: vmap(tree, in_axes=({"a": 0, "b": "x"},)), "but 'x' is no axis"),
    "a dict as axes": (lambda: vmap(tree, in_axes={"a": 0}), "a tuple of entries corresponding to the positional"),
    "a word as out_axes": (lambda: vmap(product, out_axes="0"), "vmap out_axes must be an int, None.*'0' is no axis"),
    "too few axes": (lambda: vmap(product, in_axes=(0,))(V, V), "passed to the function, but got 1 of them for 2"),
    "too many axes": (lambda: vmap(product, in_axes=(0, 0, 0))(V, V), "but got 3 of them for 2 arguments"),
    "too few for any number": (lambda: vmap(lambda *a: a[0] + a[1], in_axes=(0,))(V, V), "1 of them for 2 arguments"),
    "nothing mapped": (lambda: vmap(product, in_axes=None)(V, V), "at least one non-None value in in_axes"),
    "an axis too many": (lambda: vmap(product, in_axes=(0, 1))(V, V),
                         r"along axis 1.*rank should be at least 2.*is only 1.*\(3,\)\): argument `y`"),
    "from behind": (lambda: vmap(product, in_axes=(0, -2))(V, V), "along axis -2.*at least 2, but is only 1"),
    "a number that is mapped": (lambda: vmap(product)(V, 2.0), "at least 1, but is only 0.*argument `y`"),
    "sizes that differ": (lambda: vmap(product)(V, np.ones(4)),
                          "inconsistent sizes.*argument `x`.* has 3; .*argument `y`.* has 4"),
    "sizes by name": (lambda: vmap(product)(V, y=np.ones(4)), "inconsistent sizes.*argument `y` of shape"),
    "sizes in a tree": (lambda: vmap(tree)({"a": V, "b": np.ones(4)}), r"`x\['a'\]`.* has 3; .*`x\['b'\]`.* has 4"),
    "sizes in a tuple": (lambda: vmap(lambda p: p[0])((V, [V, M])), r"argument `p\[1\]\[1\]` of shape \(2, 3\) has 2"),
    "a key too few": (lambda: vmap(tree, in_axes=({"a": 0},))({"a": V, "b": V}),
                      "another structure.* a dict of 'a' for `x`, which is a dict of 'a', 'b'"),
    "a tuple for a dict": (lambda: vmap(tree, in_axes=((0, 0),))({"a": V, "b": V}), "a tuple of 2 for `x`, which"),
    "a tuple for an array": (lambda: vmap(product, in_axes=((0, 0), 0))(V, V), "for `x`, which is an array of shape"),
    "a place in a tree": (lambda: vmap(lambda p: p[0][0], in_axes=(((0, 0),),))(((V,),)),
                          r"a tuple of 2 for `p\[0\]`, which is a tuple of 1"),
    "out_axes too large": (lambda: vmap(product, out_axes=2)(V, V), "vmap out_axes is 2, and a result has 1 axis"),
    "out_axes too small": (lambda: vmap(product, out_axes=-2)(V, V), "vmap out_axes is -2, and a result has 1 axis"),
    "out_axes None": (lambda: vmap(product, out_axes=None)(V, V), "mapped output but out_axes is None"),
    "out_axes too many": (lambda: vmap(pair, out_axes=(0, 0, 0))(V), "out_axes has another structure"),
    "out_axes of an array": (lambda: vmap(squares, out_axes=(0, 0))(M), "another structure.*that is an array"),
    "an argument is missing": (lambda: vmap(product)(V), "missing a required argument: 'y'"),
    "lanes of a vector": (lambda: vmap(grad(product))(M, M), "does not return a number but an array"),
    "lanes of integers": (lambda: vmap(grad(lambda x: x ** 2))(np.array([1, 2])), "is no float, so there is no"),
    "elements of integers": (lambda: elementwise_grad(lambda x: x ** 2)(np.array([1, 2])), "is no float"),
    "tangents missing": (lambda: linearize(product, V, V)[1](V), "1 tangents for 2 primals"),
    "a tangent of another shape": (lambda: linearize(product, V, V)[1](V, np.ones(4)), r"of shape \(4,\) for a primal"),
    "an adjoint of another structure": (lambda: vjp(pair, V)[1]((V,)), "a tuple of 1 for a result that is a"),
    "no direction": (lambda: hvp(squares)(V), "got no direction"),
    "a Hessian of integers": (lambda: hessian(squares)(np.array([1, 2])), "is no float"),
    "no pair": (lambda: jacfwd(squares, has_aux=True)(V), "does not return a pair, as has_aux=True says"),
}


@pytest.mark.parametrize("mistake", OUTSIDE)
def test_mistakes(mistake: str) -> None:
    call, message = OUTSIDE[mistake]
    with pytest.raises(TangentError, match=f"(?s){__file__}:.*{message}"):
        call()


def inside(f: Callable[[Any], Any]) -> Any:
    """A transform applied by code that is compiled."""
    return grad(lambda x: np.sum(f(x)))(V)


INSIDE: dict[str, tuple[Callable[[Any], Any], str]] = {
    "too many axes": (lambda x: vmap(product, in_axes=(0, 0, 0))(x, x), "but got 3 of them for 2 arguments"),
    "too few axes": (lambda x: vmap(product, in_axes=(0,))(x, x), "but got 1 of them for 2 arguments"),
    "an axis too many": (lambda x: vmap(product, in_axes=(0, 1))(x, x), "along axis 1.*at least 2, but is only 1"),
    "a number that is mapped": (lambda x: vmap(product)(x, 2.0), "at least 1, but is only 0"),
    "nothing mapped": (lambda x: vmap(product, in_axes=None)(x, x), "at least one non-None value in in_axes"),
    "out_axes too large": (lambda x: vmap(product, out_axes=3)(x, x), "vmap out_axes is 3, and a result has 1 axis"),
    "out_axes of an array": (lambda x: vmap(product, out_axes=(0, 0))(x, x), "another structure.*that is an array"),
    "an argument is missing": (lambda x: vmap(product)(x), "`y` is missing"),
    "computed axes": (lambda x: [vmap(product, in_axes=(k, 0))(x, x) for k in (0,)][0], "options of `vmap` are comp"),
    "tangents missing": (lambda x: jvp(product, (x, x), (x,))[1], "given 2 primals and 1 tangents"),
    "no tuples": (lambda x: jvp(squares, x, x)[1], "primals and tangents are tuples of arguments"),
    "a number as tangent": (lambda x: jvp(squares, (x,), (1.0,))[1], "a tangent has another shape than its primal"),
    "primals missing": (lambda x: jvp(product, (x,), (x,))[1], "call of `product`: `y` is missing"),
    "primals missing for vjp": (lambda x: vjp(product, x)[1](x)[0], "call of `product`: `y` is missing"),
    "a number as adjoint": (lambda x: vjp(product, x, x)[1](1.0)[0], "the adjoint has another shape than the value"),
    "tangents of a linear map": (lambda x: linearize(product, x, x)[1](x), "given 1 tangents for 2 primals"),
    "a tangent of a linear map": (lambda x: linearize(product, x, x)[1](x, 1.0), "a tangent has another shape"),
    "no number": (lambda x: grad(product)(x, x), "`product` does not return a number but an array"),
    "no such argument": (lambda x: grad(product, argnums=5)(x, x), "`product` has no argument 5"),
    "no direction": (lambda x: hvp(squares)(x), "`v` is missing"),
}


@pytest.mark.parametrize("mistake", INSIDE)
def test_mistakes_in_code_that_is_compiled(mistake: str) -> None:
    function, message = INSIDE[mistake]
    with pytest.raises(TangentError, match=f"(?s){__file__}:.*{message}"):
        inside(function)


def test_sizes_that_differ_where_vmap_is_called() -> None:
    with pytest.raises(ValueError, match="vmap got inconsistent sizes for array axes to be mapped: 3, 4"):
        inside(lambda x: vmap(product)(x, np.ones(4)))


# ----------------------------------------------------------------------------------------------- rules under transforms


def ruled(maker: Any, *rule: Any) -> Any:
    made = maker(lambda x, y: x * y)
    (made.defvjp if maker is custom_vjp else made.defjvp)(*rule)
    return made


def both(x: Any, y: Any) -> Any:
    return x * y, (x, y)


FEW = ruled(custom_vjp, both, lambda saved, bar: (bar,))
LONG = ruled(custom_vjp, both, lambda saved, bar: (np.concatenate([bar, bar[:1]]), bar))
NO_PAIR = ruled(custom_vjp, lambda x, y: x * y, lambda saved, bar: (bar, bar))
FLAT = ruled(custom_jvp, lambda primals, tangents: (primals[0] * primals[1], np.sum(tangents[0])))
ALONE = ruled(custom_jvp, lambda primals, tangents: primals[0] * primals[1])


@pytest.mark.parametrize("around", [lambda f: f, checkpoint], ids=["itself", "checkpointed"])
@pytest.mark.parametrize(("rule", "message"), [
    (FEW, "does not return a tuple of (2 )?adjoints"), (NO_PAIR, "does not return a pair: the value"),
    (LONG, r"a derivative of shape \(4,\) for a value of shape \(3,\)"),
    (FLAT, "gives a number as the derivative of an array"), (ALONE, "a pair: the value and its tangent")],
    ids=["few", "no pair", "long", "flat", "alone"])
def test_wrong_rules_under_transforms(rule: Any, message: str, around: Any) -> None:
    function = around(rule)

    def loss(x: Any) -> Any:
        return np.sum(function(x, V) * x)
    rows = np.stack([V, 2.0 * V])
    for call in (lambda: grad(loss)(V), lambda: vmap(grad(loss))(rows),
                 lambda: grad(lambda x: np.sum(vmap(loss)(x)))(rows), lambda: hessian(loss)(V),
                 lambda: jvp(loss, (V,), (V,)), lambda: jacfwd(grad(loss))(V)):
        with pytest.raises(TypeError, match=message):
            call()


# ------------------------------------------------------------------------------------------------- what is no mistake


def test_what_is_no_mistake() -> None:
    np.testing.assert_allclose(inside(lambda x: vmap(lambda v, k=2.0: v * k)(x)), 2.0)
    np.testing.assert_allclose(inside(lambda x: vmap(lambda v, k=2.0: v * k, in_axes=(0,))(x)), 2.0)
    np.testing.assert_allclose(vmap(product, in_axes=[0, None])(V, 2.0), 2.0 * V)
    np.testing.assert_allclose(vmap(product, out_axes=np.int64(-1))(M, M), (M * M).T)
    np.testing.assert_allclose(inside(lambda x: jvp(product, (x, 2.0), (x, None))[1]), 2.0)
