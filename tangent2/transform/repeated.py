"""Pullbacks that repeat the forward sweep, and the transposes of pullbacks: linear maps from tangents to tangents."""
from __future__ import annotations

from dataclasses import replace

from tangent2.core import prims
from tangent2.core.kinds import Kind, Tuple
from tangent2.core.syntax import UNDEF, Note, Op, Region, Typed, Value, Yield
from tangent2.core.walk import used
from tangent2.names import BACKWARD
from tangent2.transform.reverse import Means, Pair, both_sweeps, pullback_half, seed_kind, seed_name, value_again


def repeated(typed: Typed, wrt: tuple[int, ...], means: Means, name: str, whole: bool = False,
             aux: bool = False) -> Pair:
    """The pullback of a checkpointed function: it takes the arguments and repeats the forward sweep; nothing is saved.

    `whole`, `aux`: as of `pair`.

    >>> from tangent2.core import prims
    >>> from tangent2.core.kinds import FLOAT
    >>> from tangent2.core.show import show
    >>> from tangent2.core.syntax import Function, Op, Return
    >>> x, y, z = Value("x", True), Value("y", True), Value("z", True)
    >>> body = Region((Op((y,), prims.MUL, (x, x)), Op((z,), prims.MUL, (y, y))), Return((z,)))
    >>> f = Typed(Function("f", (x,), body), {x: FLOAT, y: FLOAT, z: FLOAT}, FLOAT)
    >>> made = repeated(f, (0,), Means(None, lambda region: region), "bwd_f")
    >>> print(made.forward, show(made.backward.function))
    None def bwd_f(x.0, z_bar.1):
        y.2 = mul(x.0, x.0)
        z.3 = mul(y.2, y.2)
        # Backward pass
        t.4 = mul(z_bar.1, y.2)
        t.5 = mul(z_bar.1, y.2)
        y_bar.6 = add(t.4, t.5)
        t.7 = mul(y_bar.6, x.0)
        t.8 = mul(y_bar.6, x.0)
        x_bar.9 = add(t.7, t.8)
        return x_bar.9
    """
    part = 0 if aux else None
    seed = Value(seed_name(typed, aux), True)
    joint = both_sweeps(typed, wrt, seed, means, UNDEF, {seed: seed_kind(typed, part)}, part)
    body = means.drop_dead_again(Region((*joint.forward, Note(BACKWARD), *joint.reverse), Yield(joint.adjoints)))
    read = used(body)
    params = typed.function.params
    chosen = tuple([k for k, p in enumerate(params) if whole or p in read])
    backward = pullback_half(typed, joint, body, chosen, False, None, (), seed, name)
    function = replace(backward.function, by_rows=typed.function.by_rows, apart=typed.function.derived_apart)
    return Pair(None, replace(backward, function=function), chosen, False, wrt, None, joint.sweep.ruled,
                value_again(typed, joint))


def transposed_pullback(backward: Typed, names: tuple[str | None, ...], means: Means, name: str) -> Pair:
    """The transpose of a pullback: it takes what that takes, but for the adjoint if it can do without, and tangents.

    backward: linear in its last parameter.  names: of the parameters whose adjoints it gives.
    """
    made = repeated(backward, (len(backward.function.params) - 1,), means, name)
    typed = made.backward
    *given, dot = typed.function.params
    kinds = dict(typed.kinds)
    whole: Kind = kinds[dot]
    parts = whole.elts if len(names) > 1 and isinstance(whole, Tuple) else (whole,)
    dots = tuple([Value(f"{hint or 't'}_dot", True) for hint in names])
    kinds.update(zip(dots, parts))
    body = typed.function.body
    if len(names) > 1:
        body = Region((Op((dot,), prims.TUPLE, dots), *body.stmts), body.exit)
    params = (*given, *dots) if len(names) > 1 else (*given, dot)
    return replace(made, backward=Typed(replace(typed.function, params=params, body=body), kinds, typed.result))
