"""Which real servers do the tests share?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.embedded.postgres import Durability
from app.embedded.services import EmbeddedServices, start_embedded
from app.settings import Settings, load_settings
from migrations.runner import migrate
from tests.engines import Api, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

TOKEN_SECRET = "a-secret-of-the-tests-0123456789-abcdefghij"


@pytest.fixture(scope="session")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServices]:
    """Embedded servers for everything that does not stop them."""
    with start_embedded(tmp_path_factory.mktemp("services"), Durability.THROWAWAY) as running:
        yield running


@pytest.fixture(scope="session")
async def database_url(services: EmbeddedServices) -> str:
    """An empty, migrated database."""
    await migrate(services.database_url)
    return services.database_url


@pytest.fixture(scope="session")
def settings(services: EmbeddedServices, database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return load_settings(
        database_url=database_url,
        redis_url=services.redis_url,
        token_secret=TOKEN_SECRET,
        data_dir=tmp_path_factory.mktemp("data"),
        worker_in_server=True,
        train_every="off",
    )


@pytest.fixture(scope="session")
async def api(settings: Settings) -> AsyncIterator[Api]:
    """A whole engine behind a real port, shared: tests use users, rules and places of their own."""
    async with serving(settings) as running:
        yield running
