"""Which confidences in built-in segments can one user have at once?

All memberships of a profile are assessed at one instant from one history. Where one segment asks for much of something
and another for little of the same, or for most of what can only be had once, a user can be in one of them at most.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations
from math import ceil, floor
from typing import TYPE_CHECKING

from domain.model.conditions import ActivityMeasure
from domain.rules.findings.formulas import Formula, Literal, implies, negated
from domain.rules.findings.regions import AFTER, BOTTOM, TOP, Spans
from domain.rules.findings.variables import Topic, Variable
from domain.rules.segments import (
    BUILT_IN_SEGMENTS,
    CASUAL_KNOWN_DAYS,
    CASUAL_SESSIONS,
    DEVICE_SHARE,
    NEW_ACTIVE_DAYS,
    NEW_KNOWN_DAYS,
    POWER_ACTIVE_DAYS,
    POWER_SESSIONS,
    Ramp,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from domain.rules.findings.regions import Region

BUILT_IN_KEYS = frozenset(segment.key for segment in BUILT_IN_SEGMENTS)
# Ramps are computed with rounding: nothing is concluded from what is nearer than this.
_MARGIN = 1e-6


@dataclass(frozen=True, slots=True)
class _Rivals:
    """`few` falls with an amount, `many` rises with the same amount, or with one that is never larger."""

    few: str
    falling: Ramp
    many: str
    rising: Ramp
    whole: bool = True

    def exclude(self, few: float, many: float) -> bool:
        """Can no amount give both at least these confidences?"""
        most, least = self.falling.amount_at(1 - few), self.rising.amount_at(many)
        if self.whole:
            most, least = floor(most + _MARGIN), ceil(least - _MARGIN)
        return least > most + _MARGIN


_RIVALS = (
    _Rivals("new_user", NEW_KNOWN_DAYS, "casual_user", CASUAL_KNOWN_DAYS, whole=False),
    _Rivals("new_user", NEW_ACTIVE_DAYS, "power_user", POWER_ACTIVE_DAYS),
    _Rivals("casual_user", CASUAL_SESSIONS, "power_user", POWER_SESSIONS),
)
_DEVICE_SEGMENTS = ("mobile_first", "desktop_focused")


def segment_relations(named: Mapping[Variable, Mapping[Region, None]]) -> Iterator[Formula]:
    segments = [v for v in named if v.topic is Topic.SEGMENT and v.key[0] in BUILT_IN_KEYS]
    for one, other in permutations(segments, 2):
        for first in _thresholds(named[one]):
            for second in _thresholds(named[other]):
                if _exclude(one.key[0], first, other.key[0], second):
                    yield implies(_surely(one, first), negated(_surely(other, second)))
    for variable in segments:
        if variable.key[0] == "new_user":
            for confidence in _thresholds(named[variable]):
                days = Variable(Topic.ACTIVITY, (ActivityMeasure.ACTIVE_DAYS,))
                most = floor(NEW_ACTIVE_DAYS.amount_at(1 - confidence) + _MARGIN)
                yield implies(_surely(variable, confidence), Literal(days, Spans(((BOTTOM, (most, AFTER)),))))


def _exclude(one: str, first: float, other: str, second: float) -> bool:
    if (one, other) == _DEVICE_SEGMENTS:  # shares of the same interactions, and some are always missing
        return DEVICE_SHARE.amount_at(first) + DEVICE_SHARE.amount_at(second) > 1 + _MARGIN
    return any((one, other) == (r.few, r.many) and r.exclude(first, second) for r in _RIVALS)


def _thresholds(regions: Mapping[Region, None]) -> set[float]:
    """The confidences that are asked for."""
    return {low[0] for region in regions if isinstance(region, Spans) for low, _ in region.spans if low != BOTTOM}


def _surely(segment: Variable, confidence: float) -> Formula:
    return Literal(segment, Spans((((confidence, 0), TOP),)))
