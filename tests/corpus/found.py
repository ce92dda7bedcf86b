"""The smallest programs that once were wrong or broke the compiler.  None goes without its cause being mended."""
# ruff: noqa: F841, B007, PLR0133
import math
from typing import Any

import numpy as np

from tests.corpus.cases import at

X4 = np.array([1.036, 0.435, -0.469, -0.384])
Y4 = np.array([1.107, 0.524, -0.325, -0.363])


@at(np.array([0.8, 0.922, 1.363, -0.413]))
def sign_of_a_quotient_of_one_value(x: Any) -> Any:
    c = -np.sqrt(np.sum(x) * np.sum(x)) ** 2
    terms = [c, 1.5]
    return np.sum(np.cos(x)) + sum(terms)


@at(0.609)
@at(0.3)
@at(-0.4)
def read_on_one_path_of_one_path(x: Any) -> Any:
    if x > 0.1:
        u = x * np.ones(3)
        w = u
        x += np.dot(u, w) if x < 0.5 else x
    return np.sin(x)


@at(X4, Y4)
def bound_again_on_one_path(x: Any, y: Any) -> Any:
    saved = np.zeros(4)
    if x[0] < 2.0:
        if x[1] < -1.0:
            return np.sum(x)
        saved -= x
    todo = [saved[3] * saved[3] for e in saved]
    p = sum(todo)
    p1, a, s = p, 0.01, 0.8
    return p1 + np.sum(saved)


@at(np.array([0.998, -1.229, 0.726]), np.array([-1.198, 0.263, 1.331]))
@at(np.array([-0.998, -1.229, 0.726]), np.array([-1.198, 0.263, 1.331]))
def a_mask_or_an_array(x: Any, y: Any) -> Any:
    if x[0] > 0.0:
        if x[1] > 0.4:
            return 1.5 * np.sum(x)
        y = x > 0.0
    for j in range(3):
        y = x * x
    return np.sum(y)


@at(0.472)
@at(0.9)
@at(-0.2)
def of_one_rank_or_another(x: Any) -> Any:
    row = x * np.ones(5)
    if x > 0.3:
        row = row.copy()
        if x > 0.73:
            row = np.outer(row, row)
    return np.sum(row * row)


@at(0.9, -0.584)
@at(0.9, 0.584)
def stored_on_the_other_path(x: Any, y: Any) -> Any:
    row = y * np.ones(5)
    if x > 0.4:
        if y < 0.0:
            return x * y
        row[:] = np.cos(row)
    return np.sum(row)


@at(np.array([-0.23, -0.914, -0.832, 0.235]), 0.478, 0.401)
def scaled_on_a_path_not_taken(x: Any, y: Any, z: Any) -> Any:
    u = np.ones(4)
    u[3] = z
    if y > 0.4:
        if y > 0.45:
            return 0.89 * np.sum(x) * y
        u[:1] *= 0.9
    return np.sum(z * u)


@at(1.117, np.array([-1.05, -0.61, 0.463]))
@at(-1.117, np.array([-1.05, -0.61, 0.463]))
def replaced_in_a_loop_of_one_path(x: Any, y: Any) -> Any:
    u = y
    if x > 0.1:
        for p in [x, x]:
            v = np.ones(3)
            v *= y
            u = v * p
    return np.sum(u * u)


@at(-1.261)
@at(1.261)
def a_list_filled_on_one_path(x: Any) -> Any:
    todo = []
    if not x > 0.04:
        todo.append(x)
        for c in todo:
            x = x * c
    return x * x + sum(todo)


@at(-1.122, np.array([-0.011, -0.575, -0.676, 0.991]), 0)
@at(1.122, np.array([-0.011, -0.575, -0.676, 0.991]), 2)
def returns_and_continues(x: Any, y: Any, n: Any) -> Any:
    for j in range(3):
        if x > -0.5:
            return np.sin(x * np.sum(y) / y.size)
        if x < 0.08:
            g = 0
            for i in range(3):
                g += np.sin(x)
            for count in reversed(range(n)):
                x += np.sin(g + ((y @ y) - g))
            continue
    return np.sum(y) + np.sin(x)


