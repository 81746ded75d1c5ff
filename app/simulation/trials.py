"""How much more do users convert under each strategy than under the default, in world after world?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from app.simulation.strategies import Strategy, personalised, shown_by
from app.simulation.tastes import ITEMS, drawn_world
from domain.statistics.absences import Absence
from domain.statistics.bandits.personalising import verdict
from domain.statistics.differences import relative_difference
from domain.statistics.estimates import estimate_of
from domain.statistics.questions import Outcome
from domain.statistics.samples import Sample

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.simulation.heterogeneity import Heterogeneity
    from app.simulation.populations import Population
    from app.simulation.tastes import Indexes, World

CLAIM = 0.35
"""The product's claim: so much more conversion."""
HOLDOUT = 0.2
"""The share of users kept from all rules, against whom the engine measures what rules bring."""
ALPHA = 0.05


@dataclass(frozen=True, slots=True)
class Spread:
    """The mean over worlds, and the bounds of the middle 95 % of them."""

    mean: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        low, high = np.quantile(values, (0.025, 0.975))
        return cls(float(np.mean(values)), float(low), float(high))


@dataclass(frozen=True, slots=True)
class Performance:
    """`lift`: of expected conversions over the default's. `lost`: conversions that the best single item gives more."""

    strategy: Strategy
    rate: Spread
    lift: Spread
    lost: Spread


@dataclass(frozen=True, slots=True)
class MeasuredLift:
    """What the engine would report of the rules, from conversions that happened, against its holdout."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Trial:
    """`claim_reached`: the share of worlds in which rules bring what is claimed. `measured`: in the first world.

    `covered`: the share of worlds in which the measured interval contains the true lift. `told_to_personalise`: in how
    many the statistics advise variations per segment; `advice`: what they say in the first world.
    """

    heterogeneity: Heterogeneity
    performances: tuple[Performance, ...]
    claim_reached: float
    measured: MeasuredLift | None
    covered: float | None
    told_to_personalise: float
    advice: str

    def of(self, strategy: Strategy) -> Performance:
        return next(each for each in self.performances if each.strategy is strategy)


@dataclass(frozen=True, slots=True)
class _Seen:
    """One world: expected rate and lost conversions of each strategy; what was measured of the rules."""

    rates: tuple[float, ...]
    lost: tuple[float, ...]
    measured: MeasuredLift | None
    personalises: bool
    advice: str

    @property
    def lifts(self) -> tuple[float, ...]:
        default = self.rates[list(Strategy).index(Strategy.DEFAULT)]
        return tuple(rate / default - 1 for rate in self.rates)

    @property
    def of_rules(self) -> float:
        return self.lifts[list(Strategy).index(Strategy.RULES)]


def tried(population: Population, heterogeneity: Heterogeneity, seed: int, worlds: int) -> Trial:
    """Every strategy in so many worlds, with the same users in each."""
    seen = [_seen(population, drawn_world(population.favourites, heterogeneity, seed, n)) for n in range(worlds)]
    measured = [(world.measured, world.of_rules) for world in seen if world.measured is not None]
    return Trial(
        heterogeneity=heterogeneity,
        performances=tuple(_performance(strategy, index, seen) for index, strategy in enumerate(Strategy)),
        claim_reached=float(np.mean([world.of_rules >= CLAIM for world in seen])),
        measured=seen[0].measured,
        covered=float(np.mean([lift.low <= true <= lift.high for lift, true in measured])) if measured else None,
        told_to_personalise=float(np.mean([world.personalises for world in seen])),
        advice=seen[0].advice,
    )


def _performance(strategy: Strategy, index: int, seen: Sequence[_Seen]) -> Performance:
    return Performance(
        strategy,
        rate=Spread.of([world.rates[index] for world in seen]),
        lift=Spread.of([world.lifts[index] for world in seen]),
        lost=Spread.of([world.lost[index] for world in seen]),
    )


def _seen(population: Population, world: World) -> _Seen:
    shown = {strategy: shown_by(strategy, population, world) for strategy in Strategy}
    expected = [world.expected(shown[strategy]) for strategy in Strategy]
    best = world.expected(shown[Strategy.BEST_SINGLE]).sum()
    found = personalised(population, world)
    return _Seen(
        rates=tuple(float(rates.mean()) for rates in expected),
        lost=tuple(float(best - rates.sum()) for rates in expected),
        measured=measured_lift(population, world, shown[Strategy.RULES], shown[Strategy.DEFAULT]),
        personalises=found.is_worth_it,
        advice=verdict(found, ITEMS),
    )


def measured_lift(population: Population, world: World, shown: Indexes, default: Indexes) -> MeasuredLift | None:
    """Against the holdout, as in production: by conversions alone, without any look at what is hidden."""
    held_out = population.holdout_buckets < HOLDOUT
    converted = world.converted(np.where(held_out, default, shown))
    control, treated = (
        estimate_of(Sample.of_rate(int(group.sum()), int(converted[group].sum())), Outcome.RATE)
        for group in (held_out, ~held_out)
    )
    if isinstance(control, Absence) or isinstance(treated, Absence):
        return None
    lift = relative_difference(control, treated)
    return None if isinstance(lift, Absence) else MeasuredLift(lift.estimate, *lift.interval(ALPHA))
