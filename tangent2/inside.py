"""`jvp`, `vjp`, `linearize` called by the user's own code: cores that call derivatives of what they are given."""
from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, NoReturn

from tangent2.core.build import Builder
from tangent2.core.calling import differentiated
from tangent2.core.functions import label_of
from tangent2.core.kinds import Array, FunctionKind, Kind, Number, Record, Tuple, is_inexact
from tangent2.core.objectkinds import thawed
from tangent2.core.prims import TUPLE, UNPACK
from tangent2.core.syntax import Callee, Const, Function, Region, Return, Typed, Value
from tangent2.errors import ArgumentError, UnsupportedError, placed
from tangent2.pipeline import Compiler
from tangent2.python.read import place_of
from tangent2.requests import callee_of_value, first_part, first_tangent
from tangent2.rules.declare import by_name
from tangent2.transform.auxiliary import first_of
from tangent2.transform.weighing import differing, is_real, weighed


class Inside:
    """A transform of these parameters as user code calls it; with `has_aux` if that is given there as a literal."""

    def __init__(self, name: str, parameters: str, make: Callable[[Compiler, bool], Callee], aux: bool) -> None:
        star, plain = inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.POSITIONAL_OR_KEYWORD
        self.__name__, self._make, self._aux = name, make, aux
        self.__signature__ = inspect.Signature([inspect.Parameter(
            each.lstrip("*"), star if each[0] == "*" else plain) for each in parameters.split()])

    def __call__(self, *args: Any) -> Any:
        raise NotImplementedError("compiled code calls what it stands for")

    def __tangent2_callee__(self, compiler: Compiler) -> Callee:
        return self._make(compiler, self._aux)


def called_inside(transform: Any, parameters: str, make: Callable[[Compiler, bool], Callee]) -> None:
    """Make a transform of a function known to user code that calls it."""
    plain, with_aux = [Inside(transform.__name__, parameters, make, aux) for aux in (False, True)]
    transform.__tangent2_options__ = lambda has_aux=False: with_aux if has_aux else plain


def jvp_callee(compiler: Compiler, aux: bool) -> Callee:
    """`jvp(f, primals, tangents)` called by the user's own code: its core calls the tangent function of `f`."""
    def core(kinds: tuple[Kind, ...]) -> Typed:
        function, primals, tangents = _function(kinds[0], "jvp"), *kinds[1:3]
        if any(isinstance(kind, (Number, Array)) for kind in (primals, tangents)):
            _refuse("jvp", "primals and tangents are tuples of arguments", "write jvp(f, (x,), (x_dot,))")
        if not (isinstance(primals, Tuple) and isinstance(tangents, Tuple)):
            _refuse("jvp", "how many arguments there are is not known", "give it two tuples written out")
        if len(primals.elts) != len(tangents.elts):
            _refuse("jvp", f"it is given {len(primals.elts)} primals and {len(tangents.elts)} tangents",
                    "give one tangent for each primal")
        callee = callee_of_value(function.callee)
        active = tuple([is_inexact(p) and is_inexact(d) for p, d in zip(primals.elts, tangents.elts)])
        _check_tangents("jvp", primals.elts, tangents.elts)
        build = Builder()
        params = [build.value(k, h, True) for k, h in zip(kinds, ("f", "primals", "tangents"))]
        ps, ds = [_unpacked(build, whole, len(active)) for whole in params[1:]]
        whole = (*(False,) * len(function.captured), *active)
        dots = tuple([d for d, on in zip(ds, active) if on])
        if aux:
            out = _called(build, first_tangent(compiler, callee, whole), function, params[0], (*ps, *dots))
        elif any(active):
            out = _called(build, compiler.tangent(callee, None, whole), function, params[0], (*ps, *dots))
        else:
            value = _called(build, callee, function, params[0], ps)
            out = build.op(TUPLE, value, build.op(by_name("zero_like"), value))
        inner = callee.core((*function.captured, *primals.elts)).function
        typed = Function(f"jvp_of_{callee.name}", tuple(params), Region(tuple(build.stmts), Return((out,))),
                         by_rows=inner.by_rows, apart=2 * bool(inner.derived_apart))
        return Typed(typed, build.kinds, build.kind(out))
    return compiler.made(("jvp", aux), "jvp_of", core)


