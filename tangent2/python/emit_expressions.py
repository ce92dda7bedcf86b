"""Core to gast: operands and operations as expressions."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from math import copysign, isfinite
from typing import Any

import gast

from tangent2.core import prims
from tangent2.core.calling import NAMED, PLAIN, SPREAD, ways
from tangent2.core.kinds import UNKNOWN, Number, Tuple
from tangent2.core.prims import Prim
from tangent2.core.syntax import Atom, Call, Const, For, If, IndexSpec, Op, Origin, Stmt, Value
from tangent2.names import unique
from tangent2.python.layout import Layout
from tangent2.python.outside import CAUGHT, Outside, callee_key, captured_place, module_key, record_key

LOAD, STORE, PARAM = gast.Load(), gast.Store(), gast.Param()
OPERATORS: dict[str, Any] = {
    "+": gast.Add(), "-": gast.Sub(), "*": gast.Mult(), "/": gast.Div(), "//": gast.FloorDiv(), "%": gast.Mod(),
    "**": gast.Pow(), "@": gast.MatMult(), "&": gast.BitAnd(), "|": gast.BitOr(), "^": gast.BitXor(),
    "<<": gast.LShift(), ">>": gast.RShift(),
}
UNARY: dict[str, Any] = {"-": gast.USub(), "+": gast.UAdd(), "~": gast.Invert(), "not": gast.Not()}
COMPARE: dict[str, Any] = {
    "==": gast.Eq(), "!=": gast.NotEq(), "<": gast.Lt(), "<=": gast.LtE(), ">": gast.Gt(), ">=": gast.GtE(),
    "is": gast.Is(), "is not": gast.IsNot(), "in": gast.In(), "not in": gast.NotIn(),
}
_OPPOSITE = {"==": "!=", "!=": "==", "is": "is not", "is not": "is", "in": "not in", "not in": "in",
             "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_ALWAYS_OPPOSITE = frozenset({"is", "is not", "in", "not in"})
_DISCRETE = frozenset({"bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"})


@dataclass(slots=True)
class Scope:
    """What is needed to print one function; `origins` grows: where each statement comes from."""

    layout: Layout
    outside: Outside
    origins: dict[int, Origin] = field(default_factory=dict)
    backward: bool = False          # whether statements get a remark saying whose derivative they are
    last: str | None = None
    remarks: bool = False
    watch: str = ""                 # the variable that watches the others, if they are
    unused: str = "_"               # the variable of what nobody reads

    def inner(self, layout: Layout) -> Scope:
        return Scope(layout, self.outside, self.origins, watch=self.watch, unused=self.unused)


def name(text: str, ctx: Any = LOAD) -> Any:
    return gast.Name(text, ctx, None, None)


def attribute(node: Any, path: str) -> Any:
    for part in path.split("."):
        node = gast.Attribute(node, part, LOAD)
    return node


def call(function: Any, args: list[Any], keywords: list[Any] | None = None) -> Any:
    return gast.Call(function, args, keywords or [])


def constant(value: Any) -> Any:
    """A literal; negative and non-finite numbers as Python parses what is printed for them."""
    if isinstance(value, (bool, str, bytes)) or value is None or value is Ellipsis:
        return gast.Constant(value, None)
    if isinstance(value, tuple):
        return gast.Tuple([constant(v) for v in value], LOAD)
    if isinstance(value, complex):
        if value.real == 0 and copysign(1.0, value.real) > 0 and isfinite(value.imag) and copysign(1.0, value.imag) > 0:
            return gast.Constant(complex(value), None)
        if value.real == 0 and isfinite(value.imag) and copysign(1.0, value.real) < 0 and copysign(1.0, value.imag) < 0:
            return gast.UnaryOp(UNARY["-"], gast.Constant(-value, None))
        return call(name("complex"), [constant(value.real), constant(value.imag)])
    number = float(value) if isinstance(value, float) else int(value)
    if isinstance(number, float) and not isfinite(number):
        return call(name("float"), [gast.Constant(repr(number), None)])
    if copysign(1.0, number) < 0:
        return gast.UnaryOp(UNARY["-"], gast.Constant(-number, None))
    return gast.Constant(number, None)


def expr(scope: Scope, atom: Atom) -> Any:
    """The expression of an operand: a literal, a variable, or what was folded into its reader."""
    if isinstance(atom, Value):
        stmt = scope.layout.inline.get(atom)
        return name(scope.layout.names[atom]) if stmt is None else made(scope, stmt)
    if isinstance(atom, Const):
        return constant(atom.value)
    return gast.Constant(None, None)        # never bound on any path that reads it


def made(scope: Scope, stmt: Stmt) -> Any:
    """The expression that computes a statement's result."""
    if isinstance(stmt, Op):
        special = _SPECIAL.get(stmt.prim)
        return special(scope, stmt) if special else _FORMS[stmt.prim.spelling[0]](scope, stmt)
    if isinstance(stmt, Call):
        return _call_function(scope, stmt)
    if isinstance(stmt, If):
        return _conditional(scope, stmt)
    assert isinstance(stmt, For)
    return _comprehension(scope, stmt)


