"""Requests: which derivative of a function is wanted, and how the compiler makes its callee and its text.

A request is hashable: with the kinds of the arguments it is the key of a specialisation.
"""
from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NoReturn, TypeVar

import numpy as np

from tangent2.names import function_name, is_of_numba, signature_of
from tangent2.analysis.expansion import behind
from tangent2.core.build import Builder
from tangent2.core.kinds import (
    BOTTOM, FLOAT, INT, NUMERIC, UNKNOWN, Array, Bottom, Dict, Kind, List, NoneKind, Number, Str, Tuple,
    Unknown, is_inexact,
)
from tangent2.core.calling import differentiated
from tangent2.core.prims import Prim
from tangent2.core.syntax import Call, Callee, Const, Function, Op, Origin, Region, Return, Typed, Value
from tangent2.core.kinding import kinds_of
from tangent2.errors import ArgumentError, SourceError, TangentError, UnsupportedError, placed
from tangent2.inserting import without_insertions
from tangent2.objects import bound_of, of_cells
from tangent2.pipeline import Compiler
from tangent2.python.emit import Emitted
from tangent2.python.read import place_of
from tangent2.rules.declare import recognise_prim, rule_of
from tangent2.transform.auxiliary import handed_on, stopped, summed
from tangent2.transform.forward import forward

SUMMED = "summed"       # begins the key of a function that gives the sum of what another one gives
_ANNOTATIONS: dict[Any, Kind] = {float: FLOAT, "float": FLOAT, int: INT, "int": INT, np.ndarray: Array(None, None),
                                 "np.ndarray": Array(None, None)}


@dataclass(frozen=True)
class Request:
    """`transform` is "grad", "jvp", "vjp" or "linearize"; `wrt` and `active` choose arguments.

    summed: the gradient is that of the sum of the result.
    """

    transform: str
    wrt: tuple[int, ...] = ()
    active: tuple[bool, ...] = ()
    value: bool = False
    single: bool = False
    order: int = 1
    aux: bool = False
    summed: bool = False

    def callee(self, compiler: Compiler, fn: Any, live: bool = False) -> Callee:
        """The derivative as a callee: its core is made when it is asked for; `live`: for arguments that are at hand."""
        return self.of(compiler, callee_of(compiler, fn, live))

    def of(self, compiler: Compiler, inner: Callee) -> Callee:
        """The derivative of a callee."""
        if self.transform == "grad":
            place = compiler.place(inner)
            inner = _summed(compiler, inner) if self.summed else inner
            made = compiler.gradient(inner, self.wrt, self.value, self.single, self.aux)
            return replace(made, core=lambda kinds: self._placed(compiler, inner, made, kinds, place))
        made, active = inner, self.active
        if self.aux:
            return first_tangent(compiler, inner, active)
        for _ in range(self.order):
            made = compiler.tangent(made, None, active)
            active = (*active, *[a for a in active if a])
        return made

    def _placed(self, compiler: Compiler, inner: Callee, made: Callee, kinds: tuple[Kind, ...],
                place: Origin | None) -> Typed:
        try:
            return self._checked(compiler, inner, made, kinds)
        except ArgumentError as error:
            raise placed(error, place) from error.__cause__

    def _checked(self, compiler: Compiler, inner: Callee, made: Callee, kinds: tuple[Kind, ...]) -> Typed:
        """JAX's conditions on gradients: inexact arguments, a scalar result."""
        for k in self.wrt:
            if k < len(kinds) and not is_inexact(kinds[k]):
                raise ArgumentError(f"argument {k} of `{inner.name}` is no float, so there is no gradient",
                                    origin=compiler.place(inner), construct="grad",
                                    advice="give a float (1.0, not 1), or choose another argnums")
            if k < len(kinds) and not isinstance(kinds[k], (Number, Array)) and _holds_exact(kinds[k]):
                raise holds_exact(k, inner.name, compiler.place(inner))
            if k < len(kinds) and holds_complex(kinds[k]):
                raise ArgumentError(f"argument {k} of `{inner.name}` is complex, and gradients are those of real ones",
                                    origin=compiler.place(inner), construct="grad",
                                    advice="give the real and the imaginary part, each an argument of its own")
        result = inner.core(kinds).result
        if isinstance(result, Bottom):
            return _failing(inner, made.name, kinds)
        place = compiler.place(inner)
        if self.aux:
            result = first_part(result, inner.name, place)
        scalar = isinstance(result, (Number, Unknown)) or isinstance(result, Array) and result.shape in ((), None)
        if not scalar:
            raise _no_number(compiler, inner, result)
        if not is_inexact(result) or holds_complex(result):
            assert isinstance(result, (Number, Array))
            raise ArgumentError(f"`{inner.name}` returns {spoken(result)}, no float, so it has no gradient",
                                origin=place, construct="grad",
                                advice="return the square of its absolute value, or another real number"
                                if holds_complex(result) else "return a float: 0.0, not 0")
        return made.core(kinds)

    def text(self, compiler: Compiler, fn: Any, kinds: tuple[Kind, ...], live: bool = True) -> Emitted:
        """The module of the derivative for arguments of these kinds; `live`: they are those of values at hand."""
        try:
            return compiler.text(self.callee(compiler, fn, live), kinds, aliases=aliases_of(fn))
        except TangentError as error:
            raise error.brief() from error.__cause__

    def generic(self, fn: Any) -> Emitted:
        """The module for arguments of any kind; if that cannot be told, for any numbers and arrays."""
        return generic_first(self.generic_kinds(fn), lambda kinds: self.text(Compiler(), fn, kinds, False))

    def generic_kinds(self, fn: Any) -> tuple[Kind, ...]:
        """Kinds from annotations, unknown where there are none."""
        if isinstance(fn, np.ufunc):
            return (UNKNOWN,) * fn.nin
        try:
            params = list(signature_of(fn).parameters.values())
        except (TypeError, ValueError):
            return (UNKNOWN,) * operands_of(fn)
        if is_primitive(fn):        # without its options
            params = [p for p in params if p.default is p.empty]
        return tuple([_ANNOTATIONS.get(p.annotation, UNKNOWN) if isinstance(p.annotation, (type, str)) else UNKNOWN
                      for p in params])


