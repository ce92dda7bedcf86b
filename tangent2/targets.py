"""What a command line names: a function in a file or module, the derivative wanted of it, and where to evaluate it."""
from __future__ import annotations

import argparse
import ast
import difflib
import importlib
import importlib.util
import inspect
import linecache
import math
import shlex
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from tangent2.names import signature_of
from tangent2.api import grad, parameters_of, value_and_grad
from tangent2.core.kinds import Kind, is_inexact
from tangent2.core.valuekinds import signature
from tangent2.errors import TangentError
from tangent2.pipeline import Compiler
from tangent2.python.emit import Emitted
from tangent2.requests import Request, gradient_request, tangent_request

MODES = ("reverse", "forward")
ADDED: set[Path] = set()        # directories that were put on the path of imports for the files named


class UsageError(Exception):
    """A command line that cannot be followed: no such file or function, arguments that do not fit."""


@dataclass(frozen=True)
class Wanted:
    """A derivative to be printed.

    modes: the transforms, the innermost first.  wrt: parameters by name or position; () leaves the choice to the mode.
    at: the text of example arguments, `x=2.0, n=3`.  value: the value along with the gradient.
    """

    function: Callable[..., Any]
    modes: tuple[str, ...] = ("reverse",)
    wrt: tuple[int | str, ...] = ()
    at: str | None = None
    value: bool = False

    def args(self) -> tuple[Any, ...] | None:
        """The example arguments; None if there are none."""
        return None if self.at is None else arguments(self.function, self.at)

    def request(self) -> tuple[Request, Any]:
        """The last transform, and the function or derivative that it is applied to."""
        if "reverse" in self.modes[1:] and "forward" in self.modes[:self.modes.index("reverse", 1)]:
            raise UsageError("the text of an adjoint of a tangent: write a function that calls jvp, and show that")
        first = self.modes.index("forward") if "forward" in self.modes else len(self.modes) - 1
        subject: Any = self.function
        for k in range(first):
            subject = (value_and_grad if self.value and not k else grad)(subject, self.argnums())
        if self.modes[-1] == "forward":
            return tangent_request(self.active(), len(self.modes) - first), subject
        return gradient_request(self.positions(), self.value and not first, len(self.wrt) < 2), subject

    def parameters(self) -> list[str]:
        """The names of the function's parameters."""
        return list(signature_of(self.function).parameters)

    def positions(self) -> tuple[int, ...]:
        """The positions of the chosen parameters."""
        grad(self.function, self.wrt or 0)      # refuses what is no parameter
        names = self.parameters()
        return tuple([names.index(p) if isinstance(p, str) else p % len(names) for p in self.wrt or (0,)])

    def argnums(self) -> Any:
        """As for `grad`: the first parameter if none is chosen, no tuple for one."""
        return self.wrt if len(self.wrt) > 1 else self.wrt[0] if self.wrt else 0

    def kinds(self, compiler: Compiler) -> tuple[Kind, ...]:
        """The kinds of the example arguments, or what the annotations tell."""
        args = self.args()
        if args is None:
            return gradient_request((), False, False).generic_kinds(self.function)
        return signature(args, compiler.function_kind)

    def active(self) -> tuple[bool, ...]:
        """Which parameters have tangents: the chosen ones, or all that may be floats."""
        kinds = self.kinds(Compiler())
        chosen = self.positions() if self.wrt else range(len(kinds))
        return tuple([k in chosen and is_inexact(kind) for k, kind in enumerate(kinds)])

    def emitted(self, compiler: Compiler | None = None) -> Emitted:
        """The source of the derivative, with what its names stand for."""
        compiler = compiler or Compiler()
        request, subject = self.request()
        return request.text(compiler, subject, self.kinds(compiler))

    def text(self, compiler: Compiler | None = None) -> str:
        """The source of the derivative."""
        return self.emitted(compiler).text