def _call_function(scope: Scope, stmt: Call) -> Any:
    """A call of a function; the user's own takes its arguments as its parameters say."""
    function = name(scope.outside.names[callee_key(stmt.callee)])
    args = [expr(scope, a) for a in stmt.args]
    if stmt.callee.python is None:
        return call(function, args)
    positional, keywords = [], []
    for (way, parameter), arg in zip(ways(stmt.callee.python), args):
        if way == PLAIN:
            positional.append(arg)
        elif way == SPREAD:
            positional += arg.elts if isinstance(arg, gast.Tuple) else [gast.Starred(arg, LOAD)]
        else:
            keywords.append(gast.keyword(parameter if way == NAMED else None, arg))
    return call(function, positional, keywords)


def index(scope: Scope, spec: IndexSpec, atoms: tuple[Atom, ...]) -> Any:
    """What stands between the brackets."""
    rest = iter(atoms)

    def part(there: bool) -> Any:
        return expr(scope, next(rest)) if there else None

    items = [expr(scope, next(rest)) if s is None else gast.Slice(part(s.lower), part(s.upper), part(s.step))
             for s in spec.items]
    return gast.Tuple(items, LOAD) if spec.is_tuple or len(items) != 1 else items[0]


def subscript(scope: Scope, op: Op, atoms: tuple[Atom, ...], ctx: Any = LOAD) -> Any:
    return gast.Subscript(expr(scope, op.args[0]), index(scope, op.static, atoms), ctx)


def opposite(scope: Scope, atom: Atom) -> Any:
    """The expression of `not atom`; a comparison is turned round only where that means the same for nan and arrays."""
    stmt = scope.layout.inline.get(atom) if isinstance(atom, Value) else None
    if isinstance(stmt, Op):
        if stmt.prim is prims.NOT:
            return expr(scope, stmt.args[0])
        sign = stmt.prim.spelling[-1]
        if stmt.prim.spelling[0] == "compare" and _may_turn(scope, stmt, sign):
            left, right = stmt.args
            return gast.Compare(expr(scope, left), [COMPARE[_OPPOSITE[sign]]], [expr(scope, right)])
    return gast.UnaryOp(UNARY["not"], expr(scope, atom))


def _may_turn(scope: Scope, op: Op, sign: str) -> bool:
    if sign in _ALWAYS_OPPOSITE:
        return True
    numbers = [k for k in (_number(scope, a) for a in op.args) if k is not None]
    if len(numbers) != 2:
        return False
    return sign in ("==", "!=") or all(n in _DISCRETE for n in numbers)


def _number(scope: Scope, atom: Atom) -> str | None:
    """The dtype of a number; None for anything else."""
    if isinstance(atom, Const):
        known = {bool: "bool", int: "int64", float: "float64", complex: "complex128"}
        return known.get(type(atom.value))
    kind = scope.layout.kinds.get(atom, UNKNOWN) if isinstance(atom, Value) else UNKNOWN
    return kind.dtype if isinstance(kind, Number) else None


# operations by spelling


def _binary(scope: Scope, op: Op) -> Any:
    return gast.BinOp(expr(scope, op.args[0]), OPERATORS[op.prim.spelling[1]], expr(scope, op.args[1]))


def _unary(scope: Scope, op: Op) -> Any:
    return gast.UnaryOp(UNARY[op.prim.spelling[1].strip()], expr(scope, op.args[0]))


def _compare(scope: Scope, op: Op) -> Any:
    return gast.Compare(expr(scope, op.args[0]), [COMPARE[op.prim.spelling[1]]], [expr(scope, op.args[1])])


def _arguments(scope: Scope, op: Op, skip: int = 0) -> tuple[list[Any], list[Any]]:
    return ([expr(scope, a) for a in op.positional[skip:]],
            [gast.keyword(k, expr(scope, a)) for k, a in op.keywords])


