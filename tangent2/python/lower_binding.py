"""Binding the arguments of a call to the parameters of the callee, as Python does: the core knows positions only."""
from __future__ import annotations

import inspect
import types
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, NoReturn

import gast

from tangent2.names import signature_of
from tangent2.core import prims
from tangent2.core.latebinding import is_late, late_refusal
from tangent2.core.syntax import ONE_ITEM, Atom, Const, Raise, Value
from tangent2.errors import ArgumentError
from tangent2.python.lower_branches import branch, choose, join, nothing
from tangent2.python.lower_outside import constant_default, is_private
from tangent2.python.lower_state import Lowering
from tangent2.python.lower_targets import unpack
from tangent2.python.parts import walk

MAPPING = "**"      # the name of what is given by `**`, of which the keys are not known
Default = Callable[[Lowering], Atom]


@dataclass(frozen=True, slots=True)
class Star:
    """`*atom` among the positional arguments of a call, of unknown length; `sized`: surely no iterator."""

    atom: Atom
    sized: bool = True


Argument = Atom | Star


@dataclass(frozen=True)
class Signature:
    """The parameters of a callee; `only`: how many of `positional` cannot be given by keyword."""

    name: str
    positional: tuple[str, ...]
    only: int = 0
    vararg: str | None = None
    keyword: tuple[str, ...] = ()
    kwarg: str | None = None
    defaults: dict[str, Default] = field(default_factory=dict)


def signature(fn: Any) -> Signature:
    """The signature of a Python callable.

    >>> def f(a, /, b=1, *c, d): ...
    >>> s = signature(f)
    >>> s.positional, s.only, s.vararg, s.keyword, list(s.defaults)
    (('a', 'b'), 1, 'c', ('d',), ['b'])
    """
    if isinstance(fn, types.FunctionType):      # what it wraps may have other parameters
        return _of_code(fn)
    params = signature_of(fn).parameters.values()

    def of(kind: Any) -> list[str]:
        return [p.name for p in params if p.kind is kind]
    only, plain = of(inspect.Parameter.POSITIONAL_ONLY), of(inspect.Parameter.POSITIONAL_OR_KEYWORD)
    rest, others = of(inspect.Parameter.VAR_POSITIONAL), of(inspect.Parameter.VAR_KEYWORD)
    defaults = {p.name: _default(fn, p.name, p.default) for p in params if p.default is not inspect.Parameter.empty}
    return Signature(getattr(fn, "__name__", "function"), tuple(only + plain), len(only), rest[0] if rest else None,
                     tuple(of(inspect.Parameter.KEYWORD_ONLY)), others[0] if others else None, defaults)


def _of_code(fn: types.FunctionType) -> Signature:
    code, names = fn.__code__, fn.__code__.co_varnames
    count, many = code.co_argcount, code.co_argcount + code.co_kwonlyargcount
    rest = names[many] if code.co_flags & inspect.CO_VARARGS else None
    others = names[many + (rest is not None)] if code.co_flags & inspect.CO_VARKEYWORDS else None
    values = fn.__defaults__ or ()
    given = {**dict(zip(names[count - len(values):count], values)), **(fn.__kwdefaults__ or {})}
    defaults = {name: _default(fn, name, value) for name, value in given.items()}
    return Signature(fn.__name__, names[:count], code.co_posonlyargcount, rest, names[count:many], others, defaults)


def _default(fn: Any, name: str, value: Any) -> Default:
    return lambda L: constant_default(L, fn, name, value)


@dataclass(frozen=True)
class Inner:
    """A function defined inside: its gast arguments and the atoms of its defaults.

    `fixed`: its uses are not all known, so the defaults were captured, and cannot be overridden any more.
    """

    name: str
    args: Any
    defaults: dict[str, Atom]
    fixed: bool

    def signature(self) -> Signature:
        """What a call has to give."""
        args = self.args
        taken = frozenset(self.defaults) if self.fixed else frozenset()
        positional = tuple([p.id for p in (*args.posonlyargs, *args.args) if p.id not in taken])
        keyword = tuple([p.id for p in args.kwonlyargs if p.id not in taken])
        defaults = {} if self.fixed else {key: _given(atom) for key, atom in self.defaults.items()}
        return Signature(self.name, positional, min(len(args.posonlyargs), len(positional)),
                         args.vararg and args.vararg.id, keyword, args.kwarg and args.kwarg.id, defaults)


def _given(atom: Atom) -> Default:
    return lambda L: atom


