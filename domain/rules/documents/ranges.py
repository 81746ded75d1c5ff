"""How is a range of numbers written?"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from domain.model.ranges import Range
from domain.rules.documents.codes import Code

if TYPE_CHECKING:
    from domain.model.json_values import Json
    from domain.rules.documents.reading import Reader

_BOUNDS = ("gte", "gt", "lte", "lt", "eq")
_EXACT_INTEGERS_BELOW = 2**53


def read_range(reader: Reader, low: float = -math.inf, high: float = math.inf) -> Range:
    """A range whose bounds lie in [low, high] and which at least one number satisfies."""
    before = len(reader.problems)
    members = reader.members(optional=_BOUNDS)
    bounds = {name: members.read(name, lambda bound: bound.number(low, high), 0.0) for name in members.given}
    if not reader.is_flawed_since(before):
        _refuse_contradictions(reader, bounds)
    return Range(**bounds)


def range_document(wanted: Range) -> dict[str, Json]:
    bounds = {name: getattr(wanted, name) for name in _BOUNDS}
    return {name: plain_number(bound) for name, bound in bounds.items() if bound is not None}


def plain_number(number: float) -> int | float:
    """`5.0` as `5`, the way people write it."""
    whole = float(number).is_integer() and abs(number) < _EXACT_INTEGERS_BELOW
    return int(number) if whole else number


def _refuse_contradictions(reader: Reader, bounds: dict[str, float]) -> None:
    if not bounds:
        reader.refuse(Code.REQUIRED, "give at least one bound, like {gte: 1}")
    elif "eq" in bounds and len(bounds) > 1:
        reader.refuse(Code.CONTRADICTION, "“eq” says everything: leave out the other bounds")
    elif "gte" in bounds and "gt" in bounds:
        reader.refuse(Code.CONTRADICTION, "give either “gte” or “gt”, not both")
    elif "lte" in bounds and "lt" in bounds:
        reader.refuse(Code.CONTRADICTION, "give either “lte” or “lt”, not both")
    elif _is_empty(bounds):
        reader.refuse(Code.EMPTY_RANGE, "no number is in this range: lower the lower bound or raise the upper one")


def _is_empty(bounds: dict[str, float]) -> bool:
    low = bounds.get("gte", bounds.get("gt", -math.inf))
    high = bounds.get("lte", bounds.get("lt", math.inf))
    return low > high or (low == high and not ("gte" in bounds and "lte" in bounds))
