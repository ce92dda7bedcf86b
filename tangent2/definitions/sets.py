"""Functions of what is there, and how often: values that are there once, unions, intersections."""
from __future__ import annotations

from typing import Any

import numpy as np

from tangent2.definitions.define import defines


@defines(np.unique)
def unique(ar: Any, return_index: Any = False, return_inverse: Any = False, return_counts: Any = False) -> Any:
    line = np.ravel(ar)
    found = np.unique(line, return_index=True, return_inverse=True, return_counts=True)
    places = found[1].astype(int)
    values = line[places]
    if not (return_index or return_inverse or return_counts):
        return values
    told: Any = (values,)
    if return_index:
        told = (*told, places)
    if return_inverse:
        told = (*told, np.reshape(found[2].astype(int), np.shape(ar)))
    if return_counts:
        told = (*told, found[3].astype(int))
    return told


@defines(np.unique_values)
def unique_values(x: Any) -> Any:
    return unique(x)


@defines(np.unique_counts)
def unique_counts(x: Any) -> Any:
    return unique(x, return_counts=True)


@defines(np.unique_inverse)
def unique_inverse(x: Any) -> Any:
    return unique(x, return_inverse=True)


@defines(np.unique_all)
def unique_all(x: Any) -> Any:
    return unique(x, return_index=True, return_inverse=True, return_counts=True)


@defines(np.union1d)
def union1d(ar1: Any, ar2: Any) -> Any:
    return unique(np.concatenate([np.ravel(ar1), np.ravel(ar2)]))


@defines(np.intersect1d)
def intersect1d(ar1: Any, ar2: Any) -> Any:
    values = unique(ar1)
    return values[np.isin(values, ar2)]


@defines(np.setdiff1d)
def setdiff1d(ar1: Any, ar2: Any) -> Any:
    values = unique(ar1)
    return values[~np.isin(values, ar2)]


@defines(np.setxor1d)
def setxor1d(ar1: Any, ar2: Any) -> Any:
    first, second = unique(ar1), unique(ar2)
    return np.sort(np.concatenate([first[~np.isin(first, second)], second[~np.isin(second, first)]]))
