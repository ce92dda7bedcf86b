"""Jacobians whose columns, or rows, are computed all at once: one sweep for all unit directions.

The tangent function, or both sweeps of reverse mode, are batched (`transform/batch.py`) over the directions alone: what
does not depend on them, such as the whole forward sweep, is computed once.
"""
from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tangent2.batches import Lanes, batches_of
from tangent2.core.build import Builder
from tangent2.core.calling import differentiated, through
from tangent2.core.kinds import Array, Dim, Kind, Number, Sym, Tuple
from tangent2.core.layouts import CannotBatch, Layout, element
from tangent2.core.prims import TUPLE
from tangent2.core.syntax import (
    UNDEF, Atom, Callee, Function, Note, Op, Region, Return, Stmt, Typed, Value, regions,
)
from tangent2.core.walk import leaves, renew, substitute, used_by
from tangent2.names import BACKWARD
from tangent2.requests import Request, first_part, first_tangent
from tangent2.rules.families import tangent_kind
from tangent2.transform.auxiliary import resumed, stopped
from tangent2.transform.axes import left
from tangent2.transform.bases import Basis, basis, blocks, check_floats
from tangent2.transform.lane_costs import fewest_directions
from tangent2.transform.reverse import both_sweeps, seed_kind, seed_name

if TYPE_CHECKING:
    from tangent2.pipeline import Compiler


JACOBIAN = "jacobian"       # the transform of such requests


@dataclass(frozen=True)
class JacobianRequest(Request):
    """The Jacobian in the arguments `wrt` (of one if `single`).  backward: by rows.  name: what it is called."""

    backward: bool = False
    name: str = ""

    def of(self, compiler: Compiler, inner: Callee) -> Callee:
        """The function that gives the Jacobian; of what cannot be had by one sweep its core is `CannotBatch`."""
        return compiler.made(("jacobian", inner.key, self.wrt, self.single, self.aux, self.backward), self.name,
                             lambda kinds: swept(compiler, inner, kinds, self))


def swept(compiler: Compiler, inner: Callee, kinds: tuple[Kind, ...], asked: JacobianRequest) -> Typed:
    """The core of a Jacobian for arguments of these kinds; raises `CannotBatch` if it cannot be had by one sweep."""
    build = Builder(answers=compiler.answers)
    core = inner.core(kinds).function
    params = tuple([build.value(kind, p.hint, True) for p, kind in zip(core.params, kinds)])
    sweep = _Rows if asked.backward else _Columns
    made = sweep(compiler, inner, asked, build, params, kinds)
    out, of = made.jacobian()
    batches_of(compiler).fewest[asked, kinds] = made.fewest
    body = substitute(Region(tuple(build.stmts), Return((out,))), made.stands_for)
    function = Function(asked.name, params, body, core.origin, by_rows=of.by_rows, apart=of.apart)
    return compiler.clean(Typed(function, build.kinds, build.kind(out)))


@dataclass
class _Sweep:
    """What both ways know: what is asked, and the code at hand, of these parameters.

    stands_for: values that stand for others in that code.  fewest: how many directions make one sweep worth it.
    """

    compiler: Compiler
    inner: Callee
    asked: JacobianRequest
    build: Builder
    params: tuple[Value, ...]
    kinds: tuple[Kind, ...]
    stands_for: dict[Value, Atom] = field(default_factory=dict)
    fewest: int = 0

    @property
    def active(self) -> tuple[bool, ...]:
        return tuple([k in self.asked.wrt for k in range(len(self.kinds))])

    def chosen(self) -> tuple[Atom, Kind]:
        """The argument that is asked for; a tuple of them if several are."""
        wrt = self.asked.wrt
        if self.asked.single:
            return self.params[wrt[0]], self.kinds[wrt[0]]
        return self.build.op(TUPLE, *[self.params[k] for k in wrt]), Tuple(tuple([self.kinds[k] for k in wrt]))

    def _extents(self) -> dict[Dim, tuple[Value, int]]:
        """The extents of arguments: those that a result has in common with them are asked of these."""
        return {dim: (p, axis) for p, kind in zip(reversed(self.params), reversed(self.kinds))
                if isinstance(kind, Array) for axis, dim in enumerate(kind.shape or ()) if isinstance(dim, Sym)}

    def in_lanes(self, callee: Callee, kinds: tuple[Kind, ...], layouts: tuple[Layout, ...], of: Basis) -> Lanes:
        """A callee for all directions; nothing that it calls is called for one after the other."""
        batches = batches_of(self.compiler)
        if not any(layouts):
            return _left_once(Lanes(batches.straight(callee, kinds), False))
        self.fewest = fewest_directions(callee.core(kinds))
        outer, batches.strict = batches.strict, True
        try:
            return _left_once(batches.lanes(callee, kinds, layouts, 0, of.size))
        finally:
            batches.strict = outer

    def repeated(self, wide: Atom, layout: Layout, of: Basis) -> Atom:
        """What is the same along some directions, for each of them."""
        if of.layout is False:
            return wide
        return left(self.build, wide, self.build.kind(wide), layout, 0, [of.directions], [of.layout],     # type: ignore[list-item]
                    [tangent_kind(of.kind)])


