"""Gradients that `jit` compiled against adjoints written by hand for Numba, plain emitted text, and `jax.jit`."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from types import FunctionType
from typing import Any

import numpy as np

import tangent2
from tests.benchmarks.jit_programs import PROGRAMS, JitProgram
from tests.benchmarks.timing import Call, interleaved

BY_HAND, PLAIN, JAX = "by hand", "plain", "jax.jit"


def ours(program: JitProgram) -> Call:
    """The gradient as a user calls it."""
    return partial(tangent2.jit(tangent2.grad(program.function, program.wrt)), *program.args)


def others(program: JitProgram) -> dict[str, Call]:
    """What it is measured against."""
    found: dict[str, Call] = {BY_HAND: partial(by_hand(program), *program.args),
                              PLAIN: partial(tangent2.grad(program.function, program.wrt), *program.args)}
    if find_spec("jax") is not None:
        found[JAX] = import_module("tests.benchmarks.jit_jax").gradient(program)
    return found


def by_hand(program: JitProgram) -> Callable[..., Any]:
    """The adjoint written by hand, compiled by Numba."""
    njit = import_module("numba").njit
    space = {f.__name__: njit(f) for f in program.calls}
    written = program.by_hand
    return njit(FunctionType(written.__code__, {**written.__globals__, **space}, written.__name__))  # type: ignore


def rows(rounds: int = 41) -> Iterator[tuple[str, float, dict[str, float]]]:
    """Seconds that ours takes, and by how much longer the others take, as medians of ratios in one run."""
    for program in PROGRAMS:
        call, against = ours(program), others(program)
        check(program, call, against)
        times = np.array(interleaved([call, *against.values()], rounds))
        ratios = {name: float(np.median(times[:, 0] / times[:, k + 1])) for k, name in enumerate(against)}
        yield program.name, float(np.median(times[:, 0])), ratios


def check(program: JitProgram, call: Call, against: dict[str, Call]) -> None:
    """All give the same gradient."""
    expected = call()
    for other in against.values():
        for a, b in zip(_parts(expected), _parts(other()), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-7, atol=1e-12)


def _parts(found: Any) -> list[Any]:
    return list(found) if isinstance(found, tuple) else [found]


def table(rounds: int = 41) -> Iterator[str]:
    """The measures, a line each."""
    for name, seconds, ratios in rows(rounds):
        told = "  ".join([f"{other} {ratio:8.3f}" for other, ratio in ratios.items()])
        yield f"{name:36} {seconds * 1e6:10.1f} us   as a multiple of: {told}"
