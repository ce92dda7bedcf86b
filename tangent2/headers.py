"""The header of a derivative's text, with the defaults and the stars of the user's function."""
from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from typing import Any

from tangent2.names import signature_of
from tangent2.requests import is_primitive

WIDTH = 110
_STARS = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
Default = Callable[[str, Any], "str | None"]


def called_alike(text: str, entry: str, fn: Any, default: Default) -> str:
    """The text of a module whose function `entry` takes its arguments as `fn` does.

    `default` gives the text of a default, under a name like the one that it is handed if it needs one; None where
    there is no text for it.

    >>> def f(x, n=2, *, scale=0.5): ...
    >>> print(called_alike("def grad_f(x, n, scale):\\n    return x", "grad_f", f, lambda _, value: repr(value)))
    def grad_f(x, n=2, *, scale=0.5):
        return x
    """
    parameters = _parameters(fn)
    stmts = [s for s in ast.parse(text).body if isinstance(s, ast.FunctionDef) and s.name == entry]
    if parameters is None or not stmts or len(stmts[0].args.args) != len(parameters) or _is_read(text, entry):
        return text
    written = stmts[0].args.args
    if not _is_special(parameters) or [a.arg for a in written] != [p.name for p in parameters]:
        return text
    lines = text.splitlines()
    first, last = written[0], written[-1]
    before, after = lines[first.lineno - 1][:first.col_offset], lines[(last.end_lineno or 0) - 1][last.end_col_offset:]
    header = _filled(before, _parts(parameters, entry, default), after)
    return "\n".join([*lines[:first.lineno - 1], *header, *lines[last.end_lineno:]])


def _parameters(fn: Any) -> list[inspect.Parameter] | None:
    """The parameters of a function; None of one that does not tell them, or takes any number."""
    try:
        found = list(signature_of(fn).parameters.values())
    except (TypeError, ValueError):
        return None
    return None if is_primitive(fn) or any(p.kind in _STARS for p in found) else found


def _is_special(parameters: list[inspect.Parameter]) -> bool:
    """Whether there is more to say of parameters than their names."""
    return any(p.default is not p.empty or p.kind is not p.POSITIONAL_OR_KEYWORD for p in parameters)


def _is_read(text: str, name: str) -> bool:
    """Whether a module calls one of its functions itself: by position, as it was printed."""
    return any(isinstance(n, ast.Name) and n.id == name for n in ast.walk(ast.parse(text)))


def _parts(parameters: list[inspect.Parameter], entry: str, default: Default) -> list[str]:
    """What stands between the brackets; a parameter has no default if one after it can have none."""
    given: dict[str, str] = {}
    for p in reversed(parameters):
        text = None if p.default is p.empty else default(f"{entry}_{p.name}", p.default)
        if text is not None:
            given[p.name] = f"{p.name}={text}"
        elif p.kind is not p.KEYWORD_ONLY:
            break
    parts: list[str] = []
    for k, p in enumerate(parameters):
        if p.kind is p.KEYWORD_ONLY and (not k or parameters[k - 1].kind is not p.KEYWORD_ONLY):
            parts.append("*")
        parts.append(given.get(p.name, p.name))
        if p.kind is p.POSITIONAL_ONLY and (k + 1 == len(parameters) or parameters[k + 1].kind is not p.kind):
            parts.append("/")
    return parts


def _filled(before: str, parts: list[str], after: str) -> list[str]:
    """A header in lines of a moderate length."""
    lines = [before]
    for k, part in enumerate(parts):
        last = k + 1 == len(parts)
        piece = part + (after if last else ",")
        if len(lines[-1]) + len(piece) > WIDTH and lines[-1].strip() and k:
            lines.append(" " * len(before) + piece)
        else:
            lines[-1] += (" " if k else "") + piece
    return lines
