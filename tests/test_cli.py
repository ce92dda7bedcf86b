"""The command line: what it prints, and one readable block with the right exit status for every mistake."""
from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tangent2.cli import main

MODEL = '''
import numpy as np

SCALE = 2.0


def helper(x):
    return SCALE * x


def loss(w, b=0.5):
    return np.sum(np.sin(w) * b) + helper(b)


def cube(x):
    return x ** 3


def risky(x):
    try:
        return x * x
    finally:
        return x


def total(x):
    return np.sum(np.nonexistent(x))


class Model:
    @staticmethod
    def square(x):
        return x * x


NUMBER = 3
'''


@pytest.fixture
def model(tmp_path: Path) -> str:
    path = tmp_path / f"model_{tmp_path.name}.py"
    path.write_text(MODEL)
    return str(path)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Any:
    def runs(*argv: str) -> tuple[int, str, str]:
        try:
            status = main(argv)
        except SystemExit as stop:
            status = int(stop.code or 0)
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return status, out, err
    return runs


def test_show_prints_a_module_that_gives_the_numbers(run: Any, model: str) -> None:
    status, out, err = run("show", f"{model}:cube", "--at", "x=2.0")
    assert (status, err) == (0, "")
    names: dict[str, Any] = {}
    exec(out, names)
    assert names["grad_cube"](2.0) == 12.0


def test_wrt_by_name_and_by_position(run: Any, model: str) -> None:
    by_name = run("show", f"{model}:loss", "--wrt", "w,b", "--at", "w=np.ones(3), b=1.0")
    assert by_name[0] == 0 and re.search(r"return w_bar, \w+", by_name[1])
    assert run("show", f"{model}:loss", "--wrt", "0,1", "--at", "w=np.ones(3), b=1.0") == by_name


def test_defaults_and_names_of_the_module_serve_as_arguments(run: Any, model: str) -> None:
    status, out, _ = run("show", f"{model}:loss", "--at", "w=SCALE * np.ones(3)")
    assert status == 0 and "tangent2.runtime" not in out


@pytest.mark.parametrize(("options", "entry", "params"), [
    (["--mode", "forward"], "jvp_cube", "x, x_dot"), (["--order", "2"], "grad_grad_cube", "x"),
    (["--mode", "reverse,forward"], "jvp_grad_cube", "x, x_dot"), (["--value"], "value_and_grad_cube", "x"),
    (["--mode", "forward", "--order", "2"], "jvp_jvp_cube", "x, x_dot, x_dot1, x_dot_dot")])
def test_modes_and_orders(run: Any, model: str, options: list[str], entry: str, params: str) -> None:
    for at in [], ["--at", "x=2.0"]:
        status, out, _ = run("show", f"{model}:cube", *options, *at)
        assert status == 0 and f"def {entry}({params}):" in out


def test_forward_with_chosen_parameters(run: Any, model: str) -> None:
    _, out, _ = run("show", f"{model}:loss", "--mode", "forward", "--wrt", "b", "--at", "w=np.ones(3), b=1.0")
    assert "def jvp_loss(w, b, b_dot):" in out


