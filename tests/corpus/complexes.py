"""Complex numbers made of real ones: the adjoints of real things are real, whether or not kinds tell what is which."""
from typing import Any

import numpy as np

from tests.corpus.cases import at

X = np.array([0.3, 0.5, -0.2, 1.3])


@at(X)
def filtered(x: Any) -> Any:
    return np.real(np.fft.ifft(np.fft.fft(x) * (2 + 1j))) @ np.arange(4)


@at(X)
def filtered_again_and_again(x: Any) -> Any:
    z = x
    for _ in range(3):
        z = np.fft.fft(z) * (0.5 + 0.1j)
    return np.real(z) @ np.arange(4)


@at(X)
def joined_to_complex_ones(x: Any) -> Any:
    return np.abs(np.concatenate([x, 1j * x]) @ (np.arange(8) * (1 + 2j))) + np.imag(x * 2j) @ np.arange(4)


@at(X)
def widened(x: Any) -> Any:
    return np.real(x.astype(complex) * (2 + 1j)).sum() + np.real(np.sum(x, dtype=complex) * (2 + 1j)) ** 2


@at(X)
def length_of_complex_ones(x: Any) -> Any:
    return np.linalg.norm(x * (1 + 2j)) + np.linalg.norm(np.outer(x, x * (1 + 2j)), axis=0) @ x


@at(X)
def orders_of_complex_lengths(x: Any) -> Any:
    z = x * (1 + 2j) + np.array([1j, 0, 0, 2])
    return np.linalg.norm(z, 1) * np.linalg.norm(z, np.inf) + np.linalg.norm(z, 3)


@at(X)
def spread_of_complex_ones(x: Any) -> Any:
    z = x * (1 + 2j) + np.array([1j, 0, 0, 2])
    return np.var(z, ddof=1) * np.std(np.outer(z, x), axis=1).sum()
