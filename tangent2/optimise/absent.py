"""What is None, or holds None, on some path though its kind does not say so.

It was not bound there, a half had nothing to save, or a list began as one of None: `[None] * n` is to be filled.
"""
from __future__ import annotations

from collections.abc import Collection, Iterator

from tangent2.core import prims
from tangent2.core.syntax import (
    Atom, Break, Call, Continue, For, Op, Region, Typed, Undef, Value, While, operands, regions, walk,
)
from tangent2.transform.recording import to_be_filled, unsure_values


def may_be_none(body: Region) -> frozenset[Value]:
    """The values that are absent on some path, and what is made of them."""
    found = {*unsure_values(body), *_handed_on(body), *to_be_filled(body)}
    before = -1 if found else 0
    while before != len(found):
        before = len(found)
        for stmt in walk(body):
            if isinstance(stmt, (For, While)):
                found.update(_of_turns(stmt, found))
            elif not found.isdisjoint(operands(stmt)):
                found.update(stmt.outs)
            for inner in regions(stmt):
                found.update(out for out, val in zip(stmt.outs, inner.exit.vals) if val in found)
    return frozenset(found)


def _of_turns(loop: For | While, found: Collection[Atom]) -> Iterator[Value]:
    """What of a loop is absent because what it starts with, or what a turn hands on, is."""
    if isinstance(loop, For) and loop.iter in found:
        yield loop.target
    exits = [loop.body.exit, *[inner.exit for s in walk(loop.body) for inner in regions(s)]]
    ways = [loop.init, *[e.vals for e in exits if e is loop.body.exit or isinstance(e, (Break, Continue))]]
    for way in ways:
        for out, param, val in zip(loop.outs, loop.params, way):
            if val in found:
                yield from (out, param)


def _handed_on(body: Region) -> set[Value]:
    """What halves of pullbacks give, but for the results of the functions themselves."""
    halves = {s.out: s for s in walk(body) if isinstance(s, Call) and s.callee.python is None
              and is_half(s.callee.name)}
    pairs = {out for out, call in halves.items() if call.callee.name.startswith("fwd_")
             and not is_half(call.callee.name[len("fwd_"):])}
    parts = {s.args[0]: s.outs[1:] for s in walk(body) if isinstance(s, Op) and s.prim is prims.UNPACK
             and s.args[0] in pairs}
    uses = [a for s in walk(body) for a in operands(s) if a in parts]
    known = {pair for pair in parts if uses.count(pair) == 1}
    return {*(halves.keys() - known), *[part for pair in known for part in parts[pair]]}


def is_half(name: str) -> bool:
    """Whether a function is, or is derived from, one half of a pullback."""
    return "fwd_" in name or "bwd_" in name


def all_bound(typed: Typed) -> bool:
    """Whether no value is absent on some path: the helper gives None for the zeros of what is None."""
    return _is_whole(typed) and not any(
        isinstance(a, Undef) for s in walk(typed.function.body) for atoms in (operands(s), *[
            r.exit.vals for r in regions(s)]) for a in atoms)


def _is_whole(typed: Typed) -> bool:
    """Whether a function is no half of a pullback, and calls none."""
    if is_half(typed.function.name):       # what was saved may be absent, whatever its kind
        return False
    for stmt in walk(typed.function.body):
        if isinstance(stmt, Call) and stmt.callee.python is None and is_half(stmt.callee.name):
            return False
    return True
