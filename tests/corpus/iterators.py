"""Generators and generator expressions, `itertools`, comprehensions of all kinds."""
# ruff: noqa
import functools, operator, itertools, math
from itertools import chain, product, combinations, accumulate, islice, repeat, count, zip_longest, permutations
import numpy as np

from tests.corpus.cases import at

X3 = np.array([0.3, -0.7, 1.2])


@at(X3)
def gen1(x):
    g = (v * v for v in x)
    return sum(g)


@at(X3)
def gen2(x):
    t = 0.0
    for v in (v * v for v in x if v > 0):
        t += v
    return t


@at(X3)
def gen3(x):
    return max(v * v for v in x) + min(v for v in x)


@at(X3)
def gen4(x):
    return sum(a * b for a, b in zip((v * v for v in x), x))


@at(X3)
def gen5(x):
    return np.sum(list(v * v for v in x)) + np.prod(tuple(v for v in x))


@at(X3)
def gen6(x):
    return sum(i * v for i, v in enumerate(v * v for v in x))


@at(X3)
def gen7(x):
    return sum(a * b for a in x for b in x if a < b)


def squares(x):
    for v in x:
        yield v * v


def fib(a, n):
    b = 1.0
    for i in range(n):
        yield a
        a, b = b, a + b


def steps(x):
    while True:
        x = 0.5 * x
        yield x


@at(X3)
def ugen1(x):
    return sum(squares(x))


@at(X3)
def ugen2(x):
    t = 1.0
    for v in squares(x):
        t *= v
    return t


@at(X3)
def ugen3(x):
    return sum(i * v for i, v in enumerate(fib(x[0], 5)))


@at(X3)
def ugen4(x):
    t = 0.0
    for s in steps(x[0]):
        t += s * s
        if s < 0.01: break
    return t


@at(X3)
def ugen5(x):
    def inner(k):
        for v in x: yield v * k
    return sum(inner(2.0)) + max(inner(x[0])) + sum(a * b for a, b in zip(inner(1.0), x))


@at(X3)
def ugen6(x):
    return sum([v for v in squares(x)]) * np.sum(np.array(list(squares(x))))


def flat(xs):
    for row in xs:
        yield from row


@at(X3)
def chain1(x):
    return sum(v * v for v in chain(x, [x[0], 2.0]))


@at(X3)
def chain2(x):
    return sum(chain.from_iterable([[x[0]], [x[1], x[2]]]))


@at(X3)
def product1(x):
    return sum(a * b for a, b in product(x, x))


@at(X3)
def product2(x):
    t = 0.0
    for i, j in product(range(3), range(2)):
        t += x[i] * x[j] ** 2
    return t


@at(X3)
def product3(x):
    return sum(a * b * c for a, b, c in product(x, repeat=3))


@at(X3)
def comb1(x):
    return sum(a * b for a, b in combinations(x, 2))


@at(X3)
def comb2(x):
    t = 0.0
    for i, j in combinations(range(3), 2):
        t += np.sin(x[i] - x[j])
    return t


@at(X3)
def perm1(x):
    return sum(a * b * b for a, b in permutations(x, 2))


@at(X3)
def acc1(x):
    return sum(list(accumulate(x)))


@at(X3)
def acc2(x):
    a = list(accumulate(x, operator.mul))
    return a[1] * a[2]


@at(X3)
def acc3(x):
    t = 0.0
    for v in accumulate(x, lambda p, q: p * 0.5 + q, initial=x[0]): t += v * v
    return t


@at(X3)
def islice1(x):
    return sum(islice(x, 2)) * sum(v * v for v in islice(x, 1, 3))


@at(X3)
def repeat1(x):
    return sum(a * b for a, b in zip(x, repeat(x[0]))) + sum(repeat(x[1], 3))


@at(0.7)
def count1(x):
    t = 0.0
    for i in count():
        t += x ** i
        if i > 4: break
    return t


@at(0.7)
def count2(x):
    t = 0.0
    for i, v in zip(count(1), [x, x * x]):
        t += i * v
    return t


@at(0.7)
def count3(x):
    t = 0.0
    for v in count(x, 0.5):
        t += v * v
        if v > 3: break
    return t


@at(X3)
def ziplong(x):
    return sum(a * b for a, b in zip_longest(x, [x[0]], fillvalue=2.0))


@at(X3)
def next1(x):
    return next(v for v in x if v > 0.5) ** 2


@at(X3)
def next2(x):
    return next((v for v in x if v > 5), x[0]) ** 2


@at(X3)
def pairwise1(x):
    return sum((b - a) ** 2 for a, b in itertools.pairwise(x))


@at(X3)
def starmap1(x):
    return sum(itertools.starmap(lambda a, b: a * b, [(x[0], x[1]), (x[1], x[2])]))


