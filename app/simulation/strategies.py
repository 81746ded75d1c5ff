"""What does each way of deciding show the users of a world, knowing only what it could know by then?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from app.simulation.populations import UNDECIDED
from app.simulation.tastes import DEFAULT, ITEMS
from domain.statistics.bandits.allocations import equal_allocation
from domain.statistics.bandits.evidence import Evidence
from domain.statistics.bandits.personalising import Personalisation, personalise
from domain.statistics.bandits.reallocations import reallocate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy.typing as npt

    from app.simulation.populations import Population
    from app.simulation.tastes import Indexes, World

TEST_SHARE = 1 / 3
"""Of the days, in which strategies that test first divide users equally."""
FOLDS = 2


class Strategy(StrEnum):
    """DEFAULT: one item, chosen without evidence. UNIFORM: each as often. TEST_THEN_BEST: a test, then its winner.
    BANDIT: reallocated daily. TEST_THEN_SEGMENTS: a test, then per segment what surely pays there. RULES: written by
    somebody. BEST_SINGLE and FAVOURITES: what somebody would show who knew the best for everybody, or for each.
    """

    DEFAULT = "default for all"
    UNIFORM = "equal shares"
    TEST_THEN_BEST = "test, then the best"
    BANDIT = "bandit"
    TEST_THEN_SEGMENTS = "test, then per segment"
    RULES = "rules"
    BEST_SINGLE = "known best for all"
    FAVOURITES = "known best for each"


def shown_by(strategy: Strategy, population: Population, world: World) -> Indexes:
    """The item that each user is shown."""
    return _SHOWN[strategy](population, world)


def by_allocation(buckets: npt.NDArray[np.float64], allocation: Sequence[float]) -> Indexes:
    """`chosen_variation` in the `bucket_ranges` of the allocation, for many buckets at once."""
    ends = np.cumsum(allocation)[:-1]
    return np.asarray(np.searchsorted(ends, buckets, side="right"), dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Tested:
    """A test of equal shares among the first to come."""

    users: slice
    shown: Indexes

    @classmethod
    def of(cls, population: Population) -> Tested:
        days = int(population.days[-1]) + 1
        users = slice(0, population.arriving(max(1, round(TEST_SHARE * days))).start)
        return cls(users, by_allocation(population.buckets[users], equal_allocation(len(ITEMS))))

    def evidence(self, world: World, chosen: npt.NDArray[np.bool_] | None = None) -> tuple[Evidence, ...]:
        """What each item brought among all of the test, or those of them that are chosen."""
        rates = world.rates[self.users][np.arange(len(self.shown)), self.shown]
        converted = world.luck[self.users] < rates
        return evidence_of(self.shown, converted, np.ones(len(self.shown), dtype=bool) if chosen is None else chosen)


def evidence_of(
    shown: Indexes, converted: npt.NDArray[np.bool_], chosen: npt.NDArray[np.bool_]
) -> tuple[Evidence, ...]:
    users = np.bincount(shown[chosen], minlength=len(ITEMS))
    hits = np.bincount(shown[chosen & converted], minlength=len(ITEMS))
    return tuple(Evidence(int(count), int(hit), int(hit)) for count, hit in zip(users, hits, strict=True))


def personalised(population: Population, world: World) -> Personalisation:
    """What the test teaches about segments: which rule applies to a user, or none."""
    test = Tested.of(population)
    segments, folds = population.segments[test.users], np.arange(len(test.shown)) % FOLDS
    return personalise(
        [
            {
                str(segment): test.evidence(world, (folds == fold) & (segments == segment))
                for segment in range(len(ITEMS) + 1)
            }
            for fold in range(FOLDS)
        ]
    )


def _always(item: int, population: Population) -> Indexes:
    return np.full(len(population), item, dtype=np.int64)


def _equal_shares(population: Population, _: World) -> Indexes:
    return by_allocation(population.buckets, equal_allocation(len(ITEMS)))


def _test_then_best(population: Population, world: World) -> Indexes:
    test = Tested.of(population)
    means = [evidence.mean for evidence in test.evidence(world)]
    shown = _always(means.index(max(means)), population)
    shown[test.users] = test.shown
    return shown


def _test_then_segments(population: Population, world: World) -> Indexes:
    test = Tested.of(population)
    found = personalised(population, world)
    choices = [found.variation_for(str(segment)) for segment in range(len(ITEMS) + 1)]
    shown = np.array([DEFAULT if choice is None else choice for choice in choices])[population.segments]
    shown[test.users] = test.shown
    return np.asarray(shown, dtype=np.int64)


def _bandit(population: Population, world: World) -> Indexes:
    shown = _always(DEFAULT, population)
    known = (Evidence(),) * len(ITEMS)
    allocation = equal_allocation(len(ITEMS))
    for day in range(int(population.days[-1]) + 1):
        today = population.arriving(day)
        shown[today] = by_allocation(population.buckets[today], allocation)
        arrived = np.zeros(len(population), dtype=bool)
        arrived[today] = True
        known = tuple(map(Evidence.__add__, known, evidence_of(shown, world.converted(shown), arrived)))
        allocation = reallocate(known, allocation).allocation
    return shown


def _by_rules(population: Population, _: World) -> Indexes:
    return np.where(population.decided == UNDECIDED, DEFAULT, population.decided)


_SHOWN: Mapping[Strategy, Callable[[Population, World], Indexes]] = {
    Strategy.DEFAULT: lambda population, _: _always(DEFAULT, population),
    Strategy.UNIFORM: _equal_shares,
    Strategy.TEST_THEN_BEST: _test_then_best,
    Strategy.BANDIT: _bandit,
    Strategy.TEST_THEN_SEGMENTS: _test_then_segments,
    Strategy.RULES: _by_rules,
    Strategy.BEST_SINGLE: lambda population, world: _always(world.best, population),
    Strategy.FAVOURITES: lambda _, world: np.asarray(world.rates.argmax(axis=1), dtype=np.int64),
}
