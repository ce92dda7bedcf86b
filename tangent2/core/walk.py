"""Reading and rebuilding regions: definitions, free values, substitution, renewal.

Every function here is pure: regions are immutable, rebuilding gives new nodes.
"""
from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from tangent2.core.syntax import (
    Atom, Call, Exit, For, Function, If, Note, Op, Raise, Region, Stmt, Try, Value, While, inner_bindings, operands,
    regions,
)


def values(atoms: Iterable[Atom]) -> list[Value]:
    return [a for a in atoms if isinstance(a, Value)]


def bound(region: Region) -> set[Value]:
    """All values bound anywhere in a region, inner regions, targets and params included."""
    found: set[Value] = set()
    _bound(region, found)
    return found


def _bound(region: Region, found: set[Value]) -> None:
    for stmt in region.stmts:
        found.update(stmt.outs)
        found.update(inner_bindings(stmt))
        for inner in regions(stmt):
            _bound(inner, found)


def used(region: Region) -> set[Value]:
    """All values read anywhere in a region, exits included."""
    found: set[Value] = set()
    _used(region, found)
    return found


def used_by(stmt: Stmt) -> set[Value]:
    """All values a statement reads, in its regions too."""
    found = set(values(operands(stmt)))
    for inner in regions(stmt):
        _used(inner, found)
    return found


def _used(region: Region, found: set[Value]) -> None:
    for stmt in region.stmts:
        found.update(values(operands(stmt)))
        for inner in regions(stmt):
            _used(inner, found)
    found.update(values(region.exit.vals))


def free(region: Region) -> set[Value]:
    """The values a region reads that are bound outside it."""
    return used(region) - bound(region)


def count_uses(region: Region, counts: dict[Value, int] | None = None) -> dict[Value, int]:
    """How often each value is read in a region, exits included."""
    counts = {} if counts is None else counts
    for stmt in region.stmts:
        for v in values(operands(stmt)):
            counts[v] = counts.get(v, 0) + 1
        for inner in regions(stmt):
            count_uses(inner, counts)
    for v in values(region.exit.vals):
        counts[v] = counts.get(v, 0) + 1
    return counts


def map_atoms(stmt: Stmt, atom: Callable[[Atom], Atom], region: Callable[[Region], Region]) -> Stmt:
    """A statement with its own operands and its regions mapped."""
    def many(atoms: tuple[Atom, ...]) -> tuple[Atom, ...]:
        return tuple([atom(a) for a in atoms])

    if isinstance(stmt, Op):
        return Op(stmt.outs, stmt.prim, many(stmt.args), stmt.kw, stmt.static, stmt.origin)
    if isinstance(stmt, Call):
        return Call(stmt.outs, stmt.callee, many(stmt.args), stmt.origin)
    if isinstance(stmt, If):
        return If(stmt.outs, atom(stmt.cond), region(stmt.then), region(stmt.orelse), stmt.origin)
    if isinstance(stmt, For):
        iter, init = atom(stmt.iter), many(stmt.init)
        return For(stmt.outs, stmt.target, iter, stmt.params, init, region(stmt.body), stmt.origin)
    if isinstance(stmt, While):
        return While(stmt.outs, stmt.params, many(stmt.init), region(stmt.cond), region(stmt.body), stmt.origin)
    if isinstance(stmt, Try):
        body, then, orelse = region(stmt.body), region(stmt.then), region(stmt.orelse)
        return Try(stmt.outs, atom(stmt.classes), body, then, orelse, stmt.raised, stmt.origin)
    return stmt


def map_exit(exit: Exit, atom: Callable[[Atom], Atom]) -> Exit:
    return type(exit)(tuple([atom(a) for a in exit.vals]))


def map_regions(stmt: Stmt, region: Callable[[Region], Region]) -> Stmt:
    """A statement with its regions mapped, its operands kept; the same node if it holds no region."""
    return map_atoms(stmt, lambda a: a, region) if regions(stmt) else stmt


def map_region(region: Region, atom: Callable[[Atom], Atom]) -> Region:
    """A region with every atom read in it mapped."""
    def inner(r: Region) -> Region:
        return map_region(r, atom)
    return Region(tuple([map_atoms(s, atom, inner) for s in region.stmts]), map_exit(region.exit, atom))


