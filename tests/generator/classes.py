"""Random small classes of the module: attributes that methods write, properties, operators, dataclasses, a subclass."""
from __future__ import annotations

from dataclasses import dataclass, field, replace
from random import Random

from tests.generator import control
from tests.generator import expressions as ex
from tests.generator import statements as st
from tests.generator.scope import ARRAY, CLASS, INT, NOTHING, OBJECT, SCALAR, Scope, Variable


@dataclass(eq=False)
class Form:
    """What an object of a class has: attributes, methods, properties, operators, functions that take it."""

    fields: list[Variable]
    methods: list[Variable] = field(default_factory=list)
    properties: list[str] = field(default_factory=list)
    operators: list[str] = field(default_factory=list)
    takers: list[Variable] = field(default_factory=list)
    data: bool = False          # a dataclass
    counts: bool = False        # has an int, `n`
    logs: bool = False          # has a list, `log`


def make_class(rng: Random, name: str, length: int) -> tuple[str, Variable]:
    """A class, and perhaps a function that takes an object of it."""
    fields = [Variable("a", SCALAR, 4.0)]
    if rng.random() < 0.4:
        fields.append(Variable("b", SCALAR, 4.0))
    if rng.random() < 0.5:
        fields.append(Variable("w", ARRAY, 4.0, length))
    form = Form(fields, data=rng.random() < 0.3)
    form.counts, form.logs = not form.data and rng.random() < 0.3, not form.data and rng.random() < 0.2
    lines = _head(rng, name, form)
    for k in range(rng.randrange(1, 3)):
        lines += _method(rng, f"m{k}", form, length)
    if rng.random() < 0.35:
        lines += _method(rng, "__call__", form, length)
    if rng.random() < 0.35:
        form.properties.append("scaled")
        lines += ["    @property", "    def scaled(self):",
                  f"        return {_read(rng, form, length)}", ""]
    if rng.random() < 0.35:
        lines += _operators(rng, name, form)
    if rng.random() < 0.3:
        lines += _taker(rng, name, form, length)
    return "\n".join(lines).rstrip(), Variable(name, CLASS, detail=form)


def _head(rng: Random, name: str, form: Form) -> list[str]:
    names = [v.name for v in form.fields]
    if form.data:
        return ["@dataclass", f"class {name}:", "    a: float",
                *[f"    {v.name}: {'float' if v.type == SCALAR else 'np.ndarray'}" for v in form.fields[1:]], ""]
    lines = [f"class {name}:", f"    def __init__(self, {', '.join(names)}):"]
    for v in form.fields:
        forms = (v.name, v.name, f"0.5 * {v.name}", f"{v.name}.copy()" if v.type == ARRAY else f"np.sin({v.name})")
        lines.append(f"        self.{v.name} = {rng.choice(forms)}")
    lines += ["        self.n = 0"] * form.counts + ["        self.log = []"] * form.logs
    return [*lines, ""]


def _inside(rng: Random, form: Form, length: int, *more: Variable) -> Scope:
    """The scope of a method: attributes are names like others."""
    own = [Variable(f"self.{v.name}", v.type, v.size, v.length, owned=True) for v in form.fields]
    own += [Variable("self.n", INT, 4.0, frozen=True)] * form.counts
    return Scope(rng, depth=2, length=length, names=[*own, *more],
                 taken={"self", "v", "u", "x", "y", "n", "k0", "np", "math", "e", "v0"})


def _read(rng: Random, form: Form, length: int, *more: Variable) -> str:
    scope = _inside(rng, form, length, *more)
    return ex.bounded(scope, ex.scalar(scope, 2), 3.0).text


def _method(rng: Random, name: str, form: Form, length: int) -> list[str]:
    """A method of a number that writes to its object, gives a number, or both."""
    v = Variable("v", SCALAR, 2.0)
    scope = _inside(rng, form, length, v)
    writes = rng.random() < 0.7
    gives = SCALAR if not writes or name == "__call__" or rng.random() < 0.5 else rng.choice((NOTHING, OBJECT))
    if rng.random() < 0.2:
        scope.line(f"if {ex.condition(scope, plain=True)}:")
        with scope.inside():
            if writes:
                _written(scope, form)
            scope.line("return" + {SCALAR: f" {ex.bounded(scope, ex.scalar(scope, 1), 3.0).text}", OBJECT: " self",
                                   NOTHING: ""}[gives])
    if rng.random() < 0.3:
        scope.budget, scope.gives = 1, gives
        if gives == SCALAR:
            control.statement(scope)
        else:
            st.scalar_assignment(scope)
    if writes:
        for _ in range(rng.randrange(1, 3)):
            _written(scope, form)
    if gives == SCALAR:
        scope.line(f"return {ex.bounded(scope, ex.scalar(scope, 2), 3.0).text}")
    elif gives == OBJECT:
        scope.line("return self")
    form.methods.append(Variable(name, "method", takes=(SCALAR,), gives=gives, writes=True))
    return [f"    def {name}(self, v):", *scope.lines, ""]


