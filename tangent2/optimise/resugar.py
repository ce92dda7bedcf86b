"""Re-sugaring: loops over indices become loops over what is indexed, and a last `if` returns from its branches.

The core iterates by index; people write `for v in xs`, `for k, v in enumerate(xs)`, `for a, b in zip(xs, ys)`.  Only
elements that have a name are taken into the loop's head: `xs[k]` in the middle of an expression stays.
"""
from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from tangent2.core import prims
from tangent2.core.dims import same_extent
from tangent2.core.kinds import OBJECT, Array, Kind, Tuple
from tangent2.core.prims import Prim
from tangent2.core.syntax import (
    ONE_ITEM, Atom, Const, For, If, Note, Op, Region, Return, Stmt, Typed, Undef, Value, Yield, regions, walk,
)
from tangent2.core.walk import bound, count_uses, map_exit, map_regions, substitute
from tangent2.names import BACKWARD, is_derived
from tangent2.optimise.spell import spell_out

ZIP = Prim("zip", ("builtin", "zip"), result="same", obj=zip)
ENUMERATE = Prim("enumerate", ("builtin", "enumerate"), result="same", obj=enumerate)
REVERSED = Prim("reversed", ("builtin", "reversed"), result="same", obj=reversed)


def resugar(typed: Typed) -> Typed:
    """A function whose loops and last branches read as a person writes them.

    >>> from tangent2.core.kinds import FLOAT, INT, List
    >>> from tangent2.core.show import show
    >>> from tangent2.core.syntax import Function
    >>> LEN, RANGE = Prim("len", ("builtin", "len")), Prim("range", ("builtin", "range"))
    >>> xs, n, r, k, v, s, s2, out = [Value(h, True) for h in ("xs", "n", "r", "k", "v", "s", "s", "s")]
    >>> body = Region((Op((v,), prims.GETITEM, (xs, k), static=ONE_ITEM), Op((s2,), prims.ADD, (s, v))), Yield((s2,)))
    >>> loop = For((out,), k, r, (s,), (Const(0.0),), body)
    >>> stmts = (Op((n,), LEN, (xs,)), Op((r,), RANGE, (n,)), loop)
    >>> kinds = {xs: List(FLOAT), n: INT, r: OBJECT, k: INT, v: FLOAT, s: FLOAT, s2: FLOAT, out: FLOAT}
    >>> print(show(resugar(Typed(Function("f", (xs,), Region(stmts, Return((out,)))), kinds, FLOAT)).function).strip())
    def f(xs.0):
        s.4 = for v.2 in xs.0 carrying (s.1 := 0.0):
            s.3 = add(s.1, v.2)
            yield s.3
        return s.4
    """
    typed = spell_out(typed)
    body = typed.function.body
    kinds = dict(typed.kinds)
    defs = {s.out: s for s in walk(body) if isinstance(s, Op) and len(s.outs) == 1}
    loops = {s.iter: s for s in walk(body) if isinstance(s, For)}
    if loops:
        sugar = _Sugar(kinds, defs, _lengths(body, defs), set(), count_uses(body))
        body = sugar.region(body)
        if sugar.stale:
            body = _without(body, sugar.stale)
    body = _returning(_one_note(body), kinds)
    return typed if body is typed.function.body else Typed(replace(typed.function, body=body), kinds, typed.result)


# ----------------------------------------------------------------------------------------------------------- loops


def _is_builtin(op: Stmt | None, name: str) -> bool:
    return isinstance(op, Op) and op.prim.spelling == ("builtin", name) and not op.kw


