"""Which allocation should a bandit put in force now? By Thompson sampling, in batches, with a floor of exploration."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.statistics.bandits.allocations import equal_allocation, is_allocation, with_floor
from domain.statistics.bandits.beliefs import MeanBelief, RateBelief
from domain.statistics.bandits.chances import chances_of_being_best
from domain.statistics.bandits.evidence import Evidence, mean_beliefs, rate_belief

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.statistics.bandits.beliefs import Belief

EXPLORATION_FLOOR = 0.01
"""What every variation keeps: enough to notice that the world has changed, and that results stay analysable."""


@dataclass(frozen=True, slots=True)
class BanditGoal:
    """`rates`: outcomes are 0 or 1 (Beta), else values (normal). `increase`: is more better?"""

    rates: bool = True
    increase: bool = True
    floor: float = EXPLORATION_FLOOR


@dataclass(frozen=True, slots=True)
class Reallocation:
    """The allocation to put in force, and each variation's chance of being the best.

    Without chances the allocation is the current one (or equal shares, if that is none), and `reason` says why.
    """

    allocation: tuple[float, ...]
    chances: tuple[float, ...] | None
    reason: str | None = None


def reallocate(
    variations: Sequence[Evidence], current: Sequence[float], goal: BanditGoal = BanditGoal()
) -> Reallocation:
    """Give every variation its probability of being the best, and at least the floor; from the same, always the same.

    Batches are whatever lies between two calls: only sums matter, so that it is all the same how often they grew.
    """
    reason = _reason_to_keep(variations, goal)
    if reason is not None:
        return Reallocation(_kept(current, len(variations)), None, reason)
    chances = chances_of_being_best(_beliefs(tuple(variations), goal))
    return Reallocation(with_floor(chances, goal.floor), chances)


def _kept(current: Sequence[float], variations: int) -> tuple[float, ...]:
    return tuple(current) if len(current) == variations and is_allocation(current) else equal_allocation(variations)


def _reason_to_keep(variations: Sequence[Evidence], goal: BanditGoal) -> str | None:
    if not variations:
        return "there are no variations"
    if not math.isfinite(goal.floor):
        return "the floor is not a number"
    if not all(evidence.is_possible and (not goal.rates or evidence.is_of_rates) for evidence in variations):
        return "the counts are no possible counts of outcomes"
    if not any(evidence.users for evidence in variations):
        return "nobody has been exposed yet"
    return None


def _beliefs(variations: tuple[Evidence, ...], goal: BanditGoal) -> Sequence[Belief]:
    """Of where less is better the mirrored distributions, so that the largest is the best in any case."""
    if goal.rates:
        rates = [rate_belief(evidence) for evidence in variations]
        return rates if goal.increase else [RateBelief(hits=rate.misses, misses=rate.hits) for rate in rates]
    means = mean_beliefs(variations)
    return means if goal.increase else [MeanBelief(-mean.centre, mean.scale, mean.freedom) for mean in means]
