"""Matrices of derivatives: `jacfwd`, `jacrev`, `jacobian`, `hessian`, and Hessian products `hvp`.

A column of a Jacobian is one sweep of the tangent function, a row one call of the pullback.
"""
from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tangent2.api import Argnums, Derivative, check_callable, completed, grad, parameter_names, positions
from tangent2.cache import compiled
from tangent2.complete import complete
from tangent2.core.syntax import Callee
from tangent2.core.valuekinds import signature
from tangent2.decorating import LATER, Decorator, Made, made_by
from tangent2.errors import ArgumentError, UnsupportedError
from tangent2.matrices import jacobian_callee
from tangent2.names import function_name
from tangent2.pipeline import Compiler
from tangent2.products import Product
from tangent2.python.read import place_of
from tangent2.records import lowered, raised
from tangent2.requests import aliases_of, pullback_request, tangent_request
from tangent2.runtime.trees import zero_like
from tangent2.structures import conform
from tangent2.trees import tree_flatten, tree_unflatten
from tangent2.variadic import is_variadic

Matrix = Callable[..., Any]


def jacfwd(f: Any = LATER, argnums: Argnums = 0, has_aux: bool = False) -> Any:
    """The Jacobian of a function, column by column in forward mode: for few inputs.

    f: a function of numbers, arrays and trees of them.  argnums: which arguments, as of `grad`.  has_aux: `f` returns
    `(out, aux)`, and the result gives `(jacobian, aux)`.
    The result has the structure of the output, in it that of the argument; each array has the extents of the output,
    then those of the argument.

    >>> import numpy as np
    >>> jacfwd(lambda x: np.sin(x) * x[0])(np.array([0.0, 1.0]))
    array([[0.        , 0.        ],
           [0.84147098, 0.        ]])
    """
    if f is LATER:
        return Decorator(jacfwd, {"argnums": argnums, "has_aux": has_aux})
    made = Jacobian(f, argnums, has_aux, _columns, f"jacfwd_{function_name(f)}", f"The Jacobian of {function_name(f)}.")
    return made_by(made, jacfwd, argnums=argnums, has_aux=has_aux)


def jacrev(f: Any = LATER, argnums: Argnums = 0, has_aux: bool = False) -> Any:
    """The Jacobian of a function, row by row in reverse mode: for few outputs.  See `jacfwd`.

    >>> import numpy as np
    >>> jacrev(lambda x: x ** 2)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """
    if f is LATER:
        return Decorator(jacrev, {"argnums": argnums, "has_aux": has_aux})
    made = Jacobian(f, argnums, has_aux, _rows, f"jacrev_{function_name(f)}", f"The Jacobian of {function_name(f)}.")
    return made_by(made, jacrev, argnums=argnums, has_aux=has_aux)


jacobian = jacrev


def hessian(f: Any = LATER, argnums: Argnums = 0, has_aux: bool = False) -> Any:
    """The second derivatives of a scalar function: columns of the Jacobian of its gradient.

    >>> import numpy as np
    >>> hessian(lambda x: np.dot(x, x))(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 2.]])
    """
    if f is LATER:
        return Decorator(hessian, {"argnums": argnums, "has_aux": has_aux})
    made = Jacobian(grad(f, argnums, has_aux), argnums, has_aux, _columns, f"hessian_{function_name(f)}",
                    f"The Hessian of {function_name(f)}.", f)
    return made_by(made, hessian, argnums=argnums, has_aux=has_aux)


for _transform in (jacfwd, jacrev, hessian):        # user code may apply them to functions that are known
    _transform.__tangent2_transform__ = True  # type: ignore[attr-defined]


def hvp(f: Any = LATER, argnums: Argnums = 0) -> Any:
    """The product of the Hessian of a scalar function and a direction: `hvp(f)(x, v)`, `hvp(f)(x, y, v)`.

    v: of the structure and shapes of the argument; a tuple if `argnums` is one.  Costs a few evaluations of `f`.

    >>> import numpy as np
    >>> hvp(lambda x: np.sum(x ** 3))(np.array([1.0, 2.0]), np.array([1.0, 0.5]))
    array([6., 6.])
    """
    if f is LATER:
        return Decorator(hvp, {"argnums": argnums})
    return made_by(HessianProduct(f, argnums), hvp, argnums=argnums)


