"""Calls and operators that write into arrays."""

# ruff: noqa: B007, B905, E501
from typing import Any

import numpy as np

from tests.corpus.cases import at

X = np.array([0.5, -1.2, 0.8, 0.3])
K = np.arange(1.0, 5.0)


@at(X)
def out_kw(x: Any) -> Any:
    z = np.zeros(4)
    np.add(x, x * x, out=z)
    return np.sum(z * K)


@at(X)
def out_pos(x: Any) -> Any:
    z = np.zeros(4)
    w = np.multiply(x, x, z)
    w[0] = 3.0 * x[1]
    return np.sum(z * K)


@at(X)
def out_self(x: Any) -> Any:
    z = x * 2.0
    np.sin(z, out=z)
    np.multiply(z, x, z)
    return np.sum(z * K)


@at(X)
def out_view(x: Any) -> Any:
    z = x * 2.0
    np.sin(z[1:], out=z[:-1])
    return np.sum(z * K)


@at(X)
def out_loop(x: Any) -> Any:
    z = np.zeros(4)
    for i in range(3):
        np.add(z, x * float(i), out=z)
        np.multiply(z, x, out=z)
    return np.sum(z * K)


@at(X)
def out_red(x: Any) -> Any:
    m = np.outer(x, x)
    z = np.zeros(4)
    np.sum(m, axis=0, out=z)
    w = z * 1.0
    m.sum(axis=1, out=z[...])
    np.mean(m, 0, None, w)
    return np.sum(z * K * w)


@at(X)
def out_dot(x: Any) -> Any:
    m = np.outer(x, x)
    z = np.zeros(4)
    np.dot(m, x, out=z)
    w = np.empty((4, 4))
    np.matmul(m, m, out=w)
    m.dot(x, z)
    return np.sum(z * K) + np.sum(w * K)


@at(X)
def out_where(x: Any) -> Any:
    z = np.zeros(4)
    np.log(x, out=z, where=x > 0)
    np.divide(1.0, x, out=z, where=x < 0)
    return np.sum(z * K)


@at(X)
def out_where2(x: Any) -> Any:
    m = np.zeros((2, 4))
    np.sqrt(x, out=m, where=x > 0)
    return np.sum(m * K)


@at(X)
def copyto(x: Any) -> Any:
    z = np.zeros(4)
    np.copyto(z, x)
    np.copyto(z, x * x, where=x > 0)
    np.copyto(z[1:], 2.0 * x[0])
    return np.sum(z * z * K)


@at(X)
def fill(x: Any) -> Any:
    z = np.zeros((2, 3))
    z.fill(x[0])
    z[1].fill(x[1])
    v = z[0]
    v.fill(x[2] * x[2])
    return np.sum(z * z)


@at(X)
def filldiag(x: Any) -> Any:
    m = np.outer(x, x)
    np.fill_diagonal(m, x[0])
    n = np.zeros((4, 3))
    np.fill_diagonal(n, x[:3])
    return np.sum(m * m * K) + np.sum(n * n * x[0])


@at(X)
def put(x: Any) -> Any:
    z = x * 2.0
    np.put(z, [0, 2], x[1:3])
    np.put(z, [3], 1.0)
    z.put([1], x[0] * x[0])
    return np.sum(z * z * K)


@at(X)
def put2(x: Any) -> Any:
    m = np.outer(x, x)
    np.put(m, [1, 6, 11], x)
    np.put(m.T, [1, 2], [x[0]])
    return np.sum(m * m * K)


@at(X)
def place(x: Any) -> Any:
    z = x * 2.0
    np.place(z, x > 0, x[2:] * x[0])
    return np.sum(z * z * K)


@at(X)
def putmask(x: Any) -> Any:
    z = x * 2.0
    np.putmask(z, x > 0, x * x)
    np.putmask(z, x > 0.4, [x[0], x[1]])
    return np.sum(z * z * K)


@at(X)
def along(x: Any) -> Any:
    m = np.outer(x, K)
    i = np.argmax(m, axis=1)[:, None]
    np.put_along_axis(m, i, x[:1] * x[1], axis=1)
    return np.sum(m * m)


@at(X)
def at_sub(x: Any) -> Any:
    z = x * 2.0
    np.subtract.at(z, [0, 0, 2], x[:3] * x[0])
    v = z[1:]
    np.add.at(v, [0, 0], x[:2])
    return np.sum(z * z * K)


@at(X)
def iadd(x: Any) -> Any:
    z = x * 2.0
    y = z.__iadd__(x * x)
    y[0] = x[1]
    z.__imul__(2.0)
    return np.sum(z * z * K)


@at(X)
def Twrite(x: Any) -> Any:
    m = np.outer(x, x)
    m.T[0, 1] = x[2]
    m.T[1] *= x
    m.reshape(2, 8)[0] = 1.0 * x[0]
    m.T.T[0][1:] = x[1]
    return np.sum(m * m * K)