def arguments(L: Lowering, node: Any) -> tuple[list[Argument], list[tuple[str, Atom]]]:
    """Lower the arguments of a call in order; `*` of a tuple that is known is taken apart."""
    nodes: list[Any] = []
    stars: list[bool] = []
    names: list[str] = []
    for arg in node.args:
        star = isinstance(arg, gast.Starred)
        L.transient.add(id(arg.value) if star else 0)
        parts = arg.value.elts if star and _is_display(arg.value) else [arg.value if star else arg]
        nodes += parts
        stars += [star and not _is_display(arg.value)] * len(parts)
    for keyword in node.keywords:
        names += [key for key, _ in _pairs(keyword)]
        nodes += [value for _, value in _pairs(keyword)]
    atoms = L.atoms(nodes)
    positional: list[Argument] = []
    for part, atom, star in zip(nodes, atoms, stars):
        parts = L.unit.tuples.get(atom) if star and isinstance(atom, Value) else None
        positional += parts if parts is not None else [
            Star(atom, not isinstance(part, gast.Call)) if star else atom]
    found: list[tuple[str, Atom]] = []
    for name, atom in zip(names, atoms[len(stars):]):
        private = name == MAPPING and any(k.arg is None and is_private(L, k.value) for k in node.keywords)
        known = L.unit.dicts.get(atom) if private and isinstance(atom, Value) else None
        found += [(name, atom)] if known is None else known.items()
    return positional, found


def _is_display(node: Any) -> bool:
    return isinstance(node, (gast.Tuple, gast.List)) and not any(isinstance(e, gast.Starred) for e in node.elts)


def _pairs(keyword: Any) -> list[tuple[str, Any]]:
    """A keyword argument, or those of a dict display given by `**`; of another dict it is `MAPPING`."""
    if keyword.arg is not None:
        return [(keyword.arg, keyword.value)]
    value = keyword.value
    keys = value.keys if isinstance(value, gast.Dict) else [None]
    if all(isinstance(k, gast.Constant) and isinstance(k.value, str) for k in keys):
        return [(k.value, v) for k, v in zip(value.keys, value.values)]
    return [(MAPPING, value)]


def plain(L: Lowering, node: Any, positional: list[Argument]) -> list[Atom]:
    """Positional arguments of a callee whose parameters are unknown: no `*` may be left."""
    for argument in positional:
        if isinstance(argument, Star):
            L.refuse(node, "`*` of a sequence whose length is not known here", "name the arguments", "`*`")
    return [a for a in positional if not isinstance(a, Star)]


def no_mapping(L: Lowering, node: Any, keywords: list[tuple[str, Atom]]) -> None:
    """Refuse `**` where the parameters are unknown."""
    if any(name == MAPPING for name, _ in keywords):
        L.refuse(node, "`**` of a dict that is not written here", "name the keyword arguments", "`**`")


def bind(L: Lowering, node: Any, callee: Signature, positional: list[Argument],
         keywords: list[tuple[str, Atom]]) -> list[Atom]:
    """The atoms of all parameters in the order of the core function: positional, `*args`, keyword-only, `**kwargs`."""
    maps = [atom for name, atom in keywords if name == MAPPING]
    keywords = [pair for pair in keywords if pair[0] != MAPPING]
    if len(maps) > 1:
        L.refuse(node, "several `**` in one call are not supported", "merge the dicts first: `{**a, **b}`", "`**`")
    given = dict(keywords)
    if len(given) != len(keywords):
        _wrong(L, node, callee, "a keyword argument is given twice")
    if maps:
        callee = _mapped(L, node, callee, maps[0], positional, given)
    first, rest = _spread(L, node, callee, positional, given)
    found = dict(zip(callee.positional, first))
    clash = [name for name in callee.positional[callee.only:len(found)] if name in given]
    if clash:
        _wrong(L, node, callee, f"`{clash[0]}` is given twice")
    for name in (*callee.positional[callee.only:], *callee.keyword):
        if name in given:
            found[name] = given.pop(name)
    if given and callee.kwarg is None:
        _wrong(L, node, callee, f"there is no parameter `{next(iter(given))}`")
    for name in (*callee.positional, *callee.keyword):
        if name not in found:
            if is_late(name):
                L.refuse(node, *late_refusal(callee.name, name), "late binding")
            if name not in callee.defaults:
                _wrong(L, node, callee, f"`{name}` is missing")
            found[name] = callee.defaults[name](L)
    atoms = [found[name] for name in callee.positional]
    atoms += [rest] if rest is not None else []
    atoms += [found[name] for name in callee.keyword]
    if callee.kwarg is None:
        return atoms
    if maps:
        return [*atoms, L.op(prims.METHOD, maps[0], static="copy")]
    made = L.op(prims.DICT, *given.values(), static=tuple(given))
    L.unit.dicts[made] = dict(given)
    return [*atoms, made]


def _mapped(L: Lowering, node: Any, callee: Signature, atom: Atom, positional: list[Argument],
            given: dict[str, Atom]) -> Signature:
    """A signature in which what `**` may give stands for defaults."""
    count = 0 if any(isinstance(a, Star) for a in positional) else len(positional)
    names = [n for n in (*callee.positional[max(count, callee.only):], *callee.keyword) if n not in given]
    if callee.kwarg is not None and (names or given):
        L.refuse(node, "`**` of a dict whose keys are not known here", "name the keyword arguments", "`**`")

    def of(name: str) -> Default:
        other = callee.defaults.get(name)

        def taken(L: Lowering) -> Atom:
            def item() -> Atom:
                return L.op(prims.GETITEM, atom, Const(name), static=ONE_ITEM)
            return item() if other is None else choose(L, L.op(prims.IN, Const(name), atom), item, lambda: other(L))
        return taken
    return replace(callee, defaults={**callee.defaults, **{name: of(name) for name in names}})


