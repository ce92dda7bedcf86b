"""The printer: gast to text with as few parentheses as Python needs, the same on every interpreter.

A thin subclass of `astunparse.Unparser`.  Statements are mostly its own; expressions are made here, because a
minimal set of parentheses needs to know where an expression stands, and because astunparse prints `a[1:2, ::3]`
as a syntax error.  It prints gast nodes directly: converting them to `ast` first would make the result depend on
the interpreter.  `gast.parse(unparse(t))` is `t`.
"""
from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import gast
from astunparse import Unparser as _Base

# Where an expression may stand without parentheses: its own level must be at least that of the place.
(NAMED, TUPLE, YIELD, TEST, OR, AND, NOT, COMPARE, BITOR, BITXOR, BITAND, SHIFT, ARITH, TERM, FACTOR, POWER, AWAIT,
 ATOM) = range(18)

BINARY: dict[type, tuple[str, int]] = {
    gast.Add: ("+", ARITH), gast.Sub: ("-", ARITH), gast.Mult: ("*", TERM), gast.MatMult: ("@", TERM),
    gast.Div: ("/", TERM), gast.Mod: ("%", TERM), gast.FloorDiv: ("//", TERM), gast.Pow: ("**", POWER),
    gast.LShift: ("<<", SHIFT), gast.RShift: (">>", SHIFT), gast.BitOr: ("|", BITOR), gast.BitXor: ("^", BITXOR),
    gast.BitAnd: ("&", BITAND),
}
UNARY: dict[type, tuple[str, int]] = {
    gast.USub: ("-", FACTOR), gast.UAdd: ("+", FACTOR), gast.Invert: ("~", FACTOR), gast.Not: ("not ", NOT),
}
COMPARISON: dict[type, str] = {
    gast.Eq: "==", gast.NotEq: "!=", gast.Lt: "<", gast.LtE: "<=", gast.Gt: ">", gast.GtE: ">=", gast.Is: "is",
    gast.IsNot: "is not", gast.In: "in", gast.NotIn: "not in",
}
QUOTES = ("'", '"', '"""', "'''")
INFINITY = "1e309"      # the shortest literal that overflows: how Python's own printer spells it


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


class Unparser(_Base):      # type: ignore[misc]
    """Prints a tree; `lines` maps `id(statement)` to its first line, counted from 1."""

    def __init__(self, tree: Any) -> None:     # the base class prints while it is made: not called
        self.parts: list[str] = []
        self.write = self.parts.append
        self.future_imports: list[str] = []
        self.lines: dict[int, int] = {}
        self.remarks: list[tuple[int, str]] = []
        self.line = 0
        self._indent = 0
        self.avoid: tuple[str, ...] = ()
        if type(tree) in _EXPRESSIONS:
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
        elif kind in _EXPRESSIONS:
            self.parts.append(self.expr(tree, TEST))
        else:
            self.lines[id(tree)] = self.line + 1
            getattr(self, "_" + kind.__name__)(tree)

    def top(self, tree: Any) -> None:
        """Print an expression where a tuple needs no parentheses."""
        self.parts.append(self.expr(tree, TUPLE))

    def expr(self, node: Any, place: int) -> str:
        """The text of an expression that stands in a place of the given level."""
        text, level = _EXPRESSIONS[type(node)](self, node)
        return text if level >= place else f"({text})"

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
        bases = [self.expr(b, TEST) for b in t.bases] + [_keyword(self, k) for k in t.keywords]
        self.fill(f"class {t.name}" + (f"({', '.join(bases)})" if bases else ""))
        self.block(t.body)

    def _FunctionDef(self, t: Any, word: str = "def") -> None:
        self._decorators(t)
        self.fill(f"{word} {t.name}({_arguments(self, t.args)})")
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


# expressions: (printer, node) -> text and its level


def _name(p: Unparser, t: Any) -> tuple[str, int]:
    return t.id, ATOM


def _constant(p: Unparser, t: Any) -> tuple[str, int]:
    value = t.value
    if value is Ellipsis:
        return "...", ATOM
    if isinstance(value, str):
        return ("u" if t.kind == "u" else "") + _quoted(value, p.avoid), ATOM
    if isinstance(value, bytes):
        return repr(value) if not p.avoid else "b" + _quoted(value.decode("latin-1"), p.avoid, byte=True), ATOM
    text = repr(value)
    if isinstance(value, (float, complex)):
        text = text.replace("inf", INFINITY)
    return text, FACTOR if text.startswith("-") else ATOM


def _quoted(value: str, avoid: tuple[str, ...], byte: bool = False) -> str:
    """A string literal; inside an f-string in quotes that no enclosing one uses."""
    if not avoid:
        return repr(value)
    quote = next((q for q in QUOTES if q not in avoid and q[0] not in value), "'")
    return quote + _escaped(value, quote, byte) + quote


