"""From here on objects are values: their attributes are plain values of the function, or elements of tuples.

While memory mattered an object was a dict of its attributes.  Now each new version of it is only known by what its
attributes are; branches and loops hand these on one by one, and a tuple is made where the object is needed as a whole.
"""
from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NoReturn

from tangent2.analysis.prune import prune, without_unread
from tangent2.core import prims
from tangent2.core.kinds import (
    Closures, Dict, FunctionKind, Iterator as IteratorKind, Kind, List, Record, Records, Tuple,
)
from tangent2.core.lostkinds import may_hold
from tangent2.core.objectkinds import frozen
from tangent2.core.recursive import is_one_of, object_class, part_of
from tangent2.core.syntax import (
    ONE_ITEM, Atom, Break, Call, Callee, Const, Continue, Exit, For, If, Note, Op, Origin, Region, Stmt, Typed, Value,
    While, Yield, walk,
)
from tangent2.core.walk import map_exit, used
from tangent2.core.objects import PLAIN, member
from tangent2.errors import UnsupportedError

_HOLDING = frozenset({
    prims.TUPLE, prims.LIST, prims.DICT, prims.PUSH, prims.POP, prims.GETITEM, prims.SETITEM, prims.UNPACK,
    prims.BECOME, prims.NEW, prims.CLOSURE, prims.READ, prims.IS, prims.IS_NOT, prims.SETTLE, prims.TAPE, prims.ADD,
    prims.MUL, prims.INPLACE, prims.INPLACE_PART, prims.APPLY, prims.COPY, prims.DERIVE,
    prims.OF_CLASS, prims.AS_CLASS})
_NAMED = frozenset({"len", "list", "tuple", "zip", "enumerate", "reversed", "deep_copy", "copy", ".copy"})


def freeze(typed: Typed) -> Typed:
    """The function in which no object has memory; the same if there are no objects.

    >>> from tangent2.core.kinds import FLOAT, object_kind
    >>> from tangent2.core.show import show
    >>> from tangent2.core.syntax import Function, Return
    >>> class Line: __module__ = "model"
    >>> line, x, new, y = Value("line", True), Value("x", True), Value("line", True), Value("y", True)
    >>> write = Op((new,), prims.SETITEM, (line, Const("slope"), x), static=ONE_ITEM)
    >>> read = Op((y,), prims.GETITEM, (new, Const("slope")), static=ONE_ITEM)
    >>> f = Function("f", (line, x), Region((write, read), Return((y,))))
    >>> kind = object_kind(Line, {"slope": FLOAT})
    >>> print(show(freeze(Typed(f, {line: kind, new: kind, x: FLOAT, y: FLOAT}, FLOAT)).function))
    def f(line.0, x.1):
        slope.2 = line.0[0]
        return x.1
    """
    kinds = (*typed.kinds.values(), typed.result)
    if not any(_holds(kind) or may_hold(kind) for kind in kinds) and not _has_rows(typed):
        return typed
    run = _Freezing(typed)
    body = run.region(typed.function.body)
    first = tuple([op for op in run.entry.values() if op is not None])
    function = replace(typed.function, body=without_unread(prune(Region((*first, *body.stmts), body.exit))))
    return Typed(function, run.kinds, frozen(typed.result))


def _holds(kind: Kind | None) -> bool:
    """Whether there may be objects in a value."""
    if isinstance(kind, Dict):
        return kind.cls is not None or _holds(kind.elt)
    if isinstance(kind, Tuple):
        named = kind.record
        return named is not None and (named.is_object or named.is_closure) or any(map(_holds, kind.elts))
    if isinstance(kind, (Closures, Records)):
        return True
    if isinstance(kind, FunctionKind):
        return any(map(_holds, kind.captured))
    return isinstance(kind, (List, IteratorKind)) and _holds(kind.elt)


