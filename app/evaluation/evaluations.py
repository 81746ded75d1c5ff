"""How does one evaluation run, from the first line of a log to the figures?"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from app.evaluation.readings import Reading
from app.evaluation.reports import Evaluation, LogSummary
from app.evaluation.trials import Trial, trial_of, trial_without_times
from prediction.boosting import LocalBoosting

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.evaluation.events import EventLog
    from app.evaluation.protocols import Protocol
    from app.evaluation.readings import Source
    from app.evaluation.tasks import Task


class Stage(NamedTuple):
    """How far an evaluation is: so much of `total`, which is 0 where nobody knows."""

    name: str
    done: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """What is evaluated, on what. `begin` finds the trainer and the split."""

    task: Task
    source: Source
    protocol: Protocol
    seed: int = 0
    begin: Callable[[Task, Protocol, EventLog], Trial] = trial_of
    clock: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def evaluated(self, progress: Callable[[Stage], None]) -> Evaluation:
        """Read the log, split it by time, train and measure, all as the product does.

        Raises:
            LogRefused: the log cannot be read.
            ProtocolRefused: the cut-offs that were asked for do not fit together, or not into the log.
            TrainingRefused: no model is to be had from it, with the reason.

        """
        began = self.clock()
        self.protocol.plan()  # what makes no sense is refused before anything is read
        reading = Reading(self.source, self.now())
        size = self.source.log.size_bytes
        log = reading.events(lambda position: progress(Stage("reading", position, size)))
        trial = self.begin(self.task, self.protocol, log) if reading.is_timed else trial_without_times(self.seed)
        for count, user in enumerate(log.user_logs(), 1):
            trial.trainer.add(user)
            progress(Stage("replaying", count, len(log.users)))
        progress(Stage("training", 0, 0))
        trained = trial.trainer.train(LocalBoosting(self.seed))
        return Evaluation(self.task, LogSummary.of(reading, log), trial, trained, self.clock() - began)
