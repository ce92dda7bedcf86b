"""Containers of `collections`, and sets that grow, under names of the function: as lists and dicts.

A `deque` is a list, an `OrderedDict` a dict, a `defaultdict` a dict that gets its default before it is read, a
`Counter` one with `get`; a set that is changed is a dict of its elements if it is only asked for them, else a list.
All uses of the name must be understood.
"""
from __future__ import annotations

import collections
from collections.abc import Callable, Collection, Iterator
from typing import Any

import gast

from tangent2.python.desugar_containers import Named, Rewriting
from tangent2.python.desugar_generators import located_new, own_parts
from tangent2.python.desugar_state import STARTS, Desugaring, build
from tangent2.python.lower_names import parameters, scan
from tangent2.python.parts import children, walk

_FORMS: tuple[tuple[Any, str], ...] = (
    (set, "set"), (collections.deque, "deque"), (collections.defaultdict, "defaultdict"),
    (collections.Counter, "Counter"), (collections.OrderedDict, "OrderedDict"))
_CHANGES = {"set": ("add", "discard", "remove", "update", "clear"),
            "deque": ("append", "appendleft", "pop", "popleft", "extend", "extendleft", "insert", "remove", "clear",
                      "reverse"),
            "defaultdict": ("setdefault",), "Counter": (), "OrderedDict": ("move_to_end", "pop", "setdefault")}
_READS = {"set": (), "deque": ("index", "count"), **dict.fromkeys(
    ("defaultdict", "Counter", "OrderedDict"), ("items", "keys", "values", "get"))}
_UNORDERED = (len, sorted, min, max, sum, bool)         # what asks for no order of the elements of a set
_TAKERS = (*_UNORDERED, list, tuple, any, all, enumerate, zip, reversed, map, filter)
_INNER = (gast.FunctionDef, gast.Lambda, gast.ListComp, gast.SetComp, gast.DictComp, gast.GeneratorExp)
_ASKING = ("defaultdict", "Counter")       # of which a key is asked for before it is read
_FACTORIES = {float: "0.0", int: "0", list: "[]", dict: "{}"}


def containers(D: Desugaring, node: Any) -> Any:
    """A function whose named containers are lists and dicts."""
    if not isinstance(node.body, list):
        return node
    bound = scan(node.body).bound
    own = {p.id for p in parameters(node.args)}

    def resolve(part: Any) -> Any:
        root = part
        while isinstance(root, gast.Attribute):
            root = root.value
        return None if isinstance(root, gast.Name) and (root.id in bound or root.id in own) else D.resolve(part)
    candidates = {name: named for name, named in _candidates(node, resolve).items() if name not in own}
    asking = [name for name, named in candidates.items() if named.form in _ASKING]
    if asking:
        node.body = _keys_first(node.body, asking)
    found = {name: named for name, named in candidates.items() if _understood(node, named, resolve)}
    if found:
        node.body = Rewriting(found).block(node.body)
    return node


def _keys_first(stmts: list[Any], names: Collection[str]) -> list[Any]:
    """Statements in which a key that is computed, of `d[f(x)] += v` and `d[f(x)].append(v)`, is named before.

    >>> print(gast.unparse(_keys_first(gast.parse("d[int(v)] += v").body, ["d"])).strip())
    ?key#1.0 = int(v)
    d[?key#1.0] += v
    """
    found: list[Any] = []
    for stmt in stmts:
        for part in ("body", "orelse", "finalbody", "handlers"):
            held = getattr(stmt, part, None)
            if isinstance(held, list) and held and not isinstance(stmt, _INNER):
                setattr(stmt, part, _keys_first(held, names))
        value = stmt.value if isinstance(stmt, gast.Expr) else None
        method = value.func if isinstance(value, gast.Call) and isinstance(value.func, gast.Attribute) else None
        item = stmt.target if isinstance(stmt, gast.AugAssign) else getattr(method, "value", None)
        if isinstance(item, gast.Subscript) and getattr(item.value, "id", None) in names and not _is_plain(item.slice) \
                and not isinstance(item.slice, gast.Slice):
            name = f"?key#{stmt.lineno}.{stmt.col_offset}"
            first = gast.Assign([gast.Name(name, gast.Store(), None, None)], item.slice, None)
            item.slice = gast.copy_location(gast.Name(name, gast.Load(), None, None), item.slice)
            found.append(located_new(first, stmt))
        found.append(stmt)
    return found


