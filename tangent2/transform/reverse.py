"""Reverse mode: the gradient of a function, and the pair of a forward function and its pullback.

Both straighten the exits, find which values have an adjoint, and let a `Sweep` emit the reverse of the body.
"""
from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace

from tangent2.analysis.activity import varied
from tangent2.analysis.useful import useful
from tangent2.core import prims
from tangent2.core.build import Answers, Builder
from tangent2.core.dtypes import narrowest
from tangent2.core.kinds import UNKNOWN, Array, Kind, List, Number, Tuple
from tangent2.core.syntax import (
    ONE_ITEM, UNDEF, Atom, Call, Const, For, Function, If, Note, Op, Region, Return, Stmt, Typed, Value, While, Yield,
    regions, walk,
)
from tangent2.core.walk import bound, map_region, used
from tangent2.names import BACKWARD
from tangent2.rules.families import tangent_kind
from tangent2.transform.attempts import open_attempts
from tangent2.transform.branches import reverse_if
from tangent2.transform.calls import reverse_call
from tangent2.transform.contributions import Scope
from tangent2.transform.exits import straighten
from tangent2.transform.guard_writes import guard_writes
from tangent2.transform.loops import reverse_loop
from tangent2.transform.moves import reverse_op
from tangent2.transform.objects import as_object
from tangent2.transform.recording import is_cheap, to_be_filled, unsure_values
from tangent2.transform.saving import bound_everywhere
from tangent2.transform.sweep import DropDead, Handlers, PullbackOf, Sweep


def _note(sweep: Sweep, note: Note) -> list[Stmt]:
    return [note]


HANDLERS: Handlers = {Op: reverse_op, Call: reverse_call, If: reverse_if, For: reverse_loop, While: reverse_loop,
                      Note: _note}


@dataclass(frozen=True)
class Means:
    """What reversal is handed: pullbacks of callees, dead code removal, whether to save everything, what kinds are.

    drop_dead_again: of code that runs a second time, whose effects and raises are not repeated.  reverse_for: the
    reverse of a `for`.  check: refuses what cannot be reversed.
    """

    pullback_of: PullbackOf
    drop_dead: DropDead
    save_all: bool = False
    answers: Answers | None = None
    drop_dead_again: DropDead = lambda region: region
    reverse_for: Callable[[Sweep, For], list[Stmt]] = reverse_loop
    check: Callable[[Typed], None] = lambda typed: None


@dataclass(frozen=True)
class Joint:
    """Both sweeps of a function: statements, its result, and the adjoints asked for."""

    forward: tuple[Stmt, ...]
    reverse: tuple[Stmt, ...]
    result: Atom
    adjoints: tuple[Atom, ...]
    kinds: dict[Value, Kind]
    sweep: Sweep


def gradient(typed: Typed, wrt: tuple[int, ...], means: Means, value: bool = False, single: bool = False,
             name: str | None = None, aux: bool = False) -> Typed:
    """The function that gives the adjoints of parameters `wrt` for a seed of 1.0.

    It returns their tuple (the adjoint itself if `single`), after the result if `value`.  `aux`: the result is a pair
    of which the first part is differentiated; without `value` the second is returned after the adjoints.

    >>> from tangent2.core.kinds import FLOAT
    >>> from tangent2.core.show import show
    >>> x, y = Value("x", True), Value("y", True)
    >>> body = Region((Op((y,), prims.MUL, (x, x)),), Return((y,)))
    >>> f = Typed(Function("f", (x,), body), {x: FLOAT, y: FLOAT}, FLOAT)
    >>> means = Means(None, lambda region: region)
    >>> print(show(gradient(f, (0,), means, single=True).function))
    def grad_f(x.0):
        y.1 = mul(x.0, x.0)
        # Backward pass
        x_bar.2 = add(x.0, x.0)
        return x_bar.2
    """
    joint = both_sweeps(typed, wrt, Const(1.0), means, UNDEF, part=0 if aux else None)
    kinds, stmts = joint.kinds, [*joint.forward, Note(BACKWARD), *joint.reverse]
    adjoints = tuple([as_object(stmts, kinds, bar, typed.function.params[k]) for k, bar in zip(wrt, joint.adjoints)])
    result: Atom = adjoints[0] if single else _tuple(stmts, kinds, adjoints)
    if value:
        result = _tuple(stmts, kinds, (joint.result, result))
    elif aux:
        result = _tuple(stmts, kinds, (result, _part(stmts, kinds, joint.result, 1, "aux")))
    kind = _kind(kinds, result)
    prefix = "value_and_grad" if value else "grad"
    function = Function(name or f"{prefix}_{typed.function.name}", typed.function.params,
                        Region(tuple(stmts), Return((result,))), typed.function.origin,
                        by_rows=typed.function.by_rows, apart=typed.function.derived_apart)
    return Typed(function, kinds, kind)


