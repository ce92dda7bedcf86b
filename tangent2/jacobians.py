"""Matrices of derivatives: `jacfwd`, `jacrev`, `jacobian`, `hessian`, and Hessian products `hvp`.

All columns of a Jacobian are one sweep of the tangent function, all rows one of both sweeps of reverse mode
(`jacobian_sweeps.py`); where they cannot be, they are computed one after the other (`sweep_by_sweep.py`).
"""
from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import numpy as np

from tangent2.api import Argnums, Derivative, check_callable, completed, grad, parameter_names, positions
from tangent2.cache import compiled
from tangent2.complete import complete
from tangent2.core.kinds import Kind
from tangent2.core.prims import Prim
from tangent2.core.syntax import Callee
from tangent2.core.valuekinds import signature
from tangent2.decorating import LATER, Decorator, Made, made_by
from tangent2.directional import product_callee, product_of_value, signature_with_direction
from tangent2.entry import Entry
from tangent2.errors import ArgumentError, TangentError, UnsupportedError
from tangent2.jacobian_sweeps import JACOBIAN, JacobianRequest
from tangent2.matrices import jacobian_callee, jacobian_of_value
from tangent2.names import function_name
from tangent2.pipeline import Compiler
from tangent2.python.emit import Emitted
from tangent2.python.read import place_of
from tangent2.records import lowered, raised
from tangent2.requests import aliases_of, generic_first, gradient_request
from tangent2.structures import conform
from tangent2.sweep_by_sweep import Matrix, assembled, columns, fewer, has_fewer_rows, rows, tangent
from tangent2.trees import tree_flatten, tree_unflatten
from tangent2.variadic import is_variadic


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
    made = Jacobian(f, argnums, has_aux, columns, f"jacfwd_{function_name(f)}", f"The Jacobian of {function_name(f)}.")
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
    made = Jacobian(f, argnums, has_aux, rows, f"jacrev_{function_name(f)}", f"The Jacobian of {function_name(f)}.")
    return made_by(made, jacrev, argnums=argnums, has_aux=has_aux)


def jacobian(f: Any = LATER, argnums: Argnums = 0, has_aux: bool = False) -> Any:
    """The Jacobian of a function, in the mode that takes fewer sweeps.

    Column by column, as `jacfwd`, if the chosen arguments hold no more numbers than the output, else row by row, as
    `jacrev`; in the other mode where there is no derivative in that one, and by rows where blocks of `insert_grad_of`
    are to run.  Arguments and results are those of `jacfwd`.

    >>> import numpy as np
    >>> jacobian(lambda x: x[0] * x)(np.array([3.0, 2.0]))
    array([[6., 0.],
           [2., 3.]])
    """
    if f is LATER:
        return Decorator(jacobian, {"argnums": argnums, "has_aux": has_aux})
    made = Jacobian(f, argnums, has_aux, fewer, f"jacobian_{function_name(f)}", f"The Jacobian of {function_name(f)}.")
    return made_by(made, jacobian, argnums=argnums, has_aux=has_aux)


def hessian(f: Any = LATER, argnums: Argnums = 0, has_aux: bool = False) -> Any:
    """The second derivatives of a scalar function: columns of the Jacobian of its gradient.

    >>> import numpy as np
    >>> hessian(lambda x: np.dot(x, x))(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 2.]])
    """
    if f is LATER:
        return Decorator(hessian, {"argnums": argnums, "has_aux": has_aux})
    made = Jacobian(grad(f, argnums, has_aux), argnums, has_aux, columns, f"hessian_{function_name(f)}",
                    f"The Hessian of {function_name(f)}.", f)
    return made_by(made, hessian, argnums=argnums, has_aux=has_aux)


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


def _derived(name: str, backward: bool, either: bool, gradient: bool, compiler: Compiler, callee: Callee | Prim,
             captured: int, argnums: Argnums = 0, has_aux: bool = False) -> Callee:
    """The Jacobian of a function value in user code."""
    asked = JacobianRequest(JACOBIAN, aux=has_aux, backward=backward, name=name)
    return jacobian_of_value(compiler, callee, captured, argnums, asked, either, gradient)


_transform: Any
for _transform, _backward, _either, _gradient in (
        (jacfwd, False, False, False), (jacrev, True, False, False), (jacobian, False, True, False),
        (hessian, False, False, True)):         # user code may apply them
    _transform.__tangent2_transform__ = True
    _transform.__tangent2_derive__ = partial(_derived, _transform.__name__, _backward, _either, _gradient)
