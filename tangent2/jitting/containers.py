"""Dicts and lists of emitted text as what Numba has: variables, tuples with names, lists that are appended to."""
from __future__ import annotations

import ast
from collections.abc import Iterator

Keys = tuple[str, ...]


def by_keys(node: ast.FunctionDef) -> None:
    """Make a variable of each element of a dict that a function builds, and only returns as a whole.

    >>> tree = ast.parse('''def f(x):
    ...     bar = {"a": 0.0, "b": x}
    ...     bar["a"] += x
    ...     return bar
    ... ''')
    >>> by_keys(tree.body[0])
    >>> print(ast.unparse(tree))
    def f(x):
        bar_a = 0.0
        bar_b = x
        bar_a += x
        return {'a': bar_a, 'b': bar_b}
    """
    taken = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)} | {a.arg for a in node.args.args}
    for name, keys in list(_built(node)):
        if _is_apart(node, name, keys) and not any(f"{name}_{key}" in taken for key in keys):
            node.body = [part for stmt in node.body for part in _Split(name, keys).spread(stmt)]
            by_keys(node)       # the elements may be dicts
            return


def _built(node: ast.FunctionDef) -> Iterator[tuple[str, Keys]]:
    """The variables that are assigned a dict of known keys, at the top of a function."""
    for stmt in node.body:
        if isinstance(stmt, ast.Assign) and len(stmt.targets) == 1 and isinstance(stmt.targets[0], ast.Name):
            keys = keys_of(stmt.value)
            if keys:
                yield stmt.targets[0].id, keys


def keys_of(node: ast.expr) -> Keys | None:
    """The keys of a display of a dict, if they are names."""
    if not isinstance(node, ast.Dict) or not node.keys:
        return None
    keys = [k.value if isinstance(k, ast.Constant) else None for k in node.keys]
    return tuple(map(str, keys)) if all(isinstance(k, str) and k.isidentifier() for k in keys) else None


def _is_apart(node: ast.FunctionDef, name: str, keys: Keys) -> bool:
    """Whether a dict is made once, and otherwise read or written by key, or returned."""
    stores, fine = 0, 0
    for n in ast.walk(node):
        if isinstance(n, ast.Subscript) and isinstance(n.value, ast.Name) and n.value.id == name:
            if not isinstance(n.slice, ast.Constant) or n.slice.value not in keys or isinstance(n.ctx, ast.Del):
                return False
            fine += 1
        elif isinstance(n, ast.Return) and n.value is not None:
            fine += sum([isinstance(part, ast.Name) and part.id == name for part in _returned(n.value)])
        elif isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Store):
            stores += 1
        elif isinstance(n, (ast.FunctionDef, ast.Lambda)) and n is not node:
            return False
    uses = sum([isinstance(n, ast.Name) and n.id == name for n in ast.walk(node)])
    return stores == 1 and uses == fine + 1


def _returned(node: ast.expr) -> list[ast.expr]:
    return list(node.elts) if isinstance(node, ast.Tuple) else [node]


class _Split(ast.NodeTransformer):
    """Puts variables in the place of the elements of a dict."""

    def __init__(self, name: str, keys: Keys) -> None:
        self.name, self.keys = name, keys

    def spread(self, stmt: ast.stmt) -> list[ast.stmt]:
        """A statement, or where it makes the dict, one for each element."""
        target = stmt.targets[0] if isinstance(stmt, ast.Assign) else None
        if isinstance(target, ast.Name) and target.id == self.name:
            assert isinstance(stmt, ast.Assign) and isinstance(stmt.value, ast.Dict)
            names = [ast.Name(f"{self.name}_{key}", ast.Store()) for key in self.keys]
            return [ast.copy_location(ast.Assign([name], self.visit(value)), stmt)
                    for name, value in zip(names, stmt.value.values)]
        return [self.visit(stmt)]

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        if isinstance(node.value, ast.Name) and node.value.id == self.name and isinstance(node.slice, ast.Constant):
            return ast.copy_location(ast.Name(f"{self.name}_{node.slice.value!s}", node.ctx), node)
        return ast.NodeTransformer.generic_visit(self, node)    # type: ignore[return-value]

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id != self.name:
            return node
        values: list[ast.expr] = [ast.Name(f"{self.name}_{key}", ast.Load()) for key in self.keys]
        return ast.copy_location(ast.Dict([ast.Constant(key) for key in self.keys], values), node)


