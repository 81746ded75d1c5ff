"""What users did after they first met a rule, and as long before: in whole numbers, so that sums of it are exact."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from domain.model.experiments import VariationKey
    from domain.model.interactions import InteractionKind
    from domain.model.rules import RuleId
    from domain.model.segments import SegmentKey
    from domain.model.users import UserId


@dataclass(frozen=True, slots=True)
class GoalOutcome:
    """Of one goal: how often, and the values in millionths, within the window after first exposure and before it.

    `measured` is what the goal's measure makes of it, capped: 0 or 1, a number of times, or millionths of a value.
    It is kept, so that what a user contributes to sums depends on nothing that may change.
    """

    count: int = 0
    value_micros: int = 0
    count_before: int = 0
    value_before_micros: int = 0
    measured: int = 0
    measured_before: int = 0


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Per goal, in the experiment's order. `converted_us`: when the first goal was first reached within its window.

    `dismissals`: of what the rule shows. Instants are microseconds since 1970 UTC. `reach_days`: further from the
    exposure than this, before or after it, nothing is counted; and nothing that is not of these `kinds`, in order.
    """

    goals: tuple[GoalOutcome, ...] = ()
    dismissals: int = 0
    converted_us: int | None = None
    reach_days: int = 0
    kinds: tuple[InteractionKind, ...] = ()


@dataclass(frozen=True, slots=True)
class Exposure:
    """One user's first exposure to a rule, in one run of it, with what was counted since.

    `segments`: those the user was in then. `outcomes` is `None` as long as nobody counted: then it counts in no sums.
    Of whom is `excluded`, nothing is counted; what was counted before that is taken back when it is noticed.
    """

    user_id: UserId
    rule_id: RuleId
    run: int
    variation: VariationKey | None
    first_exposed_at: datetime
    held_out: bool = False
    probability: float = 1.0
    excluded: bool = False
    segments: tuple[SegmentKey, ...] = ()
    outcomes: Outcomes | None = None
