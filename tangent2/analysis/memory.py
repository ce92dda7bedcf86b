"""Refuse programs in which Python's in-place updates can be seen through another name than the one that is written to.

In the core every update makes a new version; where the old one, or memory shared with it, is read afterwards, Python
would show the change there.  Writing into an argument or a global is refused as well.
"""
from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from functools import partial
from typing import NoReturn

from tangent2.analysis.aliases import Place, View, cells, is_firm, is_known, leaves
from tangent2.analysis.buffers import Facts, analyse
from tangent2.analysis.callee_memory import CallFacts, Source, given_back
from tangent2.analysis.callee_memory import Summary as MemorySummary
from tangent2.analysis.known import Known, Path, Sharing, gifts
from tangent2.analysis.nodes import ARRAYS, CONTAINERS, OUTSIDE, Key, bits, layout
from tangent2.analysis.opaque import UNKNOWN_CODE, instead_of
from tangent2.analysis.renewed import Renewed, Route, routes
from tangent2.analysis.returned import asked, call_facts
from tangent2.core import prims
from tangent2.core.kinding import kind_of_const
from tangent2.core.kinds import NUMERIC, UNKNOWN, Array, Dict, Kind, List, NoneKind, Number, Tuple, Unknown
from tangent2.core.syntax import Atom, Call, Callee, Const, Op, Region, Stmt, Typed, Value, operands, regions, walk
from tangent2.errors import SharingError, UnsupportedError

_WRITE = "writes to"
_NAMED = {prims.PUSH: "appends to", prims.POP: "pops from", prims.BECOME: "changes"}
Definitions = Mapping[Value, Stmt]


def check(typed: Typed, summary: MemorySummary | None = None, outer: bool = True,
          sharing: Sharing | None = None) -> None:
    """Raise `SharingError` where an update would be visible elsewhere.

    `outer`: the function is called by nobody but the user, so rebinding its arguments is what is wanted.
    Values that `sharing` puts into one cell are renewed after each write to it (`analysis/renew.py`).

    >>> from tangent2.core.syntax import Const, Function, IndexSpec, Return
    >>> u, v = Value("u"), Value("v")
    >>> write = Op((v,), prims.SETITEM, (u, Const(0), Const(1.0)), static=IndexSpec((None,)))
    >>> f = Function("f", (u,), Region((write,), Return((v,))))
    >>> check(Typed(f, dict.fromkeys((u, v), Array()), Array()))
    Traceback (most recent call last):
    ...
    tangent2.errors.SharingError: the function writes to its argument `u`
    """
    own = typed.function.owned | typed.function.writes
    told = sharing or Sharing({}, {})
    if not _updates(typed.function.body) and not typed.function.apart and not told.distinct:
        return
    parts: dict[Atom, Op] = {}
    restored = set(typed.function.restored)
    _written_back(typed.function.body, parts, restored)
    typed = replace(typed, function=replace(typed.function, owned=own, restored=frozenset(restored)))
    for taken in parts.values():
        _refuse_lost(typed, taken)
    analysed = partial(analyse, summary=summary or of_callee, in_place=True, apart=True, called=not outer)
    facts = analysed(typed)
    if told.distinct:
        _refuse_repeated(typed, told.distinct, analysed(_owning(typed, frozenset(typed.function.params) | own)))
    if not facts.conflicts:
        return
    open_ones = {key for key, (stmt, _) in facts.conflicts.items() if _is_open(typed, stmt)}
    beside = {key for key, (stmt, _) in facts.conflicts.items() if not _writes(stmt, key[1])}
    conflicts = {key: found for key, found in facts.conflicts.items() if key not in open_ones | beside}
    if beside:      # who calls sees to it that arguments are apart
        again = analysed(_owning(typed, frozenset(typed.function.params) | own))
        conflicts |= {key: found for key, found in again.conflicts.items() if key in beside}
    if open_ones:       # rebinding leaves arguments alone, and these are taken to be different objects
        free = replace(typed.function, owned=frozenset(typed.function.params if outer else ()) | own)
        facts = analysed(Typed(free, typed.kinds, typed.result))
        conflicts |= {key: (stmt, nodes & ~OUTSIDE if outer else nodes)
                      for key, (stmt, nodes) in facts.conflicts.items() if key in open_ones}
    for (_, position), (stmt, nodes) in conflicts.items():
        atom = operands(stmt)[position]
        if atom in parts and not _repeats(facts, parts[atom].args[0]):
            nodes &= ~_changing_with(facts, parts[atom])
        unseen = isinstance(stmt, Op) and stmt.prim in UNKNOWN_CODE        # nothing is read anew after it
        nodes = _not_renewed(typed, facts, stmt, position, nodes, told) if _writes(stmt, position) and not unseen \
            else _not_told_apart(facts, told.places, atom, nodes)
        if nodes:
            _refuse(typed, facts, stmt, atom, nodes)


