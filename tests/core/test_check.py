"""The checker: accepts what lowering makes, and refuses each way of breaking an invariant."""
from __future__ import annotations

import dataclasses
from collections.abc import Callable
from random import Random

import pytest

from tangent2.core import prims, walk
from tangent2.core.check import check
from tangent2.core.kinds import FLOAT, UNKNOWN, List
from tangent2.core.syntax import (
    UNDEF, Atom, Break, Const, Continue, For, Function, If, IndexSpec, Note, Op, Raise, Region, Return, Stmt, Value,
    While, Yield, regions,
)
from tangent2.errors import IllFormed
from tests.generator.program import generate
from tests.generator.verdict import lowered

X, Y, Z, W, K = (Value(name) for name in "xyzwk")
ONE = Const(1)


def function(*stmts: Stmt, exit: object = None, params: tuple[Value, ...] = (X,)) -> Function:
    return Function("f", params, Region(stmts, exit or Return((X,))))    # type: ignore[arg-type]


def mul(out: Value, a: Atom = X, b: Atom = X) -> Op:
    return Op((out,), prims.MUL, (a, b))


def region(*stmts: Stmt, exit: object = None) -> Region:
    return Region(stmts, exit or Yield())   # type: ignore[arg-type]


def loop(body: Region, outs: tuple[Value, ...] = (), params: tuple[Value, ...] = (),
         init: tuple[Atom, ...] = ()) -> For:
    return For(outs, K, X, params, init, body)


TWICE = mul(Y)
SHARED = region()
WRONG: dict[str, Callable[[], Function]] = {
    "bound twice": lambda: function(mul(Y), mul(Y)),
    "a parameter bound twice": lambda: function(mul(X)),
    "read before it is bound": lambda: function(mul(Y, Z), mul(Z)),
    "read outside its region": lambda: function(If((), X, region(mul(Y)), region()), exit=Return((Y,))),
    "loop target read after the loop": lambda: function(loop(region()), exit=Return((K,))),
    "loop param read after the loop": lambda: function(
        loop(region(exit=Yield((Y,))), (Z,), (Y,), (X,)), exit=Return((Y,))),
    "init that reads a param": lambda: function(loop(region(exit=Yield((Y,))), (Z,), (Y,), (Y,))),
    "node twice": lambda: function(If((), X, region(TWICE), region(TWICE))),
    "region twice": lambda: function(If((), X, SHARED, SHARED)),
    "yields too few": lambda: function(If((Y,), X, region(), region(exit=Yield((X,))))),
    "yields without results": lambda: function(If((), X, region(), region(exit=Yield((X,))))),
    "loop arity": lambda: function(loop(region(exit=Yield((Y,))), (), (Y,), (X,))),
    "body arity": lambda: function(loop(region(), (Z,), (Y,), (X,))),
    "break arity": lambda: function(loop(region(exit=Break((X,))))),
    "continue arity": lambda: function(loop(region(exit=Continue((X,))))),
    "break outside": lambda: function(exit=Break()),
    "continue outside": lambda: function(If((), X, region(exit=Continue()), region())),
    "no return": lambda: function(exit=Yield()),
    "return of two": lambda: function(exit=Return((X, X))),
    "condition of two": lambda: function(While((), (), (), region(exit=Yield((X, X))), region())),
    "condition that breaks": lambda: function(loop(region(
        While((), (), (), region(If((), X, region(exit=Break()), region()), exit=Yield((X,))), region())))),
    "condition that reads the body": lambda: function(While((), (), (), region(exit=Yield((Y,))), region(mul(Y)))),
    "after both leave": lambda: function(If((), X, region(exit=Return((X,))), region(exit=Raise())), mul(Y)),
    "both leave with results": lambda: function(
        If((Y,), X, region(exit=Return((X,))), region(exit=Raise())), exit=Yield()),
    "both leave, then return": lambda: function(If((), X, region(exit=Return((X,))), region(exit=Raise()))),
    "undef operand": lambda: function(mul(Y, UNDEF)),
    "undef returned": lambda: function(exit=Return((UNDEF,))),
    "not an atom": lambda: function(mul(Y, 2.0)),       # type: ignore[arg-type]
    "index": lambda: function(Op((Y,), prims.GETITEM, (X, ONE, ONE), static=IndexSpec((None,)))),
    "binary of one": lambda: function(Op((Y,), prims.ADD, (X,))),
    "pop of one result": lambda: function(Op((Y,), prims.POP, (X,))),
    "two results": lambda: function(Op((Y, Z), prims.MUL, (X, X))),
    "unpack": lambda: function(Op((Y, Z), prims.UNPACK, (X,), static=(1, False, 0))),
    "keywords": lambda: function(Op((Y,), prims.APPLY, (X,), kw=("a", "b"))),
    "owned": lambda: dataclasses.replace(function(), owned=frozenset((Y,))),
}


