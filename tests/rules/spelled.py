"""The cases of the registry as programs a user would write, and the text of their derivatives."""
from __future__ import annotations

import itertools
import linecache
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

import tangent2
from tangent2.core.kinding import kind_of_value
from tangent2.core.kinds import is_inexact
from tests.rules.cases import Case, all_cases

_NUMBERS = itertools.count()


@dataclass(frozen=True)
class Program:
    """A function of one case: its text, and arguments of which those at `wrt` are varied."""

    label: str
    text: str
    args: tuple[Any, ...]
    wrt: tuple[int, ...]

    def function(self) -> Any:
        """The function, with its text where the compiler looks for it."""
        file = f"<case {next(_NUMBERS)}>"
        linecache.cache[file] = (len(self.text), None, self.text.splitlines(True), file)
        space: dict[str, Any] = {"__name__": "cases"}
        exec(compile(self.text, file, "exec"), space)
        return space["f"]

    def emitted(self, mode: str, order: int = 1) -> str:
        """The text of a derivative for arguments of these kinds."""
        argnums: Any = self.wrt if len(self.wrt) > 1 or mode == "forward" else self.wrt[0]
        if order == 2:
            scalars = [k for k in self.wrt if np.ndim(self.args[k]) == 0 and isinstance(self.args[k], (int, float))]
            argnums = scalars[0]
        return tangent2.source(self.function(), *self.args, mode=mode, argnums=argnums, order=order)


class _Writer:
    def __init__(self) -> None:
        self.args: list[Any] = []
        self.wrt: list[int] = []

    def param(self, arg: Any) -> str:
        if is_inexact(kind_of_value(arg)):
            self.wrt.append(len(self.args))
        self.args.append(arg)
        return f"x{len(self.args) - 1}"

    def operand(self, arg: Any, literal: bool, spread: bool) -> str:
        if spread and isinstance(arg, (list, tuple)) and any(isinstance(a, (np.ndarray, float)) for a in leaves(arg)):
            parts = ", ".join([self.operand(a, literal, spread) for a in arg])
            return f"[{parts}]" if isinstance(arg, list) else f"({parts},)"
        if not literal and (isinstance(arg, (np.ndarray, float, complex)) or isinstance(arg, (list, tuple))
                            and any(isinstance(a, (np.ndarray, float)) for a in leaves(arg))):
            return self.param(arg)
        return repr(arg).replace("inf", "np.inf")


def leaves(arg: Any) -> Iterator[Any]:
    """The numbers and arrays in lists and tuples."""
    if isinstance(arg, (list, tuple)):
        for part in arg:
            yield from leaves(part)
    else:
        yield arg


def _applied(case: Case, texts: list[str]) -> str:
    how, *rest = case.prim.spelling
    plain = texts[:len(case.args)]
    named = [f"{k}={t}" for k, t in zip(case.kw, texts[len(case.args):])]
    if how == "binary":
        return f"{plain[0]} {rest[0]} {plain[1]}"
    if how == "unary":
        return f"{rest[0]}{plain[0]}"
    if how == "attribute":
        return f"{plain[0]}.{rest[0]}"
    if how == "method":
        return f"{plain[0]}.{rest[0]}({', '.join(plain[1:] + named)})"
    name = ".".join(rest).replace("numpy", "np")
    return f"{name}({', '.join(plain + named)})"


def _reduced(name: str, value: Any) -> list[str]:
    """Statements that add what there is of a value to a total."""
    if isinstance(value, (list, tuple)):
        return [line for k, part in enumerate(value) for line in _reduced(f"{name}[{k}]", part)]
    if np.iscomplexobj(value):
        return [f"    total += np.sum(np.abs({name}) ** 2)"]
    return [f"    total += np.sum({name} ** 2)" if isinstance(value, np.ndarray) else f"    total += {name} ** 2"]


def program(case: Case, spread: bool) -> Program:
    """A function that applies the primitive of a case; `spread`: lists are written as displays of their parts."""
    from tangent2.core.operations import apply
    writer = _Writer()
    texts = [writer.operand(a, k in case.literal, spread) for k, a in enumerate(case.args)]
    texts += [writer.operand(a, True, spread) if not isinstance(a, np.ndarray) else writer.param(a)
              for a in case.kw.values()]
    out = apply(case.prim, None, list(case.args), dict(case.kw))
    params = ", ".join([f"x{k}" for k in range(len(writer.args))])
    lines = ["import math", "import numpy as np", "", "", f"def f({params}):", f"    y = {_applied(case, texts)}",
             "    total = 0.0", *_reduced("y", out), "    return total", ""]
    return Program(case.label + (" spread" if spread else ""), "\n".join(lines), tuple(writer.args), tuple(writer.wrt))


def programs() -> list[Program]:
    """One or two programs for each case of a primitive that users can call."""
    found = {}
    for case in all_cases():
        if case.prim.spelling[0] == "call" and case.prim.spelling[1].startswith("tangent2"):
            continue
        for spread in (False, True):
            made = program(case, spread)
            if made.wrt:
                found.setdefault((made.text, tuple(map(str, map(kind_of_value, made.args)))), made)
    return list(found.values())
