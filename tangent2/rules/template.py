"""Templates: rules written as Python that is read, never run, and compiled to closures over the builder at first use.

In a template, parameters are the operands and `out` the result; `dot[out] = ...` is the differential, `bar[x] = ...`
an adjoint written by hand, and `if` is decided at compile time by what is known of the operands (their literals, and
the questions of `questions.py`).  Other assignments name expressions, which are emitted once, where first needed.
"""
from __future__ import annotations

import ast
import linecache
from collections import ChainMap
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import partial, reduce
from inspect import getblock
from types import FunctionType, ModuleType
from typing import Any

from tangent2.core.build import Builder
from tangent2.core.kinds import Array, Number
from tangent2.core.prims import MATMUL, Captured
from tangent2.core.syntax import Atom, Op, Value
from tangent2.rules.declare import Rule, bind, recognise_prim, rule_of
from tangent2.rules.expressions import VALUES, assigned, called_object, test, value
from tangent2.rules.frames import Expr, Frame, Scope, names_of
from tangent2.rules.questions import zeros_if_none
from tangent2.rules.transpose import Transposed, marked, tangents_in, transpose

dot: Any = None         # names that templates use and nobody reads
bar: Any = None
Run = Callable[[Frame], None]


@dataclass(frozen=True, slots=True)
class Compiled:
    """A template ready to be applied; `wrt` are the operands a derivative flows through.

    `scales`: adjoints are that of the result times or over factors, nothing else.
    """

    adjoint: tuple[Run, ...]
    tangent: tuple[Run, ...] | None
    wrt: frozenset[str]
    scales: bool = False


_compiled: dict[Rule, Compiled] = {}


def compiled(rule: Rule) -> Compiled:
    """The template of a rule, read and compiled at first use."""
    known = _compiled.get(rule)
    if known is None:
        known = _compiled[rule] = _compile(rule)
    return known


def adjoint_of(rule: Rule, build: Builder, op: Op, seed: Atom, wanted: frozenset[str],
               have: Callable[[Atom], bool]) -> dict[str, Any]:
    """Emit the adjoints of the wanted operands; those left out are zero."""
    _told(rule, wanted)
    frame = Frame(build, op, bind(op, rule.params, rule.star, rule.defaults, len(rule.named)), have)
    frame.seed, frame.wanted = seed, wanted
    for run in compiled(rule).adjoint:
        run(frame)
    for name, derived in frame.derived.items():
        if name in wanted and name not in frame.found:
            adjoint = derived(frame)
            if adjoint is not None:
                frame.found[name] = adjoint
    return frame.found


def tangent_of(rule: Rule, build: Builder, op: Op, dots: Mapping[str, Atom]) -> Atom | None:
    """Emit the tangent of the result; None if it is zero."""
    statements = compiled(rule).tangent
    if statements is None:
        raise LookupError(f"{op.prim} has no tangent rule")
    _told(rule, dots)
    frame = Frame(build, op, bind(op, rule.params, rule.star, rule.defaults, len(rule.named)), lambda atom: True)
    frame.dots = dots
    for run in statements:
        run(frame)
    return frame.found.get("out")


def _told(rule: Rule, names: Collection[str]) -> None:
    """A user's rule must say something of each operand that a derivative flows through."""
    if rule.own and not compiled(rule).wrt.issuperset(names):
        silent = ", ".join([f"`{name}`" for name in names if name not in compiled(rule).wrt])
        raise LookupError(f"its rule says nothing of {silent}: add a term with dot[...], 0.0 * dot[...] if it is zero")


# ---- reading ----

def source_tree(template: FunctionType) -> ast.FunctionDef:
    """The syntax tree of a template, parsed from its own lines only."""
    code = template.__code__
    lines = linecache.getlines(code.co_filename, template.__globals__)
    block = getblock(lines[code.co_firstlineno - 1:])
    indent = len(block[0]) - len(block[0].lstrip())
    tree = ast.parse("".join(line[indent:] if line.strip() else line for line in block)).body[0]
    if not isinstance(tree, ast.FunctionDef):
        raise SyntaxError(f"{template.__name__} is not a template")
    return tree


