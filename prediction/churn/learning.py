"""How is a churn model learnt from labelled rows?"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from prediction.boosting import Examples, Recipe
from prediction.churn.risks import READ, ChurnModel
from prediction.logistics import Fit, fit_logistic
from prediction.signals.catalogue import PLACES, SIGNALS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prediction.boosting import Boosting
    from prediction.logistics import Logistic
    from prediction.matrices import Vector
    from prediction.training.labels import LabelledRows
    from prediction.training.plans import Plan

FEW_USERS = 200
"""Fewer labelled users than this suffice for a logistic regression on four signals, not on all."""

RECENT_WINDOWS_DAYS = (7, 14, 30, 90, 180, 365)

RIDGE_OF_FOUR = 1.0
RIDGE_PER_USER = 2.5
"""For one horizon's worth of cut-offs, the less the more there are: rows of one user resemble each other, so it is
users that weigh against the ridge; and what few windows show may not last."""

OLDEST_WEIGHT = 0.5
"""Of the rows at the first training cut-off beside those at the last: users change with the product."""

ROUNDS = 300
TREES_A_ROUND = 3
"""Each sees other rows and signals, and their mean counts: much of the chance in what one of them saw is gone."""

TREES_SHARE = 0.6
"""Constants, of trees so shallow and slow that more do no harm. Stopping early, and choosing the share, on the few
cut-offs that an embargo leaves to validate on was measured to be better on no log and worse on some: it follows
chance."""

ROWS_PER_LEAF = 30
LEAVES_OF_FEW = 100

SIGNS = {place: -signal.sign for place, signal in enumerate(SIGNALS) if signal.sign is not None}
"""More of what makes users do more lowers the risk that they do nothing."""


def baseline_signals(horizon_days: int) -> Sequence[int]:
    """Recency, count, tenure, and the count in the window that is most like the horizon."""
    recent = min(RECENT_WINDOWS_DAYS, key=lambda days: abs(math.log(days / horizon_days)))
    names = ("days_since_last", "interactions", "days_since_first", f"interactions_{recent}d")
    return [PLACES[name] for name in names]


def fit_baseline(rows: LabelledRows, plan: Plan) -> ChurnModel:
    """A logistic regression on four signals."""
    columns = baseline_signals(plan.horizon_days)
    logistic = fit_logistic(rows.signals, rows.labels, columns, Fit(RIDGE_OF_FOUR))
    return ChurnModel(plan.horizon_days, plan.active_days, logistic)


def fit_mean(rows: LabelledRows, plan: Plan, boosting: Boosting) -> ChurnModel:
    """The mean of a logistic regression and boosted trees. Few users have to do with the baseline's four signals."""
    trees = boosting.boost(recipe(len(rows)), _examples(rows))
    return ChurnModel(plan.horizon_days, plan.active_days, _fit_logistic(rows, plan), trees, TREES_SHARE)


def recipe(rows: int) -> Recipe:
    """Shallow and slow; a leaf holds about `ROWS_PER_LEAF` rows' worth of doubt, less where rows are few."""
    monotone = ",".join(str(SIGNS.get(place, 0)) for place in READ)
    parameters = {
        "objective": "binary:logistic",
        "tree_method": "hist",
        "max_depth": 2,
        "eta": 0.03,
        "min_child_weight": min(ROWS_PER_LEAF, max(1.0, rows / LEAVES_OF_FEW)),
        "subsample": 0.7,
        "num_parallel_tree": TREES_A_ROUND,
        "colsample_bynode": 0.15,
        "reg_lambda": 5,
        "monotone_constraints": f"({monotone})",
    }
    return Recipe(ROUNDS, parameters)


def _fit_logistic(rows: LabelledRows, plan: Plan) -> Logistic:
    if rows.user_count < FEW_USERS:
        return fit_baseline(rows, plan).logistic
    ridge = RIDGE_PER_USER * rows.user_count / _windows(rows, plan)
    return fit_logistic(rows.signals, rows.labels, READ, Fit(ridge, SIGNS, _weights(rows)))


def _windows(rows: LabelledRows, plan: Plan) -> float:
    """How many horizons one after another the rows' cut-offs are worth."""
    first, last = plan.cut_offs[rows.cut_offs.min()], plan.cut_offs[rows.cut_offs.max()]
    return 1 + float((last - first) / plan.horizon)


def _examples(rows: LabelledRows) -> Examples:
    return Examples(np.ascontiguousarray(rows.signals[:, READ]), rows.labels, _weights(rows))


def _weights(rows: LabelledRows) -> Vector:
    """Older rows count less; one on average."""
    first, last = rows.cut_offs.min(), rows.cut_offs.max()
    weights = OLDEST_WEIGHT ** ((last - rows.cut_offs) / max(last - first, 1))
    return np.asarray(weights / weights.mean(), dtype=np.float64)
