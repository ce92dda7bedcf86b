"""Loops of which few states are kept: the range that they are over, and the parts that it is cut into."""
from __future__ import annotations

from tangent2.core.kinds import List, Range
from tangent2.rules.declare import constant
from tangent2.rules.families import RANGE, fixed
from tangent2.runtime.snapshots import checkpointed, parts_between

PARAMS = ("over", "snapshots")

constant(checkpointed, infer=RANGE, alias="same", params=PARAMS)       # of anything else it raises
constant(parts_between, infer=fixed(List(Range())), params=PARAMS)
