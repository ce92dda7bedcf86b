"""The reference evaluator: what the core language means, slowly and plainly; the oracle for every pass.

Updates copy what they change, so no value ever changes after it is bound.  With `in_place=True` they write instead,
which is what the printed code does: after `optimise/copies.py` both ways must agree.
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tangent2.core import prims
from tangent2.core.calling import call_python
from tangent2.runtime.attempts import caught
from tangent2.core.operations import apply, deep_copy, shallow_copy
from tangent2.core.syntax import (
    Atom, Break, Call, Callee, Const, Exit, For, Function, If, Knot, Note, Op, Raise, Region, Return, Stmt, Undef,
    Value, While, Yield,
)


class _Unbound:
    """What `undef` evaluates to; using it is an error, handing it on is not."""

    def __repr__(self) -> str:
        return "undef"


_UNBOUND = _Unbound()


@dataclass(frozen=True)
class _Left:
    """How a region ended, and with which values."""

    how: type[Exit]
    vals: tuple[Any, ...]


@dataclass
class _Frame:
    """One activation of a function."""

    env: dict[Value, Any]
    own: Callable[[Any], Any]       # what an update writes to: a copy, or the thing itself


def evaluate(function: Function, args: tuple[Any, ...], in_place: bool = False) -> Any:
    """The result of a core function for arguments, which are left as they are unless `in_place`.

    >>> from tangent2.core.syntax import Op, Region
    >>> x, y = Value("x"), Value("y")
    >>> body = Region((Op((y,), prims.MUL, (x, x)),), Return((y,)))
    >>> evaluate(Function("square", (x,), body), (3.0,))
    9.0
    """
    if len(args) != len(function.params):
        raise TypeError(f"{function.name} takes {len(function.params)} arguments, not {len(args)}")
    frame = _Frame(dict(zip(function.params, args)), _itself if in_place else shallow_copy)
    left = _region(frame, function.body)
    assert left.how is Return, f"{function.name} ended in {left.how.__name__}"
    return _defined(left.vals[0])


def _itself(value: Any) -> Any:
    return value


# Statements: each function gives how it left the region around it, or None if that goes on.

def _region(frame: _Frame, region: Region) -> _Left:
    for stmt in region.stmts:
        left = _STMTS[type(stmt)](frame, stmt)
        if left is not None:
            return left
    if isinstance(region.exit, Raise):
        _raise(*map(_reader(frame), region.exit.vals))
    return _Left(type(region.exit), tuple(map(_joined(frame), region.exit.vals)))


def _raise(*vals: Any) -> None:
    if not vals:
        raise RuntimeError("No active exception to reraise")
    if len(vals) == 2:
        raise vals[0] from vals[1]
    raise vals[0]


def _joined(frame: _Frame) -> Callable[[Atom], Any]:
    """The value of an atom where undef may be handed on."""
    def value(atom: Atom) -> Any:
        if isinstance(atom, Const):
            return atom.value
        return _UNBOUND if isinstance(atom, Undef) else frame.env[atom]
    return value


def _reader(frame: _Frame) -> Callable[[Atom], Any]:
    joined = _joined(frame)
    return lambda atom: _defined(joined(atom))


def _defined(value: Any) -> Any:
    if value is _UNBOUND:
        raise UnboundLocalError("a name is used on a path that does not bind it")
    return value


def _op(frame: _Frame, op: Stmt) -> None:
    assert isinstance(op, Op)
    if op.prim in (prims.SAME, prims.ASKED, prims.LATE, prims.UNFAILING):
        return
    args = list(map(_reader(frame), op.args))
    plain = len(args) - len(op.kw)
    if op.prim is prims.CLOSURE:
        frame.env[op.out] = _closure(op.static.core() if isinstance(op.static, Knot) else op.static, args)
        return
    if op.prim is prims.CAUGHT:
        frame.env[op.out] = _caught(op.static, args)
        return
    result = apply(op.prim, op.static, args[:plain], dict(zip(op.kw, args[plain:])), frame.own)
    frame.env.update(zip(op.outs, result if op.prim in (prims.POP, prims.UNPACK, prims.CHANGE) else (result,)))


def _caught(static: prims.Attempt, args: list[Any]) -> Any:
    """What an attempt raises, and what it gives."""
    what, errors = static.what, dict(static.errors)
    if what is None:
        return caught(args[1], args[0], **errors)
    if isinstance(what, prims.Prim):
        return caught(args[0], lambda *given: apply(what, None, list(given), {}, deep_copy), *args[1:], **errors)
    return caught(args[0], lambda *given: call_callee(what, given), *args[1:], **errors)


def _closure(static: Function | Callee, captured: list[Any]) -> Any:
    """A Python function that evaluates the core function, its captured values first."""
    if isinstance(static, Callee):
        return lambda *args: call_callee(static, (*captured, *args))
    names = [param.hint for param in static.params]

    def closure(*args: Any, **keywords: Any) -> Any:
        given = [*captured, *args]
        return evaluate(static, (*given, *[keywords[str(name)] for name in names[len(given):]]))
    closure.__name__ = static.name
    return closure


def _call(frame: _Frame, call: Stmt) -> None:
    assert isinstance(call, Call)
    frame.env[call.out] = call_callee(call.callee, tuple(map(_reader(frame), call.args)))


def call_callee(callee: Callee, args: tuple[Any, ...]) -> Any:
    """Call a function of the core: the user's own, on copies, or the compiler's, evaluated."""
    if callee.python is not None:
        return call_python(callee.python, list(map(deep_copy, args)))
    from tangent2.core.kinding import kind_of_value
    return evaluate(callee.core(tuple(map(kind_of_value, args))).function, args)


def _if(frame: _Frame, stmt: Stmt) -> _Left | None:
    assert isinstance(stmt, If)
    left = _region(frame, stmt.then if _reader(frame)(stmt.cond) else stmt.orelse)
    if left.how is not Yield:
        return left
    frame.env.update(zip(stmt.outs, left.vals))
    return None


def _for(frame: _Frame, stmt: Stmt) -> _Left | None:
    assert isinstance(stmt, For)
    vals = tuple(map(_joined(frame), stmt.init))
    for item in _reader(frame)(stmt.iter):
        frame.env[stmt.target] = item
        frame.env.update(zip(stmt.params, vals))
        left = _region(frame, stmt.body)
        if left.how is Return:
            return left
        vals = left.vals
        if left.how is Break:
            break
    frame.env.update(zip(stmt.outs, vals))
    return None


def _while(frame: _Frame, stmt: Stmt) -> _Left | None:
    assert isinstance(stmt, While)
    vals = tuple(map(_joined(frame), stmt.init))
    while True:
        frame.env.update(zip(stmt.params, vals))
        if not _defined(_region(frame, stmt.cond).vals[0]):
            break
        left = _region(frame, stmt.body)
        if left.how is Return:
            return left
        vals = left.vals
        if left.how is Break:
            break
    frame.env.update(zip(stmt.outs, vals))
    return None


def _note(frame: _Frame, stmt: Stmt) -> None:
    return None


_STMTS: dict[type, Callable[[_Frame, Any], _Left | None]] = {
    Op: _op, Call: _call, If: _if, For: _for, While: _while, Note: _note,
}
