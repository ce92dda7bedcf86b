"""Attempts are printed as the `try` statements they were.

`error, value = caught(classes, f, x)` and a branch on `error is None` become `try`, the statements of `f`, and
`except`.  What the branch computes again is taken from the attempt, so that it is computed once.
"""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from tangent2.analysis.attempts import inlined, is_straight
from tangent2.core import prims
from tangent2.core.dims import canonical
from tangent2.core.kinding import kind_of_const
from tangent2.core.kinds import BOOL, UNKNOWN, Array, Kind, Number
from tangent2.core.prims import Prim
from tangent2.core.syntax import (
    UNDEF, Atom, Call, Callee, Const, Exit, Function, If, Note, Op, Origin, Raise, Region, Stmt, Try, Typed, Value,
    Yield, regions, walk,
)
from tangent2.core.walk import count_uses, leaves, map_regions, may_leave, renamed, substitute, used_by
from tangent2.core.widening import bounded

_NONE = Const(None)
_LOOKUPS = frozenset({"KeyError", "IndexError", "LookupError"})
_ARITHMETIC = frozenset({prims.ADD, prims.SUB, prims.MUL, prims.DIV, prims.NEG, prims.POW})


def catch(typed: Typed) -> Typed:
    """Write attempts whose outcome decides a branch as `try` statements.

    >>> from tangent2.core.kinds import FLOAT, OBJECT, Dict, Tuple
    >>> from tangent2.core.show import show
    >>> from tangent2.core.syntax import Return
    >>> x, table, pair, error, value, test, y = [Value(h, True) for h in ("x", "table", "p", "e", "v", "t", "y")]
    >>> getitem = prims.Prim("getitem", ("builtin", "getitem"), result="same")
    >>> stmts = (Op((pair,), prims.CAUGHT, (Const(KeyError), table, x), static=prims.Attempt(getitem)),
    ...          Op((error, value), prims.UNPACK, (pair,), static=(2, False, 0)),
    ...          Op((test,), prims.IS, (error, _NONE)),
    ...          If((y,), test, Region((), Yield((value,))), Region((), Yield((x,)))))
    >>> kinds = dict.fromkeys((x, value, y), FLOAT) | dict.fromkeys((table, pair, error, test), OBJECT)
    >>> print(show(catch(Typed(Function("f", (x, table), Region(stmts, Return((y,)))), kinds, FLOAT)).function).strip())
    def f(x.0, table.1):
        y.3 = try:
            t.2 = getitem(table.1, x.0)
        then:
            yield t.2
        except <class 'KeyError'>:
            yield x.0
        return y.3
    """
    if not any(isinstance(s, Op) and s.prim is prims.CAUGHT for s in walk(typed.function.body)):
        return typed
    reads = {s.out: s for s in walk(typed.function.body) if isinstance(s, Op) and s.prim in (prims.READ, prims.TUPLE)}
    run = _Catching(dict(typed.kinds), count_uses(typed.function.body), {}, reads)
    body = _without_closures(substitute(run.region(typed.function.body), run.instead))
    return Typed(replace(typed.function, body=body), run.kinds, typed.result)


class Block(NamedTuple):
    """What is attempted, and its result; `read`: something reads that, and is not what the branch computes again."""

    stmts: tuple[Stmt, ...]
    result: Value
    read: bool = False


class Arms(NamedTuple):
    """What follows an attempt that went well, and one that did not; `test`: what the user's branch asks."""

    outs: tuple[Value, ...]
    then: Region
    orelse: Region
    test: Op | None = None
    raised: Value | None = None
    origin: Origin | None = None


