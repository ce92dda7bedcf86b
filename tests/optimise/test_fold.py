"""Folding: what is printed inside its reader, and what must not be."""
from __future__ import annotations

import pytest

from tangent2.core import prims
from tangent2.core.kinds import FLOAT, INT, List
from tangent2.core.prims import Captured
from tangent2.core.syntax import Callee, Function, If, IndexSpec, Op, Region, Return, Value, While, Yield
from tangent2.optimise.arrange import arrange
from tangent2.optimise.fold import Folds, fold
from tangent2.python.emit import emit
from tests.python import cores
from tests.python.cores import VEC, Make, c

AT = IndexSpec((None,))


def folds(m: Make, function: Function) -> Folds:
    return fold(function, m.kinds)


def printed(m: Make, function: Function) -> list[str]:
    text = emit((function,), {function: m.kinds}, arrange).text
    return [line.strip() for line in text[text.index("def "):].strip().split("\n")[1:]]


def test_single_use_folds_and_named_does_not() -> None:
    m = Make()
    x = m.var("x")
    t = m.op(prims.MUL, x, x)
    y = m.op(prims.ADD, t, c(1.0), name="y")
    found = folds(m, m.function("f", (x,), y))
    assert t in found.inline and y not in found.inline


def test_used_twice_does_not_fold() -> None:
    m = Make()
    x = m.var("x")
    t = m.op(cores.SIN, x)
    assert printed(m, m.function("f", (x,), m.op(prims.MUL, t, t))) == ["t = np.sin(x)", "return t * t"]


def test_views_fold_several_times() -> None:
    m = Make()
    x = m.var("x", VEC)
    v = cores.view(m, x, 1)
    assert printed(m, m.function("f", (x,), m.op(prims.MUL, v, v, kind=VEC))) == ["return x[1:] * x[1:]"]


def test_views_do_not_fold_into_loops() -> None:
    m = Make()
    x, s, out = m.var("x", VEC), m.var("s"), m.var("s")
    first = m.op(prims.GETITEM, x, c(0), static=AT)
    b = m.inside()
    cond = b.done(b.op(prims.LT, s, first))
    m.loop(While((out,), (s,), (c(0.0),), cond, b.done(b.op(prims.ADD, s, first, name="s"))))
    assert printed(m, m.function("f", (x,), out)) == [
        "t = x[0]", "s = 0.0", "while s < t:", "s = s + t", "return s"]


@pytest.mark.parametrize("writes, lines", [
    (True, ["t = x[0] * 2.0", "x[0] = 1.0", "return t + x[1]"]), (False, ["return x[0] * 2.0 + x[1]"])])
def test_no_read_crosses_a_write(writes: bool, lines: list[str]) -> None:
    m = Make()
    x = m.var("x", VEC)
    t = m.op(prims.MUL, m.op(prims.GETITEM, x, c(0), static=AT), c(2.0))
    x1 = m.op(prims.SETITEM, x, c(0), c(1.0), static=AT, name="x", kind=VEC) if writes else x
    y = m.op(prims.ADD, t, m.op(prims.GETITEM, x1, c(1), static=AT))
    assert printed(m, m.function("f", (x,), y)) == lines


def test_a_write_to_other_memory_is_crossed() -> None:
    m = Make()
    x, y = m.var("x", VEC), m.var("y", VEC)
    t = m.op(prims.MUL, m.op(prims.GETITEM, x, c(0), static=AT), c(2.0))
    y1 = m.op(prims.SETITEM, y, c(0), c(1.0), static=AT, name="y", kind=VEC)
    out = m.op(prims.ADD, t, m.op(cores.NP_SUM, y1))
    assert printed(m, m.function("f", (x, y), out)) == ["y[0] = 1.0", "return x[0] * 2.0 + np.sum(y)"]


def test_no_read_crosses_a_new_version_of_its_name() -> None:
    m = Make()
    x = m.var("x")
    t = m.op(prims.MUL, x, c(2.0))
    x1 = m.op(cores.SIN, x, name="x")
    assert printed(m, m.function("f", (x,), m.op(prims.ADD, x1, t))) == ["t = x * 2.0", "x = np.sin(x)", "return x + t"]


def test_pops_of_one_list_keep_their_order() -> None:
    m = Make()
    s = m.var("s", List(FLOAT))
    s1, a = m.pop(s)
    s2, b = m.pop(s1)
    assert printed(m, m.function("f", (s,), m.op(prims.SUB, b, a))) == ["t = s.pop()", "return s.pop() - t"]


def test_an_update_reads_its_target_first() -> None:
    m = Make()
    s = m.var("s", List(FLOAT))
    s1, a = m.pop(s)
    s2 = m.op(prims.ADDITEM, s1, c(-1), a, static=AT, name="s", kind=List(FLOAT))
    assert printed(m, m.function("f", (s,), s2)) == ["t = s.pop()", "s[-1] += t", "return s"]
    s1, a = m.pop(s)
    s2 = m.op(prims.SETITEM, s1, c(-1), a, static=AT, name="s", kind=List(FLOAT))
    assert printed(m, m.function("f", (s,), s2)) == ["s[-1] = s.pop()", "return s"]


