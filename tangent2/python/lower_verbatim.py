"""Text kept as it is: f-strings, prints, calls of functions nobody knows; its free names are operands."""
from __future__ import annotations

import copy
import difflib
import types
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import gast
import numpy as np

from tangent2.core import prims
from tangent2.core.prims import Prim, Template
from tangent2.core.syntax import Atom, Callee
from tangent2.python.fence import (
    CONSTRUCTS, ITERATORS, READING, TELLING, is_pure, is_reader, is_silent, refused_function,
)
from tangent2.python.lower_names import NOTHING, NameSet, may_change, parameters, target_names
from tangent2.python.lower_outside import is_outside, opaque, outside, static
from tangent2.python.lower_state import MISSING, Lowering, is_text
from tangent2.python.lower_writes import METHODS
from tangent2.python.parts import walk


@dataclass
class _Text:
    """A text while its free names become operands."""

    L: Lowering
    root: Any
    operands: list[Atom] = field(default_factory=list)
    pure: bool = True
    opaque: bool = False
    tells: bool = False
    of_operands: bool = True

    def hole(self, atom: Atom) -> Any:
        """The name that stands for an operand."""
        place = next((k for k, old in enumerate(self.operands) if old is atom), len(self.operands))
        if place == len(self.operands):
            self.operands.append(atom)
        return gast.Name(f"${place}", gast.Load(), None, None)

    def copy(self, node: Any, own: NameSet) -> Any:
        """A copy with holes; `own`: names bound inside of the text."""
        rule = _RULES.get(type(node), _plain)
        return rule(self, node, own)


def verbatim(L: Lowering, node: Any, hint: str | None = None) -> Atom:
    """Keep an expression as it is."""
    text, start = _Text(L, node), len(L.updated)
    kept = text.copy(node, NOTHING)
    if any(atom is old for atom in text.operands for old in L.updated[start:]):
        L.refuse(node, "a value is read and written to in one expression", "split it into two statements")
    template = Template(kept, L.origin_of(node).text, text.pure, text.opaque, getattr(node, "error", False),
                        _advice(L, node), text.tells, text.of_operands)
    return L.op(prims.VERBATIM, *text.operands, static=template, hint=hint)


def _advice(L: Lowering, node: Any) -> str:
    """What to do about a call through which a derivative flows, if more is known than that."""
    func = getattr(node, "func", None)
    obj = MISSING if func is None else static(L, func)
    if isinstance(obj, np.vectorize) or isinstance(obj, np.ufunc) and set("".join(obj.types)) <= set("O->"):
        return "call its function for each element: `np.array([f(v) for v in x])`"
    if func is None or obj is not MISSING or not _is_misspelt(L, func):
        return ""
    module = static(L, func.value)
    near = difflib.get_close_matches(func.attr, [n for n in dir(module) if n[0] != "_"], 1)
    name = gast.unparse(func.value).strip()
    return f"`{name}` has no `{func.attr}`" + (f": did you mean `{name}.{near[0]}`?" if near else "")


def _is_misspelt(L: Lowering, func: Any) -> bool:
    """Whether a function is one that its module does not have: to call it raises."""
    return isinstance(func, gast.Attribute) and isinstance(static(L, func.value), types.ModuleType)


def method_template(name: str, positional: int, keywords: tuple[str, ...] = ()) -> Template:
    """The template of `$0.name($1, ..., key=$n)`: a method of an object that is no array, number or container.

    >>> method_template("draw", 1, ("size",)).text
    '$0.draw($1, size=$2)'
    """
    def name_of(k: int) -> Any:
        return gast.Name(f"${k}", gast.Load(), None, None)
    arguments = [name_of(k) for k in range(1, positional + 1)]
    named = [gast.keyword(key, name_of(positional + 1 + k)) for k, key in enumerate(keywords)]
    parts = [a.id for a in arguments] + [f"{k.arg}={k.value.id}" for k in named]
    node = gast.Call(gast.Attribute(name_of(0), name, gast.Load()), arguments, named)
    return Template(node, f"$0.{name}({', '.join(parts)})", False, True, tells=True, of_operands=True)


