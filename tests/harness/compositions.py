"""Chains of transforms: each link is compared with differences, or a loop over lanes, of the chain without it."""
from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import tangent2
from tests.harness import trees
from tests.harness.modes import INTERNAL, RIGHT, SKIPPED, Mismatch, Outcome, Skip, failure
from tests.harness.limits import TooSlow, limited

Function = Callable[[Any, Any], Any]        # of what is differentiated, and of data of the same structure
LANES = 3
_STEP, _LEVELS = 2e-2, 4


@dataclass(frozen=True)
class Stage:
    """A chain so far.  fixed: the same function, in which what is kept from differentiation is a part of the data."""

    function: Function
    fixed: Function
    x: Any
    a: Any
    out: Any

    @property
    def d(self) -> Any:
        """A direction of the arguments."""
        return trees.random_like(np.random.default_rng(3), self.x)

    @property
    def w(self) -> Any:
        """Weights of the result."""
        return trees.random_like(np.random.default_rng(4), self.out)


def weighed(out: Any, w: Any) -> Any:
    """The sum of all numbers of a tree, with weights."""
    if isinstance(out, (tuple, list)):
        total = 0.0
        for part, weights in zip(out, w):
            total = total + weighed(part, weights)
        return total
    if isinstance(out, dict):
        total = 0.0
        for key in out:
            total = total + weighed(out[key], w[key])
        return total
    return np.sum(out * w)


def times(out: Any, c: Any) -> Any:
    """A tree, all numbers of which are multiplied."""
    if isinstance(out, tuple):
        return tuple([times(part, c) for part in out])
    if isinstance(out, list):
        return [times(part, c) for part in out]
    if isinstance(out, dict):
        return {key: times(part, c) for key, part in out.items()}
    return out * c


def size(tree: Any) -> Any:
    """A number that depends on all numbers of a tree."""
    if isinstance(tree, (tuple, list)):
        total = 1.0
        for part in tree:
            total = total + size(part)
        return total
    if isinstance(tree, dict):
        total = 1.0
        for key in tree:
            total = total + size(tree[key])
        return total
    return np.sum(np.sin(tree))


def is_number(out: Any) -> bool:
    return np.ndim(out) == 0 if not isinstance(out, (tuple, list, dict)) else False


def scalar(f: Function, s: Stage) -> Function:
    """A function that gives a number."""
    if is_number(s.out):
        return f
    w = s.w
    return lambda x, a: weighed(f(x, a), w)


# ---------------------------------------------------------------------------------------------------------------- links


@dataclass(frozen=True)
class Link:
    """A transform.  make: of a function.  check: what it gave, against the function it was made of."""

    make: Callable[[Function, Stage], Function]
    check: Callable[[Function, Stage, Any], None]
    fits: Callable[[Stage], bool] = lambda s: True


def leaves(tree: Any) -> list[Any]:
    """The numbers and arrays of a tree, those of a dict in the order of the keys: transforms may sort these."""
    if isinstance(tree, (tuple, list)):
        return [leaf for part in tree for leaf in leaves(part)]
    if isinstance(tree, dict):
        return [leaf for key in sorted(tree) for leaf in leaves(tree[key])]
    return [tree]


def close(what: str, got: Any, wanted: Any, scale: float = 0.0, error: float = 0.0) -> None:
    """Demand that trees agree, up to rounding or to an error that is known."""
    a, b = leaves(got), leaves(wanted)
    if len(a) != len(b):
        raise Mismatch(f"{what}: {len(a)} leaves, not {len(b)}")
    for x, y in zip(a, b):
        if np.shape(x) != np.shape(y):
            raise Mismatch(f"{what}: of shape {np.shape(x)}, not {np.shape(y)}")
        bound = 1e-7 * max(1.0, scale, float(np.max(np.abs(y), initial=0.0))) + 20.0 * error
        if not np.all(np.abs(np.asarray(x) - np.asarray(y)) <= bound):
            raise Mismatch(f"{what}: {x!r}, not {y!r} (+- {bound:.0e})")


