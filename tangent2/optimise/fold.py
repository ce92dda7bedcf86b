"""Folding: which values are printed inside the statement that reads them instead of getting a variable.

One scan per region, in order.  Values that may be folded wait until their reader comes; a statement that writes
what a waiting text reads, or gives the user's name it reads a new version, sends it back to a variable of its own,
at the place where it was computed.  The result is a side table; no node changes.
"""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import gast

from tangent2.core import prims
from tangent2.core.kinds import UNKNOWN, Array, Kind, Number
from tangent2.core.syntax import (
    Atom, Call, Const, For, Function, If, IndexSpec, Knot, Note, Op, Raise, Region, Return, Stmt, Try, Undef, Value,
    While, Yield, regions,
)
from tangent2.core.walk import substitute, values
from tangent2.errors import UnsupportedError
from tangent2.names import is_derived
from tangent2.optimise import width
from tangent2.optimise.touch import Memory
from tangent2.optimise.uses import Uses, read_after, shortcut, unpacks_target, uses_of
from tangent2.optimise.waiting import Text, Waiting, joined

_ANCHORED = frozenset({prims.UNPACK, prims.CLOSURE, prims.TAPE, prims.INPLACE})
# `x[i] += v` reads x[i] before v is computed
_READS_FIRST = frozenset({*prims.UPDATES.values(), prims.ACCUMULATE, prims.INPLACE})
_CHEAP_BUILTINS = frozenset({"len", "range"})
_DELAYED = (gast.Lambda, gast.ListComp, gast.SetComp, gast.DictComp, gast.GeneratorExp, gast.IfExp, gast.BoolOp)


@dataclass(frozen=True, eq=False, slots=True)
class Folds:
    """The decisions for one function: see `python/layout.py`; `single`: nothing but `return expression` is left."""

    function: Function
    inline: dict[Value, Stmt]
    whole: set[Stmt]
    nested: dict[Op, Folds] = field(default_factory=dict)
    single: bool = False


def fold(function: Function, kinds: Mapping[Value, Kind], brief: bool = False) -> Folds:
    """Decide for every value whether it is printed inside its reader; `brief`: adjoints that are returned at once, too.

    >>> from tangent2.core.kinds import FLOAT
    >>> x, t, y = Value("x", True), Value(), Value("y", True)
    >>> stmts = (Op((t,), prims.MUL, (x, x)), Op((y,), prims.ADD, (t, Const(1.0))))
    >>> folds = fold(Function("f", (x,), Region(stmts, Return((y,)))), {x: FLOAT, t: FLOAT, y: FLOAT})
    >>> t in folds.inline, y in folds.inline
    (True, False)
    """
    scan = _Scan(function, kinds)
    scan.region(function.body, Waiting(scan.inline, scan.memory, scan.uses), 1, brief)
    single = isinstance(function.body.exit, Return) and all(
        s.outs and all(v in scan.inline for v in s.outs) for s in function.body.stmts)
    return Folds(function, scan.inline, scan.whole, scan.nested, single)


