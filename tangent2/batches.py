"""Functions for all lanes of a batch: how the compiler makes them, and what happens where it cannot.

A callee under `vmap` is batched whole (`transform/batch.py`).  What cannot be is called once for each lane, with one
warning that names the line and the reason; callers of such a function are batched all the same.
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from tangent2.analysis.infer import infer
from tangent2.analysis.mapped import mapped
from tangent2.core.build import Builder
from tangent2.core.kinds import Array, Dim, Kind, Tuple
from tangent2.core.layouts import (
    AGREEING, HINDERED, LAST, CannotBatch, Layout, batched, element, first_extent, joined, lane, on_leaves, parts,
    whole,
)
from tangent2.core.syntax import Atom, Callee, Function, Region, Return, Typed, Value
from tangent2.core.walk import bound, renew
from tangent2.errors import ArgumentError, TangentError, UnsupportedError, placed
from tangent2.lane_warning import warn
from tangent2.rules.declare import by_name
from tangent2.rules.families import tangent_kind
from tangent2.transform.axes import Axes, entered, left
from tangent2.transform.batch import batch
from tangent2.transform.exits import straighten
from tangent2.transform.lanes import called_in_turn, counted
from tangent2.transform.totals import given_layouts, total_of_lanes
from tangent2.transform.unrolled import unrolled

if TYPE_CHECKING:
    from tangent2.pipeline import Compiler

Found = TypeVar("Found")
Summarised = tuple[Any, tuple[Kind, ...], tuple[Layout, ...], int]
Key = tuple[Any, tuple[Kind, ...], tuple[Layout, ...], int, Dim]


class Way(Enum):
    """How a function is called for a batch: at once; if lanes agree where they must, for else the caller calls it in
    another way; once for each lane.
    """

    WHOLE = 0
    AGREEING = 1
    APART = 2


@dataclass(frozen=True)
class Lanes:
    """A callee for all lanes: its core, the layout of its result, and why it is called once for each, if it is."""

    typed: Typed
    result: Layout
    refusal: CannotBatch | None = None


class Batches:
    """The callees for all lanes that a compiler has made."""

    def __init__(self, compiler: Compiler) -> None:
        self.compiler = compiler
        self.made: dict[Key, Lanes] = {}
        self.layouts: dict[Any, Layout | CannotBatch | None] = {}
        self.open: set[Key] = set()
        self.straightened: dict[Any, Typed] = {}
        self.agreed: dict[Summarised, frozenset[int]] = {}
        self.strict = False         # whether none may be called once for each lane
        self.quiet = False          # whether it is not told where they are
        self.fewest: dict[Any, int] = {}        # of Jacobians, how many lanes make it worth to compute them at once

    def callee(self, callee: Callee, kinds: tuple[Kind, ...], layouts: tuple[Layout, ...], how: int,
               size: Dim) -> tuple[Callee, Layout]:
        """A callee for all lanes, and the layout of what it gives.

        Raises `CannotBatch` if only some lanes call it, and it must be called for each.
        """
        key = callee.key, kinds, layouts, how, size
        if key not in self.open:        # else it calls itself
            try:
                self.lanes(callee, kinds, layouts, how, size)
            except CannotBatch as refusal:
                raise refusal.outside() from None
        made = self.compiler.made(("vmap", *key), f"vmap_{callee.name}", lambda given: self.made[key].typed)
        result = self.made[key].result if key in self.made else self.summary(callee, kinds, layouts, how)[1]
        return made, result

    def best(self, callee: Callee, kinds: tuple[Kind, ...], layouts: tuple[Layout, ...], size: Dim,
             way: Way, last: bool) -> Lanes:
        """A callee for all lanes: at once if that can be, then if they agree, if that may be demanded.

        last: no derivative is taken of it.
        """
        if way is Way.APART:
            return self._in_turn(callee, kinds, layouts, LAST * last, size, None)
        writes = callee.core(kinds).function.writes
        for how in (0, AGREEING) if way is Way.AGREEING and not writes else ():
            self.strict = True
            try:
                return self.lanes(callee, kinds, layouts, how | LAST * last, size)
            except CannotBatch:
                pass
            finally:
                self.strict = False
        return self.lanes(callee, kinds, layouts, LAST * last, size)

    def lanes(self, callee: Callee, kinds: tuple[Kind, ...], layouts: tuple[Layout, ...], how: int,
              size: Dim) -> Lanes:
        """What a callee is for all lanes."""
        key = callee.key, kinds, layouts, how, size
        if key not in self.made:
            self.open.add(key)
            try:
                self.made[key] = self._made(callee, kinds, layouts, how, size)
            finally:
                self.open.discard(key)
        return self.made[key]

    def _made(self, callee: Callee, kinds: tuple[Kind, ...], layouts: tuple[Layout, ...], how: int,
              size: Dim) -> Lanes:
        """Whole if it can be; gradients whose lanes sweep back in other steps as those of the sum of the lanes."""
        given = kinds, layouts
        if callee.rule is not None and not how & LAST:
            refusal = CannotBatch(f"`{callee.name}` has derivatives of its own, which are those of one lane")
            if how & HINDERED or self.strict:
                raise refusal
            return self._in_turn(callee, *given, how, size, refusal)
        first: Callable[[], Lanes] = lambda: self._whole(callee, *given, how, size)     # noqa: E731
        attempts = [(False, first)]
        if callee.of is not None and not how & HINDERED:
            again = first, lambda: self._commuted(callee, *given, size, how & ~LAST)
            attempts = [(strict, way) for strict in (True, False) for way in again]
        outer = self.strict
        for strict, way in attempts:
            self.strict = strict or outer
            try:
                return way()
            except CannotBatch as found:
                refusal = found
            finally:
                self.strict = outer
        if how & HINDERED or self.strict:
            raise refusal
        return self._in_turn(callee, *given, how, size, refusal)

    def _commuted(self, callee: Callee, kinds: tuple[Kind, ...], layouts: tuple[Layout, ...], size: Dim,
                  how: int) -> Lanes:
        """The gradients of a function in each lane, as that of the sum of its values in all lanes; others likewise."""
        if len(callee.of) == 1:         # a Jacobian, column by column
            try:
                return self.lanes(callee.of[0], kinds, layouts, how, size)
            except TangentError as error:
                raise CannotBatch(error.reason, error.origin) from error
        if len(callee.of) == 2:
            return self._commuted_tangent(callee, kinds, layouts, size, how)
        inner, wrt, value, single, aux = callee.of
        own = tuple([whole(kind) if k in wrt else layout for k, (kind, layout) in enumerate(zip(kinds, layouts))])
        found = self.lanes(inner, kinds, own, how, size)
        if found.refusal is not None:
            raise found.refusal
        total = Callee(("total", inner.key, kinds, own, how, size), inner.name,
                       lambda _: total_of_lanes(found.typed, found.result, aux, value))
        made = self.compiler.gradient(total, wrt, False, single, value or aux)
        try:
            typed = made.core(tuple([found.typed.kinds[p] for p in found.typed.function.params]))
        except TangentError as error:
            raise CannotBatch(error.reason, error.origin) from error
        typed = given_layouts(typed, kinds, layouts, own, size, value, f"vmap_{callee.name}")
        kind = callee.core(kinds).result
        gradients = known_layout(kind.elts[int(value)] if (value or aux) and isinstance(kind, Tuple) else kind)
        if gradients is None:
            raise CannotBatch("what kind of value this is, is not known before the code runs")
        if value:
            return Lanes(self.compiler.clean(typed), parts([found.result, gradients]))
        return Lanes(self.compiler.clean(typed), parts([gradients, element(found.result, 1)]) if aux else gradients)

    def _commuted_tangent(self, callee: Callee, kinds: tuple[Kind, ...], layouts: tuple[Layout, ...],
                          size: Dim, how: int) -> Lanes:
        """The tangent function of a function for all lanes."""
        inner, active = callee.of
        count = len(active)
        dots = iter(range(count, len(kinds)))
        pairs = {k: next(dots) for k, on in enumerate(active) if on}
        own = list(layouts)
        for k, j in pairs.items():
            own[k] = own[j] = joined(layouts[k], layouts[j])
        found = self.lanes(inner, kinds[:count], tuple(own[:count]), how, size)
        if found.refusal is not None:
            raise found.refusal
        batch_callee = Callee(("lanes", inner.key, kinds[:count], tuple(own[:count]), how, size), inner.name,
                              lambda _: found.typed)
        made = self.compiler.tangent(batch_callee, None, active)
        wide = [found.typed.kinds[p] for p in found.typed.function.params]
        try:
            typed = made.core((*wide, *[tangent_kind(wide[k]) for k in pairs]))
        except TangentError as error:
            raise CannotBatch(error.reason, error.origin) from error
        typed = given_layouts(typed, kinds, layouts, tuple(own), size, False, f"vmap_{callee.name}")
        return Lanes(self.compiler.clean(typed), parts([found.result, found.result]))

    def _whole(self, callee: Callee, kinds: tuple[Kind, ...], layouts: tuple[Layout, ...], how: int,
               size: Dim) -> Lanes:
        self.summary(callee, kinds, layouts, how)       # refuses what calls itself under a mask
        key = callee.key, kinds, layouts, how
        told = self.layouts.get(key)
        if isinstance(told, CannotBatch):
            raise told
        typed, compiler = self.straight(callee, kinds), self.compiler
        made, facts = self.agreeing(key, lambda agreed: batch(
            typed, layouts, size, f"vmap_{callee.name}", self.summary, self.callee, compiler.effects.of, how,
            compiler.answers, agreed, told or False))
        return Lanes(compiler.clean(made), facts.result)

    def agreeing(self, key: Summarised, attempt: Callable[[frozenset[int]], Found]) -> Found:
        """What is found where lanes agree at as few statements as do, if they may be demanded to at all."""
        agreed = self.agreed.get(key, frozenset())
        while True:
            try:
                found = attempt(agreed)
            except CannotBatch as refusal:
                if not key[3] & AGREEING or refusal.agree is None or id(refusal.agree) in agreed:
                    raise
                agreed |= {id(refusal.agree)}
            else:
                self.agreed[key] = agreed
                return found

    def straight(self, callee: Callee, kinds: tuple[Kind, ...]) -> Typed:
        """The core of a callee with one return, and loops that are left by plain guards."""
        key = callee.key, kinds
        if key not in self.straightened:
            self.straightened[key] = straighten(self._ranked(self.compiler.clean(callee.core(kinds))), frozenset())
        return self.straightened[key]

    def _ranked(self, typed: Typed) -> Typed:
        """Loops over arrays of several ranks written out, unless part of them does not run then."""
        function = unrolled(typed)
        if function is typed.function:
            return typed
        given = tuple([typed.kinds[p] for p in function.params])
        found = infer(function, given, self.compiler.summary, self.compiler.lookups)
        return found if bound(function.body) <= found.kinds.keys() else typed

    def _in_turn(self, callee: Callee, kinds: tuple[Kind, ...], layouts: tuple[Layout, ...], how: int, size: Dim,
                 refusal: CannotBatch | None) -> Lanes:
        typed = callee.core(kinds)
        if refusal is not None and not self.quiet:
            warn(callee, refusal)
        told = self.layouts.get((callee.key, kinds, layouts, how))
        result = known_layout(typed.result, None if isinstance(told, CannotBatch) else told)
        made = called_in_turn(callee, typed, kinds, layouts, result, size, f"vmap_{callee.name}")
        return Lanes(self.compiler.checked(made), True if result is None else result, refusal)

    def summary(self, callee: Callee, kinds: tuple[Kind, ...], layouts: tuple[Layout, ...],
                how: int) -> tuple[tuple[Layout, ...], Layout]:
        """The layouts that the parameters of a callee must have, and that of its result."""
        key = callee.key, kinds, layouts, how
        if key not in self.layouts:
            self.layouts[key] = None
            typed = self.straight(callee, kinds)
            try:
                self.layouts[key] = self.agreeing(
                    key, lambda agreed: mapped(typed, layouts, self.summary, how, agreed)).result
            except CannotBatch as refusal:
                self.layouts[key] = refusal.outside()
            except TangentError:
                del self.layouts[key]
                raise
        found = self.layouts[key]
        if how & HINDERED and (found is None or isinstance(found, CannotBatch)):
            raise found.outside() if found else CannotBatch("a function calls itself where not all lanes come")
        if found is None or isinstance(found, CannotBatch):
            found = whole(callee.core(kinds).result)
        return layouts, found


def known_layout(kind: Kind, told: Layout | None = None) -> Layout | None:
    """The layout of what a function gives that is called for each lane; None if that is only known when it runs.

    told: the one that callers were told.
    """
    try:
        found = whole(kind) if told is None else told
        batched(kind, found, None)
    except CannotBatch:
        return None
    return found


def batches_of(compiler: Compiler) -> Batches:
    """The callees for all lanes of a compiler."""
    found: Batches = compiler.__dict__.setdefault("_batches", Batches(compiler))
    return found


# ------------------------------------------------------------------------------------------------------------- vmap

def vmapped(compiler: Compiler, inner: Callee, axes: tuple[Axes, ...], out_axes: Axes, inside: bool = False,
            way: Way = Way.WHOLE) -> Callee:
    """The callee of `vmap` of a callee: takes arguments with the mapped axes where they are, and moves them.

    inside: nobody has looked at the sizes of these axes yet.
    """
    def core(kinds: tuple[Kind, ...]) -> Typed:
        build = Builder()
        params = [build.value(kind, hint, True) for kind, hint in zip(kinds, _hints(inner, kinds))]
        moved, layouts = entered(build, params, axes)
        wide = tuple(map(build.kind, moved))
        size = next((d for d in map(first_extent, wide, layouts) if d is not None), None)
        wide = tuple([on_leaves(kind, layout, lambda leaf: _sized(leaf, size)) for kind, layout in zip(wide, layouts)])
        if not any(layouts):
            raise ArgumentError("vmap must have at least one non-None value in in_axes", construct="in_axes",
                                advice="give the axis of one of the arguments")
        lanes = list(map(lane, wide, layouts))
        if inside:
            _check_sizes(build, moved, lanes, layouts)
        try:
            found = batches_of(compiler).best(inner, tuple(lanes), tuple(layouts), size, way, not inside)
        except CannotBatch as refusal:
            raise UnsupportedError(refusal.reason, origin=refusal.origin, construct="vmap",
                                   advice="call the function for each example, in a loop") from None
        last = partial(left, axes=out_axes, params=moved, layouts=layouts, lanes=lanes)
        return _with_axes(build, params, moved, found, last)

    def with_place(kinds: tuple[Kind, ...]) -> Typed:
        try:
            return core(kinds)
        except ArgumentError as error:
            raise placed(error, compiler.place(inner)) from None
    return compiler.made(("vmap", inner.key, axes, out_axes, inside, way), f"vmap_{inner.name}", with_place)


def _check_sizes(build: Builder, params: list[Value], kinds: list[Kind], layouts: list[Layout]) -> None:
    """Emit the demand that all arguments are for as many lanes."""
    mapped = [k for k, layout in enumerate(layouts) if layout is not False]
    if len(mapped) > 1:
        build.op(by_name("same_lanes"), *[counted(build, params[k], kinds[k], layouts[k]) for k in mapped])


def _sized(leaf: Kind, size: Dim) -> Kind:
    if not isinstance(leaf, Array) or leaf.shape is None:
        raise UnsupportedError("an argument of vmap holds arrays of which it is not known how many axes they have",
                               construct="vmap", advice="give them as a tuple, or as arguments of their own")
    return Array(leaf.dtype, (size, *leaf.shape[1:]))


def _hints(inner: Callee, kinds: tuple[Kind, ...]) -> list[str]:
    from tangent2.requests import names_of
    names = names_of(inner.key)
    return [names[k] if k < len(names) and names[k] else f"x{k}" for k in range(len(kinds))]


def _with_axes(build: Builder, params: list[Value], moved: list[Value], found: Lanes,
               last: Callable[..., Any]) -> Typed:
    """The core of all lanes with what moves axes around it."""
    function = found.typed.function
    atoms: dict[Value, Atom] = dict(zip(function.params, moved))
    region = renew(function.body, atoms)
    build.kinds.update([(new, found.typed.kinds[old]) for old, new in atoms.items() if isinstance(new, Value)])
    stmts = [*build.stmts, *region.stmts]
    if not isinstance(region.exit, Return):
        body = Region(tuple(stmts), region.exit)
        return Typed(replace(function, params=tuple(params), body=body), build.kinds, found.typed.result)
    with build.region() as after:
        out = last(build, region.exit.vals[0], found.typed.result, found.result)
    body = Region((*stmts, *after), Return((out,)))
    return Typed(Function(function.name, tuple(params), body, function.origin, by_rows=function.by_rows,
                          apart=function.apart), build.kinds, build.kind(out))

