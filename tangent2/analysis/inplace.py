"""`x op= e` by the kind of `x`: rebinding for what cannot change, an update for arrays, appending for lists."""
from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tangent2.analysis.hindsight import Hindsight, InHindsight
from tangent2.analysis.update import UPDATES, is_untouched, joined
from tangent2.core import prims
from tangent2.core.kinds import (
    Array, Bottom, Dict, Kind, List, NoneKind, Number, Object, Str, Tuple, Unknown, is_inexact,
)
from tangent2.core.objectkinds import is_row
from tangent2.core.syntax import ONE_ITEM, Atom, Const, For, IndexSpec, Op, Region, Stmt, Value, Yield, regions, walk
from tangent2.core.walk import count_uses, map_regions, substitute
from tangent2.errors import UnsupportedError

if TYPE_CHECKING:
    from tangent2.analysis.resolve import Resolving


def resolve_inplace(state: Resolving, op: Op) -> None:
    """Emit what an in-place operator means.

    Of unknown kind it stays until `memory.check` has shown that nothing else can see the change (`rebind`).
    """
    base = state.kind(op.args[0])
    if isinstance(base, Array) and base.is_array:
        if op.static is prims.MATMUL:
            product = state.op(prims.MATMUL, *op.args)
            state.op(prims.SETITEM, op.args[0], Const(...), product, static=ONE_ITEM, out=op.out)
            return
        state.stmts.append(Op(op.outs, prims.ACCUMULATE, op.args, (), op.static, op.origin))
    elif isinstance(base, List) and op.static is prims.ADD:
        extend(state, op.args[0], op.args[1], op.out)
    elif isinstance(base, List) and op.static is prims.MUL:
        new = state.op(prims.MUL, *op.args, out=Value(op.out.hint, op.out.user))
        state.op(prims.BECOME, op.args[0], new, out=op.out)
    elif isinstance(base, Dict) and op.static is prims.BITOR and isinstance(state.kind(op.args[1]), Dict):
        update(state, op.args[0], op.args[1], op.out)
    elif isinstance(base, (Number, Str, Tuple, NoneKind, Bottom)):
        state.stmts.append(_rebinding(op))
    elif isinstance(base, (Object, List, Dict)):
        raise UnsupportedError(f"`{op.static.spelling[1]}=` on this object is not supported", origin=op.origin,
                               advice="write the operation with a new name, or outside of the function")
    else:
        state.stmts.append(op)


def resolve_part(state: Resolving, op: Op) -> None:
    """Emit `old op= e` of a part that is stored again: of an array a new value, of a container the element."""
    taken = next((s for s in reversed(state.stmts) if isinstance(s, Op) and op.args[0] in s.outs), None)
    if taken is not None and op.static in UPDATES and is_untouched(state, taken):
        state.updates[op.out] = op
    elif taken is not None and taken.prim is prims.GETITEM and isinstance(state.kind(taken.args[0]), (Array, Unknown)):
        state.stmts.append(_rebinding(op))
    else:
        resolve_inplace(state, Op(op.outs, prims.INPLACE, op.args, (), op.static, op.origin))


def resolve_setitem(state: Resolving, op: Op) -> None:
    """Emit `a[i] = ...`; `a[i][j] = v`, lowered as taking, changing and putting back, is `a[i, j] = v` for arrays."""
    update = joined(state, op)
    if update is not None:
        (resolve_scaled if update.prim in (prims.MULITEM, prims.DIVITEM) else resolve_added)(state, update)
        return
    inner = state.stmts[-1] if state.stmts else None
    kind = state.kind(op.args[0])
    if isinstance(kind, Tuple):
        _put_back(state, op, kind)
        return
    if isinstance(kind, Dict) and kind.cls is None:
        _refuse_key(state, op, op.args[1])
    if isinstance(inner, Op) and inner.prim in _PARTS and inner.out is op.args[-1]:
        taken = next((s for s in reversed(state.stmts) if isinstance(s, Op) and inner.args[0] in s.outs), None)
        if taken is not None and _same_place(taken, op) and _joins(state, op, inner) \
                and isinstance(state.kind(taken.out), Array) and not _read_besides(state, taken, inner):
            state.stmts.pop()
            state.stmts.remove(taken)
            spec = IndexSpec(op.static.items + inner.static.items, True)
            args = (*op.args[:-1], *inner.args[1:])
            state.stmts.append(Op(op.outs, inner.prim, args, (), spec, op.origin))
            return
    state.stmts.append(op)


