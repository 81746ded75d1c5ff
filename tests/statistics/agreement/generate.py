"""What does gbstats 0.8.0 say of the generated inputs?

It needs pandas 1.5, which cannot live beside numpy 2, and so an environment of its own: `make agreement` makes it and
writes `golden.json` anew, which the tests read.
"""

from __future__ import annotations

import json
import math
import warnings
from pathlib import Path
from typing import Any

import inputs
from gbstats.bayesian.tests import EffectBayesianABTest, EffectBayesianConfig
from gbstats.frequentist.tests import (
    FrequentistConfig,
    SequentialConfig,
    SequentialTwoSidedTTest,
    TwoSidedTTest,
)
from gbstats.gbstats import check_srm
from gbstats.models.statistics import (
    ProportionStatistic,
    RatioStatistic,
    RegressionAdjustedStatistic,
    SampleMeanStatistic,
)

GOLDEN = Path(__file__).with_name("golden.json")
DIGITS = 12


def mean(side: inputs.Side) -> Any:
    return SampleMeanStatistic(n=side.users, sum=side.total, sum_squares=side.total_squares)


def rate(side: inputs.Side) -> Any:
    return ProportionStatistic(n=side.users, sum=side.total)


def other(side: inputs.Side) -> Any:
    return SampleMeanStatistic(n=side.users, sum=side.other, sum_squares=side.other_squares)


def adjusted(side: inputs.Side) -> Any:
    return RegressionAdjustedStatistic(
        n=side.users,
        post_statistic=mean(side),
        pre_statistic=other(side),
        post_pre_sum_of_products=side.product,
        theta=0,
    )


def ratio(side: inputs.Side) -> Any:
    return RatioStatistic(
        n=side.users, m_statistic=mean(side), d_statistic=other(side), m_d_sum_of_products=side.product
    )


def answers(control: Any, variation: Any) -> list[float | None]:
    """Ask for the absolute and the relative difference: one look, any time, and the posterior."""
    told: list[float] = []
    for kind in ("absolute", "relative"):
        once = TwoSidedTTest(control, variation, FrequentistConfig(difference_type=kind)).compute_result()
        daily = SequentialTwoSidedTTest(control, variation, SequentialConfig(difference_type=kind)).compute_result()
        bayes = EffectBayesianABTest(control, variation, EffectBayesianConfig(difference_type=kind)).compute_result()
        told += [once.expected, *once.ci, once.p_value, *daily.ci, daily.p_value, bayes.chance_to_win, *bayes.risk]
    return [float(f"{each:.{DIGITS}g}") if math.isfinite(each) else None for each in told]


def main() -> None:
    warnings.simplefilter("ignore")
    kinds = {
        "means": (inputs.means(), mean),
        "rates": (inputs.rates(), rate),
        "covariates": (inputs.covariates(), adjusted),
        "ratios": (inputs.ratios(), ratio),
    }
    golden: dict[str, Any] = {
        name: [answers(statistic(one), statistic(two)) for one, two in pairs]
        for name, (pairs, statistic) in kinds.items()
    }
    golden["splits"] = [float(check_srm(users, weights)) for users, weights in inputs.splits()]
    rows = ",\n".join(
        f'"{name}": [\n' + ",\n".join(json.dumps(row, allow_nan=False) for row in table) + "\n]"
        for name, table in golden.items()
    )
    GOLDEN.write_text("{\n" + rows + "\n}\n")


if __name__ == "__main__":
    main()
