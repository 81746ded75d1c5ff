"""Is a segment's own variation always a sure gain over the best for everybody, whatever was counted?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from domain.model.experiments import Experiment, Goal, Variation, VariationKey
from domain.model.interactions import InteractionKind
from domain.statistics.samples import Sample
from domain.statistics.segment_choices import chosen

if TYPE_CHECKING:
    from collections.abc import Sequence

GOAL = Goal(InteractionKind.CONVERSION, window_days=7)
KEYS = ("a", "b", "c")
EXPERIMENT = Experiment(tuple(Variation(VariationKey(key), 1 / 3, control=key == "a") for key in KEYS), GOAL)
SEGMENTS = st.sampled_from(("new", "old", "rare", "loud"))


@st.composite
def counted(draw: st.DrawFn) -> list[Sample]:
    """Users of each variation who reached the goal: a few or many, as often as not alike."""
    users = [draw(st.sampled_from((0, 50, 150, 3_000, 40_000))) for _ in KEYS]
    return [Sample.of_rate(count, draw(st.integers(0, count))) for count in users]


@st.composite
def experiments(draw: st.DrawFn) -> tuple[list[Sample], dict[str, list[Sample]]]:
    segments = draw(st.dictionaries(SEGMENTS, counted(), max_size=4))
    nowhere = draw(counted())
    return [sum(parts, Sample()) for parts in zip(nowhere, *segments.values(), strict=True)], segments


@given(seen=experiments(), increase=st.booleans())
def test_every_choice_is_a_sure_gain_and_told_as_it_is(
    seen: tuple[list[Sample], dict[str, list[Sample]]], *, increase: bool
) -> None:
    everybody, segments = seen
    found = chosen(replace(EXPERIMENT, goal=replace(GOAL, increase=increase)), everybody, segments)

    for choice in found.choices:
        gain = (choice.low, choice.difference) if increase else (-choice.high, -choice.difference)
        assert 0 < gain[0] <= gain[1]
        assert choice.variation != found.best
        assert choice.segment in segments
        assert f"“{choice.variation}” in {choice.segment}" in found.text
    assert "nan" not in found.text
    assert bool(found.choices) is found.text.startswith("Personalising pays")
    assert found.best is not None or not found.choices


@given(seen=experiments(), order=st.permutations(range(len(KEYS))))
def test_in_which_order_variations_are_written_does_not_matter(
    seen: tuple[list[Sample], dict[str, list[Sample]]], order: Sequence[int]
) -> None:
    everybody, segments = seen
    means = [sample.total / sample.users for sample in everybody if sample.users]
    turned = replace(EXPERIMENT, variations=tuple(EXPERIMENT.variations[place] for place in order))

    def in_order(samples: Sequence[Sample]) -> list[Sample]:
        return [samples[place] for place in order]

    found = chosen(EXPERIMENT, everybody, segments)
    again = chosen(turned, in_order(everybody), {name: in_order(samples) for name, samples in segments.items()})

    if len(set(means)) == len(KEYS):  # of equally good ones the first is the best
        assert again == found


@given(seen=experiments(), more=st.dictionaries(st.sampled_from(("x", "y", "z")), counted()))
def test_the_more_segments_are_looked_at_the_surer_one_has_to_be(
    seen: tuple[list[Sample], dict[str, list[Sample]]], more: dict[str, list[Sample]]
) -> None:
    everybody, segments = seen
    few = chosen(EXPERIMENT, everybody, segments)
    many = chosen(EXPERIMENT, everybody, segments | more)

    assert {one.segment for one in many.choices if one.segment in segments} <= {one.segment for one in few.choices}
