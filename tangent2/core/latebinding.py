"""Late binding: what a function inside captured by name alone, each call gives it under a keyword of ours."""
from __future__ import annotations


def late(name: str) -> str:
    """The keyword under which calls of function values are given a name of the function around, as it is then."""
    return f"?{name}#late"


def is_late(keyword: str) -> bool:
    """Whether a keyword of a call is one that only a function which captured that name takes."""
    return keyword.endswith("#late")


def late_refusal(function: str, keyword: str) -> tuple[str, str]:
    """What is wrong with a call that does not see what a function captured, and the advice."""
    name = keyword[1:].split("#")[0]
    return (f"`{function}` captured `{name}`, which gets another value later, and is called where that is not seen",
            f"bind the value where the function is made, by a default: `{name}={name}`")
