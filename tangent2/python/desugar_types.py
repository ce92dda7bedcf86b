"""What is said about types inside of expressions: `C[float]` of a generic class of the user's is the class itself."""
from __future__ import annotations

from typing import Any, Generic

import gast

from tangent2.core.objects import is_user_class
from tangent2.python.desugar_state import SUBSCRIPTS, Desugaring
from tangent2.python.parts import walk


def generic(D: Desugaring, node: Any) -> Any:
    """A generic class that is told of which types it is, as the class; None for any other subscript.

    >>> from typing import AnyStr
    >>> class Box(Generic[AnyStr]):
    ...     __module__ = "model"
    >>> node = gast.parse("Box[str]('a')").body[0].value
    >>> gast.unparse(generic(Desugaring({"Box": Box}.get), node.func))
    'Box'
    """
    if not isinstance(node.ctx, gast.Load) or not isinstance(node.value, (gast.Name, gast.Attribute)):
        return None
    cls: Any = D.resolve(node.value)
    if not is_user_class(cls) or not issubclass(cls, Generic):
        return None
    own = any("__class_getitem__" in vars(base) for base in cls.__mro__ if base is not Generic)
    does_more = any(isinstance(part, (gast.Call, gast.NamedExpr)) for part in walk(node.slice))
    return None if own or does_more else node.value


SUBSCRIPTS.append(generic)
