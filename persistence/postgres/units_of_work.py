"""What is stored in PostgreSQL together or not at all?"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from sqlalchemy import text

from domain.errors import Unavailable
from persistence.postgres.assignments import PostgresAssignments
from persistence.postgres.audit_log import PostgresAuditLog
from persistence.postgres.catalogues import PostgresCatalogues
from persistence.postgres.interactions import PostgresInteractions
from persistence.postgres.links import PostgresLinks
from persistence.postgres.outages import outages_as_unavailable
from persistence.postgres.outcomes import PostgresExposures
from persistence.postgres.populations import PostgresPopulations
from persistence.postgres.profiles import PostgresProfiles
from persistence.postgres.rollups import PostgresRollUps
from persistence.postgres.rule_sets import PostgresRuleSets
from persistence.postgres.rules import PostgresRules
from persistence.postgres.segments import PostgresSegments
from persistence.postgres.trained_models import PostgresTrainedModels
from persistence.postgres.training_data import PostgresTrainingData
from persistence.postgres.trainings import PostgresTrainings
from persistence.postgres.transactions import Transaction
from persistence.postgres.users import PostgresUsers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.ext.asyncio import AsyncEngine


class PostgresUnitOfWork:
    """One transaction (READ COMMITTED) over all stores."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self.interactions = PostgresInteractions(transaction)
        self.profiles = PostgresProfiles(transaction)
        self.assignments = PostgresAssignments(transaction)
        self.exposures = PostgresExposures(transaction)
        self.populations = PostgresPopulations(transaction)
        self.rules = PostgresRules(transaction)
        self.rule_sets = PostgresRuleSets(transaction)
        self.segments = PostgresSegments(transaction)
        self.catalogues = PostgresCatalogues(transaction)
        self.users = PostgresUsers(transaction)
        self.links = PostgresLinks(transaction)
        self.audit_log = PostgresAuditLog(transaction)
        self.trained_models = PostgresTrainedModels(transaction)
        self.trainings = PostgresTrainings(transaction)
        self.training_data = PostgresTrainingData(transaction)
        self.rollups = PostgresRollUps(transaction)

    async def commit(self) -> None:
        await self.profiles.unmark_saved()
        await self._transaction.commit()


class PostgresUnitsOfWork:
    """Begins units of work on the engine's pool of connections."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[PostgresUnitOfWork]:
        with outages_as_unavailable():
            connection = await self._engine.connect()
        try:
            yield PostgresUnitOfWork(Transaction(connection))
        finally:
            # Rolls back, even when cancelled. If the database is gone, it has done so itself.
            with suppress(Unavailable), outages_as_unavailable():
                await asyncio.shield(asyncio.ensure_future(connection.close()))

    async def ping(self) -> None:
        """Return when the database answers. Raises `Unavailable` when it does not."""
        with outages_as_unavailable():
            async with self._engine.connect() as connection:
                await connection.execute(text("SELECT 1"))
