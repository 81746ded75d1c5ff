"""How is a ranker trained, and how do its scores become probabilities that hold?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize, minimize_scalar
from scipy.special import log_expit

from prediction.boosting import Examples, Recipe
from prediction.next_actions.evidence import Evidence, evidence
from prediction.next_actions.memories import chance
from prediction.next_actions.points import Points, windows_at
from prediction.next_actions.predictors import Link, Ranker, rows_of, scores_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from prediction.boosting import Boosting
    from prediction.matrices import Counts, Vector
    from prediction.next_actions.chains import Chain
    from prediction.next_actions.memories import ActionLog
    from prediction.next_actions.points import Vocabulary

RECIPE = Recipe(
    rounds=250,
    parameters={
        "objective": "binary:logistic",
        "tree_method": "hist",
        "max_depth": 6,
        "eta": 0.1,
        "min_child_weight": 20,
        "lambda": 5,
        "subsample": 0.7,
        "colsample_bytree": 0.5,
    },
    patience=15,
)
"""Deeper than elsewhere: there are a million rows, and what matters is which signals meet."""

VALIDATION_SHARE = 0.25
_VALIDATION_SALT = 4
_WHOLE = float(1 << 63)
_SHARPNESS = (0.5, 2.0)
_TOWARDS_ONE = 1e-3
"""Keeps the presence of few points near the sum of their scores."""


@dataclass(frozen=True, slots=True, eq=False)
class _Cases:
    """Candidates with what came: `hits` one per candidate."""

    found: Evidence
    hits: NDArray[np.bool_]


def trained_ranker(
    logs: Sequence[ActionLog], points: Points, known: Vocabulary, chain: Chain, boosting: Boosting
) -> Ranker | None:
    """`None` when the candidates always, or never, hold what came: there is nothing to tell apart."""
    held_out = _held_out(logs, points)
    validation = _cases(logs, _at(points, held_out), known, chain)
    training = _cases(logs, _at(points, ~held_out), known, chain)
    if not all(each.hits.any() and not each.hits.all() for each in (training, validation)):
        return None
    booster = boosting.boost(RECIPE, _examples(training), _examples(validation))
    booster.set_param({"nthread": 1})
    return Ranker(booster, fitted_link(scores_of(booster, validation.found), validation.found.starts, validation.hits))


def fitted_link(scores: Vector, starts: Counts, hits: NDArray[np.bool_]) -> Link:
    """The likeliest, given which candidate's action came."""
    rows = rows_of(starts)
    sums = np.bincount(rows, weights=scores, minlength=len(starts) - 1)
    present = np.bincount(rows, weights=hits, minlength=len(starts) - 1) > 0
    logs = np.log(scores)

    def surprise(sharpness: float) -> float:
        raised = np.bincount(rows, weights=np.power(scores, sharpness), minlength=len(starts) - 1)
        return float(np.log(raised[present]).sum() - sharpness * logs[hits].sum())

    sharpness = float(minimize_scalar(surprise, bounds=_SHARPNESS, method="bounded").x)
    presence, slope = _fitted_presence(np.log(sums[sums > 0]), present[sums > 0])
    return Link(sharpness, presence, slope)


def _fitted_presence(log_sums: Vector, present: NDArray[np.bool_]) -> tuple[float, float]:
    signs = np.where(present, 1.0, -1.0)

    def surprise(line: Vector) -> float:
        towards_one = _TOWARDS_ONE * (line[0] ** 2 / 10 + (line[1] - 1) ** 2)
        return float(-log_expit(signs * (line[0] + line[1] * log_sums)).mean() + towards_one)

    presence, slope = minimize(surprise, np.array([1.0, 1.0])).x
    return float(presence), float(slope)


def _held_out(logs: Sequence[ActionLog], points: Points) -> NDArray[np.bool_]:
    """A quarter of the users; where that would be far more or fewer points, because users are few, of the points."""
    tokens = np.array([log.token for log in logs], dtype=np.int64)[points.users]
    by_user = chance(tokens, _VALIDATION_SALT) / _WHOLE < VALIDATION_SHARE
    by_point = chance(np.arange(len(tokens)), _VALIDATION_SALT) / _WHOLE < VALIDATION_SHARE
    return by_user if VALIDATION_SHARE / 2 < by_user.mean() < VALIDATION_SHARE * 2 else by_point


def _at(points: Points, chosen: NDArray[np.bool_]) -> Points:
    return Points(points.users[chosen], points.positions[chosen])


def _cases(logs: Sequence[ActionLog], points: Points, known: Vocabulary, chain: Chain) -> _Cases:
    parts = []
    for windows, labels in windows_at(logs, points, known):
        found = evidence(windows, chain)
        parts.append(_Cases(found, found.codes == labels[rows_of(found.starts)]))
    return _Cases(_joined([part.found for part in parts]), np.concatenate([part.hits for part in parts]))


def _joined(several: Sequence[Evidence]) -> Evidence:
    lengths = np.concatenate([np.diff(each.starts) for each in several])
    return Evidence(
        np.append(0, np.cumsum(lengths)),
        np.concatenate([each.codes for each in several]),
        np.concatenate([each.signals for each in several]),
    )


def _examples(cases: _Cases) -> Examples:
    return Examples(cases.found.signals, cases.hits.astype(np.float64))
