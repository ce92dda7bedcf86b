"""A list of which every part is stored is what its parts are together: `s + [v]`, not zeros with `[-1]` and `[:-1]`.

Functions of lists of layers take the last one (or the first) on its own, and loop over the others; so do adjoints.
"""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from tangent2.core.build import Builder
from tangent2.core.kinds import Kind, List
from tangent2.core.prims import ADD, LIST, SETITEM
from tangent2.core.syntax import ONE_ITEM, Atom, Const, Op, Region, Stmt, Typed, Value, walk
from tangent2.core.walk import count_uses, map_regions
from tangent2.rules.declare import by_name


def join_parts(typed: Typed) -> Typed:
    """Lists of zeros all parts of which are stored are put together of these.

    >>> from tangent2.core.kinds import FLOAT
    >>> from tangent2.core.show import show
    >>> from tangent2.core.syntax import Function, IndexSpec, Return, SliceSpec
    >>> xs, s, z, p, q = map(Value, ("xs", "s", "z", "p", "q"))
    >>> stmts = (Op((z,), by_name("zero_like"), (xs,)),
    ...          Op((p,), SETITEM, (z, Const(-1), Const(2.0)), static=ONE_ITEM),
    ...          Op((q,), SETITEM, (p, Const(-1), s), static=IndexSpec((SliceSpec(upper=True),))))
    >>> f, kinds = Function("f", (xs, s), Region(stmts, Return((q,)))), dict.fromkeys((xs, s, z, p, q), List(FLOAT))
    >>> before = Typed(f, kinds, List(FLOAT))
    >>> print(show(join_parts(before).function))
    def f(xs.0, s.1):
        t.2 = list(2.0)
        q.3 = add(s.1, t.2)
        return q.3
    """
    body = typed.function.body
    made = {s.out: s for s in walk(body) if isinstance(s, Op) and len(s.outs) == 1}
    if not any(op.prim is SETITEM and _is_list(typed.kinds.get(op.out)) for op in made.values()):
        return typed
    finder = _Finder(made, count_uses(body), dict(typed.kinds), {}, set())
    finder.look(body)
    if not finder.joined:
        return typed
    return Typed(replace(typed.function, body=finder.rebuilt(body)), finder.kinds, typed.result)


Parts = tuple[list[Atom], Atom, list[Atom]]       # what stands before a slice, the slice, what stands behind it


@dataclass(frozen=True, slots=True)
class _Finder:
    made: Mapping[Value, Op]
    uses: Mapping[Value, int]
    kinds: dict[Value, Kind]
    joined: dict[int, Parts]        # by identities of last stores
    gone: set[int]

    def look(self, body: Region) -> None:
        """Find the lists that are stored whole."""
        for op in self.made.values():
            chain = self.writes(op) if op.prim is SETITEM and _is_list(self.kinds.get(op.out)) else None
            parts = None if chain is None else _parted(chain[:-1])
            if chain is not None and parts is not None and _is_list(self.kinds.get(parts[1])):  # type: ignore[arg-type]
                self.joined[id(op)] = parts
                self.gone.update(map(id, chain[1:]))

    def writes(self, op: Op) -> list[Op] | None:
        """The stores that fill a list, the last one first, and the zeros that it is at first, if only they read it."""
        chain = [op]
        while chain[-1].prim is SETITEM:
            base = chain[-1].args[0]
            made = self.made.get(base) if isinstance(base, Value) and self.uses.get(base) == 1 else None
            if made is None:
                return None
            chain.append(made)
        return chain if chain[-1].prim is by_name("zero_like") else None

    def rebuilt(self, region: Region) -> Region:
        stmts: list[Stmt] = []
        for stmt in region.stmts:
            if id(stmt) in self.joined and isinstance(stmt, Op):
                stmts += self.sum(stmt, *self.joined[id(stmt)])
            elif id(stmt) not in self.gone:
                stmts.append(map_regions(stmt, self.rebuilt))
        return Region(tuple(stmts), region.exit)

    def sum(self, op: Op, front: list[Atom], middle: Atom, back: list[Atom]) -> list[Stmt]:
        build = Builder(self.kinds)
        build.origin = op.origin
        terms: list[Atom] = [middle]
        if front:
            terms.insert(0, build.op(LIST, *front))
        if back:
            terms.append(build.op(LIST, *back))
        if len(terms) == 3:
            terms[:2] = [build.op(ADD, *terms[:2])]
        return [*build.stmts, Op(op.outs, ADD, tuple(terms), origin=op.origin)]


def _is_list(kind: Kind | None) -> bool:
    return isinstance(kind, List) and not kind.tape


def _literal(atom: Atom) -> Any:
    return atom.value if isinstance(atom, Const) and type(atom.value) is int else None


def _parted(stores: list[Op]) -> Parts | None:
    """What is stored in front of a slice, there, and behind it, if that is everywhere and nowhere twice."""
    items: dict[int, Atom] = {}
    rest: list[Op] = []
    for op in stores:
        at = _literal(op.args[1]) if op.static == ONE_ITEM else None
        if at in items:
            return None
        if at is None:
            rest.append(op)
        else:
            items[at] = op.args[-1]
    first, last = max([k + 1 for k in items if k >= 0], default=0), min([k for k in items if k < 0], default=0)
    if not items or sorted(items) != list(range(last, first)) or len(rest) != 1 or not _is_slice(rest[0], first, last):
        return None
    return [items[k] for k in range(first)], rest[0].args[-1], [items[k] for k in range(last, 0)]


def _is_slice(op: Op, first: int, last: int) -> bool:
    """Whether a store goes to `[first:last]`, with no bound where that is an end."""
    spec = op.static
    if spec.is_tuple or len(spec.items) != 1 or spec.items[0] is None or spec.items[0].step:
        return False
    found, bounds = spec.items[0], list(map(_literal, op.args[1:-1]))
    lower = bounds.pop(0) if found.lower else 0
    return lower == first and (bounds.pop(0) == last != 0 if found.upper else last == 0)
