"""Who wins a slot, who gets a rule at all, and until when does a config hold?"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.api.journeys import (
    COMPACT,
    DARK,
    LIGHT,
    UPDATE_RULE,
    active,
    config_of,
    deciders,
    draft,
    instant,
    now,
    rule_input,
    updated,
    with_status,
)
from tests.engines import unique

if TYPE_CHECKING:
    from tests.engines import Api, Speaker

USERS = [unique("covered") for _ in range(200)]


async def test_the_larger_priority_wins_and_the_loser_is_told_why(api: Api) -> None:
    place, user = unique("place"), api.as_user()
    winner = await active(api, places=[place], priority=10, adaptations=[LIGHT])
    loser = await active(api, places=[place], priority=9, adaptations=[DARK, COMPACT])
    config = await config_of(user, place)
    assert (config["theme"]["mode"], config["layout"]["density"]) == ("LIGHT", "COMPACT")
    assert deciders(config) == {"theme.mode": winner["key"], "layout.density": loser["key"]}
    lost = {decision["slot"]: decision["lost"] for decision in config["decisions"]}
    assert lost["layout.density"] == []
    (entry,) = lost["theme.mode"]
    assert entry["rule"]["key"] == loser["key"]
    assert "priority" in entry["reason"].lower()


async def test_of_equal_priorities_the_more_specific_rule_wins_even_if_younger(api: Api) -> None:
    place, user = unique("place"), api.as_user()
    general = await active(api, places=[place], adaptations=[DARK])
    narrow = {"all": [{"device": ["MOBILE"]}, {"place": [place]}]}
    specific = await active(api, places=[place], adaptations=[LIGHT], condition=narrow)
    config = await config_of(user, place, device="MOBILE")
    assert deciders(config) == {"theme.mode": specific["key"]}
    (entry,) = config["decisions"][0]["lost"]
    assert entry["rule"]["key"] == general["key"]
    assert "more conditions" in entry["reason"].lower()


async def test_of_equally_specific_rules_the_older_one_wins(api: Api) -> None:
    place, user = unique("place"), api.as_user()
    rules = [await draft(api, places=[place], adaptations=[adaptation]) for adaptation in (DARK, LIGHT)]
    for rule in reversed(rules):
        await with_status(api, rule, "ACTIVE")
    config = await config_of(user, place)
    assert deciders(config) == {"theme.mode": rules[0]["key"]}
    (entry,) = config["decisions"][0]["lost"]
    assert entry["rule"]["key"] == rules[1]["key"]
    assert any(word in entry["reason"].lower() for word in ("old", "age", "earlier", "younger", "first"))


async def test_a_rule_for_places_says_nothing_elsewhere_and_one_without_places_speaks_everywhere(api: Api) -> None:
    here = unique("place")
    everywhere = await active(api, places=[], condition={"attributes": {"only": here}})
    elsewhere = await active(api, places=[unique("place")], priority=1)
    for place in (here, unique("place")):
        config = await config_of(api.as_user(), place, attributes={"only": here})
        assert deciders(config) == {"theme.mode": everywhere["key"]}
        assert elsewhere["key"] not in str(config)
    await with_status(api, everywhere, "ARCHIVED")


async def covered(api: Api, place: str) -> set[str]:
    """Those of `USERS` for whom the rule at that place decides."""
    speaker: Speaker = api.as_service()
    found: set[str] = set()
    for start in range(0, len(USERS), 20):
        chunk = USERS[start : start + 20]
        fields = (
            f'u{n}:user(id:"{user}"){{id config(context:$context){{theme{{mode}}}}}}' for n, user in enumerate(chunk)
        )
        answer = await speaker.ask(f"query($context:ContextInput!){{{' '.join(fields)}}}", context={"place": place})
        found |= {user["id"] for user in answer.values() if user["config"]["theme"]["mode"] == "DARK"}
    return found


async def test_coverage_is_exact_at_its_ends_about_right_between_and_moves_only_whom_it_must(api: Api) -> None:
    place = unique("place")
    rule = await active(api, places=[place], coverage=0.0)
    assert await covered(api, place) == set()
    rule = await updated(api, rule, coverage=0.5)
    half = await covered(api, place)
    # Five standard deviations of a binomial distribution: one run in two million fails by chance.
    assert 65 <= len(half) <= 135
    assert await covered(api, place) == half
    rule = await updated(api, rule, coverage=0.75)
    more = await covered(api, place)
    assert half < more < set(USERS)
    rule = await updated(api, rule, coverage=1.0)
    assert await covered(api, place) == set(USERS)
    await updated(api, rule, coverage=0.5, priority=3, name="Renamed")
    assert await covered(api, place) == half


async def test_two_rules_of_equal_coverage_do_not_choose_the_same_users(api: Api) -> None:
    places = [unique("place"), unique("place")]
    for place in places:
        await active(api, places=[place], coverage=0.5)
    first, second = [await covered(api, place) for place in places]
    assert 20 <= len(first & second) <= 80


async def test_the_rules_of_an_exclusion_group_share_no_user_and_keep_theirs_while_they_grow(api: Api) -> None:
    group, places = unique("group"), [unique("place"), unique("place")]
    one, other = [await active(api, places=[place], coverage=0.3, exclusionGroup=group) for place in places]
    ones, others = [await covered(api, place) for place in places]
    assert ones
    assert others
    assert ones.isdisjoint(others)
    one = await updated(api, one, coverage=0.7, exclusionGroup=group)
    more = await covered(api, places[0])
    assert more == set(USERS) - others
    assert more > ones
    refused = await api.as_admin().ask(
        UPDATE_RULE,
        id=other["id"],
        revision=other["revision"],
        input=rule_input(key=other["key"], places=other["places"], coverage=0.31, exclusionGroup=group),
    )
    (error,) = refused["updateRule"]["userErrors"]
    assert (error["code"], error["path"]) == ("EXCLUSION_GROUP_FULL", ["input", "coverage"])
    assert one["key"] in error["message"]
    assert await covered(api, places[1]) == others


@pytest.mark.parametrize(
    ("starts", "ends", "open_"),
    [(-1, 1, True), (1, 2, False), (-2, -1, False), (None, 1, True), (-1, None, True), (1, None, False)],
)
async def test_a_schedule_decides_when_and_the_config_says_until_when_it_holds(
    api: Api, *, starts: int | None, ends: int | None, open_: bool
) -> None:
    place, moment = unique("place"), now()
    starts_at, ends_at = (
        None if hours is None else (moment + timedelta(hours=hours)).replace(microsecond=0) for hours in (starts, ends)
    )
    schedule = {
        "startsAt": starts_at and starts_at.isoformat(),
        "endsAt": ends_at and ends_at.isoformat(),
    }
    rule = await active(api, places=[place], schedule=schedule)
    config = await config_of(api.as_user(), place)
    assert deciders(config) == ({"theme.mode": rule["key"]} if open_ else {})
    coming = [at for at in (starts_at, ends_at) if at is not None and at > moment]
    assert (config["holdsUntil"] and instant(config["holdsUntil"])) == min(coming, default=None)


@pytest.mark.parametrize(("zone", "hours"), [("Asia/Kolkata", 5.5), ("Pacific/Honolulu", -10), (None, 0)])
async def test_a_weekly_window_is_in_the_local_time_of_the_context(api: Api, zone: str | None, hours: float) -> None:
    place = unique("place")
    local = (now() + timedelta(hours=hours)).replace(second=0, microsecond=0)
    opens, closes = local - timedelta(hours=2), local + timedelta(hours=1)
    window: dict[str, Any] = {"from": f"{opens:%H:%M}", "until": f"{closes:%H:%M}", "weekdays": [f"{opens:%A}".upper()]}
    rule = await active(api, places=[place], schedule={"windows": [window]})
    context = {"timeZone": zone} if zone else {}
    config = await config_of(api.as_user(), place, **context)
    assert deciders(config) == {"theme.mode": rule["key"]}
    assert instant(config["holdsUntil"]) == closes - timedelta(hours=hours)
    elsewhere = await config_of(api.as_user(), place, timeZone="Etc/GMT-14" if hours <= 0 else "Etc/GMT+9")
    assert deciders(elsewhere) == {}


async def test_a_window_that_passes_midnight_is_open_on_both_sides_of_it(api: Api) -> None:
    place = unique("place")
    zones = {hour: f"Etc/GMT{-offset:+d}" for offset in range(-12, 13) for hour in [(now().hour + offset) % 24]}
    window = {"from": "22:00", "until": "02:00"}
    await active(api, places=[place], schedule={"windows": [window]})
    for hour, is_open in ((22, True), (23, True), (0, True), (1, True), (2, False), (12, False), (21, False)):
        config = await config_of(api.as_user(), place, timeZone=zones[hour])
        assert (config["theme"]["mode"] == "DARK") is is_open, hour
