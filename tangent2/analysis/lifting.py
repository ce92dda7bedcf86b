"""Calls that are given closures: the callee takes what the closures captured instead, and makes them itself.

So every function value that is called is made in sight, and calls are of known functions with plain values.
"""
from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tangent2.analysis.concrete import captured_atoms
from tangent2.analysis.together import Plan, together
from tangent2.core import prims
from tangent2.core.kinds import FunctionKind, Kind
from tangent2.core.syntax import Atom, Call, Callee, Function, Op, Region, Typed, Value
from tangent2.core.walk import renew

if TYPE_CHECKING:
    from tangent2.analysis.infer import Facts

Compile = Callable[[Function, tuple[Kind, ...]], Typed]
Source = Callable[[Callee, "tuple[Kind, ...]"], "Function | None"]
Slots = tuple["tuple[Callee, int] | None", ...]     # per parameter: the closure to be made of so many captured values
LIFTED = "lifted"           # begins the key of a callee that takes captured values instead of closures
TOGETHER = "together"       # begins the key of a callee that takes shared memory once
_DEEPEST = 8        # closures in closures: a recursion that wraps its own argument has no end



def lift(call: Call, facts: Facts, compile: Compile) -> Call:
    """The call with closures made in sight replaced by what they captured; the same call if there are none."""
    slots: list[tuple[Callee, int] | None] = []
    args: list[Atom] = []
    for atom in call.args:
        own = facts.kind(atom)
        if isinstance(own, FunctionKind) and isinstance(own.callee, Callee) and (own.captured or is_made(atom, facts)):
            captured = captured_atoms(atom, own, facts.defs)
            if captured is not None:
                slots.append((own.callee, len(captured)))
                args += captured
                continue
        slots.append(None)
        args.append(atom)
    if not any(slots) or _depth(call.callee) == _DEEPEST:
        return call
    callee = facts.lookups.callee((LIFTED, call.callee, tuple(slots)), call.callee.name,
                                  lifted(call.callee, tuple(slots), facts.lookups.source, compile))
    return lift(Call(call.outs, callee, tuple(args), call.origin), facts, compile)      # of closures in closures


def is_made(atom: Atom, facts: Facts) -> bool:
    """Whether a function value is defined in sight."""
    made = facts.defs.get(atom) if isinstance(atom, Value) else None
    return made is not None and made.prim is prims.CLOSURE


def joined(callee: Callee, kinds: tuple[Kind, ...], plan: Plan, names: tuple[str | None, ...], facts: Facts) -> Callee:
    """The callee that takes shared memory once, for one that is called with arguments of these kinds."""
    key = TOGETHER, callee, kinds, plan, names
    source, compile = facts.lookups.source, facts.compile
    return facts.lookups.callee(key, callee.name, lambda given: compile(
        together(source_of(callee, kinds, source), plan, names), given))


def _depth(callee: Callee) -> int:
    key = callee.key
    return 1 + _depth(key[1]) if isinstance(key, tuple) and key[0] == LIFTED else 0


def lifted(callee: Callee, slots: Slots, source: Source, compile: Compile) -> Callable[[tuple[Kind, ...]], Typed]:
    """The core of the callee that takes captured values in the place of closures."""
    return lambda kinds: compile(opened(source_of(callee, _closed(kinds, slots), source), slots), kinds)


def source_of(callee: Callee, kinds: tuple[Kind, ...], source: Source) -> Function:
    """What a callee was before kinds were known: what its closures do decides how it is resolved."""
    key = callee.key
    if isinstance(key, tuple) and key[0] == LIFTED:
        return opened(source_of(key[1], _closed(kinds, key[2]), source), key[2])
    if isinstance(key, tuple) and key[0] == TOGETHER:
        _, own, inner, plan, names = key
        return together(source_of(own, inner, source), plan, names)
    return source(callee, kinds) or callee.core(kinds).function


def has_source(callee: Callee, kinds: tuple[Kind, ...], source: Source) -> bool:
    """Whether a callee is a function of the user's, or one made of one by lifting."""
    key = callee.key
    if isinstance(key, tuple) and key[0] == LIFTED:
        return has_source(key[1], _closed(kinds, key[2]), source)
    if isinstance(key, tuple) and key[0] == TOGETHER:
        return has_source(key[1], key[2], source)
    return source(callee, kinds) is not None


def _closed(kinds: tuple[Kind, ...], slots: Slots) -> tuple[Kind, ...]:
    """The kinds of the parameters of the callee itself."""
    found: list[Kind] = []
    at = 0
    for slot in slots:
        count = 1 if slot is None else slot[1]
        found.append(kinds[at] if slot is None else FunctionKind(slot[0], kinds[at:at + count]))
        at += count
    return tuple(found)


def opened(function: Function, slots: Slots) -> Function:
    """A copy of a function that makes the closures among its parameters of captured values.

    >>> f, x, y, a, v = map(Value, "f x y a v".split())
    >>> scale = Callee("scale", "scale", lambda kinds: None)
    >>> from tangent2.core.syntax import Return
    >>> apply = Function("apply", (f, x), Region((Op((y,), prims.APPLY, (f, x)),), Return((y,))))
    >>> found = opened(apply, ((scale, 1), None))
    >>> [p.hint for p in found.params], [s.prim for s in found.body.stmts]
    (['f_0', 'x'], [closure, apply])
    """
    mapping: dict[Value, Atom] = {}
    params: list[Value] = []
    made: list[Op] = []
    for param, slot in zip(function.params, slots):
        new = mapping[param] = Value(param.hint, param.user)
        if slot is None:
            params.append(new)
            continue
        captured = tuple([Value(f"{param.hint or 'f'}_{k}") for k in range(slot[1])])
        params += captured
        made.append(Op((new,), prims.CLOSURE, captured, (), slot[0], function.origin))
    owned = frozenset(mapping[p] for p in function.owned)
    body = renew(function.body, mapping)
    body = Region((*made, *body.stmts), body.exit)
    return Function(function.name, tuple(params), body, function.origin, owned, function.doc)     # type: ignore[arg-type]
