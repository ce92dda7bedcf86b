"""What is measured, with the limits that are promised."""
from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from tangent2.api import grad
from tangent2.cache import compiled
from tangent2.core.valuekinds import signature
from tangent2.pipeline import Compiler
from tangent2.python.load import load
from tangent2.requests import gradient_request
from tests.benchmarks import lanes as batches
from tests.benchmarks.contest import BUFFERS, HAND, OWN, SLACK, Program, by_hand, check_equal, own
from tests.benchmarks.hessians import COLUMNS as ONE_BY_ONE
from tests.benchmarks.hessians import COUNT, EMITTED, contenders
from tests.benchmarks.hessians import HAND as BY_HAND
from tests.benchmarks.hessians import JAX as WITH_JAX
from tests.benchmarks.hessians import OWN as WHOLE
from tests.benchmarks.samples import LARGE, SAMPLES, Sample, by_name
from tests.benchmarks.timing import interleaved, paired, peak
from tests.harness.functions import namespace_of
from tests.harness.trees import leaves


@dataclass(frozen=True)
class Row:
    """One number, how it came about, and the most that is promised."""

    what: str
    number: float
    limit: float
    unit: str = ""
    note: str = ""

    def __str__(self) -> str:
        limit = f"(at most {self.limit:g})" if self.number <= self.limit else f"(OVER {self.limit:g})"
        return f"{self.what:40} {self.number:8.2f} {self.unit:3} {limit:14} {self.note}".rstrip()


def emitted_against_written() -> Iterator[Row]:
    """Running time of emitted text, as a multiple of that of the text written by hand."""
    for sample in SAMPLES + LARGE:
        args = sample.args()
        emitted, written = compiled_for(sample, args), sample.hand[-1]
        for a, b in zip(leaves(by_name(emitted(*args))), leaves(by_name(written(*args)))):
            np.testing.assert_allclose(a, b, rtol=1e-9)
        times = paired(partial(emitted, *args), partial(written, *args))
        yield Row(f"{sample.name}: emitted / written", times.ratio, sample.slack,
                  note=f"{times.first * 1e6:.2f} us / {times.second * 1e6:.2f} us")


def compiled_for(sample: Sample, args: tuple[Any, ...]) -> Any:
    """The emitted function for arguments of these kinds."""
    compiler = Compiler()
    request, subject = sample.wanted.request()
    count = len(sample.wanted.kinds(compiler))
    return load(request.text(compiler, subject, signature(args[:count], compiler.function_kind)))


def buffers_against_written(rounds: int = 41) -> Iterator[Row]:
    """Time and peak memory of gradients of programs that fill arrays, as multiples of those of adjoints by hand."""
    for program in BUFFERS:
        ours, written = (make(program, program.some_args()) for make in (own, by_hand))
        check_equal({HAND: written, OWN: ours})
        times = paired(ours, written, rounds)
        yield Row(f"{program.name}: time", times.ratio, SLACK,
                  note=f"{times.first * 1e3:.2f} ms / {times.second * 1e3:.2f} ms")
        yield peak_row(program)


def peak_row(program: Program) -> Row:
    """The peak memory of a gradient, as a multiple of that of the adjoint by hand."""
    first, second = (peak(make(program, program.some_args())) for make in (own, by_hand))
    return Row(f"{program.name}: peak", first / second, SLACK, note=f"{first / 1e3:.0f} kB / {second / 1e3:.0f} kB")


def hessians(rounds: int = 101) -> Iterator[Row]:
    """A Hessian as one sweep: as a multiple of one by hand, of its columns one by one, and of that of JAX."""
    calls = contenders()
    expected = calls[BY_HAND]()
    for call in calls.values():
        np.testing.assert_allclose(call(), expected, rtol=1e-9, atol=1e-9)
    rows = [dict(zip(calls, row)) for row in interleaved(tuple(calls.values()), rounds)]
    # the hand adds to each part once, where the emitted text adds what each line of the function gives
    limits = {BY_HAND: 1.3, ONE_BY_ONE: 1.0, WITH_JAX: float("inf")}
    for tool, limit in limits.items():
        if tool in calls:
            ratio, ours, theirs = [statistics.median(column) for column in zip(*[
                (row[EMITTED] / row[tool], row[EMITTED], row[tool]) for row in rows])]
            yield Row(f"Hessian of {COUNT}: emitted / {tool}", ratio, limit,
                      note=f"{ours * 1e6:.1f} us / {theirs * 1e6:.1f} us")
    beyond = statistics.median([row[WHOLE] - row[EMITTED] for row in rows])
    yield Row("call of a Hessian", beyond * 1e6, 5.0, "us", "beyond the emitted function")


