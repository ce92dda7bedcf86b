"""Rules for functions of the user's own: `rule`, `linear`, `constant`, checked where they are declared.

A rule is a formula that takes the place of a call in the emitted text.  A derivative that takes statements, that is
known as an adjoint only, or that hides the code of its function, is declared by `custom_vjp` and `custom_jvp`.
"""
from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import FunctionType, ModuleType
from typing import Any, NoReturn

import numpy as np

from tangent2.core.prims import Prim
from tangent2.core.syntax import Const, Origin
from tangent2.errors import ArgumentError, SourceError
from tangent2.rules.declare import (
    CONSTANT, Infer, Rule, declare_own, own_prim, read_signature, recognise_prim, rule_of,
)
from tangent2.rules.families import ufunc
from tangent2.rules.formula import Fault, check
from tangent2.rules.template import scope_of, source_tree

Template = Callable[..., None]


def rule(*functions: Callable[..., Any]) -> Callable[[Template], Template]:
    """Declare the derivative of functions: decorates a formula, which is read and never run.

    functions: of Python (whose bodies are no longer looked at), or of C.  They must depend on their arguments alone.
    The formula has `out`, the result, and the arguments as parameters.  `dot[out] = ...` gives the tangent of the
    result, linear in those of the arguments; the adjoint is derived from it, or given as `bar[x] = ...`.
    Raises `TangentError` where the formula has a mistake.

    >>> import numpy as np
    >>> import tangent2
    >>> def softplus(x):
    ...     return np.logaddexp(x, 0.0)
    >>> @tangent2.rule(softplus)
    ... def softplus_rule(out, x):
    ...     dot[out] = dot[x] / (1.0 + np.exp(-x))
    >>> float(tangent2.grad(softplus)(0.0))
    0.5
    """
    return _declaring(functions, ())


def linear(*functions: Callable[..., Any], wrt: str | tuple[str, ...]) -> Callable[[Template], Template]:
    """Declare functions that are (jointly) linear in the arguments `wrt`: the formula gives the adjoints of these.

    >>> import tangent2
    >>> def mirror(x):
    ...     return x[::-1]
    >>> @tangent2.linear(mirror, wrt="x")
    ... def mirror_rule(out, x):
    ...     bar[x] = mirror(bar[out])
    """
    return _declaring(functions, (wrt,) if isinstance(wrt, str) else tuple(wrt))


def constant(*functions: Callable[..., Any]) -> None:
    """Declare functions whose derivative is zero wherever there is one.

    >>> import tangent2
    >>> def count(x):
    ...     return len(x)
    >>> tangent2.constant(count)
    """
    for function in _checked(functions, "constant"):
        names = _parameters(function)[0] or ()
        made = replace(CONSTANT, own=True, params=names if all(names) else (), defaults=_defaults(function))
        declare_own(_prim(function, getattr(function, "__globals__", {}), made.params), made)


def _declaring(functions: tuple[Any, ...], wrt: tuple[str, ...]) -> Callable[[Template], Template]:
    _checked(functions, "linear" if wrt else "rule")

    def take(template: Template) -> Template:
        if not isinstance(template, FunctionType):
            raise ArgumentError(f"a rule is a function with a formula, not {type(template).__name__}",
                                construct="rule", advice="write `def` below the decorator")
        made = replace(read_signature(template, wrt), own=True)
        tree = _tree(template)
        if template.__code__.co_argcount == 0 or template.__code__.co_varnames[0] != "out":
            _refuse(template, tree, "the first parameter of a rule is `out`, the result", "name it `out`")
        for function in functions:
            _fits(template, tree, function, made)
        scope = scope_of(made, tree.body)
        try:
            check(tree, scope, wrt)
        except Fault as fault:
            _refuse(template, fault.node, fault.reason, fault.advice)
        for function in functions:
            own = replace(made, defaults={**_defaults(function), **made.defaults})
            declare_own(_prim(function, scope.globals, made.params), own)
        return template
    return take


