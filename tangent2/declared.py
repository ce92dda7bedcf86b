"""Functions with a rule of the user's, as the compiler sees them: what guards them, and the kinds of what they give."""
from __future__ import annotations

import inspect
from collections.abc import Callable
from types import FunctionType
from typing import TYPE_CHECKING, Any

from tangent2.core.build import Answers
from tangent2.core.kinding import kinds_of
from tangent2.core.kinds import UNKNOWN, Kind
from tangent2.core.prims import Prim
from tangent2.core.syntax import Atom, Callee, Op
from tangent2.errors import TangentError
from tangent2.rules.declare import bind, recognise_prim, rule_of
from tangent2.rules.own import constant

if TYPE_CHECKING:
    from tangent2.pipeline import Compiler


def watch(compiler: Compiler, prim: Prim) -> None:
    """Guard what the rule of a user's function reads, and that function."""
    rule = rule_of(prim)
    if rule is not None and rule.own:
        compiler.functions += [f for f in (rule.template, prim.obj)
                               if isinstance(f, FunctionType) and f not in compiler.functions]


def constant_prim(fn: FunctionType) -> Prim:
    """The primitive of a function declared constant here, if it was not."""
    known = recognise_prim(fn)
    if known is None:
        constant(fn)
        known = recognise_prim(fn)
    assert known is not None
    return known


def answers_of(compiler: Compiler) -> Answers:
    """What a compiler tells the builder."""
    def callee(obj: Any) -> Callee | None:
        found = compiler.recognise(obj)
        return found if isinstance(found, Callee) else None

    def kinds(op: Op, kind: Callable[[Atom], Kind]) -> tuple[Kind, ...]:
        return kinds_of(op, kind) if op.prim.infer is not None or op.prim.obj is None else _read(compiler, op, kind)
    return Answers(callee, kinds)


def _read(compiler: Compiler, op: Op, kind: Callable[[Atom], Kind]) -> tuple[Kind, ...]:
    """The kinds of results; of a user's function with a rule that which its text gives, if it can be read."""
    fn, rule = getattr(op.prim.obj, "__tangent2_same__", op.prim.obj), rule_of(op.prim)
    if rule is None or not rule.own or not isinstance(fn, FunctionType) or _parameters(fn) != rule.params:
        return kinds_of(op, kind)
    try:
        atoms = bind(op, rule.params, None, rule.defaults)
        return (compiler.summary(compiler.callee(fn), tuple([kind(atoms[name]) for name in rule.params])),)
    except (TangentError, LookupError):
        return (UNKNOWN,)


def _parameters(fn: FunctionType) -> tuple[str, ...] | None:
    """The parameters of the text of a function; None if there are more than plain ones."""
    code = fn.__code__
    if code.co_kwonlyargcount or code.co_flags & (inspect.CO_VARARGS | inspect.CO_VARKEYWORDS):
        return None
    return code.co_varnames[:code.co_argcount]
