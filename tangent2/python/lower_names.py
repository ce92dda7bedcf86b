"""Facts about names, from syntax alone: what a statement binds, changes and reads, and what is live after it.

Lowering carries through a loop, or out of a branch, only names that are read later.  Every question is answered by
one small function; answers about large nodes are kept by `Names`.
"""
from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import gast

from tangent2.python.fence import READING, TELLING
from tangent2.python.parts import children

_FUNCTIONS = (gast.FunctionDef, gast.Lambda, gast.AsyncFunctionDef)
_COMPREHENSIONS = (gast.ListComp, gast.SetComp, gast.DictComp, gast.GeneratorExp)
_LOOPS = (gast.For, gast.While)
_MUTATING = frozenset((
    "append", "pop", "insert", "extend", "remove", "reverse", "sort", "clear", "update", "setdefault", "popitem",
    "fill", "put"))
_WRITING = frozenset(("at", "copyto", "put", "place", "putmask", "put_along_axis", "fill_diagonal"))    # of NumPy
NameSet = frozenset[str]
NOTHING: NameSet = frozenset()


def parameters(args: Any) -> list[Any]:
    """The parameter names (gast `Name`s) of a function in the order of its core params."""
    names = [*args.posonlyargs, *args.args]
    names += [args.vararg] if args.vararg is not None else []
    names += args.kwonlyargs
    return names + ([args.kwarg] if args.kwarg is not None else [])


def defaults(args: Any) -> list[Any]:
    """The expressions of the defaults of a function."""
    return [*args.defaults, *(d for d in args.kw_defaults if d is not None)]


def root_name(node: Any) -> str | None:
    """The name that a chain of subscripts and attributes starts with.

    >>> root_name(gast.parse("a[0].b[1]").body[0].value)
    'a'
    """
    while isinstance(node, (gast.Subscript, gast.Attribute)) or _shows(node):
        node = node.func if isinstance(node, gast.Call) else node.value
    return node.id if isinstance(node, gast.Name) else None


def _shows(node: Any) -> bool:
    """Whether an expression is the result of a method, which may be (part of) its object."""
    return isinstance(node, gast.Call) and isinstance(node.func, gast.Attribute)


def target_names(node: Any) -> Iterator[str]:
    """The names an assignment target binds."""
    if isinstance(node, gast.Name):
        yield node.id
    elif isinstance(node, gast.Starred):
        yield from target_names(node.value)
    elif isinstance(node, (gast.Tuple, gast.List)):
        for item in node.elts:
            yield from target_names(item)


def alias_sources(node: Any) -> Iterator[str]:
    """The names whose very object an expression may give.

    >>> list(alias_sources(gast.parse("(a, b if c else d + e)").body[0].value))
    ['a', 'b']
    """
    if isinstance(node, gast.Name):
        yield node.id
    elif isinstance(node, (gast.Tuple, gast.List)):
        for item in node.elts:
            yield from alias_sources(item)
    elif isinstance(node, gast.IfExp):
        yield from alias_sources(node.body)
        yield from alias_sources(node.orelse)
    elif isinstance(node, gast.BoolOp):
        for item in node.values:
            yield from alias_sources(item)
    elif isinstance(node, gast.NamedExpr):
        yield from alias_sources(node.value)
        yield node.target.id


class Scan:
    """What a piece of code does to names: `bound` by assignment, `changed` through a store, append or pop, `copied`.

    What only a method may change that is not known is `changed` too, but not `stored`.  Each is ordered by first
    occurrence.  Inner functions and the targets of comprehensions are scopes of their own.
    """

    __slots__ = ("bound", "changed", "copied", "stored", "touched")

    def __init__(self) -> None:
        self.bound: dict[str, None] = {}
        self.changed: dict[str, None] = {}
        self.touched: dict[str, None] = {}          # both: the names whose value may be another one afterwards
        self.stored: dict[str, None] = {}
        self.copied: list[tuple[str, str]] = []     # (new name, old name)

    @property
    def given(self) -> frozenset[str]:
        """The names that surely may have another value afterwards."""
        return frozenset((*self.bound, *self.stored))


def scan(nodes: list[Any], target: Any = None) -> Scan:
    """Scan statements or expressions, `target` (of a loop around them) being assigned first.

    >>> s = scan(gast.parse("a = b; c[0] += 1; d.e.append((f := 2))").body)
    >>> list(s.bound), list(s.changed), s.copied
    (['a', 'f'], ['c', 'd'], [('a', 'b')])
    """
    found = Scan()
    if target is not None:
        _scan_target(target, found, NOTHING)
    for node in nodes:
        _scan(node, found, NOTHING)
    return found


def _scan(node: Any, found: Scan, own: NameSet) -> None:
    rule = _SCANS.get(type(node))
    if rule is not None:
        rule(node, found, own)
    if isinstance(node, _FUNCTIONS):
        for default in defaults(node.args):
            _scan(default, found, own)
        return
    if isinstance(node, _COMPREHENSIONS):
        own = own.union(*(target_names(g.target) for g in node.generators))
    for child in children(node):
        _scan(child, found, own)


def _bind(names: Any, found: Scan, own: NameSet) -> None:
    for name in names:
        if name not in own:
            found.bound[name] = found.touched[name] = None


