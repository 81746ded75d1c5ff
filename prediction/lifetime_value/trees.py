"""What do all signals together say about spending: does a user buy at all, and for how much if so?

Two stages, because most users spend nothing and a few spend much. The mean amount is boosted on the likelihood of a
gamma distribution: a booster of the median would show the lower absolute error and understate totals.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from prediction.boosting import Examples, Recipe, booster_from_bytes, booster_to_bytes
from prediction.signals.catalogue import SIGNALS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    import xgboost

    from prediction.boosting import Boosting
    from prediction.matrices import Matrix, Vector

OCCURRENCE_ROUNDS = 150
AMOUNT_ROUNDS = 135
"""Not stopped early: most logs have but one window that is later and does not overlap, and it would overfit to that."""

SHAPE: Mapping[str, Any] = {
    "max_depth": 3,
    "eta": 0.03,
    "subsample": 0.7,
    "monotone_constraints": "(" + ",".join(str(signal.sign or 0) for signal in SIGNALS) + ")",
}
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
        return np.asarray(self.occurrence.inplace_predict(values), dtype=np.float64)

    def amount_if_any(self, values: Matrix) -> Vector:
        """How much a user spends who spends anything."""
        return np.asarray(self.amount.inplace_predict(values), dtype=np.float64)

    def parts(self) -> Mapping[str, bytes]:
        return {
            OCCURRENCE_PART: booster_to_bytes(self.occurrence),
            AMOUNT_PART: booster_to_bytes(self.amount),
        }

    @staticmethod
    def of_parts(parts: Mapping[str, bytes]) -> SpendingTrees:
        return SpendingTrees(
            booster_from_bytes(parts[OCCURRENCE_PART], len(SIGNALS)),
            booster_from_bytes(parts[AMOUNT_PART], len(SIGNALS)),
        )


def boost_trees(boosting: Boosting, values: Matrix, spent: Vector) -> SpendingTrees:
    """From rows of signals and what was spent after each, which is above 0 in some and 0 in others."""
    bought = spent > 0
    occurrence = Recipe(OCCURRENCE_ROUNDS, {**OCCURRENCE, "base_score": float(bought.mean())})
    amount = Recipe(AMOUNT_ROUNDS, {**AMOUNT, "base_score": float(spent[bought].mean())})
    return SpendingTrees(
        boosting.boost(occurrence, Examples(values, bought.astype(np.float64))),
        boosting.boost(amount, Examples(values[bought], spent[bought])),
    )