@dataclass(slots=True)
class _Sugar:
    """Facts about one function; `stale` collects operations that may have lost their last reader."""

    kinds: dict[Value, Kind]
    defs: Mapping[Value, Op]
    lengths: Mapping[Value, Value]      # lists with one element for each of another value's
    stale: set[Value]
    uses: Mapping[Value, int]

    def region(self, region: Region) -> Region:
        stmts: list[Stmt] = []
        for stmt in region.stmts:
            stmt = map_regions(stmt, self.region)
            if isinstance(stmt, For):
                stmt = self.loop(stmt, stmts)
            stmts.append(stmt)
        return Region(tuple(stmts), region.exit)

    def loop(self, stmt: For, stmts: list[Stmt]) -> For:
        """The loop over elements, where its index only picks elements that have names."""
        found = self.counted(stmt.iter)
        if found is None:
            return stmt
        counted, backwards = found
        picks = self.picks(stmt)
        sources = list(dict.fromkeys([p.args[0] for p in picks]))
        if not sources or not all(isinstance(s, Value) and self.covers(s, counted, len(sources)) for s in sources):
            return stmt
        if len(counted) > 1 and {id(self.base(c)) for c in counted} != {id(self.base(s)) for s in sources}:
            return stmt         # zip stops with the shortest: all that the loop stops for must be in it
        elements = {s: self.element([p for p in picks if p.args[0] is s]) for s in sources}
        names = {p.out: elements[p.args[0]] for p in picks if p.out is not elements[p.args[0]]}
        body = substitute(_dropped(stmt.body, set(picks)), names)
        self.mark(stmt.iter)
        if stmt.target not in count_uses(body):
            return self.over(stmt, body, [s for s in sources if isinstance(s, Value)], elements, backwards, stmts)
        if backwards or len(sources) != 1 or len(counted) != 1 or not stmt.target.user:
            return stmt
        pair = self.new(ENUMERATE, (sources[0],), stmts)
        return self.unpacking(stmt, pair, (stmt.target, elements[sources[0]]), body)

    def over(self, stmt: For, body: Region, sources: list[Value], elements: Mapping[Atom, Value], backwards: bool,
             stmts: list[Stmt]) -> For:
        iters = [self.new(REVERSED, (s,), stmts) if backwards else s for s in sources]
        if len(iters) == 1:
            return replace(stmt, target=elements[sources[0]], iter=iters[0], body=body)
        return self.unpacking(stmt, self.new(ZIP, tuple(iters), stmts), tuple([elements[s] for s in sources]), body)

    def unpacking(self, stmt: For, iter: Value, targets: tuple[Value, ...], body: Region) -> For:
        item = Value()
        self.kinds[item] = Tuple(tuple([self.kinds.get(t, OBJECT) for t in targets]))
        first = Op(targets, prims.UNPACK, (item,), static=(len(targets), False, 0), origin=stmt.origin)
        return replace(stmt, target=item, iter=iter, body=Region((first, *body.stmts), body.exit))

    def new(self, prim: Prim, args: tuple[Atom, ...], stmts: list[Stmt]) -> Value:
        out = Value()
        self.kinds[out] = OBJECT
        stmts.append(Op((out,), prim, args))
        return out

    # what the loop counts

    def counted(self, atom: Atom) -> tuple[list[Atom], bool] | None:
        """What a range takes its length from (`range(len(xs))`, `range(len(xs) - 1, -1, -1)`), and if it runs back."""
        made = self.defs.get(atom) if isinstance(atom, Value) else None
        if made is None or not _is_builtin(made, "range"):
            return None
        if len(made.args) == 1:
            return self.measured(made.args[0], True), False
        if len(made.args) == 3 and made.args[1:] == (Const(-1), Const(-1)):
            last = self.defs.get(made.args[0]) if isinstance(made.args[0], Value) else None
            if last is not None and last.prim is prims.SUB and last.args[1] == Const(1):
                return self.measured(last.args[0], False), True
        return None

    def measured(self, atom: Atom, several: bool) -> list[Atom]:
        """The values whose length (or least length) a number is; the number itself if it is a literal."""
        if isinstance(atom, Const):
            return [atom]
        made = self.defs.get(atom) if isinstance(atom, Value) else None
        if made is not None and _is_builtin(made, "len"):
            return [made.args[0]]
        if several and made is not None and _is_builtin(made, "min") and len(made.args) > 1:
            return [m for a in made.args for m in self.measured(a, False)]
        return []

    def covers(self, source: Value, counted: list[Atom], sources: int) -> bool:
        """Whether a value surely has as many elements as the loop has iterations (or the loop stops with it)."""
        return any(self.as_long(source, c) for c in counted)

    def base(self, atom: Atom) -> Atom:
        while isinstance(atom, Value) and atom in self.lengths:
            atom = self.lengths[atom]
        return atom

    def as_long(self, source: Value, other: Atom) -> bool:
        kind = self.kinds.get(source)
        if isinstance(other, Const):
            return isinstance(kind, Tuple) and len(kind.elts) == other.value
        if self.base(source) is self.base(other):
            return True
        theirs = self.kinds.get(other) if isinstance(other, Value) else None
        return (isinstance(kind, Array) and isinstance(theirs, Array) and bool(kind.shape) and bool(theirs.shape)
                and same_extent(kind.shape[0], theirs.shape[0]))      # type: ignore[index]

    # what the index picks

    def picks(self, stmt: For) -> list[Op]:
        """The elements with names that the body takes at the loop's index from values bound outside."""
        inner = bound(stmt.body) | set(stmt.params)
        first = tuple([s for s in stmt.body.stmts if not isinstance(s, Note)])[:2]
        return [s for s in walk(stmt.body)
                if isinstance(s, Op) and s.prim is prims.GETITEM and s.static == ONE_ITEM and s.args[1] is stmt.target
                and s.args[0] not in inner and (s.out.user or self.taken_apart(s, first))]

    def taken_apart(self, pick: Op, first: tuple[Stmt, ...]) -> bool:
        """Whether an element stands first in the body, unpacked to the user's names at once, and is read no more."""
        if len(first) < 2 or first[0] is not pick or not isinstance(first[1], Op):
            return False
        return (first[1].prim is prims.UNPACK and first[1].args == (pick.out,) and self.uses.get(pick.out) == 1
                and any(v.user for v in first[1].outs))

    def element(self, picks: list[Op]) -> Value:
        return picks[0].out

    def mark(self, atom: Atom) -> None:
        """Note an operation, and what it alone may read, as possibly dead."""
        made = self.defs.get(atom) if isinstance(atom, Value) else None
        if made is not None and (made.prim is prims.SUB or made.prim.spelling[0] == "builtin"):
            self.stale.add(made.out)
            for arg in made.args:
                self.mark(arg)


