"""What `attune experiment analyse` answers, and what it refuses."""

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.unit.cli.shells import attune, refusal
from tests.unit.replay.logs import written

DATA = Path(__file__).parents[4] / "shared" / "data"
BASIC = ("--variation", "group", "--control", "old", "--outcome", "bought")


def told(*arguments: object) -> dict[str, Any]:
    ran = attune("experiment", "analyse", *arguments, "--json")
    assert (ran.code, ran.errors) == (0, "")
    answer = json.loads(ran.output)
    assert isinstance(answer, dict)
    return answer


def of(answer: dict[str, Any], outcome: int, variation: int = 1) -> Any:
    return answer["outcomes"][outcome]["variations"][variation]


def people(path: Path, rows: int = 4_000) -> Path:
    """Users of two variations: what they bought follows from what they did before, and the new one sells more."""
    chance = Random(5)  # noqa: S311 - nothing secret
    lines = ["who,group,bought,spent,visits,views,before"]
    for user in range(rows):
        group = "old" if user % 2 else "new"
        before = chance.randint(0, 9)
        bought = int(chance.random() < before / 20 + (0.06 if group == "new" else 0))
        views = chance.randint(1, 9)
        lines.append(f"u{user},{group},{bought},{before * 3 + chance.randint(0, 5)},{views // 2},{views},{before}")
    return written(path / "people.csv.gz", "\n".join([*lines, ""]))


def cookie_cats(path: Path) -> Path:
    """The published file where it is there, and otherwise one with the published counts."""
    real = DATA / "cookie_cats" / "cookie_cats.csv.gz"
    if real.exists():
        return real
    groups = (("gate_30", 44_700, 8_502, 20_034), ("gate_40", 45_489, 8_279, 20_119))
    rows = [
        f"{name},{user < first},{user < seventh}" for name, users, seventh, first in groups for user in range(users)
    ]
    return written(path / "cookie_cats.csv.gz", "\n".join(["version,retention_1,retention_7", *rows, ""]))


def udacity(path: Path) -> tuple[Path, Path]:
    real = DATA / "udacity_free_trial"
    if real.exists():
        return real / "control.csv", real / "experiment.csv"
    head = "Pageviews,Clicks,Enrollments,Payments\n"
    return (
        written(path / "control.csv", head + "212163,17293,3785,2033\n133380,11085,,\n"),
        written(path / "experiment.csv", head + "211362,17260,3423,1945\n133298,11065,,\n"),
    )


def hillstrom(path: Path) -> Path:
    real = DATA / "hillstrom" / "hillstrom.csv.gz"
    if real.exists():
        return real
    groups = (
        ("No E-Mail", 21_306, 2_262, 122),
        ("Mens E-Mail", 21_307, 3_894, 267),
        ("Womens E-Mail", 21_387, 3_238, 189),
    )
    rows = [
        f"{name},{int(user < visits)},{int(user < conversions)}"
        for name, users, visits, conversions in groups
        for user in range(users)
    ]
    return written(path / "hillstrom.csv.gz", "\n".join(["segment,visit,conversion", *rows, ""]))


def test_cookie_cats_gives_the_published_answers(tmp_path: Path) -> None:
    answer = told(
        cookie_cats(tmp_path),
        *("--variation", "version", "--control", "gate_30", "--outcome", "retention_7", "--outcome", "retention_1"),
    )
    day_7, day_1 = of(answer, 0), of(answer, 1)

    assert answer["verdict"] == "CONTROL_WINS"
    assert answer["exposed_users"] == 90_189
    assert answer["sample_ratio_p_value"] == pytest.approx(0.0086, abs=5e-5)
    assert not answer["sample_ratio_mismatch"]
    assert (of(answer, 0, 0)["mean"], day_7["mean"]) == pytest.approx((0.1902, 0.1820), abs=5e-5)
    comparison, lift = day_7["comparison"], day_7["lift"]
    expected = pytest.approx((-0.0082, -0.0133, -0.0031), abs=5e-5)
    assert (comparison["difference"], comparison["low"], comparison["high"]) == expected
    assert comparison["p_value"] == pytest.approx(0.00155, abs=5e-6)
    assert (lift["relative"], lift["low"], lift["high"]) == pytest.approx((-0.0431, -0.0692, -0.0170), abs=5e-5)
    assert comparison["chance_to_win"] == pytest.approx(0.0008, abs=5e-5)
    assert (of(answer, 1, 0)["mean"], day_1["mean"]) == pytest.approx((0.4482, 0.4423), abs=5e-5)
    assert day_1["comparison"]["difference"] == pytest.approx(-0.0059, abs=5e-5)
    assert day_1["comparison"]["p_value"] == pytest.approx(0.0744, abs=5e-5)


