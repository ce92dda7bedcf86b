"""Where the primitives of the wider library are tested: joins, scans, selections, contractions, linear algebra."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tangent2.rules.declare import by_name
from tangent2.rules.table.scans import TRAPEZOID
from tests.rules.cases import Case, within

Given = tuple[str, tuple[Any, ...], dict[str, Any]]


def cases(*rows: Any) -> Iterator[Case]:
    """Cases of `(name, args)` or `(name, args, keywords)`; integers and None are literals."""
    for name, args, *kw in rows:
        literal = tuple(k for k, a in enumerate(args) if type(a) in (int, bool) or a is None)
        yield Case(by_name(name), args, kw[0] if kw else {}, literal)


def u(*shape: int) -> Any:
    return within(-1.0, 1.0, *shape)


def join_cases() -> Iterator[Case]:
    for join in (list, tuple):
        yield from cases(
            ("np.concatenate", (join([u(2), u(3)]),)), ("np.concatenate", (join([u(2, 3), u(1, 3)]),)),
            ("np.concatenate", (join([u(2, 3), u(2, 1)]),), {"axis": 1}),
            ("np.concatenate", (join([u(2, 3), u(2, 1)]), -1)), ("np.concatenate", (join([u(2, 2), u(3)]),), {
                "axis": None}),
            ("np.stack", (join([u(3), u(3)]),)), ("np.stack", (join([u(3), u(3)]),), {"axis": 1}),
            ("np.stack", (join([0.5, 0.7]),)), ("np.stack", (join([u(2, 3), u(2, 3)]), -1)),
            ("np.hstack", (join([u(2), u(3)]),)), ("np.hstack", (join([u(2, 1), u(2, 3)]),)),
            ("np.hstack", (join([0.5, 0.7]),)), ("np.vstack", (join([u(3), u(3)]),)),
            ("np.vstack", (join([u(2, 3), u(1, 3)]),)), ("np.vstack", (join([u(3), u(2, 3)]),)),
            ("np.dstack", (join([u(2, 3), u(2, 3)]),)), ("np.dstack", (join([u(3), u(3)]),)),
            ("np.column_stack", (join([u(3), u(3)]),)), ("np.column_stack", (join([u(3), u(3, 2)]),)),
            ("np.column_stack", (join([u(3, 1), u(3, 2)]),)))
    yield from cases(
        ("np.block", ([u(2), u(3)],)), ("np.block", ([[u(2, 2), u(2, 1)], [u(1, 2), u(1, 1)]],)),
        ("np.append", (u(3), u(2))), ("np.append", (u(2, 3), 0.5)), ("np.split", (u(6), 3)),
        ("np.split", (u(4, 2), [1, 3])), ("np.split", (u(2, 4), 2), {"axis": 1}), ("np.array_split", (u(5), 2)),
        ("np.hsplit", (u(2, 4), 2)), ("np.vsplit", (u(4, 2), [1])), ("np.hsplit", (u(4), 2)),
        ("np.atleast_1d", (0.5,)), ("np.atleast_2d", (u(3),)), ("np.atleast_3d", (u(2, 3),)),
        ("np.select", ([np.array([True, False, False]), np.array([True, True, False])], [u(3), u(3)], 0.5)),
        ("np.select", ([np.array([True, False])], [u(2)])), ("np.select", ([np.array([True, False])], [u(2)], u(3, 2))),
        ("np.select", ([np.array([True, False])], [u(3, 2)], u(2))),
        ("np.meshgrid", (u(2), u(3))), ("np.meshgrid", (u(2), u(3), u(2)), {"indexing": "ij"}),
        ("split_like", (u(5), [u(2), u(3)], 0)), ("join_like", ([u(2), u(3)], u(5), 0)),
        ("choose_like", (u(2), [np.array([True, False])], [u(2)])), ("block_parts", (u(3), [u(1), u(2)])))


def scan_cases() -> Iterator[Case]:
    holes = np.array([0.5, 0.0, 1.5, 0.0])
    for name in ("np.prod", ".prod"):
        yield from cases(
            (name, (within(0.5, 1.5, 4),)), (name, (np.array([0.5, 0.0, 1.5]),)), (name, (holes,)),
            (name, (u(2, 3),), {"axis": 0}), (name, (u(2, 3), 1)), (name, (u(2, 3),), {"keepdims": True}),
            (name, (u(2, 3),), {"axis": 1, "keepdims": True}), (name, (u(2, 3),)),
            (name, (u(2, 3, 2),), {"axis": (0, 2)}))
    for name in ("np.cumsum", "np.cumprod", ".cumsum", ".cumprod"):
        yield from cases((name, (u(4),)), (name, (u(2, 3), 0)), (name, (u(2, 3),), {"axis": -1}))
    yield from cases(
        ("np.cumprod", (holes,)), ("np.cumprod", (u(2, 3),)), ("np.cumsum", (u(2, 3),)), ("np.diff", (u(5),)),
        ("np.diff", (u(2, 3),), {"axis": 0}),
        ("np.diff", (u(4),), {"prepend": 0.0, "append": 0.0}), ("np.diff", (u(4),), {"prepend": 0.0}),
        ("np.diff", (u(2, 3),), {"append": 0.0, "axis": 0}), ("np.gradient", (u(5),)), ("np.gradient", (u(5), 0.5)),
        ("np.gradient", (u(3, 4), 0.5), {"axis": 1}), ("np.nansum", (u(2, 3),)), ("np.nansum", (u(2, 3),), {"axis": 0}),
        ("np.nansum", (u(4),), {"keepdims": True}),
        ("delay", (u(4), 0, False)), ("delay", (u(2, 3), None, True)), ("recurrence", (u(4), u(4), 0, False)),
        ("recurrence", (u(2, 3), u(2, 3), 1, True)), ("products_before", (u(4), 0)),
        ("products_after", (u(2, 3), None)),
        ("gradient_back", (u(5), 0)))
    name = f"np.{TRAPEZOID.__name__}"
    yield from cases((name, (u(4),)), (name, (u(4),), {"dx": 0.5}), (name, (u(4), np.array([0.1, 0.4, 0.5, 0.9]))))


def selection_cases() -> Iterator[Case]:
    places = np.array([2, 0, 0])
    yield from cases(
        ("np.sort", (u(5),)), ("np.partition", (u(5), 2)), ("np.partition", (u(3, 4), 1), {"axis": 0}),
        ("np.sort", (u(3, 4),), {"axis": 0}), ("np.take", (u(3), places)),
        ("np.take", (u(2, 3), places), {"axis": 1}), ("np.take", (u(2, 3), places)),
        ("np.take", (u(3, 2), 1), {"axis": 0}),
        (".take", (u(3), places)), ("np.take_along_axis", (u(2, 3), np.array([[0, 0], [2, 1]]), 1)),
        ("np.repeat", (u(3), 2)), ("np.repeat", (u(2, 3), 2), {"axis": 1}), ("np.repeat", (u(3), np.array([1, 0, 2]))),
        (".repeat", (u(3), 2)), ("np.tile", (u(3), 2)), ("np.tile", (u(2, 3), (2, 1, 2))), ("np.roll", (u(4), 1)),
        ("np.roll", (u(2, 3), 2), {"axis": 1}), ("np.fliplr", (u(2, 3),)), ("np.flipud", (u(2, 3),)),
        ("np.rot90", (u(2, 3),)), ("np.rot90", (u(2, 3), 2)), ("np.triu", (u(3, 3),)), ("np.tril", (u(2, 3), 1)),
        ("np.diag", (u(3),)), ("np.diag", (u(3, 3),)), ("np.diag", (u(2, 3), 1)), ("np.diag", (u(2), -1)),
        ("np.diagonal", (u(3, 4),)), ("np.diagonal", (u(2, 3, 3), 1, 1, 2)), (".diagonal", (u(3, 3),)),
        ("np.trace", (u(3, 3),)), ("np.trace", (u(2, 3), 1)), ("np.trace", (u(2, 3, 4),), {"axis1": 1, "axis2": 2}),
        (".trace", (u(3, 3),)), ("np.pad", (u(3), 2)), ("np.pad", (u(2, 3), ((1, 0), (0, 2)))),
        ("np.median", (u(5),)), ("np.median", (u(4),)), ("np.median", (u(3, 4),), {"axis": 1}), ("np.ptp", (u(5),)),
        ("np.ptp", (u(3, 4),), {"axis": 0}), ("np.nan_to_num", (u(3),)),
        ("place_diagonal", (u(2), u(3, 2), -1, 0, 1)), ("diagonal_like", (u(2, 2), u(2), 0)),
        ("sum_tiles", (u(4), u(2), 2)), ("sum_repeated", (u(4), u(2), 2, 0)), ("put_taken", (u(3), u(3), places, None)),
        ("put_along", (u(3), u(4), places, 0)), ("unpad", (u(6), u(2), 2)))


def contraction_cases() -> Iterator[Case]:
    for a, b, axes in (((2, 3), (3, 4), 1), ((2, 3), (2, 3), 2), ((2, 3, 4), (4, 3), ([2, 1], [0, 1])),
                       ((3,), (2, 3), (0, 1)), ((2,), (3,), 0), ((4, 2, 3), (3, 2, 5), ([1, 2], [1, 0]))):
        for name, operands in (("np.tensordot", (u(*a), u(*b))),
                               ("tensordot_left", (np.tensordot(u(*a), u(*b), axes), u(*a), u(*b))),
                               ("tensordot_right", (np.tensordot(u(*a), u(*b), axes), u(*a), u(*b)))):
            literal = (len(operands),) if type(axes) is int else ()
            yield Case(by_name(name), (*operands, axes), literal=literal)
    yield from cases(
        ("np.einsum", ("ij,jk->ik", u(2, 3), u(3, 4))), ("np.einsum", ("ij,j", u(2, 3), u(3))),
        ("np.einsum", ("ij->", u(2, 3))), ("np.einsum", ("ii->", u(3, 3))), ("np.einsum", ("ii->i", u(3, 3))),
        ("np.einsum", ("ij->ji", u(2, 3))), ("np.einsum", ("i,j,ij->", u(2), u(3), u(2, 3))),
        ("np.einsum", ("...ij,...j->...i", u(4, 2, 3), u(3))), ("np.einsum", ("ij,k->i", u(2, 3), u(2))),
        ("np.einsum", ("i,i->i", u(3), u(3)), {"optimize": True}),
        ("np.einsum", ("bij, bjk -> bik", u(2, 2, 3), u(2, 3, 1))),
        ("np.kron", (u(2), u(3))), ("np.kron", (u(2, 2), u(3, 1))), ("np.kron", (u(3), u(2, 2))),
        ("kron_left", (u(6), u(2), u(3))), ("kron_right", (u(6), u(2), u(3))), ("np.cross", (u(3), u(3))),
        ("np.cross", (u(2, 3), u(3))))


def spd(n: int) -> Any:
    half = u(n, n)
    return half @ half.T + n * np.eye(n)


def linalg_cases() -> Iterator[Case]:
    a = u(3, 3) + 2.0 * np.eye(3)
    yield from cases(
        ("np.linalg.norm", (u(4),)), ("np.linalg.norm", (u(2, 3),)), ("np.linalg.norm", (u(2, 3),), {"axis": 1}),
        ("np.linalg.norm", (u(2, 3),), {"axis": -1, "keepdims": True}), ("np.linalg.norm", (u(4), 1)),
        ("np.linalg.norm", (u(4), 2)), ("np.linalg.solve", (a, u(3))), ("np.linalg.solve", (a, u(3, 2))),
        ("np.linalg.solve", (np.stack([a, a.T]), u(2, 3, 1))), ("np.linalg.inv", (a,)),
        ("np.linalg.inv", (np.stack([a, a.T]),)), ("np.linalg.det", (a,)), ("np.linalg.det", (np.stack([a, a.T]),)),
        ("np.linalg.qr", (a,)), ("np.linalg.qr", (a[:, :2], "r")), ("np.linalg.eigvals", (a,)), ("np.linalg.eig", (a,)),
        ("turned_by", (a * (1.0 + 0.5j), u(3))), ("turned_by", (a, u(3))),
        ("np.bincount", (np.array([0, 2, 2]), u(3))), ("np.bincount", (np.array([0, 2, 2]), u(3), 5)),
        ("np.linalg.slogdet", (a,)), ("np.linalg.slogdet", (np.stack([a, a.T]),)),
        ("np.linalg.cholesky", (spd(3),)), ("np.linalg.cholesky", (np.stack([spd(2), spd(2)]),)),
        ("np.linalg.eigh", (spd(3),)), ("np.linalg.eigvalsh", (spd(3),)),
        ("np.linalg.svd", (u(4, 3),), {"full_matrices": False}),
        ("np.linalg.svd", (u(2, 3),), {"full_matrices": False}),
        ("np.linalg.svd", (u(4, 3),), {"compute_uv": False}), ("np.linalg.pinv", (u(4, 2),)),
        ("np.linalg.pinv", (u(2, 3),)), ("np.linalg.matrix_power", (a, 3)), ("np.linalg.matrix_power", (a, 1)))


def complex_cases() -> Iterator[Case]:
    z, w = u(3) + 1j * u(3), u(3) + 1j * u(3)
    for name in ("np.real", "np.imag", "np.conj", "np.abs", "np.angle", ".real", ".imag", ".conjugate", "np.exp",
                 "np.sin", "np.sqrt", "np.square", "np.sum", ".conj"):
        yield from cases((name, (z,)))
    yield from cases(
        ("abs", (0.3 + 0.4j,)), ("abs", (z,)), ("complex", (0.3, 0.4)), ("complex", (0.3,)), ("np.vdot", (z, w)),
        ("np.vdot", (z, u(3))), ("mul", (z, u(3))), ("div", (u(3), z)), ("matmul", (z, w)), ("np.outer", (z, w)),
        ("np.einsum", ("i,i->", z, w)), ("np.prod", (z,)), ("np.concatenate", ([z, w],)), ("np.real", (u(3),)),
        ("np.conj", (u(3),)), (".real", (u(3),)))


def spectrum_cases() -> Iterator[Case]:
    z = u(5) + 1j * u(5)
    for name in ("np.fft.fft", "np.fft.ifft", "np.fft.rfft", "np.fft.irfft"):
        yield from cases(
            (name, (u(6),)), (name, (u(5),)), (name, (u(6), 4)), (name, (u(6), 9)), (name, (u(2, 3), None, 0)),
            (name, (u(2, 3), 5, 0)), (name, (u(6),), {"norm": "ortho"}), (name, (u(2, 3),), {"norm": "forward"}))
        if name != "np.fft.rfft":
            yield from cases((name, (z,)), (name, (z, 4)), (name, (z, 7), {"norm": "forward"}))
    yield from cases(("fitted", (u(5), u(3), 0)), ("fitted", (u(2, 3), u(2, 5), 1)), ("doubled", (z[:4], 6, 0)),
                     ("doubled", (u(2, 3), 5, 1)))


def numeric_cases() -> Iterator[Case]:
    xp, p = np.array([0.0, 0.5, 0.8, 1.1]), u(4)
    yield from cases(
        ("np.interp", (0.6, xp, u(4))), ("np.interp", (np.array([0.1, 0.6, 2.0, -1.0]), xp, u(4))),
        ("np.polyval", (p, 0.7)), ("np.polyval", (p, u(3))), ("np.polyval", (p, u(2, 2))),
        ("windows_dot", (u(5), u(3))), ("np.convolve", (u(4), u(2))), ("np.convolve", (u(2), u(3))),
        ("np.average", (u(4),)),
        ("np.average", (u(3, 2),), {"axis": 1}), ("np.average", (u(4),), {"weights": within(0.5, 1.0, 4)}),
        ("np.var", (u(4),), {"ddof": 1}),
        ("np.std", (u(2, 3),), {"axis": 1, "ddof": 1}), ("np.std", (u(2, 3),), {"ddof": 1, "keepdims": True}),
        ("np.cov", (u(2, 4),)), ("np.cov", (u(5),)), ("math.fsum", ([0.5, 0.7],)), ("math.prod", ([0.5, 0.0, 0.7],)),
        ("math.dist", ([0.5, 0.7], [0.1, 0.2])), ("math.dist", ((0.5, 0.7), (0.1, 0.2))), ("divmod", (7.3, 2.1)),
        ("math.fmod", (-7.3, 2.1)), ("math.remainder", (7.3, 2.1)), ("np.fmod", (np.array([-7.3, 7.3]), 2.1)),
        ("math.log", (0.7,)), ("math.log", (2.3, 1.7)), ("math.gamma", (3.4,)), ("math.gamma", (-1.3,)),
        ("math.lgamma", (0.2,)), ("math.lgamma", (-2.6,)), ("polygamma", (0, 7.5)), ("polygamma", (3, 0.8)),
        ("each_polygamma", (1, u(2, 3) + 0.5)),
        ("np.i0", (0.7,)), ("bessel", (1, u(3))), ("bessel", (2, 0.8)), ("math.modf", (-2.3,)),
        ("np.modf", (u(2, 3) * 3.0,)), ("math.frexp", (5.3,)), ("np.frexp", (u(2, 3) * 9.0,)),
        ("math.ldexp", (0.7, 3)), ("np.ldexp", (u(2, 3), 2)), ("np.ldexp", (u(3), np.array([[1], [-2]]))),
        ("np.ldexp", (0.7, np.array([1, 2]))), ("math.nextafter", (0.7, 2.0)), ("np.nextafter", (u(3), 2.0)))


def option_cases() -> Iterator[Case]:
    x, mask, z = u(2, 3), np.array([[True, False, True], [False, True, True]]), np.array([0.5, -0.7, 0.2])
    for axis in ({}, {"axis": 0}, {"axis": 1, "keepdims": True}):
        for name in ("np.sum", ".sum"):
            yield from cases((name, (x,), {**axis, "initial": 0.4}), (name, (x,), {**axis, "where": mask}),
                             (name, (x,), {**axis, "dtype": "float64"}))
        yield from cases(
            ("np.max", (x,), {**axis, "initial": 0.1}), (".min", (x,), {**axis, "initial": 0.1}),
            ("np.max", (x,), {**axis, "initial": -5.0, "where": mask}), ("np.mean", (x,), {**axis, "where": mask}),
            ("np.prod", (x,), {**axis, "dtype": "float64"}), ("np.var", (x,), {**axis, "correction": 1}))
    yield from cases(("np.sum", (x,), {"axis": 1, "where": mask[:, :1]}), ("np.mean", (x,), {"where": mask[0]}))
    for kw in ({"min": -0.2}, {"max": 0.3}, {"min": -0.2, "max": 0.3}):
        yield from cases((".clip", (x,), kw))
    yield from cases(("np.clip", (0.3,), {"a_min": z, "a_max": 0.6}), ("np.clip", (x, z), {"a_max": None}))
    norm = by_name("np.linalg.norm")
    for order in (0, 1, 2, 3, 0.5, np.inf, -np.inf):
        yield Case(norm, (z, order), literal=(1,))
        yield Case(norm, (x, order), {"axis": 1}, literal=(1,))
        yield Case(norm, (x, order), {"axis": 0, "keepdims": True}, literal=(1,))
    for order in (1, -1, 2, -2, np.inf, -np.inf):
        yield Case(norm, (x, order), literal=(1,))
    yield from cases(("np.linalg.norm", (x, "fro")), ("np.linalg.norm", (x, "nuc")))
    for name in ("np.reshape", "np.ravel", ".ravel", ".flatten"):
        shape = ((3, 2),) if name == "np.reshape" else ()
        yield from cases((name, (x, *shape), {"order": "F"}), (name, (x, *shape), {"order": "C"}))
    yield from cases(
        ("np.linspace", (0.3, 0.9, 4), {"endpoint": False}), ("np.linspace", (z, 2.0 * z, 3)),
        ("np.linspace", (x, 0.5, 2)), ("np.linspace", (0.5, z, 3), {"endpoint": False}),
        (".item", (x, 4)), (".item", (x, (1, 2))), (".item", (x, 0, 1)), (".tolist", (z,)), (".tolist", (x,)),
        ("np.float64", (0.7,)), ("np.float64", (x,)), ("math.hypot", (0.3, 0.4)), ("math.hypot", (0.3, 0.4, 0.5)))


FAMILIES: tuple[Callable[[], Iterator[Case]], ...] = (
    join_cases, scan_cases, selection_cases, contraction_cases, linalg_cases, complex_cases, spectrum_cases,
    numeric_cases, option_cases)
