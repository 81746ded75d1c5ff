"""What follows from the numbers of an experiment, and from nothing else?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from domain.model.experiment_results import Comparison, Verdict
from domain.statistics.moments import NOBODY_EXPOSED
from domain.statistics.questions import VOID_BELOW, Design, Looks
from domain.statistics.words import amounts, chance, p_value_told, range_told

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from domain.model.experiment_results import GoalResult, VariationResult
    from domain.model.experiments import VariationKey
    from domain.statistics.questions import Question

WARNED_BELOW = 0.01
"""A split this unlikely is said, though the analysis is not void."""
NOBODY_TEXT = f"There is not enough data for a verdict: {NOBODY_EXPOSED}."


@dataclass(frozen=True, slots=True)
class Evidence:
    """Control first; the goal's question first."""

    variations: tuple[VariationResult, ...]
    questions: tuple[Question, ...]
    sample_ratio_p_value: float
    design: Design

    @property
    def control(self) -> VariationResult:
        return self.variations[0]

    @property
    def others(self) -> tuple[VariationResult, ...]:
        return self.variations[1:]

    @property
    def goal(self) -> Question:
        return self.questions[0]


@dataclass(frozen=True, slots=True)
class Said:
    verdict: Verdict
    text: str
    winner: VariationKey | None = None


class Standing(Enum):
    """How a variation's goal stands to the control's. ALIKE: it cannot be better by enough to matter."""

    TOO_FEW = auto()
    OPEN = auto()
    ALIKE = auto()
    BETTER = auto()
    WORSE = auto()


def judge(evidence: Evidence, differ: Callable[[VariationKey, VariationKey], bool]) -> Said:
    """Conclude. `differ`: are two variations, neither the control, further apart than chance explains?"""
    if evidence.sample_ratio_p_value < VOID_BELOW:
        return Said(Verdict.VOID, _void(evidence))
    if not any(each.users > 0 for each in evidence.variations):
        return Said(Verdict.NOT_ENOUGH_DATA, NOBODY_TEXT)
    standings = {other.variation: standing(other.goal, evidence.goal, evidence.design) for other in evidence.others}
    said = _concluded(evidence, standings, differ)
    return Said(said.verdict, " ".join(part for part in (said.text, *_remarks(evidence)) if part), said.winner)


def standing(result: GoalResult, question: Question, design: Design) -> Standing:
    """Where a variation stands in one question."""
    comparison = result.comparison
    if comparison is None or not result.is_enough:
        return Standing.TOO_FEW
    if comparison.adjusted_p_value <= design.alpha:
        return Standing.BETTER if (comparison.difference > 0) is question.increase else Standing.WORSE
    if result.lift is None:
        return Standing.OPEN
    lift = result.lift
    once = design.looks is Looks.ONCE
    low, high = (lift.low, lift.high) if once else (lift.sequential_low, lift.sequential_high)
    return Standing.ALIKE if -design.relevant < low and high < design.relevant else Standing.OPEN


def _concluded(
    evidence: Evidence,
    standings: dict[VariationKey, Standing],
    differ: Callable[[VariationKey, VariationKey], bool],
) -> Said:
    winners = [
        other
        for other in evidence.others
        if standings[other.variation] is Standing.BETTER and not any(guard.is_worse for guard in other.guardrails)
    ]
    facts = " ".join(_fact(other, evidence) for other in evidence.others)
    if winners:
        best = max(winners, key=lambda other: _wanted(other, evidence.goal))
        lead = _lead(best, winners, evidence, differ)
        return Said(Verdict.VARIATION_WINS, f"{lead} {facts}", best.variation)
    if not evidence.others or all(each is Standing.TOO_FEW for each in standings.values()):
        return Said(Verdict.NOT_ENOUGH_DATA, f"There is not enough data for a verdict. {facts}".strip())
    lost = [other for other in evidence.others if _has_lost(other, standings[other.variation])]
    control = evidence.control.variation
    if len(lost) == len(evidence.others):
        names = _listed([other.variation for other in lost])
        return Said(Verdict.CONTROL_WINS, f"{control} is to be kept: {names} {_loses(lost, standings)}. {facts}")
    if all(_has_lost(other, standings[other.variation]) or _is_alike(other, standings) for other in evidence.others):
        margin = f"{evidence.design.relevant * 100:g} %"
        return Said(Verdict.NO_DIFFERENCE, f"None is better than {control} by {margin} or more. {facts}")
    return Said(Verdict.KEEP_RUNNING, f"Undecided: no variation is shown to be better than {control}. {facts}")


