"""Loops over generators: what Python computes while the loop runs, and we before it."""
from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import gast
import numpy as np

from tangent2.core import prims
from tangent2.core.objects import is_user_class, package_of
from tangent2.core.prims import Prim
from tangent2.core.syntax import Atom, Op
from tangent2.python.lazy import is_lazy
from tangent2.python.lower_names import reads
from tangent2.python.lower_outside import static
from tangent2.python.lower_state import Lowering
from tangent2.python.parts import children, walk

_PASSING = (enumerate, zip, list, tuple, reversed)      # calls that do nothing before they run over what they are given
# Calls that use up what they are given, or do not run over it.
_LISTING = (list, tuple, dict, set, frozenset, sorted, sum, min, max, range, len)
_NOT_ONCE = (gast.ListComp, gast.SetComp, gast.DictComp, gast.GeneratorExp, gast.Lambda, gast.IfExp, gast.BoolOp)
Mark = tuple[dict[str, Atom], object, "str | None"]


def with_parts_taken(L: Lowering, iter: Any) -> Any:
    """What a loop runs over; what a generator is given of an object or a container, `g(obj.a)`, is taken before it."""
    lazy = [n for n in walk(iter) if isinstance(n, gast.Call) and hasattr(n, "lazy")]
    taken = [a for n in lazy for a in n.args if isinstance(a, (gast.Attribute, gast.Subscript))]
    calls = [n for n in walk(iter) if isinstance(n, gast.Call) and not hasattr(n, "lazy")]
    if not taken or any(static(L, n.func) not in _PASSING for n in calls) \
            or any(isinstance(n, _NOT_ONCE) for n in walk(iter)):
        return iter
    iter = copy.deepcopy(iter)
    for call in [n for n in walk(iter) if isinstance(n, gast.Call) and hasattr(n, "lazy")]:
        for k, arg in enumerate(call.args):
            if isinstance(arg, (gast.Attribute, gast.Subscript)):
                name = f"?{gast.unparse(arg).strip()}"
                L.env[name] = L.expr(arg)
                call.args[k] = gast.copy_location(gast.Name(name, gast.Load(), None, None), arg)
    return iter


def late_reads(L: Lowering, iter: Any) -> Iterator[Mark]:
    """What Python reads of a generator while the loop over it runs, and the methods that may be one."""
    for part in _not_yet(L, iter, False):
        L.unit.marks += 1
        where = L.unit.marks
        if is_late(L, part):
            yield _bound(L, _handed(L, part) | getattr(part, "lazy", frozenset())), where, None
        elif isinstance(part, gast.Call) and isinstance(part.func, gast.Attribute):
            base = part.func.value
            if isinstance(base, gast.Name) and base.id in L.env:
                rest = _bound(L, reads(part) - {base.id})
                yield {base.id: L.env[base.id], **rest}, where, part.func.attr
        elif isinstance(part, gast.Call) and is_user_class(cls := static(L, part.func)):
            if is_lazy(cls, "__iter__"):
                yield _bound(L, reads(part)), where, None
        elif part is not iter and isinstance(part, (gast.Name, gast.Attribute, gast.Subscript)):
            root, path = _path(part)
            if root in L.env:
                yield {root: L.env[root]}, where, path + "__iter__"


def reads_of(L: Lowering, node: Any) -> Mark:
    """All that an expression reads, and what is read of it late."""
    lazy: list[frozenset[str]] = [getattr(n, "lazy", frozenset()) for n in walk(node)]
    L.unit.marks += 1
    return _bound(L, frozenset(reads(node)).union(*lazy)), L.unit.marks, None


def _not_yet(L: Lowering, node: Any, late: bool) -> Iterator[Any]:
    """The parts of an expression that a loop over it may compute, but for what is listed before; `late`: so are all."""
    yield node
    if isinstance(node, (gast.Name, gast.Attribute, gast.Lambda)):
        return
    obj = static(L, node.func) if isinstance(node, gast.Call) else None
    late = late or hasattr(node, "lazy") or isinstance(node, gast.GeneratorExp)
    if not late and any(obj is each for each in _LISTING):
        return
    if isinstance(node, gast.Subscript):
        if late:
            yield from _not_yet(L, node.value, late)
        return
    for child in children(node):
        yield from _not_yet(L, child, late)


def _path(node: Any) -> tuple[str, str]:
    """The name that a chain of attributes and elements starts with, and how it goes on: `a.b[0]` is `a`, `b.[].`."""
    if isinstance(node, gast.Attribute):
        root, path = _path(node.value)
        return root, f"{path}{node.attr}."
    if isinstance(node, gast.Subscript):
        root, path = _path(node.value)
        return root, path + "[]."
    return getattr(node, "id", ""), ""


def _bound(L: Lowering, names: frozenset[str]) -> dict[str, Atom]:
    return {n: L.env[n] for n in sorted(names) if n in L.env}


def _handed(L: Lowering, node: Any) -> frozenset[str]:
    """The names whose memory an expression may hand on: that of arithmetic, and of much of NumPy, is new."""
    if isinstance(node, gast.BinOp):
        return frozenset()
    if isinstance(node, gast.Call):
        called = static(L, node.func)
        known = L.unit.recognise(called) if isinstance(called, np.ufunc) or package_of(called) == "numpy" else None
        if isinstance(known, Prim) and known.result == "fresh":
            return frozenset()
        given = [*node.args, *[k.value for k in node.keywords]]
        return frozenset().union(*[_handed(L, arg) for arg in given], reads(node.func))
    return frozenset(reads(node))


def mark(L: Lowering, late: list[Mark], turn: bool) -> None:
    """Note what a loop's generators read: before the loop, and at the begin of each turn."""
    for atoms, where, method in late:
        if atoms:
            called = tuple([name.lstrip("?") for name in atoms])
            L.stmts.append(Op((), prims.LATE, tuple(atoms.values()), (), (where, turn, method, called), L.origin))


def captured(node: Any) -> frozenset[str]:
    """The names that Python looks up while a loop over an expression runs."""
    if not isinstance(node, gast.GeneratorExp):
        return frozenset(getattr(node, "lazy", ()))
    first, *rest = node.generators
    first = gast.comprehension(first.target, gast.Constant(0, None), first.ifs, first.is_async)
    return frozenset(reads(gast.GeneratorExp(node.elt, [first, *rest])))


def is_late(L: Lowering, node: Any) -> bool:
    """Whether Python computes an expression while the loop over it runs."""
    return isinstance(node, gast.GeneratorExp) or hasattr(node, "lazy") or (
        isinstance(node, gast.Call) and static(L, node.func) is map)
