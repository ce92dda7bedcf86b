"""Compiled derivatives, before and after they are bound to what their function captures."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from types import CodeType
from typing import Any

from tangent2.anew import Anatomy, Anew
from tangent2.guards import Guards
from tangent2.python.emit import Emitted
from tangent2.python.load import namespace_of, run

Spaces = tuple[dict[str, Any], ...]
Modules = tuple[Emitted, ...]
Finish = Callable[[Any, Modules, list[Callable[..., Any]], Spaces], Callable[..., Any]]


@dataclass(frozen=True, slots=True)
class Entry:
    """A compiled derivative: call `function` if `current()`.

    current: whether what was compiled still is what the user's names mean.  fits: that, and whether arguments are of
    the kinds it was compiled for; None where only a look-up tells.  shaped: whether gradients, given after the
    arguments, have their shapes; None where only a walk tells.  agree: whether extents of arguments are equal that the
    function demands to be.  plain: no argument has a class that its gradient has to get.  blocks: a pullback runs
    blocks of the user's, so it is no transpose of the tangent.
    """

    function: Callable[..., Any]
    modules: Modules
    current: Callable[[], bool]
    fits: Callable[..., bool] | None
    shaped: Callable[..., bool] | None
    agree: Callable[..., bool] | None = None
    plain: bool = True
    blocks: bool = False


@dataclass(frozen=True, slots=True)
class Compiled:
    """What an entry is made of: the modules of a derivative, with their code, and its guards.

    finish: makes the derivative of a function from the entries of the modules, loaded over namespaces.
    by_kinds: whether conditions on arguments tell that they are of the kinds it was compiled for.
    shaped, agree, plain, blocks: see `Entry`.
    """

    modules: Modules
    codes: tuple[CodeType, ...]
    guards: Guards
    finish: Finish
    by_kinds: bool
    shaped: Callable[..., bool] | None
    agree: Callable[..., bool] | None
    plain: bool
    blocks: bool

    def entry(self, fn: Any, args: tuple[Any, ...], spaces: Spaces | None = None) -> Entry:
        """The derivative of a function, for what it captures now."""
        spaces = tuple(map(namespace_of, self.modules)) if spaces is None else spaces
        loaded = [run(code, module, space) for code, module, space in zip(self.codes, self.modules, spaces)]
        conditions = self.guards.conditions(spaces)
        fits = self.guards.conditions(spaces)
        known = self.by_kinds and fits.of_arguments(args)
        return Entry(self.finish(fn, self.modules, loaded, spaces), self.modules, conditions.when_asked(),
                     fits.compiled(len(args)) if known else None, self.shaped, self.agree, self.plain,
                     self.blocks)

    def moved(self, old: Anatomy, new: Anatomy) -> Compiled:
        """What was compiled for one function, for another of the same code."""
        anew = Anew(old, new)
        modules = tuple([replace(module, captured={n: anew.captured(c) for n, c in module.captured.items()},
                                 callees={n: anew.function(f) for n, f in module.callees.items()})
                         for module in self.modules])
        return replace(self, modules=modules, guards=self.guards.moved(anew))