def derivative_options(command: argparse.ArgumentParser) -> None:
    """The options that choose a derivative."""
    command.add_argument("target", metavar="FILE_OR_MODULE:FUNCTION")
    command.add_argument("--wrt", metavar="x,y", help="parameters, by name or position (default: the first; "
                                                      "with --mode forward: all that may be floats)")
    command.add_argument("--mode", default="reverse", help="reverse (default), forward, or several from inside out: "
                                                           "reverse,forward is the tangent of the adjoint")
    command.add_argument("--order", type=int, default=1, metavar="N", help="derive N times (default: 1)")
    command.add_argument("--at", metavar='"x=2.0, W=np.ones((3, 2))"',
                         help="example arguments: prints the version for arguments of their kinds")
    command.add_argument("--value", action="store_true", help="the value along with the gradient")


def wanted_of(options: argparse.Namespace) -> Wanted:
    """The derivative that the options choose."""
    return Wanted(function_named(options.target), modes_of(options.mode, options.order), names_of(options.wrt),
                  options.at, options.value)


def emit_command(options: argparse.Namespace) -> str:
    """The command that writes a module anew."""
    parts = ["tangent2", "emit", options.target]
    for name in ("wrt", "mode", "order", "at", "output"):
        value = getattr(options, name)
        if value not in (None, "reverse", 1):
            parts += ["-o" if name == "output" else f"--{name}", str(value)]
    return shlex.join([*parts, *[f"--{name}" for name in ("value", "standalone") if getattr(options, name)]])


def modes_of(mode: str, order: int) -> tuple[str, ...]:
    """The transforms that `--mode` and `--order` ask for.

    >>> modes_of("reverse", 2), modes_of("reverse,forward", 1)
    (('reverse', 'reverse'), ('reverse', 'forward'))
    """
    names = tuple(mode.split(","))
    for name in names:
        if name not in MODES:
            raise UsageError(f"there is no mode {name!r}; modes are {' and '.join(MODES)}, "
                             "and reverse,forward for the tangent of the adjoint")
    if order < 1:
        raise UsageError("the order is 1 or more")
    if order > 1 and len(names) > 1:
        raise UsageError("give either several modes or an order")
    return names * order


def names_of(wrt: str | None) -> tuple[int | str, ...]:
    """Parameters by name or position.

    >>> names_of("x, 2"), names_of(None)
    (('x', 2), ())
    """
    parts = [part.strip() for part in (wrt or "").split(",")]
    return tuple([int(p) if p.lstrip("-").isdigit() else p for p in parts if p])


def function_named(spec: str) -> Callable[..., Any]:
    """The function that `FILE:FUNCTION` or `MODULE:FUNCTION` names."""
    place, colon, name = spec.rpartition(":")
    if not colon or not place or not name:
        place = spec if not colon else place or name
        known = _functions(module_named(place))
        raise UsageError(f"which function? write {place}:NAME; there {_are(known)}")
    module = module_named(place)
    found: Any = module
    for part in name.split("."):
        found = getattr(found, part, None)
    if found is None:
        near = difflib.get_close_matches(name, _functions(module), 1)
        rest = f"did you mean `{near[0]}`?" if near else f"there {_are(_functions(module))}"
        raise UsageError(f"there is no `{name}` in {place}; {rest}")
    if not callable(found):
        raise UsageError(f"`{name}` in {place} is no function: it is of type {type(found).__name__}")
    return found


def _functions(module: ModuleType) -> list[str]:
    return [name for name, value in vars(module).items()
            if inspect.isfunction(value) and value.__module__ == module.__name__]


def _are(names: list[str]) -> str:
    return "is none" if not names else f"{'is' if len(names) == 1 else 'are'} {', '.join(names)}"


def module_named(place: str) -> ModuleType:
    """A module by the path of its file, or by its name."""
    path = Path(place)
    is_file = place.endswith(".py") or "/" in place or path.is_file()
    if is_file and not path.is_file():
        raise UsageError(f"there is no file {place}")
    if path.is_dir() and not all(part.isidentifier() for part in place.split(".")):
        raise UsageError(f"{place} is a directory; name a file, by its path, or a module")
    try:
        if is_file:
            return _from_file(path.resolve())
        if "" not in sys.path:
            sys.path.insert(0, "")
        return importlib.import_module(place)
    except ModuleNotFoundError as error:
        if error.name is not None and (place == error.name or place.startswith(error.name + ".")):
            raise UsageError(f"there is no module {place}; a file is named by its path, with .py") from None
        raise UsageError(failure(f"{place} cannot be imported", error)) from None
    except (TangentError, UsageError):
        raise
    except (Exception, SystemExit) as error:
        raise UsageError(failure(f"{place} cannot be imported", error)) from None


