"""Cores built by hand, in the form in which the emitter gets them."""
from __future__ import annotations

from typing import Any

import numpy as np

from tangent2.core import prims
from tangent2.core.kinds import FLOAT, INT, Array, Kind, List
from tangent2.core.prims import Prim
from tangent2.core.syntax import (
    Atom, Break, Call, Callee, Const, For, Function, If, IndexSpec, Note, Op, Region, Return, SliceSpec, Stmt, Typed,
    Value, While, Yield,
)
from tangent2.errors import UnsupportedError

RANGE = Prim("range", ("builtin", "range"), obj=range)
LEN = Prim("len", ("builtin", "len"), obj=len)
ABS = Prim("abs", ("builtin", "abs"), obj=abs)
SUM = Prim("sum", ("builtin", "sum"), obj=sum)
SIN, COS, EXP, LOG, TANH, NP_ABS = [Prim(n, ("call", "numpy", n), elementwise=True, obj=getattr(np, n))
                                    for n in ("sin", "cos", "exp", "log", "tanh", "abs")]
NP_MAX, NP_SUM, OUTER, MEAN, ZEROS = [Prim(n, ("call", "numpy", n), obj=getattr(np, n))
                                      for n in ("max", "sum", "outer", "mean", "zeros")]
T = Prim("T", ("attribute", "T"), result="view")
ADD, SUB, MUL, DIV, POW, MATMUL = prims.ADD, prims.SUB, prims.MUL, prims.DIV, prims.POW, prims.MATMUL
VEC = Array("float64", None)
TAPE_KIND = List(FLOAT, tape=True)


def c(value: Any) -> Const:
    return Const(value)


def no_core(kinds: tuple[Kind, ...]) -> Typed:
    """The core of a callee that stands for one which is emitted elsewhere."""
    raise UnsupportedError("a stand-in has no core")


class Make:
    """Statements in order, as one writes them; kinds are given, not inferred."""

    def __init__(self) -> None:
        self.kinds: dict[Value, Kind] = {}
        self.stmts: list[Stmt] = []

    def var(self, hint: str | None = None, kind: Kind = FLOAT, user: bool | None = None) -> Value:
        value = Value(hint, hint is not None if user is None else user)
        self.kinds[value] = kind
        return value

    def op(self, prim: Prim, *args: Atom, name: str | None = None, kind: Kind = FLOAT, static: Any = None,
           kw: tuple[str, ...] = (), user: bool | None = None, origin: Any = None) -> Value:
        out = self.var(name, kind, user)
        self.stmts.append(Op((out,), prim, args, kw, static, origin))
        return out

    def pop(self, tape: Value, name: str | None = None, kind: Kind = FLOAT) -> tuple[Value, Value]:
        rest, item = self.var(tape.hint, self.kinds[tape], tape.user), self.var(name, kind)
        self.stmts.append(Op((rest, item), prims.POP, (tape,)))
        return rest, item

    def push(self, tape: Value, item: Atom) -> Value:
        return self.op(prims.PUSH, tape, item, name=tape.hint, kind=self.kinds[tape], user=tape.user)

    def unpack(self, item: Atom, *outs: Value) -> None:
        self.stmts.append(Op(outs, prims.UNPACK, (item,), static=(len(outs), False, 0)))

    def call(self, callee: Callee, *args: Atom, name: str | None = None, kind: Kind = FLOAT) -> Value:
        out = self.var(name, kind)
        self.stmts.append(Call((out,), callee, args))
        return out

    def note(self, text: str = "Backward pass") -> None:
        self.stmts.append(Note(text))

    def take(self) -> tuple[Stmt, ...]:
        stmts, self.stmts = tuple(self.stmts), []
        return stmts

    def inside(self) -> Make:
        inner = Make()
        inner.kinds = self.kinds
        return inner

    def done(self, *vals: Atom) -> Region:
        return Region(self.take(), Yield(vals))

    def loop(self, stmt: For | While | If) -> tuple[Value, ...]:
        self.stmts.append(stmt)
        return stmt.outs

    def function(self, name: str, params: tuple[Value, ...], *vals: Atom) -> Function:
        if len(vals) != 1:
            vals = (self.op(prims.TUPLE, *vals),)
        return Function(name, params, Region(self.take(), Return(vals)))


def again(m: Make, *values: Value) -> tuple[Value, ...]:
    """New versions of variables."""
    return tuple([m.var(v.hint, m.kinds[v], v.user) for v in values])


def cut(lower: int | None = None, upper: int | None = None) -> tuple[IndexSpec, tuple[Const, ...]]:
    """The index `lower:upper`."""
    atoms = tuple([c(b) for b in (lower, upper) if b is not None])
    return IndexSpec((SliceSpec(lower is not None, upper is not None),)), atoms


