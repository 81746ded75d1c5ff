"""How does PostgreSQL store condition segments, and who are the members of any segment?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from domain.model.segments import MEMBER_FROM_CONFIDENCE, MembershipSource, SegmentKey, SegmentMembership
from domain.model.users import UserId
from persistence.postgres.cursors import Keyset, SortKey
from persistence.postgres.documents import segment_fields, segment_of
from persistence.postgres.tables import segment_memberships as memberships
from persistence.postgres.tables import segments

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Row

    from domain.model.pages import Page, PageRequest
    from domain.model.segments import Segment
    from persistence.postgres.transactions import Transaction

_INSERT = insert(segments)
_SAVE = _INSERT.on_conflict_do_update(
    index_elements=[segments.c.key],
    set_={name: _INSERT.excluded[name] for name in ("name", "description", "condition", "revision")},
)
_counts_as_in = memberships.c.confidence >= MEMBER_FROM_CONFIDENCE


class PostgresSegments:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def get(self, key: SegmentKey) -> Segment | None:
        row = (await self._transaction.execute(select(segments).where(segments.c.key == key))).mappings().first()
        return None if row is None else segment_of(dict(row))

    async def count(self) -> int:
        counted: int = (await self._transaction.execute(select(func.count()).select_from(segments))).scalar_one()
        return counted

    async def save(self, segment: Segment) -> None:
        await self._transaction.execute(_SAVE, segment_fields(segment))

    async def delete(self, key: SegmentKey) -> bool:
        deleted = await self._transaction.execute(delete(segments).where(segments.c.key == key))
        return deleted.rowcount > 0

    async def sizes(self, keys: Sequence[SegmentKey]) -> Mapping[SegmentKey, int]:
        counted = (
            select(memberships.c.segment_key, func.count().label("size"))
            .where(memberships.c.segment_key.in_(keys), _counts_as_in)
            .group_by(memberships.c.segment_key)
        )
        sizes = {row.segment_key: row.size for row in await self._transaction.execute(counted)}
        return {key: sizes.get(key, 0) for key in keys}

    async def members(self, key: SegmentKey, page: PageRequest) -> Page[tuple[UserId, SegmentMembership]]:
        (only,) = await self.members_of([key], page)
        return only

    async def members_of(
        self, keys: Sequence[SegmentKey], page: PageRequest
    ) -> Sequence[Page[tuple[UserId, SegmentMembership]]]:
        listed = select(memberships).where(_counts_as_in)
        statement = _SUREST_FIRST.pages_of(listed, memberships.c.segment_key, keys, page)
        return _SUREST_FIRST.pages((await self._transaction.execute(statement)).all(), keys, page, _member)


_SUREST_FIRST = Keyset("members", (SortKey(memberships.c.confidence, descending=True), SortKey(memberships.c.user_id)))


def _member(row: Row[Any]) -> tuple[UserId, SegmentMembership]:
    source = MembershipSource(row.source)
    return UserId(row.user_id), SegmentMembership(SegmentKey(row.segment_key), row.confidence, row.since, source)
