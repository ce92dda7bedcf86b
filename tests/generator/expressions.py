"""Random expressions: text, and a bound on the size of its value."""
from __future__ import annotations

from typing import NamedTuple

from tests.generator.scope import ARRAY, INT, MATRIX, SCALAR, STACK, Scope, Variable


class Expr(NamedTuple):
    text: str
    size: float


def constant(scope: Scope, low: float = 0.2, high: float = 1.9) -> str:
    return repr(round(scope.rng.uniform(low, high), scope.rng.choice((1, 2))))


def bare(text: str) -> str:
    """Without the outermost parentheses."""
    if text[:1] != "(":
        return text
    depth = 0
    for at, char in enumerate(text):
        depth += (char == "(") - (char == ")")
        if depth == 0:
            return text[1:-1] if at == len(text) - 1 and "," not in text else text
    return text


def scalar(scope: Scope, depth: int = 2, only: list[Variable] | None = None) -> Expr:
    """A number; `only` restricts the names that may be read."""
    rng = scope.rng
    if depth <= 0 or rng.random() < 0.2:
        return scalar_atom(scope, only)
    a = scalar(scope, depth - 1, only)
    roll = rng.random()
    if roll < 0.35:
        return unary(scope, a, scalar=True)
    b = scalar(scope, depth - 1, only)
    if roll < 0.92:
        return binary(scope, a, b)
    if roll < 0.96:
        test = condition(scope, only)
        return Expr(f"({a.text} if {test} else {b.text})", max(a.size, b.size))
    name = rng.choice(("max", "min"))
    return Expr(f"{name}({bare(a.text)}, {bare(b.text)})", max(a.size, b.size))


def scalar_atom(scope: Scope, only: list[Variable] | None = None) -> Expr:
    rng = scope.rng
    names = scope.names if only is None else only
    scalars = [v for v in names if v.type == SCALAR]
    arrays = [v for v in names if v.type == ARRAY]
    if scalars and rng.random() < 0.6:
        v = rng.choice(scalars)
        return Expr(v.name, v.size)
    if arrays and rng.random() < 0.75:
        return _of_array(scope, rng.choice(arrays), arrays)
    others = [v for v in names if v.type == MATRIX or (v.type == STACK and v.length > 0)]
    if others and rng.random() < 0.7:
        v = rng.choice(others)
        if v.type == STACK:
            return Expr(f"{v.name}[{rng.choice((0, -1))}]", v.size)
        form = rng.choice(("np.sum({0} * {0})", "{0}[1, 0]", "np.mean({0})"))
        return Expr(form.format(v.name), 9 * v.size ** 2)
    ints = [v for v in names if v.type == INT]
    if ints and rng.random() < 0.5:
        return Expr(rng.choice(("({} + 1)", "float({})", "0.5 ** {}")).format(rng.choice(ints).name), 3.0)
    if scalars:
        v = rng.choice(scalars)
        return Expr(v.name, v.size)
    return Expr(constant(scope), 2.0)


def index(scope: Scope, length: int) -> str:
    """A plain index that is surely in range."""
    ints = [v for v in scope.all(INT) if 0 < v.top <= length]
    if ints and scope.rng.random() < 0.5:
        return scope.rng.choice(ints).name
    return str(scope.rng.randrange(-length, length))


def _of_array(scope: Scope, v: Variable, arrays: list[Variable]) -> Expr:
    rng = scope.rng
    same = rng.choice([w for w in arrays if w.length == v.length])
    forms = [
        Expr(f"{v.name}[{index(scope, v.length)}]", v.size),
        Expr(f"{v.name}[{index(scope, v.length)}]", v.size),
        Expr(f"np.sum({v.name})", v.length * v.size),
        Expr(f"np.mean({v.name})", v.size),
        Expr(f"{v.name}.sum()", v.length * v.size),
        Expr(f"({v.name} @ {same.name})", v.length * v.size * same.size),
        Expr(f"np.dot({v.name}, {same.name})", v.length * v.size * same.size),
        Expr(f"np.sum({v.name} * {same.name})", v.length * v.size * same.size),
        Expr(f"np.sum({v.name}[1:] * {same.name}[:-1])", v.length * v.size * same.size),
        Expr(f"np.max({v.name})", v.size),
        Expr(f"(np.sum({v.name}) / {rng.choice(('len({0})', '{0}.size', '{0}.shape[0]')).format(v.name)})", v.size),
        Expr(f"float({v.name}[0])", v.size),
        Expr(f"np.sum({v.name}[{v.name} > {constant(scope, -0.5, 0.5)}])", v.length * v.size),
    ]
    return rng.choice(forms)


def unary(scope: Scope, a: Expr, scalar: bool) -> Expr:
    text, size = a
    inner = bare(text)
    square = f"{text} * {text}" if len(text) < 12 else f"{text} ** 2"
    forms = [
        Expr(f"np.sin({inner})", 1.0), Expr(f"np.cos({inner})", 1.0), Expr(f"np.tanh({inner})", 1.0),
        Expr(f"(-{text})", size), Expr(f"np.sqrt(1.0 + {square})", 1.0 + size),
        Expr(f"np.log(1.5 + {square})", 1.0 + size), Expr(f"np.exp(-({square}))", 1.0),
        Expr(f"np.exp(0.5 * np.sin({inner}))", 1.7), Expr(f"({text} ** 2)", size ** 2),
        Expr(f"({text} / (1.0 + {square}))", 1.0), Expr(f"abs({inner})", size),
    ]
    if scalar:
        forms += [Expr(f"math.sin({inner})", 1.0), Expr(f"(1.0 / (2.0 + np.cos({inner})))", 1.0)]
    return scope.rng.choice(forms)


