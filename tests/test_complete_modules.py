"""Complete modules of the programs of the corpus, and of what a module may have to hold: classes, objects, defaults."""
from __future__ import annotations

import json
import re
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tangent2
from tangent2.api import Derivative, completed
from tangent2.complete import complete
from tangent2.core.valuekinds import signature
from tangent2.errors import TangentError
from tangent2.literals import Unprintable, literal
from tangent2.pipeline import Compiler
from tangent2.records import lowered
from tests.corpus.cases import CASES, Case
from tests.corpus import test_corpus  # noqa: F401  (registers the programs)
from tests.harness import trees
from tests.harness.functions import namespace_of

EVERY = 10
# locks and transforms cannot stand in a module that needs NumPy only
REFUSED = {"locked", "gradient_of_a_method_inside", "gradient_of_a_method_of_a_captured_object"}


def derivative_of(case: Case) -> Any:
    return tangent2.grad(case.function, trees.active(case.args) if case.wrt is None else case.wrt)


def flat(tree: Any) -> list[Any]:
    """The numbers of a tree, in the order of attributes and keys."""
    if tree is None:
        return []
    if isinstance(tree, dict):
        return [x for key in tree for x in flat(tree[key])]
    if isinstance(tree, (tuple, list)):
        return [x for part in tree for x in flat(part)]
    if hasattr(tree, "__dict__") and not isinstance(tree, (np.ndarray, np.generic)):
        return [x for part in vars(tree).values() for x in flat(part)]
    return [x for x in np.ravel(tree).tolist() if isinstance(x, (int, float, complex))]


def check(found: Any, wanted: Any) -> None:
    np.testing.assert_allclose(flat(found), flat(wanted), rtol=1e-9, atol=1e-11)


def run(text: str, entry: str) -> Any:
    names: dict[str, Any] = {}
    exec(compile(text, "<module>", "exec"), names)
    return names[entry]


@pytest.mark.parametrize("k", range(0, len(CASES), EVERY), ids=lambda k: repr(CASES[k]))
def test_text_runs_in_an_empty_namespace(k: int) -> None:
    case = CASES[k]
    made = derivative_of(case)
    with np.errstate(all="ignore"):
        wanted = made(*trees.copied(case.args))
        text = made.source(*trees.copied(case.args))
        told = "given as tuples with names" in text
        args = trees.copied(case.args)
        if not isinstance(made, Derivative):
            args = completed(case.function, args)[1]
        check(run(text, made.__name__)(*(lowered(tuple(args)) if told else args)), wanted)


# ---- NumPy only ----

RUNNER = '''
import json, sys
sys.path[:] = json.loads(sys.argv[1])
class Closed:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("tangent2", "tests"):
            raise ImportError(f"{name} is not at hand")
sys.meta_path.insert(0, Closed())
import numpy as np
np.seterr(all="ignore")

def flat(tree):
    if tree is None:
        return []
    if isinstance(tree, dict):
        return [x for key in tree for x in flat(tree[key])]
    if isinstance(tree, (tuple, list)):
        return [x for part in tree for x in flat(part)]
    return [x for x in np.ravel(tree).tolist() if isinstance(x, (int, float))]

found = {}
for k, (file, entry, args) in json.load(open(sys.argv[2])).items():
    try:
        names = {}
        exec(compile(open(file).read(), file, "exec"), names)
        found[k] = flat(names[entry](*eval(args, {"np": np})))
    except Exception as error:
        found[k] = f"{type(error).__name__}: {error}"
print(json.dumps(found))
'''


def alone(jobs: dict[str, tuple[str, str, str]], place: Path) -> dict[str, Any]:
    """What modules give in a fresh process that finds NumPy and the standard library, and nothing of ours."""
    (place / "run.py").write_text(RUNNER)
    (place / "jobs.json").write_text(json.dumps(jobs))
    path = [*{sysconfig.get_path(name) for name in ("stdlib", "platstdlib")}, str(Path(np.__file__).parents[1]),
            str(Path(sysconfig.get_path("stdlib")) / "lib-dynload")]
    done = subprocess.run([sys.executable, "-I", "-S", str(place / "run.py"), json.dumps(path),
                           str(place / "jobs.json")], capture_output=True, text=True, cwd=place)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def standalone(case: Case, place: Path) -> str:
    made = derivative_of(case)
    args = completed(case.function, trees.copied(case.args))[1]
    compiler = Compiler()
    kinds = signature(lowered(tuple(args)), compiler.function_kind)
    emitted = made._request.text(compiler, case.function, kinds)
    return complete(emitted, place, standalone=True, of=case.function)


