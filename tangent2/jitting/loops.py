"""Operations on whole arrays as loops over elements, which Numba compiles to vector instructions.

What an expression on arrays of one rank computes stands in a function of its own, whose loop makes the result or writes
it where an assignment puts it.  Where shapes differ, which NumPy broadcasts or refuses, that function raises.
"""
from __future__ import annotations

import ast
from collections.abc import Callable

from tangent2.core.kinds import Array, Kind, Number
from tangent2.jitting.ranks import Ranks, rank_of
from tangent2.names import unique

_OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow)
_MOST_AXES = 3
_LETTERS = "abcdefghlmnpqrstuvwxyz"
_WORDS: dict[type, str] = {ast.Add: "plus", ast.Sub: "minus", ast.Mult: "times", ast.Div: "over", ast.Pow: "power"}


class Loops:
    """The functions with loops that a module needs; `taken`: the names it has; `wanted`: whether there are to be any.

    >>> loops = Loops(set())
    >>> ranks = Ranks({"u": Array("float64", (None,)), "c": Number()}, "np")
    >>> print(ast.unparse(loops.value(ast.parse("c * u[1:] - u[:-1]", mode="eval").body, ranks)))
    minus(c, u[1:], u[:-1])
    >>> print(loops.functions["minus"], end="")
    def minus(a, b, c):  # a * b - c
        if not (b.shape == c.shape):
            raise ValueError('shapes differ')
        out = np.empty(b.shape)
        for i in range(out.shape[0]):
            out[i] = a * b[i] - c[i]
        return out
    """

    def __init__(self, taken: set[str], wanted: bool = True) -> None:
        self.taken, self.wanted = taken, wanted
        self.functions: dict[str, str] = {}
        self._known: dict[str, str] = {}
        self._makers: dict[str, tuple[ast.expr, _Body]] = {}
        self._writers: dict[str, tuple[str, ast.expr, _Body]] = {}

    def value(self, node: ast.expr, ranks: Ranks) -> ast.expr | None:
        """The call that computes an expression in a loop; None if that is not for it."""
        rank = loops_over(ranks.of(node))
        if rank is None or not self.wanted or not is_flat(node, ranks):
            return None
        body = _Body(ranks, rank)
        made = body.of(node)
        if made is None or not body.arrays or isinstance(made, ast.Name):
            return None
        name = self._function(_word(node), lambda name: _making(name, made, body))
        self._makers[name] = made, body
        return body.call(name, [])

    def written(self, target: ast.expr, op: ast.operator | None, value: ast.expr, ranks: Ranks) -> ast.stmt | None:
        """The call that writes a value to an array in a loop, or with `op` updates it; None if that is not for it."""
        rank = loops_over(ranks.of(target))
        if rank is None or not self.wanted or op is not None and not isinstance(op, _OPERATORS[:4]):
            return None
        body = _Body(ranks, rank)
        made = body.of(value)
        if made is None:
            return None
        word = "put" if op is None else _WORDS[type(op)] + "_into"
        sign = "" if op is None else _sign(op)
        name = self._function(word, lambda name: _writing(name, sign, made, body))
        self._writers[name] = sign, made, body
        return ast.Expr(body.call(name, [target]))

    def supply(self, word: str, text: str) -> str:
        """The name of a function that needs no checks; its text has NAME in the place of that."""
        if text not in self._known:
            name = self._known[text] = unique(word, self.taken)
            self.taken.add(name)
            self.functions[name] = text.replace("NAME", name, 1)
        return self._known[text]

    def _function(self, word: str, text: Callable[[str], str]) -> str:
        key = text("f")
        if key not in self._known:
            name = self._known[key] = self.name_for(word)
            self.functions[name] = text(name)
        return self._known[key]

    def name_for(self, word: str) -> str:
        """A name that nothing has."""
        name = unique(word, self.taken)
        self.taken.add(name)
        return name

    def rank_made(self, node: ast.expr) -> int | None:
        """Of how many axes the array is that a loop makes; None of what no loop makes."""
        found = self._makers.get(_called(node))
        return None if found is None else found[1].rank

    def read_from(self, node: ast.expr) -> int | None:
        """From which argument on a call of a loop only reads arrays; None of other calls."""
        name = _called(node)
        return 1 if name in self._writers else 0 if name in self.functions else None

    def again(self, call: ast.Call, out: str) -> None:
        """Let a loop make its array in the memory of another."""
        made, body = self._makers[_called(call)]
        name = self._function(_called(call), lambda name: _making(name, made, body, True))
        call.func = ast.Name(name, ast.Load())
        call.args.append(ast.Name(out, ast.Load()))

    def put_by(self, call: ast.Call, apart: frozenset[int]) -> int | None:
        """Let a loop that writes put by what overlaps in an array that it is given last, of so many axes; None if
        nothing can overlap.  apart: arguments that do not overlap with the first."""
        name = _called(call)
        if name not in self._writers:
            return None
        sign, made, body = self._writers[name]
        apart = frozenset([k for k in apart if body.is_array(k - 1)])
        call.func = ast.Name(self._function(name, lambda name: _writing(name, sign, made, body, apart, True)),
                             ast.Load())
        return body.rank if _overlapping(body, apart) else None

    def drop(self, tree: ast.Module) -> None:
        """Forget the functions that nothing calls."""
        used = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
        self.functions = {name: text for name, text in self.functions.items() if name in used}


