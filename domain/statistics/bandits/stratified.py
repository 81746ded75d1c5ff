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
from domain.statistics.samples import Sample

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from domain.statistics.samples import Number


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
    # Parts of the whole, as squares of what is all but forgotten would be nothing.
    parts = [(each / weight, evidence) for each, _, evidence in seen]
    mean = math.fsum(part * evidence.total / evidence.users for part, evidence in parts)
    square = math.fsum(part * evidence.squares / evidence.users for part, evidence in parts)
    # As exact as: the variance of a weighted mean of means. But what is half forgotten is not known as exactly.
    as_exact = 1 / math.fsum(part**2 / evidence.users for part, evidence in parts)
    remembered = math.fsum(share * evidence.users for _, share, evidence in seen)
    users = min(as_exact, remembered)
    return Evidence(users, users * mean, users * square)


def stratified_samples(days: Sequence[Sequence[Sample]]) -> tuple[Sample, ...]:
    """The same of samples, one a variation on each day: with all moments, so that differences can be analysed.

    The users of a sample are whole: what is left over is nobody.
    """
    number = max(map(len, days), default=0)
    return tuple(_sample([(sum(one.users for one in day), day[index]) for day in days]) for index in range(number))


def _sample(days: Sequence[tuple[int, Sample]]) -> Sample:
    seen = [(everybody, sample) for everybody, sample in days if sample.users > 0]
    weight = sum(everybody for everybody, _ in seen)
    if not weight:
        return Sample()
    as_exact = weight**2 / math.fsum(everybody**2 / sample.users for everybody, sample in seen)
    users = math.floor(min(as_exact, sum(sample.users for _, sample in seen)) * (1 + 1e-12))

    def moment(of: Callable[[Sample], Number]) -> float:
        return users * math.fsum(everybody * float(of(sample)) / sample.users for everybody, sample in seen) / weight

    return Sample(
        users,
        round(moment(lambda sample: sample.conversions)),
        moment(lambda sample: sample.total),
        moment(lambda sample: sample.total_squares),
        moment(lambda sample: sample.before),
        moment(lambda sample: sample.before_squares),
        moment(lambda sample: sample.product),
    )
