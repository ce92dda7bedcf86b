"""Functions whose derivatives the user wrote (`custom_vjp`, `custom_jvp`), as the compiler sees them.

Such a function is a callee with a `rule`.  Its core is that of the plain function, and tells kinds and memory; no
transform differentiates it.  A transform that meets a call asks `Compiler.pullback` or `Compiler.tangent`, which hand
the question to the rule; one that is asked for a derivative of the function itself takes a function that only calls it.

    custom_vjp      reverse: y, res = f_fwd(x) ... x_bar, = f_bwd(res, y_bar)
                    forward: y, res = f_fwd(x), and the transpose of f_bwd, which is linear in y_bar
    custom_jvp      forward: y, y_dot = f_jvp((x,), (x_dot,))
                    reverse: f_jvp split in two, and transposed, for it is linear in the tangents

The functions of a rule are plain callees: their own derivatives, for higher orders, are those of their text.  A rule
that takes closures is lifted together with its function (`analysis/lifting.py`).  Where the text of one cannot be read
it is called all the same, and nothing is known of what it gives.
"""
from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NoReturn

from tangent2.analysis.known import FINAL
from tangent2.analysis.lifting import LIFTED, TOGETHER, Slots, lifted
from tangent2.core import prims
from tangent2.core.build import Builder
from tangent2.core.calling import PLAIN, SPREAD, on_tuples, ways
from tangent2.core.dims import canonical, own_extents, rename, same_shape
from tangent2.core.kinds import UNKNOWN, Array, Dict, Kind, List, NoneKind, Number, Tuple, Unknown
from tangent2.core.objectkinds import frozen, has_record
from tangent2.core.syntax import Atom, Callee, Const, Function, Op, Region, Return, Typed, Value
from tangent2.core.widening import bounded
from tangent2.errors import ArgumentError, TangentError, UnsupportedError
from tangent2.python.read import place_of
from tangent2.rules.declare import by_name, own_prim
from tangent2.rules.families import tangent_kind

if TYPE_CHECKING:
    from tangent2.pipeline import Compiler

Kinds = tuple[Kind, ...]


@dataclass(frozen=True)
class Rule:
    """What is the same for both sorts of rules.

    function: the object that is called; name: of it.  widths: for each of its parameters None, or of how many captured
    values the closure is made that stands there.  nondiff: the parameters that are handed on first.
    """

    function: Any
    name: str
    widths: tuple[int | None, ...]
    nondiff: tuple[int, ...]

    @property
    def places(self) -> list[tuple[int, ...]]:
        """For each parameter the positions of the arguments of the callee that stand for it."""
        found: list[tuple[int, ...]] = []
        for width in self.widths:
            at = sum(map(len, found))
            found.append(tuple(range(at, at + (1 if width is None else width))))
        return found

    @property
    def diff(self) -> list[int]:
        """The parameters that have derivatives."""
        return [k for k in range(len(self.widths)) if k not in self.nondiff]

    @property
    def first(self) -> tuple[int, ...]:
        """The positions of the arguments that the functions of the rule are handed first."""
        places = self.places
        return tuple([at for k in self.nondiff for at in places[k]])

    def check(self, active: Sequence[bool]) -> None:
        """Refuse derivatives in what is no differentiable argument."""
        for k, (width, places) in enumerate(zip(self.widths, self.places)):
            if not any(active[at] for at in places) or width is None and k not in self.nondiff:
                continue
            what = f"a function given to `{self.name}` captures what is differentiated" if width is not None else \
                f"argument {k} of `{self.name}` depends on what is differentiated, and is one of nondiff_argnums"
            raise UnsupportedError(what, origin=place_of(self.function), construct="nondiff_argnums",
                                   advice="hand it on as a differentiable argument, or use `stop_gradient`")

    def forwards(self, kinds: Kinds) -> tuple[Typed, ...]:
        """The functions of the rule that run in the forward sweep, for arguments of these kinds."""
        return ()

    def lift(self, compiler: Compiler, slots: Slots) -> Rule:
        """The rule of the function that takes captured values instead of closures."""
        raise NotImplementedError

    def lifted_widths(self, slots: Slots) -> tuple[int | None, ...]:
        """How many captured values stand for each parameter then."""
        found: list[int | None] = []
        for width, places in zip(self.widths, self.places):
            own = [slots[at] for at in places]
            total = sum([1 if slot is None else slot[1] for slot in own])
            found.append(None if width is None and own == [None] else total)
        return tuple(found)


