"""Primitives: what an `Op` can do.  Structural ones are here; NumPy's are declared in `rules/table/`.

A primitive knows how it is printed (`spelling`), whether its result may share memory with an operand (`result`),
whether it may be dropped, repeated or moved (`effect`), and the kind of its result (`infer`).  Its derivative is a
rule, kept apart in `rules/`.
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True, eq=False, slots=True)
class Prim:
    """A primitive operation; identity is equality.

    spelling: how it prints.  `("binary", "+")`, `("unary", "-")`, `("compare", "<")`,
        `("call", "numpy", "linalg.solve")` (module and path), `("builtin", "len")`, `("method", "copy")` (of the
        first operand), `("attribute", "T")`, `("object", "f")` (`obj`, by a name), or `("special",)`: the emitter
        knows it by name.
    result: `"fresh"`, `"view"` (of the first operand), `"maybe_view"` (fresh or shares memory with the first
        operand), `"same"` (is, or holds, its operands: tuples, lists, conversions that may return their operand),
        `"holds"` (a new container of what the first operand holds).
    effect: `"pure"`, or `"effect"`: printed in order and never dropped, moved or repeated (print, random numbers).
    update: the result is a new version of the first operand, printed in place.
    scalar: the text `out = prim(...)` is as cheap as arithmetic on numbers if operands are numbers: may be recomputed.
    elementwise: broadcasts its operands against each other.
    infer: `(op, kinds_of_operands) -> tuple of kinds of the results`.
    obj: the Python object it stands for (`np.sin`, `len`), by which lowering recognises it.
    params: parameter names, to bind keywords of calls to operands of rule templates; the last is `*name` if any number
        of operands may follow; none are known if there are none.
    """

    name: str
    spelling: tuple[str, ...]
    result: str = "fresh"
    effect: str = "pure"
    update: bool = False
    elementwise: bool = False
    infer: Callable[..., Any] | None = field(default=None, repr=False)
    obj: Any = field(default=None, repr=False)
    params: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return self.name


def _binary(name: str, sign: str) -> Prim:
    return Prim(name, ("binary", sign), elementwise=True, params=("x", "y"))


def _compare(name: str, sign: str) -> Prim:
    return Prim(name, ("compare", sign), elementwise=True, params=("x", "y"))


ADD, SUB, MUL, DIV = _binary("add", "+"), _binary("sub", "-"), _binary("mul", "*"), _binary("div", "/")
FLOORDIV, MOD, POW = _binary("floordiv", "//"), _binary("mod", "%"), _binary("pow", "**")
MATMUL = Prim("matmul", ("binary", "@"), params=("x", "y"))
BITAND, BITOR, BITXOR = _binary("bitand", "&"), _binary("bitor", "|"), _binary("bitxor", "^")
LSHIFT, RSHIFT = _binary("lshift", "<<"), _binary("rshift", ">>")
NEG = Prim("neg", ("unary", "-"), elementwise=True, params=("x",))
POS = Prim("pos", ("unary", "+"), elementwise=True, params=("x",))
INVERT = Prim("invert", ("unary", "~"), elementwise=True, params=("x",))
NOT = Prim("not", ("unary", "not "), params=("x",))
EQ, NE, LT, LE = _compare("eq", "=="), _compare("ne", "!="), _compare("lt", "<"), _compare("le", "<=")
GT, GE = _compare("gt", ">"), _compare("ge", ">=")
IS, IS_NOT = Prim("is", ("compare", "is")), Prim("is_not", ("compare", "is not"))
IN, NOT_IN = Prim("in", ("compare", "in")), Prim("not_in", ("compare", "not in"))

BINARY = {p.spelling[1]: p for p in (
    ADD, SUB, MUL, DIV, FLOORDIV, MOD, POW, MATMUL, BITAND, BITOR, BITXOR, LSHIFT, RSHIFT)}
UNARY = {p.spelling[1].strip(): p for p in (NEG, POS, INVERT, NOT)}
COMPARE = {p.spelling[1]: p for p in (EQ, NE, LT, LE, GT, GE, IS, IS_NOT, IN, NOT_IN)}

# Reading and writing parts.  `static` is an IndexSpec; operands: base, index atoms (and last the value).
GETITEM = Prim("getitem", ("special",), result="view")
SETITEM = Prim("setitem", ("special",), update=True)         # out = base with base[index] = value
ADDITEM = Prim("additem", ("special",), update=True)         # out = base with base[index] += value
SUBITEM = Prim("subitem", ("special",), update=True)
MULITEM = Prim("mulitem", ("special",), update=True)
DIVITEM = Prim("divitem", ("special",), update=True)
AT_ADD = Prim("at_add", ("special",), update=True)           # np.add.at(base, index, value)
UPDATES = {"+": ADDITEM, "-": SUBITEM, "*": MULITEM, "/": DIVITEM}

# out = base with base[index] = value, where value is that part of base changed in place: prints nothing.
SETTLE = Prim("settle", ("special",), update=True)

# `x op= e` before kinds are known; static is the binary primitive.  Resolved to that primitive or to an update.
INPLACE = Prim("inplace", ("special",), update=True)
# The same of a part, which is stored again: of an array that is a new value, of a container the element itself.
INPLACE_PART = Prim("inplace_part", ("special",), update=True)
# `x += e` of a fresh array whose old version is dead: made by the ownership pass only; static as for INPLACE.
ACCUMULATE = Prim("accumulate", ("special",), update=True)

# Containers.  Lists are pure too: push and pop give the new version of the list.
# A method that changes a container, before kinds are known; static: its name.  (object, arguments) -> (object, result)
CHANGE = Prim("change", ("special",), update=True)
# (container, new, *added): the container holds from now on what a new one holds; a plain rebinding once nothing else
# sees it.  static: "once" if these are what it held, each at most once, and what was added; else None.
BECOME = Prim("become", ("special",), result="same", update=True)
TUPLE = Prim("tuple", ("special",), result="same")
LIST = Prim("list", ("special",), result="same")
ALIKE = "alike"     # of a list whose elements are all of one kind, be it that of objects of several classes
DICT = Prim("dict", ("special",), result="same")             # values; static: constant keys, or None: k, v, k, v
SET = Prim("set", ("special",), result="same")
TAPE = Prim("tape", ("special",))                            # [] made by the recording pass
PUSH = Prim("push", ("special",), result="same", update=True)       # (list, value) -> (list,)
POP = Prim("pop", ("special",), update=True)                 # (list,) -> (list, value)
UNPACK = Prim("unpack", ("special",), result="view")         # static: (count before star, starred?, count after)
SLICE = Prim("slice", ("builtin", "slice"))

# Objects.  Pure as well: to give an attribute another value makes a new version of the object.
NEW = Prim("new", ("special",), result="same")               # attributes; static: a Record
SETATTR = Prim("setattr", ("special",), update=True)         # (object, value); static: name
MAKE = Prim("make", ("special",), result="same")             # arguments; static: the class, before kinds are known
HASATTR = Prim("hasattr_of", ("special",))                      # static: name
GETATTR = Prim("getattr_or", ("special",), result="view")    # (object, default); static: name


ASKED = Prim("asked", ("special",), effect="effect")       # what a dict or object has was decided by its kind; likewise
UNFAILING = Prim("unfailing", ("special",), effect="effect")     # (object, arguments): a method is tried; static: name
SAME = Prim("same", ("special",), effect="effect")     # (part, part): the same object; gone once that is shown
# What a loop runs over, and Python reads while it runs, is not written to from its start on: before the loop, and first
# in each turn; static: (the place of the loop, whether this is a turn, the method that is asked whether it is lazy).
LATE = Prim("late", ("special",), effect="effect")


class Inherited(str):
    """The name of a method that `super()` finds, of a base of `cls`; `itself`: of it, as in `C.method(self)`."""

    cls: Any = None
    itself: bool = False

    @classmethod
    def of(cls, name: str, owner: Any, itself: bool = False) -> Inherited:
        found = cls(name)
        found.cls, found.itself = owner, itself
        return found


# What is read from outside, and what only Python's own text can say.
READ = Prim("read", ("special",), result="view")             # static: Captured; no operands
ATTRIBUTE = Prim("getattr", ("special",), result="view", effect="effect")       # static: name
METHOD = Prim("method", ("special",), result="view", effect="effect")   # static: name; operands: object, arguments
APPLY = Prim("apply", ("special",), effect="effect")         # operands: function value, arguments
BOUND = "bound"          # static of such a call whose arguments are one for each parameter of the core
CLOSURE = Prim("closure", ("special",), result="same")       # static: Callee; operands: captured values
CAPTURED = Prim("captured", ("special",), result="same")     # static: the callee and the number of what it captured
LABEL = Prim("label", ("special",))                          # which of several functions a value is
OF_CLASS = Prim("of_class", ("special",), params=("x",))     # whether an object is of one of the classes in its static
AS_CLASS = Prim("as_class", ("special",), result="same", params=("x",))     # an object that surely is of its static
DERIVE = Prim("derive", ("special",), result="same")         # static: Transform; operand: function value
VERBATIM = Prim("verbatim", ("special",), effect="effect")   # static: Template; operands fill its holes
# (closure, classes) -> (exception or None, result); resolved: (classes, *arguments), static: Attempt with its callee.
CAUGHT = Prim("caught", ("special",), result="same", effect="effect")
COPY = Prim("copy", ("method", "copy"), params=("x",))       # x.copy()
TEST = "test"
TRUTH = Prim("truth", ("builtin", "bool"))      # `static` is `TEST` where only the truth of its result is asked
EXTENT = Prim("extent", ("special",))                        # static: axis; x.shape[axis]


@dataclass(frozen=True, slots=True)
class Transform:
    """A transform applied to a function value: `grad(f, argnums=1)`; `args` are those after the function."""

    function: Any
    args: tuple[Any, ...] = ()
    options: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Spread:
    """Which positional operands of a call are given by `*`; keyword operands named `**` are given by `**`."""

    stars: tuple[bool, ...]


class Starred(str):
    """The name of a method that is called with `*` or `**`; `name`: the same without, `spread`: which operands are."""

    name: str = ""
    spread: Spread = Spread(())

    @classmethod
    def of(cls, name: str, spread: Spread) -> Starred:
        found = cls(name)
        found.name, found.spread = name, spread
        return found


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a `try` block attempts: a call of `what`, a callee or a primitive.

    `errors`: options of `np.errstate` for its time.  `carries`: what the exception holds is read by its handler.
    `only_own`: no class is caught but the user's; `floats`: what arithmetic raises only where it is told to is caught.
    `gives`: by the result it also assigns names of the function around, which is lost if it raises.
    """

    what: Any = None
    errors: tuple[tuple[str, str], ...] = ()
    carries: bool = False
    only_own: bool = False
    floats: bool = False
    gives: bool = False


