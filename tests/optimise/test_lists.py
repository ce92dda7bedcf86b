"""What is emitted for lists of arrays: no zeros that are stored over, no copies of what nobody else holds."""
from typing import Any

import numpy as np

import tangent2
from tests.corpus import layers

ROWS = [np.ones(3), np.ones(3)]
PAIRS = [(np.ones(3), 0.5), (np.ones(3), 0.1)]


def backward(function: Any, wrt: Any, *args: Any) -> str:
    found: str = tangent2.grad(function, wrt).source(*args)
    return found.split("# Backward pass")[1]


def test_parts_are_put_together() -> None:
    text = backward(layers.last_layer_alone, 0, PAIRS, np.ones(3))
    assert "zeros_like" not in text and "[None] * " in text and " + [" in text
    text = backward(layers.first_layer_alone, 0, PAIRS, np.ones(3))
    assert "zeros_like" not in text and "[None] * " in text and "] + " in text


def test_parts_that_meet_are_added() -> None:
    assert "zeros_like" in backward(layers.the_slices_meet, 0, [*ROWS, *ROWS], np.ones(3))


def test_what_is_stored_in_one_list_and_added_to_another_is_not_copied() -> None:
    assert ".copy()" not in backward(layers.two_lists_at_one_index, (0, 1), [*ROWS, *ROWS], ROWS)
