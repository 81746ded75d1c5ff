"""Do definitions survive being exported and imported, wherever and however often?"""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any

from hypothesis import given, reject, settings
from hypothesis import strategies as st

from domain.errors import Refused
from domain.model.catalogues import Catalogue
from domain.model.contexts import Context
from domain.model.definitions import Definitions, StoredDefinitions
from domain.model.imports import ImportChangeKind
from domain.model.rules import Rule, RuleId, RuleKey, RuleStatus
from domain.model.users import UserId
from domain.rules.decisions import decide
from domain.rules.documents.rule_sets import parse_rule_set, rule_set_document
from domain.rules.exclusion_groups import buckets_of, size
from domain.rules.imported_rules import Authorship
from domain.rules.imports import definitions_of, plan_import
from domain.rules.rule_sets import RuleSet
from tests.builders.definitions import content_with_their_shares, definitions, stored_definitions
from tests.builders.experiments import crowds_on_trial
from tests.builders.profiles import NOW, profiles
from tests.builders.rules import CATALOGUE, rule_lists
from tests.property.rules.test_documents import arbitrary_json

if TYPE_CHECKING:
    from domain.errors import Problem
    from domain.model.profiles import Profile
    from domain.rules.imports import ImportPlan

EMPTY = StoredDefinitions(0, (), (), Catalogue())
AUTHOR = UserId("importer")


def authorship() -> Authorship:
    numbers = count()
    return Authorship(AUTHOR, NOW, lambda: f"new-{next(numbers)}")


def through_json(document: object) -> Any:
    return json.loads(json.dumps(document))


def planned(wanted: Definitions, stored: StoredDefinitions, *, prune: bool = False) -> ImportPlan:
    """Rules of an exclusion group may want more than there is: such imports are refused, and not looked at."""
    try:
        return plan_import(wanted, stored, authorship(), prune=prune)
    except Refused as refused:
        codes = {problem.code for problem in refused.problems}
    assert codes == {"EXCLUSION_GROUP_FULL"}
    return reject()


def after(wanted: Definitions, stored: StoredDefinitions, *, prune: bool) -> StoredDefinitions:
    """The engine in which the import was done."""
    plan = planned(wanted, stored, prune=prune)
    rules: dict[str, Rule] = {rule.id: rule for rule in stored.rules}
    for rule in (step.after for step in plan.rules):
        known = rules.get(rule.id)
        assert rule.revision == (1 if known is None else known.revision + 1)
        assert (rule.updated_by, rule.updated_at) == (AUTHOR, NOW)
        rules[rule.id] = rule
    segments = {segment.key: segment for segment in (*stored.segments, *plan.segments)}
    for key in plan.deleted_segments:
        del segments[key]
    return StoredDefinitions(
        revision=stored.revision + 1,
        rules=tuple(rule for rule in rules.values() if rule.status is not RuleStatus.ARCHIVED),
        segments=tuple(segments.values()),
        catalogue=plan.catalogue or stored.catalogue,
    )


@settings(max_examples=200, deadline=None)
@given(wanted=definitions())
def test_definitions_read_as_they_were_written(wanted: Definitions) -> None:
    assert parse_rule_set(through_json(rule_set_document(wanted))) == wanted


@settings(max_examples=100, deadline=None)
@given(stored=stored_definitions(), prune=st.booleans())
def test_what_an_engine_exports_changes_nothing_there(stored: StoredDefinitions, *, prune: bool) -> None:
    exported = parse_rule_set(through_json(rule_set_document(definitions_of(stored))))
    plan = planned(exported, stored, prune=prune)

    assert plan.changes == ()
    assert plan.unchanged == len(stored.rules) + len(stored.segments) + 1
    assert not plan.changes_rule_set
    assert not plan.changes_segments


@settings(max_examples=200, deadline=None)
@given(wanted=definitions(), stored=stored_definitions(), prune=st.booleans())
def test_what_was_imported_once_changes_nothing_the_second_time(
    wanted: Definitions, stored: StoredDefinitions, *, prune: bool
) -> None:
    again = planned(wanted, after(wanted, stored, prune=prune), prune=prune)

    assert again.changes == ()
    assert not again.changes_rule_set
    assert not again.changes_segments


