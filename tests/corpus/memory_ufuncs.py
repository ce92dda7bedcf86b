"""`ufunc.at` of all kinds, partitions, and results that share memory only as their arguments say."""
from typing import Any

import numpy as np

from tests.corpus.cases import at

X = np.array([0.3, -1.2, 0.7, 0.9])
M = np.arange(1.0, 7.0).reshape(2, 3) * 0.3


@at(X)
def at_multiply(x: Any) -> Any:
    a = x * 2.0
    np.multiply.at(a, [0, 0, 2], x[1:])
    return np.sum(a ** 2)


@at(X)
def at_divide(x: Any) -> Any:
    a = x * 2.0
    np.divide.at(a, [0, 0, 2], x[1:])
    return np.sum(a ** 2)


@at(X)
def at_maximum(x: Any) -> Any:
    a = x * 2.0
    np.maximum.at(a, [0, 0, 1], x[1:])
    return np.sum(a ** 2)


@at(X)
def at_minimum(x: Any) -> Any:
    a = x * 2.0
    np.minimum.at(a, [0, 0, 1], x[1:])
    return np.sum(a ** 2)


@at(X)
def at_negative(x: Any) -> Any:
    a = x * 2.0
    np.negative.at(a, [0, 0, 2])
    return np.sum(a ** 3)


@at(X)
def at_multiply_number(x: Any) -> Any:
    a = x * 2.0
    np.multiply.at(a, [0, 0, 2], 3.0)
    return np.sum(a ** 2)


@at(X)
def at_power(x: Any) -> Any:
    a = x * x
    np.power.at(a, [0, 2], 2.0)
    return np.sum(a ** 2)


@at(X)
def at_multiply_slice(x: Any) -> Any:
    a = x * x
    np.multiply.at(a, slice(1, 3), x[0])
    return np.sum(a ** 2)


@at(X)
def at_multiply_mask(x: Any) -> Any:
    a = x * x
    np.multiply.at(a, x > 0.5, x[0])
    return np.sum(a ** 2)


@at(X)
def partitioned_in_place(x: Any) -> Any:
    a = x * 2.0
    a.partition(2)
    return np.sum(a[:2] ** 2) * a[2]


@at(X)
def partitioned(x: Any) -> Any:
    a = np.partition(x * 2.0, 2)
    return np.sum(a[:2] ** 2) * a[2]


@at(M)
def partitioned_rows(x: Any) -> Any:
    a = x * 2.0
    a.partition(1, axis=1)
    return np.sum(a[:, 1] ** 3)


@at(M)
def partitioned_columns(x: Any) -> Any:
    a = np.partition(x * 2.0, 1, axis=0)
    return np.sum(a[1] ** 3)


@at(X)
def nan_to_num_in_place(x: Any) -> Any:
    a = x * 2.0
    a[1] = np.nan
    b = np.nan_to_num(a, copy=False)
    b[0] *= x[1]
    return np.sum(a ** 3)


@at(X)
def einsum_of_two_is_new(x: Any) -> Any:
    a = x * 2.0
    b = np.einsum("i,i->i", a, x)
    b[0] = x[1] ** 2
    return np.sum(a ** 3 * b)


@at(X)
def einsum_that_sums_is_new(x: Any) -> Any:
    a = (x * 2.0).reshape(2, 2)
    b = np.einsum("ij->i", a)
    b[0] = x[1] ** 2
    return np.sum(a ** 3 * b)


@at(X)
def conjugate_of_real(x: Any) -> Any:
    a = x * 2.0
    b = a.conj()
    b[0] = x[1] ** 3
    return np.sum(a ** 3 * x)


@at(X)
def conjugate_of_complex(x: Any) -> Any:
    z = x * (1.0 + 2.0j)
    w = z.conjugate()
    w[0] = x[1] ** 3
    return np.sum(np.real(z * w))


@at(np.array([0.5, 1.2, 0.8]))
def into_rows_where_a_mask_holds(x: Any) -> Any:
    out = np.ones((2, 3))
    np.sin(x, out=out[1], where=x > 0.6)
    np.copyto(out[0], x ** 2, where=x < 1.0)
    y = np.multiply(x, out[1], out=out[0])
    y[0] = 3.0
    return np.sum(out[0] * y * out[1])


@at(np.array([0.5, 1.2, 0.8]))
def clipped_into_itself(x: Any) -> Any:
    y = np.where(x > 0.6, np.log(x), 0.0)
    np.clip(y, -0.2, None, out=y)
    z = np.clip(x, None, 0.7, np.zeros(3))
    return np.sum(y * x) + np.sum(z ** 2)


@at(np.array([0.5, 1.2, 0.8]))
def rows_sorted_in_place(x: Any) -> Any:
    a = np.outer(x, x)
    a[0].sort()
    a.T.sort(axis=0)
    a[1].partition(1)
    a[2].fill(x[0])
    return np.sum(a * x)
