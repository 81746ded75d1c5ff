"""How does PostgreSQL store and read what users did?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from itertools import repeat
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import select, text

from domain.model.interactions import (
    Device,
    Interaction,
    InteractionColumns,
    InteractionKey,
    InteractionKind,
    RecordedInteraction,
)
from domain.model.users import UserId
from domain.ports.interactions import InteractionFilter, Receipt, UsersLinked
from persistence.postgres.copied_rows import (
    CopiedRows,
    distinct_texts,
    doubles,
    instants,
    json_documents,
    lists_of_texts,
    small_integers,
    texts,
)
from persistence.postgres.cursors import Keyset, SortKey
from persistence.postgres.fold_marks import mark
from persistence.postgres.tables import interactions as log

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping, Sequence

    from sqlalchemy import Row, Select

    from domain.model.pages import Page, PageRequest
    from persistence.postgres.transactions import Transaction

READ_BATCH_ROWS = 2_000
_KINDS = {kind.value: kind for kind in InteractionKind}
_DEVICES: dict[str | None, Device | None] = {None: None, **{device.value: device for device in Device}}

# What stands in a column of which nothing is said, as it does by default: not written where nobody says anything.
_UNSAID = {**dict.fromkeys(("target", "section", "device", "session_id", "value", "properties")), "tags": ()}
_TEXTS = {"target", "section", "device", "session_id"}

# DO UPDATE locks the rows of all users, in one order, whether or not it changes them: from here to the end of the
# transaction nobody else writes interactions of these users, so their sequences grow in the order of commits.
# Changed (to what they were) and returned are only new users, those who opted out, and aliases. Whether one interaction
# is known is asked in passing: what is sent again mostly is the whole of what was sent before.
_MEET = text(
    """
    WITH met AS (
        INSERT INTO users (user_id, created_at)
        SELECT user_id, :received_at FROM unnest(CAST(:user_ids AS text[])) AS given (user_id) ORDER BY user_id
        ON CONFLICT (user_id) DO UPDATE SET created_at = users.created_at
        WHERE NOT users.personalization_enabled OR users.linked_to IS NOT NULL
        RETURNING user_id, personalization_enabled, linked_to
    ), begun AS (
        INSERT INTO profiles (user_id) SELECT user_id FROM met WHERE personalization_enabled AND linked_to IS NULL
    )
    SELECT user_id, linked_to FROM met WHERE NOT personalization_enabled OR linked_to IS NOT NULL
    UNION ALL
    SELECT NULL, NULL FROM interactions WHERE user_id = :first_user_id AND key = :first_key
    """
)
# Asking makes a replay of known interactions twice as fast as ON CONFLICT DO NOTHING would, and lets COPY write the
# rest. The users are locked, so the answer stays true.
_KNOWN = """
    SELECT given.position
    FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS given (user_id, key, position)
    WHERE EXISTS (SELECT FROM interactions i WHERE i.user_id = given.user_id AND i.key = given.key)
"""
# Whoever changes these changes `received`.
RECEIVED_COLUMNS = """i.user_id, i.sequence, i.key, i.kind, i.target, i.section, i.tags, i.device, i.session_id,
        i.value, i.properties, i.occurred_at, i.utc_offset_minutes, i.received_at"""
# Each user's are one range of the primary key, in one partition.
_RECEIVED_SINCE = f"""
    SELECT {RECEIVED_COLUMNS}
    FROM unnest($1::text[], $2::bigint[]) AS given (user_id, sequence)
    CROSS JOIN LATERAL (
        SELECT * FROM interactions
        WHERE user_id = given.user_id AND sequence > given.sequence ORDER BY sequence LIMIT $3
    ) AS i
    ORDER BY i.user_id, i.sequence
