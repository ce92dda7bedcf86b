"""`match` as `if` and `elif`: what a pattern demands is a condition, what it captures are assignments."""
from __future__ import annotations

from typing import Any

import gast

from tangent2.core.objects import is_named_tuple, is_user_class
from tangent2.python.desugar_generators import located_new
from tangent2.python.desugar_state import STATEMENTS, Desugaring, build
from tangent2.python.parts import walk

_BUILTIN = (int, float, str, bool, complex, list, tuple, dict, bytes)
_NEEDED = {"list": list, "tuple": tuple, "range": range, "dict": dict, "isinstance": isinstance, "len": len}


class _Unknown(Exception):
    """A pattern that is not known."""


class _Pattern:
    """What a pattern demands, in order, and what it captures."""

    def __init__(self, D: Desugaring, place: Any) -> None:
        self.D, self.place = D, place
        self.tests: list[Any] = []
        self.binds: list[tuple[str, Any]] = []

    def test(self, text: str, **parts: Any) -> None:
        self.tests.append(build(text, self.place, **parts))

    def read(self, pattern: Any, subject: Any) -> None:
        rule = getattr(self, type(pattern).__name__, None)
        if rule is None:
            raise _Unknown
        rule(pattern, subject)

    def MatchValue(self, pattern: Any, subject: Any) -> None:
        self.test("S == V", S=subject, V=pattern.value)

    def MatchSingleton(self, pattern: Any, subject: Any) -> None:
        self.test("S is V", S=subject, V=gast.Constant(pattern.value, None))

    def MatchAs(self, pattern: Any, subject: Any) -> None:
        if pattern.pattern is not None:
            self.read(pattern.pattern, subject)
        if pattern.name is not None:
            self.binds.append((pattern.name, subject))

    def MatchOr(self, pattern: Any, subject: Any) -> None:
        sides = []
        for each in pattern.patterns:
            side = _Pattern(self.D, self.place)
            side.read(each, subject)
            if side.binds:
                raise _Unknown
            if not side.tests:
                return
            sides.append(joined(gast.And(), side.tests, self.place))
        self.tests.append(joined(gast.Or(), sides, self.place))

    def MatchSequence(self, pattern: Any, subject: Any) -> None:
        parts = pattern.patterns
        stars = [k for k, p in enumerate(parts) if isinstance(p, gast.MatchStar)]
        count = len(parts) - len(stars)
        self.test("isinstance(S, (list, tuple, range))", S=subject)
        self.test(f"len(S) >= {count}" if stars else f"len(S) == {count}", S=subject)
        for k, part in enumerate(parts):
            after = len(parts) - k - 1
            if k in stars:
                if part.name is not None:
                    upper = f"len(S) - {after}" if after else ""
                    self.binds.append((part.name, build(f"list(S[{k}:{upper}])", self.place, S=subject)))
                continue
            place = f"-{after + 1}" if stars and k > stars[0] else str(k)
            self.read(part, build(f"S[{place}]", self.place, S=subject))

    def MatchMapping(self, pattern: Any, subject: Any) -> None:
        self.test("isinstance(S, dict)", S=subject)
        for key in pattern.keys:
            self.test("K in S", S=subject, K=key)
        for key, part in zip(pattern.keys, pattern.patterns):
            self.read(part, build("S[K]", self.place, S=subject, K=key))
        if pattern.rest is not None:
            keys = gast.Tuple(list(pattern.keys), gast.Load())
            self.binds.append((pattern.rest, build("{k: v for k, v in S.items() if k not in K}", self.place, S=subject,
                                                   K=located_new(keys, self.place))))

    def MatchClass(self, pattern: Any, subject: Any) -> None:
        cls: Any = self.D.resolve(pattern.cls)
        builtin = any(cls is each for each in _BUILTIN)
        if not builtin and not is_user_class(cls) and not is_named_tuple(cls) or builtin and (
                pattern.kwd_attrs or len(pattern.patterns) > 1):
            raise _Unknown
        self.test("isinstance(S, C)", S=subject, C=pattern.cls)
        if builtin:
            for part in pattern.patterns:
                self.read(part, subject)
            return
        names = getattr(cls, "__match_args__", ())
        if len(pattern.patterns) > len(names):
            raise _Unknown
        for name, part in (*zip(names, pattern.patterns), *zip(pattern.kwd_attrs, pattern.kwd_patterns)):
            self.attribute(name, part, subject)

    def attribute(self, name: str, part: Any, subject: Any) -> None:
        """What an attribute has to be."""
        self.test("?hasattr(S, N)", S=subject, N=gast.copy_location(gast.Constant(name, None), self.place))
        self.read(part, gast.copy_location(gast.Attribute(subject, name, gast.Load()), self.place))


def joined(operator: Any, parts: list[Any], place: Any) -> Any:
    """Conditions as one."""
    return parts[0] if len(parts) == 1 else gast.copy_location(gast.BoolOp(operator, parts), place)


def match(D: Desugaring, node: Any) -> list[Any] | None:
    """A chain of `if`; None where a pattern is not known."""
    found = branches(D, node)
    return None if found is None else D.block(found)


def branches(D: Desugaring, node: Any) -> list[Any] | None:
    """The same, whose parts are not rewritten yet."""
    if any(D.resolve(gast.Name(n, gast.Load(), None, None)) is not obj for n, obj in _NEEDED.items()):
        return None
    captured = {n.name for n in walk(node) if isinstance(n, (gast.MatchAs, gast.MatchStar)) and n.name}
    subject, start = node.subject, []
    if not (isinstance(subject, gast.Name) and subject.id not in captured):
        name = f"?subject#{node.lineno}.{node.col_offset}"
        start = [gast.Assign([gast.Name(name, gast.Store(), None, None)], subject, None)]
        subject = gast.copy_location(gast.Name(name, gast.Load(), None, None), node.subject)
    try:
        stmts = [*start, *_cases(D, node.cases, subject)]
    except _Unknown:
        return None
    return [located_new(s, node.subject) for s in stmts]


def _cases(D: Desugaring, cases: list[Any], subject: Any) -> list[Any]:
    if not cases:
        return []
    case, *rest = cases
    pattern = _Pattern(D, case.pattern)
    pattern.read(case.pattern, subject)
    place, tests, body = case.pattern, list(pattern.tests), list(case.body)
    if case.guard is None:
        for name, value in reversed(pattern.binds):
            target = gast.Name(name, gast.Store(), None, None)
            body.insert(0, located_new(gast.Assign([target], value, None), place))
    else:
        tests += [_bound(name, value, place) for name, value in pattern.binds] + [case.guard]
    if not tests:
        return body
    orelse = _cases(D, rest, subject)
    return [located_new(gast.If(joined(gast.And(), tests, place), body, orelse), place)]


def _bound(name: str, value: Any, place: Any) -> Any:
    """A condition that always holds, and binds a name."""
    made = build("((H := V), True)[-1]", place, V=value)
    made.value.elts[0].target = gast.copy_location(gast.Name(name, gast.Store(), None, None), place)
    return made


if hasattr(gast, "Match"):
    STATEMENTS[gast.Match] = match