def _escaped(value: str, quote: str, byte: bool = False) -> str:
    out = []
    for c in value:
        if c == quote[0]:
            out.append("\\" + c)
        elif byte and not " " <= c <= "~":
            out.append(f"\\x{ord(c):02x}")
        else:
            out.append(c if c in "'\"" else repr(c)[1:-1])
    return "".join(out)


def _binop(p: Unparser, t: Any) -> tuple[str, int]:
    sign, level = BINARY[type(t.op)]
    left, right = (AWAIT, FACTOR) if level == POWER else (level, level + 1)
    return f"{p.expr(t.left, left)} {sign} {p.expr(t.right, right)}", level


def _unaryop(p: Unparser, t: Any) -> tuple[str, int]:
    sign, level = UNARY[type(t.op)]
    return sign + p.expr(t.operand, level), level


def _boolop(p: Unparser, t: Any) -> tuple[str, int]:
    word, level = (" and ", AND) if isinstance(t.op, gast.And) else (" or ", OR)
    return word.join([p.expr(v, level + 1) for v in t.values]), level


def _compare(p: Unparser, t: Any) -> tuple[str, int]:
    parts = [p.expr(t.left, BITOR)]
    for op, right in zip(t.ops, t.comparators):
        parts += [COMPARISON[type(op)], p.expr(right, BITOR)]
    return " ".join(parts), COMPARE


def _ifexp(p: Unparser, t: Any) -> tuple[str, int]:
    return f"{p.expr(t.body, OR)} if {p.expr(t.test, OR)} else {p.expr(t.orelse, TEST)}", TEST


def _lambda(p: Unparser, t: Any) -> tuple[str, int]:
    arguments = _arguments(p, t.args)
    return f"lambda{' ' if arguments else ''}{arguments}: {p.expr(t.body, TEST)}", TEST


def _named(p: Unparser, t: Any) -> tuple[str, int]:
    return f"{p.expr(t.target, ATOM)} := {p.expr(t.value, TEST)}", NAMED


def _attribute(p: Unparser, t: Any) -> tuple[str, int]:
    value = p.expr(t.value, ATOM)
    number = isinstance(t.value, gast.Constant) and isinstance(t.value.value, (int, float, complex))
    return f"({value}).{t.attr}" if number else f"{value}.{t.attr}", ATOM


def _call(p: Unparser, t: Any) -> tuple[str, int]:
    function = p.expr(t.func, ATOM)
    if len(t.args) == 1 and not t.keywords and isinstance(t.args[0], gast.GeneratorExp):
        return function + p.expr(t.args[0], TEST), ATOM       # its own parentheses serve
    args = [p.expr(a, TEST) for a in t.args] + [_keyword(p, k) for k in t.keywords]
    return f"{function}({', '.join(args)})", ATOM


def _keyword(p: Unparser, t: Any) -> str:
    return f"{t.arg}={p.expr(t.value, TEST)}" if t.arg else f"**{p.expr(t.value, BITOR)}"


def _subscript(p: Unparser, t: Any) -> tuple[str, int]:
    index = t.slice
    bare = isinstance(index, gast.Tuple) and index.elts and not any(isinstance(e, gast.Starred) for e in index.elts)
    return f"{p.expr(t.value, ATOM)}[{p.expr(index, TUPLE if bare else TEST)}]", ATOM


def _slice(p: Unparser, t: Any) -> tuple[str, int]:
    lower, upper, step = ["" if e is None else p.expr(e, TEST) for e in (t.lower, t.upper, t.step)]
    return f"{lower}:{upper}" + (f":{step}" if t.step is not None else ""), ATOM


def _starred(p: Unparser, t: Any) -> tuple[str, int]:
    return "*" + p.expr(t.value, BITOR), ATOM


def _tuple(p: Unparser, t: Any) -> tuple[str, int]:
    if not t.elts:
        return "()", ATOM
    items = [p.expr(e, TEST) for e in t.elts]
    return (f"{items[0]}," if len(items) == 1 else ", ".join(items)), TUPLE


def _list(p: Unparser, t: Any) -> tuple[str, int]:
    return f"[{', '.join([p.expr(e, TEST) for e in t.elts])}]", ATOM


def _set(p: Unparser, t: Any) -> tuple[str, int]:
    return f"{{{', '.join([p.expr(e, TEST) for e in t.elts])}}}", ATOM


def _dict(p: Unparser, t: Any) -> tuple[str, int]:
    items = [f"**{p.expr(v, BITOR)}" if k is None else f"{p.expr(k, TEST)}: {p.expr(v, TEST)}"
             for k, v in zip(t.keys, t.values)]
    return f"{{{', '.join(items)}}}", ATOM


