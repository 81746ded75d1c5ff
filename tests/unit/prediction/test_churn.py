"""Is churn learnt from what was known, measured on what was not, and told in words?"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from functools import cache

import numpy as np
import pytest

from domain.model.insights import RiskLevel
from prediction.boosting import LocalBoosting
from prediction.churn.factors import factors
from prediction.churn.learning import baseline_signals, fit_baseline
from prediction.churn.risks import HIGH_FROM, MEDIUM_FROM, READ, ChurnModel, level_of
from prediction.churn.trainers import ChurnTrainer
from prediction.signals.catalogue import PLACES, SIGNALS, Family
from prediction.signals.rows import matrix_of
from prediction.training.labels import Labelled, LabelledUsers
from prediction.training.logs import UserLog
from prediction.training.outcomes import Comparing, Trained, TrainingRefused
from prediction.training.snapshots import active_snapshots_of
from tests.builders.populations import BEGIN, HORIZON_DAYS, PLAN, population

BOOSTING = LocalBoosting()


def trainer_of(logs: list[UserLog]) -> ChurnTrainer:
    trainer = ChurnTrainer(PLAN)
    for log in logs:
        trainer.add(log)
    return trainer


@cache
def trained() -> tuple[ChurnTrainer, Trained[ChurnModel]]:
    trainer = trainer_of(list(population(500)))
    return trainer, trainer.train(BOOSTING)


@cache
def rows() -> np.ndarray:
    """Signals of users that nothing was trained on."""
    snapshots = (snapshot for log in population(80, seed=2) for snapshot in active_snapshots_of(log, PLAN))
    return matrix_of(snapshot.row for snapshot in snapshots)


def row_of(**signals: float) -> np.ndarray:
    row = np.zeros((1, len(SIGNALS)), dtype=np.float32)
    for name, value in signals.items():
        row[0, PLACES[name]] = value
    return row


def test_the_model_beats_four_signals_where_rhythms_differ() -> None:
    _, outcome = trained()
    quality = {one.metric: one for one in outcome.quality}

    assert not outcome.serves_baseline
    assert outcome.quality[0].metric == "log loss"
    assert quality["log loss"].value < quality["log loss"].baseline
    assert quality["AUC"].value > 0.75
    assert quality["AUC"].low is not None
    assert quality["AUC"].low < quality["AUC"].value
    assert quality["calibration error"].value < 0.1
    assert sum(one.rows for one in outcome.calibration) > 0


def test_the_model_answers_risks_that_are_probabilities_and_differ() -> None:
    risks = trained()[1].model.risks(rows())

    assert ((risks > 0) & (risks < 1)).all()
    assert risks.std() > 0.1


def test_users_may_be_added_in_any_order() -> None:
    logs = list(population(150))
    one, other = trainer_of(logs).train(BOOSTING), trainer_of(logs[::-1]).train(BOOSTING)

    assert one.model.parts() == other.model.parts()
    assert one.quality == other.quality


def test_the_model_knows_users_as_lately_seen_as_those_it_was_trained_on() -> None:
    model = trained()[1].model
    seen = matrix_of(row_of(days_since_last=days)[0] for days in (0, PLAN.active_days - 0.5, PLAN.active_days, 10_000))

    assert model.knows(seen).tolist() == [True, True, False, False]


def turned_round(log: UserLog) -> UserLog:
    """Who came back after the test cut-off stays away, and who stayed away comes back."""
    last = PLAN.test[-1]
    known = [one for one in log.interactions if one.received_at <= last]
    if len(known) < len(log.interactions) or not known:
        return UserLog(log.user_id, known)
    back = replace(known[-1].interaction, occurred_at=last + timedelta(days=1))
    return UserLog(log.user_id, [*known, replace(known[-1], interaction=back, received_at=back.occurred_at)])


def test_a_model_that_the_world_has_left_behind_says_so() -> None:
    note = trainer_of([turned_round(log) for log in population(300)]).train(BOOSTING).note

    assert "Beware: " in note
    assert "of everybody would have been no worse." in note
    assert "Beware" not in trained()[1].note


def test_a_model_read_from_its_parts_answers_with_the_same_bits() -> None:
    for model in (trained()[1].model, replace(trained()[1].model, trees=None, trees_share=0.0)):
        read = ChurnModel.of_parts(model.parts())

        assert read.risks(rows()).tobytes() == model.risks(rows()).tobytes()
        assert read.contributions(rows())[0].tobytes() == model.contributions(rows())[0].tobytes()
        assert read.parts() == model.parts()


def test_a_user_is_answered_the_same_alone_and_among_others() -> None:
    model = trained()[1].model
    alone = [model.risks(rows()[place : place + 1]) for place in range(40)]

    assert np.concatenate(alone).tobytes() == model.risks(rows())[:40].tobytes()


def test_what_signals_add_sums_up_to_the_margin() -> None:
    model = trained()[1].model
    added, bias = model.contributions(rows())

    np.testing.assert_allclose(added.sum(axis=1) + bias, model.margins(rows()), atol=1e-4)


def test_factors_sum_up_to_the_margin_but_for_what_is_negligible() -> None:
    model = trained()[1].model
    _, bias = model.contributions(rows())
    told = [bias + sum(factor.contribution for factor in one) for one in factors(model, rows())]

    np.testing.assert_allclose(told, model.margins(rows()), atol=0.05)


def test_risk_never_grows_with_what_is_known_to_keep_users_and_never_falls_with_silence() -> None:
    model, base = trained()[1].model, rows()[:60]
    for place in READ:
        sign = SIGNALS[place].sign
        if sign is not None:
            more = base.copy()
            more[:, place] = more[:, place] * 2 + 5
            assert ((model.margins(more) - model.margins(base)) * sign <= 1e-6).all(), SIGNALS[place].name


def test_the_weightiest_family_is_told_first_with_the_users_own_figures() -> None:
    model, row = trained()[1].model, rows()[:1]
    told = factors(model, row)[0]

    weights = [abs(factor.contribution) for factor in told]
    assert weights == sorted(weights, reverse=True)
    assert len({factor.signal for factor in told}) == len(told) > 3
    assert {factor.signal for factor in told} <= set(Family)


def test_factors_are_sentences_with_figures() -> None:
    signals = {
        "days_since_last": 23.0,
        "active_days": 12.0,
        "interactions": 1340.0,
        "usual_gap": 4.0,
        "active_days_30d": 1.0,
        "active_days_90d": 9.0,
        "active_days_trend_30d": float(np.log(2 / 5)),
        "days_since_first": 61.0,
        "features": 3.0,
        "features_30d": 1.0,
        "conversions": 2.0,
        "value": 99.9,
    }
    told = {factor.signal: factor for factor in factors(trained()[1].model, row_of(**signals))[0]}
    expected = {
        "recency": ("23 days", "no visit for 23 days, usually every 4 days"),
        "frequency": ("12 active days", "12 active days and 1,340 interactions so far"),
        "recent_activity": ("1 active day", "1 active day in the last 30, 9 in the last 90"),
        "trend": ("1 after 4", "1 active day in the last 30, 4 in the 30 before"),
        "tenure": ("61 days", "first seen 61 days ago"),
        "breadth": ("3 features", "3 features used so far, 1 of them in the last 30 days"),
        "rhythm": ("4 days", "usually 4 days between visits, away for 23 days now"),
        "value": ("100", "2 conversions so far, 100 in value"),
    }
    assert {name: (factor.value, factor.text) for name, factor in told.items()} == {
        name: said for name, said in expected.items() if name in told
    }
    assert {"recency", "recent_activity", "rhythm"} <= told.keys()


def test_after_a_long_absence_what_was_before_it_is_told_since_it_still_counts() -> None:
    away = {"days_since_last": 138.0, "active_days": 40.0, "active_days_90d": 0.0, "active_days_365d": 39.0}
    told = {factor.signal: factor for factor in factors(trained()[1].model, row_of(**away))[0]}
    assert told["recent_activity"].value == "0 active days"
    assert told["recent_activity"].text == "0 active days in the last 90, 39 in the last 365"


def test_levels_begin_where_leaving_is_half_and_twice_as_likely_as_staying() -> None:
    assert [level_of(risk) for risk in (0, MEDIUM_FROM, 0.5, HIGH_FROM, 1)] == [
        RiskLevel.LOW,
        RiskLevel.MEDIUM,
        RiskLevel.MEDIUM,
        RiskLevel.HIGH,
        RiskLevel.HIGH,
    ]


def test_the_baseline_counts_in_the_window_that_is_most_like_the_horizon() -> None:
    recent = {days: SIGNALS[baseline_signals(days)[-1]].name for days in (1, 14, 21, 91, 182, 1000)}
    assert recent == {
        1: "interactions_7d",
        14: "interactions_14d",
        21: "interactions_14d" if 21 / 14 < 30 / 21 else "interactions_30d",
        91: "interactions_90d",
        182: "interactions_180d",
        1000: "interactions_365d",
    }


def test_no_label_of_training_looks_beyond_the_first_test_cut_off() -> None:
    """What happens after the first test cut-off changes no model."""
    logs = list(population(150))
    until = PLAN.test[0]
    shortened = [UserLog(log.user_id, [one for one in log.interactions if one.received_at <= until]) for log in logs]
    models = []
    for each in (logs, shortened):
        gathered = trainer_of(each)._users.rows()
        models.append(fit_baseline(gathered.of(gathered.cut_offs < len(PLAN.training)), PLAN).parts())
    assert models[0] == models[1]


def test_without_a_gain_beyond_chance_the_baseline_answers_and_says_why() -> None:
    _, outcome = (trainer := trainer_of(list(population(90)))), trainer.train(BOOSTING)

    assert outcome.serves_baseline
    assert outcome.model.trees is None
    assert outcome.quality[0].value == outcome.quality[0].baseline
    assert "not better by more than chance" in outcome.note
    assert "fewer than 200 users" in outcome.note


def test_few_users_are_refused_with_their_number() -> None:
    with pytest.raises(TrainingRefused, match=r"Only \d+ users were active at the training cut-offs; 50 are needed"):
        trainer_of(list(population(30))).train(BOOSTING)
    with pytest.raises(TrainingRefused, match="Only 0 users"):
        trainer_of([]).train(BOOSTING)


def test_one_class_only_is_refused() -> None:
    trainer = ChurnTrainer(PLAN)
    for number in range(60):
        everywhere = [Labelled(place, row_of()[0], 0.0) for place in range(len(PLAN.cut_offs))]
        trainer._users.add(f"user {number}", everywhere)  # type: ignore[arg-type]
    with pytest.raises(TrainingRefused, match="Nobody who was active at the training cut-offs stayed away"):
        trainer.train(BOOSTING)


def test_constant_signals_give_everybody_the_same_risk() -> None:
    trainer = ChurnTrainer(PLAN)
    for number in range(80):
        everywhere = [Labelled(place, row_of()[0], float(number % 2)) for place in range(len(PLAN.cut_offs))]
        trainer._users.add(f"user {number}", everywhere)  # type: ignore[arg-type]
    outcome = trainer.train(BOOSTING)

    assert outcome.serves_baseline
    assert outcome.model.risks(row_of()) == pytest.approx(0.5, abs=1e-3)


def test_a_trainer_measures_other_models_once_it_has_trained() -> None:
    trainer, outcome = trained()

    assert isinstance(trainer, Comparing)
    assert trainer.measured(outcome.model) == outcome.quality
    with pytest.raises(RuntimeError):
        ChurnTrainer(PLAN).measured(outcome.model)


def test_parts_that_were_tampered_with_are_refused() -> None:
    parts = dict(trained()[1].model.parts())
    document = json.loads(parts["model.json"])
    broken = [
        {**document, "signals_version": 0},
        {**document, "read": document["read"][1:]},
        {**document, "trees_share": 2},
        {**document, "trees_share": 0},
        {**document, "logistic": {**document["logistic"], "scale": [0.0] * len(document["logistic"]["scale"])}},
        {**document, "logistic": {**document["logistic"], "columns": [len(SIGNALS)] * len(READ)}},
        {**document, "logistic": {**document["logistic"], "weights": [1.0]}},
        {**document, "logistic": {**document["logistic"], "bias": float("nan")}},
    ]
    for one in broken:
        with pytest.raises(ValueError, match=r"\w"):
            ChurnModel.of_parts({**parts, "model.json": json.dumps(one).encode()})


def test_of_too_many_users_a_share_is_kept_whoever_comes_first() -> None:
    def kept(numbers: list[int]) -> LabelledUsers:
        users = LabelledUsers(max_rows=100)
        for number in numbers:
            users.add(f"user {number}", [Labelled(0, row_of()[0], float(number))])  # type: ignore[arg-type]
        return users

    numbers = list(range(1000))
    one, other = kept(numbers).rows(), kept(numbers[::-1]).rows()
    assert 30 < len(one) <= 100
    assert one.labels.tolist() == other.labels.tolist()


def test_horizons_follow_cut_offs() -> None:
    assert PLAN.training[-1] + timedelta(days=HORIZON_DAYS) <= PLAN.test[0]
    assert PLAN.training[0] > BEGIN
