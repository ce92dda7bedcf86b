"""`functools.partial`: a lambda that holds the given arguments as defaults; calls of a known one are spelled out."""
from __future__ import annotations

import types
from collections.abc import Sequence
from functools import partial
from typing import Any

import gast

from tangent2.names import signature_of
from tangent2.python.desugar_state import Desugaring, build, free_name, located, once
from tangent2.python.parts import walk

_PLAIN = (int, float, complex, str, bool, type(None))


def partial_lambda(D: Desugaring, node: Any) -> Any:
    """`partial(f, a, k=b)`: `lambda x, *, p=a, k=b: f(p, x, k=k)`."""
    if not node.args or any(isinstance(a, gast.Starred) for a in node.args) or any(
            k.arg is None for k in node.keywords):
        return None
    fn, *given = node.args
    named = {k.arg: k.value for k in node.keywords}
    if isinstance(fn, gast.Lambda) and (made := _of_lambda(fn, given, named)) is not None:
        return made
    params = parameters(D.resolve(fn))
    if params is None:
        fn, before = once(fn)
        return before(_unknown(node, fn, given, named))
    names, optional, defaults = params
    if len(given) > len(names):
        return None
    held = dict(zip(names, given))
    held.update(named)
    rest = []
    for name in names[len(given):]:
        if name in named:
            break
        rest.append(name)
    required = [n for n in rest if n not in optional]
    plain = [n for n in rest if n in defaults]
    named_only = [n for n in names[len(given) + len(rest):] if n not in held and n not in optional]
    return _lambda(node, fn, required, {n: defaults[n] for n in plain}, held, names[:len(given)], named_only)


def _lambda(node: Any, fn: Any, required: list[str], optional: dict[str, Any], held: dict[str, Any],
            first: list[str], named_only: Sequence[str] = ()) -> Any:
    own = {n.id for n in walk(fn) if isinstance(n, gast.Name)}
    params = {*required, *optional, *held, *named_only}
    names = {n: n if n not in own else free_name(n, own | params) for n in params}
    new = names.__getitem__
    positional = [new(n) for n in required] + [f"{new(n)}={v!r}" for n, v in optional.items()]
    kept = [*map(new, named_only), *[f"{new(n)}=None" for n in held]]
    head = ", ".join(positional + (["*"] if kept else []) + kept)
    call = [new(n) for n in first] + [new(n) for n in (*required, *optional)]
    call += [f"{n}={new(n)}" for n in (*named_only, *held) if n not in first]
    made = build(f"lambda {head}: F({', '.join(call)})", node, F=fn)
    made.args.kw_defaults = [*[None for _ in named_only], *held.values()]
    return made


def _of_lambda(fn: Any, given: list[Any], named: dict[str, Any]) -> Any:
    """A partial of a lambda is the lambda with defaults."""
    args = fn.args
    if args.vararg or args.kwarg or args.defaults or args.kwonlyargs or len(given) > len(args.args):
        return None
    held = dict(zip([p.id for p in args.args], given), **named)
    kept = [p for p in args.args if p.id in held]
    args.args = [p for p in args.args if p.id not in held]
    args.kwonlyargs, args.kw_defaults = kept, [held[p.id] for p in kept]
    return fn


def _unknown(node: Any, fn: Any, given: list[Any], named: dict[str, Any]) -> Any:
    """Of a function whose parameters are not known: it is taken to be called with one argument."""
    first = [free_name(f"a{k}", named) for k in range(len(given))]
    return _lambda(node, fn, [free_name("v", named)], {}, {**dict(zip(first, given)), **named}, first)


def parameters(obj: Any) -> tuple[list[str], set[str], dict[str, Any]] | None:
    """Names of positional parameters, those with defaults, and the defaults that are plain."""
    if not isinstance(obj, types.FunctionType) and not hasattr(obj, "__tangent2_callee__"):
        return None
    found = signature_of(obj).parameters.values()
    if any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in found):
        return None
    names = [p.name for p in found if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    given = {p.name: p.default for p in found if p.default is not p.empty}
    return names, set(given), {n: v for n, v in given.items() if type(v) in _PLAIN}


def partial_call(D: Desugaring, node: Any, obj: partial[Any]) -> Any:
    """A call of a partial that is known: of its function, with what it holds."""
    held = [build(f"P.args[{k}]", node, P=node.func) for k in range(len(obj.args))]
    given = {k.arg for k in node.keywords}
    keywords = [gast.keyword(k, build(f"P.keywords[{k!r}]", node, P=node.func)) for k in obj.keywords if k not in given]
    func = build("P.func", node, P=node.func)
    made = gast.copy_location(gast.Call(func, [*held, *node.args], [*keywords, *node.keywords]), node)
    return located(made, node) if not node.args else made


def partial_value(D: Desugaring, node: Any, obj: partial[Any]) -> Any:
    """A partial that is known, as a lambda."""
    params = parameters(obj.func)
    names, optional = ([f"v{len(obj.args)}"], set()) if params is None else params[:2]
    names = names if params is None else names[len(obj.args):]
    rest = [n for n in names if n not in optional and n not in obj.keywords]
    own = {n.id for n in walk(node) if isinstance(n, gast.Name)}
    rest = [n + "_" if n in own else n for n in rest]
    made = build(f"lambda {', '.join(rest)}: F({', '.join(rest)})", node, F=node)
    made.body = partial_call(D, made.body, obj)
    return made
