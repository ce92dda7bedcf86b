"""What transforms give: called, shown, pickled and differentiated as the functions that they are."""
from __future__ import annotations

import copy
import functools
import inspect
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tangent2
from tangent2 import grad, hessian, hvp, jacfwd, jacrev, value_and_grad
from tests.harness.functions import namespace_of

X = np.array([1.0, 2.0])
TRANSFORMS: dict[str, Callable[..., Any]] = {
    "grad": grad, "value_and_grad": value_and_grad, "jacfwd": jacfwd, "jacrev": jacrev, "hessian": hessian, "hvp": hvp}
WHAT = {"grad": "The gradient of", "value_and_grad": "The value and gradient of", "jacfwd": "The Jacobian of",
        "jacrev": "The Jacobian of", "hessian": "The Hessian of", "hvp": "The product of the Hessian of"}


def power(x: Any, n: int = 3, *, s: float = 1.0) -> Any:
    """A power."""
    return s * x ** n


class Model:
    def __init__(self, w: float) -> None:
        self.w = w

    def loss(self, x: Any) -> Any:
        return self.w * x ** 3

    @grad(argnums=1)
    def slope(self, x: Any) -> Any:
        return self.w * x ** 2


def closure(k: float) -> Any:
    def inner(x: Any) -> Any:
        return k * x ** 3
    return inner


def of_functions(f: Any, k: float) -> Any:
    return lambda x: f(x) * k


def with_default(k: float) -> Any:
    return [lambda x, i=i, k=k: i * k * x ** 3 for i in range(3)][2]


BIG = np.arange(20_000.0)
local = with_default(0.5)
SUBJECTS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "power": (power, (2.0,)), "lambda": (lambda x: 3.0 * x ** 3, (2.0,)), "closure": (closure(2.5), (2.0,)),
    "method": (Model(2.0).loss, (2.0,)), "gradient": (grad(power), (2.0,)),
    "gradient of a lambda": (grad(lambda x: 3.0 * x ** 4), (2.0,)),
    "gradient of a closure": (grad(closure(2.0)), (2.0,)),
    "gradient of a method": (grad(Model(2.0).loss), (2.0,)), "column": (jacfwd(lambda x: x ** 4), (2.0,)),
    "function of functions": (of_functions(closure(2.0), 3.0), (2.0,)),
    "function of a gradient": (of_functions(grad(closure(2.0)), 3.0), (2.0,)), "defaults": (local, (2.0,)),
    "partial": (functools.partial(lambda s, x: s * x ** 3, 2.0), (2.0,)),
    "large array": ((lambda big: lambda x: np.sum(big) * x ** 3)(BIG), (2.0,)),
    "star": (lambda *xs: 2.0 * xs[0] ** 3, (2.0,)),
}
MADE = [(transform, subject) for transform in TRANSFORMS for subject in SUBJECTS]


def of(transform: str, subject: str) -> tuple[Any, tuple[Any, ...]]:
    f, args = SUBJECTS[subject]
    if transform == "hvp":
        args = (*args, 3, 1.0) if subject in ("power", "gradient") else (*args, 2.0, 0.5, 1.0) \
            if subject == "defaults" else (*args, 1.0)
    return TRANSFORMS[transform](f), args


def flat(tree: Any) -> list[float]:
    return [x for part in tree for x in flat(part)] if isinstance(tree, tuple) else [float(x) for x in np.ravel(tree)]


def run(text: str, entry: str) -> Any:
    names: dict[str, Any] = {}
    exec(compile(text, "<module>", "exec"), names)
    return names[entry]


@pytest.mark.parametrize("transform, subject", MADE)
def test_they_travel(transform: str, subject: str) -> None:
    made, args = of(transform, subject)
    wanted = flat(made(*args))
    again = pickle.loads(pickle.dumps(made))
    assert flat(again(*args)) == wanted and again.__name__ == made.__name__ and again.__doc__ == made.__doc__
    assert flat(pickle.loads(pickle.dumps(again))(*args)) == wanted
    assert copy.copy(made) is made and copy.deepcopy({"f": made})["f"] is made
    if transform in ("grad", "hessian") and subject != "star":
        assert flat(grad(again)(*args)) == pytest.approx(flat(grad(made)(*args)))


