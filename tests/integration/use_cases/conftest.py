"""Which engines do the tests of the use cases drive? Whole ones on real stores of their own, without HTTP."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from redis.asyncio import Redis
from sqlalchemy import text

from app.embedded.postgres import Durability
from app.embedded.services import EmbeddedServices, start_embedded
from app.settings import Settings, load_settings
from migrations.runner import migrate
from persistence.postgres.engine import create_engine
from persistence.postgres.tables import metadata
from tests.fakes.clocks import ManualClock
from tests.integration.use_cases.driving import Driven, driving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

SECRET = "a-secret-of-the-tests-0123456789-abcdefghij"


@pytest.fixture(scope="session")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServices]:
    """Servers whose every key and row these tests may look at, and remove."""
    with start_embedded(tmp_path_factory.mktemp("use-cases"), Durability.THROWAWAY) as running:
        yield running


@pytest.fixture(scope="session")
async def migrated_stores(stores: EmbeddedServices) -> EmbeddedServices:
    await migrate(stores.database_url)
    return stores


def settings_of(services: EmbeddedServices, data_dir: Path) -> Settings:
    return load_settings(
        database_url=services.database_url, redis_url=services.redis_url, token_secret=SECRET, data_dir=data_dir
    )


@pytest.fixture
async def engine_settings(migrated_stores: EmbeddedServices, tmp_path: Path) -> Settings:
    """Of an engine on empty stores."""
    await empty(migrated_stores)
    return settings_of(migrated_stores, tmp_path)


async def empty(services: EmbeddedServices) -> None:
    names = ", ".join(table.name for table in metadata.sorted_tables)
    engine = create_engine(services.database_url, pool_size=1)
    async with engine.begin() as connection:
        await connection.execute(text(f"TRUNCATE {names} CASCADE"))
    await engine.dispose()
    async with Redis.from_url(services.redis_url) as redis:
        await redis.flushall()


@pytest.fixture
def clock() -> ManualClock:
    """A Monday, noon."""
    return ManualClock()


@pytest.fixture
async def engine(engine_settings: Settings, clock: ManualClock) -> AsyncIterator[Driven]:
    """One process' engine, hearing the news; the worker works when it is told to."""
    async with driving(engine_settings, clock) as driven:
        yield driven


@pytest.fixture
async def other_engine(engine: Driven, engine_settings: Settings, clock: ManualClock) -> AsyncIterator[Driven]:
    """Another process' engine on the same stores."""
    async with driving(engine_settings, clock) as driven:
        await engine.settled()
        yield driven


@asynccontextmanager
async def stoppable_stores(directory: Path) -> AsyncIterator[EmbeddedServices]:
    """Stores that a test may stop and start."""
    async with AsyncExitStack() as stack:
        services = stack.enter_context(start_embedded(directory, Durability.THROWAWAY))
        await migrate(services.database_url)
        yield services
