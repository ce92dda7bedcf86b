"""Core to gast: statements, regions and the assignments at their edges."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Union

import gast

from tangent2.core import prims
from tangent2.core.kinds import UNKNOWN, Number
from tangent2.core.prims import Prim
from tangent2.core.syntax import (
    Atom, Break, Call, Const, Continue, Exit, For, If, Note, Op, Raise, Region, Return, Stmt, Try, Undef, Value, While,
    Yield, walk,
)
from tangent2.names import BACKWARD, is_derived
from tangent2.python.emit_expressions import (
    OPERATORS, STORE, Scope, attribute, call, expr, index, loop_target, made, name, opposite, parameters,
    subscript, targets, unpacked,
)
from tangent2.python.emit_watching import Watching
from tangent2.python.unparse import Comment, Remark

_OPERATORS_IN_PLACE = frozenset({prims.ADD, prims.SUB, prims.MUL, prims.DIV})
_SUMS = frozenset({prims.ADD, prims.SUB})
_COMMUTES = frozenset({prims.ADD, prims.MUL})
_ITEM_SIGNS = {prims.ADDITEM: "+", prims.SUBITEM: "-", prims.MULITEM: "*", prims.DIVITEM: "/"}
NONE = Const(None)
Body = list[Any]
Loop = Union[For, While, None]


def function(scope: Scope, captured: int = 0, printed: str | None = None) -> Any:
    """The definition of a function."""
    core = scope.layout.function
    body: Body = [gast.Expr(gast.Constant(core.doc, None))] if core.doc else []
    printer = _Printer(scope)
    printer.watching.begin(body)
    printer.region(core.body, (), None, body)
    if len(body) > 1 and isinstance(body[-1], gast.Return) and body[-1].value is None:
        body.pop()
    return gast.FunctionDef(printed or core.name, parameters(scope.layout, captured), body or [gast.Pass()],
                            [], None, None, [])


def ends(region: Region) -> bool:
    """Whether control never reaches the end of a region."""
    if not isinstance(region.exit, Yield):
        return True
    last = region.stmts[-1] if region.stmts else None
    return isinstance(last, (If, Try)) and ends(last.then) and ends(last.orelse)


class _Printer:
    """Statements of one function; each method appends to the body it is given."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.layout = scope.layout
        self.watching = Watching(scope)
        self.trying = 0         # `try` blocks around: what stands in them may raise, whoever reads it
        self.spared = 0         # arguments copied so far because the user's function writes to them

    def region(self, region: Region, outs: tuple[Value, ...], loop: Loop, body: Body, skip: int = 0) -> None:
        """The statements of a region and what its exit does; a yield assigns to `outs`."""
        for stmt in region.stmts[skip:]:
            if stmt.outs and all(v in self.layout.inline for v in stmt.outs):
                continue
            self.watching.before(stmt, body)
            popped = self.watching.popped
            if isinstance(stmt, (If, For)) and stmt in self.layout.whole:
                self.assign(stmt, body)
            else:
                _STATEMENTS[type(stmt)](self, stmt, loop, body)
            self.watching.after(stmt, popped, body)
        if not (isinstance(region.exit, Yield) and ends(region)):
            self.watching.atoms(region.exit.vals, body)
            self.exit(region.exit, outs, loop, body)

    def exit(self, exit: Exit, outs: tuple[Value, ...], loop: Loop, body: Body) -> None:
        if isinstance(exit, Return):
            self.watching.end(body)
            value = exit.vals[0] if exit.vals else NONE
            body.append(gast.Return(None if value == NONE else expr(self.scope, value)))
        elif isinstance(exit, Raise):
            parts = [expr(self.scope, v) for v in exit.vals]
            body.append(gast.Raise(*(parts + [None, None])[:2]))
        elif isinstance(exit, Break) and loop is not None:
            self.moves(loop.outs, exit.vals, body)
            body.append(gast.Break())
        elif isinstance(exit, Continue) and loop is not None:
            self.moves(loop.params, exit.vals, body)
            body.append(gast.Continue())
        else:
            self.moves(outs, exit.vals, body)

    # assignments

    def moves(self, to: Sequence[Value], vals: Sequence[Atom], body: Body) -> None:
        """A parallel assignment: in an order in which nothing is read after it was overwritten, else as a tuple."""
        names = self.layout.names
        pending = []
        for out, val in zip(to, vals):
            if isinstance(val, Undef) and out in self.layout.bound:
                val = NONE
            if isinstance(val, Undef):
                continue
            if not (isinstance(val, Value) and val not in self.layout.inline and names[val] == names[out]):
                pending.append((out, val, self.read_names(val)))
        while pending:
            free = next((p for p in pending if not any(names[p[0]] in q[2] for q in pending if q is not p)), None)
            if free is None:
                break
            pending.remove(free)
            self.move(free[0], free[1], body)
        if pending:
            left = gast.Tuple([name(names[p[0]], STORE) for p in pending], STORE)
            body.append(gast.Assign([left], gast.Tuple([expr(self.scope, p[1]) for p in pending], STORE), None))

    def move(self, out: Value, val: Atom, body: Body) -> None:
        stmt = self.layout.inline.get(val) if isinstance(val, Value) else None
        if isinstance(stmt, Op) and (node := self.in_place(out, stmt)) is not None:
            self.add(node, stmt, body)
        else:
            self.add(gast.Assign([name(self.layout.names[out], STORE)], expr(self.scope, val), None), stmt, body)

    def read_names(self, atom: Atom) -> set[str]:
        """The variables that the text of an operand reads."""
        if not isinstance(atom, Value):
            return set()
        if atom not in self.layout.inline:
            return {self.layout.names[atom]}
        return {n.id for n in gast.walk(expr(self.scope, atom)) if isinstance(n, gast.Name)}

    def assign(self, stmt: Stmt, body: Body) -> None:
        """`variable = expression`, or `variable += expression`."""
        out, node = stmt.outs[-1], None
        if isinstance(stmt, Op) and (node := self.in_place(out, stmt)) is not None:
            self.add(node, stmt, body)
            return
        value = made(self.scope, stmt)
        if out not in self.layout.unread or out.user:
            node = gast.Assign(targets(self.scope, (out,), named=True), value, None)
            if self.is_spared(stmt) and not self.scope.backward:
                node = Remark(node, self.why_spared()) if self.spared == 0 else node
                self.spared += 1
            self.add(node, stmt, body)
        elif self.trying or _has_effect(stmt):
            self.add(gast.Expr(value), stmt, body)

    def is_spared(self, stmt: Stmt) -> bool:
        """Whether a statement copies an argument under its own name, which the user's function did not ask for."""
        if not isinstance(stmt, Op) or stmt.prim.name not in ("copy", "deep_copy") or len(stmt.args) != 1:
            return False
        param, out = stmt.args[0], stmt.outs[0]
        asked = stmt.origin is not None and "copy" in stmt.origin.text
        return isinstance(param, Value) and param in self.layout.function.params and out.hint == param.hint \
            and not is_derived(out.hint) and not asked

    def why_spared(self) -> str:
        """Why arguments are copied: for a remark on the first one."""
        core = self.layout.function
        several = sum(map(self.is_spared, walk(core.body))) > 1
        name = core.origin.function if core.origin is not None else core.name
        return f"{name}() writes to its argument{'s' if several else ''}"

    def in_place(self, out: Value, op: Op) -> Any:
        """`v op= e` for numbers, if the user wrote it so or the name is not the user's; None where it is not due."""
        if op.prim not in _OPERATORS_IN_PLACE or not isinstance(self.layout.kinds.get(out, UNKNOWN), Number):
            return None
        target, sign = self.layout.names[out], op.prim.spelling[1]
        if out.user and not _wrote_in_place(op, sign) and not (is_derived(out.hint) and op.prim in _SUMS):
            return None
        left, right = op.args
        if not self.is_variable(left, target):
            if op.prim not in _COMMUTES or not self.is_variable(right, target):
                return None
            left, right = right, left
        return gast.AugAssign(name(target, STORE), OPERATORS[sign], expr(self.scope, right))

    def is_variable(self, atom: Atom, variable: str) -> bool:
        return isinstance(atom, Value) and atom not in self.layout.inline and self.layout.names[atom] == variable

    def add(self, node: Any, stmt: Stmt | None, body: Body) -> None:
        """Append a statement; the first of each of the user's statements may say so at the end of its line."""
        origin = getattr(stmt, "origin", None)
        if origin is not None:
            scope = self.scope
            scope.origins[id(node)] = origin
            ours = origin.text.endswith(":") or isinstance(stmt, Op) and stmt.prim is prims.POP
            if scope.backward and origin.text != scope.last and not ours:
                scope.last = origin.text
                node = Remark(node, f"Grad of: {origin.text.removeprefix('return ')}")
        body.append(node)

    # statements

    def op(self, stmt: Op, loop: Loop, body: Body) -> None:
        special = _SPECIAL.get(stmt.prim)
        if special is None:
            self.assign(stmt, body)
        else:
            special(self, stmt, body)

    def known(self, stmt: Op, body: Body) -> None:
        """An object of which the class is known now: mostly by the name that it has."""
        same = {self.layout.names.get(v) for v in (stmt.out, stmt.args[0]) if isinstance(v, Value)}
        if len(same) > 1 or None in same:
            self.assign(stmt, body)

    def call(self, stmt: Call, loop: Loop, body: Body) -> None:
        self.assign(stmt, body)

    def note(self, stmt: Note, loop: Loop, body: Body) -> None:
        if body or not stmt.text.startswith(BACKWARD):      # nothing runs forward: nothing to tell apart
            body.append(Comment(stmt.text))
        self.scope.backward = self.scope.remarks and stmt.text.startswith(BACKWARD)

    def branch(self, stmt: If, loop: Loop, body: Body) -> None:
        then: Body = []
        other: Body = []
        self.region(stmt.then, stmt.outs, loop, then)
        self.region(stmt.orelse, stmt.outs, loop, other)
        if not then and not other:
            return
        node = gast.If(expr(self.scope, stmt.cond), then, other) if then else \
            gast.If(opposite(self.scope, stmt.cond), other, [])
        self.located(node, stmt)
        body.append(node)
        if then and ends(stmt.then):            # early return: what follows needs no else
            node.orelse = []
            body.extend(other)

    def attempt(self, stmt: Try, loop: Loop, body: Body) -> None:
        """`try`: what follows the attempt stands in it if it only gives names, else behind `else`."""
        tried: Body = []
        then: Body = []
        handler: Body = []
        self.trying += 1
        self.region(stmt.body, (), loop, tried)
        self.trying -= 1
        self.region(stmt.then, stmt.outs, loop, then)
        self.region(stmt.orelse, stmt.outs, loop, handler)
        if all(isinstance(s, gast.Assign) and isinstance(s.value, (gast.Name, gast.Constant)) for s in then):
            tried, then = tried + then, []
        raised = None if stmt.raised is None else name(self.layout.names[stmt.raised], STORE)
        caught = gast.ExceptHandler(expr(self.scope, stmt.classes), raised, handler or [gast.Pass()])
        node = gast.Try(tried, [caught], then, [])
        self.located(node, stmt)
        body.append(node)

    def loop(self, stmt: For, loop: Loop, body: Body) -> None:
        self.moves(stmt.params, stmt.init, body)
        inner: Body = []
        target, skip = loop_target(self.scope, stmt)
        self.watching.made((*stmt.params, stmt.target, *[v for s in stmt.body.stmts[:skip] for v in s.outs]), inner)
        self.region(stmt.body, stmt.params, stmt, inner, skip)
        node = gast.For(target, expr(self.scope, stmt.iter), inner or [gast.Pass()], [], None)
        self.located(node, stmt)
        body.append(node)

    def repeat(self, stmt: While, loop: Loop, body: Body) -> None:
        self.moves(stmt.params, stmt.init, body)
        inner: Body = []
        self.watching.made(stmt.params, inner)
        test: Any = gast.Constant(True, None)
        if stmt in self.layout.whole:
            test = expr(self.scope, stmt.cond.exit.vals[0])
        else:
            self.region(Region(stmt.cond.stmts, Yield()), (), None, inner)
            inner.append(gast.If(opposite(self.scope, stmt.cond.exit.vals[0]), [gast.Break()], []))
        self.region(stmt.body, stmt.params, stmt, inner)
        node = gast.While(test, inner or [gast.Pass()], [])
        self.located(node, stmt)
        body.append(node)

    def located(self, node: Any, stmt: Stmt) -> None:
        origin = getattr(stmt, "origin", None)
        if origin is not None:
            self.scope.origins[id(node)] = origin

    # operations that are statements

    def push(self, op: Op, body: Body) -> None:
        append = attribute(expr(self.scope, op.args[0]), "append")
        self.add(gast.Expr(call(append, [expr(self.scope, op.args[1])])), op, body)

    def pop(self, op: Op, body: Body) -> None:
        if op.outs[1] in self.layout.inline:
            return
        value = made(self.scope, op)
        unread = op.outs[1] in self.layout.unread and not op.outs[1].user
        self.add(gast.Expr(value) if unread else gast.Assign(targets(self.scope, op.outs[1:]), value, None), op, body)

    def unpack(self, op: Op, body: Body) -> None:
        self.add(gast.Assign([unpacked(self.scope, op)], expr(self.scope, op.args[0]), None), op, body)

    def store(self, op: Op, body: Body) -> None:
        target = subscript(self.scope, op, op.args[1:-1], STORE)
        self.add(gast.Assign([target], expr(self.scope, op.args[-1]), None), op, body)

    def update_item(self, op: Op, body: Body) -> None:
        target = subscript(self.scope, op, op.args[1:-1], STORE)
        sign = OPERATORS[_ITEM_SIGNS[op.prim]]
        self.add(gast.AugAssign(target, sign, expr(self.scope, op.args[-1])), op, body)

    def at_add(self, op: Op, body: Body) -> None:
        scatter = attribute(name(self.scope.outside.names["module", "numpy"]), "add.at")
        where = _as_object(index(self.scope, op.static, op.args[1:-1]), self.scope.outside.names["builtin", "slice"])
        args = [expr(self.scope, op.args[0]), where, expr(self.scope, op.args[-1])]
        self.add(gast.Expr(call(scatter, args)), op, body)

    def accumulate(self, op: Op, body: Body) -> None:
        target = name(self.layout.names[op.out], STORE)
        self.add(gast.AugAssign(target, OPERATORS[op.static.spelling[1]], expr(self.scope, op.args[1])), op, body)

    def verbatim(self, op: Op, body: Body) -> None:
        node = op.static.node
        if isinstance(node, gast.expr):
            self.assign(op, body)
            return
        filled = made(self.scope, op)
        for one in filled if isinstance(filled, list) else [filled]:
            self.add(one, op, body)

    def closure(self, op: Op, body: Body) -> None:
        """A nested definition, if anything calls it."""
        if op.out in self.layout.unread:
            return
        body.append(function(self.scope.inner(self.layout.nested[op]), len(op.args), self.layout.names[op.out]))


