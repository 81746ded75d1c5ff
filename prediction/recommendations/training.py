"""How does a model that recommends come out of what users did?"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from domain.model.insights import ModelTask
from domain.rules.instants import DAY_US
from prediction.recommendations.landscapes import landscape_at
from prediction.recommendations.learning import (
    learn,
    lessons_in_time,
    measured,
    order_of,
    quality_of,
    strongest_half_life,
)
from prediction.recommendations.recommenders import RecommendationModel
from prediction.recommendations.strangers import SegmentLedger
from prediction.recommendations.takers import Horizons, scene_at
from prediction.recommendations.uses import UseLedger
from prediction.signals.words import counted
from prediction.training.outcomes import Trained, TrainingRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from domain.model.insights import ModelQuality
    from prediction.boosting import Boosting
    from prediction.recommendations.landscapes import Landscape
    from prediction.recommendations.learning import Measured
    from prediction.recommendations.takers import Scene
    from prediction.recommendations.uses import Uses
    from prediction.training.logs import UserLog
    from prediction.training.plans import Plan

MOST_SCENES = 52
"""Cut-offs to learn from, the latest: each costs the inversion of three matrices."""
MOST_TAKERS = 10_000
"""To learn from, and to measure with, over all cut-offs; each brings about a hundred rows."""
FEWEST_USERS = 20
"""With a feature; of fewer nothing is said."""


def no_segment(_log: UserLog) -> str | None:
    return None


@dataclass(slots=True)
class RecommendationTrainer:
    """Learns to recommend from what users took up after the plan's training cut-offs, and measures it on its test ones.

    What is learnt, the order of candidates, is the one that was measured. What it is applied to - which features go
    together, which are popular - is counted anew at each cut-off and, for the model that serves, at the end of the
    data: counts, like a profile, are as of now. `segment_of`: the dominant segment of a user as of now.
    """

    plan: Plan
    segment_of: Callable[[UserLog], str | None] = no_segment
    seed: int = 0
    _ledger: UseLedger = field(default_factory=UseLedger)
    _segments: SegmentLedger = field(default_factory=SegmentLedger)
    _counted: tuple[Landscape, int] | None = field(init=False, default=None)
    _tests: tuple[Sequence[Scene], int] = field(init=False, default=((), 0))

    @property
    def task(self) -> ModelTask:
        return ModelTask.RECOMMENDATION

    def add(self, log: UserLog) -> None:
        """Remembers uses in bounded memory. Each user is added once, in any order, with equal results."""
        self._ledger.add(log)
        self._segments.add(log.user_id, self.segment_of(log))

    def train(self, boosting: Boosting) -> Trained[RecommendationModel]:
        """Deterministic given the added users and `boosting`'s seed. Raises `TrainingRefused`."""
        uses = self._ledger.uses()
        landscape = self._landscape_now(uses)
        lessons = self._scenes(uses, self.plan.training[-MOST_SCENES:])
        half_life = strongest_half_life(lessons)
        tests = self._scenes(uses, self.plan.test)
        self._counted = landscape, len(uses.known_at())
        self._tests = [scene for scene in tests if scene.takers], half_life
        popular = RecommendationModel(landscape, half_life)
        learnt = learn(lessons_in_time(lessons), half_life, boosting)
        if learnt is None:
            return Trained(popular, 0, (), serves_baseline=True, note=TOO_FEW_LESSONS)
        order, rows = learnt
        if not self._tests[0]:
            return Trained(popular, rows, (), serves_baseline=True, note=NOT_MEASURED)
        found = measured(tests, order, half_life, self.seed)
        served = replace(popular, learnt=order) if found.beats_baseline else popular
        return Trained(served, rows, found.quality, serves_baseline=not found.beats_baseline, note=_note(found))

    def measured(self, model: RecommendationModel) -> tuple[ModelQuality, ...]:
        """Of another model's order, on the test cut-offs of the training that ended, beside its baseline.

        Like the new order it is applied to what was counted at the cut-off: not to what the model itself counted, which
        may have seen what came after. Empty where nothing could be measured.
        """
        scenes, half_life = self._tests
        if not scenes:
            return ()
        return quality_of(scenes, order_of(model.learnt, model.half_life), half_life, self.seed)

    def recounted(self, model: RecommendationModel) -> Trained[RecommendationModel]:
        """The other model's order, applied to what was counted now: what is popular moves on, whoever orders it."""
        if self._counted is None:
            raise RuntimeError("nothing was trained yet, so nothing was counted")
        landscape, rows = self._counted
        return Trained(
            replace(model, landscape=landscape),
            rows,
            self.measured(model),
            serves_baseline=model.learnt is None,
            note=RECOUNTED,
        )

    def _landscape_now(self, uses: Uses) -> Landscape:
        known = uses.known_at()
        people = len(np.unique(known.users))
        if people < FEWEST_USERS:
            raise TrainingRefused(
                f"Only {counted(people, 'user')} ever used a feature; it takes {FEWEST_USERS} to learn from."
            )
        if len(uses.names) < 2:  # noqa: PLR2004
            raise TrainingRefused("Everybody uses the same one feature, so there is nothing to recommend.")
        as_of_us = int(uses.received_days.max()) * DAY_US
        landscape = landscape_at(known, uses.names, as_of_us, self.plan.horizon_days)
        return replace(landscape, segments=self._segments.shares(landscape, known, uses.names))

    def _scenes(self, uses: Uses, cut_offs: Sequence[datetime]) -> list[Scene]:
        reach = Horizons(self.plan.horizon_days, self.plan.active_days)
        most = -(-MOST_TAKERS // len(cut_offs))
        scenes = (scene_at(uses, cut_off, reach, most) for cut_off in cut_offs)
        return [scene for scene in scenes if scene is not None]


TOO_FEW_LESSONS = (
    "Too few users took up a feature that was new to them to learn from, so what is popular lately is recommended."
)
RECOUNTED = (
    "The order of the model that was in use is kept, since the one learnt now was not better; which features are "
    "popular and go together was counted anew."
)
NOT_MEASURED = (
    "Nobody took up a new feature after the last cut-offs, so the model could not be measured and what is popular "
    "lately is recommended."
)


def _note(found: Measured) -> str:
    if found.beats_baseline:
        return "The order was learnt from what users had and took up; features that a user has are left out."
    if found.difference is None:
        return "Too few users took up a new feature to measure the model, so what is popular lately is recommended."
    return (
        "The learnt order did not beat recent popularity by more than chance explains (difference in nDCG@10 between "
        f"{found.difference.low:+.3f} and {found.difference.high:+.3f}), so what is popular lately is recommended."
    )
