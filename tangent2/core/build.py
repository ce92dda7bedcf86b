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
    ONE_ITEM, Atom, Call, Callee, Const, IndexSpec, Op, Origin, Region, SliceSpec, Stmt, Typed, Undef, Value, Yield,
)
from tangent2.core.walk import renew, substitute


@dataclass(frozen=True)
class Answers:
    """What only the compiler knows: the callee of a user's function, and what a primitive with Python source gives."""

    callee: Callable[[Any], Callee | None] = lambda function: None
    kinds_of: Callable[[Op, Callable[[Atom], Kind]], tuple[Kind, ...]] = kinds_of


class Spliced(Callee):
    """A callee of a few statements that end in one return: they stand where it would be called."""


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
        """Emit a call with a result of a kind; of a spliced callee its statements."""
        if isinstance(callee, Spliced):
            found = self.splice(callee.core(tuple(map(self.kind, args))), args)
            assert isinstance(found, Value)
            return found
        out = self.value(kind, hint, user)
        self.stmts.append(Call((out,), callee, args, self.origin))
        return out

    def splice(self, typed: Typed, args: tuple[Atom, ...]) -> Atom:
        """Emit the statements of a function whose only exit is its last return, for arguments; what it returns.

        Tuples that are made in sight are not taken apart.
        """
        mapping: dict[Value, Atom] = dict(zip(typed.function.params, args))
        body = renew(typed.function.body, mapping)
        for old, new in mapping.items():
            if isinstance(new, Value) and new not in args and old in typed.kinds:
                self.kinds[new] = typed.kinds[old]
        known: dict[Value, Atom] = {}
        for stmt in body.stmts:
            stmt = substitute(Region((stmt,), body.exit), known).stmts[0] if known else stmt
            parts = self.parts(stmt.args[0]) if isinstance(stmt, Op) and stmt.prim is prims.UNPACK else None
            if parts is not None and len(parts) == len(stmt.outs) and not stmt.static[1]:   # type: ignore[union-attr]
                known.update(zip(stmt.outs, parts))
                continue
            if isinstance(stmt, Op) and len(stmt.outs) == 1:
                self.made[stmt.out] = stmt
            self.stmts.append(stmt)
        return substitute(Region((), body.exit), known).exit.vals[0]

    def parts(self, whole: Atom) -> tuple[Atom, ...] | None:
        """The parts of a tuple that was made in sight; None of anything else."""
        made = self.made.get(whole) if isinstance(whole, Value) else None
        return made.args if made is not None and made.prim is prims.TUPLE else None

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