def scope_of(rule: Rule, body: list[ast.stmt]) -> Scope:
    """What the names in a template mean."""
    template = rule.template
    assert isinstance(template, FunctionType)
    params = {*rule.params, *((rule.star,) if rule.star else ())}
    local = assigned(body)
    if not rule.own:
        return Scope(template.__globals__, params, local)
    cells = dict(zip(template.__code__.co_freevars, template.__closure__ or ()))
    return Scope(ChainMap(_Cells(cells), template.__globals__), params, local, partial(_captured, template, cells))


class _Cells(Mapping[str, Any]):
    """The values that closure cells have now."""

    def __init__(self, cells: dict[str, Any]) -> None:
        self.cells = cells

    def __getitem__(self, name: str) -> Any:
        try:
            return self.cells[name].cell_contents
        except ValueError:
            raise KeyError(name) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self.cells)

    def __len__(self) -> int:
        return len(self.cells)


def _captured(template: FunctionType, cells: dict[str, Any], dotted: str) -> Captured:
    """What a dotted name in a user's rule reads, by name, when the derivative runs."""
    root, *path = dotted.split(".")
    owner: Any = cells.get(root, template.__globals__)

    def read() -> Any:
        found = owner.cell_contents if root in cells else owner[root]
        return reduce(getattr, path, found)
    base = owner.cell_contents if root in cells else owner[root]
    if path and isinstance(module := reduce(getattr, path[:-1], base), ModuleType):
        return Captured(dotted, module, lambda: getattr(module, path[-1]), "module")
    return Captured(dotted, owner, read, "cell" if root in cells else "global")


def _compile(rule: Rule) -> Compiled:
    template = rule.template
    assert isinstance(template, FunctionType)
    body = source_tree(template).body
    scope = scope_of(rule, body)
    by_hand = {name for stmt in body for inner in ast.walk(stmt) if isinstance(inner, ast.Assign)
               for name in [marked(inner.targets[0], "bar")] if name}
    derived = {name for stmt in body for name in tangents_in(stmt)} & scope.params
    adjoint = _statements(body, scope, lambda stmt: [_adjoint_statement(stmt, scope, by_hand)])
    if rule.linear:
        tangent: tuple[Run, ...] | None = (lambda frame: _linear(frame, rule),)
    elif derived:
        tangent = _statements(body, scope, lambda stmt: _tangent_statement(stmt, scope))
    else:
        tangent = None
    return Compiled(adjoint, tangent, frozenset(by_hand | derived), not by_hand and _scales(body))


def _scales(body: list[ast.stmt]) -> bool:
    differentials = [n.value for s in body for n in ast.walk(s)
                     if isinstance(n, ast.Assign) and marked(n.targets[0], "dot")]
    return not any(isinstance(inner, Transposed) for each in differentials
                   for adjoint in transpose(each).values() for inner in ast.walk(adjoint))


def _adjoint_statement(stmt: ast.Assign, scope: Scope, by_hand: set[str]) -> Run:
    if marked(stmt.targets[0], "dot") is None:
        return _assign(stmt, scope)
    try:
        derived = {name: value(expr, scope) for name, expr in transpose(stmt.value).items()}
    except SyntaxError:
        if not tangents_in(stmt.value) <= by_hand:
            raise
        derived = {}
    return lambda frame: frame.derived.update(derived)


def _tangent_statement(stmt: ast.Assign, scope: Scope) -> list[Run]:
    return [] if marked(stmt.targets[0], "bar") else [_assign(stmt, scope)]


def _linear(frame: Frame, rule: Rule) -> None:
    """The tangent of a primitive that is linear in some operands: itself, of their tangents."""
    if not any(name in frame.dots for name in rule.linear):
        return
    op, names = frame.op, names_of(rule, frame.op)
    missing = [atom for name, atom in zip(names, op.args) if name in rule.linear and name not in frame.dots]
    if not rule.own and not all(isinstance(frame.build.kind(atom), (Array, Number)) for atom in missing):
        raise LookupError(f"{op.prim} needs the tangents of all of {rule.linear}")
    args = [zeros_if_none(frame, frame.dots.get(name), atom) if name in rule.linear else atom
            for name, atom in zip(names, op.args)]
    frame.found["out"] = frame.build.op(op.prim, *args, kw=op.kw, static=op.static)


