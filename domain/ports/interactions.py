"""How interactions are stored and read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from datetime import datetime

    from domain.model.interactions import Interaction, InteractionKind, RecordedInteraction
    from domain.model.pages import Page, PageRequest
    from domain.model.users import UserId


@dataclass(frozen=True, slots=True)
class Receipt:
    """How many interactions were stored, were known already, or belong to users who opted out and were dropped."""

    accepted: int
    duplicates: int
    ignored: int


@dataclass(frozen=True, slots=True)
class InteractionFilter:
    """Half-open in time: `since` inclusive, `until` exclusive."""

    kinds: frozenset[InteractionKind] | None = None
    target: str | None = None
    since: datetime | None = None
    until: datetime | None = None


class UsersLinked(Exception):
    """Nothing was stored: these users are aliases by now, and what they did is what the others did."""

    def __init__(self, links: Mapping[UserId, UserId]) -> None:
        super().__init__("some of the users were linked to others")
        self.links = links


class Interactions(Protocol):
    """The append-only log."""

    async def add(self, interactions: Sequence[Interaction], received_at: datetime) -> Receipt:
        """Store the interactions whose (user, key) is new, in the given order.

        A key that is known, or that stands earlier in the same call, is a duplicate and changes nothing. A user comes
        into being with the first interaction. Every user with a new one is marked for folding. What users who opted
        out did is dropped. `sequence` grows per user in the order in which transactions commit, so a reader that has
        seen a sequence has seen all smaller ones of that user.

        Raises `UsersLinked` if any user is an alias: the unit of work is to be left, and another one begun.
        """
        ...

    def received_after(self, user_id: UserId, sequence: int) -> AsyncIterator[RecordedInteraction]:
        """The user's interactions with a larger sequence, in order of receipt; 0 reads all. Streams in batches."""
        ...

    async def received_since(
        self, folded_through: Mapping[UserId, int], limit_per_user: int
    ) -> Mapping[UserId, Sequence[RecordedInteraction]]:
        """What was received of each user behind the given sequence, in order of receipt; users without any are missing.

        Exactly `limit_per_user` of one user: there may be more, behind the last of them. One statement for any number
        of users.
        """
        ...

    async def of_user(
        self, user_id: UserId, matching: InteractionFilter, page: PageRequest
    ) -> Page[RecordedInteraction]:
        """Latest first, by when they occurred and then by sequence."""
        ...

    async def of_users(
        self, user_ids: Sequence[UserId], matching: InteractionFilter, page: PageRequest
    ) -> Sequence[Page[RecordedInteraction]]:
        """The same page of each user's interactions, in the given order of users, in one statement."""
        ...
