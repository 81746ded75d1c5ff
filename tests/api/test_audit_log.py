"""Does the audit log tell who changed what, when, from what and to what?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from domain.model.principals import Role
from tests.api.journeys import (
    CREATE_RULE,
    SAVE_CATALOGUE,
    SAVE_SEGMENT,
    SET_RULE_STATUS,
    draft,
    instant,
    items,
    now,
    rule_input,
    updated,
    with_status,
)
from tests.engines import Refusal, unique

if TYPE_CHECKING:
    from tests.engines import Api, Speaker

AUDIT_LOG = """query($filter:AuditFilter,$first:Int,$after:String){auditLog(filter:$filter,first:$first,after:$after){
  edges{cursor node{id at actor action subject before after}} pageInfo{hasNextPage endCursor}}}"""


async def entries(speaker: Speaker, **matching: Any) -> list[dict[str, Any]]:
    answer = await speaker.ask(AUDIT_LOG, filter=matching, first=100)
    return [edge["node"] for edge in answer["auditLog"]["edges"]]


@pytest.fixture
def author(api: Api) -> Speaker:
    """An admin nobody has heard of before."""
    return api.speaking(unique("author"), Role.ADMIN)


async def test_every_change_of_a_rule_is_told_with_the_rule_before_and_after(api: Api) -> None:
    rule = await draft(api, name="First", places=[unique("place")])
    rule = await updated(api, rule, name="Second", priority=7)
    rule = await with_status(api, rule, "ACTIVE")

    found = await entries(api.as_analyst(), ruleId=rule["id"])

    assert [(entry["action"], entry["actor"]) for entry in found] == [
        ("RULE_STATUS_CHANGED", "test-admin"),
        ("RULE_UPDATED", "test-admin"),
        ("RULE_CREATED", "test-admin"),
    ]
    assert {entry["subject"] for entry in found} == {f"rule {rule['key']}"}
    activated, renamed, created = found
    assert created["before"] is None
    assert (created["after"]["name"], created["after"]["status"]) == ("First", "DRAFT")
    assert renamed["before"] == created["after"]
    assert (renamed["after"]["name"], renamed["after"]["priority"]) == ("Second", 7)
    assert activated["after"] == {**activated["before"], "status": "ACTIVE"}
    assert [instant(entry["at"]) for entry in found] == sorted((instant(e["at"]) for e in found), reverse=True)


async def test_changes_of_segments_and_of_the_catalogue_are_told_too(author: Speaker) -> None:
    key = unique("segment")
    segment = {"key": key, "name": "One", "description": "", "condition": {"lastSeenDays": {"lte": 3}}}
    await author.ask(SAVE_SEGMENT, input=segment)
    await author.ask(SAVE_SEGMENT, input={**segment, "name": "Two"})
    await author.ask(f'mutation{{deleteSegment(key:"{key}"){{deleted}}}}')
    await author.ask(SAVE_CATALOGUE, input={"tags": items("audited")})

    catalogue, deleted, changed, created = await entries(author, actor=author.user_id)

    assert (catalogue["action"], catalogue["subject"]) == ("CATALOGUE_SAVED", "catalogue")
    assert [tag["key"] for tag in catalogue["after"]["tags"]] == ["audited"]
    assert catalogue["before"] != catalogue["after"]
    assert [entry["action"] for entry in (deleted, changed, created)] == [
        "SEGMENT_DELETED",
        "SEGMENT_SAVED",
        "SEGMENT_SAVED",
    ]
    assert {entry["subject"] for entry in (deleted, changed, created)} == {f"segment {key}"}
    assert (created["before"], created["after"]) == (None, segment)
    assert (changed["before"], changed["after"]["name"]) == (segment, "Two")
    assert (deleted["before"], deleted["after"]) == (changed["after"], None)


async def test_it_is_filtered_by_author_and_time_and_read_page_by_page(author: Speaker) -> None:
    began = now()
    for _ in range(3):
        await author.ask(CREATE_RULE, input=rule_input())
    between = now()
    for _ in range(2):
        await author.ask(CREATE_RULE, input=rule_input())

    everything = await entries(author, actor=author.user_id)
    later = await entries(author, actor=author.user_id, **{"from": between.isoformat()})
    earlier = await entries(author, actor=author.user_id, until=between.isoformat(), **{"from": began.isoformat()})
    assert (later, earlier) == (everything[:2], everything[2:])

    pages: list[dict[str, Any]] = []
    after = None
    for _ in range(3):
        answer = await author.ask(AUDIT_LOG, filter={"actor": author.user_id}, first=2, after=after)
        pages += [edge["node"] for edge in answer["auditLog"]["edges"]]
        after = answer["auditLog"]["pageInfo"]["endCursor"]
    assert pages == everything


async def test_what_was_refused_is_not_told(author: Speaker) -> None:
    await author.ask(CREATE_RULE, input=rule_input(coverage=2.0))
    await author.ask(SET_RULE_STATUS, id="nowhere", revision=1, status="ACTIVE")

    assert await entries(author, actor=author.user_id) == []


async def test_who_was_erased_is_named_no_more(api: Api, author: Speaker) -> None:
    answer = await author.ask(CREATE_RULE, input=rule_input())
    await author.ask(SAVE_SEGMENT, input={"key": unique("segment"), "name": "S", "condition": {"always": False}})
    await author.ask("mutation{eraseMyData{erased}}")

    (entry,) = await entries(api.as_admin(), ruleId=answer["createRule"]["rule"]["id"])
    assert entry["actor"] == "erased"
    assert await entries(api.as_admin(), actor=author.user_id) == []


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({"filter": {"actor": ""}}, "filter.actor"),
        ({"filter": {"ruleId": "x" * 200}}, "filter.ruleId"),
        ({"first": 0}, "first"),
        ({"first": 1_000}, "first"),
        ({"after": "nonsense"}, "after"),
    ],
)
async def test_a_wrong_question_is_refused_naming_the_argument(api: Api, arguments: dict[str, Any], word: str) -> None:
    with pytest.raises(Refusal, match=word) as refusal:
        await api.as_admin().ask(AUDIT_LOG, **arguments)
    assert refusal.value.code == "BAD_USER_INPUT"
