"""Helpers of the run time written out where it is known what they do: what is printed calls none of them then.

The rules speak of structures by helpers that have rules themselves (`zero_like`, `rows_like`, `deep_copy`), since what
is emitted may be differentiated again.  This pass comes last: `zero_like(params)` of a list of pairs of arrays becomes
`[(np.zeros_like(W), np.zeros_like(b)) for W, b in params]`, `rows_like(g, xs)` of a list of numbers `list(g)`.
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tangent2.core import prims
from tangent2.core.build import Builder, close
from tangent2.core.dtypes import widest
from tangent2.core.kinds import INT, Array, Dict, Kind, List, Number, Tuple
from tangent2.core.prims import Prim
from tangent2.core.syntax import (
    ONE_ITEM, Atom, Const, For, IndexSpec, Op, Region, SliceSpec, Stmt, Typed, Value, walk,
)
from tangent2.core.walk import map_regions
from tangent2.optimise.absent import is_half, may_be_none
from tangent2.rules.declare import by_name

_INDEX = Prim("index", ("method", "index"), infer=lambda op, kind: INT)
_REAL = ("float64", "float32")
_NUMBERS = ("float64", "int64", "bool")


def spell_out(typed: Typed) -> Typed:
    """Print without a helper what can be.

    >>> from tangent2.core.kinds import FLOAT
    >>> from tangent2.core.show import show
    >>> from tangent2.core.syntax import Function, Return
    >>> xs, z = Value("xs", True), Value("z")
    >>> f = Function("f", (xs,), Region((Op((z,), by_name("zero_like"), (xs,)),), Return((z,))))
    >>> print(show(spell_out(Typed(f, {xs: List(FLOAT), z: List(FLOAT)}, List(FLOAT))).function).strip())
    def f(xs.0):
        t.1 = list(0.0)
        t.2 = len(xs.0)
        z.3 = mul(t.1, t.2)
        return z.3
    """
    body = typed.function.body
    if not any(isinstance(s, Op) and s.prim.name in _SPELLINGS for s in walk(body)) or is_half(typed.function.name):
        return typed                # in a half what was saved may be absent, whatever its kind
    kinds = dict(typed.kinds)
    body = _spelled(body, kinds, _element_names(body), may_be_none(body))
    return typed if body is typed.function.body else Typed(replace(typed.function, body=body), kinds, typed.result)


class _Spelling(Builder):
    """A builder that knows how the user calls the parts of elements of lists."""

    def __init__(self, kinds: dict[Value, Kind], names: dict[Atom, Hints]) -> None:
        super().__init__(kinds)
        self.names = names


Hints = tuple[tuple[str | None, bool], ...]


def _element_names(body: Region) -> dict[Atom, Hints]:
    """The names to which elements of lists are unpacked."""
    sources: dict[Atom, Atom] = {s.out: s.args[0] for s in walk(body) if isinstance(s, Op) and s.prim is prims.GETITEM}
    sources.update({s.target: s.iter for s in walk(body) if isinstance(s, For)})
    return {sources[s.args[0]]: tuple([(v.hint, False) for v in s.outs]) for s in walk(body)
            if isinstance(s, Op) and s.prim is prims.UNPACK and s.args[0] in sources
            and isinstance(s.static, tuple) and not s.static[1]}


def _spelled(region: Region, kinds: dict[Value, Kind], names: dict[Atom, Hints], absent: frozenset[Value]) -> Region:
    stmts: list[Stmt] = []
    for stmt in region.stmts:
        stmt = map_regions(stmt, lambda r: _spelled(r, kinds, names, absent))
        known = isinstance(stmt, Op) and not stmt.kw and absent.isdisjoint(stmt.args)
        spelling = _SPELLINGS.get(stmt.prim.name) if known and isinstance(stmt, Op) else None
        build = _Spelling(kinds, names)
        build.origin = stmt.origin if isinstance(stmt, Op) else None
        found = spelling(build, *stmt.args) if spelling is not None and isinstance(stmt, Op) else None
        if found is None:
            stmts.append(stmt)
            continue
        last = build.stmts.pop()
        assert found in last.outs and isinstance(last, (Op, For)) and isinstance(stmt, Op)
        stmts += [*build.stmts, replace(last, outs=stmt.outs)]
    same = len(stmts) == len(region.stmts) and all(a is b for a, b in zip(stmts, region.stmts))
    return region if same else Region(tuple(stmts), region.exit)


Part = Callable[[Builder, Atom, Any], "Atom | None"]
"""What becomes of an element of a kind, emitted; None if that is not known."""


def _each(build: Builder, source: Atom, elt: Kind, part: Part) -> Atom | None:
    """`[part(v) for v in source]`."""
    item = build.value(elt)
    if isinstance(build, _Spelling) and source in build.names:     # the user unpacks them, too
        build.names[item] = build.names[source]
    with build.region() as inner:
        made = part(build, item, elt)
        if made is None:
            return None
        made_kind = build.kind(made)
        old = build.value(List(made_kind))
        new = build.op(prims.PUSH, old, made)
    empty = build.op(prims.LIST)
    out = build.value(List(made_kind))
    build.add(For((out,), item, source, (old,), (empty,), close(inner, (new,)), None))
    return out


def _elements(build: Builder, source: Atom, kind: Tuple, part: Part) -> Atom | None:
    """`(part(a), part(b))` of the tuple `(a, b)`."""
    if not kind.elts or kind.record is not None:
        return None
    hints = build.names.get(source, ()) if isinstance(build, _Spelling) else ()
    items = build.ops(prims.UNPACK, (source,), static=(len(kind.elts), False, 0),
                      hints=hints if len(hints) == len(kind.elts) else ((None, False),) * len(kind.elts))
    parts = [part(build, item, elt) for item, elt in zip(items, kind.elts)]
    return None if any(p is None for p in parts) else build.op(prims.TUPLE, *[p for p in parts if p is not None])


def _mapped(leaf: Part) -> Part:
    """What becomes of a structure of lists and tuples, given what becomes of its numbers and arrays."""
    def part(build: Builder, source: Atom, kind: Any) -> Atom | None:
        if isinstance(kind, List) and not kind.tape:
            return _each(build, source, kind.elt, part)
        if isinstance(kind, Tuple):
            return _elements(build, source, kind, part)
        return leaf(build, source, kind)
    return part


# ---- zeros ----


def _known(kind: Kind | None) -> bool:
    """Whether zeros of this kind are printed without a helper."""
    if isinstance(kind, List):
        return not kind.tape and (_leaf(kind.elt) or _known(kind.elt))
    if isinstance(kind, Tuple):
        return kind.record is None and bool(kind.elts) and all(_known(k) or _leaf(k) for k in kind.elts)
    return isinstance(kind, Dict) and bool(kind.items) and all(_known(k) or _leaf(k) for _, k in kind.items or ())


def _leaf(kind: Kind) -> bool:
    return isinstance(kind, Array) and kind.dtype in _REAL or isinstance(kind, Number) and kind.dtype in _NUMBERS


def _zeros(build: Builder, like: Atom, kind: Any) -> Atom | None:
    """The zeros of a value, as operations."""
    if isinstance(kind, List) and isinstance(kind.elt, Number):
        one = build.op(prims.LIST, Const(0.0))
        return build.op(prims.MUL, one, build.op(by_name("len"), like))
    if isinstance(kind, Dict) and _known(kind):
        items = kind.items or ()
        values = [entry_zeros(build, like, key, inner) for key, inner in items]
        return build.op(prims.DICT, *values, static=tuple([key for key, _ in items]))
    if isinstance(kind, (List, Tuple)) and _known(kind):
        return _ZEROS(build, like, kind)
    if isinstance(kind, Number) and _leaf(kind):
        return Const(0.0)
    return build.op(by_name("np.zeros_like" if isinstance(kind, Array) and _leaf(kind) else "zero_like"), like)


def entry_zeros(build: Builder, like: Atom, key: Any, kind: Kind) -> Atom:
    """The zeros of an entry of a dict."""
    if isinstance(kind, Number) and _leaf(kind):
        return Const(0.0)
    found = _zeros(build, build.op(prims.GETITEM, like, Const(key), static=ONE_ITEM), kind)
    assert found is not None
    return found


def _zero_like(build: Builder, like: Atom) -> Atom | None:
    kind = build.kind(like)
    return _zeros(build, like, kind) if isinstance(like, Value) and _known(kind) else None


# ---- copies, sums, rows ----


def _copy(build: Builder, item: Atom, kind: Any) -> Atom | None:
    if isinstance(kind, Array) and kind.rank:
        return build.op(prims.COPY, item)
    return item if isinstance(kind, Number) else None


def _deep_copy(build: Builder, tree: Atom) -> Atom | None:
    kind = build.kind(tree)
    return _mapped(_copy)(build, tree, kind) if isinstance(kind, (List, Tuple)) and _holds_leaves(kind) else None


def _holds_leaves(kind: Kind) -> bool:
    """Whether a structure is one of lists and tuples of numbers and arrays of known kinds."""
    if isinstance(kind, List):
        return not kind.tape and (_leaf(kind.elt) or _holds_leaves(kind.elt))
    return isinstance(kind, Tuple) and kind.record is None and bool(kind.elts) and all(
        _leaf(k) or _holds_leaves(k) for k in kind.elts)


def _add_trees(build: Builder, a: Atom, b: Atom) -> Atom | None:
    """`(a[0] + b[0], a[1] + b[1])`, and `[x + y for x, y in zip(a, b)]`."""
    own, other = build.kind(a), build.kind(b)
    if isinstance(own, List) and isinstance(other, List) and _leaf(own.elt) and _leaf(other.elt):
        pairs = build.op(by_name("zip"), a, b)
        return _each(build, pairs, Tuple((own.elt, other.elt)), lambda made, pair, _: made.op(
            prims.ADD, *made.ops(prims.UNPACK, (pair,), static=(2, False, 0), hints=((None, False),) * 2)))
    if not isinstance(own, Tuple) or not isinstance(other, Tuple) or not own.elts \
            or len(own.elts) != len(other.elts) or not all(map(_leaf, own.elts + other.elts)):
        return None
    sides = [build.ops(prims.UNPACK, (side,), static=(len(own.elts), False, 0),
                       hints=((None, False),) * len(own.elts)) for side in (a, b)]
    return build.op(prims.TUPLE, *[build.op(prims.ADD, x, y) for x, y in zip(*sides)])


def _rows_like(build: Builder, g: Atom, like: Atom) -> Atom | None:
    whole = build.kind(g)
    if not isinstance(whole, Array) or whole.rank is None or whole.dtype not in _REAL:
        return None
    return _rows(build, g, build.kind(like), whole)


def _rows(build: Builder, g: Atom, kind: Any, whole: Array) -> Atom | None:
    """The rows of an array as a list or a tuple; rows of rows of nested ones."""
    parts = [kind.elt] if isinstance(kind, List) else list(kind.elts) if isinstance(kind, Tuple) else []
    if not parts or whole.rank == 0 or isinstance(kind, Tuple) and kind.record is not None:
        return None
    rank = (whole.rank or 1) - 1
    if all(_takes(k, whole.dtype, rank) for k in parts):
        return build.op(by_name("list" if isinstance(kind, List) else "tuple"), g)
    if isinstance(kind, List) and isinstance(kind.elt, (List, Tuple)) and rank:
        row = Array(whole.dtype, (None,) * rank)
        return _each(build, g, row, lambda b, item, _: _rows(b, item, kind.elt, row))
    if isinstance(kind, Tuple) and rank and all(isinstance(k, (List, Tuple)) for k in parts):
        row = Array(whole.dtype, (None,) * rank)
        items = build.ops(prims.UNPACK, (g,), static=(len(parts), False, 0), hints=((None, False),) * len(parts))
        rows = [_rows(build, item, k, row) for item, k in zip(items, parts)]
        return None if any(r is None for r in rows) else build.op(prims.TUPLE, *[r for r in rows if r is not None])
    return None


def _takes(kind: Kind, dtype: str | None, rank: int) -> bool:
    """Whether a row of an adjoint is that of an element as it is."""
    if isinstance(kind, Number):
        return rank == 0 and (widest(kind.dtype) == dtype or kind.weak and widest(kind.dtype) in _NUMBERS)
    return isinstance(kind, Array) and kind.rank == rank and rank > 0 and kind.dtype == dtype


def _structure_like(build: Builder, parts: Atom, like: Atom) -> Atom | None:
    own, kind = build.kind(parts), build.kind(like)
    if isinstance(own, (List, Tuple)) and isinstance(kind, List):
        return build.op(by_name("list"), parts)
    if isinstance(own, (List, Tuple)) and isinstance(kind, Tuple) and kind.record is None:
        return build.op(by_name("tuple"), parts)
    return None


# ---- the rest ----


def _broadcast_like(build: Builder, x: Atom, like: Atom) -> Atom | None:
    """`np.broadcast_to(x, like.shape)`, where only that may be to do."""
    own, kind = build.kind(x), build.kind(like)
    if not isinstance(own, Array) or not isinstance(kind, Array) or own.rank is None or kind.rank is None:
        return None
    if own.rank > kind.rank or own.dtype is None or own.dtype != kind.dtype:
        return None
    return build.op(by_name("np.broadcast_to"), x, build.op(by_name(".shape"), like))


def _windows_dot(build: Builder, g: Atom, x: Atom) -> Atom | None:
    kind = build.kind(x)
    if not isinstance(kind, Array) or kind.rank != 1:
        return None
    turned = build.op(prims.GETITEM, x, Const(-1), static=IndexSpec((SliceSpec(step=True),)))
    return build.op(by_name("np.convolve"), g, turned, Const("valid"))


def _place(build: Builder, keys: Atom, key: Atom) -> Atom | None:
    """The first place where a list or an array is `key`."""
    kind = build.kind(keys)
    if isinstance(kind, (List, Tuple)):
        return build.op(_INDEX, keys, key)
    if isinstance(kind, Array) and kind.rank == 1:
        return build.op(by_name("np.argmax"), build.op(prims.EQ, keys, key))
    return None


def _pick_first(build: Builder, items: Atom, keys: Atom, key: Atom) -> Atom | None:
    place = _place(build, keys, key)
    return None if place is None else build.op(prims.GETITEM, items, place, static=ONE_ITEM)


def _spread_first(build: Builder, g: Atom, keys: Atom, key: Atom) -> Atom | None:
    kind = build.kind(keys)
    if not (isinstance(kind, List) and isinstance(kind.elt, Number) or isinstance(kind, Array) and kind.rank == 1) \
            or not _known(kind) and not _leaf(kind) or not isinstance(build.kind(g), Number):
        return None
    zeros = _zeros(build, keys, kind)
    place = _place(build, keys, key)
    assert zeros is not None and place is not None
    return build.op(prims.SETITEM, zeros, place, g, static=ONE_ITEM)


def _split_like(build: Builder, g: Atom, parts: Atom, axis: Atom) -> Atom | None:
    """`np.split` where one part after the other ends."""
    kind, whole = build.kind(parts), build.kind(g)
    elt = kind.elt if isinstance(kind, List) else None
    if not isinstance(elt, Array) or not elt.rank or not isinstance(whole, Array) or whole.rank != elt.rank \
            or whole.dtype != elt.dtype or elt.dtype not in _REAL or not (
                isinstance(axis, Const) and type(axis.value) is int):
        return None
    sizes = _each(build, parts, elt, lambda b, item, _: b.op(prims.EXTENT, item, static=axis.value))
    assert sizes is not None
    ends = build.op(prims.GETITEM, build.op(by_name("np.cumsum"), sizes), Const(-1),
                    static=IndexSpec((SliceSpec(upper=True),)))
    if axis.value == 0:
        return build.op(by_name("np.split"), g, ends)
    return build.op(by_name("np.split"), g, ends, axis, kw=("axis",))


def _place_diagonal(build: Builder, g: Atom, like: Atom, offset: Atom, axis1: Atom, axis2: Atom) -> Atom | None:
    """Zeros like a matrix, with one of its diagonals stored in them."""
    kind, own = build.kind(like), build.kind(g)
    if not isinstance(kind, Array) or kind.rank != 2 or kind.dtype not in _REAL or not isinstance(own, Array) \
            or own.rank != 1 or (axis1, axis2) != (Const(0), Const(1)) or not (
                isinstance(offset, Const) and type(offset.value) is int):
        return None
    zeros = build.op(by_name("np.zeros_like"), like)
    k = build.op(by_name("np.arange"), build.op(prims.EXTENT, g, static=0))
    moved = k if offset.value == 0 else build.op(prims.ADD, k, Const(abs(offset.value)))
    index = (k, moved) if offset.value >= 0 else (moved, k)
    return build.op(prims.SETITEM, zeros, *index, g, static=IndexSpec((None, None), True))


_ZEROS = _mapped(_zeros)
_SPELLINGS: dict[str, Callable[..., Atom | None]] = {
    "zero_like": _zero_like, "deep_copy": _deep_copy, "add_trees": _add_trees, "rows_like": _rows_like,
    "structure_like": _structure_like, "windows_dot": _windows_dot, "pick_first": _pick_first,
    "spread_first": _spread_first, "broadcast_like": _broadcast_like,
    "split_like": _split_like, "place_diagonal": _place_diagonal,
}
