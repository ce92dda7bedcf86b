"""Tapes that are filled and emptied in step become one tape of tuples; a tape that repeats a list is that list."""
from __future__ import annotations

from dataclasses import dataclass, field, replace

from tangent2.analysis.prune import prune
from tangent2.core import prims
from tangent2.core.kinding import kind_of_const
from tangent2.core.kinds import UNKNOWN, Kind, List, Tuple, join_all
from tangent2.core.syntax import (
    Atom, Break, Call, Const, Continue, For, If, Op, Region, Stmt, Typed, Undef, Value, While, Yield, regions, walk,
)
from tangent2.core.walk import map_exit
from tangent2.optimise.dead import HasEffect, drop_dead_in
from tangent2.optimise.webs import Event, Loop, Site, Web, Webs, renamed


def effectful(call: Call) -> bool:
    """Whether a call must be kept whoever reads its result: emitted functions are pure."""
    return call.callee.python is not None


def merge_tapes(typed: Typed, has_effect: HasEffect = effectful) -> Typed:
    """One tape of tuples in place of tapes that are pushed and popped in step.

    >>> from tangent2.core.kinds import FLOAT, INT
    >>> from tangent2.core.show import show
    >>> from tangent2.core.syntax import Function, Return
    >>> x, n, i, a, b, p, q, x1, p1, q1, u, v = [Value(h) for h in "x n i a b p q x p q u v".split()]
    >>> x2, p2, q2, s, r, p3, q3, s1, s2, p4, q4, s3 = [Value(h) for h in "x p q s r p q s s p q s".split()]
    >>> fill = Op((v,), prims.MUL, (x1, x1)), Op((p2,), prims.PUSH, (p1, x1)), Op((q2,), prims.PUSH, (q1, v))
    >>> first = For((x2, p3, q3), i, n, (x1, p1, q1), (x, p, q), Region(fill, Yield((v, p2, q2))))
    >>> p5, p6, q5, q6 = [Value(h) for h in "p p q q".split()]
    >>> drain = Op((q6, b), prims.POP, (q5,)), Op((p6, a), prims.POP, (p5,)), Op((s2,), prims.ADD, (a, b))
    >>> drain = Region(drain, Yield((s2, p6, q6)))
    >>> last = While((s3, p4, q4), (s, p5, q5), (x2, p3, q3), Region((), Yield((p5,))), drain)
    >>> stmts = Op((p,), prims.TAPE), Op((q,), prims.TAPE), first, last
    >>> kinds = {**dict.fromkeys((x, x1, x2, u, v, a, b, s, s2, s3), FLOAT), n: INT, i: INT}
    >>> kinds |= dict.fromkeys((p, p1, p2, p3, p4, p5, p6, q, q1, q2, q3, q4, q5, q6), List(FLOAT, tape=True))
    >>> before = Typed(Function("f", (x, n), Region(stmts, Return((s3,)))), kinds, FLOAT)
    >>> print(show(merge_tapes(before).function))
    def f(x.0, n.1):
        saved.2 = new tape
        x.9, saved.10 = for i.5 in n.1 carrying (x.3 := x.0, saved.4 := saved.2):
            v.6 = mul(x.3, x.3)
            t.7 = tuple(x.3, v.6)
            saved.8 = push saved.4 <- t.7
            yield v.6, saved.8
        s.18, saved.19 = while carrying (s.11 := x.9, saved.12 := saved.10):
            yield saved.12
        do:
            saved.13, t.14 = pop saved.12
            a.15, b.16 = unpack (_, _) of t.14
            s.17 = add(a.15, b.16)
            yield s.17, saved.13
        return s.18
    """
    body = typed.function.body
    kinds = dict(typed.kinds)
    while groups := _groups(body):
        merge = _Merge(kinds)
        for group in groups:
            merge.plan(group)
        body = drop_dead_in(prune(merge.region(body)), has_effect)
    return typed if body is typed.function.body else Typed(replace(typed.function, body=body), kinds, typed.result)


def _groups(body: Region) -> list[list[Web]]:
    """Webs in step, at least two together, in order of their pushes."""
    if sum(isinstance(s, Op) and s.prim is prims.TAPE for s in walk(body)) < 2:
        return []
    found: dict[Event, list[Web]] = {}
    for web in Webs(body).all:
        if web.sound and web.sites:
            found.setdefault((*web.events, *(web.outer.events if web.outer else ())), []).append(web)
    groups = [_movable(sorted(webs, key=lambda w: w.sites[0].place)) for webs in found.values() if len(webs) > 1]
    groups = [g for g in groups if len(g) > 1]
    merged = {web for g in groups for web in g}
    return [g for g in groups if not any(web.inner in merged for web in g)]     # those inside first


def _movable(webs: list[Web]) -> list[Web]:
    """Those whose pushes may wait for the latest: what is pushed is not updated in between."""
    def waits(web: Web) -> bool:
        for turn, site in enumerate(web.sites):
            if site.op.prim is prims.PUSH:
                last = max(w.sites[turn].place for w in webs)
                between = site.region.stmts[site.place:last]
                if any(isinstance(s, Op) and s.prim.update and s.args[0] is site.op.args[1] for s in between):
                    return False
        return True
    return [w for w in webs if waits(w)]