def _generators(p: Unparser, generators: Iterable[Any]) -> str:
    parts = []
    for g in generators:
        parts.append(f" {'async ' if g.is_async else ''}for {p.expr(g.target, TUPLE)} in {p.expr(g.iter, OR)}")
        parts += [f" if {p.expr(c, OR)}" for c in g.ifs]
    return "".join(parts)


def _comprehension(opening: str, closing: str) -> Callable[[Unparser, Any], tuple[str, int]]:
    def text(p: Unparser, t: Any) -> tuple[str, int]:
        return f"{opening}{p.expr(t.elt, TEST)}{_generators(p, t.generators)}{closing}", ATOM
    return text


def _dictcomp(p: Unparser, t: Any) -> tuple[str, int]:
    return f"{{{p.expr(t.key, TEST)}: {p.expr(t.value, TEST)}{_generators(p, t.generators)}}}", ATOM


def _await(p: Unparser, t: Any) -> tuple[str, int]:
    return f"await {p.expr(t.value, ATOM)}", AWAIT


def _yield(p: Unparser, t: Any) -> tuple[str, int]:
    return "yield" if t.value is None else f"yield {p.expr(t.value, TUPLE)}", YIELD


def _yieldfrom(p: Unparser, t: Any) -> tuple[str, int]:
    return f"yield from {p.expr(t.value, TEST)}", YIELD


def _joinedstr(p: Unparser, t: Any) -> tuple[str, int]:
    """An f-string in the first quotes that need neither repetition nor a backslash inside braces (Python 3.10)."""
    outer = p.avoid
    usable = [q for q in QUOTES if q not in outer] or ["'"]
    try:
        for quote in usable:
            p.avoid = (*outer, quote)
            text, inner = _fstring(p, t, quote)
            if not any(quote[0] in e or "\\" in e or "\n" in e for e in inner):
                break
            if len(quote) == 3 and not any(quote in e or "\\" in e for e in inner):
                break
    finally:
        p.avoid = outer
    return f"f{quote}{text}{quote}", ATOM


def _fstring(p: Unparser, t: Any, quote: str) -> tuple[str, list[str]]:
    """The text between the quotes, and the texts of the expressions in it."""
    parts, inner = [], []
    for piece in t.values:
        if isinstance(piece, gast.Constant):
            parts.append(_escaped(piece.value, quote).replace("{", "{{").replace("}", "}}"))
            continue
        value = p.expr(piece.value, OR)
        inner.append(value)
        conversion = f"!{chr(piece.conversion)}" if piece.conversion != -1 else ""
        spec = ""
        if piece.format_spec is not None:
            text, more = _fstring(p, piece.format_spec, quote)
            inner += more
            spec = f":{text}"
        parts.append(f"{{{' ' if value.startswith('{') else ''}{value}{conversion}{spec}}}")
    return "".join(parts), inner


def _arguments(p: Unparser, t: Any) -> str:
    positional = [*t.posonlyargs, *t.args]
    defaults = [None] * (len(positional) - len(t.defaults)) + list(t.defaults)
    parts = [_argument(p, a, d) for a, d in zip(positional, defaults)]
    if t.posonlyargs:
        parts.insert(len(t.posonlyargs), "/")
    if t.vararg is not None:
        parts.append("*" + _argument(p, t.vararg))
    elif t.kwonlyargs:
        parts.append("*")
    parts += [_argument(p, a, d) for a, d in zip(t.kwonlyargs, t.kw_defaults)]
    if t.kwarg is not None:
        parts.append("**" + _argument(p, t.kwarg))
    return ", ".join(parts)


def _argument(p: Unparser, t: Any, default: Any = None) -> str:
    text = t.id if t.annotation is None else f"{t.id}: {p.expr(t.annotation, TEST)}"
    if default is None:
        return text
    return f"{text}{' = ' if t.annotation is not None else '='}{p.expr(default, TEST)}"


_EXPRESSIONS: dict[type, Callable[[Unparser, Any], tuple[str, int]]] = {
    gast.Name: _name, gast.Constant: _constant, gast.BinOp: _binop, gast.UnaryOp: _unaryop, gast.BoolOp: _boolop,
    gast.Compare: _compare, gast.IfExp: _ifexp, gast.Lambda: _lambda, gast.NamedExpr: _named,
    gast.Attribute: _attribute, gast.Call: _call, gast.Subscript: _subscript, gast.Slice: _slice,
    gast.Starred: _starred, gast.Tuple: _tuple, gast.List: _list, gast.Set: _set, gast.Dict: _dict,
    gast.ListComp: _comprehension("[", "]"), gast.SetComp: _comprehension("{", "}"),
    gast.GeneratorExp: _comprehension("(", ")"), gast.DictComp: _dictcomp, gast.Await: _await, gast.Yield: _yield,
    gast.YieldFrom: _yieldfrom, gast.JoinedStr: _joinedstr,
}
