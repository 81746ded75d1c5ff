"""How does PostgreSQL store profiles, and how do workers share the folding?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import exists, select, text

from domain.model.footprints import NO_FOOTPRINT, Footprint
from domain.model.habits import Habits
from domain.model.segments import MEMBER_FROM_CONFIDENCE
from domain.model.users import UserId
from domain.ports.profiles import AssessedProfile, Gone, ScoredSignals, StoredProfile, UserFilter
from persistence.documents.footprints import as_stored, earlier_to_bytes, footprint_from_bytes, footprint_to_bytes
from persistence.documents.habits import habits_from_bytes, habits_to_bytes
from persistence.documents.insights import insights_document
from persistence.documents.profiles import history_document, preferences_document
from persistence.postgres.cursors import Keyset, SortKey
from persistence.postgres.profile_rows import COLUMNS, FROM_USERS, OF_USERS, profile_of, stored_profile
from persistence.postgres.tables import profiles, segment_memberships

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping, Sequence

    from sqlalchemy import ColumnElement, Row, Select, TextClause

    from domain.model.pages import Page, PageRequest
    from domain.model.profiles import Profile
    from domain.model.ranges import Range
    from domain.model.segments import SegmentMembership
    from persistence.postgres.transactions import Transaction

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# A user may be erased between being looked up and being locked; thrice in a row is a fault elsewhere.
_LOCK_ATTEMPTS = 3

# What only those need who write a profile.
_STORED = f"""
    SELECT {COLUMNS}, p.folded_through, p.habits, p.footprint, p.earlier_days, p.signals, p.models_revision,
        (SELECT f.mark FROM fold_marks f WHERE f.user_id = p.user_id) AS mark
    {FROM_USERS}
"""  # noqa: S608 - constants of this module
_OF_LOCKED = text(_STORED)
# Asked again once the locks are held: another worker may have finished with the user just before.
_STILL_WAITING = text(
    f"""
    {_STORED}
    AND p.claimable AND (
        (SELECT f.mark FROM fold_marks f WHERE f.user_id = p.user_id) IS NOT NULL
        OR p.due_at <= :now
        OR (p.revision > 0 AND p.segments_revision < :segments_revision)
        OR (p.revision > 0 AND p.models_revision < :models_revision)
    )
    """  # noqa: S608 - a constant of this module
)

_REVISIONS = select(profiles.c.user_id, profiles.c.revision).where(
    profiles.c.user_id == text("ANY (CAST(:user_ids AS text[]))"), profiles.c.revision > 0
)

_COME_INTO_BEING = text(
    """
    WITH met AS (INSERT INTO users (user_id) VALUES (:user_id) ON CONFLICT DO NOTHING RETURNING user_id)
    INSERT INTO profiles (user_id) SELECT user_id FROM met
    """
)
# Whoever changes anything about a user locks the user first and the profile second, as erasing does.
_LOCK_USER = text("SELECT 1 FROM users WHERE user_id = :user_id FOR KEY SHARE")
# As strong a lock as erasing takes: who shared it first and asked for more then would wait for another who did.
_HOLD_USER = text("SELECT 1 FROM users WHERE user_id = :user_id FOR UPDATE")
_LOCK_PROFILE = text("SELECT 1 FROM profiles WHERE user_id = :user_id FOR UPDATE")

# Only profiles are held while folding, never marks or users: tracking goes on meanwhile. KEY SHARE of the user keeps
# it from being erased under the worker.
_HELD = "FOR UPDATE OF p SKIP LOCKED FOR KEY SHARE OF u SKIP LOCKED"
_UNCLAIMED = "p.claimable AND p.user_id <> ALL (CAST(:claimed AS text[]))"
_CLAIM_MARKED = text(
    f"""
    SELECT p.user_id
    FROM fold_marks f JOIN profiles p ON p.user_id = f.user_id JOIN users u ON u.user_id = f.user_id
    WHERE {_UNCLAIMED} ORDER BY f.marked_at, f.user_id LIMIT :limit {_HELD}
    """  # noqa: S608 - constants of this module
)
_CLAIM_DUE = text(
    f"""
    SELECT p.user_id
    FROM profiles p JOIN users u ON u.user_id = p.user_id
    WHERE {_UNCLAIMED} AND p.due_at <= :now ORDER BY p.due_at LIMIT :limit {_HELD}
    """  # noqa: S608
)
_CLAIM_OUTDATED = text(
    f"""
    SELECT p.user_id
    FROM profiles p JOIN users u ON u.user_id = p.user_id
    WHERE {_UNCLAIMED} AND p.revision > 0 AND p.segments_revision < :segments_revision
    ORDER BY p.segments_revision, p.user_id LIMIT :limit {_HELD}
    """  # noqa: S608
)
_CLAIM_SCORED_BY_OTHERS = text(
    f"""
    SELECT p.user_id
    FROM profiles p JOIN users u ON u.user_id = p.user_id
    WHERE {_UNCLAIMED} AND p.revision > 0 AND p.models_revision < :models_revision
    ORDER BY p.models_revision, p.user_id LIMIT :limit {_HELD}
    """  # noqa: S608
)
# Each with the parameter that it has besides; those who wait for what they did come first.
_CLAIMS = (
    (_CLAIM_MARKED, None),
    (_CLAIM_DUE, "now"),
    (_CLAIM_OUTDATED, "segments_revision"),
    (_CLAIM_SCORED_BY_OTHERS, "models_revision"),
)

# The parameters are columns of what is saved, in the order of `_profile_values` and `_membership_values`.
_SAVE = """
    UPDATE profiles AS p
    SET revision = saved.revision, traits = saved.traits::jsonb, preferences = saved.preferences::jsonb,
        history = saved.history::jsonb, skill = saved.skill, folded_through = saved.folded_through,
        last_seen_at = coalesce(saved.last_seen_at, '-infinity'), computed_at = saved.computed_at,
        due_at = saved.due_at, segments_revision = saved.segments_revision,
        models_revision = saved.models_revision, habits = coalesce(saved.habits, p.habits),
        insights = saved.insights::jsonb, churn_risk = saved.churn_risk, lifetime_value = saved.lifetime_value,
        signals = saved.signals, footprint = coalesce(saved.footprint, p.footprint),
        earlier_days = coalesce(saved.earlier_days, p.earlier_days)
    FROM unnest(
        $1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[],
        $7::bigint[], $8::timestamptz[], $9::timestamptz[], $10::timestamptz[], $11::bigint[],
        $12::bigint[], $13::bytea[], $14::text[], $15::float8[], $16::float8[], $17::bytea[], $18::bytea[], $19::bytea[]
    ) AS saved (
        user_id, revision, traits, preferences, history, skill,
        folded_through, last_seen_at, computed_at, due_at, segments_revision,
        models_revision, habits, insights, churn_risk, lifetime_value, signals, footprint, earlier_days
    )
    WHERE p.user_id = saved.user_id
