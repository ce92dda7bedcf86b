"""The benchmarks run and compare like with like; how fast anything is, no test asks."""
from __future__ import annotations

import numpy as np
import pytest

from tests.benchmarks import lanes, readme
from tests.benchmarks.contest import BUFFERS, HAND, HEAD, OWN, PROGRAMS, Program, by_hand, check_equal, contenders, own
from tests.benchmarks.measures import compiled_for, peak_row
from tests.benchmarks.samples import SAMPLES, Sample, by_name
from tests.benchmarks.timing import paired
from tests.harness.trees import leaves


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda s: s.name)
def test_emitted_and_written_agree(sample: Sample) -> None:
    args = sample.args()
    found, expected = (leaves(by_name(f(*args))) for f in (compiled_for(sample, args), sample.hand[-1]))
    assert len(found) == len(expected)
    for a, b in zip(found, expected):
        np.testing.assert_allclose(a, b, rtol=1e-9)


def test_pairs_tell_slow_from_fast() -> None:
    times = paired(lambda: sum(range(4000)), lambda: None, rounds=5)
    assert times.ratio > 1.0 and times.difference > 0.0


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.name)
def test_gradients_of_the_comparison_are_equal(program: Program) -> None:
    calls = contenders(program)
    assert {HAND, OWN} <= calls.keys()
    check_equal(calls)


@pytest.mark.parametrize("program", BUFFERS, ids=lambda p: p.name)
def test_gradients_of_arrays_that_are_filled(program: Program) -> None:
    """They are equal, and need no more memory than what is written by hand."""
    args = program.some_args()
    check_equal({HAND: by_hand(program, args), OWN: own(program, args)})
    row = peak_row(program)
    assert row.number <= row.limit, row


def test_the_readme_has_a_row_for_each_program() -> None:
    lines = readme.table().splitlines()
    assert lines[:2] == list(HEAD)
    rows = [line.split("|")[1].strip() for line in lines[2:] if line.startswith("|")]
    assert rows == [p.name for p in PROGRAMS], "stale: run python -m tests.benchmarks compare --write"


@pytest.mark.parametrize("program", lanes.PROGRAMS, ids=lambda p: p.name)
def test_gradients_for_each_example_are_equal(program: lanes.Lanes) -> None:
    calls = {tool: call for tool, call in lanes.contenders(program).items() if tool != lanes.JAX}
    for call in calls.values():
        np.testing.assert_allclose(call(), calls[lanes.HAND](), rtol=1e-9)
