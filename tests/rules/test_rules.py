"""Every rule against differences, the adjoint against the tangent (duality), with kinds known and unknown."""
from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np
import pytest

from tangent2.core.build import Builder
from tangent2.core.check import check
from tangent2.core.evaluate import evaluate
from tangent2.core.kinding import kind_of_value
from tangent2.core.kinds import UNKNOWN, is_inexact
from tangent2.core.operations import apply
from tangent2.core.prims import TUPLE
from tangent2.core.syntax import Const, Function, Op, Region, Return, Typed, Value
from tangent2.rules import apply as rules
from tangent2.rules.declare import all_rules
from tangent2.runtime.shapes import unbroadcast
from tangent2.runtime.trees import zero_like
from tangent2.transform.forward import forward
from tangent2.transform.forward_zeros import THIN
from tests.harness.kinds_hold import is_dtype
from tests.rules.cases import Case, all_cases

CASES = all_cases()


def is_varied(arg: Any) -> bool:
    return is_inexact(kind_of_value(arg)) and not isinstance(arg, (int, bool))


def combine(f: Any, *trees: Any) -> Any:
    """Map a function over the numbers and arrays of like trees."""
    if isinstance(trees[0], dict):
        assert all(tree.keys() == trees[0].keys() for tree in trees)
        return {key: combine(f, *[tree[key] for tree in trees]) for key in trees[0]}
    if isinstance(trees[0], (list, tuple)):
        kind = type(trees[0]) if type(trees[0]) in (list, tuple) else tuple         # no names
        return kind([combine(f, *parts) for parts in zip(*trees, strict=True)])
    return f(*trees)


def inner(a: Any, b: Any) -> float:
    if isinstance(a, dict):
        assert a.keys() == b.keys()
        return sum(inner(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)):
        return sum(inner(x, y) for x, y in zip(a, b, strict=True))
    return float(np.real(np.sum(np.asarray(a) * b)))


def direction(arg: Any, rng: np.random.Generator) -> Any:
    def one(a: Any) -> Any:
        found = rng.uniform(-1.0, 1.0, np.shape(a)) if np.ndim(a) else float(rng.uniform(-1.0, 1.0))
        return found + 1j * rng.uniform(-1.0, 1.0, np.shape(a)) if np.iscomplexobj(a) else found
    return combine(one, arg)


def value_of(case: Case, args: tuple[Any, ...]) -> Any:
    return apply(case.prim, None, list(args), dict(case.kw))


class Applied:
    """A case as core: its operation, whose operands are parameters where they are not literals."""

    def __init__(self, case: Case, known: bool) -> None:
        self.case = case
        self.build = Builder()
        self.values: list[Value] = []
        self.given: list[Any] = []
        everything = (*case.args, *case.kw.values())
        self.atoms = tuple(self._atom(k, a, known) for k, a in enumerate(everything))
        self.op = Op((Value("out"),), case.prim, self.atoms, tuple(case.kw))
        self.build.add(self.op)
        from tangent2.core.kinding import kinds_of
        self.build.kinds[self.op.out] = kinds_of(self.op, self.build.kind)[0] if known else UNKNOWN
        flows = rules.flow_positions(self.op)
        self.active = [k for k, a in enumerate(case.args) if k not in case.literal and k in flows and is_varied(a)]

    def _atom(self, k: int, arg: Any, known: bool) -> Any:
        keyword = k >= len(self.case.args)
        if k in self.case.literal or (keyword and not isinstance(arg, tuple)) or isinstance(arg, str):
            return Const(arg)
        return self.param(arg, kind_of_value(arg, 10 * k) if known else UNKNOWN)

    def param(self, arg: Any, kind: Any) -> Value:
        value = self.build.value(kind)
        self.values.append(value)
        self.given.append(arg)
        return value

    def run(self, atom: Any) -> Any:
        function = Function("f", tuple(self.values), Region(tuple(self.build.stmts), Return((atom,))))
        check(function, self.build.kinds)
        return evaluate(function, tuple(self.given))


