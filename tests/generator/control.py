"""Random branches and loops with exits, and the choice of the next statement."""
from __future__ import annotations

from tests.generator import expressions as ex
from tests.generator import statements as st
from tests.generator.scope import ARRAY, INT, MATRIX, PAIR, SCALAR, STACK, Scope, Variable

_DEEPEST = 4

NOT_TRIED: set[st.Statement] = set()        # what is refused in a `try` block: calls that write to what they are given
RICH: set[st.Statement] = set()     # what needs kinds, or objects of Python's, to be evaluated
FORMS: dict[st.Statement, float] = {}       # what a statement may be, and how often; see `weights.py`


def block(scope: Scope, most: int) -> None:
    """One to `most` statements, as the budget allows."""
    for _ in range(scope.rng.randrange(1, most + 1)):
        if scope.budget > 0:
            statement(scope)


def statement(scope: Scope) -> None:
    """One statement of a random form that is possible here."""
    scope.budget -= 1
    weights = dict(FORMS)
    if scope.depth >= _DEEPEST:
        for compound in (branch, for_loop, while_loop):
            weights[compound] = 0.0
    if scope.plain:
        weights.update(dict.fromkeys(RICH, 0.0))
    if scope.tried:
        weights.update(dict.fromkeys(NOT_TRIED, 0.0))
    if scope.depth > 1:
        weights[st.rebind_owned] = 3.0
    if len(scope.loops) > 1:
        weights[for_loop] = weights[while_loop] = 0.0
    forms = list(weights)
    for _ in range(20):
        if scope.rng.choices(forms, list(weights.values()))[0](scope):
            return
    st.scalar_assignment(scope)


def branch(scope: Scope) -> bool:
    """`if` with `elif` and `else`, or a guard that leaves; both sides may bind a new name."""
    rng = scope.rng
    scope.features.add("branch")
    if rng.random() < 0.35:
        return leaving_branch(scope)
    joint = scope.fresh(SCALAR, size=4.0) if rng.random() < 0.3 else None
    heads = ["if"] + ["elif"] * (rng.random() < 0.25) + ["else"] * (joint is not None or rng.random() < 0.6)
    for head in heads:
        scope.line("else:" if head == "else" else f"{head} {ex.condition(scope)}:")
        with scope.inside():
            if joint is not None:
                scope.line(f"{joint.name} = {ex.bounded(scope, ex.scalar(scope)).text}")
            block(scope, 2)
    if joint is not None:
        scope.assigned(joint)
    return True


def leaving_branch(scope: Scope) -> bool:
    """`if c: ...; break`, `continue` or `return`, sometimes with an `else` that goes on."""
    rng = scope.rng
    choices = ["return"] if scope.depth < 3 or rng.random() < 0.3 else []
    if scope.loops:
        choices += ["break", "break", "continue"]
    if not choices:
        return False
    exit = rng.choice(choices)
    scope.line(f"if {ex.condition(scope)}:")
    with scope.inside():
        if rng.random() < 0.5:
            block(scope, 2)
        leave(scope, exit)
    if rng.random() < 0.2:
        scope.line("else:")
        with scope.inside():
            block(scope, 2)
    return True


def leave(scope: Scope, exit: str) -> None:
    scope.features |= {"exit", exit}
    scope.line(result(scope) if exit == "return" else exit)


def result(scope: Scope) -> str:
    """A `return` of what the function gives."""
    if scope.gives == ARRAY:
        values = [v for v in scope.all(ARRAY) if v.length == scope.length]
        if values and scope.rng.random() < 0.4:
            return f"return {scope.rng.choice(values).name}"
        return f"return {ex.bounded(scope, ex.array(scope, scope.length)).text}"
    if scope.gives == PAIR:
        return f"return {ex.bounded(scope, ex.scalar(scope)).text}, {ex.bounded(scope, ex.scalar(scope, 1)).text}"
    return f"return {ex.bounded(scope, ex.scalar(scope)).text}"


def for_loop(scope: Scope) -> bool:
    """Over a range, an array, its rows, enumerated or zipped, over a list or a reversed one."""
    scope.features.add("loop")
    head, bound, iterated = _head(scope)
    scope.line(head)
    if iterated is not None:
        iterated.frozen = True      # a list does not grow while it is iterated
    body(scope, bound)
    if iterated is not None:
        iterated.frozen = False
    return True


