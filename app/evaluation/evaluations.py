"""How does one evaluation run, from the first line of a log to the figures?"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from app.evaluation.protocols import Protocol, ProtocolRefused
from app.evaluation.readings import Reading
from app.evaluation.reports import Evaluation, LogSummary
from app.evaluation.untimed import HidingTrainer
from domain.rules.instants import instant_at
from prediction.boosting import LocalBoosting

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.evaluation.events import EventLog
    from app.evaluation.readings import Source
    from app.evaluation.tasks import Task
    from prediction.training.outcomes import Trainer
    from prediction.training.plans import Plan


UNFINISHED_SHARE = 0.1


class Stage(NamedTuple):
    """How far an evaluation is: so much of `total`, which is 0 where nobody knows."""

    name: str
    done: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """What is evaluated. `planned`: the plan of a log, if none was asked for."""

    task: Task
    trainer: Callable[[Plan], Trainer[Any]]
    planned: Callable[[EventLog], Plan]
    source: Source
    protocol: Protocol
    seed: int = 0
    clock: Callable[[], float] = time.monotonic

    def evaluated(self, progress: Callable[[Stage], None]) -> Evaluation:
        """Read the log, split it by time, train and measure, all as the product does.

        Raises:
            LogRefused: the log cannot be read.
            ProtocolRefused: the cut-offs that were asked for do not fit together, or not into the log.
            TrainingRefused: no model is to be had from it, with the reason.

        """
        began = self.clock()
        asked = self.protocol.plan()
        reading = Reading(self.source)
        size = self.source.log.size_bytes
        log = reading.events(lambda position: progress(Stage("reading", position, size)))
        summary = LogSummary.of(reading, log)
        plan = self._plan(asked, log) if reading.is_timed else None
        trainer: Trainer[Any] = HidingTrainer(self.seed) if plan is None else self.trainer(plan)
        for count, user in enumerate(log.user_logs(), 1):
            trainer.add(user)
            progress(Stage("replaying", count, len(log.users)))
        progress(Stage("training", 0, 0))
        trained = trainer.train(LocalBoosting(self.seed))
        return Evaluation(self.task, summary, plan, trained, self.clock() - began)

    def _plan(self, asked: Plan | None, log: EventLog) -> Plan:
        if asked is None:
            return self.planned(log)
        _refuse_unfinished(asked, int(log.columns.instants.max()))
        return asked


def _refuse_unfinished(plan: Plan, last_us: int) -> None:
    """Whoever came after the end of the log must not count as gone; a tenth of the horizon may be missing."""
    last, wanted = instant_at(last_us), plan.ends_at
    if wanted - last > plan.horizon * UNFINISHED_SHARE:
        raise ProtocolRefused(
            f"the log ends on {last:%Y-%m-%d}, and what comes of the last test cut-off is known on {wanted:%Y-%m-%d}"
        )
