"""Functions chosen by a branch: what calls them chooses again, and calls a known function on each side.

What the function of a side captured inside the branch is handed out of it, and its closure made where it is called.
"""
from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from tangent2.analysis.factories import followed
from tangent2.core import prims
from tangent2.core.syntax import (
    UNDEF, Atom, Call, Function, If, Op, Region, Stmt, Value, Yield, regions,
)
from tangent2.core.walk import bound, map_regions


@dataclass(frozen=True)
class Leaf:
    """One function: an atom, or what makes it (`op`: a closure, or a read from outside) of `args`."""

    args: tuple[Atom, ...]
    op: Op | None = None


@dataclass(frozen=True)
class Fork:
    cond: Atom
    then: Choice
    orelse: Choice


Choice = Leaf | Fork


def split_choices(function: Function) -> Function:
    """A function in which calls of, or with, a function that a branch chose stand on both sides of a branch.

    >>> c, x, f, g, h, y = map(Value, "c x f g h y".split())
    >>> inner, last = [Function(name, (x,), Region((), Yield((x,)))) for name in ("inner", "last")]
    >>> make, other = Op((f,), prims.CLOSURE, (), static=inner), Op((g,), prims.CLOSURE, (), static=last)
    >>> choose = If((h,), c, Region((make,), Yield((f,))), Region((other,), Yield((g,))))
    >>> whole = Function("whole", (c, x), Region((choose, Op((y,), prims.APPLY, (h, x))), Yield((y,))))
    >>> [type(s).__name__ for s in split_choices(whole).body.stmts]
    ['Op', 'If', 'If']
    """
    body = _Splitting(followed(function.body)).region(function.body)
    return function if body is function.body else replace(function, body=body)


@dataclass
class _Splitting:
    """`makers`: closures and reads of functions; `chosen`: results of branches that are functions."""

    called: set[Atom]
    makers: dict[Value, Op] = field(default_factory=dict)
    chosen: dict[Value, Choice] = field(default_factory=dict)

    def region(self, region: Region) -> Region:
        stmts = [new for stmt in region.stmts for new in self.stmt(stmt)]
        same = len(stmts) == len(region.stmts) and all(a is b for a, b in zip(stmts, region.stmts))
        return region if same else Region(tuple(stmts), region.exit)

    def stmt(self, stmt: Stmt) -> list[Stmt]:
        if isinstance(stmt, If):
            then, orelse = self.region(stmt.then), self.region(stmt.orelse)
            if then is not stmt.then or orelse is not stmt.orelse:
                stmt = If(stmt.outs, stmt.cond, then, orelse, stmt.origin)
            return self.told(stmt)
        if isinstance(stmt, Op):
            if stmt.prim is prims.CLOSURE and isinstance(stmt.static, Function):
                inner = split_choices(stmt.static)
                stmt = stmt if inner is stmt.static else replace(stmt, static=inner)
            if stmt.prim is prims.CLOSURE or stmt.prim is prims.READ and is_function(stmt):
                self.makers[stmt.out] = stmt
            return self.split(stmt) if stmt.prim is prims.APPLY else [stmt]
        if isinstance(stmt, Call):
            return self.split(stmt)
        new = map_regions(stmt, self.region)
        return [stmt if all(a is b for a, b in zip(regions(new), regions(stmt))) else new]

    def told(self, stmt: If) -> list[Stmt]:
        """A branch; what decides it is asked once where others decide by it again, for it may have changed by then."""
        asked = Op((Value(),), prims.TRUTH, (stmt.cond,), (), prims.TEST, stmt.origin)
        before = len(self.chosen)
        found = self.branch(replace(stmt, cond=asked.out) if isinstance(stmt.cond, Value) else stmt)
        if len(self.chosen) == before:
            return [stmt]
        return [found] if found.cond is stmt.cond else [asked, found]

    def branch(self, stmt: If) -> If:
        """Note which results are functions, and hand out what they need."""
        for k, out in enumerate(stmt.outs):
            if out not in self.called:
                continue
            sides = [self.choice(r.exit.vals[k]) if isinstance(r.exit, Yield) else None for r in regions(stmt)]
            if any(s is None and isinstance(r.exit, Yield) for s, r in zip(sides, regions(stmt))):
                continue
            if any(s is not None and _certain(s) for s in sides):
                stmt, found = _handed_out(stmt, sides)
                self.chosen[out] = found
        return stmt

    def choice(self, atom: Atom) -> Choice | None:
        if not isinstance(atom, Value):
            return None
        made = self.makers.get(atom)
        return self.chosen.get(atom) or (Leaf((atom,)) if made is None else Leaf(made.args, made))

    def split(self, call: Op | Call) -> list[Stmt]:
        """A call for each function that one of its operands may be."""
        which = next((a for a in call.args if a in self.chosen), None)
        return [call] if which is None else self.calls(call, which, self.chosen[which])     # type: ignore[index]

    def calls(self, call: Op | Call, which: Atom, choice: Choice) -> list[Stmt]:
        if isinstance(choice, Fork):
            then, orelse = [self.side(call, which, side) for side in (choice.then, choice.orelse)]
            return [If(call.outs, choice.cond, then, orelse, call.origin)]
        made: list[Stmt] = []
        atom = choice.args[0] if choice.op is None else (new := Value(choice.op.out.hint, choice.op.out.user))
        if choice.op is not None:
            made = [replace(choice.op, outs=(new,), args=choice.args)]
        return made + self.split(replace(call, args=tuple([atom if a is which else a for a in call.args])))

    def side(self, call: Op | Call, which: Atom, choice: Choice) -> Region:
        out = Value(call.outs[0].hint, call.outs[0].user)
        return Region(tuple(self.calls(replace(call, outs=(out,)), which, choice)), Yield((out,)))