def _as_object(node: Any, slice_name: str) -> Any:
    """An index as an ordinary argument: slices spelled out."""
    if isinstance(node, gast.Tuple):
        return gast.Tuple([_as_object(e, slice_name) for e in node.elts], node.ctx)
    if not isinstance(node, gast.Slice):
        return node
    parts = [gast.Constant(None, None) if e is None else e for e in (node.lower, node.upper, node.step)]
    return call(name(slice_name), parts if node.step is not None else parts[:2])


def _has_effect(stmt: Stmt) -> bool:
    return not isinstance(stmt, Op) or stmt.prim.effect == "effect"


def _wrote_in_place(op: Op, sign: str) -> bool:
    """Whether the user spelled the operation `name op= ...`, or did not write that name at all."""
    if op.static == "inplace" or op.origin is None or op.out.hint is None:
        return op.static == "inplace"
    text = op.origin.text
    return text.startswith(f"{op.out.hint} {sign}=") or op.out.hint not in text


_STATEMENTS: dict[type, Callable[..., None]] = {
    Op: _Printer.op, Call: _Printer.call, Note: _Printer.note, If: _Printer.branch, For: _Printer.loop,
    While: _Printer.repeat, Try: _Printer.attempt,
}
_SPECIAL: dict[Prim, Callable[..., None]] = {
    prims.PUSH: _Printer.push, prims.POP: _Printer.pop, prims.UNPACK: _Printer.unpack, prims.SETITEM: _Printer.store,
    prims.SETTLE: lambda printer, op, body: None,       # it is done already: nothing to print
    prims.AT_ADD: _Printer.at_add, prims.ACCUMULATE: _Printer.accumulate, prims.INPLACE: _Printer.accumulate,
    prims.VERBATIM: _Printer.verbatim, prims.CLOSURE: _Printer.closure,
    prims.AS_CLASS: _Printer.known, **dict.fromkeys(_ITEM_SIGNS, _Printer.update_item),
}