class _Scan:
    """The tables of one scan; `inline` and `whole` grow."""

    def __init__(self, function: Function, kinds: Mapping[Value, Kind]) -> None:
        self.kinds = kinds
        self.memory = Memory(function, kinds)
        self.uses: Uses = uses_of(function)
        self.inline: dict[Value, Stmt] = {}
        self.whole: set[Stmt] = set()
        self.nested: dict[Op, Folds] = {}
        self.empty: dict[Value, Op] = {}    # new lists
        self.calls = 0
        self.late: set[Value] = set()       # next versions that only a parallel assignment can take over

    # statements

    def region(self, region: Region, waiting: Waiting, depth: int, branch: bool) -> None:
        """Scan a region.  `branch`: it belongs to an `If`, so that an adjoint returned at once needs no name."""
        outer = set(waiting)
        self.statements(region.stmts, region, waiting, depth, branch)
        room = width.LINE - width.INDENT * depth - 8
        if isinstance(region.exit, (Return, Raise)):
            waiting.consume(region.exit.vals, room)
        else:
            waiting.consume_moves(region.exit.vals, room)
        for value in [v for v in waiting if v not in outer]:
            if self.uses.count(value) == 1:
                waiting.anchor(value)
            else:
                del waiting[value]

    def statements(self, stmts: tuple[Stmt, ...], home: Region, waiting: Waiting, depth: int, branch: bool) -> None:
        for stmt in stmts:
            if isinstance(stmt, Op):
                self.operation(stmt, home, waiting, depth, branch)
            elif isinstance(stmt, Call):
                self.simple(stmt, home, waiting, depth, branch)
            elif isinstance(stmt, (If, For)):
                self.structured(stmt, home, waiting, depth)
            elif isinstance(stmt, While):
                self.repeat(stmt, waiting, depth)
            elif isinstance(stmt, Try):
                self.attempt(stmt, waiting, depth)

    def operation(self, stmt: Op, home: Region, waiting: Waiting, depth: int, branch: bool) -> None:
        if stmt.prim is prims.READ and self.memory.settled(stmt):
            self.inline[stmt.out] = stmt
        elif stmt.prim is prims.CLOSURE:
            self.closure(stmt, home, waiting)
        else:
            if stmt.prim in (prims.LIST, prims.TAPE) and not stmt.args:
                self.empty[stmt.out] = stmt
            if stmt.prim in _READS_FIRST:
                waiting.anchor_writers(stmt.args[1:], self.memory.tags(stmt.args[0]))
            if stmt.prim.update:
                waiting.anchor(stmt.args[0])        # what is written in place needs a variable
            self.simple(stmt, home, waiting, depth, branch)

    def simple(self, stmt: Op | Call, home: Region, waiting: Waiting, depth: int, branch: bool) -> None:
        """An operation or a call: fold its operands into it, then let it wait or keep it."""
        waits = self.may_wait(stmt, home, branch)
        if waits is not None and self.uses.count(waits) > 1:
            self.anchor_costly(stmt.args, waiting)
        touch = self.memory.touch(stmt)
        before = waiting.inner()
        room = width.LINE - width.INDENT * depth - _target_width(stmt)
        effects = waiting.consume(_in_order(stmt), room, stmt, waits is not None)
        number = None if waits is None or self.uses.count(waits) > 1 else self.calls + 1
        ordered = waiting.cross(touch, calls_wait=waits is not None, binds=waits is None, number=number)
        if waits is None:
            return
        self.calls += ordered
        parts = [before.text(a) if a in self.inline else waiting.text(a) for a in stmt.args]
        calls = tuple([v for p in parts for v in p.calls])
        if touch.effect or ordered:
            self.calls += 1
            effects, calls = (*effects, self.calls), (*calls, waits)
        size = width.of_op(stmt, [p.width for p in parts], [p.loose for p in parts]) if parts else 4
        waiting.let(waits, stmt, joined(parts, size, width.is_loose(stmt), touch, effects, calls))

    def structured(self, stmt: If | For, home: Region, waiting: Waiting, depth: int) -> None:
        """An `If` or `For`: one expression if everything in it folds, else a statement."""
        inline, whole = dict(self.inline), set(self.whole)
        whole_text = self.conditional if isinstance(stmt, If) else self.comprehension
        text = whole_text(stmt, waiting, depth)     # type: ignore[arg-type]
        if text is not None:
            for value in [v for v in waiting if v not in self.inline]:
                del waiting[value]
            self.whole.add(stmt)
            waits = self.foldable(stmt.outs[0], home, stmt)
            waiting.cross(self.memory.touch(stmt), calls_wait=True, binds=not waits)
            if waits:
                waiting.let(stmt.outs[0], stmt, text)
            return
        self.inline.clear()
        self.inline.update(inline)
        self.whole.intersection_update(whole)
        if isinstance(stmt, If):
            self.branch(stmt, waiting, depth)
        else:
            self.loop(stmt, waiting, depth)

    def branch(self, stmt: If, waiting: Waiting, depth: int) -> None:
        if shortcut(stmt):
            waiting.anchor(stmt.cond)           # read twice after all
        waiting.consume((stmt.cond,), width.LINE - width.INDENT * depth - 4)
        waiting.cross_region(self.memory.touch(stmt))
        for inner in (stmt.then, stmt.orelse):
            self.region(inner, waiting, depth + 1, branch=True)

    def attempt(self, stmt: Try, waiting: Waiting, depth: int) -> None:
        """What is attempted stays together: nothing from outside is folded into it, nothing in it leaves it."""
        waiting.consume((stmt.classes,), width.LINE - width.INDENT * depth - 8)
        waiting.cross_region(self.memory.touch(stmt))
        self.region(stmt.body, waiting.empty(), depth + 1, branch=False)
        for inner in (stmt.then, stmt.orelse):
            self.region(inner, waiting, depth + 1, branch=True)

    def loop(self, stmt: For, waiting: Waiting, depth: int) -> None:
        room = width.LINE - width.INDENT * depth - 10
        waiting.consume((stmt.iter,), room)
        waiting.consume_moves(stmt.init, room)
        waiting.cross_region(self.memory.touch(stmt))
        self.takes_apart(stmt)
        self.swaps(stmt)
        self.region(stmt.body, waiting.empty(), depth + 1, branch=False)

    def takes_apart(self, stmt: For) -> bool:
        """Whether the loop prints as `for a, b in`: its target is unpacked at once and not read otherwise."""
        found = unpacks_target(stmt) and self.uses.count(stmt.target) == 1
        if found:
            self.whole.add(stmt.body.stmts[0])
        return found

    def repeat(self, stmt: While, waiting: Waiting, depth: int) -> None:
        waiting.consume_moves(stmt.init, width.LINE - width.INDENT * depth - 10)
        waiting.cross_region(self.memory.touch(stmt))
        inline = dict(self.inline)
        if self.expression(stmt.cond.stmts, stmt.cond, waiting.empty(), depth) is None:
            self.inline.clear()
            self.inline.update(inline)
            self.region(stmt.cond, waiting.empty(), depth + 1, branch=False)
        else:
            self.whole.add(stmt)
        self.swaps(stmt)
        self.region(stmt.body, waiting.empty(), depth + 1, branch=False)

    def swaps(self, stmt: For | While) -> None:
        """`a, b = b, a + b`: the next `b` is due while the old one is still read, so it is made in the assignment."""
        for param, val in zip(stmt.params, stmt.body.exit.vals):
            if (isinstance(val, Value) and val.user and val.hint == param.hint and val is not param
                    and self.uses.count(val) == 1 and read_after(param, val, stmt.body)):
                self.late.add(val)

    def closure(self, stmt: Op, home: Region, waiting: Waiting) -> None:
        """A nested function: what it captures keeps its variable; a lambda may be printed where it is used."""
        for atom in stmt.args:
            waiting.anchor(atom)
        inner = getattr(stmt.static, "function", stmt.static)
        if isinstance(inner, Knot):     # its text would have to define itself
            raise UnsupportedError(f"`{inner.name}`, which calls itself and is defined inside, is handed on as a value",
                                   origin=stmt.origin, construct="recursion", advice="move it to module level")
        inner = replace(inner, body=self.without_captures(inner, stmt))
        kinds = getattr(stmt.static, "kinds", self.kinds)
        self.nested[stmt] = folds = fold(inner, kinds, brief=True)
        if folds.single and not stmt.args and self.foldable(stmt.out, home, stmt):
            waiting.let(stmt.out, stmt, Text(width=20, loose=True))

    def without_captures(self, inner: Function, stmt: Op) -> Region:
        """The body of a nested function in which captured literals stand, and names from outside are read, directly."""
        instead: dict[Value, Atom] = {}
        reads = []
        for param, atom in zip(inner.params, stmt.args):
            made = self.inline.get(atom) if isinstance(atom, Value) else None
            if isinstance(made, Op) and made.prim is prims.READ:
                instead[param] = again = Value(param.hint)
                reads.append(Op((again,), prims.READ, static=made.static))
            elif not isinstance(atom, Value):
                instead[param] = atom
        body = substitute(inner.body, instead)
        return Region((*reads, *body.stmts), body.exit)

    # statements as expressions

    def expression(self, stmts: tuple[Stmt, ...], home: Region, waiting: Waiting, depth: int,
                   value: Atom | None = None) -> Text | None:
        """The text of statements that all fold into one value (the one `home` yields); None if they do not."""
        if value is None:
            if not isinstance(home.exit, Yield) or len(home.exit.vals) != 1:
                return None
            value = home.exit.vals[0]
        if isinstance(value, Undef) or any(
                isinstance(s, (While, Try, Note)) or any(v.user and v not in self.late for v in s.outs) for s in stmts):
            return None
        self.statements(stmts, home, waiting, depth, branch=False)
        folded = all(s.outs and all(v in self.inline for v in s.outs) for s in stmts)
        return waiting.text(value) if folded else None

    def conditional(self, stmt: If, waiting: Waiting, depth: int) -> Text | None:
        """`a if c else b`, `c and b`, `c or b`: the text if the whole statement folds into one."""
        spelled = stmt.origin is None or stmt.origin.text.startswith(("if ", "elif "))
        if len(stmt.outs) != 1 or (spelled and _keeps_name(stmt)):
            return None
        if not spelled:         # `y = a if c else b`: both values bear the name of the result
            self.late.update([v for r in regions(stmt) for v in values(r.exit.vals)
                              if v.user and v.hint == stmt.outs[0].hint and v not in waiting])
        then = self.expression(stmt.then.stmts, stmt.then, waiting.inner(), depth)
        other = None if then is None else self.expression(stmt.orelse.stmts, stmt.orelse, waiting.inner(), depth)
        if then is None or other is None:
            return None
        once = shortcut(stmt)
        branches = [text for text, region in ((then, stmt.then), (other, stmt.orelse)) if region is not once]
        parts = [waiting.text(stmt.cond), *branches]
        size = sum([p.width for p in parts]) + (10 if once is None else 5)
        if size > width.LINE - width.INDENT * depth - 8:
            return None
        if isinstance(stmt.cond, Value):
            waiting.pop(stmt.cond, None)
        calls = (*parts[0].calls, *[v for v in stmt.outs if any(p.effects for p in branches)])
        return joined(parts, size, loose=True, calls=calls)

    def comprehension(self, stmt: For, waiting: Waiting, depth: int) -> Text | None:
        """`[e for v in xs]`: the text of a loop that does nothing but append to a new list."""
        last = stmt.body.stmts[-1] if stmt.body.stmts else None
        spelled = stmt.origin is not None and stmt.origin.text.startswith("for ")
        if spelled or not (isinstance(last, Op) and last.prim is prims.PUSH and self.only_appends(stmt, last)):
            return None
        stmts = stmt.body.stmts[1 if self.takes_apart(stmt) else 0:-1]
        text = self.expression(stmts, stmt.body, waiting.empty(), depth, last.args[1])
        source = waiting.text(stmt.iter)
        if text is None or text.width + source.width + 16 > width.LINE - width.INDENT * depth - 8:
            return None
        for atom in (stmt.iter, stmt.init[0]):
            if isinstance(atom, Value):
                waiting.pop(atom, None)
        self.inline[last.out] = last
        self.inline[stmt.init[0]] = self.empty[stmt.init[0]]        # type: ignore[index]
        calls = (*source.calls, *[last.out for _ in text.effects])
        return joined([source, text], text.width + source.width + 16, calls=calls)

    def only_appends(self, stmt: For, last: Op) -> bool:
        made = stmt.init[0] if len(stmt.params) == 1 else None
        return (isinstance(made, Value) and made in self.empty and self.uses.count(made) == 1
                and last.args[0] is stmt.params[0] and self.uses.count(stmt.params[0]) == 1
                and isinstance(stmt.body.exit, Yield) and stmt.body.exit.vals == (last.out,)
                and self.uses.count(last.out) == 1)

    # decisions

    def anchor_costly(self, atoms: tuple[Atom, ...], waiting: Waiting) -> None:
        """Give variables to operands of a text that will stand in several places: evaluated once, they stay so."""
        for atom in atoms:
            if isinstance(atom, Value) and atom in waiting and not self.is_cheap(self.inline[atom]):
                waiting.anchor(atom)

    def may_wait(self, stmt: Op | Call, home: Region, branch: bool) -> Value | None:
        """The result of an operation that may be folded into a reader, if there is one."""
        out = stmt.outs[-1] if stmt.outs else None
        if isinstance(stmt, Op):
            if stmt.prim in _ANCHORED or (stmt.prim is prims.READ and self.memory.calls) or (
                    stmt.prim.update and stmt.prim is not prims.POP):
                return None
            if stmt.prim is prims.VERBATIM and not _is_expression(stmt):
                return None
        if out is None or (len(stmt.outs) > 1 and not (isinstance(stmt, Op) and stmt.prim is prims.POP)):
            return None
        returned = branch and is_derived(out.hint) and self.uses.count(out) == 1 and self.uses.returned(out, home)
        return out if returned or self.foldable(out, home, stmt) else None

    def foldable(self, value: Value, home: Region, stmt: Stmt) -> bool:
        """Whether all readers of a value can take it in: one in the same region, or several if it is cheap."""
        if value.user and value not in self.late:
            return False
        count = self.uses.count(value)
        if count == 1:
            return self.uses.home(value) is home and not self.delayed(value)
        return count > 1 and self.is_cheap(stmt) and self.uses.near(value, home)

    def delayed(self, value: Value) -> bool:
        """Whether the reader is a template that would evaluate the value later, or several times."""
        reader = self.uses.readers[value][0][1]
        if not (isinstance(reader, Op) and reader.prim is prims.VERBATIM):
            return False
        nodes = list(gast.walk(reader.static.node))
        hole = f"${reader.args.index(value)}"
        return (any(isinstance(n, _DELAYED) for n in nodes)
                or sum([isinstance(n, gast.Name) and n.id == hole for n in nodes]) != 1)

    def is_cheap(self, stmt: Stmt) -> bool:
        """Whether a text may stand in several places: a view or an element at a literal index, an attribute, `len`."""
        if not isinstance(stmt, Op):
            return False
        if stmt.prim is prims.GETITEM:
            return (isinstance(self.kinds.get(stmt.out, UNKNOWN), (Array, Number)) and isinstance(stmt.args[0], Value)
                    and all(isinstance(a, Const) for a in stmt.args[1:]))
        form = stmt.prim.spelling
        return form[0] == "attribute" or (form[0] == "builtin" and form[1] in _CHEAP_BUILTINS)


def _in_order(stmt: Op | Call) -> tuple[Atom, ...]:
    """The operands in the order in which Python evaluates them: of `x[i] = v` first `v`."""
    stores = isinstance(stmt, Op) and stmt.prim is prims.SETITEM
    return (stmt.args[-1], *stmt.args[:-1]) if stores else stmt.args


def _target_width(stmt: Op | Call) -> int:
    if isinstance(stmt, Op) and isinstance(stmt.static, IndexSpec) and stmt.prim.update:
        return 0                # `x[i] += v`: the width of the operation itself
    return sum([len(v.hint or "t") + 2 for v in stmt.outs]) + 1


def _keeps_name(stmt: If) -> bool:
    """Whether a branch keeps the name's old version: that reads better as a statement."""
    out = stmt.outs[0]
    return out.user and any(
        isinstance(v, Value) and v.user and v.hint == out.hint for r in (stmt.then, stmt.orelse) for v in r.exit.vals)


def _is_expression(stmt: Op) -> bool:
    """Whether a template is an expression, not a statement."""
    return isinstance(stmt.static.node, gast.expr)
