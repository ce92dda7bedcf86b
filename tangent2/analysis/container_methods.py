"""Kinds of what the methods of containers and strings give."""
from __future__ import annotations

from collections.abc import Callable

from tangent2.core.indexing import iterated
from tangent2.core.kinds import BOOL, INT, OBJECT, STR, UNKNOWN, Dict, Iterator, Kind, List, Str, Tuple, join
from tangent2.core.syntax import Atom, Op


def method_kind(base: Kind, op: Op, kind: Callable[[Atom], Kind]) -> Kind:
    """The kind of what a method of a container or a string gives."""
    if isinstance(base, Str):
        return _STRING.get(op.static, STR)
    if isinstance(base, (List, Tuple)):
        return INT if op.static in ("index", "count") else UNKNOWN
    if isinstance(base, Dict):
        return _dict_method(base, op, kind)
    return UNKNOWN


_STRING: dict[str, Kind] = {
    "split": List(STR), "rsplit": List(STR), "splitlines": List(STR), "startswith": BOOL, "endswith": BOOL, "find": INT,
    "rfind": INT, "index": INT, "count": INT, "isdigit": BOOL, "isalpha": BOOL, "isupper": BOOL, "islower": BOOL,
    "encode": OBJECT, "rindex": INT, "partition": Tuple((STR, STR, STR)), "rpartition": Tuple((STR, STR, STR)),
    **dict.fromkeys(("isalnum", "isascii", "isdecimal", "isidentifier", "isnumeric", "isprintable", "isspace",
                     "istitle"), BOOL),
    "maketrans": UNKNOWN,
}


def _dict_method(base: Dict, op: Op, kind: Callable[[Atom], Kind]) -> Kind:
    if op.static == "keys":
        return Iterator(iterated(base))
    if op.static == "values":
        return Iterator(base.elt)
    if op.static == "items":
        return Iterator(Tuple((iterated(base), base.elt)))
    if op.static == "get" and len(op.args) in (2, 3) and not op.kw:
        return join(base.elt, kind(op.args[2])) if len(op.args) == 3 else base.elt
    return UNKNOWN
