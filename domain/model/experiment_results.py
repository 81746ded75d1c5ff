"""What has an experiment shown so far, and what may be said of it?

An estimate that does not exist is `None`, and beside it stands why: it is never 0 and never not-a-number.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime

    from domain.model.experiments import VariationKey


class Verdict(StrEnum):
    """NOT_ENOUGH_DATA: too few users to say anything. VOID: the split itself is broken. KEEP_RUNNING: undecided.

    VARIATION_WINS: one is better than the control and worsens no guardrail. CONTROL_WINS: every variation is worse
    than the control in its goal or in a guardrail. NO_DIFFERENCE: none can be better by enough to matter.
    """

    NOT_ENOUGH_DATA = "NOT_ENOUGH_DATA"
    VOID = "VOID"
    KEEP_RUNNING = "KEEP_RUNNING"
    VARIATION_WINS = "VARIATION_WINS"
    CONTROL_WINS = "CONTROL_WINS"
    NO_DIFFERENCE = "NO_DIFFERENCE"


@dataclass(frozen=True, slots=True)
class Lift:
    """How much more than the control, as a share of the control's mean: .05 is five percent more.

    The sequential bounds hold at any time they are looked at, the others if looked at once. `variance_reduction`: the
    share of variance that what users did before their exposure explains (CUPED), `None` where nothing is known of it.
    """

    relative: float
    low: float
    high: float
    sequential_low: float
    sequential_high: float
    p_value: float
    chance_to_win: float
    variance_reduction: float | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a variation differs from the control, in the units of the outcome; a rate in [0, 1] differs by shares.

    `p_value` holds if looked at once, `sequential_p_value` at any time; `adjusted_p_value` is the one of the two that
    decides, adjusted for the number of variations (or guardrails) asked about. `chance_to_win` is the probability of
    being better in the direction that is wanted; `expected_loss`: what choosing the variation would cost on average,
    worlds in which it is better counting as none.
    """

    difference: float
    standard_error: float
    low: float
    high: float
    sequential_low: float
    sequential_high: float
    p_value: float
    sequential_p_value: float
    adjusted_p_value: float
    chance_to_win: float
    expected_loss: float
    variance_reduction: float | None = None


@dataclass(frozen=True, slots=True)
class GoalResult:
    """One goal of one variation. `absent` says why there is no comparison, or no lift; "" if there are both.

    The control has neither: there it says why there is no mean. `mean` is `None` without users. `is_enough`: are there
    users enough for a verdict on this comparison?
    """

    users: int
    conversions: int
    mean: float | None
    comparison: Comparison | None = None
    lift: Lift | None = None
    absent: str = ""
    is_enough: bool = False


@dataclass(frozen=True, slots=True)
class GuardrailResult:
    """`number`: its place among the experiment's guardrails, from 0. `is_worse`: beyond what chance explains."""

    number: int
    result: GoalResult
    is_worse: bool = False


@dataclass(frozen=True, slots=True)
class VariationResult:
    """What one variation brought. `conversions`: users who reached the goal after their exposure."""

    variation: VariationKey
    goal: GoalResult
    guardrails: tuple[GuardrailResult, ...] = ()

    @property
    def users(self) -> int:
        return self.goal.users

    @property
    def conversions(self) -> int:
        return self.goal.conversions

    @property
    def mean(self) -> float | None:
        return self.goal.mean

    @property
    def lift(self) -> Lift | None:
        return self.goal.lift


@dataclass(frozen=True, slots=True)
class ExperimentPlan:
    """How many users of all variations together find a relative difference of `lift`, and how many more days that takes
    at the pace so far; 0 if there are enough. `None` where nobody can say, and `absent` says why.
    """

    lift: float
    users_needed: int | None = None
    more_days: int | None = None
    absent: str = ""


@dataclass(frozen=True, slots=True)
class ExperimentResults:
    """Control first. `sample_ratio_p_value`: of the observed split against the allocation, 1 without users.

    `winner` is set with VARIATION_WINS only. `linked_users`: those of the run whom an anonymous user of it turned out
    to be; `drift`: the share of them whose variation that changed, `None` where there are none.
    """

    exposed_users: int
    sample_ratio_p_value: float
    sample_ratio_mismatch: bool
    variations: tuple[VariationResult, ...]
    verdict: Verdict
    verdict_text: str
    computed_at: datetime
    winner: VariationKey | None = None
    linked_users: int = 0
    drift: float | None = None


@dataclass(frozen=True, slots=True)
class ResultsUntil:
    """What was found of the users who were first exposed until the end of a day."""

    day: date
    results: ExperimentResults
