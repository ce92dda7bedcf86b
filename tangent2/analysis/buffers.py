"""Which values may share memory at run time if every update is done in place: a relation, found by abstract execution.

A fresh value is related to nothing, a view to its base and to what that is related to, a container's inside to what
was put in.  What is popped is not in the rest, unless two parts of the inside may be the same (`analysis/nodes.py`).

Nothing is merged by allocation site: when a definition is executed again (in a loop) its nodes start anew, and the
params of a loop are related exactly if their init values, or the values of one yield, are.  So swapped buffers, a list
of the arrays of past iterations, tapes of tapes are all told apart.  Two nodes stand for the outside (arguments,
captured values); `OUTSIDE` may never be written.

The result of an update is related to nothing: either that is so, or the update is in conflict and must get a copy.
Where it is asked what the user's program means (`in_place`), it is the base's object, with the relations of that.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tangent2.analysis.callee_memory import CallFacts, Summary, by_position, given_back, may_be_several, nothing_known
from tangent2.analysis.flows import Flows
from tangent2.analysis.liveness import live_after
from tangent2.analysis.nodes import ARRAYS, CONTAINERS, OUTSIDE, Key, Node, bits, is_attribute
from tangent2.analysis.opaque import UNKNOWN_CODE, exposed
from tangent2.analysis.turns import Turns, bound_in, turns_of
from tangent2.core import kinds as k
from tangent2.core import prims
from tangent2.core.prims import Prim
from tangent2.core.sharing import shares
from tangent2.core.syntax import (
    Atom, Call, Callee, Const, For, Function, If, Note, Op, Region, Return, Stmt, Typed, Value, While, Yield, operands,
)


@dataclass(frozen=True, slots=True)
class Facts:
    """The relation at its fixed point, and what it says of updates and results.

    nodes: of each value; rows: per node the mask of related nodes; owner: the value of a node.
    live: per statement (by identity) the mask of the nodes read after it.
    conflicts: per update or consuming call (by identity) and operand in danger: the nodes in its way.
    returns: the atom and statement-free region of each return.
    """

    nodes: dict[Value, int]
    keys: dict[Atom, tuple[tuple[Key, Node], ...]]
    rows: list[int]
    owner: list[Value | None]
    live: dict[int, int]
    conflicts: dict[tuple[int, int], tuple[Stmt, int]]
    returns: tuple[Region, ...]

    def top(self, atom: Atom) -> int:
        """The node of a value's own object, as a mask (0: it has none)."""
        return sum(1 << n for (path, role, _), n in self.keys.get(atom, ()) if role == "T" and not path) \
            if isinstance(atom, Value) else 0

    def all(self, atom: Atom) -> int:
        return self.nodes.get(atom, 0) if isinstance(atom, Value) else 0

    def related(self, nodes: int) -> int:
        """What the nodes of a mask are related to, themselves included."""
        found = nodes
        for n in bits(nodes):
            found |= self.rows[n]
        return found

    def tangled(self, nodes: int) -> bool:
        """Whether two parts of what a node stands for may be the same object."""
        return any(self.rows[n] >> n & 1 for n in bits(nodes))

    def owned(self, atom: Atom, at: Stmt) -> bool:
        """Whether `at` may write to this value: it is fresh, dead afterwards, and nothing live shares its memory."""
        top = self.top(atom)
        mine = self.all(atom)
        live = self.live[id(at)] | OUTSIDE
        return top != 0 and not mine & live and not (self.related(top) & ~mine) & live


def _is_unknown(kind: k.Kind, key: Key) -> bool:
    """Whether a node is that of an attribute, or of arrays among the elements, of which nothing is known."""
    for name in key[0]:
        kind = dict(kind.items or ()).get(name, k.UNKNOWN) if isinstance(kind, k.Dict) else kind
    return _holds_unknown(kind) if key[1:] == ("I", ARRAYS) else isinstance(kind, k.Unknown)


