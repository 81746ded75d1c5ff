"""Is it shown what a rule brought, from the first delivery on, to those who may see it?"""

from __future__ import annotations

import asyncio
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from tests.api.journeys import active, config_of, done, now, track
from tests.engines import Refusal, unique

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.engines import Api

PATIENCE_SECONDS = 30.0
PERFORMANCE = """query($id:ID!,$period:PeriodInput){rule(id:$id){performance(period:$period){
  applied users conversions conversionRate dismissals absent lift{relative} series{day users conversions}}}}"""
NOTHING = {
    "applied": 0,
    "users": 0,
    "conversions": 0,
    "conversionRate": 0.0,
    "dismissals": 0,
    "absent": "without an experiment there is nobody to compare with",
    "lift": None,
    "series": [],
}


async def performance(api: Api, rule: dict[str, Any], **period: str) -> dict[str, Any]:
    answer = await api.as_analyst().ask(PERFORMANCE, id=rule["id"], period=period or None)
    found: dict[str, Any] = answer["rule"]["performance"]
    return found


async def performance_when(api: Api, rule: dict[str, Any], holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Recording and folding take a moment; every answer gives them a turn."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not holds(found := await performance(api, rule)):
            pass
    return found


async def test_a_rule_that_nobody_met_brought_nothing(api: Api) -> None:
    assert await performance(api, await active(api, places=[unique("place")])) == NOTHING


async def test_deliveries_users_conversions_and_dismissals_are_counted(api: Api) -> None:
    place, feature = unique("place"), unique("feature")
    rule = await active(api, places=[place], adaptations=[{"recommendFeature": {"feature": feature}}])
    buyer, idler = api.as_user(), api.as_user()
    for user in (buyer, idler):
        await config_of(user, place)
    await performance_when(api, rule, lambda found: bool(found["users"] == 2))

    soon = now().isoformat()
    await track(buyer, done("CONVERSION", target="anything", occurredAt=soon))
    await track(idler, done("DISMISS", target=feature, occurredAt=soon))
    found = await performance_when(api, rule, lambda found: bool(found["conversions"] and found["dismissals"]))

    assert (found["users"], found["conversions"], found["conversionRate"], found["dismissals"]) == (2, 1, 0.5, 1)
    assert found["applied"] >= 2
    (point,) = found["series"]
    assert (date.fromisoformat(point["day"]), point["users"], point["conversions"]) == (now().date(), 2, 1)
    past = {"from": "2020-01-01T00:00:00Z", "until": "2020-02-01T00:00:00Z"}
    assert await performance(api, rule, **past) == NOTHING


@pytest.mark.parametrize(
    ("since", "until", "word"),
    [
        ("2026-02-01T00:00:00Z", "2026-02-01T00:00:00Z", "end after it begins"),
        ("2010-01-01T00:00:00Z", "2026-01-01T00:00:00Z", "1100 days"),
    ],
)
async def test_an_impossible_period_is_refused(api: Api, since: str, until: str, word: str) -> None:
    rule = await active(api, places=[unique("place")])

    with pytest.raises(Refusal, match=word):
        await performance(api, rule, **{"from": since, "until": until})


async def test_who_only_knows_a_rules_name_does_not_see_what_it_brought(api: Api) -> None:
    place = unique("place")
    await active(api, places=[place], adaptations=[{"addShortcut": {"target": "x"}}])
    query = f'{{viewer{{config(context:{{place:"{place}"}}){{decisions{{rule{{performance{{users}}}}}}}}}}}}'

    with pytest.raises(Refusal, match="role"):
        await api.as_user().ask(query)
