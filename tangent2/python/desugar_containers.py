"""Statements in which containers with a name, of which `desugar_collections` knows every use, are lists and dicts."""
from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import gast

from tangent2.python.desugar_generators import located_new
from tangent2.python.desugar_state import build
from tangent2.python.parts import children

_SCOPES = (gast.FunctionDef, gast.Lambda, gast.AsyncFunctionDef)
_LATER = (*_SCOPES, gast.ListComp, gast.SetComp, gast.DictComp, gast.GeneratorExp, gast.IfExp, gast.BoolOp)


class Named:
    """A container with a name: its form, and what its bindings hold; `hidden`: names bound anew in inner scopes."""

    def __init__(self, name: str, form: str, hidden: frozenset[str] = frozenset()) -> None:
        self.name, self.form, self.hidden = name, form, hidden
        self.bindings: list[Any] = []
        self.most: Any = None       # of a deque: how many items it keeps
        self.factory: Any = None
        self.listed = False         # of a set: it is a list
        self.seen = False           # of a `defaultdict`: something asks which keys there are


class Rewriting(gast.NodeTransformer):
    """Statements in which containers are lists and dicts."""

    def __init__(self, found: dict[str, Named]) -> None:
        self.found = found
        self.first: list[Any] = []      # what stands before the statement at hand
        self.later = 0                  # whether what is visited may run later, several times, or not at all
        self.looks: dict[int, Any] = {}      # what is only looked at where it stands

    def block(self, stmts: list[Any]) -> list[Any]:
        return [located_new(new, stmt) for stmt in stmts for new in self.statement(stmt)]

    def statement(self, stmt: Any) -> list[Any]:
        outer, self.first = self.first, []
        later, self.later = self.later, 0
        found = self.changed(stmt)
        target = stmt.target if isinstance(stmt, gast.AugAssign) else None
        if isinstance(target, gast.Subscript) and isinstance(target.value, gast.Name):
            named = self.found.get(target.value.id)
            if named is not None and named.form in ("defaultdict", "Counter"):
                self.default(target, named)
        if found is None:
            for name in stmt._fields:
                part = getattr(stmt, name, None)
                if isinstance(part, list) and part and isinstance(part[0], gast.stmt):
                    setattr(stmt, name, self.block(part))
                elif isinstance(part, list):
                    setattr(stmt, name, [self.visit(p) if isinstance(p, gast.AST) else p for p in part])
                elif isinstance(part, gast.AST):
                    self.later += isinstance(stmt, gast.While)
                    setattr(stmt, name, self.visit(part))
            found = [stmt]
        found = [*self.first, *found]
        self.first, self.later = outer, later
        return found

    def visit_ExceptHandler(self, node: Any) -> Any:
        node.body = self.block(node.body)
        return node

    def changed(self, stmt: Any) -> list[Any] | None:
        """The statements that a statement is which changes a container; None for another one."""
        if isinstance(stmt, gast.Assign) and isinstance(stmt.targets[0], gast.Name):
            named = self.found.get(stmt.targets[0].id)
            if named is not None and any(stmt is b for b in named.bindings):
                stmt.value = self.visit(_new(named, stmt.value))
                return [stmt]
        if isinstance(stmt, gast.AugAssign) and isinstance(stmt.target, gast.Name) and stmt.target.id in self.found:
            whole, given = self.found[stmt.target.id], self.visit(stmt.value)
            if not isinstance(stmt.op, gast.Sub):
                return _added(whole, stmt, given)
            return _once(whole, given, stmt, lambda other: _without(whole, stmt, "v not in Y", other))
        call = stmt.value if isinstance(stmt, gast.Expr) and isinstance(stmt.value, gast.Call) else None
        base = call.func.value if call is not None and isinstance(call.func, gast.Attribute) else None
        if call is None or not isinstance(base, gast.Name) or base.id not in self.found:
            return None
        named = self.found[base.id]
        rule = _STATEMENTS.get((named.form, call.func.attr))
        return None if rule is None else rule(named, stmt, [self.visit(a) for a in call.args])

    def generic_visit(self, node: Any) -> Any:
        looked = node.args if isinstance(node, gast.Call) and isinstance(node.func, gast.Name) and node.func.id in (
            "sum", "len", "min", "max", "sorted", "list", "tuple") else children(node) if isinstance(
            node, (gast.BinOp, gast.Compare)) else [node.value] if isinstance(node, gast.Subscript) and isinstance(
            node.ctx, gast.Load) else [node.iter] if isinstance(node, gast.comprehension) else ()
        self.looks.update((id(part), part) for part in looked)
        return super().generic_visit(node)

    def visit_Call(self, node: Any) -> Any:
        node = self.later_visit(node)
        func = node.func
        named = self.found.get(func.value.id) if isinstance(func, gast.Attribute) and isinstance(
            func.value, gast.Name) else None
        if named is not None and named.form == "deque" and func.attr == "popleft":
            return build("X.pop(0)", node, X=func.value)
        return node

    def visit_Subscript(self, node: Any) -> Any:
        named = self.found.get(node.value.id) if isinstance(node.value, gast.Name) else None
        if named is None or named.form not in ("defaultdict", "Counter") or isinstance(node.ctx, gast.Del):
            return self.generic_visit(node)
        node.slice = self.visit(node.slice)
        load = isinstance(node.ctx, gast.Load)
        if named.form == "Counter" and load:
            return build("X.get(K, 0)", node, X=node.value, K=node.slice)
        if not load:
            return node
        if not isinstance(named.factory, gast.Constant) and id(node) in self.looks:
            return node if named.seen else build("X.get(K, V)", node, X=node.value, K=node.slice, V=named.factory)
        if self.later:
            return build("X.setdefault(K, V)", node, X=node.value, K=node.slice, V=named.factory)
        self.default(node, named)
        return node

    def default(self, node: Any, named: Named) -> None:
        """Before a key is read, its default is there."""
        value = gast.Constant(0, None) if named.form == "Counter" else copy.deepcopy(named.factory)
        base = gast.Name(named.name, gast.Load(), None, None)
        target = gast.Subscript(base, copy.deepcopy(node.slice), gast.Store())
        test = build("K not in X", node, K=node.slice, X=base)
        new = located_new(gast.If(test, [gast.Assign([target], value, None)], []), node)
        if gast.dump(new) not in map(gast.dump, self.first):
            self.first.append(new)

    def later_visit(self, node: Any) -> Any:
        self.later += isinstance(node, _LATER)
        node = self.generic_visit(node)
        self.later -= isinstance(node, _LATER)
        return node

    visit_Lambda = visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = visit_IfExp = later_visit
    visit_BoolOp = later_visit


