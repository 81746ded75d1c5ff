"""Do the roll-ups say what the stored footprints say, whatever users do, and can they be made anew?"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from app.wiring import comparing, rebuilding, training_adapters
from domain.model.catalogues import Catalogue
from domain.model.news import RollUpsMerged
from domain.model.profiles import Preferences
from domain.model.rollups import RollUpKey
from domain.model.users import UserId
from domain.rules.instants import DAY_US, microseconds
from domain.rules.rollups.contributions import ACTIVE, ACTIVITY, MEASURES, MEMBERS, MOVES, USES, footprint_totals
from domain.use_cases.profiles import PreferencesChange
from persistence.documents.footprints import LEAST_LATEST_DAYS, MOST_LATEST_DAYS, earlier_to_bytes
from tests.builders.interactions import DAY, MINUTE, conversion, feature_use, interaction
from tests.integration.use_cases.driving import ADMIN, key, soon
from tests.property.rollups.footprints import added_up

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from app.wiring import TrainingAdapters
    from domain.model.interactions import Interaction
    from domain.model.rollups import Sums
    from tests.integration.use_cases.driving import Driven

ADA, GRACE = UserId("ada"), UserId("grace")
ALWAYS = range(100_000)


async def sums(engine: Driven, measure: str, segment: str = "") -> Mapping[RollUpKey, Sums]:
    async with engine.use_cases.begin() as work:
        return await work.rollups.read(measure, ALWAYS, segments=[segment])


async def kept(engine: Driven) -> dict[RollUpKey, Sums]:
    async with engine.use_cases.begin() as work:
        return added_up([await work.rollups.read(measure, ALWAYS) for measure in MEASURES])


async def afresh(engine: Driven) -> dict[RollUpKey, Sums]:
    async with engine.use_cases.begin() as work:
        return added_up([footprint_totals(some) async for some in work.profiles.footprints(3)])


async def rolled_up(engine: Driven) -> dict[RollUpKey, Sums]:
    """What is kept, which has to be what the footprints say."""
    found = await kept(engine)
    assert found == await afresh(engine)
    return found


@pytest.fixture
async def tools(engine: Driven) -> AsyncIterator[TrainingAdapters]:
    """What commands beside the engine work with."""
    async with training_adapters(engine.settings) as parts:
        yield parts


def today(engine: Driven) -> int:
    return microseconds(engine.now()) // DAY_US


def day_of(engine: Driven, user_id: UserId, days_ago: int = 0) -> list[Interaction]:
    at = engine.now() - days_ago * DAY - 10 * MINUTE
    numbered = f"{user_id}-{days_ago}"
    return [
        interaction(at, user_id=user_id, key=key(f"{numbered}-a")),
        feature_use("export", at + MINUTE, user_id=user_id, key=key(f"{numbered}-b")),
        conversion(at + 2 * MINUTE, user_id=user_id, key=key(f"{numbered}-c"), value=2.5),
    ]


async def test_what_users_did_is_added_up_by_day(engine: Driven) -> None:
    await engine.track(*day_of(engine, ADA), *day_of(engine, ADA, 3), *day_of(engine, GRACE))
    await engine.fold()

    activity = {found.day - today(engine): added for found, added in (await sums(engine, ACTIVITY)).items()}
    assert activity == {0: (2, 6, 2, 5_000_000, 2, 2), -3: (1, 3, 1, 2_500_000, 1, 1)}
    uses = {(found.day - today(engine), found.variation): added for found, added in (await sums(engine, USES)).items()}
    assert uses == {(0, "export"): (2,), (-3, "export"): (1,)}
    assert [added[0] for added in (await sums(engine, MEMBERS)).values()] == [2]
    assert set((await sums(engine, MOVES, "new_user")).values()) == {(2,)}
    async with engine.use_cases.begin() as work:
        for first, users in ((-3, 2), (-2, 2), (-400, 2)):
            days = range(today(engine) + first, today(engine) + min(1, first + 400))
            found = await work.rollups.distinct(ACTIVE, days, [""])
            assert found == {("", ""): users if 0 in (day - today(engine) for day in days) else 1}
    await rolled_up(engine)


async def test_late_and_repeated_interactions_change_what_they_must(engine: Driven) -> None:
    recent, late = [*day_of(engine, ADA), *day_of(engine, ADA, 200)], day_of(engine, ADA, 150)
    for batch in (recent, recent, late, recent, late):
        await engine.track(*batch)
        await engine.fold()
        await engine.engine.merger.merge()
    found = await rolled_up(engine)
    assert sum(added[1] for place, added in found.items() if place.measure == ACTIVITY and not place.segment) == 9


async def stored_earlier(engine: Driven, user_id: UserId) -> tuple[bytes, int]:
    """The earlier days as they are stored, and how many there are."""
    async with engine.use_cases.begin() as work:
        stored = await work.profiles.lock(user_id)
    assert stored.footprint is not None
    return earlier_to_bytes(stored.footprint), stored.footprint.earlier.count


async def test_earlier_days_are_only_read_and_written_when_something_is_about_them(
    engine: Driven, tools: TrainingAdapters
) -> None:
    for days_ago in range(30, 0, -1):
        await engine.track(*day_of(engine, ADA, days_ago))
        await engine.fold()
    earlier, days = await stored_earlier(engine, ADA)
    assert 30 - MOST_LATEST_DAYS <= days < 30

    await engine.track(*day_of(engine, ADA))
    await engine.fold()
    assert await stored_earlier(engine, ADA) == (earlier, days)
    await rolled_up(engine)

    await engine.track(*day_of(engine, ADA, 31))
    await engine.fold()
    late, more_days = await stored_earlier(engine, ADA)
    assert late != earlier
    assert more_days == 32 - LEAST_LATEST_DAYS
    await rolled_up(engine)
    assert await comparing(tools)() == {}

    await engine.use_cases.set_personalization(ADA, enabled=False, use_of_models=False)
    async with engine.use_cases.begin() as work:
        assert (await work.profiles.lock(ADA)).footprint is None
        assert await work.profiles.hold_footprint(ADA) is None
    assert await rolled_up(engine) == {}


async def test_who_opts_out_or_is_erased_counts_nowhere_and_who_comes_back_counts_again(engine: Driven) -> None:
    await engine.track(*day_of(engine, ADA), *day_of(engine, ADA, 3))
    await engine.fold()
    before = await rolled_up(engine)

    await engine.use_cases.set_personalization(ADA, enabled=False, use_of_models=False)
    assert await rolled_up(engine) == {}
    await engine.use_cases.set_personalization(ADA, enabled=True, use_of_models=True)
    assert await rolled_up(engine) == before
    await engine.track(*day_of(engine, GRACE))
    await engine.fold()
    await engine.use_cases.erase_user(ADA)
    found = await rolled_up(engine)
    assert {added for place, added in found.items() if place.measure == MEMBERS and not place.segment} == {(1,)}
    assert not await engine.use_cases.erase_user(UserId("nobody"))
    await engine.use_cases.erase_user(GRACE)
    assert await rolled_up(engine) == {}


async def test_where_users_stood_when_a_day_was_counted_stays_a_fact(engine: Driven) -> None:
    await engine.use_cases.save_catalogue(Catalogue(holdout=0.5), ADMIN)
    await engine.track(*day_of(engine, ADA))
    await engine.fold()
    new_then = await sums(engine, ACTIVITY, "new_user")
    assert len(new_then) == 1

    engine.clock.advance(timedelta(days=40))
    await engine.use_cases.save_catalogue(Catalogue(holdout=0.0), ADMIN)
    await engine.track(*day_of(engine, ADA))
    await engine.use_cases.recompute_profile(ADA)

    assert await sums(engine, ACTIVITY, "new_user") == new_then
    assert sum(added[0] for added in (await sums(engine, MOVES, "new_user")).values()) == 0
    held = {place.subject for place in await sums(engine, ACTIVE)}
    assert len(held) == 2  # everybody, and what ada was while there was a holdout
    await rolled_up(engine)


async def test_declaring_something_makes_a_user_known(engine: Driven) -> None:
    await engine.use_cases.update_profile(ADA, {"plan": "pro"}, PreferencesChange(Preferences(), frozenset()))
    assert set((await sums(engine, MEMBERS)).values()) == {(1,)}
    await rolled_up(engine)


async def test_merging_tells_everybody_and_only_then(engine: Driven, other_engine: Driven) -> None:
    assert await engine.engine.merger.merge() == 0
    await engine.track(*day_of(engine, ADA))
    await engine.fold()
    assert RollUpsMerged() not in other_engine.bus.acted_on
    assert await engine.engine.merger.merge() > 0
    await soon(other_engine.bus.until(lambda news: news == RollUpsMerged()))
    assert await engine.engine.merger.merge() == 0


async def test_the_merger_merges_each_second(engine: Driven) -> None:
    merging = asyncio.ensure_future(engine.engine.merger.run())
    await engine.track(*day_of(engine, ADA))
    await engine.fold()
    while await engine.engine.merger.merge():
        pass
    await engine.track(*day_of(engine, GRACE))
    await engine.fold()
    engine.bus.acted_on.clear()
    await engine.clock.until_somebody_waits()
    engine.clock.advance(timedelta(seconds=1))
    await soon(engine.bus.until(lambda news: news == RollUpsMerged()))
    merging.cancel()
    with pytest.raises(asyncio.CancelledError):
        await merging
    await rolled_up(engine)


async def test_two_workers_and_two_mergers_at_once_add_everything_up_once(engine: Driven, other_engine: Driven) -> None:
    users = [UserId(f"u{number}") for number in range(30)]
    for days_ago in (0, 2, 1):
        batch = [one for user in users for one in day_of(engine, user, days_ago)]
        await engine.track(*batch)
        await asyncio.gather(
            *(each.engine.worker.fold_all() for each in (engine, other_engine)),
            *(each.engine.merger.merge(50) for each in (engine, other_engine) for _ in range(5)),
        )
    found = await rolled_up(engine)
    assert {added[0] for place, added in found.items() if place.measure == ACTIVITY and not place.segment} == {30}


async def test_sums_made_anew_are_the_sums_that_folding_kept(engine: Driven, tools: TrainingAdapters) -> None:
    for user in (ADA, GRACE):
        await engine.track(*day_of(engine, user), *day_of(engine, user, 20))
        await engine.fold()
    await engine.engine.merger.merge(7)
    before = await rolled_up(engine)
    assert await comparing(tools)() == {}
    assert await rebuilding(tools)() == {}
    assert await rolled_up(engine) == before


async def test_sums_that_went_wrong_are_found_and_made_right(engine: Driven, tools: TrainingAdapters) -> None:
    await engine.track(*day_of(engine, ADA))
    await engine.fold()
    before = await rolled_up(engine)
    wrong = {RollUpKey(ACTIVITY, today(engine)): (1, 1), RollUpKey(USES, 3, subject="nothing"): (5,)}
    elsewhere = {RollUpKey("served", 3): (5,)}
    async with engine.use_cases.begin() as work:
        await work.rollups.append(wrong | elsewhere)
        await work.commit()

    assert await comparing(tools)() == {ACTIVITY: 1, USES: 1}
    assert await rebuilding(tools)() == {ACTIVITY: 1, USES: 1}
    assert await comparing(tools)() == {}
    assert await rolled_up(engine) == before
    async with engine.use_cases.begin() as work:
        assert await work.rollups.read("served", ALWAYS) == elsewhere  # made from nothing that is stored of users


async def test_what_is_folded_and_merged_beside_a_rebuild_counts_once(engine: Driven, tools: TrainingAdapters) -> None:
    users = [UserId(f"u{number}") for number in range(60)]
    await engine.track(*(one for user in users for one in day_of(engine, user, 5)))
    await engine.fold()

    async def go_on() -> None:
        for days_ago in (4, 2, 3, 0, 1):
            await engine.track(*(one for user in users for one in day_of(engine, user, days_ago)))
            await engine.engine.worker.fold_all()
            await engine.engine.merger.merge()

    going = asyncio.ensure_future(go_on())
    while not going.done():
        assert await rebuilding(tools)() == {}
    await going
    found = await rolled_up(engine)
    assert sum(added[0] for place, added in found.items() if place.measure == ACTIVITY and not place.segment) == 360
    assert await comparing(tools)() == {}
