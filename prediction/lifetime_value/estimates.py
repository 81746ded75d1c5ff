"""What will each user spend in the horizon, between which bounds, and are they still a customer?"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from prediction.lifetime_value.buying import Buying
from prediction.lifetime_value.forecasts import Forecast, Method
from prediction.lifetime_value.intervals import Intervals
from prediction.lifetime_value.purchases import purchase_row, purchases_of
from prediction.lifetime_value.trees import AMOUNT_READS, OCCURRENCE_READS, SpendingTrees
from prediction.signals.catalogue import SIGNALS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from domain.model.habits import Habits
    from prediction.lifetime_value.purchases import Purchases
    from prediction.matrices import Matrix, Vector

DOCUMENT_PART = "lifetime_value.json"
_READS = [[SIGNALS[place].name for place in places] for places in (OCCURRENCE_READS, AMOUNT_READS)]


@dataclass(frozen=True, slots=True)
class Estimates:
    """One entry per user; see `domain.model.insights.LifetimeValue`.

    `told`: there is something to say; not of who never bought, where nobody who had not was ever seen to begin.
    """

    told: NDArray[np.bool_]
    expected: Vector
    low: Vector
    high: Vector
    expected_conversions: Vector
    probability_active: Vector


@dataclass(frozen=True, slots=True)
class LifetimeValueModel:
    forecast: Forecast
    intervals: Intervals

    @property
    def horizon_days(self) -> int:
        return self.forecast.buying.horizon_days

    def estimate(self, habits: Sequence[Habits], signals: Matrix, at: datetime) -> Estimates:
        """Of users at one instant, a row of signals each. A user's estimate does not depend on the others'."""
        return self.estimate_of(purchases_of(purchase_row(one, at) for one in habits), signals)

    def estimate_of(self, purchases: Purchases, signals: Matrix) -> Estimates:
        """Conversions are days with one; they and being active are told from purchases alone, whatever the method."""
        outlook = self.forecast.buying.outlook(purchases)
        spending = self.forecast.spending_given(outlook, purchases, signals)
        low, high = self.intervals.bounds(spending)
        told = purchases.bought | self.forecast.knows_newcomers
        return Estimates(told, spending.expected, low, high, outlook.purchases, outlook.active)

    def parts(self) -> Mapping[str, bytes]:
        document = {
            "method": self.forecast.method.value,
            "reads": _READS,
            "buying": self.forecast.buying.document(),
            "intervals": {"ratios": self.intervals.ratios.tolist(), "level": self.intervals.level},
        }
        trees = {} if self.forecast.trees is None else self.forecast.trees.parts()
        return {DOCUMENT_PART: json.dumps(document, allow_nan=False, sort_keys=True).encode(), **trees}

    @staticmethod
    def of_parts(parts: Mapping[str, bytes]) -> LifetimeValueModel:
        """Raises an exception, mostly `ValueError`, for parts that `parts` would not have written."""
        document = json.loads(parts[DOCUMENT_PART])
        method = Method(document["method"])
        if document["reads"] != _READS:
            raise ValueError("the trees were boosted on other signals")
        trees = SpendingTrees.of_parts(parts) if method is Method.COMBINED else None
        forecast = Forecast(method, Buying.of_document(document["buying"]), trees)
        return LifetimeValueModel(forecast, _intervals_of(**document["intervals"]))


def _intervals_of(ratios: Sequence[float], level: float) -> Intervals:
    known = np.array(ratios, dtype=np.float64)
    if known.ndim != 1 or not len(known) or not np.all(np.isfinite(known)) or not 0 <= level <= 1:
        raise ValueError("the intervals are not made of finite ratios and a level")
    return Intervals(known, float(level))