@dataclass(frozen=True)
class Pair:
    """A pullback and what it needs.  `forward` is None if the function itself will do: nothing has to be saved.

    `ruled`, `value`: as of `Pullback`.
    """

    forward: Typed | None
    backward: Typed
    params: tuple[int, ...]
    takes_result: bool
    wrt: tuple[int, ...]
    saved_kind: Kind | None
    ruled: bool = False
    value: Typed | None = None


def pair(typed: Typed, wrt: tuple[int, ...], means: Means, name: str, whole: bool = False, aux: bool = False,
         beside: bool = False, always: bool = False) -> Pair:
    """Split a function into one that also returns what is saved, and its pullback.

    `whole`: the pullback takes all parameters and what is saved whatever it needs: the interface of a function that
    calls itself, fixed before it is known.  `aux`: as of `gradient`; the adjoint is that of the first part.  The
    pullback empties the tapes it is given.  `beside`: the function gives a value and beside it what is differentiated;
    the first of the two returns the value, and what is saved.  `always`: there is one that does so even if nothing is
    saved: the value is not that of a function which could be called.
    """
    part = 0 if aux else 1 if beside else None
    seed = Value("y_bar" if beside else seed_name(typed, aux), True)
    joint = both_sweeps(typed, wrt, seed, means, Const(None), {seed: seed_kind(typed, part)}, part)
    if beside:
        stmts = list(joint.forward)
        joint = replace(joint, result=_part(stmts, joint.kinds, joint.result, 0, "y"), forward=tuple(stmts))
        typed = replace(typed, result=_kind_at(typed.result, 0))
    params, kinds = typed.function.params, joint.kinds
    body = means.drop_dead(Region(joint.reverse, Yield(joint.adjoints)))
    read = used(body)
    body = _recomputing(joint, body, params)
    read = used(body)
    inside = [v for s in joint.forward for v in s.outs if v in read]
    takes_result = joint.result in inside
    saved = [v for v in inside if v is not joint.result]
    saved_atoms: tuple[Value, ...] | None = tuple(saved) if saved or whole or always else None
    chosen = tuple(range(len(params))) if whole else tuple([k for k, p in enumerate(params) if p in read])
    takes_result = takes_result and not whole
    if whole and joint.result in inside:
        saved_atoms = (*[v for v in inside if v is joint.result], *(saved_atoms or ()))
    forward, saved_value, unpack = _saving(typed, joint, saved_atoms, kinds)
    backward = pullback_half(typed, joint, body, chosen, takes_result, saved_value, unpack, seed, name)
    return Pair(forward, backward, chosen, takes_result, wrt, None if saved_value is None else kinds[saved_value],
                joint.sweep.ruled, value_again(typed, joint) if forward is None else None)


def value_again(typed: Typed, joint: Joint) -> Typed | None:
    """What gives the value as the forward sweep has it; None if that is the function itself."""
    body = Region(joint.forward, Return((joint.result,)))
    return Typed(replace(typed.function, body=body), joint.kinds, typed.result) if joint.sweep.ruled else None


