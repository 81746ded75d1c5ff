"""What is recommended to whom, why, and what training makes of little or bad data."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest

from domain.model.insights import ModelTask
from domain.model.profiles import FeatureHistory
from domain.rules.instants import microseconds
from domain.rules.profiles import fold_from_scratch
from prediction.boosting import LocalBoosting
from prediction.recommendations import recommenders
from prediction.recommendations.candidates import candidates_for, crowd_in
from prediction.recommendations.hiding import measure_by_hiding
from prediction.recommendations.landscapes import landscape_at
from prediction.recommendations.learning import lessons_in_time
from prediction.recommendations.neighbours import conditional, cosine, ease, nearest, users_of_both
from prediction.recommendations.rankings import BLENDS, Ranking, Voice, fused
from prediction.recommendations.reasons import because_popular
from prediction.recommendations.recommenders import RecommendationModel
from prediction.recommendations.segments import dominant_segment, people_of, segment_in
from prediction.recommendations.takers import Horizons, scene_at
from prediction.recommendations.training import RecommendationTrainer
from prediction.recommendations.uses import UseLedger
from prediction.training.outcomes import Trained, TrainingRefused
from tests.builders.uses import DAY, FEATURES_OF_TEAM, PLAN, START, log_of, teams

if TYPE_CHECKING:
    from collections.abc import Iterable

    from prediction.training.logs import UserLog

NOW = START + 180 * DAY


def trained(logs: Iterable[UserLog]) -> Trained[RecommendationModel]:
    trainer = RecommendationTrainer(PLAN, lambda log: "design_user" if log.user_id.endswith("0") else None)
    for log in logs:
        trainer.add(log)
    return trainer.train(LocalBoosting())


@pytest.fixture(scope="module")
def of_teams() -> Trained[RecommendationModel]:
    return trained(teams())


def used(*features: str) -> dict[str, FeatureHistory]:
    lately_us = microseconds(NOW - DAY)
    return {feature: FeatureHistory(3, lately_us - 10, lately_us) for feature in features}


BOTH = np.array([[3.0, 2.0, 1.0], [2.0, 2.0, 0.0], [1.0, 0.0, 1.0]])
"""Two users have the first and the second feature, one the first and the third."""


def test_users_of_both_are_counted_per_pair_of_features() -> None:
    users, features = np.array([7, 7, 8, 8, 9, 9]), np.array([0, 1, 0, 1, 0, 2])

    assert users_of_both(users, features, np.ones(6), 3).tolist() == BOTH.tolist()


def test_ease_equals_its_closed_form_computed_by_hand() -> None:
    # (G + I)^-1 is 1/13 of [[6, -4, -3], [-4, 7, 2], [-3, 2, 8]].
    expected = [[0, 4 / 7, 3 / 8], [4 / 6, 0, -2 / 8], [3 / 6, -2 / 7, 0]]

    assert ease(BOTH, ridge=1) == pytest.approx(np.array(expected), abs=1e-12)


def test_likeness_and_conditional_shares_equal_those_computed_by_hand() -> None:
    assert cosine(BOTH, shrinkage=10)[0, 1] == pytest.approx(2 / (6**0.5 + 10))
    assert conditional(BOTH, shrinkage=10)[0].tolist() == pytest.approx([0, 2 / 13, 1 / 13])
    assert conditional(BOTH, shrinkage=0)[2].tolist() == pytest.approx([1, 0, 0])


def test_only_the_weightiest_neighbours_are_kept_and_never_a_feature_itself() -> None:
    kept = nearest(np.array([[0.0, -0.5, 0.1, 0.2], [0.0, 0, 0, 0], [1.0, 2, 0, 3], [1.0, 1, 1, 0]]), most=2)

    assert kept.columns.tolist() == [[1, 3], [0, 2], [1, 3], [0, 1]]
    assert kept.weights[0].tolist() == pytest.approx([-0.5, 0.2])
    assert kept.scores(np.array([0, 2]), np.array([1.0, 2.0]))[0].tolist() == pytest.approx([0, 3.5, 0, 6.2])
    assert kept.loudest_of_all(np.array([0, 2]), np.array([0, 0]), 1).tolist() == [pytest.approx([0, 2, 0, 3])]
    assert kept.between(np.array([0, 2, 0, 2]), np.array([3, 3, 0, 0])).tolist() == pytest.approx([0.2, 3, 0, 0])


def test_fusing_takes_the_mean_of_reciprocal_places_counted_from_sixty() -> None:
    first = Ranking(np.array([2, 0]), np.array([0.9, 0.1]))
    second = Ranking(np.array([0, 2, 3]), np.array([0.5, 0.4, 0.3]))

    both = fused([first, second], np.array([True, False, True, True]))

    assert both.features.tolist() == [0, 2, 3]
    assert both.scores.tolist() == pytest.approx([(60 / 61 + 1) / 2, (1 + 60 / 61) / 2, (60 / 64 + 60 / 62) / 2])


def test_which_voices_have_a_say_is_decided_after_the_horizons_of_what_decided_the_order() -> None:
    ledger = UseLedger()
    for log in teams(60):
        ledger.add(log)
    scenes = [scene_at(ledger.uses(), cut_off, Horizons(10, 60)) for cut_off in PLAN.training]

    lessons = lessons_in_time([scene for scene in scenes if scene is not None])

    assert len(lessons.all) == 4
    assert lessons.earlier
    assert lessons.later
    latest_end = max(scene.landscape.as_of_us + scene.landscape.horizon_us for scene in lessons.earlier)
    assert latest_end <= min(scene.landscape.as_of_us for scene in lessons.later)


def test_where_horizons_leave_too_few_lessons_apart_the_users_are_halved() -> None:
    ledger = UseLedger()
    for log in teams(60):
        ledger.add(log)
    scenes = [scene_at(ledger.uses(), cut_off, Horizons(30, 60)) for cut_off in PLAN.training[:2]]

    lessons = lessons_in_time([scene for scene in scenes if scene is not None])

    learnt_from = {taker.user for scene in lessons.earlier for taker in scene.takers}
    tried_on = {taker.user for scene in lessons.later for taker in scene.takers}
    assert learnt_from
    assert tried_on
    assert not learnt_from & tried_on
    assert [len(lessons.earlier), len(lessons.later)] == [1, 1]
    assert lessons_in_time([]).later == []


@pytest.mark.parametrize("voices", BLENDS)
def test_every_blend_keeps_to_what_is_open_and_is_read_back(
    voices: tuple[Voice, ...], of_teams: Trained[RecommendationModel]
) -> None:
    assert of_teams.model.learnt is not None
    model = replace(of_teams.model, learnt=replace(of_teams.model.learnt, voices=voices))

    best = model.recommend(used("sales-1", "sales-2"), None, NOW, 5)

    assert len(best) == 5
    assert not {each.feature for each in best} & {"sales-1", "sales-2"}
    assert all(0 <= each.score <= 1 for each in best)
    again = RecommendationModel.of_parts(model.parts())
    assert again.learnt is not None
    assert again.learnt.voices == voices
    assert again.recommend(used("sales-1", "sales-2"), None, NOW, 5) == best


@pytest.mark.parametrize("voices", BLENDS)
def test_everybody_gets_in_a_crowd_what_they_get_alone(
    voices: tuple[Voice, ...], of_teams: Trained[RecommendationModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recommenders, "CELLS_AT_ONCE", 5 * len(of_teams.model.landscape))
    assert of_teams.model.learnt is not None
    model = replace(of_teams.model, learnt=replace(of_teams.model.learnt, voices=voices))
    names = model.landscape.names
    crowd = [used(*names[first : first + many]) for first in (0, 7) for many in (1, 4, 12, 0, len(names))]

    together = model.recommend_to_all(crowd, lambda number: ["design_user", None][number % 2], NOW, 20)

    segments = ["design_user", None] * len(crowd)
    assert together == [
        model.recommend(features, segment, NOW, 20) for features, segment in zip(crowd, segments, strict=False)
    ]


def test_people_get_what_people_with_the_same_features_use(of_teams: Trained[RecommendationModel]) -> None:
    best = of_teams.model.recommend(used("sales-1", "sales-2"), None, NOW, 5)

    assert len(best) == 5
    assert {each.feature.split("-")[0] for each in best} == {"sales"}
    assert not {each.feature for each in best} & {"sales-1", "sales-2"}


def test_a_reason_names_the_features_that_say_most(of_teams: Trained[RecommendationModel]) -> None:
    best = of_teams.model.recommend(used("sales-1", "sales-2"), None, NOW, FEATURES_OF_TEAM)

    assert any(
        each.reason
        in {
            f"People who use sales-1 and sales-2 also use {each.feature}",
            f"People who use sales-2 and sales-1 also use {each.feature}",
        }
        for each in best
    )


def test_a_learnt_order_that_beats_recent_popularity_serves(of_teams: Trained[RecommendationModel]) -> None:
    quality = {each.metric: each for each in of_teams.quality}

    assert not of_teams.serves_baseline
    assert of_teams.rows > 1_000
    assert quality["nDCG@10"].value > quality["nDCG@10"].baseline + 0.1
    assert quality["nDCG@10"].low is not None
    assert quality["nDCG@10"].low > quality["nDCG@10"].baseline
    assert "nDCG@10 beside EASE" in quality


def test_an_order_that_does_not_beat_recent_popularity_leaves_it_in_place() -> None:
    by_chance = trained(teams(120, loyalty=0))

    assert by_chance.serves_baseline
    assert by_chance.model.learnt is None
    assert "did not beat recent popularity" in by_chance.note
    quality = {each.metric: each for each in by_chance.quality}
    assert quality["nDCG@10"].value == quality["nDCG@10"].baseline
    assert quality["recall@10"].value == quality["recall@10"].baseline
    assert quality["nDCG@10 of the learnt order"].baseline == quality["nDCG@10"].value
    assert quality["nDCG@10 of the learnt order"].value != quality["nDCG@10"].value
    best = by_chance.model.recommend(used("sales-1"), None, NOW, 3)
    assert {each.reason for each in best} <= {"Popular this month", "Popular lately"}
    assert [each.score for each in best] == sorted((each.score for each in best), reverse=True)


def test_a_stranger_gets_what_is_popular_in_the_segment(of_teams: Trained[RecommendationModel]) -> None:
    model = of_teams.model

    known = model.recommend({}, "design_user", NOW, 3)
    unknown = model.recommend({}, "no_such_segment", NOW, 3)

    assert {each.reason for each in known} == {"Popular with design users"}
    assert {each.reason for each in unknown} == {"Popular this month"}
    assert unknown == model.recommend({}, None, NOW, 3)
    assert unknown == model.recommend(used("a feature from nowhere"), None, NOW, 3)


def test_nothing_is_called_popular_that_one_or_two_used() -> None:
    month_ago, lately = NOW - 29 * DAY, NOW - DAY
    uses = {
        "one": [lately],
        "three": [lately, lately, lately, lately],
        "once": [START] * 9,
        "of-a-month": [month_ago] * 9,
    }
    ledger = UseLedger()
    for number in range(9):
        own = [(feature, (at[number] - START) / DAY) for feature, at in uses.items() if number < len(at)]
        ledger.add(log_of(f"user-{number}", own))
    landscape = landscape_at(ledger.uses().known_at(), ledger.uses().names, microseconds(NOW), horizon_days=30)

    assert dict(zip(landscape.names, because_popular(landscape, way=0), strict=True)) == {
        "of-a-month": "Popular this month",
        "once": "Others have used it",
        "one": "One or two others have used it",
        "three": "Popular this month",
    }
    assert because_popular(landscape, way=3)[0] == "Popular lately"


def test_only_features_of_the_catalogue_are_recommended_if_it_lists_any(
    of_teams: Trained[RecommendationModel],
) -> None:
    model, has = of_teams.model, used("sales-1")

    listed = model.recommend(has, None, NOW, 10, {"design-3", "sales-1", "sales-4", "unheard of"})

    assert {each.feature for each in listed} == {"design-3", "sales-4"}
    assert model.recommend(has, None, NOW, 10, set()) == model.recommend(has, None, NOW, 10)
    assert model.recommend(has, None, NOW, 10, {"unheard of"}) == ()


def test_who_has_everything_is_recommended_nothing(of_teams: Trained[RecommendationModel]) -> None:
    model = of_teams.model

    assert model.recommend(used(*model.landscape.names), None, NOW, 10) == ()


def test_a_clock_that_runs_ahead_changes_no_more_than_now_would(of_teams: Trained[RecommendationModel]) -> None:
    model = of_teams.model
    ahead_us = microseconds(NOW + 400 * DAY)
    ahead = {"sales-1": FeatureHistory(3, ahead_us, ahead_us)}
    now = {"sales-1": FeatureHistory(3, microseconds(NOW), microseconds(NOW))}

    assert model.recommend(ahead, None, NOW, 5) == model.recommend(now, None, NOW, 5)


def test_training_and_serving_see_the_same_values_bit_for_bit() -> None:
    ledger, logs = UseLedger(), {log.user_id: log for log in teams(60)}
    for log in logs.values():
        ledger.add(log)
    cut_off = PLAN.training[1]
    scene = scene_at(ledger.uses(), cut_off, Horizons(30, 60))
    assert scene is not None
    trained_on = {
        candidates_for(scene.landscape, taker.owned, microseconds(cut_off), taker.open_to).values.tobytes()
        for taker in scene.takers
    }
    served = set()
    for log in logs.values():
        seen = [each.interaction for each in log.interactions if each.received_at <= cut_off]
        features = fold_from_scratch(seen).features
        open_to = np.array([name not in features for name in scene.landscape.names])
        owned = crowd_in(scene.landscape, [features]).owned
        if not owned.is_empty:
            served.add(candidates_for(scene.landscape, owned, microseconds(cut_off), open_to).values.tobytes())

    assert len(trained_on) > 40
    assert trained_on <= served


def test_what_is_received_at_a_cut_off_is_seen_and_what_is_received_later_is_not() -> None:
    ledger = UseLedger()
    ledger.add(log_of("ada", [("export", 10), ("reports", 20), ("search", 20 + 1e-6), ("alerts", 50)]))
    uses = ledger.uses()
    at_us = microseconds(START + 20 * DAY)

    known, after = uses.known_at(at_us), uses.received_between(at_us, microseconds(START + 50 * DAY))

    assert [uses.names[each] for each in known.features] == ["export", "reports"]
    assert [uses.names[each] for each in after.features] == ["alerts", "search"]


def test_the_ledger_forgets_halves_of_the_users_whatever_their_order() -> None:
    logs = [log_of(f"user-{number}", [(f"feature-{number}", 1), ("export", 2)]) for number in range(500)]
    forwards, backwards = UseLedger(most_rows=300), UseLedger(most_rows=300)
    for log in logs:
        forwards.add(log)
    for log in reversed(logs):
        backwards.add(log)

    one, other = forwards.uses(), backwards.uses()

    assert 100 < len(one.rows) <= 300
    assert one.names == other.names
    assert len(one.names) == len(one.rows) // 2 + 1
    assert one.rows.users.tolist() == other.rows.users.tolist()
    assert one.rows.features.tolist() == other.rows.features.tolist()


def test_of_a_user_with_countless_features_the_latest_thousand_are_remembered() -> None:
    ledger = UseLedger()
    ledger.add(log_of("ada", [(f"feature-{number:04}", number / 100) for number in range(1_200)]))

    assert ledger.uses().names == tuple(f"feature-{number:04}" for number in range(200, 1_200))


@pytest.mark.parametrize(
    ("logs", "message"),
    [
        ([], "Only 0 users ever"),
        ([log_of("ada", [("export", 1)])], "Only 1 user ever"),
        ([log_of(f"user-{number}", [("export", 1)]) for number in range(30)], "the same one feature"),
    ],
)
def test_training_on_too_little_is_refused_in_words(logs: list[UserLog], message: str) -> None:
    with pytest.raises(TrainingRefused, match=message):
        trained(logs)


def test_a_log_of_one_day_leaves_popularity_in_place() -> None:
    outcome = trained(log_of(f"user-{number}", [("export", 1), ("reports", 1 + number / 99)]) for number in range(30))

    assert outcome.serves_baseline
    assert outcome.quality == ()
    assert outcome.note.startswith("Too few users took up a feature")
    assert [each.feature for each in outcome.model.recommend(used("export"), None, NOW, 5)] == ["reports"]


def test_who_takes_up_nothing_after_the_last_cut_offs_leaves_the_model_unmeasured() -> None:
    until = PLAN.test[0]
    early = [
        type(log)(log.user_id, [each for each in log.interactions if each.received_at <= until]) for log in teams()
    ]

    outcome = trained(early)

    assert outcome.serves_baseline
    assert "could not be measured" in outcome.note
    assert outcome.quality == ()


def test_an_order_in_use_is_measured_where_the_new_one_was_and_applied_to_what_is_popular_now(
    of_teams: Trained[RecommendationModel],
) -> None:
    trainer = RecommendationTrainer(PLAN)
    with pytest.raises(RuntimeError, match="nothing was trained"):
        trainer.recounted(of_teams.model)
    for log in teams(120, seed=6):
        trainer.add(log)
    now = trainer.train(LocalBoosting())
    popular = replace(of_teams.model, learnt=None)

    assert trainer.measured(now.model) == now.quality
    assert trainer.measured(popular)[0].value < now.quality[0].value
    assert trainer.measured(of_teams.model)[0].value > now.quality[0].baseline
    again = trainer.recounted(of_teams.model)
    assert again.model.learnt is of_teams.model.learnt
    assert again.model.landscape.as_of_us == now.model.landscape.as_of_us
    assert again.model.landscape is not of_teams.model.landscape
    assert (again.quality, again.serves_baseline) == (trainer.measured(of_teams.model), False)
    assert trainer.recounted(popular).serves_baseline


def test_what_a_million_targets_leave_is_bounded() -> None:
    generator = np.random.default_rng(1)
    ledger = UseLedger(most_rows=10_000)
    for user in range(100):
        rare = [(f"rare-{each}", 1.0) for each in generator.integers(0, 1_000_000, 200)]
        ledger.add(log_of(f"user-{user}", [*rare, ("export", 2), ("reports", 70)]))
    uses = ledger.uses()

    landscape = landscape_at(uses.known_at(), uses.names, microseconds(NOW), 30, most=40)

    assert 5_000 < len(uses.rows) <= 10_000
    assert len(landscape) == 40
    assert {"export", "reports"} < set(landscape.names)


def test_hiding_measures_the_same_twice_and_finds_the_teams() -> None:
    ledger = UseLedger()
    for log in teams(600):
        ledger.add(log)

    once, again = (measure_by_hiding(ledger.uses(), LocalBoosting(), seed=3) for _ in range(2))

    assert once == again
    assert once.beats_baseline
    assert once.quality[0].metric == "nDCG@10"


def test_hiding_too_few_features_is_refused() -> None:
    ledger = UseLedger()
    for number in range(30):
        ledger.add(log_of(f"user-{number}", [("export", 1), ("reports", 1)]))

    with pytest.raises(TrainingRefused, match="at least 3 features"):
        measure_by_hiding(ledger.uses(), LocalBoosting())


def test_broken_parts_are_refused(of_teams: Trained[RecommendationModel]) -> None:
    parts = of_teams.model.parts()
    wrong = (
        {name: raw for name, raw in parts.items() if name != "age.npy"},
        parts | {"age.npy": parts["age.npy"][:-9]},
        parts | {"age.npy": parts["popularity.npy"]},
        parts | {"landscape.json": b"{}"},
        parts | {"landscape.json": b'{"names": '},
        parts | {"ranking.ubj": parts["ranking.ubj"][:100]},
    )

    for each in wrong:
        with pytest.raises(ValueError, match=r"fit together|shape|Expecting|cannot|EOF|array|cut off"):
            RecommendationModel.of_parts(each)


def test_a_trainer_names_its_task_and_takes_part_as_any_trainer() -> None:
    assert RecommendationTrainer(PLAN).task is ModelTask.RECOMMENDATION


def test_the_dominant_segment_is_the_surest_that_counts() -> None:
    assert segment_in(log_of("ada", [("export", 1)]), START + timedelta(days=2)) == "new_user"
    assert segment_in(log_of("ada", [("export", 1)]), START + timedelta(days=99)) == "casual_user"
    assert dominant_segment(fold_from_scratch([]), START) is None


@pytest.mark.parametrize(
    ("segment", "people"),
    [
        ("power_user", "power users"),
        ("feature_explorer", "feature explorers"),
        ("mobile_first", "mobile first users"),
        ("north_sea", "north sea users"),
    ],
)
def test_segments_are_called_as_people_are(segment: str, people: str) -> None:
    assert people_of(segment) == people
