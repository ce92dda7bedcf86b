"""Resolve what was lowered before kinds were known: `op=`, methods, attributes, function values, iteration.

Literal conditions are decided, tuples that are taken apart at once vanish, and `for` runs over ranges afterwards.
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from tangent2.analysis import inplace, iteration
from tangent2.analysis.attempts import resolve_attempt
from tangent2.analysis.changing import resolve_change, resolve_made, resolve_merged
from tangent2.analysis.closures import check_seen
from tangent2.analysis.concrete import CONCRETE, concrete, is_part
from tangent2.analysis.expansion import Expansion
from tangent2.analysis.infer import Facts
from tangent2.analysis.late import late_mark
from tangent2.analysis.lifting import lift
from tangent2.analysis.methods import CLASSLESS, changes, by_name_text, resolve_method, verbatim
from tangent2.analysis.outcomes import may_return, noticed
from tangent2.core import prims
from tangent2.core.kinding import kinds_of
from tangent2.core.kinds import BOTTOM, Dict, FunctionKind, Kind, List, join
from tangent2.core.prims import Prim
from tangent2.core.syntax import (
    ONE_ITEM, UNDEF, Atom, Call, Const, Exit, For, Function, If, Note, Op, Origin, Region, Return, Stmt, Typed, Undef,
    Value, While, Yield,
)
from tangent2.core.walk import count_uses, leaves, map_exit
from tangent2.errors import ArgumentError, UnsupportedError

UNREACHABLE = Yield(())


def resolve(function: Function, state: Resolving) -> Typed:
    """Rewrite a function by what inference found."""
    body = state.region(function.body)
    result = state.facts.result if may_return(body) else BOTTOM
    return Typed(_with_body(function, body), state.facts.kinds, result)


def _with_body(function: Function, body: Region) -> Function:
    return replace(function, body=body)


@dataclass
class Resolving:
    """The function being rewritten: what values became, and the statements of the innermost open region."""

    facts: Facts
    body: Region
    became: dict[Value, Atom] = field(default_factory=dict)
    updates: dict[Value, Op] = field(default_factory=dict)      # of parts that are untouched since they were read
    tuples: dict[Value, tuple[Atom, ...]] = field(default_factory=dict)         # elements of tuples made in sight
    pending: dict[Value, Op] = field(default_factory=dict)      # iterators that a loop is to take the place of
    elements: dict[Value, Any] = field(default_factory=dict)    # loop targets that are taken apart: see `iteration`
    walked: dict[Value, tuple[Atom, ...]] = field(default_factory=dict)         # by index: what a loop runs over
    stmts: list[Stmt] = field(default_factory=list)
    origin: Origin | None = None

    @cached_property
    def uses(self) -> iteration.Uses:
        return iteration.uses_of(self.body)

    @cached_property
    def counts(self) -> dict[Value, int]:
        """How often values are read in what was lowered."""
        return count_uses(self.body)

    @cached_property
    def has_iterators(self) -> bool:
        """Whether anything but plain ranges is iterated over."""
        return any(op.prim.name in iteration.ITERATORS and op.prim.name != "range" for op in self.facts.defs.values())

    def atom(self, atom: Atom) -> Atom:
        """What an atom became."""
        while isinstance(atom, Value) and atom in self.became:
            atom = self.became[atom]
        return atom

    def atoms(self, atoms: tuple[Atom, ...]) -> tuple[Atom, ...]:
        if not self.became or self.became.keys().isdisjoint(atoms):
            return atoms
        return tuple(map(self.atom, atoms))

    def reads(self, stmt: Op | Call | If | For, atoms: tuple[Atom, ...]) -> tuple[Atom, ...]:
        """The operands of a statement; they must be bound."""
        found = self.atoms(atoms)
        if found is not atoms and any(isinstance(a, Undef) for a in found):
            raise UnsupportedError("a name is read that is never bound on this path", origin=stmt.origin,
                                   advice="bind it before it is read")
        return found

    def kind(self, atom: Atom) -> Kind:
        return self.facts.kind(atom)

    def op(self, prim: Prim, *args: Atom, static: Any = None, out: Value | None = None) -> Value:
        """Emit an operation with one result; a container that was known before holds what was found to be put there."""
        out = Value() if out is None else out
        op = Op((out,), prim, args, (), static, self.origin)
        kind, known = kinds_of(op, self.kind)[0], self.facts.kinds.get(out)
        grown = isinstance(known, List) and isinstance(kind, List) and known.elt != kind.elt
        self.facts.kinds[out] = join(kind, known) if grown and known is not None else kind
        self.stmts.append(op)
        return out

    def item(self, base: Atom, index: Atom, out: Value | None = None) -> Value:
        """Emit `base[index]`."""
        return self.op(prims.GETITEM, base, index, static=ONE_ITEM, out=out)

    def asked(self, *atoms: Atom) -> None:
        """Note that what dicts or objects have, by what is known of them, decides what an operation is."""
        dicts = [a for a in atoms if isinstance(self.kind(a), Dict)]
        self.stmts += [Op((), prims.ASKED, (a,), (), None, self.origin) for a in dicts]

    def replace(self, value: Value, atom: Atom) -> None:
        """Let a value be another atom from now on."""
        self.became[value] = atom

    def region(self, region: Region, prefix: Callable[[], None] | None = None) -> Region:
        """A region rewritten, after what `prefix` emits."""
        outer, self.stmts = self.stmts, []
        if prefix is not None:
            prefix()
        left = self.block(region.stmts)
        exit = self.exit(region.exit) if left is None else left
        if exit is UNREACHABLE and isinstance(region.exit, Yield):
            exit = Yield((UNDEF,) * len(region.exit.vals))
        stmts, self.stmts = self.stmts, outer
        return Region(tuple(stmts), exit)

    def block(self, stmts: tuple[Stmt, ...]) -> Exit | None:
        """Rewrite statements into the open region; gives the exit if the end is not reached."""
        for stmt in stmts:
            left = _STMTS[type(stmt)](self, stmt)
            if left is not None:
                return left
        return None

    def exit(self, exit: Exit) -> Exit:
        if not self.became or self.became.keys().isdisjoint(exit.vals):
            return exit
        new = map_exit(exit, self.atom)
        if isinstance(exit, Return) and isinstance(new.vals[0], Undef):
            raise UnsupportedError("a name is returned that is never bound on this path", advice="bind it before")
        return new


# ------------------------------------------------------------------------------------------------------- operations


def _op(state: Resolving, op: Op) -> None:
    facts = state.facts
    if op in facts.expansions:
        _expanded(state, op.outs, facts.expansions[op])
        return
    if op.outs and op.outs[0] in facts.consts and op.prim.name in CONCRETE:
        state.origin = op.origin
        if op.prim in (prims.IN, prims.NOT_IN):
            state.asked(*state.atoms(op.args[1:]))
        state.replace(op.outs[0], facts.consts[op.outs[0]])
        return
    if op in facts.spreads:
        _spread(state, op)
        return
    args = state.reads(op, op.args)
    if args is not op.args:
        op = Op(op.outs, op.prim, args, op.kw, op.static, op.origin)
    special = _OPS.get(op.prim) or _NAMED.get(op.prim.name)
    state.origin = op.origin
    if special is not None:
        special(state, op)
    elif op.prim.name in iteration.ITERATORS and iteration.deferred(state, op):
        state.pending[op.out] = op
    else:
        state.stmts.append(noticed(op, state.kind))


def _expanded(state: Resolving, outs: tuple[Value, ...], found: Expansion) -> None:
    """The statements that an operation on objects is."""
    left = state.block(found.stmts)
    assert left is None
    for out, atom in zip(outs, found.results):
        if out is not atom:
            state.replace(out, state.atom(atom))


def _spread(state: Resolving, op: Op) -> None:
    found = state.facts.spreads.get(op)
    if found is None:
        _known_function(state, op)
        raise UnsupportedError("how many arguments `*` or `**` gives is not known here", origin=op.origin,
                               construct="`*`", advice="name the arguments")
    for part in (*found[0], found[1]):
        _op(state, part)


def _tuple(state: Resolving, op: Op) -> None:
    state.tuples[op.out] = op.args
    state.stmts.append(op)


def _unpack(state: Resolving, op: Op) -> None:
    base = op.args[0]
    if base in state.elements:
        state.elements.pop(base).unpack(state, op)      # type: ignore[arg-type]
        return
    elts = state.tuples.get(base)       # type: ignore[arg-type]
    before, starred, after = op.static
    if elts is None or len(elts) < before + after or not starred and len(elts) != before + after:
        state.stmts.append(op)
        return
    parts = list(elts)
    if starred:
        rest = state.op(prims.LIST, *elts[before:len(elts) - after], out=op.outs[before])
        parts[before:len(elts) - after] = [rest]
    for out, part in zip(op.outs, parts):
        if out is not part:
            state.replace(out, part)


def _getitem(state: Resolving, op: Op) -> None:
    base, index = op.args[0], op.args[1:]
    elts = state.tuples.get(base)       # type: ignore[arg-type]
    if elts is not None and op.static.items == (None,):
        k = index[0].value if isinstance(index[0], Const) else None
        if type(k) is int and -len(elts) <= k < len(elts):
            state.replace(op.out, elts[k])
            return
    state.stmts.append(op)


def _concrete(state: Resolving, op: Op) -> None:
    """An attribute, or a call of a function value: what it is by kind, else left to Python."""
    if op.prim is prims.APPLY and "out" in op.kw and dict(op.keywords)["out"] != Const(None):
        raise UnsupportedError("a function that is a value is given `out=`", origin=op.origin, construct="out",
                               advice="call the function by its own name, or write `x[...] = f(y)`")
    found = concrete(op, state.facts)
    if isinstance(found, Const):
        state.replace(op.out, found)
    elif isinstance(found, Call):
        _call(state, Call(found.outs, found.callee, state.atoms(found.args), found.origin))
    elif isinstance(found, Op):
        state.stmts.append(found)
    elif op.prim is prims.ATTRIBUTE and changes(state.kind(op.args[0]), op.static):
        raise UnsupportedError(f"`.{op.static}` changes its object, and is kept for calls that are not followed",
                               origin=op.origin, construct=f".{op.static}",
                               advice=f"call it by the name of the object: `xs.{op.static}(...)`")
    elif op.prim is prims.ATTRIBUTE and not isinstance(state.kind(op.args[0]), CLASSLESS):
        state.stmts.append(verbatim(op))
    else:
        _known_function(state, op)
        state.stmts.append(op)


def _named(state: Resolving, op: Op) -> None:
    """`hasattr` or `getattr` of what is no object of a class that is followed."""
    found = concrete(op, state.facts)
    if isinstance(found, (Const, Op, Call)):
        _concrete(state, op)
    else:
        state.stmts.append(by_name_text(op))


def _known_function(state: Resolving, op: Op) -> None:
    """A function that is known must be given arguments for its parameters."""
    kind = state.kind(op.args[0])
    if op.prim is prims.APPLY and is_part(op.args[0], state.facts):
        raise UnsupportedError("a function is taken from a list or dict that may have been changed", origin=op.origin,
                               construct="call", advice="read the list or dict only by its name: `ops[key](...)`")
    check_seen(op, kind)
    if op.prim is prims.APPLY and isinstance(kind, FunctionKind) and not kind.captured:
        raise ArgumentError(f"the arguments of this call do not fit the parameters of `{kind.callee.name}`",
                            origin=op.origin, construct="call",
                            advice=f"call `{kind.callee.name}` itself, with an argument for each parameter")


def _derived(state: Resolving, op: Op) -> None:
    """A transform of a function value: its calls are calls of the derivative, so that nothing reads it any more."""
    _closure(state, op)
    if not isinstance(state.kind(op.out), FunctionKind):
        raise UnsupportedError(f"which function `{op.static.function.__name__}` is applied to is not known before the "
                               "code runs", origin=op.origin, construct=op.static.function.__name__,
                               advice="apply it to a function by its own name")


def _closure(state: Resolving, op: Op) -> None:
    """A nested function whose callee is known is made from that; its captured values stay operands."""
    state.facts.defs[op.out] = op
    state.stmts.append(op)


_OPS: dict[Prim, Callable[[Resolving, Op], None]] = {
    prims.CAUGHT: resolve_attempt, prims.TUPLE: _tuple, prims.UNPACK: _unpack, prims.GETITEM: _getitem,
    prims.ATTRIBUTE: _concrete, prims.APPLY: _concrete, prims.CLOSURE: _closure, prims.DERIVE: _derived,
    prims.HASATTR: _named, prims.GETATTR: _named, prims.DICT: inplace.resolve_dict,
    prims.METHOD: resolve_method, prims.INPLACE: inplace.resolve_inplace, prims.SETITEM: inplace.resolve_setitem,
    prims.CHANGE: resolve_change, prims.BITOR: resolve_merged, prims.INPLACE_PART: inplace.resolve_part,
    prims.ADDITEM: inplace.resolve_added, prims.SUBITEM: inplace.resolve_added,
    prims.MULITEM: inplace.resolve_scaled, prims.DIVITEM: inplace.resolve_scaled,
}
_NAMED: dict[str, Callable[[Resolving, Op], None]] = {"dict": resolve_made, "np.gradient": _concrete,
                                                         "callable": _concrete, "isinstance": _concrete}


# ---------------------------------------------------------------------------------------- statements with regions


def _call(state: Resolving, call: Call) -> None:
    facts = state.facts
    args = state.reads(call, call.args)
    if args is not call.args:
        call = Call(call.outs, call.callee, args, call.origin)
    if facts.has_closures:
        call = lift(call, facts, facts.compile)
    state.stmts.append(call)


def _if(state: Resolving, stmt: If) -> Exit | None:
    asked = state.facts.expansions.get(stmt)        # the truth of an object
    test = stmt.cond if asked is None else asked.results[0]
    if asked is not None:
        _expanded(state, (), asked)
    known = state.facts.const(test)
    if known is not None:
        return _inline(state, stmt, stmt.then if known.value else stmt.orelse)
    cond, = state.reads(stmt, (test,))
    then, orelse = state.region(stmt.then), state.region(stmt.orelse)
    state.stmts.append(If(stmt.outs, cond, then, orelse, stmt.origin))
    return UNREACHABLE if leaves(then) and leaves(orelse) else None


def _inline(state: Resolving, stmt: If, region: Region) -> Exit | None:
    """Put the region that runs in the place of its `if`."""
    left = state.block(region.stmts)
    if left is not None:
        return left
    exit = state.exit(region.exit)
    if not isinstance(exit, Yield):
        return exit
    for out, atom in zip(stmt.outs, exit.vals or (UNDEF,) * len(stmt.outs)):
        state.replace(out, atom)
    return None


def _for(state: Resolving, stmt: For) -> None:
    state.origin = stmt.origin
    if stmt in state.facts.expansions:
        found = state.facts.expansions[stmt]
        over = state.facts.made.get((stmt,))
        if over is not found:       # one iteration after the other
            _expanded(state, stmt.outs, found)
            return
        _expanded(state, (), found)
        body = Region((late_mark(stmt, True), *stmt.body.stmts), stmt.body.exit)
        stmt = replace(stmt, iter=state.atom(found.results[0]), body=body)
    iteration.resolve_for(state, stmt)


def _while(state: Resolving, stmt: While) -> None:
    init = state.atoms(stmt.init)
    asked = state.facts.expansions.get(stmt)        # the truth of an object
    test = stmt.cond if asked is None else Region((*stmt.cond.stmts, *asked.stmts), Yield(asked.results))
    cond, body = state.region(test), state.region(stmt.body)
    state.stmts.append(While(stmt.outs, stmt.params, init, cond, body, stmt.origin))


def _note(state: Resolving, stmt: Note) -> None:
    state.stmts.append(stmt)


_STMTS: dict[type[Stmt], Callable[[Resolving, Any], Exit | None]] = {
    Op: _op, Call: _call, If: _if, For: _for, While: _while, Note: _note,
}
