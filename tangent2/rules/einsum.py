"""`np.einsum`: the adjoint of an operand is the einsum of the adjoint of the result and of the other operands."""
from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from string import ascii_letters
from typing import Any

import numpy as np

from tangent2.core.build import Builder
from tangent2.core.kinding import as_array, promote, shaped
from tangent2.core.kinds import UNKNOWN, Array, Number
from tangent2.core.prims import ADD, EXTENT, MUL
from tangent2.core.syntax import Atom, Const, Op
from tangent2.rules.declare import by_name
from tangent2.rules.families import KindOf
from tangent2.rules.simplify import make


def subscripts(op: Op) -> tuple[list[str], str] | None:
    """The subscripts of the operands and of the result; None if they are not written out as one string."""
    text = op.args[0]
    if not (isinstance(text, Const) and isinstance(text.value, str)) or set(op.kw) - {"optimize"}:
        return None
    inputs, arrow, output = text.value.replace(" ", "").partition("->")
    parts = inputs.split(",")
    if len(parts) != len(op.args) - len(op.kw) - 1:
        return None
    if not arrow:
        letters = inputs.replace(".", "").replace(",", "")
        output = ("..." if "." in inputs else "") + "".join(sorted(c for c in set(letters) if letters.count(c) == 1))
    return parts, output


def einsum_kind(op: Op, kind: KindOf) -> Any:
    """The kind of an einsum whose subscripts are written out."""
    found = subscripts(op)
    if found is None:
        return UNKNOWN
    parts, output = found
    kinds = [as_array(kind(a)) for a in op.args[1:len(parts) + 1]]
    if not all(isinstance(k, (Array, Number)) for k in kinds):
        return Array(None, (None,) * len(output)) if output and "." not in output else UNKNOWN
    dtype = promote(*kinds)[0]
    if "." in output:
        return _around(parts, output, kinds, dtype)
    if not output and op.kw:
        return _whole(op, parts, dtype)
    extents: dict[str, Any] = {}
    for part, own in zip(parts, kinds):
        shape = own.shape if isinstance(own, Array) else ()
        if "." not in part and shape is not None and len(shape) == len(part):
            for letter, dim in zip(part, shape):
                if extents.get(letter) in (None, 1):
                    extents[letter] = dim
    return shaped(dtype, tuple([extents.get(c) for c in output]))


def _around(parts: list[str], output: str, kinds: list[Any], dtype: str | None) -> Any:
    """The kind where `...` stands for the axes that operands have beside their letters."""
    ranks = [k.rank if isinstance(k, Array) else 0 for k in kinds]
    more = [rank - len(part.replace("...", "")) for part, rank in zip(parts, ranks) if "." in part and rank is not None]
    count = len(output.replace("...", "")) + max(more, default=0)
    if None in ranks:
        return Array(dtype, None) if output != "..." else UNKNOWN       # maybe a number
    return shaped(dtype, (None,) * count)


def _whole(op: Op, parts: list[str], dtype: str | None) -> Any:
    """The kind of a sum over everything with `optimize=`: a number, or an array without axes."""
    chosen = op.args[-1].value if isinstance(op.args[-1], Const) else None
    if chosen is False or chosen is not None and len(parts) <= 2:
        is_array = chosen is not False and _gives_array(tuple(parts), chosen)
        return Array(dtype, ()) if is_array else shaped(dtype, ())
    return UNKNOWN      # whether the last step is a product of matrices depends on extents


@lru_cache(maxsize=256)
def _gives_array(parts: tuple[str, ...], chosen: Any) -> bool:
    """Whether NumPy sums over everything to an array without axes: its versions differ."""
    sample = [np.ones((2,) * len(part)) for part in parts]
    return isinstance(np.einsum(f"{','.join(parts)}->", *sample, optimize=chosen), np.ndarray)


def _einsum(build: Builder, op: Op, text: str, operands: list[Atom]) -> Atom:
    rest = op.args[len(op.args) - len(op.kw):]
    return build.op(by_name("np.einsum"), Const(text), *operands, *rest, kw=op.kw)


def einsum_tangent(build: Builder, op: Op, dots: Mapping[int, Atom]) -> Atom | None:
    """The sum of the einsums with one operand replaced by its tangent."""
    if subscripts(op) is None:
        raise LookupError("np.einsum needs its subscripts as one literal string")
    total: Atom | None = None
    for k, dot in dots.items():
        term = build.op(op.prim, *op.args[:k], dot, *op.args[k + 1:], kw=op.kw)
        total = term if total is None else make(build, ADD, total, term)
    return total


def einsum_adjoint(build: Builder, op: Op, g: Atom, wanted: frozenset[int]) -> dict[int, Atom]:
    """The adjoint of each operand: an einsum whose result has the subscripts of the operand."""
    found = subscripts(op)
    if found is None:
        raise LookupError("np.einsum needs its subscripts as one literal string")
    return {k: _operand_adjoint(build, op, g, *found, k - 1) for k in sorted(wanted)}


def _operand_adjoint(build: Builder, op: Op, g: Atom, parts: list[str], output: str, k: int) -> Atom:
    own, x = parts[k], op.args[k + 1]
    terms, atoms = [output], [g]
    for m, part in enumerate(parts):
        if m != k:
            terms.append(part)
            atoms.append(op.args[m + 1])
    target = _once_each(own, {*"".join(parts), *output})
    for axis, (old, new) in enumerate(zip(own, target)):
        if old != new:                  # an index that repeats runs along the diagonal
            terms.append(old + new)
            atoms.append(build.op(by_name("np.eye"), build.op(EXTENT, x, static=axis)))
    seen = {*"".join(terms)}
    if any(c not in seen for c in target):      # summed over in the operand alone
        terms.append(target)
        atoms.append(build.op(by_name("np.ones_like"), x))
    if "." in own and ("." not in output or own.replace(".", "") != target.replace(".", "")):
        raise LookupError("np.einsum that sums over what `...` stands for, or repeats an index beside it")
    if "." in own and own[0] != "." and not _stands_for_most(build, op, parts, k):
        raise LookupError("np.einsum whose `...` behind an index may stand for fewer axes of one operand")
    if not output and len(terms) > 1:       # a number comes before the product
        terms, atoms = terms[1:], atoms[1:]
        rest = atoms[0] if terms == [target] else _einsum(build, op, f"{','.join(terms)}->{target}", atoms)
        return make(build, MUL, g, rest)
    made = _einsum(build, op, f"{','.join(terms)}->{target}", atoms)
    return build.op(by_name("unbroadcast"), made, x) if "." in own else made


def _stands_for_most(build: Builder, op: Op, parts: list[str], k: int) -> bool:
    """Whether `...` stands for as many axes of one operand as of any other."""
    kinds = [as_array(build.kind(a)) for a in op.args[1:len(parts) + 1]]
    ranks = [own.rank if isinstance(own, Array) else 0 if isinstance(own, Number) else None for own in kinds]
    counts = [None if rank is None else rank - len(part.replace("...", ""))
              for part, rank in zip(parts, ranks) if "." in part]
    own = ranks[k]
    return own is not None and None not in counts and own - len(parts[k].replace("...", "")) == max(
        [count for count in counts if count is not None])


def _once_each(part: str, taken: set[str]) -> str:
    """Subscripts with each letter that comes again renamed."""
    found = ""
    for letter in part:
        if letter in found and letter != ".":
            letter = next(c for c in ascii_letters if c not in taken)
            taken = taken | {letter}
        found += letter
    return found
