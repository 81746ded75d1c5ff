"""How likely is each user not to come back, and what does that likelihood consist of?"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import xgboost
from scipy.special import expit

from domain.model.insights import RiskLevel
from prediction.boosting import booster_from_bytes, booster_to_bytes
from prediction.logistics import Logistic
from prediction.signals.catalogue import PLACES, SIGNALS, SIGNALS_VERSION, Family

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from prediction.matrices import Matrix, Vector

MEDIUM_FROM = 1 / 3
HIGH_FROM = 2 / 3
"""A high risk: staying away is at least twice as likely as coming back; low: coming back is more than twice as
likely as staying away."""

READ = tuple(place for place, signal in enumerate(SIGNALS) if signal.family is not Family.MANNER)
"""How sessions look (their hours, devices and length) was measured to say nothing of who leaves."""

DOCUMENT = "model.json"
TREES = "trees.ubj"


def level_of(risk: float) -> RiskLevel:
    if risk >= HIGH_FROM:
        return RiskLevel.HIGH
    return RiskLevel.MEDIUM if risk >= MEDIUM_FROM else RiskLevel.LOW


@dataclass(frozen=True, slots=True, eq=False)
class ChurnModel:
    """The weighted mean of the margins (log odds) of a logistic regression and of boosted trees on `READ` signals.

    Without trees, the logistic regression answers alone: so does the baseline. It was trained on users who were seen in
    the `active_days` before.
    """

    horizon_days: int
    active_days: int
    logistic: Logistic
    trees: xgboost.Booster | None = None
    trees_share: float = 0.0

    def risks(self, values: Matrix) -> Vector:
        """The probability of no interaction within the horizon, a row of signals each.

        A user's risk does not depend on who else is asked about.
        """
        probabilities: Vector = expit(self.margins(values))
        return probabilities

    def knows(self, values: Matrix) -> NDArray[np.bool_]:
        """Was each user seen lately enough to be like those whom the model was trained on?"""
        return np.asarray(values[:, PLACES["days_since_last"]] < self.active_days)

    def margins(self, values: Matrix) -> Vector:
        margins = self.logistic.margins(values)
        if self.trees is None:
            return margins
        by_trees = self.trees.inplace_predict(_read(values), predict_type="margin")
        return (1 - self.trees_share) * margins + self.trees_share * by_trees.astype(np.float64)

    def contributions(self, values: Matrix) -> tuple[Vector, float]:
        """What each signal adds to each row's margin, and what is there without any: in sum, the margin."""
        added = np.zeros(values.shape)
        added[:, self.logistic.columns] = self.logistic.terms(values)
        if self.trees is None:
            return added, self.logistic.bias
        # XGBoost's exact contributions (Lundberg et al., "From local explanations to global understanding", 2020).
        by_trees = self.trees.predict(xgboost.DMatrix(_read(values), nthread=1), pred_contribs=True)
        added *= 1 - self.trees_share
        added[:, READ] += self.trees_share * by_trees[:, :-1]
        bias = float(by_trees[0, -1]) if len(by_trees) else 0.0
        return added, (1 - self.trees_share) * self.logistic.bias + self.trees_share * bias

    def parts(self) -> Mapping[str, bytes]:
        """As `Storable` promises."""
        document = {
            "signals_version": SIGNALS_VERSION,
            "read": [SIGNALS[place].name for place in READ],
            "horizon_days": self.horizon_days,
            "active_days": self.active_days,
            "trees_share": self.trees_share,
            "logistic": self.logistic.document(),
        }
        parts = {DOCUMENT: json.dumps(document, sort_keys=True).encode()}
        if self.trees is not None:
            parts[TREES] = booster_to_bytes(self.trees)
        return parts

    @staticmethod
    def of_parts(parts: Mapping[str, bytes]) -> ChurnModel:
        """The model that wrote the parts; it answers with the same bits. Raises for anything else."""
        document = json.loads(parts[DOCUMENT])
        if document["signals_version"] != SIGNALS_VERSION or _places(document["read"]) != READ:
            raise ValueError("the model was trained on other signals")
        share = float(document["trees_share"])
        if not 0 <= share <= 1:
            raise ValueError("the trees' share is not within 0 and 1")
        logistic = Logistic.of_document(document["logistic"], len(SIGNALS))
        trees = booster_from_bytes(parts[TREES], len(READ)) if TREES in parts else None
        if (trees is None) != (share == 0):
            raise ValueError("the model has no trees, or has trees that count for nothing")
        return ChurnModel(int(document["horizon_days"]), int(document["active_days"]), logistic, trees, share)


def _read(values: Matrix) -> Matrix:
    return values[:, READ]


def _places(names: Any) -> tuple[int | None, ...]:
    return tuple(map(PLACES.get, names))
