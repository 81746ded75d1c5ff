"""Who lets bandits change what new users get, every few minutes?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from domain.errors import Unavailable

if TYPE_CHECKING:
    from datetime import timedelta

    from domain.ports.clock import Clock
    from domain.use_cases.reallocations import ReallocateBandits

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Reallocator:
    reallocate: ReallocateBandits
    clock: Clock

    async def run(self, every: timedelta) -> None:
        """Reallocate for ever. Several processes may do so: from the same sums they come to the same allocation."""
        while True:
            try:
                changed = await self.reallocate()
            except Unavailable as reason:
                log.warning("reallocating_paused", reason=str(reason))
            else:
                if changed:
                    log.info("allocations_changed", rules=changed)
            await self.clock.wait_until(self.clock.now() + every)