def _owning(typed: Typed, owned: frozenset[Value]) -> Typed:
    return replace(typed, function=replace(typed.function, owned=owned))


def _refuse_repeated(typed: Typed, containers: Collection[tuple[Atom, Op]], facts: Facts) -> None:
    """Refuse to tell objects by where they stand in what may hold one of them twice."""
    definitions = {v: s for s in walk(typed.function.body) for v in s.outs}
    for whole, test in containers:
        kind = typed.kinds.get(whole)       # type: ignore[arg-type]
        arrays = isinstance(kind, (List, Dict)) and isinstance(kind.elt, Array)
        if _repeats(facts, whole, (ARRAYS if arrays else CONTAINERS,)):
            name = _name(whole, typed, definitions)
            raise SharingError(f"whether two elements of {name} are one object is not known",
                               origin=test.origin, advice="compare their indices instead")


def _writes(stmt: Stmt, position: int) -> bool:
    """Whether a statement in conflict changes an operand, or may not be given it beside another for other reasons."""
    return not isinstance(stmt, Call) or position in given_back(stmt.callee)


def _not_told_apart(facts: Facts, places: Mapping[Value, Place], atom: Atom, nodes: int) -> int:
    """The nodes of which it is not known that they are other memory than an operand."""
    place = places.get(atom)        # type: ignore[arg-type]
    if place is None or not is_firm(place):
        return nodes
    for node in bits(nodes & ~OUTSIDE):
        other = places.get(facts.owner[node])       # type: ignore[arg-type]
        if other is not None and is_firm(other) and set(cells(other)).isdisjoint(cells(place)):
            nodes &= ~(1 << node)
    return nodes


def _changing_with(facts: Facts, taken: Op) -> int:
    """The nodes of a container that change when a part is put back: not those of other attributes."""
    container, *index = taken.args
    key = index[0].value if len(index) == 1 and isinstance(index[0], Const) else None
    there = facts.keys.get(container, ())
    return sum(1 << n for (path, _, _), n in there if not path or key is None or path[0] == key)


def _not_renewed(typed: Typed, facts: Facts, stmt: Stmt, position: int, nodes: int, sharing: Sharing) -> int:
    """The nodes in danger whose values are not read anew after a write.

    What a callee is given beside is read too early to be read anew; operands themselves were told apart.
    """
    places, written = sharing.places, operands(stmt)[position]
    given = 0
    for k, other_operand in enumerate(operands(stmt)) if isinstance(stmt, Call) else ():
        given |= facts.all(other_operand) if k != position else 0
    place = sharing.wrote.get((stmt.outs[0], position)) if stmt.outs else None
    place = places.get(written) if place is None else place     # type: ignore[arg-type]
    written_to = () if place is None else tuple(leaves(place))
    told = {w: sharing.alone[stmt.outs[0], w] for w in written_to if stmt.outs and (stmt.outs[0], w) in sharing.alone}
    whole = not isinstance(stmt, Op) or stmt.prim is not prims.SETITEM      # or but an attribute gets another value
    planes = {key[2] for key, _ in facts.keys.get(written, ()) if key[1] == "T" and (whole or not key[0])} or {
        ARRAYS, CONTAINERS}     # of an object of several classes no node tells where it is
    if place is None or any(w not in told and _is_repeated(facts, w, sharing, planes) for w in written_to):
        return nodes
    if len(told) == len(written_to) and (
            all(told.values()) or not facts.tangled(facts.all(written) & ~facts.top(written))):
        nodes &= ~OUTSIDE
    renewed = sharing.touches.get(stmt.outs[0], Renewed()) if stmt.outs else Renewed()
    for node in bits(nodes & ~OUTSIDE):
        other = places.get(facts.owner[node])       # type: ignore[arg-type]
        early = bool(given >> node & 1)
        if other is not None and all(
                _is_seen(w, other, _path(facts, node), typed, w in told and (told[w] or not facts.tangled(1 << node)),
                         renewed if not early and (len(written_to) == 1 or is_known(w)) else Renewed())
                for w in written_to):
            nodes &= ~(1 << node)
    return nodes


