"""Kinds of the results of NumPy's functions, family by family: elementwise, reductions, constructors, shapes."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from tangent2.core.dims import Shape, shape_of
from tangent2.core.dtypes import at_both_ends, widest
from tangent2.core.indexing import literal_axes
from tangent2.core.kinding import as_array, elementwise, inexact, promote, shaped
from tangent2.core.kinds import (
    BOOL, FLOAT, INT, NONE, OBJECT, UNKNOWN, Array, Bottom, Derived, Dict, Dim, FunctionKind, Iterator, Kind, List,
    Number, Object, Range, Tuple, Unknown,
)
from tangent2.core.syntax import Atom, Const, Op
from tangent2.rules.declare import Infer, bind
from tangent2.rules.dtypes import dtype_of

KindOf = Callable[[Atom], Kind]
Dtypes = Callable[["str | None"], "str | None"]


def same_dtype(dtype: str | None) -> str | None:
    return dtype


@at_both_ends
def quotient_dtype(dtype: str | None) -> str | None:
    """Of a true division."""
    return "float64" if dtype is not None and dtype[0] not in "fcl" else dtype


@at_both_ends
def summed_dtype(dtype: str | None) -> str | None:
    """Of `np.sum`, which widens small integers."""
    return "int64" if dtype is not None and dtype.startswith(("int", "bool")) else dtype


def bool_dtype(dtype: str | None) -> str | None:
    return "bool"


_REAL = {np.dtype(c).name: np.dtype(r).name for c, r in ("Ff", "Dd", "Gg")}


@at_both_ends
def real_dtype(dtype: str | None) -> str | None:
    """Of `np.abs` and `np.real`."""
    return _REAL.get(dtype, dtype) if dtype else dtype


def ufunc(dtype: Dtypes = inexact) -> Infer:
    """Elementwise functions of NumPy."""
    def infer(op: Op, kind: KindOf) -> Any:
        return elementwise([kind(a) for a in op.positional], dtype)
    return infer


def among(names: tuple[str, ...], params: tuple[str, ...], dtype: Dtypes = same_dtype) -> Infer:
    """Elementwise functions of NumPy some of whose parameters, `names`, are operands; the others are options."""
    def infer(op: Op, kind: KindOf) -> Any:
        try:
            atoms = bind(op, params, None, dict.fromkeys(params, Const(None)))
        except LookupError:
            return UNKNOWN
        return elementwise([kind(atoms[name]) for name in names if atoms[name] != Const(None)], dtype)
    return infer


def found_places(op: Op, kind: KindOf) -> Any:
    """The kind of `np.nonzero(x)`: indices for each axis of x."""
    own = as_array(kind(op.args[0]))
    places = Array("int64", (None,))
    return Tuple((places,) * own.rank) if isinstance(own, Array) and own.rank else UNKNOWN


def selected(op: Op, kind: KindOf) -> Any:
    """`np.where(condition, x, y)`: always an array, be it of no axes; `np.where(condition)`: where it holds."""
    if len(op.args) != 3:
        return found_places(op, kind) if len(op.args) == 1 else UNKNOWN
    condition, x, y = map(kind, op.args)
    dtype = elementwise((x, y))
    found = elementwise((condition, x, y), lambda _: dtype.dtype if isinstance(dtype, (Array, Number)) else None)
    return Array(found.dtype, ()) if isinstance(found, Number) else found


def fixed(*kinds: Kind) -> Infer:
    """A result whose kind does not depend on the operands."""
    def infer(op: Op, kind: KindOf) -> Any:
        return kinds
    infer.always = True     # type: ignore[attr-defined]
    return infer


def first_operand(op: Op, kind: KindOf) -> Any:
    """A result of the kind of the first operand."""
    return kind(op.args[0])


def array_operand(op: Op, kind: KindOf) -> Any:
    """A result like the first operand, made an array where that is a list."""
    return as_array(kind(op.args[0]))


def strong(kind: Kind) -> Kind:
    """A kind as `np.asarray` makes it: a number of Python is of its own dtype, not of that of another operand."""
    found = as_array(kind)
    return replace(found, weak=False) if isinstance(found, Number) else found


REDUCED = ("x", "axis", "keepdims")


def reduction(dtype: Dtypes = same_dtype, params: tuple[str, ...] = REDUCED) -> Infer:
    """Reductions over `axis`."""
    def infer(op: Op, kind: KindOf) -> Any:
        try:
            atoms = bind(op, params, None, _NO_AXIS, len(params) - 2)       # NumPy has other arguments behind `axis`
        except LookupError:
            return UNKNOWN
        own = as_array(kind(atoms["x"]))
        if isinstance(own, Number):
            own = Array(own.dtype, ())
        if not isinstance(own, Array):
            return UNKNOWN
        keep, cast = atoms["keepdims"], atoms.get("dtype", Const(None))
        if not isinstance(keep, Const):
            return UNKNOWN
        found = dtype_of(op, cast, kind(cast), dtype(own.dtype))
        return _reduced(found, own.shape, atoms["axis"], kind(atoms["axis"]), bool(keep.value))
    return infer


_NO_AXIS = {"axis": Const(None), "keepdims": Const(False), "ddof": Const(0), "dtype": Const(None),
            "initial": Const(None), "where": Const(True)}


def _reduced(dtype: str | None, shape: Shape | None, axis: Atom, kind: Kind, keep: bool) -> Kind:
    if isinstance(axis, Const) and axis.value is None:
        return Array(dtype, None if shape is None else (1,) * len(shape)) if keep else shaped(dtype, ())
    if shape is None:
        return Array(dtype, None) if keep else UNKNOWN
    if not shape:
        return shaped(dtype, ())
    gone = literal_axes(axis, len(shape))
    if gone is not None:
        return shaped(dtype, tuple([1 if k in gone else d for k, d in enumerate(shape) if keep or k not in gone]))
    if keep:
        return Array(dtype, (None,) * len(shape))
    if isinstance(kind, Tuple) and len(kind.elts) <= len(shape):
        return shaped(dtype, (None,) * (len(shape) - len(kind.elts)))
    if isinstance(kind, Number) and shape:
        return shaped(dtype, (None,) * (len(shape) - 1))
    return UNKNOWN


# ---- constructors ----

def shape_dims(atom: Atom, kind: Kind) -> Shape | None:
    """The extents that an atom given as a shape stands for."""
    if isinstance(atom, Const) and isinstance(atom.value, tuple):
        return atom.value
    if isinstance(kind, Tuple):
        return tuple([Derived(("part", atom, k)) for k in range(len(kind.elts))])
    if isinstance(kind, Number):
        return (extent_of(atom),)
    return None


def extent_of(atom: Atom) -> Dim:
    """The extent that an atom given as a length stands for."""
    if isinstance(atom, Const):
        return atom.value if type(atom.value) is int else None
    return Derived(("value", atom))


def constructor(op: Op, kind: KindOf) -> Any:
    """`np.zeros(shape, dtype)` and its like."""
    try:
        atoms = bind(op, ("shape", "dtype"), None, {"dtype": Const(None)})
    except LookupError:
        return UNKNOWN
    dtype = dtype_of(op, atoms["dtype"], kind(atoms["dtype"]), "float64")
    return Array(dtype, shape_dims(atoms["shape"], kind(atoms["shape"])))


def full(op: Op, kind: KindOf) -> Any:
    """`np.full(shape, value, dtype)`."""
    try:
        atoms = bind(op, ("shape", "value", "dtype"), None, {"dtype": Const(None)})
    except LookupError:
        return UNKNOWN
    own = promote(kind(atoms["value"]))[0]
    dtype = dtype_of(op, atoms["dtype"], kind(atoms["dtype"]), own)
    return Array(dtype, shape_dims(atoms["shape"], kind(atoms["shape"])))


def constructor_like(params: tuple[str, ...]) -> Infer:
    """`np.zeros_like(x, dtype)` and its like."""
    def infer(op: Op, kind: KindOf) -> Any:
        try:
            atoms = bind(op, params, None, {"dtype": Const(None)})
        except LookupError:
            return UNKNOWN
        own = as_array(kind(atoms["x"]))
        shape = shape_of(own)
        if not isinstance(own, (Number, Array)):
            return Array(dtype_of(op, atoms["dtype"], kind(atoms["dtype"]), None), None)
        solid = isinstance(own, Array) and own.solid
        return Array(dtype_of(op, atoms["dtype"], kind(atoms["dtype"]), own.dtype), shape, solid)
    return infer


def to_array(op: Op, kind: KindOf) -> Any:
    """`np.array(x, dtype)`, `np.copy(x)` and their like: always an array, be it of no axes."""
    try:
        atoms = bind(op, ("x", "dtype"), None, {"dtype": Const(None)})
    except LookupError:
        return UNKNOWN
    own = as_array(kind(atoms["x"]))
    if isinstance(own, Number):
        own = Array(own.dtype, ())
    if not isinstance(own, Array):
        return Array(dtype_of(op, atoms["dtype"], kind(atoms["dtype"]), None), None)
    shape = own.shape
    if shape and isinstance(kind(atoms["x"]), List) and shape[0] is None:
        shape = (Derived(("joined", atoms["x"], 0)), *shape[1:])
    return Array(dtype_of(op, atoms["dtype"], kind(atoms["dtype"]), own.dtype), shape, own.solid)


def counted(op: Op, kind: KindOf) -> Any:
    """`np.arange(...)`: as long as its operands say."""
    if op.kw:
        return Array(None, (None,))
    dtype = promote(*map(kind, op.args))[0]
    return Array(dtype, (extent_of(op.args[0]) if len(op.args) == 1 and dtype == "int64" else None,))


def spaced(op: Op, kind: KindOf) -> Any:
    """`np.linspace(start, stop, num)`."""
    try:
        atoms = bind(op, ("start", "stop", "num", "endpoint"), None, {"num": Const(50), "endpoint": Const(True)})
    except LookupError:
        return UNKNOWN
    ends = elementwise([kind(atoms["start"]), kind(atoms["stop"])], inexact)
    shape = shape_of(ends)
    if not isinstance(ends, (Array, Number)) or shape is None:
        return UNKNOWN
    return Array(ends.dtype, (extent_of(atoms["num"]), *shape))


# ---- shapes ----

def shape_tuple(op: Op, kind: KindOf) -> Any:
    """`x.shape`."""
    shape = shape_of(as_array(kind(op.args[0])))
    return OBJECT if shape is None else Tuple((INT,) * len(shape))


def dtype_object(op: Op, kind: KindOf) -> Any:
    """`x.dtype`, a kind that says which."""
    own = kind(op.args[0])
    return Object(f"dtype {own.dtype}") if isinstance(own, (Number, Array)) and own.dtype else Object("dtype")


def transposed(op: Op, kind: KindOf) -> Any:
    """`np.transpose(x, axes)`."""
    own = as_array(kind(op.args[0]))
    if not isinstance(own, Array):
        return UNKNOWN
    plain = len(op.args) == 1 or op.args[1:] == (Const(None),)
    if own.shape is None or plain:
        return Array(own.dtype, None if own.shape is None else own.shape[::-1])
    whole = op.args[1] if len(op.args) == 2 else Const(tuple([getattr(a, "value", None) for a in op.args[1:]]))
    order = literal_axes(whole, len(own.shape))
    if order is None or len(order) != len(own.shape):
        return Array(own.dtype, (None,) * len(own.shape))
    return Array(own.dtype, tuple([own.shape[k] for k in order]))


def reshaped(op: Op, kind: KindOf) -> Any:
    """`np.reshape(x, shape)`, and `x.reshape(*shape)`."""
    own = as_array(kind(op.args[0]))
    if not isinstance(own, (Array, Number)):
        return UNKNOWN
    rest = op.args[1:2] if op.prim.params[1:] == ("shape", "order") else op.args[1:]
    if not rest or op.kw and op.kw != ("order",):
        return Array(own.dtype, None)
    dims = shape_dims(rest[0], kind(rest[0])) if len(rest) == 1 else tuple(map(extent_of, rest))
    if dims is None:
        return Array(own.dtype, None)
    return Array(own.dtype, tuple([None if isinstance(d, int) and d < 0 else _maybe_negative(d) for d in dims]))


def _maybe_negative(dim: Dim) -> Dim:
    """An extent given to reshape as a value may be -1: then it says nothing."""
    return dim if isinstance(dim, int) else None


def flattened(op: Op, kind: KindOf) -> Any:
    """`np.ravel(x)`."""
    own = as_array(kind(op.args[0]))
    if not isinstance(own, (Array, Number)):
        return UNKNOWN
    shape = shape_of(own)
    return Array(own.dtype, shape if shape is not None and len(shape) == 1 else (None,))


def expanded(op: Op, kind: KindOf) -> Any:
    """`np.expand_dims(x, axis)`."""
    own, axis = as_array(kind(op.args[0])), op.args[1]
    if not isinstance(own, (Array, Number)):
        return UNKNOWN
    shape = shape_of(own)
    count = len(axis.value) if isinstance(axis, Const) and isinstance(axis.value, tuple) else 1
    added = None if shape is None else literal_axes(axis, len(shape) + count)
    if shape is None or added is None:
        return Array(own.dtype, None)
    rest = iter(shape)
    return Array(own.dtype, tuple([1 if k in added else next(rest) for k in range(len(shape) + count)]))


def broadcast_kind(op: Op, kind: KindOf) -> Any:
    """`np.broadcast_to(x, shape)`."""
    own = as_array(kind(op.args[0]))
    dtype = own.dtype if isinstance(own, (Array, Number)) else None
    return Array(dtype, shape_dims(op.args[1], kind(op.args[1])))


def like_second(op: Op, kind: KindOf) -> Any:
    """`unbroadcast(g, like)` and its like: of the shape of the second operand, and of its dtype if that is inexact."""
    own, like = kind(op.args[0]), kind(op.args[1])
    if not isinstance(like, (Array, Number)):
        return UNKNOWN
    dtype = like.dtype and widest(like.dtype)
    if dtype is None or dtype[0] not in "fcl":
        dtype = own.dtype if isinstance(own, (Array, Number)) and dtype is not None else None
    if isinstance(like, Array):
        return Array(dtype, like.shape)
    return UNKNOWN if dtype is None else Number(dtype, like.weak and isinstance(own, Number) and own.weak)


def tangent_kind(kind: Kind) -> Kind:
    """The kind of the tangent (and the adjoint) of a value: its own, exact numbers as floats, nothing for the rest.

    >>> tangent_kind(Tuple((INT, Array("float32", ()), OBJECT)))
    Tuple(elts=(Number(dtype='float64', weak=True), Array(dtype='float32', shape=()), NoneKind()))
    """
    if isinstance(kind, (Number, Array)):
        if kind.dtype is None or kind.dtype[0] in "fcl":
            return kind if kind.dtype is None or "|" not in kind.dtype else replace(kind, dtype=widest(kind.dtype))
        return FLOAT if isinstance(kind, Number) else Array("float64", kind.shape)
    if isinstance(kind, Tuple):
        may_be_none = kind.record is not None and kind.record.optional      # then so is its tangent
        return UNKNOWN if may_be_none else Tuple(tuple(map(tangent_kind, kind.elts)))
    if isinstance(kind, List):
        return List(tangent_kind(kind.elt), kind.tape)
    if isinstance(kind, Dict):
        items = None if kind.items is None else tuple([(k, tangent_kind(v)) for k, v in kind.items])
        return Dict(items, tangent_kind(kind.elt))
    if isinstance(kind, Iterator):
        return Iterator(tangent_kind(kind.elt))
    if isinstance(kind, FunctionKind):
        return Tuple(tuple(map(tangent_kind, kind.captured)))
    return UNKNOWN if isinstance(kind, Unknown) else kind if isinstance(kind, Bottom) else NONE


RANGE, BOOLEAN, INTEGER, TEXT = fixed(Range()), fixed(BOOL), fixed(INT), fixed(OBJECT)
