"""The state of lowering one function, and the tables by which nodes find the function that lowers them."""
from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

import gast

from tangent2.core.objects import has_method
from tangent2.core.prims import Prim
from tangent2.core.syntax import Atom, Callee, Const, Exit, Op, Origin, Stmt, Undef, Value, Yield
from tangent2.errors import UnsupportedError
from tangent2.python.fence import CONSTRUCTS
from tangent2.python.lower_liveness import Liveness

Recognise = Callable[[Any], "Prim | Callee | None"]
UNREACHABLE = Yield(())         # the exit of a region whose end is not reached
MISSING = object()              # no object is known


@dataclass
class Unit:
    """What the functions of one source share: its text, the names around it, what is known about values."""

    file: str
    lines: list[str]
    globals: dict[str, Any]
    builtins: Mapping[str, Any]
    cells: dict[str, Any]
    recognise: Recognise
    owner: str | None = None        # the name of the class whose method it is
    known: dict[Value, Any] = field(default_factory=dict)           # modules and functions that values are
    reads: dict[Value, Any] = field(default_factory=dict)           # and how those are read
    closures: dict[Value, Any] = field(default_factory=dict)        # how functions defined inside are called
    knots: dict[int, Any] = field(default_factory=dict)             # functions inside that call one another
    dicts: dict[Value, dict[Any, Atom]] = field(default_factory=dict)       # what dict displays hold
    lists: dict[Value, tuple[Atom, ...]] = field(default_factory=dict)
    tuples: dict[Value, tuple[Atom, ...]] = field(default_factory=dict)     # what tuple displays hold
    marks: int = 0                  # how many times it was noted what generators read
    watched: dict[str, Any] = field(default_factory=dict)       # what named iterators read

    def is_method(self, name: str) -> bool:
        """Whether a class of the user's, in the module or around the function, has a method of a name."""
        return has_method(self.space(), name)

    def space(self) -> Mapping[Any, Any]:
        """What the module of the function holds by name, and what the functions around it hold."""
        return {**self.globals, **dict(enumerate(map(_content, self.cells.values())))}


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:      # it has no value yet
        return None


@dataclass
class Loop:
    """A loop being lowered: the names it carries; names of one group are one object and share a param."""

    groups: list[tuple[str, ...]]
    flag: str | None = None         # the name that tells whether the loop ran out


@dataclass
class Lowering:
    """The function being lowered: what names are bound to, and the statements of the innermost open region."""

    unit: Unit
    name: str
    node: Any
    locals: frozenset[str]
    live: Liveness
    env: dict[str, Atom]
    stmts: list[Stmt] = field(default_factory=list)
    loops: list[Loop] = field(default_factory=list)
    updated: list[Atom] = field(default_factory=list)       # old versions of what was written to, in order
    options: set[int] = field(default_factory=set)          # tuples of literal integers: axes and shapes
    scoped: list[str] = field(default_factory=list)         # targets of the comprehensions around
    transient: set[int] = field(default_factory=set)        # lambdas that do not outlive their statement
    uses: dict[str, Any] = field(default_factory=dict)      # how names of functions defined inside are used
    versions: dict[Atom, Atom] = field(default_factory=dict)   # of an object after a call of a method, that before it
    same: dict[Atom, Atom] = field(default_factory=dict)       # of an object that was written to, that before it
    reading: int = 0            # in the condition of a loop, in which no method may change its object
    statement: Any = None
    origin: Origin | None = None

    def expr(self, node: Any, hint: str | None = None) -> Atom:
        """Lower an expression; a value made for it takes the name `hint`."""
        rule = EXPRESSIONS.get(type(node))
        if rule is None:
            self.fence(node)
        return rule(self, node, hint)

    def block(self, stmts: list[Any]) -> Exit | None:
        """Lower statements; gives the exit if the end is not reached.  What follows an exit is dead."""
        for node in stmts:
            rule = STATEMENTS.get(type(node))
            if rule is None:
                self.fence(node)
            self.statement, self.origin = node, self.origin_of(node)
            exit = rule(self, node)
            if exit is not None:
                return exit
        return None

    def atoms(self, nodes: Iterable[Any]) -> list[Atom]:
        """Lower operands in order; refuses if a later one writes to what an earlier one gave."""
        start = len(self.updated)
        found: list[Atom] = []
        for node in nodes:
            atom = self.expr(node)
            if len(self.updated) > start and any(a is old for a in found for old in self.updated[start:]):
                self.refuse(node, "a value is read and written to in one expression", "split it into two statements")
            found.append(atom)
        return found

    def op(self, prim: Prim, *args: Atom, kw: tuple[str, ...] = (), static: Any = None,
           hint: str | None = None) -> Value:
        """Emit an operation with one result."""
        out = Value(hint, hint is not None)
        self.stmts.append(Op((out,), prim, args, kw, static, self.origin))
        return out

    def origin_of(self, node: Any) -> Origin:
        """Where a statement or expression is, and its text in one line (of a compound statement: the first)."""
        head, first = getattr(node, "test", None) or getattr(node, "iter", None), node.lineno - 1
        if not isinstance(getattr(node, "body", None), list):
            text = _span(self.unit.lines[first:node.end_lineno], node.col_offset, node.end_col_offset)
        elif head is not None:
            rows = self.unit.lines[first:head.end_lineno]
            colon = rows[-1].encode().find(b":", head.end_col_offset) if rows else 0
            text = _span(rows, node.col_offset, colon + 1)
        else:
            text = _span(self.unit.lines[first:node.lineno], node.col_offset, None)
        return Origin(self.unit.file, node.lineno, text, self.name, node.col_offset)

    def fence(self, node: Any) -> NoReturn:
        """Refuse a construct that is not lowered."""
        construct, advice = CONSTRUCTS.get(type(node), (f"`{type(node).__name__}`", "write it in another way"))
        if isinstance(node, gast.Yield) and not isinstance(self.statement, gast.Expr):
            self.refuse(node, "what `yield` gives back, by `send`, is not supported",
                        "write a class that keeps the state, with a method that is given the value", "`yield`")
        self.refuse(node, f"{construct} is not supported", advice, construct)

    def refuse(self, node: Any, reason: str, advice: str, construct: str = "") -> NoReturn:
        """Raise the error that names the place of a node."""
        construct = construct or type(node).__name__
        raise UnsupportedError(reason, origin=self.place(node), construct=construct, advice=advice)

    def place(self, node: Any) -> Origin:
        """The place of a node for an error: its line, and the column of the caret in that line."""
        lines, number = self.unit.lines, node.lineno
        line = lines[number - 1] if 0 < number <= len(lines) else ""
        margin = len(line) - len(line.lstrip())
        column = len(line.encode()[:node.col_offset].decode(errors="ignore")) - margin
        return Origin(self.unit.file, number, line.strip(), self.name, max(column, 0))


