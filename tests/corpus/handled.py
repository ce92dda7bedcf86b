"""Which operations raise, and what handlers catch: taking apart, generators, classes in variables, attempts inside."""
# ruff: noqa
import math, sys
import numpy as np

from tests.corpus.cases import at


class Missing(Exception): pass


class Checked:
    """A number whose sum with another may be refused."""
    def __init__(self, v): self.v = v
    def __add__(self, other):
        if self.v > 0: raise Missing("x")
        return Checked(self.v + other.v)


@at(0.7)
def operator_that_raises(x):
    a, b = Checked(x), Checked(x * 2)
    try: y = (a + b).v
    except Missing: y = x ** 2
    return y * x
@at(0.7, "1,2,3", wrt=(0,))
def taken_apart(x, s):
    try: a, b = s.split(",")
    except ValueError: return x ** 3
    return x * float(a) + x ** float(b)
@at(0.7, [(1, 2.0), (1, 2, 3), (2, 1.0)], wrt=(0,))
def items_taken_apart(x, rows):
    t = 0.0
    try:
        for a, b in rows: t += x ** a * b
    except ValueError: t += x ** 3
    return t
@at(0.7, (1, 2, 3), wrt=(0,))
def taken_apart_into_a_dict(x, v):
    d = {}
    try: a, d["k"] = v
    except ValueError: d["k"] = x ** 3
    return d["k"] * x
@at(0.7, 3.0, wrt=(0,))
def number_or_sequence(x, v):
    try: n = len(v)
    except TypeError: n = 3
    t = x ** n
    try:
        for k in v: t += k * x
    except TypeError: t += v * x
    return t
@at(0.7)
def opened(x):
    try: fh = open("/nonexistent/q")
    except OSError: return x ** 2
    return x
@at(0.7)
def left_by_exit(x):
    try: sys.exit(3)
    except SystemExit: return x ** 2
@at(0.7)
def memo_inside(x):
    cache = {}
    def get(k):
        try: return cache[k]
        except KeyError:
            cache[k] = x ** k
            return cache[k]
    return get(2) * get(3)
@at(0.7)
def finally_inside_that_writes(x):
    d = {"n": 0.0}
    def g(v):
        try: return v ** 2
        finally: d["n"] += v
    return g(x) * d["n"]
@at(0.7)
def classes_in_a_variable(x):
    t = 0.0
    for e in (ValueError, KeyError):
        try: raise e
        except ValueError: t += x
        except KeyError: t += x ** 2
    return t
ERRORS = (KeyError, ZeroDivisionError)
@at(0.7)
def tuple_beside_a_class(x):
    try: return x + {}["a"]
    except ERRORS: return x ** 2
    except TypeError: return x ** 3
@at(0.7)
def raised_in_a_generator(x):
    def g():
        yield x
        raise ValueError
    t = 0.0
    try:
        for v in g(): t += v
    except ValueError: t *= x
    return t
@at(0.7)
def raised_by_a_generator_in_a_loop(x):
    def g(n):
        for i in range(n):
            if i == 2: raise Missing
            yield x ** i
    t = 0.0
    try:
        for v in g(4): t += v
    except Missing: t *= x
    return t
@at(1.7)
def wrapped_inside(x):
    def inner(v):
        try:
            if v > 1: raise ValueError("b")
            return v * 2
        except ValueError as err: raise RuntimeError("wrapped") from err
    try: return inner(x) * x
    except RuntimeError: return x ** 3
@at(0.7)
def named_and_left(x):
    t = 0.0
    for k in range(4):
        try:
            if k == 2: raise ValueError
            t += x ** k
        except ValueError as e:
            t += 5 * x if not str(e) else x
            continue
        t *= x
    return t
@at(0.7)
def sum_in_place_that_raises(x):
    a, b = Checked(x), Checked(x)
    try: a += b; y = a.v
    except Missing: y = x ** 2
    return y * x
@at(0.7)
def one_name_in_two_handlers(x):
    t = 0.0
    try: raise ValueError("a")
    except ValueError as e:
        try: raise KeyError(str(e))
        except KeyError as e: t += x
        t += x ** 2
    return t
