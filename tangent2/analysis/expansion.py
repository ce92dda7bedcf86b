"""What an operation is replaced by: statements, and the atoms that its results are; and how such are made."""
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

from tangent2.core.kinds import Class, Dict, Kind, Record, Tuple
from tangent2.core.objects import MISSING, following, ordered
from tangent2.core import prims
from tangent2.core.prims import Captured, Inherited, Prim
from tangent2.core.syntax import (
    ONE_ITEM, Atom, Call, Const, For, If, IndexSpec, Op, Origin, Stmt, Value, Yield,
)
from tangent2.core.walk import may_leave, renew
from tangent2.errors import UnsupportedError

if TYPE_CHECKING:
    from tangent2.analysis.infer import Facts

_SPACES: dict[Any, dict[str, Any]] = {}
_BOUND = "bound"            # begins the key of a method that takes its object first, as a value it captured
REPEATED = "checkpoint"     # begins the key of a function whose pullback repeats it
FIELD = IndexSpec((None,))      # the index of an attribute, told by identity from that of the user's own subscripts


@dataclass(frozen=True)
class Expansion:
    """The statements that an operation is; `results`: the atoms that its results are."""

    stmts: tuple[Stmt, ...]
    results: tuple[Atom, ...]


@dataclass
class _Unit:
    tuples: dict[Value, tuple[Atom, ...]] = field(default_factory=dict)
    dicts: dict[Value, dict[Any, Atom]] = field(default_factory=dict)


class Making:
    """Statements in the making; `lower_binding.bind` fills in the arguments of a call through it."""

    def __init__(self, origin: Origin | None) -> None:
        self.origin = origin
        self.stmts: list[Stmt] = []
        self.unit = _Unit()

    def op(self, prim: Prim, *args: Atom, kw: tuple[str, ...] = (), static: Any = None,
           hint: str | None = None) -> Value:
        """Emit an operation with one result."""
        out = Value(hint, hint is not None)
        self.stmts.append(Op((out,), prim, args, kw, static, self.origin))
        return out

    def add(self, op: Op) -> Value:
        """Emit an operation that is made already."""
        self.stmts.append(op)
        return op.out

    def record(self, cls: Any, names: Iterable[str]) -> Record:
        """What tells the attributes of a new object."""
        return Record(cls, ordered(cls, names), True)

    def place(self, node: Any) -> Origin | None:
        """Where the call stands."""
        return self.origin

    def refuse(self, node: Any, reason: str, advice: str, construct: str = "call") -> NoReturn:
        """Raise what is wrong with the call."""
        raise UnsupportedError(reason, origin=self.origin, construct=construct, advice=advice)


def class_of(kind: Kind) -> Any:
    """The class of the objects (or tuples with names) of a kind, or the class that a value is; None for others."""
    if isinstance(kind, (Dict, Class)):
        return kind.cls
    return kind.record.cls if isinstance(kind, Tuple) and kind.record is not None else None


def refuse(op: Op, reason: str, advice: str, construct: str | None = None) -> NoReturn:
    raise UnsupportedError(reason, origin=op.origin, advice=advice, construct=construct or "object")


def find(facts: Facts, cls: type, name: str) -> Any:
    """What a class has under a name; `super()` looks on in its bases."""
    if not isinstance(name, Inherited):
        return facts.lookups.member(cls, name)
    own = str(name)
    if name.itself:
        return facts.lookups.member(name.cls, own)
    for base in following(cls, name.cls):       # what any of these is given later would be found instead
        facts.lookups.member(base, own)
        if own in vars(base):
            return vars(base)[own]
    return MISSING


def read_member(cls: Any, name: str, out: Value, op: Op) -> Op:
    """Read what a class holds when the function runs."""
    space = _SPACES.setdefault(cls, {cls.__name__: cls})
    captured = Captured(f"{cls.__name__}.{name}", space, lambda: getattr(cls, name), "global")
    return Op((out,), prims.READ, (), (), captured, op.origin)


def read_class(cls: Any, out: Value, op: Op) -> Op:
    """Read a class when the function runs."""
    space = _SPACES.setdefault(cls, {cls.__name__: cls})
    return Op((out,), prims.READ, (), (), Captured(cls.__name__, space, lambda: cls, "global"), op.origin)


def is_outside(facts: Facts, atom: Atom) -> bool:
    """Whether an object is one that the function finds outside, or part of it."""
    made = facts.defs.get(atom) if isinstance(atom, Value) else None
    while made is not None and made.prim is prims.GETITEM and isinstance(made.args[0], Value):
        made = facts.defs.get(made.args[0])
    return made is not None and made.prim is prims.READ


def dunder(op: Op, name: str, args: tuple[Atom, ...], kw: tuple[str, ...] = ()) -> Expansion:
    """The call of a method that Python looks up itself."""
    return Expansion((Op(op.outs, prims.METHOD, args, kw, name, op.origin),), op.outs)


def form(stmt: Stmt) -> Any:
    """What tells the statement of an expansion from that of another one.

    >>> from tangent2.core.syntax import Region
    >>> f, t = Value("f"), Value()
    >>> inner = [Op((t,), prims.CAPTURED, (f,), (), (name, 0)) for name in "ab"]
    >>> sides = [If((t,), f, Region((op,), Yield((t,))), Region((), Yield((t,)))) for op in inner]
    >>> form(sides[0]) == form(sides[1])
    False
    """
    if isinstance(stmt, Op):
        told = stmt.prim in _TELLING or isinstance(stmt.static, (str, type))
        return stmt.prim, stmt.static if told else None
    if isinstance(stmt, If):
        return If, *[tuple(map(form, region.stmts)) for region in (stmt.then, stmt.orelse)]
    return stmt.callee.key if isinstance(stmt, Call) else type(stmt)


_TELLING = frozenset({prims.CAPTURED, prims.CLOSURE, prims.READ, prims.OF_CLASS, prims.AS_CLASS})


def is_straight(loop: For) -> bool:
    """Whether every iteration of a loop runs to its end."""
    return isinstance(loop.body.exit, Yield) and not may_leave(loop.body)


def unrolled(loop: For, count: int) -> Expansion:
    """The statements of a loop over so many places, each of a kind of its own."""
    stmts: list[Stmt] = []
    atoms = loop.init
    for k in range(count):
        target = Value(loop.target.hint, loop.target.user)
        stmts.append(Op((target,), prims.GETITEM, (loop.iter, Const(k)), (), ONE_ITEM, loop.origin))
        body = renew(loop.body, {loop.target: target, **dict(zip(loop.params, atoms))})
        stmts += body.stmts
        atoms = body.exit.vals
    return Expansion(tuple(stmts), atoms)


def counted(loop: For, numbers: Iterable[int]) -> Expansion:
    """The statements of a loop over numbers that are known."""
    stmts: list[Stmt] = []
    atoms = loop.init
    for number in numbers:
        body = renew(loop.body, {loop.target: Const(number), **dict(zip(loop.params, atoms))})
        stmts += body.stmts
        atoms = body.exit.vals
    return Expansion(tuple(stmts), atoms)


def bound_key(key: Any) -> tuple[Any, ...]:
    """The key of the callee of a bound method."""
    return _BOUND, key


def behind(key: Any) -> Any:
    """The key of the function that a bound method, or a checkpointed function, calls; any other key as it is.

    >>> behind(bound_key(ordered)) is ordered, behind(ordered) is ordered
    (True, True)
    """
    return behind(key[1]) if isinstance(key, tuple) and key[0] in (_BOUND, REPEATED) else key
