"""Objects of the program's classes: made, called, written to, renamed, kept in lists and dicts, made in loops."""
from __future__ import annotations

from tests.generator import expressions as ex
from tests.generator import statements as st
from tests.generator.classes import Form
from tests.generator.scope import ARRAY, CLASS, INT, OBJECT, SCALAR, Scope, Variable


def new_object(scope: Scope) -> bool:
    """`box = Box(a, w)`; its attributes are places that all other statements know."""
    classes = scope.provided(CLASS)
    if not classes:
        return False
    kind = scope.rng.choice(classes)
    o = scope.fresh(OBJECT, detail=kind)
    text, held = construction(scope, kind)
    scope.line(f"{o.name} = {text}")
    known(scope, o, held)
    scope.features.add("object")
    return use_object(scope, o)


def construction(scope: Scope, kind: Variable, most: float = 2.0) -> tuple[str, dict[str, Variable]]:
    """The text of a call of a class, and which arrays the object may hold then."""
    parts, held = [], {}
    for v in kind.detail.fields:
        if v.type == SCALAR:
            parts.append(ex.bounded(scope, ex.scalar(scope, 1), most).text)
            continue
        named = [w for w in scope.writable(ARRAY) if w.length == v.length and w.size <= 4.0]
        if named and scope.rng.random() < 0.4:
            held[v.name] = scope.rng.choice(named)
            parts.append(held[v.name].name)
        else:
            parts.append(ex.bounded(scope, ex.array(scope, v.length, 1), most).text)
    return f"{kind.name}({', '.join(parts)})", held


def known(scope: Scope, o: Variable, held: dict[str, Variable], like: Variable | None = None) -> None:
    """The attributes of a new object become places; those of another name of one share its memory."""
    form: Form = o.detail.detail
    scope.names.append(o)
    for v in form.fields:
        place = Variable(f"{o.name}.{v.name}", v.type, 4.0, v.length, owned=True, loops=set(scope.loops))
        scope.names.append(place)
        if v.name in held:
            scope.share(place, held[v.name])
        for w in scope.names:
            if like is not None and w.name == f"{like.name}.{v.name}":
                scope.share(place, w)
    for name in form.properties:
        place = Variable(f"{o.name}.{name}", SCALAR, 4.0, frozen=True)
        place.memory.outside = True
        scope.names.append(place)
    if form.counts:
        scope.names.append(Variable(f"{o.name}.n", INT, 4.0, frozen=True))


def _places(scope: Scope, o: Variable) -> list[Variable]:
    return [v for v in scope.names if v.name.startswith(f"{o.name}.")]


def touched(scope: Scope, o: Variable) -> None:
    """A method may have written to the object."""
    for v in _places(scope, o):
        v.loops |= set(scope.loops)
        scope.grown(v, 6.0)
    if o.detail.detail.logs:
        scope.must(f"sum({o.name}.log)")
    scope.must(scope.rng.choice([v.name for v in _places(scope, o) if v.type == SCALAR] or ["0.0"]))


def use_object(scope: Scope, o: Variable | None = None) -> bool:
    rng = scope.rng
    objects = scope.all(OBJECT)
    if o is None and not objects:
        return False
    o = o or rng.choice(objects)
    scope.features.add("object")
    forms = {_call: 5.0, _loop: 1.0, _alias: 1.0, _choice: 0.6, _many: 1.0, _made_in_a_loop: 0.7, _operate: 2.0,
             _given: 1.0, _kept: 0.5}
    for _ in range(rng.randrange(1, 3)):
        rng.choices(list(forms), list(forms.values()))[0](scope, o)
    return True


def called(scope: Scope, o: Variable, given: str | None = None, name: str | None = None) -> tuple[str, str]:
    """The text of a call of a method, and what it gives."""
    m = scope.rng.choice(o.detail.detail.methods)
    given = given or ex.bounded(scope, ex.scalar(scope, 1), 2.0).text
    scope.features |= {"method", "call"}
    return f"{name or o.name}{'' if m.name == '__call__' else '.' + m.name}({given})", m.gives


