"""The protocol graphql-transport-ws, message by message, against a real server."""

import asyncio
from typing import Any

import pytest
from structlog.testing import capture_logs
from websockets.exceptions import InvalidStatus

from tests.transport.example import SECRET
from tests.transport.servers import Server, serving
from tests.transport.sockets import PATIENCE_SECONDS, acknowledged, opened
from transport.limits import Limits

INIT = {"type": "connection_init"}


def subscribe(operation_id: Any, payload: Any) -> dict[str, Any]:
    return {"id": operation_id, "type": "subscribe", "payload": payload}


async def until(event: asyncio.Event) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        await event.wait()


async def test_a_subscription_yields_its_events_and_completes(server: Server) -> None:
    async with acknowledged(server) as socket:
        await socket.subscribe("1", "subscription { count(delay: 0) }")
        events = [{"id": "1", "type": "next", "payload": {"data": {"count": n}}} for n in range(3)]
        assert await socket.results("1") == [*events, {"id": "1", "type": "complete"}]


@pytest.mark.parametrize(
    ("query", "data"), [("{ hello }", {"hello": "world"}), ("mutation { noop(x: 4) }", {"noop": 4})]
)
async def test_queries_and_mutations_are_answered_once(server: Server, query: str, data: dict[str, Any]) -> None:
    async with acknowledged(server) as socket:
        await socket.subscribe("1", query)
        first, last = await socket.results("1")
        assert (first["payload"], last["type"]) == ({"data": data}, "complete")


async def test_variables_and_operation_name_are_used(server: Server) -> None:
    async with acknowledged(server) as socket:
        query = "query A { hello } mutation B($x: Int!) { noop(x: $x) }"
        await socket.subscribe("1", query, variables={"x": 7}, operationName="B", extensions=None)
        assert (await socket.results("1"))[0]["payload"] == {"data": {"noop": 7}}


@pytest.mark.parametrize(
    "message",
    [
        "{nope", "null", "[]", '"x"', "7", "", "[" * 5_000, b'{"type":"ping"}', {}, {"type": "nope"}, {"type": None},
        {"type": ["ping"]}, {"type": "ping", "payload": 1}, {"type": "connection_init", "payload": []},
        {"type": "subscribe", "payload": {"query": "{hello}"}}, subscribe("", {"query": "{hello}"}),
        subscribe(7, {"query": "{hello}"}), subscribe("x" * 257, {"query": "{hello}"}),
        {"id": "1", "type": "subscribe"},
        subscribe("1", None), subscribe("1", []), subscribe("1", {"query": 7}), subscribe("1", {}),
        subscribe("1", {"query": "{hello}", "variables": "x"}),
        subscribe("1", {"query": "{hello}", "operationName": 1}),
        subscribe("1", {"query": "{hello}", "extensions": []}), {"type": "complete"}, {"type": "complete", "id": 7},
        '{"type":"ping","payload":' + '{"a":' * 300 + "1" + "}" * 301,
    ],
    ids=lambda message: str(message)[:60],
)  # fmt: skip
async def test_whatever_is_no_message_of_the_protocol_closes_with_4400(server: Server, message: object) -> None:
    async with acknowledged(server) as socket:
        await socket.send(message)
        code, reason = await socket.closed()
        assert code == 4400
        assert reason


async def test_bad_utf_8_closes_the_socket_only(server: Server) -> None:
    async with acknowledged(server) as other:
        async with acknowledged(server) as socket:
            await socket.connection.send(b"\xff\xfe", text=True)
            assert (await socket.closed())[0] == 1007
        await other.check_alive()


async def test_pings_are_answered_also_before_and_during_initialisation(server: Server) -> None:
    async with opened(server) as socket:
        await socket.check_alive()
        await socket.send({**INIT, "payload": {"token": "waits"}})
        await socket.check_alive()
        await socket.send({"type": "ping", "payload": None})
        assert await socket.receive() == {"type": "pong"}
        await socket.send({"type": "pong"})
        await socket.check_alive()


