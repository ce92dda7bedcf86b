"""`try`: what a statement raises is a value, and which handler runs a branch.

Each statement of the block that may raise is attempted first: `error, value = caught(lambda: ..., classes)`; where
nothing was raised the block goes on, with all that was written before in place.  `raise` in the block binds `error`.
`finally` stands before each exit of the block.
"""
from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import gast

from tangent2.core.prims import Attempt
from tangent2.python.desugar_exits import (
    LEAVES, Leaving, Otherwise, Raising, load, none, placed, reads_inside, store, surely_raises,
)
from tangent2.python.desugar_generators import inlined_here, located_new
from tangent2.python.desugar_handlers import body_of, catches_unbound_names, classes_of, known_classes, one_by_one
from tangent2.python.desugar_in_order import changed_first, given_first
from tangent2.python.desugar_match import branches
from tangent2.python.desugar_patterns import apart_from_loop, is_taken_apart, taken_apart
from tangent2.python.desugar_raised import asserting, is_asked, raising
from tangent2.python.desugar_risks import Risks, changes, is_quiet, split_effect
from tangent2.python.desugar_state import STATEMENTS, UNKNOWN, Desugaring, build
from tangent2.python.desugar_unfailing import ADVICE, SPLIT, asked
from tangent2.python.parts import walk

MATCH: Any = getattr(gast, "Match", ())


def attempt_statement(D: Desugaring, node: Any) -> list[Any] | None:
    """A `try` statement as branches."""
    for rule in ATTEMPTS:
        if (found := rule(D, node)) is not None:
            return found
    try:
        made = Trying(D, node, None).statements()
    except Refused as refused:
        left = gast.copy_location(gast.Try(node.body, node.handlers, node.orelse, node.finalbody), refused.node)
        left.refused = refused.args[1:]
        return [left]
    return D.block([located_new(s, node) for s in made])


Rule = Callable[[Any, list[Any], bool, bool], "list[Any] | None"]


class Refused(Exception):
    """A statement that cannot be rewritten, why, and what to do instead."""

    def __init__(self, node: Any, reason: str, advice: str) -> None:
        super().__init__(node, reason, advice)
        self.node = node