def _candidates(node: Any, resolve: Callable[[Any], Any]) -> dict[str, Named]:
    found: dict[str, Named] = {}
    hidden = _bound_inside(node)
    for part in own_parts(node):
        if not isinstance(part, gast.Assign) or len(part.targets) != 1 or not isinstance(part.targets[0], gast.Name):
            continue
        name, form = part.targets[0].id, _form(part.value, resolve)
        if form is not None and (name not in found or found[name].form == form):
            found.setdefault(name, Named(name, form, hidden)).bindings.append(part)
    return found


def _form(value: Any, resolve: Callable[[Any], Any]) -> str | None:
    if isinstance(value, (gast.Set, gast.SetComp)):
        return "set"
    if not isinstance(value, gast.Call) or any(isinstance(a, gast.Starred) for a in value.args):
        return None
    obj = resolve(value.func)
    return next((form for known, form in _FORMS if obj is known), None)


# --- what is understood -----------------------------------------------------------------------------------------------

def _understood(node: Any, named: Named, resolve: Callable[[Any], Any]) -> bool:
    """Whether every use of a name is one that the list or dict in its place has too."""
    changed = False
    for part, up, above in _with_parents(node):
        if isinstance(part, (gast.Global, gast.Nonlocal)) and named.name in part.names:
            return False
        if not isinstance(part, gast.Name) or part.id != named.name:
            continue
        if isinstance(part.ctx, gast.Load):
            use = _use(part, up, above, named, resolve)
        else:
            use = "binding" if any(up is b for b in named.bindings) else _augmented(up, named)
        if use is None:
            return False
        named.listed |= _is_listed(up, above, resolve)
        named.seen |= not isinstance(up, gast.Subscript) and use != "binding"
        changed = changed or use == "change"
    return _made(named, resolve) and (changed or named.form in ("defaultdict", "OrderedDict", "deque"))


def _with_parents(node: Any, up: Any = None, above: Any = None) -> Iterator[tuple[Any, Any, Any]]:
    yield node, up, above
    for child in children(node):
        yield from _with_parents(child, node, up)


def _is_listed(up: Any, above: Any, resolve: Callable[[Any], Any]) -> bool:
    """Whether a use of a set asks for its elements, or takes some away."""
    if isinstance(up, gast.Attribute) and isinstance(above, gast.Call):
        return up.attr in ("discard", "remove")
    if isinstance(up, gast.AugAssign):
        return isinstance(up.op, gast.Sub)
    return isinstance(up, gast.Call) and resolve(up.func) not in (len, bool)


def _augmented(up: Any, named: Named) -> str | None:
    signs = isinstance(up, gast.AugAssign) and isinstance(up.op, (gast.BitOr, gast.Sub))
    return "change" if signs and named.form == "set" else None


def _use(part: Any, up: Any, above: Any, named: Named, resolve: Callable[[Any], Any]) -> str | None:
    """What a use of a name does: "change", "read"; None if that is not known."""
    form = named.form
    if isinstance(up, gast.Compare):
        inside = len(up.ops) == 1 and isinstance(up.ops[0], (gast.In, gast.NotIn)) and up.comparators[0] is part
        return "read" if inside else None
    if isinstance(up, (gast.If, gast.While, gast.IfExp)):
        return "read" if up.test is part else None
    if isinstance(up, gast.UnaryOp) and isinstance(up.op, gast.Not) or isinstance(up, gast.BoolOp) and isinstance(
            above, (gast.If, gast.While)):
        return "read"
    if isinstance(up, gast.Attribute) and isinstance(above, gast.Call) and above.func is up and not any(
            isinstance(a, gast.Starred) for a in above.args):
        return _method(up.attr, above, named)
    if isinstance(up, gast.Call) and up.func is not part:
        takers = _UNORDERED if form == "set" else _TAKERS
        return "read" if any(resolve(up.func) is taker for taker in takers) else None
    if form == "set":
        return None
    if isinstance(up, gast.Subscript) and up.value is part:
        return _subscript(up, above, named)
    return "read" if isinstance(up, (gast.For, gast.comprehension)) and up.iter is part else None


