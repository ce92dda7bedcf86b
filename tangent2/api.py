"""The public transforms: `grad`, `value_and_grad`, `vjp`, `jvp`.

A transform gives an object that compiles on its first call with arguments of new kinds, and looks the compiled
function up afterwards.
"""
from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tangent2.cache import Entry, compiled, lookup_key
from tangent2.complete import complete
from tangent2.core.kinds import is_inexact
from tangent2.core.prims import Prim
from tangent2.core.syntax import Callee
from tangent2.core.valuekinds import kind_of_value, signature
from tangent2.decorating import LATER, Decorator, Made, made_by
from tangent2.errors import ArgumentError
from tangent2.inside import called_inside, jvp_callee, vjp_callee
from tangent2.names import function_name, signature_of
from tangent2.pipeline import Compiler
from tangent2.python.read import place_of
from tangent2.requests import (
    Request, callee_of_value, gradient_request, is_primitive, names_of, operands_of, pullback_request, tangent_request,
)
from tangent2.records import is_left_out, lowered, raised, tuple_note, whole_of, with_classes
from tangent2.runtime.trees import zero_like
from tangent2.structures import check_gradients, conform, is_still, shape_of
from tangent2.variadic import Variadic, fixed_names, is_variadic, spread_out, wrapped_spread

Argnums = int | str | Sequence[int | str]


class Derivative(Made):
    """A function made by a transform: callable, introspectable, and open to further transforms.

    `source(*args)` gives its text, for the kinds of the arguments or for any.
    """

    def __init__(self, fn: Callable[..., Any], request: Request, name: str, doc: str) -> None:
        self._fn, self._request = fn, request
        self._count, self._bind = parameters_of(fn)
        self._table: dict[Any, Entry] = {}
        self._alone = not request.value and not request.aux
        self._last: Entry | None = None         # the last one called, if it can tell whether it fits
        if isinstance(inspect.unwrap(fn), np.ufunc):
            self.__signature__ = _positional(inspect.unwrap(fn).nin)
        self.present(fn, name, doc)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if kwargs or len(args) != self._count:
            args = self._bind(args, kwargs)
        entry = self._last
        if entry is None or not entry.fits(*args):      # type: ignore[misc]
            entry = self._table.get(lookup_key(args))
            if entry is None or not entry.current():
                low = lowered(tuple(args))
                if any(a is not b for a, b in zip(args, low)):      # objects with fields: see `records`
                    return self.with_classes(args, self._entry(low).function(*low))
                entry = self._compile(args)
            if entry.fits is not None:
                self._last = entry
        result = entry.function(*args)
        if self._alone and (entry.shaped is None or not entry.shaped(*args, result)) \
                or self._request.value and type(result[0]) is complex:
            if entry.agree is not None and not entry.agree(*args):
                self._fn(*args)     # raises, most likely
            self._check(args, result)
        return result if entry.plain else self.with_classes(args, result)

    def _check(self, args: tuple[Any, ...], result: Any) -> None:
        """What the shapes and classes of gradients tell: that no value was needed may hide that there is none."""
        found = result[1] if self._request.value else result
        check_gradients(self._fn, [args[k] for k in self._request.wrt], (found,) if self._request.single else found,
                        args)

    def _entry(self, args: tuple[Any, ...]) -> Entry:
        entry = self._table.get(lookup_key(args))
        return self._compile(args) if entry is None or not entry.current() else entry

    def with_classes(self, args: tuple[Any, ...], result: Any) -> Any:
        """A result with gradients of the classes of the arguments."""
        return with_classes(self._request, args, result)

    def _compile(self, args: tuple[Any, ...]) -> Entry:
        entry = compiled(self._fn, self._request, args)
        self._table[lookup_key(args)] = entry
        return entry

    @property
    def __tangent2_request__(self) -> Request:
        return self._request

    def source(self, *args: Any, **kwargs: Any) -> str:
        """The text of the compiled module: for these arguments, or the generic version if there are none."""
        if not args and not kwargs:
            return complete(self._request.generic(self._fn), of=self._fn)
        if kwargs or len(args) != self._count:
            args = self._bind(args, kwargs)
        told = "".join([tuple_note(name, args[k]) for k, name in enumerate(parameter_names(self._fn))
                        if k in self._request.wrt])
        args = lowered(tuple(args))
        compiler = Compiler()
        emitted = self._request.text(compiler, self._fn, signature(args, compiler.function_kind))
        return told + complete(emitted, of=self._fn)

    def __tangent2_callee__(self, compiler: Compiler) -> Any:
        return self._request.callee(compiler, self._fn)

    def __tangent2_live__(self, compiler: Compiler) -> Any:
        return self._request.callee(compiler, self._fn, True)


