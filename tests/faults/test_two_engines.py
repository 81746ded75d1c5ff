"""Do several processes on the same stores show their users the same, whichever of them a change reaches?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.interactions import click, track
from tests.e2e.rules import DARK, LIGHT, SPACIOUS, active_rule
from tests.engines import Api, serving, unique
from tests.faults.pages import open_page
from tests.faults.stores import Stores, config_at

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from app.settings import Settings


@pytest.fixture(scope="module")
async def other(own_settings: Settings, engine: Api) -> AsyncIterator[Api]:  # noqa: ARG001 - the first one is there first
    """A second engine, without a worker, on the stores of the first."""
    async with serving(own_settings.replaced(worker_in_server=False)) as running:
        yield running


async def test_a_rule_changed_in_one_process_is_pushed_by_the_other(stores: Stores, engine: Api, other: Api) -> None:
    assert stores.engine is engine
    for changed, followed in ((engine, other), (other, engine)):
        place, user = unique("place"), unique("user")
        async with open_page(followed.as_user(user), place) as page:
            rule = await active_rule(changed.as_admin(), place, DARK)
            assert await page.mode() == "DARK"
            await rule.rewrite(adaptations=[LIGHT])
            assert await page.mode() == "LIGHT"
        here, there = await config_at(followed.as_user(user), place), await config_at(changed.as_user(user), place)
        assert here["revision"] == there["revision"]


async def test_interactions_tracked_in_one_process_change_the_page_open_in_the_other(
    stores: Stores, engine: Api, other: Api
) -> None:
    assert stores.engine is engine
    for tracked, followed in ((engine, other), (other, engine)):
        place, user = unique("place"), unique("user")
        await active_rule(engine.as_admin(), place, SPACIOUS, condition={"segment": {"in": ["mobile_first"]}})
        async with open_page(followed.as_user(user), place) as page:
            await track(tracked.as_user(user), [click(user, device="MOBILE") for _ in range(8)])
            pushed = await page.update()
        assert (pushed["cause"], pushed["changedSlots"]) == ("PROFILE_CHANGED", ["layout.density"])


async def test_what_one_process_changed_while_redis_was_away_is_pushed_by_the_other_soon_after(
    stores: Stores, engine: Api, other: Api
) -> None:
    place = unique("place")
    async with open_page(other.as_user(), place) as page:
        await stores.stop_redis()
        rule = await active_rule(engine.as_admin(), place, DARK)
        assert await page.mode() == "DARK"
        await stores.start_redis()
        await rule.rewrite(adaptations=[LIGHT])
        assert await page.mode() == "LIGHT"
