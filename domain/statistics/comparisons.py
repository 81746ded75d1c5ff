"""How does one variation compare with another, in one question?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.model.experiment_results import Comparison, Lift
from domain.statistics.absences import Absence
from domain.statistics.adjustments import Adjusted, adjusted_by_before
from domain.statistics.differences import absolute_difference, pooled_p_value, relative_difference
from domain.statistics.estimates import Estimate, estimate_of
from domain.statistics.posteriors import normal_outlook, rate_outlook
from domain.statistics.questions import LEAST_REACHED, Design, Looks, Outcome, Question
from domain.statistics.sequences import sequential_interval, sequential_p_value

if TYPE_CHECKING:
    from domain.statistics.differences import Difference
    from domain.statistics.samples import Sample


@dataclass(frozen=True, slots=True)
class Compared:
    """`absent` says why there is no lift. `is_enough`: are there users enough for a verdict?"""

    comparison: Comparison
    lift: Lift | None
    absent: str
    is_enough: bool


def compare(control: Sample, variation: Sample, question: Question, design: Design) -> Compared | Absence:
    """Compare by the outcome of the question, adjusted by what users did before where that is known."""
    estimates = estimate_of(control, question.outcome), estimate_of(variation, question.outcome)
    adjusted = adjusted_by_before(control, variation, question.outcome)
    if isinstance(adjusted, Adjusted):
        one, other = adjusted.control, adjusted.variation
        reduction: float | None = adjusted.variance_reduction
    else:
        left, right = estimates
        if isinstance(right, Absence) and not variation.users:  # what is wrong with the control is not its concern yet
            return right
        if isinstance(left, Absence):
            return Absence(f"in the control, {left.reason}")
        if isinstance(right, Absence):
            return right
        one, other, reduction = left, right, None
    comparison = _comparison((one, other), (control, variation), question, design, reduction)
    relative = relative_difference(one, other)
    enough = _is_enough(control, variation, question.outcome, design)
    if isinstance(relative, Absence):
        return Compared(comparison, None, relative.reason, enough)
    return Compared(comparison, _lift(relative, comparison, design), "", enough)


def _comparison(
    estimates: tuple[Estimate, Estimate],
    samples: tuple[Sample, Sample],
    question: Question,
    design: Design,
    reduction: float | None,
) -> Comparison:
    difference = absolute_difference(*estimates)
    is_plain_rate = question.outcome is Outcome.RATE and reduction is None
    outlook = rate_outlook(*samples) if is_plain_rate else normal_outlook(difference)
    p_value = pooled_p_value(*estimates) if is_plain_rate else difference.p_value
    sequential = sequential_p_value(difference, design.alpha, design.reference_users)
    return Comparison(
        difference.estimate,
        difference.error,
        *difference.interval(design.alpha),
        *sequential_interval(difference, design.alpha, design.reference_users),
        p_value,
        sequential,
        p_value if design.looks is Looks.ONCE else sequential,
        outlook.chance_to_win(increase=question.increase),
        outlook.loss(increase=question.increase),
        reduction,
    )


def _lift(relative: Difference, comparison: Comparison, design: Design) -> Lift:
    return Lift(
        relative.estimate,
        *relative.interval(design.alpha),
        *sequential_interval(relative, design.alpha, design.reference_users),
        comparison.p_value,
        comparison.chance_to_win,
        comparison.variance_reduction,
    )


def _is_enough(control: Sample, variation: Sample, outcome: Outcome, design: Design) -> bool:
    """As many users, and as many expected on either side of a goal, as normal approximations need."""
    fewest = min(control.users, variation.users)
    if fewest < design.least_users:
        return False
    if outcome is Outcome.RATIO:
        return True
    reached = (control.conversions + variation.conversions) / (control.users + variation.users)
    missed = 1 - reached if outcome is Outcome.RATE else 1.0
    return min(reached, missed) * fewest >= LEAST_REACHED
