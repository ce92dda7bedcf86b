"""Every stage of the compiler for one derivative: from the core of the function to the printed text."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tangent2.core.show import show
from tangent2.core.syntax import Function, Typed
from tangent2.errors import TangentError
from tangent2.pipeline import Compiler
from tangent2.targets import Wanted

LOWERED, RESOLVED, TRANSFORMED, OPTIMISED, FINISHED = STAGES = (
    "lowered: the core of the function, kinds unknown", "resolved: operations known by the kinds of their operands",
    "transformed: the derivative as it is made", "optimised: open to further transforms",
    "finished: updates in place")


class Watching(Compiler):
    """A compiler that keeps what each stage makes of each function."""

    def __init__(self) -> None:
        super().__init__()
        self.stages: dict[str, dict[Any, str]] = {stage: {} for stage in STAGES}

    def keep(self, stage: str, function: Function, kinds: Any = None) -> None:
        shown = show(function, kinds)
        self.stages[stage][shown.partition("\n")[0]] = shown

    def lower(self, fn: Any, gives: bool = False) -> Function:
        function = super().lower(fn, gives)
        self.keep(LOWERED, function)
        return function

    def typed(self, fn: Any, kinds: Any) -> Typed:
        typed = super().typed(fn, kinds)
        self.keep(RESOLVED, typed.function, typed.kinds)
        return typed

    def clean(self, typed: Typed) -> Typed:
        self.keep(TRANSFORMED, typed.function, typed.kinds)
        typed = super().clean(typed)
        self.keep(OPTIMISED, typed.function, typed.kinds)
        return typed

    def finished(self, typed: Typed, *options: Any) -> Typed:
        typed = super().finished(typed, *options)
        self.keep(FINISHED, typed.function, typed.kinds)
        return typed


def explain(wanted: Wanted, write: Callable[[str], None]) -> int:
    """Print the stages; if one refuses the function, those before it, and then the refusal is raised."""
    compiler = Watching()
    text, refusal = "", None
    try:
        text = wanted.text(compiler)
    except TangentError as error:
        refusal = error
    for stage, functions in compiler.stages.items():
        if functions:
            write(f"# ---- {stage} ----\n\n" + "\n\n".join(functions.values()) + "\n\n")
    if refusal is not None:
        raise refusal
    write("# ---- text ----\n\n" + text)
    return 0
