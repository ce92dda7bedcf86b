"""What the benchmarks of `jit` compare gives the same gradients; how fast anything is, no test asks."""
from __future__ import annotations

import pytest

from tangent2.switches import switched

pytest.importorskip("numba", reason="jit needs Numba, an extra")

from tests.benchmarks.jit_measures import BY_HAND, PLAIN, check, others, ours  # noqa: E402
from tests.benchmarks.jit_programs import PROGRAMS, JitProgram  # noqa: E402


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.name)
def test_compiled_and_written_agree(program: JitProgram) -> None:
    with switched(checked=False):
        against = others(program)
        check(program, ours(program), {name: against[name] for name in (BY_HAND, PLAIN)})
