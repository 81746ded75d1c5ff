"""Which config was decided last for a user in a context, by any process?

All contexts of a user are fields of one hash: forgetting a user is one command that cannot miss a context, the number
of contexts is bounded where it is written, and there is one key that expires. A generation number in the keys would
forget as surely, but cost every read a second round trip and leave what was forgotten in Redis until it expires.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from persistence.documents.configs import config_from_bytes, config_to_bytes

if TYPE_CHECKING:
    from domain.model.configs import Config
    from domain.model.contexts import Context
    from domain.model.users import UserId
    from persistence.redis.connections import RedisConnections
    from persistence.redis.keys import Keys

CONFIGS_TTL = timedelta(hours=24)
"""Counted from the user's last config in any context."""

CONTEXTS_PER_USER = 32

# KEYS: the users' hashes, one for each config; ARGV: milliseconds to live, contexts per user, then field of the context
# and config of each.
# The field "order" holds the fields of all contexts in the order in which they were remembered, one behind the other:
# they are equally long and begin with a colon, so that none is ever found across two others.
_REMEMBER = """
for i, key in ipairs(KEYS) do
  local field, config = ARGV[2 * i + 1], ARGV[2 * i + 2]
  local width = #field
  local order = redis.call('HGET', key, 'order') or ''
  local at = string.find(order, field, 1, true)
  if at then
    order = string.sub(order, 1, at - 1) .. string.sub(order, at + width)
  end
  order = order .. field
  while #order > width * tonumber(ARGV[2]) do
    redis.call('HDEL', key, string.sub(order, 1, width))
    order = string.sub(order, width + 1)
  end
  redis.call('HSET', key, 'order', order, field, config)
  redis.call('PEXPIRE', key, ARGV[1])
end
"""


class RedisConfigCache:
    """Keeps the `CONTEXTS_PER_USER` contexts remembered last; a user with more of them loses the oldest."""

    def __init__(self, connections: RedisConnections, keys: Keys, ttl: timedelta = CONFIGS_TTL) -> None:
        self._connections = connections
        self._keys = keys
        self._ttl_ms = ttl // timedelta(milliseconds=1)
        self._remember = connections.client.register_script(_REMEMBER)

    async def last_known(self, user_id: UserId, context: Context) -> Config | None:
        document = await self._connections.field(self._keys.configs(user_id), self._keys.context(context))
        return None if document is None else config_from_bytes(document)

    async def remember(self, *decided: tuple[UserId, Context, Config]) -> None:
        keys = [self._keys.configs(user_id) for user_id, _, _ in decided]
        documents = [
            part for _, context, config in decided for part in (self._keys.context(context), config_to_bytes(config))
        ]
        if keys:
            await self._connections.attempt(
                lambda _: self._remember(keys=keys, args=(self._ttl_ms, CONTEXTS_PER_USER, *documents))
            )

    async def forget(self, user_id: UserId) -> None:
        key = self._keys.configs(user_id)
        await self._connections.change((key,), lambda redis: redis.unlink(key))