def _method(name: str, call: Any, named: Named) -> str | None:
    if name in _READS[named.form]:
        return "read"
    if name not in _CHANGES[named.form] or call.keywords:
        return None
    if name == "pop" and call.args and named.form == "deque":
        return None
    return "change"


def _subscript(node: Any, above: Any, named: Named) -> str | None:
    stored = isinstance(node.ctx, gast.Store) and not isinstance(above, gast.AugAssign)
    if named.form in _ASKING and not stored and not _is_plain(node.slice):
        return None
    return "read" if isinstance(node.ctx, gast.Load) and not isinstance(above, gast.AugAssign) else "change"


def _is_plain(key: Any) -> bool:
    """Whether an expression may be evaluated twice."""
    once = gast.Call, gast.NamedExpr, gast.Yield, gast.Await, gast.Slice
    return not any(isinstance(n, once) for n in walk(key))


def _made(named: Named, resolve: Callable[[Any], Any]) -> bool:
    """Whether it is known what the bindings of a name make."""
    return all(_makes(named, b.value, resolve) for b in named.bindings)


def _makes(named: Named, value: Any, resolve: Callable[[Any], Any]) -> bool:
    if not isinstance(value, gast.Call):
        return True
    options = {k.arg: k.value for k in value.keywords}
    if named.form == "deque":
        most = options.pop("maxlen", value.args[1] if len(value.args) == 2 else None)
        most = None if isinstance(most, gast.Constant) and most.value is None else most
        if most is not None and (not isinstance(most, gast.Constant) or most.value < 1 or len(named.bindings) > 1):
            return False
        named.most = most
        return not options and len(value.args) <= 2
    if named.form == "defaultdict":
        return _has_factory(named, value, resolve)
    if named.form == "OrderedDict":
        return len(value.args) <= 1
    return not options and len(value.args) <= (1 if named.form == "set" else 0)


def _has_factory(named: Named, value: Any, resolve: Callable[[Any], Any]) -> bool:
    if len(value.args) != 1 or value.keywords or len(named.bindings) > 1:
        return False
    given = value.args[0]
    if isinstance(given, gast.Lambda):
        named.factory = given.body
        return not parameters(given.args) and _only_makes(given.body, named, resolve)
    text = next((text for cls, text in _FACTORIES.items() if resolve(given) is cls), None)
    named.factory = None if text is None else build(text, given)
    return text is not None


def _only_makes(value: Any, named: Named, resolve: Callable[[Any], Any]) -> bool:
    """Whether an expression makes something, wherever in the function and however often it is evaluated."""
    if isinstance(value, gast.Call):
        maker = resolve(value.func)
        known = maker in _FACTORIES or getattr(maker, "__module__", None) == "numpy"
        given = [*value.args, *[k.value for k in value.keywords]]
        return known and all(_only_makes(v, named, resolve) for v in given)
    if isinstance(value, gast.Name):
        return value.id not in named.hidden
    if isinstance(value, gast.Attribute):
        return resolve(value) is not None
    if isinstance(value, (gast.Constant, gast.List, gast.Tuple, gast.Dict, gast.UnaryOp, gast.BinOp)):
        return all(_only_makes(v, named, resolve) for v in children(value) if isinstance(v, gast.expr))
    return False


def _bound_inside(node: Any) -> frozenset[str]:
    """The names that mean something else in a function, or a comprehension, inside of this one."""
    inner = [part for part in walk(node) if isinstance(part, _INNER) and part is not node]
    return frozenset([n.id for part in inner for n in walk(part)
                      if isinstance(n, gast.Name) and not isinstance(n.ctx, gast.Load)])


STARTS.append(containers)
