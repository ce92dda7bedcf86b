"""Containers of `collections`, sets and what is sorted; managers, patterns and containers of classes."""
from __future__ import annotations

# ruff: noqa: B007, C402, C406
import collections
from collections import Counter, OrderedDict, defaultdict, deque
from dataclasses import asdict, astuple, dataclass
from typing import Any

import numpy as np

import tangent2

from tests.corpus.cases import at


@at(np.array([0.7, 1.3, 0.4, 0.9]))
def defaultdict_of_sums(xs: Any) -> Any:
    d = defaultdict(float)
    for i, v in enumerate(xs):
        d[i % 2] += v * v
    return d[0] * d[1] + d[7]


@at(1.3)
def defaultdict_of_factors(x: Any) -> Any:
    d = collections.defaultdict(lambda: 1.0)
    d['a'] *= x
    d['b'] *= x * x
    return sum(d.values()) * d['a']


@at(np.array([0.7, 1.3, 0.4, 0.9]))
def defaultdict_of_numbers_of_an_array(xs: Any) -> Any:
    g = defaultdict(list)
    for k, v in zip('abab', xs):
        g[k].append(v)
    return sum(g['a']) * g['b'][1]


@at([0.7, 1.3, 0.4, 0.9])
def defaultdict_of_lists(xs: Any) -> Any:
    g = defaultdict(list)
    for k, v in zip('abab', xs):
        g[k].append(v)
    t = 0.0
    for k in sorted(g):
        t = t * 0.5 + sum(g[k]) * len(g[k])
    return t


@at(1.3)
def defaultdict_of_counts(x: Any) -> Any:
    d = defaultdict(int)
    for ch in "hello":
        d[ch] += 1
    return x ** d['l'] + d['z'] + len(d)


@at(np.array([0.7, 1.3, 0.4, 0.9]))
def moving_window(xs: Any) -> Any:
    q = deque(maxlen=3)
    t = 0.0
    for v in xs:
        q.append(v)
        t = t + sum(q) / len(q)
    return t * q[0] * q[-1]


@at(1.3)
def breadth_first(x: Any) -> Any:
    q = deque([(x, 0)])
    t = 0.0
    while q:
        v, depth = q.popleft()
        t += v
        if depth < 2:
            q.append((v * 0.5, depth + 1))
            q.append((v * v, depth + 1))
    return t


@at(1.3)
def both_ends(x: Any) -> Any:
    q = deque([x, 2.0], maxlen=2)
    q.appendleft(x * x)
    q.extend([x, 3.0 * x])
    q.extendleft([x])
    return sum(a * b for a, b in zip(q, [1.0, 2.0]))


@at(1.3)
def stack(x: Any) -> Any:
    st = deque()
    st.append(x)
    st.append(x * x)
    a = st.pop()
    b = st.pop()
    return a * b + (1.0 if not st else 2.0)


@at(1.3)
def set_that_grows(x: Any) -> Any:
    seen = set()
    def_ = 0.0
    for k in (3, 1, 3, 2):
        if k not in seen:
            seen.add(k)
            def_ += x ** k
    return def_ + sum(seen) * x + max(seen)


@at(1.3)
def set_that_shrinks(x: Any) -> Any:
    s = {1, 2, 3}
    s.remove(2)
    s.discard(9)
    s.update((7, 8))
    s -= {1}
    s |= {4}
    t = 0.0
    for k in sorted(s):
        t = t * 0.5 + x * k
    return t * len(s)


@at(1.3)
def set_of_a_range(x: Any) -> Any:
    visited = set(range(2))
    order = [0, 1, 2, 3, 2]
    for k in order:
        if k in visited:
            continue
        visited.add(k)
        x = x * k
    return x


@at(1.3)
def counts(x: Any) -> Any:
    c = Counter()
    for w in "abcab":
        c[w] += 1
    return x * c['a'] + c['q'] + sum(c.values())


