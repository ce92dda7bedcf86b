"""Emission: cores print as a person would write them, and what is printed runs and means the same."""
from __future__ import annotations

import contextlib
import copy
import inspect
import io
import linecache
import pdb
import traceback
from collections.abc import Callable
from typing import Any

import gast
import numpy as np
import pytest

from tangent2.core import prims
from tangent2.core.evaluate import evaluate
from tangent2.core.kinds import FLOAT, INT, Kind
from tangent2.core.operations import deep_copy
from tangent2.core.prims import Captured
from tangent2.core.syntax import Const, Function, If, Op, Origin, Region, Return, Typed, Value, Yield
from tangent2.optimise.arrange import arrange
from tangent2.optimise.copies import insert_copies
from tangent2.optimise.resugar import resugar
from tangent2.python.emit import Emitted, emit
from tangent2.python.load import load, namespace_of, origin_of
from tangent2.python.unparse import unparse
from tests.optimise.random_cores import DEEP, Generator, arguments
from tests.optimise.test_copies import same
from tests.python import cores, spelled
from tests.python.cores import Make, c

RNG = np.random.default_rng(0)
VECTOR, OTHER, MATRIX = RNG.standard_normal(5), RNG.standard_normal(5), RNG.standard_normal((9, 5))
VECTOR[0] = VECTOR[-1] = 0.0        # what diffuses comes to rest
ARGS: dict[str, tuple[Any, ...]] = {
    "ratio": (1.3, 0.7), "logistic_loss": (VECTOR, 0.3, MATRIX, np.ones(9)), "value_and_grad_damped_energy": (1.1, 7),
    "grad_grad_damped_energy": (1.1, 7), "grad_diffuse": (VECTOR, 0.3, 0.5), "grad_newton_sqrt": (2.0, 50),
    "grad_tree_sum": (0.8,), "grad_overwrite": (VECTOR, OTHER), "grad_pick": (0.7,),
    "grad_mixture": (0.7, [0.5, 1.0, 2.0]), "fib": (0.5, 7), "conditions": (1.7, 3), "exits": (1.5, 6),
    "containers": (1.3,), "shadows_builtins": (1.0, 2.0, 3.0), "kept_text": (1.5,), "arrays": (VECTOR, 5),
}


def compiled(fn: Callable[..., Any], *args: Any) -> Emitted:
    from tests.analysis.programs import resolve
    typed = resugar(insert_copies(resolve(fn, *args), deep=DEEP))
    return emit((typed.function,), {typed.function: typed.kinds}, arrange)


def plain(core: tuple[Function | tuple[Function, ...], dict[Value, Kind]]) -> Emitted:
    functions, kinds = core
    every = functions if isinstance(functions, tuple) else (functions,)
    return emit(every, dict.fromkeys(every, kinds), arrange)


def body(text: str) -> str:
    """Without the imports."""
    return text[text.index("def "):]


@pytest.mark.parametrize("name", ARGS)
def test_prints_as_written(name: str) -> None:
    fn, args = getattr(spelled, name), ARGS[name]
    emitted = compiled(fn, *args)
    assert body(emitted.text).strip() == inspect.getsource(fn).strip()
    made = load(emitted)
    wanted, found = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(wanted):
        expected = fn(*copy.deepcopy(args))
    with contextlib.redirect_stdout(found):
        assert same(expected, made(*copy.deepcopy(args)))
    assert wanted.getvalue() == found.getvalue()
    assert compiled(made, *args).text == emitted.text       # lowered and printed again: the same text


def test_damped_energy() -> None:
    emitted = plain(cores.grad_damped_energy())
    assert body(emitted.text) == '''def grad_damped_energy(x, n):
    v_saved = []
    v = x
    for i in range(n):
        v_saved.append(v)
        v = np.sin(v)
    # Backward pass
    v_bar = 0.0
    for i in range(n - 1, -1, -1):
        v = v_saved.pop()
        v_bar = v_bar * np.cos(v) + 2.0 * v / (i + 1)
    return v_bar
'''
    assert load(emitted)(1.1, 7) == spelled.value_and_grad_damped_energy(1.1, 7)[1]


def test_diffuse() -> None:
    emitted = plain(cores.grad_diffuse())
    assert body(emitted.text) == '''def grad_diffuse(u0, k, tol):
    u = u0.copy()
    saved = []
    while np.max(np.abs(u)) > tol:
        t = u[2:] - 2.0 * u[1:-1] + u[:-2]
        saved.append(t)
        u[1:-1] += k * t
    # Backward pass
    u_bar = 2.0 * u
    k_bar = 0.0
    while saved:
        t1 = u_bar[1:-1] * k
        k_bar += np.sum(u_bar[1:-1] * saved.pop())
        u_bar[:-2] += t1
        u_bar[2:] += t1
        u_bar[1:-1] -= 2.0 * t1
    return u_bar, k_bar
'''
    wanted = spelled.grad_diffuse(VECTOR, 0.3, 0.5)
    assert all(np.allclose(a, b) for a, b in zip(load(emitted)(VECTOR, 0.3, 0.5), wanted))


