"""The functions that one module of text holds: the entry, and what it calls that the compiler made, for its kinds.

A callee called with arguments of other kinds is another function there, unless both come out the same.
"""
from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace

from tangent2.core import prims
from tangent2.core.calling import called
from tangent2.core.dims import canonical
from tangent2.core.kinds import Kind
from tangent2.core.show import show
from tangent2.core.syntax import Atom, Call, Callee, Function, Op, Region, Stmt, Typed, Value, regions, walk
from tangent2.core.valuekinds import kind_of_atom
from tangent2.core.walk import bound, map_regions, renew_function
from tangent2.core.widening import bounded
from tangent2.errors import UnsupportedError

Kinds = tuple[Kind, ...]
Finish = Callable[[Typed, "bool | None"], Typed]
Key = tuple[Hashable, Kinds]


def gather(entry: Callee, kinds: Kinds, finish: Finish, fresh_results: bool | None) -> dict[Hashable, Typed]:
    """The finished functions by the keys under which they are called, the entry first."""
    first = finish(entry.core(kinds), fresh_results)
    found = _Gathering(finish)
    found.keys[entry.key, _rough(kinds)] = entry.key
    found.add(entry.key, first)
    while found.waiting:
        for call in calls(found.waiting.pop().function.body):
            found.visit(call)
    return {key: found.named(typed) for key, typed in found.functions.items()}


@dataclass
class _Gathering:
    """`keys`: the key of a callee under kinds; `versions`: of a callee, what tells its functions apart."""

    finish: Finish
    functions: dict[Hashable, Typed] = field(default_factory=dict)
    keys: dict[Key, Hashable] = field(default_factory=dict)
    versions: dict[Hashable, dict[Hashable, Hashable]] = field(default_factory=dict)
    waiting: list[Typed] = field(default_factory=list)
    bound: set[Value] = field(default_factory=set)
    kinds: dict[Value, Kind] = field(default_factory=dict)

    def visit(self, call: Call) -> None:
        """See to it that what a call needs is there."""
        callee, given = call.callee, tuple(map(self.kind, call.args))
        key = callee.key, _rough(given)
        if callee.python is not None or key in self.keys:
            return
        made = self.finish(callee.core(given), False)
        versions = self.versions.setdefault(callee.key, {})
        looks = show(made.function), tuple([(c.callee.key, _rough(tuple([kind_of_atom(a, made.kinds) for a in c.args])))
                                            for c in calls(made.function.body)])
        if looks in versions:
            self.keys[key] = versions[looks]
            return
        self.keys[key] = versions[looks] = callee.key if callee.key not in self.functions else ("version", *key)
        self.add(self.keys[key], made)

    def add(self, key: Hashable, typed: Typed) -> None:
        """Add a function; no two share a value, for kinds are kept by value."""
        _printable(typed.function)
        values = {*typed.function.params, *bound(typed.function.body)}
        if not values.isdisjoint(self.bound):
            function, mapping = renew_function(typed.function)
            new = {mapping.get(v, v): kind for v, kind in typed.kinds.items()}
            typed = Typed(function, new, typed.result)      # type: ignore[arg-type]
            values = {*function.params, *bound(function.body)}
        others = self.bound - values        # of which other kinds may be told: of what was in the text, and is pruned
        self.bound |= values
        self.kinds.update((v, kind) for v, kind in typed.kinds.items() if v not in others)
        self.functions[key] = typed
        self.waiting.append(typed)

    def kind(self, atom: Atom) -> Kind:
        return kind_of_atom(atom, self.kinds)

    def named(self, typed: Typed) -> Typed:
        """A function whose calls name the versions they are of."""
        function = self.function(typed.function)
        return typed if function is typed.function else Typed(function, typed.kinds, typed.result)

    def function(self, function: Function) -> Function:
        body = self.region(function.body)
        return function if body is function.body else replace(function, body=body)

    def region(self, region: Region) -> Region:
        stmts = tuple(map(self.stmt, region.stmts))
        same = all(a is b for a, b in zip(stmts, region.stmts))
        return region if same else Region(stmts, region.exit)

    def stmt(self, stmt: Stmt) -> Stmt:
        call = called(stmt)
        if call is not None and call.callee.python is None:
            key = self.keys[call.callee.key, _rough(tuple(map(self.kind, call.args)))]
            return stmt if key == call.callee.key else _recalled(stmt, replace(call.callee, key=key))
        if isinstance(stmt, Op) and stmt.prim is prims.CLOSURE and isinstance(stmt.static, Function):
            inner = self.function(stmt.static)
            return stmt if inner is stmt.static else replace(stmt, static=inner)
        new = map_regions(stmt, self.region)
        return stmt if all(a is b for a, b in zip(regions(new), regions(stmt))) else new


def _recalled(stmt: Stmt, callee: Callee) -> Stmt:
    """A call, or an attempt at one, of another callee."""
    if isinstance(stmt, Call):
        return replace(stmt, callee=callee)
    assert isinstance(stmt, Op)
    return replace(stmt, static=replace(stmt.static, what=callee))


def _printable(function: Function) -> None:
    """Refuse a function that was handed on and is needed as a Python object: its text stands elsewhere."""
    for stmt in walk(function.body):
        if isinstance(stmt, Op) and stmt.prim is prims.CLOSURE and isinstance(stmt.static, Callee):
            raise UnsupportedError(f"`{stmt.static.name}` is given to a function that does more than call it",
                                   origin=stmt.origin, construct="call",
                                   advice="only call it there, or define it at module level")


def calls(region: Region) -> list[Call]:
    """The calls in a region and in the functions defined there."""
    found = []
    for stmt in walk(region):
        if (call := called(stmt)) is not None:
            found.append(call)
        elif isinstance(stmt, Op) and stmt.prim is prims.CLOSURE and isinstance(stmt.static, Function):
            found += calls(stmt.static.body)
    return found


def _rough(kinds: Kinds) -> Kinds:
    """Kinds as a callee sees them."""
    return canonical(tuple(map(bounded, kinds)))[0]