def substitute(region: Region, mapping: Mapping[Value, Atom]) -> Region:
    """Replace reads of values; chains in `mapping` (a -> b -> c) are followed.

    >>> from tangent2.core.syntax import Const, Return
    >>> x = Value("x")
    >>> substitute(Region((), Return((x,))), {x: Const(1.0)}).exit
    Return(vals=(1.0,))
    """
    return map_region(region, follow(mapping)) if mapping else region


def follow(mapping: Mapping[Value, Atom]) -> Callable[[Atom], Atom]:
    def atom(a: Atom) -> Atom:
        while isinstance(a, Value) and a in mapping:
            a = mapping[a]
        return a
    return atom


def renew(region: Region, mapping: dict[Value, Atom]) -> Region:
    """A copy of a region in which every bound value is new; `mapping` says what its free values become, and grows."""
    def fresh(vals: tuple[Value, ...]) -> tuple[Value, ...]:
        news = tuple([Value(v.hint, v.user) for v in vals])
        mapping.update(zip(vals, news))
        return news

    def atom(a: Atom) -> Atom:
        return mapping.get(a, a) if isinstance(a, Value) else a

    def inner(r: Region) -> Region:
        return renew(r, mapping)

    stmts: list[Stmt] = []
    for s in region.stmts:
        if isinstance(s, For):
            s = replace(s, target=s.target, init=tuple(map(atom, s.init)), iter=atom(s.iter))
            target, params = fresh((s.target,))[0], fresh(s.params)
            body = inner(s.body)
            stmts.append(For(fresh(s.outs), target, s.iter, params, s.init, body, s.origin))
        elif isinstance(s, While):
            init = tuple(map(atom, s.init))
            params = fresh(s.params)
            cond, body = inner(s.cond), inner(s.body)
            stmts.append(While(fresh(s.outs), params, init, cond, body, s.origin))
        else:
            raised = fresh(inner_bindings(s))
            new = map_atoms(s, atom, inner)
            if isinstance(new, Try) and raised:
                new = replace(new, raised=raised[0])
            stmts.append(new if isinstance(new, Note) else replace(new, outs=fresh(s.outs)))    # type: ignore[arg-type]
    return Region(tuple(stmts), map_exit(region.exit, atom))


def renamed(region: Region, names: Mapping[Value, Value]) -> Region:
    """A region in which some of the values that it binds are others."""
    def value(v: Value) -> Value:
        return names.get(v, v)

    def atom(a: Atom) -> Atom:
        return names.get(a, a) if isinstance(a, Value) else a

    def inner(r: Region) -> Region:
        return Region(tuple(map(stmt, r.stmts)), map_exit(r.exit, atom))

    def stmt(s: Stmt) -> Stmt:
        new = map_atoms(s, atom, inner)
        if isinstance(new, For):
            new = replace(new, target=value(new.target))
        if isinstance(new, (For, While)):
            new = replace(new, params=tuple(map(value, new.params)))
        return new if isinstance(new, Note) else replace(new, outs=tuple(map(value, new.outs)))    # type: ignore[arg-type]
    return inner(region) if names else region


def renew_function(function: Function) -> tuple[Function, dict[Value, Atom]]:
    """A copy of a function that shares no value with it, and the map from old values to new."""
    mapping: dict[Value, Atom] = {p: Value(p.hint, p.user) for p in function.params}
    params = tuple([mapping[p] for p in function.params])
    body = renew(function.body, mapping)
    owned = frozenset(mapping[p] for p in function.owned)
    return replace(function, params=params, body=body, owned=owned), mapping  # type: ignore[arg-type]


def leaves(region: Region) -> bool:
    """Whether a region never goes on to what follows its statement."""
    from tangent2.core.syntax import Yield
    return not isinstance(region.exit, Yield)


def may_leave(region: Region) -> bool:
    """Whether some path in a region breaks, continues or returns past it; raising does not count."""
    return any(_may_leave_stmt(s) for s in region.stmts) or (leaves(region) and not isinstance(region.exit, Raise))


def _may_leave_stmt(stmt: Stmt) -> bool:
    from tangent2.core.syntax import Return
    if isinstance(stmt, If):
        return may_leave(stmt.then) or may_leave(stmt.orelse)
    if isinstance(stmt, (For, While)):     # break and continue end at the loop, return does not
        return any(isinstance(r.exit, Return) for r in _all_regions(stmt))
    return False


def _all_regions(stmt: Stmt) -> list[Region]:
    found = list(regions(stmt))
    for region in list(found):
        for inner in region.stmts:
            found += _all_regions(inner)
    return found
