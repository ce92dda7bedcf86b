"""Functions with `custom_vjp`: the pullback is the user's; the tangent is the transpose of that."""
from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tangent2.analysis.lifting import Slots
from tangent2.core import prims
from tangent2.core.build import Builder, Spliced
from tangent2.core.kinds import NONE, UNKNOWN, Kind, NoneKind, Tuple
from tangent2.core.objectkinds import has_record
from tangent2.core.syntax import Atom, Callee, Const, Function, Op, Region, Return, Typed, Value
from tangent2.errors import UnsupportedError
from tangent2.handwritten import (
    Kinds, Rule, arranged, as_called, called, callee_with, check_form, core_of, differing, fitted, lift_part,
    parameters, parts_of, readable, result_of, surely, total, unpacked, wrong,
)
from tangent2.names import function_name
from tangent2.python.read import place_of
from tangent2.rules.declare import by_name
from tangent2.rules.families import tangent_kind
from tangent2.transform.forward_zeros import zero
from tangent2.transform.linear import transposed
from tangent2.transform.sweep import Pullback

if TYPE_CHECKING:
    from tangent2.pipeline import Compiler

PAIR = "a pair: the value, and what the adjoint needs"


def callee_of_vjp(compiler: Compiler, function: Any, plain: Any, count: int, nondiff: tuple[int, ...], fwd: Any,
                  bwd: Any) -> Callee:
    """The callee of a function of so many parameters with these two functions as its rule."""
    forward = arranged(compiler, total(compiler, fwd), count)
    backward = arranged(compiler, total(compiler, bwd), len(nondiff) + 2)
    rule = ByAdjoint(function, function_name(function), (None,) * count, nondiff, forward, backward, fwd, bwd)
    return callee_with(compiler, function, plain, rule)


