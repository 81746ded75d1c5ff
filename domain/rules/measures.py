"""How are the numbers that conditions compare read from a history, and when do they change by time alone?"""

from __future__ import annotations

from bisect import bisect_right
from itertools import chain
from math import floor
from operator import attrgetter
from typing import TYPE_CHECKING, TypeAlias

from domain.model.conditions import ActivityMeasure
from domain.rules.instants import DAY_SECONDS, DAY_US, FOREVER_US, SECOND_US
from domain.rules.predicates import Predicate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from domain.model.interactions import InteractionKind
    from domain.model.profiles import History
    from domain.model.ranges import Range
    from domain.rules.situations import Situation

Test: TypeAlias = "Callable[[float], bool]"
EventUs: TypeAlias = "Callable[[History], int | None]"
MICROS = 1_000_000

COUNTS: Mapping[ActivityMeasure, Callable[[History], float]] = {
    ActivityMeasure.SESSIONS: lambda history: history.older_sessions + len(history.sessions),
    ActivityMeasure.INTERACTIONS: lambda history: history.interactions,
    ActivityMeasure.CONVERSIONS: lambda history: history.conversions,
    ActivityMeasure.ACTIVE_DAYS: lambda history: history.older_days + len(history.days),
    ActivityMeasure.VALUE: lambda history: history.value_micros / MICROS,
}
SESSION_WINDOWS_DAYS: Mapping[ActivityMeasure, int] = {
    ActivityMeasure.SESSIONS_7D: 7,
    ActivityMeasure.SESSIONS_30D: 30,
}


def range_test(wanted: Range) -> Test:
    """`wanted.contains`, specialised for the one bound that nearly every range has."""
    match (wanted.gte, wanted.gt, wanted.lte, wanted.lt, wanted.eq):
        case (float() | int() as low, None, None, None, None):
            return lambda number: number >= low
        case (None, float() | int() as low, None, None, None):
            return lambda number: number > low
        case (None, None, float() | int() as high, None, None):
            return lambda number: number <= high
        case (None, None, None, float() | int() as high, None):
            return lambda number: number < high
        case _:
            return wanted.contains


def counted(count: Callable[[History], float], wanted: Range) -> Predicate:
    """A number that only interactions change."""
    test = range_test(wanted)
    return Predicate(lambda situation: test(count(situation.history)))


def churn_risk(situation: Situation) -> float | None:
    """`None`: no model says."""
    insights = situation.insights
    return None if insights is None or insights.churn is None else insights.churn.risk


def lifetime_value(situation: Situation) -> float | None:
    """What the user is expected to spend; `None`: no model says."""
    insights = situation.insights
    return None if insights is None or insights.lifetime_value is None else insights.lifetime_value.expected


def predicted(number: Callable[[Situation], float | None], wanted: Range) -> Predicate:
    """A number that only models change; without it this never holds."""
    test = range_test(wanted)

    def holds(situation: Situation) -> bool:
        known = number(situation)
        return known is not None and test(known)

    return Predicate(holds)


def aged(event_us: EventUs, wanted: Range) -> Predicate:
    """Whole days since an event (rounded down, at least 0); without the event it never holds."""
    test = range_test(wanted)
    # The age grows by whole days, so the answer can only turn at the integers next to a bound.
    turns = sorted({floor(bound) + step for bound in wanted.bounds() for step in (0, 1)})

    def holds(situation: Situation) -> bool:
        event = event_us(situation.history)
        return event is not None and test(max((situation.now_us - event) // DAY_US, 0))

    def changes_us(situation: Situation) -> int:
        event = event_us(situation.history)
        if event is None:
            return FOREVER_US
        days = max((situation.now_us - event) // DAY_US, 0)
        held = test(days)
        turn = next((turn for turn in turns if turn > days and test(turn) is not held), None)
        return FOREVER_US if turn is None else min(event + turn * DAY_US, FOREVER_US)

    return Predicate(holds, changes_us)


def sessions_within(days: int, wanted: Range) -> Predicate:
    """Sessions that started after `days` x 24 hours ago."""
    test = range_test(wanted)
    first_turn = _turns_downwards(wanted, test)
    start_of = attrgetter("start_us")
    window_us = days * DAY_US

    def holds(situation: Situation) -> bool:
        sessions = situation.history.sessions
        return test(len(sessions) - bisect_right(sessions, situation.now_us - window_us, key=start_of))

    def changes_us(situation: Situation) -> int:
        sessions = situation.history.sessions
        gone = bisect_right(sessions, situation.now_us - window_us, key=start_of)
        lost = first_turn(len(sessions) - gone)
        return FOREVER_US if lost is None else sessions[gone + lost - 1].start_us + window_us

    return Predicate(holds, changes_us)


def done_within(kind: InteractionKind, target: str | None, days: int, wanted: Range) -> Predicate:
    """Interactions of a kind (on one target, or on any) that occurred after `days` x 24 hours ago."""
    test = range_test(wanted)
    first_turn = _turns_downwards(wanted, test)
    window_seconds = days * DAY_SECONDS

    def instants_of(history: History) -> Iterable[Sequence[int]]:
        targets = history.recent.get(kind)
        if not targets:
            return ()
        return targets.values() if target is None else (targets.get(target, ()),)

    def holds(situation: Situation) -> bool:
        after = situation.now_us // SECOND_US - window_seconds
        return test(sum([len(run) - bisect_right(run, after) for run in instants_of(situation.history)]))

    def on_target_holds(situation: Situation) -> bool:
        """The same where there is but one run."""
        targets = situation.history.recent.get(kind)
        run = targets.get(target, ()) if targets and target is not None else ()
        return test(len(run) - bisect_right(run, situation.now_us // SECOND_US - window_seconds))

    def changes_us(situation: Situation) -> int:
        after = situation.now_us // SECOND_US - window_seconds
        runs = [run[bisect_right(run, after) :] for run in instants_of(situation.history)]
        counted = runs[0] if len(runs) == 1 else sorted(chain.from_iterable(runs))
        lost = first_turn(len(counted))
        return FOREVER_US if lost is None else (counted[lost - 1] + window_seconds) * SECOND_US

    return Predicate(holds if target is None else on_target_holds, changes_us)


def _turns_downwards(wanted: Range, test: Test) -> Callable[[int], int | None]:
    """How many of a number of things must go before the answer turns; `None`: however many go, it stays.

    Going down, an answer can only turn on reaching the integers next to a bound.
    """
    candidates = sorted({floor(bound) - step for bound in wanted.bounds() for step in (0, 1)}, reverse=True)

    def first_turn(total: int) -> int | None:
        held = test(total)
        for count in candidates:
            if 0 <= count < total and test(count) is not held:
                return total - count
        return None

    return first_turn