class HessianProduct(Made):
    """The products of a Hessian: takes the arguments of the function, then the direction."""

    def __init__(self, f: Matrix, argnums: Argnums) -> None:
        self._gradient, self._argnums = grad(f, argnums), argnums
        self.present(f, f"hvp_{function_name(f)}", f"The product of the Hessian of {function_name(f)} and a direction.")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        argnums, f = self._argnums, self.__wrapped__
        if not args or len(args) < 2 and not kwargs or kwargs and not set(kwargs) <= set(parameter_names(f)):
            raise ArgumentError(f"hvp of `{function_name(f)}` got no direction", origin=place_of(f), construct="hvp",
                                advice="give it last, after the arguments: hvp(f)(x, v)")
        *given, direction = args
        fn, flat = completed(self._gradient, tuple(given), kwargs)
        own, flat, direction = flat, lowered(tuple(flat)), lowered(direction)
        wrt = positions(parameter_names(fn), argnums, function_name(f), f)
        parts = direction if isinstance(argnums, (tuple, list)) else (direction,)
        if len(parts) != len(wrt):
            raise ArgumentError(f"hvp got {len(parts)} directions for {len(wrt)} arguments", construct="hvp",
                                advice="give one for each of argnums, in a tuple")
        order = sorted(range(len(wrt)), key=lambda k: wrt[k])
        dots = tuple([conform(parts[k], flat[wrt[k]], "direction", "argument", "hvp", f) for k in order])
        found = _tangent(fn, flat, tuple([wrt[k] for k in order]), dots)[1]
        single = not isinstance(argnums, (tuple, list))
        return raised(own[wrt[0]], found) if single else tuple([raised(own[k], g) for k, g in zip(wrt, found)])

    def __tangent2_flat__(self) -> Product:
        """The function of the arguments and the direction, of which other transforms are."""
        f, argnums = self.__wrapped__, self._argnums
        if isinstance(argnums, (tuple, list)) or is_variadic(f):
            raise UnsupportedError(f"`{self.__name__}` of several arguments is no function to other transforms",
                                   construct="hvp", advice="take one argument at a time")
        names = parameter_names(f)
        return Product(self, self._gradient, names, positions(names, argnums, function_name(f), f)[0])

    def source(self, *args: Any, **kwargs: Any) -> str:
        """There is no one text of it: it is the tangent of the gradient."""
        raise UnsupportedError(f"`{self.__name__}` has no text of its own", construct="hvp",
                               advice="the tangent of the gradient: source(grad(f), *args, mode=\"forward\")")