@dataclass
class _Catching:
    """The kinds of what is made, how often values at hand are read, and what stands for values that are gone."""

    kinds: dict[Value, Kind]
    uses: Mapping[Value, int]
    instead: dict[Value, Atom]
    reads: Mapping[Value, Op]

    def region(self, region: Region) -> Region:
        stmts = [map_regions(s, self.region) if regions(s) else s for s in region.stmts]
        done: list[Stmt] = []
        while stmts:
            made = self.attempt(stmts, region.exit)
            if made is not None:
                first, stmts = made
                done += first
            else:
                done.append(stmts.pop(0))
        return Region(tuple(done), region.exit)

    def kind(self, atom: Atom) -> Kind:
        return self.kinds.get(atom, UNKNOWN) if isinstance(atom, Value) else kind_of_const(
            getattr(atom, "value", None))

    def attempt(self, stmts: list[Stmt], exit: Exit) -> tuple[list[Stmt], list[Stmt]] | None:
        """The `try` statement that statements begin with, and those that follow it."""
        if len(stmts) < 4 or not isinstance(stmts[0], Op) or stmts[0].prim is not prims.CAUGHT:
            return None
        op, unpack = stmts[0], stmts[1]
        # what an inner attempt became may read its operands more often than the call did
        self.uses = count_uses(Region(tuple(stmts), exit))
        if not isinstance(unpack, Op) or unpack.args != (op.out,) or self.uses.get(op.out) != 1 or op.static.errors:
            return None
        error, value = unpack.outs
        block = self.block(op)
        if block is None:
            return None
        block = block._replace(read=value in self.uses)
        tests, between, after, branch, rest = _until_branch(stmts[2:], error)
        arms = None if branch is None else _arms(branch, tests)
        if arms is None or count_uses(arms.then).get(value, 0) != self.uses.get(value, 0):
            between, after, rest = [], [], [s for s in stmts[2:] if s not in tests]
            block, arms, rest = self.apart(block, value, tests, rest)
        else:
            self.instead[value] = block.result
            if leaves(arms.orelse) and not arms.then.stmts and not leaves(arms.then):   # what follows needs success
                block, going, taken = self.taken(block, Region(tuple(rest), exit))
                then = Region(arms.then.stmts, Yield((*arms.then.exit.vals, *taken.values())))
                arms, rest = arms._replace(outs=(*arms.outs, *taken), then=then), list(going.stmts)
        written = self.written(op, self.named(arms, error, len(tests)), tests, block)
        return [*between, *self.passed(written), *after], rest

    def apart(self, block: Block, value: Value, tests: list[Op], rest: list[Stmt]) -> tuple[Block, Arms, list[Stmt]]:
        """An attempt that hands on what is read of it, where the branch does not follow at once; what follows."""
        at = next((k for k, s in enumerate(rest) if not (isinstance(s, Op) and s.prim is prims.PUSH)), len(rest))
        handed: dict[Value, Atom] = {value: block.result} if self.uses.get(value, 0) else {}
        branch, inside = rest[at] if at < len(rest) else None, 0
        if isinstance(branch, If) and (test := next((t for t in tests if t.out is branch.cond), None)):
            well = test.prim is prims.IS
            inside = count_uses(branch.then if well else branch.orelse).get(value, 0)
            block, going, taken = self.taken(block, branch.then if well else branch.orelse)
            handed = {**dict.fromkeys(handed, block.result), **taken}
            branch = replace(branch, then=going) if well else replace(branch, orelse=going)
            rest = [*rest[:at], branch, *rest[at + 1:]]
        saved = self.uses.get(value, 0) > inside        # and bound, then, on the other way too
        then, orelse = Yield(tuple(handed.values())), Yield(tuple([
            _NONE if v is value and saved else UNDEF for v in handed]))
        return block, Arms(tuple(handed), Region((), then), Region((), orelse)), rest

    def taken(self, block: Block, going: Region) -> tuple[Block, Region, dict[Value, Atom]]:
        """An attempt and what goes on after it, which takes from it what it would compute again."""
        stmts, left = self.shared(block, going)
        read = count_uses(left)
        outs = [v for s in going.stmts if s not in left.stmts for v in s.outs if v in read]
        inner = {v: Value(v.hint, v.user) for v in outs}
        self.kinds.update({new: self.kind(v) for v, new in inner.items()})
        made = block.result
        while made in self.instead:
            made = self.instead[made]       # type: ignore[assignment]
        stmts = renamed(Region(stmts, Yield(())), inner).stmts
        return block._replace(stmts=stmts, result=inner.get(made, made)), left, dict(inner)

    def named(self, arms: Arms, error: Value, asked: int) -> Arms:
        """The branches with the exception, or none, in its place; `asked`: how many tests read it."""
        inside = count_uses(arms.then).get(error, 0), count_uses(arms.orelse).get(error, 0)
        later = self.uses.get(error, 0) - asked - sum(inside) > 0
        raised = Value("raised") if later or inside[1] else None
        if raised is None:
            return arms._replace(then=substitute(arms.then, {error: _NONE}))
        self.kinds[raised] = self.kind(error)
        then, orelse = substitute(arms.then, {error: _NONE}), substitute(arms.orelse, {error: raised})
        if later:
            arms = arms._replace(outs=(*arms.outs, error))
            then, orelse = _telling(then, _NONE), _telling(orelse, raised)
        return arms._replace(then=then, orelse=orelse, raised=raised)

    def block(self, op: Op) -> Block | None:
        """The statements that are attempted, and what they give."""
        what, args = op.static.what, op.args[1:]
        made = Value()
        self.kinds[made] = UNKNOWN
        if isinstance(what, Prim):
            return Block((Op((made,), what, args, origin=op.origin),), made)
        call = Call((made,), what, args, op.origin)
        if what.python is None and isinstance(what.key, Function):
            return self.inline(call, what)
        return Block((call,), made)

    def inline(self, call: Call, what: Callee) -> Block | None:
        """What a function defined on the spot does, if it does it in one go and writes to nothing."""
        given, names = canonical(tuple([bounded(self.kind(a)) for a in call.args]))
        core = what.core(given)
        if not is_straight(core) or any(
                isinstance(s, Op) and s.prim.update for s in walk(core.function.body)):
            return None
        stmts, result = inlined(call, core, names, self.kinds)
        made = isinstance(result, Value) and any(result in s.outs for s in stmts)
        return Block(stmts, result) if made and isinstance(result, Value) else None

    def written(self, op: Op, arms: Arms, tests: list[Op], block: Block) -> Try:
        """The `try` statement, which also tells how it went where that is asked later."""
        stmts, then = self.shared(block, arms.then)
        stmts = self.needed(stmts, then, op.args[0])
        outs, orelse = arms.outs, arms.orelse
        for told in tests:
            well = told.prim is prims.IS
            inside = sum(count_uses(r).get(told.out, 0) for r in (then, orelse))
            then, orelse = substitute(then, {told.out: Const(well)}), substitute(orelse, {told.out: Const(not well)})
            if self.uses.get(told.out, 0) > (told is arms.test) + inside:
                out = Value("passed" if well else "failed")
                self.kinds[out], self.instead[told.out] = BOOL, out
                outs, then, orelse = (*outs, out), _telling(then, Const(well)), _telling(
                    orelse, Const(not well))
        return Try(outs, op.args[0], Region(stmts, Yield(())), then, orelse, arms.raised, arms.origin or op.origin)

    def passed(self, attempt: Try) -> tuple[Stmt, ...]:
        """An attempt, or what follows its success where nothing is left that may fail."""
        if attempt.body.stmts:
            return (attempt,)
        assert _goes_on(attempt.then)
        self.instead.update(zip(attempt.outs, attempt.then.exit.vals))
        return attempt.then.stmts

    def shared(self, attempted: Block, then: Region) -> tuple[tuple[Stmt, ...], Region]:
        """What the branch computes again is taken from the attempt, under the branch's names."""
        left: list[Stmt] = []
        if attempted.read:
            return attempted.stmts, then
        block = Region(attempted.stmts, Yield(()))
        given: set[Value] = set()
        for k, stmt in enumerate(then.stmts):
            if _writes(stmt) or not isinstance(stmt, (Op, Call, Note)):
                left += then.stmts[k:]
                break
            twin = next((s for s in block.stmts if _same(s, stmt) and s.outs[0] not in given), None)
            if twin is None:        # each once: two arrays that hold the same are two arrays
                left.append(stmt)
                continue
            self.instead.update(zip(twin.outs, stmt.outs))
            given.update(stmt.outs)
            block = renamed(block, dict(zip(twin.outs, stmt.outs)))
        return block.stmts, Region(tuple(left), then.exit)

    def needed(self, stmts: tuple[Stmt, ...], then: Region, classes: Atom) -> tuple[Stmt, ...]:
        """Arithmetic at the end that nobody reads is left out where it cannot raise what is caught."""
        if not self.looks_up(classes):
            return stmts
        read = count_uses(substitute(then, self.instead))
        fewest = 0 if _goes_on(then) else 1         # a `try` that stays has a statement
        while len(stmts) > fewest and isinstance(last := stmts[-1], Op) and last.prim in _ARITHMETIC \
                and last.out not in read and self.uses.get(last.out, 0) == 0 and all(
                    isinstance(self.kind(a), (Number, Array)) for a in last.args):
            stmts = stmts[:-1]
        return stmts

    def looks_up(self, classes: Atom) -> bool:
        """Whether only what a subscript raises is caught."""
        made = self.reads.get(classes) if isinstance(classes, Value) else None
        if made is None:
            return False
        if made.prim is prims.TUPLE:
            return all(map(self.looks_up, made.args))
        return made.static.where == "builtin" and made.static.name in _LOOKUPS


