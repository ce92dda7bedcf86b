"""Random functions that write to their first argument, and the calls of them."""
from __future__ import annotations

from random import Random

from tests.generator import expressions as ex
from tests.generator import statements as st
from tests.generator.scope import ARRAY, FUNCTION, MATRIX, NOTHING, PAIR, ROWS, SCALAR, Memory, Scope, Variable


def writer(rng: Random, name: str, length: int, known: list[Variable], features: set[str],
           library: list[Variable]) -> tuple[str, Variable]:
    """`g(x, y)` that writes to `x` and gives nothing, a number, or `x` itself or a part of it."""
    x, y = Variable("x", ARRAY, 3.0, length, memory=Memory(param=True)), Variable("y", SCALAR, 2.0)
    gives = rng.choice((NOTHING, NOTHING, SCALAR, ARRAY))
    scope = Scope(rng, budget=2, length=length, features=features, names=[x, y], gives=gives,
                  library=library,
                  functions=[f for f in known if f.writes],
                  taken={"x", "y", "k0", "np", "math", "e", "v0", "g0", "g1"})
    if rng.random() < 0.25:
        scope.line("if y > 0.2:")
        with scope.inside():
            st.write(scope, x)
            if rng.random() < 0.3 and gives == NOTHING:
                scope.line("return")
    if rng.random() < 0.3:
        st.array_assignment(scope)
    if scope.functions and rng.random() < 0.4:
        call_writer(scope)
    st.write(scope, x)
    if gives == ARRAY:
        scope.line(f"return {rng.choice(('x', 'x', 'x[::-1]', 'x * 1.5'))}")
    elif gives == SCALAR:
        scope.line(f"return {ex.bounded(scope, ex.scalar(scope)).text}")
    text = "\n".join([f"def {name}(x, y):", *scope.lines])
    return text, Variable(name, "function", takes=(ARRAY, SCALAR), gives=gives, writes=True)


def call_writer(scope: Scope) -> bool:
    """A call of a function that writes to its argument: an array, a view made for it, a row, an element of a list."""
    rng = scope.rng
    functions = [f for f in scope.functions if f.writes and f.takes == (ARRAY, SCALAR) and f.gives != PAIR]
    n = scope.length
    places = [(v, v.name) for v in scope.writable(ARRAY) if v.length == n]
    places += [(v, f"{v.name}[::-1]") for v in scope.writable(ARRAY) if v.length == n]
    places += [(v, f"{v.name}{rng.choice(('[1:]', '[:-1]'))}") for v in scope.writable(ARRAY) if v.length == n + 1]
    places += [(v, f"{v.name}{rng.choice(('[0]', '[:, 1]', '.T[1]', '[-1]'))}")
               for v in scope.writable(MATRIX) if v.length == n]
    places += [(v, f"{v.name}[0]") for v in scope.all(ROWS) if v.length]
    if not functions or not places:
        return False
    f, (v, text) = rng.choice(functions), rng.choice(places)
    call = f"{f.name}({text}, {ex.bounded(scope, ex.scalar(scope, 1), 2.0).text})"
    scope.features |= {"call", "memory", "writer called"}
    scope.grown(v, v.size + 4.0)
    v.loops |= set(scope.loops)
    if f.gives == SCALAR:
        st.assign(scope, scope.fresh(SCALAR), ex.Expr(call, 4.0))
    elif f.gives == ARRAY and rng.random() < 0.7:
        w = scope.fresh(ARRAY, length=n)
        st.assign(scope, w, ex.Expr(call, v.size))
        scope.share(w, v)
        w.how = "alias"
        if rng.random() < 0.5:
            st.write(scope, rng.choice((v, w)) if v.type == ARRAY else w)
    else:
        scope.line(call)
    if v.memory.root().param:
        scope.features.add("argument written")
    form = {ROWS: "np.sum({0}[0] ** 2)"}.get(v.type, "np.sum({0} ** 2)").format(v.name)
    if scope.depth == 1:
        scope.musts.append(form)
    return True


def rebind_rows(scope: Scope) -> bool:
    """A function inside puts other arrays into a list; what stood there before has a name, or not."""
    rng, n = scope.rng, scope.length
    found = [v for v in scope.all(ROWS) if v.length > 1]
    if not found:
        return False
    v = rng.choice(found)
    k, j = rng.sample(range(v.length), 2)
    f = scope.fresh(FUNCTION, takes=(SCALAR,))
    t = None
    if rng.random() < 0.8:
        t = scope.fresh(ARRAY, length=n, size=v.size, how="alias")
        scope.line(f"{t.name} = {v.name}[{rng.choice((k, k, j, -1))}]")
    scope.line(f"def {f.name}(v0, v1):")
    inner = "    "
    if rng.random() < 0.4:
        scope.line("    if v1 > 0.2:")
        inner *= 2
    scope.line(inner + rng.choice((f"v0[{k}] = v0[{j}] * v1", f"v0[{k}], v0[{j}] = v0[{j}], v0[{k}]", "v0.reverse()",
                                   f"v0[{k}] = np.cos(v0[{k}])", f"v0[{k}] = v1 + v0[{j}]")))
    scope.line(f"{f.name}({v.name}, {ex.bounded(scope, ex.scalar(scope, 1), 1.0).text})")
    v.size = v.size + 2.0
    scope.features |= {"call", "memory", "list", "element rebound"}
    for name in [v.name + f"[{k}]", *([t.name] if t is not None else [])]:
        s = scope.fresh(SCALAR, size=4.0)
        st.assign(scope, s, ex.bounded(scope, ex.Expr(f"np.sum({name} ** 2)", 9 * n)))
        if scope.depth == 1:
            scope.musts.append(s.name)
    return True
