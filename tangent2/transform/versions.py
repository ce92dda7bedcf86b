"""Which values are versions of one array: it is stored to, on some paths, and handed on."""
from __future__ import annotations

from collections.abc import Set

from tangent2.core import prims
from tangent2.core.syntax import Atom, For, If, Op, Stmt, Typed, Value, While, Yield, walk

_STORES = frozenset({prims.SETITEM, prims.AT_ADD, *prims.UPDATES.values()})


class Versions:
    """The first version of what stores made of it."""

    def __init__(self, typed: Typed) -> None:
        self.made: dict[Value, tuple[Stmt, int]] = {
            out: (stmt, k) for stmt in walk(typed.function.body) for k, out in enumerate(stmt.outs)}
        self.statements = {out: stmt for out, (stmt, _) in self.made.items()}

    def root(self, atom: Atom, within: Set[Value] | None = None) -> Atom:
        """The value that a value is a version of; itself if it was not made by stores.

        within: if given, no further back than to what is none of these.
        """
        if not isinstance(atom, Value) or atom not in self.made or within is not None and atom not in within:
            return atom
        stmt, k = self.made[atom]
        if isinstance(stmt, Op):
            return self.root(stmt.args[0], within) if stmt.prim in _STORES else atom
        if isinstance(stmt, If):
            roots = [self.root(r.exit.vals[k], within) for r in (stmt.then, stmt.orelse) if isinstance(r.exit, Yield)]
            return roots[0] if len(set(roots)) == 1 else atom
        if isinstance(stmt, (For, While)) and isinstance(stmt.body.exit, Yield):
            own = self.root(stmt.body.exit.vals[k], within) is stmt.params[k]
            return self.root(stmt.init[k], within) if own else atom
        return atom

    def shared(self, stmt: If) -> dict[int, Value]:
        """Results of a branch that are versions of one value on both paths, by place; the version both start from."""
        if not isinstance(stmt.then.exit, Yield) or not isinstance(stmt.orelse.exit, Yield):
            return {}
        within = {out for region in (stmt.then, stmt.orelse) for s in walk(region) for out in s.outs}
        found: dict[int, Value] = {}
        for k in range(len(stmt.outs)):
            a, b = stmt.then.exit.vals[k], stmt.orelse.exit.vals[k]
            root = self.root(a, within)
            if isinstance(root, Value) and a != b and root is self.root(b, within):
                found[k] = root
        return {k: root for k, root in found.items() if list(found.values()).count(root) == 1}