def appended(node: ast.FunctionDef) -> None:
    """Append to lists that are made of None and filled by one loop from an end: Numba's lists hold one type.

    >>> tree = ast.parse('''def f(xs):
    ...     n = len(xs)
    ...     bars = [None] * n
    ...     for i in range(n - 1, -1, -1):
    ...         bars[i] = xs[i]
    ...     return bars
    ... ''')
    >>> appended(tree.body[0])
    >>> print(ast.unparse(tree))
    def f(xs):
        n = len(xs)
        bars = []
        for i in range(n - 1, -1, -1):
            bars.append(xs[i])
        bars.reverse()
        return bars
    """
    for k, stmt in enumerate(node.body):
        found = _blank(stmt)
        if found is None or not isinstance(stmt, ast.Assign):
            continue
        name, count = found
        at = next((j for j in range(k + 1, len(node.body)) if _names(node.body[j], name)), None)
        loop = node.body[at] if at is not None else None
        turned = _fills(loop, name, count) if isinstance(loop, ast.For) else None
        if turned is None or not isinstance(loop, ast.For) or at is None or not _fills_up(loop, name):
            continue
        filled = next(s for s in loop.body if _stored(s, name) is not None)
        value = filled.value        # type: ignore[attr-defined]
        call = ast.Call(ast.Attribute(ast.Name(name, ast.Load()), "append", ast.Load()), [value], [])
        loop.body[loop.body.index(filled)] = ast.copy_location(ast.Expr(call), filled)
        stmt.value = ast.List([], ast.Load())
        if turned:
            end = ast.Call(ast.Attribute(ast.Name(name, ast.Load()), "reverse", ast.Load()), [], [])
            node.body.insert(at + 1, ast.copy_location(ast.Expr(end), loop))
        return appended(node)


def _blank(stmt: ast.stmt) -> tuple[str, str] | None:
    """The name and the length of a list that is made of None."""
    if isinstance(stmt, ast.Assign) and isinstance(stmt.targets[0], ast.Name) and isinstance(stmt.value, ast.BinOp) \
            and isinstance(stmt.value.op, ast.Mult) and ast.unparse(stmt.value.left) == "[None]":
        return stmt.targets[0].id, ast.unparse(stmt.value.right)
    return None


def _fills(loop: ast.For, name: str, count: str) -> bool | None:
    """Whether a loop fills a list from its end (True) or its beginning (False); None if it does not."""
    order = {f"range({count} - 1, -1, -1)": True, f"range({count})": False}.get(ast.unparse(loop.iter))
    if order is None or not isinstance(loop.target, ast.Name) or loop.orelse:
        return None
    stored = [s for s in loop.body if _stored(s, name) == loop.target.id]
    is_left = any(isinstance(n, (ast.Break, ast.Continue, ast.Return)) for n in ast.walk(loop))
    changed = any(isinstance(n, ast.Name) and n.id == loop.target.id and isinstance(n.ctx, ast.Store)
                  for s in loop.body for n in ast.walk(s))
    return order if len(stored) == 1 and not is_left and not changed and _count(loop, name) == 1 else None


def _fills_up(loop: ast.For, name: str) -> bool:
    return any(_stored(s, name) is not None for s in loop.body)


def _stored(stmt: ast.stmt, name: str) -> str | None:
    """The index at which a statement stores into a list."""
    if isinstance(stmt, ast.Assign) and len(stmt.targets) == 1 and isinstance(stmt.targets[0], ast.Subscript):
        target = stmt.targets[0]
        if isinstance(target.value, ast.Name) and target.value.id == name and isinstance(target.slice, ast.Name):
            return target.slice.id
    return None


def _names(stmt: ast.stmt, name: str) -> bool:
    return _count(stmt, name) > 0


def _count(stmt: ast.stmt, name: str) -> int:
    return sum([isinstance(n, ast.Name) and n.id == name for n in ast.walk(stmt)])
