"""Objects, lists and dicts that stand in others and have names beside, written to by either."""

from typing import Any

import numpy as np

from tests.corpus.cases import at

X = np.array([0.3, 0.7, 1.1])


class Box:
    def __init__(self, a: Any, w: Any) -> None:
        self.a = a
        self.w = w
        self.log: list[Any] = []
        self.n = 0

    def m0(self, v: Any) -> Any:
        self.log.append(v * self.a)
        return self.a * v

    def up(self, v: Any) -> Any:
        self.n += v
        return self.n

    def inw(self, v: Any) -> Any:
        if v:
            self.w += v
            return v
        return 0.0

    def rew(self, v: Any) -> Any:
        self.w = self.w + self.w * v
        return v

    def __call__(self, v: Any) -> Any:
        self.a -= 0.38 * v
        return self.a

    def m1(self, v: Any) -> Any:
        self.w[0] = self.a
        return v


class B1(Box):
    pass


class B2:
    def __init__(self, items: Any) -> None:
        self.items = items


@at(X, 0.9)
def log_by_an_element(x: Any, y: Any) -> Any:
    box = Box(y, x)
    kept = [box]
    kept[0].m0(x[1])
    kept[0].m0(x[2])
    return box.a * sum(box.log)


@at(X, 0.9)
def log_in_a_loop(x: Any, y: Any) -> Any:
    cell = Box(y, x)
    cells = [cell, Box(y * 2, x)]
    t = 0.0
    for each in cells:
        t += each.m0(x[0])
    return t + cell.log[0] * x[1]


@at(X, 0.9)
def log_read_in_a_loop(x: Any, y: Any) -> Any:
    cells = [Box(y * 2, x)]
    t = 0.0
    for each in cells:
        t += each.m0(x[0])
    for each in cells:
        t *= each.log[-1]
    return t


@at(X, 0.9)
def log_of_a_comprehension(x: Any, y: Any) -> Any:
    cells = [Box(y * k, x) for k in range(3)]
    t = 0.0
    for each in cells:
        t += each.m0(x[0])
        t += each.up(x[1])
    first = cells[0]
    return t + first.log[0] * x[1] + cells[-1].n


@at(X, 0.9)
def log_in_a_dict(x: Any, y: Any) -> Any:
    cell = Box(y, x)
    d = {"one": cell}
    d["one"].up(x[1])
    d["one"].m0(x[1])
    return cell.n * sum(cell.log) * y


@at(X, 0.9)
def array_in_a_dict_by_a_condition(x: Any, y: Any) -> Any:
    cell = Box(y, x * 1.0)
    d = {"one": cell}
    t = d["one"].inw(y)
    return np.sum(cell.w) * t


@at(X, 0.9)
def array_in_a_loop_by_a_condition(x: Any, y: Any) -> Any:
    cells = [Box(y * 2, x * 1.0)]
    t = 0.0
    for each in cells:
        t += each.inw(x[0])
    return t * np.sum(cells[0].w ** 2)


@at(X, 0.9)
def array_of_another_object(x: Any, y: Any) -> Any:
    cells = [Box(y * 2, x), Box(y * 3, x * 2)]
    t = 0.0
    for each in cells:
        t += each.rew(x[0])
    return t * np.sum(cells[0].w ** 2)


@at(X, 0.9)
def told_by_key(x: Any, y: Any) -> Any:
    cell = B1(y, x * 1.0)
    d = {"one": cell}
    t = d["one"].inw(y)
    return np.sum(cell.w) * t


@at(X, 0.9)
def alone_in_a_dict(x: Any, y: Any) -> Any:
    d = {"one": Box(y, x * 1.0)}
    t = d["one"].inw(y)
    return np.sum(d["one"].w) * t


@at(X, 0.9)
def alone_in_a_list(x: Any, y: Any) -> Any:
    d = [B1(y, x * 1.0), B1(2 * y, x * 3.0)]
    t = 1.0
    for each in d:
        t *= each.inw(y)
    return np.sum(d[1].w) * t


@at(X, 0.9)
def named_before_a_loop(x: Any, y: Any) -> Any:
    d = [B1(y, x * k) for k in range(3)]
    e = d[2]
    t = 1.0
    for k in range(3):
        t *= d[k].inw(y)
    return np.sum(e.w) * t


