"""Why does each rule apply, or not apply, to one user in one context?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from domain.model.rules import Rule


class RuleOutcome(StrEnum):
    """What became of a rule. Of several obstacles the first is told, in this order."""

    NOT_ACTIVE = "NOT_ACTIVE"
    OPTED_OUT = "OPTED_OUT"
    WRONG_PLACE = "WRONG_PLACE"
    OUT_OF_SCHEDULE = "OUT_OF_SCHEDULE"
    CONDITION_FAILED = "CONDITION_FAILED"
    OUTSIDE_COVERAGE = "OUTSIDE_COVERAGE"
    EXCLUDED = "EXCLUDED"
    HELD_OUT = "HELD_OUT"
    OUTRANKED = "OUTRANKED"
    APPLIED = "APPLIED"


@dataclass(frozen=True, slots=True)
class RuleVerdict:
    """`failed`: the first thing that kept the rule from deciding anything; `None` exactly when nothing did.

    `would_apply_if`: the smallest change of the user or the context with which the rule applies, proved by deciding
    again; `None` when it applies, and when no change is known. `bucket`: the number in [0, 1) that decides whether the
    user is among those the rule is for; `None` when it is for all.
    """

    rule: Rule
    outcome: RuleOutcome
    failed: str | None = None
    would_apply_if: str | None = None
    bucket: float | None = None
    variation: str | None = None

    @property
    def applied(self) -> bool:
        """Does the rule decide a part of the config, or give a variation that changes nothing?"""
        return self.outcome is RuleOutcome.APPLIED
