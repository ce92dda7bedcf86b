"""Loops over a dict which store by its keys are written out: so it stays known which keys there are.

So are those over values of kinds that have nothing in common, as the parts of a tree: each then has its own; and those
over a few objects that have names, where it must be known which of them a turn writes to (`analysis/hindsight.py`).
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tangent2.analysis.expansion import Expansion, counted, is_straight, unrolled
from tangent2.analysis.hindsight import MOST_TURNS, OF_RANGE
from tangent2.analysis.unroll import only_unpacked
from tangent2.core import prims
from tangent2.core.kinds import Array, Dict, Kind, List, Number, Objects, Tuple, Unknown, join_all
from tangent2.core.objectkinds import are_mixed
from tangent2.core.syntax import ONE_ITEM, Atom, Const, For, Op, Region, Stmt, Value, walk
from tangent2.core.walk import renew

if TYPE_CHECKING:
    from tangent2.analysis.infer import Facts

_MOST_KEYS, _MOST_STATEMENTS = 32, 100
_VIEWS = frozenset({"keys", "items", "values"})
_CONTAINERS = (List, Tuple, Dict)
_KNOWN = (Number, Array, *_CONTAINERS)
_STORES = frozenset({prims.SETITEM, *prims.UPDATES.values(), prims.CHANGE})


@dataclass(frozen=True)
class Keyed:
    """A loop over the keys of a dict, its items, or its values (`view`); `live`: over those that it has by then."""

    base: Atom
    keys: tuple[Any, ...]
    view: str = "keys"
    live: bool = False


def turn_by_turn(stmt: For, over: Kind, facts: Facts) -> Expansion | None:
    """A loop that is written out; None if it is not."""
    if isinstance(over, Tuple) and is_straight(stmt) \
            and (are_mixed(over.elts) or have_nothing_in_common(over.elts, stmt.body)):
        return _unrolled(stmt, len(over.elts), facts)
    turns = facts.lookups.hindsight.loops.get(stmt.origin, 0) if stmt.origin is not None else 0
    if turns > 0 and isinstance(over, List) and is_straight(stmt):
        return _unrolled(stmt, turns, facts)
    if turns == OF_RANGE and is_straight(stmt) and (numbers := _numbers(stmt.iter, facts)) is not None:
        return facts.made.setdefault((stmt, numbers), counted(stmt, numbers))
    keys = keyed(stmt, facts)
    return None if keys is None else facts.made.setdefault((stmt, keys), written_out(stmt, keys))


def _numbers(iter: Atom, facts: Facts) -> range | None:
    """The few numbers that a loop runs over, where they are known."""
    made = facts.defs.get(iter) if isinstance(iter, Value) else None
    if made is None or made.prim.obj is not range or not all(
            isinstance(a, Const) and type(a.value) is int for a in made.args):
        return None
    found = range(*[a.value for a in made.args])        # type: ignore[union-attr]
    return found if len(found) <= MOST_TURNS else None


def _unrolled(stmt: For, count: int, facts: Facts) -> Expansion:
    return facts.made.setdefault((stmt, count), unrolled(stmt, count))


def keyed(stmt: For, facts: Facts) -> Keyed | None:
    """What a loop runs over that stores by the keys of a dict, or meets values of kinds that have none in common.

    None if it does neither, or if the keys are not known.
    """
    found = _over(stmt.iter, facts)
    if found is None or not 0 < len(found.keys) <= _MOST_KEYS or not is_straight(stmt):
        return None
    key = _first_part(stmt) if found.view == "items" else stmt.target
    if key is None:
        return None
    stores = found.view != "values" and any(isinstance(s, Op) and s.prim in _STORES and key in s.args[1:]
                                            for s in walk(stmt.body))
    kind = facts.kind(found.base)
    assert isinstance(kind, Dict) and kind.items is not None
    return found if stores or have_nothing_in_common([k for _, k in kind.items], stmt.body) else None


def have_nothing_in_common(kinds: Sequence[Kind], body: Region) -> bool:
    """Whether kinds are known, and of what is one of them nothing is; numbers and arrays only if the body is short.

    >>> from tangent2.core.kinds import FLOAT
    >>> from tangent2.core.syntax import Yield
    >>> body = Region((), Yield(()))
    >>> have_nothing_in_common([FLOAT, List(FLOAT)], body), have_nothing_in_common([FLOAT, FLOAT], body)
    (True, False)
    """
    if not 1 < len(kinds) <= _MOST_KEYS or not isinstance(join_all(kinds), (Unknown, Objects)) \
            or not all(isinstance(k, _KNOWN) for k in kinds):
        return False
    return any(isinstance(k, _CONTAINERS) for k in kinds) or len(kinds) * len(list(walk(body))) <= _MOST_STATEMENTS


def _over(iter: Atom, facts: Facts) -> Keyed | None:
    made = facts.defs.get(iter) if isinstance(iter, Value) else None
    if made is not None and made.prim is prims.METHOD and made.static in _VIEWS and len(made.args) == 1:
        found = _over(made.args[0], facts)
        return found and Keyed(found.base, found.keys, made.static, True)
    if made is not None and made.prim.name in ("list", "sorted") and len(made.args) == 1 and not made.kw \
            and made.prim is not prims.LIST:
        found = _over(made.args[0], facts)
        if found is None or found.view != "keys" or made.prim.name == "sorted" and not _alike(found.keys):
            return None         # pairs in a list have the values of before the loop
        return Keyed(found.base, found.keys if made.prim.name == "list" else tuple(sorted(found.keys)))
    kind = facts.kind(iter)
    if not isinstance(kind, Dict) or kind.cls is not None or kind.items is None:
        return None
    return Keyed(iter, tuple([key for key, _ in kind.items]))


def _alike(keys: tuple[Any, ...]) -> bool:
    return all(isinstance(key, str) for key in keys) or all(isinstance(key, int) for key in keys)


def _first_part(stmt: For) -> Value | None:
    """The key, where a body begins with taking pairs of key and value apart, and reads them nowhere else."""
    first = stmt.body.stmts[0] if stmt.body.stmts else None
    return first.outs[0] if isinstance(first, Op) and only_unpacked(stmt.body, stmt.target, 2) else None


def written_out(loop: For, over: Keyed) -> Expansion:
    """The body for each of the keys, one after the other.

    >>> from tangent2.core.syntax import Region, Yield
    >>> d, k, p, q, out = map(Value, "dkpqo")
    >>> body = Region((Op((q,), prims.SETITEM, (p, k, Const(1.0)), static=ONE_ITEM),), Yield((q,)))
    >>> made = written_out(For((out,), k, d, (p,), (d,), body), Keyed(d, ("a", "b")))
    >>> [op.args[1:] for op in made.stmts if op.outs]
    [('a', 1.0), ('b', 1.0)]
    """
    stmts: list[Stmt] = []
    atoms = loop.init
    for key in over.keys:
        stmts.append(Op((), prims.ASKED, (over.base,), (), None, loop.origin))
        given: dict[Value, Atom] = dict(zip(loop.params, atoms))
        body = loop.body
        if over.view == "keys":
            given[loop.target] = Const(key)
        else:
            part = loop.target
            if over.view == "items":
                first, *rest = body.stmts
                name, part = first.outs
                given[name] = Const(key)
                body = type(body)(tuple(rest), body.exit)
            given[part] = item = Value(part.hint, part.user)
            stmts.append(Op((item,), prims.GETITEM, (over.base, Const(key)), (), ONE_ITEM, loop.origin))
        body = renew(body, given)
        stmts += body.stmts
        atoms = body.exit.vals
    return Expansion(tuple(stmts), atoms)
