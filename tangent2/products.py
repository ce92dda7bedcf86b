"""The product of a Hessian and a direction as a function of its own: the tangent of a gradient."""
from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from tangent2.core.build import Builder
from tangent2.core.kinds import Kind
from tangent2.core.syntax import Callee, Function, Region, Return, Typed
from tangent2.names import positional, unique
from tangent2.pipeline import Compiler
from tangent2.requests import callee_of


class Product:
    """The product of a Hessian and a direction as a function of the arguments and the direction.

    call: computes it.  gradient: of the function, in the parameter `wrt` of those named.
    """

    def __init__(self, call: Callable[..., Any], gradient: Any, names: list[str], wrt: int) -> None:
        functools.update_wrapper(self, call, updated=())
        self._call, self._gradient, self._count, self._wrt = call, gradient, len(names), wrt
        self.__signature__ = positional([*names, unique("v", set(names))])

    def __call__(self, *args: Any) -> Any:
        return self._call(*args)

    def __tangent2_callee__(self, compiler: Compiler) -> Callee:
        return product_callee(compiler, self._gradient, self._count, self._wrt, self.__name__)  # type: ignore


def product_callee(compiler: Compiler, gradient: Any, count: int, wrt: int, name: str) -> Callee:
    """The function of `count` arguments and a direction that gives the tangent of `gradient` along it.

    gradient: of a function in its argument `wrt`.
    """
    inner = callee_of(compiler, gradient)
    tangent = compiler.tangent(inner, None, tuple([k == wrt for k in range(count)]))

    def core(kinds: tuple[Kind, ...]) -> Typed:
        build = Builder()
        params = tuple([build.value(kind, f"x{k}" if k < count else "v", True) for k, kind in enumerate(kinds)])
        both = build.call(tangent, params, tangent.core(kinds).result)
        out = build.getitem(both, 1)
        return Typed(Function(name, params, Region(tuple(build.stmts), Return((out,)))), build.kinds, build.kind(out))
    return compiler.made(("product", inner.key, wrt), name, core)