_NUMBER_ADVICE: tuple[tuple[type, str], ...] = (
    (NoneKind, "return the number: a path without `return` gives None"), (Str, "return a number"),
    (Tuple, "return one number; with `has_aux=True` the second of a pair is handed on as it is"),
    (List, "return one number, such as the sum of the list"), (Dict, "return one number: an element of the dict"))


def _no_number(compiler: Compiler, inner: Callee, result: Kind) -> ArgumentError:
    """The error about a function, or a gradient of one, that returns no number."""
    advice = next((text for cls, text in _NUMBER_ADVICE if isinstance(result, cls)),
                  "sum the result, or use vjp with an adjoint of its shape")
    name, key, count = inner.name, inner.key, 0
    while isinstance(key, tuple) and key[0] in ("grad", "entry"):
        count += key[0] == "grad"
        key = key[1]
    if not count or not callable(key):
        return ArgumentError(f"`{name}` does not return a number but {spoken(result)}, so it has no gradient",
                             origin=compiler.place(inner), construct="grad", advice=advice)
    advice = "use `jacobian` or `hessian`, or sum the gradient" if isinstance(result, Array) else advice
    return ArgumentError(f"the gradient of `{function_name(key)}` is no number but {spoken(result)}, so it has no "
                         "gradient itself", origin=place_of(key), construct="grad", advice=advice)


def holds_exact(k: int, name: str, place: Origin | None) -> ArgumentError:
    """The error about an argument of which some number has no gradient."""
    return ArgumentError(f"argument {k} of `{name}` holds a number that is no float", origin=place, construct="grad",
                         advice="give a float (1.0, not 1), or make it an argument of its own")


_WORDS: tuple[tuple[type, str], ...] = (
    (NoneKind, "None"), (Str, "a string"), (Tuple, "a tuple"), (List, "a list"), (Dict, "a dict"), (Array, "an array"))


def spoken(kind: Kind) -> str:
    """A kind in words for users.

    >>> spoken(INT), spoken(Array("bool", ())), spoken(Tuple())
    ('an int', 'a bool', 'a tuple')
    """
    if isinstance(kind, Number) or isinstance(kind, Array) and kind.shape == ():
        word = (kind.dtype or "number").rstrip("0123456789")
        return f"an {word}" if word[0] in "aeiou" else f"a {word}"
    return next((word for cls, word in _WORDS if isinstance(kind, cls)), "something else")


def _holds_exact(kind: Kind) -> bool:
    """Whether some number in a kind is an integer or a boolean."""
    if isinstance(kind, Tuple):
        numbers = kind.record is not None and kind.record.is_object        # of an object, they stay what they are
        return any(_holds_exact(k) for k in kind.elts if not numbers or not isinstance(k, (Number, Array)))
    if isinstance(kind, Dict):
        return any(map(_holds_exact, [k for _, k in kind.items] if kind.items is not None else [kind.elt]))
    if isinstance(kind, List):
        return _holds_exact(kind.elt)
    return isinstance(kind, (Number, Array)) and not is_inexact(kind)


