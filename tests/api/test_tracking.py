"""What becomes of interactions that are tracked as the contract asks?"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.api.journeys import (
    TRACK,
    ago,
    done,
    instant,
    interaction_keys,
    interactions_of,
    now,
    posted,
    profile_after,
    track,
    tracking,
)
from tests.engines import unique

if TYPE_CHECKING:
    from tests.engines import Api

KINDS = [
    "PAGE_VIEW",
    "FEATURE_USE",
    "CONTENT_VIEW",
    "CLICK",
    "SEARCH",
    "DISMISS",
    "PREFERENCE",
    "CONVERSION",
    "SESSION_START",
    "SESSION_END",
    "OTHER",
]


async def test_every_kind_of_interaction_is_stored_and_read_back(api: Api) -> None:
    user = api.as_user()
    await track(user, *(done(kind, occurredAt=ago(minutes=n)) for n, kind in enumerate(KINDS, 1)))
    page = await interactions_of(user)
    assert [edge["node"]["kind"] for edge in page["edges"]] == KINDS


async def test_every_field_of_an_interaction_is_read_back(api: Api) -> None:
    user, asked_at = api.as_user(), now()
    properties = {"text": "größer \U0001f600", "n": -3, "x": 0.5, "list": [1, None, True], "deep": {"a": {"b": []}}}
    fields = {
        "target": "export",
        "section": "reports",
        "device": "TABLET",
        "sessionId": "session-7",
        "value": -12.25,
        "properties": properties,
    }
    interaction = done("CONVERSION", tags=["news", "sport"], occurredAt="2026-03-01T23:30:00.123456+05:30", **fields)
    answer = await user.ask(TRACK, input=interaction)
    assert answer["trackInteraction"] == {"accepted": 1, "duplicates": 0, "userErrors": []}
    (edge,) = (await interactions_of(user))["edges"]
    node = edge["node"]
    assert {name: node[name] for name in fields} == fields
    assert node["kind"] == "CONVERSION"
    assert node["id"] == f"{user.user_id}:{interaction['key']}"
    assert instant(node["occurredAt"]) == instant(interaction["occurredAt"])
    assert instant(node["occurredAt"]).utcoffset() == timedelta()
    assert asked_at - timedelta(seconds=1) <= instant(node["receivedAt"]) <= now() + timedelta(seconds=1)


async def test_fields_left_out_and_fields_sent_as_null_are_the_same(api: Api) -> None:
    user = api.as_user()
    nothing: dict[str, Any] = dict.fromkeys(
        ("userId", "target", "section", "tags", "device", "sessionId", "value", "properties")
    )
    await track(user, done(), done(**nothing))
    nodes = [edge["node"] for edge in (await interactions_of(user))["edges"]]
    for node in nodes:
        assert node["properties"] == {}
        assert {node[name] for name in ("target", "section", "device", "sessionId", "value")} == {None}


async def test_the_same_key_is_counted_once_and_the_first_one_stays(api: Api) -> None:
    user, first = api.as_user(), done(target="first")
    await track(user, first)
    again = await tracking(user, first, done(), {**first, "target": "second"})
    assert again == {"accepted": 1, "duplicates": 2, "userErrors": []}
    single = await user.ask(TRACK, input=first)
    assert single["trackInteraction"] == {"accepted": 0, "duplicates": 1, "userErrors": []}
    targets = [edge["node"]["target"] for edge in (await interactions_of(user))["edges"]]
    assert sorted(targets, key=str) == [None, "first"]


async def test_a_key_repeated_inside_one_batch_is_counted_once(api: Api) -> None:
    user, twin = api.as_user(), done()
    assert await tracking(user, twin, done(), twin) == {"accepted": 2, "duplicates": 1, "userErrors": []}


async def test_users_do_not_share_keys(api: Api) -> None:
    interaction = done()
    for _ in range(2):
        assert (await tracking(api.as_user(), interaction))["accepted"] == 1


async def test_requests_that_race_with_the_same_keys_count_each_key_once(api: Api) -> None:
    user = api.as_user()
    batch = [done() for _ in range(20)]
    payloads = await asyncio.gather(*(tracking(user, *batch[::step]) for step in (1, -1) * 6))
    assert sum(payload["accepted"] for payload in payloads) == 20
    assert sum(payload["duplicates"] for payload in payloads) == 11 * 20
    assert (await profile_after(user, 20))["activity"]["interactions"] == 20


async def test_five_thousand_interactions_are_taken_at_once(api: Api) -> None:
    user = api.as_user()
    await track(user, *(done() for _ in range(5_000)))
    assert (await profile_after(user, 5_000))["activity"]["interactions"] == 5_000


async def test_a_service_writes_for_many_users_in_one_batch(api: Api) -> None:
    users = [api.as_user() for _ in range(3)]
    interactions = [done(userId=user.user_id) for user in users]
    await track(api.as_service(), *interactions)
    for user, interaction in zip(users, interactions, strict=True):
        assert await interaction_keys(user) == [interaction["key"]]


async def test_a_user_may_name_themselves(api: Api) -> None:
    user = api.as_user()
    await track(user, done(userId=user.user_id))
    assert len(await interaction_keys(user)) == 1


@pytest.mark.parametrize("occurred_at", ["1970-01-01T00:00:00Z", "2011-02-03T04:05:06+14:00"])
async def test_old_logs_can_be_replayed(api: Api, occurred_at: str) -> None:
    user = api.as_user()
    await track(user, done(occurredAt=occurred_at))
    (edge,) = (await interactions_of(user))["edges"]
    assert instant(edge["node"]["occurredAt"]) == instant(occurred_at)
    assert instant((await profile_after(user, 1))["firstSeenAt"]) == instant(occurred_at)


async def test_a_clock_may_be_four_minutes_ahead(api: Api) -> None:
    assert (await tracking(api.as_user(), done(occurredAt=ago(minutes=-4))))["accepted"] == 1


async def test_ids_and_targets_may_hold_any_characters(api: Api) -> None:
    user = api.as_user(f"{unique('ü')}:/\\'\"%_ \U0001f600")
    await track(
        user, done(key=f"{unique('k')}:'\"; --", target="Ünïcödé \U0001f600 'quoted' \\ %_", tags=["\U0001f600 %"])
    )
    assert len(await interaction_keys(user)) == 1
    assert (await profile_after(user, 1))["activity"]["interactions"] == 1


async def test_literals_in_the_document_are_as_good_as_variables(api: Api) -> None:
    user = api.as_user()
    query = """mutation{trackInteraction(input:{key:"k", kind:SEARCH, value:2, occurredAt:"2026-01-01T00:00:00Z",
      properties:{a:[1, {b:null}], c:"d", e:1.5, f:true}}){accepted userErrors{message}}}"""
    assert await user.ask(query) == {"trackInteraction": {"accepted": 1, "userErrors": []}}
    (edge,) = (await interactions_of(user))["edges"]
    assert edge["node"]["properties"] == {"a": [1, {"b": None}], "c": "d", "e": 1.5, "f": True}


async def test_a_body_that_is_not_json_gets_an_answer_that_says_so(api: Api) -> None:
    for body in (b"", b"{", b'{"query": NaN}', b"null", b'"x"', b"[]", b"\xff\xfe"):
        assert (await posted(api.as_user(), body))["errors"][0]["message"]
