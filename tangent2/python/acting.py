"""Code that may do something which others see: what a generator may not do if its items are listed before their turn.

This decides only how a loop is written; whether memory really changes is checked where memory is known
(`analysis/late.py`).  So what is not known is taken to act.
"""
from __future__ import annotations

import builtins
import types
from typing import Any

import gast

from tangent2.errors import TangentError
from tangent2.python.desugar_generators import Generator, own_parts
from tangent2.python.desugar_state import UNKNOWN, Desugaring
from tangent2.python.fence import READING, TELLING, is_reader
from tangent2.python.lower_names import parameters, root_name, scan, target_names
from tangent2.python.parts import walk
from tangent2.python.read import read

_FRESH = (gast.Constant, gast.List, gast.Tuple, gast.Dict, gast.ListComp, gast.BinOp, gast.UnaryOp, gast.Compare)
Seen = tuple[Any, ...]          # the functions around, of which a call is one of itself


def acts(D: Desugaring, *nodes: Any, seen: Seen = ()) -> bool:
    """Whether the evaluation of expressions, or a call of what they name, may do something that others see.

    >>> D = Desugaring(lambda name: {"abs": abs}.get(name, UNKNOWN))
    >>> D.function = gast.parse("def f(): pass").body[0]
    >>> [acts(D, gast.parse(text).body[0].value) for text in ("[abs(v) for v in x]", "xs.pop()", "(n := 1)")]
    [False, True, True]
    """
    return any(_acts(D, part, seen) for node in nodes if node is not None for part in walk(node))


def _acts(D: Desugaring, node: Any, seen: Seen) -> bool:
    if isinstance(node, gast.Call):
        return _called(D, node.func, seen)
    if isinstance(node, gast.Name) and isinstance(node.ctx, gast.Load):
        obj = D.resolve(node)
        return isinstance(obj, types.FunctionType) and _does(D, obj, seen) or _does_inside(D, node, seen)
    return isinstance(node, (gast.NamedExpr, gast.Yield, gast.YieldFrom, gast.Await))


def _called(D: Desugaring, func: Any, seen: Seen) -> bool:
    """Whether a call of what an expression is may do something that others see."""
    if isinstance(func, gast.Lambda):
        return False        # its body is looked at as a part
    obj = D.resolve(func)
    if obj is not UNKNOWN and obj is not None:
        return _does(D, obj, seen)
    if isinstance(func, gast.Attribute):
        return func.attr not in READING and func.attr not in TELLING
    return not _inner(D, func) or _does_inside(D, func, seen)


def _does(D: Desugaring, obj: Any, seen: Seen) -> bool:
    """The same of a call of an object."""
    if isinstance(obj, Generator):
        return _body_does(D, obj.node, (*seen, obj.node))
    if not isinstance(obj, types.FunctionType) or is_reader(obj):
        return not (is_reader(obj) or isinstance(obj, type) and issubclass(obj, tuple))
    if obj in seen:
        return False
    try:
        node = read(obj).node
    except TangentError:
        return True
    inside = Desugaring(lambda name: obj.__globals__.get(name, getattr(builtins, name, UNKNOWN)))
    inside.function = node
    own = [p.id for p in parameters(node.args)] + list(scan(node.body).bound if isinstance(node.body, list) else ())
    inside.scopes.append(dict.fromkeys([*own, *obj.__code__.co_freevars], UNKNOWN))
    return _body_does(inside, node, (*seen, obj))


def _inner(D: Desugaring, func: Any) -> list[Any]:
    """The functions inside that a name may be."""
    return [n for n in walk(D.function) if isinstance(n, gast.FunctionDef) and n.name == getattr(func, "id", None)]


def _does_inside(D: Desugaring, name: Any, seen: Seen) -> bool:
    return any(_body_does(D, n, (*seen, n)) for n in _inner(D, name) if n not in seen)


def _body_does(D: Desugaring, node: Any, seen: Seen) -> bool:
    """Whether a function stores in what it did not make, or calls what may do so."""
    if not isinstance(node.body, list):
        return acts(D, node.body, seen=seen)
    parts = own_parts(node)
    own = _made(node, parts)
    for part in parts:
        if isinstance(part, (gast.Nonlocal, gast.Global, gast.Delete)):
            return True
        if isinstance(part, (gast.Subscript, gast.Attribute)) and not isinstance(part.ctx, gast.Load) \
                and root_name(part) not in own:
            return True
        if isinstance(part, gast.AugAssign) and isinstance(part.target, gast.Name) and part.target.id not in own:
            return True
    return any(_acts(D, n, seen) for n in parts if not isinstance(n, (gast.Yield, gast.YieldFrom))
               and not (isinstance(n, gast.Call) and _is_of(n.func, own)))


def _is_of(func: Any, own: set[str]) -> bool:
    """Whether a function is the method of a list of the function's own: `found.append`."""
    return isinstance(func, gast.Attribute) and isinstance(func.value, gast.Name) and func.value.id in own


def _made(node: Any, parts: list[Any]) -> set[str]:
    """The names that are bound to nothing but what the function made."""
    taken = {p.id for p in parameters(node.args)}
    for part in parts:
        if isinstance(part, gast.Assign) and not isinstance(part.value, _FRESH):
            taken.update(name for target in part.targets for name in target_names(target))
        elif isinstance(part, (gast.For, gast.comprehension)):
            taken.update(target_names(part.target))
        elif isinstance(part, gast.With):
            taken.update(n.id for item in part.items for n in walk(item) if isinstance(n, gast.Name))
    return set(scan(node.body).bound) - taken
