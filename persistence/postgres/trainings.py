"""How does PostgreSQL remember trainings, and see to it that there is one at a time?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert

from domain.model.trained_models import Training, TrainingCause
from domain.ports.trained_models import KEPT_TRAININGS
from persistence.documents.manifests import outcomes_document, parse_outcomes
from persistence.postgres.tables import trainings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from persistence.postgres.transactions import Transaction

# Any number will do that nothing else locks; migrations have another one.
_ADVISORY_LOCK = 4_175_216_078
_CLAIM = text(f"SELECT pg_try_advisory_xact_lock({_ADVISORY_LOCK})")
_PRUNE = text(
    """
    DELETE FROM trainings WHERE training_id NOT IN (
        SELECT training_id FROM trainings ORDER BY started_at DESC, training_id LIMIT :kept
    )
    """
)
_INSERT = insert(trainings)
_SAVE = _INSERT.on_conflict_do_update(
    index_elements=[trainings.c.training_id],
    set_={name: _INSERT.excluded[name] for name in ("cause", "started_at", "ended_at", "outcomes")},
)


class PostgresTrainings:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def claim(self) -> bool:
        claimed: bool = (await self._transaction.execute(_CLAIM)).scalar_one()
        return claimed

    async def save(self, training: Training) -> None:
        row = {
            "training_id": training.id,
            "cause": training.cause,
            "started_at": training.started_at,
            "ended_at": training.ended_at,
            "outcomes": outcomes_document(training.outcomes),
        }
        await self._transaction.execute(_SAVE, row)
        await self._transaction.execute(_PRUNE, {"kept": KEPT_TRAININGS})

    async def latest(self, limit: int) -> Sequence[Training]:
        listed = select(trainings).order_by(trainings.c.started_at.desc(), trainings.c.training_id).limit(limit)
        return [
            Training(
                row.training_id,
                TrainingCause(row.cause),
                row.started_at,
                row.ended_at,
                parse_outcomes(row.outcomes),
            )
            for row in await self._transaction.execute(listed)
        ]
