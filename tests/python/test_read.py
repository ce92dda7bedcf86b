"""Reading finds exactly the function that it is asked for, wherever it stands and however it is laid out."""
# ruff: noqa: E731
import functools
import linecache
from typing import Any

import gast
import pytest

from tangent2.errors import SourceError
from tangent2.python import read as module
from tangent2.python.read import read


def decorated(*_: Any) -> Any:
    return lambda fn: fn


@decorated(
    1,
)
@decorated()
def black(
    x,
    y=(
1),
):
    text = """
unindented
"""
    # comment
# comment at the margin
    return x + \
y, text


def one_line(x): return x * 2


class Holder:
    def method(self, __hidden):
        return __hidden

    # what follows is not part of it
# nor this
    other = 1


several = [lambda x: x, lambda x: x * 2, lambda x: lambda y: x * y * 2]
inner = several[2](3)
spread = (
    lambda x: x
    + 1
)


def make(c):
    return lambda x: x * c, lambda x: x / c


def of_parts(parts, c):
    return lambda x: sum(x * p for p in parts), lambda x: (lambda y: y * c)(x), lambda x: [p - x for p in parts]


first, second = make(2)
added, nested, listed = of_parts((1.0, 2.0), 3.0)
constant, other = (lambda: 1.0), (lambda: 2.0)

EXPECTED = [
    (one_line, "x * 2"), (Holder.method, "__hidden"), (several[0], "x"), (several[1], "x * 2"),
    (several[2], "lambda y: x * y * 2"), (inner, "x * y * 2"), (spread, "x + 1"), (first, "x * c"), (second, "x / c"),
    (constant, "1.0"), (other, "2.0"), (added, "sum(x * p for p in parts)"), (nested, "(lambda y: y * c)(x)"),
    (listed, "[p - x for p in parts]"),
]


@pytest.mark.parametrize("columns", [True, False], ids=["columns", "bytecode"])
@pytest.mark.parametrize("fn, text", EXPECTED, ids=[text for _, text in EXPECTED])
def test_found(fn: Any, text: str, columns: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not columns:     # as on Python 3.10, or with -X no_debug_ranges
        monkeypatch.setattr(module, "_code_places", lambda code: set())
    node = read(fn).node
    value = node.body if isinstance(node, gast.Lambda) else node.body[-1].value
    assert gast.dump(value) == gast.dump(gast.parse(text).body[0].value)


def test_layout() -> None:
    source = read(black)
    assert source.node.name == "black" and len(source.node.body) == 2
    assert source.node.body[0].value.value == "\nunindented\n"
    assert source.lines[source.node.lineno - 1].startswith("def black")
    assert source.file == __file__ and source.first_line == source.node.lineno - 4


def test_registered_text() -> None:
    text = "def emitted(x):\n    return x + 1\n"
    linecache.cache["<emitted 1>"] = (len(text), None, text.splitlines(True), "<emitted 1>")
    names: dict[str, Any] = {}
    exec(compile(text, "<emitted 1>", "exec"), names)
    assert read(names["emitted"]).node.name == "emitted"


def test_no_source() -> None:
    names: dict[str, Any] = {}
    exec("def f(x):\n    return x", names)
    for fn in (names["f"], len, functools.partial(one_line, 1)):
        with pytest.raises(SourceError) as caught:
            read(fn)
        assert caught.value.advice


def test_changed_file() -> None:
    def load(text: str) -> Any:
        linecache.cache["<emitted 2>"] = (len(text), None, text.splitlines(True), "<emitted 2>")
        names: dict[str, Any] = {}
        exec(compile(text, "<emitted 2>", "exec"), names)
        return names
    old = load("def f(x):\n    return x\ng = lambda x: x * 3\n")
    load("def h(x):\n    return x\ng = lambda x: x + 33\n")
    for fn in (old["f"], old["g"]):
        with pytest.raises(SourceError, match="changed"):
            read(fn)
