"""How long does a running experiment still need? Told by the users it has, for a difference that somebody hopes for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.model.experiment_results import ExperimentPlan
from domain.rules.experiments import latest_trial
from domain.rules.instants import DAY_US, microseconds
from domain.statistics.absences import Absence
from domain.statistics.plans import Plan
from domain.statistics.questions import LEAST_USERS, Design, Question

if TYPE_CHECKING:
    from datetime import datetime

    from domain.model.rules import Rule
    from domain.use_cases.exposed_sums import RunSums

FEWEST_DAYS = 1.0
"""The pace of the first hours says nothing of a day."""


def plan_of(rule: Rule, sums: RunSums, lift: float, now: datetime) -> ExperimentPlan:
    """What the users so far say: the control's are the baseline, and they go on coming as they have.

    The interval that concludes holds whenever it is looked at, so that is what is planned with.
    """
    trial = latest_trial(rule)
    if trial is None or not trial[1].is_running:
        return ExperimentPlan(lift, absent="the experiment does not run")
    experiment, run = trial
    control = sums.sample(experiment.control.key, 0, experiment.goal)
    if control.users < LEAST_USERS:
        return ExperimentPlan(lift, absent=f"fewer than {LEAST_USERS} users of the control: nobody knows what is usual")
    first = [share for one, share in zip(experiment.variations, run.allocation, strict=True) if one.control]
    others = [share for one, share in zip(experiment.variations, run.allocation, strict=True) if not one.control]
    plan = Plan(control, Question.of(experiment.goal), (*first, *others), Design())
    users = sum(sums.exposed(variation.key).users for variation in experiment.variations)
    days = max(FEWEST_DAYS, (microseconds(now) - microseconds(run.started_at)) / DAY_US)
    wanted = lift if experiment.goal.increase else -lift
    needed, more_days = plan.users_needed(wanted), plan.days_needed(wanted, users / days, users)
    if isinstance(needed, Absence):
        return ExperimentPlan(lift, absent=needed.reason)
    if isinstance(more_days, Absence):
        return ExperimentPlan(lift, needed, absent=more_days.reason)
    return ExperimentPlan(lift, needed, more_days)