def view(m: Make, base: Value, lower: int | None = None, upper: int | None = None) -> Value:
    spec, atoms = cut(lower, upper)
    return m.op(prims.GETITEM, base, *atoms, kind=VEC, static=spec)


def update(m: Make, prim: Prim, base: Value, value: Atom, lower: int | None = None, upper: int | None = None) -> Value:
    spec, atoms = cut(lower, upper)
    return m.op(prim, base, *atoms, value, name=base.hint, kind=VEC, static=spec, user=base.user)


def grad_damped_energy() -> tuple[Function, dict[Value, Kind]]:
    """B1 of the worked examples."""
    m = Make()
    x, n = m.var("x"), m.var("n", INT)
    tape = m.op(prims.TAPE, name="v_saved", kind=TAPE_KIND, user=False)
    forward = m.op(RANGE, n)
    p, v, i = m.var("v_saved", TAPE_KIND, False), m.var("v"), m.var("i", INT)
    b = m.inside()
    p2 = b.push(p, v)
    v2 = b.op(SIN, v, name="v")
    p3, v3 = again(m, p, v)
    m.loop(For((p3, v3), i, forward, (p, v), (tape, x), b.done(p2, v2)))
    m.note()
    back = m.op(RANGE, m.op(SUB, n, c(1)), c(-1), c(-1))
    p4, bar, j = m.var("v_saved", TAPE_KIND, False), m.var("v_bar"), m.var("i", INT)
    b = m.inside()
    p5, w = b.pop(p4, "v")
    t = b.op(ADD, j, c(1), kind=INT)
    left = b.op(MUL, bar, b.op(COS, w))
    bar2 = b.op(ADD, left, b.op(DIV, b.op(MUL, c(2.0), w), t), name="v_bar")
    p6, bar3 = again(m, p4, bar)
    m.loop(For((p6, bar3), j, back, (p4, bar), (p3, c(0.0)), b.done(p5, bar2)))
    return m.function("grad_damped_energy", (x, n), bar3), m.kinds


def grad_diffuse() -> tuple[Function, dict[Value, Kind]]:
    """B2 of the worked examples."""
    m = Make()
    tapes = List(VEC, tape=True)
    u0, k, tol = m.var("u0", VEC), m.var("k"), m.var("tol")
    u = m.op(prims.COPY, u0, name="u", kind=VEC)
    tape = m.op(prims.TAPE, name="saved", kind=tapes, user=False)
    u1, s1 = m.var("u", VEC), m.var("saved", tapes, False)
    b = m.inside()
    cond = b.done(b.op(prims.GT, b.op(NP_MAX, b.op(NP_ABS, u1, kind=VEC)), tol))
    high, mid = view(b, u1, 2), view(b, u1, 1, -1)
    lap = b.op(ADD, b.op(SUB, high, b.op(MUL, c(2.0), mid, kind=VEC), kind=VEC), view(b, u1, None, -2), kind=VEC)
    s2 = b.push(s1, lap)
    u2 = update(b, prims.ADDITEM, u1, b.op(MUL, k, lap, kind=VEC), 1, -1)
    u3, s3 = again(m, u1, s1)
    m.loop(While((u3, s3), (u1, s1), (u, tape), cond, b.done(u2, s2)))
    m.note()
    bar = m.op(MUL, c(2.0), u3, name="u_bar", kind=VEC)
    s4, bar1, kbar = m.var("saved", tapes, False), m.var("u_bar", VEC), m.var("k_bar")
    b = m.inside()
    cond = b.done(s4)
    s5, lap = b.pop(s4, kind=VEC)
    mid = view(b, bar1, 1, -1)
    part = b.op(MUL, mid, k, kind=VEC)
    kbar2 = b.op(ADD, kbar, b.op(NP_SUM, b.op(MUL, mid, lap, kind=VEC)), name="k_bar")
    bar2 = update(b, prims.ADDITEM, bar1, part, None, -2)
    bar3 = update(b, prims.ADDITEM, bar2, part, 2)
    bar4 = update(b, prims.SUBITEM, bar3, b.op(MUL, c(2.0), part, kind=VEC), 1, -1)
    s6, bar5, kbar3 = again(m, s4, bar1, kbar)
    m.loop(While((s6, bar5, kbar3), (s4, bar1, kbar), (s3, bar, c(0.0)), cond, b.done(s5, bar4, kbar2)))
    return m.function("grad_diffuse", (u0, k, tol), bar5, kbar3), m.kinds


