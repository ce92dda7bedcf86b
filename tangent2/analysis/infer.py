"""Kinds of all values of a function, by one walk in order of execution; loops are walked until their kinds settle.

Extents that must be equal because an elementwise operation ran are unified, for the code that runs only if it ran.
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from tangent2.analysis.concrete import CONCRETE, REMEMBERED, Concrete, concrete
from tangent2.analysis.filling import call_kind
from tangent2.analysis.expansion import Expansion, form
from tangent2.analysis.hindsight import with_stored
from tangent2.analysis.keyed import turn_by_turn
from tangent2.analysis.known import FINAL, Known
from tangent2.analysis.lifting import source_of
from tangent2.analysis.lookups import Compile, Lookups, Summary
from tangent2.analysis.narrowing import Told, told_by
from tangent2.analysis.object_operators import refuse_unanswered, run_over
from tangent2.analysis.objects import meaning
from tangent2.analysis.settling import as_next_turn, given_up
from tangent2.analysis.sizes import kept_values, without_length
from tangent2.analysis.spreading import arranged
from tangent2.analysis.truth import condition
from tangent2.core import prims
from tangent2.core.dims import Scope, join_in, own_extents
from tangent2.core.indexing import iterated
from tangent2.core.kinding import kind_of_const, unify
from tangent2.core.kinds import BOTTOM, UNKNOWN, Array, Kind, join
from tangent2.core.lostkinds import told_on
from tangent2.core.objectkinds import aligned
from tangent2.core.recursive import of_any_depth
from tangent2.core.syntax import (
    Atom, Break, Call, Callee, Const, Continue, Exit, For, Function, If, Note, Op, Raise, Region, Return, Stmt, Typed,
    Value, While, Yield,
)
from tangent2.core.walk import leaves, may_leave
from tangent2.core.widening import bounded

Done = Callable[[Callee, tuple[Kind, ...]], Known]
End = tuple[tuple[Kind, ...], Scope] | None


def infer(function: Function, kinds: tuple[Kind, ...], summary: Summary, lookups: Lookups | None = None) -> Typed:
    """The kinds of all values of a function, for kinds of its parameters; dead branches stay without.

    >>> from tangent2.core.kinds import FLOAT
    >>> x, y = Value("x"), Value("y")
    >>> f = Function("f", (x,), Region((Op((y,), prims.LT, (x, Const(0.0))),), Return((y,))))
    >>> infer(f, (FLOAT,), summary=lambda callee, kinds: UNKNOWN).result
    Number(dtype='bool', weak=True)
    """
    facts = infer_facts(function, kinds, summary, lookups or Lookups(), _not_compiled)
    return Typed(function, facts.kinds, facts.result)


@dataclass
class _Loop:
    """What leaves the body of a loop sideways: kinds of breaks, and of continues as yields."""

    breaks: list[tuple[Kind, ...]] = field(default_factory=list)
    again: list[tuple[Kind, ...]] = field(default_factory=list)


@dataclass
class Facts:
    """What inference found: kinds, values that are literals, defining operations of a few values."""

    summary: Summary
    lookups: Lookups
    compile: Compile
    kinds: dict[Value, Kind] = field(default_factory=dict)
    consts: dict[Value, Const] = field(default_factory=dict)
    defs: dict[Value, Op] = field(default_factory=dict)
    stands_for: dict[Value, Atom] = field(default_factory=dict)     # results of expansions: what they are
    sure: set[Atom] = field(default_factory=set)       # values that are not None unless their kind says so
    expansions: dict[Any, Expansion] = field(default_factory=dict)     # what operations on objects are
    made: dict[Any, Expansion] = field(default_factory=dict)
    done: Done = lambda callee, kinds: Known()      # what a callee does to its arguments
    grown: int = 0      # how often a container was found to hold more than was thought
    filled: dict[tuple[Value, int], Kind] = field(default_factory=dict)      # with what calls filled their arguments
    inside: dict[Op, tuple[Any, ...]] = field(default_factory=dict)    # of what methods a statement came from
    spreads: dict[Op, tuple[list[Op], Op] | None] = field(default_factory=dict)
    kept: set[Atom] = field(default_factory=set)        # values that may become longer
    has_closures: bool = False
    result: Kind = BOTTOM
    scope: Scope = field(default_factory=Scope)
    loop: _Loop = field(default_factory=_Loop)
    chosen: dict[Value, If] = field(default_factory=dict)       # the branch that gives a value
    told: Told = field(default_factory=dict)        # of which classes objects may be here

    def kind(self, atom: Atom) -> Kind:
        if isinstance(atom, Value):
            kind = self.kinds.get(atom, UNKNOWN)
            return self.scope.kind(kind) if self.scope.equal else kind
        return kind_of_const(atom.value) if isinstance(atom, Const) else BOTTOM

    def const(self, atom: Atom) -> Const | None:
        return atom if isinstance(atom, Const) else self.consts.get(atom)   # type: ignore[arg-type]

    def aligned(self, a: Kind, b: Kind) -> tuple[Kind, Kind]:
        """The kinds of an object on two ways, with the same attributes."""
        return aligned(*of_any_depth(a, b), self.lookups.default)

    def run(self, stmt: Stmt) -> None:
        """Infer the kinds of what a statement binds."""
        _STMTS[type(stmt)](self, stmt)

    def final(self, callee: Callee, positions: tuple[int, ...]) -> Callee:
        """The callee that gives back arguments, as they are at its end, beside its result."""
        def core(kinds: tuple[Kind, ...]) -> Typed:
            function = source_of(callee, kinds, self.lookups.source)
            return self.compile(replace(function, finals=tuple([function.params[k] for k in positions])), kinds)
        return self.lookups.callee((FINAL, callee, positions), callee.name, core)

    def call_kind(self, call: Call) -> Kind:
        """The kind of what a call gives."""
        return call_kind(self, call)


def _not_compiled(function: Function, kinds: tuple[Kind, ...]) -> Typed:
    return Typed(function, {}, UNKNOWN)


def infer_facts(function: Function, kinds: tuple[Kind, ...], summary: Summary, lookups: Lookups, compile: Compile,
                exact: bool = False, done: Done | None = None) -> Facts:
    """Everything inference finds; what `resolve` builds on.

    `compile` resolves callees that are made on the way; `exact`: the kinds are those of live arguments.
    """
    facts = Facts(summary, lookups, compile, kept=kept_values(function.body.stmts))
    if done is not None:
        facts.done = done
    kinds = tuple([with_stored(k, lookups.hindsight.kinds) for k in kinds])
    facts.kinds.update(zip(function.params, map(own_extents, kinds, function.params)))
    if exact:
        facts.sure.update(function.params)
    _region(facts, function.body, function.params)
    return facts


# ------------------------------------------------------------------------------------------------------- operations


def _op(facts: Facts, op: Op) -> None:
    name = op.prim.name
    if op.prim in (prims.SAME, prims.ASKED, prims.LATE):
        return
    found = meaning(op, facts)
    if found is not None:
        _expanded(facts, op, found)
        return
    facts.expansions.pop(op, None)
    if op.prim is prims.APPLY and _arranged(facts, op):
        return
    if name in CONCRETE:
        _concrete(facts, op)
        return
    kinds = facts.lookups.kinds_of(op, facts.kind)
    if op.prim is prims.MATMUL or type(kinds[0]) is Array or name == "np.dot":
        unify(op, facts.kind, facts.scope)
    if facts.scope.equal:
        kinds = tuple([facts.scope.kind(k) for k in kinds])
    if facts.lookups.hindsight.kinds and op.prim in _STORING:
        kinds = tuple([with_stored(k, facts.lookups.hindsight.kinds, v) for v, k in zip(op.outs, kinds)])
    facts.kinds.update(zip(op.outs, without_length(op.outs, kinds, facts.kept)))
    if op.prim.update or op.prim.elementwise or op.prim in _MADE:       # what was computed is not None
        facts.sure.update(op.outs)
    if name in REMEMBERED:
        facts.defs[op.outs[0]] = op


_STORING = frozenset({prims.SETITEM, prims.NEW, prims.READ, prims.LIST, prims.DICT})
_MADE = frozenset({prims.NEW, prims.TUPLE, prims.LIST, prims.DICT})


def _expanded(facts: Facts, op: Op, found: Expansion) -> None:
    """An operation on objects; of the same form it is the same statements each time a loop is walked."""
    found = facts.made.setdefault((op, *map(form, found.stmts)), found)
    for stmt in found.stmts:
        if isinstance(stmt, Op):
            facts.inside.setdefault(stmt, facts.inside.get(op, ()))
    _result(facts, op, op.outs, found)
    refuse_unanswered(op, facts)


def _result(facts: Facts, stmt: Stmt, outs: tuple[Value, ...], found: Expansion) -> None:
    """Infer the statements that another one is, and what its results are."""
    facts.expansions[stmt] = found
    facts.kept |= kept_values(found.stmts, False)
    for each in found.stmts:
        facts.run(each)
    for out, atom in zip(outs, found.results):
        facts.consts.pop(out, None)
        if out is atom:
            continue
        facts.kinds[out] = facts.kind(atom)
        facts.stands_for[out] = atom
        if (const := facts.const(atom)) is not None:
            facts.consts[out] = const
        if atom in facts.sure:
            facts.sure.add(out)
        if isinstance(atom, Value) and atom in facts.defs:
            facts.defs[out] = facts.defs[atom]


def _arranged(facts: Facts, op: Op) -> bool:
    """A call whose arguments are given otherwise than one by one."""
    found = arranged(op, facts.kind)
    facts.spreads.pop(op, None)
    if found is False:
        return False
    facts.spreads[op] = found       # type: ignore[assignment]
    if not isinstance(found, tuple):
        facts.kinds.update(dict.fromkeys(op.outs, UNKNOWN))
        return True
    for part in (*found[0], found[1]):
        _op(facts, part)
    return True


def _concrete(facts: Facts, op: Op) -> None:
    """An operation that stands for another one, or for a literal, once kinds are known."""
    facts.consts.pop(op.outs[0], None)
    if op.prim in (prims.CLOSURE, prims.DERIVE):
        facts.has_closures = True
        facts.sure.add(op.outs[0])
    facts.defs[op.outs[0]] = op
    found: Concrete = concrete(op, facts)
    if isinstance(found, Const):
        facts.consts[op.out] = found
        facts.kinds[op.out] = kind_of_const(found.value)
    elif isinstance(found, Call):
        facts.kinds[op.out] = own_extents(facts.call_kind(found), op.out)
    elif isinstance(found, Op):
        kinds = facts.lookups.kinds_of(found, facts.kind)
        facts.kinds.update(zip(op.outs, [facts.scope.kind(k) for k in kinds]))
    else:
        facts.kinds.update(zip(op.outs, told_on(op, (found,) * len(op.outs), facts.kind)))


def _call(facts: Facts, call: Call) -> None:
    kinds = without_length(call.outs, (facts.call_kind(call),), facts.kept)
    facts.kinds[call.out] = own_extents(kinds[0], call.out)


# ---------------------------------------------------------------------------------------------------------- regions


def _region(facts: Facts, region: Region, binds: tuple[Value, ...] = (), told: Told | None = None) -> End:
    """Infer a region; gives the kinds it yields, and the scope they hold in, or None if it does not yield.

    What follows a statement that may leave runs under a condition, so the equalities found there are its own.
    """
    outer, before = facts.scope, facts.told
    facts.told = before if told is None else told
    scope = facts.scope = Scope(outer)
    members = list(binds)
    for stmt in region.stmts:
        _STMTS[type(stmt)](facts, stmt)
        members += stmt.outs
        if type(stmt) is If and (may_leave(stmt.then) or may_leave(stmt.orelse)):
            _settle(facts, members)
            members, scope = [], Scope(scope)
            facts.scope = scope
        if type(stmt) is If and leaves(stmt.then) is not leaves(stmt.orelse):
            facts.told = told_by(facts, stmt.cond, leaves(stmt.orelse))
    vals = _EXITS[type(region.exit)](facts, region.exit)
    _settle(facts, members)
    facts.scope, facts.told = outer, before
    return None if vals is None else (vals, scope)


def _settle(facts: Facts, members: list[Value]) -> None:
    """Write the kinds of values bound in the current scope in the symbols that stand for their classes."""
    if facts.scope.equal:
        for value in members:
            if value in facts.kinds:
                facts.kinds[value] = facts.scope.kind(facts.kinds[value])


def _vals(facts: Facts, exit: Exit) -> tuple[Kind, ...]:
    return tuple(map(facts.kind, exit.vals))


def _break(facts: Facts, exit: Exit) -> None:
    facts.loop.breaks.append(_vals(facts, exit))


def _continue(facts: Facts, exit: Exit) -> None:
    facts.loop.again.append(_vals(facts, exit))


def _return(facts: Facts, exit: Exit) -> None:
    facts.result = join(*of_any_depth(facts.result, bounded(facts.kind(exit.vals[0]))))


def _raise(facts: Facts, exit: Exit) -> None:
    return None


_EXITS: dict[type, Callable[[Facts, Any], tuple[Kind, ...] | None]] = {
    Yield: _vals, Break: _break, Continue: _continue, Return: _return, Raise: _raise,
}


def _if(facts: Facts, stmt: If) -> None:
    known = facts.const(condition(stmt, stmt.cond, facts))
    taken = (stmt.then, stmt.orelse) if known is None else (stmt.then if known.value else stmt.orelse,)
    facts.chosen.update(dict.fromkeys(stmt.outs, stmt))
    sides = [_region(facts, r, (), told_by(facts, stmt.cond, r is stmt.then)) for r in taken]
    ends = [end for end in sides if end is not None and len(end[0]) == len(stmt.outs)]
    for k, out in enumerate(stmt.outs):
        decided = facts.const(taken[0].exit.vals[k]) if len(taken) == len(ends) == 1 else None
        if decided is None:
            facts.consts.pop(out, None)
        else:
            facts.consts[out] = decided
    if not ends:
        facts.kinds.update(dict.fromkeys(stmt.outs, BOTTOM))
        return
    kinds, scope = ends[0]
    if len(ends) == 2:
        other, its_scope = ends[1]
        kinds = tuple([join_in(a, scope, b, its_scope) for a, b in map(facts.aligned, kinds, other)])
    facts.kinds.update(zip(stmt.outs, map(own_extents, kinds, stmt.outs)))


# ------------------------------------------------------------------------------------------------------------ loops


def _for(facts: Facts, stmt: For) -> None:
    iter = stmt.iter
    facts.expansions.pop(stmt, None)
    if (items := run_over(stmt, facts)) is not None:
        _result(facts, stmt, (), items)
        iter = items.results[0]
    over = facts.kind(iter)
    found = turn_by_turn(stmt, over, facts)
    if found is not None:
        _result(facts, stmt, stmt.outs, found)
        return

    def walk() -> End:
        facts.kinds[stmt.target] = own_extents(iterated(over), stmt.target)
        return _region(facts, stmt.body, (stmt.target, *stmt.params))
    _loop(facts, stmt, walk)


def _while(facts: Facts, stmt: While) -> None:
    def walk() -> End:
        _region(facts, stmt.cond)
        condition(stmt, stmt.cond.exit.vals[0], facts)
        return _region(facts, stmt.body)
    _loop(facts, stmt, walk)


def _loop(facts: Facts, stmt: For | While, walk: Callable[[], End]) -> None:
    outer = facts.loop
    kinds = tuple([facts.kind(a) for a in stmt.init])
    for turn in range(100):
        grown = facts.grown
        facts.loop = frame = _Loop()
        facts.kinds.update(zip(stmt.params, kinds))
        end = walk()
        found = kinds
        if end is not None and len(end[0]) == len(found):
            pairs = map(facts.aligned, found, end[0])
            found = tuple([join_in(a, facts.scope, as_next_turn(stmt, b), end[1]) for a, b in pairs])
        for again in frame.again:
            found = tuple([join(a, as_next_turn(stmt, b)) for a, b in map(facts.aligned, found, again)])
        if found == kinds and facts.grown == grown:
            break
        kinds = tuple([given_up(a, b, turn) for a, b in zip(kinds, found)])
    for broken in frame.breaks:
        kinds = tuple([join(a, as_next_turn(stmt, b)) for a, b in map(facts.aligned, kinds, broken)])
    facts.loop = outer
    facts.kinds.update(zip(stmt.outs, map(own_extents, kinds, stmt.outs)))


_STMTS: dict[type[Stmt], Callable[[Facts, Any], None]] = {
    Op: _op, Call: _call, If: _if, For: _for, While: _while, Note: lambda facts, note: None,
}