def _recomputing(joint: Joint, body: Region, params: tuple[Value, ...]) -> Region:
    """A pullback's body that computes anew what is cheap and made of what it is handed anyway."""
    if joint.sweep.save_all:
        return body
    read = used(body)
    at_hand: set[Value] = {*params, *[v for s in joint.forward for v in s.outs if v in read]}
    again: list[Op] = []
    for stmt in joint.forward:
        if isinstance(stmt, Op) and len(stmt.outs) == 1 and stmt.out in read and stmt.out is not joint.result:
            left = at_hand - {stmt.out}
            if is_cheap(joint.sweep, stmt.out, stmt) and all(a in left or not isinstance(a, Value) for a in stmt.args):
                again.append(stmt)
    names: dict[Value, Value] = {s.out: Value(s.out.hint, s.out.user) for s in again}
    joint.kinds.update({new: joint.kinds[old] for old, new in names.items()})
    return renamed(Region((*again, *body.stmts), body.exit), names)


def seed_kind(typed: Typed, part: int | None = None) -> Kind:
    """The kind of the adjoint of a result, or of a part of it."""
    return tangent_kind(typed.result if part is None else _kind_at(typed.result, part))


def seed_name(typed: Typed, aux: bool = False) -> str:
    """What the adjoint of the result, or of the first part of it, is called."""
    exit = typed.function.body.exit
    result: Atom | None = exit.vals[0] if isinstance(exit, Return) else None
    if aux:
        made = next((s for s in typed.function.body.stmts if s.outs == (result,)), None)
        result = made.args[0] if isinstance(made, Op) and made.prim is prims.TUPLE else None
    return f"{result.hint}_bar" if isinstance(result, Value) and result.hint else "y_bar"


def _saving(typed: Typed, joint: Joint, saved: tuple[Value, ...] | None,
            kinds: dict[Value, Kind]) -> tuple[Typed | None, Value | None, tuple[Stmt, ...]]:
    """The forward function that returns `(result, saved)`, what is saved as one value, and how to take it apart."""
    if saved is None:
        return None, None, ()
    stmts: list[Stmt] = list(bound_everywhere(joint.forward, saved))
    if len(saved) == 1:
        packed: Atom = saved[0]
        holder, unpack = saved[0], ()
    else:
        packed = _tuple(stmts, kinds, saved) if saved else Const(None)
        holder = Value("saved", True)
        kinds[holder] = _kind(kinds, packed)
        unpack = (Op(saved, prims.UNPACK, (holder,), (), (len(saved), False, 0)),) if saved else ()  # type: ignore[assignment]
    both = _tuple(stmts, kinds, (joint.result, packed))
    function = typed.function
    made = Function(f"fwd_{function.name}", function.params, Region(tuple(stmts), Return((both,))), function.origin,
                    by_rows=function.by_rows, apart=function.derived_apart)
    return Typed(made, dict(kinds), Tuple((typed.result, kinds[holder]))), holder, unpack


def pullback_half(typed: Typed, joint: Joint, body: Region, chosen: tuple[int, ...], takes_result: bool,
                  saved: Value | None, unpack: tuple[Stmt, ...], seed: Value, name: str) -> Typed:
    """The pullback with this body: it takes the chosen parameters, the result and what is saved, and the adjoint."""
    kinds = dict(joint.kinds)
    params = [typed.function.params[k] for k in chosen]
    if takes_result:
        params.append(joint.result)  # type: ignore[arg-type]
    if saved is not None:
        params.append(saved)
    params.append(seed)
    stmts = [*unpack, *body.stmts]
    adjoints = body.exit.vals
    result = adjoints[0] if len(adjoints) == 1 else _tuple(stmts, kinds, adjoints)
    owned = frozenset() if saved is None or not _holds_tape(kinds[saved]) else frozenset([saved])
    region = Region(tuple(stmts), Return((result,)))
    mapping: dict[Value, Value] = {v: Value(v.hint, v.user) for v in (*params, *bound(region))}
    if takes_result and isinstance(joint.result, Value) and joint.result.hint is None:
        mapping[joint.result] = Value("y", True)
    kinds.update({new: kinds.get(old, UNKNOWN) for old, new in mapping.items()})
    region = renamed(region, mapping)
    function = Function(name, tuple([mapping[p] for p in params]), region, typed.function.origin,
                        frozenset([mapping[v] for v in owned]))
    return Typed(function, kinds, _kind(kinds, region.exit.vals[0]))


