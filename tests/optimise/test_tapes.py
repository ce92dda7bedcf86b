"""Tapes in step become one, tapes that repeat a list are it, sums run forwards; no value changes but by rounding."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from tangent2.core import prims
from tangent2.core.check import check
from tangent2.core.evaluate import evaluate
from tangent2.core.kinds import FLOAT, INT, Kind, List
from tangent2.core.syntax import (
    UNDEF, Atom, Break, Const, For, Function, If, Op, Region, Return, Stmt, Typed, Value, While, Yield, walk,
)
from tangent2.core.valuekinds import signature
from tangent2.optimise.forwards import run_forwards
from tangent2.optimise.tapes import merge_tapes, reuse_lists
from tangent2.pipeline import Compiler
from tangent2.switches import Switches
from tangent2.python.load import load
from tangent2.rules.declare import by_name

TAPE = List(FLOAT, tape=True)
PASSES: tuple[Callable[[Typed], Typed], ...] = (merge_tapes, reuse_lists, run_forwards)


def tapes(typed: Typed) -> int:
    return sum(isinstance(s, Op) and s.prim is prims.TAPE for s in walk(typed.function.body))


def newton(a: Any, n: Any) -> Any:
    x = a
    for _ in range(n):
        r = x * x - a
        if abs(r) < 1e-13:
            break
        x = x - r / (2.0 * x)
    return x


def swapped(x: Any, n: Any) -> Any:
    y = x
    z = x
    for _ in range(n):
        y = np.sin(y) * z
        z = np.cos(z) * y
    return np.sum(y * z)


def nested(x: Any, n: Any) -> Any:
    y = x
    for i in range(n):
        for j in range(3):
            y = np.sin(y) * x + i * j
    return np.sum(y)


def deeply(x: Any, n: Any) -> Any:
    y = x
    for i in range(n):
        for j in range(i):
            z = np.cos(y)
            while np.sum(z * z) > 1.0:
                z = np.sin(z) * np.tanh(z + j) * 0.9
            y = y * z
    return np.sum(y)


def branches(x: Any, n: Any) -> Any:
    for i in range(n):
        if np.sum(x) > 0.5:
            u = np.sin(x)
            v = np.cos(u * x)
            x = u * v
        elif i > 2:
            x = np.tanh(x) + 1.0
    return np.sum(x)


def loop_in_branch(x: Any, n: Any) -> Any:
    if n > 2:
        for _ in range(n):
            y = np.sin(x)
            x = y * np.cos(x * y)
    return np.sum(x)


def mixture(x: Any, ws: Any) -> Any:
    terms = [np.exp(-w * x) for w in ws]
    return np.sum(sum(terms))


def listed(x: Any, n: Any) -> Any:
    parts = []
    y = x
    for i in range(n):
        y = np.sin(y)
        parts.append(y)
        if i > 5:
            break
    return np.sum(parts[1] * parts[0])


def chained(x: Any, n: Any) -> Any:
    parts = []
    y = x
    for _ in range(n):
        y = np.exp(-y)
        parts.append(y)
    s = 0.0
    for p in parts:
        s += np.sum(p * p)
    return s


def stacked(x: Any, n: Any) -> Any:
    todo = [x]
    s = 0.0
    for _ in range(n):
        v = todo.pop()
        todo.append(v * v)
        todo.append(np.sin(v))
        s += np.sum(v)
    while todo:
        s += np.sum(todo.pop())
    return s


def summed(x: Any, n: Any) -> Any:
    s = 0.0
    for i in range(n):
        t = np.exp(x * i)
        if i % 2:
            s += np.sum(t * t) / (i + 1)
        for j in range(i):
            s += np.sum(np.sin(x * j))
    return s


def picked(x: Any, n: Any) -> Any:
    s = 0.0
    for i in range(n):
        s += np.exp(x[i % 3]) * x[0]
    return s


CASES: Sequence[tuple[Callable[..., Any], tuple[Any, ...]]] = [
    (newton, (2.0, 50)), (newton, (2.0, 0)), (mixture, (0.7, [0.5, 1.0, 2.0])), (mixture, (0.7, [])),
    *[(f, (np.array([0.3, -0.4, 1.1]), n)) for f in (swapped, nested, deeply, branches, loop_in_branch, stacked, summed,
                                                    chained, picked) for n in (4, 0)],
    (listed, (np.array([0.3, 0.4]), 9)), (mixture, (np.ones(2), [0.5, 1.0])),
]


def gradient(f: Any, args: tuple[Any, ...], optimise: bool, value: bool = True,
             ) -> tuple[Compiler, Any, tuple[Kind, ...]]:
    compiler = Compiler(Switches(checked=True, optimise=optimise))
    callee = compiler.gradient(compiler.callee(f), (0,), value, True)
    return compiler, callee, signature(args, compiler.function_kind)


@pytest.mark.parametrize("f, args", CASES)
@pytest.mark.parametrize("value", [True, False])
def test_values_stay(f: Any, args: tuple[Any, ...], value: bool) -> None:
    _, callee, kinds = gradient(f, args, False, value)
    typed = callee.core(kinds)
    want = evaluate(typed.function, args)
    for step in PASSES:
        typed = step(typed)
        check(typed.function, typed.kinds, resolved=True)
        np.testing.assert_allclose(_flat(evaluate(typed.function, args)), _flat(want), rtol=1e-12)
    compiler, callee, kinds = gradient(f, args, True, value)
    got = load(compiler.text(callee, kinds))(*args)
    np.testing.assert_allclose(_flat(got), _flat(want), rtol=1e-12)
    if value:
        assert np.array_equal(got[0], f(*args))


def _flat(tree: Any) -> Any:
    return np.concatenate([_flat(t) for t in tree]) if isinstance(tree, tuple) else np.ravel(tree)


@pytest.mark.parametrize("f, args, count", [
    (newton, (2.0, 5), 1), (swapped, (np.ones(2), 3), 1), (nested, (np.ones(2), 3), 2),
    (loop_in_branch, (np.ones(2), 3), 1), (branches, (np.ones(2), 3), 3)])
def test_one_tape_a_loop(f: Any, args: tuple[Any, ...], count: int) -> None:
    _, callee, kinds = gradient(f, args, False)
    before = callee.core(kinds)
    after = merge_tapes(before)
    assert tapes(after) == count < tapes(before)


def text(f: Any, args: tuple[Any, ...], value: bool = False) -> str:
    compiler, callee, kinds = gradient(f, args, True, value)
    return str(compiler.text(callee, kinds).text)


def test_texts() -> None:
    assert "saved.append((x, r))" in text(newton, (2.0, 5)) and "x, r = saved.pop()" in text(newton, (2.0, 5))
    for value in (False, True):
        found = text(mixture, (0.7, [0.5, 1.0]), value)
        assert "terms = [" in found and "for w, t in zip(ws, terms):" in found and "pop" not in found
    assert "len(todo)" in text(stacked, (np.ones(2), 3))
    assert "range(n - 1" not in text(picked, (np.ones(3), 3))


def grown(x: Any) -> Any:
    y = x * np.ones(4)
    for _ in range(3):
        y += y * y
    return np.sum(y)


def test_arrays_that_are_updated_later_are_copied_into_the_tape() -> None:
    """Also where the kind of a tape says little: that of a tangent's tape."""
    compiler, callee, kinds = gradient(grown, (0.5,), True, False)
    tangent = compiler.tangent(callee, kinds, (True,))
    want = evaluate(tangent.core(kinds * 2).function, (0.5, 1.0))
    got = load(compiler.text(tangent, kinds * 2))(0.5, 1.0)
    np.testing.assert_allclose(got, want, rtol=1e-12)


