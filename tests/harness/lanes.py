"""A function under `vmap` against the loop over its lanes: values and gradients."""
from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.harness import trees
from tests.harness.modes import REFUSED, RIGHT, SKIPPED, Outcome, Subject, demand, run

LANES = 3
FALLBACK = "once for each lane"


class Unfit(Exception):
    """Arguments that have no axis to map."""


def stacked(items: list[Any]) -> Any:
    """Trees of one structure as one, the arrays of which have the lanes in front."""
    first = items[0]
    if isinstance(first, (np.ndarray, float, np.floating)):
        return np.stack(list(map(np.asarray, items)))
    if type(first) in (tuple, list):
        return type(first)([stacked(list(column)) for column in zip(*items)])
    if type(first) is dict:
        return {key: stacked([item[key] for item in items]) for key in first}
    raise Unfit(f"{type(first).__name__} objects")


def flat(tree: Any) -> list[Any]:
    """The numbers and arrays of a result, whatever holds them."""
    if isinstance(tree, (tuple, list)):
        return [leaf for item in tree for leaf in flat(item)]
    if isinstance(tree, dict):
        return [leaf for item in tree.values() for leaf in flat(item)]
    if tree is None or isinstance(tree, str):
        return []
    return flat(list(vars(tree).values())) if hasattr(tree, "__dict__") else [np.asarray(tree)]


def check_lanes(s: Subject, seed: int = 0) -> list[Outcome]:
    """Values and gradients of a scalar function for a batch; where a lane raises, there is nothing to compare."""
    rng = np.random.default_rng(seed)
    lanes = [s.at(trees.moved(s.x, trees.random_like(rng, s.x), 0.1 * k)) for k in range(LANES)]
    try:
        given = tuple([stacked([lane[k] for lane in lanes]) if k in s.wrt else lanes[0][k]
                       for k in range(len(lanes[0]))])
    except Unfit as error:
        return [Outcome("vmap", SKIPPED, str(error))]
    axes = tuple([0 if k in s.wrt else None for k in range(len(given))])
    gradient = s.api.grad(s.function, s.wrt)
    return [_compared("vmap", s, s.function, axes, lanes, given),
            _compared("vmap of grad", s, gradient, axes, lanes, given)]


def _compared(mode: str, s: Subject, function: Callable[..., Any], axes: tuple[Any, ...], lanes: list[Any],
              given: tuple[Any, ...]) -> Outcome:
    try:
        with np.errstate(all="ignore"):
            rows = [flat(function(*trees.copied(lane))) for lane in lanes]
        wanted = [np.stack(column) for column in zip(*rows)]
    except Exception as error:
        return Outcome(mode, SKIPPED, f"a lane: {error!r}")
    told: list[str] = []

    def check() -> None:
        with warnings.catch_warnings(record=True) as found:
            warnings.simplefilter("always")
            got = flat(s.api.vmap(function, axes)(*trees.copied(given)))
        told.extend([str(w.message) for w in found if FALLBACK in str(w.message)])
        demand(len(got) == len(wanted), f"{len(got)} results, not {len(wanted)}")
        for have, want in zip(got, wanted):
            demand(have.shape == want.shape, f"of shape {have.shape}, not {want.shape}")
            scale = max(1.0, float(np.max(np.abs(want), initial=0.0)))
            demand(np.allclose(have, want, rtol=1e-7, atol=1e-9 * scale, equal_nan=True), f"{have}, not {want}")
    outcome = run(mode, check)
    return Outcome(mode, RIGHT, told[0]) if told and outcome.verdict == RIGHT else outcome


def fell_back(outcomes: list[Outcome]) -> bool:
    """Whether some lanes were computed one after the other."""
    return any(FALLBACK in outcome.note or outcome.verdict == REFUSED for outcome in outcomes)