def _new(named: Named, value: Any) -> Any:
    """What a name is bound to instead."""
    args = getattr(value, "args", [])
    if named.form == "set":
        return _new_set(named, value, args)
    if named.form == "deque":
        items = build("?list(X)", value, X=args[0]) if args else build("[]", value)
        return items if named.most is None or not args else build("X[-N:]", value, X=items, N=named.most)
    display = named.form == "OrderedDict" and args and isinstance(args[0], (gast.List, gast.Tuple))
    pairs = args[0].elts if display else []
    if pairs and not value.keywords and all(isinstance(p, gast.Tuple) and len(p.elts) == 2 for p in pairs):
        return located_new(gast.Dict([p.elts[0] for p in pairs], [p.elts[1] for p in pairs]), value)
    if named.form == "OrderedDict" and (args or value.keywords):
        return gast.copy_location(gast.Call(build("dict", value), args, value.keywords), value)
    return build("{}", value)


def _new_set(named: Named, value: Any, args: list[Any]) -> Any:
    none = gast.Constant(None, None)
    if named.listed and not args and isinstance(value, gast.Call):
        return build("[]", value)
    if named.listed:
        return build("?distinct(X)", value, X=args[0] if args else _as_list(value))
    if isinstance(value, gast.SetComp):
        return located_new(gast.DictComp(value.elt, none, value.generators), value)
    if isinstance(value, gast.Set):
        return located_new(gast.Dict(value.elts, [none] * len(value.elts)), value)
    return build("{v: None for v in X}", value, X=args[0]) if args else build("{}", value)


def _as_list(value: Any) -> Any:
    if isinstance(value, gast.SetComp):
        return gast.copy_location(gast.ListComp(value.elt, value.generators), value)
    return gast.copy_location(gast.List(value.elts, gast.Load()), value)


def _stored(named: Named, item: Any, place: Any) -> Any:
    """What adds an element to a set."""
    base = gast.Name(named.name, gast.Load(), None, None)
    if named.listed:
        push = gast.Expr(build("X.append(V)", place, X=base, V=item))
        return located_new(gast.If(build("V not in X", place, X=base, V=item), [push], []), place)
    target = gast.Subscript(base, item, gast.Store())
    return located_new(gast.Assign([target], gast.Constant(None, None), None), place)


