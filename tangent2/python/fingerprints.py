"""Whether a text is that of a code object: if not, the file was changed after it was imported."""
from __future__ import annotations

import ast
import copy
import dis
import types
import __future__
from importlib.machinery import SourceFileLoader
from typing import Any

_LATER = __future__.annotations.compiler_flag


def is_rewritten(fn: types.FunctionType) -> bool:
    """Whether something may have changed the text of a module before it was compiled, as pytest does with `assert`."""
    loader = fn.__globals__.get("__loader__")
    return loader is not None and not isinstance(loader, type) and type(loader) is not SourceFileLoader


def same_def(node: Any, code: types.CodeType, rewritten: bool) -> bool:
    """Whether a `def` compiles to the like of a code object; of one that was rewritten only the parameters are told.

    >>> def half(x): return x / 2
    >>> [same_def(ast.parse(text).body[0], half.__code__, False) for text in (
    ...     "def half(x): return x / 2", "def half(x): return x / 3", "def half(x): return 2 / x")]
    [True, False, False]
    """
    a = node.args
    names = [p.arg for p in (*a.posonlyargs, *a.args, *a.kwonlyargs)]
    names += [p.arg for p in (a.vararg, a.kwarg) if p is not None]
    fits = node.name == code.co_name and len(names) <= len(code.co_varnames) and all(
        have == name or have.endswith("__" + name.lstrip("_")) for have, name in zip(code.co_varnames, names))
    return fits and (rewritten or _compiles_to(node, code))


def _compiles_to(node: Any, code: types.CodeType) -> bool:
    """Whether a `def` compiles to the like of a code object, among names like those around it."""
    plain = copy.copy(node)
    plain.decorator_list, plain.returns, plain.type_params = [], None, []
    around: list[ast.stmt] = [ast.Assign([ast.Name(n, ast.Store())], ast.Constant(None)) for n in code.co_freevars]
    if node.name not in code.co_freevars:       # it calls itself by the name that its module has for it
        around.append(ast.Global([node.name]))
    outer = ast.parse("def outer(): pass").body[0]
    assert isinstance(outer, ast.FunctionDef)
    outer.body = [*around, plain]
    whole = ast.fix_missing_locations(ast.Module([outer], []))
    try:
        made = compile(whole, "<def>", "exec", flags=code.co_flags & _LATER, dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    mine = _inside(_inside(made, "outer"), node.name)
    return mine is not None and _instructions(mine) == _instructions(code)


def _instructions(code: types.CodeType) -> list[Any]:
    """What a code object does, step by step, and what those inside of it do; not where in a file, nor how far it jumps.
    """
    found: list[Any] = []
    for step in dis.get_instructions(code):
        if step.opname in _SILENT:
            continue
        arg = step.argval
        if step.opcode in dis.hasjrel or step.opcode in dis.hasjabs:
            arg = None
        elif isinstance(arg, types.CodeType):
            arg = _instructions(arg)
        elif isinstance(arg, frozenset):
            arg = sorted(map(repr, arg))
        else:
            arg = _constant(arg) if step.opcode in dis.hasconst else _unmangled(str(arg))
        found.append((_ALIKE.get(step.opname, step.opname), arg))
    return found


_SILENT = ("NOP", "PUSH_NULL", "PRECALL", "EXTENDED_ARG")
_ALIKE = {"LOAD_METHOD": "LOAD_ATTR", "CALL_METHOD": "CALL_FUNCTION"}   # of modules that the file imports, or of others


def _inside(code: types.CodeType | None, name: str) -> types.CodeType | None:
    parts = () if code is None else code.co_consts
    found = [c for c in parts if isinstance(c, types.CodeType) and c.co_name == name]
    return found[-1] if found else None


def same_lambda(node: ast.Lambda, code: types.CodeType, strict: bool) -> bool:
    """Whether a lambda compiles to the same names, constants and operators: if not, the file was changed."""
    compiled = compile(ast.Expression(node), "<lambda>", "eval").co_consts
    mine = next(c for c in compiled if isinstance(c, types.CodeType))
    return _fingerprint(mine, strict) == _fingerprint(code, strict)


def _fingerprint(code: types.CodeType, strict: bool) -> tuple[Any, ...]:
    """What two compilations of one lambda share; captured names are globals when it is compiled alone.

    `strict`: with the order in which names are read, which tells apart what stands on one line.
    """
    consts = tuple([_fingerprint(c, strict) if isinstance(c, types.CodeType) else (type(c), _constant(c))
                    for c in code.co_consts])
    return tuple(map(_unmangled, code.co_varnames)), consts, _outside(code), tuple(_operators(code, strict))


def _constant(value: Any) -> str:
    """What tells a constant; of the name of a function inside, which it has before Python 3.11, not where that is."""
    return repr(value.rpartition(".<locals>.")[2] if isinstance(value, str) else value)


def _outside(code: types.CodeType) -> frozenset[str]:
    """The names that a code object and those inside it have from outside, globals or captured."""
    inside = [name for c in code.co_consts if isinstance(c, types.CodeType) for name in _outside(c)]
    return frozenset(map(_unmangled, (*code.co_names, *code.co_freevars, *inside))) - {*code.co_cellvars}


def _unmangled(name: str) -> str:
    """A name without the class that Python puts before private ones."""
    return name[name.index("__"):] if "__" in name else name


def _operators(code: types.CodeType, strict: bool) -> list[tuple[str, str]]:
    """The operators of a code object in order, and the names that it loads, but for cells given to functions inside."""
    found, cells = [], {*code.co_freevars, *code.co_cellvars}
    for step in dis.get_instructions(code):
        if step.opname.startswith(("BINARY", "COMPARE", "UNARY", "CONTAINS", "IS_OP")):
            found.append((step.opname, step.argrepr))
        elif strict and step.opname in ("LOAD_GLOBAL", "LOAD_DEREF", "LOAD_FAST", "LOAD_FAST_LOAD_FAST"):
            if step.opname != "LOAD_FAST" or step.argval not in cells:
                found.append(("load", str(step.argval)))
    return found
