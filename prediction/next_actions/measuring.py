"""How well are next actions predicted where nothing was learnt from?"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from prediction.evaluation.metrics import RECIPROCAL_RANK_AT, hit_rate, mean_reciprocal_rank
from prediction.evaluation.resampling import interval
from prediction.next_actions.chains import ORDERS
from prediction.next_actions.points import windows_at
from prediction.next_actions.predictors import most_probable, rows_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from prediction.evaluation.resampling import Interval
    from prediction.matrices import Counts, Vector
    from prediction.next_actions.memories import ActionLog
    from prediction.next_actions.points import Points, Vocabulary
    from prediction.next_actions.predictors import NextActionModel, Ranked
    from prediction.next_actions.windows import Windows

HIT_RATES_AT = (1, 3, 5, 10)
POPULARITY, MARKOV, RE_RANKED = "popularity", "Markov chain", "re-ranked"


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Where the action that came was ranked at each point, by each method: from 1, 0 is not among the first 25.

    `best`: the probability of the model's first, `markov_best` of the chain's; `users` name each point's user.
    """

    users: Counts
    model: Counts
    markov: Counts
    popularity: Counts
    best: Vector
    markov_best: Vector


_NO_RANKS = np.zeros(0, dtype=np.int64)
_NOWHERE = Places(_NO_RANKS, _NO_RANKS, _NO_RANKS, _NO_RANKS, np.zeros(0), np.zeros(0))


@dataclass(frozen=True, slots=True)
class Score:
    """One row of the table: how often a method had the action among its first 1, 3, 5, 10, and its reciprocal rank.

    The intervals, 95 % by resampling users, are of the first hit rate and of the reciprocal rank.
    """

    users: str
    method: str
    hit_rates: tuple[float, ...]
    reciprocal_rank: float
    hit_interval: Interval | None
    rank_interval: Interval | None
    predictions: int


def places(model: NextActionModel, logs: Sequence[ActionLog], points: Points, known: Vocabulary) -> Places:
    parts: list[Places] = []
    done = 0
    for windows, labels in windows_at(logs, points, known):
        parts.append(_places(model, windows, labels, points.users[done : done + windows.rows]))
        done += windows.rows
    return together(parts)


def together(several: Sequence[Places]) -> Places:
    def column(name: str) -> NDArray[Any]:
        return np.concatenate([getattr(each, name) for each in [_NOWHERE, *several]])

    return Places(*(column(each.name) for each in fields(Places)))


def scores(users: str, found: Places) -> list[Score]:
    """Empty without a single prediction."""
    if not len(found.users):
        return []
    methods = {POPULARITY: found.popularity, MARKOV: found.markov, RE_RANKED: found.model}
    return [_score(users, method, ranks, found.users) for method, ranks in methods.items()]


def gain(found: Places) -> Interval | None:
    """95 % of what the model's reciprocal rank has over the Markov chain's, paired, by resampling users."""
    gained = _reciprocal(found.model) - _reciprocal(found.markov)
    return interval(lambda rows: float(gained[rows].mean()), found.users)


def _score(users: str, method: str, ranks: Counts, rows: Counts) -> Score:
    reciprocal = _reciprocal(ranks)
    return Score(
        users,
        method,
        tuple(hit_rate(ranks, at) or 0.0 for at in HIT_RATES_AT),
        mean_reciprocal_rank(ranks) or 0.0,
        interval(lambda drawn: hit_rate(ranks[drawn], 1), rows),
        interval(lambda drawn: float(reciprocal[drawn].mean()), rows),
        len(ranks),
    )


def _reciprocal(ranks: Counts) -> Vector:
    return np.where((ranks > 0) & (ranks <= RECIPROCAL_RANK_AT), 1 / np.maximum(ranks, 1), 0)


def _places(model: NextActionModel, windows: Windows, labels: Counts, users: Counts) -> Places:
    ranked = model.ranked(windows)
    markov = most_probable(model.chain.opinion(windows.contexts(ORDERS)).markov[:, :-1])
    popular = most_probable(np.tile(model.chain.popularity[:-1], (windows.rows, 1)))
    return Places(
        users,
        _ranks(ranked, labels),
        _ranks(markov, labels),
        _ranks(popular, labels),
        _best(ranked),
        _best(markov),
    )


def _best(ranked: Ranked) -> Vector:
    best = np.zeros(len(ranked.starts) - 1)
    some = np.diff(ranked.starts) > 0
    best[some] = ranked.probabilities[ranked.starts[:-1][some]]
    return best


def _ranks(ranked: Ranked, labels: Counts) -> Counts:
    rows = rows_of(ranked.starts)
    hits = np.flatnonzero(ranked.codes == labels[rows])
    ranks = np.zeros(len(labels), dtype=np.int64)
    ranks[rows[hits]] = hits - ranked.starts[rows[hits]] + 1
    return ranks
