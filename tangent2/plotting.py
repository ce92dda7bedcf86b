"""`tangent2 plot`: a function of one number and its derivatives, drawn into a PNG by matplotlib (an extra)."""
from __future__ import annotations

import ast
import inspect
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from tangent2.api import grad, parameter_names, positions
from tangent2.errors import ArgumentError, TangentError
from tangent2.names import function_name, signature_of
from tangent2.python.read import place_of
from tangent2.targets import UsageError, arguments, failure

_STARS = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
Curve = tuple[str, np.ndarray]
"""What the legend calls it, and its values at the points; nan where there is none."""


@dataclass(frozen=True)
class Plot:
    """What is drawn: a function and its derivatives up to an order, over a range of one of its parameters.

    along: that parameter, by position or name.  at: the text of the others that have no default, `b=0.5`.
    normalize: each curve is divided by its largest absolute value.
    """

    function: Callable[..., Any]
    start: float
    stop: float
    order: int = 1
    along: int | str = 0
    at: str | None = None
    points: int = 400
    normalize: bool = False

    def __post_init__(self) -> None:
        if not (math.isfinite(self.start) and math.isfinite(self.stop) and self.start < self.stop):
            raise UsageError(f"there is no range from {self.start:g} to {self.stop:g}; write --range -10 10")
        if self.order < 0:
            raise UsageError("the order is 0 (the function alone) or more")
        if self.points < 2:
            raise UsageError("a curve has 2 points or more")

    @property
    def position(self) -> int:
        """The position of the parameter that moves."""
        return positions(parameter_names(self.function), self.along, function_name(self.function), self.function)[0]

    @property
    def name(self) -> str:
        """The name of the parameter that moves."""
        return parameter_names(self.function)[self.position]

    def xs(self) -> np.ndarray:
        """The points at which the curves are evaluated."""
        return np.linspace(self.start, self.stop, self.points)

    def curves(self) -> list[Curve]:
        """The values of the function and of its derivatives.

        Raises `TangentError` where it gives no number or has no derivative, `UsageError` where it fails.

        >>> def cube(x): return x ** 3
        >>> [(label, values.tolist()) for label, values in Plot(cube, 0.0, 2.0, points=3).curves()]
        [('cube', [0.0, 1.0, 8.0]), ("cube'", [0.0, 3.0, 12.0])]
        """
        found = []
        derivative: Callable[..., Any] = self.function
        for order in range(self.order + 1):
            label = f"{function_name(self.function)}{_primes(order)}"
            values = self.sampled(derivative, order)
            found.append(_normalized(label, values) if self.normalize else (label, values))
            derivative = grad(derivative, self.position) if order < self.order else derivative
        return found

    def sampled(self, derivative: Callable[..., Any], order: int) -> np.ndarray:
        """A derivative at all points; this is where one call of its `vmap` would do."""
        call = self.along_a_line(derivative)
        with np.errstate(all="ignore"):         # what is not finite is a gap
            values = np.array([self.value(call, order, float(x)) for x in self.xs()])
        return np.where(np.isfinite(values), values, np.nan)

    def along_a_line(self, derivative: Callable[..., Any]) -> Callable[[float], Any]:
        """A derivative as a function of the parameter that moves; the others have their defaults, or what `at` says."""
        flat = list(arguments(self.function, self.all_arguments()))
        kinds = [inspect.Parameter.POSITIONAL_ONLY] * len(flat) if isinstance(self.function, np.ufunc) else [
            p.kind for p in signature_of(self.function).parameters.values()]
        names = parameter_names(self.function)

        def call(x: float) -> Any:
            given: list[Any] = []
            named: dict[str, Any] = {}
            for k, kind in enumerate(kinds):
                value: Any = x if k == self.position else flat[k]
                if kind is inspect.Parameter.KEYWORD_ONLY:
                    named[names[k]] = value
                elif kind is inspect.Parameter.VAR_KEYWORD:
                    named.update(value)
                else:
                    given.extend(value if kind is inspect.Parameter.VAR_POSITIONAL else (value,))
            return derivative(*given, **named)
        return call

    def all_arguments(self) -> str:
        """The text of the arguments, with something for the parameter that moves."""
        moving = f"{self.name}=0.0"
        if self.at is None:
            self.check_others()
            return moving
        if self.name in _names_in(self.at):
            raise UsageError(f"--at gives `{self.name}`, which is what --range moves")
        # functions of C whose parameters have no names take what is given in order
        return f"{moving}, {self.at}" if self.position == 0 else f"{self.at.rstrip(' ,')}, {moving}"

    def check_others(self) -> None:
        """Refuse a function of which parameters that do not move have no default, where `at` gives none."""
        names = parameter_names(self.function)
        if not isinstance(self.function, np.ufunc):
            found = signature_of(self.function).parameters.values()
            if any(p.name == self.name and p.kind in _STARS for p in found):
                raise UsageError(f"`{self.name}` is any number of arguments, and one is drawn over; write a function "
                                 "of one number that calls this one")
            names = [p.name for p in found if p.default is p.empty and p.kind not in _STARS]
        others = [name for name in names if name != self.name]
        if others:
            at = ", ".join([f"{name}=..." for name in others])
            raise UsageError(f'`{function_name(self.function)}` takes {" and ".join(others)} too: give --at "{at}"')

    def value(self, call: Callable[[float], Any], order: int, x: float) -> float:
        """A curve at one point."""
        what = function_name(self.function)
        try:
            found = call(x)
        except TangentError:
            raise
        except ArithmeticError as error:
            if order:           # the function is fine here and has no derivative, as a root at 0
                return math.nan
            raise UsageError(failure(f"`{what}` fails at {self.name}={x:g}", error)) from None
        except Exception as error:
            which = f"`{what}`" if not order else f"derivative {order} of `{what}`"
            raise UsageError(failure(f"{which} fails at {self.name}={x:g}", error)) from None
        if not _is_number(found):
            raise ArgumentError(f"`{what}` returns {_described(found)} at {self.name}={x:g}, and what is drawn is a "
                                "real number", origin=place_of(self.function), construct="plot",
                                advice="write a function that returns one number of it, and plot that")
        return float(found)


