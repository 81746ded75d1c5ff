"""What is recorded of a config that was delivered just before the engine was killed? Nothing, or all of it: once."""

from __future__ import annotations

import asyncio
import os
import signal
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.rules import DARK, SPACIOUS, active_rule
from tests.engines import unique
from tests.faults.processes import EngineProcess, api_of, engine_process

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from datetime import datetime

    from tests.engines import Api, Speaker

ROUNDS = int(os.environ.get("ATTUNE_TEST_KILL_ROUNDS", "3"))
LONGEST_DELAY_SECONDS = 0.6
"""A little longer than what is delivered waits to be written."""

USERS = 20
WISHES = ((DARK,), (SPACIOUS,))
ABOVE_THE_DEMO = 100
CONFIG = "query($context:ContextInput!){viewer{config(context:$context){theme{mode} layout{density}}}}"
ASSIGNMENTS = "{viewer{assignments{run firstExposedAt timesApplied rule{id}}}}"


@pytest.fixture(scope="module")
async def engine(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EngineProcess]:
    async with engine_process(tmp_path_factory.mktemp("killed")) as running:
        yield running


async def deliver(users: Sequence[Speaker], place: str) -> None:
    answers = await asyncio.gather(*(user.ask(CONFIG, context={"place": place}) for user in users))
    assert {answer["viewer"]["config"]["theme"]["mode"] for answer in answers} == {"DARK"}


async def recorded(user: Speaker, rules: Sequence[str]) -> list[dict[str, Any]]:
    """What is stored of these rules."""
    found = (await user.ask(ASSIGNMENTS))["viewer"]["assignments"]
    return [assignment for assignment in found if assignment["rule"]["id"] in rules]


async def all_recorded(users: Sequence[Speaker], rules: Sequence[str]) -> list[list[dict[str, Any]]]:
    """Once of every user something of every rule is stored; whatever is stored by then."""
    found = [await recorded(user, rules) for user in users]
    while any({one["rule"]["id"] for one in assignments} != set(rules) for assignments in found):
        found = [await recorded(user, rules) for user in users]
    return found


def first_exposures(found: Sequence[list[dict[str, Any]]]) -> list[dict[str, datetime]]:
    return [{one["rule"]["id"]: one["firstExposedAt"] for one in assignments} for assignments in found]


@pytest.mark.parametrize("seed", range(ROUNDS))
async def test_an_engine_killed_between_delivery_and_writing_records_every_exposure_at_most_once(
    engine: EngineProcess, seed: int
) -> None:
    random = Random(seed)  # noqa: S311 - a test's own numbers
    async with api_of(engine) as api:
        place = unique("place")
        rules = [(await active_rule(api.as_admin(), place, *wish, priority=ABOVE_THE_DEMO)).id for wish in WISHES]
        before, at_last = people(api), people(api)
        await deliver(before, place)
        known = first_exposures(await all_recorded(before, rules))

        await deliver([*before, *at_last], place)
        await struck(engine, random.uniform(0, LONGEST_DELAY_SECONDS), with_its_servers=seed % 2 == 1)
        assert await engine.ended() == -signal.SIGKILL
        await engine.start()

        # What was known is as it was; of what was delivered last, nothing or all of one user is.
        assert first_exposures([await recorded(user, rules) for user in before]) == known
        survived = [await recorded(user, rules) for user in at_last]
        assert {len(assignments) for assignments in survived} <= {0, len(rules)}

        await deliver([*before, *at_last], place)
        found = await all_recorded([*before, *at_last], rules)
        assert {len(assignments) for assignments in found} == {len(rules)}
        for earlier, now in zip([*known, *first_exposures(survived)], first_exposures(found), strict=True):
            assert earlier.items() <= now.items()
        assert all(1 <= one["timesApplied"] <= 3 for assignments in found for one in assignments)
        assert all(one["timesApplied"] <= 2 for assignments in found[USERS:] for one in assignments)


async def struck(engine: EngineProcess, delay_seconds: float, *, with_its_servers: bool) -> None:
    """Return when the engine was killed."""
    done = asyncio.Event()

    def kill() -> None:
        engine.kill(with_its_servers=with_its_servers)
        done.set()

    asyncio.get_running_loop().call_later(delay_seconds, kill)
    await done.wait()


def people(api: Api) -> list[Speaker]:
    return [api.as_user() for _ in range(USERS)]