@at(1.3)
def order_moved(x: Any) -> Any:
    d = OrderedDict(a=x, b=x * 2)
    d['c'] = x ** 2
    d.move_to_end('a')
    t = 0.0
    for k, v in d.items():
        t = t * 2.0 + v
    return t


@at(1.3)
def sieve(x: Any) -> Any:
    primes = set()
    t = 0.0
    for n in range(2, 12):
        if all(n % p for p in sorted(primes)):
            primes.add(n)
            t += x / n
    return t


@at(1.3)
def dict_of_dicts(x: Any) -> Any:
    d = defaultdict(dict)
    d['a']['u'] = x
    d['b']['v'] = x * x
    return d['a']['u'] * d['b']['v']


@at(1.3)
def graph(x: Any) -> Any:
    g = {0: [1, 2], 1: [3], 2: [3], 3: []}
    q = deque([0])
    val = {0: x}
    seen = {0}
    while q:
        n = q.popleft()
        for m in g[n]:
            if m not in seen:
                seen.add(m)
                val[m] = val[n] * 0.5 + m
                q.append(m)
    return val[3] * val[2]


@at([0.7, 1.3, 0.4, 0.9])
@at(np.array([0.7, 1.3, 0.4, 0.9]))
def the_last_two(xs: Any) -> Any:
    hist = deque(xs, maxlen=2)
    return hist[0] * hist[1]


@at(1.3)
def default_of_a_choice(x: Any) -> Any:
    d = defaultdict(float)
    d['u'] = x
    y = d['u'] * 2 if x > 0 else d['w']
    return y + d['v']


@at([0.7, 0.2, 0.9])
def sorted_both_ways(xs: Any) -> Any:
    return sorted(xs)[0] * 2 + sorted(xs, reverse=True)[0]


@at(1.3)
def sorted_keys(x: Any) -> Any:
    d = {'u': x, 'v': x * x}
    t = 0.0
    for k in sorted(d):
        t = t * 0.5 + d[k]
    return t


@at(1.3)
def keys_of_a_view(x: Any) -> Any:
    d = {'u': x, 'v': x * x}
    return sum([d[k] for k in sorted(d.keys())]) + len(sorted(d))


@at(1.3)
def keys_in_loops(x: Any) -> Any:
    d = {}
    for k in range(3):
        d[k] = x * k
    t = 0.0
    for k in sorted(d):
        t = t * 0.5 + d[k] * k
    for k in d:
        t = t * 0.5 + d[k] * k
    for k in list(d):
        t = t * 0.5 + d[k] * k
    for k in d.keys():
        t = t * 0.5 + d[k] * k
    return t


@at([0.7, 0.2, 0.9])
def sorted_squares(xs: Any) -> Any:
    a = sorted(xs, reverse=True)
    return a[0] * a[1] ** 2 + sum(sorted(v * v for v in xs)[:2])


@at([0.7, 0.2, 0.9])
@at(np.array([0.7, 0.2, 0.9]))
def sorted_pairs(xs: Any) -> Any:
    best = sorted(zip([3, 1, 2], xs))
    return best[0][1] * best[1][1] ** 2


@at(1.3)
def sorted_items(x: Any) -> Any:
    names = sorted({'b': 1, 'a': 2}.items())
    return x * names[0][1] + len(sorted([3, 1])) + sorted((x, 2.0))[0]


