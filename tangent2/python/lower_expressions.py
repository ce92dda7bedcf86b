"""Expressions: literals, arithmetic, displays, subscripts, walrus."""
from __future__ import annotations

from typing import Any

import gast

from tangent2.core import prims
from tangent2.core.syntax import ONE_ITEM, Atom, Const, Value
from tangent2.python.lower_branches import test
from tangent2.python.lower_outside import is_function, is_private
from tangent2.python.lower_state import Lowering, expression, is_text
from tangent2.python.lower_targets import lower_index
from tangent2.python.lower_verbatim import verbatim

SIGNS: dict[type, str] = {
    gast.Add: "+", gast.Sub: "-", gast.Mult: "*", gast.Div: "/", gast.FloorDiv: "//", gast.Mod: "%", gast.Pow: "**",
    gast.MatMult: "@", gast.BitAnd: "&", gast.BitOr: "|", gast.BitXor: "^", gast.LShift: "<<", gast.RShift: ">>",
}
_UNARY: dict[type, str] = {gast.USub: "-", gast.UAdd: "+", gast.Invert: "~", gast.Not: "not"}


@expression(gast.Constant)
def constant(L: Lowering, node: Any, hint: str | None) -> Atom:
    """A literal."""
    return Const(node.value)


@expression(gast.BinOp)
def binary(L: Lowering, node: Any, hint: str | None) -> Atom:
    """Arithmetic; the formatting and joining of strings stays as it is."""
    if is_text(node):
        return verbatim(L, node, hint)
    left, right = L.atoms((node.left, node.right))
    return L.op(prims.BINARY[SIGNS[type(node.op)]], left, right, hint=hint)


@expression(gast.UnaryOp)
def unary(L: Lowering, node: Any, hint: str | None) -> Atom:
    """A sign, `~` or `not`; a negative number is a literal."""
    sign, operand = _UNARY[type(node.op)], node.operand
    if sign == "-" and isinstance(operand, gast.Constant) and type(operand.value) in (int, float, complex):
        return Const(-operand.value)
    return L.op(prims.UNARY[sign], test(L, operand) if sign == "not" else L.expr(operand), hint=hint)


@expression(gast.Subscript)
def subscript(L: Lowering, node: Any, hint: str | None) -> Atom:
    """`base[index]`."""
    start = len(L.updated)
    base = L.expr(node.value)
    spec, index = lower_index(L, node.slice)
    if any(base is old for old in L.updated[start:]):
        L.refuse(node, "a value is read and written to in one expression", "split it into two statements")
    part = _part(L, base, index[0]) if spec.items == (None,) and is_private(L, node.value) else None
    if part is not None:
        return part
    return L.op(prims.GETITEM, base, *index, static=spec, hint=hint)


def _part(L: Lowering, base: Atom, index: Atom) -> Atom | None:
    """The function that a display in sight holds under a literal index."""
    if not isinstance(base, Value) or not isinstance(index, Const):
        return None
    if base in L.unit.dicts:
        found = L.unit.dicts[base].get(index.value)
    else:
        items = L.unit.lists.get(base) or L.unit.tuples.get(base) or ()
        k = index.value
        found = items[k] if type(k) is int and -len(items) <= k < len(items) else None
    return found if isinstance(found, Value) and is_function(L, found) else None


@expression(gast.Tuple)
def tuple_display(L: Lowering, node: Any, hint: str | None) -> Atom:
    """`(a, b)`."""
    if any(isinstance(e, gast.Starred) for e in node.elts):
        return _starred(L, node, prims.TUPLE, tuple, hint)
    if id(node) in L.options:
        return Const(gast.literal_eval(node))
    atoms = L.atoms(node.elts)
    out = L.op(prims.TUPLE, *atoms, hint=hint)
    L.unit.tuples[out] = tuple(atoms)
    return out


@expression(gast.List)
def list_display(L: Lowering, node: Any, hint: str | None) -> Atom:
    """`[a, b]`."""
    if any(isinstance(e, gast.Starred) for e in node.elts):
        return _starred(L, node, prims.LIST, list, hint)
    atoms = L.atoms(node.elts)
    out = L.op(prims.LIST, *atoms, hint=hint)
    L.unit.lists[out] = tuple(atoms)
    return out


@expression(gast.Set)
def set_display(L: Lowering, node: Any, hint: str | None) -> Atom:
    """`{a, b}`."""
    return L.op(prims.SET, *L.atoms(node.elts), hint=hint)


def _starred(L: Lowering, node: Any, display: prims.Prim, kind: type, hint: str | None) -> Atom:
    """`[*a, b]` is `list(a) + [b]`; tuples that are known are taken apart."""
    convert = L.unit.recognise(kind)
    L.transient.update(id(e.value) for e in node.elts if isinstance(e, gast.Starred))
    atoms = L.atoms([e.value if isinstance(e, gast.Starred) else e for e in node.elts])
    pieces: list[Atom] = []
    run: list[Atom] = []
    for element, atom in zip(node.elts, atoms):
        parts = L.unit.tuples.get(atom) if isinstance(element, gast.Starred) and isinstance(atom, Value) else None
        if parts is not None:
            run += parts
        elif not isinstance(element, gast.Starred):
            run.append(atom)
        elif isinstance(convert, prims.Prim):
            pieces += [L.op(display, *run)] if run else []
            pieces.append(L.op(convert, atom))
            run = []
        else:
            L.fence(element)
    if run or not pieces:
        pieces.append(L.op(display, *run))
        if not pieces[1:] and display is prims.TUPLE and isinstance(pieces[0], Value):
            L.unit.tuples[pieces[0]] = tuple(run)
    whole = pieces[0]
    for piece in pieces[1:]:
        whole = L.op(prims.ADD, whole, piece, hint=hint if piece is pieces[-1] else None)
    return whole


@expression(gast.Dict)
def dict_display(L: Lowering, node: Any, hint: str | None) -> Atom:
    """`{k: v}`; `static` holds the keys if all are literals."""
    if any(key is None for key in node.keys):
        L.refuse(node, "`**` in a dict display is not supported", "name the keys", "`**`")
    if all(isinstance(key, gast.Constant) for key in node.keys):
        last = dict(zip([key.value for key in node.keys], L.atoms(node.values)))    # a repeated key has its last value
        found = L.op(prims.DICT, *last.values(), static=tuple(last), hint=hint)
        L.unit.dicts[found] = last
        return found
    atoms = L.atoms([n for pair in zip(node.keys, node.values) for n in pair])
    if len(node.keys) == 1:
        return L.op(prims.DICT, *atoms, hint=hint)
    made = L.op(prims.DICT, static=(), hint=hint)
    for key, value in zip(atoms[::2], atoms[1::2]):     # two keys may be equal
        made = L.op(prims.SETITEM, made, key, value, static=ONE_ITEM, hint=hint)
    return made


@expression(gast.NamedExpr)
def walrus(L: Lowering, node: Any, hint: str | None) -> Atom:
    """`name := value`."""
    L.env[node.target.id] = atom = L.expr(node.value, node.target.id)
    return atom


@expression(gast.JoinedStr, gast.SetComp)
def kept(L: Lowering, node: Any, hint: str | None) -> Atom:
    """What is never differentiated stays as it is."""
    return verbatim(L, node, hint)
