"""Adjoints of objects: objects of the same class, of which attributes without a derivative are those of the object."""
from __future__ import annotations

from tangent2.core import prims
from tangent2.core.build import Builder
from tangent2.core.kinds import Kind, Tuple, is_inexact
from tangent2.core.syntax import Atom, Op, Stmt, Value


def as_object(stmts: list[Stmt], kinds: dict[Value, Kind], bar: Atom, like: Value) -> Atom:
    """The adjoint of an argument that is an object, as one; any other as it is."""
    made = {s.out: s.args for s in stmts if isinstance(s, Op) and s.prim is prims.TUPLE}
    build = Builder(kinds)
    found = _wrapped(build, bar, like, made)
    stmts += build.stmts
    return found


def _wrapped(build: Builder, bar: Atom, like: Atom, made: dict[Value, tuple[Atom, ...]]) -> Atom:
    kind = build.kind(like)
    if not isinstance(kind, Tuple) or kind.record is None or not kind.record.is_object or kind.record.optional \
            or not isinstance(build.kind(bar), Tuple):
        return bar
    parts: list[Atom] = []
    for k, own in enumerate(kind.elts):
        if not is_inexact(own):
            parts.append(build.getitem(like, k))
            continue
        known = made.get(bar) if isinstance(bar, Value) else None
        part = known[k] if known is not None else build.getitem(bar, k)
        inner = isinstance(own, Tuple) and own.record is not None
        parts.append(_wrapped(build, part, build.getitem(like, k), made) if inner else part)
    hint, user = (bar.hint, bar.user) if isinstance(bar, Value) else (None, False)
    return build.op(prims.TUPLE, *parts, static=kind.record, hint=hint, user=user)
