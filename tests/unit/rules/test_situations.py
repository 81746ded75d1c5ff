"""What does a situation remember of what it was asked?"""

from __future__ import annotations

from dataclasses import replace

from domain.model.rules import BucketSpan
from domain.model.users import UserId
from domain.rules.buckets import bucket, salted
from domain.rules.decisions import decide
from domain.rules.exclusion_groups import group_salt
from domain.rules.rule_sets import RuleSet
from domain.rules.situations import MAX_REMEMBERED_BUCKETS, Situation
from tests.builders.profiles import NOW, build_context, build_profile
from tests.builders.rules import CATALOGUE, build_rule


def test_rules_of_one_exclusion_group_share_one_hash() -> None:
    thirds = [BucketSpan(start, start + 3_333) for start in (0, 3_333, 6_666)]
    rules = [
        build_rule(f"r{start}", exclusion_group="g", coverage=0.3333, held=(span,)) for start, span in enumerate(thirds)
    ]
    profile = build_profile()

    decide(RuleSet.compile(1, rules, CATALOGUE), profile, build_context(), NOW)

    assert profile.buckets == {group_salt("g"): bucket(group_salt("g"), profile.user_id)}


def test_who_is_not_yet_concerned_by_coverage_is_not_hashed() -> None:
    rules = [build_rule("r1", coverage=0.5, places=frozenset({"login"})), build_rule("r2")]
    profile = build_profile()

    decide(RuleSet.compile(1, rules, CATALOGUE), profile, build_context("dashboard"), NOW)

    assert profile.buckets == {}


def test_a_later_decision_for_the_same_profile_hashes_nothing_again() -> None:
    rule_set = RuleSet.compile(1, [build_rule("r1", coverage=0.5)], CATALOGUE)
    profile = build_profile()
    first = decide(rule_set, profile, build_context(), NOW)
    remembered = dict(profile.buckets)

    assert decide(rule_set, profile, build_context(), NOW) == first
    assert profile.buckets == remembered == {"r1": bucket("r1", profile.user_id)}


def test_another_user_made_of_the_profile_inherits_no_buckets() -> None:
    profile = build_profile("ada")
    Situation(profile, build_context(), NOW).hashed("salt", salted("salt"))

    assert replace(profile, user_id=UserId("grace")).buckets == {}
    assert replace(profile, user_id=UserId("ada")) == profile


def test_whoever_is_new_is_hashed_at_once_for_whatever_rules_could_apply() -> None:
    rules = [build_rule(f"r{number}", coverage=0.5) for number in range(20)]
    rules.append(build_rule("elsewhere", coverage=0.5, places=frozenset({"login"})))
    profile = build_profile()

    decide(RuleSet.compile(1, rules, CATALOGUE), profile, build_context("dashboard"), NOW)

    assert profile.buckets == {f"r{number}": bucket(f"r{number}", profile.user_id) for number in range(20)}


def test_more_buckets_than_are_remembered_are_still_found() -> None:
    salts = [f"salt-{number}" for number in range(MAX_REMEMBERED_BUCKETS + 1)]
    situation = Situation(build_profile("ada"), build_context(), NOW)

    assert situation.hashed_at_once({s: salted(s) for s in salts}) == {s: bucket(s, "ada") for s in salts}
    assert situation.buckets == {}


def test_buckets_are_forgotten_when_there_are_too_many() -> None:
    situation = Situation(build_profile(), build_context(), NOW)
    for number in range(MAX_REMEMBERED_BUCKETS + 1):
        situation.hashed(f"salt-{number}", salted(f"salt-{number}"))

    assert len(situation.buckets) == 1
