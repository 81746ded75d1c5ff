"""How do users get everything that is stored about them?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.errors import Refused
from domain.model.profiles import Profile
from domain.rules.documents.personal_data import personal_data

if TYPE_CHECKING:
    from domain.model.interactions import RecordedInteraction
    from domain.model.json_values import Json
    from domain.model.users import UserId
    from domain.ports.clock import Clock
    from domain.ports.units_of_work import UnitOfWork, UnitsOfWork

MOST_INTERACTIONS = 50_000
"""Of a user who did more, everything is read in pages instead: one answer must not fill a process."""


@dataclass(frozen=True, slots=True)
class ExportUser:
    """All that is stored, whether the user is personalized or not. Raises `Refused` of too much for one answer."""

    begin: UnitsOfWork
    clock: Clock

    async def __call__(self, user_id: UserId) -> dict[str, Json]:
        async with self.begin() as work:
            profile = (await work.profiles.of_users([user_id])).get(user_id, Profile(user_id))
            aliases = await work.links.aliases_of(user_id)
            assignments = (await work.assignments.of_users([user_id])).get(user_id, ())
            interactions = await _interactions(work, user_id)
        return personal_data(profile, aliases, assignments, interactions, self.clock.now())


async def _interactions(work: UnitOfWork, user_id: UserId) -> list[RecordedInteraction]:
    read: list[RecordedInteraction] = []
    async for recorded in work.interactions.received_after(user_id, 0):
        if len(read) == MOST_INTERACTIONS:
            told = f"there are more than {MOST_INTERACTIONS:,} interactions: read them from `viewer.interactions`"
            raise Refused.because("TOO_LARGE", told)
        read.append(recorded)
    return read
