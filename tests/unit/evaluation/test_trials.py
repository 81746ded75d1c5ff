"""A task is split by what was asked for, or by the log's own rhythm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.evaluation.protocols import Protocol, ProtocolRefused, parse_cut_offs
from app.evaluation.tasks import Task
from app.evaluation.trials import trial_of
from tests.unit.evaluation.logs import read

if TYPE_CHECKING:
    from pathlib import Path

    from app.evaluation.events import EventLog


def log_of_a_hundred_days(path: Path) -> EventLog:
    lines = [
        f"u{user},2025-{1 + day // 28:02}-{1 + day % 28:02},t{day % 5}" for user in range(30) for day in range(100)
    ]
    log, _ = read(path / "a.csv", "\n".join(["user,time,target", *lines]))
    return log


def test_a_test_whose_outcome_the_log_does_not_tell_is_refused(tmp_path: Path) -> None:
    training, test = parse_cut_offs("2025-02-01"), parse_cut_offs("2025-04-10")
    with pytest.raises(ProtocolRefused, match="the log ends on 2025-04-16"):
        trial_of(
            Task.RECOMMEND, Protocol(horizon_days=14, training=training, test=test), log_of_a_hundred_days(tmp_path)
        )


def test_the_log_gives_the_plan_where_none_was_asked_for(tmp_path: Path) -> None:
    trial = trial_of(Task.RECOMMEND, Protocol(), log_of_a_hundred_days(tmp_path))
    assert trial.plan is not None
    assert trial.plan.horizon_days == 7
    assert "within 1 day" in trial.split


def test_a_horizon_that_was_asked_for_is_kept(tmp_path: Path) -> None:
    trial = trial_of(Task.RECOMMEND, Protocol(horizon_days=7, active_days=9), log_of_a_hundred_days(tmp_path))
    assert trial.plan is not None
    assert (trial.plan.horizon_days, trial.plan.active_days) == (7, 9)


def test_next_actions_have_no_horizon_and_say_so_if_one_was_asked_for(tmp_path: Path) -> None:
    log = log_of_a_hundred_days(tmp_path)
    assert trial_of(Task.NEXT, Protocol(), log).plan is None
    assert "are not used" in trial_of(Task.NEXT, Protocol(horizon_days=7), log).split