def _from_file(path: Path) -> ModuleType:
    """Import a file under its own name, so that it finds its neighbours and emitted code can import from it."""
    if str(path.parent) not in sys.path:
        sys.path.insert(0, str(path.parent))
        ADDED.add(path.parent)
    known = sys.modules.get(path.stem)
    if known is not None and getattr(known, "__file__", None) == str(path):
        return known
    name = path.stem if known is None else f"{path.stem}_{abs(hash(str(path)))}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise UsageError(f"{path} is no Python file")
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def failure(what: str, error: BaseException) -> str:
    """One block about an exception in the user's code: where, which line, what."""
    if isinstance(error, SyntaxError):
        text = (error.text or "").rstrip("\n")
        return "\n".join([what, f"  {error.filename}:{error.lineno}: {error.msg}",
                          *_pointed(text, (error.offset or 1) - 1)])
    inner = [f for f in traceback.extract_tb(error.__traceback__) if not _of_machinery(f.filename)]
    where = []
    if inner:
        frame = inner[-1]
        text = linecache.getline(frame.filename, frame.lineno or 0).rstrip("\n")
        column = getattr(frame, "colno", None)
        where = [f"  {frame.filename}:{frame.lineno}: in {frame.name}", *_pointed(text, column)]
    return "\n".join([what, *where, f"  {type(error).__name__}: {error}"])


def _of_machinery(file: str) -> bool:
    return "importlib" in file or Path(file).is_relative_to(Path(__file__).parent) or file.startswith("<tangent2 grad")


def _pointed(text: str, column: int | None) -> list[str]:
    """A source line with a caret below the place."""
    margin = len(text) - len(text.lstrip())
    return ["    " + text.strip(), "    " + " " * max((column or 0) - margin, 0) + "^"] if text.strip() else []


def arguments(function: Callable[..., Any], text: str) -> tuple[Any, ...]:
    """The arguments that `x=2.0, W=np.ones((3, 2))` describes: expressions over the names of the function's module.

    >>> def f(x, n=3): ...
    >>> arguments(f, "x=2.0")
    (2.0, 3)
    """
    try:
        call = ast.parse(f"dict({text}\n)", mode="eval").body
    except SyntaxError as error:
        shown = "\n".join(_pointed(text, (error.offset or 1) - 1 - len("dict(")))
        raise UsageError(f'--at "{text}" does not parse: {error.msg}; write --at "x=2.0, n=3"\n{shown}') from None
    if not isinstance(call, ast.Call) or call.args or any(k.arg is None for k in call.keywords):
        raise UsageError(f'--at "{text}" does not name its arguments; write --at "x=2.0, n=3"')
    given = {str(k.arg): _value(function, k) for k in call.keywords}
    if isinstance(function, np.ufunc) and len(given) == function.nin:      # whose parameters have no names
        return tuple(given.values())
    try:
        signature_of(function).bind(**given)
        return parameters_of(function)[1]((), given)
    except TypeError as error:
        shape = ", ".join(signature_of(function).parameters)
        raise UsageError(f'--at "{text}" does not fit {getattr(function, "__name__", "the function")}({shape}): '
                         f"{error}") from None


def _value(function: Callable[..., Any], keyword: ast.keyword) -> Any:
    text = ast.unparse(keyword.value)
    try:
        return eval(text, _names(function))
    except (Exception, SystemExit) as error:
        raise UsageError(f"--at {keyword.arg}={text}: {type(error).__name__}: {error}") from None


def _names(function: Callable[..., Any]) -> dict[str, Any]:
    """What expressions on the command line may use: `np`, `math`, and the names of the function's module."""
    return {"np": np, "numpy": np, "math": math, **getattr(function, "__globals__", {})}
