"""A model of next actions is trained, measured on later actions, written down and read again."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest

from domain.model.habits import Trail
from domain.model.insights import ModelTask
from domain.model.interactions import InteractionKind
from domain.rules.folding.trails import fold_trail
from prediction.boosting import LocalBoosting
from prediction.next_actions.chains import MOST_KNOWN
from prediction.next_actions.folds import NextActionEvaluator
from prediction.next_actions.memories import ActionLog, ActionMemory, MemoryLimits
from prediction.next_actions.points import vocabulary
from prediction.next_actions.predictors import NextActionModel
from prediction.next_actions.splits import Split, SplitByTime, SplitByUser
from prediction.next_actions.training import NextActionLimits, NextActionReport, NextActionTrainer
from prediction.training.outcomes import Comparing, TrainingRefused
from tests.builders.actions import aimless_logs, habitual_logs, log_of, uses
from tests.builders.interactions import DAY, MONDAY, interaction

if TYPE_CHECKING:
    from prediction.training.logs import UserLog

FEW = NextActionLimits(fewest_training_points=100)
CYCLE = ["chart", "sort", "share"] * 10


def report(logs: list[UserLog], split: Split | None = None, limits: NextActionLimits = FEW) -> NextActionReport:
    trainer = NextActionTrainer(split or SplitByTime(), limits)
    for log in logs:
        trainer.add(log)
    return trainer.report(LocalBoosting())


@cache
def habitual() -> NextActionReport:
    return report(habitual_logs())


def test_habits_of_ones_own_are_learnt() -> None:
    trained = habitual().trained
    by_metric = {quality.metric: quality for quality in trained.quality}

    assert NextActionTrainer().task is ModelTask.NEXT_ACTION
    assert not trained.serves_baseline
    assert trained.quality[0].metric == "MRR@20, known users"
    assert by_metric["hit@1, known users"].value > 0.7
    assert by_metric["hit@1, known users"].baseline < 0.5
    assert by_metric["hit@1, new users, beside popularity"].baseline < 0.5
    assert "ranked higher than by a Markov chain" in trained.note


def test_a_cycle_goes_on() -> None:
    likeliest, *rest = habitual().trained.model.next_actions(fold_trail(Trail(), uses(CYCLE)), 3)

    assert (likeliest.kind, likeliest.target) == (InteractionKind.FEATURE_USE, "chart")
    assert likeliest.probability > 0.6
    assert len(rest) == 2


def test_another_model_is_measured_where_the_trained_one_was() -> None:
    trainer = NextActionTrainer(SplitByTime(), FEW)
    for log in habitual_logs():
        trainer.add(log)
    trained = trainer.train(LocalBoosting())
    stranger = replace(trained.model, actions=tuple((kind, f"old-{target}") for kind, target in trained.model.actions))

    assert isinstance(trainer, Comparing)
    assert trainer.measured(trained.model) == trained.quality
    assert trainer.measured(stranger)[0].value < trained.quality[0].value


def test_an_evaluation_foretells_of_everybody_as_if_they_were_new() -> None:
    evaluator = NextActionEvaluator(FEW)
    for log in habitual_logs():
        evaluator.add(log)

    found = evaluator.report(LocalBoosting())

    # Of everybody's 60 actions, all but the first are foretold once, and the last fifth four times more.
    assert evaluator.task is ModelTask.NEXT_ACTION
    assert [score.predictions for score in found.scores] == [4 * 60 * 12] * 3 + [60 * 59] * 3
    assert not found.trained.serves_baseline
    assert found.trained.quality == evaluator.train(LocalBoosting()).quality


@pytest.mark.parametrize(
    ("logs", "reason"),
    [
        ([log_of("ada", uses(CYCLE * 40))], "Only 1 user did anything; 30 are needed"),
        (habitual_logs(users=20), "Only 20 users did anything; 30 are needed"),
        (
            [log_of(f"user-{user}", uses([f"{user}-{step}" for step in range(60)])) for user in range(40)],
            "hardly anything is ever done twice",
        ),
    ],
)
def test_an_evaluation_that_could_say_nothing_is_refused_in_words(logs: list[UserLog], reason: str) -> None:
    evaluator = NextActionEvaluator(FEW)
    for log in logs:
        evaluator.add(log)

    with pytest.raises(TrainingRefused, match=reason):
        evaluator.report(LocalBoosting())


def test_how_a_log_is_split_is_told() -> None:
    assert "the first 80% of each user's actions" in SplitByUser().told
    assert "the first 80% of all actions" in SplitByTime().told


def test_what_is_said_to_be_probable_comes_as_often() -> None:
    bins = habitual().trained.calibration

    assert sum(each.rows * abs(each.predicted - each.observed) for each in bins) / sum(each.rows for each in bins) < 0.1


def test_the_table_has_a_row_for_each_method() -> None:
    rows = [(score.users, score.method) for score in report(habitual_logs(), SplitByUser()).scores]

    assert rows == [
        (users, method)
        for users in ("known users", "new users")
        for method in ("popularity", "Markov chain", "re-ranked")
    ]


def test_where_nothing_follows_from_anything_the_chain_answers_and_the_note_says_so() -> None:
    trained = report(aimless_logs()).trained

    assert trained.serves_baseline
    assert trained.model.ranker is None
    assert "may not be better than a Markov chain" in trained.note
    assert len(trained.model.next_actions(Trail(), 3)) == 3
    quality = {one.metric: one for one in trained.quality}
    served = quality["MRR@20, known users"]
    assert served.value == served.baseline
    assert quality["MRR@20, known users, of the learnt order"].baseline == served.value
    assert quality["MRR@20, known users, of the learnt order"].value != served.value


def test_few_users_cannot_show_that_a_model_is_better() -> None:
    trained = report(habitual_logs(users=20, steps=180)).trained

    assert trained.serves_baseline
    assert "20 users could be measured, 30 are needed" in trained.note


def test_few_actions_are_left_to_the_chain() -> None:
    trained = report(habitual_logs(), limits=NextActionLimits(fewest_training_points=10_000)).trained

    assert trained.serves_baseline
    assert "too few actions" in trained.note


def test_equal_logs_give_equal_bytes_in_whatever_order_they_are_added() -> None:
    again = report(habitual_logs()[::-1]).trained

    assert again.model.parts() == habitual().trained.model.parts()
    assert again.quality == habitual().trained.quality


def test_a_model_answers_with_the_same_bits_after_it_was_read_again() -> None:
    model = habitual().trained.model
    again = NextActionModel.of_parts(model.parts())
    trail = fold_trail(Trail(), uses(["chart", "my-report", "chart"]))

    assert again.next_actions(trail, 25) == model.next_actions(trail, 25)
    assert again.parts() == model.parts()


def test_a_baseline_is_written_down_too() -> None:
    model = replace(habitual().trained.model, ranker=None)
    trail = fold_trail(Trail(), uses(CYCLE))

    assert NextActionModel.of_parts(model.parts()).next_actions(trail, 3) == model.next_actions(trail, 3)


@pytest.mark.parametrize("part", ["actions.json", "popularity.npy", "link.json", "ranker.ubj"])
def test_a_truncated_part_is_refused(part: str) -> None:
    parts = dict(habitual().trained.model.parts())
    parts[part] = parts[part][: len(parts[part]) // 2]

    with pytest.raises(ValueError, match=r".+"):
        NextActionModel.of_parts(parts)


def test_a_missing_part_is_refused() -> None:
    parts = {name: part for name, part in habitual().trained.model.parts().items() if name != "link.json"}

    with pytest.raises(ValueError, match=r"missing or damaged: 'link\.json'"):
        NextActionModel.of_parts(parts)


def test_a_model_of_other_signals_is_refused() -> None:
    parts = dict(habitual().trained.model.parts())
    parts["link.json"] = parts["link.json"].replace(b"is_repeat", b"is_again")

    with pytest.raises(ValueError, match="trained on other signals"):
        NextActionModel.of_parts(parts)


@pytest.mark.parametrize(
    ("logs", "reason"),
    [
        ([], "Nobody did anything"),
        ([log_of("ada", [interaction(kind=InteractionKind.SESSION_START)])], "Nobody did anything"),
        ([log_of("ada", uses(["export"] * 100))], "not two different actions"),
        ([log_of(f"user-{user}", uses(["export", "search"][user % 2 :])) for user in range(40)], "left to measure"),
        ([log_of("ada", uses(CYCLE))], "left to measure"),
    ],
)
def test_too_little_to_learn_from_is_refused_in_words(logs: list[UserLog], reason: str) -> None:
    with pytest.raises(TrainingRefused, match=reason):
        report(logs)


def test_of_many_targets_the_most_frequent_are_known() -> None:
    numbers = np.concatenate([np.arange(50_000), np.arange(49_000, 50_000)])
    actions = [(InteractionKind.CONTENT_VIEW, f"article-{number:05}") for number in range(50_000)]

    known = vocabulary([ActionLog(0, numbers, numbers)], np.array([len(numbers)]), actions)

    assert len(known.actions) == MOST_KNOWN
    assert known.actions[999][1] == "article-49999"
    assert known.actions[1_000][1] == "article-00000"
    assert (known.places >= 0).sum() == MOST_KNOWN


def test_what_only_one_user_does_is_foretold_to_that_user() -> None:
    reader = fold_trail(Trail(), uses(["chapter-1", "chapter-2"] * 10))

    likeliest = habitual().trained.model.next_actions(reader, 1)[0]

    assert likeliest.target == "chapter-1"


def test_memory_keeps_the_same_users_in_whatever_order_they_are_added() -> None:
    logs = habitual_logs()
    memories = ActionMemory(MemoryLimits(actions=1_000)), ActionMemory(MemoryLimits(actions=1_000))
    for memory, order in zip(memories, (logs, logs[::-1]), strict=True):
        for log in order:
            memory.add(log.user_id, log.interactions)

    kept = [[log.token for log in memory.logs()] for memory in memories]
    assert kept[0] == kept[1]
    assert 0 < len(kept[0]) <= 1_000 / 60
    assert memories[0].share_of_users == memories[1].share_of_users < 1


def test_a_sample_of_the_users_is_said_to_be_one() -> None:
    trainer = NextActionTrainer(limits=FEW, memory=ActionMemory(MemoryLimits(actions=3_000)))
    for log in habitual_logs():
        trainer.add(log)

    assert "Memory holds 50.0% of the users" in trainer.train(LocalBoosting()).note


def test_who_came_after_the_second_instant_is_new() -> None:
    memory = ActionMemory()
    for log in [log_of("early", uses(CYCLE)), log_of("late", uses(["chart"] * 3, MONDAY + DAY))]:
        memory.add(log.user_id, log.interactions)
    lengths = [len(log.numbers) for log in memory.logs()]

    bounds = SplitByTime(0.5, 0.8).bounds(memory.logs())

    # Of 33 actions, half and four fifths come up to the 17th and the 26th.
    assert dict(zip(lengths, bounds.trained.tolist(), strict=True)) == {30: 26, 3: 0}
    assert bounds.counted.sum() == 17


def test_over_all_folds_everybody_is_new_once() -> None:
    memory = ActionMemory()
    for log in habitual_logs():
        memory.add(log.user_id, log.interactions)

    new = [SplitByUser(fold=fold).bounds(memory.logs()).trained == 0 for fold in range(5)]

    assert sum(each.astype(int) for each in new).tolist() == [1] * 60
