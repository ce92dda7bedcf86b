"""Names of the parts of tuples: those of named tuples, and of what NumPy's functions give."""
from __future__ import annotations

from collections.abc import Mapping

from tangent2.core.kinds import Kind, Tuple
from tangent2.core.syntax import Atom, Op, Value

RESULTS = {
    "np.linalg.eigh": ("eigenvalues", "eigenvectors"), "np.linalg.eig": ("eigenvalues", "eigenvectors"),
    "np.linalg.svd": ("U", "S", "Vh"), "np.linalg.qr": ("Q", "R"), "np.linalg.slogdet": ("sign", "logabsdet"),
}


def place_of(name: str, atom: Atom, kind: Kind, defs: Mapping[Value, Op]) -> int | None:
    """The index of the part of a tuple that has a name; None if there is none.

    >>> from tangent2.core.prims import Prim
    >>> a, pair = Value("a"), Value("pair")
    >>> made = Op((pair,), Prim("np.linalg.qr", ("call", "numpy", "linalg.qr")), (a,))
    >>> place_of("R", pair, Tuple(()), {pair: made}), place_of("S", pair, Tuple(()), {pair: made})
    (1, None)
    """
    if not isinstance(kind, Tuple):
        return None
    made = defs.get(atom) if isinstance(atom, Value) else None
    names = kind.record.names if kind.record is not None else RESULTS.get(made.prim.name, ()) if made else ()
    return names.index(name) if name in names else None
