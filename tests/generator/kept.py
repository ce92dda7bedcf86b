"""Functions in lists: made in a loop, of one text or of several, by what they captured or see late; called later."""
from __future__ import annotations

from tests.generator import expressions as ex
from tests.generator import statements as st
from tests.generator.scope import ARRAY, INT, SCALAR, Scope, Variable


def kept_functions(scope: Scope) -> bool:
    """A list of lambdas, filled in a loop or a comprehension; what they captured may change before they are called."""
    rng = scope.rng
    fs, f = scope.fresh(SCALAR), scope.fresh(SCALAR)
    k, total = scope.fresh(INT), scope.fresh(SCALAR, size=4.0)
    fs.name, f.name = f"{fs.name}_functions", f"{f.name}_function"
    seen = [v for v in scope.names if v.type == SCALAR and not v.place][:3]
    scope.features |= {"kept function", "closure", "loop", "list"}
    if rng.random() < 0.25:
        scope.line(f"{fs.name} = [{_lambda(scope, seen, k)} for {k.name} in range({rng.randrange(1, 4)})]")
    else:
        _filled(scope, fs, k, seen)
    _changed(scope, seen)
    scope.line(f"{total.name} = {ex.bounded(scope, ex.scalar(scope, 1)).text}")
    _called(scope, fs, f, total)
    scope.assigned(total)
    return True


def _filled(scope: Scope, fs: Variable, k: Variable, seen: list[Variable]) -> None:
    rng = scope.rng
    scope.line(f"{fs.name} = []")
    scope.line(f"for {k.name} in range({rng.randrange(1, 4)}):")
    with scope.inside():
        if rng.random() < 0.3:
            _changed(scope, seen)
        if rng.random() < 0.4:
            scope.line(f"if {k.name} % 2:")
            scope.line(f"    {fs.name}.append({_lambda(scope, seen, k)})")
            scope.line("else:")
            scope.line(f"    {fs.name}.append({rng.choice(('np.sin', 'np.tanh', _lambda(scope, seen, k)))})")
        else:
            scope.line(f"{fs.name}.append({_lambda(scope, seen, k)})")
        if rng.random() < 0.2:
            _changed(scope, seen)


def _lambda(scope: Scope, seen: list[Variable], k: Variable) -> str:
    rng = scope.rng
    late = ex.bounded(scope, ex.scalar(scope, 1, seen), 1.5).text if seen else "0.4"
    early = ex.bounded(scope, ex.scalar(scope, 1, seen), 1.5).text if seen else "0.3"
    arrays = [v for v in scope.names if v.type == ARRAY and not v.place and v.length]
    forms = ["lambda v0: np.sin(v0) * {0}", "lambda v0, a0={1}: 0.5 * v0 + np.sin(a0)",
             "lambda v0: 0.3 * v0 + np.sin({0})", "lambda v0, k0={2}: np.sin(v0 * (k0 + 1.0)) + {0}",
             "lambda v0: np.tanh(v0 + 0.2 * {2})", "lambda v0, a0={1}: np.sin(v0 + a0) * {0}"]
    if arrays and rng.random() < 0.3:
        u = rng.choice(arrays)
        return f"lambda v0: np.sin(v0 * {u.name}[{rng.randrange(u.length)}])"
    return rng.choice(forms).format(late, early, k.name)


def _changed(scope: Scope, seen: list[Variable]) -> None:
    """Another value for one of the names that were captured."""
    free = [v for v in seen if v in scope.assignable(SCALAR)]
    if free and scope.rng.random() < 0.6:
        st.assign(scope, scope.rng.choice(free), ex.bounded(scope, ex.scalar(scope, 1)))


def _called(scope: Scope, fs: Variable, f: Variable, total: Variable) -> None:
    rng, s = scope.rng, total.name
    form = rng.choice(("one by one", "sum", "by index", "backwards"))
    if form == "sum":
        scope.line(f"{s} = 0.3 * {s} + sum([{f.name}({s}) for {f.name} in {fs.name}])")
    elif form == "by index":
        scope.line(f"{s} = {fs.name}[0]({s}) + 0.5 * {fs.name}[-1]({s})")
    else:
        scope.line(f"for {f.name} in {fs.name if form == 'one by one' else f'reversed({fs.name})'}:")
        scope.line(f"    {s} {rng.choice(('=', '+='))} {f.name}({s})")