vars(hvp).update(__tangent2_transform__=True, __tangent2_derive__=product_of_value)


class HessianProduct(Made):
    """The products of a Hessian: takes the arguments of the function, then the direction."""

    def __init__(self, f: Matrix, argnums: Argnums) -> None:
        self._gradient, self._argnums = grad(f, argnums), argnums
        self.present(f, f"hvp_{function_name(f)}", f"The product of the Hessian of {function_name(f)} and a direction.")
        self.__signature__ = signature_with_direction(f)

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
        found = tangent(fn, flat, tuple([wrt[k] for k in order]), dots)[1]
        single = not isinstance(argnums, (tuple, list))
        return raised(own[wrt[0]], found) if single else tuple([raised(own[k], g) for k, g in zip(wrt, found)])

    def _callee(self, compiler: Compiler, live: bool) -> Callee:
        f, argnums = self.__wrapped__, self._argnums
        if is_variadic(f):
            raise UnsupportedError(f"`{self.__name__}` takes any number of arguments, of which nothing is told here",
                                   origin=place_of(f), construct="hvp", advice="write a function with plain parameters")
        wrt = positions(parameter_names(f), argnums, function_name(f), f)
        return product_callee(compiler, self._gradient, self.__name__, self.__signature__, wrt,
                              not isinstance(argnums, (tuple, list)), live)

    def __tangent2_callee__(self, compiler: Compiler) -> Callee:
        return self._callee(compiler, False)

    def __tangent2_live__(self, compiler: Compiler) -> Callee:
        return self._callee(compiler, True)

    def source(self, *args: Any, **kwargs: Any) -> str:
        """The text of the compiled module: for these arguments and direction, or the generic version without any."""
        if is_variadic(self.__wrapped__) and args:
            fn, flat = completed(self.__wrapped__, args[:-1], kwargs)
            return str(hvp(fn, self._argnums).source(*flat, args[-1]))
        return complete(module_of(self, args, kwargs))


