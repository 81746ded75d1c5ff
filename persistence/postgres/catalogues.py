"""How does PostgreSQL store the catalogue?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from persistence.postgres.documents import catalogue_fields, catalogue_of
from persistence.postgres.tables import catalogues

if TYPE_CHECKING:
    from domain.model.catalogues import Catalogue
    from persistence.postgres.transactions import Transaction

_INSERT = insert(catalogues)
_SAVE = _INSERT.on_conflict_do_update(index_elements=[catalogues.c.only], set_={"content": _INSERT.excluded.content})


class PostgresCatalogues:
    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def get(self) -> Catalogue:
        return catalogue_of((await self._transaction.execute(select(catalogues.c.content))).scalar_one_or_none())

    async def save(self, catalogue: Catalogue) -> None:
        await self._transaction.execute(_SAVE, catalogue_fields(catalogue))
