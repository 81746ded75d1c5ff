"""Next actions: what training reads is what serving reads, and a row does not depend on its neighbours."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.model.habits import Trail
from domain.model.interactions import Interaction, InteractionKind, RecordedInteraction
from domain.model.users import UserId
from domain.rules.folding.trails import NO_ACTIONS, fold_trail
from prediction.boosting import LocalBoosting
from prediction.next_actions.memories import ActionMemory
from prediction.next_actions.points import Points, Vocabulary, windows_at
from prediction.next_actions.training import NextActionLimits, NextActionTrainer
from prediction.next_actions.windows import aligned, steps_of_trails
from tests.builders.actions import FEATURES, habitual_logs, uses
from tests.property.profiles.strategies import interactions

if TYPE_CHECKING:
    from prediction.next_actions.predictors import NextActionModel

KNOWN = tuple((InteractionKind.FEATURE_USE, name) for name in "abc")
TRAINED = settings(deadline=None)
"""The first example waits for the training."""

TRAILS = st.lists(st.sampled_from([*FEATURES, "mine", "my-own"]), max_size=30).map(
    lambda features: fold_trail(Trail(), uses(features))
)


@cache
def model() -> NextActionModel:
    trainer = NextActionTrainer(limits=NextActionLimits(fewest_training_points=100))
    for log in habitual_logs():
        trainer.add(log)
    return trainer.train(LocalBoosting()).model


@given(st.lists(interactions(2), min_size=1, max_size=40), st.data())
def test_training_reads_at_a_point_what_serving_reads_of_the_trail_there(
    received: list[Interaction], data: st.DataObject
) -> None:
    done = [each for each in received if each.kind not in NO_ACTIONS]
    position = data.draw(st.integers(0, len(done) - 1))
    memory = ActionMemory()
    memory.add(UserId("ada"), [RecordedInteraction(place, each, each.occurred_at) for place, each in enumerate(done)])
    actions = memory.actions()
    known = Vocabulary(KNOWN, np.array([KNOWN.index(each) if each in KNOWN else -1 for each in actions]))
    points = Points(np.array([0]), np.array([position]))

    ((trained, labels),) = windows_at(memory.logs(), points, known)

    trail = fold_trail(Trail(), done[:position])
    served = aligned(list(steps_of_trails([trail], {action: code for code, action in enumerate(KNOWN)})), len(KNOWN))
    assert trained.codes.tolist() == served.codes.tolist()
    assert trained.seconds.tolist() == served.seconds.tolist()
    came = done[position].kind, done[position].target or ""
    own = [action for action in trail.actions if action not in KNOWN]
    expected = KNOWN.index(came) if came in KNOWN else len(KNOWN) + 1 + own.index(came) if came in own else len(KNOWN)
    assert labels.tolist() == [expected]


@TRAINED
@given(st.lists(TRAILS, min_size=1, max_size=6), st.sampled_from([1, 3, 25]))
def test_a_trail_gives_the_same_bits_alone_and_among_others(trails: list[Trail], most: int) -> None:
    assert model().next_actions_of_all(trails, most) == [model().next_actions(trail, most) for trail in trails]


@TRAINED
@given(TRAILS)
def test_next_actions_are_distinct_ordered_and_their_probabilities_at_most_one_together(trail: Trail) -> None:
    said = model().next_actions(trail, 25)

    assert len({(each.kind, each.target) for each in said}) == len(said)
    assert all(before.probability >= after.probability > 0 for before, after in pairwise(said))
    assert sum(each.probability for each in said) <= 1


@TRAINED
@given(TRAILS, st.integers(1, 25))
def test_asking_for_fewer_gives_the_first_of_more(trail: Trail, most: int) -> None:
    assert model().next_actions(trail, most) == model().next_actions(trail, 25)[:most]
