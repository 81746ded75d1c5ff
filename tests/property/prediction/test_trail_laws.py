"""A trail does not depend on batches, and is the end of what was received."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from domain.model.habits import Trail
from domain.rules.folding.trails import NO_ACTIONS, TRAIL_LIMITS, TrailLimits, fold_trail
from domain.rules.instants import SECOND_US, microseconds
from tests.property.profiles.strategies import interactions

if TYPE_CHECKING:
    from domain.model.interactions import Interaction

RECEIVED = st.lists(interactions(2), max_size=40)
CUTS = st.lists(st.integers(0, 40), max_size=12) | st.just(list(range(41)))
LIMITS = st.sampled_from([TRAIL_LIMITS, TrailLimits(1, 1), TrailLimits(8, 3), TrailLimits(20, 2), TrailLimits(3, 9)])


@given(RECEIVED, CUTS, LIMITS)
def test_any_batches_give_one_trail(received: list[Interaction], cuts: list[int], limits: TrailLimits) -> None:
    trail = Trail()
    for start, end in itertools.pairwise(sorted({0, len(received), *(cut % (len(received) + 1) for cut in cuts)})):
        trail = fold_trail(trail, received[start:end], limits)
    assert trail == fold_trail(Trail(), received, limits)


@given(RECEIVED, LIMITS)
def test_a_trail_is_the_longest_end_within_its_limits(received: list[Interaction], limits: TrailLimits) -> None:
    done = [
        (each.kind, each.target or "", microseconds(each.occurred_at) // SECOND_US)
        for each in received
        if each.kind not in NO_ACTIONS
    ]
    ends = (done[start:] for start in range(len(done) + 1))
    longest = next(
        end
        for end in ends
        if len(end) <= limits.actions and len({(kind, target) for kind, target, _ in end}) <= limits.distinct
    )

    assert steps(fold_trail(Trail(), received, limits)) == longest


def steps(trail: Trail) -> list[tuple[str, str, int]]:
    if trail.last_second is None:
        return []
    backwards = itertools.accumulate((-gap for gap in reversed(trail.gaps[1:])), initial=trail.last_second)
    seconds = list(backwards)[::-1]
    return [(*trail.actions[code], second) for code, second in zip(trail.codes, seconds, strict=True)]
