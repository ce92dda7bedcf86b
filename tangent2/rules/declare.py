"""The registry of primitives and their rules: who stands for which Python object, and who has which derivative.

A rule is declared as a *template*, a function that is read and never run (see `template.py`); declaring one stores
it and no more, so that importing the tables stays cheap.  The tables load at the first look-up.
"""
from __future__ import annotations

import builtins
import importlib
import itertools
import math
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from inspect import CO_VARARGS
from types import FunctionType
from typing import Any

import numpy as np

from tangent2.core.binding import parameter
from tangent2.core.prims import Prim
from tangent2.core.syntax import Atom, Const, Op

TABLES = ("structural", "arithmetic", "elementwise", "reductions", "shapes", "products", "constructors", "builtins",
          "joins", "scans", "selection", "contractions", "linalg", "factors", "complexes", "numeric", "spectra",
          "runtime", "runtime_parts", "snapshots", "methods")

Infer = Callable[[Op, Callable[[Atom], Any]], tuple[Any, ...]]


@dataclass(frozen=True, eq=False, slots=True)
class Rule:
    """A derivative as declared.

    `template` is the function to read; `params` its parameters after `out`, of which `star` takes all further
    operands and the last ones, `named`, are given by name only; `linear` names those in which the primitive is
    (jointly) linear, so that its tangent is itself.
    `adjoint` and `tangent` are written in Python where a template cannot say it.  All None: the derivative is zero.
    `sequences` names the operands that stay lists or tuples (others are made arrays before the rule sees them).
    `own`: a user's, of whose function no more is known: see `own.py`.
    """

    template: FunctionType | None = None
    params: tuple[str, ...] = ()
    star: str | None = None
    defaults: Mapping[str, Const] = field(default_factory=dict)
    linear: tuple[str, ...] = ()
    adjoint: Callable[..., Any] | None = None
    tangent: Callable[..., Any] | None = None
    wrt: tuple[int, ...] | None = None
    sequences: tuple[str, ...] = ()
    own: bool = False
    named: tuple[str, ...] = ()

    @property
    def constant(self) -> bool:
        return self.template is None and self.adjoint is None and self.tangent is None


CONSTANT = Rule()
_SPECIAL = "scipy.special"      # its table is loaded where the user imported it

_by_object: dict[int, Prim] = {}        # by identity: the registry keeps the objects alive, and many cannot be hashed
_by_name: dict[str, Prim] = {}
_rules: dict[Prim, Rule] = {}
_methods: dict[str, Prim] = {}
_attributes: dict[str, Prim] = {}
_called: dict[int, Prim] = {}           # what only the rules of users call
_loaded: list[bool] = []
_changes = itertools.count(1)
_generation = [0]


def load_tables() -> None:
    """Import the table files, once; that of `scipy.special` when the user has imported it."""
    if not _loaded:
        _loaded.append(True)
        for name in TABLES:
            importlib.import_module(f"tangent2.rules.table.{name}")
    if len(_loaded) == 1 and _SPECIAL in sys.modules:
        _loaded.append(True)
        importlib.import_module("tangent2.rules.table.special")


def recognise_prim(obj: Any) -> Prim | None:
    """The primitive that stands for a Python object (`np.sin`, `len`)."""
    load_tables()
    return _by_object.get(id(obj))


def called_only(obj: Any, text: str) -> Prim:
    """The primitive of a function that a user's rule calls and that has no rule itself."""
    known = _called.get(id(obj))
    if known is None:
        spelling = _home(obj) or ("object", text.rpartition(".")[2])
        known = _called[id(obj)] = Prim(text, spelling, "same", obj=obj)
    return known


def _home(obj: Any) -> tuple[str, ...] | None:
    """The spelling of what can be imported, functions of the user's excepted: they are called by their names."""
    module, path = getattr(obj, "__module__", None), getattr(obj, "__qualname__", getattr(obj, "__name__", ""))
    if isinstance(obj, FunctionType) or not isinstance(module, str):
        return None
    for name in module.lstrip("_"), module:         # `operator.mul` says it is of `_operator`
        if getattr(sys.modules.get(name), path, None) is obj and path.isidentifier():
            return ("builtin", path) if name == "builtins" else ("call", name, path)
    return None


