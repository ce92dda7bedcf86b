"""Blocks of `insert_grad_of` in the compiler: a value goes through unchanged, its adjoint goes through the block.

The function that hands on the value is a callee with a rule (`handwritten.py`): its pullback is the block.
"""
from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tangent2.analysis.lifting import LIFTED, Slots, lifted
from tangent2.core import prims
from tangent2.core.dims import same_shape
from tangent2.core.kinds import Array, Dict, Kind, List, Number, Tuple
from tangent2.core.syntax import Atom, Call, Callee, Function, Op, Region, Return, Typed, Value
from tangent2.core.walk import map_regions, substitute
from tangent2.errors import UnsupportedError
from tangent2.optimise.dead import drop_dead
from tangent2.rules.families import tangent_kind
from tangent2.runtime.inserting import inserted
from tangent2.transform.sweep import Pullback

if TYPE_CHECKING:
    from tangent2.pipeline import Compiler

_BLOCK, _X, _BAR, _NEW = Value("block"), Value("x", True), Value("bar"), Value("bar")
_THROUGH = Function("inserted", (_BLOCK, _X), Region((), Return((_X,))))
_BACK = Function("block", (_BLOCK, _BAR), Region((Op((_NEW,), prims.APPLY, (_BLOCK, _BAR)),), Return((_NEW,))))


def _callee(compiler: Compiler) -> Callee:
    return replace(compiler.closure(_THROUGH), rule=Inserted(compiler.closure(_BACK)))


vars(inserted)["__tangent2_callee__"] = _callee


@dataclass(frozen=True)
class Inserted:
    """The rule of such a value.  block: a function that takes the adjoint, after what it captured."""

    block: Callee

    def lift(self, compiler: Compiler, slots: Slots) -> Inserted:
        """The rule where captured values stand in the place of the block."""
        whole = lifted(self.block, slots, compiler.source, compiler.resolve)
        return Inserted(compiler.made((LIFTED, self.block, slots), "insert", lambda kinds: _itself(whole(kinds))))

    def pullback(self, compiler: Compiler, callee: Callee, kinds: tuple[Kind, ...],
                 active: tuple[bool, ...]) -> Pullback:
        """The block; of what it captured no value goes through."""
        compiler.has_blocks = True
        bar, last = tangent_kind(kinds[-1]), len(kinds) - 1
        if active[-1]:
            _check(bar, self.block.core((*kinds[:-1], bar)))
        return Pullback(None, self.block, tuple(range(last)), False, (last,) if active[-1] else ())

    def tangent(self, compiler: Compiler, callee: Callee, active: tuple[bool, ...],
                kinds: tuple[Kind, ...] | None) -> Callee:
        """That of a value which is handed on: in forward mode nothing is inserted."""
        return compiler.tangent(replace(callee, rule=None), kinds, active)


def without_insertions(typed: Typed) -> Typed:
    """A function without such calls: where no reverse sweep follows, nothing is inserted."""
    found: dict[Value, Atom] = {}

    def region(region: Region) -> Region:
        stmts = []
        for stmt in region.stmts:
            if isinstance(stmt, Call) and isinstance(stmt.callee.rule, Inserted):
                atom = stmt.args[-1]
                found[stmt.out] = found.get(atom, atom) if isinstance(atom, Value) else atom
            else:
                stmts.append(map_regions(stmt, region_of))
        return Region(tuple(stmts), region.exit)
    region_of = region
    body = region(typed.function.body)
    if not found:
        return typed
    return replace(typed, function=replace(typed.function, body=substitute(body, found)))


def _check(bar: Kind, typed: Typed) -> None:
    """Refuse a block that makes of an adjoint what is none of that value."""
    if not _alike(bar, typed.result):
        raise UnsupportedError("a block of `insert_grad_of` makes something of another shape of the adjoint",
                               origin=typed.function.origin, construct="insert_grad_of",
                               advice="let it give its name an adjoint of the same shape")


def _alike(bar: Kind, new: Kind) -> bool:
    """Whether an adjoint has the structure and, as far as that is known, the shapes of another."""
    if isinstance(bar, Array) and isinstance(new, Array):
        return bar.rank == new.rank and same_shape(bar, new) is not False
    if isinstance(bar, Tuple) and isinstance(new, Tuple):
        return len(bar.elts) == len(new.elts) and all(map(_alike, bar.elts, new.elts))
    if isinstance(bar, Dict) and isinstance(new, Dict) and None not in (bar.items, new.items):
        ours, theirs = dict(bar.items or ()), dict(new.items or ())
        return ours.keys() == theirs.keys() and all(_alike(kind, theirs[key]) for key, kind in ours.items())
    if isinstance(bar, List) and isinstance(new, List):
        return _alike(bar.elt, new.elt)
    return isinstance(bar, Number) and isinstance(new, Number) or bar == new


def _itself(typed: Typed) -> Typed:
    """The core of the block, where that is called with the parameters in their order."""
    body = drop_dead(typed).function.body
    call = body.stmts[0] if len(body.stmts) == 1 else None
    if isinstance(call, Call) and call.args == typed.function.params and body.exit.vals == (call.out,):
        typed = call.callee.core(tuple([typed.kinds[p] for p in typed.function.params]))
    return replace(typed, function=replace(typed.function, name=f"insert_{typed.function.params[-1].hint}"))
