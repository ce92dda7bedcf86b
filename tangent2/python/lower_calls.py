"""Calls: of primitives, of the user's functions, of function values, of methods; what nobody knows is kept as text."""
from __future__ import annotations

import builtins
import inspect
from typing import Any

import gast

from tangent2.core import prims
from tangent2.core.binding import in_front
from tangent2.core.objects import is_user_class
from tangent2.core.prims import Prim
from tangent2.core.latebinding import is_late
from tangent2.core.syntax import UNDEF, Atom, Call, Callee, Const, Op, Undef, Value
from tangent2.definitions.define import definition_of, is_within
from tangent2.python.fence import (
    CONSUMERS, ITERATORS, MUTATORS, READING, TELLING, is_endless, makes_errors, refused_function,
)
from tangent2.python.lower_binding import MAPPING, Signature, Star, arguments, bind, no_mapping, plain, signature
from tangent2.python.lower_definitions import call_defined, completion
from tangent2.python.lower_dispatch import dispatched, table_of
from tangent2.python.lower_loops import any_or_all, list_comprehension

from tangent2.python.lower_names import may_change, reads
from tangent2.python.lower_objects import class_of_value, method_call, on_object, super_call
from tangent2.python.lower_outside import literal, opaque, private, static
from tangent2.python.lower_state import MISSING, Lowering, expression, is_text
from tangent2.python.lower_targets import pop, push
from tangent2.python.lower_verbatim import verbatim
from tangent2.runtime.attempts import caught, unfailing
from tangent2.python.lower_writes import METHODS, has_out, into_out, method_has_out, writer_of

_OWN: dict[type, Prim] = {builtins.slice: prims.SLICE, builtins.bool: prims.TRUTH}    # primitives of the core itself


@expression(gast.Call)
def call(L: Lowering, node: Any, hint: str | None) -> Atom:
    """A call of any form."""
    parts = (node.func, *node.args, *(k.value for k in node.keywords))
    L.transient.update(id(part) for part in parts if isinstance(part, gast.Lambda))
    obj = static(L, node.func)
    if isinstance(node.func, gast.Attribute) and (given := super_call(L, node, hint)) is not None:
        return given
    if hasattr(node, "endless"):
        _check_generator(L, node)
    if any(obj is consumer for consumer in CONSUMERS):
        L.transient.update(map(id, node.args))
    if obj is not MISSING:
        return _known(L, node, obj, hint)
    if isinstance(node.func, gast.Attribute):
        return _method(L, node, node.func, hint)
    if isinstance(node.func, gast.Name) and node.func.id == "self" and L.unit.owner is not None:
        return method_call(L, node, node.func, "__call__", hint)
    table = table_of(L, node)
    return _apply(L, node, hint) if table is None else dispatched(L, node, table, _known, hint)


def _with_keywords(node: Any, kept: list[Any]) -> Any:
    return node if len(kept) == len(node.keywords) else gast.copy_location(gast.Call(node.func, node.args, kept), node)


def _without_late(node: Any) -> Any:
    """A call of a function that is known: it captured nothing late."""
    return _with_keywords(node, [k for k in node.keywords if not is_late(k.arg or "")])


def _without_unseen(L: Lowering, node: Any, callee: Signature | None) -> Any:
    """A call that is given by late names only what the function takes, if it is known, and what is bound at all."""
    def is_seen(k: Any) -> bool:
        taken = callee is None or k.arg in callee.keyword
        return taken and not isinstance(L.env.get(k.value.id, UNDEF), Undef)
    return _with_keywords(node, [k for k in node.keywords if not is_late(k.arg or "") or is_seen(k)])


def _check_generator(L: Lowering, node: Any) -> None:
    """A generator that is used up at once is a list."""
    if node.endless:
        L.refuse(node, "a generator without an end of its own is not supported here",
                 "take its items in a `for` loop with `break`, or let it yield a given number of items", "yield")
    if id(node) not in L.transient:
        L.refuse(node, "a generator that is not used up at once is not supported",
                 "make it a list where it is called: `list(...)`", "yield")


