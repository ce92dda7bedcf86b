"""Where the axes of one lane stand among those of all lanes: one further from the front, as far from the back."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tangent2.core import prims
from tangent2.core.binding import parameter
from tangent2.core.kinds import Array, Number
from tangent2.core.syntax import Atom, Const, IndexSpec, Op, SliceSpec, Value, walk
from tangent2.rules.batching.declare import Lanes, refuse
from tangent2.rules.declare import bind, by_name

MISSING = Const(None)


@dataclass(frozen=True)
class Option:
    """An operand by its name: where it stands in the operation, None if it is left out."""

    at: int | None
    atom: Atom | None


def option(op: Op, name: str, position: int | None = None) -> Option:
    """The operand of a name, given by it or at a position."""
    plain = len(op.positional)
    for k, given in enumerate(op.kw, plain):
        if given == name or parameter(given, (name,)) == name:
            return Option(k, op.args[k])
    if position is not None and position < plain:
        return Option(position, op.args[position])
    return Option(None, None)


def operands(op: Op, *names: str, **defaults: object) -> dict[str, Atom]:
    """The operands of an operation by name, in NumPy's order; refused if there are others."""
    try:
        return bind(op, (*names, *defaults), None, {name: Const(value) for name, value in defaults.items()})
    except LookupError as error:
        raise refuse(op, "is given other options") from error


def literal(op: Op, found: Option, default: object) -> object:
    """What an option says, where that is written out."""
    if found.atom is None:
        return default
    if isinstance(found.atom, Const):
        return found.atom.value
    raise refuse(op, "is given an axis that is computed")


def written(lanes: Lanes, op: Op, atom: Atom) -> object:
    """What an operand is, where that is written out, be it as a display of literals."""
    if isinstance(atom, Const):
        return atom.value
    parts = displayed(lanes, atom)
    if parts is not None:
        return tuple([written(lanes, op, a) for a in parts])
    raise refuse(op, "is given what is computed in the place of literals")


def displayed(lanes: Lanes, atom: Atom) -> tuple[Atom, ...] | None:
    """The parts of a tuple or a list, where that is written out; None where it is not."""
    made = next((s for s in walk(lanes.typed.function.body) if isinstance(s, Op) and atom in s.outs), None)
    return made.args if made is not None and made.prim in (prims.TUPLE, prims.LIST) else None


def axis_of(lanes: Lanes, op: Op, atom: Atom, rank: int) -> int:
    """One axis of one lane, counted from the first."""
    axis = written(lanes, op, atom)
    if type(axis) is not int or not -rank <= axis < rank:
        raise refuse(op, "is given no axis that it has")
    return axis % rank


def moved(axis: object, rank: int) -> object:
    """An axis (or several) of one lane, in all lanes; None for all axes.

    >>> moved(0, 2), moved(-1, 2), moved((0, 1), 2), moved(None, 2)
    (1, -1, (1, 2), (1, 2))
    """
    if axis is None:
        return tuple(range(1, rank + 1)) if rank != 1 else 1
    if isinstance(axis, (tuple, list)):
        return tuple([moved(a, rank) for a in axis])
    assert isinstance(axis, int)
    return axis if axis < 0 else axis + 1


def with_option(lanes: Lanes, op: Op, args: list[Atom], found: Option, name: str, value: object) -> Atom:
    """The operation with another value of an option; `args` are its operands for all lanes."""
    if found.at is not None:
        args[found.at] = Const(value)
        return lanes.build.op(op.prim, *args, kw=op.kw, static=op.static)
    return lanes.build.op(op.prim, *args, Const(value), kw=(*op.kw, name), static=op.static)


def same_elsewhere(lanes: Lanes, op: Op, but: tuple[int | None, ...] = (0,)) -> list[Atom]:
    """The operands for all lanes; refused where one is mapped that must not be."""
    for k, atom in enumerate(op.args):
        if k not in but and lanes.layout(atom) is not False:
            raise refuse(op, "has options that are others in each lane")
    return [lanes.atom(a) for a in op.args]


def same(lanes: Lanes, op: Op, given: Mapping[str, Atom], *names: str) -> None:
    """Refused where one of these is another in each lane."""
    if any(lanes.layout(given[name]) is not False for name in names):
        raise refuse(op, "has options that are others in each lane")


def left_out(op: Op, given: Mapping[str, Atom], **defaults: object) -> None:
    """Refused where an option has another value than its default."""
    for name, default in defaults.items():
        if given[name] != Const(default):
            raise refuse(op, f"is given `{name}`")


def of_numbers(lanes: Lanes, op: Op, *atoms: Atom) -> list[int]:
    """How many axes each operand has in one lane; refused where one is no number or array."""
    if not all(isinstance(lanes.kind(a), (Number, Array)) for a in atoms):
        raise refuse(op, "is given something other than numbers and arrays")
    return [lanes.rank(a) for a in atoms]


def widened(lanes: Lanes, atom: Atom, rank: int) -> Atom:
    """An operand with the axis of the batch, and axes behind it, so that it has as many in one lane."""
    if lanes.layout(atom) is not False:
        return lanes.aligned(atom, rank)
    whole, own = lanes.full(atom), lanes.rank(atom)
    return whole if rank <= own else spread(lanes, whole, ":" + "+" * (rank - own) + ":" * own)


def flat(lanes: Lanes, atom: Atom) -> Atom:
    """The elements of each lane in a row."""
    shape = lanes.build.op(prims.TUPLE, lanes.size(), Const(-1))
    return lanes.build.op(by_name("np.reshape"), atom, shape)


def led(lanes: Lanes, atom: Atom) -> Atom:
    """An operand with the axis of the batch, of extent 1 if it is the same in all lanes."""
    if lanes.layout(atom) is not False:
        return lanes.atom(atom)
    return spread(lanes, lanes.atom(atom), "+" + ":" * lanes.rank(atom))


def spread(lanes: Lanes, atom: Atom, pattern: str) -> Value:
    """An array indexed by full slices (`:`) and new axes (`+`), and zeros (`0`) that take an axis away."""
    items = tuple([SliceSpec() if c == ":" else None for c in pattern])
    atoms = [Const(None) if c == "+" else Const(0) for c in pattern if c != ":"]
    return lanes.build.op(prims.GETITEM, atom, *atoms, static=IndexSpec(items, True))
