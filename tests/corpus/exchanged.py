"""What objects, dicts and lists hold is exchanged by functions for something else: other functions, arrays."""
from typing import Any

import numpy as np

from tests.corpus.cases import at


class Holder:
    def __init__(self) -> None:
        self.f: Any = np.sin

    def flip(self) -> None:
        self.f = np.cos

    def __call__(self, x: Any) -> Any:
        return self.f(x)


class Box:
    def __init__(self, v: Any) -> None:
        self.v = v

    def squared(self) -> Any:
        return np.sum(self.v * np.ones(2))


def turn(holder: Any) -> None:
    holder.f = np.cosh


def widen(box: Any, x: Any) -> None:
    box.v = x * np.ones(3)[:2]


def swap(table: Any) -> None:
    table["a"], table["b"] = table["b"], table["a"]


@at(0.7)
def function_exchanged_by_a_function(x: Any) -> Any:
    holder = Holder()
    before = holder(x)
    turn(holder)
    return before + holder(x)


@at(0.7)
def number_exchanged_for_an_array(x: Any) -> Any:
    box = Box(0.0)
    widen(box, x)
    return box.squared() * np.sum(box.v)


@at(0.7)
def function_exchanged_by_another_name_in_a_loop(x: Any) -> Any:
    holder = Holder()
    same = holder
    total = holder(x)
    for _ in range(2):
        turn(same)
        total = total + holder(x)
        same.f = np.exp
        total = total * holder(x)
    return total


@at(0.7)
def function_exchanged_by_a_closure(x: Any) -> Any:
    holder = Holder()

    def change() -> None:
        holder.f = np.cosh
    change()
    return holder(x)


@at(0.7)
def functions_of_elements_exchanged(x: Any) -> Any:
    holders = [Holder(), Holder()]
    total = holders[0](x)
    for k in range(2):
        holders[k].f = np.cosh
        total = total + holders[0](x) * holders[1](x)
    return total


@at(0.7)
def function_in_a_dict_exchanged_by_a_closure(x: Any) -> Any:
    table: Any = {"s": np.sin}

    def change() -> None:
        table["s"] = np.cos
    change()
    return table["s"](x)


@at(0.7)
def function_in_a_list_exchanged_by_a_closure(x: Any) -> Any:
    functions: Any = [np.sin]

    def change() -> None:
        functions[0] = np.cosh
        functions.append(np.exp)
    change()
    total = functions[0](x)
    for f in functions:
        total = total + f(x)
    return total


@at(0.7)
def functions_swapped_in_a_dict(x: Any) -> Any:
    table = {"a": np.sin, "b": np.exp}
    swap(table)
    return table["a"](x) + 2 * table["b"](x)


@at(0.7)
def functions_turned_in_a_list(x: Any) -> Any:
    functions: Any = [np.sin, np.cos]
    same = functions
    same[0] = np.exp
    same.reverse()
    rest: Any = [np.sin, np.cos, np.tanh]
    rest.pop(0)
    return functions[0](x) + 3 * functions[1](x) + rest[0](x) * rest[1](x)


@at(0.7)
def functions_appended_in_a_loop(x: Any) -> Any:
    functions: Any = [np.sin]
    for k in range(3):
        x = functions[-1](x)
        functions.append(np.cos if k else np.tanh)
    return x


@at(0.7)
def functions_by_turns(x: Any) -> Any:
    f: Any = np.sin
    g: Any = np.cos
    for _ in range(3):
        f, g = g, f
        x = f(x) + 0.5 * g(x)
    return x


@at(0.7)
def function_exchanged_by_a_method(x: Any) -> Any:
    holder = Holder()
    before = holder(x)
    holder.flip()
    return before + 2 * holder(x)


@at(0.7)
def function_in_a_dict_exchanged_by_what_it_is_given_to(x: Any) -> Any:
    def change(table: Any) -> float:
        table["s"] = np.cos
        return 1.0
    functions: Any = {"s": np.sin}
    k = change(functions)
    return functions["s"](x) * k


def set_value(box: Any, v: Any) -> None:
    box.v = v


@at(np.array([0.3, 0.7, 0.5]), np.array([0.3, 0.7, 0.5, 0.2]))
def array_exchanged_for_one_of_another_length(x: Any, y: Any) -> Any:
    box = Box(x)
    set_value(box, y)
    total = np.sum(box.v) + np.sum(x ** 2)
    for k in range(2):
        set_value(box, y * (k + 1))
    other = Box(x * 1)

    def put() -> None:
        other.v = y * 2
    put()
    return total + np.mean(box.v) * np.sum(x) + np.std(other.v)
