"""Does GraphiQL work in a real browser, against a real engine? Run by `make test-browser`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.engines import Api

HERE = Path(__file__).parent


async def test_graphiql_signs_in_queries_and_follows_without_leaving_the_engine(api: Api, tmp_path: Path) -> None:
    page = f"http://127.0.0.1:{api.port}/graphiql"
    picture = tmp_path / "graphiql.png"

    process = await asyncio.create_subprocess_exec(
        "node", "graphiql.mjs", page, api.token("browsing-user"), str(picture), cwd=HERE, stderr=asyncio.subprocess.PIPE
    )
    _, said = await process.communicate()

    assert process.returncode == 0, said.decode()
    assert picture.stat().st_size > 0