def own_prim(obj: Any, name: str, **facts: Any) -> Prim:
    """The primitive of a function of the user's; `declare_own` registers it."""
    module = getattr(obj, "__module__", None) or "own"
    spelling: tuple[str, ...] | None = None
    try:
        spelling = spelling_of(obj) if spelling_of(obj)[1] in ("numpy", "math") else None
    except AttributeError:
        pass
    spelling = spelling or _home(obj) or ("object", name)
    label = _short(spelling) if spelling[1] in ("numpy", "math") else f"{module}.{name}"
    return Prim(label, spelling, obj=obj, **facts)


def by_name(name: str) -> Prim:
    """The primitive of that name, as `np.sum`, `math.exp`, `len`, `unbroadcast`, `.copy`."""
    load_tables()
    return _by_name[name]


def method(name: str) -> Prim | None:
    """The primitive that a method of an array is."""
    load_tables()
    return _methods.get(name)


def attribute(name: str) -> Prim | None:
    """The primitive that an attribute of an array is."""
    load_tables()
    return _attributes.get(name)


def rule_of(prim: Prim) -> Rule | None:
    """The rule of a primitive; None if nothing is known of its derivative."""
    load_tables()
    return _rules.get(prim)


def all_rules() -> Mapping[Prim, Rule]:
    """Everything that has a rule; tests are generated from it."""
    load_tables()
    return _rules


def generation() -> int:
    """How often the user has declared something: what was compiled before may be stale."""
    return _generation[0]


def declare_own(prim: Prim, rule: Rule | None) -> None:
    """Register a user's primitive; without a rule it is only called."""
    _by_object[id(prim.obj)] = _by_name[prim.name] = prim
    if rule is not None:
        _rules[prim] = rule
    _generation[0] = next(_changes)


def spelling_of(obj: Any, name: str | None = None) -> tuple[str, ...]:
    """How a Python object is printed: its module and its path inside it."""
    path = name or obj.__name__
    if getattr(builtins, path, None) is obj:
        return "builtin", path
    if getattr(math, path, None) is obj:
        return "call", "math", path
    for prefix, space in (("", np), ("linalg.", np.linalg), ("fft.", np.fft)):
        if getattr(space, path.rpartition(".")[2], None) is obj:
            return "call", "numpy", prefix + path.rpartition(".")[2]
    if getattr(sys.modules.get(_SPECIAL), path, None) is obj:
        return "call", _SPECIAL, path
    public = obj.__module__.lstrip("_")         # `bisect.bisect` says it is of `_bisect`
    return "call", public if getattr(sys.modules.get(public), path, None) is obj else obj.__module__, path


def declare(target: Any, *, name: str | None = None, **facts: Any) -> Prim:
    """The primitive of a Python object, made at the first call; a primitive stands for itself."""
    if isinstance(target, Prim):
        _by_name.setdefault(target.name, target)
        return target
    known = _by_object.get(id(target))
    if known is not None:
        return known
    spelling = spelling_of(target, name)
    label = spelling[-1] if spelling[:2] != ("call", "numpy") and spelling[1] != "math" else _short(spelling)
    if label in _by_name:               # the operator of that name
        label = f"builtins.{label}"
    prim = Prim(label, spelling, obj=target, **facts)
    _by_object[id(target)] = prim
    _by_name[label] = prim
    return prim


def _short(spelling: tuple[str, ...]) -> str:
    return {"numpy": "np", "math": "math"}[spelling[1]] + "." + spelling[2]


def rule(*targets: Any, linear: str | tuple[str, ...] = (), name: str | None = None, alias: str = "fresh",
         infer: Infer | None = None, sequences: tuple[str, ...] = (),
         **facts: Any) -> Callable[[FunctionType], FunctionType]:
    """Declare the template that follows as the rule of the targets: Python objects or primitives.

    `alias` tells whether the result shares memory with the first operand (`Prim.result`); further facts are fields of
    `Prim`.  Targets share the template; where the kinds of their results differ, declare them apart.
    """
    def take(template: FunctionType) -> FunctionType:
        made = replace(read_signature(template, linear), sequences=sequences)
        for target in targets:
            prim = declare(target, name=name, result=alias, infer=infer, params=made.params, **facts)
            _rules[prim] = made
        return template
    return take