def grad_mlp_loss() -> tuple[tuple[Function, ...], dict[Value, Kind]]:
    """B3 of the worked examples: user functions called unchanged, emitted pullbacks before the entry."""
    m = Make()
    pull = Callee("bwd", "bwd_layer", no_core)
    pull2 = Callee("bwd2", "bwd_layer_wrt_W_b", no_core)

    def tail(W: Value | None, x: Value, y: Value, y_bar: Value) -> list[Value]:
        rest = m.op(SUB, c(1.0), m.op(POW, y, c(2), kind=VEC), kind=VEC)
        b_bar = m.op(MUL, y_bar, rest, name="b_bar", kind=VEC)
        W_bar = m.op(OUTER, b_bar, x, name="W_bar", kind=VEC)
        if W is None:
            return [W_bar, b_bar]
        return [W_bar, b_bar, m.op(MATMUL, m.op(T, W, kind=VEC), b_bar, name="x_bar", kind=VEC)]

    params = tuple([m.var(n, VEC) for n in ("W", "x", "y", "y_bar")])
    bwd = m.function("bwd_layer", params, *tail(*params))
    params = tuple([m.var(n, VEC) for n in ("x", "y", "y_bar")])
    bwd2 = m.function("bwd_layer_wrt_W_b", params, *tail(None, *params))
    W1, b1, W2, b2, x, t = params = tuple([m.var(n, VEC) for n in ("W1", "b1", "W2", "b2", "x", "t")])
    layer = Callee("layer", "layer", None, python_layer)        # type: ignore[arg-type]
    h = m.call(layer, W1, b1, x, name="h", kind=VEC)
    o = m.call(layer, W2, b2, h, name="o", kind=VEC)
    m.note()
    o_bar = m.op(MUL, c(2.0), m.op(SUB, o, t, kind=VEC), name="o_bar", kind=VEC)
    outs = tuple([m.var(n, VEC) for n in ("W2_bar", "b2_bar", "h_bar")])
    m.unpack(m.call(pull, W2, h, o, o_bar, kind=VEC), *outs)
    outs1 = tuple([m.var(n, VEC) for n in ("W1_bar", "b1_bar")])
    m.unpack(m.call(pull2, x, h, outs[2], kind=VEC), *outs1)
    return (m.function("grad_mlp_loss", params, *outs1, *outs[:2]), bwd, bwd2), m.kinds


def python_layer(W: Any, b: Any, x: Any) -> Any:
    return np.tanh(W @ x + b)


def grad_newton_sqrt() -> tuple[Function, dict[Value, Kind]]:
    """B4 of the worked examples: a guard that breaks."""
    m = Make()
    a, n = m.var("a"), m.var("n", INT)
    tape = m.op(prims.TAPE, name="saved", kind=TAPE_KIND, user=False)
    s1, x, i = m.var("saved", TAPE_KIND, False), m.var("x"), m.var("i", INT)
    steps = m.op(RANGE, n)
    b = m.inside()
    r = b.op(SUB, b.op(MUL, x, x), a, name="r")
    small = b.op(prims.LT, b.op(ABS, r), c(1e-13))
    b.loop(If((), small, Region((), Break((s1, x))), Region((), Yield())))
    s2 = b.push(s1, b.op(prims.TUPLE, r, x))
    x2 = b.op(SUB, x, b.op(DIV, r, b.op(MUL, c(2.0), x)), name="x")
    s3, x3 = again(m, s1, x)
    m.loop(For((s3, x3), i, steps, (s1, x), (tape, a), b.done(s2, x2)))
    m.note()
    s4, xbar, abar = m.var("saved", TAPE_KIND, False), m.var("x_bar"), m.var("a_bar")
    b = m.inside()
    cond = b.done(s4)
    r, x = m.var("r"), m.var("x")
    s5, both = b.pop(s4)
    b.unpack(both, r, x)
    t = b.op(MUL, c(2.0), x)
    rbar = b.op(DIV, b.op(prims.NEG, xbar), t, name="r_bar")
    abar2 = b.op(SUB, abar, rbar, name="a_bar")
    part = b.op(DIV, b.op(MUL, c(2.0), b.op(MUL, xbar, r)), b.op(POW, t, c(2)))
    last = b.op(MUL, b.op(MUL, c(2.0), rbar), x)
    xbar2 = b.op(ADD, b.op(ADD, xbar, part), last, name="x_bar")
    s6, xbar3, abar3 = again(m, s4, xbar, abar)
    m.loop(While((s6, xbar3, abar3), (s4, xbar, abar), (s3, c(1.0), c(0.0)), cond, b.done(s5, xbar2, abar2)))
    total = m.op(ADD, abar3, xbar3, name="a_bar")
    return m.function("grad_newton_sqrt", (a, n), total), m.kinds
