"""`custom_vjp` and `custom_jvp`: functions whose derivatives the user writes, with JAX's names and meaning.

Which of the ways to give a derivative to use:

- `custom_vjp` if the adjoint is what is known: clipped gradients, solutions of equations, code that cannot be read.
- `custom_jvp` if a formula for the tangent is: values that are found in a way that is not to be differentiated.
- `rule` (`rules/own.py`) for a formula on one line, which is to stand in the emitted text in place of a call.

Both work in both modes: `handwritten.py` says how.
"""
from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from types import MethodType
from typing import TYPE_CHECKING, Any, NoReturn

from tangent2.by_adjoint import callee_of_vjp
from tangent2.by_tangent import callee_of_jvp
from tangent2.decorating import LATER, Decorator
from tangent2.errors import ArgumentError
from tangent2.handwritten import Undeclared, callee_with, total
from tangent2.names import function_name
from tangent2.python.load import module_of_text
from tangent2.python.read import place_of
from tangent2.runtime.trees import zero_like
from tangent2.travelling import portable, standing_at

if TYPE_CHECKING:
    from tangent2.core.syntax import Callee
    from tangent2.pipeline import Compiler

_PLAIN = inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD


class Customised:
    """A function with a derivative of the user's: it is called like the function itself."""

    __wrapped__: Callable[..., Any]
    __name__: str
    __tangent2_outside__ = "declare the function and its rule outside, at module level"
    _how = ""
    _parts: tuple[str, ...] = ()

    def __new__(cls, fun: Any = LATER, nondiff_argnums: Sequence[int] = (),
                nondiff_argnames: Sequence[str] = ()) -> Any:
        if fun is LATER:
            return Decorator(cls, {"nondiff_argnums": nondiff_argnums, "nondiff_argnames": nondiff_argnames})
        return super().__new__(cls)

    def __init__(self, fun: Any = LATER, nondiff_argnums: Sequence[int] = (),
                 nondiff_argnames: Sequence[str] = ()) -> None:
        functools.update_wrapper(self, fun, updated=())
        self.__wrapped__, self.__name__ = fun, function_name(fun)
        self.rule: tuple[Callable[..., Any], ...] = ()
        self._names = _parameters(fun, type(self).__name__)
        self.nondiff_argnums = self._positions(nondiff_argnums, nondiff_argnames)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.__wrapped__(*args, **kwargs)

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else MethodType(self, instance)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} function {getattr(self, '__qualname__', self.__name__)}>"

    def __reduce__(self) -> Any:
        name = getattr(self, "__qualname__", "")
        if standing_at(self.__module__, name) is self:
            return name
        state = {"rule": tuple(map(portable, self.rule))}       # which may call the function itself
        return _again, (type(self), portable(self.__wrapped__), self.nondiff_argnums), state

    @property
    def __tangent2_declared__(self) -> tuple[str, list[str], dict[str, Callable[..., Any]]]:
        """What its text tells: the method that declares the rule, the options, and the functions of the rule."""
        options = [f"nondiff_argnums={self.nondiff_argnums}"] if self.nondiff_argnums else []
        return self._how.partition("(")[0], options, dict(zip(self._parts, self.rule))

    def __tangent2_callee__(self, compiler: Compiler) -> Callee:
        key = "custom", self
        if key not in compiler.callees:
            plain = total(compiler, self.__wrapped__, self)
            none = Undeclared(self, self.__name__, (None,) * len(self._names), self.nondiff_argnums, self._how)
            compiler.callees[key] = self._callee(compiler, plain) if self.rule else callee_with(
                compiler, self, plain, none)
        return compiler.callees[key]

    def _callee(self, compiler: Compiler, plain: Callee) -> Callee:
        """That with the rule that was declared."""
        raise NotImplementedError

    def _positions(self, numbers: Any, names: Any) -> tuple[int, ...]:
        count = len(self._names)
        numbers = (numbers,) if isinstance(numbers, int) else tuple(numbers)
        names = (names,) if isinstance(names, str) else tuple(names)
        for each in numbers:
            if type(each) is not int or not -count <= each < count:
                self._wrong(f"has no argument {each!r}", "nondiff_argnums counts the parameters from 0")
        for name in names:
            if name not in self._names:
                self._wrong(f"has no parameter `{name}`", f"its parameters are {', '.join(self._names)}")
        return tuple(sorted({*[k % count for k in numbers], *map(self._names.index, names)}))

    def _wrong(self, reason: str, advice: str) -> NoReturn:
        raise ArgumentError(f"`{self.__name__}` {reason}", origin=place_of(self.__wrapped__),
                            construct=type(self).__name__, advice=advice)

    def _check(self, fn: Any, what: str, wanted: Sequence[str]) -> None:
        """Refuse a function of a rule that does not take what it is going to be given."""
        if not callable(fn):
            self._wrong(f"is given {type(fn).__name__} as its {what}", f"give a function of ({', '.join(wanted)})")
        try:
            inspect.signature(fn).bind(*wanted)
        except ValueError:      # it does not tell
            return
        except TypeError as error:
            raise ArgumentError(f"`{function_name(fn)}` cannot be the {what} of `{self.__name__}`: {error}",
                                origin=place_of(fn), construct=type(self).__name__,
                                advice=f"its parameters are to be ({', '.join(wanted)})") from None