@at([0.7, 0.2, 0.9])
def middle(xs: Any) -> Any:
    m = sorted(xs)
    n = len(m)
    return m[n // 2] if n % 2 else (m[n // 2 - 1] + m[n // 2]) / 2


@at([0.7, 0.2, 0.9])
@at(np.array([0.7, 0.2, 0.9]))
def list_of_pairs(xs: Any) -> Any:
    best = list(zip([3, 1, 2], xs))
    return best[0][1] * best[1][1] ** 2


@at([0.7, 0.2, 0.9])
@at(np.array([0.7, 0.2, 0.9]))
def pairs_backwards(xs: Any) -> Any:
    best = sorted(zip(xs, [3, 1, 2]), reverse=True)
    return best[0][0] * best[1][0] ** 2


@at([0.7, 0.2, 0.9])
@at(np.array([0.7, 0.2, 0.9]))
def lists_of_iterators(xs: Any) -> Any:
    p = list(enumerate(xs))
    r = list(reversed(xs))
    q = tuple(zip(xs, xs))
    return p[1][1] * r[0] * q[0][1] + len(list(zip([1, 2], "ab")))


@at(1.3)
def lists_of_views(x: Any) -> Any:
    d = {'a': x, 'b': x * x}
    v = list(d.values())
    i = list(d.items())
    k = list(d)
    return v[0] * i[1][1] * d[k[0]] + len(k)


class Managed:
    """A manager that counts."""

    def __init__(self, k: Any = 1.0) -> None:
        self.n = 0
        self.k = k

    def __enter__(self) -> Any:
        self.n += 1
        return self

    def __exit__(self, *error: Any) -> bool:
        self.n += 10
        return False


@at(1.3)
def left_by_break(x: Any) -> Any:
    m = Managed()
    t = 0.0
    for k in range(5):
        with m:
            if k == 3:
                break
            t += x ** k
    return t + m.n * x


@at(1.3)
def left_by_continue(x: Any) -> Any:
    m = Managed()
    t = 0.0
    for k in range(4):
        with m as q:
            if k % 2:
                continue
            t += x ** k * q.n
    return t * m.n


@at(1.3)
@at(0.3)
def left_by_return(x: Any) -> Any:
    m = Managed()
    with m:
        if x > 1:
            return x * x * m.n
    return x * m.n


@at(1.3)
def two_managers(x: Any) -> Any:
    with Managed(x) as m, Managed(2.0) as q:
        if x > 5.0:
            return 0.0
        for k in range(3):
            if k == 2:
                break
            x = x * m.k * q.k
    return x


@at(1.3)
def left_in_a_loop(x: Any) -> Any:
    t = x
    while True:
        with Managed(2.0) as m:
            t = t * m.k
            if t > 9.0:
                break
    return t * t


@dataclass
class Circle:
    r: Any


@dataclass
class Rect:
    w: Any
    h: Any = 2.0


class Plain:
    def __init__(self, u: Any) -> None:
        self.u = u
        self.kind = "p"


def area(s: Any) -> Any:
    match s:
        case Circle(r=r):
            return 3.0 * r ** 2
        case Rect(w, h) if w > 100:
            return h
        case Rect(w, h=h):
            return w * h
        case Plain(u=u, kind="p"):
            return u * 5.0
        case _:
            return 1.0


@at(1.3)
def matched_by_class(x: Any) -> Any:
    return area(Circle(x)) + area(Rect(x, x * 2.0)) + area(Plain(x)) + area(3.0)


@dataclass
class Triple:
    a: Any
    b: Any
    c: Any


class Labelled:
    __match_args__ = ("v",)

    def __init__(self, u: Any, v: Any) -> None:
        self.u, self.v = u, v


@at(0.7)
def matched_by_names(x: Any) -> Any:
    match Triple(x, 2.0 * x, 3.0):
        case Triple(c=z, b=y):
            return x * y ** 2 * z
    return x


@at(0.7)
def matched_by_the_value_of_a_name(x: Any) -> Any:
    match Triple(x, 2.0 * x, 3.0):
        case Triple(a, c=3.0, b=y) if a < 0.1:
            return a * y * y
        case Triple(a, c=3.0):
            return a * a * a
    return x


@at(0.7)
def matched_by_places_and_names(x: Any) -> Any:
    match [Labelled(x, Triple(x, x * x, x ** 3))]:
        case [Labelled(u=b, v=Triple(c=c, a=a))]:
            x = a * b * c + b
    match Labelled(x, x * x):
        case Labelled(a, u=b):
            return a * b * b
    return x


@at(1.3)
def matched_in_a_loop(x: Any) -> Any:
    t = 0.0
    for s in [Circle(x), Rect(x, 3.0), Circle(2.0 * x)]:
        match s:
            case Circle(r):
                t = t + r ** 2
            case Rect(w=w, h=h):
                t = t * w + h
    return t


@at(1.3)
def matched_inside(x: Any) -> Any:
    match (x, Rect(x, Circle(x * x))):
        case (float() as a, Rect(w, Circle(r=q))):
            return a * w * q
        case [a, _]:
            return a
    return 0.0


@at(1.3)
def commands(x: Any) -> Any:
    r = 0.0
    for c in [("add", x), ("mul", x, 2.0), ("neg",), ["add", 1.0]]:
        match c:
            case ["add", v]:
                r = r + v
            case ("mul", a, *rest):
                r = r * a * rest[0]
            case ["neg"]:
                r = -r
    return r


@at(1.3)
def as_plain_containers(x: Any) -> Any:
    d = asdict(Rect(x, Circle(x * x)))
    w, (r,) = astuple(Rect(x, Circle(2.0)))
    return d["w"] * d["h"]["r"] + w * r


class Row:
    def __init__(self, items: Any) -> None:
        self.items = list(items)

    def __iter__(self) -> Any:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __add__(self, other: Any) -> Any:
        return Row([a + b for a, b in zip(self.items, other.items)])

    def __matmul__(self, other: Any) -> Any:
        return sum(a * b for a, b in zip(self, other))


@at(1.3)
def rows_as_vectors(x: Any) -> Any:
    a, b = Row([x, x * x]), Row([2.0, x])
    return (a + b) @ b + sum(a) * len(b) + sum([v ** 2 for v in a])


def squares(*b: Any) -> Any:
    if not b:
        return 0.0
    return b[0] ** 2 + squares(*b[1:])


@at(1.3)
def recursion_over_a_star(x: Any) -> Any:
    def product(*b: Any) -> Any:
        return 1.0 if len(b) == 0 else b[0] * product(*b[1:])
    return squares(x, 2.0 * x, x * x) + product(x, x, 2.0)


@at(0.7, [1, 2, 3])
def merged_with_more_keys(x: Any, keys: Any) -> Any:
    d = {}
    for k in keys:
        d[k] = x * k
    e = {**d, 7: x * x}
    d[1] = 0.0
    return sum(e.values()) + sum(d.values()) * x


@at(0.7, [1, 2, 3])
def merged_by_an_operator(x: Any, keys: Any) -> Any:
    d = {k: x * k for k in keys}
    e = {7: x} | d
    e |= {1: x ** 3}
    return e[1] * e[7] + d[1]


@at(0.3, 0.8)
def dict_of_a_dict(x: Any, z: Any) -> Any:
    e = {'a': x, 'b': z}
    d = dict(e, c=x * x)
    e['b'] = x
    f = dict(d)
    f['a'] *= z
    g = {**f}
    g['b'] *= 2.0
    return d['a'] * e['b'] * f['b'] ** 2 * f['c'] * g['b']


@at(0.3, 0.8)
def dict_of_pairs(x: Any, z: Any) -> Any:
    a = dict(zip('ab', (x, z)))
    b = dict([('a', x), ('b', z)])
    c = dict((k, v * v) for k, v in zip('ab', (x, z)))
    d = dict(a.items())
    d['a'] *= z
    pairs = [('a', x), ('b', z)]
    e = dict(pairs)
    e['b'] *= x
    f = dict(enumerate([x, z]))
    f[0] *= z
    return a['a'] * b['b'] * c['a'] + d['a'] * e['b'] * f[0] * f[1]


def scaled_first(t: Any) -> Any:
    t = dict(t)
    t['a'] *= 2
    return t['a'] * t['b']


@at(0.3, 0.8)
def dict_of_an_argument(x: Any, z: Any) -> Any:
    return scaled_first({'a': x, 'b': z}) * scaled_first([('a', x), ('b', z)])


@at(np.array([0.3, 0.7, 1.2]), 0.8)
def stored_by_keys_of_a_loop(x: Any, y: Any) -> Any:
    params = {'w': x * y, 'b': x.copy()}
    grads = {'w': x, 'b': x * x}
    for i in range(3):
        for k in params:
            params[k] -= 0.1 * grads[k] * y
        for k, g in grads.items():
            params[k] = params[k] - 0.1 * g * params[k]
    return np.sum(params['w'] * params['b'])


@at(np.array([0.3, 0.7, 1.2]), 0.8)
def moments_by_keys_in_order(x: Any, y: Any) -> Any:
    p = {'w': x * y, 'b': y}
    m = {}
    for k in p:
        m[k] = 0.0 * p[k]
    for t in range(3):
        for k in sorted(p):
            m[k] = 0.9 * m[k] + p[k] ** 2
            p[k] = p[k] - 0.1 * m[k]
    return np.sum(p['w']) * p['b']


@at(np.array([0.3, 0.7, 1.2]), 0.8)
def made_by_keys_then_deleted(x: Any, y: Any) -> Any:
    params = {'w': x * y, 'b': x}
    for i in range(3):
        params = {k: v * 0.9 for k, v in params.items()}
        params['w'] += y
        del params['b']
        params['b'] = x
    return np.sum(params['w'] * params['b'])


@at(np.array([0.3, 0.7, 1.2]), 0.8)
def stored_by_some_keys(x: Any, y: Any) -> Any:
    p = {'w': x * y, 'b': y}
    q = {k: v for k, v in p.items() if k != 'b'}
    for k in p:
        if k == 'b':
            continue
        p[k] = p[k] * 2
    q['c'] = y
    return np.sum(q['w']) * q['c'] * np.sum(p['w'])


def misfit(p: Any, x: Any) -> Any:
    return np.sum((p['w'] * x - p['b']) ** 2)


@at(np.array([0.3, 0.7, 1.2]), 0.8)
def descended_by_keys(x: Any, y: Any) -> Any:
    p = {'w': x * y, 'b': y}
    for t in range(3):
        g = tangent2.grad(misfit)(p, x)
        for k in p:
            p[k] -= 0.1 * g[k]
    return misfit(p, x)


@at(np.array([0.3, 0.7, 1.2]), 0.8)
def stored_by_items_of_before_and_of_now(x: Any, y: Any) -> Any:
    d = {'a': x[0] * y, 'b': x[1]}
    for k, v in list(d.items()):
        d[k] = v * 2.0
        d['b'] = d['b'] + 3.0 * y
    for k, v in d.items():
        d[k] = v * 2.0
        d['b'] = d['b'] + 3.0 * y
    keys = list(d)
    d['c'] = y * y
    for k in keys:
        d[k] = d[k] * 2.0
    return d['a'] * d['b'] * d['c']


POSITIONS = np.array([[0.2, 0.5], [1.3, 0.7], [1.6, 0.2], [0.7, 0.9]])


@at(POSITIONS)
def binned_by_a_computed_key(pos: Any) -> Any:
    cells = defaultdict(list)
    for i, p in enumerate(pos):
        cells[int(p[0])].append(i)
    s = 0.0
    for c, members in cells.items():
        for m in members:
            s += pos[m, 0] * pos[m, 1] * (c + 1)
    return s


@at(POSITIONS)
def summed_by_computed_keys(pos: Any) -> Any:
    tot = defaultdict(float)
    for p in pos:
        tot[int(p[0])] += p[1]
        tot[str(int(p[0]))] += p[0]*p[1]
    return sum(v*v for v in tot.values())


@at(POSITIONS)
def counted_by_computed_keys(pos: Any) -> Any:
    n = Counter()
    tot = defaultdict(lambda: 1.0)
    for p in pos:
        n[round(float(p[0]))] += 1
        tot[max(int(p[0]),0)] *= p[1]
        tot[int(p[1]) + 7] = p[0]
    return sum(v*v for v in tot.values())*sum(n.values())


@at(0.8)
def summed_by_letters(x: Any) -> Any:
    words = defaultdict(float)
    for i, w in enumerate("abac"):
        words[w.upper()] += x ** i
    return max(words.values())
