"""Does the life of a rule go as its author says, revision by revision?"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from tests.api.journeys import (
    COMPACT,
    DARK,
    DELETE_RULE,
    LIGHT,
    ROLL_BACK_RULE,
    RULE,
    SET_RULE_STATUS,
    UPDATE_RULE,
    active,
    config_of,
    deciders,
    draft,
    only,
    rule_input,
    updated,
    with_status,
)
from tests.engines import Refusal, unique

if TYPE_CHECKING:
    from tests.engines import Api

HISTORY = """query($id:ID!,$first:Int,$after:String){rule(id:$id){history(first:$first,after:$after){
  edges{cursor node{revision at by kind rule changes}} pageInfo{hasNextPage endCursor}}}}"""


async def read(api: Api, rule_id: str) -> dict[str, Any]:
    rule: dict[str, Any] = (await api.as_admin().ask(f"query($id:ID!){{rule(id:$id){{{RULE}}}}}", id=rule_id))["rule"]
    return rule


async def history(api: Api, rule_id: str, **page: Any) -> list[dict[str, Any]]:
    answer = await api.as_analyst().ask(HISTORY, id=rule_id, **page)
    return [edge["node"] for edge in answer["rule"]["history"]["edges"]]


async def test_a_rule_reads_back_as_it_was_written(api: Api) -> None:
    condition = {"all": [{"device": ["MOBILE"]}, {"not": {"skill": ["BEGINNER"]}}]}
    window = {"weekdays": ["MONDAY", "FRIDAY"], "from": "22:00", "until": "06:30"}
    schedule = {"startsAt": "2026-01-01T00:00:00Z", "endsAt": "2036-01-01T00:00:00+02:00", "windows": [window]}
    content = rule_input(
        name="Näme",
        description="Why",
        priority=-5,
        places=["b", "a"],
        condition=condition,
        adaptations=[DARK, COMPACT],
        schedule=schedule,
        coverage=0.25,
    )
    rule = await draft(api, **content)
    expected = {name: content[name] for name in ("key", "name", "description", "priority", "coverage")}
    assert {name: rule[name] for name in expected} == expected
    assert (rule["status"], rule["revision"], rule["updatedBy"]) == ("DRAFT", 1, "test-admin")
    assert sorted(rule["places"]) == ["a", "b"]
    assert rule["condition"] == condition
    assert rule["adaptations"] == [
        {"__typename": "SetTheme", "mode": "DARK"},
        {"__typename": "SetLayout", "density": "COMPACT"},
    ]
    assert rule["schedule"]["windows"] == [window]
    assert rule["schedule"]["endsAt"].startswith("2035-12-31T22:00:00")
    assert rule["createdAt"] == rule["updatedAt"]
    assert await read(api, rule["id"]) == rule


async def test_what_is_left_out_has_its_default(api: Api) -> None:
    rule = await draft(api)
    defaults = {"description": "", "priority": 0, "places": [], "schedule": None, "coverage": 1.0}
    assert {name: rule[name] for name in defaults} == defaults
    await with_status(api, rule, "ARCHIVED")


async def test_a_rule_decides_only_while_it_is_active(api: Api) -> None:
    place, user = unique("place"), api.as_user()
    rule = await draft(api, places=[place])
    assert deciders(await config_of(user, place)) == {}
    for status in ("ACTIVE", "PAUSED", "ACTIVE", "ARCHIVED"):
        rule = await with_status(api, rule, status)
        expected = {"theme.mode": rule["key"]} if status == "ACTIVE" else {}
        assert deciders(await config_of(user, place)) == expected
    assert rule["revision"] == 5


async def test_an_update_replaces_everything_and_decides_at_once(api: Api) -> None:
    place, user = unique("place"), api.as_user()
    rule = await active(api, places=[place], description="old", priority=5)
    changed = await updated(api, rule, name="New", adaptations=[LIGHT])
    assert (changed["revision"], changed["status"]) == (3, "ACTIVE")
    assert (changed["name"], changed["description"], changed["priority"]) == ("New", "", 0)
    assert changed["createdAt"] == rule["createdAt"] <= changed["updatedAt"]
    assert (await config_of(user, place))["theme"]["mode"] == "LIGHT"


async def test_the_key_may_be_changed_but_not_to_a_taken_one(api: Api) -> None:
    taken, rule = await draft(api, places=["p"]), await draft(api, places=["p"])
    content = rule_input(key=taken["key"])
    payload = (await api.as_admin().ask(UPDATE_RULE, id=rule["id"], revision=1, input=content))["updateRule"]
    assert only(payload["userErrors"])["path"] == ["input", "key"]
    assert payload["rule"] is None
    content["key"] = unique("renamed")
    payload = (await api.as_admin().ask(UPDATE_RULE, id=rule["id"], revision=1, input=content))["updateRule"]
    assert payload["rule"]["key"] == content["key"]


async def test_history_says_who_changed_what_and_a_roll_back_is_one_more_revision(api: Api) -> None:
    rule = await active(api, places=["here"], priority=1)
    changed = await updated(api, rule, priority=7, adaptations=[LIGHT])
    answer = await api.as_admin().ask(ROLL_BACK_RULE, id=rule["id"], revision=3, to=1)
    rolled_back = answer["rollBackRule"]["rule"]
    assert (rolled_back["revision"], rolled_back["priority"], rolled_back["status"]) == (4, 1, "ACTIVE")
    assert rolled_back["adaptations"] == rule["adaptations"] != changed["adaptations"]
    revisions = await history(api, rule["id"])
    assert [revision["revision"] for revision in revisions] == [4, 3, 2, 1]
    kinds = [revision["kind"] for revision in revisions]
    assert kinds == ["ROLLED_BACK", "UPDATED", "STATUS_CHANGED", "CREATED"]
    assert {revision["by"] for revision in revisions} == {"test-admin"}
    assert any("priority" in change and "7" in change for change in revisions[1]["changes"])
    assert any("adaptations" in change.lower() for change in revisions[1]["changes"])
    assert any("status" in change.lower() for change in revisions[2]["changes"])
    assert revisions[1]["rule"]["priority"] == 7
    assert revisions[1]["rule"]["status"] == "ACTIVE"
    assert revisions[3]["rule"]["adaptations"] == [DARK]


async def test_any_two_revisions_are_compared_field_by_field(api: Api) -> None:
    rule = await updated(api, await draft(api, name="One", places=["here"]), name="Two", priority=7)
    rule = await updated(api, rule, name="Three", priority=7)
    asked = "query($id:ID!,$from:Int!,$until:Int){rule(id:$id){comparison(from:$from,until:$until)}}"

    async def compared(since: int, until: int | None = None) -> list[str]:
        answer = await api.as_analyst().ask(asked, id=rule["id"], until=until, **{"from": since})
        return list(answer["rule"]["comparison"])

    assert await compared(1) == ["name: from “One” to “Three”", "priority: from 0 to 7"]
    assert await compared(1, 2) == ["name: from “One” to “Two”", "priority: from 0 to 7"]
    assert await compared(3, 2) == ["name: from “Three” to “Two”"]
    assert await compared(3) == []
    for since, until, argument in ((9, None, "from"), (1, 0, "until")):
        with pytest.raises(Refusal, match=f"{argument}: the rule has no revision") as refusal:
            await compared(since, until)
        assert refusal.value.code == "BAD_USER_INPUT"


async def test_history_is_read_in_pages(api: Api) -> None:
    rule = await draft(api, places=["here"])
    for priority in range(4):
        rule = await updated(api, rule, priority=priority + 1)
    first = (await api.as_admin().ask(HISTORY, id=rule["id"], first=3))["rule"]["history"]
    assert first["pageInfo"]["hasNextPage"] is True
    rest = await history(api, rule["id"], first=3, after=first["pageInfo"]["endCursor"])
    assert [edge["node"]["revision"] for edge in first["edges"]] == [5, 4, 3]
    assert [revision["revision"] for revision in rest] == [2, 1]


async def test_a_page_of_history_may_have_a_hundred_revisions(api: Api) -> None:
    rule = await draft(api, places=["here"])
    assert len(await history(api, rule["id"], first=100)) == 1
    with pytest.raises(Refusal, match="first") as refusal:
        await history(api, rule["id"], first=101)
    assert refusal.value.code == "BAD_USER_INPUT"


async def test_a_deleted_rule_decides_nothing_frees_its_key_and_keeps_its_history(api: Api) -> None:
    place, user = unique("place"), api.as_user()
    rule = await active(api, places=[place])
    payload = (await api.as_admin().ask(DELETE_RULE, id=rule["id"], revision=2))["deleteRule"]
    assert payload == {"deleted": True, "userErrors": []}
    assert deciders(await config_of(user, place)) == {}
    assert [revision["kind"] for revision in await history(api, rule["id"])] == ["DELETED", "STATUS_CHANGED", "CREATED"]
    again = await draft(api, key=rule["key"], places=[place])
    assert again["id"] != rule["id"]
    assert again["revision"] == 1


STALE: dict[str, tuple[str, dict[str, Any]]] = {
    "updateRule": (UPDATE_RULE, {"input": rule_input()}),
    "setRuleStatus": (SET_RULE_STATUS, {"status": "PAUSED"}),
    "rollBackRule": (ROLL_BACK_RULE, {"to": 1}),
    "deleteRule": (DELETE_RULE, {}),
}


@pytest.mark.parametrize("field", STALE)
@pytest.mark.parametrize("revision", [1, 3, 0, -1, 2**31 - 1])
async def test_a_stale_revision_is_refused_with_the_current_one(api: Api, field: str, revision: int) -> None:
    query, arguments = STALE[field]
    rule = await active(api, places=["p"])
    payload = (await api.as_admin().ask(query, id=rule["id"], revision=revision, **arguments))[field]
    error = only(payload["userErrors"])
    assert error["path"] == ["expectedRevision"]
    assert "2" in error["message"].replace(str(revision), "")
    assert payload.get("rule") is None
    assert payload.get("deleted") in {None, False}
    assert await read(api, rule["id"]) == rule


@pytest.mark.parametrize("field", STALE)
@pytest.mark.parametrize("rule_id", ["00000000-0000-4000-8000-000000000000", "nonsense", "", "\x00", "x" * 5_000])
async def test_an_unknown_rule_is_refused_by_its_id(api: Api, field: str, rule_id: str) -> None:
    query, arguments = STALE[field]
    payload = (await api.as_admin().ask(query, id=rule_id, revision=1, **arguments))[field]
    assert only(payload["userErrors"])["path"] == ["id"]
    assert (await api.as_admin().ask("query($id:ID!){rule(id:$id){id}}", id=rule_id))["rule"] is None


async def test_of_two_admins_who_change_the_same_revision_one_is_told(api: Api) -> None:
    rule = await active(api, places=["p"])
    answers = await asyncio.gather(
        *(
            api.as_admin().ask(UPDATE_RULE, id=rule["id"], revision=2, input=rule_input(key=rule["key"], priority=n))
            for n in range(5)
        )
    )
    refusals = [answer["updateRule"]["userErrors"] for answer in answers]
    assert sorted(len(errors) for errors in refusals) == [0, 1, 1, 1, 1]
    current = await read(api, rule["id"])
    assert current["revision"] == 3
    await with_status(api, current, "ARCHIVED")


async def test_of_two_admins_who_take_the_same_key_one_is_told(api: Api) -> None:
    key = unique("rule")
    query = "mutation($input:RuleInput!){createRule(input:$input){rule{id} userErrors{path}}}"
    answers = await asyncio.gather(
        *(api.as_admin().ask(query, input=rule_input(key=key, places=["p"])) for _ in range(5))
    )
    assert sum(answer["createRule"]["rule"] is not None for answer in answers) == 1
    refused = [answer["createRule"]["userErrors"] for answer in answers if answer["createRule"]["rule"] is None]
    assert refused == [[{"path": ["input", "key"]}]] * 4


async def test_an_archived_rule_whose_key_was_taken_is_revived_only_once_the_key_is_free(api: Api) -> None:
    rule = await draft(api, places=["p"])
    gone = await with_status(api, rule, "ARCHIVED")
    await draft(api, key=rule["key"], places=["p"])
    answer = await api.as_admin().ask(SET_RULE_STATUS, id=rule["id"], revision=gone["revision"], status="DRAFT")
    error = only(answer["setRuleStatus"]["userErrors"])
    assert (error["code"], error["path"]) == ("RULE_KEY_TAKEN", ["status"])
    assert "rename or delete that rule" in error["message"]


async def test_what_an_earlier_revision_would_take_is_said_of_the_revision(api: Api) -> None:
    rule = await draft(api, places=["p"])
    renamed = await updated(api, {**rule, "key": unique("renamed")})
    await draft(api, key=rule["key"], places=["p"])
    answer = await api.as_admin().ask(ROLL_BACK_RULE, id=rule["id"], revision=renamed["revision"], to=1)
    assert only(answer["rollBackRule"]["userErrors"])["path"] == ["toRevision"]


@pytest.mark.parametrize("revision", [0, -1, 3, 2**31 - 1])
async def test_one_cannot_roll_back_to_a_revision_that_is_not_earlier(api: Api, revision: int) -> None:
    rule = await active(api, places=["p"])
    payload = (await api.as_admin().ask(ROLL_BACK_RULE, id=rule["id"], revision=2, to=revision))["rollBackRule"]
    assert only(payload["userErrors"])["path"] == ["toRevision"]


async def test_the_condition_reads_well(api: Api) -> None:
    condition = {
        "all": [
            {"segment": {"in": ["power_user"]}},
            {"any": [{"device": ["MOBILE"]}, {"lastSeenDays": {"gte": 3}}]},
            {"not": {"traits": {"plan": "free"}}},
            {"did": {"kind": "CONVERSION", "times": {"gte": 2}, "days": 7}},
        ]
    }
    text = (await draft(api, places=["p"], condition=condition))["conditionText"]
    for word in ("power_user", "mobile", "3", "plan", "free", "7", " or ", " and ", "not"):
        assert word in text.lower().replace("power user", "power_user"), text
    for sign in ("{", "}", "[", "None", "Condition(", "("):
        assert sign not in text or sign == "(", text
