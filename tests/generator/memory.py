"""Random programs that share memory: views, other names, rows, lists of arrays, and writes that these must see."""
from __future__ import annotations

from tests.generator import expressions as ex
from tests.generator import statements as st
from tests.generator.scope import ARRAY, MATRIX, ROWS, SCALAR, Scope, Variable


def bind_view(scope: Scope) -> bool:
    """A name for a part of an array or matrix, or for all of it in another shape."""
    rng = scope.rng
    bases = [v for v in scope.writable(ARRAY, MATRIX) if v.type == MATRIX or v.length > 1]
    if not bases:
        return False
    base = rng.choice(bases)
    n = base.length
    if base.type == MATRIX:
        forms = [(f"[{rng.randrange(-n, n)}]", n), (f"[:, {rng.randrange(n)}]", n), (f".T[{rng.randrange(n)}]", n),
                 (".T", 0), ("[::-1]", 0), (f"[{rng.randrange(n)}, ::-1]", n), (f"[{rng.randrange(n)}][1:]", n - 1)]
        if base.how == "fresh":
            forms += [(".ravel()", n * n), (".reshape(-1)", n * n)]
    else:
        forms = [*st.parts(n)[:-1], ("[::-1]", n), ("[-2:]", 2), ("[:, None][:, 0]", n)]
        if base.how == "fresh":
            forms += [(".reshape(-1)", n), (".ravel()", n)]
        if rng.random() < 0.05:
            forms = [(".reshape(-1)", n), (".ravel()", n)]      # layout decides, but on an argument
    form, length = rng.choice([f for f in forms if f[1] != 1])
    v = scope.fresh(ARRAY if length else MATRIX, length=length or n)
    return _named(scope, v, base, f"{base.name}{form}", "view")


def _named(scope: Scope, v: Variable, base: Variable, text: str, how: str) -> bool:
    """A new name for memory that is there, most often written to at once."""
    st.assign(scope, v, ex.Expr(text, base.size))
    scope.share(v, base)
    v.how = how
    scope.features.add(how)
    if scope.rng.random() < 0.7:
        write_either(scope, v, base)
    return True


def write_either(scope: Scope, a: Variable, b: Variable) -> None:
    """Write to one of two names of the same memory and read the other, perhaps the other way round after it."""
    first, second = (a, b) if scope.rng.random() < 0.6 else (b, a)
    for v in (first, second)[: 1 + (scope.rng.random() < 0.35)]:
        if v.type == ARRAY:
            st.write(scope, v)
        elif v.type == MATRIX:
            write_matrix(scope, v)


def bind_alias(scope: Scope) -> bool:
    """Another name for an array: always, or by a condition, or on one path only."""
    rng = scope.rng
    arrays = scope.writable(ARRAY, MATRIX)
    if not arrays:
        return False
    a = rng.choice(arrays)
    others = [w for w in arrays if w is not a and w.type == a.type and w.length == a.length]
    v = scope.fresh(a.type, length=a.length)
    if not others or rng.random() < 0.4:
        return _named(scope, v, a, a.name, "alias")
    b = rng.choice(others)
    test = ex.condition(scope)
    if rng.random() < 0.5:
        st.assign(scope, v, ex.Expr(f"{a.name} if {test} else {b.name}", max(a.size, b.size)))
    else:
        way = rng.choice((b.name, f"{b.name}.copy()", f"{b.name}[::-1]"))
        for head, text in ((f"if {test}:", a.name), ("else:", way)):
            scope.line(head)
            scope.line(f"    {v.name} = {text}")
        v.size = max(a.size, b.size)
        scope.features.add("branch")
        scope.assigned(v)
    scope.features |= {"alias", "choice"}
    scope.share(v, a)
    scope.share(v, b)
    v.how = "alias"
    if rng.random() < 0.8:
        write_either(scope, v, rng.choice((a, b)))
    return True


def new_buffer(scope: Scope) -> bool:
    """An array or matrix that surely lies in memory row by row."""
    rng = scope.rng
    n = scope.length
    if rng.random() < 0.5:
        v = scope.fresh(ARRAY, length=n, owned=True)
        text = rng.choice((f"np.zeros({n})", f"np.ones({n})"))
    else:
        v = scope.fresh(MATRIX, length=n)
        text = rng.choice((f"np.zeros(({n}, {n}))", f"np.eye({n})"))
    st.assign(scope, v, ex.Expr(text, 1.0))
    v.how = "fresh"
    write_either(scope, v, v)
    return bind_view(scope) if rng.random() < 0.5 else True


def update_matrix(scope: Scope) -> bool:
    found = scope.writable(MATRIX)
    return bool(found) and write_matrix(scope, scope.rng.choice(found))


