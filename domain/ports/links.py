"""How it is stored that anonymous users are known ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from domain.model.links import Drift, Linked
    from domain.model.rules import RuleId
    from domain.model.users import UserId

MAX_LINKED_INTERACTIONS = 50_000
"""An anonymous user who did more than this is no person who is about to sign in."""


MAX_ALIASES = 1_000
"""Of one user; years of signing out and in."""


class Links(Protocol):
    """Anonymous ids, each of which is an alias of at most one known user, who is none. Profiles say which are."""

    async def aliases_of(self, user_id: UserId) -> Sequence[UserId]:
        """In the order of their ids."""
        ...

    async def hold(self, user_id: UserId) -> Sequence[UserId]:
        """Lock a user with all aliases, until the unit of work ends, as whoever is about to erase them; the aliases."""
        ...

    async def join(self, anonymous_id: UserId, user_id: UserId, at: datetime, *, keep_interactions: bool) -> Linked:
        """Make one user an alias of the other, who gets all that is stored of both. The profiles of both are locked.

        Interactions keep their sequences, so the user is to be folded from scratch; of those with one key only what
        was received first is left. `keep_interactions`: if not, those of the anonymous user are forgotten instead.
        Of a run that both were in, the earlier first exposure counts; what was set by hand counts before that, and
        among equals what the known user got. Outcomes of these assignments are to be counted afresh.
        Raises `Refused` when there is too much to move.
        """
        ...

    async def drifts(self, runs: Collection[tuple[RuleId, int]]) -> Mapping[tuple[RuleId, int], Drift]:
        """What links did to these runs of experiments; those without any linked user are missing. One statement."""
        ...
