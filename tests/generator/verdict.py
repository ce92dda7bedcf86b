"""What comes of one program: through all modes against differences, and through lowering and the evaluator."""
from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

from tangent2.core.check import check
from tangent2.core.evaluate import evaluate
from tangent2.pipeline import Compiler
from tests.generator.program import Program
from tests.harness import lanes, modes, trees
from tests.harness.differences import Estimate
from tests.harness.evaluated import Evaluated
from tests.harness.functions import forget
from tests.harness.modes import INTERNAL, RIGHT, SKIPPED, WRONG, Outcome

_LARGE = 1e7
Judge = Callable[[Program], Outcome]


def check_program(program: Program, api: Any = None, second: bool = True) -> Outcome:
    """The worst outcome of a program: reverse, forward, duality, and second order in all four nestings."""
    api = importlib.import_module("tangent2") if api is None else api
    names = program.load()
    try:
        subject = modes.subject(api, names["f"], program.args, seed=program.seed)
        outcome = modes.worst(modes.run_modes(subject, second))
        if outcome.verdict == WRONG and _is_right_beside(subject, second):
            return Outcome(outcome.mode, SKIPPED, "not smooth: right beside the point")
        if outcome.verdict == WRONG and subject.along(subject.function, subject.d).scale > _LARGE:
            return Outcome(outcome.mode, SKIPPED, "overflow: the sine of a large number, say, defeats differences")
        if outcome.verdict == WRONG and _overflows(subject):
            return Outcome(outcome.mode, SKIPPED, "overflow on the way: infinity times a slope of zero is no number")
    finally:
        forget(names)
    return outcome


def _overflows(subject: modes.Subject) -> bool:
    """Whether numbers become infinite while a program runs, though what it gives may be finite."""
    try:
        with np.errstate(all="ignore", over="raise"):
            subject.function(*subject.at(subject.x))
    except FloatingPointError:
        return True
    return False


def _is_right_beside(subject: modes.Subject, second: bool) -> bool:
    """Whether all is right at two points beside: then the differences met a kink too small for their steps."""
    for far in (0.013, -0.017):
        args = subject.at(trees.moved(subject.x, subject.e, far))
        beside = modes.subject(subject.api, subject.function, args, subject.wrt)
        if modes.worst(modes.run_modes(beside, second)).verdict != RIGHT:
            return False
    return True


def check_vmap(program: Program) -> Outcome:
    """A program and its gradient under `vmap`, against the loop over the lanes."""
    names = program.load()
    try:
        subject = modes.subject(importlib.import_module("tangent2"), names["f"], program.args, seed=program.seed)
        return modes.worst(lanes.check_lanes(subject, program.seed))
    finally:
        forget(names)


def check_core(program: Program) -> Outcome:
    """Whether the lowered program is well-formed and means what Python means, alone and with kinds."""
    def core(f: Any, wanted: float) -> None:
        function = lowered(f)
        check(function)
        if "memory" not in program.features:        # before kinds are known, names do not share memory
            _same("lowered", lambda args: evaluate(function, args), program, wanted)
        _same("resolved", Evaluated(f, program.args, ()).value, program, wanted)
    return _judged(program, "core", core)


def check_tangent(program: Program) -> Outcome:
    """Tangents to second order as cores, run by the evaluator."""
    def tangent(f: Any, wanted: float) -> None:
        s, estimate = _subject(program, f)
        made = Evaluated(f, program.args, s.wrt)
        value, dot = made.tangent(s.at(s.x), s.d)
        modes.close("the value", float(value), wanted, abs(wanted), 1e-12)
        modes.agree("jvp", float(dot), estimate)
        second = s.along(lambda *args: float(made.tangent(args, s.e)[1]), s.d)
        if second.smooth:
            modes.agree("jvp of jvp", float(made.tangent_of_tangent(s.at(s.x), s.e, s.d)), second)
    return _judged(program, "tangent", tangent)


def check_adjoint(program: Program) -> Outcome:
    """Gradients and their tangents as cores, run by the evaluator; recorded by liveness and with everything saved."""
    def adjoint(f: Any, wanted: float) -> None:
        s, estimate = _subject(program, f)
        made = Evaluated(f, program.args, s.wrt)
        first = trees.inner(made.gradient(s.at(s.x)), s.d)
        modes.agree("grad", first, estimate)
        saved = Evaluated(f, program.args, s.wrt, save_all=True).gradient(s.at(s.x))
        modes.close("everything saved", trees.inner(saved, s.d), first, estimate.scale, 1e-10)
        second = s.along(lambda *args: trees.inner(made.gradient(args), s.e), s.d)
        if second.smooth:
            modes.agree("jvp of grad", trees.inner(made.tangent_of_gradient(s.at(s.x), s.d), s.e), second)
    return _judged(program, "adjoint", adjoint)


def _subject(program: Program, f: Any) -> tuple[modes.Subject, Estimate]:
    s = modes.subject(None, f, program.args, seed=program.seed)
    estimate = s.along(f, s.d)
    if not estimate.smooth:
        raise modes.Skip("not smooth")
    return s, estimate


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


def _same(what: str, run: Callable[[tuple[Any, ...]], Any], program: Program, wanted: float) -> None:
    args = trees.copied(program.args)
    modes.close(what, float(run(args)), wanted, abs(wanted), 1e-12)
    modes.demand(trees.same(args, program.args), f"{what}: an argument was changed")


def lowered(function: Any) -> Any:
    """The kind-free core of a function."""
    return Compiler().lower(function)
