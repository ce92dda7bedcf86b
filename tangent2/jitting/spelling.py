"""Emitted text spelled for Numba: what it does not know, or does otherwise than Python, is called by other names.

- Whole numbers are added and multiplied by functions that raise where 64 bits do not hold the result; powers and
  `math` by functions that raise where Python would.  Whatever raises runs again as NumPy, so that is always right.
- Operations on whole arrays become loops (`loops.py`).
- What the text reads from outside of it becomes parameters: Numba would take it for constant.
- Elements of dicts become those of tuples with names.
"""
from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from tangent2.core.kinds import Array, Kind, Number
from tangent2.errors import UnsupportedError
from tangent2.jitting.array_tapes import as_planes
from tangent2.jitting.buffers import in_buffers
from tangent2.jitting.containers import appended, by_keys, keys_of
from tangent2.jitting.loops import Loops, is_flat
from tangent2.jitting.ranks import Ranks, rank_of
from tangent2.jitting.tapes import as_rows

MATH = frozenset({
    "exp", "log", "log10", "log2", "log1p", "expm1", "sqrt", "sin", "cos", "tan", "asin", "acos", "atan", "atan2",
    "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "hypot", "pow", "gamma", "lgamma", "erf", "erfc",
})                                          # of `math`: raise for what is no finite number
_SAME = frozenset({"isnan", "isinf", "isfinite", "copysign", "fabs"})
_ROUNDING = {"floor": "floor", "ceil": "ceil", "trunc": "whole"}
_CHECKED: dict[type, str] = {ast.Mult: "times", ast.Add: "plus", ast.Sub: "minus", ast.Pow: "power",
                             ast.LShift: "shifted"}
_ONCE = frozenset({         # must not run twice, or means something else to Numba
    "print", "input", "open", "next", "iter", "setattr", "exec", "eval", "id", "hash", "sorted", "set", "frozenset",
    "breakpoint", "isinstance", "type"})
_SMALL = 1 << 16
PREFIX = "c_"


@dataclass(frozen=True)
class Spelled:
    """The text for Numba.  loops: the names of functions with loops, which need no checks; captured: what the entry
    takes after its arguments; supplied: names of functions that are supplied, with what they are called here; has_loop:
    whether the text runs anything more than once."""

    text: str
    loops: frozenset[str]
    captured: tuple[str, ...]
    supplied: Mapping[str, Any]
    lines: Mapping[int, int]
    has_loop: bool


def spelled(text: str, entry: str, names: Mapping[str, Mapping[str, Kind]], captured: Iterable[str],
            looped: bool = True) -> Spelled:
    """The text of a module for Numba; `names`: the kinds of the variables of its functions; `looped`: with loops in
    the place of operations on arrays.

    >>> x = "import numpy as np\\n\\ndef f(x, n):\\n    return np.sum(x) * (n * n) + k\\n"
    >>> print(spelled(x, "f", {"f": {"x": Array("float64", (None,)), "n": Number("int64")}}, ["k"]).text, end="")
    import numpy as np
    <BLANKLINE>
    def f(x, n, k):
        return np.sum(x) * c_times(n, n) + k
    """
    tree = ast.parse(text)
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    taken = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)} | set(functions)
    loops, supplied = Loops(taken, looped), Supplied()
    numpy, math = _module(tree, "numpy"), _module(tree, "math")
    for name, node in functions.items():
        by_keys(node)
        appended(node)
        ranks = Ranks(names.get(name, {}), numpy)
        as_rows(node, ranks, partial(supplied.call, "grown"), loops.supply)
        if looped:
            as_planes(node, ranks, loops.supply)
        _Speller(ranks.names, numpy, math, loops, supplied).function(node)
        in_buffers(node, loops)
    loops.drop(tree)
    given = _hand_on(functions, tuple(captured))
    has_loop = any(_repeats(node) for node in functions.values())
    if loops.functions and numpy != "np" or "np" not in taken:
        tree.body.insert(0, ast.parse("import numpy as np").body[0])
    at = next(k for k, node in enumerate(tree.body) if isinstance(node, ast.FunctionDef))
    tree.body[at:at] = [ast.Pass()] * len(loops.functions)
    return _printed(tree, loops, given[entry], supplied, has_loop)


class Supplied(dict[str, Any]):
    """What is supplied, by the name under which the text calls it: a function, or the keys of a class of tuples."""

    def call(self, name: str, *args: ast.expr) -> ast.Call:
        """A call of one."""
        self[PREFIX + name] = name
        return ast.Call(ast.Name(PREFIX + name, ast.Load()), list(args), [])


