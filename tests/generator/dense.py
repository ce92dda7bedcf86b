"""Dense programs: nearly every name shares memory with others and is written to; many are refused, none may be wrong.

A grammar: `<word>` stands for one of some texts, `<A>` for a name of the program that is an array, and so on.
"""
from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

import numpy as np

from tests.generator import libraries, nested
from tests.generator.program import Program
from tests.harness import trees

_MOST, _TRIES = 1e6, 50

@dataclass(frozen=True)
class Grammar:
    """What programs of a kind are made of; capital letters stand for names, `ends` for what is read of each.

    fewest, most: how many statements there are after those of the start.
    """

    library: str
    start: tuple[str, ...]
    names: Mapping[str, tuple[str, ...]]
    words: Mapping[str, tuple[str, ...]]
    statements: tuple[str, ...]
    bindings: tuple[tuple[str, str], ...]
    ends: Mapping[str, str]
    fewest: int = 3
    most: int = 8


_NUMBERS = {"num": ("y", "0.7", "x[1]", "np.sin(y)"), "i": ("0", "1", "2"), "op": ("+=", "*=", "-="),
            "if": ("y > 0.5", "np.sum(x) > 0", "x[0] > 9")}

HELD = Grammar(libraries.HELD, (
    "u = x * 1.5", "v = x ** 2 + y", "us = [<held>, <held>, x + 0.5]", "d = {'a': <held>, 'b': <held>}",
    "b = Box(y, <held>)", "o = Outer(<first>, y)", "bs = [<first>, <first>]"),
    {"A": ("u", "v"), "L": ("us",), "D": ("d",), "B": ("b",), "O": ("o",), "M": ("bs",)},
    {**_NUMBERS, "at": ("0", "1", "-1"), "key": ("a", "b"), "held": ("u", "v", "x * 2", "x + y"),
     "arr": ("<A>", "<A>", "<L>[<at>]", "<D>['<key>']", "<B>.w", "<B>.w", "<O>.cell.w", "<M>[<at>].w"),
     "fresh": ("<arr> * <num>", "np.cos(<arr>)", "<arr> + <num>", "<arr> - <arr>"), "any": ("<arr>", "<fresh>"),
     "box": ("<B>", "<O>.cell", "<M>[<at>]"), "first": ("b", "Box(y, u)", "Box(0.5, <held>)"),
     "object": ("<box>", "Box(<num>, <any>)")},
    ("<arr>[<i>] = <num>", "<arr> *= <num>", "<arr>[1:] += <num>", "<arr> += <fresh>", "<L>[<at>] = <any>",
     "<D>['<key>'] = <any>", "<B>.w = <any>", "<L>.append(<any>)", "<L>.insert(1, <any>)",
     "<L>[0], <L>[1] = <L>[1], <L>[0]", "<L>.reverse()", "first(<L>, <num>)", "swap(<L>)", "append(<L>, <any>)",
     "write(<arr>, <num>)", "put(<D>, <any>)", "renew(<box>, <num>)", "mark(<box>, <arr>)", "<B>.step(<num>)",
     "<B>.add(<num>)", "<B>.grow(<num>)", "<B>.take(<any>)", "<B>.keep(<any>)", "<O>.step(<num>)", "<O>.grow(<num>)",
     "<O>.keep(<object>)", "inside(<O>, <num>)", "<M>[<at>] = <object>", "<M>.append(<object>)", "<box>.a *= <num>",
     "<D>.update({'<key>': <arr>})", "<D>['<key>'] *= <num>", "beside(<L>, <A>, <num>)",
     "for q in <L>:\n    q *= <num>", "for q in <M>:\n    q.step(<num>)", "for q in each(<L>):\n    q[<i>] = <num>"),
    (("A", "<any>"), ("A", "<arr>[::-1]"), ("A", "change(<arr>, <num>)"), ("A", "flipped(<arr>)"),
     ("A", "<B>.view()"), ("A", "<B>.some()"), ("A", "got(<D>)"), ("A", "larger(<arr>, <arr>)"),
     ("A", "pair(<arr>, <arr>)[0]"), ("L", "<L>[:]"), ("L", "<L> + [<arr>]"), ("L", "[*<L>]"), ("L", "copy.copy(<L>)"),
     ("B", "<object>"), ("B", "<B>.twin()"), ("B", "copy.copy(<B>)"), ("O", "Outer(<box>, y)")),
    {"A": "np.sum({0} * np.cos({0}))", "L": "np.sum({0}[0] ** 2) + 0.3 * np.sum({0}[-1] ** 2)",
     "D": "np.sum({0}['a'] * {0}['b'])", "B": "np.sum({0}.w) * {0}.a", "O": "np.sum({0}.cell.w * {0}.cell.a) * {0}.k",
     "M": "np.sum({0}[0].w * {0}[-1].a)"})

