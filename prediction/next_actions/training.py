"""How is the model of next actions trained, and does it beat the Markov chain?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from domain.model.insights import ModelQuality, ModelTask
from prediction.evaluation.metrics import calibration_bins
from prediction.evaluation.resampling import FEWEST_USERS
from prediction.next_actions.measuring import MARKOV, POPULARITY, RE_RANKED, gain, places, scores, together
from prediction.next_actions.memories import ActionMemory
from prediction.next_actions.points import chain_until, points_between, vocabulary, vocabulary_of
from prediction.next_actions.predictors import NextActionModel
from prediction.next_actions.ranking import trained_ranker
from prediction.next_actions.splits import SplitByUser
from prediction.signals.words import counted, only
from prediction.training.outcomes import Trained, TrainingRefused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from prediction.boosting import Boosting
    from prediction.evaluation.resampling import Interval
    from prediction.matrices import Vector
    from prediction.next_actions.measuring import Places, Score
    from prediction.next_actions.memories import ActionLog
    from prediction.next_actions.points import Points, Vocabulary
    from prediction.next_actions.splits import Bounds, Split
    from prediction.training.logs import UserLog

KNOWN, NEW = "known users", "new users"
BESIDE_POPULARITY = ", beside popularity"


@dataclass(frozen=True, slots=True)
class NextActionLimits:
    """How many predictions the ranker learns from, how many of known and of new users measure it, and the fewest."""

    training_points: int = 60_000
    measured_points: int = 40_000
    fewest_training_points: int = 500
    fewest_measured_points: int = 50


@dataclass(frozen=True, slots=True, eq=False)
class Learnt:
    """A model, on how many predictions it was trained, and where it ranked what came, by kind of user."""

    model: NextActionModel
    rows: int
    by_users: Mapping[str, Places]


@dataclass(frozen=True, slots=True)
class NextActionReport:
    """`scores`: the whole table, baselines included, of the same predictions as `trained.quality`."""

    trained: Trained[NextActionModel]
    scores: tuple[Score, ...]


class NextActionTrainer:
    """What comes next after everything received before: predicted first, then learnt."""

    def __init__(
        self, split: Split | None = None, limits: NextActionLimits | None = None, memory: ActionMemory | None = None
    ) -> None:
        self._split = split or SplitByUser()
        self._limits = limits or NextActionLimits()
        self._memory = memory or ActionMemory()
        self._windows: Mapping[str, Points] = {}

    @property
    def task(self) -> ModelTask:
        return ModelTask.NEXT_ACTION

    def add(self, log: UserLog) -> None:
        """Remember what training needs of one user."""
        self._memory.add(log.user_id, log.interactions)

    def train(self, boosting: Boosting) -> Trained[NextActionModel]:
        """Deterministic given the added users and `boosting`'s seed. Raises `TrainingRefused`."""
        return self.report(boosting).trained

    def report(self, boosting: Boosting) -> NextActionReport:
        """The same, with the table of all methods."""
        return reported(self.learnt(boosting), self._memory.share_of_users)

    def learnt(self, boosting: Boosting) -> Learnt:
        """The model, whether or not it beats anything. Raises `TrainingRefused`."""
        logs = self._memory.logs()
        if not logs:
            raise TrainingRefused("Nobody did anything yet, so there is no next action to learn.")
        bounds = self._split.bounds(logs)
        known = vocabulary(logs, bounds.trained, self._memory.actions())
        if len(known.actions) <= 1:
            raise TrainingRefused("There are not two different actions to learn from, so nothing needs predicting.")
        model, rows = self._model(logs, bounds, known, boosting)
        self._windows = self._later(logs, bounds)
        by_users = self._places(model, logs, known)
        left = sum(len(found.users) for found in by_users.values())
        if left < self._limits.fewest_measured_points:
            raise TrainingRefused(
                f"{only(left, 'action', 'is', 'are')} left to measure a model on, and"
                f" {self._limits.fewest_measured_points} are needed."
            )
        if not any(np.any(found.markov) or np.any(found.model) for found in by_users.values()):
            raise TrainingRefused(
                f"None of {left:,} actions was one that could be foretold: hardly anything is ever done twice."
            )
        return Learnt(model, rows, by_users)

    def measured(self, model: NextActionModel) -> tuple[ModelQuality, ...]:
        """The quality of another model where `train` measured its own, in the same order. Called after `train`."""
        found = self._places(model, self._memory.logs(), vocabulary_of(model.actions, self._memory.actions()))
        return _quality([score for users, places in found.items() for score in scores(users, places)])

    def _model(
        self, logs: Sequence[ActionLog], bounds: Bounds, known: Vocabulary, boosting: Boosting
    ) -> tuple[NextActionModel, int]:
        points = points_between(logs, bounds.counted, bounds.trained, self._limits.training_points)
        ranker = None
        if len(points.users) >= self._limits.fewest_training_points:
            ranker = trained_ranker(logs, points, known, chain_until(logs, bounds.counted, known), boosting)
        chain = chain_until(logs, bounds.trained, known)
        return NextActionModel(known.actions, chain, ranker), len(points.users)

    def _later(self, logs: Sequence[ActionLog], bounds: Bounds) -> Mapping[str, Points]:
        """Where a model is measured."""
        lengths = np.array([len(log.numbers) for log in logs], dtype=np.int64)
        # What comes first of all is no next action.
        starts = np.maximum(bounds.trained, 1)
        is_new = bounds.trained == 0
        ends = {KNOWN: np.where(is_new, 0, lengths), NEW: np.where(is_new, lengths, 0)}
        return {users: points_between(logs, starts, end, self._limits.measured_points) for users, end in ends.items()}

    def _places(self, model: NextActionModel, logs: Sequence[ActionLog], known: Vocabulary) -> Mapping[str, Places]:
        return {users: places(model, logs, points, known) for users, points in self._windows.items()}