def _is_seen(written_to: Place, other: Place, path: tuple[object, ...], typed: Typed, alone: bool,
             renewed: Renewed) -> bool:
    """Whether what is reached from another place is right after a write: it is read anew, or surely other memory."""
    def kind_of(atom: Atom) -> Kind:
        return typed.kinds.get(atom, UNKNOWN) if isinstance(atom, Value) else UNKNOWN
    here = Renewed({*renewed.routes, *routes(written_to, kind_of)}, renewed.parts)
    if all(here.has((*route, *path), kind_of) for route in routes(other, kind_of)):
        return True
    own = [(*route, *path) for route in routes(other, kind_of)]
    inside = alone and not any(_part(route, r) for route in routes(written_to, kind_of) for r in own)
    return inside and not set(cells(written_to)).isdisjoint(cells(other)) or \
        (alone or is_firm(written_to)) and is_firm(other)


def _part(route: Route, other: Route) -> bool:
    """Whether two routes lead to different attributes of one object."""
    return route[0] == other[0] and next((isinstance(a, str) and isinstance(b, str)
                                          for a, b in zip(route, other) if a != b), False)


def _path(facts: Facts, node: int) -> tuple[object, ...]:
    """By which attributes a node is reached from the value that has it."""
    owner = facts.owner[node]
    return next((key[0] for key, n in facts.keys[owner] if n == node), ()) if owner is not None else ()


def _is_repeated(facts: Facts, place: Place, sharing: Sharing, planes: set[int]) -> bool:
    """Whether a place is an element of a list or dict that may hold the same object twice."""
    if not isinstance(place, View):
        return False
    return any(_repeats(facts, v, planes) for v, p in sharing.first.items()
               if p == place.base or sharing.places.get(v) == place.base) \
        or _is_repeated(facts, place.base, sharing, planes)


def _repeats(facts: Facts, container: Atom, planes: Collection[int] = (ARRAYS, CONTAINERS)) -> bool:
    """Whether two parts of a container, of some planes, may be the same object (`[row] * 2`)."""
    nodes = [n for key, n in facts.keys.get(container, ()) if key[2] in planes]
    top = facts.top(container)
    return any(facts.rows[n] >> n & 1 for n in nodes if not top >> n & 1)


def _refuse_lost(typed: Typed, taken: Op) -> None:
    """Refuse to put back a part of an array that is a copy: Python would not."""
    if not isinstance(typed.kinds.get(taken.args[0]), (Array, Unknown)):       # type: ignore[arg-type]
        return
    for index in taken.args[1:]:
        kind = typed.kinds.get(index) if isinstance(index, Value) else kind_of_const(getattr(index, "value", None))
        mask = isinstance(kind, Number) and kind.dtype == "bool"
        if isinstance(kind, List) or isinstance(kind, Array) and kind != NUMERIC and kind.shape != () or mask:
            raise UnsupportedError("what is written here is lost: a part taken by an index array or a mask is a copy",
                                   origin=taken.origin, construct="subscript",
                                   advice="write with one index, `x[i, j] = v`, or leave the statement out")


