"""GraphQL over HTTP: what is answered, with which status and media type, and what is refused."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from structlog.testing import capture_logs

from tests.transport.example import SECRET
from tests.transport.servers import Server, serving
from transport.limits import Limits

NEW = {"accept": "application/graphql-response+json"}
OLD = {"accept": "application/json"}


async def ask(
    http: httpx2.AsyncClient, query: str, headers: dict[str, str] | None = None, **more: Any
) -> httpx2.Response:
    return await http.post("", json={"query": query, **more}, headers=headers or NEW)


def code(response: httpx2.Response) -> str:
    found: str = response.json()["errors"][0]["extensions"]["code"]
    return found


@pytest.mark.parametrize("headers", [NEW, OLD])
async def test_a_query_is_answered_in_the_media_type_that_was_asked_for(
    http: httpx2.AsyncClient, headers: dict[str, str]
) -> None:
    response = await ask(http, "query ($x: Boolean!) { hello @include(if: $x) who }", headers, variables={"x": True})
    assert (response.status_code, response.json()) == (200, {"data": {"hello": "world", "who": "anonymous"}})
    assert response.headers["content-type"] == f"{headers['accept']}; charset=utf-8"


async def test_a_mutation_is_answered(http: httpx2.AsyncClient) -> None:
    assert (await ask(http, "mutation { noop(x: 4) }")).json() == {"data": {"noop": 4}}


async def test_the_operation_name_selects_among_several(http: httpx2.AsyncClient) -> None:
    response = await ask(http, "query A { hello } query B { who }", operationName="B")
    assert response.json() == {"data": {"who": "anonymous"}}


@pytest.mark.parametrize(
    ("query", "more", "expected"),
    [
        ("{", {}, "GRAPHQL_PARSE_FAILED"),
        ("{ nope }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("query ($x: Boolean!) { hello @skip(if: $x) }", {}, "BAD_USER_INPUT"),
        ("query ($at: DateTime!) { when(at: $at) }", {"variables": {"at": "yesterday"}}, "BAD_USER_INPUT"),
        ("query A { hello }", {"operationName": "B"}, "BAD_USER_INPUT"),
        ("query A { hello } query B { who }", {}, "BAD_USER_INPUT"),
        (
            "query ($n: Int!) { node { children(first: $n) { name } } }",
            {"variables": {"n": 10**6}},
            "DOCUMENT_TOO_COMPLEX",
        ),
        ("subscription { count }", {}, "SUBSCRIPTION_OVER_HTTP"),
    ],
)
async def test_a_request_in_error_has_no_data_and_says_400_in_the_new_media_type_and_200_in_the_old(
    http: httpx2.AsyncClient, query: str, more: dict[str, Any], expected: str
) -> None:
    for headers, status in ((NEW, 400), (OLD, 200)):
        response = await ask(http, query, headers, **more)
        assert (response.status_code, code(response)) == (status, expected)
        assert "data" not in response.json()


async def test_what_is_wrong_with_a_scalar_is_told(http: httpx2.AsyncClient) -> None:
    for query, more in (
        ("query ($at: DateTime!) { when(at: $at) }", {"variables": {"at": "yesterday"}}),
        ('{ when(at: "yesterday") }', {}),
    ):
        assert "yesterday" in (await ask(http, query, **more)).json()["errors"][0]["message"]


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b'"x"', b"7", b"{nope", b'{"query": "\xff"}', b"\xff\xfe", b'{"query": "\\ud800"}']
    + [b"[" * 5_000]
    + [b'{"query": %b}' % value for value in (b"null", b"7", b"[]", b"{}", b"false")]
    + [b'{"query": "{hello}", "%b": %b}' % (name, value)
       for name in (b"variables", b"extensions") for value in (b'"x"', b"7", b"[]", b"false")]
    + [b'{"query": "{hello}", "operationName": %b}' % value for value in (b"7", b"[]", b"{}", b"false")],
)  # fmt: skip
async def test_a_body_that_is_no_graphql_request_is_a_bad_request(http: httpx2.AsyncClient, body: bytes) -> None:
    response = await http.post("", content=body, headers={"content-type": "application/json"})
    assert (response.status_code, code(response)) == (400, "BAD_REQUEST")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS", "PATCH"])
async def test_methods_other_than_post_are_not_allowed(http: httpx2.AsyncClient, method: str) -> None:
    response = await http.request(method, "")
    assert (response.status_code, response.headers["allow"], code(response)) == (405, "POST", "METHOD_NOT_ALLOWED")


@pytest.mark.parametrize(
    "accept", ["text/html", "application/jsonx", "application/json;charset=latin-1", "application/json;q=0"]
)
async def test_an_accept_header_without_our_media_types_is_not_acceptable(
    http: httpx2.AsyncClient, accept: str
) -> None:
    response = await ask(http, "{ hello }", {"accept": accept})
    assert (response.status_code, code(response)) == (406, "NOT_ACCEPTABLE")


@pytest.mark.parametrize("content_type", ["text/plain", "application/jsonx", "application/json; charset=latin-1", ""])
async def test_bodies_of_another_media_type_are_unsupported(http: httpx2.AsyncClient, content_type: str) -> None:
    response = await http.post("", content=b'{"query": "{hello}"}', headers={"content-type": content_type})
    assert (response.status_code, code(response)) == (415, "UNSUPPORTED_MEDIA_TYPE")


async def test_the_bearer_of_a_token_is_who_asks(http: httpx2.AsyncClient) -> None:
    response = await ask(http, "{ who }", {"authorization": "Bearer ada"})
    assert response.json() == {"data": {"who": "ada"}}


@pytest.mark.parametrize("authorization", ["Bearer bad", "Bearer", "Basic YTpi", "ada"])
async def test_a_token_that_is_not_accepted_is_unauthenticated(http: httpx2.AsyncClient, authorization: str) -> None:
    response = await ask(http, "{ who }", {"authorization": authorization})
    assert (response.status_code, code(response)) == (401, "UNAUTHENTICATED")
    assert response.headers["www-authenticate"] == "Bearer"


async def test_a_caller_who_may_not_enter_is_forbidden(http: httpx2.AsyncClient) -> None:
    response = await ask(http, "{ who }", {"authorization": "Bearer banned"})
    assert (response.status_code, code(response)) == (403, "FORBIDDEN")


async def test_a_fault_of_the_authenticator_is_masked(http: httpx2.AsyncClient) -> None:
    with capture_logs() as logs:
        response = await ask(http, "{ who }", {"authorization": "Bearer broken", **NEW})
    assert (response.status_code, code(response)) == (500, "INTERNAL")
    assert SECRET not in response.text
    assert logs[0]["event"] == "internal_error"


async def test_a_fault_is_masked_behind_the_request_id_that_its_log_line_carries(http: httpx2.AsyncClient) -> None:
    with capture_logs() as logs:
        response = await ask(http, "{ fails hello }", {"x-request-id": "my-request.1"})
    error = response.json()["errors"][0]
    assert response.json()["data"] == {"fails": None, "hello": "world"}
    assert (error["message"], error["path"]) == ("Internal error", ["fails"])
    assert error["extensions"] == {"code": "INTERNAL", "requestId": "my-request.1"}
    assert SECRET not in response.text
    assert (logs[0]["request_id"], str(logs[0]["exc_info"])) == ("my-request.1", SECRET)


async def test_a_refusal_of_the_application_is_shown_with_its_code(http: httpx2.AsyncClient) -> None:
    error = (await ask(http, "{ missing }")).json()["errors"][0]
    assert (error["message"], error["extensions"]) == ("There is no such thing.", {"code": "NO_SUCH_THING"})


async def test_an_answer_that_is_no_json_is_a_fault(http: httpx2.AsyncClient) -> None:
    with capture_logs() as logs:
        response = await ask(http, "{ tooLargeForJson }")
    assert (response.status_code, code(response), len(logs)) == (500, "INTERNAL", 1)


@pytest.mark.parametrize("given", ["x" * 65, "no spaces", "a/b", "é", ""])
async def test_a_request_id_that_is_not_safe_is_replaced(http: httpx2.AsyncClient, given: str) -> None:
    response = await http.post("", json={"query": "{ hello }"}, headers={b"x-request-id": given.encode("latin-1")})
    assert len(response.headers["x-request-id"]) == 32


async def test_a_request_id_is_returned_and_reaches_the_context(http: httpx2.AsyncClient, server: Server) -> None:
    response = await ask(http, "{ hello }", {"x-request-id": "given:1"})
    assert response.headers["x-request-id"] == server.world.contexts[-1].request_id == "given:1"


async def test_every_operation_has_a_context_of_its_own(http: httpx2.AsyncClient, server: Server) -> None:
    server.world.contexts.clear()
    for _ in range(2):
        await ask(http, "{ hello again: hello }")
    assert [context.hellos for context in server.world.contexts] == [2, 2]


async def test_refusals_carry_a_request_id_too(http: httpx2.AsyncClient) -> None:
    response = await http.get("", headers={"x-request-id": "refused"})
    assert response.headers["x-request-id"] == "refused"


@pytest.fixture(scope="module")
async def narrow() -> AsyncIterator[Server]:
    limits = Limits(body_max_bytes=1_000, trusted_body_max_bytes=2_000, operation_timeout_seconds=0.05)
    async with serving(limits, queries_by_get=True) as running:
        yield running


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_over_the_limit_is_too_large(narrow: Server, *, chunked: bool) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(11):
            yield b" " * 100

    async with httpx2.AsyncClient() as http:
        response = await http.post(
            narrow.http, content=chunks() if chunked else b" " * 1_001, headers={"content-type": "application/json"}
        )
    assert (response.status_code, code(response)) == (413, "PAYLOAD_TOO_LARGE")


@pytest.mark.parametrize(("size", "status"), [(1_001, 200), (2_000, 200), (2_001, 413)])
async def test_those_whom_the_gate_trusts_may_send_more(narrow: Server, size: int, status: int) -> None:
    body = b'{"query":"{__typename}"}'
    headers = {"content-type": "application/json", "authorization": "Bearer trusted"}
    async with httpx2.AsyncClient() as http:
        response = await http.post(narrow.http, content=body + b" " * (size - len(body)), headers=headers)
    assert response.status_code == status


async def test_an_operation_that_takes_too_long_is_cancelled_with_a_timeout(narrow: Server) -> None:
    async with httpx2.AsyncClient(base_url=narrow.http) as http:
        for headers, status in ((NEW, 503), (OLD, 200)):
            response = await ask(http, "{ never }", headers)
            assert (response.status_code, code(response)) == (status, "TIMEOUT")


async def test_a_body_that_does_not_arrive_is_a_request_timeout(narrow: Server) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", narrow.port)
    writer.write(b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n{")
    assert (await reader.readline()).split()[1] == b"408"
    writer.close()
    await writer.wait_closed()


async def test_a_client_that_leaves_while_it_sends_leaves_nothing_behind(narrow: Server) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", narrow.port)
    writer.write(b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n{")
    writer.close()
    await writer.wait_closed()
    async with httpx2.AsyncClient(base_url=narrow.http) as http:
        assert (await ask(http, "{ hello }")).status_code == 200


async def test_where_it_is_allowed_a_query_is_answered_by_get(narrow: Server) -> None:
    parameters = {"query": "query ($x: Boolean!) { hello @include(if: $x) }", "variables": '{"x": true}'}
    async with httpx2.AsyncClient() as http:
        response = await http.get(narrow.http, params=parameters)
        assert response.json() == {"data": {"hello": "world"}}
        bad = await http.get(narrow.http, params={"query": "{ hello }", "variables": "[]"})
        assert (bad.status_code, code(bad)) == (400, "BAD_REQUEST")
        many = await http.get(narrow.http + "?" + "&".join(f"a{i}=1" for i in range(11)))
        assert (many.status_code, code(many)) == (400, "BAD_REQUEST")


async def test_a_mutation_is_never_run_by_get(narrow: Server) -> None:
    async with httpx2.AsyncClient() as http:
        response = await http.get(narrow.http, params={"query": "mutation { noop }"})
    assert (response.status_code, response.headers["allow"]) == (405, "POST")
