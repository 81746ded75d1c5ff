"""Do plans keep training from looking into the test, and validation from looking into either?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from prediction.training.embargoes import Embargo, embargoed
from prediction.training.plans import DAY, Plan, every
from tests.builders.interactions import MONDAY

PLAN = Plan(14, 28, training=every(7, MONDAY, MONDAY + 84 * DAY), test=every(14, MONDAY + 98 * DAY, MONDAY + 126 * DAY))


def test_cut_offs_come_every_so_many_days_until_the_last() -> None:
    assert every(7, MONDAY, MONDAY + 20 * DAY) == (MONDAY, MONDAY + 7 * DAY, MONDAY + 14 * DAY)
    assert every(7, MONDAY, MONDAY + 14 * DAY)[-1] == MONDAY + 14 * DAY
    assert every(7, MONDAY, MONDAY - DAY) == ()


def test_a_plan_knows_its_spans() -> None:
    assert PLAN.cut_offs == PLAN.training + PLAN.test
    assert PLAN.horizon == timedelta(days=14)
    assert PLAN.active == timedelta(days=28)
    assert PLAN.ends_at == MONDAY + 140 * DAY


@pytest.mark.parametrize(
    ("changes", "flaw"),
    [
        ({"horizon_days": 0}, "at least a day"),
        ({"active_days": 0}, "at least a day"),
        ({"training": ()}, "to train on and one to test on"),
        ({"test": ()}, "to train on and one to test on"),
        ({"training": PLAN.training[::-1]}, "ascend"),
        ({"test": (PLAN.training[0], *PLAN.test)}, "ascend"),
        ({"horizon_days": 15}, "reaches past the first test cut-off"),
    ],
)
def test_a_plan_that_would_leak_or_say_nothing_is_refused(changes: dict[str, Any], flaw: str) -> None:
    with pytest.raises(ValueError, match=flaw):
        replace(PLAN, **changes)


def test_the_horizons_fitted_on_end_before_what_is_validated_on_begins() -> None:
    embargo = embargoed(PLAN)

    assert embargo == Embargo(fitted=range(9), validated=range(10, 13))
    assert PLAN.training[8] + PLAN.horizon == PLAN.training[10]


def test_where_horizons_are_long_the_latest_cut_off_alone_is_validated_on() -> None:
    long = replace(PLAN, horizon_days=77, test=(MONDAY + 170 * DAY,))

    assert embargoed(long) == Embargo(fitted=range(1), validated=range(11, 13))
    assert embargoed(replace(long, horizon_days=84)) == Embargo(fitted=range(1), validated=range(12, 13))


def test_where_the_first_horizon_outlasts_the_cut_offs_nothing_can_be_validated() -> None:
    assert embargoed(replace(PLAN, horizon_days=85, test=(MONDAY + 170 * DAY,))) is None
