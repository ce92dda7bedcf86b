"""The notation of the core language for people: `name.number`, one statement a line, numbered in order of binding."""
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tangent2.core import kinds as k
from tangent2.core import prims
from tangent2.core.prims import Prim
from tangent2.core.syntax import (
    Atom, Call, Callee, Exit, For, Function, If, IndexSpec, Note, Op, Region, Stmt, Try, Value, While,
)


@dataclass
class _Page:
    """The lines so far, and the number of each value."""

    kinds: Mapping[Value, k.Kind] | None
    lines: list[str] = field(default_factory=list)
    numbers: dict[Value, int] = field(default_factory=dict)

    def bind(self, value: Value) -> str:
        self.numbers.setdefault(value, len(self.numbers))
        return self.name(value)

    def name(self, atom: Atom) -> str:
        if isinstance(atom, Value):
            return f"{atom.hint or 't'}.{self.numbers.get(atom, '?')}"
        return repr(atom)

    def names(self, atoms: tuple[Atom, ...]) -> str:
        return ", ".join(map(self.name, atoms))

    def line(self, depth: int, text: str, binds: tuple[Value, ...] = ()) -> None:
        line = "    " * depth + text
        if self.kinds is not None and binds:
            line = f"{line:<64}  # {', '.join(show_kind(self.kinds.get(v, k.UNKNOWN)) for v in binds)}"
        self.lines.append(line.rstrip())


def show(function: Function, kinds: Mapping[Value, k.Kind] | None = None) -> str:
    """The text of a core function; with `kinds`, each line tells those of the values it binds.

    >>> from tangent2.core.syntax import Return
    >>> x, y = Value("x"), Value()
    >>> print(show(Function("square", (x,), Region((Op((y,), prims.MUL, (x, x)),), Return((y,))))))
    def square(x.0):
        t.1 = mul(x.0, x.0)
        return t.1
    """
    page = _Page(kinds)
    _function(page, function, 0)
    return "\n".join(page.lines)


def _function(page: _Page, function: Function, depth: int) -> None:
    for param in function.params:
        page.bind(param)
    page.line(depth, f"def {function.name}({page.names(function.params)}):", function.params)
    if function.owned:
        owned = tuple(p for p in function.params if p in function.owned)
        page.line(depth + 1, f"# owns {page.names(owned)}")
    _region(page, function.body, depth + 1)


def _region(page: _Page, region: Region, depth: int) -> None:
    for stmt in region.stmts:
        _STMTS[type(stmt)](page, stmt, depth)
    page.line(depth, _exit(page, region.exit))


def _exit(page: _Page, exit: Exit) -> str:
    return f"{type(exit).__name__.lower()} {page.names(exit.vals)}".rstrip()


def _results(page: _Page, stmt: Stmt) -> str:
    return ", ".join(map(page.bind, stmt.outs)) + " = " if stmt.outs else ""


def _op(page: _Page, op: Op, depth: int) -> None:
    text = _TEXTS.get(op.prim, _plain)(page, op)
    page.line(depth, _results(page, op) + text, op.outs)
    if isinstance(op.static, Function):
        _function(page, op.static, depth + 1)


def _call(page: _Page, call: Call, depth: int) -> None:
    text = f"call {call.callee.name}({page.names(call.args)})"
    page.line(depth, _results(page, call) + text, call.outs)


def _placed(page: _Page, stmt: If | For | While | Try, depth: int, inner: Callable[[], str]) -> None:
    """A statement with regions: its results are numbered after them, and stand on its first line."""
    at = len(page.lines)
    page.lines.append("")
    head = inner()
    body, page.lines[at:] = page.lines[at + 1:], []
    page.line(depth, _results(page, stmt) + head, stmt.outs)
    page.lines += body


def _if(page: _Page, stmt: If, depth: int) -> None:
    def inner() -> str:
        _region(page, stmt.then, depth + 1)
        page.line(depth, "else:")
        _region(page, stmt.orelse, depth + 1)
        return f"if {page.name(stmt.cond)}:"
    _placed(page, stmt, depth, inner)


