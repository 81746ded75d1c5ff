"""Do a few interactions far from all others decide between which days data lie?"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from prediction.training.planning import planned
from prediction.training.spans import DaySpan, span_of
from prediction.training.surveys import Survey

FIRST = date(2026, 1, 1)
YEAR = {FIRST + timedelta(days=day): 100 for day in range(0, 365, 5)}
LAST = max(YEAR)


def days_surveyed(counts: dict[date, int]) -> Survey:
    first, last = (datetime(day.year, day.month, day.day, 7, tzinfo=UTC) for day in (min(counts), max(counts)))
    survey = Survey(1_000, sum(counts.values()), first_received_at=first, last_received_at=last)
    survey.received_on.update(counts)
    survey.gaps.update({7: 90, 30: 10})
    return survey


def test_a_gap_longer_than_the_rest_before_hardly_anything_ends_the_data() -> None:
    assert span_of(YEAR) == DaySpan(FIRST, LAST)
    assert span_of({**YEAR, date(2048, 5, 1): 60, date(2048, 5, 2): 8}) == DaySpan(FIRST, LAST, after=68)
    assert span_of({**YEAR, date(1970, 1, 1): 2}) == DaySpan(FIRST, LAST, before=2)
    assert span_of({date(1970, 1, 1): 2, **YEAR, date(2100, 1, 1): 3}) == DaySpan(FIRST, LAST, 2, 3)


def test_what_is_more_than_a_hundredth_is_part_of_the_data_however_far_away() -> None:
    assert span_of({**YEAR, date(2048, 5, 1): 74}).last == date(2048, 5, 1)
    assert span_of({**YEAR, LAST + timedelta(days=300): 1}).last == LAST + timedelta(days=300)


@given(st.dictionaries(st.dates(FIRST, date(2029, 1, 1)), st.integers(1, 1_000), min_size=1, max_size=60))
def test_hardly_anything_is_ever_left_out(counts: dict[date, int]) -> None:
    span = span_of(counts)

    total = sum(counts.values())
    assert span.before + span.after + sum(n for day, n in counts.items() if span.first <= day <= span.last) == total
    assert counts.keys() >= {span.first, span.last}


def test_a_forgotten_test_user_moves_no_cut_off() -> None:
    plan, moved = (planned(days_surveyed(counts)) for counts in (YEAR, {**YEAR, date(2048, 5, 1): 60}))

    assert (moved.training, moved.test, moved.horizon) == (plan.training, plan.test, plan.horizon)
    assert moved.explanation == f"{plan.explanation} 60 interactions lie far from all others; no cut-off does."
