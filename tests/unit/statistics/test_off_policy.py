"""Golden numbers of off-policy evaluation, and what it refuses to answer."""

from __future__ import annotations

import math

import numpy as np
import pytest

from domain.statistics.bandits.evidence import Evidence
from domain.statistics.off_policy import estimates
from domain.statistics.off_policy.logs import Logged, NoPolicyValue, NoValueReason, Target, weighted_cells
from domain.statistics.off_policy.values import PolicyValue, evaluate_policy

HALF = Target({"a": 0.5, "b": 0.5})


def rate(users: float, hits: float) -> Evidence:
    return Evidence(users, hits, hits)


def log(first: Evidence, second: Evidence, probability: float = 0.8) -> list[Logged]:
    """Of "a", given with this probability, and of "b", given otherwise."""
    return [Logged("a", probability, first), Logged("b", 1 - probability, second)]


def test_estimates_are_those_worked_out_by_hand() -> None:
    """80 users of "a" (p = .8), 8 of them converted; 20 of "b" (p = .2), 6 converted; asked about: half and half.

    Weights .625 and 2.5. Weighted: (.625 * 8 + 2.5 * 6) / 100 = .2, its variance (.625^2 * 8 + 2.5^2 * 6 - 100 * .04)
    / 99. Weights sum to 100, so that the self-normalised value is the same, with an error of sqrt(.625^2 * (8 * .64 +
    72 * .04) + 2.5^2 * (6 * .64 + 14 * .04)) / sqrt(99 * 100). Effective: 100^2 / (80 * .625^2 + 20 * 2.5^2).
    """
    value = evaluate_policy(log(rate(80, 8), rate(20, 6)), HALF)

    assert isinstance(value, PolicyValue)
    assert value.effective_users == pytest.approx(64.0)
    assert value.largest_weight == pytest.approx(2.5)
    assert value.weighted.value == pytest.approx(0.2)
    assert value.weighted.high - 0.2 == pytest.approx(1.959963985 * math.sqrt((3.125 + 37.5 - 4) / 99 / 100))
    assert value.self_normalised.value == pytest.approx(0.2)
    assert value.self_normalised.high - 0.2 == pytest.approx(
        1.959963985 * math.sqrt((0.390625 * 8.0 + 6.25 * 4.4) / 99 / 100)
    )
    assert (value.logged.value, value.users, value.unsupported) == (0.14, 100, 0.0)


def test_the_interval_of_the_doubly_robust_estimate_is_as_wide_as_theory_says() -> None:
    """With groups that are all alike, the variance per user is the sum of target^2 / p * rate * (1 - rate)."""
    value = evaluate_policy(log(rate(8_000, 800), rate(2_000, 600)), HALF)

    assert isinstance(value, PolicyValue)
    half = 1.959963985 * math.sqrt((0.25 / 0.8 * 0.09 + 0.25 / 0.2 * 0.21) / 10_000)
    assert value.doubly_robust.value == pytest.approx(0.2, abs=1e-4)
    assert value.doubly_robust.high - value.doubly_robust.value == pytest.approx(half, rel=0.002)


def test_the_doubly_robust_estimate_is_the_one_worked_out_user_by_user() -> None:
    """Outcomes 1, 3 of "a" (p = .5) and 2, 6 of "b"; asked about "b" alone; a model without a prior.

    Leaving out 1: m(a) = 3, m(b) = 4, which gives 4; leaving out 3 gives 4. Leaving out 2: m(b) = 6, 6 + 2 (2 - 6)
    = -2; leaving out 6: m(b) = 2, 2 + 2 (6 - 2) = 10. The mean of 4, 4, -2 and 10 is 4.
    """
    logged = [Logged("a", 0.5, Evidence(2, 4, 10)), Logged("b", 0.5, Evidence(2, 8, 40))]
    target = Target({"b": 1.0})
    cells = weighted_cells(logged, target)
    assert not isinstance(cells, NoPolicyValue)

    mean = estimates.mean_of(cells, estimates.doubly_robust_lines(cells, target, prior_users=0.0))

    assert mean.value == pytest.approx(4)
    assert mean.error == pytest.approx(math.sqrt((0 + 0 + 36 + 36) / 3 / 4))


