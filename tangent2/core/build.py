"""The builder: emits statements in order and infers the kind of each value as it is made.

All transforms and rule templates emit through it.  It holds one list of statements per open region; nothing else
in the compiler is mutable while code is being built.
"""
from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tangent2.core import prims
from tangent2.core.kinding import kind_of_const, kinds_of
from tangent2.core.kinds import BOTTOM, UNKNOWN, Kind
from tangent2.core.prims import Prim
from tangent2.core.syntax import (
    ONE_ITEM, Atom, Call, Callee, Const, IndexSpec, Op, Origin, Region, SliceSpec, Stmt, Undef, Value, Yield,
)


@dataclass(frozen=True)
class Answers:
    """What only the compiler knows: the callee of a user's function, and what a primitive with Python source gives."""

    callee: Callable[[Any], Callee | None] = lambda function: None
    kinds_of: Callable[[Op, Callable[[Atom], Kind]], tuple[Kind, ...]] = kinds_of


class Builder:
    """Appends statements to the innermost open region."""

    def __init__(self, kinds: dict[Value, Kind] | None = None, answers: Answers | None = None) -> None:
        answers = answers or Answers()
        self.callee, self.kinds_of = answers.callee, answers.kinds_of
        self.kinds: dict[Value, Kind] = {} if kinds is None else kinds
        self.stmts: list[Stmt] = []
        self.origin: Origin | None = None
        self.made: dict[Value, Op] = {}     # what made a value, for simplifications at creation
        self.known: Mapping[Value, Op] = {}     # what made values of the function that is being transformed

    def kind(self, atom: Atom) -> Kind:
        if isinstance(atom, Value):
            return self.kinds.get(atom, UNKNOWN)
        return BOTTOM if isinstance(atom, Undef) else kind_of_const(atom.value)

    def value(self, kind: Kind, hint: str | None = None, user: bool = False) -> Value:
        new = Value(hint, user)
        self.kinds[new] = kind
        return new

    def add(self, stmt: Stmt) -> None:
        self.stmts.append(stmt)

    def ops(self, prim: Prim, args: tuple[Atom, ...], *, kw: tuple[str, ...] = (), static: Any = None,
            hints: tuple[tuple[str | None, bool], ...] = ((None, False),)) -> tuple[Value, ...]:
        """Emit an operation with as many results as `hints`."""
        outs = tuple([Value(hint, user) for hint, user in hints])
        op = Op(outs, prim, args, kw, static, self.origin)
        self.kinds.update(zip(outs, self.kinds_of(op, self.kind)))
        if len(outs) == 1:
            self.made[outs[0]] = op
        self.stmts.append(op)
        return outs

    def op(self, prim: Prim, *args: Atom, kw: tuple[str, ...] = (), static: Any = None,
           hint: str | None = None, user: bool = False) -> Value:
        return self.ops(prim, args, kw=kw, static=static, hints=((hint, user),))[0]

    def getitem(self, base: Atom, index: Atom | int, hint: str | None = None, user: bool = False) -> Value:
        """`base[index]` with one plain index."""
        atom = Const(index) if isinstance(index, int) else index
        return self.op(prims.GETITEM, base, atom, static=ONE_ITEM, hint=hint, user=user)

    def call(self, callee: Callee, args: tuple[Atom, ...], kind: Kind, hint: str | None = None,
             user: bool = False) -> Value:
        out = self.value(kind, hint, user)
        self.stmts.append(Call((out,), callee, args, self.origin))
        return out

    @contextmanager
    def region(self) -> Iterator[list[Stmt]]:
        """Collect what is emitted inside into a list of its own."""
        outer, self.stmts = self.stmts, []
        try:
            yield self.stmts
        finally:
            self.stmts = outer


def close(stmts: list[Stmt], vals: tuple[Atom, ...] = ()) -> Region:
    """A region that yields."""
    return Region(tuple(stmts), Yield(vals))


FULL = IndexSpec((SliceSpec(),))