SEEN = Grammar(libraries.SEEN, (
    "v = x * 1.5", "w = x ** 2 + y", "m = np.outer(x, v) + y"), {"V": ("v", "w"), "M": ("m",)},
    {**_NUMBERS, "mat": ("<M>", "<M>", "<M>.T"), "set": ("=", "+=", "*="),
     "vec": ("<V>", "<V>", "<mat>[<i>]", "<mat>[:, <i>]", "<V>[::-1]"), "few": ("[1:]", "[:2]", "[::2]", "[::-1]"),
     "newv": ("<vec> * <num>", "np.cos(<vec>)", "<vec> + <vec>", "<mat> @ <vec>", "np.sum(<mat>, axis=0)"),
     "newm": ("np.outer(<vec>, <vec>)", "<mat> * <num>", "<mat> + <mat>", "np.cos(<mat>)", "<mat>.copy()")},
    ("<V>[<i>] = <num>", "<vec><few> <op> <num>", "<mat>[<i>, <i>] <set> <num>", "<mat>[<i>] <set> <newv>",
     "<mat>[:, <i>] <set> <newv>", "<V> <op> <vec>", "<V> <op> <newv>", "<M> <op> <mat>", "<M> <op> <newm>",
     "<V>[:] = <vec>.copy()", "<mat>[[0, <i>]] = <mat>[[<i>, 0]]", "<V>[[0, <i>]] <set> <num>",
     "<V>[<V> > 0.3] <set> <num>", "<mat>[<mat> > 0.3] *= <num>", "for r in <mat>:\n    r[0] = <num>",
     "for r in <mat>:\n    r += <vec>", "rows(<mat>, <num>)", "write(<vec>, <num>)",
     "np.add(<vec>, <num>, out=<V>)", "np.multiply(<vec>, <vec>, out=<V>)",
     "np.add.at(<V>, [0, <i>, 0], <num>)", "np.copyto(<V>, <vec>.copy())", "<V>.fill(<num>)", "<V>.sort()",
     "np.fill_diagonal(<M>, <num>)", "<mat>[0], <mat>[<i>] = <mat>[<i>].copy(), <mat>[0].copy()",
     "<V>[0], <V>[<i>] = <V>[<i>], <V>[0]", "<V> = <vec>", "<V> = <newv>", "<M> = <mat>", "<M> = <newm>",
     "for i in range(1, 3):\n    m[i] = m[i - 1] * 0.9 + v", "for i in range(1, 3):\n    v[i] = v[i - 1] * y"),
    (("V", "<vec>"), ("V", "<newv>"), ("V", "column(<mat>, <i>)"), ("V", "change(<vec>, <num>)"),
     ("V", "larger(<vec>, <vec>)"), ("V", "same(<vec>)"), ("M", "<mat>"), ("M", "<newm>"), ("M", "<mat>[::-1]"),
     ("M", "<mat>[:, ::-1]"), ("M", "<mat>.swapaxes(0, 1)"), ("M", "np.asarray(<mat>)"), ("M", "turned(<mat>)"),
     ("M", "same(<mat>)"), ("M", "doubled(<mat>)"), ("V", "m.ravel()[:3]"), ("V", "m.reshape(-1)[3:6]")),
    {"V": "np.sum({0} * np.cos({0}))", "M": "np.sum({0} ** 2 * np.array([[1, 2, 3], [0.5, 0.7, 0.9], [1.1, 1.3, 2]]))"})


