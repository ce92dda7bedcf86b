"""What may raise: which expressions of a `try` block are attempted, by the classes that are caught."""
from __future__ import annotations

import builtins
import copy
import inspect
import math
import operator
import sys
import time
import types
from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from tangent2.core.objects import has_method, methods_of, package_of
from tangent2.errors import TangentError
from tangent2.python.desugar_generators import generator_of, located_new, own_parts
from tangent2.python.desugar_patterns import extending
from tangent2.python.desugar_state import UNKNOWN, Desugaring
from tangent2.python.fence import ITERATORS, MUTATORS
from tangent2.python.lower_names import parameters
from tangent2.python.parts import children, walk
from tangent2.python.read import read

_DIVIDING = (gast.Div, gast.Mod, gast.FloorDiv, gast.Pow)
_TRUTH = (gast.Is, gast.IsNot)
# What operations raise that are Python's own.
_BY_NODE: tuple[tuple[type, tuple[type, ...]], ...] = (
    (gast.Subscript, (LookupError, TypeError, ValueError)), (gast.Attribute, (AttributeError,)),
    (gast.BinOp, (ValueError, TypeError, FloatingPointError, OverflowError, Warning)),
    (gast.UnaryOp, (TypeError,)), (gast.Compare, (TypeError,)), (gast.FormattedValue, (TypeError, ValueError)),
)
_NUMBERS = (ArithmeticError, TypeError, ValueError, Warning)    # what a function of numbers raises
_TELLING = (isinstance, print, str, repr, type, id, hasattr)
_RUNNING = (len, abs, range, zip, enumerate, reversed, tuple, list, dict)
_CALLING = (np.apply_along_axis, np.apply_over_axes, np.fromfunction, np.piecewise, np.vectorize, np.frompyfunc,
            np.fromiter)        # functions of NumPy that call the user's
_CHANGES = frozenset((*MUTATORS, "append", "pop", "__next__"))


