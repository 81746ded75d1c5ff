"""What did a user do within the goals' windows?

The law: everything counted is a sum or an earliest instant over interactions, each looked at by itself. So counting
new interactions once, in any order and batches, gives what counting all of them from scratch gives.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from domain.model.experiments import GoalMeasure
from domain.model.interactions import InteractionKind
from domain.model.outcomes import GoalOutcome, Outcomes
from domain.rules.instants import DAY_US, microseconds
from domain.rules.profiles import MICROS_PER_VALUE

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from domain.model.experiments import Goal
    from domain.model.interactions import Interaction
    from domain.rules.outcomes.terms import Terms


def nothing_yet(terms: Terms) -> Outcomes:
    goals = (GoalOutcome(),) * len(terms.goals)
    return Outcomes(goals, reach_days=terms.reach_days, kinds=tuple(sorted(terms.kinds)))


def count(
    outcomes: Outcomes, terms: Terms, first_exposed_at: datetime, interactions: Iterable[Interaction]
) -> Outcomes:
    """The outcomes with further interactions of the same user counted; windows are half-open."""
    exposed_us, reach_us, kinds = microseconds(first_exposed_at), terms.reach_days * DAY_US, terms.kinds
    counting = _Counting(outcomes, terms)
    for interaction in interactions:
        if interaction.kind in kinds:
            after_us = microseconds(interaction.occurred_at) - exposed_us
            if -reach_us <= after_us < reach_us:
                counting.add(interaction, after_us, exposed_us)
    return counting.done()


class _Counting:
    """The mutable workings of one count."""

    def __init__(self, before: Outcomes, terms: Terms) -> None:
        self._terms = terms
        self._before = before
        self._tallies = [_Tally(goal, *_raw(known)) for goal, known in zip(terms.goals, before.goals, strict=True)]
        self._dismissals = before.dismissals
        self._converted_us = before.converted_us

    def add(self, interaction: Interaction, after_us: int, exposed_us: int) -> None:
        """`after_us`: how long after the first exposure, negative before it."""
        micros = 0 if interaction.value is None else round(interaction.value * MICROS_PER_VALUE)
        for number, tally in enumerate(self._tallies):
            if tally.wants(interaction) and tally.add(after_us, micros) and number == 0:
                at_us = exposed_us + after_us
                self._converted_us = at_us if self._converted_us is None else min(self._converted_us, at_us)
        if interaction.kind is InteractionKind.DISMISS and interaction.target in self._terms.shown and after_us >= 0:
            self._dismissals += 1

    def done(self) -> Outcomes:
        goals = tuple(tally.outcome() for tally in self._tallies)
        return replace(self._before, goals=goals, dismissals=self._dismissals, converted_us=self._converted_us)


@dataclass(slots=True)
class _Tally:
    goal: Goal
    count: int
    value_micros: int
    count_before: int
    value_before_micros: int

    def wants(self, interaction: Interaction) -> bool:
        goal = self.goal
        return interaction.kind is goal.kind and (goal.target is None or interaction.target == goal.target)

    def add(self, after_us: int, micros: int) -> bool:
        """Whether the goal is reached by it."""
        window_us = self.goal.window_days * DAY_US
        if 0 <= after_us < window_us:
            self.count += 1
            self.value_micros += micros
            return True
        if -window_us <= after_us < 0:
            self.count_before += 1
            self.value_before_micros += micros
        return False

    def outcome(self) -> GoalOutcome:
        return GoalOutcome(
            self.count,
            self.value_micros,
            self.count_before,
            self.value_before_micros,
            measured(self.goal, self.count, self.value_micros),
            measured(self.goal, self.count_before, self.value_before_micros),
        )


def measured(goal: Goal, count: int, value_micros: int) -> int:
    """What one user contributes: capped where the goal says so (winsorising, an explicit choice of the author)."""
    match goal.measure:
        case GoalMeasure.CONVERSION_RATE:
            return int(count > 0)
        case GoalMeasure.COUNT_MEAN:
            return count if goal.cap is None else min(count, int(goal.cap))
        case GoalMeasure.VALUE_MEAN:
            return value_micros if goal.cap is None else min(value_micros, round(goal.cap * MICROS_PER_VALUE))


def _raw(known: GoalOutcome) -> tuple[int, int, int, int]:
    return known.count, known.value_micros, known.count_before, known.value_before_micros