# ---- what must not be merged ----


class Made:
    """A forward loop that fills two tapes `p` and `q`, and a reverse loop that empties them."""

    def __init__(self) -> None:
        self.kinds: dict[Value, Kind] = {}
        self.x, self.n, self.i = self.value("x"), self.value("n", INT), self.value("i", INT)
        self.p, self.q = [[self.value(h, TAPE) for _ in range(7)] for h in "pq"]
        self.v = self.value("v")

    def value(self, hint: str, kind: Kind = FLOAT) -> Value:
        new = Value(hint, True)
        self.kinds[new] = kind
        return new

    def typed(self, between: Sequence[Stmt] = (), results: Sequence[Value] = (), swap: bool = False) -> Typed:
        p, q, v, value = self.p, self.q, self.v, self.value
        x1, x2 = value("x"), value("x")
        fill = (Op((v,), prims.MUL, (x1, x1)), Op((p[2],), prims.PUSH, (p[1], x1)), *between,
                Op((q[2],), prims.PUSH, (q[1], v)))
        first = For((x2, p[3], q[3]), self.i, self.n, (x1, p[1], q[1]), (self.x, p[0], q[0]),
                    Region(fill, Yield((v, p[2], q[2]))))
        a, b, s, s1, s2 = (value(h) for h in ("a", "b", "s", "s", "s"))
        t = value("t")
        drain = (Op((q[5], b), prims.POP, (q[4],)), Op((p[5], a), prims.POP, (p[4],)),
                 Op((t,), prims.MUL, (s, a)), Op((s1,), prims.SUB, (t, b)))
        vals = (s1, q[5], p[5]) if swap else (s1, p[5], q[5])
        last = While((s2, p[6], q[6]), (s, p[4], q[4]), (x2, p[3], q[3]), Region((), Yield((p[4],))),
                     Region(drain, Yield(vals)))
        out = value("out")
        end = Op((out,), prims.TUPLE, (s2, *results))
        stmts = Op((p[0],), prims.TAPE), Op((q[0],), prims.TAPE), first, last, end
        function = Function("f", (self.x, self.n), Region(stmts, Return((out,))))
        check(function, self.kinds)
        return Typed(function, self.kinds, FLOAT)