def _known(L: Lowering, node: Any, obj: Any, hint: str | None) -> Atom:
    """A call of an object that is known now."""
    node = _without_late(node)
    if hasattr(obj, "__tangent2_options__"):
        node, obj = _with_options(L, node, obj)
    found = on_object(L, node, obj, hint)
    if found is not None:
        return found
    if is_user_class(type(obj)) and L.unit.recognise(obj) is None:
        return _apply(L, node, hint)
    advice = refused_function(obj)
    if advice is not None:
        L.refuse(node, f"`{getattr(obj, '__name__', obj)}` is not supported", advice, "call")
    if is_endless(obj, node):
        L.refuse(node, f"`{obj.__name__}` without an end is not supported here", "zip it with a list by its name, or "
                 "loop with `while`", obj.__name__)
    if makes_errors(obj, node):
        L.refuse(node, "warnings are made exceptions",
                 "write `with np.errstate(all='raise'):` and catch FloatingPointError", "call")
    if obj is caught:
        return _attempt(L, node, hint)
    if obj is unfailing:
        return _unfailing(L, node)
    if any(obj is iterator for iterator in ITERATORS) and id(node) not in L.transient:
        L.refuse(node, f"an iterator (`{obj.__name__}`) that is not consumed at once is not supported",
                 f"make it a list: `list({obj.__name__}(...))`", obj.__name__)
    if obj is map and (loop := _mapped(L, node)) is not None:
        return list_comprehension(L, loop, hint)
    if (obj is any or obj is all) and _generator(node):
        return any_or_all(L, node.args[0], obj is all)
    writes = writer_of(obj, node)
    if writes is not None:
        return writes(L, node)
    if has_out(L, node, obj):
        return into_out(L, node, obj)
    if (definition := definition_of(obj)) is not None and (definition is obj or not is_within(L.unit.globals)):
        return call_defined(L, node, definition, hint)
    if (definition := completion(L, node, obj)) is not None:
        return call_defined(L, node, definition, hint)
    if hasattr(obj, "__tangent2_derive__") and node.args and not isinstance(node.args[0], gast.Starred):
        return _derived(L, node, obj, hint)
    if getattr(obj, "__tangent2_transform__", False):
        L.refuse(node, f"`{obj.__name__}` is applied here to a function that is not known before the code runs",
                 "apply it to a function of the module", obj.__name__)
    if isinstance(obj, type) and hasattr(obj, "__tangent2_outside__"):
        L.refuse(node, f"`{obj.__name__}` is used inside of a function", obj.__tangent2_outside__, obj.__name__)
    target = L.unit.recognise(obj)
    if target is None and isinstance(obj, type):
        target = _OWN.get(obj)
    if isinstance(target, Prim):
        return _primitive(L, node, obj, target, hint)
    if isinstance(target, Callee):
        return _user(L, node, target, obj, hint)
    return verbatim(L, node, hint)


def _with_options(L: Lowering, node: Any, obj: Any) -> tuple[Any, Any]:
    """A call without the options that choose what is called, and that."""
    names = inspect.signature(obj.__tangent2_options__).parameters
    given = {each.arg: literal(L, each.value) for each in node.keywords if each.arg in names}
    if MISSING in given.values():
        L.refuse(node, f"the options of `{obj.__name__}` are computed", "write them out, as in `has_aux=True`",
                 obj.__name__)
    return _with_keywords(node, [each for each in node.keywords if each.arg not in names]), \
        obj.__tangent2_options__(**given)


def _attempt(L: Lowering, node: Any, hint: str | None) -> Atom:
    """What a `try` block attempts: a function of no arguments, and the classes that are caught."""
    function, classes = L.atoms(node.args)
    return L.op(prims.CAUGHT, function, classes, static=node.attempt, hint=hint)


def _unfailing(L: Lowering, node: Any) -> Atom:
    """Whether a method that is called next may raise, which kinds will tell."""
    base, name, *args = node.args
    L.stmts.append(Op((), prims.UNFAILING, tuple(L.atoms([base, *args])), (), name.value, L.origin))
    return Const(None)


def _derived(L: Lowering, node: Any, transform: Any, hint: str | None) -> Atom:
    """A transform of a function value: of a nested function, or one that was handed on."""
    args = tuple([literal(L, each) for each in node.args[1:]])
    options = tuple([(each.arg, literal(L, each.value)) for each in node.keywords])
    if MISSING in (*args, *dict(options).values()) or None in dict(options):
        L.refuse(node, f"the options of `{transform.__name__}` are computed",
                 "write them out, as in `grad(f, argnums=1)`", transform.__name__)
    return L.op(prims.DERIVE, L.expr(node.args[0]), static=prims.Transform(transform, args, options), hint=hint)


