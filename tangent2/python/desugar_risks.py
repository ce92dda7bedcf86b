"""What may raise: which expressions of a `try` block are attempted, by the classes that are caught."""
from __future__ import annotations

import builtins
import copy
import inspect
import math
import operator
import time
import types
from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from tangent2.core.objects import package_of
from tangent2.python.desugar_generators import generator_of, located_new
from tangent2.python.desugar_state import UNKNOWN, Desugaring
from tangent2.python.fence import ITERATORS, MUTATORS
from tangent2.python.lower_names import parameters
from tangent2.python.parts import children, walk

_DIVIDING = (gast.Div, gast.Mod, gast.FloorDiv, gast.Pow)
_BY_NODE: tuple[tuple[type, tuple[type, ...]], ...] = (
    (gast.Subscript, (LookupError, TypeError, ValueError)), (gast.Attribute, (AttributeError,)),
    (gast.BinOp, (ValueError, TypeError, FloatingPointError, OverflowError)),
    (gast.UnaryOp, (TypeError,)), (gast.Compare, (TypeError,)),
)
_SAFE = (len, abs, isinstance, range, zip, enumerate, reversed, print, str, repr, tuple, list, dict, type, id, hasattr)
_CHANGES = frozenset((*MUTATORS, "append", "pop", "__next__"))


class Risks:
    """Whether code may raise one of the classes; an unknown class may be any."""

    def __init__(self, D: Desugaring, classes: list[Any]) -> None:
        self.D = D
        found = [D.resolve(c) for c in classes]
        flat = [part for each in found for part in (each if isinstance(each, tuple) else (each,))]
        self.any = not all(isinstance(c, type) for c in flat)
        self.classes = tuple([c for c in flat if isinstance(c, type)])

    def meets(self, *raised: type) -> bool:
        """Whether one of some exceptions, or of their kinds, is caught."""
        return self.any or any(issubclass(r, c) or issubclass(c, r) for r in raised for c in self.classes)

    def expression(self, node: Any) -> bool:
        """Whether an expression may raise; the body of a lambda is not run."""
        if isinstance(node, (gast.Lambda, gast.Constant)):
            return False
        return self.itself(node) or any(map(self.expression, children(node)))

    def itself(self, node: Any) -> bool:
        if isinstance(node, gast.Call):
            return self.call(node)
        if isinstance(node, gast.Subscript) and not isinstance(node.ctx, gast.Load):
            return False
        if isinstance(node, gast.BinOp) and isinstance(node.op, _DIVIDING) and self.meets(ZeroDivisionError):
            return True
        if isinstance(node, gast.Attribute) and isinstance(self.D.resolve(node.value), types.ModuleType):
            return False
        if isinstance(node, gast.Compare) and all(isinstance(op, (gast.Is, gast.IsNot)) for op in node.ops):
            return False
        return any(isinstance(node, kind) and self.meets(*raised) for kind, raised in _BY_NODE)

    def call(self, node: Any) -> bool:
        """Whether a call may raise: functions of NumPy and the like raise no classes of the user's."""
        obj = self.D.resolve(node.func)
        if any(obj is each for each in _SAFE):
            return self.is_strict(node) and self.meets(ValueError)
        if isinstance(obj, type) and issubclass(obj, BaseException):
            return False
        if self.any or self.meets(ArithmeticError, LookupError, TypeError, ValueError, RuntimeError):
            if not all(issubclass(c, np.linalg.LinAlgError) for c in self.classes) or self.any:
                return True
        linear = "linalg" in str(getattr(obj, "__module__", "")) or obj is UNKNOWN
        known = isinstance(obj, (np.ufunc, types.BuiltinFunctionType)) or package_of(obj) in ("numpy", "math")
        return linear or not known

    def is_strict(self, node: Any) -> bool:
        """Whether a node is a `zip` that raises if what it runs over differs in length."""
        return isinstance(node, gast.Call) and self.D.resolve(node.func) is zip and any(
            k.arg == "strict" and getattr(k.value, "value", True) is not False for k in node.keywords)

    def iterable(self, node: Any) -> bool:
        """Whether what a loop runs over may raise when it is made."""
        if isinstance(node, gast.GeneratorExp):
            return False
        if isinstance(node, gast.Call):
            obj = self.D.resolve(node.func)
            lazy = generator_of(obj) is not None or inspect.isgeneratorfunction(obj)
            view = getattr(node.func, "attr", "") in ("items", "keys", "values")
            if lazy or view or any(obj is each for each in (*ITERATORS, range)):
                return False
        return self.expression(node)

    def statement(self, stmt: Any) -> bool:
        """Whether a simple statement may raise."""
        return self.attempted(stmt) is not None or split_effect(stmt, lambda title: title, self.expression) is not None

    def attempted(self, stmt: Any) -> tuple[Any, bool] | None:
        """What of a simple statement is attempted next, and whether its value takes the place of it."""
        value = getattr(stmt, "value", None)
        if isinstance(stmt, (gast.Assign, gast.AnnAssign, gast.Expr, gast.Return, gast.AugAssign)) \
                and value is not None and self.expression(value):
            return self.of_change(value) if changes(value) and not self.is_users(value) else (value, True)
        if isinstance(stmt, gast.AugAssign):
            return self.augmented(stmt)
        targets = stmt.targets if isinstance(stmt, (gast.Assign, gast.Delete)) else []
        for target in targets:
            if isinstance(target, gast.Subscript) and self.meets(LookupError):
                sliced = any(isinstance(n, gast.Slice) for n in walk(target.slice))
                read = "A[B] is None" if sliced or isinstance(stmt, gast.Delete) else "?reachable(A, B)"
                return _built(read, target, A=target.value, B=target.slice), False
        return None

    def is_users(self, value: Any) -> bool:
        """Whether a call is of a method that a class of the user's has, and neither lists nor dicts have."""
        func = getattr(value, "func", None)
        return isinstance(func, gast.Attribute) and self.D.is_method(func.attr) and not any(
            map(changes, (func.value, *value.args, *(k.value for k in value.keywords)))) and not any(
                hasattr(kind, func.attr) for kind in (list, dict))

    def augmented(self, stmt: Any) -> tuple[Any, bool] | None:
        """`x op= v`, whose operation or place may raise: the same as an expression."""
        divides = isinstance(stmt.op, _DIVIDING) and self.meets(ZeroDivisionError)
        if divides or self.meets(FloatingPointError, ValueError) or (
                isinstance(stmt.target, gast.Subscript) and self.meets(LookupError)):
            target = copy.deepcopy(stmt.target)
            target.ctx = gast.Load()
            return gast.copy_location(gast.BinOp(target, stmt.op, copy.deepcopy(stmt.value)), stmt), False
        return None

    def of_change(self, value: Any) -> tuple[Any, bool] | None:
        """`xs.pop()` and `d.pop(k)`: whether there is something to take is asked first; of `d[k].append(v)`, `d[k]`."""
        base = value.func.value if isinstance(value, gast.Call) and isinstance(value.func, gast.Attribute) else None
        if isinstance(base, gast.Subscript) and value.func.attr != "pop" and self.meets(LookupError):
            return base, False
        if isinstance(value, gast.Call) and isinstance(value.func, gast.Attribute) and value.func.attr == "pop" \
                and len(value.args) < 2 and not value.keywords and self.meets(LookupError):
            key = value.args[0] if value.args else gast.Constant(-1, None)
            return _built("A[B]", value, A=value.func.value, B=key), False
        return None


