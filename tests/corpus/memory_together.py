"""Calls with arguments that share memory, to which the callee writes."""

from typing import Any

import numpy as np

from tests.corpus.cases import at

A = np.array([[0.3, 1.2, -0.5], [2.0, 0.1, 0.7], [0.4, 0.9, 1.1]])
V = np.array([0.3, 1.2, -0.5, 0.8])


def swap(a: Any, b: Any) -> Any:
    t = a.copy()
    a[:] = b
    b[:] = t


def axpy(alpha: Any, x: Any, y: Any) -> Any:
    y += alpha * x
    return y


@at(A)
def list_rows(A: Any) -> Any:
    rows = [A[0] * 1.0, A[1] * 2.0, A[2] * 3.0]
    swap(rows[0], rows[2])
    axpy(A[0, 1], rows[0], rows[1])
    return np.sum(rows[0] ** 2) + np.sum(rows[1] ** 3)


@at(A)
def dict_rows(A: Any) -> Any:
    d = {"p": A[0] * 1.0, "q": A[1] * 2.0}
    swap(d["p"], d["q"])
    return np.sum(d["p"] ** 2) + np.sum(d["q"] ** 3)


@at(V)
def returned(x: Any) -> Any:
    a = x * 2
    b = axpy(x[0], a, a)
    b[0] = 1.0
    return np.sum(a ** 2)


@at(V)
def returned_view(x: Any) -> Any:
    a = x * 2
    b = axpy(x[0], a[:-1], a[1:])
    b[0] = 1.0
    return np.sum(a ** 2 * x)


@at(V)
def captured(x: Any) -> Any:
    a = x * 2
    def bump(v: Any) -> Any:
        a[0] += v[1] ** 2
        v[2] *= a[0]
    bump(a)
    return np.sum(a ** 2 * x)


@at(V)
def captured_view(x: Any) -> Any:
    a = x * 2
    def relax(v: Any) -> Any:
        for i in range(len(v)):
            v[i] = 0.5 * (v[i] + a[i])
    relax(a[1:])
    return np.sum(a ** 2 * x)


def merge(lo: Any, hi: Any, out: Any) -> Any:
    t = np.zeros(len(out))
    i = j = 0
    for k in range(len(out)):
        if j >= len(hi) or (i < len(lo) and lo[i] < hi[j]):
            t[k] = lo[i]
            i += 1
        else:
            t[k] = hi[j]
            j += 1
    out[:] = t


def msort(a: Any) -> Any:
    if len(a) > 1:
        m = len(a) // 2
        msort(a[:m])
        msort(a[m:])
        merge(a[:m], a[m:], a)


@at(V)
def msorted(x: Any) -> Any:
    a = x * 1.0
    msort(a)
    return a[0] * a[1] + a[3] ** 2


@at(A)
def transposed(A: Any) -> Any:
    B = A * 1.0
    def add_t(P: Any, Q: Any) -> Any:
        P += Q
    add_t(B, B.T)
    return np.sum(B ** 2 * A)


@at(A)
def loop_rows(A: Any) -> Any:
    B = A * 1.0
    for i in range(1, 3):
        for j in range(i):
            axpy(-B[i, j] / B[j, j], B[j], B[i])
    return np.sum(B ** 2 * A)


class State:
    def __init__(self, u: Any) -> Any:
        self.u = u
        self.v = u * 2
    def add(self, w: Any) -> Any:
        self.u += w
        self.v[0] += w[1]


@at(V)
def obj_self(x: Any) -> Any:
    s = State(x * 1.0)
    s.add(s.u)
    s.add(s.v)
    return np.sum(s.u * s.v)


def extend(L: Any, M: Any) -> Any:
    for v in list(M):
        L.append(v * 2)


@at(V)
def list_self(x: Any) -> Any:
    L = [x[0], x[1]]
    extend(L, L)
    return L[0] * L[3]


@at(A)
def givens_rows(A: Any) -> Any:
    B = A * 1.0
    def rotate(p: Any, q: Any, c: Any, s: Any) -> Any:
        t = c * p - s * q
        q[:] = s * p + c * q
        p[:] = t
    for i in range(2):
        r = np.hypot(B[i, 0], B[i + 1, 0])
        rotate(B[i], B[i + 1], B[i, 0] / r, -B[i + 1, 0] / r)
    return np.sum(B ** 3)


@at(V)
def copyto_callee(x: Any) -> Any:
    def put(dst: Any, src: Any) -> Any:
        np.copyto(dst, src)
    a = x * 2
    put(a[1:], a[:-1])
    return np.sum(a ** 2 * x)


@at(V)
def three(x: Any) -> Any:
    def f(a: Any, b: Any, c: Any) -> Any:
        a[0] = b[1] * c[2]
        b[1] = a[0] + c[3]
    p = x * 2
    q = x * 3
    f(p, p, q)
    f(q, p, q)
    f(p[::-1], p, p)
    return np.sum(p ** 2 * q)


def addto(a: Any, b: Any) -> Any:
    a += b


@at(V)
def addto_self(x: Any) -> Any:
    a = x * 2
    addto(a, a)
    return np.sum(a ** 2)


@at(V)
def swap_self(x: Any) -> Any:
    c = x ** 2
    swap(c, c)
    return np.sum(c ** 2)


@at(V)
def axpy_self(x: Any) -> Any:
    a = x ** 2
    axpy(x[0], a, a)
    return np.sum(a ** 2)


def mul_into(out: Any, a: Any, b: Any) -> Any:
    for i in range(len(a)):
        out[i] = a[i] * b[i]


@at(V)
def mul_into_self(x: Any) -> Any:
    a = x ** 2
    mul_into(a, a, a)
    return np.sum(a ** 2)


@at(V)
def addto_view(x: Any) -> Any:
    a = x * 2
    addto(a[1:], a[:-1])
    return np.sum(a ** 2)


@at(A, 0, 2)
def swap_rows_ij(A: Any, i: Any, j: Any) -> Any:
    A = A * 1.0
    swap(A[i], A[j])
    return np.sum(A[0] ** 2) + np.sum(A[1] ** 3)
