"""The table of README.md: between two marks, measured by `python -m tests.benchmarks compare --write`."""
from __future__ import annotations

from pathlib import Path

README = Path(__file__).resolve().parent.parent.parent / "README.md"
BEGIN, END = "<!-- benchmark -->\n", "<!-- end of benchmark -->\n"


def written(document: str, table: str) -> str:
    """A document with another table.

    >>> written(f"a{BEGIN}old{END}b", "new") == f"a{BEGIN}new{END}b"
    True
    """
    before, found, rest = document.partition(BEGIN)
    _, ended, after = rest.partition(END)
    assert found and ended, "there are no marks for the table"
    return f"{before}{BEGIN}{table}{END}{after}"


def write(table: str) -> None:
    """Put a table into README.md."""
    README.write_text(written(README.read_text(), table))


def table() -> str:
    """The table as it stands in README.md."""
    return README.read_text().partition(BEGIN)[2].partition(END)[0]