@dataclass(frozen=True)
class Undeclared(Rule):
    """That of a function for which none was declared: it is only called.  how: it would be declared so."""

    how: str

    def lift(self, compiler: Compiler, slots: Slots) -> Rule:
        return self

    def pullback(self, *given: Any) -> NoReturn:
        """Refuse."""
        raise ArgumentError(f"`{self.name}` is a {type(self.function).__name__} without a rule",
                            origin=place_of(self.function), construct="custom rule",
                            advice=f"declare one: {self.name}.{self.how}")

    tangent = pullback


# ------------------------------------------------------------------------------------------------------------ callees


def callee_with(compiler: Compiler, function: Any, plain: Callee, rule: Rule) -> Callee:
    """The callee of a function with a rule; `plain`: of what it does."""
    compiler.members.add((function, "rule"))        # guarded
    return replace(plain, name=rule.name, rule=rule)


def total(compiler: Compiler, fn: Any, function: Any = None) -> Callee:
    """The callee of a function that is called whatever is in it: of one that cannot be read nothing is known.

    `function`: the object that is called instead.
    """
    found = compiler.recognise(fn)
    inner = found if isinstance(found, Callee) else None
    key = ("custom", function) if function is not None else ("called", fn) if inner is None else inner.key
    python = fn if function is None else function

    def core(kinds: Kinds) -> Typed:
        try:
            typed = _opaque(python, kinds, "it has no source") if inner is None else inner.core(kinds)
        except TangentError as error:
            typed = _opaque(python, kinds, error.reason)
        if typed.function.writes:
            raise UnsupportedError(f"`{python.__name__}` writes to its arguments, and has a rule or is part of one",
                                   origin=place_of(fn), construct="custom rule", advice="let it write to a copy")
        return typed
    kept = on_tuples(lambda kinds: compiler.memo(key, kinds, core) if isinstance(key, tuple) else core(kinds))
    made = Callee(key, getattr(python, "__name__", "function") if inner is None else inner.name, kept, python)
    return made if inner is None else replace(made, rule=inner.rule)


def _opaque(function: Any, kinds: Kinds, why: str) -> Typed:
    """The core of a function of which nothing is known but that it can be called; its doc tells why."""
    params, out = tuple([Value() for _ in kinds]), Value()
    name = getattr(function, "__name__", "function")
    prim = own_prim(function, name, result="same", effect="effect")
    body = Region((Op((out,), prim, params, (), None, place_of(function)),), Return((out,)))
    made = Function(name, params, body, place_of(function), doc=why)
    return Typed(made, {**dict(zip(params, kinds)), out: UNKNOWN}, UNKNOWN)


def readable(callee: Callee, kinds: Kinds, of: str) -> Typed:
    """The core of a function of a rule that has to be transposed."""
    typed = callee.core(kinds)
    if any(isinstance(s, Op) and s.prim.obj is callee.python is not None for s in typed.function.body.stmts):
        raise UnsupportedError(f"`{callee.name}` cannot be transposed for the {of}: {typed.function.doc}",
                               origin=place_of(callee.python), construct="custom rule",
                               advice="use the other mode of differentiation, or write it in Python and NumPy")
    return typed


def arranged(compiler: Compiler, callee: Callee, count: int) -> Callee:
    """A function of a rule as one of so many plain parameters: it may have `*args`, or more that have defaults."""
    given = ways(callee.python)
    if len(given) == count and all(way == PLAIN for way, _ in given):
        return callee

    def core(kinds: Kinds) -> Typed:
        build = Builder()
        params = [build.value(kind) for kind in kinds]
        args: list[Atom] = []
        for k, (way, name) in enumerate(given):
            if way == SPREAD:
                args.append(build.op(prims.TUPLE, *params[k:]))
            else:
                args.append(params[k] if way == PLAIN and k < count else _default(callee, name))
        out = called(build, callee, tuple(args))
        return Typed(Function(callee.name, tuple(params), Region(tuple(build.stmts), Return((out,)))), build.kinds,
                     build.kind(out))
    return compiler.made(("arranged", callee.key, count), callee.name, core)