@at(0.7, [((1, 2), 3, 4), (1, 2), ((2, 3), 1)], wrt=(0,))
def nested_patterns(x, rows):
    t = 0.0
    for row in rows:
        try:
            (a, b), *c = row
            t += x ** a * b + len(c)
        except (ValueError, TypeError): t *= 2 * x
    return t + a


@at(np.array([0.7, 0.3, 0.5]), 0.4)
def taken_apart_as_it_is_popped(x, y):
    todo = [(x[0] * y, x[1])]
    try:
        i1, i2 = todo.pop()
        j, k = todo.pop()
    except ValueError:
        pass
    except IndexError:
        return i1 * i2 * y
    return i1


@at(np.array([0.7, 0.3, 0.5]), 0.4)
def popped_beside_what_may_raise(x, y):
    s, out, terms = 0.0, {0: y}, [x * y, x]
    try:
        for k in range(5):
            s = s + out[k] * np.sum(terms.pop()) * y
    except KeyError:
        s = s * 2 + np.sum(x) * len(terms)
    return s


def positive(v):
    if v > 0.5: raise ValueError
    return v


@at(0.7)
@at(0.3)
def asserted_of_what_raises(x):
    s = x
    try: assert positive(x) > 0; s = 3 * x
    except ValueError: pass
    return s ** 2


@at(0.7)
@at(0.3)
def run_over_what_raises(x):
    s = x
    try:
        for i, v in enumerate([positive(x), x]): s = s * 2 + v * i
        for _ in range(int(positive(x)) + 1): s = s * 2
    except ValueError: s = s * x
    return s ** 2


@at(0.7)
@at(0.3)
def matched_what_raises(x):
    s = x
    try:
        match positive(x):
            case 1: s = s * 2
            case v: s = positive(s * 1.1) * v
    except ValueError: s = s * 3
    return s ** 2


@at(0.7)
@at(0.3)
def raised_with_what_raises(x):
    s = x
    try: raise KeyError(positive(x))
    except ValueError: s = x * 2
    except KeyError: s = x * 3
    return s ** 2


@at(0.7)
def two_at_once(x):
    s = x
    try: s, t = positive(x / 2), positive(x)
    except ValueError: t = s * 3
    return s + t * x


class OwnError(Exception): pass


@at(np.array([0.7, 0.4, 0.9, 0.3]))
def chosen_where_it_is_tried(x):
    w = x > 0.5
    v = x.copy()
    try:
        a1 = 0.02
        u1 = x*2 if 0.47 < a1+x[0] < 1.3 else v
        u1 -= 0.19*x[1]
    except Exception:
        return np.sum(w)
    return np.sum(u1*v)


@at(np.array([0.7, 0.4, 0.9, 0.3]))
def functions_run_over_where_it_is_tried(x):
    fs=[]
    s=0.
    try:
        for i in range(3):
            fs.append(lambda v0, k0=i: v0*k0)
        for f in fs:
            s += f(x[0])
    except TypeError:
        pass
    return s


@at(np.array([0.7, 0.4, 0.9, 0.3]))
def condition_where_own_errors_are_caught(x):
    try:
        u = x[0] if x[1] > .3 else x[2]
        t = u*2 if u else 3.
        if t > 100: raise OwnError
    except OwnError:
        t = 1.
    return t*x[1]


def sure(v): return v*2 if v > .5 else (v if v > .2 else -v)


def may(v):
    if v > .5:
        raise OwnError()
    return v


@at(np.array([0.7, 0.4, 0.9, 0.3]))
def sure_beside_what_raises(x):
    try:
        t = sure(x[0])*sure(x[1])
        t = t*may(x[2])
    except OwnError:
        t = t*x[0]
    return t


@at(np.array([0.7, 0.4, 0.9, 0.3]))
def sure_and_chosen_beside_what_raises(x):
    try:
        t = sure(x[0])*sure(x[1]) if may(x[3]) else may(x[2])
        t = t*may(x[2])
    except Exception:
        t = x[0]
    return t


class Refused(Exception): pass


def small(v):
    if v > 0.8: raise Refused(v)
    return v * v


@at(0.5, 0.7)
@at(0.9, 0.7)
def raised_with_the_value(x, y):
    try: s = small(x)
    except Refused: s = x * y
    return s * y
