"""Do analytics tell what users did, of everybody and of segments, and push it as it happens?"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.api.journeys import ago, declare, done, draft, now, profile_when, save_segment, track, with_status
from tests.engines import unique

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.engines import Api

FIGURES = """users activeUsers interactions conversions configsServed cacheHitRate configLatencyMsP50 configLatencyMsP99
  pushes rulesActive experimentsRunning programmeLift{relative low high} programmeLiftAbsent
  series{day activeUsers interactions conversions} suggestions{id kind text}"""
ANALYTICS = f"query($period:PeriodInput!){{analytics(period:$period){{{FIGURES}}}}}"
ANALYSIS = """query($key:String!,$period:PeriodInput){segment(key:$key){size analysis(period:$period){
  users activeUsers sessionsPerUser conversionRate valuePerUser churnRiskMean underperforming
  topFeatures{feature share} series{day users activeUsers conversions} suggestions{id}}}}"""
UPDATED = "subscription($period:PeriodInput!){analyticsUpdated(period:$period){activeUsers interactions}}"

RULES_ACTIVE = "subscription($period:PeriodInput!){analyticsUpdated(period:$period){rulesActive}}"


def period(days: int = 30) -> dict[str, str]:
    return {"from": ago(days=days - 1), "until": (now() + timedelta(minutes=1)).isoformat()}


async def figures(api: Api) -> dict[str, Any]:
    found: dict[str, Any] = (await api.as_analyst().ask(ANALYTICS, period=period()))["analytics"]
    return found


async def team_of(api: Api, users: int) -> str:
    """A segment of so many users; each used two features, the first of them converted for 2.5."""
    team = unique("team")
    key: str = (await save_segment(api, {"traits": {"team": team}}))["key"]
    for number in range(users):
        user = api.as_user()
        await declare(user, traits={"team": team})
        await profile_when(user, lambda profile: key in _counted(profile))
        bought = [done("CONVERSION", target="buy", value=2.5)] if number == 0 else []
        uses = [done("FEATURE_USE", target=target) for target in ("export", "export", "import")]
        await track(user, *uses, *bought)
        await profile_when(user, _has_done(len(uses) + len(bought)))
    return key


def _counted(profile: Mapping[str, Any] | None) -> set[str]:
    segments = profile["segments"] if profile else []
    return {entry["segment"]["key"] for entry in segments if entry["confidence"] >= 0.5}


def _has_done(interactions: int) -> Callable[[Mapping[str, Any]], bool]:
    return lambda profile: bool(profile) and profile["activity"]["interactions"] >= interactions


async def test_figures_of_everybody_grow_at_least_by_what_users_do(api: Api) -> None:
    before = await figures(api)
    await team_of(api, 2)
    after = await figures(api)

    # Other tests' users may still be counted meanwhile.
    grown = {"users": 2, "activeUsers": 2, "interactions": 7, "conversions": 1}
    assert all(after[name] - before[name] >= grown[name] for name in grown), (before, after)
    assert len(after["series"]) in {30, 31}
    assert sum(day["interactions"] for day in after["series"]) == after["interactions"]
    assert 0 <= after["cacheHitRate"] <= 1
    assert after["configLatencyMsP50"] <= after["configLatencyMsP99"]
    assert after["programmeLift"] is None
    assert after["programmeLiftAbsent"]


async def test_a_segment_is_analysed_by_what_its_users_did(api: Api) -> None:
    key = await team_of(api, 2)
    found = (await api.as_analyst().ask(ANALYSIS, key=key, period=period()))["segment"]
    analysis = found["analysis"]

    assert found["size"] == analysis["users"] == 2
    assert analysis["activeUsers"] == 2
    assert analysis["sessionsPerUser"] == 1
    assert analysis["conversionRate"] == 0.5
    assert analysis["valuePerUser"] == 1.25
    assert analysis["churnRiskMean"] is None
    assert analysis["underperforming"] is False
    shares = {entry["feature"]: entry["share"] for entry in analysis["topFeatures"]}
    assert shares == {"export": pytest.approx(2 / 3), "import": pytest.approx(1 / 3)}
    days = [(day["users"], day["activeUsers"], day["conversions"]) for day in analysis["series"] if day["users"]]
    assert days[0] == (2, 2, 1)
    assert set(days[1:]) <= {(2, 0, 0)}  # where a run passes midnight, they are still in the segment
    assert analysis["suggestions"] == []


async def test_a_segment_nobody_was_ever_in_is_analysed_as_that(api: Api) -> None:
    key = (await save_segment(api, {"traits": {"team": unique("none")}}))["key"]
    analysis = (await api.as_analyst().ask(ANALYSIS, key=key, period=None))["segment"]["analysis"]
    assert analysis["users"] == analysis["activeUsers"] == analysis["conversionRate"] == 0
    assert len(analysis["series"]) == 30


@pytest.mark.parametrize(
    ("since", "until", "said"),
    [
        (ago(days=1), ago(days=2), "end after it begins"),
        (ago(days=1), ago(days=1)[:10], "ISO 8601|offset"),
        (ago(days=500), ago(days=1), "at most 400 days"),
    ],
)
async def test_impossible_periods_are_refused(api: Api, since: str, until: str, said: str) -> None:
    answer = await api.as_analyst().answer(ANALYTICS, period={"from": since, "until": until})
    message = answer["errors"][0]["message"]
    assert any(part in message for part in said.split("|")), message


async def test_fresh_figures_are_pushed_when_something_happens(api: Api) -> None:
    async with api.as_analyst().following(UPDATED, period=period()) as updates:
        before = (await updates.next())["analyticsUpdated"]["interactions"]
        await track(api.as_user(), done(), done())
        after = before
        while after < before + 2:
            after = (await updates.next())["analyticsUpdated"]["interactions"]
    assert after >= before + 2


async def test_fresh_figures_are_pushed_when_a_rule_changes(api: Api) -> None:
    rule = await draft(api)
    async with api.as_analyst().following(RULES_ACTIVE, period=period()) as updates:
        count = before = (await updates.next())["analyticsUpdated"]["rulesActive"]
        rule = await with_status(api, rule, "ACTIVE")
        while count == before:
            count = (await updates.next())["analyticsUpdated"]["rulesActive"]
    await with_status(api, rule, "ARCHIVED")
    assert count == before + 1