def _arms(branch: If, tests: list[Op]) -> Arms:
    test = next(t for t in tests if t.out is branch.cond)
    then, orelse = branch.then, branch.orelse
    if test.prim is not prims.IS:
        then, orelse = orelse, then
    return Arms(branch.outs, then, orelse, test, None, branch.origin)


def _until_branch(stmts: list[Stmt], error: Value) -> tuple[list[Op], list[Op], list[Op], If | None, list[Stmt]]:
    """Tests whether something was raised; what may stand before and after the branch on a test; that; what follows."""
    tests: list[Op] = []
    between: list[Op] = []
    after: list[Op] = []
    for k, stmt in enumerate(stmts):
        if isinstance(stmt, If):
            tested = any(stmt.cond is t.out for t in tests) and (not after or _goes_past(stmt, after))
            return tests, between, after, stmt if tested else None, stmts[k + 1:]
        if isinstance(stmt, Op) and stmt.prim in (prims.IS, prims.IS_NOT) and stmt.args == (error, _NONE):
            tests.append(stmt)
        elif isinstance(stmt, Op) and stmt.prim is prims.READ:
            between.append(stmt)
        elif isinstance(stmt, Op) and stmt.prim is prims.PUSH:
            after.append(stmt)
        else:
            break
    return tests, [], [], None, []


