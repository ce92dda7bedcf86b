"""Longer forms that people write: work lists, histories, recurrences, iteration to convergence, tables of values."""
from __future__ import annotations

from tests.generator import expressions as ex
from tests.generator.scope import ARRAY, INT, SCALAR, STACK, Scope, Variable


def _scalars(scope: Scope, count: int) -> list[Variable]:
    return [scope.fresh(SCALAR, size=4.0) for _ in range(count)]


def worklist(scope: Scope) -> bool:
    """`while todo:` with a pop and pushes of pairs: the shape of a recursion written as a loop."""
    todo, k = scope.fresh(STACK, length=0), scope.fresh(INT)
    total, v = _scalars(scope, 2)
    rng = scope.rng
    scope.features |= {"list", "worklist", "loop"}
    scope.line(f"{total.name} = {rng.choice(('0.0', ex.bounded(scope, ex.scalar(scope, 1)).text))}")
    scope.line(f"{todo.name} = [({ex.bounded(scope, ex.scalar(scope, 1), 2.0).text}, {rng.randrange(1, 4)})]")
    scope.line(f"while {todo.name}:")
    only = [v]
    v.size = 2.0
    with scope.inside():
        scope.line(f"{v.name}, {k.name} = {todo.name}.pop()")
        scope.line(f"{total.name} += {ex.bounded(scope, ex.scalar(scope, 1, only), 1.5).text}")
        scope.line(f"if {k.name} > 0:")
        for _ in range(rng.randrange(1, 3)):
            e = ex.bounded(scope, ex.scalar(scope, 1, [v, *_numbers(scope)]), 2.0)
            scope.line(f"    {todo.name}.append(({e.text}, {k.name} - 1))")
    total.size = 12.0
    scope.assigned(total)
    return True


def _numbers(scope: Scope) -> list[Variable]:
    return [v for v in scope.names if v.type == SCALAR][:2]


def convergence(scope: Scope) -> bool:
    """A loop that ends when an active number is small."""
    a, total = _scalars(scope, 2)
    rng = scope.rng
    scope.features |= {"loop", "while"}
    scope.line(f"{a.name} = {ex.bounded(scope, ex.scalar(scope, 1)).text}")
    scope.line(f"{total.name} = 0.0")
    scope.line(f"while abs({a.name}) > {ex.constant(scope, 0.3, 0.8)}:")
    scope.line(f"    {total.name} += {rng.choice(('{0}', '{0} * {0}', 'np.sin({0})')).format(a.name)}")
    scope.line(f"    {a.name} = {rng.choice(('0.5 * {0}', '0.4 * np.sin({0})', '{0} - 0.6 * {0}')).format(a.name)}")
    for name in (a, total):
        scope.assigned(name)
    return True


def recurrence(scope: Scope) -> bool:
    """Elements of a fresh array from those before them."""
    u, i = scope.fresh(ARRAY, length=scope.length, owned=True, size=4.0), scope.fresh(INT, top=scope.length)
    n = scope.length
    rng = scope.rng
    scope.features |= {"loop", "update"}
    scope.line(f"{u.name} = {rng.choice((f'np.zeros({n})', ex.bounded(scope, ex.array(scope, n)).text))}")
    if rng.random() < 0.5:
        scope.line(f"{u.name}[0] = {ex.bounded(scope, ex.scalar(scope, 1)).text}")
    scope.line(f"for {i.name} in range(1, {rng.choice((str(n), f'len({u.name})'))}):")
    e = ex.bounded(scope, ex.scalar(scope, 1), 2.0).text
    last = f"{u.name}[{i.name} - 1]"
    forms = (f"{u.name}[{i.name}] = 0.5 * {last} + {e}", f"{u.name}[{i.name}] += np.sin({last})",
             f"{u.name}[{i.name}] = np.sin({last}) * {u.name}[{i.name}] - {e}")
    scope.line(f"    {rng.choice(forms)}")
    scope.assigned(u)
    if rng.random() < 0.4:
        t = scope.fresh(SCALAR, size=4.0 * n)
        scope.line(f"{t.name} = np.sum({u.name}[:{rng.randrange(1, n)}]) - {u.name}[-1]")
        scope.assigned(t)
    return True


