"""Where the axis of a batch stands in the arguments and in the result of `vmap`: it is moved to the front and back."""
from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Union

from tangent2.core import prims
from tangent2.core.build import Builder
from tangent2.core.kinds import Array, Dict, FunctionKind, Kind, List, Number, Tuple, is_inexact
from tangent2.core.layouts import Each, Layout, Parts, each, parts
from tangent2.core.syntax import Atom, Const, Value
from tangent2.errors import ArgumentError
from tangent2.rules.declare import by_name
from tangent2.transform.lanes import comprehension, counted


@dataclass(frozen=True)
class ByKey:
    """The axes of the values of a dict."""

    items: tuple[tuple[object, Axes], ...]


Axes = Union[int, None, tuple["Axes", ...], ByKey]
"""Which axis is mapped: of a number or array, or of all in a container; or one by one, in the structure of that."""


def of_parts(axes: Axes, kind: Kind, what: str) -> list[Axes]:
    """The axes of the elements of a tuple or a dict."""
    count = len(kind.elts) if isinstance(kind, Tuple) else len(kind.items or ()) if isinstance(kind, Dict) else 0
    if isinstance(axes, tuple) and isinstance(kind, Tuple) and len(axes) == count:
        return list(axes)
    if isinstance(axes, ByKey) and isinstance(kind, Dict) and kind.items is not None:
        found = dict(axes.items)
        if found.keys() == {key for key, _ in kind.items}:
            return [found[key] for key, _ in kind.items]
    if isinstance(axes, (tuple, ByKey)):
        raise ArgumentError(f"{what} has another structure than what it is for", construct=what,
                            advice="give an int or None for the whole, or the same structure with ints and None")
    return [axes] * count


def of_leaf(axes: Axes, rank: int, what: str) -> Axes:
    """The axis of an array, which must have it; `rank`: with that of the lanes."""
    if isinstance(axes, (tuple, ByKey)):
        raise ArgumentError(f"{what} has another structure than what it is for: that is an array", construct=what,
                            advice="give an int or None for an array")
    if axes is None or -rank <= axes < rank:
        return axes
    if what == "in_axes":
        raise ArgumentError(f"vmap was requested to map its argument along axis {axes}, which implies that its rank "
                            f"should be at least {max(axes + 1, -axes)}, but is only {rank}", construct=what,
                            advice="give None as its axis, or an array with that axis")
    raise ArgumentError(f"vmap out_axes is {axes}, and a result has {rank} {'axis' if rank == 1 else 'axes'}, that of "
                        "the lanes among them", construct=what, advice="give one of these, counted from 0")


def of_elements(axes: Axes, what: str) -> Axes:
    """The axis of all elements of a list."""
    if isinstance(axes, tuple) and len(set(axes)) == 1:
        return axes[0]
    if isinstance(axes, (tuple, ByKey)):
        raise ArgumentError(f"{what} gives the elements of a list axes of their own", construct=what,
                            advice="give one for all of them, or a tuple in the place of the list")
    return axes


def layout_of(axes: Axes, kind: Kind, what: str) -> Layout:
    """Which parts of a value are mapped.

    >>> from tangent2.core.kinds import FLOAT, Sym
    >>> layout_of((0, None), Tuple((Array("float64", (Sym(0),)), FLOAT)), "in_axes")
    Parts(elts=(True, False))
    """
    if isinstance(kind, Tuple) or isinstance(kind, Dict) and kind.items is not None:
        kinds = kind.elts if isinstance(kind, Tuple) else [k for _, k in kind.items or ()]
        return parts([layout_of(a, k, what) for a, k in zip(of_parts(axes, kind, what), kinds)])
    if isinstance(kind, (List, Dict)):
        return each(layout_of(of_elements(axes, what), kind.elt, what))
    if axes is None or isinstance(kind, FunctionKind):
        return False
    if isinstance(kind, (Number, Array)):
        if isinstance(kind, Number) or kind.shape is not None:
            of_leaf(axes, 0 if isinstance(kind, Number) else len(kind.shape or ()), what)
        return True
    return False


