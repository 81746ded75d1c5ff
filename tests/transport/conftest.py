from collections.abc import AsyncIterator

import httpx2
import pytest

from tests.transport.servers import Server, serving


@pytest.fixture(scope="session")
async def server() -> AsyncIterator[Server]:
    async with serving(origins=frozenset({"https://app.example"})) as running:
        yield running


@pytest.fixture(scope="session")
async def http(server: Server) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=server.http) as client:
        yield client
