"""What still works while Redis, PostgreSQL or both are away, and what comes back by itself?"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.interactions import TRACK, click, folded, track
from tests.e2e.rules import DARK, LIGHT, SPACIOUS, LivingRule, active_rule
from tests.engines import Api, Refusal, Speaker, serving, unique
from tests.faults.pages import open_page
from tests.faults.stores import GOOD, Stores, config_at, config_from, health

if TYPE_CHECKING:
    from app.settings import Settings

MOBILE_FIRST = {"segment": {"in": ["mobile_first"]}}
SHOWN = ("theme", "layout")


def shown(config: dict[str, Any]) -> dict[str, Any]:
    return {part: config[part] for part in SHOWN}


async def dark_place(engine: Api) -> tuple[str, LivingRule]:
    """A place of its own where everything is dark."""
    place = unique("place")
    return place, await active_rule(engine.as_admin(), place, DARK)


async def known_user(engine: Api, place: str) -> Speaker:
    """Somebody who has been there before."""
    user = engine.as_user()
    await track(user, [click(user.user_id)])
    await folded(engine.as_service(), user.user_id, 1)
    assert (await config_at(user, place))["theme"]["mode"] == "DARK"
    return user


async def test_without_redis_configs_are_decided_rules_change_and_interactions_count(
    stores: Stores, engine: Api
) -> None:
    place, rule = await dark_place(engine)
    user = await known_user(engine, place)
    await active_rule(engine.as_admin(), place, SPACIOUS, condition=MOBILE_FIRST)
    await stores.stop_redis()
    assert shown(await config_at(user, place))["theme"] == {"mode": "DARK"}
    stranger = await config_at(engine.as_user(), place)
    assert (stranger["source"], stranger["theme"]["mode"]) == ("DECIDED", "DARK")

    await rule.rewrite(adaptations=[LIGHT])
    assert await track(user, [click(user.user_id, device="MOBILE") for _ in range(8)]) == (8, 0)
    await folded(engine.as_service(), user.user_id, 9)
    config = await config_at(user, place)
    assert config["source"] in GOOD
    assert shown(config) == {"theme": {"mode": "LIGHT"}, "layout": {"density": "SPACIOUS"}}


async def test_without_redis_open_pages_still_show_every_change(stores: Stores, engine: Api) -> None:
    place, rule = await dark_place(engine)
    await active_rule(engine.as_admin(), place, SPACIOUS, condition=MOBILE_FIRST)
    user = engine.as_user()
    async with open_page(user, place) as page:
        await stores.stop_redis()
        await rule.rewrite(adaptations=[LIGHT])
        assert await page.mode() == "LIGHT"
        await track(user, [click(user.user_id, device="MOBILE") for _ in range(8)])
        assert (await page.update())["changedSlots"] == ["layout.density"]
        begins = datetime.now(UTC) + timedelta(seconds=1.5)
        await rule.rewrite(schedule={"startsAt": begins.isoformat()})
        assert await page.mode() == "SYSTEM"
        opened = await page.update()
        assert (opened["cause"], opened["config"]["theme"]["mode"]) == ("SCHEDULE", "LIGHT")

        await stores.start_redis()
        await rule.rewrite(adaptations=[DARK])
        assert await page.mode() == "DARK"


async def test_health_names_what_is_away_and_the_process_is_alive_all_the_time(stores: Stores, engine: Api) -> None:
    assert await health(engine, "ready") == (200, {"status": "ready", "checks": {"postgres": "ok", "redis": "ok"}})
    await stores.stop_redis()
    checks = {"postgres": "ok", "redis": "unavailable"}
    assert await health(engine, "ready") == (503, {"status": "degraded", "checks": checks})
    await stores.stop_postgres()
    checks = {"postgres": "unavailable", "redis": "unavailable"}
    assert await health(engine, "ready") == (503, {"status": "degraded", "checks": checks})
    assert await health(engine, "live") == (200, {"status": "live"})
    await stores.start_redis()
    checks = {"postgres": "unavailable", "redis": "ok"}
    assert await health(engine, "ready") == (503, {"status": "degraded", "checks": checks})
    await stores.start_postgres()
    assert (await health(engine, "ready"))[0] == 200


async def test_without_postgres_the_last_known_config_is_served_and_says_so(stores: Stores, engine: Api) -> None:
    place, _ = await dark_place(engine)
    user = await known_user(engine, place)
    before = await config_at(user, place)
    await stores.stop_postgres()

    last_known = await config_from({"LAST_KNOWN"}, user, place)
    assert shown(last_known) == shown(before)
    assert last_known["revision"] == before["revision"]
    unknown = await config_at(engine.as_user(), place)
    assert (unknown["source"], unknown["theme"]["mode"]) == ("DEFAULT", "SYSTEM")
    async with open_page(user, place) as page:
        assert (page.first["source"], page.first["theme"]["mode"]) == ("LAST_KNOWN", "DARK")
        await stores.start_postgres()
        assert shown(await config_from(GOOD, user, place)) == shown(before)


async def test_a_process_without_memory_and_without_postgres_serves_what_redis_remembers(
    stores: Stores, engine: Api, own_settings: Settings
) -> None:
    place, rule = await dark_place(engine)
    user = await known_user(engine, place)
    await stores.stop_postgres()
    async with serving(own_settings) as other:
        remembered = await config_at(other.speaking(user.user_id), place)
        assert (remembered["source"], remembered["theme"]["mode"]) == ("LAST_KNOWN", "DARK")
        assert (await config_at(other.as_user(), place))["source"] == "DEFAULT"
        async with open_page(other.as_user(), place) as page:
            assert page.first["source"] == "DEFAULT"
            await stores.start_postgres()
            assert await page.mode() == "DARK"
            await stores.recovered()
            await rule.rewrite(adaptations=[LIGHT])
            assert await page.mode() == "LIGHT"


async def test_without_any_store_configs_are_served_from_memory_or_by_default(stores: Stores, engine: Api) -> None:
    place, _ = await dark_place(engine)
    user = await known_user(engine, place)
    await stores.stop_redis()
    await stores.stop_postgres()
    assert (await config_from({"LAST_KNOWN"}, user, place))["theme"]["mode"] == "DARK"
    assert (await config_at(engine.as_user(), place))["source"] == "DEFAULT"


async def test_without_postgres_a_config_is_not_served_past_the_instant_at_which_the_clock_changes_it(
    stores: Stores, engine: Api
) -> None:
    place, rule = await dark_place(engine)
    user = await known_user(engine, place)
    async with open_page(user, place) as page:
        ends = datetime.now(UTC) + timedelta(seconds=2)
        await rule.rewrite(schedule={"endsAt": ends.isoformat()})
        assert datetime.fromisoformat((await config_at(user, place))["holdsUntil"]) == ends
        await stores.stop_postgres()
        ended = await page.update()
        assert (ended["cause"], ended["config"]["theme"]["mode"]) == ("SCHEDULE", "SYSTEM")
    assert (await config_at(user, place))["theme"]["mode"] == "SYSTEM"


async def test_without_postgres_tracking_is_refused_as_unavailable_and_nothing_is_stored(
    stores: Stores, engine: Api
) -> None:
    user = engine.as_user()
    await track(user, [click(user.user_id)])
    interactions = [click(user.user_id) for _ in range(100)]
    await stores.stop_postgres()
    for _ in range(3):
        with pytest.raises(Refusal) as refused:
            await track(user, interactions)
        assert refused.value.code == "UNAVAILABLE"
    await stores.start_postgres()
    assert await track(user, interactions) == (100, 0)
    await folded(engine.as_service(), user.user_id, 101)


@pytest.mark.parametrize("how", ["stop", "kill"])
async def test_a_batch_that_was_on_its_way_when_postgres_went_is_stored_whole_or_not_at_all(
    stores: Stores, engine: Api, how: str
) -> None:
    service = engine.as_service()
    batches = [[click(user) for _ in range(500)] for user in map(unique, ["user"] * 12)]
    async with asyncio.TaskGroup() as group:
        answers = [group.create_task(service.answer(TRACK, input=batch)) for batch in batches]
        await asyncio.wait(answers, return_when=asyncio.FIRST_COMPLETED)
        group.create_task(asyncio.to_thread(getattr(stores.services.postgres, how)))
    await stores.start_postgres()
    await stores.recovered()
    for batch, task in zip(batches, answers, strict=True):
        again = await track(service, batch)
        if "errors" in task.result():
            assert task.result()["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
            assert again in {(500, 0), (0, 500)}
        else:
            assert again == (0, 500)


async def test_without_postgres_a_rule_cannot_be_changed_and_stays_as_it_is(stores: Stores, engine: Api) -> None:
    place, rule = await dark_place(engine)
    user = await known_user(engine, place)
    await stores.stop_postgres()
    with pytest.raises(Refusal) as refused:
        await rule.rewrite(adaptations=[LIGHT])
    assert refused.value.code == "UNAVAILABLE"
    assert (await config_at(user, place))["theme"]["mode"] == "DARK"
    await stores.start_postgres()
    await stores.recovered()
    await rule.rewrite(name="The same revision is still expected", adaptations=[LIGHT])
    assert (await config_at(user, place))["theme"]["mode"] == "LIGHT"


async def test_a_page_held_through_every_outage_shows_what_changed_afterwards(stores: Stores, engine: Api) -> None:
    place, rule = await dark_place(engine)
    user = engine.as_user()
    async with open_page(user, place) as page:
        await stores.stop_redis()
        await stores.stop_postgres()
        await config_from({"LAST_KNOWN"}, user, place)
        await stores.start_postgres()
        await stores.start_redis()
        await stores.recovered()
        await rule.rewrite(adaptations=[LIGHT])
        assert await page.mode() == "LIGHT"
        await active_rule(engine.as_admin(), place, SPACIOUS, condition=MOBILE_FIRST)
        await track(user, [click(user.user_id, device="MOBILE") for _ in range(8)])
        assert (await page.update())["changedSlots"] == ["layout.density"]
