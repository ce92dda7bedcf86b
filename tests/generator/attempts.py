"""`try` that fires: errors of lookups and division, errors the program raises itself, `else`, `finally`, `with`."""
from __future__ import annotations

from random import Random
from typing import NamedTuple

from tests.generator import control
from tests.generator import expressions as ex
from tests.generator import statements as st
from tests.generator.scope import ARRAY, DICT, FAILURE, INT, MANAGER, RAISER, SCALAR, STACK, Scope, Variable


class Risk(NamedTuple):
    """An expression or statement that may raise, and the classes that catch it."""

    text: str
    kinds: tuple[str, ...]
    statement: bool = False


def failures(rng: Random, length: int) -> tuple[list[str], list[Variable]]:
    """Exception classes and a function that raises, of the module."""
    texts = ["class Failure(Exception):\n    def __init__(self, value):\n        super().__init__('failed')\n"
             "        self.value = value", "class Far(Failure):\n    pass"]
    found = [Variable(name, FAILURE) for name in ("Failure", "Far")]
    v = Variable("v", SCALAR, 2.0)
    scope = Scope(rng, length=length, names=[v])
    kind, given = rng.choice((("Failure", "v * 0.5"), ("Far", "np.sin(v)"), ("ValueError", "'too far'")))
    scope.lines.append("def checked(v):")
    scope.line(f"if {ex.condition(scope, plain=True)}:")
    scope.line(f"    raise {kind}({given})")
    scope.line(f"return {ex.bounded(scope, ex.scalar(scope, 1), 2.0).text}")
    texts.append("\n".join(scope.lines))
    found.append(Variable("checked", RAISER, detail=kind))
    return texts, found


def managers(rng: Random) -> tuple[str, Variable]:
    """A context manager of the module: a class, or a generator."""
    if rng.random() < 0.35:
        body = rng.choice(("    yield v * 0.5", "    try:\n        yield np.sin(v)\n    finally:\n        v = 0.0",
                           "    u = np.ones(2) * v\n    yield u[0] * u[1]"))
        return f"@contextmanager\ndef held(v):\n{body}", Variable("held", MANAGER, gives=SCALAR)
    given = rng.choice(("self", "self", "self.gain"))
    lines = ["class Scoped:", "    def __init__(self, gain):", "        self.gain = gain", "        self.depth = 0", "",
             "    def __enter__(self):", "        self.depth += 1",
             f"        self.gain = {rng.choice(('0.5 * self.gain', 'self.gain', 'np.sin(self.gain)'))}",
             f"        return {given}", "", "    def __exit__(self, kind, error, trace):",
             f"        self.gain = {rng.choice(('self.gain * 0.5 + 0.1', 'np.cos(self.gain)', 'self.gain'))}",
             f"        return {rng.choice(('False', 'None'))}"]
    return "\n".join(lines), Variable("Scoped", MANAGER, gives="object" if given == "self" else SCALAR)


def _risks(scope: Scope) -> list[Risk]:
    """What may raise here."""
    e = ex.bounded(scope, ex.scalar(scope, 1), 2.0).text
    test = ex.condition(scope, plain=True)
    value = ("ValueError", "Exception")
    risks = [Risk(f"{{'a': {e}}}['b']", ("KeyError", "LookupError", "(KeyError, ValueError)")),
             Risk(f"[{e}, 0.5][2]", ("IndexError", "LookupError", "Exception")),
             Risk(f"({e}) * (1.0 / 0)", ("ZeroDivisionError", "ArithmeticError")),
             Risk("math.sqrt(-1.0 - abs(" + e + "))", value), Risk(f"({e}) * int('one')", value),
             Risk(f"if {test}:\n{{0}}    raise ValueError('no')", value, True),
             Risk(f"if {test}:\n{{0}}    raise ValueError({e})", value, True),
             Risk(f"if {test}:\n{{0}}    raise KeyError", ("KeyError", "(ValueError, LookupError)"), True),
             Risk("raise ValueError('always')", value, True), Risk(f"assert {test}", ("AssertionError",), True)]
    for i in scope.all(INT):
        risks += [Risk(f"1.0 / ({i.name} - 1) * ({e})", ("ZeroDivisionError",)),
                  Risk(f"[{e}, 0.7][{i.name} + 1]", ("IndexError", "LookupError"))]
    risks += [Risk(f"{d.name}['none']", ("KeyError",)) for d in scope.all(DICT) if d.gives == SCALAR]
    risks += [Risk(f"{v.name}[{v.length}]", ("IndexError",)) for v in scope.all(ARRAY)]
    risks += [Risk(f"{v.name}[100]", ("IndexError",)) for v in scope.all(STACK)]
    for _ in scope.provided(FAILURE)[:1]:
        kinds = ("Failure", "(Failure, KeyError)")
        risks += [Risk(f"if {test}:\n{{0}}    raise {kind}({e})", kinds, True)
                  for kind in ("Failure", "Far")]
    for f in scope.provided(RAISER):
        kinds = ("ValueError",) if f.detail == "ValueError" else ("Failure",)
        risks += [Risk(f"checked({e})", kinds)] * 3
    return risks


