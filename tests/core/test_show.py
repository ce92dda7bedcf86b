"""The notation of the core: that of the worked examples, the same on every run."""
from __future__ import annotations

from tangent2.core.kinds import (
    FLOAT, INT, STR, UNKNOWN, Array, Derived, Dict, Iterator, List, Number, Sliced, Sym, Tuple,
)
from tangent2.core.show import show, show_kind
from tests.generator.verdict import lowered


def newton_sqrt(a, n):
    x = a
    for _ in range(n):
        r = x * x - a
        if abs(r) < 1e-13:
            break
        x = x - r / (2.0 * x)
    return x


def test_newton() -> None:
    assert show(lowered(newton_sqrt)) == """\
def newton_sqrt(a.0, n.1):
    t.2 = range(n.1)
    x.12 = for _.4 in t.2 carrying (x.3 := a.0):
        t.5 = mul(x.3, x.3)
        r.6 = sub(t.5, a.0)
        t.7 = abs(r.6)
        t.8 = lt(t.7, 1e-13)
        if t.8:
            break x.3
        else:
            yield
        t.9 = mul(2.0, x.3)
        t.10 = div(r.6, t.9)
        x.11 = sub(x.3, t.10)
        yield x.11
    return x.12"""


def test_kinds() -> None:
    shown = {
        "float": FLOAT, "int": INT, "float32": Number("float32", weak=False), "str": STR, "unknown": UNKNOWN,
        "array[n0, 3, ?]": Array("float64", (Sym(0), 3, None)), "array[...] ?": Array(None, None),
        "array[n1-2] int64": Array("int64", (Sliced(Sym(1), 2),)),
        "array[n1[::2]]": Array("float64", (Sliced(Sym(1), 0, (None, None, 2)),)),
        "array[<sum 1 2>]": Array("float64", (Derived(("sum", 1, 2)),)),
        "tuple[float, list[int]]": Tuple((FLOAT, List(INT))), "tape[float]": List(FLOAT, tape=True),
        "dict['a': float]": Dict((("a", FLOAT),), FLOAT), "dict[int]": Dict(None, INT),
        "iterator[tuple[int, float]]": Iterator(Tuple((INT, FLOAT))),
    }
    assert {text: show_kind(kind) for text, kind in shown.items()} == {text: text for text in shown}
