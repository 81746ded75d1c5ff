"""Does a survey say how much data there is, and whether it tells what was known when?"""

from __future__ import annotations

from datetime import timedelta

from domain.model.users import UserId
from prediction.training.logs import UserLog
from prediction.training.surveys import LONGEST_GAP_DAYS, Survey
from tests.builders.trainers import START
from tests.builders.training_logs import visits


def survey(*logs: UserLog) -> Survey:
    survey = Survey()
    for log in logs:
        survey.add(log)
    return survey


def test_sizes_and_spans_are_those_of_all_logs() -> None:
    found = survey(visits("ada", 1, 3), visits("bea", (0, 2)), UserLog(UserId("silent"), ()))
    assert (found.users, found.interactions) == (2, 3)
    assert (found.first_occurred_at, found.last_occurred_at) == (START, START + timedelta(days=3))
    assert (found.first_received_at, found.last_received_at) == (START + timedelta(days=1), START + timedelta(days=3))


def test_gaps_lie_between_active_days_in_whatever_order_they_were_received() -> None:
    assert survey(visits("ada", 5, 1, 1.5, 2), visits("bea", 0, 9_999)).gaps == {1: 1, 3: 1, LONGEST_GAP_DAYS: 1}


def test_history_that_came_late_for_the_most_part_was_imported() -> None:
    assert not survey(visits("ada", 1, 2, (3, 5))).was_imported
    assert survey(visits("ada", 1, (2, 40), (3, 40))).was_imported
    assert not survey().was_imported
