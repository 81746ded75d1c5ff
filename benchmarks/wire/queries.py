"""What does a config query cost, answers kept and made anew, beside hello-world and beside the peers?

In microseconds of the server's processor time a request, which other work on the machine moves less than requests a
second. Everybody is asked in the same way and in turns; an engine that keeps no answers decides and executes each.
"""

from __future__ import annotations

import sys
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from benchmarks.engines import ATTUNE
from benchmarks.wire import contestants as known
from benchmarks.wire import peer_servers
from benchmarks.wire.agreement import check
from benchmarks.wire.rows import Row, ratios
from benchmarks.wire.workloads import Workload

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.wire.contestants import Contestant

ROUNDS = 7
WARMING_ROUNDS = 2
ROUND_SECONDS = 1.5
ENGINES: Sequence[tuple[str, Sequence[str], float]] = (
    ("no answer bytes kept", (sys.executable, "-m", "benchmarks.wire.anew"), 0.40),
    ("bytes kept", ATTUNE, 0.75),
)
"""How the engine is run, and which share of hello-world's requests it is to reach."""


async def measure(*, with_peers: bool) -> list[Row]:
    workload = Workload.of_fifty_rules()
    async with AsyncExitStack() as stack:
        floor = stack.enter_context(known.hello())
        engines = [
            await stack.enter_async_context(known.engine(name, workload, program)) for name, program, _ in ENGINES
        ]
        peers: list[Contestant] = []
        if with_peers:
            installed = peer_servers.install()
            peers = [stack.enter_context(peer(installed, workload)) for peer in known.PEERS]
        check(workload, [*engines, *peers])
        await _take_turns([floor, *engines, *peers])
    return [*_beside_the_floor(engines, floor), *_beside_peers(engines, peers)]


async def _take_turns(contestants: Sequence[Contestant]) -> None:
    for turn in range(WARMING_ROUNDS + ROUNDS):
        for contestant in contestants:
            if turn == WARMING_ROUNDS:
                contestant.forget()
            await contestant.take_turn(ROUND_SECONDS)


def _beside_the_floor(engines: Sequence[Contestant], floor: Contestant) -> Iterator[Row]:
    for engine, (_, _, bar) in zip(engines, ENGINES, strict=True):
        share = ratios(floor.request_us, engine.request_us)
        by_the_second = ratios(engine.per_second, floor.per_second).median
        what = f"config query of 25 fields, 50 rules, {engine.name}"
        beside = f"{floor.name}: {floor.told}"
        ratio = f"{share.share()}; {by_the_second:.0%} of its requests a second"
        yield Row(what, engine.told, beside, ratio, f">= {bar:.0%}", share.median >= bar)


def _beside_peers(engines: Sequence[Contestant], peers: Sequence[Contestant]) -> Iterator[Row]:
    for engine in engines:
        for peer in peers:
            ahead = ratios(peer.request_us, engine.request_us)
            told = f"{peer.name}: {peer.told}"
            yield Row(f"the same, {engine.name}", engine.told, told, ahead.times(), "> 1 x", ahead.median > 1)
