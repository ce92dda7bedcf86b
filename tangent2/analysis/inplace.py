"""`x op= e` by the kind of `x`: rebinding for what cannot change, an update for arrays, appending for lists."""
from __future__ import annotations

from typing import TYPE_CHECKING

from tangent2.core import prims
from tangent2.core.kinds import Array, Bottom, Dict, Kind, List, NoneKind, Number, Object, Str, Tuple
from tangent2.core.syntax import Atom, Const, For, IndexSpec, Op, Region, Stmt, Value, Yield, regions
from tangent2.core.walk import map_regions
from tangent2.errors import UnsupportedError

if TYPE_CHECKING:
    from tangent2.analysis.resolve import Resolving


def resolve_inplace(state: Resolving, op: Op) -> None:
    """Emit what an in-place operator means.

    Of unknown kind it stays until `memory.check` has shown that nothing else can see the change (`rebind`).
    """
    base = state.kind(op.args[0])
    if isinstance(base, Array) and base.shape is not None:
        if op.static is prims.MATMUL:
            raise UnsupportedError("`@=` on an array is not supported", origin=op.origin, advice="write `x = x @ y`")
        state.stmts.append(Op(op.outs, prims.ACCUMULATE, op.args, (), op.static, op.origin))
    elif isinstance(base, List) and op.static is prims.ADD:
        extend(state, op.args[0], op.args[1], op.out)
    elif isinstance(base, (Number, Str, Tuple, NoneKind, Bottom)):
        state.stmts.append(_rebinding(op))
    elif isinstance(base, (Object, List, Dict)):
        raise UnsupportedError(f"`{op.static.spelling[1]}=` on this object is not supported", origin=op.origin,
                               advice="write the operation with a new name, or outside of the function")
    else:
        state.stmts.append(op)


def resolve_setitem(state: Resolving, op: Op) -> None:
    """Emit `a[i] = ...`; `a[i][j] = v`, lowered as taking, changing and putting back, is `a[i, j] = v` for arrays."""
    inner = state.stmts[-1] if state.stmts else None
    if isinstance(inner, Op) and inner.prim in _PARTS and inner.out is op.args[-1]:
        taken = next((s for s in reversed(state.stmts) if isinstance(s, Op) and s.out is inner.args[0]), None)
        if taken is not None and _same_place(taken, op) and _whole(state, op.args[:-1]) \
                and isinstance(state.kind(taken.out), Array):
            state.stmts.pop()
            state.stmts.remove(taken)
            spec = IndexSpec(op.static.items + inner.static.items, True)
            args = (*op.args[:-1], *inner.args[1:])
            state.stmts.append(Op(op.outs, inner.prim, args, (), spec, op.origin))
            return
    state.stmts.append(op)


_PARTS = (prims.SETITEM, *prims.UPDATES.values())


def _same_place(taken: Op, op: Op) -> bool:
    return taken.prim is prims.GETITEM and taken.args == op.args[:-1] and taken.static == op.static


def _whole(state: Resolving, args: tuple[Atom, ...]) -> bool:
    """Whether an array is indexed by integers only."""
    base, *index = map(state.kind, args)
    return isinstance(base, Array) and all(isinstance(k, Number) and k.dtype != "bool" for k in index)


def _rebinding(op: Op) -> Op:
    return Op(op.outs, op.static, op.args, (), None, op.origin)


def extend(state: Resolving, base: Atom, items: Atom, out: Value) -> None:
    """Emit `out = base` with all of `items` appended: one by one, so that only `push` needs a derivative."""
    known = state.tuples.get(items) or _display(state, items)      # type: ignore[arg-type]
    if known is not None:
        for k, atom in enumerate(known):
            base = state.op(prims.PUSH, base, atom, out=out if k == len(known) - 1 else None)
        if not known:
            state.replace(out, base)
        return
    source, length, counter = items, state.facts.lookups.prim(len), state.facts.lookups.prim(range)
    if not isinstance(state.kind(items), (List, Tuple, Array)):
        source = state.op(state.facts.lookups.prim(list), items)
    steps = state.op(counter, state.op(length, source))
    index, grown = Value("i"), Value(out.hint, out.user)
    kinds = state.facts.kinds
    kinds[index], kinds[grown] = state.kind(Const(0)), kinds[out]
    outer, state.stmts = state.stmts, []
    last = state.op(prims.PUSH, grown, state.item(source, index))
    body, state.stmts = Region(tuple(state.stmts), Yield((last,))), outer
    kinds[last] = kinds[grown]
    state.stmts.append(For((out,), index, steps, (grown,), (base,), body, state.origin))


def _display(state: Resolving, atom: Atom) -> tuple[Atom, ...] | None:
    """The elements of a list display made by the statement before, which then is not made at all."""
    last = state.stmts[-1] if state.stmts else None
    if isinstance(last, Op) and last.prim is prims.LIST and last.out is atom and not last.out.user:
        state.stmts.pop()
        return last.args
    return None


def rebind(body: Region, kinds: dict[Value, Kind]) -> Region:
    """Make what is left of in-place operators plain ones; the same region if there are none.

    >>> from tangent2.core.syntax import Return
    >>> x, y = Value("x"), Value("y")
    >>> op = Op((y,), prims.INPLACE, (x, Const(1.0)), static=prims.ADD)
    >>> rebind(Region((op,), Return((y,))), {}).stmts[0].prim
    add
    """
    stmts = tuple([_rebound(s, kinds) for s in body.stmts])
    if all(a is b for a, b in zip(stmts, body.stmts)):
        return body
    return Region(stmts, body.exit)


def _rebound(stmt: Stmt, kinds: dict[Value, Kind]) -> Stmt:
    if isinstance(stmt, Op):
        return _rebinding(stmt) if stmt.prim is prims.INPLACE else stmt
    inner = regions(stmt)
    if inner:
        done = {id(r): rebind(r, kinds) for r in inner}
        if any(done[id(r)] is not r for r in inner):
            return map_regions(stmt, lambda r: done[id(r)])
    return stmt
