"""Valid condition segments of which a test overrides only its point."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from domain.model.conditions import ActivityMeasure, ActivityWithin
from domain.model.ranges import Range
from domain.model.segments import Segment, SegmentKey, SegmentKind

if TYPE_CHECKING:
    from domain.model.conditions import Condition

_BUSY: Condition = ActivityWithin(ActivityMeasure.SESSIONS_7D, Range(gte=5))


def build_segment(key: str = "busy", **parts: Any) -> Segment:
    """Users with at least five sessions in a week."""
    segment = Segment(
        key=SegmentKey(key),
        name=key.title(),
        description=f"Everybody in {key}.",
        kind=SegmentKind.CONDITION,
        condition=_BUSY,
    )
    return replace(segment, **parts)
