"""Who adds up, each second, what folding appended to the roll-ups?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from domain.errors import Unavailable

if TYPE_CHECKING:
    from domain.ports.clock import Clock
    from domain.use_cases.rollups import MergeRollUps

MERGE_EVERY = timedelta(seconds=1)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Merger:
    merge: MergeRollUps
    clock: Clock

    async def run(self, every: timedelta = MERGE_EVERY) -> None:
        """Merge for ever. Whoever reads the sums adds what is not merged: an outage costs time only."""
        while True:
            try:
                await self.merge()
            except Unavailable as reason:
                log.warning("merging_paused", reason=str(reason))
            await self.clock.wait_until(self.clock.now() + every)
