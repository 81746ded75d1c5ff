"""Do users find which rules they really got, and does nobody else count?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.api.journeys import COMPACT, DARK, active, config_of, deciders, instant, now, only, updated
from tests.engines import Refusal, unique

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.engines import Api, Speaker

ASSIGNMENT = """run variation heldOut overridden firstExposedAt lastAppliedAt timesApplied convertedAt
  rule{id key name status}"""
MINE = f"{{viewer{{assignments{{{ASSIGNMENT}}}}}}}"
THEIRS = f"query($id:ID!){{user(id:$id){{assignments{{{ASSIGNMENT}}}}}}}"
CONFIG_OF = "query($id:ID!,$context:ContextInput!){user(id:$id){config(context:$context){revision}}}"
CONFIGS = """subscription($context:ContextInput!,$userId:ID,$known:String){
  configUpdated(context:$context,userId:$userId,knownRevision:$known){config{revision theme{mode}}}}"""
ERASE_ME = "mutation{eraseMyData{erased}}"
START = "mutation($id:ID!){startExperiment(ruleId:$id){userErrors{message}}}"
OVERRIDE = """mutation($rule:ID!,$user:ID!,$variation:String){
  overrideVariation(ruleId:$rule,userId:$user,variation:$variation){
    assignment{variation overridden} userErrors{code message path}}}"""
AUDITED = "query($rule:ID!){auditLog(filter:{ruleId:$rule}){edges{node{action userId subject before after}}}}"
OPT_OUT = "mutation{setPersonalization(enabled:false){personalization{enabled}}}"


async def assignments_of(user: Speaker) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await user.ask(MINE))["viewer"]["assignments"]
    return found


async def assigned(user: Speaker, rule: Mapping[str, Any]) -> dict[str, Any]:
    """What the user got of the rule, once it is written."""
    while True:
        for assignment in await assignments_of(user):
            if assignment["rule"]["id"] == rule["id"]:
                return assignment


async def test_a_rule_that_was_delivered_is_there_once_with_when_it_was(api: Api) -> None:
    user, place, began = api.as_user(), unique("place"), now()
    rule = await active(api, places=[place])
    assert await assignments_of(user) == []
    for _ in range(3):
        await config_of(user, place)

    found = await assigned(user, rule)

    assert found["rule"] == {"id": rule["id"], "key": rule["key"], "name": rule["name"], "status": "ACTIVE"}
    assert (found["run"], found["variation"], found["heldOut"], found["overridden"]) == (0, None, False, False)
    assert began <= instant(found["firstExposedAt"]) <= instant(found["lastAppliedAt"]) <= now()
    assert 1 <= found["timesApplied"] <= 3
    assert found["convertedAt"] is None
    assert [one for one in await assignments_of(user) if one["rule"]["id"] == rule["id"]] == [found]


async def test_what_is_pushed_is_delivered_too(api: Api) -> None:
    user, place = api.as_user(), unique("place")
    async with user.following(CONFIGS, context={"place": place}) as updates:
        await updates.next()
        rule = await active(api, places=[place])
        await updates.next()

        assert (await assigned(user, rule))["timesApplied"] == 1


async def test_a_config_that_the_client_shows_already_is_delivered_too(api: Api) -> None:
    user, place = api.as_user(), unique("place")
    rule = await active(api, places=[place])
    query = "query($context:ContextInput!,$id:ID!){user(id:$id){config(context:$context){revision}}}"
    known = await api.as_admin().ask(query, context={"place": place}, id=user.user_id)

    async with user.following(CONFIGS, context={"place": place}, known=known["user"]["config"]["revision"]) as updates:
        assert await updates.has_nothing_waiting()
        assert (await assigned(user, rule))["timesApplied"] == 1


async def test_a_rule_that_could_decide_nothing_did_not_apply(api: Api) -> None:
    user, place = api.as_user(), unique("place")
    loser = await active(api, places=[place], priority=1)
    winner = await active(api, places=[place], priority=2)
    both = await active(api, places=[place], adaptations=[COMPACT], priority=1)
    config = await config_of(user, place)
    assert deciders(config) == {"theme.mode": winner["key"], "layout.density": both["key"]}

    await assigned(user, winner)

    keys = {one["rule"]["key"] for one in await assignments_of(user)}
    assert loser["key"] not in keys
    assert both["key"] in keys


async def test_who_only_looks_on_delivers_nothing_and_a_host_application_does(api: Api) -> None:
    user, place = api.as_user(), unique("place")
    looked_at, delivered = await active(api, places=[place]), await active(api, places=[f"{place}-service"])
    await api.as_admin().ask(CONFIG_OF, id=user.user_id, context={"place": place})
    await api.as_analyst().ask(CONFIG_OF, id=user.user_id, context={"place": place})
    async with api.as_admin().following(CONFIGS, context={"place": place}, userId=user.user_id) as updates:
        await updates.next()
    await api.as_service().ask(CONFIG_OF, id=user.user_id, context={"place": f"{place}-service"})

    await assigned(user, delivered)

    assert looked_at["id"] not in {one["rule"]["id"] for one in await assignments_of(user)}


async def test_staff_read_them_of_others_and_users_only_their_own(api: Api) -> None:
    user, place = api.as_user(), unique("place")
    rule = await active(api, places=[place])
    await config_of(user, place)
    found = await assigned(user, rule)

    for staff in (api.as_admin(), api.as_analyst(), api.as_service()):
        assert found in (await staff.ask(THEIRS, id=user.user_id))["user"]["assignments"]
    with pytest.raises(Refusal) as refused:
        await api.as_user().ask(THEIRS, id=user.user_id)
    assert refused.value.code == "FORBIDDEN"


@pytest.mark.parametrize("field", ["description", "conditionText", "adaptations{__typename}", "updatedBy"])
async def test_users_learn_only_the_name_of_the_rule(api: Api, field: str) -> None:
    user, place = api.as_user(), unique("place")
    rule = await active(api, places=[place])
    await config_of(user, place)
    await assigned(user, rule)

    with pytest.raises(Refusal) as refused:
        await user.ask(f"{{viewer{{assignments{{rule{{{field}}}}}}}}}")
    assert refused.value.code == "FORBIDDEN"


async def test_a_rule_changed_since_is_named_as_it_is_now(api: Api) -> None:
    user, place = api.as_user(), unique("place")
    rule = await active(api, places=[place])
    await config_of(user, place)
    await assigned(user, rule)
    await updated(api, rule, name="Another name")

    assert (await assigned(user, rule))["rule"]["name"] == "Another name"


async def test_of_who_opted_out_nothing_more_is_recorded(api: Api) -> None:
    user, witness, place = api.as_user(), api.as_user(), unique("place")
    await user.ask(OPT_OUT)
    rule = await active(api, places=[place])
    await config_of(user, place)
    await config_of(witness, place)
    await assigned(witness, rule)

    assert await assignments_of(user) == []


async def test_of_who_is_erased_nothing_is_left(api: Api) -> None:
    user, witness, place = api.as_user(), api.as_user(), unique("place")
    rule = await active(api, places=[place])
    await config_of(user, place)
    await assigned(user, rule)
    await config_of(user, place)
    await user.ask(ERASE_ME)
    await config_of(witness, place)
    await assigned(witness, rule)

    assert await assignments_of(user) == []
    assert (await user.ask("{viewer{profile{revision}}}"))["viewer"]["profile"] is None


async def test_an_override_is_pushed_at_once_audited_and_taken_back(api: Api) -> None:
    user, place, admin = api.as_user(), unique("place"), api.as_admin()
    rule = await on_trial(api, place)
    async with user.following(CONFIGS, context={"place": place}) as updates:
        drawn = (await updates.next())["configUpdated"]["config"]["theme"]["mode"]
        found = await assigned(user, rule)
        assert (found["run"], found["variation"]) == (1, "dark" if drawn == "DARK" else "as-is")
        other, mode = ("as-is", "SYSTEM") if drawn == "DARK" else ("dark", "DARK")

        payload = (await admin.ask(OVERRIDE, rule=rule["id"], user=user.user_id, variation=other))["overrideVariation"]
        assert payload["userErrors"] == []
        assert (payload["assignment"]["variation"], payload["assignment"]["overridden"]) == (other, True)
        assert (await updates.next())["configUpdated"]["config"]["theme"]["mode"] == mode
        assert (await assigned(user, rule))["overridden"] is True

        payload = (await admin.ask(OVERRIDE, rule=rule["id"], user=user.user_id))["overrideVariation"]
        assert payload == {"assignment": None, "userErrors": []}
        assert (await updates.next())["configUpdated"]["config"]["theme"]["mode"] == drawn

    entries = (await api.as_analyst().ask(AUDITED, rule=rule["id"]))["auditLog"]["edges"]
    assert [(edge["node"]["action"], edge["node"]["userId"]) for edge in entries[:2]] == [
        ("OVERRIDE_REMOVED", user.user_id),
        ("VARIATION_OVERRIDDEN", user.user_id),
    ]


async def test_an_impossible_override_is_refused_with_where_and_why(api: Api) -> None:
    user, admin = api.as_user(), api.as_admin()
    rule, idle = await on_trial(api, unique("place")), await active(api, places=[unique("place")])

    async def refusal(rule_id: str, user_id: str, variation: str | None) -> tuple[str, list[str]]:
        given = await admin.ask(OVERRIDE, rule=rule_id, user=user_id, variation=variation)
        error = only(given["overrideVariation"]["userErrors"])
        return error["code"], error["path"]

    assert await refusal("none", user.user_id, "dark") == ("NOT_FOUND", ["ruleId"])
    assert await refusal(idle["id"], user.user_id, "dark") == ("NOT_RUNNING", ["ruleId"])
    assert await refusal(rule["id"], user.user_id, "crimson") == ("UNKNOWN_VARIATION", ["variation"])
    assert await refusal(rule["id"], user.user_id, None) == ("UNCHANGED", ["variation"])
    assert await refusal(rule["id"], " ", "dark") == ("INVALID_USER_ID", ["userId"])


async def on_trial(api: Api, place: str) -> dict[str, Any]:
    """An active rule that compares dark with nothing."""
    variations = [
        {"key": "as-is", "allocation": 0.5, "control": True, "adaptations": []},
        {"key": "dark", "allocation": 0.5, "adaptations": [DARK]},
    ]
    plan = {"variations": variations, "goal": {"kind": "CONVERSION", "windowDays": 7}}
    rule = await active(api, places=[place], adaptations=[], experiment=plan)
    payload = (await api.as_admin().ask(START, id=rule["id"]))["startExperiment"]
    assert payload["userErrors"] == []
    return rule
