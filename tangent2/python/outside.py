"""Names of the module around emitted functions: imports, what the user's code captured, functions that are called.

They are chosen before the variables of the functions, which then avoid them; a module or helper gives way to a
user's name, a parameter is never renamed.
"""
from __future__ import annotations

import sys
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from math import isfinite
from types import FunctionType, ModuleType
from typing import Any

import gast

from tangent2.core import prims
from tangent2.core.calling import called
from tangent2.core.kinds import Record
from tangent2.core.prims import Captured, cell_reader
from tangent2.core.syntax import Call, Const, Function, Knot, Op, Region, Value, operands, regions, walk
from tangent2.names import identifier, unique

Key = tuple[Hashable, ...]
ALIASES = {"numpy": "np"}
_NUMPY: Key = ("module", "numpy")
_RUNTIME = "tangent2."
WATCH: Key = ("helper", "tangent2.runtime.watching", "Watch")       # what watched text needs
LOCALS: Key = ("builtin", "locals")
WATCHER: Key = ("variable", "watch")
CAUGHT: Key = ("helper", "tangent2.runtime.attempts", "caught")


@dataclass(frozen=True, slots=True)
class Outside:
    """`names`: the printed name of everything from outside; `defs`: of the functions themselves.

    The rest says what stands behind these names, and which of them each function uses.
    """

    names: dict[Key, str] = field(default_factory=dict)
    defs: dict[Function, str] = field(default_factory=dict)
    captured: dict[str, Captured] = field(default_factory=dict)
    callees: dict[str, Any] = field(default_factory=dict)
    used: dict[Function, frozenset[str]] = field(default_factory=dict)
    records: dict[str, Record] = field(default_factory=dict)

    def definitions(self) -> list[Any]:
        """The classes of tuples that stand for objects."""
        made = []
        for name, record in self.records.items():
            maker = gast.Name(self.names[_maker(record)], gast.Load(), None, None)
            parts = [gast.Constant(record.cls.__name__, None), gast.Constant(" ".join(record.names), None)]
            target = gast.Name(name, gast.Store(), None, None)
            made.append(gast.Assign([target], gast.Call(maker, parts, []), None))
        return made

    def imports(self) -> list[Any]:
        """The import statements at the top of the module."""
        modules: list[Any] = []
        parts: dict[str, list[Any]] = {}
        for key, name in self.names.items():
            if key[0] == "module":
                modules.append(gast.Import([_alias(str(key[1]), name)]))
            elif key[0] == "helper" or (key[0] == "builtin" and name != key[-1]):
                home = str(key[1]) if key[0] == "helper" else "builtins"
                parts.setdefault(home, []).append(_alias(str(key[-1]), name))
        return [*sorted(modules, key=lambda n: n.names[0].name),
                *[gast.ImportFrom(module, sorted(parts[module], key=lambda a: a.name), 0) for module in sorted(parts)]]


def _alias(name: str, printed: str) -> Any:
    return gast.alias(name, None if name == printed else printed)


def module_key(module: str, path: str) -> Key:
    """The key of a function in a module: helpers of the run time are imported by name, modules under an alias."""
    return ("helper", module, path) if module.startswith(_RUNTIME) else ("module", module)


def callee_key(callee: Any) -> Key:
    """The key of a function that is called: those of the run time, which lowering put there, are imported."""
    return _helper_key(callee.python) or ("callee", callee.key)


def _helper_key(function: Any) -> Key | None:
    module = getattr(function, "__module__", None) or ""
    name = getattr(function, "__name__", "")
    if module.startswith(_RUNTIME + "runtime.") and getattr(sys.modules.get(module), name, None) is function:
        return ("helper", module, name)
    return None


def record_key(record: Record) -> Key:
    """The key of the class of tuples that stand for objects."""
    return ("record", record.cls, record.names)


def _maker(record: Record) -> Key:
    """What makes that class: names that start with an underscore are none for named tuples."""
    if any(name.startswith("_") for name in record.names):
        return ("helper", "tangent2.runtime.records", "record")
    return ("helper", "collections", "namedtuple")