def _parameters(fun: Any, what: str) -> tuple[str, ...]:
    """The parameters of a function, each of which has a position."""
    if not callable(fun):
        raise ArgumentError(f"{what} takes a function, not {type(fun).__name__}", construct=what,
                            advice="pass the function itself; options are named: nondiff_argnums=(0,)")
    try:
        params = list(inspect.signature(fun).parameters.values())
    except (TypeError, ValueError):
        raise ArgumentError(f"`{function_name(fun)}` does not tell its parameters", construct=what,
                            advice="wrap it in a function of your own") from None
    for p in params:
        if p.kind not in _PLAIN:
            raise ArgumentError(f"`{function_name(fun)}` has the parameter `{p}`, which has no position",
                                origin=place_of(fun), construct=what, advice="give it plain parameters only")
    return tuple([p.name for p in params])


def _again(cls: type[Customised], fun: Any, nondiff: tuple[int, ...]) -> Customised:
    """A function from another process; its rule comes after it."""
    made: Customised = cls(fun, nondiff)
    return made


class custom_vjp(Customised):
    """A function with an adjoint of the user's: `defvjp(fwd, bwd)` declares it.

    fun: the function.  nondiff_argnums: positions of arguments that no derivative is taken of, such as functions and
    options; nondiff_argnames: or their names.  Also a decorator: `@custom_vjp`, `@custom_vjp(nondiff_argnums=(0,))`.
    Raises `TangentError` for parameters without a position (`*args`, keyword-only).  In forward mode `bwd`, which is
    linear in the adjoint, is transposed.

    >>> import numpy as np
    >>> import tangent2
    >>> @tangent2.custom_vjp
    ... def clipped(x):
    ...     return x
    >>> def clipped_fwd(x):
    ...     return x, None
    >>> def clipped_bwd(_, x_bar):
    ...     return np.clip(x_bar, -1.0, 1.0),
    >>> clipped.defvjp(clipped_fwd, clipped_bwd)
    >>> float(tangent2.grad(lambda x: 10.0 * clipped(x))(2.0))
    1.0
    """

    _how, _parts = "defvjp(fwd, bwd)", ("fwd", "bwd")

    def defvjp(self, fwd: Callable[..., Any], bwd: Callable[..., Any], symbolic_zeros: bool = False) -> None:
        """Declare the adjoint.

        fwd: takes the arguments of the function, gives a pair: its value, and what `bwd` needs.  bwd: takes the
        nondifferentiable arguments, what was saved, and the adjoint of the value; gives a tuple of the adjoints of the
        other arguments, None for zero.  Raises `TangentError` if they do not take that; symbolic zeros are refused.

        >>> import tangent2
        >>> square = tangent2.custom_vjp(lambda x: x * x)
        >>> square.defvjp(lambda x: (x * x, x), lambda x, y_bar: (2.0 * x * y_bar,))
        >>> tangent2.value_and_grad(square)(3.0)
        (9.0, 6.0)
        """
        _no_symbolic_zeros(self, symbolic_zeros)
        first = [self._names[k] for k in self.nondiff_argnums]
        self._check(fwd, "fwd", self._names)
        self._check(bwd, "bwd", [*first, "res", "out_bar"])
        self.rule = fwd, bwd

    def _callee(self, compiler: Compiler, plain: Callee) -> Callee:
        fwd, bwd = self.rule
        return callee_of_vjp(compiler, self, plain, len(self._names), self.nondiff_argnums, fwd, bwd)


