"""Linear algebra, which NumPy does for the last two axes whatever stands in front."""
from __future__ import annotations

from tangent2.core.syntax import Op
from tangent2.rules.batching.axes import of_numbers, same_elsewhere, spread, widened
from tangent2.rules.batching.declare import Lanes, Result, batching, refuse
from tangent2.rules.batching.reductions import array
from tangent2.rules.declare import by_name


@batching("np.linalg.inv", "np.linalg.det", "np.linalg.slogdet", "np.linalg.cholesky", "np.linalg.eigh",
          "np.linalg.eigvalsh", "np.linalg.eig", "np.linalg.eigvals", "np.linalg.qr", "np.linalg.svd",
          "np.linalg.svdvals", "np.linalg.pinv", "np.linalg.matrix_power", "np.linalg.matrix_rank")
def of_each_matrix(lanes: Lanes, op: Op) -> Result:
    args = same_elsewhere(lanes, op)
    args[0], rank = array(lanes, op)
    if rank < 2:
        raise refuse(op, "is not of a matrix")
    found = lanes.build.ops(op.prim, tuple(args), kw=op.kw, static=op.static,
                            hints=tuple([(v.hint, v.user) for v in op.outs]))
    return found if len(found) > 1 else found[0]


@batching("np.linalg.solve")
def solve(lanes: Lanes, op: Op) -> Result:
    """A vector is one column: NumPy takes `b` for a vector only if it has one axis."""
    if op.kw or len(op.args) != 2:
        raise refuse(op, "is given options")
    ranks = of_numbers(lanes, op, *op.args)
    mapped = [lanes.layout(a) is not False for a in op.args]
    a, b = map(lanes.atom, op.args)
    if ranks == [2, 1] and not mapped[0]:       # the vectors are columns of one matrix
        columns = lanes.build.op(by_name(".T"), b)
        return lanes.build.op(by_name(".T"), lanes.build.op(op.prim, a, columns))
    if ranks[1] == 1 and not mapped[1]:
        return lanes.build.op(op.prim, a, b)
    if ranks[1] == 1:
        column = lanes.build.op(op.prim, a, spread(lanes, b, ":" + "+" * (ranks[0] - 2) + ":+"))
        return spread(lanes, column, ":" * ranks[0] + "0")
    if ranks == [2, 2]:
        return lanes.build.op(op.prim, a, b)
    rank = max(ranks)
    return lanes.build.op(op.prim, *[widened(lanes, x, rank) if lanes.layout(x) is not False else lanes.atom(x)
                                     for x in op.args])
