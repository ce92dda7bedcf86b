"""Memory that loops over arrays use again: what is made anew in each turn, and read only, needs to be made but once."""
from __future__ import annotations

import ast
from collections.abc import Iterator

from tangent2.jitting.loops import Loops

_LOOPING = (ast.For, ast.While)


def in_buffers(node: ast.FunctionDef, loops: Loops) -> None:
    """Let the calls of a function that make arrays in its loops write where the last ones did; in all loops, let what
    may overlap be put by in memory that is kept.

    >>> from tangent2.core.kinds import Array, Number
    >>> from tangent2.jitting.ranks import Ranks
    >>> loops, ranks = Loops(set()), Ranks({"u": Array("float64", (None,)), "t": Array("float64", (None,))}, "np")
    >>> tree = ast.parse("def f(u):\\n    for _ in range(3):\\n        t = MADE\\n        WRITTEN\\n    return u")
    >>> loop = tree.body[0].body[0]
    >>> loop.body[0].value = loops.value(ast.parse("2.0 * u[1:]", mode="eval").body, ranks)
    >>> target, read = [ast.parse(text, mode="eval").body for text in ("u[:-1]", "t")]
    >>> loop.body[1] = loops.written(target, ast.Add(), read, ranks)
    >>> in_buffers(tree.body[0], loops)
    >>> print(ast.unparse(tree))
    def f(u):
        t = np.empty((0,))
        for _ in range(3):
            t = times1(u[1:], t)
            plus_into1(u[:-1], t)
        return u
    >>> print(loops.functions["times1"], end="")
    def times1(a, out):  # 2.0 * a
        if out.shape != a.shape:
            out = np.empty(a.shape)
        for i in range(out.shape[0]):
            out[i] = 2.0 * a[i]
        return out
    """
    if any(isinstance(n, (ast.FunctionDef, ast.Lambda, ast.ListComp, ast.GeneratorExp)) for n in ast.walk(node)
           if n is not node):
        return
    kept = {name: rank for name, rank in _made(node, loops).items() if _is_read_only(node, name, loops)}
    spare: dict[int, str] = {}
    for loop in [n for n in ast.walk(node) if isinstance(n, _LOOPING)]:
        for body in _blocks(loop):
            body[:] = [_kept_by(stmt, kept, spare, loops) for stmt in body]
    names = {**kept, **{name: rank for rank, name in spare.items()}}
    first = [ast.parse(f"{name} = np.empty(({'0, ' * (rank - 1)}0,))") for name, rank in sorted(names.items())]
    node.body[:0] = [ast.copy_location(stmt, node.body[0]) for lines in first for stmt in lines.body]


def _blocks(stmt: ast.stmt) -> Iterator[list[ast.stmt]]:
    """The blocks of a statement, those of conditions in it included, and those of loops in it not."""
    for name in ("body", "orelse", "finalbody"):
        block = getattr(stmt, name, None)
        if isinstance(block, list):
            yield block
            for inner in block:
                if not isinstance(inner, _LOOPING):
                    yield from _blocks(inner)


def _made(node: ast.FunctionDef, loops: Loops) -> dict[str, int]:
    """The variables that are assigned what loops make, and nothing else, in loops of the function."""
    found: dict[str, int] = {}
    given = {a.arg for a in node.args.args}
    for stmt in _in_loops(node):
        name = _name_of(stmt)
        rank = loops.rank_made(stmt.value) if name is not None and isinstance(stmt, ast.Assign) else None
        if name is not None and rank is not None and name not in given:
            found[name] = rank
    return found


def _in_loops(node: ast.FunctionDef) -> Iterator[ast.stmt]:
    for loop in ast.walk(node):
        if isinstance(loop, _LOOPING):
            for block in _blocks(loop):
                yield from block


def _name_of(stmt: ast.stmt) -> str | None:
    if isinstance(stmt, ast.Assign) and len(stmt.targets) == 1 and isinstance(stmt.targets[0], ast.Name):
        return stmt.targets[0].id
    return None


def _is_read_only(node: ast.FunctionDef, name: str, loops: Loops) -> bool:
    """Whether an array is only read, by loops: what they make of it does not share its memory."""
    fine = 0
    for n in ast.walk(node):
        if isinstance(n, ast.Assign) and _name_of(n) == name:
            if loops.rank_made(n.value) is None or _reads_part(n.value, name):
                return False
            fine += 1
        elif isinstance(n, ast.Call) and (place := loops.read_from(n)) is not None:
            fine += sum([_base(arg) == name for arg in n.args[place:]])
        elif isinstance(n, ast.BinOp) and isinstance(n.op, ast.MatMult):
            fine += sum([_base(side) == name for side in (n.left, n.right)])
    return fine == sum([isinstance(n, ast.Name) and n.id == name for n in ast.walk(node)])


def _reads_part(value: ast.expr, name: str) -> bool:
    """Whether what an array becomes is made of its elements in another order."""
    args = value.args if isinstance(value, ast.Call) else []
    return any(isinstance(n, ast.Name) and n.id == name for arg in args if not isinstance(arg, ast.Name)
               for n in ast.walk(arg))


def _base(node: ast.expr) -> str | None:
    """The array that an expression is, or is a part of."""
    while isinstance(node, ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def _kept_by(stmt: ast.stmt, kept: dict[str, int], spare: dict[int, str], loops: Loops) -> ast.stmt:
    """A statement that makes or writes an array, with memory that was used before."""
    name = _name_of(stmt)
    if name is not None and name in kept and isinstance(stmt, ast.Assign) and isinstance(stmt.value, ast.Call):
        loops.again(stmt.value, name)
    elif isinstance(stmt, ast.Expr) and isinstance(stmt.value, ast.Call):
        apart = frozenset([k for k, arg in enumerate(stmt.value.args) if k and _base(arg) in kept
                           and _base(arg) != _base(stmt.value.args[0])])
        rank = loops.put_by(stmt.value, apart)
        if rank is not None:
            held = spare.setdefault(rank, loops.name_for("spare"))
            stmt.value.args.append(ast.Name(held, ast.Load()))
            return ast.copy_location(ast.Assign([ast.Name(held, ast.Store())], stmt.value), stmt)
    return stmt
