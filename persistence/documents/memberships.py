"""How is a membership of a segment written down as JSON?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeAlias

from domain.model.segments import MembershipSource, SegmentKey, SegmentMembership

Membership: TypeAlias = Sequence[Any]


def membership_document(membership: SegmentMembership) -> Membership:
    """A list of its key, confidence, instant and source."""
    return [membership.segment, membership.confidence, membership.since, membership.source]


def parse_membership(fields: Membership) -> SegmentMembership:
    """A membership from its key, confidence, ISO 8601 instant and source."""
    segment, confidence, since, source = fields
    instant = datetime.fromisoformat(since)
    return SegmentMembership(SegmentKey(segment), float(confidence), instant, MembershipSource(source))
