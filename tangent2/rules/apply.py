"""Applying rules: what the transforms ask of them, for one operation at a time.

Adjoints are those of the elementwise formula: summing them to the shape of the operand (un-broadcasting), casting to
its dtype and accumulation are the duty of the transform.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping

from tangent2.core import prims
from tangent2.core.build import Builder
from tangent2.core.dims import same_shape
from tangent2.core.kinding import kinds_of, makes_arrays
from tangent2.core.kinds import Array, Dict, Kind, List, Number, Tuple, may_be_one
from tangent2.core.prims import Prim
from tangent2.core.syntax import Atom, Op
from tangent2.rules.declare import Rule, by_name, rule_of
from tangent2.rules.frames import Splat, names_of
from tangent2.rules.template import adjoint_of, compiled, tangent_of

__all__ = ["Splat", "adjoint", "tangent", "flow_positions", "is_differentiable", "has_rule", "is_constant", "is_own"]


# What moves values about has no rule: the transforms know it by name.  Only these operands carry a derivative.
_MOVED: dict[Prim, tuple[int, ...]] = {
    prims.GETITEM: (0,), prims.UNPACK: (0,), prims.ATTRIBUTE: (0,), prims.POP: (0,),
    **dict.fromkeys((prims.SETITEM, prims.AT_ADD, *prims.UPDATES.values()), (0, -1)),
}


def _everything(atom: Atom) -> bool:
    return True


def adjoint(build: Builder, op: Op, out_bar: Atom, wanted: frozenset[int],
            have: Callable[[Atom], bool] = _everything,
            masked: Callable[[Atom], Atom] | None = None) -> dict[int, Atom | Splat]:
    """Emit the adjoints of the operands at the wanted positions, given that of the result.

    An operand left out of the answer has a zero adjoint.  `have` tells which primal values (`out` among them) can be
    read at no cost: rules with several forms choose by it.  `masked` is applied to what the formula of an elementwise
    operation gives, which has the shape of the result.  `LookupError` if there is no rule.
    """
    rule = rule_of(op.prim)
    if rule is None:
        raise LookupError(f"{op.prim} has no rule")
    if rule.constant:
        return {}
    if rule.adjoint is not None:
        return rule.adjoint(build, op, out_bar, wanted)
    _check_result(rule, build, op)
    names = names_of(rule, op)
    listed, op = _arrays(build, op)
    found = adjoint_of(rule, build, op, out_bar, frozenset([names[k] for k in wanted]), have)
    adjoints = {k: found[names[k]] for k in sorted(wanted) if names[k] in found}
    if masked is not None:
        adjoints = {k: masked(c.atom if isinstance(c, Splat) else c) for k, c in adjoints.items()}
    for k, atom in listed.items():
        if k in adjoints and not isinstance(adjoints[k], Splat):
            whole = adjoints[k]
            if not _is_widest(build, op, k):
                whole = build.op(by_name("unbroadcast"), whole, op.args[k])
            adjoints[k] = build.op(by_name("rows_like"), whole, atom)
        elif k in adjoints and not _holds_numbers(build.kind(atom)):
            adjoints[k] = build.op(by_name("splat_like"), adjoints[k].atom, atom)
    return adjoints


def _is_widest(build: Builder, op: Op, k: int) -> bool:
    """Whether an operand is known not to be broadcast."""
    if op.prim.name in ("matmul", "np.matmul"):
        return all(getattr(build.kind(a), "rank", None) in (1, 2) for a in op.args)
    if not op.prim.elementwise:
        return op.prim.name != "np.broadcast_to"
    own, others = build.kind(op.args[k]), [build.kind(a) for j, a in enumerate(op.args) if j != k]
    shape = own.shape if isinstance(own, Array) else None
    rank = -1 if shape is None or any(map(may_be_one, shape)) else len(shape)       # no operand of this rank is wider
    return all(isinstance(kind, Number) or same_shape(kind, own) is True
               or isinstance(kind, Array) and kind.shape is not None and len(kind.shape) <= rank for kind in others)


def _holds_numbers(kind: Kind) -> bool:
    """Whether a list or a tuple is known to hold numbers and nothing else."""
    parts = kind.elts if isinstance(kind, Tuple) else (getattr(kind, "elt", None),)
    return all(isinstance(part, Number) for part in parts)


def tangent(build: Builder, op: Op, dots: Mapping[int, Atom]) -> Atom | None:
    """Emit the tangent of the result, given those of operands by position; None if it is zero.

    Its shape is that of the operands with a tangent, broadcast: the transform spreads it to the shape of the result.
    """
    rule = rule_of(op.prim)
    if rule is None:
        raise LookupError(f"{op.prim} has no rule")
    if rule.constant or not dots:
        return None
    if rule.tangent is not None:
        return rule.tangent(build, op, dots)
    _check_result(rule, build, op)
    names = names_of(rule, op)
    listed, op = _arrays(build, op)
    if listed:
        dots = {k: build.op(by_name("np.array"), dot) if k in listed else dot for k, dot in dots.items()}
    return tangent_of(rule, build, op, {names[k]: atom for k, atom in dots.items()})


def _check_result(rule: Rule, build: Builder, op: Op) -> None:
    if rule.own and isinstance(build.kind(op.outs[0]), (List, Tuple, Dict)):
        raise LookupError("it gives a container, and a rule tells of a number or an array")


def _arrays(build: Builder, op: Op) -> tuple[dict[int, Atom], Op]:
    """An operation on arrays, lists among its operands made arrays for the rule; and those lists by position."""
    kinds = [build.kind(a) for a in op.args]
    if not any(isinstance(k, (List, Tuple)) for k in kinds):
        return {}, op
    rule = rule_of(op.prim)
    taken = op.prim.spelling[:2] == ("call", "numpy") or rule is not None and rule.own
    if not taken and not any(map(makes_arrays, kinds)):
        return {}, op
    names = names_of(rule, op) if rule is not None and rule.sequences else None
    flows = [k for k in flow_positions(op) if names is None or names[k] not in rule.sequences]  # type: ignore[union-attr]
    listed = {k: a for k, a in enumerate(op.args) if k in flows and isinstance(kinds[k], (List, Tuple))}
    if not listed:
        return {}, op
    args = tuple([build.op(by_name("np.array"), a) if k in listed else a for k, a in enumerate(op.args)])
    return listed, Op(op.outs, op.prim, args, op.kw, op.static, op.origin)


def flow_positions(op: Op) -> tuple[int, ...]:
    """The positions of the operands through which a derivative can flow."""
    rule = rule_of(op.prim)
    count = len(op.args)
    if rule is None:
        moved = _MOVED.get(op.prim)
        return tuple(range(count)) if moved is None else tuple([k % count for k in moved])
    if rule.template is not None:
        wrt = compiled(rule).wrt
        known = {*rule.params, rule.star or ""}     # a keyword that the rule does not know is refused when it is asked
        if rule.own:            # one that the rule says nothing of is refused as well
            return tuple(range(count))
        return tuple([k for k, name in enumerate(names_of(rule, op)) if name in wrt or name not in known])
    if rule.constant:
        return ()
    if rule.wrt is None:
        return tuple(range(count))
    return tuple([k % count for k in rule.wrt if -count <= k < count])


def is_differentiable(prim: Prim, position: int) -> bool:
    """Whether a derivative can flow through the operand at a position, counted without keywords."""
    return position in flow_positions(Op((), prim, (None,) * (position + 1)))  # type: ignore[arg-type]


def has_rule(prim: Prim) -> bool:
    """Whether anything is known of a primitive's derivative, be it that it is zero."""
    return rule_of(prim) is not None


def has_formula(prim: Prim) -> bool:
    """Whether the adjoints of a primitive are given by a formula, not by a function that emits them."""
    rule = rule_of(prim)
    return rule is not None and rule.template is not None and rule.adjoint is None


def stays_real(op: Op, position: int, kind: Callable[[Atom], Kind]) -> bool:
    """Whether the result is known to be real where the operand at a position is an array of reals."""
    atom = op.args[position]
    given = kinds_of(op, lambda a: Array("float64") if a is atom else kind(a))
    return all(isinstance(k, (Number, Array)) and str(k.dtype).startswith("float") for k in given)


def is_own(prim: Prim) -> bool:
    """Whether a primitive is a user's: of its shapes no more is known than its kinds tell."""
    rule = rule_of(prim)
    return rule is not None and rule.own


def scales(prim: Prim) -> bool:
    """Whether the adjoints of a user's function are that of its result times or over factors."""
    rule = rule_of(prim)
    return rule is not None and rule.own and rule.template is not None and compiled(rule).scales


def is_constant(prim: Prim) -> bool:
    """Whether the derivative of a primitive is zero wherever it exists."""
    rule = rule_of(prim)
    return rule is not None and rule.constant
