"""Random programs: a module's text with a function `f`, and arguments for it; the same seed gives the same program."""
from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Any

import numpy as np

from tests.generator import (
    attempts,
    classes,
    comprehensions,
    containers,
    control,
    inner,
    memory,
    objects,
    weights,  # noqa: F401  (tells `control` what statements there are)
    writers,
    yields,
)
from tests.generator import expressions as ex
from tests.generator import statements as st
from tests.generator.scope import ARRAY, INT, MATRIX, PAIR, ROWS, SCALAR, Memory, Scope, Variable
from tests.harness.functions import namespace_of

# the least part of all programs that has each
FEATURES = {"merge": 0.2, "exit": 0.2, "call": 0.2, "list": 0.2, "view written": 0.2, "alias written": 0.2,
            "argument written": 0.1, "nonlocal": 0.08, "dict": 0.08, "object": 0.08, "comprehension": 0.08,
            "generator": 0.08, "attempt": 0.08, "with": 0.08}

# the part of all programs that surely get a statement of a family
FAMILIES = {"nonlocal": (inner.new_counter, 0.08), "dict": (containers.new_dict, 0.1),
             "object": (objects.new_object, 0.16), "comprehension": (comprehensions.comprehension, 0.08),
             "generator": (yields.consume, 0.1), "attempt": (attempts.attempt, 0.12), "with": (attempts.managed, 0.09)}


@dataclass(frozen=True)
class Program:
    """The text of a module that defines `f`, and arguments for `f`."""

    source: str
    args: tuple[Any, ...]
    features: frozenset[str]
    seed: int

    def load(self) -> dict[str, Any]:
        return namespace_of(self.source, label=f"program {self.seed}")

    def standalone(self) -> str:
        """A module that shows the program, its arguments and how to look at it."""
        args = ", ".join(_literal(arg) for arg in self.args)
        return f"# seed {self.seed}: {', '.join(sorted(self.features))}\n{self.source}\n\nargs = ({args},)\n"


def _literal(arg: Any) -> str:
    return f"np.array({arg.tolist()!r})" if isinstance(arg, np.ndarray) else repr(arg)


def generate(seed: int, plain: bool = False) -> Program:
    """The program of a seed; a plain one has only what the evaluator knows before kinds are found."""
    rng = Random(seed)
    features: set[str] = set()
    length = rng.choice((3, 3, 4, 5))
    texts: list[str] = []
    functions: list[Variable] = []
    families = [name for name, (_, part) in FAMILIES.items() if rng.random() < part and not plain]
    library = _library(rng, families, length, texts)
    if rng.random() < 0.45:
        for k in range(rng.randrange(1, 3)):
            make = writers.writer if rng.random() < 0.4 else partial(_callee, plain=plain)
            text, function = make(rng, f"g{k}", length, list(functions), features, library)
            texts.append(text)
            functions.append(function)
    outside = _outside(rng, length, features)
    text, args = _main(rng, length, functions, features, [v for v, _ in outside], library,
                       None if plain else families)
    source = "\n\n".join([*[t + "\n" for t in texts], text])
    head = "\n".join([*_imports(source), "import math\n\nimport numpy as np", *[line for _, line in outside]])
    source = f"{head}\n\n{source}"
    return Program(source, args, frozenset(features), seed)


def _imports(text: str) -> list[str]:
    """The imports that a text needs beside NumPy."""
    names = {"contextlib": ("contextmanager", "suppress"), "dataclasses": ("dataclass", "replace")}
    used = {module: [n for n in all if f"{n}(" in text or f"@{n}" in text] for module, all in names.items()}
    return [f"from {module} import {', '.join(found)}" for module, found in used.items() if found]


