"""Modules as values, and the questions that code asks about types."""
# ruff: noqa
import math

import numpy as np

from tests.corpus.cases import at

V = np.array([0.3, 0.4, 0.5])


@at(V)
def module_by_default(x, xp=np):
    return xp.sum(xp.sin(x))


@at(V)
def module_under_another_name(x):
    xp = np
    return xp.sum(xp.sin(x) * xp.pi)


def grown(x, xp):
    return xp.exp(x) * xp.e


@at(V)
def module_handed_on(x):
    return np.sum(grown(x, np))


@at(V)
def part_of_a_module(x):
    la = np.linalg
    return la.norm(x) * la.det(np.outer(x, x) + np.eye(3))


@at(V)
def types_are_asked(x):
    if not np.issubdtype(x.dtype, np.inexact):
        x = x.astype(float)
    eps = np.finfo(x.dtype).eps
    return np.sum(np.log(np.asarray(x, order="C") + eps))


@at(V)
def members(x):
    m = np.isin(np.arange(3), [0, 2])
    return np.sum(x[m] ** 2) + np.nanargmax(x) * x[0] * (not np.array_equiv(x, 0))


@at(0.3)
def complement_of_erf(x):
    return math.erfc(x) * x


@at(V)
def infinite_parts(x):
    return np.sum(np.where(np.isposinf(x) | np.isneginf(x), 0.0, x * x))
