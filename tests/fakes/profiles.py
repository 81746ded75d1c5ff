"""Profiles kept nearby, for tests without Redis."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from domain.model.profiles import Profile
    from domain.model.users import UserId


class InMemoryProfileCache:
    def __init__(self) -> None:
        self._profiles: dict[UserId, Profile] = {}

    async def get(self, user_id: UserId) -> Profile | None:
        return self._profiles.get(user_id)

    async def put(self, *profiles: Profile) -> None:
        for profile in profiles:
            kept = self._profiles.get(profile.user_id)
            if kept is None or kept.revision <= profile.revision:
                self._profiles[profile.user_id] = profile

    async def forget(self, user_id: UserId) -> None:
        self._profiles.pop(user_id, None)
