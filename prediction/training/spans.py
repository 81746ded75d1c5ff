"""Between which days do the data lie, apart from what a wrong clock or a forgotten test user put far from all else?"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

MOST_STRAYS_SHARE = 0.01
"""Of all interactions, on either side; more are a part of the data, however far away."""


@dataclass(frozen=True, slots=True)
class DaySpan:
    """The first and the last day that count; so many interactions lie `before` and `after` them."""

    first: date
    last: date
    before: int = 0
    after: int = 0


def span_of(counts: Mapping[date, int]) -> DaySpan:
    """Without days behind a gap that is longer than all the time of the rest, when hardly anything happened on them.

    One such interaction would stretch the data over decades in which nobody did anything. `counts`: interactions of
    each day; not empty.
    """
    days = sorted(counts)
    most = sum(counts.values()) * MOST_STRAYS_SHARE
    start, end = 0, len(days)
    while True:
        late = _strays(days[start:end][::-1], counts, most)
        early = _strays(days[start : end - late], counts, most)
        if not late and not early:
            break
        start, end = start + early, end - late
    before, after = (sum(counts[day] for day in some) for some in (days[:start], days[end:]))
    return DaySpan(days[start], days[end - 1], before, after)


def _strays(days: Sequence[date], counts: Mapping[date, int], most: float) -> int:
    """How many of the first days, with at most so many interactions, lie before a gap longer than all after it."""
    found = 0
    interactions = accumulate(counts[day] for day in days)
    for place, (passed, (here, there)) in enumerate(zip(interactions, pairwise(days), strict=False), 1):
        if passed > most:
            break
        if abs(there - here) > abs(days[-1] - there):
            found = place
    return found
