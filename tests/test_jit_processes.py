"""`jit` in fresh processes: without Numba, without loading it, with code that was kept on disk."""
from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import tangent2


def run(script: str, **environment: str) -> str:
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True,
                          env={**os.environ, "PYTHONPATH": str(Path(tangent2.__file__).parent.parent), **environment})
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_import_does_not_load_numba() -> None:
    assert run("import sys, tangent2; tangent2.grad(lambda x: x * x); print('numba' in sys.modules)") == "False"


def test_without_numba() -> None:
    told = run("import sys; sys.modules['numba'] = None; import tangent2\n"
               "try:\n    tangent2.jit(lambda x: x)\n"
               "except ImportError as error:\n    print(isinstance(error, tangent2.TangentError), error)")
    assert told.startswith("True") and "pip install 'tangent2[jit]'" in told


def test_compiled_code_is_kept(tmp_path: Path) -> None:
    pytest.importorskip("numba", reason="jit needs Numba, an extra")
    model = tmp_path / "model.py"
    model.write_text("def f(x):\n    s = 0.0\n    for k in range(5):\n        s = s + x ** 2 * k\n    return s\n")
    script = (f"import sys; sys.path.insert(0, {str(tmp_path)!r})\nimport model, tangent2\n"
              "d = tangent2.jit(tangent2.grad(model.f), cache=True)\nprint(d(3.0))\n"
              "v = next(iter(d._made.values())).versions[0]\nprint(sum(v.function.stats.cache_hits.values()))")
    kept = str(tmp_path / "kept")
    assert run(script, TANGENT2_CACHE_DIR=kept).split() == ["60.0", "0"]
    assert run(script, TANGENT2_CACHE_DIR=kept).split() == ["60.0", "1"]
    assert list(Path(kept).rglob("*.nbi"))
