"""`differentiable`: a function that carries its derivatives."""
from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from tangent2.api import Argnums, grad, jvp, source, value_and_grad, vjp


class Differentiable:
    """A function that is called as before; `grad`, `value_and_grad`, `vjp`, `jvp` and `source` are its derivatives."""

    def __init__(self, fn: Callable[..., Any], argnums: Argnums, has_aux: bool) -> None:
        functools.update_wrapper(self, fn)
        self.grad = grad(fn, argnums, has_aux)
        self.value_and_grad = value_and_grad(fn, argnums, has_aux)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.__wrapped__(*args, **kwargs)  # type: ignore[attr-defined]

    def vjp(self, *primals: Any) -> Any:
        """The value and its pullback, as `tangent2.vjp`."""
        return vjp(self.__wrapped__, *primals)  # type: ignore[attr-defined]

    def jvp(self, primals: Any, tangents: Any) -> Any:
        """The value and its tangent, as `tangent2.jvp`."""
        return jvp(self.__wrapped__, primals, tangents)  # type: ignore[attr-defined]

    def source(self, *args: Any, **options: Any) -> str:
        """The text of the gradient, or of the tangent: see `tangent2.source`."""
        return source(self.__wrapped__, *args, **options)  # type: ignore[attr-defined]

    def __tangent2_callee__(self, compiler: Any) -> Any:
        return compiler.recognise(self.__wrapped__)  # type: ignore[attr-defined]

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else functools.partial(self, instance)


def differentiable(f: Callable[..., Any] | None = None, *, argnums: Argnums = 0, has_aux: bool = False) -> Any:
    """Give a function its derivatives as methods; with or without options.

    argnums, has_aux: as of `grad`.

    >>> @differentiable
    ... def cube(x):
    ...     return x ** 3
    >>> cube(2.0), cube.grad(2.0)
    (8.0, 12.0)
    """
    if f is None:
        return functools.partial(differentiable, argnums=argnums, has_aux=has_aux)
    return Differentiable(f, argnums, has_aux)
