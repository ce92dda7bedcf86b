"""The kinds there are: of numbers, arrays, containers, functions, objects; `kinds.py` says how they join."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tangent2.core.extents import Dim
from tangent2.core.syntax import Callee

if TYPE_CHECKING:
    from tangent2.core.prims import Prim


class Kind:
    """Base of all kinds."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Number(Kind):
    """A Python or NumPy scalar.  `weak`: a Python number, which takes the dtype of what it meets (NumPy 2).

    Of what is one of two numbers the dtype is open, from the widest to the narrowest: `float64|int64`.
    """

    dtype: str = "float64"
    weak: bool = True


@dataclass(frozen=True, slots=True)
class Array(Kind):
    """An ndarray.  `dtype` or `shape` is None where unknown; 0-d arrays have `shape=()`.  A dtype may be open, too.

    Of unknown rank it may be a number, but no list, tuple or string; it is `solid` if it has axes, however many.
    """

    dtype: str | None = "float64"
    shape: tuple[Dim, ...] | None = None
    solid: bool = field(default=False, repr=False)

    @property
    def rank(self) -> int | None:
        return None if self.shape is None else len(self.shape)

    @property
    def is_array(self) -> bool:
        return self.shape is not None or self.solid

    @property
    def has_axes(self) -> bool:
        return bool(self.shape) or self.solid


@dataclass(frozen=True, slots=True)
class Record:
    """The class of a tuple with names, and those of its elements; `is_object`: these are the attributes of an object.

    While the text speaks of memory an object is a dict of its attributes, afterwards a tuple (`objectkinds.py`).
    """

    cls: Any
    names: tuple[str, ...]
    is_object: bool = False
    optional: bool = False      # it may be None
    partial: frozenset[str] = frozenset()       # attributes that it may not have yet

    @property
    def is_closure(self) -> bool:
        """Whether it is none of a class, but tells which function a tuple is."""
        return isinstance(self.cls, Callee)


@dataclass(frozen=True, slots=True)
class Tuple(Kind):
    elts: tuple[Kind, ...] = ()
    record: Record | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class List(Kind):
    """A list whose elements all have kind `elt`; `tape`: made by recording, empty once the reverse sweep is done.

    `length` is known of displays, until something is appended or popped.
    """

    elt: Kind
    tape: bool = False
    length: int | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Dict(Kind):
    """A dict: `items` by constant key where all keys are known, else `items` is None and `elt` joins the values.

    `cls`: it stands for an object of this class, of which it holds the attributes.
    """

    items: tuple[tuple[Any, Kind], ...] | None
    elt: Kind
    cls: Any = None
    optional: bool = False      # it may be None
    partial: frozenset[str] = frozenset()       # attributes that it may not have yet


@dataclass(frozen=True, slots=True)
class Range(Kind):
    pass


@dataclass(frozen=True, slots=True)
class Iterator(Kind):
    """`enumerate`, `zip`, `reversed`, a dict view: what iteration gives is `elt`."""

    elt: Kind


@dataclass(frozen=True, slots=True)
class Str(Kind):
    pass


@dataclass(frozen=True, slots=True)
class NoneKind(Kind):
    pass


@dataclass(frozen=True, slots=True)
class FunctionKind(Kind):
    """A function value: `callee.core` takes the captured values first, then the arguments; or a primitive."""

    callee: Callee | Prim
    captured: tuple[Kind, ...] = ()


@dataclass(frozen=True, slots=True)
class Object(Kind):
    """Anything through which no derivative flows: modules, slices, files, sets, random generators."""

    cls: str = "object"


@dataclass(frozen=True, slots=True)
class Module(Object):
    """A module that is known."""

    module: Any = None


@dataclass(frozen=True, slots=True)
class Functions(Object):
    """One of several functions, each of which has a name of its own."""

    callees: frozenset[Any] = frozenset()


@dataclass(frozen=True, slots=True)
class Class(Kind):
    """A class of the user's."""

    cls: Any


@dataclass(frozen=True, slots=True)
class Unknown(Kind):
    pass


@dataclass(frozen=True, slots=True)
class Bottom(Kind):
    pass


@dataclass(frozen=True, slots=True)
class Closures(Unknown):
    """One of several functions, of which some captured values; where it is kept such a one is a tuple with its label.

    A function with a name of its own is that function itself.
    """

    functions: frozenset[FunctionKind] = frozenset()


@dataclass(frozen=True, slots=True)
class Lost(Unknown):
    """Unknown, but that it may be an object of one of these classes, or hold such (`lostkinds.py`); `bare`: one without
    attributes."""

    classes: frozenset[Any] = frozenset()
    held: frozenset[Any] = frozenset()
    bare: bool = False


@dataclass(frozen=True, slots=True)
class Again(Unknown):
    """In the kind of an object of this class: another one of that very kind, or None (`core/recursive.py`)."""

    cls: Any = None


@dataclass(frozen=True, slots=True)
class Objects(Dict):
    """An object of one of several classes, as long as memory matters; `variants`: what it is where it is of each."""

    variants: frozenset[Kind] = frozenset()


@dataclass(frozen=True, slots=True)
class Records(Unknown):
    """The same afterwards: one of several tuples with names; its class tells which.  `optional`: it may be None."""

    variants: frozenset[Kind] = frozenset()
    optional: bool = False
