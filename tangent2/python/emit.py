"""Emission: core functions to the text of a module, with all that the text needs from outside."""
from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import gast

from tangent2.core.kinds import Kind
from tangent2.core.prims import Captured
from tangent2.core.syntax import Function, Note, Origin, Region, Value, Yield, walk
from tangent2.names import BACKWARD
from tangent2.python import emit_statements
from tangent2.python.emit_expressions import Scope, unused
from tangent2.python.layout import Layout
from tangent2.python.outside import WATCHER, outside
from tangent2.python.twins import without_twins
from tangent2.python.unparse import Comment, Unparser

Arrange = Callable[[Function, Mapping[Value, Kind], frozenset[str]], Layout]
LONG = 5        # statements of a reverse sweep from which on remarks help more than they disturb


@dataclass(frozen=True, slots=True)
class Emitted:
    """The text of a module and what must be bound in its namespace before it runs.

    captured: printed name to what the user's function reads there; callees: printed name to the user's function;
    lines: emitted line to the user's statement; records: printed name of a class of tuples to the class it stands for.
    """

    text: str
    entry: str
    captured: Mapping[str, Captured] = field(default_factory=dict)
    callees: Mapping[str, Any] = field(default_factory=dict)
    lines: Mapping[int, Origin] = field(default_factory=dict)
    records: Mapping[str, Any] = field(default_factory=dict)


def emit(functions: tuple[Function, ...], kinds: Mapping[Function, Mapping[Value, Kind]], arrange: Arrange, *,
         aliases: Mapping[str, str] | None = None, header: Sequence[str] = (), remarks: bool = True,
         keys: tuple[Hashable, ...] = (), watched: bool = False) -> Emitted:
    """The module of some functions, the entry first in `functions` and last in the text.

    `kinds`: of the values of each, for functions made of one text under several kinds may have values in common.
    `arrange` decides folding and names; `aliases` are the user's names of modules; `header` are comment lines;
    `keys` are the keys of the callees that `functions` stand for (without them, calls find functions by name);
    `watched`: the text checks itself (`emit_watching.py`).
    """
    around = outside(functions, aliases or {}, keys, watched)
    watch = around.names[WATCHER] if watched else ""
    origins: dict[int, Origin] = {}
    defs = []
    for core in (*functions[1:], functions[0]):
        layout = arrange(core, kinds[core], around.used[core])
        scope = Scope(layout, around, origins, remarks=remarks and _wants_remarks(core), watch=watch,
                      unused=unused(layout, around))
        defs.append(emit_statements.function(scope, printed=around.defs[core]))
    defs = without_twins(defs, {around.defs[f]: around.used[f] for f in functions})
    module = gast.Module([*[Comment(line) for line in header], *around.imports(), *around.definitions(), *defs], [])
    printer = Unparser(module)
    lines = {line: origins[node] for node, line in printer.lines.items() if node in origins}
    return Emitted(printer.text().strip("\n") + "\n", around.defs[functions[0]], around.captured, around.callees,
                   lines, {name: record.cls for name, record in around.records.items()})


def _wants_remarks(function: Function) -> bool:
    """Whether a function has one reverse sweep, a long one."""
    notes = [n for n in walk(function.body) if isinstance(n, Note) and n.text.startswith(BACKWARD)]
    if len(notes) != 1 or notes[0] not in function.body.stmts:
        return False
    after = function.body.stmts[function.body.stmts.index(notes[0]) + 1:]
    return sum([any(v.user for v in s.outs) for s in walk(Region(after, Yield()))]) > LONG