def test_dotted_names_and_modules(run: Any, model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("show", f"{model}:Model.square")[0] == 0
    monkeypatch.syspath_prepend(str(Path(model).parent))
    assert run("show", f"{Path(model).stem}:cube", "--at", "x=2.0")[0] == 0


def test_explain_prints_every_stage(run: Any, model: str) -> None:
    status, out, _ = run("explain", f"{model}:loss", "--at", "w=np.ones(3), b=1.0")
    stages = re.findall(r"^# ---- (\w+)", out, re.MULTILINE)
    assert status == 0
    assert stages == ["lowered", "resolved", "transformed", "optimised", "finished", "text"]
    assert "float64[n0]" in out or "float64" in out


def test_explain_of_closures_and_calls(run: Any) -> None:
    place = Path(__file__).resolve().parent.parent / "generated_examples"
    for spec in "gained.py:gained", "rpow.py:rpow":
        name = spec.partition(":")[2]
        status, out, _ = run("explain", f"{place / spec}")
        assert status == 0 and f"def grad_{name}(" in out.rpartition("# ---- text")[2]


def test_explain_of_what_is_refused_prints_the_stages_before(run: Any, model: str) -> None:
    status, out, err = run("explain", f"{model}:total", "--at", "x=np.ones(2)")
    assert status == 1 and "lowered" in out and "advice" in err


def test_demo_verifies_itself(run: Any) -> None:
    status, out, _ = run("demo")
    assert status == 0
    assert "def grad_misfit(" in out and "def jvp_misfit(" in out
    assert out.count("agrees") == 3 and "All verified." in out and "WRONG" not in out


@pytest.mark.parametrize(("target", "options", "words"), [
    ("{model}", [], "which function?.*helper, loss, cube"),
    ("{model}:nope", [], "there is no `nope`.*loss"),
    ("{model}:NUMBER", [], "no function: it is of type int"),
    ("nope.py:f", [], "there is no file nope.py"),
    ("no_such_module:f", [], "there is no module no_such_module"),
    ("{model}:loss", ["--at", "b=1.0"], "does not fit.*'w'"),
    ("{model}:loss", ["--at", "w=1.0, c=2"], "does not fit.*'c'"),
    ("{model}:loss", ["--at", "w=1/0"], "ZeroDivisionError"),
    ("{model}:loss", ["--at", "w=("], "does not parse"),
    ("{model}:loss", ["--at", "1.0"], "does not name"),
    ("{model}:loss", ["--mode", "sideways"], "there is no mode 'sideways'"),
    ("{model}:loss", ["--order", "0"], "1 or more"),
    ("{model}:loss", ["--mode", "reverse,forward", "--order", "2"], "either"),
    ("{model}:loss", ["--mode", "forward,reverse"], "adjoint of a tangent"),
    ("{model}:loss", ["--order", "two"], "invalid int value"),
])
def test_wrong_usage(run: Any, model: str, target: str, options: list[str], words: str) -> None:
    status, out, err = run("show", target.format(model=model), *options)
    assert status == 2 and out == ""
    assert re.search(words, err, re.DOTALL), err


def test_a_refusal_is_one_block_with_place_and_advice(run: Any, model: str) -> None:
    status, out, err = run("show", f"{model}:risky")
    line = MODEL.splitlines().index("    try:") + 1
    assert status == 1 and out == ""
    assert err.startswith(f"{model}:{line}: in risky: ") and "    try:\n    ^\n" in err and "advice:" in err


def test_a_wrong_parameter_is_refused(run: Any, model: str) -> None:
    status, _, err = run("show", f"{model}:loss", "--wrt", "q")
    assert status == 1 and "no parameter `q`" in err


def test_a_module_that_fails_is_one_block(run: Any, tmp_path: Path) -> None:
    for text, words in ("import nothing_here\n", "nothing_here"), ("x = (\n", "never closed"), ("1 / 0\n", "ZeroDiv"), \
            ("raise SystemExit(0)\n", "SystemExit"):
        path = tmp_path / "broken_model.py"
        path.write_text(text)
        status, _, err = run("show", f"{path}:f")
        assert status == 2 and words in err and "broken_model.py:1" in err


def test_a_mistake_of_ours_is_called_so(run: Any, model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tangent2.targets.Wanted.text", lambda self: {}["lost"])
    status, _, err = run("show", f"{model}:cube")
    assert status == 3 and "a mistake of tangent2" in err
    with pytest.raises(KeyError):
        main(["show", f"{model}:cube", "--traceback"])


def test_examples_are_written_and_checked(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "cube_example.py"
    path.write_text('"""A power."""\n\n\ndef cube(x):\n    return x ** 3\n\n\n'
                    '# $ tangent2 show cube_example.py:cube --at "x=2.0"\n')
    assert run("examples", str(tmp_path), "--check")[0] == 1
    assert run("examples", str(tmp_path))[0] == 0
    assert "def grad_cube(x):" in path.read_text()
    assert "| [cube_example.py](cube_example.py) | A power | adjoint |" in (tmp_path / "README.md").read_text()
    assert run("examples", str(tmp_path), "--check") == (0, "", "")
    assert run("examples", str(tmp_path / "nowhere"))[0] == 2


def test_as_a_process(model: str) -> None:
    command = [sys.executable, "-m", "tangent2", "show", f"{model}:cube", "--at", "x=2.0"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    names: dict[str, Any] = {"np": np}
    exec(done.stdout, names)
    assert names["grad_cube"](3.0) == 27.0
    assert done.stderr == ""
