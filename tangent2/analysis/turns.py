"""The turns of a loop, for the relation of what shares memory: which nodes a turn binds anew, and what it hands on."""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tangent2.analysis.nodes import Node, Relation
from tangent2.core.syntax import (
    Atom, Break, Continue, For, If, Region, Value, While, Yield, inner_bindings, regions, walk,
)


def bound_in(region: Region) -> Iterator[Value]:
    """The values bound anywhere in a region, in order."""
    for stmt in walk(region):
        yield from inner_bindings(stmt)
        yield from stmt.outs


@dataclass(frozen=True, slots=True)
class Turns:
    """Nodes of a loop's params, nodes older than an iteration (or the params), and what its yields and breaks give."""

    params: list[Node]
    older: int
    yields: list[tuple[Atom, ...]]
    breaks: list[tuple[Atom, ...]]


def turns_of(run: Relation, stmt: For | While) -> Turns:
    """What the relation must know of a loop's turns."""
    yields: list[tuple[Atom, ...]] = []
    breaks: list[tuple[Atom, ...]] = []
    inside = 0
    for region in regions(stmt):
        inside |= run.all(*bound_in(region))
    if isinstance(stmt, For):
        inside |= run.all(stmt.target)

    def visit(region: Region, outermost: bool) -> None:
        exit = region.exit
        if isinstance(exit, Break):
            breaks.append(exit.vals)
        elif isinstance(exit, Continue) or outermost and isinstance(exit, Yield) and len(exit.vals) == len(stmt.params):
            yields.append(exit.vals)
        for inner in region.stmts:
            if isinstance(inner, If):
                visit(inner.then, False)
                visit(inner.orelse, False)
    visit(stmt.body, True)
    return Turns([n for p in stmt.params for _, n in run.keys.get(p, ())], ~inside, yields, breaks)
