"""Classes that functions define inside: each run makes another, and one stands for all (`python/classes_inside.py`).

That is the same as long as nobody asks for the class of an object that another run made.  So of a class whose objects
may outlive the run of its function (they are in its result, or in what it writes to, or that function is itself inside
of another) nobody may ask what tells one class from another: `isinstance`, `type(a) is type(b)`, `==` of dataclasses.
"""
from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tangent2.analysis.lookups import Lookups
from tangent2.core.kinds import Class, Closures, Dict, FunctionKind, Iterator as IteratorKind, Kind, List, Tuple
from tangent2.core.objects import NESTED, home_of, variables_of
from tangent2.core.syntax import Op, Origin, Typed
from tangent2.errors import UnsupportedError

if TYPE_CHECKING:
    from tangent2.analysis.infer import Facts

_ADVICE = "define the class at module level"


def ask_class(op: Op, facts: Facts, *kinds: Kind) -> None:
    """Note that the answer to an operation depends on the very classes that values of these kinds are of, or are."""
    for kind in kinds:
        for cls in _classes(kind):
            facts.lookups.asked.add(cls)
            _check(facts.lookups, cls, op.origin)


def note_leaving(fn: Any, typed: Typed, kinds: tuple[Kind, ...], lookups: Lookups) -> None:
    """Note the classes of a function whose objects it was given, returns, or may put into what it is given."""
    core = typed.function
    written = [typed.kinds[p] for p in core.params if p in core.writes]
    stored = typed.kinds.values() if written else ()
    for kind in (typed.result, *kinds, *stored):
        for cls in _classes(kind):
            if home_of(cls) is fn:
                lookups.left.add(cls)
                _check(lookups, cls, core.origin)


def check_result(typed: Typed) -> None:
    """Refuse to hand the user an object that keeps variables, whose methods only a derivative can call."""
    for cls in _classes(typed.result):
        if variables_of(cls):
            raise UnsupportedError(f"an object of class `{cls.__name__}` is returned, whose methods read variables of "
                                   "the function that defines it", origin=typed.function.origin,
                                   construct="class inside a function", advice=_ADVICE)


def _check(lookups: Lookups, cls: type, origin: Origin | None) -> None:
    if cls in lookups.asked and (cls in lookups.left or home_of(cls) is NESTED):
        raise UnsupportedError(f"each run of the function that defines `{cls.__name__}` makes another class, and here "
                               "it matters which", origin=origin, construct="class inside a function", advice=_ADVICE)


def _classes(kind: Kind) -> Iterator[type]:
    """The classes defined inside of functions that are in a kind."""
    cls = kind.cls if isinstance(kind, (Class, Dict)) else kind.record.cls if isinstance(kind, Tuple) and kind.record \
        is not None and isinstance(kind.record.cls, type) else None
    if cls is not None and home_of(cls) is not None:
        yield cls
    for part in _parts(kind):
        yield from _classes(part)


def _parts(kind: Kind) -> tuple[Kind, ...]:
    if isinstance(kind, Tuple):
        return kind.elts
    if isinstance(kind, (List, IteratorKind)):
        return (kind.elt,)
    if isinstance(kind, Dict):
        return (kind.elt, *[each for _, each in kind.items or ()])
    if isinstance(kind, FunctionKind):
        return kind.captured
    return tuple(kind.functions) if isinstance(kind, Closures) else ()
