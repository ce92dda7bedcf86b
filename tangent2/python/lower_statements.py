"""Statements without regions: assignments, expressions, `del`, `raise`, `import`, `pass`."""
from __future__ import annotations

import importlib
from typing import Any

import gast

from tangent2.core import prims
from tangent2.core.syntax import Atom, Exit, Raise
from tangent2.python.lower_branches import branch, join, nothing, test
from tangent2.python.lower_expressions import SIGNS
from tangent2.python.lower_names import scan
from tangent2.python.lower_outside import bind_module
from tangent2.python.lower_state import Lowering, hint_of, statement
from tangent2.python.lower_targets import assign, augment
from tangent2.python.lower_verbatim import verbatim
from tangent2.python.lower_writes import delete_part


@statement(gast.Assign)
def assignment(L: Lowering, node: Any) -> None:
    """`a = b = value`; a pattern of displays on both sides is taken apart without making a tuple."""
    if len(node.targets) == 1 and _matches(node.targets[0], node.value):
        for target, atom in _spread(L, node.targets[0], node.value):
            assign(L, target, atom)
        return
    hints = [hint_of(target) for target in node.targets]
    if len(hints) == 1 and isinstance(node.targets[0], (gast.Tuple, gast.List)):
        L.transient.add(id(node.value))     # an iterator, taken apart at once
    atom = L.expr(node.value, next((h for h in hints if h is not None), None))
    for target in node.targets:
        assign(L, target, atom)


def _matches(target: Any, value: Any) -> bool:
    """Whether target and value are displays of the same length, without a starred value."""
    if not isinstance(target, (gast.Tuple, gast.List)) or not isinstance(value, (gast.Tuple, gast.List)):
        return False
    if any(isinstance(v, gast.Starred) for v in value.elts):
        return False
    stars = sum(isinstance(t, gast.Starred) for t in target.elts)
    return len(target.elts) == len(value.elts) if not stars else len(value.elts) >= len(target.elts) - 1


def _spread(L: Lowering, target: Any, value: Any) -> list[tuple[Any, Atom]]:
    """Evaluate all values of a pattern, then give the pairs to assign."""
    pairs = _pairs(target, value)
    found: list[tuple[Any, Atom]] = []
    start = len(L.updated)
    for item, part in pairs:
        if isinstance(part, list):
            atom: Atom = L.op(prims.LIST, *L.atoms(part), hint=hint_of(item))
        else:
            atom = L.expr(part, hint_of(item))
        if any(a is old for _, a in found for old in L.updated[start:]):
            L.refuse(target, "a value is read and written to in one expression", "split it into two statements")
        found.append((item, atom))
    return found


def _pairs(target: Any, value: Any) -> list[tuple[Any, Any]]:
    """Targets with their values, nested ones too; a starred target has a list of values."""
    if not _matches(target, value):
        return [(target, value)]
    count = len(value.elts) - len(target.elts) + 1
    found: list[tuple[Any, Any]] = []
    k = 0
    for item in target.elts:
        if isinstance(item, gast.Starred):
            found.append((item.value, value.elts[k:k + count]))
            k += count
        else:
            found += _pairs(item, value.elts[k])
            k += 1
    return found


@statement(gast.AnnAssign)
def annotated(L: Lowering, node: Any) -> None:
    """`a: kind = value`; a bare annotation does nothing."""
    if node.value is not None:
        assign(L, node.target, L.expr(node.value, hint_of(node.target)))


@statement(gast.AugAssign)
def augmented(L: Lowering, node: Any) -> None:
    """`a += value`."""
    augment(L, node, SIGNS[type(node.op)])


@statement(gast.Expr)
def expression_statement(L: Lowering, node: Any) -> None:
    """An expression whose value is dropped; docstrings and other literals vanish."""
    if not isinstance(node.value, gast.Constant):
        L.expr(node.value)


@statement(gast.Pass)
def pass_statement(L: Lowering, node: Any) -> None:
    """`pass`."""


@statement(gast.Delete)
def delete(L: Lowering, node: Any) -> None:
    """`del name`."""
    for target in node.targets:
        if isinstance(target, gast.Subscript):
            delete_part(L, target)
            continue
        if not isinstance(target, gast.Name):
            L.refuse(target, "`del` of a part is not supported", "build a new container without it", "`del`")
        L.expr(gast.copy_location(gast.Name(target.id, gast.Load(), None, None), target))
        del L.env[target.id]


@statement(gast.Raise)
def raise_statement(L: Lowering, node: Any) -> Exit:
    """`raise error from cause`."""
    return Raise(tuple(L.atoms([part for part in (node.exc, node.cause) if part is not None])))


@statement(gast.Assert)
def assert_statement(L: Lowering, node: Any) -> Exit | None:
    """`assert c, m` is `if not c: raise AssertionError(m)`; nothing under `python -O`, as in the function itself."""
    if not __debug__:
        return None
    cond = L.op(prims.NOT, test(L, node.test))
    arguments = [] if node.msg is None else [node.msg]
    error = gast.Call(gast.Name("AssertionError", gast.Load(), None, None), arguments, [])
    gast.copy_location(error, node.test)
    gast.copy_location(error.func, node.test)
    failed = branch(L, lambda: Raise((verbatim(L, error),)))
    return join(L, cond, failed, branch(L, nothing), None)


@statement(gast.Import)
def import_statement(L: Lowering, node: Any) -> None:
    """`import a.b`, `import a as b`."""
    for alias in node.names:
        module = importlib.import_module(alias.name)
        top = alias.name.split(".")[0]
        bind_module(L, alias.asname or top, module if alias.asname else importlib.import_module(top))


@statement(gast.ImportFrom)
def import_from(L: Lowering, node: Any) -> None:
    """`from a import b`."""
    if node.level or node.module is None:
        L.refuse(node, "a relative import inside a function is not supported", "import at module level", "import")
    module = importlib.import_module(node.module)
    for alias in node.names:
        if hasattr(module, alias.name):
            value: Any = getattr(module, alias.name)
        else:
            value = importlib.import_module(f"{node.module}.{alias.name}")
        bind_module(L, alias.asname or alias.name, value)


@statement(gast.Global)
def global_statement(L: Lowering, node: Any) -> None:
    """`global`: nothing, where the names are only read."""
    body = L.node.body if isinstance(L.node.body, list) else []
    if not set(node.names).isdisjoint(scan(body).bound):
        L.fence(node)


@statement(gast.Try)
def try_statement(L: Lowering, node: Any) -> None:
    """A `try` statement that was not rewritten."""
    if not hasattr(node, "refused"):
        L.fence(node)
    reason, advice = node.refused
    L.refuse(node, reason, advice, "`try`")
