"""Conditions as text: what is looked at before each call is one expression, compiled once."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from types import CodeType
from typing import Any

import numpy as np

from tangent2.core.valuekinds import SINGLE

_TEMPLATE = """\
def hold({parameters}):
    try:
        return {expression}
    except (NameError, AttributeError, ValueError, KeyError):     # what was read is no longer there
        return False
"""


class Conditions:
    """Expressions over objects that are held, to be true together; one that cannot be evaluated is false.

    >>> conditions = Conditions()
    >>> conditions.add("{}[{}] is {}", vars(np), "sin", np.sin)
    >>> conditions.of_arguments((2.0, np.ones(3)))
    True
    >>> holds = conditions.compiled(2)
    >>> holds(1.0, np.zeros(4)), holds(1.0, np.zeros(1)), holds(1.0, np.zeros((4, 4))), holds(1, np.zeros(4))
    (True, False, False, False)
    """

    def __init__(self) -> None:
        self.held: dict[str, Any] = {}
        self.parts: list[str] = []

    def add(self, expression: str, *objects: Any) -> None:
        """One more; each `{}` of the expression stands for an object."""
        names = [f"h{len(self.held) + k}" for k in range(len(objects))]
        self.held.update(zip(names, objects))
        self.parts.append(expression.format(*names))

    def of_arguments(self, args: tuple[Any, ...]) -> bool:
        """Those for which arguments have the same kinds as these (`fast_key`); False if they cannot be told so."""
        for k, arg in enumerate(args):
            cls = type(arg)
            if cls in SINGLE:
                self.add(f"type(x{k}) is {{}}", cls)
            elif cls is np.ndarray and 1 not in arg.shape:
                stretched = ("", f" and x{k}.size != 1")[arg.ndim] if arg.ndim < 2 else f" and 1 not in x{k}.shape"
                self.add(f"type(x{k}) is {{}} and x{k}.dtype is {{}} and x{k}.ndim == {arg.ndim}{stretched}", cls,
                         arg.dtype)
            else:
                return False
        return True

    def of_gradients(self, args: tuple[Any, ...], wrt: tuple[int, ...], single: bool) -> bool:
        """Those under which a result, given after the arguments, has gradients of their shapes; False if not so told.

        >>> conditions = Conditions()
        >>> conditions.of_gradients((np.ones(3), 2.0), (0,), True)
        True
        >>> conditions.compiled(3)(np.ones(3), 2.0, np.zeros(3)), conditions.compiled(3)(np.ones(3), 2.0, np.zeros(2))
        (True, False)
        """
        for i, k in enumerate(wrt):
            gradient = f"x{len(args)}" if single else f"x{len(args)}[{i}]"
            if type(args[k]) is np.ndarray:
                self.add(f"type({gradient}) is {{}} and {gradient}.shape == x{k}.shape", np.ndarray)
            elif type(args[k]) in SINGLE:
                self.add(f"type({gradient}) not in {{}}", (np.ndarray, complex))
            else:
                return False
        return True

    def of_extents(self, args: tuple[Any, ...], group: set[int]) -> None:
        """Extents of arguments, counted through all of them in order, are equal.

        >>> conditions = Conditions()
        >>> conditions.of_extents((np.ones(3), [2.0], (1.0, np.ones((2, 3)))), {0, 2})
        >>> conditions.parts
        ['x0.shape[0] == x2[1].shape[1]']
        """
        places = [place for k, arg in enumerate(args) for place in _extents(arg, f"x{k}")]
        self.parts.append(" == ".join([places[n] for n in sorted(group)]))

    def compiled(self, count: int = 0) -> Callable[..., bool]:
        """Whether all hold, for so many arguments."""
        parameters, expression = ", ".join([f"x{k}" for k in range(count)]), " and ".join(self.parts) or "True"
        space = dict(self.held)
        exec(_code(parameters, expression), space)
        found: Callable[..., bool] = space["hold"]
        return found

    def when_asked(self) -> Callable[[], bool]:
        """The same without arguments, compiled when it is asked for the first time."""
        made: list[Callable[..., bool]] = []

        def holds() -> bool:
            if not made:
                made.append(self.compiled())
            return made[0]()
        return holds


@lru_cache(maxsize=1024)
def _code(parameters: str, expression: str) -> CodeType:
    return compile(_TEMPLATE.format(parameters=parameters, expression=expression), "<conditions>", "exec")


def _extents(arg: Any, name: str) -> Iterator[str]:
    """How the extents in an argument are read, in the order in which kinds count them (`valuekinds.signature`)."""
    if type(arg) is np.ndarray:
        yield from [f"{name}.shape[{k}]" for k in range(arg.ndim)]
    elif isinstance(arg, tuple):
        for k, part in enumerate(arg):
            yield from _extents(part, f"{name}[{k}]")
    elif type(arg) is dict:
        for key, part in arg.items():
            yield from _extents(part, f"{name}[{key!r}]")
