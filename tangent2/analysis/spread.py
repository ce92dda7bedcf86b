"""Functions with `*args` and `**kwargs`, for one number of arguments: each is a parameter of its own."""
from __future__ import annotations

from dataclasses import replace

from tangent2.core import prims
from tangent2.core.syntax import Atom, Function, Op, Region, Stmt, Value
from tangent2.core.walk import renew


def spread(function: Function, star: int | None, count: int, named: int | None, names: tuple[str, ...]) -> Function:
    """The function whose parameter at `star` is `count` ones, and that at `named` one for each of `names`.

    >>> from tangent2.core.show import show
    >>> from tangent2.core.syntax import Return
    >>> xs = Value("xs", True)
    >>> f = Function("f", (xs,), Region((), Return((xs,))))
    >>> print(show(spread(f, 0, 2, None, ())))
    def f(xs_0.0, xs_1.1):
        xs.2 = tuple(xs_0.0, xs_1.1)
        return xs.2
    """
    mapping: dict[Value, Atom] = {}
    params: list[Value] = []
    made: list[Stmt] = []
    for at, param in enumerate(function.params):
        new = mapping[param] = Value(param.hint, param.user)
        if at == star:
            parts = tuple([Value(f"{param.hint}_{k}", True) for k in range(count)])
            made.append(Op((new,), prims.TUPLE, parts, origin=function.origin))
        elif at == named:
            parts = tuple([Value(name, True) for name in names])
            made.append(Op((new,), prims.DICT, parts, static=names, origin=function.origin))
        else:
            parts = (new,)
        params += parts
    body = renew(function.body, mapping)
    owned = frozenset([v for p in function.owned if isinstance(v := mapping[p], Value)])
    return replace(function, params=tuple(params), body=Region((*made, *body.stmts), body.exit), owned=owned)
