"""The reverse of an operation by the rule of its primitive."""
from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from tangent2.core import prims
from tangent2.core.dims import same_extent, same_shape
from tangent2.core.kinds import Array, Dict, List, Number, Tuple, Unknown
from tangent2.core.syntax import Atom, Op, Value
from tangent2.rules import apply as rules
from tangent2.rules.apply import Splat
from tangent2.rules.declare import by_name
from tangent2.rules.simplify import make
from tangent2.transform.forward_ops import check_text, refuse
from tangent2.transform.masks import mask_of
from tangent2.transform.reaching import Found, confined
from tangent2.transform.sweep import Sweep


def by_rule(sweep: Sweep, op: Op) -> None:
    """Credit operands with their adjoints by the rule of the primitive."""
    g = sweep.take(op.out)
    if g is None:
        return
    if not rules.has_rule(op.prim):
        refuse(op)
    check_text(op, sweep.kind, sweep.active)
    if isinstance(g, Splat) and _counts_once(sweep, op):
        sweep.credit(op.args[0], g)
        return
    wanted = frozenset([k for k in rules.flow_positions(op) if op.args[k] in sweep.active])
    splat = isinstance(g, Splat) and _keeps_splat(sweep, op)
    whole = sweep.scope.dense(op.out, g) if isinstance(g, Splat) and not splat else g
    confined(sweep, whole, op.args, lambda: _adjoints(sweep, op, whole, wanted))


def _adjoints(sweep: Sweep, op: Op, g: Atom | Splat, wanted: frozenset[int]) -> Found:
    """The adjoints of the wanted operands, of their shapes."""
    start, splat = len(sweep.build.stmts), isinstance(g, Splat)
    mask = mask_of(sweep.build, g) if op.prim.elementwise and rules.has_formula(op.prim) else None
    over = None if mask is None else partial(mask.over, sweep.build)
    try:
        seed = mask.seed if mask is not None else g.atom if isinstance(g, Splat) else g
        found = rules.adjoint(sweep.build, op, seed, wanted, _have(sweep, op), over)
        if isinstance(g, Splat) and not op.prim.elementwise and not _of_one_shape(sweep, op, found):
            splat = False
            found = rules.adjoint(sweep.build, op, sweep.scope.dense(op.out, g), wanted, _have(sweep, op))
    except LookupError as error:
        refuse(op, f"cannot be differentiated here ({error.args[0]})")
    shapes_from(sweep, start)
    return {k: c if isinstance(c, Splat) else
            _fit_splat(sweep, c, op, op.args[k]) if splat else
            _fitted(sweep, c, op, k) for k, c in found.items()}


def _fitted(sweep: Sweep, c: Atom, op: Op, position: int) -> Atom:
    """The adjoint of an operand, of its shape: of a sum of containers, or what may be one, as it is.

    Where nothing is known of either, what may make complex numbers of reals may give a real operand a complex adjoint.
    """
    operand = op.args[position]
    of_trees = op.prim is by_name("add_trees") or op.prim is by_name("or_zero")
    if of_trees and isinstance(sweep.kind(c), (List, Tuple, Dict)):
        return c
    if of_trees and isinstance(sweep.kind(c), Unknown):
        return sweep.build.op(by_name("as_stored"), c, operand)
    fit = sweep.fit(c, operand, op.prim.elementwise or rules.is_own(op.prim))
    if fit is not c or not isinstance(sweep.kind(operand), Unknown) or rules.stays_real(op, position, sweep.kind):
        return fit
    return sweep.build.op(by_name("cast_like"), c, operand)


def _have(sweep: Sweep, op: Op) -> Callable[[Atom], bool]:
    def have(atom: Atom) -> bool:
        return not isinstance(atom, Value) or atom.user or atom in sweep.params
    return have


def _of_one_shape(sweep: Sweep, op: Op, found: Mapping[int, Atom | Splat]) -> bool:
    """Whether adjoints are numbers, or of the shapes of their operands."""
    return all(isinstance(sweep.kind(c), Number) or same_shape(sweep.kind(c), sweep.kind(op.args[k])) is True
               for k, c in found.items() if not isinstance(c, Splat))


_ONCE = frozenset({"np.sum", ".T", "np.transpose", "np.swapaxes", "np.expand_dims", "np.squeeze", "np.ravel"})


def _counts_once(sweep: Sweep, op: Op) -> bool:
    """Whether each element of the one array operand adds to one element of the result, with coefficient one."""
    plain = op.prim.name in _ONCE and set(op.kw) <= {"axis", "keepdims", "axes"} and len(op.positional) <= 2
    return plain and isinstance(sweep.kind(op.args[0]), Array) and isinstance(sweep.kind(op.out), Array)


def _keeps_splat(sweep: Sweep, op: Op) -> bool:
    """Whether an operation passes on the adjoint of each element alone, all arrays having the shape of the result."""
    out = sweep.kind(op.out)
    if not (op.prim.elementwise or rules.scales(op.prim)) or not isinstance(out, Array):
        return False
    return all(isinstance(k, Number) or same_shape(k, out) is True for k in map(sweep.kind, op.args))


def _fit_splat(sweep: Sweep, c: Atom, op: Op, operand: Atom) -> Atom | Splat:
    """The adjoint of an operand of an elementwise operation whose result has a splat."""
    whole = isinstance(sweep.kind(c), Number)
    if isinstance(sweep.kind(operand), Array):
        return Splat(c) if whole else sweep.fit(c, operand)
    if whole:
        size = sweep.build.op(by_name(".size"), sweep.shape_of(op.out))
        return make(sweep.build, prims.MUL, c, size)
    return sweep.fit(c, operand)


_SHAPE_ONLY = {".size": 0, ".shape": 0, "np.shape": 0, "np.size": 0, "np.zeros_like": 0, "np.full_like": 0, "extent": 0,
               "unbroadcast": 1, "broadcast_like": 1, "expand_reduced": 1, "reduced_count": 0}


def shapes_from(sweep: Sweep, start: int) -> None:
    """What was emitted since `start` asks shapes of values at hand, so that no dead value is kept for its shape."""
    stmts = sweep.build.stmts
    for k in range(start, len(stmts)):
        op = stmts[k]
        if isinstance(op, Op) and op.prim.name in _SHAPE_ONLY:
            at = _SHAPE_ONLY[op.prim.name]
            ref = sweep.shape_of(op.args[at])
            if ref is not op.args[at]:
                args = (*op.args[:at], ref, *op.args[at + 1:])
                stmts[k] = sweep.build.made[op.out] = Op(op.outs, op.prim, args, op.kw, op.static, op.origin)
            elif op.prim.name in (".size", "extent") and (found := _extent_at_hand(sweep, op)) is not None:
                stmts[k] = sweep.build.made[op.out] = found


def _extent_at_hand(sweep: Sweep, op: Op) -> Op | None:
    """The extent of an axis, or the size of a vector, as that of a parameter's axis which is surely as long."""
    kind = sweep.kind(op.args[0])
    if op.args[0] in sweep.params or not isinstance(kind, Array) or kind.shape is None:
        return None
    if op.prim.name == ".size" and len(kind.shape) != 1:
        return None
    dim = kind.shape[0 if op.prim.name == ".size" else op.static]
    for p in sweep.params:
        other = sweep.kind(p)
        for axis, extent in enumerate(other.shape or ()) if isinstance(other, Array) else ():
            if same_extent(dim, extent):
                return Op(op.outs, prims.EXTENT, (p,), (), axis, op.origin)
    return None
