"""Compiling a request: a derivative of a function for arguments at hand, with its guards."""
from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from tangent2.analysis.agreeing import agreeing
from tangent2.batches import batches_of
from tangent2.conditions import Conditions
from tangent2.core.layouts import CannotBatch
from tangent2.core.kinds import UNKNOWN, Dict, Kind, List, Tuple, is_inexact
from tangent2.core.objectkinds import has_record
from tangent2.core.syntax import Callee, Typed
from tangent2.core.valuekinds import hides_exact
from tangent2.entry import Compiled, Finish, Modules, Spaces
from tangent2.errors import TangentError
from tangent2.guards import guards_of
from tangent2.jacobian_sweeps import JACOBIAN
from tangent2.kept import compiler_for, keep
from tangent2.names import function_name, names_only
from tangent2.objects import Bound
from tangent2.optimise.settle import shares_memory
from tangent2.overlap import apart, by_rows, entries, kept
from tangent2.pipeline import Compiler
from tangent2.python.emit import Emitted
from tangent2.python.load import code_of, namespace_of, run
from tangent2.python.read import place_of
from tangent2.requests import Request, callee_of, first_part, generic_first, holds_complex, holds_exact
from tangent2.runtime.trees import deep_copy, zero_like
from tangent2.runtime.watching import Sealed
from tangent2.transform.auxiliary import resumed
from tangent2.transform.repeated import transposed_pullback
from tangent2.transform.reverse import Pair

Made = tuple[Modules, Finish]


def compile_request(fn: Any, request: Request, args: tuple[Any, ...]) -> tuple[Compiled, Spaces, list[Bound]]:
    """What was compiled, the namespaces of its modules, and the methods and partials that were asked for."""
    compiler, kinds = compiler_for(fn, args)
    for k in request.wrt:
        if hides_exact(args[k]):
            raise holds_exact(k, function_name(fn), place_of(fn))
    if compiler.switches.generic:
        compiler, made = generic_first(tuple(map(_generic, kinds)), partial(_fresh, fn, request))
    else:
        made = _made(compiler, fn, request, kinds)
    modules, finish = made
    spaces = tuple(map(namespace_of, modules))
    cores = (*compiler.lowered.values(), *compiler.nested)
    guards = guards_of(compiler.functions, cores, modules, spaces, compiler.members)
    plain = not any(map(has_record, kinds))
    shapes, extents = Conditions(), Conditions()
    told = request.wrt and shapes.of_gradients(args, tuple(request.wrt), request.single)
    for group in _agreeing(compiler, fn, kinds) if request.wrt else ():
        shapes.of_extents(args, kinds, group)
        extents.of_extents(args, kinds, group)
    shaped = shapes.compiled(len(args) + 1) if told else None
    agree = extents.compiled(len(args)) if extents.parts else None
    compiled = Compiled(modules, tuple(map(code_of, modules)), guards, _sparing_arguments(compiler, fn, kinds, finish),
                        plain, shaped, agree, plain and not any(m.records for m in modules),
                        compiler.has_blocks)
    keep(fn, compiler, kinds)
    return compiled, spaces, list(compiler.bound.values())


def _agreeing(compiler: Compiler, fn: Any, kinds: tuple[Kind, ...]) -> list[set[int]]:
    """The extents of arguments that a function demands to be equal."""
    batches_of(compiler).quiet = True       # what is compiled is compiled by now, and told
    return next((agreeing(core, kinds) for key, core in compiler.cores.items() if isinstance(key, tuple) and isinstance(
        key[0], tuple) and key[0][:1] == ("entry",) and key[0][1] is fn), [])


def _generic(kind: Kind) -> Kind:
    """A kind of which nothing is known but what it holds."""
    if isinstance(kind, Tuple):
        return replace(kind, elts=tuple(map(_generic, kind.elts)))
    if isinstance(kind, List):
        return replace(kind, elt=_generic(kind.elt))
    if isinstance(kind, Dict):
        items = None if kind.items is None else tuple([(key, _generic(k)) for key, k in kind.items])
        return replace(kind, items=items, elt=_generic(kind.elt))
    return UNKNOWN if is_inexact(kind) else kind


