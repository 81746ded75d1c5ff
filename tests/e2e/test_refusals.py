"""Is what is refused refused alike, however it is asked: over HTTP or a socket, read, changed or followed?"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from domain.model.principals import Role
from tests.e2e.rules import CREATE, DARK, LIGHT, active_rule, rule_input
from tests.engines import PATIENCE_SECONDS, Api, Refusal, Speaker, unique
from tests.faults.pages import open_page

if TYPE_CHECKING:
    from collections.abc import Mapping

OTHER = "somebody-else"
UNAUTHENTICATED, FORBIDDEN = "UNAUTHENTICATED", "FORBIDDEN"

OF_ONESELF = {
    "query": "query { viewer { id profile { revision } } }",
    "mutation": 'mutation { updateProfile(input: {traits: {plan: "pro"}}) { userErrors { code } } }',
    "subscription": 'subscription { configUpdated(context: {place: "dashboard"}) { cause } }',
}
OF_ANOTHER_USER = {
    "query": f'query {{ user(id: "{OTHER}") {{ id profile {{ revision }} }} }}',
    "mutation": f'mutation {{ updateProfile(input: {{userId: "{OTHER}", traits: {{}}}}) {{ userErrors {{ code }} }} }}',
    "subscription": f'subscription {{ configUpdated(context: {{place: "dashboard"}}, userId: "{OTHER}") {{ cause }} }}',
    "another subscription": f'subscription {{ profileUpdated(userId: "{OTHER}") {{ cause }} }}',
}
OF_RULES = {
    "query": "query { rules { totalCount } }",
    "mutation": CREATE,
    "subscription": "subscription { ruleChanged { kind } }",
}
VARIABLES: Mapping[str, dict[str, Any]] = {CREATE: {"input": rule_input("nowhere", DARK)}}


@dataclass(frozen=True, slots=True)
class Case:
    """Who asks for what; every way to ask for it has to be refused with this code."""

    name: str
    role: Role | None
    operations: Mapping[str, str]
    code: str


CASES = [
    Case("nobody is not oneself", None, OF_ONESELF, UNAUTHENTICATED),
    Case("nobody may not see another user", None, OF_ANOTHER_USER, UNAUTHENTICATED),
    Case("nobody may not handle rules", None, OF_RULES, UNAUTHENTICATED),
    Case("a user may not see another user", Role.USER, OF_ANOTHER_USER, FORBIDDEN),
    Case("a user may not handle rules", Role.USER, OF_RULES, FORBIDDEN),
    Case("a service may not handle rules", Role.SERVICE, OF_RULES, FORBIDDEN),
]
WAYS = [pytest.param(case, kind, id=f"{case.name}: {kind}") for case in CASES for kind in case.operations]


def speaker(api: Api, role: Role | None) -> Speaker:
    return api.as_nobody() if role is None else api.speaking(unique("asking"), role)


@pytest.mark.parametrize(("case", "kind"), WAYS)
async def test_what_one_may_not_do_is_refused_on_a_socket(api: Api, case: Case, kind: str) -> None:
    operation = case.operations[kind]
    async with speaker(api, case.role).following(operation, **VARIABLES.get(operation, {})) as answers:
        with pytest.raises(Refusal) as refused:
            await answers.next()
    assert refused.value.code == case.code


@pytest.mark.parametrize(("case", "kind"), [way for way in WAYS if "subscription" not in str(way.values[1])])
async def test_what_one_may_not_do_is_refused_with_the_same_code_over_http(api: Api, case: Case, kind: str) -> None:
    operation = case.operations[kind]
    with pytest.raises(Refusal) as refused:
        await speaker(api, case.role).ask(operation, **VARIABLES.get(operation, {}))
    assert refused.value.code == case.code


@pytest.mark.parametrize("kind", OF_ONESELF)
async def test_what_one_may_do_is_done_the_same_way(api: Api, kind: str) -> None:
    async with api.as_user().following(OF_ONESELF[kind]) as answers:
        assert await answers.next()


async def test_a_service_follows_the_configs_of_others_and_an_analyst_follows_rules(api: Api) -> None:
    async with api.as_service().following(OF_ANOTHER_USER["subscription"]) as configs:
        assert await configs.next() == {"configUpdated": {"cause": "SUBSCRIBED"}}
    place = unique("place")
    async with api.as_analyst().connection() as socket:
        await socket.follow(OF_RULES["subscription"])
        asked = await socket.follow(OF_RULES["query"])
        assert (await socket.receive())["id"] == asked.id
        assert (await socket.receive())["type"] == "complete"
        await active_rule(api.as_admin(), place, LIGHT)
        assert (await socket.receive())["payload"]["data"] == {"ruleChanged": {"kind": "CREATED"}}


@pytest.mark.parametrize("token", ["expired", "forged", "nonsense"])
async def test_a_token_that_does_not_count_opens_nothing(api: Api, token: str) -> None:
    texts = {
        "expired": api.token("ann", expires_in=timedelta(seconds=-60)),
        "forged": f"{api.token('ann')[:-8]}AAAAAAAA",
        "nonsense": "nonsense",
    }
    asking = Speaker(api, "ann", texts[token])
    with pytest.raises(Refusal) as refused:
        await asking.ask(OF_ONESELF["query"])
    assert refused.value.code == UNAUTHENTICATED
    assert await close_code(asking) == 4403


async def test_a_page_ends_with_its_token_and_not_before(api: Api) -> None:
    place = unique("place")
    short = Speaker(api, "ann", api.token("ann", expires_in=timedelta(seconds=3)))
    async with open_page(short, place) as page:
        await active_rule(api.as_admin(), place, DARK)
        assert await page.mode() == "DARK"
        with pytest.raises(ConnectionClosed) as closed:
            await page.update()
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (4403, "token expired")
    with pytest.raises(Refusal) as refused:
        await short.ask(OF_ONESELF["query"])
    assert refused.value.code == UNAUTHENTICATED


async def close_code(asking: Speaker) -> int:
    """With which code a socket of this speaker is closed instead of being acknowledged."""
    url = f"ws://127.0.0.1:{asking.api.port}/graphql"
    async with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")], compression=None) as raw:
        payload = {"authorization": f"Bearer {asking.token}"}
        await raw.send(orjson.dumps({"type": "connection_init", "payload": payload}).decode())
        with pytest.raises(ConnectionClosed) as closed:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await raw.recv()
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code
