"""Is somebody tracking in bulk in this process, so that folding had better wait a moment?

What is tracked next mostly is about the same users: folded a little later, all of it is folded at once.
"""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

BULK = 100
"""Interactions in one batch from which on others wait for it: single ones are to be seen at once."""

GAP_SECONDS = 0.02
"""Whoever sends one batch after another takes no longer until the next one."""


class BulkTraffic:
    """Told by those who track, asked by those who can wait."""

    def __init__(self) -> None:
        self._passing = 0
        self._passed_at = float("-inf")

    @contextmanager
    def passing(self, interactions: int) -> Iterator[None]:
        """So many of one batch are being stored."""
        if interactions < BULK:
            yield
            return
        self._passing += 1
        try:
            yield
        finally:
            self._passing -= 1
            self._passed_at = _seconds()

    @property
    def is_passing(self) -> bool:
        return self._passing > 0 or _seconds() - self._passed_at < GAP_SECONDS

    async def let_pass(self, at_most_seconds: float) -> None:
        """Return when there is no more of it, or after so long."""
        until = _seconds() + at_most_seconds
        while self.is_passing and _seconds() < until:  # noqa: ASYNC110 - an end of a gap that nobody announces
            await asyncio.sleep(min(GAP_SECONDS, at_most_seconds))


def _seconds() -> float:
    return asyncio.get_running_loop().time()