"""
_SAVE_MEMBERSHIPS = """
    WITH given AS (
        SELECT * FROM unnest($2::text[], $3::text[], $4::float8[], $5::timestamptz[], $6::text[])
            AS given (user_id, segment_key, confidence, since, source)
    ), gone AS (
        DELETE FROM segment_memberships m
        WHERE m.user_id = ANY ($1::text[]) AND (m.user_id, m.segment_key) NOT IN (
            SELECT user_id, segment_key FROM given
        )
    )
    INSERT INTO segment_memberships AS m (user_id, segment_key, confidence, since, source)
    SELECT user_id, segment_key, confidence, since, source FROM given
    ON CONFLICT (user_id, segment_key) DO UPDATE
    SET confidence = EXCLUDED.confidence, since = EXCLUDED.since, source = EXCLUDED.source
    WHERE (m.confidence, m.since, m.source) IS DISTINCT FROM (EXCLUDED.confidence, EXCLUDED.since, EXCLUDED.source)
"""
# A mark that a tracking transaction holds right now is about to become a later one: it is left, not waited for.
_UNMARK = text(
    """
    DELETE FROM fold_marks USING (
        SELECT f.user_id
        FROM fold_marks f JOIN unnest(CAST(:user_ids AS text[]), CAST(:marks AS bigint[])) AS served (user_id, mark)
            ON f.user_id = served.user_id AND f.mark = served.mark
        FOR UPDATE OF f SKIP LOCKED
    ) AS served
    WHERE fold_marks.user_id = served.user_id
    """
)
_MEMBERSHIP_COLUMNS = 5
_FOOTPRINT = text("SELECT footprint, earlier_days FROM profiles WHERE user_id = :user_id")
_FOOTPRINTS = "SELECT footprint, earlier_days FROM profiles WHERE footprint IS NOT NULL"
_SIGNALS = text(
    """
    SELECT user_id, (insights ->> 'computed_at')::timestamptz AS computed_at, signals
    FROM profiles WHERE user_id = ANY (CAST(:user_ids AS text[])) AND insights IS NOT NULL
    """
)
_LATEST_SEEN_FIRST = Keyset("users", (SortKey(profiles.c.last_seen_at, descending=True), SortKey(profiles.c.user_id)))


class PostgresProfiles:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._served: dict[UserId, int] = {}
        # As they are stored, of profiles locked here: nobody else changes them meanwhile.
        self._memberships: dict[UserId, tuple[SegmentMembership, ...]] = {}
        self._habits: dict[UserId, Habits | None] = {}
        self._footprints: dict[UserId, Footprint | None] = {}

    async def of_users(self, user_ids: Sequence[UserId]) -> Mapping[UserId, Profile]:
        rows = await self._transaction.execute(OF_USERS, {"user_ids": list(user_ids)})
        return {UserId(row.user_id): profile_of(row) for row in rows}

    async def lock(self, user_id: UserId, *, must_exist: bool = False) -> StoredProfile:
        for _ in range(_LOCK_ATTEMPTS):
            if await self._lock_existing(user_id):
                rows = await self._transaction.execute(_OF_LOCKED, {"user_ids": [user_id]})
                return self._locked(rows.one())
            if must_exist:
                break
            await self._transaction.execute(_COME_INTO_BEING, {"user_id": user_id})
        raise Gone("the user is being erased or linked")

    async def claim(
        self, limit: int, now: datetime, segments_revision: int, models_revision: int
    ) -> Sequence[StoredProfile]:
        await self.unmark_saved()
        wanted = {"now": now, "segments_revision": segments_revision, "models_revision": models_revision}
        claimed: list[UserId] = []
        for statement, name in _CLAIMS:
            if len(claimed) < limit:
                waiting = {name: wanted[name]} if name else {}
                claimed += await self._claim(statement, claimed, limit - len(claimed), waiting)
        return await self._still_waiting(claimed, wanted)

    async def save(self, stored: StoredProfile, due_at: datetime | None, segments_revision: int) -> None:
        await self.save_all([AssessedProfile(stored, due_at, segments_revision)])

    async def save_all(self, assessed: Sequence[AssessedProfile]) -> None:
        if not assessed:
            return
        rows = [self._values(one) for one in assessed]
        await self._transaction.fetch_planned_afresh(_SAVE, *map(list, zip(*rows, strict=True)))
        await self._save_memberships([one.stored.profile for one in assessed])
        self._served |= {one.stored.profile.user_id: one.stored.mark for one in assessed if one.stored.mark is not None}

    def _values(self, assessed: AssessedProfile) -> tuple[object, ...]:
        """The row of `_SAVE`. Habits and footprints as they were read are left where they are: they can be large."""
        user_id = assessed.stored.profile.user_id
        habits, footprint = assessed.stored.habits, assessed.stored.footprint
        is_read = self._habits.get(user_id) is habits
        return (
            *_profile_values(assessed),
            *_scored_values(assessed.stored, None if is_read else habits),
            *_footprint_values(self._footprints.get(user_id), footprint),
        )

    async def _save_memberships(self, saved: Sequence[Profile]) -> None:
        """Most profiles are in the segments they were in, to the same degree: those are left alone."""
        moved = [p for p in saved if self._memberships.get(p.user_id) != p.memberships]
        if moved:
            rows = [_membership_values(p.user_id, membership) for p in moved for membership in p.memberships]
            columns = map(list, zip(*rows, strict=True)) if rows else ([] for _ in range(_MEMBERSHIP_COLUMNS))
            await self._transaction.fetch_planned_afresh(_SAVE_MEMBERSHIPS, [p.user_id for p in moved], *columns)
            self._memberships |= {p.user_id: p.memberships for p in moved}

    async def unmark_saved(self) -> None:
        """Remove the marks seen with the saved profiles: right before commit, as trackers wait for removed marks."""
        if self._served:
            served = {"user_ids": list(self._served), "marks": list(self._served.values())}
            await self._transaction.execute(_UNMARK, served)
            self._served.clear()

    async def hold_footprint(self, user_id: UserId) -> Footprint | None:
        for statement in (_HOLD_USER, _LOCK_PROFILE):
            if (await self._transaction.execute(statement, {"user_id": user_id})).first() is None:
                return None
        row = (await self._transaction.execute(_FOOTPRINT, {"user_id": user_id})).one()
        return footprint_from_bytes(row.footprint, row.earlier_days)

    async def footprints(self, batch: int) -> AsyncIterator[Sequence[Footprint]]:
        await self._transaction.begin()
        async for rows in self._transaction.stream(_FOOTPRINTS, batch_rows=batch):
            yield [known for row in rows if (known := footprint_from_bytes(*row)) is not None]

    async def revisions(self, user_ids: Sequence[UserId]) -> Mapping[UserId, int]:
        rows = await self._transaction.execute(_REVISIONS, {"user_ids": list(user_ids)})
        return {UserId(row.user_id): row.revision for row in rows}

    async def signals_of(self, user_ids: Sequence[UserId]) -> Mapping[UserId, ScoredSignals]:
        rows = await self._transaction.execute(_SIGNALS, {"user_ids": list(user_ids)})
        return {UserId(row.user_id): ScoredSignals(row.computed_at, row.signals) for row in rows}

    async def page(self, matching: UserFilter, page: PageRequest) -> Page[UserId]:
        rows = (await self._transaction.execute(_LATEST_SEEN_FIRST.page_of(_matching(matching), page))).all()
        return _LATEST_SEEN_FIRST.page(rows, page, lambda row: UserId(row.user_id))

    async def _lock_existing(self, user_id: UserId) -> bool:
        for statement in (_LOCK_USER, _LOCK_PROFILE):
            if (await self._transaction.execute(statement, {"user_id": user_id})).first() is None:
                return False
        return True

    async def _claim(
        self, statement: TextClause, claimed: Sequence[UserId], limit: int, waiting: Mapping[str, object]
    ) -> list[UserId]:
        rows = await self._transaction.execute(statement, {"claimed": list(claimed), "limit": limit, **waiting})
        return [UserId(row.user_id) for row in rows]

    async def _still_waiting(self, claimed: Sequence[UserId], waiting: Mapping[str, object]) -> Sequence[StoredProfile]:
        if not claimed:
            return ()
        rows = await self._transaction.execute(_STILL_WAITING, {"user_ids": list(claimed), **waiting})
        stored = {row.user_id: self._locked(row) for row in rows}
        return [stored[user_id] for user_id in claimed if user_id in stored]

    def _locked(self, row: Row[Any]) -> StoredProfile:
        profile = stored_profile(row)
        self._memberships[profile.user_id] = profile.memberships
        habits = self._habits[profile.user_id] = _habits(row)
        footprint = self._footprints[profile.user_id] = _footprint(row)
        return StoredProfile(profile, row.folded_through, row.mark, habits, row.signals, row.models_revision, footprint)


def _matching(matching: UserFilter) -> Select[Any]:
    listed = select(profiles.c.user_id, profiles.c.last_seen_at).where(profiles.c.revision > 0)
    if matching.seen_since is not None:
        listed = listed.where(profiles.c.last_seen_at >= matching.seen_since)
    if matching.churn_risk is not None:
        listed = listed.where(profiles.c.churn_risk.is_not(None), *_within(profiles.c.churn_risk, matching.churn_risk))
    if matching.segment is not None:
        member = segment_memberships.c
        listed = listed.where(
            exists().where(
                member.user_id == profiles.c.user_id,
                member.segment_key == matching.segment,
                member.confidence >= MEMBER_FROM_CONFIDENCE,
            )
        )
    return listed


def _within(column: ColumnElement[Any], wanted: Range) -> Iterator[ColumnElement[bool]]:
    compared = (
        (wanted.gte, column.__ge__),
        (wanted.gt, column.__gt__),
        (wanted.lte, column.__le__),
        (wanted.lt, column.__lt__),
        (wanted.eq, column.__eq__),
    )
    return (compare(bound) for bound, compare in compared if bound is not None)


def _profile_values(assessed: AssessedProfile) -> tuple[object, ...]:
    profile = assessed.stored.profile
    last_seen_us = profile.history.last_seen_us
    return (
        profile.user_id,
        profile.revision,
        _json(profile.traits),
        _json(preferences_document(profile.preferences)),
        _json(history_document(profile.history)),
        profile.skill,
        assessed.stored.folded_through,
        None if last_seen_us is None else _EPOCH + timedelta(microseconds=last_seen_us),
        profile.computed_at,
        assessed.due_at,
        assessed.segments_revision,
    )


def _scored_values(stored: StoredProfile, habits: Habits | None) -> tuple[object, ...]:
    insights = stored.profile.insights
    churn, value = (None, None) if insights is None else (insights.churn, insights.lifetime_value)
    return (
        stored.scored_by,
        None if habits is None else habits_to_bytes(habits),
        None if insights is None else _json(insights_document(insights)),
        None if churn is None else churn.risk,
        None if value is None else value.expected,
        stored.signals,
    )


def _membership_values(user_id: UserId, membership: SegmentMembership) -> tuple[object, ...]:
    """The row of `_SAVE_MEMBERSHIPS`."""
    return user_id, membership.segment, membership.confidence, membership.since, membership.source


def _habits(row: Row[Any]) -> Habits | None:
    if row.habits is None:
        return None if row.folded_through else Habits()
    return habits_from_bytes(row.habits)


def _footprint(row: Row[Any]) -> Footprint | None:
    if row.footprint is None and not row.folded_through:
        return NO_FOOTPRINT
    return footprint_from_bytes(row.footprint, row.earlier_days)


def _footprint_values(known: Footprint | None, footprint: Footprint | None) -> tuple[bytes | None, bytes | None]:
    """The footprint and its earlier days. NULL leaves what is there: hardly any fold is about earlier days."""
    if footprint is known:
        return None, None
    if footprint is None:
        return b"", b""
    stored = as_stored(footprint)
    is_earlier_known = known is not None and stored.earlier is known.earlier
    return footprint_to_bytes(stored), None if is_earlier_known else earlier_to_bytes(stored)


def _json(document: object) -> str:
    return orjson.dumps(document).decode()
