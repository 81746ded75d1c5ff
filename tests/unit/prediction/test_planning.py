"""Is a plan made by the rhythm of the data, and refused where there is none?"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from prediction.training.outcomes import TrainingRefused
from prediction.training.planning import Wishes, gap_quantile, planned
from prediction.training.surveys import Survey
from tests.builders.trainers import START
from tests.builders.training_logs import visits

DAY = timedelta(days=1)


def survey(span_days: int, gaps: dict[int, int]) -> Survey:
    last = START + span_days * DAY + timedelta(hours=7)
    return Survey(10, 100, first_received_at=START, last_received_at=last, gaps=Counter(gaps))


def test_the_horizon_is_that_within_which_nine_of_ten_come_back() -> None:
    plan = planned(survey(364, {1: 50, 10: 40, 100: 10}))
    assert (plan.horizon_days, plan.active_days) == (14, 14)
    assert plan.explanation == "Nine of ten users who came back did so within 10 days, so the horizon is 14 days."
    assert plan.test == (START + 350 * DAY,)
    assert plan.training[-1] == START + 336 * DAY
    assert len(plan.training) == 12
    assert plan.training[1] - plan.training[0] == 4 * DAY


@pytest.mark.parametrize(
    ("span_days", "typical", "horizon_days"),
    [
        (7_941, 117, 119),  # as oss_contributions_a
        (194, 10, 14),  # as college_messages
        (373, 99, 91),  # as online_retail_2011: there is no time for more
        (545, 200, 133),  # as cdnow
        (9_999, 999, 182),
        (20, 9, 5),
        (4, 1, 1),
    ],
)
def test_a_horizon_fits_into_the_data_several_times(span_days: int, typical: int, horizon_days: int) -> None:
    plan = planned(survey(span_days, {typical: 1}))
    assert plan.horizon_days == horizon_days
    assert plan.ends_at <= START + span_days * DAY
    assert plan.training[0] - plan.active >= START


def test_what_was_cut_short_is_said() -> None:
    told = planned(survey(20, {9: 1})).explanation
    assert told == (
        "Nine of ten users who came back did so within 9 days; the data spans 20 days, which allows a horizon of 5."
    )


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (Survey(), "No interaction"),
        (survey(0, {}), "Everything was received within 1 day"),
        (survey(3, {1: 5}), "Everything was received within 3 day"),
        (survey(100, {}), "Nobody was seen on two different days"),
    ],
)
def test_data_without_a_rhythm_is_refused_in_words(found: Survey, reason: str) -> None:
    with pytest.raises(TrainingRefused, match=reason):
        planned(found)


def test_a_plan_is_made_of_what_was_surveyed() -> None:
    found = Survey()
    for number in range(3):
        found.add(visits(f"user-{number}", *range(0, 60, 2 + number)))
    assert planned(found).horizon_days == 7


def test_quantiles_of_gaps_are_whole_days() -> None:
    gaps = Counter({1: 5, 2: 4, 30: 1})
    assert [gap_quantile(gaps, share) for share in (0.1, 0.5, 0.51, 0.9, 0.91, 1.0)] == [1, 1, 2, 2, 30, 30]
    with pytest.raises(ValueError, match="no gaps"):
        gap_quantile(Counter(), 0.5)


def test_a_horizon_that_is_given_is_kept() -> None:
    plan = planned(survey(100, {5: 10}), Wishes(horizon_days=9, active_days=30))
    assert (plan.horizon_days, plan.active_days, plan.explanation) == (9, 30, "The horizon was given.")
    with pytest.raises(TrainingRefused, match="a horizon of 26 days needs 4 times as many"):
        planned(survey(100, {5: 10}), Wishes(horizon_days=26))


def test_long_data_is_tested_more_than_once_where_that_is_wished_for() -> None:
    wishes = Wishes(training_cut_offs=40, test_cut_offs=4)
    plan = planned(survey(364, {10: 1}), wishes)
    assert plan.test == tuple(START + day * DAY for day in (308, 322, 336, 350))
    assert plan.training[-1] == START + 294 * DAY
    assert len(plan.training) == 40
    assert len(planned(survey(60, {14: 1}), wishes).test) == 1