def moved(build: Builder, atom: Atom, kind: Kind, axes: Axes, back: bool) -> Atom:
    """A value with the axis of each of its parts moved to the front, or back from there."""
    if axes is None or axes == 0:
        return atom
    if isinstance(kind, Array):
        if kind.shape is not None:
            of_leaf(axes, len(kind.shape), "out_axes" if back else "in_axes")
        return build.op(by_name("np.moveaxis"), atom, *map(Const, (0, axes) if back else (axes, 0)))
    if isinstance(kind, Tuple) or isinstance(kind, Dict) and kind.items is not None:
        wanted = of_parts(axes, kind, "out_axes" if back else "in_axes")
        if all(a in (None, 0) for a in wanted):
            return atom
        items = list(enumerate(kind.elts)) if isinstance(kind, Tuple) else list(kind.items or ())
        made = [moved(build, build.getitem(atom, Const(key)), own, a, back) for (key, own), a in zip(items, wanted)]
        if isinstance(kind, Dict):
            return build.op(prims.DICT, *made, static=tuple([key for key, _ in items]))
        return build.op(prims.TUPLE, *made, static=kind.record)
    if isinstance(kind, List):
        inner = of_elements(axes, "out_axes" if back else "in_axes")
        return comprehension(build, atom, lambda item: moved(build, item, kind.elt, inner, back))
    if back and is_inexact(kind):
        raise ArgumentError("vmap out_axes is given for a result of which it is not known what it holds",
                            construct="out_axes", advice="leave it out, and move the axes of what comes")
    return atom


def entered(build: Builder, params: list[Value], axes: tuple[Axes, ...]) -> tuple[list[Value], list[Layout]]:
    """The arguments with the axis of the batch in front, and their layouts."""
    found, layouts = [], []
    for param, own in zip(params, axes):
        kind = build.kind(param)
        layouts.append(layout_of(own, kind, "in_axes"))
        made = moved(build, param, kind, own, False)
        if made is not param and isinstance(made, Value) and made.hint is None:
            made = _named(build, made, param)
        found.append(made)
    return found, layouts       # type: ignore[return-value]


def _named(build: Builder, made: Value, param: Value) -> Value:
    last = build.stmts[-1]
    if made not in last.outs or len(last.outs) != 1:
        return made
    new = build.value(build.kind(made), param.hint, param.user)
    build.stmts[-1] = replace(last, outs=(new,))        # type: ignore[arg-type]
    return new


def left(build: Builder, out: Atom, kind: Kind, layout: Layout, axes: Axes, params: list[Value],
         layouts: list[Layout], lanes: list[Kind]) -> Atom:
    """The result with the axis of the batch where it is to be; `kind`: for all lanes."""
    whole = _repeated(build, out, kind, layout, axes, lambda: _count(build, params, layouts, lanes))
    return moved(build, whole, build.kind(whole), axes, True)


def _count(build: Builder, params: list[Value], layouts: list[Layout], lanes: list[Kind]) -> Atom:
    for param, layout, kind in zip(params, layouts, lanes):
        if layout is not False:
            return counted(build, param, kind, layout)
    raise ArgumentError("vmap must have at least one mapped argument", construct="in_axes",
                        advice="give an axis for one of them")


def _repeated(build: Builder, atom: Atom, kind: Kind, layout: Layout, axes: Axes, count: object) -> Atom:
    """What is the same in all lanes, for each of them; refused where it is not to have the axis, and has it."""
    if isinstance(kind, Tuple) or isinstance(kind, Dict) and kind.items is not None:
        wanted = of_parts(axes, kind, "out_axes")
        items = list(enumerate(kind.elts)) if isinstance(kind, Tuple) else list(kind.items or ())
        flags = layout.elts if isinstance(layout, Parts) else (False,) * len(items)
        parts_ = [build.getitem(atom, Const(key)) for key, _ in items]
        made = [_repeated(build, part, own, flag, a, count)
                for part, (_, own), flag, a in zip(parts_, items, flags, wanted)]
        if all(a is b for a, b in zip(parts_, made)):
            return atom
        if isinstance(kind, Dict):
            return build.op(prims.DICT, *made, static=tuple([key for key, _ in items]))
        return build.op(prims.TUPLE, *made, static=kind.record)
    if isinstance(kind, List):
        inner = layout.elt if isinstance(layout, Each) else False
        flat = of_elements(axes, "out_axes")
        if inner is not False or not isinstance(kind.elt, (Number, Array)) or flat is None:
            return atom
        return comprehension(build, atom, lambda item: _repeated(build, item, kind.elt, False, flat, count))
    if not isinstance(kind, (Number, Array)):
        return atom
    if axes is None and layout is True:
        raise ArgumentError("vmap has mapped output but out_axes is None", construct="out_axes",
                            advice="give the axis that the results of the lanes are to have")
    if axes is None or layout is True:
        return atom
    if isinstance(kind, Number):
        return build.op(by_name("np.full"), count(), atom)      # type: ignore[operator]
    size = count()      # type: ignore[operator]
    if kind.shape is None:
        shape = build.op(prims.ADD, build.op(prims.TUPLE, size), build.op(by_name("np.shape"), atom))
    else:
        extents = [build.op(prims.EXTENT, atom, static=k) for k in range(len(kind.shape))]
        shape = build.op(prims.TUPLE, size, *extents)
    wide = build.op(by_name("np.broadcast_to"), atom, shape)
    return build.op(by_name(".copy"), wide)