def test_udacity_gives_the_published_answers(tmp_path: Path) -> None:
    answer = told(
        *udacity(tmp_path),
        *("--control", "control", "--users", "Clicks", "--outcome", "Enrollments", "--outcome", "Payments"),
        *("--invariant", "Pageviews", "--invariant", "Clicks", "--leave-out-empty"),
    )
    gross, net = (of(answer, number)["comparison"] for number in (0, 1))

    assert (gross["difference"], gross["low"], gross["high"]) == pytest.approx((-0.0206, -0.0291, -0.0120), abs=5e-5)
    assert (net["difference"], net["low"], net["high"]) == pytest.approx((-0.0049, -0.0116, 0.0019), abs=5e-5)
    assert [each["column"] for each in answer["invariants"]] == ["Pageviews", "Clicks"]
    assert [each["p_value"] for each in answer["invariants"]] == pytest.approx([0.288, 0.824], abs=5e-4)
    assert answer["left_out"]["empty"] > 0


def test_hillstrom_gives_the_published_answers(tmp_path: Path) -> None:
    file = hillstrom(tmp_path)
    answer = told(
        file,
        *("--variation", "segment", "--control", "No E-Mail", "--outcome", "visit", "--outcome", "conversion"),
        *(("--outcome", "spend") if file.is_relative_to(DATA) else ()),
    )
    visit, conversion = of(answer, 0)["comparison"], of(answer, 1)["comparison"]

    means = [of(answer, 0, number)["mean"] for number in range(3)]
    assert means == pytest.approx([0.1062, 0.1828, 0.1514], abs=5e-5)
    assert answer["winner"] == "Mens E-Mail"
    assert (visit["difference"], visit["low"], visit["high"]) == pytest.approx((0.0766, 0.0699, 0.0832), abs=1e-4)
    bounds = pytest.approx((0.0068, 0.0050, 0.0086), abs=5e-5)
    assert (conversion["difference"], conversion["low"], conversion["high"]) == bounds
    assert conversion["adjusted_p_value"] >= conversion["p_value"]
    for spend in answer["outcomes"][2:]:
        comparison = spend["variations"][1]["comparison"]
        assert (comparison["difference"], comparison["standard_error"]) == pytest.approx((0.770, 0.145), abs=5e-4)


def test_the_table_is_told_with_a_verdict_in_words(tmp_path: Path) -> None:
    ran = attune("experiment", "analyse", people(tmp_path), *BASIC, "--outcome", "spent", "--before", "before")

    assert (ran.code, ran.errors) == (0, "")
    assert "goal bought (rate)" in ran.output
    assert "outcome spent (mean)" in ran.output
    assert "% of variance was there before" in ran.output
    assert "VARIATION_WINS: new is better than old." in ran.output


def test_what_was_there_before_is_taken_off(tmp_path: Path) -> None:
    file = people(tmp_path)
    mean = ("--variation", "group", "--control", "old", "--outcome", "spent")
    plain, adjusted = (of(told(file, *mean, *more), 0)["comparison"] for more in ((), ("--before", "before")))

    assert plain["variance_reduction"] is None
    assert adjusted["variance_reduction"] > 0.9
    assert adjusted["standard_error"] < plain["standard_error"] / 3


def test_rows_of_a_user_are_one_user_and_users_of_two_variations_are_left_out(tmp_path: Path) -> None:
    rows = ["user,group,bought,spent"]
    rows += [
        f"{user},{'ab'[user % 2]},{user % 3 == visit},{visit + user % 5}" for user in range(400) for visit in (0, 1)
    ]
    file = written(tmp_path / "visits.csv", "\n".join([*rows, "0,b,1,1", ""]))
    answer = told(
        file,
        *("--variation", "group", "--control", "a", "--user", "user", "--outcome", "bought:rate", "--outcome", "spent"),
    )

    assert answer["left_out"]["in_several_variations"] == 1
    assert answer["exposed_users"] == 399
    assert of(answer, 0)["mean"] == pytest.approx(2 / 3, abs=0.01)
    assert of(answer, 1)["mean"] == pytest.approx(1 + 2 * 2, abs=0.01)


def test_a_ratio_is_divided_by_its_denominator(tmp_path: Path) -> None:
    file = people(tmp_path)
    ratio = ("--variation", "group", "--control", "old", "--outcome", "visits:ratio", "--denominator", "views")
    answer = told(file, *ratio)

    assert answer["outcomes"][0]["kind"] == "ratio"
    assert of(answer, 0)["mean"] == pytest.approx(20 / 45, abs=0.01)


