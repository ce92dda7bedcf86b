"""A sample of the corpus under `vmap` against the loop over the lanes; `python -m tests.vmap_corpus` runs all of it."""
from __future__ import annotations

import pytest

from tests.corpus.cases import CASES, Case
from tests.harness import modes
from tests.vmap_corpus import verdict_on

EVERY = 16


@pytest.mark.parametrize("case", CASES[::EVERY], ids=lambda case: case.function.__name__)
def test_lanes(case: Case) -> None:
    verdict, note = verdict_on(case)
    assert verdict in (modes.RIGHT, modes.SKIPPED, modes.REFUSED, "in turn"), note