def test_standalone_text_needs_numpy_only(tmp_path: Path) -> None:
    jobs, wanted = {}, {}
    for k in range(5, len(CASES), EVERY):
        case = CASES[k]
        if not isinstance(derivative_of(case), Derivative):
            continue
        try:
            args = literal(case.args, lambda: "np")
        except Unprintable:         # objects, which the other process has no classes of
            continue
        name = case.function.__name__
        try:
            text = standalone(case, tmp_path)
        except TangentError as error:
            assert name in REFUSED, error
            continue
        assert not re.search(r"^\s*(from|import) (tangent2|tests)\b", text, re.MULTILINE), text
        (tmp_path / f"m{k}.py").write_text(text)
        jobs[str(k)] = str(tmp_path / f"m{k}.py"), derivative_of(case).__name__, args
        with np.errstate(all="ignore"):
            wanted[str(k)] = flat(derivative_of(case)(*trees.copied(case.args)))
    found = alone(jobs, tmp_path)
    assert len(jobs) > 100 and found.keys() == wanted.keys()
    for key, values in wanted.items():
        assert not isinstance(found[key], str), f"{CASES[int(key)]!r}: {found[key]}"
        np.testing.assert_allclose(found[key], values, rtol=1e-9, atol=1e-11, err_msg=repr(CASES[int(key)]))


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_cannot_stand_alone_is_refused(name: str, tmp_path: Path) -> None:
    case = next(case for case in CASES if case.function.__name__ == name)
    with pytest.raises(TangentError, match="cannot be part of the module"):
        standalone(case, tmp_path)


# ---- what a module holds ----

HELD = '''
from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from nowhere import Missing

W = np.array([1.0, 2.0])


class Fit:
    """A class."""

    gain = 2.0
    rate = 2 * gain

    def __init__(self, w):
        self.w = w
        self.itself = self

    def __call__(self, x):
        return self.w * x * self.gain

    @property
    def twice(self):
        return self.w * 2


@dataclass(frozen=True)
class Point:
    a: float
    b: Missing = 3.0


class Far(Exception):
    pass


FIT = Fit(3.0)
FIT.function = math.sin
Fit.gain = 5.0
POINT = Point(2.0)
TABLE = {"tanh": np.tanh, "square": lambda t: t * t, "fit": FIT, "sin": FIT.function,
         "half": functools.partial(lambda s, t: s * t, 0.5)}


def made(k):
    found = []
    for i in range(3):
        def inner(x, i=i, w=W[0] * k, *, c=[4.0]) -> Missing:
            return x * i * w * k * c[0]
        found.append(inner)
    return found


INNER = made(2.0)[2]


@functools.lru_cache(maxsize=64)
def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


def doubled(f):
    return lambda x: 2.0 * f(x)


@doubled
def decorated(x):
    return x * x


def constant(x):
    for name in TABLE:
        x = x + TABLE[name](x)
    return x * INNER(x) * FIT.twice * POINT.b * fibonacci(60) * decorated(x)


def guarded(x):
    if x > 100.0:
        raise Far("far")
    return x * x


def loss(x, n=2, *, scale=0.25, data=W):
    try:
        y = guarded(x)
    except Far:
        y = x
    return np.sum(y ** n * constant(0.7) * scale * data)
'''


@pytest.fixture
def held() -> dict[str, Any]:
    return namespace_of(HELD, {"__name__": "__main__"}, "held")


def test_classes_objects_and_defaults_are_held(held: dict[str, Any], tmp_path: Path) -> None:
    """As they are now: a class attribute that was changed, a default that was computed, a default that was given."""
    made = tangent2.grad(held["loss"])
    text = made.source(0.5)
    assert "def grad_loss(x, n=2, *, scale=0.25, data=" in text and "nowhere" not in text
    for args, named in (((0.5,), {}), ((0.5, 3), {"scale": 2.0}), ((200.0,), {})):
        assert run(text, "grad_loss")(*args, **named) == pytest.approx(made(*args, **named), rel=1e-13)
    compiler = Compiler()
    kinds = signature(completed(held["loss"], (0.5,))[1], compiler.function_kind)
    emitted = made._request.text(compiler, held["loss"], kinds)
    (tmp_path / "alone.py").write_text(complete(emitted, tmp_path, standalone=True, of=held["loss"]))
    found = alone({"0": (str(tmp_path / "alone.py"), "grad_loss", "(0.5,)")}, tmp_path)
    assert found["0"] == pytest.approx([made(0.5)], rel=1e-13)


def test_helpers_say_where_they_are_from(tmp_path: Path) -> None:
    path = tmp_path / "wide_model.py"
    path.write_text("import numpy as np\n\n\ndef wide(x, y):\n    return np.sum(x * y)\n")
    made = tangent2.grad(namespace_of(path.read_text(), {"__name__": "__main__"})["wide"])
    text = complete(made._request.generic(made.__wrapped__), tmp_path, standalone=True)
    assert "# From tangent2.runtime.shapes\ndef unbroadcast(" in text


