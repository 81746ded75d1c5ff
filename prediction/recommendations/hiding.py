"""How good are recommendations where a log says who used what, but not when?

Users are split: from most of them it is learnt which features go together. Of each user held out a share of the
features is hidden, and the rest has to bring it back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from prediction.recommendations.landscapes import landscape_at
from prediction.recommendations.learning import Lessons, learn, measured
from prediction.recommendations.takers import Scene, takers
from prediction.training.outcomes import TrainingRefused

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from prediction.boosting import Boosting
    from prediction.matrices import Counts
    from prediction.recommendations.learning import Measured
    from prediction.recommendations.uses import Holdings, Uses

FOLDS = 3
"""Each part of the training users is what the order is learnt from once, with what the other parts have in common."""


@dataclass(frozen=True, slots=True)
class Hiding:
    """`held_out`: the share of the users with at least `from_features` features that is measured on.

    `hidden`: the share of a user's features that is hidden, rounded (half to even), but at least one.
    """

    held_out: float = 0.2
    hidden: float = 0.3
    from_features: int = 3


DEFAULT_HIDING = Hiding()


def measure_by_hiding(uses: Uses, boosting: Boosting, seed: int = 0, hiding: Hiding = DEFAULT_HIDING) -> Measured:
    """The learnt order beside popularity, on users never seen in training; times are ignored.

    Equal data and seed give equal numbers. Raises `TrainingRefused` where there are too few users.
    """
    generator = np.random.default_rng(seed)
    pairs = _without_times(uses.known_at())
    people, number, sizes = np.unique(pairs.users, return_inverse=True, return_counts=True)
    eligible = np.flatnonzero(sizes >= hiding.from_features)
    tested = np.zeros(len(people), np.bool_)
    tested[generator.choice(eligible, round(hiding.held_out * len(eligible)), replace=False)] = True
    fold = generator.integers(0, FOLDS, len(people))
    hidden = _hidden(number, np.isin(number, eligible), hiding.hidden, generator)
    lessons = [
        _scene(uses, pairs, hidden, (~tested & (fold != at))[number], (~tested & (fold == at))[number])
        for at in range(FOLDS)
    ]
    tests = _scene(uses, pairs, hidden, ~tested[number], tested[number])
    found = [scene for scene in lessons if scene is not None]
    learnt = learn(Lessons(found, found[:-1], found[-1:]), 0, boosting)
    if learnt is None or tests is None or not tests.takers:
        raise TrainingRefused(
            f"Too few users have at least {hiding.from_features} features to hide some and measure what finds them."
        )
    return measured([tests], learnt[0], 0, seed)


def _without_times(known: Holdings) -> Holdings:
    never = np.zeros(len(known), np.int64)
    return type(known)(known.users, known.features, known.uses, never, never)


def _hidden(
    number: Counts, eligible: NDArray[np.bool_], share: float, generator: np.random.Generator
) -> NDArray[np.bool_]:
    """Which rows are hidden; rows are in order of users."""
    hidden = np.zeros(len(number), np.bool_)
    _, first, sizes = np.unique(number, return_index=True, return_counts=True)
    for start, size in zip(first, sizes, strict=True):
        if eligible[start]:
            hidden[start + generator.permutation(size)[: max(1, round(share * size))]] = True
    return hidden


def _scene(
    uses: Uses, pairs: Holdings, hidden: NDArray[np.bool_], learnt: NDArray[np.bool_], asked: NDArray[np.bool_]
) -> Scene | None:
    """What the users of the rows `learnt` have in common, and what is hidden of those of the rows `asked`."""
    common = pairs.of(np.flatnonzero(learnt))
    if len(np.unique(common.features)) < 2:  # noqa: PLR2004
        return None
    landscape = landscape_at(common, uses.names, 0, horizon_days=1)
    seen, missing = pairs.of(np.flatnonzero(asked & ~hidden)), pairs.of(np.flatnonzero(asked & hidden))
    return Scene(landscape, tuple(takers(landscape, uses.names, seen, missing, active_since_us=-1)))
