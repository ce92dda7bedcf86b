"""The text that Numba is given: with all functions that it calls in it, and the kinds of its variables."""
from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from tangent2.core.kinds import UNKNOWN, Array, Kind, Number, Tuple, Unknown
from tangent2.core.syntax import Call, Callee, Function, Region, Stmt, Typed, Value
from tangent2.core.valuekinds import kind_of_atom
from tangent2.core.walk import map_regions
from tangent2.errors import TangentError
from tangent2.gather import gather
from tangent2.optimise.arrange import arrange
from tangent2.overlap import entries
from tangent2.pipeline import Compiler
from tangent2.python.emit import Emitted, emit
from tangent2.python.layout import Layout
from tangent2.python.outside import outside
from tangent2.requests import Request, aliases_of

Names = Mapping[str, Kind]


@dataclass(frozen=True)
class Whole:
    """`emitted`: a module that calls no function of the user's if all could be read; `names`: the kinds of the
    variables of each of its functions; `result`: the kind of what the entry gives; `writes`: whether the
    user's function writes to its arguments, or tells those apart that share memory."""

    emitted: Emitted
    names: Mapping[str, Names]
    result: Kind
    writes: bool


class WholeCompiler(Compiler):
    """A compiler whose text calls the user's functions by their emitted text, which is for the kinds at hand."""

    def __init__(self) -> None:
        super().__init__()
        self.names: dict[str, Names] = {}

    def finished(self, typed: Typed, fresh_results: bool | None = True) -> Typed:
        """As ever, and what the user's functions do is told by their cores."""
        typed = super().finished(typed, fresh_results)
        body = self._emitted(typed.function.body, typed.kinds)
        return typed if body is typed.function.body else replace(typed, function=replace(typed.function, body=body))

    def _emitted(self, region: Region, kinds: Mapping[Value, Kind]) -> Region:
        stmts = tuple([self._called(stmt, kinds) for stmt in region.stmts])
        same = all(a is b for a, b in zip(stmts, region.stmts))
        return region if same else replace(region, stmts=stmts)

    def _called(self, stmt: Stmt, kinds: Mapping[Value, Kind]) -> Stmt:
        if not isinstance(stmt, Call):
            return map_regions(stmt, lambda region: self._emitted(region, kinds))
        if stmt.callee.python is None:
            return stmt
        try:
            stmt.callee.core(tuple([kind_of_atom(a, kinds) for a in stmt.args]))
        except TangentError:        # it stays a call of the user's own
            return stmt
        return replace(stmt, callee=replace(stmt.callee, python=None))

    def text(self, callee: Callee, kinds: tuple[Kind, ...], fresh_results: bool | None = True,
             **options: Any) -> Emitted:
        """The module, of which the kinds of variables are kept in `names`."""
        found = gather(callee, kinds, self.finished, fresh_results)
        merged: dict[Value, Kind] = {}
        for typed in found.values():
            merged.update(typed.kinds)
        own = {t.function: {**merged, **t.kinds} for t in found.values()}
        functions = tuple([t.function for t in found.values()])
        printed = outside(functions, options.get("aliases") or {}, tuple(found)).defs

        def arranged(function: Function, kinds: Mapping[Value, Kind], used: frozenset[str]) -> Layout:
            layout = arrange(function, kinds, used)
            self.names[printed[function]] = variables(layout)
            return layout
        return emit(functions, own, arranged, keys=tuple(found), **options)


def variables(layout: Layout) -> Names:
    """The kinds of the variables of a function: what all versions of each have in common."""
    found: dict[str, Kind] = {}
    for value, name in layout.names.items():
        kind = layout.kinds.get(value, UNKNOWN)
        found[name] = common(found[name], kind) if name in found else _bare(kind)
    return found


def common(a: Kind, b: Kind) -> Kind:
    """What two kinds have in common, as far as loops and checks need it: numbers, ranks, tuples.

    >>> common(Array("float64", (3,)), Array("float64", (None,))) == Array("float64", (None,))
    True
    >>> common(Number("float64"), Number("float64", False)), common(Number(), Array("float64", (None,)))
    (Number(dtype='float64', weak=False), Unknown())
    """
    a, b = _bare(a), _bare(b)
    if isinstance(a, Number) and isinstance(b, Number) and a.dtype == b.dtype:
        return Number(a.dtype, a.weak and b.weak)
    return a if a == b else UNKNOWN


def _bare(kind: Kind) -> Kind:
    """A kind without extents, but for those that are 1."""
    if isinstance(kind, Array) and kind.shape is not None:
        return Array(kind.dtype, tuple([1 if dim == 1 else None for dim in kind.shape]))
    if isinstance(kind, Tuple):
        return Tuple(tuple(map(_bare, kind.elts)))
    return kind if isinstance(kind, Number) else UNKNOWN


def whole_text(compiler: WholeCompiler, fn: Any, request: Request, kinds: tuple[Kind, ...]) -> Whole:
    """The text of a derivative, or of a function itself, for arguments of these kinds."""
    callee = request.callee(compiler, fn, True)
    try:
        emitted = compiler.text(callee, kinds, aliases=aliases_of(fn))
    except TangentError as error:
        raise error.brief() from error.__cause__
    core = callee.core(kinds)
    result = UNKNOWN if isinstance(core.result, Unknown) else core.result
    apart = any(e.writes or e.derived_apart or e.by_rows for e in entries(compiler.cores))
    return Whole(emitted, _with_twins(emitted.text, compiler.names), result, bool(core.function.writes) or apart)


def _with_twins(text: str, names: Mapping[str, Names]) -> dict[str, Names]:
    """The kinds of variables where functions of one text were printed once: what these have in common."""
    printed = {node.name for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)}
    found = {name: dict(own) for name, own in names.items() if name in printed}
    for gone in (own for name, own in names.items() if name not in printed):
        for own in (own for own in found.values() if own.keys() == gone.keys()):
            own.update({name: common(kind, gone[name]) for name, kind in own.items()})
    return dict(found)
