"""Expressions of templates, compiled to closures that emit them, and tests, compiled to closures that decide them."""
from __future__ import annotations

import ast
import builtins
import inspect
from collections.abc import Callable
from types import ModuleType
from typing import Any, NoReturn

from tangent2.core.kinds import Kind, NoneKind, Unknown
from tangent2.core.prims import BINARY, COMPARE, GETITEM, MATMUL, NEG, READ, SUB, TUPLE, UNARY, Captured, Prim
from tangent2.core.syntax import Atom, Const, IndexSpec, SliceSpec, Value
from tangent2.rules.declare import attribute, called_only, method, recognise_prim, rule_of
from tangent2.rules.frames import DYNAMIC, Expr, Frame, Scope
from tangent2.rules.simplify import make
from tangent2.rules.transpose import marked


def value(node: ast.expr, scope: Scope) -> Expr:
    """The closure that emits an expression."""
    compile_node = VALUES.get(type(node))
    if compile_node is None:
        raise SyntaxError(f"a template may not contain {ast.unparse(node)}")
    return compile_node(node, scope)


def _name(node: ast.Name, scope: Scope) -> Expr:
    name = node.id
    if name == "out":
        return lambda frame: frame.op.outs[0]
    if name in scope.params:
        return lambda frame: frame.atoms[name]
    if scope.is_outside(name):
        if scope.captured is not None:
            return _captured(scope.captured, name)
        constant = Const(scope.globals[name])
        return lambda frame: constant

    def local(frame: Frame) -> Any:
        entry = frame.cache[name]
        if type(entry) is tuple:
            entry = frame.cache[name] = entry[0](frame)
        return entry
    return local


def _captured(captured: Callable[[str], Captured], name: str) -> Expr:
    """What a user's rule reads from outside, by name."""
    return lambda frame: frame.build.op(READ, static=captured(name))


def _constant(node: ast.Constant, scope: Scope) -> Expr:
    constant = Const(node.value)
    return lambda frame: constant


def _binary(node: ast.BinOp, scope: Scope) -> Expr:
    prim = BINARY_OPERATORS[type(node.op)]
    left, right = value(node.left, scope), value(node.right, scope)

    def run(frame: Frame) -> Any:
        a, b = left(frame), right(frame)
        if a is None or b is None:
            return _with_zero(frame, prim, a, b)
        return make(frame.build, prim, a, b)
    return run


def _with_zero(frame: Frame, prim: Prim, a: Atom | None, b: Atom | None) -> Atom | None:
    """A sum or product of which one tangent is zero."""
    if prim is BINARY["+"]:
        return b if a is None else a
    if prim is SUB:
        return a if b is None else make(frame.build, NEG, b)
    return None


def _unary(node: ast.UnaryOp, scope: Scope) -> Expr:
    prim, operand = UNARY_OPERATORS[type(node.op)], value(node.operand, scope)

    def run(frame: Frame) -> Any:
        a = operand(frame)
        return None if a is None else make(frame.build, prim, a)
    return run


def _compare(node: ast.Compare, scope: Scope) -> Expr:
    if len(node.ops) > 1:
        raise SyntaxError(f"a template may not contain {ast.unparse(node)}")
    prim = COMPARE_OPERATORS[type(node.ops[0])]
    left, right = value(node.left, scope), value(node.comparators[0], scope)
    return lambda frame: make(frame.build, prim, left(frame), right(frame))


def _subscript(node: ast.Subscript, scope: Scope) -> Expr:
    name = marked(node, "dot")
    if name is not None:
        return lambda frame: frame.dots.get(name)
    if marked(node, "bar") is not None:
        return lambda frame: frame.seed
    base = value(node.value, scope)
    items = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    specs: list[SliceSpec | None] = []
    atoms: list[Expr] = []
    for item in items:
        parts = [item.lower, item.upper, item.step] if isinstance(item, ast.Slice) else [item]
        specs.append(SliceSpec(*[p is not None for p in parts]) if isinstance(item, ast.Slice) else None)
        atoms += [value(p, scope) for p in parts if p is not None]
    spec = IndexSpec(tuple(specs), isinstance(node.slice, ast.Tuple))

    def run(frame: Frame) -> Any:
        array = base(frame)
        return None if array is None else make(frame.build, GETITEM, array, *[a(frame) for a in atoms], static=spec)
    return run


