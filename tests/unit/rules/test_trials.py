"""What do users get while an experiment runs, and of whom is it counted?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from domain.model.adaptations import LayoutDensity, RecommendFeature, SetLayout, ThemeMode
from domain.model.assignments import Applied
from domain.model.catalogues import HOLDOUT_SALT
from domain.model.experiments import NO_RUN, ExperimentStatus, VariationKey
from domain.model.insights import Insights, RecommendedFeature
from domain.model.profiles import Preferences
from domain.model.rules import BucketSpan, RuleId
from domain.model.users import UserId
from domain.rules.buckets import bucket
from domain.rules.decisions import concerns, decide, default_config
from domain.rules.experiments import drawn_variation, run_holdout_salt, run_salt, variation_ranges
from domain.rules.rule_sets import RuleSet, compile_rule
from domain.rules.situations import Situation
from persistence.documents.configs import config_from_bytes, config_to_bytes
from tests.builders.experiments import build_experiment, build_run, build_trial, build_variation, kept
from tests.builders.profiles import NOW, build_context, build_profile
from tests.builders.rules import CATALOGUE, DARK, LIGHT, build_rule

if TYPE_CHECKING:
    from domain.model.configs import Config
    from domain.model.profiles import Profile
    from domain.model.rules import Rule
    from domain.rules.rule_sets import RuleChange

COMPACT = SetLayout(LayoutDensity.COMPACT)
ANYONE = build_profile()
R1 = RuleId("r1")


def decided(*rules: Rule, profile: Profile = ANYONE, holdout: float = 0.0) -> Config:
    catalogue = replace(CATALOGUE, holdout=holdout)
    return decide(RuleSet.compile(1, rules, catalogue), profile, build_context(), NOW)


def with_(variation: str | None, rule_id: RuleId = R1, run: int = 1, user: str = "u1") -> Profile:
    return build_profile(user, assignments={rule_id: kept(variation, run)})


def test_a_variation_decides_before_the_rules_own_adaptations() -> None:
    experiment = build_experiment(build_variation("as-is", control=True), build_variation("dark", DARK))
    rule = build_trial(experiment=experiment, adaptations=(LIGHT, COMPACT))
    dark, as_is = decided(rule, profile=with_("dark")), decided(rule, profile=with_("as-is"))

    assert (dark.theme_mode, dark.density) == (ThemeMode.DARK, LayoutDensity.COMPACT)
    assert (as_is.theme_mode, as_is.density) == (ThemeMode.LIGHT, LayoutDensity.COMPACT)
    assert {decision.variation for decision in dark.decisions} == {"dark"}


def test_before_it_runs_the_rule_acts_by_its_own_adaptations() -> None:
    config = decided(build_trial(run=None, adaptations=(COMPACT,)))

    assert (config.theme_mode, config.density) == (ThemeMode.SYSTEM, LayoutDensity.COMPACT)
    assert config.applied == (Applied(R1, NO_RUN),)


def test_a_concluded_experiment_gives_everybody_the_winner() -> None:
    experiment = build_experiment(holdout=0.5)
    ended = build_run(experiment, status=ExperimentStatus.CONCLUDED, concluded_at=NOW, winner=VariationKey("dark"))
    rule = build_trial(experiment=experiment, run=ended)
    configs = [decided(rule, profile=build_profile(f"user-{number}")) for number in range(20)]

    assert {config.theme_mode for config in configs} == {ThemeMode.DARK}
    assert {config.decisions[0].variation for config in configs} == {"dark"}
    assert configs[0].applied == (Applied(R1, NO_RUN),)


def test_who_is_held_out_gets_nothing_of_the_rule_and_is_counted() -> None:
    rule = build_trial(experiment=build_experiment(holdout=0.3), adaptations=(COMPACT,))
    config = decided(rule, profile=with_(None))

    assert config.decisions == ()
    assert config.applied == (Applied(R1, 1, held_out=True, probability=0.5),)


def test_known_users_fall_into_known_variations() -> None:
    """Golden: whoever changes how users are drawn moves the users of every experiment that runs."""
    rule = build_trial(experiment=build_experiment(holdout=0.2))
    found = [drawn_variation(rule, UserId(f"user-{number}")) for number in range(8)]

    assert [bucket("r1#1", "user-0"), bucket("r1#1#holdout", "user-0")] == [0.1853, 0.0386]
    assert (run_salt(rule, 1), run_holdout_salt(rule, 1)) == ("r1#1", "r1#1#holdout")
    assert [one and one.variation for one in found] == [None, "dark", "dark", None, "as-is", "as-is", "as-is", "dark"]


def test_ranges_have_no_gaps_and_the_last_one_has_the_rest() -> None:
    ranges = variation_ranges((0.1, 0.2, 0.7, 0.0))

    assert [held.contains(0.3) for held in ranges] == [False, False, True, False]
    assert [held.contains(0.9999) for held in ranges] == [False, False, True, False]


@pytest.mark.parametrize(("run", "variation"), [(2, "dark"), (1, "gone")])
def test_what_was_assigned_otherwise_counts_no_more(run: int, variation: str) -> None:
    rule = build_trial()

    assert decided(rule, profile=with_(variation, run=run)).applied == (drawn_variation(rule, ANYONE.user_id),)


def test_an_override_is_told_as_one() -> None:
    profile = build_profile(assignments={R1: kept("dark", overridden=True)})

    assert [one.overridden for one in decided(build_trial(), profile=profile).applied] == [True]


@pytest.mark.parametrize("variation", ["as-is", "dark", None])
@pytest.mark.parametrize(
    ("preferences", "rival", "is_counted"),
    [
        (Preferences(), None, True),
        (Preferences(theme_mode=ThemeMode.LIGHT), None, False),
        (Preferences(), build_rule("first", LIGHT, priority=1), False),
        (Preferences(), build_rule("last", LIGHT, priority=-1), True),
        (Preferences(), build_rule("other", COMPACT, priority=1), True),
    ],
)
def test_counted_is_who_could_get_something_of_any_variation(
    preferences: Preferences, rival: Rule | None, variation: str | None, *, is_counted: bool
) -> None:
    profile = replace(with_(variation), preferences=preferences)
    config = decided(build_trial(), *([rival] if rival else []), profile=profile)

    assert (R1 in {one.rule_id for one in config.applied}) is is_counted


def test_a_recommendation_that_comes_first_leaves_nothing_to_try() -> None:
    hint = RecommendFeature("export")
    rule = build_trial(experiment=build_experiment(build_variation("no", control=True), build_variation("yes", hint)))
    first = build_rule("first", hint, priority=1)

    assert [one.rule_id for one in decided(rule, first).applied] == ["first"]
    assert [one.rule_id for one in decided(rule).applied] == [R1]


def test_a_rule_without_experiment_is_counted_where_it_decided_something() -> None:
    config = decided(build_rule("winner", DARK, priority=1), build_rule("loser", LIGHT))

    assert config.applied == (Applied(RuleId("winner"), NO_RUN),)


def test_a_control_that_shows_nothing_is_told_by_another_revision() -> None:
    """Otherwise those who get something would be told of it, and counted, and the others not."""
    rule = build_trial()
    revisions = {decided(rule, profile=with_(got)).revision for got in ("as-is", None)}

    assert len({*revisions, decided().revision}) == 3


def test_configs_are_remembered_with_who_was_counted() -> None:
    config = decided(build_trial(), build_rule("other", COMPACT))

    assert config_from_bytes(config_to_bytes(config)) == config
    assert len(config.applied) == 2


def test_equal_outcomes_share_one_config() -> None:
    rule_set = RuleSet.compile(1, [build_trial()], CATALOGUE)
    one, other = (decide(rule_set, with_("dark", user=user), build_context(), NOW) for user in ("u1", "u2"))

    assert one.decisions is other.decisions


def test_a_rule_that_gives_up_a_share_of_its_group_keeps_its_users() -> None:
    spans = (BucketSpan(0, 10_000),)
    rule = build_trial(exclusion_group="welcome", held=spans, coverage=0.0)

    assert decided(rule).applied == ()
    assert decided(rule, profile=with_("dark")).theme_mode is ThemeMode.DARK


def test_who_is_held_out_of_everything_gets_what_they_prefer_and_nothing_else() -> None:
    users = [UserId(f"user-{number}") for number in range(200)]
    held = {user for user in users if bucket(HOLDOUT_SALT, user) < 0.1}
    hints = (RecommendedFeature("export", 0.9, "others like it"),)
    insights = Insights(computed_at=NOW, recommendations=hints)
    own = Preferences(density=LayoutDensity.COMPACT)
    configs = {
        user: decided(
            build_rule("r", DARK), profile=build_profile(user, insights=insights, preferences=own), holdout=0.1
        )
        for user in users
    }

    assert 8 <= len(held) <= 32
    assert {user for user, config in configs.items() if config.theme_mode is not ThemeMode.DARK} == held
    assert {user for user, config in configs.items() if not config.recommendations} == held
    assert {config.density for config in configs.values()} == {LayoutDensity.COMPACT}
    assert all(config.applied == () and config.holds_until is None for u, config in configs.items() if u in held)
    assert default_config(CATALOGUE, "dashboard", NOW).theme_mode is ThemeMode.SYSTEM


def changed(before: Rule | None, after: Rule | None) -> RuleChange:
    one, other = (None if rule is None else compile_rule(rule) for rule in (before, after))
    return one, other


@pytest.mark.parametrize(
    ("before", "after", "concerned"),
    [
        (None, build_trial(), 200),
        (build_trial(run=None), build_trial(), 200),
        (build_trial(), build_trial(priority=3), 200),
        (build_trial(), build_trial(coverage=0.5), 100),
        (build_trial(), build_trial(run=build_run(build_experiment(), 2)), 200),
        (build_trial(), build_trial(run=build_run(build_experiment(), allocation=(0.4, 0.6))), 20),
        (build_trial(), build_trial(run=build_run(build_experiment(), allocation=(0.5, 0.5))), 0),
        (build_rule("r1"), build_rule("r1", priority=1), 200),
    ],
)
def test_another_allocation_concerns_only_those_who_get_something_else(
    before: Rule | None, after: Rule, concerned: int
) -> None:
    change = changed(before, after)
    users = [Situation(build_profile(f"user-{number}"), build_context(), NOW) for number in range(200)]

    assert abs(sum(concerns(change, user) for user in users) - concerned) <= (0 if concerned % 200 == 0 else 20)


def test_another_allocation_concerns_nobody_who_was_assigned() -> None:
    change = changed(build_trial(), build_trial(run=build_run(build_experiment(), allocation=(0.0, 1.0))))

    assert not concerns(change, Situation(with_("as-is"), build_context(), NOW))
