"""Copies: makes every update safe to do in place, and results the caller's own; the last pass before printing.

The core is pure, the printed code writes in place.  An update may destroy its base iff the base is the function's own
and neither it nor anything that shares its memory is read afterwards; `analysis/buffers.py` proves that or names the
values in the way.  For each of them a copy is put where it costs least:

- a view of the base that is read later is copied where it is made:  `m = u[1:-1].copy()`;
- what a list or tuple keeps is copied where it goes in:  `saved.append(u.copy())`;
- the old version of the base, read later, is kept as a copy under another name:  `u_old = u.copy()`;
- otherwise the base is copied: where it comes into the loops and branches that hand it on (`x_bar = y_bar.copy()`
  before the loop, not in it), or just before the update.

Results that may share memory with arguments, captured values or each other are copied likewise.  After each round the
analysis runs again; what is still in conflict after a few rounds is copied just before the update, which always helps.
Numbers have no memory and are never copied.
"""
from __future__ import annotations

from dataclasses import dataclass, field

from tangent2.analysis.buffers import Facts, analyse
from tangent2.analysis.callee_memory import Summary
from tangent2.analysis.nodes import OUTSIDE, bits
from tangent2.core import kinds as k
from tangent2.core import prims
from tangent2.core.prims import Prim
from tangent2.core.syntax import Atom, Call, For, If, Op, Region, Stmt, Typed, Value, While, Yield, operands, walk
from tangent2.optimise.edits import Edge, Edits, Places
from tangent2.optimise.settle import settled_facts, unsettle
from tangent2.transform.recording import unsure_values

ROUNDS = 5
_SHARED = (k.Array, k.List, k.Dict, k.Tuple, k.Unknown)


def insert_copies(typed: Typed, *, fresh_results: bool = True, first_only: bool = False,
                  summary: Summary = settled_facts, deep: Prim = prims.COPY) -> Typed:
    """Insert the copies without which in-place updates would change a value that is still read.

    `deep` is the primitive that copies values of unknown kind and containers with all they hold; `first_only`: of the
    tuple that is returned, only the first part is the caller's.

    >>> from tangent2.core.syntax import Const, Function, IndexSpec, Return
    >>> u, w = Value("u"), Value("u")
    >>> update = Op((w,), prims.ADDITEM, (u, Const(0), Const(1.0)), static=IndexSpec((None,)))
    >>> f = Function("f", (u,), Region((update,), Return((w,))))                          # u[0] += 1.0; return u
    >>> after = insert_copies(Typed(f, {u: k.Array(), w: k.Array()}, k.Array()))
    >>> [s.prim for s in after.function.body.stmts]                                       # u = u.copy() first
    [copy, additem]
    """
    for turn in range(ROUNDS):
        facts = analyse(typed, summary)
        if not facts.nodes:
            return typed
        for direct in (False, True):
            plan = _Plan(typed, facts, deep, direct or turn >= ROUNDS - 2)
            plan.conflicts()
            if fresh_results:
                plan.results(first_only)
            if plan.edits:
                break
        else:
            return typed
        typed = unsettle(plan.edits.apply(typed))
    return typed


