"""Refuse programs in which Python's in-place updates can be seen through another name than the one that is written to.

In the core every update makes a new version; where the old one, or memory shared with it, is read afterwards, Python
would show the change there.  Writing into an argument or a global is refused as well.
"""
from __future__ import annotations

from dataclasses import replace
from typing import NoReturn

from tangent2.analysis.buffers import CallFacts, Facts, analyse
from tangent2.analysis.buffers import Summary as MemorySummary
from tangent2.analysis.buffers import call_facts
from tangent2.analysis.nodes import OUTSIDE, bits
from tangent2.core import prims
from tangent2.core.dims import canonical
from tangent2.core.kinds import Array, Dict, Kind, List, NoneKind, Number, Str, Unknown, bounded
from tangent2.core.syntax import Atom, Callee, Op, Region, Stmt, Typed, Value, operands, regions
from tangent2.errors import UnsupportedError

_NAMED = {prims.PUSH: "append to", prims.POP: "pop from"}


def check(typed: Typed, summary: MemorySummary | None = None) -> None:
    """Raise `UnsupportedError` where an update would be visible elsewhere.

    >>> from tangent2.core.syntax import Const, Function, IndexSpec, Return
    >>> u, v = Value("u"), Value("v")
    >>> write = Op((v,), prims.SETITEM, (u, Const(0), Const(1.0)), static=IndexSpec((None,)))
    >>> f = Function("f", (u,), Region((write,), Return((v,))))
    >>> check(Typed(f, dict.fromkeys((u, v), Array()), Array()))
    Traceback (most recent call last):
    ...
    tangent2.errors.UnsupportedError: the function writes to its argument `u`
    """
    if not _updates(typed.function.body):
        return
    facts = analyse(typed, summary or CalleeFacts())
    if not facts.conflicts:
        return
    parts: dict[Value, Atom] = {}
    _written_back(typed.function.body, parts)
    open_ones = {key for key, (stmt, _) in facts.conflicts.items() if _is_open(typed, stmt)}
    conflicts = {key: found for key, found in facts.conflicts.items() if key not in open_ones}
    if open_ones:       # rebinding leaves arguments alone, and these are taken to be different objects
        own = replace(typed.function, owned=frozenset(typed.function.params))
        facts = analyse(Typed(own, typed.kinds, typed.result), summary or CalleeFacts())
        conflicts |= {key: (stmt, nodes & ~OUTSIDE)
                      for key, (stmt, nodes) in facts.conflicts.items() if key in open_ones}
    for (_, position), (stmt, nodes) in conflicts.items():
        atom = operands(stmt)[position]
        if atom in parts and not _repeats(facts, parts[atom]):        # type: ignore[index]
            nodes &= ~facts.all(parts[atom])        # type: ignore[index]
        if nodes:
            _refuse(typed, facts, stmt, atom, nodes)


def _repeats(facts: Facts, container: Atom) -> bool:
    """Whether two parts of a container may be the same object (`[row] * 2`)."""
    return any(facts.rows[n] >> n & 1 for n in bits(facts.all(container) & ~facts.top(container)))


def _written_back(region: Region, parts: dict[Value, Atom]) -> None:
    """Find parts that are updated and then put back (`a[i][j] = v`): their container changes with them."""
    got: dict[Value, Op] = {}
    for before, stmt in zip((None, *region.stmts), region.stmts):
        for inner in regions(stmt):
            _written_back(inner, parts)
        if isinstance(stmt, Op) and stmt.prim is prims.GETITEM:
            got[stmt.out] = stmt
        if isinstance(stmt, Op) and stmt.prim is prims.SETITEM and isinstance(before, Op) and before.prim.update \
                and before.outs[0] is stmt.args[-1]:
            taken = got.get(before.args[0])     # type: ignore[arg-type]
            if taken is not None and taken.args == stmt.args[:-1] and taken.static == stmt.static:
                parts[taken.out] = stmt.args[0]


def _updates(region: Region) -> bool:
    for stmt in region.stmts:
        if isinstance(stmt, Op):
            if stmt.prim.update:
                return True
        elif any(_updates(inner) for inner in regions(stmt)):
            return True
    return False


def _is_open(typed: Typed, stmt: Stmt) -> bool:
    """Whether it is open if `op=` changes a value in place: it may be a number."""
    if not (isinstance(stmt, Op) and stmt.prim is prims.INPLACE):
        return False
    kind = typed.kinds.get(stmt.args[0], Unknown())     # type: ignore[arg-type]
    return isinstance(kind, Unknown) or isinstance(kind, Array) and kind.shape is None


def _refuse(typed: Typed, facts: Facts, stmt: Stmt, atom: Atom, nodes: int) -> NoReturn:
    origin = getattr(stmt, "origin", None)
    name = _name(atom)
    others = sorted({_name(owner) for n in bits(nodes & ~OUTSIDE) if (owner := facts.owner[n]) is not None})
    if _is_open(typed, stmt):
        raise UnsupportedError(f"whether `{name}` is changed in place depends on its type", origin=origin,
                               advice="give example arguments, or write it as a plain assignment")
    how = _NAMED.get(stmt.prim, "write to") if isinstance(stmt, Op) else "write to"
    if nodes & OUTSIDE:
        argument = atom in typed.function.params
        what = f"its argument `{name}`" if argument else f"`{name}`, which may be (part of) an argument or a global"
        verb = {"write to": "writes to", "append to": "appends to", "pop from": "pops from"}[how]
        raise UnsupportedError(f"the function {verb} {what}", origin=origin, advice=_copy_advice(typed, atom, name))
    shown = ", ".join(f"`{o}`" for o in others if o != name) or "its old value"
    raise UnsupportedError(f"`{name}` is changed while {shown}, which may share its memory, is still needed",
                           origin=origin, advice=_copy_advice(typed, atom, name))


def _name(atom: Atom | None) -> str:
    return (atom.hint or "an unnamed value") if isinstance(atom, Value) else "a value"


def _copy_advice(typed: Typed, atom: Atom, name: str) -> str:
    kind = typed.kinds.get(atom) if isinstance(atom, Value) else None
    if isinstance(kind, (List, Dict)):
        return f"copy it first: `{name} = {'list' if isinstance(kind, List) else 'dict'}({name})`"
    return f"copy it first: `{name} = {name}.copy()`"


class CalleeFacts:
    """What is known of the memory of callees' results, found from their cores; nothing of recursive ones."""

    def __init__(self) -> None:
        self.known: dict[tuple[Callee, tuple[Kind, ...]], CallFacts] = {}

    def __call__(self, callee: Callee, kinds: tuple[Kind, ...]) -> CallFacts:
        key = callee, canonical(tuple(map(bounded, kinds)))[0]
        if key not in self.known:
            self.known[key] = call_facts(*key) if callee.python is None else CallFacts()
            self.known[key] = memory_facts(callee.core(key[1]), self)
        return self.known[key]


def memory_facts(typed: Typed, summary: MemorySummary = call_facts) -> CallFacts:
    """What callers may know of a function: whether its result is fresh memory, and what it consumes."""
    consumes = tuple([i for i, p in enumerate(typed.function.params) if p in typed.function.owned])
    if isinstance(typed.result, (Number, Str, NoneKind)):
        return CallFacts(True, True, consumes)
    facts = analyse(typed, summary)
    fresh = all(_is_fresh(facts, region.exit.vals[0]) for region in facts.returns)
    return CallFacts(fresh, fresh, consumes)


def _is_fresh(facts: Facts, atom: Atom) -> bool:
    nodes = facts.all(atom)
    return not facts.related(nodes) & OUTSIDE


