"""Random pure cores full of aliases: views, lists of arrays, tapes of tapes, updates, merges, exits."""
from __future__ import annotations

import random
from typing import Any

import numpy as np

from tangent2.core import kinds as k
from tangent2.core import prims
from tangent2.core.kinds import FLOAT, Array, Kind, List, Tuple
from tangent2.core.operations import deep_copy
from tangent2.core.prims import Prim
from tangent2.core.syntax import (
    Atom, Break, Const, Continue, Exit, For, Function, If, IndexSpec, Op, Region, Return, SliceSpec, Stmt, Typed, Undef,
    Value, While, Yield,
)

DEEP = Prim("deep_copy", ("call", "tangent2.core.operations", "deep_copy"), obj=deep_copy)
A = Array("float64", (4,))
LA, LN, P = List(A), List(FLOAT), Tuple((A, A))
LL, LP = List(LA), List(P)
HEAP: tuple[Kind, ...] = (A, A, A, LA, LN, LL, P, LP)
ELEMENT = SliceSpec()
AT, ALL, BACK, SOME = (IndexSpec((None,)), IndexSpec((ELEMENT,)), IndexSpec((SliceSpec(step=True),)),
                       IndexSpec((SliceSpec(lower=True, upper=True),)))


class Generator:
    """Makes one function; every choice comes from `random.Random(seed)`."""

    def __init__(self, seed: int, size: int = 14) -> None:
        self.random = random.Random(seed)
        self.kinds: dict[Value, Kind] = {}
        self.left = size

    def value(self, kind: Kind, hint: str | None = None) -> Value:
        new = Value(hint or self.random.choice("abcuvw"), self.random.random() < 0.5)
        self.kinds[new] = kind
        return new

    def pick(self, scope: list[Value], kind: Kind) -> Atom:
        found = [v for v in scope if self.kinds[v] == kind]
        if not found:
            return Const(1.5) if kind == FLOAT else Undef()
        return found[-1] if self.random.random() < 0.3 else self.random.choice(found)

    def typed(self) -> Typed:
        x, y, xs, tape = self.value(A, "x"), self.value(A, "y"), self.value(LA, "xs"), self.value(LL, "tape")
        scope = [x, y, xs, tape]
        stmts: list[Stmt] = []
        for kind in (LA, LN, LL, P, LP):
            self.make(kind, scope, stmts)
        body = self.region(scope, 0, None, None, stmts)
        function = Function("f", (x, y, xs, tape), body, owned=frozenset({tape}))
        return Typed(function, self.kinds, k.UNKNOWN)

    def make(self, kind: Kind, scope: list[Value], stmts: list[Stmt]) -> Value:
        """A new value of a kind."""
        out = self.value(kind)
        fresh = prims.TUPLE if isinstance(kind, Tuple) else prims.LIST
        if kind == A:
            op = Op((out,), prims.MUL, (self.pick(scope, A), Const(0.5)))
        elif isinstance(kind, Tuple):
            op = Op((out,), fresh, (self.pick(scope, A), self.pick(scope, A)))
        else:
            assert isinstance(kind, List)
            items = [self.pick(scope, kind.elt) for _ in range(self.random.randint(0, 2))]
            op = Op((out,), fresh, tuple(i for i in items if not isinstance(i, Undef)))
        stmts.append(op)
        scope.append(out)
        return out

    def region(self, scope: list[Value], depth: int, loop: tuple[Kind, ...] | None, wanted: tuple[Kind, ...] | None,
               stmts: list[Stmt] | None = None) -> Region:
        scope, stmts = list(scope), [] if stmts is None else stmts
        for _ in range(self.random.randint(2, 5 if depth else 8)):
            if self.left > 0:
                self.left -= 1
                self.stmt(scope, stmts, depth, loop)
        exit = self.exit(scope, stmts, loop, wanted)
        return Region(tuple(stmts), exit)

    def exit(self, scope: list[Value], stmts: list[Stmt], loop: tuple[Kind, ...] | None,
             wanted: tuple[Kind, ...] | None) -> Exit:
        many = lambda kinds: tuple([self.pick(scope, kind) for kind in kinds])  # noqa: E731
        if wanted is not None:
            return Yield(many(wanted))
        kinds = [self.random.choice((A, A, LA, FLOAT)) for _ in range(self.random.randint(1, 3))]
        result = self.value(Tuple((*kinds, LL, LP)), "result")
        stmts.append(Op((result,), prims.TUPLE, many((*kinds, LL, LP))))
        return Return((result,))

    def stmt(self, scope: list[Value], stmts: list[Stmt], depth: int, loop: tuple[Kind, ...] | None) -> None:
        choice = self.random.random()
        if choice < 0.1 and depth < 3:
            self.for_(scope, stmts, depth)
        elif choice < 0.16 and depth < 3:
            self.while_(scope, stmts, depth)
        elif choice < 0.28 and depth < 3:
            self.if_(scope, stmts, depth, loop)
        else:
            self.random.choice((self.arithmetic, self.view, self.update, self.update, self.push, self.push, self.pop,
                                self.element, self.build, self.pair))(scope, stmts)

    def add(self, scope: list[Value], stmts: list[Stmt], prim: Prim, kinds: tuple[Kind, ...], *args: Atom,
            static: Any = None) -> None:
        outs = tuple([self.value(kind) for kind in kinds])
        stmts.append(Op(outs, prim, args, static=static))
        scope += outs

    def arithmetic(self, scope: list[Value], stmts: list[Stmt]) -> None:
        prim = self.random.choice((prims.ADD, prims.SUB, prims.MUL))
        self.add(scope, stmts, prim, (A,), self.pick(scope, A), self.pick(scope, self.random.choice((A, FLOAT))))

    def view(self, scope: list[Value], stmts: list[Stmt]) -> None:
        if self.random.random() < 0.5:
            self.add(scope, stmts, prims.GETITEM, (A,), self.pick(scope, A), Const(-1), static=BACK)
        else:
            self.add(scope, stmts, prims.GETITEM, (A,), self.pick(scope, A), static=ALL)

    def update(self, scope: list[Value], stmts: list[Stmt]) -> None:
        prim = self.random.choice((prims.SETITEM, prims.ADDITEM, prims.MULITEM))
        how = self.random.random()
        base = self.pick(scope, A)
        if how < 0.4:
            self.add(scope, stmts, prim, (A,), base, self.number(scope, stmts), Const(0.5), static=AT)
        elif how < 0.7:
            self.add(scope, stmts, prim, (A,), base, Const(1), Const(3), self.pick(scope, FLOAT), static=SOME)
        elif how < 0.9:
            self.add(scope, stmts, prim, (A,), base, self.pick(scope, A), static=ALL)
        else:
            self.add(scope, stmts, prims.ACCUMULATE, (A,), base, self.pick(scope, A), static=prims.ADD)

    def number(self, scope: list[Value], stmts: list[Stmt]) -> Atom:
        return Const(self.random.randint(0, 3))

    def push(self, scope: list[Value], stmts: list[Stmt]) -> None:
        kind = self.random.choice((LA, LA, LL, LN, LP))
        item, base = self.pick(scope, kind.elt), self.pick(scope, kind)
        if not isinstance(item, Undef) and not isinstance(base, Undef):
            self.add(scope, stmts, prims.PUSH, (kind,), base, item)

    def pop(self, scope: list[Value], stmts: list[Stmt]) -> None:
        kind = self.random.choice((LA, LA, LL, LN, LP))
        base = self.pick(scope, kind)
        if isinstance(base, Undef):
            return
        spare = self.pick(scope, kind.elt)
        if isinstance(spare, Undef):
            return
        rest, item = self.value(kind), self.value(kind.elt)
        then = Region((Op((rest, item), prims.POP, (base,)),), Yield((rest, item)))
        outs = self.value(kind), self.value(kind.elt)
        stmts.append(If(outs, base, then, Region((), Yield((base, spare)))))
        scope += outs

    def element(self, scope: list[Value], stmts: list[Stmt]) -> None:
        base = self.pick(scope, LA)
        spare = self.pick(scope, A)
        if isinstance(base, Undef):
            return
        item = self.value(A)
        if self.random.random() < 0.3:
            new = self.value(LA)
            prim = self.random.choice((prims.SETITEM, prims.ADDITEM))
            then = Region((Op((new,), prim, (base, Const(0), spare), static=AT),), Yield((new,)))
            out = self.value(LA)
            stmts.append(If((out,), base, then, Region((), Yield((base,)))))
            scope.append(out)
            return
        then = Region((Op((item,), prims.GETITEM, (base, Const(0)), static=AT),), Yield((item,)))
        out = self.value(A)
        stmts.append(If((out,), base, then, Region((), Yield((spare,)))))
        scope.append(out)

    def build(self, scope: list[Value], stmts: list[Stmt]) -> None:
        self.make(self.random.choice((A, LA, LL, P, LP)), scope, stmts)

    def pair(self, scope: list[Value], stmts: list[Stmt]) -> None:
        base = self.pick(scope, P)
        if self.random.random() < 0.5:
            self.add(scope, stmts, prims.UNPACK, (A, A), base, static=(2, False, 0))
        else:
            self.add(scope, stmts, prims.GETITEM, (A,), base, Const(self.random.randint(0, 1)), static=AT)

    def carried(self, scope: list[Value]) -> tuple[Kind, ...]:
        kinds = [self.random.choice((*HEAP, FLOAT)) for _ in range(self.random.randint(1, 4))]
        return tuple(kind for kind in kinds if not isinstance(self.pick(scope, kind), Undef))

    def for_(self, scope: list[Value], stmts: list[Stmt], depth: int) -> None:
        steps = self.value(LN)
        stmts.append(Op((steps,), prims.LIST, tuple(Const(float(i)) for i in range(self.random.randint(0, 3)))))
        kinds = self.carried(scope)
        params, outs = (tuple([self.value(kind) for kind in kinds]) for _ in range(2))
        init = tuple([self.pick(scope, kind) for kind in kinds])
        target = self.value(FLOAT)
        iterated: Atom = steps
        if self.random.random() < 0.3:
            iterated, self.kinds[target] = self.pick(scope, LA), A
        body = self.region([*scope, *params, target], depth + 1, kinds, kinds)
        stmts.append(For(outs, target, iterated, params, init, body))
        scope += outs

    def while_(self, scope: list[Value], stmts: list[Stmt], depth: int) -> None:
        """A loop that counts down a list of its own."""
        kinds = (LN, *self.carried(scope))
        count = self.value(LN)
        stmts.append(Op((count,), prims.LIST, tuple(Const(1.0) for _ in range(self.random.randint(0, 3)))))
        params, outs = (tuple([self.value(kind) for kind in kinds]) for _ in range(2))
        init = (count, *[self.pick(scope, kind) for kind in kinds[1:]])
        rest, item = self.value(LN), self.value(FLOAT)
        body = self.region([*scope, *params[1:]], depth + 1, None, kinds[1:],
                           [Op((rest, item), prims.POP, (params[0],))])
        exit = Yield((rest, *body.exit.vals))
        stmts.append(While(outs, params, init, Region((), Yield((params[0],))), Region(body.stmts, exit)))
        scope += outs[1:]

    def if_(self, scope: list[Value], stmts: list[Stmt], depth: int, loop: tuple[Kind, ...] | None) -> None:
        cond = self.value(FLOAT)
        stmts.append(Op((cond,), prims.LT, (self.pick(scope, FLOAT), Const(self.random.choice((0.5, 1.0, 1.5, 2.0))))))
        self.kinds[cond] = k.BOOL
        kinds = self.carried(scope)
        then = self.region(scope, depth + 1, loop, kinds)
        orelse = self.region(scope, depth + 1, loop, kinds)
        leaving = self.random.random()
        if loop is not None and leaving < 0.4:
            vals = tuple([self.pick(scope, kind) for kind in loop])
            orelse = Region(orelse.stmts, (Break if leaving < 0.2 else Continue)(vals))
        elif leaving > 0.9:
            orelse = self.region(scope, depth + 1, loop, None)
        outs = tuple([self.value(kind) for kind in kinds])
        stmts.append(If(outs, cond, then, orelse))
        scope += outs


def arguments(seed: int) -> tuple[Any, ...]:
    """Arguments for a generated function; the arrays overlap and repeat, as a caller's may."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(4)
    xs = [x, rng.standard_normal(4), x[::-1]]
    return x, x if seed % 2 else rng.standard_normal(4), xs, [[x.copy()], [rng.standard_normal(4), x]]
