"""Assignment: to names, to patterns, and to parts of containers, which makes new versions of them."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import gast
import numpy as np

from tangent2.core import prims
from tangent2.core.syntax import ONE_ITEM, Atom, Const, IndexSpec, Op, SliceSpec, Value
from tangent2.python.lower_outside import calls_unknown, is_outside, private, static
from tangent2.python.lower_state import Lowering, title_of


def np_op(L: Lowering, function: Any, *args: Atom) -> Value:
    """Emit a call of a function of NumPy that has a primitive."""
    prim = L.unit.recognise(function)
    assert isinstance(prim, prims.Prim)
    return L.op(prim, *args)


def assign(L: Lowering, target: Any, atom: Atom) -> None:
    """Bind a target of any form to a value."""
    _TARGETS.get(type(target), _no_target)(L, target, atom)


def _name(L: Lowering, target: Any, atom: Atom) -> None:
    L.env[target.id] = atom


def _pattern(L: Lowering, target: Any, atom: Atom) -> None:
    shape, hints = pattern_shape(L, target)
    for item, part in zip(target.elts, unpack(L, atom, shape, hints)):
        assign(L, item.value if isinstance(item, gast.Starred) else item, part)


def pattern_shape(L: Lowering, target: Any) -> tuple[tuple[int, bool, int], list[str | None]]:
    """How many targets stand before a starred one, whether there is one, how many after it; and their names."""
    stars = [k for k, item in enumerate(target.elts) if isinstance(item, gast.Starred)]
    items = [item.value if isinstance(item, gast.Starred) else item for item in target.elts]
    hints = [getattr(item, "id", None) for item in items]
    if not stars:
        return (len(hints), False, 0), hints
    return (stars[0], True, len(hints) - stars[0] - 1), hints


def unpack(L: Lowering, atom: Atom, shape: tuple[int, bool, int], hints: list[str | None]) -> list[Atom]:
    """Take a sequence apart."""
    outs = tuple([Value(hint and title_of(hint), bool(hint) and hint[0] != "?") for hint in hints])  # type: ignore[index]
    L.stmts.append(Op(outs, prims.UNPACK, (atom,), (), shape, L.origin))
    return list(outs)


def _subscript(L: Lowering, target: Any, atom: Atom) -> None:
    place = open_place(L, target.value)
    spec, index = lower_index(L, target.slice)
    write(L, target, place, lambda base, hint: L.op(prims.SETITEM, base, *index, atom, static=spec, hint=hint))


def _attribute(L: Lowering, target: Any, atom: Atom) -> None:
    if target.attr in ("real", "imag"):
        everywhere = ONE_ITEM
        write(L, target, open_place(L, target), lambda part, hint: L.op(
            prims.SETITEM, part, Const(...), atom, static=everywhere, hint=hint))
        return
    if target.attr in _INSTEAD:
        L.refuse(target, "assignment to an attribute of an array is not supported", _INSTEAD[target.attr],
                 "attribute assignment")
    name = private(L, target.attr)
    write(L, target, open_place(L, target.value), lambda base, hint: L.op(
        prims.SETATTR, base, atom, static=name, hint=hint))


_INSTEAD = {"writeable": "do this outside of the differentiated function"}


def _no_target(L: Lowering, target: Any, atom: Atom) -> None:
    L.fence(target)


_TARGETS: dict[type, Callable[[Lowering, Any, Atom], None]] = {
    gast.Name: _name, gast.Tuple: _pattern, gast.List: _pattern, gast.Subscript: _subscript, gast.Attribute: _attribute,
}


_SHOWING = frozenset({"T", "mT", "real", "imag"})       # attributes that show the memory of their array


# --- places: `a[i][j]`, of which a part is written -------------------------------------------------------------------


@dataclass
class Place:
    """A container to be written to: a name, or an element of one; `steps` lead from the name's value to it."""

    name: str | None        # None: what an expression gives; names of the same memory are renewed later
    root: Atom
    steps: list[Step]
    value: Atom


@dataclass(frozen=True)
class Step:
    """From a container to an element, or an attribute of it; `spec` is None for all of an array, as in `x.flat`."""

    container: Atom
    spec: IndexSpec | None
    index: tuple[Atom, ...] = ()
    attribute: str | None = None

    def put_back(self, L: Lowering, part: Atom, hint: str | None) -> Atom:
        """The container in which the element is `part`."""
        if self.attribute is not None:
            return L.op(prims.SETATTR, self.container, part, static=self.attribute, hint=hint)
        if self.spec is not None:
            return L.op(prims.SETITEM, self.container, *self.index, part, static=self.spec, hint=hint)
        shaped = np_op(L, np.reshape, part, np_op(L, np.shape, self.container))
        return L.op(prims.SETITEM, self.container, Const(...), shaped, static=ONE_ITEM, hint=hint)