def _span(rows: list[str], start: int, stop: int | None) -> str:
    """The text from a column of the first row to one of the last, in one line; columns count bytes.

    >>> _span(["    y = (x +", "      1)  # one"], 4, 8)
    'y = (x + 1)'
    """
    cut = [row.encode() for row in rows] or [b""]
    cut[-1] = cut[-1][:stop]
    cut[0] = cut[0][start:]
    return " ".join([row.decode(errors="replace").strip() for row in cut])


ExpressionRule = Callable[[Lowering, Any, "str | None"], Atom]
StatementRule = Callable[[Lowering, Any], "Exit | None"]
EXPRESSIONS: dict[type, ExpressionRule] = {}
STATEMENTS: dict[type, StatementRule] = {}


def expression(*types: type) -> Callable[[ExpressionRule], ExpressionRule]:
    """Register the function that lowers expressions of these types."""
    def register(rule: ExpressionRule) -> ExpressionRule:
        EXPRESSIONS.update(dict.fromkeys(types, rule))
        return rule
    return register


def statement(*types: type) -> Callable[[StatementRule], StatementRule]:
    """Register the function that lowers statements of these types; it gives an exit if it leaves the region."""
    def register(rule: StatementRule) -> StatementRule:
        STATEMENTS.update(dict.fromkeys(types, rule))
        return rule
    return register


def same(a: Atom | None, b: Atom | None) -> bool:
    """Whether two atoms are one."""
    return a is b or (isinstance(a, Const) and a == b)


def is_text(node: Any) -> bool:
    """Whether an expression surely gives a string."""
    if isinstance(node, gast.Constant):
        return isinstance(node.value, (str, bytes))
    return isinstance(node, gast.JoinedStr) or (isinstance(node, gast.BinOp) and is_text(node.left))


def hint_of(target: Any) -> str | None:
    """The name a value is assigned to, if it is a plain one of the user's."""
    return target.id if isinstance(target, gast.Name) and target.id[0] != "?" else None


def title_of(name: str) -> str | None:
    """The hint for a value of a name.  Names of our own, such as `?terms#2`, join always, be they live or not."""
    return name if name[0] != "?" else name[1:].split("#")[0] or None


def bound(atom: Atom | None) -> bool:
    """Whether a name with this atom has a value on some path."""
    return atom is not None and not isinstance(atom, Undef)
