"""What one application of a template knows, and what its names can mean."""
from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tangent2.core.build import Builder
from tangent2.core.prims import NEG, READ, Captured
from tangent2.core.syntax import Atom, Op, Value
from tangent2.rules.declare import Rule, parameter


@dataclass(frozen=True, slots=True)
class Splat:
    """An adjoint of which every element is the same: it is `atom`, a scalar, broadcast to the operand."""

    atom: Atom


class _Dynamic:
    """What a template's `if` sees of an operand that is not a literal: equal to nothing."""

    def __repr__(self) -> str:
        return "DYNAMIC"


DYNAMIC = _Dynamic()


class Frame:
    """One application of a template: the operands by name, the seed or the tangents, and what has been emitted."""

    __slots__ = ("build", "op", "atoms", "seed", "dots", "wanted", "have", "found", "derived", "cache")

    def __init__(self, build: Builder, op: Op, atoms: dict[str, Any], have: Callable[[Atom], bool]) -> None:
        self.build, self.op, self.atoms, self.have = build, op, atoms, have
        self.seed: Atom | None = None
        self.dots: Mapping[str, Atom] = {}
        self.wanted: frozenset[str] = frozenset()
        self.found: dict[str, Any] = {}
        self.derived: dict[str, Expr] = {}      # by transposition: taken where the path has none written by hand
        self.cache: dict[str, Any] = {}

    def named(self, value: Value) -> float | None:
        """The number that a value is by the name which NumPy or `math` have for it: `np.inf`."""
        made = self.build.made.get(value) or self.build.known.get(value)
        if made is not None and made.prim is NEG and isinstance(made.args[0], Value):
            inner = self.named(made.args[0])
            return None if inner is None else -inner
        if made is None or made.prim is not READ or made.static.owner not in (np, math):
            return None
        found = made.static.read()
        return found if type(found) is float else None


Expr = Callable[[Frame], Any]
"""Gives an atom, a tuple of them (`*xs`), a `Splat`, or None: a tangent that is zero."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a name in a template may mean: a parameter, a local name, or a global of the table file.

    `captured`: in a user's rule, what is read from outside when the derivative runs.
    """

    globals: Mapping[str, Any]
    params: set[str]
    locals: frozenset[str] = frozenset()
    captured: Callable[[str], Captured] | None = None

    def is_outside(self, name: str) -> bool:
        """Whether a name is bound outside of the template."""
        return name not in self.params and name not in self.locals and name in self.globals


def names_of(rule: Rule, op: Op) -> tuple[str, ...]:
    """The parameter each operand of an operation is bound to."""
    plain = len(op.args) - len(op.kw)
    names = rule.params[:len(rule.params) - len(rule.named)][:plain]
    if plain > len(names):
        names += (rule.star or "",) * (plain - len(names))
    return names + tuple([parameter(name, rule.params) for name in op.kw])