def differences(case: Case, active: list[int], dots: dict[int, Any], h: float = 1e-5) -> Any:
    def at(t: float) -> Any:
        args = tuple(combine(lambda a, d: a + t * d, a, dots[k]) if k in active else a for k, a in enumerate(case.args))
        return value_of(case, args)
    ahead, behind = at(h), at(-h)
    return combine(lambda a, b: (np.asarray(a) - b) / (2.0 * h), ahead, behind)


def may_refuse(test: Callable[[Case, bool], None]) -> Callable[[Case, bool], None]:
    """A rule may refuse what it does not know the kind of."""
    @wraps(test)
    def run(case: Case, known: bool) -> None:
        try:
            test(case, known)
        except LookupError as error:
            if known or "not known" not in str(error):
                raise
            pytest.skip("refused when kinds are unknown")
    return run


@pytest.mark.parametrize("known", (True, False), ids=("kinds", "unknown"))
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
@may_refuse
def test_rule(case: Case, known: bool) -> None:
    rng = np.random.default_rng(3)
    applied = Applied(case, known)
    assert applied.active or case.prim.name == "pow"
    if not known and _needs_kinds(case):
        pytest.skip("refused when kinds are unknown")
    dots = {k: direction(case.args[k], rng) for k in applied.active}
    out = value_of(case, case.args)
    if known and applied.build.kind(applied.op.out) is not UNKNOWN:
        _check_kind(applied.build.kind(applied.op.out), out)
    wanted = differences(case, applied.active, dots)
    subsets = [applied.active]
    if not isinstance(out, (list, tuple)):      # the tangents of joined sequences are all needed
        subsets += [[k] for k in applied.active if len(applied.active) > 1]
    for some in subsets:
        chosen = {k: dots[k] for k in some}
        part = wanted if some == applied.active else differences(case, some, chosen)
        _check_tangent(Applied(case, known), chosen, out, part)
    seed = direction(out, rng)
    _check_adjoint(Applied(case, known), dots, out, seed, wanted)


def _needs_kinds(case: Case) -> bool:
    """Lists and tuples in arithmetic and conversions are only understood when they are known to be such."""
    return any(isinstance(a, (list, tuple, dict)) for a in case.args) or case.prim.name in ("sum", "list", "max", "min")


def _check_kind(kind: Any, out: Any) -> None:
    actual = kind_of_value(tuple(out) if isinstance(out, tuple) else out)
    assert type(kind) is type(actual), (kind, out)
    if hasattr(kind, "dtype"):
        assert is_dtype(kind.dtype, out), (kind, actual)
    if getattr(kind, "shape", None) is not None:
        assert len(kind.shape) == np.ndim(out), (kind, out)
        for dim, size in zip(kind.shape, np.shape(out)):
            assert not isinstance(dim, int) or dim == size


def _check_tangent(applied: Applied, dots: dict[int, Any], out: Any, wanted: Any) -> None:
    atoms = {k: applied.param(d, applied.build.kind(applied.atoms[k])) for k, d in dots.items()}
    atom = rules.tangent(applied.build, applied.op, atoms)
    got = applied.run(atom) if atom is not None else zero_like(out)
    combine(lambda g, w: np.testing.assert_allclose(np.broadcast_to(g, np.shape(w)), w, 1e-6, 1e-7), got, wanted)
    if applied.op.prim.name not in THIN:
        combine(lambda g, w: np.testing.assert_equal(np.shape(g), np.shape(w)), got, wanted)