def _holds_tape(kind: Kind) -> bool:
    """Whether something saved has lists that the pullback empties."""
    return isinstance(kind, List) or isinstance(kind, Tuple) and any(map(_holds_tape, kind.elts))


def both_sweeps(typed: Typed, wrt: tuple[int, ...], seed: Atom, means: Means, absent: Atom,
                more: Mapping[Value, Kind] | None = None, part: int | None = None) -> Joint:
    """Both sweeps; `part`: the seed is that of this part of the result."""
    mask = tuple([k in wrt for k in range(len(typed.function.params))])
    means.check(typed)
    typed = straightened(typed, mask)
    function = typed.function
    active = useful(typed, varied(typed, mask))
    kinds = {**typed.kinds, **(more or {})}
    sweep = Sweep(kinds, function.params, active, means.pullback_of, {**HANDLERS, For: means.reverse_for},
                  means.drop_dead, means.save_all, absent, means.answers)
    sweep.definitions = {v: s for s in walk(function.body) if isinstance(s, Op) for v in s.outs}
    sweep.build.known = sweep.definitions
    sweep.drained = _drained(function.body)
    sweep.restored = function.restored
    sweep.fills = any(to_be_filled(function.body))
    sweep.unsure = unsure_values(function.body)
    _repeated(sweep, function.body)
    result = function.body.exit.vals[0] if isinstance(function.body.exit, Return) else Const(None)
    sweep.scope = Scope(sweep, frozenset(bound(function.body)).union(function.params), sweep.build.stmts)
    if part is None:
        sweep.credit(result, seed)
    elif isinstance(result, Value) and result in active:
        sweep.scope.credit_part(result, part, seed)
    forward = sweep.walk(function.body.stmts)
    adjoints = []
    for k in wrt:
        param = function.params[k]
        total = sweep.scope.take_dense(param)
        if total is None:
            total = sweep.zero(param)
        total = _as_float(sweep, total, param)
        sweep.name(total, param)
        adjoints.append(total)
    return _named(sweep, forward, result, adjoints)


def straightened(typed: Typed, mask: tuple[bool, ...]) -> Typed:
    """A function as it is reversed: what it attempts is opened, and its only exit is its last return."""
    typed = open_attempts(typed, varied(typed, mask))
    typed = guard_writes(typed, varied(typed, mask))
    return straighten(typed, varied(typed, mask))


def _as_float(sweep: Sweep, total: Atom, param: Value) -> Atom:
    """The adjoint of a number of Python as a float, if it is whole on some paths."""
    kind, own = sweep.kind(total), sweep.kind(param)
    is_whole = isinstance(kind, Number) and narrowest(kind.dtype) == "int64" and isinstance(own, Number) and own.weak
    return sweep.build.op(prims.MUL, Const(1.0), total) if is_whole else total


def _repeated(sweep: Sweep, region: Region) -> None:
    """Find the elements of arrays and lists that a region reads again, and their indices: they have one adjoint."""
    first: dict[Hashable, Value] = {}
    for s in region.stmts:
        if isinstance(s, Op) and _is_element(sweep, s):
            args = tuple([sweep.same.get(a, a) if isinstance(a, Value) else a for a in s.args])
            seen = first.setdefault((s.prim, args, s.static, s.out in sweep.active), s.out)
            if seen is not s.out:
                sweep.same[s.out] = seen
        for inner in regions(s):
            _repeated(sweep, inner)


