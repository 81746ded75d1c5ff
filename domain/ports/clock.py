"""What time is it, and how does one wait for a later time?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime


class Clock(Protocol):
    def now(self) -> datetime:
        """The current instant, aware, in UTC; never earlier than the answer before."""
        ...

    async def wait_until(self, instant: datetime) -> None:
        """Return when `now() >= instant`; at once if it already is."""
        ...