@dataclass
class _Plan:
    """Where copies go: decided for all conflicts of one round of analysis."""

    typed: Typed
    facts: Facts
    deep: Prim
    direct: bool
    whole: bool = False         # whether what is written is more than the object itself
    edits: Edits = field(init=False)
    places: Places = field(init=False)
    unsure: set[Value] = field(init=False)      # what may be None

    def __post_init__(self) -> None:
        self.unsure = set(unsure_values(self.typed.function.body))
        for stmt in walk(self.typed.function.body):
            if isinstance(stmt, Call) and _saves(stmt.callee.key) or isinstance(stmt, Op) and stmt.prim in (
                    prims.COPY, prims.UNPACK, self.deep) and stmt.args[0] in self.unsure:
                self.unsure.update(stmt.outs)
            elif isinstance(stmt, Call):
                self.unsure.update(_handed_on(stmt))
        self.edits = Edits(dict(self.typed.kinds))
        self.places = Places(self.typed.function)

    def kind(self, atom: Atom) -> k.Kind:
        return self.typed.kinds.get(atom, k.UNKNOWN) if isinstance(atom, Value) else k.NONE

    # Conflicts.

    def conflicts(self) -> None:
        for (_, position), (stmt, danger) in self.facts.conflicts.items():
            self.resolve(stmt, position, danger)

    def resolve(self, stmt: Stmt, position: int, danger: int) -> None:
        """Make an operand of a statement free of the nodes in danger."""
        base = operands(stmt)[position]
        edge = Edge(stmt, position)
        assert isinstance(base, Value)
        self.whole = not isinstance(stmt, Op) or stmt.prim in prims.UPDATES.values()
        if self.direct:
            self.copy(edge, base, self.whole)
            return
        left = 0
        for node in bits(danger):
            owner = self.facts.owner[node]
            if owner is None or owner is base or not self.cut(owner, node, base):
                left |= 1 << node
        if left and not (left & ~self.facts.all(base) == 0 and self.keep_old(stmt, base)):
            self.protect(edge, base, left, set())

    def cut(self, value: Value, node: int, base: Value) -> bool:
        """Copy on the side of a value that shares memory with the base: a view, or what a container keeps."""
        stmt = self.places.definition.get(value)
        if self.facts.top(value) & 1 << node:
            if isinstance(stmt, Op) and isinstance(self.kind(value), k.Array) and stmt.args and len(stmt.outs) == 1 \
                    and stmt.prim.result in ("view", "maybe_view") and not stmt.prim.update:
                self.edits.copy_result(stmt, self.copier(value, False))
                return True
            return False
        edges = self.entries(value, base, set())
        for edge in edges or ():
            self.copy(edge, edge.atom, whole=True)
        return bool(edges)

    def meets(self, atom: Atom, base: Value) -> bool:
        """Whether what a value is or holds may be the base's object."""
        top = self.facts.top(base)
        return bool(self.facts.all(atom) & top or self.facts.related(top) & self.facts.all(atom))

    def entries(self, value: Atom, base: Value, seen: set[tuple[Value, Value]]) -> list[Edge] | None:
        """The edges on which the base's object went into a container; None if they cannot all be told."""
        if not isinstance(value, Value) or (value, base) in seen or not self.meets(value, base):
            return []
        seen.add((value, base))
        stmt = self.places.definition.get(value)
        if isinstance(stmt, Op):
            return self._entries_of_op(stmt, base, seen)
        if not isinstance(stmt, (If, For, While)):
            return None
        origin = self.places.definition.get(base)
        found: list[tuple[Atom, Value]] = []
        if origin is stmt and not (isinstance(stmt, For) and base is stmt.target):
            for mine, other in zip(self.places.incoming(value), self.places.incoming(base)):
                if isinstance(other.atom, Value):
                    found.append((mine.atom, other.atom))
        elif isinstance(origin, If) and self.places.order[base] > self.places.order[value]:
            found = [(value, edge.atom) for edge in self.places.incoming(base) if isinstance(edge.atom, Value)]
        else:
            found = [(edge.atom, base) for edge in self.places.incoming(value)]
        return self._all_entries(found, seen)

    def _entries_of_op(self, op: Op, base: Value, seen: set[tuple[Value, Value]]) -> list[Edge] | None:
        if op.prim in (prims.POP, prims.COPY) and op.outs[0] is not base:
            return self.entries(op.args[0], base, seen)
        if op.prim not in (prims.PUSH, prims.SETITEM, prims.TUPLE, prims.LIST, prims.DICT):
            return None
        edges: list[Edge] = []
        found: list[tuple[Atom, Value]] = []
        for position, atom in enumerate(op.args):
            if not self.meets(atom, base):
                continue
            if position == 0 and op.prim.update or isinstance(self.kind(atom), k.Tuple):
                found.append((atom, base))
            else:
                edges.append(Edge(op, position))
        more = self._all_entries(found, seen)
        return None if more is None else edges + more

    def _all_entries(self, pairs: list[tuple[Atom, Value]], seen: set[tuple[Value, Value]]) -> list[Edge] | None:
        edges: list[Edge] = []
        for value, base in pairs:
            more = self.entries(value, base, seen)
            if more is None:
                return None
            edges += more
        return edges

    def keep_old(self, stmt: Stmt, base: Value) -> bool:
        """Copy the old version for those who read it later, if the update is in the region that binds it."""
        if not isinstance(stmt, Op) or stmt.outs[0].hint != base.hint or not self.places.same_region(base, stmt):
            return False
        if base in self.typed.function.params:
            return False
        old = self.edits.copy_before(stmt, base, self.copier(base, False), f"{base.hint}_old" if base.hint else None)
        self.edits.rename_after(stmt, base, old)
        return True

    def protect(self, edge: Edge, atom: Atom, danger: int, seen: set[tuple[int, int]]) -> None:
        """Copy a value on its way to an edge, as far out as what is in danger allows."""
        if not isinstance(atom, Value):
            return
        stmt = self.places.definition.get(atom)
        if isinstance(stmt, (If, For, While)) and not (isinstance(stmt, For) and atom is stmt.target) \
                and self.older(danger & ~self.parallel(danger, stmt, atom), stmt):
            for way in self.places.incoming(atom):
                key = id(way.at), way.position
                if key not in seen and (self.facts.related(self.facts.top(way.atom)) & danger):
                    self.protect(way, way.atom, danger, seen | {key})
            return
        branch = self.hoisted(edge, atom, danger)
        if branch is None:
            self.copy(edge, atom, self.whole)
        else:
            fresh = self.edits.copy_before(branch, atom, self.copier(atom, self.whole), atom.hint, atom.user)
            self.edits.rename_in(branch, atom, fresh)

    def parallel(self, danger: int, stmt: Stmt, atom: Value) -> int:
        """The nodes in danger of what a loop carries beside a value, and that can only be the same on its way in."""
        found = 0
        if not isinstance(stmt, (For, While)) or atom not in stmt.params:
            return 0
        for node in bits(danger):
            other = self.facts.owner[node]
            if other is None or other is atom or other not in stmt.params or not self.facts.top(other) & 1 << node:
                continue
            ways = [(a, b) for a, b in zip(self.places.incoming(atom), self.places.incoming(other)) if a.at is not stmt]
            if not any(self.facts.related(self.facts.top(a.atom)) & self.facts.all(b.atom) for a, b in ways):
                found |= 1 << node
        return found

    def older(self, danger: int, stmt: Stmt) -> bool:
        """Whether all that is in danger was there before a statement."""
        at = self.places.number[id(stmt)]
        owners = [self.facts.owner[n] for n in bits(danger)]
        return all(v is None or self.places.order[v] < at for v in owners)

    def hoisted(self, edge: Edge, atom: Value, danger: int) -> If | None:
        """The outermost branch around an update whose other side hands on the same value: it is copied before."""
        found = None
        at: Stmt | None = edge.at if not isinstance(edge.at, Region) else None
        while at is not None:
            around = self.places.around(at)
            if not isinstance(around, If) or self.places.order[atom] > self.places.number[id(around)] \
                    or not self.older(danger & ~self.facts.all(atom), around):
                break
            mine, other = _sides(around, at)
            if isinstance(mine.exit, Yield) and atom in mine.exit.vals:
                break                   # the old version leaves the branch beside the new one
            if isinstance(other.exit, Yield) and atom in other.exit.vals:
                found = around
            at = around
        return found

    def copier(self, atom: Atom, whole: bool) -> Prim:
        """The primitive that copies a value; `whole`: with all it holds."""
        kind = self.kind(atom)
        if atom in self.unsure:
            return self.deep            # None has no .copy()
        if isinstance(kind, k.Array):
            return self.deep if kind == k.NUMERIC else prims.COPY
        flat = isinstance(kind, (k.List, k.Dict)) and not (whole and isinstance(kind.elt, _SHARED))
        return prims.COPY if flat else self.deep

    def copy(self, edge: Edge, atom: Atom, whole: bool = False) -> None:
        if self.places.inside(edge, lambda stmt: atom in self.edits.within.get(id(stmt), ())):
            return                  # it reads a copy already, made before a branch around it
        self.edits.copy_on(edge, atom, self.copier(atom, whole), *self.places.name_on(edge))

    # Results.

    def results(self, first_only: bool) -> None:
        for region in self.facts.returns:
            given = 0
            whole = Edge(region, 0)
            made = self.places.definition.get(whole.atom) if isinstance(whole.atom, Value) else None
            if first_only and isinstance(made, Op) and made.prim is prims.TUPLE:
                whole = Edge(made, 0)
            for edge in self.parts(whole):
                given |= self.result(edge, given)

    def parts(self, edge: Edge) -> list[Edge]:
        """The values a result is made of: tuples built here are taken apart."""
        stmt = self.places.definition.get(edge.atom) if isinstance(edge.atom, Value) else None
        if isinstance(stmt, Op) and stmt.prim is prims.TUPLE:
            return [part for i in range(len(stmt.args)) for part in self.parts(Edge(stmt, i))]
        return [edge]

    def result(self, edge: Edge, given: int) -> int:
        """Make one result fresh; tells its nodes."""
        mine = self.facts.all(edge.atom)
        if not mine or not k.is_inexact(self.kind(edge.atom)):
            return 0
        near = self.facts.related(mine)
        if given & near:
            self.copy(edge, edge.atom, whole=True)
            return 0
        if near & OUTSIDE:
            if isinstance(self.kind(edge.atom), k.Array) and not self.direct:
                self.protect(edge, edge.atom, OUTSIDE, set())
            else:
                self.copy(edge, edge.atom, whole=True)
        return mine


def _saves(key: object) -> bool:
    """Whether a callee gives a pair of its result and what it saved, which is None on some paths; or two such pairs."""
    return isinstance(key, tuple) and len(key) > 1 and (key[0] == "fwd" or key[0] == "jvp" and _saves(key[1]))


def _handed_on(call: Call) -> list[Value]:
    """What a backward half is given as what its forward half saved: None on some paths."""
    if not (isinstance(call.callee.key, tuple) and call.callee.key[0] == "bwd"):
        return []
    half = call.callee.core(()).function
    return [a for p, a in zip(half.params, call.args) if p in half.owned and isinstance(a, Value)]


def _sides(branch: If, stmt: Stmt) -> tuple[Region, Region]:
    """The arm of a branch that a statement stands in, and the other one."""
    inside = any(s is stmt for s in branch.then.stmts)
    return (branch.then, branch.orelse) if inside else (branch.orelse, branch.then)
