"""Adjoints of dicts, which are made of their parts at the end.

The reverse sweep starts the adjoint of a dict as zeros and adds to one entry after the other.  Where every key is a
literal, the entries are summed apart instead and the dict is made once: `{'W': ..., 'b': ...}`.
"""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tangent2.core import prims
from tangent2.core.build import Builder
from tangent2.core.kinds import Array, Dict, Kind, Number
from tangent2.core.syntax import ONE_ITEM, Atom, Const, Op, Region, Stmt, Typed, Value
from tangent2.core.walk import count_uses, map_regions
from tangent2.optimise.absent import all_bound
from tangent2.optimise.spell import entry_zeros
from tangent2.rules.declare import by_name

_ADDS = {prims.ADDITEM: prims.ADD, prims.SUBITEM: prims.SUB}


def parts_apart(typed: Typed) -> Typed:
    """Sum the entries of a dict's adjoint apart.

    >>> from tangent2.core.kinds import FLOAT
    >>> from tangent2.core.show import show
    >>> from tangent2.core.syntax import Function, Return
    >>> p, x, z, a, b = [Value(h, True) for h in ("p", "x", "z", "a", "b")]
    >>> stmts = (Op((z,), by_name("zero_like"), (p,)), Op((a,), prims.ADDITEM, (z, Const("k"), x), static=ONE_ITEM),
    ...          Op((b,), prims.ADDITEM, (a, Const("k"), x), static=ONE_ITEM))
    >>> kind = Dict((("k", FLOAT), ("n", FLOAT)), FLOAT)
    >>> kinds = {p: kind, x: FLOAT, z: kind, a: kind, b: kind}
    >>> print(show(parts_apart(Typed(Function("f", (p, x), Region(stmts, Return((b,)))), kinds, kind)).function))
    def f(p.0, x.1):
        t.2 = add(x.1, x.1)
        b.3 = dict[('k', 'n')](t.2, 0.0)
        return b.3
    """
    body = typed.function.body
    if not any(isinstance(typed.kinds.get(v), Dict) for v in count_uses(body)) or not all_bound(typed):
        return typed
    kinds = dict(typed.kinds)
    new = _apart(body, kinds, count_uses(body))
    return typed if new is body else Typed(replace(typed.function, body=new), kinds, typed.result)


def _apart(region: Region, kinds: dict[Value, Kind], uses: Mapping[Value, int]) -> Region:
    stmts: list[Stmt] = [map_regions(s, lambda r: _apart(r, kinds, uses)) for s in region.stmts]
    for start in [s for s in stmts if _starts(s, kinds)]:
        assert isinstance(start, Op)
        chain = _chain(start, stmts, uses)
        if chain and all(_sums(op, kinds) for op in chain):
            own = {s.out for s in stmts if isinstance(s, Op) and len(s.outs) == 1 and s.prim.result == "fresh"
                   and uses.get(s.out) == 1}
            stmts = _gathered(start, chain, stmts, kinds, own)
    same = len(stmts) == len(region.stmts) and all(a is b for a, b in zip(stmts, region.stmts))
    return region if same else Region(tuple(stmts), region.exit)


def _starts(stmt: Stmt, kinds: Mapping[Value, Kind]) -> bool:
    """Whether a statement makes the zeros of a dict with known keys."""
    if not isinstance(stmt, Op) or stmt.prim is not by_name("zero_like") or not isinstance(stmt.args[0], Value):
        return False
    kind = kinds.get(stmt.args[0])
    return isinstance(kind, Dict) and bool(kind.items)


def _chain(start: Op, stmts: list[Stmt], uses: Mapping[Value, int]) -> list[Op]:
    """The updates that follow, each the only reader of the one before."""
    chain: list[Op] = []
    last = start.out
    for stmt in stmts:
        if isinstance(stmt, Op) and stmt.prim in _ADDS and stmt.args[0] is last and uses.get(last) == 1 \
                and stmt.static == ONE_ITEM and isinstance(stmt.args[1], Const):
            chain.append(stmt)
            last = stmt.out
    return chain


def _sums(op: Op, kinds: Mapping[Value, Kind]) -> bool:
    """Whether the entry that an update adds to is a number or an array, of the kind of what is added."""
    kind, key = kinds.get(op.out), op.args[1]
    entries = dict(kind.items) if isinstance(kind, Dict) and kind.items else {}
    entry = entries.get(key.value) if isinstance(key, Const) else None
    added = kinds.get(op.args[2]) if isinstance(op.args[2], Value) else None
    if isinstance(entry, Number) and isinstance(added, Number):
        return entry.dtype == added.dtype == "float64"
    return isinstance(entry, Array) and entry == added and entry.shape is not None


def _gathered(start: Op, chain: list[Op], stmts: list[Stmt], kinds: dict[Value, Kind],
              own: set[Value]) -> list[Stmt]:
    """The statements with sums of the entries in place of the updates, and the dict where the last of them stood.

    `own`: values that nothing else holds; entries must not share memory.
    """
    parts: dict[Any, Atom] = {}
    updates = {id(op) for op in chain}
    found: list[Stmt] = []
    for stmt in stmts:
        if stmt is start:
            continue
        if id(stmt) not in updates:
            found.append(stmt)
            continue
        assert isinstance(stmt, Op)
        build = Builder(kinds)
        build.origin = stmt.origin
        _add(build, stmt, parts, own)
        if stmt is chain[-1]:
            kind = kinds[stmt.out]
            assert isinstance(kind, Dict) and kind.items
            values = [parts[k] if k in parts else entry_zeros(build, start.args[0], k, v) for k, v in kind.items]
            build.add(Op((stmt.out,), prims.DICT, tuple(values), (), tuple([k for k, _ in kind.items]), stmt.origin))
        found += build.stmts
    return found


def _add(build: Builder, update: Op, parts: dict[Any, Atom], own: set[Value]) -> None:
    _, key, added = update.args
    assert isinstance(key, Const)
    if key.value in parts:
        parts[key.value] = build.op(_ADDS[update.prim], parts[key.value], added)
    elif update.prim is prims.SUBITEM:
        parts[key.value] = build.op(prims.NEG, added)
    else:
        shared = isinstance(build.kind(added), Array) and added not in own
        parts[key.value] = build.op(prims.COPY, added) if shared else added
