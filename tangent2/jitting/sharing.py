"""Which arrays of a function share memory, and which of them are written to or handed out, as far as its text tells."""
from __future__ import annotations

import ast
from collections.abc import Iterator

from tangent2.jitting.ranks import FLAT

_FRESH = FLAT | {"zeros_like", "ones_like", "full_like", "copy", "zeros", "ones", "full", "empty", "eye", "sum", "mean",
                 "dot", "outer", "stack", "concatenate", "where", "arange", "linspace", "argmax", "argmin", "size"}
_NUMBERS = frozenset({"len", "range", "float", "int", "abs", "min", "max", "bool"})
_HANDING = frozenset({"zip", "enumerate", "reversed"})
_SHAPES = frozenset({"shape", "size", "ndim"})


def is_plain(node: ast.FunctionDef) -> bool:
    """Whether a function has nothing in it that hides what is done with its variables."""
    return not any(isinstance(n, (ast.FunctionDef, ast.Lambda, ast.Yield, ast.YieldFrom, ast.NamedExpr, ast.With,
                                  ast.ListComp, ast.GeneratorExp, ast.Delete)) for n in ast.walk(node) if n is not node)


class Sharing:
    """Classes of variables that may share memory; what is done with them.

    Of a function without functions, generators or managers in it: `is_plain`.
    numpy: what NumPy is called.  tapes: lists of which it is not asked what they hold.

    >>> tree = ast.parse("def f(x, u):\\n    y = x[1:]\\n    z = np.sin(y)\\n    y += 1.0\\n    return z, g(u)")
    >>> found = Sharing(tree.body[0], "np", frozenset())
    >>> found.is_steady("x"), found.is_steady("z"), found.is_steady("u"), found.is_inside("z")
    (False, True, False, False)
    """

    def __init__(self, node: ast.FunctionDef, numpy: str, tapes: frozenset[str]) -> None:
        self.numpy, self.tapes = numpy, tapes
        self._parent: dict[str, str] = {}
        self._changed: set[str] = set()
        self._leaving: set[str] = set()
        for stmt in ast.walk(node):
            self._look(stmt)

    def is_steady(self, name: str) -> bool:
        """Whether nothing writes to an array once it is made."""
        return self._root(name) not in set(map(self._root, self._changed))

    def is_inside(self, name: str) -> bool:
        """Whether an array is not returned either."""
        return self.is_steady(name) and self._root(name) not in set(map(self._root, self._leaving))

    def _root(self, name: str) -> str:
        while name in self._parent:
            name = self._parent[name]
        return name

    def _join(self, names: list[str]) -> None:
        for name in names[1:]:
            one, other = self._root(names[0]), self._root(name)
            if one != other:
                self._parent[other] = one

    def _look(self, node: ast.AST) -> None:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                self._assigned(target, node.value)
        elif isinstance(node, ast.AugAssign):
            self._changed.update(_bases(node.target))
        elif isinstance(node, (ast.For, ast.comprehension)):
            self._assigned(node.target, node.iter)
        elif isinstance(node, ast.Return) and node.value is not None:
            self._leaving.update(self.shared(node.value))
        elif isinstance(node, ast.Call):
            self._called(node)

    def _assigned(self, target: ast.expr, value: ast.expr) -> None:
        shared = list(self.shared(value))
        names = [n.id for n in ast.walk(target) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
        if isinstance(target, (ast.Tuple, ast.List)) and isinstance(value, (ast.Tuple, ast.List)) and len(
                target.elts) == len(value.elts):
            for part, each in zip(target.elts, value.elts):
                self._assigned(part, each)
            return
        for part in [n for n in ast.walk(target) if isinstance(n, (ast.Subscript, ast.Attribute))]:
            self._changed.update(_bases(part))
            names += list(_bases(part))
        if shared and names:
            self._join([*shared, *names])

    def _called(self, node: ast.Call) -> None:
        """What is given to functions that are not known may be changed there; lists hold what is appended to them."""
        if isinstance(node.func, ast.Attribute) and node.func.attr == "append":
            held = [name for arg in node.args for name in self.shared(arg)]
            for base in _bases(node.func):
                if base not in self.tapes:
                    self._join([base, *held])
        elif not self._is_known(node):
            self._changed.update([name for arg in [*node.args, *[k.value for k in node.keywords]]
                                  for name in self.shared(arg)])
            self._changed.update(_bases(node.func) if isinstance(node.func, ast.Attribute) else ())

    def _is_known(self, node: ast.Call) -> bool:
        name = self._of_numpy(node)
        if name is not None:
            return name in _FRESH and not any(k.arg == "out" for k in node.keywords)
        if isinstance(node.func, ast.Attribute):
            return node.func.attr in ("copy", "pop", "append")
        return isinstance(node.func, ast.Name) and node.func.id in {*_NUMBERS, *_HANDING, "unbroadcast"}

    def _of_numpy(self, node: ast.Call) -> str | None:
        is_numpys = isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name) \
            and node.func.value.id == self.numpy
        return node.func.attr if is_numpys and isinstance(node.func, ast.Attribute) else None

    def shared(self, node: ast.expr) -> Iterator[str]:
        """The variables of which the value of an expression may hold, or share, memory."""
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            if node.attr not in _SHAPES:
                yield from self.shared(node.value)
        elif isinstance(node, (ast.BinOp, ast.UnaryOp, ast.Compare, ast.Constant)):
            return
        elif isinstance(node, ast.Call):
            yield from self._shared_by_call(node)
        elif isinstance(node, ast.Subscript):
            yield from self.shared(node.value)
        else:
            for part in ast.iter_child_nodes(node):
                if isinstance(part, ast.expr):
                    yield from self.shared(part)

    def _shared_by_call(self, node: ast.Call) -> Iterator[str]:
        if self._of_numpy(node) in _FRESH or isinstance(node.func, ast.Name) and node.func.id in _NUMBERS:
            return
        if isinstance(node.func, ast.Attribute) and node.func.attr in ("copy", "pop") and not self._of_numpy(node):
            base = list(self.shared(node.func.value))
            yield from [] if node.func.attr == "copy" or set(base) <= self.tapes else base
            return
        for arg in [*node.args, *[k.value for k in node.keywords]]:
            yield from self.shared(arg)
        if isinstance(node.func, ast.Attribute) and self._of_numpy(node) is None:
            yield from self.shared(node.func.value)


def _bases(node: ast.expr) -> Iterator[str]:
    """The variable that an expression is a part of."""
    while isinstance(node, (ast.Subscript, ast.Attribute)):
        node = node.value
    if isinstance(node, ast.Name):
        yield node.id