@at(np.array([-1.238, -0.549, -0.892]))
def returns_in_the_first_iteration(x: Any) -> Any:
    for i in range(3):
        x = np.sum(np.outer(x, x), axis=1)
        return np.sum(x) * np.sum(x)


@at(np.array([-1.238, -0.549, -0.892]), 0.3, 0.4)
def a_pop_that_must_come_before_a_sum(x: Any, y: Any, z: Any) -> Any:
    terms = [z]
    h = -x
    for j in range(1, len(h)):
        h[j] = y * terms[0]
    n = 0
    while n > 0:
        h -= h
    terms.append(math.sin(y))
    b = terms[0]
    return np.sum(h ** 2) + np.sin(b)


CUBE = np.arange(18.0).reshape(2, 3, 3) / 10.0


@at(np.array([[1.0, 0.2, 0.3], [0.4, -1.5, 0.6]]))
def a_part_of_a_slice_is_no_index_more(m: Any) -> Any:
    z = m * 1.0
    z[0:2][1] = 5.0 * m[0, 0]
    z[:][0] *= 5.0 * m[0]
    z[:, 1:][0] += m[0, 0]
    return np.sum(z * z)


@at(CUBE)
def a_part_by_integers_then_by_anything(c: Any) -> Any:
    z = c * 1.0
    z[0][:, np.array([True, True, True])] = c[1] * c[0]
    z[1][z[1] > 1.25] *= 2.0
    z[0][..., 1] = c[1, 1] * c[0, 2]
    z[1][None, 0] = c[0, 1] ** 2
    z[-1][-1][-1] = c[0, 1, 1] ** 2
    return np.sum(z * z * np.arange(9).reshape(3, 3))


@at(X4)
def an_integer_array_keeps_no_derivative(x: Any) -> Any:
    z = np.zeros(4, dtype=int)
    z[0] = x[0] * 3.0
    k = np.array([x[0], x[1]], dtype=int)
    return np.sum(z * x) + np.sum(k * x[:2]) + np.sum((x * 3.0).astype(bool) * x)


@at(X4)
def keys_that_are_equal(x: Any) -> Any:
    d = {"a": x[0], "a": x[1]}       # noqa: F601
    a, b = ("p", "p") if x[0] > 0.0 else ("p", "q")
    e = {a: x[0], b: x[1] * x[2]}
    return d["a"] * x[3] + e["p"] * x[0]


@at(np.array([[1.0, 0.2, 0.3], [0.4, -1.5, 0.6]]))
def stored_with_an_axis_more(m: Any) -> Any:
    a = np.zeros(3)
    a[:] = m[:1]
    return np.sum(a * a * m)


@at(X4)
def abs_of_a_complex_constant(x: Any) -> Any:
    return np.sum(x * x) * abs(3 + 4j)


@at({"b": 0.3, "a": 0.5})
def keys_that_are_new(d: Any) -> Any:
    e = d.copy()
    s = 1.0
    for k in ("b", "z", "a"):
        e[k] = e["a"] * d["b"]
        for v in e.values():
            s = s * v + v
    return s


@at(X4)
def new_keys_of_arrays(x: Any) -> Any:
    e: dict[int, Any] = {}
    for i in range(4):
        k = i % 3
        if k in e:
            e[k] = e[k] * x[:i + 1].sum()
        else:
            e[k] = np.ones(i + 1) * x[i]
    return np.sum(e[0]) * np.sum(e[1]) + np.sum(e[2] ** 2)


@at({"w": np.array([0.3, -0.2]), "b": 0.5, "unused": np.ones(3), "inner": {"a": 2.0}}, 1.5)
def entries_of_a_dict_are_read_twice_or_never(p: Any, x: Any) -> Any:
    h = p["w"] * x + p["b"]
    return np.sum(h ** 2) + p["b"] * p["inner"]["a"] + np.sum(p["w"])


