"""Methods that return their object, called one after the other; the object is used by its name afterwards."""
from typing import Any

import numpy as np

from tests.corpus.cases import at

X = np.array([0.3, 0.7, 1.1])


class Bank:
    def __init__(self) -> None:
        self.accounts: dict[str, Any] = {}

    def deposit(self, who: str, amount: Any) -> Any:
        self.accounts.setdefault(who, 0.0)
        self.accounts[who] += amount
        return self

    def withdraw(self, who: str, amount: Any) -> None:
        self.accounts[who] -= amount

    def transfer(self, a: str, b: str, part: Any) -> None:
        amount = self.accounts[a] * part
        self.accounts[a] -= amount
        self.accounts[b] = self.accounts.get(b, 0.0) + amount

    @property
    def worth(self) -> Any:
        return sum(v ** 2 for v in self.accounts.values())


@at(X)
def key_asked_for_after_a_chain(x: Any) -> Any:
    bank = Bank()
    bank.deposit("a", x[0]).deposit("b", x[1])
    bank.transfer("a", "b", 0.5)
    bank.transfer("b", "c", x[2])
    return bank.worth


@at(X)
def chain_that_ends_otherwise(x: Any) -> Any:
    bank = Bank()
    bank.deposit("a", x[0]).deposit("b", x[2]).withdraw("b", x[1])
    bank.transfer("a", "b", 0.5)
    return bank.accounts["b"] * bank.accounts["a"]