async def test_subscribing_before_the_acknowledgement_closes_with_4401(server: Server) -> None:
    for first in ([], [{**INIT, "payload": {"token": "waits"}}]):
        async with opened(server) as socket:
            for message in first:
                await socket.send(message)
            await socket.subscribe("1", "{ hello }")
            assert await socket.closed() == (4401, "Unauthorized")


async def test_a_second_initialisation_closes_with_4429(server: Server) -> None:
    for token in ("ada", "waits"):
        async with opened(server) as socket:
            await socket.send({**INIT, "payload": {"token": token}})
            await socket.send(INIT)
            assert await socket.closed() == (4429, "Too many initialisation requests")


async def test_an_id_in_use_closes_with_4409(server: Server) -> None:
    async with acknowledged(server) as socket:
        await socket.subscribe("1", "subscription { forever }")
        await socket.subscribe("1", "{ hello }")
        assert await socket.closed() == (4409, "Subscriber for 1 already exists")


async def test_an_id_can_be_used_again_after_either_side_completed(server: Server) -> None:
    async with acknowledged(server) as socket:
        for _ in range(2):
            await socket.subscribe("1", "{ hello }")
            assert len(await socket.results("1")) == 2
        await socket.subscribe("1", "subscription { forever }")
        await socket.receive()
        await socket.complete("1")
        await socket.subscribe("1", "{ hello }")
        assert len(await socket.results("1")) == 2


async def test_a_connection_that_does_not_initialise_closes_with_4408() -> None:
    async with serving(Limits(connection_init_timeout_seconds=0.05)) as server, opened(server) as socket:
        assert await socket.closed() == (4408, "Connection initialisation timeout")


async def test_a_connection_that_is_acknowledged_outlives_the_initialisation_timeout() -> None:
    limits = Limits(connection_init_timeout_seconds=0.05)
    async with serving(limits) as server, acknowledged(server) as socket, opened(server) as silent:
        await silent.closed()
        await socket.check_alive()


@pytest.mark.parametrize("subprotocols", [(), ("graphql-ws",), ("soap",)])
async def test_other_subprotocols_the_legacy_one_included_are_refused(
    server: Server, subprotocols: tuple[str, ...]
) -> None:
    async with opened(server, subprotocols=subprotocols) as socket:
        assert await socket.closed() == (4406, "Subprotocol not acceptable")


@pytest.mark.parametrize("payload", [{"authorization": "Bearer ada"}, {"Authorization": "bearer ada"}])
async def test_the_bearer_of_the_token_in_the_payload_is_who_asks(server: Server, payload: dict[str, str]) -> None:
    async with acknowledged(server, payload) as socket:
        await socket.subscribe("1", "{ who }")
        assert (await socket.results("1"))[0]["payload"] == {"data": {"who": "ada"}}


@pytest.mark.parametrize("payload", [None, {}, {"other": 1}, {"authorization": None}])
async def test_without_a_token_the_caller_is_anonymous(server: Server, payload: dict[str, Any] | None) -> None:
    async with acknowledged(server, payload) as socket:
        await socket.subscribe("1", "{ who }")
        assert (await socket.results("1"))[0]["payload"] == {"data": {"who": "anonymous"}}


@pytest.mark.parametrize("authorization", ["Bearer bad", "Bearer banned", "Bearer ", "Basic YTpi", "ada", 7, []])
async def test_a_token_that_is_not_accepted_closes_with_4403(server: Server, authorization: object) -> None:
    async with opened(server) as socket:
        await socket.send({**INIT, "payload": {"authorization": authorization}})
        code, reason = await socket.closed()
        assert code == 4403
        assert reason


