"""Products of Hessians as functions that are compiled: the tangent of the gradient along a direction.

The text is ordinary user code that calls the tangent function, as that of Jacobians is (`matrices.py`).
"""
from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from tangent2.api import Argnums
from tangent2.core.prims import Prim
from tangent2.core.syntax import Callee
from tangent2.matrices import TangentOf, chosen_of
from tangent2.names import signature_of, unique
from tangent2.pipeline import Compiler
from tangent2.python.load import module_of_text
from tangent2.requests import callee_of, gradient_request


def signature_with_direction(f: Callable[..., Any]) -> inspect.Signature:
    """The signature of `hvp(f)`: that of `f`, without defaults before the direction, which is given last.

    >>> def f(x, n=2, *, scale=1.0): ...
    >>> signature_with_direction(f)
    <Signature (x, n, v, *, scale=1.0)>
    """
    whole = signature_of(f)
    named = {whole.parameters[name].kind: name for name in whole.parameters}
    if named.keys() & {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}:
        return whole
    last = inspect.Parameter.KEYWORD_ONLY
    before = [p.replace(default=p.empty) for p in whole.parameters.values() if p.kind is not last]
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    direction = inspect.Parameter(unique("v", whole.parameters), kind)
    return whole.replace(parameters=[*before, direction, *[p for p in whole.parameters.values() if p.kind is last]])


def product_callee(compiler: Compiler, gradient: Any, name: str, shape: inspect.Signature, wrt: tuple[int, ...],
                   single: bool, live: bool) -> Callee:
    """The callee of `hvp(f)`, whose parameters `shape` tells; `gradient`: that of `f` in the arguments `wrt`."""
    def core(kinds: tuple[Any, ...]) -> Any:
        given = {"tangent": TangentOf(gradient, len(shape.parameters) - 1, wrt)}
        function = module_of_text(_text(name, shape, wrt, single), name, given)[name]
        return callee_of(compiler, function, live).core(kinds)
    key = gradient.key if isinstance(gradient, Callee) else gradient
    return compiler.made(("product", key, wrt, live), name, core)


def product_of_value(compiler: Compiler, callee: Callee | Prim, captured: int, argnums: Argnums = 0) -> Callee:
    """The product of the Hessian of a function value in user code, whose core takes what it captured first."""
    inner, names, wrt, single = chosen_of(callee, captured, argnums)
    gradient = gradient_request(wrt, False, single).of(compiler, inner)
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    shape = inspect.Signature([inspect.Parameter(name, kind) for name in (*names, unique("v", names))])
    return product_callee(compiler, gradient, f"hvp_{inner.name}", shape, wrt, single, True)


def _text(name: str, shape: inspect.Signature, wrt: tuple[int, ...], single: bool) -> str:
    """The text of a product; `tangent` is the tangent function of the gradient.

    >>> def f(x, y, n): ...
    >>> print(_text("hvp_f", signature_with_direction(f), (1, 0), False), end="")
    def hvp_f(x, y, n, v):
        _, product = tangent(x, y, n, v[1], v[0])
        return product
    """
    names = list(shape.parameters)
    last = [p.name for p in shape.parameters.values() if p.kind is p.KEYWORD_ONLY]
    direction = names[-1 - len(last)]
    given = [name for name in names if name != direction]
    parts = [direction] if single else [f"{direction}[{wrt.index(k)}]" for k in sorted(wrt)]
    return (f"def {name}({', '.join(names)}):\n    _, product = tangent({', '.join([*given, *parts])})\n"
            "    return product\n")
