"""What sums over users are about, and what is added up."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

Sums: TypeAlias = "tuple[int, ...]"
"""What is added place by place; exact, as only whole numbers are: values come in millionths.

Places behind the last one that is not 0 need not be there: tuples of different lengths can be added.
"""

EVERYBODY = ""
"""Stands for the segment that everybody is in."""

GAPS_PER_BLOCK = 20
LONGEST_GAP_DAYS = 400
"""How different users are counted, by the gap before each active day: see `domain.rules.rollups.contributions`."""


class RollUpKey(NamedTuple):
    """What a row of sums is about. `day`: days since 1970 UTC. `segment`: "" for everybody.

    `subject`, `variation` and `number` mean what the measure says: a rule and one of its goals, a feature, ...
    """

    measure: str
    day: int
    segment: str = EVERYBODY
    subject: str = ""
    variation: str = ""
    number: int = 0