def open_place(L: Lowering, node: Any) -> Place:
    """Evaluate the containers and indices of a place, outer first."""
    if isinstance(node, gast.Name):
        if is_outside(L, node.id):
            L.refuse(node, f"`{node.id}` is written to, and it belongs to the surroundings of the function",
                     "make a local copy first and return it")
        atom = L.expr(node)
        return Place(node.id, atom, [], atom)
    if isinstance(node, gast.Subscript):
        place = open_place(L, node.value)
        spec, index = lower_index(L, node.slice)
        place.steps.append(Step(place.value, spec, tuple(index)))
        place.value = L.op(prims.GETITEM, place.value, *index, static=spec)
        return place
    if isinstance(node, gast.Attribute) and node.attr == "flat":
        place = open_place(L, node.value)
        place.steps.append(Step(place.value, None))
        place.value = L.op(prims.METHOD, place.value, static="flatten")
        return place
    if isinstance(node, gast.Call) and getattr(node.func, "attr", "") == "setdefault" and len(node.args) == 2:
        place = open_place(L, node.func.value)
        key, default = L.atoms(node.args)
        spec = ONE_ITEM
        write(L, node, place, lambda base, hint: change(L, base, "setdefault", (key, default), hint=hint)[0])
        place = open_place(L, node.func.value)
        place.steps.append(Step(place.value, spec, (key,)))
        place.value = L.op(prims.GETITEM, place.value, key, static=spec)
        return place
    if isinstance(node, gast.Call) or isinstance(node, gast.Attribute) and node.attr in _SHOWING:
        atom = L.expr(node)
        return Place(None, atom, [], atom)
    if isinstance(node, gast.Attribute):
        place, name = open_place(L, node.value), private(L, node.attr)
        place.steps.append(Step(place.value, None, (), name))
        place.value = L.op(prims.ATTRIBUTE, place.value, static=name)
        return place
    L.refuse(node, "the result of an expression is written to", "bind it to a name first")


def change(L: Lowering, base: Atom, name: str, args: tuple[Atom, ...], kw: tuple[str, ...] = (),
           hint: str | None = None) -> tuple[Value, Value]:
    """Emit a method that changes its object, which waits for the kind of that.  Gives the new object, the result."""
    out, result = Value(hint, hint is not None), Value()
    L.stmts.append(Op((out, result), prims.CHANGE, (base, *args), kw, name, L.origin))
    return out, result


def write(L: Lowering, node: Any, place: Place, new: Callable[[Atom, str | None], Atom], late: bool = False) -> Atom:
    """Replace the value of a place by `new(old, hint)`, and with it the values of what holds it; gives the new one.

    `late`: nothing of the object was read when the place was opened, and what changed it since came before the write.
    """
    if place.name is not None and L.env.get(place.name) is not place.root:
        place = _refreshed(L, node, place, {**L.same, **L.versions} if late else L.versions)
    atom = changed = new(place.value, None if place.steps else place.name)
    for step in reversed(place.steps):
        atom = step.put_back(L, atom, place.name if step.container is place.root else None)
    L.updated.append(place.root)
    L.same[atom] = place.root
    rebind(L, place.root, atom)
    if isinstance(atom, Value) and place.steps:     # the same object, of which a part is another
        L.versions.setdefault(atom, place.root)
    if place.name is not None:
        L.env[place.name] = atom
    return changed


def _refreshed(L: Lowering, node: Any, place: Place, versions: dict[Atom, Atom]) -> Place:
    """A place after calls of methods of the object that it is in: these may not have put another object there."""
    assert place.name is not None
    root = before = L.env[place.name]
    while before is not place.root and before in versions:
        before = versions[before]
    if before is not place.root:
        L.refuse(node, f"`{place.name}` changes while it is written to", "split it into two statements")
    now = Place(place.name, root, [], root)
    for step in place.steps:
        now.steps.append(replace(step, container=now.value))
        if step.attribute is not None:
            now.value = L.op(prims.ATTRIBUTE, now.value, static=step.attribute)
        elif step.spec is not None:
            now.value = L.op(prims.GETITEM, now.value, *step.index, static=step.spec)
        else:
            now.value = L.op(prims.METHOD, now.value, static="flatten")
    if place.steps:
        L.stmts.append(Op((), prims.SAME, (place.value, now.value), (), None, L.origin))
    return now


def rebind(L: Lowering, old: Atom, new: Atom) -> None:
    """A new version of a value: all names of the same object have it."""
    if isinstance(old, Value):
        for other, atom in L.env.items():
            if atom is old:
                L.env[other] = new


