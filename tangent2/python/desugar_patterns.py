"""Assignments that take something apart, in a `try` block: that may raise, so it is attempted as a whole."""
from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import gast

from tangent2.python.desugar_exits import load
from tangent2.python.desugar_generators import located_new

_PATTERNS = (gast.Tuple, gast.List)
_EXTENDING = ("extend", "extendleft", "update")


def is_taken_apart(stmt: Any) -> bool:
    """Whether a statement takes a value apart whose length is not seen."""
    target = stmt.targets[0] if isinstance(stmt, gast.Assign) and len(stmt.targets) == 1 else None
    return isinstance(target, _PATTERNS) and not _fits(target, stmt.value)


def _fits(target: Any, value: Any) -> bool:
    if not isinstance(target, _PATTERNS):
        return True
    return isinstance(value, _PATTERNS) and len(value.elts) == len(target.elts) and not any(
        isinstance(e, gast.Starred) for e in (*value.elts, *target.elts)) and all(
            _fits(t, v) for t, v in zip(target.elts, value.elts))


def taken_apart(stmt: Any, new: Callable[[str], str]) -> tuple[Any, str, Callable[[str], list[Any]]]:
    """A function that takes the value apart, its name, and what assigns the parts of what it gave.

    >>> stmt = gast.parse("a, *d[k] = s.split()").body[0]
    >>> names = iter("pqrstu")
    >>> made, name, rest = taken_apart(stmt, lambda title: next(names))
    >>> for s in (made, *rest("value")): print(gast.unparse(s).strip())
    def p():
        q, *r = s.split()
        return (q, r)
    a, s = value
    d[k] = s
    """
    name = new("parts")
    inner = [new("part") for _ in _leaves(stmt.targets[0])]
    pattern = _renamed(copy.deepcopy(stmt.targets[0]), iter(inner))
    result = gast.Tuple([load(n) for n in inner], gast.Load())
    body = [gast.Assign([pattern], stmt.value, None), gast.Return(result)]
    none = gast.arguments([], [], None, [], [], None, [])
    made = located_new(gast.FunctionDef(name, none, body, [], None, None, []), stmt)

    def rest(value: str) -> list[Any]:
        leaves = _leaves(stmt.targets[0])
        names = [leaf.id if isinstance(leaf, gast.Name) else new("part") for leaf in leaves]
        whole = gast.Tuple([gast.Name(n, gast.Store(), None, None) for n in names], gast.Store())
        first = gast.Assign([whole], load(value), None)
        first.plain = True
        others = [gast.Assign([leaf], load(n), None) for leaf, n in zip(leaves, names) if not
                   isinstance(leaf, gast.Name)]
        return [located_new(s, stmt) for s in (first, *others)]
    return made, name, rest


def _renamed(target: Any, names: Iterator[str]) -> Any:
    """A pattern with other names for its leaves."""
    if isinstance(target, _PATTERNS):
        target.elts = [_renamed(e, names) for e in target.elts]
        return target
    if isinstance(target, gast.Starred):
        target.value = _renamed(target.value, names)
        return target
    return gast.copy_location(gast.Name(next(names), gast.Store(), None, None), target)


def _leaves(target: Any) -> list[Any]:
    if isinstance(target, _PATTERNS):
        return [leaf for e in target.elts for leaf in _leaves(e)]
    return _leaves(target.value) if isinstance(target, gast.Starred) else [target]


def apart_from_loop(stmt: Any, new: Callable[[str], str]) -> None:
    """`for a, b in rows` as a loop whose body begins with `a, b = row`."""
    name = new("item")
    first = located_new(gast.Assign([stmt.target], load(name), None), stmt.target)
    stmt.target = gast.copy_location(gast.Name(name, gast.Store(), None, None), stmt.target)
    stmt.body = [first, *stmt.body]


def extending(stmt: Any) -> list[Any]:
    """What a statement adds to a container item by item: `xs.extend(g)`, `d.update(g)`, `xs += g`.

    >>> stmts = gast.parse("xs.extend(g(x)); xs += g(x); y = g(x)").body
    >>> [gast.unparse(n) for stmt in stmts for n in extending(stmt)]
    ['g(x)', 'g(x)']
    """
    value = getattr(stmt, "value", None)
    if isinstance(stmt, gast.AugAssign):
        return [value]
    return list(value.args) if isinstance(value, gast.Call) and getattr(value.func, "attr", "") in _EXTENDING else []
