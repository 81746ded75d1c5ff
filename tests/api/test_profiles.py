"""Does a profile say what its interactions and declarations say?"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.api.journeys import (
    ERRORS,
    PROFILE,
    TRAITS,
    UPDATE_PROFILE,
    ago,
    declare,
    done,
    instant,
    now,
    only,
    profile_after,
    profile_of,
    track,
)
from tests.engines import Refusal

if TYPE_CHECKING:
    from tests.engines import Api, Speaker

RECOMPUTE = f"mutation($userId:ID!){{recomputeProfile(userId:$userId){{profile{{{PROFILE}}} {ERRORS}}}}}"


async def known(speaker: Speaker) -> dict[str, Any]:
    profile = await profile_of(speaker)
    assert profile is not None
    return profile


async def test_of_a_user_nobody_has_heard_of_nothing_is_known(api: Api) -> None:
    assert await profile_of(api.as_user()) is None


async def test_activity_counts_what_was_done(regular: Speaker) -> None:
    assert (await known(regular))["activity"] == {
        "sessions": 11,
        "interactions": 63,
        "conversions": 2,
        "activeDays": 11,
        "sessionsLast7Days": 5,
        "sessionsLast30Days": 10,
        "value": 25.0,
    }


async def test_features_say_how_often_and_since_when_and_whether_they_are_adopted(regular: Speaker) -> None:
    features = {feature.pop("feature"): feature for feature in (await known(regular))["features"]}
    assert {name: (feature["uses"], feature["adopted"]) for name, feature in features.items()} == {
        "export": (10, True),
        "chart": (10, True),
        "share": (10, True),
        "import": (1, False),
    }
    assert list(features)[-1] == "import"
    export = features["export"]
    assert instant(export["lastUsedAt"]) - instant(export["firstUsedAt"]) == timedelta(days=9)
    assert features["import"]["firstUsedAt"] == features["import"]["lastUsedAt"]


async def test_devices_and_sections_are_shares_of_what_is_known_of_them(regular: Speaker) -> None:
    profile = await known(regular)
    assert profile["devices"] == [
        {"device": "MOBILE", "share": pytest.approx(20 / 21)},
        {"device": "DESKTOP", "share": pytest.approx(1 / 21)},
    ]
    assert profile["sections"] == [
        {"section": "reports", "visits": 20, "share": pytest.approx(2 / 3)},
        {"section": "home", "visits": 10, "share": pytest.approx(1 / 3)},
    ]


async def test_first_and_last_seen_are_those_of_the_interactions(regular: Speaker) -> None:
    profile = await known(regular)
    first, last = instant(profile["firstSeenAt"]), instant(profile["lastSeenAt"])
    assert last - first == timedelta(days=38, minutes=5)
    assert last < instant(profile["computedAt"]) <= now()


async def test_the_usage_pattern_shows_hours_weekdays_and_rhythm(regular: Speaker) -> None:
    profile = await known(regular)
    pattern = profile["usagePattern"]
    hour = instant(profile["firstSeenAt"]).hour
    assert (len(pattern["hours"]), len(pattern["weekdays"])) == (24, 7)
    assert sum(pattern["hours"]) == pytest.approx(1)
    assert sum(pattern["weekdays"]) == pytest.approx(1)
    assert max(pattern["hours"]) == pattern["hours"][hour] < 1, "few sessions do not make sure"
    assert pattern["sessionSecondsMedian"] == 300
    assert pattern["daysBetweenSessionsMedian"] == 1
    assert 0 <= pattern["consistency"] <= 1
    assert pattern["trend"] == "UNKNOWN", "40 days are no eight weeks"


@pytest.mark.parametrize(
    ("weekly", "trend"),
    [
        ((0, 1, 1, 2, 3, 3, 5, 6), "RISING"),
        ((3, 2, 3, 4, 2, 3, 4, 3), "STEADY"),
        ((6, 5, 5, 4, 2, 2, 1, 0), "FALLING"),
        ((0, 0, 0, 1, 0, 1, 2, 0), "UNKNOWN"),
    ],
)
async def test_the_trend_is_that_of_the_sessions_per_week(api: Api, weekly: tuple[int, ...], trend: str) -> None:
    user = api.as_user()
    days = [57.0, *(7 * ago_weeks + 0.5 + n for ago_weeks, count in enumerate(weekly[::-1]) for n in range(count))]
    await track(user, *(done(occurredAt=ago(days=day)) for day in days))
    assert (await profile_after(user, len(days)))["usagePattern"]["trend"] == trend


async def test_local_hours_are_learnt_from_the_offset_of_the_client(api: Api) -> None:
    user = api.as_user()
    await track(user, done(occurredAt="2026-06-01T02:00:00+05:00"))  # a Monday there, still Sunday in Greenwich
    pattern = (await profile_after(user, 1))["usagePattern"]
    assert pattern["hours"] == pytest.approx([1 / 25, 1 / 25, 2 / 25, *[1 / 25] * 21])
    assert pattern["weekdays"] == pytest.approx([5 / 29, *[4 / 29] * 6])
    assert pattern["daysBetweenSessionsMedian"] is None
    assert pattern["trend"] == "UNKNOWN"


async def test_content_seen_is_liked_and_content_dismissed_is_not(api: Api) -> None:
    user = api.as_user()
    seen = [done("CONTENT_VIEW", target=f"a{n}", tags=["news", "long"]) for n in range(5)]
    dismissed = [done("DISMISS", target=f"b{n}", tags=["sport"]) for n in range(5)]
    await track(user, *seen, *dismissed)
    preferences = (await profile_after(user, 10))["contentPreferences"]
    affinity = {preference["tag"]: preference["affinity"] for preference in preferences}
    assert set(affinity) == {"news", "long", "sport"}
    assert 0 <= affinity["sport"] < 0.5 < affinity["news"] <= 1
    assert [item["affinity"] for item in preferences] == sorted(affinity.values(), reverse=True)


async def test_a_session_ends_after_thirty_minutes_without_anything(api: Api) -> None:
    user = api.as_user()
    start = now() - timedelta(hours=5)
    minutes = (0, 29, 58, 89, 150)
    await track(user, *(done(occurredAt=(start + timedelta(minutes=minute)).isoformat()) for minute in minutes))
    assert (await profile_after(user, 5))["activity"]["sessions"] == 3


async def test_interactions_may_arrive_in_any_order_and_in_any_batches(api: Api) -> None:
    start = now() - timedelta(days=3)
    interactions = [
        done("FEATURE_USE", target=f"f{n % 3}", occurredAt=(start + n * timedelta(minutes=25 + n)).isoformat())
        for n in range(30)
    ]
    once, shuffled = api.as_user(), api.as_user()
    await track(once, *interactions)
    for part in (interactions[20:], interactions[1::2][:10], interactions[:20:2]):
        await track(shuffled, *part)
    first, second = await profile_after(once, 30), await profile_after(shuffled, 30)
    for field in ("activity", "features", "usagePattern", "firstSeenAt", "lastSeenAt", "skill"):
        assert first[field] == second[field], field


async def test_skill_grows_with_practice(api: Api, regular: Speaker, expert: Speaker) -> None:
    beginner = api.as_user()
    await track(beginner, done("FEATURE_USE", target="export"))
    assert (await profile_after(beginner, 1))["skill"] == "BEGINNER"
    assert (await known(regular))["skill"] == "INTERMEDIATE"
    assert (await known(expert))["skill"] == "ADVANCED"


@pytest.mark.parametrize("name", ["regular", "expert"])
async def test_a_profile_learnt_afresh_is_the_same(api: Api, request: pytest.FixtureRequest, name: str) -> None:
    user: Speaker = request.getfixturevalue(name)
    before = await known(user)
    payload = (await api.as_admin().ask(RECOMPUTE, userId=user.user_id))["recomputeProfile"]
    assert payload["userErrors"] == []
    after = payload["profile"]
    assert after["revision"] >= before["revision"]
    for profile in (before, after):
        profile["segments"] = [segment["segment"]["key"] for segment in profile["segments"]]
        del profile["revision"], profile["computedAt"]
    assert after == before


async def test_recomputing_what_does_not_exist_says_so_or_gives_nothing(api: Api) -> None:
    user = api.as_user()
    payload = (await user.ask(RECOMPUTE, userId=user.user_id))["recomputeProfile"]
    assert payload["profile"] is None
    assert await profile_of(user) is None


async def test_traits_are_merged_and_removed_one_by_one(api: Api) -> None:
    user = api.as_user()
    first = await declare(user, traits=TRAITS)
    assert first["traits"] == TRAITS
    second = await declare(user, traits={"plan": "free", "beta": None, "new": {"a": [1]}, "unknown": None})
    expected = {**TRAITS, "plan": "free", "new": {"a": [1]}}
    del expected["beta"]
    assert second["traits"] == expected
    assert second["revision"] > first["revision"]
    assert (await known(user))["traits"] == expected
    assert (await declare(user, traits={}))["traits"] == expected


async def test_traits_survive_interactions_and_the_other_way_round(api: Api) -> None:
    user = api.as_user()
    await track(user, done())
    await profile_after(user, 1)
    await declare(user, traits={"plan": "pro"})
    await track(user, done())
    profile = await profile_after(user, 2)
    assert (profile["traits"], profile["activity"]["interactions"]) == ({"plan": "pro"}, 2)


@pytest.mark.parametrize("role", ["as_admin", "as_service"])
async def test_admins_and_services_declare_for_others(api: Api, role: str) -> None:
    user = api.as_user()
    await declare(getattr(api, role)(), userId=user.user_id, traits={"plan": "pro"})
    assert (await known(user))["traits"] == {"plan": "pro"}


@pytest.mark.parametrize(
    "traits",
    [
        [1],
        "plan",
        7,
        {"a": "x" * 17_000},
        {"a": "\x00"},
        {"\x00": 1},
        {"a": {"b": {"c": {"d": {"e": {"f": {"g": {"h": {}}}}}}}}},
        {"a": 2**63},
    ],
    ids=repr,
)
async def test_bad_traits_are_refused_and_change_nothing(api: Api, traits: Any) -> None:
    user = api.as_user()
    await declare(user, traits={"plan": "pro"})
    payload = (await user.ask(UPDATE_PROFILE, input={"traits": traits}))["updateProfile"]
    assert payload["profile"] is None
    assert only(payload["userErrors"])["path"][:2] == ["input", "traits"]
    assert (await known(user))["traits"] == {"plan": "pro"}


async def test_traits_cannot_grow_without_end(api: Api) -> None:
    user = api.as_user()
    await declare(user, traits={"a": "x" * 10_000})
    payload = (await user.ask(UPDATE_PROFILE, input={"traits": {"b": "x" * 10_000}}))["updateProfile"]
    assert only(payload["userErrors"])["path"][:2] == ["input", "traits"]
    assert list((await known(user))["traits"]) == ["a"]


async def test_an_unknown_preference_is_refused(api: Api) -> None:
    with pytest.raises(Refusal, match="preferences") as refusal:
        await api.as_user().ask(UPDATE_PROFILE, input={"preferences": {"themeMode": "NEON"}})
    assert refusal.value.code == "BAD_USER_INPUT"
