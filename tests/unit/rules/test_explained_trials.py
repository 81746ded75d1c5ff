"""What is a user told of experiments, and of being held out?"""

from __future__ import annotations

from dataclasses import replace

from domain.model.experiments import ExperimentStatus
from domain.model.explanations import RuleOutcome
from domain.model.rules import BucketSpan, RuleId
from domain.rules.explanations.inquiries import Inquiry
from domain.rules.explanations.verdicts import verdict
from domain.rules.rule_sets import RuleSet, compile_rule
from tests.builders.experiments import build_experiment, build_run, build_trial, kept
from tests.builders.profiles import NOW, build_profile
from tests.builders.rules import CATALOGUE, DARK, build_rule
from tests.unit.rules.test_explanations import DESKTOP, LOGIN, USER, judged


def test_a_user_is_told_of_the_variation() -> None:
    tried = build_trial("r")
    ended = build_trial("r", run=build_run(build_experiment(), status=ExperimentStatus.CONCLUDED, winner="dark"))
    met = replace(USER, assignments={tried.id: kept("as-is")})

    assert (judged(tried, profile=met).outcome, judged(tried, profile=met).variation) == (RuleOutcome.APPLIED, "as-is")
    assert judged(ended).variation == "dark"
    assert judged(build_trial("r", places=LOGIN), profile=met).variation is None


def test_who_is_held_out_of_an_experiment_is_told_so() -> None:
    met = replace(USER, assignments={RuleId("r"): kept(None)})
    found, elsewhere = (judged(build_trial("r", places=places), profile=met) for places in (frozenset[str](), LOGIN))

    assert (found.outcome, found.variation, found.would_apply_if) == (RuleOutcome.HELD_OUT, None, None)
    message = "some users get nothing of the rule, to measure what its experiment gains: this one is among them"
    assert found.failed == message
    assert elsewhere.outcome is RuleOutcome.WRONG_PLACE
    assert (elsewhere.failed or "").endswith(f"besides, {message}")
    assert elsewhere.would_apply_if is None


def test_who_is_held_out_of_all_rules_is_told_so() -> None:
    rule = build_rule("r", DARK)
    users = (build_profile(f"user-{number}") for number in range(20))
    catalogue = replace(CATALOGUE, holdout=0.5)
    verdicts = [
        verdict(Inquiry(RuleSet.compile(1, [rule], catalogue), user, DESKTOP, NOW), compile_rule(rule))
        for user in users
    ]
    found = {(one.outcome, one.failed) for one in verdicts}

    assert found == {
        (RuleOutcome.APPLIED, None),
        (RuleOutcome.HELD_OUT, "some users are kept from all rules, to measure what these gain: so is this one"),
    }


def test_of_an_exclusion_group_a_user_stays_with_the_experiment_they_met() -> None:
    tried = build_trial("r", exclusion_group="g", held=(BucketSpan(0, 5_000),), coverage=0.0)

    assert judged(tried).outcome is RuleOutcome.OUTSIDE_COVERAGE
    assert judged(tried, profile=replace(USER, assignments={tried.id: kept("dark")})).variation == "dark"
