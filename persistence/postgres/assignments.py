"""How does PostgreSQL store which rules users got, and since when?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from domain.model.assignments import MAX_ASSIGNMENTS_PER_USER, Applied, Assignment
from domain.model.experiments import NO_RUN, VariationKey
from domain.model.rules import RuleId
from domain.model.users import UserId
from domain.ports.assignments import AssignmentKey, Recorded
from persistence.postgres.fold_marks import mark

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Row

    from domain.ports.assignments import Application
    from persistence.postgres.transactions import Transaction

_COME_INTO_BEING = text(
    """
    WITH met AS (
        INSERT INTO users (user_id)
        SELECT user_id FROM unnest(CAST(:user_ids AS text[])) AS given (user_id) ORDER BY user_id
        ON CONFLICT DO NOTHING
        RETURNING user_id
    )
    INSERT INTO profiles (user_id) SELECT user_id FROM met
    """
)
_ALIASES = text(
    """
    SELECT user_id, linked_to FROM users
    WHERE user_id = ANY (CAST(:user_ids AS text[])) AND linked_to IS NOT NULL
    """
)
# As everywhere, users first and profiles second; all in the order of their ids. Who holds the profile is the only one
# who writes assignments of the user: tracking goes on meanwhile, folding leaves the user for later.
_LOCK = text(
    """
    SELECT u.user_id FROM users u JOIN profiles p ON p.user_id = u.user_id
    WHERE u.user_id = ANY (CAST(:user_ids AS text[])) AND p.user_id = ANY (CAST(:user_ids AS text[]))
    ORDER BY u.user_id
    FOR KEY SHARE OF u FOR UPDATE OF p
    """
)
# Asked once the profiles are held: whoever opts out holds the profile, too.
_ALLOWED = text(
    """
    SELECT
        ARRAY(
            SELECT user_id FROM users
            WHERE user_id = ANY (CAST(:user_ids AS text[])) AND personalization_enabled
        ) AS user_ids,
        ARRAY(SELECT rule_id FROM rules WHERE rule_id = ANY (CAST(:rule_ids AS text[]))) AS rule_ids
    """
)
# The parameters are columns, in the order of `_values`. Only a row that was inserted has never been locked.
_RECORD = """
    INSERT INTO assignments AS a (
        user_id, rule_id, run, variation, held_out, probability, overridden,
        first_exposed_at, last_applied_at, times_applied
    )
    SELECT user_id, rule_id, run, variation, held_out, probability, overridden, first_at, last_at, times
    FROM unnest(
        $1::text[], $2::text[], $3::int[], $4::text[], $5::bool[], $6::float8[], $7::bool[],
        $8::timestamptz[], $9::timestamptz[], $10::bigint[]
    ) AS given (
        user_id, rule_id, run, variation, held_out, probability, overridden,
        first_at, last_at, times
    )
    ORDER BY user_id, rule_id, run
    ON CONFLICT (user_id, rule_id, run) DO UPDATE
    SET times_applied = a.times_applied + EXCLUDED.times_applied,
        last_applied_at = greatest(a.last_applied_at, EXCLUDED.last_applied_at)
    RETURNING user_id, rule_id, run, first_exposed_at, xmax = 0 AS is_new
