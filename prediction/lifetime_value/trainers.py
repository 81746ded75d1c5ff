"""How is the model of lifetime value trained, and which method is good enough to answer?"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from domain.model.insights import ModelTask
from prediction.drift import reference_of
from prediction.evaluation.metrics import calibration_bins
from prediction.lifetime_value.amounts import PurchaseAmounts, fit_amounts
from prediction.lifetime_value.buying import Buying, Newcomers
from prediction.lifetime_value.estimates import LifetimeValueModel
from prediction.lifetime_value.forecasts import Forecast, Method
from prediction.lifetime_value.intervals import fit_intervals
from prediction.lifetime_value.measures import COVERED, COVERED_LATER, beats, coverage_of, quality_of
from prediction.lifetime_value.rates import fit_rates
from prediction.lifetime_value.remembered_users import FOLDS, RememberedUsers
from prediction.lifetime_value.trees import boost_trees
from prediction.signals.catalogue import SIGNALS
from prediction.signals.words import counted, only
from prediction.training.outcomes import Trained, TrainingRefused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from domain.model.insights import ModelQuality
    from prediction.boosting import Boosting
    from prediction.lifetime_value.intervals import Spending
    from prediction.lifetime_value.purchases import Purchases
    from prediction.lifetime_value.remembered_users import Rows
    from prediction.training.logs import UserLog
    from prediction.training.plans import Plan

MIN_USERS = 50
"""Active at the test cut-offs: of fewer, nothing can be measured."""

MIN_SPENDERS = 30
"""Rows in which something was spent, at the test cut-offs, and to boost trees on."""

MIN_TRAINING_USERS = 200
"""Of fewer, trees learn chance."""

NAMES = tuple(signal.name for signal in SIGNALS)

BASELINE_OF: Mapping[Method, Method] = {
    Method.COMBINED: Method.BUYING,
    Method.BUYING: Method.SAME_RATE,
    Method.SAME_RATE: Method.SAME_RATE,
}

NOTES: Mapping[Method, str] = {
    Method.COMBINED: "The mean of two models answers: how often and how much users bought, and trees on their signals.",
    Method.BUYING: "A model of how often and how much users bought answers alone: {trees}.",
    Method.SAME_RATE: "Users are taken to go on spending as they did: no model was better by more than chance.",
}
STAYING_NOTE = " No sign was seen of users leaving for good: who is silent is taken to be slow."
NEGLIGIBLE_LEAVING = 1e-3
"""The probability, after a purchase, of never buying again, below which the data show none."""

DRIFT_NOTE = (
    "The intervals are set by the latest window and hold {held:.0%} of other users there; "
    "set a horizon earlier, they would have held {earlier:.0%}."
)


@dataclass(slots=True)
class LifetimeValueTrainer:
    """BG/NBD and Gamma-Gamma on purchases until the first test cut-off, trees on the horizons that ended by then.

    Nothing that comes later is trained on. What users spent after the test cut-offs then sets the intervals; each
    fifth of the users tells how many amounts lie within intervals that the other four fifths set.
    """

    plan: Plan
    _users: RememberedUsers = field(init=False)
    _measured: tuple[Rows, Forecast] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self._users = RememberedUsers(self.plan, frozenset({self._first_test - 1, self._first_test}))

    @property
    def task(self) -> ModelTask:
        return ModelTask.LIFETIME_VALUE

    @property
    def _first_test(self) -> int:
        return len(self.plan.training)

    def add(self, log: UserLog) -> None:
        """Remember the user's purchases and signals at cut-offs, and what was spent after each."""
        self._users.add(log)

    def train(self, boosting: Boosting) -> Trained[LifetimeValueModel]:
        """The best method that beats the one below it. Raises `TrainingRefused`."""
        rows = self._users.rows()
        training, test = rows.of(rows.cut_offs < self._first_test), rows.of(rows.cut_offs >= self._first_test)
        _refuse_unmeasurable(test)
        fullest = trained_forecast(self._users.everyone_at(self._first_test), training, self.plan, boosting)
        forecast = fullest.by(_chosen(fullest, test))
        model = _with_intervals(forecast, test)
        self._measured = test, fullest
        crossed = coverage_of(COVERED, _held_crosswise(forecast, test), test.users)
        quality = [*_figures(forecast, fullest, test), crossed, *self._rehearsed(rows, test, model, boosting)]
        latest = test.of(test.cut_offs == test.cut_offs.max())
        return Trained(
            model=model,
            rows=len(training),
            quality=tuple(quality),
            serves_baseline=forecast.method is Method.SAME_RATE,
            note=_note(fullest, forecast, quality),
            calibration=calibration_bins((test.spent > 0).astype(np.float64), spending_of(forecast, test).any),
            reference=reference_of(NAMES, latest.signals, spending_of(forecast, latest).expected),
        )

    def measured(self, model: LifetimeValueModel) -> tuple[ModelQuality, ...]:
        """Of a model from another training, on the test cut-offs of the one that ended, beside its baseline."""
        if self._measured is None:
            raise RuntimeError("nothing was trained yet that could be measured")
        test, fullest = self._measured
        held = model.intervals.hold(spending_of(model.forecast, test), test.spent)
        return (*_figures(model.forecast, fullest, test), coverage_of(COVERED, held, test.users))

    def _rehearsed(
        self, rows: Rows, test: Rows, model: LifetimeValueModel, boosting: Boosting
    ) -> Iterator[ModelQuality]:
        """How many amounts the intervals would hold if the last training horizon had set them: what drift does."""
        at, cut_offs = self._first_test - 1, self.plan.cut_offs
        known = [place for place in range(at) if cut_offs[place] + self.plan.horizon <= cut_offs[at]]
        window, training = rows.of(rows.cut_offs == at), rows.of(np.isin(rows.cut_offs, known))
        try:
            _refuse_unmeasurable(window)
            earlier = trained_forecast(self._users.everyone_at(at), training, self.plan, boosting)
        except TrainingRefused:
            return
        intervals = _with_intervals(earlier.by(model.forecast.method), window).intervals
        yield coverage_of(COVERED_LATER, intervals.hold(spending_of(model.forecast, test), test.spent), test.users)


