"""Every primitive for all lanes of a batch, against one lane after the other."""
from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import tangent2
from tangent2.lane_warning import LaneWarning
from tangent2.core.layouts import CannotBatch
from tangent2.errors import TangentError
from tangent2.rules.batching.declare import batching_rule, is_uniform
from tangent2.rules.declare import all_rules
from tangent2.transform.structures import STRUCTURAL
from tangent2.vectorising import vmap
from tests.rules.batched import assert_same, batched, choices, in_lane, kind_holds, on_leaves, together
from tests.rules.batching_cases import more_cases
from tests.rules.cases import Case, all_cases
from tests.rules.spelled import Program, programs

CASES = [case for case in (*all_cases(), *more_cases())
         if case.prim.spelling[1:2] != ("scipy.special",)]        # its table is loaded where somebody imports it

# Primitives of which some case is computed for one lane after the other, and why.
IN_TURN = {
    **dict.fromkeys(("math.erf", "math.erfc", "math.gamma", "math.lgamma", "math.remainder", "math.isclose"),
                    "NumPy has no such function"),
    **dict.fromkeys(("np.arange", "np.repeat", "np.bincount"), "as long as numbers say that are others in each lane"),
    **dict.fromkeys(("np.convolve", "windows_dot"), "NumPy has no windows over several vectors at once"),
    **dict.fromkeys(("np.interp", "np.searchsorted", ".searchsorted", "np.digitize", "np.isin", "bisect_left",
                     "bisect_right"), "NumPy looks in one array only"),
    **dict.fromkeys(("np.array_equal", "np.array_equiv"), "arrays that may be of different shapes"),
    "np.linalg.norm": "of a number: NumPy's takes a row for a matrix then",
    "math.fsum": "exact sums are not NumPy's",
    "credit_last": "conditions that are others in each lane",
    **dict.fromkeys(("matching", "checked_by"), "an error tells the shapes of one lane"),
    "uncut": "a question about an operand only, which is the same in all lanes",
    **dict.fromkeys(("np.concatenate", "np.vstack", "np.column_stack", "np.select", "each_like", "sum_each",
                     "splat_like",
                     "sum_leaves", "deep_copy", "add_trees", "or_zero", "item_adjoint"),
                    "a list, not written out, of arrays of several ranks or of parts of several structures"),
    **dict.fromkeys(("split_like", "join_like", "block_parts", "choose_like", "as_stored", "as_place", "sum_repeats",
                     "repeat_like"), "a list, not written out, that is the same in all lanes beside what is not"),
    **dict.fromkeys(("lanes_together", "lanes_apart"), "whatever a function gives for another batch, of unknown kind"),
    **dict.fromkeys(("without", "tuple"), "a container of unknown kind"),
    "np.linalg.eigh": "of the upper triangle: the table does not know that option",
    ".tolist": "nested lists",
}
# Of one lane these raise: the key of the lane is not among those that all share.
_APART = ("pick_first", "spread_first")
# Elements of two lists of which one is the same in all lanes.
_OF_LISTS = ("add",)


def _label(case: Case) -> str:
    return case.label


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("case", CASES, ids=_label)
@pytest.mark.parametrize("size", (3, 1))
def test_batch(case: Case, size: int) -> None:
    """All operands mapped, and each alone: values, shapes, dtypes, and what is known of the kind."""
    for mapped in choices(case):
        if case.prim.name in _APART and len(mapped) < 3 or case.prim.name in _OF_LISTS and _is_list(case, mapped):
            continue
        try:
            found = batched(case, mapped, size)
        except CannotBatch:
            assert case.prim.name in IN_TURN
            continue
        assert_same(found)
        assert not found.in_turn or case.prim.name in IN_TURN
        assert found.in_turn or case.prim.name in _RANK_LOST or kind_holds(found.kind, found.got)


_RANK_LOST = ("np.argpartition",)


def _is_list(case: Case, mapped: tuple[int, ...]) -> bool:
    return len(mapped) == 1 and isinstance(case.args[0], (list, tuple))


def test_each_exception_is_one() -> None:
    """No primitive is said to be computed lane by lane that never is."""
    seen = set()
    for case in CASES:
        for mapped in choices(case):
            if case.prim.name not in IN_TURN or case.prim.name in _APART:
                continue
            try:
                if batched(case, mapped, 3).in_turn:
                    seen.add(case.prim.name)
            except CannotBatch:
                seen.add(case.prim.name)
    assert seen == set(IN_TURN)


