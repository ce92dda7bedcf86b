"""`tangent2 demo`: an embedded function, the source of its adjoint and tangent, and their numbers verified."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tangent2.python.load import register
from tangent2.targets import Wanted

TEXT = '''\
import numpy as np


def misfit(rate, start, data):
    """Squared distance between a growth curve and data, up to the first implausible value."""
    size = start
    total = 0.0
    for value in data:
        if value < 0.0:
            break
        size = size + rate * size * (1.0 - size)
        total += (size - value) ** 2
    return np.sqrt(total)
'''
AT = "rate=0.7, start=0.1, data=np.array([0.2, 0.3, 0.4, 0.6, -1.0])"
DOTS = (1.0, -0.5)      # of rate and start
_FILE = "<tangent2 demo>"


def example() -> Callable[..., Any]:
    """The embedded function, its lines registered so that it can be read like one from a file."""
    register(_FILE, TEXT)
    names: dict[str, Any] = {"__name__": "tangent2_demo", "__file__": _FILE}
    exec(compile(TEXT, _FILE, "exec"), names)
    function: Callable[..., Any] = names["misfit"]
    return function


def demo(write: Callable[[str], None]) -> int:
    """Print the derivatives of the example and compare them with differences; status 1 if they disagree."""
    from tangent2.api import grad, jvp
    function = example()
    args = Wanted(function, at=AT).args()
    assert args is not None
    write("# The function\n\n" + TEXT)
    for title, mode in ("Its adjoint (the gradient in rate and start)", "reverse"), ("Its tangent", "forward"):
        write(f"\n\n# {title}\n\n" + _body(Wanted(function, (mode,), ("rate", "start"), AT)))
    gradient = grad(function, ("rate", "start"))(*args)
    tangent = jvp(function, args, (*DOTS, 0.0 * args[2]))[1]
    rows = [("d misfit / d rate", gradient[0], _difference(function, args, (1.0, 0.0))),
            ("d misfit / d start", gradient[1], _difference(function, args, (0.0, 1.0))),
            (f"along {DOTS}", tangent, _difference(function, args, DOTS))]
    write(f"\n\n# At {AT}\n")
    good = True
    for what, found, expected in rows:
        agrees = abs(found - expected) < 1e-7 * (1.0 + abs(expected))
        good = good and agrees
        write(f"# {what:20} {found: .12f}   differences {expected: .12f}   {'agrees' if agrees else 'WRONG'}")
    write("# All verified." if good else "# The derivatives are WRONG: please report this.")
    return 0 if good else 1


def _body(wanted: Wanted) -> str:
    """The source without the import that the function shows already."""
    return wanted.text().removeprefix("import numpy as np\n").lstrip("\n")


def _difference(function: Callable[..., Any], args: tuple[Any, ...], dots: tuple[float, float]) -> float:
    """The derivative along `dots` by central differences of two steps, extrapolated."""
    def central(step: float) -> float:
        ahead, behind = [function(args[0] + s * dots[0], args[1] + s * dots[1], args[2]) for s in (step, -step)]
        return float(ahead - behind) / (2.0 * step)
    return (4.0 * central(1e-4) - central(2e-4)) / 3.0