@at(X, 0.9)
def by_its_own_name(x: Any, y: Any) -> Any:
    box = Box(y, x)
    kept = [box]
    box.m0(x[1])
    return box.a * sum(kept[0].log)


@at(X, 0.9)
def by_the_element(x: Any, y: Any) -> Any:
    box = Box(y, x)
    kept = [box]
    kept[0].log.append(x[1])
    return box.a * sum(kept[0].log)


@at(X, 0.9)
def by_a_name_of_the_element(x: Any, y: Any) -> Any:
    box = Box(y, x)
    kept = [box]
    b = kept[0]
    b.log.append(x[1])
    return box.a * sum(kept[0].log)


@at(X, 0.9)
def row_of_rows(x: Any, y: Any) -> Any:
    row = [y]
    rows = [row]
    rows[0].append(x[1])
    return sum(row) * sum(rows[0])


@at(X, 0.9)
def row_in_a_dict_of_a_list(x: Any, y: Any) -> Any:
    row = {"a": [y]}
    rows = [row]
    rows[0]["a"].append(x[1])
    return sum(row["a"]) * sum(rows[0]["a"])


@at(X, 0.9)
def row_by_an_index(x: Any, y: Any) -> Any:
    row = {"a": [y]}
    rows = [row, {"a": [y, y]}]
    k = 1 if y > 2 else 0
    rows[k]["a"].append(x[1])
    return sum(row["a"]) * sum(rows[0]["a"])


@at(X, 0.9)
def log_by_an_index(x: Any, y: Any) -> Any:
    rows = [Box(y, x), Box(y, x)]
    k = 1 if y > 2 else 0
    rows[k].log.append(x[1])
    rows[k].log.append(x[0])
    return sum(rows[0].log) * y


@at(X, 0.9)
def method_by_an_index(x: Any, y: Any) -> Any:
    rows = [Box(y, x), Box(y, x)]
    k = 1 if y > 2 else 0
    rows[k].m0(x[1])
    rows[k].m0(x[0])
    return sum(rows[0].log) * y


@at(X, 0.9)
def beside_a_number(x: Any, y: Any) -> Any:
    layers = [0.23, x]
    x[2] = y
    return layers[0] * np.sum(layers[1] * x)


@at(X, 0.9)
def number_read_by_its_name(x: Any, y: Any) -> Any:
    item = Box(0.7 * y, x)
    items = [item]
    a = 0.0
    for each in items:
        a += each(item.a)
    return a * item.a


@at(X, 0.9)
def argument_held_twice(x: Any, y: Any) -> Any:
    z1 = x
    boxs = [Box(0.7, x), Box(0.5, z1)]
    s = 0.0
    for each in boxs:
        s += each.rew(0.25) * np.sum(each.w)
    return s * y


@at(X, 0.9)
def in_a_loop_over_an_array(x: Any, y: Any) -> Any:
    item = Box(0.7 * y, x * 1.0)
    kept = [item]
    s = 0.0
    for e in x:
        s += item.inw(e)
    return s * np.sum(kept[0].w)


@at(X, 0.9)
def after_a_loop_over_it(x: Any, y: Any) -> Any:
    box = Box(0.7 * y, np.outer(x, x))
    boxs = [box]
    s = 0.0
    for each in boxs:
        s += each.m1(y)
    box.w += 1.0
    return s * np.sum(boxs[0].w)


@at(X, 0.9)
def captured_container(x: Any, y: Any) -> Any:
    b = B2([x * 1.0])
    f = lambda: b.items  # noqa: E731
    g = [f]
    b.items[0] *= y
    return np.sum(g[0]()[0] * x) * y


@at(X, 0.9)
def held_by_two_objects(x: Any, y: Any) -> Any:
    b = B2([x * 1.0])
    c = B2(b.items)
    b.items[0] *= y
    b.items.append(x[0])
    return np.sum(c.items[0] * x) * y + len(c.items) * c.items[1]


@at(X, 0.9)
def row_twice(x: Any, y: Any) -> Any:
    row = [x[0]]
    rows = [row, row]
    rows[0].append(y * x[1])
    return sum(rows[1]) * len(rows[1]) * y


