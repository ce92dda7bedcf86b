"""Exceptions and managers: which handler runs, what was written before, `finally` on every way out, `with`."""
# ruff: noqa
import numpy as np, math, contextlib, warnings, threading, time, io
from contextlib import contextmanager, suppress, nullcontext

from tests.corpus.cases import at

X3 = np.array([0.3, -0.7, 1.2])
A3 = np.array([[2.0, 0.3, 0.1], [0.3, 1.5, 0.2], [0.1, 0.2, 1.1]])
class TooBig(Exception): pass
class Far(TooBig):
    def __init__(self, how): super().__init__(how); self.how = how

def root(v):
    if v < 0: raise ValueError("negative")
    return np.sqrt(v)
def limited(v, most=1.0):
    if v > most: raise TooBig(f"{v} > {most}")
    return v * v
@at(A3)
def chol_or(a):
    try:
        l = np.linalg.cholesky(a)
    except np.linalg.LinAlgError:
        l = a @ a
    return np.sum(l * l * l)
@at(-A3)
def chol_or2(a):
    try:
        l = np.linalg.cholesky(a)
    except np.linalg.LinAlgError:
        l = np.linalg.cholesky(a @ a.T + np.eye(3))
    return np.sum(l * l * l)
@at(-A3)
def jitter(a):
    jit = 0.0
    for k in range(5):
        try:
            l = np.linalg.cholesky(a + jit * np.eye(3))
            break
        except np.linalg.LinAlgError:
            jit = 1.0 if jit == 0 else jit * 3
    else:
        raise ValueError("not positive")
    return np.sum(np.log(np.diag(l))) + np.sum(a ** 3)
@at(X3)
def indexed(x):
    s = 0.0
    for k in range(5):
        try:
            s += x[k] ** 2
        except IndexError:
            s += x[0] * 3
    return s
@at(X3)
def index_break(x):
    s = 0.0; k = 0
    while True:
        try:
            s += x[k] ** 2 * (k + 1)
        except IndexError:
            break
        k += 1
    return s
@at(0.7, 1.3)
def keyed(a, b):
    p = {"a": a, "b": b}
    s = 0.0
    for n in ["a", "c", "b", "d"]:
        try:
            v = p[n]
        except KeyError:
            v = a * b
        s += v * v
    return s
@at(0.7, 1.3)
def keyed_aug(a, b):
    p = {}
    for n in ["a", "c", "a", "c"]:
        try:
            p[n] += a * b
        except KeyError:
            p[n] = a
    return p["a"] * p["c"]
@at(0.7)
def zero_div(x):
    s = 0.0
    for k in range(3):
        try:
            s += x * (1.0 / k)
        except ZeroDivisionError:
            s += x ** 3
    return s * s
@at(0.7)
def overflow(x):
    try:
        y = math.exp(x * 2000.0)
    except OverflowError:
        y = x * 3.0
    return y * x
@at(0.7)
def mathsqrt(x):
    try:
        y = math.sqrt(x - 1.0)
    except ValueError:
        y = math.sqrt(1.0 - x)
    return y * x
@at(X3)
def floating(x):
    try:
        with np.errstate(divide="raise", invalid="raise"):
            y = np.log(x)
    except FloatingPointError:
        y = np.log(x * x)
    return np.sum(y * x)
@at(X3)
def floating2(x):
    with np.errstate(all="raise"):
        try:
            y = np.sqrt(x)
        except FloatingPointError:
            y = np.sqrt(np.abs(x))
    return np.sum(y * x)
@at(np.abs(X3))
def floating3(x):
    with np.errstate(all="raise"):
        y = np.log(x) * x
        z = y / x
    return np.sum(y * z)
@at(0.7)
def nested(x):
    s = x
    try:
        try:
            s = s * limited(x * 2)
        except KeyError:
            s = s * 100
        s = 50 * x
    except TooBig:
        s = s + root(x)
    return s * x
@at(0.7)
def nested2(x):
    s = x
    try:
        try:
            s = s * limited(x * 2)
        except TooBig as e:
            s = s * 3
            raise ValueError("again") from e
        s = 50 * x
    except ValueError:
        s = s + root(x)
    return s * x
@at(0.7)
def reraise(x):
    s = x
    try:
        try:
            s = s * limited(x * 2)
        except TooBig:
            s = s * 3
            raise
    except Exception:
        s = s * s
    return s
@at(0.7)
def returns(x):
    for k in range(1, 5):
        try:
            return limited(x * 4 / k) * k
        except TooBig:
            x = x * 0.9
    return x
@at(0.7)
def continues(x):
    s = 0.0
    for k in range(5):
        try:
            v = limited(x * k / 2)
            if k == 1:
                continue
        except TooBig:
            s += 0.1 * x
            continue
        s += v
    return s * x