def _try(page: _Page, stmt: Try, depth: int) -> None:
    def inner() -> str:
        for one in stmt.body.stmts:
            _STMTS[type(one)](page, one, depth + 1)
        page.line(depth, "then:")
        _region(page, stmt.then, depth + 1)
        raised = "" if stmt.raised is None else f" as {page.bind(stmt.raised)}"
        page.line(depth, f"except {page.name(stmt.classes)}{raised}:")
        _region(page, stmt.orelse, depth + 1)
        return "try:"
    _placed(page, stmt, depth, inner)


def _carrying(page: _Page, stmt: For | While) -> str:
    return ", ".join(f"{page.bind(p)} := {page.name(i)}" for p, i in zip(stmt.params, stmt.init))


def _for(page: _Page, stmt: For, depth: int) -> None:
    def inner() -> str:
        carrying = _carrying(page, stmt)
        head = f"for {page.bind(stmt.target)} in {page.name(stmt.iter)}"
        _region(page, stmt.body, depth + 1)
        return f"{head} carrying ({carrying}):" if carrying else f"{head}:"
    _placed(page, stmt, depth, inner)


def _while(page: _Page, stmt: While, depth: int) -> None:
    def inner() -> str:
        head = f"while carrying ({_carrying(page, stmt)}):"
        _region(page, stmt.cond, depth + 1)
        page.line(depth, "do:")
        _region(page, stmt.body, depth + 1)
        return head
    _placed(page, stmt, depth, inner)


def _note(page: _Page, note: Note, depth: int) -> None:
    page.line(depth, f"# {note.text}")


_STMTS: dict[type, Callable[[_Page, Any, int], None]] = {
    Op: _op, Call: _call, If: _if, For: _for, While: _while, Try: _try, Note: _note,
}


# Operations.

def _plain(page: _Page, op: Op) -> str:
    parts = [page.name(a) for a in op.positional] + [f"{key}={page.name(a)}" for key, a in op.keywords]
    static = "" if op.static is None else f"[{_static(op.static)}]"
    return f"{op.prim.name}{static}({', '.join(parts)})"


def _static(static: Any) -> str:
    if isinstance(static, (Function, Callee, prims.Captured)):
        return static.name
    return static.text if isinstance(static, prims.Template) else repr(static)


def _index(page: _Page, spec: IndexSpec, atoms: tuple[Atom, ...]) -> str:
    rest = iter(atoms)
    parts = []
    for item in spec.items:
        if item is None:
            parts.append(page.name(next(rest)))
            continue
        lower, upper, step = (page.name(next(rest)) if there else "" for there in (item.lower, item.upper, item.step))
        parts.append(f"{lower}:{upper}" + (f":{step}" if item.step else ""))
    return ", ".join(parts) + ("," if spec.is_tuple and len(parts) == 1 else "")


def _getitem(page: _Page, op: Op) -> str:
    return f"{page.name(op.args[0])}[{_index(page, op.static, op.args[1:])}]"


def _update(page: _Page, op: Op) -> str:
    base, value = page.name(op.args[0]), page.name(op.args[-1])
    return f"{base} with [{_index(page, op.static, op.args[1:-1])}] {_SIGNS[op.prim]} {value}"


def _inplace(page: _Page, op: Op) -> str:
    return f"{op.prim.name} {page.name(op.args[0])} {op.static.name}= {page.name(op.args[1])}"


def _unpack(page: _Page, op: Op) -> str:
    before, starred, after = op.static
    stars = ["_"] * before + ["*_"] * bool(starred) + ["_"] * after
    return f"unpack ({', '.join(stars)}) of {page.name(op.args[0])}"


