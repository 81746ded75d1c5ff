"""Do users fall where GrowthBook's hash puts them?"""

from __future__ import annotations

from typing import Any

import pytest

from domain.rules import buckets
from domain.rules.buckets import BucketRange, Namespace
from tests.unit.rules.specifications import cases, growthbook_cases

EVEN = (BucketRange(0, 0.5), BucketRange(0.5, 1))


@pytest.mark.parametrize("case", cases("buckets"), ids=lambda case: f"{case['salt']}/{case['user'][:8]}")
def test_a_user_falls_into_the_specified_bucket(case: dict[str, Any]) -> None:
    assert buckets.bucket(case["salt"], case["user"]) == case["bucket"]


def test_a_bucket_of_version_1_reads_the_user_before_the_salt() -> None:
    assert buckets.bucket_version_1("", "a") == 0.22
    assert buckets.bucket_version_1("b", "a") == 0.946


def test_growthbook_hashes_alike() -> None:
    versions = {1: buckets.bucket_version_1, 2: buckets.bucket}
    known = [case for case in growthbook_cases("hash") if case[2] in versions]

    assert [case for case in known if versions[case[2]](case[0], case[1]) != case[3]] == []


def test_growthbook_makes_the_same_ranges() -> None:
    for _, (variations, coverage, weights), expected in growthbook_cases("getBucketRange"):
        ranges = buckets.bucket_ranges(variations, coverage, weights)
        assert [tuple(found) for found in ranges] == [pytest.approx(tuple(wanted)) for wanted in expected]


def test_growthbook_chooses_the_same_variations() -> None:
    for _, number, ranges, expected in growthbook_cases("chooseVariation"):
        chosen = buckets.chosen_variation(number, [BucketRange(*bounds) for bounds in ranges])
        assert chosen == (None if expected == -1 else expected)


def test_growthbook_fills_namespaces_alike() -> None:
    for _, user, namespace, expected in growthbook_cases("inNamespace"):
        assert buckets.is_in_namespace(user, Namespace(*namespace)) is expected


def test_growthbook_weighs_alike() -> None:
    for count, expected in growthbook_cases("getEqualWeights"):
        assert buckets.equal_weights(count) == pytest.approx(tuple(expected))


def test_variations_share_the_line_evenly_unless_told_otherwise() -> None:
    assert buckets.bucket_ranges(2) == EVEN
    assert buckets.bucket_ranges(2, weights=(0.4, 0.6)) == (BucketRange(0, 0.4), BucketRange(0.4, 1))


def test_less_coverage_shortens_every_range_from_its_end() -> None:
    assert buckets.bucket_ranges(2, 0.5) == (BucketRange(0, 0.25), BucketRange(0.5, 0.75))


@pytest.mark.parametrize("weights", [(0.7, 0.6), (0.5,), (0.1, 0.1)])
def test_weights_that_do_not_fit_count_as_equal(weights: tuple[float, ...]) -> None:
    assert buckets.bucket_ranges(2, weights=weights) == EVEN


def test_coverage_outside_its_bounds_counts_as_the_nearer_bound() -> None:
    assert buckets.bucket_ranges(2, 1.5) == EVEN
    assert buckets.bucket_ranges(2, -1) == (BucketRange(0, 0), BucketRange(0.5, 0.5))


def test_a_range_holds_its_start_and_not_its_end() -> None:
    assert buckets.chosen_variation(0.0, EVEN) == 0
    assert buckets.chosen_variation(0.5, EVEN) == 1
    assert buckets.chosen_variation(1.0, EVEN) is None


def test_a_namespace_holds_its_share_of_users() -> None:
    namespace = Namespace("checkout", 0.2, 0.5)
    inside = sum(buckets.is_in_namespace(f"user-{number}", namespace) for number in range(2_000))

    assert inside == pytest.approx(600, abs=60)


def test_half_the_coverage_covers_half_the_users() -> None:
    covered = sum(buckets.is_covered("beta", f"user-{number}", 0.5) for number in range(4_000))

    assert covered == pytest.approx(2_000, abs=120)


def test_the_bucket_that_equals_the_coverage_is_covered_and_no_coverage_covers_nobody() -> None:
    users = [f"user-{number}" for number in range(50)]
    at_its_end = [buckets.is_covered("beta", user, buckets.bucket("beta", user)) for user in users]
    below = [buckets.is_covered("beta", user, buckets.bucket("beta", user) - 0.00005) for user in users]

    assert all(at_its_end)
    assert not any(below)
    assert not any(buckets.is_covered("beta", user, 0.0) for user in users)


def test_two_salts_divide_users_independently() -> None:
    users = [f"user-{number}" for number in range(4_000)]
    both = sum(buckets.is_covered("a", user, 0.5) and buckets.is_covered("b", user, 0.5) for user in users)

    assert both == pytest.approx(1_000, abs=120)
