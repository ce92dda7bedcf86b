"""`raise` and `assert` in a `try` block: what is raised there is bound to the name of the error."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gast

from tangent2.python.desugar_exits import load, store
from tangent2.python.desugar_generators import located_new
from tangent2.python.desugar_in_order import given_first
from tangent2.python.desugar_state import UNKNOWN
from tangent2.python.parts import walk

if TYPE_CHECKING:
    from tangent2.python.desugar_try import Trying


def raising(T: Trying, stmt: Any, rest: list[Any], loop: bool, tail: bool) -> list[Any] | None:
    """`raise E(...)` where `E` may be caught here: the error is bound, and the block is left."""
    error = stmt.exc
    if error is None:
        return None
    if isinstance(error, gast.Call):
        before, stmt.exc = given_first(error, T.new, T.risks.expression, lambda node: False)
        if before:
            return T.block([*before, stmt, *rest], loop, tail)
    cls = T.D.resolve(error.func if isinstance(error, gast.Call) else error)
    verdicts = []
    around: Trying | None = T
    while around is not None:
        verdicts.append(around.catches(cls))
        around = around.outer
    if not any(v is not False for v in verdicts):
        return None
    if verdicts[0] is not True:
        T.open = True
    if isinstance(cls, type) and not isinstance(error, gast.Call):
        error = gast.copy_location(gast.Call(error, [], []), error)
    if isinstance(error, gast.Call) and isinstance(cls, type) and not T.carries():
        error.error = True
    elif cls is UNKNOWN and isinstance(error, gast.Name) and error.id[0] != "?":
        error = gast.copy_location(gast.Call(load("?instance"), [error], []), error)
    bound = store(T.error, error)
    T.raised.append(bound)
    if loop:
        T.count += 2
        return [bound, gast.Break()]
    T.count += 1
    if tail and isinstance(cls, type) and verdicts[0]:
        T.inline = bound
    return [bound]


def is_asked(T: Trying) -> bool:
    """Whether anybody looks at the exception."""
    handlers = T.node.handlers
    return T.open or T.outer is not None or len(handlers) != 1 or any(
        isinstance(n, gast.Raise) and n.exc is None or isinstance(n, gast.Name) and n.id == getattr(
            handlers[0].name, "id", handlers[0].name) for s in handlers[0].body for n in walk(s))


def asserting(T: Trying, stmt: Any, rest: list[Any], loop: bool, tail: bool) -> list[Any] | None:
    """`assert c` as `if not c: raise AssertionError`, where that is caught, or `c` may raise what is."""
    caught = any(t.catches(AssertionError) is not False for t in T.around())
    if not __debug__ or T.D.lookup("AssertionError") is UNKNOWN or not (
            caught or T.risks.expression(stmt.test)):
        return None
    error = gast.Call(load("AssertionError"), [] if stmt.msg is None else [stmt.msg], [])
    failed = gast.If(gast.UnaryOp(gast.Not(), stmt.test), [gast.Raise(error, None)], [])
    return T.block([located_new(failed, stmt), *rest], loop, tail)
