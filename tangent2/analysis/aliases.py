"""Aliases: which array, or part of which array, a value names; views, and how what was written to one is put back.

A cell is the memory of one array.  A value names a cell, a view of what another value names, or one of two places by a
condition that was met before.
"""
from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Union

from tangent2.core import prims
from tangent2.core.build import Builder
from tangent2.core.kinds import Array, Dict, Kind, List, Number, Tuple
from tangent2.core.prims import Prim
from tangent2.core.sharing import shares
from tangent2.core.syntax import Atom, Const, IndexSpec, Op, SliceSpec
from tangent2.errors import UnsupportedError
from tangent2.rules.declare import by_name


@dataclass(frozen=True, eq=False)
class Cell:
    """The memory of one array; `made` is the operation that made it, where one did.

    firm: an array that surely is none of those in other firm cells; flat: it surely lies in memory row by row.
    """

    made: Op | None = None
    firm: bool = False
    flat: bool = False


@dataclass(frozen=True, eq=False)
class View:
    """The part of `base` that an operation shows; its first operand stands for the base."""

    base: Place
    op: Op

    def _key(self) -> tuple[object, ...]:
        return self.base, self.op.prim, self.op.args[1:], self.op.kw, self.op.static

    def __eq__(self, other: object) -> bool:
        return isinstance(other, View) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())


@dataclass(frozen=True)
class Choice:
    """`then` where a condition held, else `orelse`."""

    cond: Atom
    then: Place
    orelse: Place


Place = Union[Cell, View, Choice]


def cells(place: Place) -> Iterator[Cell]:
    """The cells a place may lie in.

    >>> a, b = Cell(), Cell()
    >>> list(cells(Choice(Const(True), a, b))) == [a, b]
    True
    """
    if isinstance(place, Cell):
        yield place
    elif isinstance(place, View):
        yield from cells(place.base)
    else:
        yield from cells(place.then)
        yield from cells(place.orelse)


def leaves(place: Place) -> Iterator[Place]:
    """The places among which a place is chosen.

    >>> a, b = Cell(), Cell()
    >>> list(leaves(Choice(Const(True), a, Choice(Const(True), b, a)))) == [a, b, a]
    True
    """
    if isinstance(place, Choice):
        yield from leaves(place.then)
        yield from leaves(place.orelse)
    else:
        yield place


def parts(place: Place) -> Iterator[Place]:
    """A place, and those it is a view of or chosen from."""
    yield place
    if isinstance(place, View):
        yield from parts(place.base)
    elif isinstance(place, Choice):
        yield from parts(place.then)
        yield from parts(place.orelse)


def may_resize(grown: Place, deep: bool, other: Place) -> bool:
    """Whether what makes one list grow or shrink, or (`deep`) the lists in it too, may do so to another.

    >>> from tangent2.core.syntax import Value
    >>> rows = Cell()
    >>> row = View(rows, Op((Value(),), prims.GETITEM, (Value(), Const(0)), static=IndexSpec((None,))))
    >>> may_resize(row, False, rows), may_resize(rows, False, row), may_resize(rows, True, row)
    (False, False, True)
    """
    if set(cells(grown)).isdisjoint(cells(other)):
        return False
    if grown != other and other in parts(grown):
        return False
    return deep or grown == other or grown not in parts(other)


def replaced(place: Place, others: Mapping[Place, Place]) -> Place:
    """A place in which others stand for some of its parts."""
    if place in others:
        return others[place]
    if isinstance(place, View) and others:
        return View(replaced(place.base, others), place.op)
    if isinstance(place, Choice) and others:
        return Choice(place.cond, replaced(place.then, others), replaced(place.orelse, others))
    return place


def is_firm(place: Place) -> bool:
    """Whether a place surely lies in memory that other firm places of other cells have no part of."""
    if isinstance(place, Choice):
        return is_firm(place.then) and is_firm(place.orelse)
    return place.firm if isinstance(place, Cell) else is_firm(place.base)


def is_known(place: Place) -> bool:
    """Whether it surely is known what memory a place is: no other name of what was there before."""
    made = place.made if isinstance(place, Cell) else None
    return is_firm(place) or made is not None and made.prim in (prims.LIST, prims.DICT, prims.NEW)


