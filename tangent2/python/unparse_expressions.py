"""Expressions as text, with as few parentheses as Python needs."""
from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import gast

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


class Printer:
    """Prints expressions; `avoid`: the quotes of the f-strings around, which nothing inside may use (Python 3.10)."""

    avoid: tuple[str, ...] = ()

    def expr(self, node: Any, place: int) -> str:
        """The text of an expression that stands in a place of the given level."""
        text, level = EXPRESSIONS[type(node)](self, node)
        return text if level >= place else f"({text})"


# expressions: (printer, node) -> text and its level


def _name(p: Printer, t: Any) -> tuple[str, int]:
    return t.id, ATOM


def _constant(p: Printer, t: Any) -> tuple[str, int]:
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


def _binop(p: Printer, t: Any) -> tuple[str, int]:
    sign, level = BINARY[type(t.op)]
    left, right = (AWAIT, FACTOR) if level == POWER else (level, level + 1)
    return f"{p.expr(t.left, left)} {sign} {p.expr(t.right, right)}", level


def _unaryop(p: Printer, t: Any) -> tuple[str, int]:
    sign, level = UNARY[type(t.op)]
    return sign + p.expr(t.operand, level), level


def _boolop(p: Printer, t: Any) -> tuple[str, int]:
    word, level = (" and ", AND) if isinstance(t.op, gast.And) else (" or ", OR)
    return word.join([p.expr(v, level + 1) for v in t.values]), level


def _compare(p: Printer, t: Any) -> tuple[str, int]:
    parts = [p.expr(t.left, BITOR)]
    for op, right in zip(t.ops, t.comparators):
        parts += [COMPARISON[type(op)], p.expr(right, BITOR)]
    return " ".join(parts), COMPARE


def _ifexp(p: Printer, t: Any) -> tuple[str, int]:
    return f"{p.expr(t.body, OR)} if {p.expr(t.test, OR)} else {p.expr(t.orelse, TEST)}", TEST


def _lambda(p: Printer, t: Any) -> tuple[str, int]:
    params = arguments(p, t.args)
    return f"lambda{' ' if params else ''}{params}: {p.expr(t.body, TEST)}", TEST


def _named(p: Printer, t: Any) -> tuple[str, int]:
    return f"{p.expr(t.target, ATOM)} := {p.expr(t.value, TEST)}", NAMED


def _attribute(p: Printer, t: Any) -> tuple[str, int]:
    value = p.expr(t.value, ATOM)
    number = isinstance(t.value, gast.Constant) and isinstance(t.value.value, (int, float, complex))
    return f"({value}).{t.attr}" if number else f"{value}.{t.attr}", ATOM


def _call(p: Printer, t: Any) -> tuple[str, int]:
    function = p.expr(t.func, ATOM)
    if len(t.args) == 1 and not t.keywords and isinstance(t.args[0], gast.GeneratorExp):
        return function + p.expr(t.args[0], TEST), ATOM       # its own parentheses serve
    args = [p.expr(a, TEST) for a in t.args] + [keyword(p, k) for k in t.keywords]
    return f"{function}({', '.join(args)})", ATOM


def keyword(p: Printer, t: Any) -> str:
    return f"{t.arg}={p.expr(t.value, TEST)}" if t.arg else f"**{p.expr(t.value, BITOR)}"


def _subscript(p: Printer, t: Any) -> tuple[str, int]:
    index = t.slice
    bare = isinstance(index, gast.Tuple) and index.elts and not any(isinstance(e, gast.Starred) for e in index.elts)
    return f"{p.expr(t.value, ATOM)}[{p.expr(index, TUPLE if bare else TEST)}]", ATOM


def _slice(p: Printer, t: Any) -> tuple[str, int]:
    lower, upper, step = ["" if e is None else p.expr(e, TEST) for e in (t.lower, t.upper, t.step)]
    return f"{lower}:{upper}" + (f":{step}" if t.step is not None else ""), ATOM


