"""Is a variation per segment chosen only where it surely pays, and is it said where it is worth nothing?"""

from __future__ import annotations

import csv
import gzip
import math
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from domain.statistics.bandits.evidence import Evidence
from domain.statistics.bandits.personalising import Personalisation, personalise, verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

HILLSTROM = Path(__file__).parents[3] / "../shared/data/hillstrom/hillstrom.csv.gz"
ARMS = ("No E-Mail", "Mens E-Mail", "Womens E-Mail")

Folds = list[dict[str, tuple[Evidence, ...]]]


def rate(users: int, hits: int) -> Evidence:
    return Evidence(users, hits, hits)


def generated(rates: Mapping[str, tuple[float, ...]], users: int, seed: int, folds: int = 2) -> Folds:
    """As many users in every variation and segment, half of them in each of two folds."""
    random = np.random.default_rng(seed)
    return [
        {
            segment: tuple(rate(users // folds, int(random.binomial(users // folds, share))) for share in shares)
            for segment, shares in rates.items()
        }
        for _ in range(folds)
    ]


def test_segments_that_want_different_things_get_them() -> None:
    folds = generated({"new": (0.10, 0.20), "old": (0.20, 0.10), "rare": (0.15, 0.15)}, users=8_000, seed=1)

    found = personalise(folds)

    assert {found.variation_for(segment) for segment in ("new", "old")} == {0, 1}
    assert found.variation_for("rare") == found.variation_for("unheard of") == found.fixed
    assert len(found.choices) == 1
    assert found.learned is not None
    assert found.learned.gain.low > 0.02
    assert 0 < found.least_gain < found.learned.gain.high
    assert verdict(found, ("A", "B")).startswith("Personalising pays in 1 of 3 segments (")


def test_the_gain_of_a_segment_is_a_difference_of_means_with_a_bound_for_all_comparisons() -> None:
    """Worked by hand: 0.3 - 0.2, standard error sqrt(.21 / 999 + .16 / 999), 1 - .05 / 2 of the normal quantiles."""
    folds = [{"a": (rate(1_000, 200), rate(1_000, 300)), "b": (rate(9_000, 3_000), rate(9_000, 1_000))}]

    found = personalise(folds)

    (choice,) = found.choices
    assert (found.fixed, choice.segment, choice.variation, choice.share) == (0, "a", 1, 0.1)
    assert choice.gain.estimate == pytest.approx(0.1)
    assert choice.gain.low == pytest.approx(0.1 - 1.959963985 * math.sqrt(0.21 / 999 + 0.16 / 999))
    assert found.least_gain == pytest.approx(0.1 * choice.gain.low)
    assert found.learned is None


def test_a_choice_is_tried_on_users_who_had_no_say_in_it() -> None:
    """By hand: the second fold chooses 1 for "a", the first chooses 0: .1 and .2 instead of .2 and .3 of the fixed."""
    one = {"a": (rate(1_000, 200), rate(1_000, 100)), "b": (rate(1_000, 500), rate(1_000, 100))}
    other = {"a": (rate(1_000, 200), rate(1_000, 300)), "b": (rate(1_000, 500), rate(1_000, 100))}

    learned = personalise([one, other]).learned

    assert learned is not None
    assert learned.fixed == pytest.approx((0.2 + 0.5 + 0.2 + 0.5) / 4)
    assert learned.personalised == pytest.approx((0.1 + 0.5 + 0.2 + 0.5) / 4)
    assert learned.gain.estimate == pytest.approx(-0.1 / 4)
    assert learned.gain.high - learned.gain.low == pytest.approx(
        2 * 1.959963985 * math.sqrt((0.16 + 0.09) / 999 * 2_000**2) / 8_000
    )


def test_segments_that_are_all_alike_are_rarely_told_apart() -> None:
    """Ten segments of three variations without any difference: one in twenty may be mistaken, all together."""
    alike = {f"segment {number}": (0.1, 0.1, 0.1) for number in range(10)}

    mistaken = [personalise(generated(alike, users=2_000, seed=seed)).is_worth_it for seed in range(300)]

    assert np.mean(mistaken) <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 300)


def test_too_few_users_choose_nothing() -> None:
    found = personalise([{"new": (rate(99, 10), rate(1_000, 900))}])

    assert found == Personalisation(None, segments=1)
    assert verdict(found, ("A", "B")).startswith("Too few users")


@pytest.mark.parametrize(
    "folds",
    [
        [],
        [{}],
        [{"a": ()}],
        [{"a": (rate(500, 5), rate(500, 9)), "b": (rate(500, 5),)}],
        [{"a": (Evidence(math.nan, 1, 1), rate(500, 9))}],
        [{"a": (Evidence(1e200, 1e300, 1e300), rate(500, 9))}],
    ],
)
def test_what_cannot_be_compared_chooses_nothing(folds: Folds) -> None:
    found = personalise(folds)

    assert found.fixed is None
    assert not found.is_worth_it


def test_outcomes_without_any_spread_are_no_evidence() -> None:
    found = personalise([{"a": (rate(500, 0), rate(500, 500)), "b": (rate(500, 500), rate(500, 0))}])

    assert found.choices == ()


def hillstrom(columns: tuple[str, ...]) -> Folds:
    """Visits of the published experiment's customers, in ten folds by their place in the file."""
    counts = [defaultdict[str, list[list[int]]](lambda: [[0, 0] for _ in ARMS]) for _ in range(10)]
    with gzip.open(HILLSTROM, "rt") as file:
        for place, row in enumerate(csv.DictReader(file)):
            counted = counts[place % 10][", ".join(row[column] for column in columns)][ARMS.index(row["segment"])]
            counted[0] += 1
            counted[1] += int(row["visit"])
    return [{segment: tuple(rate(*arm) for arm in arms) for segment, arms in fold.items()} for fold in counts]


def nobody_is_different() -> Folds:
    """What stands for the published experiment where it is not at hand: its three rates in every segment."""
    return generated(dict.fromkeys("abcde", (0.1062, 0.1828, 0.1514)), users=4_000, seed=4)


@pytest.mark.parametrize("columns", [("channel",), ("mens", "womens"), ("history_segment",), ("zip_code", "newbie")])
def test_on_a_published_experiment_personalising_is_said_to_be_worth_nothing(columns: tuple[str, ...]) -> None:
    found = personalise(hillstrom(columns) if HILLSTROM.exists() else nobody_is_different())

    assert found.fixed == ARMS.index("Mens E-Mail")
    assert not found.is_worth_it
    assert found.learned is not None
    assert found.learned.fixed == pytest.approx(0.1825, abs=0.01)
    assert found.learned.gain.low <= 0
    assert verdict(found, ARMS).startswith(
        "Personalising is worth nothing as far as these users show: no segment surely gains from another variation "
        'than "Mens E-Mail", the best for everybody. Chosen per segment, users not asked before gave 0.1'
    )
