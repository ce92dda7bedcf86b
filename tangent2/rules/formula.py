"""What the formulas of a user's rule may say: read once, where the rule is declared, so that mistakes show there."""
from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from types import FunctionType, ModuleType
from typing import Any, NoReturn

import numpy as np

from tangent2.core.syntax import Const, Op, Value
from tangent2.rules.declare import Rule, method, recognise_prim, rule_of
from tangent2.rules.expressions import BINARY_OPERATORS, COMPARE_OPERATORS, UNARY_OPERATORS, called_object
from tangent2.rules.frames import Scope, names_of
from tangent2.rules.template import source_tree
from tangent2.rules.transpose import marked, tangents_in, transpose

_EXPRESSIONS = (ast.Name, ast.Constant, ast.BinOp, ast.UnaryOp, ast.Compare, ast.Subscript, ast.Slice, ast.Attribute,
                ast.Tuple, ast.Call)
_ADVICE = "write more than expressions as a function of your own, and call that"

_PRODUCTS = (np.dot, np.matmul, np.multiply, np.inner, np.outer, np.vdot, np.kron, np.cross, np.tensordot, np.convolve)


class Fault(Exception):
    """What is wrong with a rule, where in its text, and what to do."""

    def __init__(self, node: ast.AST, reason: str, advice: str) -> None:
        super().__init__(reason)
        self.node, self.reason, self.advice = node, reason, advice


def check(tree: ast.FunctionDef, scope: Scope, linear: tuple[str, ...]) -> None:
    """Raise `Fault` if a rule cannot be understood or cannot be right.

    linear: the operands in which the function was declared linear; its adjoint alone is given then.
    """
    _Check(tree, scope, linear).run()