TWO = Grammar(libraries.TWO, (
    "u = x * 1.5", "v = x ** 2 + y", "p = <two>", "q = <two>", "h = Holder(<P>, <held>)", "ps = [<P>, <two>]"),
    {"A": ("u", "v"), "P": ("p", "q"), "H": ("h",), "M": ("ps",)},
    {**_NUMBERS, "at": ("0", "1", "-1"), "key": ("a", "b"), "part": ("p", "q"),
     "held": ("u", "v", "x * 2", "x + y"), "two": ("Two(<held>, <held>)", "<maker>(<held>, <held>)",
                                                  "same(<held>)", "either(<held>, <held>, y)"),
     "maker": ("made", "fresh", "Two"), "obj": ("<P>", "<P>", "<H>.<part>", "<M>[<at>]"),
     "arr": ("<A>", "<A>", "<obj>.<key>"),
     "fresh": ("<arr> * <num>", "np.cos(<arr>)", "<arr> + <num>", "<arr> - <arr>"), "any": ("<arr>", "<fresh>"),
     "object": ("<obj>", "<maker>(<any>, <any>)", "same(<any>)", "either(<any>, <any>, <num>)",
                "some(<obj>, <obj>, <num>)", "copy.copy(<obj>)", "copy.deepcopy(<obj>)")},
    ("<arr>[<i>] = <num>", "<arr> *= <num>", "<arr>[1:] += <num>", "<arr> += <fresh>", "<obj>.<key> = <any>",
     "<obj>.<key>[<i>] = <num>", "<obj>.<key> *= <num>", "<obj>.scale(<num>)", "<obj>.step(<num>)", "<obj>.swap()",
     "<obj>.tie()", "<obj>.take(<any>, <num>)", "<obj>.both(<num>)", "<H>.grow(<num>)", "<H>.put(<object>)",
     "<H>.tie()", "<H>.<part> = <object>", "touch(<obj>, <num>)", "move(<obj>, <num>)", "renew(<obj>, <num>)",
     "join(<obj>, <obj>)", "write(<arr>, <num>)", "<M>[<at>] = <object>", "<M>.append(<object>)",
     "<M>[0], <M>[1] = <M>[1], <M>[0]", "for r in <M>:\n    r.a *= <num>", "for r in <M>:\n    r.step(<num>)",
     "every(<M>, <num>)", "each(<M>, <num>)", "each([<obj>, <obj>], <num>)"),
    (("A", "<any>"), ("A", "<arr>[::-1]"), ("A", "<obj>.first()"), ("P", "<object>"), ("P", "<object>"),
     ("H", "Holder(<obj>, <any>)"), ("H", "copy.deepcopy(<H>)"), ("M", "[<obj>, <object>]"), ("M", "<M>[:]")),
    {"A": "np.sum({0} * np.cos({0}))", "P": "np.sum({0}.a * {0}.b)",
     "H": "np.sum({0}.p.a * {0}.q.b + {0}.q.a * {0}.p.b)",
     "M": "np.sum({0}[0].a * {0}[-1].b)"}, fewest=1, most=4)