def _is_number(value: Any) -> bool:
    known = isinstance(value, (int, float, np.generic, np.ndarray))
    return known and np.ndim(value) == 0 and np.asarray(value).dtype.kind in "biuf"


def _names_in(at: str) -> set[str]:
    """The names that the text of arguments gives; a text that does not parse is refused by who reads it."""
    try:
        call = ast.parse(f"dict({at}\n)", mode="eval").body
    except SyntaxError:
        return set()
    return {str(k.arg) for k in call.keywords} if isinstance(call, ast.Call) else set()


def _described(value: Any) -> str:
    shape = np.shape(value) if isinstance(value, np.ndarray) else ()
    return f"an array of shape {shape}" if shape else f"a {type(value).__name__}"


def _primes(order: int) -> str:
    """How a derivative is written.

    >>> _primes(0), _primes(2), _primes(4)
    ('', "''", '^(4)')
    """
    return "'" * order if order < 4 else f"^({order})"


def _normalized(label: str, values: np.ndarray) -> Curve:
    """A curve divided by its largest absolute value, as its label says.

    >>> _normalized("f", np.array([1.0, np.nan, -4.0]))
    ('f / 4', array([ 0.25,   nan, -1.  ]))
    """
    finite = np.abs(values[np.isfinite(values)])
    largest = finite.max() if finite.size else 0.0
    return (f"{label} / {largest:.4g}", values / largest) if largest else (label, values)


def draw(plot: Plot, output: Path) -> None:
    """Write the PNG of a plot; no display is needed.

    Raises `UsageError` where matplotlib is missing, or the file cannot be written.
    """
    try:
        figure_class = import_module("matplotlib.figure").Figure
    except ImportError as error:
        if (error.name or "").partition(".")[0] != "matplotlib":
            raise
        raise UsageError("plot needs matplotlib, which is not installed: pip install 'tangent2[plot]'") from None
    if output.suffix.lower() != ".png":
        raise UsageError(f"{output} is no name of a picture: plot writes PNG, name it {output.stem or 'out'}.png")
    figure = figure_class(figsize=(8.0, 5.0), layout="constrained")     # without pyplot: Agg, whatever the display
    _fill(figure.add_subplot(), plot, plot.curves())
    try:
        figure.savefig(output, dpi=150)
    except OSError as error:
        raise UsageError(f"{output} cannot be written: {error.strerror}") from None


def _fill(axes: Any, plot: Plot, curves: Sequence[Curve]) -> None:
    xs = plot.xs()
    for label, values in curves:
        gone = "" if np.isfinite(values).any() else " (nowhere finite)"
        # a label with an underscore in front is left out by matplotlib
        axes.plot(xs, values, label=f"{' ' * label.startswith('_')}{label}{gone}")
    axes.set_xlim(plot.start, plot.stop)
    axes.set_xlabel(plot.name)
    axes.set_title(function_name(plot.function) + (f", {plot.at}" if plot.at else ""), parse_math=False)
    axes.axhline(0.0, color="0.7", linewidth=0.8, zorder=0)
    axes.grid(alpha=0.3)
    axes.legend()
