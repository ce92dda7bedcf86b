"""The evaluator means what Python means; values never change; writing in place is a choice."""
from __future__ import annotations

import gast
import numpy as np
import pytest

from tangent2.core import prims, walk
from tangent2.core.evaluate import evaluate
from tangent2.core.show import show
from tangent2.core.syntax import Const, Function, If, IndexSpec, Op, Raise, Region, Return, SliceSpec, Value, Yield
from tests.generator.program import generate
from tests.generator.verdict import check_core, lowered
from tests.harness import trees
from tests.harness.modes import RIGHT

X, Y, Z = (Value(name) for name in "xyz")
FULL = IndexSpec((SliceSpec(),))


def run(*ops: Op, args: tuple[object, ...], result: Value = Z, in_place: bool = False) -> object:
    return evaluate(Function("f", (X, Y), Region(ops, Return((result,)))), args, in_place)


@pytest.mark.parametrize("prim", prims.BINARY.values(), ids=repr)
def test_binary_and_inplace(prim: prims.Prim) -> None:
    a, b = (7, 2) if prim.name != "matmul" else (np.eye(2), np.ones(2))
    wanted = eval(f"a {prim.spelling[1]} b")
    for op in (Op((Z,), prim, (X, Y)), Op((Z,), prims.INPLACE, (X, Y), static=prim)):
        if not (op.prim is prims.INPLACE and prim.name == "matmul"):
            assert np.all(run(op, args=(a, b)) == wanted)


@pytest.mark.parametrize("prim", [prims.SETITEM, *prims.UPDATES.values(), prims.AT_ADD], ids=repr)
def test_updates_copy_unless_in_place(prim: prims.Prim) -> None:
    op = Op((Z,), prim, (X, Const(1), Y), static=IndexSpec((None,)))
    x = np.array([1.0, 2.0])
    z = run(op, args=(x, 4.0))
    assert x[1] == 2.0 and z is not x
    assert run(op, args=(x, 4.0), in_place=True) is x and np.array_equal(x, z)      # type: ignore[arg-type]


def test_an_element_of_a_list_is_not_changed_by_its_update() -> None:
    a = np.zeros(2)
    z = run(Op((Z,), prims.ADDITEM, (X, Const(0), Y), static=IndexSpec((None,))), args=([a], 1.0))
    assert np.array_equal(z[0], [1.0, 1.0]) and not a.any()     # type: ignore[index]


def test_lists() -> None:
    a, b, top = Value(), Value(), Value()
    x = [1.0]
    z = run(Op((a,), prims.PUSH, (X, Y)), Op((b, top), prims.POP, (a,)), Op((Z,), prims.TUPLE, (X, a, b, top)),
            args=(x, 2.0))
    assert z == ([1.0], [1.0, 2.0], [1.0], 2.0)


def test_unpack() -> None:
    a, b, c = Value(), Value(), Value()
    op = Op((a, b, c), prims.UNPACK, (X,), static=(1, True, 1))
    assert run(op, Op((Z,), prims.TUPLE, (a, b, c)), args=((1, 2, 3, 4), 0)) == (1, [2, 3], 4)
    with pytest.raises(ValueError):
        run(op, args=((1,), 0), result=X)
    with pytest.raises(ValueError):
        run(Op((a,), prims.UNPACK, (X,), static=(1, False, 0)), args=((1, 2), 0), result=X)


def test_closure_captures_values_and_takes_keywords() -> None:
    a, v, w, f = Value("a"), Value("v"), Value(), Value("g")
    inner = Function("g", (a, v), Region((Op((w,), prims.MUL, (a, v)),), Return((w,))))
    made = Op((f,), prims.CLOSURE, (X,), static=inner)
    assert run(made, Op((Z,), prims.APPLY, (f, Y)), args=(3.0, 4.0)) == 12.0
    assert run(made, Op((Z,), prims.APPLY, (f, Y), kw=("v",)), args=(3.0, 4.0)) == 12.0


def test_verbatim() -> None:
    node = gast.parse("[v + _0 for v in range(_1)]", mode="eval").body
    for name in gast.walk(node):
        if isinstance(name, gast.Name) and name.id.startswith("_"):
            name.id = "$" + name.id[1:]
    op = Op((Z,), prims.VERBATIM, (X, Y), static=prims.Template(node))
    assert run(op, args=(10, 3)) == [10, 11, 12]


def test_undef_is_handed_on_but_not_used() -> None:
    from tangent2.core.syntax import UNDEF
    choice = If((Y,), X, Region((), Yield((Const(1.0),))), Region((), Yield((UNDEF,))))
    f = Function("f", (X,), Region((choice,), Return((Y,))))
    assert evaluate(f, (True,)) == 1.0
    with pytest.raises(UnboundLocalError):
        evaluate(f, (False,))


def test_raise() -> None:
    with pytest.raises(KeyError):
        evaluate(Function("f", (X,), Region((), Raise((X,)))), (KeyError("a"),))


@pytest.mark.parametrize("seed", range(100))
def test_a_renewed_function_means_the_same(seed: int) -> None:
    program = generate(seed, plain=True)
    f = lowered(program.load()["f"])
    new, mapping = walk.renew_function(f)
    assert not walk.bound(new.body) & walk.bound(f.body) and len(mapping) >= len(walk.bound(f.body))
    assert evaluate(new, trees.copied(program.args)) == evaluate(f, trees.copied(program.args))
    assert show(new) == show(f)


@pytest.mark.parametrize("seed", range(200, 300))
def test_a_lowered_program_means_what_python_means(seed: int) -> None:
    outcome = check_core(generate(seed, plain=True))
    assert outcome.verdict in (RIGHT, "refused"), outcome
