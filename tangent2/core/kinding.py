"""Kinds of results: what each structural primitive gives, and NumPy's promotion of dtypes.

NumPy's own primitives bring an `infer` along (`rules/table/`), built from `elementwise`, `promote`, `as_array` here.
"""
from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from tangent2.core import prims
from tangent2.core.binding import parameter
from tangent2.core.dims import (
    ReduceAxes, Scope, Shape, broadcast, matmul_shape, own_extents, reduction, same_shape, shape_of,
)
from tangent2.core.indexing import (
    captured_kind, changed_kinds, getitem_kind, iterated, setitem_kind, unpack_kinds, updated, verbatim_kind,
)
from tangent2.core.kinds import (
    BOOL, BOTTOM, ERROR, FLOAT, INT, KEY, NUMERIC, STR, UNKNOWN, Array, Bottom, Dict, FunctionKind, Kind, List, Number,
    Object, Str, Tuple, Unknown, is_inexact, join, join_all, object_kind,
)
from tangent2.core.lostkinds import told_on
from tangent2.core.objectkinds import as_class, are_mixed, is_plain_dict
from tangent2.core.prims import Prim
from tangent2.core.promotion import boolean, counted, inexact, integral, keep, promote, quotient
from tangent2.core.syntax import Atom, Const, Op, Value
from tangent2.core.valuekinds import fast_key, kind_of_const, kind_of_value, signature

KindOf = Callable[[Atom], Kind]
Dtypes = Callable[["str | None"], "str | None"]


# ------------------------------------------------------------------------------------------------------- elementwise


def elementwise(kinds: Sequence[Kind], dtype: Dtypes = keep, numpy: bool = True) -> Kind:
    """The kind of an elementwise result: operands broadcast, their dtypes promoted and mapped by `dtype`.

    `numpy`: made by a NumPy function, so that numbers give a NumPy scalar (lists and tuples count as arrays, too).

    >>> elementwise([INT], inexact), elementwise([INT, FLOAT], numpy=False) == FLOAT
    (Number(dtype='float64', weak=False), True)
    >>> elementwise([Array("float64", ()), INT])
    Number(dtype='float64', weak=False)
    """
    if numpy:
        kinds = [as_array(k) for k in kinds]
    unknown = plain = solid = False
    shape: Shape | None = ()
    for kind in kinds:
        if isinstance(kind, Bottom):
            return BOTTOM
        if isinstance(kind, Array):
            shape, solid = broadcast(shape, kind.shape), solid or kind.has_axes
        elif isinstance(kind, Unknown) or kind == KEY:
            unknown = True
        elif not isinstance(kind, Number):
            return BOTTOM if numpy and is_plain_dict(kind) else UNKNOWN
        else:
            plain = plain or kind.dtype[0] in "fc"
    if unknown:     # two things unknown may be lists, which a function of NumPy, an array or a float makes arrays
        return NUMERIC if numpy or plain or shape != () else UNKNOWN
    promoted, weak = promote(*kinds)
    result = dtype(promoted)
    if shape == ():
        return NUMERIC if result is None else Number(result, weak and not numpy)
    return Array(result, shape, shape is None and solid)


def as_array(kind: Kind) -> Kind:
    """What `np.asarray` makes of a kind: lists and tuples of numbers become arrays; a number stays as it is.

    >>> as_array(Tuple((FLOAT, INT)))
    Array(dtype='float64', shape=(2,))
    """
    if isinstance(kind, (Tuple, List)):
        elts = [as_array(k) for k in (kind.elts if isinstance(kind, Tuple) else (kind.elt,))]
        if isinstance(kind, List) and isinstance(kind.elt, Bottom):
            return Array("float64", (kind.length,))
        if not all(isinstance(k, (Number, Array)) for k in elts):
            return NUMERIC
        inner = elementwise(elts, numpy=False) if elts else FLOAT
        shape = shape_of(inner)
        count = len(kind.elts) if isinstance(kind, Tuple) else kind.length
        return Array(promote(inner)[0], None if shape is None else (count, *shape))
    return kind


