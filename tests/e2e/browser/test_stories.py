"""Do people meet in the console and the demo what they were promised, in a real browser and with a real engine?"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from domain.model.principals import Role
from tests.faults.processes import EngineProcess, api_of, engine_process

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
async def engine(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EngineProcess]:
    """An engine of their own: the demo looks the same place up for everybody, and one story kills it."""
    async with engine_process(tmp_path_factory.mktemp("stories") / "data") as running:
        yield running


@asynccontextmanager
async def telling(story: str, engine: EngineProcess) -> AsyncIterator[asyncio.subprocess.Process]:
    """The story while it is played; what made it fail fails the test."""
    async with api_of(engine) as api:
        token = api.token("managing-admin", Role.ADMIN)
    process = await asyncio.create_subprocess_exec(
        *("node", "play.mjs", story, f"http://127.0.0.1:{engine.port}", token),
        cwd=HERE,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        _, said = await process.communicate()
        assert process.returncode == 0, said.decode()


async def wish(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    return (await process.stdout.readline()).decode().strip()


def granted(process: asyncio.subprocess.Process) -> None:
    assert process.stdin is not None
    process.stdin.write(b"done\n")


async def play(story: str, engine: EngineProcess) -> int | None:
    async with telling(story, engine) as process:
        pass
    return process.returncode


async def play_killing(story: str, engine: EngineProcess) -> None:
    """The story says when the engine is to be killed, and when to be started again."""
    async with telling(story, engine) as told:
        assert await wish(told) == "kill"
        engine.kill()
        await engine.ended()
        granted(told)
        assert await wish(told) == "start"
        await engine.start()
        granted(told)


async def test_a_rule_made_with_the_builder_changes_an_open_page_without_a_reload(engine: EngineProcess) -> None:
    assert await play("rule_made", engine) == 0


async def test_a_dragged_priority_makes_the_other_rule_win_on_the_open_page(engine: EngineProcess) -> None:
    assert await play("priority", engine) == 0


async def test_why_tells_the_truth(engine: EngineProcess) -> None:
    assert await play("why", engine) == 0


async def test_opting_out_returns_everything_to_the_default_visibly(engine: EngineProcess) -> None:
    assert await play("opting_out", engine) == 0


async def test_whatever_a_rule_decides_shows_on_the_open_pages_of_both_devices(engine: EngineProcess) -> None:
    assert await play("every_slot", engine) == 0


async def test_the_planner_adapts_to_what_somebody_does_within_a_few_clicks_and_says_why(engine: EngineProcess) -> None:
    assert await play("adapting", engine) == 0


async def test_an_experiment_started_in_the_console_shows_its_chart_once_there_are_results(
    engine: EngineProcess,
) -> None:
    assert await play("experiment", engine) == 0


async def test_pages_catch_up_with_an_engine_that_was_killed_and_started_again(engine: EngineProcess) -> None:
    await play_killing("restart", engine)


async def test_two_tabs_of_one_user_agree(engine: EngineProcess) -> None:
    assert await play("two_tabs", engine) == 0


async def test_the_console_is_light(engine: EngineProcess) -> None:
    assert await play("first_load", engine) == 0


async def test_every_page_is_accessible_light_and_dark_and_fits_a_phone(engine: EngineProcess) -> None:
    assert await play("every_view", engine) == 0


async def test_rules_are_found_written_ranked_and_taken_back_with_nothing_but_a_keyboard(engine: EngineProcess) -> None:
    assert await play("keyboard", engine) == 0


async def test_the_planner_is_used_with_nothing_but_a_keyboard(engine: EngineProcess) -> None:
    assert await play("keyboard_in_demo", engine) == 0


async def test_whoever_walks_through_the_pages_by_keyboard_sees_where_they_are(engine: EngineProcess) -> None:
    assert await play("keyboard_places", engine) == 0


async def test_what_is_not_saved_outlives_an_expired_token_a_reload_and_somebody_elses_change(
    engine: EngineProcess,
) -> None:
    assert await play("unsaved", engine) == 0


async def test_people_read_and_write_on_while_the_engine_is_away_and_after_it_is_back(engine: EngineProcess) -> None:
    await play_killing("away", engine)


async def test_hundreds_of_rules_are_all_there_and_no_page_renders_more_than_it_shows(engine: EngineProcess) -> None:
    assert await play("crowded", engine) == 0


async def test_pages_say_what_comes_what_is_missing_and_what_failed(engine: EngineProcess) -> None:
    assert await play("states", engine) == 0
