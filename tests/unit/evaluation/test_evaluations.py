"""A whole evaluation: read, split by time, trained, measured and told."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from app.evaluation.evaluations import Assignment, Stage
from app.evaluation.protocols import Protocol, parse_cut_offs, plan_told
from app.evaluation.tasks import Task
from app.evaluation.trials import Trial
from app.replay.fields import Field
from prediction.training.outcomes import TrainingRefused
from tests.unit.evaluation.logs import source_of
from tests.unit.evaluation.trainers import LatelyTrainer

if TYPE_CHECKING:
    from pathlib import Path

    from app.evaluation.events import EventLog
    from app.evaluation.reports import Evaluation

BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
PROTOCOL = Protocol(
    horizon_days=14, training=parse_cut_offs("2025-02-01..2025-03-01/7"), test=parse_cut_offs("2025-03-20")
)


def generated(users: int, seed: int = 5) -> str:
    """Users who come every other day until they leave for good, in no order."""
    chance = Random(seed)  # noqa: S311 - nothing secret
    lines = []
    for user in range(users):
        day, last = chance.uniform(0, 20), chance.expovariate(1 / 50)
        while day < min(last, 100):
            instant = BEGIN + timedelta(days=day)
            lines.append(f"u{user},{instant.isoformat()},feature-{chance.randrange(5)}")
            day += chance.expovariate(1 / 2)
    chance.shuffle(lines)
    return "\n".join(["user,time,target", *lines, ""])


def begin(_task: Task, protocol: Protocol, log: EventLog) -> Trial:
    asked = protocol.plan()
    if asked is None:
        raise TrainingRefused(f"{len(log)} events have no rhythm")
    return Trial(LatelyTrainer(asked), plan_told(asked), asked)


def evaluated(path: Path, content: str, **options: Any) -> Evaluation:
    given = {"protocol": PROTOCOL, "begin": begin, **options}
    needed = given.pop("needed", (Field.USER, Field.TIME))
    progress = given.pop("progress", lambda _stage: None)
    return Assignment(task=Task.CHURN, source=source_of(path, content, needed=needed), **given).evaluated(progress)


def shown(evaluation: Evaluation) -> str:
    output = io.StringIO()
    console = Console(file=output, width=200, highlight=False)
    for part in evaluation.as_table():
        console.print(part)
    return output.getvalue()


def test_the_figures_are_told_with_baseline_and_calibration(tmp_path: Path) -> None:
    evaluation = evaluated(tmp_path / "a.csv.gz", generated(300))
    told = shown(evaluation)
    assert "log loss" in told
    assert "baseline" in told
    assert "horizon 14 days" in told
    assert "The model serves. Who came lately comes again." in told
    assert "came true" in told


def test_json_holds_the_same_and_never_a_number_that_json_does_not_know(tmp_path: Path) -> None:
    told = json.loads(json.dumps(evaluated(tmp_path / "a.csv", generated(300)).as_json(), allow_nan=False))
    loss, undefined = told["metrics"]
    assert loss["value"] < loss["baseline"]
    assert (undefined["value"], undefined["baseline"]) == (None, None)
    assert told["plan"]["test"] == ["2025-03-20T00:00:00+00:00"]
    assert (told["log"]["refused"], told["serves_baseline"]) == (0, False)
    assert told["log"]["events"] == told["log"]["lines"]


def test_the_order_of_lines_changes_nothing(tmp_path: Path) -> None:
    lines = generated(100).splitlines()
    ordered = "\n".join([lines[0], *sorted(lines[1:]), ""])
    first, second = (evaluated(tmp_path / name, log) for name, log in (("a.csv", "\n".join(lines)), ("b.csv", ordered)))
    assert first.as_json()["metrics"] == second.as_json()["metrics"]


def test_without_cut_offs_the_log_is_asked(tmp_path: Path) -> None:
    with pytest.raises(TrainingRefused, match="have no rhythm"):
        evaluated(tmp_path / "a.csv", generated(50), protocol=Protocol())


def test_what_has_not_happened_yet_is_refused_as_the_engine_does(tmp_path: Path) -> None:
    log = generated(300) + "u1,5138-11-16,feature-1\nu2,2025-05-01T00:09:00Z,feature-1\n"
    evaluation = evaluated(tmp_path / "a.csv", log, now=lambda: datetime(2025, 5, 1, 0, 5, tzinfo=UTC))
    assert [refusal.reason for refusal in evaluation.log.tally.refusals] == [
        "the time is more than 5 minutes in the future"
    ]
    assert "to 2025-05-01" in evaluation.log.told()


def test_without_figures_there_is_no_table(tmp_path: Path) -> None:
    evaluation = evaluated(tmp_path / "a.csv", generated(300))
    told = shown(replace(evaluation, trained=replace(evaluation.trained, quality=())))
    assert "metric" not in told
    assert "Nothing could be measured." in told


def test_what_a_trainer_refuses_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingRefused, match="are needed"):
        evaluated(tmp_path / "a.csv", "user,time\nann,2025-01-01\nbob,2025-05-01\n")


def test_of_a_log_without_times_a_part_is_hidden_by_chance(tmp_path: Path) -> None:
    chance = Random(3)  # noqa: S311 - nothing secret
    likes = {user: chance.randrange(4) for user in range(400)}
    used = {(user, 6 * like + chance.randrange(6)) for user, like in likes.items() for _ in range(8)}
    content = "\n".join(["user,target", *(f"u{user},t{target}" for user, target in sorted(used))])
    needed = (Field.USER, Field.TARGET)
    first, again = (
        evaluated(tmp_path / name, content, protocol=Protocol(), needed=needed) for name in ("a.csv", "b.csv")
    )
    told = first.as_json()
    assert told["metrics"] == again.as_json()["metrics"]
    assert told["metrics"][0]["metric"] == "nDCG@10"
    assert told["metrics"][0]["value"] > 2 * told["metrics"][0]["baseline"]
    assert (told["plan"], told["log"]["first"], told["serves_baseline"]) == (None, None, False)
    assert "hidden by chance" in shown(first)


def test_progress_tells_every_stage(tmp_path: Path) -> None:
    stages: list[Stage] = []
    evaluated(tmp_path / "a.csv", generated(500), progress=stages.append)
    assert list(dict.fromkeys(stage.name for stage in stages)) == ["reading", "replaying", "training"]
    assert all(stage.done <= stage.total for stage in stages if stage.total)
