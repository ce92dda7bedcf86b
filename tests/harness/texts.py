"""What a text needs from outside: the names that it reads and neither makes nor imports."""
from __future__ import annotations

import builtins
import symtable
from collections.abc import Callable, Iterator
from typing import Any


def unknown_names(text: str, function: Callable[..., Any]) -> set[str]:
    """The names in emitted text that neither it, nor Python, nor the place of the user's function knows.

    >>> sorted(unknown_names("from math import sin\\nprint(sin(len(x)), y)", lambda x: x))
    ['x', 'y']
    """
    top = symtable.symtable(text, "text", "exec")
    made = {s.get_name() for s in top.get_symbols() if s.is_assigned() or s.is_imported() or s.is_namespace()}
    code = getattr(function, "__code__", None)
    around = {*getattr(function, "__globals__", ()), *getattr(code, "co_freevars", ())}
    return set(_read(top)) - made - around - set(dir(builtins))


def _read(table: symtable.SymbolTable) -> Iterator[str]:
    at_top = table.get_type() == "module"
    yield from [s.get_name() for s in table.get_symbols() if s.is_referenced() and (at_top or s.is_global())]
    for inner in table.get_children():
        yield from _read(inner)
