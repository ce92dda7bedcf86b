"""The sum of the numbers of a value, each times its own weight: what the pullback of a tree is the gradient of."""
from __future__ import annotations

from collections.abc import Iterable

from tangent2.core import prims
from tangent2.core.build import Builder
from tangent2.core.dims import same_shape
from tangent2.core.kinds import (
    FLOAT, NONE, NUMERIC, UNKNOWN, Array, Dict, Kind, List, Number, Tuple, Unknown, is_inexact,
)
from tangent2.core.syntax import Atom, Const, Value
from tangent2.errors import UnsupportedError
from tangent2.rules.declare import by_name
from tangent2.rules.families import tangent_kind
from tangent2.transform.lanes_in_turn import in_turn


def weighed(build: Builder, value: Atom, weights: Atom) -> Atom:
    """The inner product of two trees; 0.0 where a value holds nothing that has a derivative.

    >>> from tangent2.core.show import show
    >>> from tangent2.core.syntax import Function, Region, Return
    >>> build, pair = Builder(), Tuple((FLOAT, Array("float64", (2,))))
    >>> value, weights = build.value(pair, "value"), build.value(pair, "weights")
    >>> total = weighed(build, value, weights)
    >>> print(show(Function("f", (value, weights), Region(tuple(build.stmts), Return((total,))))))
    def f(value.0, weights.1):
        t.2 = value.0[0]
        t.3 = weights.1[0]
        t.4 = value.0[1]
        t.5 = weights.1[1]
        t.6 = mul(t.2, t.3)
        t.7 = mul(t.4, t.5)
        t.8 = np.sum(t.7)
        t.9 = add(t.6, t.8)
        return t.9
    """
    kind = build.kind(value)
    if _holds_list(kind):       # which may be of another length
        weights = build.op(by_name("matching"), weights, value, Const("vjp"))
        build.kinds[weights] = tangent_kind(kind)
    found = _product(build, value, weights)
    return Const(0.0) if found is None else found


def _product(build: Builder, value: Atom, weights: Atom) -> Atom | None:
    """The part of the sum for a part of the value; None where that has no derivative."""
    kind = build.kind(value)
    if not is_inexact(kind):
        return None
    if isinstance(kind, (Tuple, Dict)):
        pairs = [(build.getitem(value, Const(key)), build.getitem(weights, Const(key))) for key in _keys(kind)]
        parts = [part for part in [_product(build, *pair) for pair in pairs] if part is not None]
        total = parts[0]
        for part in parts[1:]:
            total = build.op(prims.ADD, total, part)
        return total
    if isinstance(kind, List):
        def product(rows: list[Value]) -> Value:
            found = _product(build, *rows)
            assert isinstance(found, Value)
            return found
        bar = build.kind(weights)
        kinds = [kind.elt, bar.elt if isinstance(bar, List) else UNKNOWN]
        products = in_turn(build, [value, weights], kinds, FLOAT, product)
        return build.op(by_name("np.sum"), build.op(by_name("np.array"), products))
    if isinstance(kind, Unknown) and isinstance(build.kind(weights), (Tuple, Dict, List)):
        raise UnsupportedError("vjp is called here, and what the value holds is not known before the code runs",
                               construct="vjp", advice="call `vjp` outside of the function")
    found = build.op(prims.MUL, value, weights)
    return found if isinstance(build.kind(found), Number) else build.op(by_name("np.sum"), found)


def _keys(kind: Tuple | Dict) -> list[object]:
    return list(range(len(kind.elts))) if isinstance(kind, Tuple) else [key for key, _ in kind.items or ()]


def _holds_list(kind: Kind) -> bool:
    if isinstance(kind, (Tuple, Dict)):
        return any(map(_holds_list, kind.elts if isinstance(kind, Tuple) else [k for _, k in kind.items or ()]))
    return isinstance(kind, List)


def is_real(kind: Kind) -> bool:
    """Whether what may have a derivative in a value is real numbers, arrays and containers of such."""
    if isinstance(kind, Tuple) and not (kind.record is not None and kind.record.is_object):
        return all(map(is_real, kind.elts))
    if isinstance(kind, Dict) and kind.items is not None:
        return all(is_real(each) for _, each in kind.items)
    if isinstance(kind, List):
        return is_real(kind.elt)
    if not is_inexact(kind):
        return True
    return isinstance(kind, (Number, Array, Unknown)) and "c" not in str(getattr(kind, "dtype", ""))


def differing(value: Kind, bar: Kind) -> str | None:
    """What an adjoint or tangent surely has another of than its value: "structure" or "shape"; else None.

    >>> differing(Tuple((FLOAT, FLOAT)), Tuple((FLOAT,))), differing(FLOAT, Array("float64", (3,)))
    ('structure', 'shape')
    """
    if UNKNOWN in (value, bar) or not is_inexact(value) or bar == NONE:
        return None
    if isinstance(value, Tuple):
        if not isinstance(bar, Tuple) or len(bar.elts) != len(value.elts):
            return "structure"
        return _first(map(differing, value.elts, bar.elts))
    if isinstance(value, Dict) and value.items is not None:
        own = dict(bar.items or ()) if isinstance(bar, Dict) else {}
        if own.keys() != dict(value.items).keys():
            return "structure"
        return _first([differing(kind, own[key]) for key, kind in value.items])
    if isinstance(value, List):
        return differing(value.elt, bar.elt) if isinstance(bar, List) else "structure"
    if not isinstance(value, (Number, Array)):
        return None
    if not isinstance(bar, (Number, Array)):
        return "structure"
    sizes = [None if k == NUMERIC else isinstance(k, Array) and k.shape != () for k in (value, bar)]
    both = isinstance(value, Array) and isinstance(bar, Array)
    apart = None not in sizes and sizes[0] is not sizes[1] or both and same_shape(value, bar) is False
    return "shape" if apart else None


def _first(found: Iterable[str | None]) -> str | None:
    return next((each for each in found if each is not None), None)