def test_mlp_loss() -> None:
    emitted = plain(cores.grad_mlp_loss())
    assert body(emitted.text) == '''def bwd_layer(W, x, y, y_bar):
    b_bar = y_bar * (1.0 - y ** 2)
    W_bar = np.outer(b_bar, x)
    x_bar = W.T @ b_bar
    return W_bar, b_bar, x_bar


def bwd_layer_wrt_W_b(x, y, y_bar):
    b_bar = y_bar * (1.0 - y ** 2)
    W_bar = np.outer(b_bar, x)
    return W_bar, b_bar


def grad_mlp_loss(W1, b1, W2, b2, x, t):
    h = layer(W1, b1, x)
    o = layer(W2, b2, h)
    # Backward pass
    o_bar = 2.0 * (o - t)
    W2_bar, b2_bar, h_bar = bwd_layer(W2, h, o, o_bar)
    W1_bar, b1_bar = bwd_layer_wrt_W_b(x, h, h_bar)
    return W1_bar, b1_bar, W2_bar, b2_bar
'''
    assert emitted.callees == {"layer": cores.python_layer}
    r = np.random.default_rng(1).standard_normal
    found = load(emitted)(r((5, 3)), r(5), r((2, 5)), r(2), r(3), r(2))
    assert [g.shape for g in found] == [(5, 3), (5,), (2, 5), (2,)]


def test_newton_sqrt() -> None:
    emitted = plain(cores.grad_newton_sqrt())
    assert emitted.text == '''def grad_newton_sqrt(a, n):
    saved = []
    x = a
    for i in range(n):
        r = x * x - a
        if abs(r) < 1e-13:
            break
        saved.append((r, x))
        x = x - r / (2.0 * x)
    # Backward pass
    x_bar = 1.0
    a_bar = 0.0
    while saved:
        r, x = saved.pop()
        t = 2.0 * x
        r_bar = -x_bar / t
        a_bar -= r_bar
        x_bar = x_bar + 2.0 * (x_bar * r) / t ** 2 + 2.0 * r_bar * x
    a_bar += x_bar
    return a_bar
'''
    assert load(emitted)(2.0, 50) == pytest.approx(0.5 / 2.0 ** 0.5)


@pytest.mark.parametrize("seed", range(120))
def test_random_cores_mean_the_same(seed: int) -> None:
    typed = insert_copies(Generator(seed, 6 + seed % 40).typed(), deep=DEEP)
    args = arguments(seed)
    with np.errstate(all="ignore"):
        wanted = evaluate(typed.function, deep_copy(args), in_place=True)
        emitted = emit((typed.function,), {typed.function: typed.kinds}, arrange)
        assert same(wanted, load(emitted)(*deep_copy(args))), emitted.text
    assert gast.dump(gast.parse(unparse(gast.parse(emitted.text)))) == gast.dump(gast.parse(emitted.text))


def test_header_alias_and_helpers() -> None:
    m = Make()
    x = m.var("np", FLOAT)
    helper = prims.Prim("unbroadcast", ("call", "tangent2.runtime.shapes", "unbroadcast"))
    y = m.op(helper, m.op(cores.SIN, x), x, name="y")
    f = m.function("f", (x,), y)
    emitted = emit((f,), {f: m.kinds}, arrange, aliases={"numpy": "np"}, header=("derived",))
    assert emitted.text == '''# derived
import numpy as np1
from tangent2.runtime.shapes import unbroadcast


def f(np):
    y = unbroadcast(np1.sin(np), np)
    return y
'''


def test_captured_names_and_constants() -> None:
    m = Make()
    x = m.var("x", FLOAT)
    here = {"gain": 3.0}
    gain = m.op(prims.READ, static=Captured("gain", here, lambda: here["gain"]))
    config = m.op(prims.READ, static=Captured("math.pi", __import__("math"), lambda: 3.0, "module"))
    total = m.op(prims.ADD, m.op(prims.MUL, gain, config), m.op(prims.MUL, x, c(float("inf"))))
    y = m.op(prims.ADD, total, m.op(prims.MUL, c(-2.0), c(1 - 2j)), name="gain")
    emitted = plain((m.function("f", (x,), y), m.kinds))
    assert emitted.text == '''import math


def f(x):
    gain1 = gain * math.pi + x * float('inf') + -2.0 * complex(1.0, -2.0)
    return gain1
'''
    assert namespace_of(emitted) == {"gain": 3.0}


def test_nested_functions_and_lambdas() -> None:
    m = Make()
    x, u, v = m.var("x"), m.var("c"), m.var("v")
    t = m.op(prims.MUL, u, v)
    inner = Function("f", (u, v), Region(m.take(), Return((t,))))
    a = m.op(cores.EXP, x, name="a")
    f = m.op(prims.CLOSURE, a, static=inner, name="f")
    y = m.op(prims.ADD, m.op(prims.APPLY, f, x, static="nested"), m.op(prims.APPLY, f, c(2.0), static="nested"))
    emitted = plain((m.function("g", (x,), y), m.kinds))
    assert body(emitted.text) == '''def g(x):
    a = np.exp(x)

    def f(v):
        return a * v

    return f(x) + f(2.0)
'''
    assert load(emitted)(0.0) == 2.0