def loops_over(kind: Kind) -> int | None:
    """Over how many axes a loop runs that makes or writes an array; None if there is none."""
    is_plain = isinstance(kind, Array) and kind.dtype == "float64" and 1 not in (kind.shape or ())
    rank = rank_of(kind) if is_plain else None
    return rank if rank and rank <= _MOST_AXES else None


def is_flat(node: ast.expr, ranks: Ranks) -> bool:
    """Whether an expression is an operation element by element."""
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, _OPERATORS)
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) or ranks.flat(node) is not None \
        or ranks.unbroadcast(node) is not None


def _called(node: ast.expr) -> str:
    return node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""


def _word(node: ast.expr) -> str:
    if isinstance(node, ast.BinOp):
        return _WORDS[type(node.op)]
    if isinstance(node, ast.Call):
        return node.func.attr + "_of" if isinstance(node.func, ast.Attribute) else "whole"
    return "minus"


def _sign(op: ast.operator) -> str:
    return ast.unparse(ast.BinOp(ast.Name("a"), op, ast.Name("b")))[2:-2]


class _Body:
    """The expression in the loop: parameters in the place of what is computed outside of it."""

    def __init__(self, ranks: Ranks, rank: int) -> None:
        self.ranks, self.rank = ranks, rank
        self.given: dict[str, tuple[str, ast.expr]] = {}        # by text: the parameter, and what it is given
        self.arrays: list[str] = []         # of as many axes as the loop
        self.lines: dict[str, int] = {}     # arrays of one axis, and along which axis of the loop each lies

    def of(self, node: ast.expr) -> ast.expr | None:
        """An expression of parameters; None if something in it is of another rank or dtype, or unknown."""
        kind = self.ranks.of(node)
        if isinstance(node, ast.Constant) and type(node.value) in (int, float):
            return node
        if rank_of(kind) == 0 and isinstance(kind, Number) and kind.dtype in ("float64", "int64"):
            return self._parameter(node, False)     # computed once, as Python does it
        if loops_over(kind) != self.rank:
            return None
        if self.ranks.called(node) == "outer" and self.rank == 2:
            return self._outer(node)
        if not is_flat(node, self.ranks):
            return self._parameter(node, True)
        if (found := self.ranks.unbroadcast(node)) is not None:     # nothing is summed if shapes are equal
            if loops_over(self.ranks.of(found[1])) == self.rank:
                self._parameter(found[1], True)
                return self.of(found[0])
            return None
        parts = [self.of(part) for part in _parts(node)]
        if any(part is None for part in parts):
            return None
        return _with_parts(node, [part for part in parts if part is not None])

    def _outer(self, node: ast.expr) -> ast.expr | None:
        """The product of each element of one array with each of another."""
        assert isinstance(node, ast.Call)
        if not all(loops_over(self.ranks.of(arg)) == 1 for arg in node.args):
            return None
        parts = [self._parameter(arg, False, f"{axis} of ") for axis, arg in enumerate(node.args)]
        self.lines.update({part.id: axis for axis, part in enumerate(parts)})
        return ast.BinOp(parts[0], ast.Mult(), parts[1])

    def _parameter(self, node: ast.expr, is_array: bool, role: str = "") -> ast.Name:
        text = role + ast.unparse(node)
        if text not in self.given:
            name = _LETTERS[len(self.given)] if len(self.given) < len(_LETTERS) else f"a{len(self.given)}"
            self.given[text] = name, node
            self.arrays += [name] if is_array else []
        return ast.Name(self.given[text][0], ast.Load())

    def call(self, name: str, first: list[ast.expr]) -> ast.Call:
        return ast.Call(ast.Name(name, ast.Load()), [*map(_loaded, first), *[node for _, node in self.given.values()]],
                        [])

    def is_array(self, place: int) -> bool:
        """Whether a parameter is an array that the loop reads."""
        return self.parameters[place] in (*self.arrays, *self.lines)

    @property
    def parameters(self) -> list[str]:
        return [name for name, _ in self.given.values()]


