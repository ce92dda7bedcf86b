"""Where kinds are known what is printed is plain NumPy: no helper of ours, but where a person calls a function too."""
from __future__ import annotations

import ast

import numpy as np
import pytest

from tests.rules.spelled import Program, leaves, programs

# What a person would write a function for, and call it by name.
EXCEPTIONS = {
    "products_before": "products without one factor must be right where factors are zero: no division",
    "products_after": "the same, from the other end",
    "recurrence": "a linear recurrence along an axis is a loop",
    "delay": "a shift along an axis that puts zeros in is four lines",
    "gradient_back": "the transpose of a difference scheme with its own formulas at both ends is eight lines",
    "places_of": "where the elements of a partition come from is three sorts",
    "median_weights": "which elements are in the middle is a sort and two cases",
    "put_along": "places that repeat, along an axis",
    "put_taken": "the same, in an array that is read flat",
    "place_diagonal": "diagonals of a stack of matrices",
    "kron_left": "a sum over blocks, whatever the ranks",
    "kron_right": "the same",
    "block_parts": "nested blocks of any ranks",
    "choose_like": "the first condition that holds, for each of a list of choices",
    "sum_repeated": "elements repeated unequally often",
    "sum_repeats": "the rounds of a repeated list",
    "sorted_places": "the order of a list",
    "pick_places": "elements of a list in that order",
    "put_places": "the same, back",
    "polygamma": "derivatives of the gamma function are a series",
    "bessel": "modified Bessel functions are integrals",
    "real_places": "where LAPACK makes eigenvectors real is three lines",
    "turned_by": "complex eigenvectors have phases, real ones have none",
    "fitted": "a spectrum is cut or filled to the length of the signal",
    "doubled": "frequencies of a real signal stand for two, but for the first and sometimes the last",
}
# Kinds that are not known: arrays of several ranks in one list, a list whose length is not known made a tuple,
# eigenvalues that may be complex.
NOT_KNOWN = {"cast_like", "split_like", "deep_copy", "unbroadcast", "structure_like", "item_adjoint", "add_trees"}

PROGRAMS = programs()


def helpers(text: str) -> set[str]:
    """The helpers of the run time that a module calls."""
    return {alias.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom)
            and (node.module or "").startswith("tangent2") for alias in node.names}


def has_unknown_kinds(program: Program) -> bool:
    """Whether arrays of several ranks are in one list, lengths of lists or ranks are not known and have to be."""
    if any(isinstance(arg, list) for arg in program.args) and len(program.args) > 1:        # it may be broadcast
        return True
    ranks = [{a.ndim for a in arg if isinstance(a, np.ndarray)} for arg in program.args if isinstance(arg, list)]
    mixed = any(len(r) > 1 for r in ranks) or "[x0, x1]" in program.text and len(
        {a.ndim for a in program.args if isinstance(a, np.ndarray)}) > 1
    return mixed or "..." in program.text or "tuple(x0)" in program.text or any(
        name in program.text for name in ("np.block", "np.select", "np.kron", "np.linalg.eig"))


def is_complex(program: Program) -> bool:
    return any(np.iscomplexobj(leaf) for leaf in leaves(list(program.args)))


@pytest.mark.parametrize("mode", ("reverse", "forward"))
@pytest.mark.parametrize("program", PROGRAMS, ids=[f"{k}" for k in range(len(PROGRAMS))])
def test_no_helper_is_called(program: Program, mode: str) -> None:
    if mode == "reverse" and is_complex(program):
        pytest.skip("gradients are those of real arguments")
    text = program.emitted(mode)
    allowed = set(EXCEPTIONS) | (NOT_KNOWN if has_unknown_kinds(program) else set())
    assert helpers(text) <= allowed, f"{program.text}\n{text}"


@pytest.mark.parametrize("program", [p for p in PROGRAMS if all(type(a) is float for a in p.args)
                                     and "complex" not in p.text],
                         ids=lambda p: p.label)
def test_no_helper_is_called_by_second_derivatives(program: Program) -> None:
    text = program.emitted("reverse", 2)
    assert helpers(text) <= {*EXCEPTIONS, "repeat_like"}, f"{program.text}\n{text}"


def test_the_exceptions_are_needed() -> None:
    used = set()
    for program in PROGRAMS:
        used |= helpers(program.emitted("forward"))
        if not is_complex(program):
            used |= helpers(program.emitted("reverse"))
    assert used == set(EXCEPTIONS) | NOT_KNOWN
