"""Generators that do something while they run, or have no end: who takes their items sees what was done so far."""
import itertools
from functools import reduce

import numpy as np

from tests.corpus.cases import at

X = np.array([0.3, 0.7, 1.1, 0.4])


def noted(x, log):
    for v in x:
        log.append(v * v)
        yield v


def halves(t):
    while True:
        yield t
        t = t * 0.5


def buffers(x):
    buffer = np.zeros(2)
    for v in x:
        buffer[0] = v
        buffer[1] = buffer[1] + v
        yield buffer


@at(X)
def any_of_a_generator_that_notes(x):
    log = []
    if any(v > 0.5 for v in noted(x, log)):
        log.append(1.0)
    return sum(log)


@at(X)
def all_in_two_loops(x):
    log = []
    return all(v < 1 and len(log) < 9 for v in noted(x, log) for w in log) + sum(log)


@at(X)
def next_of_a_generator_that_notes(x):
    log = []
    m = next(v for v in noted(x, log) if v > 0.5)
    return sum(log) * m + next((v for v in noted(x, log) if v > 5), 0.5)


@at(X)
def comprehension_that_reads_the_notes(x):
    log = []
    return sum([v * len(log) + sum(log) for v in noted(x, log)])


@at(X)
def inner_loop_over_the_notes(x):
    log = []
    return sum(v * w for v in noted(x, log) for w in log)


@at(X)
def dict_of_a_generator_that_notes(x):
    log = []
    d = {i: v * sum(log) for i, v in enumerate(noted(x, log))}
    return sum(d.values()) * d[1]


@at(X)
def counted_until_a_break(x):
    log = []
    for i, v in enumerate(noted(x, log), 2):        # noqa: B007
        if i == 3:
            continue
        if i == 4:
            break
    return sum(log) * v * i


@at(X)
def a_part_of_a_generator_that_notes(x):
    log = []
    s = sum(itertools.islice(noted(x, log), 2))
    t = sum(itertools.takewhile(lambda v: v < 1, noted(x, log)))
    return sum(log) * s * t


@at(X)
def reduced_with_the_notes(x):
    log = [1.0]
    first = reduce(lambda a, v: a * v + log[-1], noted(x, log), 1.0)
    return first + reduce(lambda a, v: a + v * sum(log), noted(x, log))


@at(X)
def function_that_notes_mapped_until_a_break(x):
    log = []

    def t(v):
        log.append(v * v)
        return v * 2
    for v in map(t, x):
        if v > 1:
            break
    return sum(log) * v + sum(itertools.islice(map(t, x), 2))


@at(X)
def elements_written_before_their_turn(x):
    y = list(x)
    for k, v in enumerate(w * 2 for w in y):
        if k + 1 < 4:
            y[k + 1] = y[k + 1] * v
    return sum(y)


@at(X)
def array_written_while_an_expression_runs(x):
    u = np.sin(x)
    w = u
    t = 0.0
    for s in (e * e for e in u):
        w[1] = s * 2
        t += s
    return t + np.sum(u)


@at(0.7)
def name_rebound_while_an_expression_runs(x):
    k = 1.0
    for v in (w * k for w in [x, x]):
        k = k + v
    for v in map(lambda w: w * k, [x, x]):      # noqa: C417
        k = k + v
    return k


@at(X)
def two_loops_in_an_expression(x):
    s = 0.0
    for v in (a * b for a in x for b in x if a > b):
        if v < 0.3:
            continue
        s += v
    return s


@at(X)
def one_buffer_for_all_items(x):
    return sum(b.sum() * b[1] for b in buffers(x))


@at(X)
def expression_over_another(x):
    squares = (v * v for v in x)
    return sum(v * w for v, w in zip((u + 1 for u in squares), x)) + sum(v + 1 for v in (u * u for u in x))


@at(X)
def series_without_an_end(x):
    s = 0.0
    for k, t in enumerate(halves(x[0])):
        if k > 4:
            break
        s += t ** 2
    for t in itertools.islice(halves(x[0]), 3):
        s = s * t + t
    return s + sum(itertools.islice(halves(x[1]), 4)) ** 2 + next(t for t in halves(x[2]) if t < 0.1)


@at(X)
def series_until_it_is_small(x):
    s = any(t < 0.1 for t in halves(x[0])) + x[1] ** 2
    for t in itertools.takewhile(lambda t: t > 0.05, halves(x[0])):
        s += t * t
    return s + sum(t * w for t, w in zip(halves(x[3]), x))


@at(X)
def powers_without_an_end(x):
    s = 0.0
    for t in map(lambda n: x[0] ** n, itertools.count(1)):      # noqa: C417
        if t < 1e-3:
            break
        s += t
    s += sum(x[0] ** n for n in itertools.takewhile(lambda n: n < 5, itertools.count(1)))
    s += sum(itertools.islice((x[1] ** n / n for n in itertools.count(1)), 4))
    return s + next(filter(lambda n: x[0] ** n < 0.01, itertools.count(1))) * x[1]


@at(X)
def around_and_around(x):
    s = 0.0
    for k, v in enumerate(itertools.cycle(x)):
        if k > 6:
            break
        s = s * v + k
    for v in itertools.repeat(x[1]):
        s = s + v * s
        if s > 40:
            break
    return s


@at(X)
def any_leaves_the_rest(x):
    it = iter(x)
    found = any(v > 0.5 for v in it)
    return sum(v ** 2 for v in it) + found


@at(X)
def any_asked_again_and_again(x):
    it = iter(x)
    s = 0.0
    while any(v > 0.5 for v in it):
        s = s * x[0] + 1
    return s * x[1]


@at(X)
def loop_begun_again(x):
    it = iter(x)
    s = x[0]
    while s < 9:
        for v in it:
            if v > 0.5:
                break
        else:
            break
        s = s + v
    return s * x[1]


@at(X)
def next_of_the_rest(x):
    it = iter(x)
    t = 0.0
    for v in it:
        w = next(it)
        t += v * w * next((u for u in it if u > 5), 2.0)
    return t


@at(X)
def sorted_by_a_key(x):
    log = []
    ys = sorted(noted(x, log), key=lambda v: -v)
    return ys[0] * sum(log) * max(noted(x, log), key=lambda v: -v)
