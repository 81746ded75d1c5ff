"""What do models in use say, together and alone, and what happens when one of them fails?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from domain.model.habits import Habits
from domain.model.insights import ChurnRisk, ModelTask, ModelVersion, NextAction, RiskLevel
from domain.model.interactions import InteractionKind
from domain.model.trained_models import ArtifactFlaw, ArtifactRefused
from domain.ports.predictors import Predicted, Subject
from domain.rules.folding.habits import habits_from_scratch
from domain.rules.profiles import fold_from_scratch
from domain.use_cases.current_models import LoadedModel
from prediction.serving.kinds import Kind, reader_of
from prediction.serving.predictors import MAX_FAILURES, InProcessPredictor
from prediction.serving.signal_rows import row_from_bytes, rows_to_bytes
from prediction.signals.catalogue import SIGNALS, SIGNALS_VERSION
from prediction.signals.rows import signals_of
from tests.builders.interactions import DAY, MONDAY, interaction
from tests.builders.profiles import build_profile
from tests.builders.tiny_models import TINY_KINDS, TINY_MODELS, TinyChurn, tiny_artifact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prediction.serving.kinds import Batch, Kinds

NOW = MONDAY + 30 * DAY
CHURN, V1 = ModelTask.CHURN, ModelVersion("v1")


def subject(days_ago: int = 10, times: int = 3, **profile: Any) -> Subject:
    """Somebody who was here for the last time so many days ago."""
    done = [interaction(NOW - days_ago * DAY - number * timedelta(minutes=1)) for number in range(times)]
    history = fold_from_scratch(done)
    return Subject(build_profile(**{"history": history, **profile}), habits_from_scratch(done))


def predictor(*tasks: ModelTask, kinds: Kinds = TINY_KINDS) -> InProcessPredictor:
    """With the tiny models of these tasks, or of all."""
    read = reader_of(kinds)
    artifacts = [tiny_artifact(task) for task in tasks or TINY_MODELS]
    loaded = {a.manifest.task: LoadedModel(a.manifest, read(a)) for a in artifacts}
    return InProcessPredictor(loaded, 7, kinds)


def failing_for(*user_ids: str) -> Kinds:
    """The churn model cannot score these."""
    kind = TINY_KINDS[CHURN]

    def say(model: TinyChurn, version: ModelVersion, batch: Batch) -> Sequence[Any]:
        if any(one.profile.user_id in user_ids for one in batch.subjects):
            raise ZeroDivisionError
        return kind.say(model, version, batch)

    return {**TINY_KINDS, CHURN: replace(kind, say=say)}


def test_every_model_says_its_part() -> None:
    (predicted,) = predictor().predict([subject()], NOW)
    insights = predicted.insights

    assert insights is not None
    assert insights.computed_at == NOW
    assert insights.churn == ChurnRisk(0.5, RiskLevel.HIGH, 28, V1)
    assert insights.lifetime_value is not None
    assert insights.lifetime_value.expected == 30
    assert insights.next_actions[0] == NextAction(InteractionKind.FEATURE_USE, "export", 0.4)
    assert [one.feature for one in insights.recommendations] == ["import", "search"]
    assert [(m.segment, m.confidence) for m in insights.outlook] == [("power_user", 0.625)]


def test_what_no_model_says_is_absent() -> None:
    (predicted,) = predictor(CHURN).predict([subject()], NOW)
    (nobody,) = predictor(CHURN).predict([Subject(build_profile(), Habits())], NOW)

    assert predicted.insights is not None
    assert predicted.insights.lifetime_value is None
    assert nobody == Predicted()


def test_without_models_nothing_is_said() -> None:
    nothing = InProcessPredictor({}, 0, TINY_KINDS)

    assert nothing.predict([subject(), subject()], NOW) == [Predicted(), Predicted()]
    assert nothing.predict([], NOW) == []
    assert nothing.revision == 0


@settings(max_examples=50, deadline=None)
@given(days=st.lists(st.integers(0, 400), min_size=1, max_size=8), times=st.integers(0, 3))
def test_a_user_gets_the_same_answer_alone_and_with_others(days: list[int], times: int) -> None:
    asked = predictor()
    subjects = [subject(ago, times=times) for ago in days]

    assert asked.predict(subjects, NOW) == [asked.predict([one], NOW)[0] for one in subjects]


def test_factors_explain_the_score_that_was_served() -> None:
    asked = predictor()
    near, far = (p.signals for p in asked.predict([subject(3), subject(20)], NOW))
    factors = asked.factors(CHURN, V1, [near, far])

    assert [[factor.value for factor in of_one] for of_one in factors] == [["3 days"], ["20 days"]]


def test_there_are_no_factors_of_another_model_or_of_other_signals() -> None:
    asked = predictor()
    (predicted,) = asked.predict([subject()], NOW)
    other_version = (SIGNALS_VERSION + 1).to_bytes(4, "little") + predicted.signals[4:]

    assert asked.factors(CHURN, ModelVersion("v0"), [predicted.signals]) == [()]
    assert asked.factors(ModelTask.LIFETIME_VALUE, V1, [predicted.signals]) == [()]
    assert asked.factors(CHURN, V1, [b"", b"\x01", other_version]) == [(), (), ()]
    assert predictor(ModelTask.SEGMENTS).factors(CHURN, V1, [predicted.signals]) == [()]


def test_signals_are_kept_bit_for_bit() -> None:
    one = subject(7)
    row = signals_of(one.profile.history, one.habits, NOW)
    first, second = rows_to_bytes(np.stack([row, -row]))
    kept = row_from_bytes(first)

    assert kept is not None
    assert kept.tobytes() == row.tobytes()
    assert len(first) == len(second) == 4 + 4 * len(SIGNALS)
    assert rows_to_bytes(-row[np.newaxis]) == [second]


def test_whoever_makes_a_model_fail_fails_alone() -> None:
    asked = predictor(kinds=failing_for("odd"))
    with capture_logs() as logs:
        predicted = asked.predict([subject(user_id="ada"), subject(user_id="odd"), subject(user_id="grace")], NOW)

    churn = [None if p.insights is None else p.insights.churn for p in predicted]
    assert [risk is not None for risk in churn] == [True, False, True]
    assert all(p.insights is not None and p.insights.lifetime_value is not None for p in predicted)
    assert {entry["event"] for entry in logs} == {"model_failed"}


def test_a_model_that_always_fails_is_switched_off_and_the_others_go_on() -> None:
    asked = predictor(kinds=failing_for("odd"))
    with capture_logs() as logs:
        predicted, *_ = [asked.predict([subject(user_id="odd")], NOW)[0] for _ in range(MAX_FAILURES + 2)]
        (other,) = asked.predict([subject(user_id="ada")], NOW)

    assert predicted.insights is not None
    assert predicted.insights.churn is None
    assert other.insights is not None
    assert other.insights.churn is None
    assert other.insights.lifetime_value is not None
    assert [entry["event"] for entry in logs].count("model_failed") == MAX_FAILURES
    assert [entry["event"] for entry in logs].count("model_switched_off") == 1
    assert asked.factors(CHURN, V1, [predicted.signals]) == [()]


def test_a_model_that_fails_for_one_user_again_and_again_stays_on() -> None:
    asked = predictor(kinds=failing_for("odd"))
    with capture_logs():
        rounds = range(2 * MAX_FAILURES)
        asked_of = [[asked.predict([subject(user_id=name)], NOW)[0] for name in ("odd", "ada")] for _ in rounds]

    assert all(other.insights is not None and other.insights.churn is not None for _, other in asked_of)


@pytest.mark.parametrize("answer", [[], [None, None]])
def test_a_model_that_answers_about_too_few_or_too_many_has_failed(answer: list[Any]) -> None:
    kinds = {CHURN: replace(TINY_KINDS[CHURN], say=lambda *_: answer)}
    with capture_logs():
        assert predictor(CHURN, kinds=kinds).predict([subject()], NOW) == [Predicted()]


@pytest.mark.parametrize("risk", [float("nan"), 1.5, -0.5])
def test_what_cannot_be_a_risk_is_not_said(risk: float) -> None:
    kinds = {CHURN: replace(TINY_KINDS[CHURN], say=lambda *_: [ChurnRisk(risk, RiskLevel.HIGH, 28, V1)])}

    assert predictor(CHURN, kinds=kinds).predict([subject()], NOW) == [Predicted()]


def test_a_user_without_signals_is_left_out_and_the_others_are_not() -> None:
    odd = subject(user_id="odd")
    broken = replace(odd, profile=replace(odd.profile, history=replace(odd.profile.history, week=())))
    unreadable = Subject(broken.profile, None)  # type: ignore[arg-type]
    with capture_logs() as logs:
        predicted = predictor().predict([unreadable, subject()], NOW)

    assert predicted[0] == Predicted()
    assert predicted[1].insights is not None
    assert logs[0]["event"] == "signals_failed"


def test_a_model_that_cannot_explain_itself_still_predicts() -> None:
    def explain(*_: object) -> Any:
        raise ValueError

    asked = predictor(CHURN, kinds={CHURN: replace(TINY_KINDS[CHURN], explain=explain)})
    (predicted,) = asked.predict([subject()], NOW)
    with capture_logs() as logs:
        assert asked.factors(CHURN, V1, [predicted.signals]) == [()]

    assert predicted.insights is not None
    assert logs[0]["event"] == "model_cannot_explain"


@pytest.mark.parametrize("kinds", [{}, {CHURN: Kind(lambda _: 1 / 0, TINY_KINDS[CHURN].say)}])
def test_an_artifact_that_cannot_be_read_is_refused(kinds: Kinds) -> None:
    with pytest.raises(ArtifactRefused) as refusal:
        reader_of(kinds)(tiny_artifact())

    assert refusal.value.flaw is ArtifactFlaw.UNREADABLE