def test_calls_keep_their_order() -> None:
    m = Make()
    x = m.var("x")
    f, g = [Callee(n, n, None, abs) for n in "fg"]      # type: ignore[arg-type]
    a, b = m.call(f, x), m.call(g, x)
    assert printed(m, m.function("h", (x,), m.op(prims.SUB, a, b))) == ["return f(x) - g(x)"]
    a, b = m.call(f, x), m.call(g, x)
    assert printed(m, m.function("h", (x,), m.op(prims.SUB, b, a))) == ["t = f(x)", "return g(x) - t"]


def test_calls_do_not_move_into_branches_or_past_them() -> None:
    m = Make()
    x = m.var("x")
    t = m.call(Callee("f", "f", None, abs), x)          # type: ignore[arg-type]
    leave = Region((), Return((c(0.0),)))
    m.loop(If((), m.op(prims.LT, x, c(0.0)), leave, Region((), Yield())))
    assert printed(m, m.function("h", (x,), m.op(prims.ADD, t, c(1.0)))) == [
        "t = f(x)", "if x < 0.0:", "return 0.0", "return t + 1.0"]


def test_lines_stay_short() -> None:
    m = Make()
    x = m.var("some_rather_long_name")
    total = x
    for _ in range(6):
        total = m.op(prims.ADD, m.op(cores.SIN, total), x)
    lines = printed(m, m.function("f", (x,), total))
    assert len(lines) > 1 and all(len(line) + 4 <= 88 for line in lines)


def test_conditions_fold_into_one() -> None:
    m = Make()
    x = m.var("x")
    low, both, one = m.op(prims.LT, c(0.0), x), m.var(), m.var()
    b = m.inside()
    m.loop(If((both,), low, b.done(b.op(prims.LT, x, c(2.0))), Region((), Yield((low,)))))
    b = m.inside()
    m.loop(If((one,), both, b.done(b.op(cores.SIN, x)), b.done(b.op(cores.COS, x))))
    function = m.function("f", (x,), one)
    assert printed(m, function) == ["return np.sin(x) if 0.0 < x and x < 2.0 else np.cos(x)"]
    assert len(folds(m, function).whole) == 2


def test_a_kept_name_prefers_a_statement() -> None:
    m = Make()
    x, out = m.var("x"), m.var("x")
    m.loop(If((out,), m.op(prims.LT, x, c(0.0)), Region((), Yield((c(0.0),))), Region((), Yield((x,)))))
    assert printed(m, m.function("f", (x,), out)) == ["if x < 0.0:", "x = 0.0", "return x"]


def test_names_from_outside_are_never_variables() -> None:
    m = Make()
    x = m.var("x")
    g = m.op(prims.READ, static=Captured("G", None, lambda: 1.0), name="G")
    y = m.op(prims.MUL, x, g)
    assert printed(m, m.function("f", (x,), m.op(prims.ADD, y, g))) == ["return x * G + G"]


def test_captured_values_keep_a_variable() -> None:
    m = Make()
    x, u, v = m.var("x"), m.var("c"), m.var("v")
    inner = Function("f", (u, v), Region((Op((t := Value(),), prims.MUL, (u, v)),), Return((t,))))
    m.kinds[t] = FLOAT
    a = m.op(cores.EXP, x)
    f = m.op(prims.CLOSURE, a, static=inner, name="f")
    assert printed(m, m.function("g", (x,), m.op(prims.APPLY, f, c(1.0)))) == [
        "t = np.exp(x)", "", "def f(v):", "return t * v", "", "return f(1.0)"]


def test_a_lambda_stands_where_it_is_used() -> None:
    m = Make()
    x, v = m.var("x"), m.var("v")
    inner = Function("f", (v,), Region((Op((t := Value(),), prims.MUL, (v, c(2.0))),), Return((t,))))
    m.kinds[t] = FLOAT
    f = m.op(prims.CLOSURE, static=inner)
    assert printed(m, m.function("g", (x,), m.op(prims.TUPLE, f, x))) == ["return lambda v: v * 2.0, x"]


def test_swap_is_one_assignment() -> None:
    m = Make()
    n, a, b, i = m.var("n", INT), m.var("a"), m.var("b"), m.var("i", INT)
    r = m.op(cores.RANGE, n)
    inner = m.inside()
    b2 = inner.op(prims.ADD, a, b, name="b")
    outs = cores.again(m, a, b)
    from tangent2.core.syntax import For
    m.loop(For(outs, i, r, (a, b), (c(0.0), c(1.0)), inner.done(b, b2)))
    assert printed(m, m.function("f", (n,), outs[0])) == [
        "a = 0.0", "b = 1.0", "for i in range(n):", "a, b = b, a + b", "return a"]
