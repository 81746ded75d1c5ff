"""Does an experiment go as its author says, from the plan to the winner?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.api.journeys import (
    COMPACT,
    DARK,
    LIGHT,
    ROLL_BACK_RULE,
    UPDATE_RULE,
    config_of,
    declare,
    done,
    draft,
    only,
    profile_after,
    rule_input,
    track,
    with_status,
)
from tests.engines import unique

if TYPE_CHECKING:
    from tests.engines import Api

BUYING = {"kind": "CONVERSION", "windowDays": 7}
EXPERIMENT = """experiment{status run winner holdout mode startedAt concludedAt
  variations{key allocation control adaptations{__typename}}
  goal{kind target windowDays measure increase cap} guardrails{kind}}"""
ERRORS = "userErrors{code path message}"
START = f"mutation($id:ID!){{startExperiment(ruleId:$id){{rule{{id revision {EXPERIMENT}}} {ERRORS}}}}}"
CONCLUDE = (
    "mutation($id:ID!,$winner:String!){concludeExperiment(ruleId:$id,winner:$winner)"
    f"{{rule{{id revision {EXPERIMENT}}} {ERRORS}}}}}"
)
READ = f"query($id:ID!){{rule(id:$id){{{EXPERIMENT} history{{edges{{node{{kind changes rule}}}}}}}}}}"
PLACE = {"place": "dashboard"}


def plan(**parts: Any) -> dict[str, Any]:
    """Nothing against dark, half and half."""
    variations = [
        {"key": "as-is", "allocation": 0.5, "control": True, "adaptations": []},
        {"key": "dark", "allocation": 0.5, "adaptations": [DARK]},
    ]
    return {"variations": variations, "goal": BUYING, **parts}


async def planned(api: Api, **overrides: Any) -> dict[str, Any]:
    return await draft(api, **{"adaptations": [], "experiment": plan(), "places": [unique("place")], **overrides})


async def started(api: Api, rule: dict[str, Any]) -> dict[str, Any]:
    payload: dict[str, Any] = (await api.as_admin().ask(START, id=rule["id"]))["startExperiment"]
    assert payload["userErrors"] == []
    changed: dict[str, Any] = payload["rule"]
    return changed


async def concluding(api: Api, rule: dict[str, Any], winner: str) -> dict[str, Any]:
    payload: dict[str, Any] = (await api.as_admin().ask(CONCLUDE, id=rule["id"], winner=winner))["concludeExperiment"]
    return payload


async def read(api: Api, rule: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = (await api.as_analyst().ask(READ, id=rule["id"]))["rule"]
    return found


async def test_an_experiment_reads_back_as_it_was_written(api: Api) -> None:
    goal = {"kind": "CONVERSION", "target": "buy", "windowDays": 14, "measure": "VALUE_MEAN", "cap": 99.5}
    rule = await planned(api, experiment=plan(goal=goal, guardrails=[BUYING], holdout=0.1, mode="BANDIT"))

    assert (await read(api, rule))["experiment"] == {
        "status": "DRAFT",
        "run": 0,
        "winner": None,
        "holdout": 0.1,
        "mode": "BANDIT",
        "startedAt": None,
        "concludedAt": None,
        "variations": [
            {"key": "as-is", "allocation": 0.5, "control": True, "adaptations": []},
            {"key": "dark", "allocation": 0.5, "control": False, "adaptations": [{"__typename": "SetTheme"}]},
        ],
        "goal": {**goal, "increase": True},
        "guardrails": [{"kind": "CONVERSION"}],
    }


async def test_users_get_variations_from_the_start_and_the_winner_from_the_conclusion(api: Api) -> None:
    place = unique("place")
    rule = await planned(api, places=[place])
    await with_status(api, rule, "ACTIVE")
    user = api.as_user()
    before = await config_of(user, place)
    running = await started(api, rule)
    during = await config_of(user, place)
    payload = await concluding(api, rule, "dark")
    after = await config_of(user, place)

    assert before["decisions"] == []
    assert running["experiment"]["status"] == "RUNNING"
    assert during["revision"] != before["revision"]
    assert payload["userErrors"] == []
    assert (payload["rule"]["experiment"]["status"], payload["rule"]["experiment"]["winner"]) == ("CONCLUDED", "dark")
    assert after["theme"]["mode"] == "DARK"
    assert [decision["variation"] for decision in after["decisions"]] == ["dark"]


async def test_every_step_is_a_revision(api: Api) -> None:
    rule = await planned(api)
    await started(api, rule)
    await concluding(api, rule, "as-is")
    edges = (await read(api, rule))["history"]["edges"]

    assert [edge["node"]["kind"] for edge in edges] == ["UPDATED", "UPDATED", "CREATED"]
    assert [edge["node"]["changes"] for edge in edges[:2]] == [
        ["experiment: from run 1 with shares of 0.5, 0.5 to run 1 concluded for as-is"],
        ["experiment: from not started to run 1 with shares of 0.5, 0.5"],
    ]
    assert edges[0]["node"]["rule"]["run"]["winner"] == "as-is"


async def test_an_experiment_is_started_again_as_another_run(api: Api) -> None:
    rule = await planned(api)
    await started(api, rule)
    await concluding(api, rule, "as-is")

    assert (await started(api, rule))["experiment"]["run"] == 2


async def test_what_cannot_be_started_or_concluded_is_refused(api: Api) -> None:
    plain, tried = await draft(api), await planned(api)
    admin = api.as_admin()
    unplanned = (await admin.ask(START, id=plain["id"]))["startExperiment"]["userErrors"]
    too_early = (await concluding(api, tried, "dark"))["userErrors"]
    await started(api, tried)
    twice = (await admin.ask(START, id=tried["id"]))["startExperiment"]["userErrors"]
    unknown = (await concluding(api, tried, "bright"))["userErrors"]
    nowhere = (await admin.ask(START, id="nowhere"))["startExperiment"]["userErrors"]

    assert [
        (only(errors)["code"], only(errors)["path"]) for errors in (unplanned, too_early, twice, unknown, nowhere)
    ] == [
        ("NO_EXPERIMENT", ["ruleId"]),
        ("NOT_RUNNING", ["ruleId"]),
        ("ALREADY_RUNNING", ["ruleId"]),
        ("UNKNOWN_VALUE", ["winner"]),
        ("NOT_FOUND", ["ruleId"]),
    ]


async def test_while_it_runs_what_is_compared_may_not_change(api: Api) -> None:
    admin = api.as_admin()
    rule = await planned(api)
    running = await started(api, rule)
    content = rule_input(key=rule["key"], adaptations=[], experiment=plan(goal={**BUYING, "windowDays": 14}))
    answer = await admin.ask(UPDATE_RULE, id=rule["id"], revision=running["revision"], input=content)
    refused = only(answer["updateRule"]["userErrors"])

    assert (refused["code"], refused["path"]) == ("EXPERIMENT_RUNNING", ["input", "experiment", "goal"])
    assert "conclude the experiment first, or make a new rule" in refused["message"]


async def test_nobody_goes_back_to_before_a_running_experiment(api: Api) -> None:
    admin = api.as_admin()
    rule = await draft(api)
    content = rule_input(key=rule["key"], experiment=plan())
    await admin.ask(UPDATE_RULE, id=rule["id"], revision=1, input=content)
    running = await started(api, rule)
    answer = await admin.ask(ROLL_BACK_RULE, id=rule["id"], revision=running["revision"], to=1)

    assert only(answer["rollBackRule"]["userErrors"])["code"] == "EXPERIMENT_RUNNING"
    assert only(answer["rollBackRule"]["userErrors"])["path"] == ["toRevision"]


async def test_the_allocation_of_a_running_experiment_may_change(api: Api) -> None:
    rule = await planned(api)
    running = await started(api, rule)
    shares = plan()
    shares["variations"][0]["allocation"], shares["variations"][1]["allocation"] = 0.2, 0.8
    content = rule_input(key=rule["key"], adaptations=[], experiment=shares)
    answer = await api.as_admin().ask(UPDATE_RULE, id=rule["id"], revision=running["revision"], input=content)

    assert answer["updateRule"]["userErrors"] == []
    assert [variation["allocation"] for variation in (await read(api, rule))["experiment"]["variations"]] == [0.2, 0.8]


@pytest.mark.parametrize("status", ["DRAFT", "RUNNING", "CONCLUDED"])
async def test_rules_are_found_by_how_far_their_experiments_are(api: Api, status: str) -> None:
    name = unique("name")
    rules = {each: await planned(api, name=name) for each in ("DRAFT", "RUNNING", "CONCLUDED")}
    await draft(api, name=name)
    await started(api, rules["RUNNING"])
    await started(api, rules["CONCLUDED"])
    await concluding(api, rules["CONCLUDED"], "dark")
    query = "query($filter:RuleFilter){rules(filter:$filter){totalCount edges{node{id}}}}"
    found = (await api.as_analyst().ask(query, filter={"experiment": status, "search": name}))["rules"]

    assert [edge["node"]["id"] for edge in found["edges"]] == [rules[status]["id"]]
    assert found["totalCount"] == 1


async def test_rules_are_found_by_the_slots_of_their_variations(api: Api) -> None:
    name = unique("name")
    variations = plan()["variations"]
    variations[0]["adaptations"], variations[1]["adaptations"] = [LIGHT], [COMPACT]
    rule = await planned(api, name=name, experiment=plan(variations=variations))
    query = "query($filter:RuleFilter){rules(filter:$filter){edges{node{id}}}}"
    found = (await api.as_analyst().ask(query, filter={"slot": "layout.density", "search": name}))["rules"]

    assert [edge["node"]["id"] for edge in found["edges"]] == [rule["id"]]


async def test_a_preview_gives_every_user_their_own_variation(api: Api) -> None:
    name, users = unique("crowd"), [api.as_user() for _ in range(8)]
    for user in users:
        await declare(user, traits={"crowd": name})
        await track(user, done())
    for user in users:
        await profile_after(user, 1)
    place = unique("place")
    content = rule_input(adaptations=[], experiment=plan(), places=[place], condition={"traits": {"crowd": name}})
    query = "query($input:RuleInput!){previewRule(input:$input){audience changedConfigs changedSlots{slot users}}}"
    found = (await api.as_analyst().ask(query, input=content))["previewRule"]
    rule = await draft(api, **content)
    await with_status(api, rule, "ACTIVE")
    await started(api, rule)
    dark = [(await config_of(user, place))["theme"]["mode"] for user in users].count("DARK")

    assert (found["audience"], found["changedConfigs"]) == (8, dark)
    assert found["changedSlots"] == ([{"slot": "theme.mode", "users": dark}] if dark else [])


async def test_a_preview_refuses_what_saving_would_be_refused_for(api: Api) -> None:
    rule = await planned(api)
    await started(api, rule)
    content = rule_input(key=rule["key"], adaptations=[], experiment=plan(holdout=0.2))
    query = f"query($input:RuleInput!,$id:ID){{previewRule(input:$input,replacing:$id){{{ERRORS}}}}}"
    found = (await api.as_analyst().ask(query, input=content, id=rule["id"]))["previewRule"]

    assert [(error["code"], error["path"]) for error in found["userErrors"]] == [
        ("EXPERIMENT_RUNNING", ["input", "experiment", "holdout"])
    ]