# ---- statements ----

def _statements(body: list[ast.stmt], scope: Scope, assign: Callable[[ast.Assign], list[Run]]) -> tuple[Run, ...]:
    runs: list[Run] = []
    for stmt in body:
        if isinstance(stmt, ast.Assign):
            runs += assign(stmt)
        elif isinstance(stmt, ast.If):
            then, orelse = _statements(stmt.body, scope, assign), _statements(stmt.orelse, scope, assign)
            runs.append(_if(test(stmt.test, scope), then, orelse))
        elif isinstance(stmt, ast.Expr) and isinstance(stmt.value, ast.Call):
            runs.append(_effect(value(stmt.value, scope)))
        elif not isinstance(stmt, (ast.Pass, ast.Expr)):
            raise SyntaxError(f"a template may not contain {ast.unparse(stmt)}")
    return tuple(runs)


def _effect(expr: Expr) -> Run:
    def run(frame: Frame) -> None:
        expr(frame)
    return run


def _if(test: Expr, then: tuple[Run, ...], orelse: tuple[Run, ...]) -> Run:
    def run(frame: Frame) -> None:
        for stmt in then if test(frame) else orelse:
            stmt(frame)
    return run


def _assign(stmt: ast.Assign, scope: Scope) -> Run:
    target, expr = stmt.targets[0], value(stmt.value, scope)
    name = marked(target, "bar")
    if name is not None:
        return _assign_adjoint(name, expr)
    if marked(target, "dot") is not None:
        return _assign_tangent(expr)
    if not isinstance(target, ast.Name):
        raise SyntaxError(f"a template may not assign to {ast.unparse(target)}")
    return _assign_local(target.id, expr)


def _assign_adjoint(name: str, expr: Expr) -> Run:
    def run(frame: Frame) -> None:
        if name in frame.wanted:
            adjoint = expr(frame)
            if adjoint is not None:
                frame.found[name] = adjoint
    return run


def _assign_tangent(expr: Expr) -> Run:
    def run(frame: Frame) -> None:
        tangent = expr(frame)
        if tangent is not None:
            frame.found["out"] = tangent
    return run


def _assign_local(name: str, expr: Expr) -> Run:
    def run(frame: Frame) -> None:
        frame.cache[name] = (expr,)         # a tuple: not emitted yet
    return run


# ---- calls inside of differentials ----

def _transposed(node: Transposed, scope: Scope) -> Expr:
    """The adjoint of a call inside a differential: that of the primitive called, whose operand is like the primal."""
    call = node.call
    if isinstance(call, ast.BinOp):
        prim, args, keywords = MATMUL, [call.left, call.right], []
    else:
        assert isinstance(call, ast.Call)
        known = recognise_prim(called_object(call.func, scope))
        if known is None:
            raise SyntaxError(f"cannot transpose {ast.unparse(call)}: write bar[...] by hand")
        prim, args = known, call.args
        keywords = [(k.arg or "", value(k.value, scope)) for k in call.keywords]
    place = next(k for k, a in enumerate(args) if marked(a, "dot"))
    exprs = [value(ast.Name(node.name) if k == place else a, scope) for k, a in enumerate(args)]
    exprs += [e for _, e in keywords]
    seed, kw = value(node.seed, scope), tuple([n for n, _ in keywords])

    def run(frame: Frame) -> Any:
        rule = rule_of(prim)
        if rule is None:
            raise LookupError(f"{prim} has no rule")
        op = Op((Value(),), prim, tuple([e(frame) for e in exprs]), kw)
        name = names_of(rule, op)[place]
        return adjoint_of(rule, frame.build, op, seed(frame), frozenset((name,)), frame.have).get(name)
    return run


VALUES[Transposed] = _transposed
