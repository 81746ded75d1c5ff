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
# Asked once the profiles are held: whoever opts out holds the profile, too. Between whose profiles are held and which
# rules are meant, the parameters are columns, in the order of `_values`.
_RECORD = """
    WITH given AS MATERIALIZED (
        SELECT given.*
        FROM unnest(
            $2::text[], $3::text[], $4::int[], $5::text[], $6::bool[], $7::float8[], $8::bool[],
            $9::timestamptz[], $10::timestamptz[], $11::bigint[]
        ) AS given (
            user_id, rule_id, run, variation, held_out, probability, overridden,
            first_at, last_at, times
        )
        JOIN users u ON u.user_id = given.user_id
        WHERE u.personalization_enabled AND u.user_id = ANY ($1::text[])
            AND given.rule_id IN (SELECT rule_id FROM rules WHERE rule_id = ANY ($12::text[]))
    ), known AS (
        UPDATE assignments a
        SET times_applied = a.times_applied + given.times,
            last_applied_at = greatest(a.last_applied_at, given.last_at)
        FROM given
        WHERE (a.user_id, a.rule_id, a.run) = (given.user_id, given.rule_id, given.run)
        RETURNING a.user_id, a.rule_id, a.run
    )
    INSERT INTO assignments (
        user_id, rule_id, run, variation, held_out, probability, overridden,
        first_exposed_at, last_applied_at, times_applied
    )
    SELECT user_id, rule_id, run, variation, held_out, probability, overridden, first_at, last_at, times
    FROM given
    WHERE (user_id, rule_id, run) NOT IN (SELECT user_id, rule_id, run FROM known)
    ORDER BY user_id, rule_id, run
    RETURNING user_id, rule_id, run, first_exposed_at
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
        merged = _merged(applications)
        first = await self._written(merged, await self._locked(merged)) if merged else ()
        if not first:
            return Recorded()
        keys = frozenset(AssignmentKey(UserId(user_id), RuleId(rule_id), run) for user_id, rule_id, run, _ in first)
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

    async def _locked(self, applications: Collection[Application]) -> Sequence[UserId]:
        """Those of the users whom there are; they stay what they are until the transaction ends."""
        user_ids = {one.user_id for one in applications}
        if strangers := user_ids - {one.user_id for one in applications if one.was_known}:
            await self._transaction.execute(_COME_INTO_BEING, {"user_ids": list(strangers)})
        return [UserId(row.user_id) for row in await self._transaction.execute(_LOCK, {"user_ids": list(user_ids)})]

    async def _written(self, applications: Collection[Application], held: Sequence[UserId]) -> Sequence[Any]:
        columns = map(list, zip(*map(_values, applications), strict=True))
        rules = list({one.applied.rule_id for one in applications})
        return await self._transaction.fetch_planned_afresh(_RECORD, held, *columns, rules)

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