def _default(callee: Callee, name: str) -> Atom:
    """The default of a parameter that no rule hands an argument."""
    value = inspect.signature(callee.python).parameters[name].default
    if type(value) not in (int, float, complex, bool, str, type(None)):
        raise UnsupportedError(f"the default of `{name}` is no literal", origin=place_of(callee.python),
                               construct="custom rule", advice="leave the parameter out")
    return Const(value)


def lift_part(compiler: Compiler, callee: Callee, slots: Slots) -> Callee:
    """A function of a rule that takes captured values instead of closures."""
    if not any(slots):
        return callee
    core = lifted(callee, slots, compiler.source, compiler.resolve)
    return compiler.made((LIFTED, callee, slots), callee.name, core)


def inherited(compiler: Compiler, key: Any) -> Any:
    """The rule of a callee that is made of one with a rule, by their keys."""
    if not isinstance(key, tuple) or key[0] not in (LIFTED, FINAL, TOGETHER) or key[1].rule is None:
        return None
    if key[0] == LIFTED:
        return key[1].rule.lift(compiler, key[2])
    raise UnsupportedError(f"`{key[1].name}`, whose derivative is a rule, writes to its arguments", construct="call",
                           advice="let it write to a copy", origin=place_of(key[1].python))


# -------------------------------------------------------------------------------------------------------------- calls


def result_of(callee: Callee, kinds: Kinds) -> Kind:
    """The kind of what a callee gives, in the extents of its caller."""
    return rename(core_of(callee, kinds).result, _given(kinds)[1])


def core_of(callee: Callee, kinds: Kinds) -> Typed:
    """The core of a callee for arguments of these kinds."""
    return callee.core(_given(kinds)[0])


def _given(kinds: Kinds) -> tuple[Kinds, dict[Any, Any]]:
    """Kinds as a callee knows them, and the names of its extents in the caller."""
    return canonical(tuple([frozen(bounded(kind)) for kind in kinds]))


def as_seen(kind: Kind, kinds: Kinds) -> Kind:
    """A kind found for arguments of these kinds as `result_of` gives it: without what only values inside tell."""
    extents = _given(kinds)[1].values()
    return rename(kind, {extent: extent for extent in extents})


def called(build: Builder, callee: Callee, args: tuple[Atom, ...], hint: str | None = None) -> Value:
    """Emit the call of a function of a rule."""
    kinds = tuple(map(build.kind, args))
    out = build.call(as_called(callee, kinds), args, result_of(callee, kinds), hint, hint is not None)
    build.kinds[out] = own_extents(build.kinds[out], out)
    return out


def as_called(callee: Callee, kinds: Kinds) -> Callee:
    """The user's own function, unless objects are in play, which are tuples by now."""
    has_objects = callee.python is not None and any(map(has_record, (*kinds, result_of(callee, kinds))))
    return replace(callee, python=None) if has_objects else callee


def unpacked(build: Builder, whole: Value, hints: Sequence[str | None]) -> tuple[Atom, ...]:
    """Take a tuple apart."""
    known = build.parts(whole)
    if known is not None and len(known) == len(hints):
        return known
    parts = build.ops(prims.UNPACK, (whole,), static=(len(hints), False, 0),
                      hints=tuple([(hint, hint is not None) for hint in hints]))
    for part in parts:
        build.kinds[part] = own_extents(build.kinds[part], part)
    return parts


def parts_of(kind: Kind, count: int, fn: Any, what: str) -> tuple[Kind, ...]:
    """The kinds of the parts of a tuple that a rule has to give; an error that says `what` it is if it is none."""
    if isinstance(kind, Tuple) and len(kind.elts) == count and kind.record is None:
        return kind.elts
    if isinstance(kind, (Unknown, List)):
        return (kind.elt if isinstance(kind, List) else UNKNOWN,) * count
    wrong(fn, f"does not return {what}", f"return {what}")


def wrong(fn: Any, reason: str, advice: str) -> NoReturn:
    """The error about a function of a rule."""
    raise ArgumentError(f"`{getattr(fn, '__name__', fn)}` {reason}", origin=place_of(fn), construct="custom rule",
                        advice=advice)


