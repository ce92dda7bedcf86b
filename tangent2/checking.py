"""`check_grads`: derivatives of a function against differences and against one another."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tangent2.api import check_callable, completed, grad, jvp
from tangent2.errors import ArgumentError
from tangent2.names import function_name
from tangent2.pipeline import Compiler
from tangent2.python.load import module_of_text
from tangent2.python.read import place_of
from tangent2.records import lowered, restored
from tangent2.requests import callee_of
from tangent2.trees import TreeDef, tree_flatten, tree_map, tree_unflatten

MODES = ("fwd", "rev")


def check_grads(f: Callable[..., Any], args: Sequence[Any], order: int = 1, modes: Sequence[str] = MODES,
                atol: float | None = None, rtol: float | None = None, eps: float | None = None) -> None:
    """Assert that the derivatives of a function are right up to an order.

    f: a function of numbers, arrays and trees of them.  args: where it is checked; every argument that holds floats is.
    modes: "fwd" (tangents), "rev" (adjoints) or both; with both also that they are transposes of one another.
    atol, rtol: how far a derivative may be off its differences; eps: the largest step of those.
    Raises `AssertionError` with the order, the mode and both numbers.

    >>> import numpy as np
    >>> check_grads(lambda x, y: np.sin(x) * y, (0.5, 2.0), order=2)
    """
    check_callable(f)
    if not isinstance(args, (tuple, list)):
        raise ArgumentError("args is a tuple of the arguments", construct="check_grads",
                            advice="write check_grads(f, (x,))")
    if type(order) is not int or order < 1:
        raise ArgumentError(f"there is no derivative of order {order!r}", construct="check_grads",
                            advice="the order is 1 or more")
    if isinstance(modes, str) or not modes or not set(modes) <= set(MODES):
        raise ArgumentError(f"modes are {MODES}, not {modes!r}", construct="check_grads",
                            advice='write modes=("fwd",) for tangents alone')
    fn, flat = completed(f, tuple(args))
    flat = lowered(tuple(flat))
    active = [k for k, arg in enumerate(flat) if any(map(_is_inexact, tree_flatten(arg)[0]))]
    if not active:
        raise ArgumentError(f"no argument of `{function_name(f)}` holds a float, so there is nothing to check",
                            origin=place_of(f), construct="check_grads", advice="give floats (1.0, not 1)")
    _check_reals(flat, f)
    callee_of(Compiler(), fn)       # refuses what is no function with its own name
    rng = np.random.default_rng(0)
    scalar, point = _scalar(fn, flat, active, rng), [flat[k] for k in active]
    for level in range(1, order + 1):
        _check(scalar, point, modes, level, rng, (atol, rtol, eps), function_name(f))
        if level < order:
            scalar = _along(scalar, point, rng, "rev" if "rev" in modes else "fwd")


def _check_reals(args: tuple[Any, ...], f: Callable[..., Any]) -> None:
    for leaf in tree_flatten(args)[0]:
        dtype = np.asarray(leaf).dtype if _is_inexact(leaf) else np.dtype(float)
        if dtype.kind == "c" or dtype == np.float16:
            raise ArgumentError(f"`{function_name(f)}` cannot be checked at {dtype.name} arguments", origin=place_of(f),
                                construct="check_grads", advice="give real ones, in double precision")


def _is_inexact(leaf: Any) -> bool:
    return isinstance(leaf, (float, complex)) or isinstance(leaf, (np.ndarray, np.generic)) and leaf.dtype.kind in "fc"


def _check(scalar: Any, point: list[Any], modes: Sequence[str], level: int, rng: Any, tolerances: Any,
           name: str) -> None:
    atol, rtol, eps = tolerances
    direction = [_random(x, rng) for x in point]
    wanted, error = _difference(lambda t: scalar(*[restored(_moved(x, d, t)) for x, d in zip(point, direction)]), eps)
    given = tuple(map(restored, point))
    single = any(np.asarray(leaf).dtype == np.float32 for leaf in tree_flatten(point)[0])
    allowed = (1e-6 if atol is None else atol) + (1e-6 if rtol is None else rtol) * abs(wanted) + 20.0 * error
    allowed += 1e-2 * (1.0 + abs(wanted)) if single else 0.0
    found = {}
    if "fwd" in modes:
        found["fwd"] = float(np.real(jvp(scalar, given, tuple(direction))[1]))
    if "rev" in modes:
        gradient = lowered(grad(scalar, tuple(range(len(point))))(*given))
        found["rev"] = float(np.real(sum([_inner(g, d) for g, d in zip(gradient, direction)])))
    for mode, value in found.items():
        if not abs(value - wanted) <= allowed:
            raise AssertionError(f"{name}: order {level}, {mode}: {value!r} where differences give {wanted!r}")
    if len(found) == 2 and not abs(found["fwd"] - found["rev"]) <= (1e-3 if single else 1e-8) * (1.0 + abs(wanted)):
        raise AssertionError(f"{name}: order {level}: forward mode gives {found['fwd']!r}, reverse {found['rev']!r}")


def _difference(phi: Callable[[float], Any], eps: float | None) -> tuple[float, float]:
    """The derivative at 0 by central differences, extrapolated (Ridders 1982), and an estimate of its error."""
    steps = [(1e-2 if eps is None else eps) / 2.0 ** k for k in range(6)]
    rows: list[list[float]] = []
    best, error = np.nan, np.inf
    for k, h in enumerate(steps):
        row = [(float(np.real(phi(h))) - float(np.real(phi(-h)))) / (2.0 * h)]
        for j in range(1, k + 1):
            row.append((4.0 ** j * row[j - 1] - rows[-1][j - 1]) / (4.0 ** j - 1.0))
            off = max(abs(row[j] - row[j - 1]), abs(row[j] - rows[-1][j - 1]))
            if off <= error:
                best, error = row[j], off
        rows.append(row)
    return best, error


def _random(tree: Any, rng: Any) -> Any:
    def leaf(x: Any) -> Any:
        if not _is_inexact(x):
            return None
        drawn = rng.normal(size=np.shape(x))
        return drawn.astype(x.dtype) if isinstance(x, np.ndarray) else float(drawn)
    return tree_map(leaf, tree)


def _moved(tree: Any, direction: Any, t: float) -> Any:
    leaves, structure = tree_flatten(tree)
    dots = _aligned(leaves, direction, structure)
    moved = [x if d is None else (x + t * d).astype(x.dtype) if isinstance(x, np.ndarray) else x + t * d
             for x, d in zip(leaves, dots)]
    return tree_unflatten(structure, moved)


def _inner(gradient: Any, direction: Any) -> Any:
    leaves, structure = tree_flatten(tree_map(lambda x: 0.0 if x is None else x, direction))
    return sum([np.sum(g * d) for g, d in zip(_aligned(leaves, gradient, structure), leaves) if g is not None])


def _aligned(leaves: list[Any], tree: Any, structure: TreeDef) -> list[Any]:
    """The parts of a tree at the leaves of a structure, None where it has None."""
    if structure.node is None:
        return [tree]
    if structure.node is dict:
        parts = [tree[key] for key in structure.aux]
    else:
        parts = list(tree) if isinstance(tree, (tuple, list)) else []
    return [leaf for child, part in zip(structure.children, parts) for leaf in _aligned([], part, child)]


# Scalar functions made for the check: ordinary user code, so that transforms of any order take it.


def _made(head: str, lines: list[str], given: dict[str, Any]) -> Any:
    text = head + "".join([f"    {line}\n" for line in lines])
    return module_of_text(text, "check_grads", {"np": np, **given})["checked"]


def _scalar(f: Any, flat: tuple[Any, ...], active: list[int], rng: Any) -> Any:
    """The inner product of the output and random weights, as a function of the active arguments alone."""
    given: dict[str, Any] = {f"given_{k}": restored(arg) for k, arg in enumerate(flat) if k not in active}
    names = [f"x{k}" if k in active else f"given_{k}" for k in range(len(flat))]
    terms: list[str] = []
    _weigh("out", lowered(f(*map(restored, flat))), rng, terms, given)
    if not terms:
        raise ArgumentError(f"`{function_name(f)}` returns no float, so there is nothing to check", origin=place_of(f),
                            construct="check_grads", advice="check a function that returns numbers or arrays")
    head = f"def checked({', '.join([f'x{k}' for k in active])}):\n"
    return _made(head, [f"out = f({', '.join(names)})", f"return {' + '.join(terms)}"], {"f": f, **given})


def _weigh(path: str, out: Any, rng: Any, terms: list[str], given: dict[str, Any]) -> None:
    if isinstance(out, dict):
        for key, part in out.items():
            _weigh(f"{path}[{key!r}]", part, rng, terms, given)
    elif hasattr(out, "__tangent2_class__"):
        for name, part in zip(type(out)._fields, out):
            _weigh(f"{path}.{name}", part, rng, terms, given)
    elif isinstance(out, (tuple, list)):
        for k, part in enumerate(out):
            _weigh(f"{path}[{k}]", part, rng, terms, given)
    elif _is_inexact(out):
        name = f"weight_{len(terms)}"
        given[name] = rng.normal(size=np.shape(out)) if np.ndim(out) else float(rng.normal())
        terms.append(f"np.sum({name} * {path})" if np.ndim(out) else f"{name} * {path}")


def _along(scalar: Any, point: list[Any], rng: Any, mode: str) -> Any:
    """The derivative of a scalar function in a random direction, as a scalar function."""
    names = [f"x{k}" for k in range(len(point))]
    head = f"def checked({', '.join(names)}):\n"
    comma = "," if len(names) == 1 else ""
    directions = {f"direction_{k}": _random(x, rng) for k, x in enumerate(point)}
    if mode == "fwd":
        call = f"jvp(f, ({', '.join(names)}{comma}), ({', '.join(directions)}{comma}))"
        return _made(head, [f"return {call}[1]"], {"f": scalar, "jvp": jvp, **directions})
    terms: list[str] = []
    weights: dict[str, Any] = {}
    for k, direction in enumerate(directions.values()):
        _weigh(f"gradient[{k}]", direction, rng, terms, weights)
    gradient = grad(scalar, tuple(range(len(point))))
    lines = [f"gradient = derivative({', '.join(names)})", f"return {' + '.join(terms)}"]
    return _made(head, lines, {"derivative": gradient, **weights})
