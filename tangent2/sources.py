"""The text of derivatives: `source` and `show`."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tangent2.api import Argnums, check_callable, grad, parameter_names, parameters_of, positions
from tangent2.complete import complete
from tangent2.core.kinds import is_inexact
from tangent2.core.valuekinds import signature
from tangent2.decorating import Made
from tangent2.errors import ArgumentError
from tangent2.names import function_name
from tangent2.pipeline import Compiler
from tangent2.requests import tangent_request


def source(f: Callable[..., Any], *args: Any, mode: str = "reverse", argnums: Argnums | None = None,
           order: int = 1) -> str:
    """The text of a derivative: specialised if example arguments are given.

    f: an object made by a transform, or a plain function, of which `mode` ("reverse" or "forward") and `argnums` say
    which derivative.  order: 2 for the derivative of the derivative, and so on.

    >>> import tangent2
    >>> def cube(x):
    ...     return x ** 3
    >>> print(tangent2.source(cube, 2.0), end="")
    def grad_cube(x):
        x_bar = 3.0 * x ** 2
        return x_bar
    """
    if isinstance(f, Made):
        if argnums is not None or order != 1 or mode != "reverse":
            raise ArgumentError(f"`{function_name(f)}` is a derivative: argnums, mode and order are chosen already",
                                construct="source", advice="give them with the function itself")
        return f.source(*args)
    check_callable(f)
    if type(order) is not int or order < 1:
        raise ArgumentError(f"there is no derivative of order {order!r}", construct="order",
                            advice="the order is 1 or more")
    if mode == "forward":
        return _forward_source(f, args, argnums, order)
    if mode != "reverse":
        raise ArgumentError(f"there is no mode {mode!r}", construct="mode", advice='modes are "reverse" and "forward"')
    made: Callable[..., Any] = f
    for _ in range(order):
        made = grad(made, 0 if argnums is None else argnums)
    assert isinstance(made, Made)
    return made.source(*args)


def _forward_source(f: Callable[..., Any], args: tuple[Any, ...], argnums: Argnums | None, order: int) -> str:
    compiler = Compiler()
    count, bind = parameters_of(f)
    if args and len(args) != count:
        args = bind(args, {})
    request = tangent_request(())
    kinds = signature(args, compiler.function_kind) if args else request.generic_kinds(f)
    chosen = range(len(kinds)) if argnums is None else positions(parameter_names(f), argnums, function_name(f), f)
    active = tuple([k in chosen and is_inexact(kind) for k, kind in enumerate(kinds)])
    return complete(tangent_request(active, order).text(compiler, f, kinds))


def show(f: Callable[..., Any], *args: Any, **options: Any) -> None:
    """Print what `source` gives."""
    print(source(f, *args, **options), end="")