def history(scope: Scope) -> bool:
    """Copies of an array under way, kept in a list and read later."""
    owned = [v for v in scope.assignable(ARRAY) if v.owned and v.length == scope.length]
    if not owned:
        return False
    u = scope.rng.choice(owned)
    kept, i, row = scope.fresh(STACK), scope.fresh(INT), scope.fresh(ARRAY)
    total = scope.fresh(SCALAR, size=12.0)
    scope.features |= {"list", "loop", "update", "history"}
    scope.line(f"{kept.name} = []")
    scope.line(f"for {i.name} in range({scope.rng.randrange(1, 4)}):")
    scope.line(f"    {kept.name}.append({u.name}.copy())")
    scope.line(f"    {u.name}{scope.rng.choice(('[1:] *= 0.5', '[0] = np.sin({0}[-1])', ' *= 0.7')).format(u.name)}")
    if scope.rng.random() < 0.3:
        scope.line(f"    {u.name} = np.cos({u.name})")
        scope.features.add("merge")
    u.loops |= set(scope.loops)
    scope.line(f"{total.name} = 0.0")
    if scope.rng.random() < 0.5:
        scope.line(f"for {row.name} in {kept.name}:")
        form = scope.rng.choice(("np.sum({0} * {0})", "{0}[0]", "np.mean({0})"))
        scope.line(f"    {total.name} += {form.format(row.name)}")
    else:
        scope.line(f"while {kept.name}:")
        scope.line(f"    {total.name} = 0.5 * {total.name} + np.sum({kept.name}.pop())")
    scope.assigned(total)
    return True


def table(scope: Scope) -> bool:
    """A dict of numbers: displayed, read, written, iterated."""
    d, total, v = scope.fresh(SCALAR), *_scalars(scope, 2)
    rng = scope.rng
    scope.features |= {"dict"}
    parts = [ex.bounded(scope, ex.scalar(scope, 1)).text for _ in range(2)]
    scope.line(f"{d.name} = {{'a': {parts[0]}, 'b': {parts[1]}}}")
    roll = rng.random()
    if roll < 0.5:
        scope.line(f"{total.name} = " + rng.choice(("{0}['a'] * {0}['b']", "np.sin({0}['b'])")).format(d.name))
    else:
        view = rng.choice((".values()", ".items()"))
        k = scope.fresh(INT)
        scope.line(f"{total.name} = 0.0")
        scope.line(f"for {f'{k.name}, {v.name}' if view == '.items()' else v.name} in {d.name}{view}:")
        scope.line(f"    {total.name} += {rng.choice(('{0}', 'np.sin({0})', '{0} * {0}')).format(v.name)}")
        scope.features.add("loop")
    scope.assigned(total)
    return True


def joint_array(scope: Scope) -> bool:
    """An array made fresh on both sides of a branch and written after it."""
    u = scope.fresh(ARRAY, length=scope.length, owned=True, size=4.0)
    scope.features |= {"branch", "merge", "update"}
    for head in (f"if {ex.condition(scope)}:", "else:"):
        scope.line(head)
        scope.line(f"    {u.name} = {ex.bounded(scope, ex.array(scope, scope.length)).text}")
        if scope.rng.random() < 0.5:
            scope.line(f"    {u.name}[{ex.index(scope, scope.length)}] = {ex.bounded(scope, ex.scalar(scope, 1)).text}")
    scope.assigned(u)
    scope.line(f"{u.name}{scope.rng.choice(('[1:]', '[:-1]', '[0]', ''))} *= {ex.constant(scope, 0.3, 0.9)}")
    return True


def whole_number_start(scope: Scope) -> bool:
    """An accumulator that starts as an int and becomes a float."""
    total, i = scope.fresh(SCALAR, size=8.0), scope.fresh(INT, top=3)
    scope.features |= {"loop"}
    scope.line(f"{total.name} = 0")
    scope.line(f"for {i.name} in range({scope.rng.randrange(0, 4)}):")
    with scope.inside():
        scope.names.append(i)
        scope.line(f"{total.name} += {ex.bounded(scope, ex.scalar(scope, 1), 1.5).text}")
    scope.assigned(total)
    return True