def _change(place: Any, found: Scan, own: NameSet, surely: bool = True) -> None:
    name = root_name(place)
    if name is not None and name not in own:
        found.changed[name] = found.touched[name] = None
        if surely:
            found.stored[name] = None


def _scan_assign(node: Any, found: Scan, own: NameSet) -> None:
    targets = node.targets if isinstance(node, (gast.Assign, gast.Delete)) else [node.target]
    if not isinstance(node, gast.Delete) and node.value is not None and not isinstance(node, gast.AugAssign):
        old = list(alias_sources(node.value))
        found.copied += [(new, name) for target in targets for new in target_names(target) for name in old]
    for target in targets:
        _scan_target(target, found, own)


def _scan_target(target: Any, found: Scan, own: NameSet) -> None:
    if isinstance(target, (gast.Tuple, gast.List)):
        for item in target.elts:
            _scan_target(item, found, own)
    elif isinstance(target, gast.Starred):
        _scan_target(target.value, found, own)
    elif isinstance(target, gast.Name):
        _bind((target.id,), found, own)
    else:
        _change(target, found, own)


def _scan_for(node: Any, found: Scan, own: NameSet) -> None:
    _scan_target(node.target, found, own)


def _scan_def(node: Any, found: Scan, own: NameSet) -> None:
    _bind((node.name,), found, own)


def _scan_import(node: Any, found: Scan, own: NameSet) -> None:
    _bind((a.asname or a.name.split(".")[0] for a in node.names), found, own)


def _scan_call(node: Any, found: Scan, own: NameSet) -> None:
    func = node.func
    if isinstance(func, gast.Name) and func.id == "self":
        _change(func, found, own, False)
    for keyword in node.keywords:
        if keyword.arg == "out":
            _change(keyword.value, found, own)
    if not isinstance(func, gast.Attribute):
        return
    if func.attr in _WRITING and node.args:       # np.add.at(x, i, v)
        _change(node.args[0], found, own)
    if func.attr in _MUTATING or func.attr[:3] == "__i":
        _change(func.value, found, own)
    elif func.attr in _WRITING and node.args:
        return
    elif may_change(func):
        _change(func.value, found, own, False)
    elif is_super(func.value) or isinstance(func.value, gast.Name) and node.args and func.attr[:1] == "_":
        first = gast.Name("self", gast.Load(), None, None) if is_super(func.value) else node.args[0]
        _change(first, found, own, False)


def may_change(func: Any) -> bool:
    """Whether a method, which is none of arrays or containers, is called on a name or a part of what it names."""
    return func.attr not in READING and func.attr not in TELLING and is_part(func.value)


def is_part(node: Any) -> bool:
    """Whether an expression is a name, or an attribute or an element of one."""
    while isinstance(node, (gast.Attribute, gast.Subscript)):
        if isinstance(node, gast.Subscript) and isinstance(node.slice, (gast.Slice, gast.Tuple)):
            return False
        node = node.value
    return isinstance(node, gast.Name)


def is_super(node: Any) -> bool:
    """Whether an expression is `super()`."""
    return isinstance(node, gast.Call) and isinstance(node.func, gast.Name) and node.func.id == "super"


_SCANS: dict[type, Callable[[Any, Scan, NameSet], None]] = {
    gast.Assign: _scan_assign, gast.AugAssign: _scan_assign, gast.AnnAssign: _scan_assign, gast.NamedExpr: _scan_assign,
    gast.Delete: _scan_assign, gast.For: _scan_for, gast.FunctionDef: _scan_def, gast.Import: _scan_import,
    gast.ImportFrom: _scan_import, gast.Call: _scan_call,
}


def reads(node: Any) -> NameSet:
    """All names an expression (or a whole inner function) reads from around it.

    >>> sorted(reads(gast.parse("[f(x, k) for x in y] + (lambda v, w=u: v + z)").body[0].value))
    ['f', 'k', 'u', 'y', 'z']
    """
    found: set[str] = set()
    _reads(node, found, NOTHING)
    return frozenset(found)


def _reads(node: Any, found: set[str], own: NameSet) -> None:
    if isinstance(node, gast.Name):
        if node.id not in own and (isinstance(node.ctx, gast.Load)):
            found.add(node.id)
    elif isinstance(node, _FUNCTIONS):
        for default in defaults(node.args):
            _reads(default, found, own)
        found |= free_names(node) - own
    elif isinstance(node, _COMPREHENSIONS):
        first, *rest = node.generators
        _reads(first.iter, found, own)
        own = own.union(*(target_names(g.target) for g in node.generators))
        for part in (*first.ifs, *rest, *(getattr(node, f) for f in ("elt", "key", "value") if hasattr(node, f))):
            _reads(part, found, own)
        _reads(first.target, found, own)
    elif isinstance(node, gast.AugAssign):
        found |= set(target_names(node.target)) - own
        for child in children(node):
            _reads(child, found, own)
    else:
        own = own | getattr(node, "own", NOTHING)
        for child in children(node):
            _reads(child, found, own)


def free_names(node: Any) -> NameSet:
    """The names the body of an inner function reads from around it (its defaults are read outside of it)."""
    body = node.body if isinstance(node.body, list) else [node.body]
    own = frozenset(p.id for p in parameters(node.args)) | frozenset(scan(body).bound)
    found: set[str] = set()
    for part in body:
        _reads(part, found, own)
    return frozenset(found)
