"""Copies: the destructive run of a function agrees with the pure one."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from tangent2.core import prims
from tangent2.core.check import check
from tangent2.core.evaluate import evaluate
from tangent2.core.kinds import BOOL, FLOAT, Array, Kind, List, Sym, Tuple
from tangent2.core.operations import deep_copy
from tangent2.core.prims import Prim
from tangent2.core.show import show
from tangent2.core.syntax import (
    Atom, Call, Callee, Const, For, Function, If, IndexSpec, Op, Region, Return, SliceSpec, Stmt, Typed, Value, Yield,
    regions,
)
from tangent2.optimise.copies import insert_copies
from tests.optimise.random_cores import DEEP, Generator, arguments


def leaves(tree: Any) -> list[np.ndarray]:
    if isinstance(tree, np.ndarray):
        return [tree]
    return [leaf for item in tree for leaf in leaves(item)] if isinstance(tree, (list, tuple)) else []


def same(a: Any, b: Any) -> bool:
    if isinstance(a, (list, tuple)):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    return bool(np.array_equal(a, b, equal_nan=True))


def run(seed: int, size: int) -> None:
    before = Generator(seed, size).typed()
    check(before.function, before.kinds)
    after = insert_copies(before, deep=DEEP)
    check(after.function, after.kinds)
    args = arguments(seed)
    kept = deep_copy(args)
    with np.errstate(all="ignore"):
        want = deep_copy(evaluate(before.function, args))
        assert same(args, kept)
        got = evaluate(after.function, args, in_place=True)
    try:
        assert same(want, got), "the result differs"
        assert same(args[:3], kept[:3]), "an argument was changed"
        found = [array for part in got for array in leaves(part)]
        for other in leaves(args[:3]):
            assert not any(np.shares_memory(a, other) for a in found), "the result shares memory with an argument"
        tops = [part for part in got if isinstance(part, np.ndarray)]
        assert not any(np.shares_memory(a, b) for i, a in enumerate(tops) for b in tops[i + 1:]), "results share memory"
    except AssertionError as error:
        texts = f"{show(before.function)}\n{show(after.function)}"
        raise AssertionError(f"seed {seed}, size {size}: {error}\n{texts}") from None


@pytest.mark.parametrize("seed", range(300))
def test_random(seed: int) -> None:
    run(seed, 6 + seed % 30)


# Which copies are made, by hand.

U = Array("float64", (Sym(0),))
AT, INNER = IndexSpec((None,)), IndexSpec((SliceSpec(lower=True, upper=True),))


class Maker:
    """Builds a function over named values; a name that is bound again is a new version."""

    def __init__(self, *params: str, owned: str = "", **kinds: Kind) -> None:
        self.table: dict[Value, Kind] = {}
        self.given = kinds
        self.env: dict[str, Value] = {}
        self.stmts: list[Stmt] = []
        self.params = tuple([self.new(p) for p in params])
        self.owned = frozenset(self.env[name] for name in owned.split())

    def new(self, name: str) -> Value:
        self.env[name] = value = Value(name, True)
        self.table[value] = self.given.get(name, U)
        return value

    def atoms(self, names: tuple[Any, ...]) -> tuple[Atom, ...]:
        return tuple([self.env[n] if isinstance(n, str) else Const(n) for n in names])

    def op(self, out: str, prim: Prim, *args: Any, static: Any = None) -> Maker:
        atoms = self.atoms(args)
        self.stmts.append(Op(tuple([self.new(o) for o in out.split()]), prim, atoms, static=static))
        return self

    def update(self, base: str, value: Any, static: IndexSpec = INNER) -> Maker:
        index = (1, -1) if static is INNER else (0,)
        return self.op(base, prims.ADDITEM, base, *index, value, static=static)

    def loop(self, carried: str, fill: Callable[[Maker], object]) -> Maker:
        names = carried.split()
        init = self.atoms(tuple(names))
        params = tuple([self.new(n) for n in names])
        outer, self.stmts = self.stmts, []
        fill(self)
        body = Region(tuple(self.stmts), Yield(self.atoms(tuple(names))))
        self.stmts = outer
        steps, i = self.new("steps"), self.new("i")
        self.table[steps], self.table[i] = List(FLOAT), FLOAT
        self.stmts.append(Op((steps,), prims.LIST, (Const(1.0), Const(2.0))))
        self.stmts.append(For(tuple([self.new(n) for n in names]), i, steps, params, init, body))
        return self

    def branch(self, names: str, then: Callable[[Maker], object], orelse: Callable[[Maker], object]) -> Maker:
        before = dict(self.env)
        regions = []
        for fill in (then, orelse):
            outer, self.stmts = self.stmts, []
            fill(self)
            regions.append(Region(tuple(self.stmts), Yield(self.atoms(tuple(names.split())))))
            self.stmts, self.env = outer, dict(before)
        cond = self.env["c"]
        self.stmts.append(If(tuple([self.new(n) for n in names.split()]), cond, *regions))
        return self

    def done(self, *results: str, fresh: bool = True) -> list[str]:
        """The copies made, each as `target = copy(source)` with the statement before which it stands."""
        self.op("result", prims.TUPLE, *results)
        self.table[self.env["result"]] = Tuple(tuple([self.table[self.env[r]] for r in results]))
        body = Region(tuple(self.stmts), Return((self.env["result"],)))
        before = Typed(Function("f", self.params, body, owned=self.owned), self.table, self.table[self.env["result"]])
        check(before.function, before.kinds)
        after = insert_copies(before, deep=DEEP, fresh_results=fresh)
        check(after.function, after.kinds)
        return list(_copies(after.function.body))


def _copies(region: Region) -> Iterator[str]:
    for k, stmt in enumerate(region.stmts):
        if isinstance(stmt, Op) and stmt.prim in (prims.COPY, DEEP):
            after = region.stmts[k + 1] if k + 1 < len(region.stmts) else region.exit
            reader = after.prim.name if isinstance(after, Op) else type(after).__name__.lower()
            source = stmt.args[0]
            name = source.hint if isinstance(source, Value) else repr(source)
            yield f"{stmt.out.hint or 't'} = {name} before {reader}"
        for inner in regions(stmt):
            yield from _copies(inner)


def test_fresh_array_is_updated_in_place() -> None:
    assert Maker("x", k=FLOAT).op("u", prims.MUL, "x", 2.0).update("u", 1.0).update("u", 2.0).done("u") == []


def test_argument_is_copied_once() -> None:
    made = Maker("x").op("u", prims.MUL, "x", 2.0).update("x", 1.0).update("x", "u")
    assert made.done("x") == ["x = x before additem"]


def test_argument_is_copied_before_the_loop() -> None:
    made = Maker("x").loop("x", lambda m: m.update("x", 1.0).loop("x", lambda m: m.update("x", 2.0)))
    assert made.done("x") == ["x = x before for"]


def test_view_is_copied_where_it_is_made() -> None:
    """W2: `m = u[1:-1].copy()`."""
    made = Maker("x").op("u", prims.MUL, "x", 2.0).op("m", prims.GETITEM, "u", 1, -1, static=INNER).update("u", 1.0)
    assert made.op("g", prims.MUL, "m", "x").done("u", "g") == ["m = None before additem"]


def test_view_read_before_the_update_needs_no_copy() -> None:
    made = Maker("x").op("u", prims.MUL, "x", 2.0).op("m", prims.GETITEM, "u", 1, -1, static=INNER)
    assert made.op("g", prims.MUL, "m", "x").update("u", "g").done("u", "g") == []


def test_pushed_array_is_copied_where_it_is_pushed() -> None:
    made = Maker("x", saved=List(U)).op("u", prims.MUL, "x", 2.0).op("saved", prims.TAPE)
    made.loop("u saved", lambda m: m.op("saved", prims.PUSH, "saved", "u").update("u", 1.0))
    assert made.done("u", "saved", fresh=False) == ["t = u before push"]


def test_arrays_made_in_each_iteration_are_told_apart() -> None:
    made = Maker("x", saved=List(U)).op("u", prims.MUL, "x", 2.0).op("saved", prims.TAPE)
    made.loop("u saved", lambda m: m.op("saved", prims.PUSH, "saved", "u").op("u", prims.MUL, "u", 2.0).update("u", 1))
    assert made.done("u", "saved", fresh=False) == []


def test_swapped_buffers() -> None:
    def swap(m: Maker) -> None:
        m.update("u", "v")
        m.env["u"], m.env["v"] = m.env["v"], m.env["u"]
    made = Maker("x").op("u", prims.MUL, "x", 2.0).op("v", prims.MUL, "x", 3.0).loop("u v", swap)
    assert made.done("u", "v") == []


def test_tapes_of_tapes() -> None:
    """Inner tapes are pushed in a loop and popped in the next: none is copied."""
    def forward(m: Maker) -> None:
        m.op("inner", prims.TAPE).loop("inner", lambda m: m.op("inner", prims.PUSH, "inner", "x"))
        m.op("outer", prims.PUSH, "outer", "inner")

    def backward(m: Maker) -> None:
        m.op("outer inner", prims.POP, "outer").op("u", prims.MUL, "u", 2.0)
        m.loop("inner", lambda m: m.op("inner w", prims.POP, "inner"))
    made = Maker("x", inner=List(U), outer=List(List(U))).op("outer", prims.TAPE).op("u", prims.MUL, "x", 1.0)
    assert made.loop("outer", forward).loop("outer u", backward).done("u") == []


def test_owned_tape_is_emptied_in_place_another_is_copied() -> None:
    for owned, want in (("saved", []), ("", ["saved = saved before for"])):
        made = Maker("saved", owned=owned, saved=List(FLOAT), v=FLOAT)
        made.loop("saved", lambda m: m.op("saved v", prims.POP, "saved"))
        assert made.op("u", prims.MUL, 2.0, 3.0).done("u", fresh=False) == want


def test_results_are_copied_if_they_are_arguments_or_twice_the_same() -> None:
    assert Maker("x").done("x") == ["t = x before tuple"]
    assert Maker("x").op("u", prims.MUL, "x", 2.0).done("u", "u") == ["t = u before tuple"]
    assert Maker("x").done("x", fresh=False) == []


def test_old_version_is_kept_under_another_name() -> None:
    made = Maker("x").op("u", prims.MUL, "x", 2.0)
    old = made.env["u"]
    made.update("u", 1.0)
    made.env["old"] = old
    assert made.op("g", prims.MUL, "old", "x").done("g", "u") == ["u_old = u before additem"]


def test_copy_before_a_branch_that_both_sides_hand_on() -> None:
    made = Maker("x", "c", c=BOOL).branch("x", lambda m: m.update("x", 1.0), lambda m: m).update("x", 2.0)
    assert made.done("x") == ["x = x before if"]


def test_numbers_are_never_copied() -> None:
    assert Maker("x", x=FLOAT).done("x", "x") == []


def test_calls() -> None:
    """What a callee returns is told apart by its own core; what it owns it consumes."""
    a, b = Value("a"), Value("b")
    body = Region((Op((b,), prims.MUL, (a, Const(2.0))),), Return((b,)))
    fresh = Typed(Function("fresh", (a,), body), {a: U, b: U}, U)
    same_ = Typed(Function("same", (a,), Region((), Return((a,)))), {a: U}, U)
    tape = Typed(Function("drain", (a,), Region((), Return((Const(1.0),))), owned=frozenset({a})), {a: List(U)}, FLOAT)

    def call(m: Maker, out: str, typed: Typed, arg: str, python: Any = None) -> Maker:
        name = typed.function.name
        callee = Callee(name, name, lambda kinds: typed, python)
        atoms = m.atoms((arg,))
        m.stmts.append(Call((m.new(out),), callee, atoms))
        m.table[m.env[out]] = typed.result
        return m
    assert call(Maker("x"), "u", fresh, "x").update("u", 1.0).done("u") == []
    assert call(Maker("x"), "u", same_, "x").update("u", 1.0).done("u") == ["u = u before additem"]
    made = Maker("x", saved=List(U)).op("saved", prims.TAPE).op("saved", prims.PUSH, "saved", "x")
    assert call(made, "n", tape, "saved").done("n", fresh=False) == []
    made = Maker("x", saved=List(U)).op("saved", prims.TAPE).op("saved", prims.PUSH, "saved", "x")
    found = call(call(made, "n", tape, "saved"), "m", tape, "saved").done("n", "m", fresh=False)
    assert len(found) == 1 and found[0].startswith("t = saved")
