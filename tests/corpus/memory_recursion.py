"""Functions that call themselves with parts of an array, and write to it; and ones that call each other."""

from typing import Any

import numpy as np

from tests.corpus.cases import at

V = np.array([0.3, 1.2, -0.5, 0.8])
W = np.array([0.3, 1.2, -0.5, 0.8, 0.1, 0.9, -0.2, 0.45])


def halves(a: Any) -> Any:
    n = len(a)
    if n == 1:
        return a[0] ** 2
    return halves(a[: n // 2]) * 0.5 + halves(a[n // 2:])


@at(W)
def sum_of_halves(x: Any) -> Any:
    return halves(x)


def rest(a: Any) -> Any:
    if len(a) == 0:
        return 0.0
    return a[0] ** 2 + 0.5 * rest(a[1:])


@at(V)
def first_and_rest(x: Any) -> Any:
    return rest(x)


def transformed(z: Any) -> Any:
    n = len(z)
    if n == 1:
        return z
    e = transformed(z[::2])
    o = transformed(z[1::2])
    w = np.exp(-2j * np.pi * np.arange(n // 2) / n)
    return np.concatenate([e + w * o, e - w * o])


@at(W)
def fast_fourier(x: Any) -> Any:
    y = transformed(x + 0j)
    return np.sum(np.abs(y[:3]) ** 2 * x[:3])


def add_total(a: Any) -> None:
    n = len(a)
    if n > 1:
        h = n // 2
        add_total(a[:h])
        add_total(a[h:])
        a += np.sum(a)


@at(W)
def totals(x: Any) -> Any:
    a = x * 1.0
    add_total(a)
    return np.sum(a ** 2)


def scan(a: Any) -> None:
    n = len(a)
    if n == 1:
        return
    scan(a[: n // 2])
    scan(a[n // 2:])
    a[n // 2:] += a[n // 2 - 1]


@at(W)
def prefix_sums(x: Any) -> Any:
    a = x * 1.0
    scan(a)
    return np.sum(a ** 2)


def merge_sort(a: Any) -> None:
    if len(a) > 1:
        m = len(a) // 2
        left, right = a[:m].copy(), a[m:].copy()
        merge_sort(left)
        merge_sort(right)
        i = j = k = 0
        while i < len(left) and j < len(right):
            if left[i] < right[j]:
                a[k] = left[i]
                i += 1
            else:
                a[k] = right[j]
                j += 1
            k += 1
        while i < len(left):
            a[k] = left[i]
            i, k = i + 1, k + 1
        while j < len(right):
            a[k] = right[j]
            j, k = j + 1, k + 1


@at(V)
def merge_sorted(x: Any) -> Any:
    a = x * 1.0
    merge_sort(a)
    return a[0] * a[1] + a[3] ** 2


def quick_sort(a: Any, lo: int, hi: int) -> None:
    if lo < hi:
        p, i = a[hi], lo
        for j in range(lo, hi):
            if a[j] < p:
                a[i], a[j] = a[j], a[i]
                i += 1
        a[i], a[hi] = a[hi], a[i]
        quick_sort(a, lo, i - 1)
        quick_sort(a, i + 1, hi)


@at(W)
def quick_sorted(x: Any) -> Any:
    a = x * 1.0
    quick_sort(a, 0, len(a) - 1)
    return a[0] * a[1] + a[3] ** 2


def butterflies(re: Any, im: Any) -> None:
    n = len(re)
    if n == 1:
        return
    er, ei = re[::2].copy(), im[::2].copy()
    odd, oi = re[1::2].copy(), im[1::2].copy()
    butterflies(er, ei)
    butterflies(odd, oi)
    for k in range(n // 2):
        c, s = np.cos(2 * np.pi * k / n), -np.sin(2 * np.pi * k / n)
        tr = c * odd[k] - s * oi[k]
        ti = c * oi[k] + s * odd[k]
        re[k], im[k] = er[k] + tr, ei[k] + ti
        re[k + n // 2], im[k + n // 2] = er[k] - tr, ei[k] - ti


@at(V)
def fourier_in_place(x: Any) -> Any:
    re = x.copy()
    im = np.zeros(len(x))
    butterflies(re, im)
    return re[1] ** 2 + im[1] ** 3 + re[3] * im[1]


def turn_about(a: Any, b: Any, n: int) -> None:
    if n == 0:
        a[0] = 2.0 * a[0] * b[0]
        return
    turn_about(b, a, n - 1)


def ping(a: Any, b: Any, n: int) -> None:
    if n == 0:
        a[0] = 2.0 * a[0] * b[0]
        return
    pong(a, b, n - 1)


def pong(a: Any, b: Any, n: int) -> None:
    ping(b, a, n)


@at(V, V[::-1].copy())
def written_in_turn(x: Any, y: Any) -> Any:
    p, q = x * 1.0, y * 1.0
    ping(p, q, 3)
    turn_about(p, q, 2)
    return np.sum(p ** 2) * np.sum(q ** 3)


def remembered(n: int, x: Any, memo: Any) -> Any:
    if n < 2:
        return x[n]
    if n not in memo:
        memo[n] = remembered(n - 1, x, memo) * 0.5 + np.sin(remembered(n - 2, x, memo))
    return memo[n]


@at(V)
def with_a_memo(x: Any) -> Any:
    return remembered(5, x, {})


def collect(x: Any, k: int, out: Any) -> None:
    if k < 3:
        collect(x, k + 1, out)
        out.append(x[k] ** 2)


@at(V)
def collected(x: Any) -> Any:
    out: Any = []
    collect(x, 0, out)
    return out[0] * out[2]
