"""The reverse of a call: the pullback of the callee, for its kinds and active arguments."""
from __future__ import annotations

from dataclasses import replace

from tangent2.core import prims
from tangent2.core.kinds import OBJECT, Kind, Tuple, is_inexact
from tangent2.core.syntax import Atom, Call, Callee, Op, Stmt, Typed, Value
from tangent2.errors import TangentError, seen_from
from tangent2.transform.reaching import Found, confined
from tangent2.transform.sweep import Sweep

PAIR = (2, False, 0)


def reverse_call(sweep: Sweep, call: Call) -> list[Stmt]:
    """Emit the call of the pullback; the forward sweep calls the user's function, or one that saves."""
    g = sweep.take_dense(call.out)
    if g is None:
        return [call]
    build = sweep.build
    kinds = tuple(map(sweep.kind, call.args))
    mask = tuple([a in sweep.active for a in call.args])
    try:
        pullback = sweep.pullback_of(call.callee, kinds, mask)
    except TangentError as error:
        raise seen_from(error, call.origin, call.callee.name) from error.__cause__
    sweep.ruled |= pullback.ruled
    forward: list[Stmt] = [call if pullback.value is None else replace(call, callee=pullback.value)]
    args: list[Atom] = [call.args[k] for k in pullback.params]
    if pullback.takes_result:
        args.append(call.out)
    if pullback.forward is not None:
        saved_kind = pullback.saved_kind or OBJECT
        pair = build.value(Tuple((sweep.kind(call.out), saved_kind)))
        saved = build.value(saved_kind, pullback.saved_name, True)
        forward = [Call((pair,), pullback.forward, call.args, call.origin),
                   Op((call.out, saved), prims.UNPACK, (pair,), (), PAIR, call.origin)]
        args.append(saved)
    args.append(g)
    confined(sweep, g, call.args, lambda: _adjoints(sweep, call, pullback.wrt, tuple(args), pullback.backward))
    return forward


def _adjoints(sweep: Sweep, call: Call, wrt: tuple[int, ...], args: tuple[Atom, ...], backward: object) -> Found:
    """Call the pullback; its results, by the position of the argument."""
    build = sweep.build
    kinds = tuple([sweep.bar_kind(call.args[k]) for k in wrt])
    if not wrt:
        return {}
    if len(wrt) == 1:
        outs: tuple[Atom, ...] = (build.call(backward, args, kinds[0]),)  # type: ignore[arg-type]
    else:
        whole = build.call(backward, args, Tuple(kinds))  # type: ignore[arg-type]
        made = build.made.get(whole)
        outs = made.args if made is not None and made.prim is prims.TUPLE else build.ops(
            prims.UNPACK, (whole,), static=(len(wrt), False, 0), hints=((None, False),) * len(wrt))
    for k, out in zip(wrt, outs):
        operand = call.args[k]
        if isinstance(operand, Value) and operand.hint and isinstance(out, Value):
            sweep.names[out] = (f"{operand.hint}_bar", operand.user)
    return dict(zip(wrt, outs))


def pullback_name(callee: Callee, typed: Typed, kinds: tuple[Kind, ...], wrt: tuple[int, ...]) -> str:
    """What a pullback is called: it tells of which arguments it gives adjoints, if not of all that have one."""
    inexact = [k for k, kind in enumerate(kinds) if is_inexact(kind)]
    names = [typed.function.params[k].hint or "t" for k in wrt]
    return f"bwd_{callee.name}" if list(wrt) == inexact else f"bwd_{callee.name}_wrt_{'_'.join(names)}"
