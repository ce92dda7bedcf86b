"""Methods that change a list or a dict, by the kind of their object: a new one is made, and takes the place of it.

`xs.insert(i, v)` is `xs = [*xs[:i], v, *xs[i:]]`; that other names of `xs` see it is the business of `renew`.
"""
from __future__ import annotations

import difflib
from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn

import numpy as np

from tangent2.analysis.inplace import extend, loop, store, update
from tangent2.analysis.methods import chosen, resolve_method
from tangent2.core import prims
from tangent2.core.indexing import CHANGING
from tangent2.core.kinds import INT, Array, Bottom, Dict, Kind, List, Number, Object, Str, Tuple, Unknown
from tangent2.core.syntax import ONE_ITEM, Atom, Const, If, IndexSpec, Op, Region, SliceSpec, Stmt, Value, Yield
from tangent2.errors import UnsupportedError
from tangent2.python.fence import MUTATORS
from tangent2.python.lower_verbatim import method_template
from tangent2.runtime.elements import last_key, sorted_places, without

if TYPE_CHECKING:
    from tangent2.analysis.resolve import Resolving

_UP_TO, _FROM = IndexSpec((SliceSpec(upper=True),)), IndexSpec((SliceSpec(lower=True),))
_NONE = Const(None)
_BACKWARDS = IndexSpec((SliceSpec(step=True),))


def resolve_change(state: Resolving, op: Op) -> None:
    """Emit what a method that changes its object does."""
    kind = state.kind(op.args[0])
    if isinstance(kind, List) and op.static in _LISTS and not (op.kw and op.static != "sort"):
        _LISTS[op.static](state, op)
    elif isinstance(kind, Dict) and op.static in _DICTS and not (op.kw and op.static != "update"):
        _DICTS[op.static](state, op, kind)
    elif isinstance(kind, Array) and kind.shape is not None and op.static == "sort":
        _sort_array(state, op)
    elif isinstance(kind, Str):
        resolve_method(state, Op((op.outs[1],), prims.METHOD, op.args, op.kw, op.static, op.origin))
        state.replace(op.outs[0], state.atom(op.args[0]))
    elif op.static == "partition" and isinstance(kind, (Array, Unknown)):
        _partition_array(state, op)
    elif op.static == "fill" and isinstance(kind, (Array, Unknown)) and len(op.args) == 2:
        state.op(prims.SETITEM, op.args[0], Const(...), op.args[1], static=ONE_ITEM, out=op.outs[0])
        state.replace(op.outs[1], _NONE)
    elif op.static not in CHANGING and not isinstance(kind, Bottom):
        _unknown(state, op)
    else:
        refuse(op, kind)


def _unknown(state: Resolving, op: Op) -> None:
    """A method that is none of a container, of an object of no class that is followed: it is kept as text."""
    queued = op.static == "put" and len(op.args) == 2 and not isinstance(state.kind(op.args[0]), Array)
    if op.static in MUTATORS and not queued and not isinstance(state.kind(op.args[0]), Object):
        raise UnsupportedError(f"`.{op.static}(...)` of this form is not supported", origin=op.origin,
                               advice=MUTATORS[op.static], construct=f".{op.static}")
    base, kind = op.args[0], state.kind(op.args[0])
    if isinstance(kind, Array) and kind.is_array and not hasattr(np.ndarray, op.static):
        near = difflib.get_close_matches(op.static, [n for n in dir(np.ndarray) if n[0] != "_"], 1)
        raise UnsupportedError(f"arrays have no method `{op.static}`", origin=op.origin, construct=f".{op.static}",
                               advice=f"did you mean `.{near[0]}`?" if near else "call a function of NumPy")
    count = len(op.args) - len(op.kw) - 1
    template = method_template(op.static, count, op.kw)
    state.stmts.append(Op((op.outs[1],), prims.VERBATIM, state.atoms(op.args), (), template, op.origin))
    state.replace(op.outs[0], state.atom(base))


def refuse(op: Op, kind: Kind) -> NoReturn:
    """Refuse a change of an object of which too little is known."""
    called = "`del` of a part" if op.static == "del" else f"`.{op.static}()`"
    reason, advice = f"what {called} changes depends on the type of its object", "give example arguments"
    if isinstance(kind, (List, Dict, Array)):
        reason, advice = f"{called} of this form is not supported", "make a new object, and bind the name to it"
    raise UnsupportedError(reason, origin=op.origin, construct=f".{op.static}()", advice=advice)


def _become(state: Resolving, op: Op, new: Atom, result: Atom = _NONE, added: tuple[Atom, ...] = ()) -> None:
    """The object holds from now on what `new` holds: some of what it held, and what was added.  It gives `result`."""
    state.op(prims.BECOME, op.args[0], new, *added, static="once", out=op.outs[0])
    if result is not op.outs[1]:
        state.replace(op.outs[1], result)


def _named(op: Op) -> Value:
    return Value(op.outs[0].hint, op.outs[0].user)


# --- lists ------------------------------------------------------------------------------------------------------------


