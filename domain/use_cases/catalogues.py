"""How the catalogue is replaced."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.errors import Unavailable
from domain.model.audit_log import AuditAction, DefinitionChange
from domain.model.news import CatalogueChanged
from domain.rules.documents import catalogue_document

if TYPE_CHECKING:
    from domain.model.catalogues import Catalogue
    from domain.model.users import UserId
    from domain.ports.buses import Bus
    from domain.ports.clock import Clock
    from domain.ports.units_of_work import UnitsOfWork
    from domain.use_cases.current_rules import CurrentRules


@dataclass(frozen=True, slots=True)
class SaveCatalogue:
    begin: UnitsOfWork
    bus: Bus
    rules: CurrentRules
    clock: Clock

    async def __call__(self, catalogue: Catalogue, author: UserId) -> Catalogue:
        async with self.begin() as work:
            revision = await work.rule_sets.advance()  # first: whoever else changes the catalogue waits
            before = catalogue_document(await work.catalogues.get())
            await work.catalogues.save(catalogue)
            after, action = catalogue_document(catalogue), AuditAction.CATALOGUE_SAVED
            await work.audit_log.note(DefinitionChange(self.clock.now(), author, action, "catalogue", before, after))
            await work.commit()
        with suppress(Unavailable):  # the catalogue is durable, whoever could not read it again
            await self.rules.refresh()
        await self.bus.publish(CatalogueChanged(revision))
        return catalogue
