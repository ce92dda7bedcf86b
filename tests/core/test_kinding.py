"""Kinds against NumPy: dtypes, extents, indices; what un-broadcasting sums; signatures and their keys."""
from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from tangent2.core import prims
from tangent2.core.dims import ReduceAxes, canonical, reduction, rename, same_shape, slice_dim
from tangent2.core.kinding import as_array, fast_key, kind_of_const, kind_of_value, kinds_of, signature
from tangent2.core.kinds import (
    BOTTOM, FLOAT, INT, NONE, NOT_ONE, NUMERIC, STR, UNKNOWN, Array, Derived, Dict, FunctionKind, Kind, List, Number,
    Object, Range, Sliced, Sym, Tuple, join, may_be_one,
)
from tangent2.core.operations import apply
from tangent2.core.prims import Prim
from tangent2.core.syntax import Const, IndexSpec, Op, SliceSpec, Value

N, M, K = Sym(0), Sym(1), Sym(2)
SAMPLES: tuple[Any, ...] = (
    2, 1.5, True, np.float64(0.5), np.float32(0.5), np.int64(3), np.ones(3), np.ones((2, 3)), np.ones((2, 1)),
    np.ones(1), np.True_, np.ones(3, np.float32), np.ones(3, np.int64), np.ones(()),
    np.array([True, False, True]),
)
ARITHMETIC = [prims.ADD, prims.SUB, prims.MUL, prims.DIV, prims.FLOORDIV, prims.MOD, prims.POW, prims.MATMUL,
              prims.LT, prims.EQ]


def result(prim: Prim, *args: Any, static: Any = None) -> Kind:
    """The kind of an operation on values, each with symbols of its own."""
    values = [Value() for _ in args]
    kinds = dict(zip(values, signature(args)))
    op = Op((Value(),), prim, tuple(values), (), static)
    return kinds_of(op, lambda a: kinds[a] if isinstance(a, Value) else kind_of_const(a.value))[0]


def without_symbols(kind: Kind) -> Any:
    """What must be right of a kind: its class, dtype, rank, and which extents are literally 1."""
    if isinstance(kind, Array):
        assert kind.shape is not None
        return "array", kind.dtype, [d == 1 for d in kind.shape]
    assert isinstance(kind, Number), kind
    return "number", kind.dtype, kind.weak


@pytest.mark.parametrize("prim", ARITHMETIC, ids=str)
def test_arithmetic_promotes_as_numpy_does(prim: Prim) -> None:
    for a, b in itertools.product(SAMPLES, SAMPLES):
        if prim is prims.POW and np.asarray(a).dtype == bool:
            continue        # the square of booleans is a special case
        if prim is prims.POW and np.ndim(b) == 0 and b in (0.5, 1, 2) and np.lib.NumpyVersion(np.__version__) < "2.3.0":
            continue        # before, such powers of an array kept its dtype, whatever that of the exponent
        try:
            with np.errstate(all="ignore"):
                wanted = kind_of_value(apply(prim, None, [a, b], {}))
        except (TypeError, ValueError):
            continue
        found = result(prim, a, b)
        assert without_symbols(found) == without_symbols(wanted), (prim, a, b)


def test_unary_and_inexact_results() -> None:
    for a in SAMPLES:
        if np.asarray(a).dtype != bool or isinstance(a, bool):
            assert without_symbols(result(prims.NEG, a)) == without_symbols(kind_of_value(-a)), a
    assert result(prims.POW, 2, 3) == INT
    op = Op((Value(),), prims.POW, (Const(2), Const(-1)))
    assert kinds_of(op, lambda a: INT) == (FLOAT,)


def test_sequences_add_and_repeat() -> None:
    assert result(prims.ADD, (1, 2.0), (3,)) == Tuple((INT, FLOAT, INT))
    assert result(prims.ADD, [1.0], [2]) == List(Number("float64|int64"))
    assert result(prims.MUL, [1.0], 3) == List(FLOAT)
    assert result(prims.ADD, "a", "b") == result(prims.MOD, "%s", 1.0) == STR
    twice = Op((Value(),), prims.MUL, (Value(), Const(2)))
    assert kinds_of(twice, lambda a: INT if isinstance(a, Const) else Tuple((FLOAT,)))[0] == Tuple((FLOAT, FLOAT))


def test_unknown_operands_stay_open() -> None:
    def add(a: Kind, b: Kind, prim: Prim = prims.ADD) -> Kind:
        x, y = Value(), Value()
        return kinds_of(Op((Value(),), prim, (x, y)), lambda v: {x: a, y: b}[v])[0]     # type: ignore[index]
    assert add(UNKNOWN, UNKNOWN) == UNKNOWN             # they may be lists
    assert add(UNKNOWN, INT, prims.MUL) == UNKNOWN
    assert add(UNKNOWN, FLOAT) == add(UNKNOWN, Array("float64", (N,))) == add(UNKNOWN, UNKNOWN, prims.DIV) == NUMERIC
    assert add(UNKNOWN, BOTTOM) == add(BOTTOM, FLOAT) == BOTTOM


