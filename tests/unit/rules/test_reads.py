"""Is known what of a profile a condition reads?"""

from __future__ import annotations

import pytest

from domain.model import conditions as cond
from domain.model.interactions import Device, InteractionKind
from domain.model.ranges import Range
from domain.model.segments import SegmentKey
from domain.model.skills import SkillLevel
from domain.rules.previews.reads import NOTHING, Reads, all_of, reads_of

SOME = Range(gte=1)
POWER, NEW = SegmentKey("power_user"), SegmentKey("new_user")


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (cond.Always(), NOTHING),
        (cond.InSegment((POWER, NEW)), Reads(segments=frozenset({POWER, NEW}))),
        (cond.OnDevice(frozenset({Device.MOBILE})), Reads(devices=True)),
        (cond.AtPlace(frozenset({"login"})), NOTHING),
        (cond.HasSkill(frozenset({SkillLevel.ADVANCED})), NOTHING),
        (cond.ActivityWithin(cond.ActivityMeasure.VALUE, SOME), Reads(numbers=frozenset({"value_micros"}))),
        (cond.ActivityWithin(cond.ActivityMeasure.SESSIONS, SOME), Reads(numbers=frozenset({"sessions"}))),
        (cond.ActivityWithin(cond.ActivityMeasure.SESSIONS_7D, SOME), Reads(sessions=True)),
        (cond.FeatureUsed("export", SOME), Reads(uses=frozenset({"export"}))),
        (cond.FeatureUsed("export", SOME, SOME), Reads(features=frozenset({"export"}))),
        (
            cond.Did(InteractionKind.CLICK, SOME, 7, "save"),
            Reads(recent=frozenset({(InteractionKind.CLICK, "save")})),
        ),
        (cond.Did(InteractionKind.CLICK, SOME, 7), Reads(recent=frozenset({(InteractionKind.CLICK, None)}))),
        (cond.ChurnRiskWithin(SOME), Reads(churn_risk=True)),
        (cond.LifetimeValueWithin(SOME), Reads(lifetime_value=True)),
        (cond.LastSeenWithin(SOME), Reads(numbers=frozenset({"last_seen_us"}))),
        (cond.TraitsMatch({"plan": "pro"}), Reads(traits=True)),
        (cond.AttributesMatch({"plan": "pro"}), NOTHING),
    ],
)
def test_a_condition_reads_what_it_asks_for(condition: cond.Condition, expected: Reads) -> None:
    assert reads_of(condition) == expected
    assert reads_of(cond.Not(condition)) == expected


@pytest.mark.parametrize("combine", [cond.AllOf, cond.AnyOf])
def test_a_combination_reads_what_any_of_its_parts_does(combine: type[cond.AllOf | cond.AnyOf]) -> None:
    parts = (cond.TraitsMatch({"plan": "pro"}), cond.InSegment((POWER,)), cond.Not(cond.InSegment((NEW,))))

    assert reads_of(combine(parts)) == Reads(traits=True, segments=frozenset({POWER, NEW}))


def test_nothing_is_read_for_no_condition() -> None:
    assert all_of(()) == NOTHING