def _cut(state: Resolving, base: Atom, spec: IndexSpec, at: Atom) -> Value:
    return state.op(prims.GETITEM, base, at, static=spec)


def _insert(state: Resolving, op: Op) -> None:
    base, at, value = op.args
    head = state.op(prims.ADD, _cut(state, base, _UP_TO, at), state.op(prims.LIST, value))
    _become(state, op, state.op(prims.ADD, head, _cut(state, base, _FROM, at), out=_named(op)), _NONE, (value,))


def _extend(state: Resolving, op: Op) -> None:
    extend(state, op.args[0], op.args[1], op.outs[0])
    state.replace(op.outs[1], _NONE)


def _reverse(state: Resolving, op: Op) -> None:
    _become(state, op, state.op(prims.GETITEM, op.args[0], Const(-1), static=_BACKWARDS, out=_named(op)))


def _clear(state: Resolving, op: Op) -> None:
    _become(state, op, state.op(prims.LIST, out=_named(op)))


def _sort(state: Resolving, op: Op) -> None:
    options = dict(op.keywords)
    if len(op.args) - len(op.kw) != 1 or set(options) - {"reverse"}:
        raise UnsupportedError("`.sort()` of a list with a key is not supported", origin=op.origin, construct=".sort()",
                               advice="sort the places, `order = sorted(range(len(xs)), key=...)`, and pick by them")
    base = op.args[0]
    order = state.op(state.facts.lookups.prim(sorted_places), base, options.get("reverse", Const(False)))
    start = state.op(prims.LIST)
    new = _named(op)
    state.facts.kinds[new] = state.kind(base)
    loop(state, order, start, new, lambda grown, place: state.op(prims.PUSH, grown, state.item(base, place)))
    _become(state, op, new)


def _pop(state: Resolving, op: Op) -> None:
    """`xs.pop(i)` and `del xs[i]`."""
    base, at = op.args
    if op.static == "pop":
        state.item(base, at, op.outs[1])
    if isinstance(at, Const) and type(at.value) is int:
        after: Atom = Const(at.value + 1)
    else:
        at = state.op(prims.MOD, at, state.op(state.facts.lookups.prim(len), base))
        after = state.op(prims.ADD, at, Const(1))
    new = _named(op)
    if after == Const(0):
        new = state.op(prims.GETITEM, base, at, static=_UP_TO, out=new)
    else:
        state.op(prims.ADD, _cut(state, base, _UP_TO, at), _cut(state, base, _FROM, after), out=new)
    _become(state, op, new, op.outs[1] if op.static == "pop" else _NONE)


def _remove(state: Resolving, op: Op) -> None:
    """`xs.remove(v)`: of the first element that is equal."""
    place = Value()
    state.facts.kinds[place] = INT
    resolve_method(state, Op((place,), prims.METHOD, op.args, (), "index", op.origin))
    _pop(state, replace(op, args=(op.args[0], place), static="del"))


_LISTS = {"insert": _insert, "extend": _extend, "remove": _remove, "reverse": _reverse, "clear": _clear, "sort": _sort,
          "pop": _pop, "del": _pop}


def _sort_array(state: Resolving, op: Op) -> None:
    """`x.sort(axis)`."""
    axis = dict(op.keywords).get("axis", op.args[1] if len(op.args) - len(op.kw) > 1 else Const(-1))
    if set(op.kw) - {"axis", "kind"} or len(op.args) - len(op.kw) > 2:
        refuse(op, state.kind(op.args[0]))
    ordered = state.op(state.facts.lookups.prim(np.sort), op.args[0], axis)
    state.op(prims.SETITEM, op.args[0], Const(...), ordered, static=ONE_ITEM, out=op.outs[0])
    state.replace(op.outs[1], _NONE)


def _partition_array(state: Resolving, op: Op) -> None:
    """`x.partition(k, axis)`; what is told by a string where to part is one itself, maybe."""
    given = {**dict(zip(("kth", "axis"), op.positional[1:])), **dict(op.keywords)}
    number = "kth" in given and isinstance(state.kind(given["kth"]), (Number, Array, List, Tuple))
    if not number or set(given) - {"kth", "axis"} or len(op.positional) > 3:
        refuse(op, state.kind(op.args[0]))
    rest = [given[k] for k in ("kth", "axis") if k in given]
    parted = state.op(state.facts.lookups.prim(np.partition), op.args[0], *rest)
    state.op(prims.SETITEM, op.args[0], Const(...), parted, static=ONE_ITEM, out=op.outs[0])
    state.replace(op.outs[1], _NONE)


# --- dicts ------------------------------------------------------------------------------------------------------------


def _update(state: Resolving, op: Op, kind: Dict) -> None:
    others, named = op.positional[1:], op.keywords
    base = op.args[0]
    if any(not isinstance(state.kind(other), Dict) for other in others):
        raise UnsupportedError("`.update()` with what is no dict is not supported", origin=op.origin,
                               construct=".update()", advice="assign the keys one by one")
    for other in others:
        out = _named(op)
        state.facts.kinds[out] = state.kind(op.outs[0])
        update(state, base, other, out)
        base = state.atom(out)
    for word, value in named:
        base = store(state, base, Const(word), value)
    state.replace(op.outs[0], base)
    state.replace(op.outs[1], _NONE)


