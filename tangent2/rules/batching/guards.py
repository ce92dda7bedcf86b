"""Operands for lanes that do not execute an operation, so that no infinite value or slope comes of it, nor an error.

`log(x)` where not all lanes come is `log(where(mask, x, 1.0))`: the result is not used there, but without the guard its
derivative would be: zero times infinity is no number.  Of matrices the operand in the other lanes is the identity.
"""
from __future__ import annotations

from tangent2.core import prims
from tangent2.core.prims import Prim
from tangent2.core.syntax import Atom, Const, Value
from tangent2.rules.batching.declare import Lanes, refuse_kind
from tangent2.rules.declare import by_name

_ONE: dict[int, object] = {0: 1.0}
_ZERO: dict[int, object] = {0: 0.0}
_SECOND: dict[int, object] = {1: 1.0}
_BOTH: dict[int, object] = {0: 1.0, 1: 1.0}
# by the names of functions of NumPy and Python: literals that operands may have in the place of what they are
_SAFE: dict[str, dict[int, object]] = {
    **dict.fromkeys(("div", "np.divide", "np.true_divide", "math.fmod", "np.fmod", "np.remainder", "mod", "floordiv",
                     "np.floor_divide", "math.remainder", "divitem", "divmod", "each_polygamma", "polygamma"), _SECOND),
    **dict.fromkeys(("pow", "np.power", "np.float_power", "math.pow", "np.arctan2", "math.atan2", "np.hypot",
                     "math.hypot"), _BOTH),
    **dict.fromkeys(("np.log", "np.log2", "np.log10", "np.sqrt", "np.cbrt", "np.reciprocal", "math.log2",
                     "math.log10", "math.sqrt", "math.cbrt", "math.gamma", "math.lgamma", "np.angle",
                     "np.linalg.norm"), _ONE),
    **dict.fromkeys(("np.exp", "np.exp2", "np.expm1", "np.sinh", "np.cosh", "np.tan", "math.exp", "math.expm1",
                     "math.exp2", "math.sinh", "math.cosh", "math.tan", "np.arcsin", "np.arccos", "np.arctanh",
                     "math.asin", "math.acos", "math.atanh", "np.log1p", "math.log1p", "np.square", "np.i0", "np.var",
                     "np.ldexp", "math.ldexp", "math.floor", "math.ceil", "math.trunc", "int", "round"), _ZERO),
    **dict.fromkeys(("np.arccosh", "math.acosh"), {0: 2.0}),
    **dict.fromkeys(("np.take", "np.take_along_axis", "bessel", "lshift", "rshift", "np.left_shift", "np.right_shift"),
                    {1: 0}),
    **dict.fromkeys(("put_taken", "put_along", "item_adjoint"), {2: 0}),
    "math.log": {0: 1.0, 1: 2.0}, "np.nextafter": {0: 0.0, 1: 0.0}, "math.nextafter": {0: 0.0, 1: 0.0},
}
_MATH = ("sin", "cos", "tanh", "atan", "asinh", "fabs", "copysign", "erf", "erfc", "degrees", "radians", "isnan",
         "isinf", "isfinite", "ulp", "modf", "frexp", "gcd", "lcm", "prod", "isclose")
