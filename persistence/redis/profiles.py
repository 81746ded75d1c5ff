"""Which profile of a user is the newest that any process has seen lately?"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from persistence.documents.profiles import profile_from_bytes, profile_to_bytes

if TYPE_CHECKING:
    from domain.model.profiles import Profile
    from domain.model.users import UserId
    from persistence.redis.connections import RedisConnections
    from persistence.redis.keys import Keys

PROFILE_TTL = timedelta(minutes=10)

# KEYS: the profile's key; ARGV: revision, document, milliseconds to live. Revisions stay exact below 2^53.
_PUT_UNLESS_OLDER = """
local kept = tonumber(redis.call('HGET', KEYS[1], 'revision') or '')
if kept and kept > tonumber(ARGV[1]) then
  return
end
redis.call('HSET', KEYS[1], 'revision', ARGV[1], 'document', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
"""


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

    async def put(self, profile: Profile) -> None:
        key = self._keys.profile(profile.user_id)
        await self._connections.change(
            key,
            lambda _: self._put_unless_older(
                keys=(key,), args=(profile.revision, profile_to_bytes(profile), self._ttl_ms)
            ),
        )

    async def forget(self, user_id: UserId) -> None:
        key = self._keys.profile(user_id)
        await self._connections.change(key, lambda redis: redis.unlink(key))
