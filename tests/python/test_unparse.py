"""The printer: what it prints parses to the tree it was given, with no more parentheses than needed."""
from __future__ import annotations

import pathlib
import sys
import textwrap

import gast
import pytest

from tangent2.python.unparse import Comment, Remark, Unparser, unparse

ROOT = pathlib.Path(__file__).resolve().parents[2]

EXACT = [
    "a[1:2, ::3]", "a[1:2]", "a[:, None]", "a[...]", "a[(1, 2),]", "a[()]", "a[i,]", "x ** -y", "(-x) ** 2", "-x ** 2",
    "(a ** b) ** c", "a ** b ** c", "a - (b - c)", "a - b - c", "a * (b + c)", "a / (b * c)", "(a, b)[0]",
    "not a == b", "(not a) == b", "a < b < c", "(a < b) < c", "a and (b or c)", "a or b and c", "(a if b else c) + d",
    "a if b else c if d else e", "(a if b else c) if d else e", "(lambda: 0)()", "f(*a, k=1, **b)",
    "sum(x for x in y)", "f((x for x in y), 1)", "[x for x in y if a if b]", "{**a, 'b': 1}", "{1, 2}", "(1).real",
    "(1.5).real", "-(1).real", "f(lambda x, *a, y=1, **k: x)", "1e309", "-1e309", "1j", "b'a'", '"it\'s"', "x @ y.T",
    "~x & y | z ^ w", "a << b + c", "f'{x!r:>{w}}'", "f'{{}} {a + b:.2f}'", "[*a, *b]", "(a := 1)", "f((a := 1))",
    "{k: v for k, v in d}", "()", "a,", "f((yield))", "lambda: (a, b)",
]


@pytest.mark.parametrize("text", EXACT)
def test_expression_prints_as_written(text: str) -> None:
    assert unparse(gast.parse(text, mode="eval").body) == text


STATEMENTS = '''
def f(a, /, b: int = 1, *c, d, e=2, **g) -> int:
    """A docstring
    of two lines."""
    global x
    a, (b, *c) = d = e
    for i, (j, k) in zip(a, b):
        pass
    else:
        del a, b[0]
    while not a:
        break
    if a:
        x += 1
    elif b:
        x: int = 2
    else:
        (x): int = 2
    try:
        raise A(b) from c
    except (A, B) as e:
        assert a, b
    except C:
        pass
    else:
        return
    finally:
        return (yield)
    with a as b, c:
        return a, *b
    import a.b as c
    from . import d
    lambda: (yield)

    @g.h(1)
    class A(B, metaclass=C):
        x = 1

    async def g():
        async for i in a:
            await b
        return [x async for x in y]

    return a, 1
'''


def test_statements_print_as_written() -> None:
    tree = gast.parse(STATEMENTS)
    text = unparse(tree)
    assert gast.dump(gast.parse(text)) == gast.dump(tree)
    assert "a, (b, *c) = d = e" in text and "for i, (j, k) in zip(a, b):" in text and '"""A docstring' in text


@pytest.mark.parametrize("text", [
    "f'{d[\"k\"]}'", "f\"{d['k']}{e!s}\"", "f'{x:{w}.{p}f}'", "f'a\\n{b}'", "f'''{a[\"b\"]}{c['d']}'''",
    "f'{f\"{x}\"}'", "f'{ {1: 2}[1]}'", "f'{(lambda x: x)(1)}'", "f'{a!r}' 'b{c}'", "f\"{'a' + 'b'}\"", "f'{x=}'",
])
def test_strings_with_holes(text: str) -> None:
    tree = gast.parse(text, mode="eval")
    printed = unparse(tree.body)
    assert gast.dump(gast.parse(printed.strip(), mode="eval")) == gast.dump(tree)
    assert "\\" not in printed.split("{")[-1] or "\\n" in printed


def files() -> list[pathlib.Path]:
    own = [*(ROOT / "tangent2").rglob("*.py"), *(ROOT / "tests").rglob("*.py")]
    library = pathlib.Path(gast.__file__).parent, pathlib.Path(textwrap.__file__).parent
    names = ("ast3.py", "textwrap.py", "dataclasses.py", "statistics.py", "fractions.py", "inspect.py", "enum.py")
    return sorted(own) + [d / n for d in library for n in names if (d / n).exists()]


@pytest.mark.parametrize("path", files(), ids=lambda p: p.name)
def test_files_survive(path: pathlib.Path) -> None:
    tree = gast.parse(path.read_text())
    if any(type(n).__name__ in ("Match", "TypeAlias", "TemplateStr") for n in gast.walk(tree)):
        pytest.skip("statements that are never emitted")
    assert gast.dump(gast.parse(unparse(tree))) == gast.dump(tree)


def test_comments_and_remarks() -> None:
    first, second = gast.parse("x = 1\nlonger = 2").body
    module = gast.Module([Comment("head"), Remark(first, "one"), Remark(second, "two"), Comment("")], [])
    assert unparse(module) == "# head\nx = 1       # one\nlonger = 2  # two\n#"


def test_a_remark_that_does_not_fit_is_left_out() -> None:
    stmt = gast.parse("x = 1").body[0]
    assert unparse(gast.Module([Remark(stmt, "y" * 90)], [])) == "x = 1"


def test_lines_are_known() -> None:
    tree = gast.parse("import a\n\n\ndef f(x):\n    if x:\n        return 1\n    elif 2:\n        pass\n    return 2\n")
    printer = Unparser(tree)
    text = printer.text().split("\n")
    for stmt in gast.walk(tree):
        if isinstance(stmt, gast.stmt):
            line = text[printer.lines[id(stmt)] - 1]
            assert line.strip().split(" ")[0].rstrip(":") in ("import", "def", "if", "return", "elif", "pass"), line


@pytest.mark.skipif(sys.version_info < (3, 11), reason="the syntax is new")
def test_starred_subscript() -> None:
    tree = gast.parse("a[*b, 1]")
    assert gast.dump(gast.parse(unparse(tree))) == gast.dump(tree)
