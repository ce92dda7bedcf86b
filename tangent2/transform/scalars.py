"""A gradient is that of a number: paths on which a function returns something else raise, in the printed code."""
from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import gast

from tangent2.core import prims
from tangent2.core.build import Builder
from tangent2.core.kinds import BOOL, INT, UNKNOWN, Array, Dict, Kind, List, NoneKind, Str, Tuple, Unknown
from tangent2.core.syntax import (
    Atom, Call, Const, For, If, Op, Raise, Region, Return, Typed, Value, While, Yield, regions, walk,
)
from tangent2.core.walk import map_regions
from tangent2.errors import TangentError
from tangent2.rules.declare import by_name

_WORDS: tuple[tuple[type, str], ...] = (
    (NoneKind, "None"), (Str, "a string"), (Tuple, "a tuple"), (List, "a list"), (Dict, "a dict"), (Array, "an array"))


def numbers_only(typed: Typed, name: str, first: bool = False) -> Typed:
    """The function with a `raise` in the place of each `return` of something that is no number.

    Where a value is None or an array on some paths, the returned value is asked.  `first`: the first part of the
    result counts.

    >>> from tangent2.core.kinds import FLOAT
    >>> from tangent2.core.show import show
    >>> c, x = Value("c"), Value("x")
    >>> body = Region((If((), c, Region((), Return((x,))), Region((), Yield())),), Return((Const(None),)))
    >>> from tangent2.core.syntax import Function
    >>> f = Typed(Function("f", (c, x), body), {c: BOOL, x: FLOAT}, FLOAT)
    >>> print(show(numbers_only(f, "f").function))
    def f(c.0, x.1):
        if c.0:
            return x.1
        else:
            yield
        t.2 = verbatim[TypeError('f returns None here, which has no gradient')]()
        raise t.2
    """
    returned = _Returned(typed, first)
    bad = {id(region): word for region in _returns(typed.function.body) if (word := returned.wrong(region)) is not None}
    if not bad:
        return typed
    kinds = dict(typed.kinds)
    origin = typed.function.origin
    place = "" if origin is None else f" ({os.path.basename(origin.file)}, line {origin.line})"

    def mended(region: Region) -> Region:
        stmts = tuple([map_regions(s, mended) for s in region.stmts])
        if id(region) not in bad:
            return Region(stmts, region.exit)
        word, asked = bad[id(region)]
        failing = _failing(f"{name} returns {word} here, which has no gradient{place}", kinds)
        if asked is None:
            return Region((*stmts, *failing.stmts), failing.exit)
        is_bad, extra = Value(), Value()
        kinds[is_bad], kinds[extra] = BOOL, INT
        if word == "None":
            test: tuple[Op, ...] = (Op((is_bad,), prims.IS, (asked, Const(None))),)
        else:
            test = Op((extra,), by_name("np.ndim"), (asked,)), Op((is_bad,), prims.GT, (extra, Const(0)))
        return Region((*stmts, *test, If((), is_bad, failing, Region((), Yield()))), region.exit)
    return Typed(replace(typed.function, body=mended(typed.function.body)), kinds, typed.result)


def _failing(message: str, kinds: dict[Value, Kind]) -> Region:
    """`raise TypeError(message)`."""
    node = gast.Call(gast.Name("TypeError", gast.Load(), None, None), [gast.Constant(message, None)], [])
    error = Value()
    kinds[error] = UNKNOWN
    template = prims.Template(node, f"TypeError({message!r})", pure=True)
    return Region((Op((error,), prims.VERBATIM, (), static=template),), Raise((error,)))


def _returns(region: Region) -> list[Region]:
    """The regions that end in a return."""
    found = [region] if isinstance(region.exit, Return) else []
    return found + [each for s in region.stmts for inner in regions(s) for each in _returns(inner)]


@dataclass
class _Returned:
    """What is known of the values that a function returns."""

    typed: Typed
    first: bool
    seen: set[object] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.definitions = {v: s for s in walk(self.typed.function.body) for v in s.outs}
        self.params = {v: s for s in self.definitions.values() if isinstance(s, (For, While)) for v in s.params}
        self.kind: Callable[[Atom], Kind] = Builder(self.typed.kinds).kind

    def wrong(self, region: Region) -> tuple[str, Value | None] | None:
        """What a region returns that is no number; with the value to ask if it may be one."""
        atom = region.exit.vals[0]
        if self.first:
            made = self.definitions.get(atom) if isinstance(atom, Value) else None
            if not (isinstance(made, Op) and made.prim is prims.TUPLE and len(made.args) == 2):
                return None
            atom = made.args[0]
        kind = self.kind(atom)
        for cls, word in _WORDS:
            if isinstance(kind, cls) and not (isinstance(kind, Array) and kind.shape in ((), None)):
                return word, None
        if not isinstance(atom, Value):
            return None
        self.seen.clear()
        if self.may_be(atom, _is_none):
            return "None", atom
        self.seen.clear()
        return ("an array", atom) if isinstance(kind, Unknown) and self.may_be(atom, _is_array) else None

    def may_be(self, atom: Atom, wanted: Callable[[Atom, Kind], bool]) -> bool:
        """Whether a value is of some sort on some path."""
        if wanted(atom, self.kind(atom)):
            return True
        if not isinstance(atom, Value) or atom in self.seen:
            return False
        self.seen.add(atom)
        if atom in self.params:
            return self._carried(self.params[atom], self.params[atom].params.index(atom), wanted)
        stmt = self.definitions.get(atom)
        if isinstance(stmt, If):
            k = stmt.outs.index(atom)
            arms = [r.exit.vals[k] for r in (stmt.then, stmt.orelse) if isinstance(r.exit, Yield)]
            return any(self.may_be(a, wanted) for a in arms)
        if isinstance(stmt, (For, While)):
            return self._carried(stmt, stmt.outs.index(atom), wanted)
        return isinstance(stmt, Call) and self._called(stmt, wanted)

    def _carried(self, loop: For | While, k: int, wanted: Callable[[Atom, Kind], bool]) -> bool:
        exits = [r.exit for r in _ends(loop.body)]
        return any(self.may_be(a, wanted) for a in [loop.init[k], *[e.vals[k] for e in exits if k < len(e.vals)]])

    def _called(self, call: Call, wanted: Callable[[Atom, Kind], bool]) -> bool:
        key = call.callee.key, tuple(map(self.kind, call.args))
        if key in self.seen:
            return False
        self.seen.add(key)
        try:
            inner = _Returned(call.callee.core(key[1]), False, self.seen)
        except TangentError:
            return False
        return any(inner.may_be(r.exit.vals[0], wanted) for r in _returns(inner.typed.function.body))


def _is_none(atom: Atom, kind: Kind) -> bool:
    return isinstance(kind, NoneKind)


def _is_array(atom: Atom, kind: Kind) -> bool:
    return isinstance(kind, Array) and bool(kind.shape)


def _ends(region: Region) -> list[Region]:
    """The regions of a loop's body that end an iteration of it."""
    inner = [s for s in region.stmts if isinstance(s, If)]
    found = [each for s in inner for r in (s.then, s.orelse) if not isinstance(r.exit, Yield) for each in _ends(r)]
    found += [each for s in inner for r in (s.then, s.orelse) if isinstance(r.exit, Yield)
              for each in _ends(r) if each is not r]
    return found if isinstance(region.exit, (Return, Raise)) else [region, *found]