def captured_place(captured: Captured) -> tuple[Key, str]:
    """What stands behind the first name of what is read from outside, and the attributes that follow it."""
    root, _, path = captured.name.partition(".")
    if captured.where == "builtin":
        return ("builtin", root), path
    if captured.where == "default":
        return ("captured", captured.name, id(captured.owner)), ""
    if captured.where in ("module", "import") and (found := _in_module(captured)) is not None:
        return found
    if captured.where == "global" and not path and _importable(value := captured.read()):
        return ("module", value.__name__), ""
    if captured.where == "global" and not path and (helper := _helper_key(captured.read())) is not None:
        return helper, ""
    return ("captured", root, id(captured.owner)), path


def _in_module(captured: Captured) -> tuple[Key, str] | None:
    """The module to import and the path inside it: `np.linalg.norm` is `linalg.norm` of `numpy`."""
    owner = captured.owner
    if not _importable(owner):
        return None
    if captured.where == "import":
        return ("module", owner.__name__), ""
    prefix, name = captured.name.rsplit(".", 1) if "." in captured.name else ("", captured.name)
    inner = prefix.split(".")[1:]
    parts = owner.__name__.split(".")
    if inner and parts[-len(inner):] == inner and len(parts) > len(inner):
        return ("module", ".".join(parts[:-len(inner)])), ".".join([*inner, name])
    return ("module", owner.__name__), name


def _importable(module: Any) -> bool:
    return isinstance(module, ModuleType) and sys.modules.get(module.__name__) is module


def _root(captured: Captured) -> Captured:
    """What the first name of a dotted one reads."""
    root, _, path = captured.name.partition(".")
    if not path or captured.where == "default":
        return captured
    owner = captured.owner
    if captured.where == "module":
        return Captured(root, owner, lambda: owner, "module")
    read = cell_reader(root, owner) if captured.where == "cell" else (lambda: owner[root])
    return Captured(root, owner, read, captured.where)


def outside(functions: tuple[Function, ...], aliases: Mapping[str, str], keys: tuple[Hashable, ...] = (),
            watched: bool = False) -> Outside:
    """Choose the names of the module around `functions`; `keys`: by which callee each of them is called."""
    found = Outside()
    named: dict[Any, str] = {}      # functions of the user, however they are reached
    _name_functions(found, functions, keys)
    reserved = set(found.defs.values())
    local = [_local_names(f) for f in functions]
    everyone = reserved.union(*local)
    for owner, mine in zip(functions, local):
        params = {identifier(p.hint) for p in owner.params if p.hint} | reserved
        needs: dict[Key, Any] = {}
        verbatim: set[str] = set()
        for key, behind in _needs(owner.body, verbatim):
            needs.setdefault(key, behind)
        for key, behind in needs.items():
            if key in found.names:
                continue
            avoid = everyone if key[0] in ("module", "helper") else mine if key[0] == "builtin" else params
            shared = named.get(function := _users(key, behind))
            name = shared if shared is not None and shared not in params else _choose(
                key, behind, aliases, avoid | set(found.names.values()), reserved)
            found.names[key] = name
            if function is not None:
                named[function] = name
            if key[0] == "captured":
                found.captured[name] = _root(behind)
            elif key[0] == "callee" and behind.python is not None:
                found.callees[name] = behind.python
            elif key[0] == "object":
                found.callees[name] = behind
            elif key[0] == "record":
                found.records[name] = behind
        found.used[owner] = frozenset([found.names[k] for k in needs]) | verbatim
    if watched:
        _name_watch(found, everyone.union(*[_local_names(inner) for f in functions for inner in _nested(f.body)]))
    return found


def _name_watch(found: Outside, avoid: set[str]) -> None:
    """Names for what watched text needs; every function has them."""
    taken = avoid.union(found.names.values(), *found.used.values())
    for key in WATCH, LOCALS, WATCHER:
        found.names[key] = unique(str(key[-1]), taken)
    names = frozenset([found.names[key] for key in (WATCH, LOCALS, WATCHER)])
    found.used.update({function: used | names for function, used in found.used.items()})


def _nested(region: Region) -> Iterator[Function]:
    """The functions that are defined in a region."""
    for stmt in walk(region):
        if isinstance(stmt, Op) and stmt.prim is prims.CLOSURE and not isinstance(stmt.static, Knot):
            inner = getattr(stmt.static, "function", stmt.static)
            if isinstance(inner, Function):
                yield inner
                yield from _nested(inner.body)


