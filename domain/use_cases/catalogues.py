"""How the catalogue is replaced."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.errors import Unavailable
from domain.model.news import CatalogueChanged

if TYPE_CHECKING:
    from domain.model.catalogues import Catalogue
    from domain.ports.buses import Bus
    from domain.ports.units_of_work import UnitsOfWork
    from domain.use_cases.current_rules import CurrentRules


@dataclass(frozen=True, slots=True)
class SaveCatalogue:
    begin: UnitsOfWork
    bus: Bus
    rules: CurrentRules

    async def __call__(self, catalogue: Catalogue) -> Catalogue:
        async with self.begin() as work:
            await work.catalogues.save(catalogue)
            revision = await work.rule_sets.advance()
            await work.commit()
        with suppress(Unavailable):  # the catalogue is durable, whoever could not read it again
            await self.rules.refresh()
        await self.bus.publish(CatalogueChanged(revision))
        return catalogue