def _call(scope: Scope, o: Variable) -> None:
    text, gives = called(scope, o)
    if gives == SCALAR and scope.rng.random() < 0.85:
        old = scope.assignable(SCALAR)
        v = scope.rng.choice(old) if old and scope.rng.random() < 0.3 else scope.fresh(SCALAR)
        st.assign(scope, v, ex.Expr(text, 3.0))
    elif gives == OBJECT and scope.rng.random() < 0.5:
        text, gives = called(scope, o, name=text)       # `box.add(x).add(y)`
        st.assign(scope, scope.fresh(SCALAR), ex.Expr(text, 3.0)) if gives == SCALAR else scope.line(text)
    else:
        scope.line(text)
    touched(scope, o)


def _loop(scope: Scope, o: Variable) -> None:
    if len(scope.loops) > 1:
        return
    arrays = scope.all(ARRAY)
    over = scope.rng.choice(arrays).name if arrays else "(0.3, 0.8)"
    scope.features.add("loop")
    text, _ = called(scope, o, ex.bounded(scope, ex.scalar(scope, 1, [Variable("e3", SCALAR, 2.0)]), 2.0).text)
    scope.line(f"for e3 in {over}:")
    if scope.rng.random() < 0.3:
        scope.line(f"    if {o.name}.a > {ex.constant(scope, 0.3, 1.5)}:")
        scope.line(f"        {scope.rng.choice(('break', 'continue'))}")
    scope.line(f"    {text}")
    touched(scope, o)


def _alias(scope: Scope, o: Variable) -> None:
    """Another name for the object, and a write through it."""
    p = scope.fresh(OBJECT, detail=o.detail)
    scope.line(f"{p.name} = {o.name}")
    known(scope, p, {}, o)
    places = [v for v in _places(scope, p) if v.type == SCALAR and not v.frozen]
    if places and scope.rng.random() < 0.5:
        st.assign(scope, scope.rng.choice(places), ex.bounded(scope, ex.scalar(scope, 1), 2.0))
    else:
        _call(scope, p)
    touched(scope, o)


def _choice(scope: Scope, o: Variable) -> None:
    """One of two objects, by a condition, is written to."""
    others = [p for p in scope.all(OBJECT) if p.detail is o.detail and p is not o]
    if not others:
        return
    q, p = scope.rng.choice(others), scope.fresh(OBJECT, detail=o.detail)
    scope.line(f"{p.name} = {o.name} if {ex.condition(scope)} else {q.name}")
    known(scope, p, {}, o)
    for v in _places(scope, p):
        for w in _places(scope, q):
            if v.name.split(".")[1] == w.name.split(".")[1]:
                scope.share(v, w)
    _call(scope, p)
    touched(scope, o)
    touched(scope, q)


def _many(scope: Scope, o: Variable) -> None:
    """A list of objects, each of which is called and written to."""
    if len(scope.loops) > 1:
        return
    rng = scope.rng
    total = scope.fresh(SCALAR, size=8.0)
    kind = o.detail
    parts = [construction(scope, kind)[0] for _ in range(2)]
    if rng.random() < 0.3:
        parts.append(o.name)
    held = f"{o.name}s"
    scope.taken.add(held)
    scope.features |= {"loop", "list", "list of objects"}
    if rng.random() < 0.3:
        scope.line(f"{held} = []")
        scope.line(f"for k3 in range({rng.randrange(1, 4)}):")
        scope.line(f"    {held}.append({parts[0]})")
    else:
        scope.line(f"{held} = [{', '.join(parts)}]")
    scope.line(f"{total.name} = 0.0")
    scope.line(f"for each in {held}:")
    text, gives = called(scope, o, name="each")
    scope.line(f"    {f'{total.name} += {text}' if gives == SCALAR else text}")
    if rng.random() < 0.5:
        scope.line(f"    {total.name} += {rng.choice(('each.a', 'np.sin(each.a)', 'each.a * each.a'))}")
    if rng.random() < 0.4:
        scope.line(rng.choice((f"{held}[0].a = {held}[-1].a * 0.5", f"{held}[-1].a += 0.3", f"{held}[0].a *= 0.5")))
    scope.line(f"{total.name} += {rng.choice((f'{held}[0].a', f'sum(each.a for each in {held})', f'{held}[-1].a'))}")
    touched(scope, o)
    scope.assigned(total)