def _plain(text: _Text, node: Any, own: NameSet) -> Any:
    """Copy a node, its children having been copied."""
    if type(node) in CONSTRUCTS and not isinstance(node, (gast.GeneratorExp, gast.Starred)):
        text.L.fence(node)
    new = copy.copy(node)
    for name in node._fields:
        part = getattr(node, name, None)
        if isinstance(part, list):
            setattr(new, name, [text.copy(p, own) if isinstance(p, gast.AST) else p for p in part])
        elif isinstance(part, gast.AST):
            setattr(new, name, text.copy(part, own))
    return new


def _name(text: _Text, node: Any, own: NameSet) -> Any:
    if node.id in own or not isinstance(node.ctx, gast.Load) or node.id.startswith("$"):
        return node
    if is_outside(text.L, node.id) and outside(text.L, node)[1] == "builtin":
        return node
    return text.hole(text.L.expr(node))


def _lowered(text: _Text, node: Any, own: NameSet) -> Any:
    """What must not stay in the text: it binds or changes names, or calls a function that is known."""
    if own:
        text.L.fence(node) if type(node) in CONSTRUCTS else text.L.refuse(
            node, "names are changed inside of an expression that is not differentiated", "write a `for` loop")
    return text.hole(text.L.expr(node))


def _choice(text: _Text, node: Any, own: NameSet) -> Any:
    """`and`, `or`, `if ... else`: parts that must be lowered may not be evaluated before the choice."""
    calls = any(isinstance(n, (gast.Call, gast.NamedExpr)) for n in walk(node))
    return _lowered(text, node, own) if calls and not own else _plain(text, node, own)


def _call(text: _Text, node: Any, own: NameSet) -> Any:
    """Calls of known functions of the user's are lowered; of others we note what they may do."""
    if own and isinstance(node.func, gast.Name) and node.func.id in own:
        text.pure, text.tells, text.of_operands = False, True, False
        return _plain(text, node, own)
    obj = static(text.L, node.func)
    if obj is not MISSING and (advice := refused_function(obj)) is not None:
        text.L.refuse(node, f"`{getattr(obj, '__name__', obj)}` is not supported", advice, "call")
    target = text.L.unit.recognise(obj) if obj is not MISSING else None
    known = isinstance(target, Callee) and not own or isinstance(target, Prim) and target.update
    if known or obj is MISSING and (_changes(node) or not own and _of_object(text.L, node.func)):
        return _lowered(text, node, own)
    pure, reader = _effects(text, node, obj, target)
    text.pure &= pure
    _note_telling(text, node, obj, target)
    draws = target is None and getattr(node.func, "attr", "") in TELLING      # of a size that is computed
    text.opaque |= not reader
    if not reader or draws:
        node = _with_operands(text, node, own)
    return _plain(text, node, own)


def _with_operands(text: _Text, node: Any, own: NameSet) -> Any:
    """A call of what nobody knows, computed arguments being operands of their own: so it may be given a copy.

    Not where something else of the text would have to be evaluated before them.
    """
    parts = [*node.args, *(k.value for k in node.keywords)]
    computed = [part for part in parts if _is_computed(text, part)]
    rest = [part for part in (node.func, *parts) if part not in computed]
    if own or node is not text.root or any(isinstance(n, gast.Call) for part in rest for n in walk(part)):
        return node

    def part(arg: Any) -> Any:
        if isinstance(arg, gast.Starred) and arg in computed:
            return gast.copy_location(gast.Starred(text.hole(text.L.expr(arg.value)), gast.Load()), arg)
        return gast.copy_location(text.hole(text.L.expr(arg)), arg) if arg in computed else arg
    keywords = [gast.keyword(k.arg, part(k.value)) for k in node.keywords]
    return gast.copy_location(gast.Call(node.func, [part(a) for a in node.args], keywords), node)


