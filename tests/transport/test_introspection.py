"""The schema is told to those who may ask for it, and to others by no detour either."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from tests.transport.servers import Server, serving
from tests.transport.sockets import acknowledged

TRUSTED = {"authorization": "Bearer trusted"}
ASKING_FOR_THE_SCHEMA = [
    "{ __schema { queryType { name } } }",
    '{ hello __type(name: "Node") { name } }',
    "{ innocent: __schema { queryType { name } } }",
    "{ ... on Query { ...F } } fragment F on Query { ... { __schema { types { name } } } }",
    "query A { hello } query B { __schema { queryType { name } } }",
    "query ($no: Boolean = false) { hello __schema @include(if: $no) { queryType { name } } }",
]
MISSPELT: list[tuple[str, dict[str, Any]]] = [
    ("{ helo }", {}),
    ("{ node { children(fist: 1) { name } } }", {}),
    ("{ node { ... on Nod { name } } }", {}),
    ("{ mixed(colours: [REDD]) }", {}),
    ("{ nested(value: {iner: null}) }", {}),
    ("query ($colours: [Colour!]!) { mixed(colours: $colours) }", {"colours": ["REDD"]}),
    ("query ($colours: [Colour!]!) { mixed(colours: $colours) }", {"colours": ["RED"] * 30 + ["REDD"]}),
    ("query ($value: Nested!) { nested(value: $value) }", {"value": {"iner": None}}),
    ("query ($value: Neste!) { nested(value: $value) }", {"value": None}),
]


@pytest.fixture(scope="module")
async def discreet() -> AsyncIterator[Server]:
    async with serving(discreet=True) as running:
        yield running


@pytest.fixture(scope="module")
async def client(discreet: Server) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=discreet.http) as http:
        yield http


@pytest.mark.parametrize("query", ASKING_FOR_THE_SCHEMA)
async def test_who_may_not_ask_for_the_schema_is_refused_before_anything_runs(
    discreet: Server, client: httpx2.AsyncClient, query: str
) -> None:
    discreet.world.contexts.clear()
    body = {"query": query, "operationName": "A" if "query A" in query else None}
    answer = (await client.post("", json=body)).json()
    assert answer["errors"][0]["extensions"]["code"] == "INTROSPECTION_REFUSED"
    async with acknowledged(discreet, {"token": "ada"}) as socket:
        await socket.subscribe("1", query)
        (refusal,) = await socket.results("1")
        assert refusal["payload"][0]["extensions"]["code"] == "INTROSPECTION_REFUSED"
    assert discreet.world.contexts == []
    assert "data" in (await client.post("", json=body, headers=TRUSTED)).json()


async def test_everybody_may_ask_for_names_of_types_beside_their_data(client: httpx2.AsyncClient) -> None:
    answer = (await client.post("", json={"query": "{ __typename node { __typename } }"})).json()
    assert answer == {"data": {"__typename": "Query", "node": {"__typename": "Node"}}}


@pytest.mark.parametrize(("query", "variables"), MISSPELT)
async def test_what_may_have_been_meant_is_told_only_to_those_who_may_ask_for_the_schema(
    client: httpx2.AsyncClient, query: str, variables: dict[str, Any]
) -> None:
    for _ in range(2):  # also from what is remembered
        for headers, told in (({}, False), (TRUSTED, True)):
            response = await client.post("", json={"query": query, "variables": variables}, headers=headers)
            assert "errors" in response.json()
            assert ("Did you mean" in response.text) is told
