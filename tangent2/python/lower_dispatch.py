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
from tangent2.python.operators import as_expression, is_operator
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


def table_of(L: Lowering, node: Any) -> Table | None:
    """The display, or the dict or list from outside, of which a subscript picks the function that is called."""
    func = node.func
    if not isinstance(func, gast.Subscript) or isinstance(func.slice, (gast.Slice, gast.Tuple)) or not isinstance(
            func.value, gast.Name):
        return None
    if is_outside(L, func.value.id):
        return _from_outside(L, func.value, node)
    base = L.env.get(func.value.id)
    if not isinstance(base, Value) or not is_private(L, func.value):
        return None
    known = L.unit.dicts.get(base)
    items = tuple(known.values()) if known is not None else L.unit.lists.get(base) or L.unit.tuples.get(base) or ()
    if not items or not all(isinstance(a, Value) and is_function(L, a) for a in items):
        return None
    return Table(tuple(range(len(items))) if known is None else tuple(known), items, False, known is None)


def _from_outside(L: Lowering, node: Any, call: Any) -> Table | None:
    value = outside(L, node)[0]
    if type(value) not in (dict, list, tuple) or not value:
        return None
    keys = tuple(value) if isinstance(value, dict) else tuple(range(len(value)))
    functions = tuple(value.values() if isinstance(value, dict) else value)
    if not all(type(k) in (str, int, bool) for k in keys) or not all(
            callable(f) and (L.unit.recognise(f) is not None or _is_spelled(f, call)) for f in functions):
        return None
    L.expr(node)        # read, so that it is noticed when the table changes
    return Table(keys, functions, True, not isinstance(value, dict))


def _is_spelled(fn: Any, call: Any) -> bool:
    """Whether a function of `operator` is called by a sign, or with as many arguments as it does not take."""
    plain = not call.keywords and not any(isinstance(a, gast.Starred) for a in call.args)
    return plain and is_operator(fn)


def dispatched(L: Lowering, node: Any, table: Table, known: Known, hint: str | None) -> Atom:
    """Call the function under the key; where there is none, raise what the subscript would."""
    key = L.expr(node.func.slice)
    count = len(table.keys)
    if isinstance(key, Const) and (key.value in table.keys or table.is_list):
        k = key.value if table.is_list else table.keys.index(key.value)
        if type(k) is int and -count <= k < count and not (
                table.is_outside and _takes_others(L, table.functions[k], node)):
            return _called(L, node, table, k % count, known, hint)
    if table.is_list:       # counted from its end too
        first = key
        key = choose(L, L.op(prims.LT, first, Const(0)), lambda: L.op(prims.ADD, first, Const(count)), lambda: first)

    wrong = {k for k in range(count) if table.is_outside and _takes_others(L, table.functions[k], node)}

    def rest(k: int) -> Exit | None:
        if k == count:
            return Raise((_missing(L, node, table, key, sorted(wrong)),))
        if k in wrong:
            return rest(k + 1)

        def then() -> Exit | None:
            L.env[_RESULT] = _called(L, node, table, k, known, hint)
            return None
        join(L, L.op(prims.EQ, key, Const(table.keys[k])), branch(L, then), branch(L, lambda: rest(k + 1)), None, hint)
        return None
    rest(0)
    return L.env.pop(_RESULT)


def _takes_others(L: Lowering, fn: Any, node: Any) -> bool:
    """Whether a function of `operator` is given more or fewer arguments than it takes."""
    return L.unit.recognise(fn) is None and as_expression(fn, node) is None


def _called(L: Lowering, node: Any, table: Table, k: int, known: Known, hint: str | None) -> Atom:
    func = gast.copy_location(gast.Name(_CALLED, gast.Load(), None, None), node.func)
    made = gast.copy_location(gast.Call(func, node.args, node.keywords), node)
    if table.is_outside:
        fn = table.functions[k]
        spelled = as_expression(fn, made) if L.unit.recognise(fn) is None else None
        return known(L, made, fn, hint) if spelled is None else L.expr(spelled, hint)
    L.env[_CALLED] = table.functions[k]
    try:
        return L.expr(made, hint)
    finally:
        L.env.pop(_CALLED, None)


def _missing(L: Lowering, node: Any, table: Table, key: Atom, wrong: list[int]) -> Atom:
    """What is raised where no function can be called: there is none, or it takes other arguments."""
    if not wrong:
        return _error(L, node, "IndexError" if table.is_list else "KeyError")
    there = L.op(prims.EQ, key, Const(table.keys[wrong[0]]))
    return choose(L, there, lambda: _error(L, node, "TypeError"), lambda: _missing(L, node, table, key, wrong[1:]))


def _error(L: Lowering, node: Any, name: str) -> Atom:
    error = gast.Call(gast.Name(name, gast.Load(), None, None), [], [])
    for part in walk(error):
        gast.copy_location(part, node.func)
    return verbatim(L, error)
