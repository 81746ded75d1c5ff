"""Named sets of users and the memberships in them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NewType

if TYPE_CHECKING:
    from datetime import datetime

    from domain.model.conditions import Condition

SegmentKey = NewType("SegmentKey", str)

MAX_CONDITION_SEGMENTS = 500

MEMBER_FROM_CONFIDENCE = 0.5
"""A user counts as in a segment from this confidence on."""

KEPT_FROM_CONFIDENCE = 0.05
"""Weaker memberships than this are not kept: no rule may ask for less."""


class SegmentKind(StrEnum):
    BUILT_IN = "BUILT_IN"
    CONDITION = "CONDITION"


class MembershipSource(StrEnum):
    CONDITION = "CONDITION"
    MODEL = "MODEL"


@dataclass(frozen=True, slots=True)
class Segment:
    """`condition` is `None` for the built-in segments: `domain.rules.segments` says what they mean."""

    key: SegmentKey
    name: str
    description: str
    kind: SegmentKind
    condition: Condition | None = None
    revision: int = 1


@dataclass(frozen=True, slots=True)
class SegmentMembership:
    """`since`: the instant from which the user has counted as in (or as kept, while below one half)."""

    segment: SegmentKey
    confidence: float
    since: datetime
    source: MembershipSource = MembershipSource.CONDITION

    @property
    def counts(self) -> bool:
        """Is the user in the segment?"""
        return self.confidence >= MEMBER_FROM_CONFIDENCE
