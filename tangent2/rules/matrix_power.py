"""`np.linalg.matrix_power(a, n)` for an exponent that is written out: the product rule, factor by factor."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tangent2.core.build import Builder
from tangent2.core.prims import ADD, MATMUL
from tangent2.core.syntax import Atom, Const, Op
from tangent2.rules.declare import by_name
from tangent2.rules.questions import rank
from tangent2.rules.simplify import make

LARGEST = 12


def _exponent(build: Builder, op: Op) -> int:
    n = op.args[1]
    if not (isinstance(n, Const) and type(n.value) is int and 0 <= n.value <= LARGEST):
        raise LookupError(f"np.linalg.matrix_power needs a literal exponent from 0 to {LARGEST}")
    if rank(build.kind(op.args[0])) != 2:
        raise LookupError("np.linalg.matrix_power of what is not known to be one matrix")
    return int(n.value)


def _power(build: Builder, op: Op, a: Atom, n: int) -> Atom | None:
    return None if n == 0 else a if n == 1 else build.op(op.prim, a, Const(n))


def _product_rule(build: Builder, op: Op, a: Atom, d: Atom, n: int) -> Atom | None:
    """The sum of `a ** k @ d @ a ** (n - 1 - k)`."""
    total: Any = None
    for k in range(n):
        before, after, term = _power(build, op, a, k), _power(build, op, a, n - 1 - k), d
        term = term if before is None else make(build, MATMUL, before, term)
        term = term if after is None else make(build, MATMUL, term, after)
        total = term if total is None else make(build, ADD, total, term)
    return total


def matrix_power_adjoint(build: Builder, op: Op, g: Atom, wanted: frozenset[int]) -> dict[int, Atom]:
    n = _exponent(build, op)
    found = _product_rule(build, op, build.op(by_name(".T"), op.args[0]), g, n) if n else None
    return {} if found is None else {0: found}


def matrix_power_tangent(build: Builder, op: Op, dots: Mapping[int, Atom]) -> Atom | None:
    return _product_rule(build, op, op.args[0], dots[0], _exponent(build, op))
