"""Inference walks a loop until nothing new is found: what a body makes anew, and functions fill, is no news."""
from __future__ import annotations

from typing import Any

import pytest

import tangent2
from tangent2.analysis import infer
from tests.corpus.lists_handed import made_anew_in_each_turn_and_filled

MOST = 40       # walks of a body in three nested loops, of which each needs two or three


def test_few_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    walked = []
    walk = infer._for
    monkeypatch.setitem(infer._STMTS, infer.For, lambda facts, stmt: walked.append(stmt) or walk(facts, stmt))  # type: ignore

    def again(x: Any) -> Any:
        return made_anew_in_each_turn_and_filled(x) * 1.0
    tangent2.grad(again)(0.7)
    assert 3 < len(walked) < MOST