@dataclass(frozen=True, slots=True)
class Captured:
    """A name that the user's function reads from outside: a global, a closure cell or an attribute of a module.

    `read()` gives the value now; `owner` and `name` are its identity for guards.
    """

    name: str
    owner: Any = field(compare=False, repr=False)
    read: Callable[[], Any] = field(compare=False, repr=False)
    where: str = "global"       # "global" or "cell"
    opaque: bool = False        # an object that is not followed

    def moved(self, cell: Any) -> Captured:
        """What the same name reads from another closure cell."""
        return replace(self, owner=cell, read=cell_reader(self.name, cell))


def cell_reader(name: str, cell: Any) -> Callable[[], Any]:
    """The function that reads a (dotted) name now, the first part of which a closure cell holds.

    >>> from types import CellType
    >>> cell_reader("z.real", CellType(2.0 + 1.0j))()
    2.0
    """
    path = name.split(".")[1:]

    def now() -> Any:
        found = cell.cell_contents
        for part in path:
            found = getattr(found, part)
        return found
    return now


@dataclass(frozen=True, slots=True)
class Template:
    """Python text kept as it is.  `node` is a gast expression or statement in which `Name(id='$k')` is operand k.

    `pure`: surely without effect.  `opaque`: it calls what nobody knows, which may write to operands that are arrays or
    containers.  All other names in the text are builtins or bound in it.  `error`: it makes an exception of which
    nobody reads what it holds.  `advice`: what to do where a derivative flows through it.  `tells`: it calls what may
    keep what it is given, so that it can be read elsewhere; `of_operands`: methods of its operands, and nothing else.
    """

    node: Any = field(compare=False, repr=False)
    text: str = ""
    pure: bool = False
    opaque: bool = False
    error: bool = False
    advice: str = ""
    tells: bool = False
    of_operands: bool = False