def _name_functions(found: Outside, functions: tuple[Function, ...], keys: tuple[Hashable, ...]) -> None:
    """Names for the definitions themselves: that of the callee, made unique."""
    calls = [c for f in functions for s in walk(f.body) if (c := called(s)) is not None] if keys else []
    known = {c.callee.key: c.callee for c in calls}
    for k, function in enumerate(functions):
        key = keys[k] if k < len(keys) else None
        name = known[key].name if k and key in known else function.name
        found.defs[function] = name = unique(identifier(name), set(found.defs.values()))
        if key is not None:
            found.names["callee", key] = name


def _users(key: Key, behind: Any) -> FunctionType | None:
    """The function of the user that a key stands for, whether it is called or read."""
    value = behind.python if key[0] == "callee" else None
    if key[0] == "captured" and behind.where == "global" and "." not in behind.name:
        value = behind.read()
    return value if isinstance(value, FunctionType) else None


def _choose(key: Key, behind: Any, aliases: Mapping[str, str], avoid: set[str], reserved: set[str]) -> str:
    if key[0] == "callee" and behind.python is None:
        return behind.name if behind.name in reserved else unique(identifier(behind.name), avoid)
    if key[0] == "module":
        module = str(key[1])
        return unique(aliases.get(module, ALIASES.get(module, module.rsplit(".", 1)[-1])), avoid)
    if key[0] == "callee":
        return unique(identifier(behind.name), avoid)
    if key[0] == "object":
        return unique(identifier(key[1].spelling[1]), avoid)  # type: ignore[attr-defined]
    if key[0] == "record":
        return unique(identifier(behind.cls.__name__), avoid)
    return unique(identifier(str(key[1] if key[0] == "captured" else key[-1])), avoid)


def _local_names(function: Function) -> set[str]:
    names = {identifier(p.hint) for p in function.params if p.hint}
    for stmt in walk(function.body):
        names.update([identifier(v.hint) for v in stmt.outs if v.user and v.hint])
        target: Value | None = getattr(stmt, "target", None)
        if target is not None and target.hint:
            names.add(identifier(target.hint))
    return names


def _needs(region: Region, verbatim: set[str]) -> Iterator[tuple[Key, Any]]:
    """What a region needs from outside, in order; `verbatim` collects names that stand in kept text."""
    for stmt in region.stmts:
        for atom in operands(stmt):
            if isinstance(atom, Const):
                yield from _literal(atom)
        if isinstance(stmt, Op):
            yield from _of_op(stmt, verbatim)
        elif isinstance(stmt, Call):
            yield callee_key(stmt.callee), stmt.callee
        for inner in regions(stmt):
            yield from _needs(inner, verbatim)
    for atom in region.exit.vals:
        if isinstance(atom, Const):
            yield from _literal(atom)


def _literal(atom: Const) -> Iterator[tuple[Key, Any]]:
    if isinstance(atom.value, float) and not isfinite(atom.value):
        yield ("builtin", "float"), None
    elif isinstance(atom.value, complex):
        yield ("builtin", "complex"), None


def _of_op(op: Op, verbatim: set[str]) -> Iterator[tuple[Key, Any]]:
    form = op.prim.spelling
    if form[0] == "call":
        yield module_key(form[1], form[2]), None
    elif form[0] == "object":
        yield ("object", op.prim), op.prim.obj
    elif form[0] == "builtin":
        yield ("builtin", form[1]), None
    elif op.prim is prims.CAUGHT:
        yield CAUGHT, None
        call, what = called(op), op.static.what
        if call is not None:
            yield callee_key(call.callee), call.callee
        else:
            builtin = what.spelling[0] == "builtin"
            yield ("builtin", what.spelling[1]) if builtin else module_key(*what.spelling[1:]), None
    elif op.prim is prims.READ:
        yield captured_place(op.static)[0], op.static
    elif op.prim is prims.OF_CLASS:
        yield ("builtin", "type"), None
    elif op.prim is prims.AT_ADD:
        yield _NUMPY, None
        yield ("builtin", "slice"), None
    elif op.prim is prims.VERBATIM:
        verbatim.update(n.id for n in gast.walk(op.static.node)
                        if isinstance(n, gast.Name) and not n.id.startswith("$"))
    elif op.prim is prims.TUPLE and op.static is not None and not op.static.is_closure:
        yield record_key(op.static), op.static
        yield _maker(op.static), None
    elif op.prim is prims.CLOSURE and not isinstance(op.static, Knot):
        yield from _needs(getattr(op.static, "function", op.static).body, verbatim)
