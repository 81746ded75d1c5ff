"""How is a model of segments learnt from labelled rows?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from prediction.boosting import Examples, Recipe
from prediction.segments.classes import CLASSES, current_classes
from prediction.segments.outlooks import SegmentsModel
from prediction.training.embargoes import embargoed

if TYPE_CHECKING:
    from prediction.boosting import Boosting
    from prediction.matrices import Vector
    from prediction.training.labels import LabelledRows
    from prediction.training.plans import Plan

PRIOR_ROWS = 20.0
"""How many imaginary rows, split as all rows are, each class of the transition table starts with."""

ROUNDS = 150
FEWEST_ROUNDS = 80
MOST_ROUNDS = 300
PATIENCE = 30
FEWEST_ROWS = 200
"""On fewer rows nothing is validated."""

ROWS_PER_LEAF = 10


def fit_baseline(rows: LabelledRows, plan: Plan) -> SegmentsModel:
    """Which class follows on which; a class that never followed is as rare as one imaginary row of each makes it."""
    classes = rows.labels.astype(np.int64)
    counts = np.bincount(classes, minlength=CLASSES) + 1.0
    prior = counts / counts.sum()
    pairs = np.zeros((CLASSES, CLASSES))
    np.add.at(pairs, (current_classes(rows.signals), classes), 1)
    smoothed = pairs + PRIOR_ROWS * prior
    return SegmentsModel(plan.horizon_days, prior, smoothed / smoothed.sum(axis=1, keepdims=True))


def fit_trees(rows: LabelledRows, plan: Plan, boosting: Boosting, baseline: SegmentsModel) -> SegmentsModel:
    """Shallow trees for each class, as many as serve best on later cut-offs where that can be known."""
    return replace(baseline, trees=boosting.boost(recipe(_rounds(rows, plan, boosting)), _examples(rows)))


def recipe(rounds: int, patience: int | None = None) -> Recipe:
    parameters = {
        "objective": "multi:softprob",
        "num_class": CLASSES,
        "eval_metric": "mlogloss",
        "tree_method": "hist",
        "max_depth": 3,
        "eta": 0.05,
        "min_child_weight": ROWS_PER_LEAF,
        "subsample": 0.7,
        "colsample_bynode": 0.3,
        "reg_lambda": 5,
    }
    return Recipe(rounds, parameters, patience)


def _rounds(rows: LabelledRows, plan: Plan, boosting: Boosting) -> int:
    embargo = embargoed(plan)
    if embargo is None:
        return ROUNDS
    fitted, validated = rows.of(embargo.fits(rows.cut_offs)), rows.of(embargo.validates(rows.cut_offs))
    if min(len(fitted), len(validated)) < FEWEST_ROWS:
        return ROUNDS
    found = boosting.boost(recipe(MOST_ROUNDS, PATIENCE), _examples(fitted), _examples(validated))
    return max(FEWEST_ROUNDS, found.num_boosted_rounds())


def _examples(rows: LabelledRows) -> Examples:
    return Examples(rows.signals, rows.labels)


def certainty(probabilities: Vector, classes: Vector) -> tuple[Vector, Vector]:
    """Whether the likeliest class came true, and the probability that it was given: what calibration is measured on."""
    likeliest = probabilities.argmax(axis=1)
    return (likeliest == classes).astype(np.float64), probabilities[np.arange(len(likeliest)), likeliest]