@pytest.mark.parametrize("name", WRONG)
def test_refuses(name: str) -> None:
    with pytest.raises(IllFormed):
        check(WRONG[name]())


RIGHT: dict[str, Callable[[], Function]] = {
    "guard": lambda: function(loop(region(If((), X, region(exit=Break((Y,))), region()), mul(W), exit=Yield((W,))),
                                   (Z,), (Y,), (X,)), exit=Return((Z,))),
    "both leave": lambda: function(If((), X, region(exit=Return((X,))), region(exit=Raise((X,)))), exit=Yield()),
    "undef handed on": lambda: function(If((Y,), X, region(exit=Yield((UNDEF,))), region(exit=Yield((X,))))),
    "results of the side that goes on": lambda: function(
        If((Y,), X, region(exit=Return((X,))), region(exit=Yield((X,)))), exit=Return((Y,))),
    "sibling regions": lambda: function(If((), X, region(mul(Y)), region(mul(Z))), mul(W), Note("text")),
    "while": lambda: function(While((Z,), (Y,), (X,), region(mul(W, Y), exit=Yield((W,))), region(exit=Yield((Y,)))),
                              exit=Return((Z,))),
}


@pytest.mark.parametrize("name", RIGHT)
def test_accepts(name: str) -> None:
    check(RIGHT[name]())


def test_every_value_has_a_kind() -> None:
    check(function(mul(Y)), {X: FLOAT, Y: FLOAT})
    with pytest.raises(IllFormed, match="no kind"):
        check(function(mul(Y)), {X: FLOAT})


def test_what_must_be_resolved() -> None:
    inplace = function(Op((Y,), prims.INPLACE, (X, X), static=prims.ADD))
    check(inplace)
    with pytest.raises(IllFormed):
        check(inplace, resolved=True)
    method = function(Op((Y,), prims.METHOD, (X,), static="sum"))
    check(method, {X: UNKNOWN, Y: UNKNOWN}, resolved=True)
    with pytest.raises(IllFormed):
        check(method, {X: FLOAT, Y: FLOAT}, resolved=True)
    push = function(Op((Y,), prims.PUSH, (X, X)))
    check(push, {X: List(FLOAT), Y: List(FLOAT)}, resolved=True)
    with pytest.raises(IllFormed):
        check(push, {X: FLOAT, Y: FLOAT}, resolved=True)


def test_the_message_names_function_value_and_place() -> None:
    with pytest.raises(IllFormed, match=r"f: z is read where it is not bound, in y = mul"):
        check(function(mul(Y, Z)))


def _without(region: Region, victim: Stmt) -> Region:
    kept = [walk.map_regions(s, lambda r: _without(r, victim)) for s in region.stmts if s is not victim]
    return Region(tuple(kept), region.exit)


def _all(region: Region) -> list[Stmt]:
    return [s for stmt in region.stmts for s in (stmt, *(i for r in regions(stmt) for i in _all(r)))]


@pytest.mark.parametrize("seed", range(60))
def test_a_forgotten_definition_is_found(seed: int) -> None:
    """Take one statement away from a lowered program: if a result of it was read, the checker tells."""
    f = lowered(generate(seed, plain=True).load()["f"])
    check(f)
    used = walk.used(f.body)
    victims = [s for s in _all(f.body) if used & set(s.outs)]
    victim = Random(seed).choice(victims)
    inside = {v for r in regions(victim) for v in walk.used(r)}
    broken = dataclasses.replace(f, body=_without(f.body, victim))
    if walk.used(broken.body) & (set(victim.outs) | (inside & walk.bound(Region((victim,), Yield())))):
        with pytest.raises(IllFormed):
            check(broken)