def linear(*targets: Any, wrt: str | tuple[str, ...], **facts: Any) -> Callable[[FunctionType], FunctionType]:
    """Declare the rule of primitives that are (jointly) linear in `wrt`: the tangent is the primitive itself."""
    return rule(*targets, linear=wrt, **facts)


def constant(*targets: Any, name: str | None = None, alias: str = "fresh", infer: Infer | None = None,
             **facts: Any) -> None:
    """Declare primitives whose derivative is zero wherever it exists."""
    for target in targets:
        prim = declare(target, name=name, result=alias, infer=infer, **facts)
        _rules[prim] = CONSTANT


def coded(*targets: Any, adjoint: Callable[..., Any], tangent: Callable[..., Any], wrt: tuple[int, ...] | None = None,
          name: str | None = None, alias: str = "fresh", infer: Infer | None = None, **facts: Any) -> None:
    """Declare a rule written against the builder: `adjoint(build, op, g, wanted)` and `tangent(build, op, dots)`.

    `wrt`: the positions of the operands a derivative flows through; None for all.
    """
    for target in targets:
        prim = declare(target, name=name, result=alias, infer=infer, **facts)
        _rules[prim] = Rule(adjoint=adjoint, tangent=tangent, wrt=wrt)


def as_method(name: str, target: Any, **facts: Any) -> Prim:
    """Make `x.name(...)` a primitive with the rule of `target`, printed as a method."""
    prim = _spelled(target, "method", name, facts)
    _methods[name] = prim
    return prim


def as_attribute(name: str, target: Any, **facts: Any) -> Prim:
    """Make `x.name` a primitive with the rule of `target`, printed as an attribute."""
    prim = _spelled(target, "attribute", name, facts)
    _attributes[name] = prim
    return prim


def _spelled(target: Any, how: str, name: str, facts: dict[str, Any]) -> Prim:
    base = target if isinstance(target, Prim) else _by_object[id(target)]
    if base.spelling == (how, name):
        prim = base
    else:
        prim = replace(base, name=f".{name}", spelling=(how, name), obj=None, **facts)
        if base in _rules:
            _rules[prim] = _rules[base]
    _by_name[f".{name}"] = prim
    return prim


def read_signature(template: FunctionType, wrt: str | tuple[str, ...]) -> Rule:
    code = template.__code__
    count = code.co_argcount + code.co_kwonlyargcount
    names, named = code.co_varnames[1:code.co_argcount], code.co_varnames[code.co_argcount:count]
    values = template.__defaults__ or ()
    defaults = {n: Const(v) for n, v in zip(names[len(names) - len(values):], values)}
    defaults |= {n: Const(v) for n, v in (template.__kwdefaults__ or {}).items()}
    star = code.co_varnames[count] if code.co_flags & CO_VARARGS else None
    return Rule(template, names + named, star, defaults, (wrt,) if isinstance(wrt, str) else wrt, named=named)


def bind(op: Op, params: tuple[str, ...], star: str | None = None, defaults: Mapping[str, Const] | None = None,
         named: int = 0) -> dict[str, Any]:
    """The operands of an operation by parameter name; `LookupError` if they do not fit.

    `star` collects further operands; the last parameters, as many as `named` says, are given by name only.
    """
    plain, front = len(op.args) - len(op.kw), len(params) - named
    found: dict[str, Any] = dict(zip(params[:front], op.args[:plain]))
    if star is not None:
        found[star] = op.args[front:plain]
    elif plain > front:
        raise LookupError(f"{op.prim} is not known to take {plain} positional arguments")
    for given, atom in zip(op.kw, op.args[plain:]):
        name = parameter(given, params)
        if name not in params or name in found:
            raise LookupError(f"the argument {given!r} of {op.prim} is not known to the rules")
        found[name] = atom
    for name in params:
        if name not in found:
            if defaults is None or name not in defaults:
                raise LookupError(f"{op.prim} lacks its argument {name!r}")
            found[name] = defaults[name]
    return found