def test_asked_about_the_allocation_in_force_the_weights_are_one() -> None:
    value = evaluate_policy(log(rate(800, 80), rate(200, 30)), Target({"a": 0.8, "b": 0.2}))

    assert isinstance(value, PolicyValue)
    assert value.effective_users == pytest.approx(1_000)
    assert value.weighted == value.logged
    assert value.gain.contains(0)


def test_the_answer_is_said_in_words_with_what_it_rests_on() -> None:
    told = evaluate_policy(log(rate(8_000, 800), rate(2_000, 600)), HALF)
    untold = evaluate_policy(log(rate(80, 8), rate(20, 3)), HALF)

    assert isinstance(told, PolicyValue)
    assert isinstance(untold, PolicyValue)
    assert told.text == (
        "It would have given 0.2 [0.1894, 0.2106] per user instead of 0.14: +0.06 [+0.05347, +0.06653]. "
        "For this allocation the 10,000 logged users count as 6,400."
    )
    assert "It cannot be told from what was given." in untold.text


def test_an_allocation_may_differ_between_groups() -> None:
    logged = [
        Logged("a", 0.5, rate(500, 50), "new"),
        Logged("b", 0.5, rate(500, 150), "new"),
        Logged("a", 0.5, rate(500, 200), "old"),
        Logged("b", 0.5, rate(500, 50), "old"),
    ]

    value = evaluate_policy(logged, Target({"a": 1.0}, {"new": {"b": 1.0}}))

    assert isinstance(value, PolicyValue)
    assert value.self_normalised.value == pytest.approx(0.35)
    assert value.gain.low > 0.1


def test_probabilities_that_changed_on_the_way_are_what_makes_a_bandit_s_log_comparable() -> None:
    """On the good day "b" was rare, on the bad day frequent: pooled it looks worse, weighted it is as good as "a"."""
    logged = [*log(rate(9_000, 2_700), rate(1_000, 300), 0.9), *log(rate(1_000, 100), rate(9_000, 900), 0.1)]

    value = evaluate_policy(logged, Target({"b": 1.0}))

    assert 1_200 / 10_000 < 2_800 / 10_000
    assert isinstance(value, PolicyValue)
    assert value.weighted.value == pytest.approx(0.2)
    assert value.doubly_robust.contains(0.2)


@pytest.mark.parametrize(
    ("logged", "target", "reason"),
    [
        ([], HALF, NoValueReason.NOTHING_LOGGED),
        (log(rate(0, 0), rate(0, 0)), HALF, NoValueReason.NOTHING_LOGGED),
        (log(rate(1, 0), rate(0, 0)), HALF, NoValueReason.NOTHING_LOGGED),
        (log(rate(80, 8), rate(20, 6), 0.0), HALF, NoValueReason.IMPOSSIBLE_PROBABILITY),
        (log(rate(80, 8), rate(20, 6), 1.2), HALF, NoValueReason.IMPOSSIBLE_PROBABILITY),
        (log(rate(80, 8), rate(20, 6), math.nan), HALF, NoValueReason.IMPOSSIBLE_PROBABILITY),
        (log(rate(80, math.nan), rate(20, 6)), HALF, NoValueReason.IMPOSSIBLE_OUTCOMES),
        (log(rate(80, math.inf), rate(20, 6)), HALF, NoValueReason.IMPOSSIBLE_OUTCOMES),
        (log(rate(-80, 8), rate(20, 6)), HALF, NoValueReason.IMPOSSIBLE_OUTCOMES),
        (log(rate(80, 8), rate(20, 6)), Target({}), NoValueReason.NO_TARGET),
        (log(rate(80, 8), rate(20, 6)), Target({"a": 0.7, "b": 0.7}), NoValueReason.NO_TARGET),
        (log(rate(80, 8), rate(20, 6)), Target({"a": 1.5, "b": -0.5}), NoValueReason.NO_TARGET),
        (log(rate(80, 8), rate(20, 6)), Target({"a": math.nan, "b": 0.5}), NoValueReason.NO_TARGET),
        (log(rate(80, 8), rate(20, 6)), Target({"a": 0.5, "c": 0.5}), NoValueReason.NO_SUPPORT),
        (log(rate(80, 0), rate(20, 0)), HALF, NoValueReason.NO_SPREAD),
        (log(rate(80, 80), rate(20, 20)), HALF, NoValueReason.NO_SPREAD),
        (log(rate(980, 98), rate(20, 6), 0.98), Target({"b": 1.0}), NoValueReason.WEIGHTS_EXPLODE),
        (log(rate(500, 50), rate(500, 60)), HALF, NoValueReason.PROBABILITIES_DO_NOT_FIT),
    ],
)
def test_a_log_that_cannot_answer_says_why(logged: list[Logged], target: Target, reason: NoValueReason) -> None:
    value = evaluate_policy(logged, target)

    assert isinstance(value, NoPolicyValue)
    assert value.reason is reason
    assert value.text.endswith(".")


