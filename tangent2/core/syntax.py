"""The core language: frozen nodes of structured SSA in which every value is pure.

A `Value` is a definition, not a name: identity is equality, and each is bound exactly once.  `If`, `For` and
`While` hold `Region`s and *yield* values; a region ends in one exit.  Memory is pure as well: `x[i] = v` makes a
new version of `x`, `list.append` a new version of the list.  That the printed code writes in place is decided at
the very end (`optimise/copies.py`), by proof; until then no pass has to think about aliasing.

Nodes are never annotated nor changed; facts about them live in side tables keyed by `Value` (or by node identity).
"""
from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Union

if TYPE_CHECKING:
    from tangent2.core.kinds import Kind
    from tangent2.core.prims import Prim


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a node comes from: for error messages, comments and the map from emitted lines to the user's."""

    file: str
    line: int
    text: str           # the user's statement (or expression), one line
    function: str
    column: int = 0


@dataclass(frozen=True, eq=False, slots=True)
class Value:
    """One definition.  `user`: named by the user, or the adjoint or tangent of such a name; never folded away."""

    hint: str | None = None
    user: bool = False

    def __repr__(self) -> str:
        return f"<{self.hint or 't'}@{id(self) & 0xFFFF:x}>"


class Const:
    """A literal: int, float, complex, bool, str, bytes, None or Ellipsis.  Equal only if of the same type."""

    __slots__ = ("value",)

    def __init__(self, value: object) -> None:
        object.__setattr__(self, "value", value)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("Const is immutable")

    def _key(self) -> tuple[type, str]:
        return type(self.value), repr(self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Const) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        return repr(self.value)

    value: Any


class Undef:
    """The value of a name on a path that does not bind it: joins with any kind, prints nothing."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "undef"


UNDEF = Undef()
Atom = Union[Value, Const, Undef]


@dataclass(frozen=True, slots=True)
class SliceSpec:
    """Which of lower, upper and step a slice has; the atoms themselves stand in the operation's operands."""
    lower: bool = False
    upper: bool = False
    step: bool = False


@dataclass(frozen=True, slots=True)
class IndexSpec:
    """The shape of an index: one item per axis, either `None` (one atom of the operands) or a `SliceSpec`."""
    items: tuple[SliceSpec | None, ...]     # of `x[i, 1:]` `(None, SliceSpec(lower=True))`; the operands: `(x, i, 1)`
    is_tuple: bool = False          # tells `x[i,]` from `x[i]`


ONE_ITEM = IndexSpec((None,))       # x[i]


@dataclass(frozen=True, eq=False, slots=True)
class Op:
    """`outs = prim(*args)`; the last `len(kw)` operands are keyword arguments with those names.

    `static` is what the primitive needs beside values: an `IndexSpec`, an attribute name, a template, a callee.
    """

    outs: tuple[Value, ...]
    prim: Prim
    args: tuple[Atom, ...] = ()
    kw: tuple[str, ...] = ()
    static: Any = None
    origin: Origin | None = None

    @property
    def out(self) -> Value:
        return self.outs[0]

    @property
    def positional(self) -> tuple[Atom, ...]:
        return self.args[: len(self.args) - len(self.kw)]

    @property
    def keywords(self) -> tuple[tuple[str, Atom], ...]:
        return tuple(zip(self.kw, self.args[len(self.args) - len(self.kw):]))


@dataclass(frozen=True, slots=True)
class Callee:
    """A function that can be called by `Call`: the user's, or one that the compiler makes.

    `key` is its identity.  `core(kinds)` gives its typed core under the kinds of the arguments; `python` is the
    object to call where the user's own function is called unchanged, `None` for emitted functions.  `rule`: how its
    derivatives are had, if the user wrote them (`handwritten.py`).  `of`: what a gradient is of, and its options.
    """

    key: Hashable
    name: str
    core: Callable[[tuple[Kind, ...]], Typed] = field(compare=False, repr=False)
    python: Any = field(compare=False, repr=False, default=None)
    rule: Any = field(compare=False, repr=False, default=None)
    of: Any = field(compare=False, repr=False, default=None)


@dataclass(frozen=True, eq=False, slots=True)
class Call:
    """`out = callee(*args)`: exactly one result (a tuple if several) and positional arguments, defaults filled in."""

    outs: tuple[Value]
    callee: Callee
    args: tuple[Atom, ...] = ()
    origin: Origin | None = None

    @property
    def out(self) -> Value:
        return self.outs[0]


@dataclass(frozen=True, eq=False, slots=True)
class If:
    """Results come from the yielding regions; a region may leave instead (break, continue, return, raise)."""

    outs: tuple[Value, ...]
    cond: Atom
    then: Region
    orelse: Region
    origin: Origin | None = None


@dataclass(frozen=True, eq=False, slots=True)
class For:
    """`params` start as `init`; each iteration binds `target` and yields the next `params`.

    Results are the last params, or what a `Break` carries.
    """

    outs: tuple[Value, ...]
    target: Value
    iter: Atom
    params: tuple[Value, ...]
    init: tuple[Atom, ...]
    body: Region
    origin: Origin | None = None


@dataclass(frozen=True, eq=False, slots=True)
class While:
    """Like `For`; `cond` (a region that yields one value) and `body` read the same `params`."""

    outs: tuple[Value, ...]
    params: tuple[Value, ...]
    init: tuple[Atom, ...]
    cond: Region
    body: Region
    origin: Origin | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Try:
    """For printing only: `body` is attempted, and yields nothing; `then` follows it and may read what it binds.

    `orelse` runs instead of `then` where `body` raised one of `classes`; `raised` is the exception there, if need be.
    """

    outs: tuple[Value, ...]
    classes: Atom
    body: Region
    then: Region
    orelse: Region
    raised: Value | None = None
    origin: Origin | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Note:
    """A comment with a place."""

    text: str

    @property
    def outs(self) -> tuple[Value, ...]:
        return ()


