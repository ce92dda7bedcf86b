"""Masks: branches and loops that lanes take differently are computed for all, each step for those it is meant for.

Where a condition is another one in each lane both branches run, and `np.where` takes for each lane what is its own.
A loop runs as long as some lane does; what lanes that have left it carry stays as it was.  What is written to arrays is
written for the lanes of the mask only, so an array that both branches write to is one array.
"""
from __future__ import annotations

from typing import TYPE_CHECKING

from tangent2.core import prims
from tangent2.core.dims import same_extent, shape_of
from tangent2.core.kinds import Array, Dim, Kind, Number, Range, Tuple, may_be_one
from tangent2.core.layouts import CannotBatch, Layout, Parts
from tangent2.core.syntax import (
    Atom, Break, Const, Continue, Exit, For, If, Op, Raise, Region, Return, Undef, Value, While, Yield, walk,
)
from tangent2.core.walk import renew
from tangent2.rules.batching.products import spread
from tangent2.rules.declare import by_name
from tangent2.transform.harmless import Harmless
from tangent2.transform.versions import Versions

if TYPE_CHECKING:
    from tangent2.transform.batch import Sweep



Leaving = list[tuple[Value, tuple[Atom, ...]]]      # the lanes that left a loop so far, and with which values


class Masks(Harmless):
    """Which lanes execute what stands here (`now`, None for all), and what became of those that left.

    Functions are straightened before (`transform/exits.py`): they return at their end, and loops are left by `break`.
    """

    def __init__(self, sweep: Sweep) -> None:
        self.sweep, self.build = sweep, sweep.build
        self.now: Value | None = None
        self.around: For | While | None = None      # the loop that is not masked around here
        self.leaving: Leaving | None = None
        self.versions = Versions(sweep.typed)
        self.gone: list[Value] = []         # the masks under which lanes left

    # ---- masks ----

    def condition(self, atom: Atom) -> Atom:
        """A condition for all lanes, as truth values."""
        sweep = self.sweep
        if sweep.rank(atom) != 0:
            raise CannotBatch("a condition is an array in each lane")
        full = sweep.full(atom)
        kind = sweep.kind(atom)
        return full if isinstance(kind, (Number, Array)) and kind.dtype == "bool" else self.build.op(
            prims.NE, full, Const(0))

    def both(self, a: Atom | None, b: Atom) -> Value:
        return b if a is None else self.build.op(prims.BITAND, a, b)        # type: ignore[return-value]

    def other(self, mask: Atom) -> Value:
        return self.build.op(prims.INVERT, mask)

    def choose(self, mask: Atom, a: Atom, b: Atom, kind: Kind, layout: Layout) -> Atom:
        """For each lane one of two values, both of which have the layout already or are the same in all lanes."""
        if a is b or isinstance(b, Undef) or a == b:
            return a
        if isinstance(a, Undef):
            return b
        if any(isinstance(v, Value) and v in self.sweep.unsure for v in (a, b)):
            raise CannotBatch("a value may not be bound where not all lanes come")
        if layout is True and isinstance(kind, (Number, Array)):
            if not all(isinstance(self.build.kind(v), (Number, Array)) for v in (a, b)):
                raise CannotBatch("a value is None in some lanes, and a number or an array in others")
            self.check_alike(a, b, kind)
            dtypes = [getattr(self.build.kind(v), "dtype", None) for v in (a, b)]
            if len({dtype is not None and dtype[0] == "c" for dtype in dtypes}) > 1:
                raise CannotBatch("a number is complex in some lanes only")
            rank = 0 if isinstance(kind, Number) else len(kind.shape or ())
            wide = spread(self.sweep, mask, ":" + "+" * rank) if rank else mask
            return self.build.op(by_name("np.where"), wide, a, b)
        if isinstance(layout, Parts) and isinstance(kind, Tuple):
            parts = [self.choose(mask, self.build.getitem(a, k), self.build.getitem(b, k), elt, part)
                     for k, (elt, part) in enumerate(zip(kind.elts, layout.elts))]
            return self.build.op(prims.TUPLE, *parts, static=kind.record)
        raise CannotBatch("a container is another one in some lanes than in others")

    def check_alike(self, a: Atom, b: Atom, kind: Kind) -> None:
        """Refuse two values of which one might be broadcast: in each lane they have shapes of their own."""
        if isinstance(kind, Number):
            return
        assert isinstance(kind, Array)
        shapes = [self.own_shape(atom, len(kind.shape or ())) for atom in (a, b)]
        if kind.shape is None or None in shapes or len({len(s) for s in shapes if s is not None}) > 1 or not all(
                same_extent(m, n) or not may_be_one(m) and not may_be_one(n) for m, n in zip(*shapes)):
            raise CannotBatch("an array may have another shape in some lanes than in others")

    def own_shape(self, atom: Atom, rank: int) -> tuple[Dim, ...] | None:
        """The extents in one lane of a value for all, or of one that is the same in all."""
        shape = shape_of(self.build.kind(atom))
        return shape if shape is None or len(shape) <= rank else shape[1:]

    # ---- exits ----

    def exit(self, exit: Exit) -> Exit:
        """How a region ends, where all lanes that came so far end there."""
        sweep = self.sweep
        if isinstance(exit, Return):
            return Return((sweep.shaped(exit.vals[0], sweep.facts.result),))
        if isinstance(exit, (Break, Continue)) and self.around is not None:
            targets = self.around.outs if isinstance(exit, Break) else self.around.params
            return type(exit)(tuple([sweep.fitted(v, t) for v, t in zip(exit.vals, targets)]))
        return type(exit)(tuple(map(sweep.atom, exit.vals)))

    # ---- branches ----

    def branch(self, stmt: If) -> None:
        """Both branches run, each for the lanes that take it."""
        outer, count = self.now, len(self.gone)
        cond = self.condition(stmt.cond)
        then_mask, else_mask = self.both(outer, cond), None
        threaded = {k: root for k, root in self.versions.shared(stmt).items()
                    if self.sweep.layout(root) == self.sweep.layout(stmt.outs[k])}
        then_vals = self.side(stmt.then, then_mask, {})
        swaps = {root: then_vals[k] for k, root in threaded.items()} if then_vals is not None else {}
        if stmt.orelse.stmts or not isinstance(stmt.orelse.exit, Yield):
            else_mask = self.both(outer, self.other(cond))
            else_vals = self.side(stmt.orelse, else_mask, swaps)
        else:
            else_vals = tuple([self.swapped(a, swaps) for a in stmt.orelse.exit.vals])
        self.joined(stmt, cond, then_vals, else_vals, threaded)
        self.now = outer
        if then_vals is None or else_vals is None:
            self.now = then_mask if else_vals is None else else_mask or self.both(outer, self.other(cond))
        for gone in self.gone[count:]:
            if gone is not then_mask and gone is not else_mask:
                self.now = self.both(self.now, self.other(gone))

    def swapped(self, atom: Atom, swaps: dict[Value, Atom]) -> Atom:
        return swaps[atom] if isinstance(atom, Value) and atom in swaps else self.sweep.atom(atom)

    def side(self, region: Region, mask: Value, swaps: dict[Value, Atom]) -> tuple[Atom, ...] | None:
        """The statements of one branch, and what it yields; None if the lanes leave."""
        sweep = self.sweep
        self.now = mask
        before = {root: sweep.now.get(root) for root in swaps}
        sweep.now.update(swaps)
        for stmt in region.stmts:
            self.build.origin = getattr(stmt, "origin", None) or self.build.origin
            sweep.stmt(stmt)
        vals = self.leave(region.exit)
        for root, old in before.items():
            if old is None:
                del sweep.now[root]
            else:
                sweep.now[root] = old
        return vals

    def leave(self, exit: Exit) -> tuple[Atom, ...] | None:
        """What a region yields; lanes that leave are noted."""
        sweep, mask = self.sweep, self.now
        assert mask is not None
        if isinstance(exit, Yield):
            return tuple(map(sweep.atom, exit.vals))
        self.gone.append(mask)
        if isinstance(exit, Raise):
            raised = Region((), Raise(tuple(map(sweep.atom, exit.vals))))
            if any(sweep.layout(v) is not False for v in exit.vals):
                raise CannotBatch("what is raised is another exception in each lane")
            some = self.build.op(by_name("np.any"), mask)
            self.build.add(If((), some, raised, Region((), Yield()), self.build.origin))
        elif self.leaving is None or not isinstance(exit, Break):
            raise CannotBatch("lanes leave a loop at different times")
        else:
            self.leaving.append((mask, tuple(map(sweep.atom, exit.vals))))
        return None

    def joined(self, stmt: If, cond: Atom, then: tuple[Atom, ...] | None, orelse: tuple[Atom, ...] | None,
               threaded: dict[int, Value]) -> None:
        sweep = self.sweep
        for k, out in enumerate(stmt.outs):
            kind, layout = sweep.kind(out), sweep.layout(out)
            if then is None and orelse is None:
                sweep.now[out] = Undef()
                continue
            if then is None or orelse is None or k in threaded:
                region = stmt.orelse if then is None or k in threaded else stmt.then
                vals = orelse if then is None or k in threaded else then
                found = self.fit(vals[k], region.exit.vals[k], out)     # type: ignore[index]
            elif orelse[k] is cond and _is_truth(kind):
                found = self.both(cond, then[k])
            elif then[k] is cond and _is_truth(kind):
                found = self.build.op(prims.BITOR, cond, orelse[k])
            else:
                a, b = then[k], orelse[k]
                if a == b or isinstance(a, Undef) or isinstance(b, Undef):
                    one = (b, stmt.orelse) if isinstance(a, Undef) else (a, stmt.then)
                    sweep.bind(out, self.fit(one[0], one[1].exit.vals[k], out))
                    continue
                if layout is not True:      # of containers, each part by itself
                    a, b = [self.fit(v, r.exit.vals[k], out) for v, r in ((a, stmt.then), (b, stmt.orelse))]
                found = self.choose(cond, a, b, kind, layout)
            sweep.bind(out, found)

    def fit(self, now: Atom, atom: Atom, out: Value) -> Atom:
        sweep = self.sweep
        if isinstance(atom, Undef):
            return now
        return sweep.to_layout(now, sweep.kind(atom), sweep.layout(atom), sweep.layout(out))

    # ---- loops ----

    def loop(self, stmt: For | While) -> None:
        """A loop that lanes leave at different times: it runs as long as some lane does."""
        sweep, outer, count = self.sweep, self.now, len(self.gone)
        sweep.blanks.update(stmt.params)
        init = [sweep.fitted(a, p) for a, p in zip(stmt.init, stmt.params)]
        start = self.started(stmt, init, outer)
        params = tuple([sweep.out(p) for p in stmt.params])
        mask = self.build.value(Array("bool", (sweep.extent,)), "active")
        iterable = sweep.rows(stmt.iter) if isinstance(stmt, For) else None
        target = sweep.out(stmt.target) if isinstance(stmt, For) else None
        with self.build.region() as stmts:
            if isinstance(stmt, For):
                self.stop_if_none(mask, params)
            vals, still = self.turn(stmt, mask, params, outer is None)
        self.now = outer
        del self.gone[count:]       # they left this loop, and go on behind it
        outs = tuple([sweep.out(v) for v in stmt.outs])
        done = self.build.value(Array("bool", (sweep.extent,)), None)
        body = Region(tuple(stmts), Yield((*vals, still)))
        if isinstance(stmt, For):
            self.build.add(For((*outs, done), target, iterable, (*params, mask), (*init, start), body, stmt.origin))  # type: ignore[arg-type]
            return
        with self.build.region() as asked:
            some = self.build.op(by_name("np.any"), mask)
        cond = Region(tuple(asked), Yield((some,)))
        self.build.add(While((*outs, done), (*params, mask), (*init, start), cond, body, stmt.origin))

    def started(self, stmt: For | While, init: list[Atom], outer: Value | None) -> Atom:
        """The lanes that enter a loop."""
        if isinstance(stmt, For):
            return outer if outer is not None else self.build.op(by_name("np.full"), self.sweep.size(), Const(True))
        return self.both(outer, self.asked(stmt, init))

    def asked(self, stmt: While, carried: list[Atom] | tuple[Atom, ...]) -> Atom:
        """The condition of a loop, for what it carries now."""
        sweep = self.sweep
        mapping: dict[Value, Atom] = {}
        for param, now in zip(stmt.params, carried):
            own = Value(param.hint, param.user)
            mapping[param] = own
            sweep.virtual[own] = sweep.typed.kinds[param], sweep.facts.of(param)
            sweep.now[own] = now
        region = renew(stmt.cond, mapping)
        for old, new in mapping.items():
            if isinstance(new, Value) and new not in sweep.virtual:
                sweep.virtual[new] = sweep.typed.kinds[old], sweep.facts.of(old)
                sweep.build.kinds[new] = sweep.typed.kinds[old]
        sweep.masked.update([id(new) for old, new in zip(walk(stmt.cond), walk(region)) if id(old) in sweep.masked])
        for each in region.stmts:
            sweep.stmt(each)
        return self.condition(region.exit.vals[0])

    def stop_if_none(self, mask: Value, params: tuple[Value, ...]) -> None:
        """A loop over something ends once no lane is left."""
        some = self.build.op(by_name("np.any"), mask)
        none = self.build.op(prims.NOT, some)
        self.build.add(If((), none, Region((), Break((*params, mask))), Region((), Yield()), self.build.origin))

    def in_range(self, stmt: For | While, active: Value) -> Value:
        """The lanes whose own range has this turn."""
        sweep = self.sweep
        if not isinstance(stmt, For) or sweep.layout(stmt.iter) is not True or not isinstance(
                sweep.kind(stmt.iter), Range):
            return active
        made = self.versions.made
        op = made[stmt.iter][0] if isinstance(stmt.iter, Value) and stmt.iter in made else None
        if not isinstance(op, Op) or op.prim.name != "range":
            raise CannotBatch("a range has another length in each lane")
        down = sweep.layout(op.args[0]) is True and len(op.args) > 1
        end = sweep.atom(op.args[0] if down or len(op.args) == 1 else op.args[1])
        return self.both(active, self.build.op(prims.LE if down else prims.LT, sweep.atom(stmt.target), end))

    def turn(self, stmt: For | While, active: Value, params: tuple[Value, ...],
             whole: bool) -> tuple[tuple[Atom, ...], Atom]:
        """One turn: what the lanes carry on, and which of them go on; `whole`: all lanes came to the loop."""
        sweep = self.sweep
        around, self.leaving = self.leaving, []
        self.now = mask = self.in_range(stmt, active)
        for each in stmt.body.stmts:
            self.build.origin = getattr(each, "origin", None) or self.build.origin
            sweep.stmt(each)
        vals = self.leave(stmt.body.exit)
        found, self.leaving = self.leaving, around
        carried: list[Atom] = []
        for k, (param, now) in enumerate(zip(stmt.params, params)):
            kind, layout = sweep.typed.kinds[param], sweep.facts.of(param)
            value: Atom = now
            if vals is not None:
                atom = stmt.body.exit.vals[k]
                stored = self.versions.root(atom) is param
                value = self.fit(vals[k], atom, param) if layout is not True else vals[k]
                value = value if stored or atom is param else self.choose(mask, value, now, kind, layout)
            for gone, early in found:
                value = self.choose(gone, early[k], value, kind, layout)
            carried.append(self.named(param, value))
        still: Atom = active
        for gone, _ in found:
            still = self.both(still, self.other(gone))
        if isinstance(stmt, While):
            self.now = still        # type: ignore[assignment]
            again = self.asked(stmt, tuple(carried))
            # what a lane carries that was not to go on is as it was, and so is the answer
            still = self.both(still, again) if found or not whole else again
        return tuple(carried), still

    def named(self, param: Value, value: Atom) -> Atom:
        last = self.build.stmts[-1] if self.build.stmts else None
        if not isinstance(last, Op) or last.outs != (value,) or last.out.hint is not None:
            return value
        made = self.build.value(self.build.kind(value), param.hint, param.user)
        self.build.stmts[-1] = Op((made,), last.prim, last.args, last.kw, last.static, last.origin)
        return made


def _is_truth(kind: Kind) -> bool:
    return isinstance(kind, Number) and kind.dtype == "bool"