def _starred(p: Printer, t: Any) -> tuple[str, int]:
    return "*" + p.expr(t.value, BITOR), ATOM


def _tuple(p: Printer, t: Any) -> tuple[str, int]:
    if not t.elts:
        return "()", ATOM
    items = [p.expr(e, TEST) for e in t.elts]
    return (f"{items[0]}," if len(items) == 1 else ", ".join(items)), TUPLE


def _list(p: Printer, t: Any) -> tuple[str, int]:
    return f"[{', '.join([p.expr(e, TEST) for e in t.elts])}]", ATOM


def _set(p: Printer, t: Any) -> tuple[str, int]:
    return f"{{{', '.join([p.expr(e, TEST) for e in t.elts])}}}", ATOM


def _dict(p: Printer, t: Any) -> tuple[str, int]:
    items = [f"**{p.expr(v, BITOR)}" if k is None else f"{p.expr(k, TEST)}: {p.expr(v, TEST)}"
             for k, v in zip(t.keys, t.values)]
    return f"{{{', '.join(items)}}}", ATOM


def _generators(p: Printer, generators: Iterable[Any]) -> str:
    parts = []
    for g in generators:
        parts.append(f" {'async ' if g.is_async else ''}for {p.expr(g.target, TUPLE)} in {p.expr(g.iter, OR)}")
        parts += [f" if {p.expr(c, OR)}" for c in g.ifs]
    return "".join(parts)


def _comprehension(opening: str, closing: str) -> Callable[[Printer, Any], tuple[str, int]]:
    def text(p: Printer, t: Any) -> tuple[str, int]:
        return f"{opening}{p.expr(t.elt, TEST)}{_generators(p, t.generators)}{closing}", ATOM
    return text


def _dictcomp(p: Printer, t: Any) -> tuple[str, int]:
    return f"{{{p.expr(t.key, TEST)}: {p.expr(t.value, TEST)}{_generators(p, t.generators)}}}", ATOM


def _await(p: Printer, t: Any) -> tuple[str, int]:
    return f"await {p.expr(t.value, ATOM)}", AWAIT


def _yield(p: Printer, t: Any) -> tuple[str, int]:
    return "yield" if t.value is None else f"yield {p.expr(t.value, TUPLE)}", YIELD


def _yieldfrom(p: Printer, t: Any) -> tuple[str, int]:
    return f"yield from {p.expr(t.value, TEST)}", YIELD


def _joinedstr(p: Printer, t: Any) -> tuple[str, int]:
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


def _fstring(p: Printer, t: Any, quote: str) -> tuple[str, list[str]]:
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


def arguments(p: Printer, t: Any) -> str:
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


def _argument(p: Printer, t: Any, default: Any = None) -> str:
    text = t.id if t.annotation is None else f"{t.id}: {p.expr(t.annotation, TEST)}"
    if default is None:
        return text
    return f"{text}{' = ' if t.annotation is not None else '='}{p.expr(default, TEST)}"


EXPRESSIONS: dict[type, Callable[[Printer, Any], tuple[str, int]]] = {
    gast.Name: _name, gast.Constant: _constant, gast.BinOp: _binop, gast.UnaryOp: _unaryop, gast.BoolOp: _boolop,
    gast.Compare: _compare, gast.IfExp: _ifexp, gast.Lambda: _lambda, gast.NamedExpr: _named,
    gast.Attribute: _attribute, gast.Call: _call, gast.Subscript: _subscript, gast.Slice: _slice,
    gast.Starred: _starred, gast.Tuple: _tuple, gast.List: _list, gast.Set: _set, gast.Dict: _dict,
    gast.ListComp: _comprehension("[", "]"), gast.SetComp: _comprehension("{", "}"),
    gast.GeneratorExp: _comprehension("(", ")"), gast.DictComp: _dictcomp, gast.Await: _await, gast.Yield: _yield,
    gast.YieldFrom: _yieldfrom, gast.JoinedStr: _joinedstr,
}
