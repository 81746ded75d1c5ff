"""What do signals say about spending: does a user buy at all, and for how much if so?

Two stages, because most users spend nothing and a few spend much. The mean amount is boosted on the likelihood of a
gamma distribution: a booster of the median would show the lower absolute error and understate totals.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from prediction.boosting import Examples, Recipe, booster_from_bytes, booster_to_bytes
from prediction.signals.catalogue import SIGNALS, Family

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    import xgboost

    from prediction.boosting import Boosting
    from prediction.matrices import Matrix, Vector

OCCURRENCE_ROUNDS = 150
AMOUNT_ROUNDS = 135
"""Not stopped early: most logs have but one window that is later and does not overlap, and it would overfit to that."""

_TIMES = (Family.RECENCY, Family.FREQUENCY, Family.RECENT_ACTIVITY)
_PURCHASES = ("conversions", "conversions_90d", "days_without_conversion")

OCCURRENCE_READS = tuple(
    place for place, signal in enumerate(SIGNALS) if signal.family in _TIMES or signal.name in _PURCHASES
)
"""When and how often users came and bought. Beside what buying alone foretells, other signals brought chance: left out
they order users better on an embargoed window before the test, by .007 on one log, by nothing on the other."""

AMOUNT_READS = tuple(place for place, signal in enumerate(SIGNALS) if signal.family in {*_TIMES, Family.VALUE})

SHAPE: Mapping[str, Any] = {"max_depth": 3, "eta": 0.03, "subsample": 0.7}
OCCURRENCE: Mapping[str, Any] = {
    **SHAPE,
    "objective": "binary:logistic",
    "min_child_weight": 100,
    "lambda": 20,
    "colsample_bytree": 0.5,
}
AMOUNT: Mapping[str, Any] = {
    **SHAPE,
    "objective": "reg:gamma",
    "min_child_weight": 30,
    "lambda": 20,
    "colsample_bytree": 0.3,
}
"""Amounts differ by chance more than anything else does: they are held close to their mean."""

OCCURRENCE_PART = "occurrence.ubj"
AMOUNT_PART = "amount.ubj"


@dataclass(frozen=True, slots=True)
class SpendingTrees:
    occurrence: xgboost.Booster
    amount: xgboost.Booster

    def any(self, values: Matrix) -> Vector:
        """The probability that a user spends anything."""
        return np.asarray(self.occurrence.inplace_predict(_read(values, OCCURRENCE_READS)), dtype=np.float64)

    def amount_if_any(self, values: Matrix) -> Vector:
        """How much a user spends who spends anything."""
        return np.asarray(self.amount.inplace_predict(_read(values, AMOUNT_READS)), dtype=np.float64)

    def parts(self) -> Mapping[str, bytes]:
        return {
            OCCURRENCE_PART: booster_to_bytes(self.occurrence),
            AMOUNT_PART: booster_to_bytes(self.amount),
        }

    @staticmethod
    def of_parts(parts: Mapping[str, bytes]) -> SpendingTrees:
        return SpendingTrees(
            booster_from_bytes(parts[OCCURRENCE_PART], len(OCCURRENCE_READS)),
            booster_from_bytes(parts[AMOUNT_PART], len(AMOUNT_READS)),
        )


def boost_trees(boosting: Boosting, values: Matrix, spent: Vector) -> SpendingTrees:
    """From rows of signals and what was spent after each, which is above 0 in some and 0 in others."""
    bought = spent > 0
    occurrence = {**OCCURRENCE, **_known_signs(OCCURRENCE_READS), "base_score": float(bought.mean())}
    amount = {**AMOUNT, **_known_signs(AMOUNT_READS), "base_score": float(spent[bought].mean())}
    any_examples = Examples(_read(values, OCCURRENCE_READS), bought.astype(np.float64))
    amount_examples = Examples(_read(values[bought], AMOUNT_READS), spent[bought])
    return SpendingTrees(
        boosting.boost(Recipe(OCCURRENCE_ROUNDS, occurrence), any_examples),
        boosting.boost(Recipe(AMOUNT_ROUNDS, amount), amount_examples),
    )


def _known_signs(places: Sequence[int]) -> Mapping[str, str]:
    return {"monotone_constraints": "(" + ",".join(str(SIGNALS[place].sign or 0) for place in places) + ")"}


def _read(values: Matrix, places: Sequence[int]) -> Matrix:
    return np.ascontiguousarray(values[:, places])