@dataclass(frozen=True)
class ByAdjoint(Rule):
    """forward: from the arguments to the value and what is saved.  backward: from the arguments that come first, what
    is saved and the adjoint of the value to a tuple of adjoints.  fwd, bwd: the user's functions.
    """

    forward: Callee
    backward: Callee
    fwd: Any
    bwd: Any

    def forwards(self, kinds: Kinds) -> tuple[Typed, ...]:
        return (core_of(self.forward, kinds),)

    def lift(self, compiler: Compiler, slots: Slots) -> Rule:
        first = tuple([slots[at] for at in self.first])
        return replace(self, widths=self.lifted_widths(slots), forward=lift_part(compiler, self.forward, slots),
                       backward=lift_part(compiler, self.backward, (*first, None, None)))

    # ---- reverse ----

    def pullback(self, compiler: Compiler, callee: Callee, kinds: Kinds, active: tuple[bool, ...]) -> Pullback:
        """The user's functions as the pullback: `y, res = f_fwd(x)` ... `x_bar, = f_bwd(res, y_bar)`."""
        self.check(active)
        saved, agrees = self.given(callee, kinds)
        bars = self.bars((*[kinds[at] for at in self.first], saved, tangent_kind(result_of(callee, kinds))))
        places = self.places
        wrt = tuple([places[k][0] for k, bar in zip(self.diff, bars)
                     if self.widths[k] is None and active[places[k][0]] and not isinstance(bar, NoneKind)])
        read = tuple(sorted({*self.first, *wrt})) if agrees else tuple(range(len(kinds)))
        back = Spliced(("bwd", callee.key, kinds, active), f"bwd_{self.name}",
                       lambda given: self.back(given, read, wrt, agrees))
        forward = as_called(self.forward, kinds) if agrees else None
        return Pullback(forward, back, read, False, wrt, saved, self.saved_name(), True)

    def given(self, callee: Callee, kinds: Kinds) -> tuple[Kind, bool]:
        """The kind of what is saved; and whether the value beside it is of the kind that the function gives.

        Where that is not sure the function itself is called for the value.
        """
        out = result_of(callee, kinds)
        if has_record(out):
            raise UnsupportedError(f"`{self.name}` returns an object, whose adjoint is no object",
                                   origin=place_of(self.function), construct="custom_vjp",
                                   advice="return a tuple or a dict of what it holds")
        value, saved = parts_of(result_of(self.forward, kinds), 2, self.fwd, PAIR)
        if differing(value, out) is not None:
            wrong(self.fwd, f"returns a value of another form than `{self.name}`", f"return what `{self.name}` returns")
        return saved, value == out or out == UNKNOWN

    def bars(self, kinds: Kinds) -> Kinds:
        """The kinds of the adjoints."""
        found = result_of(self.backward, kinds)
        count = len(self.diff)
        return parts_of(found, count, self.bwd, "a tuple of one adjoint" if count == 1 else
                        f"a tuple of {count} adjoints, one for each differentiable argument of `{self.name}`")

    def saved_name(self) -> str:
        """What the user calls what is saved."""
        code = getattr(self.bwd, "__code__", None)
        at = len(self.nondiff)
        name = str(code.co_varnames[at]).strip("_") if code is not None and code.co_argcount > at else ""
        return name or "saved"

    def back(self, given: Kinds, read: tuple[int, ...], wrt: tuple[int, ...], agrees: bool) -> Typed:
        """The statements of the pullback for the arguments that it reads, what is saved and the adjoint."""
        build = Builder()
        params = [build.value(kind) for kind in given]
        args, g = dict(zip(read, params)), params[-1]
        if agrees:
            saved: Atom = params[-2]
        else:
            pair = called(build, self.forward, tuple(params[:-1]))
            saved = unpacked(build, pair, (None, self.saved_name()))[1]
        whole = called(build, self.backward, (*[args[at] for at in self.first], saved, g))
        parts = unpacked(build, whole, (None,) * len(self.diff))
        at = {self.places[k][0]: part for k, part in zip(self.diff, parts) if self.widths[k] is None}
        found = [fitted(build, at[k], args[k], self.bwd) for k in wrt]
        result = found[0] if len(found) == 1 else build.op(prims.TUPLE, *found)
        return Typed(Function(f"bwd_{self.name}", tuple(params), Region(tuple(build.stmts), Return((result,)))),
                     build.kinds, build.kind(result))

    # ---- forward ----

    def tangent(self, compiler: Compiler, callee: Callee, active: tuple[bool, ...], kinds: Kinds | None) -> Callee:
        """`y, res = f_fwd(x)`, and the transpose of `f_bwd`: it is linear in the adjoint."""
        self.check(active)
        count = len(active)
        return compiler.derived(("jvp", callee.key, kinds, active), f"jvp_{self.name}",
                                lambda given: self.dual(compiler, callee, kinds or given[:count], given, active))

    def dual(self, compiler: Compiler, callee: Callee, kinds: Kinds, given: Kinds, active: tuple[bool, ...]) -> Typed:
        build = Builder()
        args, dots = parameters(build, callee, kinds, given, active)
        _, agrees = self.given(callee, kinds)
        out, saved = unpacked(build, called(build, self.forward, args), ("out" if agrees else None, self.saved_name()))
        if not agrees:
            out = called(build, callee, args, "out")
        out_dot = fitted(build, self.transpose(compiler, build, args, dots, saved, out), out, self.bwd)
        result = build.op(prims.TUPLE, out, out_dot)
        return Typed(Function(f"jvp_{self.name}", (*args, *dots.values()),
                              Region(tuple(build.stmts), Return((result,)))), build.kinds, build.kind(result))

    def transpose(self, compiler: Compiler, build: Builder, args: tuple[Value, ...], dots: dict[int, Value],
                  saved: Atom, out: Atom) -> Atom:
        """Emit the tangent of the value."""
        kinds = (*[build.kind(args[at]) for at in self.first], build.kind(saved), tangent_kind(build.kind(out)))
        core = readable(self.backward, kinds, f"jvp of `{self.name}`")
        bars = parts_of(core.result, len(self.diff), self.bwd, "a tuple of adjoints")
        if not isinstance(core.result, Tuple):
            wrong(self.bwd, "gives adjoints of which nothing is known, so it cannot be transposed",
                  "return a tuple of them, written out")
        places = [self.places[k][0] if self.widths[k] is None else -1 for k in self.diff]
        own = [tangent_kind(build.kind(args[at])) if at in dots else NONE for at in places]
        for bar, kind in zip(bars, own):
            check_form(bar, kind, self.bwd)
        first, zeros = [args[at] for at in self.first], zero(build, out, {})
        seeds: list[Atom] = [Const(None) if isinstance(bar, NoneKind) or at < 0 else dots[at] if at in dots else zero(
            build, args[at], {}) for at, bar in zip(places, bars)]
        if not all(surely(bar, kind) for bar, kind in zip(bars, own) if kind != NONE and bar != NONE):
            found = unpacked(build, called(build, self.backward, (*first, saved, zeros)), (None,) * len(bars))
            name = Const(self.bwd.__name__)
            seeds = [build.op(by_name("checked_by"), seed, bar, args[at], name) if at in dots and seed != Const(None)
                     else seed for seed, bar, at in zip(seeds, found, places)]
        back = transposed(core, (len(kinds) - 1,), compiler.means(), f"{self.bwd.__name__}_back")
        out_dot = build.splice(back, (*first, saved, zeros, build.op(prims.TUPLE, *seeds)))
        last = build.stmts[-1] if build.stmts else None
        if isinstance(last, Op) and last.outs == (out_dot,):      # it is the tangent, not an adjoint
            named = build.value(build.kind(out_dot), "out_dot", True)
            build.stmts[-1] = replace(last, outs=(named,))
            return named
        return out_dot
