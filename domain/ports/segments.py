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

    async def count(self) -> int:
        """How many condition segments there are."""
        ...

    async def save(self, segment: Segment) -> None:
        """Create it or replace the one with the same key."""
        ...

    async def delete(self, key: SegmentKey) -> bool:
        """Delete its definition; whether there was one.

        Memberships stay until the profiles are assessed again: each goes with a new revision of its profile, so that
        caches and open pages learn of it.
        """
        ...

    async def sizes(self, keys: Sequence[SegmentKey]) -> Mapping[SegmentKey, int]:
        """How many users count as in each; 0 where nobody does. One statement."""
        ...

    async def members(self, key: SegmentKey, page: PageRequest) -> Page[tuple[UserId, SegmentMembership]]:
        """Who counts as in, most certain first, then by id."""
        ...

    async def members_of(
        self, keys: Sequence[SegmentKey], page: PageRequest
    ) -> Sequence[Page[tuple[UserId, SegmentMembership]]]:
        """The same page of each segment's members, in the given order of keys, in one statement."""
        ...
