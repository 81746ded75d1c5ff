"""Are the users of a run all there, inside a segment or outside, however they are compared?"""

from __future__ import annotations

from dataclasses import astuple, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.model.experiments import Experiment, Goal, Variation
from domain.model.interactions import InteractionKind
from domain.rules.outcomes.contributions import EVERYBODY, EXPOSED, ExposureSums, GoalSums, inverse_micros
from domain.statistics.samples import Sample
from domain.use_cases.exposed_sums import RunSums, together
from domain.use_cases.segment_samples import SegmentSamples
from tests.builders.outcomes import BOLD, CONTROL, build_run
from tests.builders.rules import build_rule

EXPERIMENT = Experiment(
    (Variation(CONTROL, 0.5, control=True), Variation(BOLD, 0.5)), Goal(InteractionKind.CONVERSION, window_days=7)
)
RULE = replace(build_rule("r1", experiment=EXPERIMENT), run=build_run())
REALLOCATED = replace(RULE, run=build_run(allocation=(0.2, 0.8)))


@st.composite
def counted(draw: st.DrawFn) -> RunSums:
    sums: dict[tuple[str, int], tuple[int, ...]] = {}
    for key in (CONTROL, BOLD):
        users = draw(st.integers(1, 5_000))
        hits = draw(st.integers(0, users))
        sums[key, EXPOSED] = tuple(ExposureSums(users, 0, users * inverse_micros(0.5), users * inverse_micros(0.25)))
        sums[key, 0] = tuple(GoalSums(users, hits, hits, hits))
    return RunSums(sums)


@st.composite
def days(draw: st.DrawFn) -> list[dict[str, dict[str, RunSums]]]:
    """Of everybody and of one segment."""
    both = draw(st.lists(st.tuples(counted(), counted()), min_size=1, max_size=4))
    return [{EVERYBODY: {"r1/1": together([one, other])}, "busy": {"r1/1": one}} for one, other in both]


def whole_of(by_day: list[dict[str, dict[str, RunSums]]]) -> dict[str, dict[str, RunSums]]:
    return {name: {"r1/1": together(day[name]["r1/1"] for day in by_day)} for name in (EVERYBODY, "busy")}


@given(by_day=days())
def test_under_one_allocation_inside_and_outside_are_everybody_exactly(
    by_day: list[dict[str, dict[str, RunSums]]],
) -> None:
    samples = SegmentSamples.of(RULE, EXPERIMENT, whole_of(by_day), ())

    both = zip(samples.inside("busy"), samples.outside("busy"), strict=True)
    assert samples.names == ["busy"]
    assert [inside + outside for inside, outside in both] == [*samples.everybody()]


@given(by_day=days())
def test_days_that_are_all_alike_are_compared_as_if_they_were_one(
    by_day: list[dict[str, dict[str, RunSums]]],
) -> None:
    alike = by_day[:1] * len(by_day)
    at_once = SegmentSamples.of(RULE, EXPERIMENT, whole_of(alike), ())
    by_days = SegmentSamples.of(REALLOCATED, EXPERIMENT, whole_of(alike), alike)

    for once, apart in (
        (at_once.inside("busy"), by_days.inside("busy")),
        (at_once.outside("busy"), by_days.outside("busy")),
    ):
        for one, other in zip(once, apart, strict=True):
            assert astuple(other) == pytest.approx([*map(float, astuple(one))], rel=1e-9, abs=1e-6)


def test_before_anybody_was_exposed_there_are_empty_samples() -> None:
    nobody = SegmentSamples.of(REALLOCATED, EXPERIMENT, {}, ())

    assert nobody.names == []
    assert [*nobody.everybody()] == [Sample(), Sample()]
