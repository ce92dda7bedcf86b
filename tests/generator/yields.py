"""Generators, of the module and inner ones, and the loops, sums and pairings that take what they yield."""
from __future__ import annotations

from random import Random

from tests.generator import control
from tests.generator import expressions as ex
from tests.generator.scope import ARRAY, FUNCTION, GENERATOR, INT, SCALAR, Scope, Variable

_PAIRED = "paired"


def generator(rng: Random, name: str, length: int, known: list[Variable]) -> tuple[str, Variable]:
    """`def gen0(x, y): for ...: yield ...`, of the module."""
    x, y = Variable("x", rng.choice((SCALAR, ARRAY)), 2.0, length), Variable("y", SCALAR, 2.0)
    scope = Scope(rng, length=length, names=[x, y], taken={"x", "y"})
    scope.lines.append(f"def {name}(x, y):")
    gives = _body(scope, x, y, [g for g in known if g.takes == (x.type, SCALAR) and g.gives == SCALAR])
    return "\n".join(scope.lines), Variable(name, GENERATOR, takes=(x.type, SCALAR), gives=gives)


def _body(scope: Scope, x: Variable, y: Variable, known: list[Variable]) -> str:
    rng = scope.rng
    e = Variable("e", SCALAR, 2.0)
    shape = rng.choice(("each", "state", "while", "paired", "from") if x.type == ARRAY else ("state", "while", "from"))

    def number(*names: Variable) -> str:
        return ex.bounded(scope, ex.scalar(scope, 2, list(names)), 1.5).text
    if shape in ("each", "paired"):
        scope.line(f"for {'i, e in enumerate(x)' if shape == 'paired' else 'e in x'}:")
        if rng.random() < 0.4:
            scope.line(f"    if {ex.condition(scope, [e, y], plain=True)}:")
            scope.line(f"        {rng.choice(('continue', 'yield ' + ('i, ' * (shape == 'paired')) + number(e)))}")
        scope.line(f"    yield {'i, ' * (shape == 'paired')}{number(e, y)}")
        return SCALAR if shape == "each" else _PAIRED
    if shape == "from" and known:
        scope.line(f"yield from {rng.choice(known).name}(x, {number(y)})")
        scope.line(f"yield {number(y)}")
        return SCALAR
    scope.line(f"s = {number(x, y)}")
    s = Variable("s", SCALAR, 2.0)
    if shape == "while":
        scope.line("k = 0")
        scope.line("while k < 3:")
        scope.line("    k += 1")
        if rng.random() < 0.4:
            scope.line(f"    if {ex.condition(scope, [s, y], plain=True)}:")
            scope.line(f"        {rng.choice(('return', 'continue', 'break'))}")
    else:
        scope.line(f"for i in range({rng.randrange(1, 4)}):")
    order = [f"    yield {rng.choice(('s', number(s, y)))}", f"    s = {number(s, y)}"]
    rng.shuffle(order)
    for line in order:
        scope.line(line)
    if rng.random() < 0.2:
        scope.line(f"yield {number(s, y)}")
    return SCALAR


def inner_generator(scope: Scope) -> bool:
    """A generator inside the function that reads what is around it."""
    rng = scope.rng
    captured = [v for t in (SCALAR, ARRAY) for v in scope.capturable(t)]
    captured = rng.sample(captured, min(2, len(captured)))
    g = scope.fresh(FUNCTION, gives="yields", takes=(SCALAR,))
    e = Variable("v0", SCALAR, 2.0)
    scope.line(f"def {g.name}(v0):")
    arrays = [v for v in captured if v.type == ARRAY]
    body = ex.bounded(scope, ex.scalar(scope, 2, [e, *captured]), 1.5).text
    with scope.inside():
        if arrays and rng.random() < 0.5:
            scope.line(f"for t in {arrays[0].name}:")
            scope.line(f"    yield t * {body}")
        else:
            scope.line(f"for t in range({rng.randrange(1, 4)}):")
            scope.line(f"    v0 = {body}")
            scope.line("    yield v0")
    for v in captured:
        v.frozen = True
    g.type = GENERATOR
    scope.names.append(g)
    return consume(scope, g)


def consume(scope: Scope, g: Variable | None = None) -> bool:
    """A loop, a sum, a pairing, a list of what a generator yields."""
    rng = scope.rng
    known = [*scope.provided(GENERATOR), *scope.all(GENERATOR)]
    if g is None and not known:
        return False
    g = g or rng.choice(known)
    call = f"{g.name}({', '.join(_argument(scope, what) for what in g.takes)})"
    scope.features |= {"generator", "call"}
    if (rng.random() < 0.4 or g.gives == _PAIRED) and len(scope.loops) < 2 and scope.depth < 4:
        return _loop(scope, g, call)
    v = scope.fresh(SCALAR, size=6.0)
    other = rng.choice([w.name for w in scope.all(ARRAY)] or ["(0.3, 0.8)"])
    item = "t" if g.gives == SCALAR or g.gives == "yields" else "t[1]"
    forms = [f"sum({item} * t2 for t, t2 in zip({call}, {other}))", f"sum({item} for t in {call})",
             f"sum((k + 1) * {item} for k, t in enumerate({call}))", f"max([0.1, *[{item} for t in {call}]])",
             f"sum([{item} * {item} for t in {call} if {item} > 0.1])", f"len(list({call})) * 0.5"]
    if item == "t":
        forms += [f"sum({call})", f"np.sum(np.array([0.5, *{call}]))", f"sum(list({call}))",
                  f"sum(map(np.sin, {call}))", f"max({call}, default=0.3)"]
    scope.line(f"{v.name} = {rng.choice(forms)}")
    scope.assigned(v)
    return True


def _loop(scope: Scope, g: Variable, call: str) -> bool:
    a, i = scope.fresh(SCALAR, size=3.0), scope.fresh(INT)
    bound = [a]
    target = a.name
    if g.gives == _PAIRED:
        target, bound = f"{i.name}, {a.name}", [i, a]
    elif scope.rng.random() < 0.3:
        target, call, bound = f"{i.name}, {a.name}", f"enumerate({call})", [i, a]
    scope.features.add("loop")
    scope.line(f"for {target} in {call}:")
    control.body(scope, bound)
    return True


def _argument(scope: Scope, what: str) -> str:
    if what == SCALAR:
        return ex.bounded(scope, ex.scalar(scope, 1), 2.0).text
    arrays = [v for v in scope.all(ARRAY) if v.length == scope.length and v.size <= 4.0]
    if arrays and scope.rng.random() < 0.7:
        return scope.rng.choice(arrays).name
    return ex.bounded(scope, ex.array(scope, scope.length, 1), 2.0).text