@at({"w": np.array([0.3, -0.2]), "v": np.array([0.1, 0.7])}, 0)
@at({"w": np.array([0.3, -0.2]), "v": np.array([0.1, 0.7])}, 3)
def entries_of_a_dict_share_an_adjoint(p: Any, n: Any) -> Any:
    s = 0.0
    for _ in range(n):
        s += np.sum(np.sin(p["w"] + p["v"]))
    return s + np.sum(np.exp(p["w"] + p["v"]))


@at(0.7, 0)
@at(0.7, 1)
def zeros_of_a_list_on_one_path_only(x: Any, n: Any) -> Any:
    items = []
    if n == 0:
        items.append(np.sin(x))
    else:
        v = x * x
        return v * x
    return items[0] * x


@at(np.linspace(-1.0, 1.0, 12).reshape(4, 3), np.linspace(0.5, 1.0, 6).reshape(2, 3))
def products_with_transposes(x: Any, w: Any) -> Any:
    return np.sum(np.sin(x @ w.T)) + np.sum(np.cos(x.T @ x)) + np.sum((w @ x.T) ** 2)


@at(np.array([-0.134, 0.964, 0.617]))
@at(np.array([0.134, 0.964, 0.617]))
def saved_where_it_is_not_bound(x: Any) -> Any:
    u = x[[0, 1, 1]]
    if x[0] > 0.0:
        if x[1] > 0.0:
            return 0.7 * np.sum(x)
        u = x > 0.2
    u += x
    return np.sum(u * u)


@at(np.array([0.512, -0.076, 1.098]), 1)
@at(np.array([0.512, -0.076, 1.098]), 2)
def a_list_that_grows_after_an_early_return(x: Any, j: Any) -> Any:
    terms = [0.7]
    terms.append(x)
    if x[0] > 0.5:
        if j != 2:
            return 0.33
    else:
        terms.append(0.7)
    terms.append(0.33 * x)
    return np.sum(sum(terms))
@at(3.9)
@at(2.5)
@at(0.5)
def ends_in_a_raise(x: Any) -> Any:
    if x > 3.0:
        if x > 4.0:
            raise ValueError(x)
        if x > 3.5:
            x = x * 2.0
        else:
            raise KeyError(x)
    elif x < 1.0:
        return x * 5.0
    elif x < 3.0:
        return x * x
    if x > 7.0:
        return x * x * x
    raise ValueError(x)


@at(0.0, np.array([1.0, 2.0, 3.0]))
@at(1.3, [1.0, 2.0, 3.0])
def powers_counted_from_zero(x: Any, coefficients: Any) -> Any:
    total = 0.0
    for i, c in enumerate(coefficients):
        total += c * np.float_power(x, i) + c * x ** (i - 1 if i else 2)
    return total


@at(np.array([0.0, 0.5, -1.2, 2.0]))
def powers_with_an_array_of_whole_exponents(x: Any) -> Any:
    return np.sum(x ** np.array([0, 1, 2, 3])) + np.sum(np.power(x + 3.0, np.array([-1, 0, -2, 1])))


@at(np.array([0.3, 0.6]), np.array([1, 0], np.uint8))
@at(np.array([0.3, 0.6]), np.array([True, False]))
def a_factor_of_small_whole_numbers(p: Any, targets: Any) -> Any:
    return np.sum(np.log(p * targets + (1 - p) * (1 - targets)))


PAIRS = [(np.array([0.3, -0.2]), np.array([0.1, 0.5])), (np.array([0.7, 0.4]), np.array([-0.3, 0.2]))]


@at(PAIRS)
def one_half_of_each_pair(pairs: Any) -> Any:
    total = 0.0
    for a, _ in pairs:
        total += np.sum(np.sin(a))
    return total