class Jacobian(Made):
    """A matrix of derivatives; `sweep` computes its columns or rows one by one, if they cannot be had at once.

    of: the function it presents, if that is another.
    """

    def __init__(self, f: Matrix, argnums: Argnums, has_aux: bool, sweep: Callable[..., Any], name: str, what: str,
                 of: Matrix | None = None) -> None:
        check_callable(f)
        if not is_variadic(f):
            positions(parameter_names(f), argnums, function_name(f), f)      # a mistake shows at once
        self._fn, self._argnums, self._has_aux, self._sweep = f, argnums, has_aux, sweep
        self._last: Entry | None = None         # the last one called, if it can tell whether it fits
        self._arity = 0
        self._arrays: tuple[int, ...] = ()      # which of the chosen arguments it took were arrays
        self._row_counts: dict[Any, int] = {}   # by shapes of arguments
        self._chosen: dict[Any, bool] = {}      # by shapes of arguments, whether there are fewer rows
        self.present(of or f, name, what)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        last = self._last
        if last is not None and not kwargs and len(args) == self._arity and last.fits(*args) and all(  # type: ignore[misc]
                args[k].size for k in self._arrays):
            return last.function(*args)
        f, argnums, has_aux = self._fn, self._argnums, self._has_aux
        fn, flat = completed(f, args, kwargs)
        flat = lowered(given := tuple(flat))
        wrt = positions(parameter_names(fn), argnums, function_name(f), f)
        for k in wrt:
            _check_inexact(flat[k], f, k)
        found = self._at_once(fn, flat, wrt)
        if found is not None:
            return found[0]
        out, blocks = self._sweep(fn, flat, wrt, has_aux)
        _check_result(out[0] if has_aux else out, f)
        single = not isinstance(argnums, (tuple, list))
        leaves, structure = tree_flatten(out[0] if has_aux else out)
        made = []
        for i, leaf in enumerate(leaves):
            parts = tuple([raised(given[k], assembled(flat[k], leaf, blocks[k][i])) for k in wrt])
            made.append(parts[0] if single else parts)
        found = tree_unflatten(structure, made)
        if isinstance(fn, Derivative) and not has_aux:
            found = fn.with_classes(given, found)
        return (found, out[1]) if has_aux else found

    def __tangent2_callee__(self, compiler: Compiler) -> Callee:
        return self._callee(compiler, False)

    def __tangent2_live__(self, compiler: Compiler) -> Callee:
        return self._callee(compiler, True)

    def _asked(self, wrt: tuple[int, ...], backward: bool) -> JacobianRequest:
        single = not isinstance(self._argnums, (tuple, list))
        return JacobianRequest(JACOBIAN, wrt, single=single, aux=self._has_aux, backward=backward, name=self.__name__)

    def _at_once(self, fn: Matrix, flat: tuple[Any, ...], wrt: tuple[int, ...]) -> tuple[Any] | None:
        """The result by one sweep for all columns or rows; None if it cannot be had so, or costs more."""
        count = _count([flat[k] for k in wrt])
        if not count:
            return None         # no directions, of which not all operations on all of them know their shape
        backward = self._sweep is rows or self._sweep is fewer and self._by_rows(fn, flat, wrt)
        with suppress(TangentError):
            entry = compiled(fn, self._asked(wrt, backward), flat)
            shapes = wrt, _shapes(flat)
            directions = self._row_counts.get(shapes) if backward else count
            fewest = getattr(entry.function, "__tangent2_fewest__", 0)
            if not entry.modules or directions is not None and directions < fewest:
                return None
            found = entry.function(*flat)
            if backward:        # of which it is not known before how many there are
                self._row_counts[shapes] = _count(found[0] if self._has_aux else found) // count
            if fewest == 0:
                self._keep(entry, fn, flat, wrt)
            return (found,)
        return None

    def _keep(self, entry: Entry, fn: Matrix, flat: tuple[Any, ...], wrt: tuple[int, ...]) -> None:
        """Call an entry at once the next time if it can tell whether it fits."""
        if fn is self._fn and entry.fits is not None and entry.plain and self._sweep is not fewer:
            self._last, self._arity = entry, len(flat)
            self._arrays = tuple([k for k in wrt if isinstance(flat[k], np.ndarray)])

    def _by_rows(self, fn: Matrix, flat: tuple[Any, ...], wrt: tuple[int, ...]) -> bool:
        """Whether to compute rows, which is decided once for arguments of these shapes."""
        key = wrt, _shapes(flat)
        if key not in self._chosen:
            self._chosen[key] = has_fewer_rows(fn, flat, wrt, self._has_aux)
        return self._chosen[key]

    def _callee(self, compiler: Compiler, live: bool) -> Callee:
        f = self._fn
        if is_variadic(f):
            raise UnsupportedError(f"`{self.__name__}` takes any number of arguments, of which nothing is told here",
                                   origin=place_of(f), construct=self.__name__,
                                   advice="write a function with plain parameters")
        names = tuple(parameter_names(f))
        asked = self._asked(positions(names, self._argnums, function_name(f), f), self._sweep is rows)
        return jacobian_callee(compiler, f, names, asked, live, self._sweep is fewer)

    def source(self, *args: Any, **kwargs: Any) -> str:
        """The text of the compiled module: for these arguments, or the generic version without any."""
        if is_variadic(self._fn) and (args or kwargs):
            fn, flat = completed(self._fn, args, kwargs)
            return Jacobian(fn, self._argnums, self._has_aux, self._sweep, self.__name__, self._what).source(*flat)
        return complete(module_of(self, args, kwargs), of=self._fn)


def module_of(made: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Emitted:
    """The module of a derivative that is a callee, for these arguments, or for any if there are none."""
    if not args and not kwargs:
        return generic_first(gradient_request((), False, False).generic_kinds(made), lambda kinds: _module(
            made.__tangent2_callee__, kinds, made))
    _, flat = completed(made, args, kwargs)
    compiler = Compiler()
    kinds = signature(lowered(tuple(flat)), compiler.function_kind)
    return compiler.text(made.__tangent2_live__(compiler), kinds, aliases=aliases_of(made))


def _module(callee: Callable[[Compiler], Callee], kinds: tuple[Kind, ...], made: Any) -> Emitted:
    compiler = Compiler()
    return compiler.text(callee(compiler), kinds, aliases=aliases_of(made))


def _count(tree: Any) -> int:
    """How many numbers a tree holds."""
    return int(sum([np.size(leaf) for leaf in tree_flatten(tree)[0]]))


def _shapes(args: tuple[Any, ...]) -> tuple[tuple[int, ...], ...]:
    return tuple([np.shape(leaf) for leaf in tree_flatten(args)[0]])


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