def differenced(f: Callable[[Any], Any], x: Any, d: Any) -> tuple[Any, float, float]:
    """The derivative of a tree along a direction, by extrapolated central differences; its error, and the scale."""
    best: tuple[Any, float, float] | None = None
    for step in (_STEP, _STEP / 8.0):
        steps = [step / 2.0 ** k for k in range(_LEVELS)]
        rows = [[leaves(f(trees.moved(trees.copied(x), d, sign * h))) for sign in (1.0, -1.0)] for h in steps]
        size = max([float(np.max(np.abs(leaf), initial=0.0)) for row in rows for part in row for leaf in part],
                   default=0.0)
        values, error = [], 1e-15 * size / steps[-1]
        for k in range(len(rows[0][0])):
            column = [(np.asarray(p[k]) - np.asarray(m[k])) / (2.0 * h) for (p, m), h in zip(rows, steps)]
            previous = column
            for order in range(1, len(steps)):
                factor = 4.0 ** order
                previous, column = column, [(factor * b - c) / (factor - 1.0) for c, b in zip(column, column[1:])]
            values.append(column[0])
            error = max(error, float(np.max(np.abs(column[0] - previous[-1]), initial=0.0)))
        if best is None or error < best[1]:
            best = values, error, size
    assert best is not None
    scale = max([1.0, best[2], *[float(np.max(np.abs(v), initial=0.0)) for v in best[0]]])
    if not best[1] < 1e-4 * scale:
        raise Skip(f"differences are off by {best[1]:.0e}")
    return best


def _along(f: Function, s: Stage) -> tuple[Any, float, float]:
    return differenced(lambda x: f(x, s.a), s.x, s.d)


def _slope(f: Function, s: Stage, got: Any, weight: Callable[[Any], float]) -> None:
    """Demand that a gradient is that of the numbers of a result, put into one."""
    wanted, error, scale = differenced(lambda x: weight(f(x, s.a)), s.x, s.d)
    close("gradient", _inner(got, s.d), wanted[0], scale, error)
    close("structure of the gradient", trees.mapped(lambda leaf: 0.0 * leaf, got),
          trees.mapped(lambda leaf: 0.0 * leaf, s.x))


def _inner(a: Any, b: Any) -> float:
    """The inner product of trees of one structure; a wrong structure or shape is a mismatch."""
    pairs = list(zip(leaves(a), leaves(b)))
    if len(leaves(a)) != len(leaves(b)) or any(np.shape(x) != np.shape(y) for x, y in pairs):
        raise Mismatch(f"of the structure {trees.mapped(np.shape, a)}, not {trees.mapped(np.shape, b)}")
    return float(sum([np.sum(np.asarray(x) * np.asarray(y)) for x, y in pairs]))


def _weight(s: Stage) -> Callable[[Any], float]:
    return float if is_number(s.out) else lambda out: _inner(out, s.w)


def _grad(f: Function, s: Stage, got: Any) -> None:
    _slope(f, s, got, _weight(s))


def _value_and_grad(f: Function, s: Stage, got: Any) -> None:
    close("value", got[0], _weight(s)(f(s.x, s.a)))
    _slope(f, s, got[1], _weight(s))


def _vjp(f: Function, s: Stage, got: Any) -> None:
    _slope(f, s, got, lambda out: _inner(out, s.w))


def _elementwise(f: Function, s: Stage, got: Any) -> None:
    _slope(f, s, got, lambda out: float(np.sum(out)))


def _tangent(f: Function, s: Stage, got: Any) -> None:
    wanted, error, scale = _along(f, s)
    close("tangent", leaves(got), wanted, scale, error)


def _jvp(f: Function, s: Stage, got: Any) -> None:
    close("value", got[0], f(s.x, s.a))
    _tangent(f, s, got[1])


def _jacobian(f: Function, s: Stage, got: Any) -> None:
    """A matrix of derivatives, in a tree of the result's structure of trees of the arguments'."""
    wanted, error, scale = _along(f, s)
    out = f(s.x, s.a)
    made = trees.mapped(lambda leaf, part: _contracted(leaf, part, s), out, got)
    close("jacobian times direction", leaves(made), wanted, scale, error)


def _contracted(leaf: Any, part: Any, s: Stage) -> Any:
    blocks, units = leaves(part), leaves(s.d)
    if len(blocks) != len(units):
        raise Mismatch(f"{len(blocks)} blocks, not {len(units)}")
    total: Any = 0.0
    for block, d in zip(blocks, units):
        if np.shape(block) != (*np.shape(leaf), *np.shape(d)):
            raise Mismatch(f"a block of shape {np.shape(block)}, not {(*np.shape(leaf), *np.shape(d))}")
        total = total + np.tensordot(block, d, np.ndim(d))
    return total


def _gradient(f: Function, s: Stage) -> Function:
    return tangent2.grad(scalar(f, s))


def _hessian(f: Function, s: Stage, got: Any) -> None:
    _jacobian(_gradient(f, s), s, got)


def _hvp(f: Function, s: Stage, got: Any) -> None:
    _tangent(_gradient(f, s), s, got)


def stacked(items: Sequence[Any]) -> Any:
    return trees.mapped(lambda *leaves: np.stack(leaves), *items)


