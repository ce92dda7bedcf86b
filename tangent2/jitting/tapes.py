"""Tapes of floats as rows of an array that grows: Numba's lists of tuples are slower, lists of lists far more so."""
from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tangent2.core.kinds import Number
from tangent2.jitting.ranks import Ranks

_ROWS = 64


@dataclass
class Uses:
    """What a function does with a list: each is a statement.  `count`: how often it is named in these."""

    made: list[ast.stmt] = field(default_factory=list)
    pushed: list[ast.expr] = field(default_factory=list)
    popped: list[ast.Assign] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)       # lists that it is appended to
    given: list[str] = field(default_factory=list)      # lists that it is popped from
    count: int = 0


def as_rows(node: ast.FunctionDef, ranks: Ranks, grown: Callable[..., ast.expr],
            supply: Callable[[str, str], str]) -> None:
    """Put arrays in the place of the tapes of a function that hold floats.

    grown: makes a call that enlarges one.  supply: makes sure of a function that is given by a word and its text, and
    gives its name; these check no bounds.

    >>> tree = ast.parse('''def f(x, n):
    ...     saved = []
    ...     for i in range(n):
    ...         saved.append((x, i * 0.5))
    ...     while saved:
    ...         x, t = saved.pop()
    ...     return x
    ... ''')
    >>> def grown(tape): return ast.Call(ast.Name("grown"), [tape], [])
    >>> as_rows(tree.body[0], Ranks({"x": Number(), "i": Number("int64")}, "np"), grown, lambda word, text: word)
    >>> print(ast.unparse(tree))
    def f(x, n):
        saved = np.empty((64, 2))
        saved_n = 0
        for i in range(n):
            if saved_n == len(saved):
                saved = grown(saved)
            push2(saved, saved_n, x, i * 0.5)
            saved_n += 1
        while saved_n > 0:
            saved_n -= 1
            x, t = pop2(saved, saved_n)
        return x
    """
    names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    uses = {name: found for name in sorted(names) if (found := uses_of(node, name)).made}
    widths = {name: width for name, found in uses.items() if (width := _width(found, ranks)) is not None}
    flat, parts = {}, {}
    for name, width in widths.items():
        found = uses[name]
        if not found.kept and not found.given and found.made[0] in node.body:
            flat[name] = width
        elif len(found.kept) == 1 and found.given and set(found.given) == set(found.kept) and _keeps(
                node, uses.get(found.kept[0]), name):
            parts[name] = found.kept[0]
    if any(f"{name}{end}" in names for name in (*flat, *parts, *parts.values()) for end in ("_n", "_from")):
        return
    _Rows(flat, parts, widths, grown, supply).function(node)


def uses_of(node: ast.FunctionDef, name: str) -> Uses:
    """How a function uses a list; `made` is empty unless that is made once, and used as a tape only."""
    found = Uses()
    for stmt in ast.walk(node):
        if isinstance(stmt, ast.Assign) and len(stmt.targets) == 1:
            _assigned(stmt, name, found)
        elif isinstance(stmt, ast.Expr) and (call := _method(stmt.value, "append")) is not None:
            if call[0] == name:
                found.pushed += call[1]
                found.count += 1
            elif isinstance(call[1][0], ast.Name) and call[1][0].id == name:
                found.kept.append(call[0])
                found.count += 1
        elif isinstance(stmt, ast.While) and isinstance(stmt.test, ast.Name) and stmt.test.id == name:
            found.count += 1
    named = sum([isinstance(n, ast.Name) and n.id == name for n in ast.walk(node)])
    return found if len(found.made) == 1 and named == found.count else Uses()


def _assigned(stmt: ast.Assign, name: str, found: Uses) -> None:
    target, call = stmt.targets[0], _method(stmt.value, "pop")
    if isinstance(target, ast.Name) and target.id == name:
        if isinstance(stmt.value, ast.List) and not stmt.value.elts:
            found.made.append(stmt)
            found.count += 1
        elif call is not None and not call[1]:
            found.given.append(call[0])
            found.count += 1
    elif call is not None and call[0] == name and not call[1]:
        found.popped.append(stmt)
        found.count += 1