class _Check:
    """The walk over one rule; `bound` are the local names so far, `adjoint` those that hold an adjoint."""

    def __init__(self, tree: ast.FunctionDef, scope: Scope, linear: tuple[str, ...]) -> None:
        self.tree, self.scope, self.linear = tree, scope, linear
        self.bound: set[str] = set()
        self.adjoint: set[str] = set()
        self.by_hand = {name for node in ast.walk(tree) if isinstance(node, ast.Assign)
                        for name in [marked(node.targets[0], "bar")] if name}
        self.differential = False

    def run(self) -> None:
        for name in self.linear:
            if name not in self.scope.params:
                _fault(self.tree, f"`wrt` names `{name}`, which is no argument of the rule", self.arguments())
            if name not in self.by_hand:
                _fault(self.tree, f"the adjoint of `{name}` is missing", f"add `bar[{name}] = ...`")
        self.block(self.tree.body)
        if not self.differential and not self.by_hand:
            _fault(self.tree, "the rule has no formula", "write `dot[out] = ...`, the tangent of the result")

    def arguments(self) -> str:
        return f"its arguments are {', '.join([a.arg for a in self.tree.args.args[1:]]) or 'none'}"

    # ---- statements ----

    def block(self, body: list[ast.stmt]) -> None:
        for stmt in body:
            if isinstance(stmt, ast.Assign) and len(stmt.targets) == 1:
                self.assign(stmt, stmt.targets[0])
            elif isinstance(stmt, ast.If):
                self.expr(stmt.test, "if")
                before = set(self.bound)
                self.block(stmt.body)
                then, self.bound = self.bound, before
                self.block(stmt.orelse)
                self.bound |= then
            elif not isinstance(stmt, ast.Pass) and not (
                    isinstance(stmt, ast.Expr) and isinstance(stmt.value, ast.Constant)):
                _fault(stmt, f"a rule may not contain `{ast.unparse(stmt).splitlines()[0]}`", _ADVICE)

    def assign(self, stmt: ast.Assign, target: ast.expr) -> None:
        dot, bar = marked(target, "dot"), marked(target, "bar")
        if dot is not None:
            if dot != "out":
                _fault(stmt, f"`dot[{dot}]` is given, not to be computed", "write `dot[out] = ...`")
            if self.linear:
                _fault(stmt, "the tangent of a linear function is the function itself", "leave `dot[out]` out")
            self.differential = True
            self.expr(stmt.value, "dot")
            self.transposable(stmt.value)
        elif bar is not None:
            if bar not in self.scope.params:
                _fault(stmt, f"`bar[{bar}]`: the function has no argument `{bar}`", self.arguments())
            self.expr(stmt.value, "bar")
        elif not isinstance(target, ast.Name):
            _fault(stmt, f"a rule may not assign to `{ast.unparse(target)}`",
                   "assign to dot[out], bar[...] and plain names")
        else:
            self.local(stmt, target.id)

    def local(self, stmt: ast.Assign, name: str) -> None:
        if name in self.scope.params or name in ("out", "dot", "bar"):
            _fault(stmt, f"a rule may not assign to `{name}`", "take another name")
        if name in self.bound:
            _fault(stmt, f"`{name}` is assigned twice", "take another name")
        self.expr(stmt.value, "local")
        if any(marked(n, "bar") or isinstance(n, ast.Name) and n.id in self.adjoint for n in ast.walk(stmt.value)):
            self.adjoint.add(name)
        self.bound.add(name)

    # ---- expressions ----

    def expr(self, node: ast.expr, where: str) -> None:
        """Check an expression; `where` it stands: "dot", "bar", "local" or "if"."""
        for mark in "dot", "bar":
            name = marked(node, mark)
            if name is not None:
                self.marked(node, mark, name, where)
                return
        if isinstance(node, ast.Name):
            self.name(node, where)
        elif isinstance(node, ast.BoolOp) and where == "if":
            for value in node.values:
                self.expr(value, where)
        elif not isinstance(node, _EXPRESSIONS):
            _fault(node, f"a formula may not contain `{ast.unparse(node)}`", _ADVICE)
        elif isinstance(node, ast.Call):
            self.call(node, where)
        elif isinstance(node, ast.Attribute) and self.root(node) is not None:
            self.value(node)
        else:
            self.operator(node)
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.expr):
                    self.expr(child, where)

    def marked(self, node: ast.expr, mark: str, name: str, where: str) -> None:
        if mark == "bar":
            if name != "out":
                _fault(node, f"`bar[{name}]` is to be computed, not given",
                       "read `bar[out]`, the adjoint of the result")
            if where not in ("bar", "local"):
                _fault(node, "`bar[out]` may not stand here", "write it in `bar[...] = ...`")
        elif name not in self.scope.params:
            _fault(node, f"`dot[{name}]`: the function has no argument `{name}`", self.arguments())
        elif where != "dot":
            _fault(node, f"`dot[{name}]` may not stand here", "write it in `dot[out] = ...`")

    def name(self, node: ast.Name, where: str) -> None:
        name = node.id
        if name in self.adjoint and where == "dot":
            _fault(node, f"`{name}` holds an adjoint", "a tangent is computed from tangents: `dot[...]`")
        if name in self.scope.params or name == "out" or name in self.bound:
            return
        if name in self.scope.locals:
            _fault(node, f"`{name}` is read before it is assigned", "move the assignment up")
        if name not in self.scope.globals and not hasattr(builtins, name):
            _fault(node, f"`{name}` is not known", f"{self.arguments()}; define or import others before the rule")

    def operator(self, node: ast.expr) -> None:
        bad = (isinstance(node, ast.BinOp) and type(node.op) not in BINARY_OPERATORS
               or isinstance(node, ast.UnaryOp) and type(node.op) not in UNARY_OPERATORS
               or isinstance(node, ast.Compare) and (len(node.ops) > 1 or type(node.ops[0]) not in (
                   *COMPARE_OPERATORS, ast.Is, ast.IsNot, ast.In, ast.NotIn)))
        if bad:
            _fault(node, f"a formula may not contain `{ast.unparse(node)}`", _ADVICE)
        if tangents_in(node) and not _is_linear(node):
            _fault(node, f"`{ast.unparse(node)}` is not linear in its tangents",
                   "a tangent is linear in dot[...]: derivative times tangent, summed")

    def root(self, node: ast.expr) -> str | None:
        """The name from outside that a dotted name starts with."""
        while isinstance(node, ast.Attribute):
            node = node.value
        if isinstance(node, ast.Name) and (self.scope.is_outside(node.id) or node.id not in self.scope.params
                                           and node.id not in self.scope.locals and hasattr(builtins, node.id)):
            return node.id
        return None

    def value(self, node: ast.expr) -> Any:
        """What a dotted name from outside stands for now."""
        if isinstance(node, ast.Name):
            return self.scope.globals[node.id] if node.id in self.scope.globals else getattr(builtins, node.id)
        assert isinstance(node, ast.Attribute)
        base = self.value(node.value)
        if not hasattr(base, node.attr):
            _fault(node, f"`{ast.unparse(node.value)}` has no `{node.attr}`", "correct the name")
        return getattr(base, node.attr)

    def call(self, node: ast.Call, where: str) -> None:
        root = self.root(node.func)
        if root is not None:
            function = self.value(node.func)
            if not callable(function) or isinstance(function, ModuleType):
                _fault(node, f"`{ast.unparse(node.func)}` is no function", "correct the name")
            self.linear_call(node, function)
        elif isinstance(node.func, ast.Attribute):
            if method(node.func.attr) is None:
                _fault(node, f"`.{node.func.attr}` is no method of arrays that is known", _ADVICE)
            self.expr(node.func.value, where)
            if tangents_in(node):
                _fault(node, "a method is called with a tangent", "call the function of NumPy")
        else:
            self.expr(node.func, where)
            _fault(node, f"`{ast.unparse(node.func)}` is no function that is known", _ADVICE)
        for arg in (*node.args, *[k.value for k in node.keywords]):
            self.expr(arg, where)
        if any(k.arg is None for k in node.keywords):
            _fault(node, f"a formula may not contain `{ast.unparse(node)}`", "write the arguments out")

    def linear_call(self, node: ast.Call, function: Any) -> None:
        """A call with a tangent must be linear in it."""
        inside = tangents_in(node)
        prim = recognise_prim(function)
        if not inside or prim is None and inside <= self.by_hand and callable(function):
            return
        rule = None if prim is None else rule_of(prim)
        if prim is not None and rule is not None:
            args = (*node.args, *[k.value for k in node.keywords])
            op = Op((Value(),), prim, tuple([Const(None)] * len(args)), tuple([k.arg or "" for k in node.keywords]))
            given = list(zip(names_of(rule, op), args))
            straight = ("x", "y") if function is np.where else _linear_in(rule, function)
            if any(function is product for product in _PRODUCTS):       # in one operand at a time
                with_tangents = [name for name, arg in given if tangents_in(arg)]
                straight = tuple(with_tangents) if with_tangents[1:] == [] else ()
            if all(name in straight if tangents_in(arg) else name not in straight or _is_zero(arg)
                   for name, arg in given):
                return
        _fault(node, f"`{ast.unparse(node.func)}` is not known to be linear in its argument",
               "a tangent is linear in dot[...]: multiply it by the derivative")

    # ---- differentials ----

    def transposable(self, node: ast.expr) -> None:
        """Check that a formula is linear in its tangents, and that the adjoint of each can be had."""
        if not tangents_in(node):
            _fault(node, "the tangent of the result does not depend on those of the arguments",
                   "multiply each derivative by its `dot[...]`; of zero derivatives write `constant(function)`")
        for term in _terms(node):
            if not tangents_in(term):
                _fault(term, f"the term `{ast.unparse(term)}` has no `dot[...]`", "multiply it by the tangent")
        try:
            transpose(node)
        except SyntaxError as error:
            if not tangents_in(node) <= self.by_hand or "not linear" in str(error):
                _fault(node, str(error.msg), "a tangent is linear in dot[...]: derivative times tangent, summed; "
                                             "give adjoints that cannot be derived as `bar[...] = ...`")


