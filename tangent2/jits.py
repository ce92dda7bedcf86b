"""`jit`: functions, and what transforms make of them, run by Numba's code where that is faster."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from tangent2.api import Derivative, check_callable
from tangent2.cache import LOCK, lookup_key
from tangent2.core.valuekinds import signature
from tangent2.decorating import LATER, Decorator, made_by
from tangent2.entry import Entry
from tangent2.jitting import choosing
from tangent2.jitting.building import needed
from tangent2.jitting.running import Fast
from tangent2.jitting.whole import Whole, WholeCompiler, whole_text
from tangent2.names import function_name
from tangent2.python.read import place_of
from tangent2.requests import Request, tangent_request

ITSELF = tangent_request((), 0)         # of a function: its own value


class Jitted(Derivative):
    """A function whose text Numba compiles, for each kinds of arguments when it is called with such."""

    def __init__(self, fn: Callable[..., Any], request: Request, name: str, doc: str, strict: bool, cache: bool) -> None:
        super().__init__(fn, request, name, doc)
        self._strict, self._keep = strict, cache
        self._alone = self._alone and request is not ITSELF
        self._fast: dict[Any, Fast] = {}

    def _compile(self, args: tuple[Any, ...]) -> Entry:
        with LOCK:
            plain, key = super()._compile(args), lookup_key(args)

            def install(function: Callable[..., Any]) -> None:
                entry = self._table[key] = replace(plain, function=function)
                if self._last is not None and self._last.modules is plain.modules:
                    self._last = entry
            fast = self._fast[key] = Fast(self.__name__, place_of(self._fn), plain.function, partial(self._whole, args),
                                          strict=self._strict, keep=self._keep, install=install, clock=choosing.CLOCK)
            install(fast)
            return self._table[key]

    def _whole(self, args: tuple[Any, ...]) -> Whole:
        compiler = WholeCompiler()
        return whole_text(compiler, self._fn, self._request, signature(args, compiler.function_kind))


def jit(f: Any = LATER, strict: bool = False, cache: bool = False) -> Any:
    """A function, or what a transform made of one, compiled by Numba.

    f: a function or the result of `grad`, `vmap` and so on.  strict: raise `TangentError` for what cannot be compiled,
    which otherwise runs as NumPy, with a `JitWarning`.  cache: keep compiled code on disk, for the next process.  Also a
    decorator: `@jit`, `@jit(strict=True)`.
    The result takes the arguments of `f` and gives what `f` does.  For arguments of new kinds, or of another size, it is
    compiled, run both ways, and the faster one is kept.  Raises `TangentError` where Numba is not installed.

    >>> import numpy as np, tangent2
    >>> slope = jit(tangent2.grad(lambda x: np.sum(np.sin(x) * x)))     # doctest: +SKIP
    >>> slope(np.array([0.0, 1.0]))                                     # doctest: +SKIP
    array([0.        , 1.38177329])
    """
    if f is LATER:
        return Decorator(jit, {"strict": strict, "cache": cache})
    check_callable(f)
    needed()
    name = f"jit_{function_name(f)}"
    fn, request = (f._fn, f._request) if isinstance(f, Derivative) else (f, ITSELF)
    made = Jitted(fn, request, name, f"{function_name(f)}, compiled.", strict, cache)
    return made_by(made, jit, strict=strict, cache=cache)
