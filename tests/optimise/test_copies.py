"""Copies: the destructive run of a function agrees with the pure one."""
from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tangent2.core.check import check
from tangent2.core.evaluate import evaluate
from tangent2.core.operations import deep_copy
from tangent2.core.show import show
from tangent2.optimise.copies import insert_copies
from tests.optimise.random_cores import DEEP, Generator, arguments


def leaves(tree: Any) -> list[np.ndarray]:
    if isinstance(tree, np.ndarray):
        return [tree]
    return [leaf for item in tree for leaf in leaves(item)] if isinstance(tree, (list, tuple)) else []


def same(a: Any, b: Any) -> bool:
    if isinstance(a, (list, tuple)):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    return bool(np.array_equal(a, b, equal_nan=True))


def run(seed: int, size: int) -> None:
    before = Generator(seed, size).typed()
    check(before.function, before.kinds)
    after = insert_copies(before, deep=DEEP)
    check(after.function, after.kinds)
    args = arguments(seed)
    kept = deep_copy(args)
    with np.errstate(all="ignore"):
        want = deep_copy(evaluate(before.function, args))
        assert same(args, kept)
        got = evaluate(after.function, args, in_place=True)
    try:
        assert same(want, got), "the result differs"
        assert same(args[:3], kept[:3]), "an argument was changed"
        found = [array for part in got for array in leaves(part)]
        for other in leaves(args[:3]):
            assert not any(np.shares_memory(a, other) for a in found), "the result shares memory with an argument"
        tops = [part for part in got if isinstance(part, np.ndarray)]
        assert not any(np.shares_memory(a, b) for i, a in enumerate(tops) for b in tops[i + 1:]), "results share memory"
    except AssertionError as error:
        texts = f"{show(before.function)}\n{show(after.function)}"
        raise AssertionError(f"seed {seed}, size {size}: {error}\n{texts}") from None


@pytest.mark.parametrize("seed", range(300))
def test_random(seed: int) -> None:
    run(seed, 6 + seed % 30)
