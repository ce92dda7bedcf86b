"""Nesting: functions that read what surrounds them are printed where their callers stand, as nested definitions.

The core calls a closure's function with the captured values in front of the arguments.  Where one function alone
calls it, always with the same captured values, it becomes a nested function again and those arguments vanish.
"""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tangent2.core import prims
from tangent2.core.kinds import OBJECT, Kind
from tangent2.core.syntax import Atom, Call, Op, Region, Stmt, Typed, Value, Yield, regions, walk
from tangent2.core.walk import map_regions
from tangent2.optimise.touch import NESTED

Captures = Mapping[str, int]        # name of a function: how many of its first parameters it captures


def nest(functions: tuple[Typed, ...], captures: Captures) -> tuple[Typed, ...]:
    """The functions that are left when those with captured values stand inside their only caller, innermost first."""
    while True:
        found = next(((f, inner) for inner in functions[1:] if inner.function.name in captures
                      for f in functions if f is not inner and _fits(f, inner, functions, captures)), None)
        if found is None:
            return functions
        outer, inner = found
        made = _nested(outer, inner, captures[inner.function.name])
        functions = tuple([made if f is outer else f for f in functions if f is not inner])


def _calls(region: Region, name: str) -> list[Call]:
    return [s for s in walk(region) if isinstance(s, Call) and s.callee.name == name and s.callee.python is None]


def _fits(outer: Typed, inner: Typed, functions: tuple[Typed, ...], captures: Captures) -> bool:
    """Whether one function makes all the calls, with captured values that it has before the first of them."""
    name = inner.function.name
    mine = _calls(outer.function.body, name)
    if not mine or any(_calls(f.function.body, name) for f in functions if f is not outer):
        return False
    if inner.function.owned or any(_calls(inner.function.body, n) for n in captures):         # innermost first
        return False
    captured = mine[0].args[:captures[name]]
    if any(c.args[:captures[name]] != captured for c in mine):
        return False
    return _defined(outer.function.body, mine, captured) is not None or _reach(outer, name, captured)


def _defined(body: Region, calls: list[Call], captured: tuple[Atom, ...]) -> Op | None:
    """The user's own definition of the nested function, if all calls stand after it."""
    for k, stmt in enumerate(body.stmts):
        if isinstance(stmt, Op) and stmt.prim is prims.CLOSURE and stmt.args == captured and _named(stmt, calls[0]):
            rest = Region(body.stmts[k + 1:], body.exit)
            if len(_calls(rest, calls[0].callee.name)) == len(calls):
                return stmt
        for inner in regions(stmt):
            found = _defined(inner, calls, captured)
            if found is not None:
                return found
    return None


def _named(closure: Op, call: Call) -> bool:
    return closure.static is call.callee.key or getattr(closure.static, "name", None) == call.callee.name


def _reach(outer: Typed, name: str, captured: tuple[Atom, ...]) -> bool:
    """Whether the captured values exist where the first call stands in the outermost region."""
    stmts = outer.function.body.stmts
    known = set(outer.function.params).union(*[s.outs for s in stmts[:_place(outer.function.body, name)]])
    return all(not isinstance(a, Value) or a in known for a in captured)


def _place(body: Region, name: str) -> int:
    """The first statement of a body that makes a call, itself or in its regions."""
    return next(k for k, s in enumerate(body.stmts) if _calls(Region((s,), Yield()), name))


def _nested(outer: Typed, inner: Typed, count: int) -> Typed:
    """`outer` with the definition of `inner` where the user had it, else in front of its first call."""
    name, body = inner.function.name, outer.function.body
    calls = _calls(body, name)
    captured = calls[0].args[:count]
    old = _defined(body, calls, captured)
    made = Value(name, True) if old is None else old.out
    closure = Op((made,), prims.CLOSURE, captured, static=inner)

    def rewritten(region: Region) -> Region:
        stmts = [closure if s is old else _applied(s, name, made, count) if isinstance(s, Call)
                 else map_regions(s, rewritten) for s in region.stmts]
        return Region(tuple(stmts), region.exit)

    new = rewritten(body)
    if old is None:
        at = _place(body, name)
        new = Region((*new.stmts[:at], closure, *new.stmts[at:]), new.exit)
    kinds: dict[Value, Kind] = {**outer.kinds, **inner.kinds, made: OBJECT}
    return Typed(replace(outer.function, body=new), kinds, outer.result)


def _applied(call: Call, name: str, made: Value, count: int) -> Stmt:
    if call.callee.name != name or call.callee.python is not None:
        return call
    return Op(call.outs, prims.APPLY, (made, *call.args[count:]), static=NESTED, origin=call.origin)
