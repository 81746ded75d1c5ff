"""Our formulas and gbstats 0.8.0 agree to 1e-6 on 200 generated inputs per method, where they mean the same.

Where they do not, by intent:
- the p-value of a plain rate is that of the pooled test, gbstats' is that of Welch's test;
- the chance to win of a plain rate is that of two Beta distributions, gbstats' is that of a normal one;
- there is one p-value, of the difference; gbstats has another one for the relative difference;
- a control's mean that hardly differs from 0 has no lift, gbstats divides by it;
- the always-valid interval is never narrower than the one for one look, which matters below a hundred users only;
- without variance there is nothing (and the reason), where gbstats says 0 with p = 1;
- variations without a share take no degree of freedom of the chi-square test.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from domain.statistics.absences import Absence
from domain.statistics.adjustments import Adjusted, adjusted_by_before
from domain.statistics.differences import (
    LEAST_LEVEL_IN_ERRORS,
    Difference,
    absolute_difference,
    pooled_p_value,
    relative_difference,
)
from domain.statistics.estimates import Estimate, estimate_of
from domain.statistics.posteriors import normal_outlook, rate_outlook
from domain.statistics.questions import Outcome
from domain.statistics.sample_ratios import sample_ratio_p_value
from domain.statistics.samples import Sample
from domain.statistics.sequences import sequential_interval, sequential_p_value
from tests.statistics.agreement import inputs

if TYPE_CHECKING:
    from tests.statistics.agreement.inputs import Pair, Side

GOLDEN: dict[str, Any] = json.loads(Path(__file__).with_name("golden.json").read_text())
PARTS = 10
"""So many numbers are told of each kind of difference."""


def plain(side: Side) -> Sample:
    return Sample(side.users, side.total, side.total, side.total_squares)


def with_before(side: Side) -> Sample:
    return Sample(side.users, side.total, side.total, side.total_squares, side.other, side.other_squares, side.product)


def divided(side: Side) -> Sample:
    below = (side.other, side.other_squares, side.product)
    return Sample(side.users, side.total, side.total, side.total_squares, 0, 0, 0, *below)


def estimated(pair: Pair, kind: str) -> tuple[Estimate, Estimate]:
    if kind == "covariates":
        adjusted = adjusted_by_before(with_before(pair[0]), with_before(pair[1]), Outcome.MEAN)
        assert isinstance(adjusted, Adjusted)
        return adjusted.control, adjusted.variation
    outcome = {"means": Outcome.MEAN, "rates": Outcome.RATE, "ratios": Outcome.RATIO}[kind]
    sample = divided if kind == "ratios" else plain
    one, other = (estimate_of(sample(side), outcome) for side in pair)
    assert isinstance(one, Estimate)
    assert isinstance(other, Estimate)
    return one, other


def answers(difference: Difference) -> list[float]:
    outlook = normal_outlook(difference)
    return [
        difference.estimate,
        *difference.interval(0.05),
        difference.p_value,
        *sequential_interval(difference, 0.05, 5_000),
        sequential_p_value(difference, 0.05, 5_000),
        outlook.chance,
        outlook.loss_if_smaller_wins,
        outlook.loss_if_larger_wins,
    ]


def agrees(ours: list[float], theirs: list[float | None]) -> bool:
    """To 1e-6, of the value or of what the values are measured in: the standard error is in the interval's bounds.

    A loss of a winner beyond doubt is lost in rounding there, or not a number at all.
    """
    size = max(abs(each) for each in theirs[:3] if each is not None)
    absolute = [1e-6 * size] * 3 + [1e-6] + [1e-6 * size] * 2 + [1e-6] * 2 + [1e-6 * size] * 2
    return all(
        their is None or math.isclose(our, their, rel_tol=1e-6, abs_tol=slack)
        for our, their, slack in zip(ours, theirs, absolute, strict=True)
    )


@pytest.mark.parametrize("kind", ["means", "rates", "covariates", "ratios"])
def test_differences_agree_absolutely_and_relatively(kind: str) -> None:
    pairs = getattr(inputs, kind)()
    assert len(pairs) == len(GOLDEN[kind]) == inputs.NUMBER

    relatives = 0
    for pair, theirs in zip(pairs, GOLDEN[kind], strict=True):
        control, variation = estimated(pair, kind)
        assert agrees(answers(absolute_difference(control, variation)), theirs[:PARTS])
        relative = relative_difference(control, variation)
        if isinstance(relative, Absence):
            assert control.level < LEAST_LEVEL_IN_ERRORS * math.sqrt(control.squared_error)
        else:
            relatives += 1
            assert agrees(answers(relative), theirs[PARTS:])
    assert relatives > 0.9 * inputs.NUMBER


def test_rates_have_a_pooled_p_value_and_a_beta_posterior_near_theirs() -> None:
    for pair, theirs in zip(inputs.rates(), GOLDEN["rates"], strict=True):
        control, variation = estimated(pair, "rates")

        assert pooled_p_value(control, variation) == pytest.approx(theirs[3], abs=0.02)
        assert rate_outlook(plain(pair[0]), plain(pair[1])).chance == pytest.approx(theirs[7], abs=0.02)


def test_splits_agree() -> None:
    for (users, weights), theirs in zip(inputs.splits(), GOLDEN["splits"], strict=True):
        assert sample_ratio_p_value(users, weights) == pytest.approx(theirs, rel=1e-6, abs=1e-12)
