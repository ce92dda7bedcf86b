"""Cases applied to batches of arguments: the lanes, and what the batch transform makes of the operation."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from tangent2.core.check import check
from tangent2.core.evaluate import evaluate
from tangent2.core.kinding import kind_of_value, kinds_of
from tangent2.core.kinds import Array, Kind, Number
from tangent2.core.layouts import Layout, Parts, first_extent, lane, whole
from tangent2.core.operations import apply
from tangent2.core.syntax import Const, For, Function, Op, Region, Return, Typed, Value, walk
from tangent2.transform.batch import batch
from tests.rules.cases import Case

_SORTED = ("np.interp", "np.searchsorted", ".searchsorted", "np.digitize", "bisect_left", "bisect_right")


def in_lane(value: Any, k: int, keep: bool) -> Any:
    """What a value is in the lane of a number: turned about, and scaled if it is no integer; symmetric stays so."""
    if isinstance(value, (list, tuple)):
        return type(value)([in_lane(v, k, keep) for v in value])
    if isinstance(value, dict):
        return {key: in_lane(v, k, keep) for key, v in value.items()}
    found = np.asarray(value)
    if not keep and k % 3 == 1:
        found = np.flip(found)
    elif not keep and k % 3 == 2 and found.ndim:
        found = np.roll(found, 1, tuple(range(found.ndim)))
    if found.dtype.kind in "fc":
        found = (found * (1.0 + 0.04 * k)).astype(found.dtype)
    return np.array(found) if isinstance(value, np.ndarray) else found[()]


def on_leaves(f: Callable[..., Any], *trees: Any) -> Any:
    """A function of the numbers and arrays at the same places of trees."""
    first = trees[0]
    if isinstance(first, dict):
        return {key: on_leaves(f, *[t[key] for t in trees]) for key in first}
    if isinstance(first, (list, tuple)):
        kind = type(first) if type(first) in (list, tuple) else tuple
        return kind([on_leaves(f, *parts) for parts in zip(*trees, strict=True)])
    return f(*trees)


def together(lanes: list[Any]) -> Any:
    """Values of lanes, one behind the other."""
    return on_leaves(lambda *parts: np.stack(parts), *lanes)


def is_mappable(arg: Any) -> bool:
    """Whether an argument is of numbers that may be others in each lane."""
    if isinstance(arg, (list, tuple)):
        return bool(arg) and all(map(is_mappable, arg))
    if isinstance(arg, dict):
        return all(map(is_mappable, arg.values()))
    return isinstance(arg, (np.ndarray, float, complex)) or type(arg) is np.float64


def mapped_operands(case: Case) -> list[int]:
    """The operands that can be mapped; further ones are those by name."""
    everything = (*case.args, *case.kw.values())
    return [k for k, a in enumerate(everything) if k not in case.literal and is_mappable(a)
            and (k < len(case.args) or isinstance(a, np.ndarray))]


def choices(case: Case) -> Iterator[tuple[int, ...]]:
    """Which operands are mapped: all, and each alone."""
    could = mapped_operands(case)
    if could:
        yield tuple(could)
    if len(could) > 1:
        yield from ((k,) for k in could)


@dataclass
class Batch:
    """One operation for all lanes: what it gives, what each lane gives, and whether lanes are computed in turn."""

    got: Any
    lanes: list[Any]
    layout: Layout
    in_turn: bool
    kind: Kind
    text: Any = None


def batched(case: Case, mapped: tuple[int, ...], size: int) -> Batch:
    """A case for lanes in which some operands are others; raises `CannotBatch`."""
    everything = [*case.args, *case.kw.values()]
    keep = case.prim.name in _SORTED
    lanes = [[in_lane(a, j, keep) if k in mapped else a for k, a in enumerate(everything)] for j in range(size)]
    values, atoms, given, layouts, kinds = [], [], [], [], {}
    for k, arg in enumerate(everything):
        if _is_literal(case, k, arg):
            atoms.append(Const(_plain(arg)))
            continue
        on = k in mapped
        wide = together([own[k] for own in lanes]) if on else arg
        kind, layout = kind_of_value(wide, 10 * k), False
        if on:
            layout = whole(kind)
            kind = lane(kind, layout)
        values.append(Value(f"x{k}"))
        atoms.append(values[-1])
        kinds[values[-1]] = kind
        given.append(wide)
        layouts.append(layout)
    op = Op((Value("out"),), case.prim, tuple(atoms), tuple(case.kw))
    kinds[op.out] = kinds_of(op, lambda a: kinds[a] if isinstance(a, Value) else kind_of_value(a.value))[0]
    typed = Typed(Function("f", tuple(values), Region((op,), Return((op.out,)))), kinds, kinds[op.out])
    extent = next(d for d in (first_extent(kind_of_value(g), lay) for g, lay in zip(given, layouts)) if d is not None)
    made, facts = batch(typed, tuple(layouts), extent, "vmap_f", _summary, None, lambda call: False)     # type: ignore[arg-type]
    check(made.function, made.kinds)
    results = [apply(case.prim, None, own[:len(case.args)], dict(zip(case.kw, own[len(case.args):]))) for own in lanes]
    got = evaluate(made.function, tuple(given))
    loops = any(isinstance(s, For) for s in walk(made.function.body))
    return Batch(got, results, facts.result, loops, made.kinds[made.function.body.exit.vals[0]], made.function)


def _is_literal(case: Case, k: int, arg: Any) -> bool:
    if k in case.literal or isinstance(arg, (str, int)) or arg is None:
        return True
    if isinstance(arg, tuple) and _is_plain(arg):
        return case.prim.name not in ("structure_like", "item_adjoint")
    return k >= len(case.args) and not isinstance(arg, np.ndarray)


def _is_plain(arg: Any) -> bool:
    return all(map(_is_plain, arg)) if isinstance(arg, (tuple, list)) else isinstance(arg, int)


def _plain(arg: Any) -> Any:
    return tuple(map(_plain, arg)) if isinstance(arg, (tuple, list)) else arg


def _summary(*unused: Any) -> Any:
    raise AssertionError("a primitive calls nothing")


def assert_same(batch: Batch) -> None:
    """The batch is what the lanes are, in values, shapes and types."""
    _same(batch.got, batch.lanes, batch.layout)


def _same(got: Any, lanes: list[Any], layout: Layout) -> None:
    first = lanes[0]
    if layout is False:
        on_leaves(lambda g, *w: [_equal(g, x) for x in w], got, *lanes)
    elif layout is True:
        _equal(got, np.stack([np.asarray(v) for v in lanes]))
        assert isinstance(got, np.ndarray), type(got)
    elif isinstance(first, dict):
        parts = layout.elts if isinstance(layout, Parts) else (layout.elt,) * len(first)     # type: ignore[union-attr]
        for key, part in zip(first, parts, strict=True):
            _same(got[key], [v[key] for v in lanes], part)
    else:
        assert type(got) is type(first) or not isinstance(first, list), (type(got), type(first))
        parts = layout.elts if isinstance(layout, Parts) else (layout.elt,) * len(first)
        assert len(got) == len(first)
        for k, part in enumerate(parts):
            _same(got[k], [v[k] for v in lanes], part)


def _equal(got: Any, wanted: Any) -> None:
    assert np.shape(got) == np.shape(wanted), (np.shape(got), np.shape(wanted))
    assert np.asarray(got).dtype == np.asarray(wanted).dtype, (np.asarray(got).dtype, np.asarray(wanted).dtype)
    np.testing.assert_allclose(got, wanted, rtol=1e-10, atol=1e-12)


def kind_holds(kind: Kind, value: Any) -> bool:
    """Whether the kind of a result for all lanes keeps what later rules need: its rank and its dtype."""
    if isinstance(value, np.ndarray):
        return isinstance(kind, Array) and kind.shape is not None and len(kind.shape) == value.ndim
    return not isinstance(value, float) or isinstance(kind, Number)
