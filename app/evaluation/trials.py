"""Which trainer evaluates which task, and what does it foretell from what? The same as in the product."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.evaluation.protocols import Protocol, ProtocolRefused, plan_told
from app.evaluation.tasks import MODEL_TASKS, Task
from app.evaluation.untimed import TOLD, HidingTrainer
from app.training.courses import TRAINERS
from domain.rules.instants import instant_at
from prediction.next_actions.folds import NextActionEvaluator
from prediction.next_actions.splits import SplitByUser
from prediction.training.planning import Wishes, planned
from prediction.training.surveys import Survey

if TYPE_CHECKING:
    from app.evaluation.events import EventLog
    from prediction.training.outcomes import Trainer
    from prediction.training.plans import Plan

MOST_TRAINING_CUT_OFFS = 40
MOST_TEST_CUT_OFFS = 4
"""More than training needs, which only asks which model is better now: here the figures themselves are the purpose."""
UNFINISHED_SHARE = 0.1
"""Of the last horizon, so much may lie after the end of a log."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A trainer and, in words, how it splits the log; `plan`: if it does so at cut-offs."""

    trainer: Trainer[Any]
    split: str
    plan: Plan | None = None


def trial_without_times(seed: int) -> Trial:
    return Trial(HidingTrainer(seed), TOLD)


def trial_of(task: Task, protocol: Protocol, log: EventLog) -> Trial:
    """By the plan that was asked for or, where none was, by the one that the log's own rhythm gives.

    Raises:
        ProtocolRefused: what was asked for makes no plan, or the log ends before the last horizon does.
        TrainingRefused: the log gives no plan.

    """
    if task is Task.NEXT:
        return _trial_of_next_actions(protocol)
    asked = protocol.plan()
    if asked is not None:
        _refuse_unfinished(asked, int(log.columns.instants.max()))
    plan = asked or _planned(log, protocol)
    return Trial(TRAINERS[MODEL_TASKS[task]](plan), plan_told(plan), plan)


def _trial_of_next_actions(protocol: Protocol) -> Trial:
    ignored = "" if protocol == Protocol() else " What comes next has no horizon: days and cut-offs are not used."
    return Trial(NextActionEvaluator(), f"{SplitByUser().told} Five times, so that everybody is new once.{ignored}")


def _planned(log: EventLog, protocol: Protocol) -> Plan:
    survey = Survey()
    for user in log.user_logs():
        survey.add(user)
    wishes = Wishes(protocol.horizon_days, protocol.active_days, MOST_TRAINING_CUT_OFFS, MOST_TEST_CUT_OFFS)
    return planned(survey, wishes)


def _refuse_unfinished(plan: Plan, last_us: int) -> None:
    """Whoever came after the end of the log must not count as gone."""
    last, wanted = instant_at(last_us), plan.ends_at
    if wanted - last > plan.horizon * UNFINISHED_SHARE:
        raise ProtocolRefused(
            f"the log ends on {last:%Y-%m-%d}, and what comes of the last test cut-off is known on {wanted:%Y-%m-%d}"
        )