def is_function(op: Op) -> bool:
    """Whether a read from outside is one of a function."""
    try:
        value = op.static.read()
    except Exception:
        return False
    return callable(value) and not isinstance(value, type)


def _certain(choice: Choice) -> bool:
    """Whether a choice has a side that is surely a function."""
    if isinstance(choice, Leaf):
        return choice.op is not None
    return _certain(choice.then) or _certain(choice.orelse)


def _atoms(choice: Choice) -> Iterator[Atom]:
    if isinstance(choice, Leaf):
        yield from choice.args
    else:
        yield choice.cond
        yield from _atoms(choice.then)
        yield from _atoms(choice.orelse)


def _mapped(choice: Choice, atom: Callable[[Atom], Atom]) -> Choice:
    if isinstance(choice, Leaf):
        return Leaf(tuple(map(atom, choice.args)), choice.op)
    return Fork(atom(choice.cond), _mapped(choice.then, atom), _mapped(choice.orelse, atom))


def _handed_out(stmt: If, sides: list[Choice | None]) -> tuple[If, Choice]:
    """A branch that yields what the functions of its sides need as well, and the choice in those terms."""
    first, second = sides
    if isinstance(first, Leaf) and isinstance(second, Leaf) and first.op is not None and second.op is not None \
            and first.op.static is second.op.static and first.op.prim is second.op.prim:
        pairs = list(zip(first.args, second.args))      # one function: only what it captured differs
        outs = [Value(a.hint if isinstance(a, Value) else None) for a, b in pairs]
        new = [(o, a, b) for o, (a, b) in zip(outs, pairs) if a is not b]
        joined = tuple([a if a is b else o for o, (a, b) in zip(outs, pairs)])
        return _extended(stmt, new), Leaf(joined, first.op)
    found: list[Choice] = []
    for k, side in enumerate(sides):
        if side is None:
            continue
        inside = set(bound(regions(stmt)[k]))
        names = {a: Value(a.hint, a.user) for a in _atoms(side) if isinstance(a, Value) and a in inside}
        stmt = _extended(stmt, [(o, *((UNDEF, a) if k else (a, UNDEF))) for a, o in names.items()])
        found.append(_mapped(side, lambda a, names=names: names.get(a, a)))     # type: ignore[misc]
    return stmt, Fork(stmt.cond, *found) if len(found) == 2 else found[0]


def _extended(stmt: If, new: list[tuple[Value, Atom, Atom]]) -> If:
    """A branch with further results: what each is on one side and on the other."""
    then, orelse = [
        Region(r.stmts, Yield((*r.exit.vals, *[n[k] for n in new]))) if isinstance(r.exit, Yield) else r
        for k, r in ((1, stmt.then), (2, stmt.orelse))]
    return If((*stmt.outs, *[n[0] for n in new]), stmt.cond, then, orelse, stmt.origin)