def _setdefault(state: Resolving, op: Op, kind: Dict) -> None:
    base, key = op.args[:2]
    value = op.args[2] if len(op.args) > 2 else _NONE
    if kind.items is not None and isinstance(key, Const):
        state.asked(base)
        if key.value in dict(kind.items):
            state.replace(op.outs[0], base)
            state.item(base, key, op.outs[1])
        else:
            store(state, base, key, value, op.outs[0])
            state.replace(op.outs[1], value)
        return
    there = state.op(prims.IN, key, base)
    outer: list[Stmt]
    outer, state.stmts = state.stmts, []
    then = Region((), Yield((base,)))
    new = store(state, base, key, value)
    orelse, state.stmts = Region(tuple(state.stmts), Yield((new,))), outer
    state.stmts.append(If((op.outs[0],), there, then, orelse, op.origin))
    state.item(op.outs[0], key, op.outs[1])


def _remove_key(state: Resolving, op: Op, kind: Dict) -> None:
    """`d.pop(k)`, `d.pop(k, default)`, `del d[k]`, `d.popitem()`."""
    base, result = op.args[0], op.outs[1]
    known = dict(kind.items or ())
    key = Const(next(reversed(known))) if op.static == "popitem" and known else (*op.args[1:], None)[0]
    if kind.items is None or not isinstance(key, Const):
        _remove_computed(state, op)
        return
    state.asked(base)
    if key.value not in known:
        if op.static == "pop" and len(op.args) > 2:
            state.replace(op.outs[0], base)
            state.replace(result, op.args[2])
            return
        refuse(op, kind)
    taken = state.item(base, key)
    rest = [name for name in known if name != key.value]
    parts = [state.item(base, Const(name)) for name in rest]
    new = state.op(prims.DICT, *parts, static=tuple(rest), out=_named(op))
    found: Atom = state.op(prims.TUPLE, key, taken) if op.static == "popitem" else taken
    _become(state, op, new, found if op.static != "del" else _NONE)


def _remove_computed(state: Resolving, op: Op) -> None:
    """The same of a dict of which not all keys are known, or by a key that is computed."""
    base, prim = op.args[0], state.facts.lookups.prim
    key = state.op(prim(last_key), base) if op.static == "popitem" else op.args[1]
    taken: Atom = _NONE
    if op.static == "pop" and len(op.args) > 2:
        taken = Value()
        state.facts.kinds[taken] = state.kind(op.outs[1])
        chosen(state, op, state.op(prims.IN, key, base), lambda: state.item(base, key), op.args[2], taken)
    elif op.static != "del":
        taken = state.item(base, key)
    if op.static == "popitem":
        taken = state.op(prims.TUPLE, key, taken)
    new = state.op(prim(without), base, key, *[Const(True)] * (len(op.args) > 2), out=_named(op))
    _become(state, op, new, taken)


def _clear_dict(state: Resolving, op: Op, kind: Dict) -> None:
    _become(state, op, state.op(prims.DICT, static=(), out=_named(op)))


_DICTS = {"update": _update, "setdefault": _setdefault, "pop": _remove_key, "del": _remove_key, "popitem": _remove_key,
          "clear": _clear_dict}


def resolve_merged(state: Resolving, op: Op) -> None:
    """Emit `a | b`: of dicts a new one."""
    a, b = map(state.kind, op.args)
    if not isinstance(a, Dict) and not isinstance(b, Dict):
        state.stmts.append(op)
    elif isinstance(a, Dict) and isinstance(b, Dict) and a.items is not None and b.items is not None:
        state.asked(*op.args)
        keys = list(dict(a.items) | dict(b.items))
        parts = [state.item(op.args[1] if key in dict(b.items) else op.args[0], Const(key)) for key in keys]
        state.op(prims.DICT, *parts, static=tuple(keys), out=op.out)
    elif isinstance(a, Dict) and isinstance(b, Dict):
        update(state, state.op(prims.COPY, op.args[0]), op.args[1], op.out)
    else:
        raise UnsupportedError("`|` of a dict and what is not known to be one is not supported", origin=op.origin,
                               construct="`|`", advice="make a dict of both: `{**dict(a), **dict(b)}`")


def resolve_made(state: Resolving, op: Op) -> None:
    """Emit `dict(xs)`: the copy of a dict, or what pairs make."""
    source = op.args[0]
    kind = state.kind(source)
    if isinstance(kind, Dict):
        state.op(prims.COPY, source, out=op.out)
    elif isinstance(state.kind(op.out), Dict):
        if not isinstance(kind, (List, Tuple)):
            source = state.op(state.facts.lookups.prim(list), source)
        empty = state.op(prims.DICT, static=())
        state.facts.kinds[empty] = state.kind(op.out)
        loop(state, source, empty, op.out, lambda grown, pair: store(
            state, grown, state.item(pair, Const(0)), state.item(pair, Const(1))))
    else:
        state.stmts.append(op)
