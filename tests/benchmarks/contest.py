"""Gradients of the same programs by this tool, by hand and by other tools: checked to be equal, then timed together."""
from __future__ import annotations

import platform
import statistics
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

import tangent2
from tests.benchmarks import adjoints, buffers, programs
from tests.benchmarks.timing import Call, interleaved
from tests.harness.trees import leaves

SLACK = 1.15        # how much slower than the adjoint written by hand a gradient may be
HAND, OWN, AUTOGRAD, JAX = "by hand", "tangent2", "autograd", "JAX, compiled"
Gradient = Callable[..., Any]


@dataclass(frozen=True)
class Program:
    """A function, the arguments it is differentiated by, its adjoint by hand, and arguments."""

    name: str
    function: Callable[..., Any]
    wrt: int | tuple[int, ...]
    by_hand: Gradient
    args: Callable[[np.random.Generator], tuple[Any, ...]]

    def some_args(self) -> tuple[Any, ...]:
        return self.args(np.random.default_rng(0))


def _logistic(rows: int, columns: int, rng: np.random.Generator) -> tuple[Any, ...]:
    inputs = rng.standard_normal((rows, columns)) / columns ** 0.5
    return rng.standard_normal(columns), 0.3, inputs, rng.standard_normal(rows) > 0.0


def _mlp(rng: np.random.Generator) -> tuple[Any, ...]:
    widths = 64, 64, 64, 10
    params = [(rng.standard_normal((m, n)) / m ** 0.5, 0.1 * rng.standard_normal(n))
              for m, n in zip(widths, widths[1:])]
    return params, rng.standard_normal((128, widths[0])), np.eye(widths[-1])[rng.integers(0, widths[-1], 128)]


def _rational(rng: np.random.Generator) -> tuple[Any, ...]:
    return 2.0, np.array([1.0, 2.0, 3.0]), np.array([0.5, 0.6])


def _mixture(rng: np.random.Generator) -> tuple[Any, ...]:
    d, K, n = 10, 25, 1000
    shapes = (K,), (K, d), (K, d), (K, d, d), (n, d)
    logits, means, scales, lower, X = [rng.standard_normal(shape) for shape in shapes]
    return logits, means, 0.1 * scales, 0.1 * lower, X, 0.5


PROGRAMS = (
    Program("logistic loss, 4 x 3", programs.logistic, (0, 1), adjoints.grad_logistic, partial(_logistic, 4, 3)),
    Program("logistic loss, 1000 x 50", programs.logistic, (0, 1), adjoints.grad_logistic,
            partial(_logistic, 1000, 50)),
    Program("network of two hidden layers of 64, batch of 128", programs.mlp, 0, adjoints.grad_mlp, _mlp),
    Program("rational function, by its argument", programs.rational, 0, adjoints.grad_rational, _rational),
    Program("rational function, by all arguments", programs.rational, (0, 1, 2), adjoints.grad_rational_of_all,
            _rational),
    Program("Gaussian mixture, d = 10, K = 25, n = 1000", programs.mixture, (0, 1, 2, 3), adjoints.grad_mixture,
            _mixture),
)

_FIELD = np.sin(np.linspace(0.0, np.pi, 200))
BUFFERS = (         # arrays that are filled and updated in place: other tools do not take them
    Program("stencil, 200 steps of 200 points", buffers.stencil, (0, 1), buffers.grad_stencil,
            lambda rng: (_FIELD, 0.2)),
    Program("the same, by the field alone", buffers.stencil, 0, buffers.grad_stencil_by_field,
            lambda rng: (_FIELD, 0.2)),
    Program("recurrence, 20,000 steps", buffers.recurrence, (0, 1), buffers.grad_recurrence,
            lambda rng: (0.5, 0.1, 20_000)),
    Program("the same, by a function", buffers.recurrence_by_calls, (0, 1), buffers.grad_recurrence_by_calls,
            lambda rng: (0.5, 0.1, 20_000)),
)


def own(program: Program, args: tuple[Any, ...]) -> Call:
    """A call of the gradient as a user makes it: look-up and guards are part of it."""
    return partial(tangent2.grad(program.function, program.wrt), *args)


def by_hand(program: Program, args: tuple[Any, ...]) -> Call:
    return partial(program.by_hand, *args)


def twin(function: Callable[..., Any], numpy: Any, stop_gradient: Callable[[Any], Any]) -> Callable[..., Any]:
    """The same code, and that of what it calls, over another NumPy."""
    space: dict[str, Any] = {**vars(programs), "np": numpy, "stop_gradient": stop_gradient}
    for name, value in vars(programs).items():
        if isinstance(value, FunctionType) and value.__module__ == programs.__name__:
            space[name] = FunctionType(value.__code__, space, name)
    found: Callable[..., Any] = space[function.__name__]
    return found


