"""Transposes of functions that are linear in some arguments: their pullback there, which does not depend on these."""
from __future__ import annotations

from dataclasses import replace

from tangent2.core import prims
from tangent2.core.build import Builder
from tangent2.core.kinds import Kind, Tuple
from tangent2.core.syntax import Atom, Const, Function, Note, Region, Return, Typed, Value
from tangent2.rules.families import tangent_kind
from tangent2.transform.forward_zeros import zero
from tangent2.transform.reverse import Means, Pair, both_sweeps, pair


def transposed(typed: Typed, wrt: tuple[int, ...], means: Means, name: str) -> Typed:
    """The function that takes the parameters of another and an adjoint of its result, and gives those of parameters.

    It gives a tuple, or the one adjoint there is.  Of a function that is linear in `wrt` it does not depend on these.

    >>> from tangent2.core.kinds import FLOAT
    >>> from tangent2.core.show import show
    >>> from tangent2.core.syntax import Op
    >>> c, g, x = Value("c", True), Value("g", True), Value("x", True)
    >>> body = Region((Op((x,), prims.MUL, (c, g)),), Return((x,)))
    >>> f = Typed(Function("f", (c, g), body), {c: FLOAT, g: FLOAT, x: FLOAT}, FLOAT)
    >>> print(show(transposed(f, (1,), Means(None, lambda region: region), "f_back").function))
    def f_back(c.0, g.1, out_bar.2):
        x.3 = mul(c.0, g.1)
        g_bar.4 = mul(out_bar.2, c.0)
        return g_bar.4
    """
    seed = Value("out_bar", True)
    joint = both_sweeps(typed, wrt, seed, means, Const(None), {seed: tangent_kind(typed.result)})
    build = Builder(joint.kinds)
    build.stmts = [s for s in (*joint.forward, *joint.reverse) if not isinstance(s, Note)]
    result = joint.adjoints[0] if len(wrt) == 1 else build.op(prims.TUPLE, *joint.adjoints)
    body = Region(tuple(build.stmts), Return((result,)))
    return Typed(Function(name, (*typed.function.params, seed), body, typed.function.origin), build.kinds,
                 build.kind(result))


def tangents_back(typed: Typed, wrt: tuple[int, ...], primals: tuple[int, ...], means: Means, name: str,
                  beside: bool = True, always: bool = False) -> Pair:
    """What `pair` makes of a function that gives a value and its tangent, linear in the tangents of some parameters.

    `wrt`: where the tangents stand, the last parameters; `primals`: where what they are of.  The tangents are no
    parameters of the halves: whatever still reads one reads its zero.  Without `beside` the function gives only the
    tangent, and the pullback computes all it needs from the parameters.  `always`: see `pair`.
    """
    count = len(typed.function.params) - len(wrt)
    if not beside:
        alone = transposed(typed, wrt, means, name)
        made = Pair(None, alone, tuple(range(len(typed.function.params))), False, wrt, None)
    else:
        made = pair(typed, wrt, means, name, beside=True, always=always)
    forward = None if made.forward is None else _at_zero(made.forward, tuple(range(count)), wrt, primals)
    if not any(k >= count for k in made.params):
        return replace(made, forward=forward, wrt=primals)
    own = tuple([k for k in range(count) if k in made.params or any(wrt[n] in made.params and primals[n] == k
                                                                    for n in range(len(wrt)))])
    return replace(made, forward=forward, wrt=primals, params=own,
                   backward=_at_zero(made.backward, own, wrt, primals, made.params, typed.kinds, typed.function.params))


def _at_zero(typed: Typed, own: tuple[int, ...], wrt: tuple[int, ...], primals: tuple[int, ...],
             given: tuple[int, ...] | None = None, kinds: dict[Value, Kind] | None = None,
             names: tuple[Value, ...] = ()) -> Typed:
    """A half that takes the parameters `own` instead of those `given`: tangents are made as zeros of their primals."""
    function, build = typed.function, Builder(dict(typed.kinds))
    given = tuple(range(len(own) + len(wrt))) if given is None else given
    at: dict[int, Value] = dict(zip(given, function.params))
    for k in own:
        if k not in at:
            at[k] = build.value((kinds or {})[names[k]], names[k].hint, names[k].user)
    mapping: dict[Value, Atom] = {at[k]: zero(build, at[primals[n]], {}) for n, k in enumerate(wrt) if k in at}
    whole = Typed(replace(function, params=(*at.values(),)), typed.kinds, typed.result)
    body = build.splice(whole, tuple([mapping.get(v, v) for v in at.values()]))
    params = (*[at[k] for k in own], *function.params[len(given):])
    region = Region(tuple(build.stmts), Return((body,)))
    return Typed(replace(function, params=params, body=region), build.kinds, typed.result)


def second_alone(typed: Typed) -> Typed:
    """A function that gives the second part of the pair that another gives."""
    build = Builder(dict(typed.kinds))
    build.stmts = list(typed.function.body.stmts)
    part = build.getitem(typed.function.body.exit.vals[0], 1)
    result = typed.result.elts[1] if isinstance(typed.result, Tuple) else build.kind(part)
    build.kinds[part] = result
    body = Region(tuple(build.stmts), Return((part,)))
    return Typed(replace(typed.function, body=body), build.kinds, result)
