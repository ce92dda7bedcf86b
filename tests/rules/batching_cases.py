"""Cases for batches of what has no derivative, and of options that derivatives do not ask for."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from tangent2.core import prims
from tests.rules.cases import Case, within
from tests.rules.library_cases import cases, spd, u

INTS = np.array([3, 1, 2, 5])
TABLE = np.array([[3, 1, 2], [0, 5, 4]])
HOLDS = np.array([True, False, True, True])


def constants() -> Iterator[Case]:
    x, y = within(0.2, 0.9, 4), within(0.2, 0.9, 4)
    for prim in (prims.EQ, prims.NE, prims.LT, prims.LE, prims.GT, prims.GE, prims.FLOORDIV, prims.MOD):
        yield Case(prim, (x, y))
        yield Case(prim, (x, 0.5))
        yield Case(prim, (0.5, within(0.2, 0.9, 2, 3)))
    for prim in (prims.BITAND, prims.BITOR, prims.BITXOR, prims.LSHIFT, prims.RSHIFT, prims.FLOORDIV):
        yield Case(prim, (INTS, INTS[::-1].copy()))
    yield from (Case(prims.INVERT, (INTS,)), Case(prims.INVERT, (HOLDS,)), Case(prims.NOT, (0.5,)),
                Case(prims.TRUTH, (0.5,)), Case(prims.IN, (0.5, [0.5, 0.7])), Case(prims.NOT_IN, (0.5, x)))
    for name in ("np.floor", "np.ceil", "np.trunc", "np.rint", "np.round", "np.around", "np.isfinite", "np.isinf",
                 "np.isnan",
                 "np.signbit", "np.isposinf", "np.isneginf", "np.isreal", "np.iscomplex", "np.spacing",
                 "np.logical_not"):
        yield from cases((name, (3.0 * u(4),)), (name, (3.0 * u(2, 3),)))
    for name in ("np.equal", "np.not_equal", "np.less", "np.less_equal", "np.greater", "np.greater_equal",
                 "np.floor_divide", "np.logical_and", "np.logical_or", "np.logical_xor", "np.isclose", "np.allclose",
                 "np.array_equal", "np.array_equiv"):
        yield from cases((name, (u(2, 3), u(2, 3))), (name, (within(1.0, 2.0), u(2, 3) + 2.0)))
    for name in ("np.bitwise_and", "np.bitwise_or", "np.bitwise_xor", "np.left_shift", "np.right_shift", "np.gcd",
                 "np.lcm"):
        yield from cases((name, (INTS, INTS[::-1].copy())))
    yield from cases(("np.invert", (INTS,)), ("np.bitwise_count", (INTS,)), ("np.round", (3.0 * u(4), 1)),
                     (".round", (3.0 * u(4),)))


def scalars() -> Iterator[Case]:
    for name in ("math.floor", "math.ceil", "math.trunc", "math.isnan", "math.isinf", "math.isfinite", "math.ulp",
                 "round",
                 "int", "bool", "float", "abs", "math.frexp", "math.modf", "math.exp2", "math.cbrt"):
        yield from cases((name, (2.7,)), (name, (np.float64(-1.4),) if "cbrt" in name else (1.4,)))
    yield from cases(("round", (2.718281, 2)), ("math.pow", (2.0, 3)), ("math.ldexp", (0.7, 2)), ("math.hypot", (0.3,)),
                     ("complex", (0.3, -0.7)), ("math.isclose", (0.3, 0.3)), ("bisect_left", ([0.1, 0.5, 0.9], 0.6)),
                     ("bisect_right", ([0.1, 0.5, 0.9], 0.5)), ("any", (HOLDS,)), ("all", (HOLDS,)),
                     ("any", ([0.5, 0.0],)), ("all", ([0.5, 0.0],)), ("place_of_max", ([0.5, 0.9, 0.1],)),
                     ("place_of_min", ([0.5, 0.9, 0.1],)), ("ranked", ([0.5, 0.9, 0.1], False)),
                     ("sorted_places", ([0.5, 0.9, 0.1], True)), ("sorted_places", (u(4), False)))


def of_options() -> Iterator[Case]:
    x, m = u(4), u(3, 4)
    for name in ("np.argmax", "np.argmin", ".argmax", ".argmin", "np.nanargmax", "np.nanargmin", "np.argsort",
                 ".argsort",
                 "np.any", "np.all", ".any", ".all", "np.count_nonzero", ".var", ".std", "np.ptp", "np.median",
                 ".prod"):
        whole = () if "argsort" in name else ({"keepdims": True, "axis": 1},) if "nanarg" not in name else ()
        for kw in ({}, {"axis": 0}, {"axis": -1}, {"axis": None}, *whole):
            if name.startswith(".") and kw.get("keepdims") and "arg" in name:
                continue
            yield from cases((name, (m,), kw))
        yield from cases((name, (x,)))
    for name in ("np.sum", "np.max", "np.prod", "np.any"):
        yield from cases((name, (u(2, 3, 4),), {"axis": (0, -1)}), (name, (0.5,)), (name, (u(2, 3, 4), 1)))
    for name in ("np.sum", "np.prod", "np.cumsum", "np.max", "np.argsort", "np.sort", "np.any", "np.mean", ".sum"):
        yield from cases((name, (TABLE,)), (name, (INTS > 2,)) if "mean" not in name else (name, (INTS,)))
        yield Case(next(c for c in cases((name, (x,)))).prim, (x.astype(np.float32),))
    yield from cases(
        ("np.var", (m,), {"axis": 0, "ddof": 1}), ("np.std", (m,), {"axis": (0, 1), "ddof": 1}),
        ("np.sum", (TABLE,), {"axis": 0, "dtype": "float64"}), ("np.argpartition", (np.array([3.0, 1.0, 2.0]), 0)),
        ("np.searchsorted", (np.array([0.1, 0.5, 0.9]), within(0.0, 1.0, 4))),
        ("np.searchsorted", (np.array([0.1, 0.5, 0.9]), 0.6)), (".searchsorted", (np.array([0.1, 0.5, 0.9]), u(2, 3))),
        ("np.digitize", (u(4), np.array([0.1, 0.5, 0.9]))), ("np.isin", (INTS, np.array([1, 5]))),
        ("np.unravel_index", (INTS, (2, 4))), ("np.roll", (m, 1)), ("np.roll", (m, 1), {"axis": 0}), ("np.flip", (m,
                                                            (0, 1))),
        ("np.sort", (m,), {"axis": None}), ("np.partition", (m, 2), {"axis": None}),
        ("np.moveaxis", (u(2, 3, 4), (0, 1), (2, 0))), ("np.swapaxes", (u(2, 3, 4), -1, 0)),
        ("np.expand_dims", (m, (0, 2))), ("np.expand_dims", (m, -1)), ("np.squeeze", (u(1, 3, 1),)),
        ("np.squeeze", (u(1, 3, 1),), {"axis": (0, 2)}), (".squeeze", (u(1, 3),)), (".swapaxes", (m, 0, 1)),
        ("np.transpose", (u(2, 3, 4), (-1, 0, 1))), ("np.reshape", (m, -1)), ("np.reshape", (m, (2, -1))),
        ("np.rot90", (m, 3)), ("np.rot90", (u(2, 3, 4), 1, (1, 2))), ("np.tril", (u(2, 3, 3), -1)),
        ("np.diagonal", (u(2, 3, 4), 0, 0, 2)), ("np.atleast_2d", (0.5,)), ("np.atleast_3d", (0.5,)),
        ("np.atleast_3d", (u(3),)), ("np.atleast_1d", (u(3),)), ("np.diag", (INTS,)), ("np.diag", (u(3), 2)),
        ("np.full", ((2, 3), 0.7)), ("np.full", (3, np.float64(0.7))), ("np.full_like", (m, 0.7)), ("np.zeros_like",
                                                            (m,)),
        ("np.ones_like", (TABLE,)), ("np.full_like", (TABLE, 2.0)), ("np.linspace", (0.5, 2.5, 5), {"endpoint": False}),
        ("np.append", (m, u(1, 4)), {"axis": 0}), ("np.append", (m, m)), ("np.pad", (m, 1), {"constant_values": 0.5}),
        ("np.pad", (m, (1, 2))), ("np.tile", (0.5, 3)), ("np.tile", (u(3), (2, 2))), ("np.tile", (m, 2)),
        ("np.repeat", (m, 2)), ("np.repeat", (0.5, 3)), ("np.take", (m, np.array([[0, 1], [2, 0]])), {"axis": 0}),
        ("np.take", (u(2, 3, 4), np.array([[0, 1], [2, 0]])), {"axis": 1}), ("np.take", (m, INTS)), (".dot", (m, u(4))),
        ("np.take_along_axis", (m, np.argsort(m, axis=0), 0)), ("np.take_along_axis", (m, INTS, None)),
        ("np.diff", (m, 2)), ("np.diff", (m, 1, 0)), ("np.diff", (u(4),), {"prepend": u(2), "append": u(1)}),
        ("np.gradient", (m, 0.5), {"axis": 0}),
        ("np.average", (m,), {"axis": 1, "weights": within(0.5, 1.0, 4)}), ("np.average", (m,),
                                                            {"weights": within(0.5, 1.0, 3, 4)}),
        ("np.select", ([HOLDS], [x], 0.5)), ("np.matmul", (u(3), u(2, 3, 4))), ("np.inner", (u(2, 3), u(2, 4, 3))),
        ("np.dot", (u(2, 3, 4), u(2, 4, 3))), ("np.outer", (0.5, 0.7)), ("np.vdot", (0.5, 0.7)), ("np.kron", (0.5,
                                                            u(3))),
        ("np.cross", (u(3), u(2, 3))), ("np.tensordot", (u(2, 3), u(2, 3))),
        ("np.cumsum", (m,), {"axis": None}), ("np.fft.fft", (m,), {"axis": 0}), ("np.fft.ifft", (m, 3)),
        ("reduced_count", (m, 0)), ("reduced_count", (m, None)), ("unit_directions", (m,)), ("diagonal_places", (m,)),
        ("median_weights", (m, None)), ("median_weights", (m, 1)), ("places_of", (m, np.sort(m, 0), 0)),
        ("np.split", (m, 2), {"axis": -1}), ("np.dstack", ([u(2), u(2)],)), ("zero_like", (m,)), ("zero_filled", (m,)))


def matrices() -> Iterator[Case]:
    a = u(3, 3) + 2.0 * np.eye(3)
    yield from cases(
        ("np.linalg.matrix_rank", (a,)), ("np.linalg.solve", (np.stack([a, a.T]), u(3, 2))),
        ("np.linalg.solve", (a, u(2, 3, 1))), ("np.linalg.norm", (u(2, 3, 4),), {"axis": (0, 2)}),
        ("np.linalg.norm", (u(2, 3, 4),)), ("np.linalg.norm", (u(2, 3),), {"keepdims": True}),
        ("np.linalg.norm", (0.5,)), ("np.linalg.eigh", (spd(3), "U")), ("np.linalg.svd", (a,)),
        ("np.linalg.qr", (u(4, 3),)), ("np.linalg.matrix_power", (a, -2)), ("np.linalg.det", (np.stack([a, a.T]),)),
        ("real_places", (np.linalg.eig(a)[1],)))


def parts() -> Iterator[Case]:
    """Helpers of derivatives whose operands are of several ranks, or literal keys."""
    x = u(2, 3)
    yield from cases(
        ("unbroadcast", (0.5, u(3))), ("broadcast_like", (x, u(3))), ("as_place", (u(3), x)),
        ("add_trees", (x, x)), ("add_trees", ((0.5, x), (0.1, x))), ("or_zero", ((0.5, x), (0.1, x))),
        ("splat_like", (0.5, (0.1, x))), ("sum_leaves", ((0.5, x),)), ("each_like", (u(2), (u(2), 0.3))),
        ("sum_each", ((u(2), 0.3), u(2))), ("item_adjoint", (0.5, (0.1, 0.2), 1)), ("item_adjoint", (0.5, u(3), -1)),
        ("item_adjoint", (u(3), x, 1)), ("structure_like", ((u(3), u(3)), x)), ("matmul_left", (x, 0.5 * x, np.eye(3))),
        ("put_taken", (u(2, 2), x, np.array([0, 0]), 1)), ("put_taken", (u(2), x, np.array([0, 5]), None)),
        ("put_along", (u(2), x, np.array([0, 5]), None)), ("sum_repeated", (u(12), x, 2, None)), ("sum_tiles", (u(4,
                                                            6), u(3), (4, 2))),
        ("diagonal_like", (u(3, 3), u(3), 0)), ("split_like", (u(5), (u(2), u(3)), 0)), ("split_like", (u(2, 3), (u(2,
                                                            1), u(2, 2)), -1)),
        ("join_like", ((u(2), u(3)), u(5), 0)), ("choose_like", (u(2), (np.array([True, False]),), (u(2),))),
        ("turned", (u(2, 3, 4),)), ("fitted", (u(5, 2), u(3, 2), 0)), ("recurrence", (x, x, None, False)),
        ("along_first", (u(3), u(3, 2, 2))))


def more_cases() -> list[Case]:
    found: list[Any] = []
    for family in (constants, scalars, of_options, matrices, parts):
        found += list(family())
    return found