def _fresh(fn: Any, request: Request, kinds: tuple[Kind, ...]) -> tuple[Compiler, Made]:
    compiler = Compiler()
    return compiler, _made(compiler, fn, request, kinds)


def _made(compiler: Compiler, fn: Any, request: Request, kinds: tuple[Kind, ...]) -> Made:
    """The modules of a request for arguments of these kinds, and what makes the derivative of them."""
    if request.transform == "vjp":
        return _pullback(compiler, fn, request, kinds)
    if request.transform == "linearize":
        return _linear(compiler, fn, request, kinds)
    if request.transform == JACOBIAN:
        return _at_once(compiler, fn, request, kinds)
    return (request.text(compiler, fn, kinds, not compiler.switches.generic),), _alone


def _alone(fn: Any, modules: Modules, loaded: list[Callable[..., Any]], spaces: Spaces) -> Callable[..., Any]:
    return loaded[0]


def _at_once(compiler: Compiler, fn: Any, request: Request, kinds: tuple[Kind, ...]) -> Made:
    """The module of a Jacobian; none if it cannot be had by one sweep, or not at all, as those sweep by sweep tell.

    Its function tells for how many directions it is worth it.
    """
    try:
        text = request.text(compiler, fn, kinds, not compiler.switches.generic)
    except (CannotBatch, TangentError):
        return (), lambda fn, modules, loaded, spaces: fn
    fewest = batches_of(compiler).fewest.get((request, kinds), 0)

    def finished(fn: Any, modules: Modules, loaded: list[Callable[..., Any]], spaces: Spaces) -> Callable[..., Any]:
        loaded[0].__tangent2_fewest__ = fewest      # type: ignore[attr-defined]
        return loaded[0]
    return (text,), finished


def _sparing_arguments(compiler: Compiler, fn: Any, kinds: tuple[Kind, ...], finish: Finish) -> Finish:
    """What makes a derivative that refuses arguments whose memory it must not write to, or not so."""
    asked = entries(compiler.cores)
    name = getattr(fn, "__name__", "the function")
    written = frozenset([str(p.hint) for entry in asked for p in entry.writes])
    into_arrays, is_apart = any(e.into_arrays for e in asked), any(e.derived_apart for e in asked)
    rows, count = any(e.by_rows for e in asked), len(kinds)
    if not is_apart and not rows:
        return finish

    def finished(fn: Any, modules: Modules, loaded: list[Callable[..., Any]], spaces: Spaces) -> Callable[..., Any]:
        function = finish(fn, modules, loaded, spaces)
        if is_apart:
            function = kept(apart(function, count, name, into_arrays), fn, written)
        return by_rows(function, count, name) if rows else function
    return finished


@dataclass(frozen=True)
class _Halves:
    """How `vjp` puts a value and a pullback together; `wrt`: positions of active ones of `count` arguments.

    starts: the first module gives the value.  saves: it also gives what the pullback needs.  written: positions of
    arguments that the user's function writes to.  keep, give: what is made of what is saved, and of what is given back,
    that may be changed by others.  params: arguments that the pullback reads.
    """

    wrt: tuple[int, ...]
    count: int
    starts: bool
    saves: bool
    written: tuple[int, ...]
    keep: Callable[[Any], Any]
    give: Callable[[Any], Any]
    params: tuple[int, ...]
    takes_result: bool
    takes_saved: bool
    watched: bool

    def __call__(self, fn: Any, modules: Modules, loaded: list[Callable[..., Any]],
                 spaces: Spaces) -> Callable[..., Any]:
        """A function that gives the value and a pullback closed over what it needs."""
        start = loaded[0] if self.starts else _sparing(fn, self.written)

        def both(*args: Any) -> Any:
            out, saved = start(*args) if self.saves else (self.give(start(*args)), None)
            # the caller may change what the pullback reads before it is called
            held = [deep_copy(args[k]) for k in self.params]
            held += [deep_copy(out)] if self.takes_result else []
            held += [self.keep(saved)] if self.takes_saved else []
            return out, self.second(_as_now(loaded[-1], modules[-1], spaces[-1]), held, out)
        return both

    def second(self, pull: Callable[..., Any], held: list[Any], out: Any) -> Callable[..., Any]:
        """The function that goes with a value: its pullback."""
        check = Sealed(held, pull.__name__) if self.watched else None

        def pullback(out_bar: Any) -> tuple[Any, ...]:
            if not self.wrt:
                return (None,) * self.count
            if check is not None:
                check()
            found = pull(*held, out_bar)
            at = dict(zip(self.wrt, (found,) if len(self.wrt) == 1 else found))
            return tuple([at.get(k) for k in range(self.count)])
        return pullback


