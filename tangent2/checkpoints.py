"""`checkpoint`, alias `remat`: functions that are run again in the reverse sweep, so that nothing inside is saved."""
from __future__ import annotations

import functools
from collections.abc import Callable
from types import FunctionType, MethodType
from typing import Any

from tangent2.analysis.expansion import REPEATED
from tangent2.attached import Attached, attached
from tangent2.api import check_callable
from tangent2.core.calling import differentiated, through
from tangent2.core.objects import is_user_class
from tangent2.core.prims import Prim
from tangent2.core.syntax import Callee
from tangent2.decorating import LATER, Decorator, Made, made_by
from tangent2.errors import ArgumentError
from tangent2.names import function_name
from tangent2.pipeline import Compiler
from tangent2.repeating import MARK
from tangent2.requests import callee_of, callee_of_value
from tangent2.rules.declare import recognise_prim


def checkpoint(f: Any = LATER) -> Any:
    """A function that computes and differentiates as `f`, and of which nothing but its arguments is kept.

    In reverse mode the forward sweep calls `f` as it is; the reverse sweep runs it again where its adjoint is needed,
    and what it had computed inside is had anew.  This saves memory and costs a second run of `f`, without effects of
    its own: what it prints is printed once; functions that it calls are called again.  Tangents are not affected.
    f: a function, a method, a derivative, or a decorated definition.  Raises `TangentError`, when it is differentiated
    in reverse mode, where its result depends on random numbers or on other code that may not give the same again.

    >>> import numpy as np
    >>> import tangent2
    >>> @tangent2.checkpoint
    ... def layer(x, w):
    ...     return np.tanh(np.sin(x) * w)
    >>> def loss(x, w):
    ...     for k in range(3):
    ...         x = layer(x, w)
    ...     return x
    >>> float(tangent2.grad(loss)(1.0, 0.5)) == float(tangent2.grad(lambda x, w: loss(x, w))(1.0, 0.5))
    True
    """
    if f is LATER:
        return Decorator(checkpoint, {})
    if isinstance(f, (staticmethod, classmethod)):
        raise ArgumentError(f"`checkpoint` takes a function, not a {type(f).__name__}", construct="checkpoint",
                            advice=f"put `@{type(f).__name__}` above `@checkpoint`")
    check_callable(f)
    if isinstance(f, type) or recognise_prim(f) is not None:        # nothing is saved inside of it
        return f
    if isinstance(f, FunctionType):
        return _marked(f)
    if isinstance(f, functools.partial):
        return functools.partial(checkpoint(f.func), *f.args, **f.keywords)
    if isinstance(f, MethodType) and isinstance(f.__func__, FunctionType):
        return MethodType(checkpoint(f.__func__), f.__self__)
    if is_user_class(type(f)) and isinstance(type(f).__call__, FunctionType):
        return MethodType(checkpoint(type(f).__call__), f)
    return made_by(Checkpointed(f), checkpoint)


remat = checkpoint


def _derived(compiler: Compiler, callee: Callee | Prim, captured: int) -> Callee:
    """The checkpointed form of a function value in user code."""
    if isinstance(callee, Prim):
        return callee_of_value(callee)
    return compiler.made((REPEATED, callee.key), callee.name, functools.partial(differentiated, callee))


checkpoint.__tangent2_transform__ = True  # type: ignore[attr-defined]
checkpoint.__tangent2_derive__ = _derived  # type: ignore[attr-defined]


def _marked(f: FunctionType) -> FunctionType:
    """A function of the same code with the mark: whoever reads, calls or binds functions takes it for one."""
    if MARK in vars(f):
        return f
    table = attached(f, "__tangent2_checkpointed__")
    if MARK not in table:
        made = FunctionType(f.__code__, f.__globals__, f.__name__, f.__defaults__, f.__closure__)
        functools.update_wrapper(made, f)
        made.__kwdefaults__ = f.__kwdefaults__
        for name in [name for name, value in vars(made).items() if type(value) is Attached]:
            del vars(made)[name]
        vars(made)[MARK] = True
        table[MARK] = made
    found: FunctionType = table[MARK]
    return found


class Checkpointed(Made):
    """A checkpointed function that is no plain one: a derivative, or what else can be differentiated."""

    def __init__(self, fn: Callable[..., Any]) -> None:
        self.present(fn, function_name(fn), f"{function_name(fn)}, run again in the reverse sweep.")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.__wrapped__(*args, **kwargs)

    def source(self, *args: Any, **kwargs: Any) -> str:
        """The text of what is checkpointed."""
        return str(self.__wrapped__.source(*args, **kwargs))  # type: ignore[attr-defined]

    def __tangent2_callee__(self, compiler: Compiler) -> Callee:
        return self._callee(compiler, False)

    def __tangent2_live__(self, compiler: Compiler) -> Callee:
        return self._callee(compiler, True)

    def _callee(self, compiler: Compiler, live: bool) -> Callee:
        inner = callee_of(compiler, self.__wrapped__, live)
        return compiler.made((REPEATED, inner.key), inner.name, lambda kinds: through(inner, kinds))
