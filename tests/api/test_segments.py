"""Are users in the segments whose conditions they meet, and does everybody who asks see the same?"""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from tests.api.journeys import (
    SAVE_SEGMENT,
    ago,
    declare,
    done,
    instant,
    now,
    only,
    profile_after,
    profile_when,
    save_segment,
    track,
)
from tests.engines import Refusal, unique

if TYPE_CHECKING:
    from tests.engines import Api, Speaker

BUILT_IN = [
    "new_user",
    "casual_user",
    "feature_explorer",
    "power_user",
    "goal_oriented",
    "mobile_first",
    "desktop_focused",
]
SEGMENT = """query($key:String!,$first:Int,$after:String){segment(key:$key){key name description kind condition size
  members(first:$first,after:$after){edges{cursor node{user{id} membership{confidence since source segment{key}}}}
    pageInfo{hasNextPage endCursor}}}}"""
DELETE_SEGMENT = "mutation($key:String!){deleteSegment(key:$key){deleted userErrors{code message path}}}"


async def segment(api: Api, key: str, **page: Any) -> dict[str, Any] | None:
    found: dict[str, Any] | None = (await api.as_analyst().ask(SEGMENT, key=key, **page))["segment"]
    return found


def counted(profile: dict[str, Any]) -> set[str]:
    """The segments in which a user counts as in."""
    return {entry["segment"]["key"] for entry in profile["segments"] if entry["confidence"] >= 0.5}


async def member_ids(api: Api, key: str) -> list[str]:
    found = await segment(api, key, first=100)
    assert found is not None
    return [edge["node"]["user"]["id"] for edge in found["members"]["edges"]]


async def test_the_built_in_segments_come_first_and_are_described(api: Api) -> None:
    segments = (await api.as_analyst().ask("{segments{key name description kind size condition}}"))["segments"]
    assert [entry["key"] for entry in segments[:7]] == BUILT_IN
    assert {entry["kind"] for entry in segments[:7]} == {"BUILT_IN"}
    assert {entry["kind"] for entry in segments[7:]} <= {"CONDITION"}
    assert all(entry["name"] and entry["description"] for entry in segments[:7])
    assert all(entry["size"] >= 0 for entry in segments)
    assert [entry["condition"] for entry in segments[:7]] == [None] * 7


async def test_an_expert_is_a_power_user_at_the_desktop(expert: Speaker) -> None:
    profile = await profile_after(expert, 400)
    assert counted(profile) == {"power_user", "desktop_focused"}
    assert [entry["confidence"] for entry in profile["segments"]] == sorted(
        (entry["confidence"] for entry in profile["segments"]), reverse=True
    )
    assert {entry["source"] for entry in profile["segments"]} == {"CONDITION"}
    assert all(instant(entry["since"]) <= now() + timedelta(seconds=1) for entry in profile["segments"])


async def test_somebody_new_who_tries_everything_at_the_desktop_is_new_and_explores(api: Api) -> None:
    user = api.as_user()
    await track(user, *(done("FEATURE_USE", target=f"f{n}", device="DESKTOP") for n in range(12)))
    assert counted(await profile_after(user, 12)) == {"new_user", "feature_explorer", "desktop_focused"}


async def test_somebody_who_comes_seldom_is_casual(api: Api) -> None:
    user = api.as_user()
    await track(user, done(occurredAt=ago(days=60)), done(occurredAt=ago(days=3)))
    assert counted(await profile_after(user, 2)) == {"casual_user"}


async def test_somebody_who_converts_in_most_sessions_is_goal_oriented(api: Api) -> None:
    user = api.as_user()
    await track(user, *(done("CONVERSION", target="buy", occurredAt=ago(days=day)) for day in range(1, 9)))
    assert "goal_oriented" in counted(await profile_after(user, 8))


async def test_confidence_moves_smoothly(api: Api) -> None:
    user = api.as_user()
    confidences: list[float] = []
    for count in range(1, 13):
        await track(user, done("CLICK", device="MOBILE"))
        profile = await profile_after(user, count)
        found = {entry["segment"]["key"]: entry["confidence"] for entry in profile["segments"]}
        confidences.append(found.get("mobile_first", 0.0))
    steps = [after - before for before, after in pairwise(confidences)]
    assert confidences[0] < 0.5 < confidences[-1]
    assert all(0 <= step < 0.35 for step in steps), confidences