def makes_arrays(kind: Kind) -> bool:
    """Whether an operand makes an array of a list beside it: arrays do, and the floats of NumPy."""
    return isinstance(kind, Array) or isinstance(kind, Number) and not kind.weak and kind.dtype[0] in "fc"


def _arithmetic(python: Dtypes, numpy: Dtypes) -> Callable[[Op, KindOf], Kind]:
    """The kind of a binary operation; what it makes of the dtype of Python's numbers, and of NumPy's."""
    def infer(op: Op, kind: KindOf) -> Kind:
        a, b = kind(op.args[0]), kind(op.args[1])
        if type(a) is Number and type(b) is Number:
            return _number_result(a, b, python, numpy)
        if op.prim in _NEVER_DICTS and (is_plain_dict(a) or is_plain_dict(b)) and isinstance(a, _BUILT_IN) \
                and isinstance(b, _BUILT_IN):
            return BOTTOM
        if isinstance(a, (Tuple, List, Str, Dict)) or isinstance(b, (Tuple, List, Str)):
            found = _sequence_result(op, a, b)
            if found is not None:
                return found
        a, b = as_array(a) if makes_arrays(b) else a, as_array(b) if makes_arrays(a) else b
        found = elementwise((a, b), numpy, numpy=False)
        plain = found == UNKNOWN and op.prim in _NEVER_LISTS and isinstance(a, _OPEN) and isinstance(b, _OPEN)
        return NUMERIC if plain else found
    return infer


_NEVER_LISTS = frozenset({prims.SUB, prims.DIV, prims.POW, prims.FLOORDIV})
_NEVER_DICTS = frozenset({prims.MUL, prims.DIV, prims.POW, prims.FLOORDIV})      # of dicts they raise
_OPEN = (Number, Array, Unknown)
_BUILT_IN = (Number, Array, List, Str, Dict)


@lru_cache(maxsize=512)
def _number_result(a: Number, b: Number, python: Dtypes, numpy: Dtypes) -> Kind:
    promoted, weak = promote(a, b)
    result = python(promoted) if weak else numpy(promoted)
    return Number(result, weak) if result is not None else UNKNOWN


def _sequence_result(op: Op, a: Kind, b: Kind) -> Kind | None:
    """What `+`, `*` and `%` make of tuples, lists and strings; None if it is not theirs."""
    if op.prim is prims.MOD and isinstance(a, Str):
        return STR
    if op.prim is prims.ADD and type(a) is type(b):
        if isinstance(a, Tuple) and isinstance(b, Tuple):
            return Tuple(a.elts + b.elts)
        return List(join(a.elt, b.elt)) if isinstance(a, List) and isinstance(b, List) else join(a, b)
    if op.prim is prims.MUL and (isinstance(a, Number) or isinstance(b, Number)):
        seq, times = (b, op.args[0]) if isinstance(a, Number) else (a, op.args[1])
        if isinstance(seq, Tuple):
            known = isinstance(times, Const) and type(times.value) is int and times.value * len(seq.elts) <= 64
            return Tuple(seq.elts * times.value) if known else UNKNOWN   # type: ignore[union-attr]
        return List(seq.elt) if isinstance(seq, List) else seq
    return None


def _power(op: Op, kind: KindOf) -> Kind:
    result = _RAISE(op, kind)
    exponent = op.args[1]
    if isinstance(exponent, Const) and isinstance(exponent.value, int) and exponent.value < 0 and result == INT:
        return FLOAT
    return result


def _unary(op: Op, kind: KindOf) -> Kind:
    own = kind(op.args[0])
    if type(own) is Number:
        return INT if own == BOOL else own
    return elementwise((own,), numpy=False)


