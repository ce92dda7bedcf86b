"""`checkpointed` loops: the numbers of plain loops, the fewest iterations that run again, memory of few states."""
from __future__ import annotations

import functools
import subprocess
import sys
import tracemalloc
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tangent2
from tangent2 import (
    checkpoint, checkpointed, custom_jvp, custom_vjp, grad, hessian, hvp, insert_grad_of, jacfwd, jacrev, jvp,
    linearize, source, value_and_grad, vjp, vmap,
)
from tangent2.runtime.snapshots import parts_between, steps_forward
from tangent2.switches import switched
from tests.checkpointed_loops import LOOPS, plain_loops

U, D = np.array([0.3, -0.2, 0.5]), np.array([1.0, 2.0, 3.0])
PLAIN = plain_loops()


def close(a: Any, b: Any) -> None:
    a, b = tangent2.tree_leaves(a), tangent2.tree_leaves(b)
    assert len(a) == len(b) > 0
    for one, other in zip(a, b):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-12)


def second(f: Any, n: int, u: Any = U) -> Any:
    return grad(lambda u, w: np.sum(grad(f)(u, w, n) ** 2), (0, 1))(u, 0.1)


def called_twice(f: Any, n: int) -> Any:
    pullback = vjp(lambda u, w: f(u, w, n), U.copy(), 0.1)[1]
    return pullback(1.0), pullback(-2.0)


TRANSFORMS: dict[str, Callable[[Any, int], Any]] = {
    "value": lambda f, n: f(U.copy(), 0.1, n),
    "grad": lambda f, n: grad(f, (0, 1))(U, 0.1, n),
    "value_and_grad": lambda f, n: value_and_grad(f)(U, 0.1, n),
    "vjp": called_twice,
    "jvp": lambda f, n: jvp(lambda u, w: f(u, w, n), (U.copy(), 0.1), (D, 0.7)),
    "linearize": lambda f, n: linearize(lambda u: f(u, 0.1, n), U.copy())[1](D),
    "hessian": lambda f, n: hessian(f)(U, 0.1, n),
    "hvp": lambda f, n: hvp(f)(U, 0.1, n, D),
    "reverse over reverse": second,
    "rows": lambda f, n: jacrev(grad(f, 1))(U, 0.1, n),
    "columns": lambda f, n: jacfwd(grad(f, 1))(U, 0.1, n),
    "reverse over forward": lambda f, n: grad(lambda u: jvp(lambda v: f(v, 0.1, n), (u,), (D,))[1])(U),
    "lanes": lambda f, n: vmap(grad(f, (0, 1)), in_axes=(0, 0, None))(np.array([U, 2 * U]), np.array([0.1, 0.2]), n),
    "gradient of lanes": lambda f, n: grad(lambda u: np.sum(vmap(f, in_axes=(0, None, None))(u, 0.1, n) ** 2))(
        np.array([U, 2 * U])),
    "in what is checkpointed": lambda f, n: grad(lambda u: checkpoint(f)(u, 0.1, n) * 2.0)(U),
}
SWITCHES: list[dict[str, bool]] = [{"save_all": True}, {"optimise": False}, {"watched": True}, {"generic": True}, {}]


