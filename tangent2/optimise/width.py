"""How wide the text of an operation will be, before it has any: folding keeps lines short by this estimate."""
from __future__ import annotations

from collections.abc import Sequence

from tangent2.core import prims
from tangent2.core.syntax import Atom, Call, Const, IndexSpec, Op, Undef, Value

LINE = 88
INDENT = 4
_SUMS = frozenset({"+", "-"})


def of_atom(atom: Atom) -> int:
    """The width of a name or a literal."""
    if isinstance(atom, Value):
        return len(atom.hint) if atom.hint else 2
    return 0 if isinstance(atom, Undef) else len(repr(atom.value)) if isinstance(atom, Const) else 4


def of_op(stmt: Op | Call, parts: Sequence[int], loose: Sequence[bool]) -> int:
    """The width of an operation whose operands have widths `parts`; `loose`: sums, in parentheses in products."""
    inner = sum(parts)
    if isinstance(stmt, Call):
        return len(stmt.callee.name) + inner + 2 * len(parts)
    prim, n = stmt.prim, len(parts)
    form = prim.spelling[0]
    if form == "binary":
        tight = prim.spelling[1] not in _SUMS
        return inner + 2 + len(prim.spelling[1]) + (2 * sum(loose) if tight else 2 * loose[-1])
    if form == "compare":
        return inner + 2 + len(prim.spelling[1])
    if form == "unary":
        return inner + len(prim.spelling[1]) + 2 * sum(loose)
    if form == "call":
        return len(prim.spelling[2]) + 3 + inner + 2 * n + sum(map(len, stmt.kw)) + len(stmt.kw)
    if form in ("builtin", "method", "object"):
        return len(prim.spelling[1]) + 1 + inner + 2 * n + sum(map(len, stmt.kw)) + len(stmt.kw)
    if form == "attribute":
        return inner + 1 + len(prim.spelling[1])
    if prim is prims.VERBATIM:
        return max(inner, len(stmt.static.text))
    if prim is prims.READ:
        return len(stmt.static.name)
    if prim in (prims.ATTRIBUTE, prims.METHOD):
        return inner + len(stmt.static) + 2 * n
    if isinstance(stmt.static, IndexSpec):
        return inner + _brackets(stmt.static) + (4 if prim.update else 0)
    return inner + 2 * n + (6 if prim is prims.POP else 1)


def _brackets(spec: IndexSpec) -> int:
    """The width of what stands around the operands of an index."""
    colons = sum([1 + item.step for item in spec.items if item is not None])
    return 2 * max(len(spec.items), 1) + colons


def is_loose(stmt: Op | Call) -> bool:
    """Whether the text is a sum or something that binds even less."""
    if isinstance(stmt, Call):
        return False
    form = stmt.prim.spelling
    return form[0] == "compare" or (form[0] == "binary" and form[1] in _SUMS)