def _terms(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
        yield from _terms(node.left)
        yield from _terms(node.right)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield from _terms(node.operand)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.Div)) and tangents_in(node):
        yield from _terms(node.left if tangents_in(node.left) else node.right)
    else:
        yield node


def _is_linear(node: ast.expr) -> bool:
    """Whether an operator is linear in the operand that holds a tangent."""
    if isinstance(node, ast.BinOp):
        if isinstance(node.op, (ast.Mult, ast.MatMult)):
            return not (tangents_in(node.left) and tangents_in(node.right))
        if isinstance(node.op, ast.Div):
            return not tangents_in(node.right)
        return isinstance(node.op, (ast.Add, ast.Sub))
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, ast.USub)
    if isinstance(node, ast.Subscript):
        return not tangents_in(node.slice)
    return not isinstance(node, ast.Compare)


def _linear_in(rule: Rule, function: Any) -> tuple[str, ...]:
    """The operands in which a function is known to be linear: its tangent is the function itself."""
    if rule.linear or not isinstance(rule.template, FunctionType):
        return rule.linear
    values = [n.value for n in ast.walk(source_tree(rule.template))
              if isinstance(n, ast.Assign) and marked(n.targets[0], "dot")]
    space = rule.template.__globals__
    if len(values) != 1 or not isinstance(values[0], ast.Call) or called_object(
            values[0].func, Scope(space, set())) is not function:
        return ()
    return tuple([name for arg in values[0].args for name in [marked(arg, "dot")] if name])


def _is_zero(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == 0 and node.value is not False


def _fault(node: ast.AST, reason: str, advice: str) -> NoReturn:
    raise Fault(node, reason, advice)
