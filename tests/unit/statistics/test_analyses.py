"""Published experiments give their published answers, and nonsense gives a reason."""

from __future__ import annotations

import math

import pytest

from domain.model.experiment_results import Comparison, Lift, Verdict
from domain.statistics.analyses import analyse
from domain.statistics.questions import Design, Looks, Outcome, Question
from domain.statistics.samples import Sample
from tests.builders.observed import AT, MEAN, ONCE, RATE, RATIO, analysed, observed

ANY_TIME = Design(looks=Looks.ANY_TIME)
COOKIE_CATS = (Sample.of_rate(44_700, 8_502), Sample.of_rate(45_489, 8_279))
VISITS = (Sample.of_rate(21_306, 2_262), Sample.of_rate(21_307, 3_894), Sample.of_rate(21_387, 3_238))


def compared(*samples: Sample, question: Question = RATE, design: Design = ONCE) -> Comparison:
    comparison = analysed(*samples, question=question, design=design).variations[1].goal.comparison
    assert comparison is not None
    return comparison


def lifted(*samples: Sample, question: Question = RATE, design: Design = ONCE) -> Lift:
    lift = analysed(*samples, question=question, design=design).variations[1].lift
    assert lift is not None
    return lift


def test_cookie_cats_day_7_is_as_published() -> None:
    comparison, lift = compared(*COOKIE_CATS), lifted(*COOKIE_CATS)

    assert comparison.difference == pytest.approx(-0.008201, abs=5e-7)
    assert (comparison.low, comparison.high) == pytest.approx((-0.013282, -0.003121), abs=5e-7)
    assert comparison.p_value == pytest.approx(0.001554, abs=5e-7)
    assert (lift.relative, lift.low, lift.high) == pytest.approx((-0.0431, -0.0692, -0.0170), abs=5e-5)
    assert comparison.chance_to_win == pytest.approx(0.00078, abs=5e-6)
    assert (comparison.sequential_low, comparison.sequential_high) == pytest.approx((-0.016813, 0.000411), abs=5e-7)


def test_cookie_cats_is_concluded_at_its_end_with_a_warning_about_the_split() -> None:
    results = analysed(*COOKIE_CATS)

    assert results.verdict is Verdict.CONTROL_WINS
    assert results.winner is None
    assert results.sample_ratio_p_value == pytest.approx(0.0086, abs=5e-5)
    assert not results.sample_ratio_mismatch
    assert "not divided as planned (p = 0.00861)" in results.verdict_text
    assert "valid if looked at once" in results.verdict_text


def test_cookie_cats_is_undecided_for_who_looks_every_day() -> None:
    results = analysed(*COOKIE_CATS, design=ANY_TIME)

    assert results.verdict is Verdict.KEEP_RUNNING
    assert "[-1.68, +0.04]" in results.verdict_text


def test_cookie_cats_day_1_shows_nothing() -> None:
    comparison = compared(Sample.of_rate(44_700, 20_034), Sample.of_rate(45_489, 20_119))

    assert comparison.difference == pytest.approx(-0.005905, abs=5e-7)
    assert comparison.p_value == pytest.approx(0.0744, abs=5e-5)


def test_udacity_gross_conversion_falls_and_net_conversion_is_open() -> None:
    gross = compared(Sample.of_rate(17_293, 3_785), Sample.of_rate(17_260, 3_423))
    net = compared(Sample.of_rate(17_293, 2_033), Sample.of_rate(17_260, 1_945))

    assert (gross.difference, gross.low, gross.high) == pytest.approx((-0.02055, -0.02912, -0.01199), abs=1e-5)
    assert (net.difference, net.low, net.high) == pytest.approx((-0.00487, -0.0116, 0.00186), abs=1e-5)


def test_hillstrom_has_a_winner_of_two_that_are_both_better() -> None:
    results = analysed(*VISITS)

    assert results.verdict is Verdict.VARIATION_WINS
    assert results.winner == "b"
    assert results.verdict_text.startswith("b is better than a. So is c, but by less.")


def test_of_two_winners_that_are_alike_none_is_called_the_better_one() -> None:
    results = analysed(VISITS[0], VISITS[1], Sample.of_rate(21_307, 3_890))

    assert results.verdict is Verdict.VARIATION_WINS
    assert "which of them is best is not decided" in results.verdict_text


