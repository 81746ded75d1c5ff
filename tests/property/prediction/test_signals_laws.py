"""Signals are finite, the same in training and in serving, and blind to what is received after the cut-off."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import accumulate
from statistics import fmean, pstdev

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from domain.model.habits import DailyTotals, Habits
from domain.model.interactions import Interaction, RecordedInteraction
from domain.model.profiles import History
from domain.model.users import UserId
from domain.rules.folding.habits import habits_from_scratch
from domain.rules.profiles import fold_from_scratch
from prediction.signals.catalogue import PLACES, SIGNALS
from prediction.signals.pasts import LATEST_GAPS
from prediction.signals.rows import signals_of, signals_of_all
from prediction.training.logs import UserLog
from prediction.training.snapshots import snapshots_of
from tests.builders.interactions import DAY, MONDAY
from tests.property.profiles.strategies import instants, interactions

ADA = UserId("ada")
CUT_OFFS = tuple(MONDAY + days * DAY for days in (30, 90, 91, 200))
DELAYS = st.integers(0, 200 * 24).map(lambda hours: timedelta(hours=hours))


def log_of(received: list[tuple[Interaction, timedelta]]) -> UserLog:
    """Received with delays, in order of receipt."""
    ordered = sorted(received, key=lambda pair: pair[0].occurred_at + pair[1])
    return UserLog(
        ADA,
        [RecordedInteraction(place, one, one.occurred_at + delay) for place, (one, delay) in enumerate(ordered)],
    )


LOGS = st.sampled_from([20, 260]).flatmap(
    lambda days: st.lists(st.tuples(interactions(days), DELAYS), max_size=30).map(log_of)
)


def served(log: UserLog, at: datetime) -> np.ndarray | None:
    """As serving computes them: everything received so far, folded from scratch."""
    received = [recorded.interaction for recorded in log.interactions if recorded.received_at <= at]
    return signals_of(fold_from_scratch(received), habits_from_scratch(received), at) if received else None


@given(LOGS)
def test_training_and_serving_compute_the_same_bits(log: UserLog) -> None:
    rows = {snapshot.at: snapshot.row for snapshot in snapshots_of(log, CUT_OFFS)}
    for at in CUT_OFFS:
        expected = served(log, at)
        assert (expected is None) == (at not in rows)
        if expected is not None:
            assert rows[at].tobytes() == expected.tobytes()


@given(st.lists(st.integers(1, 100_000), min_size=2, max_size=32))
def test_the_variation_of_gaps_is_the_exactly_rounded_one(gaps: list[int]) -> None:
    days = tuple(accumulate(gaps, initial=0))
    ones = (1,) * len(days)
    habits = Habits(DailyTotals(days, ones, ones, ones, ones, ones))

    row = signals_of(History(), habits, MONDAY)

    latest = gaps[-LATEST_GAPS:]
    assert row[PLACES["gap_variation"]] == np.float32(pstdev(latest) / fmean(latest))


@given(LOGS, LOGS)
def test_nothing_received_after_a_cut_off_changes_what_was_known_at_it(log: UserLog, more: UserLog) -> None:
    last = CUT_OFFS[1]
    late = [recorded for recorded in more.interactions if recorded.received_at > last]
    longer = UserLog(ADA, [*(one for one in log.interactions if one.received_at <= last), *late])

    before = [s for s in snapshots_of(log, CUT_OFFS) if s.at <= last]
    after = [s for s in snapshots_of(longer, CUT_OFFS) if s.at <= last]
    assert before == after
    assert [s.row.tobytes() for s in before] == [s.row.tobytes() for s in after]


@given(st.lists(interactions() | interactions(days=2), max_size=40), instants(days=700))
def test_signals_are_finite_for_any_past(received: list[Interaction], at: datetime) -> None:
    row = signals_of(fold_from_scratch(received), habits_from_scratch(received), at)

    assert row.shape == (len(SIGNALS),)
    assert row.dtype == np.float32
    assert np.isfinite(row).all()


def test_signals_of_nobody_known_are_finite() -> None:
    assert np.isfinite(signals_of(History(), Habits(), MONDAY)).all()


@given(
    st.lists(st.tuples(st.lists(interactions() | interactions(days=2), max_size=12), instants(days=700)), max_size=6)
)
def test_a_user_has_the_same_bits_alone_and_among_others(pasts: list[tuple[list[Interaction], datetime]]) -> None:
    histories = [fold_from_scratch(received) for received, _ in pasts]
    habits = [habits_from_scratch(received) for received, _ in pasts]
    together = signals_of_all(histories, habits, [at for _, at in pasts])

    assert together.shape == (len(pasts), len(SIGNALS))
    for row, history, habit, (_, at) in zip(together, histories, habits, pasts, strict=True):
        assert row.tobytes() == signals_of(history, habit, at).tobytes()
