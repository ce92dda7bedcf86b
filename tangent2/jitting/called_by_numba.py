"""Functions that `jit` made, called by functions that Numba compiles: their text is compiled for Numba's types.

Imported when something is compiled for the first time, for it needs Numba.
"""
from __future__ import annotations

from typing import Any

from numba import njit
from numba import types as numba_types
from numba import typeof as type_of
from numba.core.errors import TypingError
from numba.extending import overload, typeof_impl

from tangent2.core.kinds import BOOL, FLOAT, INT, NONE, Array, Kind, Tuple
from tangent2.errors import TangentError
from tangent2.jitting.boundary import packed
from tangent2.jitting.building import built
from tangent2.jitting.spelling import spelled

types: Any = numba_types       # of which checkers know but a part
_known: set[Any] = set()
_DTYPES = {types.float64: "float64", types.int64: "int64", types.boolean: "bool"}


def register(cls: Any) -> None:
    """Let Numba know what the functions of a class are."""
    if cls in _known:
        return
    _known.add(cls)

    @typeof_impl.register(cls)
    def typed(jitted: Any, context: Any) -> Any:
        return type_of(caller_of(jitted))


def caller_of(jitted: Any) -> Any:
    """The function of Numba's that stands for one of ours: which text it runs, the types of arguments tell."""
    found = vars(jitted).get("_caller")
    if found is not None:
        return found

    def stub(*args: Any) -> Any:
        raise NotImplementedError

    @overload(stub, strict=False)
    def made(*given: Any) -> Any:
        try:
            function, captured = of_types(jitted, given)
        except TangentError as error:
            raise TypingError(f"{jitted.__name__}: {error}") from None
        return _with(function, captured, len(given))

    @njit
    def caller(*args: Any) -> Any:
        return stub(*args)
    jitted._caller = caller
    return caller


def _with(function: Any, captured: tuple[Any, ...], count: int) -> Any:
    """A function of the arguments alone: what the text reads from outside is constant, as it is to Numba."""
    params = ", ".join([f"x{k}" for k in range(count)])
    names = {f"c{k}": value for k, value in enumerate(captured)}
    space = {"function": function, **names}
    exec(f"def made({params}):\n    return function({', '.join([p for p in [params, *names] if p])})\n", space)
    return space["made"]


def of_types(jitted: Any, given: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...]]:
    """Numba's function for arguments of its types, and what it takes after them."""
    table = vars(jitted).setdefault("_of_types", {})
    if given not in table:
        whole = jitted.whole(tuple(map(kind_of_type, given)))
        if whole.writes or whole.emitted.callees:
            raise TypingError("it writes to its arguments, or calls what is not compiled")
        captured = list(whole.emitted.captured)
        text = spelled(whole.emitted.text, whole.emitted.entry, whole.names, captured, False)
        values = tuple([packed(whole.emitted.captured[name].read()) for name in text.captured])
        table[given] = built(text, whole.emitted.entry, False)[0], values
    found: tuple[Any, tuple[Any, ...]] = table[given]
    return found


def of_values(jitted: Any, args: tuple[Any, ...]) -> Any:
    """Numba's function for arguments of the types that these have."""
    given = tuple([type_of(packed(arg)) for arg in args])
    function, captured = of_types(jitted, given)
    return njit(_with(function, captured, len(args))) if captured else function


def kind_of_type(kind: Any) -> Kind:
    """The kind of the values of a type of Numba's; of extents nothing is known."""
    if isinstance(kind, types.Literal):
        kind = kind.literal_type
    simple = {types.float64: FLOAT, types.int64: INT, types.boolean: BOOL, types.none: NONE}.get(kind)
    if simple is not None:
        return simple
    if isinstance(kind, types.Array) and kind.dtype in _DTYPES:
        return Array(_DTYPES[kind.dtype], (None,) * kind.ndim)
    if isinstance(kind, types.BaseTuple) and not isinstance(kind, types.BaseNamedTuple):
        return Tuple(tuple(map(kind_of_type, kind)))
    raise TypingError(f"arguments of {kind} are not differentiated in code of Numba's")