class Jacobian(Made):
    """A matrix of derivatives; `sweep` computes its blocks.  `of`: the function it presents, if that is another."""

    def __init__(self, f: Matrix, argnums: Argnums, has_aux: bool, sweep: Callable[..., Any], name: str, what: str,
                 of: Matrix | None = None) -> None:
        check_callable(f)
        if not is_variadic(f):
            positions(parameter_names(f), argnums, function_name(f), f)      # a mistake shows at once
        self._fn, self._argnums, self._has_aux, self._sweep = f, argnums, has_aux, sweep
        self.present(of or f, name, what)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        f, argnums, has_aux = self._fn, self._argnums, self._has_aux
        fn, flat = completed(f, args, kwargs)
        flat = lowered(given := tuple(flat))
        wrt = positions(parameter_names(fn), argnums, function_name(f), f)
        for k in wrt:
            _check_inexact(flat[k], f, k)
        out, blocks = self._sweep(fn, flat, wrt, has_aux)
        _check_result(out[0] if has_aux else out, f)
        single = not isinstance(argnums, (tuple, list))
        leaves, structure = tree_flatten(out[0] if has_aux else out)
        made = []
        for i, leaf in enumerate(leaves):
            parts = tuple([raised(given[k], _assembled(flat[k], leaf, blocks[k][i])) for k in wrt])
            made.append(parts[0] if single else parts)
        found = tree_unflatten(structure, made)
        if isinstance(fn, Derivative) and not has_aux:
            found = fn.with_classes(given, found)
        return (found, out[1]) if has_aux else found

    def __tangent2_callee__(self, compiler: Compiler) -> Callee:
        return _callee(self._fn, self._argnums, self._has_aux, False, self.__name__, compiler)

    def __tangent2_live__(self, compiler: Compiler) -> Callee:
        return _callee(self._fn, self._argnums, self._has_aux, True, self.__name__, compiler)

    def source(self, *args: Any, **kwargs: Any) -> str:
        """The text of the compiled module for these arguments."""
        if not args and not kwargs:
            raise UnsupportedError(f"the text of `{self.__name__}` depends on its arguments", construct="source",
                                   advice="give example arguments")
        fn, flat = completed(self._fn, args, kwargs)
        if fn is not self._fn:
            raise UnsupportedError(f"`{self.__name__}` takes any number of arguments", construct="source",
                                   advice="write a function with plain parameters")
        compiler = Compiler()
        kinds = signature(lowered(tuple(flat)), compiler.function_kind)
        return complete(compiler.text(self.__tangent2_live__(compiler), kinds, aliases=aliases_of(fn)))


def _callee(f: Matrix, argnums: Argnums, has_aux: bool, live: bool, name: str, compiler: Compiler) -> Callee:
    """The Jacobian as a function that other transforms differentiate."""
    wrt = positions(parameter_names(f), argnums, function_name(f), f)
    if has_aux or isinstance(argnums, (tuple, list)) or is_variadic(f):
        raise UnsupportedError(f"`{name}` of several arguments is not differentiated again", construct=name,
                               advice="take one argument at a time")
    return jacobian_callee(compiler, f, name, tuple(parameter_names(f)), wrt[0], live)


def _assembled(argument: Any, out: Any, blocks: list[Any]) -> Any:
    """The blocks for the leaves of an argument, in its structure: arrays of the extents of the output, then its own."""
    leaves, structure = tree_flatten(argument)
    shaped = [np.reshape(block, (*np.shape(out), *np.shape(leaf))) for leaf, block in zip(leaves, blocks)]
    return tree_unflatten(structure, [block if block.ndim else block[()] for block in shaped])


Blocks = dict[int, list[list[Any]]]
"""Per argument and leaf of it, per leaf of the output: the derivatives, with the extents of both multiplied out."""


def _columns(fn: Matrix, flat: tuple[Any, ...], wrt: tuple[int, ...], has_aux: bool) -> tuple[Any, Blocks]:
    """The output and the blocks, from the tangents along each unit direction."""
    out, blocks = None, {}
    for k in wrt:
        columns: list[list[list[Any]]] = [[] for _ in tree_flatten(flat[k])[0]]
        for j, unit in _units(flat[k]):
            out, dot = _tangent(fn, flat, (k,), (unit,))
            columns[j].append(_tangent_leaves(*((out[0], dot[0]) if has_aux else (out, dot))))
        # per leaf of the argument: per leaf of the output, the columns side by side
        blocks[k] = [[np.stack(each, axis=-1) for each in zip(*some)] for some in columns]
    if out is None:         # no input has any element
        out = fn(*flat)
        shapes = [np.shape(leaf) for leaf in tree_flatten(out[0] if has_aux else out)[0]]
        blocks = {k: [[np.zeros((*s, 0)) for s in shapes] for _ in tree_flatten(flat[k])[0]] for k in wrt}
    return out, {k: _turned(block) for k, block in blocks.items()}


def _turned(block: list[list[Any]]) -> list[list[Any]]:
    """Per leaf of the output, per leaf of the argument."""
    return [list(each) for each in zip(*block)]