async def test_a_segment_of_ones_own_has_members_as_soon_as_it_is_saved_and_loses_them_again(api: Api) -> None:
    user, team = api.as_user(), unique("team")
    await declare(user, traits={"team": team})
    saved = await save_segment(api, {"traits": {"team": team}}, name="Team", description="Those")
    assert (saved["name"], saved["description"], saved["kind"]) == ("Team", "Those", "CONDITION")
    profile = await profile_when(user, lambda profile: saved["key"] in counted(profile))
    (entry,) = (entry for entry in profile["segments"] if entry["segment"]["key"] == saved["key"])
    assert entry["confidence"] == 1
    found = await segment(api, saved["key"])
    assert found is not None
    assert (found["size"], await member_ids(api, saved["key"])) == (1, [user.user_id])
    assert found["condition"] == {"traits": {"team": team}}
    await declare(user, traits={"team": None})
    await profile_when(user, lambda profile: saved["key"] not in counted(profile))
    assert await member_ids(api, saved["key"]) == []


async def test_a_segment_saved_again_is_replaced_and_its_members_are_judged_anew(api: Api) -> None:
    user, team = api.as_user(), unique("team")
    await declare(user, traits={"team": team})
    saved = await save_segment(api, {"traits": {"team": team}})
    await profile_when(user, lambda profile: saved["key"] in counted(profile))
    await save_segment(api, {"traits": {"team": "other"}}, key=saved["key"], name="New name")
    await profile_when(user, lambda profile: saved["key"] not in counted(profile))
    found = await segment(api, saved["key"])
    assert found is not None
    assert (found["name"], found["size"]) == ("New name", 0)


async def test_a_deleted_segment_is_gone_with_its_memberships(api: Api) -> None:
    user, team = api.as_user(), unique("team")
    await declare(user, traits={"team": team})
    key = (await save_segment(api, {"traits": {"team": team}}))["key"]
    await profile_when(user, lambda profile: key in counted(profile))
    payload = await api.as_admin().ask(DELETE_SEGMENT, key=key)
    assert payload == {"deleteSegment": {"deleted": True, "userErrors": []}}
    assert await segment(api, key) is None
    await profile_when(user, lambda profile: key not in str(profile["segments"]))
    again = (await api.as_admin().ask(DELETE_SEGMENT, key=key))["deleteSegment"]
    assert again["deleted"] is False
    assert only(again["userErrors"])["path"] == ["key"]


@pytest.mark.parametrize("key", ["power_user", "nobody_knows_it", "", "\x00"])
async def test_what_cannot_be_deleted_is_refused(api: Api, key: str) -> None:
    payload = (await api.as_admin().ask(DELETE_SEGMENT, key=key))["deleteSegment"]
    assert payload["deleted"] is False
    assert only(payload["userErrors"])["path"] == ["key"]


async def test_a_key_that_no_segment_can_have_finds_nothing(api: Api) -> None:
    assert await segment(api, "x" * 5_000) is None
    assert await segment(api, "\x00") is None
    query = "query($key:String!){users(filter:{segment:$key}){edges{node{id}}}}"
    assert await api.as_analyst().ask(query, key=unique("none")) == {"users": {"edges": []}}
    with pytest.raises(Refusal, match="segment") as refusal:
        await api.as_analyst().ask(query, key="\x00")
    assert refusal.value.code == "BAD_USER_INPUT"


