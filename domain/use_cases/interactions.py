"""How what users did is taken in: all of it or nothing, durable when acknowledged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.errors import Refused
from domain.model.news import InteractionsTracked
from domain.ports.counters import Counter
from domain.rules.interactions import check_batch

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from domain.model.interactions import Interaction
    from domain.ports.buses import Bus
    from domain.ports.clock import Clock
    from domain.ports.counters import Counters
    from domain.ports.interactions import Receipt
    from domain.ports.units_of_work import UnitsOfWork


@dataclass(frozen=True, slots=True)
class TrackInteractions:
    """Raises `Refused` with paths like `("input", "3", "occurredAt")` and then stores nothing."""

    begin: UnitsOfWork
    bus: Bus
    clock: Clock
    counters: Counters
    retention: timedelta | None = None

    async def __call__(self, interactions: Sequence[Interaction]) -> Receipt:
        now = self.clock.now()
        if problems := check_batch(interactions, now, self.retention):
            raise Refused(problems)
        async with self.begin() as work:
            receipt = await work.interactions.add(interactions, now)
            await work.commit()
        if receipt.accepted:
            self.counters.add(Counter.INTERACTIONS_ACCEPTED, receipt.accepted)
            await self.bus.publish(InteractionsTracked())
        return receipt
