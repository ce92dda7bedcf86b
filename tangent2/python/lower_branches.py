"""Branches: `if`, conditional expressions, short circuits, chained comparisons, `assert`; how names join after them."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gast

from tangent2.core import prims
from tangent2.core.syntax import UNDEF, Atom, Exit, If, Region, Stmt, Value, Yield
from tangent2.python.lower_outside import is_function
from tangent2.python.lower_state import UNREACHABLE, Lowering, expression, same, statement, title_of

_RESULT = "?result"     # the name under which the value of a branch of an expression joins
_SIGNS: dict[type, str] = {
    gast.Eq: "==", gast.NotEq: "!=", gast.Lt: "<", gast.LtE: "<=", gast.Gt: ">", gast.GtE: ">=", gast.Is: "is",
    gast.IsNot: "is not", gast.In: "in", gast.NotIn: "not in",
}


@dataclass
class Branch:
    """A region that was lowered: its statements, what names are bound to at its end, and its exit if it leaves."""

    stmts: list[Stmt]
    env: dict[str, Atom]
    exit: Exit | None


def branch(L: Lowering, run: Callable[[], Exit | None]) -> Branch:
    """Lower a region; what it binds stays its own."""
    stmts, env, origin = L.stmts, L.env, L.origin
    L.stmts, L.env = [], dict(env)
    try:
        exit = run()
        return Branch(L.stmts, L.env, exit)
    finally:
        L.stmts, L.env, L.origin = stmts, env, origin


def nothing() -> Exit | None:
    """The region that goes on at once."""
    return None


def join(L: Lowering, cond: Atom, then: Branch, orelse: Branch, live: frozenset[str] | None = None,
         hint: str | None = None) -> Exit | None:
    """Emit the `If` of two regions and bind the names that one of them changed; gives an exit if both leave.

    Only names in `live` join (all if it is None); the others are unbound afterwards, nobody reads them.
    """
    if then.exit is not None and orelse.exit is not None:
        L.stmts.append(If((), cond, _close(then, ()), _close(orelse, ()), L.origin))
        return UNREACHABLE
    sides = [b for b in (then, orelse) if b.exit is None]
    outer = {a for a in L.env.values() if isinstance(a, Value)} if len(sides) == 1 else set()
    env: dict[str, Atom] = {}
    outs: dict[tuple[int, ...], Value] = {}
    vals: list[tuple[Atom, ...]] = []
    for name in (dict.fromkeys(n for side in sides for n in side.env)):
        atoms = tuple([side.env.get(name, UNDEF) for side in sides])
        first = atoms[0]
        if all(same(a, first) for a in atoms) and (len(sides) == 2 or not isinstance(first, Value) or first in outer):
            env[name] = first
        elif live is None or name in live or name == _RESULT:
            key = tuple(map(id, atoms))
            if key not in outs:
                title = hint if name == _RESULT else title_of(name)
                outs[key] = Value(title, title is not None)
                vals.append(atoms)
            env[name] = outs[key]
    yields = {id(side): tuple([v[k] for v in vals]) for k, side in enumerate(sides)}
    regions = [_close(side, yields.get(id(side), (UNDEF,) * len(vals))) for side in (then, orelse)]
    L.stmts.append(If(tuple(outs.values()), cond, regions[0], regions[1], L.origin))
    L.env = env
    return None


def _close(side: Branch, vals: tuple[Atom, ...]) -> Region:
    return Region(tuple(side.stmts), Yield(vals) if side.exit in (None, UNREACHABLE) else side.exit)


def choose(L: Lowering, cond: Atom, then: Callable[[], Atom], orelse: Callable[[], Atom],
           hint: str | None = None) -> Atom:
    """The value of one of two expressions, of which only that one is evaluated."""
    def giving(value: Callable[[], Atom]) -> Callable[[], Exit | None]:
        def run() -> Exit | None:
            L.env[_RESULT] = value()
            return None
        return run
    join(L, cond, branch(L, giving(then)), branch(L, giving(orelse)), None, hint)
    return L.env.pop(_RESULT)


@statement(gast.If)
def if_statement(L: Lowering, node: Any) -> Exit | None:
    """`if`, whose `elif` is an `if` in its other region."""
    cond = test(L, node.test)
    then, orelse = branch(L, lambda: L.block(node.body)), branch(L, lambda: L.block(node.orelse))
    return join(L, cond, then, orelse, L.live.after[id(node)])


@expression(gast.IfExp)
def conditional(L: Lowering, node: Any, hint: str | None) -> Atom:
    """`a if c else b`."""
    cond = test(L, node.test)
    return choose(L, cond, lambda: L.expr(node.body, hint), lambda: L.expr(node.orelse, hint), hint)


def test(L: Lowering, node: Any) -> Atom:
    """Lower a condition: of `a and b` only the truth of the operands is read."""
    return _decided(L, node, None, lambda part: _operand(L, part)) if isinstance(node, gast.BoolOp) else L.expr(node)


def _operand(L: Lowering, node: Any) -> Atom:
    """An operand of `and` or `or` in a condition; what may be an object stands for its truth, once kinds are known."""
    found = test(L, node)
    plain = isinstance(node, gast.BoolOp) or not isinstance(found, Value) or is_function(L, found)
    return found if plain else L.op(prims.TRUTH, found, static=prims.TEST)


@expression(gast.BoolOp)
def short_circuit(L: Lowering, node: Any, hint: str | None) -> Atom:
    """`a and b`, `a or b`: the value of the operand that decides."""
    return _decided(L, node, hint, L.expr)


def _decided(L: Lowering, node: Any, hint: str | None, operand: Callable[[Any], Atom]) -> Atom:
    conjunction = isinstance(node.op, gast.And)

    def rest(k: int) -> Atom:
        first = operand(node.values[k])
        if k == len(node.values) - 1:
            return first
        if conjunction:
            return choose(L, first, lambda: rest(k + 1), lambda: first, hint)
        return choose(L, first, lambda: first, lambda: rest(k + 1), hint)
    return rest(0)


@expression(gast.Compare)
def comparison(L: Lowering, node: Any, hint: str | None) -> Atom:
    """`a < b < c`: every operand is evaluated once, and the later ones only if they are needed."""
    operators, others = node.ops, node.comparators
    if len(others) == 1:
        left, right = L.atoms((node.left, others[0]))
        return L.op(prims.COMPARE[_SIGNS[type(operators[0])]], left, right, hint=hint)

    def rest(left: Atom, k: int) -> Atom:
        right = L.expr(others[k])
        last = k == len(others) - 1
        holds = L.op(prims.COMPARE[_SIGNS[type(operators[k])]], left, right, hint=hint if last else None)
        return holds if last else choose(L, holds, lambda: rest(right, k + 1), lambda: holds, hint)
    return rest(L.expr(node.left), 0)