ALWAYS = ["value", "grad", "vjp", "jvp"]
MORE = [name for name in TRANSFORMS if name not in ALWAYS]
ASKED = [(name, transform) for at, name in enumerate(LOOPS)
         for transform in (*ALWAYS, MORE[at % len(MORE)], MORE[(at // 2 + 4) % len(MORE)])]


@pytest.mark.parametrize("name, transform", ASKED)
def test_numbers_are_those_of_the_plain_loop(name: str, transform: str) -> None:
    f, n = LOOPS[name]
    with warnings.catch_warnings(), switched(checked=True):
        warnings.simplefilter("ignore")         # lanes one after the other
        close(TRANSFORMS[transform](f, n), TRANSFORMS[transform](PLAIN[name], n))


def compiled(f: Any, n: int, name: str, switches: dict[str, bool]) -> Any:
    """The gradient as it is compiled with switches turned; without any, by running its generic text."""
    with switched(**switches):
        if switches:
            return grad(f, (0, 1))(U, 0.1, n)
        return run(grad(f, (0, 1)).source(), f"grad_{name}", U, 0.1, n)


@pytest.mark.parametrize("name", LOOPS)
def test_numbers_do_not_depend_on_how_it_is_compiled(name: str) -> None:
    f, n = LOOPS[name]
    expected = grad(PLAIN[name], (0, 1))(U, 0.1, n)
    close(run(grad(f, (0, 1)).source(U, 0.1, n), f"grad_{name}", U, 0.1, n), expected)
    for switches in SWITCHES:
        try:
            compiled(PLAIN[name], n, name, switches)
        except tangent2.TangentError as error:      # for arguments of any kind
            assert name in ("dict_state", "written_argument") and switches in ({}, {"generic": True}), error
            continue
        close(compiled(f, n, name, switches), expected)


def run(text: str, name: str, *args: Any) -> Any:
    """What a function of a module gives that is run in an empty namespace."""
    names: dict[str, Any] = {}
    exec(text, names)
    return names[name](*args)


@pytest.mark.parametrize("n", [0, 1, 2, 3, 5, 11, 40])
@pytest.mark.parametrize("c", [1, 2, 3, 7, 39, 100])
def test_any_number_of_iterations_and_snapshots(n: int, c: int) -> None:
    close(grad(waves, (0, 1))(U, 0.1, n, c), grad(plain_waves, (0, 1))(U, 0.1, n, c))
    close(grad(leaving)(U, n, c), grad(plain_leaving)(U, n, c))


def waves(u: Any, w: Any, n: Any, c: Any) -> Any:
    for i in checkpointed(range(n), snapshots=c):
        u = u + w * np.sin(u * i)
    return np.sum(u)


def plain_waves(u: Any, w: Any, n: Any, c: Any) -> Any:
    for i in range(n):
        u = u + w * np.sin(u * i)
    return np.sum(u)


def leaving(u: Any, n: Any, c: Any) -> Any:
    for i in checkpointed(range(n), snapshots=c):
        u = 1.1 * u + 0.1 * u * u
        if np.max(u) > 3.0:
            return np.sum(u) * i
    return np.sum(u)


def plain_leaving(u: Any, n: Any, c: Any) -> Any:
    for i in range(n):
        u = 1.1 * u + 0.1 * u * u
        if np.max(u) > 3.0:
            return np.sum(u) * i
    return np.sum(u)


# ------------------------------------------------------------------------------------------------------- the schedule


@functools.cache
def fewest(steps: int, places: int) -> int:
    """The steps forward by which a chain is reversed, the best of all ways."""
    if places == 1 or steps <= 1:
        return steps * (steps - 1) // 2
    return min(k + fewest(steps - k, places - 1) + fewest(k, places) for k in range(1, steps))


def test_the_formula_is_the_best_there_is() -> None:
    for places in range(1, 8):
        for steps in range(60):
            assert steps_forward(steps, places) == fewest(steps, places)


def sines(u: Any, n: Any, c: Any) -> Any:
    for _ in checkpointed(range(n), snapshots=c):
        u = np.sin(u)
    return u


def runs(n: int, c: int) -> tuple[int, int]:
    """How often an iteration runs forward, and how often its pullback does."""
    counts = {"sin": 0, "cos": 0}
    names: dict[str, Any] = {}
    exec(grad(sines).source(0.5, n, c), names)

    class Counting:
        def __getattr__(self, name: str) -> Any:
            counts[name] += 1
            return getattr(np, name)
    names["np"] = Counting()
    assert names["grad_sines"](0.5, n, c) == grad(sines)(0.5, n, c)
    return counts["sin"], counts["cos"]


@pytest.mark.parametrize("c", [1, 2, 3, 5, 10, 30])
def test_iterations_run_as_seldom_as_can_be(c: int) -> None:
    for n in (0, 1, 2, 3, 10, 31, 64):
        assert runs(n, c) == (fewest(n + 1, c), n)


def test_a_thousand_iterations_by_ten_snapshots() -> None:
    assert runs(1000, 10) == (steps_forward(1001, 10), 1000) == (3640, 1000)


def test_no_more_states_than_snapshots_are_kept() -> None:
    u, most = np.linspace(0.0, 1.0, 20000), 10
    peaks = {}
    for f, c in ((waves, 2), (waves, most), (plain_waves, 0)):
        grad(f)(u, 0.1, 200, c)
        tracemalloc.start()
        grad(f)(u, 0.1, 200, c)
        peaks[f, c] = tracemalloc.get_traced_memory()[1] / u.nbytes
        tracemalloc.stop()
    assert peaks[waves, most] < most + 7
    assert peaks[waves, most] - peaks[waves, 2] < most - 2 + 0.5
    assert peaks[plain_waves, 0] > 190


def test_second_derivatives_forward_over_reverse_keep_few_states() -> None:
    u = np.linspace(0.0, 1.0, 20000)
    product = hvp(waves)
    product(u, 0.1, 100, 3, u)
    tracemalloc.start()
    product(u, 0.1, 100, 3, u)
    peak = tracemalloc.get_traced_memory()[1] / u.nbytes
    tracemalloc.stop()
    assert peak < 2 * 3 + 20


def test_parts_of_ranges() -> None:
    for over in (range(9), range(9, 0, -3), range(-4, 17, 5), range(0)):
        for c in (1, 2, 4, 20):
            parts = parts_between(over, c)
            assert len(parts) <= c and [i for part in parts for i in part] == list(over) and all(parts)


# ------------------------------------------------------------------------------------------------------------- texts


def test_text_reads_as_if_written_by_hand() -> None:
    assert grad(waves).source(U, 0.1, 9, 3) == '''import numpy as np
from tangent2.runtime.snapshots import parts_between


def grad_waves(u, w, n, c):
    parts = parts_between(range(n), c)
    u_saved = []
    u1 = u
    for part in parts:
        u_saved.append(u1)
        for i in part:
            u1 = u1 + w * np.sin(u1 * i)
    # Backward pass
    u_bar = np.full_like(u, 1.0)
    while parts:
        part = parts.pop()
        u = u_saved.pop()
        for piece in parts_between(part[:-1], c - len(parts)):
            parts.append(piece)
            u_saved.append(u)
            for i in piece:
                u = u + w * np.sin(u * i)
        i = part[-1]
        u_bar += u_bar * w * np.cos(u * i) * i  # Grad of: u = u + w * np.sin(u * i)
    return u_bar
'''


def test_nothing_is_kept_where_nothing_is_read() -> None:
    f, n = LOOPS["totals"]
    assert "saved" not in grad(f).source(U, 0.1, n)


def test_forward_mode_is_a_plain_loop() -> None:
    text = source(waves, U, 0.1, 9, 3, mode="forward")
    assert "for i in range(n):" in text and "checkpointed" not in text


def test_a_module_that_needs_numpy_only(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(
        "import numpy as np\nfrom tangent2 import checkpointed\n\n\ndef loss(u, n):\n"
        "    for i in checkpointed(range(n), snapshots=2):\n        u = u + 0.1 * np.sin(u * i)\n"
        "    return np.sum(u)\n")
    command = [sys.executable, "-m", "tangent2", "emit", "model.py:loss", "--at", "u=np.ones(2), n=5", "--standalone"]
    text = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert "tangent2" not in text.partition("\n")[2].replace("# From tangent2.runtime.snapshots", "")
    close(run(text, "grad_loss", np.ones(2), 5), grad(plain_waves)(np.ones(2), 0.1, 5, 0))


# ---------------------------------------------------------------------------------------------- with other constructs


def test_effects_happen_once(capsys: pytest.CaptureFixture[str]) -> None:
    def loud(x: Any, n: Any) -> Any:
        for i in checkpointed(range(n), snapshots=2):
            print("turn", i)
            x = x * np.sin(x)
        return x
    grad(loud)(0.7, 5)
    assert capsys.readouterr().out.split() == "turn 0 turn 1 turn 2 turn 3 turn 4".split()


def test_blocks_run_in_the_reverse_sweep(capsys: pytest.CaptureFixture[str]) -> None:
    def clipped(x: Any, n: Any) -> Any:
        for i in checkpointed(range(n), snapshots=2):
            x = x * np.sin(x)
            with insert_grad_of(x) as dx:
                print(i)
                dx = 2.0 * dx
        return x
    twice = grad(clipped)(0.7, 4)
    assert capsys.readouterr().out.split() == ["3", "2", "1", "0"]
    def plain(x: Any, n: Any) -> Any:
        for _ in range(n):
            x = x * np.sin(x)
        return x
    close(twice, 16.0 * grad(plain)(0.7, 4))


@custom_vjp
def doubled(x: Any) -> Any:
    return np.sin(x)


def doubled_fwd(x: Any) -> Any:
    return np.sin(x) * 1.0, (np.cos(x) * 3.0,)


doubled.defvjp(doubled_fwd, lambda res, g: (res[0] * g * 2.0,))


@custom_jvp
def steep(x: Any) -> Any:
    return np.sin(x)


@steep.defjvp
def steep_jvp(p: Any, t: Any) -> Any:
    return steep(p[0]), 5.0 * np.cos(p[0]) * t[0]


@pytest.mark.parametrize("rule", [doubled, steep, checkpoint(steep), lambda x: doubled(x) * steep(x)])
def test_rules_of_the_users_inside(rule: Any) -> None:
    def kept(x: Any, n: Any) -> Any:
        for _ in checkpointed(range(n), snapshots=2):
            x = x * rule(x) + x
        return x

    def plain(x: Any, n: Any) -> Any:
        for _ in range(n):
            x = x * rule(x) + x
        return x
    for n in (0, 1, 4):
        close(grad(kept)(0.3, n), grad(plain)(0.3, n))
        close(grad(grad(kept))(0.3, n), grad(grad(plain))(0.3, n))
        close(grad(grad(grad(kept)))(0.3, n), grad(grad(grad(plain)))(0.3, n))