def _written_back(region: Region, parts: dict[Atom, Op], restored: set[Value]) -> None:
    """Find parts that are updated and then put back (`a[i][j] = v`): their container changes with them."""
    got: dict[Atom, Op] = {}
    for before, stmt in zip((None, *region.stmts), region.stmts):
        for inner in regions(stmt):
            _written_back(inner, parts, restored)
        if isinstance(stmt, Op) and stmt.prim is prims.GETITEM:
            got[stmt.out] = stmt
        if isinstance(stmt, Op) and stmt.prim is prims.SETITEM and isinstance(before, Op) and before.prim.update \
                and before.outs[0] is stmt.args[-1]:
            taken = got.get(before.args[0])
            if taken is not None and taken.args == stmt.args[:-1] and taken.static == stmt.static:
                parts[taken.out] = taken
                restored.add(stmt.out)


def _updates(region: Region) -> bool:
    for stmt in region.stmts:
        if isinstance(stmt, Op):
            if stmt.prim.update or stmt.prim in UNKNOWN_CODE:
                return True
        elif isinstance(stmt, Call):
            if given_back(stmt.callee):
                return True
        elif any(_updates(inner) for inner in regions(stmt)):
            return True
    return False


def _is_open(typed: Typed, stmt: Stmt) -> bool:
    """Whether it is open if `op=` changes a value in place: it may be a number."""
    if not (isinstance(stmt, Op) and stmt.prim is prims.INPLACE):
        return False
    kind = typed.kinds.get(stmt.args[0], Unknown())     # type: ignore[arg-type]
    return isinstance(kind, Unknown) or isinstance(kind, Array) and not kind.is_array


def _refuse(typed: Typed, facts: Facts, stmt: Stmt, atom: Atom, nodes: int) -> NoReturn:
    definitions = {v: s for s in walk(typed.function.body) for v in s.outs}
    name = _name(atom, typed, definitions)
    reason, advice = _explained(typed, facts, stmt, atom, nodes, name, definitions)
    raise SharingError(reason, origin=getattr(stmt, "origin", None), advice=advice)


def _explained(typed: Typed, facts: Facts, stmt: Stmt, atom: Atom, nodes: int, name: str,
               definitions: Definitions) -> tuple[str, str]:
    """What is wrong with a write, and what to do about it."""
    if _is_open(typed, stmt):
        return (f"whether {name} is changed in place depends on its type",
                "give example arguments, or write it as a plain assignment")
    if isinstance(stmt, Op) and stmt.prim in UNKNOWN_CODE:
        why = "may be (part of) an argument or a global" if nodes & OUTSIDE else "is read afterwards"
        code = "a function not known before the code runs," if stmt.prim is prims.APPLY else "code"
        return f"{name} is given to {code} that may change it, and {why}", instead_of(stmt)
    if isinstance(stmt, Call) and not given_back(stmt.callee):
        others = sorted({_name(a, typed, definitions) for a in stmt.args if facts.all(a) & nodes} - {name})
        return (f"{name} and {', '.join(others) or name} may share memory, and `{stmt.callee.name}` takes its "
                "arguments to share none", "give it a copy of one of them")
    verb = _NAMED.get(stmt.prim, _WRITE) if isinstance(stmt, Op) else _WRITE
    copied = _copy_advice(typed, atom, name, definitions)
    if nodes & OUTSIDE and not facts.related(facts.all(atom)) & OUTSIDE:
        return f"what {name} holds is written to, and some of it may be the same object", "put copies into it"
    if nodes & OUTSIDE:
        argument = atom in typed.function.params
        what = f"its argument {name}" if argument else f"{name}, which may be (part of) an argument or a global"
        return f"the function {verb} {what}", copied
    owners = [facts.owner[n] for n in bits(nodes)]
    others = sorted({_name(owner, typed, definitions) for owner in owners if owner is not None} - {name})
    if any(other.startswith("a part of") for other in others):
        copied = "copy the part that is read: `[...].copy()`"
    shown = ", ".join(others) or "its old value"
    return f"{name} is changed while {shown}, which may share its memory, is still needed", copied


