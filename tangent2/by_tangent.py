"""Functions with `custom_jvp`: the tangent is the user's; the pullback is the transpose of that."""
from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tangent2.analysis.lifting import Slots
from tangent2.core import prims
from tangent2.core.build import Builder, Spliced
from tangent2.core.kinds import Kind, Tuple
from tangent2.core.syntax import Atom, Call, Callee, Function, Op, Region, Return, Typed, Value
from tangent2.handwritten import (
    Kinds, Rule, arranged, as_seen, called, callee_with, core_of, differing, fitted, lift_part, parameters, parts_of,
    readable, result_of, total, unpacked, wrong,
)
from tangent2.names import function_name
from tangent2.python.read import place_of
from tangent2.rules.families import tangent_kind
from tangent2.transform.forward_zeros import zero
from tangent2.transform.linear import second_alone, tangents_back
from tangent2.transform.objects import as_object
from tangent2.transform.reverse import Pair, straightened
from tangent2.transform.sweep import Pullback

if TYPE_CHECKING:
    from tangent2.pipeline import Compiler

PAIR = "a pair: the value and its tangent"


def callee_of_jvp(compiler: Compiler, function: Any, plain: Any, count: int, nondiff: tuple[int, ...],
                  jvp: Any) -> Callee:
    """The callee of a function of so many parameters with this function as its rule."""
    push = arranged(compiler, total(compiler, jvp), len(nondiff) + 2)
    rule = ByTangent(function, function_name(function), (None,) * count, nondiff, push, jvp)
    return callee_with(compiler, function, plain, rule)


