"""How do tests take an engine's servers away, bring them back, and learn what the engine makes of it?"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from tests.engines import PATIENCE_SECONDS, unique

if TYPE_CHECKING:
    from app.embedded.services import EmbeddedServices
    from tests.engines import Api, Speaker

CONFIG = """
query ($context: ContextInput!) {
  viewer { config(context: $context) { revision source decidedAt holdsUntil theme { mode } layout { density } } }
}
"""
GOOD = {"DECIDED", "CACHED"}


@dataclass(frozen=True, slots=True)
class Stores:
    """Both servers of one engine."""

    services: EmbeddedServices
    engine: Api

    async def stop_redis(self) -> None:
        await asyncio.to_thread(self.services.redis.stop)

    async def start_redis(self) -> None:
        await asyncio.to_thread(self.services.redis.start)

    async def stop_postgres(self) -> None:
        await asyncio.to_thread(self.services.postgres.stop)

    async def start_postgres(self) -> None:
        await asyncio.to_thread(self.services.postgres.start)

    async def recovered(self) -> None:
        """Return when the engine itself decides from the newest there is."""
        await config_from(GOOD, self.engine.as_user(), unique("place"))


async def config_at(user: Speaker, place: str) -> dict[str, Any]:
    """What the user gets there now: never an error, whatever is out of order."""
    config: dict[str, Any] = (await user.ask(CONFIG, context={"place": place}))["viewer"]["config"]
    return config


async def config_from(sources: set[str], user: Speaker, place: str) -> dict[str, Any]:
    """The first config that comes from one of the sources; those before it are no errors either."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (config := await config_at(user, place))["source"] not in sources:
            pass
    return config


async def health(engine: Api, path: str) -> tuple[int, dict[str, Any]]:
    """Status and body."""
    response = await engine.client.get(f"/health/{path}")
    return response.status_code, orjson.loads(response.content)