@at(X, 0.9)
def row_bound_anew(x: Any, y: Any) -> Any:
    row = [x[0]]
    rows = [row]
    row = [x[1]]
    rows.append(row)
    row.append(y)
    return sum(rows[1]) * sum(rows[0])


@at(X, 0.9)
def table_of_numbers(x: Any, y: Any) -> Any:
    grid = [[0.0] * 2 for _ in range(2)]
    for i in range(2):
        for j in range(2):
            grid[i][j] = x[i] * y**j
    g = grid[0]
    g[1] += x[2]
    return sum(map(sum, grid)) * grid[0][1]


@at(X, 0.9)
def lists_by_a_remainder(x: Any, y: Any) -> Any:
    s = 0.0
    acc = [[], []]
    for k, v in enumerate(x):
        acc[k % 2].append(v * y)
        s += sum(acc[0])
    return s * sum(acc[1])


@at(X, 0.9)
def grown_by_its_first_name(x: Any, y: Any) -> Any:
    a: list[Any] = []
    b = a
    c = [x[0]]
    a += c
    return b[0] * x[1] * y


def push(items: list[Any], v: Any) -> None:
    items.append(v)


@at(X, 0.9)
def filled_while_held(x: Any, y: Any) -> Any:
    h = [x[1]]
    both = [h, h]
    push(h, x[0] ** 2 * y)
    return both[0][1] * h[0]


@at(X, 0.9)
def in_a_dict_and_in_a_list_in_it(x: Any, y: Any) -> Any:
    u = x * 2
    d = {"a": u, "l": [u]}
    u[0] = x[1] * y
    return np.sum(d["l"][0] * d["a"])


class Two:
    def __init__(self, a: Any, w: Any) -> None:
        self.a, self.w, self.v = a, w, w


@at(X, 0.9)
def taken_by_one_name_from_another(x: Any, y: Any) -> Any:
    ps = [Two(y, x * 2), Two(y, x * 2)]
    p, q = ps[-1], ps[1]
    p.v = q.w
    q.w[1] = 0.4
    return np.sum(ps[1].w * ps[-1].v)


class Counter:
    def __init__(self, a: Any) -> None:
        self.a = a

    def __call__(self, v: Any) -> Any:
        self.a -= 0.64 * v
        return self.a


@at(0.7)
def called_where_one_has_a_name(x: Any) -> Any:
    box = Counter(x)
    boxs = [Counter(0.17), box]
    a = boxs[0](box.a)
    a += boxs[1](box.a)
    return a * box.a


@at(0.7)
def called_in_a_loop_where_one_has_a_name(x: Any) -> Any:
    box = Counter(x)
    boxs = [Counter(0.17), Counter(box.a), box]
    a = 0.0
    for each in boxs:
        a += each(box.a)
    return a * box.a


class Weighted:
    def __init__(self, a: Any, w: Any) -> None:
        self.a, self.w = a, w

    def less(self, v: Any) -> Any:
        self.w -= v
        return self.a


@at(np.array([0.7, 0.4, 0.9]))
def number_stored_beside_a_shared_array(x: Any) -> Any:
    box = Weighted(0.04, x * 2)
    boxs = [Weighted(0.5, x * 3), Weighted(0.4, box.w)]
    boxs[0].a = boxs[1].a
    box.less(0.25 * x[1])
    return np.sum(boxs[1].w * x * box.w) * boxs[0].a


@at(np.array([0.7, 0.4, 0.9]))
def number_stored_beside_an_argument(x: Any) -> Any:
    box = Weighted(0.04, x)
    boxs = [Weighted(0.5, 0.04), Weighted(0.4, box.w)]
    boxs[0].a = boxs[1].a
    box.less(0.25 * x[1])
    return np.sum(boxs[1].w * x * box.w)


@at(np.array([0.7, 0.4, 0.9]))
def appended_twice_in_a_loop(x: Any) -> Any:
    z = x * 2
    layers = []
    for _ in range(2):
        layers.append(z)
    row = layers[1]
    row[::2] = 0.7 * x[0]
    return np.sum(row) * np.sum(z * layers[0])
