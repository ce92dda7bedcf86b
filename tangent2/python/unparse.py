"""The printer: gast to text with as few parentheses as Python needs, the same on every interpreter.

A thin subclass of `astunparse.Unparser`.  Statements are mostly its own; expressions are made here, because a
minimal set of parentheses needs to know where an expression stands, and because astunparse prints `a[1:2, ::3]`
as a syntax error.  It prints gast nodes directly: converting them to `ast` first would make the result depend on
the interpreter.  `gast.parse(unparse(t))` is `t`.
"""
from __future__ import annotations

from typing import Any

import gast
from astunparse import Unparser as _Base

from tangent2.python.unparse_expressions import ATOM, BINARY, EXPRESSIONS, TEST, TUPLE, Printer, arguments, keyword


class Comment(gast.AST):
    """A comment on a line of its own: a statement that means nothing."""

    _fields = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


class Remark(gast.AST):
    """A simple statement with a comment at the end of its line."""

    _fields = ("stmt", "text")

    def __init__(self, stmt: Any, text: str) -> None:
        self.stmt, self.text = stmt, text


def unparse(tree: Any) -> str:
    """The text of a gast tree: a module, a statement, or an expression.

    >>> unparse(gast.parse("y = ((a[1:2, ::3] * 2) ** (-b))")).strip()
    'y = (a[1:2, ::3] * 2) ** -b'
    """
    return Unparser(tree).text()