class _Columns(_Sweep):
    """By columns: the tangents of the result along all directions of the arguments."""

    def jacobian(self) -> tuple[Atom, Function]:
        """Emit the Jacobian, with the auxiliary data if there is; and the function that was batched."""
        build, aux = self.build, self.asked.aux
        of = basis(build, *self.chosen(), "_dot", self._extents())
        tangent = first_tangent(self.compiler, self.inner, self.active) if aux else self.compiler.tangent(
            self.inner, None, self.active)
        order = sorted(range(len(self.asked.wrt)), key=lambda k: self.asked.wrt[k])
        single = self.asked.single
        dots = [of.directions if single else self._part(of.directions, k) for k in order]
        layouts = [of.layout if single else element(of.layout, k) for k in order]
        given = (*self.kinds, *[tangent_kind(self.kinds[self.asked.wrt[k]]) for k in order])
        found = self.in_lanes(tangent, given, ((False,) * len(self.kinds)) + tuple(layouts), of)
        whole = tangent.core(given).result
        if not isinstance(whole, Tuple):
            raise CannotBatch("what the function returns is not known before the code runs")
        check_floats(whole.elts[0])
        out = build.splice(found.typed, (*self.params, *dots))
        wide = self.repeated(self._part(out, 1), element(found.result, 1), of)
        made = blocks(build, wide, whole.elts[1], of, True)
        if aux:
            made = build.op(TUPLE, made, self._part(out, 2))
        return made, found.typed.function

    def _part(self, whole: Atom, k: int) -> Atom:
        known = self.build.parts(whole)
        return known[k] if known else self.build.getitem(whole, k)


class _Rows(_Sweep):
    """By rows: the adjoints of the arguments along all directions of the result, of which the forward sweep is one."""

    def jacobian(self) -> tuple[Atom, Function]:
        """Emit the Jacobian, with the auxiliary data if there is; and the function that was batched."""
        build, kind = self.build, self._result_kind()
        if isinstance(kind, Number):
            return self._gradient(kind)
        y = Value("y", True)
        build.kinds[y] = kind
        with build.region() as before:
            of = basis(build, y, kind, "_bar", self._extents())
        if of.layout is False:
            raise CannotBatch("there is one direction")
        given = (*self.kinds, tangent_kind(kind))
        seeded = _seeded(self.compiler, self.inner, self.asked)
        found = self.in_lanes(seeded, given, (*(False,) * len(self.kinds), of.layout), of)
        bars, layouts, aux = self._spliced(found, y, before, of)
        wide = [self.repeated(bar, layout, of) for bar, layout in zip(bars, layouts)]
        made = self._blocks(wide, of)
        return (build.op(TUPLE, made, aux) if aux is not None else made), found.typed.function

    def _result_kind(self) -> Kind:
        whole = self.inner.core(self.kinds).result
        if self.asked.aux:
            return first_part(whole, self.inner.name, self.compiler.place(self.inner))
        return whole

    def _blocks(self, wide: list[Atom], of: Basis) -> Atom:
        kinds = [tangent_kind(self.kinds[k]) for k in self.asked.wrt]
        if self.asked.single:
            return blocks(self.build, wide[0], kinds[0], of, False)
        return blocks(self.build, self.build.op(TUPLE, *wide), Tuple(tuple(kinds)), of, False)

    def _gradient(self, kind: Number) -> tuple[Atom, Function]:
        """The gradient, which is the only row."""
        build, asked = self.build, self.asked
        check_floats(kind)
        made = self.compiler.gradient(self.inner, asked.wrt, False, asked.single, asked.aux)
        typed = _left_once(Lanes(batches_of(self.compiler).straight(made, self.kinds), False)).typed
        self._refuse_blocks()
        return build.splice(typed, self.params), typed.function

    def _refuse_blocks(self) -> None:
        if self.compiler.has_blocks:
            raise CannotBatch("blocks of `insert_grad_of` run for each row")

    def _spliced(self, found: Lanes, y: Value, before: list[Stmt],
                 of: Basis) -> tuple[list[Atom], list[Layout], Atom | None]:
        """Emit both sweeps, the directions `before` what depends on them; the adjoints, and auxiliary data."""
        self._refuse_blocks()
        build, function = self.build, found.typed.function
        mapping: dict[Value, Atom] = dict(zip(function.params, (*self.params, of.directions)))
        body = renew(function.body, mapping)
        build.kinds.update([(new, found.typed.kinds[old]) for old, new in mapping.items()
                            if isinstance(new, Value) and new not in build.kinds])
        last = next((s for s in body.stmts if isinstance(s, Op) and s.outs == body.exit.vals), None)
        if last is None or last.prim is not TUPLE or not isinstance(last.args[0], Value) \
                or element(found.result, 0) is not False:
            raise CannotBatch("what the function returns is not known before the code runs")
        first, rest = _apart([s for s in body.stmts if s is not last], of.directions)
        self.stands_for[y] = last.args[0]
        build.stmts += [*first, Note(BACKWARD), *before, *rest]
        count = len(self.asked.wrt) + 1
        layouts = [element(found.result, k) for k in range(1, count)]
        return list(last.args[1:count]), layouts, last.args[count] if self.asked.aux else None