def _called(build: Builder, callee: Callee, function: FunctionKind, f: Value, args: tuple[Value, ...]) -> Value:
    """A call of a function, or of its derivative, which are given what it captured: the parts of a tuple."""
    captured = []
    for k, kind in enumerate(function.captured):
        captured.append(build.getitem(f, k + 1))
        build.kinds[captured[-1]] = kind
    try:
        result = callee.core((*function.captured, *map(build.kind, args))).result
    except ArgumentError as error:
        raise placed(error, place_of(getattr(callee_of_value(function.callee), "python", None))) from None
    return build.call(callee, (*captured, *args), result)


# ------------------------------------------------------------------------------------------------------------------ vjp


def vjp_callee(compiler: Compiler, aux: bool) -> Callee:
    """`vjp(f, *primals)` called by the user's own code: the value, and a closure over `f` and the primals.

    The pullback is the gradient of the value's product with an adjoint, summed: it computes the value once more, of
    the primals as they were.
    """
    return _with_closure(compiler, "vjp", pullback_callee, aux)


def linearize_callee(compiler: Compiler, aux: bool) -> Callee:
    """`linearize(f, *primals)` called by the user's own code: the value, and a closure that calls the tangent function.

    It computes the value once more, of the primals as they were.
    """
    return _with_closure(compiler, "linearize", pushforward_callee, aux)


def _with_closure(compiler: Compiler, name: str, second: Callable[[Compiler, int, bool], Callee], aux: bool) -> Callee:
    """What gives the value of a function and a closure over it and the primals; then auxiliary data, if there is."""
    def core(kinds: tuple[Kind, ...]) -> Typed:
        function, primals = _function(kinds[0], name), kinds[1]
        if not isinstance(primals, Tuple):
            _refuse(name, "how many arguments there are is not known", "name each of them")
        build = Builder()
        f, args = [build.value(k, h, True) for k, h in zip(kinds, ("f", "primals"))]
        parts = _unpacked(build, args, len(primals.elts))
        out = _called(build, callee_of_value(function.callee), function, f, parts)
        closed = second(compiler, len(parts), aux)
        kept = [p if isinstance(build.kind(p), Number) else build.op(by_name("deep_copy"), p) for p in parts]
        more: tuple[Value, ...] = ()
        if aux:
            first_part(build.kind(out), function.callee.name, None)
            out, *more = build.ops(UNPACK, (out,), static=(2, False, 0), hints=((None, False),) * 2)  # type: ignore[assignment]
        pull = build.op(TUPLE, Const(label_of(closed)), f, *kept, static=Record(closed, ()))
        both = build.op(TUPLE, out, pull, *more)
        made = Function(f"{name}_of_{function.callee.name}", (f, args), Region(tuple(build.stmts), Return((both,))))
        return Typed(made, build.kinds, build.kind(both))
    return compiler.made((name, aux), f"{name}_of", core)


def pullback_callee(compiler: Compiler, count: int, aux: bool = False) -> Callee:
    """The function from `f`, so many primals and an adjoint of the value to the adjoints of the primals."""
    def core(kinds: tuple[Kind, ...]) -> Typed:
        function, primals = _function(kinds[0], "vjp"), kinds[1:-1]
        active = tuple([is_inexact(kind) for kind in primals])
        build = Builder()
        f, *args = [build.value(kind, hint) for kind, hint in zip(kinds, ("f", *[None] * count, "y_bar"))]
        inner = _differentiated(compiler, function, aux)
        made = _weighted_gradient(compiler, inner, len(function.captured), active)
        bars = _called(build, made, function, f, tuple(args))
        found = iter(_unpacked(build, bars, sum(active)))
        whole = build.op(TUPLE, *[next(found) if on else Const(None) for on in active])
        return Typed(Function("pullback", (f, *args), Region(tuple(build.stmts), Return((whole,)))), build.kinds,
                     build.kind(whole))
    return compiler.made(("pullback", count, aux), "pullback", core)


