"""The checker: the invariants of the core language, in one walk of linear time.

It runs after every pass in every test.  A Python name outlives its block, so a forgotten save would run and give
wrong numbers; here it is an error at once.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NoReturn

from tangent2.core import kinds as k
from tangent2.core import prims
from tangent2.core.prims import Prim
from tangent2.core.syntax import (
    Atom, Break, Call, Callee, Const, Continue, Exit, For, Function, If, IndexSpec, Knot, Note, Op, Raise, Region,
    Return, Stmt, Try, Undef, Value, While, Yield,
)
from tangent2.errors import IllFormed


@dataclass
class _Walk:
    """What one walk knows: the values in scope, all values and nodes met so far."""

    function: Function
    kinds: Mapping[Value, k.Kind] | None
    resolved: bool
    visible: set[Value] = field(default_factory=set)
    bound: set[Value] = field(default_factory=set)
    nodes: set[int] = field(default_factory=set)
    joined: list[Region] = field(default_factory=list)      # regions made here


@dataclass(frozen=True)
class _Place:
    """Which exits a region may have: what it must yield, and how many values the loop around it carries."""

    yields: int | None          # None: the body of the function, which may not yield
    carried: int | None         # None: not in a loop
    condition: bool = False     # in the condition of a `while`: nothing but raising leaves it


def check(function: Function, kinds: Mapping[Value, k.Kind] | None = None, resolved: bool = False) -> Function:
    """Raise `IllFormed` unless the function keeps all invariants; gives the function back.

    `kinds`: every value must have an entry.  `resolved`: operations that only exist before kinds are known are errors.

    >>> from tangent2.core.syntax import Region, Return
    >>> x, y = Value("x"), Value("y")
    >>> check(Function("f", (x,), Region((), Return((y,)))))
    Traceback (most recent call last):
    ...
    tangent2.errors.IllFormed: f: y is read where it is not bound, in return
    """
    walk = _Walk(function, kinds, resolved)
    for param in function.params:
        _bind(walk, param)
    if not function.owned <= set(function.params):
        _fail(walk, "owned values must be parameters")
    _region(walk, function.body, _Place(None, None))
    return function


def _fail(walk: _Walk, message: str, at: Stmt | Exit | None = None) -> NoReturn:
    where = ""
    if isinstance(at, (Op, Call)):
        what = at.prim.name if isinstance(at, Op) else f"call of {at.callee.name}"
        where = f", in {', '.join(_name(v) for v in at.outs)} = {what}(...)"
    elif at is not None:
        where = f", in {type(at).__name__.lower()}"
    origin = getattr(at, "origin", None)
    if origin is not None:
        where += f" ({origin.file}:{origin.line})"
    raise IllFormed(f"{walk.function.name}: {message}{where}")


def _name(value: Value) -> str:
    return value.hint or "t"


def _bind(walk: _Walk, value: Value, at: Stmt | None = None) -> None:
    if value in walk.bound:
        _fail(walk, f"{_name(value)} is bound twice", at)
    if walk.kinds is not None and value not in walk.kinds:
        _fail(walk, f"{_name(value)} has no kind", at)
    walk.bound.add(value)
    walk.visible.add(value)


def _read(walk: _Walk, atom: Atom, at: Stmt | Exit, undef: bool = False) -> None:
    if isinstance(atom, Value):
        if atom not in walk.visible:
            scope = "outside its region" if atom in walk.bound else "where it is not bound"
            _fail(walk, f"{_name(atom)} is read {scope}", at)
    elif isinstance(atom, Undef):
        if not undef:
            _fail(walk, "undef is read", at)
    elif not isinstance(atom, Const):
        _fail(walk, f"{atom!r} is not an atom", at)


def _once(walk: _Walk, node: Stmt | Region) -> None:
    if id(node) in walk.nodes:
        _fail(walk, "a node occurs twice", None if isinstance(node, Region) else node)
    walk.nodes.add(id(node))


def _region(walk: _Walk, region: Region, place: _Place, binds: tuple[Value, ...] = ()) -> bool:
    """Check a region; tells whether its end is reached."""
    _once(walk, region)
    mine = list(binds)
    for value in binds:
        _bind(walk, value)
    reached = True
    for stmt in region.stmts:
        if not reached:
            _fail(walk, "a statement follows an if whose regions both leave", stmt)
        _once(walk, stmt)
        reached = _STMTS[type(stmt)](walk, stmt, place)
        for value in stmt.outs:
            _bind(walk, value, stmt)
        mine += stmt.outs
    goes_on = _exit(walk, region.exit, place, reached)
    walk.visible.difference_update(mine)
    return goes_on


def _exit(walk: _Walk, exit: Exit, place: _Place, reached: bool) -> bool:
    if not reached:
        if not isinstance(exit, Yield) or exit.vals and len(exit.vals) != place.yields:
            _fail(walk, "a region whose end is not reached must yield nothing, or as much as its twin", exit)
        for atom in exit.vals:
            _read(walk, atom, exit, undef=True)
        return False
    join = isinstance(exit, (Yield, Break, Continue))
    for atom in exit.vals:
        _read(walk, atom, exit, undef=join)
    if isinstance(exit, Yield):
        if place.yields is None:
            _fail(walk, "the body of a function must return", exit)
        _arity(walk, exit, place.yields)
    elif not isinstance(exit, Raise) and place.condition:
        _fail(walk, "the condition of a while is left", exit)
    elif isinstance(exit, (Break, Continue)):
        if place.carried is None:
            _fail(walk, "outside a loop", exit)
        _arity(walk, exit, place.carried)
    elif isinstance(exit, Return):
        _arity(walk, exit, 1)
    elif len(exit.vals) > 2:
        _fail(walk, "raise takes an exception and a cause", exit)
    return isinstance(exit, Yield)


def _arity(walk: _Walk, exit: Exit, wanted: int) -> None:
    if len(exit.vals) != wanted:
        _fail(walk, f"{len(exit.vals)} values where {wanted} are expected", exit)


def _op(walk: _Walk, op: Stmt, place: _Place) -> bool:
    assert isinstance(op, Op)
    for atom in op.args:
        if not isinstance(atom, Const):
            _read(walk, atom, op)
    if len(op.kw) > len(op.args):
        _fail(walk, "more keywords than operands", op)
    shape = _SHAPES.get(op.prim)
    problem = shape(op) if shape else None
    if len(op.outs) != (op.prim not in _NOTHING) and op.prim not in _SEVERAL:
        problem = f"{len(op.outs)} results"
    if walk.resolved:
        problem = problem or _unresolved(walk, op)
    if problem:
        _fail(walk, problem, op)
    if op.prim is prims.CLOSURE and isinstance(op.static, Function):
        check(op.static, None, walk.resolved and walk.kinds is None)
    return True


def _call(walk: _Walk, call: Stmt, place: _Place) -> bool:
    assert isinstance(call, Call)
    for atom in call.args:
        _read(walk, atom, call)
    if len(call.outs) != 1 or not isinstance(call.callee, Callee):
        _fail(walk, "a call has one callee and one result", call)
    return True


def _if(walk: _Walk, stmt: Stmt, place: _Place) -> bool:
    assert isinstance(stmt, If)
    _read(walk, stmt.cond, stmt)
    inner = _Place(len(stmt.outs), place.carried, place.condition)
    then, orelse = _region(walk, stmt.then, inner), _region(walk, stmt.orelse, inner)
    if not then and not orelse and stmt.outs:
        _fail(walk, "both regions leave, so there are no results", stmt)
    return then or orelse


def _try(walk: _Walk, stmt: Stmt, place: _Place) -> bool:
    assert isinstance(stmt, Try)
    _read(walk, stmt.classes, stmt)
    inner = _Place(len(stmt.outs), place.carried, place.condition)
    walk.joined.append(Region((*stmt.body.stmts, *stmt.then.stmts), stmt.then.exit))   # kept: nodes go by identity
    then = _region(walk, walk.joined[-1], inner)
    orelse = _region(walk, stmt.orelse, inner, () if stmt.raised is None else (stmt.raised,))
    if not then and not orelse and stmt.outs:
        _fail(walk, "both regions leave, so there are no results", stmt)
    return then or orelse


def _for(walk: _Walk, stmt: Stmt, place: _Place) -> bool:
    assert isinstance(stmt, For)
    _read(walk, stmt.iter, stmt)
    _loop(walk, stmt)
    _region(walk, stmt.body, _Place(len(stmt.params), len(stmt.params)), (stmt.target, *stmt.params))
    return True


def _while(walk: _Walk, stmt: Stmt, place: _Place) -> bool:
    assert isinstance(stmt, While)
    _loop(walk, stmt)
    for param in stmt.params:
        _bind(walk, param, stmt)
    if not _region(walk, stmt.cond, _Place(1, None, condition=True)):
        _fail(walk, "the condition does not yield", stmt)
    if isinstance(stmt.cond.exit.vals[0], Undef):
        _fail(walk, "undef is read", stmt)
    _region(walk, stmt.body, _Place(len(stmt.params), len(stmt.params)))
    walk.visible.difference_update(stmt.params)
    return True


def _loop(walk: _Walk, stmt: For | While) -> None:
    if not len(stmt.params) == len(stmt.init) == len(stmt.outs):
        _fail(walk, f"{len(stmt.params)} params, {len(stmt.init)} init, {len(stmt.outs)} outs", stmt)
    for atom in stmt.init:
        _read(walk, atom, stmt, undef=True)


def _note(walk: _Walk, stmt: Stmt, place: _Place) -> bool:
    return True


_STMTS: dict[type, Callable[[_Walk, Stmt, _Place], bool]] = {
    Op: _op, Call: _call, If: _if, For: _for, While: _while, Try: _try, Note: _note,
}


# The operands that structural primitives must have: each function gives a complaint or None.

def _operands(*counts: int) -> Callable[[Op], str | None]:
    return lambda op: None if len(op.args) in counts else f"{len(op.args)} operands"


def _indexed(extra: int) -> Callable[[Op], str | None]:
    def shape(op: Op) -> str | None:
        if not isinstance(op.static, IndexSpec):
            return "no index"
        wanted = extra + sum(1 if i is None else i.lower + i.upper + i.step for i in op.static.items)
        return None if len(op.args) == wanted else f"{len(op.args)} operands where the index needs {wanted}"
    return shape


def _static(wanted: type, *counts: int) -> Callable[[Op], str | None]:
    def shape(op: Op) -> str | None:
        if not isinstance(op.static, wanted):
            return f"static is {op.static!r}, not {wanted.__name__}"
        return None if not counts or len(op.args) in counts else f"{len(op.args)} operands"
    return shape


def _pop(op: Op) -> str | None:
    return None if len(op.outs) == 2 and len(op.args) == 1 else "pop takes a list and gives (list, value)"


def _unpack(op: Op) -> str | None:
    before, starred, after = op.static
    return None if len(op.args) == 1 and len(op.outs) == before + bool(starred) + after else "wrong number of results"


def _dict(op: Op) -> str | None:
    fits = len(op.args) % 2 == 0 if op.static is None else len(op.args) == len(op.static)
    return None if fits else "keys and values do not match"


def _closure(op: Op) -> str | None:
    if isinstance(op.static, Function):
        return None if len(op.args) <= len(op.static.params) else "more captured values than parameters"
    return None if isinstance(op.static, (Callee, Knot)) else "static is neither a Function nor a Callee"


_SHAPES: dict[Prim, Callable[[Op], str | None]] = {
    **dict.fromkeys(prims.BINARY.values(), _operands(2)),
    **dict.fromkeys(prims.COMPARE.values(), _operands(2)),
    **dict.fromkeys(prims.UNARY.values(), _operands(1)),
    **dict.fromkeys((prims.SETITEM, prims.SETTLE, *prims.UPDATES.values(), prims.AT_ADD), _indexed(2)),
    prims.GETITEM: _indexed(1), prims.INPLACE: _static(Prim, 2), prims.INPLACE_PART: _static(Prim, 2),
    prims.ACCUMULATE: _static(Prim, 2),
    prims.DICT: _dict, prims.TAPE: _operands(0), prims.PUSH: _operands(2), prims.POP: _pop, prims.UNPACK: _unpack,
    prims.READ: _static(prims.Captured, 0), prims.ATTRIBUTE: _static(str, 1), prims.METHOD: _static(str),
    prims.CLOSURE: _closure, prims.DERIVE: _static(prims.Transform, 1),
    prims.CAPTURED: _static(tuple, 1), prims.LABEL: _operands(1),
    prims.OF_CLASS: _static(tuple, 1), prims.AS_CLASS: _static(type, 1),
    prims.CAUGHT: _static(prims.Attempt), prims.VERBATIM: _static(prims.Template), prims.EXTENT: _static(int, 1),
    prims.COPY: _operands(1), prims.TRUTH: _operands(1),
}

_NOTHING = frozenset({prims.SAME, prims.ASKED, prims.LATE, prims.UNFAILING})          # give nothing
_SEVERAL = frozenset({prims.POP, prims.UNPACK, prims.CHANGE})
_DYNAMIC = frozenset({prims.METHOD, prims.ATTRIBUTE, prims.APPLY})
_MADE_OTHERWISE = frozenset({prims.INPLACE, prims.INPLACE_PART, prims.CHANGE, prims.BECOME})
_STACKS = frozenset({prims.PUSH, prims.POP})
_UPDATES = frozenset({*prims.UPDATES.values(), prims.AT_ADD})
_ASKED = _DYNAMIC | _MADE_OTHERWISE | _STACKS | _UPDATES
_OPAQUE = (k.Object, k.Str, k.Unknown, k.Bottom)


def _unresolved(walk: _Walk, op: Op) -> str | None:
    """What must not be left once kinds are known; an opaque object keeps its methods."""
    if op.prim not in _ASKED:
        return None
    if op.prim in _MADE_OTHERWISE:
        return "left unresolved"
    base: k.Kind = k.UNKNOWN
    if walk.kinds is not None and op.args and isinstance(op.args[0], Value):
        base = walk.kinds[op.args[0]]
    if op.prim is prims.APPLY and isinstance(base, k.FunctionKind) and base.captured:
        return None         # a closure made elsewhere
    if op.prim in _DYNAMIC and walk.kinds is not None and not isinstance(base, _OPAQUE):
        return f"left unresolved though its object is {base}"
    if op.prim in _STACKS and not isinstance(base, (k.List, k.Unknown, k.Bottom)):
        return f"the stack is {base}"
    if op.prim in _UPDATES and isinstance(base, (k.Number, k.Tuple, k.Str)):
        return f"an update of {base}"
    return None
