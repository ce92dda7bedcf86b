"""Inner functions that write to what is around them: counters and accumulators of `nonlocal`, active or not."""
from __future__ import annotations

from tests.generator import calls
from tests.generator import expressions as ex
from tests.generator import statements as st
from tests.generator.scope import ARRAY, FUNCTION, INT, NOTHING, SCALAR, Scope, Variable


def new_counter(scope: Scope) -> bool:
    """`def add(v0): nonlocal total; total += ...`, over names made for it or there before."""
    rng = scope.rng
    held = [_number(scope)]
    if rng.random() < 0.4:
        held.append(_count(scope))
    if rng.random() < 0.3:
        held.append(_array(scope))
    f = scope.fresh(FUNCTION, takes=(SCALAR,), gives=rng.choice((SCALAR, NOTHING, NOTHING)), detail=held)
    own = Variable("v0", SCALAR, 4.0)
    read = [v for v in scope.capturable(ARRAY) if not v.place][:1]
    scope.line(f"def {f.name}(v0):")
    with scope.inside():
        scope.names = [own, *held, *read]
        scope.line(f"nonlocal {', '.join(v.name for v in held)}")
        if rng.random() < 0.2:
            scope.line(f"if {ex.condition(scope, [own], plain=True)}:")
            scope.line(f"    return{' 0.5' if f.gives == SCALAR else ''}")
        for v in held:
            _changed(scope, v, [own, held[0], *read])
        if f.gives == SCALAR:
            scope.line(f"return {ex.bounded(scope, ex.scalar(scope, 1, [own, *held])).text}")
    for v in read:
        v.frozen = True
    scope.names.append(f)
    scope.features |= {"nonlocal", "call"}
    return use_counter(scope, f)


def _number(scope: Scope) -> Variable:
    old = [v for v in scope.assignable(SCALAR) if not v.place]
    if old and scope.rng.random() < 0.4:
        v = scope.rng.choice(old)
    else:
        v = scope.fresh(SCALAR)
        st.assign(scope, v, scope.rng.choice((ex.Expr("0.0", 1.0), ex.bounded(scope, ex.scalar(scope, 1)))))
    v.size = max(v.size, 8.0)
    return v


def _count(scope: Scope) -> Variable:
    v = scope.fresh(INT)
    scope.line(f"{v.name} = 0")
    scope.assigned(v)
    return v


def _array(scope: Scope) -> Variable:
    v = scope.fresh(ARRAY, length=scope.length)
    st.assign(scope, v, ex.bounded(scope, ex.array(scope, scope.length, 1)))
    v.size = max(v.size, 8.0)
    return v


def _changed(scope: Scope, v: Variable, read: list[Variable]) -> None:
    rng = scope.rng
    if v.type == INT:
        scope.line(f"{v.name} += 1")
    elif v.type == ARRAY:
        e = ex.bounded(scope, ex.scalar(scope, 1, read), 1.5).text
        forms = ("{0} = 0.5 * {0} + {1}", "{0}[0] += {1}", "{0} = np.sin({0}) * {1}", "{0} *= 0.7", "{0}[1:] = {1}")
        scope.line(rng.choice(forms).format(v.name, e))
        scope.features.add("update")
    else:
        e = ex.bounded(scope, ex.scalar(scope, 1, read), 1.5).text
        forms = ("{0} += {1}", "{0} = 0.5 * {0} + {1}", "{0} = np.sin({0}) * {1}", "{0} -= {1}")
        scope.line(rng.choice(forms).format(v.name, e))


def use_counter(scope: Scope, f: Variable | None = None) -> bool:
    """Calls of a counter: once, in a loop, by another inner function."""
    rng = scope.rng
    known = [g for g in scope.all(FUNCTION) if g.detail]
    if f is None and not known:
        return False
    f = f or rng.choice(known)
    for v in f.detail:
        v.loops |= set(scope.loops)
    call = f"{f.name}({ex.bounded(scope, ex.scalar(scope, 1)).text})"
    roll = rng.random()
    if roll < 0.3 and len(scope.loops) < 2:
        e = scope.fresh(SCALAR, size=2.0)
        arrays = scope.all(ARRAY)
        over = rng.choice(arrays).name if arrays else "(0.3, 0.9)"
        scope.features.add("loop")
        scope.line(f"for {e.name} in {over}:")
        scope.line(f"    {f.name}({ex.bounded(scope, ex.scalar(scope, 1, [e])).text})")
    elif f.gives == SCALAR and roll < 0.7:
        calls.call(scope, f)
    else:
        scope.line(call)
    scope.must(f.detail[0].name)
    return True