def test_p_values_are_adjusted_for_the_number_of_variations() -> None:
    alone = compared(Sample.of_rate(10_000, 1_000), Sample.of_rate(10_000, 1_085))
    beside = compared(Sample.of_rate(10_000, 1_000), Sample.of_rate(10_000, 1_085), Sample.of_rate(10_000, 1_001))

    assert alone.adjusted_p_value == alone.p_value < 0.05
    assert beside.adjusted_p_value == 2 * alone.p_value > 0.05


def test_a_cheaper_outcome_wins_where_less_is_better() -> None:
    results = analysed(*COOKIE_CATS, question=Question(Outcome.RATE, increase=False))

    assert results.verdict is Verdict.VARIATION_WINS
    comparison = results.variations[1].goal.comparison
    assert comparison is not None
    assert comparison.chance_to_win == pytest.approx(1 - 0.00078, abs=5e-6)
    assert comparison.expected_loss == pytest.approx(0, abs=1e-5)


def test_a_winner_that_worsens_a_guardrail_does_not_win() -> None:
    control = observed("a", Sample.of_rate(10_000, 1_000), Sample.of_rate(10_000, 5_000))
    other = observed("b", Sample.of_rate(10_000, 1_200), Sample.of_rate(10_000, 4_500))
    results = analyse(control, [other], (RATE, Question(Outcome.RATE, name="staying")), AT, ONCE)

    assert results.verdict is Verdict.CONTROL_WINS
    assert results.variations[1].guardrails[0].is_worse
    assert "b worsens the guardrail staying." in results.verdict_text


def test_a_guardrail_that_nobody_met_is_no_obstacle_but_is_told() -> None:
    control = observed("a", Sample.of_rate(10_000, 1_000), Sample())
    other = observed("b", Sample.of_rate(10_000, 1_200), Sample())
    results = analyse(control, [other], (RATE, RATE), AT, ONCE)

    assert results.verdict is Verdict.VARIATION_WINS
    assert "Not every guardrail has data enough" in results.verdict_text


def test_a_broken_split_voids_whatever_else_there_is() -> None:
    results = analysed(Sample.of_rate(10_000, 1_000), Sample.of_rate(9_000, 1_800))

    assert (results.verdict, results.sample_ratio_mismatch) == (Verdict.VOID, True)
    assert "10,000 of a, 9,000 of b" in results.verdict_text


def test_of_nobody_it_is_said_once_and_for_every_variation_why_nothing_is_known() -> None:
    control, other = (observed(key, Sample(), Sample()) for key in "ab")
    results = analyse(control, [other], (RATE, MEAN), AT, Design())

    assert results.verdict_text == "There is not enough data for a verdict: nobody has been exposed yet."
    for each in results.variations:
        goals = each.goal, *(guardrail.result for guardrail in each.guardrails)
        assert {(goal.mean, goal.absent) for goal in goals} == {(None, "nobody has been exposed yet")}


def test_what_is_wrong_with_the_control_is_not_said_of_a_variation_that_nobody_has_met() -> None:
    results = analysed(Sample.of_rate(1, 1), Sample())

    assert [each.goal.absent for each in results.variations] == ["", "nobody has been exposed yet"]