def _attribute(node: ast.Attribute, scope: Scope) -> Expr:
    if scope.captured is not None and _from_outside(node, scope):
        return _captured(scope.captured, ast.unparse(node))
    if isinstance(node.value, ast.Name) and isinstance(scope.globals.get(node.value.id), ModuleType):
        constant = Const(getattr(scope.globals[node.value.id], node.attr))      # np.pi
        return lambda frame: constant
    base, prim = value(node.value, scope), attribute(node.attr)
    if prim is None:
        raise SyntaxError(f"{ast.unparse(node)}: the attribute is no primitive")

    def run(frame: Frame) -> Any:
        a = base(frame)
        return None if a is None else make(frame.build, prim, a)
    return run


def _tuple(node: ast.Tuple, scope: Scope) -> Expr:
    parts = [value(e, scope) for e in node.elts]

    def run(frame: Frame) -> Any:
        atoms = [p(frame) for p in parts]
        numbers = [a.value for a in atoms if isinstance(a, Const) and type(a.value) is int]
        return Const(tuple(numbers)) if len(numbers) == len(atoms) else frame.build.op(TUPLE, *atoms)
    return run


def _from_outside(node: ast.expr, scope: Scope) -> bool:
    """Whether a dotted name starts outside of the template."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name) and scope.is_outside(node.id)


def _call(node: ast.Call, scope: Scope) -> Expr:
    if scope.captured is not None:
        return _own_call(node, scope)
    function = called_object(node.func, scope)
    args = [_argument(a, scope) for a in node.args]
    if getattr(function, "is_question", False):
        return lambda frame: function(frame, *[a for arg in args for a in arg(frame)])
    prim = recognise_prim(function)
    if prim is None:
        raise SyntaxError(f"{ast.unparse(node.func)} is not a primitive")
    keywords = [(k.arg or "", value(k.value, scope)) for k in node.keywords]
    rule = rule_of(prim)
    defaults = rule.defaults if rule is not None else {}

    def run(frame: Frame) -> Any:
        atoms = [a for arg in args for a in arg(frame)]
        if None in atoms:
            return None
        given = [(name, atom) for name, expr in keywords for atom in [expr(frame)] if defaults.get(name) != atom]
        return make(frame.build, prim, *atoms, *[a for _, a in given], kw=tuple([n for n, _ in given]))
    return run


def _own_call(node: ast.Call, scope: Scope) -> Expr:
    """A call in a user's rule: of what the name stands for when the rule is applied."""
    args = [_argument(a, scope) for a in node.args]
    keywords = [(k.arg or "", value(k.value, scope)) for k in node.keywords]
    kw = tuple([name for name, _ in keywords])
    if isinstance(node.func, ast.Attribute) and not _named(node.func, scope):
        args.insert(0, _argument(node.func.value, scope))
        found = method(node.func.attr)

    def run(frame: Frame) -> Any:
        atoms = [*[a for arg in args for a in arg(frame)], *[expr(frame) for _, expr in keywords]]
        if None in atoms:
            return None
        if not _named(node.func, scope):
            prim = found
        else:
            function = called_object(node.func, scope)
            prim = recognise_prim(function)
            callee = None if prim is not None else frame.build.callee(function)
            if callee is not None:
                args_ = _bound(function, tuple(atoms), kw)
                return frame.build.call(callee, args_, callee.core(tuple(map(frame.build.kind, args_))).result)
            prim = prim or called_only(function, ast.unparse(node.func))
        assert prim is not None
        return make(frame.build, prim, *atoms, kw=kw)
    return run


