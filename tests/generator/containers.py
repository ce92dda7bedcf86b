"""Dicts of numbers and of arrays: displayed, written, updated, popped, iterated, grouped."""
from __future__ import annotations

from tests.generator import expressions as ex
from tests.generator import statements as st
from tests.generator.scope import ARRAY, DICT, SCALAR, Scope, Variable

_KEYS = (("'a'", "'b'", "'w'"), ("'a'", "'b'", "'w'"), ("0", "1", "2"))


def new_dict(scope: Scope) -> bool:
    """A dict of numbers or arrays; its items are places that all other statements know."""
    rng = scope.rng
    type = rng.choice((SCALAR, SCALAR, ARRAY))
    d = scope.fresh(DICT, gives=type, detail=rng.sample(rng.choice(_KEYS), 2))
    values = [_value(scope, type) for _ in d.detail]
    scope.features.add("dict")
    shown = ", ".join(f"{key}: {value}" for key, value in zip(d.detail, values))
    roll = rng.random()
    if roll < 0.15 and all(key[1:-1].isalpha() for key in d.detail):
        scope.line(f"{d.name} = dict({', '.join(f'{k[1:-1]}={v}' for k, v in zip(d.detail, values))})")
    elif roll < 0.3:
        scope.line(f"{d.name} = {{}}")
        for key, value in zip(d.detail, values):
            scope.line(f"{d.name}[{key}] = {value}")
    elif roll < 0.45:
        e = {SCALAR: "np.sin(v)", ARRAY: "np.sin(v) + 0.5"}[type]
        scope.line(f"{d.name} = {{k: {e} for k, v in {{{shown}}}.items()}}")
    else:
        scope.line(f"{d.name} = {{{shown}}}")
    scope.names.append(d)
    for key in d.detail:
        known(scope, d, key)
    return use_dict(scope, d)


def _value(scope: Scope, type: str) -> str:
    if type == SCALAR:
        return ex.bounded(scope, ex.scalar(scope, 1), 2.0).text
    return ex.bounded(scope, ex.array(scope, scope.length, 1), 2.0).text


def known(scope: Scope, d: Variable, key: str) -> None:
    """An item that is surely there is a place from here on."""
    place = Variable(f"{d.name}[{key}]", d.gives, 4.0, scope.length if d.gives == ARRAY else 0, owned=True,
                     loops=set(scope.loops))
    scope.taken.add(place.name)
    scope.names.append(place)


def use_dict(scope: Scope, d: Variable | None = None) -> bool:
    """A method of a dict, a loop over it, a write to it."""
    rng = scope.rng
    dicts = scope.all(DICT)
    if d is None and not dicts:
        return False
    d = d or rng.choice(dicts)
    scope.features.add("dict")
    for _ in range(rng.randrange(1, 3)):
        rng.choice((_write, _write, _read, _loop, _update, _other))(scope, d)
    return True


def _places(scope: Scope, d: Variable) -> list[Variable]:
    return [v for v in scope.names if v.name.startswith(f"{d.name}[") and v.name[-1] == "]"]


def _new_key(d: Variable) -> str:
    """A key like the others of a dict, not surely there."""
    first = d.detail[0]
    return "'new'" if first[0] == "'" else "7"


def _grown(scope: Scope, d: Variable) -> None:
    for v in _places(scope, d):
        v.size = max(v.size, 8.0)
        v.loops |= set(scope.loops)


def _write(scope: Scope, d: Variable) -> None:
    """`d[k] = v`, `d[k] += v`, a new key."""
    rng = scope.rng
    key = rng.choice(d.detail)
    places = [v for v in _places(scope, d) if not v.frozen]
    if rng.random() < 0.3:
        new = _new_key(d)
        scope.line(f"{d.name}[{new}] = {_value(scope, d.gives)}")
    elif d.gives == SCALAR:
        e = ex.bounded(scope, ex.scalar(scope, 1), 1.5).text
        scope.line(rng.choice(("{0}[{1}] += {2}", "{0}[{1}] = {2}", "{0}[{1}] *= 0.7", "{0}[{1}] -= {2}",
                               "{0}[{1}] = 0.5 * {0}.get({1}, 0.0) + {2}")).format(d.name, key, e))
    elif places:
        st.write(scope, rng.choice(places))
    _grown(scope, d)


def _read(scope: Scope, d: Variable) -> None:
    rng = scope.rng
    key = rng.choice(d.detail)
    other = ex.bounded(scope, ex.scalar(scope, 1), 2.0).text
    v = scope.fresh(SCALAR, size=8.0)
    if d.gives == ARRAY:
        forms = ["sum(np.sum(u) for u in {0}.values())", "np.sum({0}[{1}] ** 2)", "len({0}) * {0}[{1}][0]",
                 "np.sum({0}.get({1}) * 0.5)", "sum([np.mean(u) for k, u in {0}.items() if k != {1}])"]
    else:
        forms = ["{0}.get('z', {2})", "{0}.get({1}, 0.0) * {2}", "sum({0}.values())", "len({0}) * {0}[{1}]",
                 "({0}['z'] if 'z' in {0} else {2})", "max({0}.values())", "np.sum(np.array(list({0}.values())))",
                 "sum(v * v for v in {0}.values())", "{0}.pop('z', {2})", "{0}.setdefault({1}, {2})",
                 "sum({0}[k] for k in {0})"]
    scope.line(f"{v.name} = {rng.choice(forms).format(d.name, key, other)}")
    scope.assigned(v)


