"""How many directions it takes until one sweep for all of them costs less than one sweep for each.

An operation on arrays costs a call of NumPy, for one direction or for all.  One on numbers costs a fraction of that,
and the full call once there are several directions: a long loop over numbers is quicker one after the other.
"""
from __future__ import annotations

from collections.abc import Mapping

from tangent2.core import prims
from tangent2.core.calling import called
from tangent2.core.kinds import Array, Number, is_inexact
from tangent2.core.syntax import Atom, Const, For, If, Op, Region, Stmt, Typed, Value, While, regions, walk
from tangent2.rules.declare import by_name

ARRAY, NUMBER = 1.0, 0.06       # of an operation, in units of a call of NumPy
STARTED, EACH = 100.0, 10.0     # of sweeps one by one: of them all, and of each
UNKNOWN, SHORT = 100, 4         # how often loops turn of which that is not known; those over what is in an array
MOST, DEEPEST = 16, 6
_LENGTHS = ("len", "extent", "np.size", ".size")
Costs = tuple[float, float]     # of operations on numbers, and on arrays


def fewest_directions(sweep: Typed) -> int:
    """For how many directions one sweep for all is no slower than one for each; `sweep`: for one of them.

    >>> from tangent2.core.kinds import FLOAT, INT, Range
    >>> from tangent2.core.syntax import Function, Return, Yield
    >>> x, r, i, p, y, out = map(Value, ("x", "r", "i", "p", "y", "out"))
    >>> loop = For((out,), i, r, (p,), (x,), Region((Op((y,), prims.MUL, (p, p)),), Yield((y,))))
    >>> kinds = {**dict.fromkeys((x, p, y, out), FLOAT), r: Range(), i: INT}
    >>> def of_turns(count):
    ...     body = Region((Op((r,), by_name("range"), (Const(count),)), loop), Return((out,)))
    ...     return fewest_directions(Typed(Function("f", (x,), body), kinds, FLOAT))
    >>> of_turns(3), of_turns(10000)
    (0, 16)
    """
    numbers, arrays = _of_function(sweep, 0, 0)
    saved = (numbers + arrays) * ARRAY - STARTED
    return max(0, min(MOST, int(saved / (numbers * NUMBER + arrays * ARRAY + EACH))))


def _of_function(typed: Typed, turns: float, depth: int) -> Costs:
    """What a function costs that runs so often in loops; what stands outside of loops, runs 0 times, costs nothing."""
    made = {v: s for s in walk(typed.function.body) if isinstance(s, Op) for v in s.outs}
    return _of_region(typed, made, typed.function.body, turns, depth)


def _of_region(typed: Typed, made: Mapping[Value, Op], region: Region, turns: float, depth: int) -> Costs:
    found = [_of_statement(typed, made, stmt, turns, depth) for stmt in region.stmts]
    return sum([n for n, _ in found]), sum([a for _, a in found])


def _of_statement(typed: Typed, made: Mapping[Value, Op], stmt: Stmt, turns: float, depth: int) -> Costs:
    call = called(stmt)
    if call is not None:
        if depth == DEEPEST:
            return 0.0, turns
        kinds = tuple([typed.kinds.get(a) if isinstance(a, Value) else Number() for a in call.args])
        return _of_function(call.callee.core(kinds), turns, depth + 1)      # type: ignore[arg-type]
    if isinstance(stmt, Op):
        return _of_operation(typed, stmt, turns)
    inside = regions(stmt)
    again = turns if isinstance(stmt, If) else (turns or 1) * _turns(made, stmt)
    found = [_of_region(typed, made, region, again, depth) for region in inside]
    return sum([n for n, _ in found]), sum([a for _, a in found])


def _of_operation(typed: Typed, op: Op, turns: float) -> Costs:
    written = op.prim is prims.SETITEM or op.prim in prims.UPDATES.values()
    value = op.args[-1] if written else op.outs[0] if op.outs else Const(None)
    kind = typed.kinds.get(value) if isinstance(value, Value) else Number()
    if isinstance(kind, Number):
        return (turns, 0.0) if is_inexact(kind) else (0.0, 0.0)
    return 0.0, turns if isinstance(kind, Array) and is_inexact(kind) else 0.0


def _turns(made: Mapping[Value, Op], loop: Stmt) -> int:
    """How often a loop turns, as far as its text tells."""
    numbers = made.get(loop.iter) if isinstance(loop, For) and isinstance(loop.iter, Value) else None
    if isinstance(loop, While) or not isinstance(loop, For):
        return UNKNOWN
    if numbers is None or numbers.prim is not by_name("range"):
        return SHORT
    bounds = [a.value for a in numbers.args if isinstance(a, Const) and type(a.value) is int]
    if len(bounds) == len(numbers.args):
        return len(range(*bounds))
    return SHORT if all(_is_length(made, a) for a in numbers.args) else UNKNOWN


def _is_length(made: Mapping[Value, Op], atom: Atom) -> bool:
    """Whether a number is how long an array is, or near that."""
    op = made.get(atom) if isinstance(atom, Value) else None
    if op is None:
        return isinstance(atom, Const)
    return op.prim.name in _LENGTHS or op.prim in (prims.ADD, prims.SUB) and all(_is_length(made, a) for a in op.args)
