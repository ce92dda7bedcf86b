"""What comes of one program: through all modes against differences, and through lowering and the evaluator."""
from __future__ import annotations

import importlib
from collections.abc import Callable
from types import FunctionType
from typing import Any

import numpy as np

from tests.generator.program import Program
from tests.harness import modes, trees
from tests.harness.functions import forget
from tests.harness.modes import INTERNAL, Outcome

Judge = Callable[[Program], Outcome]


def check_program(program: Program, api: Any = None, second: bool = True) -> Outcome:
    """The worst outcome of a program: reverse, forward, duality, and second order in all four nestings."""
    api = importlib.import_module("tangent2") if api is None else api
    names = program.load()
    try:
        outcomes = modes.run_modes(modes.subject(api, names["f"], program.args, seed=program.seed), second)
    finally:
        forget(names)
    return modes.worst(outcomes)


def check_core(program: Program) -> Outcome:
    """Whether the lowered program is well-formed and means what Python means, alone and with kinds."""
    from tangent2.core.check import check
    from tests.harness.stages import stages_of

    def core(f: Any, wanted: float) -> None:
        function = lowered(f)
        check(function)
        _same("lowered", function, program, wanted)
        _same("resolved", stages_of(f, program.args)[1].function, program, wanted)
    return _judged(program, "core", core)


def check_tangent(program: Program) -> Outcome:
    """Whether the tangent function, evaluated, gives what differences give; neither optimised nor printed."""
    from tangent2.core.evaluate import evaluate
    from tests.harness.stages import tangent_of

    def tangent(f: Any, wanted: float) -> None:
        s = modes.subject(None, f, program.args, seed=program.seed)
        estimate = s.along(f, s.d)
        if not estimate.smooth:
            raise modes.Skip("not smooth")
        active = tuple(i in s.wrt for i in range(len(program.args)))
        value, dot = evaluate(tangent_of(f, program.args, active).function, (*trees.copied(program.args), *s.d))
        modes.demand(abs(value - wanted) <= 1e-12 * (1.0 + abs(wanted)), f"the value is {value!r}, not {wanted!r}")
        modes.demand(estimate.agrees(float(dot)), f"the tangent is {dot!r}, differences give {estimate.value!r}")
    return _judged(program, "tangent", tangent)


def _judged(program: Program, mode: str, judge: Callable[[Any, float], None]) -> Outcome:
    names = program.load()
    try:
        with np.errstate(all="ignore"):
            wanted = float(names["f"](*trees.copied(program.args)))
    except Exception as error:
        return Outcome("run", INTERNAL, f"the program itself fails: {error!r}")
    try:
        return modes.run(mode, lambda: judge(names["f"], wanted))
    finally:
        forget(names)


def _same(what: str, function: Any, program: Program, wanted: float) -> None:
    from tangent2.core.evaluate import evaluate
    args = trees.copied(program.args)
    got = evaluate(function, args)
    modes.demand(trees.same(args, program.args), f"{what}: an argument was changed")
    same = abs(float(got) - wanted) <= 1e-12 * (1.0 + abs(wanted))
    modes.demand(same, f"{what}: {got!r} where Python gives {wanted!r}")


def lowered(function: Any) -> Any:
    """The kind-free core of a function; functions it calls stay plain Python."""
    from tangent2.core.syntax import Callee
    from tangent2.python.lower import lower
    from tangent2.rules.declare import recognise_prim

    def recognise(obj: Any) -> Any:
        if isinstance(obj, FunctionType) and obj.__module__ == function.__module__:
            return Callee(obj.__code__, obj.__name__, lambda kinds: None, obj)      # type: ignore[arg-type, return-value]
        return recognise_prim(obj)
    return lower(function, recognise)
