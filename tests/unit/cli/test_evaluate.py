"""What `attune evaluate` asks for, refuses and prints."""

import json
from pathlib import Path
from random import Random

import pytest

from benchmarks.evaluated_logs import generated
from tests.unit.cli.shells import attune, refusal
from tests.unit.replay.logs import written


def visits(path: Path) -> Path:
    """A log without times: 400 users who each use most of six targets that belong together."""
    chance = Random(3)  # noqa: S311 - nothing secret
    used = {(user, 6 * (user % 4) + chance.randrange(6)) for user in range(400) for _ in range(8)}
    return written(path / "visits.csv.gz", "\n".join(["user,target", *(f"u{u},t{t}" for u, t in sorted(used)), ""]))


def test_the_table_is_printed_with_the_baseline_beside_it(tmp_path: Path) -> None:
    ran = attune("evaluate", visits(tmp_path), "--task", "recommend")
    assert (ran.code, ran.errors) == (0, "")
    assert "nDCG@10" in ran.output
    assert "baseline" in ran.output
    assert "The model serves." in ran.output


def test_json_is_one_document(tmp_path: Path) -> None:
    ran = attune("evaluate", visits(tmp_path), "--task", "recommend", "--json", "--seed", 4)
    told = json.loads(ran.output)
    assert (told["task"], told["log"]["users"], told["serves_baseline"]) == ("recommend", 400, False)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--task", "gossip"), "gossip"),
        (("--task", "churn", "--map", "nonsense"), "is not of the form field=column"),
        (("--task", "churn", "--test-cutoffs", "soon"), "'soon' is not a date"),
        (("--task", "ltv", "--value", "a**b"), "is not a column"),
        (("--task", "ltv", "--value", "price", "--map", "user=u,value=price"), "either a column or computed"),
        (("--task", "churn", "--horizon-days", "0"), "--horizon-days"),
    ],
)
def test_wrong_options_are_one_line_and_code_2(tmp_path: Path, options: tuple[str, ...], reason: str) -> None:
    assert reason in refusal("evaluate", visits(tmp_path), *options, code=2)


@pytest.mark.parametrize(
    ("content", "options", "reason"),
    [
        ("user,target\nann,x\n", ("--task", "churn"), "nothing says which column is 'time'"),
        ("user,target\nann,x\n", ("--task", "recommend"), "Too few users"),
        ("user,time\nann,1\n", ("--task", "ltv"), "nothing says which column is 'value'"),
        ("user,time\n", ("--task", "churn"), "the log has no lines"),
        (
            "user,time\nann,1\n",
            ("--task", "churn", "--test-cutoffs", "2020-01-01"),
            "needs --test-cutoffs",
        ),
    ],
)
def test_a_log_from_which_nothing_can_be_learnt_says_why(
    tmp_path: Path, content: str, options: tuple[str, ...], reason: str
) -> None:
    assert reason in refusal("evaluate", written(tmp_path / "log.csv", content), *options)


@pytest.mark.parametrize("task", ["churn", "ltv", "next", "recommend", "segments"])
def test_every_task_is_evaluated_on_a_log_that_nobody_planned(tmp_path: Path, task: str) -> None:
    log = tmp_path / "log.csv"
    generated(log, users=200)
    told = json.loads(attune("evaluate", log, "--task", task, "--json").output)
    assert told["metrics"]
    assert told["note"]
    assert told["calibration"] or task == "recommend"
    assert told["split"]


def test_equal_logs_and_seeds_give_equal_figures(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    generated(log, users=300)
    first, again = (json.loads(attune("evaluate", log, "--task", "churn", "--json").output) for _ in range(2))
    del first["seconds"], again["seconds"]
    assert first == again