def resolve_scaled(state: Resolving, op: Op) -> None:
    """Emit `a[i] *= v`, `/=`; by an index array, which may repeat, as Python does it: take, multiply and store."""
    refuse_tuple(state, op)
    index = op.args[1:-1]
    kinds = [state.kind(a) for a in index]
    if not isinstance(state.kind(op.args[0]), Array) or not any(
            isinstance(k, List) or isinstance(k, Array) and k.dtype != "bool" for k in kinds):
        state.stmts.append(op)
        return
    base, value = op.args[0], op.args[-1]
    sign = prims.MUL if op.prim is prims.MULITEM else prims.DIV
    part = state.op(prims.GETITEM, base, *index, static=op.static)
    changed = state.op(sign, part, value)
    state.op(prims.SETITEM, base, *index, changed, static=op.static, out=op.out)


def resolve_dict(state: Resolving, op: Op) -> None:
    """Emit a display; one with a single key that is computed has it as its first operand."""
    if op.static is None and op.args:
        _refuse_key(state, op, op.args[0])
    state.stmts.append(op)


def _refuse_key(state: Resolving, op: Op, key: Atom) -> None:
    """The keys of a dict are taken to have no derivative."""
    if is_inexact(state.kind(key)) and not isinstance(key, Const):
        raise UnsupportedError("a float that is computed is a key of a dict", origin=op.origin, construct="dict",
                               advice="use integers or strings as keys: the keys have no derivative")


def refuse_tuple(state: Resolving, op: Op) -> None:
    """`t[0] += v` raises in Python, after it has changed an array there."""
    if isinstance(state.kind(op.args[0]), Tuple):
        raise UnsupportedError("an element of a tuple is assigned to, which Python does not allow", origin=op.origin,
                               construct="tuple", advice="change what it holds by another name: `a = t[0]`, `a += v`")


def resolve_added(state: Resolving, op: Op) -> None:
    """Emit `a[i] += v`, `-=`."""
    refuse_tuple(state, op)
    state.stmts.append(op)


def _put_back(state: Resolving, op: Op, kind: Tuple) -> None:
    """Emit `t[0][j] = v`, where the changed element is put back into a tuple: a new tuple of the same elements."""
    base, *index, value = op.args
    inner = state.stmts[-1] if state.stmts else None
    at = getattr(index[0], "value", None) if len(index) == 1 and op.static.items == (None,) else None
    parts = None
    if type(at) is int and -len(kind.elts) <= at < len(kind.elts) and isinstance(inner, Op) and inner.outs[0] is value:
        parts = _elements(state, op, kind, inner, at % len(kind.elts))
    if parts is None:
        refusal = UnsupportedError("an element of a tuple is changed", origin=op.origin, construct="tuple",
                                   advice="unpack the tuple, change what it held, and make a new tuple of it")
        raise InHindsight(Hindsight(rows=True), refusal) if is_row(kind) else refusal
    parts[at % len(kind.elts)] = value      # type: ignore[operator]
    state.op(prims.TUPLE, *parts, out=op.out)
    state.tuples[op.out] = tuple(parts)


def _elements(state: Resolving, op: Op, kind: Tuple, inner: Op, at: int) -> list[Atom] | None:
    """The elements of the tuple, taken before one of them is changed; None if it is not changed but replaced."""
    known = state.tuples.get(op.args[0])        # type: ignore[arg-type]
    if known is not None:
        return list(known) if inner.args and inner.args[0] is known[at] or inner.prim is prims.TUPLE else None
    place = next((k for k in reversed(range(len(state.stmts))) if _same_place(state.stmts[k], op)), None)
    if place is None:
        return None
    taken = state.stmts[place]
    assert isinstance(taken, Op)
    parts = [Value() for _ in kind.elts]
    state.facts.kinds.update(zip(parts, kind.elts))
    parts[at] = taken.out
    state.stmts[place] = Op(tuple(parts), prims.UNPACK, taken.args[:1], (), (len(parts), False, 0), taken.origin)
    return list(parts)


_PARTS = (prims.SETITEM, *prims.UPDATES.values())