def write_matrix(scope: Scope, v: Variable) -> bool:
    """Rows, columns, elements, parts of rows, through the transpose, all of it."""
    rng = scope.rng
    n = v.length
    i, j = ex.index(scope, n), rng.randrange(n)
    row = ex.bounded(scope, ex.array(scope, n, 1), 1.5).text
    number = ex.bounded(scope, ex.scalar(scope, 1), 1.5).text
    sign = rng.choice(("=", "+=", "-=", "*="))
    forms = [f"[{i}] {sign} {row}", f"[:, {j}] {sign} {row}", f"[{i}, {j}] {sign} {number}",
             f"[{i}][{j}] {sign} {number}", f"[{i}, ::-1] {sign} {row}", f"[1:, {j}] {sign} {number}",
             f"[..., {j}] {sign} {row}", f"[[0, {j}]] {sign} {row}", " += " + number, " *= 0.5",
             f"[{j}, 1:] = {v.name}[{i}, :-1]"]
    scope.features |= {"update", "matrix"}
    scope.line(v.name + rng.choice(forms))
    scope.grown(v, 0.5 * v.size + 3.0)
    v.loops |= set(scope.loops)
    st.noticed(scope, v)
    return True


def rows_of(scope: Scope) -> bool:
    """A loop over the rows of a matrix that writes to them."""
    found = scope.writable(MATRIX)
    if not found or len(scope.loops) > 1:
        return False
    m = scope.rng.choice(found)
    row = scope.fresh(ARRAY, length=m.length, size=m.size, how="view")
    scope.features |= {"loop", "rows", "view"}
    scope.line(f"for {row.name} in {m.name}:")
    scope.loop_count += 1
    scope.loops.append(scope.loop_count)
    with scope.inside():
        scope.names.append(row)
        scope.share(row, m)
        st.write(scope, row)
    scope.loops.pop()
    scope.features.add("view written")
    scope.musts.append(f"np.sum({m.name} ** 2)") if scope.depth == 1 else None
    return True


def list_of_arrays(scope: Scope) -> bool:
    """A list of arrays, made for it or named before."""
    rng = scope.rng
    n = scope.length
    v = scope.fresh(ROWS, length=0, size=4.0)
    named = [w for w in scope.writable(ARRAY) if w.length == n]
    parts = [ex.bounded(scope, ex.array(scope, n, 1)).text for _ in range(rng.randrange(1, 3))]
    held = rng.choice(named) if named and rng.random() < 0.35 else None
    if held is not None:
        parts.insert(rng.randrange(len(parts) + 1), held.name)
    scope.features |= {"list", "list of arrays"}
    if held is None and rng.random() < 0.3:
        scope.line(f"{v.name} = []")
        scope.line(f"for k0 in range(2):\n{'    ' * scope.depth}    {v.name}.append({parts[0]})")
        parts = ["", ""]
    else:
        scope.line(f"{v.name} = [{', '.join(parts)}]")
    v.length = len(parts)
    scope.assigned(v)
    if held is not None:
        scope.share(v, held)
        v.size = max(v.size, held.size)
        v.how = "alias"
        if rng.random() < 0.5:
            st.write(scope, held)
    return write_rows(scope, v)


def update_rows(scope: Scope) -> bool:
    found = [v for v in scope.all(ROWS) if v.length]
    return bool(found) and write_rows(scope, scope.rng.choice(found))


def write_rows(scope: Scope, v: Variable) -> bool:
    """Elements of a list of arrays are written to, by themselves or through a name."""
    rng = scope.rng
    k = rng.randrange(-v.length, v.length) if rng.random() < 0.3 else rng.randrange(v.length)
    n = scope.length
    number = ex.bounded(scope, ex.scalar(scope, 1), 1.5).text
    vector = ex.bounded(scope, ex.array(scope, n, 1), 1.5).text
    scope.features |= {"update", "list"}
    roll = rng.random()
    if roll < 0.4:
        forms = (f"[{k}][{ex.index(scope, n)}] = {number}", f"[{k}][1:] *= 0.7", f"[{k}] += {vector}",
                 f"[{k}][{ex.index(scope, n)}] += {number}", f"[{k}][:] = {vector}")
        scope.line(v.name + rng.choice(forms))
    elif roll < 0.75:
        t = scope.fresh(ARRAY, length=n, size=v.size, how="alias")
        scope.line(f"{t.name} = {v.name}[{k}]{rng.choice(('', '', '', '[::-1]'))}")
        scope.share(t, v)
        scope.assigned(t)
        st.write(scope, t)
        scope.features.add("alias written")
    elif len(scope.loops) < 2:
        r = scope.fresh(ARRAY)
        scope.line(f"for {r.name} in {v.name}:")
        scope.line(f"    {r.name}{rng.choice((f'[0] = {number}', ' *= 0.7', f'[1:] += {number}', f' += {vector}'))}")
        scope.features |= {"loop", "alias written"}
    scope.grown(v, v.size + 1.5)
    scope.features.add("memory")
    t = scope.fresh(SCALAR, size=4.0)
    form = rng.choice(("np.sum({0}[{1}] ** 2)", "np.sum({0}[0] * {0}[{1}])", "np.sum({0}[0])"))
    st.assign(scope, t, ex.bounded(scope, ex.Expr(form.format(v.name, rng.randrange(v.length)), 9 * n)))
    if scope.depth == 1:
        scope.musts.append(t.name)
    st.noticed(scope, v)
    return True


def write_argument(scope: Scope) -> bool:
    """The function writes to its own argument, most often through no other name."""
    found = [v for v in scope.writable(ARRAY) if v.memory.root().param]
    return bool(found) and st.write(scope, scope.rng.choice(found))