def _loaded(node: ast.expr) -> ast.expr:
    """A target as an expression."""
    return ast.parse(ast.unparse(node), mode="eval").body


def _parts(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.BinOp):
        return [node.left, node.right]
    return [node.operand] if isinstance(node, ast.UnaryOp) else node.args       # type: ignore[attr-defined]


def _with_parts(node: ast.expr, parts: list[ast.expr]) -> ast.expr:
    if isinstance(node, ast.BinOp):
        return ast.BinOp(parts[0], node.op, parts[1])
    if isinstance(node, ast.UnaryOp):
        return ast.UnaryOp(node.op, parts[0])
    assert isinstance(node, ast.Call)
    name = ast.Attribute(ast.Name("np", ast.Load()), node.func.attr, ast.Load())    # type: ignore[attr-defined]
    return ast.Call(name, parts, [])


def _element(made: ast.expr, body: _Body) -> str:
    """The expression for one element."""
    index = ", ".join("ijk"[:body.rank])

    class Indexed(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.expr:
            if node.id in body.lines:
                return ast.Name(f"{node.id}[{'ij'[body.lines[node.id]]}]")
            return ast.Name(f"{node.id}[{index}]") if node.id in body.arrays else node
    return ast.unparse(Indexed().visit(ast.parse(ast.unparse(made), mode="eval")))


def _making(name: str, made: ast.expr, body: _Body, again: bool = False) -> str:
    """A function that makes an array; `again`: in the memory of one that it is given, if that has the shape."""
    whole, first = ast.unparse(made), body.arrays[0]
    lines = [f"def {name}({', '.join([*body.parameters, *['out'] * again])}):  # {whole}"]
    if len(body.arrays) > 1 or body.lines:
        lines += _checked(body.arrays, body)
    lines += [f"    if out.shape != {first}.shape:"] * again + [f"{'    ' * (1 + again)}out = np.empty({first}.shape)"]
    return "\n".join([*lines, *_loop("out", "=", _element(made, body), body.rank, 1), "    return out"]) + "\n"


def _writing(name: str, sign: str, made: ast.expr, body: _Body, apart: frozenset[int] = frozenset(),
             again: bool = False) -> str:
    """A function that writes; what it reads may lie in the memory that it writes to, but for the arguments `apart`.

    again: what overlaps is put by in an array that is given, and given back.
    """
    whole, element, overlapping = ast.unparse(made), _element(made, body), _overlapping(body, apart)
    place = f"out {sign}=" if sign else "out[...] ="
    again = again and bool(overlapping)
    lines = [f"def {name}({', '.join(['out', *body.parameters, *['new'] * again])}):  # {place} {whole}"]
    if body.arrays or body.lines:
        lines += _checked(["out", *body.arrays], body)
    if overlapping:
        lines += [f"    if {' or '.join([f'mixed(out, {a})' for a in overlapping])}:",
                  *["        if new.shape != out.shape:"] * again, f"{'    ' * (2 + again)}new = np.empty(out.shape)",
                  *_loop("new", "=", element, body.rank, 2),
                  *_loop("out", f"{sign}=", f"new[{', '.join('ijk'[:body.rank])}]", body.rank, 2),
                  "        return new" if again else "        return"]
    lines += _loop("out", f"{sign}=", element, body.rank, 1)
    return "\n".join([*lines, *["    return new"] * again]) + "\n"


def _overlapping(body: _Body, apart: frozenset[int]) -> list[str]:
    """The arrays that may lie in the memory that a loop writes to."""
    return [a for a in [*body.arrays, *body.lines] if body.parameters.index(a) + 1 not in apart]


def _checked(names: list[str], body: _Body) -> list[str]:
    """What is broadcast, or does not fit together, is left to NumPy."""
    equal = [" == ".join([f"{name}.shape" for name in names])] if len(names) > 1 else []
    equal += [f"{names[0]}.shape[{axis}] == {name}.shape[0]" for name, axis in body.lines.items()]
    return [f"    if not ({' and '.join(equal)}):", "        raise ValueError('shapes differ')"]


def _loop(out: str, sign: str, element: str, rank: int, depth: int) -> list[str]:
    lines = [f"{'    ' * (depth + k)}for {'ijk'[k]} in range({out}.shape[{k}]):" for k in range(rank)]
    return [*lines, f"{'    ' * (depth + rank)}{out}[{', '.join('ijk'[:rank])}] {sign} {element}"]
