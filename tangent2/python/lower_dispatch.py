"""Calls that pick their function from a table, `ops[name](x)`: a choice between calls of each."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gast

from tangent2.core import prims
from tangent2.core.syntax import Atom, Const, Exit, Raise, Value
from tangent2.python.lower_branches import branch, choose, join
from tangent2.python.lower_outside import is_function, is_outside, is_private, outside
from tangent2.python.lower_state import Lowering
from tangent2.python.lower_verbatim import verbatim
from tangent2.python.parts import walk

_CALLED, _RESULT = "?called", "?result"
Known = Callable[[Lowering, Any, Any, "str | None"], Atom]


@dataclass(frozen=True)
class Table:
    """Functions by key: atoms of this function, or objects from outside."""

    keys: tuple[Any, ...]
    functions: tuple[Any, ...]
    is_outside: bool
    is_list: bool


def table_of(L: Lowering, func: Any) -> Table | None:
    """The display, or the dict or list from outside, of which a subscript picks a function."""
    if not isinstance(func, gast.Subscript) or isinstance(func.slice, (gast.Slice, gast.Tuple)) or not isinstance(
            func.value, gast.Name):
        return None
    if is_outside(L, func.value.id):
        return _from_outside(L, func.value)
    base = L.env.get(func.value.id)
    if not isinstance(base, Value) or not is_private(L, func.value):
        return None
    known = L.unit.dicts.get(base)
    items = tuple(known.values()) if known is not None else L.unit.lists.get(base) or L.unit.tuples.get(base) or ()
    if not items or not all(isinstance(a, Value) and is_function(L, a) for a in items):
        return None
    return Table(tuple(range(len(items))) if known is None else tuple(known), items, False, known is None)


def _from_outside(L: Lowering, node: Any) -> Table | None:
    value = outside(L, node)[0]
    if type(value) not in (dict, list, tuple) or not value:
        return None
    keys = tuple(value) if isinstance(value, dict) else tuple(range(len(value)))
    functions = tuple(value.values() if isinstance(value, dict) else value)
    if not all(type(k) in (str, int, bool) for k in keys) or not all(
            callable(f) and L.unit.recognise(f) is not None for f in functions):
        return None
    L.expr(node)        # read, so that it is noticed when the table changes
    return Table(keys, functions, True, not isinstance(value, dict))


def dispatched(L: Lowering, node: Any, table: Table, known: Known, hint: str | None) -> Atom:
    """Call the function under the key; where there is none, raise what the subscript would."""
    key = L.expr(node.func.slice)
    count = len(table.keys)
    if isinstance(key, Const) and (key.value in table.keys or table.is_list):
        k = key.value if table.is_list else table.keys.index(key.value)
        if type(k) is int and -count <= k < count:
            return _called(L, node, table, k % count, known, hint)
    if table.is_list:       # counted from its end too
        first = key
        key = choose(L, L.op(prims.LT, first, Const(0)), lambda: L.op(prims.ADD, first, Const(count)), lambda: first)

    def rest(k: int) -> Exit | None:
        if k == count:
            return Raise((_error(L, node, table),))

        def then() -> Exit | None:
            L.env[_RESULT] = _called(L, node, table, k, known, hint)
            return None
        join(L, L.op(prims.EQ, key, Const(table.keys[k])), branch(L, then), branch(L, lambda: rest(k + 1)), None, hint)
        return None
    rest(0)
    return L.env.pop(_RESULT)


def _called(L: Lowering, node: Any, table: Table, k: int, known: Known, hint: str | None) -> Atom:
    func = gast.copy_location(gast.Name(_CALLED, gast.Load(), None, None), node.func)
    made = gast.copy_location(gast.Call(func, node.args, node.keywords), node)
    if table.is_outside:
        return known(L, made, table.functions[k], hint)
    L.env[_CALLED] = table.functions[k]
    try:
        return L.expr(made, hint)
    finally:
        L.env.pop(_CALLED, None)


def _error(L: Lowering, node: Any, table: Table) -> Atom:
    error = gast.Call(gast.Name("IndexError" if table.is_list else "KeyError", gast.Load(), None, None), [], [])
    for part in walk(error):
        gast.copy_location(part, node.func)
    return verbatim(L, error)
