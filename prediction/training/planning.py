"""At which instants shall training look at users, and how far ahead, given how these users come and go?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

from prediction.signals.words import counted
from prediction.training.outcomes import TrainingRefused
from prediction.training.plans import DAY, Plan, every
from prediction.training.spans import span_of

if TYPE_CHECKING:
    from collections import Counter
    from datetime import date

    from prediction.training.surveys import Survey

GAPS_WITHIN_HORIZON = 0.9
"""Of the gaps between two active days of a user. Who stays away for longer is probably gone."""

LONGEST_HORIZON_DAYS = 182

LEAST_SPAN_IN_HORIZONS = 4
"""One to be active in, one to train on, one to test on, and one to have more than a single cut-off."""

MOST_TRAINING_CUT_OFFS = 12
CUT_OFFS_PER_HORIZON = 3
WEEK_DAYS = 7


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is asked of a plan. Days that are `None` are for the data to tell; of cut-offs, these are the most."""

    horizon_days: int | None = None
    active_days: int | None = None
    training_cut_offs: int = MOST_TRAINING_CUT_OFFS
    test_cut_offs: int = 1


NO_WISHES = Wishes()


def planned(survey: Survey, wishes: Wishes = NO_WISHES) -> Plan:
    """A plan by the data's own rhythm, tested on the latest window that is complete.

    The horizon, unless it is wished for, is the 90 % quantile of the gaps between a user's active days, in whole weeks
    where there is time for that. More than one test where the data are long. Raises `TrainingRefused`.
    """
    first, last, strays = _bounds(survey)
    if first is None or last is None:
        raise TrainingRefused("No interaction of anybody who allows models was received in this time.")
    span_days = (last - first) // DAY
    if span_days < LEAST_SPAN_IN_HORIZONS:
        least = f"it takes at least {LEAST_SPAN_IN_HORIZONS} to learn from one day what happens on the next."
        raise TrainingRefused(f"Everything was received within {counted(max(span_days, 1), 'day')}; {least}")
    if not survey.gaps:
        raise TrainingRefused("Nobody was seen on two different days, so nobody's coming back can be foretold.")
    if wishes.horizon_days is not None:
        _refuse_too_long(wishes.horizon_days, span_days)
        return _plan(first, last, wishes, f"The horizon was given.{strays}")
    typical = gap_quantile(survey.gaps, GAPS_WITHIN_HORIZON)
    fitting = _horizon_days(typical, span_days)
    explanation = f"{_explained(typical, fitting, span_days)}{strays}"
    return _plan(first, last, replace(wishes, horizon_days=fitting), explanation)


def _bounds(survey: Survey) -> tuple[datetime | None, datetime | None, str]:
    """From when to when cut-offs may lie, and what to say of interactions that lie far from all others."""
    first, last = survey.first_received_at, survey.last_received_at
    if not survey.received_on:
        return first, last, ""
    span = span_of(survey.received_on)
    if span.before:
        first = _start_of(span.first)
    if span.after:
        last = _start_of(span.last)
    strays = span.before + span.after
    return first, last, f" {strays:,} interactions lie far from all others; no cut-off does." if strays else ""


def gap_quantile(gaps: Counter[int], share: float) -> int:
    """The least number of days within which at least this share of the gaps ended."""
    seen, wanted = 0, share * gaps.total()
    for days in sorted(gaps):
        seen += gaps[days]
        if seen >= wanted:
            return days
    raise ValueError("there are no gaps, or the share is more than all")


def _horizon_days(typical: int, span_days: int) -> int:
    fitting = span_days // LEAST_SPAN_IN_HORIZONS
    if fitting < WEEK_DAYS:
        return min(typical, fitting)
    weeks = min(-(-typical // WEEK_DAYS), fitting // WEEK_DAYS, LONGEST_HORIZON_DAYS // WEEK_DAYS)
    return weeks * WEEK_DAYS


def _refuse_too_long(horizon_days: int, span_days: int) -> None:
    if span_days < LEAST_SPAN_IN_HORIZONS * horizon_days:
        raise TrainingRefused(
            f"The data spans {span_days} days, and a horizon of {horizon_days} days needs {LEAST_SPAN_IN_HORIZONS} "
            "times as many to learn from one what happens in the next."
        )


def _plan(first: datetime, last: datetime, wishes: Wishes, explanation: str) -> Plan:
    horizon_days = wishes.horizon_days or 1
    horizon = horizon_days * DAY
    tests = min(max((last - first) // horizon // LEAST_SPAN_IN_HORIZONS, 1), wishes.test_cut_offs)
    test = tuple(_midnight(last - horizon) - horizon * back for back in reversed(range(tests)))
    latest = test[0] - horizon
    step_days = max(1, horizon_days // CUT_OFFS_PER_HORIZON)
    earliest = first + horizon
    steps = min((latest - earliest) // (step_days * DAY), wishes.training_cut_offs - 1)
    training = every(step_days, latest - steps * step_days * DAY, latest)
    return Plan(horizon_days, wishes.active_days or horizon_days, training, test, explanation)


def _explained(typical: int, horizon_days: int, span_days: int) -> str:
    rhythm = f"Nine of ten users who came back did so within {counted(typical, 'day')}"
    if horizon_days >= typical:
        return f"{rhythm}, so the horizon is {horizon_days} days."
    return f"{rhythm}; the data spans {span_days} days, which allows a horizon of {horizon_days}."


def _midnight(instant: datetime) -> datetime:
    """The last one that is not later."""
    return _start_of(instant.astimezone(UTC).date())


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
