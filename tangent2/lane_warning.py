"""What is told where a function under `vmap` is called once for each lane: the line, and why."""
from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from tangent2.core.layouts import CannotBatch
from tangent2.core.syntax import Callee
from tangent2.errors import TangentError
from tangent2.names import function_name
from tangent2.python.read import place_of


class LaneWarning(UserWarning):
    """A function under `vmap` is called once for each lane: right, and slower."""


def warn_of_lanes(f: Callable[..., Any], error: BaseException) -> None:
    """Say that a function is called once for each lane, because for all at once it raised an error."""
    place = place_of(f)
    reason = f"it raises {type(error).__name__} for all lanes at once ({error})"
    told = f"{reason}, so vmap calls `{function_name(f)}` once for each lane"
    warnings.warn_explicit(told, LaneWarning, *(("vmap", 0) if place is None else (place.file, place.line)))


def warn_of_refusal(f: Callable[..., Any], refusal: TangentError) -> None:
    """Say that a function is called once for each lane, because there is no text for all at once."""
    place = refusal.origin or place_of(f)
    told = f"{refusal.reason}, so vmap calls `{function_name(f)}` once for each lane"
    warnings.warn_explicit(told, LaneWarning, *(("vmap", 0) if place is None else (place.file, place.line)))


def warn(callee: Callee, refusal: CannotBatch) -> None:
    """Say that a function is called once for each lane, and why."""
    origin = refusal.origin
    place = ("vmap", 0) if origin is None else (origin.file, origin.line)
    within = "" if origin is None else f"in {origin.function}: "
    told = f"{within}{refusal.reason}, so vmap calls `{callee.name}` once for each lane"
    warnings.warn_explicit(told, LaneWarning, *place)
