"""How are all active users looked at, one after another?"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from datetime import datetime

    from domain.model.conditions import InSegment
    from domain.model.profiles import Profile
    from domain.rules.buckets import BucketRange
    from domain.rules.previews.reads import Reads

ACTIVE_WITHIN = timedelta(days=30)


class Populations(Protocol):
    """The active users: who did not opt out and was last seen `ACTIVE_WITHIN` before now, or later."""

    async def size(self, now: datetime) -> int:
        """How many there are."""
        ...

    def active(
        self, now: datetime, share: BucketRange, reads: Reads, of: InSegment | None = None
    ) -> AsyncIterator[Iterator[Profile]]:
        """Those within `share`, each once, in no order, as they are when this begins.

        They come in batches, each to be used up before the next. Every user has a place in [0, 1), drawn from the id
        alone. Of their profiles only what is read is there: conditions that read no more than that answer as they
        would with the whole profile, at this instant. The history of who is not `of` these segments is empty.
        """
        ...
