"""How soon does an open page have the new config, after a rule changed and after the user did something?"""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx2
import orjson
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from benchmarks.load import Latencies
from benchmarks.tables import Figure, times
from benchmarks.tracking import MUTATION as TRACK
from benchmarks.tracking import track_users
from domain.model.principals import Role

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from websockets.asyncio.client import ClientConnection

    from benchmarks.engines import MeasuredEngine

LIVE = 200
RULE_ROUNDS = 40
TRACKING_ROUNDS = 300
SUBSCRIPTION = """subscription { configUpdated(context: { place: "dashboard" }) {
  cause changedSlots config { revision theme { mode } layout { density } parameters features { key visible } } } }"""
CREATE = """mutation($input: RuleInput!) {
  createRule(input: $input) { rule { id revision } userErrors { message path } } }"""
STATUS = """mutation($id: ID!, $revision: Int!, $status: RuleStatus!) {
  setRuleStatus(id: $id, expectedRevision: $revision, status: $status) {
    rule { id revision } userErrors { message } } }"""


@dataclass(slots=True)
class Page:
    """One open subscription; `arrivals` are the instants at which pushes arrived."""

    user: str
    arrivals: asyncio.Queue[float] = field(default_factory=asyncio.Queue)

    async def read(self, socket: ClientConnection) -> None:
        async for message in socket:
            if '"next"' in str(message[:40]):
                self.arrivals.put_nowait(time.perf_counter())


async def measure(engine: MeasuredEngine, broadcast_port: int) -> list[Figure]:
    users = [f"live-{number}" for number in range(LIVE)]
    await track_users(engine, users)
    async with _pages(engine, users) as pages, httpx2.AsyncClient(base_url=f"http://127.0.0.1:{engine.port}") as http:
        rules = await _rule_changes(Admin(engine, http), pages)
        tracked = await _interactions(Admin(engine, http), pages)
    floor = await _broadcasts(broadcast_port)
    return [
        Figure(
            f"rule change sent until each of {LIVE} pages has its config",
            _ms(rules),
            f"websockets.broadcast {_ms(floor)}",
            times(rules.p99, floor.p99) + " (p99)",
        ),
        Figure(
            f"interaction acknowledged until the user's page has its config, {LIVE} live",
            _ms(tracked),
            f"websockets.broadcast {_ms(floor)}",
            times(tracked.p99, floor.p99) + " (p99)",
        ),
    ]


@dataclass(frozen=True, slots=True)
class Admin:
    engine: MeasuredEngine
    http: httpx2.AsyncClient

    async def ask(self, query: str, variables: dict[str, Any], role: Role = Role.ADMIN) -> dict[str, Any]:
        headers = {"authorization": f"Bearer {self.engine.token('bench-' + role, role)}"}
        response = await self.http.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
        answer: dict[str, Any] = orjson.loads(response.content)
        if "errors" in answer:
            raise RuntimeError(answer["errors"])
        (payload,) = answer["data"].values()
        if payload["userErrors"]:
            raise RuntimeError(payload["userErrors"])
        data: dict[str, Any] = payload
        return data

    async def create_rule(
        self, key: str, condition: dict[str, Any], parameter: str, *, coverage: float = 1
    ) -> dict[str, Any]:
        adaptations = [{"setParameter": {"key": parameter, "value": key}}]
        rule = {"key": key, "name": key, "condition": condition, "adaptations": adaptations, "coverage": coverage}
        created: dict[str, Any] = (await self.ask(CREATE, {"input": rule}))["rule"]
        return created

    async def set_status(self, rule: dict[str, Any], status: str) -> dict[str, Any]:
        variables = {"id": rule["id"], "revision": rule["revision"], "status": status}
        changed: dict[str, Any] = (await self.ask(STATUS, variables))["rule"]
        return changed


async def _rule_changes(admin: Admin, pages: list[Page]) -> Latencies:
    rule = await admin.create_rule("bench-all", {"always": True}, "bench")
    latencies = Latencies()
    for turn in range(RULE_ROUNDS):
        began = time.perf_counter()
        rule = await admin.set_status(rule, "PAUSED" if turn % 2 else "ACTIVE")
        for page in pages:
            latencies.ms.append((await page.arrivals.get() - began) * 1e3)
    return latencies


async def _interactions(admin: Admin, pages: list[Page]) -> Latencies:
    for turn in range(TRACKING_ROUNDS):
        condition = {"featureUse": {"feature": f"bench_{turn}", "uses": {"gte": 1}}}
        rule = await admin.create_rule(f"bench-{turn}", condition, f"bench_{turn}")
        await admin.set_status(rule, "ACTIVE")
    latencies = Latencies()
    for turn in range(TRACKING_ROUNDS):
        page = pages[turn % len(pages)]
        interaction = {
            "key": f"push-{turn}",
            "userId": page.user,
            "kind": "FEATURE_USE",
            "target": f"bench_{turn}",
            "occurredAt": datetime.now(UTC).isoformat(),
        }
        await admin.ask(TRACK, {"input": [interaction]}, Role.SERVICE)
        acknowledged = time.perf_counter()
        latencies.ms.append(max(0.0, await page.arrivals.get() - acknowledged) * 1e3)
    return latencies


@asynccontextmanager
async def _pages(engine: MeasuredEngine, users: list[str]) -> AsyncIterator[list[Page]]:
    async with AsyncExitStack() as stack, asyncio.TaskGroup() as readers:
        pages = [Page(user) for user in users]
        tasks = []
        for page in pages:
            url = f"ws://127.0.0.1:{engine.port}/graphql"
            protocol = Subprotocol("graphql-transport-ws")
            socket = await stack.enter_async_context(connect(url, subprotocols=[protocol], compression=None))
            await socket.send(_json({"type": "connection_init", "payload": _authorization(engine, page.user)}))
            await socket.recv()
            await socket.send(_json({"id": "1", "type": "subscribe", "payload": {"query": SUBSCRIPTION}}))
            tasks.append(readers.create_task(page.read(socket)))
        for page in pages:
            await page.arrivals.get()  # the current config
        yield pages
        for task in tasks:
            task.cancel()


async def _broadcasts(port: int) -> Latencies:
    latencies = Latencies()
    payload = "x" * 600
    async with AsyncExitStack() as stack:
        sockets = [
            await stack.enter_async_context(connect(f"ws://127.0.0.1:{port}", compression=None)) for _ in range(LIVE)
        ]
        for _ in range(RULE_ROUNDS):
            began = time.perf_counter()
            await sockets[0].send(payload)
            await asyncio.gather(*(_arrival(socket, began, latencies) for socket in sockets))
    return latencies


async def _arrival(socket: ClientConnection, began: float, latencies: Latencies) -> None:
    await socket.recv()
    latencies.ms.append((time.perf_counter() - began) * 1e3)


def _authorization(engine: MeasuredEngine, user: str) -> dict[str, str]:
    return {"authorization": f"Bearer {engine.token(user)}"}


def _json(message: dict[str, Any]) -> str:
    return orjson.dumps(message).decode()


def _ms(latencies: Latencies) -> str:
    return f"p50 {latencies.p50:.1f} ms, p99 {latencies.p99:.1f} ms"