@settings(max_examples=100, deadline=None)
@given(one=stored_definitions(), other=stored_definitions())
def test_pruning_makes_one_engine_define_what_another_does(one: StoredDefinitions, other: StoredDefinitions) -> None:
    exported = definitions_of(one)
    made = definitions_of(after(exported, other, prune=True))

    known = {rule.content.key: rule.created_at for rule in definitions_of(other).rules or ()}
    ages = {rule.content.key: known.get(rule.content.key, rule.created_at) for rule in exported.rules or ()}
    # A rule that was there keeps its age, and of its exclusion group what it holds.
    expected = tuple(replace(rule, created_at=ages[rule.content.key], held=()) for rule in exported.rules or ())
    without_held = tuple(replace(rule, held=()) for rule in made.rules or ())
    wanted = replace(exported, rules=expected)
    assert rule_set_document(replace(made, rules=without_held)) == rule_set_document(wanted)


@settings(max_examples=200, deadline=None)
@given(wanted=definitions(), stored=stored_definitions(), prune=st.booleans())
def test_rules_of_an_exclusion_group_share_no_bucket_and_nobody_else_s_are_touched(
    wanted: Definitions, stored: StoredDefinitions, *, prune: bool
) -> None:
    made = after(wanted, stored, prune=prune)
    changed = {step.after.id for step in planned(wanted, stored, prune=prune).rules}

    buckets = [n for rule in made.rules for span in rule.held for n in range(*span)]
    assert len(buckets) == len(set(buckets))
    for rule in made.rules:
        in_group = rule.content.exclusion_group is not None
        assert size(rule.held) == (buckets_of(rule.content.coverage) if in_group else 0)
    before = {rule.id: rule for rule in stored.rules}
    assert all(rule == before[rule.id] for rule in made.rules if rule.id in before.keys() - changed)


@settings(max_examples=100, deadline=None)
@given(wanted=definitions(), stored=stored_definitions())
def test_without_pruning_nothing_goes(wanted: Definitions, stored: StoredDefinitions) -> None:
    plan = planned(wanted, stored)
    made = after(wanted, stored, prune=False)

    assert not [c for c in plan.changes if c.kind in {ImportChangeKind.ARCHIVED, ImportChangeKind.DELETED}]
    assert {rule.id for rule in stored.rules} <= {rule.id for rule in made.rules}
    assert {segment.key for segment in stored.segments} <= {segment.key for segment in made.segments}
    for items in ("features", "navigation", "places", "parameters"):
        keys = {item.key for item in getattr(made.catalogue, items)}
        assert {item.key for item in getattr(stored.catalogue, items)} <= keys


@settings(max_examples=200, deadline=None)
@given(rules=rule_lists() | crowds_on_trial(), profile=profiles(NOW), place=st.sampled_from(("login", "dashboard")))
def test_an_empty_engine_decides_like_the_one_exported_from(rules: list[Rule], profile: Profile, place: str) -> None:
    """Equals are ordered by age, so each is given one of its own. Users even keep the variations they are drawn."""
    of_distinct_ages = (
        replace(
            rule,
            content=replace(rule.content, key=RuleKey(f"k{n}")),
            salt=f"s{n}",
            created_at=NOW.replace(microsecond=n),
        )
        for n, rule in enumerate(rules)
    )
    stored = StoredDefinitions(7, tuple(content_with_their_shares(of_distinct_ages)), (), CATALOGUE)
    made = after(parse_rule_set(through_json(rule_set_document(definitions_of(stored)))), EMPTY, prune=False)
    configs = [
        decide(RuleSet.compile(1, each.rules, each.catalogue), profile, Context(place), NOW) for each in (stored, made)
    ]
    shown = [replace(config, revision="", decisions=(), applied=()) for config in configs]
    drawn = [[replace(one, rule_id=RuleId("")) for one in config.applied] for config in configs]

    assert (shown[0], drawn[0]) == (shown[1], drawn[1])


@settings(max_examples=300, deadline=None)
@given(document=arbitrary_json, rules=st.lists(arbitrary_json, max_size=3))
def test_whatever_stands_in_a_document_it_is_read_or_refused(document: object, rules: list[object]) -> None:
    whole = {"format": "attune.rules", "version": 1, "catalogue": document, "segments": document, "rules": rules}
    for given_ in (document, whole):
        problems: tuple[Problem, ...] | None = None
        try:
            parse_rule_set(given_)
        except Refused as refusal:
            problems = refusal.problems

        assert problems is None or len(problems) > 0
        for problem in problems or ():
            assert "".join((problem.code, problem.message, *problem.path)).encode()