@dataclass(frozen=True)
class _Linear(_Halves):
    """The same for the linear map from tangents to that of the value.

    takes_bar: it reads an adjoint of the value, for its shape.  aux: the value is a pair, of whose first part it is.
    """

    takes_bar: bool = False
    aux: bool = False

    def second(self, pull: Callable[..., Any], held: list[Any], out: Any) -> Callable[..., Any]:
        """The linear map; it takes the tangents of active arguments."""
        zeros = zero_like(out[0] if self.aux else out)
        given = [*held, zeros] if self.takes_bar else held
        check = Sealed(given, pull.__name__) if self.watched else None

        def push(*dots: Any) -> Any:
            if check is not None:
                check()
            return pull(*given, *dots) if self.wrt else zeros
        return push


def _pullback(compiler: Compiler, fn: Any, request: Request, kinds: tuple[Kind, ...]) -> Made:
    """The modules of `vjp`, and what makes the function of them."""
    return _halved(compiler, fn, request, kinds, lambda half: half, lambda made: _Halves)


def _halved(compiler: Compiler, fn: Any, request: Request, kinds: tuple[Kind, ...], turned: Callable[[Typed], Typed],
            finish: Callable[[Pair], Callable[..., _Halves]]) -> Made:
    """The modules of the value and of what is made of its pullback."""
    wrt = tuple([k for k, on in enumerate(request.active) if on])
    callee = callee_of(compiler, fn, not compiler.switches.generic)
    if request.aux:
        first_part(callee.core(kinds).result, callee.name, compiler.place(callee))
    forward, backward, made = _texts(compiler, callee, kinds, wrt, request.aux, turned)
    saves, start = forward is not None, forward
    written: tuple[int, ...] = ()
    if not saves:       # the function itself; where it is given objects, its text for the tuples that stand for them
        core = callee.core(kinds)
        written = tuple([k for k, p in enumerate(core.function.params) if p in core.function.writes])
        start = compiler.text(callee, kinds) if any(map(has_record, kinds)) or has_record(core.result) else None
    keep = deep_copy if made.forward is not None and shares_memory(made.forward) else _itself
    give = deep_copy if not saves and shares_memory(callee.core(kinds)) else _itself    # what the user's function gives
    halves = finish(made)(wrt, len(kinds), start is not None, saves, written, keep, give, tuple(made.params),
                          made.takes_result, saves, compiler.switches.watched)
    return tuple([m for m in (start, backward) if m is not None]), halves


def _texts(compiler: Compiler, callee: Callee, kinds: tuple[Kind, ...], wrt: tuple[int, ...], aux: bool,
           turned: Callable[[Typed], Typed]) -> tuple[Emitted | None, Emitted, Pair]:
    """The texts of a forward function (None: the function itself will do) and of a pullback for a user.

    `turned`: what is made of the pullback before it is printed.
    """
    made = compiler.split(callee, kinds, wrt, aux=aux)
    half = resumed(made.backward)
    half = turned(replace(half, function=replace(half.function, owned=frozenset())))
    backward = Callee(("user bwd", callee.key), half.function.name, lambda _: compiler.clean(half))
    if made.forward is None:
        return None, compiler.text(backward, ()), made
    start = compiler.clean(resumed(made.forward))
    forward = Callee(("user fwd", callee.key), start.function.name, lambda _: start)
    return compiler.text(forward, (), None), compiler.text(backward, ()), replace(made, forward=start)