def is_displayed(place: Place) -> bool:
    """Whether it is a list or dict that was written out."""
    return isinstance(place, Cell) and place.made is not None and place.made.prim in (prims.LIST, prims.DICT)


def operands_of(place: Place) -> Iterator[Atom]:
    """What must be at hand to find a place: indices, conditions."""
    if isinstance(place, View):
        yield from place.op.args[1:]
        yield from operands_of(place.base)
    elif isinstance(place, Choice):
        yield place.cond
        yield from operands_of(place.then)
        yield from operands_of(place.orelse)


def has_memory(kind: Kind) -> bool:
    """Whether a value surely has memory that can be written to."""
    return isinstance(kind, (List, Dict)) or isinstance(kind, Array) and kind.is_array


def shows(op: Op, base: Place | None, kind_of: Callable[[Atom], Kind]) -> bool:
    """Whether the result of an operation surely is a view of its first operand that can be written to."""
    if base is None or not has_memory(kind_of(op.out)) or not op.args or not has_memory(kind_of(op.args[0])):
        return False
    if op.prim is prims.GETITEM and not isinstance(kind_of(op.args[0]), Array):
        return op.static.items == (None,)           # an element; a slice of a list is a new one
    if op.prim is prims.GETITEM:
        return not any(isinstance(kind_of(a), (Array, List, Tuple)) for a in op.args[1:])
    if op.prim.name in _ROOMY:
        line = getattr(kind_of(op.args[0]), "rank", None) == 1 and op.prim.name in _SHAPED    # at equal distances
        return "order" not in op.kw and (line or contiguous(base, kind_of))
    if op.prim.name == "np.diag":
        return getattr(kind_of(op.args[0]), "rank", None) == 2
    return op.prim in put_back_table() and (op.prim.name not in _ATLEAST or len(op.args) == 1)


def same(op: Op, kind_of: Callable[[Atom], Kind]) -> bool:
    """Whether an operation surely gives its operand itself: `np.asarray(x)` of an array, `x.conj()` of a real one."""
    if op.prim is prims.AS_CLASS:
        return True
    kind = kind_of(op.args[0]) if len(op.args) == 1 else None
    return isinstance(kind, Array) and (
        op.prim.name in ("np.asarray", "np.asanyarray")
        or op.prim.name.startswith(".conj") and (kind.dtype or "").startswith("float"))


def contiguous(place: Place, kind_of: Callable[[Atom], Kind]) -> bool:
    """Whether an array surely lies in memory row by row, so that reshaping shows the same memory."""
    if isinstance(place, Cell):
        return place.flat
    if isinstance(place, Choice):
        return contiguous(place.then, kind_of) and contiguous(place.orelse, kind_of)
    if isinstance(place, View) and place.op.prim is prims.GETITEM:
        items = place.op.static.items
        steps = len(items) == 1 and items[0] is not None and items[0].step and place.op.args[-1] != Const(1)
        return len(items) == 1 and not steps and contiguous(place.base, kind_of)
    return isinstance(place, View) and place.op.prim.name in _ROOMY and contiguous(place.base, kind_of)


def new_cell(made: Op | None, kind_of: Callable[[Atom], Kind], place_of: Callable[[Atom], Place | None]) -> Cell:
    """The memory of what an operation makes that shows nothing it is given."""
    if made is None:
        return Cell()
    kind = kind_of(made.outs[0])
    firm = isinstance(kind, Array) and len(made.outs) == 1 and (
        shares(made, kind_of) == "fresh" or made.prim is prims.GETITEM and isinstance(kind_of(made.args[0]), Array)
        and any(isinstance(kind_of(a), (Array, List)) for a in made.args[1:]))
    by_rows = made.prim.name in _BY_ROWS and "order" not in made.kw
    line = isinstance(kind, Array) and kind.shape is not None and len(kind.shape) == 1
    alike = firm and (made.prim.elementwise or made.prim.name in _LIKE) and "order" not in made.kw
    by_rows = by_rows or line and firm and (made.prim is prims.GETITEM or made.prim.name in _NEW_LINES)
    return Cell(made, firm, by_rows or alike and (line or all(_by_rows(a, kind_of, place_of) for a in made.args)))


