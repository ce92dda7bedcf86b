"""Random statements: each writes lines into a scope, keeps its facts true and notes the features it used."""
from __future__ import annotations

from collections.abc import Callable

from tests.generator import expressions as ex
from tests.generator.scope import ARRAY, INT, MATRIX, SCALAR, STACK, Scope, Variable

Statement = Callable[[Scope], bool]     # False: not possible here, nothing written


def assign(scope: Scope, variable: Variable, e: ex.Expr) -> None:
    variable.size = e.size if variable not in scope.names else max(variable.size, e.size) if scope.loops else e.size
    scope.line(f"{variable.name} = {e.text}")
    scope.rebound(variable)
    scope.assigned(variable)


def scalar_assignment(scope: Scope) -> bool:
    old = scope.assignable(SCALAR)
    v = scope.rng.choice(old) if old and scope.rng.random() < 0.55 else scope.fresh(SCALAR)
    assign(scope, v, ex.bounded(scope, ex.scalar(scope)))
    return True


def scalar_update(scope: Scope) -> bool:
    old = scope.assignable(SCALAR)
    if not old:
        return False
    v = scope.rng.choice(old)
    e = ex.bounded(scope, ex.scalar(scope), 1.5)
    if v.size > 12.0 or scope.rng.random() < 0.2:
        scope.line(f"{v.name} *= {ex.constant(scope, 0.3, 0.9)}")
    else:
        scope.line(f"{v.name} {scope.rng.choice(('+=', '-=', '+='))} {e.text}")
        v.size += e.size * (4.0 if scope.loops else 1.0)
    scope.assigned(v)
    return True


def array_assignment(scope: Scope) -> bool:
    """A new value for an array that may be aliased: fresh, a view, or another name of one."""
    rng = scope.rng
    old = scope.assignable(ARRAY)
    if old and rng.random() < 0.4:
        v = rng.choice(old)
        n = v.length
    else:
        n = max(1, scope.length - (rng.random() < 0.15))
        v = scope.fresh(ARRAY, length=n)
    values = scope.writable(ARRAY) if v.place else scope.all(ARRAY)     # methods write to what attributes hold
    same = [w for w in values if w.length == n and w is not v]
    longer = [w for w in values if w.length == n + 1]
    roll = rng.random()
    if same and roll < 0.12:
        w = rng.choice(same)
        scope.features.add("alias")
        assign(scope, v, ex.Expr(w.name, w.size))
        scope.share(v, w)
        v.how = v.how or "alias"
    elif longer and roll < 0.5:
        w = rng.choice(longer)
        scope.features.add("view")
        assign(scope, v, ex.Expr(f"{w.name}{rng.choice(('[1:]', '[:-1]'))}", w.size))
        scope.share(v, w)
        v.how = "view"
    else:
        assign(scope, v, ex.bounded(scope, ex.array(scope, n)))
    return True


def owned_array(scope: Scope) -> bool:
    """A fresh array that will be written."""
    rng = scope.rng
    n = scope.length
    v = scope.fresh(ARRAY, length=n, owned=True)
    arrays = [w for w in scope.all(ARRAY) if w.length == n]
    roll = rng.random()
    if arrays and roll < 0.4:
        w = rng.choice(arrays)
        e = ex.Expr(f"{w.name}.copy()", w.size)
    elif roll < 0.6:
        like = f"np.zeros_like({rng.choice(arrays).name})" if arrays and rng.random() < 0.4 else f"np.zeros({n})"
        e = ex.Expr(like, 0.5)
    elif roll < 0.65:
        e = ex.Expr(f"np.ones({n})", 1.0)
    else:
        e = ex.bounded(scope, ex.array(scope, n))
    assign(scope, v, e)
    return write(scope, v)


def array_update(scope: Scope) -> bool:
    rng = scope.rng
    owned = [v for v in scope.writable(ARRAY) if v.owned]
    if not owned or rng.random() < 0.5:
        owned = [v for v in scope.writable(ARRAY) if scope.mates(v) or rng.random() < 0.15] or owned
    return bool(owned) and write(scope, rng.choice(owned))


