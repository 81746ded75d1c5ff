"""How likely is each segment at the end of the next horizon?"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from domain.model.segments import KEPT_FROM_CONFIDENCE, MembershipSource, SegmentMembership
from prediction.boosting import booster_from_bytes, booster_to_bytes
from prediction.segments.classes import BEHAVIOURAL, CLASSES, INPUTS, current_classes
from prediction.signals.catalogue import SIGNALS, SIGNALS_VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    import xgboost

    from prediction.matrices import Matrix, Vector

DOCUMENT = "model.json"
TREES = "trees.ubj"
_SUMS_WITHIN = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class SegmentsModel:
    """Probabilities of classes (see `classes.py`), which sum to 1.

    `prior`: of each class among all users; what is said of a user without history. `transitions`: by the class that a
    user is in, of the class that follows; they answer where there are no trees.
    """

    horizon_days: int
    prior: Vector
    transitions: Vector
    trees: xgboost.Booster | None = None

    def probabilities(self, inputs: Matrix) -> Vector:
        """A row per row of inputs (`inputs_of`), a column per class. No user's depend on who else is asked about."""
        if self.trees is None:
            return self.transitions[current_classes(inputs)]
        told = np.asarray(self.trees.inplace_predict(np.ascontiguousarray(inputs)), dtype=np.float64)
        normalised: Vector = told / told.sum(axis=1, keepdims=True)
        return normalised

    def outlook(self, inputs: Matrix, at: datetime) -> Sequence[tuple[SegmentMembership, ...]]:
        """For each user the segments that are likely enough to be kept, the likeliest first."""
        return [memberships(row, at) for row in self.probabilities(inputs)]

    def outlook_of_nobody_known(self, at: datetime) -> tuple[SegmentMembership, ...]:
        """Of a user without history: the prior."""
        return memberships(self.prior, at)

    def parts(self) -> Mapping[str, bytes]:
        """As `Storable` promises."""
        document = {
            "signals_version": SIGNALS_VERSION,
            "signals": [signal.name for signal in SIGNALS],
            "segments": list(BEHAVIOURAL),
            "horizon_days": self.horizon_days,
            "prior": self.prior.tolist(),
            "transitions": self.transitions.tolist(),
            "has_trees": self.trees is not None,
        }
        parts = {DOCUMENT: json.dumps(document, sort_keys=True).encode()}
        if self.trees is not None:
            parts[TREES] = booster_to_bytes(self.trees)
        return parts

    @staticmethod
    def of_parts(parts: Mapping[str, bytes]) -> SegmentsModel:
        """The model that wrote the parts; it answers with the same bits. Raises for anything else."""
        document = json.loads(parts[DOCUMENT])
        signals = [signal.name for signal in SIGNALS]
        if document["signals_version"] != SIGNALS_VERSION or document["signals"] != signals:
            raise ValueError("the model was trained on other signals")
        if document["segments"] != list(BEHAVIOURAL):
            raise ValueError("the model was trained on other segments")
        if document["has_trees"] is not (TREES in parts):
            raise ValueError("the model lacks its trees, or has some that are not its own")
        return SegmentsModel(
            int(document["horizon_days"]),
            _distributions(document["prior"], (CLASSES,)),
            _distributions(document["transitions"], (CLASSES, CLASSES)),
            booster_from_bytes(parts[TREES], INPUTS) if TREES in parts else None,
        )


def memberships(probabilities: Vector, at: datetime) -> tuple[SegmentMembership, ...]:
    """Of one user's classes those that are segments and likely enough to be kept, the likeliest first."""
    likely = [
        SegmentMembership(segment, float(probability), at, MembershipSource.MODEL)
        for segment, probability in zip(BEHAVIOURAL, probabilities[1:], strict=True)
        if probability >= KEPT_FROM_CONFIDENCE
    ]
    return tuple(sorted(likely, key=lambda one: (-one.confidence, one.segment)))


def _distributions(numbers: Any, shape: tuple[int, ...]) -> Vector:
    read = np.array(numbers, dtype=np.float64)
    if read.shape != shape or not (read >= 0).all() or (abs(read.sum(axis=-1) - 1) > _SUMS_WITHIN).any():
        raise ValueError("the probabilities do not fit the segments, or do not sum to 1")
    return read
