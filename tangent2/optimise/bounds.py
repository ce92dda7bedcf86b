"""What loop indices cannot be: `i + 1 != 0` is True where `i` runs from 0, so that exponents lose their guards."""
from __future__ import annotations

from typing import Any

from tangent2.core.kinds import Number
from tangent2.core.prims import ADD, SUB, Prim
from tangent2.core.syntax import Atom, Const, For, Op, Value
from tangent2.optimise.rewrite import Scope
from tangent2.rules.declare import by_name

Term = tuple[Prim, tuple[Atom, ...]]


def never_zero(scope: Scope, op: Op) -> Atom | None:
    """i + 1 != 0 is True where i is not negative."""
    low = lowest(scope, op.args[0]) if op.args[1] == Const(0) else None
    return Const(True) if low is not None and low > 0 else None


def less_true(scope: Scope, op: Op) -> Term | None:
    """n - True is n - 1."""
    x, y = op.args
    is_true = isinstance(y, Const) and y.value is True
    kind = scope.kind(x)
    return (SUB, (x, Const(1))) if is_true and isinstance(kind, Number) and kind.dtype == "int64" else None


def lowest(scope: Scope, atom: Atom) -> int | None:
    """What an index of a loop over a range, or that and a literal, is at least; None if that is not known."""
    if isinstance(atom, Const):
        return atom.value if type(atom.value) is int else None
    loop = scope.run.loops.get(atom)  # type: ignore[arg-type]
    if loop is not None:
        return _first(scope, loop)
    terms = scope.made_by(atom, ADD)
    if terms is None:
        return None
    bounds = [lowest(scope, term) for term in terms]
    return None if None in bounds else sum(bounds)  # type: ignore[arg-type]


def _first(scope: Scope, loop: For) -> int | None:
    bounds = scope.made_by(loop.iter, by_name("range"))
    if bounds is None or not isinstance(loop.iter, Value) or scope.run.known[loop.iter].kw:
        return None
    step = _literal(bounds[2]) if len(bounds) == 3 else 1
    if step is None or step == 0:
        return None
    if step < 0:
        stop = _literal(bounds[1])
        return None if stop is None else stop + 1
    return 0 if len(bounds) == 1 else _literal(bounds[0])


def _literal(atom: Atom) -> Any:
    return atom.value if isinstance(atom, Const) and type(atom.value) is int else None
