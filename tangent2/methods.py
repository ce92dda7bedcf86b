"""`differentiable`: a function that carries its derivatives."""
from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from tangent2.api import Argnums, grad, jvp, value_and_grad, vjp
from tangent2.decorating import LATER, Decorator
from tangent2.sources import source
from tangent2.travelling import portable, standing_at


class Differentiable:
    """A function that is called as before; `grad`, `value_and_grad`, `vjp`, `jvp` and `source` are its derivatives."""

    def __init__(self, fn: Callable[..., Any], argnums: Argnums, has_aux: bool) -> None:
        functools.update_wrapper(self, fn)
        self._given = argnums, has_aux
        self.grad = grad(fn, argnums, has_aux)
        self.value_and_grad = value_and_grad(fn, argnums, has_aux)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.__wrapped__(*args, **kwargs)  # type: ignore[attr-defined]

    def vjp(self, *primals: Any, has_aux: bool = False) -> Any:
        """The value and its pullback, as `tangent2.vjp`."""
        return vjp(self.__wrapped__, *primals, has_aux=has_aux)  # type: ignore[attr-defined]

    def jvp(self, primals: Any, tangents: Any, has_aux: bool = False) -> Any:
        """The value and its tangent, as `tangent2.jvp`."""
        return jvp(self.__wrapped__, primals, tangents, has_aux)  # type: ignore[attr-defined]

    def source(self, *args: Any, **options: Any) -> str:
        """The text of the gradient, or of the tangent: see `tangent2.source`."""
        return source(self.__wrapped__, *args, **options)  # type: ignore[attr-defined]

    def __tangent2_callee__(self, compiler: Any) -> Any:
        return compiler.recognise(self.__wrapped__)  # type: ignore[attr-defined]

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else Bound(self, instance)

    def __reduce__(self) -> Any:
        """By name where it has one, which is that of the function that was decorated; else by that function."""
        fn = self.__wrapped__       # type: ignore[attr-defined]
        name = getattr(fn, "__qualname__", "")
        return name if standing_at(fn.__module__, name) is self else (differentiable, (portable(fn), *self._given))

    def __repr__(self) -> str:
        return f"<differentiable {self.__name__}>"  # type: ignore[attr-defined]


class Bound:
    """A differentiable method of an object, which is the first argument of all that it carries."""

    def __init__(self, method: Differentiable, instance: Any) -> None:
        self._method, self._instance = method, instance
        functools.update_wrapper(self, method, updated=())
        for name in "grad", "value_and_grad", "vjp", "source":
            setattr(self, name, functools.partial(getattr(method, name), instance))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._method(self._instance, *args, **kwargs)

    def jvp(self, primals: Any, tangents: Any, has_aux: bool = False) -> Any:
        """The value and its tangent, as `tangent2.jvp`; the object has none."""
        return self._method.jvp((self._instance, *primals), (None, *tangents), has_aux)

    def __repr__(self) -> str:
        return f"<{self._method!r} of {self._instance!r}>"


def differentiable(f: Callable[..., Any] = LATER, argnums: Argnums = 0, has_aux: bool = False) -> Any:
    """Give a function its derivatives as methods; with or without options.

    argnums, has_aux: as of `grad`.

    >>> @differentiable
    ... def cube(x):
    ...     return x ** 3
    >>> cube(2.0), cube.grad(2.0)
    (8.0, 12.0)
    """
    if f is LATER:
        return Decorator(differentiable, {"argnums": argnums, "has_aux": has_aux})
    return Differentiable(f, argnums, has_aux)