class Unparser(Printer, _Base):
    """Prints a tree; `lines` maps `id(statement)` to its first line, counted from 1."""

    def __init__(self, tree: Any) -> None:     # the base class prints while it is made: not called
        self.parts: list[str] = []
        self.write = self.parts.append
        self.future_imports: list[str] = []
        self.lines: dict[int, int] = {}
        self.remarks: list[tuple[int, str]] = []
        self.line = 0
        self._indent = 0
        if type(tree) in EXPRESSIONS:
            self.write(self.expr(tree, TUPLE))
        else:
            self.dispatch(tree)

    def text(self) -> str:
        """What was printed, remarks set in their column."""
        text = "".join(self.parts)
        text = text[1:] if text.startswith("\n") else text
        return _with_remarks(text, self.remarks) if self.remarks else text

    def fill(self, text: str = "") -> None:
        self.line += 1
        self.parts.append("\n" + "    " * self._indent + text)

    def dispatch(self, tree: Any) -> None:
        """Print a statement, a list of them, or an expression that stands where a tuple needs parentheses."""
        kind = type(tree)
        if kind is list:
            for t in tree:
                self.dispatch(t)
        elif kind in EXPRESSIONS:
            self.parts.append(self.expr(tree, TEST))
        else:
            self.lines[id(tree)] = self.line + 1
            getattr(self, "_" + kind.__name__)(tree)

    def top(self, tree: Any) -> None:
        """Print an expression where a tuple needs no parentheses."""
        self.parts.append(self.expr(tree, TUPLE))

    def block(self, body: list[Any]) -> None:
        self.enter()
        self.dispatch(body)
        self.leave()

    # statements that differ from the base class

    def _Comment(self, t: Comment) -> None:
        self.fill(f"# {t.text}" if t.text else "#")

    def _Remark(self, t: Remark) -> None:
        self.dispatch(t.stmt)
        self.remarks.append((self.line, t.text))

    def _Expr(self, t: Any) -> None:
        self.fill()
        value = t.value
        if isinstance(value, gast.Constant) and isinstance(value.value, str):
            text = _docstring(value)
            self.line += text.count("\n")
            self.write(text)
        else:
            self.top(value)

    def _Assign(self, t: Any) -> None:
        self.fill()
        for target in t.targets:
            self.top(target)
            self.write(" = ")
        self.top(t.value)

    def _AugAssign(self, t: Any) -> None:
        self.fill(f"{self.expr(t.target, ATOM)} {BINARY[type(t.op)][0]}= ")
        self.top(t.value)

    def _AnnAssign(self, t: Any) -> None:
        target = self.expr(t.target, ATOM)
        bracketed = not t.simple and isinstance(t.target, gast.Name)
        self.fill(f"({target})" if bracketed else target)
        self.write(": ")
        self.dispatch(t.annotation)
        if t.value:
            self.write(" = ")
            self.dispatch(t.value)

    def _Return(self, t: Any) -> None:
        self.fill("return")
        if t.value is not None:
            bare = isinstance(t.value, gast.Tuple)
            self.write(" " + self.expr(t.value, TUPLE if bare else TEST))

    def _For(self, t: Any, word: str = "for ") -> None:
        self.fill(word)
        self.top(t.target)
        self.write(" in ")
        self.top(t.iter)
        self.block(t.body)
        self._else(t.orelse)

    def _AsyncFor(self, t: Any) -> None:
        self._For(t, "async for ")

    def _else(self, body: list[Any]) -> None:
        if body:
            self.fill("else")
            self.block(body)

    def _If(self, t: Any) -> None:
        word = "if "
        while True:
            self.fill(word)
            self.dispatch(t.test)
            self.block(t.body)
            if len(t.orelse) != 1 or not isinstance(t.orelse[0], gast.If):
                break
            t, word = t.orelse[0], "elif "
            self.lines[id(t)] = self.line + 1
        self._else(t.orelse)

    def _withitem(self, t: Any) -> None:
        text = self.expr(t.context_expr, TEST)
        self.write(f"({text})" if isinstance(t.context_expr, gast.Tuple) else text)
        if t.optional_vars:
            self.write(" as ")
            self.dispatch(t.optional_vars)

    def _TryStar(self, t: Any) -> None:
        self._Try(t, "except*")

    def _Try(self, t: Any, word: str = "except") -> None:
        self.fill("try")
        self.block(t.body)
        for handler in t.handlers:
            self.fill(word)
            if handler.type:
                self.write(" " + self.expr(handler.type, TEST))
            if handler.name:
                self.write(f" as {getattr(handler.name, 'id', handler.name)}")
            self.block(handler.body)
        self._else(t.orelse)
        if t.finalbody:
            self.fill("finally")
            self.block(t.finalbody)

    def _ClassDef(self, t: Any) -> None:
        self._decorators(t)
        bases = [self.expr(b, TEST) for b in t.bases] + [keyword(self, k) for k in t.keywords]
        self.fill(f"class {t.name}" + (f"({', '.join(bases)})" if bases else ""))
        self.block(t.body)

    def _FunctionDef(self, t: Any, word: str = "def") -> None:
        self._decorators(t)
        self.fill(f"{word} {t.name}({arguments(self, t.args)})")
        if t.returns is not None:
            self.write(" -> " + self.expr(t.returns, TEST))
        self.block(t.body)
        self._gap()

    def _AsyncFunctionDef(self, t: Any) -> None:
        self._FunctionDef(t, "async def")

    def _decorators(self, t: Any) -> None:
        self._gap()
        for decorator in t.decorator_list:
            self.fill("@")
            self.dispatch(decorator)
        self.lines[id(t)] = self.line + 1

    def _gap(self) -> None:
        """Blank lines around a function: two at the top level, one inside another."""
        want = 1 if self._indent else 2
        have = 0
        while have < len(self.parts) and self.parts[-1 - have] == "\n":
            have += 1
        after_opening = bool(self.parts) and self.parts[-1] == ":"
        if self.parts and not after_opening:
            for _ in range(want - have):
                self.line += 1
                self.parts.append("\n")


def _with_remarks(text: str, remarks: list[tuple[int, str]], limit: int = 88) -> str:
    """Lines with their remarks, in one column as far as they fit; what does not fit is left out."""
    lines = text.split("\n")
    width = {line: len(lines[line - 1]) for line, _ in remarks}
    fits = [(line, note) for line, note in remarks if width[line] + len(note) + 4 <= limit]
    column = max((width[line] for line, _ in fits), default=0) + 2
    room = min((limit - len(note) - 2 for _, note in fits), default=0)
    for line, note in fits:
        lines[line - 1] = lines[line - 1].ljust(max(min(column, room), width[line] + 2)) + f"# {note}"
    return "\n".join(lines)


def _docstring(node: Any) -> str:
    """A string that stands alone, in triple quotes where these say the same."""
    text = node.value
    plain = all(c.isprintable() or c == "\n" for c in text)
    if node.kind or not plain or "\\" in text or '"""' in text or text.endswith('"') or not text:
        return ("u" if node.kind else "") + repr(text)
    return f'"""{text}"""'