def _is_kept_function(kind: Kind | None) -> bool:
    """Whether a value is a function that is kept as a tuple, or a list or tuple of such."""
    if isinstance(kind, (List, IteratorKind)):
        return _is_kept_function(kind.elt)
    return isinstance(kind, Closures) or isinstance(kind, Tuple) and kind.record is not None and kind.record.is_closure


def _has_rows(typed: Typed) -> bool:
    """Whether there are lists in which each place has a kind of its own."""
    return any(isinstance(s, Op) and s.prim is prims.LIST and isinstance(typed.kinds.get(s.out), Tuple)
               for s in walk(typed.function.body))


class _Freezing:
    """The walk: `parts` are the attributes of values that are objects and are bound nowhere, `became` other values."""

    def __init__(self, typed: Typed) -> None:
        self.before = typed.kinds
        self.kinds = {v: k if isinstance(k, FunctionKind) else frozen(k) for v, k in typed.kinds.items()}
        self.used = used(typed.function.body)
        self.parts: dict[Value, tuple[Atom, ...]] = {}
        self.became: dict[Value, Atom] = {}
        self.roots: set[Atom] = set(typed.function.params)
        self.entry: dict[tuple[Atom, int], Op] = {}
        self.origin: Origin | None = typed.function.origin
        self.stmts: list[Stmt] = []
        self.reads = {s.out for s in walk(typed.function.body) if isinstance(s, Op) and s.prim is prims.READ}

    # ---- atoms ----

    def atom(self, atom: Atom) -> Atom:
        while isinstance(atom, Value) and atom in self.became:
            atom = self.became[atom]
        return atom

    def record(self, atom: Atom) -> Record | None:
        """What tells the attributes of an object; None if it is none."""
        kind = self.kinds.get(self.atom(atom)) if isinstance(atom, Value) else None     # type: ignore[arg-type]
        return kind.record if isinstance(kind, Tuple) and kind.record is not None and kind.record.is_object else None

    def value(self, kind: Kind, hint: str | None, user: bool) -> Value:
        new = Value(hint, user)
        self.kinds[new] = kind
        return new

    def field(self, base: Atom, k: int, out: Value | None = None) -> Atom:
        """An attribute of an object; of an argument it is read once, at the start."""
        base = self.atom(base)
        if base in self.parts:
            return self.atom(self.parts[base][k])       # type: ignore[index]
        assert isinstance(base, Value)
        kind = self.kinds[base]
        assert isinstance(kind, Tuple) and kind.record is not None
        name = kind.record.names[k].strip("_")
        if base in self.roots and not kind.record.optional:
            if (base, k) not in self.entry:
                made = self.value(part_of(kind, kind.elts[k]), name, False)
                self.entry[base, k] = Op((made,), prims.GETITEM, (base, Const(k)), (), ONE_ITEM, self.origin)
                self.roots.add(made)
            return self.entry[base, k].out
        new = self.value(part_of(kind, kind.elts[k]), name, False) if out is None else out
        self.stmts.append(Op((new,), prims.GETITEM, (base, Const(k)), (), ONE_ITEM, self.origin))
        return new

    def fields(self, base: Atom) -> tuple[Atom, ...]:
        record = self.record(base)
        assert record is not None
        return tuple([self.field(base, k) for k in range(len(record.names))])

    def whole(self, atom: Atom) -> Atom:
        """An atom that is bound: an object that is not is made."""
        atom = self.atom(atom)
        if atom not in self.parts:
            return atom
        assert isinstance(atom, Value)
        kind = self.kinds[atom]
        assert isinstance(kind, Tuple)
        new = self.value(kind, atom.hint, atom.user)
        parts = tuple(map(self.whole, self.parts[atom]))
        self.kinds[new] = Tuple(tuple([self.kind(p) for p in parts]), kind.record)
        self.stmts.append(Op((new,), prims.TUPLE, parts, (), kind.record, self.origin))
        return new

    def kind(self, atom: Atom) -> Kind:
        from tangent2.core.valuekinds import kind_of_const
        if isinstance(atom, Value):
            return self.kinds[atom]
        return kind_of_const(atom.value if isinstance(atom, Const) else None)

    def wholes(self, atoms: Iterable[Atom]) -> tuple[Atom, ...]:
        return tuple(map(self.whole, atoms))

    # ---- operations ----

    def op(self, op: Op) -> None:
        base = op.args[0] if op.args else None
        record = None if base is None else self.record(base)
        if op.prim is prims.NEW:
            self.parts[op.out] = tuple(map(self.atom, op.args))
        elif op.prim is prims.BECOME and self.record(op.out) is not None:
            self.became[op.out] = self.atom(op.args[1])
        elif op.prim is prims.GETITEM and record is not None and self.name(op) in record.names:
            found = self.field(op.args[0], record.names.index(self.name(op)), op.out)
            if found is not op.out:
                self.became[op.out] = found
        elif op.prim in (prims.SETITEM, prims.SETTLE) and record is not None and self.name(op):
            self.store(op, record)
        elif op.prim in (prims.IS, prims.IS_NOT) and base in self.parts and op.args[1] == Const(None):
            self.became[op.out] = Const(op.prim is prims.IS_NOT)
        elif op.prim is prims.OF_CLASS and record is not None and not record.optional:
            self.became[op.out] = Const(record.cls in op.static)
        elif op.prim is prims.AS_CLASS and record is not None and record.cls is op.static and not record.optional:
            self.became[op.out] = self.atom(op.args[0])
        elif op.prim is prims.VERBATIM and op.static.pure and self.used.isdisjoint(op.outs):
            pass        # of a loop that was written out
        elif op.prim is prims.CAUGHT and isinstance(op.static.what, Callee):
            what = self.callee(op.static.what, op.args[1:], op.out)
            self.stmts.append(replace(op, args=self.wholes(op.args), static=replace(op.static, what=what)))
        else:
            if op.prim not in _HOLDING and op.prim.name not in _NAMED and any(
                    _holds(self.before.get(a)) and not self.is_outside(a)
                    for a in self.shown(op) if isinstance(a, Value)):
                self.refuse(op)
            kept = replace(op, args=self.wholes(op.args))
            mixed = op.prim is prims.LIST and isinstance(self.kinds[op.out], Tuple)
            self.stmts.append(replace(kept, prim=prims.TUPLE) if mixed else kept)

    def shown(self, op: Op) -> tuple[Atom, ...]:
        """The operands that an operation looks into: of a dict that is asked for a key, only the key."""
        key, *whole = op.args if op.prim in (prims.IN, prims.NOT_IN) else (None,)
        asked = self.before.get(whole[0]) if whole and isinstance(whole[0], Value) else None
        return op.args if key is None or not isinstance(asked, Dict) or asked.cls is not None else (key,)

    def is_outside(self, value: Value) -> bool:
        """Whether a value is an object from outside, which is there as it is."""
        return self.atom(value) in self.reads

    def name(self, op: Op) -> str:
        key = op.args[1]
        return key.value if isinstance(key, Const) and isinstance(key.value, str) else ""

    def store(self, op: Op, record: Record) -> None:
        """An object with another attribute."""
        now = self.kinds[op.out]
        if not isinstance(now, Tuple) or now.record is None:
            self.refuse(op)
        values = dict(zip(record.names, self.fields(op.args[0])))
        values[self.name(op)] = self.atom(op.args[2])
        self.parts[op.out] = tuple([values[name] for name in now.record.names])

    def refuse(self, op: Op) -> NoReturn:
        what = op.prim.name if op.prim is not prims.VERBATIM else op.static.text.strip()
        if any(_is_kept_function(self.before.get(a)) for a in op.args if isinstance(a, Value)):
            raise UnsupportedError(f"a function is handed to code that is not followed: `{what}`", origin=op.origin,
                                   construct="function", advice="call it here; keep a name beside it to tell it by")
        raise UnsupportedError(f"an object is handed to code that is not followed: `{what}`", origin=op.origin,
                               construct="object", advice="hand on its attributes, or call a method of it")

    def call(self, call: Call) -> None:
        callee = self.callee(call.callee, call.args, call.out)
        self.stmts.append(Call(call.outs, callee, self.wholes(call.args), call.origin))

    def callee(self, callee: Callee, args: tuple[Atom, ...], out: Value) -> Callee:
        """What is called: with objects never the user's own, which would be given tuples."""
        kinds = [self.before.get(a) for a in (out, *args) if isinstance(a, Value)]
        holds = any(_holds(kind) or kind is not None and may_hold(kind) for kind in kinds)
        return replace(callee, python=None) if holds and callee.python is not None else callee

    # ---- regions ----

    def region(self, region: Region) -> Region:
        outer, self.stmts = self.stmts, []
        for stmt in region.stmts:
            origin = getattr(stmt, "origin", None)
            self.origin = origin or self.origin
            if isinstance(stmt, Op):
                self.op(stmt)
            elif isinstance(stmt, Call):
                self.call(stmt)
            elif isinstance(stmt, If):
                self.branch(stmt)
            elif isinstance(stmt, (For, While)):
                self.loop(stmt)
            else:
                assert isinstance(stmt, Note)
                self.stmts.append(stmt)
        exit = self.exit(region.exit)
        stmts, self.stmts = self.stmts, outer
        return Region(tuple(stmts), exit)

    # what is handed on by attributes: of the branch, and of the loop around
    _splits: tuple[tuple[Kind | None, ...], tuple[Kind | None, ...]] = ((), ())

    def exit(self, exit: Exit) -> Exit:
        of_branch, of_loop = self._splits
        split = of_branch if isinstance(exit, Yield) else of_loop if isinstance(exit, (Break, Continue)) else ()
        if len(split) != len(exit.vals):
            return map_exit(exit, self.whole)
        return type(exit)(tuple([a for atom, on in zip(exit.vals, split) for a in self.spread(atom, on)]))

    def spread(self, atom: Atom, like: Kind | None) -> Iterator[Atom]:
        """What an atom is handed on as: an object, to be of a kind, by the attributes that this has."""
        if like is None:
            yield self.whole(atom)
            return
        assert isinstance(like, Tuple) and like.record is not None
        own = self.record(atom)
        for name, kind in zip(like.record.names, like.elts):
            inner = kind if self.layout(kind) is not None else None
            if own is not None and name in own.names:
                yield from self.spread(self.field(atom, own.names.index(name)), inner)
            else:
                yield from [self.default(like.record.cls, name)] * self.count(kind)

    def default(self, cls: type, name: str) -> Const:
        """What an object that lacks an attribute has under its name, from the class; None if it may not be read yet."""
        raw = member(cls, name)
        return Const(raw if type(raw) in PLAIN else None)

    def count(self, kind: Kind) -> int:
        """By how many values an attribute is handed on."""
        return sum(map(self.count, kind.elts)) if isinstance(kind, Tuple) and self.layout(kind) is not None else 1

    def opened(self, value: Value) -> list[Value]:
        """The values that an object is bound as; it is known by its attributes from now on."""
        kind = self.kinds[value]
        assert isinstance(kind, Tuple) and kind.record is not None
        found: list[Value] = []
        parts: list[Atom] = []
        for name, own in zip(kind.record.names, kind.elts):
            stem = name.strip("_")
            part = self.value(part_of(kind, own), f"{value.hint}_{stem}" if value.hint else stem, True)
            parts.append(part)
            found += self.opened(part) if object_class(own) is not None else [part]
        self.parts[value] = tuple(parts)
        return found

    def fits(self, value: Value, given: Iterable[Atom]) -> Kind | None:
        """The kind of an object that is handed on by its attributes; None of others, and of what may be None."""
        def fits(atom: Atom) -> bool:
            return isinstance(atom, Value) and not self.is_optional(atom) \
                and self.is_less(self.kind(self.atom(atom)), self.kinds[value])
        if self.record(value) is None:
            return None
        given = tuple(given)
        if all(map(fits, given)):
            return self.kinds[value]
        others = [a for a in map(self.atom, given) if isinstance(a, Value)]
        if not all(is_one_of(self.kinds[a], self.kinds[value]) for a in others):
            raise UnsupportedError("an object has other attributes, or may be None, on another path",
                                   origin=self.origin, construct="object",
                                   advice="give it all of its attributes in `__init__`")
        return None

    def is_less(self, kind: Kind | None, other: Kind) -> bool:
        """Whether an object has attributes of another one, and no more; so the objects in it."""
        if not isinstance(other, Tuple) or self.layout(other) is None:
            return True
        if not isinstance(kind, Tuple) or kind.record is None or other.record is None \
                or kind.record.cls is not other.record.cls:
            return False
        kinds = dict(zip(other.record.names, other.elts))
        missing = [name for name in kinds if name not in kind.record.names and name not in other.record.partial]
        return not any(self.layout(kinds[name]) for name in missing) and all(
            name in kinds and self.is_less(own, kinds[name]) for name, own in zip(kind.record.names, kind.elts))

    def is_optional(self, value: Value) -> bool:
        record = self.record(value)
        return record is not None and record.optional

    def layout(self, kind: Kind | None) -> object:
        """The attributes of an object, and of those in it."""
        if isinstance(kind, Tuple) and kind.record is not None and kind.record.is_object:
            return kind.record.cls, kind.record.names, tuple(map(self.layout, kind.elts))
        return None

    def branch(self, stmt: If) -> None:
        ends = [r.exit.vals for r in (stmt.then, stmt.orelse) if isinstance(r.exit, Yield)
                and len(r.exit.vals) == len(stmt.outs)]     # the end of others is not reached
        split = tuple([self.fits(out, [e[k] for e in ends]) if ends else None for k, out in enumerate(stmt.outs)])
        outer = self._splits
        cond = self.whole(stmt.cond)
        self._splits = split, outer[1]
        then, orelse = self.region(stmt.then), self.region(stmt.orelse)
        self._splits = outer
        outs = [v for out, on in zip(stmt.outs, split) for v in (self.opened(out) if on is not None else [out])]
        self.stmts.append(If(tuple(outs), cond, then, orelse, stmt.origin))

    def loop(self, stmt: For | While) -> None:
        ends = _ends(stmt)
        split = tuple([self.fits(p, [self.atom(stmt.init[k]), *[e[k] for e in ends]])
                       for k, p in enumerate(stmt.params)])
        init = [a for atom, on in zip(stmt.init, split) for a in self.spread(atom, on)]
        iter = self.whole(stmt.iter) if isinstance(stmt, For) else None
        params = [v for p, on in zip(stmt.params, split) for v in (self.opened(p) if on is not None else [p])]
        outer = self._splits
        if isinstance(stmt, While):
            self._splits = (), ()
            cond = self.region(stmt.cond)
        self._splits = split, split
        body = self.region(stmt.body)
        self._splits = outer
        outs = [v for out, on in zip(stmt.outs, split) for v in (self.opened(out) if on is not None else [out])]
        if isinstance(stmt, For):
            assert iter is not None
            self.stmts.append(For(tuple(outs), stmt.target, iter, tuple(params), tuple(init), body, stmt.origin))
        else:
            self.stmts.append(While(tuple(outs), tuple(params), tuple(init), cond, body, stmt.origin))


def _ends(stmt: For | While) -> list[tuple[Atom, ...]]:
    """What the exits of a loop hand on."""
    found = [stmt.body.exit.vals] if isinstance(stmt.body.exit, (Yield, Break, Continue)) else []
    pending = [stmt.body]
    while pending:
        for inner in pending.pop().stmts:
            if isinstance(inner, If):
                for region in (inner.then, inner.orelse):
                    if isinstance(region.exit, (Break, Continue)):
                        found.append(region.exit.vals)
                    pending.append(region)
    return [vals for vals in found if len(vals) == len(stmt.params)]