def _made_in_a_loop(scope: Scope, o: Variable) -> None:
    """A name bound to a new object in each turn."""
    if len(scope.loops) > 1 or o.detail.detail.logs or any(v.frozen and v.type != INT for v in _places(scope, o)):
        return
    scope.features.add("loop")
    parts = []
    for v in o.detail.detail.fields:
        forms = ("0.5 * {0}.{1} + 0.1", "np.sin({0}.{1})", "{0}.{1}") if v.type == SCALAR else \
            ("{0}.{1}", "0.5 * {0}.{1}")
        parts.append(scope.rng.choice(forms).format(o.name, v.name))
    text, _ = called(scope, o)
    scope.line(f"for k4 in range({scope.rng.randrange(1, 4)}):")
    scope.line(f"    {o.name} = {o.detail.name}({', '.join(parts)})")
    scope.line(f"    {text}")
    touched(scope, o)


def _operate(scope: Scope, o: Variable) -> None:
    rng = scope.rng
    form: Form = o.detail.detail
    if not form.operators:
        _call(scope, o)
        return
    operator = rng.choice(form.operators)
    number = ex.bounded(scope, ex.scalar(scope, 1), 1.5).text
    scope.features |= {"operator", "call"}
    if operator in ("__getitem__", "__len__"):
        text = f"{o.name}[{rng.randrange(3)}]" if operator == "__getitem__" else f"len({o.name}) * {o.name}.a"
        st.assign(scope, scope.fresh(SCALAR), ex.Expr(text, 12.0))
    elif operator == "__iadd__":
        scope.line(f"{o.name} += {number}")
        touched(scope, o)
    else:
        other = rng.choice([p.name for p in scope.all(OBJECT) if p.detail is o.detail])
        p = scope.fresh(OBJECT, detail=o.detail)
        text = {"__add__": f"{o.name} + {other}", "__mul__": f"{o.name} * ({number})", "__neg__": f"-{o.name}"}
        scope.line(f"{p.name} = {text[operator]}")
        known(scope, p, {})
        touched(scope, p)


def _given(scope: Scope, o: Variable) -> None:
    """The object is handed to a function of the module, or copied by `replace`."""
    form: Form = o.detail.detail
    number = ex.bounded(scope, ex.scalar(scope, 1), 1.5).text
    if form.takers:
        taker = scope.rng.choice(form.takers)
        text = f"{taker.name}({o.name}, {number})"
        scope.features.add("call")
        if taker.gives == SCALAR:
            st.assign(scope, scope.fresh(SCALAR), ex.Expr(text, 4.0))
        else:
            st.assign(scope, scope.fresh(SCALAR), ex.Expr(f"{text}.a", 6.0))
        touched(scope, o)
    elif form.data:
        p = scope.fresh(OBJECT, detail=o.detail)
        scope.line(f"{p.name} = replace({o.name}, a={number})")
        known(scope, p, {}, o)
        _call(scope, p)
    else:
        _call(scope, o)


def _kept(scope: Scope, o: Variable) -> None:
    """The object in a list or dict, written to through it."""
    rng = scope.rng
    number = ex.bounded(scope, ex.scalar(scope, 1), 1.5).text
    t = scope.fresh(SCALAR, size=6.0)
    scope.line(f"kept = {{'one': {o.name}}}" if rng.random() < 0.5 else f"kept = [{o.name}]")
    one = "kept['one']" if "{" in scope.lines[-1] else "kept[0]"
    scope.line(rng.choice((f"{one}.a = {number}", f"{one}.a *= 0.5", called(scope, o, name=one)[0])))
    scope.line(f"{t.name} = {o.name}.a * {number}")
    scope.assigned(t)
    touched(scope, o)