def _library(rng: Random, families: list[str], length: int, texts: list[str]) -> list[Variable]:
    """Classes, generators, exceptions and managers of the module; their texts are added."""
    found: list[Variable] = []

    def add(made: tuple[str, Variable]) -> Variable:
        texts.append(made[0])
        found.append(made[1])
        return made[1]
    if "object" in families:
        base = add(classes.make_class(rng, rng.choice(("Box", "Model", "State")), length))
        if rng.random() < 0.35:
            add(classes.make_subclass(rng, f"Special{base.name}", base, length))
    if "generator" in families:
        for k in range(rng.randrange(1, 3)):
            add(yields.generator(rng, f"gen{k}", length, found))
    if "attempt" in families and rng.random() < 0.5:
        more, names = attempts.failures(rng, length)
        texts += more
        found += names
    if "with" in families:
        add(attempts.managers(rng))
    return found


def _outside(rng: Random, length: int, features: set[str]) -> list[tuple[Variable, str]]:
    """Names of the module that the function reads."""
    if rng.random() > 0.15:
        return []
    features.add("global")
    values = [round(rng.uniform(-1.0, 1.0), 2) for _ in range(length)]
    array = Variable("WEIGHTS", ARRAY, 1.0, length, frozen=True, memory=Memory(outside=True))
    return [(Variable("GAIN", SCALAR, 1.0, frozen=True), f"GAIN = {round(rng.uniform(0.3, 1.0), 2)}"),
            (array, f"WEIGHTS = np.array({values})")]


def _main(rng: Random, length: int, functions: list[Variable], features: set[str],
          outside: list[Variable], library: list[Variable], families: list[str] | None) -> tuple[str, tuple[Any, ...]]:
    kinds = rng.choice(((SCALAR,), (ARRAY,), (SCALAR, SCALAR), (SCALAR, ARRAY), (ARRAY, SCALAR), (ARRAY, ARRAY),
                        (ARRAY, SCALAR, SCALAR)))
    params, args = [], []
    for name, kind in zip("xyz", kinds):
        params.append(Variable(name, kind, 1.5, length, memory=Memory(param=True)))
        values = [round(rng.uniform(-1.4, 1.4), 6) for _ in range(length)]
        args.append(np.array(values) if kind == ARRAY else values[0])
    if rng.random() < 0.3:
        params.append(Variable("n", INT, 4.0, frozen=True))
        args.append(rng.randrange(0, 4))
    scope = Scope(rng, budget=rng.randrange(4, 13), length=length, functions=functions, features=features,
                  taken={"x", "y", "z", "n", "k0", "np", "math", "e", "v0", "g0", "g1"}, names=[*params, *outside],
                  library=library, plain=families is None)
    _themes(scope)
    for family in families or ():
        if rng.random() < 0.3:
            _forced(scope, FAMILIES[family][0])
        else:
            FAMILIES[family][0](scope)
    while scope.budget > 0:
        control.statement(scope)
    scope.line(f"return {_everything(scope)}")
    return "\n".join([f"def f({', '.join(p.name for p in params)}):", *scope.lines, ""]), tuple(args)


def _themes(scope: Scope) -> None:
    """What makes the features frequent: something to write, something to push on."""
    rng = scope.rng
    if rng.random() < 0.45:
        st.owned_array(scope)
        if rng.random() < 0.6:
            _forced(scope, st.rebind_owned)
    for form, chance in ((memory.bind_view, 0.25), (memory.bind_alias, 0.25), (memory.write_argument, 0.15)):
        if rng.random() < chance:
            form(scope)
    if rng.random() < 0.2:
        _forced(scope, rng.choice((memory.bind_view, memory.bind_alias, st.array_update, writers.call_writer)))
    if rng.random() < 0.3:
        st.new_stack(scope)
        if rng.random() < 0.5:
            _forced(scope, st.use_stack)
    if rng.random() < 0.25:
        _forced(scope, control.leaving_branch)


def _forced(scope: Scope, form: st.Statement) -> None:
    """A loop or a branch that surely holds a statement of a form."""
    rng = scope.rng
    if rng.random() < 0.3:
        scope.line(f"if {ex.condition(scope)}:")
        with scope.inside():
            form(scope)
            control.block(scope, 2)
        return
    i = scope.fresh(INT, top=3)
    scope.features.add("loop")
    scope.line(f"for {i.name} in range(3):")
    scope.loop_count += 1
    scope.loops.append(scope.loop_count)
    with scope.inside():
        i.loops |= set(scope.loops)
        scope.names.append(i)
        if rng.random() < 0.5:
            control.statement(scope)
        form(scope)
        control.block(scope, 2)
    scope.loops.pop()