def write(scope: Scope, v: Variable) -> bool:
    """A write to an array, in one of many forms; often, what shares its memory is read at once."""
    if v.memory.root().outside:
        return False
    _store(scope, v)
    noticed(scope, v)
    return True


def noticed(scope: Scope, v: Variable, always: bool = False) -> None:
    """What was written to is read by another name."""
    mates = [w for w in scope.mates(v) if w.type in (ARRAY, MATRIX)]
    memory = v.memory.root()
    if mates or memory.param:
        scope.features.add("memory")
    if memory.param:
        scope.features.add("argument written")
    if not mates or not always and scope.rng.random() < 0.25:
        return
    w = scope.rng.choice(mates)
    scope.features |= {f"{part.how} written" for part in (v, w) if part.how in ("alias", "view")}
    form = scope.rng.choice(("np.sum({0} ** 2)", "np.sum({0})", "np.sum({0} * np.cos({0}))"))
    if scope.rng.random() < 0.5 and scope.depth == 1:
        scope.musts.append(form.format(w.name))         # at the end
        return
    t = scope.fresh(SCALAR, size=w.length * w.size ** 2)
    assign(scope, t, ex.bounded(scope, ex.Expr(form.format(w.name), t.size)))
    if scope.depth == 1:
        scope.musts.append(t.name)


def _store(scope: Scope, v: Variable) -> None:
    rng = scope.rng
    scope.features.add("update")
    n = v.length
    part, length = rng.choice(parts(n))
    roll = rng.random()
    if roll < 0.3:
        sign, limit = rng.choice((("=", 4.0), ("=", 4.0), ("+=", 1.5), ("-=", 1.5)))
        e = ex.bounded(scope, ex.scalar(scope), limit)
        scope.line(f"{v.name}[{ex.index(scope, n)}] {sign} {e.text}")
    elif roll < 0.4:
        e = ex.Expr("", v.size)
        scope.line(f"{v.name}{rng.choice((f'[{ex.index(scope, n)}]', part))} *= {ex.constant(scope, 0.3, 0.95)}")
    elif roll < 0.8:
        sign, limit = rng.choice((("=", 4.0), ("+=", 1.5), ("-=", 1.5)))
        e = ex.bounded(scope, ex.array(scope, length), limit)
        scope.line(f"{v.name}{part} {sign} {e.text}")
    elif roll < 0.83:
        picks = [rng.randrange(n) for _ in range(2)]
        e = ex.Expr("", 3.0)
        if scope.tried or rng.random() < 0.4:          # a pick that is there twice gets the last value
            sign = rng.choice(("=", "+=", "*="))
            scope.line(f"{v.name}[{picks}] {sign} {ex.bounded(scope, ex.array(scope, 2, 1), 1.5).text}")
        else:
            scope.line(f"np.add.at({v.name}, {picks}, {ex.bounded(scope, ex.scalar(scope), 1.5).text})")
            scope.features.add("add.at")
    elif roll < 0.95:
        e = ex.bounded(scope, ex.array(scope, n) if rng.random() < 0.7 else ex.scalar(scope), 1.5)
        scope.line(f"{v.name} {rng.choice(('+=', '-='))} {e.text}")
    else:
        e = ex.bounded(scope, ex.array(scope, n), 1.5)
        scope.line(f"{v.name} *= {e.text}")
        e = ex.Expr("", v.size * e.size)
    v.size = max(v.size, e.size) + (4.0 if scope.loops else 1.0)
    if v.size > 12.0:
        scope.line(f"{v.name} *= 0.3")
        v.size *= 0.3
    scope.grown(v, v.size)
    v.loops |= set(scope.loops)


