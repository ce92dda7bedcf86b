"""Conditions as text: what is looked at before each call is one expression, compiled once."""
from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from types import CodeType
from typing import Any

import numpy as np

from tangent2.core.kinds import Dict, Kind, Tuple
from tangent2.core.valuekinds import SINGLE

_TEMPLATE = """\
def hold({parameters}):
    try:
        return {expression}
    except (NameError, AttributeError, LookupError, TypeError, ValueError):   # what was read is no longer there
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
        """Those for which arguments have the same kinds as these (`fast_key`); False if they cannot be told so.

        >>> conditions = Conditions()
        >>> conditions.of_arguments(([(np.ones((2, 3)), 1.0)], {"a": 2}))
        True
        >>> holds = conditions.compiled(2)
        >>> holds([(np.ones((4, 2)), 0.5), (np.ones((2, 2)), 1.0)], {"a": 1}), holds([], {"a": 1}), holds([], {"b": 1})
        (True, False, False)
        """
        return all(self._of_argument(arg, f"x{k}") for k, arg in enumerate(args))

    def _of_argument(self, arg: Any, name: str) -> bool:
        cls = type(arg)
        if cls in (tuple, list, dict):
            return self._of_parts(arg, cls, name)
        if cls in SINGLE or isinstance(arg, np.number):
            self.add(f"type({name}) is {{}}", cls)
        elif cls is np.ndarray and 1 not in arg.shape:
            stretched = ("", f" and {name}.size != 1")[arg.ndim] if arg.ndim < 2 else f" and 1 not in {name}.shape"
            self.add(f"type({name}) is {{}} and {name}.dtype is {{}} and {name}.ndim == {arg.ndim}{stretched}", cls,
                     arg.dtype)
        else:
            return False
        return True

    def _of_parts(self, arg: Any, cls: type, name: str) -> bool:
        """The same for a container: what is true of one element of a list has to be true of all."""
        self.add(f"type({name}) is {{}}", cls)
        if cls is not list:
            self.add(f"len({name}) == {{}}" if cls is tuple else f"tuple({name}) == {{}}",
                     len(arg) if cls is tuple else tuple(arg))
            return all(self._of_argument(part, f"{name}[{key}]") for key, part in self._keyed(arg))
        element = Conditions.around(self.held)
        each = f"{name.partition('[')[0]}_"
        if not arg or not element._of_argument(arg[0], each):
            return False
        whole = f"all([{' and '.join(element.parts)} for {each} in {name}])"
        self.parts += [f"len({name}) > 0", whole]
        return True

    @classmethod
    def around(cls, held: dict[str, Any]) -> Conditions:
        """Conditions over what others hold."""
        found = cls()
        found.held = held
        return found

    def _keyed(self, container: Any) -> Iterator[tuple[str, Any]]:
        """The parts of a tuple or dict, each with how its key is written."""
        if type(container) is tuple:
            yield from [(str(k), part) for k, part in enumerate(container)]
            return
        for key, part in container.items():
            name = f"h{len(self.held)}"
            self.held[name] = key
            yield name, part

    def of_gradients(self, args: tuple[Any, ...], wrt: tuple[int, ...], single: bool) -> bool:
        """Those under which a result, given after the arguments, has gradients of their shapes; False if not so told.

        >>> conditions = Conditions()
        >>> conditions.of_gradients((np.ones(3), [(2.0, np.ones(2))]), (0, 1), False)
        True
        >>> x, holds = (np.ones(3), [(2.0, np.ones(2))]), conditions.compiled(3)
        >>> holds(*x, x), holds(*x, (np.zeros(2), x[1])), holds(*x, (x[0], [(1.0, x[0])])), holds(*x, (x[0], []))
        (True, False, False, False)
        """
        result = f"x{len(args)}"
        return all(self._of_gradient(args[k], f"x{k}", result if single else f"{result}[{i}]")
                   for i, k in enumerate(wrt))

    def _of_gradient(self, arg: Any, name: str, bar: str) -> bool:
        cls = type(arg)
        if cls is np.ndarray:
            self.add(f"type({bar}) is {{}} and {bar}.shape == {name}.shape", cls)
        elif cls in SINGLE or isinstance(arg, np.number):
            self.add(f"type({bar}) not in {{}}", (np.ndarray, complex, tuple, list, dict))
        elif cls in (tuple, dict):
            self.add(f"type({bar}) is {{}} and len({bar}) == len({name})", cls)
            return all(self._of_gradient(part, f"{name}[{key}]", f"{bar}[{key}]") for key, part in self._keyed(arg))
        else:
            return cls is list and self._of_gradient_list(arg, name, bar)
        return True

    def _of_gradient_list(self, arg: list[Any], name: str, bar: str) -> bool:
        each, each_bar = f"{name.partition('[')[0]}_", f"{bar.partition('[')[0]}_bar"
        element = Conditions.around(self.held)
        if not arg or not element._of_gradient(arg[0], each, each_bar):
            return False
        self.add(f"type({bar}) is {{}} and len({bar}) == len({name})", list)
        self.parts.append(f"all([{' and '.join(element.parts)} for {each}, {each_bar} in zip({name}, {bar})])")
        return True

    def of_extents(self, args: tuple[Any, ...], kinds: tuple[Kind, ...], group: set[int]) -> None:
        """Extents of arguments of these kinds, counted through all of them in order, are equal.

        >>> from tangent2.core.valuekinds import signature
        >>> conditions = Conditions()
        >>> args = np.ones(3), [2.0], (1.0, np.ones((2, 3)))
        >>> conditions.of_extents(args, signature(args), {0, 2})
        >>> conditions.parts
        ['x0.shape[0] == x2[1].shape[1]']
        """
        places = [place for k, arg in enumerate(args) for place in _extents(arg, kinds[k], f"x{k}")]
        self.parts.append(" == ".join([places[n] for n in sorted(group)]))

    def compiled(self, count: int = 0) -> Callable[..., bool]:
        """Whether all hold, for so many arguments."""
        parameters, expression = ", ".join([f"x{k}" for k in range(count)]), " and ".join(self.parts) or "True"
        space = dict(self.held)
        exec(_code(parameters, expression), space)
        found: Callable[..., bool] = space["hold"]
        found.__tangent2_conditions__ = self        # type: ignore[attr-defined]
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


def _extents(arg: Any, kind: Kind | None, name: str) -> Iterator[str]:
    """How the extents in an argument are read, in the order in which kinds count them (`valuekinds.signature`)."""
    if type(arg) is np.ndarray:
        yield from [f"{name}.shape[{k}]" for k in range(arg.ndim)]
    elif isinstance(arg, tuple) or isinstance(kind, Tuple):     # such lists, too, have a kind for each place
        elts = kind.elts if isinstance(kind, Tuple) else [None] * len(arg)
        for k, (part, own) in enumerate(zip(arg, elts)):
            yield from _extents(part, own, f"{name}[{k}]")
    elif type(arg) is dict:
        known = dict(kind.items or ()) if isinstance(kind, Dict) else {}
        for key, part in arg.items():
            yield from _extents(part, known.get(key), f"{name}[{key!r}]")