async def test_a_fault_of_the_authenticator_is_logged_and_invites_to_try_again(server: Server) -> None:
    async with opened(server) as socket:
        with capture_logs() as logs:
            await socket.send({**INIT, "payload": {"token": "broken"}})
            assert await socket.closed() == (1013, "Internal error")
    assert [line["event"] for line in logs] == ["socket_failed"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("{ nope", "GRAPHQL_PARSE_FAILED"),
        ("", "GRAPHQL_PARSE_FAILED"),
        ("{ nope }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription ($to: Int!) { count(to: $to) }", "BAD_USER_INPUT"),
        ("query A { hello } query B { who }", "BAD_USER_INPUT"),
        ("subscription { refused }", "NO_SUCH_THING"),
        ("{ tooLargeForJson }", "INTERNAL"),
    ],
)
async def test_an_error_ends_its_own_operation_and_no_other(server: Server, query: str, expected: str) -> None:
    async with acknowledged(server) as socket:
        await socket.subscribe("live", "subscription { forever }")
        await socket.receive()
        with capture_logs():
            await socket.subscribe("1", query)
            (message,) = await socket.results("1")
        assert message["type"] == "error"
        assert message["payload"][0]["extensions"]["code"] == expected
        await socket.subscribe("live2", "{ hello }")
        assert (await socket.results("live2"))[0]["payload"] == {"data": {"hello": "world"}}


async def test_variables_that_can_be_read_but_not_be_written_are_refused(server: Server) -> None:
    deep: object = 1
    for _ in range(300):
        deep = [deep]
    async with acknowledged(server) as socket:
        await socket.subscribe("1", "subscription { forever }", variables={"deep": deep})
        (message,) = await socket.results("1")
        assert message["payload"][0]["extensions"]["code"] == "BAD_USER_INPUT"
        await socket.check_alive()


async def test_a_source_that_fails_ends_with_one_masked_error(server: Server) -> None:
    async with acknowledged(server) as socket:
        with capture_logs() as logs:
            await socket.subscribe("1", "subscription { fail }")
            first, last = await socket.results("1")
        assert (first["payload"], last["type"]) == ({"data": {"fail": 1}}, "error")
        assert last["payload"][0]["message"] == "Internal error"
        assert last["payload"][0]["extensions"]["requestId"] == logs[0]["request_id"]
        assert str(logs[0]["exc_info"]) == SECRET
        await socket.check_alive()


async def test_a_resolver_that_fails_is_an_answer_with_a_masked_error(server: Server) -> None:
    async with acknowledged(server) as socket:
        with capture_logs():
            await socket.subscribe("1", "{ fails hello }")
            first, last = await socket.results("1")
        assert first["payload"]["data"] == {"fails": None, "hello": "world"}
        assert first["payload"]["errors"][0]["extensions"]["code"] == "INTERNAL"
        assert last["type"] == "complete"


async def test_an_operation_that_takes_too_long_is_cancelled_with_a_timeout() -> None:
    async with serving(Limits(operation_timeout_seconds=0.05)) as server, acknowledged(server) as socket:
        await socket.subscribe("1", "{ never }")
        (message,) = await socket.results("1")
        assert message["payload"][0]["extensions"]["code"] == "TIMEOUT"


async def test_completing_an_unknown_operation_is_ignored(server: Server) -> None:
    async with acknowledged(server) as socket:
        await socket.complete("unknown")
        await socket.check_alive()


async def test_when_a_client_completes_the_source_is_closed_and_nothing_more_is_sent(server: Server) -> None:
    async with acknowledged(server) as socket:
        await socket.subscribe("1", "subscription { count(to: 100000, delay: 0) }")
        await socket.receive()
        await socket.complete("1")
        await until(server.world.idle)
        await socket.send({"type": "ping"})
        while (await socket.receive())["type"] != "pong":
            pass
        await socket.check_alive()


async def test_when_a_client_drops_the_sources_are_closed(server: Server) -> None:
    async with acknowledged(server) as socket:
        for number in range(3):
            await socket.subscribe(str(number), "subscription { forever }")
            await socket.receive()
        assert server.world.active == 3
        socket.connection.transport.abort()
        await until(server.world.idle)
    assert server.world.active == 0