def _call(scope: Scope, op: Op) -> Any:
    _, module, path = op.prim.spelling
    key = module_key(module, path)
    function = name(scope.outside.names[key])
    return call(function if key[0] == "helper" else attribute(function, path), *_arguments(scope, op))


def _builtin(scope: Scope, op: Op) -> Any:
    return call(name(scope.outside.names["builtin", op.prim.spelling[1]]), *_arguments(scope, op))


def _object(scope: Scope, op: Op) -> Any:
    return call(name(scope.outside.names["object", op.prim]), *_arguments(scope, op))


def _method(scope: Scope, op: Op) -> Any:
    path = op.static if op.prim is prims.METHOD else op.prim.spelling[1]
    return call(attribute(expr(scope, op.args[0]), path), *_arguments(scope, op, 1))


def _attribute(scope: Scope, op: Op) -> Any:
    path = op.static if op.prim is prims.ATTRIBUTE else op.prim.spelling[1]
    return attribute(expr(scope, op.args[0]), path)


_FORMS: dict[str, Callable[[Scope, Op], Any]] = {
    "binary": _binary, "unary": _unary, "compare": _compare, "call": _call, "object": _object,
    "builtin": _builtin, "method": _method, "attribute": _attribute,
}


# special operations


def _getitem(scope: Scope, op: Op) -> Any:
    kind = scope.layout.kinds.get(op.args[0], UNKNOWN) if isinstance(op.args[0], Value) else UNKNOWN
    names = kind.record.names if isinstance(kind, Tuple) and kind.record is not None else ()
    if names and isinstance(op.args[1], Const) and len(op.args) == 2:
        return gast.Attribute(expr(scope, op.args[0]), names[op.args[1].value], LOAD)
    return subscript(scope, op, op.args[1:])


def _tuple(scope: Scope, op: Op) -> Any:
    if op.static is not None and not op.static.is_closure:
        return call(name(scope.outside.names[record_key(op.static)]), [expr(scope, a) for a in op.args])
    return gast.Tuple([expr(scope, a) for a in op.args], LOAD)


def _of_class(scope: Scope, op: Op) -> Any:     # told by its name, which tuples that stand for objects have
    found = attribute(call(name(scope.outside.names["builtin", "type"]), [expr(scope, op.args[0])]), "__name__")
    first, *rest = names = [constant(cls.__name__) for cls in op.static]
    return gast.Compare(found, [gast.In() if rest else gast.Eq()], [gast.Tuple(names, LOAD) if rest else first])


def _list(scope: Scope, op: Op) -> Any:
    return gast.List([expr(scope, a) for a in op.args], LOAD)


def _tape(scope: Scope, op: Op) -> Any:
    if not scope.watch:
        return _list(scope, op)
    return call(attribute(name(scope.watch), "tape"), [constant(op.out.hint or "saved")])


def _set(scope: Scope, op: Op) -> Any:
    return gast.Set([expr(scope, a) for a in op.args])


def _dict(scope: Scope, op: Op) -> Any:
    if op.static is not None:
        return gast.Dict([constant(k) for k in op.static], [expr(scope, a) for a in op.args])
    parts = [expr(scope, a) for a in op.args]
    return gast.Dict(parts[::2], parts[1::2])


def _pop(scope: Scope, op: Op) -> Any:
    return call(attribute(expr(scope, op.args[0]), "pop"), [])


def _read(scope: Scope, op: Op) -> Any:
    key, path = captured_place(op.static)
    node = name(scope.outside.names[key])
    return attribute(node, path) if path else node


def _apply(scope: Scope, op: Op) -> Any:
    return call(expr(scope, op.args[0]), *_arguments(scope, op, 1))


def _extent(scope: Scope, op: Op) -> Any:
    return gast.Subscript(attribute(expr(scope, op.args[0]), "shape"), constant(op.static), LOAD)


def _verbatim(scope: Scope, op: Op) -> Any:
    return fill(op.static.node, [expr(scope, a) for a in op.args])


def fill(node: Any, parts: list[Any]) -> Any:
    """A copy of a template with its holes filled."""
    if isinstance(node, list):
        return [fill(n, parts) for n in node]
    if not isinstance(node, gast.AST):
        return node
    if isinstance(node, gast.Name) and node.id.startswith("$"):
        return parts[int(node.id[1:])]
    return type(node)(*[fill(getattr(node, f, None), parts) for f in node._fields])


