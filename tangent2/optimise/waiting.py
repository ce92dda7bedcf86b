"""Expressions that wait for their reader: what they may not cross, how wide they are, and the order of calls."""
from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from tangent2.core import prims
from tangent2.core.syntax import Atom, Call, Op, Stmt, Value
from tangent2.optimise import width
from tangent2.optimise.touch import NOTHING, WORLD, Memory, Tags, Touch
from tangent2.optimise.uses import Uses


@dataclass(frozen=True, slots=True)
class Text:
    """An expression that waits for its reader.

    effects: numbers of the calls in it, in order of evaluation.  calls: the values that those give.
    """

    reads: Tags = NOTHING
    writes: Tags = NOTHING
    hints: frozenset[str] = frozenset()     # names of the user's that it reads
    effects: tuple[int, ...] = ()
    calls: tuple[Value, ...] = ()
    width: int = 1
    loose: bool = False
    left: int = 1       # how many readers are still to come


class Waiting(dict[Value, Text]):
    """The texts that wait at one place of a scan; `inline` is the table of decisions, shared by the whole scan."""

    def __init__(self, inline: dict[Value, Stmt], memory: Memory, uses: Uses,
                 outer: Mapping[Value, Text] | None = None) -> None:
        super().__init__(outer or {})
        self.inline, self.memory, self.uses = inline, memory, uses

    def inner(self) -> Waiting:
        """The same texts, as a copy."""
        return Waiting(self.inline, self.memory, self.uses, self)

    def empty(self) -> Waiting:
        return Waiting(self.inline, self.memory, self.uses)

    def let(self, value: Value, stmt: Stmt, text: Text) -> None:
        """A value waits for its reader."""
        count = self.uses.count(value)
        self[value] = text if count == 1 else replace(text, left=count)
        self.inline[value] = stmt

    def anchor(self, value: Atom, calls: bool = False) -> None:
        """Give a waiting value a variable after all, at the place where it was computed; `calls`: those in it, too."""
        if isinstance(value, Value) and value in self:
            text = self.pop(value)
            self.inline.pop(value, None)
            others = [v for v, t in self.items() if t.effects] if text.effects else []
            for call in text.calls if calls or others else ():      # where they stood, so that they keep their order
                self.inline.pop(call, None)
            for other in others:        # calls before the last of its own must be made before it
                if other in self and self[other].effects[0] < text.effects[-1]:
                    self.anchor(other, True)

    def anchor_writers(self, atoms: Iterable[Atom], tags: Tags) -> None:
        """Anchor the operands whose text writes to some memory."""
        for atom in atoms:
            if isinstance(atom, Value) and atom in self and self[atom].writes & tags:
                self.anchor(atom)

    def cross(self, touch: Touch, calls_wait: bool = False, binds: bool = True, number: int | None = None) -> bool:
        """Anchor the texts that may not move past a statement (`binds`: it gives variables new values).

        `number`: the statement will wait itself, and what it may not pass can be put before it in one expression, as
        if both were calls: `xs.pop() + xs.pop()`.  Gives whether there is such a text; it has got the number.
        """
        ordered = False
        for value, text in list(self.items()):
            clash = text.reads & touch.writes or text.writes & (touch.reads | touch.writes)
            named = binds and text.hints & touch.rebinds or text.effects and touch.effect and not calls_wait
            if clash and not named and number is not None and text.left == 1:
                self[value] = replace(text, effects=(*text.effects, number), calls=(*text.calls, value))
                ordered = True
            elif clash or named:
                self.anchor(value)
        return ordered

    def cross_region(self, touch: Touch) -> None:
        """Like `cross`, for a statement with regions: what has effects may neither be skipped nor repeated."""
        for value, text in list(self.items()):
            if text.effects or text.writes:
                self.anchor(value)
        self.cross(touch)

    def consume(self, atoms: Sequence[Atom], room: int, stmt: Op | Call | None = None,
                waits: bool = False) -> tuple[int, ...]:
        """Fold operands into their reader, as far as the line is wide enough and calls keep their order.

        `waits`: the reader will wait itself, so that earlier calls may still come before it.
        """
        taken = [a for a in atoms if isinstance(a, Value) and a in self]
        if not taken:
            return ()
        self._fit(atoms, taken, room, stmt)
        self._in_order(taken, waits)
        effects: tuple[int, ...] = ()
        for value in taken:
            if value in self:
                effects += self[value].effects
                if self[value].left == 1:
                    del self[value]
                else:
                    self[value] = replace(self[value], left=self[value].left - 1)
        return effects

    def consume_moves(self, atoms: Sequence[Atom], room: int) -> None:
        """Fold values into assignments that may be reordered: at most one of them may call anything."""
        busy = [a for a in atoms if isinstance(a, Value) and a in self and (self[a].effects or self[a].writes)]
        for value in busy[:-1]:
            self.anchor(value)
        for atom in atoms:
            self.consume((atom,), room)

    def _fit(self, atoms: Sequence[Atom], taken: list[Value], room: int, stmt: Op | Call | None) -> None:
        """Give the widest operands variables until the line fits."""
        while True:
            if self.total(atoms, stmt) <= room:
                return
            still = [v for v in taken if v in self and self[v].width > 3]
            if not still:
                return
            self.anchor(max(still, key=lambda v: self[v].width))

    def _in_order(self, taken: list[Value], waits: bool) -> None:
        """Calls are made in the order in which they stood: what would come too early or too late is anchored."""
        if not waits:       # what waits on is called earlier, or may yet be anchored where it stood
            others = [t.effects for v, t in self.items() if t.effects and v not in taken]
            order = [n for v in taken if v in self for n in self[v].effects]
            for value in [v for v, t in self.items() if v not in taken and t.effects and order
                          and t.effects[0] < max(order)]:
                self.anchor(value)
            for value in taken:
                if value in self and any(self[value].effects and self[value].effects[0] < o[-1] for o in others):
                    self.anchor(value)
        while order := [n for v in taken if v in self for n in self[v].effects]:
            if order == sorted(order):
                return
            self.anchor(min([v for v in taken if v in self and self[v].effects], key=lambda v: min(self[v].effects)))

    # texts

    def total(self, atoms: Sequence[Atom], stmt: Op | Call | None) -> int:
        parts = [self.text(a) for a in atoms]
        widths = [p.width for p in parts]
        if stmt is None or not widths:
            return sum(widths) + 2 * len(widths)
        return width.of_op(stmt, widths, [p.loose for p in parts])

    def text(self, atom: Atom) -> Text:
        """The text of an operand: its own if it waits, else its name."""
        if not isinstance(atom, Value):
            return Text(width=width.of_atom(atom))
        found = self.get(atom)
        if found is not None:
            return found
        made = self.inline.get(atom)
        if isinstance(made, Op) and made.prim is prims.READ:
            return Text(frozenset({WORLD}), width=len(made.static.name))
        hints = frozenset([atom.hint]) if atom.user and atom.hint else frozenset()
        return Text(self.memory.tags(atom), hints=hints, width=width.of_atom(atom))


def joined(parts: Iterable[Text], size: int, loose: bool = False, touch: Touch | None = None,
           effects: tuple[int, ...] | None = None, calls: tuple[Value, ...] | None = None) -> Text:
    """A text made of others."""
    parts = list(parts)
    reads = NOTHING.union(*[p.reads for p in parts])
    writes = NOTHING.union(*[p.writes for p in parts])
    if touch is not None:
        reads, writes = reads | touch.reads, writes | touch.writes
    hints = frozenset[str]().union(*[p.hints for p in parts])
    if effects is None:
        effects = tuple([n for p in parts for n in p.effects])
    if calls is None:
        calls = tuple([v for p in parts for v in p.calls])
    return Text(reads, writes, hints, effects, calls, size, loose)