def _spread(L: Lowering, node: Any, callee: Signature, positional: list[Argument], given: dict[str, Atom],
            ) -> tuple[list[Atom], Atom | None]:
    """What named positional parameters get, and the tuple for `*args`; `*` stands for all that are still missing."""
    stars = [k for k, a in enumerate(positional) if isinstance(a, Star)]
    count = len(callee.positional)
    if stars:
        positional = _unpacked(L, node, callee, positional, stars, given)
    atoms = plain(L, node, positional[:count])
    extra = positional[count:]
    if callee.vararg is None:
        if extra:
            plain(L, node, extra)
            _wrong(L, node, callee, f"{count} positional arguments expected, {len(positional)} given")
        return atoms, None
    if len(extra) == 1 and isinstance(extra[0], Star):
        return atoms, _as_tuple(L, node, extra[0].atom)
    rest = plain(L, node, extra)
    out = L.op(prims.TUPLE, *rest)
    L.unit.tuples[out] = tuple(rest)
    return atoms, out


def _unpacked(L: Lowering, node: Any, callee: Signature, positional: list[Argument], stars: list[int],
              given: dict[str, Atom]) -> list[Argument]:
    """Take `*` apart where the number of missing arguments is certain."""
    place, count = stars[0], len(callee.positional)
    if place >= count and callee.vararg is not None:
        return positional
    after = len(positional) - place - 1
    names = callee.positional[place:count - after]
    wanted = [name for name in names if name not in given]
    if len(stars) > 1 or callee.vararg is not None or wanted != list(names[:len(wanted)]):
        plain(L, node, positional)      # refuses
        return positional
    star = positional[place]
    assert isinstance(star, Star)
    if any(name in callee.defaults for name in wanted):
        if after:
            plain(L, node, positional)
        return [*positional[:place], *_some(L, node, callee, star.atom, wanted)]
    if star.sized:
        _check_count(L, node, callee, star.atom, len(wanted), len(wanted))
    parts = unpack(L, star.atom, (len(wanted), False, 0), [None] * len(wanted))
    return [*positional[:place], *parts, *positional[place + 1:]]


def _some(L: Lowering, node: Any, callee: Signature, atom: Atom, wanted: list[str]) -> list[Atom]:
    """The items of a sequence for parameters of which the last have defaults."""
    length = L.unit.recognise(len)
    if not isinstance(length, prims.Prim):
        plain(L, node, [Star(atom)])
        return []
    _check_count(L, node, callee, atom, sum(name not in callee.defaults for name in wanted), len(wanted))
    found = []
    for k, name in enumerate(wanted):
        def item(k: int = k) -> Atom:
            return L.op(prims.GETITEM, atom, Const(k), static=ONE_ITEM)
        default = callee.defaults.get(name)
        if default is None:
            found.append(item())
            continue
        there = L.op(prims.GT, L.op(length, atom), Const(k))
        found.append(choose(L, there, item, partial(default, L)))
    return found


def _check_count(L: Lowering, node: Any, callee: Signature, atom: Atom, least: int, most: int) -> None:
    """Raise what Python does if a sequence has other than so many items."""
    length = L.unit.recognise(len)
    if not isinstance(length, prims.Prim):
        return
    given = L.op(length, atom)
    pairs = [(prims.NE, most)] if least == most else [(prims.GT, most), (prims.LT, least)][:1 + (least > 0)]
    for test, number in pairs:
        how = "" if least == most else "at most " if test is prims.GT else "at least "
        text = f"{callee.name}() takes {how}{number} of the arguments that `*` gives here"
        error = gast.Call(gast.Name("TypeError", gast.Load(), None, None), [gast.Constant(text, None)], [])
        for part in walk(error):
            gast.copy_location(part, node)
        wrong = L.op(test, given, Const(number))
        failed = branch(L, lambda error=error: Raise((L.expr(error),)))      # type: ignore[misc]
        join(L, wrong, failed, branch(L, nothing), None)


def _as_tuple(L: Lowering, node: Any, atom: Atom) -> Atom:
    prim = L.unit.recognise(tuple)
    if not isinstance(prim, prims.Prim):
        L.refuse(node, "`*` of a sequence whose length is not known here", "name the arguments", "`*`")
    return L.op(prim, atom)


def _wrong(L: Lowering, node: Any, callee: Signature, problem: str) -> NoReturn:
    raise ArgumentError(f"call of `{callee.name}`: {problem}", origin=L.place(node), construct=callee.name,
                        advice=f"look at the parameters of `{callee.name}`")