_NUMPY = (
    # elementwise
    "sin", "cos", "tanh", "arctan", "arcsinh", "abs", "fabs", "sign", "floor", "ceil", "trunc", "fix", "rint", "round",
    "around", "maximum", "minimum", "fmax", "fmin", "where", "clip", "add", "subtract", "multiply", "negative",
    "positive", "equal", "not_equal", "less", "less_equal", "greater", "greater_equal", "logical_and",
    "logical_or", "logical_not", "logical_xor", "isnan", "isfinite", "isinf", "isposinf", "isneginf", "isreal",
    "iscomplex", "signbit", "isclose",
    "heaviside", "logaddexp", "logaddexp2", "real", "imag", "conj", "conjugate", "degrees", "radians", "deg2rad",
    "rad2deg", "sinc", "copysign", "nan_to_num", "spacing", "modf", "frexp", "bitwise_and", "bitwise_or", "bitwise_xor",
    "bitwise_count", "invert", "gcd", "lcm", "float64", "float32", "select",
    # reductions, scans, orders
    "sum", "mean", "max", "min", "amax", "amin", "prod", "any", "all", "ptp", "median", "nansum", "count_nonzero",
    "argmax", "argmin", "allclose", "array_equal", "array_equiv", "cumsum", "cumprod", "diff", "trapezoid", "sort",
    "argsort", "partition", "argpartition", "searchsorted", "digitize", "isin", "interp", "fft.fft", "fft.ifft",
    "fft.rfft", "fft.irfft",
    # products
    "dot", "matmul", "outer", "inner", "vdot", "einsum", "tensordot", "kron", "cross", "polyval",
    # what only moves numbers about
    "reshape", "ravel", "flatten", "transpose", "T", "mT", "permute_dims", "swapaxes", "moveaxis", "expand_dims",
    "squeeze", "broadcast_to", "concatenate", "stack", "hstack", "vstack", "dstack", "column_stack", "block", "append",
    "split", "array_split", "hsplit", "vsplit", "array", "asarray", "asanyarray", "ascontiguousarray", "asfortranarray",
    "zeros_like", "ones_like", "empty_like", "zeros", "ones", "empty", "full", "full_like", "eye", "identity",
    "linspace", "meshgrid", "copy", "astype", "diag", "diagonal", "trace", "tril", "triu", "flip", "fliplr", "flipud",
    "rot90", "roll", "repeat", "tile", "pad", "atleast_1d", "atleast_2d", "atleast_3d", "item", "tolist", "shape",
    "size", "ndim", "dtype",
)
# finite, with finite slopes, whatever is given; or what only moves numbers about
_TOTAL = frozenset({
    *[p.name for p in (
        prims.ADD, prims.SUB, prims.MUL, prims.NEG, prims.POS, prims.INVERT, prims.NOT, prims.EQ, prims.NE, prims.LT,
        prims.LE, prims.GT, prims.GE, prims.IS, prims.IS_NOT, prims.IN, prims.NOT_IN, prims.BITAND, prims.BITOR,
        prims.BITXOR, prims.MATMUL, prims.TUPLE, prims.LIST, prims.DICT, prims.UNPACK, prims.GETITEM, prims.SETITEM,
        prims.ADDITEM, prims.SUBITEM, prims.MULITEM, prims.SETTLE, prims.AT_ADD, prims.ACCUMULATE, prims.NEW,
        prims.CLOSURE, prims.CAPTURED, prims.READ, prims.TRUTH, prims.COPY, prims.EXTENT, prims.OF_CLASS,
        prims.AS_CLASS, prims.SLICE, prims.TAPE, prims.LABEL, prims.BECOME, prims.DERIVE)],
    *[f"np.{name}" for name in _NUMPY], *[f"math.{name}" for name in _MATH],
    "abs", "max", "min", "sum", "any", "all", "float", "complex", "bool", "sorted", "range", "zip", "enumerate",
    "reversed", "list", "tuple", "len", ".items", ".keys", ".values", "isinstance",
    # helpers of derivatives
    "deep_copy", "zero_like", "zero_filled", "unbroadcast", "broadcast_like", "stop_gradient", "as_stored", "as_place",
    "cast_like", "add_trees", "or_zero", "splat_like", "each_like", "sum_each", "sum_leaves", "expand_reduced",
    "reduced_count", "along_first", "turned", "structure_like", "rows_like", "sum_repeats", "repeat_like", "pick_first",
    "spread_first", "pick_places", "put_places", "sorted_places", "ranked", "place_of_max", "place_of_min",
    "matmul_left", "matmul_right", "dot_left", "dot_right", "tensordot_left", "tensordot_right", "kron_left",
    "kron_right", "split_like", "join_like", "choose_like", "block_parts", "delay", "recurrence",
    "products_before", "products_after",
    "gradient_back", "median_weights", "places_of", "place_diagonal", "diagonal_like", "sum_tiles", "sum_repeated",
    "unpad", "fitted", "doubled", "unit_directions", "all_directions", "diagonal_places",
})
# functions of matrices, which may raise, or have no slope: of the identity they have
_OF_MATRICES = frozenset({f"np.linalg.{name}" for name in (
    "inv", "det", "slogdet", "solve", "cholesky", "eigh", "eigvalsh", "eig", "eigvals", "svd", "svdvals", "qr", "pinv",
    "matrix_power", "matrix_rank")})


def safe_operands(prim: Prim) -> dict[int, object] | None:
    """By position, what a floating-point operand is replaced by; None if nothing is known of the primitive.

    >>> safe_operands(prims.DIV), safe_operands(prims.MUL)
    ({1: 1.0}, {})
    """
    name = f"np.{prim.name[1:]}" if prim.name.startswith(".") else prim.name
    found = _SAFE.get(prim.name, _SAFE.get(name))
    if found is not None:
        return found
    return {} if name in _TOTAL or prim.name in _TOTAL else None


def safe_matrix(prim: Prim) -> int | None:
    """The position of the operand that is a matrix, and harmless where it is the identity (`identity_like`).

    >>> from tangent2.rules.declare import by_name
    >>> safe_matrix(by_name("np.linalg.inv")), safe_matrix(by_name("np.sin"))
    (0, None)
    """
    return 0 if prim.name in _OF_MATRICES else None


def identity_like(lanes: Lanes, atom: Atom) -> Value:
    """Emit the identity of the size of a matrix, or of those of a stack; `atom`: an operand in one lane."""
    rank = lanes.rank(atom)
    if rank < 2:
        raise refuse_kind("what is to be a matrix has one axis")
    now, more = lanes.atom(atom), int(lanes.layout(atom) is not False)
    rows, columns = [lanes.build.op(prims.EXTENT, now, static=rank - k + more) for k in (2, 1)]
    kind = lanes.build.kind(now)
    dtype = Const(getattr(kind, "dtype", None) or "float64")
    return lanes.build.op(by_name("np.eye"), rows, columns, dtype, kw=("dtype",))