def lanes(rounds: int = 101) -> Iterator[Row]:
    """Gradients for each example of a batch: as a multiple of those vectorized by hand, and of those of JAX."""
    for program in batches.PROGRAMS:
        calls = batches.contenders(program)
        expected = calls[batches.HAND]()
        for call in calls.values():
            np.testing.assert_allclose(call(), expected, rtol=1e-9, atol=1e-12)
        rows = [dict(zip(calls, row)) for row in interleaved(tuple(calls.values()), rounds)]
        for tool, limit in {batches.HAND: 1.2, batches.JAX: float("inf")}.items():
            if tool in calls:
                ratio, ours, theirs = [statistics.median(column) for column in zip(*[
                    (row[batches.OWN] / row[tool], row[batches.OWN], row[tool]) for row in rows])]
                yield Row(f"{program.name}, batch of {batches.BATCH}: vmap(grad) / {tool}", ratio, limit,
                          note=f"{ours * 1e6:.1f} us / {theirs * 1e6:.1f} us")


def call_overhead() -> Iterator[Row]:
    """What a call of a derivative takes beyond the function that was emitted."""
    yield _call("call of a scalar's derivative", "def f(x):\n    return x * x\n", (2.0,), 1.0)
    for count in 1, 3:
        names = [f"x{k}" for k in range(count)]
        source = f"def f({', '.join(names)}):\n    return {' + '.join(f'np.sum({n})' for n in names)}\n"
        args = tuple([np.ones(4) for _ in names])
        yield _call(f"call with {count} array{'s' * (count > 1)}", source, args, 1.0 + 0.4 * count)


def _call(name: str, source: str, args: tuple[Any, ...], most: float) -> Row:
    return Row(name, _overhead(source, args) * 1e6, most, "us", "beyond the emitted function")


def _overhead(source: str, args: tuple[Any, ...]) -> float:
    function = namespace_of(source, {"np": np}, "benchmark")["f"]
    derivative = grad(function)
    emitted = compiled(function, gradient_request((0,), False, True), args).function
    derivative(*args)
    return paired(partial(derivative, *args), partial(emitted, *args), 301).difference


TEN_LINES = '''\
def f(w, b, X, y):
    h = np.tanh(X @ w + b)
    total = 0.0
    scale = 1.0
    for k in range(5):
        scale = scale * 0.5
        total += scale * np.sum((h - y) ** 2)
        if total > 100.0:
            break
        h = np.sin(h) * {number}
    return total
'''


def compile_time(rounds: int = 15) -> Iterator[Row]:
    """The first call of a derivative of a function not seen before, in a process that has compiled another one."""
    args = np.ones(3), 0.5, np.ones((4, 3)), np.ones(4)
    times = []
    for number in range(rounds + 1):
        function = namespace_of(TEN_LINES.format(number=1.0 + number), {"np": np}, "benchmark")["f"]
        derivative = grad(function, (0, 1))
        start = time.perf_counter()
        derivative(*args)
        times.append(time.perf_counter() - start)
    first, *later = [seconds * 1e3 for seconds in times]
    yield Row("first call of a ten-line function", statistics.median(later), 15.0, "ms",
              f"{min(later):.1f} to {max(later):.1f}; the first of the process {first:.0f}")


def import_time(rounds: int = 11) -> Iterator[Row]:
    """`import tangent2` against `import numpy`, each in a process of its own, turn by turn."""
    rows = [(_import("tangent2, numpy"), _import("numpy")) for _ in range(rounds)]
    ours, numpy = (statistics.median(column) for column in zip(*rows))
    yield Row("import tangent2 / import numpy", statistics.median(a / b for a, b in rows), 1.3,
              note=f"{ours * 1e3:.0f} ms / {numpy * 1e3:.0f} ms")


def _import(names: str) -> float:
    script = f"import time; t = time.perf_counter(); import {names}; print(time.perf_counter() - t)"
    return float(subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout)


MEASURES = {"samples": emitted_against_written, "buffers": buffers_against_written, "hessians": hessians,
            "lanes": lanes, "calls": call_overhead, "compile": compile_time, "import": import_time}
