"""How what users did comes into the sums over all users, and how differences become totals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from domain.model.news import RollUpsMerged
from domain.rules.rollups.contributions import MEASURES, changes, footprint_totals

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence

    from domain.model.footprints import Footprint
    from domain.model.rollups import RollUpKey, Sums
    from domain.ports.buses import Bus
    from domain.ports.rollups import RollUpRebuild, RollUpRebuilds
    from domain.ports.units_of_work import UnitOfWork, UnitsOfWork

CHANGES_PER_UNIT_OF_WORK = 20_000
FOOTPRINTS_AT_A_STRETCH = 2_000


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
    await work.rollups.append(changes((user.before, user.after) for user in users))


class Source(Protocol):
    """Something stored that sums are made from."""

    @property
    def measures(self) -> Collection[str]: ...

    def sums(self, work: UnitOfWork) -> AsyncIterator[Mapping[RollUpKey, Sums]]:
        """Everything that is to be added up, in parts."""
        ...


@dataclass(frozen=True, slots=True)
class Footprints:
    """The footprints of all users."""

    measures: Collection[str] = MEASURES

    async def sums(self, work: UnitOfWork) -> AsyncIterator[Mapping[RollUpKey, Sums]]:
        async for some in work.profiles.footprints(FOOTPRINTS_AT_A_STRETCH):
            yield footprint_totals(some)


@dataclass(frozen=True, slots=True)
class CompareRollUps:
    """How many sums of each measure are not what is stored of the users; nothing of those that all are."""

    begin: RollUpRebuilds
    sources: Sequence[Source]

    async def __call__(self) -> Mapping[str, int]:
        async with self.begin() as rebuild:
            return await rebuild.differing(await _made_afresh(rebuild, self.sources))


@dataclass(frozen=True, slots=True)
class RebuildRollUps:
    """Makes the sums afresh from what is stored of the users, and keeps those; how many were different, by measure."""

    begin: RollUpRebuilds
    bus: Bus
    sources: Sequence[Source]

    async def __call__(self) -> Mapping[str, int]:
        async with self.begin() as rebuild:
            measures = await _made_afresh(rebuild, self.sources)
            differing = await rebuild.differing(measures)
            await rebuild.replace(measures)
            await rebuild.commit()
        await self.bus.publish(RollUpsMerged())
        return differing


async def _made_afresh(rebuild: RollUpRebuild, sources: Sequence[Source]) -> Collection[str]:
    """The measures whose sums were made."""
    for source in sources:
        async for sums in source.sums(rebuild.work):
            await rebuild.add(sums)
    return [measure for source in sources for measure in source.measures]