def test_a_decorated_function_is_itself(held: dict[str, Any]) -> None:
    """What a decorator was given is not what it gave."""
    names = namespace_of("def plain(x):\n    return raw(2.0) * x\n",
                         {"__name__": "__main__", "raw": held["decorated"].__closure__[0].cell_contents})
    made = tangent2.grad(names["plain"])
    assert run(made.source(1.0), "grad_plain")(1.0) == made(1.0) == 4.0


def test_methods_of_objects(held: dict[str, Any]) -> None:
    fit = held["Fit"](1.5)
    made = tangent2.grad(fit.__call__)
    text = made.source(2.0)
    assert "class Fit:" in text and ".gain = 5.0" in text
    assert run(text, made.__name__)(2.0) == made(2.0) == 7.5


@pytest.mark.parametrize("change", [
    lambda names: setattr(names["Fit"], "__call__", lambda self, x: 7.0 * x),
    lambda names: names["FIT"].__dict__.update(handle=open),
    lambda names: names["FIT"].__dict__.update(handle=iter(())),
])
def test_what_is_not_in_the_text_is_noticed(held: dict[str, Any], change: Any, tmp_path: Path) -> None:
    """A method that was replaced, an object without text: refused, or right."""
    change(held)
    made = tangent2.grad(held["loss"])
    wanted = made(0.5)
    compiler = Compiler()
    kinds = signature(completed(held["loss"], (0.5,))[1], compiler.function_kind)
    emitted = made._request.text(compiler, held["loss"], kinds)
    try:
        text = complete(emitted, tmp_path, standalone=True, of=held["loss"])
    except TangentError as error:
        assert "cannot be part of the module" in error.reason
    else:
        assert run(text, "grad_loss")(0.5) == pytest.approx(wanted, rel=1e-13)


def test_two_things_of_one_name_stand_side_by_side() -> None:
    """Functions that read other things by a name are made by a function of these."""
    inner = namespace_of("SCALE = 2.0\n\n\ndef count(n):\n    return SCALE if n < 1 else n * count(n - 1)\n",
                         {"__name__": "__main__"})["count"]
    outer = namespace_of("SCALE = 3.0\n\n\ndef count(n):\n    return SCALE * inner(n) + (count(n - 1) if n else 0.0)\n"
                         "\n\ndef loss(x):\n    return SCALE * count(3) * x * x\n",
                         {"__name__": "__main__", "inner": inner})
    made = tangent2.grad(outer["loss"])
    text = made.source(1.0)
    assert "def make_count(" in text
    assert run(text, "grad_loss")(1.0) == made(1.0) == 2.0 * 3.0 * sum(3.0 * inner(n) for n in range(4))


def test_a_function_named_as_a_derivative_is() -> None:
    names = namespace_of("def grad_loss(n):\n    return 1.0 if n < 1 else 2.0 * grad_loss(n - 1)\n\n\n"
                         "def loss(x):\n    return grad_loss(3) * x * x\n", {"__name__": "__main__"})
    made = tangent2.grad(names["loss"])
    text = made.source(1.0)
    entry = text.rpartition("def ")[2].partition("(")[0]
    assert run(text, entry)(1.0) == made(1.0) == 16.0


def test_several_lines_of_a_string_stay_what_they_are() -> None:
    """A function that cannot be moved to the right is not."""
    inner = namespace_of('SCALE = 2.0\n\n\ndef size():\n    return SCALE * len("""a\nb\n""")\n',
                         {"__name__": "__main__"})
    outer = namespace_of("SCALE = 3.0\n\n\ndef loss(x):\n    return SCALE * size() * x\n",
                         {"__name__": "__main__", "size": inner["size"]})
    made = tangent2.grad(outer["loss"])
    assert made(1.0) == 24.0
    assert "size  # two things have this name: bind it before this runs\n" in made.source(1.0)
    with pytest.raises(NameError, match="size"):
        run(made.source(1.0), "grad_loss")


@pytest.mark.parametrize("text, said", [
    ("from tangent2 import grad\n\n\ndef slope(n):\n    return grad(lambda x: x * n)(1.0)\n", "part of the compiler"),
    ("import tangent2\n\n\ndef slope(n):\n    return tangent2.grad(lambda x: x * n)(1.0)\n", "the module tangent2"),
    ("def slope(n):\n    import gast\n    return n * len(gast.__name__)\n", "a function imports it"),
])
def test_what_needs_more_than_numpy_is_refused(text: str, said: str, tmp_path: Path) -> None:
    names = namespace_of(text + "\n\ndef loss(x):\n    return slope(2.0) * x\n", {"__name__": "__main__"})
    assert tangent2.grad(names["loss"])(1.0) in (1.0, 2.0, 8.0)
    with pytest.raises(TangentError, match=said):
        standalone(Case(names["loss"], (1.0,)), tmp_path)
