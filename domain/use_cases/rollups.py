"""How what users did comes into the sums over all users, and how differences become totals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.model.news import RollUpsMerged
from domain.rules.rollups.contributions import Totals, add_changes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from domain.model.footprints import Footprint
    from domain.ports.buses import Bus
    from domain.ports.units_of_work import UnitOfWork, UnitsOfWork

CHANGES_PER_UNIT_OF_WORK = 20_000


@dataclass(frozen=True, slots=True)
class MergeRollUps:
    """Adds what folding appended to the totals until nothing is left, and tells everybody if there was something."""

    begin: UnitsOfWork
    bus: Bus

    async def __call__(self, limit: int = CHANGES_PER_UNIT_OF_WORK) -> int:
        """How many differences were merged; 0 as well while another process merges."""
        merged, last = 0, limit
        while last == limit:
            async with self.begin() as work:
                last = await work.rollups.merge(limit)
                await work.commit()
            merged += last
        if merged:
            await self.bus.publish(RollUpsMerged())
        return merged


@dataclass(frozen=True, slots=True)
class Recounted:
    """What of a user was in the sums, and what is to be."""

    before: Footprint
    after: Footprint


async def recount(work: UnitOfWork, users: Iterable[Recounted]) -> None:
    """Append what changes, in the unit of work that changes the users, who are locked: at most one statement."""
    totals: Totals = {}
    for user in users:
        add_changes(totals, user.before, user.after)
    await work.rollups.append({key: tuple(sums) for key, sums in totals.items()})