def reported(learnt: Learnt, share: float) -> NextActionReport:
    """`share`: of the users, that memory had room for."""
    model, everywhere = learnt.model, together(list(learnt.by_users.values()))
    gained = gain(everywhere)
    beaten = model.ranker is not None and gained is not None and gained.is_above_zero
    table = tuple(score for users, found in learnt.by_users.items() for score in scores(users, found))
    trained = Trained(
        model=model if beaten else NextActionModel(model.actions, model.chain, None),
        rows=learnt.rows,
        quality=_quality(table) if beaten else (*_quality(table, MARKOV), *_not_serving(model, table)),
        serves_baseline=not beaten,
        note=" ".join([_verdict(model, gained, everywhere), *_sampled(share)]),
        calibration=calibration_bins(*_firsts(everywhere, of_model=beaten)),
    )
    return NextActionReport(trained, table)


def _firsts(found: Places, *, of_model: bool) -> tuple[Vector, Vector]:
    """Did the first of what is served come true, and how probable was it said to be?"""
    ranks, probabilities = (found.model, found.best) if of_model else (found.markov, found.markov_best)
    return (ranks == 1).astype(np.float64), probabilities


def _quality(table: Sequence[Score], served: str = RE_RANKED) -> tuple[ModelQuality, ...]:
    """Of the method that serves, the reciprocal rank first: by it models are compared."""
    by_method = {(score.users, score.method): score for score in table}
    compared = [
        (f"{{}}, {users}{words}", by_method[users, served], by_method[users, method])
        for method, words in ((MARKOV, ""), (POPULARITY, BESIDE_POPULARITY))
        for users in dict.fromkeys(score.users for score in table)
    ]
    return tuple(
        quality
        for metric, model, other in compared
        for quality in (
            _compared(metric.format("MRR@20"), model.reciprocal_rank, other.reciprocal_rank, model.rank_interval),
            _compared(metric.format("hit@1"), model.hit_rates[0], other.hit_rates[0], model.hit_interval),
        )
    )


def _not_serving(model: NextActionModel, table: Sequence[Score]) -> Iterator[ModelQuality]:
    """What the learnt order would be worth, where it was learnt and the chain serves."""
    if model.ranker is not None:
        for one in _quality(table):
            if not one.metric.endswith(BESIDE_POPULARITY):
                yield replace(one, metric=f"{one.metric}, of the learnt order")


def _compared(metric: str, value: float, baseline: float, around: Interval | None) -> ModelQuality:
    if around is None:
        return ModelQuality(metric, value, baseline)
    return ModelQuality(metric, value, baseline, around.low, around.high)


def _verdict(model: NextActionModel, gained: Interval | None, everywhere: Places) -> str:
    if model.ranker is None:
        return "There are too few actions to learn an order from, so the Markov chain answers: what follows what."
    if gained is None:
        users = len(np.unique(everywhere.users))
        return (
            f"Only {counted(users, 'user')} could be measured, {FEWEST_USERS} are needed to be sure that the model is"
            " better than a Markov chain, so the chain answers."
        )
    between = f"{gained.low:+.3f} to {gained.high:+.3f}"
    if gained.is_above_zero:
        return f"The action that came was ranked higher than by a Markov chain: MRR@20 differs by {between}."
    return (
        f"The model may not be better than a Markov chain (MRR@20 differs by {between}), so the chain answers:"
        " what follows what."
    )


def _sampled(share: float) -> list[str]:
    return [] if share == 1 else [f"Memory holds {share:.1%} of the users; it was trained and measured on these."]