def _comparison(op: Op, kind: KindOf) -> Kind:
    a, b = kind(op.args[0]), kind(op.args[1])
    if isinstance(a, (Number, Array)) and isinstance(b, (Number, Array)):
        return elementwise((a, b), boolean, numpy=False)
    if isinstance(a, Bottom) or isinstance(b, Bottom):
        return BOTTOM
    if isinstance(a, Array) or isinstance(b, Array):
        return elementwise((as_array(a), as_array(b)), boolean, numpy=False)
    return UNKNOWN if isinstance(a, (Unknown, Object)) or isinstance(b, (Unknown, Object)) else BOOL


def matmul_kind(a: Kind, b: Kind) -> Kind:
    """The kind of `a @ b`.

    >>> from tangent2.core.kinds import Sym
    >>> matmul_kind(Array("float64", (Sym(0), Sym(1))), Array("float64", (Sym(1),)))
    Array(dtype='float64', shape=(Sym(index=0),))
    """
    a, b = as_array(a), as_array(b)
    if isinstance(a, Bottom) or isinstance(b, Bottom):
        return BOTTOM
    if not (isinstance(a, Array) and isinstance(b, Array)):
        return NUMERIC if isinstance(a, _OPEN) and isinstance(b, _OPEN) else UNKNOWN
    dtype = promote(a, b)[0]
    if a.shape is None or b.shape is None:
        # two vectors give a number; whatever has a matrix in it gives an array
        matrix = any(s is not None and len(s) > 1 for s in (a.shape, b.shape))
        return Array(dtype, None) if matrix else NUMERIC
    return shaped(dtype, matmul_shape(a.shape, b.shape))


def shaped(dtype: str | None, shape: Shape | None) -> Kind:
    """The kind of what NumPy returns with this dtype and shape: without axes it is a scalar."""
    if shape == ():
        return NUMERIC if dtype is None else Number(dtype, False)
    return Array(dtype, shape)


def unify(op: Op, kind: KindOf, scope: Scope) -> None:
    """Record which extents are equal if `op` ran: those of elementwise operands, the inner ones of a product."""
    prim = op.prim
    if prim.elementwise or prim.update:
        shapes = [k.shape for k in map(kind, op.args) if isinstance(k, Array) and k.shape]
        if prim.elementwise or prim is prims.ACCUMULATE or prim is prims.INPLACE:
            for other in shapes[1:]:
                scope.unify(shapes[0], other)
    elif prim.name in _PRODUCTS and len(op.args) == 2:
        a, b = shape_of(kind(op.args[0])), shape_of(kind(op.args[1]))
        if a and b:
            scope.unify_dims(a[-1], b[-2] if len(b) > 1 else b[0])


_PRODUCTS = frozenset({"matmul", "np.matmul", "np.dot", ".dot"})


# ----------------------------------------------------------------------------------------- containers, parts, the rest


def _tuple(op: Op, kind: KindOf) -> Kind:
    return Tuple(tuple([kind(a) for a in op.args]), op.static)


def _set(op: Op, kind: KindOf) -> Kind:
    """A set; of one that may hold what a derivative flows through nothing is known, so that this is refused."""
    return UNKNOWN if any(is_inexact(kind(a)) for a in op.args if not isinstance(a, Const)) else Object("set")


def _new(op: Op, kind: KindOf) -> Kind:
    return object_kind(op.static.cls, dict(zip(op.static.names, map(kind, op.args))))


def _list(op: Op, kind: KindOf) -> Kind:
    kinds = [kind(a) for a in op.args]
    alike = op.static == prims.ALIKE or not are_mixed(kinds)
    return List(join_all(kinds), False, len(op.args)) if alike else Tuple(tuple(kinds))


def _dict(op: Op, kind: KindOf) -> Kind:
    if op.static is None:
        return Dict(None, join_all(kind(a) for a in op.args[1::2])) if op.args else Dict((), BOTTOM)
    kinds = [kind(a) for a in op.args]
    return Dict(tuple(dict(zip(op.static, kinds)).items()), join_all(kinds))


