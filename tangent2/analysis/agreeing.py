"""Which extents of the arguments a function demands to be equal: operations that a derivative needs no more ask it."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tangent2.core.dims import canonical
from tangent2.core.kinds import UNKNOWN, Array, Dict, Kind, Sym, Tuple
from tangent2.core.objectkinds import frozen
from tangent2.core.syntax import Atom, Call, If, Typed, Value
from tangent2.core.walk import may_leave
from tangent2.core.widening import bounded
from tangent2.errors import TangentError

_DEEPEST = 8


def agreeing(typed: Typed, kinds: tuple[Kind, ...], depth: int = 0) -> list[set[int]]:
    """Groups of extents, by the numbers of their symbols in `kinds`, that are equal where the function returns.

    >>> from tangent2.core.syntax import Function, Region, Return
    >>> x, y = Value("x"), Value("y")
    >>> given = Array("float64", (Sym(0),)), Array("float64", (Sym(1), Sym(2)))
    >>> found = {x: Array("float64", (Sym(0),)), y: Array("float64", (Sym(1), Sym(0)))}
    >>> agreeing(Typed(Function("f", (x, y), Region((), Return((x,)))), found, UNKNOWN), given)
    [{0, 2}]
    """
    groups: dict[int, set[int]] = {}
    for param, kind in zip(typed.function.params, kinds):
        for before, now in zip(_syms(kind), _syms(typed.kinds.get(param, UNKNOWN))):
            groups.setdefault(now, set()).add(before)
    own = {sym for kind in kinds for sym in _syms(kind)}        # others are those of what is read from outside
    found = list(groups.values())
    for call in _calls(typed) if depth < _DEEPEST else ():
        found += [{n for sym in group for n in groups.get(sym, {sym})} for group in _of_call(typed, call, depth)]
    return [group & own for group in _merged(found) if len(group & own) > 1]


def _syms(kind: Kind) -> Iterator[int]:
    """The symbols of the arrays in a kind, in order."""
    if isinstance(kind, Array):
        yield from [d.index for d in kind.shape or () if isinstance(d, Sym)]
    elif isinstance(kind, Tuple):
        for elt in kind.elts:
            yield from _syms(elt)
    elif isinstance(kind, Dict):
        for _, elt in kind.items or ():
            yield from _syms(elt)


def _calls(typed: Typed) -> Iterator[Call]:
    """The calls that run whenever the function returns: up to what may leave it."""
    for stmt in typed.function.body.stmts:
        if isinstance(stmt, If) and (may_leave(stmt.then) or may_leave(stmt.orelse)):
            return
        if isinstance(stmt, Call):
            yield stmt


def _of_call(typed: Typed, call: Call, depth: int) -> list[set[int]]:
    """The groups of a callee in the symbols of its caller."""
    def kind(atom: Atom) -> Kind:
        return typed.kinds.get(atom, UNKNOWN) if isinstance(atom, Value) else UNKNOWN
    renamed, names = canonical(tuple([frozen(bounded(kind(a))) for a in call.args]))
    try:
        inner = agreeing(call.callee.core(renamed), renamed, depth + 1)
    except TangentError:
        return []
    back: dict[int, Any] = {new.index: old for new, old in names.items()}
    return [{back[n].index for n in group if n in back} for group in inner]


def _merged(groups: list[set[int]]) -> list[set[int]]:
    """Groups that have a member in common are one."""
    found: list[set[int]] = []
    for group in groups:
        for other in [o for o in found if not o.isdisjoint(group)]:
            found.remove(other)
            group = group | other
        found.append(group)
    return found