@at(X)
def flat(x: Any) -> Any:
    m = np.outer(x, x)
    m.flat[3] = x[2] * x[1]
    m.T.flat[1:3] = x[0]
    m.flat[[0, 5]] *= x[1]
    m.flat[2] += x[0]
    return np.sum(m * m * K)


@at(X)
def flatread(x: Any) -> Any:
    m = np.outer(x, x)
    s = 0.0
    for v in m.flat:
        s += v**2
    return s + m.flat[3] * m.T.flat[4]


@at(X)
def realw(x: Any) -> Any:
    z = x * (1 + 2j)
    z.real[0] = x[1]
    z.imag[1:] = x[0] * x[1]
    z.real = x * x
    z.imag += x
    z.real *= 2.0
    return np.sum(np.abs(z) ** 2 * K)


@at(X)
def realr(x: Any) -> Any:
    z = x * 2.0
    z.real[0] = x[1] * x[1]
    r = z.real
    r[1] = x[0] ** 2
    return np.sum(z * K)


@at(X)
def inplace(x: Any) -> Any:
    m = np.outer(x, x)
    m @= np.outer(x, K)
    m //= 0.1
    return np.sum(m) + x[0]


@at(X)
def inplace2(x: Any) -> Any:
    m = np.outer(x, x)
    v = m[1]
    m @= np.outer(x, K)
    v **= 2
    m %= 0.7
    return np.sum(m * K)


@at(X)
def aug(x: Any) -> Any:
    y = x * 2.0
    y[1:3] **= 2
    y[[0, 1]] *= x[0]
    y[[0, 0]] *= x[0]
    y[[0, 0]] += x[:2]
    y[[1, 1]] **= 2
    y[[0, 2]] /= x[1]
    y[x > 0] += x[1]
    y[x > 0] %= x[1]
    y[::-1][1:] -= x[0]
    y[None, ::-2] *= x[:2]
    y %= 0.7
    return np.sum(y * np.arange(4.0))


@at(X)
def aug2(x: Any) -> Any:
    m = np.outer(x, x)
    m[..., 0] += x
    m[:, None, 1:] *= x[:3]
    m[[0, 1], [1, 2]] += x[:2]
    m[[0, 1], 1:] -= x[0]
    m[[0, 0], 1] = x[:2]
    m[1, [0, 2]] **= 2
    m[m > 1.0] /= x[0]
    m[x > 0] *= x
    m[x > 0, 1] -= x[0]
    m[np.array([0, 2]), np.array([True, False, True, False])] += x[1]
    return np.sum(m * m * K)


@at(X)
def zero_d(x: Any) -> Any:
    y = np.array(x[0] * 2.0)
    y += x[1]
    y[...] *= x[2]
    y[()] += 1.0
    z = y
    z -= x[3]
    return y * y


@at(X)
def bcast(x: Any) -> Any:
    m = np.zeros((3, 4))
    m += x
    m *= x[:3, None]
    m[:] = m * x
    m[1:] = x
    m[:, 1] = x[0]
    m -= 2.0
    return np.sum(m * m * K)


@at(X)
def part_without_axes(x: Any) -> Any:
    y = x * 2.0
    v = y[1, ...]
    y[1] = x[0] ** 2
    return v * v


@at(X)
def part_without_axes_written(x: Any) -> Any:
    y = x * 2.0
    v = y[1, ...]
    v[...] = x[0] ** 2
    v += x[2]
    return np.sum(y * y * K)


@at(X)
def without_axes_aliased(x: Any) -> Any:
    y = np.array(x[0])
    z = y[...]
    y *= x[1]
    z[()] = z * z + x[2]
    w = y[()]
    y += 1.0
    return w * y * x[3]


@at(X)
def without_axes_in_a_loop(x: Any) -> Any:
    y = np.zeros(())
    for i in range(4):
        y += x[i] * x[i]
        y *= x[0]
    return y * y


@at(X)
def without_axes_as_out(x: Any) -> Any:
    y = np.zeros(())
    np.add(x[0], x[1], out=y)
    np.sum(x * x, out=y)
    y.fill(x[0] * y)
    y[None] *= x[1]
    y[...] = np.sin(y)
    return y * x[2]


@at(X)
def without_axes_by_operators(x: Any) -> Any:
    y = np.array(x[0])
    y **= 2
    y /= x[1]
    y -= x[2]
    y *= x[3]
    return y


@at(X)
def flat_set(x: Any) -> Any:
    b = np.outer(x, x)
    b.flat = 3.0 * x[0]
    b.flat[2] = x[1]
    return np.sum(b ** 2)


@at(X)
def flat_set_again_and_again(x: Any) -> Any:
    b = np.outer(x, x)
    b[1:3].flat = x[:3] * 2.0
    return np.sum(b ** 2 * K)


@at(X)
def flat_one_by_one(x: Any) -> Any:
    b = np.outer(x, x)
    for k in range(b.size):
        b.flat[k] *= k
    return np.sum(b ** 2)