def _push(op: Op, kind: KindOf) -> Kind:
    base, value = kind(op.args[0]), kind(op.args[1])
    if isinstance(base, List):
        return List(join(base.elt, value), base.tape)
    return base if isinstance(base, Bottom) else UNKNOWN


def _pop(op: Op, kind: KindOf) -> tuple[Kind, ...]:
    base = kind(op.args[0])
    if isinstance(base, List):
        return List(base.elt, base.tape), base.elt
    return (base, BOTTOM) if isinstance(base, Bottom) else (UNKNOWN, UNKNOWN)


def _become(op: Op, kind: KindOf) -> Kind:
    return kind(op.args[1])


def _merged(op: Op, kind: KindOf) -> Kind:
    """`a | b`: of dicts, or bit by bit."""
    kinds = [kind(a) for a in op.args]
    if all(isinstance(each, Dict) for each in kinds):
        return updated(*kinds)      # type: ignore[arg-type]
    return _BITWISE(op, kind)


def _inplace(op: Op, kind: KindOf) -> Kind:
    base = kind(op.args[0])
    if isinstance(base, Array) and base.is_array:
        return base
    if isinstance(base, List) and op.static is prims.ADD:
        return List(join(base.elt, iterated(kind(op.args[1]))), base.tape)
    return kinds_of(Op(op.outs, op.static, op.args), kind)[0]


def _updated(op: Op, kind: KindOf) -> Kind:
    """The kind of a container after `base[index] += value`: what it holds is the sum."""
    if isinstance(kind(op.args[0]), (Array, Bottom)):
        return kind(op.args[0])
    before, after = Value(), Value()
    read = getitem_kind(Op((before,), prims.GETITEM, op.args[:-1], (), op.static), kind)
    sign = next(sign for sign, prim in prims.UPDATES.items() if prim is op.prim)
    change = Op((after,), prims.INPLACE, (before, op.args[-1]), (), prims.BINARY[sign])
    total = _inplace(change, lambda a: read if a is before else kind(a))
    if isinstance(read, Bottom):
        total = kind(op.args[-1])
    store = Op(op.outs, prims.SETITEM, (*op.args[:-1], after), (), op.static)
    return setitem_kind(store, lambda a: total if a is after else kind(a))


_BITWISE = _arithmetic(keep, keep)


def _base(op: Op, kind: KindOf) -> Kind:
    return kind(op.args[0])


def _truth(op: Op, kind: KindOf) -> Kind:
    return BOOL


def _read(op: Op, kind: KindOf) -> Kind:
    return kind_of_captured(op.static)


def _closure(op: Op, kind: KindOf) -> Kind:
    return FunctionKind(op.static, tuple([kind(a) for a in op.args])) if hasattr(op.static, "core") else UNKNOWN