def _method(node: ast.expr, name: str) -> tuple[str, list[ast.expr]] | None:
    """The variable of which a method is called, and the arguments."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == name \
            and isinstance(node.func.value, ast.Name) and not node.keywords:
        return node.func.value.id, node.args
    return None


def _width(uses: Uses, ranks: Ranks) -> int | None:
    """How many floats each entry of a tape is: 0 of one that is no tuple; None where not all are such."""
    widths = {len(v.elts) if isinstance(v, ast.Tuple) else 0 for v in uses.pushed}
    parts = [part for v in uses.pushed for part in (v.elts if isinstance(v, ast.Tuple) else [v])]
    if len(widths) != 1 or not parts or not all(_is_float(part, ranks) for part in parts):
        return None
    width = widths.pop()
    for stmt in uses.popped:
        target = stmt.targets[0]
        names = target.elts if isinstance(target, ast.Tuple) else [target]
        if not all(isinstance(n, ast.Name) for n in names) or isinstance(target, ast.Tuple) and len(names) != width:
            return None
    return width


def _is_float(node: ast.expr, ranks: Ranks) -> bool:
    kind = ranks.of(node)
    return isinstance(kind, Number) and kind.dtype == "float64"


def _keeps(node: ast.FunctionDef, uses: Uses | None, name: str) -> bool:
    """Whether a list holds nothing but one other, pushed once and popped into the same variable."""
    return uses is not None and uses.made[0] in node.body and not uses.kept and not uses.given and [
        v.id for v in uses.pushed if isinstance(v, ast.Name)] == [name] and len(uses.pushed) == 1 and all(
        isinstance(p.targets[0], ast.Name) and p.targets[0].id == name for p in uses.popped)


class _Rows:
    """Rewrites the statements of a function.  flat: the width of tapes; parts: tapes that are made anew in a loop and
    kept in a list: they lie one after the other in one array, and the list holds where each begins and ends."""

    def __init__(self, flat: dict[str, int], parts: dict[str, str], widths: dict[str, int],
                 grown: Callable[..., ast.expr], supply: Callable[[str, str], str]) -> None:
        self.flat, self.parts, self.widths, self.grown, self.supply = flat, parts, widths, grown, supply
        self.lists = {outer: inner for inner, outer in parts.items()}

    def function(self, node: ast.FunctionDef) -> None:
        """Rewrite all of it."""
        node.body = [new for stmt in node.body for new in self.statement(stmt)]
        first = [_parsed(f"{name} = {_empty(self.widths[name])}\n{name}_n = 0\n{name}_from = 0") for name in self.parts]
        node.body[:0] = [ast.copy_location(new, node) for lines in first for new in lines]

    def statement(self, stmt: ast.stmt) -> list[ast.stmt]:
        """What stands in the place of a statement."""
        for name in "body", "orelse", "finalbody":
            inner = getattr(stmt, name, None)
            if isinstance(inner, list):
                setattr(stmt, name, [new for each in inner for new in self.statement(each)])
        if isinstance(stmt, ast.While) and isinstance(stmt.test, ast.Name):
            name = stmt.test.id
            if name in self.flat or name in self.lists or name in self.parts:
                stmt.test = ast.parse(f"{name}_n > {f'{name}_from' if name in self.parts else 0}", mode="eval").body
            return [stmt]
        lines = list(self._lines(stmt))
        if not lines:
            return [stmt]
        return [_located(new, stmt) for line in lines for new in ([line] if isinstance(line, ast.stmt)
                                                                 else _parsed(line))]

    def _lines(self, stmt: ast.stmt) -> Iterator[str | ast.stmt]:
        if isinstance(stmt, ast.Assign) and len(stmt.targets) == 1:
            yield from self._of_assign(stmt)
        elif isinstance(stmt, ast.Expr) and (call := _method(stmt.value, "append")) is not None:
            name, args = call
            if name in self.flat or name in self.parts:
                value = args[0]
                yield from self._push(name, value.elts if isinstance(value, ast.Tuple) else [value])
            elif name in self.lists:
                inner = self.lists[name]
                yield from self._push(name, [ast.Name(f"{inner}_from", ast.Load()), ast.Name(f"{inner}_n", ast.Load())])

    def _of_assign(self, stmt: ast.Assign) -> Iterator[str | ast.stmt]:
        target, call = stmt.targets[0], _method(stmt.value, "pop")
        if isinstance(target, ast.Name) and isinstance(stmt.value, ast.List) and not stmt.value.elts:
            name = target.id
            if name in self.parts:
                yield f"{name}_from = {name}_n"
            elif name in self.flat or name in self.lists:
                rows = _empty(self.flat[name]) if name in self.flat else f"np.empty(({_ROWS}, 2), np.int64)"
                yield f"{name} = {rows}\n{name}_n = 0"
        elif call is not None and call[0] in self.lists:
            name, inner = call[0], self.lists[call[0]]
            yield f"{name}_n -= 1\n{inner}_from, {inner}_n = {self._pop(2)}({name}, {name}_n)"
        elif call is not None and (call[0] in self.flat or call[0] in self.parts):
            name, width = call[0], self.widths[call[0]]
            yield f"{name}_n -= 1\n{ast.unparse(target)} = {self._pop(width)}({name}, {name}_n)"

    def _push(self, name: str, parts: list[ast.expr]) -> Iterator[str | ast.stmt]:
        yield ast.If(ast.parse(f"{name}_n == len({name})", mode="eval").body,
                     [ast.Assign([ast.Name(name, ast.Store())], self.grown(ast.Name(name, ast.Load())))], [])
        width = len(parts)
        given = ", ".join([f"a{k}" for k in range(width)])
        text = "".join([f"    out[n, {k}] = a{k}\n" for k in range(width)])
        push = self.supply(f"push{width}", f"def NAME(out, n, {given}):\n{text}")
        call = _parsed(f"{push}({name}, {name}_n)")[0]
        call.value.args += parts        # type: ignore[attr-defined]
        yield call
        yield f"{name}_n += 1"

    def _pop(self, width: int) -> str:
        """The name of the function that reads a row; 0: of one number."""
        parts = ", ".join([f"tape[n, {k}]" for k in range(max(width, 1))])
        whole = f"({parts},)" if width else parts
        text = f"    if n < 0:\n        raise IndexError('the tape is empty')\n    return {whole}\n"
        return self.supply(f"pop{width}", f"def NAME(tape, n):\n{text}")


def _empty(width: int) -> str:
    return f"np.empty(({_ROWS}, {max(width, 1)}))"


def _parsed(text: str) -> list[ast.stmt]:
    return ast.parse(text).body


def _located(new: ast.stmt, old: ast.stmt) -> ast.stmt:
    for node in ast.walk(new):
        if hasattr(node, "lineno") or isinstance(node, (ast.stmt, ast.expr)):
            ast.copy_location(node, old)
    return new
