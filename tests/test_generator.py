"""A few hundred random programs in every mode and nesting; many more by `python -m tests.generator`."""
from __future__ import annotations

import ast
from collections import Counter

import pytest

from tests.generator.__main__ import judge, small_program
from tests.generator.program import FEATURES, Program, generate
from tests.generator.shrink import shrink
from tests.harness import trees
from tests.harness.modes import INTERNAL, REFUSED, RIGHT, SKIPPED, WRONG

COUNT, DENSE, CHUNK = 120, 40, 20


@pytest.mark.parametrize("first", range(0, COUNT, CHUNK))
@pytest.mark.parametrize("check", ["core", "tangent", "adjoint", "modes"])
def test_programs(check: str, first: int) -> None:
    rows = [judge(seed, check) for seed in range(first, first + CHUNK)]
    for row in rows:
        if row.outcome.verdict in (WRONG, INTERNAL):
            pytest.fail(f"{row.outcome}\n{small_program(row, check)}")
    verdicts = Counter(row.outcome.verdict for row in rows)
    assert verdicts[REFUSED] <= 3 and verdicts[SKIPPED] <= 2, [row.outcome for row in rows if row.outcome.note]


@pytest.mark.parametrize("first", range(0, DENSE, CHUNK))
def test_dense_programs(first: int) -> None:
    rows = [judge(seed, "modes", "dense") for seed in range(first, first + CHUNK)]
    for row in rows:
        if row.outcome.verdict in (WRONG, INTERNAL):
            pytest.fail(f"{row.outcome}\n{small_program(row, 'modes')}")
    assert Counter(row.outcome.verdict for row in rows)[RIGHT] >= CHUNK // 4


def test_features_are_frequent() -> None:
    counts = Counter(feature for seed in range(1000) for feature in generate(seed).features)
    assert all(counts[feature] >= 1000 * least for feature, least in FEATURES.items()), counts


def test_same_seed_same_program() -> None:
    assert generate(7).source == generate(7).source
    assert generate(7).source != generate(8).source


def test_programs_run() -> None:
    for seed in range(200):
        program = generate(seed)
        value = program.load()["f"](*trees.copied(program.args))
        assert abs(float(value)) < 1e6, program.standalone()


def test_a_failing_program_becomes_small() -> None:
    program = next(p for p in map(generate, range(100)) if "np.tanh(" in p.source and p.source.count("\n") > 15)

    def fails(p: Program) -> bool:
        p.load()["f"](*p.args)
        return "np.tanh(" in p.source
    small = shrink(program, fails)
    assert fails(small)
    assert len(list(ast.walk(ast.parse(small.source)))) < 60, small.source
