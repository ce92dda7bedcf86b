"""Text spelled for Numba to compiled functions, in memory or in files whose compiled code is kept on disk."""
from __future__ import annotations

import ast
import hashlib
import os
import re
import sys
import warnings
from collections.abc import Callable
from importlib import import_module
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any

from tangent2.errors import UnsupportedError
from tangent2.jitting.boundary import keyed
from tangent2.jitting.spelling import Spelled
from tangent2.python.load import register

CACHE = "TANGENT2_CACHE_DIR"        # where compiled code is kept; `tangent2` in the user's cache directory without it
_TELLING = ("Use of unsupported", "Unknown attribute", "No implementation", "Cannot unify")
_numbers = count(1)


def needed() -> Any:
    """Numba, or the error that tells how to get it."""
    try:
        return import_module("numba")
    except ImportError as error:
        raise MissingNumba(f"jit needs Numba, which cannot be imported ({error})", construct="jit",
                           advice="pip install 'tangent2[jit]'") from None


class MissingNumba(UnsupportedError, ImportError):
    """Numba is not installed."""


def built(text: Spelled, entry: str, keep: bool) -> tuple[Any, str]:
    """The compiled entry of a module, which Numba compiles for arguments when it meets them, and the file it is in."""
    numba = needed()
    supplied, fence = import_module("tangent2.jitting.supplied"), import_module("tangent2.jitting.fence")
    import_module("tangent2.jitting.supplied_shapes")
    file = _kept(text.text) if keep else f"<tangent2 jit {next(_numbers)}>"
    if not keep:
        register(file, text.text)
    module = ModuleType(Path(file).stem if keep else file)
    if keep:        # by its name Numba finds what it kept
        sys.modules[module.__name__] = module
    space = vars(module)
    space.update({"__file__": file, "mixed": supplied.mixed})
    for name, own in text.supplied.items():
        space[name] = keyed(own) if isinstance(own, tuple) else supplied.STUBS[own]
    exec(compile(text.text, file, "exec", dont_inherit=True), space)
    for node in ast.parse(text.text).body:
        if not isinstance(node, ast.FunctionDef):
            continue
        inner = {} if node.name == entry else {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
        if node.name in text.loops:     # their loops stay inside of the arrays; NumPy divides by zero
            made = numba.njit(error_model="numpy", cache=keep, **inner)(space[node.name])
        else:
            made = numba.njit(boundscheck=True, cache=keep, pipeline_class=fence.Fenced, **inner)(space[node.name])
        space[node.name] = made
    return space[entry], file


def _kept(text: str) -> str:
    """A file that holds a text: Numba keeps what it compiles beside it; another text, or version, has another file."""
    from tangent2.jitting import fence, supplied, supplied_shapes
    parts = [text, sys.version, *[Path(str(m.__file__)).read_text() for m in (fence, supplied, supplied_shapes)]]
    name = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
    place = cache_directory()
    place.mkdir(parents=True, exist_ok=True)
    file = place / f"jit_{name}.py"
    if not file.exists():
        own = place / f"jit_{name}.{os.getpid()}"
        own.write_text(text)
        own.replace(file)       # whole, whoever else writes it
    return str(file)


def cache_directory() -> Path:
    """Where compiled code is kept."""
    chosen = os.environ.get(CACHE)
    if chosen:
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tangent2"


def compile_for(function: Any, args: tuple[Any, ...]) -> Any:
    """Compile for the types of arguments, which are given back; warnings are for those who wrote the text."""
    numba = needed()
    kinds = tuple(map(numba.typeof, args))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        function.compile(kinds)
    return kinds


def explained(error: BaseException, text: Spelled) -> tuple[str, int | None]:
    """Why something could not be compiled, in one line, and the line of the emitted text that it is about."""
    line = getattr(error, "line", None)
    if isinstance(error, UnsupportedError):
        return error.reason, line
    told = [row.strip() for row in str(error).splitlines() if row.strip()]
    told = [row for row in told if not row.startswith(("Failed in", "File ", "def ", "During:", "\x1b", "- "))]
    reason = next((row for row in told if row.startswith(_TELLING)), told[0] if told else str(error))
    for mark in ("\x1b[1m", "\x1b[0m", "\x1b[31m"):
        reason = reason.replace(mark, "")
    reason = reason.strip() or type(error).__name__
    places = re.findall(r"at <?([^<>\n]*)>? \((\d+)\)", str(error))
    places += re.findall(r'File "<?([^"]*)>?", line (\d+)', str(error))
    lines = [text.lines.get(int(n)) for name, n in places if name.startswith("tangent2 jit") or "jit_" in name]
    return reason.rstrip(":."), next((n for n in lines if n is not None), None)


Built = Callable[..., Any]
