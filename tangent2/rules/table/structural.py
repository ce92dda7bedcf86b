"""Structural primitives without a derivative; those that move values about are the business of the transforms."""
from __future__ import annotations

from tangent2.core import prims
from tangent2.rules.declare import constant

constant(prims.EQ, prims.NE, prims.LT, prims.LE, prims.GT, prims.GE, prims.IS, prims.IS_NOT, prims.IN, prims.NOT_IN)
constant(prims.NOT, prims.TRUTH, prims.INVERT, prims.BITAND, prims.BITOR, prims.BITXOR, prims.LSHIFT, prims.RSHIFT)
constant(prims.FLOORDIV, prims.EXTENT, prims.SLICE, prims.READ, prims.TAPE, prims.OF_CLASS)