def parts(n: int) -> list[tuple[str, int]]:
    """Parts of an array of length `n`, with their lengths."""
    found = [("[1:]", n - 1), ("[:-1]", n - 1), ("[1:-1]", n - 2), ("[:]", n), ("[::-1]", n), ("[...]", n),
             ("[::2]", (n + 1) // 2), ("[-1:0:-1]", n - 1), ("[None, :]", n)]
    return [(part, length) for part, length in found if length > 0]


def rebind_owned(scope: Scope) -> bool:
    """A written array gets a new fresh value: inside a loop or branch, a merge of mutated arrays."""
    rng = scope.rng
    owned = [v for v in scope.assignable(ARRAY) if v.owned]
    if not owned:
        return False
    v = rng.choice(owned)
    roll = rng.random()
    same = [w for w in owned if w is not v and w.length == v.length]
    if scope.loops or scope.depth > 1:
        scope.features.add("merge")
    if roll < 0.3:
        assign(scope, v, ex.Expr(f"{v.name}.copy()", v.size))
    elif roll < 0.4:
        w = scope.fresh(ARRAY, length=v.length)
        scope.line(f"{w.name} = {v.name}")          # the old array under another name, then a new one
        scope.share(w, v)
        w.size = v.size
        scope.assigned(w)
        assign(scope, v, ex.Expr(f"{v.name}.copy()", v.size))
    elif roll < 0.45 and same:
        w = rng.choice(same)
        scope.line(f"{v.name}, {w.name} = {w.name}, {v.name}")
        v.size = w.size = max(v.size, w.size)
        scope.features.add("swap")
        scope.share(v, w)
        scope.assigned(v)
        scope.assigned(w)
    else:
        assign(scope, v, ex.bounded(scope, ex.array(scope, v.length)))
    return write(scope, v) if rng.random() < 0.7 else True


def matrix_assignment(scope: Scope) -> bool:
    v = scope.fresh(MATRIX, length=scope.length)
    e = ex.matrix(scope)
    assign(scope, v, e if e.size < 8.0 else ex.Expr(f"np.tanh({e.text})", 1.0))
    scope.features.add("matrix")
    v.how = "fresh" if scope.depth == 1 else ""
    return True


def unpacking(scope: Scope) -> bool:
    """Tuples made, taken apart, nested, starred, swapped."""
    rng = scope.rng
    scope.features.add("unpack")
    old = scope.assignable(SCALAR)
    roll = rng.random()
    if len(old) >= 2 and roll < 0.3:
        a, b = rng.sample(old, 2)
        scope.line(f"{a.name}, {b.name} = {b.name}, {ex.bounded(scope, ex.scalar(scope)).text}")
        a.size = b.size = max(a.size, b.size, 4.0)
        scope.assigned(a)
        scope.assigned(b)
        return True
    exact = [v for v in scope.all(ARRAY) if v.length == 3]
    news = [scope.fresh(SCALAR) for _ in range(3)]
    if exact and roll < 0.55:
        v = rng.choice(exact)
        scope.line(f"{', '.join(n.name for n in news)} = {v.name}")
        sizes = [v.size] * 3
    else:
        parts = [ex.bounded(scope, ex.scalar(scope, 1)) for _ in range(3)]
        sizes = [p.size for p in parts]
        a, b, c = (n.name for n in news)
        x, y, z = (p.text for p in parts)
        form = rng.choice((0, 1, 2))
        if form == 0:
            scope.line(f"({a}, {b}), {c} = ({x}, {y}), {z}")
        elif form == 1:
            pair = scope.fresh(SCALAR)
            scope.line(f"{pair.name} = ({x}, {y}, {z})")
            scope.line(f"{a}, {b}, {c} = {pair.name}")
        else:
            scope.line(f"{a}, *{b} = [{x}, {y}, {z}]")
            scope.line(f"{b}, {c} = {b}")
    for new, size in zip(news, sizes):
        new.size = size
        scope.assigned(new)
    return True


def chained(scope: Scope) -> bool:
    a, b = scope.fresh(SCALAR), scope.fresh(SCALAR)
    e = ex.bounded(scope, ex.scalar(scope))
    scope.line(f"{a.name} = {b.name} = {e.text}")
    for v in (a, b):
        v.size = e.size
        scope.assigned(v)
    return True


def counter(scope: Scope) -> bool:
    """Integer bookkeeping, an assert with a message: inactive code."""
    ints = [v for v in scope.assignable(INT) if v.top == 0]
    if ints and scope.rng.random() < 0.6:
        v = scope.rng.choice(ints)
        scope.line(f"{v.name} += {scope.rng.randrange(1, 3)}")
        if scope.rng.random() < 0.3:
            scope.line(f"assert {v.name} >= 0, f'{{{v.name}}} is negative'")
    else:
        v = scope.fresh(INT)
        scope.line(f"{v.name} = {scope.rng.randrange(0, 3)}")
    scope.assigned(v)
    return True


def new_stack(scope: Scope) -> bool:
    parts = [ex.bounded(scope, ex.scalar(scope, 1)) for _ in range(scope.rng.randrange(0, 3))]
    v = scope.fresh(STACK, length=len(parts), size=4.0)
    scope.line(f"{v.name} = [{', '.join(p.text for p in parts)}]")
    scope.assigned(v)
    return push(scope, v)


def push(scope: Scope, v: Variable) -> bool:
    scope.features.add("list")
    scope.line(f"{v.name}.append({ex.bounded(scope, ex.scalar(scope)).text})")
    v.length += 1
    v.loops |= set(scope.loops)
    return True


def use_stack(scope: Scope) -> bool:
    """Push, pop, drain or read a list."""
    rng = scope.rng
    stacks = scope.assignable(STACK)
    if not stacks:
        return False
    v = rng.choice(stacks)
    scope.features.add("list")
    roll = rng.random()
    if roll < 0.35 or v.length == 0:
        return push(scope, v)
    new = scope.fresh(SCALAR, size=4.0)
    v.loops |= set(scope.loops)
    nested = scope.depth > 1
    if roll < 0.6:
        if nested:
            old = scope.assignable(SCALAR)
            if not old:
                return push(scope, v)
            t = rng.choice(old)
            scope.line(f"if len({v.name}) > 1:")
            with scope.inside():
                scope.line(f"{t.name} = {v.name}.pop()")
                scope.assigned(t)
            t.size = max(t.size, 4.0)
            v.length = min(v.length, 1)
            return True
        if v.length > 1:
            scope.line(f"{new.name} = {v.name}.pop()")
            v.length -= 1
            scope.assigned(new)
            return True
    if roll < 0.75 and not nested:
        scope.features.add("drain")
        scope.line(f"{new.name} = {ex.constant(scope)}")
        scope.line(f"while {v.name}:")
        scope.line(f"    {new.name} += {rng.choice(('{}.pop()', 'np.sin({}.pop())')).format(v.name)}")
        v.length = 0
    else:
        forms = (f"{v.name}[-1] * {v.name}[0]", f"sum({v.name})", f"{v.name}[0] / len({v.name})")
        scope.line(f"{new.name} = {rng.choice(forms)}")
    new.size = 8.0
    scope.assigned(new)
    return True


def set_element(scope: Scope) -> bool:
    """A write to an element of a list."""
    stacks = [v for v in scope.assignable(STACK) if v.length > 0]
    if not stacks:
        return False
    v = scope.rng.choice(stacks)
    scope.features.add("list")
    sign = scope.rng.choice(("=", "="))
    scope.line(f"{v.name}[{scope.rng.choice((0, -1))}] {sign} {ex.bounded(scope, ex.scalar(scope)).text}")
    v.loops |= set(scope.loops)
    return True


def comprehension(scope: Scope) -> bool:
    rng = scope.rng
    v = scope.fresh(SCALAR)
    arrays = scope.all(ARRAY)
    e = Variable("e", SCALAR, 3.0)
    if arrays and rng.random() < 0.6:
        source, item = rng.choice(arrays), e
        over = source.name
        e.size = source.size
    else:
        item = Variable("j0", INT, 3.0, top=2)
        over = f"range({rng.randrange(2, 5)})"
    body = ex.bounded(scope, ex.scalar(scope, 2, [*_readable(scope), item]))
    test = f" if {item.name} % 2 == 0" if item.type == INT and rng.random() < 0.4 else ""
    scope.features.add("comprehension")
    if rng.random() < 0.5:
        terms = scope.fresh(STACK, length=0 if test else min(2, 5), size=body.size)
        scope.line(f"{terms.name} = [{body.text} for {item.name} in {over}{test}]")
        scope.features.add("list")
        scope.assigned(terms)
        scope.line(f"{v.name} = sum({terms.name})")
    else:
        scope.line(f"{v.name} = sum({body.text} for {item.name} in {over}{test})")
    v.size = 5 * body.size
    scope.assigned(v)
    return True


def _readable(scope: Scope) -> list[Variable]:
    return [v for v in scope.names if v.type in (SCALAR, ARRAY)]