def _mapped(L: Lowering, node: Any) -> Any:
    """`map(f, xs)` as a list comprehension, where `f` is a name or a lambda; else None."""
    if len(node.args) != 2 or node.keywords or not isinstance(node.args[0], (gast.Name, gast.Attribute, gast.Lambda)):
        return None
    fn, items = node.args
    name = next(n for n in ("v", *(f"v{k}" for k in range(1, 99))) if n not in reads(fn))
    target, item = gast.Name(name, gast.Store(), None, None), gast.Name(name, gast.Load(), None, None)
    each = gast.Call(fn, [item], [])
    loop = gast.ListComp(each, [gast.comprehension(target, items, [], 0)])
    for part in (target, item, each, loop):
        gast.copy_location(part, node)
    return loop


def _generator(node: Any) -> bool:
    return len(node.args) == 1 and not node.keywords and isinstance(node.args[0], gast.GeneratorExp)


def _primitive(L: Lowering, node: Any, obj: Any, prim: Prim, hint: str | None) -> Atom:
    """A primitive; a generator is made a list for it first."""
    if obj in (float, int, complex) and node.args and is_text(node.args[0]):
        return _number_of(node, obj) or verbatim(L, node, hint)
    if obj is type and len(node.args) != 1 or obj is sorted and any(k.arg != "reverse" for k in node.keywords):
        return verbatim(L, node, hint)      # it makes a class; the order is that of keys
    if obj in (list, tuple, sorted) and node.args and isinstance(node.args[0], gast.Call) and any(
            static(L, node.args[0].func) is each for each in ITERATORS):
        node = _of_list(node)
        if obj is list:
            return L.expr(node.args[0], hint)
    if prim.spelling[:2] == ("call", "numpy"):
        _options(L, node)
    if prim.update:
        L.refuse(node, f"`{prim.name}` writes to its operand", "assign to elements instead: `x[index] = value`")
    if len(node.args) and isinstance(node.args[0], gast.GeneratorExp):
        items = list_comprehension(L, node.args[0], None)
        rest = gast.Call(node.func, node.args[1:], node.keywords)
        gast.copy_location(rest, node)
        positional, keywords = arguments(L, rest)
        positional = [items, *positional]
    else:
        positional, keywords = arguments(L, node)
    no_mapping(L, node, keywords)
    front, keywords = in_front(prim.obj, plain(L, node, positional), keywords)
    args = [*front, *(atom for _, atom in keywords)]
    return L.op(prim, *args, kw=tuple([name for name, _ in keywords]), hint=hint)


def _of_list(node: Any) -> Any:
    """A call with the list of the items of its first argument."""
    each, item = gast.Name("v", gast.Store(), None, None), gast.Name("v", gast.Load(), None, None)
    made = gast.ListComp(item, [gast.comprehension(each, node.args[0], [], 0)])
    for part in (made, each, item):
        gast.copy_location(part, node)
    return gast.copy_location(gast.Call(node.func, [made, *node.args[1:]], node.keywords), node)


def _options(L: Lowering, node: Any) -> None:
    """Axes and shapes that are written out, as in `x.sum(axis=(0, -1))`, are literals."""
    for each in (*node.args, *(k.value for k in node.keywords)):
        if isinstance(each, gast.Tuple) and each.elts and all(map(_is_integral, each.elts)):
            L.options.add(id(each))


def _is_integral(node: Any) -> bool:
    """Whether an expression is a literal integer, or a tuple of them."""
    if isinstance(node, gast.Tuple):
        return all(map(_is_integral, node.elts))
    inner = node.operand if isinstance(node, gast.UnaryOp) and isinstance(node.op, gast.USub) else node
    return isinstance(inner, gast.Constant) and type(inner.value) is int


def _number_of(node: Any, cls: Any) -> Const | None:
    """`float("inf")` and the like."""
    if len(node.args) != 1 or node.keywords or not isinstance(node.args[0], gast.Constant):
        return None
    try:
        return Const(cls(node.args[0].value))
    except ValueError:
        return None


