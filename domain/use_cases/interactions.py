"""How what users did is taken in: all of it or nothing, durable when acknowledged."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from domain.errors import Refused, Unavailable
from domain.model.news import InteractionsTracked
from domain.ports.counters import Counter
from domain.ports.interactions import UsersLinked
from domain.rules.interactions import check_batch
from domain.use_cases.bulk_traffic import BulkTraffic

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta

    from domain.model.interactions import Interaction
    from domain.model.users import UserId
    from domain.ports.buses import Bus
    from domain.ports.clock import Clock
    from domain.ports.counters import Counters
    from domain.ports.interactions import Receipt
    from domain.ports.units_of_work import UnitsOfWork


ATTEMPTS = 20
"""More of a batch's users may be linked between one look and the next, or erased with whom they were linked to."""


@dataclass(frozen=True, slots=True)
class TrackInteractions:
    """Raises `Refused` with paths like `("input", "3", "occurredAt")` and then stores nothing."""

    begin: UnitsOfWork
    bus: Bus
    clock: Clock
    counters: Counters
    retention: timedelta | None = None
    traffic: BulkTraffic = field(default_factory=BulkTraffic)

    async def __call__(self, interactions: Sequence[Interaction]) -> Receipt:
        now = self.clock.now()
        if problems := check_batch(interactions, now, self.retention):
            raise Refused(problems)
        with self.traffic.passing(len(interactions)):
            receipt = await self._add(interactions, now)
        if receipt.accepted:
            self.counters.add(Counter.INTERACTIONS_ACCEPTED, receipt.accepted)
            await self.bus.publish(InteractionsTracked())
        return receipt

    async def _add(self, interactions: Sequence[Interaction], now: datetime) -> Receipt:
        """What is done under an alias is what its user does. Most batches hold none: nobody looks for them before."""
        for _ in range(ATTEMPTS):
            try:
                async with self.begin() as work:
                    receipt = await work.interactions.add(interactions, now)
                    await work.commit()
            except UsersLinked as met:
                interactions = [_readdressed(interaction, met.links) for interaction in interactions]
            else:
                return receipt
        raise Unavailable("the users are being linked")


def _readdressed(interaction: Interaction, links: Mapping[UserId, UserId]) -> Interaction:
    user_id = links.get(interaction.user_id)
    return interaction if user_id is None else replace(interaction, user_id=user_id)
