"""Which values are versions of one array: it is stored to, on some paths, and handed on."""
from __future__ import annotations

from tangent2.core import prims
from tangent2.core.syntax import Atom, For, If, Op, Stmt, Typed, Value, While, Yield, walk

_STORES = frozenset({prims.SETITEM, prims.AT_ADD, *prims.UPDATES.values()})


class Versions:
    """The first version of what stores made of it."""

    def __init__(self, typed: Typed) -> None:
        self.made: dict[Value, tuple[Stmt, int]] = {
            out: (stmt, k) for stmt in walk(typed.function.body) for k, out in enumerate(stmt.outs)}

    def root(self, atom: Atom) -> Atom:
        """The value that a value is a version of; itself if it was not made by stores."""
        if not isinstance(atom, Value) or atom not in self.made:
            return atom
        stmt, k = self.made[atom]
        if isinstance(stmt, Op):
            return self.root(stmt.args[0]) if stmt.prim in _STORES else atom
        if isinstance(stmt, If):
            return self._of_branch(stmt, k, atom)
        if isinstance(stmt, (For, While)) and isinstance(stmt.body.exit, Yield):
            return self.root(stmt.init[k]) if self.root(stmt.body.exit.vals[k]) is stmt.params[k] else atom
        return atom

    def _of_branch(self, stmt: If, k: int, atom: Value) -> Atom:
        roots = [self.root(r.exit.vals[k]) for r in (stmt.then, stmt.orelse) if isinstance(r.exit, Yield)]
        return roots[0] if len(set(roots)) == 1 else atom

    def shared(self, stmt: If) -> dict[int, Value]:
        """Results of a branch that are versions of one value on both paths, by place; that value."""
        if not isinstance(stmt.then.exit, Yield) or not isinstance(stmt.orelse.exit, Yield):
            return {}
        found: dict[int, Value] = {}
        for k in range(len(stmt.outs)):
            a, b = stmt.then.exit.vals[k], stmt.orelse.exit.vals[k]
            root = self.root(a)
            if isinstance(root, Value) and a != b and root is self.root(b):
                found[k] = root
        return {k: root for k, root in found.items() if list(found.values()).count(root) == 1}
