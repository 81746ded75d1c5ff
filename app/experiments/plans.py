"""How many users and days would an experiment need?"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from app.experiments.requests import RequestRefused
from domain.statistics.absences import Absence
from domain.statistics.bandits.advice import advise_bandit
from domain.statistics.plans import Plan
from domain.statistics.questions import Design, Looks, Outcome, Question
from domain.statistics.samples import Sample

if TYPE_CHECKING:
    from collections.abc import Iterator

IMAGINED_USERS = 10**9
"""So many users stand for what is known of today: enough that rounding a rate to whole users does not matter."""
SHOWN_DAYS = (7, 14, 28, 56)


@dataclass(frozen=True, slots=True)
class Forecast:
    """A plan in the words of whoever runs it; `shares` are of the control and of each other variation."""

    baseline: Sample
    outcome: Outcome
    shares: tuple[float, ...]
    users_per_day: float
    looks: Looks
    power: float

    @property
    def plan(self) -> Plan:
        return Plan(self.baseline, Question(self.outcome), self.shares, Design(looks=self.looks), self.power)

    def told(self, lift: float, users_so_far: int) -> Iterator[str]:
        """Yield what it takes to find a lift, which lifts are found in some weeks, and whether a bandit would pay.

        Raises:
            RequestRefused: no number of users or days would do, or what is known of today is impossible.

        """
        needed = self.plan.users_needed(lift)
        days_needed = self.plan.days_needed(lift, self.users_per_day, users_so_far)
        if isinstance(needed, Absence):
            raise RequestRefused(f"this cannot be planned: {needed.reason}")
        if isinstance(days_needed, Absence):
            raise RequestRefused(f"this cannot be planned: {days_needed.reason}")
        days = self.plan.told(lift, self.users_per_day, users_so_far)
        once = "looked at once, at the end" if self.looks is Looks.ONCE else "looked at as often as one likes"
        yield f"The experiment {days}: {needed:,} users of all variations together, {once}."
        for day in SHOWN_DAYS:
            found = self.plan.detectable(round(self.users_per_day * day))
            told = found.reason if isinstance(found, Absence) else f"finds {found * 100:+.3g} % or more"
            yield f"{day} days: {told}"
        yield advise_bandit(len(self.shares), needed).text


def baseline_of(rate: float | None, mean: float | None, deviation: float | None) -> tuple[Sample, Outcome]:
    """Imagine users like today's.

    Raises:
        RequestRefused: neither a rate alone nor a mean with its deviation is given.

    """
    if rate is not None and mean is None and deviation is None:
        return Sample.of_rate(IMAGINED_USERS, round(rate * IMAGINED_USERS)), Outcome.RATE
    if rate is not None or mean is None or deviation is None:
        raise RequestRefused("say how it is today: either --rate, or --mean and --deviation")
    level, spread = Fraction(mean), Fraction(deviation) ** 2
    squares = spread * (IMAGINED_USERS - 1) + level**2 * IMAGINED_USERS
    sample = Sample(IMAGINED_USERS, IMAGINED_USERS, level * IMAGINED_USERS, squares)
    return sample, Outcome.MEAN
