"""`functools.singledispatch`: a call chooses by `isinstance`, the most special class first."""
from __future__ import annotations

from typing import Any

import gast

from tangent2.python.desugar_state import UNKNOWN, Desugaring, build


def is_dispatched(obj: Any) -> bool:
    """Whether an object is a function made by `singledispatch`."""
    return callable(obj) and hasattr(obj, "registry") and hasattr(obj, "dispatch") and hasattr(obj, "__wrapped__")


def dispatched_call(D: Desugaring, node: Any, obj: Any) -> Any:
    """The call of the implementation for the class of the first argument."""
    first = node.args[0] if node.args else None
    if first is None or isinstance(first, gast.Starred):
        return None
    classes = sorted((c for c in obj.registry if c is not object), key=lambda c: -len(c.__mro__))
    named = [_class(D, c) for c in classes]
    if None in named:
        return None
    test = first if isinstance(first, (gast.Name, gast.Constant)) else gast.Name(
        f"?chosen#{node.lineno}.{node.col_offset}", gast.Load(), None, None)

    def called(fn: Any) -> Any:
        name = f"?{fn.__name__}#{id(fn)}"
        D.provide(name, fn)
        return gast.copy_location(gast.Call(gast.copy_location(gast.Name(name, gast.Load(), None, None), node), [
            test, *node.args[1:]], node.keywords), node)
    found = called(obj.registry[object])
    for cls, kind in reversed(list(zip(classes, named))):
        found = build("A if ?isinstance(X, K) else B", node, A=called(obj.registry[cls]), B=found, X=test, K=kind)
    if test is first:
        return found
    held = build("(X, Y)[1]", node, X=first, Y=found)
    held.value.elts[0] = gast.copy_location(gast.NamedExpr(gast.copy_location(gast.Name(
        test.id, gast.Store(), None, None), node), first), node)
    return held


def _class(D: Desugaring, cls: type) -> Any:
    """An expression for a class: by its own name, or as one of NumPy."""
    if D.lookup(cls.__name__) is cls and not any(cls.__name__ in scope for scope in D.scopes):
        return gast.Name(cls.__name__, gast.Load(), None, None)
    numpy = D.lookup("np")
    if numpy is not UNKNOWN and getattr(numpy, cls.__name__, None) is cls and not any("np" in s for s in D.scopes):
        return gast.Attribute(gast.Name("np", gast.Load(), None, None), cls.__name__, gast.Load())
    return None
