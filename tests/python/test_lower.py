"""Lowering keeps the meaning: the core of a program, evaluated, gives what Python gives; the rest is refused."""
# ruff: noqa: B007, B023, C417, F841
import contextlib
import copy
import io
from collections.abc import Callable
from types import FunctionType
from typing import Any

import numpy as np
import pytest

from tangent2.core import prims
from tangent2.core.check import check
from tangent2.core.evaluate import evaluate
from tangent2.core.syntax import Call, Callee, Const, For, Function, If, Op, Return, While, walk
from tangent2.errors import ArgumentError, TangentError, UnsupportedError
from tangent2.python.lower import lower
from tangent2.rules.declare import recognise_prim

from tests.harness.functions import namespace_of

from .programs import HOLDER, PROGRAMS, pair


def recognise(obj: Any) -> Any:
    """Primitives of the tables, and every Python function as a callee that is called itself."""
    found = recognise_prim(obj)
    if found is None and isinstance(obj, FunctionType):
        return Callee(id(obj), obj.__name__, lambda kinds: pytest.fail("not needed"), obj)
    return found


def outcome(run: Callable[[], Any]) -> Any:
    """What a call prints and returns, or the error it raises."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        try:
            result = run()
        except Exception as error:
            result = (type(error), str(error))
    return repr(result), out.getvalue()


@pytest.mark.parametrize("program, cases", PROGRAMS, ids=[f.__name__ for f, _ in PROGRAMS])
def test_meaning(program: Any, cases: list[tuple[Any, ...]]) -> None:
    core = check(lower(program, recognise))
    for args in cases:
        given = args
        if program.__name__ == "own_star":
            given = (args[0], args[1:])
        want = outcome(lambda a=args: program(*copy.deepcopy(a)))
        assert outcome(lambda a=given: evaluate(core, copy.deepcopy(a))) == want


def test_guard_keeps_its_shape() -> None:
    def newton(a, n):
        x = a
        for i in range(n):
            r = x * x - a
            if abs(r) < 1e-13:
                break
            x = x - r / (2.0 * x)
        return x
    core = lower(newton, recognise)
    loop = next(s for s in core.body.stmts if isinstance(s, For))
    assert [p.hint for p in loop.params] == ["x"] and loop.init == (core.params[0],)
    guard = next(s for s in loop.body.stmts if isinstance(s, If))
    assert guard.outs == () and guard.then.exit.vals == loop.params and guard.orelse.exit.vals == ()
    assert core.body.exit == Return(loop.outs)


def test_carried_in_order_of_first_assignment() -> None:
    def f(a, b, c):
        for _ in range(3):
            c = a + 1
            a = b
            b = c
            dead = c * 2
        return a, b, c
    loop = next(s for s in lower(f, recognise).body.stmts if isinstance(s, For))
    assert [p.hint for p in loop.params] == ["c", "a", "b"] and all(p.user for p in loop.params)


def test_dead_names_are_not_carried() -> None:
    def f(x, n):
        t = x
        while n > 0:
            t = x * n
            n = n - 1
        return n
    loop = next(s for s in lower(f, recognise).body.stmts if isinstance(s, While))
    assert [p.hint for p in loop.params] == ["n"]


def test_aliases_share_a_param() -> None:
    def f(x):
        u = x.copy()
        v = u
        for i in range(3):
            u[i] = i
        return u + v
    loop = next(s for s in lower(f, recognise).body.stmts if isinstance(s, For))
    assert len(loop.params) == 1


def test_literals_stay_atoms() -> None:
    def f():
        a = -2.0
        b = a
        return b
    core = lower(f, recognise)
    assert core.body.stmts == () and core.body.exit == Return((Const(-2.0),))


def test_calls_are_positional() -> None:
    def f(x):
        return pair(b=x, a=1.0)
    core = lower(f, recognise)
    call = core.body.stmts[0]
    assert isinstance(call, Call) and call.args == (Const(1.0), core.params[0]) and call.callee.name == "pair"


def test_module_constants_and_globals() -> None:
    def f(x):
        return x * np.pi + x[np.newaxis] + HOLDER.rate
    reads = [s.static for s in walk(lower(f, recognise).body) if isinstance(s, Op) and s.prim is prims.READ]
    assert [(r.name, r.where) for r in reads] == [("np.pi", "module"), ("HOLDER.rate", "global")]
    assert reads[0].owner is np and reads[1].read() == 0.75
    HOLDER.rate, old = 2.0, HOLDER.rate
    try:
        assert reads[1].read() == 2.0
    finally:
        HOLDER.rate = old


def test_verbatim_text() -> None:
    def f(x, rng):
        print(f"{x:.1f}", np.sum(x))
        rng.shuffle(x)
        y = rng.normal(size=3)
        z = sorted({1, 2})
        return y, z
    core = lower(f, recognise)
    kept = [s.static for s in core.body.stmts if isinstance(s, Op) and s.prim is prims.VERBATIM]
    assert [(t.pure, t.opaque) for t in kept[:2]] == [(False, False), (False, False)]
    assert [s.static for s in core.body.stmts if isinstance(s, Op) and s.prim is prims.CHANGE] == ["shuffle"]


def test_origins() -> None:
    def f(x):
        y = (x +
             1)
        for i in range(3):
            y = y * x
        return y
    core = lower(f, recognise)
    first = f.__code__.co_firstlineno
    assert core.origin is not None and core.origin.line == first
    add, loop = core.body.stmts[0].origin, next(s for s in core.body.stmts if isinstance(s, For)).origin
    assert (add.line, add.text) == (first + 1, "y = (x + 1)")
    assert (loop.line, loop.text) == (first + 3, "for i in range(3):") and loop.function == "f"


def test_origin_is_the_statement_alone() -> None:
    def f(x):
        a = x * 2; b = a + 1  # noqa: E702 # comment
        if (b > 0): b = "ä" and b  # noqa: E701
        while (a
               > 3):  # comment
            a = a - b
        return a + b
    texts = [s.origin.text for s in walk(lower(f, recognise).body) if isinstance(s, (Op, If, While))]
    assert list(dict.fromkeys(texts)) == [
        "a = x * 2", "b = a + 1", "if (b > 0):", 'b = "ä" and b', "while (a > 3):", "a = a - b", "return a + b"]


def test_nested_too_deeply() -> None:
    text = f"def f(x):\n    return {'+'.join(['x'] * 700)}\n"
    with pytest.raises(UnsupportedError, match="too deeply"):
        lower(namespace_of(text)["f"], recognise)


def test_docstring() -> None:
    def f(x):
        """Twice."""
        return x + x
    assert lower(f, recognise).doc == "Twice."


def test_closure_is_a_function_of_its_captures() -> None:
    def f(x, a):
        k = 3.0
        gain = a * a

        def scale(v):
            return gain * v * k
        return scale(x)
    core = lower(f, recognise)
    made = next(s for s in core.body.stmts if isinstance(s, Op) and s.prim is prims.CLOSURE)
    assert isinstance(made.static, Function) and [p.hint for p in made.static.params] == ["gain", "v"]
    called = core.body.stmts[-1]
    assert isinstance(called, Op) and called.prim is prims.APPLY and called.args == (made.out, core.params[0])


# --- refusals ---------------------------------------------------------------------------------------------------------

TOTAL = [0.0]
REFUSED: list[tuple[Any, str]] = []


def refused(word: str) -> Callable[[Any], Any]:
    def register(fn: Any) -> Any:
        REFUSED.append((fn, word))
        return fn
    return register


@refused("`try`")
def r_try(x):
    try:
        return x
    finally:
        return 1        # noqa: B012


@refused("`with`")
def r_with(x):
    with np.errstate(**dict(all="raise")):
        return x


@refused("`nonlocal`")
def r_nonlocal(x):
    def g():
        nonlocal x
        x = 1
    return g, x


@refused("`yield`")
def r_yield(x):
    y = yield x
    return y


@refused("not bound")
def r_unbound(x):
    y = z + x  # noqa: F821, F841
    z = 1
    return z


@refused("not defined")
def r_undefined(x):
    return x + no_such_name  # noqa: F821


@refused("surroundings")
def r_global_store(x):
    TOTAL[0] = x
    return x


@refused("surroundings")
def r_global_append(x):
    TOTAL.append(x)
    return x


@refused("`*`")
def r_insert_starred(x):
    s = [x, 1.0]
    s.insert(*x)
    return s


@refused("`del`")
def r_del_stepped(x):
    s = [x, 1.0]
    del s[::2]
    return s


@refused("shuffle")
def r_writer(x):
    np.random.shuffle(x)
    return x


@refused("`out=`")
def r_out(x):
    y, z = np.zeros(3), np.zeros(3)
    np.modf(x, out=(y, z))
    return y


@refused("`divmod.at`")
def r_other_at(x):
    np.divmod.at(x, 0, 1.0)
    return x


@refused("captured")
def r_late_mutation_alias(x):
    a = [x]
    b = a

    def g():
        return a[0]
    b[0] = 2.0
    return g()


@refused("captured")
def r_late_conditional(x):
    g = lambda v: v  # noqa: E731
    a = 1.0
    for i in range(3):
        a = a + g(x)
        if i == 1:
            g = lambda v: v * a  # noqa: E731, B023
    return a


@refused("captured")
def r_late_composed(x):
    def compose(f, g):
        return lambda v: f(g(v))
    a = x
    h = compose(lambda v: v * a, lambda v: v)
    a = 3.0
    return h(x) + a


@refused("captured")
def r_late_handed_on(x):
    def keep(f):
        return lambda v: f(v) + 1
    a = x

    def g(v):
        return v * a
    h = keep(g)
    a = 3.0
    return h(x) + a


@refused("calls itself")
def r_inner_recursion(x):
    def g(n, k=x):
        return k if n < 1 else g(n - 1)
    return g(x)


@refused("captured before")
def r_capture_early(x):
    def g(*more):
        return later
    h = [g]
    later = x
    return h[0]()


@refused("one expression")
def r_read_and_pop(x):
    s = [x, 2.0]
    return pair(s, s.pop())


@refused("`*`")
def r_star(x):
    return np.maximum(*x)


@refused("`b` is missing")
def r_missing(x):
    return pair(x)


@refused("no parameter `z`")
def r_surplus(x):
    return pair(x, x, z=1)


@refused("result of an expression")
def r_write_to_result(x):
    (x + 1.0)[0] = 1.0
    return x


@refused("consumed")
def r_generator(x):
    g = (v for v in x)
    return sum(g) + sum(g)


@refused("iterator")
def r_iterator(x):
    z = zip([x], [1.0])
    return sum(a * b for a, b in z) + sum(a for a, _ in z)


@refused("`locals`")
def r_locals(x):
    return locals()["x"]


@pytest.mark.parametrize("program, word", REFUSED, ids=[f.__name__ for f, _ in REFUSED])
def test_refused(program: Any, word: str) -> None:
    with pytest.raises(TangentError) as caught:
        lower(program, recognise)
    error = caught.value
    assert word in str(error)
    first = program.__code__.co_firstlineno
    assert error.file == __file__ and error.construct and error.advice and first <= (error.line or 0) < first + 16
    assert isinstance(error, ArgumentError if "`b`" in word or "`z`" in word else UnsupportedError)
    assert "^" in str(error) and "advice: " in str(error)


def test_message() -> None:
    def f(x):
        y = x
        setattr(y, y, 2.0)
        return y
    with pytest.raises(UnsupportedError) as caught:
        lower(f, recognise)
    line = f.__code__.co_firstlineno + 2
    assert str(caught.value).split("\n") == [
        f"{__file__}:{line}: in f: `setattr` with a name that is computed", "    setattr(y, y, 2.0)", "    ^",
        "  advice: write the name: `obj.name = value`"]
