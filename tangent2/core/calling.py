"""From the positional arguments of a core call to those with which Python calls the user's function."""
from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from tangent2.core import prims
from tangent2.core.kinds import Kind
from tangent2.core.objectkinds import frozen
from tangent2.core.syntax import Call, Callee, Function, Op, Region, Return, Stmt, Typed, Value
from tangent2.names import signature_of

PLAIN, SPREAD, NAMED, NAMES = "plain", "spread", "named", "names"


def ways(fn: Any) -> list[tuple[str, str]]:
    """How each core argument of a user function is handed over, with the name of its parameter.

    A core function has one parameter for `*args`, a tuple, which Python spreads; keyword-only parameters are named.

    >>> def f(a, *b, c, **d): ...
    >>> ways(f)
    [('plain', 'a'), ('spread', 'b'), ('named', 'c'), ('names', 'd')]
    """
    kind = inspect.Parameter
    table: dict[Any, str] = {kind.VAR_POSITIONAL: SPREAD, kind.KEYWORD_ONLY: NAMED, kind.VAR_KEYWORD: NAMES}
    code: Any = getattr(fn, "__code__", None)
    simple = inspect.CO_VARARGS | inspect.CO_VARKEYWORDS
    if inspect.isfunction(fn) and not code.co_kwonlyargcount and not (code.co_flags & simple):
        return [(PLAIN, name) for name in code.co_varnames[:code.co_argcount]]
    return [(table.get(p.kind, PLAIN), p.name) for p in signature_of(fn).parameters.values()]


def call_python(fn: Any, args: Sequence[Any]) -> Any:
    """Call the user's function with core arguments."""
    positional: list[Any] = []
    named: dict[str, Any] = {}
    for (way, name), arg in zip(ways(fn), args):
        if way == PLAIN:
            positional.append(arg)
        elif way == SPREAD:
            positional += arg
        elif way == NAMED:
            named[name] = arg
        else:
            named.update(arg)
    return fn(*positional, **named)


def through(callee: Callee, kinds: tuple[Kind, ...]) -> Typed:
    """A function that only calls another."""
    core = callee.core(kinds)
    params = tuple([Value(p.hint, p.user) for p in core.function.params])
    out = Value("y", True) if callee.rule is None else Value()
    body = Region((Call((out,), callee, params, core.function.origin),), Return((out,)))
    function = Function(callee.name, params, body, by_rows=core.function.by_rows,
                        apart=core.function.derived_apart)
    return Typed(function, {**dict(zip(params, kinds)), out: core.result}, core.result)


def differentiated(callee: Callee, kinds: tuple[Kind, ...]) -> Typed:
    """What is differentiated of a function: its text; of one with a rule of its own a call of it."""
    return callee.core(kinds) if callee.rule is None else through(callee, kinds)


def on_tuples(core: Callable[[tuple[Kind, ...]], Typed]) -> Callable[[tuple[Kind, ...]], Typed]:
    """What makes cores, given kinds in which objects are tuples."""
    return lambda kinds: core(tuple(map(frozen, kinds)))


def called(stmt: Stmt) -> Call | None:
    """The call that a statement is, or attempts."""
    if isinstance(stmt, Call):
        return stmt
    if isinstance(stmt, Op) and stmt.prim is prims.CAUGHT and isinstance(stmt.static.what, Callee):
        return Call((Value(),), stmt.static.what, stmt.args[1:], stmt.origin)
    return None