class Risks:
    """Whether code may raise one of the classes; an unknown class may be any."""

    def __init__(self, D: Desugaring, classes: list[Any]) -> None:
        self.D = D
        found = [D.resolve(c) for c in classes]
        flat = [part for each in found for part in (each if isinstance(each, tuple) else (each,))]
        self.any = not all(isinstance(c, type) for c in flat)
        self.classes = tuple([c for c in flat if isinstance(c, type)])
        self.linear = tuple([c for c in self.classes if issubclass(c, np.linalg.LinAlgError)])
        self.own = tuple([c for c in self.classes if c.__module__.split(".")[0] not in ("builtins", "numpy")])

    def meets(self, *raised: type) -> bool:
        """Whether one of some exceptions, or of their kinds, is caught."""
        return self.any or any(issubclass(r, c) or issubclass(c, r) for r in raised for c in self.classes)

    @property
    def only_own(self) -> bool:
        """Whether only classes of the user's are caught, which no operation on numbers raises."""
        return not self.any and len(self.own) == len(self.classes)

    @property
    def floats(self) -> bool:
        """Whether what arithmetic raises where it is told to, or warns of, is caught by name."""
        return any(issubclass(c, (FloatingPointError, Warning)) for c in self.classes)

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
        if isinstance(node, gast.Compare) and all(isinstance(op, _TRUTH) for op in node.ops):
            return False
        return any(isinstance(node, kind) and self.meets(*raised) for kind, raised in _BY_NODE) or bool(
            self.own) and any(map(self.is_method, methods_behind(node)))

    def is_method(self, name: str) -> bool:
        """Whether a class has a method of a name, in the module at hand or in one whose exceptions are caught."""
        homes = [vars(home) for c in self.own if (home := sys.modules.get(c.__module__)) is not None]
        return self.D.is_method(name) or any(has_method(home, name) for home in homes)

    def call(self, node: Any) -> bool:
        """Whether a call may raise: functions of NumPy and the like raise no classes of the user's."""
        obj = self.D.resolve(node.func)
        if any(obj is each for each in _TELLING) or isinstance(obj, type) and issubclass(obj, BaseException):
            return False
        if any(obj is each for each in _RUNNING):
            return bool(self.own) or self.meets(TypeError) or self.is_strict(node) and self.meets(ValueError)
        if "linalg" in str(getattr(obj, "__module__", "")) and self.linear:
            return True
        if isinstance(obj, np.ufunc) or package_of(obj) in ("math", "cmath", "operator", "_operator"):
            return self.any or self.without_linear(*_NUMBERS)
        if package_of(obj) == "numpy" and not any(obj is each for each in _CALLING):
            return self.any or self.without_linear(*[c for c in self.classes if c not in self.own])
        return True

    def without_linear(self, *raised: type) -> bool:
        """Whether one of some exceptions is caught by a class that not only linear algebra raises."""
        return any(issubclass(r, c) or issubclass(c, r) for r in raised for c in self.classes if c not in self.linear)

    def takes_apart(self, value: Any) -> bool:
        """Whether taking a value apart, or each item of it, may raise: what `enumerate` and the like give fits."""
        pairs = isinstance(value, gast.Call) and (getattr(value.func, "attr", "") == "items" or any(
            self.D.resolve(value.func) is each for each in (zip, enumerate)))
        return not pairs and (bool(self.own) or self.meets(TypeError, ValueError)) or self.expression(value)

    def is_strict(self, node: Any) -> bool:
        """Whether a node is a `zip` that raises if what it runs over differs in length."""
        return isinstance(node, gast.Call) and self.D.resolve(node.func) is zip and any(
            k.arg == "strict" and getattr(k.value, "value", True) is not False for k in node.keywords)

    def iterable(self, node: Any) -> bool:
        """Whether what a loop runs over may raise when it is made."""
        if isinstance(node, gast.Call) and self.D.resolve(node.func) is range:
            return any(map(self.expression, node.args))
        return not self.is_lazy(node) and self.expression(node)

    def is_lazy(self, node: Any) -> bool:
        """Whether nothing is computed yet where an expression stands, but what it is given."""
        if not isinstance(node, gast.Call):
            return isinstance(node, gast.GeneratorExp)
        obj = self.D.resolve(node.func)
        view = getattr(node.func, "attr", "") in ("items", "keys", "values")
        return view or generator_of(obj) is not None or inspect.isgeneratorfunction(obj) or any(
            obj is each for each in ITERATORS)

    def hidden(self, stmt: Any) -> str | None:
        """What of a statement calls a method that may raise, where nothing can be attempted; None if nothing."""
        if any(map(self.runs_late, extending(stmt))):
            return "a container that grows by what a generator gives"
        if isinstance(stmt, gast.AugAssign):
            op = methods_behind(gast.BinOp(stmt.target, stmt.op, stmt.value))[0]
            return "an operator that changes its object" if self.calls_one_that_raises(f"__i{op[2:]}") else None
        if isinstance(stmt, gast.For) and self.calls_one_that_raises("__iter__", "__next__"):
            return "a loop over an object of a class"
        for target in getattr(stmt, "targets", ()):
            if isinstance(target, gast.Attribute) and self.calls_one_that_raises(target.attr):
                return f"the setter of `{target.attr}`"
        if isinstance(stmt, (gast.Import, gast.ImportFrom)) and self.meets(ImportError):
            return "an import beside other statements"
        return None

    def calls_one_that_raises(self, *names: str) -> bool:
        """Whether a method, or the setter of a property, that a class in sight has under a name may raise."""
        spaces = [self.D.space, *[vars(h) for c in self.own if (h := sys.modules.get(c.__module__)) is not None]]
        found = [getattr(each, "fset", each) for space in spaces for n in names for each in methods_of(space, n)]
        return any(self.raises(each) for each in found if isinstance(each, types.FunctionType))

    def raises(self, fn: types.FunctionType) -> bool:
        """Whether a function may raise what is caught: by a statement of its own, or in a function that it calls."""
        try:
            parts = own_parts(read(fn).node)
        except TangentError:
            return True
        return any(self.raised_by(n, fn.__globals__) for n in parts)

    def raised_by(self, node: Any, names: dict[str, Any]) -> bool:
        """Whether a statement raises what is caught, or a call is of a function of the user's; `names`: around it."""
        if isinstance(node, gast.Assert):
            return self.meets(AssertionError)
        error = node.func if isinstance(node, gast.Call) else getattr(node, "exc", None)
        error = error.func if isinstance(node, gast.Raise) and isinstance(error, gast.Call) else error
        known = names.get(getattr(error, "id", ""), getattr(builtins, getattr(error, "id", ""), None))
        if isinstance(node, gast.Call):
            return isinstance(known, types.FunctionType)
        return isinstance(node, gast.Raise) and known is not StopIteration and (
            not isinstance(known, type) or self.meets(known))

    def runs_late(self, node: Any) -> bool:
        """Whether what a loop runs over may raise when it is asked for an item."""
        if isinstance(node, gast.GeneratorExp) or getattr(node, "late", False):
            parts = [node.elt, *[c for g in node.generators for c in g.ifs], *[g.iter for g in node.generators]]
            return any(map(self.expression, parts)) or any(self.runs_late(g.iter) for g in node.generators)
        if not isinstance(node, gast.Call):
            return False
        obj = self.D.resolve(node.func)
        made = generator_of(obj)
        if made is not None:
            return any(isinstance(n, gast.Raise) or isinstance(n, gast.expr) and self.itself(n)
                       for n in own_parts(made.node))
        applied = any(obj is each for each in (map, filter)) and bool(node.args) and self.call(
            gast.copy_location(gast.Call(node.args[0], [], []), node))
        return inspect.isgeneratorfunction(obj) or applied or any(map(self.runs_late, node.args))

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
        own = bool(self.own) and any(map(self.is_method, methods_behind(gast.BinOp(stmt.target, stmt.op, stmt.value))))
        if divides or own or self.meets(FloatingPointError, ValueError) or (
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


def methods_behind(node: Any) -> tuple[str, ...]:
    """The methods that an operation is, of objects whose class defines them.

    >>> methods_behind(gast.parse("a @ b").body[0].value)
    ('__matmul__', '__rmatmul__')
    """
    if isinstance(node, gast.Compare):
        return tuple([f"__{_WORDS.get(type(op), type(op).__name__.lower())}__" for op in node.ops])
    if isinstance(node, (gast.BinOp, gast.UnaryOp)):
        name = _WORDS.get(type(node.op), type(node.op).__name__.lower())
        return (f"__{name}__", f"__r{name}__") if isinstance(node, gast.BinOp) else (f"__{name}__",)
    if isinstance(node, gast.Attribute):
        return (node.attr,)
    return ("__getitem__",) if isinstance(node, gast.Subscript) else ()


_WORDS: dict[type, str] = {
    gast.Mult: "mul", gast.Div: "truediv", gast.MatMult: "matmul", gast.BitAnd: "and", gast.BitOr: "or",
    gast.BitXor: "xor", gast.USub: "neg", gast.UAdd: "pos", gast.Not: "bool", gast.NotEq: "ne", gast.LtE: "le",
    gast.GtE: "ge", gast.In: "contains", gast.NotIn: "contains",
}


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