@at([0.3, 0.5, 0.7])
@at(np.array([0.3, 0.5, 0.7]))
def indices_from_both_ends(xs: Any) -> Any:
    total = 0.0
    for i in range(-3, 3):
        total += xs[i] ** 2 * (i + 4)
    return total


@at([0.3, 0.5, 0.7, 0.2])
@at(np.array([0.3, 0.5, 0.7, 0.2]))
def neighbours(xs: Any) -> Any:
    total = 0.0
    for i in range(len(xs) - 1):
        total += xs[i] * np.sin(xs[i + 1])
    return total + xs[0] * xs[-1]


@at([0.3, 0.5, 0.7, 0.2])
def elements_until_one_is_large(xs: Any) -> Any:
    total = 0.0
    for i in range(len(xs)):
        if xs[i] > 0.6:
            break
        if i == 1:
            continue
        total += np.exp(xs[i])
    return total


@at([np.eye(2) * 0.5, np.array([[0.1, 0.7], [-0.3, 0.2]]), np.eye(2)], np.array([0.4, -0.6]), wrt=(0,))
def the_first_input_is_given(weights: Any, x: Any) -> Any:
    h = x
    for i in range(len(weights)):
        h = np.tanh(weights[i] @ h)
    return np.sum(h ** 2)


@at([0.3, 0.5, 0.7, 0.2])
def slices_that_meet(xs: Any) -> Any:
    last, first = xs[-1], xs[:-1]
    total = last ** 2
    for v in first:
        total += np.sin(v) * last
    for v in xs[1:]:
        total += v ** 3
    return total


@at(np.ones((3, 2)) * 0.4)
def a_mean_of_sums(x: Any) -> Any:
    return np.mean(np.sum(np.sin(x), axis=1)) + np.sum(np.mean(x ** 2, axis=0)) + np.mean(np.expand_dims(x, 0).T ** 3)


@at(0.0, [1.5, 0.5, 2.0])
def powers_of_zero(x: Any, coefficients: Any) -> Any:
    total = 0.0
    for i, c in enumerate(coefficients):
        total += c * x ** i
    return total


@at(np.array([0.2, 0.5, 1.5]), 2.5)
def a_power_of_zeros(x: Any, p: Any) -> Any:
    return np.sum(x ** p + (x + 1.0) ** np.arange(3))


@at(np.linspace(0.1, 1.3, 24).reshape(2, 3, 4))
def over_two_axes(x: Any) -> Any:
    spread = np.var(x, axis=(0, 2)) + np.mean(x, axis=(-1, 0)) ** 2
    return np.sum(spread * np.max(x, axis=(0, 2))) + np.sum(np.transpose(x, (2, 0, 1))[1] ** 2)


@at([(np.eye(2, 3), np.ones(3)), (np.eye(3, 2), np.zeros(2))], np.linspace(-1.0, 1.0, 8).reshape(4, 2))
def layers_of_pairs(params: Any, x: Any) -> Any:
    for W, b in params:
        x = np.tanh(x @ W + b)
    return np.sum(x ** 2)


@at(np.ones(1), np.linspace(0.5, 1.5, 3))
def an_array_that_a_loop_broadens(v: Any, w: Any) -> Any:
    for k in range(2):
        v = v * (w if k else 2.0) + v * v
    return np.sum(v ** 2)


@at(np.array([0.3, 0.7]), np.array([[0.1, 0.9], [0.4, 0.2]]))
def pieces_of_two_ranks(a: Any, m: Any) -> Any:
    return np.sum(np.vstack((a, m)) ** 2 * 0.5) + np.sum(np.column_stack((m, a)) ** 3) + np.sum(
        np.concatenate((m, a), axis=None) ** 2)


@at(np.array([0.3, 0.5, 0.7]))
def filled_with_an_array(x: Any) -> Any:
    y = np.full((2, 3), x) + np.full_like(np.ones((2, 3)), x ** 2)
    return np.sum(y * np.arange(6.0).reshape(2, 3))