def _dropped(region: Region, gone: set[Op]) -> Region:
    stmts = tuple([map_regions(s, lambda r: _dropped(r, gone)) for s in region.stmts if s not in gone])
    return Region(stmts, region.exit)


def _without(body: Region, stale: set[Value]) -> Region:
    """A region without those of some operations that nothing reads."""
    while True:
        counts = count_uses(body)
        gone: set[Op] = {s for s in walk(body) if isinstance(s, Op) and len(s.outs) == 1 and s.out in stale
                         and s.out not in counts}
        if not gone:
            return body
        body = _dropped(body, gone)


def _lengths(body: Region, defs: Mapping[Value, Op]) -> dict[Value, Value]:
    """Lists that a loop over all elements of another value fills, one element in each iteration."""
    found: dict[Value, Value] = {}
    for stmt in walk(body):
        if not (isinstance(stmt, For) and isinstance(stmt.body.exit, Yield)):
            continue
        source = _source(stmt.iter, defs)
        if source is None or any(not isinstance(r.exit, Yield) for r in _inner(stmt.body)):
            continue
        pushes = {s.args[0]: s.out for s in stmt.body.stmts if isinstance(s, Op) and s.prim is prims.PUSH}
        for out, param, init, val in zip(stmt.outs, stmt.params, stmt.init, stmt.body.exit.vals):
            made = defs.get(init) if isinstance(init, Value) else None
            if (made is not None and made.prim in (prims.LIST, prims.TAPE) and not made.args
                    and param in pushes and pushes[param] is val):
                found[out] = source
    return found


def _source(atom: Atom, defs: Mapping[Value, Op]) -> Value | None:
    """The value over all of whose elements a loop runs."""
    made = defs.get(atom) if isinstance(atom, Value) else None
    if made is not None and _is_builtin(made, "range") and len(made.args) == 1 and isinstance(made.args[0], Value):
        size = defs.get(made.args[0])
        if size is not None and _is_builtin(size, "len") and isinstance(size.args[0], Value):
            return size.args[0]
    return None