class custom_jvp(Customised):
    """A function with a tangent of the user's: `defjvp(jvp)` or `defjvps(*jvps)` declares it.

    The arguments are those of `custom_vjp`.  In reverse mode the rule, which is linear in the tangents, is transposed.

    >>> import numpy as np
    >>> import tangent2
    >>> @tangent2.custom_jvp
    ... def log1pexp(x):
    ...     return np.log(1.0 + np.exp(x))
    >>> @log1pexp.defjvp
    ... def log1pexp_jvp(primals, tangents):
    ...     x, = primals
    ...     x_dot, = tangents
    ...     return log1pexp(x), (1.0 - 1.0 / (1.0 + np.exp(x))) * x_dot
    >>> float(tangent2.grad(log1pexp)(100.0))
    1.0
    """

    _how, _parts = "defjvp(jvp)", ("jvp",)

    def defjvp(self, jvp: Callable[..., Any], symbolic_zeros: bool = False) -> Callable[..., Any]:
        """Declare the tangent; gives `jvp`, so it is a decorator too.

        jvp: takes the nondifferentiable arguments, a tuple of the others and a tuple of their tangents (zeros where
        there are none); gives a pair: the value and its tangent.  Raises `TangentError` if it does not take that.

        >>> import tangent2
        >>> square = tangent2.custom_jvp(lambda x: x * x)
        >>> rule = square.defjvp(lambda primals, tangents: (primals[0] ** 2, 2.0 * primals[0] * tangents[0]))
        >>> tangent2.jvp(square, (3.0,), (1.0,))
        (9.0, 6.0)
        """
        _no_symbolic_zeros(self, symbolic_zeros)
        self._check(jvp, "jvp", [*[self._names[k] for k in self.nondiff_argnums], "primals", "tangents"])
        self.rule = (jvp,)
        return jvp

    def defjvps(self, *jvps: Callable[..., Any] | None) -> None:
        """Declare the tangent as a sum, a function for each argument: `jvp(x_dot, out, *args)`; None for zero.

        Raises `TangentError` if there are not as many functions as arguments, or nondifferentiable ones.

        >>> import tangent2
        >>> scale = tangent2.custom_jvp(lambda x, y: x * y)
        >>> scale.defjvps(lambda x_dot, out, x, y: x_dot * y, lambda y_dot, out, x, y: x * y_dot)
        >>> tangent2.grad(scale, argnums=(0, 1))(3.0, 4.0)
        (4.0, 3.0)
        """
        if self.nondiff_argnums:
            self._wrong("has nondiff_argnums, which defjvps does not know", "use defjvp")
        if len(jvps) != len(self._names):
            self._wrong(f"has {len(self._names)} arguments, and {len(jvps)} functions are given",
                        "give one for each, None where the tangent is zero")
        for name, jvp in zip(self._names, jvps):
            if jvp is not None:
                self._check(jvp, f"tangent in `{name}`", [f"{name}_dot", "out", *self._names])
        self.defjvp(_sum_of(self, self._names, jvps))

    def _callee(self, compiler: Compiler, plain: Callee) -> Callee:
        jvp, = self.rule
        return callee_of_jvp(compiler, self, plain, len(self._names), self.nondiff_argnums, jvp)


def _no_symbolic_zeros(function: Customised, wanted: bool) -> None:
    if wanted:
        function._wrong("is given a rule with symbolic_zeros", "leave it out: zeros are given as zeros, or as None")


def _sum_of(function: custom_jvp, names: tuple[str, ...], jvps: tuple[Any, ...]) -> Any:
    """The text of a tangent that is a sum, as a function."""
    own = f"{function.__name__}_jvp"
    given: dict[str, Any] = {f"{own}_{name}": jvp for name, jvp in zip(names, jvps) if jvp is not None}
    every = ", ".join(names)
    parts = [f"{own}_{n}({n}_dot, out, {every})" for n, jvp in zip(names, jvps) if jvp is not None]
    whole = " + ".join(parts) or "zero_like(out)"
    text = (f"def {own}(primals, tangents):\n    {every}{',' * (len(names) == 1)} = primals\n"
            f"    {', '.join([f'{n}_dot' for n in names])}{',' * (len(names) == 1)} = tangents\n"
            f"    out = {function.__name__}({every})\n    return out, {whole}\n")
    return module_of_text(text, own, {**given, function.__name__: function, "zero_like": zero_like})[own]
