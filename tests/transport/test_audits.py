"""Does the endpoint pass the audits that others wrote for these protocols?"""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.transport.servers import Server, serving
from transport.limits import Limits

REPOSITORY = Path(__file__).parents[2]
CLIENTS = REPOSITORY / "tests" / "e2e" / "clients"
INIT_TIMEOUT_SECONDS = 2
AUDIT_TIMEOUT_SECONDS = 240

# Stricter audits that may lie beside the repository; ours, and the tests of this folder, cover the same ground.
SHARED = REPOSITORY.parent / "shared" / "audits"
HTTP_AUDITS = [CLIENTS / "http-audit.mjs", *SHARED.glob("graphql-http-audit.mjs")]
WS_AUDITS = [CLIENTS / "ws-audit.mjs", *SHARED.glob("graphql-ws-audit.mjs")]


async def run(*command: str) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        *command, cwd=CLIENTS, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        async with asyncio.timeout(AUDIT_TIMEOUT_SECONDS):
            output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return process.returncode, output.decode()


@pytest.fixture(scope="module")
async def node() -> str:
    """Return the path of Node, with the packages of the lock installed."""
    installed, lock = CLIENTS / "node_modules" / ".package-lock.json", CLIENTS / "package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        npm = shutil.which("npm")
        assert npm, "npm is needed: install Node 20 or later"
        status, output = await run(npm, "ci", "--no-audit", "--no-fund")
        assert status == 0, output
        os.utime(installed)
    path = shutil.which("node")
    assert path, "Node 20 or later is needed"
    return path


@pytest.fixture(scope="module")
async def server() -> AsyncIterator[Server]:
    limits = Limits(connection_init_timeout_seconds=INIT_TIMEOUT_SECONDS)
    async with serving(limits, queries_by_get=True) as running:
        yield running


@pytest.mark.parametrize("audit", HTTP_AUDITS, ids=lambda audit: audit.name)
async def test_every_audit_of_graphql_over_http_passes(node: str, server: Server, audit: Path) -> None:
    status, output = await run(node, str(audit), server.http)
    assert status == 0, output
    assert "61/61 passed" in output or "total 61  ok 61 " in output, output


@pytest.mark.parametrize("audit", WS_AUDITS, ids=lambda audit: audit.name)
async def test_every_audit_of_graphql_transport_ws_passes(node: str, server: Server, audit: Path) -> None:
    active = f"http://127.0.0.1:{server.port}/active"
    status, output = await run(
        node, str(audit), server.ws, "--active", active, "--init-timeout", str(INIT_TIMEOUT_SECONDS)
    )
    assert status == 0, output
