"""Calls of NumPy's functions that are defined by others: what is given as a literal is a constant in them."""
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import FunctionType
from typing import Any

import gast

from tangent2.core.syntax import Atom, Call, Callee, Const, Function, Region, Value
from tangent2.core.walk import map_regions, substitute
from tangent2.definitions.define import OPTIONS, completion_of, is_within
from tangent2.python.lower_binding import arguments, bind, signature
from tangent2.python.lower_state import Lowering

Literals = tuple[tuple[int, type, Any], ...]        # positions, the types too: `True` is no 1


@dataclass(frozen=True)
class Specialised:
    """A definition, and what it is given as literals."""

    definition: FunctionType
    literals: Literals

    def __tangent2_callee__(self, compiler: Any) -> Callee:
        found: Callee = compiler.given(self.definition, self.literals)
        return found


def completion(L: Lowering, node: Any, function: Any) -> FunctionType | None:
    """The definition that a call needs because it gives an option that the rule of the function does not know."""
    found = None if is_within(L.unit.globals) else completion_of(function)
    if found is None:
        return None
    definition, ruled = found
    given = {**dict(zip(signature(definition).positional, node.args)), **{k.arg: k.value for k in node.keywords}}
    known = [isinstance(given[name], gast.Constant) and _is_one_of(given[name].value, values)
             for name, values in ruled.items() if name in given]
    return None if all(known) else definition


def _is_one_of(literal: Any, values: tuple[Any, ...]) -> bool:
    return any(literal == value or type(literal) is value for value in values)


def call_defined(L: Lowering, node: Any, definition: FunctionType, hint: str | None) -> Atom:
    """The call of a definition, for these literals, with its other arguments."""
    args = [_list_of(each) if isinstance(each, gast.GeneratorExp) else each for each in node.args]
    positional, keywords = arguments(L, gast.copy_location(gast.Call(node.func, args, node.keywords), node))
    atoms = bind(L, node, signature(definition), positional, keywords)
    literals, rest = literals_of(tuple(atoms))
    callee = L.unit.recognise(Specialised(definition, literals))
    assert isinstance(callee, Callee)
    out = Value(hint, hint is not None)
    L.stmts.append(Call((out,), callee, rest, L.origin))
    return out


def _list_of(node: Any) -> Any:
    """The list of what a generator gives, which a definition uses up at once."""
    return gast.copy_location(gast.ListComp(node.elt, node.generators), node)


def with_literals(function: Function, literals: Mapping[int, Any]) -> Function:
    """A function with literals for the parameters at these positions.

    >>> from tangent2.core import prims
    >>> from tangent2.core.show import show
    >>> from tangent2.core.syntax import Op, Region, Return
    >>> x, n, y = map(Value, "xny")
    >>> power = Function("power", (x, n), Region((Op((y,), prims.POW, (x, n)),), Return((y,))))
    >>> print(show(with_literals(power, {1: 2})))
    def power(x.0):
        y.1 = pow(x.0, 2)
        return y.1
    """
    fixed: dict[Value, Atom] = {function.params[k]: Const(value) for k, value in literals.items()}
    left = tuple([p for p in function.params if p not in fixed])
    return replace(function, params=left, body=substitute(function.body, fixed))


def hand_on(region: Region, given: Callable[[FunctionType, Literals], Callee]) -> Region:
    """A region in which definitions that are called with literals hold them as constants, too."""
    stmts = []
    for stmt in region.stmts:
        stmt = map_regions(stmt, lambda inner: hand_on(inner, given))
        own = stmt.callee.key if isinstance(stmt, Call) else None
        if isinstance(stmt, Call) and isinstance(own, FunctionType) and is_within(own.__globals__):
            literals, rest = literals_of(stmt.args)
            stmt = Call(stmt.outs, given(own, literals), rest, stmt.origin) if literals else stmt
        stmts.append(stmt)
    return Region(tuple(stmts), region.exit)


def literals_of(args: tuple[Atom, ...]) -> tuple[Literals, tuple[Atom, ...]]:
    """The literals among the arguments of a definition, and the others.

    >>> literals_of((Const(2.5), Const(True)))
    (((1, <class 'bool'>, True),), (2.5,))
    """
    found = {k: a.value for k, a in enumerate(args) if isinstance(a, Const) and isinstance(a.value, OPTIONS)}
    literals = tuple([(k, type(value), value) for k, value in found.items()])
    return literals, tuple([a for k, a in enumerate(args) if k not in found])