def _named(node: ast.expr, scope: Scope) -> bool:
    """Whether a dotted name stands for something outside of the template, a builtin perhaps."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name) and node.id not in scope.params and node.id not in scope.locals \
        and node.id != "out"


def _bound(function: Any, atoms: tuple[Atom, ...], kw: tuple[str, ...]) -> tuple[Atom, ...]:
    """The arguments of a user function that a formula calls, in the order of its parameters."""
    plain = len(atoms) - len(kw)
    try:
        found = inspect.signature(function).bind(*atoms[:plain], **dict(zip(kw, atoms[plain:])))
    except TypeError as error:
        raise LookupError(f"its rule calls {function.__name__}: {error}") from None
    found.apply_defaults()
    args = [a if isinstance(a, (Value, Const)) else Const(a) for a in found.arguments.values()]
    if any(isinstance(a, Const) and not isinstance(a.value, (int, float, complex, str, type(None))) for a in args):
        raise LookupError(f"its rule calls {function.__name__} with arguments that cannot be written out")
    return tuple(args)


def _argument(node: ast.expr, scope: Scope) -> Expr:
    if isinstance(node, ast.Starred):
        return value(node.value, scope)
    expr = value(node, scope)
    return lambda frame: (expr(frame),)


def assigned(body: list[ast.stmt]) -> frozenset[str]:
    """The local names of a template."""
    return frozenset([t.id for s in body for n in ast.walk(s) if isinstance(n, ast.Assign)
                      for t in n.targets if isinstance(t, ast.Name)])


def called_object(node: ast.expr, scope: Scope) -> Any:
    """The Python object a template calls."""
    if isinstance(node, ast.Attribute):
        return getattr(called_object(node.value, scope), node.attr)
    if isinstance(node, ast.Name):
        return scope.globals[node.id] if node.id in scope.globals else getattr(builtins, node.id)
    raise SyntaxError(f"a template may not call {ast.unparse(node)}")


BINARY_OPERATORS = {ast.Add: BINARY["+"], ast.Sub: BINARY["-"], ast.Mult: BINARY["*"], ast.Div: BINARY["/"],
                    ast.FloorDiv: BINARY["//"], ast.Mod: BINARY["%"], ast.Pow: BINARY["**"], ast.MatMult: MATMUL,
                    ast.BitAnd: BINARY["&"], ast.BitOr: BINARY["|"]}
UNARY_OPERATORS = {ast.USub: NEG, ast.Invert: UNARY["~"], ast.Not: UNARY["not"]}
COMPARE_OPERATORS = {ast.Eq: COMPARE["=="], ast.NotEq: COMPARE["!="], ast.Lt: COMPARE["<"], ast.LtE: COMPARE["<="],
                     ast.Gt: COMPARE[">"], ast.GtE: COMPARE[">="]}
VALUES: dict[type, Callable[[Any, Scope], Expr]] = {
    ast.Name: _name, ast.Constant: _constant, ast.BinOp: _binary, ast.UnaryOp: _unary, ast.Compare: _compare,
    ast.Subscript: _subscript, ast.Attribute: _attribute, ast.Tuple: _tuple, ast.Call: _call,
}


# ---- tests ----

def test(node: ast.expr, scope: Scope) -> Expr:
    """The closure that decides a condition at compile time; literals of operands stand for themselves."""
    if isinstance(node, ast.BoolOp):
        parts = [test(v, scope) for v in node.values]
        every = all if isinstance(node.op, ast.And) else any
        return lambda frame: every(p(frame) for p in parts)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        operand = test(node.operand, scope)
        return lambda frame: not operand(frame)
    if isinstance(node, ast.Compare):
        left, right = test(node.left, scope), test(node.comparators[0], scope)
        compare = _TESTS.get(type(node.ops[0]))
        if compare is None or len(node.ops) > 1:
            raise SyntaxError(f"a template may not decide {ast.unparse(node)}")
        return lambda frame: compare(left(frame), right(frame))
    if isinstance(node, ast.Tuple):
        parts = [test(e, scope) for e in node.elts]
        return lambda frame: tuple(p(frame) for p in parts)
    expr = value(node, scope)

    def literal(frame: Frame) -> Any:
        found = expr(frame)
        if isinstance(found, Const):
            return found.value
        if isinstance(found, Value) and (named := frame.named(found)) is not None:
            return named
        if scope.captured is not None:
            kind = frame.build.kind(found)
            return None if isinstance(kind, NoneKind) else _Unread(ast.unparse(node), kind)
        return DYNAMIC if isinstance(found, Value) else found
    return literal


class _Unread:
    """What the condition of a user's rule sees of a value that is not known before the code runs."""

    def __init__(self, text: str, kind: Kind) -> None:
        self.text, self.kind = text, kind

    def refuse(self, *_: Any) -> NoReturn:
        raise LookupError(f"its rule has a condition on {self.text}, whose value is not known before the code runs: "
                          "write np.where, or call a function of your own")

    __bool__ = __eq__ = __ne__ = __lt__ = __gt__ = __le__ = __ge__ = __contains__ = refuse

    def __hash__(self) -> int:
        return id(self)


def _is(a: Any, b: Any) -> bool:
    for one, other in ((a, b), (b, a)):
        if isinstance(one, _Unread) and (other is not None or isinstance(one.kind, Unknown)):
            one.refuse()
    return a is b


_TESTS: dict[type, Callable[[Any, Any], bool]] = {
    ast.Is: _is, ast.IsNot: lambda a, b: not _is(a, b),
    ast.Eq: lambda a, b: a == b, ast.NotEq: lambda a, b: a != b,
    ast.Lt: lambda a, b: a is not DYNAMIC and a < b, ast.Gt: lambda a, b: a is not DYNAMIC and a > b,
    ast.LtE: lambda a, b: a is not DYNAMIC and a <= b, ast.GtE: lambda a, b: a is not DYNAMIC and a >= b,
    ast.In: lambda a, b: a in b, ast.NotIn: lambda a, b: a not in b,
}
