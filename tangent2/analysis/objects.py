"""What operations on objects of the user's classes are: calls of methods, reads and writes of attributes.

An operation that was lowered before kinds were known becomes a few statements: operators, properties and subscripts the
call of a method; the call of a class a new object and the call of its `__init__`.  A method that changes its object is
put in the place of its call where it is plain; else it gives the object back beside its result (`final`).
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tangent2.analysis import object_attributes as attributes
from tangent2.analysis import object_calls as calls
from tangent2.analysis import object_operators as operators
from tangent2.analysis.closures import made_anew, without_late
from tangent2.analysis.constructors import constructed
from tangent2.analysis.dispatch import dispatched
from tangent2.analysis.expansion import Expansion, class_of
from tangent2.analysis.lost import refuse_lost
from tangent2.analysis.modules import part_of_module
from tangent2.analysis.polymorphism import by_class
from tangent2.analysis.spreading import spread_method
from tangent2.analysis.truth import asked_only
from tangent2.analysis.tuple_keys import with_tuple_key
from tangent2.analysis.unfailing import unfailing
from tangent2.core import prims
from tangent2.core.kinds import Closures, Functions, Kind, List, Tuple, variants
from tangent2.core.objectkinds import are_mixed, is_row
from tangent2.core.prims import Prim
from tangent2.core.syntax import Op, Value

from tangent2.errors import UnsupportedError

if TYPE_CHECKING:
    from tangent2.analysis.infer import Facts


def meaning(op: Op, facts: Facts) -> Expansion | None:
    """The statements that an operation is, and what its results are; None if it has nothing to do with objects."""
    if isinstance(op.static, prims.Starred):
        return spread_method(op, facts)
    refuse_lost(op, facts)
    if (listed := _listed_row(op, facts)) is not None:
        return listed
    if op.args and (of_module := part_of_module(op, facts.kind(op.args[0]))) is not None:
        return of_module
    if op.prim is prims.APPLY and (plain := without_late(op, facts.kind(op.args[0]))) is not op:
        return Expansion((plain,), op.outs)
    if op.prim is prims.APPLY and isinstance(kind := facts.kind(op.args[0]), (Functions, Closures)):
        return dispatched(op, facts, kind)
    if op.prim in (prims.APPLY, prims.DERIVE) and (anew := made_anew(op, facts)) is not None:
        return anew
    if (told := by_class(op, facts)) is not None:
        return told
    if (by_tuple := with_tuple_key(op, facts)) is not None:
        return by_tuple
    if (asked := asked_only(op, facts)) is not None:
        return asked
    if (appended := operators.appended(op, facts)) is not None:
        return appended
    if op.prim is prims.METHOD and op.static in ("copy.copy", "copy.deepcopy") and not concerns(facts.kind(op.args[0])):
        return calls.copy_of(op, facts.kind(op.args[0]))
    rule = _RULES.get(op.prim)
    if rule is None and op.prim.spelling[0] == "builtin":
        rule = operators.BUILTINS.get(op.prim.name)
        if op.prim.name in operators.OF_ELEMENTS and op.args:
            operators.refuse_elements(op, facts.kind(op.args[0]))
    if rule is None or op.prim not in (prims.MAKE, prims.SETATTR, prims.UNFAILING) and not any(
            concerns(facts.kind(a)) for a in (op.args if _asks_all(op) else op.args[:2]) if isinstance(a, Value)):
        return None
    found: Expansion | None = rule(op, facts)
    return found


def _listed_row(op: Op, facts: Facts) -> Expansion | None:
    """A row of objects, as a list: what is written to an element of it is seen by who has the list."""
    if not facts.lookups.hindsight.rows:
        return None
    _refuse_joined_rows(op, facts)
    if op.prim not in (prims.TUPLE, prims.LIST) or op.static is not None or not op.args:
        return None
    kinds = [facts.kind(a) for a in op.args]
    if not is_row(Tuple(tuple(kinds))) or op.prim is prims.LIST and not are_mixed(kinds):
        return None
    return Expansion((Op(op.outs, prims.LIST, op.args, (), prims.ALIKE, op.origin),), op.outs)


def _refuse_joined_rows(op: Op, facts: Facts) -> None:
    """What is a list here may be a tuple of the user's, which `+=` makes anew, and which is no list beside another."""
    grown = op.prim in (prims.INPLACE, prims.INPLACE_PART)
    if not grown and op.prim not in (prims.ADD, prims.EQ, prims.NE):
        return
    kinds = [facts.kind(a) for a in op.args]
    rows = [k for k in kinds if isinstance(k, List) and variants(k.elt)]
    if rows and (grown or any(isinstance(k, Tuple) for k in kinds)):
        raise UnsupportedError("rows of objects that are changed are joined or compared", origin=op.origin,
                               construct="tuple", advice="make one list, and append to it")


def _asks_all(op: Op) -> bool:
    """Whether operands behind the second may be objects that are asked for something."""
    return op.prim.name == "zip" or op.prim in operators.INDEXED


def concerns(kind: Kind) -> bool:
    """Whether a value is an object, a class, or a row of objects of several classes."""
    return class_of(kind) is not None or isinstance(kind, Tuple) and are_mixed(kind.elts)


_RULES: dict[Prim, Any] = {**attributes.RULES, **calls.RULES, **operators.RULES, prims.MAKE: constructed,
                          prims.UNFAILING: unfailing}
