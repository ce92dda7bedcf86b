"""The registry of batching rules: how a primitive is computed for all lanes at once, the axis of the batch in front.

A rule is given `Lanes`, the state of the transform, and the operation as it stands in the code for one lane.  It emits
what computes all lanes, and gives the result.  Kinds and ranks are those of one lane.
"""
from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, Protocol, TypeVar, Union

from tangent2.core.build import Builder
from tangent2.core.kinds import Kind
from tangent2.core.layouts import CannotBatch, Layout
from tangent2.core.prims import Prim
from tangent2.core.syntax import Atom, Op, Typed, Value

FAMILIES = ("elementwise", "scalars", "reductions", "scans", "orders", "products", "contractions", "shapes", "parts",
            "selection", "joins", "constructors", "numeric", "runtime", "runtime_parts", "linalg")
Result = Union[Atom, tuple[Atom, ...]]
Rule = Callable[[Any, Op], Result]
Answer = TypeVar("Answer", bound=Rule)


class Lanes(Protocol):
    """What a rule asks of the transform.

    build: emits operations.  kind, layout: of an operand, in one lane.  rank: how many axes it has in one lane.
    atom: the operand for all lanes, without the axis of the batch if it is the same in all.  full: the same, always
    with that axis.  aligned: with axes inserted behind that of the batch, so that it has `rank` axes in one lane.
    repeated: what is the same in all lanes, with that axis.  shaped: with the axis of the batch in those parts that a
    layout says; to_layout: the same of any value.  size: how many lanes there are.  virtual: kind and layout of
    operands that stand for others in the code of one lane; now: what they are for all lanes.  typed: the code of one
    lane.
    """

    build: Builder
    virtual: dict[Value, tuple[Kind, Layout]]
    now: dict[Value, Atom]
    typed: Typed

    def kind(self, atom: Atom) -> Kind: ...
    def layout(self, atom: Atom) -> Layout: ...
    def rank(self, atom: Atom) -> int: ...
    def atom(self, atom: Atom) -> Atom: ...
    def full(self, atom: Atom) -> Atom: ...
    def aligned(self, atom: Atom, rank: int) -> Atom: ...
    def repeated(self, atom: Atom, kind: Kind) -> Atom: ...
    def shaped(self, atom: Atom, layout: Layout) -> Atom: ...
    def to_layout(self, atom: Atom, kind: Kind, have: Layout, want: Layout) -> Atom: ...
    def size(self) -> Atom: ...


_rules: dict[str, Rule] = {}
_uniform: set[str] = set()
_loaded: list[bool] = []


def batching(*names: str) -> Callable[[Rule], Rule]:
    """Declare the function that follows as the batching rule of primitives, by their names: `np.sum`, `.sum`."""
    def take(rule: Rule) -> Rule:
        _rules.update(dict.fromkeys(names, rule))
        return rule
    return take


def answering(question: Answer) -> Answer:
    """Declare the function that follows as what computes the primitives whose result is the same in all lanes."""
    _rules["uniform"] = question
    return question


def answer(lanes: Lanes, op: Op) -> Result:
    """The result of a primitive that is the same in all lanes."""
    _load()
    return _rules["uniform"](lanes, op)


def uniform(*names: str) -> None:
    """Declare primitives whose result is the same in all lanes, whatever their operands: questions about shapes."""
    _uniform.update(names)


def _load() -> None:
    if not _loaded:
        _loaded.append(True)
        for name in FAMILIES:
            importlib.import_module(f"tangent2.rules.batching.{name}")


def batching_rule(prim: Prim) -> Rule | None:
    """The batching rule of a primitive; None if its lanes are computed one after the other."""
    _load()
    found = _rules.get(prim.name)
    spread = prim.elementwise and not prim.name.startswith("math.")     # those are functions of numbers
    return _rules["elementwise"] if found is None and spread else found


def is_uniform(prim: Prim) -> bool:
    """Whether the result is the same in all lanes."""
    _load()
    return prim.name in _uniform


def again(lanes: Lanes, op: Op, *args: Atom, kw: tuple[str, ...] | None = None, static: Any = None) -> Value:
    """The same primitive of other operands."""
    return lanes.build.op(op.prim, *args, kw=op.kw if kw is None else kw,
                          static=op.static if static is None else static)


def refuse_kind(why: str) -> CannotBatch:
    """The reason why what is known of a value does not do."""
    return CannotBatch(why)


def refuse(op: Op, why: str) -> CannotBatch:
    """The reason why the lanes of an operation are computed one after the other."""
    return CannotBatch(f"{op.prim.name} {why}", op.origin)
