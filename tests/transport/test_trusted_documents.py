"""With a manifest, callers get the application's own operations answered, and nothing else, however they ask."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from tests.transport.servers import Server, serving
from tests.transport.sockets import acknowledged
from transport.manifests import Manifest, hash_of

HELLO, WHO = "query Hello { hello }", "query Who { who }"
NOOP, COUNT = "mutation Noop($x: Int!) { noop(x: $x) }", "subscription Count($to: Int!) { count(to: $to) }"
INTROSPECTING = "query Schema { __schema { queryType { name } } }"
NONE_OF_THEM = "query Other { hello }"
TRUSTED = {"authorization": "Bearer trusted"}


@pytest.fixture(scope="module")
async def closed() -> AsyncIterator[Server]:
    manifest = Manifest.of([HELLO, WHO, NOOP, COUNT, INTROSPECTING])
    async with serving(queries_by_get=True, discreet=True, manifest=manifest) as running:
        yield running


@pytest.fixture(scope="module")
async def client(closed: Server) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=closed.http) as http:
        yield http


def named(text: str, prefix: str = "sha256:") -> str:
    return f"{prefix}{hash_of(text)}"


def ways(text: str) -> list[dict[str, Any]]:
    """Every form that a request for one of the application's own documents may have."""
    apollo = {"persistedQuery": {"version": 1, "sha256Hash": hash_of(text)}}
    return [
        {"documentId": named(text)},
        {"documentId": named(text, "")},
        {"documentId": named(text), "query": ""},
        {"extensions": apollo},
        {"query": text},
        {"query": text, "extensions": apollo},
        {"query": text, "documentId": "sha256:unknown"},
    ]


def code(answer: dict[str, Any]) -> str:
    found: str = answer["errors"][0]["extensions"]["code"]
    assert "data" not in answer
    return found


@pytest.mark.parametrize("way", ways(HELLO))
async def test_the_applications_own_queries_are_answered_by_post_and_get(
    client: httpx2.AsyncClient, way: dict[str, Any]
) -> None:
    expected = {"data": {"hello": "world"}}
    assert (await client.post("", json=way)).json() == expected
    parameters = {key: value if isinstance(value, str) else json.dumps(value) for key, value in way.items()}
    assert (await client.get("", params=parameters)).json() == expected


@pytest.mark.parametrize("way", ways(COUNT))
async def test_they_are_answered_on_a_socket(closed: Server, way: dict[str, Any]) -> None:
    async with acknowledged(closed) as socket:
        await socket.send({"id": "1", "type": "subscribe", "payload": {**way, "variables": {"to": 2}}})
        events = await socket.results("1")
    assert [event.get("payload") for event in events] == [{"data": {"count": 0}}, {"data": {"count": 1}}, None]


async def test_variables_and_the_operations_name_are_sent_beside_the_identifier(client: httpx2.AsyncClient) -> None:
    body = {"documentId": named(NOOP), "variables": {"x": 5}, "operationName": "Noop"}
    assert (await client.post("", json=body)).json() == {"data": {"noop": 5}}
    assert code((await client.post("", json={**body, "operationName": "Other"})).json()) == "BAD_USER_INPUT"


async def test_mutations_are_not_run_by_get_however_they_are_named(client: httpx2.AsyncClient) -> None:
    response = await client.get("", params={"documentId": named(NOOP), "variables": '{"x": 5}'})
    assert (response.status_code, response.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize(
    "way",
    [
        {"query": NONE_OF_THEM},
        {"query": f"{HELLO} "},
        {"query": f"# harmless\n{HELLO}"},
        {"query": f"{HELLO} {WHO}", "operationName": "Hello"},
        {"query": "{"},
        {"query": "{ __typename }"},
        {"documentId": named(NONE_OF_THEM)},
        {"documentId": "Hello"},
        {"documentId": named(HELLO).upper()},
        {"documentId": named(HELLO), "query": NONE_OF_THEM},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": hash_of(NONE_OF_THEM)}}},
    ],
)
async def test_everything_else_is_refused_alike_over_http_and_on_a_socket(
    closed: Server, client: httpx2.AsyncClient, way: dict[str, Any]
) -> None:
    for headers in ({}, {"authorization": "Bearer ada"}):
        response = await client.post("", json=way, headers={**headers, "accept": "application/graphql-response+json"})
        assert (response.status_code, code(response.json())) == (400, "UNTRUSTED_DOCUMENT")
    parameters = {key: value if isinstance(value, str) else json.dumps(value) for key, value in way.items()}
    assert code((await client.get("", params=parameters)).json()) == "UNTRUSTED_DOCUMENT"
    async with acknowledged(closed) as socket:
        await socket.send({"id": "1", "type": "subscribe", "payload": way})
        (refusal,) = await socket.results("1")
        assert code({"errors": refusal["payload"]}) == "UNTRUSTED_DOCUMENT"
        await socket.check_alive()


async def test_what_is_refused_is_not_even_read(closed: Server, client: httpx2.AsyncClient) -> None:
    documents = closed.endpoint.operations.documents
    before = len(documents)
    for number in range(5):
        await client.post("", json={"query": f"query Number{number} {{ hello }}"})
    assert len(documents) == before


async def test_who_is_trusted_may_send_anything(closed: Server, client: httpx2.AsyncClient) -> None:
    response = await client.post("", json={"query": NONE_OF_THEM}, headers=TRUSTED)
    assert response.json() == {"data": {"hello": "world"}}
    async with acknowledged(closed, {"token": "trusted"}) as socket:
        await socket.subscribe("1", "subscription { count(to: 1) }")
        assert len(await socket.results("1")) == 2


async def test_a_client_of_the_trusted_is_asked_for_the_text_that_is_not_known(client: httpx2.AsyncClient) -> None:
    for way in ({"documentId": named(NONE_OF_THEM)}, {"extensions": {"persistedQuery": {"sha256Hash": "unknown"}}}):
        answer = (await client.post("", json=way, headers=TRUSTED)).json()
        assert (answer["errors"][0]["message"], code(answer)) == ("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND")


async def test_a_document_is_trusted_with_what_it_asks_but_not_with_the_schema(client: httpx2.AsyncClient) -> None:
    assert code((await client.post("", json={"documentId": named(INTROSPECTING)})).json()) == "INTROSPECTION_REFUSED"
    assert "data" in (await client.post("", json={"documentId": named(INTROSPECTING)}, headers=TRUSTED)).json()


@pytest.mark.parametrize(
    "body",
    [{}, {"documentId": None}, {"documentId": 7}, {"documentId": []}, {"query": None, "documentId": {}}]
    + [{"extensions": {"persistedQuery": value}} for value in (7, {}, {"sha256Hash": 7}, None)],
)
async def test_what_names_no_document_is_a_bad_request(client: httpx2.AsyncClient, body: dict[str, Any]) -> None:
    response = await client.post("", json=body)
    assert (response.status_code, code(response.json())) == (400, "BAD_REQUEST")


async def test_without_a_manifest_clients_that_send_identifiers_are_asked_for_the_text(
    http: httpx2.AsyncClient,
) -> None:
    assert code((await http.post("", json={"documentId": named(HELLO)})).json()) == "PERSISTED_QUERY_NOT_FOUND"
    assert (await http.post("", json={"query": HELLO})).json() == {"data": {"hello": "world"}}
