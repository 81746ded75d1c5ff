"""What is said of an import before it is done?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from domain.errors import Problem, Refused
from domain.model.adaptations import SetParameter
from domain.model.catalogues import Catalogue, CatalogueItem, CatalogueParameter
from domain.model.conditions import TraitsMatch
from domain.model.definitions import Definitions, RuleDefinition, StoredDefinitions
from domain.model.imports import ImportChange, ImportChangeKind
from domain.model.rules import BucketSpan, Rule, RuleChangeKind, RuleStatus
from domain.model.segments import MAX_CONDITION_SEGMENTS
from domain.model.users import UserId
from domain.rules.documents.catalogues import MAX_CATALOGUE_ITEMS
from domain.rules.documents.rule_sets import parse_rule_set, rule_set_document
from domain.rules.imported_rules import Authorship
from domain.rules.imports import ImportPlan, definitions_of, plan_import
from domain.rules.sentences import condition_text
from tests.builders.experiments import BUYING, build_experiment, build_run, build_trial
from tests.builders.profiles import NOW
from tests.builders.rules import LIGHT, build_rule
from tests.builders.segments import build_segment

CREATED, CHANGED = ImportChangeKind.CREATED, ImportChangeKind.CHANGED
ARCHIVED, DELETED = ImportChangeKind.ARCHIVED, ImportChangeKind.DELETED


def stored(*rules: Rule, **parts: Any) -> StoredDefinitions:
    return StoredDefinitions(**{"revision": 7, "rules": rules, "segments": (), "catalogue": Catalogue(), **parts})


def planned(
    wanted: Definitions, there: StoredDefinitions, *, prune: bool = False, retention: timedelta | None = None
) -> ImportPlan:
    numbers = count()
    by = Authorship(UserId("grace"), NOW, lambda: f"new-{next(numbers)}", retention)
    return plan_import(wanted, there, by, prune=prune)


def rules(*definitions: RuleDefinition) -> Definitions:
    return Definitions(definitions)


def defined(rule: Rule, **content: Any) -> RuleDefinition:
    """As it would be imported, with some of its content changed."""
    return RuleDefinition(replace(rule.content, **content))


DARK_RULE = build_rule("dark")


@pytest.mark.parametrize(
    ("wanted", "details"),
    [
        (
            defined(DARK_RULE, adaptations=(LIGHT,)),
            ("adaptations: removed setTheme (mode DARK)", "adaptations: added setTheme (mode LIGHT)"),
        ),
        (RuleDefinition(DARK_RULE.content, RuleStatus.PAUSED), ("status: from active to paused",)),
        (RuleDefinition(DARK_RULE.content, salt="seed"), ("salt, which draws who is covered: from dark to seed",)),
        (defined(DARK_RULE, coverage=0.5, priority=2), ("priority: from 0 to 2", "coverage: from 1 to 0.5")),
    ],
)
def test_each_difference_of_a_rule_is_a_sentence(wanted: RuleDefinition, details: tuple[str, ...]) -> None:
    plan = planned(rules(wanted), stored(DARK_RULE))

    assert plan.changes == (ImportChange(CHANGED, "rule dark", details),)
    assert plan.unchanged == 0


def test_one_and_true_are_not_the_same() -> None:
    one = build_rule("p", SetParameter("p", 1), condition=TraitsMatch({"a": 1}))
    as_adaptation = planned(rules(defined(one, adaptations=(SetParameter("p", value=True),))), stored(one))
    as_condition = planned(rules(defined(one, condition=TraitsMatch({"a": True}))), stored(one))

    assert as_adaptation.changes[0].details == (
        "adaptations: removed setParameter (key p, value 1)",
        "adaptations: added setParameter (key p, value yes)",
    )
    assert as_condition.changes[0].details == ("the same, written differently",)


def test_what_is_left_open_is_left_to_the_engine() -> None:
    known = build_rule("known", salt="old", status=RuleStatus.PAUSED)
    plan = planned(rules(defined(known, name="Renamed"), defined(build_rule("new"))), stored(known))

    changed, new = (step.after for step in plan.rules)
    assert (changed.status, changed.salt, changed.created_at) == (RuleStatus.PAUSED, "old", known.created_at)
    assert (new.status, new.salt, new.revision) == (RuleStatus.DRAFT, "new", 1)


def test_new_rules_are_as_old_as_they_were_or_a_microsecond_apart_never_from_the_future() -> None:
    names = ("a", "b", "c", "d")
    wanted = [defined(build_rule(name)) for name in names]
    long_ago = NOW - timedelta(days=400)
    wanted[1] = replace(wanted[1], created_at=long_ago)
    wanted[2] = replace(wanted[2], created_at=NOW + timedelta(days=1))
    made = {
        str(step.after.content.key): step.after.created_at for step in planned(rules(*reversed(wanted)), stored()).rules
    }

    assert (made["b"], made["c"]) == (long_ago, NOW)
    assert NOW - timedelta(seconds=1) < made["a"] < made["d"] < NOW


def test_kinds_of_revisions_say_what_was_done() -> None:
    there = [build_rule(name) for name in ("content", "gone", "status")]
    wanted = rules(
        defined(there[0], name="Renamed"),
        defined(build_rule("new")),
        RuleDefinition(there[2].content, RuleStatus.PAUSED),
    )
    plan = planned(wanted, stored(*there), prune=True)

    assert [(step.after.content.key, step.kind) for step in plan.rules] == [
        ("content", RuleChangeKind.UPDATED),
        ("gone", RuleChangeKind.DELETED),
        ("new", RuleChangeKind.CREATED),
        ("status", RuleChangeKind.STATUS_CHANGED),
    ]
    assert [change.kind for change in plan.changes] == [CHANGED, ARCHIVED, CREATED, CHANGED]
    assert {step.after.updated_by for step in plan.rules} == {"grace"}


def test_segments_are_said_field_by_field_and_get_their_next_revision() -> None:
    busy, gone, pro = build_segment("busy", revision=4), build_segment("gone"), TraitsMatch({"plan": "pro"})
    assert busy.condition is not None
    wanted = Definitions(segments=(build_segment("new"), build_segment("busy", name="Very busy", condition=pro)))
    plan = planned(wanted, stored(segments=(busy, gone)), prune=True)

    assert plan.changes == (
        ImportChange(
            CHANGED,
            "segment busy",
            (
                "name: from “Busy” to “Very busy”",
                f"condition: from “{condition_text(busy.condition)}” to “{condition_text(pro)}”",
            ),
        ),
        ImportChange(CREATED, "segment new"),
        ImportChange(DELETED, "segment gone", ("with its memberships",)),
    )
    assert [(segment.key, segment.revision) for segment in plan.segments] == [("busy", 5), ("new", 1)]
    assert plan.deleted_segments == ("gone",)


def test_the_catalogue_is_joined_by_key_unless_it_is_pruned() -> None:
    items = {name: CatalogueItem(name, name.title()) for name in ("a", "b", "c")}
    there = Catalogue(features=(items["a"], items["b"]), parameters=(CatalogueParameter("p", "P", 1),))
    wanted = Catalogue(
        features=(items["c"], CatalogueItem("b", "Better")), parameters=(CatalogueParameter("p", "P", default=True),)
    )

    joined = planned(Definitions(catalogue=wanted), stored(catalogue=there))
    pruned = planned(Definitions(catalogue=wanted), stored(catalogue=there), prune=True)
    reordered = planned(Definitions(catalogue=replace(there, features=there.features[::-1])), stored(catalogue=there))

    differences = (
        "features: added c",
        "features: changed b from key b, name B, stage nothing to key b, name Better, stage nothing",
    )
    parameter = "parameters: changed p from key p, name P, default 1 to key p, name P, default yes"
    assert joined.catalogue is not None
    assert [item.name for item in joined.catalogue.features] == ["A", "Better", "C"]
    assert joined.changes[0].details == (*differences, parameter)
    assert pruned.catalogue == wanted
    assert pruned.changes[0].details == ("features: removed a", *differences, parameter)
    assert reordered.changes[0].details == ("features: put into another order",)


def test_what_is_not_spoken_of_is_not_pruned() -> None:
    there = stored(DARK_RULE, segments=(build_segment(),), catalogue=Catalogue(features=(CatalogueItem("a", "A"),)))

    assert planned(Definitions(), there, prune=True).changes == ()


def test_engines_have_limits() -> None:
    many = tuple(CatalogueItem(f"f{n}", "F") for n in range(MAX_CATALOGUE_ITEMS))
    segments = tuple(build_segment(f"s{n}") for n in range(MAX_CONDITION_SEGMENTS))
    with pytest.raises(Refused) as refused:
        planned(
            Definitions(segments=segments, catalogue=Catalogue(features=many)),
            stored(segments=(build_segment("other"),), catalogue=Catalogue(features=(CatalogueItem("other", "O"),))),
        )

    assert [(problem.code, problem.path) for problem in refused.value.problems] == [
        ("TOO_MANY", ("catalogue", "features")),
        ("TOO_MANY", ("segments",)),
    ]


def grouped(name: str, coverage: float, *held: tuple[int, int], group: str = "welcome") -> Rule:
    spans = tuple(BucketSpan(*span) for span in held)
    return replace(build_rule(name, coverage=coverage, exclusion_group=group), held=spans)


def test_rules_keep_what_they_hold_of_their_group_before_others_take_what_is_free() -> None:
    """In the order of the keys `a` comes first, but what `b` gives up and what `z` keeps is settled before."""
    b, z = grouped("b", 0.8, (0, 8_000)), grouped("z", 0.2, (8_000, 10_000))
    wanted = rules(defined(grouped("a", 0.5)), defined(b, coverage=0.3))
    plan = planned(wanted, stored(b, z))

    assert [(step.after.content.key, step.after.held) for step in plan.rules] == [
        ("a", ((3_000, 8_000),)),
        ("b", ((0, 3_000),)),
    ]


def test_a_new_rule_gets_the_buckets_it_held_elsewhere_if_they_are_free() -> None:
    exported = definitions_of(stored(grouped("a", 0.3, (5_000, 8_000)), grouped("b", 0.2, (0, 2_000))))
    document = rule_set_document(exported)
    into_empty = planned(parse_rule_set(document), stored())
    beside = planned(parse_rule_set(document), stored(grouped("other", 0.1, (7_000, 8_000))))

    assert [step.after.held for step in into_empty.rules] == [((5_000, 8_000),), ((0, 2_000),)]
    assert [step.after.held for step in beside.rules] == [((2_000, 5_000),), ((0, 2_000),)]


def test_archiving_frees_buckets_for_those_who_come() -> None:
    plan = planned(rules(defined(grouped("new", 1.0))), stored(grouped("old", 1.0, (0, 10_000))), prune=True)

    assert [(step.after.content.key, step.after.held) for step in plan.rules] == [("new", ((0, 10_000),)), ("old", ())]


def test_a_group_that_is_overfull_is_refused_at_the_rule_that_finds_too_little() -> None:
    wanted = rules(defined(grouped("z", 0.5)), defined(grouped("a", 0.6)), defined(grouped("b", 0.3, group="other")))
    with pytest.raises(Refused) as refused:
        planned(wanted, stored())

    (problem,) = refused.value.problems
    assert (problem.code, problem.path) == ("EXCLUSION_GROUP_FULL", ("rules", "0", "coverage"))
    assert "0.4 is left" in problem.message


@pytest.mark.parametrize(
    ("held", "code", "path"),
    [
        ([[0, 5], [3, 8]], "DUPLICATE", ()),
        ([[5, 5]], "EMPTY_RANGE", ("0",)),
        ([[0]], "EMPTY_RANGE", ("0",)),
        ([[0, 10_001]], "OUT_OF_RANGE", ("0", "1")),
        ("all", "WRONG_TYPE", ()),
    ],
)
def test_buckets_that_cannot_be_held_are_refused(held: object, code: str, path: tuple[str, ...]) -> None:
    document: dict[str, Any] = rule_set_document(rules(defined(DARK_RULE)))
    document["rules"] = [{**document["rules"][0], "held": held}]
    with pytest.raises(Refused) as refused:
        parse_rule_set(document)

    found: tuple[Problem, ...] = refused.value.problems
    assert (code, ("rules", "0", "held", *path)) in [(problem.code, problem.path) for problem in found]


def test_a_document_is_written_in_the_order_of_the_keys_and_without_what_is_not_said() -> None:
    document: dict[str, Any] = rule_set_document(
        Definitions(
            rules=(
                RuleDefinition(build_rule("b").content),
                RuleDefinition(DARK_RULE.content, RuleStatus.ACTIVE, "a salt", NOW),
            ),
            segments=(build_segment("z"), build_segment("a")),
        )
    )

    assert [*document] == ["format", "version", "segments", "rules"]
    assert document["rules"] == [
        {
            "key": "b",
            "name": "B",
            "description": "",
            "priority": 0,
            "places": [],
            "condition": {"always": True},
            "adaptations": [{"setTheme": {"mode": "DARK"}}],
            "coverage": 1,
        },
        {
            "key": "dark",
            "status": "ACTIVE",
            "salt": "a salt",
            "createdAt": NOW.isoformat().replace("+00:00", "Z"),
            "name": "DARK",
            "description": "",
            "priority": 0,
            "places": [],
            "condition": {"always": True},
            "adaptations": [{"setTheme": {"mode": "DARK"}}],
            "coverage": 1,
        },
    ]
    assert [segment["key"] for segment in document["segments"]] == ["a", "z"]


def test_an_import_goes_on_with_a_running_experiment_but_does_not_spoil_it() -> None:
    running = build_trial("tried")
    definition = definitions_of(stored(running)).rules or ()
    goal = replace(build_experiment(), goal=replace(BUYING, window_days=3))
    spoiled = replace(definition[0], run=None, content=replace(running.content, experiment=goal))
    another = replace(spoiled, run=build_run(goal, 2))

    assert planned(Definitions(rules=definition), stored(running)).rules == ()
    assert planned(Definitions(rules=(replace(definition[0], run=None),)), stored(running)).rules == ()
    assert planned(Definitions(rules=definition), stored()).rules[0].after.run == running.run
    assert planned(Definitions(rules=(another,)), stored(running)).rules[0].after.run == another.run
    with pytest.raises(Refused) as refusal:
        planned(Definitions(rules=(spoiled,)), stored(running))
    assert [problem.path for problem in refusal.value.problems] == [("rules", "0", "experiment", "goal")]


def test_a_run_belongs_to_the_experiment_that_it_is_of() -> None:
    document: dict[str, Any] = rule_set_document(definitions_of(stored(build_trial("tried"))))
    (rule,) = document["rules"]
    shorter = {**rule, "run": {**rule["run"], "allocation": [0.2, 0.3, 0.5]}}
    nothing = {**rule, "experiment": None, "adaptations": [{"setTheme": {"mode": "DARK"}}]}

    assert [_paths({**document, "rules": [each]}) for each in (rule, shorter, nothing)] == [
        [],
        [("rules", "0", "run", "allocation")],
        [("rules", "0", "run")],
    ]


def test_another_holdout_is_a_change_of_the_catalogue() -> None:
    plan = planned(Definitions(catalogue=Catalogue(holdout=0.1)), stored())

    assert [change.details for change in plan.changes] == [("holdout: from 0 to 0.1",)]


def _paths(document: dict[str, Any]) -> list[tuple[str, ...]]:
    try:
        parse_rule_set(document)
    except Refused as refused:
        return [problem.path for problem in refused.problems]
    return []


def test_windows_longer_than_interactions_are_kept_here_are_refused_where_they_would_be_stored() -> None:
    there, new = build_trial("there", key="there"), build_trial("new", key="new")
    longer = build_experiment(goal=replace(BUYING, window_days=31))
    month = timedelta(days=30)
    for wanted, known in (
        (defined(new, experiment=longer), stored(there)),
        (defined(replace(there, run=None), experiment=longer), stored(replace(there, run=None))),
    ):
        with pytest.raises(Refused) as refused:
            planned(rules(wanted), known, retention=month)
        assert [(problem.code, problem.path) for problem in refused.value.problems] == [
            ("OUT_OF_RANGE", ("rules", "0", "experiment", "goal", "windowDays"))
        ]
    old = replace(there, content=replace(there.content, experiment=longer))
    assert planned(rules(defined(old)), stored(old), retention=month).rules == ()  # that it is there is no news


def test_a_rule_that_is_pruned_while_its_experiment_runs_ends_the_run() -> None:
    (step,) = planned(rules(), stored(build_trial("there", key="there")), prune=True).rules

    assert step.after.run is not None
    assert (step.after.run.is_running, step.after.run.winner, step.after.run.concluded_at) == (False, None, NOW)
