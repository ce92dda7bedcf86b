"""`tangent2 rules`: what is differentiated, from the registry of rules."""
from __future__ import annotations

import difflib
import inspect
import textwrap
from collections.abc import Callable
from typing import Any

from tangent2.core.kinds import FLOAT
from tangent2.core.prims import Prim
from tangent2.core.syntax import Const
from tangent2.definitions.define import definitions
from tangent2.errors import TangentError
from tangent2.pipeline import Compiler
from tangent2.requests import gradient_request
from tangent2.rules.declare import Rule, all_rules, recognise_prim
from tangent2.targets import UsageError, function_named

GROUPS = {"operator": "Operators", "builtin": "Built-in functions", "numpy": "NumPy", "math": "The module math",
          "method": "Methods and attributes of arrays", "own": "Your own"}
_OPERATORS = ("binary", "unary", "compare")


def rulebook(name: str | None, write: Callable[[str], None]) -> int:
    """Print the list of all rules, or the rules of one name."""
    if name is None:
        print(_list())
        return 0
    if (definition := _defined(name)) is not None:
        write(f"# {name}\n# Defined by other functions, and differentiated as they are.\n\n" + definition)
        return 0
    found = _of_target(name) if ":" in name else _named(name)
    if not found and (":" in name or name.endswith(".py")):
        raise UsageError(f"there is no rule for `{name}`, and functions written in Python need none\n"
                         f"  advice: `tangent2 rules` takes names such as np.sin; `tangent2 show {name}` prints the "
                         "derivative of a function")
    if not found:
        known = sorted({label(p) for p in shown()})
        last = difflib.get_close_matches(name.rpartition(".")[2], {k.rpartition(".")[2] for k in known}, 3)
        near = [k for n in last for k in known if k.rpartition(".")[2] == n]
        raise UsageError(f"there is no rule for `{name}`" + (f"; did you mean {', '.join(near)}?" if near else "")
                         + "\n  advice: functions written in Python need none; CONTRIBUTING.md tells how to add one")
    for k, prim in enumerate(found):
        write(("\n\n" if k else "") + _entry(prim, all_rules()[prim]))
    return 0


def _defined(name: str) -> str | None:
    """The text of the definition of a function of NumPy."""
    for function, definition in definitions().items():
        if name.replace("numpy.", "np.") in (_title(function), _title(function).rpartition(".")[2]):
            lines = inspect.getsource(definition).splitlines()
            return "\n".join(line for line in lines if not line.startswith("@"))
    return None


def _title(function: Any) -> str:
    """How a function of NumPy is written.

    >>> import numpy as np
    >>> _title(np.quantile), _title(np.linalg.lstsq), _title(np.matvec)
    ('np.quantile', 'np.linalg.lstsq', 'np.matvec')
    """
    home = getattr(function, "__module__", None) or "numpy"
    return f"{home.replace('numpy', 'np', 1)}.{function.__name__}"


def _of_target(target: str) -> list[Prim]:
    """The primitive that `FILE_OR_MODULE:FUNCTION` has by a rule in its own module."""
    found = recognise_prim(function_named(target))
    return [found] if found is not None and found in all_rules() else []


def label(prim: Prim) -> str:
    """How a primitive is written.

    >>> from tangent2.rules.declare import by_name
    >>> label(by_name("np.sin")), label(by_name("add")), label(by_name(".sum")), label(by_name("truth"))
    ('np.sin', '+', '.sum', 'bool')
    """
    form = prim.spelling
    if form[0] in ("call", "object"):
        return prim.name
    return f".{form[1]}" if form[0] in ("method", "attribute") else form[1].strip()


def _group(prim: Prim) -> str | None:
    """The heading under which a primitive is listed; None for what only emitted code calls."""
    form = prim.spelling
    if form[0] == "call":
        top = form[1].partition(".")[0]
        return None if top == "tangent2" else GROUPS.get(top, form[1])
    if form[0] == "object":
        return GROUPS["own"]
    if form[0] in _OPERATORS:
        return GROUPS["operator"]
    return GROUPS["builtin" if form[0] == "builtin" else "method"] if form[0] != "special" else None