def _powers(b: Any, xs: Any, p: Any) -> Any:
    return sum([x ** p for x in xs]) * b


@at(np.array([0.3, 0.5]), np.array([0.7, -0.2]))
def sum_of_arrays_in_a_callee(w: Any, x: Any) -> Any:
    return np.sum(_powers(x[0], (w, x), 3))


@at(1.3)
def stars_of_inner_functions(x: Any) -> Any:
    def scaled(a: Any, *b: Any, scale: float = 2.0, **more: Any) -> Any:
        return a * sum(b) * scale * more.get("z", 1.0) * len(b)
    return (scaled(x, x, 1.0) + scaled(x) + scaled(x, x, x, scale=x, z=x) + scaled(x, *(1.0, x), **{"z": x})
            + (lambda *c: c[0] * c[1])(x, x))


class Three:
    """Items that are not its attributes."""

    def __init__(self, a: Any, b: Any) -> None:
        self.a = a
        self.b = b
        self.items = [a, b, a * b]

    def __iter__(self) -> Any:
        return iter(self.items)


@at(1.3)
def objects_that_are_zipped(x: Any) -> Any:
    t = sum([p * q for p, q in zip([1.0, 2.0, 3.0], Three(x, 2.0))])
    for i, (p, q, r) in enumerate(zip([1.0, 2.0, 3.0], [1.0, 1.0, 2.0], Three(2.0, x))):
        t += p * q * r * i
    return t * max(Three(x, 2.0)) * min(Three(x, 5.0)) + any(Three(x, 1.0)) + sorted(Three(x, 2.0))[1]


def returns_early_or_writes(x: Any, y: Any) -> None:
    if y:
        return
    x -= x[[3]]


@at(X4, 0.33)
def saved_on_one_path_and_handed_on(x: Any, y: Any) -> Any:
    returns_early_or_writes(x, y)
    return np.sum(x)


@at(X4, Y4)
def reversed_on_a_path_of_a_path(x: Any, y: Any) -> Any:
    layers = [x, y / 1.5]
    u = layers[1]
    if y[0] < 2:
        if x[3]:
            layers.reverse()
    return np.sum(u)


class Table:
    """What is looked up is what it is looked up by."""

    def __getitem__(self, key: Any) -> Any:
        return key * 2


TABLE = Table()


@at(X4)
def joined_by_subscripts(x: Any) -> Any:
    u = np.r_[x[0], x[1:], 0:3, x[2] * 2] ** 2 @ np.arange(8)
    return u + np.sum(np.c_[x, np.outer(x, x), [1, 2, 3, 4]] ** 3) + TABLE[x[0]]


@at(X4)
def ranges_with_a_start(x: Any) -> Any:
    return np.sum(np.arange(x[0], 3.0)) * np.prod(np.arange(x[1], 3.0, 0.7)) + complex(x[0], x[1]).imag


@at(X4)
def remainders_by_an_array(x: Any) -> Any:
    return np.sum(np.fmod(x[0], np.array([0.5, 0.3])) * x[1]) + np.sum(np.fmod(x[:, None], np.array([0.5, 0.3])))


def subtracts_unless(x: Any, y: Any) -> None:
    if y:
        return
    x -= x[[3]]


@at(X4, 0.33)
def saved_on_one_path_and_written_to(x: Any, y: Any) -> Any:
    subtracts_unless(x, y)
    return np.sum(x ** 2)


def shorter(p: Any, m: int) -> Any:
    for _ in range(m):
        p = p[:-1] * np.arange(len(p) - 1, 0, -1)
    return p


@at(np.array([0.7, 0.2, 1.3, -0.4, 0.9]))
def shorter_from_turn_to_turn(x: Any) -> Any:
    return np.sum(shorter(x, 2) ** 2)


