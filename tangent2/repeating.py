"""Functions that are run a second time in the reverse sweep: which they are, and whether they give the same again."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from types import FunctionType
from typing import Any

from tangent2.analysis.expansion import REPEATED
from tangent2.attached import own_attributes
from tangent2.core import prims
from tangent2.core.kinds import Kind, Str
from tangent2.core.syntax import Atom, Call, Callee, Op, Raise, Region, Stmt, Typed, Value, regions
from tangent2.core.valuekinds import kind_of_atom
from tangent2.errors import UnsupportedError
from tangent2.optimise.dead import drop_dead_in
from tangent2.transform.repeated import repeated
from tangent2.transform.reverse import Pair, pair

MARK = "__tangent2_checkpoint__"        # an attribute of such functions


def is_repeated(key: Any) -> bool:
    """Whether the callee with this key is a checkpointed function, or is made of one.

    >>> def f(x): return x
    >>> is_repeated(f), is_repeated(("jvp", (REPEATED, f), None))
    (False, True)
    """
    if isinstance(key, Callee):
        return is_repeated(key.key)
    if isinstance(key, tuple) and len(key) > 1:
        return key[0] == REPEATED or is_repeated(key[1])
    return isinstance(key, FunctionType) and MARK in vars(key)


def other_attributes(fn: FunctionType) -> dict[str, Any]:
    """The attributes of a function, but for those that make it a checkpointed one, and what is remembered of it."""
    own = (MARK, "__wrapped__") if MARK in vars(fn) else ()
    return {name: value for name, value in own_attributes(fn).items() if name not in own}


def split_of(callee: Callee, typed: Typed) -> Callable[..., Pair]:
    """How a function is split into its halves.

    A checkpointed one is refused if its result depends on what may be another one when it is asked for again.
    """
    if not is_repeated(callee.key):
        return pair
    found = differing(typed)
    if found is not None:
        raise UnsupportedError(
            f"`{callee.name}` is run again in the reverse sweep, and what this gives may not be the same then",
            origin=found.origin, construct="checkpoint",
            advice="draw random numbers, and call what nobody knows, outside of it, and hand in what that gives")
    return repeated


def differing(typed: Typed) -> Op | None:
    """An operation that the result of a function depends on, and that may give something else when it runs again."""
    return next((s for s, own in statements_run(typed) if isinstance(s, Op) and _may_differ(s, own.kinds)), None)


def statements_run(typed: Typed, seen: set[Typed] | None = None) -> Iterator[tuple[Stmt, Typed]]:
    """The statements that the result of a function depends on, in it and in what it calls, each with its function."""
    seen = {typed} if seen is None else seen
    for stmt in _returning(drop_dead_in(typed.function.body, None)):
        yield stmt, typed
        for inner in _run_by(stmt, typed.kinds):
            if inner not in seen:
                seen.add(inner)
                yield from statements_run(inner, seen)


def _run_by(stmt: Stmt, kinds: dict[Value, Kind]) -> Iterator[Typed]:
    """The functions that a statement runs: what it calls, and what a rule has run in its place."""
    called = _called(stmt)
    if called is None:
        return
    callee, given = called[0], tuple([kind_of_atom(a, kinds) for a in called[1]])
    yield callee.core(given)
    if callee.rule is not None:
        yield from callee.rule.forwards(given)


def _returning(region: Region) -> Iterator[Stmt]:
    """The statements of a region, those on ways that raise not among them: the first run did not take these."""
    if isinstance(region.exit, Raise):
        return
    for stmt in region.stmts:
        yield stmt
        for inner in regions(stmt):
            yield from _returning(inner)


def _may_differ(op: Op, kinds: dict[Value, Kind]) -> bool:
    """Whether an operation runs code that nobody knows; strings never change, nor do new exceptions."""
    if op.prim is prims.METHOD:
        return not isinstance(kind_of_atom(op.args[0], kinds), Str)
    if op.prim is prims.VERBATIM:
        return not (op.static.pure or op.static.error)
    return op.prim is prims.APPLY


def _called(stmt: Stmt) -> tuple[Callee, tuple[Atom, ...]] | None:
    """The callee of a call, or of what is attempted, with its arguments."""
    if isinstance(stmt, Call):
        return stmt.callee, stmt.args
    what = stmt.static.what if isinstance(stmt, Op) and stmt.prim is prims.CAUGHT else None
    return (what, stmt.args[1:]) if isinstance(what, Callee) and isinstance(stmt, Op) else None