def _once(named: Named, value: Any, place: Any, then: Callable[[Any], list[Any]]) -> list[Any]:
    """Statements about a value that is evaluated once."""
    if isinstance(value, (gast.Name, gast.Constant)):
        return then(value)
    name = f"?item#{place.lineno}.{place.col_offset}"
    first = gast.Assign([gast.Name(name, gast.Store(), None, None)], value, None)
    return [located_new(first, place), *then(gast.copy_location(gast.Name(name, gast.Load(), None, None), place))]


def _add(named: Named, stmt: Any, args: list[Any]) -> list[Any]:
    return _once(named, args[0], stmt, lambda item: [_stored(named, item, stmt)])


def _added(named: Named, stmt: Any, items: Any) -> list[Any]:
    """`s |= items`."""
    if isinstance(items, (gast.Set, gast.List, gast.Tuple)) and all(isinstance(e, gast.Constant) for e in items.elts):
        return [_stored(named, item, stmt) for item in items.elts]
    each = f"?each#{stmt.lineno}.{stmt.col_offset}"
    body = [_stored(named, gast.copy_location(gast.Name(each, gast.Load(), None, None), stmt), stmt)]
    return [located_new(gast.For(gast.Name(each, gast.Store(), None, None), items, body, [], None), stmt)]


def _update(named: Named, stmt: Any, args: list[Any]) -> list[Any]:
    return [new for items in args for new in _added(named, stmt, items)]


def _without(named: Named, place: Any, test: str, other: Any) -> list[Any]:
    """The name bound to a list without some elements."""
    base = gast.Name(named.name, gast.Load(), None, None)
    value = build(f"[v for v in X if {test}]", place, X=base, Y=other)
    return [located_new(gast.Assign([gast.Name(named.name, gast.Store(), None, None)], value, None), place)]


def _discard(named: Named, stmt: Any, args: list[Any]) -> list[Any]:
    return _once(named, args[0], stmt, lambda item: _without(named, stmt, "v != Y", item))


def _remove(named: Named, stmt: Any, args: list[Any]) -> list[Any]:
    def then(item: Any) -> list[Any]:
        base = gast.Name(named.name, gast.Load(), None, None)
        wrong = gast.If(build("Y not in X", stmt, X=base, Y=item),
                        [gast.Raise(build("KeyError(Y)", stmt, Y=item), None)], [])
        return [located_new(wrong, stmt), *_without(named, stmt, "v != Y", item)]
    return _once(named, args[0], stmt, then)


def _pushed(text: str, surplus: str) -> Callable[[Named, Any, list[Any]], list[Any]]:
    def rule(named: Named, stmt: Any, args: list[Any]) -> list[Any]:
        base = gast.Name(named.name, gast.Load(), None, None)
        found = [gast.Expr(build(text, stmt, X=base, V=args[0]))]
        if named.most is not None:
            test = build("?len(X) > N", stmt, X=base, N=named.most)
            found.append(gast.If(test, [gast.Expr(build(surplus, stmt, X=base))], []))
        return [located_new(s, stmt) for s in found]
    return rule


def _extended(named: Named, stmt: Any, args: list[Any]) -> list[Any]:
    """`q.extend(items)`, `q.extendleft(items)`: one by one."""
    each = f"?each#{stmt.lineno}.{stmt.col_offset}"
    rule = _STATEMENTS["deque", "append" if stmt.value.func.attr == "extend" else "appendleft"]
    body = rule(named, stmt, [gast.copy_location(gast.Name(each, gast.Load(), None, None), stmt)])
    return [located_new(gast.For(gast.Name(each, gast.Store(), None, None), args[0], body, [], None), stmt)]


def _moved(named: Named, stmt: Any, args: list[Any]) -> list[Any]:
    """`d.move_to_end(k)`."""
    base = gast.Name(named.name, gast.Load(), None, None)
    target = gast.Subscript(base, args[0], gast.Store())
    return [located_new(gast.Assign([target], build("X.pop(K)", stmt, X=base, K=args[0]), None), stmt)]


_STATEMENTS: dict[tuple[str, str], Callable[[Named, Any, list[Any]], list[Any]]] = {
    ("set", "add"): _add, ("set", "update"): _update, ("set", "discard"): _discard, ("set", "remove"): _remove,
    ("deque", "append"): _pushed("X.append(V)", "X.pop(0)"),
    ("deque", "appendleft"): _pushed("X.insert(0, V)", "X.pop()"),
    ("deque", "extend"): _extended, ("deque", "extendleft"): _extended, ("OrderedDict", "move_to_end"): _moved,
}
