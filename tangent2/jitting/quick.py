"""A call of compiled code with all that is looked at before and after it, as one function: most calls are short."""
from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from tangent2.entry import Entry
from tangent2.jitting.running import Call
from tangent2.python.load import module_of_text

_TEMPLATE = """\
def call({params}):
    try:
        if {fits} and {condition}:
            result = {result}
            if {shaped}:
                return result
    except Exception:       # told, or done, by the slow way
        pass
    return slow({params})
"""


def quick_call(entry: Entry, call: Call | None, checked: bool, slow: Callable[..., Any],
               count: int) -> Callable[..., Any]:
    """What calls compiled code where arguments fit and so does the result; `slow` in all other cases.

    checked: the shapes of the result are to be held against the arguments.
    """
    fits = getattr(entry.fits, "__tangent2_conditions__", None)
    shaped = getattr(entry.shaped, "__tangent2_conditions__", None) if checked else None
    if call is None or fits is None or checked and shaped is None or not entry.plain:
        return slow
    names = {**fits.held, **call.names, "slow": slow}
    after = "True"
    if shaped is not None:
        names.update({f"s{name}": value for name, value in shaped.held.items()})
        after = re.sub(r"\bh(\d+)\b", r"sh\1", " and ".join(shaped.parts) or "True")
        after = re.sub(rf"\bx{count}\b", "result", after)
        after = re.sub(rf"\bx{count}_", "result_", after)
    params = ", ".join([f"x{k}" for k in range(count)])
    text = _TEMPLATE.format(params=params, fits=" and ".join(fits.parts) or "True", condition=call.condition,
                            result=call.result, shaped=after)
    found: Callable[..., Any] = module_of_text(text, "tangent2 jit call", names)["call"]
    return found
