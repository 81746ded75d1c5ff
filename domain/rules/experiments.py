"""Which variation of an experiment is a user's, and who is kept from all rules?

The plain reading: `domain.rules.trials` decides the same, faster. Variation, holdout and coverage are drawn under
salts of their own (hash version 2), so that none of them tells anything about another.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

from domain.model.assignments import Applied
from domain.model.experiments import ExperimentStatus
from domain.rules.buckets import BucketRange, bucket

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.model.adaptations import Adaptation
    from domain.model.experiments import Experiment, ExperimentRun, Variation
    from domain.model.profiles import Profile
    from domain.model.rules import Rule, RuleContent
    from domain.model.users import UserId

# Sums like 0.1 + 0.2 are not exact in binary: a bucket must not change sides for that.
_ROUNDING_DIGITS = 9
_BEHIND_ALL = 2.0


def run_salt(rule: Rule, number: int) -> str:
    """Under which the variations of one run are drawn: every run assigns afresh."""
    return f"{rule.salt}#{number}"


def run_holdout_salt(rule: Rule, number: int) -> str:
    """Under which it is drawn who gets nothing of the rule during one run."""
    return f"{run_salt(rule, number)}#holdout"


def running(rule: Rule) -> tuple[Experiment, ExperimentRun] | None:
    """The experiment and its run, while it runs."""
    experiment, run = rule.content.experiment, rule.run
    return (experiment, run) if experiment is not None and run is not None and run.is_running else None


def latest_trial(rule: Rule) -> tuple[Experiment, ExperimentRun] | None:
    """The latest run and the experiment as that run tried it: what is found is read by the goals it was counted by."""
    run = rule.run
    if run is None:
        return None
    experiment = rule.content.experiment if run.is_running else run.tried or rule.content.experiment
    if experiment is None or len(experiment.variations) != len(run.allocation):
        return None
    return experiment, run


def winner_of(rule: Rule) -> Variation | None:
    """What everybody gets whom the rule is for, since its experiment was concluded."""
    experiment, run = rule.content.experiment, rule.run
    if experiment is None or run is None or run.status is not ExperimentStatus.CONCLUDED:
        return None
    return next((variation for variation in experiment.variations if variation.key == run.winner), None)


def status_of(rule: Rule) -> ExperimentStatus | None:
    """`None` without an experiment. A concluded one that lost its winner is a draft: it can only be started again."""
    if rule.content.experiment is None:
        return None
    if running(rule) is not None:
        return ExperimentStatus.RUNNING
    return ExperimentStatus.DRAFT if winner_of(rule) is None else ExperimentStatus.CONCLUDED


def adaptations_in_force(rule: Rule) -> tuple[Adaptation, ...]:
    """What the rule does for everybody it is for, unless its experiment runs: a winner's adaptations come first."""
    winner = winner_of(rule)
    return (*(winner.adaptations if winner is not None else ()), *rule.content.adaptations)


def adaptations_of(content: RuleContent) -> tuple[Adaptation, ...]:
    """Whatever a rule does or could do: all variations', then its own."""
    variations = () if content.experiment is None else content.experiment.variations
    return (*(a for variation in variations for a in variation.adaptations), *content.adaptations)


def variation_ranges(allocation: Sequence[float]) -> tuple[BucketRange, ...]:
    """The buckets of each variation, in their order, without a gap; the last one that has any ends behind all."""
    ends = [round(end, _ROUNDING_DIGITS) for end in accumulate(allocation)]
    last = max((index for index, share in enumerate(allocation) if share > 0), default=0)
    ends[last:] = [_BEHIND_ALL] * (len(ends) - last)
    return tuple(BucketRange(start, end) for start, end in zip([0.0, *ends], ends, strict=False))


def drawn_variation(rule: Rule, user_id: UserId) -> Applied | None:
    """What chance gives a user whom the rule is for, with how probable that was; `None` while nothing runs."""
    tried = running(rule)
    if tried is None:
        return None
    experiment, run = tried
    if bucket(run_holdout_salt(rule, run.number), user_id) < experiment.holdout:
        return Applied(rule.id, run.number, held_out=True, probability=experiment.holdout)
    number = bucket(run_salt(rule, run.number), user_id)
    ranges = variation_ranges(run.allocation)
    index = next(index for index, held in enumerate(ranges) if held.contains(number))
    probability = (1 - experiment.holdout) * run.allocation[index]
    return Applied(rule.id, run.number, experiment.variations[index].key, probability=probability)


def kept_variation(rule: Rule, profile: Profile) -> Applied | None:
    """What the user was assigned before in the run that goes on: kept, whatever allocation and coverage became."""
    tried, kept = running(rule), profile.assignments.get(rule.id)
    if tried is None or kept is None or kept.run != tried[1].number:
        return None
    held_out = kept.variation is None
    if not held_out and all(variation.key != kept.variation for variation in tried[0].variations):
        return None
    return Applied(rule.id, kept.run, kept.variation, held_out, kept.probability, kept.overridden)
