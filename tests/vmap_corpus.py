"""`python -m tests.vmap_corpus`: every program of the corpus under `vmap`, and its gradient, against the loop."""
from __future__ import annotations

import argparse
import collections
import sys

import tangent2
from tests.corpus import test_corpus  # noqa: F401  (it imports the programs)
from tests.corpus.cases import CASES, Case
from tests.harness import modes
from tests.harness.lanes import check_lanes, fell_back


def verdict_on(case: Case) -> tuple[str, str]:
    """What became of a program: right, in turn (and why), refused, wrong or an internal error."""
    subject = modes.subject(tangent2, case.function, case.args, case.wrt)
    outcomes = check_lanes(subject)
    worst = modes.worst(outcomes)
    if worst.verdict == modes.RIGHT and fell_back(outcomes):
        note = next(o.note for o in outcomes if fell_back([o]))
        return "in turn", note.split(", so vmap")[0]
    return worst.verdict, worst.note


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="each so-manieth program")
    parser.add_argument("--reasons", action="store_true", help="list why lanes are computed in turn, with the programs")
    given = parser.parse_args()
    counts: collections.Counter[str] = collections.Counter()
    reasons: dict[str, list[str]] = {}
    for case in CASES[::given.every]:
        verdict, note = verdict_on(case)
        counts[verdict] += 1
        if verdict not in (modes.RIGHT, modes.SKIPPED):
            reasons.setdefault(f"{verdict}: {note.splitlines()[0]}", []).append(case.function.__name__)
    print(", ".join([f"{count} {verdict}" for verdict, count in counts.most_common()]))
    for reason, names in sorted(reasons.items(), key=lambda item: -len(item[1])):
        if given.reasons or not reason.startswith("in turn"):
            print(f"  {len(names):4d} {reason}: {', '.join(names[:4])}")
    return 0 if not counts[modes.WRONG] and not counts[modes.INTERNAL] else 1


if __name__ == "__main__":
    sys.exit(main())
