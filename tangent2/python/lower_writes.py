"""Calls of NumPy that write to an argument: `out=`, `copyto`, `put`, `ufunc.at`, `x.fill(v)`: updates of that place."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from tangent2.core import prims
from tangent2.core.prims import Prim
from tangent2.core.syntax import ONE_ITEM, Atom, Call, Callee, Const, Value
from tangent2.python.fence import outs
from tangent2.python.lower_state import Lowering
from tangent2.python.lower_names import is_part
from tangent2.python.lower_targets import Place, augment, change, lower_index, np_op, open_place, write
from tangent2.runtime.sequences import changed_at, updated_at

Writer = Callable[[Lowering, Any], Atom]


def writer_of(obj: Any, node: Any) -> Writer | None:
    """What lowers a call of a function that writes to its first argument."""
    if obj is np.nan_to_num and (len(node.args) > 1 or any(k.arg == "copy" for k in node.keywords)):
        return _nan_to_num
    if isinstance(getattr(obj, "__self__", None), np.ufunc) and getattr(obj, "__name__", "") == "at":
        return lambda L, node: _at(L, node, obj.__self__)
    return next((writer for function, writer in _FUNCTIONS if obj is function), None)


def item(L: Lowering, base: Atom, index: Atom) -> Value:
    """Emit `base[index]`."""
    return L.op(prims.GETITEM, base, index, static=ONE_ITEM)


def set_item(L: Lowering, node: Any, place: Place, index: Atom, value: Atom) -> Atom:
    """Emit `place[index] = value`; gives what the place holds then."""
    return write(L, node, place, lambda base, hint: L.op(prims.SETITEM, base, index, value, static=ONE_ITEM, hint=hint))


def named(L: Lowering, node: Any, names: tuple[str, ...], optional: tuple[str, ...] = ()) -> dict[str, Any]:
    """The argument nodes of a call, by the names of its parameters."""
    everything = (*names, *optional)
    given = dict(zip(everything, node.args))
    given.update({k.arg: k.value for k in node.keywords})
    stars = any(isinstance(a, gast.Starred) for a in node.args)
    if stars or len(node.args) > len(everything) or not set(names) <= set(given) <= set(everything):
        L.refuse(node, "this call, which writes to its first argument, is not supported in this form",
                 f"give it {', '.join(names)} and nothing else", "call")
    return given


# --- `out=` ---------------------------------------------------------------------------------------------------------


def has_out(L: Lowering, node: Any, function: Any) -> bool:
    """Whether a call is given an array to write its result to."""
    if any(k.arg == "out" and not _is_none(k.value) for k in node.keywords):
        return True
    starred = any(isinstance(a, gast.Starred) for a in node.args)
    if not isinstance(function, np.ufunc) and getattr(function, "__module__", None) != "numpy" or starred:
        return False
    place = outs(function)
    return place is not None and len(node.args) > place and not _is_none(node.args[place])


def method_has_out(node: Any, name: str) -> bool:
    """Whether a call of a method is given an array to write its result to."""
    place = _OUTS.get(name, 99)
    return any(k.arg == "out" and not _is_none(k.value) for k in node.keywords) \
        or len(node.args) > place and not _is_none(node.args[place])


_OUTS = {"dot": 1, "sum": 2, "mean": 2, "prod": 2, "max": 1, "min": 1, "any": 1, "all": 1, "cumsum": 2, "cumprod": 2,
         "clip": 2, "round": 1, "std": 2, "var": 2, "trace": 4, "take": 2, "argmax": 1, "argmin": 1}


def into_out(L: Lowering, node: Any, function: Any) -> Atom:
    """`f(x, out=z)` is `z[...] = f(x)`, and gives `z`; with `where=m`, `z[m] = f(x[m])`."""
    given = {k.arg: k.value for k in node.keywords}
    place = _OUTS.get(node.func.attr) if function is None else outs(function)
    target = given.pop("out") if "out" in given else node.args[place]
    if isinstance(target, gast.Tuple) and len(target.elts) == 1:
        target = target.elts[0]
    if isinstance(target, (gast.Tuple, gast.Starred)) or isinstance(function, np.ufunc) and function.nout != 1:
        L.refuse(node, "`out=` of more than one array is not supported", "assign each result: `y[...] = "
                 "np.trunc(x)` and `z[...] = x - y` for `modf`, `x // y` and `x % y` for `divmod`", "`out=`")
    if function is not None and not isinstance(L.unit.recognise(function), Prim):
        L.refuse(node, f"`out=` of `{getattr(function, '__name__', function)}` is not supported",
                 "assign the result: `x[...] = ...`", "`out=`")
    mask = given.pop("where", None) if isinstance(function, np.ufunc) else None
    if isinstance(mask, gast.Constant) and mask.value is True:
        mask = None
    args = node.args[:place] if isinstance(function, np.ufunc) or place is None else [
        a for k, a in enumerate(node.args) if k != place]
    while len(args) > (3 if function is np.clip else 1) and _is_none(args[-1]):
        args = args[:-1]
    if mask is not None:
        return _where(L, node, function, (args, given, target, mask))
    keywords = [gast.keyword(name, value) for name, value in given.items()]
    value = L.expr(gast.copy_location(gast.Call(node.func, list(args), keywords), node))
    return set_item(L, node, open_place(L, target), Const(...), value)


def _where(L: Lowering, node: Any, function: Any, parts: tuple[Any, ...]) -> Atom:
    """`np.divide(a, b, out=z, where=m)`: only where the mask holds is anything computed, and written."""
    args, given, target, mask = parts
    if given:
        L.refuse(node, f"`{next(iter(given))}=` beside `where=` is not supported", "leave it out", "`where=`")
    atoms = L.atoms(args)
    place = open_place(L, target)
    shape = np_op(L, np.shape, place.value)
    chosen = np_op(L, np.broadcast_to, L.expr(mask), shape)
    picked = [item(L, np_op(L, np.broadcast_to, a, shape), chosen) for a in atoms]
    return set_item(L, node, place, chosen, np_op(L, function, *picked))


def _is_none(node: Any) -> bool:
    return isinstance(node, gast.Constant) and node.value is None


# --- functions --------------------------------------------------------------------------------------------------------


def _copyto(L: Lowering, node: Any) -> Atom:
    """`np.copyto(x, v, where=m)`."""
    given = named(L, node, ("dst", "src"), ("casting", "where"))
    place, value = open_place(L, given["dst"]), L.expr(given["src"])
    if "where" in given:
        value = np_op(L, np.where, L.expr(given["where"]), value, place.value)
    set_item(L, node, place, Const(...), value)
    return Const(None)


def cyclic(L: Lowering, value: Atom, count: Atom) -> Atom:
    """The first `count` elements of a value repeated without end; a literal stands for itself."""
    if isinstance(value, Const):
        return value
    turns = L.op(prims.MOD, np_op(L, np.arange, count), np_op(L, np.size, value))
    return item(L, np_op(L, np.ravel, value), turns)


def write_flat(L: Lowering, node: Any, place: Place, index: Atom, value: Atom) -> None:
    """`place.flat[index] = value`."""
    shape = np_op(L, np.shape, place.value)
    flat = L.op(prims.SETITEM, L.op(prims.METHOD, place.value, static="flatten"), index, value, static=ONE_ITEM)
    set_item(L, node, place, Const(...), np_op(L, np.reshape, flat, shape))


def _put(L: Lowering, node: Any) -> Atom:
    """`np.put(x, places, values)`: by place in the raveled array."""
    given = named(L, node, ("a", "ind", "v"))
    place, index, value = open_place(L, given["a"]), L.expr(given["ind"]), L.expr(given["v"])
    flat = np_op(L, np.ravel, index)
    write_flat(L, node, place, flat, cyclic(L, value, np_op(L, np.size, flat)))
    return Const(None)


def _mask(L: Lowering, node: Any) -> Atom:
    """A mask; numbers that stand for truth values are made a mask."""
    mask = L.expr(node)
    return mask if isinstance(node, gast.Compare) else np_op(L, np.not_equal, mask, Const(False))


def _place(L: Lowering, node: Any) -> Atom:
    """`np.place(x, mask, values)`: the first values, in order."""
    given = named(L, node, ("arr", "mask", "vals"))
    place, mask, value = open_place(L, given["arr"]), _mask(L, given["mask"]), L.expr(given["vals"])
    set_item(L, node, place, mask, cyclic(L, value, np_op(L, np.count_nonzero, mask)))
    return Const(None)


def _putmask(L: Lowering, node: Any) -> Atom:
    """`np.putmask(x, mask, values)`: each place has a value of its own."""
    given = named(L, node, ("a", "mask", "values"))
    place, mask, value = open_place(L, given["a"]), _mask(L, given["mask"]), L.expr(given["values"])
    if not isinstance(value, Const):
        whole = cyclic(L, value, np_op(L, np.size, place.value))
        value = item(L, np_op(L, np.reshape, whole, np_op(L, np.shape, place.value)), mask)
    set_item(L, node, place, mask, value)
    return Const(None)


def _put_along_axis(L: Lowering, node: Any) -> Atom:
    """`np.put_along_axis(x, indices, values, axis)`: by the place that each element has in the raveled array."""
    given = named(L, node, ("arr", "indices", "values"), ("axis",))
    place, index, value = open_place(L, given["arr"]), L.expr(given["indices"]), L.expr(given["values"])
    axis = L.expr(given["axis"]) if "axis" in given else Const(-1)
    shape = np_op(L, np.shape, place.value)
    numbers = np_op(L, np.reshape, np_op(L, np.arange, np_op(L, np.size, place.value)), shape)
    places = np_op(L, np.take_along_axis, numbers, index, axis)
    spread = value if isinstance(value, Const) else np_op(
        L, np.ravel, np_op(L, np.broadcast_to, value, np_op(L, np.shape, places)))
    write_flat(L, node, place, np_op(L, np.ravel, places), spread)
    return Const(None)


def _fill_diagonal(L: Lowering, node: Any) -> Atom:
    """`np.fill_diagonal(x, v)`."""
    from tangent2.runtime.places import diagonal_places
    given = named(L, node, ("a", "val"))
    place, value = open_place(L, given["a"]), L.expr(given["val"])
    places = np_op(L, diagonal_places, place.value)
    write_flat(L, node, place, places, cyclic(L, value, np_op(L, np.size, places)))
    return Const(None)


def _nan_to_num(L: Lowering, node: Any) -> Atom:
    """`np.nan_to_num(x, copy=False)` is `x[...] = np.nan_to_num(x)`, and gives `x`."""
    given = named(L, node, ("x",), ("copy", "nan", "posinf", "neginf"))
    copy = given.pop("copy")
    keywords = [gast.keyword(name, value) for name, value in given.items() if name != "x"]
    plain = gast.copy_location(gast.Call(node.func, [given["x"]], keywords), node)
    if not isinstance(copy, gast.Constant) or not isinstance(copy.value, bool):
        L.refuse(node, "`copy=` of `nan_to_num` is computed", "write `True` or `False`", "`copy=`")
    if copy.value:
        return L.expr(plain)
    value = L.expr(plain)
    return set_item(L, node, open_place(L, given["x"]), Const(...), value)


_SIGNED = {np.add: False, np.subtract: True}


def _at(L: Lowering, node: Any, ufunc: np.ufunc) -> Atom:
    """`np.add.at(x, index, value)`, and the same of other ufuncs, which take the places one after the other."""
    if ufunc.nin > 2 or ufunc.nout != 1 or len(node.args) != ufunc.nin + 1 or node.keywords:
        L.refuse(node, f"this call of `{ufunc.__name__}.at` is not supported",
                 "give it the array, the index and the value, or write a loop", f"`{ufunc.__name__}.at`")
    place = open_place(L, node.args[0])
    if ufunc not in _SIGNED:
        return _one_by_one(L, node, place)
    spec, index = lower_index(L, node.args[1])
    value = L.expr(node.args[2])
    if _SIGNED[ufunc]:
        value = L.op(prims.NEG, value)
    write(L, node, place, lambda base, hint: L.op(prims.AT_ADD, base, *index, value, static=spec, hint=hint))
    return Const(None)


def _one_by_one(L: Lowering, node: Any, place: Place) -> Atom:
    """`np.multiply.at(x, index, value)`, `np.negative.at(x, index)`."""
    spec, index = lower_index(L, node.args[1])
    shape = np_op(L, np.shape, place.value)
    numbers = np_op(L, np.reshape, np_op(L, np.arange, np_op(L, np.size, place.value)), shape)
    chosen = L.op(prims.GETITEM, numbers, *index, static=spec)
    more = [np_op(L, np.ravel, chosen)]
    if len(node.args) == 3:
        spread = np_op(L, np.broadcast_to, L.expr(node.args[2]), np_op(L, np.shape, chosen))
        more.append(np_op(L, np.ravel, spread))
    callee = L.unit.recognise(updated_at if len(more) == 2 else changed_at)
    assert isinstance(callee, Callee)
    function = L.expr(node.func.value)

    def new(base: Atom, hint: str | None) -> Atom:
        out = Value(hint, hint is not None)
        L.stmts.append(Call((out,), callee, (base, *more, function), L.origin))
        return out
    write(L, node, place, new)
    return Const(None)


_FUNCTIONS: tuple[tuple[Any, Writer], ...] = (
    (np.copyto, _copyto), (np.put, _put), (np.place, _place), (np.putmask, _putmask),
    (np.put_along_axis, _put_along_axis), (np.fill_diagonal, _fill_diagonal),
)


# --- methods ----------------------------------------------------------------------------------------------------------


def _partition(L: Lowering, node: Any) -> Atom:
    """`x.partition(k, axis)` of an array, which is parted in place, or `s.partition(separator)` of a string."""
    if L.unit.is_method(node.func.attr) or is_part(node.func.value):
        return _changing("partition")(L, node)
    args = L.atoms([node.func.value, *node.args, *(k.value for k in node.keywords)])
    return L.op(prims.METHOD, *args, kw=tuple([k.arg for k in node.keywords]), static="partition")


def _put_method(L: Lowering, node: Any) -> Atom:
    """`x.put(places, values)`; what takes one value is no array, but a queue, maybe."""
    if L.unit.is_method(node.func.attr) or len(node.args) + len(node.keywords) == 1:
        return _changing("put")(L, node)
    return _put(L, gast.copy_location(gast.Call(node.func, [node.func.value, *node.args], node.keywords), node))


def _operator(sign: str) -> Writer:
    """`x.__iadd__(v)` and the like; they give `x`."""
    def lower(L: Lowering, node: Any) -> Atom:
        given = named(L, node, ("value",))
        if not isinstance(node.func.value, gast.Name):
            L.refuse(node, f"`.{node.func.attr}` of an expression is not supported", f"write `{sign}=`")
        update = gast.copy_location(gast.AugAssign(node.func.value, None, given["value"]), node)
        augment(L, update, sign)
        return L.expr(node.func.value)
    return lower


def changed(L: Lowering, node: Any, place: Place, name: str, atoms: list[Atom], kw: tuple[str, ...] = ()) -> Atom:
    """Emit a method that changes what a place holds; gives its result."""
    results: list[Atom] = []

    def new(base: Atom, hint: str | None) -> Atom:
        out, result = change(L, base, name, tuple(atoms), kw, hint)
        results.append(result)
        return out
    write(L, node, place, new, late=True)
    return results[0]


def _changing(name: str) -> Writer:
    """`xs.insert(i, v)` and the like."""
    def lower(L: Lowering, node: Any) -> Atom:
        if any(isinstance(a, gast.Starred) for a in node.args) or any(k.arg is None for k in node.keywords):
            L.refuse(node, f"`*` in a call of `.{name}` is not supported", "name the arguments", "`*`")
        place = open_place(L, node.func.value)
        atoms = L.atoms([*node.args, *(k.value for k in node.keywords)])
        return changed(L, node, place, name, atoms, tuple([k.arg for k in node.keywords]))
    return lower


def delete_part(L: Lowering, node: Any) -> None:
    """`del xs[i]`, `del xs[a:b]`, `del d[k]`."""
    place = open_place(L, node.value)
    spec, index = lower_index(L, node.slice)
    if spec == ONE_ITEM:
        changed(L, node, place, "del", index)
    elif not any(spec.items):       # of a dict: its key is a tuple
        changed(L, node, place, "del", [L.op(prims.TUPLE, *index)])
    elif len(spec.items) == 1 and not getattr(spec.items[0], "step", True):
        write(L, node, place, lambda base, hint: L.op(
            prims.SETITEM, base, *index, L.op(prims.LIST), static=spec, hint=hint))
    else:
        L.refuse(node, "`del` of this part is not supported", "build a new container without it", "`del`")


_CHANGING = ("fill", "remove", "insert", "append", "extend", "reverse", "sort", "clear", "update", "setdefault", "pop",
             "popitem")
_NAMES = {"+": "add", "-": "sub", "*": "mul", "/": "truediv", "//": "floordiv", "%": "mod", "**": "pow", "@": "matmul"}
METHODS: dict[str, Writer] = {
    "partition": _partition, "put": _put_method,
    **{name: _changing(name) for name in _CHANGING},
    **{f"__i{name}__": _operator(sign) for sign, name in _NAMES.items()},
}