def _goes_past(branch: If, later: list[Op]) -> bool:
    """Whether a branch may run before some statements: it goes on in any case, and reads nothing that they bind."""
    read = used_by(branch)
    return not any(v in read for op in later for v in op.outs) and not any(
        may_leave(r) or isinstance(r.exit, Raise) for r in regions(branch))


def _without_closures(body: Region) -> Region:
    """The statements without functions that only attempts took, whose calls are now of what they are."""
    read = count_uses(body)
    dead = {v for s in walk(body) if isinstance(s, Op) and s.prim is prims.CLOSURE for v in s.outs} - set(read)

    def left(region: Region) -> Region:
        kept = [map_regions(s, left) for s in region.stmts if not dead or not dead.issuperset(s.outs) or not s.outs]
        return Region(tuple(kept), region.exit)
    return _without_closures(left(body)) if dead else body


def _writes(stmt: Stmt) -> bool:
    return isinstance(stmt, Op) and (stmt.prim.update or stmt.prim.effect == "effect")


def _same(one: Stmt, other: Stmt) -> bool:
    """Whether two statements compute the same."""
    if isinstance(one, Op) and isinstance(other, Op):
        args = (one.args, one.args[::-1]) if one.prim in (prims.ADD, prims.MUL) else (one.args,)
        return one.prim is other.prim and other.args in args and (one.kw, one.static) == (other.kw, other.static)
    return isinstance(one, Call) and isinstance(other, Call) and one.args == other.args \
        and one.callee.key == other.callee.key


def _goes_on(region: Region) -> bool:
    """Whether what follows a region could stand after it in one block, with all it gives bound."""
    return isinstance(region.exit, Yield) and UNDEF not in region.exit.vals


def _telling(region: Region, told: Atom) -> Region:
    """A region that also yields something, if its end is reached."""
    return Region(region.stmts, Yield((*region.exit.vals, told))) if isinstance(region.exit, Yield) else region