_SIGNS: dict[Prim, str] = {
    prims.SETITEM: ":=", prims.SETTLE: "==", prims.AT_ADD: "at+=",
    **{prim: f"{sign}=" for sign, prim in prims.UPDATES.items()},
}
_TEXTS: dict[Prim, Callable[[_Page, Op], str]] = {
    prims.GETITEM: _getitem, **dict.fromkeys(_SIGNS, _update),
    **dict.fromkeys((prims.INPLACE, prims.INPLACE_PART), _inplace), prims.ACCUMULATE: _inplace, prims.UNPACK: _unpack,
    prims.TAPE: lambda page, op: "new tape",
    prims.PUSH: lambda page, op: f"push {page.name(op.args[0])} <- {page.name(op.args[1])}",
    prims.CHANGE: lambda page, op: f"{op.static} {page.names(op.args)}",
    prims.BECOME: lambda page, op: f"{page.name(op.args[0])} becomes {page.name(op.args[1])}",
    prims.POP: lambda page, op: f"pop {page.names(op.args)}",
    prims.READ: lambda page, op: f"read {op.static.name}",
    prims.ATTRIBUTE: lambda page, op: f"{page.name(op.args[0])}.{op.static}",
    prims.CAUGHT: lambda page, op: f"caught {getattr(op.static.what, 'name', '?')}({page.names(op.args)})",
    prims.OF_CLASS: lambda page, op: f"{page.name(op.args[0])} is {' or '.join([c.__name__ for c in op.static])}",
    prims.AS_CLASS: lambda page, op: f"{page.name(op.args[0])} as {op.static.__name__}",
    prims.CAPTURED: lambda page, op: f"what {page.name(op.args[0])} captured [{op.static[1]}]",
    prims.CLOSURE: lambda page, op: f"closure {_static(op.static)} captures ({page.names(op.args)})",
}


# Kinds.

def show_kind(kind: k.Kind) -> str:
    """A kind in one or a few words.

    >>> show_kind(k.Array("float64", (k.Sym(0), k.Sliced(k.Sym(1), 2)))), show_kind(k.List(k.FLOAT))
    ('array[n0, n1-2]', 'list[float]')
    """
    text = _KINDS.get(type(kind))
    return text(kind) if text else type(kind).__name__.lower().removesuffix("kind")


def _number(kind: k.Number) -> str:
    return kind.dtype.rstrip("0123456789") if kind.weak else kind.dtype


def _array(kind: k.Array) -> str:
    dtype = "" if kind.dtype == "float64" else f" {kind.dtype or '?'}"
    return f"array[{'...' if kind.shape is None else ', '.join(map(_dim, kind.shape))}]{dtype}"


def _dim(dim: k.Dim) -> str:
    if isinstance(dim, k.Sym):
        return "not 1" if dim == k.NOT_ONE else f"n{dim.index}"
    if isinstance(dim, k.Sliced):
        if dim.slice is None:
            return f"{_dim(dim.base)}-{dim.less}"
        return f"{_dim(dim.base)}[{':'.join('' if part is None else str(part) for part in dim.slice)}]"
    if isinstance(dim, k.Derived):
        return f"<{' '.join(map(str, dim.how))}>"
    return "?" if dim is None else str(dim)


def _many(kinds: tuple[k.Kind, ...]) -> str:
    return ", ".join(map(show_kind, kinds))


_KINDS: dict[type, Callable[[Any], str]] = {
    k.Number: _number, k.Array: _array,
    k.Tuple: lambda kind: f"tuple[{_many(kind.elts)}]",
    k.List: lambda kind: f"{'tape' if kind.tape else 'list'}[{show_kind(kind.elt)}]",
    k.Iterator: lambda kind: f"iterator[{show_kind(kind.elt)}]",
    k.Dict: lambda kind: (f"dict[{show_kind(kind.elt)}]" if kind.items is None else
                          "dict[" + ", ".join(f"{key!r}: {show_kind(item)}" for key, item in kind.items) + "]"),
    **dict.fromkeys((k.Objects, k.Records), lambda kind: " or ".join(sorted([c.__name__ for c in k.variants(kind)]))),
    k.Closures: lambda kind: f"function {' or '.join(sorted([f.callee.name for f in kind.functions]))}",
    k.FunctionKind: lambda kind: f"function {kind.callee.name}({_many(kind.captured)})",
    k.Object: lambda kind: kind.cls,
}
