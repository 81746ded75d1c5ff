"""Do the pages of the console show, and change, what a real engine knows?"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from domain.model.principals import Role
from tests.engines import unique

if TYPE_CHECKING:
    from tests.engines import Api

HERE = Path(__file__).parent
CREATE_RULE = """
mutation($key: String!, $name: String!) {
  createRule(input: {
    key: $key, name: $name, condition: {always: true}, adaptations: [{setTheme: {mode: DARK}}]
  }) { rule { id } }
}
"""


async def test_admins_manage_and_analysts_look_and_graphiql_opens_signed_in(api: Api) -> None:
    page = f"http://127.0.0.1:{api.port}/console/"
    tokens = api.token("managing-admin", Role.ADMIN), api.token("looking-analyst", Role.ANALYST)
    segment = unique("regulars")
    name = "Whoever comes often and has seen every report gets everything within reach on the first page"
    await api.as_admin().ask(CREATE_RULE, key=unique("long"), name=name)

    process = await asyncio.create_subprocess_exec(
        "node", "console_pages.mjs", page, *tokens, segment, cwd=HERE, stderr=asyncio.subprocess.PIPE
    )
    _, said = await process.communicate()

    assert process.returncode == 0, said.decode()
    (found,) = (
        one for one in (await api.as_admin().ask("{segments{key name condition}}"))["segments"] if one["key"] == segment
    )
    assert found["name"] == "Come often"
    assert found["condition"] == {"activity": {"measure": "SESSIONS_30D", "range": {"gte": 8}}}