def _is_alike(other: VariationResult, standings: dict[VariationKey, Standing]) -> bool:
    return standings[other.variation] is Standing.ALIKE


def _has_lost(other: VariationResult, stands: Standing) -> bool:
    return stands is Standing.WORSE or any(guard.is_worse for guard in other.guardrails)


def _loses(lost: list[VariationResult], standings: dict[VariationKey, Standing]) -> str:
    verb = _be(lost)
    if all(standings[other.variation] is Standing.WORSE for other in lost):
        return f"{verb} worse"
    return f"{verb} worse, in the goal or in a guardrail"


def _wanted(other: VariationResult, question: Question) -> float:
    difference = other.goal.comparison.difference if other.goal.comparison else 0.0
    return difference if question.increase else -difference


def _lead(
    best: VariationResult,
    winners: list[VariationResult],
    evidence: Evidence,
    differ: Callable[[VariationKey, VariationKey], bool],
) -> str:
    lead = f"{best.variation} is better than {evidence.control.variation}."
    rest = [other.variation for other in winners if other is not best]
    if not rest:
        return lead
    open_ones = [other for other in rest if not differ(other, best.variation)]
    beaten = [other for other in rest if other not in open_ones]
    parts = [lead]
    if beaten:
        parts.append(f"So {_be(beaten)} {_listed(beaten)}, but by less.")
    if open_ones:
        parts.append(f"So {_be(open_ones)} {_listed(open_ones)}, and which of them is best is not decided.")
    return " ".join(parts)


def _fact(other: VariationResult, evidence: Evidence) -> str:
    """What is known of one variation's goal, in one sentence."""
    goal, control = other.goal, evidence.control
    comparison = goal.comparison
    if comparison is None:
        return f"{other.variation}: {goal.absent}."
    tell = amounts(evidence.goal.outcome)
    means = f"{tell.level(goal.mean)} against {tell.level(control.mean)}"
    parts = [f"{other.variation}: {means}, {_difference(comparison, evidence)}"]
    if goal.lift is not None:
        lift = goal.lift
        once = evidence.design.looks is Looks.ONCE
        low, high = (lift.low, lift.high) if once else (lift.sequential_low, lift.sequential_high)
        parts.append(f"relative {range_told(lift.relative, low, high)}")
    adjusted = "adjusted " if len(evidence.others) > 1 else ""
    parts.append(f"{adjusted}{p_value_told(comparison.adjusted_p_value)}")
    parts.append(f"chance to be better {chance(comparison.chance_to_win)}")
    few = "" if goal.is_enough else f" ({goal.users:,} users are too few to conclude from)"
    return ", ".join(parts) + few + "."


def _difference(comparison: Comparison, evidence: Evidence) -> str:
    once = evidence.design.looks is Looks.ONCE
    bounds = (comparison.low, comparison.high) if once else (comparison.sequential_low, comparison.sequential_high)
    return f"difference {amounts(evidence.goal.outcome).difference(comparison.difference, *bounds)}"


def _remarks(evidence: Evidence) -> list[str]:
    remarks = [
        f"{other.variation} worsens the guardrail {evidence.questions[guard.number + 1].name}."
        for other in evidence.others
        for guard in other.guardrails
        if guard.is_worse
    ]
    if any(not guard.result.is_enough for other in evidence.others for guard in other.guardrails):
        remarks.append("Not every guardrail has data enough to be judged.")
    if evidence.sample_ratio_p_value < WARNED_BELOW:
        told = p_value_told(evidence.sample_ratio_p_value)
        remarks.append(f"Beware: the users are not divided as planned ({told}); find out why before relying on this.")
    if any(other.goal.comparison for other in evidence.others):
        confidence = f"{(1 - evidence.design.alpha) * 100:g} %"
        valid = "if looked at once, at an end that was planned"
        if evidence.design.looks is Looks.ANY_TIME:
            valid = "at any time they are looked at"
        remarks.append(f"The {confidence} intervals in brackets are valid {valid}.")
    return remarks


def _void(evidence: Evidence) -> str:
    seen = ", ".join(f"{each.users:,} of {each.variation}" for each in evidence.variations)
    told = p_value_told(evidence.sample_ratio_p_value)
    return (
        f"The users ({seen}) are not divided as planned ({told}). Something loses or doubles users of a "
        "variation, and what is left cannot be compared."
    )


def _be(several: Sequence[object]) -> str:
    return "is" if len(several) == 1 else "are"


def _listed(names: list[VariationKey]) -> str:
    return " and ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else names[0]
