"""Are figures made from sums what the sums say, and absent where they say nothing?"""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from domain.errors import Unavailable
from domain.model.analytics import Activity, Membership, Programme, Reach, Served
from domain.model.rule_performance import Period
from domain.ports.counters import Counter
from domain.use_cases.analytics import programme_lift, series
from domain.use_cases.pulses import Pulse
from domain.use_cases.served_configs import LATENCY_BOUNDS_US, ServedConfigs, latency_ms, served_of
from tests.fakes.clocks import ManualClock
from tests.fakes.counters import InMemoryCounters

if TYPE_CHECKING:
    from collections.abc import Awaitable

SECOND = timedelta(seconds=1)


def test_days_without_activity_are_there_with_nothing() -> None:
    days = series(Period(20_000, 20_003), {20_001: Activity(2, 5, 1)}, {20_000: 4, 20_001: 5, 20_002: 5})
    assert [(day.day, day.activity.interactions, day.members) for day in days] == [
        (date(2024, 10, 4), 0, 4),
        (date(2024, 10, 5), 5, 5),
        (date(2024, 10, 6), 0, 5),
    ]


def test_nobody_has_no_risk_and_converts_at_no_rate() -> None:
    assert Membership(3, 0, 0).risk_mean is None
    assert Membership(3, 2, 500_000).risk_mean == 0.25
    assert Reach().rate == 0


def test_the_programmes_lift_is_relative_to_those_held_out() -> None:
    found = programme_lift(Programme(personalized=Reach(90_000, 12_150), held_out=Reach(10_000, 1_000)))
    assert found.lift is not None
    assert found.lift.relative == pytest.approx(0.35)
    assert 0 < found.lift.sequential_low < found.lift.low < 0.35 < found.lift.high < found.lift.sequential_high
    assert found.absent == ""


@pytest.mark.parametrize(
    "programme",
    [
        Programme(personalized=Reach(90_000, 12_150)),
        Programme(held_out=Reach(10_000, 1_000)),
        Programme(personalized=Reach(1, 1), held_out=Reach(1, 0)),
        Programme(personalized=Reach(500, 500), held_out=Reach(500, 500)),
    ],
)
def test_there_is_no_lift_where_nothing_can_be_said_and_it_says_why(programme: Programme) -> None:
    found = programme_lift(programme)
    assert found.lift is None
    assert found.absent


def latencies(**in_bucket: int) -> tuple[int, ...]:
    counts = {int(bound[1:]): count for bound, count in in_bucket.items()}
    return (*(counts.get(bound, 0) for bound in LATENCY_BOUNDS_US), counts.get(0, 0))


def test_quantiles_of_latencies_lie_in_the_right_bucket() -> None:
    spread = latencies(_100=50, _200=49, _10000=1)
    assert latency_ms(spread, 0.5) == pytest.approx(0.1)
    assert 0.15 < latency_ms(spread, 0.9) <= 0.2
    assert latency_ms(spread, 0.99) == pytest.approx(0.2)
    assert 7 <= latency_ms(spread, 1.0) <= 10
    assert latency_ms(latencies(_0=3), 0.5) == 5_000  # at least that
    assert latency_ms((), 0.5) == latency_ms(latencies(), 0.5) == 0


def test_what_was_served_on_days_adds_up() -> None:
    served = served_of([(1, 2, 0, 3, 4), (1, 1)])
    assert (served.decided, served.cached, served.pushed, served.latencies[0]) == (2, 3, 3, 4)
    assert (served.configs, served.cache_hit_rate) == (5, 0.6)
    assert (Served().configs, Served().cache_hit_rate) == (0, 0)


def unavailable() -> None:
    raise Unavailable("away")


async def test_what_cannot_be_written_is_kept_for_the_next_time() -> None:
    clock = ManualClock()
    served = ServedConfigs(InMemoryCounters(clock), unavailable, clock)  # type: ignore[arg-type] # a store that is away
    served.add(Counter.CONFIGS_CACHED, 2)
    served.took(timedelta(microseconds=10))
    await served.write()
    served.add(Counter.CONFIGS_CACHED)
    assert served._sums == {1: 3, 4: 1}
    assert (await served.last_hour())[Counter.CONFIGS_CACHED] == 3


async def test_who_follows_a_pulse_is_told_at_once_and_then_at_most_once_a_second() -> None:
    pulse, clock = Pulse(), ManualClock()
    following = pulse.follow(clock, SECOND)
    await anext(following)
    pulse.beat()
    pulse.beat()
    told = anext(following)
    reading = _begun(told)
    await clock.until_somebody_waits()
    assert not reading.done()
    clock.advance(SECOND)
    await reading  # both beats, as one
    reading = _begun(anext(following))
    await clock.until_somebody_waits()
    clock.advance(SECOND)
    for _ in range(10):  # whoever could go on has done so
        await asyncio.sleep(0)
    assert not reading.done()
    pulse.beat()
    await reading
    await following.aclose()


def _begun(awaited: Awaitable[None]) -> asyncio.Future[None]:
    return asyncio.ensure_future(awaited)
