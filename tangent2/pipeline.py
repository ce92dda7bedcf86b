"""The pipeline as data: from function objects to typed cores, derivatives of cores, and printed text.

    lower -> infer and resolve -> transform -> optimise -> arrange for printing -> emit

`Compiler` keeps the memos; everything it calls is a pure function.  A derivative is asked lazily for its core under
given kinds, so transforms nest without a special case: `grad(jvp(f))` is the gradient of the core of `jvp(f)`.
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache, partial
from inspect import isgeneratorfunction
from types import FunctionType
from typing import Any

from tangent2.analysis.choices import split_choices
from tangent2.analysis.expansion import behind
from tangent2.analysis.factories import factory_of, inline_factories
from tangent2.analysis.lookups import Lookups
from tangent2.analysis.own_classes import check_result, note_leaving
from tangent2.analysis.prune import prune
from tangent2.analysis.recursion import Results
from tangent2.analysis.resolved import resolved
from tangent2.analysis.retest import retest
from tangent2.analysis.unroll import unroll_functions
from tangent2.core import prims
from tangent2.core.objects import member
from tangent2.core.prims import Prim
from tangent2.core.calling import differentiated, on_tuples, through
from tangent2.core.check import check
from tangent2.core.kinds import OBJECT, UNKNOWN, FunctionKind, Kind
from tangent2.core.objectkinds import frozen
from tangent2.core.syntax import Callee, Function, Origin, Typed, Value
from tangent2.core.walk import bound
from tangent2.declared import answers_of, constant_prim, watch
from tangent2.definitions.define import definition_of, is_within
from tangent2.effects import Effects
from tangent2.errors import TangentError
from tangent2.gather import gather
from tangent2.handwritten import inherited
from tangent2.hearsay import Hearsay
from tangent2.inserting import without_insertions
from tangent2.names import function_name, method_name
from tangent2.objects import Bound
from tangent2.optimise.arrange import arrange
from tangent2.optimise.blanks import leave_blank
from tangent2.optimise.catch import catch
from tangent2.optimise.copies import insert_copies
from tangent2.optimise.resugar import resugar
from tangent2.optimise.lasts import leave_out_last
from tangent2.optimise.leave import leave_early
from tangent2.optimise.common import share_common
from tangent2.optimise.laws import apply_laws
from tangent2.optimise.dead import drop_dead, drop_dead_in
from tangent2.optimise.forwards import run_forwards
from tangent2.optimise.fuse import fuse
from tangent2.optimise.ownership import accumulate
from tangent2.optimise.parts import join_parts
from tangent2.optimise.prototypes import spare_prototypes
from tangent2.optimise.sink import sink
from tangent2.optimise.stores import store_first
from tangent2.optimise.settle import settle_views, shares_memory
from tangent2.optimise.tapes import merge_tapes, reuse_lists
from tangent2.optimise.unread import leave_zeros
from tangent2.python.defaults import completed
from tangent2.python.emit import Emitted, emit
from tangent2.python.lower import lower
from tangent2.python.lower_definitions import hand_on, with_literals
from tangent2.python.read import is_foreign, place_of
from tangent2.repeating import is_repeated, split_of
from tangent2.rules.declare import by_name, recognise_prim
from tangent2.switches import Switches, current
from tangent2.transform.auxiliary import resumed, stopped
from tangent2.transform.calls import pullback_name
from tangent2.transform.forward import forward
from tangent2.transform.reverse import Means, Pair, gradient
from tangent2.transform.scalars import numbers_only
from tangent2.transform.sweep import Pullback

Pass = Callable[[Typed], Typed]
_CACHED = type(lru_cache(len))


def _pruned(typed: Typed) -> Typed:
    body = prune(typed.function.body)
    return typed if body is typed.function.body else replace(typed, function=replace(typed.function, body=body))


def _copied(typed: Typed, fresh_results: bool = True, first_only: bool = False) -> Typed:
    return insert_copies(typed, fresh_results=fresh_results, first_only=first_only, deep=by_name("deep_copy"))


CLEAN: tuple[Callable[..., Typed], ...] = (       # `has_effect`: what is known of callees
    without_insertions, _pruned, drop_dead)
BEAUTIFY: tuple[Callable[..., Typed], ...] = (spare_prototypes, fuse, sink, *CLEAN)
ALGEBRA: tuple[Callable[..., Typed], ...] = (apply_laws, share_common)     # not on what the user wrote: `fixed`
EARLY: tuple[Pass, ...] = (reuse_lists,)        # while lists that only the result needs are still there
RESHAPE: tuple[Pass, ...] = (
    without_insertions, leave_early, store_first, join_parts, leave_zeros, leave_out_last, merge_tapes, run_forwards,
    accumulate)
FINISH: tuple[Pass, ...] = (settle_views, _copied, leave_blank, resugar, catch)
INSIDE: tuple[Pass, ...] = (         # callers copy
    settle_views, partial(_copied, fresh_results=False), leave_blank, resugar, catch)
START: tuple[Pass, ...] = (settle_views, partial(_copied, first_only=True), leave_blank, resugar, catch)


class Compiler(Results):
    """Callees and cores of functions, and of their derivatives."""

    def __init__(self, switches: Switches | None = None) -> None:
        super().__init__()
        self.switches = current() if switches is None else switches
        self.callees: dict[Any, Callee] = {}
        self.lowered: dict[Any, Function] = {}
        self.effects = Effects(lambda: self.cores, self.settled)
        self.hearsay = Hearsay(lambda: self.cores, self.settled)
        self.pairs: dict[Any, Pullback | None] = {}
        self.made_pairs: dict[Any, Pair] = {}
        self.recursive_pairs: set[Any] = set()
        self.has_blocks = False     # whether a pullback runs a block of the user's: it is no transpose of the tangent
        self.members: set[tuple[type, str]] = set()     # what classes were asked for, for guards
        self.functions: list[FunctionType] = []         # the user's functions that were read, for guards
        self.nested: list[Function] = []
        self.bound: dict[Any, Bound] = {}       # the methods and partials that derivatives were asked of
        self.written: set[Value] = set()        # what stands in the user's own text: no law changes it
        self.sound: Typed | None = None         # what was checked last
        self.answers = answers_of(self)
        self.lookups = Lookups(kinds_of=self.answers.kinds_of,
                               function_kind=self.function_kind, closure=self.closure, derive=self.derive,
                               given=self.given,
                               callee=self.made, source=self.source, member=self.member, giving=self.giving,
                               done=self.done, made=self.present, forget=self.forget, settled=self.settled)

    # ---- functions of the user ----

    def recognise(self, obj: Any) -> Any:
        """The primitive, or the callee of a user function, a definition or a derivative; None for other objects."""
        return self._own(definition_of(obj) or obj)

    def _own(self, obj: Any) -> Any:
        if isinstance(obj, _CACHED):
            obj = obj.__wrapped__
        found = recognise_prim(obj)
        if found is not None:
            watch(self, found)
            return found
        made = None if isinstance(obj, type) else getattr(obj, "__tangent2_callee__", None)
        if made is not None:
            return made(self)
        return self.callee(obj) if isinstance(obj, FunctionType) and not is_foreign(obj) else None

    def constant(self, fn: FunctionType) -> Prim:
        """The primitive of a function through which no derivative flows."""
        return constant_prim(fn)

    def callee(self, fn: FunctionType) -> Callee:
        if fn not in self.callees:
            whole = None if isgeneratorfunction(fn) else fn      # a generator is read as one that returns a list
            self.callees[fn] = Callee(fn, method_name(fn), partial(self.typed, fn), whole)
        return self.callees[fn]

    def entry(self, fn: FunctionType, live: bool = True) -> Callee:
        """The callee of a function that a derivative's own arguments are handed to; `live`: their kinds are known."""
        return replace(self.rewritten(("entry", fn), fn, lambda function: function, live), python=fn)

    def rewritten(self, key: Any, fn: FunctionType, rewrite: Callable[[Function], Function], live: bool) -> Callee:
        """The callee of a user function whose core is rewritten before kinds are known."""
        def core(kinds: tuple[Kind, ...]) -> Typed:
            function = rewrite(self.lower(fn))
            self.nested.append(function)        # what it reads is guarded
            typed = self.resolve(function, kinds, live, True)
            note_leaving(fn, typed, kinds, self.lookups)
            check_result(typed)
            return typed
        return self.made((*key, live), function_name(fn), core)

    def function_kind(self, obj: Any) -> Kind:
        found = self.recognise(obj)
        return FunctionKind(found) if isinstance(found, (Callee, Prim)) else OBJECT

    def closure(self, function: Function) -> Callee:
        """The callee of a nested function: its core takes what it captures first."""
        self.nested.append(function)
        return self.made(function, function.name, lambda kinds: self.of_any_depth(
            function, self.resolve(function, kinds)))

    def given(self, fn: FunctionType, literals: tuple[tuple[int, type, Any], ...]) -> Callee:
        """The callee of a function for which the arguments at some positions are literals; it takes the others."""
        key = "given", fn, literals
        if key not in self.lowered:
            found = with_literals(self.lower(fn), {k: value for k, _, value in literals})
            self.lowered[key] = replace(found, body=hand_on(found.body, self.given))
        return self.closure(self.lowered[key])

    def derive(self, transform: prims.Transform, callee: Callee | Prim, captured: int) -> Callee:
        """The callee of a transform of a function value, whose core takes `captured` values first."""
        make = transform.function.__tangent2_derive__
        return make(self, callee, captured, *transform.args, **dict(transform.options))

    def made(self, key: Any, name: str, core: Callable[[tuple[Kind, ...]], Typed]) -> Callee:
        """A callee whose cores are kept."""
        if key not in self.callees:
            self.callees[key] = Callee(key, name, on_tuples(lambda kinds: self.memo(
                key, kinds, lambda kinds: self.in_hindsight(lambda: self._used(core(kinds))))),
                rule=inherited(self, key))
        return self.callees[key]

    def _used(self, typed: Typed) -> Typed:
        return drop_dead(typed, has_effect=self.effects.within(typed))

    def lower(self, fn: FunctionType, gives: bool = False) -> Function:
        key = (fn, "gives") if gives else fn
        if key not in self.lowered:
            self.functions.append(fn)
            recognise = self._own if is_within(fn.__globals__) else self.recognise
            self.lowered[key] = lower(fn, recognise, gives, self.functions)
            self.lowered[key] = split_choices(unroll_functions(inline_factories(
                self.lowered[key], factory_of(self.lower))))
        return self.lowered[key]

    def member(self, cls: type, name: str) -> Any:
        """What a class has under a name, which is guarded from now on."""
        self.members.add((cls, name))
        return member(cls, name)

    def giving(self, callee: Callee) -> Function | None:
        """The core of a user function that returns its first parameter, as it is at the end, beside its result."""
        fn = behind(callee.key)
        return self.lower(fn, True) if isinstance(fn, FunctionType) and not is_repeated(fn) else None

    def place(self, callee: Callee) -> Origin | None:
        """Where the user's function behind a callee is defined."""
        return self.lower(callee.python).origin if isinstance(callee.python, FunctionType) else place_of(callee.python)

    def source(self, callee: Callee, kinds: tuple[Kind, ...]) -> Function | None:
        """The core of a user function, or of a nested one, before kinds were known."""
        fn = behind(callee.key)
        if isinstance(fn, FunctionType):
            return completed(self.lower(fn), fn, kinds)
        return fn if isinstance(fn, Function) else None

    def typed(self, fn: FunctionType, kinds: tuple[Kind, ...]) -> Typed:
        """The resolved core of a user function."""
        kinds = self.settled(fn, tuple(map(frozen, kinds)))
        key = fn, kinds
        if key not in self.cores:
            self.cores[key] = self.of_any_depth(fn, self.resolve(completed(self.lower(fn), fn, kinds), kinds))
            note_leaving(fn, self.cores[key], kinds, self.lookups)
        return self.cores[key]

    def resolve(self, function: Function, kinds: tuple[Kind, ...], exact: bool = False, outer: bool = False) -> Typed:
        return self.in_hindsight(lambda: self._resolved(function, kinds, exact, outer))

    def _resolved(self, function: Function, kinds: tuple[Kind, ...], exact: bool, outer: bool) -> Typed:
        typed = self.checked(retest(resolved(function, kinds, self.summary, self.lookups, exact, outer)))
        self.written.update(bound(typed.function.body))
        return typed

    # ---- derivatives ----

    def checked(self, typed: Typed) -> Typed:
        """What a pass made, checked if it is to be; what no pass has changed since is not checked again."""
        if self.switches.checked and typed is not self.sound:
            check(typed.function, typed.kinds, resolved=True)
            self.sound = typed
        return typed

    def clean(self, typed: Typed) -> Typed:
        """Passes after which a derivative may be differentiated again."""
        self.checked(typed)
        told: dict[Any, dict[str, Any]] = dict.fromkeys(ALGEBRA, {"fixed": frozenset(self.written)})
        for step in (*EARLY, *CLEAN, *ALGEBRA, *BEAUTIFY) if self.switches.optimise else CLEAN:
            told[drop_dead] = {"has_effect": self.effects.within(typed)}
            typed = self.checked(step(typed, **told.get(step, {})))
        return typed

    def finished(self, typed: Typed, fresh_results: bool | None = True) -> Typed:
        """Passes before printing: from here on updates are in place; `fresh_results`: None for forward halves."""
        steps = START if fresh_results is None else FINISH if fresh_results else INSIDE
        for step in (*RESHAPE, *steps) if self.switches.optimise else steps[1:2]:
            typed = self.checked(step(typed))
        return typed

    def memo(self, name: Any, kinds: tuple[Any, ...], make: Callable[[tuple[Any, ...]], Typed]) -> Typed:
        kinds = self.settled(name, kinds)
        key = name, kinds
        if key not in self.cores:
            self.cores[key] = make(kinds)
        return self.cores[key]

    def derived(self, key: Any, name: str, make: Callable[[tuple[Kind, ...]], Typed]) -> Callee:
        """A function that the compiler makes."""
        return Callee(key, name, lambda kinds: self.memo(key, kinds, lambda kinds: self.clean(make(kinds))))

    def means(self) -> Means:
        return Means(self.pullback, lambda region: drop_dead_in(region, self.effects.of), self.switches.save_all,
                     self.answers, lambda region: drop_dead_in(region, None))

    def gradient(self, callee: Callee, wrt: tuple[int, ...], value: bool, single: bool, aux: bool = False) -> Callee:
        name = f"{'value_and_grad' if value else 'grad'}_{callee.name}"

        def make(kinds: tuple[Kind, ...]) -> Typed:
            mask = tuple([k in wrt for k in range(len(kinds))])
            inner = stopped(differentiated(callee, kinds), aux)
            inner = numbers_only(self.hearsay.check(inner, mask), callee.name, aux)
            made = resumed(gradient(inner, wrt, self.means(), value, single, name, aux))
            own = callee if callee.python is None or callee.rule is not None else self.callee(callee.python)
            if (own.key, kinds, mask) in self.recursive_pairs:       # it has a pullback already: call that
                inner = numbers_only(through(own, kinds), callee.name, aux)
                return gradient(inner, wrt, self.means(), value, single, name, aux)
            return made
        made = self.derived(("grad", callee.key, wrt, value, single, aux), name, make)
        return replace(made, of=(callee, wrt, value, single, aux))

    def tangent(self, callee: Callee, kinds: tuple[Kind, ...] | None, active: tuple[bool, ...]) -> Callee:
        """`(out, out_dot)` from primals and the tangents of the active ones."""
        if callee.rule is not None:
            return callee.rule.tangent(self, callee, active, kinds)
        count = len(active)
        name = f"jvp_{callee.name}"

        def make(given: tuple[Kind, ...]) -> Typed:
            core = without_insertions(self.hearsay.check(callee.core(kinds or given[:count]), active))
            return forward(core, active, self.tangent, "both", name, self.answers)
        return replace(self.derived(("jvp", callee.key, kinds, active), name, make), of=(callee, active))

    def split(self, callee: Callee, kinds: tuple[Kind, ...], wrt: tuple[int, ...], whole: bool = False,
              aux: bool = False) -> Pair:
        typed = stopped(differentiated(callee, kinds), aux)
        typed = self.hearsay.check(typed, tuple([k in wrt for k in range(len(kinds))]))
        return split_of(callee, typed)(typed, wrt, self.means(), pullback_name(callee, typed, kinds, wrt), whole, aux)

    def pullback(self, callee: Callee, kinds: tuple[Kind, ...], active: tuple[bool, ...]) -> Pullback:
        """How the adjoint of a call is had; a function that calls itself has its interface fixed beforehand."""
        kinds = self.settled(callee.key, kinds)
        if callee.rule is not None:
            return callee.rule.pullback(self, callee, kinds, active)
        key, wrt = (callee.key, kinds, active), tuple([k for k, is_active in enumerate(active) if is_active])
        if key in self.pairs:
            found = self.pairs[key]
            if found is None:
                self.recursive_pairs.add(key)
                return self._fixed(callee, kinds, wrt, key)
            return found
        self.pairs[key] = None
        try:
            made = self.made_pairs[key] = self.split(callee, kinds, wrt)
        except TangentError:
            del self.pairs[key]         # it is asked again where another way is tried
            raise
        if key in self.recursive_pairs:
            made = self.split(callee, kinds, wrt, True)
        return self.paired(callee, key, made)

    def paired(self, callee: Callee, key: Any, made: Pair) -> Pullback:
        """How the halves of a function are called, which are kept."""
        self.made_pairs[key] = made
        forward, backward = self._callees(callee, key, made.backward.function.name)
        found = self.pairs[key] = Pullback(
            None if made.forward is None else forward, backward, made.params, made.takes_result, made.wrt,
            made.saved_kind, ruled=made.ruled, value=self._value(callee, key))
        return found

    def _value(self, callee: Callee, key: Any) -> Callee | None:
        """The function itself where it is called for its value, if it is differentiated as another one then."""
        made = self.made_pairs.get(key)
        if made is None or made.value is None:
            return None
        python = None if shares_memory(callee.core(key[1])) else callee.python   # a rule may give other memory
        return Callee(("value", *key), callee.name, lambda _: self._half(key, "value"), python)

    def _callees(self, callee: Callee, key: Any, name: str) -> tuple[Callee, Callee]:
        return (Callee(("fwd", *key), f"fwd_{callee.name}", lambda _: self._half(key, "forward")),
                Callee(("bwd", *key), name, lambda _: self._half(key, "backward")))

    def _fixed(self, callee: Callee, kinds: tuple[Kind, ...], wrt: tuple[int, ...], key: Any) -> Pullback:
        forward, backward = self._callees(callee, key, pullback_name(callee, callee.core(kinds), kinds, wrt))
        split = None if is_repeated(callee.key) else forward
        return Pullback(split, backward, tuple(range(len(kinds))), False, wrt, UNKNOWN,
                        value=self._value(callee, key))

    def _half(self, key: Any, which: str) -> Typed:
        return self.memo(("half", key, which), (), lambda _: self.clean(getattr(self.made_pairs[key], which)))

    # ---- text ----

    def text(self, callee: Callee, kinds: tuple[Kind, ...], fresh_results: bool | None = True,
             **options: Any) -> Emitted:
        """The module that holds a derivative and all the functions it calls which the compiler made."""
        functions = gather(callee, kinds, self.finished, fresh_results)
        merged: dict[Value, Kind] = {}
        for typed in functions.values():
            merged.update(typed.kinds)
        own = {t.function: {**merged, **t.kinds} for t in functions.values()}
        return emit(tuple([t.function for t in functions.values()]), own, arrange, keys=tuple(functions),
                    watched=self.switches.watched, **options)
