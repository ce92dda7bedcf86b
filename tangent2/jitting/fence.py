"""What Numba would do otherwise than Python and NumPy is refused: told from the types that it infers.

`spelling.py` has replaced what can be put otherwise; this looks at what is left.  Imported when something is compiled.
"""
from __future__ import annotations

import operator
from collections.abc import Iterator
from typing import Any

from numba.core import ir
from numba.core import types as numba_types
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import FunctionPass, register_pass
from numba.core.errors import NumbaError
from numba.core.typed_passes import NopythonTypeInference

types: Any = numba_types       # of which checkers know but a part
_WHOLE = (operator.mul, operator.imul, operator.pow, operator.ipow, operator.lshift, operator.ilshift)
_SUMS = (operator.add, operator.iadd, operator.sub, operator.isub)


class Refused(NumbaError):
    """What is not compiled although Numba could."""


@register_pass(mutates_CFG=False, analysis_only=True)
class Fence(FunctionPass):
    """Refuses a function in which Numba means something else."""

    _name = "tangent2_fence"

    def __init__(self) -> None:
        FunctionPass.__init__(self)

    def run_pass(self, state: Any) -> bool:
        """Look at every statement."""
        for block in state.func_ir.blocks.values():
            for stmt in block.body:
                for why in refusals(stmt, state.typemap):
                    raise Refused(why, loc=stmt.loc)
        return False


class Fenced(CompilerBase):
    """Numba's compiler with the fence after its inference of types."""

    def define_pipelines(self) -> list[Any]:
        """As Numba's own, and the fence."""
        passes = DefaultPassBuilder.define_nopython_pipeline(self.state)
        passes.add_pass_after(Fence, NopythonTypeInference)
        passes.finalize()
        return [passes]


def refusals(stmt: Any, typemap: Any) -> Iterator[str]:
    """Why a statement is refused."""
    if isinstance(stmt, ir.Assign):
        yield from _of_type(typemap.get(stmt.target.name))
        if isinstance(stmt.value, ir.Expr):
            yield from _of_expression(stmt.value, typemap)


def _of_type(kind: Any) -> Iterator[str]:
    element: Any = kind.dtype if isinstance(kind, types.Array) else kind
    if isinstance(element, types.Complex):
        yield "complex numbers are computed"
    elif isinstance(element, types.Float) and element.bitwidth != 64:
        yield f"numbers of {element} are computed, which Numba rounds otherwise than NumPy"
    elif isinstance(element, types.Integer) and (element.bitwidth != 64 or not element.signed) and not isinstance(
            kind, types.IntegerLiteral) and not element == types.intp:
        yield f"numbers of {element} are computed, which Numba widens"
    elif isinstance(element, types.Set):
        yield "a set is made, whose order is another one"


def _of_expression(expr: Any, typemap: Any) -> Iterator[str]:
    if expr.op in ("binop", "inplace_binop"):
        yield from _of_operator(expr, typemap)
    elif expr.op in ("getitem", "static_getitem", "setitem"):
        index = typemap.get(getattr(expr.index, "name", None))
        if isinstance(index, types.Array) and index.dtype == types.boolean:
            yield "an array is indexed by an array of truth values, whose length Numba does not check"
    elif expr.op == "unary" and isinstance(typemap[expr.value.name], types.Boolean) and expr.fn is not operator.not_:
        yield "arithmetic of truth values"


def _of_operator(expr: Any, typemap: Any) -> Iterator[str]:
    fn = expr.immutable_fn if expr.op == "inplace_binop" else expr.fn
    left, right = typemap[expr.lhs.name], typemap[expr.rhs.name]
    scalars = [isinstance(kind, (types.Integer, types.Boolean)) for kind in (left, right)]
    if all(scalars):
        small = any(isinstance(kind, types.IntegerLiteral) for kind in (left, right))
        if fn in _WHOLE or fn in _SUMS and not small:
            yield "whole numbers are multiplied or added, which may want more than 64 bits"
    if fn in (operator.is_, operator.is_not) and isinstance(left, types.Array) and isinstance(right, types.Array):
        yield "`is` asks whether two arrays are the same object"
    if any(isinstance(kind, types.Boolean) for kind in (left, right)) and fn in (*_WHOLE, *_SUMS) and all(scalars):
        yield "arithmetic of truth values"
    if expr.op == "inplace_binop" and isinstance(left, types.Array) and not isinstance(left.dtype, types.Float):
        element = right.dtype if isinstance(right, types.Array) else right
        if isinstance(element, types.Float) or fn is operator.truediv:
            yield "an array of whole numbers is updated by floats"