def test_a_variation_that_a_small_group_never_got_is_told() -> None:
    logged = [*log(rate(800, 80), rate(200, 60)), Logged("a", 0.8, rate(10, 1), "rare")]

    value = evaluate_policy(logged, HALF)

    assert isinstance(value, PolicyValue)
    assert value.unsupported == pytest.approx(5 / 1_010)
    assert "Of 0.5% of users nothing comparable was logged." in value.text


def test_intervals_contain_the_truth_as_often_as_they_say() -> None:
    """2,000 users in two groups, given three variations unequally; 400 logs of one world."""
    random = np.random.default_rng(5)
    shares, rates = {"x": (0.2, 0.3, 0.5), "y": (0.6, 0.3, 0.1)}, {"x": (0.1, 0.2, 0.15), "y": (0.3, 0.1, 0.2)}
    target = Target({"0": 0.5, "1": 0.25, "2": 0.25})
    truth = np.mean([np.dot((0.5, 0.25, 0.25), rates[group]) for group in "xy"])
    contained = []
    for _ in range(400):
        users = {group: random.multinomial(1_000, shares[group]) for group in "xy"}
        value = evaluate_policy(
            [
                Logged(
                    str(index), shares[group][index], rate(count, random.binomial(count, rates[group][index])), group
                )
                for group, counts in users.items()
                for index, count in enumerate(map(int, counts))
            ],
            target,
        )
        assert isinstance(value, PolicyValue)
        estimated = (value.weighted, value.self_normalised, value.doubly_robust)
        contained.append([estimate.contains(truth) for estimate in estimated])

    assert np.mean(contained, axis=0) == pytest.approx((0.95, 0.95, 0.95), abs=3 * math.sqrt(0.95 * 0.05 / 400))


def test_with_forty_conversions_intervals_hold_nearly_what_they_say() -> None:
    """46 variations of which hardly anybody converts, asked about a policy that prefers few of them; 300 logs."""
    world = np.random.default_rng(46)
    rates, shares = world.beta(2, 450, 46), world.dirichlet(np.full(46, 0.45))
    target = Target({str(index): float(share) for index, share in enumerate(shares)})
    random, truth = np.random.default_rng(1), float(shares @ rates)
    answers = []
    for _ in range(300):
        counts = random.multinomial(10_000, np.full(46, 1 / 46))
        hits = random.binomial(counts, rates)
        log_ = [Logged(str(i), 1 / 46, rate(*map(int, both))) for i, both in enumerate(zip(counts, hits, strict=True))]
        answers.append(evaluate_policy(log_, target))
    values = [value for value in answers if isinstance(value, PolicyValue)]

    assert len(values) >= 297
    assert np.mean([value.effective_users for value in values]) == pytest.approx(2_800, abs=100)
    assert 0.9 < np.mean([value.doubly_robust.contains(truth) for value in values]) < 0.98
