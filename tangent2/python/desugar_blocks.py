"""Statements that others express: `match`, `with`, loops over generators and over numbers without end."""
from __future__ import annotations

import itertools
from typing import Any

import gast

from tangent2.python.desugar_state import STATEMENTS, Desugaring, build
from tangent2.python.desugar_generators import inlined, located_new

def _for(D: Desugaring, node: Any) -> list[Any] | None:
    call = node.iter
    if not isinstance(call, gast.Call):
        return None
    if D.resolve(call.func) is itertools.count and not call.keywords:
        return D.block(_counting(node))
    taken = {n.id for n in gast.walk(D.function) if isinstance(n, gast.Name)} | set(D.taken)
    found = inlined(D, node, taken)
    D.taken |= taken if found is not None else set()
    return None if found is None else D.block(found)


def _counting(node: Any) -> list[Any]:
    """`for i in count(start, step)`."""
    start, step = (*node.iter.args, gast.Constant(0, None), gast.Constant(1, None))[:2] if len(node.iter.args) != 1 \
        else (node.iter.args[0], gast.Constant(1, None))
    name = f"?count#{node.lineno}.{node.col_offset}"

    def store(name: str, value: Any) -> Any:
        return gast.Assign([gast.Name(name, gast.Store(), None, None)], value)
    load = gast.Name(name, gast.Load(), None, None)
    first = store(name, start)
    held = [] if isinstance(step, gast.Constant) else [store(name + "s", step)]
    step = step if not held else gast.Name(name + "s", gast.Load(), None, None)
    following = build("A + B", node.iter, A=load, B=located_new(step, node.iter))
    body = [gast.Assign([node.target], load), store(name, following), *node.body]
    loop = gast.While(gast.Constant(True, None), body, node.orelse)
    return [located_new(s, node.iter) for s in (first, *held, loop)]


STATEMENTS[gast.For] = _for
