"""Which rules does a file of GrowthBook's become, and what is said of the rest?"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from domain.errors import Refused
from domain.model.adaptations import SetParameter
from domain.model.catalogues import CatalogueParameter
from domain.model.conditions import Always, AttributesMatch, TraitsMatch
from domain.model.contexts import Context
from domain.model.imports import AttributeSource, GrowthBookOptions
from domain.model.rules import RuleStatus
from domain.rules.growthbook import Translation, translate
from domain.rules.rule_sets import compile_rule, rule_applies
from domain.rules.situations import Situation
from tests.builders.profiles import NOW, build_profile
from tests.builders.rules import build_rule
from tests.unit.rules.specifications import growthbook_cases

if TYPE_CHECKING:
    from domain.model.definitions import RuleDefinition

OPTIONS = GrowthBookOptions()


def of(*rules: dict[str, Any], default: object = False, **payload: Any) -> Translation:
    """The translation of one feature, `dark`."""
    return translate({"features": {"dark": {"defaultValue": default, "rules": [*rules]}}, **payload}, OPTIONS)


def rules_of(translation: Translation) -> tuple[RuleDefinition, ...]:
    assert translation.definitions.rules is not None
    return translation.definitions.rules


def test_a_feature_is_a_parameter_and_its_rules_decide_in_their_order() -> None:
    translation = of(
        {"id": "fr_1", "condition": {"country": {"$in": ["US", "CA"]}}, "force": True},
        {"id": "fr_2", "force": True, "coverage": 0.3, "hashVersion": 2, "seed": "a seed", "hashAttribute": "id"},
        {"force": False},
    )

    first, second, third = rules_of(translation)
    assert translation.definitions.catalogue is not None
    assert translation.definitions.catalogue.parameters == (CatalogueParameter("dark", "dark", default=False),)
    assert [rule.content.key for rule in (first, second, third)] == ["dark:fr_1", "dark:fr_2", "dark:3"]
    assert [rule.content.priority for rule in (first, second, third)] == [999, 998, 997]
    assert {rule.status for rule in (first, second, third)} == {RuleStatus.ACTIVE}
    assert first.content.condition == AttributesMatch({"country": {"$in": ["US", "CA"]}})
    assert first.content.adaptations == (SetParameter("dark", value=True),)
    assert (second.content.coverage, second.salt, second.content.condition) == (0.3, "a seed", Always())
    assert (third.salt, third.content.adaptations) == ("dark", (SetParameter("dark", value=False),))
    assert translation.notes == (
        "send with every config request, as attributes of its context: country",
        "users are drawn by their ids: they have to be what GrowthBook knows as “id”",
    )


def test_conditions_can_read_declared_traits_instead() -> None:
    rule: dict[str, Any] = {"force": 1, "condition": {"$or": [{"plan": "pro"}, {"$not": {"company.size": {"$lt": 5}}}]}}
    options = replace(OPTIONS, attributes_are=AttributeSource.TRAITS)
    translation = translate({"features": {"dark": {"defaultValue": 0, "rules": [rule]}}}, options)

    assert rules_of(translation)[0].content.condition == TraitsMatch(rule["condition"])
    assert translation.notes == ("declare as traits of every user (updateProfile): company, plan",)


def test_the_members_of_saved_groups_are_written_out() -> None:
    condition = {"id": {"$inGroup": "beta"}, "$not": {"company": {"$notInGroup": "partners"}}}
    translation = of({"force": 1, "condition": condition}, savedGroups={"beta": ["u1", "u2"], "partners": [7]})

    written: dict[str, Any] = {"id": {"$in": ["u1", "u2"]}, "$not": {"company": {"$nin": [7]}}}
    assert rules_of(translation)[0].content.condition == AttributesMatch(written)


@pytest.mark.parametrize(
    ("span", "coverage"),
    [([0, 0.5], 0.4999), ([0, 1], 1.0), ([-1, 2], 1.0), ([0, 0.0001], 0.00005), ([0, 0], 0.0), ([0, 0.12345], 0.1234)],
)
def test_a_range_from_the_beginning_is_the_coverage_of_its_last_bucket(span: list[float], coverage: float) -> None:
    translation = of({"force": 1, "range": span, "hashVersion": 2})

    assert rules_of(translation)[0].content.coverage == coverage
    assert rules_of(translation)[0].status is RuleStatus.ACTIVE


FORCE = {"id": "fr_x", "force": True}
LEFT_OUT: dict[str, tuple[dict[str, Any], str]] = {
    "an experiment": (
        {"id": "fr_x", "variations": ["a", "b"], "key": "exp", "weights": [0.5, 0.5]},
        "it is an experiment (2 variations), and rules here are none",
    ),
    "a bandit": (
        {"id": "fr_x", "contextualVariations": [1, 2, 3], "contextualBanditRef": "b"},
        "it is an experiment (3 variations), and rules here are none",
    ),
    "a prerequisite": (
        {**FORCE, "parentConditions": [{"id": "other", "condition": {"value": True}, "gate": True}]},
        "it depends on other features (“parentConditions”), and rules here do not",
    ),
    "a namespace": (
        {**FORCE, "filters": [{"seed": "ns", "ranges": [[0, 0.5]]}]},
        "only some users reach it (“filters”: a namespace or holdout)",
    ),
    "a range": (
        {**FORCE, "range": [0.2, 0.6], "hashVersion": 2},
        "it covers a range of users from 0.2 on, and here coverage begins at 0",
    ),
    "a range of something": ({**FORCE, "range": [0, "x"]}, "its range is not two numbers"),
    "a coverage of something": ({**FORCE, "coverage": "50%"}, "its coverage is no number"),
    "a field of the future": ({**FORCE, "url": "/x"}, "“url” is not understood"),
    "a value that is null": ({"id": "fr_x", "force": None}, "it sets null, and a parameter here is some value"),
    "a value that is too large": ({"id": "fr_x", "force": "x" * 20_000}, "its value is larger than 16 KiB"),
    "a seed that cannot be one": (
        {**FORCE, "coverage": 0.5, "hashVersion": 2, "seed": "a\nb"},
        "its seed is not 1 to 256 printable characters",
    ),
    "a condition that is none": ({**FORCE, "condition": ["x"]}, "its condition is no object"),
    "an unknown operator": (
        {**FORCE, "condition": {"plan": {"$regx": "x"}}},
        "its condition cannot be asked here: plan.$regx: “$regx” is not an operator; use",
    ),
    "a pattern that looks around": (
        {**FORCE, "condition": {"plan": {"$regex": "a(?=b)"}}},
        "its condition cannot be asked here: plan.$regex: the pattern",
    ),
    "a group that is too large": (
        {**FORCE, "condition": {"id": {"$inGroup": "many"}}},
        "its condition, with the members of saved groups, is larger than 16 KiB: use a trait of its users instead",
    ),
    "both operators": (
        {**FORCE, "condition": {"id": {"$inGroup": "few", "$in": ["a"]}}},
        "its condition asks for both $inGroup and $in of one attribute",
    ),
}


@pytest.mark.parametrize("name", LEFT_OUT)
def test_what_cannot_be_said_is_left_out_and_what_is_below_is_a_draft(name: str) -> None:
    rule, reason = LEFT_OUT[name]
    groups = {"few": ["a"], "many": [f"user-{n}" for n in range(5_000)]}
    translation = of({"force": 1}, rule, {"id": "fr_y", "force": 2}, savedGroups=groups)

    above, below = rules_of(translation)
    assert (above.content.key, above.status) == ("dark:1", RuleStatus.ACTIVE)
    assert (below.content.key, below.status) == ("dark:fr_y", RuleStatus.DRAFT)
    why = "A draft: rule 2, which comes first in GrowthBook, is not imported."
    assert below.content.description == f"Imported from GrowthBook: rule 3 of the feature dark. {why}"
    left_out, drafts = translation.notes[:2]
    assert left_out.startswith(f"feature dark: rule 2 (fr_x) is left out: {reason}")
    assert drafts == "feature dark: what is below rule 2 is imported as drafts: they would decide where that one does"


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ({"coverage": 0.5}, "GrowthBook draws its users by version 1 of the hash: as many others are covered"),
        (
            {"coverage": 0.5, "hashVersion": 2, "hashAttribute": "company"},
            "GrowthBook draws its users by “company”, Attune by the user's id: others are covered",
        ),
    ],
)
def test_what_would_cover_others_is_a_draft_with_all_below_it(rule: dict[str, Any], reason: str) -> None:
    translation = of({**FORCE, **rule}, {"force": 2})

    assert [(found.status, found.content.coverage) for found in rules_of(translation)] == [
        (RuleStatus.DRAFT, 0.5),
        (RuleStatus.DRAFT, 1.0),
    ]
    assert translation.notes[:2] == (
        f"feature dark: rule 1 (fr_x) is a draft: {reason}",
        "feature dark: what is below rule 1 is imported as drafts: they would decide where that one does",
    )
    assert rules_of(translation)[0].content.description.endswith(f"A draft: {reason}.")


def test_everybody_is_the_same_under_either_version_of_the_hash_and_nobody_under_an_unknown_one() -> None:
    translation = of(
        {"force": 1, "coverage": 1}, {"force": 2, "coverage": 0}, {"force": 3, "coverage": 1, "hashVersion": 9}
    )

    assert [(rule.content.coverage, rule.status) for rule in rules_of(translation)] == [
        (1.0, RuleStatus.ACTIVE),
        (0.0, RuleStatus.ACTIVE),
        (0.0, RuleStatus.ACTIVE),
    ]
    assert translation.notes == ()


def test_a_rule_that_does_nothing_is_left_out_without_consequence() -> None:
    translation = of({"id": "empty", "condition": {"a": 1}}, {"force": 1})

    assert [rule.status for rule in rules_of(translation)] == [RuleStatus.ACTIVE]
    assert translation.notes == ("feature dark: rule 1 (empty) is left out: it sets no value, in GrowthBook neither",)


def test_what_of_an_experiment_stands_beside_a_forced_value_has_no_meaning_there_either() -> None:
    translation = of({"force": 1, "namespace": ["n", 0, 0.1], "weights": [1], "tracks": [], "fallbackAttribute": "x"})

    assert [rule.status for rule in rules_of(translation)] == [RuleStatus.ACTIVE]
    assert translation.notes == ()


def test_features_without_a_default_or_a_possible_key_are_said() -> None:
    features = {
        "a|b": {"defaultValue": 1, "rules": [FORCE, FORCE]},
        "none": {"rules": [FORCE]},
        "large": {"defaultValue": "x" * 20_000},
    }
    translation = translate({"features": features}, OPTIONS)

    assert [rule.content.key for rule in rules_of(translation)] == ["none:fr_x"]
    assert translation.definitions.catalogue is not None
    assert translation.definitions.catalogue.parameters == ()
    consequence = "where no rule decides it, the config's parameters do not name it"
    assert translation.notes == (
        "feature a|b: cannot be a key here (letters, digits and _ . : -, 64 at most): left out with 2 rules",
        f"feature large: its default value is larger than 16 KiB: {consequence}",
        f"feature none: has no default value: {consequence}",
    )


def test_keys_that_are_too_long_or_given_twice_are_told_apart_and_stay_the_same() -> None:
    features = {
        "a": {
            "defaultValue": 1,
            "rules": [{"id": "b:c", "force": 1}, {"id": "twice", "force": 1}, {"id": "twice", "force": 2}],
        },
        "a:b": {"defaultValue": 1, "rules": [{"id": "c", "force": 1}]},
        "l" * 60: {"defaultValue": 1, "rules": [{"id": "fr_12345", "force": 1}]},
    }
    keys = [rule.content.key for rule in rules_of(translate({"features": features}, OPTIONS))]

    assert len(set(keys)) == 5
    assert all(len(key) <= 64 for key in keys)
    assert keys == [rule.content.key for rule in rules_of(translate({"features": features}, OPTIONS))]
    features["a"]["rules"].insert(0, {"id": "new", "force": 0})  # type: ignore[attr-defined]  # a list
    again = {rule.content.key for rule in rules_of(translate({"features": features}, OPTIONS))}
    assert keys[-1] in again


def test_a_group_that_is_unknown_is_empty_and_a_file_without_groups_says_nothing_of_them() -> None:
    rule = {"force": 1, "condition": {"id": {"$inGroup": "beta"}}}

    known = of(rule, savedGroups={})
    unknown = of(rule)

    assert rules_of(known)[0].content.condition == AttributesMatch({"id": {"$in": []}})
    assert (
        known.notes[0] == "feature dark: the saved group beta is unknown: it counts as empty, as it does in GrowthBook"
    )
    assert rules_of(unknown) == ()
    (note,) = unknown.notes
    assert note.endswith("the saved group beta is not in the file: import the payload of an SDK instead")


def listed(environments: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"id": "dark", "archived": False, "environments": environments, **fields}


def state(*rules: dict[str, Any], **fields: Any) -> dict[str, Any]:
    definition = json.dumps({"defaultValue": False, "rules": [*rules]})
    return {"enabled": True, "defaultValue": "false", "rules": [], "definition": definition, **fields}


def test_features_listed_by_the_rest_api_are_those_that_the_sdks_of_an_environment_are_sent() -> None:
    environments = {"production": state({"force": True}), "dev": state({"force": 1}, {"force": 2})}
    document = {"features": [listed(environments)], "limit": 10, "offset": 0, "count": 1, "total": 1, "hasMore": False}

    production = translate(document, GrowthBookOptions("production"))
    dev = translate(document, GrowthBookOptions("dev"))

    assert production == of({"force": True})
    assert dev == of({"force": 1}, {"force": 2})
    assert translate({"feature": listed({"dev": state({"force": 1})})}, OPTIONS) == of({"force": 1})
    with pytest.raises(Refused, match="of which environment: dev, production"):
        translate(document, OPTIONS)


def test_what_of_the_rest_api_does_not_reach_the_sdks_is_said() -> None:
    scheduled = state({"id": "fr_s", "force": 1}, rules=[{"id": "fr_s", "scheduleRules": [{"enabled": True}]}])
    document = {
        "features": [
            listed({"dev": scheduled}, id="a"),
            listed({"dev": state()}, id="b", archived=True),
            listed({"dev": state(enabled=False)}, id="c"),
            listed({"other": state()}, id="d"),
            listed({"dev": state(definition="{")}, id="e"),
            {"name": "no id"},
        ],
        "hasMore": True,
    }
    translation = translate(document, GrowthBookOptions("dev"))

    assert [rule.content.key for rule in rules_of(translation)] == ["a:fr_s"]
    assert translation.notes == (
        "this is a page of 6 features, and there are more: fetch the others, too",
        "items without an “id” are no features: 1",
        "feature a: rule fr_s is switched by a schedule, which is not imported: it is taken as it is now",
        "feature b: is archived, so it is left out",
        "feature c: is switched off in dev, so it is left out: SDKs are not told of it either",
        "feature d: is not in the environment dev, so it is left out",
        "feature e: has no readable “definition”, so it is left out: import the SDK's payload instead",
    )


@pytest.mark.parametrize("definition", ["[" * 100_000, '{"rules":' * 100_000, "1" * 10_000])
def test_a_definition_that_nobody_could_read_is_said_to_be_none(definition: str) -> None:
    translation = translate({"feature": listed({"dev": state(definition=definition)})}, OPTIONS)

    (note,) = translation.notes
    assert "no readable" in note


@pytest.mark.parametrize(("number", "coverage"), [(10**400, 1.0), (-(10**400), 0.0)], ids=["huge", "less than none"])
def test_a_share_may_be_any_number(number: int, coverage: float) -> None:
    translation = translate({"feature": listed({"dev": state({"force": 1, "coverage": number})})}, OPTIONS)

    assert rules_of(translation)[0].content.coverage == coverage


def test_a_range_may_begin_at_any_number() -> None:
    translation = translate({"feature": listed({"dev": state({"force": 1, "range": [10**400, 1]})})}, OPTIONS)

    assert rules_of(translation) == ()


def test_what_else_an_sdk_is_sent_is_said() -> None:
    translation = of(experiments=[{"key": "redirect"}], dateUpdated="x", status=200, holdouts={})

    assert translation.notes == (
        "“holdouts” is not read",
        "visual and redirect experiments (“experiments”) are not imported: they are no features",
    )


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ([], ("features",)),
        ({}, ("features",)),
        ({"format": "attune.rules"}, ("features",)),
        ({"features": "x"}, ("features",)),
        ({"encryptedFeatures": "x"}, ()),
        ({"features": {"a": 1}}, ("features", "a")),
        ({"features": {"a": {"rules": {}, "defaultValue": 1}}}, None),
        ({"features": {"a": {"rules": "x"}}}, ("features", "a", "rules")),
        ({"features": {"a": {"rules": [1]}}}, ("features", "a", "rules")),
        ({"features": {}, "savedGroups": {"g": 1}}, ("savedGroups",)),
        ({"features": {f"f{n}": {"defaultValue": 1} for n in range(1_001)}}, ("features",)),
    ],
)
def test_what_is_nothing_of_growthbook_s_is_refused(document: object, path: tuple[str, ...] | None) -> None:
    if path is None:  # an empty object is as empty as an empty list
        assert translate(document, OPTIONS).definitions.rules == ()
        return
    with pytest.raises(Refused) as refused:
        translate(document, OPTIONS)
    assert path in [problem.path for problem in refused.value.problems]


# Conditions that are refused when they are written, because they could never mean what they say.
REFUSED = {"$nin - not array", "$ini - not array", "$regex invalid - pass"}


def test_every_condition_of_growthbook_s_cases_applies_exactly_when_it_does_there() -> None:
    wrong: list[str] = []
    left_out: set[str] = set()
    for name, query, attributes, expected, *groups in growthbook_cases("evalCondition"):
        translation = of({"force": True, "condition": query}, savedGroups=groups[0] if groups else {})
        if not translation.definitions.rules:
            left_out.add(name)
            continue
        content = translation.definitions.rules[0].content
        situation = Situation(build_profile("u"), Context("x", attributes=attributes), NOW)
        rule = replace(build_rule(), content=content)
        if rule_applies(compile_rule(rule), situation) is not expected:
            wrong.append(name)

    assert wrong == []
    assert left_out <= REFUSED
