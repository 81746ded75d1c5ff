"""Does GraphiQL work in a real browser, against a real engine?"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from domain.model.principals import Role

if TYPE_CHECKING:
    from tests.engines import Api

HERE = Path(__file__).parent


async def test_people_sign_in_query_follow_and_make_rules_in_graphiql_alone(api: Api, tmp_path: Path) -> None:
    page = f"http://127.0.0.1:{api.port}/graphiql/"
    picture = tmp_path / "graphiql.png"

    tokens = api.token("browsing-user"), api.token("browsing-admin", Role.ADMIN)
    process = await asyncio.create_subprocess_exec(
        "node", "graphiql.mjs", page, *tokens, str(picture), cwd=HERE, stderr=asyncio.subprocess.PIPE
    )
    _, said = await process.communicate()

    assert process.returncode == 0, said.decode()
    assert picture.stat().st_size > 0
