"""How does PostgreSQL hand out the logs of all users who allow models, in bounded memory?"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from datetime import UTC
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import text

from domain.model.profiles import Profile
from domain.model.users import PersonalizationChoice, UserId
from domain.ports.predictors import Subject
from domain.ports.training_data import MAX_INTERACTIONS_PER_USER, MAX_TRAINING_USERS, TrainingSize
from persistence.documents.habits import habits_from_bytes
from persistence.documents.profiles import parse_history
from persistence.postgres.interactions import RECEIVED_COLUMNS, received

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence
    from datetime import datetime

    from domain.model.interactions import RecordedInteraction
    from domain.ports.training_data import DataWindow
    from persistence.postgres.transactions import Transaction

BATCH_ROWS = 2_000
BATCH_USERS = 200

_READ_ONLY = text("SET TRANSACTION READ ONLY")
# The rows come in the order of the primary keys of both tables. With any of these the planner may prefer to hash and
# sort the whole log, which takes long before the first row and as much disk as the log, or to scan it for every user.
UNWANTED = ("enable_sort", "enable_incremental_sort", "enable_hashjoin", "enable_nestloop")
_ALLOWED = "u.personalization_enabled AND u.use_of_models"
# 32 bits of a hash are enough for a place in [0, 1), and exact as a float.
_PLACE = "(hashtextextended(u.user_id, 0) & 4294967295)::float8 / 4294967296"
_USERS = text(f"SELECT count(*) FROM users u WHERE {_ALLOWED} AND u.linked_to IS NULL")  # noqa: S608 - a constant of this module
# Of who is about to be folded the habits are missing.
_KNOWN = f"""
    FROM profiles p JOIN users u ON u.user_id = p.user_id
    WHERE p.revision > 0 AND p.last_seen_at >= $1 AND p.habits IS NOT NULL AND {_ALLOWED}
"""
_SEEN_SINCE = f"SELECT count(*) {_KNOWN}"
_SAMPLE = f"""
    SELECT p.user_id, p.revision, p.history::text, p.habits, u.personalization_enabled, u.use_of_models
    {_KNOWN} AND {_PLACE} < $2::float8
"""


class PostgresTrainingData:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def size(self) -> TrainingSize:
        users: int = (await self._transaction.execute(_USERS)).scalar_one()
        return TrainingSize(users, min(1.0, MAX_TRAINING_USERS / max(users, 1)))

    async def sample(self, seen_since: datetime, limit: int) -> AsyncIterator[Sequence[Subject]]:
        await self._transaction.execute(_READ_ONLY)
        ((users,),) = await self._transaction.fetch_planned_afresh(_SEEN_SINCE, seen_since)
        share = min(1.0, limit / max(users, 1))
        async for rows in self._transaction.stream(_SAMPLE, seen_since, share, batch_rows=BATCH_USERS):
            subjects = (_subject(row) for row in rows)
            yield [subject for subject in subjects if subject is not None]

    async def logs(self, window: DataWindow, share: float) -> AsyncIterator[Sequence[RecordedInteraction]]:
        await self._transaction.execute(_READ_ONLY)
        for setting in UNWANTED:
            await self._transaction.execute(text(f"SET LOCAL {setting} = off"))
        log: deque[RecordedInteraction] = deque(maxlen=MAX_INTERACTIONS_PER_USER)
        sql = rows_of_all(window)
        parameters = (window.until, window.since, share)
        async for rows in self._transaction.stream(sql, *parameters, batch_rows=BATCH_ROWS):
            for row in rows:
                recorded = received(row)
                if log and log[-1].interaction.user_id != recorded.interaction.user_id:
                    yield _as_received(log, window)
                    log.clear()
                log.append(recorded)
        if log:
            yield _as_received(log, window)


def rows_of_all(window: DataWindow) -> str:
    """The statement; its parameters are the end and the beginning of the window, and the share of users."""
    received_at = "i.occurred_at" if window.received_as_occurred else "i.received_at"
    return f"""
        SELECT {RECEIVED_COLUMNS}
        FROM interactions i JOIN users u ON u.user_id = i.user_id
        WHERE {_ALLOWED} AND {_PLACE} < $3::float8 AND {received_at} <= $1::timestamptz
            AND ($2::timestamptz IS NULL OR {received_at} >= $2)
        ORDER BY i.user_id, i.sequence
    """  # noqa: S608 - all that others wrote is in the parameters


def _as_received(log: Iterable[RecordedInteraction], window: DataWindow) -> Sequence[RecordedInteraction]:
    if not window.received_as_occurred:
        return tuple(log)
    ordered = sorted(log, key=lambda recorded: (recorded.interaction.occurred_at, recorded.sequence))
    return tuple(
        replace(recorded, sequence=number, received_at=recorded.interaction.occurred_at.astimezone(UTC))
        for number, recorded in enumerate(ordered, 1)
    )


def _subject(row: Sequence[Any]) -> Subject | None:
    """From the columns of `_SAMPLE`; `None` when another release wrote the habits."""
    user_id, revision, history, stored, enabled, use_of_models = row
    habits = habits_from_bytes(stored)
    if habits is None:
        return None
    choice = PersonalizationChoice(enabled, use_of_models)
    profile = Profile(UserId(user_id), revision, parse_history(orjson.loads(history)), choice=choice)
    return Subject(profile, habits)
