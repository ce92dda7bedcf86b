"""Operations on an object that is of one of several classes: it is asked of which, and each has a branch of its own.

In its branch the object is known to be of one class, so that the operation is what it is for that: the call of its
method, the read of its attribute.  An object that lacks what is asked for raises there, as it does in Python.
"""
from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import gast

from tangent2.analysis import object_operators as operators
from tangent2.analysis.concrete import classes_named
from tangent2.analysis.expansion import Expansion, refuse
from tangent2.core import prims
from tangent2.core.kinds import Dict, Objects, is_optional, variants
from tangent2.core.objects import MISSING
from tangent2.core.prims import Inherited, Template
from tangent2.core.syntax import Atom, Const, If, Op, Raise, Region, Stmt, Value, Yield

if TYPE_CHECKING:
    from tangent2.analysis.infer import Facts

NOTHING = type(None)        # the class of what is not there
_LOOKING = frozenset({prims.ATTRIBUTE, prims.METHOD, prims.CHANGE})
_DYNAMIC = _LOOKING | {prims.SETATTR, prims.GETATTR, prims.HASATTR, prims.APPLY}
_OF_NONE = frozenset({prims.TRUTH, prims.NOT, prims.EQ, prims.NE, prims.HASATTR, prims.GETATTR})     # None has them too
_OPERATORS = frozenset(operators.RULES) | _DYNAMIC


def by_class(op: Op, facts: Facts) -> Expansion | None:
    """What an operation on an object of one of several classes is; None for others.

    >>> from types import SimpleNamespace
    >>> from tangent2.core.kinds import FLOAT, join, object_kind
    >>> from tangent2.core.objects import member
    >>> from tangent2.core.show import show
    >>> from tangent2.core.syntax import Function, Return
    >>> class Circle: area = None
    >>> class Square: area = None
    >>> s, y = map(Value, "sy")
    >>> kind = join(object_kind(Circle, {"r": FLOAT}), object_kind(Square, {"a": FLOAT}))
    >>> facts = SimpleNamespace(made={}, told={}, kind=lambda atom: kind, lookups=SimpleNamespace(member=member))
    >>> found = by_class(Op((y,), prims.METHOD, (s,), static="area"), facts)
    >>> print(show(Function("g", (s,), Region(found.stmts, Return((y,))))))
    def g(s.0):
        t.1 = s.0 is Circle
        y.6 = if t.1:
            s.2 = s.0 as Circle
            y.3 = method['area'](s.2)
            yield y.3
        else:
            s.4 = s.0 as Square
            y.5 = method['area'](s.4)
            yield y.5
        return y.6
    """
    if op.prim.name == "isinstance" and len(op.args) == 2 and isinstance(facts.kind(op.args[0]), Objects):
        return _asked(op, facts)
    at = next((k for k in _operands(op) if k < len(op.args) and isinstance(facts.kind(op.args[k]), Objects)), None)
    if at is None:
        return None
    classes = sorted(classes_at(facts, op.args[at]), key=lambda cls: str(cls.__name__))
    if NOTHING in classes:      # the last that is asked for
        classes = [cls for cls in classes if cls is not NOTHING] + [NOTHING]
    lacking = tuple([cls for cls in classes if _lacks(op, at, cls, facts)])
    if len(lacking) == len(classes):
        refuse(op, f"none of the classes that this object may be of, {_named(classes)}, has what is asked for",
               "define it in them", f".{op.static}" if op.prim in _LOOKING else None)
    key = op, at, tuple(classes), lacking
    found: Expansion = facts.made.setdefault(key, Expansion(_chain(op, at, classes, facts), op.outs))
    return found


def _named(classes: list[Any]) -> str:
    return " or ".join([f"`{cls.__name__}`" for cls in classes])


def classes_at(facts: Facts, atom: Atom) -> frozenset[Any]:
    """The classes of which an object may be, as far as conditions that were met tell; `NOTHING` if it may be None."""
    kind = facts.kind(atom)
    found = frozenset(variants(kind)) | ({NOTHING} if is_optional(kind) else frozenset())
    return found & facts.told.get(atom, found) or found


