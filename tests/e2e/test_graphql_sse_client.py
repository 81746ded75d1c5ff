"""Does the npm client graphql-sse see what a page has to see, where no WebSocket gets through?"""

from __future__ import annotations

from datetime import timedelta
from itertools import repeat
from typing import TYPE_CHECKING

import pytest

from tests.e2e.followers import node_client
from tests.e2e.rules import COMPACT, DARK, LIGHT, active_rule
from tests.engines import unique

if TYPE_CHECKING:
    from tests.engines import Api

TOKEN_LASTS, LONG = timedelta(seconds=3), timedelta(hours=1)
TRACK = """mutation ($target: String!) { trackInteraction(input: {
  key: "once", kind: FEATURE_USE, target: $target, occurredAt: "2026-01-01T00:00:00Z"}) { accepted } }"""


def address(api: Api) -> str:
    return f"http://127.0.0.1:{api.port}/graphql"


async def test_a_changed_rule_reaches_the_open_page(api: Api) -> None:
    user, place = api.as_user(), unique("place")
    async with node_client(address(api), repeat(user.token), context={"place": place}) as page:
        await page.connected()
        first = await page.update()
        assert (first["cause"], first["config"]["decisions"]) == ("SUBSCRIBED", [])
        rule = await active_rule(api.as_admin(), place, DARK)
        pushed = await page.update()
        assert (pushed["cause"], pushed["changedSlots"]) == ("RULE_CHANGED", ["theme.mode"])
        await rule.rewrite(adaptations=[LIGHT, COMPACT])
        pushed = await page.update()
        assert (pushed["config"]["theme"]["mode"], pushed["config"]["layout"]["density"]) == ("LIGHT", "COMPACT")


@pytest.mark.parametrize(
    ("query", "variables", "data"),
    [
        ("{ viewer { __typename } }", {}, {"viewer": {"__typename": "User"}}),
        (TRACK, {"target": "export"}, {"trackInteraction": {"accepted": 1}}),
    ],
)
async def test_queries_and_mutations_are_answered_and_complete(
    api: Api, query: str, variables: dict[str, object], data: object
) -> None:
    async with node_client(address(api), repeat(api.as_user().token), query, **variables) as page:
        await page.connected()
        assert await page.event() == {"event": "next", "data": data}
        assert await page.event() == {"event": "complete"}


async def test_an_operation_in_error_says_what_is_wrong_and_is_not_tried_again(api: Api) -> None:
    async with node_client(address(api), repeat(api.as_user().token), "subscription { nothing }") as page:
        await page.connected()
        told = await page.event()
        assert told["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
        assert await page.event() == {"event": "complete"}


async def test_a_stream_ends_with_its_token_and_goes_on_with_the_next_one_without_repeating_itself(api: Api) -> None:
    user_id, place = unique("user"), unique("place")
    tokens = (api.token(user_id, expires_in=lasts) for lasts in (TOKEN_LASTS, LONG))
    rule = await active_rule(api.as_admin(), place, DARK)
    async with node_client(address(api), tokens, context={"place": place}, knownRevision=None) as page:
        await page.connected()
        assert (await page.update())["config"]["theme"]["mode"] == "DARK"
        assert await page.event() == {"event": "closed"}
        await page.connected()
        await rule.rewrite(adaptations=[LIGHT])
        # Whatever came for the second connection before would be read first.
        assert (await page.update())["config"]["theme"]["mode"] == "LIGHT"