NESTED = Grammar(nested.NESTED, (
    "u = x * 1.5", "v = x ** 2 + y", "p = Pair(<held>, y)", "q = Sub(<held>, 0.5)", "rows = [<held>, <held>]",
    "g = {'p': [<held>, <held>], 'q': [<held>, <held>, <held>]}", "w = maker(<A>)", "c = counter(rows)",
    "t = (<A>, [<A>, <held>])"),
    {"A": ("u", "v"), "P": ("p", "q"), "R": ("rows",), "G": ("g",), "W": ("w",), "T": ("t",)},
    {**_NUMBERS, "at": ("0", "1", "-1"), "key": ("p", "q"), "held": ("u", "v", "x * 2", "x + y"),
     "list": ("<R>", "<R>", "<G>['<key>']", "<T>[1]"), "arr": ("<A>", "<A>", "<P>.a", "<list>[<at>]", "<T>[0]"),
     "fresh": ("<arr> * <num>", "np.cos(<arr>)", "<arr> + <num>", "<arr> - <arr>"), "any": ("<arr>", "<fresh>")},
    ("<arr>[<i>] = <num>", "<arr> *= <num>", "<arr>[1:] += <num>", "<list>[<at>] = <any>", "<list>.append(<any>)",
     "<P>[<i>] = <num>", "<P>.level = <num>", "<P> += <num>", "<P>(<num>)[0] = <num>",
     "<P>.a = <any>", "fill(<list>, <num>)", "fill(<list>, <num>)",
     "descend(<list>, <list>)", "twice(<list>, <list>, <num>)", "every(<G>, <num>)", "inner(<G>, '<key>', <num>)",
     "hold(<P>, <list>, <num>)", "grow(<G>, <any>)", "take(<G>)", "w(<num>)", "c(<any>)",
     "spread(<arr>, <arr>)", "named(<arr>)[0] = <num>", "named(<arr>, <arr>)", "<G>['<key>'] = <list>",
     "<G>['<key>'], rows = rows, <G>['<key>']", "<A>, <A> = <arr>, <any>", "[<A>, *_] = <list>",
     "for z in <list>:\n    z[<i>] = <num>", "for k, z in enumerate(<list>):\n    z *= k + <num>",
     "for z, h in zip(<R>, <G>['p']):\n    z += h", "for key, z in <G>.items():\n    z[0][<i>] = <num>",
     "with np.errstate(all='ignore'):\n    <arr>[<i>] = <num>",
     "try:\n    <arr>[<i>] = <num>\nexcept IndexError:\n    pass",
     "while np.sum(<A>) > 50:\n    <A> *= 0.5", "<R>[<at>], <A> = <A>, <R>[<at>]"),
    (("A", "<any>"), ("A", "<P>.tail"), ("A", "<arr>[::-1]"), ("A", "<P>(<num>)"), ("A", "spread(<arr>, <arr>)"),
     ("A", "named(<arr>)"), ("A", "nested(<arr>, <num>)"),
     ("A", "twice(<list>, <list>, <num>)"), ("A", "tied(<arr>, <arr>)[1][0]"), ("A", "take(<G>)"),
     ("A", "max(<list>, key=np.sum)"), ("A", "(lambda z: z)(<arr>)"), ("R", "<list>"), ("R", "<list>[:]"),
     ("R", "[z for z in <list>]"), ("R", "list(reversed(<list>))"), ("R", "sorted(<list>, key=np.sum)"),
     ("P", "replace(<P>, k=<num>)"), ("P", "Pair(<any>, <num>)"), ("P", "copy.copy(<P>)"), ("T", "tied(<arr>, <arr>)"),
     ("G", "dict(<G>)"), ("G", "{'p': <list>, 'q': <list>}"), ("G", "{**<G>, 'p': <list>}")),
    {"A": "np.sum({0} * np.cos({0}))", "P": "np.sum({0}[0] * {0}.a) * {0}.k",
     "R": "np.sum({0}[0] * {0}[-1])", "G": "np.sum({0}['p'][0] * {0}['q'][-1])", "W": "{0}(y)",
     "T": "np.sum({0}[0] * {0}[1][-1])"}, fewest=2, most=5)

LENT = Grammar(nested.LENT, (
    "u = x * 1.5", "v = x ** 2 + y", "ls = <lists>", "d = {'a': [<held>, <held>], 'b': [x * 1.1]}", "b = Bag(<some>)"),
    {"A": ("u", "v"), "L": ("ls",), "D": ("d",), "B": ("b",)},
    {**_NUMBERS, "at": ("0", "1", "-1"), "key": ("a", "b"), "held": ("u", "v", "x * 2", "x + y"),
     "lists": ("rows(x, y)", "[[<held>, <held>], [<held>, x * 4]]"), "some": ("[<held>, <held>]", "ls[0]", "d['a']"),
     "list": ("<L>[<at>]", "<L>[<at>]", "<D>['<key>']", "<B>.us", "second(<L>)"),
     "arr": ("<A>", "<list>[<at>]", "<list>[<at>]"), "fresh": ("<arr> * <num>", "<arr> + <num>"),
     "any": ("<arr>", "<arr>", "<fresh>")},
    ("<arr>[<i>] = <num>", "<arr> *= <num>", "<arr> += <fresh>", "<list>.append(<any>)", "<list>[<at>] = <any>",
     "dup(<list>)", "lend(<list>, <list>)", "lend_first(<list>, <list>, <num>)", "move(<list>, <list>)",
     "hit(<list>, <num>)", "hit_all(<list>, <num>)", "<B>.add(<any>)", "<B>.hit(<num>)", "<B>.renew(<list>)",
     "<L>[<at>] = <list>", "<D>['<key>'] = <list>", "for q in <L>:\n    q.append(<any>)",
     "for q in <L>:\n    q[0][<i>] = <num>", "for q in <list>:\n    q *= <num>",
     "for i in range(2):\n    <L>[i][0] = <arr>", "for k in <D>:\n    <D>[k][0][<i>] = <num>", "<list>.reverse()",
     "<list>[0], <list>[1] = <list>[1], <list>[0]", "<list>.insert(0, <any>)", "<list>.extend(<list>)",
     "<L>[0], <L>[1] = <L>[1], <L>[0]"),
    (("A", "<any>"), ("A", "<list>.pop()"), ("L", "<L>[:]"), ("L", "[<list>, <list>]"), ("L", "[q[:] for q in <L>]"),
     ("L", "[[z * 1.0 for z in q] for q in <L>]"), ("L", "pick(<L>, <L>, <num>)"), ("B", "Bag(<list>)"),
     ("D", "dict(<D>)"), ("D", "{'a': <list>, 'b': <list>}")),
    {"A": "np.sum({0} * np.cos({0}))", "D": "np.sum({0}['a'][0] * {0}['b'][-1])",
     "L": "np.sum({0}[0][0] * {0}[1][-1]) + np.sum({0}[1][0] ** 2 * {0}[0][-1])",
     "B": "np.sum({0}.us[0] * {0}.us[-1]) * {0}.n"}, fewest=1, most=3)


