"""`python -m tests.generator --count 20000 --seed 0 --jobs 2`: many programs; what failed, made small."""
from __future__ import annotations

import argparse
import gc
import re
import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import NamedTuple

from tangent2.switches import switched
from tests.generator import verdict
from tests.generator.dense import dense
from tests.generator.program import FAMILIES, FEATURES, generate
from tests.generator.shrink import shrink
from tests.harness.limits import limited
from tests.harness.modes import INTERNAL, REFUSED, SKIPPED, VERDICTS, WRONG, Outcome

_CHECKS = {"modes": verdict.check_program, "first": partial(verdict.check_program, second=False),
           "vmap": verdict.check_vmap, "core": verdict.check_core, "tangent": verdict.check_tangent,
           "adjoint": verdict.check_adjoint}

_PLAIN = ("core", "tangent", "adjoint")
_SORTS = {"all": generate, "plain": partial(generate, plain=True), "dense": dense}
_SECONDS = 60.0


class Row(NamedTuple):
    """What came of one seed."""

    seed: int
    outcome: Outcome
    features: frozenset[str]
    sort: str = "all"


def judge(seed: int, check: str = "modes", sort: str = "all") -> Row:
    """Generate and check the program of a seed: a plain one has no classes, dicts, generators or exceptions.

    In a dense one nearly every name shares memory with others.  The checker runs after every pass.
    """
    warnings.simplefilter("ignore")
    sort = "plain" if check in _PLAIN else sort
    program = _SORTS[sort](seed)
    try:
        with limited(_SECONDS), switched(checked=True):
            outcome = _CHECKS[check](program)
    except Exception as error:
        outcome = Outcome("harness", INTERNAL, repr(error))
    return Row(seed, outcome, program.features, sort)


def rows(seeds: Iterable[int], check: str, jobs: int, sort: str = "all") -> Iterator[Row]:
    judged = partial(judge, check=check, sort=sort)
    if jobs == 1:
        yield from map(judged, seeds)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(judged, seeds, chunksize=20)


def summary(found: list[Row], seconds: float) -> str:
    """Counts of verdicts, of what was refused or skipped and why, and of features."""
    count = max(len(found), 1)
    verdicts = Counter(row.outcome.verdict for row in found)
    lines = [f"{len(found)} programs in {seconds:.0f} s: " + ", ".join(f"{verdicts[v]} {v}" for v in VERDICTS)]
    for kind in (SKIPPED, REFUSED, INTERNAL, WRONG):
        reasons = Counter((row.outcome.mode, _reason(row.outcome)) for row in found if row.outcome.verdict == kind)
        lines += [f"  {kind} {n:6} {100 * n / count:5.1f} %  {': '.join(why)}" for why, n in reasons.most_common(25)]
    for kind in (INTERNAL, WRONG):
        seeds = [str(row.seed) for row in found if row.outcome.verdict == kind]
        lines += [f"  {kind} seeds: {' '.join(seeds)}"] * bool(seeds)
    features = Counter(feature for row in found for feature in row.features)
    parts = [f"{name} {100 * n / count:.0f} %" for name, n in features.most_common()]
    lines.append("features: " + ", ".join(parts))
    sorts = {row.sort for row in found}
    short = [name for name, least in FEATURES.items() if features[name] < least * count
             and ("all" in sorts or name not in FAMILIES) and sorts != {"dense"}]
    return "\n".join(lines + [f"too few programs with: {', '.join(short)}"] * bool(short))


def _reason(outcome: Outcome) -> str:
    """The part of a note that programs share."""
    if outcome.verdict == WRONG:
        return outcome.note.split(":")[0]
    lines = outcome.note.strip().splitlines() or [""]
    if outcome.verdict == INTERNAL:
        text = re.sub(r" ?\(?<[^>]*>(:\d+)?\)?|, in .*", "", lines[-1])
        return re.sub(r"\w+ (?=is read|is bound|has no kind)", "... ", text)[:100]
    named = lines[0].split(": in ", 1)[-1].split(": ", 1)[-1]
    return re.sub(r"`\w+`(, `\w+`)*", "`..`", named)[:100]


def _site(outcome: Outcome) -> tuple[str, ...]:
    """What a smaller program must share: of an internal error the class and where it was raised, else the reason."""
    if outcome.verdict != INTERNAL:
        return outcome.mode, _reason(outcome)
    lines = outcome.note.strip().splitlines() or [""]
    places = [line for line in lines if line.startswith("  File") and "<" not in line]     # not emitted lines
    return lines[-1].split(":")[0], *places[-2:]


def small_program(row: Row, check: str) -> str:
    """The failing program, minimised, as a module of its own."""
    def fails(program: object) -> bool:
        outcome = _CHECKS[check](program)       # type: ignore[arg-type]
        same = outcome.verdict == row.outcome.verdict and outcome.mode != "run"
        return same and _site(outcome) == _site(row.outcome)
    program = shrink(_SORTS[row.sort](row.seed), fails)
    outcome = _CHECKS[check](program)
    note = "\n".join(f"# {line}" for line in f"{outcome.verdict}: {outcome.mode}: {outcome.note}".splitlines())
    return f"{program.standalone()}{note}\n"


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.generator", description=__doc__)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--check", choices=sorted(_CHECKS), default="modes",
                        help="all modes; first order only; or, run by the evaluator: cores, tangents, adjoints")
    parser.add_argument("--plain", action="store_true",
                        help="functions, loops, branches and memory only: no classes, dicts, generators, exceptions")
    parser.add_argument("--dense", action="store_true",
                        help="programs in which nearly every name shares memory with others; many are refused")
    parser.add_argument("--show", type=int, default=3, help="how many failing programs of a kind to minimise and print")
    parser.add_argument("--refused", action="store_true", help="print refused programs as well")
    parser.add_argument("--print", action="store_true", help="print the programs instead of checking them")
    options = parser.parse_args(argv)
    gc.set_threshold(50_000, 50, 100)       # the compiler makes many small objects that live for one program
    sort = "dense" if options.dense else "plain" if options.plain else "all"
    seeds = range(options.seed, options.seed + options.count)
    if options.print:
        print("\n".join(_SORTS[sort](seed).standalone() for seed in seeds))
        return 0
    start = time.perf_counter()
    found = list(rows(seeds, options.check, options.jobs, sort))
    print(summary(found, time.perf_counter() - start))
    shown: Counter[tuple[str, str]] = Counter()
    for row in found:
        key = (row.outcome.verdict, _reason(row.outcome))
        if row.outcome.verdict in (WRONG, INTERNAL) or (options.refused and row.outcome.verdict == REFUSED):
            shown[key] += 1
            if shown[key] <= options.show and sum(min(n, options.show) for n in shown.values()) <= 10 * options.show:
                print("\n" + "-" * 100 + "\n" + small_program(row, options.check), flush=True)
    return int(any(row.outcome.verdict in (WRONG, INTERNAL) for row in found))


if __name__ == "__main__":
    sys.exit(main())
