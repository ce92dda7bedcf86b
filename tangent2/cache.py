"""The cache: compiled derivatives by function, request and kinds of arguments.

What the functions that were compiled read from outside is guarded (`guards.py`).
"""
from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from tangent2.analysis.agreeing import agreeing
from tangent2.conditions import Conditions
from tangent2.core.kinds import UNKNOWN, Dict, Kind, List, Tuple, is_inexact
from tangent2.core.objectkinds import has_record
from tangent2.core.syntax import Callee, Function, Typed
from tangent2.core.valuekinds import fast_key, hides_exact, signature
from tangent2.errors import TangentError, UnsupportedError, seen_from
from tangent2.guards import function_key, guards_of
from tangent2.names import function_name
from tangent2.optimise.settle import settled_facts
from tangent2.overlap import apart, by_rows, entries, kept
from tangent2.pipeline import Compiler
from tangent2.python.emit import Emitted
from tangent2.python.load import load, mark, namespace_of, run
from tangent2.python.read import place_of
from tangent2.requests import Request, callee_of, generic_first, holds_exact
from tangent2.runtime.trees import deep_copy
from tangent2.runtime.watching import Sealed
from tangent2.switches import current

LOCK = threading.RLock()
_TABLE: WeakKeyDictionary[Any, dict[Any, Entry]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Entry:
    """A compiled derivative: call `function` if `current()`.

    current: whether what was compiled still is what the user's names mean.  fits: that, and whether arguments are of
    the kinds it was compiled for; None where only a look-up tells.  shaped: whether gradients, given after the
    arguments, have their shapes; None where only a walk tells.  agree: whether extents of arguments are equal that the
    function demands to be.  plain: no argument has a class that its gradient has to get.
    """

    function: Callable[..., Any]
    modules: tuple[Emitted, ...]
    current: Callable[[], bool]
    fits: Callable[..., bool] | None
    shaped: Callable[..., bool] | None
    agree: Callable[..., bool] | None = None
    plain: bool = True


def lookup_key(args: tuple[Any, ...]) -> Any:
    """What arguments are looked up by: their kinds; functions by identity."""
    return fast_key(args, function_key)


def compiled(fn: Any, request: Request, args: tuple[Any, ...]) -> Entry:
    """The compiled derivative for arguments of these kinds, made if there is none that is still true."""
    key = request, current(), lookup_key(args)
    try:
        table = _TABLE.setdefault(fn, {})
    except TypeError:
        table = {}
    entry = table.get(key)
    if entry is not None and entry.current():
        return entry
    with LOCK:
        try:
            entry = table[key] = _compile(fn, request, args)
        except TangentError as error:
            raise _placed(error, fn).brief() from error.__cause__
        except RecursionError:
            name = getattr(fn, "__name__", "the function")
            raise UnsupportedError(f"`{name}` is nested too deep, or calls itself with arguments of ever new kinds",
                                   construct="recursion", advice="hand on the whole array and an index") from None
    return entry


def _placed(error: TangentError, fn: Any) -> TangentError:
    """An error with the place of the function, if it has none of the user's."""
    error = seen_from(error, place_of(fn), getattr(fn, "__name__", "the function"))
    if not isinstance(error, UnsupportedError) or error.origin is not None:
        return error
    return UnsupportedError(error.reason, origin=place_of(fn), construct=error.construct, advice=error.advice)


def _compile(fn: Any, request: Request, args: tuple[Any, ...]) -> Entry:
    compiler = Compiler()
    kinds = signature(args, compiler.function_kind)
    for k in request.wrt:
        if hides_exact(args[k]):
            raise holds_exact(k, function_name(fn), place_of(fn))
    if compiler.switches.generic:
        compiler, made = generic_first(tuple(map(_generic, kinds)), partial(_fresh, fn, request))
    else:
        made = _made(compiler, fn, request, kinds)
    function, modules, spaces = made
    asked = entries(compiler.cores)
    name = getattr(fn, "__name__", "the function")
    if any(entry.derived_apart for entry in asked):
        function = apart(function, len(kinds), name, any(entry.into_arrays for entry in asked))
        function = kept(function, fn, asked)
    if any(entry.by_rows for entry in asked):
        function = by_rows(function, len(kinds), name)
    cores = (*compiler.lowered.values(), *compiler.nested)
    guards = guards_of(compiler.functions, cores, modules, spaces, compiler.members)
    whole, plain = guards.conditions(), not any(map(has_record, kinds))
    fits = whole.compiled(len(args)) if plain and whole.of_arguments(args) else None
    shapes, extents = Conditions(), Conditions()
    told = request.wrt and shapes.of_gradients(args, tuple(request.wrt), request.single)
    for group in _agreeing(compiler, fn, kinds) if request.wrt else ():
        shapes.of_extents(args, group)
        extents.of_extents(args, group)
    shaped = shapes.compiled(len(args) + 1) if told else None
    agree = extents.compiled(len(args)) if extents.parts else None
    return Entry(function, modules, guards.conditions().when_asked(), fits, shaped, agree,
                 plain and not any(m.records for m in modules))


def _agreeing(compiler: Compiler, fn: Any, kinds: tuple[Kind, ...]) -> list[set[int]]:
    """The extents of arguments that a function demands to be equal."""
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


def _fresh(fn: Any, request: Request, kinds: tuple[Kind, ...]) -> tuple[Compiler, Any]:
    compiler = Compiler()
    return compiler, _made(compiler, fn, request, kinds)


def _made(compiler: Compiler, fn: Any, request: Request, kinds: tuple[Kind, ...]) -> Any:
    """The function of a request for arguments of these kinds, its modules and their namespaces."""
    if request.transform == "vjp":
        return _pullback(compiler, fn, request, kinds)
    emitted = request.text(compiler, fn, kinds, not compiler.switches.generic)
    space = namespace_of(emitted)
    return load(emitted, space), (emitted,), (space,)


def _pullback(compiler: Compiler, fn: Any, request: Request, kinds: Any) -> Any:
    """`vjp`: a function that gives the value and a pullback closed over what it needs."""
    wrt = tuple([k for k, on in enumerate(request.active) if on])
    callee = callee_of(compiler, fn, not compiler.switches.generic)
    forward, backward, made = compiler.halves(callee, kinds, wrt)
    modules = [m for m in (forward, backward) if m is not None]
    spaces = [namespace_of(m) for m in modules]
    loaded = [load(m, s) for m, s in zip(modules, spaces)]
    start = loaded[0] if forward is not None else _start(compiler, fn, callee, kinds)
    saves, count = forward is not None, len(kinds)
    keep = deep_copy if made.forward is not None and _shares(made.forward) else _itself
    give = deep_copy if not saves and _shares(callee.core(kinds)) else _itself     # what the user's function returns

    def both(*args: Any) -> Any:
        out, saved = start(*args) if saves else (give(start(*args)), None)
        # the caller may change what the pullback reads before it is called
        held = [deep_copy(args[k]) for k in made.params]
        held += [deep_copy(out)] if made.takes_result else []
        held += [keep(saved)] if saves else []
        pull = _as_now(loaded[-1], backward, spaces[-1])
        check = Sealed(held, backward.entry) if compiler.switches.watched else None

        def pullback(out_bar: Any) -> tuple[Any, ...]:
            if not wrt:
                return (None,) * count
            if check is not None:
                check()
            found = pull(*held, out_bar)
            found = (found,) if len(wrt) == 1 else found
            at = dict(zip(wrt, found))
            return tuple([at.get(k) for k in range(count)])
        return out, pullback
    return both, tuple(modules), tuple(spaces)


def _start(compiler: Compiler, fn: Any, callee: Callee, kinds: tuple[Kind, ...]) -> Any:
    """The function itself; where it is given objects, its own text for the tuples that stand for them."""
    core = callee.core(kinds)
    if any(map(has_record, kinds)) or has_record(core.result):
        emitted = compiler.text(callee, kinds)
        return load(emitted, namespace_of(emitted))
    return _sparing(fn, core.function)


def _sparing(fn: Any, function: Function) -> Any:
    """The user's function, given copies of the arguments that it writes to."""
    written = [k for k, p in enumerate(function.params) if p in function.writes]

    def spared(*args: Any) -> Any:
        return fn(*[deep_copy(a) if k in written else a for k, a in enumerate(args)])
    return spared if written else fn


def _itself(saved: Any) -> Any:
    return saved


def _shares(forward: Typed) -> bool:
    """Whether what is saved may share memory with arguments, captured values or the result."""
    facts = settled_facts(Callee(forward, forward.function.name, lambda _: forward), ())
    return facts.sources is None or facts.shared or any(where or outer for where, outer in facts.sources.values())


def _as_now(pull: Any, emitted: Emitted, space: dict[str, Any]) -> Any:
    """A pullback that reads captured values as they are now."""
    if not emitted.captured:
        return pull
    space = {**space, **{n: deep_copy(space[n]) for n in emitted.captured}}
    function = run(pull.__tangent2_code__, emitted.entry, space)
    mark(emitted, space)
    return function
