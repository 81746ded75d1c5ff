"""How does PostgreSQL make one user of two, whoever tracks, folds or erases them meanwhile?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from domain.errors import Refused
from domain.model.links import Drift, Linked
from domain.model.rules import RuleId
from domain.model.users import UserId
from domain.ports.links import MAX_LINKED_INTERACTIONS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from persistence.postgres.transactions import Transaction

_ALIASES = text("SELECT user_id FROM users WHERE linked_to = :user_id ORDER BY user_id")
# In one order, as trackers do, so that nobody waits crosswise; what is erased with its user is locked before it.
_HOLD = text("SELECT user_id FROM users WHERE user_id = :user_id OR linked_to = :user_id ORDER BY user_id FOR UPDATE")
# Both profiles are held already: workers are done with them. From here on nobody tracks either user.
_LOCK = text("SELECT 1 FROM users WHERE user_id IN (:anonymous_id, :user_id) ORDER BY user_id FOR NO KEY UPDATE")
_TOO_MANY = text(
    "SELECT count(*) > :most FROM (SELECT FROM interactions WHERE user_id = :anonymous_id LIMIT :most + 1) AS few"
)
# What a tracker would have called a duplicate: the same key, received later. Asked once each way, so that each side
# is one partition.
_DROP_DUPLICATES = text(
    """
    DELETE FROM interactions AS later USING interactions AS earlier
    WHERE later.user_id = :later AND earlier.user_id = :earlier
        AND later.key = earlier.key AND later.sequence > earlier.sequence
    """
)
_MOVE_INTERACTIONS = text("UPDATE interactions SET user_id = :user_id WHERE user_id = :anonymous_id")
_FORGET_INTERACTIONS = text("DELETE FROM interactions WHERE user_id = :anonymous_id")
# Everything of the runs that the anonymous user was in. `was` tells apart what somebody got.
_RUNS = """
    SELECT a.*, CASE WHEN held_out THEN 'held out' ELSE 'got ' || coalesce(variation, '') END AS was
    FROM assignments a
    WHERE a.user_id IN (:anonymous_id, :user_id) AND EXISTS (
        SELECT FROM assignments b WHERE b.user_id = :anonymous_id AND b.rule_id = a.rule_id AND b.run = a.run
    )