def unchanged(typed: Typed) -> bool:
    return merge_tapes(typed) is typed


def test_merged() -> None:
    after = merge_tapes(Made().typed())
    assert tapes(after) == 1
    check(after.function, after.kinds)
    assert evaluate(after.function, (1.5, range(3))) == evaluate(Made().typed().function, (1.5, range(3)))


def test_not_across_a_guard() -> None:
    made = Made()
    guard = If((), made.v, Region((), Break((made.v, made.p[2], made.q[1]))), Region((), Yield()))
    assert unchanged(made.typed([guard]))


def test_across_a_branch_that_stays() -> None:
    made = Made()
    out = made.value("w")
    branch = If((out,), made.v, Region((), Yield((made.v,))), Region((), Yield((made.x,))))
    assert tapes(merge_tapes(made.typed([branch]))) == 1


@pytest.mark.parametrize("place", [3, 6])
def test_not_if_a_tape_is_a_result(place: int) -> None:
    made = Made()
    assert unchanged(made.typed(results=[made.q[place]]))


def test_not_if_they_change_places() -> None:
    assert unchanged(Made().typed(swap=True))


def test_a_list_of_the_program_is_its_own_tape() -> None:
    for value in (False, True):
        found = text(chained, (np.array([0.1, 0.2]), 4), value)
        assert "copy" not in found and "saved" not in found


def test_what_is_emptied_inside_is_popped() -> None:
    assert "copy" not in text(summed, (np.ones(2), 4))