def _is_computed(text: _Text, node: Any) -> bool:
    """Whether an expression makes or picks a value: arithmetic, a part, a primitive, a method as `copy`."""
    if isinstance(node, (gast.BinOp, gast.UnaryOp, gast.JoinedStr, gast.Subscript, gast.Attribute, gast.Compare)):
        return True
    if isinstance(node, gast.Starred):
        return _is_computed(text, node.value)
    if isinstance(node, gast.Tuple):
        return any(_is_computed(text, e) for e in node.elts)
    if not isinstance(node, gast.Call) or any(isinstance(a, (gast.Starred, gast.GeneratorExp)) for a in node.args):
        return False
    obj = static(text.L, node.func)
    if obj is MISSING:
        return isinstance(node.func, gast.Attribute) and node.func.attr in READING and not is_text(node.func.value)
    return isinstance(text.L.unit.recognise(obj), Prim) and not any(obj is each for each in ITERATORS)


def _changes(node: Any) -> bool:
    """Whether a call itself changes a place, as `place.append(v)` does."""
    func = node.func
    return isinstance(func, gast.Attribute) and func.attr in ("append", "pop", *METHODS) and isinstance(
        func.value, (gast.Name, gast.Subscript))


def _of_object(L: Lowering, func: Any) -> bool:
    """Whether a call is one of a method that only a user's class may have."""
    return isinstance(func, gast.Attribute) and may_change(func) and not opaque(L, func.value)


def _effects(text: _Text, node: Any, obj: Any, target: Any) -> tuple[bool, bool]:
    """Whether a call is pure, and whether it changes none of its operands."""
    if any(k.arg == "out" for k in node.keywords):
        return False, False
    if obj is not MISSING:
        if isinstance(target, Prim):
            return target.effect == "pure", True
        return is_pure(obj), is_reader(obj)
    if _is_misspelt(text.L, node.func):
        return False, True
    if isinstance(node.func, gast.Attribute):       # of an object of who knows which class
        base = node.func.value
        reading = is_text(base) or node.func.attr in READING and not opaque(text.L, base)
        return reading, reading or node.func.attr in TELLING
    return False, False


def _note_telling(text: _Text, node: Any, obj: Any, target: Any) -> None:
    """Note a call that may keep what it is given: of a method of who knows what, or of a function that nobody knows."""
    of_object = obj is MISSING and isinstance(node.func, gast.Attribute)
    if of_object and is_text(node.func.value) or isinstance(target, Prim) or obj is not MISSING and target is None and (
            is_silent(obj, node)):
        return
    text.tells = True
    text.of_operands &= of_object


def _lambda(text: _Text, node: Any, own: NameSet) -> Any:
    from tangent2.python.lower_functions import check_late_binding
    check_late_binding(text.L, node, None)
    own = own.union([p.id for p in parameters(node.args)], ("?lambda",))     # nothing of it is evaluated here
    return _plain(text, node, own)


def _comprehension(text: _Text, node: Any, own: NameSet) -> Any:
    """The first iterable is evaluated outside of the scope; what calls functions of the user's is a list by then."""
    if isinstance(node, (gast.ListComp, gast.GeneratorExp)) and not own and _calls_known(text, node):
        return text.hole(text.L.expr(gast.copy_location(gast.ListComp(node.elt, node.generators), node)))
    inner = own.union(*(target_names(g.target) for g in node.generators))
    new = _plain(text, node, inner)
    new.generators[0].iter = text.copy(node.generators[0].iter, own)
    return new


def _calls_known(text: _Text, node: Any) -> bool:
    """Whether a function of the user's is called, which may change what it is given."""
    called = [static(text.L, n.func) for n in walk(node) if isinstance(n, gast.Call)]
    return any(obj is not MISSING and isinstance(text.L.unit.recognise(obj), Callee) for obj in called)


_RULES: dict[type, Callable[[_Text, Any, NameSet], Any]] = {
    gast.Name: _name, gast.NamedExpr: _lowered, gast.IfExp: _choice, gast.BoolOp: _choice, gast.Call: _call,
    gast.Lambda: _lambda,
    **dict.fromkeys((gast.ListComp, gast.SetComp, gast.DictComp, gast.GeneratorExp), _comprehension),
}