@dataclass(frozen=True)
class ByTangent(Rule):
    """push: from the arguments that come first, a tuple of the others and one of their tangents to the value and its
    tangent.  jvp: the user's function.
    """

    push: Callee
    jvp: Any

    def forwards(self, kinds: Kinds) -> tuple[Typed, ...]:
        given = tuple([kinds[self.places[k][0]] for k in self.diff])
        first = tuple([kinds[at] for at in self.first])
        return (core_of(self.push, (*first, Tuple(given), Tuple(tuple(map(tangent_kind, given))))),)

    def lift(self, compiler: Compiler, slots: Slots) -> Rule:
        for k in self.diff:
            if any(slots[at] is not None for at in self.places[k]):
                wrong(self.function, f"is given a function as argument {k}, which is to be differentiated",
                      "name its position in nondiff_argnums")
        first = tuple([slots[at] for at in self.first])
        push = lift_part(compiler, self.push, (*first, None, None))
        return replace(self, widths=self.lifted_widths(slots), push=push)

    # ---- forward ----

    def tangent(self, compiler: Compiler, callee: Callee, active: tuple[bool, ...], kinds: Kinds | None) -> Callee:
        """`y, y_dot = f_jvp((x,), (x_dot,))`."""
        self.check(active)
        key, name, count = ("jvp", callee.key, kinds, active), f"jvp_{self.name}", len(active)
        made = compiler.derived(key, name, lambda given: self.dual(callee, kinds or given[:count], given, active))
        return Spliced(key, name, made.core)

    def dual(self, callee: Callee, kinds: Kinds, given: Kinds, active: tuple[bool, ...]) -> Typed:
        build = Builder()
        args, dots = parameters(build, callee, kinds, given, active)
        pair = called(build, self.push, (*[args[at] for at in self.first], *self.tuples(build, args, dots)))
        value, _ = self.given(build.kind(pair), callee, kinds)
        out, out_dot = unpacked(build, pair, (None, None))
        if value != result_of(callee, kinds):       # the value is that of the function itself
            out = called(build, callee, args)
        dot = fitted(build, out_dot, out, self.jvp)
        result = pair if dot is out_dot and value == build.kind(out) else build.op(prims.TUPLE, out, dot)
        params = (*args, *dots.values())
        return Typed(Function(f"jvp_{self.name}", params, Region(tuple(build.stmts), Return((result,)))), build.kinds,
                     Tuple((build.kind(out), tangent_kind(build.kind(out)))))

    def tuples(self, build: Builder, args: tuple[Value, ...], dots: dict[int, Value]) -> tuple[Value, Value]:
        """The primals and the tangents as the rule takes them: a tangent that is none is zero."""
        at = [self.places[k][0] for k in self.diff]
        found: list[Atom] = [dots[k] if k in dots else zero(build, args[k], {}) for k in at]
        tangents = [as_object(build.stmts, build.kinds, dot, args[k]) for k, dot in zip(at, found)]
        return build.op(prims.TUPLE, *[args[k] for k in at]), build.op(prims.TUPLE, *tangents)

    def given(self, found: Kind, callee: Callee, kinds: Kinds) -> tuple[Kind, Kind]:
        """The kinds of the value and of its tangent."""
        value, dot = parts_of(found, 2, self.jvp, PAIR)
        if differing(value, result_of(callee, kinds)) is not None:
            wrong(self.jvp, f"returns a value of another form than `{self.name}`", f"return what `{self.name}` returns")
        return value, dot

    # ---- reverse ----

    def pullback(self, compiler: Compiler, callee: Callee, kinds: Kinds, active: tuple[bool, ...]) -> Pullback:
        """The rule split in two: what does not depend on tangents goes forwards, the rest is transposed."""
        self.check(active)
        key = callee.key, kinds, active
        found = compiler.pairs.get(key)
        if found is None:
            found = compiler.paired(callee, key, replace(self.split(compiler, callee, kinds, active), ruled=True))
        return found

    def split(self, compiler: Compiler, callee: Callee, kinds: Kinds, active: tuple[bool, ...]) -> Pair:
        whole = compiler.clean(self.opened(callee, kinds, active))
        primals = tuple([k for k, on in enumerate(active) if on])
        wrt = tuple(range(len(kinds), len(kinds) + len(primals)))
        name = f"bwd_{self.name}"
        if isinstance(whole.result, Tuple) and as_seen(whole.result.elts[0], kinds) == result_of(callee, kinds):
            always = not _gives_call(whole, callee, len(kinds))
            return tangents_back(whole, wrt, primals, compiler.means(), name, always=always)
        return tangents_back(second_alone(whole), wrt, primals, compiler.means(), name, False)

    def opened(self, callee: Callee, kinds: Kinds, active: tuple[bool, ...]) -> Typed:
        """The value and its tangent as the text of the rule has them, from arguments and tangents one by one."""
        build = Builder()
        given = (*kinds, *[tangent_kind(kind) for kind, on in zip(kinds, active) if on])
        args, dots = parameters(build, callee, kinds, given, active, "")     # adjoints are called after them
        atoms = (*[args[at] for at in self.first], *self.tuples(build, args, dots))
        core = readable(self.push, tuple(map(build.kind, atoms)), f"vjp of `{self.name}`")
        self.given(core.result, callee, kinds)
        pair = build.splice(straightened(core, (*(False,) * (len(atoms) - 1), True)), atoms)
        if not isinstance(pair, Value):
            wrong(self.jvp, f"does not return {PAIR}", f"return {PAIR}")
        out, out_dot = unpacked(build, pair, (None, None))
        result = build.op(prims.TUPLE, out, fitted(build, out_dot, out, self.jvp))
        return Typed(Function(self.name, (*args, *dots.values()), Region(tuple(build.stmts), Return((result,))),
                              place_of(self.jvp)), build.kinds, build.kind(result))


def _gives_call(typed: Typed, callee: Callee, count: int) -> bool:
    """Whether the value that a rule gives is what the function itself gives, called with its arguments."""
    atom = typed.function.body.exit.vals[0]
    made = {s.outs: s for s in typed.function.body.stmts if isinstance(s, (Op, Call))}
    pair = made.get((atom,))        # type: ignore[arg-type]
    call = made.get((pair.args[0],)) if isinstance(pair, Op) and pair.prim is prims.TUPLE else None   # type: ignore[arg-type]
    return isinstance(call, Call) and call.callee.key == callee.key and call.args == typed.function.params[:count]
