"""Handlers: the classes that they name, and the name that an exception has while one of them runs."""
from __future__ import annotations

from typing import Any

import gast

from tangent2.python.desugar_exits import Leaving, load
from tangent2.python.desugar_generators import located_new
from tangent2.python.desugar_state import UNKNOWN, Desugaring
from tangent2.python.parts import walk


def classes_of(node: Any) -> list[Any]:
    """The expressions of the classes that the handlers of a `try` name; a bare `except` is of all.

    >>> node = gast.parse("try: f()\\nexcept (A, B): pass\\nexcept C: pass\\nexcept: pass").body[0]
    >>> [gast.unparse(each).strip() for each in classes_of(node)]
    ['A', 'B', 'C', 'BaseException']
    """
    kinds = [h.type if h.type is not None else load("BaseException") for h in node.handlers]
    return [part for kind in kinds for part in (kind.elts if isinstance(kind, gast.Tuple) else [kind])]


def known_classes(D: Desugaring, node: Any) -> Any:
    """The classes that the handlers catch, or UNKNOWN."""
    found: list[type] = []
    for part in classes_of(node):
        obj = D.resolve(part)
        if isinstance(obj, tuple):
            found += obj
        elif isinstance(obj, type):
            found.append(obj)
        else:
            return UNKNOWN
    return tuple(found)


def one_by_one(D: Desugaring, parts: list[Any]) -> bool:
    """Whether expressions are of one class each, so that they may stand in one tuple; a single one may be a tuple."""
    return len(parts) == 1 or all(isinstance(D.resolve(part), type) for part in parts)


def catches_unbound_names(D: Desugaring, node: Any) -> bool:
    """Whether a handler is for names that are read where nothing is bound to them."""
    found = known_classes(D, node)
    return found is not UNKNOWN and any(issubclass(c, NameError) for c in found)


def name_of(handler: Any) -> str | None:
    """The name that an exception has in a handler."""
    name: str | None = getattr(handler.name, "id", handler.name)
    return name


def body_of(handler: Any, new: Any) -> list[Any]:
    """The body of a handler, after which the name of its exception is unbound.

    >>> node = gast.parse("try: f()\\nexcept E as e:\\n if g(e): break\\n h()").body[0]
    >>> for s in body_of(node.handlers[0], None): print(gast.unparse(s).strip())
    if g(e):
        del e
        break
    h()
    del e
    """
    name = name_of(handler)
    body: list[Any] = handler.body
    if not name or any(isinstance(n, gast.Name) and n.id == name and isinstance(n.ctx, gast.Del)
                       or isinstance(n, gast.ExceptHandler) and name_of(n) == name for s in body for n in walk(s)):
        return body
    gone = located_new(gast.Delete([gast.Name(name, gast.Del(), None, None)]), handler)
    stmts = Leaving([gone], new, returns=False).block(body)
    ends = isinstance(stmts[-1], (gast.Return, gast.Raise, gast.Break, gast.Continue))
    return stmts if ends else [*stmts, gone]