def _same_place(taken: Stmt, op: Op) -> bool:
    return (isinstance(taken, Op) and taken.prim is prims.GETITEM and taken.args == op.args[:-1]
            and taken.static == op.static)


def _read_besides(state: Resolving, taken: Op, inner: Op) -> bool:
    """Whether the part that is taken is read for more than to be changed, or the changed one for more than to be put
    back: by what was lowered, or by what the statements since then became."""
    since = state.stmts[state.stmts.index(taken) + 1:]
    counts = count_uses(Region(tuple(since), Yield()))
    return counts.get(taken.out, 0) > 1 or any(state.counts.get(v, 0) > 1 for v in (taken.out, inner.out))


def _joins(state: Resolving, op: Op, inner: Op) -> bool:
    """Whether `a[i][j]` is `a[i, j]`: of an array and integers; an index array must follow them at once."""
    base, *index = map(state.kind, op.args[:-1])
    whole = isinstance(base, Array) and all(isinstance(k, Number) and k.dtype != "bool" for k in index)
    plain = all(isinstance(state.kind(a), (Number, NoneKind)) or a == Const(...) for a in inner.args[1:-1])
    return whole and not any(op.static.items) and (plain or len(inner.static.items) == 1)


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
    source = items
    if not isinstance(state.kind(items), (List, Tuple, Array)):
        source = state.op(state.facts.lookups.prim(list), items)
    loop(state, source, base, out, lambda grown, item: state.op(prims.PUSH, grown, item))


def update(state: Resolving, base: Atom, other: Atom, out: Value) -> None:
    """Emit `out = base` with the items of the dict `other` stored in it, one by one."""
    kind = state.kind(other)
    keys: list[Atom] = [Const(key) for key, _ in kind.items or ()] if isinstance(kind, Dict) else []
    if isinstance(kind, Dict) and kind.items is not None:
        state.asked(other)
        for k, key in enumerate(keys):
            base = store(state, base, key, state.item(other, key), out if k == len(keys) - 1 else None)
        if not keys:
            state.replace(out, base)
        return
    source = state.op(state.facts.lookups.prim(list), other)
    loop(state, source, base, out, lambda grown, key: store(state, grown, key, state.item(other, key)))


def store(state: Resolving, base: Atom, key: Atom, value: Atom, out: Value | None = None) -> Value:
    """Emit `base[key] = value`."""
    return state.op(prims.SETITEM, base, key, value, static=ONE_ITEM, out=out)


def loop(state: Resolving, source: Atom, base: Atom, out: Value, step: Callable[[Atom, Atom], Atom]) -> None:
    """Emit a loop over the elements of a list, in which `step` gives the next version of `base`; `out` is the last."""
    length, counter = state.facts.lookups.prim(len), state.facts.lookups.prim(range)
    steps = state.op(counter, state.op(length, source))
    index, grown = Value("i"), Value(out.hint, out.user)
    kinds = state.facts.kinds
    kinds[index], kinds[grown] = state.kind(Const(0)), kinds[out]
    outer, state.stmts = state.stmts, []
    last = step(grown, state.item(source, index))
    body, state.stmts = Region(tuple(state.stmts), Yield((last,))), outer
    kinds[last] = kinds[grown]      # type: ignore[index]
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
    became = {s.out: s.args[1] for s in walk(body) if isinstance(s, Op) and s.prim is prims.BECOME}
    return _rebound_region(substitute(body, became), kinds)


def _rebound_region(body: Region, kinds: dict[Value, Kind]) -> Region:
    stmts = tuple([_rebound(s, kinds) for s in body.stmts if not (isinstance(s, Op) and s.prim is prims.BECOME)])
    if len(stmts) == len(body.stmts) and all(a is b for a, b in zip(stmts, body.stmts)):
        return body
    return Region(stmts, body.exit)


def _rebound(stmt: Stmt, kinds: dict[Value, Kind]) -> Stmt:
    if isinstance(stmt, Op):
        return _rebinding(stmt) if stmt.prim is prims.INPLACE else stmt
    inner = regions(stmt)
    if inner:
        done = {id(r): _rebound_region(r, kinds) for r in inner}
        if any(done[id(r)] is not r for r in inner):
            return map_regions(stmt, lambda r: done[id(r)])
    return stmt
