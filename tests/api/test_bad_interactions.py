"""Is every malformed interaction refused, with the field and the reason, and without a trace?"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.api.journeys import TRACK, TRACK_ALL, ago, done, interaction_keys, only, posted, tracking
from tests.engines import Refusal

if TYPE_CHECKING:
    from tests.engines import Api


def nested(depth: int) -> dict[str, Any]:
    """An object with so many levels."""
    return {"a": nested(depth - 1)} if depth > 1 else {}


AT_THE_LIMIT: dict[str, dict[str, Any]] = {
    "key of 64 characters": {"key": "\U0001f600" * 64},
    "target of 200 characters": {"target": "ß" * 200},
    "section of 100 characters": {"section": "s" * 100},
    "session id of 100 characters": {"sessionId": "s" * 100},
    "20 tags of 64 characters": {"tags": [f"{n:02}" + "t" * 62 for n in range(20)]},
    "properties of 8 levels": {"properties": nested(8)},
    "properties of almost 16 KiB": {"properties": {"text": "x" * 16_000}},
    "a value of minus one thousand million": {"value": -1e9},
    "a whole number of 63 bits": {"properties": {"n": 2**63 - 1}},
}
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "empty key": ({"key": ""}, "key"),
    "key of 65 characters": ({"key": "k" * 65}, "key"),
    "NUL in the key": ({"key": "a\x00b"}, "key"),
    "empty target": ({"target": ""}, "target"),
    "target of 201 characters": ({"target": "t" * 201}, "target"),
    "NUL in the target": ({"target": "\x00"}, "target"),
    "section of 101 characters": ({"section": "s" * 101}, "section"),
    "NUL in the section": ({"section": "\x00"}, "section"),
    "session id of 101 characters": ({"sessionId": "s" * 101}, "sessionId"),
    "NUL in the session id": ({"sessionId": "\x00"}, "sessionId"),
    "21 tags": ({"tags": [f"tag-{n}" for n in range(21)]}, "tags"),
    "tag of 65 characters": ({"tags": ["fine", "t" * 65]}, "tags"),
    "empty tag": ({"tags": [""]}, "tags"),
    "NUL in a tag": ({"tags": ["\x00"]}, "tags"),
    "empty user id": ({"userId": ""}, "userId"),
    "user id of 129 characters": ({"userId": "u" * 129}, "userId"),
    "NUL in the user id": ({"userId": "a\x00"}, "userId"),
    "a huge value": ({"value": 1e300}, "value"),
    "properties of 9 levels": ({"properties": nested(9)}, "properties"),
    "properties of 500 levels": ({"properties": nested(500)}, "properties"),
    "properties of more than 16 KiB": ({"properties": {"text": "x" * 17_000}}, "properties"),
    "properties with many small things": ({"properties": {"list": [0] * 17_000}}, "properties"),
    "properties that are a list": ({"properties": [1]}, "properties"),
    "properties that are a string": ({"properties": "{}"}, "properties"),
    "properties with a NUL": ({"properties": {"a": "\x00"}}, "properties"),
    "properties with a NUL in a key": ({"properties": {"\x00": 1}}, "properties"),
    "properties with a whole number of 64 bits": ({"properties": {"n": 2**64 - 1}}, "properties"),
    "tomorrow": ({"occurredAt": ago(days=-1)}, "occurredAt"),
    "the year 9998": ({"occurredAt": "9998-12-31T23:59:59Z"}, "occurredAt"),
    "before all computers": ({"occurredAt": "1969-07-20T20:17:40Z"}, "occurredAt"),
    "a line break in a tag": ({"tags": ["a\nb"]}, "tags"),
}
MALFORMED: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown kind": ({"kind": "CLICKED"}, "kind"),
    "a kind in small letters": ({"kind": "click"}, "kind"),
    "no kind": ({"kind": None}, "kind"),
    "an unknown device": ({"device": "FRIDGE"}, "device"),
    "no key": ({"key": None}, "key"),
    "a key that is a number": ({"key": 7}, "key"),
    "a target that is a list": ({"target": ["a"]}, "target"),
    "a value in words": ({"value": "12"}, "value"),
    "a null tag": ({"tags": [None]}, "tags"),
    "an unknown field": ({"colour": "red"}, "colour"),
    "a time without an offset": ({"occurredAt": "2026-01-01T00:00:00"}, "occurredAt"),
    "a date": ({"occurredAt": "2026-01-01"}, "occurredAt"),
    "no time at all": ({"occurredAt": "yesterday"}, "occurredAt"),
    "the 30th of February": ({"occurredAt": "2026-02-30T00:00:00Z"}, "occurredAt"),
    "a time stamp": ({"occurredAt": 1_700_000_000}, "occurredAt"),
    "the end of time, west of Greenwich": ({"occurredAt": "9999-12-31T23:59:59-12:00"}, "occurredAt"),
    "before time, east of Greenwich": ({"occurredAt": "0001-01-01T00:00:00+14:00"}, "occurredAt"),
    "a null time": ({"occurredAt": None}, "occurredAt"),
}


@pytest.mark.parametrize("name", AT_THE_LIMIT)
async def test_what_is_just_within_a_limit_is_accepted(api: Api, name: str) -> None:
    payload = await tracking(api.as_user(), done(**AT_THE_LIMIT[name]))
    assert payload == {"accepted": 1, "duplicates": 0, "userErrors": []}


@pytest.mark.parametrize("name", REFUSED)
async def test_one_bad_interaction_refuses_the_whole_batch_by_index_and_field_and_stores_nothing(
    api: Api, name: str
) -> None:
    changes, field = REFUSED[name]
    speaker = api.as_service() if "userId" in changes else api.as_user()
    writes_for = {"userId": api.as_user().user_id} if "userId" in changes else {}
    good = [done(**writes_for), done(**writes_for)]
    before = await interaction_keys(speaker)
    payload = await tracking(speaker, *good, done(**changes))
    assert (payload["accepted"], payload["duplicates"]) == (0, 0)
    assert only(payload["userErrors"])["path"][:3] == ["input", "2", field]
    single = (await speaker.ask(TRACK, input=done(**changes)))["trackInteraction"]
    assert single["accepted"] == 0
    assert only(single["userErrors"])["path"][:2] == ["input", field]
    assert await interaction_keys(speaker) == before


@pytest.mark.parametrize("name", MALFORMED)
async def test_what_is_not_even_an_interaction_is_refused_with_the_name_of_the_field(api: Api, name: str) -> None:
    changes, field = MALFORMED[name]
    user = api.as_user()
    for query, value in ((TRACK, done(**changes)), (TRACK_ALL, [done(), done(**changes)])):
        with pytest.raises(Refusal) as refusal:
            await user.ask(query, input=value)
        assert refusal.value.code == "BAD_USER_INPUT"
        assert field in refusal.value.errors[0]["message"]
    assert await interaction_keys(user) == []


async def test_a_batch_that_is_malformed_names_the_index(api: Api) -> None:
    with pytest.raises(Refusal, match=r"\$input.*\[1\]\.kind"):
        await tracking(api.as_user(), done(), done(kind="CLICKED"))


@pytest.mark.parametrize("missing", ["key", "kind", "occurredAt"])
async def test_a_required_field_left_out_is_named(api: Api, missing: str) -> None:
    interaction = done()
    del interaction[missing]
    with pytest.raises(Refusal, match=missing):
        await api.as_user().ask(TRACK, input=interaction)


async def test_a_clock_may_not_be_six_minutes_ahead(api: Api) -> None:
    payload = await tracking(api.as_user(), done(), done(occurredAt=ago(minutes=-6)))
    assert only(payload["userErrors"])["path"] == ["input", "1", "occurredAt"]


async def test_a_service_must_say_who_did_it(api: Api) -> None:
    payload = await tracking(api.as_service(), done(userId=api.as_user().user_id), done())
    assert only(payload["userErrors"])["path"] == ["input", "1", "userId"]


async def test_an_empty_batch_is_refused(api: Api) -> None:
    payload = await tracking(api.as_user())
    assert only(payload["userErrors"])["path"] == ["input"]


async def test_a_batch_of_5001_is_refused_and_stores_nothing(api: Api) -> None:
    user = api.as_user()
    payload = await tracking(user, *(done() for _ in range(5_001)))
    error = only(payload["userErrors"])
    assert error["path"] == ["input"]
    assert "5,000" in error["message"] or "5000" in error["message"]
    assert await interaction_keys(user) == []


async def test_every_bad_element_of_a_batch_is_named(api: Api) -> None:
    payload = await tracking(api.as_user(), done(key=""), done(), done(target="t" * 201), done(section="s" * 101))
    assert [error["path"] for error in payload["userErrors"]] == [
        ["input", "0", "key"],
        ["input", "2", "target"],
        ["input", "3", "section"],
    ]


async def test_thousands_of_bad_elements_do_not_make_an_endless_answer(api: Api) -> None:
    payload = await tracking(api.as_user(), *(done(key="") for _ in range(5_000)))
    assert 1 <= len(payload["userErrors"]) <= 200


@pytest.mark.parametrize("speaker", ["as_user", "as_admin", "as_analyst"])
async def test_only_a_service_may_write_for_another_user_and_one_such_element_stops_the_batch(
    api: Api, speaker: str
) -> None:
    victim = api.as_user()
    writer = api.as_user() if speaker == "as_user" else getattr(api, speaker)()
    before = await interaction_keys(writer)
    for query, value in (
        (TRACK, done(userId=victim.user_id)),
        (TRACK_ALL, [done(), done(userId=victim.user_id)]),
    ):
        with pytest.raises(Refusal) as refusal:
            await writer.ask(query, input=value)
        assert refusal.value.code == "FORBIDDEN"
    assert await interaction_keys(victim) == []
    assert await interaction_keys(writer) == before


@pytest.mark.parametrize("number", ["1e400", "-1e400"])
async def test_a_number_beyond_all_floats_is_refused_in_the_document(api: Api, number: str) -> None:
    user = api.as_user()
    for fields in (f"value: {number}", f"properties: {{a: {number}}}", f"properties: {{a: [{{b: {number}}}]}}"):
        query = f"""mutation{{trackInteraction(input:{{key:"k", kind:OTHER, occurredAt:"2026-01-01T00:00:00Z",
          {fields}}}){{accepted userErrors{{path}}}}}}"""
        answer = await user.answer(query)
        payload = (answer.get("data") or {}).get("trackInteraction")
        refused_by_field = bool(payload and payload["userErrors"][0]["path"][:2] == ["input", fields.split(":")[0]])
        assert refused_by_field or answer["errors"][0]["extensions"]["code"] in (
            "BAD_USER_INPUT",
            "GRAPHQL_VALIDATION_FAILED",
        )
    assert await interaction_keys(user) == []


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400"])
@pytest.mark.parametrize("field", ['"value": %s', '"properties": {"a": %s}'])
async def test_a_number_that_is_not_finite_is_refused_in_the_variables(api: Api, number: str, field: str) -> None:
    user = api.as_user()
    interaction = json.dumps(done())[:-1] + ", " + field % number + "}"
    body = f'{{"query": {json.dumps(TRACK)}, "variables": {{"input": {interaction}}}}}'
    answer = await posted(user, body.encode())
    assert answer.get("errors") or answer["data"]["trackInteraction"]["userErrors"]
    assert "INTERNAL" not in json.dumps(answer)
    assert await interaction_keys(user) == []


@pytest.mark.parametrize("field", ["key", "target", "section", "sessionId"])
async def test_half_a_character_is_refused(api: Api, field: str) -> None:
    user = api.as_user()
    body = json.dumps({"query": TRACK, "variables": {"input": done(**{field: "a\ud800b"})}})
    answer = await posted(user, body.encode())
    assert answer.get("errors") or only(answer["data"]["trackInteraction"]["userErrors"])["path"] == ["input", field]
    assert "INTERNAL" not in json.dumps(answer)
    assert await interaction_keys(user) == []


async def test_whole_numbers_of_any_length_are_refused_without_a_fault(api: Api) -> None:
    user = api.as_user()
    body = json.dumps({"query": TRACK, "variables": {"input": done(properties={"n": 10**400})}})
    answer = await posted(user, body.encode())
    assert answer.get("errors") or answer["data"]["trackInteraction"]["userErrors"]
    assert "INTERNAL" not in json.dumps(answer)