def _by_rows(operand: Atom, kind_of: Callable[[Atom], Kind], place_of: Callable[[Atom], Place | None]) -> bool:
    """Whether an operand lets an elementwise result lie in memory row by row."""
    kind, place = kind_of(operand), place_of(operand)
    if not isinstance(kind, Array):
        return isinstance(kind, Number)
    return kind.shape == () or place is not None and contiguous(place, kind_of)


_SHAPED = frozenset({"np.reshape", ".reshape"})
_ROOMY = _SHAPED | {"np.ravel", ".ravel"}
_LIKE = frozenset({"np.zeros_like", "np.ones_like", "np.full_like", "np.empty_like"})
_NEW_LINES = frozenset({"np.sum", ".sum", "np.mean", ".mean", "np.max", ".max", "np.min", ".min", "np.prod", ".prod",
                        "np.cumsum", ".cumsum", "np.where", "np.concatenate", "np.dot", ".dot"})
_BY_ROWS = frozenset({"np.zeros", "np.ones", "np.empty", "np.full", "copy", "np.linspace", "np.arange", "np.eye",
                      "np.outer", "matmul", "np.matmul"})
_ATLEAST = ("np.atleast_1d", "np.atleast_2d", "np.atleast_3d")
_READ_ONLY = ("np.diagonal", ".diagonal", "np.diag", "np.broadcast_to")
_SPLITS = ("np.split", "np.array_split", "np.vsplit", "np.hsplit")
PutBack = Callable[[Builder, Op, Atom, Atom], Atom]
_table: dict[Prim, PutBack] = {}


def put_back(build: Builder, op: Op, base: Atom, part: Atom) -> Atom:
    """The base in which the part that `op` shows is `part`."""
    return put_back_table()[op.prim](build, op, base, part)


def put_back_table() -> dict[Prim, PutBack]:
    """How each view is undone, by primitive."""
    if not _table:
        _table[prims.GETITEM] = _item
        _table.update({by_name(name): _again for name in (
            ".T", "np.swapaxes", ".swapaxes", "np.flip", "np.fliplr", "np.flipud")})
        _table.update({by_name(name): _moved for name in ("np.moveaxis",)})
        _table.update({by_name(name): _turned for name in ("np.transpose", ".transpose")})
        _table.update({by_name(name): _reshaped for name in (
            "np.expand_dims", "np.squeeze", ".squeeze", *_ROOMY)})
        _table.update({by_name(name): _real for name in ("np.real", ".real")})
        _table.update({by_name(name): _imag for name in ("np.imag", ".imag")})
        _table[by_name("np.rot90")] = _rotated
        _table.update({by_name(name): _reshaped for name in _ATLEAST})
        _table.update({by_name(name): _read_only for name in _READ_ONLY})
        _table.update({by_name(name): _joined for name in _SPLITS})
    return _table


def _item(build: Builder, op: Op, base: Atom, part: Atom) -> Atom:
    return build.op(prims.SETITEM, base, *op.args[1:], part, static=op.static)


def _again(build: Builder, op: Op, base: Atom, part: Atom) -> Atom:
    return build.op(op.prim, part, *op.args[1:], kw=op.kw)


def _moved(build: Builder, op: Op, base: Atom, part: Atom) -> Atom:
    return build.op(op.prim, part, op.args[2], op.args[1], kw=op.kw[::-1])


def _turned(build: Builder, op: Op, base: Atom, part: Atom) -> Atom:
    axes = op.args[1:]
    if not axes:
        return build.op(op.prim, part)
    if len(axes) > 1 and all(isinstance(a, Const) for a in axes):
        order = [a.value for a in axes if isinstance(a, Const)]
        return build.op(op.prim, part, *[Const(order.index(k)) for k in range(len(order))])
    order_back = build.op(by_name("np.argsort"), axes[0] if len(axes) == 1 else build.op(prims.TUPLE, *axes))
    return build.op(by_name("np.transpose"), part, order_back)


def _reshaped(build: Builder, op: Op, base: Atom, part: Atom) -> Atom:
    return build.op(by_name("np.reshape"), part, build.op(by_name(".shape"), base))


