"""Is an author told what is wrong with a rule when writing it, and whoever reads it later?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.api.journeys import (
    COMPACT,
    ERRORS,
    LIGHT,
    ROLL_BACK_RULE,
    active,
    draft,
    items,
    rule_input,
    save_catalogue,
    save_segment,
    with_status,
)
from tests.engines import Refusal, unique

if TYPE_CHECKING:
    from tests.engines import Api

FINDINGS = "findings{kind text slot other{key}}"
CREATE = f"mutation($input:RuleInput!){{createRule(input:$input){{rule{{id}} {FINDINGS} {ERRORS}}}}}"
UPDATE = f"""mutation($id:ID!,$revision:Int!,$input:RuleInput!){{
  updateRule(id:$id,expectedRevision:$revision,input:$input){{{FINDINGS} {ERRORS}}}}}"""
SET_STATUS = f"""mutation($id:ID!,$revision:Int!,$status:RuleStatus!){{
  setRuleStatus(id:$id,expectedRevision:$revision,status:$status){{{FINDINGS} {ERRORS}}}}}"""
READ = f"query($id:ID!){{rule(id:$id){{{FINDINGS}}}}}"
LIST = f"query($search:String){{rules(filter:{{search:$search}}){{edges{{node{{key {FINDINGS}}}}}}}}}"
MOBILE = {"device": ["MOBILE"]}
IMPOSSIBLE = {"all": [MOBILE, {"device": ["DESKTOP"]}]}


async def found_creating(api: Api, **content: Any) -> list[dict[str, Any]]:
    payload = (await api.as_admin().ask(CREATE, input=rule_input(**content)))["createRule"]
    assert payload["userErrors"] == []
    found: list[dict[str, Any]] = payload["findings"]
    return found


async def found_reading(api: Api, rule_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await api.as_analyst().ask(READ, id=rule_id))["rule"]["findings"]
    return found


def kinds(found: list[dict[str, Any]]) -> list[str]:
    return [finding["kind"] for finding in found]


async def test_a_condition_that_is_never_true_is_told_when_it_is_written(api: Api) -> None:
    (finding,) = await found_creating(api, places=[unique("place")], condition=IMPOSSIBLE)

    assert finding == {
        "kind": "NEVER_TRUE",
        "text": "“on mobile” and “on desktop” are never true together, so the rule never applies: change or remove one "
        "of them.",
        "slot": None,
        "other": None,
    }


async def test_a_shadowed_rule_is_told_what_comes_first(api: Api) -> None:
    place = unique("place")
    first = await active(api, places=[place], priority=5, name="First")

    (finding,) = await found_creating(api, places=[place], condition=MOBILE, adaptations=[LIGHT])

    assert (finding["kind"], finding["slot"], finding["other"]) == ("SHADOWED", "theme.mode", {"key": first["key"]})
    assert "“First” applies, too, and comes first because it has the higher priority (5 over 0)" in finding["text"]


async def test_a_conflict_of_equal_priorities_comes_with_an_example(api: Api) -> None:
    place = unique("place")
    other = await active(api, places=[place], condition=MOBILE)
    sessions = {"activity": {"measure": "SESSIONS_7D", "range": {"gte": 3}}}

    (finding,) = await found_creating(api, places=[place], condition=sessions, adaptations=[LIGHT, COMPACT])

    assert (finding["kind"], finding["slot"]) == ("SAME_PRIORITY_CONFLICT", "theme.mode")
    assert finding["other"] == {"key": other["key"]}
    assert f"for example for a user at {place}, on mobile, with 3 sessions in the last 7 days" in finding["text"]


async def test_experiments_that_overlap_are_told_unless_they_are_in_one_exclusion_group(api: Api) -> None:
    place, group = unique("place"), unique("group")
    other = await active(api, places=[place], coverage=0.5, exclusionGroup=group, priority=3)

    (finding,) = await found_creating(api, places=[place], coverage=0.5)
    assert (finding["kind"], finding["other"]["key"]) == ("OVERLAPPING_EXPERIMENTS", other["key"])
    assert await found_creating(api, places=[place], coverage=0.5, exclusionGroup=group) == []


async def test_a_target_that_nobody_knows_is_told_with_the_nearest_one(api: Api) -> None:
    await save_catalogue(api, features=items("export", "search"))
    segment = await save_segment(api, {"traits": {"plan": "pro"}})
    place, key = unique("place"), segment["key"]
    hidden = [{"setFeature": {"feature": "exprot", "visible": False}}]

    (finding,) = await found_creating(api, places=[place], adaptations=hidden, condition={"segment": {"in": [key]}})

    assert (finding["kind"], finding["slot"]) == ("UNKNOWN_TARGET", "feature:exprot")
    assert finding["text"] == "The catalogue has no feature “exprot”: did you mean “export”?"
    wrong = await found_creating(api, places=[place], condition={"segment": {"in": [f"{key}x"]}})
    assert [one["text"] for one in wrong] == [f"There is no segment “{key}x”: did you mean “{key}”?"]
    await save_catalogue(api)


async def test_findings_follow_every_change_of_the_rule_and_of_others(api: Api) -> None:
    place, admin = unique("place"), api.as_admin()
    first = await active(api, places=[place], priority=5)
    rule = await draft(api, places=[place], condition=MOBILE)
    assert kinds(await found_reading(api, rule["id"])) == ["SHADOWED"]
    await with_status(api, first, "PAUSED")
    assert await found_reading(api, rule["id"]) == []

    content = rule_input(key=rule["key"], places=[place], condition=IMPOSSIBLE)
    updated = (await admin.ask(UPDATE, id=rule["id"], revision=1, input=content))["updateRule"]
    assert (kinds(updated["findings"]), updated["userErrors"]) == (["NEVER_TRUE"], [])
    activated = (await admin.ask(SET_STATUS, id=rule["id"], revision=2, status="ACTIVE"))["setRuleStatus"]
    assert kinds(activated["findings"]) == ["NEVER_TRUE"]
    back = ROLL_BACK_RULE.replace("userErrors", f"{FINDINGS} userErrors", 1)
    rolled_back = (await admin.ask(back, id=rule["id"], revision=3, to=1))["rollBackRule"]
    assert (rolled_back["findings"], rolled_back["userErrors"]) == ([], [])


async def test_a_refused_change_finds_nothing(api: Api) -> None:
    payload = (await api.as_admin().ask(CREATE, input=rule_input(key="")))["createRule"]

    assert (payload["rule"], payload["findings"]) == (None, [])
    assert payload["userErrors"] != []


async def test_a_list_of_rules_tells_the_findings_of_each(api: Api) -> None:
    place, name = unique("place"), unique("listed")
    await active(api, places=[place], name=f"{name} first", priority=9)
    second = await draft(api, places=[place], name=f"{name} second")

    edges = (await api.as_analyst().ask(LIST, search=name))["rules"]["edges"]

    found = {edge["node"]["key"]: kinds(edge["node"]["findings"]) for edge in edges}
    assert (found.pop(second["key"]), list(found.values())) == (["SHADOWED"], [[]])


async def test_users_who_may_know_a_rule_may_not_know_its_findings(api: Api) -> None:
    place, user = unique("place"), api.as_user()
    await active(api, places=[place])
    query = f'{{viewer{{config(context:{{place:"{place}"}}){{decisions{{rule{{key {FINDINGS}}}}}}}}}}}'

    with pytest.raises(Refusal) as refused:
        await user.ask(query)

    assert refused.value.code == "FORBIDDEN"
