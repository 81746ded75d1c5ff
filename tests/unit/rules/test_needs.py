"""What does a condition need, as far as its form tells?"""

from __future__ import annotations

import pytest

from domain.model.conditions import AllOf, Always, AnyOf, Condition, InSegment, Not, TraitsMatch
from domain.model.segments import SegmentKey
from domain.rules.previews.needs import needed_segments, needs

PRO = TraitsMatch({"plan": "pro"})
POWER = InSegment((SegmentKey("power_user"),), 0.7)
NEW = InSegment((SegmentKey("new_user"), SegmentKey("mobile_first")))
EITHER = InSegment((SegmentKey("mobile_first"), SegmentKey("new_user"), SegmentKey("power_user")), 0.5)


def test_all_parts_of_all_are_needed_however_deep() -> None:
    assert list(needs(AllOf((PRO, AllOf((POWER, AnyOf((NEW, PRO)))))))) == [PRO, POWER, AnyOf((NEW, PRO))]


@pytest.mark.parametrize(
    ("conditions", "needed"),
    [
        ([POWER], POWER),
        ([AllOf((PRO, AllOf((POWER, NEW))))], POWER),
        ([AllOf((PRO, POWER)), NEW], EITHER),
        ([POWER, PRO], None),
        ([AnyOf((POWER, NEW))], None),
        ([Not(POWER)], None),
        ([Always()], None),
        ([InSegment((SegmentKey("power_user"),), -0.1)], None),
        ([], None),
    ],
)
def test_segments_are_needed_where_every_condition_needs_some(
    conditions: list[Condition], needed: InSegment | None
) -> None:
    assert needed_segments(conditions) == needed
