"""Blocks of `insert_grad_of` in the compiler: a value goes through unchanged, its adjoint goes through the block.

The function that hands on the value is a callee with a rule (`handwritten.py`): its pullback is the block.
"""
from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tangent2.analysis.lifting import LIFTED, Slots, lifted
from tangent2.core import prims
from tangent2.core.build import Builder, Spliced
from tangent2.core.kinds import Kind
from tangent2.core.syntax import Atom, Call, Callee, Const, Function, Op, Region, Return, Typed, Value
from tangent2.core.walk import map_regions, substitute
from tangent2.errors import UnsupportedError
from tangent2.handwritten import called, differing, result_of, surely
from tangent2.optimise.dead import drop_dead
from tangent2.repeating import statements_run
from tangent2.rules.declare import by_name
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

    def forwards(self, kinds: tuple[Kind, ...]) -> tuple[Typed, ...]:
        """The block does not run in the forward sweep."""
        return ()

    def pullback(self, compiler: Compiler, callee: Callee, kinds: tuple[Kind, ...],
                 active: tuple[bool, ...]) -> Pullback:
        """The block; of what it captured no value goes through."""
        compiler.has_blocks = True
        last = len(kinds) - 1
        read, back, bar = tuple(range(last)), self.block, tangent_kind(kinds[-1])
        if active[-1]:
            new = result_of(self.block, (*kinds[:-1], bar))
            _check(new, bar, self.block, kinds)
            if not surely(new, bar):
                read, back = (*read, last), Spliced(("bwd", callee.key, kinds), "insert", self.looked_at)
        return Pullback(None, back, read, False, (last,) if active[-1] else (), ruled=True)

    def looked_at(self, given: tuple[Kind, ...]) -> Typed:
        """The block, for what it captured, the value and the adjoint; what it gives is compared when it runs."""
        build = Builder()
        *captured, x, bar = params = [build.value(kind) for kind in given]
        found = build.op(by_name("matching"), called(build, self.block, (*captured, bar)), x, Const("insert_grad_of"))
        return Typed(Function("insert", tuple(params), Region(tuple(build.stmts), Return((found,)))), build.kinds,
                     build.kind(found))

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


def holds_blocks(typed: Typed) -> bool:
    """Whether a value that a function gives goes through a block, in it or in what it calls."""
    return any(isinstance(s, Call) and isinstance(s.callee.rule, Inserted) for s, _ in statements_run(typed))


def _check(new: Kind, bar: Kind, block: Callee, kinds: tuple[Kind, ...]) -> None:
    """Refuse a block that surely makes of an adjoint what is none of that value."""
    if differing(new, bar) is not None:
        raise UnsupportedError("a block of `insert_grad_of` makes something of another shape of the adjoint",
                               origin=block.core((*kinds[:-1], bar)).function.origin, construct="insert_grad_of",
                               advice="let it give its name an adjoint of the same shape")


def _itself(typed: Typed) -> Typed:
    """The core of the block, where that is called with the parameters in their order."""
    body = drop_dead(typed).function.body
    call = body.stmts[0] if len(body.stmts) == 1 else None
    if isinstance(call, Call) and call.args == typed.function.params and body.exit.vals == (call.out,):
        typed = call.callee.core(tuple([typed.kinds[p] for p in typed.function.params]))
    return replace(typed, function=replace(typed.function, name=f"insert_{typed.function.params[-1].hint}"))