def _written(scope: Scope, form: Form) -> None:
    """A write to the object."""
    rng = scope.rng
    if form.counts and rng.random() < 0.4:
        scope.line("self.n += 1")
    if form.logs and rng.random() < 0.5:
        scope.line(f"self.log.append({ex.bounded(scope, ex.scalar(scope, 1), 2.0).text})")
    v = rng.choice([w for w in scope.names if w.name.startswith("self.") and w.type in (SCALAR, ARRAY)])
    if v.type == ARRAY and rng.random() < 0.7:
        st.write(scope, v)
    elif v.type == ARRAY:
        st.assign(scope, v, ex.bounded(scope, ex.array(scope, v.length), 2.0))
    elif rng.random() < 0.5:
        scope.line(f"{v.name} {rng.choice(('+=', '-='))} {ex.bounded(scope, ex.scalar(scope), 1.5).text}")
    else:
        st.assign(scope, v, ex.bounded(scope, ex.scalar(scope), 2.0))


def _operators(rng: Random, name: str, form: Form) -> list[str]:
    """`+` of two objects, `*` with a number, `-`, `+=`, an item, a length."""
    def built(text: str) -> str:
        return f"{name}({', '.join(text.format(v.name) for v in form.fields)})"
    choices = {
        "__add__": ("self, other", f"return {built('self.{0} + other.{0}')}"),
        "__mul__": ("self, k", f"return {built('k * self.{0}')}"),
        "__neg__": ("self", f"return {built('-self.{0}')}"),
        "__iadd__": ("self, k", "self.a = self.a + k\n        return self"),
        "__getitem__": ("self, i", "return self.a * (i + 1)"),
        "__len__": ("self", "return 3"),
    }
    lines = []
    for operator in rng.sample(list(choices), rng.randrange(1, 3)):
        head, body = choices[operator]
        form.operators.append(operator)
        lines += [f"    def {operator}({head}):", f"        {body}", ""]
    return lines


def _taker(rng: Random, name: str, form: Form, length: int) -> list[str]:
    """A function that is given an object, and writes to it."""
    taker = f"use_{name.lower()}"
    method = rng.choice(form.methods)
    call = f"box{'' if method.name == '__call__' else '.' + method.name}(v)"
    lines = ["", f"def {taker}(box, v):"]
    lines.append(rng.choice((f"    {call}", f"    for k in range(2):\n        {call}",
                             "    box.a = np.sin(box.a) + v")))
    gives = rng.choice((SCALAR, OBJECT))
    lines.append(f"    return {'box' if gives == OBJECT else 'box.a * 0.5'}")
    form.takers.append(Variable(taker, "function", gives=gives))
    return [*lines, ""]


def make_subclass(rng: Random, name: str, base: Variable, length: int) -> tuple[str, Variable]:
    """A class that overrides a method of another; its `__init__` calls that of the other, or there is none."""
    old = base.detail
    form = replace(old, methods=list(old.methods), operators=[])
    lines = [f"class {name}({base.name}):"]
    if not old.data and rng.random() < 0.5:
        names = ", ".join(v.name for v in old.fields)
        form.fields = [*old.fields, Variable("c", SCALAR, 4.0)]
        lines += [f"    def __init__(self, {names}, c):", f"        super().__init__({names})",
                  "        self.c = c", ""]
    method = rng.choice(old.methods)
    if rng.random() < 0.5 and method.gives == SCALAR:
        lines += [f"    def {method.name}(self, v):",
                  f"        {rng.choice(('self.a = 0.5 * self.a + v', 'v = np.sin(v)'))}",
                  f"        return {rng.choice(('0.5 * ', 'self.a + '))}super().{method.name}(v)", ""]
    else:
        form.methods = [m for m in old.methods if m.name != method.name]
        lines += _method(rng, method.name, form, length)
    if form.fields is old.fields:
        form.operators = [o for o in old.operators if o in ("__getitem__", "__len__", "__iadd__")]
    return "\n".join(lines).rstrip(), Variable(name, CLASS, detail=form)