"""
_COUNT_RUNS = text(
    f"""
    SELECT count(*) AS runs, count(*) FILTER (WHERE conflicted) AS conflicts
    FROM (SELECT min(was) <> max(was) AS conflicted FROM ({_RUNS}) AS met WHERE run > 0 GROUP BY rule_id, run) AS runs
    """  # noqa: S608 - a constant of this module
)
_JOIN_ASSIGNMENTS = text(
    f"""
    INSERT INTO assignments AS known (
        user_id, rule_id, run, variation, held_out, probability, overridden, first_exposed_at, segments,
        last_applied_at, times_applied, converted_at, relinked, conflicted
    )
    SELECT DISTINCT ON (rule_id, run)
        CAST(:user_id AS text), rule_id, run, variation, held_out, probability, overridden, first_exposed_at, segments,
        max(last_applied_at) OVER one, sum(times_applied) OVER one, min(converted_at) OVER one,
        run > 0, run > 0 AND (bool_or(conflicted) OVER one OR min(was) OVER one <> max(was) OVER one)
    FROM ({_RUNS}) AS met
    WINDOW one AS (PARTITION BY rule_id, run)
    ORDER BY rule_id, run, overridden DESC, first_exposed_at, user_id = :anonymous_id
    ON CONFLICT (user_id, rule_id, run) DO UPDATE
    SET variation = EXCLUDED.variation, held_out = EXCLUDED.held_out, probability = EXCLUDED.probability,
        overridden = EXCLUDED.overridden, first_exposed_at = EXCLUDED.first_exposed_at, segments = EXCLUDED.segments,
        last_applied_at = EXCLUDED.last_applied_at, times_applied = EXCLUDED.times_applied,
        converted_at = EXCLUDED.converted_at, counted_through = NULL, outcomes = NULL,
        relinked = EXCLUDED.relinked, conflicted = EXCLUDED.conflicted
    """  # noqa: S608 - a constant of this module
)
# All that is left of the anonymous user is the row that says whom it is an alias of.
_FORGET = tuple(
    text(f"DELETE FROM {table} WHERE user_id = :anonymous_id")  # noqa: S608 - constants
    for table in ("assignments", "segment_memberships", "fold_marks", "profiles")
)
# Whoever erases the user is to find what was noted about either.
_RENAME = text("UPDATE definition_changes SET about = :user_id WHERE about = :anonymous_id")
_MAKE_ALIAS = text(
    """
    UPDATE users
    SET linked_to = :user_id, linked_at = :at, personalization_enabled = true, use_of_models = true,
        choice_changed_at = NULL
    WHERE user_id = :anonymous_id
    """
)
_DRIFTS = text(
    """
    SELECT a.rule_id, a.run, count(*) AS linked, count(*) FILTER (WHERE a.conflicted) AS conflicted
    FROM unnest(CAST(:rule_ids AS text[]), CAST(:runs AS int[])) AS given (rule_id, run)
    JOIN assignments a ON (a.rule_id, a.run) = (given.rule_id, given.run) AND a.relinked
    GROUP BY a.rule_id, a.run
    """
)


class PostgresLinks:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def aliases_of(self, user_id: UserId) -> Sequence[UserId]:
        return [UserId(row.user_id) for row in await self._transaction.execute(_ALIASES, {"user_id": user_id})]

    async def hold(self, user_id: UserId) -> Sequence[UserId]:
        held = await self._transaction.execute(_HOLD, {"user_id": user_id})
        return [UserId(row.user_id) for row in held if row.user_id != user_id]

    async def join(self, anonymous_id: UserId, user_id: UserId, at: datetime, *, keep_interactions: bool) -> Linked:
        both = {"anonymous_id": anonymous_id, "user_id": user_id}
        await self._transaction.execute(_LOCK, both)
        moved = await self._move_interactions(both) if keep_interactions else 0
        runs = (await self._transaction.execute(_COUNT_RUNS, both)).one()
        await self._transaction.execute(_JOIN_ASSIGNMENTS, both)
        for statement in (_FORGET_INTERACTIONS, *_FORGET):
            await self._transaction.execute(statement, {"anonymous_id": anonymous_id})
        await self._transaction.execute(_RENAME, both)
        await self._transaction.execute(_MAKE_ALIAS, {**both, "at": at})
        return Linked(moved, runs.runs, runs.conflicts)

    async def _move_interactions(self, both: Mapping[str, UserId]) -> int:
        anonymous_id, user_id = both["anonymous_id"], both["user_id"]
        many = {"anonymous_id": anonymous_id, "most": MAX_LINKED_INTERACTIONS}
        if (await self._transaction.execute(_TOO_MANY, many)).scalar_one():
            message = f"an anonymous user with more than {MAX_LINKED_INTERACTIONS:,} interactions is nobody to link"
            raise Refused.because("TOO_MANY", message, "anonymousId")
        for later, earlier in ((anonymous_id, user_id), (user_id, anonymous_id)):
            await self._transaction.execute(_DROP_DUPLICATES, {"later": later, "earlier": earlier})
        return (await self._transaction.execute(_MOVE_INTERACTIONS, both)).rowcount

    async def drifts(self, runs: Collection[tuple[RuleId, int]]) -> Mapping[tuple[RuleId, int], Drift]:
        wanted = {"rule_ids": [rule_id for rule_id, _ in runs], "runs": [run for _, run in runs]}
        rows = await self._transaction.execute(_DRIFTS, wanted)
        return {(RuleId(row.rule_id), row.run): Drift(row.linked, row.conflicted) for row in rows}
