"""The samples: an example file, one of its derivatives, what was written by hand for it, and arguments."""
from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tangent2 import examples
from tangent2.targets import Wanted
from tests.benchmarks import handwritten

PLACE = Path(__file__).resolve().parent.parent.parent / "generated_examples"


@dataclass(frozen=True)
class Sample:
    """One derivative.

    number: which command of the file.  hand: the functions written by hand, the entry last.  slack: how much slower
    than the hand-written the emitted text may be.  ratio: how much longer.
    """

    name: str
    file: str
    hand: tuple[Callable[..., Any], ...]
    args: Callable[[], tuple[Any, ...]]
    number: int = 0
    slack: float = 1.1
    ratio: float = 1.15

    @property
    def wanted(self) -> Wanted:
        return examples.sections(PLACE / self.file)[self.number].wanted

    @property
    def emitted(self) -> str:
        """The text below the command, as it is checked in."""
        return (PLACE / self.file).read_text().split(examples.ASKS)[self.number + 1].partition("\n")[2]

    @property
    def written(self) -> str:
        return "\n\n".join(inspect.getsource(f) for f in self.hand)


def _normal(*shapes: Any) -> list[Any]:
    rng = np.random.default_rng(0)
    return [rng.standard_normal(shape) for shape in shapes]


def logistic(rows: int) -> tuple[Any, ...]:
    w, X, y = _normal(4, (rows, 4), rows)
    return w, 0.3, X, (y > 0) * 1.0


def _bump(points: int) -> Any:
    """A field that is zero at its ends, so that it decays."""
    return np.sin(np.linspace(0.0, np.pi, points))


def _damped(name: str, hand: Callable[..., Any], number: int, *more: float) -> Sample:
    return Sample(f"S3 {name}", "damped_energy.py", (hand,), lambda: (1.1, 7, *more), number)


h = handwritten
SAMPLES = (
    Sample("S1", "ratio.py", (h.grad_ratio,), lambda: (1.3, 0.7)),
    Sample("S2", "logistic_loss.py", (h.grad_logistic_loss,), lambda: logistic(9)),
    _damped("grad", h.grad_damped_energy, 0),
    _damped("value_and_grad", h.value_and_grad_damped_energy, 1),
    _damped("jvp of grad", h.hvp_damped_energy, 3, 1.0),
    _damped("grad of grad", h.grad_grad_damped_energy, 4),
    Sample("S5a", "mlp_loss.py", (h.bwd_layer, h.bwd_layer_wrt_W_b, h.grad_mlp_loss),
           lambda: tuple(_normal((5, 3), 5, (2, 5), 2, 3, 2))),
    Sample("S5b", "two_scales.py", (h.fwd_settle, h.bwd_settle, h.grad_two_scales), lambda: (0.4, 3)),
    Sample("S5c", "rpow.py", (h.fwd_rpow, h.bwd_rpow, h.grad_rpow), lambda: (1.1, 13), slack=1.2),
    Sample("S6", "gained.py", (h.grad_gained,), lambda: (*_normal(6), 0.2)),
    Sample("W3", "tree_sum.py", (h.grad_tree_sum,), lambda: (0.8,)),
    Sample("W6", "pick.py", (h.grad_pick,), lambda: (0.7,)),
    Sample("W7", "newton_sqrt.py", (h.grad_newton_sqrt,), lambda: (2.0, 50)),
    Sample("W12", "mixture.py", (h.grad_mixture,), lambda: (0.7, [0.5, 1.0, 2.0])),
    Sample("S4", "diffuse.py", (h.grad_diffuse,), lambda: (_bump(30), 0.2, 0.5), ratio=1.2, slack=1.15),
    Sample("W1", "poke.py", (h.grad_poke,), lambda: tuple(_normal(6)), ratio=1.2, slack=1.15),
    Sample("W2", "step.py", (h.grad_step,), lambda: (*_normal(6), 0.3), ratio=1.2, slack=1.15),
    Sample("W4 arrays", "addin.py", (h.grad_addin_array,), lambda: tuple(_normal(6, 6)), ratio=1.2, slack=1.15),
    Sample("W4 mixed", "addin_number.py", (h.grad_addin_array_scalar,), lambda: (*_normal(6), 0.3), ratio=1.2,
           slack=1.15),
    Sample("W4 floats", "addin_rebound.py", (h.grad_addin_float,), lambda: (0.5, 0.3), ratio=1.2, slack=1.15),
    Sample("W5", "overwrite.py", (h.grad_overwrite,), lambda: tuple(_normal(6, 6)), ratio=1.2, slack=1.15),
    Sample("W10", "diffuse.py", (h.jvp_diffuse,), lambda: (_bump(30), 0.2, 0.5, *_normal(30), 0.1), 1,
           ratio=1.2, slack=1.15),
    Sample("W8", "shot.py", (h.grad_shot,), lambda: (h.Body(*_normal(6, 6), 2.0), *_normal(6), 0.1, 20), ratio=1.2),
    Sample("W11", "guarded.py", (h.grad_guarded,), lambda: (0.7, {"a": 2.0}, "a"), ratio=1.2),
    Sample("W13", "which.py", (h.grad_which,), lambda: (*_normal(6, 6), True), ratio=1.2, slack=1.15),
)
LARGE = (
    Sample("S2, 100,000 rows", "logistic_loss.py", (h.grad_logistic_loss,), lambda: logistic(100_000)),
    Sample("S6, 100,000 elements", "gained.py", (h.grad_gained,), lambda: (*_normal(100_000), 0.2)),
)


def by_name(tree: Any) -> Any:
    """Tuples with names, which stand for objects, as dicts in the order of those: that of the alphabet."""
    if hasattr(tree, "_fields"):
        return {name: getattr(tree, name) for name in sorted(tree._fields)}
    return tuple(map(by_name, tree)) if isinstance(tree, tuple) else tree


def nodes(text: str) -> int:
    """The size of the functions in a text: all nodes of their trees, docstrings excluded."""
    functions = [f for f in ast.parse(text).body if isinstance(f, ast.FunctionDef)]
    return sum(1 for f in functions for _ in ast.walk(_without_docstrings(f)))


def _without_docstrings(function: ast.FunctionDef) -> ast.FunctionDef:
    for node in ast.walk(function):
        if isinstance(node, ast.FunctionDef) and ast.get_docstring(node) is not None:
            del node.body[0]
    return function