# What is the same in all lanes by itself, effects, and what only programs have that are not batched by rule.
WITHOUT_RULE = {
    "slice", "read", "np.promote_types", "np.broadcast_shapes", "np.common_type", "np.min_scalar_type",
    "np.mintypecode",
    "np.einsum_path", "np.typename", "np.isdtype", "np.iterable", "np.can_cast", "np.shares_memory",
    "np.may_share_memory",
    "np.isfortran", "np.zeros", "np.ones", "np.empty", "np.eye", "np.identity", "np.hanning", "np.hamming",
    "np.blackman",
    "np.bartlett", "np.indices", "np.tri", "np.ix_", "np.mask_indices", "np.diag_indices_from", "np.tril_indices_from",
    "np.triu_indices_from", "np.tril_indices", "np.triu_indices", "np.diag_indices", "np.ndindex", "hasattr", "str",
    "repr",
    "id", "hash", "last_key",
    "np.nonzero", ".nonzero", "np.flatnonzero", "np.argwhere", "np.arange", "np.bincount", "np.convolve",    # lengths
    "np.packbits", "np.unpackbits", "np.lexsort", "np.ravel_multi_index", "zero_item",
    "math.erf", "math.erfc", "math.gamma", "math.lgamma", "math.remainder", "math.isclose", "math.fsum",
    "math.factorial",
    "agreed", "checkpointed", "parts_between", "all_directions", "matching", "checked_by",
    "math.comb", "math.perm", "math.isqrt", "lanes_together", "lanes_apart", "number_zeros", "without",
}


def test_every_primitive_is_thought_of() -> None:
    missing = {prim.name for prim, rule in all_rules().items() if not rule.own and not is_uniform(prim)
               and batching_rule(prim) is None and prim not in STRUCTURAL and prim.name not in STRUCTURAL
               and prim.spelling[1:2] != ("scipy.special",)}
    assert missing == WITHOUT_RULE


# ---- as users call them ----

def _returning(program: Program) -> Program:
    """The program that returns what its call gives."""
    text, _, _ = program.text.partition("    total = 0.0")
    return Program(program.label, f"{text}    return y\n", program.args, program.wrt)


CALLS = list({(p.text, str([np.shape(a) for a in p.args if isinstance(a, np.ndarray)])): p
              for p in map(_returning, programs())}.values())


class Lanes:
    """A program, what its lanes are given, and all of that together."""

    def __init__(self, program: Program, axis: int = 0) -> None:
        self.function, keep = program.function(), "np.interp" in program.text
        self.each = [[in_lane(a, j, keep) if k in program.wrt else a for k,
                      a in enumerate(program.args)] for j in range(3)]
        self.axes = tuple([axis if k in program.wrt else None for k in range(len(program.args))])
        self.args = [together([lane[k] for lane in self.each]) if k in program.wrt else a
                     for k, a in enumerate(program.args)]
        if axis:
            self.args = [on_leaves(lambda a: np.moveaxis(a, 0, axis), a) if k in program.wrt else a
                         for k, a in enumerate(self.args)]
        self.wrt = tuple([k for k in program.wrt if isinstance(program.args[k], (float, np.ndarray))
                          and np.isrealobj(program.args[k])])
        self.found = [self.function(*lane) for lane in self.each]

    @property
    def is_smooth(self) -> bool:
        out = self.found[0]
        return isinstance(out, (float, np.ndarray, np.floating)) and np.isrealobj(out) and bool(self.wrt) \
            and len(self.wrt) == sum(a is not None for a in self.axes)


def _close(got: Any, wanted: Any, rtol: float = 1e-9, atol: float = 1e-11) -> None:
    assert np.shape(got) == np.shape(wanted)
    np.testing.assert_allclose(got, wanted, rtol=rtol, atol=atol)


def _line(program: Program) -> str:
    return program.text.split("y = ")[1].split("\n")[0]


# Calls whose lists of arrays of several ranks no kind can say.
_REFUSED = ("np.concatenate(x0, axis=None)", "np.vstack(x0)", "np.column_stack(x0)")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("program", CALLS, ids=[f"{k}-{_line(p)[:60]}" for k, p in enumerate(CALLS)])
@pytest.mark.parametrize("axis", (0, -1))
def test_call(program: Program, axis: int) -> None:
    if _line(program) in _REFUSED:
        pytest.skip("a list of arrays of several ranks")
    lanes = Lanes(program, axis)
    got = vmap(lanes.function, lanes.axes)(*lanes.args)
    on_leaves(_close, got, together(lanes.found))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("program", CALLS, ids=[f"{k}-{_line(p)[:60]}" for k, p in enumerate(CALLS)])
def test_gradients(program: Program) -> None:
    """Of each lane, all at once; and of all lanes together."""
    if _line(program) in _REFUSED:
        pytest.skip("a list of arrays of several ranks")
    lanes = Lanes(program)
    if not lanes.is_smooth:
        pytest.skip("not a real function of real numbers")
    rng, f = np.random.default_rng(3), lanes.function
    weights = rng.uniform(-1.0, 1.0, (3, *np.shape(lanes.found[0])))
    one = tangent2.grad(lambda w, *args: np.sum(w * f(*args)), tuple([k + 1 for k in lanes.wrt]))
    try:
        wanted = [one(w, *lane) for w, lane in zip(weights, lanes.each)]
    except TangentError:
        pytest.skip("has no derivative")
    wanted = [np.stack([np.asarray(g[k]) for g in wanted]) for k in range(len(lanes.wrt))]
    for got, whole in zip(vmap(one, (0, *lanes.axes))(weights, *lanes.args), wanted):
        _close(got, whole, 1e-7, 1e-9)
    many = vmap(f, lanes.axes)
    try:
        found = tangent2.grad(lambda *args: np.sum(weights * many(*args)), lanes.wrt)(*lanes.args)
    except TangentError as error:
        assert any(reason in str(error) for reason in _NOT_OF_STACKS), error
        return
    for got, whole in zip(found, wanted):
        _close(got, whole, 1e-7, 1e-9)