def _checked(functions: tuple[Any, ...], name: str) -> tuple[Any, ...]:
    if not functions:
        raise ArgumentError(f"`{name}` names no function", construct=name, advice=f"write `{name}(function)`")
    for function in functions:
        if not callable(function):
            raise ArgumentError(f"`{name}` takes functions, not {type(function).__name__}", construct=name,
                                advice="pass the function itself, not the result of calling it")
        if isinstance(function, type) or not isinstance(getattr(function, "__self__", None), (ModuleType, type(None))):
            raise ArgumentError(f"`{name}` takes functions: no classes, no methods of objects", construct=name,
                                advice="declare the rule of a function, and call that")
        known = recognise_prim(function)
        found = None if known is None else rule_of(known)
        if known is not None and (found is None or not found.own):
            raise ArgumentError(f"`{known.name}` has a rule already", construct=name,
                                advice="write a function of your own that calls it, and declare the rule of that")
    return functions


def _prim(function: Any, names: Mapping[str, Any], params: tuple[str, ...]) -> Prim:
    """The primitive of a function, called as it is in `names` where it has no name of its own."""
    name = getattr(function, "__name__", "")
    if not name.isidentifier():
        name = next((key for key, value in names.items() if value is function), type(function).__name__)
    typed = isinstance(function, np.ufunc) and function.signature is None and function.nout == 1 and any(
        "O" not in types for types in function.types)
    infer = _ufunc_kind(function) if typed else None
    return own_prim(function, name, result="fresh" if infer is not None else "same", elementwise=typed, infer=infer,
                    params=params)


def _ufunc_kind(function: np.ufunc) -> Infer:
    """The kind of what a ufunc gives: broadcast; of what dtype the ufunc tells."""
    def dtype(own: str | None) -> str | None:
        try:
            found = function.resolve_dtypes((np.dtype(own),) * function.nin + (None,) * function.nout)[-1]
        except (TypeError, AttributeError, ValueError):
            return None
        return found.name if own is not None and found.kind in "biufc" else None
    return ufunc(dtype)


def _tree(template: FunctionType) -> ast.FunctionDef:
    try:
        return source_tree(template)
    except (SyntaxError, OSError, IndexError) as error:
        raise SourceError(f"the text of the rule `{template.__name__}` cannot be read: {error}",
                          construct=template.__name__,
                          advice="write it by `def`, in a file or a notebook cell") from None


def _fits(template: FunctionType, tree: ast.FunctionDef, function: Any, rule: Rule) -> None:
    """The parameters of a rule are `out` and those of its function."""
    if template.__code__.co_kwonlyargcount or tree.args.kwarg is not None:
        _refuse(template, tree, "a rule has plain parameters only", "name the arguments one by one")
    names, count = _parameters(function)
    if names is None and count is None or rule.star is not None:
        return
    own, name = rule.params, getattr(function, "__name__", "the function")
    if names is None and len(own) != count or names is not None and len(own) != len(names):
        wanted = f"{count} arguments" if names is None else f"({', '.join(names)})"
        _refuse(template, tree, f"`{name}` takes {wanted}, the rule ({', '.join(own)})",
                "its parameters are `out` and the arguments of the function, all of them")
    if names is not None:
        for mine, theirs in zip(own, names):
            if theirs and mine != theirs:
                _refuse(template, tree, f"`{name}` has no argument `{mine}` in this place",
                        f"the parameters of the rule are out, {', '.join([n or 'x' for n in names])}")


def _parameters(function: Any) -> tuple[tuple[str, ...] | None, int | None]:
    """The names of the parameters of a function ("" for those without one), or their number, if either is known."""
    if isinstance(function, np.ufunc):
        return None, function.nin
    try:
        params = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return None, None
    if any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in params):
        return None, None
    return tuple(["" if p.kind is p.POSITIONAL_ONLY else p.name for p in params]), None


def _defaults(function: Any) -> dict[str, Const]:
    """The defaults of a function that can be written out; of others a call has to give the argument."""
    if isinstance(function, np.ufunc):
        return {}
    try:
        params = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return {}
    return {p.name: Const(p.default) for p in params if type(p.default) in (int, float, complex, str, bool, type(None))}


def _refuse(template: FunctionType, node: ast.AST, reason: str, advice: str) -> NoReturn:
    """The error about a mistake in a rule, at its place."""
    lines = inspect.getsource(template).splitlines()
    row = getattr(node, "lineno", 1) - 1
    text = lines[row] if row < len(lines) else ""
    margin, first = len(text) - len(text.lstrip()), len(lines[0]) - len(lines[0].lstrip())
    place = Origin(template.__code__.co_filename, template.__code__.co_firstlineno + row, text.strip(),
                   template.__name__, max(getattr(node, "col_offset", 0) + first - margin, 0))
    raise ArgumentError(reason, origin=place, construct="rule", advice=advice) from None
