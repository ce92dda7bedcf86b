"""Functions made of text, registered so that their source can be found like that of a file."""
from __future__ import annotations

from typing import Any

from tangent2.python import load
from tangent2.python.load import module_of_text


def namespace_of(source: str, given: dict[str, Any] | None = None, label: str = "made") -> dict[str, Any]:
    """Run a module's text and give its names; `inspect.getsource` and tracebacks know its lines."""
    return module_of_text(source, label, given or {})


def forget(names: dict[str, Any]) -> None:
    """Drop the registered lines of a namespace."""
    load.forget(names["__file__"])


def entry_and_tangent(api: Any, f: Any, args: tuple[Any, ...], wrt: tuple[int, ...]) -> tuple[Any, Any]:
    """A function of the active arguments alone, and its tangent as a function: `tangent(*primals, *tangents)`.

    Both are what a user would write: `jvp` is called in plain Python text.
    """
    given = {f"given_{i}": arg for i, arg in enumerate(args) if i not in wrt}
    names = [f"x{i}" if i in wrt else f"given_{i}" for i in range(len(args))]
    xs = ", ".join(f"x{i}" for i in wrt)
    dots = ", ".join(f"x{i}_dot" for i in wrt)
    source = (f"def entry({xs}):\n"
              f"    return function({', '.join(names)})\n\n\n"
              f"def tangent({xs}, {dots}):\n"
              f"    return tangent2.jvp({'entry' if given else 'function'}, ({xs},), ({dots},))[1]\n")
    made = namespace_of(source, {"function": f, "tangent2": api, **given}, "entry")
    return (made["entry"] if given else f), made["tangent"]
