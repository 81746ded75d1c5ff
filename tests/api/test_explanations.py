"""Can everybody learn why a user gets, or does not get, something - and nobody what they may not know?"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.api.journeys import (
    DARK,
    LIGHT,
    active,
    ago,
    config_of,
    deciders,
    declare,
    done,
    draft,
    now,
    profile_when,
    save_segment,
    track,
    with_status,
)
from tests.engines import Refusal, unique

if TYPE_CHECKING:
    from tests.engines import Api, Speaker

FIELDS = "applied outcome failed wouldApplyIf bucket variation rule{id key name}"
ARGUMENTS = "$context:ContextInput!,$first:Int=100,$slot:String,$ids:[ID!]"
RULES = f"explanation(context:$context){{revision rules(first:$first,slot:$slot,ids:$ids){{{FIELDS}}}}}"
OF_USER = f"query($id:ID!,{ARGUMENTS}){{user(id:$id){{{RULES}}}}}"
OWN = f"query({ARGUMENTS}){{viewer{{{RULES}}}}}"
CHOOSE = "mutation($enabled:Boolean!){setPersonalization(enabled:$enabled){userErrors{message}}}"
MOBILE = {"device": ["MOBILE"]}


async def explanation_of(speaker: Speaker, user: Speaker, place: str, **asked: Any) -> dict[str, Any]:
    """What somebody is told of a user; users ask about themselves."""
    context = {"place": place, **asked.pop("context", {})}
    if speaker is user:
        answer = (await speaker.ask(OWN, context=context, **asked))["viewer"]
    else:
        answer = (await speaker.ask(OF_USER, id=user.user_id, context=context, **asked))["user"]
    explanation: dict[str, Any] = answer["explanation"]
    return explanation


async def verdict_on(rule: dict[str, Any], speaker: Speaker, user: Speaker, place: str, **asked: Any) -> dict[str, Any]:
    (verdict,) = (await explanation_of(speaker, user, place, ids=[rule["id"]], **asked))["rules"]
    assert verdict["rule"]["key"] == rule["key"]
    found: dict[str, Any] = verdict
    return found


async def test_a_rule_that_decides_something_is_explained_with_the_config_it_decides(api: Api) -> None:
    place, user = unique("place"), api.as_user()
    rule = await active(api, places=[place])
    explanation = await explanation_of(api.as_analyst(), user, place)
    assert explanation["revision"] == (await config_of(user, place))["revision"]
    first = explanation["rules"][0]
    assert first == {
        "applied": True,
        "outcome": "APPLIED",
        "failed": None,
        "wouldApplyIf": None,
        "bucket": None,
        "variation": None,
        "rule": {"id": rule["id"], "key": rule["key"], "name": rule["name"]},
    }
    assert not any(verdict["applied"] for verdict in explanation["rules"][1:])


async def test_the_change_said_is_the_change_that_helps(api: Api) -> None:
    place, user, admin = unique("place"), api.as_user(), api.as_admin()
    often = {"activity": {"measure": "SESSIONS_7D", "range": {"gte": 3}}}
    rule = await active(api, places=[place], condition={"any": [often, MOBILE]})
    await track(user, done(occurredAt=ago(hours=9)))
    await profile_when(user, lambda profile: bool(profile["activity"]["sessionsLast7Days"] == 1))

    verdict = await verdict_on(rule, admin, user, place)
    assert verdict["outcome"] == "CONDITION_FAILED"
    assert "at least 3 sessions in the last 7 days: there is 1" in verdict["failed"]
    assert verdict["wouldApplyIf"] == "2 more sessions in the last 7 days, or device mobile"
    mobile = {"context": {"device": "MOBILE"}}
    assert (await verdict_on(rule, admin, user, place, **mobile))["applied"]
    assert deciders(await config_of(user, place)) == {}
    assert deciders(await config_of(user, place, device="MOBILE")) == {"theme.mode": rule["key"]}

    await track(user, done(occurredAt=ago(hours=6)), done(occurredAt=ago(hours=3)))
    await profile_when(user, lambda profile: bool(profile["activity"]["sessionsLast7Days"] == 3))
    assert (await verdict_on(rule, admin, user, place))["outcome"] == "APPLIED"
    assert deciders(await config_of(user, place)) == {"theme.mode": rule["key"]}


@pytest.mark.parametrize(
    ("content", "outcome", "would_apply_if"),
    [
        ({"condition": MOBILE}, "CONDITION_FAILED", "device mobile"),
        ({"places": ["elsewhere"]}, "WRONG_PLACE", "place elsewhere"),
        ({"schedule": {"startsAt": "2090-01-01T00:00:00Z"}}, "OUT_OF_SCHEDULE", "from 2090-01-01T00:00Z"),
        ({"schedule": {"endsAt": "2020-01-01T00:00:00Z"}}, "OUT_OF_SCHEDULE", None),
        ({"coverage": 0}, "OUTSIDE_COVERAGE", None),
    ],
)
async def test_what_keeps_a_rule_from_applying_is_named(
    api: Api, content: dict[str, Any], outcome: str, would_apply_if: str | None
) -> None:
    place, user = unique("place"), api.as_user()
    rule = await active(api, **{"places": [place], **content})
    verdict = await verdict_on(rule, api.as_admin(), user, place)
    assert (verdict["applied"], verdict["outcome"], verdict["wouldApplyIf"]) == (False, outcome, would_apply_if)
    assert verdict["failed"]
    assert (verdict["bucket"] is not None) is (outcome == "OUTSIDE_COVERAGE")


async def test_a_rule_that_lost_its_slots_is_told_to_whom_and_a_slot_can_be_asked_about(api: Api) -> None:
    place, user, admin = unique("place"), api.as_user(), api.as_admin()
    winner = await active(api, places=[place], priority=9, adaptations=[LIGHT], name="The winner")
    loser = await active(api, places=[place], adaptations=[DARK])
    both = await active(api, places=[place], adaptations=[DARK, {"addShortcut": {"target": "x"}}], priority=-1)
    verdict = await verdict_on(loser, admin, user, place)
    assert verdict["outcome"] == "OUTRANKED"
    assert verdict["failed"] == "theme.mode: “The winner” has the higher priority (9 over 0)"
    assert (await verdict_on(both, admin, user, place))["outcome"] == "APPLIED"
    about = (await explanation_of(admin, user, place, slot="theme.mode", first=3))["rules"]
    assert [(found["rule"]["key"], found["outcome"]) for found in about] == [
        (winner["key"], "APPLIED"),
        (loser["key"], "OUTRANKED"),
        (both["key"], "OUTRANKED"),
    ]
    assert (await explanation_of(admin, user, place, slot="shortcut:x", ids=[winner["id"]]))["rules"] == []


async def test_of_an_exclusion_group_a_user_belongs_to_one_rule(api: Api) -> None:
    place, user, group = unique("place"), api.as_user(), unique("group")
    rules = [await active(api, places=[place], exclusionGroup=group, coverage=0.5) for _ in range(2)]
    verdicts = [await verdict_on(rule, api.as_admin(), user, place) for rule in rules]
    assert sorted(verdict["outcome"] for verdict in verdicts) == ["APPLIED", "EXCLUDED"]
    assert len({verdict["bucket"] for verdict in verdicts}) == 1
    (excluded,) = [verdict for verdict in verdicts if verdict["outcome"] == "EXCLUDED"]
    assert group in excluded["failed"]
    assert excluded["wouldApplyIf"] is None


async def test_drafts_and_paused_rules_come_last_for_those_who_may_read_rules(api: Api) -> None:
    place, user, slot = unique("place"), api.as_user(), unique("slot")
    wanted = [{"addShortcut": {"target": slot}}]
    waiting = await draft(api, places=[place], adaptations=wanted, condition=MOBILE)
    paused = await with_status(api, await active(api, places=[place], adaptations=wanted), "PAUSED")
    running = await active(api, places=["elsewhere"], adaptations=wanted)
    asked = {"slot": f"shortcut:{slot}"}
    verdicts = (await explanation_of(api.as_analyst(), user, place, **asked))["rules"]
    assert [(found["rule"]["key"], found["outcome"]) for found in verdicts] == [
        (running["key"], "WRONG_PLACE"),
        (paused["key"], "NOT_ACTIVE"),
        (waiting["key"], "NOT_ACTIVE"),
    ]
    assert [found["failed"] for found in verdicts[1:]] == [
        "its status is paused",
        "its status is draft; besides, on mobile: the device is not known",
    ]
    for speaker in (user, api.as_service()):
        told = (await explanation_of(speaker, user, place, **asked))["rules"]
        assert [found["rule"]["key"] for found in told] == [running["key"]]
        ids = [waiting["id"], paused["id"], "no-such-rule", "\x00"]
        assert (await explanation_of(speaker, user, place, ids=ids))["rules"] == []


async def test_a_user_is_told_about_themselves_and_not_whom_else_a_rule_is_for(api: Api) -> None:
    place, user, others = unique("place"), api.as_user(), [unique("other") for _ in range(3)]
    segment = (await save_segment(api, {"traits": {"tier": "whale"}}, name="Whales"))["key"]
    await declare(user, traits={"plan": "free"})
    conditions = [
        {"traits": {"userId": {"$in": others}}},
        {"not": {"traits": {"plan": {"$nin": others}}}},
        {"attributes": {"tenant": others[0]}},
        {"segment": {"in": [segment], "confidence": 0.73}},
        {"churnRisk": {"gte": 0.8127}},
        {"lifetimeValue": {"gte": 8127}},
        {"any": [{"traits": {"$or": [{"plan": others[0]}, {"age": {"$gt": 8127}}]}}, {"lifetimeValue": {"lt": 8127}}]},
    ]
    rules = [await active(api, places=[place], condition=condition) for condition in conditions]
    about = {"ids": [rule["id"] for rule in rules]}
    secrets = [*others, segment, "Whales", "8127", "73"]
    for speaker in (user, api.as_service()):
        told = (await explanation_of(speaker, user, place, **about))["rules"]
        assert [found["outcome"] for found in told] == ["CONDITION_FAILED"] * len(rules)
        said = str([[found["failed"], found["wouldApplyIf"]] for found in told])
        assert [secret for secret in secrets if secret in said] == []
        assert told[0]["failed"] == "a declared trait does not match: userId"
        assert told[0]["wouldApplyIf"] == "another value of the trait userId"
        assert told[4]["failed"] == "a prediction does not match"
    said = str((await explanation_of(api.as_admin(), user, place, **about))["rules"])
    assert [secret for secret in [others[0], segment, "8127", "73"] if secret not in said] == []


async def test_a_user_learns_the_name_of_a_rule_that_does_not_apply_but_not_what_it_would_do(api: Api) -> None:
    place, user = unique("place"), api.as_user()
    rule = await active(api, places=[place], condition=MOBILE)
    asked = (
        "query($context:ContextInput!,$ids:[ID!]){viewer{explanation(context:$context){rules(ids:$ids){rule{FIELD}}}}}"
    )
    ids = [rule["id"]]
    for field in ("adaptations{__typename}", "condition", "conditionText", "places", "coverage", "description"):
        with pytest.raises(Refusal) as refusal:
            await user.ask(asked.replace("FIELD", field), context={"place": place}, ids=ids)
        assert refusal.value.code == "FORBIDDEN"
    mobile = {"place": place, "device": "MOBILE"}
    answer = await user.ask(asked.replace("FIELD", "adaptations{__typename}"), context=mobile, ids=ids)
    (verdict,) = answer["viewer"]["explanation"]["rules"]
    assert verdict["rule"]["adaptations"] == [{"__typename": "SetTheme"}]


async def test_who_opted_out_is_told_so(api: Api) -> None:
    place, user = unique("place"), api.as_user()
    rule = await active(api, places=[place])
    await user.ask(CHOOSE, enabled=False)
    for speaker in (user, api.as_admin()):
        verdict = await verdict_on(rule, speaker, user, place)
        assert (verdict["outcome"], verdict["applied"], verdict["wouldApplyIf"]) == ("OPTED_OUT", False, None)


async def test_a_user_of_whom_nothing_is_known_is_explained_too(api: Api) -> None:
    place, stranger = unique("place"), api.as_user()
    rule = await active(api, places=[place], condition={"lastSeenDays": {"lte": 3}})
    verdict = await verdict_on(rule, api.as_admin(), stranger, place)
    assert verdict["failed"] == "last seen 3 or fewer days ago: never seen"
    assert verdict["wouldApplyIf"] == "seen once"


async def test_local_time_is_that_of_the_context(api: Api) -> None:
    place, user = unique("place"), api.as_user()
    opens = (now() + timedelta(hours=2)).replace(minute=0)
    window = {"from": f"{opens:%H:00}", "until": f"{opens + timedelta(hours=1):%H:00}"}
    rule = await active(api, places=[place], schedule={"windows": [window]})
    verdict = await verdict_on(rule, user, user, place)
    assert verdict["outcome"] == "OUT_OF_SCHEDULE"
    assert verdict["wouldApplyIf"] == f"from {opens:%A} {opens:%H:00} local time"


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ({"first": 0}, "first"),
        ({"first": 101}, "first"),
        ({"slot": ""}, "slot"),
        ({"slot": "s" * 301}, "slot"),
        ({"slot": "\x00"}, "slot"),
        ({"ids": ["x"] * 101}, "ids"),
        ({"context": {"timeZone": "Nowhere"}}, "context.timeZone"),
        ({"context": {"place": ""}}, "context.place"),
        ({"context": {"attributes": [1]}}, "context.attributes"),
    ],
)
async def test_what_cannot_be_asked_is_refused_with_the_argument_named(
    api: Api, asked: dict[str, Any], named: str
) -> None:
    with pytest.raises(Refusal) as refusal:
        await explanation_of(api.as_admin(), api.as_user(), "anywhere", **asked)
    assert refusal.value.code == "BAD_USER_INPUT"
    assert refusal.value.errors[0]["message"].startswith(named)
