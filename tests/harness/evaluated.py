"""Derivatives as cores, run by the evaluator: neither arranged nor printed; for finding out which stage is wrong."""
from __future__ import annotations

from types import FunctionType
from typing import Any

from tangent2.core.evaluate import evaluate
from tangent2.core.syntax import Callee
from tangent2.core.valuekinds import signature
from tangent2.pipeline import Compiler
from tangent2.switches import Switches


class Evaluated:
    """A function, its gradient and its tangent as cores for the kinds of one set of arguments."""

    def __init__(self, function: FunctionType, args: tuple[Any, ...], wrt: tuple[int, ...], **switches: bool) -> None:
        self.compiler = Compiler(Switches(checked=True, **switches))
        self.callee = self.compiler.callee(function)
        self.args, self.wrt = args, wrt
        self.kinds = signature(args, self.compiler.function_kind)
        self.active = tuple(i in wrt for i in range(len(args)))

    def run(self, callee: Callee, args: tuple[Any, ...]) -> Any:
        kinds = signature(args, self.compiler.function_kind)
        return evaluate(callee.core(kinds).function, args)

    def value(self, args: tuple[Any, ...]) -> Any:
        return self.run(self.callee, args)

    def gradient(self, args: tuple[Any, ...]) -> Any:
        return self.run(self.compiler.gradient(self.callee, self.wrt, False, False), args)

    def tangent(self, args: tuple[Any, ...], d: tuple[Any, ...]) -> Any:
        """The value and its tangent."""
        return self.run(self.compiler.tangent(self.callee, None, self.active), (*args, *d))

    def tangent_of_gradient(self, args: tuple[Any, ...], d: tuple[Any, ...]) -> Any:
        gradient = self.compiler.gradient(self.callee, self.wrt, False, False)
        return self.run(self.compiler.tangent(gradient, None, self.active), (*args, *d))[1]

    def tangent_of_tangent(self, args: tuple[Any, ...], e: tuple[Any, ...], d: tuple[Any, ...]) -> Any:
        """The second derivative in two directions."""
        tangent = self.compiler.tangent(self.callee, None, self.active)
        active = (*self.active, *[False] * len(e))
        return self.run(self.compiler.tangent(tangent, None, active), (*args, *e, *d))[1][1]