@dataclass
class _Merge:
    """What becomes of the versions and the sites of the webs that are merged."""

    kinds: dict[Value, Kind]
    named: dict[Value, Value] = field(default_factory=dict)     # versions of the first web of a group: the new tape's
    asked: dict[Value, Value] = field(default_factory=dict)     # versions of all webs, where only emptiness is asked
    same: dict[Value, Atom] = field(default_factory=dict)       # of the others: pushes and pops are gone
    sites: dict[int, tuple[Op, ...]] = field(default_factory=dict)

    def plan(self, webs: list[Web]) -> None:
        item = Tuple(tuple([self.kept(w) for w in webs]))
        for label, version in webs[0].versions.items():
            new = Value("saved", True)
            self.kinds[new] = List(item, tape=True)
            self.named[version] = new
            self.asked.update({w.versions[label]: new for w in webs})
        self.retype(webs[0].outer, List(item, tape=True))
        for web in webs[1:]:
            self.same.update({s.op.out: s.op.args[0] for s in web.sites})
        for sites in zip(*[w.sites for w in webs]):
            self.place(list(sites), item)

    def kept(self, web: Web) -> Kind:
        """The kind of what a tape keeps."""
        pushed = [s.op.args[1] for s in web.sites if s.op.prim is prims.PUSH]
        return join_all([kind_of_const(a.value) if isinstance(a, Const) else self.kinds.get(a, UNKNOWN)
                         for a in pushed if not isinstance(a, Undef)])

    def retype(self, web: Web | None, elt: Kind) -> None:
        """What keeps a merged tape keeps another kind of tape."""
        while web is not None:
            elt = List(elt, tape=True)
            self.kinds.update(dict.fromkeys(web.labels, elt))
            web = web.outer

    def place(self, sites: list[Site], item: Kind) -> None:
        """The one push or pop in place of several."""
        self.sites.update({id(s.op): () for s in sites})
        tape, old = self.named[sites[0].op.out], self.named[sites[0].op.args[0]]  # type: ignore[index]
        whole = Value()
        self.kinds[whole] = item
        if sites[0].op.prim is prims.PUSH:
            at = max(sites, key=lambda s: s.place).op
            made = (Op((whole,), prims.TUPLE, tuple([s.op.args[1] for s in sites])),
                    Op((tape,), prims.PUSH, (old, whole), origin=at.origin))
        else:
            at = min(sites, key=lambda s: s.place).op
            made = (Op((tape, whole), prims.POP, (old,), origin=at.origin),
                    Op(tuple([s.op.outs[1] for s in sites]), prims.UNPACK, (whole,), static=(len(sites), False, 0)))
        self.sites[id(at)] = made

    def atom(self, a: Atom) -> Atom:
        while isinstance(a, Value) and a in self.same:
            a = self.same[a]
        return self.named.get(a, a) if isinstance(a, Value) else a

    def region(self, region: Region) -> Region:
        stmts: list[Stmt] = []
        for stmt in region.stmts:
            if isinstance(stmt, While):
                vals = tuple([self.asked.get(a, a) for a in stmt.cond.exit.vals])  # type: ignore[arg-type]
                stmt = replace(stmt, cond=Region(stmt.cond.stmts, Yield(vals)))
            elif isinstance(stmt, If) and stmt.cond in self.asked:
                stmt = replace(stmt, cond=self.asked[stmt.cond])  # type: ignore[index]
            stmts += self.sites.get(id(stmt)) or ([] if id(stmt) in self.sites else [self.stmt(stmt)])
        return Region(tuple(stmts), map_exit(region.exit, self.atom))

    def stmt(self, stmt: Stmt) -> Stmt:
        return renamed(stmt, self.named, self.atom, self.region)


# ----------------------------------------------------------------------------------------------------------- reuse


