"""Python's functions of numbers: for all lanes those of NumPy, which give what Python's give in each."""
from __future__ import annotations

from tangent2.core import prims
from tangent2.core.kinds import Array, List, Number, Tuple
from tangent2.core.layouts import Each, whole
from tangent2.core.syntax import Atom, Const, Op, Value
from tangent2.rules.batching.axes import of_numbers
from tangent2.rules.batching.declare import Lanes, Result, batching, refuse
from tangent2.rules.batching.elementwise import numeric
from tangent2.rules.batching.inside import Inside
from tangent2.rules.declare import by_name

# those of floating-point numbers, whatever they are given
_OF_FLOATS = {
    **{f"math.{name}": f"np.{name}" for name in (
        "sin", "cos", "tan", "sinh", "cosh", "tanh", "exp", "expm1", "log1p", "log2", "log10", "sqrt", "fabs",
        "copysign", "degrees", "radians", "isnan", "isinf", "isfinite", "fmod", "cbrt", "exp2", "nextafter", "modf")},
    **{f"math.{python}": f"np.{numpy}" for python, numpy in (
        ("asin", "arcsin"), ("acos", "arccos"), ("atan", "arctan"), ("atan2", "arctan2"), ("asinh", "arcsinh"),
        ("acosh", "arccosh"), ("atanh", "arctanh"), ("pow", "float_power"))},
}
_OF_INTS = {"math.gcd": "np.gcd", "math.lcm": "np.lcm"}


def double(lanes: Lanes, atom: Atom) -> Atom:
    """A number for all lanes as Python's functions take it: of double precision."""
    kind, now = lanes.kind(atom), lanes.atom(atom)
    known = isinstance(kind, (Number, Array)) and kind.dtype == "float64"
    return now if known or lanes.layout(atom) is False else lanes.build.op(by_name(".astype"), now, Const("float64"))


def cast(lanes: Lanes, atom: Atom, dtype: str) -> Value:
    return lanes.build.op(by_name(".astype"), atom, Const(dtype))


@batching(*_OF_FLOATS)
def scalar(lanes: Lanes, op: Op) -> Result:
    """A function of Python numbers, by that of arrays."""
    numeric(lanes, op, op.args)
    return lanes.build.op(by_name(_OF_FLOATS[op.prim.name]), *[double(lanes, a) for a in op.args])


@batching("not")
def negation(lanes: Lanes, op: Op) -> Result:
    numeric(lanes, op, op.args)
    return lanes.build.op(by_name("np.logical_not"), lanes.atom(op.args[0]))


@batching("math.log")
def logarithm(lanes: Lanes, op: Op) -> Result:
    """With a base if there is one."""
    numeric(lanes, op, op.args)
    found = [lanes.build.op(by_name("np.log"), double(lanes, a)) for a in op.args]
    return found[0] if len(found) == 1 else lanes.build.op(prims.DIV, *found)


@batching("math.floor", "math.ceil", "math.trunc")
def to_whole(lanes: Lanes, op: Op) -> Result:
    """Python gives whole numbers."""
    numeric(lanes, op, op.args)
    name = op.prim.name.partition(".")[2]
    return cast(lanes, lanes.build.op(by_name(f"np.{name}"), lanes.full(op.args[0])), "int64")


@batching("round")
def rounded(lanes: Lanes, op: Op) -> Result:
    """To a whole number, or to so many digits."""
    if numeric(lanes, op, op.args[:1]) or op.kw or any(lanes.layout(a) is not False for a in op.args[1:]):
        raise refuse(op, "is given another number of digits in each lane")
    whole = lanes.full(op.args[0])
    if len(op.args) == 2 and op.args[1] != Const(None):
        return lanes.build.op(by_name("np.round"), whole, lanes.atom(op.args[1]))
    return cast(lanes, lanes.build.op(by_name("np.rint"), whole), "int64")


@batching(*_OF_INTS)
def of_ints(lanes: Lanes, op: Op) -> Result:
    numeric(lanes, op, op.args)
    if len(op.args) != 2:
        raise refuse(op, "is given other than two numbers")
    return lanes.build.op(by_name(_OF_INTS[op.prim.name]), *map(lanes.atom, op.args))


@batching("math.hypot")
def length(lanes: Lanes, op: Op) -> Result:
    numeric(lanes, op, op.args)
    found, *others = [double(lanes, a) for a in op.args]
    if not others:
        return lanes.build.op(by_name("np.fabs"), found)
    for other in others:
        found = lanes.build.op(by_name("np.hypot"), found, other)
    return found


@batching("math.ldexp")
def scaled(lanes: Lanes, op: Op) -> Result:
    numeric(lanes, op, op.args)
    return lanes.build.op(by_name("np.ldexp"), double(lanes, op.args[0]), lanes.atom(op.args[1]))


@batching("math.frexp")
def mantissa(lanes: Lanes, op: Op) -> Result:
    """The exponents are Python's whole numbers."""
    numeric(lanes, op, op.args)
    both = lanes.build.op(by_name("np.frexp"), double(lanes, op.args[0]))
    return lanes.build.op(prims.TUPLE, lanes.build.getitem(both, 0), cast(lanes, lanes.build.getitem(both, 1), "int64"))


@batching("math.ulp")
def spacing(lanes: Lanes, op: Op) -> Result:
    numeric(lanes, op, op.args)
    return lanes.build.op(by_name("np.spacing"), lanes.build.op(by_name("np.fabs"), double(lanes, op.args[0])))