Stmt = Union[Op, Call, If, For, While, Try, Note]


@dataclass(frozen=True, slots=True)
class Yield:
    vals: tuple[Atom, ...] = ()


@dataclass(frozen=True, slots=True)
class Break:
    vals: tuple[Atom, ...] = ()


@dataclass(frozen=True, slots=True)
class Continue:
    vals: tuple[Atom, ...] = ()


@dataclass(frozen=True, slots=True)
class Return:
    """`vals` has exactly one atom: a Python function has one result."""

    vals: tuple[Atom, ...] = ()


@dataclass(frozen=True, slots=True)
class Raise:
    """`vals` is the exception, and its cause if one is given; empty re-raises."""

    vals: tuple[Atom, ...] = ()


Exit = Union[Yield, Break, Continue, Return, Raise]


@dataclass(frozen=True, eq=False, slots=True)
class Region:
    stmts: tuple[Stmt, ...]
    exit: Exit


@dataclass(frozen=True, slots=True)
class Form:
    """Parameters of a function: how many are positional, whether `*args` follows, keyword-only ones, `**options`."""

    positional: int
    star: bool
    named: tuple[str, ...]
    mapping: bool


@dataclass(frozen=True)
class Gift:
    """What a function gives back: the part of its result at `path` always is `param`, or what views of it show."""

    path: tuple[int, ...]
    param: Value
    shown: tuple[Op, ...] = ()


@dataclass(frozen=True, eq=False, slots=True)
class Function:
    """A core function.

    owned: parameters that the function may write to or empty (tapes handed to a pullback); writes: those that the
    user's function, called as it is, writes to; gives: what its result, or parts of that, always are of them;
    makes: whether objects in its result are none of them, nor found outside; so it is of derivatives.
    finals: those that are to be returned, as they are at the end, beside the result; asked before kinds are known.
    restored: containers into which an element is put back where it was; by_rows: array arguments lie row by row.
    apart: how many arguments, the first ones, are taken to share no memory, for the function that it is a derivative of
    writes to one; likewise.
    into_arrays, reaches: whether it may write into arrays or containers of its arguments; into arrays in these.
    rebinds: the keys and attributes under which it may put other objects into what it is given; None if any.
    alters: those under which it may change objects in what it is given, None for elements of lists; likewise.
    form: of a function inside with `*args` or `**options`, how what is not captured is given; late: its last keywords.
    """

    name: str
    params: tuple[Value, ...]
    body: Region
    origin: Origin | None = None
    owned: frozenset[Value] = frozenset()
    doc: str | None = None
    writes: frozenset[Value] = frozenset()
    gives: tuple[Gift, ...] = ()
    makes: bool = True
    finals: tuple[Value, ...] = ()
    restored: frozenset[Value] = frozenset()
    by_rows: bool = False
    apart: int = 0
    into_arrays: bool = True
    reaches: bool = True
    rebinds: frozenset[str | int] | None = None
    alters: frozenset[str | int | None] | None = None
    form: Form | None = None
    late: tuple[str, ...] = ()

    @property
    def derived_apart(self) -> int:
        """How many arguments a derivative takes to share no memory: what it writes to in their place does not."""
        return self.apart or (len(self.params) if self.writes - self.owned else 0)


class Knot:
    """A function inside that captures nothing, and may call itself: its core is made when it is first asked for."""

    __slots__ = ("_made", "_make", "name")

    def __init__(self, name: str, make: Callable[[], Function]) -> None:
        self.name, self._make = name, make
        self._made: Function | None = None

    def core(self) -> Function:
        """The core, always the same."""
        if self._made is None:
            self._made = self._make()
        return self._made


@dataclass(frozen=True, eq=False)
class Typed:
    """A function with the kinds of all its values: what inference, and every transform, returns."""

    function: Function
    kinds: dict[Value, Kind]
    result: Kind


_FLAT = frozenset({Op, Call, Note})


def regions(stmt: Stmt) -> tuple[Region, ...]:
    """The regions a statement holds, in order of execution."""
    if type(stmt) in _FLAT:
        return ()
    if isinstance(stmt, If):
        return stmt.then, stmt.orelse
    if isinstance(stmt, For):
        return (stmt.body,)
    if isinstance(stmt, While):
        return stmt.cond, stmt.body
    if isinstance(stmt, Try):
        return stmt.body, stmt.then, stmt.orelse
    return ()


def operands(stmt: Stmt) -> tuple[Atom, ...]:
    """The atoms a statement reads itself, those in its regions not counted."""
    if isinstance(stmt, (Op, Call)):
        return stmt.args
    if isinstance(stmt, If):
        return (stmt.cond,)
    if isinstance(stmt, Try):
        return (stmt.classes,)
    if isinstance(stmt, For):
        return (stmt.iter, *stmt.init)
    if isinstance(stmt, While):
        return stmt.init
    return ()


def inner_bindings(stmt: Stmt) -> tuple[Value, ...]:
    """What a statement binds for its own regions: a loop its target and params."""
    if isinstance(stmt, For):
        return (stmt.target, *stmt.params)
    if isinstance(stmt, While):
        return stmt.params
    return (stmt.raised,) if isinstance(stmt, Try) and stmt.raised is not None else ()


def walk(region: Region) -> Iterator[Stmt]:
    """All statements of a region, outer before inner, in order."""
    for stmt in region.stmts:
        yield stmt
        for inner in regions(stmt):
            yield from walk(inner)