def with_autograd(program: Program, args: tuple[Any, ...]) -> Call:
    import autograd
    import autograd.numpy
    from autograd.tracer import getval
    numpy = ModuleType("numpy")
    vars(numpy).update({**vars(autograd.numpy), "float_power": autograd.numpy.power})     # it has no rule for the first
    return partial(autograd.grad(twin(program.function, numpy, getval), program.wrt), *args)


def with_jax(program: Program, args: tuple[Any, ...]) -> Call:
    import jax
    jax.config.update("jax_enable_x64", True)
    function = twin(program.function, jax.numpy, jax.lax.stop_gradient)
    gradient = jax.jit(jax.grad(function, program.wrt))
    there = jax.tree.map(jax.numpy.asarray, args)
    return lambda: jax.block_until_ready(gradient(*there))


TOOLS: dict[str, Callable[[Program, tuple[Any, ...]], Call]] = {
    HAND: by_hand, OWN: own, AUTOGRAD: with_autograd, JAX: with_jax}


def contenders(program: Program) -> dict[str, Call]:
    """The calls to be timed, by tool; those of tools that are not installed are left out."""
    found = {}
    for tool, make in TOOLS.items():
        try:
            found[tool] = make(program, program.some_args())
        except ImportError:
            continue
    return found


def check_equal(calls: dict[str, Call]) -> None:
    """Fail unless all calls give what the first gives."""
    results = {tool: leaves(_plain(call())) for tool, call in calls.items()}
    expected = results[HAND]
    for tool, found in results.items():
        assert len(found) == len(expected), tool
        for a, b in zip(found, expected):
            np.testing.assert_allclose(a, b, rtol=1e-8, atol=1e-8, err_msg=tool)


def _plain(tree: Any) -> Any:
    """Arrays of other tools as those of NumPy."""
    if isinstance(tree, (list, tuple)):
        return tuple([_plain(item) for item in tree])
    return np.asarray(tree)


@dataclass(frozen=True)
class Standing:
    """How long one call took, and how many times as long as that of the adjoint by hand: medians of rounds."""

    seconds: float
    ratio: float

    def __str__(self) -> str:
        micro = self.seconds * 1e6
        return f"{micro:.{0 if micro >= 100 else 1}f} us ({self.ratio:.2f})"


@dataclass(frozen=True)
class Row:
    """One program: the standing of each tool that is installed."""

    program: Program
    standings: dict[str, Standing]
    ahead: bool         # of autograd, in most rounds

    @property
    def kept(self) -> bool:
        """Whether what is promised was kept."""
        return self.standings[OWN].ratio <= SLACK and self.ahead

    def __str__(self) -> str:
        cells = [str(self.standings[tool]) if tool in self.standings else "-" for tool in TOOLS]
        return f"| {' | '.join([self.program.name, *cells])} |"


def measured(program: Program, rounds: int = 101) -> Row:
    """Equal gradients, then their times, turn by turn."""
    calls = contenders(program)
    check_equal(calls)
    turns = [dict(zip(calls, times)) for times in interleaved(list(calls.values()), rounds)]
    median = statistics.median
    standings = {tool: Standing(median(t[tool] for t in turns), median(t[tool] / t[HAND] for t in turns))
                 for tool in calls}
    ahead = AUTOGRAD not in calls or median(t[OWN] / t[AUTOGRAD] for t in turns) < 1.0
    return Row(program, standings, ahead)


HEAD = f"| gradient | {' | '.join(TOOLS)} |", f"|---{'|---:' * len(TOOLS)}|"


def table(rows: list[Row]) -> str:
    """The table for the README."""
    below = f"In brackets: the multiple of the time by hand. {environment()}."
    return "\n".join([*HEAD, *map(str, rows), "", below]) + "\n"


def environment() -> str:
    """What was measured with."""
    found = [f"Python {platform.python_version()}"]
    for package, name in ("numpy", "NumPy"), ("autograd", "autograd"), ("jax", "JAX"):
        try:
            found.append(f"{name} {version(package)}")
        except ImportError:
            continue
    return f"{', '.join(found)}; float64, one thread"


def rows() -> Iterator[Row]:
    """All programs, measured one after the other; tools that are missing are named first."""
    missing = [tool for tool in TOOLS if tool not in contenders(PROGRAMS[0])]
    if missing:
        print(f"left out, for want of pip install -e '.[benchmark]': {'; '.join(missing)}", file=sys.stderr)
    return map(measured, PROGRAMS)
