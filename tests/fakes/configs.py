"""Configs remembered for when they cannot be decided, for tests without Redis."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from domain.model.configs import Config
    from domain.model.contexts import Context
    from domain.model.users import UserId


class InMemoryConfigCache:
    def __init__(self, contexts_per_user: int = 32) -> None:
        self._contexts_per_user = contexts_per_user
        self._configs: dict[UserId, list[tuple[Context, Config]]] = {}

    async def last_known(self, user_id: UserId, context: Context) -> Config | None:
        return next((config for known, config in self._configs.get(user_id, ()) if known == context), None)

    async def remember(self, *decided: tuple[UserId, Context, Config]) -> None:
        for user_id, context, config in decided:
            others = [kept for kept in self._configs.get(user_id, ()) if kept[0] != context]
            self._configs[user_id] = [*others, (context, config)][-self._contexts_per_user :]

    async def forget(self, user_id: UserId) -> None:
        self._configs.pop(user_id, None)
