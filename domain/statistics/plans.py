"""How many users does an experiment need before it starts, and how long does that take?"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scipy.special import ndtri

from domain.statistics.absences import Absence
from domain.statistics.differences import Difference
from domain.statistics.estimates import Estimate, estimate_of, rate_variance
from domain.statistics.questions import Design, Looks, Outcome, Question
from domain.statistics.sequences import sequential_interval

if TYPE_CHECKING:
    from domain.statistics.samples import Sample

POWER = 0.8
"""The chance of finding the difference if it is there."""
MOST_USERS = 10**13
_HALVINGS = 200


@dataclass(frozen=True, slots=True)
class Plan:
    """An experiment that is thought of. `baseline`: users as they are now, before anything is changed.

    `allocation`: the shares of the control and of each other variation, in any unit. `power`: see `POWER`.
    """

    baseline: Sample
    question: Question
    allocation: tuple[float, ...]
    design: Design = field(default_factory=Design)
    power: float = POWER

    def users_needed(self, relative: float) -> int | Absence:
        """How many users, of all variations together, find a relative difference with the planned power.

        The classical sum of two quantiles (Fleiss, Levin and Paik, 2003, section 4.2, unpooled) for one look; for any
        time, where the always-valid interval leaves 0 out with that power. The least allocated variation decides, and
        with several of them each is tested more strictly (Bonferroni: it bounds what is adjusted later).
        """
        estimate = self._checked()
        if isinstance(estimate, Absence):
            return estimate
        effect = abs(relative * estimate.level)
        if not effect > 0 or not math.isfinite(effect):
            return Absence("without a difference there is nothing to find")
        if self.question.outcome is Outcome.RATE and not 0 <= estimate.level * (1 + relative) <= 1:
            return Absence("no rate is below 0 or above 1")
        if not self._finds(estimate, relative, MOST_USERS):
            return Absence("no number of users would find so small a difference")
        low, high = 2, MOST_USERS
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if self._finds(estimate, relative, middle) else (middle + 1, high)
        return max(low, self._fewest)

    def detectable(self, users: int) -> float | Absence:
        """The smallest relative increase that so many users, of all variations together, find with that power."""
        estimate = self._checked()
        if isinstance(estimate, Absence):
            return estimate
        largest = 1 / estimate.level - 1 if self.question.outcome is Outcome.RATE else 1e6
        if users < self._fewest or not self._finds(estimate, largest, users):
            return Absence("so few users find no difference at all")
        # A mean may do better than a million times as well, but nobody plans for that.
        low, high = 0.0, largest
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            low, high = (low, middle) if self._finds(estimate, middle, users) else (middle, high)
        return high

    def days_needed(self, relative: float, users_per_day: float, users_so_far: int = 0) -> int | Absence:
        """How many more days that takes, at so many new users a day."""
        needed = self.users_needed(relative)
        if isinstance(needed, Absence):
            return needed
        missing = max(0, needed - users_so_far)
        if not missing:
            return 0
        if not users_per_day > 0:
            return Absence("without new users the experiment never ends")
        return math.ceil(missing / users_per_day)

    def told(self, relative: float, users_per_day: float, users_so_far: int = 0) -> str:
        """Say how long it takes: "needs 9 more days"."""
        days = self.days_needed(relative, users_per_day, users_so_far)
        if isinstance(days, Absence):
            return f"cannot be planned: {days.reason}"
        wanted = f"to find a difference of {relative * 100:+.3g} % in {self.power * 100:g} % of cases"
        if days == 0:
            return f"has users enough {wanted}"
        return f"needs {days:,} more {'day' if days == 1 else 'days'} {wanted}"

    @property
    def _fewest(self) -> int:
        """With fewer users of a variation there is no verdict, whatever the difference."""
        return math.ceil(self.design.least_users * sum(self.allocation) / min(self.allocation))

    def _checked(self) -> Estimate | Absence:
        if not self.allocation[1:] or not all(share > 0 and math.isfinite(share) for share in self.allocation):
            return Absence("control and variations need a share of the users each")
        estimate = estimate_of(self.baseline, self.question.outcome)
        if not isinstance(estimate, Absence) and estimate.level <= 0:
            return Absence("the mean is not above 0: nothing is relative to it")
        return estimate

    def _finds(self, estimate: Estimate, relative: float, users: int) -> bool:
        """Would so many users find it in the least allocated variation?"""
        control, *others = self.allocation
        share = sum(self.allocation)
        moved = estimate.level * (1 + relative)
        variance = estimate.variance
        if self.question.outcome is Outcome.RATE:
            if not 0 <= moved <= 1:
                return False
            variance = rate_variance(moved)
        error = estimate.variance / (users * control / share) + variance / (users * min(others) / share)
        pair = max(2, round(users * (control + min(others)) / share))
        effect = abs(moved - estimate.level)
        reserve = float(ndtri(self.power)) * math.sqrt(error)
        return self._half_width(Difference(0.0, error, pair, pair), len(others)) + reserve <= effect

    def _half_width(self, difference: Difference, variations: int) -> float:
        alpha = self.design.alpha / variations
        if self.design.looks is Looks.ONCE:
            return float(ndtri(1 - alpha / 2)) * difference.error
        return sequential_interval(difference, alpha, self.design.reference_users)[1]
