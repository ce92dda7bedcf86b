"""`python -m tests.benchmarks [samples] [buffers] [hessians] [lanes] [calls] [compile] [import]`: medians, paired.

`python -m tests.benchmarks compare [--write]` compares with other tools; `--write` puts the table into README.md.
`python -m tests.benchmarks jit` measures what `jit` compiled against adjoints written for Numba, and `jax.jit`.
"""
from __future__ import annotations

import os
import sys

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):        # read when NumPy is imported
    os.environ.setdefault(_name, "1")
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")


def main(chosen: list[str]) -> int:
    """Print every measure; the status tells whether all limits are kept."""
    if chosen[:1] == ["compare"]:
        return compare(chosen[1:])
    if chosen == ["jit"]:
        from tests.benchmarks.jit_measures import table
        for line in table():
            print(line, flush=True)
        return 0
    from tests.benchmarks.measures import MEASURES
    unknown = [name for name in chosen if name not in MEASURES]
    if unknown:
        print(f"no measure {', '.join(unknown)}; there are {', '.join(MEASURES)} and compare", file=sys.stderr)
        return 2
    over = False
    for name in chosen or MEASURES:
        for row in MEASURES[name]():
            print(row, flush=True)
            over = over or row.number > row.limit
    return int(over)


def compare(options: list[str]) -> int:
    """Print the comparison with other tools."""
    from tests.benchmarks import contest, readme
    if options not in ([], ["--write"]):
        print("compare takes no option but --write", file=sys.stderr)
        return 2
    rows = list(contest.rows())
    text = contest.table(rows)
    print(text, end="")
    if options:
        readme.write(text)
    return int(not all(row.kept for row in rows))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
