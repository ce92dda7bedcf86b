"""Random functions inside the program: lambdas and nested functions that capture, and calls of all that is known."""
from __future__ import annotations

from tests.generator import expressions as ex
from tests.generator.scope import ARRAY, FUNCTION, INT, NOTHING, PAIR, SCALAR, Scope, Variable


def closure(scope: Scope) -> bool:
    """A lambda or nested function that reads what it captures; called later."""
    rng = scope.rng
    captured = [v for t in (SCALAR, ARRAY) for v in scope.capturable(t)]
    captured = rng.sample(captured, min(2, len(captured)))
    f = scope.fresh(FUNCTION, takes=(SCALAR,))
    own = Variable("v0", SCALAR, 4.0)
    only = [*captured, own]
    if rng.random() < 0.5:
        body = ex.bounded(scope, ex.scalar(scope, 2, only))
        scope.line(f"{f.name} = lambda v0: {body.text}")
    else:
        scope.line(f"def {f.name}(v0):")
        if rng.random() < 0.3:
            scope.line(f"    if {ex.condition(scope, only, plain=True)}:")
            scope.line(f"        return {ex.bounded(scope, ex.scalar(scope, 1, only)).text}")
        scope.line(f"    return {ex.bounded(scope, ex.scalar(scope, 2, only)).text}")
    for v in captured:
        v.frozen = True
    scope.names.append(f)
    scope.features.add("closure")
    return call(scope, f)


def call(scope: Scope, f: Variable | None = None) -> bool:
    """Call a function of the program, the function itself or a closure."""
    rng = scope.rng
    known = [f for f in (*scope.all(FUNCTION), *scope.functions) if f.gives != NOTHING]
    if f is None:
        if not known:
            return False
        f = rng.choice(known)
    scope.features.add("call")
    given = arguments(scope, f)
    text = f"{f.name}({', '.join(given)})"
    named = [v for v in scope.all(ARRAY) if v.name in given]
    if f.writes and named:
        scope.features.add("memory")
        for v in named:
            scope.grown(v, v.size + 4.0)
            if v.memory.root().param:
                scope.features.add("argument written")
    if f.gives == PAIR:
        a, b = scope.fresh(SCALAR, size=4.0), scope.fresh(SCALAR, size=4.0)
        scope.line(f"{a.name}, {b.name} = {text}")
        scope.assigned(a)
        scope.assigned(b)
        scope.features.add("pair")
        return True
    if f.gives == ARRAY:
        v = scope.fresh(ARRAY, length=scope.length, size=4.0)
        scope.line(f"{v.name} = {text}")
        scope.assigned(v)
        for w in named:
            scope.share(v, w)
            v.how = "alias"
        return True
    if rng.random() < 0.3 and scope.assignable(SCALAR):
        v = rng.choice(scope.assignable(SCALAR))
        scope.line(f"{v.name} = {text} + {ex.scalar_atom(scope).text}")
        v.size = 8.0
    else:
        v = scope.fresh(SCALAR, size=4.0)
        scope.line(f"{v.name} = {text}")
    scope.assigned(v)
    return True


def arguments(scope: Scope, f: Variable) -> list[str]:
    """Arguments for a call."""
    out = []
    for what in f.takes:
        keyword = ""
        if what.startswith("?"):            # has a default: sometimes left out, sometimes given by keyword
            if scope.rng.random() < 0.4:
                continue
            keyword = f"{what[1:].split(':')[0]}="
            what = what.split(":")[1]
        if what == INT:
            out.append(keyword + str(scope.rng.randrange(0, 4)))
        elif what == ARRAY:
            values = [v for v in (scope.writable(ARRAY) if f.writes else scope.all(ARRAY)) if v.length == scope.length]
            plain = values and scope.rng.random() < 0.6
            out.append(keyword + (scope.rng.choice(values).name if plain else
                                  ex.bounded(scope, ex.array(scope, scope.length, 1)).text))
        else:
            out.append(keyword + ex.bounded(scope, ex.scalar(scope, 1)).text)
    return out