class _Writer:
    """The lines of one program, and the names that are bound so far."""

    def __init__(self, rng: Random, grammar: Grammar) -> None:
        self.rng, self.grammar = rng, grammar
        self.names = {letter: list(found) for letter, found in grammar.names.items()}
        self.count = 0

    def text(self, template: str) -> str:
        """A template with each word replaced."""
        while (found := re.search(r"<(\w+)>", template)) is not None:
            word = found[1]
            chosen = self.rng.choice(self.names[word] if word in self.names else self.grammar.words[word])
            template = template[:found.start()] + chosen + template[found.end():]
        return template

    def statement(self, depth: int = 0) -> list[str]:
        """A statement or a block; names are bound at the top only."""
        roll = self.rng.random()
        if roll < 0.08 and depth < 2:
            loop = f"for k{depth} in range({self.rng.choice('123')}):"
            head = self.text("if <if>:") if self.rng.random() < 0.6 else loop
            body = [line for _ in range(self.rng.choice((1, 1, 2))) for line in self.statement(depth + 1)]
            return [head, *["    " + line for line in body]]
        if roll < 0.4 and depth == 0:
            letter, template = self.rng.choice(self.grammar.bindings)
            self.count += 1
            line = f"t{self.count} = {self.text(template)}"
            self.names[letter].append(f"t{self.count}")
            return [line]
        return self.text(self.rng.choice(self.grammar.statements)).split("\n")

    def body(self) -> str:
        lines = [self.text(line) for line in self.grammar.start]
        for _ in range(self.rng.randint(self.grammar.fewest, self.grammar.most)):
            lines += self.statement()
        ends = [self.grammar.ends[letter].format(name) for letter, names in self.names.items() for name in names]
        return "\n".join(["def f(x, y):", *["    " + line for line in lines], "    return " + " + ".join(ends)])


def dense(seed: int) -> Program:
    """The program of a seed, of one of the grammars: one that runs."""
    rng = Random(seed)
    args = (np.array([round(rng.uniform(-1.5, 1.5), 6) for _ in range(3)]), round(rng.uniform(0.3, 1.5), 6))
    for _ in range(_TRIES):
        grammar = rng.choice((HELD, SEEN, TWO, NESTED, LENT))
        source = f"{grammar.library.strip()}\n\n\n{_Writer(rng, grammar).body()}\n"
        program = Program(source, args, frozenset({"memory"}), seed)
        if _runs(program):
            return program
    raise AssertionError(f"no program of seed {seed} runs")


def _runs(program: Program) -> bool:
    """Whether Python runs a program, to a number that is not too large."""
    try:
        with np.errstate(all="ignore"):
            return abs(float(program.load()["f"](*trees.copied(program.args)))) < _MOST
    except (IndexError, TypeError, ValueError):
        return False
