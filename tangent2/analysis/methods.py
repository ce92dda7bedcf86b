"""Methods by the kind of their object: primitives of arrays, plain Python where no derivative flows, or an error."""
from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import gast

from tangent2.analysis.concrete import concrete
from tangent2.core import prims
from tangent2.core.kinds import Array, Bottom, Dict, Kind, List, Object, Str, Unknown
from tangent2.core.prims import Template
from tangent2.core.syntax import Atom, Call, Const, If, Op, Region, Stmt, Value, Yield
from tangent2.errors import UnsupportedError

if TYPE_CHECKING:
    from tangent2.analysis.resolve import Resolving

CLASSLESS = (Object, Str, Unknown, Bottom)      # kinds of objects that keep their methods and attributes

# Methods that change their object behind the back of whoever reads it later.
_CHANGING = {
    Array: {"sort", "fill", "resize", "partition", "put", "itemset", "setflags", "byteswap", "setfield"},
    List: {"sort", "reverse", "insert", "remove", "clear", "extend", "append", "pop", "__setitem__"},
    Dict: {"update", "pop", "popitem", "setdefault", "clear", "__setitem__"},
}
_WRITING = frozenset({"__setitem__", "__delitem__", *[f"__i{name}__" for name in (
    "add", "sub", "mul", "matmul", "truediv", "floordiv", "mod", "pow", "and", "or", "xor", "lshift", "rshift")]})
_LEAVING = frozenset({"tofile", "dump"})      # what arrays leave where something else may read it
_ADVICE = {
    "sort": "use `np.sort` or `sorted`, which make a new one", "fill": "write `x[...] = value`",
    "extend": "write `xs += ys`", "reverse": "use `xs[::-1]`", "append": "give the list a name and append to that",
    "pop": "give the list a name and pop from that", "update": "assign the keys one by one",
}


def changes(kind: Kind, name: Any) -> bool:
    """Whether a method of an object of this kind changes it; of an unknown one, whether one of that name may."""
    if name in _WRITING and isinstance(kind, (*_CHANGING, Unknown)):
        return True
    return name in _CHANGING.get(type(kind), ()) or isinstance(kind, Unknown) and any(
        name in names for names in _CHANGING.values())


def resolve_method(state: Resolving, op: Op) -> None:
    """Emit what a method call is."""
    base = state.kind(op.args[0])
    found = concrete(op, state.facts)
    if isinstance(found, (Op, Call)):
        state.stmts.append(found)
    elif op.static in _CHANGING.get(type(base), ()):
        raise UnsupportedError(f"`.{op.static}()` changes its object in place, which is not supported",
                               origin=op.origin, construct=f".{op.static}()",
                               advice=_ADVICE.get(op.static, "make a new object instead"))
    elif isinstance(base, Dict) and op.static == "get" and len(op.args) in (2, 3) and not op.kw:
        _get(state, op)
    elif isinstance(base, Dict) and op.static in ("keys", "values", "items") and op.out in state.uses.by_loops | \
            state.uses.by_iterators:
        state.pending[op.out] = op
    elif not isinstance(base, CLASSLESS):
        state.stmts.append(verbatim(op))
    else:
        state.stmts.append(op)


def _get(state: Resolving, op: Op) -> None:
    """`d.get(key, default)` as `d[key] if key in d else default`."""
    base, key = op.args[:2]
    default = op.args[2] if len(op.args) == 3 else Const(None)
    kind = state.kind(base)
    if isinstance(kind, Dict) and kind.items is not None and isinstance(key, Const):
        state.asked(base)
        if key.value in dict(kind.items):
            state.item(base, key, op.out)
        else:
            state.replace(op.out, default)
        return
    there = state.op(prims.IN, key, base)
    chosen(state, op, there, lambda: state.item(base, key), default, op.out)


def chosen(state: Resolving, op: Op, cond: Atom, item: Callable[[], Atom], default: Atom, out: Value) -> None:
    """Emit `out = item() if cond else default`, as a part of what an operation is."""
    outer: list[Stmt]
    outer, state.stmts = state.stmts, []
    found = item()
    then, state.stmts = Region(tuple(state.stmts), Yield((found,))), outer
    state.stmts.append(If((out,), cond, then, Region((), Yield((default,))), op.origin))


def by_name_text(op: Op) -> Op:
    """`hasattr(x, "name")` or `getattr(x, "name", default)` as text."""
    function = "hasattr" if op.prim is prims.HASATTR else "getattr"
    holes = [gast.Name(f"${k}", gast.Load(), None, None) for k in range(len(op.args))]
    parts = [holes[0], gast.Constant(str(op.static), None), *holes[1:]]
    node = gast.Call(gast.Name(function, gast.Load(), None, None), parts, [])
    return Op(op.outs, prims.VERBATIM, op.args, (), Template(node, f"{function}(...)", pure=True), op.origin)


def verbatim(op: Op) -> Op:
    """A method or attribute that has no primitive, as text: no derivative may flow through it."""
    if op.prim is prims.ATTRIBUTE:
        text = gast.Attribute(gast.Name("$0", gast.Load(), None, None), op.static, gast.Load())
        return Op(op.outs, prims.VERBATIM, op.args, (), Template(text, f".{op.static}", pure=True), op.origin)
    count = len(op.args) - len(op.kw)
    holes = [gast.Name(f"${k}", gast.Load(), None, None) for k in range(len(op.args))]
    keywords = [gast.keyword(name, hole) for name, hole in zip(op.kw, holes[count:])]
    node = gast.Call(gast.Attribute(holes[0], op.static, gast.Load()), holes[1:count], keywords)
    leaves = op.static in _LEAVING
    static = Template(node, f".{op.static}(...)", pure=not leaves, tells=leaves)
    return Op(op.outs, prims.VERBATIM, op.args, (), static, op.origin)
