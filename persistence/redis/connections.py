"""How does the engine reach Redis, and what does it cost when Redis is away? Almost nothing."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Self, TypeVar

import structlog
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from domain.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from domain.ports.clock import Clock

T = TypeVar("T")

TROUBLE = (RedisError, OSError)
"""Everything that means "Redis does not do what it is asked"; timeouts are among them."""

OUTDATED_LIMIT = 10_000
"""How many keys are remembered that could not be changed; beyond that the oldest are left to expire."""

_log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisLimits:
    """`call` bounds one operation altogether: waiting for a connection, connecting, sending and reading."""

    connections: int = 32
    # A busy event loop counts as waiting too: much less would take its own pauses for outages.
    call: timedelta = timedelta(seconds=1)
    rest: timedelta = timedelta(seconds=1)


class Breaker:
    """Keeps calls away from a store that just failed: after a failure, one trial per `rest` until one succeeds."""

    def __init__(self, clock: Clock, rest: timedelta) -> None:
        self._clock = clock
        self._rest = rest
        self._next_trial_at: datetime | None = None

    @property
    def is_broken(self) -> bool:
        return self._next_trial_at is not None

    def admits(self) -> bool:
        """May this call go ahead? Whoever hears yes while broken is the trial: all others hear no for a `rest`."""
        if self._next_trial_at is None:
            return True
        now = self._clock.now()
        if now < self._next_trial_at:
            return False
        self._next_trial_at = now + self._rest
        return True

    def failed(self) -> None:
        self._next_trial_at = self._clock.now() + self._rest

    def succeeded(self) -> None:
        self._next_trial_at = None


class RedisConnections:
    """A bounded pool and the breaker that all adapters of one process share."""

    def __init__(self, client: Redis, breaker: Breaker, call: timedelta) -> None:
        self.client = client
        self._breaker = breaker
        self._call_seconds = call.total_seconds()
        self._outdated: dict[str, None] = {}

    @classmethod
    def to(cls, url: str, clock: Clock, limits: RedisLimits | None = None) -> Self:
        """Connections to `redis://`, `rediss://` or `unix://` URLs; nothing is connected before the first call."""
        limits = limits or RedisLimits()
        seconds = limits.call.total_seconds()
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=limits.connections,
            timeout=seconds,
            socket_connect_timeout=seconds,
            socket_timeout=None,  # every call is bounded as a whole; a second timer would only cost time
            retry=Retry(NoBackoff(), 0),
            protocol=2,
            driver_info=None,  # CLIENT SETINFO came with Redis 7.2
        )
        return cls(Redis.from_pool(pool), Breaker(clock, limits.rest), limits.call)

    async def call(self, operation: Callable[[Redis], Awaitable[T]]) -> T:
        """What `operation` answers; `Unavailable` when Redis does not answer in time or just failed to."""
        if not self._breaker.admits():
            raise Unavailable("Redis does not answer")
        return await self._run(operation)

    async def attempt(self, operation: Callable[[Redis], Awaitable[T]]) -> T | None:
        """Like `call`, but `None` when Redis is unavailable."""
        try:
            return await self.call(operation)
        except Unavailable:
            return None

    async def change(self, keys: Sequence[str], operation: Callable[[Redis], Awaitable[object]]) -> None:
        """Change what is kept under `keys`. If that fails it is removed before Redis is asked anything else.

        Else it would come back after a short interruption: outdated, or of a user who has been erased meanwhile.
        """
        try:
            await self.call(operation)
        except BaseException as error:
            self._outdated |= dict.fromkeys(keys)
            while len(self._outdated) > OUTDATED_LIMIT:
                del self._outdated[next(iter(self._outdated))]
            if not isinstance(error, Unavailable):
                raise

    async def field(self, key: str, name: str) -> bytes | None:
        """One field of a hash; `None` when there is none, or Redis is unavailable."""
        value = await self.attempt(lambda redis: redis.hget(key, name))
        return value if isinstance(value, bytes) else None

    async def ping(self) -> None:
        """Ask Redis now, whatever happened before; `Unavailable` when it does not answer."""
        await self._run(lambda redis: redis.ping())

    async def aclose(self) -> None:
        await self.client.aclose()

    async def _run(self, operation: Callable[[Redis], Awaitable[T]]) -> T:
        try:
            async with asyncio.timeout(self._call_seconds):
                await self._remove_outdated()
                answer = await operation(self.client)
        except TROUBLE as error:
            if not self._breaker.is_broken:
                _log.warning("redis_away", reason=f"{type(error).__name__}: {error}")
            self._breaker.failed()
            raise Unavailable("Redis does not answer") from error
        if self._breaker.is_broken:
            self._breaker.succeeded()
            _log.info("redis_back")
        return answer

    async def _remove_outdated(self) -> None:
        if not self._outdated:
            return
        keys = tuple(self._outdated)
        await self.client.unlink(*keys)
        for key in keys:
            self._outdated.pop(key, None)