def augment(L: Lowering, node: Any, sign: str) -> None:
    """`target op= value`."""
    target, prim = node.target, prims.BINARY[sign]
    if isinstance(target, gast.Name):
        old = L.expr(gast.copy_location(gast.Name(target.id, gast.Load(), None, None), target))
        start = len(L.updated)
        value = L.expr(node.value)
        if any(old is atom for atom in L.updated[start:]):
            L.refuse(node, f"`{target.id}` is read and written to in one statement", "split it into two statements")
        L.env[target.id] = new = L.op(prims.INPLACE, old, value, static=prim, hint=target.id)
        if isinstance(node.value, (gast.List, gast.ListComp, gast.Dict)):      # of a container, which stays itself
            rebind(L, old, new)
        L.updated.append(old)
    elif isinstance(target, gast.Subscript):
        _augment_item(L, node, target, sign)
    elif isinstance(target, gast.Attribute) and target.attr in ("real", "imag"):
        place = open_place(L, target)
        value = L.expr(node.value)
        write(L, node, place, lambda part, hint: L.op(prims.INPLACE, part, value, static=prim, hint=hint))
    elif isinstance(target, gast.Attribute):
        _augment_attribute(L, node, target, sign)
    else:
        assign(L, target, Const(None))      # refuses


def _augment_attribute(L: Lowering, node: Any, target: Any, sign: str) -> None:
    place, name = open_place(L, target.value), private(L, target.attr)
    old = L.op(prims.ATTRIBUTE, place.value, static=name)
    value = L.expr(node.value)

    def new(base: Atom, hint: str | None) -> Atom:
        changed = L.op(prims.INPLACE_PART, old, value, static=prims.BINARY[sign])
        return L.op(prims.SETATTR, base, changed, static=name, hint=hint)
    write(L, node, place, new)


def _augment_item(L: Lowering, node: Any, target: Any, sign: str) -> None:
    place = open_place(L, target.value)
    spec, index = lower_index(L, target.slice)
    update = None if calls_unknown(L, node.value) else prims.UPDATES.get(sign)     # what was there is read first
    old = None if update is not None else L.op(prims.GETITEM, place.value, *index, static=spec)
    value = L.expr(node.value)

    def new(base: Atom, hint: str | None) -> Atom:
        if update is not None:
            return L.op(update, base, *index, value, static=spec, hint=hint)
        assert old is not None
        changed = L.op(prims.INPLACE_PART, old, value, static=prims.BINARY[sign])
        return L.op(prims.SETITEM, base, *index, changed, static=spec, hint=hint)
    write(L, node, place, new)


def push(L: Lowering, node: Any, base: Any, item: Any) -> None:
    """`base.append(item)`."""
    place = open_place(L, base)
    value = L.expr(item)
    write(L, node, place, lambda stack, hint: L.op(prims.PUSH, stack, value, hint=hint), late=True)


def pop(L: Lowering, node: Any, base: Any, hint: str | None) -> Atom:
    """`base.pop()`, whose value is the last element."""
    item = Value(hint, hint is not None)

    def new(stack: Atom, name: str | None) -> Atom:
        out = Value(name, name is not None)
        L.stmts.append(Op((out, item), prims.POP, (stack,), (), None, L.origin))
        return out
    write(L, node, open_place(L, base), new)
    return item


# --- indices ----------------------------------------------------------------------------------------------------------


def lower_index(L: Lowering, node: Any) -> tuple[IndexSpec, list[Atom]]:
    """The shape of an index and its atoms; `slice(...)` in it is a slice."""
    is_tuple = isinstance(node, gast.Tuple)
    items: list[SliceSpec | None] = []
    parts: list[Any] = []
    for item in node.elts if is_tuple else [node]:
        bounds = _bounds(L, item)
        if bounds is None:
            items.append(None)
            parts.append(item)
            continue
        have = [b is not None and not (isinstance(b, gast.Constant) and b.value is None) for b in bounds]
        items.append(SliceSpec(*have))
        parts += [b for b, there in zip(bounds, have) if there]
    return IndexSpec(tuple(items), is_tuple), L.atoms(parts)


def _bounds(L: Lowering, node: Any) -> tuple[Any, Any, Any] | None:
    """Lower, upper and step of `a:b:c` or `slice(a, b, c)`; None if it is neither."""
    if isinstance(node, gast.Slice):
        return node.lower, node.upper, node.step
    if isinstance(node, gast.Call) and not node.keywords and 1 <= len(node.args) <= 3 and static(L, node.func) is slice:
        if not any(isinstance(a, gast.Starred) for a in node.args):
            first, second, third = (*node.args, None, None)[:3]
            return (None, first, None) if len(node.args) == 1 else (first, second, third)
    return None
