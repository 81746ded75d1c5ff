"""Which engine may the tests of outages break?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.embedded.postgres import Durability
from app.embedded.services import EmbeddedServices, start_embedded
from app.settings import Settings, load_settings
from migrations.runner import migrate
from tests.conftest import TOKEN_SECRET
from tests.engines import Api, serving
from tests.faults.stores import Stores

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


@pytest.fixture(scope="session")
def own_services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServices]:
    """Servers that nobody else notices being stopped or killed; what they acknowledge is on disk."""
    with start_embedded(tmp_path_factory.mktemp("own"), Durability.DURABLE) as running:
        yield running


@pytest.fixture(scope="session")
async def own_settings(own_services: EmbeddedServices, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    await migrate(own_services.database_url)
    return load_settings(
        database_url=own_services.database_url,
        redis_url=own_services.redis_url,
        token_secret=TOKEN_SECRET,
        data_dir=tmp_path_factory.mktemp("data"),
        worker_in_server=True,
        train_every="off",
    )


@pytest.fixture(scope="session")
async def engine(own_settings: Settings) -> AsyncIterator[Api]:
    """An engine on those servers, the same one through all outages."""
    async with serving(own_settings) as running:
        yield running


@pytest.fixture
async def stores(own_services: EmbeddedServices, engine: Api) -> Stores:
    """The engine's servers, both running to begin with."""
    stores = Stores(own_services, engine)
    await stores.start_redis()
    await stores.start_postgres()
    await stores.recovered()
    return stores