@batching("float", "int", "bool")
def converted(lanes: Lanes, op: Op) -> Result:
    numeric(lanes, op, op.args)
    return cast(lanes, lanes.full(op.args[0]), {"float": "float64", "int": "int64", "bool": "bool"}[op.prim.name])


@batching("complex")
def complex_number(lanes: Lanes, op: Op) -> Result:
    """Of a real and an imaginary part."""
    if numeric(lanes, op, op.args) or op.kw:
        raise refuse(op, "is given something other than numbers")
    if len(op.args) == 1:
        return cast(lanes, lanes.full(op.args[0]), "complex128")
    found = lanes.build.op(prims.ADD, lanes.atom(op.args[0]),
                           lanes.build.op(prims.MUL, Const(1j), lanes.atom(op.args[1])))
    kind = lanes.build.kind(found)
    return found if isinstance(kind, Array) and kind.dtype == "complex128" else cast(lanes, found, "complex128")


@batching("truth")
def truth(lanes: Lanes, op: Op) -> Result:
    numeric(lanes, op, op.args)
    return lanes.build.op(prims.NE, lanes.atom(op.args[0]), Const(0))


# ---- of what lists, tuples and arrays hold ----

def stacked(lanes: Lanes, op: Op, atom: Atom) -> Atom:
    """The numbers in a list or a tuple, as the rows of an array with the lanes behind."""
    kind, layout = lanes.kind(atom), lanes.layout(atom)
    elts = kind.elts if isinstance(kind, Tuple) else (kind.elt,) if isinstance(kind, List) else ()
    if not elts or not all(isinstance(e, Number) or isinstance(e, Array) and e.shape == () for e in elts):
        raise refuse(op, "looks at what is in a container")
    if layout is False:
        return lanes.build.op(by_name(".T"), lanes.full(Inside(lanes, op).op("np.array", atom)))
    whole_list = isinstance(layout, Each) or all(getattr(layout, "elts", ()))
    return lanes.build.op(by_name("np.array"), lanes.atom(atom) if whole_list else lanes.shaped(atom, whole(kind)))


@batching("max", "min")
def greatest(lanes: Lanes, op: Op) -> Result:
    """Python's `max(a, b)`: the first unless another is greater."""
    if op.kw or len(op.args) < 2:
        return _of_elements(lanes, op, f"np.{op.prim.name}")
    if numeric(lanes, op, op.args):
        raise refuse(op, "compares arrays")
    best, *others = map(lanes.atom, op.args)
    better = prims.GT if op.prim.name == "max" else prims.LT
    for other in others:
        best = lanes.build.op(by_name("np.where"), lanes.build.op(better, other, best), other, best)
    return best


def _of_elements(lanes: Lanes, op: Op, name: str) -> Result:
    """A reduction of the numbers in a list, or of an array of one axis."""
    kind = lanes.kind(op.args[0])
    if op.kw or len(op.args) != 1:
        raise refuse(op, "is given options")
    if isinstance(kind, Array):
        if kind.rank != 1:
            raise refuse(op, "compares arrays")
        return lanes.build.op(by_name(name), lanes.atom(op.args[0]), Const(1), kw=("axis",))
    return lanes.build.op(by_name(name), stacked(lanes, op, op.args[0]), Const(0), kw=("axis",))


@batching("any", "all", "math.prod", "place_of_max", "place_of_min")
def of_elements(lanes: Lanes, op: Op) -> Result:
    names = {"place_of_max": "np.argmax", "place_of_min": "np.argmin"}
    return _of_elements(lanes, op, names.get(op.prim.name) or f"np.{op.prim.name.rpartition('.')[2]}")


@batching("math.dist")
def distance(lanes: Lanes, op: Op) -> Result:
    a, b = [_column(lanes, op, atom) for atom in op.args]
    return lanes.build.op(by_name("np.linalg.norm"), lanes.build.op(prims.SUB, a, b), Const(0), kw=("axis",))


def _column(lanes: Lanes, op: Op, atom: Atom) -> Atom:
    if isinstance(lanes.kind(atom), Array):
        return lanes.build.op(by_name(".T"), lanes.full(atom))
    return stacked(lanes, op, atom)


@batching("in", "not_in")
def member(lanes: Lanes, op: Op) -> Result:
    """Whether some element is equal."""
    item, holder = op.args
    own = Inside(lanes, op)
    if not isinstance(lanes.kind(holder), Array):
        equal = lanes.build.op(prims.EQ, stacked(lanes, op, holder), lanes.atom(item))
        some: Atom = lanes.build.op(by_name("np.any"), equal, Const(0), kw=("axis",))
    else:
        of_numbers(lanes, op, item)
        some = lanes.atom(own.op("np.any", own.op(prims.EQ, holder, item)))
    return some if op.prim is prims.IN else lanes.build.op(prims.INVERT, some)


@batching("sum")
def total(lanes: Lanes, op: Op) -> Result:
    """Python's sum, of a list or along the first axis of an array."""
    kind = lanes.kind(op.args[0])
    if op.kw or len(op.args) > 2:
        raise refuse(op, "is given options")
    if not isinstance(kind, Array):
        if len(op.args) == 2 and lanes.layout(op.args[1]) is not False and lanes.rank(op.outs[0]):
            raise refuse(op, "adds arrays to a number that is another one in each lane")
        return lanes.build.op(op.prim, *map(lanes.atom, op.args))
    if len(op.args) == 1:
        return lanes.build.op(by_name("np.sum"), lanes.full(op.args[0]), Const(1), kw=("axis",))
    own = Inside(lanes, op)
    return own.result(own.op(prims.ADD, own.op("np.sum", op.args[0], axis=0), op.args[1]))
