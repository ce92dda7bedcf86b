"""What README.md and CONTRIBUTING.md say is printed is printed.  `python -m tests.test_readme` writes them anew."""
from __future__ import annotations

import contextlib
import difflib
import importlib.util
import io
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness.functions import namespace_of

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
DOCUMENTS = ("README.md", "CONTRIBUTING.md")
_BLOCK = re.compile(r"(?:<!-- needs (\w+) -->\n)?(<!-- output -->\n)?```(python|text)\n(.*?)```", re.DOTALL)


def executed(text: str) -> str:
    """The text with what its Python blocks print in the blocks marked as output.

    A block that needs an extra is left as it is where that is not installed, and so is what it prints.
    """
    names: dict[str, object] = {}
    printed: str | None = ""

    def replaced(match: re.Match[str]) -> str:
        nonlocal printed
        extra, is_output, language, body = match.groups()
        if is_output:
            return match.group() if printed is None else f"{is_output}```{language}\n{printed}```"
        if extra and importlib.util.find_spec(extra) is None:
            printed = None
            return match.group()
        with contextlib.redirect_stdout(io.StringIO()) as out:
            names.update(namespace_of(body, names, "readme"))
        printed = out.getvalue()
        return match.group()
    return _BLOCK.sub(replaced, text)


def printed_now(name: str) -> str:
    """A document executed in a process of its own: it may declare rules."""
    command = [sys.executable, "-m", "tests.test_readme", name]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", DOCUMENTS)
def test_blocks_print_what_is_said(name: str) -> None:
    old, new = (ROOT / name).read_text().splitlines(), printed_now(name).splitlines()
    changed = list(difflib.unified_diff(old, new, name, "now", lineterm=""))
    assert not changed, "\n".join(["stale: run python -m tests.test_readme", *changed])


def test_the_two_set_up_commands_stand_near_the_top() -> None:
    top = README.read_text().splitlines()[:15]
    commands = [line.strip() for line in top if line.startswith("    ")]
    assert len(commands) == 2
    assert commands[0].endswith("tangent2 demo") and commands[1].endswith("pytest -n 2 --dist worksteal")


def test_the_checks_run_the_readmes_command() -> None:
    assert "README.md" in (ROOT / ".ci" / "run").read_text()


def test_links_lead_somewhere() -> None:
    for name in DOCUMENTS:
        for link in re.findall(r"\]\(([^)#:]+)\)", (ROOT / name).read_text()):
            assert (ROOT / link).exists(), f"{name} links to {link}"


if __name__ == "__main__":
    if sys.argv[1:]:
        print(executed((ROOT / sys.argv[1]).read_text()), end="")
    else:
        for each in DOCUMENTS:
            (ROOT / each).write_text(printed_now(each))