def _positional(count: int) -> inspect.Signature:
    kind = inspect.Parameter.POSITIONAL_ONLY
    return inspect.Signature([inspect.Parameter(f"x{k}", kind) for k in range(count)])


def parameters_of(fn: Callable[..., Any]) -> tuple[int, Callable[..., tuple[Any, ...]]]:
    """How many core arguments a function takes, and what binds a call's arguments to them."""
    try:
        shape = signature_of(fn)
    except (TypeError, ValueError):
        shape = _positional(operands_of(fn))
    if isinstance(fn, np.ufunc):
        shape = _positional(fn.nin)
    plain = all(p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) for p in shape.parameters.values())
    if is_primitive(fn):
        return -1, functools.partial(_without_options, fn, shape)
    defaults = _defaults(fn)

    def bind(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        now = signature_of(fn) if _defaults(fn) != defaults else shape
        try:
            bound = now.bind(*args, **kwargs)
        except TypeError as error:
            raise ArgumentError(f"call of `{function_name(fn)}`: {error}", origin=place_of(fn), construct="call",
                                advice=f"its parameters are {now}") from None
        bound.apply_defaults()
        return tuple(bound.arguments.values())
    return (len(shape.parameters) if plain else -1), bind


def _without_options(fn: Any, shape: inspect.Signature, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The arguments of a bare primitive: those that are given."""
    try:
        given = signature_of(fn).bind(*args, **kwargs).kwargs
    except ValueError:      # it does not tell its parameters
        given = kwargs
    except TypeError as error:
        raise ArgumentError(f"call of `{function_name(fn)}`: {error}", construct="call",
                            advice=f"its parameters are {shape}") from None
    if given or kwargs:
        raise ArgumentError(f"call of `{function_name(fn)}` with options by name", construct="call",
                            advice=f"write a function: lambda x: {function_name(fn)}(x, ...)")
    return args


def _defaults(fn: Any) -> tuple[int, Any]:
    """What tells whether the defaults of a function were replaced."""
    options = getattr(fn, "__kwdefaults__", None)
    return id(getattr(fn, "__defaults__", None)), None if options is None else {k: id(v) for k, v in options.items()}


def positions(names: Sequence[str], argnums: Argnums, of: str, fn: Any = None) -> tuple[int, ...]:
    """Parameter positions from numbers or names; `fn` is the function whose place an error names."""
    place = place_of(fn)
    many = argnums if isinstance(argnums, (tuple, list)) else (argnums,)
    found = []
    for each in many:
        if isinstance(each, str):
            if each not in names:
                raise ArgumentError(f"`{of}` has no parameter `{each}`", origin=place, construct="argnums",
                                    advice=f"its parameters are {', '.join(names)}")
            found.append(names.index(each))
        elif (type(each) is int or isinstance(each, np.integer)) and -len(names) <= each < len(names):
            found.append(int(each) % len(names))
        else:
            raise ArgumentError(f"`{of}` has no argument {each!r}", origin=place, construct="argnums",
                                advice=f"argnums counts its parameters ({', '.join(names)}) from 0, or names them")
    if len(set(found)) < len(found):
        raise ArgumentError(f"an argument of `{of}` is chosen twice", origin=place, construct="argnums",
                            advice="name each argument once")
    return tuple(found)


def parameter_names(fn: Any) -> list[str]:
    if not isinstance(fn, np.ufunc):        # whose signature has options as well
        try:
            return list(signature_of(fn).parameters)
        except (TypeError, ValueError):
            pass
    return [f"x{k}" for k in range(operands_of(fn))]


def check_callable(fn: Any) -> None:
    """Refuse what is no function."""
    if not callable(fn):
        raise ArgumentError(f"a transform takes a function, not {type(fn).__name__}", construct="transform",
                            advice="pass the function itself, not the result of calling it; options of decorators "
                                   "are named: @grad(argnums=1)")
    if isinstance(fn, type) and fn not in (float, complex, int, str, bool):
        raise ArgumentError(f"a transform takes a function, not the class {fn.__name__}", construct="transform",
                            advice="write a function that makes the object and returns a number")


def grad(f: Any = LATER, argnums: Argnums = 0, has_aux: bool = False) -> Any:
    """The gradient of a scalar function.

    f: a function that returns a number.  argnums: which argument, by position or name; a tuple for several.
    has_aux: `f` returns `(number, aux)`, and the result gives `(gradient, aux)`.  Also a decorator: `@grad`,
    `@grad(argnums=1)`.
    The result takes the arguments of `f` and returns the gradient (a tuple if `argnums` is one), of the shape and
    dtype of the argument.  Raises `TangentError` where `f` cannot be differentiated.

    >>> import tangent2
    >>> def cube(x):
    ...     return x ** 3
    >>> tangent2.grad(cube)(2.0)
    12.0
    """
    if f is LATER:
        return Decorator(grad, {"argnums": argnums, "has_aux": has_aux})
    return made_by(_gradient(f, argnums, False, has_aux), grad, argnums=argnums, has_aux=has_aux)


def value_and_grad(f: Any = LATER, argnums: Argnums = 0, has_aux: bool = False) -> Any:
    """The value and the gradient of a scalar function, in one pass: `(value, gradient)`.

    Arguments and errors are those of `grad`; with `has_aux` the value is the pair `(number, aux)`.

    >>> import tangent2
    >>> def cube(x):
    ...     return x ** 3
    >>> tangent2.value_and_grad(cube)(2.0)
    (8.0, 12.0)
    """
    if f is LATER:
        return Decorator(value_and_grad, {"argnums": argnums, "has_aux": has_aux})
    return made_by(_gradient(f, argnums, True, has_aux), value_and_grad, argnums=argnums, has_aux=has_aux)


def elementwise_grad(f: Any = LATER, argnum: Argnums = 0) -> Any:
    """The gradient of the sum of what a function gives: of the shape of the argument, as autograd has it.

    For functions that work on each element by itself these are the derivatives there.  f: a function that returns an
    array or a number.  argnum: which argument, as `argnums` of `grad`.  Errors are those of `grad`.

    >>> import numpy as np
    >>> import tangent2
    >>> tangent2.elementwise_grad(lambda x: x ** 2)(np.array([1.0, 2.0, 3.0]))
    array([2., 4., 6.])
    """
    if f is LATER:
        return Decorator(elementwise_grad, {"argnum": argnum})
    return made_by(_gradient(f, argnum, False, False, True), elementwise_grad, argnum=argnum)


def _derived(value: bool, summed: bool, compiler: Compiler, callee: Callee | Prim, captured: int,
             f_argnums: Argnums = 0, **options: Argnums) -> Callee:
    """The gradient of a function value in user code, whose core takes what it captured first."""
    argnums = options.get("argnum" if summed else "argnums", f_argnums)
    inner = callee_of_value(callee)
    wrt = positions(names_of(inner.key)[captured:], argnums, inner.name)
    single = not isinstance(argnums, (tuple, list))
    return gradient_request(tuple([captured + k for k in wrt]), value, single, summed=summed).of(compiler, inner)


_transform: Any
for _transform, _value, _summed in (
        (grad, False, False), (value_and_grad, True, False), (elementwise_grad, False, True)):
    _transform.__tangent2_transform__ = True        # user code may apply it: `grad(f)(x)`
    _transform.__tangent2_derive__ = functools.partial(_derived, _value, _summed)


def _gradient(f: Callable[..., Any], argnums: Argnums, value: bool, aux: bool,
              summed: bool = False) -> Derivative | Variadic:
    check_callable(f)
    own, what = ("value_and_grad", "value and gradient") if value else ("grad", "gradient")
    what = "elementwise gradient" if summed else what
    name, doc = f"{own}_{function_name(f)}", f"The {what} of {function_name(f)}."
    single = not isinstance(argnums, (tuple, list))

    def whole(names: Sequence[str]) -> Derivative:
        wrt = positions(names, argnums, function_name(f), f)
        return Derivative(f, gradient_request(wrt, value, single, aux, summed), name, doc)
    if is_variadic(f):
        full = wrapped_spread(f)
        return Variadic(f, lambda of: _gradient(of, argnums, value, aux, summed), lambda: whole(fixed_names(f))
                        if full is None else _gradient(full, argnums, value, aux, summed), name, doc)
    return whole(parameter_names(f))


def jvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any], has_aux: bool = False) -> Any:
    """The value of `f` and its derivative along `tangents`: `(out, out_dot)`.

    primals: the arguments.  tangents: one for each, of the same shapes.  has_aux: `f` returns `(out, aux)`, and the
    result is `(out, out_dot, aux)`.

    >>> import tangent2
    >>> tangent2.jvp(lambda x, y: x * y, (2.0, 3.0), (1.0, 0.0))
    (6.0, 3.0)
    """
    check_callable(f)
    if not isinstance(primals, (tuple, list)) or not isinstance(tangents, (tuple, list)):
        raise ArgumentError("primals and tangents are tuples or lists of arguments", construct="jvp",
                            advice="write jvp(f, (x,), (x_dot,))")
    if len(primals) != len(tangents):
        raise ArgumentError(f"jvp got {len(primals)} primals and {len(tangents)} tangents", construct="jvp",
                            advice="give one tangent for each primal")
    f, args = completed(f, tuple(primals))
    args, tangents = lowered(tuple(args)), lowered(tuple(tangents))
    given = len(primals)
    active = tuple([k < given and is_inexact(kind_of_value(a)) and not is_left_out(a, tangents[k])
                    for k, a in enumerate(args)])
    for k, d in enumerate(tangents):
        if not active[k] and not is_still(d):
            raise ArgumentError(f"primal {k} of `{function_name(f)}` is no float, so it has no tangent",
                                origin=place_of(f), construct="jvp",
                                advice="give a float (1.0, not 1), or None as its tangent")
    dots = tuple([conform(d, a, "tangent", "primal", "jvp", f) for a, d, on in zip(args, tangents, active) if on])
    entry = compiled(f, tangent_request(active, aux=has_aux), args)
    out, out_dot, *aux = entry.function(*args, *dots)
    out_dot = zero_like(out) if out_dot is None else out_dot
    if entry.plain:
        return out, out_dot, *aux
    out, *aux = whole_of(f, tuple(primals), (out, *aux)) if has_aux else (whole_of(f, tuple(primals), out),)
    return out, raised(out, out_dot), *aux


def vjp(f: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """The value of `f`, and its pullback: a function from the adjoint of the value to those of the arguments.

    The pullback may be called many times.  Arguments that are no floats get None.  has_aux: `f` returns `(out, aux)`,
    and the result is `(out, pullback, aux)`.

    >>> import tangent2
    >>> out, pullback = tangent2.vjp(lambda x, y: x * y, 2.0, 3.0)
    >>> out, pullback(1.0)
    (6.0, (3.0, 2.0))
    """
    check_callable(f)
    f, args = completed(f, primals)
    args = lowered(tuple(args))
    active = tuple([k < len(primals) and is_inexact(kind_of_value(a)) for k, a in enumerate(args)])
    out, pull = compiled(f, pullback_request(active, has_aux), args).function(*args)
    whole = whole_of(f, primals, out)
    like, given = shape_of(out[0] if has_aux else out), len(primals)

    def pullback(out_bar: Any) -> tuple[Any, ...]:
        """The adjoints of the arguments, from that of the value."""
        found = pull(conform(lowered(out_bar), like, "adjoint", "result", "vjp", f))
        return tuple(map(raised, primals, found[:given]))
    return (whole[0], pullback, whole[1]) if has_aux else (whole, pullback)


called_inside(jvp, "f primals tangents", jvp_callee)
called_inside(vjp, "f *primals", vjp_callee)


def completed(f: Callable[..., Any], args: tuple[Any, ...],
              kwargs: dict[str, Any] | None = None) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    """A function of fixed arity and its arguments in a row, completed by defaults; those have no derivative."""
    if is_variadic(f):
        return spread_out(f, args, kwargs or {})
    count, bind = parameters_of(f)
    return f, args if len(args) == count and not kwargs else bind(args, kwargs or {})
