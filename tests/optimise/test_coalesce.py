"""Variables: the user's names come back, what is alive together stays apart, temporaries share nothing."""
from __future__ import annotations

import pytest

from tangent2.core import prims
from tangent2.core.kinds import INT
from tangent2.core.syntax import Break, For, Function, If, Region, Undef, Value, Yield
from tangent2.optimise.arrange import arrange
from tangent2.python.emit import emit
from tangent2.python.load import load
from tests.python import cores
from tests.python.cores import Make, again, c


def printed(m: Make, function: Function, outside: frozenset[str] = frozenset()) -> list[str]:
    text = emit((function,), {function: m.kinds}, arrange).text
    return [line.strip() for line in text[text.index("def "):].strip().split("\n")[1:]]


def names(m: Make, function: Function, *outside: str) -> dict[Value, str]:
    return dict(arrange(function, m.kinds, frozenset(outside)).names)


def test_versions_share_a_name() -> None:
    m = Make()
    x = m.var("x")
    y = m.op(cores.SIN, x, name="y")
    y1 = m.op(cores.COS, y, name="y")
    assert printed(m, m.function("f", (x,), m.op(prims.ADD, y1, x))) == [
        "y = np.sin(x)", "y = np.cos(y)", "return y + x"]


def test_versions_alive_together_do_not() -> None:
    m = Make()
    x = m.var("x")
    y = m.op(cores.SIN, x, name="y")
    y1 = m.op(cores.COS, y, name="y")
    assert printed(m, m.function("f", (x,), m.op(prims.ADD, y1, y))) == [
        "y = np.sin(x)", "y1 = np.cos(y)", "return y1 + y"]


def test_numbers_follow_the_stem() -> None:
    m = Make()
    x1 = m.var("x1")
    old = m.op(cores.SIN, x1, name="x1")
    function = m.function("f", (x1,), m.op(prims.ADD, old, x1))
    assert set(names(m, function).values()) == {"x1", "x2"}


def test_temporaries_never_share() -> None:
    m = Make()
    x = m.var("x")
    a = m.op(cores.SIN, x)
    x1 = m.op(prims.MUL, a, a, name="x")
    b = m.op(cores.COS, x1)
    assert printed(m, m.function("f", (x,), m.op(prims.MUL, b, b))) == [
        "t = np.sin(x)", "x = t * t", "t1 = np.cos(x)", "return t1 * t1"]


def test_names_avoid_what_the_text_reads() -> None:
    m = Make()
    x, t = m.var("x"), m.var("t")
    np_ = m.op(cores.SIN, x, name="np")
    u = m.op(cores.COS, t)
    function = m.function("f", (x, t), m.op(prims.ADD, np_, m.op(prims.MUL, u, u)))
    found = names(m, function, "np")
    assert found[np_] == "np1" and found[u] == "t1"


def test_hints_that_are_no_identifiers() -> None:
    m = Make()
    x = m.var("x")
    y = m.op(cores.SIN, x, name="class")
    z = m.op(cores.SIN, y, name="a.b")
    found = names(m, m.function("f", (x,), z))
    assert found[y] == "class_" and found[z] == "a_b"


def test_results_and_params_are_one_variable() -> None:
    m = Make()
    x, n = m.var("x"), m.var("n", INT)
    v, i = m.var("v"), m.var("i", INT)
    r = m.op(cores.RANGE, n)
    b = m.inside()
    out = m.var("v")
    v2 = b.op(cores.SIN, v, name="v")
    m.loop(For((out,), i, r, (v,), (x,), b.done(v2)))
    found = names(m, m.function("f", (x, n), out))
    assert found[v] == found[v2] == found[out] == "v" and found[x] == "x"


def test_breaks_assign_to_the_results() -> None:
    m = Make()
    x, n = m.var("x"), m.var("n", INT)
    v, i = m.var("v"), m.var("i", INT)
    r = m.op(cores.RANGE, n)
    b = m.inside()
    w = b.op(prims.MUL, v, c(2.0), name="w")
    b.loop(If((), b.op(prims.GT, w, c(10.0)), Region((), Break((w,))), Region((), Yield())))
    out = m.var("v")
    m.loop(For((out,), i, r, (v,), (x,), b.done(b.op(prims.ADD, w, c(1.0), name="v"))))
    function = m.function("f", (x, n), out)
    assert printed(m, function) == [
        "v = x", "for i in range(n):", "w = v * 2.0", "if w > 10.0:", "v = w", "break", "v = w + 1.0", "return v"]
    assert load(emit((function,), {function: m.kinds}, arrange))(1.0, 9) == 14.0


def test_swapping_needs_a_tuple_and_rotation_an_order() -> None:
    def loop(order: tuple[int, ...]) -> list[str]:
        m = Make()
        n, i = m.var("n", INT), m.var("i", INT)
        params = tuple([m.var(h) for h in "abc"])
        r = m.op(cores.RANGE, n)
        outs = again(m, *params)
        m.loop(For(outs, i, r, params, (c(1.0), c(2.0), c(3.0)), Region((), Yield(tuple([params[k] for k in order])))))
        return printed(m, m.function("f", (n,), *outs))[4:-1]
    assert loop((1, 0, 2)) == ["a, b = b, a"]
    assert loop((1, 2, 2)) == ["a = b", "b = c"]
    assert loop((0, 0, 1)) == ["c = b", "b = a"]
    assert loop((1, 2, 0)) == ["a, b, c = b, c, a"]


def test_an_unbound_value_that_is_copied_is_bound_after_all() -> None:
    m = Make()
    x, n = m.var("x"), m.var("n", INT)
    v, y, w, i = m.var("v"), m.var("y"), m.var("w"), m.var("i", INT)
    r = m.op(cores.RANGE, n)
    b = m.inside()
    deep = b.inside()
    y1 = deep.op(cores.SIN, v, name="y")
    b.loop(If((y,), b.op(prims.GT, v, c(0.0)), deep.done(y1), Region((), Yield((Undef(),)))))
    again_ = b.op(cores.COS, v, name="v")
    out, out2 = m.var("v"), m.var("w")
    m.loop(For((out, out2), i, r, (v, w), (x, x), b.done(again_, y)))
    function = m.function("f", (x, n), m.op(prims.ADD, out, c(0.0)))
    assert "y = None" in printed(m, function)
    assert load(emit((function,), {function: m.kinds}, arrange))(-1.0, 1) == pytest.approx(0.5403023)


def test_a_value_needed_after_the_loop_is_not_overwritten() -> None:
    m = Make()
    x, n = m.var("x"), m.var("n", INT)
    p, i = m.var("x"), m.var("i", INT)
    r = m.op(cores.RANGE, n)
    b = m.inside()
    out = m.var("x")
    m.loop(For((out,), i, r, (p,), (x,), b.done(b.op(cores.SIN, p, name="x"))))
    assert printed(m, m.function("f", (x, n), m.op(prims.ADD, out, x))) == [
        "x1 = x", "for i in range(n):", "x1 = np.sin(x1)", "return x1 + x"]
