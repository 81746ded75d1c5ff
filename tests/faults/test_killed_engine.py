"""What is lost, or counted twice, when the engine is killed in the middle of its work? Nothing."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import repeat
from random import Random
from typing import TYPE_CHECKING

import pytest

from app.replay.deliveries import Deliveries, Patience
from app.replay.engine import connected
from app.replay.files import recognise
from app.replay.refusals import ReplayStopped
from app.replay.replays import Replay
from app.replay.tallies import Tally
from tests.e2e.followers import CONFIG, node_client
from tests.e2e.interactions import click, track
from tests.e2e.logs import log, written
from tests.e2e.profiles import disagreements
from tests.e2e.replays import counted, replayed
from tests.e2e.rules import DARK, LIGHT, SPACIOUS, active_rule
from tests.engines import unique
from tests.faults.processes import EngineProcess, api_of, engine_process

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.engines import Api

ROUNDS = int(os.environ.get("ATTUNE_TEST_KILL_ROUNDS", "3"))
"""Each with a moment of its own; `make test-kill` tries many."""

BATCH, IN_FLIGHT = 20, 4
LONGEST_DELAY_SECONDS = 0.03
"""About as long as the engine takes for one batch and its folding."""

ABOVE_THE_DEMO = 100
"""A priority: one of the demo's rules decides on colours in the evening."""


@pytest.fixture(scope="module")
async def engine(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EngineProcess]:
    async with engine_process(tmp_path_factory.mktemp("killed")) as running:
        yield running


@dataclass(frozen=True, slots=True)
class Blow:
    """The engine is killed `delay_seconds` after the answer that raised the acknowledged interactions to `after`."""

    engine: EngineProcess
    after: int
    delay_seconds: float
    with_its_servers: bool

    async def strike_during(self, file: Path, token: str) -> Tally:
        """Replay `file` until the engine is gone; what had been acknowledged by then."""
        tally = Tally()
        loop, struck = asyncio.get_running_loop(), asyncio.Event()
        aimed: list[asyncio.TimerHandle] = []

        def kill() -> None:
            self.engine.kill(with_its_servers=self.with_its_servers)
            struck.set()

        def watch() -> None:
            if tally.accepted >= self.after and not aimed:  # a second blow would hit the engine started again
                aimed.append(loop.call_later(self.delay_seconds, kill))

        async with connected(self.engine.url, token, IN_FLIGHT) as client:
            replay = Replay(log=recognise(file), batch_size=BATCH)
            patience = Patience(give_up_after_seconds=0)
            with replay.begun(tally) as reading, suppress(ReplayStopped):
                await Deliveries(
                    engine=client, tally=tally, patience=patience, in_flight=IN_FLIGHT, on_progress=watch
                ).deliver(reading.batches)
        assert aimed, "the engine went away by itself"
        await struck.wait()
        return tally


@pytest.mark.parametrize("seed", range(ROUNDS))
async def test_an_engine_killed_during_a_replay_loses_nothing_acknowledged_and_counts_nothing_twice(
    engine: EngineProcess, tmp_path: Path, seed: int
) -> None:
    random = Random(seed)  # noqa: S311 - a test's own numbers
    events = log(seed, datetime.now(UTC), unique("killed"))
    file = written(events, tmp_path / "log.csv.gz")
    blow = Blow(
        engine,
        after=random.randrange(BATCH, len(events) - 2 * IN_FLIGHT * BATCH),
        delay_seconds=random.uniform(0, LONGEST_DELAY_SECONDS),
        with_its_servers=seed % 2 == 1,
    )
    async with api_of(engine) as api:
        token = api.as_service().token
        acknowledged = await blow.strike_during(file, token)
        assert await engine.ended() == -signal.SIGKILL
        assert blow.after <= acknowledged.accepted < len(events)

        await engine.start()
        again = await replayed(file, engine.url, token)
        assert again["accepted"] + again["duplicates"] == again["lines"] == len(events)
        # At most the batches on their way may be stored although nobody was told.
        assert 0 <= again["duplicates"] - acknowledged.accepted <= IN_FLIGHT * BATCH
        assert await disagreements(api, events) == []

        once_more = await replayed(file, engine.url, token)
        assert counted(once_more) == {
            "lines": len(events),
            "accepted": 0,
            "duplicates": len(events),
            "refused": 0,
        }
        assert await disagreements(api, events) == []


@pytest.mark.parametrize("scheme", ["ws", "http"])
async def test_a_page_left_open_while_the_engine_is_killed_shows_what_changed_since(
    engine: EngineProcess, scheme: str
) -> None:
    url = engine.socket_url if scheme == "ws" else engine.url
    async with api_of(engine) as api:
        user, place = api.as_user(), unique("place")
        rule = await active_rule(api.as_admin(), place, DARK, priority=ABOVE_THE_DEMO)
        context = {"place": place}
        async with node_client(url, repeat(user.token), context=context, knownRevision=None) as page:
            await page.connected()
            assert (await page.update())["config"]["theme"]["mode"] == "DARK"
            engine.kill()
            await engine.ended()
            await engine.start()
            await page.connected()
            await rule.rewrite(adaptations=[LIGHT])
            assert (await page.update())["config"]["theme"]["mode"] == "LIGHT"


async def test_an_engine_told_to_end_ends_its_streams_itself_and_pages_go_on_with_the_next_one(
    engine: EngineProcess,
) -> None:
    async with api_of(engine) as api:
        user, place = api.as_user(), unique("place")
        asking = {"query": CONFIG, "variables": {"context": {"place": place}}}
        headers = {"authorization": f"Bearer {user.token}", "accept": "text/event-stream"}
        rule = await active_rule(api.as_admin(), place, DARK, priority=ABOVE_THE_DEMO)
        async with (
            node_client(engine.url, repeat(user.token), context={"place": place}, knownRevision=None) as page,
            api.client.stream("POST", "/graphql", json=asking, headers=headers) as stream,
        ):
            await page.connected()
            assert (await page.update())["config"]["theme"]["mode"] == "DARK"
            engine.terminate()
            assert (await stream.aread()).endswith(b"\n\n: The server is shutting down\n\n")
            assert await engine.ended() == 0
            await engine.start()
            await page.connected()
            await rule.rewrite(adaptations=[LIGHT])
            assert (await page.update())["config"]["theme"]["mode"] == "LIGHT"


async def test_what_was_acknowledged_before_a_kill_but_not_yet_folded_is_folded_after_it(engine: EngineProcess) -> None:
    async with api_of(engine) as api:
        user, place = api.as_user(), unique("place")
        await active_rule(api.as_admin(), place, SPACIOUS, condition={"segment": {"in": ["mobile_first"]}})
        assert await track(user, [click(user.user_id, device="MOBILE") for _ in range(1_000)]) == (1_000, 0)
        engine.kill()
        await engine.ended()
        await engine.start()
        await see_density(api, user.token, place, "SPACIOUS")


async def see_density(api: Api, token: str, place: str, density: str) -> None:
    """Return when a page shows it, whether at first or by a push."""
    url = f"ws://127.0.0.1:{api.port}/graphql"
    async with node_client(url, repeat(token), context={"place": place}) as page:
        await page.connected()
        while (await page.update())["config"]["layout"]["density"] != density:
            pass
