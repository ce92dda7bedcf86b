"""Modules as values: what `xp.sin(x)` and `xp.pi` are, where `xp` is a parameter or another name of a module."""
from __future__ import annotations

from types import ModuleType
from typing import Any

from tangent2.analysis.expansion import Expansion
from tangent2.core import prims
from tangent2.core.kinds import Kind, Module
from tangent2.core.prims import Captured
from tangent2.core.syntax import Op, Value

_MISSING = object()
_PARTS = (prims.METHOD, prims.CHANGE, prims.ATTRIBUTE)


def part_of_module(op: Op, kind: Kind) -> Expansion | None:
    """An attribute of a module read as from outside, and called, if the operation does that; None if there is none."""
    if not isinstance(kind, Module) or op.prim not in _PARTS or getattr(kind.module, op.static, _MISSING) is _MISSING:
        return None
    if op.prim is prims.ATTRIBUTE:
        return Expansion((_read(kind.module, op, op.out),), op.outs)
    found, out = Value(), op.outs[-1]
    call = Op((out,), prims.APPLY, (found, *op.args[1:]), op.kw, None, op.origin)
    results = (op.args[0], out) if op.prim is prims.CHANGE else (out,)
    return Expansion((_read(kind.module, op, found), call), results)


def _read(module: ModuleType, op: Op, out: Value) -> Op:
    def value() -> Any:
        return getattr(module, op.static)
    name = f"{module.__name__.rpartition('.')[2]}.{op.static}"
    return Op((out,), prims.READ, (), (), Captured(name, module, value, "module"), op.origin)
