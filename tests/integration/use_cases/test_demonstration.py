"""Does an engine have something to show after it was filled with simulated users, and only once?"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from app.demonstration.histories import DAYS, Crowd, RealUsers, fill
from app.demonstration.trials import TRIALS
from app.wiring import adapters, assemble
from domain.model.experiments import ExperimentStatus
from domain.model.pages import PageRequest
from domain.model.segments import SegmentKey
from domain.model.users import UserId
from domain.ports.profiles import UserFilter
from tests.builders.interactions import interaction

if TYPE_CHECKING:
    from app.settings import Settings
    from domain.ports.units_of_work import UnitsOfWork

CROWD = Crowd(users=50, seed=1)


class Interrupted(Exception):
    """Somebody pressed Ctrl-C."""


def unwatched(_day: int, _days: int) -> None:
    """Nobody looks how far it is."""


async def ids(begin: UnitsOfWork) -> set[UserId]:
    async with begin() as work:
        return set((await work.profiles.page(UserFilter(), PageRequest(first=100))).items)


async def test_simulated_users_have_weeks_behind_them_and_are_added_once(engine_settings: Settings) -> None:
    days: list[int] = []
    filled = await fill(engine_settings, CROWD, anyway=False, told=lambda day, _: days.append(day))

    assert (filled.users, days) == (50, list(range(1, DAYS + 1)))
    async with adapters(engine_settings) as parts:
        known = await ids(parts.begin)
        assert all(user_id.startswith("sim-") for user_id in known)
        async with parts.begin() as work:
            sizes = await work.segments.sizes([SegmentKey("simulated")])
            profiles = await work.profiles.of_users(list(known))
            rules = [await work.rules.with_key(trial.content.key) for trial in TRIALS]
        assert sizes == {"simulated": len(known)}
        assert all(profile.traits["simulated"] is True for profile in profiles.values())
        assert len({profile.traits["persona"] for profile in profiles.values()}) > 3
        welcome, automation = (rule.run for rule in rules if rule is not None and rule.run is not None)
        assert (welcome.status, welcome.winner) == (ExperimentStatus.CONCLUDED, "warm")
        assert automation.status is ExperimentStatus.RUNNING
        assert automation.started_at < parts.clock.now() - timedelta(days=10)

        assert (await fill(engine_settings, CROWD, anyway=False, told=unwatched)).users == 0
        assert await ids(parts.begin) == known


async def test_figures_of_real_users_are_not_mixed_with_made_up_ones_unless_asked(engine_settings: Settings) -> None:
    async with adapters(engine_settings) as parts:
        engine = assemble(parts)
        await engine.use_cases.rules.refresh()
        await engine.use_cases.track([interaction(parts.clock.now(), user_id=UserId("real"))])
        await engine.worker.fold_all()

        with pytest.raises(RealUsers, match="real"):
            await fill(engine_settings, CROWD, anyway=False, told=unwatched)
        assert await ids(parts.begin) == {"real"}

        assert (await fill(engine_settings, CROWD, anyway=True, told=unwatched)).users == 50
        assert {"real", "sim-0001"} <= await ids(parts.begin)


async def test_what_is_interrupted_leaves_nothing(engine_settings: Settings) -> None:
    def interrupt(day: int, _days: int) -> None:
        if day == 3:
            raise Interrupted

    with pytest.raises(Interrupted):
        await fill(engine_settings, CROWD, anyway=False, told=interrupt)

    async with adapters(engine_settings) as parts:
        assert await ids(parts.begin) == set()
        async with parts.begin() as work:
            assert await work.segments.get(SegmentKey("simulated")) is None
