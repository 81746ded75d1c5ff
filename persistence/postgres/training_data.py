"""How does PostgreSQL hand out the logs of all users who allow models, in bounded memory?"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from datetime import UTC
from typing import TYPE_CHECKING

from sqlalchemy import text

from domain.ports.training_data import MAX_INTERACTIONS_PER_USER, MAX_TRAINING_USERS, TrainingSize
from persistence.postgres.interactions import RECEIVED_COLUMNS, received

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence

    from domain.model.interactions import RecordedInteraction
    from domain.ports.training_data import DataWindow
    from persistence.postgres.transactions import Transaction

BATCH_ROWS = 2_000

_READ_ONLY = text("SET TRANSACTION READ ONLY")
# The rows come in the order of the primary keys of both tables. With any of these the planner may prefer to hash and
# sort the whole log, which takes long before the first row and as much disk as the log, or to scan it for every user.
UNWANTED = ("enable_sort", "enable_incremental_sort", "enable_hashjoin", "enable_nestloop")
_ALLOWED = "u.personalization_enabled AND u.use_of_models"
# 32 bits of a hash are enough for a place in [0, 1), and exact as a float.
_PLACE = "(hashtextextended(u.user_id, 0) & 4294967295)::float8 / 4294967296"
_USERS = text(f"SELECT count(*) FROM users u WHERE {_ALLOWED}")  # noqa: S608 - a constant of this module


class PostgresTrainingData:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def size(self) -> TrainingSize:
        users: int = (await self._transaction.execute(_USERS)).scalar_one()
        return TrainingSize(users, min(1.0, MAX_TRAINING_USERS / max(users, 1)))

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
