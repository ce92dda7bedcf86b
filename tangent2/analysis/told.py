"""What code that nobody knows was told: an active value given to it may come back where nobody follows it.

What such code gives, what is read from an object that nobody knows, may hold what the code was given before.  A
derivative would not flow through that, so it is refused where one would have to (`refuse_told`).
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import BuiltinFunctionType, FunctionType, ModuleType

import numpy as np

from tangent2.analysis.activity import varied_and_text
from tangent2.analysis.useful import needed
from tangent2.core import prims
from tangent2.core.kinds import (
    UNKNOWN, Dict, FunctionKind, Iterator, Kind, List, Object, Tuple, Unknown, is_inexact,
)
from tangent2.core.prims import Attempt, Captured
from tangent2.core.syntax import (
    Atom, Break, Call, Callee, Continue, For, If, Op, Region, Stmt, Typed, Value, While, Yield, walk,
)
from tangent2.core.valuekinds import bystander, is_known, kind_of_atom
from tangent2.errors import NoDerivativeError

Kinds = tuple[Kind, ...]
# What is asked of a callee under kinds of its arguments:
# whether it tells code that nobody knows of its arguments, and whether it asks such code.
Hearsay = Callable[[Callee, Kinds], "Told"]


@dataclass(frozen=True)
class Told:
    """tells: an active value is given to code that nobody knows; asks: such code is run, or its objects are read."""

    tells: bool = False
    asks: bool = False


NOTHING, ANYTHING = Told(), Told(True, True)


def told_of(typed: Typed) -> Told:
    """The facts of a function all whose arguments may be active; of calls in it nothing is asked.

    >>> from tangent2.core.prims import Template
    >>> from tangent2.core.kinds import FLOAT, NONE
    >>> from tangent2.core.syntax import Const, Function, Return
    >>> q, x, t = Value("q"), Value("x"), Value()
    >>> def giving(atom):
    ...     put = Op((t,), prims.VERBATIM, (q, atom), static=Template(None, "$0.put($1)", tells=True))
    ...     kinds = {q: Object("Queue"), x: FLOAT, t: NONE}
    ...     return Typed(Function("f", (q, x), Region((put,), Return((t,)))), kinds, NONE)
    >>> told_of(giving(x)), told_of(giving(Const(1)))
    (Told(tells=True, asks=False), Told(tells=False, asks=False))
    """
    kinds = [typed.kinds.get(p, UNKNOWN) for p in typed.function.params]
    unknown = tuple([hides(k) for k in kinds])      # these may be active numbers as well as objects
    listener = _listening(typed, tuple([is_inexact(k) for k in kinds]), unknown, lambda callee, kinds: NOTHING)
    return Told(listener.told is not None, listener.asked)


def called_in(typed: Typed) -> list[tuple[Callee, Kinds]]:
    """The callees of a function under the kinds of their arguments, those that it attempts to call among them."""
    found = [attempted(s) if isinstance(s, Op) else (s.callee, s.args)
             for s in walk(typed.function.body) if isinstance(s, (Op, Call))]
    return [(each[0], kinds_of(typed.kinds, each[1])) for each in found if each is not None]


def attempted(op: Op) -> tuple[Callee, tuple[Atom, ...]] | None:
    """The callee that an operation attempts to call, and its arguments."""
    what = op.static.what if isinstance(op.static, Attempt) else None
    return (what, op.args[1:]) if isinstance(what, Callee) else None


def kinds_of(kinds: dict[Value, Kind], atoms: tuple[Atom, ...]) -> Kinds:
    return tuple([kind_of_atom(a, kinds) for a in atoms])


def refuse_told(typed: Typed, active: tuple[bool, ...], hearsay: Hearsay) -> Typed:
    """The function itself; refused if its result depends on what may hold an active value that nobody followed."""
    unknown = tuple([not on and hides(typed.kinds.get(p, UNKNOWN)) for p, on in zip(typed.function.params, active)])
    listener = _listening(typed, active, unknown, hearsay)
    if listener.suspects:
        found = needed(typed, varied_and_text(typed, active, frozenset(listener.suspects))[0])
        for value, stmt in listener.suspects.items():
            if value in found:
                _refuse(listener.told, stmt)
    return typed


def _refuse(told: Stmt | None, stmt: Stmt) -> None:
    place = getattr(told, "origin", None)
    read = getattr(stmt, "origin", None)
    what = f"code in `{told.callee.name}` that" if isinstance(told, Call) else "code that"
    where = f" (line {read.line})" if read is not None else ""
    raise NoDerivativeError(
        f"an active value is given to {what} is not followed, and what is read afterwards{where} may depend on it",
        origin=place, construct="call",
        advice="keep it in a list, a dict or an object of a plain class; or read before what does not depend on it")


def runs_code(typed: Typed) -> bool:
    """Whether there is any code that nobody knows at all in a function."""
    return any(isinstance(s, Op) and _runs_code(s) for s in walk(typed.function.body))


def _runs_code(op: Op) -> bool:
    if op.prim is prims.VERBATIM:
        return bool(op.static.tells)
    return op.prim is prims.METHOD or op.prim is prims.APPLY


def _listening(typed: Typed, active: tuple[bool, ...], unknown: tuple[bool, ...], hearsay: Hearsay) -> _Listener:
    """A walk that knows all that is strange: the parameters marked unknown are."""
    given, text = varied_and_text(typed, active)
    strange = {p for p, hidden in zip(typed.function.params, unknown) if hidden}
    while True:
        listener = _Listener(typed.kinds, given, text, hearsay, strange)
        before = len(strange)
        listener.region(typed.function.body, None)
        if len(strange) == before:
            return listener


def hides(kind: Kind) -> bool:
    """Whether a value may hold, or be, an object of which nothing is known.

    >>> hides(Object("Queue")), hides(List(UNKNOWN)), hides(Object("slice")), hides(Object("random.Random"))
    (True, True, False, False)
    """
    if isinstance(kind, Tuple):
        return any(map(hides, kind.elts))
    if isinstance(kind, Dict):
        return hides(kind.elt) or any(hides(k) for _, k in kind.items or ())
    if isinstance(kind, (List, Iterator)):
        return hides(kind.elt)
    if isinstance(kind, FunctionKind):
        return any(map(hides, kind.captured))
    return isinstance(kind, Unknown) or type(kind) is Object and not is_known(kind)


@dataclass
class _Listener:
    """The state of a walk in order of execution; of loops twice, as what is told in a turn is heard in the next.

    given: what varies, and text that was made of it.  strange: values that code gave which nobody knows.  told: the
    first statement that gave it something.  suspects: what was read since, by whom.
    """

    kinds: dict[Value, Kind]
    given: frozenset[Value]
    text: frozenset[Value]
    hearsay: Hearsay
    strange: set[Value]
    told: Stmt | None = None
    asked: bool = False
    suspects: dict[Value, Stmt] = field(default_factory=dict)

    def kind(self, atom: Atom) -> Kind:
        return kind_of_atom(atom, self.kinds)

    def is_given(self, atoms: tuple[Atom, ...]) -> bool:
        return any(a in self.given or a in self.text for a in atoms)

    # ---- statements ----

    def region(self, region: Region, loop: For | While | None) -> None:
        for stmt in region.stmts:
            self.stmt(stmt, loop)
        if loop is not None and isinstance(region.exit, Break):
            self.hand_on(loop.outs, region.exit.vals)
        elif loop is not None and isinstance(region.exit, Continue):
            self.hand_on(loop.params, region.exit.vals)

    def stmt(self, stmt: Stmt, loop: For | While | None) -> None:
        if isinstance(stmt, Op):
            self.op(stmt)
        elif isinstance(stmt, Call):
            self.call(stmt, stmt.callee, stmt.args)
        elif isinstance(stmt, If):
            for region in (stmt.then, stmt.orelse):
                self.region(region, loop)
                if isinstance(region.exit, Yield):
                    self.hand_on(stmt.outs, region.exit.vals)
        elif isinstance(stmt, (For, While)):
            self.loop(stmt)

    def loop(self, loop: For | While) -> None:
        self.hand_on(loop.params, loop.init)
        for _ in range(2):
            if isinstance(loop, While):
                self.region(loop.cond, None)
            elif loop.iter in self.strange:
                self.give(loop, (loop.target,))
            self.region(loop.body, loop)
            if isinstance(loop.body.exit, Yield):
                self.hand_on(loop.params, loop.body.exit.vals)
        self.hand_on(loop.outs, loop.params)

    def hand_on(self, targets: tuple[Value, ...], atoms: tuple[Atom, ...]) -> None:
        self.strange.update([target for target, atom in zip(targets, atoms) if atom in self.strange])

    def op(self, op: Op) -> None:
        if (tried := attempted(op)) is not None:
            self.call(op, *tried)
            return
        runs, args = self.runs(op)
        if op.prim is prims.READ:
            self.strange.update([out for out in op.outs if hides(self.kind(out)) and _is_strange(op.static)])
        elif runs or not self.strange.isdisjoint(op.args):
            self.give(op, op.outs)
        if self.told is None and runs and self.is_given(args):
            self.told = op

    def runs(self, op: Op) -> tuple[bool, tuple[Atom, ...]]:
        """Whether an operation runs code that nobody knows, as methods of strange objects, and what that is given."""
        if op.prim is prims.METHOD:
            return op.args[0] in self.strange, op.args[1:]
        if op.prim is prims.VERBATIM:
            return bool(op.static.tells) and (
                not op.static.of_operands or not self.strange.isdisjoint(op.args)), op.args
        if op.prim in (prims.APPLY, prims.CAUGHT):
            return True, op.args[1:]
        return op.prim.update and op.args[0] in self.strange, op.args[1:]

    def call(self, stmt: Op | Call, callee: Callee, args: tuple[Atom, ...]) -> None:
        facts = self.hearsay(callee, kinds_of(self.kinds, args))
        if facts.asks:
            self.give(stmt, stmt.outs)
        else:
            self.strange.update([out for out in stmt.outs if hides(self.kind(out))])
        if self.told is None and facts.tells and self.is_given(args):
            self.told = stmt

    def give(self, stmt: Stmt, outs: tuple[Value, ...]) -> None:
        """What code that nobody knows gives: from now on strange, and if it was told of anything, suspect."""
        self.asked = self.asked or any(is_inexact(self.kind(out)) for out in outs)
        self.strange.update([out for out in outs if hides(self.kind(out))])
        if self.told is not None:
            for out in outs:        # an operation that an active value flows through is refused anyway
                if is_inexact(self.kind(out)) and (out not in self.given or isinstance(stmt, Call)):
                    self.suspects.setdefault(out, stmt)


def _is_strange(captured: Captured) -> bool:
    """Whether what is read from outside is, now, an object of which nothing is known; functions are not."""
    try:
        found = captured.read()
    except (NameError, AttributeError, KeyError, ValueError):
        return True
    plain = isinstance(found, (type, ModuleType, FunctionType, np.ufunc)) or (
        isinstance(found, BuiltinFunctionType) and isinstance(found.__self__, (ModuleType, type(None))))
    return not plain and bystander(type(found)) is None