def _holds_unknown(kind: k.Kind) -> bool:
    """Whether there may be an array that nothing is known of in a list or a dict, at whatever depth."""
    if isinstance(kind, k.Dict) and kind.cls is None and kind.items is not None:
        return any(_holds_unknown(part) for _, part in kind.items)
    if isinstance(kind, k.List) or isinstance(kind, k.Dict) and kind.cls is None:
        return _holds_unknown(kind.elt)
    return isinstance(kind, k.Unknown)


def analyse(typed: Typed, summary: Summary = nothing_known, own_params: bool = False, in_place: bool = False,
            apart: bool = False, called: bool = False) -> Facts:
    """The relation between the values of a function; with `own_params` parameters are no part of the outside.

    `in_place`: updates give the object that they are given, for whatever conflicts are resolved in another way.
    `apart`: the arrays that owned objects hold share memory with nothing (`overlap.apart`, or who calls, sees to it);
    `called`: but what objects hold of which nothing is known may.

    >>> from tangent2.core.syntax import Const, IndexSpec
    >>> u, v, w = Value("u"), Value("v"), Value("w")
    >>> at = IndexSpec((None,))
    >>> ops = Op((v,), prims.COPY, (u,)), Op((w,), prims.SETITEM, (v, Const(0), Const(1.0)), static=at)
    >>> f = Function("f", (u,), Region(ops, Return((w,))))
    >>> found = analyse(Typed(f, dict.fromkeys((u, v, w), k.Array()), k.Array()))
    >>> found.owned(v, ops[1]), found.owned(u, ops[0]), found.conflicts
    (True, False, {})
    """
    run = _Run(typed, summary, in_place, called)
    run.live = live_after(typed.function.body, run.nodes)
    if not own_params:
        run.params(typed.function, typed.kinds if apart else {})
    run.region(typed.function.body)
    return Facts(run.nodes, run.keys, run.rows, run.owner, run.live, run.conflicts, tuple(run.returns.values()))