@at(0.7)
def breaks(x):
    s = 0.0
    for k in range(5):
        try:
            v = limited(x * k / 2)
            s += v
        except TooBig:
            break
        finally:
            s = s * x + x
    return s
@at(0.7)
def finals(x):
    s = x
    try:
        s = s * x
        return s * 2
    finally:
        s = s * 100
@at(0.7)
def finals2(x):
    log = []
    try:
        s = np.sin(x)
    finally:
        log.append(1)
    return s * len(log)
@at(0.7)
def written_before(x):
    y = np.zeros(3)
    try:
        y[0] = x * x
        y[1] = root(x - 1)
        y[2] = 5 * x
    except ValueError:
        y[2] = x
    return np.sum(y * np.array([1.0, 2.0, 3.0]))
@at(X3)
def written_loop(x):
    y = np.zeros(3)
    try:
        for k in range(3):
            y[k] = root(x[k]) * x[0]
    except ValueError:
        y[2] = x[2]
    return np.sum(y * np.array([1.0, 2.0, 3.0]))
@at(X3)
def appended(x):
    out = []
    for v in x:
        try:
            out.append(root(v))
        except ValueError:
            out.append(v * v)
    return np.sum(np.array(out) * x)
@at(X3)
def several(x):
    s = 0.0
    for k in range(4):
        try:
            v = x[k]
            w = limited(v, 1.1)
            u = root(w - 0.2)
            s += u
        except IndexError:
            s += x[0]
        except (TooBig, ValueError):
            s += x[1] * k
    return s
@at(0.7)
def excvar(x):
    msg = ""
    try:
        y = limited(x * 3)
    except TooBig as e:
        msg = str(e)
        y = x * 2
    return y * x if msg else y
@at(0.7)
def elsepart(x):
    try:
        y = limited(x)
    except TooBig:
        y = 0.0
    else:
        y = y * x
        y = y + 1
    return y
@at(0.7)
def asserts(x):
    try:
        assert x > 1, "small"
        y = x * x
    except AssertionError:
        y = x ** 3
    return y
@at(0.7)
def callee_handles(x):
    def g(v):
        try:
            return limited(v) * 2
        except TooBig:
            return v + 1
    return g(x) * g(2 * x)
@at(0.7)
def deep(x):
    def a(v):
        return limited(v) + 1
    def b(v):
        return a(v * 1.5) * x
    try:
        y = b(x)
    except TooBig:
        y = x * x * 3
    return y
@at(0.7)
def suppressed(x):
    y = x
    with suppress(ZeroDivisionError, TooBig):
        y = limited(x * 2)
        y = y * 50
    return y * x
@at(0.7)
def nullctx(x):
    with nullcontext(x * 2) as y, np.errstate(divide="ignore"):
        z = y * x
    return z
LOCK = threading.Lock()
@at(0.7)
def locked(x):
    with LOCK:
        y = x * x
    return y * x
@contextmanager
def scaled(v):
    w = v * 2
    try:
        yield w
    finally:
        w = 0
@at(0.7)
def cm1(x):
    with scaled(x) as w:
        y = w * x
    return y
@at(0.7)
def parse(x):
    s = 0.0
    for t in ["1.5", "oops", "2"]:
        try:
            w = float(t)
        except ValueError:
            w = 0.5
        s += w * x * x
    return s
@at(0.7)
def early(x):
    try:
        if x > 2: raise TooBig("a")
        y = x * x
    except TooBig:
        return x * 5
    return y
@at(0.7)
def early2(x):
    try:
        if x > 0.2: raise Far(3.0)
        y = x * x
    except Far as e:
        return x * float(e.how)
    return y
@at(X3)
def allowed(x):
    try:
        y = x + np.zeros(4)
    except ValueError:
        y = x * 2
    return np.sum(y * y)
@at(0.7)
def nameerr(x):
    try:
        x.nothing
        y = x
    except AttributeError:
        y = x * x
    return y

@at(0.7)
def bare(x):
    try:
        y = limited(x * 2)
    except:
        y = x * x
    return y
@at(0.7)
def prints(x):
    with open("/dev/null", "w") as f:
        print(x, file=f)
        y = x * x
    return y
@at(0.7)
def rng_in_try(x):
    rng = np.random.default_rng(0)
    try:
        w = rng.normal()
    except ValueError:
        w = 0.0
    return w * x * x


@at(0.7)
def raised_on_all_ways_of_a_branch(x):
    s = 0.0
    for i in range(3):
        if x > 0.1:
            r = x * x * i
        else:
            if x > 0:
                raise ValueError("a")
            else:
                raise ValueError("b")
        s += r
    return s


def surely_raises(x):
    if x > 0:
        raise KeyError
    else:
        raise ValueError


@at(0.7)
def caught_where_all_ways_raise(x):
    try:
        if x < 0.8:
            r = x * surely_raises(x)
        else:
            r = x
    except KeyError:
        return x * x
    return r * x
