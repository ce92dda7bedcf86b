"""Sequences that are parted, ordered or run beside what has no end: pairs by their order, text by separators."""
from __future__ import annotations

import functools
import itertools
import operator
import queue
from collections import Counter
from typing import Any

import numpy as np

from tests.corpus.cases import at

L = [0.3, 0.8, 1.5]
X = np.array(L)


@at(L)
def largest_pair(x: Any) -> Any:
    return max([(v ** 2, v) for v in x])[1]


@at(L)
def largest_pair_and_its_place(x: Any) -> Any:
    best, k = max((v ** 2, i) for i, v in enumerate(x))
    return best * k


@at(L)
def smallest_of_pairs_with_names(x: Any) -> Any:
    return min([(v, "a" * i) for i, v in enumerate(x)])[0] ** 2


@at(0.7)
def larger_of_two_pairs(x: Any) -> Any:
    return max((x, 1.0), (x ** 2, 2.0 * x))[0] * min((x, 3 * x), (x ** 2, 2.0 * x))[1]


@at(L)
def pairs_in_order(x: Any) -> Any:
    return sum(a * b for a, b in sorted((v ** 2, v) for v in x))


@at(L)
def products_with_what_is_repeated(x: Any) -> Any:
    return sum(map(operator.mul, x, itertools.repeat(2.0)))


@at(L)
def pairs_beside_a_cycle(x: Any) -> Any:
    return sum(p[0] * c for p, c in zip(zip(x, x), itertools.cycle([1, 2])))


@at(L)
def powers_that_are_counted(x: Any) -> Any:
    return sum(map(lambda a, k: a ** k, x, itertools.count(1)))


@at(L)
def generator_beside_a_count(x: Any) -> Any:
    return sum(v * k for k, v in zip(itertools.count(), (a ** 2 for a in x)))


@at(0.7, "a=2,bb=3", wrt=(0,))
def exponents_in_text(x: Any, s: Any) -> Any:
    t = 0.0
    for part in s.split(","):
        k, _, v = part.partition("=")
        if v:
            t += x ** int(v) * len(k)
    return t


@at(0.7, "a=2,bb=3", wrt=(0,))
def parted_from_the_right(x: Any, s: Any) -> Any:
    k, _, v = s.strip().rpartition("=")
    return x ** int(v) * len(k) * s.rindex("b") + x * s.isspace()


@at(X)
def array_parted_under_another_name(x: Any) -> Any:
    a = x * 2.0
    b = a
    a.partition(kth=1, axis=0)
    return b[0] ** 2 * b[1]


@at(0.7)
def constant_from_a_queue(x: Any) -> Any:
    q: Any = queue.Queue()
    q.put(3.0)
    return q.get() * x


@at(X)
def padded_on_one_side_by_the_mean(x: Any) -> Any:
    return np.pad(x, (1, 0), "mean")[0] ** 2


@at(0.7)
def operators_reduced(x: Any) -> Any:
    return functools.reduce(operator.add, [x, x ** 2], 1.0) * functools.reduce(operator.add, [x, 2.0])


@at(0.7)
def extended_by_a_generator(x: Any) -> Any:
    items = [x]
    same = items
    items.extend(v * x for v in (1, 2) if v > 1)
    return same[0] * same[1]


@at(0.7, ["a", "b", "a"], wrt=(0,))
def counted_words(x: Any, words: Any) -> Any:
    c = Counter(words)
    return sum(x ** n for n in c.values()) * c["a"]
