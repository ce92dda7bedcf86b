"""Resolution: what operators, methods, attributes and conditions become once kinds are known."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tangent2.analysis.inplace import rebind
from tangent2.analysis.prune import prune
from tangent2.core import prims
from tangent2.core.kinds import BOOL, FLOAT, INT, NUMERIC, UNKNOWN, Array, List, Number, Sym
from tangent2.core.syntax import (
    Break, Const, For, Function, If, Op, Region, Return, Typed, Value, While, Yield, walk,
)
from tangent2.errors import TangentError
from tangent2.python.lower import lower
from tests.analysis.programs import Program, agree

rng = np.random.default_rng(0)


def names(typed: Typed) -> list[str]:
    """The names of all primitives of a function, in order."""
    return [s.prim.name for s in walk(typed.function.body) if isinstance(s, Op)]


def generic(fn: Callable[..., Any], kind: Any = UNKNOWN) -> Typed:
    """A function resolved with nothing known of its arguments."""
    program = Program()
    core = lower(fn, program.recognise)
    return program.compile(core, (kind,) * len(core.params))


# --- in-place operators -----------------------------------------------------------------------------------------------

def test_inplace_by_kind() -> None:
    def f(x, n):
        s, t, u, word, xs = 0.0, (1,), x.copy(), "a", [x[0]]
        s += x[0]
        t += (n,)
        u *= s
        u += x
        word += "b"
        xs += [s, 2.0]
        xs += list(x)
        return s, t, u, word, xs
    typed = agree(f, rng.random(3), 2)
    found = names(typed)
    assert "inplace" not in found and found.count("accumulate") == 2 and found.count("push") == 3


def test_inplace_of_an_unknown_kind_is_a_plain_operation() -> None:
    def f(x):
        x += 1.0
        y = x * 2.0
        y += x
        return y
    typed = generic(f)
    assert names(typed) == ["add", "mul", "add"]


def test_inplace_of_an_unknown_kind_that_another_name_may_see_is_refused() -> None:
    def f(x):
        y = x
        x += 1.0
        return y * x
    for kind in (UNKNOWN, NUMERIC):
        with pytest.raises(TangentError, match="depends on its type"):
            generic(f, kind)
    agree(f, 2.0)


def test_rebind_keeps_a_body_without_operators() -> None:
    x = Value("x")
    body = Region((Op((Value(),), prims.NEG, (x,)),), Return((x,)))
    assert rebind(body, {}) is body


def test_parts_of_parts_of_arrays_are_one_update() -> None:
    def f(x):
        a = np.zeros((3, 3))
        for i in range(3):
            a[i][i] = x[i]
            a[i][0] += x[0]
        rows = [x.copy(), x.copy()]
        rows[0][1] = 5.0
        rows[1] += x
        return a, rows
    typed = agree(f, rng.random(3))
    first = [s for s in walk(typed.function.body) if isinstance(s, Op) and s.prim is prims.SETITEM][0]
    assert first.static.items == (None, None) and "additem" in names(typed)


# --- methods and attributes -------------------------------------------------------------------------------------------

def test_methods_and_attributes() -> None:
    def f(x, d):
        a = x.T @ x
        b = x.sum() + x.reshape(-1).mean() + x.shape[0] + x.ndim + len(x.shape)
        keys = [k + "" for k in d.keys()]
        return a, b, keys, d.get("a"), d.get("z", 2.0), d.get(keys[0], 1.0), "A,b".lower().split(","), [1, 2].index(2)
    typed = agree(f, rng.random((2, 3)), {"a": 1.0, "b": 2.0})
    assert "method" not in names(typed)[:-4] and "getattr" not in names(typed)


def test_methods_of_unknown_objects_are_those_of_arrays() -> None:
    typed = generic(lambda x: x.T.sum() + x.copy().shape[0])
    assert not {"method", "getattr"} & set(names(typed))


@pytest.mark.parametrize("fn", [
    lambda x: [x.setflags(write=False), x], lambda x: [x.resize(3), x], lambda x: [x][0].partition(1),
])
def test_methods_that_change_their_object_are_refused(fn: Any) -> None:
    with pytest.raises(TangentError):
        agree(fn, rng.random(3))


# --- decided conditions -----------------------------------------------------------------------------------------------

def test_conditions_that_kinds_decide() -> None:
    def f(a, b):
        mode = "plus"
        if isinstance(a, np.ndarray):
            s = np.sum(a)
        elif isinstance(a, (tuple, list)):
            s = a[0]
        else:
            s = a
        if b is not None:
            s = s + b
        if np.ndim(a) == 0 and not mode == "minus":
            return s
        return -s
    for a, b in ((rng.random(3), None), (0.5, 1.0), ((1.0, 2.0), 2.0), (rng.random(2), 2)):
        typed = agree(f, a, b)
        assert not any(isinstance(s, If) for s in walk(typed.function.body)) or isinstance(a, tuple)


def scaled(x, y):
    if y is None:
        return x
    return x * y


def test_none_is_not_decided_where_kinds_are_not_exact() -> None:
    def outer(x, n):
        y = None
        for _ in range(n):
            x = scaled(x, y)
            y = 2.0
        return x
    agree(outer, 1.5, 3)


def test_a_branch_that_runs_takes_the_place_of_the_if() -> None:
    def f(x, n):
        s = 0.0
        for _ in range(n):
            if x is None:
                continue
            if isinstance(x, float):
                s += x
                break
            s += 1.0
        return s
    assert len(list(walk(agree(f, 1.0, 3).function.body))) < 8
    agree(f, 2, 3)


def test_names_unbound_on_the_path_that_runs_are_refused() -> None:
    def f(x):
        if isinstance(x, np.ndarray):
            y = np.sum(x)
        return y
    agree(f, rng.random(2))
    with pytest.raises(TangentError, match="never bound"):
        agree(f, 1.0)


def test_tuples_taken_apart_vanish() -> None:
    def f(x, y):
        pair = x * y, (x, y)
        a, (b, c) = pair
        return pair[0] + a * b - c
    assert "unpack" not in names(agree(f, 0.5, 1.5)) and "getitem" not in names(agree(f, 0.5, 1.5))


# --- prune ------------------------------------------------------------------------------------------------------------

def test_prune_needs_every_way_out_of_a_loop() -> None:
    x, y, c, n, i, p, q, a, b = map(Value, "x y c n i p q a b".split())
    leave = If((), c, Region((), Break((y, q))), Region((), Yield()))
    loop = For((a, b), i, n, (p, q), (x, y), Region((leave,), Yield((p, q))))
    found = prune(Region((loop,), Return((a,))))
    inner = found.stmts[0]
    assert isinstance(inner, For) and inner.params == (p,) and found.exit == Return((a,))
    leaving = inner.body.stmts[0]
    assert isinstance(leaving, If) and leaving.then.exit == Break((y,))


def test_prune_repeats_from_inner_to_outer() -> None:
    x, c, n, i, j, p, q, a, b, m = map(Value, "x c n i j p q a b m".split())
    same = If((m,), c, Region((), Yield((q,))), Region((), Yield((q,))))
    inner = For((b,), j, n, (q,), (p,), Region((same,), Yield((m,))))
    outer = While((a,), (p,), (x,), Region((), Yield((c,))), Region((inner,), Yield((b,))))
    found = prune(Region((outer,), Return((a,))))
    assert found.exit == Return((x,))
    body = Function("f", (x, c, n), found)
    assert not any(s.outs for s in walk(body.body))
    again = prune(found)
    assert again is found


def test_kinds_of_new_values_are_known() -> None:
    def f(x, ys):
        total = 0.0
        for k, (y, w) in enumerate(zip(ys, x), start=1):
            total += y * w * k
        return total
    typed = agree(f, rng.random(3), [1.0, 2.0, 3.0])
    for stmt in walk(typed.function.body):
        assert all(v in typed.kinds for v in stmt.outs)
    assert typed.result == Number("float64", False)
    assert {BOOL, FLOAT, INT, List(FLOAT), Array("float64", (Sym(0),))} & set(typed.kinds.values())
    assert Const(1) == Const(1)
