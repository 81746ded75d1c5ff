"""Under which names are things kept in Redis, so that the names tell nothing about anybody?"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from domain.model.contexts import Context
    from domain.model.users import UserId

PREFIX = "attune:1:"
"""The number grows when the layout of anything kept changes: old and new processes then never read each other's."""

NEWS_CHANNEL = f"{PREFIX}news"

_DIGEST_BYTES = 16


class Keys:
    """Names in which ids and contexts appear only as keyed hashes (BLAKE2b, RFC 7693).

    Processes share what they keep only if they share the secret; without it nobody can find out from a name, or by
    trying, whom it belongs to.
    """

    def __init__(self, secret: bytes) -> None:
        if not secret:
            raise ValueError("keys of ids need a secret")
        key = hashlib.blake2b(secret, person=b"attune keys").digest()
        self._user = hashlib.blake2b(key=key, digest_size=_DIGEST_BYTES, person=b"user")
        self._context = hashlib.blake2b(key=key, digest_size=_DIGEST_BYTES, person=b"context")

    def profile(self, user_id: UserId) -> str:
        return f"{PREFIX}profile:{self._of_user(user_id)}"

    def configs(self, user_id: UserId) -> str:
        """The hash with the user's configs in all contexts."""
        return f"{PREFIX}configs:{self._of_user(user_id)}"

    def context(self, context: Context) -> str:
        """The same 33 characters, beginning with a colon, for equal contexts however their attributes are ordered."""
        parts = [context.place, context.device, context.time_zone, dict(context.attributes)]
        # Not orjson: attributes may hold integers beyond 64 bits.
        canonical = json.dumps(parts, sort_keys=True, separators=(",", ":"))
        return f":{_digest(self._context, canonical)}"

    def counters(self, minute: int) -> str:
        """The hash with everything counted in one minute, numbered since 1970."""
        return f"{PREFIX}counters:{minute}"

    def _of_user(self, user_id: UserId) -> str:
        return _digest(self._user, user_id)


def _digest(keyed: hashlib.blake2b, text: str) -> str:
    hasher = keyed.copy()
    hasher.update(text.encode())
    return hasher.hexdigest()
