"""Adjoints of what some paths do not use: zero there, also where a factor is infinite, for they are not multiplied.

    n = np.sqrt(x)                      n_bar = 1.0 if n > 0 else 0.0
    if n > 0:                   not     x_bar = n_bar / (2.0 * n)
        y = n * 2.0                     but
    else:                               x_bar = n_bar / (2.0 * n) if n > 0 else 0.0
        y = 0.0

>>> import numpy as np
>>> import tangent2
>>> def inverse_root(x):
...     n = np.sqrt(x)
...     return 1.0 / n if n > 0 else 3.0
>>> float(tangent2.grad(inverse_root)(0.0))
0.0

`masks` does the same for elements.
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tangent2.core import prims
from tangent2.core.build import close
from tangent2.core.kinds import Array, Number, Unknown
from tangent2.core.syntax import Atom, Call, Const, If, Op, Raise, Region, Stmt, Value
from tangent2.rules.apply import Splat
from tangent2.transform import contributions
from tangent2.transform.contributions import Scope
from tangent2.transform.sweep import Sweep

Found = dict[int, Atom | Splat]
Reach = tuple[Atom, int]
"""A condition, and on which of its sides (0: where it holds) an adjoint is not surely zero."""

_TRUE, _FALSE = Const(True), Const(False)
_GROWING = frozenset({
    "exp", "expm1", "exp2", "log", "log2", "log10", "log1p", "sinh", "cosh", "tan", "reciprocal", "arctanh", "atanh",
    "gamma", "lgamma"})
_PASSING = frozenset({
    prims.ADD, prims.SUB, prims.MUL, prims.NEG, prims.GETITEM, prims.MATMUL})


def confined(sweep: Sweep, g: Atom | Splat, operands: tuple[Atom, ...], emit: Callable[[], Found]) -> None:
    """Credit operands, by position, with what `emit` makes of an adjoint: only on the side of a branch it comes from.

    It stays outside of the branch where it is zero for zero anyway.
    """
    reach = _reach(sweep, _atom(g))
    arm = None if reach is None else sweep.scope.arm(reach[0])
    if reach is None or arm is not None:
        found = emit() if reach is None or arm == reach[1] else {}
    else:
        with sweep.build.region() as stmts:
            found = emit()
        zeros = _zeros(sweep, found, operands) if is_singular(sweep, stmts) else None
        if zeros is None:
            sweep.build.stmts.extend(stmts)
        else:
            found = _branch(sweep, reach, found, stmts, zeros)
        for c in found.values():
            if isinstance(_atom(c), Value):
                sweep.reached.setdefault(_atom(c), reach)       # type: ignore[arg-type]
    for k, c in found.items():
        sweep.credit(operands[k], c)


def _reach(sweep: Sweep, c: Atom) -> Reach | None:
    """Where an adjoint is not surely zero, if the scope at hand can ask: what is not bound on every path is not at hand
    in a branch before it."""
    reach = sweep.reached.get(c)        # type: ignore[arg-type]
    return None if reach is None or reach[0] in sweep.unsure and reach[0] not in sweep.scope.own else reach


def _atom(c: Atom | Splat) -> Atom:
    return c.atom if isinstance(c, Splat) else c


def _zeros(sweep: Sweep, found: Found, operands: tuple[Atom, ...]) -> Region | None:
    """The zeros of operands, on the side where an adjoint is zero; None if that is not said by numbers and arrays."""
    with sweep.build.region() as stmts:
        zeros = [contributions.ZERO if isinstance(c, Splat) else sweep.zero(operands[k]) for k, c in found.items()]
    plain = all(isinstance(sweep.kind(_atom(c)), (Number, Array, Unknown)) for c in found.values())
    sure = not any(zero == Const(None) or operands[k] in sweep.unsure for k, zero in zip(found, zeros))
    return close(stmts, tuple(zeros)) if plain and sure and found else None


def _branch(sweep: Sweep, reach: Reach, found: Found, stmts: list[Stmt], zeros: Region) -> Found:
    """Emit the branch; gives what takes the place of the contributions."""
    atoms = {k: _atom(c) for k, c in found.items()}
    outs = {k: sweep.build.value(sweep.kind(atom)) for k, atom in atoms.items()}
    sides = [close(stmts, tuple(atoms.values())), zeros]
    then, orelse = sides if reach[1] == 0 else sides[::-1]
    sweep.build.add(If(tuple(outs.values()), reach[0], then, orelse, sweep.build.origin))
    return {k: Splat(outs[k]) if isinstance(c, Splat) else outs[k] for k, c in found.items()}


# ---- what may be infinite ----


def is_singular(sweep: Sweep, stmts: list[Stmt]) -> bool:
    """Whether zero may not stay zero through operations that the reverse sweep made."""
    return any(isinstance(s, Call) or isinstance(s, Op) and (_may_grow(s) or any(
        may_be_infinite(sweep, a) for a in s.args)) for s in stmts)


def may_be_infinite(sweep: Sweep, atom: Atom, depth: int = 8) -> bool:
    """Whether a primal value may be infinite where what it is made of is not, as far as its text tells."""
    op = sweep.definitions.get(atom) if isinstance(atom, Value) else None
    if op is None or depth == 0:
        return False
    return _may_grow(op) or op.prim in _PASSING and any(may_be_infinite(sweep, a, depth - 1) for a in op.args)


def _may_grow(op: Op) -> bool:
    if op.prim is prims.DIV:
        return not isinstance(op.args[1], Const)
    if op.prim is prims.POW:
        power = getattr(op.args[1], "value", None)
        return not isinstance(power, (int, float)) or power < 0 or power != int(power)
    return op.prim.name.rpartition(".")[2] in _GROWING


# ---- branches ----


@dataclass(frozen=True)
class Reaches:
    """Where the totals that a branch hands on are not surely zero, by place.

    sides: those of which the condition of the branch tells.  flags: for others, what tells of them in each arm.
    """

    sides: dict[int, Reach]
    flags: dict[int, tuple[Atom, Atom]]


def reaches(sweep: Sweep, branch: If, scopes: tuple[Scope, ...], vals: list[tuple[Atom, ...]]) -> Reaches:
    """What is known of the totals `vals` that the arms of a branch hand on; flags are emitted there."""
    found = Reaches({}, {})
    raises = [isinstance(r.exit, Raise) for r in (branch.then, branch.orelse)]
    for place, choice in enumerate(zip(*vals)):
        told = [_TRUE if ends else _FALSE if sweep.is_zero(c) else _told(sweep, scope, c)
                for c, scope, ends in zip(choice, scopes, raises)]
        if told == [_TRUE, _TRUE] or not isinstance(branch.cond, Value):
            continue
        if _TRUE in told and _FALSE in told:
            found.sides[place] = branch.cond, told.index(_TRUE)
        else:
            first, second = [_flag(sweep, scope, reach) for scope, reach in zip(scopes, told)]
            found.flags[place] = first, second
    return found


def _told(sweep: Sweep, scope: Scope, c: Atom) -> Const | Reach:
    with scope.emitting():
        return _reach(sweep, c) or _TRUE


def _flag(sweep: Sweep, scope: Scope, reach: Const | Reach) -> Atom:
    """What is true in an arm where an adjoint is not surely zero."""
    if isinstance(reach, Const):
        return reach
    with scope.emitting():
        return sweep.build.op(prims.NOT, reach[0]) if reach[1] else reach[0]