def _user(L: Lowering, node: Any, callee: Callee, obj: Any, hint: str | None) -> Atom:
    """A function of the user's, or a derivative of one, its arguments bound to its parameters."""
    positional, keywords = arguments(L, node)
    args = bind(L, node, signature(callee.python or obj), positional, keywords)
    out = Value(hint, hint is not None)
    L.stmts.append(Call((out,), callee, tuple(args), L.origin))
    return out


def _apply(L: Lowering, node: Any, hint: str | None) -> Atom:
    """A call of a function value; that of a function defined inside is bound to its parameters."""
    fn = class_of_value(L, node.func) or L.expr(node.func)
    if isinstance(fn, Value) and fn in L.unit.known and not isinstance(node.func, gast.Name):
        L.refuse(node, "a function that an expression gives is called", "bind it to a name first")
    inner = L.unit.closures.get(fn) if isinstance(fn, Value) else None
    callee = None if inner is None else inner.signature()
    positional, keywords = arguments(L, _without_unseen(L, node, callee))
    if callee is not None:
        bound = prims.BOUND if callee.vararg or callee.kwarg else None
        return L.op(prims.APPLY, fn, *bind(L, node, callee, positional, keywords), static=bound, hint=hint)
    names = tuple([name for name, _ in keywords])
    stars = tuple([isinstance(a, Star) for a in positional])
    static = prims.Spread(stars) if any(stars) or MAPPING in names else None
    args = [a.atom if isinstance(a, Star) else a for a in positional]
    return L.op(prims.APPLY, fn, *args, *(atom for _, atom in keywords), kw=names, static=static, hint=hint)


def _named_object(L: Lowering, node: Any) -> Any:
    """A name of our own for an object that is made where its method is called, which may change it."""
    name = f"?object#{node.lineno}.{node.col_offset}"
    L.env[name] = L.expr(node)
    return gast.copy_location(gast.Name(name, gast.Load(), None, None), node)


def _method(L: Lowering, node: Any, func: Any, hint: str | None) -> Atom:
    """A method: `append` and `pop` make new versions of their list, others wait for the kind of their object."""
    name = func.attr
    if is_text(func.value) or opaque(L, func.value):
        return verbatim(L, node, hint)
    if name == "append" and len(node.args) == 1 and not node.keywords and not isinstance(node.args[0], gast.Starred):
        L.transient.discard(id(node.args[0]))
        if not (isinstance(L.statement, gast.Expr) and L.statement.value is node):
            return METHODS[name](L, node)       # a method of the user's may give something
        push(L, node, func.value, node.args[0])
        return Const(None)
    if name == "pop" and not node.args and not node.keywords:
        return pop(L, node, func.value, hint)
    if name in METHODS:
        return METHODS[name](L, node)
    if isinstance(func.value, gast.Call) and is_user_class(static(L, func.value.func)):
        made = _named_object(L, func.value)
        result = method_call(L, node, made, private(L, name), hint)
        del L.env[made.id]
        return result
    if (name == "append" or name in MUTATORS and not may_change(func)) and not L.unit.is_method(name):
        L.refuse(node, f"`.{name}(...)` of this form is not supported",
                 MUTATORS.get(name, "only `append(value)` is"), f"`.{name}`")
    if name not in READING:
        told = name in TELLING and not L.unit.is_method(name)
        return verbatim(L, node, hint) if told else method_call(L, node, func.value, private(L, name), hint)
    if method_has_out(node, name):
        return into_out(L, node, None)
    obj, start = L.expr(func.value), len(L.updated)
    _options(L, node)
    positional, keywords = arguments(L, node)
    stars = tuple([isinstance(a, Star) for a in positional])
    word = prims.Starred.of(name, prims.Spread(stars)) if any(stars) else name
    args = [obj, *[a.atom if isinstance(a, Star) else a for a in positional], *(atom for _, atom in keywords)]
    if any(obj is old for old in L.updated[start:]):
        L.refuse(node, "a value is read and written to in one expression", "split it into two statements")
    return L.op(prims.METHOD, *args, kw=tuple([key for key, _ in keywords]), static=word, hint=hint)
