"""Comprehensions and generator expressions: with tests, nested, over pairs, of dicts, taken by `sum` and `max`."""
from __future__ import annotations

from tests.generator import expressions as ex
from tests.generator.scope import ARRAY, DICT, INT, ROWS, SCALAR, STACK, Scope, Variable


def comprehension(scope: Scope) -> bool:
    rng = scope.rng
    body, clauses = _clauses(scope)
    e = ex.bounded(scope, ex.scalar(scope, 2, body), 2.0).text
    v = scope.fresh(SCALAR, size=8.0)
    scope.features.add("comprehension")
    rng.choice((_summed, _greatest, _listed, _as_array, _of_lists, _of_pairs))(scope, v, e, clauses)
    scope.assigned(v)
    return True


def _clauses(scope: Scope) -> tuple[list[Variable], str]:
    """What the element may read, and the `for` and `if` parts."""
    rng = scope.rng
    arrays = scope.all(ARRAY)
    stacks = [v for v in scope.all(STACK) if v.length]
    x, y = (rng.choice(arrays) if arrays else None for _ in range(2))
    a, b = Variable("e0", SCALAR, x.size if x else 3.0), Variable("e1", SCALAR, y.size if y else 3.0)
    j = Variable("j0", INT, 3.0, top=2)
    around = [v for v in scope.names if v.type in (SCALAR, ARRAY)]
    around = rng.sample(around, min(2, len(around)))
    forms = [([j], f"for j0 in range({rng.randrange(2, 5)})")]
    if x is not None and y is not None:
        forms += [([a], f"for e0 in {x.name}"), ([j, a], f"for j0, e0 in enumerate({x.name})"),
                  ([a, b], f"for e0, e1 in zip({x.name}, {y.name})"),
                  ([a, b], f"for e0 in {x.name} for e1 in {y.name}"),
                  ([a, j], f"for e0 in {x.name} for j0 in range(2)"),
                  ([a], f"for e0 in reversed({x.name})")]
    if stacks:
        forms += [([a], f"for e0 in {rng.choice(stacks).name}")]
    bound, text = rng.choice(forms)
    if rng.random() < 0.35:
        text += f" if {ex.condition(scope, bound, plain=True)}"
    return [*bound, *bound, *around], text


def _summed(scope: Scope, v: Variable, e: str, clauses: str) -> None:
    scope.line(f"{v.name} = {scope.rng.choice(('sum({})', '0.5 * sum([{}])')).format(f'{e} {clauses}')}")


def _greatest(scope: Scope, v: Variable, e: str, clauses: str) -> None:
    function = scope.rng.choice(("max", "min"))
    form = scope.rng.choice(("{0}(({1}), default=0.5)", "{0}([0.25, *({1})])", "{0}([{1}] or [0.5])"))
    scope.line(f"{v.name} = {form.format(function, f'{e} {clauses}')}")


def _listed(scope: Scope, v: Variable, e: str, clauses: str) -> None:
    terms = scope.fresh(STACK, size=2.0, length=0)
    scope.features.add("list")
    scope.line(f"{terms.name} = {scope.rng.choice(('[{}]', 'list({})')).format(f'{e} {clauses}')}")
    scope.line(f"{v.name} = sum({terms.name}) * len({terms.name})" if scope.rng.random() < 0.4 else
               f"{v.name} = sum({scope.rng.choice(('t * t', 'np.sin(t)'))} for t in {terms.name})")
    scope.assigned(terms)


def _as_array(scope: Scope, v: Variable, e: str, clauses: str) -> None:
    if " if " in clauses:
        _summed(scope, v, e, clauses)
        return
    form = scope.rng.choice(("np.sum(np.array([{}]) ** 2)", "np.mean(np.array([{}]))", "np.stack([{}])[0]"))
    scope.line(f"{v.name} = {form.format(f'{e} {clauses}')}")


def _of_lists(scope: Scope, v: Variable, e: str, clauses: str) -> None:
    """A list of lists, or of arrays."""
    rows = scope.fresh(ROWS)
    n = scope.length
    if scope.rng.random() < 0.5:
        scope.line(f"{rows.name} = [[{e}, 0.5 * t] {clauses} for t in (0.3, 0.8)]")
        scope.line(f"{v.name} = sum(p * q for p, q in {rows.name})")
        return
    u = ex.bounded(scope, ex.array(scope, n, 1), 1.5).text
    scope.features.add("list of arrays")
    scope.line(f"{rows.name} = [({e}) * {u} {clauses}]")
    scope.line(f"{v.name} = sum(np.sum(t ** 2) for t in {rows.name})")


def _of_pairs(scope: Scope, v: Variable, e: str, clauses: str) -> None:
    """A dict made by a comprehension."""
    scope.features.add("dict")
    table = scope.fresh(DICT)
    key = scope.rng.choice(("k0", "k0 % 2", "str(k0)"))
    scope.line(f"{table.name} = {{{key}: t for k0, t in enumerate([{e} {clauses}])}}")
    view = scope.rng.choice(("sum({0}.values())", "sum(t * t for t in {0}.values())",
                             "sum(len(str(key)) * t for key, t in {0}.items())"))
    scope.line(f"{v.name} = {view.format(table.name)}")
