"""What a program being written knows: its names, their types, and what may be done to them."""
from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

SCALAR, ARRAY, MATRIX, INT, STACK, FUNCTION, PAIR = "scalar", "array", "matrix", "int", "stack", "function", "pair"
ROWS = "rows"       # a list of arrays
NOTHING = "nothing"
DICT, OBJECT = "dict", "object"
CLASS, GENERATOR, FAILURE, RAISER, MANAGER = "class", "generator", "failure", "raiser", "manager"   # of the module

_NAMES = {
    SCALAR: ("s", "a", "b", "c", "d", "p", "q", "r", "t", "g", "s_bar", "total", "x_saved", "t1"),
    ARRAY: ("u", "v", "w", "y", "z", "h", "u_bar", "saved", "row"),
    MATRIX: ("m", "mat"),
    INT: ("i", "j", "k", "count", "n1"),
    STACK: ("todo", "stack", "items", "terms"),
    FUNCTION: ("scale", "shift", "act", "mix", "put"),
    ROWS: ("rows", "parts", "layers"),
    DICT: ("params", "table", "known", "totals"),
    OBJECT: ("box", "model", "state", "item", "cell"),
}


@dataclass(eq=False)
class Memory:
    """What may be the same memory; `same` is the one it was found to be."""

    param: bool = False
    outside: bool = False
    same: Memory | None = None

    def root(self) -> Memory:
        return self if self.same is None else self.same.root()


@dataclass(eq=False)
class Variable:
    """A name of the program.

    size: a bound on its magnitude, roughly.  length: of an array; of a stack, how many elements it surely has.
    owned: an array made to be written.  memory: what it may share memory with has the same one; `param`: (part of) an
    argument may be in it, `outside`: something global, which is never written; `how`: made as an alias or a view.
    frozen: captured by a closure, so it may not be rebound.  loops: the loops in which it is assigned.
    writes: a function that writes to its first argument, a method that writes to its object.
    detail: the keys that a dict surely has, what a class has.

    The name may be a place, `box.a` or `table['a']`: it is read and assigned like any other.
    """

    name: str
    type: str
    size: float = 1.0
    length: int = 0
    owned: bool = False
    frozen: bool = False
    loops: set[int] = field(default_factory=set)
    takes: tuple[str, ...] = ()
    gives: str = SCALAR
    top: int = 0        # an int is in range(top)
    memory: Memory = field(default_factory=lambda: Memory())
    how: str = ""
    writes: bool = False
    detail: Any = None

    @property
    def place(self) -> bool:
        """An attribute or an item, not a name."""
        return not self.name.isidentifier()


@dataclass
class Scope:
    """The names in scope of one function, its lines so far, and where in it we are."""

    rng: Random
    lines: list[str] = field(default_factory=list)
    depth: int = 1
    names: list[Variable] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    loops: list[int] = field(default_factory=list)
    loop_count: int = 0
    budget: int = 10
    features: set[str] = field(default_factory=set)
    gives: str = SCALAR         # what the function returns
    length: int = 3             # of arrays
    functions: list[Variable] = field(default_factory=list)
    plain: bool = False         # without what the evaluator does not know: see `control.RICH`
    tried: int = 0              # how many `try` blocks we are in
    musts: list[str] = field(default_factory=list)      # terms of the result
    library: list[Variable] = field(default_factory=list)      # classes, generators and what raises, of the module

    def share(self, a: Variable, b: Variable) -> None:
        """Two variables may share memory from here on."""
        x, y = a.memory.root(), b.memory.root()
        if x is not y:
            x.param, x.outside = x.param or y.param, x.outside or y.outside
            y.same = x

    def mates(self, v: Variable) -> list[Variable]:
        """Other names of the same memory."""
        return [w for w in self.names if w is not v and w.memory.root() is v.memory.root()]

    def writable(self, *types: str) -> list[Variable]:
        return [v for v in self.names if v.type in types and not v.memory.root().outside]

    def grown(self, v: Variable, size: float) -> None:
        """The values of a variable, and of all that shares its memory, may be as large as `size`."""
        for w in (v, *self.mates(v)):
            w.size = max(w.size, size)

    def line(self, text: str) -> None:
        self.lines.append("    " * self.depth + text)

    def fresh(self, type: str, **facts: object) -> Variable:
        """A new name, not in scope before the caller adds it."""
        pool = _NAMES[type]
        base = pool[min(int(self.rng.expovariate(0.35)), len(pool) - 1)]
        name, k = base, 0
        while name in self.taken:
            k += 1
            name = f"{base}{k}" if not base[-1].isdigit() else f"{base}_{k}"
        self.taken.add(name)
        return Variable(name, type, loops=set(self.loops), **facts)     # type: ignore[arg-type]

    def all(self, type: str) -> list[Variable]:
        return [v for v in self.names if v.type == type]

    def provided(self, type: str) -> list[Variable]:
        return [v for v in self.library if v.type == type]

    def must(self, term: str) -> None:
        """A term of the result, if it can be read at the end."""
        if self.depth == 1:
            self.musts.append(term)

    def assignable(self, type: str) -> list[Variable]:
        return [v for v in self.all(type) if not v.frozen]

    def capturable(self, type: str) -> list[Variable]:
        """What a closure may read: not rebound while the loops around us go on, nor ever after."""
        return [v for v in self.all(type) if not v.owned and not v.loops & set(self.loops)]

    def rebound(self, variable: Variable) -> None:
        """A variable gets a value with memory of its own, on this path at least."""
        if self.depth == 1 or variable not in self.names:
            variable.memory, variable.how = Memory(), ""

    def assigned(self, variable: Variable) -> None:
        variable.loops |= set(self.loops)
        if variable not in self.names:
            self.names.append(variable)

    def inside(self) -> Inside:
        return Inside(self)


class Inside:
    """A block one level deeper; names bound in it are gone after it, stacks are as long as they surely are."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def __enter__(self) -> Scope:
        scope = self.scope
        self.names = list(scope.names)
        self.lengths = {v: v.length for v in scope.all(STACK)}
        scope.depth += 1
        self.start = len(scope.lines)
        return scope

    def __exit__(self, *error: object) -> None:
        scope = self.scope
        if len(scope.lines) == self.start:
            scope.line("pass")
        scope.depth -= 1
        scope.names = self.names
        for stack, length in self.lengths.items():
            stack.length = min(stack.length, length)
