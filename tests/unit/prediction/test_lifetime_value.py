"""Training answers by the best method that beats the one below it, refuses what it cannot know, and serves the same."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest

from prediction.boosting import Examples, LocalBoosting, Recipe
from prediction.lifetime_value.buying import Buying, Newcomers
from prediction.lifetime_value.estimates import DOCUMENT_PART, LifetimeValueModel
from prediction.lifetime_value.forecasts import Forecast, Method
from prediction.lifetime_value.intervals import fit_intervals
from prediction.lifetime_value.remembered_users import RememberedUsers
from prediction.lifetime_value.trainers import LifetimeValueTrainer, spending_of, trained_forecast
from prediction.lifetime_value.trees import AMOUNT_PART, OCCURRENCE_PART
from prediction.signals.catalogue import SIGNALS
from prediction.signals.rows import matrix_of
from prediction.training.outcomes import Trained, TrainingRefused
from prediction.training.snapshots import snapshots_of
from tests.builders.buyers import BEGINNING, DAYS, PLAN, generated_logs, log_of, visitors
from tests.builders.interactions import DAY, HOUR, conversion, interaction

if TYPE_CHECKING:
    from collections.abc import Iterable

    from domain.model.habits import Habits
    from domain.model.insights import ModelQuality
    from prediction.matrices import Matrix
    from prediction.training.logs import UserLog
    from prediction.training.plans import Plan


def trained(logs: Iterable[UserLog], plan: Plan = PLAN) -> Trained[LifetimeValueModel]:
    trainer = LifetimeValueTrainer(plan)
    for log in logs:
        trainer.add(log)
    return trainer.train(LocalBoosting())


@pytest.fixture(scope="module")
def logs() -> list[UserLog]:
    return generated_logs(320)


@pytest.fixture(scope="module")
def outcome(logs: list[UserLog]) -> Trained[LifetimeValueModel]:
    return trained(logs)


def figure(outcome: Trained[LifetimeValueModel], metric: str) -> ModelQuality:
    return next(one for one in outcome.quality if one.metric == metric)


def test_the_model_of_buying_beats_going_on_at_the_same_rate(outcome: Trained[LifetimeValueModel]) -> None:
    error = figure(outcome, "MAE")
    assert not outcome.serves_baseline
    assert error.value < error.baseline
    assert outcome.quality[0].metric == "Spearman"
    assert outcome.quality[0].value > 0.4


def test_about_80_percent_of_the_users_left_out_lie_within_their_intervals(
    outcome: Trained[LifetimeValueModel],
) -> None:
    covered = figure(outcome, "interval coverage")
    assert covered.value == pytest.approx(0.8, abs=0.03)
    assert covered.baseline == 0.8


def test_the_note_says_what_drift_does_to_the_intervals(outcome: Trained[LifetimeValueModel]) -> None:
    assert f"{figure(outcome, 'interval coverage, set a horizon earlier').value:.0%}" in outcome.note


def test_the_order_in_which_users_are_added_changes_nothing(
    logs: list[UserLog], outcome: Trained[LifetimeValueModel]
) -> None:
    again = trained(reversed(logs))
    assert again.model.parts() == outcome.model.parts()
    assert again.quality == outcome.quality


def test_what_is_received_after_the_last_horizon_changes_nothing(
    logs: list[UserLog], outcome: Trained[LifetimeValueModel]
) -> None:
    late = [conversion(PLAN.ends_at + timedelta(days=days), value=1e6) for days in (1, 2, 3)]
    longer = [log_of(log.user_id, [*(one.interaction for one in log.interactions), *late]) for log in logs]
    assert trained(longer).model.parts() == outcome.model.parts()


def test_what_is_spent_after_the_test_cut_off_trains_nothing_but_the_intervals(
    logs: list[UserLog], outcome: Trained[LifetimeValueModel]
) -> None:
    spent = conversion(PLAN.test[-1] + DAY, value=500.0)
    model = trained(
        [log_of(log.user_id, [*(one.interaction for one in log.interactions), spent]) for log in logs]
    ).model
    assert model.forecast.buying == outcome.model.forecast.buying
    assert model.intervals.ratios.tolist() != outcome.model.intervals.ratios.tolist()


def test_a_stored_model_estimates_the_same_bits(
    logs: list[UserLog], outcome: Trained[LifetimeValueModel], combined: LifetimeValueModel
) -> None:
    for model in (outcome.model, combined):
        again = LifetimeValueModel.of_parts(model.parts())
        assert again.parts() == model.parts()
        habits, signals = subjects(logs)
        one, other = model.estimate(habits, signals, PLAN.test[-1]), again.estimate(habits, signals, PLAN.test[-1])
        for name in ("expected", "low", "high", "told", "expected_conversions", "probability_active"):
            assert getattr(one, name).tobytes() == getattr(other, name).tobytes()


def test_a_user_is_estimated_the_same_alone_and_among_others(logs: list[UserLog], combined: LifetimeValueModel) -> None:
    habits, signals = subjects(logs)
    together = combined.estimate(habits, signals, PLAN.test[-1])
    for place in (0, 7, 30):
        alone = combined.estimate(habits[place : place + 1], signals[place : place + 1], PLAN.test[-1])
        assert (alone.expected[0], alone.low[0], alone.high[0]) == (
            together.expected[place],
            together.low[place],
            together.high[place],
        )


def test_the_combined_forecast_is_the_mean_of_both(logs: list[UserLog], combined: LifetimeValueModel) -> None:
    habits, signals = subjects(logs)
    trees, buying = combined.forecast.trees, combined.forecast.by(Method.BUYING)
    assert trees is not None
    alone = LifetimeValueModel(buying, combined.intervals).estimate(habits, signals, PLAN.test[-1]).expected
    mean = (alone + trees.any(signals) * trees.amount_if_any(signals)) / 2
    assert combined.estimate(habits, signals, PLAN.test[-1]).expected == pytest.approx(mean)


def test_active_users_who_never_bought_are_expected_to_do_as_such_users_did(logs: list[UserLog]) -> None:
    late = [
        log_of(
            f"late-{n}",
            [
                interaction(BEGINNING),
                interaction(BEGINNING + 230 * DAY),
                conversion(BEGINNING + (n + 250) * DAY, value=8.0),
            ],
        )
        for n in range(10)
    ]
    model = trained([*logs, *visitors(60), *late]).model
    newcomers = model.forecast.buying.newcomers
    assert 0 < newcomers.spent < 8
    assert newcomers.share_buying == pytest.approx(newcomers.spent / 8)
    habits, signals = subjects(visitors(3))
    estimates = Forecast(Method.BUYING, model.forecast.buying)
    expected = LifetimeValueModel(estimates, model.intervals).estimate(habits, signals, PLAN.test[-1])
    assert expected.expected.tolist() == [newcomers.spent] * 3
    assert expected.probability_active.tolist() == [1.0] * 3
    assert expected.told.all()


def test_of_who_never_bought_nothing_is_told_where_nobody_was_seen_to_begin(
    logs: list[UserLog], combined: LifetimeValueModel
) -> None:
    habits, signals = subjects([*visitors(3), logs[0]])
    buying = replace(combined.forecast.buying, newcomers=Newcomers())
    for method in (Method.BUYING, Method.SAME_RATE):
        model = LifetimeValueModel(Forecast(method, buying), combined.intervals)
        assert model.estimate(habits, signals, PLAN.test[-1]).told.tolist() == [False, False, False, True]
    known = replace(combined, forecast=replace(combined.forecast, buying=buying))
    assert known.estimate(habits, signals, PLAN.test[-1]).told.all()


def test_equal_amounts_are_expected_to_stay_equal() -> None:
    outcome = trained(generated_logs(300, amount=9.5))
    amounts = outcome.model.forecast.buying.amounts
    assert amounts.expected(np.array([9.5, 0.0]), np.array([3.0, 0.0])) == pytest.approx(9.5)


def test_who_buys_like_clockwork_is_taken_to_go_on() -> None:
    """No model of chance is better than the rate so far: the baseline answers, and the card says so."""
    outcome = trained(clockwork(number) for number in range(150))
    assert outcome.serves_baseline
    assert outcome.model.forecast.method is Method.SAME_RATE
    assert "no model was better by more than chance" in outcome.note
    assert figure(outcome, "MAE").value == figure(outcome, "MAE").baseline
    parts = outcome.model.parts()
    assert LifetimeValueModel.of_parts(parts).parts() == parts


def test_where_nobody_leaves_the_note_says_so() -> None:
    assert "No sign was seen of users leaving for good" in trained(clockwork(number) for number in range(150)).note


def test_another_model_is_measured_on_the_same_window(
    logs: list[UserLog], outcome: Trained[LifetimeValueModel], combined: LifetimeValueModel
) -> None:
    trainer = LifetimeValueTrainer(PLAN)
    with pytest.raises(RuntimeError, match="nothing was trained yet"):
        trainer.measured(combined)
    for log in logs:
        trainer.add(log)
    again = trainer.train(LocalBoosting())
    assert trainer.measured(again.model)[:4] == outcome.quality[:4]
    other = trainer.measured(combined)
    assert [one.metric for one in other] == [one.metric for one in outcome.quality[:-1]]
    assert other[:4] != outcome.quality[:4]


def test_too_few_users_for_trees_leave_the_model_of_buying_alone() -> None:
    outcome = trained(generated_logs(150))
    assert outcome.model.forecast.trees is None
    assert "too few for trees" in outcome.note


def test_few_users_are_refused() -> None:
    with pytest.raises(TrainingRefused, match="users were active at the cut-offs; 50 are needed"):
        trained(generated_logs(30))


def test_no_users_are_refused() -> None:
    with pytest.raises(TrainingRefused, match="Only 0 users"):
        trained([])


def test_users_of_whom_nobody_buys_again_are_refused() -> None:
    once = [
        log_of(f"once-{n}", [conversion(BEGINNING + (n % 400) * DAY, value=5.0), interaction(BEGINNING + 300 * DAY)])
        for n in range(400)
    ]
    with pytest.raises(TrainingRefused, match="Only 0 users bought on more than one day"):
        trained(once)


def test_users_who_only_visit_are_refused() -> None:
    with pytest.raises(TrainingRefused, match="Something was spent only 0 times"):
        trained(visitors(200))


def test_conversions_without_values_are_refused() -> None:
    worthless = [
        log_of(log.user_id, [replace(one.interaction, value=None) for one in log.interactions])
        for log in generated_logs(200)
    ]
    with pytest.raises(TrainingRefused, match="Something was spent only 0 times"):
        trained(worthless)


def test_a_log_of_one_day_is_refused() -> None:
    day = [log_of(f"user-{n}", [conversion(BEGINNING + HOUR * (n % 24), value=5.0)]) for n in range(400)]
    with pytest.raises(TrainingRefused, match="Only 0 users were active"):
        trained(day)


def test_more_rows_than_fit_halve_the_users_in_whatever_order_they_come(logs: list[UserLog]) -> None:
    several = [RememberedUsers(PLAN, frozenset({len(PLAN.training)}), max_rows=700) for _ in range(2)]
    for log in logs:
        several[0].add(log)
    for log in reversed(logs):
        several[1].add(log)
    one, other = (users.rows() for users in several)
    assert 100 < len(one) <= 700
    assert one.signals.tobytes() == other.signals.tobytes()
    assert len(np.unique(one.users)) < 300


@pytest.mark.parametrize(
    "spoilt",
    [
        {"method": "magic"},
        {"intervals": {"ratios": [], "level": 0.8}},
        {"intervals": {"ratios": [1.0], "level": 3}},
        {"intervals": {"ratios": [1.0, float("nan")], "level": 0.8}},
        {"buying": {"rates": [1, 1, 1]}},
        {"reads": [["interactions"], ["value"]]},
    ],
)
def test_parts_that_no_model_wrote_are_refused(combined: LifetimeValueModel, spoilt: dict[str, object]) -> None:
    parts = dict(combined.parts())
    parts[DOCUMENT_PART] = json.dumps(json.loads(parts[DOCUMENT_PART]) | spoilt).encode()
    with pytest.raises((ValueError, KeyError, TypeError)):
        LifetimeValueModel.of_parts(parts)


def test_truncated_trees_are_refused(combined: LifetimeValueModel) -> None:
    parts = dict(combined.parts())
    for part in (OCCURRENCE_PART, AMOUNT_PART):
        with pytest.raises(ValueError, match=r".+"):
            LifetimeValueModel.of_parts(parts | {part: parts[part][:5_000]})


def test_trees_on_other_signals_are_refused(combined: LifetimeValueModel) -> None:
    other = LocalBoosting().boost(Recipe(1), Examples(np.zeros((9, 3), np.float32), np.zeros(9)))
    with pytest.raises(ValueError, match="the trees read 3 columns instead of"):
        LifetimeValueModel.of_parts({**combined.parts(), AMOUNT_PART: bytes(other.save_raw("ubj"))})


def test_the_signals_and_scores_of_the_latest_cut_off_are_remembered_to_see_drift(
    outcome: Trained[LifetimeValueModel],
) -> None:
    assert outcome.reference is not None
    assert list(outcome.reference.signals) == [signal.name for signal in SIGNALS]
    assert outcome.reference.score is not None


def test_parameters_that_are_not_finite_are_refused() -> None:
    buying = {"rates": [1, 1, 1, float("inf")], "amounts": [1, 2, 3], "newcomers": [0, 0, 0], "horizon_days": 90}
    with pytest.raises(ValueError, match="not a finite number"):
        Buying.of_document(buying)


def test_nothing_is_expected_of_newcomers_of_whom_nothing_is_known() -> None:
    assert Newcomers() == Newcomers(0, 0, 0)


def clockwork(number: int) -> UserLog:
    """Buys for an own amount, every so many days."""
    days = range(number % 20, DAYS, 3 + number % 29)
    return log_of(f"clock-{number}", [conversion(BEGINNING + day * DAY, value=5.0 + number) for day in days])


def subjects(logs: list[UserLog]) -> tuple[list[Habits], Matrix]:
    snapshots = [snapshot for log in logs[:60] for snapshot in snapshots_of(log, PLAN.test)]
    return [snapshot.habits for snapshot in snapshots], matrix_of(snapshot.row for snapshot in snapshots)


@pytest.fixture(scope="module")
def combined(logs: list[UserLog]) -> LifetimeValueModel:
    """With trees, whether or not they are better on what the generator made up."""
    users = RememberedUsers(PLAN, frozenset({len(PLAN.training)}))
    for log in logs:
        users.add(log)
    rows = users.rows()
    training = rows.of(rows.cut_offs < len(PLAN.training))
    forecast = trained_forecast(users.everyone_at(len(PLAN.training)), training, PLAN, LocalBoosting())
    assert forecast.method is Method.COMBINED
    return LifetimeValueModel(forecast, fit_intervals(spending_of(forecast, training), training.spent))