def _loop(scope: Scope, d: Variable) -> None:
    """Over the items; their values may be replaced meanwhile."""
    rng = scope.rng
    total = scope.fresh(SCALAR, size=8.0)
    scope.features.add("loop")
    scope.line(f"{total.name} = 0.0")
    k, v = ("k1", "e1")
    scope.taken |= {k, v}
    item = Variable(v, d.gives, 4.0, scope.length)
    head = rng.choice((f"for {k}, {v} in {d.name}.items():", f"for {v} in {d.name}.values():",
                       f"for {k} in list({d.name}):", f"for {k} in {d.name}:"))
    scope.line(head)
    with scope.inside():
        if f"{v} in" not in head:
            scope.line(f"{v} = {d.name}[{k}]")
        e = ex.bounded(scope, ex.scalar(scope, 1, [item]), 1.5).text
        scope.line(f"{total.name} += {e}")
        if k in head and rng.random() < 0.5:
            scope.line(f"{d.name}[{k}] = {rng.choice(('0.5 * {0}', 'np.sin({0})', '{0} * 0.3 + 0.1')).format(v)}")
    _grown(scope, d)
    scope.assigned(total)


def _update(scope: Scope, d: Variable) -> None:
    rng = scope.rng
    key, a, b = rng.choice(d.detail), _value(scope, d.gives), _value(scope, d.gives)
    new = _new_key(d)
    forms = [f"{{0}}.update({{{{{{1}}: {{2}}, {new}: {{3}}}}}})",
             f"{{0}}.setdefault({new}, {{2}})", *["{0}.update(b={2})"] * (new == "'new'")]
    if scope.depth == 1 and not any(v.frozen for v in _places(scope, d)):
        forms += ["{0} = {{**{0}, {1}: {2}}}", "{0} = {0} | {{{1}: {2}}}",
                  "{0} = {{k: 0.5 * v for k, v in {0}.items()}}", "{0} = {0}.copy()", "{0} = dict({0})"]
    scope.line(rng.choice(forms).format(d.name, key, a, b))
    _grown(scope, d)


def _other(scope: Scope, d: Variable) -> None:
    """Another name for it that is written to, a key taken out, an item with a name."""
    rng = scope.rng
    key, a = rng.choice(d.detail), _value(scope, d.gives)
    roll, gone = rng.random(), _new_key(d)
    if roll < 0.4:
        other = scope.fresh(DICT)
        scope.line(f"{other.name} = {d.name}")
        scope.line(f"{other.name}[{key}] = {a}")
        _grown(scope, d)
    elif roll < 0.7:
        scope.line(f"{d.name}[{gone}] = {a}")
        scope.line(rng.choice((f"del {d.name}[{gone}]", f"{d.name}.pop({gone})")))
    elif d.gives == ARRAY:
        u = scope.fresh(ARRAY, length=scope.length)
        places = [v for v in _places(scope, d) if v.name == f"{d.name}[{key}]"]
        if places:
            st.assign(scope, u, ex.Expr(places[0].name, places[0].size))
            scope.share(u, places[0])
            u.how = "alias"
            st.write(scope, u)
    else:
        v = scope.fresh(SCALAR, size=4.0)
        scope.line(f"{d.name}[{gone}] = {a}")
        scope.line(f"{v.name} = {d.name}.pop({gone})")
        scope.assigned(v)


def grouped(scope: Scope) -> bool:
    """Sums or lists of what has the same key."""
    rng = scope.rng
    arrays = scope.all(ARRAY)
    d, i, e = scope.fresh(DICT), "k2", Variable("e2", SCALAR, 2.0)
    over = f"enumerate({rng.choice(arrays).name})" if arrays else "enumerate((0.3, 0.8, 1.1))"
    value = ex.bounded(scope, ex.scalar(scope, 1, [e]), 2.0).text
    total = scope.fresh(SCALAR, size=12.0)
    scope.features |= {"dict", "loop"}
    scope.line(f"{d.name} = {{}}")
    scope.line(f"for {i}, e2 in {over}:")
    key = rng.choice(("k2 % 2", "str(k2)", "'odd' if k2 % 2 else 'even'"))
    if rng.random() < 0.5:
        scope.line(f"    key = {key}")
        scope.line("    " + rng.choice(("{0}[key] = {0}.get(key, 0.0) + {1}",
                                        "{0}.setdefault(key, 0.0)\n{2}{0}[key] += {1}",
                                        "if key in {0}:\n{2}    {0}[key] += {1}\n{2}else:\n{2}    {0}[key] = {1}",
                                        "if key not in {0}:\n{2}    {0}[key] = 0.0\n{2}{0}[key] -= {1}")).format(
            d.name, value, "    " * (scope.depth + 1)))
        view = "sum(v * v for v in {0}.values())"
    else:
        scope.features.add("list")
        scope.line(f"    {d.name}.setdefault({key}, []).append({value})")
        view = rng.choice(("sum(v[0] * v[-1] for v in {0}.values())", "sum(sum(v) ** 2 for v in {0}.values())",
                           "sum(len(v) * t for v in {0}.values() for t in v)"))
    scope.line(f"{total.name} = {view.format(d.name)}")
    scope.assigned(total)
    return True