def _built(text: str, place: Any, **parts: Any) -> Any:
    from tangent2.python.desugar_state import build
    return located_new(build(text, place, **parts), place)


def changes(node: Any) -> bool:
    """Whether an expression changes a name, or what a name stands for."""
    for part in walk(node):
        if isinstance(part, (gast.NamedExpr, gast.Yield, gast.YieldFrom, gast.Await)):
            return True
        if isinstance(part, gast.Call) and (getattr(part.func, "attr", None) in _CHANGES
                                            or getattr(part.func, "id", None) == "next"):
            return True
    return False


def split_effect(stmt: Any, new: Callable[[str], str], risky: Callable[[Any], bool]) -> list[Any] | None:
    """`xs.append(f(x))` as `v = f(x)` and `xs.append(v)`."""
    call = stmt.value if isinstance(stmt, gast.Expr) else None
    if not (isinstance(call, gast.Call) and getattr(call.func, "attr", None) in _CHANGES) or call.keywords:
        return None
    if not any(map(risky, call.args)) or any(isinstance(a, gast.Starred) or changes(a) for a in call.args):
        return None
    before, args = [], []
    for arg in call.args:
        if not risky(arg):
            args.append(arg)
            continue
        name = new("item")
        before.append(gast.Assign([gast.Name(name, gast.Store(), None, None)], arg, None))
        args.append(gast.Name(name, gast.Load(), None, None))
    last = gast.Expr(gast.Call(call.func, args, []))
    return [located_new(s, stmt) for s in (*before, last)]


_QUIET = (np, math, operator, time)


def is_quiet(D: Desugaring, stmts: list[Any]) -> bool:
    """Whether statements do no more than bind names of the function: nobody sees it if the function is left."""
    if any(isinstance(n, (gast.Nonlocal, gast.Global)) for n in walk(D.function)):
        return False
    return all(_is_quiet(D, s) for s in stmts)


def _is_quiet(D: Desugaring, stmt: Any) -> bool:
    if isinstance(stmt, gast.Pass):
        return True
    if isinstance(stmt, gast.Expr):     # `xs.append(v)` of a list of the function's own
        call = stmt.value
        return isinstance(call, gast.Call) and getattr(call.func, "attr", "") == "append" and isinstance(
            call.func.value, gast.Name) and D.resolve(call.func.value) is UNKNOWN and not D.is_method(
                "append") and not any(_calls(D, a) for a in call.args) and call.func.value.id not in _parameters(D)
    if isinstance(stmt, gast.If):
        return not _calls(D, stmt.test) and all(_is_quiet(D, s) for s in (*stmt.body, *stmt.orelse))
    targets = stmt.targets if isinstance(stmt, gast.Assign) else [getattr(stmt, "target", None)]
    named = isinstance(stmt, (gast.Assign, gast.AugAssign)) and all(isinstance(t, gast.Name) for t in targets)
    return named and not _calls(D, stmt.value)


def _parameters(D: Desugaring) -> set[str]:
    return {p.id for p in parameters(D.function.args)}


def _calls(D: Desugaring, node: Any) -> bool:
    """Whether an expression calls what may be noticed."""
    for part in walk(node):
        if isinstance(part, gast.Call):
            obj = D.resolve(part.func)
            home = package_of(obj)
            if obj is UNKNOWN or home not in {m.__name__ for m in _QUIET} and not (
                    home == "builtins" and obj in (float, int, abs, len, max, min, sum) and hasattr(builtins, "len")):
                return True
    return False