def _operands(op: Op) -> tuple[int, ...]:
    """The operands whose class says what an operation is."""
    if op.prim in prims.BINARY.values() or op.prim in prims.COMPARE.values():
        return (1,) if op.prim in (prims.IN, prims.NOT_IN) else () if op.prim in (prims.IS, prims.IS_NOT) else (0, 1)
    if op.prim in (prims.INPLACE, prims.INPLACE_PART):
        return 0, 1
    built_in = op.prim.spelling[0] == "builtin" and op.prim.name in operators.BUILTINS
    if op.prim.name == "zip" or built_in and op.prim.name in ("max", "min"):
        return tuple(range(len(op.args)))
    return (0,) if op.prim in _OPERATORS or built_in else ()


def _chain(op: Op, at: int, classes: list[Any], facts: Facts) -> tuple[Stmt, ...]:
    """The operation for the first class if the object is of that, else for one of the others."""
    first, *rest = classes
    if not rest:
        return _as_one(op, at, first)
    test = Op((Value(),), prims.OF_CLASS, (op.args[at],), (), (first,), op.origin)
    return test, If(op.outs, test.out, _side(op, at, [first], facts), _side(op, at, rest, facts), op.origin)


def _side(op: Op, at: int, classes: list[Any], facts: Facts) -> Region:
    if len(classes) == 1 and _lacks(op, at, classes[0], facts):
        return _raising(op, classes[0])
    outs = tuple([Value(out.hint, out.user) for out in op.outs])
    return Region(_chain(replace(op, outs=outs), at, classes, facts), Yield(outs))


def _as_one(op: Op, at: int, cls: Any) -> tuple[Stmt, ...]:
    """The operation on an object that surely is of a class."""
    if cls is NOTHING:
        return (replace(op, args=(*op.args[:at], Const(None), *op.args[at + 1:])),)
    own = Value(getattr(op.args[at], "hint", None), True)
    known = Op((own,), prims.AS_CLASS, (op.args[at],), (), cls, op.origin)
    return known, replace(op, args=(*op.args[:at], own, *op.args[at + 1:]))


def _lacks(op: Op, at: int, cls: Any, facts: Facts) -> bool:
    """Whether objects of a class do not have what an operation looks for, which Python tells by an error."""
    if cls is NOTHING:
        return op.prim not in _OF_NONE and op.prim.name != "bool"
    name = op.static
    if op.prim not in _LOOKING or not isinstance(name, str) or isinstance(name, Inherited) or hasattr(object, name) \
            or "." in name:
        return False
    own = variants(facts.kind(op.args[at]))[cls]
    return not (isinstance(own, Dict) and name in dict(own.items or ())) \
        and facts.lookups.member(cls, name) is MISSING


def _raising(op: Op, cls: Any) -> Region:
    """What Python does where an object has no such attribute."""
    text = f"'{cls.__name__}' object has no attribute '{op.static}'" if op.prim in _LOOKING else \
        f"'{cls.__name__}' object does not have what is asked for"
    node = gast.Call(gast.Name("AttributeError" if op.prim in _LOOKING else "TypeError", gast.Load(), None, None),
                     [gast.Constant(text, None)], [])
    error = Op((Value(),), prims.VERBATIM, (), (), Template(node, "AttributeError(...)", pure=True, error=True),
               op.origin)
    return Region((error,), Raise((error.out,)))


def _asked(op: Op, facts: Facts) -> Expansion:
    """`isinstance(obj, C)`."""
    asked = classes_named(op.args[1], facts)
    if asked is None:
        refuse(op, "which class `isinstance` asks for is not known before the code runs", "give it a class by its name",
               "isinstance")
    there = classes_at(facts, op.args[0])
    found = tuple(sorted([cls for cls in there if issubclass(cls, asked)], key=lambda cls: str(cls.__name__)))
    if len(found) in (0, len(there)):
        return Expansion((), (Const(bool(found)),))
    return facts.made.setdefault((op, found), Expansion(
        (Op(op.outs, prims.OF_CLASS, op.args[:1], (), found, op.origin),), op.outs))
