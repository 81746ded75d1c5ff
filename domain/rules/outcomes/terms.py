"""What is counted of the users who meet a rule?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.model.adaptations import AddShortcut, RecommendFeature, SetFeature
from domain.model.experiments import NO_RUN, Goal
from domain.model.interactions import InteractionKind
from domain.rules.experiments import latest_trial

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from domain.model.adaptations import Adaptation
    from domain.model.rules import Rule

IMPLICIT_GOAL = Goal(InteractionKind.CONVERSION, window_days=7)
"""By which rules are measured that run no experiment."""


@dataclass(frozen=True, slots=True)
class Terms:
    """`shown`: the targets whose dismissal is a dismissal of what the rule shows."""

    goals: tuple[Goal, ...] = ()
    shown: frozenset[str] = frozenset()

    @property
    def reach_days(self) -> int:
        """How far from a first exposure, before or after it, anything is counted."""
        return max((goal.window_days for goal in self.goals), default=0)

    @property
    def kinds(self) -> frozenset[InteractionKind]:
        counted = {goal.kind for goal in self.goals}
        return frozenset(counted | {InteractionKind.DISMISS} if self.shown else counted)


def terms_of(rule: Rule | None, run: int) -> Terms:
    """Of users exposed in this run. Nothing is counted of a rule that is gone, or of a run before its latest."""
    if rule is None:
        return Terms()
    if run == NO_RUN:
        return Terms((IMPLICIT_GOAL,), frozenset(_targets(rule.content.adaptations)))
    trial = latest_trial(rule)
    if trial is None or trial[1].number != run:
        return Terms()
    experiment, _ = trial
    variations = (adaptation for variation in experiment.variations for adaptation in variation.adaptations)
    # The same for all variations: whoever is held out, too, may dismiss what others are shown.
    return Terms(experiment.goals, frozenset(_targets([*rule.content.adaptations, *variations])))


def _targets(adaptations: Iterable[Adaptation]) -> Iterator[str]:
    for adaptation in adaptations:
        match adaptation:
            case SetFeature(feature=feature, visible=True) | RecommendFeature(feature=feature):
                yield feature
            case AddShortcut(target=target):
                yield target
            case _:
                pass