def _summed(compiler: Compiler, inner: Callee) -> Callee:
    """The function that gives the sum of what another one gives."""
    def refuse(kind: Kind) -> NoReturn:
        raise ArgumentError(f"`{inner.name}` returns {spoken(kind)}, of which there is no elementwise gradient",
                            origin=compiler.place(inner), construct="elementwise_grad",
                            advice="return one array, or use `jacobian`")
    return compiler.made((SUMMED, inner.key), inner.name, lambda kinds: summed(differentiated(inner, kinds), refuse))


def first_tangent(compiler: Compiler, inner: Callee, active: tuple[bool, ...]) -> Callee:
    """The tangent function of one that returns auxiliary data; it gives `(out, out_dot, aux)`."""
    name = f"jvp_{inner.name}"

    def make(kinds: tuple[Kind, ...]) -> Typed:
        core = without_insertions(differentiated(inner, kinds[:len(active)]))
        first_part(core.result, inner.name, compiler.place(inner))
        core = compiler.hearsay.check(stopped(core), active)
        return handed_on(forward(core, active, compiler.tangent, "both", name, compiler.answers))
    return compiler.derived(("jvp first", inner.key, active), name, make)


def first_part(result: Kind, name: str, place: Origin | None) -> Kind:
    """The kind of what is differentiated of a result with auxiliary data."""
    if isinstance(result, Tuple) and len(result.elts) == 2:
        return result.elts[0]
    raise ArgumentError(f"`{name}` does not return a pair, as has_aux=True says", origin=place, construct="has_aux",
                        advice="return (value, aux), or leave has_aux out")


def _failing(inner: Callee, name: str, kinds: tuple[Kind, ...]) -> Typed:
    """The derivative of a function that never returns for arguments of these kinds: it raises what that raises."""
    typed = inner.core(kinds)
    core = typed.function
    if inner.python is None:
        return replace(typed, function=replace(core, name=name))
    params, out = tuple([Value(p.hint, p.user) for p in core.params]), Value()
    region = Region((Call((out,), inner, params, core.origin),), Return((Const(None),)))
    return Typed(Function(name, params, region, core.origin), {**dict(zip(params, kinds)), out: BOTTOM}, BOTTOM)


Made = TypeVar("Made")


def generic_first(kinds: tuple[Kind, ...], make: Callable[[tuple[Kind, ...]], Made]) -> Made:
    """What `make` gives for these kinds; where that cannot be told, unknown ones are taken for numbers and arrays."""
    try:
        return make(kinds)
    except TangentError:
        return make(tuple([NUMERIC if isinstance(k, Unknown) else k for k in kinds]))


def gradient_request(wrt: tuple[int, ...], value: bool, single: bool, aux: bool = False,
                     summed: bool = False) -> Request:
    return Request("grad", wrt=wrt, value=value, single=single, aux=aux, summed=summed)


def tangent_request(active: tuple[bool, ...], order: int = 1, aux: bool = False) -> Request:
    return Request("jvp", active=active, order=order, aux=aux)


def pullback_request(active: tuple[bool, ...], aux: bool = False) -> Request:
    return Request("vjp", active=active, aux=aux)


def linear_request(active: tuple[bool, ...], aux: bool = False) -> Request:
    return Request("linearize", active=active, aux=aux)


def callee_of(compiler: Compiler, fn: Any, live: bool = False) -> Callee:
    """The callee of what a user hands to a transform: a function, a derivative, or a primitive."""
    fn = fn.py_func if is_of_numba(fn) else fn
    if live and hasattr(fn, "__tangent2_live__"):
        return fn.__tangent2_live__(compiler)
    found = compiler.recognise(fn)
    bound = bound_of(fn) if found is None else None
    if bound is not None:
        cells = compiler.bound.setdefault(bound.key, bound).cells
        return compiler.rewritten(bound.key, bound.function, lambda function: of_cells(function, cells), live)
    if inspect.isgeneratorfunction(fn):
        raise UnsupportedError(f"`{fn.__name__}` is a generator", origin=place_of(fn), construct="yield",
                               advice="differentiate a plain function that returns a value")
    if isinstance(found, Callee):
        return compiler.entry(found.python, live) if found.python is fn and found.rule is None else found
    if isinstance(found, Prim):
        return _of_primitive(found, compiler.answers.kinds_of)
    if inspect.isfunction(fn):
        return compiler.entry(fn) if live else compiler.callee(fn)
    _refuse(fn)