# Rules that refuse stacks of matrices, and loops over lanes.
_NOT_OF_STACKS = ("is not known to be one", "not known to be a vector or one matrix",
                  "a derivative flows through a loop")


# ---- what the text looks like ----

@pytest.mark.parametrize(("f", "args", "axes", "line"), [
    (lambda x, y: np.sum(x * y), ((3, 4), (3, 4)), 0, "np.sum(x * y, axis=1)"),
    (lambda x, w: x @ w, ((3, 4), (4, 2)), (0, None), "x @ w"),
    (lambda a, b: np.linalg.solve(a, b), ((3, 2, 2), (3, 2)), 0, "np.linalg.solve(a, b[:, :, None])[:, :, 0]"),
    (lambda a, b: np.linalg.solve(a, b), ((2, 2), (3, 2)), (None, 0), "np.linalg.solve(a, b.T).T"),
    (lambda x: np.linalg.norm(x), ((3, 4),), 0, "np.linalg.norm(x, axis=1)"),
    (lambda x: np.cumsum(x), ((3, 2, 4),), 0, "np.cumsum(np.reshape(x, (len(x), -1)), axis=1)"),
    (lambda x: np.take(x, 1), ((3, 4),), 0, "np.take(x, 1, axis=1)"),
    (lambda x, y: np.outer(x, y), ((3, 4), (3, 2)), 0, "x[:, :, None] * y[:, None, :]"),
    (lambda x: x[1:-1], ((3, 4),), 0, "x[:, 1:-1].copy()"),
    (lambda x: np.diff(x), ((3, 4),), 0, "np.diff(x)"),
    (lambda a, b: np.tensordot(a, b, 1), ((3, 2, 4), (4, 5)), (0, None), "np.tensordot(a, b, (2, 0))"),
])
def test_text(f: Any, args: tuple[tuple[int, ...], ...], axes: Any, line: str) -> None:
    given = [np.ones(shape) for shape in args]
    if "solve" in line:
        given[0] = given[0] + np.eye(2)
    with warnings.catch_warnings():
        warnings.simplefilter("error", LaneWarning)
        text = vmap(f, axes).source(*given)
    assert f"return {line}\n" in text, text


# ---- parts of arrays ----

X, PLACES = np.arange(48.0).reshape(2, 3, 2, 4), np.array([[0, 1], [2, 0]])


@pytest.mark.parametrize("f", [
    lambda x, i: x[:, :, i], lambda x, i: x[i], lambda x, i: x[i[0]], lambda x, i: x[:, i[0] // 2, 1:], lambda x,
    i: x[..., i],
    lambda x, i: x[None, i], lambda x, i: x[i, :, i], lambda x, i: x[:, i // 2, i], lambda x, i: x[i, ..., 1],
    lambda x, i: x[:, 0, i[1]], lambda x, i: x[[0, 2], :, [1, 3]],
    lambda x, i: x[:, [0, 1], 1:], lambda x, i: x[:, [0, 1], [1, 3]],
])
def test_reading_parts(f: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", LaneWarning)
        got = vmap(f)(X, PLACES)
    _close(got, np.stack([f(x, i) for x, i in zip(X, PLACES)]))


def _stores(kind: int, x: Any, i: Any, v: Any) -> Any:
    y = x.copy()
    if kind == 0:
        y[:, :, i] = v
    elif kind == 1:
        y[i] += v[0, 0, 0]
    elif kind == 2:
        y[:, 0, i] *= v[:, 0, :2]
    elif kind == 3:
        y[y > 20.0] = v[0, 0, 0]
    elif kind == 4:
        y[y > 20.0] = 0.5
    elif kind == 5:
        y[i, :, i] = v[:2, :, 0]
    elif kind == 6:
        y[..., 1:3] -= v
    elif kind == 7:
        y[[0, 2], :, [1, 3]] = v[:2, :, 0]
    else:
        y[:, [0, 1], 1:3] = v[:, :, :2]
    return y


@pytest.mark.parametrize("kind", range(9))
@pytest.mark.parametrize("axes", [(0, 0, 0), (0, 0, None), (None, 0, 0), (0, None, None), (None, None, 0)])
def test_writing_parts(kind: int, axes: tuple[int | None, ...]) -> None:
    values = -np.arange(24.0).reshape(2, 3, 2, 2) - 1.0
    whole = [a if on is not None else a[0] for a, on in zip((X, PLACES, values), axes)]

    def f(x: Any, i: Any, v: Any) -> Any:
        return _stores(kind, x, i, v)
    lanes = [[a[j] if on is not None else a for a, on in zip(whole, axes)] for j in range(2)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        got = vmap(f, axes)(*whole)
    _close(got, np.stack([f(*lane) for lane in lanes]))
