"""Classes that are defined inside of a function: made once, before the function is lowered, and known by their names.

A class statement gives a new class each time it runs.  Of all these one stands for the others: what its methods read of
the variables around is an attribute of each object, `captured_s`, which it is given where it is made.  So the statement
keeps `captured_s = s`, a call `Layer(w)` becomes `Layer(w, captured_s=captured_s)`, and a method begins with
`s = self.captured_s`.  That is what Python does as long as `s` gets no other value later, which is checked.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import CellType
from typing import Any, NoReturn

import gast

from tangent2.core.objects import VARIABLES, is_user_class, variables_of
from tangent2.core.syntax import Origin
from tangent2.errors import UnsupportedError
from tangent2.python.class_statements import Outline, makes_tuples, outline
from tangent2.python.lower_names import parameters, scan
from tangent2.python.making_classes import Variable, make_class
from tangent2.python.parts import children, walk
from tangent2.python.read import Source

_FUNCTIONS = (gast.FunctionDef, gast.AsyncFunctionDef)
_LOOKING = ("isinstance", "issubclass")
Cells = dict[str, Any]
Lookup = Callable[[str], Any]


@dataclass(eq=False)
class _Found:
    """A class statement, the functions around it (the outermost first), and the block that it stands in."""

    node: Any
    name: str
    functions: tuple[Any, ...]
    block: list[Any]
    outline: Outline
    around: set[str] = field(default_factory=set)


def with_classes_known(source: Source, node: Any, cells: Cells, lookup: Lookup) -> tuple[Any, Cells]:
    """The function without its class statements, and the cells in which their classes are found by name.

    Of a method of such a class: with the variables that it captured read from its object.

    >>> from tangent2.python.read import read
    >>> def loss(x):
    ...     class Line:
    ...         __module__ = "model"
    ...         def at(self, y):
    ...             return x * y
    ...     return Line().at(x)
    >>> found = read(loss)
    >>> node, cells = with_classes_known(found, found.node, {}, {}.get)
    >>> print(gast.unparse(node).strip())
    def loss(x):
        captured_x = x
        return Line(captured_x=captured_x).at(x)
    >>> method = read(cells["Line"].cell_contents.at)
    >>> inside = dict(zip(method.fn.__code__.co_freevars, method.fn.__closure__))
    >>> print(gast.unparse(with_classes_known(method, method.node, inside, {}.get)[0]).strip())
    def at(self, y):
        x = self.captured_x
        return x * y
    """
    node = _with_variables(source, node, cells)
    found = _statements(source, node, lookup)
    if found:
        cells = _made(source, node, found, cells)
    known = {name: variables_of(cls) for name, cls in _classes(cells).items() if variables_of(cls)}
    return _with_captured(source, node, known), cells


def _refuse(source: Source, node: Any, reason: str, advice: str) -> NoReturn:
    line = source.lines[node.lineno - 1].strip() if 0 < node.lineno <= len(source.lines) else ""
    raise UnsupportedError(reason, origin=Origin(source.file, node.lineno, line, source.fn.__name__),
                           construct="class inside a function", advice=advice)


def _kept(name: str) -> str:
    """The name of the attribute that an object keeps a variable in."""
    return f"captured_{name}"


def _classes(cells: Mapping[str, Any]) -> dict[str, type]:
    found = {}
    for name, cell in cells.items():
        try:
            if name != "__class__" and isinstance(cell.cell_contents, type):
                found[name] = cell.cell_contents
        except ValueError:      # it has no value yet
            continue
    return found


# --- the statements --------------------------------------------------------------------------------------------------

def _statements(source: Source, node: Any, lookup: Lookup) -> list[_Found]:
    """The class statements of a function and of those inside it; those of methods wait until these are read."""
    found: list[_Found] = []
    _find(source, node, (node,), lookup, found)
    names = [each.name for each in found]
    for each in found:
        scope = each.functions[-1]
        others = [n for n in _scopes(node) if each.name in _bound(n)]
        if names.count(each.name) > 1 or others != [scope] or _sites(scope, each.name) > 1:
            _refuse(source, each.node, f"`{each.name}` is bound in several places", "give the class a name of its own")
        inside = {id(n) for n in walk(scope)}
        if any(isinstance(n, gast.Name) and n.id == each.name and id(n) not in inside for n in walk(node)):
            _refuse(source, each.node, f"`{each.name}` is also a name outside of the function that defines it",
                    "give the class a name of its own")
    return found


def _find(source: Source, function: Any, functions: tuple[Any, ...], lookup: Lookup, found: list[_Found]) -> None:
    if not isinstance(function.body, list):
        return
    for stmt in function.body:
        if isinstance(stmt, gast.ClassDef):
            found.append(_Found(stmt, stmt.name, functions, function.body, outline(stmt)))
        elif makes_tuples(stmt, lookup):
            found.append(_Found(stmt, stmt.targets[0].id, functions, function.body, outline(stmt)))
        elif isinstance(stmt, _FUNCTIONS):
            _find(source, stmt, (*functions, stmt), lookup, found)
        else:
            inner = next((n for n in walk(stmt) if isinstance(n, gast.ClassDef)), None)
            if inner is not None:
                _refuse(source, inner, "a class in a branch or a loop is not supported",
                        "define it at the beginning of the function, or at module level")


def _scopes(node: Any) -> list[Any]:
    """A function and those inside of it, not the methods of classes."""
    found, pending = [], [node]
    while pending:
        part = pending.pop()
        if isinstance(part, (*_FUNCTIONS, gast.Lambda)):
            found.append(part)
        pending += [c for c in children(part) if not isinstance(c, gast.ClassDef)]
    return found


def _bound(function: Any) -> set[str]:
    """The names that a function binds itself."""
    body = function.body if isinstance(function.body, list) else []
    plain = scan([s for s in body if not isinstance(s, gast.ClassDef)]).bound
    own = {s.name for s in body if isinstance(s, gast.ClassDef)}
    matched = {name for stmt in body for part in _own(stmt) for name in _matched(part)}
    return {p.id for p in parameters(function.args)} | set(plain) | own | matched


def _sites(function: Any, name: str, after: tuple[int, int] = (0, 0)) -> int:
    """How many statements of a function bind a name at this place or later."""
    return sum(1 for stmt in function.body for part in _own(stmt) if _binds(part, name)
               and (part.lineno, part.col_offset) >= after)


def _own(stmt: Any) -> list[Any]:
    """A statement and what is below it, without what is inside of functions and classes."""
    found = [stmt]
    for part in found:
        if not isinstance(part, (*_FUNCTIONS, gast.Lambda, gast.ClassDef)):
            found += children(part)
    return found


def _matched(part: Any) -> list[str]:
    """The names that a pattern of `match` binds."""
    found = [getattr(part, "rest", None)] if type(part).__name__ == "MatchMapping" else \
        [getattr(part, "name", None)] if type(part).__name__ in ("MatchAs", "MatchStar") else []
    return [name for name in found if isinstance(name, str)]


def _binds(part: Any, name: str) -> bool:
    if name in _matched(part):
        return True
    if isinstance(part, gast.Name):
        return part.id == name and not isinstance(part.ctx, gast.Load)
    if isinstance(part, (gast.Import, gast.ImportFrom)):
        return any((a.asname or a.name.split(".")[0]) == name for a in part.names)
    return isinstance(part, (*_FUNCTIONS, gast.ClassDef)) and part.name == name


# --- what is captured ------------------------------------------------------------------------------------------------

def _made(source: Source, node: Any, found: list[_Found], cells: Cells) -> Cells:
    """The cells with those of the classes; their statements keep what the methods capture."""
    own = {each.name: CellType() for each in found}
    _capture(source, node, found, _classes(cells))
    cells = {**cells, **own}
    for each in found:
        variables = {name: CellType(Variable(name)) for name in each.around}
        made = make_class(source, each.node, each.name, {**cells, **variables}, len(each.functions) > 1)
        if each.around and (not is_user_class(made) or not made.__dictoffset__):
            _refuse(source, each.node, f"class `{each.name}` has no room for the variables that its methods read",
                    "give them to the methods as arguments")
        setattr(made, VARIABLES, tuple(sorted({_kept(name) for name in each.around})))
        own[each.name].cell_contents = made
    for each in found:
        _replace(each)
    return cells


def _capture(source: Source, node: Any, found: list[_Found], known: dict[str, type]) -> None:
    """Find what each class captures: what its methods read, and what the classes capture that it names."""
    for each in found:
        names = {name for function in each.functions for name in _bound(function)} - {f.name for f in found}
        early = each.outline.early & names
        if early:
            _refuse(source, each.node, f"the class reads `{min(early)}`, a variable of the function, where it is made",
                    "read it in a method, or give it to `__init__`")
        each.around = set(each.outline.late & names)
    by_name = {each.name: each for each in found}
    size = -1
    while size != sum(len(each.around) for each in found):
        size = sum(len(each.around) for each in found)
        for each in found:
            read = each.outline.late | each.outline.early
            each.around |= {n for name in read & by_name.keys() for n in by_name[name].around}
            each.around |= {n.removeprefix(_kept("")) for name in read & known.keys() - by_name.keys()
                            for n in variables_of(known[name])}
    for each in found:
        for name in sorted(each.around):
            _check_settled(source, node, each, name)
        keeping = each.around | {name for name, other in by_name.items() if other.around}
        for method, read in each.outline.unbound:
            if read & keeping:
                _refuse(source, each.node, f"`{method}` reads `{min(read & keeping)}` of the function around, and has "
                        "no object that keeps it", "make it a plain method, or give it what it reads as arguments")


def _check_settled(source: Source, node: Any, each: _Found, name: str) -> None:
    """Refuse a variable that may get another value after the class was made."""
    scope = next((f for f in reversed(each.functions) if name in _bound(f)), None)
    place = each.node.lineno, each.node.col_offset
    state = any(isinstance(n, (gast.Nonlocal, gast.Global)) and name in n.names for n in walk(node))
    if state or scope is not None and _sites(scope, name, place):
        _refuse(source, each.node, f"`{name}`, which class `{each.name}` reads, is bound after the class is made",
                f"bind `{name}` before the class, and once; or give it to `__init__`")
    if _kept(name) in {n.id for n in walk(node) if isinstance(n, gast.Name)}:
        _refuse(source, each.node, f"the name `{_kept(name)}` is taken", "choose another name")


def _replace(each: _Found) -> None:
    """Put what keeps the variables in the place of the statement."""
    at = each.block.index(each.node)
    kept = [_assign(each.node, _kept(name), gast.Name(name, gast.Load(), None, None)) for name in sorted(each.around)]
    each.block[at:at + 1] = kept or [gast.copy_location(gast.Pass(), each.node)]


def _assign(place: Any, name: str, value: Any) -> Any:
    made = gast.Assign([gast.Name(name, gast.Store(), None, None)], value, None)
    for part in walk(made):
        part.lineno, part.col_offset = place.lineno, place.col_offset
        part.end_lineno, part.end_col_offset = place.lineno, place.col_offset
    return made


# --- calls of classes, and methods -----------------------------------------------------------------------------------

def _with_captured(source: Source, node: Any, known: dict[str, tuple[str, ...]]) -> Any:
    """The function in which calls of classes hand on the variables that their objects keep."""
    if not known:
        return node
    fine: set[int] = set()
    for part in walk(node):
        if isinstance(part, gast.Call) and isinstance(part.func, gast.Name):
            if part.func.id in known:
                part.keywords += [_keyword(part, name) for name in known[part.func.id]]
                fine.add(id(part.func))
            elif part.func.id in _LOOKING:
                fine |= {id(n) for arg in part.args[1:] for n in walk(arg)}
        elif isinstance(part, gast.Attribute):
            fine.add(id(part.value))
    for part in walk(node):
        if isinstance(part, gast.Name) and part.id in known and id(part) not in fine:
            _refuse(source, part, f"class `{part.id}` reads variables of the function around it, and is handed on",
                    "call it by its name, or give its methods what they read as arguments")
    return node


def _keyword(place: Any, name: str) -> Any:
    value = gast.copy_location(gast.Name(name, gast.Load(), None, None), place)
    return gast.copy_location(gast.keyword(name, value), place)


def _with_variables(source: Source, node: Any, cells: Cells) -> Any:
    """A method that reads first, from its object, the variables that its class captured."""
    captured = {name for name, cell in cells.items() if _is_variable(cell)}
    needed = {name for name, cls in _classes(cells).items() if name in {
        n.id for n in walk(node) if isinstance(n, gast.Name)} for name in variables_of(cls)}
    if not captured and not needed:
        return node
    params = [*node.args.posonlyargs, *node.args.args] if isinstance(node, gast.FunctionDef) else []
    if not params:
        _refuse(source, node, f"`{source.fn.__name__}` reads variables of the function around its class, and has no "
                "parameter for its object", "write `self` as the first parameter")
    reads = {**{name: _kept(name) for name in captured}, **{name: name for name in needed}}
    first = [_assign(node.body[0], name, gast.Attribute(gast.Name(params[0].id, gast.Load(), None, None), attr,
                                                        gast.Load())) for name, attr in sorted(reads.items())]
    node.body = [*first, *node.body]
    return node


def _is_variable(cell: Any) -> bool:
    try:
        return isinstance(cell.cell_contents, Variable)
    except ValueError:
        return False
