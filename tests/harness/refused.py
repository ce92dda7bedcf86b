"""What a refusal must say: where the construct is, in the user's file, and what to write instead."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tangent2.errors import TangentError


def refused(function: Callable[..., Any], call: Callable[[], Any], within: int = 10) -> None:
    """Assert that a call is refused with a line among the first ones of a function, and with advice."""
    first = function.__code__.co_firstlineno
    with pytest.raises(TangentError) as caught:
        call()
    error = caught.value
    assert error.file == function.__code__.co_filename, error
    assert error.line is not None and first < error.line < first + within, error
    assert "  advice: " in str(error), error