@pytest.mark.parametrize("transform, subject", MADE)
def test_they_present_themselves(transform: str, subject: str, capsys: pytest.CaptureFixture[str]) -> None:
    made, args = of(transform, subject)
    f = SUBJECTS[subject][0]
    assert made.__wrapped__ is f and made.__doc__.startswith(WHAT[transform])
    if transform != "hvp":
        assert inspect.signature(made) == inspect.signature(f)
    elif subject not in ("star",):
        assert [p for p in inspect.signature(made).parameters if p not in inspect.signature(f).parameters] == ["v"]
    wanted = flat(made(*args))
    text = made.source(*args)
    assert tangent2.source(made, *args) == text
    made.show(*args)
    assert capsys.readouterr().out == text
    if subject == "large array":
        assert "20000 elements: bind it before this runs" in text
        return
    if transform == "hvp" and subject in ("power", "gradient"):
        assert flat(run(text, made.__name__)(*args, s=1.0)) == pytest.approx(wanted)
        return
    assert flat(run(text, made.__name__)(*args)) == pytest.approx(wanted)
    if subject == "star":
        with pytest.raises(tangent2.UnsupportedError, match="many arguments|any number"):
            made.source()
    else:
        assert flat(run(made.source(), made.__name__)(*args)) == pytest.approx(wanted)


def test_docstrings_say_what_they_are_of() -> None:
    assert grad(power).__doc__ == "The gradient of power.\n\nA power."
    assert "The gradient of grad_power." in grad(grad(power)).__doc__


FRESH = '''
import pickle, sys
sys.path[:0] = {path!r}
for made, args, wanted in pickle.load(open("made.pickle", "rb")):
    found = made(*args)
    assert [float(x) for x in (found if isinstance(found, tuple) else (found,))] == wanted, (made, found, wanted)
print("done")
'''


def test_they_travel_to_another_process(tmp_path: Path) -> None:
    """Where the module that made them is not at hand: what it defined travels as text."""
    names = namespace_of(
        "import numpy as np\nfrom tangent2 import grad\n\nRATE = 2.0\nW = np.arange(20000.0)\n\n\n"
        "class Helper(Exception):\n    pass\n\n\n"
        "def part(x):\n    if x > 1e6:\n        raise Helper\n    return RATE * x ** 3 + W[3]\n\n\n"
        "def loss(x, n=2, *, s=RATE):\n    return part(x) * s * n\n\n\n"
        "def inner(x):\n    return grad(part)(x) * x\n", {}, "elsewhere")
    jobs = []
    for f, args in ((names["loss"], (1.5,)), (names["inner"], (1.5,)), (grad(names["loss"]), (1.5, 3))):
        for transform in (grad, value_and_grad, jacfwd, hessian):
            made = transform(f)
            jobs.append((made, args, flat(made(*args))))
    jobs.append((hvp(names["loss"]), (1.5, 2, 1.0), flat(hvp(names["loss"])(1.5, 2, 1.0))))
    (tmp_path / "made.pickle").write_bytes(pickle.dumps(jobs))
    root = str(Path(tangent2.__file__).parents[1])
    done = subprocess.run([sys.executable, "-c", FRESH.format(path=[root])], capture_output=True, text=True,
                          cwd=tmp_path)
    assert done.stdout == "done\n", done.stderr


def test_a_rule_does_not_travel() -> None:
    def own(x: Any) -> Any:
        return x * x
    tangent2.constant(own)
    with pytest.raises(tangent2.UnsupportedError, match="does not travel"):
        pickle.dumps(grad(lambda x: own(x) * x))


def test_classes_travel_as_they_are() -> None:
    class Scale:
        by = 2.0

        def of(self, x: Any) -> Any:
            return self.by * x
    scale = Scale()
    made = grad(lambda x: Scale.by * scale_of(Scale) * x ** 2)
    assert made(3.0) == 24.0
    Scale.by = 5.0
    assert made(3.0) == 150.0 == pickle.loads(pickle.dumps(made))(3.0)
    with pytest.raises((pickle.PicklingError, AttributeError)):      # an object of a class without a name
        pickle.dumps(grad(lambda x: scale.of(2.0) * x ** 2))


def scale_of(cls: Any) -> Any:
    return cls.by