def lanes_of(s: Stage) -> list[tuple[Any, Any]]:
    """Arguments near those of the stage."""
    e = s.d if s.fixed is not s.function else trees.random_like(np.random.default_rng(5), s.a)
    return [(trees.moved(s.x, s.d, 0.03 * k), trees.moved(s.a, e, 0.03 * k)) for k in range(LANES)]


def _vmap(f: Function, s: Stage, got: Any) -> None:
    lanes = [f(*[trees.mapped(lambda leaf, k=k: leaf[k], tree) for tree in (s.x, s.a)]) for k in range(LANES)]
    close("lanes", got, stacked(lanes))


def _same(f: Function, s: Stage, got: Any) -> None:
    close("value", got, f(s.x, s.a))


def _fixed(f: Function, s: Stage, got: Any) -> None:
    close("value", got, times(f(s.x, s.a), size(s.x)))


def _make_vjp(f: Function, s: Stage) -> Function:
    w = s.w
    return lambda x, a: tangent2.vjp(lambda z: f(z, a), x)[1](w)[0]


def _make_jvp(f: Function, s: Stage) -> Function:
    d = s.d
    return lambda x, a: tangent2.jvp(lambda z: f(z, a), (x,), (d,))


def _make_linear(f: Function, s: Stage) -> Function:
    d = s.d
    return lambda x, a: tangent2.linearize(lambda z: f(z, a), x)[1](d)


def _make_hvp(f: Function, s: Stage) -> Function:
    d, g = s.d, scalar(f, s)
    return lambda x, a: tangent2.hvp(g)(x, a, d)


def _make_stop(f: Function, s: Stage) -> Function:
    return lambda x, a: times(f(x, a), size(tangent2.stop_gradient(x)))


def _is_array(s: Stage) -> bool:
    return not isinstance(s.out, (tuple, list, dict))


LINKS: dict[str, Link] = {
    "grad": Link(lambda f, s: tangent2.grad(scalar(f, s)), _grad),
    "value_and_grad": Link(lambda f, s: tangent2.value_and_grad(scalar(f, s)), _value_and_grad),
    "vjp": Link(_make_vjp, _vjp),
    "jvp": Link(_make_jvp, _jvp),
    "jacfwd": Link(lambda f, s: tangent2.jacfwd(f), _jacobian),
    "jacrev": Link(lambda f, s: tangent2.jacrev(f), _jacobian),
    "hessian": Link(lambda f, s: tangent2.hessian(scalar(f, s)), _hessian),
    "hvp": Link(_make_hvp, _hvp),
    "vmap": Link(lambda f, s: tangent2.vmap(f), _vmap),
    "linearize": Link(_make_linear, _tangent),
    "checkpoint": Link(lambda f, s: tangent2.checkpoint(f), _same),
    "elementwise_grad": Link(lambda f, s: tangent2.elementwise_grad(f), _elementwise, _is_array),
    "stop_gradient": Link(_make_stop, _fixed),
}
if hasattr(tangent2, "jit"):
    LINKS["jit"] = Link(lambda f, s: tangent2.jit(f), _same)


def start(f: Function, x: Any, a: Any) -> Stage:
    """The chain without a link."""
    return Stage(f, f, x, a, f(trees.copied(x), trees.copied(a)))


def lengthened(s: Stage, name: str, seconds: float = 60.0) -> tuple[Outcome, Stage | None]:
    """What came of one more link, and the chain with it if that is right."""
    link = LINKS[name]
    if not link.fits(s):
        return Outcome(name, SKIPPED, "does not fit"), None
    try:
        with limited(seconds, busy=True), np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore", tangent2.LaneWarning)
            return _checked(link, s, name)
    except TooSlow as error:
        return Outcome(name, SKIPPED, f"slow: {error}"), None
    except RecursionError as error:
        return Outcome(name, INTERNAL, repr(error)), None
    except Exception as error:
        return failure(name, error), None


def _checked(link: Link, s: Stage, name: str) -> tuple[Outcome, Stage]:
    function = link.make(s.function, s)
    fixed = function if s.fixed is s.function else link.make(s.fixed, s)
    x, a = s.x, s.a
    if name == "stop_gradient":     # from here on the data are the argument, so that these tell where it was
        before, a = s.fixed, trees.copied(x)
        fixed = lambda x, a: times(before(x, a), size(a))       # noqa: E731
    if name == "vmap":
        x, a = map(stacked, zip(*lanes_of(s)))
    given = trees.copied((x, a))
    got = function(*given)
    if not trees.same(given, (x, a)):
        raise Mismatch("an argument was changed")
    if not trees.finite(got):
        raise Skip("not finite, or large")
    link.check(s.fixed, Stage(function, fixed, x, a, s.out), got)
    return Outcome(name, RIGHT), Stage(function, fixed, x, a, got)