def _caught(scope: Scope, op: Op) -> Any:
    """`caught(classes, function, *arguments)`."""
    what = op.static.what
    if not isinstance(what, Prim):
        function = name(scope.outside.names[callee_key(what)])
    elif what.spelling[0] == "builtin":
        function = name(scope.outside.names["builtin", what.spelling[1]])
    else:
        key = module_key(*what.spelling[1:])
        function = name(scope.outside.names[key])
        function = function if key[0] == "helper" else attribute(function, what.spelling[2])
    classes, *args = [expr(scope, a) for a in op.args]
    errors = [gast.keyword(key, constant(value)) for key, value in op.static.errors]
    return call(name(scope.outside.names[CAUGHT]), [classes, function, *args], errors)


def _closure(scope: Scope, op: Op) -> Any:
    """A function whose body is one expression, printed where it is used."""
    layout = scope.layout.nested[op]
    body = expr(scope.inner(layout), layout.function.body.exit.vals[0])
    return gast.Lambda(parameters(layout, len(op.args)), body)


def parameters(layout: Layout, captured: int = 0) -> Any:
    """The parameter list of a function; captured values come first in the core and are not printed."""
    names = [name(layout.names[p], PARAM) for p in layout.function.params[captured:]]
    return gast.arguments(names, [], None, [], [], None, [])


_SPECIAL: dict[Prim, Callable[[Scope, Op], Any]] = {
    prims.GETITEM: _getitem, prims.TUPLE: _tuple, prims.LIST: _list, prims.TAPE: _tape, prims.SET: _set,
    prims.DICT: _dict, prims.POP: _pop, prims.READ: _read, prims.APPLY: _apply, prims.EXTENT: _extent,
    prims.VERBATIM: _verbatim, prims.METHOD: _method, prims.ATTRIBUTE: _attribute, prims.CLOSURE: _closure,
    prims.CAUGHT: _caught, prims.OF_CLASS: _of_class, prims.AS_CLASS: lambda scope, op: expr(scope, op.args[0]),
}


# statements as expressions


def _conditional(scope: Scope, stmt: If) -> Any:
    """`a if c else b`, or `c and b`, `c or b` where a branch yields the condition itself."""
    then, other = stmt.then.exit.vals[0], stmt.orelse.exit.vals[0]
    if isinstance(stmt.cond, Value) and other is stmt.cond and not stmt.orelse.stmts:
        return _boolean(gast.And(), [expr(scope, stmt.cond), expr(scope, then)])
    if isinstance(stmt.cond, Value) and then is stmt.cond and not stmt.then.stmts:
        return _boolean(gast.Or(), [expr(scope, stmt.cond), expr(scope, other)])
    return gast.IfExp(expr(scope, stmt.cond), expr(scope, then), expr(scope, other))


def _boolean(op: Any, values: list[Any]) -> Any:
    flat = [v for node in values for v in (node.values if isinstance(node, gast.BoolOp) and type(node.op) is type(op)
                                           else [node])]
    return gast.BoolOp(op, flat)


def unused(layout: Layout, outside: Outside) -> str:
    """The variable of what nobody reads: `_`, unless that is a name of the user's."""
    return unique("_", {*_read_names(layout), *outside.names.values()})


def _read_names(layout: Layout) -> Iterator[str]:
    yield from [text for v, text in layout.names.items() if v not in layout.unread]
    for inner in layout.nested.values():
        yield from _read_names(inner)


def targets(scope: Scope, values: tuple[Value, ...], named: bool = False) -> list[Any]:
    """Variables that are assigned to; one that nobody reads and the user did not name is `_`, unless it is `named`."""
    names = scope.layout.names
    return [name(scope.unused if not named and v in scope.layout.unread and not v.user else names[v], STORE)
            for v in values]


def loop_target(scope: Scope, stmt: For) -> tuple[Any, int]:
    """The target of a loop, and how many statements of the body it makes superfluous."""
    first = stmt.body.stmts[0] if stmt.body.stmts else None
    if isinstance(first, Op) and first in scope.layout.whole:
        return unpacked(scope, first), 1
    return targets(scope, (stmt.target,))[0], 0


def unpacked(scope: Scope, op: Op) -> Any:
    """The target list of an unpacking."""
    before, starred, _ = op.static if isinstance(op.static, tuple) else (len(op.outs), False, 0)
    names = targets(scope, op.outs)
    if starred:
        names[before] = gast.Starred(names[before], STORE)
    return gast.Tuple(names, STORE)


def _comprehension(scope: Scope, stmt: For) -> Any:
    target, _ = loop_target(scope, stmt)
    last = stmt.body.stmts[-1]
    assert isinstance(last, Op)
    source = gast.comprehension(target, expr(scope, stmt.iter), [], 0)
    return gast.ListComp(expr(scope, last.args[1]), [source])