def pushforward_callee(compiler: Compiler, count: int, aux: bool = False) -> Callee:
    """The function from `f`, so many primals and as many tangents to the tangent of the value."""
    def core(kinds: tuple[Kind, ...]) -> Typed:
        function, primals, tangents = _function(kinds[0], "linearize"), kinds[1:count + 1], kinds[count + 1:]
        if len(tangents) != count:
            _refuse("linearize", f"its linear map is given {len(tangents)} tangents for {count} primals",
                    "give one tangent for each primal")
        _check_tangents("linearize", primals, tangents)
        active = tuple([is_inexact(p) and is_inexact(d) for p, d in zip(primals, tangents)])
        build = Builder()
        f, *args = [build.value(kind, hint) for kind, hint in zip(kinds, ("f", *[None] * 2 * count))]
        inner = _differentiated(compiler, function, aux)
        if any(active):
            tangent = compiler.tangent(inner, None, (*(False,) * len(function.captured), *active))
            dots = [d for d, on in zip(args[count:], active) if on]
            out = _unpacked(build, _called(build, tangent, function, f, (*args[:count], *dots)), 2)[1]
        else:
            out = build.op(by_name("zero_like"), _called(build, inner, function, f, tuple(args[:count])))
        return Typed(Function("pushforward", (f, *args), Region(tuple(build.stmts), Return((out,)))), build.kinds,
                     build.kind(out))
    return compiler.made(("pushforward", count, aux), "pushforward", core)


def _differentiated(compiler: Compiler, function: FunctionKind, aux: bool) -> Callee:
    """The function that is differentiated; without the auxiliary data that it returns."""
    inner = callee_of_value(function.callee)
    if not aux:
        return inner
    return compiler.made(("first", inner.key), inner.name, lambda kinds: first_of(differentiated(inner, kinds)))


def _weighted_gradient(compiler: Compiler, inner: Callee, captured: int, active: tuple[bool, ...]) -> Callee:
    """The gradient of the sum of a function's value times an adjoint, which is its last argument."""
    def core(kinds: tuple[Kind, ...]) -> Typed:
        build = Builder()
        params = tuple([build.value(kind) for kind in kinds])
        value = build.call(inner, params[:-1], inner.core(kinds[:-1]).result)
        if not is_real(build.kind(value)):
            _refuse("vjp", "the value is or holds what is no real number or array of such",
                    "call `vjp` outside of the function")
        how = differing(build.kind(value), kinds[-1])
        if how is not None:
            _refuse("vjp", f"the adjoint has another {how} than the value",
                    f"give the pullback one of the value's {how}")
        total = weighed(build, value, params[-1])
        return Typed(Function(inner.name, params, Region(tuple(build.stmts), Return((total,)))), build.kinds,
                     build.kind(total))
    weighted = compiler.made(("weighted", inner.key), inner.name, core)
    wrt = tuple([captured + k for k, on in enumerate(active) if on])
    return compiler.gradient(weighted, wrt, False, False)


def _check_tangents(construct: str, primals: tuple[Kind, ...], tangents: tuple[Kind, ...]) -> None:
    """Refuse tangents that surely are none of their primals."""
    for primal, tangent in zip(primals, tangents):
        how = differing(primal, tangent) if is_inexact(tangent) else None
        if how is not None:
            _refuse(construct, f"a tangent has another {how} than its primal", f"give it the {how} of the primal")


def _function(kind: Kind, construct: str) -> FunctionKind:
    function = thawed(kind)
    if not isinstance(function, FunctionKind):
        _refuse(construct, "which function it is of is not known before the code runs", "give a function by its name")
    return function


def _unpacked(build: Builder, whole: Value, count: int) -> tuple[Value, ...]:
    return build.ops(UNPACK, (whole,), static=(count, False, 0), hints=((None, False),) * count) if count else ()


def _refuse(construct: str, reason: str, advice: str) -> NoReturn:
    raise UnsupportedError(f"{construct} is called here, and {reason}", construct=construct, advice=advice)
