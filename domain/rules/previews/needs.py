"""What has to hold for a condition to hold, read off its form?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.model.conditions import AllOf, InSegment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from domain.model.conditions import Condition


def needs(condition: Condition) -> Iterator[Condition]:
    """The conditions of which every one has to hold."""
    if isinstance(condition, AllOf):
        for part in condition.conditions:
            yield from needs(part)
    else:
        yield condition


def needed_segments(conditions: Iterable[Condition]) -> InSegment | None:
    """Segments outside of which none of the conditions holds, if one can tell."""
    needed = [next(filter(_is_membership, needs(condition)), None) for condition in conditions]
    memberships = [need for need in needed if isinstance(need, InSegment)]
    if not memberships or len(memberships) < len(needed):
        return None
    segments = sorted({segment for membership in memberships for segment in membership.segments})
    return InSegment(tuple(segments), min(membership.confidence for membership in memberships))


def _is_membership(need: Condition) -> bool:
    """Of at least no confidence: less than that has who is no member at all."""
    return isinstance(need, InSegment) and need.confidence >= 0
