"""Loading: emitted text to a function whose lines tracebacks and debuggers can show."""
from __future__ import annotations

import linecache
from collections.abc import Callable, Mapping
from itertools import count
from types import CodeType
from typing import Any
from weakref import finalize

from tangent2.core.syntax import Origin
from tangent2.python.emit import Emitted

_numbers = count(1)
ORIGINS: dict[str, Mapping[int, Origin]] = {}      # pseudo-filename to the map from its lines to the user's


def namespace_of(emitted: Emitted) -> dict[str, Any]:
    """What the text needs bound, as it is now: captured values and the user's functions."""
    space = {name: captured_value(name, emitted) for name in emitted.captured}
    return {**space, **emitted.callees}


def captured_value(name: str, emitted: Emitted) -> Any:
    return emitted.captured[name].read()


def load(emitted: Emitted, namespace: dict[str, Any] | None = None) -> Callable[..., Any]:
    """Compile a module and give its entry; `namespace` becomes the globals of its functions.

    >>> f = load(Emitted("def f(x):\\n    return x + 1\\n", "f"))
    >>> f(2), linecache.getline(f.__code__.co_filename, 2).strip()
    (3, 'return x + 1')
    """
    return run(code_of(emitted), emitted, namespace_of(emitted) if namespace is None else namespace)


def code_of(emitted: Emitted) -> CodeType:
    """The code of a module; its lines can be shown as long as it lives."""
    file = f"<tangent2 {emitted.entry} {next(_numbers)}>"
    code = compile(emitted.text, file, "exec", dont_inherit=True)
    register(file, emitted.text)
    ORIGINS[file] = emitted.lines
    finalize(code, forget, file)
    return code


def run(code: CodeType, emitted: Emitted, space: dict[str, Any]) -> Callable[..., Any]:
    """The entry of a compiled module whose functions read a namespace, which it is run in."""
    space.setdefault("__name__", code.co_filename)
    exec(code, space)
    for name, cls in emitted.records.items():       # classes of tuples tell which classes they stand for
        space[name].__tangent2_class__ = cls
    function: Callable[..., Any] = space[emitted.entry]
    function.__tangent2_code__ = code       # type: ignore[attr-defined]
    return function


def module_of_text(text: str, label: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Run text that is made up as if it stood in a file, and give its names: what is `given`, and what it defines.

    >>> module_of_text("def f(x):\\n    return x * k\\n", "made", {"k": 3.0})["f"](2.0)
    6.0
    """
    file = f"<{label} {next(_numbers)}>"
    register(file, text)
    names: dict[str, Any] = {"__name__": f"{label}_module", "__file__": file, **given}
    exec(compile(text, file, "exec", dont_inherit=True), names)
    return names


def register(file: str, text: str) -> None:
    """Let tracebacks, debuggers and `inspect` find the lines of a text.

    Without a time of modification they survive `linecache.checkcache`.
    """
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)


def forget(file: str) -> None:
    """Drop what is known of the lines of a text."""
    linecache.cache.pop(file, None)
    ORIGINS.pop(file, None)


def origin_of(file: str, line: int) -> Origin | None:
    """The user's statement behind a line of an emitted file."""
    return ORIGINS.get(file, {}).get(line)