def body(scope: Scope, bound: list[Variable], first: str | None = None) -> None:
    """The statements of a loop that binds names, and perhaps its `else`."""
    number = scope.loop_count = scope.loop_count + 1
    scope.loops.append(number)
    exits = scope.features & {"break"}
    scope.features -= {"break"}
    with scope.inside():
        for v in bound:
            v.loops |= set(scope.loops)
            scope.names.append(v)
        if first:
            scope.line(first)
        block(scope, 4)
    scope.loops.pop()
    if "break" in scope.features and scope.rng.random() < 0.4:
        scope.features.add("loop else")
        scope.line("else:")
        with scope.inside():
            block(scope, 2)
    scope.features |= exits


def _head(scope: Scope) -> tuple[str, list[Variable], Variable | None]:
    """The first line of a loop, the names it binds, and the list it iterates over."""
    rng = scope.rng
    roll = rng.random()
    arrays = [v for v in scope.all(ARRAY) if v.length > 1]
    stacks = scope.assignable(STACK)
    matrices = scope.all(MATRIX)
    if arrays and roll < 0.45:
        return _over_arrays(scope, arrays)
    if matrices and roll < 0.6:
        m = rng.choice(matrices)
        row = scope.fresh(ARRAY, length=m.length, size=m.size, memory=m.memory.root(), how="view")
        scope.features.add("rows")
        return f"for {row.name} in {m.name}:", [row], None
    a = scope.fresh(SCALAR, size=4.0)
    if stacks and roll < 0.65:
        s = rng.choice(stacks)
        scope.features.add("list")
        return f"for {a.name} in {rng.choice((s.name, s.name, f'reversed({s.name})'))}:", [a], s
    if roll < 0.7:
        parts = [ex.bounded(scope, ex.scalar(scope, 1)).text for _ in range(rng.randrange(2, 4))]
        return f"for {a.name} in {rng.choice(('[{}]', '({})')).format(', '.join(parts))}:", [a], None
    return _over_range(scope)


def _over_arrays(scope: Scope, arrays: list[Variable]) -> tuple[str, list[Variable], None]:
    rng = scope.rng
    x, y = rng.choice(arrays), rng.choice(arrays)
    a, b = scope.fresh(SCALAR, size=x.size), scope.fresh(SCALAR, size=y.size)
    roll = rng.random()
    if roll < 0.35:
        return f"for {a.name} in {rng.choice((x.name, f'reversed({x.name})', x.name))}:", [a], None
    if roll < 0.65:
        i = scope.fresh(INT, top=x.length)
        return f"for {i.name}, {a.name} in enumerate({x.name}):", [i, a], None
    return f"for {a.name}, {b.name} in zip({x.name}, {y.name}):", [a, b], None


def _over_range(scope: Scope) -> tuple[str, list[Variable], None]:
    rng = scope.rng
    sizes = [v for v in scope.all(INT) if v.name == "n"]
    stop = "n" if sizes and rng.random() < 0.5 else str(rng.randrange(0, 5) or 2)
    i = scope.fresh(INT, top=0 if stop == "n" else int(stop))
    forms = [f"range({stop})", f"range({stop})", f"range({stop} - 1, -1, -1)", f"reversed(range({stop}))"]
    if i.top > 1:
        forms += [f"range(1, {stop})", f"range(0, {stop}, 2)"]
    return f"for {i.name} in {rng.choice(forms)}:", [i], None


def while_loop(scope: Scope) -> bool:
    """A loop that a counter bounds, with an active condition beside it or none."""
    rng = scope.rng
    scope.features |= {"loop", "while"}
    k = scope.fresh(INT)
    k.frozen = True
    scope.line(f"{k.name} = 0")
    scope.assigned(k)
    test = f"{k.name} < {rng.randrange(1, 4)}"
    if rng.random() < 0.5:
        test += f" and {ex.condition(scope, plain=True)}"
    scope.line(f"while {test}:")
    k.top = 0
    body(scope, [], f"{k.name} += 1")
    return True