async def test_the_operations_of_one_socket_are_limited_and_the_socket_lives_on() -> None:
    async with serving(Limits(max_operations_per_connection=2)) as server, acknowledged(server) as socket:
        for number in range(2):
            await socket.subscribe(str(number), "subscription { forever }")
            await socket.receive()
        await socket.subscribe("2", "{ hello }")
        (message,) = await socket.results("2")
        assert message["payload"][0]["extensions"]["code"] == "TOO_MANY_OPERATIONS"
        await socket.complete("0")
        await until_one_is_free(server)
        await socket.subscribe("2", "{ hello }")
        assert len(await socket.results("2")) == 2


async def until_one_is_free(server: Server) -> None:
    """A second socket's whole exchange: by then, the first one's completed operation has closed its source."""
    async with acknowledged(server) as other:
        await other.check_alive()
    assert server.world.active == 1


async def test_ten_thousand_operations_at_once_are_all_answered_or_refused_and_the_socket_lives_on(
    server: Server,
) -> None:
    count = 10_000
    async with acknowledged(server) as socket:
        for number in range(count):
            await socket.subscribe(str(number), "{ hello }")
        ended = 0
        async with asyncio.timeout(6 * PATIENCE_SECONDS):
            while ended < count:
                ended += (await socket.receive())["type"] in {"complete", "error"}
        await socket.check_alive()


async def test_a_message_over_the_limit_closes_with_1009() -> None:
    async with serving(Limits(message_max_bytes=200)) as server:
        async with acknowledged(server) as socket:
            await socket.subscribe("1", "{ hello }" + " " * 100)
            await socket.results("1")
            await socket.subscribe("1", "{ hello }" + " " * 200)
            assert (await socket.closed())[0] == 1009
        async with acknowledged(server) as socket:
            await socket.send('{"type":"ping","payload":{"a":"' + "é" * 90 + '"}}')
            assert (await socket.closed())[0] == 1009


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "https://app.example.evil.example", "http://127.0.0.1", "http://["]
)
async def test_a_page_of_another_origin_is_refused(server: Server, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with opened(server, origin=origin):
            pass
    assert refused.value.response.status_code == 403


async def test_pages_of_the_same_and_of_allowed_origins_are_admitted(server: Server) -> None:
    for origin in (f"http://127.0.0.1:{server.port}", f"https://127.0.0.1:{server.port}", "https://app.example"):
        async with acknowledged(server, origin=origin) as socket:
            await socket.check_alive()


async def test_more_connections_than_the_limit_are_refused_at_the_handshake() -> None:
    async with serving(Limits(max_connections=1)) as server:
        async with acknowledged(server) as socket:
            with pytest.raises(InvalidStatus) as refused:
                async with opened(server):
                    pass
            assert refused.value.response.status_code == 503
            await socket.check_alive()
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await is_admitted(server):  # once the server has seen that the first client left
                pass


async def is_admitted(server: Server) -> bool:
    try:
        async with acknowledged(server):
            return True
    except InvalidStatus:
        return False


async def test_closing_the_endpoint_ends_every_socket_with_1012_and_refuses_new_ones() -> None:
    async with serving() as server, acknowledged(server) as socket, opened(server) as silent:
        await socket.subscribe("1", "subscription { forever }")
        await socket.receive()
        await server.endpoint.close()
        assert (await socket.closed())[0] == (await silent.closed())[0] == 1012
        assert (server.world.active, server.endpoint.connections) == (0, 0)
        with pytest.raises(InvalidStatus) as refused:
            async with opened(server):
                pass
        assert refused.value.response.status_code == 503


async def test_every_event_has_a_context_of_its_own(server: Server) -> None:
    server.world.contexts.clear()
    async with acknowledged(server) as socket:
        await socket.subscribe("1", "subscription { nodes(to: 3) { name } }")
        assert len(await socket.results("1")) == 4
    # One for opening the source, one for each event; all of the same request.
    assert len({id(context) for context in server.world.contexts}) == 4
    assert len({context.request_id for context in server.world.contexts}) == 1
