"""A function picked from a table and given a name, `f = TABLE[key]`: its calls are calls of what is picked there."""
from __future__ import annotations

from typing import Any

import gast

from tangent2.python.desugar_state import STARTS, UNKNOWN, Desugaring, build, located
from tangent2.python.lower_names import scan
from tangent2.python.parts import children, walk

_NESTED = (gast.FunctionDef, gast.Lambda, gast.ClassDef)


def pick_where_called(D: Desugaring, node: Any) -> Any:
    """`f = TABLE[k]; f(x)` as `key = k; TABLE[key](x)`, of a table of functions from outside that is there already.

    Only where the name is bound once and is called, nothing else.  That the key is there is asked where it was.

    >>> table, f = {"neg": abs, "pos": float}, gast.parse("def g(x, k):\\n f = T[k]\\n return f(x)").body[0]
    >>> print(gast.unparse(pick_where_called(Desugaring({"T": table}.get), f)).replace("?", ""))
    def g(x, k):
        f#key = k
        if f#key not in T:
            raise KeyError(f#key)
        return T[f#key](x)
    """
    if not isinstance(node.body, list):
        return node
    own = _own(node)
    if not any(_names_choice(stmt) for stmt in own):
        return node
    bound = {*[n.id for n in walk(node.args) if isinstance(n, gast.Name)], *scan(node.body).bound}
    for stmt in [s for s in own if _names_choice(s) and _is_table(D, s.value.value, bound) and _is_only_called(
            node, own, s.targets[0].id)]:
        _rewrite(node, own, stmt)
    return node


def _own(node: Any) -> list[Any]:
    """What is in a function, but not in those inside it."""
    found = [node]
    for part in found:
        found += [c for c in children(part) if not isinstance(c, _NESTED)]
    return found[1:]


def _names_choice(stmt: Any) -> bool:
    """Whether a statement is `name = table[key]`."""
    return isinstance(stmt, gast.Assign) and len(stmt.targets) == 1 and isinstance(stmt.targets[0], gast.Name) \
        and isinstance(stmt.value, gast.Subscript) and isinstance(stmt.value.value, gast.Name) \
        and not isinstance(stmt.value.slice, (gast.Slice, gast.Tuple))


def _is_table(D: Desugaring, name: Any, bound: set[str]) -> bool:
    """Whether a name is that of a dict of functions outside of all functions."""
    if name.id in bound or any(name.id in scope for scope in D.scopes):
        return False
    table = D.lookup(name.id)
    return table is not UNKNOWN and type(table) is dict and bool(table) and all(map(callable, table.values()))


def _is_only_called(node: Any, own: list[Any], name: str) -> bool:
    """Whether a name is bound once, and all that is done with it is to call it, not from functions inside."""
    uses = [n for n in walk(node) if isinstance(n, gast.Name) and n.id == name]
    called = {id(n.func) for n in own if isinstance(n, gast.Call)}
    others = [n for n in walk(node) if getattr(n, "name", None) == name or name in getattr(n, "names", ())]
    return not others and len([n for n in uses if not isinstance(n.ctx, gast.Load)]) == 1 and all(
        id(n) in called for n in uses if isinstance(n.ctx, gast.Load))


def _rewrite(node: Any, own: list[Any], stmt: Any) -> None:
    """Keep the key where the function was picked, and pick it where it is called."""
    name, table = stmt.targets[0].id, stmt.value.value
    key = gast.copy_location(gast.Name(f"?{name}#key", gast.Load(), None, None), stmt.value.slice)
    for call in own:
        if isinstance(call, gast.Call) and isinstance(call.func, gast.Name) and call.func.id == name:
            call.func = build("T[K]", call.func, T=table, K=key)
    target = gast.copy_location(gast.Name(key.id, gast.Store(), None, None), key)
    kept = located(gast.Assign([target], stmt.value.slice, None), stmt)
    error = build("KeyError(K)", stmt, K=key)
    check = gast.If(build("K not in T", stmt, K=key, T=table), [gast.Raise(error, None)], [])
    for block in (getattr(n, field, None) for n in (node, *own) for field in ("body", "orelse", "finalbody")):
        if isinstance(block, list) and any(s is stmt for s in block):
            at = next(k for k, s in enumerate(block) if s is stmt)
            block[at:at + 1] = [kept, located(check, stmt)]


STARTS.insert(0, pick_where_called)
