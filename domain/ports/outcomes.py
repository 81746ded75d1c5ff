"""How it is stored what users did after they met rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Mapping, Sequence
    from datetime import datetime

    from domain.model.interactions import Interaction, InteractionKind
    from domain.model.outcomes import Exposure
    from domain.model.users import UserId


@dataclass(frozen=True, slots=True)
class Span:
    """Interactions of some kinds between two instants, both inclusive; `None`: of any kind, unbounded."""

    earliest: datetime | None = None
    latest: datetime | None = None
    kinds: frozenset[InteractionKind] | None = None


@dataclass(frozen=True, slots=True)
class Past:
    """What is read again of a user's log: what was received up to a sequence, within a time, of some kinds."""

    user_id: UserId
    since: datetime
    until: datetime
    through: int
    kinds: frozenset[InteractionKind]


@dataclass(frozen=True, slots=True)
class CountedExposure:
    """`through`: the largest interaction sequence that could be in its outcomes."""

    exposure: Exposure
    through: int


class Exposures(Protocol):
    """First exposures with what was counted of them. Whoever writes has locked the users' profiles."""

    async def to_count(self, spans: Mapping[UserId, Span | None]) -> Sequence[Exposure]:
        """Of these users those that may have to be counted, each user's oldest first. One statement.

        These are: what nobody has counted yet, what was excluded after it was counted, and what the user's span can
        reach with something that counts (`None`: of such a user only the former ones).
        """
        ...

    async def hold(self, user_id: UserId) -> None:
        """Wait for whoever counts something of the user, or uses its profile, and keep others from it.

        To be called first of all by who erases the user; others lock the profile.
        """
        ...

    async def of_user(self, user_id: UserId) -> Sequence[Exposure]:
        """All of the user that are counted."""
        ...

    async def save(self, counted: Collection[CountedExposure]) -> None:
        """Store segments and outcomes. One statement for any number."""
        ...

    async def forget_counts(self, user_id: UserId) -> None:
        """As if nobody had ever counted anything of the user."""
        ...

    async def pasts(self, wanted: Sequence[Past]) -> Sequence[Sequence[Interaction]]:
        """What is in the log, in the given order, one statement. Properties and sessions are left out."""
        ...

    def all(self) -> AsyncIterator[Sequence[Exposure]]:
        """Every counted one, once, in batches, as they are when this begins."""
        ...
