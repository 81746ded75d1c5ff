"""How users and their choice about personalization are stored, and how they are erased."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from domain.model.users import PersonalizationChoice, UserId


class Users(Protocol):
    async def choose(self, user_id: UserId, choice: PersonalizationChoice) -> None:
        """Store the choice; the user comes into being. Opting out removes a mark for folding."""
        ...

    async def erase(self, user_id: UserId) -> bool:
        """Remove the user with all aliases and everything stored about them; whether there was anything.

        An alias by itself is not removed.
        """
        ...