@at(X3)
def takewhile1(x):
    return sum(itertools.takewhile(lambda v: v > -1, x)) ** 2


@at(X3)
def dictcomp(x):
    d = {i: v * v for i, v in enumerate(x)}
    return d[0] * d[2] + sum(d.values())


@at(X3)
def dictcomp2(x):
    d = {k: v * v for k, v in zip("abc", x) if v > 0}
    return d["a"] * d["c"] + sum(v for k, v in d.items() if k != "a")


@at(X3)
def setcomp(x):
    s = {i % 2 for i in range(3)}
    return sum(x[i] ** 2 for i in s)


@at(X3)
def nested(x):
    m = [[a * b for a in x if a > 0] for b in x]
    return sum(sum(r) ** 2 for r in m)


@at(X3)
def dictnest(x):
    d = {i: {j: x[i] * x[j] for j in range(2)} for i in range(2)}
    return d[0][1] * d[1][1]


@at(X3)
def cyc(x):
    t = 0.0
    for a, s in zip(x, itertools.cycle([1.0, 2.0])):
        t += a * a * s
    return t


@at(X3)
def inline_names(x):
    v = 2.0
    def gen(x):
        for v in x:
            y = v * v
            yield y + v
    y = 3.0
    t = 0.0
    for w in gen(x):
        if w < 0: continue
        t += w * v * y
        if t > 100: break
    return t


@at(X3)
def two_yields(x):
    def gen():
        for v in x:
            if v > 0: yield v
            else: yield v * v
        yield 3.0 * x[0]
    t = 1.0
    for w in gen(): t *= w
    return t


@at(X3)
def gen_return(x):
    def gen():
        for v in x:
            if v > 1: return
            yield v
    return sum(gen()) ** 2 + sum(v * v for v in gen())


@at(X3)
def count_cont(x):
    t = 0.0
    for i in itertools.count(1):
        if i % 2: continue
        if i > 6: break
        t += x[0] ** i
    return t + i


@at(X3)
def runs(x):
    t = 1.0
    for k, g in itertools.groupby(range(3), key=lambda i: i > 0):
        t = t * sum(x[i] for i in g)
    rows = [("a", x[0]), ("a", x[1]), ("b", x[2])]
    d = {k: sum(v for _, v in g) for k, g in itertools.groupby(rows, key=lambda r: r[0])}
    return t + d["a"] * d["b"] + sum(k * len(list(g)) for k, g in itertools.groupby([0, 1, 1])) * x[0]


@at(X3)
def strictly_zipped(x):
    y = [1.0, 2.0, 3.0]
    t = sum(a * b for a, b in zip(x, x, strict=True)) + sum(a * b for a, b in zip(x, y, strict=False))
    try:
        return t + sum(a * b for a, b in zip(x, [1.0], strict=True))
    except ValueError:
        return t * x[0]


@at(X3)
def left_out(x):
    return sum(itertools.filterfalse(lambda v: v < 0, x)) ** 2 + sum(itertools.compress(x, [1, 0, 1])) ** 2


@at(X3)
def sorted_by_a_key(x):
    rows = [(i, v) for i, v in enumerate(x)]
    same = rows
    rows.sort(key=lambda row: -row[1])
    return same[0][1] ** 2 * same[1][1] + rows[0][0]


class Cell:
    def __init__(self, a):
        self.a = a


def two_of(x, y):
    s = x
    yield y
    yield s


@at(0.3, 0.7)
def given_an_attribute_that_changes(x, y):
    cell, t = Cell(0.5 * x), 0.0
    for s in two_of(cell.a, y):
        cell.a *= 0.51
        t += s * cell.a
    return t + cell.a


@at(np.array([0.3, 0.7, 1.1]))
def given_a_view_while_another_is_written(x):
    u = x + 0.25
    v, t = u.ravel(), 0.0
    for k, s in enumerate(two_of(v, v[::-1])):
        w = np.zeros(3)
        w[k] = s[0] * s[1]
        t += np.sum(w * x)
    return t + v[0]


@at(np.array([0.3, 0.7, 1.1]), np.array([2.2, 1.4, 0.6]))
def hidden_after_an_update(x, y):
    v = x * 1.0
    w = v
    w *= 0.11
    table = {k: v * y for k, v in {"a": y[0], "b": x[1]}.items()}
    return np.sum(v * table["a"]) + np.sum(table["b"])


def product_and_last(w):
    yield w[0] * w[1]
    yield w[2]


@at(np.array([0.3, 0.7, 1.1]))
def given_an_attribute_in_a_comprehension(x):
    v, t = Cell(5.0 * x), 0.0
    for s in [list(product_and_last(v.a)) for v in [Cell(x), Cell(2.0 * x)]]:
        t += s[0] * s[1]
    return t + v.a[0]