def shown() -> list[Prim]:
    return [prim for prim in all_rules() if _group(prim) is not None]


def _named(name: str) -> list[Prim]:
    """The primitives of a name: as it is written, or without its module; then also what only emitted code calls."""
    short = f"np.{name.removeprefix('numpy.')}" if name.startswith("numpy.") else name
    exact = [p for p in shown() if label(p) in (name, short)]
    bare = [p for p in shown() if label(p).rpartition(".")[2] == name]
    return exact or bare or [p for p in all_rules() if name in (label_or_name(p), p.name)]


def label_or_name(prim: Prim) -> str:
    """As `label`, also for what is printed in a form of its own."""
    return prim.name if prim.spelling[0] == "special" else label(prim)


def _list() -> str:
    groups: dict[str, tuple[list[str], list[str]]] = {title: ([], []) for title in GROUPS.values()}
    groups[GROUPS["numpy"]][0].extend(map(_title, definitions()))
    for prim in shown():
        active, zero = groups.setdefault(str(_group(prim)), ([], []))
        (zero if all_rules()[prim].constant else active).append(label(prim))
    parts = []
    for title, (active, zero) in groups.items():
        if not active and not zero:
            continue
        rows = [title]
        for what, names in ("differentiated", active), ("derivative zero", zero):
            if names:
                rows += ["  " + what + ":", textwrap.fill(" ".join(_unique(names)), 100, initial_indent="    ",
                                                          subsequent_indent="    ", break_on_hyphens=False,
                                                          break_long_words=False)]
        parts.append("\n".join(rows))
    parts.append("Functions written in Python need no rule: they are read.  `tangent2 rules NAME` prints one rule.")
    return "\n\n".join(parts)


def _unique(names: list[str]) -> list[str]:
    return sorted(dict.fromkeys(names), key=lambda name: (name.rpartition(".")[0], name))


def _entry(prim: Prim, rule: Rule) -> str:
    """One rule: its name, notes, the template as it is declared, and the adjoint that is derived from it."""
    head = "\n".join(f"# {line}" for line in (label_or_name(prim), *_notes(prim, rule)))
    if rule.template is not None:
        head += "\n\n" + textwrap.dedent(inspect.getsource(rule.template)).rstrip("\n")
    derived = _derived(prim, rule)
    return head + (f"\n\n# its gradient, for a number\n\n{derived}" if derived else "")


def _notes(prim: Prim, rule: Rule) -> list[str]:
    notes = []
    if rule.constant:
        notes.append("The derivative is zero wherever there is one: accepted, nothing flows through it.")
    if rule.linear:
        notes.append(f"Linear in {', '.join(rule.linear)}: the tangent is the function itself, the adjoint its "
                     "transpose.")
    elif rule.template is not None and prim.elementwise:
        notes.append("Elementwise: adjoints are summed where operands were broadcast.")
    if rule.adjoint is not None:
        notes.append(f"Written against the builder: {rule.adjoint.__module__}.{rule.adjoint.__qualname__}")
    if rule.defaults:
        notes.append("Defaults: " + ", ".join(f"{name}={value.value!r}" for name, value in rule.defaults.items()
                                              if isinstance(value, Const)))
    if prim.result in ("view", "maybe_view"):
        notes.append("The result may share memory with the first operand: writing to it is looked after.")
    return notes


def _derived(prim: Prim, rule: Rule) -> str | None:
    """The text of the gradient of an elementwise function, or of one of the user's, for numbers."""
    known = prim.elementwise and prim.spelling[0] == "call" or rule.own
    if rule.template is None or prim.obj is None or not known:
        return None
    wrt = tuple(range(len(prim.params)))
    request = gradient_request(wrt, False, len(wrt) == 1)
    try:
        return request.text(Compiler(), prim.obj, (FLOAT,) * len(wrt)).text
    except TangentError:
        return None
