"""How differences become totals, beside everything else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.model.news import RollUpsMerged

if TYPE_CHECKING:
    from domain.ports.buses import Bus
    from domain.ports.units_of_work import UnitsOfWork

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