def test_remarks() -> None:
    m = Make()
    x = m.var("x")
    m.note()
    last: Value = x
    for k in range(7):
        origin = Origin("f.py", k + 1, f"y{k} = x * {k}", "f")
        last = m.op(prims.MUL, last, c(float(k)), name=f"y{k}_bar", origin=origin)
    emitted = plain((m.function("g", (x,), last), m.kinds))
    assert "    y3_bar = y2_bar * 3.0  # Grad of: y3 = x * 3\n" in emitted.text
    line = emitted.text.split("\n").index("    y3_bar = y2_bar * 3.0  # Grad of: y3 = x * 3") + 1
    assert emitted.lines[line].line == 4
    made = load(emitted)
    found = origin_of(made.__code__.co_filename, line)
    assert found is not None and found.text == "y3 = x * 3"
    g = m.function("g", (x,), x)
    assert "Grad of" not in emit((g,), {g: m.kinds}, arrange, remarks=False).text


def test_lines_survive_and_show_in_tracebacks() -> None:
    m = Make()
    x = m.var("x")
    made = load(plain((m.function("f", (x,), m.op(prims.DIV, c(1.0), x)), m.kinds)))
    linecache.checkcache()
    try:
        made(0.0)
    except ZeroDivisionError:
        assert "return 1.0 / x" in traceback.format_exc()
    assert inspect.getsource(made) == "def f(x):\n    return 1.0 / x\n"
    assert pdb.Pdb(stdout=io.StringIO()).canonic(made.__code__.co_filename) == made.__code__.co_filename


def test_a_last_branch_returns() -> None:
    m = Make()
    x, out, out2 = m.var("x"), m.var("x_bar"), m.var("y_bar")
    b = m.inside()
    then = b.done(b.op(prims.MUL, c(2.0), x, name="x_bar"), c(1.0))
    other = b.done(b.op(cores.COS, x, name="x_bar"), c(0.0))
    cond = m.op(prims.LT, x, c(0.0), kind=prims.LT and FLOAT)
    m.loop(If((out, out2), cond, then, other))
    function = m.function("f", (x,), out, out2)
    emitted = emit((made := resugar(Typed(function, m.kinds, FLOAT)).function,), {made: m.kinds}, arrange)
    assert body(emitted.text) == '''def f(x):
    if x < 0.0:
        return 2.0 * x, 1.0
    return np.cos(x), 0.0
'''


@pytest.mark.parametrize("prim, kind, text", [
    (prims.LT, FLOAT, "not x < y"), (prims.LT, INT, "x >= y"), (prims.EQ, FLOAT, "x != y"),
    (prims.EQ, cores.VEC, "not x == y"), (prims.IN, cores.VEC, "x not in y"),
])
def test_turned_conditions(prim: prims.Prim, kind: Kind, text: str) -> None:
    m = Make()
    x, y, z = m.var("x", kind), m.var("y", kind), m.var("z")
    cond = m.op(prim, x, y, kind=kind)
    b = m.inside()
    other = b.done(b.op(prims.MUL, z, c(2.0), name="z"))
    out = m.var("z")
    m.loop(If((out,), cond, Region((), Yield((z,))), other))
    emitted = plain((m.function("f", (x, y, z), out), m.kinds))
    assert f"    if {text}:\n        z = z * 2.0\n    return z\n" in emitted.text


def test_functions_are_found_by_key_and_named_apart() -> None:
    m = Make()
    u = m.var("u")
    one = m.function("g", (u,), m.op(cores.SIN, u))
    v = m.var("v")
    two = m.function("g", (v,), m.op(cores.COS, v))
    from tangent2.core.syntax import Callee
    callees = [Callee(key, "bwd_g", cores.no_core) for key in (1, 2)]
    x = m.var("x")
    f = m.function("f", (x,), m.op(prims.MUL, m.call(callees[0], x), m.call(callees[1], x)))
    emitted = emit((f, one, two), dict.fromkeys((f, one, two), m.kinds), arrange, keys=(0, 1, 2))
    assert "    return bwd_g(x) * bwd_g1(x)\n" in emitted.text
    assert load(emitted)(1.0) == np.sin(1.0) * np.cos(1.0)


def test_emission_is_deterministic() -> None:
    assert len({plain(cores.grad_diffuse()).text for _ in range(3)}) == 1


def test_unused_results() -> None:
    m = Make()
    x = m.var("x")
    m.stmts.append(Op((Value(),), prims.VERBATIM, (x,), static=prims.Template(gast.parse("print(_0)").body[0].value)))
    template = gast.parse("print(x)").body[0].value
    template.args[0] = gast.Name("$0", gast.Load(), None, None)
    m.stmts[-1] = Op((Value(),), prims.VERBATIM, (x,), static=prims.Template(template))
    emitted = plain((m.function("f", (x,), Const(None)), m.kinds))
    assert emitted.text == "def f(x):\n    print(x)\n"
