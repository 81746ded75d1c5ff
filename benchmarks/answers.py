"""How near does a config query come to the least an application can cost, made anew and given again as bytes?

`python -m benchmarks.answers`. All three are served by one process and take turns, so that load by others and the cost
of the server itself weigh on all alike.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from benchmarks.configs import CONTEXT, QUERY
from benchmarks.engines import measured_engine
from benchmarks.load import ask_once, many_at_a_time, post
from benchmarks.tables import Figure, machine, share, show
from benchmarks.tracking import track_users

if TYPE_CHECKING:
    from benchmarks.engines import MeasuredEngine

USER = "answers-user"
ROUNDS = 7
REQUESTS = 5_000
WORKER = (sys.executable, "-m", "benchmarks.worker")


@dataclass(slots=True)
class Cost:
    """Of each round: requests a second, and microseconds of the server's processor a request."""

    per_second: list[float] = field(default_factory=list)
    processor_us: list[float] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{statistics.median(self.per_second):,.0f}/s, {statistics.median(self.processor_us):.0f} µs"


async def measure(engine: MeasuredEngine) -> list[Figure]:
    """`engine` is one that `WORKER` runs."""
    await track_users(engine, [USER])
    kept = post(engine.port, engine.token(USER), {"query": QUERY, "variables": {"context": CONTEXT}})
    anew = kept.replace(b"/graphql", b"/anew", 1)
    hello = post(engine.port, None, {}).replace(b"/graphql", b"/hello", 1)
    costs = {request: Cost() for request in (hello, anew, kept)}
    for request in costs:
        await many_at_a_time(engine.port, [request], REQUESTS // 4)  # warms up
    for _ in range(ROUNDS):
        for request, cost in costs.items():
            await _round(engine.port, request, cost)
    return [
        figure
        for name, request in (("made anew", anew), ("from bytes", kept))
        for figure in _figures(f"config query of 25 fields, {name}", costs[request], costs[hello])
    ]


async def _round(port: int, request: bytes, cost: Cost) -> None:
    began = await _processor_seconds(port)
    load = await many_at_a_time(port, [request], REQUESTS)
    cost.processor_us.append((await _processor_seconds(port) - began) / REQUESTS * 1e6)
    cost.per_second.append(load.per_second)


async def _processor_seconds(port: int) -> float:
    return float(await ask_once(port, post(port, None, {}).replace(b"/graphql", b"/processor", 1)))


def _figures(what: str, measured: Cost, floor: Cost) -> list[Figure]:
    """The median of rounds, and which shares of the floor the rounds lie between."""
    of_rounds = sorted(a / b for a, b in zip(floor.processor_us, measured.processor_us, strict=True))
    spread = f" ({of_rounds[0]:.0%} to {of_rounds[-1]:.0%})"
    processor = share(statistics.median(floor.processor_us), statistics.median(measured.processor_us))
    requests = share(statistics.median(measured.per_second), statistics.median(floor.per_second))
    return [
        Figure(f"{what}: requests a second", str(measured), f"hello-world {floor}", requests),
        Figure(f"{what}: a second of processor", str(measured), f"hello-world {floor}", processor + spread),
    ]


def main() -> None:
    with measured_engine(WORKER) as engine:
        figures = asyncio.run(measure(engine))
    show(f"Answers, engine and hello-world in one process, on {machine()}", figures)


if __name__ == "__main__":
    main()
