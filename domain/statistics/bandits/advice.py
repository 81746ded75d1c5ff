"""Should an experiment keep its allocation, or let a bandit change it?"""

from __future__ import annotations

from dataclasses import dataclass

BANDIT_FROM_VARIATIONS = 5
BANDIT_FROM_USERS = 20_000
"""By simulation of five variations (docs/simulation.md): with fewer users, a bandit wins little over a test."""


@dataclass(frozen=True, slots=True)
class BanditAdvice:
    """`worth_it`: BANDIT rather than FIXED, which is the default."""

    worth_it: bool
    text: str


def advise_bandit(variations: int, expected_users: int) -> BanditAdvice:
    """Advice in words for somebody who plans an experiment of so many variations and users."""
    if variations < BANDIT_FROM_VARIATIONS:
        return BanditAdvice(
            worth_it=False,
            text=f"FIXED is advised: a bandit pays from about {BANDIT_FROM_VARIATIONS} variations on, and there are "
            f"{variations}. A fixed allocation gives the narrower interval of the difference.",
        )
    if expected_users < BANDIT_FROM_USERS:
        return BanditAdvice(
            worth_it=False,
            text=f"FIXED is advised: a bandit pays from tens of thousands of users on, and {expected_users:,} are "
            "expected. With so few it mostly explores, as a fixed allocation does.",
        )
    return BanditAdvice(
        worth_it=True,
        text=f"BANDIT is advised: with {variations} variations and {expected_users:,} expected users it loses fewer "
        "conversions on weak variations than a fixed allocation, and estimates their differences less precisely.",
    )