def test_a_difference_too_small_to_matter_is_none() -> None:
    many = 20_000_000
    results = analysed(Sample.of_rate(many, many // 2), Sample.of_rate(many, many // 2 + 1_000))

    assert results.verdict is Verdict.NO_DIFFERENCE
    assert "None is better than a by 1 % or more" in results.verdict_text


def test_knowledge_of_the_time_before_narrows_the_interval_and_says_by_how_much() -> None:
    before = [float(user % 50) for user in range(1_000)]
    noise = [float((user * 7919) % 11) for user in range(1_000)]
    one = Sample.of([old + new for old, new in zip(before, noise, strict=True)], before=before)
    other = Sample.of([old + new + 1 for old, new in zip(before, noise, strict=True)], before=before)
    plain = compared(
        *(Sample(each.users, each.conversions, each.total, each.total_squares) for each in (one, other)),
        question=MEAN,
    )
    adjusted = compared(one, other, question=MEAN)

    assert plain.variance_reduction is None
    assert adjusted.variance_reduction == pytest.approx(0.954, abs=0.001)
    assert adjusted.difference == pytest.approx(1)
    assert adjusted.high - adjusted.low < (plain.high - plain.low) / 4


def test_a_ratio_is_of_sums_over_users_and_its_error_is_that_of_users() -> None:
    clicks, views = [1.0, 2.0, 0.0, 3.0] * 100, [2.0, 4.0, 1.0, 5.0] * 100
    comparison = compared(
        Sample.of(clicks, denominators=views), Sample.of(clicks[:399], denominators=views[:399]), question=RATIO
    )

    assert comparison.difference == pytest.approx(597 / 1195 - 0.5)
    residuals = [click - 0.5 * view for click, view in zip(clicks, views, strict=True)]
    variance = sum(each**2 for each in residuals) / 399 / 3**2
    assert comparison.standard_error == pytest.approx(math.sqrt(variance / 400 + variance / 399), rel=2e-3)


@pytest.mark.parametrize(
    ("control", "variation", "question", "reason"),
    [
        (Sample(), Sample(), RATE, "nobody has been exposed yet"),
        (Sample.of_rate(500, 50), Sample(), RATE, "nobody has been exposed"),
        (Sample.of_rate(500, 50), Sample.of_rate(1, 1), RATE, "one user alone shows no spread"),
        (Sample.of_rate(500, 500), Sample.of_rate(500, 500), RATE, "in the control, everybody has reached the goal"),
        (Sample.of_rate(500, 0), Sample.of_rate(500, 0), RATE, "in the control, nobody has reached the goal"),
        (Sample.of([7.0] * 500), Sample.of([7.0] * 500), MEAN, "in the control, every user has the same outcome"),
        (Sample.of_rate(500, 501), Sample.of_rate(500, 50), RATE, "in the control, the sums are not those of any"),
        (Sample(500, 5, -5, 5), Sample.of_rate(500, 50), RATE, "a rate counts every user once or not at all"),
        (Sample(500, 5, math.nan, 5), Sample.of_rate(500, 50), RATE, "the sums are not those of any users"),
        (Sample(500, 5, math.inf, math.inf), Sample.of_rate(500, 50), MEAN, "the sums are not those of any users"),
        (Sample(-500, 5, 5, 5), Sample.of_rate(500, 50), MEAN, "the sums are not those of any users"),
        (Sample.of([1e300, 2e300] * 200), Sample.of([1e300, 2e300] * 200), MEAN, "too large to compute with"),
        (Sample.of([1.0, 2.0] * 200), Sample.of([1.0, 3.0] * 200), RATIO, "sums to nothing above 0"),
    ],
)
def test_what_cannot_be_computed_is_absent_with_the_reason(
    control: Sample, variation: Sample, question: Question, reason: str
) -> None:
    results = analysed(control, variation, question=question, design=Design(looks=Looks.ANY_TIME, least_users=1))
    result = results.variations[1].goal

    assert (result.comparison, result.lift) == (None, None)
    assert reason in result.absent
    assert results.verdict in {Verdict.NOT_ENOUGH_DATA, Verdict.VOID}


def test_negative_outcomes_differ_but_nothing_is_relative_to_them() -> None:
    result = analysed(Sample.of([-1.0, -2.0] * 200), Sample.of([1.0, 2.0] * 200), question=MEAN).variations[1].goal

    assert result.comparison is not None
    assert result.comparison.difference == 3
    assert (result.lift, result.absent) == (None, "the control's mean is not above 0: nothing is relative to it")


def test_huge_values_keep_their_small_spread() -> None:
    comparison = compared(Sample.of([1e15, 1e15 + 1] * 200), Sample.of([1e15 + 1, 1e15 + 2] * 200), question=MEAN)

    assert comparison.difference == 1
    assert comparison.standard_error == pytest.approx(math.sqrt(2 * 0.25 * 400 / 399 / 400))


def test_few_users_are_compared_but_nothing_is_concluded_from_them() -> None:
    results = analysed(Sample.of_rate(40, 1), Sample.of_rate(40, 39))

    assert results.verdict is Verdict.NOT_ENOUGH_DATA
    assert "40 users are too few to conclude from" in results.verdict_text


def test_an_experiment_without_variations_says_so() -> None:
    assert analysed(Sample.of_rate(1_000, 100)).verdict is Verdict.NOT_ENOUGH_DATA


def test_an_experiment_that_nobody_saw_is_no_mismatch() -> None:
    results = analysed(Sample(), Sample())

    assert (results.exposed_users, results.sample_ratio_p_value) == (0, 1)
    assert results.variations[0].mean is None