def _tangent_leaves(out: Any, dot: Any) -> list[Any]:
    """The tangents of the leaves of an output; zero where there is none."""
    leaves = tree_flatten(out)[0]
    if dot is None:
        return [np.zeros(np.shape(leaf)) for leaf in leaves]
    found: list[Any] = []
    _pair_up(out, dot, found)
    return found


def _pair_up(out: Any, dot: Any, found: list[Any]) -> None:
    """Leaves of a tangent in the order of those of the output: None stands for zeros below any node."""
    leaves, structure = tree_flatten(out)
    if structure.node is None:
        found.append(np.zeros(np.shape(out)) if dot is None else dot)
    elif dot is None:
        found += [np.zeros(np.shape(leaf)) for leaf in leaves]
    else:
        keys = sorted(out) if isinstance(out, dict) else range(len(out)) if isinstance(out, (tuple, list)) else ()
        for key in keys:
            _pair_up(out[key], dot[key], found)


def _rows(fn: Matrix, flat: tuple[Any, ...], wrt: tuple[int, ...], has_aux: bool) -> tuple[Any, Blocks]:
    """The output and the blocks, from the pullbacks of each unit adjoint."""
    active = tuple([k in wrt for k in range(len(flat))])
    out, pullback = compiled(fn, pullback_request(active), flat).function(*flat)
    value = out[0] if has_aux else out
    leaves = tree_flatten(value)[0]
    rows: list[list[tuple[Any, ...]]] = [[] for _ in leaves]
    for i, unit in _units(value):
        rows[i].append(pullback((unit, zero_like(out[1])) if has_aux else unit))
    blocks: Blocks = {}
    for k in wrt:
        own = [[tree_flatten(row[k])[0] for row in some] for some in rows]
        sizes = [np.shape(leaf) for leaf in tree_flatten(flat[k])[0]]
        blocks[k] = [[np.stack([row[j] for row in some]) if some else np.zeros((0, *size))
                      for j, size in enumerate(sizes)] for some in own]
    return out, blocks


def _tangent(fn: Matrix, flat: tuple[Any, ...], wrt: tuple[int, ...], dots: tuple[Any, ...]) -> Any:
    """The value and the tangent of a function, for tangents of some arguments in order."""
    active = tuple([k in wrt for k in range(len(flat))])
    return compiled(fn, tangent_request(active), flat).function(*flat, *dots)


def _units(tree: Any) -> Iterator[tuple[int, Any]]:
    """All trees like one that are 1 in one place and 0 elsewhere, with the number of the leaf that has the 1."""
    leaves, structure = tree_flatten(tree)
    zeros = [np.zeros_like(x) if isinstance(x, np.ndarray) else 0.0 for x in leaves]
    for k, leaf in enumerate(leaves):
        for index in np.ndindex(np.shape(leaf)):
            unit: Any = 1.0
            if isinstance(leaf, np.ndarray):
                unit = np.zeros_like(leaf)
                unit[index] = 1
            yield k, tree_unflatten(structure, [*zeros[:k], unit, *zeros[k + 1:]])


def _check_inexact(tree: Any, f: Matrix, at: int) -> None:
    leaves = tree_flatten(tree)[0]
    if not leaves or not all(map(_is_inexact, leaves)):
        raise ArgumentError(f"argument {at} of `{function_name(f)}` is no float, so there is no Jacobian",
                            origin=place_of(f), construct="jacobian",
                            advice="give a float (1.0, not 1), or choose another argnums")


def _check_result(out: Any, f: Matrix) -> None:
    for leaf in tree_flatten(out)[0]:
        if not _is_inexact(leaf):
            what = _one(type(leaf).__name__)
            raise ArgumentError(f"`{function_name(f)}` returns {what}, no float, so there is no Jacobian",
                                origin=place_of(f), construct="jacobian",
                                advice="return floats; has_aux=True is for what is returned beside them")


def _one(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"


def _is_inexact(leaf: Any) -> bool:
    return isinstance(leaf, (float, complex)) or isinstance(leaf, (np.ndarray, np.generic)) and leaf.dtype.kind in "fc"