def _is_element(sweep: Sweep, op: Op) -> bool:
    """Whether an operation reads a number from an array or a list, or makes an index."""
    if len(op.outs) != 1 or op.out.user or op.kw:
        return False
    kind = sweep.kind(op.out)
    if op.prim in (prims.ADD, prims.SUB):
        return isinstance(kind, Number) and kind.dtype == "int64"
    return op.prim is prims.GETITEM and isinstance(kind, Number) and isinstance(sweep.kind(op.args[0]), (Array, List))


def _drained(region: Region) -> set[Value]:
    """Lists known to be empty: a loop ran as long as they were not."""
    found: set[Value] = set()
    for s in walk(region):
        if isinstance(s, While) and not s.cond.stmts and s.cond.exit.vals[0] in s.params:
            if not any(type(r.exit).__name__ == "Break" for i in walk(s.body) if isinstance(i, If)
                       for r in (i.then, i.orelse)):
                found.add(s.outs[s.params.index(s.cond.exit.vals[0])])
    return found


def _named(sweep: Sweep, forward: list[Stmt], result: Atom, adjoints: list[Atom]) -> Joint:
    """The adjoints under their names."""
    kinds = sweep.build.kinds
    mapping = {old: Value(hint, user) for old, (hint, user) in sweep.names.items()}
    kinds.update({new: kinds[old] for old, new in mapping.items() if old in kinds})
    region = renamed(Region(tuple(sweep.build.stmts), Yield(tuple(adjoints))), mapping)
    return Joint(tuple(forward), region.stmts, result, region.exit.vals, kinds, sweep)


def renamed(region: Region, mapping: Mapping[Value, Value]) -> Region:
    """A region with values replaced where they are bound and where they are read."""
    if not mapping:
        return region

    def new(vals: tuple[Value, ...]) -> tuple[Value, ...]:
        return tuple([mapping.get(v, v) for v in vals])

    def rebind(region: Region) -> Region:
        return Region(tuple([bind(s) for s in region.stmts]), region.exit)

    def bind(stmt: Stmt) -> Stmt:
        if isinstance(stmt, Note):
            return stmt
        outs = new(stmt.outs)
        if isinstance(stmt, If):
            return replace(stmt, outs=outs, then=rebind(stmt.then), orelse=rebind(stmt.orelse))
        if isinstance(stmt, For):
            return replace(stmt, outs=outs, target=mapping.get(stmt.target, stmt.target), params=new(stmt.params),
                           body=rebind(stmt.body))
        if isinstance(stmt, While):
            return replace(stmt, outs=outs, params=new(stmt.params), cond=rebind(stmt.cond), body=rebind(stmt.body))
        if isinstance(stmt, Op):
            return replace(stmt, outs=outs)
        return replace(stmt, outs=(outs[0],))
    return map_region(rebind(region), lambda a: mapping.get(a, a) if isinstance(a, Value) else a)


def _tuple(stmts: list[Stmt], kinds: dict[Value, Kind], atoms: tuple[Atom, ...]) -> Value:
    out = Value()
    stmts.append(Op((out,), prims.TUPLE, atoms))
    kinds[out] = Tuple(tuple([_kind(kinds, a) for a in atoms]))
    return out


def _part(stmts: list[Stmt], kinds: dict[Value, Kind], pair: Atom, at: int, hint: str) -> Atom:
    """One part of a pair."""
    made = next((s for s in stmts if isinstance(s, Op) and s.outs == (pair,)), None)
    if made is not None and made.prim is prims.TUPLE:
        return made.args[at]
    out = Value(hint, True)
    own = _kind(kinds, pair)
    kinds[out] = own.elts[at] if isinstance(own, Tuple) else UNKNOWN
    stmts.append(Op((out,), prims.GETITEM, (pair, Const(at)), static=ONE_ITEM))
    return out


def _kind_at(kind: Kind, at: int) -> Kind:
    """The kind of a part of a pair."""
    return kind.elts[at] if isinstance(kind, Tuple) and len(kind.elts) > at else UNKNOWN


def _kind(kinds: Mapping[Value, Kind], atom: Atom) -> Kind:
    return Builder(dict(kinds)).kind(atom) if not isinstance(atom, Value) else kinds.get(atom, UNKNOWN)
