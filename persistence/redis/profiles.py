"""Which profile of a user is the newest that any process has seen lately?"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from persistence.documents.profiles import profile_from_bytes, profile_to_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from redis.asyncio import Redis

    from domain.model.profiles import Profile
    from domain.model.users import UserId
    from persistence.redis.connections import RedisConnections
    from persistence.redis.keys import Keys

PROFILE_TTL = timedelta(minutes=10)

# KEYS: the profiles' keys; ARGV: milliseconds to live, then revision and document of each. Revisions stay exact below
# 2^53.
_PUT_UNLESS_OLDER = """
for i, key in ipairs(KEYS) do
  local revision, document = ARGV[2 * i], ARGV[2 * i + 1]
  local kept = tonumber(redis.call('HGET', key, 'revision') or '')
  if not kept or kept <= tonumber(revision) then
    redis.call('HSET', key, 'revision', revision, 'document', document)
    redis.call('PEXPIRE', key, ARGV[1])
  end
end
"""

_PROFILES_PER_CALL = 100


class RedisProfileCache:
    """One hash per user: the revision, for comparing, beside the document."""

    def __init__(self, connections: RedisConnections, keys: Keys, ttl: timedelta = PROFILE_TTL) -> None:
        self._connections = connections
        self._keys = keys
        self._ttl_ms = ttl // timedelta(milliseconds=1)
        self._put_unless_older = connections.client.register_script(_PUT_UNLESS_OLDER)

    async def get(self, user_id: UserId) -> Profile | None:
        document = await self._connections.field(self._keys.profile(user_id), "document")
        return None if document is None else profile_from_bytes(document)

    async def put(self, *profiles: Profile) -> None:
        for start in range(0, len(profiles), _PROFILES_PER_CALL):
            await self._put(profiles[start : start + _PROFILES_PER_CALL])

    async def _put(self, profiles: Sequence[Profile]) -> None:
        keys = tuple(self._keys.profile(profile.user_id) for profile in profiles)

        async def put(_: Redis) -> object:
            documents = [part for profile in profiles for part in (profile.revision, profile_to_bytes(profile))]
            return await self._put_unless_older(keys=keys, args=(self._ttl_ms, *documents))

        await self._connections.change(keys, put)

    async def forget(self, user_id: UserId) -> None:
        key = self._keys.profile(user_id)
        await self._connections.change((key,), lambda redis: redis.unlink(key))
