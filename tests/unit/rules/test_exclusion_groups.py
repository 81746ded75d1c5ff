"""Which buckets of a group does a rule get, and what is said when there are too few?"""

from __future__ import annotations

import pytest

from domain.errors import Refused
from domain.model.rules import BucketSpan
from domain.rules.buckets import bucket
from domain.rules.exclusion_groups import buckets_of, claim, group_salt, holding_its_share, size
from domain.rules.rule_sets import compile_rule, rule_applies
from domain.rules.situations import Situation
from tests.builders.profiles import NOW, build_context, build_profile
from tests.builders.rules import build_rule, sharing_groups

HALF = (BucketSpan(0, 5_000),)


@pytest.mark.parametrize(
    ("coverage", "buckets"),
    [(0, 0), (1, 10_000), (0.5, 5_000), (0.29, 2_900), (0.00001, 1), (1 / 3, 3_333)],
)
def test_a_share_is_so_many_buckets(coverage: float, buckets: int) -> None:
    assert buckets_of(coverage) == buckets


def test_the_first_rule_gets_the_lowest_buckets_and_the_next_those_behind() -> None:
    assert claim(5_000, (), []) == HALF
    assert claim(2_000, (), [HALF]) == (BucketSpan(5_000, 7_000),)


def test_a_growing_rule_keeps_what_it_has_and_jumps_over_what_others_hold() -> None:
    other = (BucketSpan(5_000, 6_000),)

    assert claim(7_000, HALF, [other]) == (*HALF, BucketSpan(6_000, 8_000))


def test_a_shrinking_rule_gives_up_what_it_took_last() -> None:
    own = (BucketSpan(6_000, 7_000), BucketSpan(0, 1_000))

    assert claim(1_500, own, []) == (BucketSpan(6_000, 7_000), BucketSpan(0, 500))
    assert claim(1_000, own, []) == (BucketSpan(6_000, 7_000),)
    assert claim(0, own, []) == ()


def test_what_a_rule_gave_up_another_one_gets() -> None:
    assert claim(1_500, (), [(BucketSpan(0, 1_000),), (BucketSpan(2_000, 9_500),)]) == (
        BucketSpan(1_000, 2_000),
        BucketSpan(9_500, 10_000),
    )


def test_too_little_is_refused_with_what_is_left_and_who_holds_most() -> None:
    small = build_rule("small", exclusion_group="welcome", coverage=0.1, held=(BucketSpan(0, 1_000),))
    large = build_rule("large", exclusion_group="welcome", coverage=0.6, held=(BucketSpan(1_000, 7_000),))

    with pytest.raises(Refused) as refusal:
        holding_its_share(build_rule("new", exclusion_group="welcome", coverage=0.5), [small, large])

    (problem,) = refusal.value.problems
    assert (problem.code, problem.path) == ("EXCLUSION_GROUP_FULL", ("coverage",))
    assert problem.message == (
        "the rules of the group welcome share its users, and 0.3 is left: lower this coverage to that, or that of "
        "another rule first (large 0.6, small 0.1)"
    )


def test_a_user_is_hashed_once_by_the_salt_of_the_group() -> None:
    rules = sharing_groups(build_rule(f"r{n}", exclusion_group="welcome", coverage=0.25) for n in range(4))
    for number in range(200):
        user = f"user-{number}"
        situation = Situation(build_profile(user), build_context(), NOW)
        applying = [n for n, rule in enumerate(rules) if rule_applies(compile_rule(rule), situation)]
        assert applying == [int(bucket(group_salt("welcome"), user) * 4)]


def test_a_group_of_its_own_makes_no_difference_to_a_rule_that_covers_everybody_or_nobody() -> None:
    situation = Situation(build_profile(), build_context(), NOW)
    everybody, nobody = sharing_groups(
        [build_rule("a", exclusion_group="a"), build_rule("b", exclusion_group="b", coverage=0.0)]
    )

    assert size(everybody.held) == 10_000
    assert rule_applies(compile_rule(everybody), situation)
    assert not rule_applies(compile_rule(nobody), situation)
