"""`python -m tests.benchmarks [samples] [calls] [compile] [import]`: medians, paired and interleaved."""
from __future__ import annotations

import sys

from tests.benchmarks.measures import MEASURES


def main(chosen: list[str]) -> int:
    """Print every measure; the status tells whether all limits are kept."""
    unknown = [name for name in chosen if name not in MEASURES]
    if unknown:
        print(f"no measure {', '.join(unknown)}; there are {', '.join(MEASURES)}", file=sys.stderr)
        return 2
    over = False
    for name in chosen or MEASURES:
        for row in MEASURES[name]():
            print(row, flush=True)
            over = over or row.number > row.limit
    return int(over)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
