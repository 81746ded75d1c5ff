"""Answers are streamed to those who accept event streams, and streams end for everybody's good."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from starlette.types import Message
from structlog.testing import capture_logs
from websockets.exceptions import InvalidStatus

from tests.transport import example
from tests.transport.event_streams import EVENT_STREAM, streamed
from tests.transport.example import SECRET
from tests.transport.servers import Server, serving
from tests.transport.sockets import PATIENCE_SECONDS, acknowledged, opened
from tests.transport.test_expiry import BEFORE, EXPIRES, HandSetClock
from tests.transport.test_operations import live_objects
from transport.closings import Closed
from transport.limits import Limits
from transport.manifests import Manifest, hash_of
from transport.operations import Operations
from transport.over_sse import EventStream
from transport.requests import GraphQLRequest

COMPLETE = ("complete", None)
EVERYTHING = "application/graphql-response+json, application/json, text/event-stream, multipart/mixed"
COUNT = "subscription Count($to: Int!) { count(to: $to) }"
FOREVER = "subscription { forever }"
FLOOD = "subscription { flood(kilobytes: 64) }"
# What uvicorn and the kernel may hold of one connection before writing blocks, generously.
IN_FLIGHT_EVENTS = 400


@pytest.fixture(scope="module")
async def server() -> AsyncIterator[Server]:
    async with serving(queries_by_get=True) as running:
        yield running


def next_(data: dict[str, Any]) -> tuple[str, Any]:
    return "next", {"data": data}


async def until_idle(server: Server) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        await server.world.idle.wait()


async def answer(server: Server, query: str, **more: Any) -> httpx2.Response:
    """The whole answer in one piece."""
    headers = {"accept": EVENT_STREAM} | more.pop("headers", {})
    async with httpx2.AsyncClient() as client:
        return await client.post(server.http, json={"query": query, **more}, headers=headers)


async def test_a_subscription_is_a_stream_of_events_that_ends_with_complete(server: Server) -> None:
    async with streamed(server, COUNT, variables={"to": 3}) as stream:
        assert await stream.events() == [*(next_({"count": number}) for number in range(3)), COMPLETE]


async def test_the_stream_passes_proxies_and_begins_before_there_is_an_event(server: Server) -> None:
    async with streamed(server, "subscription { count(delay: 3600) }") as stream:
        headers = stream.response.headers
        assert headers["content-type"] == "text/event-stream; charset=utf-8"
        assert (headers["cache-control"], headers["x-accel-buffering"]) == ("no-cache", "no")
        assert len(headers["x-request-id"]) == 32
        assert await stream.block() == ":"


@pytest.mark.parametrize(
    ("query", "data"), [("{ hello }", {"hello": "world"}), ("mutation { noop(x: 4) }", {"noop": 4})]
)
async def test_queries_and_mutations_are_answered_by_one_event(
    server: Server, query: str, data: dict[str, Any]
) -> None:
    async with streamed(server, query) as stream:
        assert await stream.events() == [next_(data), COMPLETE]


async def test_the_bytes_are_those_of_the_protocol(server: Server) -> None:
    response = await answer(server, "{ hello }")
    assert response.content == b':\n\nevent: next\ndata: {"data":{"hello":"world"}}\n\nevent: complete\ndata:\n\n'


async def test_queries_and_subscriptions_are_streamed_by_get_and_mutations_are_not(server: Server) -> None:
    async with httpx2.AsyncClient(headers={"accept": EVENT_STREAM}) as client:
        response = await client.get(server.http, params={"query": COUNT, "variables": '{"to": 1}'})
        assert "event: next\ndata: {" in response.text
        refused = await client.get(server.http, params={"query": "mutation { noop }"})
        assert (refused.status_code, refused.headers["allow"]) == (405, "POST")


async def test_who_understands_everything_gets_one_answer_as_json_and_many_as_a_stream(server: Server) -> None:
    plain = await answer(server, "{ hello }", headers={"accept": EVERYTHING})
    assert plain.json() == {"data": {"hello": "world"}}
    async with streamed(server, COUNT, accept=EVERYTHING, variables={"to": 1}) as stream:
        assert await stream.events() == [next_({"count": 0}), COMPLETE]


@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/event-stream;q=0, */*"])
async def test_a_subscription_that_accepts_no_stream_is_told_what_to_accept(server: Server, accept: str) -> None:
    error = (await answer(server, COUNT, variables={"to": 1}, headers={"accept": accept})).json()["errors"][0]
    assert error["extensions"]["code"] == "SUBSCRIPTION_OVER_HTTP"
    assert "text/event-stream" in error["message"]
    assert "graphql-transport-ws" in error["message"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("subscription { nope }", "GRAPHQL_VALIDATION_FAILED"),
        (COUNT, "BAD_USER_INPUT"),
        ("subscription { refused }", "NO_SUCH_THING"),
    ],
)
async def test_an_operation_in_error_is_a_stream_that_says_so(server: Server, query: str, code: str) -> None:
    async with streamed(server, query) as stream:
        assert stream.response.status_code == 200
        (_, payload), complete = await stream.events()
    assert (payload["errors"][0]["extensions"]["code"], complete) == (code, COMPLETE)
    assert "data" not in payload


async def test_a_source_that_fails_ends_the_stream_with_a_masked_error(server: Server) -> None:
    with capture_logs() as logs:
        async with streamed(server, "subscription { fail }") as stream:
            first, (_, payload), complete = await stream.events()
    assert (first, complete) == (next_({"fail": 1}), COMPLETE)
    assert payload["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert SECRET not in str(payload)
    assert logs[0]["event"] == "internal_error"


@pytest.mark.parametrize(
    ("headers", "content", "status"),
    [
        ({"authorization": "Bearer bad"}, None, 401),
        ({"authorization": "Bearer banned"}, None, 403),
        ({"content-type": "text/plain"}, None, 415),
        ({}, b"null", 400),
        ({"accept": "text/event-streams"}, None, 406),
        ({"accept": "text/event-stream;q=0"}, None, 406),
        ({"accept": "text/*"}, None, 406),
    ],
)
async def test_what_is_no_operation_is_refused_in_json_with_its_status(
    server: Server, headers: dict[str, str], content: bytes | None, status: int
) -> None:
    merged = {"accept": EVENT_STREAM, "content-type": "application/json", **headers}
    async with httpx2.AsyncClient() as client:
        response = await client.post(server.http, content=content or b'{"query": "{ hello }"}', headers=merged)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert response.json()["errors"]


async def test_the_bearer_of_a_token_is_who_asks(server: Server) -> None:
    async with streamed(server, "{ who }", token="ada") as stream:
        assert await stream.event() == next_({"who": "ada"})


async def test_a_trusted_document_is_named_and_others_are_refused() -> None:
    async with serving(manifest=Manifest.of([COUNT])) as closed:
        async with streamed(closed, documentId=f"sha256:{hash_of(COUNT)}", variables={"to": 1}) as stream:
            assert await stream.events() == [next_({"count": 0}), COMPLETE]
        async with streamed(closed, FOREVER) as stream:
            (_, payload), _ = await stream.events()
        assert payload["errors"][0]["extensions"]["code"] == "UNTRUSTED_DOCUMENT"


async def test_while_nothing_happens_comments_keep_the_connection_alive() -> None:
    async with serving(Limits(keep_alive_seconds=0.02)) as server, streamed(server, FOREVER) as stream:
        assert await stream.event() == next_({"forever": 1})
        assert [await stream.block() for _ in range(3)] == [":", ":", ":"]


async def test_a_client_that_leaves_frees_everything() -> None:
    async with serving() as server:
        async with streamed(server, FOREVER) as stream:
            await stream.event()
            assert (server.world.active, server.endpoint.connections) == (1, 1)
        await until_idle(server)
        await no_connections(server)


async def test_a_client_that_leaves_before_anything_happens_frees_everything() -> None:
    async with serving() as server, asking(server, "subscription { count(delay: 3600) }") as transport:
        transport.abort()
        await until_idle(server)
        await no_connections(server)
        assert (server.world.active, server.endpoint.connections) == (0, 0)


async def test_a_client_that_leaves_frees_everything_also_if_it_has_asked_for_more_meanwhile() -> None:
    async with serving(Limits(keep_alive_seconds=0.05)) as server, asking(server, FOREVER, times=3) as transport:
        transport.abort()
        await until_idle(server)
        await no_connections(server)
        assert (server.world.active, server.endpoint.connections) == (0, 0)


async def test_a_client_that_stops_reading_is_given_up_and_others_are_served_meanwhile() -> None:
    async with serving(Limits(send_timeout_seconds=0.2)) as server, asking(server, FLOOD) as transport:
        transport.pause_reading()
        async with streamed(server, "{ hello }") as other:
            assert await other.event() == next_({"hello": "world"})
        await until_idle(server)  # the source was closed: the stalled client was given up
        assert server.world.yielded < IN_FLIGHT_EVENTS
        await no_connections(server)
        transport.abort()


@asynccontextmanager
async def asking(server: Server, query: str, *, times: int = 1) -> AsyncIterator[asyncio.Transport]:
    """A connection whose subscription has begun, and further ones behind it."""
    body = json.dumps({"query": query})
    head = f"accept: {EVENT_STREAM}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}"
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_connection(asyncio.Protocol, "127.0.0.1", server.port)
    transport.write(f"POST /graphql HTTP/1.1\r\nhost: x\r\n{head}\r\n\r\n{body}".encode() * times)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await server.world.started.wait()
        yield transport
    finally:
        transport.abort()


async def test_no_event_is_taken_from_its_source_before_the_one_before_is_on_its_way() -> None:
    world = example.World()
    operations = Operations(example.schema, example.gate(world), Limits())
    request = GraphQLRequest("subscription { nodes(to: 1000) { name } }", None, None, None)
    operation = operations.begin(request, example.Caller("ada"), "id")
    sent, received = asyncio.Queue[Message](maxsize=3), asyncio.Queue[Message]()
    stream = EventStream(operations, operation, received.get, sent.put)
    running = asyncio.create_task(stream.run({}))
    for taken in range(20):
        await asyncio.wait({running}, timeout=0)
        # The head, the first comment and an event wait to be read; another one waits for them.
        assert world.yielded <= taken + 2
        await sent.get()
    stream.end(Closed(None))
    await running
    assert world.yielded < 30


async def test_streams_that_are_left_leave_no_objects_behind() -> None:
    async with serving() as server:

        async def opened_and_left(times: int) -> int:
            for _ in range(times):
                async with streamed(server, FOREVER) as stream:
                    await stream.event()
                await until_idle(server)
                await no_connections(server)
            server.world.contexts.clear()
            return live_objects()

        before = await opened_and_left(20)
        assert await opened_and_left(50) - before < 50


async def test_when_the_token_expires_the_stream_ends_without_complete_so_that_the_client_asks_again() -> None:
    clock = HandSetClock(BEFORE)
    async with serving(clock=clock) as server, streamed(server, FOREVER, token="until-2030") as stream:
        assert await stream.event() == next_({"forever": 1})
        await clock.set(EXPIRES - timedelta(microseconds=1))
        assert server.world.active == 1
        await clock.set(EXPIRES)
        assert await stream.block() == ": token expired"
        assert await stream.block() is None
        assert server.world.active == 0


async def test_at_shutdown_streams_end_without_complete_and_new_ones_are_refused() -> None:
    async with serving() as server:
        async with streamed(server, FOREVER) as stream:
            await stream.event()
            await server.endpoint.close()
            assert await stream.block() == ": The server is shutting down"
            assert await stream.block() is None
        assert (server.world.active, server.endpoint.connections) == (0, 0)
        refused = await answer(server, FOREVER)
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        assert refused.json()["errors"][0]["extensions"]["code"] == "TOO_MANY_CONNECTIONS"


async def test_sockets_and_streams_share_one_limit() -> None:
    async with serving(Limits(max_connections=2)) as server:
        async with acknowledged(server), streamed(server, FOREVER) as stream:
            await stream.event()
            assert (await answer(server, FOREVER)).status_code == 503
            with pytest.raises(InvalidStatus, match="503"):
                async with opened(server):
                    raise AssertionError
        await until_idle(server)
        await no_connections(server)
        async with streamed(server, FOREVER) as stream:
            assert await stream.event() == next_({"forever": 1})


async def no_connections(server: Server) -> None:
    """Return once the last one has ended."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while server.endpoint.connections:
            await server.endpoint._registry._empty.wait()
            server.endpoint._registry._empty.clear()
    assert server.endpoint.connections == 0