@pytest.mark.parametrize("over", ["range", "while"])
def test_a_list_that_is_read_later_is_not_emptied(over: str) -> None:
    """The reverse loop is no sum: it reads the list from its end."""
    made = Made()
    before = made.typed(results=[made.p[3]])
    first, last = [s for s in before.function.body.stmts if isinstance(s, (For, While))]
    value = made.value
    rng, back, less, n, i = value("r"), value("r"), value("m", INT), value("n", INT), value("i", INT)
    assert isinstance(first, For) and isinstance(last, While)
    param, rest, a, s, s1, s2, left = (value("p", TAPE), value("p", TAPE), value("a"), value("s"), value("s"),
                                       value("s"), value("p", TAPE))
    body = Region((Op((rest, a), prims.POP, (param,)), Op((s1,), prims.MUL, (s, a))), Yield((s1, rest)))
    loop: Stmt = While((s2, left), (s, param), (first.outs[0], first.outs[1]), Region((), Yield((param,))), body)
    if over == "range":
        loop = For((s2, left), i, back, (s, param), (first.outs[0], first.outs[1]), body)
    result = value("result")
    stmts: tuple[Stmt, ...] = (
        *before.function.body.stmts[:2], Op((rng,), by_name("range"), (n,)),
        For(first.outs, first.target, rng, first.params, first.init, first.body),
        Op((less,), prims.SUB, (n, Const(1))), Op((back,), by_name("range"), (less, Const(-1), Const(-1))),
        loop, Op((result,), prims.TUPLE, (s2, first.outs[1])))
    function = Function("f", (made.x, n), Region(stmts, Return((result,))))
    check(function, made.kinds)
    after = run_forwards(Typed(function, made.kinds, FLOAT))
    check(after.function, after.kinds)
    assert not any(isinstance(s, Op) and s.prim is prims.POP for s in walk(after.function.body))
    assert evaluate(after.function, (1.1, 4)) == evaluate(function, (1.1, 4))


def test_a_loop_that_is_no_sum_stays() -> None:
    before = Made().typed()
    assert run_forwards(before) is before


def test_the_order_of_the_user_stays() -> None:
    tape, s = Value("p", True), Value("s", True)
    params = tape1, s1 = Value("p", True), Value("s", True)
    rest, v, s2 = Value("p", True), Value("v", True), Value("s", True)
    outs = Value("p", True), Value("s", True)
    body = Region((Op((rest, v), prims.POP, (tape1,)), Op((s2,), prims.ADD, (s1, v))), Yield((rest, s2)))
    loop = While(outs, params, (tape, s), Region((), Yield((tape1,))), body)
    kinds: dict[Value, Kind] = {**dict.fromkeys((tape, tape1, rest, outs[0]), List(FLOAT)),
                                **dict.fromkeys((s, s1, v, s2, outs[1]), FLOAT)}
    before = Typed(Function("f", (tape, s), Region((loop,), Return((outs[1],)))), kinds, FLOAT)
    assert run_forwards(before) is before


def test_a_tape_of_one_branch() -> None:
    """A tape that another path leaves unbound."""
    made = Made()
    inner = made.typed().function.body.stmts
    cond = made.value("c")
    outs = made.value("p", TAPE), made.value("q", TAPE), made.value("x")
    first = inner[2]
    assert isinstance(first, For)
    vals: tuple[Atom, ...] = (first.outs[1], first.outs[2], first.outs[0])
    branch = If(outs, cond, Region(inner[:3], Yield(vals)), Region((), Yield((UNDEF, UNDEF, Const(1.0)))))
    last = inner[3]
    assert isinstance(last, While)
    again = While(last.outs, last.params, (outs[2], outs[0], outs[1]), last.cond, last.body)
    result = made.value("r")
    later = If((result,), cond, Region((again,), Yield((again.outs[0],))), Region((), Yield((Const(2.0),))))
    function = Function("f", (made.x, made.n, cond), Region((branch, later), Return((result,))))
    check(function, made.kinds)
    after = merge_tapes(Typed(function, made.kinds, FLOAT))
    check(after.function, after.kinds)
    assert tapes(after) == 1
    for args in ((1.5, range(3), True), (1.5, range(3), False)):
        assert evaluate(after.function, args) == evaluate(function, args)
