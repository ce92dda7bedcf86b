"""tangent2: source-to-source automatic differentiation of ordinary Python and NumPy code.

    >>> import tangent2
    >>> def f(x):
    ...     return x * x
    >>> tangent2.grad(f)(3.0)
    6.0
"""
from __future__ import annotations

from typing import Any

__version__ = "0.1.0"

_HOME = {
    **dict.fromkeys(("grad", "value_and_grad", "elementwise_grad", "vjp", "jvp"), "tangent2.api"),
    **dict.fromkeys(("source", "show"), "tangent2.sources"), "linearize": "tangent2.linearizing",
    **dict.fromkeys(("rule", "linear", "constant"), "tangent2.rules.own"),
    **dict.fromkeys(("custom_vjp", "custom_jvp"), "tangent2.custom"),
    **dict.fromkeys(("checkpoint", "remat"), "tangent2.checkpoints"),
    "checkpointed": "tangent2.runtime.snapshots",
    "insert_grad_of": "tangent2.runtime.inserting",
    "stop_gradient": "tangent2.runtime.trees", "check_grads": "tangent2.checking", "differentiable": "tangent2.methods",
    **dict.fromkeys(("jacfwd", "jacrev", "jacobian", "hessian", "hvp"), "tangent2.jacobians"),
    "vmap": "tangent2.vectorising", "LaneWarning": "tangent2.lane_warning",
    **dict.fromkeys(("tree_map", "tree_flatten", "tree_unflatten", "tree_leaves", "register_pytree_node"),
                    "tangent2.trees"),
    "jit": "tangent2.jits",
    **dict.fromkeys(("TangentError", "UnsupportedError", "NoDerivativeError", "ArgumentError", "SourceError",
                     "JitWarning"), "tangent2.errors"),
}
__all__ = [*_HOME]


def __getattr__(name: str) -> Any:
    """Load the compiler when it is first asked for: importing the package costs nothing."""
    if name not in _HOME:
        raise AttributeError(f"module 'tangent2' has no attribute {name!r}")
    from importlib import import_module
    found = globals()[name] = getattr(import_module(_HOME[name]), name)
    return found


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOME])