def double_buffer(scope: Scope) -> bool:
    """Two arrays that change places in each turn."""
    n = scope.length
    u, w = scope.fresh(ARRAY, length=n, owned=True, size=4.0), scope.fresh(ARRAY, length=n, owned=True, size=4.0)
    i = scope.fresh(INT)
    scope.features |= {"loop", "merge", "update", "swap"}
    scope.line(f"{u.name} = {ex.bounded(scope, ex.array(scope, n)).text}")
    scope.line(f"{w.name} = {scope.rng.choice((f'np.zeros({n})', f'{u.name}.copy()', f'np.zeros_like({u.name})'))}")
    scope.line(f"for {i.name} in range({scope.rng.randrange(0, 4)}):")
    with scope.inside():
        scope.names += [u, w]
        e = ex.bounded(scope, ex.operand(scope, n - 2, 2), 2.0).text
        scope.line(f"{w.name}[1:-1] = {u.name}[1:-1] + 0.2 * ({u.name}[2:] - {u.name}[:-2]) * {e}"
                   if scope.rng.random() < 0.6 else f"{w.name}[1:-1] = np.sin({u.name}[2:]) - {e}")
        scope.line(f"{w.name}[0] = {ex.bounded(scope, ex.scalar(scope, 1), 2.0).text}")
        scope.line(f"{u.name}, {w.name} = {w.name}, {u.name}")
    scope.share(u, w)
    for v in (u, w):
        scope.assigned(v)
    return True


def bound_on_one_path(scope: Scope) -> bool:
    """A name that only one branch binds, read later under the same test."""
    sizes = [v for v in scope.all(INT) if v.name == "n"]
    if not sizes:
        return False
    test = f"n {scope.rng.choice(('>', '<', '!='))} {scope.rng.randrange(1, 3)}"
    t, total = _scalars(scope, 2)
    scope.features |= {"branch", "one path"}
    scope.line(f"{total.name} = {ex.bounded(scope, ex.scalar(scope, 1)).text}")
    scope.line(f"if {test}:")
    scope.line(f"    {t.name} = {ex.bounded(scope, ex.scalar(scope)).text}")
    scope.line(f"if {test}:")
    scope.line(f"    {total.name} += {t.name} * {ex.bounded(scope, ex.scalar(scope, 1), 1.5).text}")
    scope.assigned(total)
    return True


def nested_targets(scope: Scope) -> bool:
    """Loops over zipped and enumerated arrays with nested targets."""
    arrays = [v for v in scope.all(ARRAY) if v.length == scope.length]
    if not arrays:
        return False
    x, y = scope.rng.choice(arrays), scope.rng.choice(arrays)
    i, (a, b, total) = scope.fresh(INT, top=scope.length), _scalars(scope, 3)
    scope.features |= {"loop", "unpack"}
    scope.line(f"{total.name} = 0.0")
    heads = ("{i}, ({a}, {b}) in enumerate(zip({x}, {y}))", "({i}, {a}), {b} in zip(enumerate({x}), {y})")
    scope.line(f"for {scope.rng.choice(heads).format(i=i.name, a=a.name, b=b.name, x=x.name, y=y.name)}:")
    with scope.inside():
        scope.names += [i, a, b]
        scope.line(f"{total.name} += {ex.bounded(scope, ex.scalar(scope, 2, [a, b, i]), 1.5).text}")
    total.size = 8.0
    scope.assigned(total)
    return True


def known_after_the_loop(scope: Scope) -> bool:
    """Names that a loop binds, its target too, read after it: the loop surely runs."""
    arrays = scope.all(ARRAY)
    if not arrays:
        return False
    x = scope.rng.choice(arrays)
    i, (a, last) = scope.fresh(INT), _scalars(scope, 2)
    scope.features.add("loop")
    scope.line(f"for {i.name}, {a.name} in enumerate({x.name}):")
    with scope.inside():
        scope.names.append(a)
        scope.line(f"{last.name} = {ex.bounded(scope, ex.scalar(scope)).text}")
        if scope.rng.random() < 0.4:
            scope.line(f"if {ex.condition(scope, plain=True)}:")
            scope.line("    break")
            scope.features |= {"exit", "break"}
    for v in (i, a, last):
        scope.assigned(v)
    return True
