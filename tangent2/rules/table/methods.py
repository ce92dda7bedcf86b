"""Methods and attributes of arrays: the functions of NumPy that they stand for, printed as the user wrote them."""
from __future__ import annotations

import numpy as np

from tangent2.core import prims
from tangent2.core.kinds import UNKNOWN, Array, List, Number
from tangent2.core.prims import Prim
from tangent2.rules.declare import as_attribute, as_method, constant, linear, load_tables
from tangent2.rules.dtypes import dtype_of
from tangent2.rules.families import dtype_object, flattened, reshaped, transposed
from tangent2.rules.placing import flat_place, put_back
from tangent2.rules.questions import broadcast_to, inverse_order, refuse, shape_of, tuple_of
from tangent2.rules.template import bar

load_tables()       # the functions that the methods stand for, where this file is imported by itself


def cast_infer(op, kind):
    """The kind of `x.astype(dtype)`."""
    own = kind(op.args[0])
    dtype = dtype_of(op, op.args[1], kind(op.args[1]), None) if len(op.args) > 1 else None
    if not isinstance(own, (Array, Number)):
        return UNKNOWN if dtype is None else Array(dtype, None)
    if isinstance(own, Number):
        return UNKNOWN if dtype is None else Number(dtype, False)
    return Array(dtype, own.shape)


def item_infer(op, kind):
    """The kind of `x.item()`: a Python number."""
    own = kind(op.args[0])
    dtype = own.dtype if isinstance(own, (Array, Number)) else None
    if dtype not in ("float64", "float32", "int64", "bool"):
        return UNKNOWN
    return Number("float64" if dtype[0] == "f" else dtype)


def conjugated(op, kind):
    """The kind of `x.conj()`: an array of real numbers gives itself."""
    own = kind(op.args[0])
    if isinstance(own, Array) and own.shape == () and (own.dtype is None or own.dtype.startswith("c")):
        return UNKNOWN
    return own if isinstance(own, (Array, Number)) else UNKNOWN


def nested(op, kind):
    """The kind of `x.tolist()`: lists of lists of numbers."""
    own, number = kind(op.args[0]), item_infer(op, kind)
    if not isinstance(own, Array) or own.shape is None:
        return number if isinstance(own, Number) else UNKNOWN
    found = number
    for _ in own.shape:
        found = List(found)
    return found


def turned(op, kind):
    """The kind of `x.mT`: the last two axes are exchanged."""
    own = kind(op.args[0])
    if not isinstance(own, Array) or own.shape is None or len(own.shape) < 2:
        return Array(own.dtype, None) if isinstance(own, Array) else UNKNOWN
    return Array(own.dtype, (*own.shape[:-2], own.shape[-1], own.shape[-2]))


RESHAPE = Prim(".reshape", ("method", "reshape"), result="maybe_view", infer=reshaped, params=("x", "*shape"))
TRANSPOSE = Prim(".transpose", ("method", "transpose"), result="view", infer=transposed, params=("x", "*axes"))
FLATTEN = Prim(".flatten", ("method", "flatten"), infer=flattened, params=("x", "order"))
T = Prim(".T", ("attribute", "T"), result="view", infer=transposed, params=("x",))
MT = Prim(".mT", ("attribute", "mT"), result="view", infer=turned, params=("x",))
ASTYPE = Prim(".astype", ("method", "astype"), infer=cast_infer, params=("x", "dtype"))
CONJ = Prim(".conj", ("method", "conj"), result="same", infer=conjugated, elementwise=True, params=("x",))
ITEM = Prim(".item", ("method", "item"), infer=item_infer, params=("x", "*index"))
TOLIST = Prim(".tolist", ("method", "tolist"), infer=nested, params=("x",))
DTYPE = Prim(".dtype", ("attribute", "dtype"), infer=dtype_object, params=("x",))


@linear(RESHAPE, wrt="x")
def reshape(out, x, *shape):
    bar[x] = np.reshape(bar[out], shape_of(x))


@linear(TRANSPOSE, wrt="x")
def transpose(out, x, *axes):
    if axes == ():
        bar[x] = bar[out].T
    else:
        bar[x] = np.transpose(bar[out], inverse_order(tuple_of(*axes)))


@linear(FLATTEN, wrt="x")
def flatten(out, x, order="C"):
    if order == "C" or order == "F":
        bar[x] = np.reshape(bar[out], shape_of(x), order=order)
    else:
        refuse("flatten() in an order that depends on how the array is stored")


@linear(T, wrt="x")
def matrix_transpose(out, x):
    bar[x] = bar[out].T


@linear(MT, wrt="x")
def matrices_transposed(out, x):
    bar[x] = bar[out].mT


@linear(ASTYPE, wrt="x")
def astype(out, x, dtype):
    bar[x] = bar[out]


@linear(CONJ, wrt="x")
def conj(out, x):
    bar[x] = np.conj(bar[out])


@linear(ITEM, wrt="x")
def item(out, x, *index):
    if index == ():
        bar[x] = broadcast_to(bar[out], x)
    else:
        bar[x] = np.reshape(put_back(bar[out], np.ravel(x), flat_place(x, *index), 0), shape_of(x))


@linear(TOLIST, wrt="x")
def tolist(out, x):
    bar[x] = np.array(bar[out])


constant(DTYPE)
for _prim in (RESHAPE, TRANSPOSE, FLATTEN, ASTYPE, ITEM, TOLIST):
    as_method(_prim.spelling[1], _prim)
for _name in ("sum", "mean", "max", "min", "var", "std", "any", "all", "argmax", "argmin", "ravel", "squeeze",
              "swapaxes", "round", "argsort", "prod", "cumsum", "cumprod", "trace", "diagonal", "repeat", "take",
              "searchsorted", "nonzero"):
    as_method(_name, getattr(np, _name))
as_method("conj", CONJ)
as_method("conjugate", CONJ)
as_method("dot", np.dot)
as_method("clip", np.clip)
as_method("copy", prims.COPY)
as_attribute("T", T)
as_attribute("mT", MT)
as_attribute("dtype", DTYPE)
as_attribute("real", np.real)
as_attribute("imag", np.imag)
for _name in ("shape", "size", "ndim"):
    as_attribute(_name, getattr(np, _name))