def _read_only(build: Builder, op: Op, base: Atom, part: Atom) -> Atom:
    raise UnsupportedError(f"what `{op.prim.name.lstrip('.')}` gives is written to, which NumPy does not allow",
                           origin=build.origin, construct=op.prim.name,
                           advice="write to the array itself: `i = np.arange(n); x[i, i] = v`, or copy what it gives")


def _real(build: Builder, op: Op, base: Atom, part: Atom) -> Atom:
    if not _is_complex(build, op, base):
        return part
    return build.op(prims.ADD, part, build.op(prims.MUL, Const(1j), build.op(by_name("np.imag"), base)))


def _imag(build: Builder, op: Op, base: Atom, part: Atom) -> Atom:
    if not _is_complex(build, op, base):
        raise UnsupportedError("the imaginary part of a real array is written to, which NumPy does not allow",
                               origin=build.origin, construct=".imag", advice="make the array complex")
    return build.op(prims.ADD, build.op(by_name("np.real"), base), build.op(prims.MUL, Const(1j), part))


def _is_complex(build: Builder, op: Op, base: Atom) -> bool:
    dtype = getattr(build.kind(base), "dtype", None)
    if dtype is None:
        raise UnsupportedError(f"whether `{op.prim.name}` shows a real or a complex array is not known",
                               origin=build.origin, construct=op.prim.name, advice="give example arguments")
    return bool(dtype.startswith("complex"))


def _rotated(build: Builder, op: Op, base: Atom, part: Atom) -> Atom:
    given = dict(zip(("m", "k", "axes"), op.positional)) | dict(op.keywords)
    axes = (given["axes"],) if "axes" in given else ()
    return build.op(op.prim, part, build.op(prims.NEG, given.get("k", Const(1))), *axes)


def _joined(build: Builder, op: Op, base: Atom, part: Atom) -> Atom:
    given = dict(zip(("ary", "sections", "axis"), op.positional)) | dict(op.keywords)
    if op.prim.name == "np.hsplit":
        return build.op(by_name("np.hstack"), part)
    return build.op(by_name("np.concatenate"), part, given.get("axis", Const(0)))


def turned_back(op: Op, place: Place | None, kind_of: Callable[[Atom], Kind]) -> Op | None:
    """A write to a row, column or element of `x.T` as one to `x` itself, if that is known to be a matrix.

    >>> from tangent2.core.syntax import IndexSpec, Value
    >>> x, t, u, v = map(Value, "xtuv")
    >>> view = View(Cell(), Op((t,), by_name(".T"), (x,)))
    >>> kinds = {x: Array("float64", (None, None)), v: Number()}
    >>> write = Op((u,), prims.SETITEM, (t, Const(1), v), static=IndexSpec((None,)))
    >>> found = turned_back(write, view, lambda a: kinds.get(a, Number("int64")))
    >>> found.args == (x, Const(1), v), found.static.items[1] is None
    (True, True)
    """
    if not isinstance(place, View) or place.op.prim.name != ".T" or not (
            op.prim is prims.SETITEM or op.prim in prims.UPDATES.values()):
        return None
    items, rest = op.static.items, list(op.args[1:-1])
    parts = []
    for item in items:
        count = 1 if item is None else item.lower + item.upper + item.step
        parts.append((item, rest[:count]))
        del rest[:count]
    parts += [(SliceSpec(), [])] * (2 - len(parts))
    points = [kind_of(atoms[0]) for item, atoms in parts if item is None]
    kind = kind_of(place.op.args[0])
    if getattr(kind, "rank", None) != 2 or len(parts) != 2 or not points or not all(
            isinstance(k, Number) and k.dtype.startswith("int") for k in points):
        return None
    args = (place.op.args[0], *parts[1][1], *parts[0][1], op.args[-1])
    return Op(op.outs, op.prim, args, (), IndexSpec((parts[1][0], parts[0][0]), True), op.origin)


def is_split(place: Place | None) -> bool:
    """Whether a place is the list of the parts of an array: its elements are views, the list is no memory of it."""
    return isinstance(place, View) and place.op.prim.name in _SPLITS
