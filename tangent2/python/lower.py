"""Lowering: from a function object to its core, kind-free; the rules for nodes are in the `lower_*` modules."""
from __future__ import annotations

import builtins
import inspect
from collections.abc import Mapping
from typing import Any

import gast

from tangent2.core.syntax import Function, Origin
from tangent2.errors import UnsupportedError
from tangent2.python import (
    lower_branches, lower_calls, lower_expressions, lower_loops, lower_outside, lower_statements, lower_steps,
)
from tangent2.python.classes_inside import with_classes_known
from tangent2.python.desugar import desugar
from tangent2.python.desugar_lifting import give_first
from tangent2.python.desugar_state import PRELUDE, UNKNOWN
from tangent2.python.lower_functions import lower_function
from tangent2.python.lower_state import Recognise, Unit
from tangent2.python.read import Source, read
from tangent2.runtime.sequences import READ

RULES = (lower_branches, lower_calls, lower_expressions, lower_loops, lower_outside, lower_statements, lower_steps)


def lower(fn: Any, recognise: Recognise, gives: bool = False, inlined: list[Any] | None = None) -> Function:
    """The core of a Python function.  `recognise(obj)` gives the primitive or the callee that an object is, or None.

    Parameters are those of the function in the order positional, `*args`, keyword-only, `**kwargs`.  `gives`: the first
    parameter, as it is at the end, is returned beside the result.  `inlined` gets the functions whose text became part
    of it.

    >>> from tangent2.core.evaluate import evaluate
    >>> core = lower(lower_branches.nothing, lambda obj: None)
    >>> core.name, core.params, evaluate(core, ())
    ('nothing', (), None)
    """
    try:
        return lower_source(read(fn), recognise, gives, inlined)
    except RecursionError:
        code = fn.__code__
        raise UnsupportedError(f"`{code.co_name}` is nested too deeply", construct="nesting",
                               origin=Origin(code.co_filename, code.co_firstlineno, "", code.co_name),
                               advice="move parts of it to functions of their own") from None


def lower_source(source: Source, recognise: Recognise, gives: bool = False,
                 inlined: list[Any] | None = None) -> Function:
    """The core of a function whose source was read."""
    fn, node = source.fn, source.node
    kept = fn.__globals__.get("__builtins__", builtins)
    names = kept if isinstance(kept, dict) else vars(kept)
    cells = dict(zip(fn.__code__.co_freevars, fn.__closure__ or ()))
    names = {**names, **PRELUDE}
    node, cells = with_classes_known(source, node, cells, lambda name: _named(name, cells, fn.__globals__, names))
    *_, owner, _ = "", *fn.__qualname__.split(".")
    unit = Unit(source.file, source.lines, fn.__globals__, names, cells, recognise, owner or None)
    _plain_function(source)
    if fn not in READ:
        node = desugar(node, lambda name: _outside(unit, name), recognise, names.__setitem__, inlined,
                       unit.space())
    if gives:
        give_first(node)
    name = "fn" if isinstance(node, gast.Lambda) else fn.__name__
    return lower_function(unit, node, name, {}, frozenset())


def _outside(unit: Unit, name: str) -> Any:
    """What a name is outside of the function."""
    return _named(name, unit.cells, unit.globals, unit.builtins)


def _named(name: str, cells: dict[str, Any], space: dict[str, Any], others: Mapping[str, Any]) -> Any:
    if name in cells:
        try:
            return cells[name].cell_contents
        except ValueError:
            return UNKNOWN
    return space.get(name, others.get(name, UNKNOWN))


def _plain_function(source: Source) -> None:
    """Refuse coroutines."""
    code = source.fn.__code__
    if code.co_flags & (inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR):
        text = source.lines[source.first_line - 1].strip()
        raise UnsupportedError(f"`{code.co_name}` is asynchronous", construct="async",
                               origin=Origin(source.file, source.first_line, text, code.co_name),
                               advice="differentiate a plain function that returns a value")