def test_a_cap_is_an_amount_or_a_quantile_and_is_told(tmp_path: Path) -> None:
    file = people(tmp_path)
    mean = ("--variation", "group", "--control", "old", "--outcome", "spent")

    assert told(file, *mean, "--cap", "5")["outcomes"][0]["cap"] == 5
    assert told(file, *mean, "--cap", "50%")["outcomes"][0]["cap"] == pytest.approx(16, abs=1)
    assert of(told(file, *mean, "--cap", "5"), 0)["mean"] <= 5
    assert "at most 5 of each user" in attune("experiment", "analyse", file, *mean, "--cap", "5").output


def test_a_worse_guardrail_keeps_a_variation_from_winning(tmp_path: Path) -> None:
    answer = told(people(tmp_path), *BASIC, "--guardrail", "bought:less")

    assert answer["verdict"] == "CONTROL_WINS"
    assert answer["outcomes"][1]["role"] == "guardrail"


def test_an_unplanned_split_is_void(tmp_path: Path) -> None:
    answer = told(people(tmp_path), *BASIC, "--allocation", "old=.6,new=.4")

    assert (answer["verdict"], answer["sample_ratio_mismatch"]) == ("VOID", True)


def test_looking_at_any_time_is_told_and_wider(tmp_path: Path) -> None:
    ran = attune("experiment", "analyse", people(tmp_path), *BASIC, "--any-time")

    assert "valid at any time they are looked at" in ran.output


def test_json_lines_are_read_with_their_truths(tmp_path: Path) -> None:
    rows = [json.dumps({"group": "old" if user % 2 else "new", "bought": user % 3 == 0}) for user in range(600)]
    answer = told(written(tmp_path / "people.jsonl", "\n".join(rows)), *BASIC)

    assert answer["outcomes"][0]["kind"] == "rate"
    assert answer["exposed_users"] == 600


@pytest.mark.parametrize(
    ("rows", "verdict"),
    [
        (["old,1", "new,1"], "NOT_ENOUGH_DATA"),
        (["old,0", "new,0"] * 500, "NOT_ENOUGH_DATA"),
        (["old,1", "new,1"] * 500, "NOT_ENOUGH_DATA"),
        (["old,-1e300", "new,1e300"] * 500, "NOT_ENOUGH_DATA"),
        (["old,-5", "new,-7", "old,-6", "new,-8"] * 500, "CONTROL_WINS"),
    ],
)
def test_strange_outcomes_are_told_and_never_overrated(tmp_path: Path, rows: list[str], verdict: str) -> None:
    file = written(tmp_path / "people.csv", "\n".join(["group,bought", *rows, ""]))

    assert told(file, *BASIC)["verdict"] == verdict
    assert "nan" not in attune("experiment", "analyse", file, *BASIC).output


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--outcome", "bought:often"), "is not of the form COLUMN[:rate|mean|ratio][:less]"),
        (("--outcome", "bought:rate:mean"), "is not of the form COLUMN[:rate|mean|ratio][:less]"),
        (("--outcome", ":rate"), "is not of the form COLUMN[:rate|mean|ratio][:less]"),
        (("--outcome", "bought:ratio"), "a ratio needs both"),
        (("--denominator", "views"), "a ratio needs both"),
        (("--allocation", "old=.5,new=.4"), "the allocation sums to 0.9, not to 1"),
        (("--allocation", "old=.5,old=.5"), "names 'old' twice"),
        (("--allocation", "old"), "is not of the form VARIATION=SHARE"),
        (("--allocation", "old=nan,new=.5"), "is not of the form VARIATION=SHARE"),
        (("--cap", "-3"), "is neither an amount above 0"),
        (("--cap", "120%"), "is not a percentage between 0 and 100"),
        (("--users", "views", "--user", "who"), "--user asks about single users"),
        (("--users", "views", "--outcome", "spent:mean"), "counts tell no spread"),
    ],
)
def test_wrong_wishes_are_one_line_and_code_2(tmp_path: Path, options: tuple[str, ...], reason: str) -> None:
    assert reason in refusal("experiment", "analyse", people(tmp_path, 10), *BASIC, *options, code=2)