def trained_forecast(everyone: Purchases, training: Rows, plan: Plan, boosting: Boosting) -> Forecast:
    """With trees where there is enough to boost them on. Raises `TrainingRefused`."""
    buying = Buying(fit_rates(everyone), _amounts(everyone), _newcomers(training), plan.horizon_days)
    trees = boost_trees(boosting, training.signals, training.spent) if _suffice_for_trees(training) else None
    return Forecast(Method.BUYING if trees is None else Method.COMBINED, buying, trees)


def spending_of(forecast: Forecast, rows: Rows) -> Spending:
    return forecast.spending(rows.purchases, rows.signals)


def _amounts(everyone: Purchases) -> PurchaseAmounts:
    """Where users cannot be told apart by what they spend, everybody's mean counts as much as one own purchase."""
    spent, counted = float(everyone.amount @ everyone.counted), float(everyone.counted.sum())
    if spent <= 0:
        raise TrainingRefused("No conversion has a value: there is nothing that users could be worth.")
    try:
        return fit_amounts(everyone.amount, everyone.counted)
    except TrainingRefused:
        return PurchaseAmounts(p=1.0, q=2.0, v=spent / counted)


def _newcomers(training: Rows) -> Newcomers:
    new = training.of(~training.purchases.bought)
    if not len(new):
        return Newcomers()
    return Newcomers(float(new.spent.mean()), float(new.conversion_days.mean()), float(np.mean(new.spent > 0)))


def _suffice_for_trees(training: Rows) -> bool:
    spenders = np.count_nonzero(training.spent)
    return bool(len(np.unique(training.users)) >= MIN_TRAINING_USERS and MIN_SPENDERS <= spenders < len(training))


def _refuse_unmeasurable(rows: Rows) -> None:
    users, spenders = len(np.unique(rows.users)), int(np.count_nonzero(rows.spent))
    if users < MIN_USERS:
        raise TrainingRefused(
            f"{only(users, 'user')} active at the cut-offs; {MIN_USERS} are needed to measure a model."
        )
    if spenders < MIN_SPENDERS:
        raise TrainingRefused(
            f"Something was spent only {counted(spenders, 'time')} after the cut-offs; {MIN_SPENDERS} are needed."
        )


def _chosen(fullest: Forecast, test: Rows) -> Method:
    """The first method, from the fullest down, that beats the one below it."""
    for better, below in pairwise(Method):
        if better is Method.COMBINED and fullest.trees is None:
            continue
        one, other = (spending_of(fullest.by(method), test).expected for method in (better, below))
        if beats(test.spent, one, other, test.users):
            return better
    return Method.SAME_RATE


def _figures(forecast: Forecast, fullest: Forecast, rows: Rows) -> Iterator[ModelQuality]:
    beside = spending_of(fullest.by(BASELINE_OF[forecast.method]), rows)
    return quality_of(rows.spent, spending_of(forecast, rows).expected, beside.expected, rows.users)


def _held_crosswise(forecast: Forecast, rows: Rows) -> NDArray[np.bool_]:
    """Whether each amount lies within an interval that users of the other folds set (Vovk, AMAI 74 (2015))."""
    spending, held = spending_of(forecast, rows), np.zeros(len(rows), dtype=bool)
    for fold in range(FOLDS):
        own = rows.folds == fold
        held[own] = fit_intervals(spending.of(~own), rows.spent[~own]).hold(spending.of(own), rows.spent[own])
    return held


def _with_intervals(forecast: Forecast, rows: Rows) -> LifetimeValueModel:
    return LifetimeValueModel(forecast, fit_intervals(spending_of(forecast, rows), rows.spent))


def _note(fullest: Forecast, forecast: Forecast, quality: list[ModelQuality]) -> str:
    why = (
        "users or horizons are too few for trees"
        if fullest.trees is None
        else "trees on signals were not better by more than chance, or erred more"
    )
    said = NOTES[forecast.method].format(trees=why)
    if forecast.buying.rates.mean_leaving < NEGLIGIBLE_LEAVING:
        said += STAYING_NOTE
    shares = {one.metric: one.value for one in quality}
    if COVERED_LATER in shares:
        said += " " + DRIFT_NOTE.format(held=shares[COVERED], earlier=shares[COVERED_LATER])
    return said
