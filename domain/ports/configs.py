"""How decided configs are remembered for when they cannot be decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from domain.model.configs import Config
    from domain.model.contexts import Context
    from domain.model.users import UserId


class ConfigCache(Protocol):
    """The last config decided per user and context, kept nearby for all processes."""

    async def last_known(self, user_id: UserId, context: Context) -> Config | None:
        """The config remembered last, even past `holds_until`; `None` also when the cache does not answer."""
        ...

    async def remember(self, *decided: tuple[UserId, Context, Config]) -> None:
        """The later of two for the same user and context counts. Never raises."""
        ...

    async def forget(self, user_id: UserId) -> None:
        """Forget the user's configs in every context. Never raises."""
        ...
