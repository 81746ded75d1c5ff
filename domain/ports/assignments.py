"""How it is stored which rules users got, with which variation, and since when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from domain.model.assignments import Applied, Assignment
    from domain.model.users import UserId


@dataclass(frozen=True, slots=True)
class Application:
    """That a rule was delivered to a user `times` times between two instants; the first may be the first exposure."""

    user_id: UserId
    applied: Applied
    first_at: datetime
    last_at: datetime
    times: int


class Assignments(Protocol):
    async def record(self, applications: Sequence[Application]) -> Sequence[Application]:
        """Store what is new, and count on what is known. Those that were first exposures are returned.

        Users come into being; who opted out is ignored. Of a run that a user has an assignment in, the stored
        variation stays, whatever is recorded. First exposures raise the revision of the user's profile and mark the
        user for folding. A fixed number of statements for any number of applications.
        """
        ...

    async def of_users(self, user_ids: Sequence[UserId]) -> Mapping[UserId, Sequence[Assignment]]:
        """Latest first exposure first. One statement for any number of users."""
        ...