_ARITHMETIC: dict[Prim, tuple[Dtypes, Dtypes]] = {
    prims.ADD: (integral, keep), prims.SUB: (integral, keep), prims.MUL: (integral, keep),
    prims.DIV: (quotient, quotient), prims.FLOORDIV: (integral, counted), prims.MOD: (integral, counted),
    prims.BITAND: (keep, keep), prims.BITXOR: (keep, keep),
    prims.LSHIFT: (integral, counted), prims.RSHIFT: (integral, counted),
}
_RAISE = _arithmetic(integral, counted)
_TABLE: dict[Prim, Callable[[Op, KindOf], Any]] = {
    **{prim: _arithmetic(*dtypes) for prim, dtypes in _ARITHMETIC.items()},
    **dict.fromkeys((prims.EQ, prims.NE, prims.LT, prims.LE, prims.GT, prims.GE), _comparison),
    **dict.fromkeys((prims.IS, prims.IS_NOT, prims.IN, prims.NOT_IN, prims.NOT, prims.TRUTH,
                     prims.OF_CLASS), _truth),
    **dict.fromkeys((prims.NEG, prims.POS, prims.INVERT), _unary),
    prims.POW: _power, prims.MATMUL: lambda op, kind: matmul_kind(kind(op.args[0]), kind(op.args[1])),
    prims.BITOR: _merged, prims.CHANGE: changed_kinds, prims.BECOME: _become,
    prims.GETITEM: getitem_kind, prims.SETITEM: setitem_kind, prims.SETTLE: setitem_kind,
    **dict.fromkeys(prims.UPDATES.values(), _updated), prims.AT_ADD: _base, prims.INPLACE: _inplace,
    prims.INPLACE_PART: _inplace,
    prims.ACCUMULATE: _base, prims.TUPLE: _tuple, prims.LIST: _list, prims.DICT: _dict,
    prims.SET: _set, prims.TAPE: lambda op, kind: List(BOTTOM, True), prims.PUSH: _push,
    prims.POP: _pop, prims.UNPACK: unpack_kinds, prims.SLICE: lambda op, kind: Object("slice"), prims.READ: _read,
    prims.HASATTR: _truth, prims.NEW: _new,
    prims.CAUGHT: lambda op, kind: Tuple((UNKNOWN if op.static.carries else ERROR, UNKNOWN)),
    prims.CLOSURE: _closure, prims.CAPTURED: captured_kind, prims.LABEL: lambda op, kind: STR,
    prims.COPY: _base, prims.AS_CLASS: as_class, prims.VERBATIM: verbatim_kind, prims.EXTENT: lambda op, kind: INT,
}


def kinds_of(op: Op, kind: KindOf) -> tuple[Kind, ...]:
    """The kinds of the results of an operation, from the kinds of its operands.

    >>> from tangent2.core.syntax import Value
    >>> x = Value("x")
    >>> kinds_of(Op((Value(),), prims.DIV, (x, Const(2))), lambda a: INT)
    (Number(dtype='float64', weak=True),)
    """
    infer = _TABLE.get(op.prim) or op.prim.infer
    if infer is None:
        return (UNKNOWN,) * len(op.outs)
    found = infer(op, kind) if op.prim in _TABLE or _knows(infer, op) else UNKNOWN
    kinds = found if type(found) is tuple else (found,) * len(op.outs)
    if kinds and _vague(kinds[0]) and any(isinstance(kind(a), Bottom) for a in op.args):
        return (BOTTOM,) * len(kinds)       # of nothing yet
    return tuple(map(own_extents, told_on(op, kinds, kind), op.outs))


def _knows(infer: Callable[..., Any], op: Op) -> bool:
    """Whether the kind of what NumPy's functions give takes account of all arguments."""
    params = op.prim.params
    if not params and not op.kw or op.prim.spelling[0] == "builtin" or getattr(infer, "always", False):
        return True
    fits = params and (len(op.args) - len(op.kw) <= len(params) or params[-1].startswith("*"))
    return bool(fits) and all(parameter(name, params) in params for name in op.kw)


def _vague(kind: Kind) -> bool:
    return isinstance(kind, Unknown) or isinstance(kind, Array) and kind.shape is None


def kind_of_captured(captured: Any, functions: Callable[[Any], Kind] | None = None) -> Kind:
    """The kind of what a captured name is bound to now; its extents are symbols of their own."""
    try:
        value = captured.read()
    except (NameError, AttributeError, ValueError):
        return UNKNOWN
    first = _SYMBOLS.setdefault((captured.where, captured.name), 10_000 + 100 * len(_SYMBOLS))
    return kind_of_value(value, first, functions)


_SYMBOLS: dict[tuple[str, str], int] = {}       # the first for the extents of a name, far from those of arguments


__all__ = [
    "ReduceAxes", "as_array", "broadcast", "elementwise", "fast_key", "inexact", "kind_of_captured", "kind_of_const",
    "kind_of_value", "kinds_of", "matmul_kind", "matmul_shape", "promote", "reduction", "same_shape", "shaped",
    "signature", "unify",
]