def binary(scope: Scope, a: Expr, b: Expr) -> Expr:
    forms = [
        Expr(f"({a.text} + {b.text})", a.size + b.size), Expr(f"({a.text} - {b.text})", a.size + b.size),
        Expr(f"({a.text} * {b.text})", a.size * b.size), Expr(f"({a.text} * {b.text})", a.size * b.size),
        Expr(f"({a.text} / (1.5 + np.cos({bare(b.text)})))", 2.0 * a.size),
        Expr(f"({constant(scope)} * {a.text} + {b.text})", 2.0 * a.size + b.size),
        Expr(f"({a.text} - {constant(scope)} * {b.text})", a.size + 2.0 * b.size),
    ]
    return scope.rng.choice(forms)


def array(scope: Scope, length: int, depth: int = 2, only: list[Variable] | None = None) -> Expr:
    """A fresh array: never a name or a view of one."""
    rng = scope.rng
    a = operand(scope, length, depth - 1, only)
    roll = rng.random()
    if roll < 0.3:
        e = unary(scope, a, scalar=False)
        return Expr(e.text.replace("abs(", "np.abs(", 1) if e.text.startswith("abs(") else e.text, e.size)
    if roll < 0.6:
        return binary(scope, a, operand(scope, length, depth - 1, only))
    if roll < 0.85:
        b = scalar(scope, depth - 1, only)
        return binary(scope, *((a, b) if rng.random() < 0.5 else (b, a))) if b.text[0] not in "0123456789" else \
            Expr(f"({b.text} * {a.text})", a.size * b.size)
    b = operand(scope, length, depth - 1, only)
    test = f"{bare(a.text)} > {constant(scope, -0.5, 0.5)}"
    forms = [
        Expr(f"np.where({test}, {bare(a.text)}, {bare(b.text)})", max(a.size, b.size)),
        Expr(f"np.maximum({bare(a.text)}, {bare(b.text)} + 0.25)", max(a.size, b.size) + 0.25),
        Expr(f"np.minimum({bare(a.text)}, {constant(scope)})", max(a.size, 2.0)),
        Expr(f"(np.outer({bare(a.text)}, {bare(b.text)}) @ {a.text})", length * a.size ** 2 * b.size),
        Expr(f"np.sum(np.outer({bare(a.text)}, {bare(b.text)}), axis={rng.randrange(2)})", length * a.size * b.size),
    ]
    return rng.choice(forms)


def operand(scope: Scope, length: int, depth: int, only: list[Variable] | None = None) -> Expr:
    """An array to be read at once: may be a name or a view."""
    rng = scope.rng
    if depth > 0 and rng.random() < 0.5:
        return array(scope, length, depth, only)
    names = scope.names if only is None else only
    forms = [Expr(v.name, v.size) for v in names if v.type == ARRAY and v.length == length for _ in range(3)]
    for v in names:
        if v.type == ARRAY and v.length == length + 1:
            forms += [Expr(f"{v.name}[1:]", v.size), Expr(f"{v.name}[:-1]", v.size)]
        elif v.type == ARRAY and v.length == length + 2:
            forms += [Expr(f"{v.name}[1:-1]", v.size), Expr(f"{v.name}[2:]", v.size), Expr(f"{v.name}[:-2]", v.size)]
        elif v.type == ARRAY and v.length == length:
            picks = [rng.randrange(length) for _ in range(length)]
            forms += [Expr(f"{v.name}[::-1]", v.size), Expr(f"{v.name}[{picks}]", v.size)]
        elif v.type == MATRIX and v.length == length:
            forms += [Expr(f"{v.name}[{rng.randrange(length)}]", v.size), Expr(f"{v.name}[:, 1]", v.size),
                      Expr(f"{v.name}.T[0]", v.size)]
    if not forms:
        a = scalar_atom(scope, only)
        return Expr(f"({a.text} * np.ones({length}))", a.size)
    return rng.choice(forms)


def matrix(scope: Scope) -> Expr:
    n = scope.length
    a, b = operand(scope, n, 1), operand(scope, n, 1)
    return Expr(f"np.outer({bare(a.text)}, {bare(b.text)})", a.size * b.size)


def condition(scope: Scope, only: list[Variable] | None = None, plain: bool = False) -> str:
    """A test whose value does not change near the point, but for rare points."""
    rng = scope.rng
    roll = rng.random()
    names = scope.names if only is None else only
    ints = [v for v in names if v.type == INT]
    if ints and roll < 0.35:
        i = rng.choice(ints).name
        return rng.choice((f"{i} % 2 == 0", f"{i} > 0", f"{i} == 1", f"{i} != 2"))
    a = scalar_atom(scope, only)
    if roll < 0.8 or plain:
        return f"{a.text} {rng.choice('<>')} {constant(scope, -0.6, 0.9)}"
    if roll < 0.86:
        return f"-{constant(scope)} < {a.text} < {constant(scope)}"
    b = condition(scope, only, plain=True)
    if roll < 0.9:
        return f"not {b}"
    return f"{a.text} > {constant(scope, -0.6, 0.9)} {rng.choice(('and', 'or'))} {b}"


def bounded(scope: Scope, e: Expr, limit: float = 4.0) -> Expr:
    """The expression, squeezed if its value could be large."""
    if e.size <= limit:
        return Expr(bare(e.text), e.size)
    rng = scope.rng
    inner = bare(e.text)
    if rng.random() < 0.6 or e.size > 1e3:
        return Expr(f"{rng.choice(('np.sin', 'np.tanh', 'np.cos'))}({inner})", 1.0)
    factor = max(round(limit / e.size, 2), 0.01)
    return Expr(f"{factor} * {e.text}", limit)