class _Speller(ast.NodeTransformer):
    """Spells one function."""

    def __init__(self, names: Mapping[str, Kind], numpy: str, math: str, loops: Loops, supplied: Supplied) -> None:
        self.ranks, self.math, self.loops, self.supplied = Ranks(names, numpy), math, loops, supplied

    def function(self, node: ast.FunctionDef) -> None:
        """Spell the body of a function."""
        node.body = [self.visit(stmt) for stmt in node.body]

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        """Of a function inside of another nothing is known but what it reads."""
        inner = _Speller({}, self.ranks.numpy, self.math, self.loops, self.supplied)
        inner.function(node)
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.Lambda:
        node.body = _Speller({}, self.ranks.numpy, self.math, self.loops, self.supplied).visit(node.body)
        return node

    def visit_ListComp(self, node: ast.ListComp) -> ast.AST:
        """What the loop inside of a display binds is not known."""
        bound = {n.id for g in node.generators for n in ast.walk(g.target) if isinstance(n, ast.Name)}
        names = {name: kind for name, kind in self.ranks.names.items() if name not in bound}
        inner = _Speller(names, self.ranks.numpy, self.math, self.loops, self.supplied)
        return ast.NodeTransformer.generic_visit(inner, node)

    visit_GeneratorExp = visit_ListComp     # type: ignore[assignment]

    def visit(self, node: ast.AST) -> Any:
        if isinstance(node, ast.expr) and is_flat(node, self.ranks):
            made = self.loops.value(node, self.ranks)
            if made is not None:
                assert isinstance(made, ast.Call)
                made.args = [self.visit(arg) for arg in made.args]
                return ast.copy_location(made, node)
        return super().visit(node)

    def visit_While(self, node: ast.While) -> ast.AST:
        """Of a `while True:` that assigns before its `break` Numba makes a loop without end, but not if it asks."""
        if isinstance(node.test, ast.Constant):
            node.test = ast.copy_location(self.supplied.call("always" if node.test.value else "never"), node.test)
        return ast.NodeTransformer.generic_visit(self, node)

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.stmt:
        made = self.loops.written(node.target, node.op, node.value, self.ranks)
        if made is not None:
            return self._arguments(made, node)
        node.value = self.visit(node.value)
        target = self.ranks.of(_read(node.target))
        if isinstance(node.value, (ast.Name, ast.Subscript, ast.Attribute)) and not _is_number(target):
            base = node.target
            while isinstance(base, ast.Subscript):
                base = base.value       # type: ignore[assignment]
            node.value = self.supplied.call("apart", node.value, _read(base))
        if _may_be_whole(target, self.ranks.of(node.value)) and isinstance(node.target, ast.Name):
            return self._updated(node)
        node.target = self.visit(node.target)
        return node

    def _updated(self, node: ast.AugAssign) -> ast.stmt:
        """`n += m` of whole numbers; of what may be an array as well it stays an update."""
        name = node.target
        assert isinstance(name, ast.Name)
        checked = self._checked(ast.BinOp(_read(name), node.op, node.value))
        if isinstance(checked, ast.BinOp) or not isinstance(self.ranks.of(_read(name)), Number):
            return node
        return ast.copy_location(ast.Assign([name], checked), node)

    def visit_Assign(self, node: ast.Assign) -> ast.stmt:
        if len(node.targets) == 1 and isinstance(node.targets[0], ast.Subscript):
            made = self.loops.written(node.targets[0], None, node.value, self.ranks)
            if made is not None:
                return self._arguments(made, node)
        return ast.NodeTransformer.generic_visit(self, node)    # type: ignore[return-value]

    def _arguments(self, made: ast.stmt, node: ast.stmt) -> ast.stmt:
        assert isinstance(made, ast.Expr) and isinstance(made.value, ast.Call)
        made.value.args = [self.visit(arg) for arg in made.value.args]
        return ast.copy_location(made, node)

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        checked = self._checked(node)
        if isinstance(checked, ast.Call):
            checked.args = [self.visit(arg) for arg in checked.args]
            return ast.copy_location(checked, node)
        node.left, node.right = self.visit(node.left), self.visit(node.right)
        return node

    def _checked(self, node: ast.BinOp) -> ast.expr:
        """An operation by a function that checks it, where whole numbers, or Python's floats in powers, want that."""
        left, right = self.ranks.of(node.left), self.ranks.of(node.right)
        if isinstance(node.op, ast.Pow):
            is_numpys = any(isinstance(k, Array) or isinstance(k, Number) and not k.weak and k.dtype == "float64"
                            for k in (left, right))
            return node if is_numpys else self.supplied.call("power", node.left, node.right)
        if type(node.op) not in _CHECKED or not _may_be_whole(left, right):
            return node
        if isinstance(node.op, (ast.Add, ast.Sub)) and (_is_small(node.left) or _is_small(node.right)):
            return node
        return self.supplied.call(_CHECKED[type(node.op)], node.left, node.right)

    def visit_Call(self, node: ast.Call) -> ast.expr:
        name = node.func.id if isinstance(node.func, ast.Name) else None
        if name in _ONCE:
            raise refused(f"`{name}` is called", node)
        is_math = isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name) \
            and node.func.value.id == self.math
        node = ast.NodeTransformer.generic_visit(self, node)    # type: ignore[assignment]
        if is_math and node.func.attr not in _SAME:             # type: ignore[attr-defined]
            return self._of_math(node.func.attr, node)          # type: ignore[attr-defined]
        if name == "abs" and len(node.args) == 1 and rank_of(self.ranks.of(node.args[0])):
            node.func = ast.copy_location(ast.Attribute(ast.Name(self.ranks.numpy, ast.Load()), name, ast.Load()), node)
            return node
        if name == "reversed" and len(node.args) == 1:
            return ast.copy_location(self.supplied.call(name, *node.args), node)
        if name in ("int", "round"):
            if len(node.args) != 1 or node.keywords:
                raise refused(f"`{name}` with two arguments", node)
            return ast.copy_location(self.supplied.call({"int": "whole"}.get(name, name), *node.args), node)
        return self._of_numpy(node)

    def _of_math(self, name: str, node: ast.Call) -> ast.expr:
        if name not in MATH and name not in _ROUNDING or node.keywords:
            raise refused(f"`math.{name}`", node)
        return ast.copy_location(self.supplied.call(_ROUNDING.get(name, "math_" + name), *node.args), node)

    def _of_numpy(self, node: ast.Call) -> ast.expr:
        name = self.ranks.called(node)
        if name in ("sum", "mean", "max", "min", "amax", "amin") and node.keywords:
            given = {k.arg: k.value for k in node.keywords}
            if "keepdims" in given and isinstance(keep := given.pop("keepdims"), ast.Constant):
                axis = given.pop("axis", ast.Constant(None))
                if not given and len(node.args) == 1:
                    own = f"{name.lstrip('a')}_{'kept' if keep.value else 'over'}"
                    return ast.copy_location(self.supplied.call(own, node.args[0], axis), node)
        over = {("mean", 2): "mean_over", ("max", 2): "max_over", ("min", 2): "min_over"}.get(
            (name or "", len(node.args) + sum([k.arg == "axis" for k in node.keywords])))
        if over is not None:
            args = [*node.args, *[k.value for k in node.keywords]]
            return ast.copy_location(self.supplied.call(over, *args), node)
        if name == "moveaxis" and len(node.args) == 3 and not node.keywords:
            return ast.copy_location(self.supplied.call(name, *node.args), node)
        if name == "stack" and len(node.args) + len(node.keywords) == 2 and isinstance(node.args[0], ast.Name):
            return ast.copy_location(self.supplied.call(name, *node.args, *[k.value for k in node.keywords]), node)
        return self._array(node) if name == "array" and len(node.args) == 1 and not node.keywords else node

    def _array(self, node: ast.Call) -> ast.expr:
        """An array of a list, which may hold arrays."""
        parts = node.args[0]
        if isinstance(parts, ast.List):
            if all(_is_number(self.ranks.of(each)) for each in parts.elts):
                return node
            parts = ast.Tuple(parts.elts, ast.Load())
        elif not isinstance(parts, ast.Name) or isinstance(self.ranks.of(parts), (Array, Number)):
            return node
        return ast.copy_location(self.supplied.call("array", parts), node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if node.attr == "random" and isinstance(node.value, ast.Name) and node.value.id == self.ranks.numpy:
            raise refused("random numbers are drawn", node)
        return ast.NodeTransformer.generic_visit(self, node)

    def visit_Dict(self, node: ast.Dict) -> ast.expr:
        """A dict of known keys: a tuple with names."""
        keys = keys_of(node)
        if keys is None:
            raise refused("a dict is made whose keys are no names", node)
        values = [self.visit(value) for value in node.values]
        self.supplied[name := PREFIX + "of_" + "_".join(keys)] = keys
        return ast.copy_location(ast.Call(ast.Name(name, ast.Load()), values, []), node)

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        """The element of a dict, which is a tuple with names here."""
        node = ast.NodeTransformer.generic_visit(self, node)    # type: ignore[assignment]
        if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
            return ast.copy_location(ast.Attribute(node.value, field_of(node.slice.value, node), node.ctx), node)
        is_whole = isinstance(node.slice, ast.Constant) and node.slice.value is ...
        if is_whole and rank_of(self.ranks.of(node.value)):     # of arrays with axes that is the same
            node.slice = ast.Slice()
        return node


def refused(what: str, node: ast.AST) -> UnsupportedError:
    """The error about what is not given to Numba; `line` of the text."""
    error = UnsupportedError(f"{what}, which is not compiled", construct="jit")
    error.line = getattr(node, "lineno", None)
    return error


def field_of(key: Any, node: ast.AST | None = None) -> str:
    """The name that the value of a key has in the tuple that stands for a dict."""
    if not isinstance(key, str) or not key.isidentifier() or key.startswith("_"):
        raise refused(f"a dict has the key {key!r}", node or ast.Pass())
    return f"k_{key}"


def _read(target: ast.expr) -> ast.expr:
    """A target as an expression."""
    return ast.parse(ast.unparse(target), mode="eval").body


def _is_number(kind: Kind) -> bool:
    return isinstance(kind, Number)


def _may_be_whole(*kinds: Kind) -> bool:
    """Whether what an operation makes of these may be a whole number."""
    return not any(isinstance(k, Array) and rank_of(k) or isinstance(k, Number) and k.dtype == "float64"
                   for k in kinds)


def _is_small(node: ast.expr) -> bool:
    """Whether a number is that small that no loop gets far with it."""
    return isinstance(node, ast.Constant) and isinstance(node.value, (int, float)) and abs(node.value) < _SMALL


def _module(tree: ast.Module, name: str) -> str:
    """What a module is called in the text."""
    return next((alias.asname or alias.name for node in tree.body if isinstance(node, ast.Import)
                 for alias in node.names if alias.name == name), name)


def _repeats(node: ast.FunctionDef) -> bool:
    """Whether a function has a loop, or calls itself."""
    return any(isinstance(n, (ast.For, ast.While, ast.ListComp, ast.GeneratorExp)) or isinstance(n, ast.Call)
               and isinstance(n.func, ast.Name) and n.func.id == node.name for n in ast.walk(node))


def _hand_on(functions: Mapping[str, ast.FunctionDef], captured: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Make parameters of what functions read from outside, and hand it on in calls; which these are by function."""
    reads = {name: {n.id for n in ast.walk(node) if isinstance(n, ast.Name)} for name, node in functions.items()}
    own = {name: _bound_by(node) for name, node in functions.items()}
    needs = {name: (found - own[name]) & set(captured) for name, found in reads.items()}
    changed = True
    while changed:
        changed = False
        for name, found in reads.items():
            more = set().union(*[needs[other] for other in found & functions.keys()]) - needs[name]
            if more & own[name]:
                raise refused(f"`{min(more & own[name])}` is read from outside by what is called where it is another",
                              functions[name])
            needs[name] |= more
            changed = changed or bool(more)
    order = {name: tuple([c for c in captured if c in needs[name]]) for name in functions}
    for name, node in functions.items():
        node.args.args += [ast.arg(c) for c in order[name]]
        for call in [n for n in ast.walk(node) if isinstance(n, ast.Call)]:
            if isinstance(call.func, ast.Name) and call.func.id in functions:
                call.args += [ast.Name(c, ast.Load()) for c in order[call.func.id]]
    return order


def _bound_by(node: ast.FunctionDef) -> set[str]:
    """The names that a function binds itself."""
    return {a.arg for a in node.args.args} | {
        n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def _printed(tree: ast.Module, loops: Loops, captured: tuple[str, ...], supplied: Supplied, has_loop: bool) -> Spelled:
    """The text, and from which line of the emitted text each of its lines is."""
    parts: list[str] = []
    lines: dict[int, int] = {}
    waiting = list(loops.functions.values())
    count = 0
    for node in tree.body:
        text = waiting.pop(0) if isinstance(node, ast.Pass) else ast.unparse(ast.fix_missing_locations(node)) + "\n"
        is_long = isinstance(node, (ast.FunctionDef, ast.Pass))
        text = "\n" * (is_long and count > 0) + text
        if not isinstance(node, ast.Pass):
            lines.update(_lines(node, text, count))
        parts.append(text)
        count += text.count("\n")
    return Spelled("".join(parts), frozenset(loops.functions), captured, dict(supplied), lines, has_loop)


def _lines(node: ast.stmt, text: str, before: int) -> dict[int, int]:
    """Which line of a statement's first text each line of its new one is from: statements are as many as before."""
    new = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.stmt)]
    old = [n for n in ast.walk(node) if isinstance(n, ast.stmt)]
    return {before + a.lineno: b.lineno for a, b in zip(new, old) if hasattr(b, "lineno")}
