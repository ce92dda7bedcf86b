"""Look-ups in the registry, the binding of arguments, the files of templates, and dtypes kept."""
from __future__ import annotations

import math

import numpy as np
import pytest

from tangent2.core import prims
from tangent2.core.build import Builder
from tangent2.core.kinds import FLOAT, UNKNOWN, Array, Sym
from tangent2.core.prims import Prim
from tangent2.core.syntax import Const, Function, Op, Region, Return, Typed, Value
from tangent2.rules import apply, declare
from tangent2.rules.declare import all_rules, attribute, bind, by_name, method, recognise_prim, rule
from tangent2.rules.template import bar, compiled, dot
from tangent2.transform.forward import forward


def test_objects_are_recognised() -> None:
    assert recognise_prim(np.sin) is by_name("np.sin")
    assert recognise_prim(math.sin) is not recognise_prim(np.sin)
    assert recognise_prim(len) is by_name("len") and recognise_prim(print) is None and recognise_prim([]) is None
    assert recognise_prim(np.absolute).spelling == ("call", "numpy", "abs")


def test_methods_and_attributes() -> None:
    for name in ("sum", "mean", "dot", "reshape", "copy", "max", "astype"):
        found = method(name)
        assert found is not None and found.spelling[:2] == ("method", name)
    for name in ("T", "shape", "size", "ndim", "dtype"):
        found = attribute(name)
        assert found is not None and found.spelling == ("attribute", name)
    assert method("tofile") is None and method("copy") is prims.COPY


def test_all_templates_compile() -> None:
    for found in all_rules().values():
        if found.template is not None and not found.own:      # those of users may be gone
            assert compiled(found).wrt


def test_arguments_are_bound() -> None:
    x, a = Value(), Value()
    op = Op((Value(),), by_name("np.sum"), (x, a), ("axis",))
    assert bind(op, ("x", "axis")) == {"x": x, "axis": a}
    with pytest.raises(LookupError, match="casting"):
        apply.adjoint(Builder(), Op((Value(),), by_name("np.sum"), (x, a), ("casting",)), x, frozenset((0,)))
    with pytest.raises(LookupError):
        apply.adjoint(Builder(), Op((Value(),), by_name("zip"), (x,)), x, frozenset((0,)))


def test_flow() -> None:
    assert apply.is_constant(by_name("np.floor")) and apply.is_constant(prims.LT)
    assert apply.is_differentiable(by_name("np.where"), 1) and not apply.is_differentiable(by_name("np.where"), 0)
    assert apply.flow_positions(Op((), prims.SETITEM, (Value(), Const(0), Value()))) == (0, 2)


def test_rules_of_the_users_own() -> None:
    made = Prim("cube", ("call", "somewhere", "cube"), params=("x",))

    @rule(made)
    def cube(out, x):  # type: ignore[no-untyped-def]
        dot[out] = 3.0 * x ** 2 * dot[x]

    build = Builder()
    x, g = build.value(FLOAT), build.value(FLOAT)
    found = apply.adjoint(build, Op((build.value(FLOAT),), made, (x,)), g, frozenset((0,)))
    declare._rules.pop(made)
    assert list(found) == [0] and len(build.stmts) == 3 and bar is None


def test_single_precision_stays() -> None:
    build = Builder()
    x = build.value(Array("float32", (Sym(0),)), "x", True)
    top = build.op(by_name("np.max"), x)
    out = build.op(by_name("np.maximum"), x, top)
    typed = Typed(Function("f", (x,), Region(tuple(build.stmts), Return((out,)))), build.kinds, build.kind(out))
    made = forward(typed, (True,), lambda *args: pytest.fail("no calls"), "tangent")
    result = made.function.body.exit.vals[0]
    assert made.kinds[result].dtype == "float32" and UNKNOWN not in made.kinds.values()  # type: ignore[index,union-attr]
