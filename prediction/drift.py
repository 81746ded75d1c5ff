"""Is the population that models score still the one they were trained on?

Population stability index: sum over bins of (now - then) * ln(now / then), where the bins hold equal shares of the
values then; a symmetric Kullback-Leibler divergence. Siddiqi, Credit Risk Scorecards (2006), section 8: below .1
nothing moved, below .25 worth watching, from there on another population.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from domain.model.trained_models import Drift, Reference, Shares

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from prediction.matrices import Matrix

BINS = 10
FEWEST_ROWS = 200
"""Of fewer, shares say little: an index of unchanged populations of n rows in b bins is about 2 (b - 1) / n."""

SAMPLED_USERS = 2_000
"""Looked at in one measurement."""

LEAST_SHARE = 1e-4
"""Stands for an empty bin, whose index would be infinite."""


def shares_of(values: NDArray[np.floating[Any]], bins: int = BINS) -> Shares:
    """The shares of values between their own quantiles. What is not finite is missing; equal edges become one.

    A least value that fills a bin or more gets one of its own: most users have none of most things.
    """
    present = _finite(values)
    if present.size == 0:
        return Shares((), (0.0, 1.0))
    quantiles = np.unique(np.quantile(present, np.arange(1, bins) / bins, method="higher"))
    if quantiles[0] == present.min():
        quantiles = np.union1d(quantiles, np.nextafter(quantiles[:1], np.inf))
    edges = tuple(float(edge) for edge in quantiles)
    return Shares(edges, counted(values, edges))


def counted(values: NDArray[np.floating[Any]], edges: Sequence[float]) -> tuple[float, ...]:
    """The shares of values below the first edge, between each two, from the last on, and of missing ones."""
    present = _finite(values)
    bins = np.searchsorted(np.asarray(edges, dtype=np.float64), present, side="right")
    counts = np.append(np.bincount(bins, minlength=len(edges) + 1), values.size - present.size)
    return tuple(float(share) for share in counts / max(values.size, 1))


def stability_index(then: Sequence[float], now: Sequence[float]) -> float:
    """Of shares in the same bins: 0 when they are equal, else greater. Empty bins count as `LEAST_SHARE`."""
    earlier, later = _without_empty(then), _without_empty(now)
    return float(np.sum((later - earlier) * np.log(later / earlier)))


def reference_of(names: Sequence[str], rows: Matrix, scores: NDArray[np.floating[Any]] | None = None) -> Reference:
    """What a manifest tells of the signals at the latest cut-off of a training, and of the scores of these users."""
    signals = {name: shares_of(rows[:, column]) for column, name in enumerate(names)}
    return Reference(len(rows), signals, None if scores is None else shares_of(scores))


def drift_of(
    reference: Reference, names: Sequence[str], rows: Matrix, scores: NDArray[np.floating[Any]], at: datetime
) -> Drift:
    """Between the reference and users as they are now; `names`: of the columns.

    Of fewer than `FEWEST_ROWS`, then or now, nothing is said of any signal.
    """
    columns = {name: rows[:, column] for column, name in enumerate(names)}
    told = min(len(rows), reference.rows) >= FEWEST_ROWS
    signals = {
        name: _index(then, columns[name]) for name, then in reference.signals.items() if told and name in columns
    }
    return Drift(at, len(rows), signals, _score_index(reference, scores))


def _score_index(reference: Reference, now: NDArray[np.floating[Any]]) -> float | None:
    if reference.score is None or min(len(now), reference.rows) < FEWEST_ROWS:
        return None
    return _index(reference.score, now)


def _index(then: Shares, now: NDArray[np.floating[Any]]) -> float:
    return stability_index(then.shares, counted(now, then.edges))


def _finite(values: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    present: NDArray[np.float64] = values[np.isfinite(values)].astype(np.float64)
    return present


def _without_empty(shares: Sequence[float]) -> NDArray[np.float64]:
    filled = np.maximum(np.asarray(shares, dtype=np.float64), LEAST_SHARE)
    return np.asarray(filled / filled.sum(), dtype=np.float64)