# --- extents ----------------------------------------------------------------------------------------------------------

def test_slices_with_literal_bounds_are_exact() -> None:
    bounds = (None, 0, 1, 2, 5, -1, -2, -5)
    for lower, upper, step in itertools.product(bounds, bounds, (None, 1, 2, -1)):
        dim = slice_dim(N, lower, upper, step)
        for n in (0, 2, 3, 4, 7):
            count = len(range(n)[slice(lower, upper, step)])
            if dim == N:
                assert count == n, (lower, upper, step, n)
            elif isinstance(dim, Sliced) and dim.slice is None:
                assert count == max(n - dim.less, 0), (lower, upper, step, n)
            else:
                assert isinstance(dim, Sliced) and dim.slice == (lower, upper, step)


@pytest.mark.parametrize("index", [
    0, -1, slice(1, None), np.array([0, 1]), [0, 1, 1], None, ..., (0, 0), (slice(None), 0), (0, slice(1, None)),
    (..., 0), (slice(None), None), (np.array([0, 1]), np.array([0, 1])), (slice(None), np.array([0, 1])),
    (np.array([[0], [1]]), np.array([0, 1])), (0, slice(None), np.array([0, 1])), (0, np.array([0, 1])),
    (np.array([0, 1]), slice(None), np.array([0, 1])), (slice(None), 0, np.array([0, 1])), (None, 0, ...),
    (np.array([0, 1]), None, 0), np.ones(3, bool), (..., np.array([0, 1]), slice(None, -1)),
], ids=str)
@pytest.mark.parametrize("shape", [(3,), (3, 4), (3, 4, 5), (1, 4, 3)], ids=str)
def test_indexing_gives_numpys_ranks(index: Any, shape: tuple[int, ...]) -> None:
    base = np.zeros(shape)
    items = index if isinstance(index, tuple) else (index,)
    try:
        wanted = base[index]
    except IndexError:
        return
    spec, args = [], []
    for item in items:
        bounds = (item.start, item.stop, item.step) if isinstance(item, slice) else (None, None, None)
        spec.append(SliceSpec(*[b is not None for b in bounds]) if isinstance(item, slice) else None)
        args += [b for b in bounds if b is not None] if isinstance(item, slice) else [item]
    atoms = [Const(a) if isinstance(a, (int, type(None), type(...))) else Value() for a in args]
    kinds = {v: k for v, k in zip(atoms, signature(tuple(args))) if isinstance(v, Value)}
    x = Value("x")
    op = Op((Value(),), prims.GETITEM, (x, *atoms), (), IndexSpec(tuple(spec), isinstance(index, tuple)))
    literal = Array("float64", tuple(shape))
    kinds[x] = literal
    found = kinds_of(op, lambda a: kinds[a] if isinstance(a, Value) else kind_of_const(a.value))[0]
    if isinstance(found, Number):
        assert np.ndim(wanted) == 0
    else:
        assert isinstance(found, Array) and found.rank == np.ndim(wanted), (found, wanted.shape)
        assert found.shape is not None
        for dim, n in zip(found.shape, np.shape(wanted)):
            assert not isinstance(dim, int) or dim == n, (found, wanted.shape)


def unbroadcast(g: Any, axes: ReduceAxes) -> Any:
    """What the emitted sums do."""
    keep = np.sum(g, axis=axes.keep, keepdims=True) if axes.keep else g
    return np.sum(keep, axis=axes.drop) if axes.drop is None or axes.drop else keep


def test_reduction_says_what_unbroadcasting_sums() -> None:
    shapes = [(), (3,), (1,), (2, 3), (2, 1), (1, 3), (1, 1), (4, 2, 3), (4, 1, 3)]
    for a, b in itertools.product(shapes, shapes):
        try:
            out = np.broadcast_shapes(a, b)
        except ValueError:
            continue
        x, y = (np.ones(s) if s else 1.0 for s in (a, b))
        g = result(prims.ADD, x, y)
        axes = reduction(g, signature((x,))[0])
        assert axes is not None
        assert np.shape(unbroadcast(np.ones(out), axes)) == np.shape(x), (a, b, axes)
        assert axes.nothing == (out == a)


def test_reduction_is_unknown_where_an_extent_may_be_one() -> None:
    open_axis = Array("float64", (Sliced(N, 2),))
    assert reduction(Array("float64", (N,)), open_axis) is None
    assert reduction(open_axis, open_axis) == ReduceAxes()
    assert reduction(Array("float64", (None,)), Array("float64", (None,))) is None
    assert reduction(UNKNOWN, FLOAT) is None and reduction(Array("float64", None), FLOAT) == ReduceAxes(None)
    assert reduction(Array("float64", (NOT_ONE,)), Array("float64", (NOT_ONE,))) == ReduceAxes()


