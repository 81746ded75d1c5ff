"""What has each variation brought, compared among users of the same day?

A bandit gives a variation more users on some days than on others. Users of yesterday have had less time to reach the
goal than those of last week, and days differ: summed over days, a variation that got more of its users lately looks
worse than it is. So means are compared within days, and days weighed by all their users (post-stratification).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.statistics.bandits.evidence import Evidence

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Day:
    """`variations`: what users exposed then to each variation have brought, in the order of the experiment."""

    age_days: float
    variations: tuple[Evidence, ...]

    @property
    def users(self) -> float:
        return sum(evidence.users for evidence in self.variations)


def stratified(days: Sequence[Day], half_life_days: float | None = None) -> tuple[Evidence, ...]:
    """Evidence of each variation with the mean that it would have if all had had the same share of each day's users.

    Its users are as many as would know that mean as exactly. Every half-life, a day's users count half as much; days on
    which nobody got a variation tell nothing of it.
    """
    number = max((len(day.variations) for day in days), default=0)
    weights = [_share(day.age_days, half_life_days) for day in days]
    return tuple(_variation(index, days, weights) for index in range(number))


def _share(age_days: float, half_life_days: float | None) -> float:
    return 0.5 ** (max(0.0, age_days) / half_life_days) if half_life_days and half_life_days > 0 else 1.0


def _variation(index: int, days: Sequence[Day], shares: Sequence[float]) -> Evidence:
    seen = [
        (share * day.users, share, day.variations[index])
        for day, share in zip(days, shares, strict=True)
        if day.variations[index].users > 0 and share > 0
    ]
    weight = math.fsum(each for each, _, _ in seen)
    if weight <= 0:
        return Evidence()
    mean = math.fsum(each * evidence.total / evidence.users for each, _, evidence in seen) / weight
    square = math.fsum(each * evidence.squares / evidence.users for each, _, evidence in seen) / weight
    # As exact as: the variance of a weighted mean of means. But what is half forgotten is not known as exactly.
    as_exact = weight**2 / math.fsum(each**2 / evidence.users for each, _, evidence in seen)
    remembered = math.fsum(share * evidence.users for _, share, evidence in seen)
    users = min(as_exact, remembered)
    return Evidence(users, users * mean, users * square)
