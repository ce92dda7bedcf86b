"""Prototypes: `np.full_like(W @ x, 1.0)` does not compute a product for its shape, `np.ones(W.shape[0])` needs none."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tangent2.core import prims
from tangent2.core.dims import same_extent, same_shape
from tangent2.core.kinds import INT, UNKNOWN, Array, Kind, Number, Tuple
from tangent2.core.prims import Prim
from tangent2.core.syntax import Atom, Const, Op, Region, Stmt, Typed, Value, regions, walk
from tangent2.core.walk import count_uses, map_regions
from tangent2.rules.declare import by_name

_LIKE = {"np.full_like": "np.full", "np.zeros_like": "np.zeros", "np.ones_like": "np.ones"}


def spare_prototypes(typed: Typed) -> Typed:
    """Make arrays like one that is there anyway, or of the extents of parameters, not like one that nobody else reads.

    >>> from tangent2.core.kinds import Sym
    >>> from tangent2.core.show import show
    >>> from tangent2.core.syntax import Function, Return
    >>> w, x, y, g = map(Value, "wxyg")
    >>> like = Op((g,), by_name("np.full_like"), (y, Const(1.0)))
    >>> body = Region((Op((y,), prims.MATMUL, (w, x)), like), Return((g,)))
    >>> row = Array("float64", (Sym(0),))
    >>> kinds = {w: Array("float64", (Sym(0), Sym(1))), x: Array("float64", (Sym(1),)), y: row, g: row}
    >>> print(show(spare_prototypes(Typed(Function("f", (w, x), body), kinds, row)).function).strip())
    def f(w.0, x.1):
        y.2 = matmul(w.0, x.1)
        t.3 = extent[0](w.0)
        g.4 = np.ones(t.3)
        return g.4
    """
    body = typed.function.body
    if not any(isinstance(s, Op) and s.prim.name in _LIKE for s in walk(body)):
        return typed
    made = {v: s for s in walk(body) if isinstance(s, Op) for v in s.outs}
    run = _Sparing(dict(typed.kinds), count_uses(body), made, typed.function.params)
    new = run.region(body)
    return Typed(replace(typed.function, body=new), run.kinds, typed.result) if run.changed else typed


@dataclass
class _Sparing:
    """The kinds of values, how often they are read, and what makes them."""

    kinds: dict[Value, Kind]
    uses: Mapping[Value, int]
    made: Mapping[Value, Op]
    params: tuple[Value, ...]
    changed: bool = False

    def region(self, region: Region) -> Region:
        stmts = tuple([new for stmt in region.stmts for new in self.stmt(stmt)])
        return Region(stmts, region.exit) if self.changed else region

    def stmt(self, stmt: Stmt) -> list[Stmt]:
        if regions(stmt):
            return [map_regions(stmt, self.region)]
        new = self.made_anew(stmt) if isinstance(stmt, Op) and stmt.prim.name in _LIKE and not stmt.kw else None
        self.changed = self.changed or new is not None
        return [stmt] if new is None else new

    def made_anew(self, op: Op) -> list[Stmt] | None:
        """The statements that make the array without its prototype, if that costs anything."""
        like = op.args[0]
        kind = self.kinds.get(like, UNKNOWN) if isinstance(like, Value) else UNKNOWN
        if not isinstance(like, Value) or not isinstance(kind, Array) or not self.is_costly(like):
            return None
        other = self.alike(like, kind)
        if other is not None:
            return [replace(op, args=(other, *op.args[1:]))]
        return self.of_extents(op, kind)

    def is_costly(self, value: Value) -> bool:
        """Whether a value is only there to be a prototype, and more than a view."""
        made = self.made.get(value)
        return (made is not None and self.uses.get(value) == 1 and made.prim.effect == "pure" and not made.prim.update
                and made.prim.result not in ("view", "maybe_view", "same") and len(made.outs) == 1 and bool(made.args))

    def alike(self, value: Value, kind: Array) -> Value | None:
        """An array of the same shape and dtype that it is made of, and that is there anyway."""
        for atom in self.made[value].args:
            own = self.kinds.get(atom, UNKNOWN) if isinstance(atom, Value) else UNKNOWN
            if not isinstance(atom, Value) or not isinstance(own, Array) or own.dtype is None \
                    or own.dtype != kind.dtype or same_shape(own, kind) is not True:
                continue
            if not self.is_costly(atom):
                return atom
            found = self.alike(atom, kind)
            if found is not None:
                return found
        return None

    def of_extents(self, op: Op, kind: Array) -> list[Stmt] | None:
        """The array of a shape that parameters have."""
        fill = op.args[1] if len(op.args) == 2 else None
        filled = self.kinds.get(fill, UNKNOWN) if isinstance(fill, Value) else None
        if kind.dtype != "float64" or not kind.shape or len(op.args) > 2 or isinstance(fill, Value) and not (
                isinstance(filled, Number) and filled.dtype == "float64"):
            return None
        stmts: list[Stmt] = []
        extents = [self.extent(dim, stmts, op) for dim in kind.shape]
        if any(e is None for e in extents):
            return None
        shape = extents[0]
        if len(extents) > 1:
            shape = Value()
            self.kinds[shape] = Tuple((INT,) * len(extents))
            stmts.append(Op((shape,), prims.TUPLE, tuple(extents), origin=op.origin))      # type: ignore[arg-type]
        assert shape is not None
        prim, rest = self.maker(op, fill)
        return [*stmts, Op(op.outs, prim, (shape, *rest), origin=op.origin)]

    @staticmethod
    def maker(op: Op, fill: Atom | None) -> tuple[Prim, tuple[Atom, ...]]:
        if fill == Const(1.0):
            return by_name("np.ones"), ()
        return by_name(_LIKE[op.prim.name]), () if fill is None else (fill,)

    def extent(self, dim: object, stmts: list[Stmt], op: Op) -> Atom | None:
        """An extent as a literal, or as that of a parameter."""
        if isinstance(dim, int):
            return Const(dim)
        for p in self.params:
            own = self.kinds.get(p)
            for axis, each in enumerate(own.shape or ()) if isinstance(own, Array) else ():
                if same_extent(dim, each):      # type: ignore[arg-type]
                    out = Value()
                    self.kinds[out] = INT
                    stmts.append(Op((out,), prims.EXTENT, (p,), (), axis, op.origin))
                    return out
        return None