async def test_members_are_read_in_pages(api: Api) -> None:
    team, users = unique("team"), [api.as_user() for _ in range(5)]
    for user in users:
        await declare(api.as_service(), userId=user.user_id, traits={"team": team})
    key = (await save_segment(api, {"traits": {"team": team}}))["key"]
    for user in users:
        await profile_when(user, lambda profile: key in counted(profile))
    found: list[str] = []
    after = None
    for size in (2, 2, 1):
        page = await segment(api, key, first=2, after=after)
        assert page is not None
        assert (page["size"], len(page["members"]["edges"])) == (5, size)
        assert page["members"]["pageInfo"]["hasNextPage"] is (size == 2)
        found += [edge["node"]["user"]["id"] for edge in page["members"]["edges"]]
        after = page["members"]["pageInfo"]["endCursor"]
    assert sorted(found) == sorted(user.user_id for user in users)
    listed = await api.as_analyst().ask(
        "query($key:String!){users(filter:{segment:$key},first:100){edges{node{id}}}}", key=key
    )
    assert sorted(edge["node"]["id"] for edge in listed["users"]["edges"]) == sorted(found)


@pytest.mark.parametrize(
    "condition",
    [
        {"device": ["MOBILE"]},
        {"place": ["dashboard"]},
        {"attributes": {"a": 1}},
        {"localTime": {"from": "09:00", "until": "10:00"}},
        {"all": [{"always": True}, {"not": {"any": [{"attributes": {"a": 1}}]}}]},
        {"segment": {"in": ["a_segment_of_ones_own"]}},
        {"lastSeenDays": {}},
        {"traits": {"a": {"$regex": r"(a)\1"}}},
    ],
    ids=lambda condition: next(iter(condition)),
)
async def test_a_condition_that_reads_the_request_or_is_malformed_is_refused(
    api: Api, condition: dict[str, Any]
) -> None:
    key = unique("segment")
    content = {"key": key, "name": "A segment", "condition": condition}
    payload = (await api.as_admin().ask(SAVE_SEGMENT, input=content))["saveSegment"]
    assert payload["segment"] is None
    error = payload["userErrors"][0]
    assert error["path"][:2] == ["input", "condition"]
    assert error["message"]
    assert await segment(api, key) is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"key": ""}, "key"),
        ({"key": "k" * 65}, "key"),
        ({"key": "a\x00"}, "key"),
        ({"key": "power_user"}, "key"),
        ({"name": ""}, "name"),
        ({"name": "n" * 121}, "name"),
        ({"description": "d" * 2_001}, "description"),
        ({"description": "\x00"}, "description"),
    ],
)
async def test_a_bad_segment_is_refused_by_the_field(api: Api, changes: dict[str, Any], field: str) -> None:
    content = {"key": unique("segment"), "name": "A segment", "condition": {"always": True}, **changes}
    payload = (await api.as_admin().ask(SAVE_SEGMENT, input=content))["saveSegment"]
    assert payload["segment"] is None
    assert payload["userErrors"][0]["path"][:2] == ["input", field]


async def test_users_are_listed_latest_seen_first_and_filtered_by_when(api: Api) -> None:
    team = unique("team")
    users = [api.as_user() for _ in range(3)]
    for days, user in enumerate(users):
        await track(user, done(occurredAt=ago(days=days, minutes=5)))
        await profile_after(user, 1)
        await declare(user, traits={"team": team})
    key = (await save_segment(api, {"traits": {"team": team}}))["key"]
    for user in users:
        await profile_when(user, lambda profile: key in counted(profile))
    query = "query($filter:UserFilter){users(filter:$filter){edges{node{id}}}}"
    answer = await api.as_service().ask(query, filter={"segment": key})
    assert [edge["node"]["id"] for edge in answer["users"]["edges"]] == [user.user_id for user in users]
    answer = await api.as_service().ask(query, filter={"segment": key, "seenSince": ago(days=1.5)})
    assert [edge["node"]["id"] for edge in answer["users"]["edges"]] == [user.user_id for user in users[:2]]


@pytest.mark.parametrize("first", [0, 101, -1])
async def test_pages_of_members_and_users_have_one_to_a_hundred_items(api: Api, first: int) -> None:
    for query in ("{segment(key:$key){members(first:$first){edges{cursor}}}}", "{users(first:$first){edges{cursor}}}"):
        declared = "query($first:Int,$key:String!)" if "$key" in query else "query($first:Int)"
        variables = {"first": first, "key": "power_user"} if "$key" in query else {"first": first}
        with pytest.raises(Refusal, match="first") as refusal:
            await api.as_analyst().ask(declared + query, **variables)
        assert refusal.value.code == "BAD_USER_INPUT"