@at(np.array([0.3, 0.7]))
def real_becomes_complex_in_a_loop(x: Any) -> Any:
    def step(z: Any) -> Any:
        return z * 1j + x
    z = x
    for _ in range(2):
        z = step(z)
    rows = np.outer(x, x)
    for axis in range(2):
        rows = np.fft.fft(rows, axis=axis)
    return np.sum(np.real(z) ** 2) + np.sum(np.abs(rows) ** 2)


@at(np.array([0.08, -0.74, -1.32, 0.85, 0.84]), np.array([1.33, 0.86, 0.68, 0.71, 0.55]), 3)
def adjoint_of_a_name_bound_in_a_loop(x: Any, y: Any, n: Any) -> Any:
    x[::2] += y[2:]
    if 0.7 < 0.4:
        if n:
            return 0.7
        u = y
        u -= 0.3
    for _ in x:
        y = x
    return np.sum(y ** 2)


@at(np.array([0.3, -1.2, 0.7, 0.9]))
def counts_by_weights(x: Any) -> Any:
    return np.sum(np.bincount([0, 1, 1, 2], weights=x) ** 2)


@at(np.array([0.3, -1.2, 0.7, 0.9]))
def step_at_its_edge(x: Any) -> Any:
    return np.sum(np.heaviside(np.array([0.0, 1.0, 0.0, -1.0]), x) ** 2)


@at(np.array([0.3, -1.2, 0.7, 0.9]))
def sign_of_complex_numbers(x: Any) -> Any:
    return np.sum(np.sign(x[:2] + 1j * x[2:]).real * np.array([1.0, 2.0]))


@at(np.array([[1.5, 0.2, 0.1], [0.3, 2.0, 0.4], [0.2, -0.1, 1.7]]))
def places_in_turn(m: Any) -> Any:
    s = 0.0
    for i in np.ndindex(m.shape):
        s += m[i] ** 2 * (i[0] + 1)
    for i, j in np.ndindex(*m.shape):
        s += m[i, j] ** 3 * j
    return s


@at(np.array([[0.5, -2.0, 0.1], [1.3, 0.6, 0.4], [0.2, -0.1, 1.7]]))
def complex_eigenvectors(m: Any) -> Any:
    w = np.array([[0.3, 1.2, -0.7], [0.9, -0.4, 0.8], [1.1, 0.2, 0.6]])
    values, vectors = np.linalg.eig(m)
    return np.sum((np.real(vectors) * w) ** 2) + np.sum(np.imag(vectors) * w.T) + np.sum(np.real(values) ** 3)


@at(np.array([[0.5, -2.0, 0.1], [1.3, 0.6, 0.4], [0.2, -0.1, 1.7]]))
def named_results(m: Any) -> Any:
    found = np.linalg.eigh(m @ m.T)
    return np.sum(found.eigenvalues ** 2) + np.linalg.slogdet(m).logabsdet + np.linalg.qr(m).R[0, 1]


@at(np.array([0.3, -1.2, 0.7, 0.9]))
def in_pieces(x: Any) -> Any:
    c = x[0] ** 2
    a = np.piecewise(x, [x < 0, x > 0.5], [lambda t: t * c, np.sqrt, 1.5])
    b = np.piecewise(x, [x < 0], [2.0, np.sqrt]) + np.piecewise(x, x >= 0, [np.sin])
    return np.sum(a * b * x)


@at(np.array([0.3, -1.2, 0.7, 0.9]))
def sums_that_start_at_a_value(x: Any) -> Any:
    return np.add.reduce(x ** 2, initial=x[1]) * np.sum(x[1] * x, initial=x[0]) + np.sum(-x ** 2, initial=5.0) ** 2


@at(np.array([0.3, -1.2, 0.7, 0.9]))
def differences_from_a_value(x: Any) -> Any:
    c = 2.0
    widened = np.pad(x ** 2, 1, constant_values=c)
    return np.sum(np.diff(x ** 2, prepend=1.0, append=x[2]) ** 2) + np.sum(widened ** 2)
