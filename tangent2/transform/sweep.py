"""Reverse mode: walk the statements backwards and let each pass its adjoint on.

The sweep emits reverse code that refers to primal values as if all were at hand; what is not (values of a loop's
body, of a branch) is provided by the recording pass as soon as the region is done, inside out.  Statements are pure,
so nothing here thinks about memory.
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tangent2.core import prims
from tangent2.core.build import Answers, Builder
from tangent2.core.dims import ReduceAxes, reduction, same_shape
from tangent2.core.dtypes import widest
from tangent2.core.kinds import Array, Bottom, Kind, List, Number, Tuple, may_be_one
from tangent2.core.syntax import UNDEF, Atom, Callee, Const, For, Op, Region, Stmt, Value, While
from tangent2.rules.apply import Splat
from tangent2.rules.declare import by_name
from tangent2.rules.families import tangent_kind
from tangent2.rules.simplify import flat_rows
from tangent2.transform import contributions
from tangent2.transform.contributions import Scope


Choice = tuple[Atom, tuple[Atom, ...]]
"""The condition of an `If` and what a value comes to in each of its arms."""


@dataclass(frozen=True)
class Pullback:
    """How the adjoint of a call is had (DESIGN section 4, Calls).

    forward: the function to call in the forward sweep, which returns `(result, saved)`; None: the user's own.
    backward: takes the needed arguments, the result and what was saved if wanted, and the adjoint of the result.
    params: positions of the arguments that `backward` takes.  wrt: those whose adjoints it returns, in order; others
    have none.  saved_name: what is saved is called so.  ruled: there are derivatives inside that are not those of the
    text.  value: where nothing is saved, the user's own as it is differentiated again: its value is the one that the
    forward sweep has, of which such derivatives were taken already.
    """

    forward: Callee | None
    backward: Callee
    params: tuple[int, ...]
    takes_result: bool
    wrt: tuple[int, ...]
    saved_kind: Kind | None = None
    saved_name: str = "saved"
    ruled: bool = False
    value: Callee | None = None


PullbackOf = Callable[[Callee, tuple[Kind, ...], tuple[bool, ...]], Pullback]
Handlers = dict[type, Callable[..., list[Stmt]]]
DropDead = Callable[[Region], Region]


class Sweep:
    """One reversal: which values have adjoints, what has been emitted, and the scope of the region at hand."""

    def __init__(self, kinds: dict[Value, Kind], params: tuple[Value, ...], active: frozenset[Value],
                 pullback_of: PullbackOf, handlers: Handlers, drop_dead: DropDead, save_all: bool = False,
                 absent: Atom = UNDEF, answers: Answers | None = None) -> None:
        self.build = Builder(kinds, answers)
        self.params, self.active, self.pullback_of, self.save_all = params, active, pullback_of, save_all
        self.handlers, self.drop_dead = handlers, drop_dead
        self.absent = absent        # what a value of one branch is on the other
        self.same: dict[Value, Value] = {}      # an element that is read again: the first one read
        self.restored: frozenset[Value] = frozenset()       # see `Function`
        self.fills = False          # whether lists of None are filled
        self.zeros: set[Value] = set()
        self.reached: dict[Value, tuple[Atom, int]] = {}    # adjoints that one side of a branch does not reach
        self.drained: set[Value] = set()        # lists known to be empty
        self.names: dict[Value, tuple[str, bool]] = {}
        self.primal = frozenset(kinds)
        self.scope = Scope(self, frozenset(), self.build.stmts)
        self.definitions: dict[Value, Op] = {}  # primal operations by result
        self.unsure: dict[Value, Choice | None] = {}    # values not bound on every path
        self.missing: dict[Value, Choice | None] = {}   # adjoints that may be None
        self.loops: list[For | While] = []      # around the statement at hand
        self.bodies: dict[For | While, frozenset[Value]] = {}
        self.indices: set[Value] = set()        # of loops that run backwards over their range
        self.before: list[Stmt] = []            # what the forward sweep reads before the statement at hand
        self.ruled = False          # whether a pullback that was asked for is
        self.threads: list[list[Thread]] = [[]]     # tapes that the loop at hand has to carry

    def in_loops(self, v: Value) -> bool:
        """Whether a value is bound anew in each iteration of a loop around the statement at hand."""
        return any(v in loop.params or v in self.bodies[loop] for loop in self.loops)

    # ---- kinds, zeros, sums ----

    def kind(self, atom: Atom) -> Kind:
        return self.build.kind(atom)

    def bar_kind(self, atom: Atom) -> Kind:
        return tangent_kind(self.kind(atom))

    def zero(self, v: Atom) -> Atom:
        return contributions.zero(self, v)

    def may_miss(self, c: Atom | Splat) -> bool:
        """Whether an adjoint may be None where the scope at hand is: that of a value that is not bound there."""
        return c == Const(None) or isinstance(c, Value) and self.unresolved(c, self.missing)

    def unsure_here(self, v: Atom) -> bool:
        """Whether a value may not be bound where the scope at hand is."""
        return v is UNDEF or v == Const(None) or isinstance(v, Value) and self.unresolved(v, self.unsure)

    def unresolved(self, v: Atom, choices: dict[Value, Choice | None]) -> bool:
        """Whether a value is in doubt though it is known which arms the scope at hand stands in."""
        if not isinstance(v, Value):
            return v is UNDEF or v == Const(None)
        if v not in choices:
            return False
        choice = choices[v]
        arm = None if choice is None else self.scope.arm(choice[0])
        return arm is None or choice is None or self.unresolved(choice[1][arm], choices)

    def or_zero(self, v: Value, c: Atom) -> Atom:
        """An adjoint of `v`, which is bound here, that is not None."""
        if c == Const(None):
            return contributions.zero(self, v, sure=True)
        return self.build.op(by_name("or_zero"), c, self.shape_of(v))

    def is_zero(self, atom: Atom) -> bool:
        return atom == contributions.ZERO or atom == Const(None) or atom in self.zeros

    def plus(self, a: Atom, b: Atom, kind: Kind) -> Atom:
        return contributions.plus(self, a, b, kind)

    def shape_of(self, v: Atom) -> Atom:
        """A value with the shape and dtype of `v` that is at hand for nothing: a parameter if there is one."""
        kind = self.kind(v)
        if isinstance(kind, Array) and v not in self.params:
            for p in self.params:
                other = self.kind(p)
                if isinstance(other, Array) and other.dtype == kind.dtype is not None and same_shape(other, kind):
                    return p
        return v

    def materialise(self, v: Value, g: Atom) -> Atom:
        """A splat as what it stands for."""
        kind = self.kind(v)
        if isinstance(kind, Number):
            return g
        parts = kind.elts if isinstance(kind, Tuple) else (getattr(kind, "elt", None),)
        if isinstance(kind, (List, Tuple)) and not all(isinstance(part, (Number, Bottom)) for part in parts):
            return self.build.op(by_name("each_like"), g, v)
        if isinstance(kind, List):
            length = self.build.op(by_name("len"), v)
            return self.build.op(prims.MUL, self.build.op(prims.LIST, g), length)
        if isinstance(kind, Array):
            return self.build.op(by_name("np.full_like"), self.shape_of(v), g)
        if isinstance(kind, Tuple):
            return self.build.op(prims.TUPLE, *[g] * len(kind.elts))
        return self.build.op(by_name("splat_like"), g, v)

    def unpacked(self, c: Atom, kind: Tuple) -> tuple[Atom, ...]:
        """The elements of a tuple of adjoints."""
        made = self.build.made.get(c) if isinstance(c, Value) else None
        if made is not None and made.prim is prims.TUPLE:
            return made.args
        if not kind.elts:
            return ()
        return self.build.ops(prims.UNPACK, (flat_rows(self.build, c),), static=(len(kind.elts), False, 0),
                              hints=((None, False),) * len(kind.elts))

    def packed(self, v: Value, parts: dict[int, Atom]) -> Atom:
        """The adjoint of a tuple from those of its elements."""
        kind = self.kind(v)
        assert isinstance(kind, Tuple)
        atoms: list[Atom] = []
        for k, elt in enumerate(kind.elts):
            bar = tangent_kind(elt)
            if k in parts:
                atoms.append(parts[k])
            elif isinstance(bar, Number):
                atoms.append(contributions.ZERO)
            elif bar == tangent_kind(Number("bool")) or type(bar).__name__ == "NoneKind":
                atoms.append(Const(None))
            else:
                atoms.append(self.zero(self.build.getitem(v, k)))
        return self.build.op(prims.TUPLE, *atoms)

    def fit(self, c: Atom, v: Atom, spread: bool = False) -> Atom:
        """Un-broadcast a contribution to the shape of the operand, and cast it to its dtype.

        `spread`: the operand may have been broadcast, even if nothing is known of either.
        """
        source, target = self.kind(c), self.kind(v)
        if not isinstance(target, (Array, Number)) or not isinstance(source, (Array, Number)):
            if not spread and source == target or isinstance(target, (List, Tuple)) or hasattr(target, "elt"):
                return c
            return self.build.op(by_name("unbroadcast"), c, self.shape_of(v))
        axes = reduction(source, target)
        if axes is None or _falls_short(source, target):
            return self.build.op(by_name("unbroadcast"), c, self.shape_of(v))
        return self.cast(self.reduce(c, axes), v)

    def reduce(self, c: Atom, axes: ReduceAxes) -> Atom:
        total = by_name("np.sum")
        if axes.nothing or isinstance(self.kind(c), Number):
            return c
        if axes.drop is None or (axes.drop and len(axes.drop) == getattr(self.kind(c), "rank", None)):
            return self.build.op(total, c)
        if axes.drop:
            axis = Const(axes.drop[0]) if len(axes.drop) == 1 else self.build.op(prims.TUPLE, *map(Const, axes.drop))
            c = self.build.op(total, c, axis, kw=("axis",))
        if axes.keep:
            keep = [k - len(axes.drop) for k in axes.keep]
            axis = Const(keep[0]) if len(keep) == 1 else self.build.op(prims.TUPLE, *map(Const, keep))
            c = self.build.op(total, c, axis, Const(True), kw=("axis", "keepdims"))
        return c

    def cast(self, c: Atom, v: Atom) -> Atom:
        source, target = self.kind(c), self.bar_kind(v)
        assert isinstance(source, (Array, Number)) and isinstance(target, (Array, Number))
        if source.dtype == target.dtype is not None:
            return c
        if isinstance(source, Number) and widest(source.dtype) == target.dtype:
            return c        # what is whole on some paths is as good as a float
        if source.dtype is None or target.dtype is None:
            weak = getattr(source, "weak", False) and not str(source.dtype).startswith("complex")
            return c if weak else self.build.op(by_name("cast_like"), c, self.shape_of(v))
        if source.dtype.startswith("complex") and not target.dtype.startswith("complex"):
            return self.cast(self.build.op(by_name("np.real"), c), v)
        if getattr(source, "weak", False):
            return c
        if isinstance(target, Number) and target.weak:
            return c
        if isinstance(source, Array):
            return self.build.op(by_name(".astype"), c, Const(target.dtype))
        return self.build.op(by_name("cast_like"), c, self.shape_of(v))

    def name(self, atom: Atom | Splat | None, v: Value) -> None:
        """Name an adjoint, now that it is known whose it is."""
        if isinstance(atom, Splat):
            atom = atom.atom
        if isinstance(atom, Value) and atom.hint is None and v.hint is not None and atom not in self.names \
                and atom not in self.primal:
            if atom in self.build.made or atom in self.build.kinds:
                self.names[atom] = (f"{v.hint}_bar", v.user)

    # ---- walking ----

    def walk(self, stmts: tuple[Stmt, ...]) -> list[Stmt]:
        """Emit the reverse of statements; the statements of the forward sweep, with what they record."""
        kept: list[Stmt] = []
        for stmt in reversed(stmts):
            self.build.origin = getattr(stmt, "origin", None)
            kept += reversed(self.handlers[type(stmt)](self, stmt))
        kept.reverse()
        return kept

    def take(self, v: Value) -> Atom | Splat | None:
        if v not in self.active:
            return None
        found = self.scope.take(v)
        self.name(found, v)
        return found

    def take_dense(self, v: Value) -> Atom | None:
        found = self.take(v)
        return None if found is None else self.scope.dense(v, found)

    def credit(self, atom: Atom, c: Atom | Splat) -> None:
        if isinstance(atom, Value) and atom in self.active:
            self.scope.credit(self.same.get(atom, atom), c)


@dataclass(frozen=True)
class Thread:
    """A tape pushed to in one place below a loop: what it is before and after the statement at hand.

    tape, now: in the forward sweep.  pops, rest: in the reverse sweep.  popped: the value it gives.
    """

    tape: Value
    now: Value
    pops: Value
    rest: Value
    popped: Value


def _falls_short(source: Kind, target: Kind) -> bool:
    """Whether an adjoint has one element along an axis where the operand has more: `einsum` broadcasts by letters."""
    if not isinstance(source, Array) or not isinstance(target, Array) or not source.shape or not target.shape:
        return False
    return any(n == 1 and not may_be_one(m) for n, m in zip(reversed(source.shape), reversed(target.shape)))
