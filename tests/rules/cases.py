"""Where each primitive is tested: arguments, of which the inexact ones are varied, and keyword arguments."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tangent2.core import prims
from tangent2.core.prims import Prim
from tangent2.rules.declare import all_rules, by_name


@dataclass(frozen=True)
class Case:
    """One application of a primitive; `literal`: positions of operands that are literals in the code."""

    prim: Prim
    args: tuple[Any, ...]
    kw: dict[str, Any] = field(default_factory=dict)
    literal: tuple[int, ...] = ()

    @property
    def label(self) -> str:
        parts = [_brief(a) for a in self.args] + [f"{k}={v}" for k, v in self.kw.items()]
        return f"{self.prim.name}({', '.join(parts)})"


def _brief(arg: Any) -> str:
    return f"array{arg.shape}" if isinstance(arg, np.ndarray) else repr(arg)


RNG = np.random.default_rng(7)


def within(low: float, high: float, *shape: int) -> Any:
    found = RNG.uniform(low, high, shape)
    return found if shape else float(found)


_UNARY_DOMAINS = {"arccosh": (1.2, 3.0), "acosh": (1.2, 3.0)}
_BINARY = {"arctan2", "atan2", "hypot", "logaddexp", "logaddexp2", "copysign", "fmod", "float_power",
           "heaviside", "maximum", "fmax", "minimum", "fmin", "add", "subtract",
           "multiply", "divide", "power", "remainder", "sub", "mul", "div", "pow", "mod"}


def elementwise_cases() -> Iterator[Case]:
    for prim, rule in all_rules().items():
        if not prim.elementwise or rule.constant or rule.template is None:
            continue
        name = prim.name.rpartition(".")[2]
        numbers_only = prim.name.startswith("math.")
        if prim.name == "divmod":
            continue
        if len(rule.params) == 1:
            low, high = _UNARY_DOMAINS.get(name, (0.2, 0.9))
            if not prim.name.startswith("."):
                yield Case(prim, (within(low, high),))
            if not numbers_only:
                yield Case(prim, (within(low, high, 2, 3),))
        elif name in _BINARY:
            yield Case(prim, (within(0.3, 0.9), within(1.1, 2.0)))
            if not numbers_only:
                yield from (Case(prim, args) for args in (
                    (within(0.3, 2.0, 2, 3), within(1.1, 2.0, 3)), (within(0.3, 2.0, 2, 1), within(0.9, 2.0, 1, 3)),
                    (within(0.3, 2.0), within(1.1, 2.0, 3)), (within(0.3, 2.0, 4), within(1.1, 2.0))))


def literal_cases() -> Iterator[Case]:
    for exponent in (0, 1, 2, 3, -1, 2.0, 0.5, -1.5, 0.0):
        yield Case(prims.POW, (within(0.5, 1.5), exponent), literal=(1,))
        yield Case(prims.POW, (within(0.5, 1.5, 3), exponent), literal=(1,))
    yield Case(prims.POW, (2.0, within(0.5, 1.5)), literal=(0,))
    yield Case(prims.POW, (2.0, within(0.5, 1.5, 3)), literal=(0,))
    yield Case(prims.POW, (within(0.5, 1.5), 3))
    for prim in (prims.ADD, prims.SUB, prims.MUL, prims.DIV):
        yield Case(prim, (within(0.5, 1.5), 3), literal=(1,))
        yield Case(prim, (1.0, within(0.5, 1.5, 3)), literal=(0,))
    yield Case(prims.DIV, (1.0, within(0.5, 1.5)), literal=(0,))
    yield Case(prims.DIV, (2, within(0.5, 1.5)), literal=(0,))


def reduction_cases() -> Iterator[Case]:
    for name in ("np.sum", "np.mean", "np.max", "np.min", "np.var", "np.std", ".sum", ".mean", ".max", ".min"):
        prim = by_name(name)
        yield Case(prim, (within(-1.0, 1.0, 5),))
        for kw in ({}, {"axis": 0}, {"axis": 1}, {"axis": -1}, {"axis": 1, "keepdims": True}, {"keepdims": True}):
            yield Case(prim, (within(-1.0, 1.0, 3, 4),), kw)
        yield Case(prim, (within(-1.0, 1.0, 3, 4), 0), literal=(1,))
        yield Case(prim, (within(-1.0, 1.0, 2, 3, 4),), {"axis": (0, 2)})
        yield Case(prim, (within(-1.0, 1.0, 3, 4), 1))
    yield Case(by_name("np.sum"), ([0.5, 1.5],))
    yield Case(by_name("sorted"), ([0.5, 1.5, 0.2],))
    yield Case(by_name("sorted"), (within(-1.0, 1.0, 4),), {"reverse": True})
    yield Case(by_name("pick_places"), ([0.5, 1.5, 0.2], [2, 0, 1]))
    yield Case(by_name("put_places"), ([0.5, 1.5, 0.2], [1.0, 2.0, 3.0], [2, 0, 1]))
    for given, like in (within(0.1, 0.9, 3), 0.5), ([0.3, 0.4], [0.1, 0.2]), (within(0.1, 0.9, 3), within(0.1, 0.9, 1)):
        yield Case(by_name("as_stored"), (given, like))
        yield Case(by_name("as_place"), (like, given))
    yield Case(by_name("along_first"), (within(0.1, 0.9, 3), within(0.1, 0.9, 3, 2)))
    yield Case(by_name("turned"), (within(0.1, 0.9, 2, 3),))
    yield Case(by_name("turned"), (within(0.1, 0.9, 3),))
    yield Case(by_name("each_like"), (within(0.1, 0.9, 2), [within(0.1, 0.9, 2), 0.3]))
    yield Case(by_name("sum_each"), ([within(0.1, 0.9, 2), 0.3], within(0.1, 0.9, 2)))
    yield Case(by_name("without"), ({"a": 0.5, "b": within(0.1, 0.9, 2)}, "a"))
    yield Case(by_name("np.mean"), (within(0.1, 0.9),))


def shape_cases() -> Iterator[Case]:
    x = within(-1.0, 1.0, 2, 3)
    for name, args, kw in (
        ("np.transpose", (), {}), ("np.transpose", ((1, 0),), {}), ("np.reshape", ((3, 2),), {}),
        ("np.reshape", (6,), {}), ("np.ravel", (), {}), ("np.expand_dims", (1,), {}), ("np.swapaxes", (0, 1), {}),
        ("np.moveaxis", (0, 1), {}),
        ("np.flip", (), {}), ("np.flip", (), {"axis": 0}), ("np.copy", (), {}), (".copy", (), {}), (".T", (), {}),
        (".mT", (), {}),
        (".reshape", (3, 2), {}), (".reshape", (-1,), {}), (".reshape", ((3, 2),), {}), (".transpose", (), {}),
        (".transpose", (1, 0), {}), (".transpose", ((1, 0),), {}), (".flatten", (), {}), (".ravel", (), {}),
        (".astype", ("float64",), {}), ("np.broadcast_to", ((4, 2, 3),), {}),
    ):
        yield Case(by_name(name), (x, *args), kw)
    yield Case(by_name("np.squeeze"), (within(-1.0, 1.0, 2, 1, 3),))
    yield Case(by_name("np.squeeze"), (within(-1.0, 1.0, 2, 1, 3),), {"axis": 1})
    yield Case(by_name("np.transpose"), (within(-1.0, 1.0, 2, 3, 4), (2, 0, 1)))
    yield Case(by_name(".item"), (within(-1.0, 1.0, 1),))


def product_cases() -> Iterator[Case]:
    shapes = [((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)), ((2, 2, 3), (3, 4)), ((3,), (2, 3, 4)),
              ((2, 2, 3), (3,)), ((2, 1, 2, 3), (4, 3, 2))]
    for a, b in shapes:
        yield Case(prims.MATMUL, (within(-1.0, 1.0, *a), within(-1.0, 1.0, *b)))
        yield Case(by_name("np.dot"), (within(-1.0, 1.0, *a), within(-1.0, 1.0, *b)))
    yield Case(by_name("np.matmul"), (within(-1.0, 1.0, 2, 3), within(-1.0, 1.0, 3, 2)))
    for a, b in (((), ()), ((), (3,)), ((2, 3), ())):
        yield Case(by_name("np.dot"), (within(-1.0, 1.0, *a), within(-1.0, 1.0, *b)))
    for a, b in (((3,), (3,)), ((2, 3), (3,)), ((3,), (2, 3)), ((2, 3), (4, 3))):
        yield Case(by_name("np.inner"), (within(-1.0, 1.0, *a), within(-1.0, 1.0, *b)))
    for a, b in (((3,), (2,)), ((2, 3), (2,)), ((), (3,))):
        yield Case(by_name("np.outer"), (within(-1.0, 1.0, *a), within(-1.0, 1.0, *b)))
    yield Case(by_name("np.vdot"), (within(-1.0, 1.0, 2, 3), within(-1.0, 1.0, 2, 3)))


def other_cases() -> Iterator[Case]:
    x, y = within(0.2, 0.9, 4), within(0.2, 0.9, 4)
    mask = np.array([True, False, True, True])
    for name, args in (
        ("np.where", (mask, x, y)), ("np.where", (mask, x, 2.0)), ("np.where", (mask, 0.5, y)),
        ("np.where", (True, 0.5, 0.7)),
        ("np.clip", (x, 0.4, 0.6)), ("np.clip", (x, y, 2.0)), ("np.array", (x,)), ("np.array", ([0.5, 1.5],)),
        ("np.array", ([[0.5, 1.5], [2.5, 3.5]],)), ("np.array", (((0.5, 1.5), (2.5, 3.5)),)), ("np.asarray", (x,)),
        ("np.asanyarray", ([0.5, 1.5],)), ("np.ascontiguousarray", (x,)), ("np.ascontiguousarray", ([x, y],)),
        ("np.ascontiguousarray", (0.7,)), ("np.asfortranarray", (within(0.2, 0.9, 2, 3),)),
        ("np.array", ([x, y],)), ("np.full", (3, 0.7)), ("np.full_like", (x, 0.7)), ("np.arange", (0.5, 2.5, 0.75)),
        ("np.linspace", (0.5, 2.5, 5)), ("float", (0.7,)), ("abs", (-0.7,)), ("sum", ([0.5, 1.5],)), ("sum", (x,)),
        ("sum", ([0.5, 1.5], 2.5)), ("sum", (within(-1.0, 1.0, 3, 2),)), ("max", (0.5, 1.5)), ("max", (1.5, 0.5, 1.0)),
        ("min", (1.5, 0.5, 1.0)), ("max", ([0.5, 1.5, 1.0],)), ("min", ([0.5, 1.5],)), ("max", (x,)),
        ("list", ([0.5, 1.5],)),
        ("list", (x,)), ("list", ((0.5, 1.5),)), ("tuple", ((0.5, 1.5),)), ("tuple", ([0.5, 1.5],)),
        ("np.sinc", (0.3,)),
    ):
        yield Case(by_name(name), args)
    for name in ("np.add", "np.multiply", "np.divide", "np.maximum", "np.dot"):
        yield Case(by_name(name), ([0.5, 1.5], (1.0, 2.5)))
    for name in ("np.sin", "np.mean", "np.max", "np.std"):
        yield Case(by_name(name), ([0.5, 1.5],))
    for prim in (prims.ADD, prims.SUB, prims.MUL, prims.DIV, prims.MATMUL):
        yield Case(prim, (x, [0.5, 1.5, 2.5, 3.5]))
        yield Case(prim, ((0.5, 1.5, 2.5, 3.5), x))
    yield Case(prims.ADD, ([0.5, 1.0], [1.5]))
    yield Case(prims.ADD, ((0.5, 1.0), (1.5,)))
    yield Case(prims.MUL, ([0.5, 1.0], 3))
    yield Case(prims.MUL, (3, [0.5, 1.0]))


def runtime_cases() -> Iterator[Case]:
    x, y = within(0.5, 1.5, 2, 3), within(0.5, 1.5, 3)
    for name, args in (
        ("unbroadcast", (x, y)), ("unbroadcast", (x, 2.0)), ("unbroadcast", (x, within(0.0, 1.0, 2, 1))),
        ("broadcast_like", (y, x)), ("cast_like", (y, y)), ("uncut", (y, x)), ("real_only", (y,)),
        ("of_square", (x, x)),
        ("add_trees", ([0.5, (1.5, 2.5)], [0.1, (0.2, 0.3)])),
        ("or_zero", (y, y)), ("or_zero", ([0.5, (1.5, 2.5)], [0.1, (0.2, 0.3)])),
        ("rows_like", (x, [[0, 0, 0], [0, 0, 0]])), ("sum_repeats", ([0.1, 0.2, 0.3, 0.4], [0.0, 0.0])),
        ("repeat_like", ([0.1, 0.2], [0.1, 0.2, 0.3, 0.4])), ("pick_first", ([0.1, 0.2], [1.0, 2.0], 2.0)),
        ("spread_first", (0.5, [1.0, 2.0], 2.0)), ("matmul_left", (within(0.0, 1.0, 2, 4), x, within(0.0, 1.0, 3, 4))),
        ("matmul_right", (within(0.0, 1.0, 2, 4), x, within(0.0, 1.0, 3, 4))),
        ("matmul_left", (within(0.0, 1.0, 2), x, y)),
        ("matmul_right", (within(0.0, 1.0, 2), x, y)), ("dot_left", (within(0.0, 1.0, 2), x, y)),
        ("dot_right", (within(0.0, 1.0, 2), x, y)), ("matmul_left", (0.5, y, y)), ("matmul_right", (0.5, y, y)),
        ("splat_like", (0.5, [0, (x, 1)])), ("splat_like", (0.5, x)), ("sum_leaves", ([0.5, (x, y)],)),
        ("sum_leaves", (x,)), ("deep_copy", ([0.5, (x, y)],)), ("deep_copy", (x,)), ("item_adjoint", (0.5, (1, 2), 1)),
        ("item_adjoint", (x, [x, x], 1)), ("item_adjoint", (y, x, 1)), ("item_adjoint", (y, y, np.array([0, 0, -1]))),
        ("structure_like", ((0.5, 0.7), (1, 2))), ("structure_like", ((0.5, 0.7), [1, 2])),
        ("structure_like", ((y, y), x)), ("credit_last", (y, np.array([0, 1, -2]), np.zeros(2))),
        ("credit_last", (x, np.array([1, 1]), np.zeros((2, 3)))),
        ("credit_last", (y, np.array([True, False, True, True]), np.zeros(4))),
        ("across", ([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]],)), ("lanes_together", ([0.1, 0.2],)),
        ("lanes_together", ([(0.1, y), (0.2, y)],)), ("lanes_apart", (y[:2], [0.1, 0.2])),
        ("unstored", ({"a": 0.5, "b": 0.7}, {"a": 1}, "b")), ("unstored", ({"a": 0.5, "b": y}, {"a": 1, "b": 2}, "a")),
        ("restored", ({"a": 0.5}, {"a": 1, "b": 2}, "b")), ("restored", ({"a": 0.5}, {"a": 1}, "a")),
        ("matching", (x, x, "f_bwd")), ("matching", ([0.5, (y, x)], [0.5, (y, x)], "f_bwd")),
        ("checked_by", (x, x, x, "f_bwd")),
    ):
        literal = tuple(k for k, a in enumerate(args) if type(a) is int)
        yield Case(by_name(name), args, literal=literal)
    for axis, g in ((None, 0.5), (0, within(0.0, 1.0, 3))):
        yield Case(by_name("expand_reduced"), (g, x, axis, False), literal=(2, 3))


FAMILIES: tuple[Callable[[], Iterator[Case]], ...] = (
    elementwise_cases, literal_cases, reduction_cases, shape_cases, product_cases, other_cases, runtime_cases)


def all_cases() -> list[Case]:
    from tests.rules.library_cases import FAMILIES as MORE
    return [case for family in (*FAMILIES, *MORE) for case in family()]
