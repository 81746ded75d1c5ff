"""Does a segment get a variation of its own only where that surely brings more?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from domain.model.experiments import Experiment, Goal, GoalMeasure, Variation, VariationKey
from domain.model.interactions import InteractionKind
from domain.statistics.comparisons import Compared, compare
from domain.statistics.questions import Design, Question
from domain.statistics.samples import Sample
from domain.statistics.segment_choices import TOO_FEW, chosen
from tests.builders.outcomes import BOLD, CONTROL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

BOUGHT = Goal(InteractionKind.CONVERSION, window_days=7)
LEFT = replace(BOUGHT, increase=False)
BRAVE = VariationKey("brave")
TWO = Experiment((Variation(CONTROL, 0.5, control=True), Variation(BOLD, 0.5)), BOUGHT)
THREE = Experiment((Variation(CONTROL, 0.4, control=True), Variation(BOLD, 0.3), Variation(BRAVE, 0.3)), BOUGHT)


def rates(*reached: tuple[int, int]) -> list[Sample]:
    """Users of each variation, and how many of them reached the goal."""
    return [Sample.of_rate(users, hits) for users, hits in reached]


EVERYBODY = rates((20_000, 2_000), (20_000, 1_900))
ALIKE = rates((5_000, 500), (5_000, 490))
OTHERS = rates((5_000, 500), (5_000, 900))


class TestWhoGetsTheirOwn:
    def test_a_segment_where_another_variation_surely_brings_more(self) -> None:
        found = chosen(TWO, EVERYBODY, {"power_user": OTHERS, "new_user": ALIKE})

        (choice,) = found.choices
        assert (found.best, found.compared) == (CONTROL, 2)
        assert (choice.segment, choice.variation, choice.users) == ("power_user", BOLD, 10_000)
        assert choice.difference == pytest.approx(0.08)
        assert found.text == (
            "Personalising pays in 1 of 2 segments: against “control”, the best for everybody, “bold” in power_user by "
            "+8.00 points [+5.72, +10.28] on 10,000 users."
        )

    def test_the_interval_is_that_of_all_segments_and_pairs_of_variations_together(self) -> None:
        """Two segments with three pairs of variations each: a sixth of the chance of error for each."""
        three = [*OTHERS, *rates((5_000, 600))]
        found = chosen(THREE, [*EVERYBODY, *rates((20_000, 1_950))], {"one": three, "other": three})

        alone = compare(three[0], three[1], Question.of(BOUGHT), Design(alpha=0.05 / 6))
        assert isinstance(alone, Compared)
        assert [(choice.segment, choice.variation) for choice in found.choices] == [("one", BOLD), ("other", BOLD)]
        assert {(choice.low, choice.high) for choice in found.choices} == {
            (alone.comparison.sequential_low, alone.comparison.sequential_high)
        }

    def test_less_is_more_where_the_goal_wants_it(self) -> None:
        found = chosen(replace(TWO, goal=LEFT), EVERYBODY, {"calm": rates((5_000, 900), (5_000, 500))})

        assert (found.best, found.choices) == (BOLD, ())
        found = chosen(replace(TWO, goal=LEFT), EVERYBODY, {"calm": rates((5_000, 500), (5_000, 900))})
        (choice,) = found.choices
        assert choice.variation == CONTROL
        assert choice.high < 0

    def test_values_are_told_in_their_own_units(self) -> None:
        spent = replace(TWO, goal=replace(BOUGHT, measure=GoalMeasure.VALUE_MEAN))
        poor, rich = Sample.of([1.0, 3.0] * 400), Sample.of([4.0, 6.0] * 400)

        found = chosen(spent, [rich + rich, poor + poor], {"old": [poor, rich]})

        assert "“bold” in old by +3.000 [+2.841, +3.159] on 1,600 users" in found.text


class TestWhoDoesNot:
    def test_nobody_where_segments_are_alike(self) -> None:
        found = chosen(TWO, EVERYBODY, {"new_user": ALIKE, "old_user": ALIKE})

        assert found.choices == ()
        assert found.text == (
            "Personalising is worth nothing as far as these users show: in none of 2 segments does another variation "
            "surely bring more than “control”, the best for everybody."
        )

    def test_a_single_segment_is_told_of_as_one(self) -> None:
        found = chosen(TWO, EVERYBODY, {"new_user": ALIKE})

        assert "in the one segment no other variation surely brings more than “control”" in found.text

    def test_who_are_too_few(self) -> None:
        few = rates((99, 5), (99, 99))

        assert chosen(TWO, few, {"new_user": few}).text == TOO_FEW
        found = chosen(TWO, EVERYBODY, {"new_user": few})
        assert (found.best, found.compared, found.choices) == (CONTROL, 0, ())
        assert found.text.startswith("No segment has users enough")

    @pytest.mark.parametrize("experiment", [TWO, THREE])
    @pytest.mark.parametrize("nothing", [[], rates((0, 0), (0, 0), (0, 0)), rates((500, 0), (500, 0), (500, 0))])
    def test_nothing_is_concluded_from_nothing(self, experiment: Experiment, nothing: Sequence[Sample]) -> None:
        samples = [*nothing, *rates(*((0, 0),) * 3)][: len(experiment.variations)]

        found = chosen(experiment, samples, {"new_user": samples})

        assert found.choices == ()
        assert found.text

    def test_rarely_anybody_where_chance_alone_is_at_work(self) -> None:
        """Two hundred experiments without any effect, ten segments each: at most one in twenty may err."""
        drawn = np.random.default_rng(7)

        def segment() -> list[Sample]:
            return rates(*((1_000, int(hits)) for hits in drawn.binomial(1_000, 0.1, size=3)))

        wrong = 0
        for _ in range(200):
            segments: Mapping[str, list[Sample]] = {f"segment-{number}": segment() for number in range(10)}
            everybody = [sum(parts, Sample()) for parts in zip(*segments.values(), strict=True)]
            wrong += bool(chosen(THREE, everybody, segments).choices)
        assert wrong <= 10