def _left_once(found: Lanes) -> Lanes:
    """A function whose only exit is its last return; others are refused."""
    body = found.typed.function.body
    if not isinstance(body.exit, Return) or any(leaves(r) for s in body.stmts for r in regions(s)):
        raise CannotBatch("the end of the function is not reached")
    return found


def _apart(stmts: list[Stmt], value: Atom) -> tuple[list[Stmt], list[Stmt]]:
    """Statements that do not depend on a value, and those that do."""
    depending: set[Atom] = {value}
    found: tuple[list[Stmt], list[Stmt]] = [], []
    for stmt in stmts:
        if isinstance(stmt, Note):
            continue
        depends = not depending.isdisjoint(used_by(stmt))
        found[depends].append(stmt)
        if depends:
            depending.update(stmt.outs)
    return found


def _seeded(compiler: Compiler, inner: Callee, asked: JacobianRequest) -> Callee:
    """Both sweeps of a function, which take the adjoint of its result last.

    They give its result, the adjoints, and auxiliary data.
    """
    wrt, aux = asked.wrt, asked.aux

    def make(kinds: tuple[Kind, ...]) -> Typed:
        mask = tuple([k in wrt for k in range(len(kinds) - 1)])
        typed = compiler.hearsay.check(stopped(differentiated(inner, kinds[:-1]), aux), mask)
        made = _with_seed(compiler, typed, asked)
        own = inner if inner.python is None or inner.rule is not None else compiler.callee(inner.python)
        if (own.key, kinds[:-1], mask) in compiler.recursive_pairs:     # it has a pullback already: call that
            made = _with_seed(compiler, through(own, kinds[:-1]), asked)
        return made
    return compiler.derived(("seeded", inner.key, wrt, aux), f"bwd_{inner.name}", make)


def _with_seed(compiler: Compiler, typed: Typed, asked: JacobianRequest) -> Typed:
    part = 0 if asked.aux else None
    seed = Value(seed_name(typed, asked.aux), True)
    joint = both_sweeps(typed, asked.wrt, seed, compiler.means(), UNDEF, {seed: seed_kind(typed, part)}, part)
    build = Builder(joint.kinds)
    build.stmts = [*joint.forward, *joint.reverse]
    handed = [build.getitem(joint.result, k) for k in (0, 1)] if asked.aux else [joint.result]
    out = build.op(TUPLE, handed[0], *joint.adjoints, *handed[1:])
    function = replace(typed.function, params=(*typed.function.params, seed), apart=typed.function.derived_apart,
                       body=Region(tuple(build.stmts), Return((out,))))
    return resumed(Typed(function, joint.kinds, joint.kinds[out]))