def _everything(scope: Scope) -> str:
    """A number that most of what is in scope flows into."""
    terms = []
    for v in scope.names:
        if v.type == SCALAR:
            terms.append(v.name if scope.rng.random() < 0.6 else f"np.sin({v.name})")
        elif v.type == ARRAY:
            forms = ("np.sum({0})", "np.sum({0} ** 2)", "np.sum({0} * np.cos({0}))")
            terms.append(scope.rng.choice(forms).format(v.name))
        elif v.type == "stack":
            terms.append(f"sum({v.name})")
        elif v.type == MATRIX:
            terms.append(f"np.sum({v.name})")
        elif v.type == ROWS and v.length:
            terms.append(f"np.sum({v.name}[0] * {v.name}[-1])")
    scope.rng.shuffle(terms)
    musts = list(dict.fromkeys(scope.musts))
    return " + ".join([*musts[-4:], *terms[: scope.rng.randrange(2, 6)]]) or "0.0"


def _callee(rng: Random, name: str, length: int, known: list[Variable], features: set[str],
            library: list[Variable], plain: bool = False) -> tuple[str, Variable]:
    """A function that others call: plain, with a default, with early returns, or recursive."""
    if rng.random() < 0.25:
        return _recursive(rng, name, length)
    gives = rng.choices((SCALAR, ARRAY, PAIR), (5, 3, 2))[0]
    params = [Variable("x", rng.choice((SCALAR, ARRAY)) if gives != ARRAY else ARRAY, 2.0, length,
                       memory=Memory(param=True))]
    wrote = "argument written" in features
    features.discard("argument written")
    takes = [params[0].type]
    heads = ["x"]
    if rng.random() < 0.5:
        params.append(Variable("y", SCALAR, 2.0))
        takes.append(SCALAR)
        heads.append("y")
    if rng.random() < 0.4:
        params.append(Variable("k", SCALAR, 1.0))
        takes.append(f"?k:{SCALAR}")
        heads.append(f"k={round(rng.uniform(0.3, 1.5), 1)}")
    scope = Scope(rng, budget=rng.randrange(0, 5), length=length, functions=known, features=features, gives=gives,
                  library=library, plain=plain,
                  taken={"x", "y", "k", "np", "math", "e", "v0", "g0", "g1"}, names=list(params))
    while scope.budget > 0:
        control.statement(scope)
    scope.line(control.result(scope))
    text = "\n".join([f"def {name}({', '.join(heads)}):", *scope.lines])
    writes = "argument written" in features
    if wrote:
        features.add("argument written")
    return text, Variable(name, "function", takes=tuple(takes), gives=gives, writes=writes)


def _recursive(rng: Random, name: str, length: int) -> tuple[str, Variable]:
    """`g(x, n)` that calls itself with `n - 1`, once or twice."""
    kind = rng.choice((SCALAR, SCALAR, ARRAY))
    x, h = Variable("x", kind, 2.0, length), Variable("h", kind, 2.0, length)
    scope = Scope(rng, length=length, names=[x])

    def expression(*names: Variable) -> str:
        e = ex.scalar(scope, 2, list(names)) if kind == SCALAR else ex.array(scope, length, 2, list(names))
        return ex.bounded(scope, e, 2.0).text
    lines = [f"def {name}(x, n=2):", "    if n <= 0:", f"        return {expression(x)}"]
    if rng.random() < 0.3:
        lines += ["    if n % 2:", f"        return {name}({expression(x)}, n - 1) * 0.5"]
    lines += [f"    h = {name}({expression(x)}, n - 1)", f"    return {expression(x, h)}"]
    return "\n".join(lines), Variable(name, "function", takes=(kind, "?n:int"), gives=kind)