"""
_RAISE_REVISIONS = text(
    """
    UPDATE profiles AS p
    SET revision = p.revision + 1, computed_at = coalesce(p.computed_at, :at)
    WHERE p.user_id = ANY (CAST(:user_ids AS text[]))
    RETURNING p.user_id, p.revision
    """
)
_OVERRIDE = text(
    """
    INSERT INTO assignments AS a (
        user_id, rule_id, run, variation, probability, overridden, first_exposed_at, last_applied_at, times_applied
    )
    VALUES (:user_id, :rule_id, :run, :variation, :probability, true, :at, :at, 0)
    ON CONFLICT (user_id, rule_id, run) DO UPDATE
    SET variation = EXCLUDED.variation, held_out = false, probability = EXCLUDED.probability, overridden = true
    """
)
_REMOVE_OVERRIDE = text(
    """
    DELETE FROM assignments
    WHERE user_id = :user_id AND rule_id = :rule_id AND run = :run AND overridden
    """
)
_OF_USERS = text(
    f"""
    SELECT a.*
    FROM unnest(CAST(:user_ids AS text[])) AS given (user_id)
    CROSS JOIN LATERAL (
        SELECT user_id, rule_id, run, variation, held_out, probability, overridden,
            first_exposed_at, last_applied_at, times_applied, converted_at
        FROM assignments
        WHERE user_id = given.user_id
        ORDER BY first_exposed_at DESC, rule_id, run LIMIT {MAX_ASSIGNMENTS_PER_USER}
    ) AS a
    ORDER BY a.user_id, a.first_exposed_at DESC, a.rule_id, a.run
    """  # noqa: S608 - a constant
)


class PostgresAssignments:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def record(self, applications: Sequence[Application]) -> Recorded:
        held, addressed = await self._held(applications)
        first = await self._written(await self._allowed(_merged(addressed), held))
        if not first:
            return Recorded()
        keys = frozenset(AssignmentKey(UserId(user_id), RuleId(rule_id), run) for user_id, rule_id, run, *_ in first)
        latest = max(row["first_exposed_at"] for row in first)
        revisions = await self._raise_revisions({key.user_id for key in keys if key.run != NO_RUN}, latest)
        await mark(self._transaction, {key.user_id for key in keys}, latest)
        return Recorded(keys, revisions)

    async def override(self, user_id: UserId, applied: Applied, at: datetime) -> None:
        given = {
            "user_id": user_id,
            "rule_id": applied.rule_id,
            "run": applied.run,
            "variation": applied.variation,
            "probability": applied.probability,
            "at": at,
        }
        await self._transaction.execute(_OVERRIDE, given)
        await mark(self._transaction, [user_id], at)

    async def remove_override(self, key: AssignmentKey) -> bool:
        return (await self._transaction.execute(_REMOVE_OVERRIDE, key._asdict())).rowcount > 0

    async def of_users(self, user_ids: Sequence[UserId]) -> Mapping[UserId, Sequence[Assignment]]:
        by_user: dict[UserId, list[Assignment]] = {}
        for row in await self._transaction.execute(_OF_USERS, {"user_ids": list(set(user_ids))}):
            by_user.setdefault(UserId(row.user_id), []).append(_assignment(row))
        return by_user

    async def _held(self, applications: Sequence[Application]) -> tuple[frozenset[UserId], Sequence[Application]]:
        """Whose profiles are held from here on, and the applications, each to whom its user turned out to be.

        That is asked of those who have no profile to hold, after everybody else is held: whoever is linked until then
        has none left, and nobody who is held can be linked.
        """
        missing = frozenset(one.user_id for one in applications)
        if strangers := missing - {one.user_id for one in applications if one.was_known}:
            await self._transaction.execute(_COME_INTO_BEING, {"user_ids": list(strangers)})
        held: frozenset[UserId] = frozenset()
        while missing:
            rows = await self._transaction.execute(_LOCK, {"user_ids": list(missing)})
            held |= {UserId(row.user_id) for row in rows}
            users = await self._users_of(missing - held)
            applications = [replace(one, user_id=users.get(one.user_id, one.user_id)) for one in applications]
            missing = frozenset(users.values()) - held
        return held, applications

    async def _users_of(self, aliases: Collection[UserId]) -> Mapping[UserId, UserId]:
        if not aliases:
            return {}
        rows = await self._transaction.execute(_ALIASES, {"user_ids": list(aliases)})
        return {UserId(row.user_id): UserId(row.linked_to) for row in rows}

    async def _allowed(self, applications: Collection[Application], held: Collection[UserId]) -> Sequence[Application]:
        """Those whose users and rules there are, and who did not opt out: it stays so until the transaction ends."""
        if not held:
            return ()
        rule_ids = list({one.applied.rule_id for one in applications})
        found = (await self._transaction.execute(_ALLOWED, {"user_ids": list(held), "rule_ids": rule_ids})).one()
        users, rules = frozenset(found.user_ids), frozenset(found.rule_ids)
        return [one for one in applications if one.user_id in users and one.applied.rule_id in rules]

    async def _written(self, applications: Sequence[Application]) -> Sequence[Any]:
        """The rows of those that nobody had recorded before."""
        if not applications:
            return ()
        columns = map(list, zip(*map(_values, applications), strict=True))
        rows: Sequence[Any] = await self._transaction.fetch_planned_afresh(_RECORD, *columns)
        return [row for row in rows if row["is_new"]]

    async def _raise_revisions(self, user_ids: Collection[UserId], at: datetime) -> dict[UserId, int]:
        if not user_ids:
            return {}
        rows = await self._transaction.execute(_RAISE_REVISIONS, {"user_ids": list(user_ids), "at": at})
        return {UserId(row.user_id): row.revision for row in rows}


def _merged(applications: Sequence[Application]) -> Collection[Application]:
    """One of each key: what came first says what was assigned."""
    merged: dict[AssignmentKey, Application] = {}
    for one in applications:
        other = merged.get(one.key)
        merged[one.key] = one if other is None else _joined(*sorted((other, one), key=lambda each: each.first_at))
    return merged.values()


def _joined(first: Application, second: Application) -> Application:
    return replace(
        first,
        last_at=max(first.last_at, second.last_at),
        times=first.times + second.times,
        was_known=first.was_known or second.was_known,
    )


def _values(one: Application) -> tuple[object, ...]:
    """The row of `_RECORD`."""
    applied = one.applied
    return (
        one.user_id,
        applied.rule_id,
        applied.run,
        applied.variation,
        applied.held_out,
        applied.probability,
        applied.overridden,
        one.first_at,
        one.last_at,
        one.times,
    )


def _assignment(row: Row[Any]) -> Assignment:
    variation = None if row.variation is None else VariationKey(row.variation)
    return Assignment(
        user_id=UserId(row.user_id),
        applied=Applied(
            RuleId(row.rule_id), row.run, variation, row.held_out, row.probability, overridden=row.overridden
        ),
        first_exposed_at=row.first_exposed_at,
        last_applied_at=row.last_applied_at,
        times_applied=row.times_applied,
        converted_at=row.converted_at,
    )