@dataclass
class Trying:
    """A `try` statement being rewritten; `outer`: the one around it, in the same function."""

    D: Desugaring
    node: Any
    outer: Trying | None
    error: str = ""
    count: int = 0                      # places that may fail
    inline: Any = None                  # the end of the one place that may fail, if nothing follows it
    open: bool = False                  # an exception may be raised here that no handler catches

    def __post_init__(self) -> None:
        self.error = self.new("error")
        self.raised: list[Any] = []         # what binds the error to an exception made here
        self.risks = Risks(self.D, self.caught())
        if catches_unbound_names(self.D, self.node):
            raise Refused(self.node, "`except NameError`: which names are bound is known before the code runs",
                          "bind each name first, and test what it is bound to")
        loops = [n for s in self.node.body for n in walk(s) if isinstance(n, gast.For)]
        if self.risks.meets(ValueError) and any(self.risks.is_strict(n) for loop in loops for n in walk(loop.iter)):
            raise Refused(self.node, "`zip(..., strict=True)`, which raises after its last step, in a `try` block",
                          "compare the lengths before the loop")

    def new(self, title: str) -> str:
        """A name of our own."""
        D = self.D
        number = D.made = getattr(D, "made", 0) + 1
        return f"?{title}#t{number}"

    def refuse(self, node: Any, reason: str, advice: str) -> Any:
        raise Refused(node, reason, advice)

    # ---- classes ----

    def caught(self) -> list[Any]:
        """The classes that are caught here or around."""
        found = classes_of(self.node)
        return found + ([] if self.outer is None else [c for c in self.outer.caught() if gast.dump(c) not in map(
            gast.dump, found)])

    def catches(self, cls: Any) -> bool | None:
        """Whether a handler here catches a class; None if that is not known."""
        known = known_classes(self.D, self.node)
        if known is UNKNOWN or not isinstance(cls, type):
            return None
        return issubclass(cls, known)

    # ---- the statement as a whole ----

    def statements(self) -> list[Any]:
        node = self.node
        if node.finalbody:
            return self.final()
        if not node.handlers:
            return [*node.body, *node.orelse]
        body = self.block([*node.body, *([Otherwise(node.orelse)] if node.orelse else [])], False, True)
        if self.count == 0:
            return body
        handlers = self.handlers()
        for bound in self.raised if not is_asked(self) else ():
            bound.value = gast.copy_location(gast.Constant(True, None), bound.value)
        if self.inline is not None and self.count == 1:
            return placed(body, self.inline, handlers)
        failed = gast.If(gast.Compare(load(self.error), [gast.IsNot()], [none()]), handlers, [])
        first = [] if getattr(body[0], "binds", None) == self.error else [store(self.error, none())]
        return [*first, *body, failed]

    def handlers(self) -> list[Any]:
        """The branches of the handlers; what none of them catches is raised on."""
        found: list[Any] = [] if self.complete() else [gast.Raise(load(self.error), None)]
        last = self.complete()
        for handler in reversed(self.node.handlers):
            body = self.handler(handler)
            if last:
                found, last = body, False
                continue
            kind = handler.type if handler.type is not None else load("BaseException")
            found = [gast.If(gast.Call(load("?isinstance"), [load(self.error), copy.deepcopy(kind)], []), body, found)]
        return found

    def complete(self) -> bool:
        """Whether whatever is bound to `error` is caught here."""
        return self.outer is None and not self.open

    def handler(self, handler: Any) -> list[Any]:
        body = [Raising(self.error).visit(s) for s in body_of(handler, self.new)]
        name = getattr(handler.name, "id", handler.name)
        return ([store(name, load(self.error))] if name else []) + body

    def carries(self) -> bool:
        """Whether a handler reads what the exception holds."""
        return any(reads_inside(h) for h in self.node.handlers) or (self.outer is not None and self.outer.carries())

    # ---- blocks ----

    def block(self, stmts: list[Any], loop: bool, tail: bool) -> list[Any]:
        """Statements rewritten; `loop`: in a loop of the block; `tail`: nothing follows them in the block."""
        out: list[Any] = []
        for k, stmt in enumerate(stmts):
            rest = stmts[k + 1:]
            if isinstance(stmt, gast.Try) and not getattr(stmt, "plain", False):
                inner = Trying(self.D, stmt, self).statements()
                return out + self.block([*[located_new(s, stmt) for s in inner], *rest], loop, tail)
            if isinstance(stmt, gast.With) and not getattr(stmt, "plain", False):
                opened = WITH[0](self.D, stmt, self.catches(FloatingPointError) is True)
                if opened is not None:
                    return out + self.block([*opened, *rest], loop, tail)
            if isinstance(stmt, Otherwise):
                return out + stmt.stmts
            if (cases := branches(self.D, stmt) if isinstance(stmt, MATCH) else None) is not None:
                return out + self.block([*cases, *rest], loop, tail)
            made = self.statement(stmt, rest, loop, tail)
            if made is not None:
                return out + made
            out.append(stmt)
        return out

    def statement(self, stmt: Any, rest: list[Any], loop: bool, tail: bool) -> list[Any] | None:
        """A statement that may fail and what follows it; None if it cannot fail."""
        if getattr(stmt, "plain", False):
            return None
        if (hidden := self.risks.hidden(stmt)) is not None:
            raise Refused(stmt, f"{hidden}, which may raise, in a `try` block", "do that outside of the block")
        rules: dict[type, Rule] = {
            gast.Raise: partial(raising, self), gast.Assert: partial(asserting, self), gast.If: self.branch,
            gast.For: self.loop, gast.While: self.repeat}
        return rules.get(type(stmt), self.simple)(stmt, rest, loop, tail)

    def leave(self, before: list[Any], after: list[Any], rest: list[Any], loop: bool, tail: bool) -> list[Any]:
        """What follows a place that may fail: `before` binds the error, `after` is what happens if there is none."""
        if loop:
            stop = gast.If(gast.Compare(load(self.error), [gast.IsNot()], [none()]), [gast.Break()], [])
            self.count += 2
            return [*before, stop, *after, *self.block(rest, loop, tail)]
        self.count += 1
        failed: list[Any] = []
        if tail:
            self.inline = gast.Pass()
            failed = [self.inline]
        going = gast.If(gast.Compare(load(self.error), [gast.Is()], [none()]),
                        [*after, *self.block(rest, loop, tail)] or [gast.Pass()], failed)
        return [*before, going]

    def around(self) -> list[Trying]:
        return [self, *(self.outer.around() if self.outer is not None else [])]

    # ---- compound statements ----

    def branch(self, stmt: Any, rest: list[Any], loop: bool, tail: bool) -> list[Any] | None:
        test = self.hoisted(stmt, "test")
        if test is not None:
            return self.leave([test], [], [stmt, *rest], loop, tail)
        before = self.count
        ends = surely_raises(stmt.body), surely_raises(stmt.orelse)
        if loop or (rest and ends[0] is ends[1]):
            body, orelse = self.block(stmt.body, loop, False), self.block(stmt.orelse, loop, False)
            if self.count == before:
                return None
            return self.go_on(_like(gast.If(stmt.test, body, orelse), stmt), rest, loop, tail)
        body = self.block([*stmt.body, *(rest if ends[1] else [])], loop, tail)
        orelse = self.block([*stmt.orelse, *(rest if ends[0] else [])], loop, tail)
        if self.count == before and not rest:
            return None
        return [_like(gast.If(stmt.test, body or [gast.Pass()], orelse), stmt)]

    def go_on(self, new: Any, rest: list[Any], loop: bool, tail: bool) -> list[Any]:
        """A statement in which something may have failed, and what follows it."""
        left = self.block(rest, loop, tail)
        if loop and not isinstance(new, gast.If):
            stop = gast.If(gast.Compare(load(self.error), [gast.IsNot()], [none()]), [gast.Break()], [])
            return [new, stop, *left]
        if loop or not left:
            return [new, *left]
        return [new, gast.If(gast.Compare(load(self.error), [gast.Is()], [none()]), left, [])]

    def loop(self, stmt: Any, rest: list[Any], loop: bool, tail: bool) -> list[Any] | None:
        found = self.hoisted(stmt, "iter")
        if found is not None:
            return self.leave([found], [], [stmt, *rest], loop, tail)
        if self.risks.is_lazy(stmt.iter):
            given, stmt.iter = given_first(stmt.iter, self.new, self.risks.expression, self.risks.is_lazy)
            if given:
                return self.block([*given, stmt, *rest], loop, tail)
        if self.risks.runs_late(stmt.iter):
            opened = inlined_here(self.D, stmt)
            if opened is None:
                raise Refused(stmt, "what this loop runs over may raise after its first items, in a `try` block",
                              "write the loop over what is computed before, with the call in its body")
            return self.block([*opened, *rest], loop, tail)
        if self.risks.meets(TypeError) and isinstance(stmt.iter, gast.Name) and not hasattr(stmt.iter, "seen"):
            test, _ = self.attempt(build("?iterable(X)", stmt.iter, X=stmt.iter))
            stmt.iter.seen = True
            return self.leave([test], [], [stmt, *rest], loop, tail)
        if not isinstance(stmt.target, gast.Name) and self.risks.takes_apart(stmt.iter):
            apart_from_loop(stmt, self.new)
        before = self.count
        body, orelse = self.block(stmt.body, True, False), self.block(stmt.orelse, loop, False)
        if self.count == before:
            return None
        return self.go_on(_like(gast.For(stmt.target, stmt.iter, body, orelse, None), stmt), rest, loop, tail)

    def repeat(self, stmt: Any, rest: list[Any], loop: bool, tail: bool) -> list[Any] | None:
        before = self.count
        test, body = stmt.test, stmt.body
        if self.risks.expression(test):
            if stmt.orelse:
                raise Refused(stmt, "the condition of a `while` loop with `else` may raise in a `try` block",
                                   "write `while True:` with `break`")
            stop = located_new(gast.If(gast.UnaryOp(gast.Not(), test), [gast.Break()], []), stmt)
            test, body = gast.Constant(True, None), [stop, *body]
        body, orelse = self.block(body, True, False), self.block(stmt.orelse, loop, False)
        if self.count == before:
            return None
        return self.go_on(_like(gast.While(test, body, orelse), stmt), rest, loop, tail)

    def hoisted(self, stmt: Any, part: str) -> Any:
        """The attempt at an expression of a compound statement, which reads its value instead."""
        node = getattr(stmt, part)
        if not (self.risks.iterable(node) if part == "iter" else self.risks.expression(node)):
            return None
        if changes(node):
            raise Refused(stmt, SPLIT, ADVICE)
        made, name = self.attempt(node)
        setattr(stmt, part, gast.copy_location(load(name), node))
        return made

    # ---- simple statements ----

    def simple(self, stmt: Any, rest: list[Any], loop: bool, tail: bool) -> list[Any] | None:
        risky = self.risks.expression
        if isinstance(stmt, gast.Assign) and isinstance(stmt.value, gast.IfExp) and risky(stmt.value):
            return self.block([_on_each_path(stmt), *rest], loop, tail)
        parts = split_effect(stmt, self.new, risky) or changed_first(stmt, self.new, risky)
        if parts is not None:       # `xs.append(f(x))`: what is computed first
            return self.block([*parts, *rest], loop, tail)
        question = asked(stmt, self.risks, self.refuse)
        if is_taken_apart(stmt) and self.risks.takes_apart(stmt.value):
            made, name, left = taken_apart(stmt, self.new)
            value = self.new("value")
            return self.leave([made, self.called(load(name), value, stmt)], [], [*left(value), *rest], loop, tail)
        tried = self.risks.attempted(stmt)
        if tried is None and question is not None:
            stmt.plain = True
            return [question, stmt, *self.block(rest, loop, tail)]
        if tried is None:
            return None
        node, replaced = tried
        made, name = self.attempt(node)
        after = [stmt]
        if replaced:
            stmt.value = gast.copy_location(load(name), node)
            after = [] if isinstance(stmt, gast.Expr) else [stmt]
        stmt.plain = not (replaced and self.risks.statement(stmt))
        if stmt.plain:
            return self.leave([made] if question is None else [question, made], after, rest, loop, tail)
        return self.leave([made], [], [*after, *rest], loop, tail)

    def attempt(self, node: Any) -> tuple[Any, str]:
        """`error, value = caught(lambda: node, classes)`."""
        value = self.new("value")
        body = gast.Lambda(gast.arguments([], [], None, [], [], None, []), copy.deepcopy(node))
        return self.called(body, value, node), value

    def called(self, body: Any, value: str, node: Any) -> Any:
        """`error, value = caught(body, classes)`, at the place of a node."""
        call = gast.Call(load("?caught"), [body, self.target()], [])
        gives = any(getattr(n, "gives", False) for n in walk(node))
        call.attempt = Attempt(None, tuple(getattr(node, "errors", {}).items()), self.carries(), self.risks.only_own,
                               self.risks.floats, gives)
        targets = [gast.Name(n, gast.Store(), None, None) for n in (self.error, value)]
        made = gast.Assign([gast.Tuple(targets, gast.Store())], call, None)
        for part in walk(made):
            if getattr(part, "lineno", None) is None:
                gast.copy_location(part, node)
        made.plain, made.binds = True, self.error
        return made

    def target(self) -> Any:
        """The classes that an attempt catches; where they are not one by one, all, and the handlers look closer."""
        classes = [copy.deepcopy(c) for c in self.caught()]
        if not one_by_one(self.D, classes):
            self.open = True
            return load("BaseException")
        return classes[0] if len(classes) == 1 else gast.Tuple(classes, gast.Load())

    # ---- finally ----

    def final(self) -> list[Any]:
        """`finally`: before each exit of the block, after it, and, unless it only binds names, on exceptions."""
        node = self.node
        if any(isinstance(n, LEAVES) for s in node.finalbody for n in walk(s)):
            raise Refused(node, "a `finally` block leaves the function or a loop", "leave after the `try` statement")
        inner = [gast.Try(node.body, node.handlers, node.orelse, [])] if node.handlers else [*node.body, *node.orelse]
        inner = [located_new(s, node) for s in inner]
        placing = Leaving(node.finalbody, self.new)
        inner = placing.block(inner)
        last = copy.deepcopy(node.finalbody)
        if self.outer is None and is_quiet(self.D, node.finalbody):
            return [*inner, *last]
        name = self.new("failed")
        again = [*copy.deepcopy(node.finalbody), gast.Raise(load(name), None)]
        handler = gast.ExceptHandler(load("BaseException"), gast.Name(name, gast.Store(), None, None), again)
        made = located_new(gast.Try(inner, [handler], [], []), node)
        return [*([made] if self.outer is not None else Trying(self.D, made, None).statements()), *last]


def _on_each_path(stmt: Any) -> Any:
    """`t = a if c else b` as a statement `if`."""
    test, *parts = stmt.value.test, stmt.value.body, stmt.value.orelse
    sides = [[_like(gast.Assign(copy.deepcopy(stmt.targets), part, None), stmt)] for part in parts]
    return located_new(gast.If(test, *sides), stmt)


def _like(new: Any, old: Any) -> Any:
    return gast.copy_location(new, old)


ATTEMPTS: list[Any] = []    # what knows of a `try` statement which way it goes now
WITH: list[Any] = []        # what opens a `with` statement: it may be told that floating-point errors are caught
STATEMENTS[gast.Try] = attempt_statement
