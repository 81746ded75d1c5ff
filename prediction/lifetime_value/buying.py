"""What does a user's buying so far say about buying in the horizon?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from prediction.lifetime_value.amounts import PurchaseAmounts
from prediction.lifetime_value.purchases import DAYS_PER_WEEK
from prediction.lifetime_value.rates import PurchaseRates

if TYPE_CHECKING:
    from collections.abc import Mapping

    from prediction.lifetime_value.purchases import Purchases
    from prediction.matrices import Vector


@dataclass(frozen=True, slots=True)
class Newcomers:
    """What active users who never bought did in a horizon, on average: there is nothing to tell them apart by."""

    spent: float = 0.0
    purchases: float = 0.0
    share_buying: float = 0.0


@dataclass(frozen=True, slots=True)
class Outlook:
    """One entry per user, for the horizon. `any`: the probability of at least one purchase."""

    spent: Vector
    purchases: Vector
    any: Vector
    active: Vector


@dataclass(frozen=True, slots=True)
class Buying:
    """BG/NBD and Gamma-Gamma: how often times how much."""

    rates: PurchaseRates
    amounts: PurchaseAmounts
    newcomers: Newcomers
    horizon_days: int

    def outlook(self, purchases: Purchases) -> Outlook:
        bought, weeks, newcomers = purchases.bought, self.horizon_days / DAYS_PER_WEEK, self.newcomers
        repeats = self.rates.expected_repeats(purchases, weeks)
        amount = self.amounts.expected(purchases.amount, purchases.counted)
        return Outlook(
            spent=np.where(bought, repeats * amount, newcomers.spent),
            purchases=np.where(bought, repeats, newcomers.purchases),
            any=np.where(bought, self.rates.probability_of_any(purchases, weeks), newcomers.share_buying),
            active=self.rates.probability_active(purchases),
        )

    def document(self) -> Mapping[str, object]:
        rates, amounts, newcomers = self.rates, self.amounts, self.newcomers
        return {
            "rates": [rates.r, rates.alpha, rates.a, rates.b],
            "amounts": [amounts.p, amounts.q, amounts.v],
            "newcomers": [newcomers.spent, newcomers.purchases, newcomers.share_buying],
            "horizon_days": self.horizon_days,
        }

    @staticmethod
    def of_document(document: Mapping[str, Any]) -> Buying:
        """Raises `ValueError` for numbers that are not finite."""
        numbers = [float(n) for name in ("rates", "amounts", "newcomers") for n in document[name]]
        if not np.all(np.isfinite(numbers)):
            raise ValueError("a parameter is not a finite number")
        return Buying(
            PurchaseRates(*map(float, document["rates"])),
            PurchaseAmounts(*map(float, document["amounts"])),
            Newcomers(*map(float, document["newcomers"])),
            int(document["horizon_days"]),
        )


def spent_at_same_rate(purchases: Purchases, horizon_days: int) -> Vector:
    """The naive answer: in the horizon as much a day as so far. A first week is a week, however short it was."""
    weeks = np.maximum(purchases.age_weeks, 1.0)
    return purchases.amount * purchases.counted / weeks * (horizon_days / DAYS_PER_WEEK)