@pytest.mark.parametrize(
    ("content", "options", "reason"),
    [
        ("", (), "is empty"),
        ("group,bought\n", (), "there are no rows"),
        ("group,sold\nold,1\n", (), "has no column 'bought'; its columns are 'group', 'sold'"),
        ("group,bought,bought\nold,1,1\n", (), "has several columns 'bought'"),
        ("group,bought\nnew,1\n", (), "there is no variation 'old' to be the control; there are 'new'"),
        ("group,bought\nold,1\n", (), "there is nothing to compare"),
        ("group,bought\nold,1\nnew,\n", (), "line 3: a value is empty"),
        ("group,bought\nold,1\nnew,\n", ("--leave-out-empty",), "there is nothing to compare"),
        ("group,bought\nold,1\nnew,many\n", (), "line 3: the value 'many' is not a finite number"),
        ("group,bought\nold,1\nnew,nan\n", (), "is not a finite number"),
        ("group,bought\nold,1\nnew,1,1\n", (), "line 3: it has 3 cells, the header has 2"),
        ("group,bought\nold,1\n,1\n", (), "line 3: the variation is missing"),
        ("group,bought\nold,1\nnew,2\n", ("--outcome", "bought:rate"), "the bought 2 is neither 0 nor 1"),
        ("group,bought\nold,1\nnew,1\n", ("--allocation", "old=.5,blue=.5"), "but the variations are 'new', 'old'"),
        ("group,bought\nold,1\nnew,1\n", ("--cap", "5"), "no outcome is a mean"),
        ("group,bought,n\nold,1,3\nnew,4,3\n", ("--users", "n"), "the bought 4 is more than the users of its row"),
        ("group,bought,n\nold,1,3\nnew,.5,3\n", ("--users", "n"), "the bought 0.5 is not a count"),
        ("group,bought,n\nold,1,3\nnew,1,-3\n", ("--users", "n"), "the n -3 is not a count"),
        ("group,bought,u,b\nold,1,x,1\nold,1,x,2\n", ("--user", "u", "--before", "b"), "say 1 and 2 of --before"),
        ("group,bought\n" + "".join(f"v{number},1\n" for number in range(30)), (), "more than 20 variations"),
    ],
)
def test_a_table_that_makes_no_experiment_says_why(
    tmp_path: Path, content: str, options: tuple[str, ...], reason: str
) -> None:
    assert reason in refusal("experiment", "analyse", written(tmp_path / "people.csv", content), *BASIC, *options)


def test_a_plan_says_how_many_more_days_it_takes() -> None:
    ran = attune(
        *("experiment", "plan", "--rate", ".1", "--lift", ".05", "--users-per-day", "5000", "--users-so-far", "71000")
    )

    assert (ran.code, ran.errors) == (0, "")
    assert "needs 9 more days to find a difference of +5 % in 80 % of cases: 115,520 users" in ran.output
    assert "28 days: finds +4.54 % or more" in ran.output


def test_a_plan_ends_with_whether_a_bandit_would_pay() -> None:
    plan = ("experiment", "plan", "--rate", ".1", "--lift", ".05", "--users-per-day", "5000", "--variations")

    assert attune(*plan, "2").output.splitlines()[-1].startswith("FIXED is advised")
    assert attune(*plan, "5").output.splitlines()[-1].startswith("BANDIT is advised: with 5 variations")


def test_a_plan_for_a_mean_needs_what_the_formula_says() -> None:
    """Twice 7.849 times the squared ratio of deviation and difference, for each of two."""
    ran = attune("experiment", "plan", "--mean", 20, "--deviation", 40, "--lift", 0.1, "--users-per-day", 1000)

    assert "needs 13 more days" in ran.output
    assert "12,559 users" in ran.output


@pytest.mark.parametrize(
    ("options", "code", "reason"),
    [
        ((), 2, "either --rate, or --mean and --deviation"),
        (("--rate", ".1", "--mean", "3"), 2, "either --rate, or --mean and --deviation"),
        (("--rate", "0"), 1, "nobody has reached the goal"),
        (("--mean", "5", "--deviation", "0"), 1, "every user has the same outcome"),
        (("--rate", ".99"), 1, "no rate is below 0 or above 1"),
        (("--rate", "1.5"), 2, "--rate"),
    ],
)
def test_what_cannot_be_planned_is_refused(options: tuple[str, ...], code: int, reason: str) -> None:
    assert reason in refusal("experiment", "plan", *options, "--lift", "0.05", "--users-per-day", "10", code=code)


def test_without_new_users_only_what_is_there_already_can_be_planned_with() -> None:
    today = ("experiment", "plan", "--rate", ".1", "--lift", "0.05", "--users-per-day", "0")

    assert "cannot be planned: without new users the experiment never ends" in refusal(*today, code=1)
    assert "The experiment has users enough" in attune(*today, "--users-so-far", 200_000).output
