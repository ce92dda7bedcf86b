"""Updates of parts that are read before what they are updated by, which might change them: does it?

`y[i] += f(x)` is lowered to a read, the call, and a write, as Python reads first and `f` may write to `y`.  If what
stands between is known to write to nothing that was there before, it is one operation:

>>> import numpy as np
>>> import tangent2
>>> def area(radius):
...     return np.pi * radius ** 2
>>> def total(x):
...     y = np.ones(2)
...     y[0] += area(x[0])
...     y[1] -= y[0] * x[1]
...     return np.sin(y).sum()
>>> "y[0] += t" in tangent2.source(tangent2.grad(total), np.ones(2))
True
"""
from __future__ import annotations

from typing import TYPE_CHECKING

from tangent2.core import prims
from tangent2.core.syntax import Call, For, If, Op, Region, Stmt, Value, While, Yield, regions
from tangent2.core.walk import may_leave

if TYPE_CHECKING:
    from tangent2.analysis.resolve import Resolving

UPDATES = {prims.BINARY[sign]: update for sign, update in prims.UPDATES.items()}
_READING = (prims.GETITEM, prims.ATTRIBUTE, prims.READ)
_CONTAINERS = (prims.LIST, prims.DICT, prims.SET, prims.NEW)


def is_untouched(state: Resolving, taken: Op) -> bool:
    """Whether an element is what it was when it was read: nothing since then wrote to what was there before."""
    if taken.prim is not prims.GETITEM or getattr(state.kind(taken.args[0]), "cls", None) is not None:
        return False
    place = next(k for k, s in enumerate(state.stmts) if s is taken)
    return _keeps(state, Region(tuple(state.stmts[place + 1:]), Yield()), set())


def joined(state: Resolving, write: Op) -> Op | None:
    """The update that the write of a part is, which was read and changed, and is untouched; None for other writes."""
    changed = state.updates.pop(write.args[-1], None)       # type: ignore[arg-type]
    if changed is None:
        return None
    taken = next(s for s in reversed(state.stmts) if isinstance(s, Op) and changed.args[0] in s.outs)
    if taken.args != write.args[:-1] or taken.static != write.static:
        state.stmts.append(Op(changed.outs, changed.static, changed.args, (), None, changed.origin))
        return None
    state.stmts.remove(taken)
    return Op(write.outs, UPDATES[changed.static], (*write.args[:-1], changed.args[1]), (), write.static, write.origin)


def _keeps(state: Resolving, region: Region, made: set[Value]) -> bool:
    """Whether a region writes to nothing but what was made since; that is added to `made`."""
    return all(_leaves_alone(state, stmt, made) for stmt in region.stmts)


def _leaves_alone(state: Resolving, stmt: Stmt, made: set[Value]) -> bool:
    if isinstance(stmt, Call):
        return not state.facts.done(stmt.callee, tuple(map(state.kind, stmt.args))).writes
    if isinstance(stmt, (For, While)):
        return _loop_leaves_alone(state, stmt, made)
    if isinstance(stmt, If):
        return all(_keeps(state, inner, made) for inner in regions(stmt)) and _is_made(stmt, made)
    return not isinstance(stmt, Op) or _op_leaves_alone(stmt, made)


def _loop_leaves_alone(state: Resolving, loop: For | While, made: set[Value]) -> bool:
    """Of a loop: what it carries is made since if it starts so, and then each round has to give what is made since."""
    own = [k for k, first in enumerate(loop.init) if first in made]
    made.update([loop.params[k] for k in own])
    kept = all(_keeps(state, inner, made) for inner in regions(loop))
    made.update([loop.outs[k] for k in own])
    return kept and not may_leave(loop.body) and all(loop.body.exit.vals[k] in made for k in own)


def _is_made(stmt: If, made: set[Value]) -> bool:
    """True; what an `if` gives is made since if all its branches give that."""
    exits = [inner.exit for inner in regions(stmt)]
    made.update([out for k, out in enumerate(stmt.outs)
                 if all(isinstance(exit, Yield) and exit.vals[k] in made for exit in exits)])
    return True


def _op_leaves_alone(op: Op, made: set[Value]) -> bool:
    if op.prim is prims.VERBATIM:
        return not op.static.opaque
    if op.prim.update and op.args[0] not in made:
        return False
    if op.prim.result == "fresh" or op.prim in _CONTAINERS:
        made.update(op.outs)
    elif op.prim.update:
        made.add(op.outs[0])
    return bool(op.prim.update) or op.prim.effect == "pure" or op.prim in _READING
