"""Example files: functions, followed by the derivatives that the file asks for, which this module writes.

A file asks by comments that are commands, `# $ tangent2 show FILE:FUNCTION ...`; below each stands what it prints.
"""
from __future__ import annotations

import argparse
import ast
import difflib
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

from tangent2.targets import UsageError, Wanted, derivative_options, wanted_of

ASKS = "# $ tangent2 show "


@dataclass(frozen=True)
class Section:
    """One command and the derivative it asks for."""

    command: str
    wanted: Wanted


def refresh(directory: str, check: bool = False) -> int:
    """Write the derivatives of a directory's example files, and its index; with `check`, print what would change."""
    place = Path(directory)
    files = [p for p in sorted(place.glob("*.py")) if ASKS in p.read_text()]
    if not files:
        raise UsageError(f"there are no example files in {directory}: files with a line `{ASKS}FILE:FUNCTION`")
    texts = {path: written(path) for path in files}
    texts[place / "README.md"] = index(texts)
    stale = {path: text for path, text in texts.items() if not path.exists() or path.read_text() != text}
    for path, text in stale.items():
        if check:
            sys.stdout.writelines(changes(path, text))
        else:
            path.write_text(text)
            print(f"wrote {path}")
    return 1 if check and stale else 0


def changes(path: Path, text: str) -> list[str]:
    """A diff from what stands in a file to what the tool writes now."""
    old = path.read_text().splitlines(True) if path.exists() else []
    return list(difflib.unified_diff(old, text.splitlines(True), str(path), "written now"))


def written(path: Path) -> str:
    """The text of an example file with its derivatives as they come out now."""
    head = head_of(path)
    parts = [head.rstrip("\n")]
    known = set(_import_lines(head))
    for section in sections(path):
        emitted = section.wanted.text()
        body = [line for line in _imports_and_rest(emitted, known, path.stem, _dataclasses(head)) if line]
        parts += [f"{ASKS}{section.command}", *body]
    return "\n\n\n".join(parts) + "\n"


def head_of(path: Path) -> str:
    """The functions of an example file: what stands above its first command."""
    return path.read_text().partition(ASKS)[0]


def sections(path: Path) -> list[Section]:
    """The derivatives that an example file asks for."""
    return [Section(line, _wanted(line, path)) for line in commands(path)]


def commands(path: Path) -> list[str]:
    """The commands of an example file, without `tangent2 show`."""
    return [line.removeprefix(ASKS) for line in path.read_text().splitlines() if line.startswith(ASKS)]


def _wanted(command: str, path: Path) -> Wanted:
    """A command of a file; the file it names is the one it stands in, wherever that lies."""
    parser = argparse.ArgumentParser(prog="tangent2 show", exit_on_error=False)
    derivative_options(parser)
    options = parser.parse_args(shlex.split(command))
    options.target = f"{path}:{options.target.rpartition(':')[2]}"
    return wanted_of(options)


def _imports_and_rest(emitted: str, known: set[str], module: str, classes: set[str]) -> tuple[str, str]:
    """The imports that the file does not have yet, and the functions.

    Where the file defines a dataclass, that makes the objects, and no class of tuples stands in for it.
    """
    tree = ast.parse(emitted)
    own = [node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]
    records = [node for node in tree.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in classes]
    if records:
        own = [node for node in own if not (isinstance(node, ast.ImportFrom) and node.module == "collections")]
    last = max([node.end_lineno or 0 for node in (*own, *records)], default=0)
    lines = emitted.splitlines()
    new = [ast.unparse(node) for node in own if not (isinstance(node, ast.ImportFrom) and node.module == module)]
    new = [line for line in new if line not in known]
    known.update(new)
    return "\n".join(new), "\n".join(lines[last:]).strip("\n")


def _dataclasses(text: str) -> set[str]:
    """The names of the dataclasses that a text defines."""
    return {node.name for node in ast.parse(text).body if isinstance(node, ast.ClassDef)
            and any("dataclass" in ast.unparse(d) for d in node.decorator_list)}


def _import_lines(text: str) -> list[str]:
    return [ast.unparse(node) for node in ast.parse(text).body if isinstance(node, (ast.Import, ast.ImportFrom))]


def index(texts: dict[Path, str]) -> str:
    """The list of the example files for people, by topic: what stands before the colon in the first line of each."""
    rows = ["# Generated examples", "",
            "Functions, and below each the derivatives that tangent2 writes for it. What stands above the first",
            "`# $ tangent2 show` of a file is written by hand; below each such line stands what that command prints.",
            "`tests/test_generated_examples.py` fails when they are stale, and verifies their numbers by differences.",
            "", "    tangent2 examples           # write them anew",
            "    tangent2 examples --check   # print what would change"]
    topics: dict[str, list[str]] = {}
    for path, text in texts.items():
        title = (ast.get_docstring(ast.parse(text)) or "").partition("\n")[0].rstrip(".")
        topic, _, what = title.rpartition(": ")
        made = ", ".join([_names(section) for section in sections(path)])
        topics.setdefault(topic, []).append(f"| [{path.name}]({path.name}) | {what[:1].upper()}{what[1:]} | {made} |")
    for topic in sorted(topics):
        rows += ["", *([f"## {topic}", ""] if topic else []), "| file | what it shows | derivatives |", "|---|---|---|",
                 *topics[topic]]
    return "\n".join(rows) + "\n"


def _names(section: Section) -> str:
    """What a command prints, in words."""
    words = {"reverse": "adjoint", "forward": "tangent"}
    modes = section.wanted.modes
    name = " of the ".join(words[mode] for mode in reversed(modes))
    return f"value and {name}" if section.wanted.value else name
