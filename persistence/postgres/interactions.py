"""How does PostgreSQL store and read what users did?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from itertools import repeat
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import select, text

from domain.model.interactions import Device, Interaction, InteractionKey, InteractionKind, RecordedInteraction
from domain.model.users import UserId
from domain.ports.interactions import InteractionFilter, Receipt, UsersLinked
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

# The fields of interactions by column, in one order; `sequence` is drawn while the rows are written, in theirs.
_FIELDS = ("user_id", "key", "kind", "target", "section", "device", "session_id", "value", "properties", "tags")
_fields_and_instant = attrgetter(*_FIELDS, "occurred_at")
# What stands in a column of which nothing is said, as it does by default: not written where nobody says anything.
_UNSAID = {**dict.fromkeys(("target", "section", "device", "session_id", "value", "properties")), "tags": ()}

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
        opted_out, is_repeated = await self._meet(interactions, received_at)
        wanted = [i for i in interactions if i.user_id not in opted_out] if opted_out else interactions
        unique = _first_of_each_key(wanted)
        fresh = await self._stored(unique, received_at, is_repeated=is_repeated) if unique else ()
        if fresh:
            await mark(self._transaction, {i.user_id for i in fresh}, received_at)
        return Receipt(len(fresh), duplicates=len(wanted) - len(fresh), ignored=len(interactions) - len(wanted))

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

    async def _meet(self, interactions: Sequence[Interaction], received_at: datetime) -> tuple[frozenset[UserId], bool]:
        """Lock the users until the transaction ends, new ones included: those who opted out, and is the first known?"""
        user_ids, first = {i.user_id for i in interactions}, interactions[0]
        asked = {"user_ids": list(user_ids), "first_user_id": first.user_id, "first_key": first.key}
        rows = (await self._transaction.execute(_MEET, {**asked, "received_at": received_at})).all()
        if links := {UserId(row.user_id): UserId(row.linked_to) for row in rows if row.linked_to is not None}:
            raise UsersLinked(links)
        met = {row.user_id for row in rows}
        return frozenset(met - {None}), None in met

    async def _stored(
        self, interactions: Sequence[Interaction], received_at: datetime, *, is_repeated: bool
    ) -> Sequence[Interaction]:
        """Those that were new. Asking costs as much as writing, and most batches hold nothing known."""
        if not is_repeated and await self._transaction.copy_new("interactions", *_rows(interactions, received_at)):
            return interactions
        fresh = await self._unknown(interactions)
        if fresh:
            await self._transaction.copy("interactions", *_rows(fresh, received_at))
        return fresh

    async def _unknown(self, interactions: Sequence[Interaction]) -> Sequence[Interaction]:
        """Those that are not stored."""
        user_ids, keys = [i.user_id for i in interactions], [i.key for i in interactions]
        known = {position for (position,) in await self._transaction.fetch_planned_afresh(_KNOWN, user_ids, keys)}
        return [interaction for position, interaction in enumerate(interactions, start=1) if position not in known]


def _first_of_each_key(interactions: Sequence[Interaction]) -> Sequence[Interaction]:
    first_of_key: dict[tuple[UserId, InteractionKey], Interaction] = {}
    for interaction in interactions:
        first_of_key.setdefault((interaction.user_id, interaction.key), interaction)
    return interactions if len(first_of_key) == len(interactions) else list(first_of_key.values())


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


def _rows(interactions: Sequence[Interaction], received_at: datetime) -> tuple[Sequence[str], Iterable[Sequence[Any]]]:
    """The columns about which any of the interactions says something, and their rows."""
    *fields, instants = zip(*map(_fields_and_instant, interactions), strict=True)
    columns: dict[str, Any] = dict(zip(_FIELDS, fields, strict=True))
    for name, unsaid in _UNSAID.items():
        if columns[name].count(unsaid) == len(interactions):
            del columns[name]
    if "properties" in columns:
        columns["properties"] = map(_json, columns["properties"])
    columns |= {"occurred_at": instants, "utc_offset_minutes": _offsets_minutes(instants)}
    return [*columns, "received_at"], zip(*columns.values(), repeat(received_at), strict=False)


def _json(properties: object) -> str | None:
    return None if properties is None else orjson.dumps(properties).decode()


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