def _refuse(fn: Any) -> NoReturn:
    """Say why something that can be called is not differentiated."""
    name = getattr(fn, "__name__", type(fn).__name__)
    if inspect.isbuiltin(fn) or isinstance(fn, np.ufunc) or type(fn).__module__ == "numpy":
        raise SourceError(f"`{name}` has neither a rule nor Python source", construct="call",
                          advice="`tangent2 rules` lists what has a rule; use those, or a function written in Python")
    if isinstance(fn, functools.partial):
        inner = getattr(fn.func, "__name__", "f")
        raise UnsupportedError(f"a partial of `{inner}` is not differentiated", origin=place_of(fn.func),
                               construct="partial", advice=f"write a lambda that calls `{inner}` itself")
    if inspect.ismethod(fn):
        raise UnsupportedError(f"`{fn.__qualname__}` is a method of an object, which is not differentiated",
                               origin=place_of(fn.__func__), construct="method",
                               advice="write a function of what the method reads of its object, and its arguments")
    raise UnsupportedError(f"{type(fn).__name__} objects are not differentiated",
                           origin=place_of(vars(type(fn)).get("__call__")), construct=type(fn).__name__,
                           advice="write a function of what it holds, and its arguments")


def operands_of(fn: Any) -> int:
    """How many operands a function of C takes which does not tell its signature."""
    prim = recognise_prim(fn)
    rule = None if prim is None else rule_of(prim)
    return int(getattr(fn, "nin", 0)) or len(rule.params if rule is not None else ()) or 1


def is_primitive(fn: Any) -> bool:
    """Whether a function, or what a derivative is of, is a primitive that may have options.

    >>> is_primitive(np.sum), is_primitive(np.sin), is_primitive(lambda x: x)
    (True, False, False)
    """
    inner = inspect.unwrap(fn, stop=lambda f: recognise_prim(f) is not None)
    return not isinstance(inner, np.ufunc) and recognise_prim(inner) is not None


def callee_of_value(found: Callee | Prim) -> Callee:
    """The callee of what a function value is known to be."""
    return _of_primitive(found) if isinstance(found, Prim) else found


def names_of(key: Any) -> tuple[str, ...]:
    """The names of the parameters of a callee with this key; of a gradient those of the function it is of."""
    if isinstance(key, Function):
        return tuple([p.hint or "" for p in key.params])
    if isinstance(key, Prim):
        return key.params
    if isinstance(key, tuple) and (key[0] in ("grad", "entry", "custom", "vmap", SUMMED) or behind(key) is not key):
        return names_of(key[1])
    return tuple(signature_of(key).parameters) if callable(key) else ()


def _of_primitive(prim: Prim, kinds_of: Callable[..., tuple[Kind, ...]] = kinds_of) -> Callee:
    """A bare primitive as a function of its first parameters."""
    def core(kinds: tuple[Kind, ...]) -> Typed:
        if not prim.params and prim.spelling[0] == "builtin":
            raise UnsupportedError(f"`{prim.name}` is not differentiated by itself", construct=prim.name,
                                   advice="call it in a function of your own")
        names = [*prim.params, *[f"x{k}" for k in range(len(prim.params), len(kinds))]]
        params = tuple([Value(name, True) for name in names[:len(kinds)]])
        table: dict[Value, Kind] = dict(zip(params, kinds))
        out = Value()
        name = prim.name.rpartition(".")[2]
        op = Op((out,), prim, params, origin=Origin(prim.name, 0, prim.name, name))
        table[out] = kinds_of(op, Builder(table).kind)[0]
        return Typed(Function(name, params, Region((op,), Return((out,)))), table, table[out])
    return Callee(prim, prim.name.rpartition(".")[2], core)


def aliases_of(fn: Callable[..., Any]) -> dict[str, str]:
    """The names under which the user's module knows NumPy."""
    bound = bound_of(fn)
    names = getattr(inspect.unwrap(fn if bound is None else bound.function), "__globals__", {})
    found = next((name for name in ("np", "numpy", *names) if names.get(name) is np), None)
    return {} if found is None else {"numpy": found}


def holds_complex(kind: Kind) -> bool:
    """Whether there are complex numbers in a kind."""
    if isinstance(kind, (Number, Array)):
        return kind.dtype is not None and kind.dtype.startswith("complex")
    if isinstance(kind, Tuple):
        return any(map(holds_complex, kind.elts))
    if isinstance(kind, (List, Dict)):
        return holds_complex(kind.elt)
    return False