def attempt(scope: Scope) -> bool:
    """A `try` whose body raises, always or by a condition."""
    rng = scope.rng
    if scope.depth > 3:
        return False
    risk = rng.choice(_risks(scope))
    joint = scope.fresh(SCALAR, size=4.0)
    scope.features.add("attempt")
    ended = rng.random() < 0.25
    scope.line("try:")
    scope.tried += 1
    with scope.inside():
        _attempted(scope, risk, joint)
        if rng.random() < 0.3:
            control.block(scope, 1)
    scope.tried -= 1
    _handlers(scope, risk, joint)
    if rng.random() < 0.2:
        scope.features.add("attempt else")
        scope.line("else:")
        with scope.inside():
            scope.line(f"{joint.name} = {joint.name} * {ex.constant(scope)}")
            control.block(scope, 1)
    scope.assigned(joint)
    if ended:
        scope.features.add("finally")
        scope.line("finally:")
        with scope.inside():
            scope.names = [v for v in scope.names if v is not joint]
            st.scalar_update(scope) or st.scalar_assignment(scope)
    scope.must(joint.name)
    return True


def _attempted(scope: Scope, risk: Risk, joint: Variable) -> None:
    rng = scope.rng
    if rng.random() < 0.4:
        control.block(scope, 1)
    if risk.statement:
        scope.line(risk.text.format("    " * scope.depth))
        scope.line(f"{joint.name} = {ex.bounded(scope, ex.scalar(scope, 1)).text}")
        return
    scope.line(f"{joint.name} = {risk.text}")
    if rng.random() < 0.3:
        st.array_update(scope) or st.scalar_update(scope)


def _handlers(scope: Scope, risk: Risk, joint: Variable) -> None:
    """One handler or two; what they bind, or they leave the loop or the function."""
    rng = scope.rng
    if rng.random() < 0.2:
        scope.line(f"except {rng.choice(('TypeError', 'OverflowError', 'RuntimeError'))}:")
        scope.line(f"    {joint.name} = 0.25")
    kind = rng.choice(risk.kinds)
    scope.line(f"except {kind}{' as error' if rng.random() < 0.2 else ''}:")
    with scope.inside():
        if rng.random() < 0.3:
            control.block(scope, 1)
        if scope.loops and rng.random() < 0.3:
            exit = rng.choice(("break", "continue"))
            scope.features |= {"exit", exit}
            scope.line(exit)
            return
        if rng.random() < 0.08:
            control.leave(scope, "return") if not scope.loops or rng.random() < 0.3 else None
        e = ex.bounded(scope, ex.scalar(scope, 1)).text
        scope.line(f"{joint.name} = {e}")


def scan(scope: Scope) -> bool:
    """A loop each of whose turns may fail: keys that are not there, indices past the end, division by zero."""
    rng = scope.rng
    if len(scope.loops) > 1 or scope.depth > 3:
        return False
    total = scope.fresh(SCALAR, size=8.0)
    e = ex.bounded(scope, ex.scalar(scope, 1), 1.5).text
    other = ex.bounded(scope, ex.scalar(scope, 1), 1.5).text
    arrays, dicts = scope.all(ARRAY), [d for d in scope.all(DICT) if d.gives == SCALAR]
    head, risk, kind = rng.choice(
        [("for k5 in range(3):", f"(1.0 / (k5 - 1)) * ({e})", "ZeroDivisionError"),
         ("for k5 in ('0.5', 'x', '1.5'):", f"float(k5) * ({e})", "ValueError"),
         ("for k5 in range(4):", f"[{e}, 0.5, {other}][k5]", "IndexError")]
        + [(f"for k5 in ({', '.join(d.detail)}, 'none'):", f"{d.name}[k5]", "KeyError") for d in dicts]
        + [(f"for k5 in range({v.length + 1}):", f"{v.name}[k5] ** 2", "IndexError") for v in arrays[:3]])
    scope.features |= {"attempt", "loop", "scan"}
    scope.line(f"{total.name} = {rng.choice(('0.0', e))}")
    scope.line(head)
    text = [f"    try:\n{{0}}        {total.name} += {risk}", f"    except {kind}:",
            f"        {rng.choice((f'{total.name} -= {other}', 'continue', 'break', 'pass', f'{total.name} *= 0.5'))}"]
    if rng.random() < 0.25:
        text += ["    else:", f"        {total.name} += {rng.choice(('0.5', other))}"]
    if rng.random() < 0.25:
        text += ["    finally:", f"        {total.name} *= 0.9"]
    for line in text:
        scope.line(line.replace("{0}", "    " * scope.depth))
    scope.assigned(total)
    scope.must(total.name)
    return True


def managed(scope: Scope) -> bool:
    """`with` over a manager of the module, or `suppress`; left in many ways."""
    rng = scope.rng
    if scope.depth > 3:
        return False
    known = scope.provided(MANAGER)
    t = scope.fresh(SCALAR, size=4.0)
    e = ex.bounded(scope, ex.scalar(scope, 1), 2.0).text
    st.assign(scope, t, ex.Expr(e, 2.0))
    t.size = 6.0
    scope.features.add("with")
    if not known or rng.random() < 0.15:
        scope.line("with suppress(KeyError):")
        scope.tried += 1
        with scope.inside():
            scope.line(f"{t.name} += {{'a': {e}}}[{rng.choice((repr('a'), repr('b')))}]")
            control.block(scope, 1)
        scope.tried -= 1
        return True
    m = rng.choice(known)
    name = "held_as"
    scope.taken.add(name)
    read = f"{name}.gain" if m.gives == "object" else name
    scope.line(f"with {m.name}({e}) as {name}:")
    with scope.inside():
        scope.names.append(Variable(read, SCALAR, 2.0, frozen=True))
        scope.line(f"{t.name} += {rng.choice(('{0}', 'np.sin({0})', '{0} * {0}')).format(read)}")
        control.block(scope, 2)
    if m.gives == "object" and rng.random() < 0.5:
        scope.line(f"{t.name} += {read}")
    scope.must(t.name)
    return True
