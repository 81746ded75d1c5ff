"""What users were assigned when they first met a rule, and what of that is remembered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from domain.model.experiments import VariationKey
    from domain.model.rules import RuleId
    from domain.model.users import UserId


MAX_ASSIGNMENTS_PER_USER = 2_000
"""Whoever met more rules, or runs of experiments, keeps the latest of them at hand: the others are drawn afresh."""


@dataclass(frozen=True, slots=True)
class Applied:
    """One rule that applied in a config and could have decided something in it.

    `run` is `NO_RUN` where no experiment was running. `variation`: what the user got, `None` when held out or where
    there is none. `probability`: the chance the user had of it, in (0, 1].
    """

    rule_id: RuleId
    run: int
    variation: VariationKey | None = None
    held_out: bool = False
    probability: float = 1.0
    overridden: bool = False


@dataclass(frozen=True, slots=True)
class StickyVariation:
    """What a user keeps as long as this run goes on. `variation` is `None` for who is held out.

    Overridden ones were set by hand: they count in no statistics.
    """

    run: int
    variation: VariationKey | None
    probability: float = 1.0
    overridden: bool = False


@dataclass(frozen=True, slots=True)
class Assignment:
    """What is known of one user and one rule (and run): stored at the first exposure, counted on afterwards."""

    user_id: UserId
    applied: Applied
    first_exposed_at: datetime
    last_applied_at: datetime
    times_applied: int
    converted_at: datetime | None = None
