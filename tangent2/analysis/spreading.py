"""Calls of function values with an open number of arguments, or of parameters, once kinds are known.

`f(*args, **options)` gets an argument for each item; a function that takes `*args` gets a tuple of what is left.
"""
from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tangent2.analysis.expansion import Expansion
from tangent2.core import prims
from tangent2.core.kinds import Bottom, Dict, FunctionKind, Kind, List, Tuple
from tangent2.core.prims import BOUND, Spread
from tangent2.core.syntax import ONE_ITEM, UNDEF, Atom, Callee, Const, Form, Function, Op, Value
from tangent2.errors import UnsupportedError
from tangent2.names import signature_of

if TYPE_CHECKING:
    from tangent2.analysis.infer import Facts


def spread_call(op: Op, kind: Callable[[Atom], Kind]) -> tuple[list[Op], Op] | None:
    """What takes the items, and the call with them; None if it is not known how many there are.

    >>> from tangent2.core.kinds import FLOAT
    >>> f, xs = Value("f"), Value("xs")
    >>> op = Op((Value(),), prims.APPLY, (f, xs), static=Spread((True,)))
    >>> parts, call = spread_call(op, {xs: Tuple((FLOAT, FLOAT))}.get)
    >>> [p.prim for p in parts], len(call.args)
    ([getitem, getitem], 3)
    """
    found = _one_by_one(op, op.static, kind)
    return None if found is None else (found[0], replace(found[1], static=None))


def spread_method(op: Op, facts: Facts) -> Expansion:
    """The same of a method, and what takes the items; refused if it is not known how many there are."""
    name = op.static
    found = _one_by_one(op, name.spread, facts.kind)
    if found is not None:
        return Expansion((*found[0], replace(found[1], static=name.name)), op.outs)
    if any(isinstance(facts.kind(a), Bottom) for a in op.args):      # where it is not reached yet
        return Expansion((), (*op.args[:len(op.outs) - 1], UNDEF))
    raise UnsupportedError("`*` of a sequence whose length is not known here", origin=op.origin, construct="`*`",
                           advice="name the arguments")


def _one_by_one(op: Op, spread: Spread, kind: Callable[[Atom], Kind]) -> tuple[list[Op], Op] | None:
    """What takes the items that are given by `*` and `**`, and the operation on them."""
    parts: list[Op] = []

    def item(base: Atom, key: int | str) -> Value:
        parts.append(Op((Value(),), prims.GETITEM, (base, Const(key)), (), ONE_ITEM, op.origin))
        return parts[-1].out
    args: list[Atom] = [op.args[0]]
    for atom, star in zip(op.positional[1:], spread.stars):
        count = _length(kind(atom))
        if not star:
            args.append(atom)
        elif count is not None:
            args += [item(atom, k) for k in range(count)]
        else:
            return None
    named: list[tuple[str, Atom]] = []
    for name, atom in op.keywords:
        whole = kind(atom)
        if name != "**":
            named.append((name, atom))
        elif isinstance(whole, Dict) and whole.cls is None and whole.items is not None and all(
                isinstance(k, str) for k, _ in whole.items):
            parts.append(Op((), prims.ASKED, (atom,), (), None, op.origin))
            named += [(key, item(atom, key)) for key, _ in whole.items]
        else:
            return None
    names = tuple([name for name, _ in named])
    return parts, replace(op, args=(*args, *[a for _, a in named]), kw=names)


def _length(kind: Kind) -> int | None:
    """How many items a value surely has."""
    if isinstance(kind, Tuple):
        return len(kind.elts) if kind.record is None or not kind.record.is_object else None
    return kind.length if isinstance(kind, List) else None


def gathered_call(op: Op, form: Form) -> tuple[list[Op], Op] | None:
    """What makes the tuple for `*args` and the dict for `**options`, and the call with them; None if that fails."""
    given, named = list(op.positional[1:]), dict(op.keywords)
    parts: list[Op] = []
    if len(given) < form.positional or len(given) > form.positional and not form.star or set(form.named) - set(named):
        return None
    args = [op.args[0], *given[:form.positional]]
    if form.star:
        parts.append(Op((Value(),), prims.TUPLE, tuple(given[form.positional:]), (), None, op.origin))
        args.append(parts[-1].out)
    args += [named.pop(name) for name in form.named]
    if named and not form.mapping:
        return None
    if form.mapping:
        parts.append(Op((Value(),), prims.DICT, tuple(named.values()), (), tuple(named), op.origin))
        args.append(parts[-1].out)
    return parts, Op(op.outs, prims.APPLY, tuple(args), (), BOUND, op.origin)


def form_of(kind: Kind) -> Form | None:
    """How the parameters of a function value are given, if their number is open."""
    callee = kind.callee if isinstance(kind, FunctionKind) else None
    if not isinstance(callee, Callee):
        return None
    if isinstance(callee.key, Function):
        return callee.key.form
    return None if callee.python is None else _of_python(callee.python)


def _of_python(fn: Any) -> Form | None:
    ways = [p.kind for p in signature_of(fn).parameters.values()]
    star, mapping = inspect.Parameter.VAR_POSITIONAL in ways, inspect.Parameter.VAR_KEYWORD in ways
    if not star and not mapping:
        return None
    plain = inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD
    named = [p.name for p in signature_of(fn).parameters.values() if p.kind is inspect.Parameter.KEYWORD_ONLY]
    return Form(sum(way in plain for way in ways), star, tuple(named), mapping)


def arranged(op: Op, kind: Callable[[Atom], Kind]) -> tuple[list[Op], Op] | None | bool:
    """How the arguments of a call are given: operations and a call instead of it, None if that is not known.

    False: as they stand.
    """
    if op.prim is not prims.APPLY or op.static == BOUND:
        return False
    if isinstance(op.static, Spread):
        return spread_call(op, kind)
    form = form_of(kind(op.args[0]))
    return False if form is None else gathered_call(op, form)