def reuse_lists(typed: Typed, has_effect: HasEffect = effectful) -> Typed:
    """Pop from the program's own list where a tape holds just what the list holds.

    >>> from tangent2.core.kinds import FLOAT, INT
    >>> from tangent2.core.show import show
    >>> from tangent2.core.syntax import Const, Function, Return
    >>> x, n, i, e, v, l, l1, l2, l3 = [Value(h) for h in "x n i e v terms terms terms terms".split()]
    >>> p, p1, p2, p3, p4, p5, p6 = [Value("saved") for _ in range(7)]
    >>> fill = Op((e,), prims.MUL, (x, i)), Op((p2,), prims.PUSH, (p1, e)), Op((l2,), prims.PUSH, (l1, e))
    >>> first = For((l3, p3), i, n, (l1, p1), (l, p), Region(fill, Yield((l2, p2))))
    >>> s, s1, s2, last = [Value(h) for h in "s s s s".split()]
    >>> drain = Op((p5, v), prims.POP, (p4,)), Op((s2,), prims.MUL, (s1, v))
    >>> loop = While((last, p6), (s1, p4), (Const(1.0), p3), Region((), Yield((p4,))), Region(drain, Yield((s2, p5))))
    >>> stmts = Op((l,), prims.LIST), Op((p,), prims.TAPE), first, loop
    >>> kinds = {**dict.fromkeys((x, e, v, s, s1, s2, last), FLOAT), n: INT, i: INT}
    >>> kinds |= dict.fromkeys((p, p1, p2, p3, p4, p5, p6), List(FLOAT, tape=True))
    >>> kinds |= dict.fromkeys((l, l1, l2, l3), List(FLOAT))
    >>> before = Typed(Function("f", (x, n), Region(stmts, Return((last,)))), kinds, FLOAT)
    >>> print(show(reuse_lists(before).function))
    def f(x.0, n.1):
        terms.2 = list()
        terms.7 = for i.4 in n.1 carrying (terms.3 := terms.2):
            e.5 = mul(x.0, i.4)
            terms.6 = push terms.3 <- e.5
            yield terms.6
        s.13, terms.14 = while carrying (s.8 := 1.0, terms.9 := terms.7):
            yield terms.9
        do:
            terms.10, v.11 = pop terms.9
            s.12 = mul(s.8, v.11)
            yield s.12, terms.10
        return s.13
    """
    body = typed.function.body
    equal = _Equal(body).found()
    if not equal:
        return typed
    kinds, names = dict(typed.kinds), {}
    webs = Webs(body)
    for tape, same in list(equal.items()):
        web = webs.of.get(tape)
        if web is None or not web.sound:
            del equal[tape]
            continue
        for version in web.labels:      # those in the reverse sweep are versions of the list from now on
            new = names[version] = Value(same.hint, same.user)
            kinds[new] = kinds[same]
    if not equal:
        return typed

    def atom(a: Atom) -> Atom:
        a = equal.get(a, a)  # type: ignore[arg-type]
        return names.get(a, a)

    def region(r: Region) -> Region:
        return Region(tuple([renamed(s, names, atom, region) for s in r.stmts]), map_exit(r.exit, atom))
    body = drop_dead_in(region(body), has_effect)
    return Typed(replace(typed.function, body=body), kinds, typed.result)


class _Equal:
    """Tapes after a loop that equal a list after it: both began empty, and every way round pushed the same."""

    def __init__(self, body: Region) -> None:
        self.body = body
        self.made: dict[Value, tuple[Stmt, int]] = {v: (s, k) for s in walk(body) for k, v in enumerate(s.outs)}

    def found(self) -> dict[Value, Value]:
        """From each such tape to the list."""
        result: dict[Value, Value] = {}
        for loop in walk(self.body):
            if isinstance(loop, (For, While)):
                empty = {k: self.empty(a) for k, a in enumerate(loop.init)}
                lists = [k for k, prim in empty.items() if prim is prims.LIST]
                for k in [k for k, prim in empty.items() if prim is prims.TAPE and lists]:
                    at = next((j for j in lists if self.loops(loop, k, j, {})), None)
                    if at is not None:
                        result[loop.outs[k]] = loop.outs[at]
        return result

    def empty(self, a: Atom) -> object:
        op = self.made[a][0] if isinstance(a, Value) and a in self.made else None
        return op.prim if isinstance(op, Op) and op.prim in (prims.TAPE, prims.LIST) and not op.args else None

    def loops(self, loop: Loop, tape: int, other: int, assumed: dict[Atom, Atom]) -> bool:
        """Whether two carried values stay equal."""
        a, b = loop.init[tape], loop.init[other]
        if not (self.empty(a) and self.empty(b)) and not self.equal(a, b, assumed):
            return False
        assumed = {**assumed, loop.params[tape]: loop.params[other]}
        return all(self.equal(vals[tape], vals[other], assumed) for vals in ends_of(loop))

    def equal(self, a: Atom, b: Atom, assumed: dict[Atom, Atom]) -> bool:
        """Whether a version of the tape surely equals one of the list."""
        if assumed.get(a) is b:
            return True
        if not (isinstance(a, Value) and isinstance(b, Value) and a in self.made and b in self.made):
            return False
        (one, j), (two, k) = self.made[a], self.made[b]
        if isinstance(one, Op) and isinstance(two, Op):
            return (one.prim is two.prim is prims.PUSH and one.args[1] == two.args[1]
                    and self.equal(one.args[0], two.args[0], assumed))
        if one is not two:
            return False
        if isinstance(one, If):
            return all(not isinstance(r.exit, Yield) or self.equal(r.exit.vals[j], r.exit.vals[k], assumed)
                       for r in regions(one))
        return isinstance(one, (For, While)) and self.loops(one, j, k, assumed)


def ends_of(loop: Loop) -> list[tuple[Atom, ...]]:
    """What each way out of an iteration hands on."""
    found: list[tuple[Atom, ...]] = []

    def visit(region: Region) -> None:
        if isinstance(region.exit, (Break, Continue)):
            found.append(region.exit.vals)
        for stmt in region.stmts:
            if isinstance(stmt, If):
                visit(stmt.then)
                visit(stmt.orelse)
    visit(loop.body)
    if isinstance(loop.body.exit, Yield) and len(loop.body.exit.vals) == len(loop.params):
        found.append(loop.body.exit.vals)
    return found
