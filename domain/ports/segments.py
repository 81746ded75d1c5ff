"""How condition segments and their members are stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from domain.model.pages import Page, PageRequest
    from domain.model.segments import Segment, SegmentKey, SegmentMembership
    from domain.model.users import UserId


class Segments(Protocol):
    """Built-in segments are not stored; memberships in them are."""

    async def get(self, key: SegmentKey) -> Segment | None: ...

    async def save(self, segment: Segment) -> None:
        """Create it or replace the one with the same key."""
        ...

    async def delete(self, key: SegmentKey) -> bool:
        """Delete it with its memberships; whether there was one."""
        ...

    async def sizes(self, keys: Sequence[SegmentKey]) -> Mapping[SegmentKey, int]:
        """How many users count as in each; 0 where nobody does. One statement."""
        ...

    async def members(self, key: SegmentKey, page: PageRequest) -> Page[tuple[UserId, SegmentMembership]]:
        """Who counts as in, most certain first, then by id."""
        ...
