"""Do people sign in to the console at an identity provider, in a real browser, and are they told when they cannot?"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from app.settings import load_settings
from tests.engines import serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from app.settings import Settings

HERE = Path(__file__).parent


@asynccontextmanager
async def identity_provider() -> AsyncIterator[str]:
    """The issuer of npm's oidc-provider, which knows a few people by their passwords."""
    pipe = asyncio.subprocess.PIPE
    provider = await asyncio.create_subprocess_exec(
        "node", "provider.mjs", cwd=HERE, stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.DEVNULL
    )
    assert provider.stdin is not None
    assert provider.stdout is not None
    try:
        yield (await provider.stdout.readline()).decode().strip()
    finally:
        provider.stdin.close()
        await provider.communicate()


async def test_people_sign_in_at_their_organisation_and_are_told_why_if_that_leads_nowhere(settings: Settings) -> None:
    async with identity_provider() as issuer:
        ours = load_settings(
            database_url=settings.database_url,
            redis_url=settings.redis_url,
            data_dir=settings.data_dir,
            jwks_url=f"{issuer}/jwks",
            token_issuer=issuer,
            token_audience="https://attune.test",
            oidc_issuer=issuer,
            oidc_client_id="console",
        )
        async with serving(ours) as engine:
            story = await asyncio.create_subprocess_exec(
                *("node", "signing_in.mjs", f"http://127.0.0.1:{engine.port}", issuer),
                cwd=HERE,
                stderr=asyncio.subprocess.PIPE,
            )
            _, said = await story.communicate()
    assert story.returncode == 0, said.decode()
