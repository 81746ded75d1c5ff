"""Is it shown what experiments have found, never more than that, and what follows from it?"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from tests.api.journeys import DARK, ERRORS, LIGHT, active, config_of, done, draft, now, track, with_status
from tests.engines import Refusal, unique

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.engines import Api, Speaker

PATIENCE_SECONDS = 30.0
RESULTS = """query($id:ID!){rule(id:$id){experiment{results{exposedUsers sampleRatioPValue sampleRatioMismatch verdict
  verdictText winner linkedUsers drift computedAt
  plan{lift usersNeeded moreDays absent} variations{variation users conversions mean absent
  lift{relative low high sequentialLow sequentialHigh pValue chanceToWin varianceReduction}
  guardrails{number users mean absent isWorse}}}}}}"""
GROWTH = """query($id:ID!){rule(id:$id){experiment{growth{day exposedUsers
  variations{variation users lift{relative low high sequentialLow sequentialHigh}}}}}}"""
BY_SEGMENT = """query($id:ID!){rule(id:$id){experiment{bySegment{
  best compared text choices{segment variation users difference low high}}}}}"""
START = f"mutation($id:ID!){{startExperiment(ruleId:$id){{rule{{id revision}} {ERRORS}}}}}"
OPTIMIZE = f"""mutation($input:OptimizeInput!){{optimizeRules(input:$input){{
  suggestions{{id kind rule{{id revision priority}} segment{{key}} text evidence applicable}}
  applied{{id}} {ERRORS}}}}}"""
PLAN = {
    "variations": [
        {"key": "as-is", "allocation": 0.5, "control": True, "adaptations": []},
        {"key": "dark", "allocation": 0.5, "adaptations": [DARK]},
    ],
    "goal": {"kind": "CONVERSION", "windowDays": 7},
    "guardrails": [{"kind": "DISMISS", "windowDays": 7, "measure": "COUNT_MEAN", "increase": False}],
}


async def results(api: Api, rule: dict[str, Any]) -> dict[str, Any] | None:
    answer = await api.as_analyst().ask(RESULTS, id=rule["id"])
    found: dict[str, Any] | None = answer["rule"]["experiment"]["results"]
    return found


async def results_when(api: Api, rule: dict[str, Any], holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Recording and folding take a moment; every answer gives them a turn."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            found = await results(api, rule)
            if found is not None and holds(found):
                return found


async def running(api: Api, place: str) -> dict[str, Any]:
    rule = await with_status(api, await draft(api, places=[place], adaptations=[], experiment=PLAN), "ACTIVE")
    payload = (await api.as_admin().ask(START, id=rule["id"]))["startExperiment"]
    assert payload["userErrors"] == []
    return rule


async def optimizing(speaker: Speaker, **wanted: Any) -> dict[str, Any]:
    payload: dict[str, Any] = (await speaker.ask(OPTIMIZE, input=wanted))["optimizeRules"]
    return payload


async def test_before_the_start_there_are_no_results(api: Api) -> None:
    assert await results(api, await draft(api, adaptations=[], experiment=PLAN)) is None


async def test_of_nobody_nothing_is_said(api: Api) -> None:
    found = await results(api, await running(api, unique("place")))

    assert found is not None
    assert (found["exposedUsers"], found["verdict"], found["winner"]) == (0, "NOT_ENOUGH_DATA", None)
    assert (found["sampleRatioPValue"], found["sampleRatioMismatch"]) == (1.0, False)
    assert (found["linkedUsers"], found["drift"]) == (0, None)
    assert (found["plan"]["lift"], found["plan"]["moreDays"]) == (0.05, None)
    assert found["plan"]["absent"].startswith("fewer than 100 users")
    assert [each["variation"] for each in found["variations"]] == ["as-is", "dark"]
    assert [(each["users"], each["lift"]) for each in found["variations"]] == [(0, None), (0, None)]
    assert {each["absent"] for each in found["variations"]} == {"nobody has been exposed yet"}
    assert found["verdictText"] == "There is not enough data for a verdict: nobody has been exposed yet."


async def test_what_was_found_is_told_day_by_day(api: Api) -> None:
    place = unique("place")
    rule = await running(api, place)
    users = [api.as_user() for _ in range(3)]
    for user in users:
        await config_of(user, place)
    await results_when(api, rule, lambda found: bool(found["exposedUsers"] == len(users)))

    answer = await api.as_analyst().ask(GROWTH, id=rule["id"])

    (day,) = answer["rule"]["experiment"]["growth"]
    assert (day["day"], day["exposedUsers"]) == (now().date().isoformat(), len(users))
    assert sum(each["users"] for each in day["variations"]) == len(users)


async def test_of_a_few_users_no_segment_is_compared(api: Api) -> None:
    planned = await draft(api, adaptations=[], experiment=PLAN)
    started = await running(api, unique("place"))

    before, after = [
        (await api.as_analyst().ask(BY_SEGMENT, id=rule["id"]))["rule"]["experiment"]["bySegment"]
        for rule in (planned, started)
    ]

    assert before is None
    assert (after["best"], after["compared"], after["choices"]) == (None, 0, [])
    assert after["text"].startswith("Too few users to tell")


async def test_exposures_conversions_and_guardrails_of_a_few_are_counted_and_nothing_is_concluded(api: Api) -> None:
    place = unique("place")
    rule = await running(api, place)
    users = [api.as_user() for _ in range(6)]
    for user in users:
        await config_of(user, place)
    await results_when(api, rule, lambda found: bool(found["exposedUsers"] == len(users)))

    soon = now().isoformat()
    for user in users:
        await track(user, done("CONVERSION", occurredAt=soon), done("DISMISS", occurredAt=soon))

    def all_counted(found: dict[str, Any]) -> bool:
        guarded = [each["guardrails"][0] for each in found["variations"]]
        dismissed = sum((each["mean"] or 0) * each["users"] for each in guarded)
        return bool(sum(each["conversions"] for each in found["variations"]) == dismissed == len(users))

    found = await results_when(api, rule, all_counted)

    assert found["verdict"] == "NOT_ENOUGH_DATA"
    assert found["variations"][1]["lift"] is None
    assert (await optimizing(api.as_admin(), ruleIds=[rule["id"]], apply=True))["applied"] == []


async def test_two_rules_that_want_the_same_are_suggested_about_with_the_evidence(api: Api) -> None:
    place = unique("place")
    first = await active(api, places=[place], adaptations=[DARK])
    second = await active(api, places=[place], adaptations=[LIGHT])

    told = await optimizing(api.as_analyst(), ruleIds=[first["id"], second["id"]])

    conflict, shadow = sorted(told["suggestions"], key=lambda one: str(one["kind"]))
    assert (conflict["kind"], conflict["applicable"], conflict["segment"]) == ("FIX_CONFLICT", False, None)
    assert (conflict["rule"]["id"], conflict["evidence"]["otherRule"]) == (first["id"], second["id"])
    assert (conflict["evidence"]["users"], conflict["evidence"]["slot"]) == (0, "theme.mode")
    assert (shadow["kind"], shadow["applicable"], shadow["rule"]["id"]) == ("REPRIORITISE", False, second["id"])
    assert "always outranked" in shadow["text"]
    assert told["applied"] == []


async def test_only_who_may_write_rules_may_apply(api: Api) -> None:
    rule = await active(api, places=[unique("place")])
    with pytest.raises(Refusal, match="role"):
        await optimizing(api.as_analyst(), ruleIds=[rule["id"]], apply=True)


async def test_a_rule_that_there_is_not_is_refused_where_it_stands(api: Api) -> None:
    payload = await optimizing(api.as_admin(), ruleIds=["nowhere"])

    assert payload["suggestions"] == []
    assert [(error["code"], error["path"]) for error in payload["userErrors"]] == [
        ("NOT_FOUND", ["input", "ruleIds", "0"])
    ]


UNDER = """query($id:ID!,$allocation:[AllocationShareInput!]!){rule(id:$id){experiment{
  underAllocation(allocation:$allocation){users effectiveUsers expected{value low high} gain{value} text}}}}"""


async def under(api: Api, rule: dict[str, Any], **shares: float) -> dict[str, Any] | None:
    allocation = [{"variation": variation.replace("_", "-"), "share": share} for variation, share in shares.items()]
    answer = await api.as_analyst().ask(UNDER, id=rule["id"], allocation=allocation)
    found: dict[str, Any] | None = answer["rule"]["experiment"]["underAllocation"]
    return found


async def test_what_another_allocation_would_have_given_is_told_or_why_it_cannot_be(api: Api) -> None:
    planned, tried = await draft(api, adaptations=[], experiment=PLAN), await running(api, unique("place"))

    assert await under(api, planned, dark=1.0) is None
    value = await under(api, tried, dark=1.0)
    assert value is not None
    assert (value["users"], value["effectiveUsers"], value["expected"], value["gain"]) == (0, 0, None, None)
    assert value["text"]


@pytest.mark.parametrize("shares", [{"blue": 1.0}, {"dark": 0.7}, {"dark": 1.5, "as_is": -0.5}])
async def test_shares_that_are_no_allocation_are_refused(api: Api, shares: dict[str, float]) -> None:
    with pytest.raises(Refusal, match="allocation"):
        await under(api, await running(api, unique("place")), **shares)