class _Run(Flows):
    """The abstract execution: the relation between what exists now."""

    def __init__(self, typed: Typed, summary: Summary, in_place: bool, called: bool) -> None:
        super().__init__(typed.kinds)
        self.called = called
        self.summary = summary
        self.in_place = in_place
        self.restored = typed.function.restored if in_place else frozenset()
        self.stored: list[tuple[Node, int]] = []        # what has got into what holds a container
        self.live: dict[int, int] = {}
        self.headers: dict[int, list[tuple[Node, int]]] = {}
        self.loops: dict[int, Turns] = {}
        self.conflicts: dict[tuple[int, int], tuple[Stmt, int]] = {}
        self.returns: dict[int, Region] = {}
        for value in (*typed.function.params, *bound_in(typed.function.body)):
            self.enter(value, typed.kinds.get(value, k.UNKNOWN))

    # Execution.

    def params(self, function: Function, apart: Mapping[Value, k.Kind]) -> None:
        for param in function.params:
            kind = apart.get(param)
            if param in function.owned and isinstance(kind, (k.Dict, k.List)):
                self.add(self.rows_of([(n, OUTSIDE if self.called and _is_unknown(kind, key) else 0)
                                       for key, n in self.keys.get(param, ())]))
            elif param in function.owned:
                self.add(self.rows_of([(n, OUTSIDE if key[2] == ARRAYS and (key[1] == "I" or is_attribute(key)) else 0)
                                       for key, n in self.keys.get(param, ())]))
            else:
                self.add(self.rows_of(self.each(param, OUTSIDE)))

    def region(self, region: Region) -> None:
        for stmt in region.stmts:
            if isinstance(stmt, Op):
                if stmt.prim in UNKNOWN_CODE:
                    self.expose(stmt)
                if stmt.prim is prims.SETTLE:       # the base's object, which the part is a view of
                    self.define(self.each(stmt.out, self.all(stmt.args[0], stmt.args[-1])))
                elif stmt.prim.update:
                    self.update(stmt)
                elif stmt.prim is prims.CAUGHT and stmt.static.what is not None:
                    self.attempt(stmt, stmt.static.what)
                elif any(v in self.keys for v in stmt.outs):
                    self.define(*self.sources(stmt))
                    if stmt.prim in _MAY_REPEAT and (stmt.prim is prims.MUL or len(set(stmt.args)) < len(stmt.args)):
                        self.repeat(stmt.out)
                    if self.in_place and stmt.prim.name == "deep_copy":     # of the user, with Python's memory of it
                        self.mirror(stmt.out, stmt.args[0])
            elif not isinstance(stmt, Note):
                _STMTS[type(stmt)](self, stmt)
        if isinstance(region.exit, Return):
            self.returns[id(region)] = region

    def mirror(self, value: Value, whole: Atom) -> None:
        """Parts of a copy may be the same object where those of what was copied may."""
        keys = self.keys.get(whole, ()) if isinstance(whole, Value) else ()
        new = dict(self.keys.get(value, ()))
        if all(key in new for key, _ in keys):
            self.add([(new[key], 1 << new[other]) for key, n in keys for other, m in keys if self.rows[n] >> m & 1])
        elif self.near(self.all(whole)) & self.all(whole):
            self.tangle(value)

    def repeat(self, value: Value) -> None:
        """Two parts of what a container holds may be the same object."""
        self.add([(n, 1 << n) for n in bits(self.insides(value))])

    def update(self, op: Op) -> None:
        """In place: the result is the base's object, which nothing else may be from now on."""
        base = op.args[0]
        array = isinstance(self.kind(base), k.Array)
        kept = op.prim is prims.AT_ADD or not array and not self.is_sum(op)
        rest = self.all(*op.args[1:]) if kept else 0
        read = 0 if op.prim is prims.BECOME and op.static is None else rest     # it is that from now on
        written = self.tops(base)
        held = self.insides(base)
        inner = not array and op.prim not in _WHOLE     # `l[i] += v` writes to what the list holds
        if inner:
            written |= held
        live = (self.live[id(op)] | read | OUTSIDE) & ~self.all(*op.outs)
        self.check(op, 0, written, live, OUTSIDE if inner and self.near(held) & held else 0)
        same = self.tops(base) if self.in_place else 0
        if self.in_place and not array and op.outs[0] not in self.restored:     # what is put back was stored before
            self.spread(base, rest, self.all(base) if op.prim is prims.BECOME and op.static is None else 0)
        kind = self.kind(op.outs[0])
        if op.prim is prims.SETITEM and isinstance(kind, k.Dict) and kind.cls is not None:
            self.define(self.with_attribute(op, same))
            return
        if op.prim is prims.BECOME:
            if op.static == "once":
                self.define(self.inside(op.outs[0], held | self.all(*op.args[2:]), same))
            else:
                self.merge(op.outs, [op.args[1:2]])
        elif op.prim is prims.POP:
            rows = self.inside(op.outs[0], held, same) + self.each(op.outs[1], held)
            self.define(rows, split=True)
        else:
            self.define(self.inside(op.outs[0], held if op.outs[0] in self.restored else held | rest, same))

    def is_sum(self, op: Op) -> bool:
        """Whether `l[i] += v` adds numbers or arrays: what is there afterwards is new, or was there before."""
        kind = self.kind(op.args[0])
        return op.prim in _SUMS and isinstance(kind, (k.List, k.Dict)) and isinstance(kind.elt, _NUMERIC) \
            and isinstance(self.kind(op.args[-1]), _NUMERIC)

    def spread(self, container: Atom, more: int, before: int = 0) -> None:
        """What holds a container holds what is stored in it too, and this twice if it holds that already.

        `before`: what the container was, of which it keeps what it keeps: that is not held twice for that.
        """
        inside, near = more & self.inner, self.near(more)
        added = near & ~(more | before | self.near(before))
        twice = ~0 if not before or self.near(inside) & inside else self.near(added)
        more |= near
        for holder in bits(self.near(self.tops(container)) & self.inner & ~OUTSIDE):
            keys = self.keys[self.owner[holder]]        # type: ignore[index]
            path = next(key[0] for key, n in keys if n == holder)
            new = [(n, more & (twice | ~(1 << n)) & self.masks[key[2]] & ~self.rows[n])
                   for key, n in keys if key[:2] == (path, "I")]
            self.stored += new
            self.add(new)

    def with_attribute(self, op: Op, top: int) -> list[tuple[Node, int]]:
        """The sources of an object of which one attribute is another."""
        base, name, value = op.args
        there = dict(self.keys.get(base, ()))
        found = []
        for key, n in self.keys.get(op.outs[0], ()):
            if key[0] and Const(key[0][0]) == name:
                found.append((n, self.attribute(value, key)))
            else:
                found.append((n, top if not key[0] else 1 << there[key] if key in there else self.insides(base)))
        return found

    def expose(self, op: Op) -> None:
        """Code that nobody knows may write to its operands, and to all that these hold."""
        live = (self.live[id(op)] | OUTSIDE) & ~self.all(*op.outs)
        for position in exposed(op, self.kind):
            self.check(op, position, self.all(op.args[position]), live)

    def check(self, stmt: Stmt, position: int, written: int, live: int, certain: int = 0) -> None:
        """Note which nodes are in the way of writing to nodes of an operand of a statement."""
        mine = self.all(operands(stmt)[position])
        danger = (self.near(written) & ~mine | mine) & live | certain
        if danger:
            self.conflicts[id(stmt), position] = stmt, danger
        else:
            self.conflicts.pop((id(stmt), position), None)

    def call(self, call: Call) -> None:
        facts = self.summary(call.callee, tuple([self.kind(a) for a in call.args]))
        live = (self.live[id(call)] | OUTSIDE) & ~self.all(call.out)
        for i in facts.consumes:
            others = self.all(*[a for j, a in enumerate(call.args) if j != i])
            mine = self.all(call.args[i]) & self.masks[CONTAINERS] | self.tops(call.args[i])
            held = self.insides(call.args[i]) & (~0 if facts.reaches else self.masks[CONTAINERS])
            if self.in_place:       # what is held is told apart by nobody else
                self.check(call, i, mine | held, live | others, OUTSIDE if self.near(held) & held else 0)
            else:
                self.check(call, i, mine | held & self.attributes, live | others)
        for i in range(facts.apart if self.in_place else 0):
            mine, others = self.all(call.args[i]), self.all(*call.args[:i], *call.args[i + 1:facts.apart])
            if i not in facts.consumes:
                self.check(call, i, mine, others, OUTSIDE if self.near(mine) & mine else 0)
        keys = [(by_position(key, self.kind(call.out)), n) for key, n in self.keys.get(call.out, ())]
        sources = facts.sources
        for at, position in enumerate(given_back(call.callee) if self.in_place else (), 1):
            self.spread(call.args[position], self.gained(call, facts, at, position))
        if sources is None:
            held, shared = self.all(*call.args) | OUTSIDE, True
        else:
            held = self.given(call, sources.values(), whole=True)
            shared = facts.shared or may_be_several(self.kind(call.out)) or any(
                key not in sources and key != _OWN for key, _ in keys)
        lent = 0 if facts.makes else self.all(*call.args) & self.masks[CONTAINERS]      # objects have no node there
        first = (0,) if given_back(call.callee) else ()
        self.define([(n, (self.given(call, (sources[key],)) if sources and key in sources else held) | (
            lent if key[0][:len(first)] == first and key[2] == CONTAINERS else 0)) for key, n in keys])
        if shared:
            self.tangle(call.out)

    def gained(self, call: Call, facts: CallFacts, at: int, position: int) -> int:
        """What an argument that a callee gives back, at a place of its result, may hold since the call."""
        if facts.sources is None:
            return self.all(*call.args)
        found = 0
        for (path, role, plane), (parts, _) in facts.sources.items():
            own = position, (path[1:], role, plane)
            if path[:1] == (at,):
                found |= self.given(call, [(tuple([part for part in parts if part != own]), False)])
        return found

    def tangle(self, value: Value) -> None:
        """The parts of a value may share memory with each other."""
        whole = self.all(value)
        self.add([(n, whole & self.masks[self.plane[n]] & (~0 if self.inner >> n & 1 else ~(1 << n)))
                  for _, n in self.keys.get(value, ())])

    def attempt(self, op: Op, what: Callee | Prim) -> None:
        """The exception, which nobody asks what it holds unless it carries something, and what the call gives."""
        call = Call((op.out,), what, op.args[1:], op.origin)    # type: ignore[arg-type]
        if isinstance(what, Prim):
            fresh = shares(Op((op.out,), what, call.args), self.kind) == "fresh"
            facts = CallFacts(dict.fromkeys([((), "T", ARRAYS)], ((), False)), False) if fresh else CallFacts()
        else:
            facts = self.summary(what, tuple([self.kind(a) for a in call.args]))
        sources, whole = facts.sources, self.all(*call.args) | OUTSIDE
        found = []
        for key, n in self.keys.get(op.out, ()):
            key = by_position(key, self.kind(op.out))
            below = key[0][1:], key[1], key[2]
            if key[0][:1] == (1,) and sources is not None and below in sources:
                found.append((n, self.given(call, (sources[below],))))
            else:
                found.append((n, 0 if key[0][:1] == (0,) and not op.static.carries else whole))
        self.define(found)
        if sources is None or facts.shared or may_be_several(self.kind(op.out)):
            self.tangle(op.out)

    def branch(self, stmt: If) -> None:
        self.region(stmt.then)
        self.region(stmt.orelse)
        exits = [r.exit for r in (stmt.then, stmt.orelse)]
        self.merge(stmt.outs, [e.vals for e in exits if isinstance(e, Yield) and len(e.vals) == len(stmt.outs)])

    def way(self, outs: tuple[Value, ...], vals: tuple[Atom, ...]) -> list[tuple[Node, int]]:
        """The rows of values that are, one by one, those given."""
        return self.rows_of([s for out, atom in zip(outs, vals) if out in self.keys for s in self.matched(out, atom)])

    def merge(self, outs: tuple[Value, ...], ways: list[tuple[Atom, ...]]) -> None:
        """Bind values that are what one of several ways gives."""
        found = [self.way(outs, vals) for vals in ways]
        self.kill([n for out in outs for _, n in self.keys.get(out, ())])
        for rows in found:
            self.add(rows)

    def loop(self, stmt: For | While) -> None:
        facts = self.loops.get(id(stmt)) or self.loops.setdefault(id(stmt), turns_of(self, stmt))
        self.merge(stmt.params, [stmt.init])
        self.add(self.headers.get(id(stmt), ()))
        header = [(n, self.rows[n]) for n in facts.params]
        kept = facts.older & ~self.all(*stmt.params)        # what no turn defines anew
        stored = len(self.stored)
        self.body(stmt)
        while True:
            new = [(n, row & facts.older) for vals in facts.yields for n, row in self.way(stmt.params, vals)]
            grown = any(kept >> n & 1 and row & kept for n, row in self.stored[stored:])
            if not grown and all(not row & ~self.rows[n] for n, row in new):
                break
            stored = len(self.stored)
            self.kill(facts.params)
            self.add(header)
            self.add(new)
            header = [(n, self.rows[n]) for n in facts.params]
            self.body(stmt)
        self.headers[id(stmt)] = header
        self.merge(stmt.outs, [stmt.params, *facts.breaks])

    def body(self, stmt: For | While) -> None:
        if isinstance(stmt, While):
            self.region(stmt.cond)
        elif stmt.target in self.keys:
            inside = isinstance(self.kind(stmt.iter), (k.List, k.Dict, k.Iterator))
            self.define(self.each(stmt.target, self.insides(stmt.iter) if inside else self.all(stmt.iter)))
        self.region(stmt.body)


_OWN: Key = ((), "T", CONTAINERS)
_SUMS, _NUMERIC = frozenset(prims.UPDATES.values()), (k.Number, k.Array)
_MAY_REPEAT = frozenset({prims.LIST, prims.DICT, prims.ADD, prims.MUL})        # [a, a], [a] * 2
_WHOLE = frozenset({prims.PUSH, prims.POP, prims.BECOME, prims.SETITEM, prims.INPLACE, prims.ACCUMULATE})
_STMTS: dict[type, Callable[[_Run, Stmt], None]] = {
    Call: _Run.call, If: _Run.branch, For: _Run.loop, While: _Run.loop,  # type: ignore[dict-item]
}
