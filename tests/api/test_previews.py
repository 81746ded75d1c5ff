"""Does a preview say whom a rule would concern, and leave everything as it is?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.api.journeys import (
    COMPACT,
    DARK,
    LIGHT,
    active,
    config_of,
    deciders,
    declare,
    done,
    draft,
    only,
    profile_after,
    rule_input,
    track,
    with_status,
)
from tests.api.test_statement_counts import statements_of
from tests.engines import Refusal, unique

if TYPE_CHECKING:
    from tests.engines import Api, Speaker

PREVIEW = """query($input:RuleInput!,$replacing:ID,$context:ContextInput,$first:Int){previewRule(
  input:$input,replacing:$replacing,context:$context){audience population sampledUsers exact changedConfigs
  changedSlots{slot users} sample(first:$first){id profile{revision} config(context:{place:"x"}){revision}}
  userErrors{code message path}}}"""
NOTHING = {"audience": 0, "changedConfigs": 0, "changedSlots": [], "sample": []}


async def preview(speaker: Speaker, content: dict[str, Any], **arguments: Any) -> dict[str, Any]:
    answer: dict[str, Any] = (await speaker.ask(PREVIEW, input=content, **{"first": 100, **arguments}))["previewRule"]
    return answer


async def crowd(api: Api, size: int, **interaction: Any) -> tuple[str, list[Speaker]]:
    """Active users and the trait that only they have."""
    name = unique("crowd")
    users = [api.as_user() for _ in range(size)]
    for user in users:
        await declare(user, traits={"crowd": name})
        await track(user, done(**interaction))
    for user in users:
        await profile_after(user, 1)
    return name, users


def for_crowd(name: str, **overrides: Any) -> dict[str, Any]:
    return rule_input(**{"condition": {"traits": {"crowd": name}}, "places": [unique("place")], **overrides})


async def test_a_preview_counts_who_would_get_the_rule_and_see_something_else(api: Api) -> None:
    name, users = await crowd(api, 4)
    content = for_crowd(name, adaptations=[DARK, COMPACT])
    found = await preview(api.as_analyst(), content)
    assert found["userErrors"] == []
    assert (found["audience"], found["changedConfigs"]) == (4, 4)
    assert found["changedSlots"] == [{"slot": "layout.density", "users": 4}, {"slot": "theme.mode", "users": 4}]
    assert {user["id"] for user in found["sample"]} == {user.user_id for user in users}
    assert found["population"] == found["sampledUsers"] >= 4
    assert found["exact"] is True
    few = await preview(api.as_admin(), content, first=2)
    assert few["sample"] == found["sample"][:2]


async def test_a_preview_stores_nothing(api: Api) -> None:
    name, (user,) = await crowd(api, 1)
    content = for_crowd(name)
    await preview(api.as_admin(), content)
    query = "query($key:String){rules(filter:{search:$key}){totalCount}}"
    assert await api.as_admin().ask(query, key=content["key"]) == {"rules": {"totalCount": 0}}
    assert deciders(await config_of(user, content["places"][0])) == {}


async def test_what_is_previewed_is_what_then_happens(api: Api) -> None:
    name, users = await crowd(api, 3)
    content = for_crowd(name, coverage=0.5)
    found = await preview(api.as_admin(), content)
    await active(api, **content)
    shown = [await config_of(user, content["places"][0]) for user in users]
    assert found["changedConfigs"] == sum(config["theme"]["mode"] == "DARK" for config in shown)


async def test_a_preview_of_a_change_compares_with_the_rule_as_it_is(api: Api) -> None:
    name, _ = await crowd(api, 2)
    content = for_crowd(name)
    rule = await active(api, **content)
    assert (await preview(api.as_admin(), content, replacing=rule["id"]))["changedConfigs"] == 0
    lighter = await preview(api.as_admin(), {**content, "adaptations": [LIGHT]}, replacing=rule["id"])
    assert (lighter["audience"], lighter["changedConfigs"]) == (2, 2)
    gone = await preview(api.as_admin(), {**content, "condition": {"always": False}}, replacing=rule["id"])
    assert (gone["audience"], gone["changedConfigs"]) == (0, 2)
    paused = await with_status(api, rule, "PAUSED")
    again = await preview(api.as_admin(), content, replacing=paused["id"])
    assert (again["audience"], again["changedConfigs"]) == (2, 2)


async def test_a_rule_that_loses_its_slots_changes_nothing_for_its_audience(api: Api) -> None:
    name, _ = await crowd(api, 2)
    content = for_crowd(name, priority=1)
    await active(api, **{**content, "key": unique("rule"), "priority": 2, "adaptations": [LIGHT]})
    found = await preview(api.as_admin(), content)
    assert (found["audience"], found["changedConfigs"], found["changedSlots"]) == (2, 0, [])


async def test_what_static_analysis_would_find_is_told_before_anything_is_saved(api: Api) -> None:
    place = unique("place")
    winner = await active(api, places=[place], priority=9, adaptations=[LIGHT])
    asked = """query($input:RuleInput!,$replacing:ID){previewRule(input:$input,replacing:$replacing){
      findings{kind text other{key}} userErrors{code}}}"""

    async def found(**arguments: Any) -> list[dict[str, Any]]:
        answer = await api.as_analyst().ask(asked, **arguments)
        return list(answer["previewRule"]["findings"])

    loser = rule_input(places=[place], adaptations=[DARK])
    (shadowed,) = await found(input=loser)
    assert (shadowed["kind"], shadowed["other"]) == ("SHADOWED", {"key": winner["key"]})
    assert await found(input={**loser, "priority": 10}) == []
    assert await found(input=rule_input(key=winner["key"], places=[place]), replacing=winner["id"]) == []
    assert await found(input={**loser, "coverage": 2.0}) == []


async def test_a_context_is_the_one_in_which_everybody_is_looked_at(api: Api) -> None:
    name, _ = await crowd(api, 2, device="MOBILE")
    condition = {"all": [{"traits": {"crowd": name}}, {"device": ["DESKTOP"]}]}
    content = for_crowd(name, condition=condition)
    place = content["places"][0]
    assert (await preview(api.as_admin(), content))["audience"] == 0
    on_desktop = {"place": place, "device": "DESKTOP"}
    assert (await preview(api.as_admin(), content, context=on_desktop))["audience"] == 2
    elsewhere = {"place": unique("place"), "device": "DESKTOP"}
    assert (await preview(api.as_admin(), content, context=elsewhere))["audience"] == 0


async def test_who_opted_out_is_not_counted(api: Api) -> None:
    name, (user, _) = await crowd(api, 2)
    await user.ask("mutation{setPersonalization(enabled:false){personalization{enabled}}}")
    assert (await preview(api.as_admin(), for_crowd(name)))["audience"] == 1


@pytest.mark.parametrize("replacing", ["nowhere", "", "\x00", "x" * 5_000])
async def test_a_rule_that_is_not_there_cannot_be_replaced(api: Api, replacing: str) -> None:
    found = await preview(api.as_admin(), rule_input(), replacing=replacing)
    error = only(found["userErrors"])
    assert (error["code"], error["path"]) == ("NOT_FOUND", ["replacing"])
    assert found.items() >= NOTHING.items()


async def test_neither_can_one_that_is_archived(api: Api) -> None:
    rule = await with_status(api, await draft(api, places=["p"]), "ARCHIVED")
    found = await preview(api.as_admin(), rule_input(), replacing=rule["id"])
    assert only(found["userErrors"])["code"] == "NOT_FOUND"


async def test_what_saving_would_be_refused_for_is_said(api: Api) -> None:
    rule = await draft(api, places=["p"])
    taken = await preview(api.as_admin(), rule_input(key=rule["key"]))
    error = only(taken["userErrors"])
    assert (error["code"], error["path"]) == ("RULE_KEY_TAKEN", ["input", "key"])
    assert (await preview(api.as_admin(), rule_input(key=rule["key"]), replacing=rule["id"]))["userErrors"] == []
    wrong = await preview(api.as_admin(), rule_input(key="", adaptations=[]))
    assert {tuple(error["path"]) for error in wrong["userErrors"]} == {("input", "key"), ("input", "adaptations")}
    assert wrong.items() >= NOTHING.items()


async def test_a_full_exclusion_group_is_refused_as_it_would_be(api: Api) -> None:
    group = unique("group")
    await active(api, places=["p"], exclusionGroup=group, coverage=0.8)
    found = await preview(api.as_admin(), rule_input(exclusionGroup=group, coverage=0.5))
    assert only(found["userErrors"])["code"] == "EXCLUSION_GROUP_FULL"
    assert (await preview(api.as_admin(), rule_input(exclusionGroup=group, coverage=0.2)))["userErrors"] == []


@pytest.mark.parametrize("first", [0, -1, 101])
async def test_a_sample_has_one_to_a_hundred_users(api: Api, first: int) -> None:
    with pytest.raises(Refusal, match="first") as refusal:
        await preview(api.as_admin(), rule_input(), first=first)
    assert refusal.value.code == "BAD_USER_INPUT"


async def test_the_sample_is_read_with_a_constant_number_of_statements(api: Api) -> None:
    name, _ = await crowd(api, 20)
    content = for_crowd(name)
    one, many = [await statements_of(api.as_admin(), PREVIEW, input=content, first=first) for first in (1, 20)]
    assert len(one) == len(many) <= 12, many
