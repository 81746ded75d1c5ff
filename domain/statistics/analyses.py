"""What has an experiment shown?

In plain terms: how much each variation brought, how far it is from the control, how sure that is, and what follows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from domain.model.experiment_results import (
    Comparison,
    ExperimentResults,
    GoalResult,
    GuardrailResult,
    VariationResult,
)
from domain.statistics.absences import Absence
from domain.statistics.comparisons import compare
from domain.statistics.estimates import estimate_of, level_of
from domain.statistics.false_discoveries import adjusted_p_values
from domain.statistics.questions import VOID_BELOW, Design, Looks
from domain.statistics.sample_ratios import sample_ratio_p_value, sequential_sample_ratio_p_value
from domain.statistics.verdicts import Evidence, judge

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from domain.model.experiments import VariationKey
    from domain.statistics.questions import Question
    from domain.statistics.samples import Sample


@dataclass(frozen=True, slots=True)
class Observed:
    """What is known of one variation. `samples`: of the goal, then of each guardrail, in the order of the questions.

    `allocation`: the share of users it should have, in any unit; with changing allocations, the mean of the
    probabilities with which users were assigned.
    """

    variation: VariationKey
    allocation: float
    samples: tuple[Sample, ...]

    @property
    def users(self) -> int:
        return self.samples[0].users


def analyse(
    control: Observed,
    others: Sequence[Observed],
    questions: Sequence[Question],
    computed_at: datetime,
    design: Design | None = None,
) -> ExperimentResults:
    """Analyse the goal (the first question) and the guardrails (the others).

    False discoveries are controlled over the variations for the goal, and over guardrails times variations for
    guardrails (Benjamini-Hochberg); the intervals are not adjusted. Never raises for what users did: what cannot be
    computed is absent, with the reason.
    """
    chosen = design or Design()
    everybody = (control, *others)
    variations = _variations(control, others, questions, chosen)
    p_value = _sample_ratio(everybody, chosen)
    samples = {each.variation: each.samples[0] for each in others}

    def differ(one: VariationKey, other: VariationKey) -> bool:
        compared = compare(samples[one], samples[other], questions[0], chosen)
        return not isinstance(compared, Absence) and compared.comparison.adjusted_p_value <= chosen.alpha

    said = judge(Evidence(variations, tuple(questions), p_value, chosen), differ)
    return ExperimentResults(
        exposed_users=sum(each.users for each in everybody),
        sample_ratio_p_value=p_value,
        sample_ratio_mismatch=p_value < VOID_BELOW,
        variations=variations,
        verdict=said.verdict,
        verdict_text=said.text,
        computed_at=computed_at,
        winner=said.winner,
    )


def _sample_ratio(everybody: Sequence[Observed], design: Design) -> float:
    users, allocation = [each.users for each in everybody], [each.allocation for each in everybody]
    once = design.looks is Looks.ONCE
    return (sample_ratio_p_value if once else sequential_sample_ratio_p_value)(users, allocation)


def _variations(
    control: Observed, others: Sequence[Observed], questions: Sequence[Question], design: Design
) -> tuple[VariationResult, ...]:
    """Control first; the rows below are questions, with one result per variation."""
    rows = [
        [_result(control.samples[number], other.samples[number], question, design) for other in others]
        for number, question in enumerate(questions)
    ]
    goals = _adjusted(rows[0])
    guardrails = _adjusted([result for row in rows[1:] for result in row])
    compared = [
        VariationResult(
            other.variation,
            goals[place],
            tuple(
                _guardrail(number, guardrails[number * len(others) + place], question, design)
                for number, question in enumerate(questions[1:])
            ),
        )
        for place, other in enumerate(others)
    ]
    alone = [_alone(sample, question) for sample, question in zip(control.samples, questions, strict=True)]
    beside = tuple(GuardrailResult(number, result) for number, result in enumerate(alone[1:]))
    return (VariationResult(control.variation, alone[0], beside), *compared)


def _alone(control: Sample, question: Question) -> GoalResult:
    """The control, which is compared with nothing: all that can be absent is its mean."""
    plain, estimate = _plain(control, question), estimate_of(control, question.outcome)
    if plain.mean is None and isinstance(estimate, Absence):
        return replace(plain, absent=estimate.reason)
    return plain


def _plain(sample: Sample, question: Question) -> GoalResult:
    return GoalResult(sample.users, sample.conversions, level_of(sample, question.outcome))


def _result(control: Sample, variation: Sample, question: Question, design: Design) -> GoalResult:
    plain = _plain(variation, question)
    compared = compare(control, variation, question, design)
    if isinstance(compared, Absence):
        return replace(plain, absent=compared.reason)
    return replace(
        plain,
        comparison=compared.comparison,
        lift=compared.lift,
        absent=compared.absent,
        is_enough=compared.is_enough,
    )


def _adjusted(results: Sequence[GoalResult]) -> list[GoalResult]:
    """The same, each p-value that decides adjusted for the number of those that there are."""
    known = [(place, result.comparison) for place, result in enumerate(results) if result.comparison is not None]
    p_values = adjusted_p_values([comparison.adjusted_p_value for _, comparison in known])
    answer = list(results)
    for (place, comparison), p_value in zip(known, p_values, strict=True):
        answer[place] = replace(answer[place], comparison=replace(comparison, adjusted_p_value=p_value))
    return answer


def _guardrail(number: int, result: GoalResult, question: Question, design: Design) -> GuardrailResult:
    return GuardrailResult(number, result, _is_worse(result.comparison, question, design) and result.is_enough)


def _is_worse(comparison: Comparison | None, question: Question, design: Design) -> bool:
    if comparison is None or comparison.adjusted_p_value > design.alpha:
        return False
    return comparison.difference < 0 if question.increase else comparison.difference > 0