def _inner(region: Region) -> Iterable[Region]:
    for stmt in region.stmts:
        for inner in regions(stmt):
            yield inner
            yield from _inner(inner)


# ----------------------------------------------------------------------------------------------------------- notes


def _one_note(body: Region) -> Region:
    """A body that says where its reverse sweep begins once: those inside derivatives of derivatives are no news."""
    notes = [s for s in body.stmts if isinstance(s, Note) and s.text.startswith(BACKWARD)]
    if len(notes) < 2:
        return body
    return Region(tuple([s for s in body.stmts if s not in notes[:-1]]), body.exit)


# --------------------------------------------------------------------------------------------------- last branches


def _returning(region: Region, kinds: dict[Value, Kind]) -> Region:
    """A region whose last `if` returns from its branches, if what it gives is just what the region returns."""
    found = _tail(region)
    if found is None:
        return region
    stmt, between = found
    if isinstance(region.exit, Return):
        branches = [_closing(r, stmt, between, region.exit, kinds) for r in (stmt.then, stmt.orelse)]
        stmts = region.stmts[:len(region.stmts) - 1 - len(between)]
    else:
        branches = [stmt.then, stmt.orelse]
        stmts = region.stmts[:-1]
    then, orelse = [_returning(r, kinds) for r in branches]
    if then is stmt.then and orelse is stmt.orelse:
        return region
    return Region((*stmts, If((), stmt.cond, then, orelse, stmt.origin)), Yield(()))


def _tail(region: Region) -> tuple[If, tuple[Op, ...]] | None:
    """The last `if` of a region and the operation that makes a tuple of its results, if that is all that follows."""
    stmts = region.stmts
    last = stmts[-1] if stmts else None
    if isinstance(region.exit, Yield):
        both = isinstance(last, If) and all(not isinstance(r.exit, Yield) or _unreachable(r) for r in regions(last))
        return (last, ()) if both and isinstance(last, If) else None
    if not isinstance(region.exit, Return):
        return None
    between: tuple[Op, ...] = ()
    if isinstance(last, Op) and last.prim is prims.TUPLE and region.exit.vals == (last.out,) and len(stmts) > 1:
        between, last = (last,), stmts[-2]
    if not isinstance(last, If) or not last.outs:
        return None
    given = set(between[0].args if between else region.exit.vals)
    if not set(last.outs) <= given or not _worth(last):
        return None
    undefined = any(isinstance(v, Undef) for r in regions(last) if isinstance(r.exit, Yield) for v in r.exit.vals)
    return None if undefined else (last, between)


def _unreachable(region: Region) -> bool:
    last = region.stmts[-1] if region.stmts else None
    return isinstance(last, If) and all(not isinstance(r.exit, Yield) or _unreachable(r) for r in regions(last))


def _worth(stmt: If) -> bool:
    """Not the user's own variable, and nothing that will be a conditional expression."""
    if any(v.user and not is_derived(v.hint) for v in stmt.outs):
        return False
    return any(not isinstance(r.exit, Yield) or any(regions(s) or any(v.user for v in s.outs) for s in r.stmts)
               for r in regions(stmt))


def _closing(region: Region, stmt: If, between: tuple[Op, ...], exit: Return, kinds: dict[Value, Kind]) -> Region:
    """A branch that returns what came after its `if`."""
    if not isinstance(region.exit, Yield) or _unreachable(region):
        return region
    mapping: dict[Value, Atom] = dict(zip(stmt.outs, region.exit.vals))
    added = []
    for op in between:
        out = Value(op.out.hint, op.out.user)
        added.append(Op((out,), op.prim, tuple([_mapped(a, mapping) for a in op.args]), op.kw, op.static, op.origin))
        mapping[op.out] = out
        kinds[out] = kinds.get(op.out, OBJECT)
    return Region((*region.stmts, *added), map_exit(exit, lambda a: _mapped(a, mapping)))


def _mapped(atom: Atom, mapping: Mapping[Value, Atom]) -> Atom:
    return mapping.get(atom, atom) if isinstance(atom, Value) else atom
