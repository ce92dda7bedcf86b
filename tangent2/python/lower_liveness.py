"""Which names are live after each statement: read later on some path before they are bound again."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gast

from tangent2.python.lower_names import NOTHING, NameSet, reads, target_names


@dataclass(frozen=True, slots=True)
class _Exits:
    """What is live where control leaves a block other than at its end."""

    brk: NameSet = NOTHING
    cont: NameSet = NOTHING


class Liveness:
    """`after[id(statement)]`: names live after it.  `header[id(loop)]`: live whenever an iteration may start.

    `entry[id(loop)]`: live at the start of the body, the target being bound.  A loop needs no fixed point: what its
    body reads from its own start does not depend on what is live at its end.

    >>> body = gast.parse("a = 1\\nfor i in x:\\n    a = a + b\\n    c = a\\nprint(c)").body
    >>> facts = Liveness(body)
    >>> sorted(facts.after[id(body[0])]), sorted(facts.after[id(body[1])])
    (['a', 'b', 'c', 'print', 'x'], ['c', 'print'])
    """

    def __init__(self, body: list[Any], out: NameSet = NOTHING) -> None:
        self.after: dict[int, NameSet] = {}
        self.header: dict[int, NameSet] = {}
        self.entry: dict[int, NameSet] = {}
        self._needs: dict[int, NameSet] = {}
        self._reads: dict[int, NameSet] = {}
        self._block(body, out, _Exits())

    def reads(self, node: Any) -> NameSet:
        """`reads(node)`, remembered."""
        found = self._reads.get(id(node))
        if found is None:
            found = self._reads[id(node)] = NOTHING if node is None else reads(node)
        return found

    def _block(self, stmts: list[Any], out: NameSet, exits: _Exits) -> NameSet:
        for stmt in reversed(stmts):
            self.after[id(stmt)] = out
            out = _RULES.get(type(stmt), _other)(self, stmt, out, exits)
        return out


def _other(live: Liveness, node: Any, out: NameSet, exits: _Exits) -> NameSet:
    return out | live.reads(node)


def _assign(live: Liveness, node: Any, out: NameSet, exits: _Exits) -> NameSet:
    targets = node.targets if isinstance(node, gast.Assign) else [node.target]
    if node.value is None:      # a bare annotation
        return out
    return out.difference(*map(target_names, targets)) | live.reads(node)


def _augmented(live: Liveness, node: Any, out: NameSet, exits: _Exits) -> NameSet:
    return out | live.reads(node)


def _def(live: Liveness, node: Any, out: NameSet, exits: _Exits) -> NameSet:
    return out - {node.name} | live.reads(node)


def _if(live: Liveness, node: Any, out: NameSet, exits: _Exits) -> NameSet:
    return live.reads(node.test) | live._block(node.body, out, exits) | live._block(node.orelse, out, exits)


def _loop(live: Liveness, node: Any, out: NameSet, exits: _Exits) -> NameSet:
    needs = live._needs.get(id(node))
    if needs is None:
        needs = live._needs[id(node)] = _head(live, node, live._block(node.body, NOTHING, _Exits()))
    header = needs | live._block(node.orelse, out, exits) | out
    entry = live._block(node.body, header, _Exits(out, header))
    live.header[id(node)], live.entry[id(node)] = header, entry
    return header | live.reads(node.iter) if isinstance(node, gast.For) else header


def _head(live: Liveness, node: Any, entry: NameSet) -> NameSet:
    """What an iteration reads before it binds it, from what is live at the start of the body."""
    if isinstance(node, gast.While):
        return entry | live.reads(node.test)
    return entry.difference(target_names(node.target)) | live.reads(node.target)


_RULES: dict[type, Callable[[Liveness, Any, NameSet, _Exits], NameSet]] = {
    gast.Assign: _assign, gast.AnnAssign: _assign, gast.AugAssign: _augmented, gast.FunctionDef: _def, gast.If: _if,
    gast.For: _loop, gast.While: _loop,
    gast.Return: lambda live, node, out, exits: live.reads(node.value),
    gast.Raise: lambda live, node, out, exits: live.reads(node),
    gast.Break: lambda live, node, out, exits: exits.brk,
    gast.Continue: lambda live, node, out, exits: exits.cont,
}
