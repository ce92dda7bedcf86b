"""Random programs full of aliases: two names of one array, views, containers that share, and writes through them all.

`python -m tests.analysis.aliasing 2000 [first seed]` prints the programs whose derivatives are wrong.
"""
from __future__ import annotations

import random
import sys
import warnings
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.harness.functions import forget, namespace_of
from tests.harness.limits import TooSlow, limited
from tests.harness.modes import INTERNAL, SKIPPED, WRONG, Outcome, run_modes, subject, worst

X = np.array([0.7, -1.2, 1.9, 0.4])
ARRAYS, LISTS = "abc", "uv"


class Maker:
    """One program: statements on four arrays of four elements and two lists of such arrays."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.lines: list[str] = []

    def array(self) -> str:
        return self.random.choice([*ARRAYS, *ARRAYS, *ARRAYS, "x", f"{self.sequence()}[{self.at()}]", "t[0]", "t[1]",
                                   f"d['{self.random.choice('kl')}']"])

    def sequence(self) -> str:
        return self.random.choice(LISTS)

    def at(self) -> int:
        return self.random.choice((0, 1, -1))

    def number(self) -> str:
        return self.random.choice(["2.0", "x[1]", f"{self.array()}[{self.random.randrange(4)}]", "np.sum(x)", "i"])

    def shared(self) -> str:
        """An array that is, or may be, or is made of another one."""
        return self.random.choice(SHARED).format(self.array(), self.array(), self.number())

    def statement(self, depth: int) -> None:
        make: Callable[[int], str] = self.random.choice(STATEMENTS).__get__(self)
        made = make(depth)
        self.lines += ["    " * depth + line for line in made.split("\n") if line]

    def block(self, depth: int) -> str:
        outer, self.lines = self.lines, []
        for _ in range(self.random.randrange(1, 4)):
            self.statement(1)
        made, self.lines = "\n".join(self.lines), outer
        return made

    # statements

    def bind(self, depth: int) -> str:
        return f"{self.random.choice(ARRAYS)} = {self.shared()}"

    def swap(self, depth: int) -> str:
        return self.random.choice(["a, b = b, a", "a, b, c = b, c, a", "u, v = v, u", "c, (a, b) = a, t"])

    def write(self, depth: int) -> str:
        value = f"{self.number()} * {self.array()}[{self.random.randrange(4)}]"
        form = self.random.choice(WRITES)
        return form.format(self.array().replace("x", "a"), value, self.array(), self.random.randrange(4))

    def make_list(self, depth: int) -> str:
        form = self.random.choice(["[{0}, {1}]", "[{0}, {0}]", "[{0}] * 2", "[{0}] + [{1}]", "list(t)", "u[:]",
                                   "[w for w in v]", "[w * {2} for w in u]", "[{0} for _ in range(2)]", "v",
                                   "v.copy()"])
        return f"{self.sequence()} = {form.format(self.shared(), self.shared(), self.number())}"

    def change_list(self, depth: int) -> str:
        one = self.sequence()
        return self.random.choice([f"{one}.append({self.shared()})", f"{one}[{self.at()}] = {self.shared()}",
                                   f"{one} += [{self.shared()}]", f"a = {one}.pop()\n{one}.append(b)",
                                   f"{one}[0], {one}[1] = {one}[1], {one}[0]"])

    def make_others(self, depth: int) -> str:
        return self.random.choice([f"t = ({self.shared()}, {self.array()})", f"d['k'] = {self.shared()}",
                                   f"d = {{'k': {self.shared()}, 'l': {self.array()}}}", "a, b = t",
                                   "a, b = u[0], v[0]"])

    def call(self, depth: int) -> str:
        form = self.random.choice(["same({0})", "fresh({0})", "either({0}, {1})", "first({2})", "part({0})"])
        return f"{self.random.choice(ARRAYS)} = {form.format(self.array(), self.array(), self.sequence())}"

    def branch(self, depth: int) -> str:
        return self._nested(f"if {self.random.choice(['x[0]', 'x[1]', 'a[0]'])} > 0.1:", depth) + (
            "\n" + self._nested("else:", depth) if self.random.random() < 0.5 else "")

    def loop(self, depth: int) -> str:
        head = self.random.choice(["for i in range(3):", "for i in range(2):", "for w in u:", "for w, z in zip(u, v):"])
        return self._nested(head, depth)

    def _nested(self, head: str, depth: int) -> str:
        if depth > 2:
            return "a = b"
        body = self.block(depth)
        return head + "\n" + "\n".join("    " + line[4:] for line in body.split("\n"))


SHARED = ("{0}", "{0}", "{0}[::-1]", "{0}[:]", "np.ravel({0})", "{0}.reshape(4)", "np.asarray({0})", "{0} * {2}",
          "{0} + {1}", "{0}.copy()", "np.array({0})", "np.where({0} > 0.0, {0}, {1})", "np.tanh({0})",
          "({0} if x[0] > 0.0 else {1})", "{0}.T", "np.zeros(4)")
WRITES = ("{0}[{3}] = {1}", "{0}[{3}] = {1}", "{0}[{3}] += {1}", "{0}[1:3] = {2}[:2]", "{0}[:] = {2}", "{0} += {2}",
          "{0} *= {2}", "{0}[::2] *= {2}[1::2]", "np.add.at({0}, [0, 0], {1})", "a -= {2}", "b[{3}] = {1}",
          "c[0] = {1}")
STATEMENTS = (Maker.bind, Maker.bind, Maker.swap, Maker.write, Maker.write, Maker.write, Maker.make_list,
              Maker.change_list, Maker.make_others, Maker.call, Maker.branch, Maker.loop)
HEADER = '''import numpy as np
def same(p):
    return p
def fresh(p):
    return p * 1.5
def either(p, q):
    return p if p[0] > q[0] else q
def first(p):
    return p[0]
def part(p):
    return p[::-1]
def f(x):
    a, b, c = x * 1.0, x * 2.0, np.tanh(x)
    u, v, t, d, i = [x * 0.5, x * 3.0], [x - 1.0, x + 1.0], (x * x, x + x), {'k': x * 1.0, 'l': x * 4.0}, 1.0
'''
RESULT = "    return np.sum(a * b) + np.sum(c * u[0]) + np.sum(u[-1] * v[0]) + np.sum(t[0] * t[1] + d['k'] * v[-1])\n"


def program(seed: int) -> str:
    """The text of a program; the function is `f`."""
    maker = Maker(seed)
    for _ in range(maker.random.randrange(3, 8)):
        maker.statement(1)
    return HEADER + "\n".join(maker.lines) + "\n" + RESULT


def judge(seed: int) -> tuple[str, Outcome]:
    """What comes of a program: its text and the worst of its first derivatives."""
    import tangent2
    text = program(seed)
    names: dict[str, Any] = namespace_of(text)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with limited(4.0):      # a list that grows while it is iterated over
                outcomes = run_modes(subject(tangent2, names["f"], (X.copy(),)), second=False)
    except TooSlow:
        return text, Outcome("run", SKIPPED, "too slow")
    finally:
        forget(names)
    return text, worst(outcomes)


def main(count: int, first: int = 0) -> None:
    """Judge programs, print those that are wrong and the counts of verdicts."""
    found: Counter[str] = Counter()
    for seed in range(first, first + count):
        text, outcome = judge(seed)
        found[outcome.verdict] += 1
        if outcome.verdict in (WRONG, INTERNAL):
            print(f"# seed {seed}: {outcome.mode} {outcome.verdict}\n{text[len(HEADER):]}{outcome.note}\n")
    print(dict(found))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
