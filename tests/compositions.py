"""`python -m tests.compositions --jobs 2`: every chain of two and three transforms, of thirty functions.

Each link is compared with differences of the chain without it, or with a loop over lanes.  `--every 12 --part 3` takes
one chain of three in twelve; chains of one and two are always there, as those of three are compared with them.
"""
from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import Any, NamedTuple

from tangent2.switches import switched
from tests.composed_functions import FUNCTIONS
from tests.harness.compositions import LINKS, Stage, lengthened, start
from tests.harness.modes import INTERNAL, RIGHT, SKIPPED, WRONG, Outcome

NAMES = list(LINKS)
BY_NAME = {f.__name__: f for f in FUNCTIONS}


class Row(NamedTuple):
    """What came of a chain, the first transform first."""

    function: str
    chain: tuple[str, ...]
    outcome: Outcome
    seconds: float

    def __str__(self) -> str:
        return f"{self.function}: {', '.join(self.chain)}: {self.outcome.verdict}: {self.outcome.note}"


def chosen(name: str, every: int, part: int) -> list[tuple[str, ...]]:
    """All chains of one and two, and one of three in so many, others for other functions."""
    own = list(BY_NAME).index(name)
    triples = [(a, b, c) for a in NAMES for b in NAMES for c in NAMES]
    # a step that shares no factor with the number of links, so that all of them are met in each place
    some = [t for k, t in enumerate(triples) if (5 * k + own + part) % every == 0] if every > 1 else triples
    return [*[(a,) for a in NAMES], *[(a, b) for a in NAMES for b in NAMES], *some]


def sampled(name: str) -> list[tuple[str, ...]]:
    """A few chains; those of all functions hold every pair of transforms, half of them with a third one behind."""
    own, count = list(BY_NAME).index(name), len(BY_NAME)
    pairs = [(a, b) for a in NAMES for b in NAMES]
    mine = [pair for k, pair in enumerate(pairs) if k % count == own]
    chains = [(*pair, NAMES[(own + 3 * k) % len(NAMES)]) if (own + k) % 2 else pair for k, pair in enumerate(mine)]
    return [chain[:2] if chain.count("hessian") > 1 else chain for chain in chains]     # what takes longest


def rows(name: str, wanted: Iterable[tuple[str, ...]], seconds: float = 60.0) -> Iterator[Row]:
    """What came of some chains of a function, and of those they begin with."""
    within = {chain[:k] for chain in wanted for k in range(1, len(chain) + 1)}

    def longer(stage: Stage, chain: tuple[str, ...]) -> Iterator[Row]:
        for link in [link for link in LINKS if (*chain, link) in within]:
            began = time.process_time()
            outcome, made = lengthened(stage, link, seconds)
            yield Row(name, (*chain, link), outcome, time.process_time() - began)
            if made is not None:
                yield from longer(made, (*chain, link))
    function = BY_NAME[name]
    yield from longer(start(function, *FUNCTIONS[function]), ())


def judged(name: str, every: int, part: int, seconds: float, checked: bool) -> list[Row]:
    """The chains of a function, as a job of its own."""
    with switched(checked=checked):
        return list(rows(name, chosen(name, every, part), seconds))


def told(found: list[Row]) -> str:
    """Counts of verdicts by length, and what did not fit by its reason."""
    counts = Counter((len(row.chain), row.outcome.verdict) for row in found)
    lines = [f"{length} deep: " + ", ".join(f"{count} {verdict}" for (n, verdict), count in sorted(counts.items())
                                            if n == length) for length in (1, 2, 3)]
    skipped = Counter((row.outcome.verdict, row.outcome.note.split(":")[0]) for row in found
                      if row.outcome.verdict == SKIPPED)
    return "\n".join([*lines, *[f"  {verdict}: {why}: {count}" for (verdict, why), count in skipped.most_common()]])


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.compositions", description=__doc__)
    parser.add_argument("functions", nargs="*", help="names; all thirty if there are none")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--part", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=60.0, help="for one chain")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--checked", action="store_true", help="run the checker after every pass")
    given = parser.parse_args(argv)
    job: Any = partial(judged, every=given.every, part=given.part, seconds=given.seconds, checked=given.checked)
    names, found = given.functions or list(BY_NAME), []
    with ProcessPoolExecutor(given.jobs) as pool:
        for name, own in zip(names, pool.map(job, names)):
            found += own
            for row in own:
                if row.outcome.verdict != RIGHT and row.outcome.note != "does not fit":
                    print(row)
            print(f"# {name}: {len(own)} chains, {sum(row.seconds for row in own):.0f} s", flush=True)
    print(told(found))
    return any(row.outcome.verdict in (WRONG, INTERNAL) for row in found)


if __name__ == "__main__":
    sys.exit(main())
