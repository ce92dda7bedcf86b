"""Generic classes of the user's, told of which types they are: `C[float](x)` makes an object of `C`."""
from __future__ import annotations

from typing import Any, Generic, TypeVar

from tests.corpus.cases import at

T = TypeVar("T")
S = TypeVar("S")


class Account(Generic[T]):
    def __init__(self, v: Any = 0.0) -> None:
        self.v = v

    def push(self, v: Any) -> Account[T]:
        self.v += v
        return self

    @classmethod
    def of(cls, v: Any) -> Any:
        return cls(v)


class Both(Account[float], Generic[T, S]):
    def twice(self) -> Any:
        return self.v * 2


@at(0.7)
def generic_object_pushed_to(x: Any) -> Any:
    a = Account[float]()
    a.push(x)
    return a.v ** 2


@at(0.7)
def generic_objects_chained(x: Any) -> Any:
    return Account[list[float]](x).push(x).push(2.0).v ** 2


@at(0.7)
def generic_class_with_a_generic_base(x: Any) -> Any:
    return Both[float, list[int]](x).twice() * Account["float"].of(x).v
