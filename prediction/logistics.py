"""How likely is something, by a weighted sum of signals?

Logistic regression with a ridge: counts and durations are skewed, so signals are taken as logarithms (of both signs),
held within what nearly all training rows show, and standardised. Fitted by L-BFGS-B: deterministic, and weights can be
bounded by a known sign, so that the answer is monotone in the signal.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from prediction.matrices import Matrix, Vector

HELD_WITHIN = (0.5, 99.5)
"""Percentiles: what lies further out in training says nothing reliable of what lies out there later."""

MAX_ITERATIONS = 500
_CONSTANT_BELOW = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Logistic:
    """Margins (log odds) of the signals in `columns` of a row; everything else has one entry per such column."""

    columns: tuple[int, ...]
    low: Vector
    high: Vector
    centre: Vector
    scale: Vector
    weights: Vector
    bias: float

    def terms(self, values: Matrix) -> Vector:
        """What each signal adds to the margin; 0 where it is as in training on average."""
        standard: Vector = (_transformed(values[:, self.columns], self.low, self.high) - self.centre) / self.scale
        return standard * self.weights

    def margins(self, values: Matrix) -> Vector:
        # Summed along contiguous rows, unlike by a matrix product, a row's margin does not depend on the others.
        summed: Vector = np.ascontiguousarray(self.terms(values)).sum(axis=1)
        return summed + self.bias

    def document(self) -> dict[str, Any]:
        """As JSON values; floats keep every bit."""
        arrays = {name: getattr(self, name).tolist() for name in _ARRAYS}
        return {"columns": list(self.columns), "bias": self.bias, **arrays}

    @staticmethod
    def of_document(document: Mapping[str, Any], signals: int) -> Logistic:
        """Raises `ValueError` or `KeyError` for anything that `document` cannot have written."""
        columns = tuple(int(column) for column in document["columns"])
        arrays = {name: np.array(document[name], dtype=np.float64) for name in _ARRAYS}
        fits = all(array.shape == (len(columns),) and np.isfinite(array).all() for array in arrays.values())
        if not fits or not all(0 <= column < signals for column in columns) or (arrays["scale"] <= 0).any():
            raise ValueError("the logistic regression does not fit its signals")
        bias = float(document["bias"])
        if not np.isfinite(bias):
            raise ValueError("the logistic regression has no finite bias")
        return Logistic(columns, **arrays, bias=bias)


_ARRAYS = ("low", "high", "centre", "scale", "weights")


@dataclass(frozen=True, slots=True)
class Fit:
    """How to fit: the squared weights, times half of `ridge`, are a loss beside the rows'.

    `signs`: 1 or -1 for the columns whose weight may not be below or above 0. `rows`: how much each row counts.
    """

    ridge: float
    signs: Mapping[int, int] = field(default_factory=dict)
    rows: Vector | None = None


def fit_logistic(values: Matrix, labels: Vector, columns: Sequence[int], fit: Fit) -> Logistic:
    """By the highest penalised likelihood. `labels`: 0 or 1."""
    chosen = values[:, columns]
    low, high = np.percentile(chosen.astype(np.float64), HELD_WITHIN, axis=0)
    transformed = _transformed(chosen, low, high)
    centre, spread = transformed.mean(axis=0), transformed.std(axis=0)
    scale = np.where(spread < _CONSTANT_BELOW, 1.0, spread)
    bounds = [_BOUNDS[fit.signs.get(column, 0)] for column in columns]
    weights, bias = _fitted((transformed - centre) / scale, labels, fit, bounds)
    return Logistic(tuple(columns), low, high, centre, scale, weights, bias)


_BOUNDS: Mapping[int, tuple[float | None, float | None]] = {0: (None, None), 1: (0.0, None), -1: (None, 0.0)}


def _fitted(
    standard: Vector, labels: Vector, fit: Fit, bounds: Sequence[tuple[float | None, float | None]]
) -> tuple[Vector, float]:
    counted = np.ones(len(labels)) if fit.rows is None else fit.rows
    rows = counted.sum()

    def loss(parameters: Vector) -> tuple[float, Vector]:
        weights = parameters[:-1]
        margins = standard @ weights + parameters[-1]
        surprise = counted @ (np.logaddexp(0, margins) - labels * margins)
        missed = counted * (expit(margins) - labels)
        gradient = np.append(standard.T @ missed + fit.ridge * weights, missed.sum())
        return float((surprise + fit.ridge * (weights @ weights) / 2) / rows), gradient / rows

    found = minimize(
        loss,
        np.zeros(standard.shape[1] + 1),
        jac=True,
        method="L-BFGS-B",
        bounds=[*bounds, _BOUNDS[0]],
        options={"maxiter": MAX_ITERATIONS},
    )
    return np.asarray(found.x[:-1], dtype=np.float64), float(found.x[-1])


def _transformed(values: Matrix, low: Vector, high: Vector) -> Vector:
    held = np.clip(values.astype(np.float64), low, high)
    logarithms: Vector = np.sign(held) * np.log1p(np.abs(held))
    return logarithms
