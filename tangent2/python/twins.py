"""Functions whose text is the same: versions for kinds that make no difference are printed once."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gast

from tangent2.python.parts import walk
from tangent2.python.unparse import unparse


def without_twins(defs: list[Any], used: Mapping[str, frozenset[str]]) -> list[Any]:
    """The definitions without those that repeat another; calls of these call the other.

    `used`: the names from outside that each function reads; all others in it are its own.  The last one is the entry.

    >>> text = "def a(x): return x\\ndef b(x): return x\\ndef c(x): return a(b(x))"
    >>> left = without_twins(gast.parse(text).body, {"a": frozenset(), "b": frozenset(), "c": frozenset("ab")})
    >>> [node.name for node in left], unparse(left[-1]).strip().splitlines()[-1].strip()
    (['a', 'c'], 'return a(a(x))')
    """
    reads = {name: set(names) for name, names in used.items()}
    while twin := _twin(defs, reads):
        gone, kept = twin
        defs = [node for node in defs if node.name != gone]
        for node in defs:
            if gone in reads[node.name]:
                reads[node.name] = reads[node.name] - {gone} | {kept}
                for inner in walk(node):
                    if isinstance(inner, gast.Name) and inner.id == gone:
                        inner.id = kept
    return defs


def _twin(defs: list[Any], reads: Mapping[str, set[str]]) -> tuple[str, str] | None:
    """A function and an earlier one with the same text, by which it can be replaced wherever it is called."""
    seen: dict[str, str] = {}
    for node in defs[:-1]:
        first = seen.setdefault(_text(node), node.name)
        callers = [other for other in defs if node.name in reads[other.name]]
        if first != node.name and all(_may_read(caller, first, reads) for caller in callers):
            return node.name, first
    return None


def _text(node: Any) -> str:
    """The text of a function, whatever it is called."""
    return unparse(gast.FunctionDef(*["_" if field == "name" else getattr(node, field) for field in node._fields]))


def _may_read(node: Any, name: str, reads: Mapping[str, set[str]]) -> bool:
    """Whether a name means the same inside of a function as outside."""
    return name in reads[node.name] or not any(isinstance(n, gast.Name) and n.id == name for n in walk(node))
