"""Texts of rules of the user's, checkpoints and blocks in one another: they run by themselves, and travel."""
from __future__ import annotations

import functools
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tangent2 import (
    checkpoint, custom_jvp, custom_vjp, elementwise_grad, grad, hessian, hvp, insert_grad_of, jacfwd, value_and_grad,
)
from tangent2.repeating import is_repeated
from tests.test_combined_transforms import doubled_again, sine, soft

A = 0.7



def local(k: float) -> dict[str, Any]:
    """Functions that have no name in a module."""
    @custom_vjp
    def scaled(k: Any, x: Any) -> Any:
        return k * np.sin(x)

    def scaled_fwd(k: Any, x: Any) -> Any:
        return scaled(k, x), (k, np.cos(x))

    def scaled_bwd(saved: Any, g: Any) -> Any:
        return None, 3.0 * saved[0] * saved[1] * g
    scaled.defvjp(scaled_fwd, scaled_bwd)
    log = custom_jvp(lambda x: np.log(x))
    log.defjvp(lambda primals, tangents: (log(primals[0]), 3.0 * tangents[0] / primals[0]))
    square = custom_jvp(functools.partial(lambda n, x: x ** n, 2))
    square.defjvps(lambda x_dot, out, x: 6.0 * x * x_dot)
    layer = checkpoint(lambda x: scaled(k, x) * log(x) + square(x))

    def block(x: Any) -> Any:
        y = x * x
        with insert_grad_of(y) as dy:
            dy = 5.0 * dy
        return layer(y)
    return {"scaled": lambda x: scaled(k, x), "log": log, "square": square, "layer": layer, "block": block,
            "checkpointed block": checkpoint(block), "called": lambda x: layer(x) + 1.0}


SUBJECTS = {**local(2.0), "sine": sine, "soft": soft, "doubled": doubled_again, "checkpointed rule": checkpoint(soft)}
MADE: dict[str, tuple[Callable[[Any], Any], tuple[Any, ...]]] = {
    "grad": (grad, (A,)), "value_and_grad": (value_and_grad, (A,)), "elementwise_grad": (elementwise_grad, (A,)),
    "jacfwd": (jacfwd, (A,)), "hessian": (hessian, (A,)), "hvp": (hvp, (A, 1.5)),
    "jacobian of hvp": (lambda f: jacfwd(hvp(f)), (A, 1.5)), "grad of grad": (lambda f: grad(grad(f)), (A,)),
    "grad of checkpoint": (lambda f: grad(checkpoint(f)), (A,)),
}


@pytest.mark.parametrize("made", MADE)
@pytest.mark.parametrize("subject", SUBJECTS)
def test_the_text_runs_by_itself_and_they_travel(made: str, subject: str) -> None:
    transform, args = MADE[made]
    derivative = transform(SUBJECTS[subject])
    expected = derivative(*args)
    again = pickle.loads(pickle.dumps(derivative))
    np.testing.assert_allclose(again(*args), expected, rtol=1e-12)
    for given in (args, ()):
        space: dict[str, Any] = {}
        exec(derivative.source(*given), space)
        np.testing.assert_allclose(space[derivative.__name__](*args), expected, rtol=1e-12)


def test_what_is_checkpointed_stays_so() -> None:
    again = pickle.loads(pickle.dumps(grad(checkpoint(lambda x: x ** 3))))
    assert is_repeated(again.__wrapped__) and again(2.0) == 12.0
    assert pickle.loads(pickle.dumps(grad(SUBJECTS["called"]))).source(A) == grad(SUBJECTS["called"]).source(A)


def test_shown(capsys: pytest.CaptureFixture[str]) -> None:
    grad(doubled_again).show(A)
    assert capsys.readouterr().out.partition("\n\n\n")[2] == '''def insert(dy):
    dy = 2.0 * dy
    return dy


def grad_doubled(x):
    t, slope = sine_fwd(x)
    # Backward pass
    y_bar = insert(1.0)
    x_bar, = sine_bwd(slope, y_bar * x)
    x_bar += y_bar * t
    return x_bar
'''


def test_a_value_that_nobody_needs_is_not_computed() -> None:
    again = checkpoint(lambda x: sine(x) * x)
    assert grad(lambda x: 2.0 * again(x)).source(A).partition("def grad_fn")[2] == '''(x):
    x_bar = bwd_fn(x, 2.0)
    return x_bar
'''


MODEL = '''
import numpy as np
from tangent2 import checkpoint, custom_vjp, insert_grad_of


@custom_vjp
def clipped(x):
    return np.tanh(x)


def clipped_fwd(x):
    return np.tanh(x), x


def clipped_bwd(x, y_bar):
    return np.clip(y_bar, -1.0, 1.0) * np.cos(x),


clipped.defvjp(clipped_fwd, clipped_bwd)


@checkpoint
def layer(x):
    for k in range(3):
        x = clipped(x) * np.sin(x)
    with insert_grad_of(x) as dx:
        dx = 3.0 * dx
    return x + 1.0


def loss(x):
    return np.sum(layer(layer(x)) ** 2)
'''


def test_standing_alone(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(MODEL)
    alone = tmp_path / "alone"
    alone.mkdir()
    subprocess.run([sys.executable, "-m", "tangent2", "emit", "model.py:loss", "--standalone", "-o",
                    str(alone / "made.py")], cwd=tmp_path, check=True)
    asked = "import numpy as np; print(*made.grad_loss(np.array([0.3, 0.5])))"
    found = subprocess.run([sys.executable, "-c", f"import sys; sys.modules['tangent2'] = None; import made; {asked}"],
                           cwd=alone, check=True, capture_output=True, text=True).stdout
    ours = subprocess.run([sys.executable, "-c", asked.replace("made.grad_loss", "tangent2.grad(model.loss)").replace(
        "print", "import tangent2, model; print", 1)], cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    np.testing.assert_allclose(np.array(found.split(), float), np.array(ours.split(), float), rtol=1e-12)
    assert len(found.split()) == 2