def _check_adjoint(applied: Applied, dots: dict[int, Any], out: Any, seed: Any, wanted: Any) -> None:
    g = applied.param(seed, applied.build.kind(applied.op.out))
    found = rules.adjoint(applied.build, applied.op, g, frozenset(dots))
    total = 0.0
    for k, atom in found.items():
        like = applied.case.args[k]
        if isinstance(atom, rules.Splat):
            scalar = applied.run(atom.atom)
            bar = combine(lambda a, s=scalar: np.broadcast_to(s, np.shape(a)), like)
        else:
            bar = applied.run(atom)
            bar = bar if isinstance(like, (list, tuple, dict)) else unbroadcast(bar, like)
        total += inner(bar, dots[k])
    np.testing.assert_allclose(total, inner(seed, wanted), rtol=1e-6, atol=1e-7)


# spread and gathered by what is equal to what: a step of any size changes that
_DISCRETE = ("np.max", "np.min", ".max", ".min", "max", "min", "pick_first", "spread_first")


@pytest.mark.parametrize("known", (True, False), ids=("kinds", "unknown"))
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
@may_refuse
def test_adjoint_can_be_differentiated(case: Case, known: bool) -> None:
    """The tangent of the emitted adjoint, along a direction in the operands and the seed, against differences."""
    if not known and _needs_kinds(case) or case.prim.name in _DISCRETE:
        pytest.skip("refused when kinds are unknown, or not smooth in its own result")
    rng = np.random.default_rng(4)
    applied, out = Applied(case, known), value_of(case, case.args)
    g = applied.param(direction(out, rng), applied.build.kind(applied.op.out))
    applied.active = [k for k in applied.active if isinstance(applied.atoms[k], Value)]
    found = rules.adjoint(applied.build, applied.op, g, frozenset(applied.active))
    atoms = [a.atom if isinstance(a, rules.Splat) else a for a in found.values()]
    result = applied.build.op(TUPLE, *atoms)
    body = Region(tuple(applied.build.stmts), Return((result,)))
    typed = Typed(Function("f", tuple(applied.values), body), applied.build.kinds, applied.build.kind(result))
    moving = {applied.atoms[k] for k in applied.active} | {g}
    active = tuple(v in moving for v in applied.values)
    dots = [direction(a, rng) for a, on in zip(applied.given, active) if on]
    made = forward(typed, active, _no_callee, "tangent")
    check(made.function, made.kinds)
    got = evaluate(made.function, (*applied.given, *dots))

    def at(t: float) -> Any:
        steps = iter(dots)
        given = [combine(lambda a, d: a + t * d, a, next(steps)) if on else a for a, on in zip(applied.given, active)]
        return evaluate(typed.function, tuple(given))
    for some, ahead, behind in zip(got, at(1e-5), at(-1e-5), strict=True):
        wanted = combine(lambda a, b: (np.asarray(a) - b) / 2e-5, ahead, behind)
        combine(lambda a, b: np.testing.assert_allclose(np.broadcast_to(a, np.shape(b)), b, 1e-5, 1e-6), some, wanted)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
def test_no_operand_is_missing(case: Case) -> None:
    """Operands through which no derivative is said to flow do not change the result."""
    if case.prim.name in _DISCRETE:
        pytest.skip("not smooth in its own result")
    rng = np.random.default_rng(5)
    flows = rules.flow_positions(Applied(case, True).op)
    still = [k for k, a in enumerate(case.args) if k not in flows and is_varied(a) and k not in case.literal]
    for k in still:
        change = differences(case, [k], {k: direction(case.args[k], rng)})
        combine(lambda d: np.testing.assert_allclose(d, 0.0, atol=1e-7), change)


def _no_callee(callee: Any, kinds: Any, active: Any) -> Any:
    raise AssertionError("rules call no functions of the user's")


def test_every_rule_has_a_case() -> None:
    tested = {case.prim for case in CASES}
    missing = {p.name for p, rule in all_rules().items() if not rule.constant and not rule.own and p not in tested
               and p.spelling[1] != "scipy.special"}       # see `test_special.py`
    assert missing <= {"np.amax", "np.amin", ".var", ".std", ".dot", ".clip", ".squeeze", ".swapaxes",
                       "number_zeros", "np.float32"}