def _linear(compiler: Compiler, fn: Any, request: Request, kinds: tuple[Kind, ...]) -> Made:
    """The modules of `linearize`: the transpose of a pullback, or where there is none the tangent function."""
    turned: list[Pair] = []
    callee = callee_of(compiler, fn, not compiler.switches.generic)

    def turn(half: Typed) -> Typed:
        names = tuple([p.hint for p, on in zip(callee.core(kinds).function.params, request.active) if on])
        turned.append(transposed_pullback(compiler.clean(half), names, compiler.means(), f"lin_{callee.name}"))
        return turned[0].backward

    def finish(made: Pair) -> Callable[..., _Halves]:
        return partial(_linear_halves, made, turned[0].params, request.aux)
    if any(map(holds_complex, kinds)) or not any(request.active):       # the conventions of adjoints are others
        return _tangent_again(compiler, fn, request, kinds)
    with suppress(TangentError):
        made = _halved(compiler, fn, request, kinds, turn, finish)
        if not compiler.has_blocks:
            return made
    return _tangent_again(Compiler(), fn, request, kinds)


def _linear_halves(made: Pair, chosen: tuple[int, ...], aux: bool, *fields: Any) -> _Halves:
    """What puts the value and the linear map together, which takes chosen ones of what the pullback takes."""
    halves = _Halves(*fields)
    result, saved = len(made.params), len(made.params) + made.takes_result
    return _Linear(**{**vars(halves), "params": tuple([k for i, k in enumerate(made.params) if i in chosen]),
                      "takes_result": made.takes_result and result in chosen,
                      "takes_saved": halves.saves and saved in chosen},
                   takes_bar=saved + halves.saves in chosen, aux=aux)


def _tangent_again(compiler: Compiler, fn: Any, request: Request, kinds: tuple[Kind, ...]) -> Made:
    """The module of the tangent function, which is run for each tangent; the value is that along zeros."""
    text = replace(request, transform="jvp").text(compiler, fn, kinds, not compiler.switches.generic)

    def finish(fn: Any, modules: Modules, loaded: list[Callable[..., Any]], spaces: Spaces) -> Callable[..., Any]:
        def both(*args: Any) -> Any:
            held = [deep_copy(a) for a in args]
            zeros = [zero_like(a) for a, on in zip(args, request.active) if on]
            found = loaded[0](*args, *zeros)
            out = (found[0], found[2]) if request.aux else found[0]

            tangent = _as_now(loaded[0], modules[0], spaces[0])

            def push(*dots: Any) -> Any:
                return tangent(*[deep_copy(a) for a in held], *dots)[1]
            return out, push
        return both
    return (text,), finish


def _sparing(fn: Any, written: tuple[int, ...]) -> Any:
    """The user's function, given copies of the arguments that it writes to, and by name what it takes so alone."""
    named = () if isinstance(fn, np.ufunc) else names_only(fn)

    def spared(*args: Any) -> Any:
        args = tuple([deep_copy(a) if k in written else a for k, a in enumerate(args)])
        count = len(args) - len(named)
        return fn(*args[:count], **dict(zip(named, args[count:])))
    return spared if written or named else fn


def _itself(saved: Any) -> Any:
    return saved


def _as_now(pull: Any, emitted: Emitted, space: dict[str, Any]) -> Any:
    """A pullback that reads captured values as they are now."""
    if not emitted.captured:
        return pull
    space = {**space, **{n: deep_copy(space[n]) for n in emitted.captured}}
    return run(pull.__tangent2_code__, emitted, space)