def parameters(build: Builder, callee: Callee, kinds: Kinds, given: Kinds,
               active: Sequence[bool], suffix: str = "_dot") -> tuple[tuple[Value, ...], dict[int, Value]]:
    """The arguments of a callee, and the tangents of those that have one, as `forward` names them."""
    hints = [p.hint for p in callee.core(kinds).function.params]
    args = tuple([build.value(kind, hint, True) for kind, hint in zip(kinds, hints)])
    at = [k for k, on in enumerate(active) if on]
    own = given[len(active):] or tuple([tangent_kind(kinds[k]) for k in at])
    return args, {k: build.value(kind, f"{hints[k] or 't'}{suffix}", True) for k, kind in zip(at, own)}


def fitted(build: Builder, found: Atom, like: Atom, fn: Any) -> Atom:
    """An adjoint or tangent that a rule gives, surely of the form of the value it belongs to."""
    kind, own = build.kind(found), tangent_kind(build.kind(like))
    if surely(kind, own):
        return found
    check_form(kind, own, fn)
    return build.op(by_name("matching"), found, like, Const(getattr(fn, "__name__", "the rule")))


def check_form(kind: Kind, own: Kind, fn: Any) -> None:
    """Refuse a derivative that surely has not the form of its value, `own`."""
    part = differing(kind, own)
    if part is not None:
        wrong(fn, f"gives {_spoken(part[0])} as the derivative of {_spoken(part[1])}",
              "a derivative has the structure and the shapes of its value")


def surely(kind: Kind, own: Kind) -> bool:
    """Whether a derivative has the form of its value.

    >>> surely(Number("float64"), Number("float64", True)), surely(Array("float64", (None,)), Array("float64", (3,)))
    (True, False)
    """
    if isinstance(own, (Number, Array)):
        return type(kind) is type(own) and kind.dtype == own.dtype is not None and same_shape(kind, own) is True \
            and not (isinstance(own, Number) and own.weak and "c" in str(kind.dtype))
    if isinstance(own, Tuple):
        return isinstance(kind, Tuple) and len(kind.elts) == len(own.elts) and kind.record is None and all(
            map(surely, kind.elts, own.elts))
    if isinstance(own, Dict) and own.items is not None:
        return isinstance(kind, Dict) and kind.items is not None and [k for k, _ in kind.items] == [
            k for k, _ in own.items] and all(surely(a, b) for (_, a), (_, b) in zip(kind.items, own.items))
    return isinstance(own, NoneKind) and isinstance(kind, NoneKind)


def differing(kind: Kind, own: Kind) -> tuple[Kind, Kind] | None:
    """The parts of a derivative and of its value that surely have not the same form; None if there are none.

    >>> differing(Tuple((Number(),)), Tuple((Array("float64", (3,)),)))
    (Number(dtype='float64', weak=True), Array(dtype='float64', shape=(3,)))
    >>> differing(UNKNOWN, Number())
    """
    if isinstance(kind, (Unknown, NoneKind)) or isinstance(own, (Unknown, NoneKind)):
        return None
    if isinstance(own, (Number, Array)):
        fits = isinstance(kind, (Number, Array)) and same_shape(kind, own) is not False
        return None if fits else (kind, own)
    if isinstance(own, Tuple) and isinstance(kind, Tuple):
        if len(kind.elts) != len(own.elts):
            return kind, own
        return next((found for pair in zip(kind.elts, own.elts) if (found := differing(*pair)) is not None), None)
    if isinstance(own, (Tuple, List)):
        return None if isinstance(kind, (Tuple, List)) else (kind, own)
    return None if not isinstance(own, Dict) or isinstance(kind, Dict) else (kind, own)


def _spoken(kind: Kind) -> str:
    """A kind in words."""
    if isinstance(kind, Array) and kind.shape is not None:
        axes = len(kind.shape)
        return f"an array of {axes} ax{'i' if axes == 1 else 'e'}s"
    words: tuple[tuple[type, str], ...] = ((Number, "a number"), (Tuple, "a tuple"), (List, "a list"), (Dict, "a dict"))
    if isinstance(kind, Tuple):
        return f"a tuple of {len(kind.elts)}"
    return next((word for cls, word in words if isinstance(kind, cls)), "something else")

