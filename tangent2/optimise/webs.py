"""Webs: all versions of a tape, from `[]` on, and what happens to them.

A tape is carried, pushed and popped; these are its events.  Two webs with equal events are in step: what lies at one
depth of one was pushed together with what lies at that depth of the other.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from tangent2.core import prims
from tangent2.core.syntax import (
    Atom, Break, Call, Const, Continue, For, If, Op, Region, Stmt, Undef, Value, While, Yield, operands,
)

Loop = For | While
Event = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Site:
    """A push or a pop, and where it stands."""

    region: Region
    place: int
    op: Op


@dataclass(eq=False, slots=True)
class Web:
    """All versions of a tape: what happens to it, in order; not `sound` if anything but that reads it.

    Tapes that another tape keeps are of one web from where they are filled to where they are emptied.
    """

    events: list[Event] = field(default_factory=list)
    labels: dict[Value, Event] = field(default_factory=dict)
    versions: dict[Event, Value] = field(default_factory=dict)
    sites: list[Site] = field(default_factory=list)
    inner: Web | None = None        # of the tapes that it keeps
    outer: Web | None = None
    sound: bool = True

    def note(self, what: str, where: object, version: Atom) -> None:
        """Add an event: what happens where to which version."""
        label = self.labels[version] if isinstance(version, Value) else ("absent",)
        self.events.append((what, id(where), label))


class Webs:
    """The webs of a function, found in one walk.  While a loop or a branch is walked its statement is kept alive."""

    def __init__(self, body: Region) -> None:
        self.all: list[Web] = []
        self.of: dict[Value, Web] = {}
        self.region(body, None)
        self.spoil(*body.exit.vals)
        for _ in self.all:
            for web in self.all:
                if not web.sound and web.inner is not None:
                    web.inner.sound = False

    def spoil(self, *atoms: Atom) -> None:
        """These are read in a way that is not an event."""
        for a in atoms:
            if isinstance(a, Value) and a in self.of:
                self.of[a].sound = False

    def bind(self, web: Web, value: Value, what: str, where: object, turn: int = 0) -> None:
        """Another version; two with one label (a tape carried twice) are none of ours."""
        label = what, id(where), turn
        web.sound = web.sound and label not in web.versions
        web.labels[value], web.versions[label] = label, value
        self.of[value] = web

    def region(self, region: Region, loop: Loop | None) -> None:
        for place, stmt in enumerate(region.stmts):
            if isinstance(stmt, Op):
                self.op(stmt, region, place)
            elif isinstance(stmt, Call):
                self.spoil(*stmt.args)
            elif isinstance(stmt, If):
                self.branch(stmt, loop)
            elif isinstance(stmt, (For, While)):
                self.loop(stmt)
        if isinstance(region.exit, (Break, Continue)) and loop is not None:
            self.ends(region, loop)
        elif not isinstance(region.exit, Yield):
            self.spoil(*region.exit.vals)

    def op(self, op: Op, region: Region, place: int) -> None:
        if op.prim is prims.TAPE:
            web = Web()
            self.all.append(web)
            self.bind(web, op.out, "tape", region)
            web.note("tape", region, op.out)
            return
        found = self.of.get(op.args[0]) if op.prim in (prims.PUSH, prims.POP) else None  # type: ignore[arg-type]
        if found is None:
            self.spoil(*op.args)
            return
        found.note(op.prim.name, region, op.args[0])
        if op.prim is prims.PUSH:
            self.keep(found, op.args[1], region)
        elif found.inner is not None:
            self.bind(found.inner, op.outs[1], "taken", region, len(found.sites))
            found.inner.note("taken", region, op.outs[1])
        self.bind(found, op.out, op.prim.name, region, len(found.sites))
        found.sites.append(Site(region, place, op))

    def keep(self, web: Web, value: Atom, region: Region) -> None:
        """A tape keeps another one: all that it keeps must be versions of that one."""
        inner = self.of.get(value) if isinstance(value, Value) else None
        if inner is None:
            return
        pure = web.inner is inner or web.inner is None and not web.sites and inner.outer is None and inner is not web
        if pure:
            web.inner, inner.outer = inner, web
            inner.note("kept", region, value)
        else:
            self.spoil(value, *(web.inner.labels if web.inner is not None else ()))

    def branch(self, stmt: If, loop: Loop | None) -> None:
        ways = [stmt.then, stmt.orelse]
        for region in ways:
            self.region(region, loop)
        ways = [r for r in ways if isinstance(r.exit, Yield) and len(r.exit.vals) == len(stmt.outs)]
        for k, out in enumerate(stmt.outs):
            vals = [r.exit.vals[k] for r in ways]
            given = [a for a in vals if not isinstance(a, Undef) and a != Const(None)]
            found = {self.of.get(a) if isinstance(a, Value) else None for a in given}
            web = found.pop() if len(found) == 1 else None
            if web is None:
                self.spoil(*vals)
                continue
            for region, a in zip(ways, vals):
                web.note("yield", region, a)
            self.bind(web, out, "out", stmt)

    def loop(self, stmt: Loop) -> None:
        if isinstance(stmt, For):
            self.spoil(stmt.iter)
        for param, init in zip(stmt.params, stmt.init):
            web = self.of.get(init) if isinstance(init, Value) else None
            if web is not None:
                web.note("init", stmt, init)
                self.bind(web, param, "param", stmt)
        if isinstance(stmt, While):
            self.region(stmt.cond, None)
        self.region(stmt.body, stmt)
        if isinstance(stmt.body.exit, Yield) and len(stmt.body.exit.vals) == len(stmt.params):
            self.ends(stmt.body, stmt)
        for param, out in zip(stmt.params, stmt.outs):
            if param in self.of:
                self.bind(self.of[param], out, "out", stmt)

    def ends(self, region: Region, loop: Loop) -> None:
        """What a way out of an iteration hands on."""
        for param, val in zip(loop.params, region.exit.vals):
            web = self.of.get(param)
            if web is not (self.of.get(val) if isinstance(val, Value) else None):
                self.spoil(param, val)
            elif web is not None:
                web.note("end", region, val)


def renamed(stmt: Stmt, names: Mapping[Value, Value], atom: Callable[[Atom], Atom],
            region: Callable[[Region], Region]) -> Stmt:
    """A statement that binds other values; itself if nothing in it changes."""
    def bind(values: tuple[Value, ...]) -> tuple[Value, ...]:
        return tuple([names.get(v, v) for v in values])

    if isinstance(stmt, For):
        return For(bind(stmt.outs), stmt.target, atom(stmt.iter), bind(stmt.params), tuple(map(atom, stmt.init)),
                   region(stmt.body), stmt.origin)
    if isinstance(stmt, While):
        return While(bind(stmt.outs), bind(stmt.params), tuple(map(atom, stmt.init)), region(stmt.cond),
                     region(stmt.body), stmt.origin)
    if isinstance(stmt, If):
        return If(bind(stmt.outs), atom(stmt.cond), region(stmt.then), region(stmt.orelse), stmt.origin)
    args = tuple(map(atom, operands(stmt)))
    if not stmt.outs or args == operands(stmt) and bind(stmt.outs) == stmt.outs:
        return stmt
    return replace(stmt, outs=bind(stmt.outs), args=args)  # type: ignore[arg-type]
