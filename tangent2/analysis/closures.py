"""Closure conversion: a function that is kept is the tuple of what it captured, and is made anew where it is called.

`fs.append(lambda v: v * w)` appends `("lambda 3:10", w)`.  A kind says which function it is, so that a call of an
element knows; where it may be one of several, its label tells.
"""
from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tangent2.analysis.concrete import captured_atoms
from tangent2.analysis.dispatch import called_anew
from tangent2.analysis.expansion import Expansion
from tangent2.core import prims
from tangent2.core.functions import label_of
from tangent2.core.kinds import Closures, Dict, FunctionKind, Kind, Objects, is_closure
from tangent2.core.objectkinds import closed, within
from tangent2.core.latebinding import is_late, late_refusal
from tangent2.core.syntax import ONE_ITEM, Atom, Callee, Const, Function, Op, Region, Stmt, Typed, Value, walk
from tangent2.core.walk import map_atoms, map_exit
from tangent2.errors import UnsupportedError

if TYPE_CHECKING:
    from tangent2.analysis.infer import Facts

_KEEPING = frozenset({
    prims.TUPLE, prims.LIST, prims.DICT, prims.PUSH, prims.SETITEM, prims.BECOME, prims.NEW, prims.SETTLE, prims.COPY,
    prims.CLOSURE, prims.GETITEM})      # a callee without a source takes the tuple apart that it is given


def made_anew(op: Op, facts: Facts) -> Expansion | None:
    """The call (or a transform) of a closure that was made elsewhere: it is made anew, of what that one captured.

    >>> from types import SimpleNamespace
    >>> from tangent2.core.kinds import FLOAT
    >>> from tangent2.core.show import show
    >>> from tangent2.core.syntax import Callee, Function, Return
    >>> f, x, y = map(Value, "f x y".split())
    >>> kind = FunctionKind(Callee("scale", "scale", lambda kinds: None), (FLOAT,))
    >>> facts = SimpleNamespace(made={}, defs={}, kind=lambda atom: kind)
    >>> found = made_anew(Op((y,), prims.APPLY, (f, x)), facts)
    >>> print(show(Function("g", (f, x), Region(found.stmts, Return((y,))))))
    def g(f.0, x.1):
        t.2 = what f.0 captured [0]
        scale.3 = closure scale captures (t.2)
        y.4 = apply(scale.3, x.1)
        return y.4
    """
    kind = facts.kind(op.args[0])
    if not isinstance(kind, FunctionKind) or not is_closure(kind) or not isinstance(op.args[0], Value) \
            or captured_atoms(op.args[0], kind, facts.defs) is not None:
        return None
    found: Expansion = facts.made.setdefault((op, kind.callee), Expansion(called_anew(op, kind), op.outs))
    return found


def _wanted(kind: Kind) -> tuple[str, ...]:
    """The keywords under which a function is given what it captured late (`desugar_late.py`)."""
    key = kind.callee.key if isinstance(kind, FunctionKind) and isinstance(kind.callee, Callee) else None
    return key.late if isinstance(key, Function) else ()


def check_seen(op: Op, kind: Kind) -> None:
    """Refuse the call of a function where nobody knows what it captured late."""
    unseen = set(_wanted(kind)) - set(op.kw)
    if op.prim is prims.APPLY and unseen and isinstance(kind, FunctionKind):
        reason, advice = late_refusal(kind.callee.name, min(unseen))
        raise UnsupportedError(reason, origin=op.origin, construct="late binding", advice=advice)


def without_late(op: Op, kind: Kind) -> Op:
    """The call of a function without what only others take, which captured it late."""
    wanted = _wanted(kind)
    kept = [(name, atom) for name, atom in op.keywords if not is_late(name) or name in wanted]
    if isinstance(kind, Closures) or len(kept) == len(op.kw):
        return op
    return replace(op, args=(*op.positional, *[atom for _, atom in kept]), kw=tuple([name for name, _ in kept]))


def convert(typed: Typed) -> Typed:
    """A function in which closures that are kept in containers, or handed on, are tuples of what they captured.

    >>> from tangent2.core.kinds import FLOAT, List
    >>> from tangent2.core.show import show
    >>> from tangent2.core.syntax import Callee, Function, Return
    >>> w, f, fs = map(Value, "w f fs".split())
    >>> kind = FunctionKind(Callee("scale", "scale", lambda kinds: None), (FLOAT,))
    >>> make = Op((f,), prims.CLOSURE, (w,), static=kind.callee)
    >>> body = Region((make, Op((fs,), prims.LIST, (f,))), Return((fs,)))
    >>> kinds = {w: FLOAT, f: kind, fs: List(kind)}
    >>> print(show(convert(Typed(Function("kept", (w,), body), kinds, List(kind))).function))
    def kept(w.0):
        f.1 = closure scale captures (w.0)
        f.2 = tuple('scale', w.0)
        fs.3 = list(f.2)
        return fs.3
    """
    if not any(map(_holds, typed.kinds.values())) and not _holds(typed.result):
        return typed
    run = _Converting(typed)
    return Typed(replace(typed.function, body=run.region(typed.function.body)), run.kinds, converted(typed.result))


def converted(kind: Kind) -> Kind:
    """A kind with tuples for closures."""
    if isinstance(kind, Dict) and not isinstance(kind, Objects):
        items = None if kind.items is None else tuple([(key, converted(k)) for key, k in kind.items])
        return replace(kind, items=items, elt=converted(kind.elt))
    return closed(within(kind, converted))


def _holds(kind: Kind) -> bool:
    return isinstance(kind, Closures) or converted(kind) != kind


class _Converting:
    """The walk; `tuples`: by closure, the value that is the tuple of what it captured."""

    def __init__(self, typed: Typed) -> None:
        made = [s for s in walk(typed.function.body) if isinstance(s, Op) and s.prim in (prims.CLOSURE, prims.DERIVE)]
        self.makers = {s.out: s for s in made if is_closure(typed.kinds[s.out])}
        self.kinds = {v: k if v in self.makers else converted(k) for v, k in typed.kinds.items()}
        self.tuples: dict[Atom, Value] = {}

    def region(self, region: Region) -> Region:
        stmts = [new for stmt in region.stmts for new in self.stmt(stmt)]
        return Region(tuple(stmts), map_exit(region.exit, self.atom))

    def stmt(self, stmt: Stmt) -> list[Stmt]:
        if not isinstance(stmt, Op):
            return [map_atoms(stmt, self.atom, self.region)]
        if stmt.prim in (prims.CAPTURED, prims.LABEL):
            place = Const(0 if stmt.prim is prims.LABEL else stmt.static[1] + 1)
            return [Op(stmt.outs, prims.GETITEM, (self.atom(stmt.args[0]), place), (), ONE_ITEM, stmt.origin)]
        new = map_atoms(stmt, self.atom, self.region) if stmt.prim in _KEEPING else stmt
        return [new, self.kept(stmt)] if stmt.outs and stmt.outs[0] in self.makers else [new]

    def atom(self, atom: Atom) -> Atom:
        return self.tuples.get(atom, atom)

    def kept(self, op: Op) -> Op:
        """What a closure captured, as a tuple: nothing reads it if the closure is only called."""
        kind = self.kinds[op.out]
        assert isinstance(kind, FunctionKind)
        captured = captured_atoms(op.out, kind, self.makers)
        assert captured is not None
        made = self.tuples[op.out] = Value(op.out.hint)
        self.kinds[made] = converted(kind)
        parts = Const(label_of(kind.callee)), *map(self.atom, captured)
        return Op((made,), prims.TUPLE, parts, (), None, op.origin)
