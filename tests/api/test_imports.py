"""Can everything that is defined be taken out as one document, and put in again, and is it said what that changes?"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.api.journeys import ALWAYS, COMPACT, DARK, ERRORS, LIGHT, active, config_of, draft, only, rule_input, updated
from tests.engines import Refusal, unique

if TYPE_CHECKING:
    from tests.engines import Api, Speaker

EXPORT = "{exportRules}"
IMPORT = f"""mutation($input:ImportInput!){{importRules(input:$input){{
  revision applied unchanged notes changes{{kind subject details}}
  created:count(kind:CREATED) changed:count(kind:CHANGED) archived:count(kind:ARCHIVED) deleted:count(kind:DELETED)
  {ERRORS}}}}}"""
CONFIGS = """subscription($context:ContextInput!){configUpdated(context:$context){
  cause changedSlots config{theme{mode} layout{density}}}}"""
RULE = """query($key:String!){rules(filter:{search:$key status:[DRAFT ACTIVE PAUSED ARCHIVED]}){edges{node{
  key status revision updatedBy updatedAt history{edges{node{kind by changes}}}}}}}"""


def document(*rules: dict[str, Any], **parts: Any) -> dict[str, Any]:
    return {"format": "attune.rules", "version": 1, "rules": list(rules), **parts}


async def imported(speaker: Speaker, document: object, **how: Any) -> dict[str, Any]:
    """The payload."""
    answer = await speaker.ask(IMPORT, input={"document": document, **how})
    payload: dict[str, Any] = answer["importRules"]
    return payload


async def exported(api: Api) -> dict[str, Any]:
    whole: dict[str, Any] = (await api.as_analyst().ask(EXPORT))["exportRules"]
    return whole


async def rule_named(api: Api, key: str) -> dict[str, Any] | None:
    edges = (await api.as_admin().ask(RULE, key=key))["rules"]["edges"]
    return edges[0]["node"] if edges else None


async def test_what_is_exported_holds_every_living_rule_by_key_and_changes_nothing_when_imported(api: Api) -> None:
    active_, draft_ = await active(api, places=["here"], coverage=0.25), await draft(api)
    gone = await active(api, places=["here"])
    await api.as_admin().ask("mutation($id:ID!){deleteRule(id:$id,expectedRevision:2){deleted}}", id=gone["id"])

    whole = await exported(api)

    keys = [rule["key"] for rule in whole["rules"]]
    assert keys == sorted(keys)
    assert gone["key"] not in keys
    by_key = {rule["key"]: rule for rule in whole["rules"]}
    assert by_key[draft_["key"]]["status"] == "DRAFT"
    assert by_key[active_["key"]] == {
        "key": active_["key"],
        "status": "ACTIVE",
        "salt": active_["key"],
        "createdAt": active_["createdAt"],
        "name": "A rule",
        "description": "",
        "priority": 0,
        "places": ["here"],
        "condition": ALWAYS,
        "adaptations": [DARK],
        "coverage": 0.25,
    }
    for prune in (False, True):
        payload = await imported(api.as_admin(), whole, apply=True, prune=prune)
        assert (payload["changes"], payload["userErrors"], payload["applied"]) == ([], [], True)
        assert payload["unchanged"] == len(keys) + len(whole["segments"]) + 1
    assert json.dumps(await exported(api)) == json.dumps(whole)


async def test_what_an_import_would_change_is_said_and_nothing_is_done(api: Api) -> None:
    rule = await active(api, places=["here"])
    changed = rule_input(key=rule["key"], places=["here"], adaptations=[LIGHT], coverage=0.5)
    new = rule_input(key=f"{rule['key']}-new")
    before = await exported(api)

    payload = await imported(api.as_admin(), document(changed, new))

    assert payload["changes"] == [
        {
            "kind": "CHANGED",
            "subject": f"rule {rule['key']}",
            "details": [
                "coverage: from 1 to 0.5",
                "adaptations: removed setTheme (mode DARK)",
                "adaptations: added setTheme (mode LIGHT)",
            ],
        },
        {"kind": "CREATED", "subject": f"rule {new['key']}", "details": ["status: draft"]},
    ]
    assert (payload["applied"], payload["created"], payload["changed"], payload["unchanged"]) == (False, 1, 1, 0)
    assert await exported(api) == before
    assert (await rule_named(api, rule["key"]) or {})["revision"] == 2


async def test_an_import_is_reached_by_open_pages_and_told_with_author_and_time(api: Api) -> None:
    place, user = unique("place"), api.as_user()
    kept = await active(api, places=[place], adaptations=[COMPACT])
    new = {**rule_input(places=[place]), "status": "ACTIVE", "salt": "another"}
    changed = {**rule_input(key=kept["key"], places=[place], adaptations=[LIGHT], priority=9)}
    async with user.following(CONFIGS, context={"place": place}) as page:
        first = (await page.next())["configUpdated"]
        assert first["config"] == {"theme": {"mode": "SYSTEM"}, "layout": {"density": "COMPACT"}}

        payload = await imported(api.as_admin(), document(new, changed), apply=True)

        update = (await page.next())["configUpdated"]
    assert (payload["applied"], payload["created"], payload["changed"], payload["userErrors"]) == (True, 1, 1, [])
    assert update["cause"] == "RULE_CHANGED"
    assert update["config"] == {"theme": {"mode": "LIGHT"}, "layout": {"density": "COMFORTABLE"}}
    assert (await config_of(user, place))["theme"]["mode"] == "LIGHT"
    found = await rule_named(api, kept["key"])
    assert found is not None
    assert (found["status"], found["revision"], found["updatedBy"]) == ("ACTIVE", 3, "test-admin")
    latest = found["history"]["edges"][0]["node"]
    assert (latest["kind"], latest["by"]) == ("UPDATED", "test-admin")
    assert "priority: from 0 to 9" in latest["changes"]
    made = await rule_named(api, new["key"])
    assert made is not None
    assert [edge["node"]["kind"] for edge in made["history"]["edges"]] == ["CREATED"]
    again = await imported(api.as_admin(), document(new, changed), apply=True)
    assert (again["changes"], again["unchanged"], again["revision"]) == ([], 2, payload["revision"])


async def test_who_planned_on_another_revision_is_refused(api: Api) -> None:
    rule = await active(api, places=["here"])
    wanted = document(rule_input(key=rule["key"], places=["here"], name="Renamed"))
    planned = await imported(api.as_admin(), wanted)
    await updated(api, rule, description="meanwhile")

    refused = await imported(api.as_admin(), wanted, apply=True, expectedRevision=planned["revision"])

    error = only(refused["userErrors"])
    assert (error["code"], error["path"]) == ("STALE_REVISION", ["input", "expectedRevision"])
    assert (refused["applied"], refused["revision"], refused["changes"]) == (False, None, [])
    planned = await imported(api.as_admin(), wanted)
    done = await imported(api.as_admin(), wanted, apply=True, expectedRevision=planned["revision"])
    assert (done["applied"], done["userErrors"]) == (True, [])


async def test_pruning_archives_the_rules_that_are_not_named_and_keeps_their_history(api: Api) -> None:
    gone = await active(api, places=["here"])
    whole = await exported(api)
    whole["rules"] = [rule for rule in whole["rules"] if rule["key"] != gone["key"]]

    kept = await imported(api.as_admin(), whole, apply=True)
    assert kept["changes"] == []
    pruned = await imported(api.as_admin(), whole, apply=True, prune=True)

    assert pruned["changes"] == [
        {"kind": "ARCHIVED", "subject": f"rule {gone['key']}", "details": ["status: from active to archived"]}
    ]
    found = await rule_named(api, gone["key"])
    assert found is not None
    assert (found["status"], found["revision"]) == ("ARCHIVED", 3)
    assert [edge["node"]["kind"] for edge in found["history"]["edges"]] == ["DELETED", "STATUS_CHANGED", "CREATED"]


async def test_items_of_the_catalogue_and_segments_are_joined_to_those_that_are_there(api: Api) -> None:
    feature, segment = unique("feature"), unique("segment")
    parts = {
        "catalogue": {"features": [{"key": feature, "name": "New"}]},
        "segments": [{"key": segment, "name": "Busy", "condition": {"lastSeenDays": {"lte": 3}}}],
    }
    before = await exported(api)

    payload = await imported(api.as_admin(), document(**parts), apply=True)

    assert payload["changes"] == [
        {"kind": "CHANGED", "subject": "catalogue", "details": [f"features: added {feature}"]},
        {"kind": "CREATED", "subject": f"segment {segment}", "details": []},
    ]
    after = await exported(api)
    keys = [item["key"] for item in after["catalogue"]["features"]]
    assert keys == [*(item["key"] for item in before["catalogue"]["features"]), feature]
    assert {s["key"] for s in after["segments"]} == {segment, *(s["key"] for s in before["segments"])}
    gone = await imported(api.as_admin(), before, apply=True, prune=True)
    assert [change["kind"] for change in gone["changes"]] == ["CHANGED", "DELETED"]
    assert await exported(api) == before


CONTENT = {"name": "A rule", "condition": ALWAYS, "adaptations": [DARK]}
RULES = ["input", "document", "rules"]
MALFORMED: dict[str, tuple[object, list[tuple[str, list[str]]]]] = {
    "no object": ("rules", [("UNKNOWN_VALUE", ["input", "document", "format"])]),
    "another format": ({"features": {}}, [("UNKNOWN_VALUE", ["input", "document", "format"])]),
    "a later version": (document(version=2), [("UNKNOWN_VALUE", ["input", "document", "version"])]),
    "true for a version": (document(version=True), [("UNKNOWN_VALUE", ["input", "document", "version"])]),
    "an unknown part": (document(rule=[]), [("UNKNOWN_FIELD", ["input", "document", "rule"])]),
    "rules that are no list": ({**document(), "rules": {}}, [("WRONG_TYPE", RULES)]),
    "a rule that is none": ({**document(), "rules": ["x"]}, [("WRONG_TYPE", [*RULES, "0"])]),
    "several problems in several rules": (
        document(
            {"key": "a", **CONTENT, "salt": "", "coverage": 2},
            {"key": "b", **CONTENT, "status": "ON", "createdAt": "yesterday"},
            {"key": "c", **CONTENT, "condition": {"traits": {"plan": {"$regx": "x"}}}},
        ),
        [
            ("OUT_OF_RANGE", [*RULES, "0", "coverage"]),
            ("REQUIRED", [*RULES, "0", "salt"]),
            ("UNKNOWN_VALUE", [*RULES, "1", "status"]),
            ("INVALID_TIME", [*RULES, "1", "createdAt"]),
            ("UNKNOWN_OPERATOR", [*RULES, "2", "condition", "traits", "plan", "$regx"]),
        ],
    ),
    "an archived rule": (
        document({"key": "a", **CONTENT, "status": "ARCHIVED"}),
        [("UNKNOWN_VALUE", [*RULES, "0", "status"])],
    ),
    "a key twice": (
        document({"key": "a", **CONTENT}, {"key": "b", **CONTENT}, {"key": "a", **CONTENT}),
        [("DUPLICATE", [*RULES, "2", "key"])],
    ),
    "a built-in segment": (
        document(segments=[{"key": "power_user", "name": "Power", "condition": ALWAYS}]),
        [("BUILT_IN", ["input", "document", "segments", "0", "key"])],
    ),
    "a segment of a request": (
        document(segments=[{"key": "phones", "name": "Phones", "condition": {"device": ["MOBILE"]}}]),
        [("NOT_OF_THE_PROFILE", ["input", "document", "segments", "0", "condition"])],
    ),
    "defaults of an unknown place": (
        document(catalogue={"defaults": [{"place": "moon"}]}),
        [("UNKNOWN_VALUE", ["input", "document", "catalogue", "defaults", "0", "place"])],
    ),
}


@pytest.mark.parametrize("name", MALFORMED)
async def test_a_malformed_document_is_refused_with_every_place_and_changes_nothing(api: Api, name: str) -> None:
    malformed, expected = MALFORMED[name]
    before = await exported(api)

    payload = await imported(api.as_admin(), malformed, apply=True)

    assert [(error["code"], error["path"]) for error in payload["userErrors"]] == expected
    assert all(error["message"] for error in payload["userErrors"])
    assert payload["applied"] is False
    assert await exported(api) == before


async def test_of_many_problems_the_first_hundred_are_told_and_the_others_counted(api: Api) -> None:
    payload = await imported(
        api.as_admin(), document(*({"key": f"r{n}", **CONTENT, "coverage": 2} for n in range(150)))
    )

    assert len(payload["userErrors"]) == 101
    assert payload["userErrors"][-1]["message"] == "and 50 more problems: mend these first"


async def test_more_rules_than_an_engine_may_have_are_refused(api: Api) -> None:
    many = [{"key": f"r{n}", **CONTENT} for n in range(20_001)]
    error = only((await imported(api.as_admin(), document(*many)))["userErrors"])
    assert (error["code"], error["path"]) == ("TOO_MANY_ITEMS", RULES)
    await active(api, places=["here"])
    error = only((await imported(api.as_admin(), document(*many[:-1])))["userErrors"])
    assert (error["code"], error["path"]) == ("TOO_MANY", RULES)


async def test_an_admin_may_send_more_than_others(api: Api) -> None:
    """8 MiB and some of rules, as an engine of 20,000 exports them."""
    padded = [{"key": f"r{n}", **CONTENT, "description": "d" * 2_000} for n in range(5_000)]
    payload = await imported(api.as_admin(), document(*padded))
    assert (payload["created"], len(payload["changes"])) == (5_000, 1_000)
    with pytest.raises(Refusal, match="at most 8388608 bytes"):
        await imported(api.as_service(), document(*padded))


async def test_only_so_many_changes_are_shown_at_once(api: Api) -> None:
    query = "mutation($input:ImportInput!,$first:Int!){importRules(input:$input){changes(first:$first){subject}}}"
    wanted = {"document": document(rule_input(), rule_input())}
    shown = await api.as_admin().ask(query, input=wanted, first=1)
    assert len(shown["importRules"]["changes"]) == 1
    with pytest.raises(Refusal, match="0 to 1,000"):
        await api.as_admin().ask(query, input=wanted, first=1_001)


async def test_who_may_not_import_changes_nothing(api: Api) -> None:
    before = await exported(api)
    for speaker in (api.as_user(), api.as_analyst(), api.as_service(), api.as_nobody()):
        with pytest.raises(Refusal) as refusal:
            await imported(speaker, document(rule_input()), apply=True)
        assert refusal.value.code in {"FORBIDDEN", "UNAUTHENTICATED"}
    assert await exported(api) == before


GROWTHBOOK: dict[str, Any] = {
    "features": {
        "checkout-layout": {
            "defaultValue": "old",
            "rules": [
                {"id": "fr_1", "condition": {"country": {"$inGroup": "pilot"}}, "force": "new"},
                {"id": "fr_2", "variations": ["old", "new"], "key": "exp"},
                {"id": "fr_3", "force": "new"},
            ],
        }
    },
    "savedGroups": {"pilot": ["AT", "CH"]},
}


async def test_features_of_growthbook_become_rules_on_a_parameter_with_what_cannot_be_translated_said(api: Api) -> None:
    feature = unique("feature")
    features = {
        "features": {feature: GROWTHBOOK["features"]["checkout-layout"]},
        "savedGroups": GROWTHBOOK["savedGroups"],
    }

    payload = await imported(api.as_admin(), features, **{"from": "GROWTHBOOK", "apply": True})

    assert payload["userErrors"] == []
    assert [(change["kind"], change["subject"], change["details"]) for change in payload["changes"]] == [
        ("CHANGED", "catalogue", [f"parameters: added {feature}"]),
        ("CREATED", f"rule {feature}:fr_1", ["status: active"]),
        ("CREATED", f"rule {feature}:fr_3", ["status: draft"]),
    ]
    assert payload["notes"] == [
        f"feature {feature}: rule 2 (fr_2) is left out: it is an experiment (2 variations), and rules here are none",
        f"feature {feature}: what is below rule 2 is imported as drafts: they would decide where that one does",
        "send with every config request, as attributes of its context: country",
    ]
    user = api.as_user()
    for country, value in (("AT", "new"), ("DE", "old")):
        config = await config_of(user, "anywhere", attributes={"country": country})
        assert config["parameters"][feature] == value


async def test_how_growthbook_is_understood_can_be_said(api: Api) -> None:
    feature = unique("feature")
    definition = {"defaultValue": 1, "rules": [{"force": 2, "coverage": 0.5, "hashVersion": 2, "hashAttribute": "uid"}]}
    environments = {name: {"enabled": True, "definition": json.dumps(definition)} for name in ("dev", "production")}
    listed = {"features": [{"id": feature, "environments": environments}]}

    refused = await imported(api.as_admin(), listed, **{"from": "GROWTHBOOK"})
    how = {"environment": "dev", "userAttribute": "uid", "attributesAre": "TRAITS"}
    payload = await imported(api.as_admin(), listed, **{"from": "GROWTHBOOK", "growthbook": how})

    error = only(refused["userErrors"])
    assert (error["code"], error["path"]) == ("REQUIRED", ["input", "document", "environments"])
    assert [change["details"] for change in payload["changes"]][1:] == [["status: active"]]


async def test_growthbook_s_features_do_not_prune_other_rules(api: Api) -> None:
    payload = await imported(api.as_admin(), GROWTHBOOK, **{"from": "GROWTHBOOK", "prune": True, "apply": True})
    error = only(payload["userErrors"])
    assert (error["code"], error["path"]) == ("CONTRADICTION", ["input", "prune"])