def test_same_shape() -> None:
    assert same_shape(Array("float64", (N,)), Array("float64", (M,))) is None
    assert same_shape(Array("float64", (NOT_ONE,)), Array("float64", (NOT_ONE,))) is None
    assert same_shape(Array("float64", (2,)), Array("float64", (3,))) is False
    assert same_shape(FLOAT, Array("float64", ())) is True
    assert same_shape(FLOAT, Array("float64", (N,))) is False


# --- joins, calls -----------------------------------------------------------------------------------------------------

KINDS: list[Kind] = [
    FLOAT, INT, Number("float64", False), Number("float32", False), Array("float64", (N,)), Array("float64", (M,)),
    Array("float64", (Sliced(N, 1),)), Array("int64", (N,)), Array("float64", (1,)), Array("float64", (N, M)), NONE,
    STR, Tuple((FLOAT, INT)), Tuple((INT, INT)), List(FLOAT), List(BOTTOM), List(INT, False, 2),
    Dict((("a", FLOAT),), FLOAT),
    Dict((("b", INT),), INT), Range(), UNKNOWN, BOTTOM, Object("set"),
]


def test_join_is_a_least_upper_bound() -> None:
    for a, b in itertools.product(KINDS, KINDS):
        both = join(a, b)
        assert both == join(b, a), (a, b)
        assert join(a, both) == join(b, both) == both, (a, b, both)
        assert join(a, BOTTOM) == a
    for a, b, c in itertools.product(KINDS[:14], repeat=3):
        assert join(a, join(b, c)) == join(join(a, b), c), (a, b, c)


def test_join_of_extents() -> None:
    assert join(Array("float64", (N,)), Array("float64", (M,))) == Array("float64", (NOT_ONE,))
    assert join(Array("float64", (N,)), Array("float64", (1,))) == Array("float64", (None,))
    assert join(INT, FLOAT) == Number("float64|int64") and join(FLOAT, Array("float64", (N,))) == UNKNOWN


def test_canonical_kinds_hide_the_caller() -> None:
    v = Value("v")
    kinds = (Array("float64", (K, Sliced(K, 1))), Array("float64", (Derived(("value", v)), NOT_ONE)), FLOAT)
    renamed, names = canonical(kinds)
    assert renamed == (Array("float64", (N, Sliced(N, 1))), Array("float64", (None, NOT_ONE)), FLOAT)
    assert rename(Array("float64", (Sliced(N, 2), M)), names) == Array("float64", (Sliced(K, 2), NOT_ONE))


# --- live values ------------------------------------------------------------------------------------------------------

def test_kinds_of_live_values() -> None:
    assert kind_of_value((1.0, [2, 3], None)) == Tuple((FLOAT, List(INT), NONE))
    assert kind_of_value([np.ones(2), np.ones(3)]) == List(Array("float64", (NOT_ONE,)))
    assert kind_of_value({"w": np.ones((2, 1)), "n": 3}).items == (("w", Array("float64", (N, 1))), ("n", INT))
    assert kind_of_value(np.float32(1.0)) == Number("float32", False)
    assert kind_of_value(np.array(["a"])) == Object("ndarray")
    assert kind_of_value(range(3)) == Range() and isinstance(kind_of_value(np), Object)
    callee = FunctionKind(None)     # type: ignore[arg-type]
    assert kind_of_value([np.sin], functions=lambda f: callee) == List(callee)
    assert may_be_one(None) and may_be_one(Sliced(N, 1)) and not may_be_one(N) and not may_be_one(3)


def test_every_axis_of_a_signature_has_its_own_symbol() -> None:
    kinds = signature((np.ones((2, 3)), (np.ones(2), {"a": np.ones((1, 2))}), 1.0, np.ones(())))
    inner = Dict((("a", Array("float64", (1, Sym(4)))),), Array("float64", (1, NOT_ONE)))
    assert kinds == (Array("float64", (N, M)), Tuple((Array("float64", (K,)), inner)), FLOAT, Array("float64", ()))


def test_equal_keys_mean_equal_signatures() -> None:
    values = [1, 1.0, True, None, "a", np.float64(1), np.float32(1), np.ones(2), np.ones(3), np.ones(1), [1.0],
              np.ones((2, 3)), np.ones((2, 1)), np.ones((3, 1)), np.ones(2, np.float32), [1], [], (1, 2.0), (1, 2),
              {"a": 1}, {"b": 1}, [np.ones(2)], (np.ones(2),), np.ones(()), range(3), {1, 2}, 1j]
    for a, b in itertools.product(values, values):
        assert (fast_key((a,)) == fast_key((b,))) == (signature((a,)) == signature((b,))), (a, b)
        hash(fast_key((a, b)))


def test_lists_become_arrays() -> None:
    assert as_array(List(FLOAT, False, 3)) == Array("float64", (3,))
    assert as_array(List(Tuple((INT, FLOAT)))) == Array("float64", (None, 2))
    assert as_array(Tuple((Array("float64", (N,)), Array("float64", (N,))))) == Array("float64", (2, N))
