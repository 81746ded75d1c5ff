"""Whether some segments would do better with a variation of their own, as it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from domain.model.experiments import VariationKey
    from domain.model.segments import SegmentKey


@dataclass(frozen=True, slots=True)
class SegmentChoice:
    """A segment in which another variation surely brings more than the best for everybody.

    `difference` from that one in the goal's measure per user, with an interval that holds at any time, for all segments
    and variations together. `users`: who got either of the two, in the segment.
    """

    segment: SegmentKey
    variation: VariationKey
    users: int
    difference: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class SegmentChoices:
    """`best`: the variation that brings most over everybody, `None` where nobody can say, as `text` tells.

    `compared`: in how many segments there were users enough to compare.
    """

    text: str
    best: VariationKey | None = None
    compared: int = 0
    choices: tuple[SegmentChoice, ...] = ()
