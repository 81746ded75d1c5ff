"""What must be remembered of many users to analyse them later, whoever else is added?

Everything here is a sum over users: the sums of a day and of the day before add up to those of both days.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from fractions import Fraction
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Number: TypeAlias = "int | float | Fraction"

MICRO = Fraction(1, 1_000_000)
"""What one unit is worth where values were summed in millionths: `sample.scaled(MICRO)`."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Sums over the users of one variation, for one goal. Exact if given whole numbers, which is how to store them.

    `conversions`: users who reached the goal. `total`, `total_squares`: of each user's outcome (0 or 1 for a rate).
    `before`, `before_squares`: of what the same users did before their exposure, `product`: of outcome times before
    (all 0 where nothing is known). `denominator`, `denominator_squares`, `denominator_product`: the same of what the
    outcome of a ratio is divided by, clicks per *view*; 0 for other goals.

    Sums may be in any unit, millionths for example: `scaled` changes it, and squares and products with it.
    """

    users: int = 0
    conversions: int = 0
    total: Number = 0
    total_squares: Number = 0
    before: Number = 0
    before_squares: Number = 0
    product: Number = 0
    denominator: Number = 0
    denominator_squares: Number = 0
    denominator_product: Number = 0

    @classmethod
    def of_rate(cls, users: int, conversions: int) -> Sample:
        """The sample of users who each reached a goal or did not."""
        return cls(users=users, conversions=conversions, total=conversions, total_squares=conversions)

    @classmethod
    def of(cls, outcomes: Sequence[float], before: Sequence[float] = (), denominators: Sequence[float] = ()) -> Sample:
        """Sum finite outcomes, one per user, exactly; the others, if given, are of the same users in the same order.

        A conversion is an outcome that is not 0.
        """
        ones = (1,) * len(outcomes)
        earlier, below = before or (0,) * len(outcomes), denominators or (0,) * len(outcomes)
        return cls(
            len(outcomes),
            sum(1 for outcome in outcomes if outcome),
            _products(outcomes, ones),
            _products(outcomes, outcomes),
            _products(earlier, ones),
            _products(earlier, earlier),
            _products(outcomes, earlier),
            _products(below, ones),
            _products(below, below),
            _products(outcomes, below),
        )

    def __add__(self, other: Sample) -> Sample:
        return Sample(*(mine + theirs for mine, theirs in zip(self._sums, other._sums, strict=True)))

    def __sub__(self, other: Sample) -> Sample:
        """What is left without the users of `other`, who must be among these."""
        return Sample(*(mine - theirs for mine, theirs in zip(self._sums, other._sums, strict=True)))

    def scaled(self, outcome: Number, before: Number = 1, denominator: Number = 1) -> Sample:
        """The same users in other units: every outcome times `outcome`, and so on."""
        return Sample(
            self.users,
            self.conversions,
            self.total * outcome,
            self.total_squares * outcome * outcome,
            self.before * before,
            self.before_squares * before * before,
            self.product * outcome * before,
            self.denominator * denominator,
            self.denominator_squares * denominator * denominator,
            self.denominator_product * outcome * denominator,
        )

    @property
    def is_finite(self) -> bool:
        return all(math.isfinite(value) for value in self._sums if isinstance(value, float))

    @property
    def _sums(self) -> tuple[Any, ...]:
        return _SUMS(self)


_SUMS = attrgetter(*(each.name for each in fields(Sample)))


def merged(samples: Iterable[Sample]) -> Sample:
    """Add up samples of different users."""
    return sum(samples, Sample())


def _products(left: Sequence[float], right: Sequence[float]) -> Fraction | int:
    """The exact sum of products: a float is a whole number of some power of two."""
    ratios = [(*a.as_integer_ratio(), *b.as_integer_ratio()) for a, b in zip(left, right, strict=True)]
    if not ratios:
        return 0
    unit_left, unit_right = max(each[1] for each in ratios), max(each[3] for each in ratios)
    total = sum(a * (unit_left // below_a) * b * (unit_right // below_b) for a, below_a, b, below_b in ratios)
    answer = Fraction(total, unit_left * unit_right)
    return answer.numerator if answer.denominator == 1 else answer