"""  # noqa: S608 - a constant of this module
_LATEST_FIRST = Keyset(
    "interactions", (SortKey(log.c.occurred_at, descending=True), SortKey(log.c.sequence, descending=True))
)


class PostgresInteractions:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def add(self, interactions: Sequence[Interaction], received_at: datetime) -> Receipt:
        if not interactions:
            return Receipt(0, 0, 0)
        given = InteractionColumns.of(interactions)
        opted_out, is_repeated = await self._meet(given, received_at)
        wanted = InteractionColumns.of([i for i in given if i.user_id not in opted_out]) if opted_out else given
        unique = _first_of_each_key(wanted)
        fresh = await self._stored(unique, received_at, is_repeated=is_repeated) if unique else unique
        if fresh:
            await mark(self._transaction, set(fresh.user_id), received_at)
        return Receipt(len(fresh), duplicates=len(wanted) - len(fresh), ignored=len(given) - len(wanted))

    async def received_after(self, user_id: UserId, sequence: int) -> AsyncIterator[RecordedInteraction]:
        while batch := (await self.received_since({user_id: sequence}, READ_BATCH_ROWS)).get(user_id):
            for recorded in batch:
                yield recorded
            if len(batch) < READ_BATCH_ROWS:
                return
            sequence = batch[-1].sequence

    async def received_since(
        self, folded_through: Mapping[UserId, int], limit_per_user: int
    ) -> Mapping[UserId, Sequence[RecordedInteraction]]:
        user_ids, sequences = list(folded_through), list(folded_through.values())
        rows = await self._transaction.fetch_planned_afresh(_RECEIVED_SINCE, user_ids, sequences, limit_per_user)
        by_user: dict[UserId, list[RecordedInteraction]] = {}
        for row in rows:
            recorded = received(row)
            by_user.setdefault(recorded.interaction.user_id, []).append(recorded)
        return by_user

    async def of_user(
        self, user_id: UserId, matching: InteractionFilter, page: PageRequest
    ) -> Page[RecordedInteraction]:
        (only,) = await self.of_users([user_id], matching, page)
        return only

    async def of_users(
        self, user_ids: Sequence[UserId], matching: InteractionFilter, page: PageRequest
    ) -> Sequence[Page[RecordedInteraction]]:
        statement = _LATEST_FIRST.pages_of(_matching(matching), log.c.user_id, user_ids, page)
        rows = (await self._transaction.execute(statement)).all()
        return _LATEST_FIRST.pages(rows, user_ids, page, _recorded)

    async def _meet(self, given: InteractionColumns, received_at: datetime) -> tuple[frozenset[UserId], bool]:
        """Lock the users until the transaction ends, new ones included: those who opted out, and is the first known?"""
        asked = {
            "user_ids": list(set(given.user_id)),
            "first_user_id": given.user_id[0],
            "first_key": given.key[0],
        }
        rows = (await self._transaction.execute(_MEET, {**asked, "received_at": received_at})).all()
        if links := {UserId(row.user_id): UserId(row.linked_to) for row in rows if row.linked_to is not None}:
            raise UsersLinked(links)
        met = {row.user_id for row in rows}
        return frozenset(met - {None}), None in met

    async def _stored(
        self, given: InteractionColumns, received_at: datetime, *, is_repeated: bool
    ) -> InteractionColumns:
        """Those that were new. Asking costs as much as writing, and most batches hold nothing known."""
        if not is_repeated and await self._transaction.append_new("interactions", _rows(given, received_at)):
            return given
        fresh = await self._unknown(given)
        if fresh:
            await self._transaction.append("interactions", _rows(fresh, received_at))
        return fresh

    async def _unknown(self, given: InteractionColumns) -> InteractionColumns:
        """Those that are not stored."""
        rows = await self._transaction.fetch_planned_afresh(_KNOWN, given.user_id, given.key)
        known = {position for (position,) in rows}
        return InteractionColumns.of([one for position, one in enumerate(given, start=1) if position not in known])


def _first_of_each_key(given: InteractionColumns) -> InteractionColumns:
    if len(set(zip(given.user_id, given.key, strict=True))) == len(given):
        return given
    first_of_key: dict[tuple[UserId, InteractionKey], Interaction] = {}
    for interaction in given:
        first_of_key.setdefault((interaction.user_id, interaction.key), interaction)
    return InteractionColumns.of(list(first_of_key.values()))


def _matching(matching: InteractionFilter) -> Select[Any]:
    listed = select(log)
    if matching.kinds is not None:
        listed = listed.where(log.c.kind.in_(matching.kinds))
    if matching.target is not None:
        listed = listed.where(log.c.target == matching.target)
    if matching.since is not None:
        listed = listed.where(log.c.occurred_at >= matching.since)
    if matching.until is not None:
        listed = listed.where(log.c.occurred_at < matching.until)
    return listed


def _rows(given: InteractionColumns, received_at: datetime) -> CopiedRows:
    """The columns about which any of the interactions says something; `sequence` is drawn while they are written."""
    said = {name for name, unsaid in _UNSAID.items() if getattr(given, name).count(unsaid) < len(given)}
    columns: dict[str, Iterable[bytes]] = {
        "user_id": texts(given.user_id),
        "key": distinct_texts(given.key),
        "kind": texts(given.kind),
        "occurred_at": instants(given.occurred_at),
        "utc_offset_minutes": small_integers(_offsets_minutes(given.occurred_at)),
        "received_at": repeat(*instants([received_at])),
    }
    columns |= {name: texts(getattr(given, name)) for name in said & _TEXTS}
    if "tags" in said:
        columns["tags"] = lists_of_texts(given.tags)
    if "value" in said:
        columns["value"] = doubles(given.value)
    if "properties" in said:
        columns["properties"] = json_documents(map(_json, given.properties))
    return CopiedRows.of(columns, len(given))


def _json(properties: object) -> bytes | None:
    return None if properties is None else orjson.dumps(properties)


def _offsets_minutes(instants: Sequence[datetime]) -> Iterable[int]:
    if {instant.tzinfo for instant in instants} == {UTC}:
        return repeat(0)
    return map(_offset_minutes, instants)


def _offset_minutes(instant: datetime) -> int:
    """Seconds are cut off: rounded down, an offset of almost a day would become one of a day, which there is not."""
    offset = instant.utcoffset()
    return 0 if offset is None else int(offset / timedelta(minutes=1))


@lru_cache(maxsize=2_048)  # every offset there can be
def _zone(offset_minutes: int) -> timezone:
    return timezone(timedelta(minutes=offset_minutes))


def received(row: Sequence[Any]) -> RecordedInteraction:
    """From `RECEIVED_COLUMNS`, by position: a replay reads millions of rows."""
    (
        user_id,
        sequence,
        key,
        kind,
        target,
        section,
        tags,
        device,
        session_id,
        value,
        properties,
        occurred_at,
        utc_offset_minutes,
        received_at,
    ) = row
    interaction = Interaction(
        key,
        user_id,
        _KINDS[kind],
        occurred_at.astimezone(_zone(utc_offset_minutes)) if utc_offset_minutes else occurred_at,
        target,
        section,
        tuple(tags) if tags else (),
        _DEVICES[device],
        session_id,
        value,
        properties,
    )
    return RecordedInteraction(sequence, interaction, received_at)


def _recorded(row: Row[Any]) -> RecordedInteraction:
    return RecordedInteraction(
        sequence=row.sequence,
        interaction=Interaction(
            key=InteractionKey(row.key),
            user_id=UserId(row.user_id),
            kind=InteractionKind(row.kind),
            occurred_at=row.occurred_at.astimezone(_zone(row.utc_offset_minutes)),
            target=row.target,
            section=row.section,
            tags=tuple(row.tags),
            device=None if row.device is None else Device(row.device),
            session_id=row.session_id,
            value=row.value,
            properties=row.properties,
        ),
        received_at=row.received_at,
    )