def test_values_travel_as_they_are() -> None:
    """Shared data stays shared; what is captured is that of the copy."""
    held = [1.0, 2.0]
    made = grad(lambda x: held[1] * x ** 2)
    again, same = pickle.loads(pickle.dumps((made, held)))
    assert again(3.0) == 12.0
    held[1] = 5.0
    assert made(3.0) == 30.0 and again(3.0) == 12.0
    same[1] = 7.0
    assert again(3.0) == 42.0


def test_methods_that_are_derivatives() -> None:
    model = Model(3.0)
    assert model.slope(2.0) == 12.0 and Model.slope(model, 2.0) == 12.0
    assert list(inspect.signature(model.slope).parameters) == ["x"]
    assert pickle.loads(pickle.dumps(model.slope))(2.0) == 12.0
    assert pickle.loads(pickle.dumps(Model.slope)) is Model.slope
    assert model.slope == model.slope != Model(3.0).slope and len({model.slope, model.slope}) == 1
    text = model.slope.source(2.0)
    assert run(text, "grad_slope")(model, 2.0) == 12.0
    assert "def grad_slope(self, x)" in model.slope.source()


# ---- Hessian products ----

def several(x: Any, y: Any) -> Any:
    return np.sum(np.sin(x) * y ** 2)


def test_products_are_differentiated() -> None:
    v = np.array([0.5, -1.0])
    product = hvp(several)
    third = jacfwd(lambda x: hessian(several)(x, X) @ v)(X)
    np.testing.assert_allclose(jacfwd(product)(X, X, v), third, atol=1e-12)
    np.testing.assert_allclose(jacrev(product)(X, X, v), third, atol=1e-12)
    out, dot = tangent2.jvp(product, (X, X, v), (v, 0.0 * X, 0.0 * X))
    np.testing.assert_allclose(out, product(X, X, v))
    np.testing.assert_allclose(dot, third @ v, atol=1e-12)
    assert grad(hvp(lambda x: x ** 4))(2.0, 3.0) == 144.0
    assert grad(lambda x: hvp_of_cube(x, 2.0))(3.0) == 12.0
    assert hvp(hvp_of_cube, 1)(3.0, 2.0, 1.0) == 0.0


hvp_of_cube = hvp(lambda x: x ** 3)


@pytest.mark.parametrize("argnums", [0, 1, (0, 1), (1, 0), ("y",)])
def test_texts_of_products(argnums: Any) -> None:
    v, w = np.array([0.5, -1.0]), np.array([2.0, 3.0])
    made = hvp(several, argnums)
    given = v if argnums in (0, 1) else (v,) if len(argnums) == 1 else (v, w)
    wanted = made(X, X, given)
    for text in made.source(X, X, given), made.source():
        np.testing.assert_allclose(run(text, "hvp_several")(X, X, given), wanted, atol=1e-13)


def test_a_generic_jacobian_takes_numbers_and_arrays() -> None:
    def f(x: Any) -> Any:
        return np.sin(x) * x
    matrix = np.arange(4.0).reshape(2, 2)
    for transform in jacfwd, jacrev:
        made = transform(f)
        found = run(made.source(), made.__name__)
        for x in 2.0, X, matrix:
            np.testing.assert_allclose(found(x), made(x))


@pytest.mark.parametrize("made", [
    jacfwd(lambda x, y: x * y, (0, 1)), hessian(lambda x, y: x * y, (0, 1)), jacrev(lambda x: (x, x), has_aux=True)])
def test_what_has_no_text_says_so(made: Any) -> None:
    with pytest.raises(tangent2.UnsupportedError, match=r"test_results.py:\d+: .*has no text") as caught:
        made.source()
    assert "one argument at a time" in str(caught.value)


def test_arguments_by_name_alone() -> None:
    """The user's function is called with them by name."""
    out, pullback = tangent2.vjp(power, 2.0)
    assert out == 8.0 and pullback(1.0)[0] == 12.0
    np.testing.assert_allclose(jacrev(power, ("x", "s"))(X, s=2.0)[0], jacfwd(power, "x")(X, s=2.0))

    def writes(x: Any, *, into: Any) -> Any:
        into[0] = x
        return np.sum(into * x)
    buffer = np.ones(2)
    assert jacrev(writes)(3.0, into=buffer) == 7.0 and buffer.tolist() == [1.0, 1.0]