def _name(atom: Atom | None, typed: Typed, definitions: Definitions) -> str:
    """What a value is called in messages."""
    if isinstance(atom, Value) and atom.hint:
        return f"`{atom.hint}`"
    made = definitions.get(atom) if isinstance(atom, Value) else None
    if isinstance(made, Op) and made.prim is prims.READ:
        return f"`{made.static.name}`"
    if isinstance(made, Op) and made.prim in (prims.GETITEM, prims.UNPACK):
        base = made.args[0]
        part = "a part" if isinstance(typed.kinds.get(base), Array) else "an element"      # type: ignore[arg-type]
        return f"{part} of {_name(base, typed, definitions)}"
    return "a value"


def _copy_advice(typed: Typed, atom: Atom, name: str, definitions: Definitions) -> str:
    made = definitions.get(atom) if isinstance(atom, Value) else None
    if not name.startswith("`"):
        return "put copies into what holds it: `[v.copy() for v in ...]`"
    kind = typed.kinds.get(atom) if isinstance(atom, Value) else None
    target = name.strip("`")
    if target == "self" and isinstance(made, Op) and made.prim is prims.READ:
        return "make the object in the function that is differentiated: `lambda x: C(...).method(x)`"
    copied = f"list({target})" if isinstance(kind, List) else f"{target}.copy()"
    if isinstance(made, Op) and made.prim is prims.READ:
        return f"copy it first, under a name of its own: `{copied}`"
    return f"copy it first: `{target} = {copied}`"


_asked: set[tuple[Callee, tuple[Kind, ...]]] = set()


def of_callee(callee: Callee, kinds: tuple[Kind, ...]) -> CallFacts:
    """What is known of the memory of a callee's result; of one that is being resolved itself, nothing."""
    key = callee, asked(kinds)      # in this form cores are kept
    if key in _asked:
        return _given_back(*key)
    _asked.add(key)
    try:
        return call_facts(*key, in_place=True)
    finally:
        _asked.discard(key)


def _given_back(callee: Callee, kinds: tuple[Kind, ...]) -> CallFacts:
    """Of a callee that is being resolved: the arguments which it gives back as they are at its end are those."""
    if not given_back(callee):
        return CallFacts()
    anything: Source = tuple([(i, None) for i in range(len(kinds))]), True
    sources: dict[Key, Source] = {((0,), "T", ARRAYS): anything}
    for position, k in enumerate(given_back(callee)):
        for path, role, plane in layout(kinds[k]):
            own = role == "T" and not path and not isinstance(kinds[k], Unknown)
            sources[(position + 1, *path), role, plane] = (((k, None),), False) if own else anything
    return CallFacts(sources)


def _fresh(result: Kind, gives: Collection[Path], facts: CallFacts) -> frozenset[Path]:
    """The result, or parts of a tuple, that are arrays of their own."""
    parts = {(k,): kind for k, kind in enumerate(result.elts)} if isinstance(result, Tuple) else {(): result}
    used = {key[0][:1] for key, (near, outside) in (facts.sources or {}).items() if near or outside}
    found = [path for path, kind in parts.items() if isinstance(kind, Array) and path not in used]
    alone = len([p for p, kind in parts.items() if p not in gives and not isinstance(kind, (Number, NoneKind))]) < 2
    return frozenset(found if facts.sources is not None and (alone or not facts.shared) else ())


def known_of(callee: Callee, kinds: tuple[Kind, ...], done: Callable[[Callee, tuple[Kind, ...]], Known]) -> Known:
    """What a callee does with its arguments; of one that is being resolved itself, what it does by its text."""
    key = callee, asked(kinds)
    if key in _asked:
        return replace(done(callee, kinds), gives={}, open=True)
    _asked.add(key)
    try:
        core = callee.core(key[1])
        function = core.function
        return Known(tuple([k for k, p in enumerate(function.params) if p in function.writes - function.owned]),
                     gives := gifts(function), function.by_rows, into_arrays=function.into_arrays,
                     reaches=function.reaches, rebinds=function.rebinds, alters=function.alters, apart=function.apart,
                     fresh=_fresh(core.result, gives, call_facts(*key, in_place=True)))
    finally:
        _asked.discard(key)
